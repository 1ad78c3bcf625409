"""The activity of each work unit over time: reports in the log as spans without gaps or overlaps.

A report says when an activity ended. The start comes from the report that opened it (cycles, failures), from the
command (mounting, planned stops) or from the station's own time (moves, measurements).
"""

from collections.abc import Iterable

import msgspec

from nightmill.vocabulary import commands, reports
from nightmill.vocabulary.events import CommandIssued, Event, Reported
from nightmill.vocabulary.shop import Shop


class Stretch(msgspec.Struct, frozen=True):
    """A state of a work unit from ``start_s`` to ``end_s``, with its subject (serial, operation or pallet).

    ``state``: ``running`` (ISO 22400 production), ``busy`` (stations), ``down`` (unplanned), ``maintenance`` (planned), ``idle``.
    """

    state: str
    start_s: float
    end_s: float
    subject: str = ""


class Timeline(msgspec.Struct, frozen=True):
    """The spans of one work unit, which fill 0..end_s without gaps or overlaps."""

    unit: str
    stretches: tuple[Stretch, ...]

    def seconds(self, state: str) -> float:
        """Return how long the unit was in that state."""
        return sum(one.end_s - one.start_s for one in self.stretches if one.state == state)


def timelines(events: Iterable[Event], shop: Shop, end_s: float) -> tuple[Timeline, ...]:
    """Return one timeline per work unit in the shop, in file order, for shop time 0..``end_s``."""
    folded = TimelineFold(shop)
    for event in events:
        folded.take(event)
    return folded.until(end_s)


class TimelineFold:
    """The running and failed units while a log is read, and the spans found so far."""

    def __init__(self, shop: Shop) -> None:
        self.raw: dict[str, list[Stretch]] = {unit.id: [] for unit in shop.work_units}
        self.station = {unit.id: unit for unit in shop.work_units}
        self.bench = _bench(shop)
        self.issued: dict[str, commands.AnyCommand] = {}
        self.running: dict[str, tuple[float, str]] = {}
        self.down: dict[str, float] = {}

    def take(self, event: Event) -> None:
        """Process the next event."""
        if isinstance(event.fact, CommandIssued):
            self.issued[event.fact.command.command_id] = event.fact.command
        elif isinstance(event.fact, Reported):
            self.report(event.fact.report)

    def until(self, end_s: float) -> tuple[Timeline, ...]:
        """Return the timelines for shop time 0..``end_s``; activities still in progress end there."""
        found = {unit: list(stretches) for unit, stretches in self.raw.items()}
        for unit, (start, subject) in self.running.items():
            if unit in found:
                found[unit].append(Stretch("running", start, end_s, subject))
        for unit, start in self.down.items():
            if unit in found:
                found[unit].append(Stretch("down", start, end_s))
        return tuple(Timeline(unit, _filled(stretches, end_s)) for unit, stretches in found.items())

    def report(self, report: reports.AnyReport) -> None:
        """Record the activity that a report ends."""
        unit, now = report.unit, report.at_s
        match report:
            case reports.CycleStarted():
                self.running[unit] = (now, f"{report.serial} {report.operation}")
            case reports.CycleFinished() | reports.CycleInterrupted():
                start, subject = self.running.pop(unit, (now, ""))
                self.note(unit, "running", start, now, subject)
            case reports.TreatmentStarted():
                parts = ", ".join(report.serials)
                self.note(unit, "busy", now - _commanded_s(self.issued.get(report.command_id)), now, parts)
                self.running[unit] = (now, f"{parts} {report.operation}")
            case reports.PartsTreated():
                start, subject = self.running.pop(unit, (now, ""))
                self.note(unit, "running", start, now, subject)
            case reports.PartsUnloaded():
                began = now - _commanded_s(self.issued.get(report.command_id))
                self.note(unit, "busy", began, now, ", ".join(report.serials))
            case reports.MachineFailed():
                self.down.setdefault(unit, now)
            case reports.MachineRepaired():
                self.note(unit, "down", self.down.pop(unit, now), now, report.cause)
            case reports.MachineMaintained():
                self.note(unit, "maintenance", now - _commanded_s(self.issued.get(report.command_id)), now)
            case reports.PartMounted() | reports.PartDismounted():
                bench = unit if self.kind(unit) == "bench" else self.bench
                self.note(bench, "busy", now - _commanded_s(self.issued.get(report.command_id)), now, report.serial)
            case reports.PalletMoved() if self.kind(unit) == "robot":
                self.note(unit, "busy", now - self.station[unit].move_s, now, report.pallet)
            case reports.PartMeasured() | reports.ImageTaken() if self.kind(unit) in ("gauge", "vision"):
                self.note(unit, "busy", now - self.station[unit].measure_s, now, report.serial)
            case _:
                pass

    def kind(self, unit: str) -> str:
        """Return the kind of a unit; empty for a unit that isn't in the shop."""
        return self.station[unit].kind if unit in self.station else ""

    def note(self, unit: str, state: str, start: float, end: float, subject: str = "") -> None:
        """Store a completed span."""
        if unit in self.raw:
            self.raw[unit].append(Stretch(state, start, end, subject))


def _commanded_s(command: commands.AnyCommand | None) -> float:
    timed = (
        commands.MountPart,
        commands.DismountPart,
        commands.MaintainMachine,
        commands.LoadTool,
        commands.UnloadParts,
    )
    if isinstance(command, commands.TreatParts):
        return command.load_s
    return command.duration_s if isinstance(command, timed) else 0.0


def _bench(shop: Shop) -> str:
    benches = shop.units("bench")
    return benches[0].id if benches else ""


def _filled(found: list[Stretch], end_s: float) -> tuple[Stretch, ...]:
    """Return the spans in order, trimmed to the period and to each other, with idle between them; the earlier span wins an overlap."""
    filled: list[Stretch] = []
    now = 0.0
    for one in sorted(found, key=lambda stretch: (stretch.start_s, stretch.end_s)):
        start, end = max(one.start_s, now), min(one.end_s, end_s)
        if end <= start:
            continue
        if start > now:
            filled.append(Stretch("idle", now, start))
        filled.append(Stretch(one.state, start, end, one.subject))
        now = end
    if end_s > now:
        filled.append(Stretch("idle", now, end_s))
    return tuple(filled)
