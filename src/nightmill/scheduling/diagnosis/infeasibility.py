"""Find why a problem has no schedule: the smallest set of contradictory demands, proved by CP-SAT.

The method is that of implicit hitting sets (Ignatiev et al. 2015). It tries the smallest set that hits every correction found
so far: an infeasible set is a smallest conflict, a feasible one yields another correction. In a large shop CP-SAT only checks a
few orders at a time: ``suspects`` proposes them, and a plan shows that all other orders can be made together.
"""

import time
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec

from nightmill.scheduling.diagnosis.energetic_reasoning import suspects
from nightmill.scheduling.diagnosis.relaxation import Demand, can_be_planned, relaxed, said_of
from nightmill.scheduling.problem.calendars import head_counts
from nightmill.scheduling.problem.pallet_loads import has_loads
from nightmill.scheduling.problem.records import ShopOperation, ShopProblem
from nightmill.scheduling.validation.problem_check import check_problem
from nightmill.vocabulary.intervals import complement

OPERATIONS_AT_MOST = 400
"""Maximum number of operations, over all orders with demands, for which CP-SAT is used."""
_BOUND = ("deadline", "made at all")


class Conflict(msgspec.Struct, frozen=True):
    """Demands that no schedule can meet together; dropping any one of them resolves the conflict.

    ``smallest``: no smaller set is contradictory.
    """

    demands: tuple[Demand, ...]
    smallest: bool


def demands_of(problem: ShopProblem) -> tuple[Demand, ...]:
    """All demands that may be dropped to make a problem feasible."""
    return tuple(_demands(problem))


def _demands(problem: ShopProblem) -> Iterator[Demand]:
    made = {op.order for op in problem.operations}
    end = max((w.end_s for w in problem.presence if w.persons > 0), default=problem.now_s)
    for order in problem.orders:
        if order.id in made:
            if order.deadline_s is not None:
                yield Demand("deadline", order.id, f"done by {order.deadline_s:g} s")
            yield Demand("made at all", order.id, f"done before the last person leaves, at {end:g} s")
    for machine in problem.machines:
        if machine.free_from_s > problem.now_s:
            yield Demand("machine not free", machine.id, f"until {machine.free_from_s:g} s")
        for index, window in enumerate(machine.down):
            yield Demand("machine down", machine.id, said_of(index, window))
    yield Demand(
        "presence", "people", "mount and dismount only while people are present, one task per person at a time"
    )
    yield Demand("pallets", "pallets", f"{problem.pallets - problem.pallets_blocked} in use at a time")
    late: dict[str, float] = {}
    for op in problem.operations:
        if op.state == "waiting" and op.release_s > problem.now_s:
            late[op.order] = max(op.release_s, late.get(op.order, 0.0))
    for name, release_s in late.items():
        yield Demand("material", name, f"not available before {release_s:g} s")
    for op in problem.operations:
        if op.state == "waiting" and op.machine and len(op.alternatives) > 1:
            yield Demand("machine", op.id, f"only on {op.machine}")


def find_conflict(problem: ShopProblem, *, seconds: float = 20.0, seed: int = 0) -> Conflict | None:
    """Return the smallest conflicting set of demands; None if there is none, or none is proved within about ``seconds``.

    Also None if loads still have to be formed, since a proof would have to hold for all possible loads. Raises ``BadInput``
    for a problem that contradicts itself.
    """
    check_problem(problem)
    if has_loads(problem):
        return None
    demands = demands_of(problem)
    judge = _Judge(problem, time.monotonic() + seconds, seed)
    irreducible = _irreducible(judge, demands)
    if irreducible is None:
        return None
    corrections = [frozenset([demand]) for demand in irreducible if judge.feasible([d for d in demands if d != demand])]
    while time.monotonic() < judge.until:
        hitting = _smallest_hitting(demands, corrections, seed)
        if len(hitting) >= len(irreducible):
            return Conflict(tuple(irreducible), smallest=True)
        answer = judge.feasible(hitting)
        if answer is None:
            break
        if answer is False:
            return Conflict(tuple(d for d in demands if d in hitting), smallest=True)
        grown = _grown(judge, hitting, [d for d in demands if d not in hitting])
        corrections.append(frozenset(demands) - frozenset(grown))
    return Conflict(tuple(irreducible), smallest=False)


def _irreducible(judge: "_Judge", demands: Sequence[Demand]) -> list[Demand] | None:
    """Return contradictory demands, all of them needed for the contradiction; None if none are found."""
    if judge.small(demands):
        return _reduced(judge, list(demands)) if judge.feasible(demands) is False else None
    fewest: list[Demand] | None = None
    for orders in suspects(judge.problem):
        if time.monotonic() > judge.until or (fewest and len(orders) >= len(fewest)):
            break
        asked = _concerning(judge.problem, demands, orders)
        if judge.small(asked) and judge.feasible(asked) is False:
            found = _reduced(judge, asked)
            if fewest is None or len(found) < len(fewest):
                fewest = found
    return fewest


def _concerning(problem: ShopProblem, demands: Sequence[Demand], orders: Collection[str]) -> list[Demand]:
    """The demands about these orders, their operations and the machines that can do them, and about people and pallets."""
    ops = [op for op in problem.operations if op.order in orders or op.state != "waiting"]
    named = {*orders, *(op.id for op in ops), *(a.machine for op in ops for a in op.alternatives), "people", "pallets"}
    return [d for d in demands if d.subject in named]


def _reduced(judge: "_Judge", demands: list[Demand]) -> list[Demand]:
    """Remove every demand that is not needed for the contradiction, at first many at a time, and return the rest."""
    size = max(1, len(demands) // 2)
    while True:
        at = 0
        while at < len(demands):
            fewer = demands[:at] + demands[at + size :]
            if judge.feasible(fewer) is False:
                demands = fewer
            else:
                at += size
        if size == 1:
            return demands
        size = max(1, size // 2)


def _grown(judge: "_Judge", hitting: Sequence[Demand], rest: Sequence[Demand]) -> list[Demand]:
    """Return demands that can be met together: ``hitting`` plus as many of the ``rest`` as fit, by bisection."""
    grown = list(hitting)
    waiting = [list(rest)]
    while waiting:
        part = waiting.pop()
        if judge.feasible([*grown, *part]):
            grown += part
        elif len(part) > 1:
            half = len(part) // 2
            waiting += [part[half:], part[:half]]
    return grown


def _smallest_hitting(
    demands: Collection[Demand], corrections: Collection[frozenset[Demand]], seed: int
) -> tuple[Demand, ...]:
    """The smallest set of demands that contains one from each correction set."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    taken = {demand: model.new_bool_var("") for demand in demands}
    for correction in corrections:
        model.add_bool_or([taken[demand] for demand in correction])
    model.minimize(sum(taken.values()))
    solver = _solver(5.0, seed)
    solver.solve(model)
    return tuple(demand for demand in demands if solver.value(taken[demand]))


def _solver(seconds: float, seed: int) -> Any:
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(0.01, seconds)
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    return solver


class _Judge:
    """Decides whether some schedule meets a subset of a problem's demands, ignoring tools; each answer is remembered."""

    def __init__(self, problem: ShopProblem, until: float, seed: int) -> None:
        self.problem, self.until, self.seed = problem, until, seed
        self.known: dict[frozenset[Demand], bool | None] = {}

    def small(self, demands: Collection[Demand]) -> bool:
        """Return whether the demands concern few enough operations for CP-SAT."""
        return len(self._asked(demands)) <= OPERATIONS_AT_MOST

    def _asked(self, demands: Collection[Demand]) -> list[ShopOperation]:
        bound = {d.subject for d in demands if d.kind in _BOUND}
        return [op for op in self.problem.operations if op.order in bound or op.state != "waiting"]

    def feasible(self, demands: Collection[Demand]) -> bool | None:
        """Return True, False, or None if the question can't be decided in time."""
        key = frozenset(demands)
        if key not in self.known:
            self.known[key] = self._feasible(demands)
        return self.known[key]

    def _feasible(self, demands: Collection[Demand]) -> bool | None:
        if not any(d.kind in _BOUND for d in demands):
            return True
        seconds = self.until - time.monotonic()
        if seconds <= 0:
            return None
        ops = self._asked(demands)
        if len(ops) > OPERATIONS_AT_MOST:
            return can_be_planned(relaxed(self.problem, demands), self.seed) or None
        return _proved(_Model(self.problem, demands, ops).model, seconds, self.seed)


def _proved(model: Any, seconds: float, seed: int) -> bool | None:
    """Return whether CP-SAT finds a solution or proves that there is none."""
    from ortools.sat.python import cp_model

    solver = _solver(seconds, seed)
    status = solver.solve(model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return True
    return False if status == cp_model.INFEASIBLE else None


class _Model:
    """The problem with some of its demands, in whole seconds; all rounding relaxes it."""

    def __init__(self, problem: ShopProblem, demands: Collection[Demand], ops: list[ShopOperation]) -> None:
        from ortools.sat.python import cp_model

        self.model: Any = cp_model.CpModel()
        self.problem, self.now = problem, int(problem.now_s)
        self.insisted = {(d.kind, d.subject) for d in demands}
        self.windows = {(d.subject, d.detail) for d in demands if d.kind == "machine down"}
        last = max((w.end_s for w in problem.presence if w.persons > 0), default=problem.now_s)
        releases = [op.release_s for op in ops]
        free = [m.free_from_s for m in problem.machines] + [w.end_s for m in problem.machines for w in m.down]
        work = sum(max(a.run_s for a in op.alternatives) + op.mount_s + op.dismount_s + op.measure_s for op in ops)
        self.horizon = int(max(last, problem.now_s, *releases, *free) + 2 * work + 4 * problem.move_s * len(ops)) + 1
        self.end = int(last) + 1
        self.machines: dict[str, list[Any]] = {machine.id: [] for machine in problem.machines}
        self.parts: dict[str, list[int]] = {machine.id: [] for machine in problem.machines}
        self.people: list[Any] = []
        self.holds: list[Any] = []
        self.by_hand = {machine.id for machine in problem.machines if machine.by_hand}
        before: dict[str, Any] = {}
        for op in ops:
            done = self._operation(op, before.get(op.serial))
            before[op.serial] = done
            self._date(op.order, done)
        self._resources()

    def _date(self, order: str, done: Any) -> None:
        record = next(o for o in self.problem.orders if o.id == order)
        if ("deadline", order) in self.insisted and record.deadline_s is not None:
            self.model.add(done <= int(record.deadline_s) + 1)
        if ("made at all", order) in self.insisted:
            self.model.add(done <= self.end)

    def _moment(self, low: int = 0) -> Any:
        return self.model.new_int_var(max(self.now, low), self.horizon, "")

    def _operation(self, op: ShopOperation, before: Any) -> Any:
        """Add the mount, cut and dismount of one operation; returns when the operation is done."""
        model, move = self.model, int(self.problem.move_s)
        mount, start, end, off = self._moment(), self._moment(), self._moment(), self._moment()
        mount_s, off_s, measure = int(op.mount_s), int(op.dismount_s), int(op.measure_s)
        done = model.new_int_var(self.now, self.horizon, "")
        model.add(done == off + off_s)
        if before is not None:
            model.add(mount >= before)
        if op.state == "waiting":
            if ("material", op.order) in self.insisted:
                model.add(mount >= int(op.release_s))
            model.add(start >= mount + mount_s + move)
            if mount_s:
                self.people.append(model.new_fixed_size_interval_var(mount, mount_s, ""))
        else:
            model.add(mount == self.now)
            if op.state == "mounted":
                model.add(start >= self.now + move)
        if op.state == "cut":
            model.add(off >= self.now + measure)
        else:
            self._cut(op, start, end, move)
            model.add(off >= end + move + measure)
        if off_s:
            self.people.append(model.new_fixed_size_interval_var(off, off_s, ""))
        if not any(a.machine in self.by_hand for a in op.alternatives):
            held = self._moment()
            model.add(held == done - mount)
            self.holds.append(model.new_interval_var(mount, held, done, ""))
        return done

    def _cut(self, op: ShopOperation, start: Any, end: Any, move: int) -> None:
        """Choose one of the machines that can do the operation, and occupy it including a move before and after."""
        model = self.model
        only = bool(op.machine) and (
            op.state != "waiting" or ("machine", op.id) in self.insisted or len(op.alternatives) == 1
        )
        chosen = []
        for a in op.alternatives:
            if only and a.machine != op.machine:
                continue
            here, run = model.new_bool_var(""), int(a.run_s)
            chosen.append(here)
            if op.state == "running":
                finish = max(self.now, int((op.started_s or 0.0) + a.run_s))
                model.add(end == finish).only_enforce_if(here)
                model.add(start == self.now)
                taken = model.new_optional_fixed_size_interval_var(self.now, finish + move - self.now, here, "")
            else:
                model.add(end == start + run).only_enforce_if(here)
                arrival = model.new_int_var(self.now - move, self.horizon, "")
                model.add(arrival == start - move)
                taken = model.new_optional_fixed_size_interval_var(arrival, run + 2 * move, here, "")
            self.machines[a.machine].append(taken)
            self.parts[a.machine].append(1 + len(op.together))
        model.add_exactly_one(chosen)

    def _resources(self) -> None:
        model = self.model
        for machine in self.problem.machines:
            busy: list[tuple[float, float]] = []
            if ("machine not free", machine.id) in self.insisted:
                busy.append((self.now, machine.free_from_s))
            for index, w in enumerate(machine.down):
                if (machine.id, said_of(index, w)) in self.windows:
                    busy.append((w.start_s, w.end_s))
            merged: list[tuple[float, float]] = []
            for begin, end in sorted((max(a, self.now), b) for a, b in busy if b > self.now):
                if merged and begin <= merged[-1][1]:
                    merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
                else:
                    merged.append((begin, end))
            running = any(op.state == "running" and op.machine == machine.id for op in self.problem.operations)
            still = (
                []
                if running
                else [model.new_fixed_size_interval_var(int(a) + 1, max(0, int(b) - int(a) - 1), "") for a, b in merged]
            )
            if machine.places == 1:
                model.add_no_overlap(self.machines[machine.id] + still)
            else:
                taken = self.machines[machine.id]
                parts = self.parts[machine.id]
                model.add_cumulative(taken + still, parts + [machine.places] * len(still), machine.places)
        if ("presence", "people") in self.insisted:
            self._people()
        if ("pallets", "pallets") in self.insisted:
            usable = self.problem.pallets - self.problem.pallets_blocked
            model.add_cumulative(self.holds, [1] * len(self.holds), usable)

    def _people(self) -> None:
        """Limit the tasks in progress to the number of people present; no task may span an absence."""
        spans = [(a, b, count) for a, b, count in head_counts(self.problem.presence) if b > self.now]
        most = max((count for _, _, count in spans), default=0)
        filled = [(max(a, self.now), b, most - count) for a, b, count in spans]
        gaps = complement([(a, b) for a, b, _ in spans], self.now, self.horizon)
        filled += [(a, b, most) for a, b in gaps]
        away, demands = [], []
        for a, b, missing in filled:
            begin, length = int(a) + 1, int(b) - int(a) - 1
            if missing > 0 and length > 0:
                away.append(self.model.new_fixed_size_interval_var(begin, length, ""))
                demands.append(missing)
        self.model.add_cumulative(self.people + away, [1] * len(self.people) + demands, max(most, 1) if most else 0)
