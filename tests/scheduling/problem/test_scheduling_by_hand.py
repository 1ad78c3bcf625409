"""Machines that people load and empty: no pallet, no cut begun while nobody is there; decoded, searched and judged."""

import msgspec
import pytest
from test_scheduling_batch_machines import with_oven

from nightmill.scheduling import LivePlan, Model, ahead, find_conflict, solve_shop, validate_shop
from nightmill.scheduling.problem.records import Alternative, ShopMachine, ShopOperation, ShopOrder, ShopProblem, Window
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import HOUR_S

replace = msgspec.structs.replace


def by_hand(shop: ShopProblem) -> ShopProblem:
    return replace(shop, machines=tuple(replace(m, by_hand=m.id == "oven") for m in shop.machines))


def washed(pallets: int, *, persons: int = 1) -> ShopProblem:
    """Six parts that a mill cuts on a pallet each and a washer of two places washes for eight hours; people from 8 to 16 h."""
    operations = []
    for n in range(6):
        serial = f"A.{n}"
        operations.append(ShopOperation(f"{serial}|cut", serial, "A", "cut", (Alternative("mill", 600.0),), 60.0, 60.0))
        wash = Alternative("washer", 8 * HOUR_S, family="wash")
        operations.append(ShopOperation(f"{serial}|wash", serial, "A", "wash", (wash,), 60.0, 60.0))
    presence = tuple(
        Window(24 * HOUR_S * day + 8 * HOUR_S, 24 * HOUR_S * day + 16 * HOUR_S, persons) for day in range(20)
    )
    machines = (ShopMachine("mill"), ShopMachine("washer", places=2, by_hand=True))
    return ShopProblem(0.0, 1e6, machines, tuple(operations), (ShopOrder("A", 0.0),), presence, pallets)


@pytest.mark.parametrize("seed", range(4))
def test_search_and_plan_in_force_keep_to_it(seed: int) -> None:
    shop = by_hand(with_oven(seed, robots=1))
    schedule = solve_shop(shop, iterations=300, seed=seed)
    assert not validate_shop(shop, schedule)
    plan = LivePlan(shop, schedule, seed=seed)
    assert not validate_shop(shop, plan.schedule())


def test_a_part_in_it_holds_no_pallet_and_none_goes_in_at_night() -> None:
    shop = washed(pallets=1)
    schedule = solve_shop(shop, iterations=200)
    assert not validate_shop(shop, schedule)
    washes = [a for a in schedule.assignments if a.machine == "washer"]
    assert all(8.0 <= a.start_s / HOUR_S % 24.0 <= 16.0 for a in washes)
    cuts = [a for a in schedule.assignments if a.machine == "mill"]
    assert any(cut.start_s < wash.end_s and cut.end_s > wash.start_s for cut in cuts for wash in washes)


def test_the_judge_finds_a_load_at_night_and_a_pallet_too_few() -> None:
    shop = washed(pallets=1)
    robot = replace(shop, machines=tuple(replace(m, by_hand=False) for m in shop.machines), pallets=20)
    rules = {
        violation.rule for violation in validate_shop(replace(shop, pallets=20), solve_shop(robot, iterations=300))
    }
    assert "loaded while somebody is present" in rules
    plan = solve_shop(shop, iterations=200)
    assert {violation.rule for violation in validate_shop(replace(robot, pallets=1), plan)} == {"pallets"}


def test_rough_cut_and_conflict_count_no_pallet_for_it() -> None:
    shop = washed(pallets=1)
    held = {load.resource: 0.0 for load in ahead.rough_cut(shop).weeks}
    for load in ahead.rough_cut(shop).weeks:
        held[load.resource] += load.load_h
    assert held["pallets"] < held["washer"] / 4
    assert find_conflict(replace(shop, orders=(ShopOrder("A", 0.0, deadline_s=19 * 24 * HOUR_S),))) is None


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (
            lambda p: {
                "operations": (
                    *p.operations[:-1],
                    replace(p.operations[-1], alternatives=(*p.operations[-1].alternatives, Alternative("mill", 1.0))),
                )
            },
            "operation A.5|wash",
        ),
        (lambda p: {"machines": (p.machines[0], ShopMachine("washer", by_hand=True, buffer=1))}, "machine washer"),
    ],
)
def test_what_contradicts_it_is_refused(change: object, place: str) -> None:
    shop = washed(pallets=2)
    with pytest.raises(BadInput) as error:
        solve_shop(replace(shop, **change(shop)), iterations=0)  # type: ignore[operator]
    assert place in {finding.place for finding in error.value.findings}


def test_the_friendly_level_says_it_too() -> None:
    shop = Model()
    shop.machine("washer", places=2, by_hand=True)
    shop.shift(8.0, 16.0)
    shop.pallets = 1
    order = shop.order("A", due_h=20.0)
    for _ in range(4):
        shop.operation(shop.part(order), {"washer": 10.0}, family="wash")
    plan = shop.solve(iterations=200)
    assert validate_shop(shop.problem, plan) == ()
    assert sorted(a.start_s // (24 * HOUR_S) for a in plan.assignments) == [0.0, 0.0, 1.0, 1.0]
