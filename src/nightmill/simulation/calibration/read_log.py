"""Read each machine's history from the log, which is the only source that the twin learns from."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from nightmill.simulation.calibration.handling_times import Handling, HandlingReader
from nightmill.simulation.calibration.plan_adherence import PlanReader
from nightmill.simulation.cell.floor_behaviour import Down
from nightmill.simulation.cell.uncertainty import Cycle, MachineHistory
from nightmill.vocabulary import commands, events, reports


class LogHistory(msgspec.Struct, frozen=True):
    """The history in the log: ``machines`` for ``learn``, planned times, and handling times.

    ``planned_s`` of the program in force, by operation; ``handling``: the work around cuts. ``planned_on``: planned times by operation
    and machine, for machines whose own time is known.
    """

    machines: tuple[MachineHistory, ...]
    planned_s: dict[str, float]
    handling: Handling
    planned_on: dict[str, dict[str, float]] = {}


TOGETHER_S = 60.0
"""A cut's interruption and a machine failure within this time of each other count as the same event."""
LEAST_LEFT = 0.1
"""Fraction of a planned stop that is assumed to remain once it has lasted longer than usual."""


FADING_S = 10 * 86400.0
"""Planned stops, and the running hours between them, decay to 1/e of their weight after this time.

The rule that plans the stops learns from each machine's signals, so machines are stopped far more often in a new shop
than in an old one.
"""


@dataclass
class _Fading:
    """A sum with exponential decay."""

    total: float = 0.0
    at_s: float = 0.0

    def add(self, value: float, at_s: float) -> None:
        self.total, self.at_s = self.until(at_s) + value, at_s

    def until(self, at_s: float) -> float:
        """Return the value of the sum at a time."""
        return self.total * math.exp((self.at_s - at_s) / FADING_S)


@dataclass
class _Machine:
    cycles: list[Cycle] = field(default_factory=list)
    running_s: float = 0.0
    failures: int = 0
    repairs_h: list[float] = field(default_factory=list)
    interrupted: list[tuple[str, float]] = field(default_factory=list)
    failed_s: list[float] = field(default_factory=list)
    made: int = 0
    scrapped: int = 0
    cares: _Fading = field(default_factory=_Fading)
    cared_s: _Fading = field(default_factory=_Fading)
    cutting: reports.CycleStarted | None = None
    repair_began_s: float | None = None
    care_began_s: float | None = None
    is_down: bool = False

    def failed_by(self, at_s: float) -> bool:
        """Return whether a cut that stopped at ``at_s`` was stopped by a failure of the machine."""
        return any(abs(failed_s - at_s) <= TOGETHER_S for failed_s in self.failed_s)


def read_history(
    log: Iterable[events.Event], presence: Sequence[tuple[float, float]], now_s: float, *, since_s: float = 0.0
) -> LogHistory:
    """Return cuts, failures, repairs, scrap and planned times from ``since_s`` to shop time ``now_s``.

    Cuts running at ``now_s`` and interrupted cuts count as censored. A repair counts the attended hours
    (``presence``, stretches of shop time) from the repair order to its end. A part lost to a
    cut that stopped without a failure of its machine (a broken tool) counts as scrap.
    """
    reader = _Reader(presence, since_s)
    for event in log:
        if event.at_s <= now_s:
            reader.read(event)
    return reader.found(now_s)


class _Reader:
    def __init__(self, presence: Sequence[tuple[float, float]], since_s: float) -> None:
        self.presence, self.since_s = presence, since_s
        self.machines: dict[str, _Machine] = {}
        self.cycle_s: dict[str, float] = {}
        self.on_s: dict[tuple[str, str], float] = {}
        """Planned times by program and machine, from the machine's control or else from the route."""
        self.in_force: dict[str, str] = {}
        self.last: dict[str, str] = {}
        self.hands, self.plans = HandlingReader(), PlanReader()
        self.harmed: set[str] = set()
        self.lost: set[str] = set()

    def found(self, now_s: float) -> LogHistory:
        histories = []
        for name, seen in self.machines.items():
            if seen.cutting is not None and now_s > seen.cutting.at_s:
                self._cycle(seen, seen.cutting.operation, seen.cutting.program_sha256, now_s, complete=False)
            struck = [serial for serial, at_s in seen.interrupted if seen.failed_by(at_s)]
            lost = sum(serial in self.lost and not seen.failed_by(at_s) for serial, at_s in seen.interrupted)
            histories.append(
                MachineHistory(
                    machine=name,
                    cycles=tuple(seen.cycles),
                    running_h=seen.running_s / 3600.0,
                    failures=seen.failures,
                    repairs_h=tuple(seen.repairs_h),
                    interrupted=len(struck),
                    spoilt=sum(serial in self.lost for serial in struck),
                    made=seen.made + lost,
                    scrapped=seen.scrapped + lost,
                    cares=seen.cares.until(now_s),
                    cares_running_h=seen.cared_s.until(now_s) / 3600.0,
                )
            )
        planned = {name: self.cycle_s[sha] for name, sha in self.in_force.items() if self.cycle_s.get(sha, 0.0) > 0.0}
        handling = self.hands.found(self.presence)
        habits = handling.habits
        downs = [self._down(name, seen, now_s, habits.care_s) for name, seen in self.machines.items()]
        habits = msgspec.structs.replace(
            habits,
            replanned=self.plans.found(self.presence, now_s),
            downs=tuple(down for down in downs if down is not None),
        )
        handling = msgspec.structs.replace(handling, habits=habits)
        planned_on: dict[str, dict[str, float]] = {name: {} for name in planned}
        programs = {sha: name for name, sha in self.in_force.items()}
        for (sha, machine), seconds in self.on_s.items():
            if programs.get(sha) in planned_on:
                planned_on[programs[sha]][machine] = seconds
        return LogHistory(tuple(histories), planned, handling, planned_on)

    def read(self, event: events.Event) -> None:
        self.hands.read(event)
        self.plans.read(event)
        match event.fact:
            case events.RouteCertified() as fact:
                for routed in fact.operations:
                    self.cycle_s.setdefault(routed.program_sha256, routed.cycle_s)
                    for machine, seconds in routed.seconds_on.items():
                        self.on_s.setdefault((routed.program_sha256, machine), seconds)
                    self.in_force[routed.operation] = routed.program_sha256
            case events.ParametersRevised(on_trial=False) | events.ParametersJudged(released=True) as fact:
                self.in_force[fact.operation] = fact.program_sha256
            case events.CommandIssued(commands.RepairMachine() as command):
                self._of(command.unit).repair_began_s = event.at_s
            case events.CommandIssued(commands.MaintainMachine() as command):
                self._of(command.unit).care_began_s = event.at_s
            case events.PartDisposed() as fact:
                self._disposed(fact.serial, fact.disposition, event.at_s)
            case events.Reported(report):
                self._report(report)
            case _:
                pass

    def _down(self, machine: str, seen: _Machine, now_s: float, care_s: float) -> Down | None:
        """Return whether people are working on the machine, or must do so before it runs again."""
        if seen.is_down:
            return Down(machine, self._worked_s(seen.repair_began_s, now_s))
        if seen.care_began_s is not None:
            worked_s = self._worked_s(seen.care_began_s, now_s)
            return Down(machine, worked_s, max(care_s - worked_s, LEAST_LEFT * care_s))
        return None

    def _worked_s(self, began_s: float | None, until_s: float) -> float:
        """Attended time since that moment."""
        if began_s is None:
            return 0.0
        return sum(max(0.0, min(end, until_s) - max(begin, began_s)) for begin, end in self.presence)

    def _of(self, machine: str) -> _Machine:
        return self.machines.setdefault(machine, _Machine())

    def _report(self, report: reports.AnyReport) -> None:
        match report:
            case reports.ProgramStored() if report.cycle_s > 0.0:  # some controls give no time estimate
                self.cycle_s.setdefault(report.sha256, report.cycle_s)
                self.on_s[report.sha256, report.unit] = report.cycle_s
            case reports.CycleStarted():
                self._of(report.unit).cutting = report
                self.last[report.serial] = report.unit
            case reports.CycleFinished() | reports.CycleInterrupted():
                seen = self._of(report.unit)
                whole = isinstance(report, reports.CycleFinished)
                if seen.cutting is not None:
                    self._cycle(seen, report.operation, seen.cutting.program_sha256, report.at_s, complete=whole)
                if not whole and report.at_s >= self.since_s:
                    seen.interrupted.append((report.serial, report.at_s))
                    self.harmed.add(report.serial)
                seen.cutting = None
            case reports.MachineFailed():
                self._of(report.unit).is_down = True
                if report.at_s >= self.since_s:
                    self._of(report.unit).failures += 1
                    self._of(report.unit).failed_s.append(report.at_s)
            case reports.MachineMaintained():
                self._of(report.unit).care_began_s = None
                if report.at_s >= self.since_s:
                    self._of(report.unit).cares.add(1.0, report.at_s)
            case reports.MachineRepaired():
                self._repaired(self._of(report.unit), report.at_s)
            case _:
                pass

    def _cycle(self, seen: _Machine, operation: str, sha: str, at_s: float, *, complete: bool) -> None:
        """Return a cut on the machine, from its start to ``at_s``."""
        assert seen.cutting is not None
        if at_s < self.since_s:
            return
        taken = at_s - seen.cutting.at_s
        seen.running_s += taken
        seen.cared_s.add(taken, at_s)
        planned = self.on_s.get((sha, seen.cutting.unit), self.cycle_s.get(sha, 0.0))
        if planned > 0.0 and taken > 0.0:
            seen.cycles.append(Cycle(planned, taken, operation, complete, at_s))

    def _repaired(self, seen: _Machine, at_s: float) -> None:
        began, seen.repair_began_s, seen.is_down = seen.repair_began_s, None, False
        if began is None or at_s < self.since_s:
            return
        there = self._worked_s(began, at_s)
        if there > 0.0:
            seen.repairs_h.append(there / 3600.0)

    def _disposed(self, serial: str, disposition: str, at_s: float) -> None:
        """Record the fate of parts: interrupted parts are spoilt or not; all others are good or bad, on the machine of their last cut."""
        if serial in self.harmed:
            if disposition != "good":
                self.lost.add(serial)
        elif serial in self.last and at_s >= self.since_s:
            seen = self._of(self.last[serial])
            seen.made += 1
            seen.scrapped += disposition != "good"
