"""``LinuxCnc``: a machine with a LinuxCNC control. It stores and runs programs; tools, offsets and the door are people's work.

Whether a program was begun and has ended is read from the marks that it leaves on the control, whatever this side remembers: after a crash
of either side a command that has begun is not started again, and one without an end is interrupted, so that its part is in doubt.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from nightmill.drivers.linuxcnc.marks import BEGUN, ENDED, Marks, marked
from nightmill.drivers.linuxcnc.shell import ControlState, Shell
from nightmill.drivers.program_folder import ProgramFolder
from nightmill.floor import equipment as ports
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.shop import WorkUnit

LINUXCNC_CAN: frozenset[ports.Capability] = frozenset(("watch", "load", "start"))
STARTS_S = 10.0
"""A control that hasn't begun a program this long after it was told to run it will not begin it."""
WATCH_EVERY_S = 1.0


class LinuxCnc:
    """``floor.Equipment`` for one machine. ``run``: a word that no other live run has, part of the marks."""

    def __init__(self, unit: WorkUnit, shell: Shell, programs: ProgramFolder, run: str) -> None:
        self._unit, self._shell, self._programs, self._run = unit, shell, programs, run
        self._marks = Marks(unit.id, programs.folder)
        self._refused: dict[str, str] = {}
        self._told_s: dict[str, float] = {}
        self._idle: set[str] = set()
        self._watched_s = float("-inf")
        self._unanswered: ports.EquipmentUnreachable | None = None

    def capabilities(self, unit: str) -> frozenset[ports.Capability]:
        """Return what the control does for its machine."""
        return LINUXCNC_CAN if unit == self._unit.id else frozenset()

    def refusal(self, command: c.AnyCommand) -> str:
        """Return why the control can't take the command now."""
        return self._not_ready(command) if isinstance(command, c.StartCycle) else ""

    def begin(self, opened: ports.OpenCommand, now_s: float) -> None:
        """Store the program, or run it unless the control shows that it was begun before."""
        command = opened.command
        if isinstance(command, c.StoreProgram):
            self._refuse(command, self._programs.store(command.text, command.sha256))
        elif isinstance(command, c.StartCycle) and opened.begun_s is None and not self._has_begun(command):
            self._refuse(command, self._not_ready(command) or self._run_program(command))
            self._told_s[command.command_id] = now_s

    def progress(self, opened: ports.OpenCommand, now_s: float) -> Sequence[r.AnyReport]:
        """Return what the control shows about a command."""
        command = opened.command
        head = (0, now_s, self._unit.id, command.command_id)
        refused = self._refused.get(command.command_id)
        if refused:
            self._clean_up(command)
            return [r.CommandDeclined(*head, refused)]
        if isinstance(command, c.StoreProgram):
            cycle_s = 60.0 * sum(self._programs.cutting_minutes(command.sha256).values())
            return [r.ProgramStored(*head, command.operation, command.sha256, cycle_s)]
        return self._cycle(opened, command, now_s) if isinstance(command, c.StartCycle) else []

    def news(self, now_s: float) -> Iterable[r.AnyReport]:
        """Ask the control once a second, so that a loss of contact shows while it cuts."""
        if now_s >= self._watched_s + WATCH_EVERY_S:
            self._watched_s, self._unanswered = now_s, None
            try:
                self._shell.state()
            except ports.EquipmentUnreachable as error:
                self._unanswered = error
        if self._unanswered is not None:
            raise self._unanswered
        return ()

    def image(self, name: str) -> bytes | None:
        """Return ``None``: the control takes no pictures."""
        return None

    def close(self) -> None:
        """Disconnect; a running program goes on."""
        self._shell.close()

    def _cycle(self, opened: ports.OpenCommand, command: c.StartCycle, now_s: float) -> Sequence[r.AnyReport]:
        # the state first: a program that ends between the two questions has left its mark by the second
        state = self._shell.state()
        marks = self._marks.read(self._token(command))
        head = (0, now_s, self._unit.id, command.command_id)
        own = (command.serial, command.operation)
        if BEGUN not in marks and opened.begun_s is None:
            waited_s = now_s - self._told_s.get(command.command_id, now_s)
            if state.running == "IDLE" and waited_s > STARTS_S:
                self._clean_up(command)
                return [r.CommandDeclined(*head, self._shell.errors() or "the control didn't begin the program")]
            return []
        begun = r.CycleStarted(*head, *own, command.program_sha256, self._unit.id, "mark")
        minutes = self._programs.cutting_minutes(command.program_sha256)
        if ENDED in marks:
            duration_s = now_s - (opened.begun_s if opened.begun_s is not None else now_s)
            self._clean_up(command)
            kwh = duration_s / 3600.0 * self._unit.power_kw_cutting
            return [begun, r.CycleFinished(*head, *own, duration_s, kwh, minutes, {}, {}, {}, self._unit.id, "mark")]
        if state.running != "IDLE":
            self._idle.discard(command.command_id)
        elif command.command_id in self._idle:
            self._clean_up(command)
            alarm = self._shell.errors() or "the program was stopped at the control"
            return [begun, r.CycleInterrupted(*head, *own, alarm, minutes, self._unit.id, "mark")]
        else:
            self._idle.add(command.command_id)
        return [begun]

    def _not_ready(self, command: c.StartCycle) -> str:
        """Return why the control can't start a program now; empty if it can."""
        reason = unready(self._shell.state())
        if not reason and self._programs.text(command.program_sha256) is None:
            reason = (
                f"{self._programs.path(command.program_sha256)} is missing, or has another SHA-256 than the program"
            )
        return reason

    def _has_begun(self, command: c.StartCycle) -> bool:
        state = self._shell.state()
        running = state.running != "IDLE" and Path(state.program) == self._file(command)
        return running or BEGUN in self._marks.read(self._token(command))

    def _run_program(self, command: c.StartCycle) -> str:
        """Run the program under the command's token; return why that can't be, empty if the control was told to."""
        text, file = self._programs.text(command.program_sha256), self._file(command)
        if text is None:
            return f"{self._programs.path(command.program_sha256)} is missing"
        try:
            whole = marked(text, self._token(command), self._marks.path)
        except ValueError as error:
            return str(error)
        problem = self._programs.write(file, whole, sha256(whole.encode()).hexdigest())
        if problem:
            return problem
        self._shell.errors()
        if not self._shell.put(f"open {file}"):
            return f"the control doesn't open {file}: {self._shell.errors()}"
        found = self._shell.get("program")
        if Path(found) != file:
            return f"the control keeps {found} instead of {file}: {self._shell.errors()}"
        if not self._shell.put("run"):
            return f"the control refuses to run {file}: {self._shell.errors()}"
        return ""

    def _clean_up(self, command: c.AnyCommand) -> None:
        """Delete the program of a start that has ended; the stored program and the marks stay."""
        if isinstance(command, c.StartCycle):
            self._programs.remove(self._file(command))

    def _refuse(self, command: c.AnyCommand, reason: str) -> None:
        if reason:
            self._refused[command.command_id] = reason

    def _file(self, command: c.StartCycle) -> Path:
        return self._programs.folder / f"{self._token(command)}.ngc"

    def _token(self, command: c.StartCycle) -> str:
        return f"{self._run}-{command.command_id}"


def unready(state: ControlState) -> str:
    """Return why a control in this state can't start a program; empty if it can."""
    checks = (
        (state.estop, "the emergency stop is pressed: release it"),
        (not state.on, "the machine is off: switch it on"),
        (not state.homed, "the machine isn't homed: home all axes"),
        (state.running == "RUNNING", f"the control runs {state.program}: wait for its end"),
        (state.running == "PAUSED", f"the control holds {state.program}: let it end, or abort it"),
        (state.mode != "AUTO", f"the control is in mode {state.mode}: switch it to AUTO"),
        (state.feed_override <= 0.0, "the feed override is 0 %: turn it up"),
    )
    return next((text for found, text in checks if found), "")
