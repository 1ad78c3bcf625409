"""Populations of elites of the makespan search, one after another; the best of several meet as one more."""

import numpy as np

from nightmill.scheduling.job_shop.solution import Point, Problem, distance

CHAMPIONS = 3
"""Best of settled populations that make up one of their own: what grew apart differs more than what grew together."""
GROWTH, ROOM_AT_MOST = 2, 24
"""How much more room the next population of new starts has, and how much at most: a small one comes to good schedules soon, a
large one, which takes longer to become alike, to better ones (Peng, Lü & Cheng keep 30)."""
TWIN = 25
"""Two points are near twins where they differ in fewer than one in so many operations."""


class Population:
    """The elites that new starts lie between, ``number`` of their population, and the best of those before."""

    def __init__(self, problem: Problem, room: int) -> None:
        self.problem, self.usual = problem, room
        self.elites: list[Point] = []
        self.champions: list[Point] = []
        self.number, self.room = 1, room
        self.starts = self.waiting = self.idle = 0

    def wants_new(self) -> bool:
        """Whether there is room for a start of its own, those called for counted."""
        return len(self.elites) + self.waiting < self.room or len(self.elites) < 2

    def call(self) -> int:
        """The number of the next start of its own, which is on its way from now on."""
        self.starts, self.waiting = self.starts + 1, self.waiting + 1
        return self.starts - 1

    def two(self, lot: np.random.Generator) -> tuple[Point, Point]:
        """Two elites by lot."""
        one, two = lot.choice(len(self.elites), 2, replace=False)
        return self.elites[one], self.elites[two]

    def take(self, number: int, point: Point) -> None:
        """What a start of its own (``number`` 0) has come to, or a child; one of an earlier population comes too late."""
        if number == 0:
            self.waiting -= 1
            self.elites.append(point)
        elif number == self.number:
            self.idle = 0 if self._enters(point) else self.idle + 1

    def settled(self) -> bool:
        """Whether lately no child has been better than an elite."""
        return self.idle > 2 * self.room

    def renew(self) -> bool:
        """Keep the best for later and begin anew; False where the best kept so far become the population."""
        self.champions.append(min(self.elites, key=lambda elite: elite.makespan))
        meet = len(self.champions) == CHAMPIONS
        if not meet:
            self.usual = min(self.usual * GROWTH, max(self.usual, ROOM_AT_MOST))
        self.elites, self.champions = (self.champions, []) if meet else ([], self.champions)
        self.number, self.idle, self.room = self.number + 1, 0, CHAMPIONS if meet else self.usual
        return not meet

    def _enters(self, point: Point) -> bool:
        """Take a point in for the worst elite, or for its near twin, where it is better; whether it was taken in."""
        near = [distance(self.problem, point, elite) for elite in self.elites]
        at = int(np.argmin(near))
        if near[at] * TWIN >= self.problem.size:
            at = max(range(len(self.elites)), key=lambda index: self.elites[index].makespan)
        if point.makespan >= self.elites[at].makespan:
            return False
        self.elites[at] = point
        return True
