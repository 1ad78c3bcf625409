"""The work of people in a replication, in the floor's order of priority.

Repair, maintain, mount what machines lack, load ovens, dismount, mount, fill magazines.
"""

import math
from bisect import bisect_right, insort
from collections import deque
from heapq import heappop

from nightmill.simulation.cell.batch_machines import Treating
from nightmill.simulation.cell.entities import EMPTY, FINISHED, NOBODY, NOTHING, SLACK_S, STOPPED, Mill
from nightmill.simulation.cell.transport import (
    CARE_ENDED,
    CLEARED,
    DISMOUNTED,
    MOUNTED,
    REPAIR_PAUSED,
    REPAIRED,
    STOP_ENDED,
    TOOLS_LOADED,
    Pool,
)


class Handwork(Treating):
    """The part of a replication that concerns people."""

    shift: list[int]
    free_pallets: list[int]
    benches: int
    mounting: int
    to_mount: Pool
    to_return: list[tuple[int, int]]
    """Parts whose next operation is due once a given number of parts have been mounted."""
    mounts: int
    """Number of parts mounted so far."""
    due_stops: list[Mill]
    due_care: list[Mill]
    to_repair: deque[int]

    def _present_s(self, person: int, at: float) -> float:
        """Return how much longer a person stays; 0 if absent."""
        spans = self.model.persons[person]
        k = self.shift[person]
        while k < len(spans) and spans[k][1] <= at + SLACK_S:
            k += 1
        self.shift[person] = k
        return spans[k][1] - at if k < len(spans) and spans[k][0] <= at + SLACK_S else 0.0

    def _person_for(self, seconds: float, at: float) -> int:
        """Return an idle person who stays for ``seconds``."""
        for person, idle in enumerate(self.idle):
            if idle and self._present_s(person, at) + SLACK_S >= max(seconds, 2.0 * SLACK_S):
                return person
        return NOBODY

    def _hands_for(self, seconds: float, at: float) -> int:
        """Return an idle person for manual work on parts or tools who stays to its end, unless the floor's manual work may end
        after the shift.
        """
        return self._person_for(0.0 if self.model.habits.overrun else seconds, at)

    def _use_people(self, at: float) -> None:
        """Repair, maintain, mount what the machines lack, load ovens, dismount, mount, fill the magazines; in that order."""
        if self.to_repair:
            self._repair(at)
        if self.model.habits.magazines is not None:
            self._bring_edges(at)
        if self.due_stops:
            self._begin_stops(at)
        if self._person_for(0.0, at) == NOBODY:
            return
        if self.due_care:
            self._begin_care(at)
        if self.model.narrow:
            self._take_off(at, [pair for pair in self.to_dismount if self._crowded(pair[1])])
        lacking = len(self.cutters) - self.mounting - self.feeding
        for mill in self.cutters:
            lacking -= len(mill.pool)
        if lacking > 0:
            self._mount(at, lacking)
        if self.ovens:
            self._use_ovens(at)
        self._take_off(at, self.to_dismount)
        self._mount(at, len(self.to_mount) + len(self.to_return))
        if self.model.habits.magazines is not None:
            self._fill_magazines(at)

    def _crowded(self, index: int) -> bool:
        """Return whether the part is waiting in a buffer that is full."""
        machine = self.parts[index].machine
        room = self.model.rooms[machine] if index != FINISHED else None
        return room is not None and self.behind[machine] >= room

    def _take_off(self, at: float, waiting: list[tuple[int, int]]) -> None:
        """Dismount parts of ``waiting`` in order of the pallet number, while a person and a bench are free."""
        for pallet, index in sorted(waiting):
            if self.benches < 1:
                return
            finished = index == FINISHED
            seconds = self.model.usual_dismount_s if finished else self.parts[index].step().dismount_s
            person = self._hands_for(seconds, at)
            if person == NOBODY:
                return
            self.to_dismount.remove((pallet, index))
            if not finished:
                self.behind[self.parts[index].machine] -= 1
            self.idle[person] = False
            self.benches -= 1
            self._push(at + seconds, CLEARED if finished else DISMOUNTED, pallet if finished else index, person)

    def _repair(self, at: float) -> None:
        for machine in [each for each in self.to_repair if self.mills[each].repair_from_s <= at + SLACK_S]:
            person = self._person_for(0.0, at)
            if person == NOBODY:
                break
            self.to_repair.remove(machine)
            mill = self.mills[machine]
            mill.repair_begun = True
            worked = min(mill.repair_left_s, self._present_s(person, at))
            mill.repair_left_s -= worked
            kind = REPAIRED if mill.repair_left_s <= SLACK_S else REPAIR_PAUSED
            self.idle[person] = False
            self._push(at + worked, kind, mill.index, person)

    def _bring_edges(self, at: float) -> None:
        """Bring edges to mills whose part waits for an edge; if people leave before that, the part goes back to the pool."""
        for mill in self.mills:
            if mill.awaits == NOTHING or mill.loading != NOTHING:
                continue
            if self._absence(at) >= 0:
                insort(mill.pool, (self.parts[mill.part].rank, mill.part))
                mill.part, mill.awaits = EMPTY, NOTHING
            else:
                at_once = self.model.habits.magazines.tooling.at_once if self.model.habits.magazines else 0
                self._load(mill, mill.awaits, at_once, at)

    def _fill_magazines(self, at: float) -> None:
        """Bring the tools that the work ahead lacks most, one errand per mill at a time."""
        if self._hands_for(0.0, at) == NOBODY:
            return
        errands = [
            errand
            for mill in self.mills
            if mill.loading == NOTHING and not mill.down and mill.part != STOPPED
            for errand in self._errands(mill, at)
        ]
        for errand in sorted(errands, key=lambda each: (-each.wanted, each.mill, each.tool)):
            mill = self.mills[errand.mill]
            if mill.loading == NOTHING and not self._load(mill, errand.tool, errand.edges, at):
                return

    def _load(self, mill: Mill, tool: int, count: int, at: float) -> bool:
        """Send an idle person, if there is one, to the mill with edges."""
        magazines = self.model.habits.magazines
        seconds = magazines.errand_s(count) if magazines is not None else 0.0
        person = self._hands_for(seconds, at)
        if person == NOBODY:
            return False
        self.idle[person] = False
        mill.loading, mill.coming = tool, count
        self._push(at + seconds, TOOLS_LOADED, mill.index, person)
        return True

    def _begin_stops(self, at: float) -> None:
        for mill in list(self.due_stops):
            stop = self.model.stops[mill.index][mill.next_stop]
            person = self._person_for(stop.duration_s, at) if stop.attended else NOBODY
            if mill.part != EMPTY or (stop.attended and person == NOBODY):
                continue
            mill.part, mill.stop_due = STOPPED, False
            mill.next_stop += 1
            self.due_stops.remove(mill)
            if person != NOBODY:
                self.idle[person] = False
            self._push(at + stop.duration_s, STOP_ENDED, mill.index, person)

    def _begin_care(self, at: float) -> None:
        """Maintain the idle machines that are due for maintenance; if necessary the work continues in the next shift."""
        for mill in list(self.due_care):
            person = self._person_for(0.0, at)
            if mill.part != EMPTY or mill.down or person == NOBODY:
                continue
            if not self.model.may_stop(at, self.model.habits.care_s):
                continue
            mill.part, mill.care_due = STOPPED, False
            self.due_care.remove(mill)
            self.idle[person] = False
            self._push(self.model.worked_by_s(at, self.model.habits.care_s), CARE_ENDED, mill.index, person)

    def _mount(self, at: float, most: int) -> None:
        """Mount the parts that come first in the schedule and can still be mounted in this shift, at most ``most`` parts.

        Before a night, parts that can't wait come first, then parts that fill the night, then all others.
        """
        if most < 1 or not self.free_pallets or self.benches < 1 or self._person_for(0.0, at) == NOBODY:
            return
        refused = math.inf
        for index in self._queue(at):
            part = self.parts[index]
            seconds, fixture = part.step().mount_s, part.step().fixture
            if fixture and self.fixtures[fixture] < 1:
                continue
            person = self._hands_for(seconds, at) if seconds < refused else NOBODY
            if person == NOBODY:
                refused = min(refused, seconds)
                if refused <= self.model.shortest_mount_s:
                    return
                continue
            if part.returns_at == NOTHING:
                self.to_mount.remove((part.mount_rank, index))
            else:
                self.to_return.remove((part.returns_at, index))
            self.mounts += 1
            self.idle[person] = False
            part.pallet, part.stage = heappop(self.free_pallets), "mounted"
            if fixture:
                self.fixtures[fixture] -= 1
            self.benches -= 1
            self.mounting += 1
            most -= 1
            part.begun_s = min(part.begun_s, at)
            self._push(at + seconds, MOUNTED, index, person)
            if most < 1 or not self.free_pallets or self.benches < 1:
                return

    def _queue(self, at: float) -> list[int]:
        """The mounting queue in order: parts due to return, then the schedule, then parts that may return early.

        Before people leave, half-made parts in excess of the number observed to be left behind go first.
        """
        due = bisect_right(self.to_return, (self.mounts + 1, len(self.parts)))
        queue = [index for _, index in (*self.to_return[:due], *self.to_mount, *self.to_return[due:])]
        night_ends_s = self.model.night_ends_s(at)
        if night_ends_s == math.inf:
            return queue
        replanned = self.model.habits.replanned
        left = math.inf if replanned is None else replanned.left_for(self.model.away_s(at))
        first = {index for _, index in self.to_return[: math.ceil(max(0.0, len(self.to_return) - left))]}
        return sorted(queue, key=lambda index: -1 if index in first else self._evening_class(index, night_ends_s))

    def _evening_class(self, index: int, night_ends_s: float) -> int:
        part, evening = self.parts[index], self.model.evening
        if evening is None or self.model.due_s[part.serial.order] <= night_ends_s + evening.morning_s:
            return 0
        return 1 if self._for_the_night(index, night_ends_s) else 2
