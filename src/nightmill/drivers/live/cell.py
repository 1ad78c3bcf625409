"""The cell of a live run: each unit's own equipment behind the port that the controller knows.

A command is recorded before it reaches the equipment, and a report before the controller sees it. Everything between is repeatable: a
driver is asked again what has become of each open command, and answers from the evidence at the equipment, not from memory.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec

from nightmill.drivers.live.journal import BEGINNINGS, LiveJournal
from nightmill.drivers.live.virtual_units import VirtualUnits
from nightmill.drivers.telemetry import ReportSignals, Telemetry
from nightmill.floor import Advance, Greeting
from nightmill.floor import equipment as ports
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand, Command
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding, NightmillError, fenced
from nightmill.vocabulary.reports import AnyReport, CommandDeclined, ContactLost, ContactRestored

POLL_S = 0.2
_FENCE, _FOLLOWED, _REACHED = "fence", "followed", "reached_s"
_REACHED_EVERY_S = 60.0
CLOCK_TOLERANCE_S = 120.0
"""How far the clock may be behind the time that a live run has reached: more than clocks are adjusted by."""


class Crew(msgspec.Struct, frozen=True):
    """The equipment of a shop. What the ``units``' own equipment can't do is done by ``people``; ``virtual`` stands in for units that
    aren't connected, and follows the others.
    """

    people: ports.Equipment
    units: Mapping[str, ports.Equipment] = {}
    virtual: VirtualUnits | None = None

    def owners(self) -> dict[tuple[str, type[Command]], ports.Equipment]:
        """Return the equipment by unit and kind of command, for what people don't do."""
        return {
            (unit, kind): equipment
            for unit, equipment in self.units.items()
            for capability in equipment.capabilities(unit)
            for kind in ports.COMMANDS_OF.get(capability, ())
        }

    def all(self) -> list[ports.Equipment]:
        """Return each piece of equipment once."""
        return list({id(each): each for each in (*self.units.values(), self.people)}.values())


class LiveCell:
    """``floor.Cell`` of a shop's own equipment; ``clock`` gives shop time, which moves with real time."""

    endpoints: tuple[tuple[str, str], ...] = ()

    def __init__(self, folder: Path, crew: Crew, clock: Callable[[], float], fence: int = 0) -> None:
        """Open the journal in ``folder`` and take up its open commands.

        Raises ``EnvironmentFailed`` if another process runs the shop, or the clock is behind the journal; ``Fenced`` if a newer
        controller has led.
        """
        self._crew, self._clock = crew, clock
        self._owners = crew.owners()
        self._lock = _lock(folder)
        self._journal = LiveJournal(folder / "journal.sqlite")
        self._boot_id = secrets.token_hex(8)
        self._reached_s = self._kept_s = self._journal.mark(_REACHED) or 0.0
        try:
            self._fence(fence)
            self._check_clock(folder)
        except NightmillError:
            self._let_go()
            raise
        self._begun: set[str] = set()
        self._lost: dict[str, str] = {}
        self._signals: ReportSignals | None = None

    def tell(self, telemetry: Telemetry, start: datetime) -> None:
        """From now on, pass the signals in reports to ``telemetry``; ``start``: shop time 0."""
        self._signals = ReportSignals(telemetry, start)

    def greet(self) -> Greeting:
        """Return the cell's greeting: its identity, shop time and last report."""
        return Greeting(self._now_s(), self._journal.last_seq(), self._boot_id)

    def submit(self, command: AnyCommand) -> Acknowledgement:
        """Record the command and hand it to its equipment; a repeated id gets the same answer."""
        before = self._journal.answered(command.command_id)
        if before is not None:
            return before
        owner = self._owner(command)
        try:
            reason = owner.refusal(command)
        except ports.EquipmentUnreachable as error:
            reason = str(error)
        return self._journal.take(command, self._now_s(), reason)

    def evidence(self, command_id: str) -> str:
        """``unknown``, ``running``, ``done`` or ``refused``."""
        return self._journal.evidence(command_id)

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        """Wait until something is reported or ``until_s`` is reached. Raises ``BadInput`` if the controller has acknowledged more than
        was ever reported.
        """
        last = self._journal.last_seq()
        if not 0 <= acknowledged_seq <= last:
            raise BadInput(_foreign_log(acknowledged_seq, last))
        while True:
            self._look()
            reports = self._journal.pending(acknowledged_seq)
            now_s = self._now_s()
            if reports or now_s >= until_s:
                break
            time.sleep(min(POLL_S, max(0.0, until_s - now_s)))
        if self._signals is not None:
            self._signals.see(reports)
        return Advance(max(now_s, reports[-1].at_s) if reports else now_s, reports)

    def image(self, name: str) -> bytes:
        """Return the PNG of an ``ImageTaken`` report. Raises ``BadInput`` if no camera knows it."""
        for equipment in self._crew.all():
            found = equipment.image(name)
            if found is not None:
                return found
        raise BadInput(
            Finding("cell", "image", name, "the name in an ImageTaken report", "Ask for an image of that name.")
        )

    def close(self) -> None:
        """Disconnect; the equipment keeps running."""
        for equipment in self._crew.all():
            equipment.close()
        self._let_go()

    def shutdown(self) -> None:
        """Stop the virtual shop that stands in for some units, if there is one. Real equipment keeps running."""
        if self._crew.virtual is not None:
            self._crew.virtual.shutdown()

    def _let_go(self) -> None:
        self._journal.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _owner(self, command: AnyCommand) -> ports.Equipment:
        return self._owners.get((command.unit, type(command)), self._crew.people)

    def _look(self) -> None:
        """Ask each piece of equipment what has become of its open commands, and what else has happened."""
        now_s = self._now_s()
        found: list[AnyReport] = []
        for equipment in self._crew.all():
            found += self._asked(partial(self._news, equipment, now_s), now_s)
        for opened in self._journal.open_commands():
            found += self._asked(partial(self._progress, opened, now_s), now_s)
        if found:
            self._journal.add(found)
        self._follow()

    def _news(self, equipment: ports.Equipment, now_s: float) -> Iterable[AnyReport]:
        """Return an equipment's news, and that its units answer again."""
        found = list(equipment.news(now_s))
        back = [unit for unit in self._lost if self._crew.units.get(unit) is equipment]
        for unit in back:
            del self._lost[unit]
        return [*(ContactRestored(0, now_s, unit) for unit in back), *found]

    def _progress(self, opened: ports.OpenCommand, now_s: float) -> Sequence[AnyReport]:
        """Begin a command if this process hasn't done so, and return its reports by now."""
        owner, command_id = self._owner(opened.command), opened.command.command_id
        if command_id not in self._begun:
            owner.begin(opened, now_s)
            self._begun.add(command_id)
        return owner.progress(opened, now_s)

    def _asked(self, question: Callable[[], Iterable[AnyReport]], now_s: float) -> list[AnyReport]:
        """Return the answer, with the loss of contact or its return as a report; nothing else depends on one unit's answer."""
        try:
            return list(question())
        except ports.EquipmentUnreachable as error:
            if error.unit in self._lost:
                return []
            self._lost[error.unit] = error.why
            return [ContactLost(0, now_s, error.unit, error.why)]

    def _follow(self) -> None:
        """Have the virtual shop repeat what ended elsewhere since it last did."""
        virtual = self._crew.virtual
        if virtual is None:
            return
        done = int(self._journal.mark(_FOLLOWED) or 0)
        for report in self._journal.pending(done):
            command_id = str(getattr(report, "command_id", ""))
            command = self._journal.command(command_id) if command_id else None
            ended = not isinstance(report, BEGINNINGS | CommandDeclined)
            if command is not None and ended and self._owner(command) is not virtual:
                virtual.follow(command)
            done = report.seq
        self._journal.keep_mark(_FOLLOWED, done)

    def _now_s(self) -> float:
        """Return shop time, which never runs back. How far it has come is kept once a minute, for the check after a restart."""
        now_s = max(self._clock(), self._reached_s)
        if now_s >= self._kept_s + _REACHED_EVERY_S:
            self._journal.keep_mark(_REACHED, now_s)
            self._kept_s = now_s
        self._reached_s = now_s
        return now_s

    def _check_clock(self, folder: Path) -> None:
        behind_s = self._reached_s - self._clock()
        if behind_s > CLOCK_TOLERANCE_S:
            found = f"a clock {behind_s:.0f} s behind the last entry of the live run"
            remedy = "Set this computer's clock, or wait until it has caught up."
            raise EnvironmentFailed(Finding(str(folder), "clock", found, "a clock that runs on", remedy))

    def _fence(self, fence: int) -> None:
        newest = int(self._journal.mark(_FENCE) or 0)
        if fence < newest:
            raise fenced("live cell", fence, newest)
        if fence > newest:
            self._journal.keep_mark(_FENCE, fence)


def _lock(folder: Path) -> int:
    """Return the open lock of the live run in ``folder``. Raises ``EnvironmentFailed`` if another process has it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        remedy = "Free some space or correct the permissions."
        raise EnvironmentFailed(Finding(str(folder), "", str(error), "a folder that can be written", remedy)) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        found, expected = "another process runs the shop live", "one process at a time"
        raise EnvironmentFailed(Finding(str(folder), "lock", found, expected, "End the other one first.")) from error
    return handle


def _foreign_log(acknowledged: int, last: int) -> Finding:
    return Finding(
        "journal.sqlite",
        "advance",
        f"report {acknowledged} acknowledged",
        f"a number from 0 to {last}, the last report of this live run",
        "The controller's log belongs to another run: restore both, or start afresh with --fresh.",
    )
