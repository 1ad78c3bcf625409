from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from material_sample import Rows, plan_mrp, random_files, reference, tables_of, up

from nightmill.mrp import explode
from nightmill.mrp.arrays import plan_inputs
from nightmill.mrp.explode import compute_plan
from nightmill.mrp.pegging import plan_answer, plan_summary
from nightmill.mrp.plan import MrpPlan
from nightmill.mrp.tables import MaterialTables
from nightmill.vocabulary.errors import BadInput


def quantities(plan: MrpPlan) -> dict[tuple[str, int], tuple[int, int, int, int]]:
    return {
        (o.item, o.due_week): (o.quantity, o.start_quantity, o.release_week, o.past_due_weeks)
        for o in plan.planned_orders
    }


def check_pegging(plan: MrpPlan, tables: MaterialTables, W: int) -> None:  # noqa: C901
    """Conservation: each demand in full, no supply more than it has, no supply after its demand's week."""
    orders = {o.id: o for o in plan.planned_orders}
    have: dict[tuple[str, str], int] = {}
    need: dict[tuple[str, str], int] = {}
    for s in tables.stock:
        have[s.item, "stock"] = have.get((s.item, "stock"), 0) + s.on_hand
    for r in tables.receipts:
        have[r.item, f"receipt:{r.week}"] = have.get((r.item, f"receipt:{r.week}"), 0) + r.qty
    for o in plan.planned_orders:
        have[o.item, o.id] = o.quantity
    for d in tables.demand:
        if d.week < W:
            need[d.item, f"demand:{d.week}"] = need.get((d.item, f"demand:{d.week}"), 0) + d.qty
    for c in tables.orders:
        if c.due_week is not None and c.due_week < W:
            need[c.item, f"order:{c.order}"] = need.get((c.item, f"order:{c.order}"), 0) + c.qty
    for i in tables.items:
        if i.safety_stock and i.source != "phantom":
            need[i.item, "safety"] = i.safety_stock
    for o in plan.planned_orders:
        lines = [b for b in tables.bom if b.parent == o.item]
        usable = [b for b in lines if b.from_week <= o.release_week <= (W - 1 if b.to_week is None else b.to_week)]
        for b in usable:
            rivals = [r for r in usable if r.alternate_group == b.alternate_group]
            if b.alternate_group and b is not min(rivals, key=lambda r: r.priority):
                continue
            need[b.child, o.id] = need.get((b.child, o.id), 0) + up(
                100 * o.start_quantity * b.qty, 100 - b.scrap_percent
            )
    for peg in plan.pegging:
        assert peg.quantity > 0
        have[peg.item, peg.supply] -= peg.quantity
        need[peg.item, peg.demand] -= peg.quantity
        if peg.demand in orders and peg.supply in orders:
            assert orders[peg.supply].due_week <= orders[peg.demand].release_week
    assert all(left >= 0 for left in have.values())
    assert not any(need.values())


def test_random_bills_agree_with_the_reference_quantity_for_quantity() -> None:
    orders = 0
    for seed in range(300):
        W = 1 + seed % 17
        files = random_files(seed, W)
        tables = tables_of(**files)
        plan = plan_mrp(tables, W)
        assert quantities(plan) == reference(files, W), seed
        check_pegging(plan, tables, W)
        orders += len(plan.planned_orders)
    assert orders > 1500


@pytest.mark.slow
def test_four_thousand_random_bills_agree_with_the_reference() -> None:
    for seed in range(1000, 5000):
        W = 1 + seed % 23
        files = random_files(seed, W)
        assert quantities(plan_mrp(tables_of(**files), W)) == reference(files, W), seed


@pytest.mark.parametrize(("pegs_at_once", "demands"), [(4_000_000, 4096), (1, 1)])
def test_levels_planned_in_halves_side_by_side_give_the_same_plan(
    monkeypatch: pytest.MonkeyPatch, pegs_at_once: int, demands: int
) -> None:
    plain = [compute_plan(plan_inputs(tables_of(**random_files(seed, 14)), 14)) for seed in range(40)]
    monkeypatch.setattr(explode, "SPLIT_ITEMS", 2)
    monkeypatch.setattr(explode, "PEGS_AT_ONCE", pegs_at_once)
    monkeypatch.setattr(explode, "DEMANDS", demands)
    with ThreadPoolExecutor(1) as threads:
        split = [compute_plan(plan.inputs, executor=threads) for plan in plain]
    assert max(len(plan.pegs) for plan in split) > 4
    for one, two in zip(plain, split, strict=True):
        assert plan_answer(one, 0.0) == plan_answer(two, 0.0)
        assert (one.gross == two.gross).all()


def test_what_an_order_draws_through_two_lines_is_one_demand_served_order_by_order() -> None:
    tables = tables_of(
        items=[
            {"item": "a", "source": "make", "lead_time_weeks": 9},
            {"item": "b", "source": "buy", "lead_time_weeks": 0},
        ],
        bom=[{"parent": "a", "child": "b", "qty": 1}, {"parent": "a", "child": "b", "qty": 2}],
        demand=[{"item": "a", "week": week, "qty": 10} for week in (1, 2)],
        stock=[{"item": "b", "on_hand": 30}],
    )
    pegs = [peg for peg in plan_mrp(tables, 4).pegging if peg.item == "b"]
    assert [(peg.supply, peg.demand, peg.quantity) for peg in pegs] == [("stock", "a@1", 30), ("b@0", "a@2", 30)]


def test_pegs_beyond_32_bits_are_told_in_full() -> None:
    tables = tables_of(
        items=[{"item": name, "source": "make", "lead_time_weeks": 0} for name in "abc"],
        bom=[{"parent": "a", "child": "b", "qty": 2}, {"parent": "b", "child": "c", "qty": 3}],
        demand=[{"item": "a", "week": week, "qty": 2**30 - week} for week in range(3)],
    )
    plan = plan_mrp(tables, 4)
    check_pegging(plan, tables, 4)
    assert [peg.quantity for peg in plan.pegging if peg.item == "c"] == [6 * (2**30 - week) for week in range(3)]


def test_the_pegging_check_catches_a_seeded_fault() -> None:
    files = random_files(5, 12)
    tables = tables_of(**files)
    plan = plan_mrp(tables, 12)
    first = plan.pegging[0]
    wrong = (msgspec.structs.replace(first, quantity=first.quantity + 1), *plan.pegging[1:])
    with pytest.raises(AssertionError):
        check_pegging(msgspec.structs.replace(plan, pegging=wrong), tables, 12)


def test_quantities_beyond_64_bits_stay_exact() -> None:
    files: dict[str, Rows] = {
        "items": [{"item": name, "source": "make", "lead_time_weeks": 1, "yield_percent": 97} for name in "abcdefgh"],
        "bom": [{"parent": a, "child": b, "qty": 12345, "scrap_percent": 7} for a, b in zip("abcdefg", "bcdefgh", strict=True)],
        "demand": [{"item": "a", "week": 3, "qty": 987654321}],
        "stock": [], "orders": [], "receipts": [],
    }  # fmt: skip
    plan = plan_mrp(tables_of(**files), 6)
    assert quantities(plan) == reference(files, 6)
    assert max(order.quantity for order in plan.planned_orders) > 2**64


def test_summary_adds_up_to_the_orders_and_keys_are_those_of_the_format() -> None:
    tables = tables_of(**random_files(11, 20))
    plan, summary = plan_mrp(tables, 20), plan_summary(compute_plan(tables, 20), 0.25)
    assert sum(t.quantity for t in summary.totals) == sum(o.quantity for o in plan.planned_orders)
    assert sum(t.orders for t in summary.totals) == len(plan.planned_orders)
    assert summary.plan_seconds == 0.25
    keys = msgspec.to_builtins(plan)
    assert set(keys) == {"weeks", "plan_seconds", "planned_orders", "pegging", "exceptions"}
    assert set(keys["pegging"][0]) == {"item", "quantity", "supply", "demand"}


def test_exceptions_name_past_due_expedite_defer_cancel_and_missing_component() -> None:
    plan = plan_mrp(
        tables_of(
            items=[
                {"item": "a", "source": "make", "lead_time_weeks": 2},
                {"item": "b", "source": "buy", "lead_time_weeks": 6},
                {"item": "c", "source": "buy", "lead_time_weeks": 1},
                {"item": "d", "source": "buy", "lead_time_weeks": 1},
            ],
            bom=[
                {"parent": "a", "child": "b", "qty": 1, "from_week": 0},
                {"parent": "a", "child": "c", "qty": 1, "from_week": 6},
                {"parent": "a", "child": "d", "qty": 1, "from_week": 9},
            ],
            demand=[{"item": "a", "week": 5, "qty": 4}, {"item": "a", "week": 9, "qty": 4}],
            receipts=[
                {"item": "b", "week": 6, "qty": 3},
                {"item": "c", "week": 2, "qty": 4},
                {"item": "d", "week": 1, "qty": 5},
            ],
        ),
        12,
    )
    kinds = {(e.kind, e.item) for e in plan.exceptions}
    assert {("past_due", "b"), ("expedite", "b"), ("defer", "c"), ("cancel", "d")} <= kinds


def test_an_order_whose_lines_are_all_out_of_date_is_named() -> None:
    plan = plan_mrp(
        tables_of(
            items=[{"item": "a", "source": "make", "lead_time_weeks": 0}, {"item": "b", "source": "buy", "lead_time_weeks": 0}],
            bom=[{"parent": "a", "child": "b", "qty": 1, "from_week": 5}],
            demand=[{"item": "a", "week": 1, "qty": 1}],
        ),
        8,
    )  # fmt: skip
    assert [(e.kind, e.item, e.week) for e in plan.exceptions] == [("no_component", "a", 1)]


def test_a_horizon_of_no_weeks_is_refused() -> None:
    with pytest.raises(BadInput, match="--weeks"):
        plan_mrp(tables_of(items=[{"item": "a", "source": "buy", "lead_time_weeks": 0}]), 0)
