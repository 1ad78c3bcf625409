"""The shop under normal conditions: the reference for a late order whose original promise wasn't recorded."""

from collections import Counter

import msgspec
import numpy as np

from nightmill.scheduling.engine.decode import decode
from nightmill.scheduling.engine.encode import build_memory
from nightmill.scheduling.problem.calendars import head_counts
from nightmill.scheduling.problem.records import FREE, ShopProblem, ShopSchedule, Window
from nightmill.scheduling.search.solve import bare_schedule, least_done, plan_of
from nightmill.vocabulary.units import WEEK_S


def as_usual(problem: ShopProblem, schedule: ShopSchedule) -> tuple[ShopProblem, ShopSchedule]:
    """The shop without exceptional conditions, and its plan in the sequence of ``schedule``.

    No machine is down or stopped, there are enough tools and pallets, and attendance is the same as in most weeks. Material is
    available at once for an order that would otherwise be late even with the whole shop to itself; all other material keeps its
    arrival time.
    """
    replace = msgspec.structs.replace
    usual = replace(
        problem,
        machines=tuple(replace(each, free_from_s=0.0, down=(), chip_s=None) for each in problem.machines),
        presence=usual_presence(problem.presence),
        pallets=problem.pallets_blocked + len(problem.operations),
        maintenance=(),
        tool_budgets=(),
    )
    memory, layout = build_memory(usual, FREE, None)
    least = dict(zip(layout.orders, least_done(memory), strict=True))
    hopeless = {order.id for order in problem.orders if least[order.id] > order.due_s}
    usual = replace(
        usual,
        operations=tuple(
            replace(op, release_s=problem.now_s) if op.order in hopeless and op.release_s > problem.now_s else op
            for op in problem.operations
        ),
    )
    memory, layout = build_memory(usual, FREE, None)
    plan = plan_of(memory, layout, schedule)
    plan.choice = np.full_like(plan.choice, -1)
    decode(memory.f, memory.n, *plan.parts())
    return usual, bare_schedule(usual, memory, layout, 1)


def usual_presence(presence: tuple[Window, ...]) -> tuple[Window, ...]:
    """The attended time of most weeks, applied to every week but the last; existing attendance is kept."""
    if not presence:
        return presence
    first = int(min(w.start_s for w in presence) // WEEK_S)
    last = int(max(w.end_s for w in presence) // WEEK_S)
    weeks = [_within(presence, week) for week in range(first, last)]
    counted = Counter(span for week in weeks for span in week)
    usual = [span for span, times in counted.items() if 2 * times > len(weeks)]
    added = [
        Window(a + week * WEEK_S, b + week * WEEK_S, persons)
        for week, there in enumerate(weeks, first)
        for a, b, persons in usual
        if not any(a < finish and start < b for start, finish, _ in there)
    ]
    return tuple(sorted((*presence, *added), key=lambda w: (w.start_s, w.end_s)))


def _within(presence: tuple[Window, ...], week: int) -> frozenset[tuple[float, float, int]]:
    """Spans in one week, relative to the start of the week."""
    return frozenset(
        (max(a - week * WEEK_S, 0.0), min(b - week * WEEK_S, WEEK_S), persons)
        for a, b, persons in head_counts(presence)
        if persons > 0 and a < (week + 1) * WEEK_S and b > week * WEEK_S
    )
