"""Answer ``nightmill schedule`` for a shop folder: the schedule of the remaining work."""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from nightmill.plant.deciders.scheduling import ready_scheduler
from nightmill.plant.shop_schedule.whole_plan import SEARCH_ITERATIONS, Aim, planned_whole
from nightmill.plant.shop_state.live import live_shop
from nightmill.plant.shop_state.waiting import not_planned
from nightmill.scheduling import records, validate_shop

SEARCHERS = min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
"""Number of parallel searchers, one per available core, if the limit is in seconds rather than steps."""


def schedule_shop(folder: Path, *, seed: int, aim: Aim = (), search_s: float | None = None) -> dict[str, Any]:
    """Return the schedule of the remaining work, with names and UTC times: as the loop would plan it, or from a search of about
    ``search_s``.

    Loading the kernels doesn't count towards ``search_s``.
    """
    shop, state = live_shop(folder)
    if search_s is not None:
        ready_scheduler()
    began = time.monotonic()
    problem, schedule = planned_whole(shop, state, seed, aim)
    if search_s is not None and problem.operations:
        took = time.monotonic() - began
        steps = int(SEARCH_ITERATIONS * (search_s - took) / took)
        if steps > SEARCH_ITERATIONS:
            longer = planned_whole(shop, state, seed, aim, steps, SEARCHERS)[1]
            in_order = bool(aim) and not isinstance(aim, records.ObjectiveWeights)
            schedule = longer if in_order else min(schedule, longer, key=lambda found: found.objective)
    broken = validate_shop(problem, schedule)
    if broken:
        raise AssertionError(f"the solver violated the shop's rules: {broken[0].detail}")

    def utc(at_s: float) -> str:
        return (shop.start + timedelta(seconds=at_s)).isoformat(timespec="seconds")

    names = {operation.id: operation.operation for operation in problem.operations}
    return {
        "objective": schedule.objective,
        "makespan": utc(max((row.done_s for row in schedule.assignments), default=state.now_s)),
        "lower_bound": schedule.lower_bound_s,
        "weighted_tardiness_s": schedule.weighted_tardiness_s,
        "unattended_s": schedule.unattended_s,
        "energy_cost": schedule.energy_cost,
        "operations": [
            {
                "job": row.serial,
                "operation": names[row.operation],
                "machine": row.machine,
                "start": utc(shop.begins_s(names[row.operation], row.start_s, row.end_s)),
                "end": utc(row.end_s),
            }
            for row in schedule.assignments
        ],
        "orders": [
            {"order": p.order, "promise": utc(p.promise_s), "late_by_s": max(0.0, p.late_by_s), "reason": p.reason}
            for p in schedule.promises
        ],
        "not_planned": not_planned(state),
    }
