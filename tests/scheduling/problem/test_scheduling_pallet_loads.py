"""Loads that the planner forms where a shop says how many parts fit on a pallet: formed, judged, replanned."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from schedule_shops import random_shop

from nightmill.scheduling import (
    Explained,
    LivePlan,
    Model,
    dispatch_shop,
    disruption,
    find_conflict,
    solve_shop,
    validate_shop,
)
from nightmill.scheduling.planning_ahead.capable_to_promise import promise_new_order
from nightmill.scheduling.planning_ahead.what_if import compare_scenarios
from nightmill.scheduling.problem.records import (
    Alternative,
    ShopMachine,
    ShopOperation,
    ShopOrder,
    ShopProblem,
    ShopSchedule,
    ToolUse,
    Window,
)
from nightmill.scheduling.rescheduling.snapshot import schedule_as_of, shop_as_of
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import DAY_S

replace, HOUR = msgspec.structs.replace, 3600.0


def night_shop(per_pallet: int, parts: int = 8, more_s: float | None = None) -> ShopProblem:
    """One mill, two pallets, people for four hours a day, parts of an hour and a half each."""
    cut = Alternative("M", 1.5 * HOUR, (ToolUse(1, 60.0),), more_s=more_s)
    ops = tuple(
        ShopOperation(f"A.{n}|op", f"A.{n}", "A", "op", (cut,), 240.0, 60.0, per_pallet=per_pallet)
        for n in range(parts)
    )
    presence = tuple(Window(day * DAY_S, day * DAY_S + 4 * HOUR) for day in range(30))
    return ShopProblem(0.0, DAY_S, (ShopMachine("M"),), ops, (ShopOrder("A", DAY_S),), presence, 2)


def mixed_shop(seed: int) -> ShopProblem:
    """A random shop in which the second operation is the same for all parts of an order, and three of them fit on a pallet."""
    shop = random_shop(seed, orders=6, pallets=12, persons=2)
    seen: dict[str, int] = {}
    like: dict[str, ShopOperation] = {}
    ops = []
    for op in shop.operations:
        seen[op.serial] = seen.get(op.serial, 0) + 1
        if seen[op.serial] == 2 and op.state == "waiting":
            first = like.setdefault(op.order, op)
            op = replace(first, id=op.id, serial=op.serial, release_s=op.release_s, per_pallet=3, operation="second")
        ops.append(op)
    return replace(shop, operations=tuple(ops))


def two_steps() -> ShopProblem:
    """Parts that are cut one by one, then three to a pallet."""
    shop = night_shop(3)
    firsts = (replace(op, id=f"{op.serial}|first", operation="first", per_pallet=1) for op in shop.operations)
    return replace(shop, operations=tuple(op for pair in zip(firsts, shop.operations, strict=True) for op in pair))


def test_loads_are_formed_in_one_order_whatever_the_process_hashes_names_to() -> None:
    lines = (
        "from test_scheduling_pallet_loads import two_steps",
        "from nightmill.scheduling.problem.pallet_loads import full_loads",
        "print([op.id for op in full_loads(two_steps()).operations])",
    )
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    said = {
        subprocess.run(
            [sys.executable, "-c", "\n".join(lines)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3", "4")
    }
    assert len(said) == 1


def test_full_loads_fill_the_night_that_few_pallets_leave_empty() -> None:
    one, four = (solve_shop(night_shop(fits), iterations=100) for fits in (1, 4))
    assert validate_shop(night_shop(4), four) == ()
    assert one.assignments[0].together == ()
    assert [1 + len(a.together) for a in four.assignments] == [4, 4]
    assert four.weighted_tardiness_s < one.weighted_tardiness_s
    row = four.assignments[0]
    assert row.end_s - row.start_s == 6 * HOUR
    assert row.start_s >= row.mount_s + 4 * 240.0
    assert row.done_s - row.dismount_s == 4 * 60.0


def test_small_loads_where_the_next_machine_waits_for_the_first_parts() -> None:
    shop = Model(move_min=0.0)
    for name in ("saw", "mill"):
        shop.machine(name)
    shop.order("A", due_h=4.5)
    for part in [shop.part("A") for _ in range(4)]:
        shop.operation(part, {"saw": 1.0}, per_pallet=4)
        shop.operation(part, {"mill": 1.0})
    schedule = shop.solve(iterations=50)
    assert validate_shop(shop.problem, schedule) == ()
    assert all(not a.together for a in schedule.assignments)


def test_a_further_part_takes_what_is_said() -> None:
    schedule = solve_shop(night_shop(8, more_s=0.5 * HOUR), iterations=20)
    assert validate_shop(night_shop(8, more_s=0.5 * HOUR), schedule) == ()
    (row, *_) = schedule.assignments
    assert row.end_s - row.start_s == (1.5 + 0.5 * len(row.together)) * HOUR


@pytest.mark.parametrize("seed", range(4))
def test_what_is_formed_the_judge_finds_right(seed: int) -> None:
    shop = mixed_shop(seed)
    found = solve_shop(shop, iterations=150, seed=seed)
    assert found == solve_shop(shop, iterations=150, seed=seed)
    for schedule in (found, dispatch_shop(shop), solve_shop(shop, iterations=100, goals=("tardiness", "flow"))):
        assert validate_shop(shop, schedule) == ()
        assert sum(1 + len(a.together) for a in schedule.assignments) == len(shop.operations)
    assert any(a.together for a in dispatch_shop(shop).assignments)


def test_a_plan_in_force_keeps_its_loads() -> None:
    shop = mixed_shop(1)
    schedule = dispatch_shop(shop)
    loads = {(a.operation, a.together) for a in schedule.assignments}
    again = solve_shop(shop, iterations=30, previous=schedule)
    assert {(a.operation, a.together) for a in again.assignments} == loads
    plan = LivePlan(shop, schedule)
    machine = schedule.assignments[0].machine
    plan.disrupt(
        disruption.Breakdown(machine, schedule.assignments[0].start_s + DAY_S), schedule.assignments[0].start_s
    )
    assert validate_shop(*plan.remaining()) == ()
    later = shop_as_of(shop, schedule, 0.5 * DAY_S)
    assert validate_shop(later, schedule_as_of(shop, later, schedule)) == ()
    late = max(schedule.promises, key=lambda promise: promise.late_by_s)
    told = Explained(shop, schedule).of(late.order)
    assert sum(each.seconds for each in told.blame) == pytest.approx(told.late_by_s)
    (same,) = compare_scenarios(shop, [("the same", shop)], schedule=schedule)
    assert same.gain_s == 0.0
    assert find_conflict(shop) is None


def test_a_rush_order_comes_in_full_loads_and_a_promise_takes_the_sooner() -> None:
    shop = night_shop(1, parts=2)
    schedule = solve_shop(shop, iterations=0)
    cut = Alternative("M", 1.5 * HOUR)
    new = tuple(ShopOperation(f"N.{n}|op", f"N.{n}", "N", "op", (cut,), 240.0, 60.0, per_pallet=4) for n in range(8))
    plan = LivePlan(shop, schedule, frozen_s=0.0)
    plan.disrupt(disruption.RushOrder(ShopOrder("N", DAY_S), new), 0.0)
    assert validate_shop(*plan.remaining()) == ()
    assert [1 + len(a.together) for a in plan.schedule().assignments if a.order == "N"] == [4, 4]
    single = tuple(replace(op, per_pallet=1) for op in new)
    dates = [promise_new_order(shop, schedule, ShopOrder("N", DAY_S), ops).promise_s for ops in (new, single)]
    assert dates[0] < dates[1]


def _all_in_one(shop: ShopProblem, found: ShopSchedule) -> ShopSchedule:
    first, *rest = found.assignments
    others = [s for a in rest for s in (a.serial, *a.together)]
    return replace(found, assignments=(replace(first, together=(*first.together, *others)),))


def _twice(shop: ShopProblem, found: ShopSchedule) -> ShopSchedule:
    first, second = found.assignments
    return replace(found, assignments=(first, replace(second, together=(first.together[0], *second.together[1:]))))


def _shortened(shop: ShopProblem, found: ShopSchedule) -> ShopSchedule:
    first, second = found.assignments
    return replace(found, assignments=(first, replace(second, end_s=second.end_s - HOUR)))


def _left_out(shop: ShopProblem, found: ShopSchedule) -> ShopSchedule:
    first, second = found.assignments
    return replace(found, assignments=(first, replace(second, together=second.together[1:])))


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        (_all_in_one, "loads of identical parts that fit"),
        (_twice, "loads of identical parts that fit"),
        (_shortened, "cut takes the planned time"),
        (_left_out, "each operation once"),
    ],
)
def test_the_judge_finds_wrong_loads(fault: object, rule: str) -> None:
    shop = night_shop(4)
    found = fault(shop, solve_shop(shop, iterations=20))  # type: ignore[operator]
    assert rule in {violation.rule for violation in validate_shop(shop, found)}


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="per_pallet 0"):
        night_shop(0)
    with pytest.raises(ValueError, match="more_s -1"):
        night_shop(2, more_s=-1.0)
    shop = night_shop(2)
    with pytest.raises(BadInput, match="presence"):
        solve_shop(replace(shop, presence=()), iterations=0)
