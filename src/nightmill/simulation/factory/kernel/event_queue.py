"""The event queue: a tree of earliest times over all timers, and the agenda of rows to handle before time advances.

Each row that may wait for a time owns a leaf. A node holds the earliest time of its eight children, which are adjacent in one
cache line (the shape of a d-ary heap: Johnson, Information Processing Letters 4(3), 1975, but with a fixed leaf for each row).
It also holds the number of the first child with that time, like the winner in a tournament; following these numbers leads to
the next event. Setting a timer corrects the nodes above it as far as they change, cancelling a timer sets it to never, and
simultaneous events occur in the order of their leaves.
"""

from math import inf

from nightmill.simulation.factory.kernel.columns import (
    AGENDA,
    AGENDA_HEAD,
    AGENDA_TAIL,
    FIRST_LEAF,
    FIRST_SON,
    LEAF,
    TREE,
)
from nightmill.simulation.factory.kernel.random_draws import Floats, Ints

NEVER = inf


def set_timer(N: Ints, F: Floats, row: int, when: float) -> None:
    """Set the timer of ``row`` to ``when``, replacing its previous setting."""
    tree, node = N[TREE], N[row + LEAF]
    was = F[tree + node]
    F[tree + node] = when
    first = N[FIRST_SON]
    if when <= was:
        while node > 0:
            parent = (node - 1) >> 3
            least = F[tree + parent]
            if least < when or (least == when and N[first + parent] <= node):
                return
            F[tree + parent] = when
            N[first + parent] = node
            node = parent
        return
    while node > 0:
        parent = (node - 1) >> 3
        if N[first + parent] != node:
            return
        when = settle_node(N, F, tree, first, parent)
        if when == was:
            return
        node = parent


def settle_node(N: Ints, F: Floats, tree: int, first: int, node: int) -> float:
    """Give ``node`` the earliest time of its children, and note the first child with that time; returns the time."""
    son = tree + 8 * node + 1
    a, b, c, d = F[son], F[son + 1], F[son + 2], F[son + 3]
    e, f, g, h = F[son + 4], F[son + 5], F[son + 6], F[son + 7]
    # The least is found by conditional moves, not by unpredictable branches,
    least = b if b < a else a
    other = d if d < c else c
    third = f if f < e else e
    fourth = h if h < g else g
    least = other if other < least else least
    third = fourth if fourth < third else third
    least = third if third < least else least
    F[tree + node] = least
    # and as many steps to the right as there are later times before the first that has it.
    p = a > least
    q = p & (b > least)
    r = q & (c > least)
    s = r & (d > least)
    t = s & (e > least)
    u = t & (f > least)
    v = u & (g > least)
    N[first + node] = 8 * node + 1 + p + q + r + s + t + u + v
    return least


def first_leaf(N: Ints) -> int:
    """Return the leaf that is due first; if several have the same time, the first of them."""
    first, leaves, node = N[FIRST_SON], N[FIRST_LEAF], 0
    while node < leaves:
        node = N[first + node]
    return node


def due_at(N: Ints, F: Floats, row: int) -> float:
    """Return the time for which the timer of ``row`` is set."""
    return F[N[TREE] + N[row + LEAF]]


def put(N: Ints, row: int) -> None:
    """Append ``row`` to the agenda, once."""
    if N[row + AGENDA] != -1:
        return
    N[row + AGENDA] = 0
    if N[AGENDA_HEAD] == 0:
        N[AGENDA_HEAD] = row
    else:
        N[N[AGENDA_TAIL] + AGENDA] = row
    N[AGENDA_TAIL] = row


def take_up(N: Ints) -> int:
    """Remove the first entry of the agenda."""
    row = N[AGENDA_HEAD]
    N[AGENDA_HEAD] = N[row + AGENDA]
    N[row + AGENDA] = -1
    return row
