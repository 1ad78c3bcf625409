import random

import pytest
from material_sample import plan_mrp, random_files, tables_of

from nightmill.mrp.arrays import plan_inputs
from nightmill.mrp.plan import MrpPlan
from nightmill.mrp.supplier_outage import outage_drill
from nightmill.mrp.tables import MaterialTables
from nightmill.vocabulary.errors import BadInput


def hanging(plan: MrpPlan, items: dict[str, int], out: int) -> set[tuple[str, str]]:
    """(item, demand) from outside behind the supplies that don't come, by walking the pegs of the answer."""
    due = {o.id: o.due_week for o in plan.planned_orders}
    gone = {
        (p.item, p.supply)
        for p in plan.pegging
        if p.item in items
        and ((p.supply.startswith("receipt:") and int(p.supply[8:]) < out) or due.get(p.supply, 10**9) < items[p.item])
    }
    found: set[tuple[str, str]] = set()
    while True:
        drawn = {(p.item, p.demand) for p in plan.pegging if (p.item, p.supply) in gone and p.demand != "safety"}
        orders = {(o.item, o.id) for o in plan.planned_orders if any(d == o.id for _, d in drawn)}
        found = {(item, demand) for item, demand in drawn if demand not in due}
        if orders <= gone:
            return found
        gone |= orders


def drilled(seed: int) -> tuple[MaterialTables, dict[str, int], int, int]:
    rng = random.Random(seed)
    W = 12
    files = random_files(seed, W)
    names = [str(row["item"]) for row in files["items"]]
    out, other = rng.randint(1, W), rng.randint(0, W)
    chosen = rng.sample(names, 2)
    rows = [{"supplier": "S", "item": chosen[0]}, {"supplier": "S", "item": chosen[1], "priority": 1, "lead_time_weeks": 2},
            {"supplier": "T", "item": chosen[1], "priority": 2, "lead_time_weeks": other}]  # fmt: skip
    tables = tables_of(**files, suppliers=rows)  # type: ignore[arg-type]
    return tables, {chosen[0]: out, chosen[1]: min(out, other)}, out, W


def test_what_a_drill_finds_is_what_the_pegs_of_the_answer_say() -> None:
    hits = 0
    for seed in range(120):
        tables, items, out, W = drilled(seed)
        found = outage_drill(tables, plan_inputs(tables, W), "S", out)
        expected = hanging(plan_mrp(tables, W), items, out)
        assert {(row.item, row.demand) for row in found.affected} == expected, seed
        hits += bool(expected)
    assert hits > 20


def test_receipts_of_an_outage_come_at_its_end_and_the_plan_says_what_changes() -> None:
    tables = tables_of(
        items=[{"item": "a", "source": "make", "lead_time_weeks": 0}, {"item": "b", "source": "buy", "lead_time_weeks": 4}],
        bom=[{"parent": "a", "child": "b", "qty": 2}],
        receipts=[{"item": "b", "week": 1, "qty": 10}],
        orders=[{"order": "O1", "item": "a", "qty": 3, "due_week": 2}, {"order": "O2", "item": "a", "qty": 2, "due_week": 6}],
        suppliers=[{"supplier": "S", "item": "b"}],
    )  # fmt: skip
    found = outage_drill(tables, plan_inputs(tables, 8), "S", 3)
    assert [(row.demand, row.week, row.quantity) for row in found.affected] == [("order:O1", 2, 3), ("order:O2", 6, 2)]
    assert (found.short_items, found.single_source, found.items) == (("b",), 1, 1)
    assert (found.orders_added, found.orders_dropped, found.past_due) == (1, 0, 1)


def test_a_supplier_or_weeks_that_make_no_sense_are_refused() -> None:
    tables, _, _, W = drilled(1)
    for supplier, out in (("Nobody", 2), ("S", 0), ("S", W + 1)):
        with pytest.raises(BadInput):
            outage_drill(tables, plan_inputs(tables, W), supplier, out)
