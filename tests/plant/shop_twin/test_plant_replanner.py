"""The planner that the twin's futures plan with is the loop's own."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from nightmill import scheduling
from nightmill.floor import ShopState, apply, empty_state, presence_windows
from nightmill.plant.shop_schedule.plan_in_force import in_force, loop_plan, reached
from nightmill.plant.shop_schedule.problem import cycle_ratios, shop_problem
from nightmill.plant.shop_twin.belief import believed, floor_model
from nightmill.plant.shop_twin.replanner import LoopPlanner
from nightmill.scheduling import solve_shop
from nightmill.scheduling.problem.records import ShopProblem, ShopSchedule
from nightmill.vocabulary import events as e

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
from virtual_shops import DAY_S, VirtualShop, lived, virtual_shop


def morning() -> tuple[VirtualShop, tuple[e.Event, ...], ShopState]:
    """A virtual shop on its first day at ten, when a plan is in force and machines cut slower or faster than planned."""
    virtual = virtual_shop(4, 2.0)
    orders = tuple(replace(order, release_s=0.0) for order in virtual.shop.orders)
    virtual = replace(virtual, shop=replace(virtual.shop, orders=orders))
    log = lived(virtual, 10.0 / 24.0, "closed-loop")
    state = empty_state(virtual.shop)
    for event in log:
        apply(state, event)
    return virtual, log, state


def test_it_plans_what_the_loop_would_whatever_the_problem_says_handwork_takes() -> None:
    virtual, _, state = morning()
    presence = presence_windows(virtual.shop, 0.0, 30 * DAY_S)
    assert cycle_ratios(state)
    assert in_force(state) is not None
    as_the_loop_sees_it = shop_problem(state, virtual.shop, 7 * DAY_S, presence)
    as_the_twin_sees_it = shop_problem(state, virtual.shop, 7 * DAY_S, presence, speed={})
    operations = tuple(
        replace(op, mount_s=9.0 * op.mount_s, dismount_s=1.0, measure_s=7.0) for op in as_the_twin_sees_it.operations
    )
    as_the_twin_sees_it = replace(as_the_twin_sees_it, operations=operations, move_s=1.0)
    previous = in_force(state) or ShopSchedule((), (), (), 0.0, 0.0, 0.0, 0.0, 0)
    planned = LoopPlanner.of(virtual.shop, state)(as_the_twin_sees_it, previous)
    assert planned.assignments == loop_plan(state, as_the_loop_sees_it).assignments


def test_it_knows_of_its_last_plan_what_the_log_keeps_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    virtual, _, state = morning()
    presence = presence_windows(virtual.shop, 0.0, 30 * DAY_S)
    as_the_loop_sees_it = shop_problem(state, virtual.shop, 7 * DAY_S, presence)
    problem = shop_problem(state, virtual.shop, 7 * DAY_S, presence, speed={})
    planner = LoopPlanner.of(virtual.shop, state)
    nothing = ShopSchedule((), (), (), 0.0, 0.0, 0.0, 0.0, 0)
    found = planner(problem, nothing)
    waiting = {op.id: op for op in problem.operations if op.state in {"waiting", "mounted"}}
    rows = [row for row in found.assignments if row.operation in waiting]
    state.schedule = [
        e.ScheduleLine(row.serial, waiting[row.operation].operation, row.machine, row.mount_s, row.start_s, row.end_s)
        for row in rows
    ]
    asked: list[ShopSchedule | None] = []

    def solve(problem: ShopProblem, *, previous: ShopSchedule | None, **settings: Any) -> ShopSchedule:
        asked.append(previous)
        return solve_shop(problem, previous=previous, **settings)

    monkeypatch.setattr(scheduling, "solve_shop", solve)
    again = planner(problem, replace(found, assignments=tuple(rows)))
    assert again.assignments == loop_plan(state, as_the_loop_sees_it).assignments
    assert asked == [in_force(state)] * 2
    assert any(row.dismount_s > row.end_s for row in rows), "else there is nothing to forget"


def test_the_twin_is_given_it_where_futures_are_to_plan_anew() -> None:
    virtual, log, state = morning()
    belief = believed(virtual.shop, state, log, 2.0)
    kept, anew = (floor_model(virtual.shop, state.policy, belief, anew=each).habits for each in (None, state))
    assert kept.planner is None
    assert anew.planner == LoopPlanner.of(virtual.shop, state)
    assert anew.received == set(state.orders)


def much_longer(problem: ShopProblem) -> ShopProblem:
    """The problem with cuts of 200 times the length, of parts that haven't begun."""
    begun = {op.serial for op in problem.operations if op.state != "waiting"}
    return replace(
        problem,
        operations=tuple(
            replace(op, alternatives=tuple(replace(run, run_s=200.0 * run.run_s) for run in op.alternatives))
            if op.serial not in begun
            else op
            for op in problem.operations
        ),
    )


def test_more_than_people_are_known_to_be_there_for_is_planned_as_far_as_it_goes() -> None:
    virtual, _, state = morning()
    presence = presence_windows(virtual.shop, 0.0, 4.0 * DAY_S)
    as_the_loop_sees_it = much_longer(shop_problem(state, virtual.shop, 7 * DAY_S, presence))
    as_the_twin_sees_it = much_longer(shop_problem(state, virtual.shop, 7 * DAY_S, presence, speed={}))
    found = reached(as_the_loop_sees_it, partial(loop_plan, state))
    assert found.beyond, "else this tests nothing"
    nothing = ShopSchedule((), (), (), 0.0, 0.0, 0.0, 0.0, 0)
    planned = LoopPlanner.of(virtual.shop, state)(as_the_twin_sees_it, in_force(state) or nothing)
    assert {row.operation for row in planned.assignments} == {row.operation for row in found.plan.assignments}
