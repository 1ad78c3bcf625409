"""One possible future of the shop, event by event.

Work-conserving in the order of the schedule, as the floor dispatches: a free machine takes the part in the pool that
comes first in the schedule, or, if none is planned for it there, one whose own machine can't take it now; people
repair, then maintain, then mount while the pool holds less than the machines can take, then dismount, then mount what
comes first; the robot frees machines before it feeds them. Nothing is preempted but a cut by a breakdown and a repair by the end of a shift.
A machine is held from the move that feeds it to the end of the move that frees it.
"""

import math
from bisect import bisect_right, insort
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush

from nightmill.twin.model import Model, Serial, Step
from nightmill.twin.streams import STANDARD, exponential, key_of, normal, uniform
from nightmill.twin.uncertainty import Drawn, Uncertainty, draw, draw_cycle

# Events: what ends or begins at the time; two numbers come with it (part or machine, person).
MOUNTED, FED, CUT_ENDED, FAILED, FREED, MEASURED, DISMOUNTED = 0, 1, 2, 3, 4, 5, 6
LOOK, RELEASED, REPAIR_PAUSED, REPAIRED, STOP_DUE, STOP_ENDED = 7, 8, 9, 10, 11, 12

SLACK_S = 1e-6
NOBODY, EMPTY, STOPPED = -1, -1, -2

Fed = tuple[int, int, list[tuple[int, int]], "Mill"]
"""Rank, place in a pool, the pool, and the machine that gets the part."""


class Part:
    """A serial part on its way."""

    __slots__ = ("attempt", "begun_s", "done_s", "left_s", "machine", "position", "serial", "spoilt", "steps")

    def __init__(self, serial: Serial) -> None:
        self.serial, self.steps = serial, serial.steps
        self.position = self.attempt = 0
        self.machine = serial.steps[0].machine
        self.begun_s = -math.inf if serial.state != "waiting" else math.inf
        self.done_s = math.inf
        self.left_s = 0.0
        self.spoilt = False

    def step(self) -> Step:
        """The step that is next or under way."""
        return self.steps[self.position]

    def run_s(self) -> float:
        """What the step is planned to take on the machine that has it."""
        return self.step().runs[self.machine]


class Mill:
    """A machine: who holds it, whether it is down, hours to its next failure, its stops."""

    __slots__ = (
        "cut_s",
        "cutting_since",
        "failures",
        "index",
        "next_stop",
        "part",
        "pool",
        "repair_left_s",
        "stop_due",
        "to_failure_s",
    )

    def __init__(self, index: int, to_failure_s: float) -> None:
        self.index, self.part, self.stop_due = index, EMPTY, False
        self.pool: list[tuple[int, int]] = []
        self.failures = self.next_stop = 0
        self.to_failure_s = to_failure_s
        self.repair_left_s = self.cut_s = 0.0
        self.cutting_since = math.inf


class Simulation:
    """State and rules of one replication; ``run`` goes to the end of the days or of the work."""

    def __init__(self, model: Model, uncertainty: Uncertainty, replication: int) -> None:
        self.model, self.replication = model, replication
        self.laws: list[Drawn] = [
            draw(uncertainty.law_of(name), replication ^ key_of(name, "parameters"), uncertainty.draw_parameters)
            for name in model.machines
        ]
        numbers = {name: k for k, name in enumerate(model.machines)}
        self.cycles = {
            (numbers[law.machine], law.operation): draw_cycle(
                law,
                replication ^ key_of(f"{law.machine}\x00{law.operation}", "parameters"),
                uncertainty.draw_parameters,
            )
            for law in uncertainty.by_operation
            if law.machine in numbers
        }
        self.parts = [Part(serial) for serial in model.serials]
        self.mills = [Mill(k, self._to_failure(k, 0)) for k in range(len(model.machines))]
        self.heap: list[tuple[float, int, int, int, int]] = []
        self.pushed = self.events = self.failures = self.scrapped = 0
        self.unattended_s = 0.0
        self.to_mount: list[tuple[int, int]] = []
        self.to_dismount: deque[int] = deque()
        self.to_free: list[tuple[int, int]] = []
        self.to_repair: deque[int] = deque()
        self.due_stops: list[Mill] = []
        self.open_parts = len(self.parts)
        self.pallets, self.robots, self.benches = model.pallets, model.robots, model.benches
        self.mounting = 0
        self.idle = [True] * len(model.persons)
        self.shift = [0] * len(model.persons)
        self.tool_used: dict[tuple[int, int, int], float] = {}

    def run(self) -> None:
        """Simulate to the end of the days."""
        deeds: tuple[Callable[[float, int, int], None], ...] = (
            self._mounted,
            self._fed,
            self._cut_ended,
            self._failed,
            self._freed,
            self._measured,
            self._dismounted,
            self._look,
            self._released,
            self._repair_paused,
            self._repaired,
            self._stop_due,
            self._stop_ended,
        )
        self._begin()
        heap, end = self.heap, self.model.end_s
        while heap and heap[0][0] <= end:
            at = heap[0][0]
            while heap and heap[0][0] <= at + SLACK_S:
                _, _, kind, one, person = heappop(heap)
                self.events += 1
                deeds[kind](at, one, person)
            self._use_people(at)
            self._use_robots(at)
            if self.open_parts == 0:
                break
        for mill in self.mills:
            if not math.isinf(mill.cutting_since):
                self._count_cut(mill, end)

    def _push(self, at: float, kind: int, one: int, person: int = NOBODY) -> None:
        self.pushed += 1
        heappush(self.heap, (at, self.pushed, kind, one, person))

    def _begin(self) -> None:
        """Put every part where it is, and every calendar's edges into the future."""
        model, now = self.model, self.model.now_s
        for index, part in enumerate(self.parts):
            step, state = part.step(), part.serial.state
            if state == "waiting":
                self._offer(index, now)
                continue
            self.pallets -= 1
            if state == "mounted":
                insort(self.mills[step.machine].pool, (step.rank, index))
            elif state == "cut":
                self._push(now + step.measure_s, MEASURED, index)
            else:
                self.mills[step.machine].part = index
                part.left_s = self._residual_s(part)
                self._cut(self.mills[step.machine], now)
        for spans in model.persons:
            for start, _ in spans:
                self._push(start, LOOK, NOBODY)
        for machine, windows in enumerate(model.down):
            for looked in (model.free_from_s[machine], *(end for _, end in windows)):
                if looked > now:
                    self._push(looked, LOOK, machine)
            for stop in model.stops[machine]:
                self._push(max(now, stop.start_s), STOP_DUE, machine)

    def _to_failure(self, machine: int, n: int) -> float:
        mean = self.laws[machine].mtbf_s
        return mean if math.isinf(mean) else mean * exponential(self.replication, self.model.failure_keys[machine], n)

    def _cut_s(self, part: Part) -> float:
        """What the cut takes; keyed by serial, operation and attempt, so the same on whatever machine."""
        log_factor, sd, shift = self._cycle_law(part)
        deviate = normal(self.replication, part.step().key, part.attempt)
        return part.run_s() * (shift + math.exp(log_factor + sd * deviate))

    def _cycle_law(self, part: Part) -> tuple[float, float, float]:
        """Logarithm of the median above the shift, scatter, shift: of the operation where it has a law of its own."""
        law = self.laws[part.machine]
        own = (law.log_factor, law.cycle_sd, law.cycle_shift)
        return self.cycles.get((part.machine, part.step().operation), own)

    def _residual_s(self, part: Part) -> float:
        """What is left of a running cut, given that it has lasted until now."""
        step = part.step()
        elapsed = self.model.now_s - part.serial.started_s
        log_factor, sd, shift = self._cycle_law(part)
        ratio = elapsed / part.run_s() - shift
        if sd <= 0.0 or ratio <= 0.0:
            return max(0.0, self._cut_s(part) - elapsed)
        below = STANDARD.cdf((math.log(ratio) - log_factor) / sd)
        share = below + (1.0 - below) * uniform(self.replication, step.key, part.attempt)
        if share >= 1.0:
            return 0.0
        drawn = part.run_s() * (shift + math.exp(log_factor + sd * STANDARD.inv_cdf(share)))
        return max(0.0, drawn - elapsed)

    def _cut(self, mill: Mill, at: float) -> None:
        """Cut what is left of the part in the machine, to its end or to a breakdown."""
        part = self.parts[mill.part]
        mill.cutting_since = at
        if part.left_s <= mill.to_failure_s:
            mill.to_failure_s -= part.left_s
            self._push(at + part.left_s, CUT_ENDED, mill.index)
        else:
            part.left_s -= mill.to_failure_s
            self._push(at + mill.to_failure_s, FAILED, mill.index)

    def _count_cut(self, mill: Mill, at: float) -> None:
        since, mill.cutting_since = mill.cutting_since, math.inf
        mill.cut_s += at - since
        absent = self.model.absent
        for start, end in absent[max(0, bisect_right(self.model.absent_starts, since) - 1) :]:
            if start >= at:
                break
            self.unattended_s += max(0.0, min(end, at) - max(start, since))

    def _offer(self, index: int, at: float) -> None:
        """The part may be mounted for its next step, once its material is there."""
        step = self.parts[index].step()
        if step.release_s > at:
            self._push(step.release_s, RELEASED, index)
        else:
            insort(self.to_mount, (step.rank, index))

    def _released(self, _: float, index: int, __: int) -> None:
        insort(self.to_mount, (self.parts[index].step().rank, index))

    def _look(self, _: float, __: int, ___: int) -> None:
        """Something may have become possible."""

    def _mounted(self, _: float, index: int, person: int) -> None:
        self.idle[person] = True
        self.benches += 1
        self.mounting -= 1
        step = self.parts[index].step()
        self.parts[index].machine = step.machine
        insort(self.mills[step.machine].pool, (step.rank, index))

    def _fed(self, at: float, index: int, _: int) -> None:
        self.robots += 1
        part = self.parts[index]
        part.left_s = self._cut_s(part)
        self._cut(self.mills[part.machine], at)

    def _cut_ended(self, at: float, machine: int, _: int) -> None:
        mill = self.mills[machine]
        self._count_cut(mill, at)
        heappush(self.to_free, (self.parts[mill.part].step().rank, mill.part))

    def _failed(self, at: float, machine: int, _: int) -> None:
        mill, law, n = self.mills[machine], self.laws[machine], self.mills[machine].failures
        self._count_cut(mill, at)
        self.failures += 1
        mill.failures += 1
        mill.to_failure_s = self._to_failure(machine, mill.failures)
        scatter = law.repair_sd * normal(self.replication, self.model.repair_keys[machine], n)
        mill.repair_left_s = 3600.0 * math.exp(law.log_repair_h + scatter)
        if uniform(self.replication, self.model.spoil_keys[machine], n) < law.spoilt_share:
            self.parts[mill.part].spoilt = True
        self.to_repair.append(machine)

    def _repair_paused(self, _: float, machine: int, person: int) -> None:
        self.idle[person] = True
        self.to_repair.appendleft(machine)

    def _repaired(self, at: float, machine: int, person: int) -> None:
        self.idle[person] = True
        mill = self.mills[machine]
        part = self.parts[mill.part]
        if part.spoilt:
            heappush(self.to_free, (part.step().rank, mill.part))
        else:
            self._cut(mill, at)

    def _freed(self, at: float, index: int, _: int) -> None:
        self.robots += 1
        part = self.parts[index]
        self.mills[part.machine].part = EMPTY
        self._push(at if part.spoilt else at + part.step().measure_s, MEASURED, index)

    def _measured(self, _: float, index: int, __: int) -> None:
        self.to_dismount.append(index)

    def _dismounted(self, at: float, index: int, person: int) -> None:
        self.idle[person] = True
        self.benches += 1
        self.pallets += 1
        part = self.parts[index]
        last = part.position + 1 == len(part.steps)
        share = self.laws[part.machine].scrap_share
        if part.spoilt or (last and uniform(self.replication, part.serial.key, part.attempt) < share):
            self.scrapped += 1
            part.attempt += 1
            part.steps, part.position, part.spoilt = part.serial.remake, 0, False
            insort(self.to_mount, (part.step().rank, index))
        elif last:
            part.done_s = at
            self.open_parts -= 1
        else:
            part.position += 1
            self._offer(index, at)

    def _stop_due(self, _: float, machine: int, __: int) -> None:
        mill = self.mills[machine]
        if not mill.stop_due:
            mill.stop_due = True
            self.due_stops.append(mill)

    def _stop_ended(self, at: float, machine: int, person: int) -> None:
        mill = self.mills[machine]
        mill.part = EMPTY
        if person != NOBODY:
            self.idle[person] = True
        stops = self.model.stops[machine]
        if mill.next_stop < len(stops) and stops[mill.next_stop].start_s <= at:
            self._stop_due(at, machine, NOBODY)

    def _present_s(self, person: int, at: float) -> float:
        """How much longer a person stays; 0 when not there."""
        spans = self.model.persons[person]
        k = self.shift[person]
        while k < len(spans) and spans[k][1] <= at + SLACK_S:
            k += 1
        self.shift[person] = k
        return spans[k][1] - at if k < len(spans) and spans[k][0] <= at + SLACK_S else 0.0

    def _person_for(self, seconds: float, at: float) -> int:
        """Somebody idle who stays for ``seconds``."""
        for person, idle in enumerate(self.idle):
            if idle and self._present_s(person, at) + SLACK_S >= max(seconds, 2.0 * SLACK_S):
                return person
        return NOBODY

    def _use_people(self, at: float) -> None:
        """Repair, maintain, mount what the machines lack, dismount, mount; in that order."""
        while self.to_repair:
            person = self._person_for(0.0, at)
            if person == NOBODY:
                break
            mill = self.mills[self.to_repair.popleft()]
            worked = min(mill.repair_left_s, self._present_s(person, at))
            mill.repair_left_s -= worked
            kind = REPAIRED if mill.repair_left_s <= SLACK_S else REPAIR_PAUSED
            self.idle[person] = False
            self._push(at + worked, kind, mill.index, person)
        if self.due_stops:
            self._begin_stops(at)
        lacking = len(self.mills) - self.mounting - sum(len(mill.pool) for mill in self.mills)
        if lacking > 0:
            self._mount(at, lacking)
        while self.to_dismount and self.benches > 0:
            step = self.parts[self.to_dismount[0]].step()
            person = self._person_for(step.dismount_s, at)
            if person == NOBODY:
                break
            self.idle[person] = False
            self.benches -= 1
            self._push(at + step.dismount_s, DISMOUNTED, self.to_dismount.popleft(), person)
        self._mount(at, len(self.to_mount))

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

    def _mount(self, at: float, most: int) -> None:
        """Mount what comes first in the schedule and can still be mounted in this shift, ``most`` parts."""
        position, refused = 0, math.inf
        while most > 0 and self.pallets > 0 and self.benches > 0 and position < len(self.to_mount):
            index = self.to_mount[position][1]
            part = self.parts[index]
            seconds = part.step().mount_s
            person = self._person_for(seconds, at) if seconds < refused else NOBODY
            if person == NOBODY:
                refused = min(refused, seconds)
                if refused <= self.model.shortest_mount_s:
                    return
                position += 1
                continue
            del self.to_mount[position]
            self.idle[person] = False
            self.pallets -= 1
            self.benches -= 1
            self.mounting += 1
            most -= 1
            part.begun_s = min(part.begun_s, at)
            self._push(at + seconds, MOUNTED, index, person)

    def _use_robots(self, at: float) -> None:
        """Free machines first, then feed the part that comes first in the schedule."""
        while self.robots > 0:
            if self.to_free:
                self.robots -= 1
                self._push(at + self.model.move_s, FREED, heappop(self.to_free)[1])
                continue
            found = self._next_to_feed(at) or self._taken_over(at)
            if found is None:
                return
            _, position, pool, mill = found
            self.robots -= 1
            mill.part = pool.pop(position)[1]
            self.parts[mill.part].machine = mill.index
            self._use_tools(mill, at + self.model.move_s)
            self._push(at + self.model.move_s, FED, mill.part)

    def _next_to_feed(self, at: float) -> Fed | None:
        """What comes first in the schedule of what waits for a free machine."""
        best: Fed | None = None
        for mill in self.mills:
            if mill.part != EMPTY or not mill.pool or mill.stop_due:
                continue
            position = self._fitting(mill, mill.pool, at)
            if position >= 0 and (best is None or mill.pool[position][0] < best[0]):
                best = (mill.pool[position][0], position, mill.pool, mill)
        return best

    def _taken_over(self, at: float) -> Fed | None:
        """For a free machine without a part planned for it: the first that waits, since its own can't take it now."""
        best: Fed | None = None
        waiting = [mill for mill in self.mills if mill.pool]
        for mill in self.mills if waiting else ():
            if mill.part != EMPTY or mill.pool or mill.stop_due:
                continue
            for other in waiting:
                position = self._fitting(mill, other.pool, at)
                if position >= 0 and (best is None or other.pool[position][0] < best[0]):
                    best = (other.pool[position][0], position, other.pool, mill)
        return best

    def _fitting(self, mill: Mill, pool: list[tuple[int, int]], at: float) -> int:
        """Place in the pool of the first part that is planned to be off the machine before it is wanted; -1 if none."""
        model, machine = self.model, mill.index
        if not pool or at + SLACK_S < model.free_from_s[machine]:
            return -1
        limit = math.inf
        for start, end in model.down[machine]:
            if end > at + SLACK_S:
                limit = start
                break
        stops = model.stops[machine]
        if mill.next_stop < len(stops):
            limit = min(limit, stops[mill.next_stop].start_s)
        for position, (_, index) in enumerate(pool):
            step = self.parts[index].step()
            if machine not in step.runs:
                continue
            fits = at + step.runs[machine] + 2.0 * model.move_s <= limit + SLACK_S
            if fits and self._tools_last(mill, step, at + model.move_s):
                return position
        return -1

    def _absence(self, at: float) -> int:
        """The number of the time without people that ``at`` lies in; -1 when somebody is there."""
        span = bisect_right(self.model.absent_starts, at) - 1
        return span if span >= 0 and at < self.model.absent[span][1] else -1

    def _tools_last(self, mill: Mill, step: Step, at: float) -> bool:
        """Whether the edges in the magazine last for the cut, should it begin with nobody present."""
        budgets = self.model.budgets
        span = self._absence(at) if budgets and step.tools[mill.index] else -1
        if span < 0:
            return True
        for tool, seconds in step.tools[mill.index]:
            used = self.tool_used.get((mill.index, tool, span), 0.0)
            if used + seconds > budgets.get((mill.index, tool), math.inf):
                return False
        return True

    def _use_tools(self, mill: Mill, at: float) -> None:
        step = self.parts[mill.part].step()
        tools = step.tools[mill.index]
        span = self._absence(at) if self.model.budgets and tools else -1
        if span >= 0:
            for tool, seconds in tools:
                key = (mill.index, tool, span)
                self.tool_used[key] = self.tool_used.get(key, 0.0) + seconds
