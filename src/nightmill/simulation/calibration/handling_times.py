"""Actual times of the work around cuts, from the log: manual work, moves, visits to gauge and camera, preparation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from nightmill.scheduling import records as scheduling
from nightmill.simulation.cell.floor_behaviour import Habits, Visits
from nightmill.stats.averages import mean
from nightmill.vocabulary import commands, events, reports


class Handling(msgspec.Struct, frozen=True):
    """Averages in s; ``None`` or missing if never observed.

    ``after_s`` by operation: time at gauge and camera and the moves between them, averaged over all parts, whether they go there or not.
    ``habits``: how the observed floor works.
    """

    mount_s: float | None = None
    dismount_s: float | None = None
    move_s: float | None = None
    after_s: dict[str, float] = {}
    habits: Habits = Habits()

    def applied(self, problem: scheduling.ShopProblem) -> scheduling.ShopProblem:
        """Return the problem with observed times in place of planned times."""
        by_hand = {machine.id for machine in problem.machines if machine.by_hand}
        operations = tuple(
            operation  # loading an oven is not a mount
            if any(each.machine in by_hand for each in operation.alternatives)
            else msgspec.structs.replace(
                operation,
                mount_s=operation.mount_s if self.mount_s is None else self.mount_s,
                dismount_s=operation.dismount_s if self.dismount_s is None else self.dismount_s,
                measure_s=self.after_s.get(operation.operation, operation.measure_s),
            )
            for operation in problem.operations
        )
        move_s = problem.move_s if self.move_s is None else self.move_s
        return msgspec.structs.replace(problem, operations=operations, move_s=move_s)


LATEST = 400
"""Number of preparation times kept as the sample to draw from."""


@dataclass
class _Visit:
    """A part between the end of its cut and the order to dismount it."""

    operation: str
    moves: int = 0
    gauge_s: list[float] = field(default_factory=list)
    camera_s: list[float] = field(default_factory=list)

    def station_s(self) -> float:
        return sum(self.gauge_s) + sum(self.camera_s)


class HandlingReader:
    """Receives every event in turn."""

    def __init__(self) -> None:
        self._issued: dict[str, float] = {}
        self._taken: dict[str, list[float]] = {"mount": [], "dismount": [], "move": [], "load": [], "prepare": []}
        self._cares: list[tuple[float, float]] = []
        self._fed: dict[str, float] = {}
        self._loading: dict[str, float] = {}
        """Mills whose magazine somebody has visited, with the end of the visit; infinite if somebody is there now."""
        self._errands: dict[str, float] = {}
        self._planned_load_s = 0.0
        self._pallet_of: dict[str, str] = {}
        self._visits: dict[str, _Visit] = {}
        self._ended: dict[str, list[_Visit]] = {}

    def read(self, event: events.Event) -> None:
        """Process one event."""
        match event.fact:
            case events.CommandIssued(command):
                self._issued[command.command_id] = event.at_s
                if isinstance(command, commands.DismountPart) and command.pallet in self._visits:
                    visit = self._visits.pop(command.pallet)
                    self._ended.setdefault(visit.operation, []).append(visit)
                elif isinstance(command, commands.LoadTool):
                    self._loading[command.unit], self._errands[command.command_id] = math.inf, command.duration_s
            case events.Reported(report):
                self._report(report)
            case _:
                pass

    def found(self, presence: Sequence[tuple[float, float]]) -> Handling:
        """Return the observations so far; work counts only in attended time (``presence``)."""
        move_s = _average(self._taken["move"])
        after = {
            name: mean([visit.station_s() + max(0, visit.moves - 1) * (move_s or 0.0) for visit in visits])
            for name, visits in self._ended.items()
        }
        cares = [sum(max(0.0, min(end, b) - max(begin, a)) for a, b in presence) for begin, end in self._cares]
        habits = Habits(
            visits={name: _visits(visits) for name, visits in self._ended.items()},
            preparation_s=tuple(self._taken["prepare"][-LATEST:]),
            load_pace=sum(self._taken["load"]) / self._planned_load_s if self._planned_load_s > 0.0 else 1.0,
            care_s=mean(cares) if cares else 0.0,
        )
        return Handling(_average(self._taken["mount"]), _average(self._taken["dismount"]), move_s, after, habits)

    def _report(self, report: reports.AnyReport) -> None:
        began = self._issued.pop(getattr(report, "command_id", ""), None)
        seconds = 0.0 if began is None else report.at_s - began
        match report:
            case reports.PartMounted():
                self._took("mount", seconds)
                self._pallet_of[report.serial] = report.pallet
            case reports.PartDismounted():
                self._took("dismount", seconds)
            case reports.PalletMoved():
                self._took("move", seconds)
                self._fed[report.pallet] = report.at_s
                if report.pallet in self._visits:
                    self._visits[report.pallet].moves += 1
            case reports.ToolLoaded():
                self._took("load", seconds)
                self._planned_load_s += self._errands.pop(report.command_id, 0.0)
                self._loading[report.unit] = report.at_s
            case reports.MachineMaintained() if began is not None:
                self._cares.append((began, report.at_s))
            case reports.CycleStarted() if self._pallet_of.get(report.serial) in self._fed:
                fed_s = self._fed[self._pallet_of[report.serial]]
                if self._loading.get(report.unit, -math.inf) < fed_s:
                    self._taken["prepare"].append(report.at_s - fed_s)
            case reports.CycleFinished() if report.serial in self._pallet_of:
                self._visits[self._pallet_of[report.serial]] = _Visit(report.operation)
            case reports.PartMeasured() | reports.ImageTaken():
                visit = self._visits.get(self._pallet_of.get(report.serial, ""))
                if visit is not None:
                    at = visit.gauge_s if isinstance(report, reports.PartMeasured) else visit.camera_s
                    at.append(seconds)
            case _:
                pass

    def _took(self, what: str, seconds: float) -> None:
        if seconds > 0.0:
            self._taken[what].append(seconds)


def _visits(parts: Sequence[_Visit]) -> Visits:
    """Fraction of the parts that went to a station, and the time that each of these spent there."""
    gauge, camera = (
        [sum(times) for times in each if times] for each in ([v.gauge_s for v in parts], [v.camera_s for v in parts])
    )
    number = len(parts)
    return Visits(
        len(gauge) / number, mean(gauge) if gauge else 0.0, len(camera) / number, mean(camera) if camera else 0.0
    )


def _average(seconds: list[float]) -> float | None:
    return mean(seconds) if seconds else None
