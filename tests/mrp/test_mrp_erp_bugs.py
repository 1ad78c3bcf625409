"""Netting faults that users of open ERP systems reported, each as a plan that must come out right."""

from material_sample import Rows, plan_mrp, tables_of

from nightmill.mrp.plan import MrpPlan


def planned(plan: MrpPlan, item: str) -> list[tuple[int, int, int]]:
    """(quantity, release week, due week) of the orders of an item."""
    return [(o.quantity, o.release_week, o.due_week) for o in plan.planned_orders if o.item == item]


def test_stock_on_every_level_of_a_deep_bill_is_used_before_anything_is_ordered() -> None:
    """Stock of sub-assemblies ignored on lower levels (ERPNext issue 26563)."""
    plan = plan_mrp(
        tables_of(
            items=[{"item": name, "source": "make", "lead_time_weeks": 1} for name in "abcd"],
            bom=[{"parent": a, "child": b, "qty": 2} for a, b in ("ab", "bc", "cd")],
            stock=[{"item": "a", "on_hand": 1}, {"item": "b", "on_hand": 5}, {"item": "c", "on_hand": 7}],
            demand=[{"item": "a", "week": 5, "qty": 10}],
        ),
        8,
    )
    assert planned(plan, "a") == [(9, 4, 5)]
    assert planned(plan, "b") == [(13, 3, 4)]
    assert planned(plan, "c") == [(19, 2, 3)]
    assert planned(plan, "d") == [(38, 1, 2)]


def test_a_shared_raw_material_is_counted_once_for_each_use() -> None:
    """Material shared by two assemblies ordered for only one of them (ERPNext pull request 37785)."""
    plan = plan_mrp(
        tables_of(
            items=[{"item": name, "source": "make", "lead_time_weeks": 0} for name in ("p", "x", "y", "raw")],
            bom=[
                {"parent": "p", "child": "x", "qty": 1},
                {"parent": "p", "child": "y", "qty": 1},
                {"parent": "x", "child": "raw", "qty": 3},
                {"parent": "y", "child": "raw", "qty": 4},
                {"parent": "p", "child": "raw", "qty": 1},
            ],
            stock=[{"item": "raw", "on_hand": 5}],
            demand=[{"item": "p", "week": 2, "qty": 2}],
        ),
        4,
    )
    assert planned(plan, "raw") == [(2 * (3 + 4 + 1) - 5, 2, 2)]


def test_stock_that_an_earlier_week_takes_is_not_there_for_a_later_one() -> None:
    """Sub-assemblies skipped by a projected quantity that other orders had already taken (ERPNext issue 35690)."""
    plan = plan_mrp(
        tables_of(
            items=[{"item": "a", "source": "make", "lead_time_weeks": 0}, {"item": "sub", "source": "make", "lead_time_weeks": 0}],
            bom=[{"parent": "a", "child": "sub", "qty": 1}],
            stock=[{"item": "sub", "on_hand": 6}],
            receipts=[{"item": "sub", "week": 3, "qty": 2}],
            demand=[{"item": "a", "week": w, "qty": 5} for w in (1, 2, 4)],
        ),
        6,
    )  # fmt: skip
    assert planned(plan, "sub") == [(4, 2, 2), (3, 4, 4)]


def test_lead_times_add_up_through_the_bill() -> None:
    """Purchases required on the day of the need, lead time left out (ERPNext issue 47237; Odoo issue 3626)."""
    plan = plan_mrp(
        tables_of(
            items=[
                {"item": "a", "source": "make", "lead_time_weeks": 2},
                {"item": "b", "source": "make", "lead_time_weeks": 3},
                {"item": "c", "source": "buy", "lead_time_weeks": 4},
            ],
            bom=[{"parent": "a", "child": "b", "qty": 1}, {"parent": "b", "child": "c", "qty": 1}],
            demand=[{"item": "a", "week": 11, "qty": 1}, {"item": "a", "week": 7, "qty": 1}],
        ),
        12,
    )
    assert planned(plan, "c") == [(1, 0, 2), (1, 2, 6)]
    assert [o.past_due_weeks for o in plan.planned_orders if o.item == "c"] == [2, 0]


def test_safety_time_makes_orders_earlier_never_later() -> None:
    """A buffer day that made the lead time shorter (ERPNext pull request 59007)."""
    for weeks in range(4):
        items: Rows = [{"item": "a", "source": "buy", "lead_time_weeks": 2, "safety_time_weeks": weeks}]
        plan = plan_mrp(tables_of(items=items, demand=[{"item": "a", "week": 6, "qty": 4}]), 9)
        assert planned(plan, "a") == [(4, 4 - weeks, 6 - weeks)]


def test_one_component_used_on_several_levels_waits_for_its_lowest() -> None:
    """A component planned before all its parents were (Odoo issue 3626: run again for each level)."""
    bom: Rows = [{"parent": a, "child": b, "qty": 1} for a, b in ("ab", "bc", "cd")]
    bom += [{"parent": a, "child": "screw", "qty": 2} for a in "abcd"]
    plan = plan_mrp(
        tables_of(
            items=[{"item": name, "source": "make", "lead_time_weeks": 0} for name in ("screw", "d", "c", "b", "a")],
            bom=bom,
            stock=[{"item": "screw", "on_hand": 3}],
            demand=[{"item": "a", "week": 0, "qty": 5}],
        ),
        2,
    )
    assert planned(plan, "screw") == [(5 * 4 * 2 - 3, 0, 0)]
