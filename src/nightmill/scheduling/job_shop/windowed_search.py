"""Tabu climbs from a point: over the whole schedule, or window by window along the time axis."""

from collections.abc import Callable

import numpy as np

from nightmill.scheduling.job_shop.disjunctive_graph import Ints, Records, records
from nightmill.scheduling.job_shop.neighbourhood import Memory, Search, new_clock
from nightmill.scheduling.job_shop.solution import Point, Problem
from nightmill.scheduling.job_shop.tabu_search import climb, measure, take_back

STEPS_AT_ONCE = 2_000_000
"""Number of operations multiplied by the number of moves between two checks of the stop condition: some tens of milliseconds."""


class Walk:
    """One climb in progress: problem, scratch, random state, and when to end."""

    def __init__(
        self, problem: Problem, memory: Memory, seed: int, patience: int, most: int, stop: Callable[[], bool]
    ) -> None:
        self.problem, self.memory, self.patience, self.most, self.stop = problem, memory, patience, most, stop
        self.state = np.full(1, seed % 2147483646 + 1, dtype=np.int64)
        self.moves = 0

    def ended(self) -> bool:
        """Return whether the climb's moves are used up or it should stop."""
        return self.moves >= self.most or self.stop()

    def over(self, point: Point, gates: Records, fences: Records, low: int, high: int) -> None:
        """Improve the window in place; afterwards its order, ends and rests are consistent again."""
        problem, memory, clock = self.problem, self.memory, new_clock(low, high)
        search = Search(problem.choice_first, problem.choices, gates, fences, clock, self.state, memory)
        measure(point.graph, search)
        clock[0].best = clock[0].current
        memory.tabu[:] = 0
        patience = min(self.patience, memory.log.size - 2)
        chunk = max(20, STEPS_AT_ONCE // (high - low))
        done = False
        while not done and not self.ended():
            before = int(clock[0].iteration)
            steps = min(chunk, self.most - self.moves)
            done = climb(point.graph, search, steps, patience, problem.bound, problem.tenure)
            self.moves += int(clock[0].iteration) - before
        take_back(point.graph, search)
        point.settle(problem, low, high)


def climb_whole(walk: Walk, point: Point) -> None:
    """Improve a point in place over the whole schedule."""
    problem = walk.problem
    gates, fences = whole_window(problem)
    walk.over(point, gates, fences, 0, problem.size)


def whole_window(problem: Problem) -> tuple[Records, Records]:
    """Return the gates (``op``, ``rest``) and fences (``before``, ``after``) of the window that is the whole schedule."""
    gates = records(problem.last.size, problem.dtype, "op", "rest")
    gates.op[:] = problem.last
    fences = records(problem.machines, problem.dtype, "before", "after")
    fences.before[:], fences.after[:] = problem.size, problem.size
    return gates, fences


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
            passed = point.graph.order[seen:begin]
            doors[point.graph.ops.machine[passed]] = passed
            seen = begin
            point.renew_window(begin, end)
            gates, fences = _open_window(problem, point, doors, begin, end)
            walk.over(point, gates, fences, begin, end)
        low += max(1, width // 2)
    point.renew(problem)


def _open_window(problem: Problem, point: Point, doors: Ints, low: int, high: int) -> tuple[Records, Records]:
    """Gates (last operation of a job inside, the rest of the job) and fences (operation before, after; none: size)."""
    graph, place = point.graph, point.graph.place
    inside = graph.order[low:high]
    leaving = inside[place[graph.ops.job_after[inside]] >= high]
    gates = records(leaving.size, problem.dtype, "op", "rest")
    gates.op[:], gates.rest[:] = leaving, graph.ops.rest[graph.ops.job_after[leaving]]
    fences = records(problem.machines, problem.dtype, "before", "after")
    fences.before[:] = doors
    fences.after[:] = np.where(doors < problem.size, graph.ops.after[doors], graph.first)
    ending = inside[place[graph.ops.after[inside]] >= high]
    fences.after[graph.ops.machine[ending]] = graph.ops.after[ending]
    return gates, fences
