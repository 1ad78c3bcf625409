"""A plan in force: mended at once and validly whatever happens, frozen work untouched, machines kept within the budget."""

import random
from typing import Any

import msgspec
import pytest
from schedule_shops import random_shop

from nightmill.scheduling import LivePlan, solve_shop, validate_shop
from nightmill.scheduling.engine.encode import on_grid
from nightmill.scheduling.problem.records import (
    Assignment,
    MaintenanceChoice,
    ShopOrder,
    ShopProblem,
    ToolBudget,
    Window,
)
from nightmill.scheduling.rescheduling.disruptions import (
    Breakdown,
    Disruption,
    LateMaterial,
    RushOrder,
    Scrap,
    WornTool,
)
from nightmill.scheduling.rescheduling.live_schedule import steps
from nightmill.scheduling.search.annealing import late_costs
from nightmill.scheduling.search.parallel_annealing import Crew
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import DAY_S

replace = msgspec.structs.replace


def plan_of(seed: int, orders: int = 12, pallets: int = 8) -> LivePlan:
    problem = random_shop(seed, orders=orders, pallets=pallets)
    return LivePlan(problem, solve_shop(problem, iterations=30, seed=seed))


def event(rng: random.Random, plan: LivePlan, at_s: float, number: int) -> Disruption:
    """Something that happens to what is left of a plan."""
    problem = plan.problem
    op = rng.choice(problem.operations)
    route = [o for o in problem.operations if o.serial == op.serial]
    fresh = tuple(
        replace(o, id=f"{number}.{o.id}", serial=f"{number}.{o.serial}", order=op.order, state="waiting", machine="")
        for o in route
    )
    rush = tuple(replace(o, order=f"rush {number}") for o in fresh)
    choices: list[Disruption] = [
        Breakdown(rng.choice("ABC"), at_s + rng.uniform(1.0, 30.0) * 3600.0),
        LateMaterial(op.order, at_s + rng.uniform(0.0, 2.0) * DAY_S),
        WornTool("A", 1, rng.choice([0.0, 600.0, 3000.0])),
        Scrap(op.serial, fresh),
        RushOrder(ShopOrder(f"rush {number}", at_s + DAY_S, 5.0), rush),
    ]
    return rng.choice(choices)


def unchanged(before: Assignment, after: Assignment | None) -> bool:
    return after is not None and replace(before, dismount_s=0.0, done_s=0.0) == replace(
        after, dismount_s=0.0, done_s=0.0
    )


@pytest.mark.parametrize("seed", range(25))
def test_every_plan_is_valid_whatever_happens(seed: int) -> None:
    rng = random.Random(seed)
    plan = plan_of(seed, pallets=rng.randint(2, 9))
    assert validate_shop(plan.problem, plan.schedule()) == ()
    at_s = 0.0
    for number in range(5):
        at_s += rng.uniform(0.5, 14.0) * 3600.0
        before = {a.operation: a for a in plan.schedule().assignments}
        happens = event(rng, plan, at_s, number)
        diff = plan.disrupt(happens, at_s)
        assert validate_shop(*plan.remaining()) == ()
        first = plan.weighted_tardiness_s
        assert diff.weighted_tardiness_s == pytest.approx(first)
        more = plan.improve(steps(400))
        assert validate_shop(*plan.remaining()) == ()
        after = {a.operation: a for a in plan.schedule().assignments}
        stopped = happens.machine if isinstance(happens, Breakdown | WornTool) else ""
        until = happens.until_s if isinstance(happens, Breakdown) else float("inf")
        hit = {
            a.serial for a in before.values() if a.machine == stopped and a.end_s > at_s and a.start_s - 60.0 < until
        }
        for name, a in before.items():
            if a.mount_s < at_s + plan.frozen_s and a.serial not in hit and name not in diff.frozen_moved:
                assert unchanged(a, after.get(name)) or a.mount_s > at_s
        assert not more.frozen_moved
        open_ = [a for a in before.values() if a.mount_s > at_s and a.operation in after]
        moved = sum(after[a.operation].machine != a.machine for a in open_)
        assert moved <= max(diff.machine_changes, plan.may_change * len(open_))


def test_what_began_before_the_plan_can_break_down_too() -> None:
    problem = random_shop(2, orders=8)
    first = LivePlan(problem, solve_shop(problem, iterations=20))
    later = next(a for a in first.schedule().assignments if a.end_s - a.start_s > 3000.0)
    at_s = (later.start_s + later.end_s) / 2.0
    first.disrupt(LateMaterial(problem.orders[0].id, 0.0), at_s)
    left, schedule = first.remaining()
    plan = LivePlan(left, schedule)
    diff = plan.disrupt(Breakdown(later.machine, at_s + 4 * 3600.0), at_s + 60.0)
    assert validate_shop(*plan.remaining()) == ()
    again = next(c for c in diff.changes if c.operation == later.operation)
    assert again.start_s is not None
    assert again.start_s >= at_s + 4 * 3600.0


def test_a_diff_names_what_moves_and_nothing_else() -> None:
    plan = plan_of(7)
    before = plan.schedule()
    at_s = 7 * 3600.0
    diff = plan.disrupt(Breakdown("A", at_s + 20 * 3600.0), at_s)
    after = {a.operation: a for a in plan.schedule().assignments}
    moved = {a.operation for a in before.assignments if after[a.operation] != a}
    assert moved == {change.operation for change in diff.changes}
    assert moved
    for change in diff.changes:
        assert (change.machine, change.start_s) == (after[change.operation].machine, after[change.operation].start_s)
    assert set(plan.difference(before).changes) == set(diff.changes)


def test_steps_give_the_same_plan_and_only_better_ones() -> None:
    plans = [plan_of(3) for _ in range(2)]
    for plan in plans:
        plan.disrupt(Breakdown("B", 60 * 3600.0), 8 * 3600.0)
    cost = plans[0].cost
    for plan in plans:
        plan.improve(steps(600))
    assert plans[0].cost <= cost + 1e-6
    assert plans[0].schedule() == plans[1].schedule()


def test_a_plan_is_taken_into_force_exactly() -> None:
    problem = random_shop(9, orders=10)
    schedule = solve_shop(problem, iterations=60)
    assert LivePlan(problem, schedule).schedule().assignments == schedule.assignments


def test_scrap_frees_what_it_had_and_its_remake_is_planned() -> None:
    plan = plan_of(5)
    last = max(plan.schedule().assignments, key=lambda a: a.mount_s)
    route = [op for op in plan.problem.operations if op.serial == last.serial]
    remake = tuple(replace(op, id=f"again {op.id}", serial="again") for op in route)
    plan.disrupt(Scrap(last.serial, remake), 3600.0)
    planned = {a.serial for a in plan.schedule().assignments}
    assert last.serial not in planned
    assert "again" in planned


@pytest.mark.parametrize(
    ("happens", "at_s", "word"),
    [
        (Breakdown("Z", 9e5), 10.0, "machine"),
        (Breakdown("A", 5.0), 10.0, "until_s"),
        (LateMaterial("Z", 9e5), 10.0, "order"),
        (WornTool("A", 99, 5.0), 10.0, "tool"),
        (Scrap("Z"), 10.0, "serial"),
        (Breakdown("A", 9e5), -10.0, "at_s"),
    ],
)
def test_events_that_do_not_fit_are_refused(happens: Disruption, at_s: float, word: str) -> None:
    with pytest.raises(BadInput, match=word):
        plan_of(1).disrupt(happens, at_s)


@pytest.mark.parametrize(
    "kind", ["no time", "unknown machine", "nobody comes again", "a name that is taken", "contradicts itself"]
)
def test_a_refused_event_leaves_everything_as_it_was(kind: str) -> None:
    plan, other = plan_of(1), plan_of(1)
    serial = plan.schedule().assignments[-1].serial
    route = tuple(op for op in plan.problem.operations if op.serial == serial)
    nowhere = tuple(replace(op, id=f"new {op.id}", serial="new", alternatives=()) for op in route)
    events: dict[str, Disruption] = {
        "no time": Breakdown("A", 5.0),
        "unknown machine": WornTool("Z", 1, 5.0),
        "nobody comes again": Breakdown("A", 1e9),
        "a name that is taken": Scrap(serial, route),
        "contradicts itself": RushOrder(ShopOrder("new", DAY_S, 1.0), nowhere),
    }
    with pytest.raises(BadInput):
        plan.disrupt(events[kind], 7200.0)
    assert (plan.now_s, plan.problem, plan.late_before) == (other.now_s, other.problem, other.late_before)
    assert plan.schedule() == other.schedule()
    event = Breakdown("A", 20.0 * 3600.0)
    assert plan.disrupt(event, 3600.0) == other.disrupt(event, 3600.0)
    plan.improve(steps(400))
    other.improve(steps(400))
    assert plan.schedule() == other.schedule()


def test_a_breakdown_that_leaves_a_maintenance_stop_no_place_is_refused() -> None:
    """All that is to be cut can be cut elsewhere, so that only the stop is in the way."""
    shop = random_shop(4, orders=8)
    anywhere = (replace(shop.operations[0].alternatives[0], machine="B", tools=()),)
    problem = replace(shop, operations=tuple(replace(op, alternatives=anywhere) for op in shop.operations))
    plan = LivePlan(problem, solve_shop(problem, iterations=20))
    assert plan.problem.maintenance[0].machine == "A"
    before = plan.schedule()
    with pytest.raises(BadInput, match="maintenance: found a stop that can't be placed"):
        plan.disrupt(Breakdown("A", 1e9), before.maintenance[0].start_s - 3600.0)
    assert plan.schedule() == before


def test_a_maintenance_stop_on_a_machine_that_breaks_down_waits() -> None:
    problem: ShopProblem = random_shop(4, orders=8)
    assert problem.maintenance
    assert isinstance(problem.maintenance[0], MaintenanceChoice)
    plan = LivePlan(problem, solve_shop(problem, iterations=20))
    stop = plan.schedule().maintenance[0]
    at_s = stop.start_s - 3600.0
    plan.disrupt(Breakdown(stop.machine, stop.end_s + 3600.0), at_s)
    assert validate_shop(*plan.remaining()) == ()
    assert plan.schedule().maintenance[0].start_s >= stop.end_s + 3600.0 - 1e-6
    assert Window(0.0, 1.0) not in problem.machines[0].down
    assert isinstance(problem.tool_budgets[0], ToolBudget)


def test_a_machine_may_break_down_as_often_as_it_will() -> None:
    problem = random_shop(0, orders=4)
    plan = LivePlan(problem, solve_shop(problem, iterations=100, seed=0))
    for turn in range(1, 41):
        plan.disrupt(Breakdown("A", turn * 3000.0 + 500.0), turn * 3000.0)
        assert validate_shop(*plan.remaining()) == ()


@pytest.mark.parametrize("seed", range(4))
def test_times_of_events_are_rounded_so_that_what_is_taken_is_given_back(seed: int) -> None:
    problem = random_shop(seed, orders=5)
    plan = LivePlan(problem, solve_shop(problem, iterations=100, seed=seed), frozen_s=600.1)
    rng, at_s = random.Random(seed), 0.0
    for _ in range(12):
        at_s += rng.uniform(100.0, 4000.0)
        events: list[Disruption] = [
            LateMaterial(rng.choice(problem.orders).id, at_s + rng.uniform(0.0, 60000.0)),
            Breakdown(rng.choice("ABC"), at_s + rng.uniform(100.0, 9000.0)),
        ]
        plan.disrupt(rng.choice(events), at_s)
        plan.improve(steps(40))
    times = plan.memory.times
    assert (times == on_grid(times)).all()


def test_a_search_is_told_what_each_order_was_late_before_the_last_event(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, float] | None] = []

    class Listening(Crew):
        def __init__(self, *args: Any, **settings: Any) -> None:
            was = args[4].before
            told.append(None if was is None else dict(zip(plan.layout.orders, was.tolist(), strict=True)))
            super().__init__(*args, **settings)

    monkeypatch.setattr("nightmill.scheduling.rescheduling.live_schedule.Crew", Listening)
    plan = plan_of(4)
    plan.improve(steps(200))
    late = dict(zip(plan.layout.orders, late_costs(plan.memory).tolist(), strict=True))
    assert any(late.values())
    route = [op for op in plan.problem.operations if op.serial == plan.problem.operations[0].serial]
    rush = tuple(replace(op, id=f"r.{op.id}", serial="r", order="rush", after=()) for op in route)
    plan.disrupt(RushOrder(ShopOrder("rush", 3600.0, 5.0), rush), 3600.0)
    plan.improve(steps(200))
    assert told == [None, {**late, "rush": 0.0}]
