"""Full machines never wait: schedules without a gap are found, in either order of trying, and only where there are any."""

import threading

import numpy as np
import pytest
from test_scheduling_tight_instances import full_shop

from nightmill.scheduling import Instance, validate_instance
from nightmill.scheduling.job_shop.disjunctive_graph import Ints
from nightmill.scheduling.job_shop.no_idle_search import EARLIEST, LATEST, without_gaps
from nightmill.scheduling.job_shop.solution import along
from nightmill.scheduling.job_shop.solve import _answer, _problem
from nightmill.scheduling.job_shop.tight_instances import packed

MANY = 1_000_000
LIVE = np.zeros(1, np.int64)


def starts_of(instance: Instance, bound: int, way: int = LATEST, most: int = MANY, told: Ints = LIVE) -> list[int]:
    """What ``without_gaps`` finds for an instance."""
    times = [op[0][1] for job in instance.jobs for op in job]
    rests = [sum(op[0][1] for op in job[k:]) for job in instance.jobs for k in range(len(job))]
    machines = [op[0][0] for job in instance.jobs for op in job]
    first = np.cumsum([0, *map(len, instance.jobs)])
    columns = np.array(machines), np.array(times), np.array(rests)
    found: list[int] = without_gaps(*columns, first, instance.machines, bound, way, most, told).tolist()
    return found


@pytest.mark.parametrize("way", [LATEST, EARLIEST])
@pytest.mark.parametrize("seed", range(4))
def test_machines_of_a_full_shop_never_wait(seed: int, way: int) -> None:
    instance = full_shop(seed, machines=20, jobs=22, each=40)
    starts = starts_of(instance, 10_000, way)
    problem = _problem(instance, 10_000, [])
    point = along(problem, np.argsort(starts, kind="stable"), problem.choices[:, 0])
    answer = _answer(instance, problem, point, 10_000, 0)
    assert validate_instance(instance, answer) == ()
    assert [op.start for op in answer.operations] == starts
    assert answer.makespan == 10_000


@pytest.mark.parametrize("way", [LATEST, EARLIEST])
def test_a_wrong_choice_is_taken_back(way: int) -> None:
    """Whichever of the first and the last job takes machine 1 at 0, only the last leaves work for machine 0 at 5."""
    jobs = (((1, 5),),), (((0, 4),), ((0, 1),), ((1, 1),)), (((1, 3),), ((0, 4),))
    instance = Instance("choice", 2, jobs)
    assert starts_of(instance, 9, way) == [3, 0, 4, 8, 0, 5]
    assert starts_of(instance, 9, way, most=0) == []


def test_what_has_no_schedule_without_gaps_is_given_up() -> None:
    job = ((0, 5),), ((1, 5),)
    assert starts_of(Instance("crossed", 2, (job, job)), 10) == []


def test_a_search_that_is_told_to_give_up_does() -> None:
    """Twenty equal jobs in any order, and two that leave a machine waiting after half of them, whatever that order."""
    jobs = (*((((2, 100),),),) * 20, (((0, 1000),), ((1, 1000),)), (((1, 999),), ((0, 1000),)))
    told = np.zeros(1, np.int64)
    ending = threading.Timer(0.2, lambda: told.fill(1))
    ending.start()
    assert starts_of(Instance("crossed late", 3, jobs), 2000, most=1 << 60, told=told) == []
    assert told[0] == 1, "no answer before it was told"
    choice = Instance("choice", 2, ((((1, 5),),), (((0, 4),), ((0, 1),), ((1, 1),)), (((1, 3),), ((0, 4),))))
    assert starts_of(choice, 9, told=told) == []


def test_a_large_full_shop_is_solved_where_deduction_over_all_of_it_would_take_too_long() -> None:
    instance = full_shop(1, machines=50, jobs=54, each=400, until=600_000)
    assert sum(map(len, instance.jobs)) == 20_000
    found = packed(_problem(instance, 600_000, []), lambda: False)
    assert found is not None
    assert found.makespan == 600_000
