"""Fold the log once into the counts that the measures need, by serial, order and operation."""

from collections import Counter
from dataclasses import dataclass, field

import msgspec

from nightmill.floor import records as floor
from nightmill.vocabulary import commands, events, reports
from nightmill.vocabulary.ids import part_of

DECISIONS = (
    events.CommandIssued,
    events.SchedulePublished,
    events.PurchaseDecided,
    events.MaintenancePlanned,
    events.ParametersRevised,
    events.ParametersJudged,
    events.OffsetProposed,
    events.HoldPlaced,
    events.HoldReleased,
    events.VerdictGiven,
    events.PartDisposed,
    events.RouteCertified,
)
BY_HAND = (
    reports.PartMounted,
    reports.PartDismounted,
    reports.TreatmentStarted,
    reports.PartsUnloaded,
    reports.ToolLoaded,
    reports.MachineRepaired,
    reports.MachineMaintained,
)


@dataclass
class Cut:
    """One cycle: its machine, operation, program, planned and actual times; ``end_s`` is None while it runs."""

    machine: str
    serial: str
    operation: str
    program: str
    start_s: float
    planned_s: float
    planned_start_s: float | None
    end_s: float | None = None
    finished: bool = False
    has_tools: bool = False


@dataclass
class Record:
    """The content of the log, folded once."""

    orders: dict[str, events.OrderReceived] = field(default_factory=dict)
    completed: dict[str, tuple[float, int]] = field(default_factory=dict)
    disposed: dict[str, str] = field(default_factory=dict)
    troubled: set[str] = field(default_factory=set)
    measured: set[str] = field(default_factory=set)
    judged: set[str] = field(default_factory=set)
    blanks: dict[str, str] = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)
    costs: dict[str, dict[str, float]] = field(default_factory=dict)
    routes: dict[str, events.RouteCertified] = field(default_factory=dict)
    programs: set[str] = field(default_factory=set)
    energy_kwh: float = 0.0
    edges: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    interventions: list[tuple[float, str]] = field(default_factory=list)
    decisions: Counter[str] = field(default_factory=Counter)
    by_people: Counter[str] = field(default_factory=Counter)
    called: list[tuple[tuple[float, float], int]] = field(default_factory=list)


def _kind(fact: events.Fact) -> str:
    if isinstance(fact, events.CommandIssued):
        return str(fact.command.__struct_config__.tag)
    return str(fact.__struct_config__.tag)


class RecordFold:
    """Folds a log into its ``record``; the fold itself keeps track of running, planned and requested work."""

    def __init__(self) -> None:
        self.record = Record()
        self.open: dict[str, Cut] = {}
        self.down: set[str] = set()
        self.planned: dict[tuple[str, str], float] = {}
        self.in_force: dict[str, floor.RouteState] = {}
        self.routed: dict[str, events.RoutedOperation] = {}
        """The route's data on each program by its hash, and by operation for the program in force."""
        self.asked: dict[str, commands.AnyCommand] = {}

    def take(self, event: events.Event) -> None:
        """Process the next event."""
        record, fact = self.record, event.fact
        person = event.actor.startswith("person")
        if isinstance(fact, DECISIONS):
            kind = _kind(fact)
            record.decisions[kind] += 1
            record.by_people[kind] += person
        if isinstance(fact, events.PresenceLimited) and fact.called:
            record.called.append(((fact.from_s, fact.to_s), fact.persons))
        if person and not isinstance(fact, events.Reported | events.RequestTaken):
            record.interventions.append((event.at_s, _kind(fact)))
        self._fold(event)

    def _fold(self, event: events.Event) -> None:
        record = self.record
        match event.fact:
            case events.Reported(report):
                self._report(report)
            case events.CommandIssued(command):
                self.asked[command.command_id] = command
            case events.OrderReceived() as fact if not fact.remake_of:
                record.orders[fact.order] = fact
            case events.OrderCompleted() as fact:
                record.completed.setdefault(fact.order, (event.at_s, fact.good))
            case events.OrderChanged() | events.OrderCancelled() as fact:
                self._order_changed(fact)
            case events.PartDisposed() as fact:
                record.disposed[fact.serial] = fact.disposition
            case events.VerdictGiven() as fact:
                record.judged.add(fact.serial)
                if fact.verdict not in {"good", "again"}:
                    record.troubled.add(fact.serial)
            case events.SchedulePublished() as fact:
                self.planned.update({(line.serial, line.operation): line.start_s for line in fact.lines})
            case events.RouteCertified() as fact:
                record.routes[fact.part] = fact
                self._planned(floor.RouteState.of(fact))
            case events.ParametersJudged() as fact:
                self._judged(fact)
            case events.ParametersRevised() as fact:
                self._revised(fact)
            case events.PartCosted() as fact:
                record.costs[fact.serial] = fact.factors_usd
            case _:
                pass

    def _planned(self, route: floor.RouteState) -> None:
        self.in_force[route.item] = route
        for operation in route.operations:
            self.record.programs.add(operation.program_sha256)
            self.routed[operation.program_sha256] = self.routed[operation.operation] = operation

    def _judged(self, fact: events.ParametersJudged) -> None:
        route = self.in_force.get(part_of(fact.operation))
        if route is not None:
            route.judge(fact)
            self._planned(route)

    def _revised(self, fact: events.ParametersRevised) -> None:
        self.record.programs.add(fact.program_sha256)
        route = self.in_force.get(part_of(fact.operation))
        if route is not None:
            route.revise(fact)
            self._planned(route)

    def _order_changed(self, fact: events.OrderChanged | events.OrderCancelled) -> None:
        """Drop a cancelled order, or give a changed order its new due date."""
        order = self.record.orders.pop(fact.order, None)
        if order is not None and isinstance(fact, events.OrderChanged):
            changed = msgspec.structs.replace(order, due_s=fact.due_s, priority=fact.priority)
            self.record.orders[fact.order] = changed

    def _report(self, report: reports.AnyReport) -> None:
        record = self.record
        if isinstance(report, BY_HAND):
            record.interventions.append((report.at_s, str(report.__struct_config__.tag)))
        match report:
            case reports.PartMounted():
                command = self.asked.get(report.command_id)
                if isinstance(command, commands.MountPart) and command.blank_item:
                    record.blanks[report.serial] = command.blank_item
            case reports.CycleStarted():
                cut = Cut(
                    report.unit, report.serial, report.operation, report.program_sha256, report.at_s,
                    self._cycle_s(report), self.planned.get((report.serial, report.operation)),
                )  # fmt: skip
                record.cuts.append(cut)
                self.open[report.unit] = cut
            case reports.CycleFinished():
                self._close(report.unit, report.at_s, finished=True, has_tools=bool(report.tool_edges))
                record.energy_kwh += report.energy_kwh
            case reports.CycleInterrupted():
                self._close(report.unit, report.at_s, finished=False, has_tools=False)
                record.troubled.add(report.serial)
            case reports.PartMeasured():
                record.measured.add(report.serial)
            case reports.MachineFailed() if report.unit not in self.down:
                self.down.add(report.unit)
                record.failures[report.unit] += 1
            case reports.MachineRepaired():
                self.down.discard(report.unit)
            case reports.ToolReplaced():
                tool = self.asked.get(report.command_id)
                record.edges[tool.tool if isinstance(tool, commands.ReplaceTool) else 0] += 1
            case _:
                pass

    def _cycle_s(self, report: reports.CycleStarted) -> float:
        """Return the planned time of the program on its machine; if the program isn't in the log, that of the program in force."""
        routed = self.routed.get(report.program_sha256) or self.routed.get(report.operation)
        return routed.takes_s(report.unit) if routed else 0.0

    def _close(self, unit: str, at_s: float, *, finished: bool, has_tools: bool) -> None:
        cut = self.open.pop(unit, None)
        if cut is not None:
            cut.end_s, cut.finished, cut.has_tools = at_s, finished, has_tools
