"""Tabu climbs from a point: over the whole schedule, or window by window along the time axis."""

from collections.abc import Callable

import numpy as np

from nightmill.scheduling.job_shop.disjunctive_graph import AFTER, JOB_AFTER, MACHINE, REST, Ints
from nightmill.scheduling.job_shop.neighbourhood import BEST, CANDIDATE, CLOCK, CURRENT, HIGH, ITERATION, LOW, ROOM
from nightmill.scheduling.job_shop.solution import Point, Problem
from nightmill.scheduling.job_shop.tabu_search import climb, measure, take_back

TABU_SLOTS = 1 << 14
STEPS_AT_ONCE = 2_000_000
"""Operations times moves between two stop checks; this takes some tens of milliseconds."""


class Bench:
    """Scratch memory for one climb at a time; its previous contents don't matter."""

    def __init__(self, problem: Problem, patience: int) -> None:
        size = problem.size
        self.touched = np.zeros(size // 8 * 8 + 16, dtype=np.uint8)
        self.tabu = np.zeros(TABU_SLOTS, dtype=np.int64)
        self.log = np.zeros((patience + 2, 4), dtype=problem.dtype)
        self.found = np.zeros((2, CANDIDATE), dtype=np.int64)
        self.room = np.zeros((ROOM, size + 1), dtype=problem.dtype)


class Walk:
    """One climb in progress: problem, scratch, random state, and when to end."""

    def __init__(
        self, problem: Problem, bench: Bench, seed: int, patience: int, most: int, stop: Callable[[], bool]
    ) -> None:
        self.problem, self.bench, self.patience, self.most, self.stop = problem, bench, patience, most, stop
        self.state = np.full(1, seed % 2147483646 + 1, dtype=np.int64)
        self.moves = 0

    def ended(self) -> bool:
        """Return whether the climb's moves are used up or it should stop."""
        return self.moves >= self.most or self.stop()

    def over(self, point: Point, gates: Ints, fences: Ints, low: int, high: int) -> None:
        """Improve the window in place; afterwards its order, ends and rests are consistent again."""
        problem, bench = self.problem, self.bench
        clock = np.zeros(CLOCK, dtype=np.int64)
        clock[LOW], clock[HIGH] = low, high
        measure(point.graph, gates, fences, clock, self.state)
        clock[BEST] = clock[CURRENT]
        bench.tabu[:] = 0
        patience = min(self.patience, bench.log.shape[0] - 2)
        chunk = max(20, STEPS_AT_ONCE // (high - low))
        done = False
        while not done and not self.ended():
            before = int(clock[ITERATION])
            done = climb(
                point.graph, point.first, point.order, point.place, gates, fences, problem.choice_first, problem.choices,
                bench.touched, bench.touched.view(np.int64), bench.tabu, bench.log, bench.room, bench.found, clock, self.state,
                min(chunk, self.most - self.moves), patience, problem.bound, problem.tenure,
            )  # fmt: skip
            self.moves += int(clock[ITERATION]) - before
        take_back(point.graph, point.first, bench.log, clock)
        point.settle(problem, low, high)


def climb_whole(walk: Walk, point: Point) -> None:
    """Improve a point in place over the whole schedule."""
    problem = walk.problem
    gates = np.zeros((problem.last.size, 2), dtype=problem.dtype)
    gates[:, 0] = problem.last
    walk.over(point, gates, np.full((problem.machines, 2), problem.size, dtype=problem.dtype), 0, problem.size)


def sweep(walk: Walk, point: Point, width: int, offset: int) -> None:
    """Improve a point in place, in windows of ``width`` operations that each overlap half of the previous window.

    The first window is shorter by ``offset`` (below ``width``). Paths inside a window only get shorter, so the makespan
    never grows.
    """
    problem = walk.problem
    size = problem.size
    point.settle(problem)
    doors = np.full(problem.machines, size, dtype=problem.dtype)
    low, seen = -offset, 0
    while low < size and not walk.ended():
        begin, end = max(low, 0), min(size, low + width)
        if end - begin > 1:
            passed = point.order[seen:begin]
            doors[point.graph[passed, MACHINE]] = passed
            seen = begin
            point.renew_window(begin, end)
            gates, fences = _open_window(problem, point, doors, begin, end)
            walk.over(point, gates, fences, begin, end)
        low += max(1, width // 2)
    point.renew(problem)


def _open_window(problem: Problem, point: Point, doors: Ints, low: int, high: int) -> tuple[Ints, Ints]:
    """Gates (last operation of a job inside, the rest of the job) and fences (operation before, after; none: size)."""
    graph, place = point.graph, point.place
    inside = point.order[low:high]
    leaving = inside[place[graph[inside, JOB_AFTER]] >= high]
    gates = np.stack([leaving, graph[graph[leaving, JOB_AFTER], REST]], axis=1).astype(problem.dtype)
    fences = np.stack([doors, np.where(doors < problem.size, graph[doors, AFTER], point.first)], axis=1)
    ending = inside[place[graph[inside, AFTER]] >= high]
    fences[graph[ending, MACHINE], 1] = graph[ending, AFTER]
    return gates, np.ascontiguousarray(fences, dtype=problem.dtype)
