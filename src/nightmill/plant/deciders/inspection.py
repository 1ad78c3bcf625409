"""Quality in the loop: choice of measurements, verdicts, holds, remakes, and the parts' final dispositions.

In the closed loop, each edge's first parts and as many later parts as the offset controller needs are measured,
every finished part goes before the camera, and after a bad part exactly the suspect parts are put on hold. The conventional policy measures
every n-th finished part and nothing else.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from nightmill.floor import ShopState, stage_of
from nightmill.floor import records as on_floor
from nightmill.plant.deciders.tool_offsets import ToolOffsetDecider
from nightmill.plant.plan_store.kept_plans import PartRoute
from nightmill.plant.plan_store.route_record import CharacteristicRecord
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.shop_state.decider_memory import Remembering
from nightmill.quality import ChartState, CutRecord, containment
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.commands import MeasureTask
from nightmill.vocabulary.ids import (
    AlarmSubject,
    CharacteristicId,
    ChartFamily,
    ChartRule,
    MachineId,
    MountedTool,
    OperationId,
    SerialId,
    SerialOperation,
)
from nightmill.vocabulary.shop import Shop

SIGNAL_MEASURES = 3
WORST = {"good": 0, "doubt": 1, "bad": 2}
LIMITS = frozenset({ChartRule("individuals", "beyond_limits"), ChartRule("ewma", "beyond_limits")})
"""The rules that trigger a signal: one reading, or the weighted mean, beyond its limits."""
CAMERA_CHANGED = "camera_changed"
Look = Callable[[str, str], tuple[str, float | None, str]]
"""Return verdict, score and reason for a picture, given its name and the unit that took it; an unreadable picture has no score."""
Changed = Callable[[str], Mapping[str, str]]
"""Return which of a station's camera, light and pose have changed since set-up, each with the reason."""


class InspectionMemory(msgspec.Struct, frozen=True):
    """Control charts, the history of cuts, the characteristics to inspect, and readings that haven't been judged yet."""

    to_measure: set[str]
    to_photograph: set[str]
    charts: dict[ChartFamily, ChartState]
    history: dict[MountedTool, list[CutRecord]]
    _gone: dict[MountedTool, int]
    _lines_of: dict[str, list[tuple[MountedTool, int]]]
    _wary: dict[MountedTool, int]
    _trial: dict[str, int]
    _finished: int
    _new: list[tuple[str, r.PartMeasured | r.ImageTaken]]
    _signals: list[tuple[ChartFamily, ChartRule, float]]
    _changed_edges: set[MountedTool]
    _station_alarms: dict[str, set[str]]


class InspectionDecider(Remembering[InspectionMemory]):
    """Judge parts and decide which characteristics are inspected."""

    Memory = InspectionMemory

    def __init__(
        self,
        shop: Shop,
        routes: dict[str, PartRoute],
        offsets: ToolOffsetDecider,
        look: Look,
        changed: Changed = lambda unit: {},
    ) -> None:
        self.shop, self.offsets, self.look, self.changed = shop, offsets, look, changed
        self.uncertainty = max((unit.uncertainty_mm for unit in shop.units("gauge")), default=0.002)
        self.known: dict[str, CharacteristicRecord] = {}
        self.of_operation: dict[str, tuple[CharacteristicRecord, ...]] = {}
        for route in routes.values():
            for characteristic in route.characteristics:
                self.known[characteristic.id] = characteristic
                if characteristic.operation and characteristic.tool:
                    before = self.of_operation.get(characteristic.operation, ())
                    self.of_operation[characteristic.operation] = (*before, characteristic)
        gauged = self.of_operation if shop.units("gauge") else {}
        self.tasks = {operation: _tasks(found) for operation, found in gauged.items()}
        self.to_measure: set[str] = set()
        self.to_photograph: set[str] = set()
        self.charts: dict[ChartFamily, ChartState] = {}
        self.history: dict[MountedTool, list[CutRecord]] = {}
        """Cuts by mill and tool, in order, starting at the first part still in play; lists only grow at the end."""
        self._gone: dict[MountedTool, int] = {}
        """Number of cuts before those in ``history``; their parts are no longer in play and can't be put on hold any more."""
        self._lines_of: dict[str, list[tuple[MountedTool, int]]] = {}
        """Index of each part in ``history``, so that finding it takes no longer after a long run."""
        self._wary: dict[MountedTool, int] = {}
        self._trial: dict[str, int] = {}
        self._finished = 0
        self._new: list[tuple[str, r.PartMeasured | r.ImageTaken]] = []
        self._signals: list[tuple[ChartFamily, ChartRule, float]] = []
        self._changed_edges: set[MountedTool] = set()
        self._station_alarms: dict[str, set[str]] = {}
        """Known changes to each station."""

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Keep charts, the cut history and the list of parts to inspect."""
        fact = event.fact
        if isinstance(fact, e.Reported):
            report = fact.report
            if isinstance(report, r.CycleFinished):
                self._cut_finished(report, state)
            elif isinstance(report, r.PartMeasured):
                self._measured(report, state)
            elif isinstance(report, r.ImageTaken):
                self.to_photograph.discard(report.serial)
                self._new.append((report.serial, report))
            elif isinstance(report, r.ToolReplaced):
                self._changed_edges.add(MountedTool(MachineId(report.unit), report.tool))
            self._forget_resting(r.taken_off(report), state)
        elif isinstance(fact, e.VerdictGiven):
            self._new = [(serial, report) for serial, report in self._new if serial != fact.serial]
            if fact.by == "gauge" and not _reworked(state, fact.serial):
                self._judged(fact)
            if fact.verdict == "again":
                self.to_photograph.add(fact.serial)
        elif isinstance(fact, e.PartReviewed) and fact.decision == "rework":
            self._inspect_anew(state.parts[fact.serial], state)
        elif isinstance(fact, e.AlarmRaised) and fact.alarm == CAMERA_CHANGED:
            subject = AlarmSubject.read(fact.subject)
            self._station_alarms.setdefault(subject.name, set()).add(subject.detail)
        elif isinstance(fact, e.ParametersRevised | e.ParametersJudged):
            # a revision on trial is judged by its trial part; further parts are inspected once the revision is released
            on_trial = isinstance(fact, e.ParametersRevised) and fact.on_trial
            taken_back = isinstance(fact, e.ParametersJudged) and not fact.released
            self._trial[fact.operation] = 0 if on_trial or taken_back else SIGNAL_MEASURES
        elif isinstance(fact, e.SignalRaised):
            family = ChartFamily.read(fact.family)
            self._signals = [signal for signal in self._signals if signal[0] != family]
            self._wary[family.mounted] = SIGNAL_MEASURES

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """Return verdicts on new readings, holds and releases, dispositions, remakes, completed orders."""
        decisions: list[Decision] = []
        waiting = [(serial, report) for serial, report in self._new if state.route_refused(serial)]
        for serial, report in self._new:
            if not state.route_refused(serial):
                decisions += self._verdict(state, serial, report)
        self._new = waiting
        for family, rule, value in self._signals:
            decisions.append(Decision(e.SignalRaised(family.text, rule.chart, rule.rule, value)))
        self._signals = []
        verdicts = {d.fact.serial: d.fact for d in decisions if isinstance(d.fact, e.VerdictGiven)}
        decisions += self._dispositions(state, verdicts)
        decisions += _completed_orders(state)
        return decisions

    def _cut_finished(self, report: r.CycleFinished, state: ShopState) -> None:
        part = state.parts[report.serial]
        for characteristic in self.of_operation.get(report.operation, ()):
            tool = MountedTool(MachineId(report.unit), characteristic.tool)
            edge = report.tool_edges.get(str(characteristic.tool), "")
            lines = self.history.setdefault(tool, [])
            if not lines or lines[-1].serial != report.serial:
                self._lines_of.setdefault(report.serial, []).append((tool, self._gone.get(tool, 0) + len(lines)))
                lines.append(CutRecord(SerialId(report.serial), MachineId(report.unit), edge))
        last = state.next_operation(part) is None
        if state.policy == "conventional":
            self._finished += last
            if last and self._finished % max(1, self.shop.measure_every) == 1 % max(1, self.shop.measure_every):
                if self.shop.units("gauge"):
                    self.to_measure.add(report.serial)
                self._photograph(report.serial)
            return
        wary = [tool for tool in self._wary if tool.machine == report.unit and self._wary[tool] > 0]
        for tool in wary:
            self._wary[tool] -= 1
        trial = state.routes[part.item].trials.get(report.operation) if part.item in state.routes else None
        on_trial = self._trial.get(report.operation, 0) > 0 or (trial is not None and trial.serial == report.serial)
        self._trial[report.operation] = max(0, self._trial.get(report.operation, 0) - 1)
        if self.tasks.get(report.operation) and (
            wary
            or on_trial
            or self.offsets.asks_for(SerialOperation(SerialId(report.serial), OperationId(report.operation)))
        ):
            self.to_measure.add(report.serial)
        if last:
            self._photograph(report.serial)

    def _photograph(self, serial: str) -> None:
        """Have a part photographed, if the shop has a camera."""
        if self.shop.units("vision"):
            self.to_photograph.add(serial)

    def _inspect_anew(self, part: on_floor.PartState, state: ShopState) -> None:
        if self.tasks.get(part.cuts[-1].operation):
            self.to_measure.add(part.serial)
        if state.next_operation(part) is None:
            self._photograph(part.serial)

    def _measured(self, report: r.PartMeasured, state: ShopState) -> None:
        self.to_measure.discard(report.serial)
        self._new.append((report.serial, report))
        cut = _last_cut(state, report.serial)
        if cut is None or _reworked(state, report.serial):
            return
        for name, value in report.readings.items():
            characteristic = self.known.get(name)
            if characteristic is None:
                continue  # the part's plan is missing: the part is held, and judged when the plan is back
            family = ChartFamily(MachineId(cut.machine), characteristic.tool, CharacteristicId(name))
            chart = self.charts.get(family) or ChartState()
            changed = family.mounted in self._changed_edges
            residual = (value - characteristic.nominal) * 1000
            charted = self._charted(SerialId(report.serial), family.machine, characteristic, residual, state)
            if charted is None:
                continue
            self.charts[family], rules = chart.update(charted, tool_change=changed)
            if not LIMITS.isdisjoint(rules):
                self._signals.append((family, rules[0], residual))
        for characteristic in self.of_operation.get(cut.operation, ()):
            self._changed_edges.discard(MountedTool(MachineId(cut.machine), characteristic.tool))

    def _charted(
        self, serial: SerialId, machine: MachineId, known: CharacteristicRecord, residual_um: float, state: ShopState
    ) -> float | None:
        """Return the value to chart: the deviation in µm or, if a controller corrects the characteristic, the residual from the
        controller's
        prediction. A corrected deviation includes the correction, so charting it would hide drift and signal at each change of offset.
        """
        if state.policy == "conventional" or not self.offsets.steers(known):
            return residual_um
        return self.offsets.innovation(serial, machine, known, residual_um / 1000)

    def _judged(self, fact: e.VerdictGiven) -> None:
        for tool, number in self._lines_of.get(fact.serial, ()):
            place = number - self._gone.get(tool, 0)
            line = self.history[tool][place]
            self.history[tool][place] = CutRecord(line.serial, line.machine, line.tool_edge, fact.verdict)  # type: ignore[arg-type]

    def _forget_resting(self, serials: Iterable[str], state: ShopState) -> None:
        for serial in serials:
            if state.parts[serial].rests():
                self._forget(serial, state)

    def _forget(self, serial: str, state: ShopState) -> None:
        """Drop the cuts of a part that is no longer in play, up to the first part in play on its mills and tools."""
        for tool, _ in self._lines_of.pop(serial, ()):
            lines = self.history[tool]
            resting = 0
            while resting < len(lines) and state.parts[lines[resting].serial].rests():
                self._lines_of.pop(lines[resting].serial, None)
                resting += 1
            del lines[:resting]
            self._gone[tool] = self._gone.get(tool, 0) + resting

    def _verdict(self, state: ShopState, serial: str, report: r.PartMeasured | r.ImageTaken) -> list[Decision]:
        part = state.parts[serial]
        operation = part.cuts[-1].operation if part.cuts else ""
        if isinstance(report, r.ImageTaken):
            word, score, reason = self.look(report.image, report.unit)
            first = part.verdicts.get(f"{operation}:vision") != "again"
            verdict = {"good": "good", "reject": "bad"}.get(word, "again" if first else "doubt")
            evidence = {} if score is None else {"score": score}
            given = e.VerdictGiven(serial, operation, "vision", verdict, evidence, reason)
            return [Decision(given, reason), *self._station(report.unit)]
        worst, reason = "good", ""
        for name, value in report.readings.items():
            known = self.known[name]
            verdict = known.asked.judge(value, self.uncertainty)
            if WORST[verdict] > WORST[worst]:
                worst = verdict
                reason = f"{known.asked.kind} {value:.4f} against {known.lower:.3f} .. {known.upper:.3f}"
        decisions = [Decision(e.VerdictGiven(serial, operation, "gauge", worst, dict(report.readings), reason), reason)]
        if worst == "bad" and state.policy != "conventional" and not _reworked(state, serial):
            decisions += self._hold(state, serial, report, reason)
        return decisions

    def _station(self, unit: str) -> list[Decision]:
        """Return an alarm if the station itself has changed; the same alarm is repeated only after the pictures have been normal in
        between.
        """
        now = self.changed(unit)
        fresh = sorted(now.keys() - self._station_alarms.get(unit, set()))
        # at once, not only when the event comes back from the log: several pictures may be judged together
        self._station_alarms[unit] = set(now)
        return [
            Decision(
                e.AlarmRaised(CAMERA_CHANGED, AlarmSubject(unit, kind).text, now[kind]),
                "its verdicts can't be relied on",
            )
            for kind in fresh
        ]

    def _hold(self, state: ShopState, serial: str, report: r.PartMeasured, reason: str) -> list[Decision]:
        cut = _last_cut(state, serial)
        if cut is None:
            return []
        suspects: list[str] = []
        for name in report.readings:
            known = self.known[name]
            if known.asked.judge(report.readings[name], self.uncertainty) == "bad":
                lines = self.history.get(MountedTool(MachineId(cut.machine), known.tool), [])
                edge = cut.edges.get(str(known.tool), "")
                suspects += containment(lines, serial=serial, tool_edge=edge, machine=cut.machine)
        held = [each for each in dict.fromkeys(suspects) if each != serial and _suspect(state.parts[each])]
        if not held:
            return []
        return [Decision(e.HoldPlaced(f"hold-{serial}", tuple(held), reason), f"cut by the edge that spoiled {serial}")]

    def _dispositions(self, state: ShopState, verdicts: dict[str, e.VerdictGiven]) -> list[Decision]:
        decisions: list[Decision] = []
        for part in state.in_play():
            if part.disposition or not part.cuts or state.route_refused(part.serial):
                continue
            word, reason = self._disposition(state, part, verdicts.get(part.serial))
            if not word:
                continue
            decisions += disposed(state, part, word, reason)
        return decisions

    def _disposition(self, state: ShopState, part: on_floor.PartState, fresh: e.VerdictGiven | None) -> tuple[str, str]:
        """Return disposition and reason, or two empty texts while the part is still in work."""
        verdicts = [*part.verdicts.values(), *([fresh.verdict] if fresh else [])]
        if "bad" in verdicts:
            return "scrap", fresh.reason if fresh and fresh.reason else "out of tolerance"
        if part.doubtful():
            return "quarantine", f"nobody knows what was cut: {part.cuts[-1].interrupted}"
        if fresh and fresh.verdict == "again":
            return "", ""
        if "doubt" in verdicts:
            return "quarantine", fresh.reason if fresh and fresh.reason else "the verdict is in doubt"
        if state.suspected(part.serial):
            return self._held_disposition(state, part)
        pallet = state.pallet_of(part.serial)
        done = state.next_operation(part) is None and pallet is not None and stage_of(state, pallet) == "cut"
        waits = part.serial in self.to_measure or part.serial in self.to_photograph
        return ("good", "all checks passed") if done and not waits else ("", "")

    def _held_disposition(self, state: ShopState, part: on_floor.PartState) -> tuple[str, str]:
        """Return the disposition of a part on hold: if it is still on its pallet, it is measured, otherwise it goes to quarantine."""
        pallet = state.pallet_of(part.serial)
        if pallet is None:
            return "quarantine", "cut by an edge that spoiled a part, and no longer on its pallet"
        if pallet.operation in part.measured:
            return "", ""
        if self.tasks.get(pallet.operation):
            self.to_measure.add(part.serial)
            return "", ""
        return "quarantine", "cut by an edge that spoiled a part, and nothing on it can be measured"


def disposed(state: ShopState, part: on_floor.PartState, word: str, reason: str) -> list[Decision]:
    """Return the part's disposition, the release of the holds that include the part, and a remake if the order still needs one."""
    decisions = [Decision(e.PartDisposed(part.serial, word, reason), reason)]
    for hold, serials in state.holds.items():
        if part.serial in serials:
            decisions.append(Decision(e.HoldReleased(hold, (part.serial,), f"{part.serial} is {word}")))
    order = state.orders[part.order]
    if word != "good" and order.cancelled_s is None:
        remake = e.OrderReceived(part.order, part.item, 1, order.due_s, order.priority, remake_of=part.serial)
        decisions.append(Decision(remake, f"{part.serial} is {word}: made again"))
    return decisions


def _tasks(characteristics: tuple[CharacteristicRecord, ...]) -> tuple[MeasureTask, ...]:
    return tuple(MeasureTask(c.id, c.operation, c.tool, c.sensitivity, c.nominal) for c in characteristics)


def _last_cut(state: ShopState, serial: str) -> on_floor.Cut | None:
    cuts = [cut for cut in state.parts[serial].cuts if cut.finished_s is not None]
    return cuts[-1] if cuts else None


def _reworked(state: ShopState, serial: str) -> bool:
    """Return whether manual work followed the last cut: if so, a measurement says nothing about the edge."""
    return state.parts[serial].review == "rework"


def _suspect(part: on_floor.PartState) -> bool:
    return not part.disposition and "bad" not in part.verdicts.values()


def _completed_orders(state: ShopState) -> list[Decision]:
    decisions = []
    for order in state.orders.values():
        if order.completed_s is None and order.cancelled_s is None:
            good = _good_parts(state, order)
            if good >= order.quantity:
                on_time = state.now_s <= order.due_s
                decisions.append(Decision(e.OrderCompleted(order.id, good, on_time)))
    return decisions


def _good_parts(state: ShopState, order: on_floor.OrderState) -> int:
    """Return the number of finished good parts of an order; 0 as soon as it is clear that the order will be short."""
    spare = len(order.serials) - order.quantity
    for serial in order.serials:
        part = state.parts[serial]
        if part.disposition != "good" or part.place != "finished":
            spare -= 1
            if spare < 0:
                return 0
    return spare + order.quantity
