"""Small instances: CP-SAT proves beside the search that nothing shorter is possible, and offers what it finds itself."""

import random

import pytest

from nightmill.scheduling import Instance, solve_instance, validate_instance
from nightmill.scheduling.job_shop.cp_sat import OPERATIONS_AT_MOST, Prover, attempt
from nightmill.scheduling.job_shop.solve import _answer, _problem


def shop(seed: int, jobs: int, machines: int, ways: int = 1) -> Instance:
    lot = random.Random(seed)

    def operation(machine: int) -> tuple[tuple[int, int], ...]:
        others = lot.sample([m for m in range(machines) if m != machine], ways - 1)
        return tuple((each, lot.randint(2, 30)) for each in (machine, *others))

    return Instance(
        "small", machines,
        tuple(tuple(operation(m) for m in lot.sample(range(machines), machines)) for _ in range(jobs)),
    )  # fmt: skip


@pytest.mark.parametrize("ways", [1, 2])
def test_the_search_ends_with_a_proof_that_no_bound_of_its_own_gives(ways: int) -> None:
    instance = shop(3, 6, 5, ways)
    plain = solve_instance(instance, iterations=3000)
    found = solve_instance(instance, stop=lambda: False, iterations=1 << 60)
    assert validate_instance(instance, found) == ()
    assert found.makespan == found.lower_bound <= plain.makespan
    assert plain.lower_bound < found.lower_bound, "else this instance shows nothing"


@pytest.mark.parametrize("ways", [1, 2])
def test_what_it_finds_itself_is_a_schedule(ways: int) -> None:
    instance = shop(1, 5, 4, ways)
    problem = _problem(instance, 1, [])
    prover = Prover(problem)
    attempt(prover, 60.0, lambda: False)
    assert prover.offered is not None
    assert prover.settled()
    answer = _answer(instance, problem, prover.offered, problem.bound, 0)
    assert validate_instance(instance, answer) == ()
    best = answer.makespan
    problem.found, prover.offered, problem.bound = best, None, 1
    attempt(prover, 60.0, lambda: False)
    assert (prover.offered, problem.bound) == (None, best), "nothing shorter is possible"


def test_it_is_not_tried_where_it_would_only_take_time() -> None:
    large = shop(0, 1 + OPERATIONS_AT_MOST // 5, 5)
    assert Prover(_problem(large, 1, []))._thread is None
    steps = [solve_instance(shop(3, 6, 5), iterations=500, seed=2) for _ in range(2)]
    assert steps[0] == steps[1], "a number of iterations fixes the answer"
