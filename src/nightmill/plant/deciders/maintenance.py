"""Maintenance in the loop: health from the machines' own signals, and stops scheduled before failures.

Each sample goes into the machine's monitor. If continuing is expected to cost more than a planned
stop, the scheduler is given a choice of windows with their costs, and schedules one of them together with the jobs.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from nightmill.floor import ShopState, presence_windows
from nightmill.floor import records as on_floor
from nightmill.maintenance import (
    Assessment,
    HealthMonitor,
    Window,
    choose_window,
    judged,
    serviced,
    update,
    window_costs,
)
from nightmill.plant.deciders.failure_modes import FailureMode, wears
from nightmill.plant.deciders.failure_prediction import OF_THE_TOOL, LearnedLives, LivesMemory
from nightmill.plant.deciders.maintenance_resources import Technicians, arrival_s, overdue, spares_for, waits_for
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.shop_state.decider_memory import Remembering
from nightmill.scheduling import records
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.ids import AlarmSubject
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S

ACT_HEALTH = 0.6
ACT_PROBABILITY = 0.25
HORIZON_S = DAY_S
REPORT_STEP = 0.05
WINDOW_STEP_S = 7200.0
SCRAP_IN_FAILURE_USD = 60.0
SENSOR_FAULT = "sensor_fault"
SPARE_LATE = "spare_late"
CONFIRM_S = 3600.0
"""How long an alarm must persist before it counts."""
WARM_UP_S = 3600.0
"""Time constant for a machine's warm-up; spindles take half an hour to two hours (ISO/TR 16015)."""


class MaintenanceMemory(msgspec.Struct, frozen=True):
    """The mills' monitors with the last reported state, the rows for a model of the shop's failures, and overdue spares and work orders."""

    lives: LivesMemory
    monitors: dict[str, HealthMonitor]
    assessed: dict[str, Assessment]
    _reported: dict[str, float]
    _new: set[str]
    _stopped: dict[str, HealthMonitor]
    _sensors: dict[str, set[str]]
    _late: set[str]
    _verdicts: dict[bool, int]
    operation: dict[str, str]
    _due_since: dict[str, float]
    _warmth: dict[str, tuple[float, float]]


class MaintenanceDecider(Remembering[MaintenanceMemory]):
    """Keep one monitor per mill; when a stop is worthwhile, offer windows in which spares and a technician are available."""

    Memory = MaintenanceMemory

    def __init__(
        self,
        shop: Shop,
        until_s: float = 60 * DAY_S,
        modes: Sequence[FailureMode] = (),
        learned: LearnedLives | None = None,
    ) -> None:
        """``learned``: a model of the shop's own failures, if there is one."""
        self.shop, self.until_s, self.modes = shop, until_s, modes
        self.lives = learned or LearnedLives(shop)
        self.model = self.lives.model
        self.technicians = Technicians.of(shop, until_s)
        self.presence = presence_windows(shop, 0.0, until_s)
        mills = [HealthMonitor(unit.id, 0.0) for unit in shop.cutters()]
        law = self.lives.law
        self.monitors = {each.machine: msgspec.structs.replace(each, law=law) if law else each for each in mills}
        self.assessed: dict[str, Assessment] = {}
        self._reported: dict[str, float] = {}
        self._new: set[str] = set()
        self._stopped: dict[str, HealthMonitor] = {}
        self._sensors: dict[str, set[str]] = {}
        """Sensor faults of each machine that are already in the log, until they end."""
        self._late: set[str] = set()
        """Work orders and spares that were reported as overdue."""
        self._verdicts = {True: 0, False: 0}
        self.operation: dict[str, str] = {}
        self._due_since: dict[str, float] = {}
        self._warmth: dict[str, tuple[float, float]] = {}

    def memory(self) -> MaintenanceMemory:
        """Return the memory, including the lives for a learned model; the model itself is a file in the shop's folder."""
        names = (name for name in MaintenanceMemory.__struct_fields__ if name != "lives")
        return MaintenanceMemory(lives=self.lives.memory(), **{name: getattr(self, name) for name in names})

    def restore(self, memory: MaintenanceMemory, state: ShopState) -> None:
        """Restore the memory; attendance is taken from the shop's shifts and from what people have entered since."""
        lives = self.lives
        super().restore(memory, state)
        self.lives = lives
        lives.restore(memory.lives)
        self.presence = presence_windows(self.shop, 0.0, self.until_s, state.attendance)

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Add samples to the monitors; forget a machine's past once it has been serviced or repaired."""
        fact = event.fact
        if isinstance(fact, e.HealthAssessed):
            self._reported[fact.machine] = fact.health
            self._new.discard(fact.machine)
        elif isinstance(fact, e.PresenceLimited):
            self.presence = presence_windows(self.shop, 0.0, self.until_s, state.attendance)
        elif isinstance(fact, e.AlarmRaised) and fact.alarm == SENSOR_FAULT:
            subject = AlarmSubject.read(fact.subject)
            self._sensors.setdefault(subject.name, set()).add(subject.detail)
        elif isinstance(fact, e.AlarmRaised) and fact.alarm == SPARE_LATE:
            self._late.add(fact.subject)
        elif isinstance(fact, e.WorkOrderClosed):
            self._judged(fact)
        if not isinstance(fact, e.Reported):
            return
        report = fact.report
        self.lives.observe(report)
        if isinstance(report, r.CycleStarted) and report.unit in self.monitors:
            self.operation[report.unit] = report.operation
            self._warm(report.unit, event.at_s, cut=False)
        elif isinstance(report, r.CycleInterrupted) and report.unit in self.monitors:
            self._warm(report.unit, event.at_s, cut=True)
        elif isinstance(report, r.CycleFinished) and report.unit in self.monitors:
            self._read(report, "cycle", report.operation, self._warm(report.unit, event.at_s, cut=True))
        elif isinstance(report, r.SignalsSampled) and report.unit in self.monitors:
            cuts = state.machines[report.unit].status == "cutting"
            job = self.operation.get(report.unit, "") if cuts else ""
            self._read(report, "cutting" if cuts else "rest", job, self._warm(report.unit, event.at_s, cut=cuts))
        elif isinstance(report, r.MachineRepaired | r.MachineMaintained) and report.unit in self.monitors:
            self._remember(state, report)
            self._renewed(report, event.at_s)
            for known in (self.assessed, self._reported, self._due_since):
                known.pop(report.unit, None)

    def _read(self, report: r.SignalsSampled | r.CycleFinished, doing: str, job: str, warm: str) -> None:
        """Compare the machine's signals with its readings in the same state; roughness is a property of the tool, not of the machine."""
        machine, doing = report.unit, f"{doing}, {warm}"
        signals = {name: value for name, value in report.signals.items() if not name.startswith(OF_THE_TOOL)}
        monitor, assessment = update(self.monitors[machine], signals, report.at_s, doing, job)
        assessment = assessment.informed(self.lives.life(machine, report.at_s))
        self.monitors[machine], self.assessed[machine] = monitor, assessment
        if machine in self._sensors:
            self._sensors[machine] &= {each.signal for each in assessment.sensor_faults}
        if not due(assessment):
            self._due_since.pop(machine, None)
        else:
            self._due_since.setdefault(machine, report.at_s)
        if abs(assessment.health - self._reported.get(machine, 2.0)) >= REPORT_STEP:
            self._new.add(machine)

    def _warm(self, machine: str, at_s: float, *, cut: bool) -> str:
        """Return whether the machine, after cutting or resting up to ``at_s``, is ``warm`` or ``cold``, by a first-order lag."""
        warmth, since_s = self._warmth.get(machine, (0.0, 0.0))
        goal = 1.0 if cut else 0.0
        warmth = goal + (warmth - goal) * math.exp(-max(at_s - since_s, 0.0) / WARM_UP_S)
        self._warmth[machine] = (warmth, at_s)
        return "warm" if warmth > 0.5 else "cold"

    def _renewed(self, report: r.MachineRepaired | r.MachineMaintained, at_s: float) -> None:
        """Reset a machine's monitor to as good as new; limits learned from its failure
        apply to all mills. After a repair whose cause is a failure mode that signals can show, the machine counts as new;
        if no signal shows the mode, it counts as old as before. For a cause unknown to the registry, the signals' levels decide.
        """
        machine, failed, renewed = report.unit, isinstance(report, r.MachineRepaired), None
        if isinstance(report, r.MachineRepaired):
            renewed = wears(self.modes, report.cause)
        fresh = serviced(self.monitors[machine], at_s, failed, renewed)
        if failed:
            for name, monitor in self.monitors.items():
                self.monitors[name] = msgspec.structs.replace(monitor, failed_at=fresh.failed_at)
        self.monitors[machine] = fresh

    def _remember(self, state: ShopState, report: r.MachineRepaired | r.MachineMaintained) -> None:
        """Remember the signals' levels when work on an alarm ends, until a person enters the cause."""
        for order in reversed(state.work_orders.values()):
            if order.machine == report.unit and order.kind == "planned" and order.ended_s == report.at_s:
                self._stopped[order.id] = self.monitors[report.unit]
                return

    def _judged(self, fact: e.WorkOrderClosed) -> None:
        """Adjust the limits for all mills by a verdict on an alarm; a broken sensor says nothing about the limits."""
        stopped = self._stopped.pop(fact.order, None)
        if stopped is None or fact.sensor_fault or not fact.verdict:
            return
        confirmed = fact.verdict == "confirmed"
        self._verdicts[confirmed] += 1
        votes = judged(self.monitors[fact.machine], stopped, 1 - ACT_HEALTH, confirmed).judged
        for name, monitor in self.monitors.items():
            self.monitors[name] = msgspec.structs.replace(monitor, judged=votes)

    def learned(self) -> dict[str, Any]:
        """Return the limits learned from failures and verdicts: each signal's limit as a fraction of the handbook limit, and what the limit
        was learned from.
        """
        monitor = next(iter(self.monitors.values()), None)
        names = sorted({*monitor.failed_at, *monitor.judged}) if monitor else []
        limits = [
            {
                "signal": name,
                "limit_share": monitor.limit_share(name),
                "failures": len(monitor.failed_at.get(name, ())),
                "votes": len(monitor.judged.get(name, ())),
            }
            for name in names
            if monitor
        ]
        return {"confirmed": self._verdicts[True], "false": self._verdicts[False], "limits": limits}

    def outlook(self, state: ShopState) -> list[dict[str, Any]]:
        """Return the current estimate for each mill, and the cost curve used to schedule its stop: one window after another.

        ``health`` 0 .. 1, ``failure_within_a_day`` a probability, ``time_to_limit_h`` None without a trend; for each window, the
        expected cost of stopping in it and the probability of failure before it. ``cheapest``: the window with the lowest cost.
        """
        found = []
        for machine, seen in sorted(self.assessed.items()):
            costs = sorted(self._costs(state, machine), key=_starts_s)
            best = choose_window(costs)
            found.append(
                {
                    "machine": machine,
                    "health": seen.health,
                    "failure_within_a_day": seen.failure_within(HORIZON_S),
                    "learned": _learned(seen),
                    "learned_silent": self.lives.silent_because(machine, seen.at_s),
                    "time_to_limit_h": None if seen.time_to_limit_s is None else seen.time_to_limit_s / 3600,
                    "signals": list(seen.signals),
                    "reason": seen.reason,
                    "due": due(seen),
                    "windows": [
                        {
                            "start_s": _starts_s(each),
                            "cost_usd": each.cost_usd,
                            "failure_before": each.failure_before,
                            "cheapest": each is best,
                        }
                        for each in costs
                    ],
                }
            )
        return found

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """Publish changes in health; plan a stop for each machine that is due for one."""
        if state.policy == "conventional":
            return []
        decisions = [self._health(machine) for machine in sorted(self._new) if machine in self.assessed]
        self._new.clear()
        decisions += self._faulty()
        decisions += self._overdue(state)
        for machine in self.assessed:
            if state.machines[machine].status not in {"idle", "cutting"}:
                continue
            stop: list[Decision] = []
            if machine not in state.maintenance:
                stop = self._stop(state, machine)
            elif state.maintenance[machine] <= state.now_s and self.waiting(state, machine):
                stop = self._later(state, machine)
            if stop:  # one stop per turn: its spares and technician must be known before the next stop is planned
                return [*decisions, *stop]
        return decisions

    def waiting(self, state: ShopState, machine: str) -> str:
        """Return, as text, the things a mill's planned stop waits for besides its start time; empty if there are none."""
        order = state.work_on(machine)
        return waits_for(state, order, self.technicians) if order is not None and order.kind == "planned" else ""

    def _faulty(self) -> list[Decision]:
        """Return an alarm for each sensor that has started to report wrong values; the machine continues."""
        return [
            Decision(
                e.AlarmRaised(SENSOR_FAULT, f"{machine} {fault.signal}", f"{fault.kind}: {fault.text}"), fault.text
            )
            for machine, found in self.assessed.items()
            for fault in found.sensor_faults
            if fault.signal not in self._sensors.get(machine, set())
        ]

    def _overdue(self, state: ShopState) -> list[Decision]:
        """Return an alarm, once, for each overdue spare of a planned stop."""
        return [
            Decision(e.AlarmRaised(SPARE_LATE, f"{order.id} {item}", text), "the stop waits for it")
            for machine in state.maintenance
            if (order := state.work_on(machine)) is not None and order.kind == "planned" and order.begun_s is None
            for item, text in overdue(state, self.shop, order).items()
            if f"{order.id} {item}" not in self._late
        ]

    def wishes(self, state: ShopState) -> tuple[tuple[str, float], ...]:
        """Return machines whose planned stop is due, with its start, if spares and technician are available."""
        return tuple(
            (machine, start)
            for machine, start in state.maintenance.items()
            if start <= state.now_s and not self.waiting(state, machine)
        )

    def choices(self, state: ShopState) -> tuple[records.MaintenanceChoice, ...]:
        """Return the planned stops, each with the windows in which it may be scheduled and the cost of each window."""
        found = []
        for machine in state.maintenance:
            if state.machines[machine].status not in {"idle", "cutting"} or machine not in self.assessed:
                continue
            costs = self._not_later(state, machine)
            cheapest = min(cost.cost_usd for cost in costs)
            per_usd = 3600.0 / max(1.0, self.shop.economy.wage_usd_h)
            options = tuple(
                records.MaintenanceOption(cost.window.start_s, max(0.0, (cost.cost_usd - cheapest) * per_usd))
                for cost in costs
            )
            found.append(
                records.MaintenanceChoice(f"stop-{machine}", machine, self.shop.maintenance_s, options, attended=True)
            )
        return tuple(found)

    def _not_later(self, state: ShopState, machine: str) -> tuple[Any, ...]:
        """Return the windows up to the planned stop, which may be brought forward but not postponed again and
        again. A future stop keeps its time, except for windows that start much later, which move with the clock.
        """
        costs, planned_s = sorted(self._costs(state, machine), key=_starts_s), state.maintenance[machine]
        within = tuple(cost for cost in costs if _starts_s(cost) <= planned_s + 60.0)
        if within or planned_s <= state.now_s or _starts_s(costs[0]) >= planned_s + WINDOW_STEP_S:
            return within or (costs[0],)
        window = msgspec.structs.replace(costs[0].window, start_s=planned_s)
        return (msgspec.structs.replace(costs[0], window=window),)

    def placed(self, state: ShopState, stops: Iterable[records.PlacedMaintenance]) -> list[Decision]:
        """Return the stops that the new schedule has moved and for which spares and a technician are available at the new time.

        A stop that is due and scheduled for now hasn't moved: it starts as soon as it can.
        """
        moved: list[Decision] = []
        taken: list[on_floor.WorkOrder] = []
        for stop in stops:
            known_s = state.maintenance.get(stop.machine, stop.start_s)
            if abs(max(known_s, state.now_s) - stop.start_s) <= 60.0:
                continue
            who = self._technician(state, stop.machine, stop.start_s, taken)
            if who is None or stop.start_s < self._spares_s(state, stop.machine):
                continue
            taken.append(
                on_floor.WorkOrder("", stop.machine, "planned", 0.0, "", planned_s=stop.start_s, technician=who)
            )
            moved.append(self._planned(state, stop.machine, stop.start_s, stop.end_s - stop.start_s, stop.cost, who))
        return moved

    def _health(self, machine: str) -> Decision:
        found = self.assessed[machine]
        fact = e.HealthAssessed(machine, found.health, found.failure_within(HORIZON_S), HORIZON_S, found.signals)
        return Decision(fact, found.reason)

    def _stop(self, state: ShopState, machine: str) -> list[Decision]:
        if machine not in self._due_since or state.now_s - self._due_since[machine] < CONFIRM_S:
            return []
        best = choose_window(self._costs(state, machine))
        if best is None:
            return []
        start_s = best.window.start_s
        who = self._technician(state, machine, start_s) or ""
        return [self._planned(state, machine, start_s, self.shop.maintenance_s, best.cost_usd, who)]

    def _later(self, state: ShopState, machine: str) -> list[Decision]:
        """Move a due stop that can't start to its next window; if that window is now, the stop starts once nothing blocks it."""
        cost = min(self._costs(state, machine), key=_starts_s)
        start_s, order = cost.window.start_s, state.work_on(machine)
        who = self._technician(state, machine, start_s) or ""
        if start_s <= state.now_s + 60.0 and order is not None and who == order.technician:
            return []
        return [self._planned(state, machine, start_s, self.shop.maintenance_s, cost.cost_usd, who)]

    def _planned(
        self, state: ShopState, machine: str, start_s: float, duration_s: float, cost: float, technician: str
    ) -> Decision:
        found = self.assessed.get(machine)
        risk = found.failure_within(HORIZON_S) * self._failure_cost() if found else 0.0
        reason = found.reason if found else "moved with the schedule"
        spares = self._spares(state, machine)
        fact = e.MaintenancePlanned(
            machine, max(start_s, state.now_s), duration_s, cost, risk, reason, technician, spares
        )
        return Decision(fact, reason)

    def _spares(self, state: ShopState, machine: str) -> dict[str, int]:
        """Return the spares that are reserved for the mill's stop, or will be once it is planned."""
        order = state.work_on(machine)
        if order is not None and order.kind == "planned":
            return order.spares
        return spares_for(self.modes, self.assessed[machine].signals) if machine in self.assessed else {}

    def _spares_s(self, state: ShopState, machine: str) -> float:
        """Return when all spares for the mill's stop will be there."""
        order = state.work_on(machine)
        return arrival_s(state, self.shop, self._spares(state, machine), order.id if order else "")

    def _technician(
        self, state: ShopState, machine: str, start_s: float, taken: Sequence[on_floor.WorkOrder] = ()
    ) -> str | None:
        """Return the technician for a stop at that time: empty if the shop's own people do it, None if nobody can."""
        if not self.technicians.named():
            return ""
        return self.technicians.for_stop(state, machine, start_s, self.shop.maintenance_s, taken)

    def _costs(self, state: ShopState, machine: str) -> tuple[Any, ...]:
        wage = self.shop.economy.wage_usd_h
        rate = next(unit.rate_usd_h for unit in self.shop.work_units if unit.id == machine)
        lost = self.shop.maintenance_s / 3600 * rate
        starts = self._starts(state, machine)
        windows = [Window(start, lost_production_usd=lost, lateness_after_failure_usd=rate * 4) for start in starts]
        planned = self.shop.maintenance_s / 3600 * wage
        return window_costs(self.assessed[machine], windows, self._failure_cost(), planned)

    def _starts(self, state: ShopState, machine: str) -> list[float]:
        """Return times, every two hours, within three days after the spares arrive at which people and a
        technician are available. Includes the arrival itself, and the time already planned.
        """
        ready_s, planned_s = max(state.now_s, self._spares_s(state, machine)), state.maintenance.get(machine, -math.inf)
        starts: list[float] = []
        for window in self.presence:
            at = max(window.begins_s, ready_s)
            if at < planned_s <= window.ends_s - self.shop.maintenance_s:
                starts += [planned_s] if self._technician(state, machine, planned_s) is not None else []
            while at + self.shop.maintenance_s <= window.ends_s and (at < ready_s + 3 * DAY_S or not starts):
                if self._technician(state, machine, at) is not None:
                    starts.append(at)
                at += WINDOW_STEP_S
        return starts or [ready_s]

    def _failure_cost(self) -> float:
        wage, rate = self.shop.economy.wage_usd_h, max(u.rate_usd_h for u in self.shop.cutters())
        return self.shop.repair_s / 3600 * (wage + rate) * 2 + SCRAP_IN_FAILURE_USD


def _starts_s(cost: Any) -> float:
    return float(cost.window.start_s)


def _learned(seen: Assessment) -> dict[str, Any] | None:
    """Return the estimate of the shop's own model for a mill: hours left with their 90 % interval, and the signals that shorten it."""
    life = seen.learned
    if life is None:
        return None
    left = {
        name: each / 3600 for name, each in (("left_h", life.life_s), ("low_h", life.low_s), ("high_h", life.high_s))
    }
    return {**left, "signals": list(life.signals)}


def due(found: Assessment) -> bool:
    """Return whether a stop is worth considering: whether the level or trend of some signal calls for a stop."""
    worn = found.health <= ACT_HEALTH or found.failure_within(HORIZON_S) >= ACT_PROBABILITY
    return worn and bool(found.signals)
