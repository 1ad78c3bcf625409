"""Successive populations of elites for the makespan search; the best of several populations form a further one."""

import numpy as np

from nightmill.scheduling.job_shop.solution import Point, Problem, distance

CHAMPIONS = 3
"""Number of settled populations whose best points form a population of their own.

Points that evolved separately differ more than points that evolved together.
"""
GROWTH, ROOM_AT_MOST = 2, 24
"""Growth factor from one population of new starts to the next, and the maximum size.

A small population reaches good schedules soon; a large one takes longer to converge and reaches better ones (Peng, Lü &
Cheng keep 30).
"""
TWIN = 25
"""Two points are near twins if they differ in fewer than one in this many operations."""


class Population:
    """The current elites (population ``number``) and the best points of earlier populations."""

    def __init__(self, problem: Problem, room: int) -> None:
        self.problem, self.usual = problem, room
        self.elites: list[Point] = []
        self.champions: list[Point] = []
        self.number, self.room = 1, room
        self.starts = self.waiting = self.idle = 0

    def wants_new(self) -> bool:
        """Return whether there is room for another new start, counting those already requested."""
        return len(self.elites) + self.waiting < self.room or len(self.elites) < 2

    def call(self) -> int:
        """Request the next new start; returns its number."""
        self.starts, self.waiting = self.starts + 1, self.waiting + 1
        return self.starts - 1

    def two(self, lot: np.random.Generator) -> tuple[Point, Point]:
        """Two elites chosen at random."""
        one, two = lot.choice(len(self.elites), 2, replace=False)
        return self.elites[one], self.elites[two]

    def take(self, number: int, point: Point) -> None:
        """Take in a new start (``number`` 0), or offer a child of population ``number``; children of earlier populations are ignored."""
        if number == 0:
            self.waiting -= 1
            self.elites.append(point)
        elif number == self.number:
            self.idle = 0 if self._enters(point) else self.idle + 1

    def settled(self) -> bool:
        """Return whether no recent child has been better than an elite."""
        return self.idle > 2 * self.room

    def renew(self) -> bool:
        """Keep the best for later and start afresh; return False if the best points kept so far become the population."""
        self.champions.append(min(self.elites, key=lambda elite: elite.makespan))
        meet = len(self.champions) == CHAMPIONS
        if not meet:
            self.usual = min(self.usual * GROWTH, max(self.usual, ROOM_AT_MOST))
        self.elites, self.champions = (self.champions, []) if meet else ([], self.champions)
        self.number, self.idle, self.room = self.number + 1, 0, CHAMPIONS if meet else self.usual
        return not meet

    def _enters(self, point: Point) -> bool:
        """Replace the worst elite, or the point's near twin, if the point is better; returns whether it was taken in."""
        near = [distance(self.problem, point, elite) for elite in self.elites]
        at = int(np.argmin(near))
        if near[at] * TWIN >= self.problem.size:
            at = max(range(len(self.elites)), key=lambda index: self.elites[index].makespan)
        if point.makespan >= self.elites[at].makespan:
            return False
        self.elites[at] = point
        return True
