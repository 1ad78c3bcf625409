"""Machines and their work: which lot to take, setup and process, the effect of stops, and statistics."""

from nightmill.simulation.factory.kernel.codes import (
    ARMED,
    BLOCKED,
    BY_CLOCK,
    BY_PIECES,
    BY_USE,
    COUNTED,
    DUE,
    DURING_SETUP,
    FREE,
    IN_PIPE,
    ON_MACHINE,
    PROCESSING,
    SETTING,
    SIMPLE_WORK,
    TOO_LATE,
    UNDER_WAY,
    WANTS_PERSON,
)
from nightmill.simulation.factory.kernel.columns import (
    CLASS_LATE_STEPS,
    LOT_ARRIVED,
    LOT_BEFORE,
    LOT_CLASS,
    LOT_KEPT_1,
    LOT_KEY,
    LOT_LIMIT,
    LOT_LIMIT_BACK,
    LOT_LIMIT_STEP,
    LOT_MACHINE,
    LOT_MATE,
    LOT_NEXT,
    LOT_PIECES,
    LOT_STATE,
    LOT_STEP,
    LOT_UNTIL,
    LOT_VISIT,
    MACHINE_BLOCKED,
    MACHINE_BUSY,
    MACHINE_CHAIN,
    MACHINE_CUT,
    MACHINE_DOWN,
    MACHINE_DUE,
    MACHINE_FAILED,
    MACHINE_IDLE,
    MACHINE_KEPT,
    MACHINE_LEFT,
    MACHINE_NEAREST,
    MACHINE_OFF,
    MACHINE_ON,
    MACHINE_PERSON,
    MACHINE_PIECES,
    MACHINE_PIPE,
    MACHINE_RUN_FROM,
    MACHINE_RUN_LEFT,
    MACHINE_SCORE,
    MACHINE_SERVE,
    MACHINE_SERVE_END,
    MACHINE_SET_UNTIL,
    MACHINE_SETTING,
    MACHINE_SETUP,
    MACHINE_SHUT,
    MACHINE_SINCE,
    MACHINE_STATE,
    MACHINE_STATION,
    MACHINE_STEP,
    MACHINE_STOP,
    MACHINE_STOP_END,
    MACHINE_USES,
    MACHINE_WORK,
    MEMBER_FACTOR,
    MEMBER_MACHINE,
    MEMBER_STATION,
    MEMBER_WORDS,
    PEOPLE_CHANGED,
    PERSON_BUSY,
    PERSON_SINCE,
    PERSON_WORKED,
    REPAIR_HEAD,
    REPAIR_TAIL,
    STATION_BLOCKED_HEAD,
    STATION_FREE,
    STATION_HEAD,
    STATION_LOWEST,
    STATION_MEMBER,
    STATION_MEMBER_END,
    STATION_STARTS,
    STATION_WAIT,
    STATION_WAITING,
    STEP_ATTEND,
    STEP_BATCH,
    STEP_BATCH_MAX,
    STEP_EXTRA,
    STEP_HOLD_EXTRA,
    STEP_INTERVAL,
    STEP_KEEP,
    STEP_LAW,
    STEP_LIMIT_DEED,
    STEP_MIN_RUN,
    STEP_PER_PIECE,
    STEP_PIECE_INTERVAL,
    STEP_QUICK,
    STEP_SETUP,
    STEP_SKILL,
    STEP_TOOL,
    STOP_FAILURE,
    STOP_HAPPENED,
    STOP_KEY,
    STOP_LEFT,
    STOP_LENGTH,
    STOP_MACHINE,
    STOP_N,
    STOP_NEXT,
    STOP_SKILL,
    STOP_STATE,
    STOP_TOOL,
    STOP_TRIGGER,
    STOP_WORDS,
)
from nightmill.simulation.factory.kernel.event_queue import NEVER, due_at, put, set_timer
from nightmill.simulation.factory.kernel.queues import choose, goes_before, person_for, setup_time, unlink
from nightmill.simulation.factory.kernel.random_draws import PROCESS, Floats, Ints, sample


def rescore(N: Ints, F: Floats, now: float, machine: int, score: int) -> None:
    """Bring the time statistics up to date; from now on time counts as ``score``, a column of the machine.

    Continued busy time is added up when it ends (or by ``lifecycle.bring_up_to_date``).
    """
    since, old = F[machine + MACHINE_SINCE], N[machine + MACHINE_SCORE]
    if old == score and score == MACHINE_BUSY:
        return
    if old == MACHINE_SETTING and F[machine + MACHINE_SET_UNTIL] < now:
        F[machine + MACHINE_SETTING] += F[machine + MACHINE_SET_UNTIL] - since
        since = F[machine + MACHINE_SET_UNTIL]
        old = MACHINE_BUSY
        if score == MACHINE_SETTING:
            score = MACHINE_BUSY
    F[machine + old] += now - since
    F[machine + MACHINE_SINCE] = now
    N[machine + MACHINE_SCORE] = score


def count_free(N: Ints, machine: int, change: int) -> None:
    """Count one machine more (or fewer) as free and up at the stations that it serves."""
    station = N[machine + MACHINE_STATION]
    if station:
        N[station + STATION_FREE] += change
        if change > 0:
            N[station + STATION_LOWEST] = min(N[station + STATION_LOWEST], N[machine + MACHINE_SERVE])
            if N[station + STATION_BLOCKED_HEAD]:
                put(N, station)
        return
    member, end = N[machine + MACHINE_SERVE], N[machine + MACHINE_SERVE_END]
    while member < end:
        station = N[member + MEMBER_STATION]
        N[station + STATION_FREE] += change
        if change > 0:
            N[station + STATION_LOWEST] = N[station + STATION_MEMBER]
            if N[station + STATION_BLOCKED_HEAD]:
                put(N, station)
        member += MEMBER_WORDS


def is_ready(N: Ints, machine: int) -> bool:
    """Return whether the machine is free, up, and in its shift."""
    return N[machine + MACHINE_STATE] == FREE and N[machine + MACHINE_DOWN] == 0 and N[machine + MACHINE_SHUT] == 0


def counts_for(N: Ints, stop: int, step: int) -> bool:
    """Return whether work on ``step`` counts for ``stop``."""
    return N[stop + STOP_TOOL] == 0 or N[stop + STOP_TOOL] == N[step + STEP_TOOL]


def run_on(N: Ints, F: Floats, now: float, machine: int, seconds: float) -> None:
    """Let setup or process continue for ``seconds``, or until an earlier failure by use."""
    F[machine + MACHINE_RUN_FROM] = now
    if N[machine + MACHINE_USES] and N[machine + MACHINE_STATE] == PROCESSING:
        N[machine + MACHINE_CUT] = 0
        shortest = seconds
        stop, end = N[machine + MACHINE_STOP], N[machine + MACHINE_STOP_END]
        while stop < end:
            strikes = N[stop + STOP_TRIGGER] == BY_USE and N[stop + STOP_FAILURE] and N[stop + STOP_STATE] == ARMED
            if strikes and F[stop + STOP_LEFT] < shortest and counts_for(N, stop, N[machine + MACHINE_STEP]):
                N[machine + MACHINE_CUT] = stop
                shortest = F[stop + STOP_LEFT]
            stop += STOP_WORDS
        if N[machine + MACHINE_CUT]:
            F[machine + MACHINE_LEFT] = seconds - shortest
            seconds = shortest
    set_timer(N, F, machine, now + seconds)


def count_use(N: Ints, F: Floats, machine: int, used: float, pieces: int) -> None:
    """Deduct running time and pieces from the stops that count them; maintenance becomes due."""
    stop, end, step = N[machine + MACHINE_STOP], N[machine + MACHINE_STOP_END], N[machine + MACHINE_STEP]
    while stop < end:
        if N[stop + STOP_TRIGGER] != BY_CLOCK and N[stop + STOP_STATE] == ARMED and counts_for(N, stop, step):
            F[stop + STOP_LEFT] -= used if N[stop + STOP_TRIGGER] == BY_USE else float(pieces)
            if F[stop + STOP_LEFT] <= 0.0 and not N[stop + STOP_FAILURE]:
                N[stop + STOP_STATE] = DUE
                N[machine + MACHINE_DUE] += 1
        stop += STOP_WORDS


def count_pieces(N: Ints, F: Floats, machine: int) -> None:
    """Deduct the pieces made so far from the stops that count them, and note the nearest stop."""
    count_use(N, F, machine, 0.0, N[machine + MACHINE_PIECES])
    N[machine + MACHINE_PIECES] = 0
    nearest = NEVER
    stop, end = N[machine + MACHINE_STOP], N[machine + MACHINE_STOP_END]
    while stop < end:
        if N[stop + STOP_TRIGGER] == BY_PIECES and N[stop + STOP_STATE] == ARMED and F[stop + STOP_LEFT] < nearest:
            nearest = F[stop + STOP_LEFT]
        stop += STOP_WORDS
    F[machine + MACHINE_NEAREST] = nearest


def go_down(N: Ints, F: Floats, now: float, machine: int, score: int) -> None:
    """Begin a stop: a free machine is no longer free, an operation stores its remaining time."""
    N[machine + MACHINE_DOWN] += 1
    if N[machine + MACHINE_DOWN] > 1:
        return
    state = N[machine + MACHINE_STATE]
    setup_left = 0.0
    if N[machine + MACHINE_SCORE] == MACHINE_SETTING:
        setup_left = max(0.0, F[machine + MACHINE_SET_UNTIL] - now)
    if state == FREE and N[machine + MACHINE_SHUT] == 0:
        count_free(N, machine, -1)
    if state in (SETTING, PROCESSING):
        left = due_at(N, F, machine) - now
        if N[machine + MACHINE_USES] and state == PROCESSING:
            if N[machine + MACHINE_CUT]:
                left += F[machine + MACHINE_LEFT]
                N[machine + MACHINE_CUT] = 0
            count_use(N, F, machine, now - F[machine + MACHINE_RUN_FROM], 0)
        F[machine + MACHINE_LEFT] = left
        set_timer(N, F, machine, NEVER)
    rescore(N, F, now, machine, score)
    F[machine + MACHINE_SET_UNTIL] = setup_left
    lot = N[machine + MACHINE_PIPE] if score == MACHINE_FAILED else 0
    while lot:
        F[lot + LOT_UNTIL] = due_at(N, F, lot) - now
        set_timer(N, F, lot, NEVER)
        lot = N[lot + LOT_NEXT]


def come_up(N: Ints, F: Floats, now: float, machine: int) -> None:
    """End a stop: the operation resumes, or the machine looks for work."""
    N[machine + MACHINE_DOWN] -= 1
    if N[machine + MACHINE_DOWN] > 0:
        return
    state = N[machine + MACHINE_STATE]
    lot = N[machine + MACHINE_PIPE] if N[machine + MACHINE_SCORE] == MACHINE_FAILED else 0
    while lot:
        set_timer(N, F, lot, now + F[lot + LOT_UNTIL])
        lot = N[lot + LOT_NEXT]
    if state == FREE:
        if N[machine + MACHINE_SHUT]:
            rescore(N, F, now, machine, MACHINE_OFF)
            return
        rescore(N, F, now, machine, MACHINE_BUSY if N[machine + MACHINE_PIPE] else MACHINE_IDLE)
        count_free(N, machine, 1)
        put(N, machine)
    elif state == BLOCKED:
        rescore(N, F, now, machine, MACHINE_BLOCKED)
    else:
        setup_left = F[machine + MACHINE_SET_UNTIL]
        rescore(N, F, now, machine, MACHINE_SETTING if setup_left > 0.0 else MACHINE_BUSY)
        F[machine + MACHINE_SET_UNTIL] = now + setup_left
        run_on(N, F, now, machine, F[machine + MACHINE_LEFT])


def begin_stop(N: Ints, F: Floats, now: float, stop: int) -> None:
    """Take the machine down; the work on it starts, or waits for a person."""
    N[stop + STOP_HAPPENED] += 1
    go_down(N, F, now, N[stop + STOP_MACHINE], MACHINE_FAILED if N[stop + STOP_FAILURE] else MACHINE_KEPT)
    if N[stop + STOP_SKILL]:
        N[stop + STOP_STATE] = WANTS_PERSON
        set_timer(N, F, stop, NEVER)
        N[stop + STOP_NEXT] = 0
        if N[REPAIR_HEAD] == 0:
            N[REPAIR_HEAD] = stop
        else:
            N[N[REPAIR_TAIL] + STOP_NEXT] = stop
        N[REPAIR_TAIL] = stop
        N[PEOPLE_CHANGED] = 1
        return
    work_on_stop(N, F, now, stop)


def work_on_stop(N: Ints, F: Floats, now: float, stop: int) -> None:
    """Draw the duration of the stop from now."""
    N[stop + STOP_STATE] = UNDER_WAY
    length = sample(N, F, N[stop + STOP_LENGTH], N[stop + STOP_KEY], 2 * N[stop + STOP_N] + 1)
    set_timer(N, F, stop, now + length)


def begin_due_stops(N: Ints, F: Floats, now: float, machine: int) -> None:
    """Start the maintenance that waited for the operation to end."""
    stop, end = N[machine + MACHINE_STOP], N[machine + MACHINE_STOP_END]
    while stop < end:
        if N[stop + STOP_STATE] == DUE:
            N[machine + MACHINE_DUE] -= 1
            begin_stop(N, F, now, stop)
        stop += STOP_WORDS


def gather(N: Ints, F: Floats, now: float, lot: int, station: int) -> int:
    """Take ``lot`` and, for a batch, those waiting lots of its family that fit, in queue order; returns how many lots."""
    step = N[lot + LOT_STEP]
    family = N[step + STEP_BATCH]
    follower = N[station + STATION_HEAD] if family else 0
    unlink(N, F, now, lot, station)
    N[lot + LOT_MATE] = 0
    F[station + STATION_WAIT] += now - F[lot + LOT_ARRIVED]
    if family == 0:
        return 1
    count, pieces, last = 1, N[lot + LOT_PIECES], lot
    if follower == lot:
        follower = N[station + STATION_HEAD]
    while follower and pieces < N[step + STEP_BATCH_MAX]:
        other, follower = follower, N[follower + LOT_NEXT]
        fits = pieces + N[other + LOT_PIECES] <= N[step + STEP_BATCH_MAX]
        if fits and N[N[other + LOT_STEP] + STEP_BATCH] == family:
            unlink(N, F, now, other, station)
            F[station + STATION_WAIT] += now - F[other + LOT_ARRIVED]
            N[last + LOT_MATE] = other
            N[other + LOT_MATE] = 0
            last = other
            count += 1
            pieces += N[other + LOT_PIECES]
    return count


def look(N: Ints, F: Floats, now: float, machine: int) -> bool:
    """Take the best waiting lot of the stations that the machine serves and start; returns whether there was one."""
    station = N[machine + MACHINE_STATION]
    member = N[machine + MACHINE_SERVE]
    while True:
        if station == 0:
            member = best_member(N, F, now, machine)
            if member == 0:
                return False
        best = choose(N, F, now, machine, N[member + MEMBER_STATION])
        if best == 0:
            return False
        if not turned_away(N, F, now, best, N[member + MEMBER_STATION]):
            break
    count = gather(N, F, now, best, N[member + MEMBER_STATION])
    begin(N, F, now, machine, best, count, member)
    return True


def best_member(N: Ints, F: Floats, now: float, machine: int) -> int:
    """The membership through which a machine of several stations takes its next lot; 0 if there is none."""
    best, found = 0, 0
    each, end = N[machine + MACHINE_SERVE], N[machine + MACHINE_SERVE_END]
    while each < end:
        station = N[each + MEMBER_STATION]
        lot = choose(N, F, now, machine, station)
        if lot and (best == 0 or goes_before_elsewhere(N, F, now, lot, best, machine, station)):
            best, found = lot, each
        each += MEMBER_WORDS
    return found


def turned_away(N: Ints, F: Floats, now: float, lot: int, station: int) -> bool:
    """Return whether the lot has waited past a limit after which it may not start; it is then put on the agenda."""
    if N[lot + LOT_LIMIT_STEP] == 0 or N[lot + LOT_LIMIT_STEP] != N[lot + LOT_STEP] or now <= F[lot + LOT_LIMIT]:
        return False
    if N[N[lot + LOT_LIMIT_BACK] + STEP_LIMIT_DEED] == COUNTED:
        return False
    N[N[lot + LOT_CLASS] + CLASS_LATE_STEPS] += 1
    unlink(N, F, now, lot, station)
    F[station + STATION_WAIT] += now - F[lot + LOT_ARRIVED]
    N[station + STATION_STARTS] += 1
    N[lot + LOT_STATE] = TOO_LATE
    N[lot + LOT_MACHINE] = 0
    N[lot + LOT_LIMIT_STEP] = 0
    put(N, lot)
    return True


def goes_before_elsewhere(N: Ints, F: Floats, now: float, one: int, other: int, machine: int, station: int) -> bool:
    """Compare lots of two stations: by the rule of the first one's, then by arrival."""
    if goes_before(N, F, now, one, other, machine, station):
        return True
    if goes_before(N, F, now, other, one, machine, station):
        return False
    return F[one + LOT_ARRIVED] < F[other + LOT_ARRIVED]


def begin(N: Ints, F: Floats, now: float, machine: int, lot: int, count: int, member: int) -> None:
    """Start the operation of ``count`` lots, linked from ``lot``: setup if needed, then process."""
    station, factor = N[member + MEMBER_STATION], F[member + MEMBER_FACTOR]
    step = N[lot + LOT_STEP]
    N[machine + MACHINE_CHAIN] = lot
    N[machine + MACHINE_ON] = count
    N[machine + MACHINE_STEP] = step
    N[station + STATION_STARTS] += count
    setup = 0.0
    if N[step + STEP_SETUP]:
        setup = change_setup(N, F, machine, step, count)
    if N[step + STEP_QUICK] & SIMPLE_WORK:
        N[lot + LOT_STATE] = ON_MACHINE
        N[lot + LOT_MACHINE] = machine
        work = sample(N, F, N[step + STEP_LAW], N[lot + LOT_KEY], N[lot + LOT_VISIT] * 8 + PROCESS)
        hold = max(0.0, work * factor) + F[step + STEP_EXTRA]
    else:
        hold = begin_lots(N, F, now, machine, lot, factor, setup)
    F[machine + MACHINE_WORK] = hold
    if setup <= 0.0:
        N[machine + MACHINE_STATE] = PROCESSING
        rescore(N, F, now, machine, MACHINE_BUSY)
        run_on(N, F, now, machine, hold)
        return
    rescore(N, F, now, machine, MACHINE_SETTING)
    F[machine + MACHINE_SET_UNTIL] = now + setup
    if N[machine + MACHINE_USES] or N[step + STEP_ATTEND] == DURING_SETUP:
        N[machine + MACHINE_STATE] = SETTING
        run_on(N, F, now, machine, setup)
    else:
        N[machine + MACHINE_STATE] = PROCESSING
        run_on(N, F, now, machine, setup + hold)


def begin_lots(N: Ints, F: Floats, now: float, machine: int, lot: int, factor: float, setup: float) -> float:
    """Handle everything that may belong to a start: pieces, pipes, limits, people; returns the machine's time after the setup."""
    step, pieces = N[lot + LOT_STEP], N[lot + LOT_PIECES]
    work = sample(N, F, N[step + STEP_LAW], N[lot + LOT_KEY], N[lot + LOT_VISIT] * 8 + PROCESS)
    if N[step + STEP_PER_PIECE]:
        work *= pieces
    work = max(0.0, (work + F[step + STEP_PIECE_INTERVAL] * (pieces - 1)) * factor) + F[step + STEP_EXTRA]
    hold = work
    piped = F[step + STEP_INTERVAL] > 0.0 or F[step + STEP_PIECE_INTERVAL] > 0.0
    if piped:
        hold = (F[step + STEP_INTERVAL] + F[step + STEP_PIECE_INTERVAL] * pieces) * factor + F[step + STEP_HOLD_EXTRA]
    while lot:
        mark_start(N, F, now, lot, machine, step)
        mate = N[lot + LOT_MATE]
        if piped:
            enter_pipe(N, F, lot, machine, now + setup + work)
        lot = mate
    if N[step + STEP_SKILL]:
        engage(N, F, now, machine, step, setup)
    return hold


def change_setup(N: Ints, F: Floats, machine: int, step: int, count: int) -> float:
    """Change the machine to the step's setup; returns the time that takes."""
    seconds = setup_time(N, F, machine, step)
    if N[machine + MACHINE_SETUP] != N[step + STEP_SETUP]:
        N[machine + MACHINE_SETUP] = N[step + STEP_SETUP]
        N[machine + MACHINE_RUN_LEFT] = N[step + STEP_MIN_RUN]
    N[machine + MACHINE_RUN_LEFT] = max(0, N[machine + MACHINE_RUN_LEFT] - count)
    return seconds


def mark_start(N: Ints, F: Floats, now: float, lot: int, machine: int, step: int) -> None:
    """Record a lot's start: its machine, a limit kept or missed, a machine to return to."""
    N[lot + LOT_STATE] = ON_MACHINE
    N[lot + LOT_MACHINE] = machine
    if N[lot + LOT_LIMIT_STEP] == step:
        if now > F[lot + LOT_LIMIT]:
            N[N[lot + LOT_CLASS] + CLASS_LATE_STEPS] += 1
        N[lot + LOT_LIMIT_STEP] = 0
    if N[step + STEP_KEEP]:
        N[lot + LOT_KEPT_1 - 1 + N[step + STEP_KEEP]] = machine


def enter_pipe(N: Ints, F: Floats, lot: int, machine: int, until: float) -> None:
    """Let the lot continue inside the machine, which takes the next before this one is out."""
    N[lot + LOT_STATE] = IN_PIPE
    first = N[machine + MACHINE_PIPE]
    N[lot + LOT_BEFORE], N[lot + LOT_NEXT] = 0, first
    if first:
        N[first + LOT_BEFORE] = lot
    N[machine + MACHINE_PIPE] = lot
    set_timer(N, F, lot, until)


def leave_pipe(N: Ints, lot: int) -> None:
    """Take the lot out of the machine."""
    before, follower = N[lot + LOT_BEFORE], N[lot + LOT_NEXT]
    if before:
        N[before + LOT_NEXT] = follower
    else:
        N[N[lot + LOT_MACHINE] + MACHINE_PIPE] = follower
    if follower:
        N[follower + LOT_BEFORE] = before


def engage(N: Ints, F: Floats, now: float, machine: int, step: int, setup: float) -> None:
    """Let a person attend: throughout, or during the setup."""
    if N[step + STEP_ATTEND] == DURING_SETUP and setup <= 0.0:
        return
    person = person_for(N, N[step + STEP_SKILL])
    N[person + PERSON_BUSY] = 1
    F[person + PERSON_SINCE] = now
    N[machine + MACHINE_PERSON] = person


def dismiss(N: Ints, F: Floats, now: float, person: int) -> None:
    """Release a person."""
    N[person + PERSON_BUSY] = 0
    F[person + PERSON_WORKED] += now - F[person + PERSON_SINCE]
    N[PEOPLE_CHANGED] = 1


def try_station(N: Ints, F: Floats, now: float, station: int) -> None:
    """Let each free machine of the station look for work."""
    member, end = N[station + STATION_LOWEST], N[station + STATION_MEMBER_END]
    while member < end and N[station + STATION_FREE] > 0 and N[station + STATION_WAITING] > 0:
        machine = N[member + MEMBER_MACHINE]
        if is_ready(N, machine):
            count_free(N, machine, -1)
            if not look(N, F, now, machine):
                count_free(N, machine, 1)
        member += MEMBER_WORDS
