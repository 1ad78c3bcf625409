"""The laws of the makespan search's moves: what is offered closes no cycle, and is worth what a full count says."""

import numpy as np
import pytest
from test_scheduling_disjunctive_graph import longest_paths, random_problem, relinked

from nightmill.scheduling.job_shop.disjunctive_graph import Records
from nightmill.scheduling.job_shop.neighbourhood import (
    HUGE,
    Search,
    find_moves,
    machine_moves,
    new_clock,
    new_memory,
    try_move,
)
from nightmill.scheduling.job_shop.solution import Point, Problem, dispatched
from nightmill.scheduling.job_shop.tabu_search import critical_path, measure
from nightmill.scheduling.job_shop.windowed_search import whole_window


def working_problem(seed: int, jobs: int, machines: int, choice: int = 1) -> Problem:
    """A random problem without operations of no time, which could still close a cycle when the move is made."""
    problem = random_problem(seed, jobs=jobs, machines=machines, choice=choice)
    problem.choices[:, 1] += 1
    return problem


def looked_at(problem: Problem, point: Point, seed: int) -> tuple[Search, int]:
    """A search that has just found a critical path, and where it begins."""
    gates, fences = whole_window(problem)
    clock, state = new_clock(0, problem.size), np.full(1, seed + 1, dtype=np.int64)
    clock[0].best = HUGE
    memory = new_memory(problem.size, problem.dtype, 10)
    search = Search(problem.choice_first, problem.choices, gates, fences, clock, state, memory)
    measure(point.graph, search)
    return search, critical_path(point.graph, search)


def forget(found: Records) -> None:
    """No candidate yet."""
    for field in found.dtype.names:
        found[field] = 0
    found.value[:], found.kind[:] = HUGE, -1


def after(problem: Problem, point: Point, move: Records) -> Records | None:
    """The operations after a candidate, all paths counted anew; None for a cycle."""
    op, before = int(move.op), int(move.goal)
    machine, time = int(point.graph.ops.machine[op]), int(point.graph.ops.time[op])
    if move.kind == 1:
        before = int(point.graph.ops.before[before])
    elif move.kind == 2:
        machine, time = (int(v) for v in problem.choices[move.choice, :2])
    ops = relinked(point, op, before, machine, time, problem.size)
    paths = longest_paths(problem, ops)
    if paths is None:
        return None
    ops.end[: problem.size], ops.rest[: problem.size] = paths
    return ops


@pytest.mark.parametrize("seed", range(4))
def test_a_move_in_a_block_is_worth_the_longest_path_through_what_it_moves(seed: int) -> None:
    problem = working_problem(seed, jobs=9, machines=3)
    point = dispatched(problem, 2, 0, seed)
    search, start = looked_at(problem, point, seed)
    graph, path, found = point.graph, search.memory.path.op, search.memory.found
    exact = 0
    for low in range(start, problem.size):
        high = low + 1
        while high < problem.size and graph.ops.before[path[high]] == path[high - 1]:
            for later in (True, False):
                forget(found)
                try_move(graph, search, low, high, later)
                if found[0].kind < 0:
                    continue
                new = after(problem, point, found[0])
                assert new is not None
                moved = path[low : high + 1]
                steady = (new.end[new.job_before[moved]] == graph.ops.end[graph.ops.job_before[moved]]).all() and (
                    new.rest[new.job_after[moved]] == graph.ops.rest[graph.ops.job_after[moved]]
                ).all()
                through = int((new.end[moved] + new.rest[moved] - new.time[moved]).max())
                exact += bool(steady)
                assert found[0].value == through or not steady
            high += 1
    assert exact > 5


@pytest.mark.parametrize("seed", range(4))
def test_no_place_on_another_machine_closes_a_cycle_or_is_worth_less_than_said(seed: int) -> None:
    problem = working_problem(seed, jobs=6, machines=4, choice=3)
    point = dispatched(problem, 2, 0, seed)
    search, _ = looked_at(problem, point, seed)
    offered = 0
    for op in range(problem.size):
        for _ in range(3):  # equals are told apart by lot
            forget(search.memory.found)
            machine_moves(point.graph, search, op)
            if search.memory.found[0].kind < 0:
                continue
            offered += 1
            new = after(problem, point, search.memory.found[0])
            assert new is not None
            assert new.end[op] + new.rest[op] - new.time[op] <= search.memory.found[0].value
    assert offered > 20


@pytest.mark.parametrize("seed", range(6))
def test_the_best_move_found_is_one_that_can_be_made(seed: int) -> None:
    problem = working_problem(seed, jobs=9, machines=4, choice=2)
    point = dispatched(problem, 2, 0, seed)
    search, start = looked_at(problem, point, seed)
    find_moves(point.graph, search, start)
    assert search.memory.found[0].kind >= 0
    assert after(problem, point, search.memory.found[0]) is not None


def test_a_move_to_another_machine_is_worth_its_path_and_what_its_time_costs_more_there() -> None:
    problem = working_problem(5, jobs=6, machines=4, choice=3)
    point = dispatched(problem, 2, 0, 5)
    search, _ = looked_at(problem, point, 5)
    compared = 0
    for op in range(problem.size):
        first, last = int(problem.choice_first[op]), int(problem.choice_first[op + 1])
        here = next(at for at in range(first, last) if problem.choices[at, 0] == point.graph.ops.machine[op])
        for there in (at for at in range(first, last) if at != here):
            values = []
            for cost_here, cost_there in ((0, 0), (4, 9), (6, 1)):
                problem.choices[first:last, 2] = HUGE >> 40
                problem.choices[here, 2], problem.choices[there, 2] = cost_here, cost_there
                forget(search.memory.found)
                machine_moves(point.graph, search, op)
                assert search.memory.found[0].choice == there
                values.append(int(search.memory.found[0].value))
            assert values == [values[0], values[0] + 5, values[0] - 5]
            compared += 1
    assert compared > 10
