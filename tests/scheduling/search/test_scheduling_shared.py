"""Fixtures, robots, changeovers, chip bins, assembly and energy: plans keep them, the judge sees each of them broken."""

import itertools
import random

import msgspec
import pytest
from schedule_shops import random_shop

from nightmill.scheduling import LivePlan, Model, disruption, records, solve_shop, validate_shop
from nightmill.scheduling.lateness.occupancy import FIXTURE, PARTS
from nightmill.scheduling.problem.records import Changeover, FixtureKind, ObjectiveWeights, ShopProblem, Tariff
from nightmill.scheduling.rescheduling.live_schedule import steps
from nightmill.scheduling.search.lexicographic import figure
from nightmill.scheduling.search.parallel_annealing import COLD
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import DAY_S, HOUR_S

replace = msgspec.structs.replace


def rich_shop(seed: int, orders: int = 6) -> ShopProblem:
    """A random shop whose parts need scarce fixtures, one robot, changeovers, room for chips, and each other."""
    rng = random.Random(seed)
    plain = random_shop(seed, orders=orders)
    serials = list(dict.fromkeys(op.serial for op in plain.operations))
    operations = []
    for op in plain.operations:
        earlier = serials[: serials.index(op.serial)]
        family = rng.choice("XYZ")
        operations.append(
            replace(
                op,
                fixture=rng.choice(["", "vise", "plate"]),
                after=tuple(rng.sample(earlier, min(len(earlier), rng.choice([0, 0, 0, 1, 2])))),
                alternatives=tuple(replace(a, family=family) for a in op.alternatives),
            )
        )
    return replace(
        plain,
        operations=tuple(operations),
        machines=tuple(replace(m, chip_s=20000.0, power_kw=10.0, family="X") for m in plain.machines),
        fixtures=(FixtureKind("vise", 2), FixtureKind("plate", 1)),
        robots=1,
        changeovers=tuple(
            Changeover(a, b, rng.choice([600.0, 900.0, 1000.0])) for a, b in itertools.permutations("XYZ", 2)
        ),
        tariffs=(
            Tariff(0.0, 30 * DAY_S, 0.1),
            *(Tariff((d + 0.25) * DAY_S, (d + 0.9) * DAY_S, 0.2) for d in range(30)),
        ),
    )


@pytest.mark.parametrize("seed", range(12))
def test_plans_keep_what_is_shared(seed: int) -> None:
    problem = rich_shop(seed)
    weights = ObjectiveWeights(makespan=0.1, energy=1000.0) if seed % 2 else None
    assert validate_shop(problem, solve_shop(problem, iterations=1500, seed=seed, weights=weights)) == ()


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_that_began_late_keeps_what_is_shared(seed: int) -> None:
    problem = rich_shop(seed)
    plan = solve_shop(problem, iterations=300, seed=seed)
    first = {each.id: min(a.start_s for a in plan.assignments if a.machine == each.id) for each in problem.machines}
    late = tuple(replace(each, free_from_s=first[each.id] + 600.0 * (seed + 1)) for each in problem.machines)
    later = replace(problem, machines=late)
    for steps_after in (0, 300):
        assert validate_shop(later, solve_shop(later, iterations=steps_after, seed=seed, previous=plan, hot=COLD)) == ()


@pytest.mark.parametrize("seed", range(4))
def test_two_robots_make_no_move_too_many(seed: int) -> None:
    rng = random.Random(seed)
    operations = tuple(
        records.ShopOperation(
            f"{order}.{part}.{step}", f"{order}.{part}", f"{order}", f"{step}",
            tuple(records.Alternative(machine, rng.uniform(200.0, 900.0)) for machine in rng.sample("ABCDEFGH", 3)),
            mount_s=60.0, dismount_s=30.0,
        )
        for order in range(8) for part in range(2) for step in range(2)
    )  # fmt: skip
    problem = ShopProblem(
        now_s=0.0,
        horizon_s=3 * DAY_S,
        machines=tuple(records.ShopMachine(name) for name in "ABCDEFGH"),
        operations=operations,
        orders=tuple(records.ShopOrder(f"{order}", rng.uniform(1.0, 20.0) * HOUR_S, 1.0) for order in range(8)),
        presence=(records.Window(0.0, 10 * DAY_S, 6),),
        pallets=30,
        move_s=97.0,
        mount_lead_s=0.0,
        robots=2,
    )
    plan = solve_shop(problem, iterations=1500, seed=seed)
    assert validate_shop(problem, plan) == ()
    assert LivePlan(problem, plan).schedule().assignments == plan.assignments, "taken into force as it is"


@pytest.mark.parametrize("seed", range(8))
def test_a_plan_in_force_keeps_what_is_shared_through_events(seed: int) -> None:
    problem = rich_shop(seed)
    live = LivePlan(problem, solve_shop(problem, iterations=300, seed=seed), frozen_s=600.0)
    rng, at = random.Random(seed), 0.0
    for turn in range(4):
        at += rng.uniform(1000.0, 20000.0)
        serial = rng.choice(sorted({op.serial for op in problem.operations}))
        again = tuple(
            replace(op, id=f"{op.id}+{turn}", serial=f"{serial}+{turn}", state="waiting")
            for op in problem.operations
            if op.serial == serial
        )
        events: list[disruption.Disruption] = [
            disruption.Breakdown(rng.choice("ABC"), at + rng.uniform(1000.0, 50000.0)),
            disruption.LateMaterial(rng.choice([o.id for o in problem.orders]), at + rng.uniform(0.0, 50000.0)),
            disruption.WornTool("A", 1, rng.uniform(3000.0, 6000.0)),
            disruption.Scrap(serial, again),
        ]
        live.disrupt(rng.choice(events), at)
        assert validate_shop(*live.remaining()) == ()
        live.improve(steps(100))
        assert validate_shop(*live.remaining()) == ()


def loosened(problem: ShopProblem, rule: str) -> ShopProblem:
    """The problem without one of its rules."""
    ops, machines = problem.operations, problem.machines
    if rule == "fixtures":
        return replace(problem, operations=tuple(replace(op, fixture="") for op in ops))
    if rule == "a robot for each move":
        return replace(problem, robots=0)
    if rule == "assembled after its parts are done":
        return replace(problem, operations=tuple(replace(op, after=()) for op in ops))
    if rule == "time to change over":
        return replace(problem, changeovers=())
    return replace(problem, machines=tuple(replace(m, chip_s=None) for m in machines))


@pytest.mark.parametrize(
    "rule",
    [
        "fixtures",
        "a robot for each move",
        "assembled after its parts are done",
        "time to change over",
        "chip bin lasts the night",
    ],
)
def test_the_judge_sees_a_plan_made_without_the_rule(rule: str) -> None:
    seen = set()
    for seed in range(12):
        problem = rich_shop(seed)
        schedule = solve_shop(loosened(problem, rule), iterations=200, seed=seed)
        seen |= {violation.rule for violation in validate_shop(problem, schedule)}
    assert seen == {rule}


def two_families(order: str) -> ShopProblem:
    model = Model(move_min=0.0, mount_min=0.0, dismount_min=0.0)
    model.machine("A", set_up_for="X")
    for name in order:
        model.order(name, due_h=100.0)
        model.operation(model.part(name), {"A": 1.0}, family="X" if name.islower() else "Y")
    model.changeover("X", "Y", 60.0)
    model.changeover("Y", "X", 60.0)
    return model.problem


def test_cuts_of_a_family_are_done_together() -> None:
    problem = two_families("aBcDe")
    schedule = solve_shop(problem, iterations=2000, goals=("makespan",))
    assert validate_shop(problem, schedule) == ()
    assert schedule.makespan_s == pytest.approx(6 * HOUR_S)


def test_energy_is_bought_when_it_is_cheap_and_only_after_what_comes_first() -> None:
    model = Model(move_min=0.0, mount_min=0.0, dismount_min=0.0)
    model.machine("A", power_kw=10.0)
    model.order("soon", due_h=2.0)
    model.order("some time", due_h=100.0)
    model.operation(model.part("soon"), {"A": 2.0})
    model.operation(model.part("some time"), {"A": 2.0})
    model.tariff(0.0, 12.0, 0.5)
    model.tariff(12.0, 24.0, 0.1)
    cheap = model.solve(iterations=2000, goals=("tardiness", "energy"))
    assert cheap.weighted_tardiness_s == 0.0
    assert cheap.energy_cost == pytest.approx(2 * 10 * 0.5 + 2 * 10 * 0.1)
    assert model.solve(iterations=2000, goals=("makespan",)).energy_cost == pytest.approx(4 * 10 * 0.5)
    cheapest = model.solve(iterations=2000, goals=("energy", "tardiness"))
    assert cheapest.energy_cost == pytest.approx(4 * 10 * 0.1)
    assert cheapest.weighted_tardiness_s > 0.0


@pytest.mark.parametrize("seed", range(4))
def test_a_later_goal_never_costs_an_earlier_one(seed: int) -> None:
    problem = rich_shop(seed)
    first = solve_shop(problem, iterations=400, seed=seed, goals=("tardiness",))
    both = solve_shop(problem, iterations=800, seed=seed, goals=("tardiness", "makespan"))
    assert validate_shop(problem, both) == ()
    assert figure("tardiness", problem, both) <= first.weighted_tardiness_s + 1e-3
    assert both.makespan_s <= first.makespan_s + 1e-3


def test_an_assembly_waits_for_its_parts_wherever_they_stand() -> None:
    model = Model()
    model.machine("A")
    model.machine("B")
    model.order("assembly", due_h=1.0)
    model.order("part", due_h=100.0)
    whole, part = model.part("assembly"), model.part("part")
    model.operation(whole, {"A": 1.0}, after=[part])
    model.operation(part, {"B": 3.0})
    schedule = model.solve(iterations=100)
    done = {a.serial: a.done_s for a in schedule.assignments}
    mounted = {a.serial: a.mount_s for a in schedule.assignments}
    assert mounted[whole] >= done[part]
    assert validate_shop(model.problem, schedule) == ()


def refused(problem: ShopProblem) -> str:
    with pytest.raises(BadInput) as error:
        solve_shop(problem, iterations=0)
    return error.value.findings[0].sentence()


def test_what_contradicts_itself_is_named() -> None:
    problem = two_families("aB")
    one, two = problem.operations
    circle = replace(problem, operations=(replace(one, after=(two.serial,)), replace(two, after=(one.serial,))))
    assert "waits for" in refused(circle)
    assert "fixture vise" in refused(replace(problem, operations=(replace(one, fixture="vise"), two)))
    third = replace(problem, changeovers=(*problem.changeovers, Changeover("X", "", 1.0), Changeover("", "Y", 1.0)))
    assert validate_shop(third, solve_shop(third, iterations=0)) == ()
    cut = replace(one, alternatives=(replace(one.alternatives[0], family=""),))
    assert "by way of ''" in refused(replace(third, operations=(cut, two)))


def test_the_records_say_what_is_wrong() -> None:
    for wrong in (
        lambda: FixtureKind("vise", 0),
        lambda: Changeover("a", "b", -1.0),
        lambda: Tariff(1.0, 1.0, 0.1),
        lambda: records.ShopMachine("A", chip_s=-1.0),
        lambda: records.ShopMachine("A", power_kw=-1.0),
    ):
        with pytest.raises(ValueError, match="must be"):
            wrong()


def test_what_an_order_waits_for_is_named() -> None:
    model = Model(move_min=0.0, mount_min=0.0, dismount_min=0.0)
    for name in "ABC":
        model.machine(name)
    model.fixtures("vise", 1)
    for name, due_h in (("assembly", 1.0), ("part", 100.0), ("first", 5.0), ("second", 5.0)):
        model.order(name, due_h=due_h)
    part = model.part("part")
    model.operation(part, {"A": 3.0})
    model.operation(model.part("assembly"), {"B": 1.0}, after=[part])
    model.operation(model.part("first"), {"A": 4.0}, fixture="vise")
    model.operation(model.part("second"), {"C": 4.0}, fixture="vise")
    schedule = model.solve(iterations=300)
    reasons = {p.order: p.reason for p in schedule.promises if p.late_by_s > 0}
    assert reasons["assembly"] == PARTS
    assert FIXTURE in (reasons.get("first"), reasons.get("second"))
