"""Answers about a shop from its folder and its log: its schedule, and the twin's forecast."""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from nightmill.formats import read_document
from nightmill.plant.deciders.scheduling import ready_scheduler
from nightmill.plant.shop_schedule.whole_plan import SEARCH_ITERATIONS, Aim, planned_whole
from nightmill.plant.shop_state.live import live_shop
from nightmill.plant.shop_state.waiting import not_planned
from nightmill.plant.shop_twin.belief import (
    MOMENTS,
    Progress,
    believed,
    completed_s,
    floor_model,
    foreseen_plan,
    past_forecasts,
)
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.layout import has_log
from nightmill.plant.workspace.named_files import told_of
from nightmill.scheduling import records, validate_shop
from nightmill.simulation import Experiment, FloorModel, judge, look_ahead, read_change
from nightmill.simulation import what_if as compare

SEARCHERS = min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
"""Number of parallel searchers, one for each core lent to us, where seconds and not steps are given."""


def schedule_shop(folder: Path, *, seed: int, aim: Aim = (), search_s: float | None = None) -> dict[str, Any]:
    """Return the schedule of the remaining work, with names and UTC times: as the loop would plan it, or from a search of about ``search_s``.

    Loading the kernels doesn't count towards those seconds.
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
        raise AssertionError(f"the solver broke the shop's rules: {broken[0].detail}")

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


def twin_answer(
    folder: Path,
    experiment: Experiment,
    *,
    what_if: Path | None = None,
    moments: int = MOMENTS,
    anew: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return what the shop will probably do from its live state; with ``what_if`` the paired difference of a change.

    ``anew``: each replication re-plans repeatedly, as the floor will. Forecasts for ``moments`` of the past are compared with what happened:
    the answer's ``quality``, and its intervals.
    """
    shop, state = live_shop(folder)
    log = read_events(folder) if has_log(folder) else ()
    belief = believed(shop, state, log, experiment.days)
    problem = belief.problem
    began = time.perf_counter()
    floor = floor_model(shop, state.policy, belief, anew=state if anew else None)
    if what_if is None:
        forecasts = past_forecasts(folder, shop, log, moments=moments, progress=progress) if moments and log else ()
        record = judge(forecasts, completed_s(log), state.now_s)
        began = time.perf_counter()
        found = look_ahead(problem, foreseen_plan(state, problem), experiment, floor, record=record)
        answer = dict(msgspec.to_builtins(found))
        answer["quality"] = msgspec.to_builtins(record.quality)
        answer["order"] = record.order
    else:
        answer = dict(msgspec.to_builtins(_changed(problem, what_if, experiment, floor)))
    answer["drifts"] = belief.drifts
    answer["not_planned"] = not_planned(state)
    answer["events_per_s"] = answer.get("events", 0) / max(1e-9, time.perf_counter() - began)
    return answer


def _changed(problem: records.ShopProblem, what_if: Path, experiment: Experiment, floor: FloorModel) -> Any:
    """Return the paired difference that the change in a file makes."""
    with told_of({"what-if": what_if}):
        return compare(problem, read_change(read_document(what_if)), experiment, floor)
