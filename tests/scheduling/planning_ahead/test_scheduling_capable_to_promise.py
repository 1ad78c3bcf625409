"""The date of a new order is the plan's own: all else untouched, or first in line with whom that delays named."""

import msgspec
import pytest
from schedule_shops import random_shop

from nightmill.scheduling import LivePlan, disruption, solve_shop, validate_shop
from nightmill.scheduling.planning_ahead import NewPromise, promise_new_order
from nightmill.scheduling.problem.records import (
    Alternative,
    ShopMachine,
    ShopOperation,
    ShopOrder,
    ShopProblem,
    ShopSchedule,
    Window,
)
from nightmill.vocabulary.errors import BadInput

replace = msgspec.structs.replace


def asked(seed: int) -> tuple[ShopProblem, ShopSchedule, ShopOrder, tuple[ShopOperation, ...], NewPromise]:
    problem = random_shop(seed, orders=6)
    schedule = solve_shop(problem, iterations=20)
    route = [op for op in problem.operations if op.serial == problem.operations[0].serial]
    ops = tuple(replace(op, id=f"new {op.id}", serial="new", order="new", release_s=0.0) for op in route)
    order = ShopOrder("new", 8 * 3600.0)
    return problem, schedule, order, ops, promise_new_order(problem, schedule, order, ops)


@pytest.mark.parametrize("seed", range(4))
def test_the_date_is_kept_by_a_valid_plan_that_leaves_all_else(seed: int) -> None:
    problem, schedule, order, ops, found = asked(seed)
    live = LivePlan(problem, schedule, frozen_s=0.0)
    before = {a.operation: a for a in live.schedule().assignments}
    live.disrupt(disruption.RushOrder(order, ops), problem.now_s)
    plan = live.schedule()
    assert not [v for v in validate_shop(live.problem, plan) if v.rule != "deadline kept"]
    assert {a.operation: a for a in plan.assignments if a.order != "new"} == before
    assert max(a.done_s for a in plan.assignments if a.order == "new") == found.promise_s
    assert found.late_by_s == max(0.0, found.promise_s - order.due_s)
    assert found.first_in_line_s <= found.promise_s


def test_whoever_is_delayed_by_it_is_named() -> None:
    problem, schedule, order, ops, _ = asked(1)
    many = tuple(replace(op, id=f"{op.id}.{k}", serial=f"new{k}") for k in range(12) for op in ops)
    due = tuple(replace(o, due_s=p.promise_s) for o, p in zip(problem.orders, schedule.promises, strict=True))
    found = promise_new_order(replace(problem, orders=due), schedule, order, many)
    assert found.first_in_line_s < found.promise_s
    assert found.delayed
    assert all(d.later_by_s >= d.late_by_s > 0 for d in found.delayed)


def test_an_order_that_is_there_already_is_bad_input() -> None:
    problem, schedule, _, ops, _ = asked(1)
    with pytest.raises(BadInput):
        promise_new_order(
            problem,
            schedule,
            ShopOrder("new", 1.0),
            tuple(replace(op, serial=problem.operations[0].serial) for op in ops),
        )


def test_parts_of_a_new_order_wait_for_each_other_to_go_into_the_oven_together() -> None:
    """One by one each would take the oven of nine hours anew, a day each."""
    day = 86400.0
    presence = tuple(Window(d * day, d * day + 9 * 3600.0) for d in range(40))

    def route(order: str, parts: int) -> tuple[ShopOperation, ...]:
        bake = Alternative("oven", 9 * 3600.0, family="bake")
        return tuple(
            op
            for n in range(parts)
            for op in (
                ShopOperation(
                    f"{order}.{n}|1", f"{order}.{n}", order, "1", (Alternative("mill", 5400.0),), 240.0, 60.0
                ),
                ShopOperation(f"{order}.{n}|2", f"{order}.{n}", order, "2", (bake,), 60.0, 60.0),
            )
        )

    problem = ShopProblem(
        now_s=0.0,
        horizon_s=7 * day,
        machines=(ShopMachine("mill"), ShopMachine("oven", places=6, by_hand=True)),
        operations=route("A", 3),
        orders=(ShopOrder("A", day),),
        presence=presence,
        pallets=6,
    )
    schedule = solve_shop(problem, iterations=500)
    found = promise_new_order(problem, schedule, ShopOrder("N", 3 * day), route("N", 5))
    assert found.promise_s < 2.5 * day
    assert found.first_in_line_s <= found.promise_s
