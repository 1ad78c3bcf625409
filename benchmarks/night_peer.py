"""A night shop in PyJobShop (MIT, ``bench`` extra), as fully as it can say it.

Each operation is four tasks: mount and dismount by people, whose breaks are the times when nobody is there, the cut on one
of its machines with a robot move before and after, and a pallet held from first to last (a task that may idle). Not said:
tools that must last the night. Time is in minutes, rounded up. It starts from the better of EDD and ATC dispatching,
without which it found no schedule of a hundred operations in a minute.
"""

import math
from importlib.metadata import version

import msgspec
from night_dispatch import dispatch, schedule_of, shifts_of
from pyjobshop import Model, Solution
from pyjobshop.Solution import ScheduledTask

from nightmill.schedule.records import Assignment, ShopOperation, ShopProblem, ShopSchedule

NAME = f"PyJobShop {version('pyjobshop')} / OR-Tools {version('ortools')}"
MINUTE = 60.0


def minutes(seconds: float) -> int:
    """Whole minutes that are enough."""
    return math.ceil(seconds / MINUTE - 1e-9)


class Peer:
    """The model of a shop whose times are whole minutes."""

    def __init__(self, problem: ShopProblem) -> None:
        self.problem, self.model = problem, Model()
        self.modes: list[tuple[str, list[int]]] = []
        self.move = minutes(problem.move_s)
        shifts = shifts_of(problem)
        edges = [0, *(minutes(edge) for shift in shifts[0] for edge in shift)]
        breaks = [(begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=False) if begin < end]
        self.people = self.model.add_renewable(len(shifts), breaks)
        self.pallets = self.model.add_renewable(problem.pallets - problem.pallets_blocked)
        self.machines = {machine.id: self.model.add_machine() for machine in problem.machines}
        self.place = {machine.id: 2 + k for k, machine in enumerate(problem.machines)}
        jobs = {o.id: self.model.add_job(weight=round(o.weight), due_date=minutes(o.due_s)) for o in problem.orders}
        last: dict[str, object] = {}
        for op in problem.operations:
            dismount = self._add(op, jobs[op.order], last.get(op.serial))
            last[op.serial] = dismount
        self.model.set_objective(weight_total_tardiness=1)

    def _add(self, op: ShopOperation, job: object, before: object) -> object:
        """The four tasks of an operation, after the last of the one before it; its dismount."""
        model = self.model
        mount = model.add_task(job=job, earliest_start=minutes(op.release_s))
        cut, dismount = model.add_task(job=job), model.add_task(job=job)
        held = model.add_task(job=job, allow_idle=True)
        self._mode(mount, self.people, minutes(op.mount_s), "", 0)
        for alternative in op.alternatives:
            name = alternative.machine
            length = 2 * self.move + minutes(alternative.run_s)
            self._mode(cut, self.machines[name], length, name, self.place[name])
        self._mode(dismount, self.people, minutes(op.dismount_s), "", 0)
        self._mode(held, self.pallets, shortest(op, self.move), "", 1)
        model.add_end_before_start(mount, cut)
        model.add_end_before_start(cut, dismount, delay=minutes(op.measure_s))
        model.add_start_at_start(mount, held)
        model.add_end_at_end(dismount, held)
        if before is not None:
            model.add_end_before_start(before, mount)
        return dismount

    def _mode(self, task: object, resource: object, length: int, machine: str, place: int) -> None:
        self.model.add_mode(task, resource, length, 0 if machine else 1)
        self.modes.append((machine, [place]))

    def hint(self, schedule: ShopSchedule) -> Solution:
        """A schedule of the shop as the solver's own record."""
        known = {a.operation: a for a in schedule.assignments}
        tasks: list[ScheduledTask] = []
        mode = 0
        for op in self.problem.operations:
            a = known[op.id]
            names = [alternative.machine for alternative in op.alternatives]
            spans = self._spans(a)
            idle = spans[3][1] - spans[3][0] - shortest(op, self.move)
            taken = (mode, mode + 1 + names.index(a.machine), mode + 1 + len(names), mode + 2 + len(names))
            tasks += [
                ScheduledTask(which, self.modes[which][1], begin, end, idle if k == 3 else 0)
                for k, (which, (begin, end)) in enumerate(zip(taken, spans, strict=True))
            ]
            mode = taken[3] + 1
        return Solution(self.model.data(), tasks)

    def _spans(self, a: Assignment) -> tuple[tuple[int, int], ...]:
        """Mount, cut with its moves, dismount, and the pallet's hold."""
        op = next(op for op in self.problem.operations if op.id == a.operation)
        mount, done = minutes(a.mount_s), minutes(a.done_s)
        cut = minutes(a.start_s) - self.move, minutes(a.end_s) + self.move
        return (mount, mount + minutes(op.mount_s)), cut, (minutes(a.dismount_s), done), (mount, done)


def shortest(op: ShopOperation, move: int) -> int:
    """The least time that an operation holds a pallet."""
    hands = minutes(op.mount_s) + minutes(op.measure_s) + minutes(op.dismount_s)
    return hands + 2 * move + min(minutes(a.run_s) for a in op.alternatives)


def in_minutes(problem: ShopProblem) -> ShopProblem:
    """The shop with its cutting times and releases rounded up to minutes."""
    replace = msgspec.structs.replace
    operations = tuple(
        replace(
            op,
            release_s=MINUTE * minutes(op.release_s),
            alternatives=tuple(replace(a, run_s=MINUTE * minutes(a.run_s)) for a in op.alternatives),
        )
        for op in problem.operations
    )
    return replace(problem, operations=operations)


def plan(problem: ShopProblem, seconds: float, workers: int) -> ShopSchedule | None:
    """Its schedule of least weighted tardiness after ``seconds`` of solving; None where it finds none."""
    coarse = in_minutes(problem)
    peer = Peer(coarse)
    start = min((dispatch(coarse, rule) for rule in ("EDD", "ATC")), key=lambda s: s.weighted_tardiness_s)
    hint = peer.hint(start)
    best = peer.model.solve(time_limit=seconds, num_workers=workers, display=False, initial_solution=hint).best
    if best is None or not best.tasks:
        return None
    times: dict[str, tuple[float, ...]] = {}
    machine: dict[str, str] = {}
    for k, op in enumerate(problem.operations):
        mount, cut, dismount = best.tasks[4 * k : 4 * k + 3]
        machine[op.id] = peer.modes[cut.mode][0]
        start_s = MINUTE * cut.start + problem.move_s
        end_s = start_s + next(a.run_s for a in op.alternatives if a.machine == machine[op.id])
        off_s = MINUTE * dismount.start
        times[op.id] = (MINUTE * mount.start, start_s, end_s, off_s, off_s + op.dismount_s)
    return schedule_of(problem, times, machine)
