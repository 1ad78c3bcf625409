"""The compiled decoder: one source, the same numbers as plain Python.

Machines, persons, fixtures and robots are lanes, pallets a pool. The decoder takes serials in the given sequence (a serial stands in it once
for each of its operations, so every permutation respects the routes) and puts each operation into the earliest gaps that
fit. ``memory`` says what ``f`` and ``n`` hold.
"""

import numpy as np

from nightmill.schedule.changeovers import changed_over, leave_line, line_up
from nightmill.schedule.lanes import (
    absence_at,
    absent_in,
    first_after,
    gap_from,
    give,
    lane_base,
    lane_count,
    person_from,
    person_until,
    take,
)
from nightmill.schedule.memory import (
    ABSENCES,
    ABSENT,
    AFTER_FIRST,
    AFTER_SERIAL,
    AFTERS,
    ALT_FIRST,
    ALT_LAST,
    ATTENDED,
    BASE,
    BASE_FIRST,
    BEGIN,
    BUCKETS,
    BUDGET,
    CHANGE,
    CHOSEN,
    COST,
    CUT,
    DISMOUNT,
    DONE,
    DUE,
    END,
    ENERGY,
    FAMILIES,
    FAR,
    FLOW,
    FOLLOWING_OP,
    HEAD,
    HORIZON,
    LANE_COUNT,
    LANES,
    LEAD,
    LEVEL,
    LINE_COUNT,
    MACHINE,
    MACHINES,
    MAKESPAN,
    MEASURE,
    MOUNT,
    MOUNTED,
    MOVE,
    NOW,
    OPS,
    OPTION,
    OPTION_FIRST,
    OPTION_LAST,
    ORDER,
    ORDER_DONE,
    ORDER_S,
    ORDERS,
    PEAK,
    PERSON,
    PERSONS,
    PREVIOUS_MACHINE,
    PREVIOUS_START,
    READY,
    RELEASE,
    ROBOTS,
    RUNNING,
    SERIALS,
    SHIFT,
    SLOT_USED,
    START,
    STARTED,
    STATE,
    STOP_CODE,
    STOP_PERSON,
    STOP_S,
    STOP_START,
    STOPS,
    TARDINESS,
    UNATTENDED,
    USE_FIRST,
    USE_LAST,
    USE_S,
    USE_SLOT,
    WAITING,
    WEIGHT,
    Floats,
    Ints,
    alt,
    code,
    compiled,
    first_op,
    general,
    given,
    placed,
    put,
    run,
)
from nightmill.schedule.pool import hold, release
from nightmill.schedule.sharing import (
    carried,
    give_fixture,
    give_robots,
    held_until,
    parts_ready,
    take_fixture,
    take_robot,
)
from nightmill.schedule.tariffs import cheaper_from, energy_of

CHEAPER = 2
"""Of ``night``: cut when energy is cheaper than when the part is mounted."""


@compiled
def tools_last(f: Floats, n: Ints, alternative: int, absence: int) -> bool:
    """Whether the tools of an alternative have enough left for a cut begun in this absence."""
    for use in range(alt(n, alternative, USE_FIRST), alt(n, alternative, USE_LAST)):
        slot = n[n[USE_SLOT] + use]
        used = f[n[SLOT_USED] + slot * n[ABSENCES] + absence]
        if used + f[n[USE_S] + use] > f[n[BUDGET] + slot]:
            return False
    return True


@compiled
def use_tools(f: Floats, n: Ints, alternative: int, start: float, sign: float) -> None:
    """Add (or with -1 give back) the tool seconds of a cut to the absence in which it begins."""
    absence = absence_at(f, n, start)
    if absence >= 0 and start < f[n[ABSENT] + 2 * absence + 1]:
        for use in range(alt(n, alternative, USE_FIRST), alt(n, alternative, USE_LAST)):
            slot = n[n[USE_SLOT] + use]
            f[n[SLOT_USED] + slot * n[ABSENCES] + absence] += sign * f[n[USE_S] + use]


@compiled
def cut_from(f: Floats, n: Ints, alternative: int, at: float) -> float:
    """Earliest start of the cut from ``at`` on: machine free with a move before and after, tools lasting the absence."""
    machine, move = alt(n, alternative, MACHINE), general(f, n, MOVE)
    length = run(f, n, alternative) + 2.0 * move
    while True:
        start = gap_from(f, lane_base(n, machine), lane_count(n, machine), at - move, length) + move
        if start >= FAR:
            return float(start)
        if n[FAMILIES] > 0:
            at = changed_over(f, n, alternative, start)
            if at > start:
                continue
        if n[ROBOTS] > 0:
            at = carried(f, n, start, start + run(f, n, alternative))
            if at > start:
                continue
        absence = absence_at(f, n, start)
        if absence < 0 or start >= f[n[ABSENT] + 2 * absence + 1]:
            return float(start)
        if tools_last(f, n, alternative, absence):
            return float(start)
        at = f[n[ABSENT] + 2 * absence + 1]


@compiled
def book(f: Floats, n: Ints, op: int, alternative: int, start: float) -> None:
    """Take the machine, the tools and the robots for a cut that begins at ``start``."""
    move, end = general(f, n, MOVE), start + run(f, n, alternative)
    n[n[CHOSEN] + op] = alternative
    put(f, n, op, START, start)
    put(f, n, op, END, end)
    take(f, n, alt(n, alternative, MACHINE), start - move, end + move)
    use_tools(f, n, alternative, start, 1.0)
    if n[FAMILIES] > 0 and start < FAR:
        line_up(f, n, op)
    if n[ROBOTS] > 0:
        take_robot(f, n, op, 0, start - move)
        take_robot(f, n, op, 1, end)


@compiled
def attend(f: Floats, n: Ints, op: int) -> None:
    """Take the persons of a waiting operation, and its pallet and fixture from mount to dismount."""
    mount, done = placed(f, n, op, MOUNT), placed(f, n, op, DONE)
    take(f, n, n[n[PERSON] + 2 * op], mount, mount + given(f, n, op, MOUNT))
    take(f, n, n[n[PERSON] + 2 * op + 1], placed(f, n, op, DISMOUNT), done)
    hold(f, n, op, mount, done)
    take_fixture(f, n, op, mount, done)


@compiled
def withdraw(f: Floats, n: Ints, op: int) -> None:
    """Give back all that a placed waiting operation takes: machine, tools, robots, persons, pallet, fixture."""
    alternative, move = n[n[CHOSEN] + op], general(f, n, MOVE)
    mount, start = placed(f, n, op, MOUNT), placed(f, n, op, START)
    give(f, n, alt(n, alternative, MACHINE), start - move, placed(f, n, op, END) + move)
    use_tools(f, n, alternative, start, -1.0)
    if n[FAMILIES] > 0:
        leave_line(f, n, op)
    if n[ROBOTS] > 0:
        give_robots(f, n, op)
    give(f, n, n[n[PERSON] + 2 * op], mount, mount + given(f, n, op, MOUNT))
    give(f, n, n[n[PERSON] + 2 * op + 1], placed(f, n, op, DISMOUNT), placed(f, n, op, DONE))
    release(f, n, op)
    give_fixture(f, n, op, mount, placed(f, n, op, DONE))


@compiled
def quickest(f: Floats, n: Ints, op: int, at: float) -> int:
    """The alternative that would be cut first when its pallet is ready at ``at``."""
    best, chosen = FAR * 2.0, code(n, op, ALT_FIRST)
    for alternative in range(code(n, op, ALT_FIRST), code(n, op, ALT_LAST)):
        end = cut_from(f, n, alternative, at) + run(f, n, alternative)
        if end < best:
            best, chosen = end, alternative
    return int(chosen)


@compiled
def dismount(f: Floats, n: Ints, op: int) -> int:
    """Find who takes the part off first after its cut; writes the times and gives the person's lane."""
    ready = placed(f, n, op, END) + given(f, n, op, MEASURE)
    if code(n, op, STATE) != CUT:
        ready += general(f, n, MOVE)
    low, length = n[MACHINES], given(f, n, op, DISMOUNT)
    time, lane = person_from(f, n, low, low + n[PERSONS], ready, length)
    put(f, n, op, DISMOUNT, time)
    put(f, n, op, DONE, time + length)
    return int(lane)


@compiled
def ready_for_cut(f: Floats, n: Ints, mounted: float, night: int) -> float:
    """When a part mounted at ``mounted`` may be cut: at once, at night when people have left (1), or when energy is cheaper (2)."""
    if night == CHEAPER:
        return float(cheaper_from(f, n, mounted))
    absence = absence_at(f, n, mounted)
    if night == 0 or absence + 1 >= n[ABSENCES]:
        return mounted
    if absence >= 0 and mounted < f[n[ABSENT] + 2 * absence + 1]:
        return mounted
    return float(f[n[ABSENT] + 2 * absence + 2])


@compiled
def place(f: Floats, n: Ints, op: int, ready: float, choice: int, night: int) -> int:
    """Place a waiting operation: mount, cut, dismount, pallet and fixture from the first to the last. The alternative taken."""
    move, length, low = general(f, n, MOVE), given(f, n, op, MOUNT), n[MACHINES]
    high = low + n[PERSONS]
    while True:
        mount, mounter = person_from(f, n, low, high, ready, length)
        at = mount + length + move
        if choice < 0:
            choice = quickest(f, n, op, at)
        start = cut_from(f, n, choice, ready_for_cut(f, n, at, night))
        put(f, n, op, END, start + run(f, n, choice))
        remover = dismount(f, n, op)
        done = placed(f, n, op, DONE)
        if mount >= FAR or placed(f, n, op, DISMOUNT) >= FAR:
            put(f, n, op, DONE, FAR)
            put(f, n, op, START, FAR)
            n[n[CHOSEN] + op] = choice
            return choice
        later, person = person_until(f, n, low, high, mount, start - move - general(f, n, LEAD), length)
        if later > mount:
            mount, mounter = later, person
        freed = held_until(f, n, op, mount, done)
        if freed >= 0.0:
            later, person = person_until(f, n, low, high, mount, start - move, length)
            if later > mount:
                mount, mounter = later, person
                freed = held_until(f, n, op, mount, done)
        if freed < 0.0:
            put(f, n, op, MOUNT, mount)
            n[n[PERSON] + 2 * op], n[n[PERSON] + 2 * op + 1] = mounter, remover
            book(f, n, op, choice, start)
            attend(f, n, op)
            return choice
        ready = freed if freed > mount else mount + 1.0


@compiled
def place_stop(f: Floats, n: Ints, stop: int, option: int) -> float:
    """Place a maintenance stop as early after the option's start as machine and person allow; its cost."""
    row = n[STOP_CODE] + 4 * stop
    machine, length = n[row + MACHINE], f[n[STOP_S] + stop]
    at = max(general(f, n, NOW), f[n[OPTION] + 2 * option + BEGIN])
    lane = -1
    while at < FAR:
        at = gap_from(f, lane_base(n, machine), lane_count(n, machine), at, length)
        if n[row + ATTENDED] == 0:
            break
        free, lane = person_from(f, n, n[MACHINES], n[MACHINES] + n[PERSONS], at, length)
        if free == at:
            break
        at = free
    book_stop(f, n, stop, lane, at)
    return float(stop_cost(f, n, stop, at))


@compiled
def book_stop(f: Floats, n: Ints, stop: int, lane: int, at: float) -> None:
    """Take the machine, and the person where one is needed (``lane`` >= 0), for a stop that begins at ``at``."""
    f[n[STOP_START] + stop], n[n[STOP_PERSON] + stop] = at, lane
    take(f, n, n[n[STOP_CODE] + 4 * stop], at, at + f[n[STOP_S] + stop])
    if lane >= 0:
        take(f, n, lane, at, at + f[n[STOP_S] + stop])


@compiled
def withdraw_stop(f: Floats, n: Ints, stop: int) -> None:
    """Give back what a placed stop takes."""
    at, lane = f[n[STOP_START] + stop], n[n[STOP_PERSON] + stop]
    if at < FAR:
        give(f, n, n[n[STOP_CODE] + 4 * stop], at, at + f[n[STOP_S] + stop])
        if lane >= 0:
            give(f, n, lane, at, at + f[n[STOP_S] + stop])


@compiled
def stop_cost(f: Floats, n: Ints, stop: int, at: float) -> float:
    """Cost of a stop at ``at``: linear between the options beside it, level outside them."""
    row, options = n[STOP_CODE] + 4 * stop, n[OPTION]
    first, last = n[row + OPTION_FIRST], n[row + OPTION_LAST]
    option = max(first, first + first_after(f, options + 2 * first, last - first, at, BEGIN) - 1)
    here = options + 2 * option
    cost = f[here + COST]
    if option + 1 < last and at > f[here + BEGIN]:
        cost += (f[here + 2 + COST] - cost) * (at - f[here + BEGIN]) / (f[here + 2 + BEGIN] - f[here + BEGIN])
    return float(cost)


@compiled
def place_begun(f: Floats, n: Ints, sequence: Ints, maintenance: Ints) -> float:
    """Place what has begun (running, cut, mounted) and the maintenance stops; the cost of the stops."""
    now, move = general(f, n, NOW), general(f, n, MOVE)
    for op in range(n[OPS]):
        alternative = code(n, op, ALT_FIRST)
        if code(n, op, STATE) == RUNNING:
            started = given(f, n, op, STARTED)
            n[n[CHOSEN] + op] = alternative
            put(f, n, op, START, started)
            put(f, n, op, END, max(now, started + run(f, n, alternative)))
            take(f, n, alt(n, alternative, MACHINE), now, placed(f, n, op, END) + move)
            if n[FAMILIES] > 0:
                line_up(f, n, op)
            if n[ROBOTS] > 0:
                take_robot(f, n, op, 1, placed(f, n, op, END))
        elif code(n, op, STATE) == CUT:
            n[n[CHOSEN] + op] = alternative
            put(f, n, op, START, now)
            put(f, n, op, END, now)
    cost = 0.0
    for stop in range(n[STOPS]):
        cost += place_stop(f, n, stop, maintenance[stop])
    for kind in range(2):
        for position in range(sequence.size):
            op = first_op(n, sequence[position])
            state = code(n, op, STATE)
            if state == WAITING or placed(f, n, op, DONE) > 0.0 or (state == MOUNTED) != (kind == 1):
                continue
            if state == MOUNTED:
                alternative = quickest(f, n, op, now + move)
                book(f, n, op, alternative, cut_from(f, n, alternative, now + move))
            put(f, n, op, MOUNT, min(now, placed(f, n, op, START)))
            lane = dismount(f, n, op)
            take(f, n, lane, placed(f, n, op, DISMOUNT), placed(f, n, op, DONE))
            hold(f, n, op, now, min(placed(f, n, op, DONE), FAR))
            take_fixture(f, n, op, now, min(placed(f, n, op, DONE), FAR))
    return cost


@compiled
def reset(f: Floats, n: Ints) -> None:
    """Lanes back to what is busy whatever is decided, the pool empty, nothing placed."""
    for lane in range(n[LANES]):
        first, last = n[n[BASE_FIRST] + lane], n[n[BASE_FIRST] + lane + 1]
        n[n[LANE_COUNT] + lane] = last - first
        shift = lane_base(n, lane) - 2 * first
        for place in range(2 * first, 2 * last):
            f[shift + place] = f[n[BASE] + place]
    for machine in range(n[MACHINES]):
        n[n[LINE_COUNT] + machine] = 0
    for bucket in range(n[BUCKETS]):
        n[n[LEVEL] + bucket] = 0
        n[n[PEAK] + bucket] = 0
        n[n[HEAD] + bucket] = -1
    for place in range(n[SLOT_USED], n[READY]):
        f[place] = 0.0
    for op in range(n[OPS]):
        put(f, n, op, DONE, 0.0)
    for order in range(n[ORDERS]):
        f[n[ORDER_DONE] + order] = 0.0
    for serial in range(n[SERIALS]):
        n[n[FOLLOWING_OP] + serial] = 0
        f[n[READY] + serial] = general(f, n, NOW)


@compiled
def decode(f: Floats, n: Ints, sequence: Ints, choice: Ints, night: Ints, maintenance: Ints) -> float:
    """Build the schedule of a sequence; ``choice`` -1 takes the quickest machine and is written back. The objective.

    What waits for parts that come later in the sequence is placed as soon as these are.
    """
    reset(f, n)
    cost = place_begun(f, n, sequence, maintenance)
    if n[AFTERS] == 0:
        for position in range(sequence.size):
            place_next(f, n, sequence[position], choice, night)
        return float(cost + objective(f, n))
    left, kept = sequence.copy(), sequence.size
    put_off = np.zeros(n[SERIALS], dtype=np.bool_)
    while kept > 0:
        count, put_off[:] = 0, False
        for position in range(kept):
            serial = left[position]
            if put_off[serial] or waits(n, first_op(n, serial) + n[n[FOLLOWING_OP] + serial]):
                put_off[serial] = True
                left[count] = serial
                count += 1
            else:
                place_next(f, n, serial, choice, night)
        kept = count
    return float(cost + objective(f, n))


@compiled
def waits(n: Ints, op: int) -> bool:
    """Whether parts that an operation waits for aren't placed whole yet."""
    for at in range(n[n[AFTER_FIRST] + op], n[n[AFTER_FIRST] + op + 1]):
        part = n[n[AFTER_SERIAL] + at]
        if n[n[FOLLOWING_OP] + part] < first_op(n, part + 1) - first_op(n, part):
            return True
    return False


@compiled
def place_next(f: Floats, n: Ints, serial: int, choice: Ints, night: Ints) -> None:
    """Place the next operation of a serial."""
    op = first_op(n, serial) + n[n[FOLLOWING_OP] + serial]
    n[n[FOLLOWING_OP] + serial] += 1
    if code(n, op, STATE) == WAITING:
        ready = max(f[n[READY] + serial], given(f, n, op, RELEASE), parts_ready(f, n, op))
        choice[op] = place(f, n, op, min(ready, FAR), choice[op], night[op])
    done = placed(f, n, op, DONE)
    f[n[READY] + serial] = done
    order = n[ORDER_DONE] + code(n, op, ORDER)
    f[order] = max(f[order], done)


@compiled
def objective(f: Floats, n: Ints) -> float:
    """Weighted tardiness, flow, makespan and energy, less what is cut unattended, plus what leaving the plan in force costs."""
    total = makespan_cost(f, n)
    for order in range(n[ORDERS]):
        total += order_cost(f, n, order)
    for op in range(n[OPS]):
        total += operation_cost(f, n, op)
    return total


@compiled
def makespan_cost(f: Floats, n: Ints) -> float:
    """What it costs until all is done."""
    if general(f, n, MAKESPAN) == 0.0:
        return 0.0
    done = general(f, n, NOW)
    for order in range(n[ORDERS]):
        done = max(done, f[n[ORDER_DONE] + order])
    return float(general(f, n, MAKESPAN) * (done - general(f, n, NOW)))


@compiled
def order_cost(f: Floats, n: Ints, order: int) -> float:
    """Weighted tardiness and flow of an order that is complete at its ``order_done``."""
    done, row = f[n[ORDER_DONE] + order], n[ORDER_S] + 2 * order
    late, flow = max(0.0, done - f[row + DUE]), max(0.0, done - general(f, n, NOW))
    return float(f[row + WEIGHT] * (general(f, n, TARDINESS) * late + general(f, n, FLOW) * flow))


@compiled
def operation_cost(f: Floats, n: Ints, op: int) -> float:
    """What its energy and leaving the previous place cost, less what is cut unattended before the horizon."""
    start = placed(f, n, op, START)
    if start >= FAR:
        return 0.0
    begin, finish = max(general(f, n, NOW), start), min(placed(f, n, op, END), general(f, n, HORIZON))
    total = 0.0
    if general(f, n, UNATTENDED) != 0.0:
        total -= general(f, n, UNATTENDED) * absent_in(f, n, begin, finish)
    if general(f, n, ENERGY) != 0.0:
        total += general(f, n, ENERGY) * energy_of(
            f, n, n[n[CHOSEN] + op], max(general(f, n, NOW), start), placed(f, n, op, END)
        )
    previous = code(n, op, PREVIOUS_MACHINE)
    if previous >= 0 and code(n, op, STATE) == WAITING:
        if alt(n, n[n[CHOSEN] + op], MACHINE) != previous:
            total += general(f, n, CHANGE)
        total += general(f, n, SHIFT) * abs(start - given(f, n, op, PREVIOUS_START))
    return float(total)
