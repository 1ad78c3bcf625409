"""What the work around cuts really takes, from the log: handwork, moves, visits at gauge and camera."""

from dataclasses import dataclass

import msgspec

from nightmill.schedule import records as scheduling
from nightmill.twin.averages import mean
from nightmill.vocabulary import commands, events, reports


class Handling(msgspec.Struct, frozen=True):
    """Averages in s; ``None`` or missing where it was never seen.

    ``after_s`` by operation: time at gauge and camera and the moves between them, over all parts, visited or not.
    """

    mount_s: float | None = None
    dismount_s: float | None = None
    move_s: float | None = None
    after_s: dict[str, float] = {}


@dataclass
class _Visit:
    """A part between the end of its cut and the order to take it off."""

    operation: str
    moves: int = 0
    station_s: float = 0.0


class HandlingReader:
    """Fed with every event in turn."""

    def __init__(self) -> None:
        self._issued: dict[str, float] = {}
        self._taken: dict[str, list[float]] = {"mount": [], "dismount": [], "move": []}
        self._pallet_of: dict[str, str] = {}
        self._visits: dict[str, _Visit] = {}
        self._ended: dict[str, list[_Visit]] = {}

    def read(self, event: events.Event) -> None:
        """Take one event into account."""
        match event.fact:
            case events.CommandIssued(command):
                self._issued[command.command_id] = event.at_s
                if isinstance(command, commands.DismountPart) and command.pallet in self._visits:
                    visit = self._visits.pop(command.pallet)
                    self._ended.setdefault(visit.operation, []).append(visit)
            case events.Reported(report):
                self._report(report)
            case _:
                pass

    def found(self) -> Handling:
        """The averages so far."""
        move_s = _average(self._taken["move"])
        after = {
            name: mean([visit.station_s + max(0, visit.moves - 1) * (move_s or 0.0) for visit in visits])
            for name, visits in self._ended.items()
        }
        return Handling(_average(self._taken["mount"]), _average(self._taken["dismount"]), move_s, after)

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
                if report.pallet in self._visits:
                    self._visits[report.pallet].moves += 1
            case reports.CycleFinished() if report.serial in self._pallet_of:
                self._visits[self._pallet_of[report.serial]] = _Visit(report.operation)
            case reports.PartMeasured() | reports.ImageTaken():
                visit = self._visits.get(self._pallet_of.get(report.serial, ""))
                if visit is not None:
                    visit.station_s += seconds
            case _:
                pass

    def _took(self, what: str, seconds: float) -> None:
        if seconds > 0.0:
            self._taken[what].append(seconds)


def handled(problem: scheduling.ShopProblem, seen: Handling) -> scheduling.ShopProblem:
    """The problem with the times that were seen in place of those that were planned."""
    operations = tuple(
        msgspec.structs.replace(
            operation,
            mount_s=operation.mount_s if seen.mount_s is None else seen.mount_s,
            dismount_s=operation.dismount_s if seen.dismount_s is None else seen.dismount_s,
            measure_s=seen.after_s.get(operation.operation, operation.measure_s),
        )
        for operation in problem.operations
    )
    move_s = problem.move_s if seen.move_s is None else seen.move_s
    return msgspec.structs.replace(problem, operations=operations, move_s=move_s)


def _average(seconds: list[float]) -> float | None:
    return mean(seconds) if seconds else None
