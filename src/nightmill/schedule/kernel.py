"""The compiled decoder and local search over it: one source, the same numbers as plain Python.

A *lane* is the sorted list of busy spans of one machine, person or pallet. The decoder takes serials in the given
sequence (a serial stands in it once for each of its operations, so every permutation respects the routes) and puts each
operation into the earliest gaps that fit. ``Arrays`` and ``Work`` are the schema of what the kernels read and write;
both are unpacked at entry, since fields read inside a hot loop are slow under numba.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FAR = 1e15
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

    ``scalars`` now, move, lead, horizon; ``counts`` machines, persons, pallets; ``weights`` as ``ObjectiveWeights``.
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
    """Room for one decoding: lanes, tool seconds used per (slot, absence), and the decoded times."""

    lane_start: Floats
    lane_end: Floats
    lane_count: Ints
    slot_used: Floats
    serial_ready: Floats
    serial_next: Ints
    alternative: Ints
    times: Floats
    stop_start: Floats
    order_done: Floats


@njit(cache=True, nogil=True, error_model="numpy")
def gap_from(starts: Floats, ends: Floats, low: int, high: int, at: float, length: float) -> float:
    """Earliest time from ``at`` on at which the lane in ``[low, high)`` is free for ``length``."""
    left, right = low, high
    while left < right:
        middle = (left + right) // 2
        if ends[middle] > at:
            right = middle
        else:
            left = middle + 1
    while left < high:
        if at + length <= starts[left]:
            return at
        at = max(at, ends[left])
        left += 1
    return at


@njit(cache=True, nogil=True, error_model="numpy")
def gap_until(starts: Floats, ends: Floats, low: int, high: int, lower: float, upper: float, length: float) -> float:
    """Latest time not before ``lower`` from which the lane is free for ``length`` and done by ``upper``; -1 if none."""
    left, right = low, high
    while left < right:
        middle = (left + right) // 2
        if starts[middle] < upper:
            left = middle + 1
        else:
            right = middle
    index = left - 1
    while index >= low and upper - length >= lower:
        if ends[index] <= upper - length:
            break
        upper = min(upper, starts[index])
        index -= 1
    return upper - length if upper - length >= lower else -1.0


@njit(cache=True, nogil=True, error_model="numpy")
def occupy(starts: Floats, ends: Floats, first: int, count: int, start: float, end: float) -> int:
    """Insert a busy span, joining spans that touch; the new count."""
    left, right = first, first + count
    while left < right:
        middle = (left + right) // 2
        if starts[middle] < start:
            left = middle + 1
        else:
            right = middle
    joins_before = left > first and ends[left - 1] >= start
    joins_after = left < first + count and starts[left] <= end
    if joins_before and joins_after:
        ends[left - 1] = ends[left]
        for index in range(left, first + count - 1):
            starts[index] = starts[index + 1]
            ends[index] = ends[index + 1]
        return count - 1
    if joins_before:
        ends[left - 1] = end
        return count
    if joins_after:
        starts[left] = start
        return count
    for index in range(first + count, left, -1):
        starts[index] = starts[index - 1]
        ends[index] = ends[index - 1]
    starts[left] = start
    ends[left] = end
    return count + 1


@njit(cache=True, nogil=True, error_model="numpy")
def span_at(starts: Floats, at: float) -> int:
    """Index of the last span that begins at or before ``at``; -1 if none."""
    left, right = 0, starts.size
    while left < right:
        middle = (left + right) // 2
        if starts[middle] <= at:
            left = middle + 1
        else:
            right = middle
    return left - 1


@njit(cache=True, nogil=True, error_model="numpy")
def overlap(starts: Floats, ends: Floats, begin: float, finish: float) -> float:
    """Seconds of ``[begin, finish]`` inside the spans."""
    index = max(span_at(starts, begin), 0)
    total = 0.0
    while index < starts.size and starts[index] < finish:
        inside = min(ends[index], finish) - max(starts[index], begin)
        if inside > 0.0:
            total += inside
        index += 1
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def person_from(
    lanes: tuple[Floats, Floats, Ints], first: Ints, low: int, high: int, at: float, length: float
) -> tuple[float, int]:
    """Earliest time at which one of the persons (lanes ``low`` to ``high``) is free, and which."""
    starts, ends, counts = lanes
    best, lane = FAR, low
    for candidate in range(low, high):
        begin = first[candidate]
        time = gap_from(starts, ends, begin, begin + counts[candidate], at, length)
        if time < best:
            best, lane = time, candidate
    return best, lane


@njit(cache=True, nogil=True, error_model="numpy")
def person_until(
    lanes: tuple[Floats, Floats, Ints], first: Ints, low: int, high: int, lower: float, upper: float, length: float
) -> tuple[float, int]:
    """Latest time, done by ``upper``, at which one of the persons is free, and which; -1 if none."""
    starts, ends, counts = lanes
    best, lane = -1.0, low
    for candidate in range(low, high):
        begin = first[candidate]
        time = gap_until(starts, ends, begin, begin + counts[candidate], lower, upper, length)
        if time > best:
            best, lane = time, candidate
    return best, lane


@njit(cache=True, nogil=True, error_model="numpy")
def pallet_for(
    lanes: tuple[Floats, Floats, Ints], first: Ints, low: int, high: int, begin: float, finish: float
) -> int:
    """The pallet that is free over the whole span and was so for the shortest time before it; -1 if none."""
    starts, ends, counts = lanes
    best, lane = -1.0, -1
    for candidate in range(low, high):
        left, right = first[candidate], first[candidate] + counts[candidate]
        stop = right
        while left < right:
            middle = (left + right) // 2
            if ends[middle] > begin:
                right = middle
            else:
                left = middle + 1
        if left == stop or starts[left] >= finish:
            since = ends[left - 1] if left > first[candidate] else 0.0
            if since > best:
                best, lane = since, candidate
    return lane


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
    span = span_at(arrays.absent_start, start)
    if span >= 0 and start < arrays.absent_end[span]:
        for use in range(arrays.alt_code[alternative, USE_FIRST], arrays.alt_code[alternative, USE_LAST]):
            work.slot_used[arrays.use_slot[use] * arrays.absent_start.size + span] += arrays.use_s[use]


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
    last = high + arrays.counts[2]
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
        pallet = pallet_for(lanes, first, high, last, mount, work.times[op, DONE])
        if pallet < 0:
            later, person = person_until(lanes, first, low, high, mount, start - move, length)
            if later > mount:
                mount, mounter = later, person
                pallet = pallet_for(lanes, first, high, last, mount, work.times[op, DONE])
        if pallet >= 0:
            work.times[op, MOUNT] = mount
            book(arrays, work, op, choice, start)
            take(arrays, work, mounter, mount, mount + length)
            take(arrays, work, remover, work.times[op, DISMOUNT], work.times[op, DONE])
            take(arrays, work, pallet, mount, work.times[op, DONE])
            return choice
        freed, _ = person_from(lanes, first, high, last, mount, work.times[op, DONE] - mount)
        ready = freed if freed > mount else mount + 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def place_stops(arrays: Arrays, work: Work, maintenance: Ints) -> float:
    """Place the chosen maintenance stops, as early after the option's start as machine and person allow; their cost."""
    low = arrays.counts[0]
    high = low + arrays.counts[1]
    lanes = (work.lane_start, work.lane_end, work.lane_count)
    cost = 0.0
    for stop in range(arrays.stop_code.shape[0]):
        machine, length = arrays.stop_code[stop, MACHINE], arrays.stop_duration[stop]
        at = max(arrays.scalars[0], arrays.option[maintenance[stop], BEGIN])
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
        work.stop_start[stop] = at
        take(arrays, work, machine, at, at + length)
        if lane >= 0:
            take(arrays, work, lane, at, at + length)
        begin, finish = arrays.stop_code[stop, OPTION_FIRST], arrays.stop_code[stop, OPTION_LAST]
        option = begin
        while option + 1 < finish and arrays.option[option + 1, BEGIN] <= at:
            option += 1
        cost += stop_cost(arrays, option, finish, at)
    return cost


@njit(cache=True, nogil=True, error_model="numpy")
def stop_cost(arrays: Arrays, option: int, finish: int, at: float) -> float:
    """Cost of a stop at ``at``: linear between the options beside it, level outside them."""
    cost = arrays.option[option, COST]
    if option + 1 < finish and at > arrays.option[option, BEGIN]:
        width = arrays.option[option + 1, BEGIN] - arrays.option[option, BEGIN]
        cost += (arrays.option[option + 1, COST] - cost) * (at - arrays.option[option, BEGIN]) / width
    return cost


@njit(cache=True, nogil=True, error_model="numpy")
def place_begun(arrays: Arrays, work: Work, sequence: Ints, maintenance: Ints) -> float:
    """Place what has begun (running, cut, mounted) and the maintenance stops; the cost of the stops."""
    now, move = arrays.scalars[0], arrays.scalars[1]
    low = arrays.counts[0]
    high = low + arrays.counts[1]
    last = high + arrays.counts[2]
    lanes = (work.lane_start, work.lane_end, work.lane_count)
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
    cost = place_stops(arrays, work, maintenance)
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
            take(
                arrays,
                work,
                pallet_for(lanes, arrays.lane_first, high, last, now, work.times[op, DONE]),
                now,
                min(work.times[op, DONE], FAR),
            )
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
    now, horizon = arrays.scalars[0], arrays.scalars[3]
    tardy, flow, lone = arrays.weights[0], arrays.weights[1], arrays.weights[2]
    change, shift = arrays.weights[3], arrays.weights[4]
    total = 0.0
    for order in range(arrays.order.shape[0]):
        late = max(0.0, work.order_done[order] - arrays.order[order, DUE])
        total += arrays.order[order, WEIGHT] * (tardy * late + flow * max(0.0, work.order_done[order] - now))
    for op in range(work.times.shape[0]):
        if work.times[op, START] >= FAR:
            continue
        finish = min(work.times[op, END], horizon)
        total -= lone * overlap(arrays.absent_start, arrays.absent_end, max(now, work.times[op, START]), finish)
        if arrays.op_code[op, PREVIOUS_MACHINE] >= 0 and arrays.op_code[op, STATE] == WAITING:
            if arrays.alt_code[work.alternative[op], MACHINE] != arrays.op_code[op, PREVIOUS_MACHINE]:
                total += change
            total += shift * abs(work.times[op, START] - arrays.op_time[op, PREVIOUS_START])
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def draw(state: Ints, below: int) -> int:
    """Next number below ``below`` of the Lehmer generator (Park & Miller 1988, multiplier 48271)."""
    state[0] = state[0] * 48271 % 2147483647
    return state[0] % below


@njit(cache=True, nogil=True, error_model="numpy")
def shift(values: Ints, origin: int, target: int) -> None:
    """Take the value at ``origin`` out and put it in at ``target``."""
    value = values[origin]
    step = 1 if target > origin else -1
    index = origin
    while index != target:
        values[index] = values[index + step]
        index += step
    values[target] = value


@njit(cache=True, nogil=True, error_model="numpy")
def late_position(arrays: Arrays, work: Work, sequence: Ints, state: Ints) -> int:
    """A position in the sequence, of a late order where a few tries find one."""
    position = draw(state, sequence.size)
    for _ in range(8):
        order = arrays.op_code[arrays.serial_first[sequence[position]], ORDER]
        if work.order_done[order] > arrays.order[order, DUE]:
            break
        position = draw(state, sequence.size)
    return position


@njit(cache=True, nogil=True, error_model="numpy")
def vary(arrays: Arrays, work: Work, sequence: Ints, choice: Ints, night: Ints, maintenance: Ints, state: Ints) -> None:
    """Change one thing: pull a late serial forward, move or swap places, another machine, the night, a stop's window."""
    size = sequence.size
    kind = draw(state, 100)
    if kind < 30:
        position = late_position(arrays, work, sequence, state)
        shift(sequence, position, draw(state, position + 1))
    elif kind < 50:
        shift(sequence, draw(state, size), draw(state, size))
    elif kind < 65:
        one, two = draw(state, size), draw(state, size)
        sequence[one], sequence[two] = sequence[two], sequence[one]
    elif kind < 85 or (kind >= 95 and maintenance.size == 0):
        op = draw(state, size)
        options = arrays.op_code[op, ALT_LAST] - arrays.op_code[op, ALT_FIRST]
        choice[op] = arrays.op_code[op, ALT_FIRST] + draw(state, options) if draw(state, 4) > 0 else -1
    elif kind < 95:
        op = draw(state, size)
        night[op] = 1 - night[op]
    else:
        stop = draw(state, maintenance.size)
        first = arrays.stop_code[stop, OPTION_FIRST]
        maintenance[stop] = first + draw(state, arrays.stop_code[stop, OPTION_LAST] - first)


@njit(cache=True, nogil=True, error_model="numpy")
def overwrite(target: Ints, source: Ints) -> None:
    """Copy values; a slice assignment would compile its error texts too, which takes seconds."""
    for index in range(source.size):
        target[index] = source[index]


@njit(cache=True, nogil=True, error_model="numpy")
def improve(
    arrays: Arrays,
    work: Work,
    plan: tuple[Ints, Ints, Ints, Ints],
    iterations: int,
    seed: int,
) -> float:
    """Threshold search (Dueck & Scheuer 1990) of ``iterations`` decodings; ``plan`` ends as the best found."""
    sequence, choice, night, maintenance = plan
    state = np.full(1, seed % 2147483646 + 1, dtype=np.int64)
    best = decode(arrays, work, sequence, choice, night, maintenance)
    current = best
    at_sequence, at_choice, at_night, at_stops = sequence.copy(), choice.copy(), night.copy(), maintenance.copy()
    for iteration in range(iterations):
        new_sequence, new_choice = at_sequence.copy(), at_choice.copy()
        new_night, new_stops = at_night.copy(), at_stops.copy()
        for _ in range(1 + draw(state, 2)):
            vary(arrays, work, new_sequence, new_choice, new_night, new_stops, state)
        value = decode(arrays, work, new_sequence, new_choice, new_night, new_stops)
        threshold = 0.004 * abs(best) * (1.0 - (iteration + 1.0) / iterations)
        if value <= current + threshold:
            current = value
            at_sequence, at_choice, at_night, at_stops = new_sequence, new_choice, new_night, new_stops
        if value < best:
            best = value
            overwrite(sequence, new_sequence)
            overwrite(choice, new_choice)
            overwrite(night, new_night)
            overwrite(maintenance, new_stops)
    return best
