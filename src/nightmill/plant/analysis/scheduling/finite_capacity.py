"""Check a material plan's due dates against finite capacity."""

from pathlib import Path
from typing import Any

from nightmill.plant.analysis.materials.material_plan import planning_tables
from nightmill.plant.part_planning.routes import certified_fact, certified_routes, times_on
from nightmill.plant.shop_schedule.finite_capacity import KnownRoutes, PlannedMaterial, dated
from nightmill.plant.workspace.shop import whole_shop


def hand_over(folder: Path, *, weeks: int = 52, within_weeks: int = 4, seed: int = 0) -> dict[str, Any]:
    """Plan the shop's material and hand over the make orders to be released within ``within_weeks``; the answer of ``nightmill hand-over``.

    The shop is taken at its start, as in ``nightmill mrp``. Raises ``BadInput`` for errors in the shop or its tables.
    """
    from nightmill.mrp import compute_plan, plan_answer, plan_inputs

    shop = whole_shop(folder)
    tables = planning_tables(folder)
    plan = plan_answer(compute_plan(plan_inputs(tables, weeks)), 0.0)
    routes, refusals = certified_routes(shop, folder)
    facts = tuple(
        certified_fact(item, route.record, times_on(shop, route))
        for item, route in routes.items()
        if route.record.certified
    )
    why = {refusal.item: refusal.reason for refusal in refusals}
    why |= {item: "its program isn't certified" for item, route in routes.items() if not route.record.certified}
    return dated(shop, PlannedMaterial.of(plan, tables), KnownRoutes(facts, why), within_weeks=within_weeks, seed=seed)
