"""Full job shops, made by cutting up the time of each machine, are solved to the bound; others are left to the search."""

import itertools
import random

import pytest

from nightmill.scheduling import Instance, solve_instance, validate_instance
from nightmill.scheduling.job_shop.solution import dispatched
from nightmill.scheduling.job_shop.solve import _problem
from nightmill.scheduling.job_shop.tight_instances import packed


def full_shop(seed: int, machines: int = 10, jobs: int = 11, each: int = 25, until: int = 10_000) -> Instance:
    """Machines busy from 0 to ``until``; jobs take over what begins next, whichever is free."""
    lot = random.Random(seed)
    spans = []
    for machine in range(machines):
        cuts = [0, *sorted(lot.sample(range(1, until), each - 1)), until]
        spans += [(a, b - a, machine) for a, b in itertools.pairwise(cuts)]
    free = [0] * jobs
    routes: list[list[tuple[tuple[int, int]]]] = [[] for _ in range(jobs)]
    for begin, length, machine in sorted(spans):
        job = lot.choice([j for j in range(jobs) if free[j] <= begin])
        routes[job].append(((machine, length),))
        free[job] = begin + length
    return Instance("full", machines, tuple(tuple(route) for route in routes if route))


@pytest.mark.parametrize("seed", range(3))
def test_a_full_shop_is_solved_to_its_bound_with_no_move(seed: int) -> None:
    instance = full_shop(seed)
    one, two = (solve_instance(instance, iterations=100), solve_instance(instance, stop=lambda: False))
    assert validate_instance(instance, one) == ()
    assert one.makespan == one.lower_bound == two.makespan == 10_000
    assert one.iterations == two.iterations == 0


def test_the_attempt_finds_what_a_rule_does_not_and_is_not_made_where_machines_have_time_to_spare() -> None:
    full = full_shop(0)
    problem = _problem(full, 10_000, [])
    found = packed(problem, None)
    assert found is not None
    assert found.makespan == 10_000 < dispatched(problem, 0, 0, 1).makespan
    assert packed(_problem(full, 11_000, []), None) is None


def test_what_has_no_schedule_as_short_as_the_bound_is_given_up() -> None:
    job = ((0, 5),), ((1, 5),)
    instance = Instance("crossed", 2, (job, job))
    assert packed(_problem(instance, 10, []), None) is None


def test_the_attempt_ends_when_it_is_told_to() -> None:
    asked: list[int] = []

    def stop() -> bool:
        asked.append(len(asked))
        return True

    instance = full_shop(4, machines=60, jobs=110, each=60, until=100_000)
    answer = solve_instance(instance, stop=stop)
    assert asked
    assert validate_instance(instance, answer) == ()
    assert answer.makespan > answer.lower_bound
