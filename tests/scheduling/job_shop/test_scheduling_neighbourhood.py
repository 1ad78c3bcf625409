"""The laws of the makespan search's moves: what is offered closes no cycle, and is worth what a full count says."""

import numpy as np
import pytest
from test_scheduling_disjunctive_graph import longest_paths, random_problem, relinked

from nightmill.scheduling.job_shop.disjunctive_graph import (
    BEFORE,
    END,
    JOB_AFTER,
    JOB_BEFORE,
    MACHINE,
    REST,
    TIME,
    Ints,
)
from nightmill.scheduling.job_shop.neighbourhood import (
    BEST,
    CHOICE,
    CLOCK,
    GOAL,
    HIGH,
    HUGE,
    KIND,
    LOW,
    OP,
    PATH,
    VALUE,
    find_moves,
    machine_moves,
    try_move,
)
from nightmill.scheduling.job_shop.solution import Point, Problem, dispatched
from nightmill.scheduling.job_shop.tabu_search import critical_path, measure
from nightmill.scheduling.job_shop.windowed_search import Bench


def working_problem(seed: int, jobs: int, machines: int, choice: int = 1) -> Problem:
    """A random problem without operations of no time, which could still close a cycle when the move is made."""
    problem = random_problem(seed, jobs=jobs, machines=machines, choice=choice)
    problem.choices[:, 1] += 1
    return problem


def looked_at(problem: Problem, point: Point, seed: int) -> tuple[Bench, Ints, Ints, Ints, int]:
    """Scratch, fences, clock and random state of a search that has just found a critical path, and where it begins."""
    bench = Bench(problem, 10)
    gates = np.zeros((problem.last.size, 2), dtype=problem.dtype)
    gates[:, 0] = problem.last
    fences = np.full((problem.machines, 2), problem.size, dtype=problem.dtype)
    clock, state = np.zeros(CLOCK, dtype=np.int64), np.full(1, seed + 1, dtype=np.int64)
    clock[LOW], clock[HIGH], clock[BEST] = 0, problem.size, HUGE
    measure(point.graph, gates, fences, clock, state)
    return bench, fences, clock, state, critical_path(point.graph, point.place, clock, state, bench.room)


def forget(found: Ints) -> None:
    """No candidate yet."""
    found[:] = 0
    found[:, VALUE], found[:, KIND] = HUGE, -1


def after(problem: Problem, point: Point, move: Ints) -> Ints | None:
    """The graph after a candidate, all paths counted anew; None for a cycle."""
    op, before = int(move[OP]), int(move[GOAL])
    machine, time = int(point.graph[op, MACHINE]), int(point.graph[op, TIME])
    if move[KIND] == 1:
        before = int(point.graph[before, BEFORE])
    elif move[KIND] == 2:
        machine, time = (int(v) for v in problem.choices[move[CHOICE], :2])
    graph = relinked(point, op, before, machine, time, problem.size)
    paths = longest_paths(problem, graph)
    if paths is None:
        return None
    graph[: problem.size, END], graph[: problem.size, REST] = paths
    return graph


@pytest.mark.parametrize("seed", range(4))
def test_a_move_in_a_block_is_worth_the_longest_path_through_what_it_moves(seed: int) -> None:
    problem = working_problem(seed, jobs=9, machines=3)
    point = dispatched(problem, 2, 0, seed)
    bench, _, clock, state, start = looked_at(problem, point, seed)
    graph, path = point.graph, bench.room[PATH]
    exact = 0
    for low in range(start, problem.size):
        high = low + 1
        while high < problem.size and graph[path[high], BEFORE] == path[high - 1]:
            for later in (True, False):
                forget(bench.found)
                try_move(graph, bench.room, low, high, later, bench.tabu, clock, bench.found, state)
                if bench.found[0, KIND] < 0:
                    continue
                new = after(problem, point, bench.found[0])
                assert new is not None
                moved = path[low : high + 1]
                steady = (new[new[moved, JOB_BEFORE], END] == graph[graph[moved, JOB_BEFORE], END]).all() and (
                    new[new[moved, JOB_AFTER], REST] == graph[graph[moved, JOB_AFTER], REST]
                ).all()
                through = int((new[moved, END] + new[moved, REST] - new[moved, TIME]).max())
                exact += bool(steady)
                assert bench.found[0, VALUE] == through or not steady
            high += 1
    assert exact > 5


@pytest.mark.parametrize("seed", range(4))
def test_no_place_on_another_machine_closes_a_cycle_or_is_worth_less_than_said(seed: int) -> None:
    problem = working_problem(seed, jobs=6, machines=4, choice=3)
    point = dispatched(problem, 2, 0, seed)
    bench, fences, clock, state, _ = looked_at(problem, point, seed)
    offered = 0
    for op in range(problem.size):
        for _ in range(3):  # equals are told apart by lot
            forget(bench.found)
            machine_moves(
                point.graph, point.first, point.place, fences, op, problem.choice_first, problem.choices, bench.tabu,
                clock, bench.found, state,
            )  # fmt: skip
            if bench.found[0, KIND] < 0:
                continue
            offered += 1
            new = after(problem, point, bench.found[0])
            assert new is not None
            assert new[op, END] + new[op, REST] - new[op, TIME] <= bench.found[0, VALUE]
    assert offered > 20


@pytest.mark.parametrize("seed", range(6))
def test_the_best_move_found_is_one_that_can_be_made(seed: int) -> None:
    problem = working_problem(seed, jobs=9, machines=4, choice=2)
    point = dispatched(problem, 2, 0, seed)
    bench, fences, clock, state, start = looked_at(problem, point, seed)
    find_moves(
        point.graph, point.first, point.place, fences, bench.room, start, problem.choice_first, problem.choices,
        bench.tabu, clock, bench.found, state,
    )  # fmt: skip
    assert bench.found[0, KIND] >= 0
    assert after(problem, point, bench.found[0]) is not None


def test_a_move_to_another_machine_is_worth_its_path_and_what_its_time_costs_more_there() -> None:
    problem = working_problem(5, jobs=6, machines=4, choice=3)
    point = dispatched(problem, 2, 0, 5)
    bench, fences, clock, state, _ = looked_at(problem, point, 5)
    compared = 0
    for op in range(problem.size):
        first, last = int(problem.choice_first[op]), int(problem.choice_first[op + 1])
        here = next(at for at in range(first, last) if problem.choices[at, 0] == point.graph[op, MACHINE])
        for there in (at for at in range(first, last) if at != here):
            values = []
            for cost_here, cost_there in ((0, 0), (4, 9), (6, 1)):
                problem.choices[first:last, 2] = HUGE >> 40
                problem.choices[here, 2], problem.choices[there, 2] = cost_here, cost_there
                forget(bench.found)
                machine_moves(
                    point.graph, point.first, point.place, fences, op, problem.choice_first, problem.choices, bench.tabu,
                    clock, bench.found, state,
                )  # fmt: skip
                assert bench.found[0, CHOICE] == there
                values.append(int(bench.found[0, VALUE]))
            assert values == [values[0], values[0] + 5, values[0] - 5]
            compared += 1
    assert compared > 10
