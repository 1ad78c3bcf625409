"""Loading and unloading of ovens, washers and tumblers by people in a replication, as on the shop floor.

The schedule states which parts go in together. If parts arrive later than planned, a new plan would delay their load by the
same time, so the start of the load is delayed accordingly. Ovens take the planned time and don't break down.
"""

import math
from abc import abstractmethod
from bisect import insort

from nightmill.simulation.cell.entities import EMPTY, NOBODY, SLACK_S, Oven
from nightmill.simulation.cell.model import PlannedLoad, PlannedPart, Step
from nightmill.simulation.cell.transport import LOOK, PUT_IN, TAKEN_OUT, TREATED, Carrying
from nightmill.vocabulary.dispatching import LOADING


class Treating(Carrying):
    """The part of a replication that concerns ovens."""

    ovens: dict[int, Oven]
    """The machines loaded by hand, by number."""
    to_treat: list[tuple[float, int]]
    """Parts that wait for a machine loaded by hand, in the order of the schedule."""
    idle: list[bool]
    fixtures: dict[str, int]
    """Number of free fixtures by kind."""

    @abstractmethod
    def _hands_for(self, seconds: float, at: float) -> int:
        """Return an idle person who stays for ``seconds``, or ``NOBODY``."""

    @abstractmethod
    def _present_s(self, person: int, at: float) -> float:
        """Return how much longer a person stays, s; 0 if absent."""

    @abstractmethod
    def _go_on(self, index: int, at: float) -> None:
        """Finish the part's step: the part is done, or offered for the next step."""

    def _use_ovens(self, at: float) -> None:
        """Unload finished parts, and load the next parts in the schedule."""
        for oven in self.ovens.values():
            if oven.done and not oven.busy:
                self._take_out(oven, at)
            elif not oven.busy and self._takes_parts(oven, at):
                self._put_next(oven, at)

    def _takes_parts(self, oven: Oven, at: float) -> bool:
        mill = oven.mill
        idle = mill.part == EMPTY and not mill.down and not mill.stop_due
        return idle and at + SLACK_S >= self.model.free_from_s[mill.index] and self._hands_for(0.0, at) != NOBODY

    def _put_next(self, oven: Oven, at: float) -> None:
        """Load the machine's first planned load, or a later load only if it is finished by the start of the first."""
        waiting = {index for _, index in self.to_treat}
        if not waiting:
            return
        first_s, open_loads, looks = math.inf, list[PlannedLoad](), list[float]()
        for number, load in enumerate(oven.loads):
            if first_s < math.inf and not any(each.part in waiting for each in load.parts):
                open_loads.append(load)  # it may precede the first load only if some of its parts are there
                continue
            planned = [each for each in load.parts if self._expected(each)]
            if not planned:
                continue
            open_loads.append(load)
            ready = [each for each in planned if each.part in waiting and self._is_next(each)]
            step = planned[0].step
            begins_s = load.start_s + max([0.0, *(self.parts[each.part].came_s - each.ready_s for each in ready)])
            put_in_s = sum(each.step.mount_s for each in ready)
            due_s = self._due_s(step.runs[oven.mill.index], begins_s, put_in_s, at)
            ends_s = at + put_in_s + step.runs[oven.mill.index]
            due = at + SLACK_S >= due_s
            if ready and ends_s <= first_s and (due or len(ready) == len(planned)):
                oven.loads = open_loads + oven.loads[number + 1 :]
                self._put_together(oven, [each.part for each in ready], step, at)
                return
            if not due:
                looks.append(due_s)
            if ready or not due:
                first_s = min(first_s, begins_s)
        oven.loads = open_loads
        self._look_again(oven, at, min(looks, default=math.inf))

    def _look_again(self, oven: Oven, at: float, look_s: float) -> None:
        """Schedule an event at the end of the wait for a load, so that somebody checks the machine again."""
        if look_s < math.inf and (oven.look_s <= at or look_s < oven.look_s):
            oven.look_s = look_s
            self._push(look_s, LOOK, oven.mill.index)

    def _expected(self, each: PlannedPart) -> bool:
        """Return whether the part is still to be loaded for this step."""
        part = self.parts[each.part]
        before = part.steps[: part.position + self._inside(each.part)]
        return math.isinf(part.done_s) and each.step not in before

    def _is_next(self, each: PlannedPart) -> bool:
        return self.parts[each.part].step() is each.step

    def _inside(self, index: int) -> bool:
        return any(index in oven.parts for oven in self.ovens.values())

    def _due_s(self, run_s: float, begins_s: float, put_in_s: float, at: float) -> float:
        """Return when the load stops waiting for parts: well past the planned start, or shortly before people leave."""
        late_s = begins_s + LOADING.patience_s(run_s)
        leaves_s = self.model.leaves_s(at)
        return min(late_s, leaves_s - LOADING.last_call_s - put_in_s) if begins_s <= leaves_s < math.inf else late_s

    def _put_together(self, oven: Oven, ready: list[int], step: Step, at: float) -> None:
        """Load the parts, and other parts ready for the same process while there is room, as far as attendance allows."""
        machine = oven.mill.index
        alike = [index for _, index in self.to_treat if index not in ready and self._alike(index, step, machine)]
        there_s = self._there_s(at)
        free = dict(self.fixtures)
        chosen, seconds = list[int](), 0.0
        for index in [*ready, *alike][: self.model.places[machine]]:
            own = self.parts[index].step()
            if seconds + own.mount_s > there_s + SLACK_S or (own.fixture and free[own.fixture] < 1):
                continue
            if own.fixture:
                free[own.fixture] -= 1
            chosen.append(index)
            seconds += own.mount_s
        if not chosen or at + seconds + step.runs[machine] > self._wanted_s(oven.mill, at) + SLACK_S:
            return
        person = self._hands_for(seconds, at)
        if person == NOBODY:
            return
        self.fixtures = free
        self.idle[person] = False
        oven.parts, oven.busy, oven.mill.part = chosen, True, chosen[0]
        for index in chosen:
            part = self.parts[index]
            self.to_treat.remove((part.rank, index))
            part.machine, part.begun_s = machine, min(part.begun_s, at)
        self._push(at + seconds, PUT_IN, machine, person)

    def _alike(self, index: int, step: Step, machine: int) -> bool:
        """Return whether the part needs the same process for the same time; parts without a named family are treated alone."""
        own = self.parts[index].step()
        family = step.families[machine]
        return bool(family) and own.families.get(machine) == family and own.runs.get(machine) == step.runs[machine]

    def _there_s(self, at: float) -> float:
        """Return how long people can load: until they leave for the night, or, if manual work may not overrun, until the end of
        their shift.
        """
        leave_s = self.model.leaves_s(at) - at
        if self.model.habits.overrun:
            return leave_s
        stay_s = max((self._present_s(who, at) for who, idle in enumerate(self.idle) if idle), default=0.0)
        return min(leave_s, stay_s)

    def _put_in(self, at: float, machine: int, person: int) -> None:
        self.idle[person] = True
        oven = self.ovens[machine]
        oven.mill.cutting_since = at
        self._push(at + self.parts[oven.parts[0]].run_s(), TREATED, machine)

    def _treated(self, at: float, machine: int, _: int) -> None:
        oven = self.ovens[machine]
        oven.mill.cut_s += at - min(oven.mill.cutting_since, at)
        oven.mill.cutting_since = math.inf
        oven.busy, oven.done = False, True

    def _take_out(self, oven: Oven, at: float) -> None:
        seconds = sum(self.parts[index].step().dismount_s for index in oven.parts)
        person = self._hands_for(seconds, at)
        if person == NOBODY:
            return
        self.idle[person] = False
        oven.busy = True
        self._push(at + seconds, TAKEN_OUT, oven.mill.index, person)

    def _taken_out(self, at: float, machine: int, person: int) -> None:
        self.idle[person] = True
        oven = self.ovens[machine]
        parts, oven.parts, oven.mill.part = oven.parts, [], EMPTY
        oven.busy = oven.done = False
        for index in parts:
            fixture = self.parts[index].step().fixture
            if fixture:
                self.fixtures[fixture] += 1
            self._go_on(index, at)

    def _begin_inside(self, index: int, now: float) -> None:
        """Place a part that is in its machine at the start, running or finished; the parts in one load end together."""
        part, step = self.parts[index], self.parts[index].step()
        oven = self.ovens[step.machine]
        part.machine = step.machine
        if step.fixture:
            self.fixtures[step.fixture] -= 1
        first = not oven.parts
        insort(oven.parts, index)
        oven.mill.part = oven.parts[0]
        if part.serial.state == "cut":
            oven.done = True
        elif part.serial.state == "running" and first:
            oven.busy, oven.mill.cutting_since = True, now
            self._push(max(now, part.serial.started_s + part.run_s()), TREATED, step.machine)
        elif part.serial.state == "mounted" and first:  # loaded, and about to start
            oven.busy, oven.mill.cutting_since = True, now
            self._push(now + part.run_s(), TREATED, step.machine)
