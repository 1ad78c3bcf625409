"""Answer ``nightmill explain``: why an order is late."""

from pathlib import Path
from typing import Any

from nightmill.plant.analysis.scheduling.late_orders import LateOrders
from nightmill.plant.analysis.scheduling.problem_file import read_as
from nightmill.plant.analysis.scheduling.problem_schedule import in_force, planned
from nightmill.plant.shop_state.waiting import not_planned
from nightmill.plant.workspace.named_files import told_of
from nightmill.scheduling import Explained, records

PLAN_S = 5.0


def explain_order(
    place: Path,
    order: str,
    *,
    plan: Path | None = None,
    promised: Path | None = None,
    promised_plan: Path | None = None,
) -> records.Explanation:
    """Return why an order in a shop folder or a problem file is late: the causes, whose contributions add up to the lateness, and verified
    counterfactuals.

    If the problem and plan behind an order's promise are also given, changes made since then are among the causes.
    """
    return LateOrders(place).of(order) if place.is_dir() else _explained(place, plan, promised, promised_plan).of(order)


def explain_late(
    place: Path, *, plan: Path | None = None, promised: Path | None = None, promised_plan: Path | None = None
) -> dict[str, Any]:
    """Return ``explain_order`` for each open order that is ``late``, latest first; shared inputs are read once.

    ``not_planned``: orders in a shop folder that can't be planned, and why; those already due also count as late.
    """
    if place.is_dir():
        orders = LateOrders(place)
        return {"late": orders.all(), "not_planned": not_planned(orders.state)}
    explained = _explained(place, plan, promised, promised_plan)
    return {"late": tuple(explained.of(order) for order in explained.late()), "not_planned": []}


def _explained(place: Path, plan: Path | None, promised: Path | None, promised_plan: Path | None) -> Explained:
    """Return the plan for a problem file: from a plan file, as far as that fits, or newly made."""
    problem = read_as(place, records.ShopProblem)
    with told_of({"shop problem": place}):
        schedule = in_force(problem, read_as(plan, records.ShopSchedule)) if plan else planned(problem, PLAN_S, 0)
    if promised_plan is None:
        return Explained(problem, schedule)
    before = read_as(promised, records.ShopProblem) if promised else problem
    return Explained(problem, schedule, (before, in_force(before, read_as(promised_plan, records.ShopSchedule))))
