import itertools
import random

import pytest
from material_sample import Rows, plan_mrp, tables_of

from nightmill.mrp.plan import MrpPlan

WEEKS = 7


def planned(plan: MrpPlan, item: str = "a") -> dict[int, int]:
    return {o.due_week: o.quantity for o in plan.planned_orders if o.item == item}


def one(rule: str, demand: list[int], receipts: list[int], order_usd: float, stock: int = 0) -> MrpPlan:
    def weekly(quantities: list[int]) -> Rows:
        return [{"item": "a", "week": w, "qty": q} for w, q in enumerate(quantities) if q]

    return plan_mrp(
        tables_of(
            items=[{"item": "a", "source": "buy", "lead_time_weeks": 0, "lot_rule": rule, "price_usd": 52,
                    "hold_percent_year": 100, "order_usd": order_usd}],
            demand=weekly(demand), receipts=weekly(receipts), stock=[{"item": "a", "on_hand": stock}],
        ),
        len(demand),
    )  # fmt: skip


def cost(orders: dict[int, int], demand: list[int], receipts: list[int], order_usd: float, stock: int) -> float:
    """Orders and holding at 1 USD a piece and week, infinite where demand is not met."""
    total, left = 0.0, stock
    for week, need in enumerate(demand):
        left += orders.get(week, 0) + receipts[week] - need
        if left < 0:
            return float("inf")
        total += left + order_usd * (week in orders)
    return total


def cheapest(demand: list[int], receipts: list[int], order_usd: float, stock: int) -> float:
    """All ways of choosing the weeks with orders, each order as small as the next ones allow."""
    best = float("inf")
    for chosen in itertools.product((False, True), repeat=len(demand)):
        weeks = [w for w, c in enumerate(chosen) if c]
        orders: dict[int, int] = {}
        left = stock
        for week, need in enumerate(demand):
            if chosen[week]:
                until = next((w for w in weeks if w > week), len(demand))
                short, ahead = 0, left
                for u in range(week, until):
                    ahead += receipts[u] - demand[u]
                    short = max(short, -ahead)
                orders[week] = short
                left += short
            left += receipts[week] - need
        orders = {w: q for w, q in orders.items() if q}
        best = min(best, cost(orders, demand, receipts, order_usd, stock))
    return best


def test_dynamic_lots_cost_no_more_than_the_best_of_all_choices() -> None:
    for seed in range(60):
        rng = random.Random(seed)
        demand = [rng.choice([0, rng.randint(1, 12)]) for _ in range(WEEKS)]
        receipts = [rng.choice([0, 0, 0, 5]) for _ in range(WEEKS)]
        order_usd, stock = rng.randint(0, 40), rng.randint(0, 10)
        orders = planned(one("DYN", demand, receipts, order_usd, stock))
        assert cost(orders, demand, receipts, order_usd, stock) <= cheapest(demand, receipts, order_usd, stock) + 1e-9


def test_the_textbook_example_of_dynamic_lots() -> None:
    """Silver, Pyke & Thomas (2017), section 5: twelve months, 54 USD an order, 0.40 USD a piece and month: 501.20 USD."""
    demand = [10, 62, 12, 130, 154, 129, 88, 52, 124, 160, 238, 41]
    orders = planned(one("DYN", demand, [0] * 12, 54 / 0.4))
    assert orders == {0: 84, 3: 130, 4: 283, 6: 140, 8: 124, 9: 160, 10: 279}
    assert 0.4 * cost(orders, demand, [0] * 12, 54 / 0.4, 0) == pytest.approx(501.20)


def test_economic_lots_are_the_root_of_twice_demand_by_cost() -> None:
    demand = [20] * 13
    orders = planned(one("EOQ", demand, [0] * 13, 1000.0))
    assert orders == {0: 200, 10: 200}  # sqrt(2 * 20 * 1000 / 1)


def test_without_costs_dynamic_lots_are_what_is_needed_and_rules_agree_beyond_64_bits() -> None:
    assert planned(one("DYN", [3, 0, 4], [0, 0, 0], 0.0)) == {0: 3, 2: 4}
    huge = [10**18, 3, 10**18]
    assert sum(planned(one("DYN", huge, [0, 0, 0], 1e30)).values()) == sum(huge)


def test_lead_times_count_open_weeks_and_nothing_is_released_in_a_closed_one() -> None:
    closed = {3, 4, 7}
    items: Rows = [{"item": "a", "source": "make", "lead_time_weeks": 2, "calendar": "plant"}]
    rows: Rows = [{"calendar": "plant", "week": w} for w in closed]
    for week in range(10):
        tables = tables_of(items=items, calendar=rows, demand=[{"item": "a", "week": week, "qty": 1}])
        (order,) = plan_mrp(tables, 10).planned_orders
        # Walk back by hand: two open weeks before the week of the need; before week 0 all are open.
        at, left = week, 2
        while left:
            at -= 1
            left -= at not in closed
        assert (order.release_week, order.past_due_weeks) == (max(0, at), max(0, -at))


@pytest.mark.parametrize("closed", [(), (1, 2), (0,), (3, 4, 7), (9,), tuple(range(1, 10))])
@pytest.mark.parametrize("lead", [0, 1, 3, 6, 30])
def test_what_is_released_too_late_comes_when_the_open_weeks_from_now_on_make_up_its_lead_time(closed: tuple[int, ...], lead: int) -> None:  # fmt: skip
    there, left = 0, lead
    while left:
        left -= there == 0 or there not in closed  # week 0 counts as open, as does what lies beyond the horizon
        there += 1
    for safety_time in (0, 2):
        items: Rows = [{"item": "a", "source": "buy", "lead_time_weeks": lead, "calendar": "p", "safety_time_weeks": safety_time}]  # fmt: skip
        for week in range(10):
            tables = tables_of(
                items=items, demand=[{"item": "a", "week": week, "qty": 1}],
                calendar=[{"calendar": "p", "week": w} for w in closed or (99,)],
            )  # fmt: skip
            (order,) = plan_mrp(tables, 10).planned_orders
            if order.past_due_weeks:
                assert (order.release_week, order.due_week + order.past_due_weeks) == (0, there)
            else:
                assert order.release_week or there <= order.due_week


def test_a_bill_with_calendars_draws_components_in_the_release_week() -> None:
    rng = random.Random(3)
    for _ in range(20):
        closed = sorted(rng.sample(range(12), 4))
        tables = tables_of(
            items=[{"item": "a", "source": "make", "lead_time_weeks": 3, "calendar": "p", "safety_time_weeks": 1},
                   {"item": "b", "source": "buy", "lead_time_weeks": 0}],
            bom=[{"parent": "a", "child": "b", "qty": 1}],
            calendar=[{"calendar": "p", "week": w} for w in closed],
            demand=[{"item": "a", "week": 11, "qty": 2}],
        )  # fmt: skip
        plan = plan_mrp(tables, 12)
        made, bought = plan.planned_orders
        assert bought.due_week == made.release_week
        assert made.release_week not in closed or made.release_week == 0
