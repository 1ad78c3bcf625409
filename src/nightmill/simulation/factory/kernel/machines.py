"""Machines and their work: choice of the next lot, setup and process, the effect of stops, and statistics."""

from nightmill.simulation.factory.kernel import codes as k
from nightmill.simulation.factory.kernel import columns as c
from nightmill.simulation.factory.kernel.event_queue import NEVER, due_at, put, set_timer
from nightmill.simulation.factory.kernel.queues import choose, goes_before, person_for, setup_time, unlink
from nightmill.simulation.factory.kernel.random_draws import PROCESS, Floats, Ints, sample


def rescore(N: Ints, F: Floats, now: float, machine: int, score: int) -> None:
    """Bring the time statistics up to date; from now on time counts as ``score``, a column of the machine.

    Uninterrupted busy time is added when it ends (or by ``lifecycle.bring_up_to_date``).
    """
    since, old = F[machine + c.MACHINE_SINCE], N[machine + c.MACHINE_SCORE]
    if old == score and score == c.MACHINE_BUSY:
        return
    if old == c.MACHINE_SETTING and F[machine + c.MACHINE_SET_UNTIL] < now:
        F[machine + c.MACHINE_SETTING] += F[machine + c.MACHINE_SET_UNTIL] - since
        since = F[machine + c.MACHINE_SET_UNTIL]
        old = c.MACHINE_BUSY
        if score == c.MACHINE_SETTING:
            score = c.MACHINE_BUSY
    F[machine + old] += now - since
    F[machine + c.MACHINE_SINCE] = now
    N[machine + c.MACHINE_SCORE] = score


def count_free(N: Ints, machine: int, change: int) -> None:
    """Count one more (or one fewer) machine as free and up at the stations that it serves."""
    station = N[machine + c.MACHINE_STATION]
    if station:
        N[station + c.STATION_FREE] += change
        if change > 0:
            N[station + c.STATION_LOWEST] = min(N[station + c.STATION_LOWEST], N[machine + c.MACHINE_SERVE])
            if N[station + c.STATION_BLOCKED_HEAD]:
                put(N, station)
        return
    member, end = N[machine + c.MACHINE_SERVE], N[machine + c.MACHINE_SERVE_END]
    while member < end:
        station = N[member + c.MEMBER_STATION]
        N[station + c.STATION_FREE] += change
        if change > 0:
            N[station + c.STATION_LOWEST] = N[station + c.STATION_MEMBER]
            if N[station + c.STATION_BLOCKED_HEAD]:
                put(N, station)
        member += c.MEMBER_WORDS


def is_ready(N: Ints, machine: int) -> bool:
    """Return whether the machine is free, up, and in its shift."""
    return (
        N[machine + c.MACHINE_STATE] == k.FREE and N[machine + c.MACHINE_DOWN] == 0 and N[machine + c.MACHINE_SHUT] == 0
    )


def counts_for(N: Ints, stop: int, step: int) -> bool:
    """Return whether work on ``step`` counts for ``stop``."""
    return N[stop + c.STOP_TOOL] == 0 or N[stop + c.STOP_TOOL] == N[step + c.STEP_TOOL]


def run_on(N: Ints, F: Floats, now: float, machine: int, seconds: float) -> None:
    """Let setup or process continue for ``seconds``, or until an earlier failure by use."""
    F[machine + c.MACHINE_RUN_FROM] = now
    if N[machine + c.MACHINE_USES] and N[machine + c.MACHINE_STATE] == k.PROCESSING:
        N[machine + c.MACHINE_CUT] = 0
        shortest = seconds
        stop, end = N[machine + c.MACHINE_STOP], N[machine + c.MACHINE_STOP_END]
        while stop < end:
            strikes = (
                N[stop + c.STOP_TRIGGER] == k.BY_USE and N[stop + c.STOP_FAILURE] and N[stop + c.STOP_STATE] == k.ARMED
            )
            if strikes and F[stop + c.STOP_LEFT] < shortest and counts_for(N, stop, N[machine + c.MACHINE_STEP]):
                N[machine + c.MACHINE_CUT] = stop
                shortest = F[stop + c.STOP_LEFT]
            stop += c.STOP_WORDS
        if N[machine + c.MACHINE_CUT]:
            F[machine + c.MACHINE_LEFT] = seconds - shortest
            seconds = shortest
    set_timer(N, F, machine, now + seconds)


def count_use(N: Ints, F: Floats, machine: int, used: float, pieces: int) -> None:
    """Deduct running time and pieces from the stops that count them, and make maintenance due."""
    stop, end, step = N[machine + c.MACHINE_STOP], N[machine + c.MACHINE_STOP_END], N[machine + c.MACHINE_STEP]
    while stop < end:
        if N[stop + c.STOP_TRIGGER] != k.BY_CLOCK and N[stop + c.STOP_STATE] == k.ARMED and counts_for(N, stop, step):
            F[stop + c.STOP_LEFT] -= used if N[stop + c.STOP_TRIGGER] == k.BY_USE else float(pieces)
            if F[stop + c.STOP_LEFT] <= 0.0 and not N[stop + c.STOP_FAILURE]:
                N[stop + c.STOP_STATE] = k.DUE
                N[machine + c.MACHINE_DUE] += 1
        stop += c.STOP_WORDS


def count_pieces(N: Ints, F: Floats, machine: int) -> None:
    """Deduct the pieces made so far from the stops that count them, and note the nearest stop."""
    count_use(N, F, machine, 0.0, N[machine + c.MACHINE_PIECES])
    N[machine + c.MACHINE_PIECES] = 0
    nearest = NEVER
    stop, end = N[machine + c.MACHINE_STOP], N[machine + c.MACHINE_STOP_END]
    while stop < end:
        if (
            N[stop + c.STOP_TRIGGER] == k.BY_PIECES
            and N[stop + c.STOP_STATE] == k.ARMED
            and F[stop + c.STOP_LEFT] < nearest
        ):
            nearest = F[stop + c.STOP_LEFT]
        stop += c.STOP_WORDS
    F[machine + c.MACHINE_NEAREST] = nearest


def go_down(N: Ints, F: Floats, now: float, machine: int, score: int) -> None:
    """Start a stop: a free machine is no longer free, an operation stores its remaining time."""
    N[machine + c.MACHINE_DOWN] += 1
    if N[machine + c.MACHINE_DOWN] > 1:
        return
    state = N[machine + c.MACHINE_STATE]
    setup_left = 0.0
    if N[machine + c.MACHINE_SCORE] == c.MACHINE_SETTING:
        setup_left = max(0.0, F[machine + c.MACHINE_SET_UNTIL] - now)
    if state == k.FREE and N[machine + c.MACHINE_SHUT] == 0:
        count_free(N, machine, -1)
    if state in (k.SETTING, k.PROCESSING):
        left = due_at(N, F, machine) - now
        if N[machine + c.MACHINE_USES] and state == k.PROCESSING:
            if N[machine + c.MACHINE_CUT]:
                left += F[machine + c.MACHINE_LEFT]
                N[machine + c.MACHINE_CUT] = 0
            count_use(N, F, machine, now - F[machine + c.MACHINE_RUN_FROM], 0)
        F[machine + c.MACHINE_LEFT] = left
        set_timer(N, F, machine, NEVER)
    rescore(N, F, now, machine, score)
    F[machine + c.MACHINE_SET_UNTIL] = setup_left
    lot = N[machine + c.MACHINE_PIPE] if score == c.MACHINE_FAILED else 0
    while lot:
        F[lot + c.LOT_UNTIL] = due_at(N, F, lot) - now
        set_timer(N, F, lot, NEVER)
        lot = N[lot + c.LOT_NEXT]


def come_up(N: Ints, F: Floats, now: float, machine: int) -> None:
    """End a stop: the operation resumes, or the machine looks for work."""
    N[machine + c.MACHINE_DOWN] -= 1
    if N[machine + c.MACHINE_DOWN] > 0:
        return
    state = N[machine + c.MACHINE_STATE]
    lot = N[machine + c.MACHINE_PIPE] if N[machine + c.MACHINE_SCORE] == c.MACHINE_FAILED else 0
    while lot:
        set_timer(N, F, lot, now + F[lot + c.LOT_UNTIL])
        lot = N[lot + c.LOT_NEXT]
    if state == k.FREE:
        if N[machine + c.MACHINE_SHUT]:
            rescore(N, F, now, machine, c.MACHINE_OFF)
            return
        rescore(N, F, now, machine, c.MACHINE_BUSY if N[machine + c.MACHINE_PIPE] else c.MACHINE_IDLE)
        count_free(N, machine, 1)
        put(N, machine)
    elif state == k.BLOCKED:
        rescore(N, F, now, machine, c.MACHINE_BLOCKED)
    else:
        setup_left = F[machine + c.MACHINE_SET_UNTIL]
        rescore(N, F, now, machine, c.MACHINE_SETTING if setup_left > 0.0 else c.MACHINE_BUSY)
        F[machine + c.MACHINE_SET_UNTIL] = now + setup_left
        run_on(N, F, now, machine, F[machine + c.MACHINE_LEFT])


def begin_stop(N: Ints, F: Floats, now: float, stop: int) -> None:
    """Take the machine down; the repair or maintenance starts, or waits for a person."""
    N[stop + c.STOP_HAPPENED] += 1
    go_down(N, F, now, N[stop + c.STOP_MACHINE], c.MACHINE_FAILED if N[stop + c.STOP_FAILURE] else c.MACHINE_KEPT)
    if N[stop + c.STOP_SKILL]:
        N[stop + c.STOP_STATE] = k.WANTS_PERSON
        set_timer(N, F, stop, NEVER)
        N[stop + c.STOP_NEXT] = 0
        if N[c.REPAIR_HEAD] == 0:
            N[c.REPAIR_HEAD] = stop
        else:
            N[N[c.REPAIR_TAIL] + c.STOP_NEXT] = stop
        N[c.REPAIR_TAIL] = stop
        N[c.PEOPLE_CHANGED] = 1
        return
    work_on_stop(N, F, now, stop)


def work_on_stop(N: Ints, F: Floats, now: float, stop: int) -> None:
    """Draw the duration of the stop, counted from now."""
    N[stop + c.STOP_STATE] = k.UNDER_WAY
    length = sample(N, F, N[stop + c.STOP_LENGTH], N[stop + c.STOP_KEY], 2 * N[stop + c.STOP_N] + 1)
    set_timer(N, F, stop, now + length)


def begin_due_stops(N: Ints, F: Floats, now: float, machine: int) -> None:
    """Start the maintenance that waited for the operation to end."""
    stop, end = N[machine + c.MACHINE_STOP], N[machine + c.MACHINE_STOP_END]
    while stop < end:
        if N[stop + c.STOP_STATE] == k.DUE:
            N[machine + c.MACHINE_DUE] -= 1
            begin_stop(N, F, now, stop)
        stop += c.STOP_WORDS


def gather(N: Ints, F: Floats, now: float, lot: int, station: int) -> int:
    """Take ``lot`` and, for a batch, the waiting lots of its family that fit, in queue order; returns the number of lots."""
    step = N[lot + c.LOT_STEP]
    family = N[step + c.STEP_BATCH]
    follower = N[station + c.STATION_HEAD] if family else 0
    unlink(N, F, now, lot, station)
    N[lot + c.LOT_MATE] = 0
    F[station + c.STATION_WAIT] += now - F[lot + c.LOT_ARRIVED]
    if family == 0:
        return 1
    count, pieces, last = 1, N[lot + c.LOT_PIECES], lot
    if follower == lot:
        follower = N[station + c.STATION_HEAD]
    while follower and pieces < N[step + c.STEP_BATCH_MAX]:
        other, follower = follower, N[follower + c.LOT_NEXT]
        fits = pieces + N[other + c.LOT_PIECES] <= N[step + c.STEP_BATCH_MAX]
        if fits and N[N[other + c.LOT_STEP] + c.STEP_BATCH] == family:
            unlink(N, F, now, other, station)
            F[station + c.STATION_WAIT] += now - F[other + c.LOT_ARRIVED]
            N[last + c.LOT_MATE] = other
            N[other + c.LOT_MATE] = 0
            last = other
            count += 1
            pieces += N[other + c.LOT_PIECES]
    return count


def look(N: Ints, F: Floats, now: float, machine: int) -> bool:
    """Take the best waiting lot from the stations that the machine serves and start it; returns whether there was a lot."""
    station = N[machine + c.MACHINE_STATION]
    member = N[machine + c.MACHINE_SERVE]
    while True:
        if station == 0:
            member = best_member(N, F, now, machine)
            if member == 0:
                return False
        best = choose(N, F, now, machine, N[member + c.MEMBER_STATION])
        if best == 0:
            return False
        if not turned_away(N, F, now, best, N[member + c.MEMBER_STATION]):
            break
    count = gather(N, F, now, best, N[member + c.MEMBER_STATION])
    begin(N, F, now, machine, best, count, member)
    return True


def best_member(N: Ints, F: Floats, now: float, machine: int) -> int:
    """Return the membership through which a machine at several stations takes its next lot; 0 if there is none."""
    best, found = 0, 0
    each, end = N[machine + c.MACHINE_SERVE], N[machine + c.MACHINE_SERVE_END]
    while each < end:
        station = N[each + c.MEMBER_STATION]
        lot = choose(N, F, now, machine, station)
        if lot and (best == 0 or goes_before_elsewhere(N, F, now, lot, best, machine, station)):
            best, found = lot, each
        each += c.MEMBER_WORDS
    return found


def turned_away(N: Ints, F: Floats, now: float, lot: int, station: int) -> bool:
    """Return whether the lot has waited past a limit after which it may not start; if so, it is put on the agenda."""
    if (
        N[lot + c.LOT_LIMIT_STEP] == 0
        or N[lot + c.LOT_LIMIT_STEP] != N[lot + c.LOT_STEP]
        or now <= F[lot + c.LOT_LIMIT]
    ):
        return False
    if N[N[lot + c.LOT_LIMIT_BACK] + c.STEP_LIMIT_DEED] == k.COUNTED:
        return False
    N[N[lot + c.LOT_CLASS] + c.CLASS_LATE_STEPS] += 1
    unlink(N, F, now, lot, station)
    F[station + c.STATION_WAIT] += now - F[lot + c.LOT_ARRIVED]
    N[station + c.STATION_STARTS] += 1
    N[lot + c.LOT_STATE] = k.TOO_LATE
    N[lot + c.LOT_MACHINE] = 0
    N[lot + c.LOT_LIMIT_STEP] = 0
    put(N, lot)
    return True


def goes_before_elsewhere(N: Ints, F: Floats, now: float, one: int, other: int, machine: int, station: int) -> bool:
    """Compare lots at two stations, first by the rule of the first lot's station, then by arrival."""
    if goes_before(N, F, now, one, other, machine, station):
        return True
    if goes_before(N, F, now, other, one, machine, station):
        return False
    return F[one + c.LOT_ARRIVED] < F[other + c.LOT_ARRIVED]


def begin(N: Ints, F: Floats, now: float, machine: int, lot: int, count: int, member: int) -> None:
    """Start the operation of ``count`` lots, linked from ``lot``: setup if needed, then process."""
    station, factor = N[member + c.MEMBER_STATION], F[member + c.MEMBER_FACTOR]
    step = N[lot + c.LOT_STEP]
    N[machine + c.MACHINE_CHAIN] = lot
    N[machine + c.MACHINE_ON] = count
    N[machine + c.MACHINE_STEP] = step
    N[station + c.STATION_STARTS] += count
    setup = 0.0
    if N[step + c.STEP_SETUP]:
        setup = change_setup(N, F, machine, step, count)
    if N[step + c.STEP_QUICK] & k.SIMPLE_WORK:
        N[lot + c.LOT_STATE] = k.ON_MACHINE
        N[lot + c.LOT_MACHINE] = machine
        work = sample(N, F, N[step + c.STEP_LAW], N[lot + c.LOT_KEY], N[lot + c.LOT_VISIT] * 8 + PROCESS)
        hold = max(0.0, work * factor) + F[step + c.STEP_EXTRA]
    else:
        hold = begin_lots(N, F, now, machine, lot, factor, setup)
    F[machine + c.MACHINE_WORK] = hold
    if setup <= 0.0:
        N[machine + c.MACHINE_STATE] = k.PROCESSING
        rescore(N, F, now, machine, c.MACHINE_BUSY)
        run_on(N, F, now, machine, hold)
        return
    rescore(N, F, now, machine, c.MACHINE_SETTING)
    F[machine + c.MACHINE_SET_UNTIL] = now + setup
    if N[machine + c.MACHINE_USES] or N[step + c.STEP_ATTEND] == k.DURING_SETUP:
        N[machine + c.MACHINE_STATE] = k.SETTING
        run_on(N, F, now, machine, setup)
    else:
        N[machine + c.MACHINE_STATE] = k.PROCESSING
        run_on(N, F, now, machine, setup + hold)


def begin_lots(N: Ints, F: Floats, now: float, machine: int, lot: int, factor: float, setup: float) -> float:
    """Handle everything that may be part of a start: pieces, pipes, limits, people; returns the machine's time after the setup."""
    step, pieces = N[lot + c.LOT_STEP], N[lot + c.LOT_PIECES]
    work = sample(N, F, N[step + c.STEP_LAW], N[lot + c.LOT_KEY], N[lot + c.LOT_VISIT] * 8 + PROCESS)
    if N[step + c.STEP_PER_PIECE]:
        work *= pieces
    work = max(0.0, (work + F[step + c.STEP_PIECE_INTERVAL] * (pieces - 1)) * factor) + F[step + c.STEP_EXTRA]
    hold = work
    piped = F[step + c.STEP_INTERVAL] > 0.0 or F[step + c.STEP_PIECE_INTERVAL] > 0.0
    if piped:
        hold = (F[step + c.STEP_INTERVAL] + F[step + c.STEP_PIECE_INTERVAL] * pieces) * factor + F[
            step + c.STEP_HOLD_EXTRA
        ]
    while lot:
        mark_start(N, F, now, lot, machine, step)
        mate = N[lot + c.LOT_MATE]
        if piped:
            enter_pipe(N, F, lot, machine, now + setup + work)
        lot = mate
    if N[step + c.STEP_SKILL]:
        engage(N, F, now, machine, step, setup)
    return hold


def change_setup(N: Ints, F: Floats, machine: int, step: int, count: int) -> float:
    """Change the machine to the step's setup; returns the setup time."""
    seconds = setup_time(N, F, machine, step)
    if N[machine + c.MACHINE_SETUP] != N[step + c.STEP_SETUP]:
        N[machine + c.MACHINE_SETUP] = N[step + c.STEP_SETUP]
        N[machine + c.MACHINE_RUN_LEFT] = N[step + c.STEP_MIN_RUN]
    N[machine + c.MACHINE_RUN_LEFT] = max(0, N[machine + c.MACHINE_RUN_LEFT] - count)
    return seconds


def mark_start(N: Ints, F: Floats, now: float, lot: int, machine: int, step: int) -> None:
    """Record a lot's start: its machine, a limit kept or missed, a machine to return to."""
    N[lot + c.LOT_STATE] = k.ON_MACHINE
    N[lot + c.LOT_MACHINE] = machine
    if N[lot + c.LOT_LIMIT_STEP] == step:
        if now > F[lot + c.LOT_LIMIT]:
            N[N[lot + c.LOT_CLASS] + c.CLASS_LATE_STEPS] += 1
        N[lot + c.LOT_LIMIT_STEP] = 0
    if N[step + c.STEP_KEEP]:
        N[lot + c.LOT_KEPT_1 - 1 + N[step + c.STEP_KEEP]] = machine


def enter_pipe(N: Ints, F: Floats, lot: int, machine: int, until: float) -> None:
    """Let the lot continue inside the machine, which takes the next lot before this one is out."""
    N[lot + c.LOT_STATE] = k.IN_PIPE
    first = N[machine + c.MACHINE_PIPE]
    N[lot + c.LOT_BEFORE], N[lot + c.LOT_NEXT] = 0, first
    if first:
        N[first + c.LOT_BEFORE] = lot
    N[machine + c.MACHINE_PIPE] = lot
    set_timer(N, F, lot, until)


def leave_pipe(N: Ints, lot: int) -> None:
    """Take the lot out of the machine."""
    before, follower = N[lot + c.LOT_BEFORE], N[lot + c.LOT_NEXT]
    if before:
        N[before + c.LOT_NEXT] = follower
    else:
        N[N[lot + c.LOT_MACHINE] + c.MACHINE_PIPE] = follower
    if follower:
        N[follower + c.LOT_BEFORE] = before


def engage(N: Ints, F: Floats, now: float, machine: int, step: int, setup: float) -> None:
    """Assign a person to attend, throughout or during the setup."""
    if N[step + c.STEP_ATTEND] == k.DURING_SETUP and setup <= 0.0:
        return
    person = person_for(N, N[step + c.STEP_SKILL])
    N[person + c.PERSON_BUSY] = 1
    F[person + c.PERSON_SINCE] = now
    N[machine + c.MACHINE_PERSON] = person


def dismiss(N: Ints, F: Floats, now: float, person: int) -> None:
    """Release a person."""
    N[person + c.PERSON_BUSY] = 0
    F[person + c.PERSON_WORKED] += now - F[person + c.PERSON_SINCE]
    N[c.PEOPLE_CHANGED] = 1


def try_station(N: Ints, F: Floats, now: float, station: int) -> None:
    """Let each free machine of the station look for work."""
    member, end = N[station + c.STATION_LOWEST], N[station + c.STATION_MEMBER_END]
    while member < end and N[station + c.STATION_FREE] > 0 and N[station + c.STATION_WAITING] > 0:
        machine = N[member + c.MEMBER_MACHINE]
        if is_ready(N, machine):
            count_free(N, machine, -1)
            if not look(N, F, now, machine):
                count_free(N, machine, 1)
        member += c.MEMBER_WORDS
