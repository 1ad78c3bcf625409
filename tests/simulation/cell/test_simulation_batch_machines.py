"""Ovens, washers and tables that people load, as the twin plays them."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twin_shops import ALWAYS, baking, deburring, in_file_order, one_machine

from nightmill.scheduling import dispatch_shop, solve_shop, validate_shop
from nightmill.scheduling.problem.records import (
    Alternative,
    FixtureKind,
    ObjectiveWeights,
    ShopMachine,
    ShopOperation,
    ShopOrder,
    ShopProblem,
    ShopSchedule,
    Window,
)
from nightmill.simulation import Experiment, FloorModel, Habits, Uncertainty, certain, look_ahead
from nightmill.simulation.cell.engine import Simulation
from nightmill.simulation.cell.model import Model
from nightmill.simulation.cell.random_streams import replication_key
from nightmill.simulation.scenarios.cell_change import AddMachine
from nightmill.vocabulary.dispatching import EVENING, LOADING
from nightmill.vocabulary.units import DAY_S, HOUR_S

replace = msgspec.structs.replace
DAYS_OF_WORK = tuple(Window(day * DAY_S + 8 * HOUR_S, day * DAY_S + 16 * HOUR_S) for day in range(60))


def shop(*operations: ShopOperation, presence: tuple[Window, ...] = ALWAYS, places: int = 3) -> ShopProblem:
    """Mill A and an oven; orders as the operations name them, due at the end of the first day."""
    names = dict.fromkeys(op.order for op in operations)
    return ShopProblem(
        now_s=0.0,
        horizon_s=7 * DAY_S,
        machines=(ShopMachine("A"), ShopMachine("oven", places=places, by_hand=True)),
        operations=operations,
        orders=tuple(ShopOrder(name, DAY_S) for name in names),
        presence=presence,
        pallets=9,
        move_s=0.0,
    )


def cut(serial: str, order: str, run_s: float, release_s: float = 0.0) -> ShopOperation:
    return ShopOperation(
        f"{serial}|cut", serial, order, "cut", (Alternative("A", run_s),), 240.0, 60.0, release_s=release_s
    )


def played(
    problem: ShopProblem, schedule: ShopSchedule | None = None, habits: Habits = Habits(), laws: Uncertainty = certain()
) -> Simulation:
    run = Simulation(
        Model(problem, schedule or in_file_order(problem), 50.0, 1, habits=habits), laws, replication_key(0, 0)
    )
    run.run()
    return run


def at(problem: ShopProblem, times: dict[str, tuple[float, float, float]]) -> ShopSchedule:
    """A schedule with these times (put in, begin, out) in place of the file's order."""
    schedule = in_file_order(problem)
    rows = tuple(
        replace(a, mount_s=times[a.operation][0], start_s=times[a.operation][1], done_s=times[a.operation][2])
        if a.operation in times
        else a
        for a in schedule.assignments
    )
    return replace(schedule, assignments=rows)


def emptied_first(problem: ShopProblem) -> ShopProblem:
    """The plan alone would have people put parts in while others are still in the oven; as many as its places forbid it."""
    operations = tuple(replace(op, fixture="a place") if op.operation == "bake" else op for op in problem.operations)
    return replace(problem, operations=operations, fixtures=(FixtureKind("a place", problem.machines[1].places),))


def ends_s(
    problem: ShopProblem, schedule: ShopSchedule
) -> tuple[dict[str, float], dict[str, tuple[float | None, ...]]]:
    """When each order ends: as the valid schedule promises, and p10, p50 and p90 of the simulation without chance."""
    assert validate_shop(problem, schedule) == ()
    answer = look_ahead(
        problem,
        schedule,
        experiment=Experiment(days=100, replications=1, seed=0),
        floor=FloorModel(uncertainty=certain()),
    )
    promised = {promise.order: promise.promise_s for promise in schedule.promises}
    return promised, {each.order: (each.p10, each.p50, each.p90) for each in answer.completions}


def alike(promised: dict[str, float], found: dict[str, tuple[float | None, ...]]) -> bool:
    """Whether every order that is promised ends in the simulation when it is promised."""
    return bool(promised) and found == {order: pytest.approx((end,) * 3) for order, end in promised.items()}


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 1)), min_size=1, max_size=10),
    st.sampled_from(["edd", "fifo", "spt", "mwkr"]),
    st.sampled_from([ALWAYS, DAYS_OF_WORK]),
)
@settings(max_examples=40, deadline=None)
def test_without_chance_an_oven_of_one_place_ends_every_part_when_the_schedule_says(
    parts: list[tuple[int, int]], rule: str, presence: tuple[Window, ...]
) -> None:
    many = tuple(replace(window, persons=30) for window in presence)
    operations: list[ShopOperation] = []
    for k, (hours, is_cut) in enumerate(parts):
        operations += [cut(f"S{k}", f"O{k}", 1800.0)] * is_cut + [baking(f"S{k}", f"O{k}", float(hours))]
    problem = emptied_first(shop(*operations, presence=many, places=1))
    assert alike(*ends_s(problem, dispatch_shop(problem, rule)))  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("orders", [[3], [9], [2, 5], [8, 1, 4]])
def test_without_chance_full_loads_end_when_the_schedule_says(orders: list[int], count: int) -> None:
    """Each order is a load of its own, alone in its family; one person puts in and takes out."""
    operations = [
        replace(
            baking(f"S{k}.{part}", f"O{k}", float(hours)),
            alternatives=(Alternative("oven", hours * HOUR_S, family=f"kind {k}"),),
        )
        for k, hours in enumerate(orders)
        for part in range(count)
    ]
    problem = emptied_first(shop(*operations, presence=(Window(0.0, 400 * DAY_S),), places=count))
    schedule = solve_shop(problem, iterations=3000, weights=ObjectiveWeights(makespan=1.0))
    handling_s = 2 * 60.0 * count
    assert schedule.makespan_s == pytest.approx(sum(hours * HOUR_S + handling_s for hours in orders)), (
        "a plan with gaps"
    )
    assert alike(*ends_s(problem, schedule))


@given(st.lists(st.integers(300, 3000), min_size=1, max_size=8), st.sampled_from(["edd", "fifo", "spt"]))
@settings(max_examples=30, deadline=None)
def test_without_chance_what_somebody_stays_with_ends_when_the_schedule_says(seconds: list[int], rule: str) -> None:
    operations = [deburring(f"S{k}", f"O{k}", float(each)) for k, each in enumerate(seconds)]
    only = tuple(replace(op, alternatives=op.alternatives[:1]) for op in operations)
    problem = replace(
        shop(*only, presence=(Window(0.0, 400 * DAY_S, 5),)),
        machines=(ShopMachine("A"), ShopMachine("table-1", by_hand=True)),
        fixtures=(FixtureKind("at a table", 1),),
    )
    assert alike(*ends_s(problem, dispatch_shop(problem, rule)))  # type: ignore[arg-type]


def test_parts_go_in_and_come_out_one_after_the_other_by_one_person_and_are_treated_together() -> None:
    problem = shop(*(baking(f"S{k}", "O", 2.0) for k in range(3)))
    plan = at(problem, {f"S{k}|bake": (0.0, 180.0, 8000.0) for k in range(3)})
    run = played(problem, plan)
    assert [part.done_s for part in run.parts] == [180.0 + 2 * HOUR_S + 180.0] * 3
    assert run.mills[1].cut_s == 2 * HOUR_S
    assert run.unattended_s == 0.0
    alone = played(shop(*problem.operations, places=1), plan)
    assert max(part.done_s for part in alone.parts) > 3 * 2 * HOUR_S


def test_room_that_is_left_is_filled_with_what_is_alike_alone() -> None:
    alike, other = baking("S1", "O1", 2.0), baking("S2", "O2", 3.0)
    problem = shop(baking("S0", "O0", 2.0), alike, other)
    done = [part.done_s for part in played(problem, at(problem, {})).parts]  # three loads by the file's order
    assert done[0] == done[1] == 120.0 + 2 * HOUR_S + 120.0
    assert done[2] > done[0] + 3 * HOUR_S


def test_a_late_part_is_waited_for_a_while() -> None:
    def second_begins_s(release_s: float) -> tuple[float, float]:
        problem = shop(baking("S0", "O0", 8.0), cut("S1", "O1", 600.0, release_s), baking("S1", "O1", 8.0))
        plan = at(
            problem, {"S0|bake": (900.0, 1000.0, 3e4), "S1|bake": (900.0, 1000.0, 3e4), "S1|cut": (0.0, 1.0, 900.0)}
        )
        ends = [part.done_s - 8 * HOUR_S for part in played(problem, plan).parts]
        return ends[0], ends[1]

    first, second = second_begins_s(1000.0 + LOADING.most_grace_s - 1000.0)
    assert first == second == pytest.approx(LOADING.most_grace_s + 240 + 600 + 60 + 120 + 120)
    first, second = second_begins_s(1000.0 + LOADING.most_grace_s)
    assert first == pytest.approx(1000.0 + LOADING.most_grace_s + 60 + 60), "nobody waits longer"
    assert second > first + 8 * HOUR_S


def test_a_shop_that_is_behind_its_plan_puts_together_what_was_planned_together() -> None:
    """Both come five hours late, the second half an hour after the first: a plan made anew would have moved the load."""
    late = 5 * HOUR_S
    problem = shop(
        cut("S0", "O0", 600.0, late),
        baking("S0", "O0", 8.0),
        cut("S1", "O1", 600.0, late + 1800.0),
        baking("S1", "O1", 8.0),
    )
    plan = at(
        problem,
        {
            "S0|cut": (0.0, 1.0, 900.0), "S1|cut": (100.0, 1800.0, 2700.0),
            "S0|bake": (2760.0, 2820.0, 3e4), "S1|bake": (2760.0, 2820.0, 3e4),
        },
    )  # fmt: skip
    done = [part.done_s for part in played(problem, plan).parts]
    assert done[0] == done[1]


def test_nothing_is_put_in_or_taken_out_while_nobody_is_there() -> None:
    problem = shop(baking("S0", "O0", 10.0), baking("S1", "O1", 10.0), presence=DAYS_OF_WORK, places=1)
    done = [part.done_s / HOUR_S for part in played(problem).parts]
    assert done[0] == pytest.approx(24 + 8 + 60 / HOUR_S)
    assert done[1] == pytest.approx(48 + 8 + 60 / HOUR_S)


def test_before_people_leave_for_the_night_nothing_is_waited_for() -> None:
    problem = shop(
        baking("S0", "O0", 8.0), cut("S1", "O1", 600.0, 15.9 * HOUR_S), baking("S1", "O1", 8.0), presence=DAYS_OF_WORK
    )
    plan = at(
        problem,
        {
            "S0|bake": (1.0, 15.5 * HOUR_S, 30 * HOUR_S), "S1|bake": (1.0, 15.5 * HOUR_S, 30 * HOUR_S),
            "S1|cut": (0.0, 1.0, 15 * HOUR_S),
        },
    )  # fmt: skip
    done = [part.done_s for part in played(problem, plan, Habits(evening=EVENING, overrun=True)).parts]
    assert done[0] == pytest.approx(32 * HOUR_S + 60.0), "it is put in for the night"
    assert done[1] > 40 * HOUR_S


def test_a_part_is_judged_after_its_last_cut_and_one_made_again_is_treated() -> None:
    laws = Uncertainty(cycle_sd=0.0, mtbf_h=None, scrap_share=0.5, draw_parameters=False)
    problem = shop(*(op for k in range(12) for op in (cut(f"S{k}", "O", 600.0), baking(f"S{k}", "O", 1.0))))
    run = played(problem, solve_shop(problem, iterations=20), laws=laws)
    assert run.scrapped > 0
    assert run.open_parts == 0
    assert all(part.position == 1 for part in run.parts)


def test_what_is_in_the_oven_at_the_start_goes_on() -> None:
    running = replace(baking("S0", "O0", 8.0), state="running", machine="oven", started_s=-2 * HOUR_S)
    mate = replace(baking("S1", "O1", 8.0), state="running", machine="oven", started_s=-2 * HOUR_S)
    problem = shop(running, mate, baking("S2", "O2", 8.0), presence=(Window(0.0, 400 * DAY_S),))
    done = [part.done_s for part in played(problem).parts]
    assert done == [6 * HOUR_S + 120.0, 6 * HOUR_S + 120.0, 6 * HOUR_S + 120.0 + 60.0 + 8 * HOUR_S + 60.0]
    through = replace(running, state="cut", started_s=None)
    done = [part.done_s for part in played(shop(through, baking("S2", "O2", 8.0))).parts]
    assert done == [60.0, 60.0 + 60.0 + 8 * HOUR_S + 60.0]


def test_an_oven_out_of_service_and_one_more_of_it() -> None:
    problem = shop(*(baking(f"S{k}", f"O{k}", 8.0) for k in range(6)), places=1)
    oven = replace(problem.machines[1], free_from_s=10 * HOUR_S, down=(Window(20 * HOUR_S, 30 * HOUR_S),))
    done = [p.done_s for p in played(replace(problem, machines=(problem.machines[0], oven))).parts]
    assert done[0] == pytest.approx(18 * HOUR_S + 120.0)
    assert done[1] == pytest.approx(38 * HOUR_S + 120.0), "it isn't begun when it would run into the stop"
    more = AddMachine("oven-2", "oven").apply(problem)
    ends = [
        look_ahead(
            each,
            solve_shop(each, iterations=50),
            experiment=Experiment(days=9, replications=1, seed=0),
            floor=FloorModel(uncertainty=certain()),
        )
        for each in (problem, more)
    ]
    assert ends[1].tardiness_s < ends[0].tardiness_s - HOUR_S
    use = {each.resource: each for each in ends[0].resources}
    assert use["processes"].used_share > 0.2
    assert "processes" not in {
        each.resource
        for each in look_ahead(
            one_machine([600.0]),
            in_file_order(one_machine([600.0])),
            experiment=Experiment(days=1, replications=1, seed=0),
            floor=FloorModel(uncertainty=certain()),
        ).resources
    }
