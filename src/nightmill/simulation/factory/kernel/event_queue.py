"""What comes due next: a tree of least times over all timers, and the agenda of what to look at before time goes on.

Each thing that may wait for a time owns a leaf; a node holds the least time of its eight sons, which lie side by side
in one line of the processor's cache (the d-ary heap's shape: Johnson, Information Processing Letters 4(3), 1975, but
with a fixed leaf for each thing), and which of them is the first that has it, as the winner of a tournament: what comes
due next is found by following these. To set a timer is to correct the nodes above it as far as they change, to cancel it is
to set it to never, and things that come due at once do so in the order of their leaves.
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
    """Let ``row`` come due at ``when`` instead of what was set before."""
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
    """Give ``node`` the least time of its sons, and say which is the first that has it; the time."""
    son = tree + 8 * node + 1
    a, b, c, d = F[son], F[son + 1], F[son + 2], F[son + 3]
    e, f, g, h = F[son + 4], F[son + 5], F[son + 6], F[son + 7]
    # The least is chosen by moves, not by branches that nobody can foresee,
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
    """The leaf that is due first; of several at once the first."""
    first, leaves, node = N[FIRST_SON], N[FIRST_LEAF], 0
    while node < leaves:
        node = N[first + node]
    return node


def due_at(N: Ints, F: Floats, row: int) -> float:
    """When the timer of ``row`` is set to."""
    return F[N[TREE] + N[row + LEAF]]


def put(N: Ints, row: int) -> None:
    """Put ``row`` last on the agenda, once."""
    if N[row + AGENDA] != -1:
        return
    N[row + AGENDA] = 0
    if N[AGENDA_HEAD] == 0:
        N[AGENDA_HEAD] = row
    else:
        N[N[AGENDA_TAIL] + AGENDA] = row
    N[AGENDA_TAIL] = row


def take_up(N: Ints) -> int:
    """Take the first thing off the agenda."""
    row = N[AGENDA_HEAD]
    N[AGENDA_HEAD] = N[row + AGENDA]
    N[row + AGENDA] = -1
    return row
