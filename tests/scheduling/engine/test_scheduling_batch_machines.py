"""Several parts in one cut, parts cut together on one pallet, and finite buffers: decoded, searched and judged."""

import random
from collections import Counter
from collections.abc import Callable

import msgspec
import pytest
from schedule_shops import random_shop

from nightmill.scheduling import LivePlan, Model, dispatch_shop, disruption, solve_shop, validate_shop
from nightmill.scheduling.problem.records import (
    Alternative,
    Changeover,
    ShopMachine,
    ShopOperation,
    ShopOrder,
    ShopProblem,
    ShopSchedule,
    Window,
)
from nightmill.scheduling.rescheduling.live_schedule import steps
from nightmill.scheduling.rescheduling.snapshot import schedule_as_of, shop_as_of
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import DAY_S

replace = msgspec.structs.replace


def with_oven(seed: int, places: int = 3, robots: int = 0) -> ShopProblem:
    """A random shop whose parts end in an oven of several places, in two families that take unlike long."""
    shop, rng = random_shop(seed, orders=6, pallets=30, persons=3), random.Random(seed)
    serials = {op.serial: op.order for op in shop.operations}
    families = {order: rng.choice([("aged", 14400.0), ("tempered", 7200.0)]) for order in serials.values()}
    baked = tuple(
        ShopOperation(
            f"{serial}|bake", serial, order, "bake",
            (Alternative("oven", families[order][1], family=families[order][0]),), 60.0, 60.0,
        )
        for serial, order in serials.items()
    )  # fmt: skip
    return replace(
        shop,
        machines=(*shop.machines, ShopMachine("oven", places=places)),
        operations=(*shop.operations, *baked),
        robots=robots,
        changeovers=(Changeover("aged", "tempered", 1800.0, "oven"), Changeover("tempered", "aged", 900.0, "oven")),
    )


def with_buffers(seed: int, room: int, robots: int = 0) -> ShopProblem:
    shop = random_shop(seed, orders=6, pallets=30, persons=1)
    machines = tuple(replace(m, buffer=room if m.id != "C" else None) for m in shop.machines)
    return replace(shop, machines=machines, robots=robots)


def with_loads(seed: int) -> ShopProblem:
    """A random shop in which the second operation of every part of an order is one cut of all of them."""
    shop = random_shop(seed, orders=8, pallets=30, persons=2)
    ops = []
    for op in shop.operations:
        mates = [o.serial for o in shop.operations if (o.order, o.operation) == (op.order, op.operation)]
        if op.operation == "op1" and len(mates) > 1:
            if op.serial == mates[0]:
                ops.append(replace(op, together=tuple(mates[1:]), mount_s=240.0 * len(mates)))
        else:
            ops.append(op)
    by_step = sorted(ops, key=lambda op: op.operation)
    return replace(shop, operations=tuple(by_step))


def cuts_in(schedule: ShopSchedule, machine: str) -> Counter[tuple[float, float]]:
    return Counter((a.start_s, a.end_s) for a in schedule.assignments if a.machine == machine)


@pytest.mark.parametrize("robots", [0, 1])
def test_an_oven_takes_several_parts_in_one_cut(robots: int) -> None:
    shared = 0
    for seed in range(4):
        shop = with_oven(seed, robots=robots)
        schedule = solve_shop(shop, iterations=400, seed=seed)
        assert validate_shop(shop, schedule) == ()
        cuts = cuts_in(schedule, "oven")
        assert max(cuts.values()) <= 3
        shared += sum(count > 1 for count in cuts.values())
    assert shared >= 4


def test_a_place_more_lets_the_oven_finish_sooner() -> None:
    alone = dispatch_shop(with_oven(1, places=1))
    assert dispatch_shop(with_oven(1, places=4)).makespan_s < alone.makespan_s


def loads_for_an_oven(sizes: tuple[int, ...], places: int = 4) -> ShopProblem:
    """Orders of so many parts, each order on one pallet, that an oven of so many places is to bake; the day has people throughout."""
    model = [
        ShopOperation(
            f"{n}|bake", f"{n}.1", f"{n}", "bake", (Alternative("oven", 3600.0, family="aged"),), 60.0, 60.0,
            together=tuple(f"{n}.{k}" for k in range(2, size + 1)),
        )
        for n, size in enumerate(sizes)
    ]  # fmt: skip
    orders = tuple(ShopOrder(f"{n}", DAY_S, 1.0) for n in range(len(sizes)))
    presence = (Window(0.0, 2 * DAY_S, 4),)
    oven = ShopMachine("oven", places=places)
    return ShopProblem(0.0, 2 * DAY_S, (oven,), tuple(model), orders, presence, pallets=len(sizes))


@pytest.mark.parametrize(("sizes", "cuts"), [((2, 2), 1), ((3, 2), 2), ((2, 1, 1), 1), ((3, 3, 1), 2), ((4, 4), 2)])
def test_parts_on_one_pallet_take_a_place_each(sizes: tuple[int, ...], cuts: int) -> None:
    shop = loads_for_an_oven(sizes)
    schedule = solve_shop(shop, iterations=200, seed=1)
    assert not validate_shop(shop, schedule)
    assert len(cuts_in(schedule, "oven")) == cuts
    together = [replace(row, start_s=60.0, end_s=3660.0) for row in schedule.assignments]
    crowded = [
        each for each in validate_shop(shop, replace(schedule, assignments=tuple(together))) if "places" in each.rule
    ]
    assert bool(crowded) == (sum(sizes) > 4), "the judge counts them as well"


@pytest.mark.parametrize("change", [{"together": tuple(f"0.{n}" for n in range(2, 6))}, {"per_pallet": 5}])
def test_a_pallet_of_more_parts_than_places_is_refused(change: dict[str, object]) -> None:
    shop = loads_for_an_oven((1,))
    shop = replace(shop, operations=(replace(shop.operations[0], **change),))
    with pytest.raises(BadInput, match=r"5 parts together.*at most 4 on oven"):
        solve_shop(shop, iterations=1)


def test_a_part_may_wait_for_others_to_be_cut_with() -> None:
    ops = tuple(
        ShopOperation(f"{k}|bake", f"{k}", "A", "bake", (Alternative("oven", 36000.0, family="f"),), 60.0, 60.0,
                      release_s=3600.0 * k)
        for k in range(4)
    )  # fmt: skip
    shop = ShopProblem(
        0.0, DAY_S, (ShopMachine("oven", places=4),), ops, (ShopOrder("A", 0.0),), (Window(0.0, 20 * DAY_S, 2),), 9
    )
    schedule = solve_shop(shop, iterations=600)
    assert validate_shop(shop, schedule) == ()
    assert len(cuts_in(schedule, "oven")) == 1
    assert schedule.makespan_s < 14.0 * 3600.0


@pytest.mark.parametrize(("room", "robots"), [(0, 0), (1, 0), (1, 1), (2, 2)])
def test_a_full_buffer_keeps_the_part_in_its_machine(room: int, robots: int) -> None:
    blocked = 0
    for seed in range(4):
        shop = with_buffers(seed, room, robots)
        schedule = solve_shop(shop, iterations=400, seed=seed)
        assert validate_shop(shop, schedule) == ()
        blocked += sum(a.left_s is not None for a in schedule.assignments)
        assert all(a.left_s is None for a in schedule.assignments if a.machine == "C")
    assert blocked > 0


def test_a_plan_goes_on_while_a_blocked_part_is_on_its_way_to_the_person() -> None:
    shop, seen = with_buffers(1, 0), 0
    schedule = solve_shop(shop, iterations=50)
    for a in schedule.assignments:
        if a.left_s is not None and a.left_s + 30.0 < a.dismount_s:
            later = shop_as_of(shop, schedule, a.left_s + 30.0)
            assert validate_shop(later, schedule_as_of(shop, later, schedule)) == ()
            assert validate_shop(later, solve_shop(later, iterations=0)) == ()
            seen += 1
    assert seen > 1


def test_a_buffer_too_small_to_matter_costs_and_a_large_one_does_not() -> None:
    shop = with_buffers(2, 0)
    unlimited = replace(shop, machines=tuple(replace(m, buffer=None) for m in shop.machines))
    large = replace(shop, machines=tuple(replace(m, buffer=50) for m in shop.machines))
    assert dispatch_shop(large).assignments == dispatch_shop(unlimited).assignments
    assert dispatch_shop(shop).assignments != dispatch_shop(unlimited).assignments


def test_what_runs_and_is_blocked_leaves_when_there_is_room() -> None:
    def cut(name: str, state: str, **more: object) -> ShopOperation:
        base = ShopOperation(name, name, "A", "op", (Alternative("M", 3600.0),), 60.0, 60.0)
        return replace(base, state=state, machine="M", **more)

    ops = (cut("1", "cut"), cut("2", "running", started_s=0.0), cut("3", "waiting"))
    shop = ShopProblem(
        3600.0, DAY_S, (ShopMachine("M", buffer=1),), ops, (ShopOrder("A", 0.0),), (Window(36000.0, 20 * DAY_S),), 9
    )
    schedule = solve_shop(shop, iterations=50)
    assert validate_shop(shop, schedule) == ()
    running = next(a for a in schedule.assignments if a.operation == "2")
    assert running.left_s is not None
    assert running.left_s >= 36000.0 - shop.move_s


def test_parts_cut_together_are_one_cut_of_each_ones_route() -> None:
    seen = 0
    for seed in range(5):
        shop = with_loads(seed)
        schedule = solve_shop(shop, iterations=400, seed=seed)
        assert validate_shop(shop, schedule) == ()
        seen += sum(bool(op.together) for op in shop.operations)
    assert seen > 5


def test_the_plan_in_force_is_mended_and_improved_with_all_of_it() -> None:
    for seed, shop in enumerate((with_oven(3, robots=2), with_buffers(3, 1), with_loads(3))):
        plan = LivePlan(shop, solve_shop(shop, iterations=300, seed=seed), seed=seed)
        before = plan.schedule()
        assert before.assignments == solve_shop(shop, iterations=300, seed=seed).assignments
        begin = before.assignments[len(before.assignments) // 3].start_s
        plan.disrupt(disruption.Breakdown("B", begin + 30000.0), begin)
        assert validate_shop(*plan.remaining()) == ()
        plan.improve(steps(600))
        assert validate_shop(*plan.remaining()) == ()


@pytest.mark.parametrize("seed", [6, 9, 12])
def test_parts_that_wait_for_each_other_around_a_cut_of_both_are_put_back(seed: int) -> None:
    shop = with_loads(seed)
    plan = LivePlan(shop, solve_shop(shop, iterations=100, seed=seed), seed=seed)
    begin = sorted(a.start_s for a in plan.schedule().assignments)[1]
    for machine, at in (("A", begin), ("B", begin + 600.0), ("C", begin + 1200.0)):
        plan.disrupt(disruption.Breakdown(machine, at + 40000.0), at)
        assert validate_shop(*plan.remaining()) == ()


def test_what_waits_in_its_machine_runs_until_now() -> None:
    shop = with_buffers(3, 0)
    schedule = solve_shop(shop, iterations=100)
    blocked = next(a for a in schedule.assignments if a.left_s is not None)
    later = shop_as_of(shop, schedule, (blocked.end_s + (blocked.left_s or 0.0)) / 2)
    assert {op.id: op.state for op in later.operations}[blocked.operation] == "running"
    rules = {found.rule for found in validate_shop(later, schedule_as_of(shop, later, schedule))}
    assert "running cuts are unchanged" not in rules


def test_a_part_on_its_way_to_a_full_buffer_is_not_there_yet() -> None:
    moved = 0
    for seed in range(3):
        shop = with_buffers(seed, 1)
        schedule = solve_shop(shop, iterations=200, seed=seed)
        for a in schedule.assignments:
            at = (a.end_s if a.left_s is None else a.left_s) + shop.move_s / 2
            later = shop_as_of(shop, schedule, at)
            moved += {op.id: op.state for op in later.operations}.get(a.operation) == "cut"
            assert validate_shop(later, schedule_as_of(shop, later, schedule)) == (), f"seed {seed} at {at}"
    assert moved > 50


def with_one(schedule: ShopSchedule, index: int, **fields: object) -> ShopSchedule:
    changed = list(schedule.assignments)
    changed[index] = replace(changed[index], **fields)
    return replace(schedule, assignments=tuple(changed))


def fewer_places(seed: int) -> tuple[ShopProblem, ShopSchedule]:
    shop = with_oven(seed)
    schedule = solve_shop(shop, iterations=400, seed=seed)
    machines = tuple(replace(m, places=2) if m.id == "oven" else m for m in shop.machines)
    return replace(shop, machines=machines), schedule


def unlike_families(seed: int) -> tuple[ShopProblem, ShopSchedule]:
    shop = with_oven(seed)
    schedule = solve_shop(shop, iterations=400, seed=seed)
    count = Counter((a.machine, a.start_s) for a in schedule.assignments)
    name = next(a.operation for a in schedule.assignments if a.machine == "oven" and count["oven", a.start_s] > 1)
    ops = tuple(
        replace(op, alternatives=(replace(op.alternatives[0], family="x"),)) if op.id == name else op
        for op in shop.operations
    )
    return replace(shop, operations=ops), schedule


def overfull_buffer(seed: int) -> tuple[ShopProblem, ShopSchedule]:
    shop = with_buffers(seed, 1)
    unlimited = replace(shop, machines=tuple(replace(m, buffer=None) for m in shop.machines))
    return shop, solve_shop(unlimited, iterations=200)


def gone_too_soon(seed: int) -> tuple[ShopProblem, ShopSchedule]:
    shop = with_buffers(seed, 0)
    schedule = solve_shop(shop, iterations=200)
    return shop, with_one(schedule, 1, left_s=schedule.assignments[1].end_s - 600.0)


def next_cut_while_blocked(seed: int) -> tuple[ShopProblem, ShopSchedule]:
    shop = with_buffers(seed, 9)
    schedule = solve_shop(shop, iterations=200)
    first = schedule.assignments[0]
    after = min(a.start_s for a in schedule.assignments if a.machine == first.machine and a.start_s > first.start_s)
    return shop, with_one(schedule, 0, left_s=after, dismount_s=after + 1e6, done_s=after + 1e6)


def load_before_its_parts(seed: int) -> tuple[ShopProblem, ShopSchedule]:
    shop = with_loads(seed)
    alone = replace(shop, operations=tuple(replace(op, together=()) for op in shop.operations))
    return shop, solve_shop(alone, iterations=0)


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        (fewer_places, "no more parts than places"),
        (unlike_families, "only parts of one family cut together"),
        (overfull_buffer, "free place in the buffer"),
        (gone_too_soon, "cut finished before the part leaves"),
        (next_cut_while_blocked, "one part per machine"),
        (load_before_its_parts, "route order"),
    ],
)
def test_seeded_fault_is_found(fault: Callable[[int], tuple[ShopProblem, ShopSchedule]], rule: str) -> None:
    found = [{violation.rule for violation in validate_shop(*fault(seed))} for seed in range(3)]
    assert any(rule in rules for rules in found)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda p: {"machines": (*p.machines[:-1], replace(p.machines[-1], buffer=1))}, "machine oven"),
        (lambda p: {"machines": (*p.machines[:-1], replace(p.machines[-1], chip_s=1.0))}, "machine oven"),
        (
            lambda p: {
                "operations": (
                    *p.operations[:-1],
                    replace(p.operations[-1], alternatives=(Alternative("oven", 5.0),)),
                )
            },
            "operation",
        ),
        (
            lambda p: {
                "operations": (replace(p.operations[0], together=(p.operations[-1].serial,)), *p.operations[1:])
            },
            "operation",
        ),
    ],
)
def test_what_cannot_be_is_refused(change: Callable[[ShopProblem], dict[str, object]], place: str) -> None:
    shop = with_oven(0)
    with pytest.raises(BadInput, match=place):
        solve_shop(replace(shop, **change(shop)), iterations=0)


def test_the_friendly_level_says_it_too() -> None:
    shop = Model()
    shop.machine("mill", buffer=1)
    shop.machine("oven", places=2)
    order = shop.order("A", due_h=10.0)
    parts = [shop.part(order) for _ in range(4)]
    for pair in (parts[:2], parts[2:]):
        shop.operation(pair[0], {"mill": 1.0}, together=pair[1:])
    for part in parts:
        shop.operation(part, {"oven": 2.0}, family="aged")
    plan = shop.solve(iterations=200)
    assert validate_shop(shop.problem, plan) == ()
    assert len(cuts_in(plan, "mill")) == 2
    assert max(cuts_in(plan, "oven").values()) == 2
