"""The event loop, and the action for each kind of event."""

from nightmill.simulation.factory.kernel import codes as k
from nightmill.simulation.factory.kernel import columns as c
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
    """Run to ``until``; returns why the run ended: time is up, or Python must first add lot rows or read the records."""
    root, events = N[c.TREE], 0
    N[c.STUCK] = k.TIME_UP
    settle(N, F, F[c.NOW])
    while F[root] <= until:
        now, leaf = F[root], first_leaf(N)
        if N[c.MACHINE_LEAF] <= leaf < N[c.STOP_LEAF]:
            machine_due(N, F, now, N[c.MACHINES] + (leaf - N[c.MACHINE_LEAF]) * c.MACHINE_WORDS)
        else:
            N[c.STUCK] = missing(N, leaf)
            if N[c.STUCK] != k.TIME_UP:
                break
            if leaf >= N[c.STOP_LEAF]:
                stop_due(N, F, now, N[c.STOPS] + (leaf - N[c.STOP_LEAF]) * c.STOP_WORDS)
            elif leaf >= N[c.LOT_LEAF]:
                lot_due(N, F, now, N[c.LOTS] + (leaf - N[c.LOT_LEAF]) * c.LOT_WORDS)
            elif leaf >= N[c.CALENDAR_LEAF]:
                calendar_due(N, F, now, N[c.CALENDARS] + (leaf - N[c.CALENDAR_LEAF]) * c.CALENDAR_WORDS)
            else:
                source_due(N, F, now, N[c.SOURCES] + (leaf - N[c.FIRST_LEAF]) * c.SOURCE_WORDS)
        events += 1
        F[c.NOW] = now
        if N[c.AGENDA_HEAD] or N[c.PEOPLE_CHANGED]:
            settle(N, F, now)
    N[c.EVENTS] += events
    if N[c.STUCK] == k.TIME_UP:
        F[c.NOW] = until
    return N[c.STUCK]


def missing(N: Ints, leaf: int) -> int:
    """Return the space that must be provided before the event of ``leaf`` can occur: for lots or for records; else 0."""
    if leaf < N[c.CALENDAR_LEAF]:
        source = N[c.SOURCES] + (leaf - N[c.FIRST_LEAF]) * c.SOURCE_WORDS
        if N[c.FREE_LOTS] < N[source + c.SOURCE_LOTS]:
            return k.WANTS_LOTS
    return k.RECORDS_FULL if N[c.RECORDS] * 2 > N[c.RECORD_ROOM] else k.TIME_UP


def settle(N: Ints, F: Floats, now: float) -> None:
    """Handle everything on the agenda, and the work for newly free people, until nothing is left."""
    while True:
        while N[c.AGENDA_HEAD]:
            row = take_up(N)
            if N[c.MACHINES] <= row < N[c.MACHINES_END]:
                if is_ready(N, row):
                    count_free(N, row, -1)
                    if not look(N, F, now, row):
                        count_free(N, row, 1)
            elif row >= N[c.LOTS]:
                go_on(N, F, now, row)
            else:
                admit(N, F, now, row)
        if N[c.PEOPLE_CHANGED] == 0:
            return
        N[c.PEOPLE_CHANGED] = 0
        call_people(N, F, now)


def go_on(N: Ints, F: Floats, now: float, lot: int) -> None:
    """Let a lot continue that waited for a token or a transporter, or that is at its first step."""
    state = N[lot + c.LOT_STATE]
    if state == k.WANTS_TOKEN:
        if take_tokens(N, F, now, lot):
            join(N, F, now, lot)
    elif state == k.WANTS_FLEET:
        travel(N, F, now, lot, move_of(N, lot))
    elif state == k.TOO_LATE:
        if N[N[lot + c.LOT_LIMIT_BACK] + c.STEP_LIMIT_DEED] == k.SCRAPPED:
            leave(N, F, now, lot, 0)
        else:
            go(N, F, now, lot, N[lot + c.LOT_LIMIT_BACK])
    elif state == k.GOING:
        station = N[N[lot + c.LOT_STEP] + c.STEP_STATION]
        if station and N[station + c.STATION_ROOM] >= 0:
            N[station + c.STATION_RESERVED] += 1
        arrive(N, F, now, lot)


def admit(N: Ints, F: Floats, now: float, station: int) -> None:
    """Admit lots that waited for a place; a blocked machine is free when its last lot has left."""
    while N[station + c.STATION_BLOCKED_HEAD] and has_room(N, station):
        lot = N[station + c.STATION_BLOCKED_HEAD]
        N[station + c.STATION_BLOCKED_HEAD] = N[lot + c.LOT_NEXT]
        N[station + c.STATION_RESERVED] += 1
        machine = N[lot + c.LOT_MACHINE]
        N[lot + c.LOT_MACHINE] = 0
        set_out(N, F, now, lot, station)
        if machine:
            N[machine + c.MACHINE_ON] -= 1
            if N[machine + c.MACHINE_ON] == 0:
                set_free(N, F, now, machine)


def call_people(N: Ints, F: Floats, now: float) -> None:
    """Assign free people, first to repair and maintenance, then to attending machines."""
    stop, before = N[c.REPAIR_HEAD], 0
    while stop:
        follower = N[stop + c.STOP_NEXT]
        person = person_for(N, N[stop + c.STOP_SKILL])
        if person:
            N[person + c.PERSON_BUSY] = 1
            F[person + c.PERSON_SINCE] = now
            N[stop + c.STOP_PERSON] = person
            if before:
                N[before + c.STOP_NEXT] = follower
            else:
                N[c.REPAIR_HEAD] = follower
            if follower == 0:
                N[c.REPAIR_TAIL] = before
            work_on_stop(N, F, now, stop)
        else:
            before = stop
        stop = follower
    station = N[c.STATIONS]
    while station < N[c.STATIONS_END]:
        if N[station + c.STATION_PEOPLE]:
            try_station(N, F, now, station)
        station += c.STATION_WORDS


def machine_due(N: Ints, F: Floats, now: float, machine: int) -> None:
    """End a setup or process, or interrupt it by a failure that counts running time."""
    if N[machine + c.MACHINE_STATE] == k.SETTING:
        if N[N[machine + c.MACHINE_STEP] + c.STEP_ATTEND] == k.DURING_SETUP and N[machine + c.MACHINE_PERSON]:
            dismiss(N, F, now, N[machine + c.MACHINE_PERSON])
            N[machine + c.MACHINE_PERSON] = 0
        N[machine + c.MACHINE_STATE] = k.PROCESSING
        rescore(N, F, now, machine, c.MACHINE_BUSY)
        run_on(N, F, now, machine, F[machine + c.MACHINE_WORK])
        return
    if N[machine + c.MACHINE_CUT]:
        stop = N[machine + c.MACHINE_CUT]
        begin_stop(N, F, now, stop)
        return
    end_operation(N, F, now, machine)


def end_operation(N: Ints, F: Floats, now: float, machine: int) -> None:
    """Send the lots on; the machine takes the next lot, or stays blocked by lots that find no place."""
    count, step = N[machine + c.MACHINE_ON], N[machine + c.MACHINE_STEP]
    N[machine + c.MACHINE_OPERATIONS] += count
    N[c.OPERATIONS] += count
    lot = N[machine + c.MACHINE_CHAIN]
    if N[machine + c.MACHINE_COUNTS]:
        pieces, each = 0, lot
        while each:
            pieces += N[each + c.LOT_PIECES]
            each = N[each + c.LOT_MATE]
        if N[machine + c.MACHINE_COUNTS] == k.ANY_PIECES:
            N[machine + c.MACHINE_PIECES] += pieces
            if N[machine + c.MACHINE_PIECES] >= F[machine + c.MACHINE_NEAREST]:
                count_pieces(N, F, machine)
        else:
            count_use(N, F, machine, now - F[machine + c.MACHINE_RUN_FROM], pieces)
    if N[machine + c.MACHINE_PERSON]:
        dismiss(N, F, now, N[machine + c.MACHINE_PERSON])
        N[machine + c.MACHINE_PERSON] = 0
    if F[step + c.STEP_INTERVAL] > 0.0 or F[step + c.STEP_PIECE_INTERVAL] > 0.0:
        N[machine + c.MACHINE_ON] = 0
        set_free(N, F, now, machine)
        return
    stay = 0
    while lot:
        mate = N[lot + c.LOT_MATE]
        if not end_step(N, F, now, lot):
            stay += 1
        lot = mate
    N[machine + c.MACHINE_ON] = stay
    if stay:
        N[machine + c.MACHINE_STATE] = k.BLOCKED
        set_timer(N, F, machine, NEVER)
        rescore(N, F, now, machine, c.MACHINE_BLOCKED)
        if N[machine + c.MACHINE_DUE]:
            begin_due_stops(N, F, now, machine)
        return
    set_free(N, F, now, machine)


def set_free(N: Ints, F: Floats, now: float, machine: int) -> None:
    """Free the machine: maintenance that is due comes first, then the next lot; otherwise the machine is idle."""
    was_blocked = N[machine + c.MACHINE_STATE] == k.BLOCKED
    if N[machine + c.MACHINE_DOWN]:
        N[machine + c.MACHINE_STATE] = k.FREE
        return
    if N[machine + c.MACHINE_DUE]:
        N[machine + c.MACHINE_STATE] = k.BLOCKED
        if not was_blocked:
            set_timer(N, F, machine, NEVER)
        begin_due_stops(N, F, now, machine)
        N[machine + c.MACHINE_STATE] = k.FREE
        if N[machine + c.MACHINE_DOWN]:
            return
    if N[machine + c.MACHINE_SHUT] == 0 and look(N, F, now, machine):
        return
    N[machine + c.MACHINE_STATE] = k.FREE
    if not was_blocked:
        set_timer(N, F, machine, NEVER)
    if N[machine + c.MACHINE_SHUT]:
        rescore(N, F, now, machine, c.MACHINE_OFF)
        return
    rescore(N, F, now, machine, c.MACHINE_BUSY if N[machine + c.MACHINE_PIPE] else c.MACHINE_IDLE)
    count_free(N, machine, 1)


def lot_due(N: Ints, F: Floats, now: float, lot: int) -> None:
    """End a lot's transport, delay or time in a pipe."""
    state = N[lot + c.LOT_STATE]
    if state == k.MOVING:
        end_travel(N, F, now, lot)
        return
    if state == k.IN_PIPE:
        leave_pipe(N, lot)
        machine = N[lot + c.LOT_MACHINE]
        N[lot + c.LOT_MACHINE] = 0
        if N[machine + c.MACHINE_PIPE] == 0 and is_ready(N, machine):
            rescore(N, F, now, machine, c.MACHINE_IDLE)
    else:
        N[c.OPERATIONS] += 1
    end_step(N, F, now, lot)
    if N[lot + c.LOT_STATE] not in (k.MOVING, k.DELAYED, k.IN_PIPE):
        set_timer(N, F, lot, NEVER)


def source_due(N: Ints, F: Floats, now: float, source: int) -> None:
    """Let lots arrive and draw the next arrival."""
    n, key = N[source + c.SOURCE_N], N[source + c.SOURCE_KEY]
    first, end = N[source + c.SOURCE_MIX], N[source + c.SOURCE_MIX_END]
    for number in range(N[source + c.SOURCE_LOTS]):
        cls = first
        if end - first > c.CLASS_WORDS:
            u = uniform(N, key, 2 * (n + number * 1000003) + 1)
            while cls + c.CLASS_WORDS < end and u >= F[cls + c.CLASS_SHARE]:
                cls += c.CLASS_WORDS
        station = N[N[cls + c.CLASS_STEP] + c.STEP_STATION]
        if N[source + c.SOURCE_LOSES] and station and not has_room(N, station):
            N[cls + c.CLASS_LOST] += 1
        else:
            go(N, F, now, release(N, F, now, cls), N[cls + c.CLASS_STEP])
    N[source + c.SOURCE_N] = n + 1
    if N[source + c.SOURCE_LEFT] > 0:
        N[source + c.SOURCE_LEFT] -= 1
    if N[source + c.SOURCE_LEFT] == 0:
        set_timer(N, F, source, NEVER)
        return
    set_timer(N, F, source, now + sample(N, F, N[source + c.SOURCE_GAP], key, 2 * (n + 1)))


def stop_due(N: Ints, F: Floats, now: float, stop: int) -> None:
    """Handle a failure, maintenance that becomes due, or the end of a repair or maintenance."""
    machine = N[stop + c.STOP_MACHINE]
    if N[stop + c.STOP_STATE] == k.ARMED:
        F[stop + c.STOP_AT] = now
        busy = N[machine + c.MACHINE_STATE] == k.SETTING or N[machine + c.MACHINE_STATE] == k.PROCESSING
        if busy and not N[stop + c.STOP_FAILURE]:
            N[stop + c.STOP_STATE] = k.DUE
            N[machine + c.MACHINE_DUE] += 1
            set_timer(N, F, stop, NEVER)
        else:
            begin_stop(N, F, now, stop)
        return
    if N[stop + c.STOP_PERSON]:
        dismiss(N, F, now, N[stop + c.STOP_PERSON])
        N[stop + c.STOP_PERSON] = 0
    arm(N, F, now, stop)
    come_up(N, F, now, machine)


def arm(N: Ints, F: Floats, now: float, stop: int) -> None:
    """Draw when the stop occurs next."""
    machine = N[stop + c.STOP_MACHINE]
    lazy = N[machine + c.MACHINE_COUNTS] == k.ANY_PIECES and N[stop + c.STOP_TRIGGER] == k.BY_PIECES
    if lazy:
        count_pieces(N, F, machine)
    N[stop + c.STOP_N] += 1
    N[stop + c.STOP_STATE] = k.ARMED
    gap = sample(N, F, N[stop + c.STOP_GAP], N[stop + c.STOP_KEY], 2 * N[stop + c.STOP_N])
    if N[stop + c.STOP_TRIGGER] == k.BY_CLOCK:
        start = F[stop + c.STOP_AT] if N[stop + c.STOP_FIXED] else now
        set_timer(N, F, stop, max(now, start + gap))
        return
    F[stop + c.STOP_LEFT] = gap + (F[stop + c.STOP_LEFT] if N[stop + c.STOP_FIXED] else 0.0)
    if lazy:
        F[machine + c.MACHINE_NEAREST] = min(F[machine + c.MACHINE_NEAREST], F[stop + c.STOP_LEFT])
    set_timer(N, F, stop, NEVER)


def calendar_due(N: Ints, F: Floats, now: float, calendar: int) -> None:
    """Start or end a shift."""
    edge = N[calendar + c.CALENDAR_NEXT]
    turn(N, F, now, calendar, N[edge + c.EDGE_OPEN])
    edge += c.EDGE_WORDS
    if edge == N[calendar + c.CALENDAR_EDGE_END]:
        edge = N[calendar + c.CALENDAR_EDGE]
        F[calendar + c.CALENDAR_START] += F[calendar + c.CALENDAR_PERIOD]
    N[calendar + c.CALENDAR_NEXT] = edge
    set_timer(N, F, calendar, F[calendar + c.CALENDAR_START] + F[edge + c.EDGE_AT])


def turn(N: Ints, F: Floats, now: float, calendar: int, opens: int) -> None:
    """Let the machines and people that follow the calendar start or end their shift."""
    link = N[calendar + c.CALENDAR_LINK]
    while link < N[calendar + c.CALENDAR_LINK_END]:
        machine, person = N[link + c.LINK_MACHINE], N[link + c.LINK_PERSON]
        if person:
            N[person + c.PERSON_HERE] = opens
            N[c.PEOPLE_CHANGED] = 1
        elif N[link + c.LINK_FINISH] == 0:
            if opens:
                come_up(N, F, now, machine)
            else:
                go_down(N, F, now, machine, c.MACHINE_OFF)
        elif N[machine + c.MACHINE_SHUT] == opens:
            shut(N, F, now, machine, 1 - opens)
        link += c.LINK_WORDS


def shut(N: Ints, F: Floats, now: float, machine: int, shuts: int) -> None:
    """Start no more work, or resume starting work."""
    ready = N[machine + c.MACHINE_STATE] == k.FREE and N[machine + c.MACHINE_DOWN] == 0
    N[machine + c.MACHINE_SHUT] = shuts
    if ready:
        rescore(N, F, now, machine, c.MACHINE_OFF if shuts else c.MACHINE_IDLE)
        count_free(N, machine, -1 if shuts else 1)
        if not shuts:
            put(N, machine)
