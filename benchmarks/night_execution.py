"""Simulate a shop under a planner in the twin, with breakdowns, scattered cutting times, spoilt and scrapped parts.

The planner makes a plan at the start, whenever people arrive, when a machine breaks down, is repaired or has an overdue
repair, and when a part is lost. It knows what people in the shop know (where things are, the usual remaining time of a
repair), not the future. A lost part becomes known when the shop would detect it: a spoilt cut by the alarm, scrap by
the gauge. The part occupies its pallet until it is taken off; then its route starts again. A repair starts at its
planned time, or at once if the plan doesn't contain it; each new plan may postpone the rest of a repair. Between plans,
the plan is followed: no part is dismounted before its planned time, no part is mounted early unless enough pallets
remain for all parts planned before it, no part overtakes another on a machine before its planned start, and late work
follows in the planned order. Random numbers belong to machines and parts (``simulation.cell.random_streams``), so that
every planner faces the same breakdowns. The planning engine doesn't use this module.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Callable
from heapq import heapify, heappop, heappush

import msgspec

from nightmill.scheduling.engine.repair_timing import begins_in, span_of, spans_of
from nightmill.scheduling.problem.records import Repair, ShopMachine, ShopOperation, ShopProblem, ShopSchedule
from nightmill.simulation import Uncertainty
from nightmill.simulation.cell.engine import Simulation
from nightmill.simulation.cell.entities import NOBODY, SLACK_S, Mill
from nightmill.simulation.cell.model import Model
from nightmill.simulation.cell.random_streams import STANDARD, replication_key, uniform
from nightmill.simulation.cell.transport import (
    DISMOUNTED,
    FED,
    FREED,
    LOOK,
    MEASURED,
    MOUNTED,
    RELEASED,
    REPAIR_PAUSED,
    REPAIRED,
    Fed,
    Pool,
)
from nightmill.vocabulary.units import DAY_S

LAWS = Uncertainty(draw_parameters=False)
"""The twin's default assumptions: a breakdown every 300 running hours, a repair of 4 h, 2 % scrap, cutting times that scatter by 3 %."""

Planner = Callable[[ShopProblem, ShopSchedule | None], ShopSchedule]
LONG, SHORTEST_S = 0.9, 600.0
"""Quantile of the repair time that counts as long; minimum remaining time assumed for a repair in progress."""
OF_PARTS = {MOUNTED, FED, FREED, MEASURED, DISMOUNTED, RELEASED}
OF_REPAIRS = {REPAIRED, REPAIR_PAUSED}


class Outcome(msgspec.Struct, frozen=True):
    """The result: unattended cutting up to the shop's horizon, tardiness up to the end of the work."""

    unattended_h: float
    weighted_tardiness_h: float
    late_orders: int
    failures: int
    plans: int


class Lived(Simulation):
    """One future of the shop under a planner, from a problem in which nothing has started."""

    def __init__(self, problem: ShopProblem, planner: Planner, seed: int) -> None:
        self.problem, self.planner = problem, planner
        self.schedule = planner(problem, None)
        last_s = max(a.done_s for a in self.schedule.assignments) - problem.now_s
        days = 3.0 * last_s / DAY_S + 14.0
        super().__init__(Model(problem, self.schedule, days, len(problem.machines)), LAWS, replication_key(seed, 0))
        routes: dict[str, list[ShopOperation]] = {}
        for op in problem.operations:
            routes.setdefault(op.serial, []).append(op)
        self.routes = list(routes.values())
        self.serial_number = {name: k for k, name in enumerate(routes)}
        self.numbers = {name: k for k, name in enumerate(self.model.machines)}
        self.cut_so_far_s = [0.0] * len(self.parts)
        self.mount_s: dict[int, float] = {}
        self.start_s: dict[int, float] = {}
        self.off_s: dict[int, float] = {}
        self.line: list[list[int]] = []
        self.mounts_to_come: list[float] = []
        self.lost_off_s: dict[int, float] = {}
        """Parts known to be lost that are still on their pallets, with the time at which they are to be taken off."""
        self.started: set[int] = set()
        self.worked_s: dict[int, float] = {}
        """Broken machines, with the time already spent on each repair."""
        self.at_work: dict[int, tuple[int, float, float]] = {}
        """Machines under repair, with the person, the start, and the latest end of the current work."""
        self.repair_from_s: dict[int, float] = {}
        self.overdue_s: dict[int, float] = {}
        self.plans, self.trouble, self.to_horizon_s = 1, False, 0.0
        self.comings = {begin for begin, _ in self.model.persons[0] if begin > problem.now_s}
        self._follow(problem)

    def _follow(self, problem: ShopProblem) -> None:
        """Adopt the plan made for ``problem``: sequence, machines, times."""
        ops = {op.id: op for op in problem.operations}
        self.line, self.started = [[] for _ in self.mills], set()
        self.mounts_to_come = sorted(
            a.mount_s for a in self.schedule.assignments if ops[a.operation].state == "waiting"
        )
        for rank, a in enumerate(sorted(self.schedule.assignments, key=lambda a: (a.start_s, a.machine, a.operation))):
            op = ops[a.operation]
            index = self.serial_number[op.serial]
            if self.parts[index].spoilt and op.state == "cut":
                self.lost_off_s[index] = a.dismount_s
                self._push(max(a.dismount_s, problem.now_s), LOOK, NOBODY)
                continue
            step = self.parts[index].steps[[each.id for each in self.routes[index]].index(op.id)]
            step.rank = step.mount_rank = rank
            self.mount_s[step.key], self.start_s[step.key], self.off_s[step.key] = a.mount_s, a.start_s, a.dismount_s
            for planned in (a.mount_s, a.start_s - self.model.move_s, a.dismount_s):
                if planned > problem.now_s:
                    self._push(planned, LOOK, NOBODY)
            if op.state in ("waiting", "mounted"):
                step.machine = self.numbers[a.machine]
                self.line[step.machine].append(step.key)
        begins = begins_in(problem, self.schedule)
        self.repair_from_s = {self.numbers[name]: at_s for name, at_s in begins.items()}
        self.overdue_s = {self.numbers[name]: end for name, (_, end) in spans_of(problem, begins)[0].items()}
        for looked in (*self.repair_from_s.values(), *self.overdue_s.values()):
            if looked > problem.now_s:
                self._push(looked, LOOK, NOBODY)
        for machine in list(self.at_work):
            if self.repair_from_s.get(machine, 0.0) > problem.now_s + SLACK_S:
                self._pause(problem.now_s, machine)
        for part in self.parts:
            self._place(part)
        self.to_mount = sorted((self.parts[index].mount_rank, index) for _, index in self.to_mount)
        pooled = [index for mill in self.mills for _, index in mill.pool]
        for mill in self.mills:
            mill.pool = []
        for index in pooled:
            step = self.parts[index].step()
            insort(self.mills[step.machine].pool, (self.parts[index].rank, index))

    def _use_people(self, at: float) -> None:
        """Make a new plan if something has happened, then start the repairs, mounts and dismounts that are planned by now."""
        if any(at + SLACK_S >= end for end in self.overdue_s.values()):
            self.trouble = True
        if self.trouble or any(at <= begin <= at + SLACK_S for begin in self.comings):
            self.comings = {begin for begin in self.comings if begin > at + SLACK_S}
            self.trouble = False
            self._plan(at)
        mounts, dismounts = self.to_mount, self.to_dismount
        self.to_mount, self.to_dismount = [], []
        super()._use_people(at)
        tasks = [(self.mount_s[self.parts[index].step().key], 1, rank, index) for rank, index in mounts]
        tasks += [(self._off_s(index), 0, 0, index) for _, index in dismounts]
        for planned, is_mount, rank, index in sorted(tasks):
            due = planned <= at + SLACK_S or (is_mount == 1 and self._to_spare(planned))
            if not due or not self._do(at, is_mount == 1, index):
                if is_mount:
                    insort(self.to_mount, (rank, index))
                else:
                    heappush(self.to_dismount, (self.parts[index].pallet, index))

    def _off_s(self, index: int) -> float:
        """Return when the part is to be taken off its pallet."""
        return self.lost_off_s[index] if self.parts[index].spoilt else self.off_s[self.parts[index].step().key]

    def _to_spare(self, planned: float) -> bool:
        """Return whether a pallet remains for a part planned at a time, after all parts planned earlier have one."""
        return bisect_left(self.mounts_to_come, planned) < len(self.free_pallets)

    def _do(self, at: float, is_mount: bool, index: int) -> bool:
        """Mount or dismount a part if a person (and a pallet) is available."""
        part = self.parts[index]
        seconds = part.step().mount_s if is_mount else part.step().dismount_s
        person = self._person_for(seconds, at) if self.free_pallets or not is_mount else NOBODY
        if person == NOBODY:
            return False
        self.idle[person] = False
        self._push(at + seconds, MOUNTED if is_mount else DISMOUNTED, index, person)
        if is_mount:
            self.mounts_to_come.remove(self.mount_s[part.step().key])
            part.pallet = heappop(self.free_pallets)
            part.begun_s = min(part.begun_s, at)
        return True

    def _taken_over(self, at: float) -> None:
        """Take no part over from another machine: the plan decides which machine cuts which part."""

    def _fitting(self, mill: Mill, pool: Pool, at: float) -> Fed | None:
        """Return the first part that fits, unless it would overtake another before its planned start."""
        found = super()._fitting(mill, pool, at)
        if found is None:
            return None
        index = pool[found[2]][1]
        key, line = self.parts[index].step().key, self.line[mill.index]
        while line and line[0] in self.started:
            del line[0]
        early = at + self.model.move_s + SLACK_S < self.start_s[key]
        if early and line and line[0] != key:
            return None
        self.started.add(key)
        self.cut_so_far_s[index] = 0.0
        return found

    def _failed(self, at: float, machine: int, person: int) -> None:
        super()._failed(at, machine, person)
        self.worked_s[machine] = 0.0
        self.trouble = True

    def _repair(self, at: float) -> None:
        """Start the repairs planned by now."""
        later = [k for k in self.to_repair if self.repair_from_s.get(k, 0.0) > at + SLACK_S]
        for machine in later:
            self.to_repair.remove(machine)
        waiting, hands = list(self.to_repair), list(self.idle)
        super()._repair(at)
        begun = [machine for machine in waiting if machine not in self.to_repair]
        persons = [k for k, idle in enumerate(hands) if idle and not self.idle[k]]
        for machine, person in zip(begun, persons, strict=True):
            until = next(when for when, _, kind, one, _ in self.heap if kind in OF_REPAIRS and one == machine)
            self.at_work[machine] = person, at, until
        self.to_repair.extend(later)

    def _pause(self, at: float, machine: int) -> None:
        """Let the repair of the machine pause."""
        person, _, until = self.at_work[machine]
        self.heap[:] = [each for each in self.heap if not (each[2] in OF_REPAIRS and each[3] == machine)]
        heapify(self.heap)
        self.mills[machine].repair_left_s += until - at
        self._repair_paused(at, machine, person)

    def _repair_paused(self, at: float, machine: int, person: int) -> None:
        super()._repair_paused(at, machine, person)
        self.worked_s[machine] += at - self.at_work.pop(machine)[1]

    def _repaired(self, at: float, machine: int, person: int) -> None:
        super()._repaired(at, machine, person)
        del self.worked_s[machine], self.at_work[machine]
        self.overdue_s.pop(machine, None)
        self.trouble = True

    def _measured(self, at: float, index: int, goal: int) -> None:
        """Scrap what the gauge rejects; the twin draws the same when the part is taken off."""
        super()._measured(at, index, goal)
        part = self.parts[index]
        share = self.laws[part.machine].scrap_share
        judged = not part.spoilt and part.position + 1 == len(part.steps)
        if judged and uniform(self.replication, part.serial.key, part.attempt) < share:
            part.spoilt = self.trouble = True

    def _dismounted(self, at: float, index: int, person: int) -> None:
        lost = self.lost_off_s.pop(index, None)
        super()._dismounted(at, index, person)
        if lost is not None:
            self._place(self.parts[index])
            self.to_mount = sorted((self.parts[each].mount_rank, each) for _, each in self.to_mount)

    def _count_cut(self, mill: Mill, at: float) -> None:
        since, before = mill.cutting_since, self.unattended_s
        super()._count_cut(mill, at)
        self.cut_so_far_s[mill.part] += at - since
        beyond = max(0.0, at - max(since, self.problem.horizon_s))
        if beyond == 0.0:
            self.to_horizon_s += self.unattended_s - before
        elif since < self.problem.horizon_s:
            self.to_horizon_s += self._absent_s(since, self.problem.horizon_s)

    def _absent_s(self, begin: float, finish: float) -> float:
        return sum(max(0.0, min(end, finish) - max(start, begin)) for start, end in self.model.absent)

    def _plan(self, at: float) -> None:
        problem = self.seen(at)
        if problem.operations:
            self.schedule = self.planner(problem, self.schedule)
            self.plans += 1
            self._follow(problem)

    def seen(self, at: float) -> ShopProblem:
        """Return the current shop as a separate problem."""
        moving = {one: (when, kind) for when, _, kind, one, _ in self.heap if kind in OF_PARTS}
        free = dict.fromkeys(self.numbers, at)
        pooled = {index for mill in self.mills for _, index in mill.pool}
        held = {mill.part: mill for mill in self.mills if mill.part >= 0}
        waiting = {index for _, index in self.to_mount}
        operations: list[ShopOperation] = []
        for index, part in enumerate(self.parts):
            if not math.isinf(part.done_s):
                continue
            rest = list(self.routes[index][part.position :])
            if part.spoilt:
                rest = [msgspec.structs.replace(rest[0], id=f"{rest[0].id} lost", measure_s=0.0), *self.routes[index]]
            when, kind = moving.get(index, (at, NOBODY))
            if kind == DISMOUNTED:
                del rest[0]
                if rest:
                    rest[0] = msgspec.structs.replace(rest[0], release_s=max(when, rest[0].release_s))
            elif index in pooled or kind == MOUNTED:
                rest[0] = msgspec.structs.replace(rest[0], state="mounted")
            elif index not in waiting and kind != RELEASED:
                rest[0] = self._begun(rest[0], index, at, held.get(index), when, kind, free)
            operations += rest
        machines = tuple(ShopMachine(m.id, max(m.free_from_s, free[m.id])) for m in self.problem.machines)
        named = {op.order for op in operations}
        return msgspec.structs.replace(
            self.problem,
            now_s=at,
            operations=tuple(operations),
            orders=tuple(order for order in self.problem.orders if order.id in named),
            machines=machines,
            presence=tuple(w for w in self.problem.presence if w.end_s > at),
            repairs=tuple(self._repair_as_known(machine, at) for machine in self.worked_s),
        )

    def _begun(
        self,
        op: ShopOperation,
        index: int,
        at: float,
        mill: Mill | None,
        when: float,
        kind: int,
        free: dict[str, float],
    ) -> ShopOperation:
        """Return an operation that is on its way to the machine, being cut, blocked there, or cut."""
        part = self.parts[index]
        number = part.machine if part.spoilt else part.step().machine
        machine = self.model.machines[number]
        if mill is None or kind == FREED or any(part == index for _, part in self.to_free):
            if mill is not None:
                free[machine] = when if kind == FREED else at + self.model.move_s
            return msgspec.structs.replace(op, state="cut", machine=machine)
        if kind == FED:
            started = when
        elif not math.isinf(mill.cutting_since):
            started = mill.cutting_since - self.cut_so_far_s[index]
        else:
            started = self._repair_ends(at, number) - self.cut_so_far_s[index]
        return msgspec.structs.replace(op, state="running", machine=machine, started_s=started)

    def _repair_as_known(self, machine: int, at: float) -> Repair:
        """Return the usual remaining time of a repair that has taken this long, and the remaining time that one in ten
        exceeds (``LAWS``).
        """
        worked_s = self.worked_s[machine] + (at - self.at_work[machine][1] if machine in self.at_work else 0.0)
        median = math.log(3600.0 * LAWS.repair_h)
        below = STANDARD.cdf((math.log(worked_s) - median) / LAWS.repair_sd) if worked_s > 0.0 else 0.0
        usual, long = (
            math.exp(median + LAWS.repair_sd * STANDARD.inv_cdf(min(below + share * (1.0 - below), 1.0 - 1e-9)))
            for share in (0.5, LONG)
        )
        usual = max(SHORTEST_S, usual - worked_s)
        return Repair(self.model.machines[machine], usual, max(usual, long - worked_s))

    def _repair_ends(self, at: float, machine: int) -> float:
        """Return when a repair of usual length that continues now, or when people come, would end."""
        return span_of(self.problem.presence, at, self._repair_as_known(machine, at).usual_s)[1]


def live(problem: ShopProblem, planner: Planner, seed: int) -> Outcome:
    """Simulate one whole future."""
    run = Lived(problem, planner, seed)
    run.run()
    done = dict.fromkeys((order.id for order in problem.orders), problem.now_s)
    names = [order.id for order in problem.orders]
    for part in run.parts:
        name = names[part.serial.order]
        done[name] = max(done[name], min(part.done_s, run.model.end_s))
    late = {order.id: max(0.0, done[order.id] - order.due_s) for order in problem.orders}
    return Outcome(
        unattended_h=run.to_horizon_s / 3600.0,
        weighted_tardiness_h=sum(order.weight * late[order.id] for order in problem.orders) / 3600.0,
        late_orders=sum(seconds > 0.0 for seconds in late.values()),
        failures=run.failures,
        plans=run.plans,
    )
