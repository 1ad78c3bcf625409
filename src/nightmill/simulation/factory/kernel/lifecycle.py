"""Start and end of a replication: random keys and first event times; statistics brought up to date."""

from nightmill.simulation.factory.kernel.codes import BY_CLOCK, GOING
from nightmill.simulation.factory.kernel.columns import (
    CALENDAR_EDGE,
    CALENDAR_EDGE_END,
    CALENDAR_WORDS,
    CALENDARS,
    CALENDARS_END,
    CLASS_KEY,
    CLASS_WORDS,
    CLASSES,
    CLASSES_END,
    EDGE_AT,
    EDGE_OPEN,
    EDGE_WORDS,
    LOT_CLASS,
    LOT_KEY,
    LOT_SERIAL,
    LOT_STATE,
    LOT_WORDS,
    LOTS,
    LOTS_END,
    MACHINE_BUSY,
    MACHINE_IDLE,
    MACHINE_SCORE,
    MACHINE_WORDS,
    MACHINES,
    MACHINES_END,
    MASK,
    PERSON_BUSY,
    PERSON_SINCE,
    PERSON_WORDS,
    PERSON_WORKED,
    PERSONS,
    PERSONS_END,
    SEED,
    SOURCE_FIRST,
    SOURCE_GAP,
    SOURCE_KEY,
    SOURCE_LEFT,
    SOURCE_WORDS,
    SOURCES,
    SOURCES_END,
    STATION_AREA,
    STATION_SINCE,
    STATION_WAITING,
    STATION_WORDS,
    STATIONS,
    STATIONS_END,
    STOP_FIRST,
    STOP_KEY,
    STOP_LEFT,
    STOP_TRIGGER,
    STOP_WORDS,
    STOPS,
    STOPS_END,
)
from nightmill.simulation.factory.kernel.event_queue import put, set_timer
from nightmill.simulation.factory.kernel.events import turn
from nightmill.simulation.factory.kernel.lots import count_inside
from nightmill.simulation.factory.kernel.machines import rescore
from nightmill.simulation.factory.kernel.random_draws import Floats, Ints, mixed, sample, stream


def open_run(N: Ints, F: Floats, seed: int) -> None:
    """Turn the laid-out memory into a separate replication at time 0; ``seed`` is its key."""
    N[SEED] = seed & N[MASK]
    cls = N[CLASSES]
    while cls < N[CLASSES_END]:
        N[cls + CLASS_KEY] = mixed(N, N[cls + CLASS_KEY] ^ N[SEED])
        cls += CLASS_WORDS
    source = N[SOURCES]
    while source < N[SOURCES_END]:
        key = mixed(N, N[source + SOURCE_KEY] ^ N[SEED])
        N[source + SOURCE_KEY] = key
        if N[source + SOURCE_LEFT] != 0:
            first = F[source + SOURCE_FIRST]
            if first < 0.0:
                first = sample(N, F, N[source + SOURCE_GAP], key, 0)
            set_timer(N, F, source, first)
        source += SOURCE_WORDS
    stop = N[STOPS]
    while stop < N[STOPS_END]:
        open_stop(N, F, stop)
        stop += STOP_WORDS
    calendar = N[CALENDARS]
    while calendar < N[CALENDARS_END]:
        edge = N[calendar + CALENDAR_EDGE]
        if N[N[calendar + CALENDAR_EDGE_END] - EDGE_WORDS + EDGE_OPEN] == 0:
            turn(N, F, 0.0, calendar, 0)
        set_timer(N, F, calendar, F[edge + EDGE_AT])
        calendar += CALENDAR_WORDS
    lot = N[LOTS]
    while lot < N[LOTS_END]:
        if N[lot + LOT_STATE] == GOING:
            N[lot + LOT_KEY] = stream(N, N[N[lot + LOT_CLASS] + CLASS_KEY], N[lot + LOT_SERIAL])
            put(N, lot)
        lot += LOT_WORDS


def open_stop(N: Ints, F: Floats, stop: int) -> None:
    """Arm a stop for the first time."""
    N[stop + STOP_KEY] = mixed(N, N[stop + STOP_KEY] ^ N[SEED])
    first = sample(N, F, N[stop + STOP_FIRST], N[stop + STOP_KEY], 0)
    if N[stop + STOP_TRIGGER] == BY_CLOCK:
        set_timer(N, F, stop, first)
    else:
        F[stop + STOP_LEFT] = first


def bring_up_to_date(N: Ints, F: Floats, now: float) -> None:
    """Extend every time integral to ``now``."""
    count_inside(N, F, now, 0)
    machine = N[MACHINES]
    while machine < N[MACHINES_END]:
        score = N[machine + MACHINE_SCORE]
        if score == MACHINE_BUSY:
            rescore(N, F, now, machine, MACHINE_IDLE)
        rescore(N, F, now, machine, score)
        machine += MACHINE_WORDS
    station = N[STATIONS]
    while station < N[STATIONS_END]:
        F[station + STATION_AREA] += N[station + STATION_WAITING] * (now - F[station + STATION_SINCE])
        F[station + STATION_SINCE] = now
        station += STATION_WORDS
    person = N[PERSONS]
    while person < N[PERSONS_END]:
        if N[person + PERSON_BUSY]:
            F[person + PERSON_WORKED] += now - F[person + PERSON_SINCE]
        F[person + PERSON_SINCE] = now
        person += PERSON_WORDS
