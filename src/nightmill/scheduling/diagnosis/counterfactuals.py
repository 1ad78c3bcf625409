"""Explain why an order is late and which changes would have helped: blame from the schedule, counterfactuals by solving again."""

import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec
import numpy as np

from nightmill.scheduling.diagnosis.baseline import as_usual
from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.decode import decode
from nightmill.scheduling.engine.encode import build_memory, known_of
from nightmill.scheduling.engine.repair_timing import begins_in, with_repairs
from nightmill.scheduling.lateness.delay_attribution import Blaming, blame_all
from nightmill.scheduling.lateness.occupancy import (
    ABSENT,
    BUSY_PEOPLE,
    DOWN,
    MATERIAL,
    OWN,
    PALLETS,
    QUEUE,
    ROOM,
    SEQUENCE,
    STOP,
    TOOLS,
)
from nightmill.scheduling.lateness.root_cause import late_material, news_since
from nightmill.scheduling.problem.pallet_loads import planned_loads
from nightmill.scheduling.problem.records import (
    FREE,
    Blame,
    Counterfactual,
    Explanation,
    ShopProblem,
    ShopSchedule,
    Window,
)
from nightmill.scheduling.search.solve import assignments_beside, bare_schedule, plan_in
from nightmill.scheduling.search.warm_start import Places, places_in, take_places
from nightmill.scheduling.validation.problem_check import check_problem
from nightmill.scheduling.validation.schedule_check import rows_of, validate_shop
from nightmill.vocabulary.errors import BadInput, Finding

FIRST = "order first in line"
_ORDINALS = {1: "second", 2: "third"}
Changed = tuple[tuple[str, ...], str, ShopProblem]
Plan = tuple[ShopProblem, ShopSchedule]


class Ground:
    """Data shared by the explanations of a schedule's late orders.

    It shows which order held each resource at what time, and what caused each delay since the promise. ``promised`` and
    ``lived``: see ``Explained``.
    """

    def __init__(
        self, problem: ShopProblem, schedule: ShopSchedule, promised: Plan | None = None, lived: Plan | None = None
    ) -> None:
        self.problem, self.schedule = problem, schedule
        self.known = known_of(problem)
        self.places = places_in(self.known.layout, schedule)
        self.rows = rows_of(problem, schedule)
        self.before = promised or as_usual(problem, schedule)
        self.blaming = Blaming(*(lived or (problem, schedule)), self.before)
        self.news = news_since(problem, self.before[0])
        self.late = {promise.order: promise.late_by_s for promise in schedule.promises}


class Explainer:
    """Explains a late order of a schedule."""

    def __init__(self, ground: Ground, order: str) -> None:
        self.problem, self.schedule, self.order = ground.problem, ground.schedule, order
        self.known, self.places, self.rows = ground.known, ground.places, ground.rows
        self.blame = ground.blaming.of(order)
        self.news = ground.news | late_material(ground.problem, ground.before[0], order)
        self.late = ground.late[order]

    def changes(self) -> list[Changed]:
        """Return the possible changes, starting with those that remove the most blame."""
        heaviest = [blame.cause for blame in self.blame]
        return sorted(
            _changes(self.problem, self.schedule, self.order),
            key=lambda change: min((heaviest.index(c) for c in change[0] if c in heaviest), default=len(heaviest)),
        )

    def tried(self, change: Changed) -> Counterfactual | None:
        """Solve the schedule again under a change and validate it; None if the order isn't less late.

        At first only this order is rescheduled, and all other orders stay exactly where they are. If it is still late,
        all orders are rescheduled in the same sequence, and the result with the earlier completion is used. The
        validator then checks the schedule in the changed shop.
        """
        _, name, altered = change
        solved = self._again(altered, first=name == FIRST)
        if solved is None:
            return None
        late = next(p.late_by_s for p in solved.promises if p.order == self.order)
        return Counterfactual(name, late, verified=not validate_shop(altered, solved, self.rows))

    def blamed(self, answers: Sequence[tuple[tuple[str, ...], Counterfactual]]) -> tuple[Blame, ...]:
        """Return the blame, corrected by the results of the counterfactuals.

        If undoing a change since the promise saves a number of seconds, that change is blamed for at least as many
        seconds. This is needed because a cause that acts through other machines and parts leaves little trace on the
        order's own route.
        """
        least: dict[str, float] = {}
        for causes, answer in answers:
            for cause in set(causes) & self.news:
                if answer.verified:
                    least[cause] = max(least.get(cause, 0.0), self.late - answer.late_by_s)
        shares = {blame.cause: blame.seconds for blame in self.blame}
        proved = {cause: max(seconds, shares.get(cause, 0.0)) for cause, seconds in least.items()}
        scale = min(1.0, self.late / sum(proved.values())) if proved else 1.0
        proved = {cause: seconds * scale for cause, seconds in proved.items()}
        rest = {cause: seconds for cause, seconds in shares.items() if cause not in proved}
        total = sum(rest.values())
        left = max(0.0, self.late - sum(proved.values())) / total if total > 0 else 0.0
        told = proved | {cause: seconds * left for cause, seconds in rest.items()}
        if total <= 0 and proved:
            told = {cause: seconds * self.late / sum(proved.values()) for cause, seconds in proved.items()}
        ordered = sorted(told.items(), key=lambda item: -item[1])
        return tuple(Blame(cause, seconds) for cause, seconds in ordered if seconds > 0)

    def _again(self, altered: ShopProblem, *, first: bool) -> ShopSchedule | None:
        """Return a schedule of the changed shop that completes the order sooner; None if neither way of placing it helps."""
        memory, layout = build_memory(altered, FREE, None, known := known_of(altered, self.known))
        row = known.names.orders[self.order]
        due_s, own = float(memory.order_s[row, s.DUE]), memory.op_code[:, s.ORDER] == row
        free = own & (memory.op_code[:, s.STATE] == s.WAITING)
        times, machine = self.places.times.copy(), self.places.machine.copy()
        times[free], machine[free] = s.FAR, -1
        take_places(memory, altered, Places(times, machine, self.places.stops))
        soonest = s.FAR if memory.times[:, s.DONE].max() >= s.FAR else float(memory.order_done[row])
        if soonest > due_s:
            f, n = memory.f.copy(), memory.n.copy()
            anew = plan_in(memory, self.places)
            anew.choice[own] = -1
            if first:
                later = ~own[memory.serial_first[anew.sequence]]
                anew.sequence = anew.sequence[np.argsort(later, kind="stable")]
            decode(memory.f, memory.n, *anew.parts())
            if memory.order_done[row] >= soonest or memory.times[:, s.DONE].max() >= s.FAR:
                memory.f[:], memory.n[:] = f, n
            else:
                soonest = float(memory.order_done[row])
        if soonest - due_s >= self.late:
            return None
        rows = assignments_beside(memory, layout, self.places)
        return bare_schedule(altered, memory, layout, 2, bounded=False, rows=rows)


def _changes(problem: ShopProblem, schedule: ShopSchedule, order: str) -> Iterator[Changed]:
    """Return each change that a person could make, with the causes it removes, its name and the changed problem."""
    replace = msgspec.structs.replace
    if any(op.order == order and op.release_s > problem.now_s for op in problem.operations):
        ops = tuple(replace(o, release_s=problem.now_s) if o.order == order else o for o in problem.operations)
        yield (MATERIAL,), "material available now", replace(problem, operations=ops)
    if any(machine.down for machine in problem.machines):
        machines = tuple(replace(m, down=()) for m in problem.machines)
        yield (DOWN,), "no machine down", replace(problem, machines=machines)
    if problem.maintenance:
        yield (STOP,), "no maintenance in the period", replace(problem, maintenance=())
    if problem.tool_budgets:
        yield (TOOLS,), "tools that last every night", replace(problem, tool_budgets=())
    yield (PALLETS,), "four more pallets", replace(problem, pallets=problem.pallets + 4)
    narrow = {m.id: m.buffer for m in problem.machines if m.buffer is not None}
    for name in sorted({a.machine for a in schedule.assignments if a.order == order} & narrow.keys()):
        wider = tuple(replace(m, buffer=narrow[name] + 2) if m.id == name else m for m in problem.machines)
        yield (ROOM,), f"two more buffer places after {name}", replace(problem, machines=wider)
    presence = longer_shifts(problem.presence, 7200.0)
    yield (ABSENT,), "every shift two hours longer", replace(problem, presence=presence)
    presence = tuple(replace(w, persons=w.persons + 1) for w in problem.presence)
    yield (BUSY_PEOPLE,), "one more person in every shift", replace(problem, presence=presence)
    yield (QUEUE, OWN, SEQUENCE), FIRST, problem
    machine = _busiest(schedule, order)
    if machine:
        yield (QUEUE, OWN), f"a second {machine}", second_machine(problem, machine)


def longer_shifts(presence: tuple[Window, ...], seconds: float) -> tuple[Window, ...]:
    """Extend the end of each window, at most to the start of the next."""
    ordered = sorted(presence, key=lambda w: w.start_s)
    later = [w.start_s for w in ordered[1:]] + [float("inf")]
    return tuple(
        msgspec.structs.replace(w, end_s=max(w.end_s, min(w.end_s + seconds, following)))
        for w, following in zip(ordered, later, strict=True)
    )


def second_machine(problem: ShopProblem, machine: str) -> ShopProblem:
    """Return the problem with a copy of ``machine`` added, which is free now and has the same capabilities."""
    replace = msgspec.structs.replace
    names = {m.id for m in problem.machines}
    name = next(n for k in range(1, len(names) + 2) if (n := f"{machine} ({_ORDINALS.get(k, k + 1)})") not in names)
    original = next(m for m in problem.machines if m.id == machine)
    ops = tuple(
        replace(op, alternatives=(*op.alternatives, *(replace(a, machine=name) for a in can)))
        if (can := [a for a in op.alternatives if a.machine == machine])
        else op
        for op in problem.operations
    )
    added = replace(original, id=name, free_from_s=problem.now_s, down=())
    budgets = tuple(replace(b, machine=name) for b in problem.tool_budgets if b.machine == machine)
    # on a machine loaded by hand, a part occupies the machine for as long as it occupies its fixture
    held = {op.fixture for op in ops if original.by_hand and any(a.machine == machine for a in op.alternatives)}
    return replace(
        problem,
        machines=(*problem.machines, added),
        operations=ops,
        tool_budgets=problem.tool_budgets + budgets,
        fixtures=tuple(replace(f, count=f.count + (f.id in held)) for f in problem.fixtures),
    )


def _busiest(schedule: ShopSchedule, order: str) -> str:
    """Return the machine with the longest cutting time for the order."""
    spent: dict[str, float] = {}
    for a in schedule.assignments:
        if a.order == order:
            spent[a.machine] = spent.get(a.machine, 0.0) + a.end_s - a.start_s
    return max(spent, key=lambda name: (spent[name], name)) if spent else ""


class Explained:
    """Explains why orders of a schedule are late, one order per call of ``of``; shared data is read once, on the first call.

    ``promised``: the shop and the plan on which the promises were based; changes since then are blamed first. ``lived``: the
    shop since the promise, with the work done and the work planned. Blame is read from this shop if some of an order's work
    lies in the past; a completed order is explained from it alone.
    """

    def __init__(
        self, problem: ShopProblem, schedule: ShopSchedule, promised: Plan | None = None, lived: Plan | None = None
    ) -> None:
        self.problem, self.schedule, self.promised, self.lived = problem, schedule, promised, lived
        self.promises = {promise.order: promise for promise in schedule.promises}

    @cached_property
    def ground(self) -> Ground:
        """Shared data, read once. Raises ``BadInput`` for a problem that contradicts itself or has nothing to schedule."""
        check_problem(self.problem)
        if not self.problem.operations:
            raise BadInput(
                Finding("operations", "", "none", "at least one", "Give the shop for which the plan was made.")
            )
        problem = planned_loads(with_repairs(self.problem, begins_in(self.problem, self.schedule)), self.schedule)
        promised = (planned_loads(*self.promised), self.promised[1]) if self.promised else None
        return Ground(problem, self.schedule, promised, self.lived)

    def late(self) -> tuple[str, ...]:
        """The late orders of the schedule, starting with the latest."""
        found = [promise for promise in self.promises.values() if promise.late_by_s > 0]
        return tuple(promise.order for promise in sorted(found, key=lambda promise: -promise.late_by_s))

    def of(self, order: str) -> Explanation:
        """Blame and counterfactuals for one order, the most helpful first; both empty if the order isn't late.

        Raises ``BadInput`` for an order that is not in the schedule, and whenever ``ground`` does.
        """
        promise = self.promises.get(order)
        if promise is None and self.lived is not None:
            promise = next((p for p in self.lived[1].promises if p.order == order), None)
            if promise is not None:
                blame = blame_all(*self.lived, self.promised, only=order).get(order, ())
                return Explanation(order, promise.late_by_s, blame, ())
        if promise is None:
            known = ", ".join(itertools.islice(self.promises, 5))
            raise BadInput(Finding("orders", order, "an unknown order", f"one of {known}", "Give an open order."))
        if promise.late_by_s <= 0:
            return Explanation(order, 0.0, (), ())
        explainer = Explainer(self.ground, order)
        answers = [(change[0], found) for change in explainer.changes() if (found := explainer.tried(change))]
        blame = explainer.blamed(answers) if self.lived is None else explainer.blame
        told = tuple(sorted((answer for _, answer in answers), key=lambda answer: answer.late_by_s))
        return Explanation(order, promise.late_by_s, blame, told)
