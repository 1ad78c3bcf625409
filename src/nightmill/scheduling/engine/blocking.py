"""Buffers: places after a machine in which parts wait for the person who dismounts them.

A part that finds no free place stays in its machine and blocks it (blocking after service, Hall & Sriskandarajah 1996) until a
place is free for the rest of the part's wait, or until the person arrives. Each place is a lane.
"""

import numpy as np

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.state import Floats, Ints, alt, code, general, given, placed
from nightmill.scheduling.engine.timeline import first_after, gap_from, give, lane_base, lane_count, take
from nightmill.vocabulary.compiled import compiled, compiled_with_arrays


@compiled
def _free_from(f: Floats, n: Ints, lane: int, ready: float, until: float) -> float:
    """Earliest time, not before ``ready``, from which the lane is free until ``until``; ``until`` if it is taken just before."""
    base, count = lane_base(n, lane), lane_count(n, lane)
    index = first_after(f, base, count, until, 0) - 1
    while index >= 0 and f[base + 2 * index] >= until:
        index -= 1
    return float(ready if index < 0 else max(ready, min(until, f[base + 2 * index + 1])))


@compiled
def place_free_from(f: Floats, n: Ints, machine: int, ready: float, until: float) -> float:
    """Return the earliest time from ``ready`` on from which a buffer place behind the machine stays free up to ``until``.

    If there is none, return ``until`` itself, since no place is needed from then on.
    """
    best = until
    for lane in range(n[n[s.BUFFER_FIRST] + machine], n[n[s.BUFFER_FIRST] + machine + 1]):
        best = min(best, _free_from(f, n, lane, ready, until))
    return float(best)


@compiled
def waits_from(f: Floats, n: Ints, op: int) -> float:
    """Return when the part of a placed operation is ready to be dismounted: removed from its machine, carried and measured."""
    move = 0.0 if code(n, op, s.STATE) == s.CUT else general(f, n, s.MOVE)
    return float(placed(f, n, op, s.LEFT) + move + given(f, n, op, s.MEASURE))


@compiled
def take_place(f: Floats, n: Ints, op: int, machine: int) -> None:
    """Take a place behind the machine while the part waits: its previous one if free, else any; none (-1) if all are taken."""
    begin, until, lane = waits_from(f, n, op), placed(f, n, op, s.DISMOUNT), n[n[s.IN_BUFFER] + op]
    low, high = n[n[s.BUFFER_FIRST] + machine], n[n[s.BUFFER_FIRST] + machine + 1]
    if n[n[s.BUFFERED] + machine] == 0 or until <= begin or until >= s.FAR:
        lane = -1
    elif not low <= lane < high or _free_from(f, n, lane, begin, until) > begin:
        lane = -1
        for other in range(low, high):
            if _free_from(f, n, other, begin, until) == begin:
                lane = other
                break
    n[n[s.IN_BUFFER] + op] = lane
    if lane >= 0:
        take(f, n, lane, begin, until)


@compiled
def give_place(f: Floats, n: Ints, op: int) -> None:
    """Release the place in which a placed operation's part waits."""
    if n[n[s.IN_BUFFER] + op] >= 0:
        give(f, n, n[n[s.IN_BUFFER] + op], waits_from(f, n, op), placed(f, n, op, s.DISMOUNT))


@compiled_with_arrays
def share_places(f: Floats, n: Ints, ops: Ints, alternative: Ints, times: Floats) -> None:
    """Assign a waiting place to each of ``ops``, which are listed in the order in which they start to wait.

    In that order any free place will do: a place is found whenever there are enough. ``times`` (operations, 6) in the
    columns of the memory, ``alternative`` (operations, -1: none).
    """
    move, busy_until = general(f, n, s.MOVE), np.full(n[s.LANES], -s.FAR)
    for index in range(ops.size):
        op = ops[index]
        n[n[s.IN_BUFFER] + op] = -1
        if alternative[op] < 0:
            continue
        machine = alt(n, alternative[op], s.MACHINE)
        at, until = times[op, s.LEFT] + move + given(f, n, op, s.MEASURE), times[op, s.DISMOUNT]
        for lane in range(n[n[s.BUFFER_FIRST] + machine], n[n[s.BUFFER_FIRST] + machine + 1]):
            free = gap_from(f, lane_base(n, lane), lane_count(n, lane), at, until - at) == at
            if until > at and free and busy_until[lane] <= at:
                n[n[s.IN_BUFFER] + op] = lane
                busy_until[lane] = until
                break
