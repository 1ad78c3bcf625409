"""What comes due next: a tree of least times over all timers, and the agenda of what to look at before time goes on.

Each thing that may wait for a time owns a leaf; a node holds the least time of its eight sons, which lie side by side
in one line of the processor's cache (the d-ary heap's shape: Johnson, Information Processing Letters 4(3), 1975, but
with a fixed leaf for each thing). To set a timer is to correct the nodes above it as far as they change, to cancel it is
to set it to never, and things that come due at once do so in the order of their leaves.
"""

from math import inf

from nightmill.twin.kernel.columns import AGENDA, AGENDA_HEAD, AGENDA_TAIL, FIRST_LEAF, LEAF, TREE
from nightmill.twin.kernel.draws import Floats, Ints

NEVER = inf


def set_timer(N: Ints, F: Floats, row: int, when: float) -> None:
    """Let ``row`` come due at ``when`` instead of what was set before."""
    tree, node = N[TREE], N[row + LEAF]
    was = F[tree + node]
    F[tree + node] = when
    if when <= was:
        while node > 0:
            node = (node - 1) >> 3
            if F[tree + node] <= when:
                return
            F[tree + node] = when
        return
    while node > 0:
        node = (node - 1) >> 3
        if F[tree + node] < was:
            return
        when = earliest(F, tree + 8 * node + 1)
        if when == was:
            return
        F[tree + node] = when


def earliest(F: Floats, first: int) -> float:
    """The least of eight times; chosen by moves, not by branches that nobody can foresee."""
    a, b, c, d = F[first], F[first + 1], F[first + 2], F[first + 3]
    e, f, g, h = F[first + 4], F[first + 5], F[first + 6], F[first + 7]
    a = b if b < a else a
    c = d if d < c else c
    e = f if f < e else e
    g = h if h < g else g
    a = c if c < a else a
    e = g if g < e else e
    return e if e < a else a


def first_leaf(N: Ints, F: Floats) -> int:
    """The leaf that is due first; of several at once the first."""
    tree, leaves, node = N[TREE], N[FIRST_LEAF], 0
    when = F[tree]
    while node < leaves:
        first = tree + 8 * node + 1
        # As many steps to the right as there are later times before the first that is due: no branch to foresee.
        b = F[first] > when
        c = b & (F[first + 1] > when)
        d = c & (F[first + 2] > when)
        e = d & (F[first + 3] > when)
        f = e & (F[first + 4] > when)
        g = f & (F[first + 5] > when)
        h = g & (F[first + 6] > when)
        node = 8 * node + 1 + b + c + d + e + f + g + h
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
