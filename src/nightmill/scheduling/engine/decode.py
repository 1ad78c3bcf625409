"""The compiled decoder; the same source run as plain Python gives the same numbers.

Machines, persons, fixtures and robots are lanes, pallets a pool. The decoder takes serials in the given sequence and puts each
operation into the earliest gaps that fit. A serial appears once for each of its operations, so every permutation respects the
routes. ``memory`` documents the contents of ``f`` and ``n``.
"""

import numpy as np

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.batch_machines import mate, ride_along, room_from
from nightmill.scheduling.engine.blocking import give_place, place_free_from, take_place
from nightmill.scheduling.engine.cost import objective
from nightmill.scheduling.engine.counted_resource import hold, release
from nightmill.scheduling.engine.energy import cheaper_from
from nightmill.scheduling.engine.setup_times import changed_over, leave_line, line_up
from nightmill.scheduling.engine.state import Floats, Ints, alt, code, first_op, general, given, placed, put, run
from nightmill.scheduling.engine.timeline import (
    absence_at,
    fill,
    first_after,
    gap_from,
    give,
    lane_base,
    lane_count,
    person_from,
    person_until,
    take,
)
from nightmill.scheduling.engine.unary_groups import (
    carried,
    give_fixture,
    give_robots,
    held_until,
    parts_ready,
    take_fixture,
    take_robot,
)
from nightmill.vocabulary.compiled import compiled, compiled_with_arrays

CHEAPER, TOGETHER = 2, 3
"""Values of ``night``: cut when energy is cheaper than at the time of mounting; cut together with other parts if possible."""


@compiled
def tools_last(f: Floats, n: Ints, alternative: int, absence: int) -> bool:
    """Return whether the tools of an alternative have enough life left for a cut that starts in this absence."""
    for use in range(alt(n, alternative, s.USE_FIRST), alt(n, alternative, s.USE_LAST)):
        slot = n[n[s.USE_SLOT] + use]
        used = f[n[s.SLOT_USED] + slot * n[s.ABSENCES] + absence]
        if used + f[n[s.USE_S] + use] > f[n[s.BUDGET] + slot]:
            return False
    return True


@compiled
def use_tools(f: Floats, n: Ints, alternative: int, start: float, sign: float) -> None:
    """Add the tool seconds of a cut to the absence in which it starts (or with -1 subtract them)."""
    absence = absence_at(f, n, start)
    if absence >= 0 and start < f[n[s.ABSENT] + 2 * absence + 1]:
        for use in range(alt(n, alternative, s.USE_FIRST), alt(n, alternative, s.USE_LAST)):
            slot = n[n[s.USE_SLOT] + use]
            f[n[s.SLOT_USED] + slot * n[s.ABSENCES] + absence] += sign * f[n[s.USE_S] + use]


@compiled
def cut_from(f: Floats, n: Ints, alternative: int, at: float) -> float:
    """Earliest start of the cut, not before ``at``, at which the machine is free with a move before and after, and its tools
    last through the absence.

    On a machine loaded by hand, the cut starts only while somebody is present. A cut that has room for one more part is joined
    if it starts sooner.
    """
    machine, move = alt(n, alternative, s.MACHINE), general(f, n, s.MOVE)
    length = run(f, n, alternative) + 2.0 * move
    joined = room_from(f, n, alternative, at) if n[s.BATCHES] > 0 else s.FAR
    while True:
        start = gap_from(f, lane_base(n, machine), lane_count(n, machine), at - move, length) + move
        if start >= joined:
            return float(min(start, joined))
        if n[s.FAMILIES] > 0:
            at = changed_over(f, n, alternative, start, start + run(f, n, alternative))
            if at > start:
                continue
        if n[s.ROBOTS] > 0:
            at = carried(f, n, start, start + run(f, n, alternative))
            if at > start:
                continue
        absence = absence_at(f, n, start)
        if absence < 0 or start >= f[n[s.ABSENT] + 2 * absence + 1]:
            return float(start)
        if n[n[s.BY_HAND] + machine] == 0 and tools_last(f, n, alternative, absence):
            return float(start)
        at = f[n[s.ABSENT] + 2 * absence + 1]


@compiled
def book(f: Floats, n: Ints, op: int, alternative: int, start: float) -> None:
    """Take the machine, the tools and the robots for a cut that starts at ``start`` and whose part leaves the machine at ``LEFT``."""
    move, left = general(f, n, s.MOVE), placed(f, n, op, s.LEFT)
    other = mate(f, n, alternative, start) if n[s.BATCHES] > 0 and start < s.FAR else -1
    n[n[s.CHOSEN] + op] = alternative
    put(f, n, op, s.START, start)
    put(f, n, op, s.END, start + run(f, n, alternative))
    if other < 0:
        take(f, n, alt(n, alternative, s.MACHINE), start - move, left + move)
    use_tools(f, n, alternative, start, 1.0)
    if n[s.FAMILIES] > 0 and start < s.FAR:
        line_up(f, n, op)
    if n[s.ROBOTS] > 0 and other >= 0:
        ride_along(n, op, other)
    elif n[s.ROBOTS] > 0:
        take_robot(f, n, op, 0, start - move)
        take_robot(f, n, op, 1, left)


@compiled
def attend(f: Floats, n: Ints, op: int) -> None:
    """Take a waiting operation's persons, its pallet and fixture from mount to dismount, and its buffer place."""
    mount, done = placed(f, n, op, s.MOUNT), placed(f, n, op, s.DONE)
    take(f, n, n[n[s.PERSON] + 2 * op], mount, mount + given(f, n, op, s.MOUNT))
    take(f, n, n[n[s.PERSON] + 2 * op + 1], placed(f, n, op, s.DISMOUNT), done)
    hold(f, n, op, mount, done)
    take_fixture(f, n, op, mount, done)
    if n[s.BUFFERS] > 0:
        take_place(f, n, op, alt(n, n[n[s.CHOSEN] + op], s.MACHINE))


@compiled
def withdraw(f: Floats, n: Ints, op: int) -> None:
    """Release everything that a placed waiting operation takes: machine, tools, robots, persons, pallet, fixture, buffer."""
    alternative, move = n[n[s.CHOSEN] + op], general(f, n, s.MOVE)
    mount, start = placed(f, n, op, s.MOUNT), placed(f, n, op, s.START)
    if n[s.FAMILIES] > 0:
        leave_line(f, n, op)
    use_tools(f, n, alternative, start, -1.0)
    if n[s.BATCHES] == 0 or mate(f, n, alternative, start) < 0:
        give(f, n, alt(n, alternative, s.MACHINE), start - move, placed(f, n, op, s.LEFT) + move)
        if n[s.ROBOTS] > 0:
            give_robots(f, n, op)
    if n[s.BUFFERS] > 0:
        give_place(f, n, op)
    give(f, n, n[n[s.PERSON] + 2 * op], mount, mount + given(f, n, op, s.MOUNT))
    give(f, n, n[n[s.PERSON] + 2 * op + 1], placed(f, n, op, s.DISMOUNT), placed(f, n, op, s.DONE))
    release(f, n, op)
    give_fixture(f, n, op, mount, placed(f, n, op, s.DONE))


@compiled
def quickest(f: Floats, n: Ints, op: int, at: float) -> int:
    """Return the alternative on which a part could be cut first if its pallet is ready at ``at``."""
    best, chosen = s.FAR * 2.0, code(n, op, s.ALT_FIRST)
    for alternative in range(code(n, op, s.ALT_FIRST), code(n, op, s.ALT_LAST)):
        end = cut_from(f, n, alternative, at) + run(f, n, alternative)
        if end < best:
            best, chosen = end, alternative
    return int(chosen)


@compiled
def dismount(f: Floats, n: Ints, op: int, machine: int) -> int:
    """Find who can dismount the part first after its cut; write the times and return the person's lane.

    If no waiting place is free yet, the part leaves the machine when a place and a robot to move it are free.
    """
    left, way = placed(f, n, op, s.END), given(f, n, op, s.MEASURE)
    if code(n, op, s.STATE) != s.CUT:
        way += general(f, n, s.MOVE)
    low, length = n[s.MACHINES], given(f, n, op, s.DISMOUNT)
    time, lane = person_from(f, n, low, low + n[s.PERSONS], left + way, length)
    if n[s.BUFFERS] > 0 and n[n[s.BUFFERED] + machine] > 0 and code(n, op, s.STATE) != s.CUT:
        while time < s.FAR:
            left = place_free_from(f, n, machine, left + way, time) - way
            if n[s.ROBOTS] > 0 and left > placed(f, n, op, s.END):
                left, _ = person_from(f, n, n[s.ROBOT_LANE], n[s.ROBOT_LANE] + n[s.ROBOTS], left, general(f, n, s.MOVE))
            if left + way <= time:
                break
            time, lane = person_from(f, n, low, low + n[s.PERSONS], left + way, length)
    put(f, n, op, s.LEFT, left)
    put(f, n, op, s.DISMOUNT, time)
    put(f, n, op, s.DONE, time + length)
    return int(lane)


@compiled
def cut_and_leave(f: Floats, n: Ints, op: int, alternative: int, at: float) -> tuple[float, int]:
    """Find a cut, not before ``at``, after which the machine can hold the part until it can leave; return the start and who
    dismounts it.
    """
    machine, move = alt(n, alternative, s.MACHINE), general(f, n, s.MOVE)
    while True:
        start = cut_from(f, n, alternative, at)
        put(f, n, op, s.END, start + run(f, n, alternative))
        lane = dismount(f, n, op, machine)
        left = placed(f, n, op, s.LEFT)
        if n[s.BUFFERS] == 0 or left == placed(f, n, op, s.END) or placed(f, n, op, s.DISMOUNT) >= s.FAR:
            return start, lane
        held = left - start + 2.0 * move
        at = gap_from(f, lane_base(n, machine), lane_count(n, machine), start - move, held) + move
        if at == start and n[s.FAMILIES] > 0:
            at = changed_over(f, n, alternative, start, left)
        if at == start:
            return start, lane


@compiled
def ready_for_cut(f: Floats, n: Ints, op: int, alternative: int, mounted: float, night: int) -> float:
    """Return when a part mounted at ``mounted`` may be cut, depending on ``night``.

    At once (0), once people have left (1), when energy is cheaper (2), or together with other parts whose cut has room for it
    (3); if no cut has room, when one person would have mounted a full load.
    """
    if night == TOGETHER:
        joined = room_from(f, n, alternative, mounted)
        parts, most = alt(n, alternative, s.PARTS), n[n[s.PLACES] + alt(n, alternative, s.MACHINE)]
        if joined >= s.FAR and most > parts:
            return float(mounted + (most - parts) * given(f, n, op, s.MOUNT) / parts)
        return float(joined if joined < s.FAR else mounted)
    if night == CHEAPER:
        return float(cheaper_from(f, n, mounted))
    absence = absence_at(f, n, mounted)
    if night == 0 or absence + 1 >= n[s.ABSENCES]:
        return mounted
    if absence >= 0 and mounted < f[n[s.ABSENT] + 2 * absence + 1]:
        return mounted
    return float(f[n[s.ABSENT] + 2 * absence + 2])


@compiled
def place(f: Floats, n: Ints, op: int, ready: float, choice: int, night: int) -> int:
    """Place a waiting operation: mount, cut and dismount, with pallet and fixture held throughout. Returns the alternative taken."""
    move, length, low = general(f, n, s.MOVE), given(f, n, op, s.MOUNT), n[s.MACHINES]
    high = low + n[s.PERSONS]
    while True:
        mount, mounter = person_from(f, n, low, high, ready, length)
        at = mount + length + move
        if choice < 0:
            choice = quickest(f, n, op, at)
        start, remover = cut_and_leave(f, n, op, choice, ready_for_cut(f, n, op, choice, at, night))
        done = placed(f, n, op, s.DONE)
        if mount >= s.FAR or placed(f, n, op, s.DISMOUNT) >= s.FAR:
            put(f, n, op, s.DONE, s.FAR)
            put(f, n, op, s.START, s.FAR)
            n[n[s.CHOSEN] + op] = choice
            return choice
        later, person = person_until(f, n, low, high, mount, start - move - general(f, n, s.LEAD), length)
        if later > mount:
            mount, mounter = later, person
        freed = held_until(f, n, op, mount, done)
        if freed >= 0.0:
            later, person = person_until(f, n, low, high, mount, start - move, length)
            if later > mount:
                mount, mounter = later, person
                freed = held_until(f, n, op, mount, done)
        if freed < 0.0:
            put(f, n, op, s.MOUNT, mount)
            n[n[s.PERSON] + 2 * op], n[n[s.PERSON] + 2 * op + 1] = mounter, remover
            book(f, n, op, choice, start)
            attend(f, n, op)
            return choice
        ready = freed if freed > mount else mount + 1.0


@compiled
def place_stop(f: Floats, n: Ints, stop: int, option: int) -> float:
    """Place a maintenance stop as soon after the option's start as machine and person allow; returns its cost."""
    row = n[s.STOP_CODE] + 4 * stop
    machine, length = n[row + s.MACHINE], f[n[s.STOP_S] + stop]
    at = max(general(f, n, s.NOW), f[n[s.OPTION] + 2 * option + s.BEGIN])
    lane = -1
    while at < s.FAR:
        at = gap_from(f, lane_base(n, machine), lane_count(n, machine), at, length)
        if n[row + s.ATTENDED] == 0:
            break
        free, lane = person_from(f, n, n[s.MACHINES], n[s.MACHINES] + n[s.PERSONS], at, length)
        if free == at:
            break
        at = free
    book_stop(f, n, stop, lane, at)
    return float(stop_cost(f, n, stop, at))


@compiled
def book_stop(f: Floats, n: Ints, stop: int, lane: int, at: float) -> None:
    """Take the machine, and the person if one is needed (``lane`` >= 0), for a stop that starts at ``at``."""
    f[n[s.STOP_START] + stop], n[n[s.STOP_PERSON] + stop] = at, lane
    take(f, n, n[n[s.STOP_CODE] + 4 * stop], at, at + f[n[s.STOP_S] + stop])
    if lane >= 0:
        take(f, n, lane, at, at + f[n[s.STOP_S] + stop])


@compiled
def withdraw_stop(f: Floats, n: Ints, stop: int) -> None:
    """Release the machine and person that a placed stop takes."""
    at, lane = f[n[s.STOP_START] + stop], n[n[s.STOP_PERSON] + stop]
    if at < s.FAR:
        give(f, n, n[n[s.STOP_CODE] + 4 * stop], at, at + f[n[s.STOP_S] + stop])
        if lane >= 0:
            give(f, n, lane, at, at + f[n[s.STOP_S] + stop])


@compiled
def stop_cost(f: Floats, n: Ints, stop: int, at: float) -> float:
    """Cost of a stop at ``at``: linear between neighbouring options, constant outside them."""
    row, options = n[s.STOP_CODE] + 4 * stop, n[s.OPTION]
    first, last = n[row + s.OPTION_FIRST], n[row + s.OPTION_LAST]
    option = max(first, first + first_after(f, options + 2 * first, last - first, at, s.BEGIN) - 1)
    here = options + 2 * option
    cost = f[here + s.COST]
    if option + 1 < last and at > f[here + s.BEGIN]:
        cost += (f[here + 2 + s.COST] - cost) * (at - f[here + s.BEGIN]) / (f[here + 2 + s.BEGIN] - f[here + s.BEGIN])
    return float(cost)


@compiled
def place_running(f: Floats, n: Ints, op: int, alternative: int) -> None:
    """Place an operation that is being cut: take its machine and the robot that unloads it."""
    now, move, started = general(f, n, s.NOW), general(f, n, s.MOVE), given(f, n, op, s.STARTED)
    n[n[s.CHOSEN] + op] = alternative
    put(f, n, op, s.START, started)
    put(f, n, op, s.END, max(now, started + run(f, n, alternative)))
    put(f, n, op, s.LEFT, placed(f, n, op, s.END))
    other = mate(f, n, alternative, started) if n[s.BATCHES] > 0 else -1
    if other < 0:
        take(f, n, alt(n, alternative, s.MACHINE), now, placed(f, n, op, s.END) + move)
    if n[s.FAMILIES] > 0:
        line_up(f, n, op)
    if n[s.ROBOTS] > 0 and other >= 0:
        ride_along(n, op, other)
    elif n[s.ROBOTS] > 0 and n[n[s.BUFFERED] + alt(n, alternative, s.MACHINE)] == 0:
        take_robot(f, n, op, 1, placed(f, n, op, s.END))


@compiled
def place_begun(f: Floats, n: Ints, sequence: Ints, maintenance: Ints) -> float:
    """Place the operations that have started (running, cut, mounted) and the maintenance stops; returns the cost of the stops."""
    now, move = general(f, n, s.NOW), general(f, n, s.MOVE)
    for op in range(n[s.OPS]):
        alternative = code(n, op, s.ALT_FIRST)
        if code(n, op, s.STATE) == s.RUNNING:
            place_running(f, n, op, alternative)
        elif code(n, op, s.STATE) == s.CUT:
            n[n[s.CHOSEN] + op] = alternative
            put(f, n, op, s.START, now)
            put(f, n, op, s.END, now)
    if n[s.BUFFERS] > 0:
        for state in (s.CUT, s.RUNNING):
            for op in range(n[s.OPS]):
                if code(n, op, s.STATE) == state:
                    take_off_begun(f, n, op, -1)
    cost = 0.0
    for stop in range(n[s.STOPS]):
        cost += place_stop(f, n, stop, maintenance[stop])
    for kind in range(2):
        for position in range(sequence.size):
            op = first_op(n, sequence[position])
            state = code(n, op, s.STATE)
            if state == s.WAITING or placed(f, n, op, s.DONE) > 0.0 or (state == s.MOUNTED) != (kind == 1):
                continue
            lane = -1
            if state == s.MOUNTED:
                alternative = quickest(f, n, op, now + move)
                start, lane = cut_and_leave(f, n, op, alternative, now + move)
                book(f, n, op, alternative, start)
            take_off_begun(f, n, op, lane)
    return cost


@compiled
def take_off_begun(f: Floats, n: Ints, op: int, lane: int) -> None:
    """Place the dismount of a started operation, by the person of ``lane`` (-1: yet to be found), and everything that the
    operation holds until then.
    """
    now, move, machine = general(f, n, s.NOW), general(f, n, s.MOVE), alt(n, n[n[s.CHOSEN] + op], s.MACHINE)
    put(f, n, op, s.MOUNT, min(now, placed(f, n, op, s.START)))
    if lane < 0:
        lane = dismount(f, n, op, machine)
    take(f, n, lane, placed(f, n, op, s.DISMOUNT), placed(f, n, op, s.DONE))
    hold(f, n, op, now, min(placed(f, n, op, s.DONE), s.FAR))
    take_fixture(f, n, op, now, min(placed(f, n, op, s.DONE), s.FAR))
    if n[s.BUFFERS] > 0:
        take_place(f, n, op, machine)
        if code(n, op, s.STATE) == s.RUNNING and n[n[s.BUFFERED] + machine] > 0:
            fill(f, n, machine, placed(f, n, op, s.END) + move, placed(f, n, op, s.LEFT) + move)
            if n[s.ROBOTS] > 0:
                take_robot(f, n, op, 1, placed(f, n, op, s.LEFT))


@compiled
def reset(f: Floats, n: Ints) -> None:
    """Reset lanes to their fixed busy spans and empty the pool, with nothing placed."""
    for lane in range(n[s.LANES]):
        first, last = n[n[s.BASE_FIRST] + lane], n[n[s.BASE_FIRST] + lane + 1]
        n[n[s.LANE_COUNT] + lane] = last - first
        shift = lane_base(n, lane) - 2 * first
        for place in range(2 * first, 2 * last):
            f[shift + place] = f[n[s.BASE] + place]
    for machine in range(n[s.MACHINES]):
        n[n[s.LINE_COUNT] + machine] = 0
    for bucket in range(n[s.BUCKETS]):
        n[n[s.LEVEL] + bucket] = 0
        n[n[s.PEAK] + bucket] = 0
        n[n[s.HEAD] + bucket] = -1
    for place in range(n[s.SLOT_USED], n[s.READY]):
        f[place] = 0.0
    for op in range(n[s.OPS]):
        put(f, n, op, s.DONE, 0.0)
    for order in range(n[s.ORDERS]):
        f[n[s.ORDER_DONE] + order] = 0.0
    for serial in range(n[s.SERIALS]):
        n[n[s.FOLLOWING_OP] + serial] = 0
        f[n[s.READY] + serial] = general(f, n, s.NOW)


@compiled_with_arrays
def decode(f: Floats, n: Ints, sequence: Ints, choice: Ints, night: Ints, maintenance: Ints) -> float:
    """Build the schedule for a sequence and return its objective; a ``choice`` of -1 takes the quickest machine, which is written back.

    An operation that waits for parts later in the sequence is placed as soon as those parts are.
    """
    reset(f, n)
    cost = place_begun(f, n, sequence, maintenance)
    if n[s.AFTERS] == 0:
        for position in range(sequence.size):
            place_next(f, n, sequence[position], choice, night)
        return float(cost + objective(f, n))
    left, kept = sequence.copy(), sequence.size
    put_off = np.zeros(n[s.SERIALS], dtype=np.bool_)
    while kept > 0:
        count, put_off[:] = 0, False
        for position in range(kept):
            serial = left[position]
            if put_off[serial] or waits(f, n, first_op(n, serial) + n[n[s.FOLLOWING_OP] + serial]):
                put_off[serial] = True
                left[count] = serial
                count += 1
            else:
                place_next(f, n, serial, choice, night)
        kept = count
    return float(cost + objective(f, n))


@compiled
def waits(f: Floats, n: Ints, op: int) -> bool:
    """Return whether operations of other parts that an operation waits for are still unplaced."""
    for at in range(n[n[s.AFTER_FIRST] + op], n[n[s.AFTER_FIRST] + op + 1]):
        if placed(f, n, n[n[s.AFTER_OP] + at], s.DONE) == 0.0:
            return True
    return False


@compiled
def place_next(f: Floats, n: Ints, serial: int, choice: Ints, night: Ints) -> None:
    """Place the next operation of a serial."""
    op = first_op(n, serial) + n[n[s.FOLLOWING_OP] + serial]
    n[n[s.FOLLOWING_OP] + serial] += 1
    if code(n, op, s.STATE) == s.WAITING:
        ready = max(f[n[s.READY] + serial], given(f, n, op, s.RELEASE), parts_ready(f, n, op))
        choice[op] = place(f, n, op, min(ready, s.FAR), choice[op], night[op])
    done = placed(f, n, op, s.DONE)
    f[n[s.READY] + serial] = done
    order = n[s.ORDER_DONE] + code(n, op, s.ORDER)
    f[order] = max(f[order], done)
