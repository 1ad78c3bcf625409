"""Decide when to start the repair of a broken machine: at once, or once the pallets for the night are loaded, whichever is cheaper.

A repair occupies a person for hours, during which that person mounts nothing, and the machine is down until the end. A repair
may span several shifts. Its duration is uncertain, so each choice is evaluated with the usual duration and with a long one.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import msgspec

from nightmill.scheduling.problem.calendars import head_counts, present_spans
from nightmill.scheduling.problem.records import (
    PlacedMaintenance,
    Repair,
    ShopProblem,
    ShopSchedule,
    Window,
    with_one_away,
)
from nightmill.vocabulary.units import HOUR_S

LONG_SHARE = 0.25
"""Weight of the long duration relative to the usual one."""
LATER_H = (1.0, 2.0, 4.0, 6.0)
"""Delays, in attended hours, that are tried for the start of a repair, beside the starts of the next shifts and the ends of other repairs."""
COMINGS = 2
WORTH, WORTH_S = 0.01, 3600.0
"""The minimum saving that justifies a later start, as a fraction of the cost and in weighted seconds of tardiness.

A smaller saving is search noise and not worth keeping a machine down for.
"""
ROUNDS = 2
PAUSE_S = 3 * HOUR_S
"""A repair in progress may pause until people return if at most this much time, and at most half of the shift, is left.

Even in a short shift, the first half is spent on the repair.
"""


def span_of(presence: Sequence[Window], begin_s: float, work_s: float) -> tuple[float, float]:
    """Return when one person's work that may start at ``begin_s`` starts and ends; work left when attendance runs out follows directly."""
    left, first, last = work_s, -1.0, begin_s
    for start, end, persons in head_counts(presence):
        start = max(start, begin_s)
        if persons <= 0 or end <= start:
            continue
        first = start if first < 0.0 else first
        if end - start >= left:
            return first, start + left
        left, last = left - (end - start), end
    return (first if first >= 0.0 else begin_s), last + left


def spans_of(
    problem: ShopProblem, begins: Mapping[str, float], *, long: bool = False
) -> tuple[dict[str, tuple[float, float]], tuple[Window, ...]]:
    """Start and end of each machine's repair if it may start at ``begins`` (else at once), and the remaining attendance."""
    presence, spans = problem.presence, {}
    ordered = sorted(problem.repairs, key=lambda each: max(problem.now_s, begins.get(each.machine, problem.now_s)))
    for each in ordered:
        begin_s = max(problem.now_s, begins.get(each.machine, problem.now_s))
        spans[each.machine] = span_of(presence, begin_s, each.long_s if long else each.usual_s)
        presence = with_one_away(presence, *spans[each.machine])
    return spans, tuple(presence)


def with_repairs(problem: ShopProblem, begins: Mapping[str, float] | None = None, *, long: bool = False) -> ShopProblem:
    """The shop with each repair fixed: it starts at the machine's time in ``begins``, or at once, and the machine is down until its end."""
    if not problem.repairs:
        return problem
    spans, presence = spans_of(problem, begins or {}, long=long)
    machines = tuple(
        msgspec.structs.replace(m, free_from_s=max(m.free_from_s, spans[m.id][1])) if m.id in spans else m
        for m in problem.machines
    )
    return msgspec.structs.replace(problem, machines=machines, presence=presence, repairs=())


def begins_in(problem: ShopProblem, schedule: ShopSchedule) -> dict[str, float]:
    """Return when the schedule starts each repair in the problem."""
    placed = {stop.id: stop.start_s for stop in schedule.maintenance}
    return {each.machine: placed[each.stop] for each in problem.repairs if each.stop in placed}


def placed_repairs(problem: ShopProblem, begins: Mapping[str, float]) -> tuple[PlacedMaintenance, ...]:
    """The repairs as maintenance stops, each up to its usual end."""
    spans, _ = spans_of(problem, begins)
    return tuple(PlacedMaintenance(each.stop, each.machine, *spans[each.machine], cost=0.0) for each in problem.repairs)


def choose_begins(
    problem: ShopProblem, cost: Callable[[ShopProblem], float], in_force: ShopSchedule | None = None
) -> dict[str, float]:
    """Return the best start times for the repairs, chosen machine by machine; ``cost`` evaluates a shop whose repairs are fixed.

    No repair starts later than in the plan ``in_force``: postponing a repair a little looks cheap in every single
    replan, and without this rule more and more machines would end up down. A repair that was due to start by now starts
    at once, or continues. It may pause only towards the end of a shift, until people return, so that the person who
    repairs can load machines for the night. Every shift therefore starts with work on the repair.
    """
    paused_s, in_force_s = _pause_until(problem), begins_in(problem, in_force) if in_force else {}
    latest = {machine: at_s if at_s > problem.now_s else paused_s for machine, at_s in in_force_s.items()}
    open_ = [each for each in problem.repairs if latest.get(each.machine, problem.now_s + 1.0) > problem.now_s]
    known: dict[tuple[tuple[str, float], ...], float] = {}

    def expected(begins: Mapping[str, float]) -> float:
        key = tuple(sorted(begins.items()))
        if key not in known:
            usual, long = (cost(with_repairs(problem, begins, long=long)) for long in (False, True))
            known[key] = (1.0 - LONG_SHARE) * usual + LONG_SHARE * long
        return known[key]

    begins: dict[str, float] = {}
    least = expected(begins)
    for _ in range(ROUNDS if len(open_) > 1 else 1):
        before = dict(begins)
        for each in open_:
            until_s = latest.get(each.machine, math.inf)
            moments = {at for at in _moments(problem, each, begins) if at < until_s}
            for at_s in sorted(moments | ({until_s} if each.machine in latest else set())):
                tried = {**begins, each.machine: at_s}
                if (found := expected(tried)) < least - max(WORTH_S, WORTH * abs(least)):
                    begins, least = tried, found
        if begins == before:
            break
    return begins


def _pause_until(problem: ShopProblem) -> float:
    """Return how long each repair due by now may pause: until people return, or not at all (now) if the shift doesn't end soon
    (``PAUSE_S``).
    """
    now = problem.now_s
    spans = present_spans(problem.presence, 0)
    ending = any(begin <= now < end and end - now <= min(PAUSE_S, (end - begin) / 2) for begin, end in spans)
    coming = next((begin for begin, _ in spans if begin > now), now)
    return coming if ending else now


def _moments(problem: ShopProblem, repair: Repair, begins: Mapping[str, float]) -> list[float]:
    """Candidate start times for a repair, other than at once and at its current start."""
    now = problem.now_s
    comings = [begin for begin, _ in present_spans(problem.presence, 0) if begin > now][:COMINGS]
    later = [span_of(problem.presence, now, hours * HOUR_S)[1] for hours in LATER_H]
    spans, _ = spans_of(problem, begins)
    others = [end for machine, (_, end) in spans.items() if machine != repair.machine]
    return sorted({at for at in (*comings, *later, *others) if at > now} - {begins.get(repair.machine, now)})
