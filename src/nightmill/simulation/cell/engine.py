"""Simulate one possible future of the shop, event by event.

Dispatching is work-conserving in the order of the schedule, as on the shop floor. A free machine takes the part in the pool
that comes first in the schedule, or, if no part there is planned for it, a part whose own machine can't take it now. People
repair, maintain, mount while the pool holds less than the machines can take, dismount, mount the first parts in the schedule,
and fill magazines, in this order (``people``). The robot unloads machines, loads them, and carries cut parts through gauge and
camera (``transport``). Only a breakdown interrupts a cut, and only the end of a shift interrupts a repair. A machine is held
from the move that loads it to the end of the move that unloads it.
"""

import math
from bisect import bisect_right, insort
from collections import deque
from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from nightmill.simulation.cell.entities import EMPTY, FINISHED, NOBODY, NOTHING, SLACK_S, Mill, Oven, Part
from nightmill.simulation.cell.floor_behaviour import CAMERA, GAUGE, Down
from nightmill.simulation.cell.metrics import Meter
from nightmill.simulation.cell.model import Broken, Model
from nightmill.simulation.cell.people import Handwork
from nightmill.simulation.cell.random_streams import STANDARD, exponential, key_of, normal, uniform
from nightmill.simulation.cell.replanning import PlanningAnew
from nightmill.simulation.cell.transport import CUT_ENDED, FAILED, LOOK, MEASURED, RELEASED, REPAIR_DUE, STOP_DUE
from nightmill.simulation.cell.uncertainty import Drawn, Uncertainty, draw_cycle, matched_draws

GAUGE_DRAW, CAMERA_DRAW, PREPARATION_DRAW = 1_000_003, 2_000_003, 3_000_017
UNDER_WAY_DRAW, PLACE_DRAW = 4_000_037, 5_000_011
"""Number of the first of these draws in the stream of a part's operation, beyond any number of attempts."""


def drawn_laws(model: Model, uncertainty: Uncertainty, replications: Sequence[int]) -> list[list[Drawn]]:
    """The parameters of each machine in each replication."""
    return [
        matched_draws(
            uncertainty.law_of(name),
            [replication ^ key_of(name, "parameters") for replication in replications],
            uncertainty.draw_parameters,
        )
        for name in model.machines
    ]


class Simulation(Handwork, PlanningAnew):
    """State and rules of one replication; ``run`` simulates to the end of the days or until all work is done."""

    def __init__(
        self, model: Model, uncertainty: Uncertainty, replication: int, laws: Sequence[Drawn] | None = None
    ) -> None:
        """``laws``: the parameters of each machine in this replication; ``None``: drawn here."""
        self.model, self.replication = model, replication
        self.laws = list(laws) if laws else [each for (each,) in drawn_laws(model, uncertainty, (replication,))]
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
        self.lines, self.in_force, self.planned_s, self.plan_wanted = model.lines, model.in_force, model.now_s, False
        if model.habits.planner is not None:
            self._own_steps()
        for part in self.parts:
            self._place(part)
        self.mills = [
            Mill(k, self._to_failure(k, 0), self._to_care(k, 0), set_up) for k, set_up in enumerate(model.set_up)
        ]
        self.ovens = {
            k: Oven(self.mills[k], list(model.loads.get(k, ()))) for k in range(len(self.mills)) if model.by_hand[k]
        }
        self.cutters = [mill for mill in self.mills if mill.index not in self.ovens]
        self.to_treat: list[tuple[float, int]] = []
        self.heap: list[tuple[float, int, int, int, int]] = []
        self.pushed = self.events = self.failures = self.scrapped = self.cleared = 0
        self.unattended_s = 0.0
        self.to_mount: list[tuple[float, int]] = []
        self.to_return: list[tuple[int, int]] = []
        self.mounts = 0
        self.to_dismount: list[tuple[int, int]] = []
        self.to_free: list[tuple[float, int]] = []
        self.to_clear: list[tuple[float, int]] = []
        self.to_repair: deque[int] = deque()
        self.due_stops: list[Mill] = []
        self.due_care: list[Mill] = []
        self.open_parts = len(self.parts)
        self.free_pallets = list(range(model.pallets))
        self.fixtures = dict(model.fixtures)
        self.to_load: list[Mill] = []
        self.behind = [0] * len(self.mills)
        self.awaited: dict[int, list[int]] = {}
        self.robots, self.benches = model.robots, model.benches
        self.stations = [model.habits.gauges, model.habits.cameras]
        self.mounting = self.feeding = 0
        self.begun: set[int] = set()
        self._fill_mills()
        self.meter = Meter()
        self.meter.at_s = model.now_s
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
            self._moved,
            self._visited,
            self._tools_loaded,
            self._care_ended,
            self._cleared,
            self._changed_over,
            self._repair_due,
            self._put_in,
            self._treated,
            self._taken_out,
        )
        self._begin()
        heap, end = self.heap, self.model.end_s
        while heap and heap[0][0] <= end:
            at = heap[0][0]
            self._meter(at)
            while heap and heap[0][0] <= at + SLACK_S:
                _, _, kind, one, person = heappop(heap)
                self.events += 1
                deeds[kind](at, one, person)
            self._plan_anew(at)
            self._use_people(at)
            self._use_robots(at)
            if self.open_parts == 0:
                break
        self._meter(end)
        for mill in self.mills:
            if not math.isinf(mill.cutting_since):
                self._count_cut(mill, end)

    def _meter(self, until_s: float) -> None:
        """Record the shop's state up to the next event."""
        at = self.meter.at_s
        if until_s <= at:
            return
        mills, stations, robots = self.cutters, self.model.habits, self.model.robots
        holding = pooled = there = to_gauges = to_cameras = 0
        for mill in mills:
            holding += mill.part != EMPTY or mill.down
            pooled += len(mill.pool)
        people = len(self.idle)
        for person in range(people):
            there += self._present_s(person, at) > 0.0
        for _, index in self.to_clear:
            visits = self.parts[index].visits
            to_gauges += bool(visits) and visits[0][0] == GAUGE
            to_cameras += bool(visits) and visits[0][0] == CAMERA
        used = (
            holding, min(people - sum(self.idle), there), robots - self.robots,
            stations.gauges - self.stations[GAUGE], stations.cameras - self.stations[CAMERA],
            self.model.pallets - len(self.free_pallets), sum(bool(oven.parts) for oven in self.ovens.values()),
        )  # fmt: skip
        waiting = (
            pooled, len(self.to_dismount) + len(self.to_repair), len(self.to_free), to_gauges, to_cameras,
            len(self.to_mount) + len(self.to_return), len(self.to_treat),
        )  # fmt: skip
        sizes = (len(mills), there, robots, stations.gauges, stations.cameras, self.model.pallets, len(self.ovens))
        self.meter.count(until_s, used, sizes, waiting)

    def _push(self, at: float, kind: int, one: int, person: int = NOBODY) -> None:
        self.pushed += 1
        heappush(self.heap, (at, self.pushed, kind, one, person))

    def _begin(self) -> None:
        """Put every part at its starting point, and schedule the calendar events."""
        model, now = self.model, self.model.now_s
        for index, part in enumerate(self.parts):
            self._begin_part(index, part, now)
        for _ in range(model.habits.to_take_off):
            self.to_dismount.append((heappop(self.free_pallets), FINISHED))
        for down in model.habits.downs:
            self._begin_down(down)
        for broken in model.broken:
            self._begin_broken(broken)
        for spans in model.persons:
            for start, _ in spans:
                self._push(start, LOOK, NOBODY)
        self.plan_wanted = False
        if model.habits.planner is not None:
            self._push(now + model.habits.anew_s, LOOK, NOBODY)
        for machine, windows in enumerate(model.down):
            for looked in (model.free_from_s[machine], *(end for _, end in windows)):
                if looked > now:
                    self._push(looked, LOOK, machine)
            for stop in model.stops[machine]:
                self._push(max(now, stop.start_s), STOP_DUE, machine)

    def _begin_part(self, index: int, part: Part, now: float) -> None:
        step, state = part.step(), part.serial.state
        if state == "waiting":
            self._offer(index, now)
            return
        if step.by_hand:
            self._begin_inside(index, now)
            return
        part.pallet = heappop(self.free_pallets)
        if step.fixture:
            self.fixtures[step.fixture] -= 1
        mill = self.mills[step.machine]
        if state == "mounted":
            insort(mill.pool, (part.rank, index))
        elif state == "cut":
            self.behind[part.machine] += 1
            self._push(now + step.measure_s, MEASURED, index)
        else:
            mill.part, mill.family = index, step.families[step.machine]
            part.left_s = self._residual_s(part)
            self._use_edges(mill, step)
            self._cut(mill, now)

    def _begin_down(self, down: Down) -> None:
        """Start with a machine that is down."""
        if down.machine not in self.model.machines:
            return
        mill = self.mills[self.model.machines.index(down.machine)]
        mill.down = True
        mill.repair_left_s = self._repair_left_s(mill, down.worked_s) if down.left_s is None else down.left_s
        mill.failed_s, mill.repair_begun = self.model.now_s, down.left_s is not None or down.worked_s > 0.0
        if down.from_s > self.model.now_s:
            self._push(down.from_s, REPAIR_DUE, mill.index)
        else:
            self.to_repair.append(mill.index)

    def _begin_broken(self, broken: Broken) -> None:
        """Start with a machine whose repair is placed by the schedule; the log takes precedence."""
        mill = self.mills[broken.machine]
        if mill.down:
            return
        mill.down, mill.failed_s = True, self.model.now_s
        sd = broken.sd if self.laws[mill.index].repair_sd > 0.0 else 0.0
        scatter = sd * normal(self.replication, self.model.repair_keys[mill.index], UNDER_WAY_DRAW)
        mill.repair_left_s = broken.usual_s * math.exp(scatter)
        self._push(broken.from_s, REPAIR_DUE, mill.index)

    def _repair_left_s(self, mill: Mill, worked_s: float) -> float:
        """Draw the remaining repair time, given that people have worked on it for ``worked_s``."""
        law = self.laws[mill.index]
        draw = uniform(self.replication, self.model.repair_keys[mill.index], UNDER_WAY_DRAW)
        if worked_s > 0.0 and law.repair_sd > 0.0:
            below = STANDARD.cdf((math.log(worked_s / 3600.0) - law.log_repair_h) / law.repair_sd)
            draw = min(below + (1.0 - below) * draw, 1.0 - 1e-9)
        return max(0.0, 3600.0 * math.exp(law.log_repair_h + law.repair_sd * STANDARD.inv_cdf(draw)) - worked_s)

    def _place(self, part: Part) -> None:
        """Give the part's step its places in the queues: the planned places, shifted as replanning shifts them.

        A later step is due once a certain number of other parts have been mounted: the number that the floor is observed to
        mount first when this many parts wait, more if the order is moved back, since parts of an order are postponed together.
        """
        step, replanned = part.step(), self.model.habits.replanned
        part.rank, part.mount_rank, part.returns_at = float(step.rank), float(step.mount_rank), NOTHING
        if replanned is None:
            return
        shared = replanned.orders * normal(self.replication, self.model.order_keys[part.serial.order], 0)
        own = replanned.steps * normal(self.replication, step.key, PLACE_DRAW)
        moved = math.exp(shared + own) - 1.0
        part.rank += min(part.rank, replanned.queue) * moved
        part.mount_rank += min(part.mount_rank, replanned.queue) * moved
        if part.position > 0 and replanned.returns:
            spread = math.hypot(replanned.orders, replanned.steps)
            place = STANDARD.cdf((shared + own) / spread) if spread > 0.0 else 0.5
            waiting = len(self.to_mount) + len(self.to_return)
            part.returns_at = self.mounts + 1 + replanned.mounted_first(waiting, place)

    def _to_failure(self, machine: int, n: int) -> float:
        mean = self.laws[machine].mtbf_s
        return mean if math.isinf(mean) else mean * exponential(self.replication, self.model.failure_keys[machine], n)

    def _to_care(self, machine: int, n: int) -> float:
        law = self.laws[machine]
        if law.care_regular or math.isinf(law.care_s):
            return law.care_s
        return law.care_s * exponential(self.replication, self.model.care_keys[machine], n)

    def _preparation_s(self, part: Part) -> float:
        """Draw the time from arrival on the machine to the cut from the observed sample."""
        seen = self.model.habits.preparation_s
        if not seen:
            return 0.0
        return seen[int(len(seen) * uniform(self.replication, part.step().key, part.attempt + PREPARATION_DRAW))]

    def _cut_s(self, part: Part) -> float:
        """Draw the cutting time; the draw is keyed by serial, operation and attempt, so it is the same on any machine."""
        log_factor, sd, shift = self._cycle_law(part)
        deviate = normal(self.replication, part.step().key, part.attempt)
        return part.run_s() * (shift + math.exp(log_factor + sd * deviate))

    def _cycle_law(self, part: Part) -> tuple[float, float, float]:
        """Return the logarithm of the median above the shift, the scatter and the shift; for the operation if it has its own
        distribution.
        """
        law = self.laws[part.machine]
        own = (law.log_factor, law.cycle_sd, law.cycle_shift)
        return self.cycles.get((part.machine, part.step().operation), own)

    def _residual_s(self, part: Part) -> float:
        """Draw the rest of a running cut, given its duration so far."""
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
        """Cut the rest of the part in the machine, until the end or a breakdown."""
        part = self.parts[mill.part]
        mill.cutting_since = at
        if part.left_s <= mill.to_failure_s:
            mill.to_failure_s -= part.left_s
            self._push(at + part.left_s, CUT_ENDED, mill.index)
        else:
            part.left_s -= mill.to_failure_s
            self._push(at + mill.to_failure_s, FAILED, mill.index)

    def _count_cut(self, mill: Mill, at: float) -> None:
        since, mill.cutting_since = min(mill.cutting_since, at), math.inf
        mill.cut_s += at - since
        mill.to_care_s -= at - since
        if mill.index in self.ovens:
            return
        absent = self.model.absent
        for start, end in absent[max(0, bisect_right(self.model.absent_starts, since) - 1) :]:
            if start >= at:
                break
            self.unattended_s += max(0.0, min(end, at) - max(start, since))

    def _offer(self, index: int, at: float) -> None:
        """Offer the part for mounting for its next step, once its material is available and the parts of its assembly are done."""
        step = self.parts[index].step()
        numbers = self.model.serial_numbers
        missing = (numbers[name] for name in step.after if name in numbers)
        first = next((number for number in missing if math.isinf(self.parts[number].done_s)), None)
        if first is not None:
            self.awaited.setdefault(first, []).append(index)
        elif step.release_s > at:
            self._push(step.release_s, RELEASED, index)
        else:
            self._released(at, index, NOBODY)

    def _released(self, at: float, index: int, __: int) -> None:
        part = self.parts[index]
        self.plan_wanted |= part.position == 0 and part.attempt == 0
        if part.step().by_hand:
            part.came_s = at
            insort(self.to_treat, (part.rank, index))
        elif part.returns_at == NOTHING:
            insort(self.to_mount, (part.mount_rank, index))
        else:
            insort(self.to_return, (part.returns_at, index))

    def _changed_over(self, _: float, machine: int, __: int) -> None:
        self.to_load.append(self.mills[machine])

    def _repair_due(self, _: float, machine: int, __: int) -> None:
        self.to_repair.append(machine)

    def _look(self, _: float, __: int, ___: int) -> None:
        """Start everything that has become possible."""

    def _mounted(self, _: float, index: int, person: int) -> None:
        self.idle[person] = True
        self.benches += 1
        self.mounting -= 1
        step = self.parts[index].step()
        self.parts[index].machine = step.machine
        insort(self.mills[step.machine].pool, (self.parts[index].rank, index))

    def _fed(self, at: float, index: int, _: int) -> None:
        self.robots += 1
        self.feeding -= 1
        self._make_ready(self.mills[self.parts[index].machine], at)

    def _make_ready(self, mill: Mill, at: float) -> None:
        """Start the cut of the part in the mill as soon as the tools allow it."""
        part = self.parts[mill.part]
        mill.awaits = self._renew(mill, part.step())
        if mill.awaits == NOTHING:
            self._use_edges(mill, part.step())
            part.left_s = self._cut_s(part)
            part.stage, part.cut_began_s = "running", at
            self._cut(mill, at + self._preparation_s(part))

    def _cut_ended(self, at: float, machine: int, _: int) -> None:
        mill = self.mills[machine]
        self._count_cut(mill, at)
        if mill.to_care_s <= 0.0 and mill not in self.due_care:
            mill.care_due = True
            self.due_care.append(mill)
        self._leave(mill)

    def _leave(self, mill: Mill) -> None:
        """Finish with the part in the machine: let it wait for a robot, and draw its next destination."""
        part = self.parts[mill.part]
        part.stage = "cut"
        step = part.step()
        visits = self.model.habits.visits.get(step.operation)
        part.visits = []
        if visits is not None and not part.spoilt:
            there = self.model.habits.gauges, self.model.habits.cameras
            for station, share, seconds, draws in (
                (GAUGE, visits.gauge_share, visits.gauge_s, GAUGE_DRAW),
                (CAMERA, visits.camera_share, visits.camera_s, CAMERA_DRAW),
            ):
                if share > 0.0 and there[station] and uniform(self.replication, step.key, part.attempt + draws) < share:
                    part.visits.append((station, seconds))
        insort(self.to_free, (part.rank, mill.part))

    def _failed(self, at: float, machine: int, _: int) -> None:
        mill, law, n = self.mills[machine], self.laws[machine], self.mills[machine].failures
        self._count_cut(mill, at)
        self.failures += 1
        mill.failures += 1
        self.plan_wanted = True
        mill.to_failure_s = self._to_failure(machine, mill.failures)
        scatter = law.repair_sd * normal(self.replication, self.model.repair_keys[machine], n)
        mill.repair_left_s = 3600.0 * math.exp(law.log_repair_h + scatter)
        mill.down, mill.failed_s, mill.repair_from_s, mill.repair_begun = True, at, at, False
        if uniform(self.replication, self.model.spoil_keys[machine], n) < law.spoilt_share:
            self.parts[mill.part].spoilt = True
            self._leave(mill)
        self.to_repair.append(machine)

    def _repair_paused(self, _: float, machine: int, person: int) -> None:
        self.idle[person] = True
        self.to_repair.appendleft(machine)

    def _repaired(self, at: float, machine: int, person: int) -> None:
        self.idle[person] = True
        mill = self.mills[machine]
        mill.down, self.plan_wanted = False, True
        if mill.part != EMPTY and machine not in self.ovens and not self.parts[mill.part].spoilt:
            self._cut(mill, at)

    def _freed(self, at: float, index: int, goal: int) -> None:
        self.robots += 1
        part = self.parts[index]
        self.mills[part.machine].part = EMPTY
        self.mills[part.machine].unloaded_s = at
        if part.step().operation in self.model.habits.visits:
            self._arrived(at, index, goal)
        else:
            self._push(at if part.spoilt else at + part.step().measure_s, MEASURED, index)

    def _measured(self, _: float, index: int, __: int) -> None:
        self.to_dismount.append((self.parts[index].pallet, index))

    def _dismounted(self, at: float, index: int, person: int) -> None:
        self.idle[person] = True
        self.benches += 1
        part = self.parts[index]
        heappush(self.free_pallets, part.pallet)
        part.stage = "waiting"
        if part.step().fixture:
            self.fixtures[part.step().fixture] += 1
        judged = part.position + 1 == len(part.steps) or part.steps[part.position + 1].by_hand
        share = self.laws[part.machine].scrap_share
        if part.spoilt or (judged and uniform(self.replication, part.serial.key, part.attempt) < share):
            self.scrapped += 1
            part.attempt += 1
            part.steps, part.position, part.spoilt = part.remake, 0, False
            self.plan_wanted = True
            part.begun_s = math.inf  # the replacement is a separate part: its cycle time starts anew
            self.begun.difference_update(step.key for step in part.steps)
            self._place_by_due_date(part)
            insort(self.to_mount, (part.mount_rank, index))
        else:
            self._go_on(index, at)

    def _go_on(self, index: int, at: float) -> None:
        """Finish the part's step: the part is done, or offered for the next step."""
        part = self.parts[index]
        if part.position + 1 == len(part.steps):
            part.done_s = at
            self.open_parts -= 1
            for waiting in self.awaited.pop(index, ()):
                self._offer(waiting, at)
        else:
            part.position += 1
            self._place(part)
            self._offer(index, at)

    def _place_by_due_date(self, part: Part) -> None:
        """Queue a remade part behind all waiting parts that are due before it."""
        due = self.model.due_s
        ahead = [self.parts[k] for _, k in self.to_mount if due[self.parts[k].serial.order] < due[part.serial.order]]
        self._place(part)
        part.rank = max([part.rank, *(other.rank for other in ahead)])
        part.mount_rank = max([part.mount_rank, *(other.mount_rank for other in ahead)])

    def _cleared(self, _: float, pallet: int, person: int) -> None:
        self.idle[person] = True
        self.cleared += 1
        self.benches += 1
        heappush(self.free_pallets, pallet)

    def _tools_loaded(self, at: float, machine: int, person: int) -> None:
        self.idle[person] = True
        mill = self.mills[machine]
        used_s, sisters = mill.edges.get(mill.loading, (math.inf, 0))
        mill.edges[mill.loading] = (used_s, sisters + mill.coming)
        mill.loading, mill.looked_s = NOTHING, -math.inf
        if mill.awaits != NOTHING:
            self._make_ready(mill, at)

    def _care_ended(self, _: float, machine: int, person: int) -> None:
        mill = self.mills[machine]
        self.idle[person] = True
        mill.cares += 1
        self.plan_wanted = True
        mill.to_care_s = self._to_care(machine, mill.cares)
        mill.part = EMPTY

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
