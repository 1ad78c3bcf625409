"""Answer ``nightmill twin``: forecast the shop's next days from its live state."""

import time
from pathlib import Path
from typing import Any

import msgspec

from nightmill.formats import read_document
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
from nightmill.scheduling import records
from nightmill.simulation import Experiment, FloorModel, judge, look_ahead, read_change
from nightmill.simulation import what_if as compare


def twin_answer(
    folder: Path,
    experiment: Experiment,
    *,
    what_if: Path | None = None,
    moments: int = MOMENTS,
    anew: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return a forecast for the shop from its live state or, with ``what_if``, the difference that a change makes in paired simulations.

    ``anew``: each replication re-plans repeatedly, as the floor will. Forecasts made for ``moments`` in the past are compared with the
    actual outcome, which gives ``quality`` and the intervals.
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
    """Return the difference that the change in a file makes in paired simulations."""
    with told_of({"what-if": what_if}):
        return compare(problem, read_change(read_document(what_if)), experiment, floor)
