"""A night shop in PyJobShop (MIT, ``bench`` extra), as fully as it can model it.

Each operation consists of four tasks: mount and dismount by people, whose breaks are the times when nobody is present;
the cut on one of its machines, with a robot move before and after; and a pallet held from the first task to the last (a
task that may idle). Tool life over the night isn't modelled. Time is in minutes from now, rounded up. The solver starts
from the better of the EDD and ATC schedules, without symmetry detection, which would take too long; with this help it
always finds a schedule.
"""

import math
from itertools import pairwise
from typing import Any

import msgspec
from night_dispatch import dispatch, schedule_of, shifts_of
from pyjobshop import Model, Solution
from pyjobshop.Solution import ScheduledTask

from nightmill.scheduling.engine.repair_timing import with_repairs
from nightmill.scheduling.problem.records import Assignment, ShopOperation, ShopProblem, ShopSchedule, Window

MINUTE = 60.0


def minutes(seconds: float) -> int:
    """Return the seconds as minutes, rounded up."""
    return math.ceil(seconds / MINUTE - 1e-9)


class Peer:
    """The model of a shop, with times in whole minutes from 0 on."""

    def __init__(self, problem: ShopProblem) -> None:
        self.problem, self.model = problem, Model()
        self.modes: list[tuple[str, list[int]]] = []
        self.move = minutes(problem.move_s)
        shifts = shifts_of(problem)
        edges = [0, *(minutes(edge) for shift in shifts[0] for edge in shift)]
        breaks = [(begin, end) for begin, end in list(pairwise(edges))[::2] if begin < end]
        self.people = self.model.add_renewable(len(shifts), breaks)
        self.pallets = self.model.add_renewable(problem.pallets - problem.pallets_blocked)
        self.machines, self.place = {}, {}
        for number, machine in enumerate(problem.machines):
            busy = [(0, minutes(machine.free_from_s))] if machine.free_from_s > 0.0 else []
            self.machines[machine.id] = self.model.add_machine(busy)
            self.place[machine.id] = 2 + number
        jobs = {
            o.id: self.model.add_job(weight=round(o.weight), due_date=minutes(max(0.0, o.due_s)))
            for o in problem.orders
        }
        last: dict[str, Any] = {}
        for op in problem.operations:
            last[op.serial] = self._add(op, jobs[op.order], last.get(op.serial))
        self.model.set_objective(weight_total_tardiness=1)

    def _add(self, op: ShopOperation, job: Any, before: Any) -> Any:
        """Add the four tasks of an operation, after the last of the previous one; return its dismount."""
        model, waits, runs = self.model, op.state == "waiting", op.state == "running"
        mount = model.add_task(job=job, earliest_start=minutes(op.release_s), **({} if waits else {"latest_start": 0}))
        cut = model.add_task(job=job, **({"latest_start": 0} if op.state in ("running", "cut") else {}))
        dismount, held = model.add_task(job=job), model.add_task(job=job, allow_idle=True)
        self._mode(mount, "people" if waits else "", minutes(op.mount_s) if waits else 0)
        for alternative in allowed(op):
            self._mode(cut, "" if op.state == "cut" else alternative.machine, self.cut(op, alternative.run_s))
        self._mode(dismount, "people", minutes(op.dismount_s))
        self._mode(held, "pallets", self.shortest(op))
        if not runs:
            model.add_end_before_start(mount, cut)
        model.add_end_before_start(cut, dismount, delay=minutes(op.measure_s))
        model.add_start_at_start(mount, held)
        model.add_end_at_end(dismount, held)
        if before is not None:
            model.add_end_before_start(before, mount)
        return dismount

    def _mode(self, task: Any, on: str, length: int) -> None:
        """Add a mode (one way of doing a task): on a machine, by people, holding a pallet, or without any resource."""
        if on in self.machines:
            self.model.add_mode(task, self.machines[on], length)
        else:
            self.model.add_mode(task, self.people if on == "people" else self.pallets, length, 1 if on else 0)
        self.modes.append((on, [self.place.get(on, 0 if on == "people" else 1)]))

    def cut(self, op: ShopOperation, run_s: float) -> int:
        """Return how long an alternative occupies its machine; for a running cut, from now on."""
        if op.state == "running":
            return minutes(max(0.0, (op.started_s or 0.0) + run_s)) + self.move
        return 0 if op.state == "cut" else minutes(run_s) + 2 * self.move

    def shortest(self, op: ShopOperation) -> int:
        """Return the shortest time for which an operation can hold a pallet."""
        hands = minutes(op.measure_s) + minutes(op.dismount_s) + (minutes(op.mount_s) if op.state == "waiting" else 0)
        return hands + min(self.cut(op, a.run_s) for a in allowed(op))

    def hint(self, schedule: ShopSchedule) -> Solution:
        """Return a schedule of the shop in the solver's form."""
        known = {a.operation: a for a in schedule.assignments}
        tasks: list[ScheduledTask] = []
        mode = 0
        for op in self.problem.operations:
            names = [alternative.machine for alternative in allowed(op)]
            spans = self._spans(op, known[op.id])
            idle = spans[3][1] - spans[3][0] - self.shortest(op)
            after = mode + 1 + len(names)
            taken = (mode, mode + 1 + names.index(known[op.id].machine), after, after + 1)
            for k, (which, (begin, end)) in enumerate(zip(taken, spans, strict=True)):
                tasks.append(ScheduledTask(which, self.modes[which][1], begin, end, idle if k == 3 else 0))
            mode = after + 2
        return Solution(self.model.data(), tasks)

    def _spans(self, op: ShopOperation, a: Assignment) -> tuple[tuple[int, int], ...]:
        """Return the spans of mount, of the cut with its moves, of dismount, and of the pallet."""
        mount, done = (minutes(a.mount_s) if op.state == "waiting" else 0), minutes(a.done_s)
        cut = 0 if op.state in ("running", "cut") else minutes(a.start_s) - self.move
        run_s = next(each.run_s for each in allowed(op) if each.machine == a.machine)
        mounted = mount + (minutes(op.mount_s) if op.state == "waiting" else 0)
        return (mount, mounted), (cut, cut + self.cut(op, run_s)), (minutes(a.dismount_s), done), (mount, done)


def allowed(op: ShopOperation) -> list[Any]:
    """Return the alternatives of an operation that are still possible."""
    return [a for a in op.alternatives if op.machine in ("", a.machine)]


def in_minutes(problem: ShopProblem) -> ShopProblem:
    """Return the shop in whole minutes from now on: work and releases rounded up, presence rounded inwards."""
    replace, now = msgspec.structs.replace, problem.now_s

    def later(at_s: float) -> float:
        return MINUTE * minutes(at_s - now)

    operations = tuple(
        replace(
            op,
            release_s=max(0.0, later(op.release_s)),
            started_s=None if op.started_s is None else later(op.started_s),
            alternatives=tuple(replace(a, run_s=MINUTE * minutes(a.run_s)) for a in op.alternatives),
        )
        for op in problem.operations
    )
    presence = [
        (max(0.0, later(w.start_s)), MINUTE * math.floor((w.end_s - now) / MINUTE), w.persons) for w in problem.presence
    ]
    return replace(
        problem,
        now_s=0.0,
        operations=operations,
        machines=tuple(replace(m, free_from_s=max(0.0, later(m.free_from_s))) for m in problem.machines),
        orders=tuple(replace(o, due_s=o.due_s - now) for o in problem.orders),
        presence=tuple(Window(begin, end, persons) for begin, end, persons in presence if begin < end),
    )


def plan(problem: ShopProblem, seconds: float, workers: int) -> ShopSchedule | None:
    """Return the schedule with the least weighted tardiness found in ``seconds``; None if none is found."""
    coarse = in_minutes(with_repairs(problem))
    peer = Peer(coarse)
    start = min((dispatch(coarse, rule) for rule in ("EDD", "ATC")), key=lambda s: s.weighted_tardiness_s)
    best = peer.model.solve(
        time_limit=seconds, num_workers=workers, display=False, initial_solution=peer.hint(start), symmetry_level=0
    ).best
    if best is None or not best.tasks:
        return None
    now = problem.now_s
    times: dict[str, tuple[float, ...]] = {}
    machine: dict[str, str] = {}
    for k, op in enumerate(problem.operations):
        mount, cut, dismount = best.tasks[4 * k : 4 * k + 3]
        machine[op.id] = peer.modes[cut.mode][0] or allowed(op)[0].machine
        run_s = next(a.run_s for a in op.alternatives if a.machine == machine[op.id])
        start_s = now + MINUTE * cut.start + problem.move_s
        end_s = start_s + run_s
        if op.state == "running" and op.started_s is not None:
            start_s, end_s = op.started_s, max(now, op.started_s + run_s)
        elif op.state == "cut":
            start_s = end_s = now
        off_s = now + MINUTE * dismount.start
        times[op.id] = (min(now + MINUTE * mount.start, start_s), start_s, end_s, off_s, off_s + op.dismount_s)
    return schedule_of(problem, times, machine)
