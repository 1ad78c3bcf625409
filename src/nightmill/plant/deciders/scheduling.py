"""The schedule in the loop: turn the state of the shop into a problem, solve it, publish it, promise dates.

A new schedule is made after any event that invalidates the schedule in force: an order, a breakdown, scrap, a hold,
a delivery, a planned stop, or work that departs too far from its planned times.
"""

from collections.abc import Iterable
from functools import partial

import msgspec

from nightmill.floor import ShopState, presence_windows
from nightmill.plant.deciders.maintenance import MaintenanceDecider
from nightmill.plant.shop_schedule.plan_in_force import LATER, WEIGHTS, Reached, loop_plan, reached
from nightmill.plant.shop_schedule.problem import shop_problem
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.shop_state.decider_memory import Remembering
from nightmill.plant.views.event_text import sentence
from nightmill.scheduling import records
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S

CALM_S = 3600.0
NO_SCHEDULE = "no_schedule"
_URGENT = (r.MachineFailed, r.MachineRepaired, r.MachineMaintained, r.CycleInterrupted, r.Delivered)
_FACTS = (
    e.OrderReceived, e.PartReviewed, e.HoldPlaced, e.HoldReleased, e.MaintenancePlanned, e.RouteCertified, e.RouteRefused, e.RouteReleased,
    e.ParametersRevised, e.ParametersJudged,
)  # fmt: skip
_ASKED = (
    e.OrderChanged, e.OrderCancelled, e.UnitStopped, e.UnitReturned, e.EdgeCondemned, e.PresenceLimited, e.OperationMoved,
)  # fmt: skip


class SchedulingMemory(msgspec.Struct, frozen=True):
    """Why the schedule in force is no longer valid, and when it was published."""

    _causes: list[str]
    _published_s: float


class SchedulingDecider(Remembering[SchedulingMemory]):
    """Decide when to re-plan, and publish the schedule in force."""

    Memory = SchedulingMemory

    def __init__(self, shop: Shop, horizon_s: float, maintenance: MaintenanceDecider) -> None:
        self.shop, self.horizon_s, self.maintenance = shop, horizon_s, maintenance
        self.presence = presence_windows(shop, 0.0, horizon_s + 28 * DAY_S)
        self._causes: list[str] = []
        self._published_s = float("-inf")

    def restore(self, memory: SchedulingMemory, state: ShopState) -> None:
        """Restore the memory; attendance is read from the shop's shifts and from people's later entries."""
        super().restore(memory, state)
        self._update_attendance(state)

    def _update_attendance(self, state: ShopState) -> None:
        self.presence = presence_windows(self.shop, 0.0, self.horizon_s + 28 * DAY_S, state.attendance)

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Record each event that invalidates the schedule in force."""
        fact = event.fact
        if isinstance(fact, e.SchedulePublished) or (isinstance(fact, e.AlarmRaised) and fact.alarm == NO_SCHEDULE):
            self._causes.clear()
            self._published_s = event.at_s
        elif isinstance(fact, e.Reported) and isinstance(fact.report, _URGENT):
            self._causes.append(_cause_of_report(fact.report))
        elif isinstance(fact, _FACTS) and not _of_one_part(fact):
            self._causes.append(_cause_of_fact(fact))
        elif isinstance(fact, _ASKED):
            self._causes.append(sentence(fact))
            if isinstance(fact, e.PresenceLimited):
                self._update_attendance(state)
        elif isinstance(fact, e.PartDisposed) and fact.disposition != "good":
            self._causes.append(f"{fact.serial} is {fact.disposition}")

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """Return a new schedule and changed promises, when there is a reason for them."""
        drifted = state.now_s - self._published_s >= CALM_S and bool(state.schedule)
        if not self._causes and not drifted:
            return []
        problem = shop_problem(
            state, self.shop, self.horizon_s, self.presence,
            choices=self.maintenance.choices(state), repairs=state.policy != "conventional",
        )  # fmt: skip
        if not problem.operations:
            self._causes.clear()
            return []
        if problem.pallets_blocked >= problem.pallets:
            return []  # every pallet carries a part that must be unloaded first; the causes are kept until a pallet is free
        cause = self._causes[0] if self._causes else "work deviated too far from its planned times"
        try:
            found = reached(problem, partial(loop_plan, state))
        except BadInput as error:
            # the shop continues with the schedule in force, and a person is told which work can't be planned
            return [Decision(e.AlarmRaised(NO_SCHEDULE, "cell", error.findings[0].sentence()), cause)]
        return self._published(state, problem, found, cause)

    def _published(self, state: ShopState, problem: records.ShopProblem, found: Reached, cause: str) -> list[Decision]:
        schedule, why = found.plan, cause
        if found.beyond:
            why = f"{cause}; {LATER} {', '.join(sorted(found.beyond))}"
        names = {operation.id: operation for operation in problem.operations}
        lines = tuple(
            e.ScheduleLine(
                each.serial, names[each.operation].operation, each.machine, each.mount_s, each.start_s, each.end_s
            )
            for each in schedule.assignments
            if names[each.operation].state in {"waiting", "mounted"}
        )
        broken = {repair.stop for repair in problem.repairs}
        repairs = tuple(e.PlannedRepair(s.machine, s.start_s) for s in schedule.maintenance if s.id in broken)
        fact = e.SchedulePublished(cause, lines, schedule.weighted_tardiness_s, schedule.lower_bound_s, repairs)
        decisions = [Decision(fact, why)]
        for promise in schedule.promises:
            known = state.orders[promise.order].promise_s
            if known is None or abs(known - promise.promise_s) > CALM_S:
                late = max(0.0, promise.late_by_s)
                decisions.append(
                    Decision(e.OrderPromised(promise.order, promise.promise_s, late, promise.reason), cause)
                )
        decisions += self.maintenance.placed(state, tuple(s for s in schedule.maintenance if s.id not in broken))
        return decisions


def ready_scheduler() -> None:
    """Solve the smallest possible problem, so that the scheduler's kernels are compiled or loaded in advance."""
    from nightmill.scheduling import solve_shop

    solve_shop(least_problem(), iterations=1, weights=WEIGHTS)


def least_problem() -> records.ShopProblem:
    """Return a day-long operation on one machine: solving it loads the kernels and takes almost no time."""
    run = records.Alternative("mill", 60.0)
    operation = records.ShopOperation("part|cut", "part", "order", "cut", (run,), mount_s=60.0, dismount_s=60.0)
    return records.ShopProblem(
        now_s=0.0,
        horizon_s=DAY_S,
        machines=(records.ShopMachine("mill"),),
        operations=(operation,),
        orders=(records.ShopOrder("order", DAY_S, 1.0),),
        presence=(records.Window(0.0, DAY_S, 1),),
        pallets=1,
    )


def _cause_of_report(report: r.AnyReport) -> str:
    words = {
        r.MachineFailed: f"{report.unit} failed",
        r.MachineRepaired: f"{report.unit} is up again",
        r.MachineMaintained: f"{report.unit} has been maintained",
        r.CycleInterrupted: f"a cycle on {report.unit} was interrupted",
    }
    if isinstance(report, r.Delivered):
        return f"{report.quantity} {report.item} arrived"
    return words[type(report)]


def _of_one_part(fact: e.AnyFact) -> bool:
    """Return whether the fact changes how one part is cut, and affects no other part."""
    if isinstance(fact, e.ParametersJudged):
        return not fact.released
    return isinstance(fact, e.ParametersRevised) and fact.on_trial


def _cause_of_fact(fact: e.AnyFact) -> str:
    if isinstance(fact, e.OrderReceived):
        return f"order {fact.order}" if not fact.remake_of else f"remake for {fact.order}"
    if isinstance(fact, e.PartReviewed):
        return f"{fact.serial}: {fact.decision.replace('_', ' ')}"
    if isinstance(fact, e.HoldPlaced):
        return f"hold {fact.hold}"
    if isinstance(fact, e.HoldReleased):
        return f"hold {fact.hold} released"
    if isinstance(fact, e.MaintenancePlanned):
        return f"a stop of {fact.machine} was planned"
    if isinstance(fact, e.ParametersJudged):
        return f"new parameters of {fact.operation} were released"
    if isinstance(fact, e.ParametersRevised):
        return f"new parameters of {fact.operation}"
    return "a route was certified"
