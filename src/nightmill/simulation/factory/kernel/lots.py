"""Lots in progress: release, the next step, places and transport, tokens, arrival, and the end."""

from nightmill.simulation.factory.kernel.codes import (
    DELAYED,
    ENDS,
    GIVES,
    GOING,
    LIMITS,
    MOVING,
    REWORKS,
    SCRAPS,
    SIMPLE_WAY,
    UNUSED,
    WANTS_FLEET,
    WANTS_PLACE,
    WANTS_TOKEN,
)
from nightmill.simulation.factory.kernel.columns import (
    AREA,
    AREA_SINCE,
    CLASS_DUE,
    CLASS_FINISHED,
    CLASS_KEY,
    CLASS_N,
    CLASS_NUMBER,
    CLASS_ON_TIME,
    CLASS_PIECES,
    CLASS_PRIORITY,
    CLASS_RECORD,
    CLASS_RELEASED,
    CLASS_SCRAPPED,
    CLASS_SQUARES,
    CLASS_STEP,
    CLASS_SUM,
    FAMILY_WAITING,
    FREE_LOT,
    FREE_LOTS,
    INSIDE,
    LOT_ARRIVED,
    LOT_CLASS,
    LOT_DUE,
    LOT_FROM,
    LOT_KEPT_1,
    LOT_KEPT_2,
    LOT_KEPT_3,
    LOT_KEPT_4,
    LOT_KEY,
    LOT_LIMIT,
    LOT_LIMIT_BACK,
    LOT_LIMIT_STEP,
    LOT_MACHINE,
    LOT_MATE,
    LOT_NEXT,
    LOT_PIECES,
    LOT_PRIORITY,
    LOT_RANK,
    LOT_RELEASED,
    LOT_SERIAL,
    LOT_STATE,
    LOT_STEP,
    LOT_USE,
    LOT_VISIT,
    MEMBER_MACHINE,
    MEMBER_WORDS,
    MOVE_AT,
    MOVE_FLEET,
    MOVE_LAW,
    MOVE_WORDS,
    PLACES,
    RECORD_AT,
    RECORD_CLASS,
    RECORD_ENDED,
    RECORD_GOOD,
    RECORD_RELEASED,
    RECORD_ROOM,
    RECORD_SERIAL,
    RECORD_WORDS,
    RECORDS,
    SOJOURN,
    STATION_BLOCKED_HEAD,
    STATION_BLOCKED_TAIL,
    STATION_FREE,
    STATION_LOWEST,
    STATION_MEMBER_END,
    STATION_PLACE,
    STATION_PLAIN,
    STATION_RESERVED,
    STATION_ROOM,
    STATION_SETUPS,
    STATION_WAITING,
    STEP_BATCH,
    STEP_BATCH_MIN,
    STEP_CHANCE,
    STEP_EXTRA,
    STEP_FLAGS,
    STEP_GIVE,
    STEP_GIVE_END,
    STEP_LAST,
    STEP_LAW,
    STEP_LIMIT,
    STEP_LIMIT_TO,
    STEP_LOOP,
    STEP_PER_PIECE,
    STEP_QUICK,
    STEP_REWORK,
    STEP_REWORK_SHARE,
    STEP_SCRAP,
    STEP_STATION,
    STEP_TAKE,
    STEP_TAKE_END,
    STEP_WORDS,
    TOKEN_AREA,
    TOKEN_FREE,
    TOKEN_HEAD,
    TOKEN_SINCE,
    TOKEN_TAIL,
    TOKEN_USE_WORDS,
    USE_COUNT,
    USE_TOKEN,
)
from nightmill.simulation.factory.kernel.event_queue import NEVER, put, set_timer
from nightmill.simulation.factory.kernel.machines import begin, count_free, is_ready, look, try_station
from nightmill.simulation.factory.kernel.queues import enqueue, may_start, setup_time
from nightmill.simulation.factory.kernel.random_draws import (
    CHANCE,
    MOVE,
    PROCESS,
    REWORK,
    SCRAP,
    Floats,
    Ints,
    sample,
    stream,
    uniform,
)


def release(N: Ints, F: Floats, now: float, cls: int) -> int:
    """Release a new lot of a class on its first step; returns its address."""
    lot = N[FREE_LOT]
    N[FREE_LOT] = N[lot + LOT_NEXT]
    N[FREE_LOTS] -= 1
    serial = N[cls + CLASS_N]
    N[cls + CLASS_N] = serial + 1
    N[cls + CLASS_RELEASED] += 1
    N[lot + LOT_CLASS], N[lot + LOT_SERIAL], N[lot + LOT_VISIT] = cls, serial, 0
    N[lot + LOT_KEY] = stream(N, N[cls + CLASS_KEY], serial)
    N[lot + LOT_PIECES] = N[cls + CLASS_PIECES]
    N[lot + LOT_MACHINE] = N[lot + LOT_FROM] = N[lot + LOT_LIMIT_STEP] = N[lot + LOT_STEP] = 0
    N[lot + LOT_KEPT_1] = N[lot + LOT_KEPT_2] = N[lot + LOT_KEPT_3] = N[lot + LOT_KEPT_4] = 0
    F[lot + LOT_PRIORITY] = F[cls + CLASS_PRIORITY]
    F[lot + LOT_RELEASED] = now
    F[lot + LOT_DUE] = now + F[cls + CLASS_DUE]
    F[lot + LOT_RANK] = 0.0
    count_inside(N, F, now, 1)
    return lot


def count_inside(N: Ints, F: Floats, now: float, change: int) -> None:
    """Count one lot more or fewer in the system."""
    F[AREA] += N[INSIDE] * (now - F[AREA_SINCE])
    F[AREA_SINCE] = now
    N[INSIDE] += change


def leave(N: Ints, F: Floats, now: float, lot: int, good: int) -> None:
    """Finish or scrap a lot; its row becomes free."""
    cls = N[lot + LOT_CLASS]
    note_end(N, F, now, lot, cls, good)
    count_inside(N, F, now, -1)
    N[lot + LOT_STATE] = UNUSED
    N[lot + LOT_NEXT] = N[FREE_LOT]
    N[FREE_LOT] = lot
    N[FREE_LOTS] += 1


def note_end(N: Ints, F: Floats, now: float, lot: int, cls: int, good: int) -> None:
    """Update the statistics for a lot that ends, and record it if requested."""
    age = now - F[lot + LOT_RELEASED]
    F[SOJOURN] += age
    if good:
        N[cls + CLASS_FINISHED] += 1
        F[cls + CLASS_SUM] += age
        F[cls + CLASS_SQUARES] += age * age
        if now <= F[lot + LOT_DUE]:
            N[cls + CLASS_ON_TIME] += 1
    else:
        N[cls + CLASS_SCRAPPED] += 1
    if N[cls + CLASS_RECORD] and N[RECORDS] < N[RECORD_ROOM]:
        row = N[RECORD_AT] + N[RECORDS] * RECORD_WORDS
        N[RECORDS] += 1
        N[row + RECORD_CLASS], N[row + RECORD_SERIAL] = N[cls + CLASS_NUMBER], N[lot + LOT_SERIAL]
        N[row + RECORD_GOOD] = good
        F[row + RECORD_RELEASED], F[row + RECORD_ENDED] = F[lot + LOT_RELEASED], now


def end_step(N: Ints, F: Floats, now: float, lot: int) -> bool:
    """Carry out what follows a step; returns whether the lot left its place (else it waits there for room)."""
    step = N[lot + LOT_STEP]
    flags = N[step + STEP_FLAGS]
    if flags == 0:
        return go(N, F, now, lot, step + STEP_WORDS)
    key, n = N[lot + LOT_KEY], N[lot + LOT_VISIT] * 8
    if flags & GIVES:
        use = N[step + STEP_GIVE]
        while use < N[step + STEP_GIVE_END]:
            give(N, F, now, N[use + USE_TOKEN], N[use + USE_COUNT])
            use += TOKEN_USE_WORDS
    if flags & SCRAPS and uniform(N, key, n + SCRAP) < F[step + STEP_SCRAP]:
        leave(N, F, now, lot, 0)
        return True
    if flags & LIMITS:
        N[lot + LOT_LIMIT_STEP], N[lot + LOT_LIMIT_BACK] = N[step + STEP_LIMIT_TO], step
        F[lot + LOT_LIMIT] = now + F[step + STEP_LIMIT]
    if flags & REWORKS and uniform(N, key, n + REWORK) < F[step + STEP_REWORK_SHARE]:
        return go(N, F, now, lot, N[step + STEP_REWORK])
    if flags & ENDS:
        first = end_route(N, F, now, lot, step)
        return first == 0 or go(N, F, now, lot, first)
    return go(N, F, now, lot, step + STEP_WORDS)


def end_route(N: Ints, F: Floats, now: float, lot: int, step: int) -> int:
    """End a route: the lot leaves the system (0), or, if its route is a loop, returns to its first step."""
    if N[step + STEP_LOOP] == 0:
        leave(N, F, now, lot, 1)
        return 0
    cls = N[lot + LOT_CLASS]
    note_end(N, F, now, lot, cls, 1)
    N[cls + CLASS_RELEASED] += 1
    F[lot + LOT_RELEASED] = now
    F[lot + LOT_DUE] = now + F[cls + CLASS_DUE]
    return N[cls + CLASS_STEP]


def has_room(N: Ints, station: int) -> bool:
    """Return whether one more lot may arrive: a free machine counts as a place."""
    room = N[station + STATION_ROOM]
    if room < 0:
        return True
    return N[station + STATION_WAITING] + N[station + STATION_RESERVED] < room + N[station + STATION_FREE]


def go(N: Ints, F: Floats, now: float, lot: int, step: int) -> bool:
    """Send ``lot`` to ``step``, or to the next one that it does; False if it must wait for a place there."""
    N[lot + LOT_VISIT] += 1
    while F[step + STEP_CHANCE] < 1.0:
        if uniform(N, N[lot + LOT_KEY], N[lot + LOT_VISIT] * 8 + CHANCE) < F[step + STEP_CHANCE]:
            break
        if N[step + STEP_LAST]:
            step = end_route(N, F, now, lot, step)
            if step == 0:
                return True
        else:
            step += STEP_WORDS
        N[lot + LOT_VISIT] += 1
    N[lot + LOT_STEP] = step
    station = N[step + STEP_STATION]
    if N[step + STEP_QUICK] & SIMPLE_WAY:
        if N[station + STATION_FREE]:
            start_at_once(N, F, now, lot, station)
        else:
            enqueue(N, F, now, lot, station)
        return True
    if station and N[station + STATION_ROOM] >= 0:
        if N[station + STATION_BLOCKED_HEAD] or not has_room(N, station):
            wait_for_place(N, lot, station)
            return False
        N[station + STATION_RESERVED] += 1
    set_out(N, F, now, lot, station)
    return True


def wait_for_place(N: Ints, lot: int, station: int) -> None:
    """Append the lot to those waiting for a place at ``station``."""
    N[lot + LOT_STATE] = WANTS_PLACE
    N[lot + LOT_NEXT] = 0
    if N[station + STATION_BLOCKED_HEAD] == 0:
        N[station + STATION_BLOCKED_HEAD] = lot
    else:
        N[N[station + STATION_BLOCKED_TAIL] + LOT_NEXT] = lot
    N[station + STATION_BLOCKED_TAIL] = lot


def set_out(N: Ints, F: Floats, now: float, lot: int, station: int) -> None:
    """Start moving to the place of ``station``; a delay takes place wherever the lot is."""
    if station and N[PLACES] > 0:
        move = N[MOVE_AT] + (N[lot + LOT_FROM] * N[PLACES] + N[station + STATION_PLACE]) * MOVE_WORDS
        if N[move + MOVE_LAW]:
            fleet = N[move + MOVE_FLEET]
            if fleet:
                if N[fleet + TOKEN_HEAD] or N[fleet + TOKEN_FREE] == 0:
                    wait_for_token(N, lot, fleet, WANTS_FLEET)
                    return
                use_token(N, F, now, fleet, 1)
            travel(N, F, now, lot, move)
            return
    arrive(N, F, now, lot)


def move_of(N: Ints, lot: int) -> int:
    """The move that brings a lot to its step."""
    station = N[N[lot + LOT_STEP] + STEP_STATION]
    return N[MOVE_AT] + (N[lot + LOT_FROM] * N[PLACES] + N[station + STATION_PLACE]) * MOVE_WORDS


def travel(N: Ints, F: Floats, now: float, lot: int, move: int) -> None:
    """Put the lot in transit."""
    N[lot + LOT_STATE] = MOVING
    n = N[lot + LOT_VISIT] * 8 + MOVE
    set_timer(N, F, lot, now + max(0.0, sample(N, F, N[move + MOVE_LAW], N[lot + LOT_KEY], n)))


def end_travel(N: Ints, F: Floats, now: float, lot: int) -> None:
    """End the lot's transport; its transporter becomes free."""
    fleet = N[move_of(N, lot) + MOVE_FLEET]
    if fleet:
        give(N, F, now, fleet, 1)
    set_timer(N, F, lot, NEVER)
    arrive(N, F, now, lot)


def arrive(N: Ints, F: Floats, now: float, lot: int) -> None:
    """Handle a lot's arrival at its step: it takes the required tokens, then joins the queue."""
    step = N[lot + LOT_STEP]
    N[lot + LOT_MACHINE] = 0
    if N[step + STEP_STATION]:
        N[lot + LOT_FROM] = N[N[step + STEP_STATION] + STATION_PLACE]
    if N[step + STEP_TAKE] < N[step + STEP_TAKE_END]:
        N[lot + LOT_USE] = N[step + STEP_TAKE]
        if not take_tokens(N, F, now, lot):
            return
    join(N, F, now, lot)


def take_tokens(N: Ints, F: Floats, now: float, lot: int) -> bool:
    """Take the tokens of the step one kind after the other; False if one must be waited for."""
    end = N[N[lot + LOT_STEP] + STEP_TAKE_END]
    while N[lot + LOT_USE] < end:
        use = N[lot + LOT_USE]
        token = N[use + USE_TOKEN]
        if N[token + TOKEN_HEAD] or N[token + TOKEN_FREE] < N[use + USE_COUNT]:
            wait_for_token(N, lot, token, WANTS_TOKEN)
            return False
        use_token(N, F, now, token, N[use + USE_COUNT])
        N[lot + LOT_USE] = use + TOKEN_USE_WORDS
    return True


def wait_for_token(N: Ints, lot: int, token: int, state: int) -> None:
    """Append the lot to those waiting for the token."""
    N[lot + LOT_STATE] = state
    N[lot + LOT_NEXT] = 0
    if N[token + TOKEN_HEAD] == 0:
        N[token + TOKEN_HEAD] = lot
    else:
        N[N[token + TOKEN_TAIL] + LOT_NEXT] = lot
    N[token + TOKEN_TAIL] = lot


def use_token(N: Ints, F: Floats, now: float, token: int, count: int) -> None:
    """Take tokens (``count`` below 0: return them)."""
    F[token + TOKEN_AREA] += N[token + TOKEN_FREE] * (now - F[token + TOKEN_SINCE])
    F[token + TOKEN_SINCE] = now
    N[token + TOKEN_FREE] -= count


def give(N: Ints, F: Floats, now: float, token: int, count: int) -> None:
    """Return tokens; waiting lots are served in order."""
    use_token(N, F, now, token, -count)
    while N[token + TOKEN_HEAD]:
        lot = N[token + TOKEN_HEAD]
        moving = N[lot + LOT_STATE] == WANTS_FLEET
        need = 1 if moving else N[N[lot + LOT_USE] + USE_COUNT]
        if N[token + TOKEN_FREE] < need:
            return
        N[token + TOKEN_HEAD] = N[lot + LOT_NEXT]
        use_token(N, F, now, token, need)
        if not moving:
            N[lot + LOT_USE] += TOKEN_USE_WORDS
        put(N, lot)


def join(N: Ints, F: Floats, now: float, lot: int) -> None:
    """Start the lot at once on a free machine, queue it, or begin its delay."""
    step = N[lot + LOT_STEP]
    station = N[step + STEP_STATION]
    if station == 0:
        N[lot + LOT_STATE] = DELAYED
        n = N[lot + LOT_VISIT] * 8 + PROCESS
        work = sample(N, F, N[step + STEP_LAW], N[lot + LOT_KEY], n)
        if N[step + STEP_PER_PIECE]:
            work *= N[lot + LOT_PIECES]
        set_timer(N, F, lot, now + max(0.0, work) + F[step + STEP_EXTRA])
        return
    if N[station + STATION_ROOM] >= 0:
        N[station + STATION_RESERVED] -= 1
    if N[station + STATION_FREE] == 0:
        enqueue(N, F, now, lot, station)
        return
    if N[lot + LOT_STATE] == GOING or (N[step + STEP_BATCH] and N[station + STATION_SETUPS] == 0):
        stand(N, F, now, lot, station)
        return
    if N[station + STATION_PLAIN]:
        start_at_once(N, F, now, lot, station)
        return
    enqueue(N, F, now, lot, station)
    if N[station + STATION_SETUPS]:
        member = least_setup(N, F, lot, station)
        machine = N[member + MEMBER_MACHINE] if member else 0
        if machine and may_start(N, F, lot, machine):
            count_free(N, machine, -1)
            if look(N, F, now, machine):
                return
            count_free(N, machine, 1)
    try_station(N, F, now, station)


def stand(N: Ints, F: Floats, now: float, lot: int, station: int) -> None:
    """Let ``lot`` wait although machines are free: they choose among all waiting lots once every simultaneous arrival is in."""
    enqueue(N, F, now, lot, station)
    family = N[N[lot + LOT_STEP] + STEP_BATCH]
    if family and N[family + FAMILY_WAITING] < N[N[lot + LOT_STEP] + STEP_BATCH_MIN]:
        return  # nothing can start that couldn't before
    member = N[station + STATION_LOWEST]
    while member < N[station + STATION_MEMBER_END]:
        if is_ready(N, N[member + MEMBER_MACHINE]):
            put(N, N[member + MEMBER_MACHINE])
        member += MEMBER_WORDS


def least_setup(N: Ints, F: Floats, lot: int, station: int) -> int:
    """The membership of the free machine that needs the least setup for ``lot``, the first of equals; 0 if none."""
    step = N[lot + LOT_STEP]
    member, end = N[station + STATION_LOWEST], N[station + STATION_MEMBER_END]
    best = 0
    least = 0.0
    while member < end:
        machine = N[member + MEMBER_MACHINE]
        if is_ready(N, machine):
            time = setup_time(N, F, machine, step)
            if best == 0 or time < least:
                best, least = member, time
            if time == 0.0:
                return best
        member += MEMBER_WORDS
    return best


def start_at_once(N: Ints, F: Floats, now: float, lot: int, station: int) -> None:
    """Start on a free machine of a station whose queue is empty."""
    if N[station + STATION_SETUPS]:
        member = least_setup(N, F, lot, station)
    else:
        member = N[station + STATION_LOWEST]
        while not is_ready(N, N[member + MEMBER_MACHINE]):
            member += MEMBER_WORDS
        N[station + STATION_LOWEST] = member
    machine = N[member + MEMBER_MACHINE]
    count_free(N, machine, -1)
    F[lot + LOT_ARRIVED] = now
    N[lot + LOT_MATE] = 0
    begin(N, F, now, machine, lot, 1, member)
