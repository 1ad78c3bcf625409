"""Replanning within a replication, as the floor does it: when an event invalidates the plan in force, or when the plan is old.

The state of the replication's shop becomes a scheduling problem. The plan that the floor's own planner makes for it puts every
queue in a new order, and parts waiting in the pool may get another machine.
"""

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from copy import copy
from statistics import NormalDist

import msgspec

from nightmill.scheduling import records as scheduling
from nightmill.simulation.cell.entities import SLACK_S, STOPPED, Mill, Part
from nightmill.simulation.cell.model import Step
from nightmill.simulation.cell.tooling import EdgeKeeping
from nightmill.simulation.cell.transport import LOOK
from nightmill.simulation.cell.uncertainty import Drawn
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.ids import scheduled_id

PRESENCE_S = 60 * 86400.0
"""How far ahead a plan knows the attendance; work that can't be finished by then isn't planned."""

TENTH = NormalDist().inv_cdf(0.9)
"""Quantile of the standard normal distribution that is exceeded in one case in ten."""

Planned = tuple[int, Step]
"""A part and one of its steps."""


class PlanningAnew(EdgeKeeping, ABC):
    """The part of a replication that makes plans."""

    laws: list[Drawn]
    to_mount: list[tuple[float, int]]
    plan_wanted: bool
    planned_s: float
    to_repair: deque[int]
    in_force: scheduling.ShopSchedule

    @abstractmethod
    def _place(self, part: Part) -> None:
        """Give the part's step its places in the queues."""

    @abstractmethod
    def _push(self, at: float, kind: int, one: int, person: int = -1) -> None:
        """Put an event into the queue."""

    def _own_steps(self) -> None:
        """Give each part its own copy of the steps, since each replication makes its own plans."""
        for part in self.parts:
            own = {id(step): copy(step) for step in (*part.serial.remake, *part.serial.steps)}
            part.steps = [own[id(step)] for step in part.serial.steps]
            part.remake = [own[id(step)] for step in part.serial.remake]

    def _plan_anew(self, at: float) -> None:
        """Replan with the knowledge at ``at``, if there is a reason; if no plan is possible, the current plan stays in force."""
        habits = self.model.habits
        if habits.planner is None or (not self.plan_wanted and at < self.planned_s + habits.anew_s - SLACK_S):
            return
        self.plan_wanted, self.planned_s = False, at
        # the real floor keeps planning even when nothing happens, so a weekend amounts to a long search
        self._push(at + habits.anew_s, LOOK, 0)
        known = dict(self._known(at))
        if not known:
            return
        try:
            problem = self._problem(at, known)
            plan = habits.planner(problem, self.in_force)
        except BadInput:  # every pallet carries a part that must be dismounted first
            return
        self.in_force = _still_to_begin(plan, problem)
        self._put_off_repairs(at, plan)
        self._take_over(plan, known)

    def _known(self, at: float) -> Iterator[tuple[str, Planned]]:
        """Return the open steps of the orders received so far, by their names in the plan."""
        for index, part in enumerate(self.parts):
            if not math.isinf(part.done_s) or part.spoilt or self._has_its_word(part):
                continue
            order = self.model.orders[part.serial.order]
            if (
                part.steps[0].release_s > at + SLACK_S
                and order not in self.model.habits.received
                and not part.serial.begun
            ):
                continue
            for step in part.steps[part.position :]:
                yield scheduled_id(part.serial.name, step.operation), (index, step)

    @staticmethod
    def _has_its_word(part: Part) -> bool:
        """Return whether the part is cut and has passed its stations, so that the floor's plans already treat its pallet as free."""
        return part.stage == "cut" and not part.visits and part.position + 1 == len(part.steps)

    def _problem(self, at: float, known: dict[str, Planned]) -> scheduling.ShopProblem:
        """Return the shop of the replication as the planner sees it."""
        problem, wanted = self.model.problem, {self.parts[index].serial.order for index, _ in known.values()}
        presence = tuple(w for w in problem.presence if w.end_s > at and w.start_s < at + PRESENCE_S)
        for mill in self.mills:
            back_s = self._back_s(at, mill)
            if back_s > at:
                presence = scheduling.with_one_away(presence, at, back_s)
        names = {self.model.orders[number] for number in wanted}
        return msgspec.structs.replace(
            problem,
            now_s=at,
            horizon_s=max(problem.horizon_s, at + 1.0),
            machines=tuple(
                self._machine(at, mill, kept) for mill, kept in zip(self.mills, problem.machines, strict=True)
            ),
            operations=tuple(self._operation(name, *planned) for name, planned in known.items()),
            orders=tuple(order for order in problem.orders if order.id in names),
            presence=presence,
            maintenance=(),
            repairs=tuple(self._placed_repair(mill) for mill in self.mills if self._may_be_put_off(at, mill)),
            tool_budgets=(),
        )

    def _machine(self, at: float, mill: Mill, kept: scheduling.ShopMachine) -> scheduling.ShopMachine:
        free_s = max(self.model.free_from_s[mill.index], self._back_s(at, mill))
        unloaded_s = None if math.isinf(mill.unloaded_s) else mill.unloaded_s
        return msgspec.structs.replace(kept, free_from_s=free_s, family=mill.family, unloaded_s=unloaded_s)

    def _back_s(self, at: float, mill: Mill) -> float:
        """Return when a broken machine will be running again if its repair takes the usual time; ``at`` if it needs nobody."""
        if mill.down:
            return at if self._may_be_put_off(at, mill) else self.model.worked_by_s(at, self._usual_s(mill))
        return self.model.worked_by_s(at, self.model.habits.care_s) if mill.part == STOPPED else at

    def _usual_s(self, mill: Mill) -> float:
        return 3600.0 * math.exp(self.laws[mill.index].log_repair_h)

    def _may_be_put_off(self, at: float, mill: Mill) -> bool:
        """Return whether the plan decides when the machine's repair starts: it hasn't started, and the machine hasn't
        been down for long.
        """
        return mill.down and not mill.repair_begun and at - mill.failed_s < self.model.habits.repair_within_s

    def _placed_repair(self, mill: Mill) -> scheduling.Repair:
        usual_s, sd = self._usual_s(mill), self.laws[mill.index].repair_sd
        return scheduling.Repair(self.model.machines[mill.index], usual_s, usual_s * math.exp(TENTH * sd))

    def _put_off_repairs(self, at: float, plan: scheduling.ShopSchedule) -> None:
        """Let repairs start when planned; repairs without a later planned start can start at once."""
        begins = {stop.machine: stop.start_s for stop in plan.maintenance}
        for mill in self.mills:
            if mill.down and not mill.repair_begun:
                mill.repair_from_s = begins.get(self.model.machines[mill.index], at)
                if mill.repair_from_s > at:
                    self._push(mill.repair_from_s, LOOK, mill.index)

    def _operation(self, name: str, index: int, step: Step) -> scheduling.ShopOperation:
        part = self.parts[index]
        state: scheduling.OperationState = part.stage if step is part.step() else "waiting"
        inside = state in {"running", "cut"} or (state == "mounted" and self.mills[part.machine].part == index)
        return msgspec.structs.replace(
            step.planned,
            id=name,
            serial=part.serial.name,
            state=state,
            machine=self.model.machines[part.machine] if inside else "",
            started_s=part.cut_began_s if state == "running" else None,
        )

    def _take_over(self, plan: scheduling.ShopSchedule, known: dict[str, Planned]) -> None:
        """Order all queues by the plan, and send parts waiting in the pool to their planned machines.

        Work that isn't in the plan, because the attendance at that time isn't known yet, comes last in its old order.
        """
        numbers = {name: k for k, name in enumerate(self.model.machines)}
        rows = sorted(plan.assignments, key=lambda row: (row.start_s, row.machine, row.operation))
        self.lines = [[] for _ in self.mills]
        for rank, row in enumerate(rows, 1):
            index, step = known[row.operation]
            step.rank, step.machine, step.start_s = rank, numbers[row.machine], row.start_s
            if step is not self.parts[index].step() or self.parts[index].stage in {"waiting", "mounted"}:
                self.lines[step.machine].append(step)
        for rank, row in enumerate(sorted(rows, key=lambda row: row.mount_s), 1):
            known[row.operation][1].mount_rank = rank
        planned = {row.operation for row in rows}
        later = sorted((step for name, (_, step) in known.items() if name not in planned), key=lambda step: step.rank)
        for rank, step in enumerate(later, len(rows) + 1):
            step.rank = step.mount_rank = rank
        for index in {index for index, _ in known.values()}:
            self._place(self.parts[index])
        self.to_mount[:] = sorted((self.parts[index].mount_rank, index) for _, index in self.to_mount)
        pooled = [index for mill in self.mills for _, index in mill.pool]
        for mill in self.mills:
            mill.pool.clear()
            mill.line_at, mill.looked_s = 0, -math.inf
        for index in pooled:
            part = self.parts[index]
            part.machine = part.step().machine
            self.mills[part.machine].pool.append((part.rank, index))
        for mill in self.mills:
            mill.pool.sort()


def _still_to_begin(plan: scheduling.ShopSchedule, problem: scheduling.ShopProblem) -> scheduling.ShopSchedule:
    """Return the plan without operations that were being cut, or were cut, when it was made: the floor publishes only cuts
    still to start.
    """
    ahead = {each.id for each in problem.operations if each.state in {"waiting", "mounted"}}
    return msgspec.structs.replace(plan, assignments=tuple(row for row in plan.assignments if row.operation in ahead))
