"""The virtual shop as the equipment of the units that stand in for real ones; it follows what reality does everywhere else."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from nightmill.drivers.connection import WorldStart, start_world, world_exists
from nightmill.drivers.direct_cell import DirectCell
from nightmill.floor import equipment as ports
from nightmill.vocabulary.commands import AnyCommand
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.reports import AnyReport
from nightmill.vocabulary.shop import Shop

ALL: frozenset[ports.Capability] = frozenset(
    ("watch", "load", "start", "offsets", "tools", "measure", "image", "move", "handle", "buy")
)


class VirtualUnits:
    """``floor.Equipment`` for the units that the virtual shop stands in for. Its time is moved to the shop's at every call."""

    def __init__(self, cell: DirectCell, units: frozenset[str]) -> None:
        self._cell, self._units = cell, units
        self._answers: dict[str, list[AnyReport]] = {}
        self._news: list[AnyReport] = []
        self._read = 0

    def capabilities(self, unit: str) -> frozenset[ports.Capability]:
        """Return everything for its own units, nothing for others."""
        return ALL if unit in self._units else frozenset()

    def refusal(self, command: AnyCommand) -> str:
        """Return an empty text: the virtual shop refuses when the command begins."""
        return ""

    def begin(self, opened: ports.OpenCommand, now_s: float) -> None:
        """Hand the command over; a refusal is reported by ``progress``."""
        self._advance(now_s)
        self._cell.submit(opened.command)

    def progress(self, opened: ports.OpenCommand, now_s: float) -> Sequence[AnyReport]:
        """Return the virtual shop's reports about the command."""
        self._advance(now_s)
        return self._answers.get(opened.command.command_id, [])

    def news(self, now_s: float) -> Iterable[AnyReport]:
        """Return failures and samples of its own units."""
        self._advance(now_s)
        found, self._news = self._news, []
        return found

    def follow(self, command: AnyCommand) -> None:
        """Repeat what real equipment or a person has carried out."""
        self._cell.submit(command, followed=True)

    def image(self, name: str) -> bytes | None:
        """Return a picture taken by the virtual camera, or by its set-up."""
        try:
            return self._cell.image(name)
        except BadInput:
            return None

    def close(self) -> None:
        """Disconnect; the virtual shop keeps running."""
        self._cell.close()

    def shutdown(self) -> None:
        """Stop the virtual shop's process; its journal stays."""
        self._cell.shutdown()

    def _advance(self, now_s: float) -> None:
        """Read all reports up to now. After a restart all of them are read again, and the cell's journal knows which are new."""
        while True:
            moved = self._cell.advance(now_s, self._read)
            for report in moved.reports:
                self._read = report.seq
                self._sort(report)
            if not moved.reports and moved.now_s >= now_s:
                return

    def _sort(self, report: AnyReport) -> None:
        command_id = str(getattr(report, "command_id", ""))
        if command_id:
            self._answers.setdefault(command_id, []).append(report)
        elif report.unit in self._units:
            self._news.append(report)


def open_virtual_units(folder: Path, shop: Shop, start: WorldStart, fence: int) -> VirtualUnits | None:
    """Start or resume the virtual shop in ``folder`` for its units that aren't connected; ``None`` if there are none."""
    ids = frozenset(unit.id for unit in shop.work_units if unit.protocol == "virtual")
    if not ids:
        return None
    known = world_exists(folder)
    cell = DirectCell.attach(folder, fence=fence) if known else start_world(folder, shop, start, fence=fence)
    return VirtualUnits(cell, ids)
