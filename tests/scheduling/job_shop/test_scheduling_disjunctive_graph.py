"""The laws of the disjunctive graph: repaired orders and longest paths equal those found anew, cycles are refused."""

import numpy as np
import pytest

from nightmill.scheduling.job_shop.disjunctive_graph import (
    AFTER,
    BEFORE,
    END,
    JOB_AFTER,
    JOB_BEFORE,
    MACHINE,
    REST,
    TIME,
    Ints,
)
from nightmill.scheduling.job_shop.neighbourhood import CLOCK, HIGH, LOW
from nightmill.scheduling.job_shop.solution import Point, Problem, between, dispatched, distance
from nightmill.scheduling.job_shop.tabu_search import carry_out


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


def longest_paths(problem: Problem, graph: Ints) -> tuple[list[int], list[int]] | None:
    """Ends and rests by plain recursion over the links; None for a cycle."""
    none = problem.size
    found: list[list[int]] = []
    for one, two in ((BEFORE, JOB_BEFORE), (AFTER, JOB_AFTER)):
        length = [-1] * none
        for _ in range(none + 1):
            for op in range(none):
                near = [int(graph[op, side]) for side in (one, two) if graph[op, side] != none]
                if all(length[other] >= 0 for other in near):
                    length[op] = max((length[other] for other in near), default=0) + int(graph[op, TIME])
        if min(length) < 0:
            return None
        found.append(length)
    return found[0], found[1]


def relinked(point: Point, op: int, before: int, machine: int, time: int, none: int) -> Ints:
    """The links after a move, made on the sequence as a list."""
    graph = point.graph.copy()
    rows: dict[int, list[int]] = {}
    for m in {int(graph[op, MACHINE]), machine}:
        line, at = [], int(point.first[m])
        while at != none:
            line.append(at)
            at = int(graph[at, AFTER])
        rows[m] = line
    rows[int(graph[op, MACHINE])].remove(op)
    rows[machine].insert(rows[machine].index(before) + 1 if before != none else 0, op)
    graph[op, TIME], graph[op, MACHINE] = time, machine
    for line in rows.values():
        for index, other in enumerate(line):
            graph[other, BEFORE] = line[index - 1] if index else none
            graph[other, AFTER] = line[index + 1] if index + 1 < len(line) else none
    return graph


@pytest.mark.parametrize("seed", range(6))
def test_a_move_leaves_what_a_new_start_would_find(seed: int) -> None:
    problem = random_problem(seed)
    none = problem.size
    point = dispatched(problem, 2, 0, seed)
    lot = np.random.default_rng(seed)
    clock = np.zeros(CLOCK, dtype=np.int64)
    clock[LOW], clock[HIGH] = 0, none
    touched = np.zeros(none // 8 * 8 + 16, dtype=np.uint8)
    kept = np.zeros(none + 1, dtype=problem.dtype)
    refused = made = 0
    for _ in range(300):
        op = int(lot.integers(none))
        machine, time = (
            int(v) for v in problem.choices[lot.integers(problem.choice_first[op], problem.choice_first[op + 1]), :2]
        )
        there = [o for o in range(none) if o != op and point.graph[o, MACHINE] == machine] + [none]
        before = int(lot.choice(there))
        expected = relinked(point, op, before, machine, time, none)
        paths = longest_paths(problem, expected)
        fits = carry_out(
            point.graph, point.first, point.order, point.place, op, before, machine, time, kept, touched,
            touched.view(np.int64), clock,
        )  # fmt: skip
        assert fits == (paths is not None)
        assert not touched.any()
        refused, made = refused + (not fits), made + fits
        if paths is not None:
            assert (point.graph[:none, :TIME] == expected[:none, :TIME]).all()
            assert point.graph[:none, END].tolist() == paths[0]
            assert point.graph[:none, REST].tolist() == paths[1]
        assert (point.place[point.order] == np.arange(none)).all()
        for side in (BEFORE, JOB_BEFORE):
            assert (point.place[point.graph[:none, side]] < point.place[:none])[point.graph[:none, side] != none].all()
    assert refused > 20
    assert made > 50


def test_a_point_between_two_keeps_what_both_agree_on() -> None:
    problem = random_problem(11, jobs=12, choice=1)
    one, two = dispatched(problem, 0, 0, 1), dispatched(problem, 2, 0, 5)
    none = problem.size
    child = between(problem, one, two, 0.5, np.random.default_rng(0))
    machine = one.graph[:none, MACHINE]
    checked = 0
    for a in range(none):
        for b in range(none):
            if a != b and machine[a] == machine[b] and one.graph[a, TIME] and one.graph[b, TIME]:
                orders = [point.place[a] < point.place[b] for point in (one, two, child)]
                if orders[0] == orders[1]:
                    checked += 1
                    assert orders[2] == orders[0]
    assert checked > 50
    assert distance(problem, one, one) == 0 < distance(problem, one, two)
