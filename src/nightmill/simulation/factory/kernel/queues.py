"""Waiting lots: a station's queue, its order according to the rule, and the lots that a machine may take."""

from nightmill.simulation.factory.kernel import codes as k
from nightmill.simulation.factory.kernel import columns as c
from nightmill.simulation.factory.kernel.event_queue import put
from nightmill.simulation.factory.kernel.random_draws import RANDOM, Floats, Ints, uniform


def feature(N: Ints, F: Floats, now: float, lot: int, machine: int, code: int) -> float:
    """Return the value of a rule's feature for a waiting lot and a machine that could take it."""
    step = N[lot + c.LOT_STEP]
    if code == k.ARRIVED:
        return F[lot + c.LOT_ARRIVED]
    if code == k.PRIORITY:
        return F[lot + c.LOT_PRIORITY]
    if code == k.SETUP_TIME:
        return setup_time(N, F, machine, step)
    if code == k.DUE_DATE:
        return F[lot + c.LOT_DUE]
    if code == k.RELEASED:
        return F[lot + c.LOT_RELEASED]
    return rarer_feature(N, F, now, lot, step, code)


def work_left(N: Ints, F: Floats, lot: int, step: int) -> float:
    """Mean process time of ``step`` and all following steps for the lot's number of pieces."""
    return F[step + c.STEP_LEFT] + N[lot + c.LOT_PIECES] * F[step + c.STEP_PIECE_LEFT]


def rarer_feature(N: Ints, F: Floats, now: float, lot: int, step: int, code: int) -> float:
    """Return the value of a feature that few rules use."""
    if code == k.CRITICAL_RATIO:
        return (F[lot + c.LOT_DUE] - now) / max(work_left(N, F, lot, step), 1e-9)
    if code == k.SLACK:
        return F[lot + c.LOT_DUE] - work_left(N, F, lot, step)
    if code == k.WORK_NOW:
        return F[step + c.STEP_MEAN] + N[lot + c.LOT_PIECES] * F[step + c.STEP_PIECE_MEAN]
    if code == k.WORK_LEFT:
        return work_left(N, F, lot, step)
    if code == k.STEPS_LEFT:
        return F[step + c.STEP_COUNT_LEFT]
    if code == k.LIMIT_AT:
        return F[lot + c.LOT_LIMIT] if N[lot + c.LOT_LIMIT_STEP] == step else 1e300
    if code == k.RANK:
        return F[lot + c.LOT_RANK]
    if code == k.BY_CHANCE:
        return uniform(N, N[lot + c.LOT_KEY], N[lot + c.LOT_VISIT] * 8 + RANDOM)
    if code == k.PIECES:
        return float(N[lot + c.LOT_PIECES])
    follower = step + c.STEP_WORDS
    if N[step + c.STEP_LAST] or N[follower + c.STEP_STATION] == 0:
        return 0.0
    return float(N[N[follower + c.STEP_STATION] + c.STATION_WAITING])


def goes_before(N: Ints, F: Floats, now: float, one: int, other: int, machine: int, station: int) -> bool:
    """Return whether the rule of ``station`` puts ``one`` strictly before ``other``."""
    return ranks_before(N, F, now, one, other, machine, N[station + c.STATION_TERM], N[station + c.STATION_TERM_END])


def ranks_before(N: Ints, F: Floats, now: float, one: int, other: int, machine: int, term: int, end: int) -> bool:
    """Return whether the terms from ``term`` on put ``one`` strictly before ``other``: successive keys, each a weighted
    sum.
    """
    key = -1
    mine = theirs = 0.0
    while term < end:
        if N[term + c.TERM_KEY] != key:
            if mine != theirs:
                return mine < theirs
            key = N[term + c.TERM_KEY]
            mine = theirs = 0.0
        code, weight = N[term + c.TERM_FEATURE], F[term + c.TERM_WEIGHT]
        mine += weight * feature(N, F, now, one, machine, code)
        theirs += weight * feature(N, F, now, other, machine, code)
        term += c.TERM_WORDS
    return mine < theirs


def enqueue(N: Ints, F: Floats, now: float, lot: int, station: int) -> None:
    """Queue ``lot``: last, or at the rule's position if that doesn't change with time."""
    N[lot + c.LOT_STATE] = k.WAITING
    F[lot + c.LOT_ARRIVED] = now
    waiting = N[station + c.STATION_WAITING]
    F[station + c.STATION_AREA] += waiting * (now - F[station + c.STATION_SINCE])
    F[station + c.STATION_SINCE] = now
    N[station + c.STATION_WAITING] = waiting + 1
    family = N[N[lot + c.LOT_STEP] + c.STEP_BATCH]
    if family:
        N[family + c.FAMILY_WAITING] += N[lot + c.LOT_PIECES]
    back = N[N[lot + c.LOT_STEP] + c.STEP_RETURN]
    N[lot + c.LOT_MACHINE] = N[lot + c.LOT_KEPT_1 - 1 + back] if back else 0
    before = N[station + c.STATION_TAIL]
    term, end = N[station + c.STATION_ORDER], N[station + c.STATION_ORDER_END]
    if term < end:
        while before and ranks_before(N, F, now, lot, before, 0, term, end):
            before = N[before + c.LOT_BEFORE]
    follower = N[before + c.LOT_NEXT] if before else N[station + c.STATION_HEAD]
    N[lot + c.LOT_BEFORE] = before
    N[lot + c.LOT_NEXT] = follower
    if before:
        N[before + c.LOT_NEXT] = lot
    else:
        N[station + c.STATION_HEAD] = lot
    if follower:
        N[follower + c.LOT_BEFORE] = lot
    else:
        N[station + c.STATION_TAIL] = lot


def unlink(N: Ints, F: Floats, now: float, lot: int, station: int) -> None:
    """Take ``lot`` out of the queue; a place becomes free."""
    waiting = N[station + c.STATION_WAITING]
    F[station + c.STATION_AREA] += waiting * (now - F[station + c.STATION_SINCE])
    F[station + c.STATION_SINCE] = now
    N[station + c.STATION_WAITING] = waiting - 1
    family = N[N[lot + c.LOT_STEP] + c.STEP_BATCH]
    if family:
        N[family + c.FAMILY_WAITING] -= N[lot + c.LOT_PIECES]
    before, follower = N[lot + c.LOT_BEFORE], N[lot + c.LOT_NEXT]
    if before:
        N[before + c.LOT_NEXT] = follower
    else:
        N[station + c.STATION_HEAD] = follower
    if follower:
        N[follower + c.LOT_BEFORE] = before
    else:
        N[station + c.STATION_TAIL] = before
    if N[station + c.STATION_BLOCKED_HEAD]:
        put(N, station)


def setup_time(N: Ints, F: Floats, machine: int, step: int) -> float:
    """Return the time to change ``machine`` to the setup of ``step``; 0 if it has that setup, or no setup is needed."""
    wanted, present = N[step + c.STEP_SETUP], N[machine + c.MACHINE_SETUP]
    if wanted == 0 or wanted == present:
        return 0.0
    if F[step + c.STEP_OWN_SETUP] >= 0.0:
        return F[step + c.STEP_OWN_SETUP]
    return F[N[c.SETUP_AT] + present * N[c.SETUPS] + wanted]


def person_for(N: Ints, skill: int) -> int:
    """Return the first person who is present, free and qualified; 0 if none."""
    person, end = N[c.PERSONS], N[c.PERSONS_END]
    while person < end:
        if N[person + c.PERSON_HERE] and not N[person + c.PERSON_BUSY] and N[person + c.PERSON_SKILLS] & skill:
            return person
        person += c.PERSON_WORDS
    return 0


def may_start(N: Ints, F: Floats, lot: int, machine: int) -> bool:
    """Return whether ``machine`` may take the waiting ``lot`` now: dedication, minimum runs, batch, person."""
    kept = N[lot + c.LOT_MACHINE]
    if kept and kept != machine:
        return False
    step = N[lot + c.LOT_STEP]
    wanted = N[step + c.STEP_SETUP]
    if N[machine + c.MACHINE_RUN_LEFT] > 0 and wanted and wanted != N[machine + c.MACHINE_SETUP]:
        return False
    family = N[step + c.STEP_BATCH]
    if family and N[family + c.FAMILY_WAITING] < N[step + c.STEP_BATCH_MIN]:
        return False
    skill = N[step + c.STEP_SKILL]
    if skill:
        needed = N[step + c.STEP_ATTEND] != k.DURING_SETUP or setup_time(N, F, machine, step) > 0.0
        if needed and person_for(N, skill) == 0:
            return False
    return True


def choose(N: Ints, F: Floats, now: float, machine: int, station: int) -> int:
    """Return the waiting lot that ``machine`` takes next from ``station``; 0 if it may take none."""
    lot = N[station + c.STATION_HEAD]
    if N[station + c.STATION_PLAIN]:
        return lot
    if N[station + c.STATION_BY_SETUP]:
        return least_setup_lot(N, F, now, machine, station)
    ordered = N[station + c.STATION_SORTED] or N[station + c.STATION_TERM] == N[station + c.STATION_TERM_END]
    best = 0
    while lot:
        if may_start(N, F, lot, machine) and (best == 0 or goes_before(N, F, now, lot, best, machine, station)):
            best = lot
            if ordered:
                return best
        lot = N[lot + c.LOT_NEXT]
    return best


def least_setup_lot(N: Ints, F: Floats, now: float, machine: int, station: int) -> int:
    """Return the same lot as ``choose``, for a queue kept in the order of the rule's other keys.

    Among the lots that the keys before the setup put first, it is the first that needs the least setup.
    """
    term, end = N[station + c.STATION_ORDER], N[station + c.STATION_ORDER_SETUP]
    best, least = 0, 0.0
    lot = N[station + c.STATION_HEAD]
    while lot:
        if may_start(N, F, lot, machine):
            if best and ranks_before(N, F, now, best, lot, machine, term, end):
                return best
            time = setup_time(N, F, machine, N[lot + c.LOT_STEP])
            if best == 0 or time < least:
                best, least = lot, time
            if time <= 0.0:
                return best
        lot = N[lot + c.LOT_NEXT]
    return best
