"""Waiting lots: the queue of a station, its order by the rule, and which lot a machine may take."""

from nightmill.simulation.factory.kernel.codes import (
    ARRIVED,
    BY_CHANCE,
    CRITICAL_RATIO,
    DUE_DATE,
    DURING_SETUP,
    LIMIT_AT,
    PIECES,
    PRIORITY,
    RANK,
    RELEASED,
    SETUP_TIME,
    SLACK,
    STEPS_LEFT,
    WAITING,
    WORK_LEFT,
    WORK_NOW,
)
from nightmill.simulation.factory.kernel.columns import (
    FAMILY_WAITING,
    LOT_ARRIVED,
    LOT_BEFORE,
    LOT_DUE,
    LOT_KEPT_1,
    LOT_KEY,
    LOT_LIMIT,
    LOT_LIMIT_STEP,
    LOT_MACHINE,
    LOT_NEXT,
    LOT_PIECES,
    LOT_PRIORITY,
    LOT_RANK,
    LOT_RELEASED,
    LOT_STATE,
    LOT_STEP,
    LOT_VISIT,
    MACHINE_RUN_LEFT,
    MACHINE_SETUP,
    PERSON_BUSY,
    PERSON_HERE,
    PERSON_SKILLS,
    PERSON_WORDS,
    PERSONS,
    PERSONS_END,
    SETUP_AT,
    SETUPS,
    STATION_AREA,
    STATION_BLOCKED_HEAD,
    STATION_BY_SETUP,
    STATION_HEAD,
    STATION_ORDER,
    STATION_ORDER_END,
    STATION_ORDER_SETUP,
    STATION_PLAIN,
    STATION_SINCE,
    STATION_SORTED,
    STATION_TAIL,
    STATION_TERM,
    STATION_TERM_END,
    STATION_WAITING,
    STEP_ATTEND,
    STEP_BATCH,
    STEP_BATCH_MIN,
    STEP_COUNT_LEFT,
    STEP_LAST,
    STEP_LEFT,
    STEP_MEAN,
    STEP_OWN_SETUP,
    STEP_PIECE_LEFT,
    STEP_PIECE_MEAN,
    STEP_RETURN,
    STEP_SETUP,
    STEP_SKILL,
    STEP_STATION,
    STEP_WORDS,
    TERM_FEATURE,
    TERM_KEY,
    TERM_WEIGHT,
    TERM_WORDS,
)
from nightmill.simulation.factory.kernel.event_queue import put
from nightmill.simulation.factory.kernel.random_draws import RANDOM, Floats, Ints, uniform


def feature(N: Ints, F: Floats, now: float, lot: int, machine: int, code: int) -> float:
    """The value of a rule's feature for a waiting lot and a machine that could take it."""
    step = N[lot + LOT_STEP]
    if code == ARRIVED:
        return F[lot + LOT_ARRIVED]
    if code == PRIORITY:
        return F[lot + LOT_PRIORITY]
    if code == SETUP_TIME:
        return setup_time(N, F, machine, step)
    if code == DUE_DATE:
        return F[lot + LOT_DUE]
    if code == RELEASED:
        return F[lot + LOT_RELEASED]
    return rarer_feature(N, F, now, lot, step, code)


def work_left(N: Ints, F: Floats, lot: int, step: int) -> float:
    """Mean process time of ``step`` and all following steps for the lot's number of pieces."""
    return F[step + STEP_LEFT] + N[lot + LOT_PIECES] * F[step + STEP_PIECE_LEFT]


def rarer_feature(N: Ints, F: Floats, now: float, lot: int, step: int, code: int) -> float:
    """The features that few rules use."""
    if code == CRITICAL_RATIO:
        return (F[lot + LOT_DUE] - now) / max(work_left(N, F, lot, step), 1e-9)
    if code == SLACK:
        return F[lot + LOT_DUE] - work_left(N, F, lot, step)
    if code == WORK_NOW:
        return F[step + STEP_MEAN] + N[lot + LOT_PIECES] * F[step + STEP_PIECE_MEAN]
    if code == WORK_LEFT:
        return work_left(N, F, lot, step)
    if code == STEPS_LEFT:
        return F[step + STEP_COUNT_LEFT]
    if code == LIMIT_AT:
        return F[lot + LOT_LIMIT] if N[lot + LOT_LIMIT_STEP] == step else 1e300
    if code == RANK:
        return F[lot + LOT_RANK]
    if code == BY_CHANCE:
        return uniform(N, N[lot + LOT_KEY], N[lot + LOT_VISIT] * 8 + RANDOM)
    if code == PIECES:
        return float(N[lot + LOT_PIECES])
    follower = step + STEP_WORDS
    if N[step + STEP_LAST] or N[follower + STEP_STATION] == 0:
        return 0.0
    return float(N[N[follower + STEP_STATION] + STATION_WAITING])


def goes_before(N: Ints, F: Floats, now: float, one: int, other: int, machine: int, station: int) -> bool:
    """Return whether the rule of ``station`` puts ``one`` strictly before ``other``."""
    return ranks_before(N, F, now, one, other, machine, N[station + STATION_TERM], N[station + STATION_TERM_END])


def ranks_before(N: Ints, F: Floats, now: float, one: int, other: int, machine: int, term: int, end: int) -> bool:
    """Return whether the terms from ``term`` on put ``one`` strictly before ``other``: successive keys, each a weighted
    sum.
    """
    key = -1
    mine = theirs = 0.0
    while term < end:
        if N[term + TERM_KEY] != key:
            if mine != theirs:
                return mine < theirs
            key = N[term + TERM_KEY]
            mine = theirs = 0.0
        code, weight = N[term + TERM_FEATURE], F[term + TERM_WEIGHT]
        mine += weight * feature(N, F, now, one, machine, code)
        theirs += weight * feature(N, F, now, other, machine, code)
        term += TERM_WORDS
    return mine < theirs


def enqueue(N: Ints, F: Floats, now: float, lot: int, station: int) -> None:
    """Queue ``lot``: last, or at the rule's position if that doesn't change with time."""
    N[lot + LOT_STATE] = WAITING
    F[lot + LOT_ARRIVED] = now
    waiting = N[station + STATION_WAITING]
    F[station + STATION_AREA] += waiting * (now - F[station + STATION_SINCE])
    F[station + STATION_SINCE] = now
    N[station + STATION_WAITING] = waiting + 1
    family = N[N[lot + LOT_STEP] + STEP_BATCH]
    if family:
        N[family + FAMILY_WAITING] += N[lot + LOT_PIECES]
    back = N[N[lot + LOT_STEP] + STEP_RETURN]
    N[lot + LOT_MACHINE] = N[lot + LOT_KEPT_1 - 1 + back] if back else 0
    before = N[station + STATION_TAIL]
    term, end = N[station + STATION_ORDER], N[station + STATION_ORDER_END]
    if term < end:
        while before and ranks_before(N, F, now, lot, before, 0, term, end):
            before = N[before + LOT_BEFORE]
    follower = N[before + LOT_NEXT] if before else N[station + STATION_HEAD]
    N[lot + LOT_BEFORE] = before
    N[lot + LOT_NEXT] = follower
    if before:
        N[before + LOT_NEXT] = lot
    else:
        N[station + STATION_HEAD] = lot
    if follower:
        N[follower + LOT_BEFORE] = lot
    else:
        N[station + STATION_TAIL] = lot


def unlink(N: Ints, F: Floats, now: float, lot: int, station: int) -> None:
    """Take ``lot`` out of the queue; a place becomes free."""
    waiting = N[station + STATION_WAITING]
    F[station + STATION_AREA] += waiting * (now - F[station + STATION_SINCE])
    F[station + STATION_SINCE] = now
    N[station + STATION_WAITING] = waiting - 1
    family = N[N[lot + LOT_STEP] + STEP_BATCH]
    if family:
        N[family + FAMILY_WAITING] -= N[lot + LOT_PIECES]
    before, follower = N[lot + LOT_BEFORE], N[lot + LOT_NEXT]
    if before:
        N[before + LOT_NEXT] = follower
    else:
        N[station + STATION_HEAD] = follower
    if follower:
        N[follower + LOT_BEFORE] = before
    else:
        N[station + STATION_TAIL] = before
    if N[station + STATION_BLOCKED_HEAD]:
        put(N, station)


def setup_time(N: Ints, F: Floats, machine: int, step: int) -> float:
    """Time to change ``machine`` to the setup of ``step``; 0 if it has it, or none is needed."""
    wanted, present = N[step + STEP_SETUP], N[machine + MACHINE_SETUP]
    if wanted == 0 or wanted == present:
        return 0.0
    if F[step + STEP_OWN_SETUP] >= 0.0:
        return F[step + STEP_OWN_SETUP]
    return F[N[SETUP_AT] + present * N[SETUPS] + wanted]


def person_for(N: Ints, skill: int) -> int:
    """The first person who is present, free and qualified; 0 if none."""
    person, end = N[PERSONS], N[PERSONS_END]
    while person < end:
        if N[person + PERSON_HERE] and not N[person + PERSON_BUSY] and N[person + PERSON_SKILLS] & skill:
            return person
        person += PERSON_WORDS
    return 0


def may_start(N: Ints, F: Floats, lot: int, machine: int) -> bool:
    """Return whether ``machine`` may take the waiting ``lot`` now: dedication, minimum runs, batch, person."""
    kept = N[lot + LOT_MACHINE]
    if kept and kept != machine:
        return False
    step = N[lot + LOT_STEP]
    wanted = N[step + STEP_SETUP]
    if N[machine + MACHINE_RUN_LEFT] > 0 and wanted and wanted != N[machine + MACHINE_SETUP]:
        return False
    family = N[step + STEP_BATCH]
    if family and N[family + FAMILY_WAITING] < N[step + STEP_BATCH_MIN]:
        return False
    skill = N[step + STEP_SKILL]
    if skill:
        needed = N[step + STEP_ATTEND] != DURING_SETUP or setup_time(N, F, machine, step) > 0.0
        if needed and person_for(N, skill) == 0:
            return False
    return True


def choose(N: Ints, F: Floats, now: float, machine: int, station: int) -> int:
    """The waiting lot that ``machine`` takes next from ``station``; 0 if it may take none."""
    lot = N[station + STATION_HEAD]
    if N[station + STATION_PLAIN]:
        return lot
    if N[station + STATION_BY_SETUP]:
        return least_setup_lot(N, F, now, machine, station)
    ordered = N[station + STATION_SORTED] or N[station + STATION_TERM] == N[station + STATION_TERM_END]
    best = 0
    while lot:
        if may_start(N, F, lot, machine) and (best == 0 or goes_before(N, F, now, lot, best, machine, station)):
            best = lot
            if ordered:
                return best
        lot = N[lot + LOT_NEXT]
    return best


def least_setup_lot(N: Ints, F: Floats, now: float, machine: int, station: int) -> int:
    """The lot of ``choose`` if the queue is kept in the order of the rule's other keys.

    Of those that the keys before the setup put first, the first that needs the least setup.
    """
    term, end = N[station + STATION_ORDER], N[station + STATION_ORDER_SETUP]
    best, least = 0, 0.0
    lot = N[station + STATION_HEAD]
    while lot:
        if may_start(N, F, lot, machine):
            if best and ranks_before(N, F, now, best, lot, machine, term, end):
                return best
            time = setup_time(N, F, machine, N[lot + LOT_STEP])
            if best == 0 or time < least:
                best, least = lot, time
            if time <= 0.0:
                return best
        lot = N[lot + LOT_NEXT]
    return best
