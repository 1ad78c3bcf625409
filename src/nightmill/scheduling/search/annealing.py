"""An anytime search over a decoded schedule, which can continue for as long as there is time."""

from typing import NamedTuple

import numpy as np

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.state import Floats, Ints, Memory
from nightmill.scheduling.search.ruin_recreate import MOVED, Neighbours, return_to, search

LOOK = 200
"""Minimum number of steps between two updates of the neighbours; 25 % of the number of operations if that is more."""
KEEP_MACHINES = 1.0


def late_costs(memory: Memory) -> Floats:
    """Weighted lateness of each order in seconds (orders,)."""
    return np.asarray(memory.order_s[:, s.WEIGHT] * np.maximum(0.0, memory.order_done - memory.order_s[:, s.DUE]))


def seeds_of(memory: Memory, movable: Ints, before: Floats | None) -> Ints:
    """Return ``movable`` plus about as many more drawn from orders later than ``before``, each in proportion to its lateness."""
    if before is None or movable.size == 0:
        return movable
    hurt = np.maximum(0.0, late_costs(memory) - before)[memory.op_code[movable, s.ORDER]]
    total = float(hurt.sum())
    if total <= 0.0:
        return movable
    return np.concatenate((movable, np.repeat(movable, np.round(movable.size * hurt / total).astype(np.int64))))


def neighbours_of(memory: Memory, before: Floats | None = None) -> Neighbours:
    """Return the neighbours in the schedule in ``memory``; steps prefer to start at orders later than ``before`` (orders,)."""
    first, times, size = memory.serial_first, memory.times, int(memory.n[s.OPS])
    serial = np.repeat(np.arange(first.size - 1), np.diff(first))
    fixed = (
        (memory.op_code[:, s.STATE] != s.WAITING)
        | (times[:, s.DONE] >= s.FAR)
        | (times[:, s.MOUNT] < memory.general[s.FROM])
    )
    last_fixed = np.full(first.size - 1, -1, dtype=np.int64)
    np.maximum.at(last_fixed, serial[fixed], np.flatnonzero(fixed))
    open_ = np.maximum(first[:-1], last_fixed + 1)
    machine = memory.alt_code[memory.chosen, s.MACHINE]
    movable = np.flatnonzero(np.arange(size) >= open_[serial])
    by_machine = movable[np.lexsort((times[movable, s.START], machine[movable]))]
    by_start = movable[np.argsort(times[movable, s.START], kind="stable")]
    place_on, place_in = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    place_on[by_machine] = place_in[by_start] = np.arange(movable.size)
    bounds = np.searchsorted(machine[by_machine], np.arange(memory.n[s.MACHINES] + 1))
    seeds = seeds_of(memory, by_start, before)
    return Neighbours(open_, serial, bounds.astype(np.int64), by_machine, place_on, by_start, place_in, seeds)


def away(memory: Memory) -> int:
    """Number of waiting operations that are not on their machine in the plan in force."""
    before = memory.op_code[:, s.PREVIOUS_MACHINE]
    other = memory.alt_code[memory.chosen, s.MACHINE] != before
    return int((other & (before >= 0) & (memory.op_code[:, s.STATE] == s.WAITING)).sum())


class Stability(NamedTuple):
    """Limits on how far a search departs from the plan in force.

    At most ``most_away`` operations leave their machine in that plan; ``keep`` of four steps change no machine. ``before``: the
    cost of each order's lateness before an event (``late_costs``).
    """

    most_away: float = s.FAR
    keep: float = KEEP_MACHINES
    before: Floats | None = None


class Search:
    """Continues from the schedule decoded in ``memory``: call ``step`` as long as there is time, then ``settle``."""

    def __init__(
        self,
        memory: Memory,
        night: Ints,
        cost: float,
        seed: int,
        stability: Stability = Stability(),
    ) -> None:
        self.memory, self.night, self.before = memory, night, stability.before
        self.state = np.full(1, seed % 2147483646 + 1, dtype=np.int64)
        self.figures = np.array([cost, cost, 0.0, 0.0, 0.0, away(memory), stability.most_away, stability.keep, 0.0])
        self.old = memory.f.copy(), memory.n.copy()
        self.best = memory.f.copy(), memory.n.copy()
        self.near, self.age = neighbours_of(memory, stability.before), 0

    @property
    def least(self) -> float:
        """Cost of the best schedule so far."""
        return float(self.figures[1])

    @property
    def cost(self) -> float:
        """Cost of the current schedule."""
        return float(self.figures[0])

    def remember(self, other: "Search") -> None:
        """Adopt the best schedule from another search of the same plan as the best here."""
        if other is not self and other.least < self.least:
            for mine, theirs in zip(self.best, other.best, strict=True):
                mine[:] = theirs
            self.figures[1], self.figures[MOVED] = other.least, 1.0

    def follow(self, other: "Search") -> None:
        """Continue from the current schedule of another search of the same plan, with that search's best schedule as the best."""
        if other is not self:
            self.memory.f[:], self.memory.n[:], self.night[:] = other.memory.f, other.memory.n, other.night
            for mine, theirs in zip(self.best, other.best, strict=True):
                mine[:] = theirs
            self.figures[:], self.near, self.age = other.figures, other.near, other.age

    def step(self, steps: int, hot: float, cold: float) -> None:
        """Make ``steps`` steps, cooling from ``hot`` to ``cold``."""
        if self.age >= max(LOOK, int(self.memory.n[s.OPS]) // 4):
            self.near, self.age = neighbours_of(self.memory, self.before), 0
        self.age += steps
        near = self.near
        if near.by_start.size:
            self.figures[3], self.figures[4] = hot, cold
            f, n = self.memory.f, self.memory.n
            search(f, n, near, *self.old, *self.best, self.night, self.state, self.figures, steps)

    def settle(self) -> None:
        """Return to the best schedule."""
        movable = neighbours_of(self.memory).by_start
        return_to(self.memory.f, self.memory.n, movable, *self.best)
        self.figures[0], self.figures[MOVED] = self.figures[1], 0.0
