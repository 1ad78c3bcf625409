"""Time-based dispatching: the sequence in a shop that always starts the most urgent of the available operations.

A rule over whole parts (``solve.Rule``) sends each part through all its operations before the next part; for long
routes this makes a poor starting point. Here the next operations of all parts compete at the earliest time at which any
could be cut, by due date or by the ATC index (Vepsalainen & Morton 1987) at that time. The winner is placed by the
decoder itself.
"""

import math

import numpy as np

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.decode import place, place_begun, reset
from nightmill.scheduling.engine.state import Floats, Ints, Memory, alt, code, first_op, general, given, placed, run
from nightmill.scheduling.engine.timeline import absence_at
from nightmill.scheduling.engine.unary_groups import parts_ready
from nightmill.vocabulary.compiled import compiled, compiled_with_arrays

LOOK_AHEAD, WAIT = 3.0, 2.0
"""Look-ahead factor for the slack, in mean cutting times; expected lead time of a later operation as a multiple of its length."""


@compiled
def _quickest_s(f: Floats, n: Ints, op: int) -> float:
    """Cutting time of an operation on its quickest machine."""
    best = s.FAR
    for alternative in range(code(n, op, s.ALT_FIRST), code(n, op, s.ALT_LAST)):
        best = min(best, run(f, n, alternative))
    return float(best)


@compiled
def _could_start(f: Floats, n: Ints, op: int, ready: float, free: Floats) -> float:
    """Approximate time at which a ready operation could be cut: mounted in attended time, on the machine that is free first."""
    ready = max(ready, given(f, n, op, s.RELEASE))
    absence = absence_at(f, n, ready)
    if absence >= 0:
        ready = max(ready, f[n[s.ABSENT] + 2 * absence + 1])
    first = s.FAR
    for alternative in range(code(n, op, s.ALT_FIRST), code(n, op, s.ALT_LAST)):
        first = min(first, free[alt(n, alternative, s.MACHINE)])
    return float(max(ready + given(f, n, op, s.MOUNT) + general(f, n, s.MOVE), first))


@compiled
def _next_start(f: Floats, n: Ints, serial: int, following: Ints, ready: Floats, free: Floats) -> float:
    """Approximate time at which a serial's next operation could be cut; beyond ``FAR`` if none is left, or if parts that it
    waits for are unplaced.
    """
    op = first_op(n, serial) + following[serial]
    if op == first_op(n, serial + 1):
        return 4.0 * s.FAR
    for at in range(n[n[s.AFTER_FIRST] + op], n[n[s.AFTER_FIRST] + op + 1]):
        if placed(f, n, n[n[s.AFTER_OP] + at], s.DONE) == 0.0:
            return 3.0 * s.FAR
    return float(_could_start(f, n, op, min(max(ready[serial], parts_ready(f, n, op)), s.FAR), free))


@compiled
def _urgency(f: Floats, n: Ints, op: int, at: float, cut: float, rest: float, mean: float, by_date: bool) -> float:
    """Urgency of an operation; the operation with the highest is started first."""
    row = n[s.ORDER_S] + 2 * code(n, op, s.ORDER)
    if by_date:
        return float(-f[row + s.DUE])
    slack = max(0.0, f[row + s.DUE] - at - cut - WAIT * rest)
    return float(f[row + s.WEIGHT] / max(cut, 1.0) * math.exp(-slack / (LOOK_AHEAD * mean)))


@compiled_with_arrays
def sequence_in_time(f: Floats, n: Ints, maintenance: Ints, by_date: bool, sequence: Ints) -> None:
    """Fill ``sequence`` (operations,) with serials in the order in which their operations are started."""
    serials = n[s.SERIALS]
    following, ready, rest = np.zeros(serials, dtype=np.int64), np.empty(serials), np.zeros(serials)
    free, cut, total = np.full(n[s.MACHINES], general(f, n, s.NOW)), np.empty(n[s.OPS]), 0.0
    for serial in range(serials):
        sequence[serial], ready[serial] = serial, general(f, n, s.NOW)
        for op in range(first_op(n, serial), first_op(n, serial + 1)):
            cut[op] = _quickest_s(f, n, op)
            rest[serial] += cut[op]
            total += cut[op]
    reset(f, n)
    place_begun(f, n, sequence[:serials], maintenance)
    position = 0
    for serial in range(serials):
        op = first_op(n, serial)
        if code(n, op, s.STATE) != s.WAITING:
            sequence[position] = serial
            position, following[serial] = position + 1, 1
            ready[serial], rest[serial] = placed(f, n, op, s.DONE), rest[serial] - cut[op]
            machine = alt(n, n[n[s.CHOSEN] + op], s.MACHINE)
            free[machine] = max(free[machine], placed(f, n, op, s.END))
    mean = max(1.0, total / n[s.OPS])
    could = np.empty(serials)
    for serial in range(serials):
        could[serial] = _next_start(f, n, serial, following, ready, free)
    while position < n[s.OPS]:
        at = could.min()
        best, chosen = -math.inf, -1
        for serial in range(serials):
            if could[serial] <= at:
                op = first_op(n, serial) + following[serial]
                urgency = _urgency(f, n, op, at, cut[op], rest[serial] - cut[op], mean, by_date)
                if urgency > best:
                    best, chosen = urgency, serial
        op = first_op(n, chosen) + following[chosen]
        begin = max(ready[chosen], given(f, n, op, s.RELEASE), parts_ready(f, n, op))
        machine = alt(n, place(f, n, op, min(begin, s.FAR), -1, 0), s.MACHINE)
        sequence[position] = chosen
        position, following[chosen] = position + 1, following[chosen] + 1
        ready[chosen], rest[chosen] = placed(f, n, op, s.DONE), rest[chosen] - cut[op]
        if placed(f, n, op, s.END) < s.FAR:
            free[machine] = max(free[machine], placed(f, n, op, s.END) + general(f, n, s.MOVE))
        for serial in range(serials):
            could[serial] = _next_start(f, n, serial, following, ready, free)


def dispatched(memory: Memory, maintenance: Ints, by_date: bool) -> Ints:
    """The serials in the order in which their operations are started (operations,), by due date or by ATC."""
    sequence = np.zeros(int(memory.n[s.OPS]), dtype=np.int64)
    sequence_in_time(memory.f, memory.n, maintenance, by_date, sequence)
    return sequence
