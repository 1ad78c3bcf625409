"""Schedules as points of the makespan search: built by dispatching, along an order, or between two other points."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nightmill.scheduling.job_shop.disjunctive_graph import Graph, Ints, operations, rank, refresh
from nightmill.scheduling.job_shop.initial_solution import GIVEN, MOST_WORK, Jobs, Ranking, dispatch, sequence

RANKS = 1 << 21
PRICED = 0.75
"""Extra cost of moving an operation to another machine, as a fraction of its time on its most expensive machine.

If machines are nearly full and differ in speed, shortening the path by using more machine time is a dead end.
"""


class Problem:
    """The arrays of an instance; operations of a job are consecutive.

    ``choices[choice_first[op] : choice_first[op + 1]]`` are the alternatives (machine, time, cost) of an operation, the cost
    from ``prices``, the value of a machine's time (``lower_bounds.machine_prices``); ``job_first[j]`` is the first operation of
    job ``j`` (with one more entry), ``bound`` a lower bound on the makespan, ``found`` the least makespan of the search so far.
    """

    def __init__(
        self, choice_first: Ints, choices: Ints, job_first: Ints, machines: int, bound: int, prices: Sequence[int] = ()
    ) -> None:
        self.choice_first, self.job_first = choice_first, job_first
        shares = PRICED * np.array(prices or [0] * machines, dtype=np.float64) / max([1, *prices])
        costs = np.rint(shares[choices[:, 0]] * choices[:, 1])
        self.choices = np.column_stack([choices, costs]).astype(choices.dtype)
        self.machines, self.bound, self.found = machines, bound, int(choices[:, 1].sum(dtype=np.int64))
        self.size = int(job_first[-1])
        self.jobs = job_first.size - 1
        self.dtype = choices.dtype
        self.flexible = self.size < choices.shape[0]
        self.last = job_first[1:][np.diff(job_first) > 0] - 1
        self.ops = operations(self.size, self.dtype)
        numbers = np.arange(self.size, dtype=self.dtype)
        self.ops.job_before[1 : self.size] = numbers[:-1]
        self.ops.job_after[: self.size - 1] = numbers[1:]
        self.ops.job_before[job_first[:-1]] = self.size
        self.ops.job_after[self.last] = self.size

    @property
    def ranks(self) -> int:
        """Number of ranks that dispatching distinguishes among operations that can start together."""
        return max(1, min(RANKS, (1 << 62) // max(1, int(self.choices[:, 1].sum(dtype=np.int64)))))

    @property
    def tenure(self) -> int:
        """Minimum number of moves for which the reverse of a move stays forbidden (Zhang et al. 2008, shortened)."""
        return int(10 + self.jobs / self.machines)


class Point:
    """A schedule as a graph, with its makespan."""

    def __init__(self, problem: Problem) -> None:
        self.graph = Graph(
            problem.ops.copy(),
            np.full(problem.machines, problem.size, dtype=problem.dtype),
            np.arange(problem.size, dtype=problem.dtype),
            np.arange(problem.size + 1, dtype=problem.dtype),
        )
        self.makespan = 0

    def copy(self) -> "Point":
        """A copy of the schedule in its own arrays."""
        other = Point.__new__(Point)
        other.graph, other.makespan = Graph(*(array.copy() for array in self.graph)), self.makespan
        return other

    def settle(self, problem: Problem, low: int = 0, high: int | None = None) -> None:
        """Recompute the window's order (earliest starts first), ends and rests after its links have changed."""
        high = problem.size if high is None else high
        scratch = np.empty((2, problem.size + 1), dtype=problem.dtype)
        if not rank(self.graph, scratch[0], scratch[1], low, high):
            raise AssertionError("the sequences of a schedule form a cycle")
        inside = self.graph.order[low:high]
        starts = self.graph.ops.end[inside] - self.graph.ops.time[inside]
        self.graph.order[low:high] = inside[np.argsort(starts, kind="stable")]
        self.renew_window(low, high)
        if high - low == problem.size:
            self.makespan = int(self.graph.ops.end[problem.last].max(initial=0))

    def renew_window(self, low: int, high: int) -> None:
        """Recompute places, ends and rests of the window along the current order."""
        refresh(self.graph, low, high)

    def renew(self, problem: Problem) -> None:
        """Recompute all places, ends and rests along the current order, and the makespan."""
        self.renew_window(0, problem.size)
        self.makespan = int(self.graph.ops.end[problem.last].max(initial=0))


def dispatched(
    problem: Problem, rule: int = MOST_WORK, noise: int = 0, seed: int = 0, ranks: Ints | None = None
) -> Point:
    """Return the schedule from a dispatch rule, or from ranks (operations, below ``problem.ranks``, lowest first)."""
    point = Point(problem)
    state = np.full(1, seed % 2147483646 + 1, dtype=np.int64)
    rule, ranks = (rule, np.zeros(0, dtype=np.int64)) if ranks is None else (GIVEN, ranks)
    shop = Jobs(problem.job_first, problem.choice_first, problem.choices)
    dispatch(point.graph, shop, Ranking(rule, noise, problem.ranks, ranks, state))
    point.settle(problem)
    return point


def along(problem: Problem, order: Ints, machines: Ints) -> Point:
    """The schedule that takes operations in a linear order, each on its machine; ``order`` must respect the jobs."""
    point = Point(problem)
    picked = _picked(problem, machines).astype(problem.dtype)
    sequence(point.graph, order.astype(problem.dtype), picked, problem.choices)
    point.settle(problem)
    return point


def between(problem: Problem, one: Point, two: Point, share: float, rng: np.random.Generator) -> Point:
    """A schedule on the path from ``one`` to ``two``, with operations in the order of their blended centres.

    The centre is halfway between earliest and latest start. An operation that precedes another in both points does so here too,
    so the order changes only where the two points disagree. Each operation takes ``two``'s machine with probability ``share``.
    """
    size = problem.size
    centres = [(point.graph.ops.end[:size] - point.graph.ops.rest[:size]).astype(np.float64) for point in (one, two)]
    order = np.lexsort((one.graph.place[:size], (1.0 - share) * centres[0] + share * centres[1]))
    machines = np.where(rng.random(size) < share, two.graph.ops.machine[:size], one.graph.ops.machine[:size])
    return along(problem, order, machines)


def _picked(problem: Problem, machines: Ints) -> NDArray[np.int64]:
    """The alternative of each operation on its machine."""
    picked: NDArray[np.int64] = problem.choice_first[:-1].astype(np.int64)
    if problem.flexible:
        owner = np.repeat(np.arange(problem.size), np.diff(problem.choice_first))
        here = np.flatnonzero(problem.choices[:, 0] == machines[owner])
        picked[owner[here[::-1]]] = here[::-1]
    return picked


def distance(problem: Problem, one: Point, two: Point) -> int:
    """Number of operations that have a different machine, or a different predecessor on it, in the two schedules."""
    size = problem.size
    differs = (one.graph.ops.before[:size] != two.graph.ops.before[:size]) | (
        one.graph.ops.machine[:size] != two.graph.ops.machine[:size]
    )
    return int(np.count_nonzero(differs))
