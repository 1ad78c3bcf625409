"""EDD and ATC dispatching of a night shop without a scheduler: event by event, without look-ahead.

It follows the same rules of the shop as the engine's decoder, but shares no code with it; ``validate_shop`` checks
both. People dismount first; then, as long as there are pallets, they mount the part with the highest priority for the
machine that would finish it first. Repairs start at once. A free machine takes the first part in its queue for which
its tools last. ATC after Vepsalainen & Morton 1987, its index computed at each choice.
"""

import math
from bisect import bisect_right
from heapq import heappop, heappush
from itertools import count, pairwise
from typing import Literal

import msgspec

from nightmill.scheduling.engine.repair_timing import placed_repairs, with_repairs
from nightmill.scheduling.problem.records import (
    Alternative,
    Assignment,
    Promise,
    ShopOperation,
    ShopProblem,
    ShopSchedule,
)

Rule = Literal["EDD", "ATC"]
LOOK_AHEADS, WAIT = (1.5, 3.0, 6.0), 2.0
"""Scalings of ATC's slack, in mean cutting times; expected waiting time of an operation still to come, as a multiple of its length."""
STEADY = 10.0
"""The fixed scaling of ATC: of 1, 1.5, 2, 3, 4.5, 6 and 10, the one with the least simulated tardiness in shops 141 to 146."""


class Job(msgspec.Struct, eq=False):
    """A serial part in progress: its operations, the next one, and the alternative it is mounted for. ``run_s`` and
    ``rest_s`` (operations,): shortest cut of each operation, and of all that follow it.
    """

    ops: list[ShopOperation]
    due_s: float
    weight: float
    at: int = 0
    chosen: Alternative | None = None
    run_s: list[float] = []
    rest_s: list[float] = []

    def reckon(self) -> None:
        """Compute ``run_s`` and ``rest_s``, which every choice uses."""
        self.run_s = [quickest_s(op) for op in self.ops]
        self.rest_s = [sum(self.run_s[at:]) for at in range(1, len(self.ops) + 1)]


def quickest_s(op: ShopOperation) -> float:
    """Return the shortest cutting time of an operation."""
    return min(alternative.run_s for alternative in op.alternatives)


class Dispatching:
    """State of the shop during dispatching; ``queue``: the maximum number of mounted parts waiting for a machine."""

    def __init__(self, problem: ShopProblem, rule: Rule, queue: float, look_ahead: float) -> None:
        problem = with_repairs(problem)
        self.problem, self.rule, self.queue, self.look_ahead = problem, rule, queue, look_ahead
        self.shifts = shifts_of(problem)
        self.person_free_s = [problem.now_s] * len(self.shifts)
        self.machine_free_s = {m.id: max(problem.now_s, m.free_from_s) for m in problem.machines}
        self.before: dict[str, list[Job]] = {m.id: [] for m in problem.machines}
        self.pallets = problem.pallets - problem.pallets_blocked
        self.budgets = {(b.machine, b.tool): b.seconds for b in problem.tool_budgets}
        self.used: dict[tuple[str, int, int], float] = {}
        self.mean_s = sum(map(quickest_s, problem.operations)) / len(problem.operations)
        self.least_mount_s = min(op.mount_s for op in problem.operations)
        self.waiting: list[Job] = []
        self.cut: list[Job] = []
        self.freed: list[Job] = []
        self.times: dict[str, tuple[float, ...]] = {}
        self.machine: dict[str, str] = {}
        self.numbers = count()
        self.events: list[tuple[float, int, list[Job], Job | None]] = []
        self._then(problem.now_s)
        for begin, end in self.shifts[0]:
            self._then(max(begin, problem.now_s))
            self._then(end)
        for job in sorted(jobs_of(problem), key=lambda job: self._key(job, problem.now_s)):
            self._take(job, job.ops[0], problem.now_s)

    def _take(self, job: Job, op: ShopOperation, now: float) -> None:
        """Record where a part is now."""
        allowed = [a for a in op.alternatives if op.machine in ("", a.machine)]
        if op.state == "waiting":
            self._then(max(now, op.release_s), self.waiting, job)
            return
        self.pallets -= 1
        if op.state == "mounted":
            job.chosen = min(allowed, key=lambda a: self._through_s(a, now))
            self.times[op.id] = (now - op.mount_s,)
            self.before[job.chosen.machine].append(job)
            return
        self.machine[op.id] = allowed[0].machine
        if op.state == "cut" or op.started_s is None:
            self.times[op.id] = (now, now, now)
            self._then(now + op.measure_s, self.cut, job)
            return
        end = max(now, op.started_s + allowed[0].run_s)
        free = self.machine_free_s[allowed[0].machine] = end + self.problem.move_s
        self.times[op.id] = (op.started_s, op.started_s, end)
        self._then(free)
        self._then(free + op.measure_s, self.cut, job)

    def _then(self, when: float, into: list[Job] | None = None, job: Job | None = None) -> None:
        heappush(self.events, (when, next(self.numbers), [] if into is None else into, job))

    def run(self) -> None:
        """Run to the end of the work, or until the last person has left."""
        while self.events:
            now = self.events[0][0]
            while self.events and self.events[0][0] <= now:
                _, _, into, job = heappop(self.events)
                if job is None:
                    continue
                into.append(job)
            self.pallets += len(self.freed)
            self.freed.clear()
            self._dismount(now)
            self._mount(now)
            for machine in self.before:
                self._feed(machine, now)

    def _person(self, seconds: float, now: float) -> int:
        """Return an idle person who stays that long; -1 if nobody."""
        for person, spans in enumerate(self.shifts):
            last = bisect_right(spans, (now, math.inf)) - 1
            if self.person_free_s[person] <= now and last >= 0 and now + seconds <= spans[last][1]:
                return person
        return -1

    def _key(self, job: Job, now: float) -> float:
        """Return the rule's priority of a part, smallest first."""
        if self.rule == "EDD":
            return job.due_s
        run = job.run_s[job.at]
        slack = max(0.0, job.due_s - now - run - WAIT * job.rest_s[job.at])
        return -job.weight / run * math.exp(-slack / (self.look_ahead * self.mean_s))

    def _dismount(self, now: float) -> None:
        while self.cut:
            job = self.cut[0]
            op = job.ops[job.at]
            person = self._person(op.dismount_s, now)
            if person < 0:
                return
            del self.cut[0]
            done = self.person_free_s[person] = now + op.dismount_s
            self.times[op.id] += (now, done)
            job.at += 1
            if job.at < len(job.ops):
                self._then(max(done, job.ops[job.at].release_s), self.waiting, job)
            self._then(done, self.freed, job)

    def _mount(self, now: float) -> None:
        if self.pallets == 0 or not self.waiting or self._person(self.least_mount_s, now) < 0:
            return
        for job in sorted(self.waiting, key=lambda job: self._key(job, now)):
            op = job.ops[job.at]
            person = self._person(op.mount_s, now)
            if self.pallets == 0 or person < 0:
                return
            free = [a for a in op.alternatives if len(self.before[a.machine]) < self.queue]
            if not free:
                continue
            job.chosen = min(free, key=lambda a: self._through_s(a, now))
            self.waiting.remove(job)
            self.pallets -= 1
            self.person_free_s[person] = now + op.mount_s
            self.times[op.id] = (now,)
            self.before[job.chosen.machine].append(job)
            self._then(now + op.mount_s)

    def _through_s(self, alternative: Alternative, now: float) -> float:
        """Return when a machine would finish a part mounted now, after everything in its queue."""
        ahead = sum(
            job.chosen.run_s + 2.0 * self.problem.move_s for job in self.before[alternative.machine] if job.chosen
        )
        return max(now, self.machine_free_s[alternative.machine]) + ahead + alternative.run_s

    def _feed(self, machine: str, now: float) -> None:
        """Start the first cut in the queue, if the machine is free."""
        if self.machine_free_s[machine] > now:
            return
        start = now + self.problem.move_s
        mounted = [job for job in self.before[machine] if self._mounted_s(job) <= now]
        for job in sorted(mounted, key=lambda job: self._key(job, now)):
            op, chosen = job.ops[job.at], job.chosen
            if chosen is None or not self._tools_last(chosen, start):
                continue
            self.before[machine].remove(job)
            end = start + chosen.run_s
            self.times[op.id] += (start, end)
            self.machine[op.id] = machine
            self.machine_free_s[machine] = end + self.problem.move_s
            self._then(end + self.problem.move_s)
            self._then(end + self.problem.move_s + op.measure_s, self.cut, job)
            return

    def _mounted_s(self, job: Job) -> float:
        """Return when a part assigned to a person will be mounted."""
        op = job.ops[job.at]
        return self.times[op.id][0] + op.mount_s

    def _tools_last(self, alternative: Alternative, start: float) -> bool:
        """Return whether the tools last for a cut that starts unattended; if so, deduct their use."""
        last = bisect_right(self.shifts[0], (start, math.inf)) - 1
        if last >= 0 and start < self.shifts[0][last][1]:
            return True
        keys = [(alternative.machine, use.tool, last) for use in alternative.tools]
        for key, use in zip(keys, alternative.tools, strict=True):
            if self.used.get(key, 0.0) + use.seconds > self.budgets.get(key[:2], math.inf):
                return False
        for key, use in zip(keys, alternative.tools, strict=True):
            self.used[key] = self.used.get(key, 0.0) + use.seconds
        return True


def shifts_of(problem: ShopProblem) -> list[list[tuple[float, float]]]:
    """Return when each person is there: person k while more than k are present."""
    edges = sorted({edge for w in problem.presence for edge in (w.start_s, w.end_s)})
    shifts: list[list[tuple[float, float]]] = []
    for begin, end in pairwise(edges):
        heads = sum(w.persons for w in problem.presence if w.start_s <= begin and end <= w.end_s)
        shifts.extend([] for _ in range(heads - len(shifts)))
        for spans in shifts[:heads]:
            if spans and spans[-1][1] == begin:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((begin, end))
    return shifts


def jobs_of(problem: ShopProblem) -> list[Job]:
    """Return the parts of a shop in which nothing has started."""
    orders = {order.id: order for order in problem.orders}
    jobs: dict[str, Job] = {}
    for op in problem.operations:
        order = orders[op.order]
        jobs.setdefault(op.serial, Job([], order.due_s, order.weight)).ops.append(op)
    for job in jobs.values():
        job.reckon()
    return list(jobs.values())


def schedule_of(problem: ShopProblem, times: dict[str, tuple[float, ...]], machine: dict[str, str]) -> ShopSchedule:
    """Return mount, start, end, dismount and done of each operation, in the engine's form."""
    assignments = tuple(
        Assignment(op.id, op.serial, op.order, machine[op.id], mount, start, end, dismount, done)
        for op in problem.operations
        for mount, start, end, dismount, done in (times[op.id],)
    )
    done = dict.fromkeys((order.id for order in problem.orders), problem.now_s)
    for a in assignments:
        done[a.order] = max(done[a.order], a.done_s)
    late = {order.id: max(0.0, done[order.id] - order.due_s) for order in problem.orders}
    return ShopSchedule(
        assignments=tuple(sorted(assignments, key=lambda a: a.start_s)),
        maintenance=placed_repairs(problem, {}),
        promises=tuple(Promise(order.id, done[order.id], late[order.id]) for order in problem.orders),
        weighted_tardiness_s=sum(order.weight * late[order.id] for order in problem.orders),
        unattended_s=0.0,
        lower_bound_s=0.0,
        objective=0.0,
        evaluations=0,
    )


def dispatch(
    problem: ShopProblem, rule: Rule, queue: float = math.inf, look_ahead: float = LOOK_AHEADS[1]
) -> ShopSchedule:
    """Return the rule's schedule of a shop without maintenance."""
    shop = Dispatching(problem, rule, queue, look_ahead)
    shop.run()
    return schedule_of(problem, shop.times, shop.machine)


def tuned(problem: ShopProblem) -> ShopSchedule:
    """Return ATC's schedule with the scaling of least planned weighted tardiness."""
    plans = [dispatch(problem, "ATC", look_ahead=look_ahead) for look_ahead in LOOK_AHEADS]
    return min(plans, key=lambda plan: plan.weighted_tardiness_s)
