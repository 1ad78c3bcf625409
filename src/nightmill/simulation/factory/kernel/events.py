"""The event loop, and the action for each kind of event."""

from nightmill.simulation.factory.kernel.codes import (
    ANY_PIECES,
    ARMED,
    BLOCKED,
    BY_CLOCK,
    BY_PIECES,
    DELAYED,
    DUE,
    DURING_SETUP,
    FREE,
    GOING,
    IN_PIPE,
    MOVING,
    PROCESSING,
    RECORDS_FULL,
    SCRAPPED,
    SETTING,
    TIME_UP,
    TOO_LATE,
    WANTS_FLEET,
    WANTS_LOTS,
    WANTS_TOKEN,
)
from nightmill.simulation.factory.kernel.columns import (
    AGENDA_HEAD,
    CALENDAR_EDGE,
    CALENDAR_EDGE_END,
    CALENDAR_LEAF,
    CALENDAR_LINK,
    CALENDAR_LINK_END,
    CALENDAR_NEXT,
    CALENDAR_PERIOD,
    CALENDAR_START,
    CALENDAR_WORDS,
    CALENDARS,
    CLASS_LOST,
    CLASS_SHARE,
    CLASS_STEP,
    CLASS_WORDS,
    EDGE_AT,
    EDGE_OPEN,
    EDGE_WORDS,
    EVENTS,
    FIRST_LEAF,
    FREE_LOTS,
    LINK_FINISH,
    LINK_MACHINE,
    LINK_PERSON,
    LINK_WORDS,
    LOT_LEAF,
    LOT_LIMIT_BACK,
    LOT_MACHINE,
    LOT_MATE,
    LOT_NEXT,
    LOT_PIECES,
    LOT_STATE,
    LOT_STEP,
    LOT_WORDS,
    LOTS,
    MACHINE_BLOCKED,
    MACHINE_BUSY,
    MACHINE_CHAIN,
    MACHINE_COUNTS,
    MACHINE_CUT,
    MACHINE_DOWN,
    MACHINE_DUE,
    MACHINE_IDLE,
    MACHINE_LEAF,
    MACHINE_NEAREST,
    MACHINE_OFF,
    MACHINE_ON,
    MACHINE_OPERATIONS,
    MACHINE_PERSON,
    MACHINE_PIECES,
    MACHINE_PIPE,
    MACHINE_RUN_FROM,
    MACHINE_SHUT,
    MACHINE_STATE,
    MACHINE_STEP,
    MACHINE_WORDS,
    MACHINE_WORK,
    MACHINES,
    MACHINES_END,
    NOW,
    OPERATIONS,
    PEOPLE_CHANGED,
    PERSON_BUSY,
    PERSON_HERE,
    PERSON_SINCE,
    RECORD_ROOM,
    RECORDS,
    REPAIR_HEAD,
    REPAIR_TAIL,
    SOURCE_GAP,
    SOURCE_KEY,
    SOURCE_LEFT,
    SOURCE_LOSES,
    SOURCE_LOTS,
    SOURCE_MIX,
    SOURCE_MIX_END,
    SOURCE_N,
    SOURCE_WORDS,
    SOURCES,
    STATION_BLOCKED_HEAD,
    STATION_PEOPLE,
    STATION_RESERVED,
    STATION_ROOM,
    STATION_WORDS,
    STATIONS,
    STATIONS_END,
    STEP_ATTEND,
    STEP_INTERVAL,
    STEP_LIMIT_DEED,
    STEP_PIECE_INTERVAL,
    STEP_STATION,
    STOP_AT,
    STOP_FAILURE,
    STOP_FIXED,
    STOP_GAP,
    STOP_KEY,
    STOP_LEAF,
    STOP_LEFT,
    STOP_MACHINE,
    STOP_N,
    STOP_NEXT,
    STOP_PERSON,
    STOP_SKILL,
    STOP_STATE,
    STOP_TRIGGER,
    STOP_WORDS,
    STOPS,
    STUCK,
    TREE,
)
from nightmill.simulation.factory.kernel.event_queue import NEVER, first_leaf, put, set_timer, take_up
from nightmill.simulation.factory.kernel.lots import (
    arrive,
    end_step,
    end_travel,
    go,
    has_room,
    join,
    leave,
    move_of,
    release,
    set_out,
    take_tokens,
    travel,
)
from nightmill.simulation.factory.kernel.machines import (
    begin_due_stops,
    begin_stop,
    come_up,
    count_free,
    count_pieces,
    count_use,
    dismiss,
    go_down,
    is_ready,
    leave_pipe,
    look,
    rescore,
    run_on,
    try_station,
    work_on_stop,
)
from nightmill.simulation.factory.kernel.queues import person_for
from nightmill.simulation.factory.kernel.random_draws import Floats, Ints, sample, uniform


def run(N: Ints, F: Floats, until: float) -> int:
    """Run to ``until``; returns why it ended: time is up, or Python must first add lot rows or read the records."""
    root, events = N[TREE], 0
    N[STUCK] = TIME_UP
    settle(N, F, F[NOW])
    while F[root] <= until:
        now, leaf = F[root], first_leaf(N)
        if N[MACHINE_LEAF] <= leaf < N[STOP_LEAF]:
            machine_due(N, F, now, N[MACHINES] + (leaf - N[MACHINE_LEAF]) * MACHINE_WORDS)
        else:
            N[STUCK] = missing(N, leaf)
            if N[STUCK] != TIME_UP:
                break
            if leaf >= N[STOP_LEAF]:
                stop_due(N, F, now, N[STOPS] + (leaf - N[STOP_LEAF]) * STOP_WORDS)
            elif leaf >= N[LOT_LEAF]:
                lot_due(N, F, now, N[LOTS] + (leaf - N[LOT_LEAF]) * LOT_WORDS)
            elif leaf >= N[CALENDAR_LEAF]:
                calendar_due(N, F, now, N[CALENDARS] + (leaf - N[CALENDAR_LEAF]) * CALENDAR_WORDS)
            else:
                source_due(N, F, now, N[SOURCES] + (leaf - N[FIRST_LEAF]) * SOURCE_WORDS)
        events += 1
        F[NOW] = now
        if N[AGENDA_HEAD] or N[PEOPLE_CHANGED]:
            settle(N, F, now)
    N[EVENTS] += events
    if N[STUCK] == TIME_UP:
        F[NOW] = until
    return N[STUCK]


def missing(N: Ints, leaf: int) -> int:
    """What must be provided before the event of ``leaf`` can occur: room for lots or for records; else 0."""
    if leaf < N[CALENDAR_LEAF]:
        source = N[SOURCES] + (leaf - N[FIRST_LEAF]) * SOURCE_WORDS
        if N[FREE_LOTS] < N[source + SOURCE_LOTS]:
            return WANTS_LOTS
    return RECORDS_FULL if N[RECORDS] * 2 > N[RECORD_ROOM] else TIME_UP


def settle(N: Ints, F: Floats, now: float) -> None:
    """Handle everything on the agenda, and what newly free people can do, until nothing is left."""
    while True:
        while N[AGENDA_HEAD]:
            row = take_up(N)
            if N[MACHINES] <= row < N[MACHINES_END]:
                if is_ready(N, row):
                    count_free(N, row, -1)
                    if not look(N, F, now, row):
                        count_free(N, row, 1)
            elif row >= N[LOTS]:
                go_on(N, F, now, row)
            else:
                admit(N, F, now, row)
        if N[PEOPLE_CHANGED] == 0:
            return
        N[PEOPLE_CHANGED] = 0
        call_people(N, F, now)


def go_on(N: Ints, F: Floats, now: float, lot: int) -> None:
    """Continue a lot that waited for a token or a transporter, or that is at its first step."""
    state = N[lot + LOT_STATE]
    if state == WANTS_TOKEN:
        if take_tokens(N, F, now, lot):
            join(N, F, now, lot)
    elif state == WANTS_FLEET:
        travel(N, F, now, lot, move_of(N, lot))
    elif state == TOO_LATE:
        if N[N[lot + LOT_LIMIT_BACK] + STEP_LIMIT_DEED] == SCRAPPED:
            leave(N, F, now, lot, 0)
        else:
            go(N, F, now, lot, N[lot + LOT_LIMIT_BACK])
    elif state == GOING:
        station = N[N[lot + LOT_STEP] + STEP_STATION]
        if station and N[station + STATION_ROOM] >= 0:
            N[station + STATION_RESERVED] += 1
        arrive(N, F, now, lot)


def admit(N: Ints, F: Floats, now: float, station: int) -> None:
    """Let lots that waited for a place come; a blocked machine is free when its last lot has left."""
    while N[station + STATION_BLOCKED_HEAD] and has_room(N, station):
        lot = N[station + STATION_BLOCKED_HEAD]
        N[station + STATION_BLOCKED_HEAD] = N[lot + LOT_NEXT]
        N[station + STATION_RESERVED] += 1
        machine = N[lot + LOT_MACHINE]
        N[lot + LOT_MACHINE] = 0
        set_out(N, F, now, lot, station)
        if machine:
            N[machine + MACHINE_ON] -= 1
            if N[machine + MACHINE_ON] == 0:
                set_free(N, F, now, machine)


def call_people(N: Ints, F: Floats, now: float) -> None:
    """Assign free people: first to repair and maintenance, then to attendance."""
    stop, before = N[REPAIR_HEAD], 0
    while stop:
        follower = N[stop + STOP_NEXT]
        person = person_for(N, N[stop + STOP_SKILL])
        if person:
            N[person + PERSON_BUSY] = 1
            F[person + PERSON_SINCE] = now
            N[stop + STOP_PERSON] = person
            if before:
                N[before + STOP_NEXT] = follower
            else:
                N[REPAIR_HEAD] = follower
            if follower == 0:
                N[REPAIR_TAIL] = before
            work_on_stop(N, F, now, stop)
        else:
            before = stop
        stop = follower
    station = N[STATIONS]
    while station < N[STATIONS_END]:
        if N[station + STATION_PEOPLE]:
            try_station(N, F, now, station)
        station += STATION_WORDS


def machine_due(N: Ints, F: Floats, now: float, machine: int) -> None:
    """End a setup or process, or interrupt it by a failure that counts running time."""
    if N[machine + MACHINE_STATE] == SETTING:
        if N[N[machine + MACHINE_STEP] + STEP_ATTEND] == DURING_SETUP and N[machine + MACHINE_PERSON]:
            dismiss(N, F, now, N[machine + MACHINE_PERSON])
            N[machine + MACHINE_PERSON] = 0
        N[machine + MACHINE_STATE] = PROCESSING
        rescore(N, F, now, machine, MACHINE_BUSY)
        run_on(N, F, now, machine, F[machine + MACHINE_WORK])
        return
    if N[machine + MACHINE_CUT]:
        stop = N[machine + MACHINE_CUT]
        begin_stop(N, F, now, stop)
        return
    end_operation(N, F, now, machine)


def end_operation(N: Ints, F: Floats, now: float, machine: int) -> None:
    """Send the lots on; the machine takes the next, or stays blocked by those that find no place."""
    count, step = N[machine + MACHINE_ON], N[machine + MACHINE_STEP]
    N[machine + MACHINE_OPERATIONS] += count
    N[OPERATIONS] += count
    lot = N[machine + MACHINE_CHAIN]
    if N[machine + MACHINE_COUNTS]:
        pieces, each = 0, lot
        while each:
            pieces += N[each + LOT_PIECES]
            each = N[each + LOT_MATE]
        if N[machine + MACHINE_COUNTS] == ANY_PIECES:
            N[machine + MACHINE_PIECES] += pieces
            if N[machine + MACHINE_PIECES] >= F[machine + MACHINE_NEAREST]:
                count_pieces(N, F, machine)
        else:
            count_use(N, F, machine, now - F[machine + MACHINE_RUN_FROM], pieces)
    if N[machine + MACHINE_PERSON]:
        dismiss(N, F, now, N[machine + MACHINE_PERSON])
        N[machine + MACHINE_PERSON] = 0
    if F[step + STEP_INTERVAL] > 0.0 or F[step + STEP_PIECE_INTERVAL] > 0.0:
        N[machine + MACHINE_ON] = 0
        set_free(N, F, now, machine)
        return
    stay = 0
    while lot:
        mate = N[lot + LOT_MATE]
        if not end_step(N, F, now, lot):
            stay += 1
        lot = mate
    N[machine + MACHINE_ON] = stay
    if stay:
        N[machine + MACHINE_STATE] = BLOCKED
        set_timer(N, F, machine, NEVER)
        rescore(N, F, now, machine, MACHINE_BLOCKED)
        if N[machine + MACHINE_DUE]:
            begin_due_stops(N, F, now, machine)
        return
    set_free(N, F, now, machine)


def set_free(N: Ints, F: Floats, now: float, machine: int) -> None:
    """Free the machine: due maintenance first, then the next lot, else it is idle."""
    was_blocked = N[machine + MACHINE_STATE] == BLOCKED
    if N[machine + MACHINE_DOWN]:
        N[machine + MACHINE_STATE] = FREE
        return
    if N[machine + MACHINE_DUE]:
        N[machine + MACHINE_STATE] = BLOCKED
        if not was_blocked:
            set_timer(N, F, machine, NEVER)
        begin_due_stops(N, F, now, machine)
        N[machine + MACHINE_STATE] = FREE
        if N[machine + MACHINE_DOWN]:
            return
    if N[machine + MACHINE_SHUT] == 0 and look(N, F, now, machine):
        return
    N[machine + MACHINE_STATE] = FREE
    if not was_blocked:
        set_timer(N, F, machine, NEVER)
    if N[machine + MACHINE_SHUT]:
        rescore(N, F, now, machine, MACHINE_OFF)
        return
    rescore(N, F, now, machine, MACHINE_BUSY if N[machine + MACHINE_PIPE] else MACHINE_IDLE)
    count_free(N, machine, 1)


def lot_due(N: Ints, F: Floats, now: float, lot: int) -> None:
    """End a lot's transport, delay or time in a pipe."""
    state = N[lot + LOT_STATE]
    if state == MOVING:
        end_travel(N, F, now, lot)
        return
    if state == IN_PIPE:
        leave_pipe(N, lot)
        machine = N[lot + LOT_MACHINE]
        N[lot + LOT_MACHINE] = 0
        if N[machine + MACHINE_PIPE] == 0 and is_ready(N, machine):
            rescore(N, F, now, machine, MACHINE_IDLE)
    else:
        N[OPERATIONS] += 1
    end_step(N, F, now, lot)
    if N[lot + LOT_STATE] not in (MOVING, DELAYED, IN_PIPE):
        set_timer(N, F, lot, NEVER)


def source_due(N: Ints, F: Floats, now: float, source: int) -> None:
    """Let lots arrive and draw the next arrival."""
    n, key = N[source + SOURCE_N], N[source + SOURCE_KEY]
    first, end = N[source + SOURCE_MIX], N[source + SOURCE_MIX_END]
    for number in range(N[source + SOURCE_LOTS]):
        cls = first
        if end - first > CLASS_WORDS:
            u = uniform(N, key, 2 * (n + number * 1000003) + 1)
            while cls + CLASS_WORDS < end and u >= F[cls + CLASS_SHARE]:
                cls += CLASS_WORDS
        station = N[N[cls + CLASS_STEP] + STEP_STATION]
        if N[source + SOURCE_LOSES] and station and not has_room(N, station):
            N[cls + CLASS_LOST] += 1
        else:
            go(N, F, now, release(N, F, now, cls), N[cls + CLASS_STEP])
    N[source + SOURCE_N] = n + 1
    if N[source + SOURCE_LEFT] > 0:
        N[source + SOURCE_LEFT] -= 1
    if N[source + SOURCE_LEFT] == 0:
        set_timer(N, F, source, NEVER)
        return
    set_timer(N, F, source, now + sample(N, F, N[source + SOURCE_GAP], key, 2 * (n + 1)))


def stop_due(N: Ints, F: Floats, now: float, stop: int) -> None:
    """Handle a failure, maintenance becoming due, or the end of the work on either."""
    machine = N[stop + STOP_MACHINE]
    if N[stop + STOP_STATE] == ARMED:
        F[stop + STOP_AT] = now
        busy = N[machine + MACHINE_STATE] == SETTING or N[machine + MACHINE_STATE] == PROCESSING
        if busy and not N[stop + STOP_FAILURE]:
            N[stop + STOP_STATE] = DUE
            N[machine + MACHINE_DUE] += 1
            set_timer(N, F, stop, NEVER)
        else:
            begin_stop(N, F, now, stop)
        return
    if N[stop + STOP_PERSON]:
        dismiss(N, F, now, N[stop + STOP_PERSON])
        N[stop + STOP_PERSON] = 0
    arm(N, F, now, stop)
    come_up(N, F, now, machine)


def arm(N: Ints, F: Floats, now: float, stop: int) -> None:
    """Draw when the stop occurs next."""
    machine = N[stop + STOP_MACHINE]
    lazy = N[machine + MACHINE_COUNTS] == ANY_PIECES and N[stop + STOP_TRIGGER] == BY_PIECES
    if lazy:
        count_pieces(N, F, machine)
    N[stop + STOP_N] += 1
    N[stop + STOP_STATE] = ARMED
    gap = sample(N, F, N[stop + STOP_GAP], N[stop + STOP_KEY], 2 * N[stop + STOP_N])
    if N[stop + STOP_TRIGGER] == BY_CLOCK:
        start = F[stop + STOP_AT] if N[stop + STOP_FIXED] else now
        set_timer(N, F, stop, max(now, start + gap))
        return
    F[stop + STOP_LEFT] = gap + (F[stop + STOP_LEFT] if N[stop + STOP_FIXED] else 0.0)
    if lazy:
        F[machine + MACHINE_NEAREST] = min(F[machine + MACHINE_NEAREST], F[stop + STOP_LEFT])
    set_timer(N, F, stop, NEVER)


def calendar_due(N: Ints, F: Floats, now: float, calendar: int) -> None:
    """Begin or end a shift."""
    edge = N[calendar + CALENDAR_NEXT]
    turn(N, F, now, calendar, N[edge + EDGE_OPEN])
    edge += EDGE_WORDS
    if edge == N[calendar + CALENDAR_EDGE_END]:
        edge = N[calendar + CALENDAR_EDGE]
        F[calendar + CALENDAR_START] += F[calendar + CALENDAR_PERIOD]
    N[calendar + CALENDAR_NEXT] = edge
    set_timer(N, F, calendar, F[calendar + CALENDAR_START] + F[edge + EDGE_AT])


def turn(N: Ints, F: Floats, now: float, calendar: int, opens: int) -> None:
    """Let the machines and people that follow the calendar begin or end their shift."""
    link = N[calendar + CALENDAR_LINK]
    while link < N[calendar + CALENDAR_LINK_END]:
        machine, person = N[link + LINK_MACHINE], N[link + LINK_PERSON]
        if person:
            N[person + PERSON_HERE] = opens
            N[PEOPLE_CHANGED] = 1
        elif N[link + LINK_FINISH] == 0:
            if opens:
                come_up(N, F, now, machine)
            else:
                go_down(N, F, now, machine, MACHINE_OFF)
        elif N[machine + MACHINE_SHUT] == opens:
            shut(N, F, now, machine, 1 - opens)
        link += LINK_WORDS


def shut(N: Ints, F: Floats, now: float, machine: int, shuts: int) -> None:
    """Stop starting work, or start again."""
    ready = N[machine + MACHINE_STATE] == FREE and N[machine + MACHINE_DOWN] == 0
    N[machine + MACHINE_SHUT] = shuts
    if ready:
        rescore(N, F, now, machine, MACHINE_OFF if shuts else MACHINE_IDLE)
        count_free(N, machine, -1 if shuts else 1)
        if not shuts:
            put(N, machine)
