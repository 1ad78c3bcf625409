"""The laws of the disjunctive graph: repaired orders and longest paths equal those found anew, cycles are refused."""

import numpy as np
import pytest

from nightmill.scheduling.job_shop.disjunctive_graph import Records
from nightmill.scheduling.job_shop.neighbourhood import Search, new_clock, new_memory
from nightmill.scheduling.job_shop.solution import Point, Problem, between, dispatched, distance
from nightmill.scheduling.job_shop.tabu_search import carry_out
from nightmill.scheduling.job_shop.windowed_search import whole_window


def random_problem(seed: int, jobs: int = 7, machines: int = 5, choice: int = 2) -> Problem:
    lot = np.random.default_rng(seed)
    sizes = lot.integers(1, 9, jobs)
    counts = lot.integers(1, choice + 1, int(sizes.sum()))
    choices = np.array(
        [(machine, lot.integers(0, 9)) for count in counts for machine in lot.permutation(machines)[:count]],
        dtype=np.int32,
    )
    first = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    return Problem(first, choices, np.concatenate(([0], np.cumsum(sizes))).astype(np.int32), machines, 0)


def longest_paths(problem: Problem, ops: Records) -> tuple[list[int], list[int]] | None:
    """Ends and rests by plain recursion over the links; None for a cycle."""
    none = problem.size
    found: list[list[int]] = []
    for one, two in (("before", "job_before"), ("after", "job_after")):
        length = [-1] * none
        for _ in range(none + 1):
            for op in range(none):
                near = [int(ops[side][op]) for side in (one, two) if ops[side][op] != none]
                if all(length[other] >= 0 for other in near):
                    length[op] = max((length[other] for other in near), default=0) + int(ops.time[op])
        if min(length) < 0:
            return None
        found.append(length)
    return found[0], found[1]


def relinked(point: Point, op: int, before: int, machine: int, time: int, none: int) -> Records:
    """The links after a move, made on the sequence as a list."""
    ops = point.graph.ops.copy()
    rows: dict[int, list[int]] = {}
    for m in {int(ops.machine[op]), machine}:
        line, at = [], int(point.graph.first[m])
        while at != none:
            line.append(at)
            at = int(ops.after[at])
        rows[m] = line
    rows[int(ops.machine[op])].remove(op)
    rows[machine].insert(rows[machine].index(before) + 1 if before != none else 0, op)
    ops.time[op], ops.machine[op] = time, machine
    for line in rows.values():
        for index, other in enumerate(line):
            ops.before[other] = line[index - 1] if index else none
            ops.after[other] = line[index + 1] if index + 1 < len(line) else none
    return ops


@pytest.mark.parametrize("seed", range(6))
def test_a_move_leaves_what_a_new_start_would_find(seed: int) -> None:
    problem = random_problem(seed)
    none = problem.size
    point = dispatched(problem, 2, 0, seed)
    lot = np.random.default_rng(seed)
    gates, fences = whole_window(problem)
    state, memory = np.ones(1, dtype=np.int64), new_memory(none, problem.dtype, 10)
    search = Search(problem.choice_first, problem.choices, gates, fences, new_clock(0, none), state, memory)
    refused = made = 0
    for _ in range(300):
        op = int(lot.integers(none))
        machine, time = (
            int(v) for v in problem.choices[lot.integers(problem.choice_first[op], problem.choice_first[op + 1]), :2]
        )
        there = [o for o in range(none) if o != op and point.graph.ops.machine[o] == machine] + [none]
        before = int(lot.choice(there))
        expected = relinked(point, op, before, machine, time, none)
        paths = longest_paths(problem, expected)
        fits = carry_out(point.graph, search, op, before, machine, time)
        assert fits == (paths is not None)
        assert not memory.scratch.touched.any()
        refused, made = refused + (not fits), made + fits
        if paths is not None:
            for side in ("before", "after", "job_before", "job_after"):
                assert (point.graph.ops[side][:none] == expected[side][:none]).all()
            assert point.graph.ops.end[:none].tolist() == paths[0]
            assert point.graph.ops.rest[:none].tolist() == paths[1]
        assert (point.graph.place[point.graph.order] == np.arange(none)).all()
        for side in ("before", "job_before"):
            near = point.graph.ops[side][:none]
            assert (point.graph.place[near] < point.graph.place[:none])[near != none].all()
    assert refused > 20
    assert made > 50


def test_a_point_between_two_keeps_what_both_agree_on() -> None:
    problem = random_problem(11, jobs=12, choice=1)
    one, two = dispatched(problem, 0, 0, 1), dispatched(problem, 2, 0, 5)
    none = problem.size
    child = between(problem, one, two, 0.5, np.random.default_rng(0))
    machine = one.graph.ops.machine[:none]
    checked = 0
    for a in range(none):
        for b in range(none):
            if a != b and machine[a] == machine[b] and one.graph.ops.time[a] and one.graph.ops.time[b]:
                orders = [point.graph.place[a] < point.graph.place[b] for point in (one, two, child)]
                if orders[0] == orders[1]:
                    checked += 1
                    assert orders[2] == orders[0]
    assert checked > 50
    assert distance(problem, one, one) == 0 < distance(problem, one, two)
