"""Lots in progress: release, the next step, places and transport, tokens, arrival, and completion."""

from nightmill.simulation.factory.kernel import codes as k
from nightmill.simulation.factory.kernel import columns as c
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
    lot = N[c.FREE_LOT]
    N[c.FREE_LOT] = N[lot + c.LOT_NEXT]
    N[c.FREE_LOTS] -= 1
    serial = N[cls + c.CLASS_N]
    N[cls + c.CLASS_N] = serial + 1
    N[cls + c.CLASS_RELEASED] += 1
    N[lot + c.LOT_CLASS], N[lot + c.LOT_SERIAL], N[lot + c.LOT_VISIT] = cls, serial, 0
    N[lot + c.LOT_KEY] = stream(N, N[cls + c.CLASS_KEY], serial)
    N[lot + c.LOT_PIECES] = N[cls + c.CLASS_PIECES]
    N[lot + c.LOT_MACHINE] = N[lot + c.LOT_FROM] = N[lot + c.LOT_LIMIT_STEP] = N[lot + c.LOT_STEP] = 0
    N[lot + c.LOT_KEPT_1] = N[lot + c.LOT_KEPT_2] = N[lot + c.LOT_KEPT_3] = N[lot + c.LOT_KEPT_4] = 0
    F[lot + c.LOT_PRIORITY] = F[cls + c.CLASS_PRIORITY]
    F[lot + c.LOT_RELEASED] = now
    F[lot + c.LOT_DUE] = now + F[cls + c.CLASS_DUE]
    F[lot + c.LOT_RANK] = 0.0
    count_inside(N, F, now, 1)
    return lot


def count_inside(N: Ints, F: Floats, now: float, change: int) -> None:
    """Count one lot more or fewer in the system."""
    F[c.AREA] += N[c.INSIDE] * (now - F[c.AREA_SINCE])
    F[c.AREA_SINCE] = now
    N[c.INSIDE] += change


def leave(N: Ints, F: Floats, now: float, lot: int, good: int) -> None:
    """Finish or scrap a lot; its row becomes free."""
    cls = N[lot + c.LOT_CLASS]
    note_end(N, F, now, lot, cls, good)
    count_inside(N, F, now, -1)
    N[lot + c.LOT_STATE] = k.UNUSED
    N[lot + c.LOT_NEXT] = N[c.FREE_LOT]
    N[c.FREE_LOT] = lot
    N[c.FREE_LOTS] += 1


def note_end(N: Ints, F: Floats, now: float, lot: int, cls: int, good: int) -> None:
    """Update the statistics for a lot that ends, and record it if requested."""
    age = now - F[lot + c.LOT_RELEASED]
    F[c.SOJOURN] += age
    if good:
        N[cls + c.CLASS_FINISHED] += 1
        F[cls + c.CLASS_SUM] += age
        F[cls + c.CLASS_SQUARES] += age * age
        if now <= F[lot + c.LOT_DUE]:
            N[cls + c.CLASS_ON_TIME] += 1
    else:
        N[cls + c.CLASS_SCRAPPED] += 1
    if N[cls + c.CLASS_RECORD] and N[c.RECORDS] < N[c.RECORD_ROOM]:
        row = N[c.RECORD_AT] + N[c.RECORDS] * c.RECORD_WORDS
        N[c.RECORDS] += 1
        N[row + c.RECORD_CLASS], N[row + c.RECORD_SERIAL] = N[cls + c.CLASS_NUMBER], N[lot + c.LOT_SERIAL]
        N[row + c.RECORD_GOOD] = good
        F[row + c.RECORD_RELEASED], F[row + c.RECORD_ENDED] = F[lot + c.LOT_RELEASED], now


def end_step(N: Ints, F: Floats, now: float, lot: int) -> bool:
    """Carry out the actions that follow a step; returns whether the lot left its place (else it waits there for room)."""
    step = N[lot + c.LOT_STEP]
    flags = N[step + c.STEP_FLAGS]
    if flags == 0:
        return go(N, F, now, lot, step + c.STEP_WORDS)
    key, n = N[lot + c.LOT_KEY], N[lot + c.LOT_VISIT] * 8
    if flags & k.GIVES:
        use = N[step + c.STEP_GIVE]
        while use < N[step + c.STEP_GIVE_END]:
            give(N, F, now, N[use + c.USE_TOKEN], N[use + c.USE_COUNT])
            use += c.TOKEN_USE_WORDS
    if flags & k.SCRAPS and uniform(N, key, n + SCRAP) < F[step + c.STEP_SCRAP]:
        leave(N, F, now, lot, 0)
        return True
    if flags & k.LIMITS:
        N[lot + c.LOT_LIMIT_STEP], N[lot + c.LOT_LIMIT_BACK] = N[step + c.STEP_LIMIT_TO], step
        F[lot + c.LOT_LIMIT] = now + F[step + c.STEP_LIMIT]
    if flags & k.REWORKS and uniform(N, key, n + REWORK) < F[step + c.STEP_REWORK_SHARE]:
        return go(N, F, now, lot, N[step + c.STEP_REWORK])
    if flags & k.ENDS:
        first = end_route(N, F, now, lot, step)
        return first == 0 or go(N, F, now, lot, first)
    return go(N, F, now, lot, step + c.STEP_WORDS)


def end_route(N: Ints, F: Floats, now: float, lot: int, step: int) -> int:
    """End a route: the lot leaves the system (0), or, if its route is a loop, returns to its first step."""
    if N[step + c.STEP_LOOP] == 0:
        leave(N, F, now, lot, 1)
        return 0
    cls = N[lot + c.LOT_CLASS]
    note_end(N, F, now, lot, cls, 1)
    N[cls + c.CLASS_RELEASED] += 1
    F[lot + c.LOT_RELEASED] = now
    F[lot + c.LOT_DUE] = now + F[cls + c.CLASS_DUE]
    return N[cls + c.CLASS_STEP]


def has_room(N: Ints, station: int) -> bool:
    """Return whether one more lot may arrive: a free machine counts as a place."""
    room = N[station + c.STATION_ROOM]
    if room < 0:
        return True
    return N[station + c.STATION_WAITING] + N[station + c.STATION_RESERVED] < room + N[station + c.STATION_FREE]


def go(N: Ints, F: Floats, now: float, lot: int, step: int) -> bool:
    """Send ``lot`` to ``step``, or to the next step that it does; False if it must wait for a place there."""
    N[lot + c.LOT_VISIT] += 1
    while F[step + c.STEP_CHANCE] < 1.0:
        if uniform(N, N[lot + c.LOT_KEY], N[lot + c.LOT_VISIT] * 8 + CHANCE) < F[step + c.STEP_CHANCE]:
            break
        if N[step + c.STEP_LAST]:
            step = end_route(N, F, now, lot, step)
            if step == 0:
                return True
        else:
            step += c.STEP_WORDS
        N[lot + c.LOT_VISIT] += 1
    N[lot + c.LOT_STEP] = step
    station = N[step + c.STEP_STATION]
    if N[step + c.STEP_QUICK] & k.SIMPLE_WAY:
        if N[station + c.STATION_FREE]:
            start_at_once(N, F, now, lot, station)
        else:
            enqueue(N, F, now, lot, station)
        return True
    if station and N[station + c.STATION_ROOM] >= 0:
        if N[station + c.STATION_BLOCKED_HEAD] or not has_room(N, station):
            wait_for_place(N, lot, station)
            return False
        N[station + c.STATION_RESERVED] += 1
    set_out(N, F, now, lot, station)
    return True


def wait_for_place(N: Ints, lot: int, station: int) -> None:
    """Append the lot to the lots waiting for a place at ``station``."""
    N[lot + c.LOT_STATE] = k.WANTS_PLACE
    N[lot + c.LOT_NEXT] = 0
    if N[station + c.STATION_BLOCKED_HEAD] == 0:
        N[station + c.STATION_BLOCKED_HEAD] = lot
    else:
        N[N[station + c.STATION_BLOCKED_TAIL] + c.LOT_NEXT] = lot
    N[station + c.STATION_BLOCKED_TAIL] = lot


def set_out(N: Ints, F: Floats, now: float, lot: int, station: int) -> None:
    """Start moving to the place of ``station``; a delay takes place wherever the lot is."""
    if station and N[c.PLACES] > 0:
        move = N[c.MOVE_AT] + (N[lot + c.LOT_FROM] * N[c.PLACES] + N[station + c.STATION_PLACE]) * c.MOVE_WORDS
        if N[move + c.MOVE_LAW]:
            fleet = N[move + c.MOVE_FLEET]
            if fleet:
                if N[fleet + c.TOKEN_HEAD] or N[fleet + c.TOKEN_FREE] == 0:
                    wait_for_token(N, lot, fleet, k.WANTS_FLEET)
                    return
                use_token(N, F, now, fleet, 1)
            travel(N, F, now, lot, move)
            return
    arrive(N, F, now, lot)


def move_of(N: Ints, lot: int) -> int:
    """Return the move that brings a lot to its step."""
    station = N[N[lot + c.LOT_STEP] + c.STEP_STATION]
    return N[c.MOVE_AT] + (N[lot + c.LOT_FROM] * N[c.PLACES] + N[station + c.STATION_PLACE]) * c.MOVE_WORDS


def travel(N: Ints, F: Floats, now: float, lot: int, move: int) -> None:
    """Put the lot in transit."""
    N[lot + c.LOT_STATE] = k.MOVING
    n = N[lot + c.LOT_VISIT] * 8 + MOVE
    set_timer(N, F, lot, now + max(0.0, sample(N, F, N[move + c.MOVE_LAW], N[lot + c.LOT_KEY], n)))


def end_travel(N: Ints, F: Floats, now: float, lot: int) -> None:
    """End the lot's transport and free its transporter."""
    fleet = N[move_of(N, lot) + c.MOVE_FLEET]
    if fleet:
        give(N, F, now, fleet, 1)
    set_timer(N, F, lot, NEVER)
    arrive(N, F, now, lot)


def arrive(N: Ints, F: Floats, now: float, lot: int) -> None:
    """Handle a lot's arrival at its step: it takes the required tokens, then joins the queue."""
    step = N[lot + c.LOT_STEP]
    N[lot + c.LOT_MACHINE] = 0
    if N[step + c.STEP_STATION]:
        N[lot + c.LOT_FROM] = N[N[step + c.STEP_STATION] + c.STATION_PLACE]
    if N[step + c.STEP_TAKE] < N[step + c.STEP_TAKE_END]:
        N[lot + c.LOT_USE] = N[step + c.STEP_TAKE]
        if not take_tokens(N, F, now, lot):
            return
    join(N, F, now, lot)


def take_tokens(N: Ints, F: Floats, now: float, lot: int) -> bool:
    """Take the tokens of the step one kind after the other; False if the lot must wait for one."""
    end = N[N[lot + c.LOT_STEP] + c.STEP_TAKE_END]
    while N[lot + c.LOT_USE] < end:
        use = N[lot + c.LOT_USE]
        token = N[use + c.USE_TOKEN]
        if N[token + c.TOKEN_HEAD] or N[token + c.TOKEN_FREE] < N[use + c.USE_COUNT]:
            wait_for_token(N, lot, token, k.WANTS_TOKEN)
            return False
        use_token(N, F, now, token, N[use + c.USE_COUNT])
        N[lot + c.LOT_USE] = use + c.TOKEN_USE_WORDS
    return True


def wait_for_token(N: Ints, lot: int, token: int, state: int) -> None:
    """Append the lot to the lots waiting for the token."""
    N[lot + c.LOT_STATE] = state
    N[lot + c.LOT_NEXT] = 0
    if N[token + c.TOKEN_HEAD] == 0:
        N[token + c.TOKEN_HEAD] = lot
    else:
        N[N[token + c.TOKEN_TAIL] + c.LOT_NEXT] = lot
    N[token + c.TOKEN_TAIL] = lot


def use_token(N: Ints, F: Floats, now: float, token: int, count: int) -> None:
    """Take tokens (``count`` below 0: return them)."""
    F[token + c.TOKEN_AREA] += N[token + c.TOKEN_FREE] * (now - F[token + c.TOKEN_SINCE])
    F[token + c.TOKEN_SINCE] = now
    N[token + c.TOKEN_FREE] -= count


def give(N: Ints, F: Floats, now: float, token: int, count: int) -> None:
    """Return tokens; waiting lots are served in order."""
    use_token(N, F, now, token, -count)
    while N[token + c.TOKEN_HEAD]:
        lot = N[token + c.TOKEN_HEAD]
        moving = N[lot + c.LOT_STATE] == k.WANTS_FLEET
        need = 1 if moving else N[N[lot + c.LOT_USE] + c.USE_COUNT]
        if N[token + c.TOKEN_FREE] < need:
            return
        N[token + c.TOKEN_HEAD] = N[lot + c.LOT_NEXT]
        use_token(N, F, now, token, need)
        if not moving:
            N[lot + c.LOT_USE] += c.TOKEN_USE_WORDS
        put(N, lot)


def join(N: Ints, F: Floats, now: float, lot: int) -> None:
    """Start the lot at once on a free machine, queue it, or start its delay."""
    step = N[lot + c.LOT_STEP]
    station = N[step + c.STEP_STATION]
    if station == 0:
        N[lot + c.LOT_STATE] = k.DELAYED
        n = N[lot + c.LOT_VISIT] * 8 + PROCESS
        work = sample(N, F, N[step + c.STEP_LAW], N[lot + c.LOT_KEY], n)
        if N[step + c.STEP_PER_PIECE]:
            work *= N[lot + c.LOT_PIECES]
        set_timer(N, F, lot, now + max(0.0, work) + F[step + c.STEP_EXTRA])
        return
    if N[station + c.STATION_ROOM] >= 0:
        N[station + c.STATION_RESERVED] -= 1
    if N[station + c.STATION_FREE] == 0:
        enqueue(N, F, now, lot, station)
        return
    if N[lot + c.LOT_STATE] == k.GOING or (N[step + c.STEP_BATCH] and N[station + c.STATION_SETUPS] == 0):
        stand(N, F, now, lot, station)
        return
    if N[station + c.STATION_PLAIN]:
        start_at_once(N, F, now, lot, station)
        return
    enqueue(N, F, now, lot, station)
    if N[station + c.STATION_SETUPS]:
        member = least_setup(N, F, lot, station)
        machine = N[member + c.MEMBER_MACHINE] if member else 0
        if machine and may_start(N, F, lot, machine):
            count_free(N, machine, -1)
            if look(N, F, now, machine):
                return
            count_free(N, machine, 1)
    try_station(N, F, now, station)


def stand(N: Ints, F: Floats, now: float, lot: int, station: int) -> None:
    """Let ``lot`` wait although machines are free, so that they choose among all waiting lots once every simultaneous arrival is in."""
    enqueue(N, F, now, lot, station)
    family = N[N[lot + c.LOT_STEP] + c.STEP_BATCH]
    if family and N[family + c.FAMILY_WAITING] < N[N[lot + c.LOT_STEP] + c.STEP_BATCH_MIN]:
        return  # no additional lot can start now
    member = N[station + c.STATION_LOWEST]
    while member < N[station + c.STATION_MEMBER_END]:
        if is_ready(N, N[member + c.MEMBER_MACHINE]):
            put(N, N[member + c.MEMBER_MACHINE])
        member += c.MEMBER_WORDS


def least_setup(N: Ints, F: Floats, lot: int, station: int) -> int:
    """Return the membership of the free machine that needs the least setup for ``lot``, the first if equal; 0 if none."""
    step = N[lot + c.LOT_STEP]
    member, end = N[station + c.STATION_LOWEST], N[station + c.STATION_MEMBER_END]
    best = 0
    least = 0.0
    while member < end:
        machine = N[member + c.MEMBER_MACHINE]
        if is_ready(N, machine):
            time = setup_time(N, F, machine, step)
            if best == 0 or time < least:
                best, least = member, time
            if time == 0.0:
                return best
        member += c.MEMBER_WORDS
    return best


def start_at_once(N: Ints, F: Floats, now: float, lot: int, station: int) -> None:
    """Start the lot on a free machine of a station whose queue is empty."""
    if N[station + c.STATION_SETUPS]:
        member = least_setup(N, F, lot, station)
    else:
        member = N[station + c.STATION_LOWEST]
        while not is_ready(N, N[member + c.MEMBER_MACHINE]):
            member += c.MEMBER_WORDS
        N[station + c.STATION_LOWEST] = member
    machine = N[member + c.MEMBER_MACHINE]
    count_free(N, machine, -1)
    F[lot + c.LOT_ARRIVED] = now
    N[lot + c.LOT_MATE] = 0
    begin(N, F, now, machine, lot, 1, member)
