"""A plan in force taken over: as it is where it fits, and in its turn where something took longer."""

import msgspec
import numpy as np
import pytest
from schedule_shops import random_shop

from nightmill.scheduling import solve_shop, validate_shop
from nightmill.scheduling.engine.encode import build_memory
from nightmill.scheduling.engine.state import BUCKETS, DONE, FAR, FOLLOWING, HEAD, START
from nightmill.scheduling.problem.records import (
    Alternative,
    ObjectiveWeights,
    ShopMachine,
    ShopOperation,
    ShopOrder,
    ShopProblem,
    ShopSchedule,
    Window,
)
from nightmill.scheduling.search import solve as solving
from nightmill.scheduling.search.parallel_annealing import COLD
from nightmill.scheduling.search.warm_start import cost_of, places_in, take_places
from nightmill.vocabulary.units import DAY_S, HOUR_S

replace = msgspec.structs.replace


def one_machine() -> ShopProblem:
    """Three parts of an order each for one mill, somebody there all the time."""
    ops = tuple(
        ShopOperation(f"{name}.1|op1", f"{name}.1", name, "op1", (Alternative("M", 2 * HOUR_S),), 240.0, 60.0)
        for name in "ABC"
    )
    orders = tuple(ShopOrder(name, hours * HOUR_S) for name, hours in (("A", 3.0), ("B", 5.0), ("C", 9.0)))
    return ShopProblem(0.0, 7 * DAY_S, (ShopMachine("M"),), ops, orders, (Window(0.0, 30 * DAY_S, 1),), pallets=3)


def delayed(problem: ShopProblem, schedule: ShopSchedule, machine: str, by_s: float) -> ShopProblem:
    """The same shop, nothing begun, where a machine is free that much after its first cut was to begin."""
    first_s = min(a.start_s for a in schedule.assignments if a.machine == machine)
    free = tuple(
        replace(each, free_from_s=max(each.free_from_s, first_s + by_s)) if each.id == machine else each
        for each in problem.machines
    )
    return replace(problem, machines=free)


def test_what_takes_longer_puts_off_what_stands_behind_it_in_its_turn() -> None:
    problem = one_machine()
    plan = solve_shop(problem, iterations=200)
    assert [a.order for a in plan.assignments] == ["A", "B", "C"]
    later = delayed(problem, plan, "M", 600.0)
    memory, layout = build_memory(later, ObjectiveWeights(), plan)
    names = [op.order for op in layout.operations]

    def turns(late_s: float) -> list[str]:
        take_places(memory, later, places_in(layout, plan), late_s=late_s)
        return [names[k] for k in np.argsort(memory.times[:, START])]

    assert turns(0.0) == ["B", "C", "A"], "placed anew, the first comes behind all that still fits"
    assert turns(60.0) == ["B", "C", "A"], "it would begin later than that"
    assert turns(1800.0) == ["A", "B", "C"]
    starts = {a.order: a.start_s for a in plan.assignments}
    for k, name in enumerate(names):
        assert starts[name] < memory.times[k, START] < starts[name] + 1800.0


@pytest.mark.parametrize("seed", range(8))
def test_a_plan_taken_over_late_is_valid_and_costs_no_more(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = random_shop(seed, orders=8)
    plan = solve_shop(problem, iterations=300, seed=seed)
    later = delayed(problem, plan, "BCA"[seed % 3], 1200.0 * (1 + seed))
    found = solve_shop(later, iterations=0, previous=plan, weights=ObjectiveWeights(), hot=COLD)
    assert validate_shop(later, found) == ()
    monkeypatch.setattr(solving, "LATE_S", ())
    anew = solve_shop(later, iterations=0, previous=plan, weights=ObjectiveWeights(), hot=COLD)
    assert found.objective <= anew.objective + 1e-3


@pytest.mark.parametrize("late_s", [0.0, 1800.0, 14400.0, FAR])
def test_whatever_is_put_off_all_has_a_place(late_s: float) -> None:
    problem = random_shop(3, orders=8)
    plan = solve_shop(problem, iterations=300, weights=ObjectiveWeights())
    memory, layout = build_memory(problem, ObjectiveWeights(), plan)
    assert take_places(memory, problem, places_in(layout, plan), late_s=late_s), "all fits where it is"
    assert cost_of(memory) == pytest.approx(plan.objective)
    later = delayed(problem, plan, "A", 7200.0)
    memory, layout = build_memory(later, ObjectiveWeights(), plan)
    take_places(memory, later, places_in(layout, plan), late_s=late_s)
    assert memory.times[:, DONE].max() < FAR


@pytest.mark.parametrize("late_s", [0.0, FAR])
@pytest.mark.parametrize("seed", range(4))
def test_a_part_made_again_is_planned_once(seed: int, late_s: float) -> None:
    """Its last operations still have places in the plan in force, its first ones, which were done, no longer."""
    problem = random_shop(seed, orders=8)
    plan = solve_shop(problem, iterations=300, seed=seed)
    several = [op.serial for op in problem.operations if op.operation == "op1"]
    first = {f"{serial}.0" for serial in several[::2]}
    assert first
    left = replace(plan, assignments=tuple(a for a in plan.assignments if a.operation not in first))
    memory, layout = build_memory(problem, ObjectiveWeights(), left)
    assert not take_places(memory, problem, places_in(layout, left), late_s=late_s)
    n, held = memory.n, 0
    for at in n[n[HEAD] : n[HEAD] + n[BUCKETS]].tolist():
        while at >= 0:
            held, at = held + 1, int(n[n[FOLLOWING] + at])
    assert held == 2 * len(problem.operations), "each holds one pallet once"
    assert validate_shop(problem, solve_shop(problem, iterations=300, seed=seed, previous=left)) == ()
