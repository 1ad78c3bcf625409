"""Robot moves in a replication, by the floor's dispatching: unload machines, load them, then clear the stations."""

import math
from abc import ABC, abstractmethod
from bisect import bisect_right, insort
from collections.abc import Iterator

from nightmill.simulation.cell.entities import EMPTY, NOBODY, POOL, SLACK_S, Mill, Part
from nightmill.simulation.cell.model import Step
from nightmill.simulation.cell.tooling import EdgeKeeping

# Events at which something ends or starts; each carries two numbers (part or machine, person).
MOUNTED, FED, CUT_ENDED, FAILED, FREED, MEASURED, DISMOUNTED = 0, 1, 2, 3, 4, 5, 6
LOOK, RELEASED, REPAIR_PAUSED, REPAIRED, STOP_DUE, STOP_ENDED = 7, 8, 9, 10, 11, 12
MOVED, VISITED, TOOLS_LOADED, CARE_ENDED, CLEARED = 13, 14, 15, 16, 17
CHANGED_OVER, REPAIR_DUE = 18, 19
PUT_IN, TREATED, TAKEN_OUT = 20, 21, 22

CHIPS = -1
"""Pseudo tool: cutting time until the chip bin is full."""

Pool = list[tuple[float, int]]
"""Ranks in the schedule and parts, in that order."""
Fed = tuple[bool, float, int, Pool, Mill]
"""A candidate for loading: whether it is postponed for the night, its rank, its position in the pool, the pool, and the
machine that gets the part.
"""


class Carrying(EdgeKeeping, ABC):
    """The part of a replication that deals with robots."""

    robots: int
    feeding: int
    cutters: list[Mill]
    """The machines loaded by a robot."""
    to_load: list[Mill]
    """Machines that have been changed over for the part that reserves them."""
    to_free: Pool
    to_clear: Pool
    to_dismount: list[tuple[int, int]]
    """Pallets and parts; the floor dismounts in order of the pallet number."""
    behind: list[int]
    """Number of parts that have left each machine and whose dismount has not started."""
    stations: list[int]
    tool_used: dict[tuple[int, int, int], float]

    @abstractmethod
    def _push(self, at: float, kind: int, one: int, person: int = -1) -> None:
        """Put an event into the queue."""

    @abstractmethod
    def _person_for(self, seconds: float, at: float) -> int:
        """Return an idle person who stays for ``seconds``, or ``NOBODY``."""

    def _use_robots(self, at: float) -> None:
        """Unload machines first, then load the part that comes first in the schedule, then clear the stations."""
        while self.robots > 0:
            leaving = self._next_to_leave(at) if self.to_free else None
            if leaving is not None:
                self._carry_off(at, leaving, FREED)
                continue
            if self.to_load:
                self._load_machine(at, self.to_load.pop(0))
                continue
            found = self._next_to_feed(at) or self._taken_over(at)
            if found is not None:
                self._feed(at, found)
                continue
            index = self._next_to_clear()
            if index is None:
                return
            self._carry_off(at, index, MOVED)

    def _next_to_leave(self, at: float) -> int | None:
        """Return the first cut part that has a free place behind its machine, or somebody to dismount it at once."""
        for place, (_, index) in enumerate(self.to_free):
            machine, step = self.parts[index].machine, self.parts[index].step()
            room = self.model.rooms[machine]
            left = math.inf if room is None else room - self.behind[machine]
            if left > 0 or (left == 0 and self._person_for(self.model.move_s + step.measure_s, at) != NOBODY):
                del self.to_free[place]
                self.behind[machine] += 1
                return index
        return None

    def _feed(self, at: float, found: Fed) -> None:
        """Reserve the machine for the part; if the machine must be changed over, the robot comes when that is done."""
        _, _, position, pool, mill = found
        self.feeding += 1
        mill.part = pool.pop(position)[1]
        part = self.parts[mill.part]
        part.machine = mill.index
        ready_s = self._ready_s(mill, part.step(), at)
        mill.family = part.step().families[mill.index]
        self._use_tools(mill, ready_s + self.model.move_s)
        if ready_s > at + SLACK_S:
            self._push(ready_s, CHANGED_OVER, mill.index)
        else:
            self._load_machine(at, mill)

    def _load_machine(self, at: float, mill: Mill) -> None:
        self.robots -= 1
        self._push(at + self.model.move_s, FED, mill.part)

    def _ready_s(self, mill: Mill, step: Step, at: float) -> float:
        """Return when the machine could be loaded with the step, after the changeover from the family that it cut last."""
        takes = self.model.changeover_s(mill.index, mill.family, step.families[mill.index])
        return max(at, mill.unloaded_s + takes) if takes > 0.0 else at

    def _carry_off(self, at: float, index: int, kind: int) -> None:
        """Carry a cut part to the station that it needs next if that station is free, else to the pool."""
        self.robots -= 1
        goal = self._goal(self.parts[index])
        if goal != POOL:
            self.stations[goal] -= 1
        self._push(at + self.model.move_s, kind, index, goal)

    def _goal(self, part: Part) -> int:
        goal = part.visits[0][0] if part.visits else POOL
        return goal if goal == POOL or self.stations[goal] > 0 else POOL

    def _next_to_clear(self) -> int | None:
        """Return a part in the pool whose station is free, or a part whose visit is over; the latter stays if its next station is taken."""
        for place, (_, index) in enumerate(self.to_clear):
            part = self.parts[index]
            if self._goal(part) != POOL or (part.station != POOL and not part.visits):
                del self.to_clear[place]
                return index
        return None

    def _moved(self, at: float, index: int, goal: int) -> None:
        self.robots += 1
        self._arrived(at, index, goal)

    def _arrived(self, at: float, index: int, place: int) -> None:
        """Handle the arrival of a cut part at a station or in the pool; the station that it left is free."""
        part = self.parts[index]
        if part.station != POOL:
            self.stations[part.station] += 1
        part.station = place
        if place != POOL:
            self._push(at + part.visits[0][1], VISITED, index)
        elif part.visits:
            insort(self.to_clear, (part.rank, index))
        else:
            self.to_dismount.append((part.pallet, index))

    def _visited(self, _: float, index: int, __: int) -> None:
        part = self.parts[index]
        part.visits.pop(0)
        insort(self.to_clear, (part.rank, index))

    def _open(self, at: float) -> Iterator[Mill]:
        """Machines that could take a part; a machine whose planned stop is due waits for the stop while it can still be done."""
        care_s = self.model.habits.care_s
        return (
            mill
            for mill in self.cutters
            if mill.part == EMPTY
            and not mill.down
            and not mill.stop_due
            and not (mill.care_due and self.model.may_stop(at, care_s))
        )

    def _next_to_feed(self, at: float) -> Fed | None:
        """Return the first part in the schedule that waits for a free machine; before a night short cycles go first."""
        best: Fed | None = None
        for mill in self._open(at):
            if mill.pool:
                best = self._better(best, self._fitting(mill, mill.pool, at))
        return best

    def _taken_over(self, at: float) -> Fed | None:
        """Return, for a free machine that has no part planned for it, the first waiting part whose own machine can't take it now."""
        best: Fed | None = None
        waiting = [mill for mill in self.cutters if mill.pool]
        for mill in self._open(at) if waiting else ():
            if not mill.pool or self._starves(mill, at):
                for other in waiting:
                    best = self._better(best, self._fitting(mill, other.pool, at))
        return best

    def _starves(self, mill: Mill, at: float) -> bool:
        """Return whether the machine lacks an edge for every part that waits for it, and nobody is present to bring edges."""
        if self.model.habits.magazines is None or self._absence(at) < 0:
            return False
        return all(self._lacks_edge(mill, self.parts[index].step()) for _, index in mill.pool)

    @staticmethod
    def _better(best: Fed | None, found: Fed | None) -> Fed | None:
        return found if best is None or (found is not None and found[:2] < best[:2]) else best

    def _fitting(self, mill: Mill, pool: Pool, at: float) -> Fed | None:
        """Return the first part in the pool that is planned to leave the machine before it is needed otherwise.

        In the evening short cycles come first, at night cycles that end before people come back.
        """
        model, machine = self.model, mill.index
        if at + SLACK_S < model.free_from_s[machine]:
            return None
        limit = self._wanted_s(mill, at)
        night_ends_s, back_s = model.night_ends_s(at), model.back_s(at)
        bare = model.habits.magazines is not None and self._absence(at) >= 0
        put_off: Fed | None = None
        for position, (rank, index) in enumerate(pool):
            step = self.parts[index].step()
            if machine not in step.runs:
                continue
            ready_s = self._ready_s(mill, step, at)
            fits = ready_s + step.runs[machine] + 2.0 * model.move_s <= limit + SLACK_S
            if bare and self._lacks_edge(mill, step):
                continue
            if fits and self._tools_last(mill, step, ready_s + model.move_s):
                if not self._for_the_night(index, night_ends_s) and ready_s + step.runs[machine] <= back_s:
                    return (False, rank, position, pool, mill)
                put_off = put_off or (True, rank, position, pool, mill)
        return put_off

    def _for_the_night(self, index: int, night_ends_s: float) -> bool:
        """Return whether a night is near, the part's operation is long enough to be kept for the night, and its order
        isn't due soon afterwards.
        """
        if night_ends_s == math.inf or self.model.evening is None:
            return False
        part, evening = self.parts[index], self.model.evening
        step = part.step()  # a part waiting to be mounted still has the machine of the preceding step
        long = step.runs[step.machine] >= evening.least_cycle_s
        return long and self.model.due_s[part.serial.order] > night_ends_s + evening.morning_s

    def _wanted_s(self, mill: Mill, at: float) -> float:
        """Return when the machine is next needed for work other than parts."""
        limit = math.inf
        for start, end in self.model.down[mill.index]:
            if end > at + SLACK_S:
                limit = start
                break
        stops = self.model.stops[mill.index]
        return min(limit, stops[mill.next_stop].start_s) if mill.next_stop < len(stops) else limit

    def _absence(self, at: float) -> int:
        """Number of the unattended period that contains ``at``; -1 if somebody is present."""
        span = bisect_right(self.model.absent_starts, at) - 1
        return span if span >= 0 and at < self.model.absent[span][1] else -1

    def _tools_last(self, mill: Mill, step: Step, at: float) -> bool:
        """Return whether the edges in the magazine, the coolant and the space for chips suffice for the cut if it starts with
        nobody present.
        """
        budgets, chips_s = self.model.budgets, self.model.chips_s.get(mill.index, math.inf)
        span = self._absence(at) if budgets or chips_s < math.inf else -1
        if span < 0:
            return True
        if self.tool_used.get((mill.index, CHIPS, span), 0.0) + step.runs[mill.index] > chips_s:
            return False
        for tool, seconds in step.tools[mill.index]:
            used = self.tool_used.get((mill.index, tool, span), 0.0)
            if used + seconds > budgets.get((mill.index, tool), math.inf):
                return False
        return True

    def _use_tools(self, mill: Mill, at: float) -> None:
        step = self.parts[mill.part].step()
        span = self._absence(at) if self.model.budgets or self.model.chips_s else -1
        if span >= 0:
            for tool, seconds in (*step.tools[mill.index], (CHIPS, step.runs[mill.index])):
                key = (mill.index, tool, span)
                self.tool_used[key] = self.tool_used.get(key, 0.0) + seconds
