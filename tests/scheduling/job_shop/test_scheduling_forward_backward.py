"""Dispatching to and fro: what comes of it is a schedule of the problem, no longer than the one it began with, and mostly shorter."""

import numpy as np
import pytest
from test_scheduling_disjunctive_graph import longest_paths, random_problem

from nightmill.scheduling.job_shop.forward_backward import _mirrored, swung, turned
from nightmill.scheduling.job_shop.solution import Point, Problem, dispatched


def go_on() -> bool:
    return False


def holds(problem: Problem, point: Point) -> bool:
    """Whether the links say of every operation a machine that it may be on, and its ends are those of a fresh count."""
    size = problem.size
    paths = longest_paths(problem, point.graph.ops)
    allowed = all(
        point.graph.ops.machine[op] in problem.choices[problem.choice_first[op] : problem.choice_first[op + 1], 0]
        for op in range(size)
    )
    placed = np.bincount(point.graph.ops.machine[:size], minlength=problem.machines)
    led = np.flatnonzero(point.graph.ops.before[:size] == size)
    one_first = sorted(point.graph.ops.machine[led]) == sorted(np.flatnonzero(placed))
    return paths is not None and paths[0] == point.graph.ops.end[:size].tolist() and allowed and one_first


@pytest.mark.parametrize(("choice", "seed"), [(1, 1), (1, 2), (3, 3), (3, 4)])
def test_a_mirrored_schedule_turned_round_lasts_as_long(choice: int, seed: int) -> None:
    problem = random_problem(seed, jobs=20, machines=6, choice=choice)
    mirrored = _mirrored(problem)
    twice = _mirrored(mirrored)
    assert (twice.choices == problem.choices).all()
    assert (twice.job_first == problem.job_first).all()
    there = dispatched(mirrored)
    back = turned(problem, there)
    assert holds(mirrored, there)
    assert holds(problem, back)
    assert back.makespan == there.makespan


@pytest.mark.parametrize("choice", [1, 2])
def test_passes_only_ever_shorten_and_mostly_do(choice: int) -> None:
    shorter = 0
    for seed in range(10):
        problem = random_problem(seed, jobs=30, machines=12, choice=choice)
        start = dispatched(problem)
        point = swung(problem, start, go_on)
        assert holds(problem, point)
        assert point.makespan <= start.makespan
        shorter += point.makespan < start.makespan
    assert shorter >= 6
    assert swung(problem, start, lambda: True) is start
