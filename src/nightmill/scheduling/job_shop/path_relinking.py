"""The makespan search as a whole: starts by rule, climbs, and path relinking between the best points.

Small problems keep populations of elites (Peng, Lü & Cheng 2015: tabu search and path relinking) and combine the best of them;
large problems improve a few points window by window. Several climbs are always in progress, and their results are taken in the
order in which they were started, so the result doesn't depend on how many climbs really run in parallel.
"""

from collections import deque
from collections.abc import Callable

import msgspec
import numpy as np

from nightmill.scheduling.job_shop.forward_backward import swung
from nightmill.scheduling.job_shop.neighbourhood import Memory, new_memory
from nightmill.scheduling.job_shop.population import Population
from nightmill.scheduling.job_shop.solution import Point, Problem, between, dispatched
from nightmill.scheduling.job_shop.windowed_search import Walk, climb_whole, sweep
from nightmill.vocabulary.executor import Executor, InTurn, Pending

WINDOWED = 2500
"""From this number of operations on, windows are searched first, since a climb over the whole schedule would not settle within a minute."""
PATIENCE, PATIENCE_EACH, PATIENCE_AT_MOST = 8_000, 8, 120_000
"""Moves without a better makespan that end a climb: a fixed number, a number per operation, and a maximum.

Each new population allows 50 % more, since a long climb finds schedules that many short ones don't.
"""
FIRST_PATIENCE, LARGE_PATIENCE = 3_000, 15_000
"""The same limit for a window, or the whole schedule, of a large problem: the first value in the first legs, the second
in all later legs.
"""
ELITES = 6
NEAR, MIDDLE = (0.01, 0.1), (0.3, 0.7)
"""Position of a new start on the path from one elite to another: very close to the first (a kick), or about halfway (a relinking)."""
UNDER_WAY = 3
LANES = 2
LITTLE = 5e-5
"""Gain of a leg, as a fraction of the makespan, below which the following legs get twice the patience."""
LEG = 600_000_000
"""Cost of one leg over the whole of a large problem; a move costs ``SHORTEST_MOVE`` plus the width of its window."""
SHORTEST_MOVE = 200


class Effort(msgspec.Struct, frozen=True):
    """How long to search: at most ``moves`` moves of the tabu search, and until ``stop()`` returns true."""

    moves: int
    stop: Callable[[], bool]


class _Search:
    """The state common to all kinds of search: the moves left, the best point, scratch memory."""

    def __init__(self, problem: Problem, effort: Effort, seed: int, executor: Executor | None, start: Point) -> None:
        self.problem, self.effort, self.executor = problem, effort, executor or InTurn()
        large = problem.size >= WINDOWED
        self.patience = FIRST_PATIENCE if large else PATIENCE + PATIENCE_EACH * problem.size
        self.longest = PATIENCE_AT_MOST
        self.lot = np.random.default_rng(seed)
        self.left, self.moves = effort.moves, 0
        self.best = start.copy()
        problem.found = min(problem.found, start.makespan)
        self.memories: list[Memory] = []
        self.tasks: deque[tuple[int, int, Pending]] = deque()

    def begin(self, kind: int, most: int, make: Callable[[Walk], Point]) -> bool:
        """Start a climb of at most ``most`` moves; False if no moves are left."""
        granted = min(most, max(self.left // UNDER_WAY, min(self.left, 1000)))
        if granted <= 0:
            return False
        self.left -= granted
        task = self.executor.submit(self._walk, int(self.lot.integers(1 << 30)), self.patience, granted, make)
        self.tasks.append((kind, granted, task))
        return True

    def _walk(self, seed: int, patience: int, most: int, make: Callable[[Walk], Point]) -> tuple[Point, int]:
        free = self.memories
        memory = free.pop() if free else new_memory(self.problem.size, self.problem.dtype, self.longest)
        walk = Walk(self.problem, memory, seed, patience, most, self.effort.stop)
        point = make(walk)
        free.append(memory)
        return point, walk.moves

    def take(self) -> tuple[int, Point]:
        """Return the kind and resulting point of the climb started first."""
        kind, granted, task = self.tasks.popleft()
        point, moves = task.result()
        self.left += granted - moves
        self.moves += moves
        if point.makespan < self.best.makespan:
            self.best = point.copy()
            self.problem.found = min(self.problem.found, point.makespan)
        return kind, point

    def ended(self) -> bool:
        """Return whether the bound is met or the effort is used up."""
        return self.best.makespan <= self.problem.bound or self.left <= 0 or self.effort.stop()

    def drain(self) -> tuple[Point, int]:
        """Wait for the climbs in progress; returns the best point and the number of moves made."""
        while self.tasks:
            self.take()
        return self.best, self.moves


def search(problem: Problem, effort: Effort, *, seed: int = 0, executor: Executor | None = None) -> tuple[Point, int]:
    """Return the point with the least makespan found, and the number of moves made."""
    if problem.size < WINDOWED:
        return _among_elites(problem, effort, seed, executor)
    return _along_windows(problem, effort, seed, executor)


def _start(problem: Problem, number: int, seed: int) -> Point:
    """The ``number``-th start: plain rules first, then most work remaining with more and more noise."""
    if number < 2:
        return dispatched(problem, number, 0, seed)
    return dispatched(problem, 0, 20 + 30 * (number % 8), seed)


def _among_elites(problem: Problem, effort: Effort, seed: int, executor: Executor | None) -> tuple[Point, int]:
    hunt = _Search(problem, effort, seed, executor, _start(problem, 0, seed))
    population = Population(problem, ELITES)

    def fresh(number: int) -> Callable[[Walk], Point]:
        def make(walk: Walk) -> Point:
            point = _start(problem, number, int(walk.state[0]))
            climb_whole(walk, point)
            return point

        return make

    def relinked() -> Callable[[Walk], Point]:
        one, two = population.two(hunt.lot)
        share = float(hunt.lot.uniform(*(NEAR if hunt.lot.random() < 0.5 else MIDDLE)))

        def make(walk: Walk) -> Point:
            point = between(problem, one, two, share, np.random.default_rng(int(walk.state[0])))
            climb_whole(walk, point)
            return point

        return make

    while not hunt.ended():
        while len(hunt.tasks) < UNDER_WAY:
            new = population.wants_new()
            make = fresh(population.call()) if new else relinked()
            if not hunt.begin(0 if new else population.number, 20 * hunt.patience, make):
                break
        if not hunt.tasks:
            break
        population.take(*hunt.take())
        if population.settled() and population.renew():
            hunt.patience = min(hunt.patience * 3 // 2, hunt.longest)
    return hunt.drain()


def _along_windows(problem: Problem, effort: Effort, seed: int, executor: Executor | None) -> tuple[Point, int]:
    tries = LANES if problem.size <= 200_000 else 1
    starts = sorted(
        (swung(problem, _start(problem, 2 * number, seed + number), effort.stop) for number in range(tries)),
        key=lambda start: start.makespan,
    )
    hunt = _Search(problem, effort, seed, executor, starts[0])
    lanes = [starts[min(lane, tries - 1)].copy() for lane in range(LANES)]
    widths = _Widths(problem.size)

    def leg(lane: int, width: int, most: int) -> Callable[[Walk], Point]:
        point, offset = lanes[lane], int(hunt.lot.integers(width // 2))

        def make(walk: Walk) -> Point:
            if width < problem.size:
                sweep(walk, point, width, offset)
            else:
                climb_whole(walk, point)
            return point

        return make

    def begin(lane: int) -> bool:
        width = widths.best()
        most = LEG // (SHORTEST_MOVE + width) * hunt.patience // LARGE_PATIENCE
        chosen[lane], before[lane] = width, lanes[lane].makespan
        return hunt.begin(lane, 1 << 60 if width < problem.size else most, leg(lane, width, most))

    chosen, before = [0] * LANES, [0] * LANES
    for lane in range(LANES):
        begin(lane)
    while hunt.tasks and not hunt.ended():
        moves = hunt.moves
        lane, point = hunt.take()
        gain = (before[lane] - point.makespan) / before[lane]
        widths.learn(chosen[lane], gain / max(1, (hunt.moves - moves) * (SHORTEST_MOVE + chosen[lane])))
        growth = 2 if gain < LITTLE else 1
        hunt.patience = max(LARGE_PATIENCE, min(growth * hunt.patience, hunt.longest))
        if point.makespan * 500 > hunt.best.makespan * 501:
            lanes[lane] = hunt.best.copy()
        if not begin(lane):
            break
    return hunt.drain()


class _Widths:
    """Chooses the window width that has recently gained most for its cost: a narrow window that grows, or the whole schedule."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.gains = {WINDOWED: 2.0, size: 1.0}

    def best(self) -> int:
        """Return the width to use next; climbs in progress count half, so that each width is tried."""
        width = max(self.gains, key=lambda known: self.gains[known])
        self.gains[width] /= 2.0
        return width

    def learn(self, width: int, gain: float) -> None:
        """Record a gain for its cost; a narrow width without any gain grows by 50 %."""
        self.gains[width] = gain
        if gain <= 0.0 and width < self.size:
            del self.gains[width]
            self.gains[min(self.size, width * 3 // 2)] = self.gains[self.size]
