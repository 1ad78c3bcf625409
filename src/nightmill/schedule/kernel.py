"""The compiled decoder: one source, the same numbers as plain Python.

Machines and persons are lanes, pallets a pool. The decoder takes serials in the given sequence (a serial stands in it once
for each of its operations, so every permutation respects the routes) and puts each operation into the earliest gaps that
fit. ``Arrays`` and ``Work`` are the schema of what the kernels read and write;
both are unpacked at entry, since fields read inside a hot loop are slow under numba.
"""

from typing import NamedTuple

from numba import njit

from nightmill.schedule.lanes import (
    FAR,
    Floats,
    Ints,
    gap_from,
    occupy,
    overlap,
    person_from,
    person_until,
    span_at,
    vacate,
)
from nightmill.schedule.pool import full_until, hold, release

WAITING, MOUNTED, RUNNING, CUT = 0, 1, 2, 3


# Columns of ``op_time`` and ``times`` (MOUNT and DISMOUNT of both), ``op_code``, ``alt_code``, ``order``, ``stop_code``, ``option``.
RELEASE, MOUNT, DISMOUNT, MEASURE, STARTED, PREVIOUS_START = 0, 1, 2, 3, 4, 5
START, END, DONE = 0, 3, 4
STATE, ORDER, ALT_FIRST, ALT_LAST, PREVIOUS_MACHINE = 0, 1, 2, 3, 4
MACHINE, USE_FIRST, USE_LAST = 0, 1, 2
DUE, WEIGHT = 0, 1
ATTENDED, OPTION_FIRST, OPTION_LAST = 1, 2, 3
BEGIN, COST = 0, 1


class Arrays(NamedTuple):
    """The problem, flat; few arrays with named columns, since each one costs time at every call.

    ``scalars`` now, move, lead, horizon, width of the pool's buckets; ``counts`` machines, persons, pallets; ``weights`` as ``ObjectiveWeights``.
    ``base_*`` are the spans of each lane that are busy whatever is decided.
    """

    scalars: Floats
    counts: Ints
    weights: Floats
    op_time: Floats
    op_code: Ints
    alt_run: Floats
    alt_code: Ints
    use_slot: Ints
    use_s: Floats
    slot_budget: Floats
    serial_first: Ints
    order_first: Ints
    order_serial: Ints
    order: Floats
    absent_start: Floats
    absent_end: Floats
    lane_first: Ints
    base_start: Floats
    base_end: Floats
    base_count: Ints
    stop_duration: Floats
    stop_code: Ints
    option: Floats


class Work(NamedTuple):
    """Room for one decoding: lanes, pool, tool seconds used per (slot, absence), the decoded times, who mounts and dismounts."""

    lane_start: Floats
    lane_end: Floats
    lane_count: Ints
    pool_level: Ints
    pool_peak: Ints
    pool_head: Ints
    pool_next: Ints
    pool_moment: Floats
    slot_used: Floats
    serial_ready: Floats
    serial_next: Ints
    alternative: Ints
    times: Floats
    person: Ints
    stop_start: Floats
    stop_person: Ints
    order_done: Floats


@njit(cache=True, nogil=True, error_model="numpy")
def cut_from(arrays: Arrays, work: Work, alternative: int, at: float) -> float:
    """Earliest start of the cut from ``at`` on: machine free with a move before and after, tools lasting the absence."""
    machine, run = arrays.alt_code[alternative, MACHINE], arrays.alt_run[alternative]
    move = arrays.scalars[1]
    absent_start, absent_end = arrays.absent_start, arrays.absent_end
    first = arrays.lane_first[machine]
    while True:
        found = gap_from(
            work.lane_start, work.lane_end, first, first + work.lane_count[machine], at - move, run + 2.0 * move
        )
        start = found + move
        span = span_at(absent_start, start)
        if span < 0 or start >= absent_end[span] or start >= FAR:
            return start
        fits = True
        for use in range(arrays.alt_code[alternative, USE_FIRST], arrays.alt_code[alternative, USE_LAST]):
            slot = arrays.use_slot[use]
            if work.slot_used[slot * absent_start.size + span] + arrays.use_s[use] > arrays.slot_budget[slot]:
                fits = False
        if fits:
            return start
        at = absent_end[span]


@njit(cache=True, nogil=True, error_model="numpy")
def book(arrays: Arrays, work: Work, op: int, alternative: int, start: float) -> None:
    """Take the machine and the tools for a cut that begins at ``start``."""
    machine, move = arrays.alt_code[alternative, MACHINE], arrays.scalars[1]
    work.alternative[op] = alternative
    work.times[op, START] = start
    work.times[op, END] = start + arrays.alt_run[alternative]
    work.lane_count[machine] = occupy(
        work.lane_start,
        work.lane_end,
        arrays.lane_first[machine],
        work.lane_count[machine],
        start - move,
        work.times[op, END] + move,
    )
    use_tools(arrays, work, alternative, start, 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def use_tools(arrays: Arrays, work: Work, alternative: int, start: float, sign: float) -> None:
    """Add (or with -1 give back) the tool seconds of a cut to the absence in which it begins."""
    span = span_at(arrays.absent_start, start)
    if span >= 0 and start < arrays.absent_end[span]:
        for use in range(arrays.alt_code[alternative, USE_FIRST], arrays.alt_code[alternative, USE_LAST]):
            work.slot_used[arrays.use_slot[use] * arrays.absent_start.size + span] += sign * arrays.use_s[use]


@njit(cache=True, nogil=True, error_model="numpy")
def take(arrays: Arrays, work: Work, lane: int, start: float, end: float) -> None:
    """Occupy a lane."""
    if end > start and start < FAR:
        work.lane_count[lane] = occupy(
            work.lane_start, work.lane_end, arrays.lane_first[lane], work.lane_count[lane], start, end
        )


@njit(cache=True, nogil=True, error_model="numpy")
def quickest(arrays: Arrays, work: Work, op: int, at: float) -> int:
    """The alternative that would be cut first when its pallet is ready at ``at``."""
    best, chosen = FAR * 2.0, arrays.op_code[op, ALT_FIRST]
    for alternative in range(arrays.op_code[op, ALT_FIRST], arrays.op_code[op, ALT_LAST]):
        end = cut_from(arrays, work, alternative, at) + arrays.alt_run[alternative]
        if end < best:
            best, chosen = end, alternative
    return chosen


@njit(cache=True, nogil=True, error_model="numpy")
def dismount(arrays: Arrays, work: Work, op: int, low: int, high: int) -> int:
    """Find who takes the part off first after its cut; writes the times and gives the person's lane."""
    lanes = (work.lane_start, work.lane_end, work.lane_count)
    ready = work.times[op, END] + arrays.op_time[op, MEASURE]
    if arrays.op_code[op, STATE] != CUT:
        ready += arrays.scalars[1]
    time, lane = person_from(lanes, arrays.lane_first, low, high, ready, arrays.op_time[op, DISMOUNT])
    work.times[op, DISMOUNT] = time
    work.times[op, DONE] = time + arrays.op_time[op, DISMOUNT]
    return lane


@njit(cache=True, nogil=True, error_model="numpy")
def place(arrays: Arrays, work: Work, op: int, ready: float, choice: int, night: int) -> int:
    """Place a waiting operation: mount, cut, dismount and a pallet from the first to the last. The alternative taken."""
    move, lead = arrays.scalars[1], arrays.scalars[2]
    low = arrays.counts[0]
    high = low + arrays.counts[1]
    first, length = arrays.lane_first, arrays.op_time[op, MOUNT]
    lanes = (work.lane_start, work.lane_end, work.lane_count)
    while True:
        mount, mounter = person_from(lanes, first, low, high, ready, length)
        at = mount + length + move
        if choice < 0:
            choice = quickest(arrays, work, op, at)
        if night != 0:
            span = span_at(arrays.absent_start, at)
            if span + 1 < arrays.absent_start.size and (span < 0 or at >= arrays.absent_end[span]):
                at = arrays.absent_start[span + 1]
        start = cut_from(arrays, work, choice, at)
        work.times[op, END] = start + arrays.alt_run[choice]
        remover = dismount(arrays, work, op, low, high)
        if mount >= FAR or work.times[op, DISMOUNT] >= FAR:
            work.times[op, DONE] = FAR
            work.times[op, START] = FAR
            work.alternative[op] = choice
            return choice
        later, person = person_until(lanes, first, low, high, mount, start - move - lead, length)
        if later > mount:
            mount, mounter = later, person
        done = work.times[op, DONE]
        freed = pallet_wait(arrays, work, mount, done)
        if freed >= 0.0:
            later, person = person_until(lanes, first, low, high, mount, start - move, length)
            if later > mount:
                mount, mounter = later, person
                freed = pallet_wait(arrays, work, mount, done)
        if freed < 0.0:
            work.times[op, MOUNT] = mount
            work.person[op, 0], work.person[op, 1] = mounter, remover
            book(arrays, work, op, choice, start)
            attend(arrays, work, op)
            return choice
        ready = freed if freed > mount else mount + 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def pallet_wait(arrays: Arrays, work: Work, begin: float, end: float) -> float:
    """-1 where a pallet is free from ``begin`` to ``end``; else when one becomes free."""
    pool = (work.pool_level, work.pool_peak, work.pool_head, work.pool_next, work.pool_moment)
    return full_until(pool, arrays.counts[2], begin, end, arrays.scalars[0], arrays.scalars[4])


@njit(cache=True, nogil=True, error_model="numpy")
def attend(arrays: Arrays, work: Work, op: int) -> None:
    """Take the persons of a waiting operation, and its pallet from mount to dismount."""
    pool = (work.pool_level, work.pool_peak, work.pool_head, work.pool_next, work.pool_moment)
    mount, done = work.times[op, MOUNT], work.times[op, DONE]
    take(arrays, work, work.person[op, 0], mount, mount + arrays.op_time[op, MOUNT])
    take(arrays, work, work.person[op, 1], work.times[op, DISMOUNT], done)
    hold(pool, op, mount, done, arrays.scalars[0], arrays.scalars[4])


@njit(cache=True, nogil=True, error_model="numpy")
def withdraw(arrays: Arrays, work: Work, op: int) -> None:
    """Give back all that a placed waiting operation takes: machine, tools, persons, pallet."""
    pool = (work.pool_level, work.pool_peak, work.pool_head, work.pool_next, work.pool_moment)
    alternative, move = work.alternative[op], arrays.scalars[1]
    mount, start, done = work.times[op, MOUNT], work.times[op, START], work.times[op, DONE]
    give(arrays, work, arrays.alt_code[alternative, MACHINE], start - move, work.times[op, END] + move)
    give(arrays, work, work.person[op, 0], mount, mount + arrays.op_time[op, MOUNT])
    give(arrays, work, work.person[op, 1], work.times[op, DISMOUNT], done)
    release(pool, op, arrays.scalars[0], arrays.scalars[4])
    use_tools(arrays, work, alternative, start, -1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def give(arrays: Arrays, work: Work, lane: int, start: float, end: float) -> None:
    """Free a span of a lane."""
    if end > start:
        work.lane_count[lane] = vacate(
            work.lane_start, work.lane_end, arrays.lane_first[lane], work.lane_count[lane], start, end
        )


@njit(cache=True, nogil=True, error_model="numpy")
def place_stop(arrays: Arrays, work: Work, stop: int, option: int) -> float:
    """Place a maintenance stop as early after the option's start as machine and person allow; its cost."""
    low = arrays.counts[0]
    high = low + arrays.counts[1]
    lanes = (work.lane_start, work.lane_end, work.lane_count)
    machine, length = arrays.stop_code[stop, MACHINE], arrays.stop_duration[stop]
    at = max(arrays.scalars[0], arrays.option[option, BEGIN])
    lane = -1
    while at < FAR:
        first = arrays.lane_first[machine]
        at = gap_from(work.lane_start, work.lane_end, first, first + work.lane_count[machine], at, length)
        if arrays.stop_code[stop, ATTENDED] == 0:
            break
        free, lane = person_from(lanes, arrays.lane_first, low, high, at, length)
        if free == at:
            break
        at = free
    book_stop(arrays, work, stop, lane, at)
    return stop_cost_at(arrays, stop, at)


@njit(cache=True, nogil=True, error_model="numpy")
def book_stop(arrays: Arrays, work: Work, stop: int, lane: int, at: float) -> None:
    """Take the machine, and the person where one is needed (``lane`` >= 0), for a stop that begins at ``at``."""
    work.stop_start[stop], work.stop_person[stop] = at, lane
    take(arrays, work, arrays.stop_code[stop, MACHINE], at, at + arrays.stop_duration[stop])
    if lane >= 0:
        take(arrays, work, lane, at, at + arrays.stop_duration[stop])


@njit(cache=True, nogil=True, error_model="numpy")
def withdraw_stop(arrays: Arrays, work: Work, stop: int) -> None:
    """Give back what a placed stop takes."""
    at = work.stop_start[stop]
    if at < FAR:
        give(arrays, work, arrays.stop_code[stop, MACHINE], at, at + arrays.stop_duration[stop])
        if work.stop_person[stop] >= 0:
            give(arrays, work, work.stop_person[stop], at, at + arrays.stop_duration[stop])


@njit(cache=True, nogil=True, error_model="numpy")
def stop_cost_at(arrays: Arrays, stop: int, at: float) -> float:
    """Cost of a stop at ``at``: linear between the options beside it, level outside them."""
    option, finish = arrays.stop_code[stop, OPTION_FIRST], arrays.stop_code[stop, OPTION_LAST]
    while option + 1 < finish and arrays.option[option + 1, BEGIN] <= at:
        option += 1
    cost = arrays.option[option, COST]
    if option + 1 < finish and at > arrays.option[option, BEGIN]:
        width = arrays.option[option + 1, BEGIN] - arrays.option[option, BEGIN]
        cost += (arrays.option[option + 1, COST] - cost) * (at - arrays.option[option, BEGIN]) / width
    return float(cost)


@njit(cache=True, nogil=True, error_model="numpy")
def place_begun(arrays: Arrays, work: Work, sequence: Ints, maintenance: Ints) -> float:
    """Place what has begun (running, cut, mounted) and the maintenance stops; the cost of the stops."""
    now, move = arrays.scalars[0], arrays.scalars[1]
    low = arrays.counts[0]
    high = low + arrays.counts[1]
    pool = (work.pool_level, work.pool_peak, work.pool_head, work.pool_next, work.pool_moment)
    for op in range(arrays.op_code.shape[0]):
        alternative = arrays.op_code[op, ALT_FIRST]
        if arrays.op_code[op, STATE] == RUNNING:
            work.alternative[op] = alternative
            work.times[op, START] = arrays.op_time[op, STARTED]
            work.times[op, END] = max(now, work.times[op, START] + arrays.alt_run[alternative])
            take(arrays, work, arrays.alt_code[alternative, MACHINE], now, work.times[op, END] + move)
        elif arrays.op_code[op, STATE] == CUT:
            work.alternative[op] = alternative
            work.times[op, START] = now
            work.times[op, END] = now
    cost = 0.0
    for stop in range(arrays.stop_code.shape[0]):
        cost += place_stop(arrays, work, stop, maintenance[stop])
    for kind in range(2):
        for position in range(sequence.size):
            op = arrays.serial_first[sequence[position]]
            state = arrays.op_code[op, STATE]
            if state == WAITING or work.times[op, DONE] > 0.0 or (state == MOUNTED) != (kind == 1):
                continue
            if state == MOUNTED:
                alternative = quickest(arrays, work, op, now + move)
                book(arrays, work, op, alternative, cut_from(arrays, work, alternative, now + move))
            work.times[op, MOUNT] = min(now, work.times[op, START])
            lane = dismount(arrays, work, op, low, high)
            take(arrays, work, lane, work.times[op, DISMOUNT], work.times[op, DONE])
            hold(pool, op, now, min(work.times[op, DONE], FAR), now, arrays.scalars[4])
    return cost


@njit(cache=True, nogil=True, error_model="numpy")
def reset(arrays: Arrays, work: Work) -> None:
    """Lanes back to what is busy whatever is decided."""
    base_start, base_end, lane_first = arrays.base_start, arrays.base_end, arrays.lane_first
    base_count, lane_start, lane_end = arrays.base_count, work.lane_start, work.lane_end
    at = 0
    for lane in range(base_count.size):
        first = lane_first[lane]
        for index in range(base_count[lane]):
            lane_start[first + index] = base_start[at]
            lane_end[first + index] = base_end[at]
            at += 1
        work.lane_count[lane] = base_count[lane]
    for bucket in range(work.pool_level.size):
        work.pool_level[bucket] = 0
        work.pool_peak[bucket] = 0
        work.pool_head[bucket] = -1
    for index in range(work.slot_used.size):
        work.slot_used[index] = 0.0
    for op in range(work.times.shape[0]):
        work.times[op, DONE] = 0.0
    for order in range(work.order_done.size):
        work.order_done[order] = 0.0
    for serial in range(work.serial_ready.size):
        work.serial_next[serial] = 0
        work.serial_ready[serial] = arrays.scalars[0]


@njit(cache=True, nogil=True, error_model="numpy")
def decode(arrays: Arrays, work: Work, sequence: Ints, choice: Ints, night: Ints, maintenance: Ints) -> float:
    """Build the schedule of a sequence; ``choice`` -1 takes the quickest machine and is written back. The objective."""
    reset(arrays, work)
    cost = place_begun(arrays, work, sequence, maintenance)
    for position in range(sequence.size):
        serial = sequence[position]
        op = arrays.serial_first[serial] + work.serial_next[serial]
        work.serial_next[serial] += 1
        if arrays.op_code[op, STATE] == WAITING:
            ready = max(work.serial_ready[serial], arrays.op_time[op, RELEASE])
            choice[op] = place(arrays, work, op, min(ready, FAR), choice[op], night[op])
        work.serial_ready[serial] = work.times[op, DONE]
        order = arrays.op_code[op, ORDER]
        work.order_done[order] = max(work.order_done[order], work.times[op, DONE])
    return cost + objective(arrays, work)


@njit(cache=True, nogil=True, error_model="numpy")
def objective(arrays: Arrays, work: Work) -> float:
    """Weighted tardiness and flow, less what is cut unattended, plus what leaving the previous schedule costs."""
    total = 0.0
    for order in range(arrays.order.shape[0]):
        total += order_cost(arrays, work, order)
    for op in range(work.times.shape[0]):
        total += operation_cost(arrays, work, op)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def order_cost(arrays: Arrays, work: Work, order: int) -> float:
    """Weighted tardiness and flow of an order that is complete at its ``order_done``."""
    late = max(0.0, work.order_done[order] - arrays.order[order, DUE])
    flow = max(0.0, work.order_done[order] - arrays.scalars[0])
    return float(arrays.order[order, WEIGHT] * (arrays.weights[0] * late + arrays.weights[1] * flow))


@njit(cache=True, nogil=True, error_model="numpy")
def operation_cost(arrays: Arrays, work: Work, op: int) -> float:
    """What leaving the previous place costs, less what is cut unattended before the horizon."""
    if work.times[op, START] >= FAR:
        return 0.0
    begin, finish = max(arrays.scalars[0], work.times[op, START]), min(work.times[op, END], arrays.scalars[3])
    total = -arrays.weights[2] * overlap(arrays.absent_start, arrays.absent_end, begin, finish)
    if arrays.op_code[op, PREVIOUS_MACHINE] >= 0 and arrays.op_code[op, STATE] == WAITING:
        if arrays.alt_code[work.alternative[op], MACHINE] != arrays.op_code[op, PREVIOUS_MACHINE]:
            total += arrays.weights[3]
        total += arrays.weights[4] * abs(work.times[op, START] - arrays.op_time[op, PREVIOUS_START])
    return total
