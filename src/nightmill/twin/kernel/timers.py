"""What comes due next: a winner tree over all timers, and the agenda of what to look at before time goes on.

Each thing that may wait for a time owns a leaf; a node holds the earlier of its two sons, the left one where they are
equal (Knuth, The Art of Computer Programming, vol. 3, sec. 5.4.1). To set a timer is one walk to the root, to cancel
it is to set it to never, and things that come due at once do so in the order of their leaves.
"""

from math import inf

from nightmill.twin.kernel.columns import AGENDA, AGENDA_HEAD, AGENDA_TAIL, LEAF, TREE, WHEN, WHO
from nightmill.twin.kernel.draws import Floats, Ints

NEVER = inf


def set_timer(N: Ints, F: Floats, row: int, when: float) -> None:
    """Let ``row`` come due at ``when`` instead of what was set before."""
    tree, node, who = N[TREE], N[row + LEAF], row
    F[tree + 2 * node + WHEN] = when
    while node > 1:
        sibling = tree + 2 * (node ^ 1)
        other, rival = F[sibling + WHEN], N[sibling + WHO]
        # Without short cuts, so that the compiler chooses by a move and not by a branch that nobody can foresee.
        if (other < when) | ((other == when) & (node & 1)):
            when, who = other, rival
        node >>= 1
        place = tree + 2 * node
        if (N[place + WHO] == who) & (F[place + WHEN] == when):
            return
        N[place + WHO] = who
        F[place + WHEN] = when


def due_at(N: Ints, F: Floats, row: int) -> float:
    """When the timer of ``row`` is set to."""
    return F[N[TREE] + 2 * N[row + LEAF] + WHEN]


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
