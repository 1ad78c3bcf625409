"""Several searches of one plan at a time: the best of all is kept, costs add up, the number of cores changes nothing."""

import msgspec
import pytest
from schedule_shops import random_shop

from nightmill.scheduling import LivePlan, solve_shop, validate_shop
from nightmill.scheduling.engine.cost import objective
from nightmill.scheduling.engine.decode import decode
from nightmill.scheduling.engine.encode import build_memory
from nightmill.scheduling.engine.state import STOPS, Memory
from nightmill.scheduling.problem.records import ObjectiveWeights
from nightmill.scheduling.rescheduling.live_schedule import steps
from nightmill.scheduling.search.parallel_annealing import COLD, HOT, HOTTER, STEPS_EACH, Crew, first_heat
from nightmill.scheduling.search.solve import plan_by_rule


def crew_of(seed: int, searchers: int) -> tuple[Memory, Crew]:
    problem = msgspec.structs.replace(random_shop(seed, orders=12, pallets=6), maintenance=())
    memory, _ = build_memory(problem, ObjectiveWeights(), None)
    plan = plan_by_rule(memory, "edd")
    assert memory.n[STOPS] == 0
    return memory, Crew(memory, plan.night, decode(memory.f, memory.n, *plan.parts()), seed, searchers=searchers)


@pytest.mark.parametrize("seed", range(4))
def test_a_crew_ends_in_the_best_plan_that_any_of_it_has_seen(seed: int) -> None:
    memory, crew = crew_of(seed, 3)
    least = crew.searches[0].least
    with crew:
        for _ in range(8):
            crew.step(50, 0.5, 0.5)  # hot: where a search stands is seldom the best that it has seen
            least = min(least, *(search.least for search in crew.searches))
        assert {search.cost for search in crew.searches} == {crew.searches[0].cost}, "all go on from one plan"
        crew.settle()
    assert crew.searches[0].least == pytest.approx(least, abs=1e-6)
    assert objective(memory.f, memory.n) == pytest.approx(least, abs=1e-3)


def test_mates_work_in_memories_of_their_own() -> None:
    memory, crew = crew_of(5, 2)
    mate = crew.searches[1].memory
    before = memory.f.copy()
    mate.times[:] += 1.0
    assert (memory.f == before).all()
    assert (mate.f != before).sum() == mate.times.size


def test_how_many_search_decides_what_is_found_and_chance_does_not() -> None:
    problem = random_shop(3, orders=30, pallets=8)
    alone, three, again = (solve_shop(problem, iterations=1500, seed=1, searchers=n) for n in (1, 3, 3))
    assert three == again
    assert three.assignments != alone.assignments
    assert not validate_shop(problem, three)


def test_a_plan_in_force_keeps_its_machines_whoever_searches() -> None:
    problem = random_shop(8, orders=20, pallets=8)
    plan = LivePlan(problem, solve_shop(problem, iterations=30, seed=8), frozen_s=0.0)
    before = plan.weighted_tardiness_s
    diff = plan.improve(steps(2000), searchers=3)
    assert not validate_shop(*plan.remaining())
    assert diff.machine_changes <= plan.may_change * diff.open
    assert plan.weighted_tardiness_s <= before


@pytest.fixture
def heats(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How hot each stretch of a search begins."""
    found: list[float] = []
    stepped = Crew.step

    def watched(crew: Crew, count: int, hot: float, cold: float) -> None:
        found.append(hot)
        stepped(crew, count, hot, cold)

    monkeypatch.setattr(Crew, "step", watched)
    return found


def test_a_plan_in_force_is_searched_as_coldly_as_it_is_asked_to_be(heats: list[float]) -> None:
    """However many steps there are: by itself a long search begins hot, and takes the plan that it is given apart."""
    problem = random_shop(2, orders=6, pallets=6)
    plan = solve_shop(problem, iterations=50)
    assert max(heats) == pytest.approx(HOT)
    heats.clear()
    again = solve_shop(problem, iterations=2000, previous=plan, hot=COLD)
    assert max(heats) == pytest.approx(COLD)
    assert validate_shop(problem, again) == ()


def test_a_search_begins_as_hot_as_it_has_steps_for_each_operation(heats: list[float]) -> None:
    problem = random_shop(2, orders=6, pallets=6)
    size = len(problem.operations)
    plan = solve_shop(problem, iterations=10 * STEPS_EACH * size)
    assert max(heats) == heats[0] == pytest.approx(10.0 * HOT)
    heats.clear()
    solve_shop(problem, iterations=10 * STEPS_EACH * size, previous=plan)
    assert heats[0] == pytest.approx(HOT), "a plan that is given isn't searched hotter for more steps"
    heats.clear()
    live = LivePlan(problem, solve_shop(problem, iterations=0), may_change=1.0)
    live.improve(steps(10 * STEPS_EACH * size), hot=None)
    assert heats[0] == pytest.approx(HOT), "how long it takes isn't known at first"
    assert max(heats) > 5.0 * HOT
    assert heats[-1] < 2.0 * COLD
    assert first_heat(1e9, size) == pytest.approx(HOTTER * HOT)


@pytest.mark.parametrize("hot", [0.0, COLD / 4.0])
def test_no_search_begins_colder_than_it_ends(heats: list[float], hot: float) -> None:
    problem = random_shop(2, orders=6, pallets=6)
    plan = solve_shop(problem, iterations=0)
    solve_shop(problem, iterations=1200, hot=hot)
    solve_shop(problem, iterations=1200, previous=plan, hot=hot)
    LivePlan(problem, plan).improve(steps(1200), hot=hot)
    assert len(heats) == 3 + 3 + 6
    assert heats == pytest.approx([COLD] * len(heats))
