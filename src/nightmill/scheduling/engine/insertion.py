"""Kernels that repair a schedule: they restore it as it was, and move the operations that can no longer run as planned."""

import numpy as np

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.batch_machines import room_from
from nightmill.scheduling.engine.blocking import place_free_from
from nightmill.scheduling.engine.decode import (
    attend,
    book,
    book_stop,
    cut_and_leave,
    place,
    quickest,
    tools_last,
    withdraw,
    withdraw_stop,
)
from nightmill.scheduling.engine.setup_times import changed_over
from nightmill.scheduling.engine.state import Floats, Ints, alt, code, first_op, general, given, placed, put, run
from nightmill.scheduling.engine.timeline import absence_at, gap_from, lane_base, lane_count
from nightmill.scheduling.engine.unary_groups import carried, held_until, parts_ready
from nightmill.vocabulary.compiled import compiled, compiled_with_arrays


@compiled
def _person_free(f: Floats, n: Ints, at: float, length: float) -> int:
    """Return a person who is free for ``length`` from ``at`` on, preferably the one with the least attendance; -1 if nobody is free."""
    for lane in range(n[s.MACHINES] + n[s.PERSONS] - 1, n[s.MACHINES] - 1, -1):
        if gap_from(f, lane_base(n, lane), lane_count(n, lane), at, length) == at:
            return int(lane)
    return -1


@compiled_with_arrays
def share_people(f: Floats, n: Ints, tasks: Ints, times: Floats) -> None:
    """Assign people to mounts and dismounts; ``tasks`` are in order of time: ``2 op`` is a mount, ``2 op + 1`` a dismount.

    Each task in turn goes to the free person with the least attendance. A person is found whenever enough are present.
    """
    busy_until = np.full(n[s.MACHINES] + n[s.PERSONS], -s.FAR)
    for index in range(tasks.size):
        op, mounts = tasks[index] // 2, tasks[index] % 2 == 0
        at = times[op, s.MOUNT] if mounts else times[op, s.DISMOUNT]
        length = given(f, n, op, s.MOUNT) if mounts else given(f, n, op, s.DISMOUNT)
        n[n[s.PERSON] + tasks[index]] = n[s.MACHINES]
        for lane in range(n[s.MACHINES] + n[s.PERSONS] - 1, n[s.MACHINES] - 1, -1):
            free = gap_from(f, lane_base(n, lane), lane_count(n, lane), at, length) == at
            if free and busy_until[lane] <= at:
                n[n[s.PERSON] + tasks[index]] = lane
                busy_until[lane] = at + length
                break


@compiled
def _assigned_person(f: Floats, n: Ints, task: int, at: float, length: float) -> int:
    """Return the person assigned to a task if still free at that time, otherwise any free person; -1 if nobody is free."""
    lane = n[n[s.PERSON] + task]
    if gap_from(f, lane_base(n, lane), lane_count(n, lane), at, length) == at:
        return int(lane)
    return int(_person_free(f, n, at, length))


@compiled
def _put_exactly(f: Floats, n: Ints, op: int, alternative: int, ready: float, times: Floats, begun: bool) -> bool:
    """Place a waiting operation at ``times`` (columns of ``memory.times``) unless something is in the way.

    The life left in the tools doesn't matter for an operation that has already started (``begun``).
    """
    move, mount, start, off = general(f, n, s.MOVE), times[s.MOUNT], times[s.START], times[s.DISMOUNT]
    end, done = start + run(f, n, alternative), off + given(f, n, op, s.DISMOUNT)
    left = end if n[s.BUFFERS] == 0 else max(end, times[s.LEFT])
    if mount < max(ready, given(f, n, op, s.RELEASE)) or start < mount + given(f, n, op, s.MOUNT) + move:
        return False
    lane = alt(n, alternative, s.MACHINE)
    joins = n[s.BATCHES] > 0 and room_from(f, n, alternative, start) == start
    busy = gap_from(f, lane_base(n, lane), lane_count(n, lane), start - move, left - start + 2.0 * move) > start - move
    waits = left + move + given(f, n, op, s.MEASURE)
    if (busy and not joins) or off < waits:
        return False
    if n[s.BUFFERS] > 0 and n[n[s.BUFFERED] + lane] > 0 and place_free_from(f, n, lane, waits, off) > waits:
        return False
    absence = absence_at(f, n, start)
    alone = not begun and absence >= 0 and start < f[n[s.ABSENT] + 2 * absence + 1]
    if alone and (n[n[s.BY_HAND] + lane] != 0 or not tools_last(f, n, alternative, absence)):
        return False
    mounter = _assigned_person(f, n, 2 * op, mount, given(f, n, op, s.MOUNT))
    remover = _assigned_person(f, n, 2 * op + 1, off, given(f, n, op, s.DISMOUNT))
    if mounter < 0 or remover < 0 or held_until(f, n, op, mount, done) >= 0.0:
        return False
    if n[s.FAMILIES] > 0 and not joins and changed_over(f, n, alternative, start, left) > start:
        return False
    if n[s.ROBOTS] > 0 and not joins and carried(f, n, start, left) > start:
        return False
    put(f, n, op, s.MOUNT, mount)
    put(f, n, op, s.LEFT, left)
    put(f, n, op, s.DISMOUNT, off)
    put(f, n, op, s.DONE, done)
    n[n[s.PERSON] + 2 * op], n[n[s.PERSON] + 2 * op + 1] = mounter, remover
    book(f, n, op, alternative, start)
    attend(f, n, op)
    return True


@compiled
def adopt(
    f: Floats,
    n: Ints,
    ops: Ints,
    serial: Ints,
    alternative: Ints,
    times: Floats,
    broken: Ints,
    now: float,
    late: float,
) -> None:
    """Place waiting ``ops``, in this order, at the given ``times`` (operations, 6) and ``alternative`` (operations, -1: new).

    An operation mounted before ``now`` counts as started. An operation that doesn't fit, but can start on its machine at most
    ``late`` after its given time, is placed there, and later entries of ``ops`` make way in turn. An operation that doesn't fit
    at all breaks its serial: ``broken`` (serials,) holds the serial's first operation left out, or the number after its last
    operation. The same goes for an operation whose predecessor has no place yet (if a part is remade). Place the omitted
    operations afterwards with ``replace``.
    """
    for index in range(ops.size):
        op = ops[index]
        part = serial[op]
        if op > broken[part] or code(n, op, s.STATE) != s.WAITING:
            continue
        ready = max(general(f, n, s.FROM), parts_ready(f, n, op))
        known = alternative[op] >= 0
        if op > first_op(n, part):
            ready = max(ready, placed(f, n, op - 1, s.DONE))
            known = known and placed(f, n, op - 1, s.DONE) > 0.0
        fits = known and _put_exactly(f, n, op, alternative[op], ready, times[op], times[op, s.MOUNT] < now)
        if not fits and known and late > 0.0:
            fits = _put_late(f, n, op, alternative[op], ready, times[op, s.START] + late)
        if not fits:
            broken[part] = op


@compiled
def _put_late(f: Floats, n: Ints, op: int, alternative: int, ready: float, latest: float) -> bool:
    """Place a waiting operation as early as possible after ``ready``, unless it would start later than ``latest``."""
    ready = max(ready, given(f, n, op, s.RELEASE))
    if ready > latest:
        return False
    place(f, n, op, ready, alternative, 0)
    if placed(f, n, op, s.DONE) < s.FAR:
        if placed(f, n, op, s.START) <= latest:
            return True
        withdraw(f, n, op)
    put(f, n, op, s.DONE, 0.0)
    return False


@compiled_with_arrays
def replace(f: Floats, n: Ints, first: Ints, serial: Ints) -> bool:
    """Place the operations from each of ``first`` to the end of its serial, in this order; False if one can never be placed.

    A serial that waits for operations later in ``first`` is placed after them. If serials wait for each other, as around a
    shared cut, each is placed as far as currently possible.
    """
    fits, left, kept, stuck = True, first.copy(), first.size, False
    rest = np.full(n[s.SERIALS], n[s.OPS])
    for index in range(kept):
        rest[serial[first[index]]] = first[index]
    while kept > 0:
        count, moved = 0, False
        for index in range(kept):
            part = serial[left[index]]
            begin, end = rest[part], first_op(n, part + 1)
            until = _free_until(n, begin, end, serial, rest)
            if until == end or (stuck and until > begin):
                fits = _place_all(f, n, begin, until, serial) and fits
                rest[part] = until if until < end else n[s.OPS]
                moved = True
            if until < end:
                left[count] = left[index]
                count += 1
        if stuck and not moved:
            return False
        stuck, kept = not moved, count
    return fits


@compiled
def _free_until(n: Ints, first: int, last: int, serial: Ints, rest: Ints) -> int:
    """Return the first operation from ``first`` to ``last`` that must wait for an operation not placed yet; ``last`` if
    there is none. In each serial, the operations from ``rest`` (serials,) on aren't placed yet.
    """
    for op in range(first, last):
        for at in range(n[n[s.AFTER_FIRST] + op], n[n[s.AFTER_FIRST] + op + 1]):
            other = n[n[s.AFTER_OP] + at]
            if other >= rest[serial[other]]:
                return op
    return last


@compiled
def _place_all(f: Floats, n: Ints, first: int, last: int, serial: Ints) -> bool:
    """Place the operations of a serial from ``first`` up to (excluding) ``last``; False if one can never be placed."""
    ready = general(f, n, s.FROM)
    if first > first_op(n, serial[first]):
        ready = max(ready, placed(f, n, first - 1, s.DONE))
    for op in range(first, last):
        ready = max(ready, given(f, n, op, s.RELEASE), parts_ready(f, n, op))
        place(f, n, op, min(ready, s.FAR), -1, 0)
        ready = placed(f, n, op, s.DONE)
    return bool(ready < s.FAR)


@compiled
def cut_anew(f: Floats, n: Ints, op: int, at: float, stays: bool) -> None:
    """Place the cut of a mounted operation again, not before ``at``, and on the same machine if it ``stays`` there."""
    alternative = n[n[s.CHOSEN] + op]
    if not stays:
        alternative = quickest(f, n, op, at)
    alternative = max(alternative, code(n, op, s.ALT_FIRST))
    start, n[n[s.PERSON] + 2 * op + 1] = cut_and_leave(f, n, op, alternative, at)
    book(f, n, op, alternative, start)
    attend(f, n, op)


@compiled
def put_stop(f: Floats, n: Ints, stop: int, at: float) -> None:
    """Move a placed maintenance stop to ``at`` if its machine, and a person if it needs one, are free at that time."""
    lane, length = n[n[s.STOP_CODE] + 4 * stop], f[n[s.STOP_S] + stop]
    start, person = f[n[s.STOP_START] + stop], n[n[s.STOP_PERSON] + stop]
    withdraw_stop(f, n, stop)
    if gap_from(f, lane_base(n, lane), lane_count(n, lane), at, length) == at and at < s.FAR:
        other = _person_free(f, n, at, length) if n[n[s.STOP_CODE] + 4 * stop + s.ATTENDED] else -1
        if other >= 0 or not n[n[s.STOP_CODE] + 4 * stop + s.ATTENDED]:
            start, person = at, other
    book_stop(f, n, stop, person, start)
