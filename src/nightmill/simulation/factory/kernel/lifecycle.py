"""Start and end of a replication: set random keys and first event times; bring the statistics up to date."""

from nightmill.simulation.factory.kernel import columns as c
from nightmill.simulation.factory.kernel.codes import BY_CLOCK, GOING
from nightmill.simulation.factory.kernel.event_queue import put, set_timer
from nightmill.simulation.factory.kernel.events import turn
from nightmill.simulation.factory.kernel.lots import count_inside
from nightmill.simulation.factory.kernel.machines import rescore
from nightmill.simulation.factory.kernel.random_draws import Floats, Ints, mixed, sample, stream


def open_run(N: Ints, F: Floats, seed: int) -> None:
    """Turn the laid-out memory into a separate replication at time 0; ``seed`` is its key."""
    N[c.SEED] = seed & N[c.MASK]
    cls = N[c.CLASSES]
    while cls < N[c.CLASSES_END]:
        N[cls + c.CLASS_KEY] = mixed(N, N[cls + c.CLASS_KEY] ^ N[c.SEED])
        cls += c.CLASS_WORDS
    source = N[c.SOURCES]
    while source < N[c.SOURCES_END]:
        key = mixed(N, N[source + c.SOURCE_KEY] ^ N[c.SEED])
        N[source + c.SOURCE_KEY] = key
        if N[source + c.SOURCE_LEFT] != 0:
            first = F[source + c.SOURCE_FIRST]
            if first < 0.0:
                first = sample(N, F, N[source + c.SOURCE_GAP], key, 0)
            set_timer(N, F, source, first)
        source += c.SOURCE_WORDS
    stop = N[c.STOPS]
    while stop < N[c.STOPS_END]:
        open_stop(N, F, stop)
        stop += c.STOP_WORDS
    calendar = N[c.CALENDARS]
    while calendar < N[c.CALENDARS_END]:
        edge = N[calendar + c.CALENDAR_EDGE]
        if N[N[calendar + c.CALENDAR_EDGE_END] - c.EDGE_WORDS + c.EDGE_OPEN] == 0:
            turn(N, F, 0.0, calendar, 0)
        set_timer(N, F, calendar, F[edge + c.EDGE_AT])
        calendar += c.CALENDAR_WORDS
    lot = N[c.LOTS]
    while lot < N[c.LOTS_END]:
        if N[lot + c.LOT_STATE] == GOING:
            N[lot + c.LOT_KEY] = stream(N, N[N[lot + c.LOT_CLASS] + c.CLASS_KEY], N[lot + c.LOT_SERIAL])
            put(N, lot)
        lot += c.LOT_WORDS


def open_stop(N: Ints, F: Floats, stop: int) -> None:
    """Arm a stop for the first time."""
    N[stop + c.STOP_KEY] = mixed(N, N[stop + c.STOP_KEY] ^ N[c.SEED])
    first = sample(N, F, N[stop + c.STOP_FIRST], N[stop + c.STOP_KEY], 0)
    if N[stop + c.STOP_TRIGGER] == BY_CLOCK:
        set_timer(N, F, stop, first)
    else:
        F[stop + c.STOP_LEFT] = first


def bring_up_to_date(N: Ints, F: Floats, now: float) -> None:
    """Extend every time integral to ``now``."""
    count_inside(N, F, now, 0)
    machine = N[c.MACHINES]
    while machine < N[c.MACHINES_END]:
        score = N[machine + c.MACHINE_SCORE]
        if score == c.MACHINE_BUSY:
            rescore(N, F, now, machine, c.MACHINE_IDLE)
        rescore(N, F, now, machine, score)
        machine += c.MACHINE_WORDS
    station = N[c.STATIONS]
    while station < N[c.STATIONS_END]:
        F[station + c.STATION_AREA] += N[station + c.STATION_WAITING] * (now - F[station + c.STATION_SINCE])
        F[station + c.STATION_SINCE] = now
        station += c.STATION_WORDS
    person = N[c.PERSONS]
    while person < N[c.PERSONS_END]:
        if N[person + c.PERSON_BUSY]:
            F[person + c.PERSON_WORKED] += now - F[person + c.PERSON_SINCE]
        F[person + c.PERSON_SINCE] = now
        person += c.PERSON_WORDS
