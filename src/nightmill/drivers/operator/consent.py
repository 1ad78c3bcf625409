"""Consent before a start: a person says yes to each start, or has to be present, as far as the machine is trusted."""

from collections.abc import Callable, Iterable, Sequence

from nightmill.drivers.operator.tasks import TaskList
from nightmill.floor import equipment as ports
from nightmill.vocabulary.commands import AnyCommand, StartCycle
from nightmill.vocabulary.person_tasks import PersonTask
from nightmill.vocabulary.reports import AnyReport, CommandDeclined

WAIT_S = 900.0


class WithConsent:
    """``floor.Equipment`` in front of a machine that starts a program only after a person's yes to this start."""

    def __init__(self, machine: ports.Equipment, tasks: TaskList) -> None:
        self._machine, self._tasks = machine, tasks
        self._begun: set[str] = set()

    def capabilities(self, unit: str) -> frozenset[ports.Capability]:
        """Return what the machine can do."""
        return self._machine.capabilities(unit)

    def refusal(self, command: AnyCommand) -> str:
        """Return why the machine can't take the command now."""
        return self._machine.refusal(command)

    def begin(self, opened: ports.OpenCommand, now_s: float) -> None:
        """Ask for consent to a start; hand everything else over."""
        command = opened.command
        if not isinstance(command, StartCycle):
            self._machine.begin(opened, now_s)
            return
        details = {"pallet": command.pallet, "operation": command.operation, "program": command.program_sha256}
        due_s = opened.since_s + WAIT_S
        self._tasks.ask(
            PersonTask(
                f"{command.command_id}-confirm",
                "confirm_start",
                command.unit,
                command.serial,
                opened.since_s,
                due_s,
                (),
                details,
            )
        )

    def progress(self, opened: ports.OpenCommand, now_s: float) -> Sequence[AnyReport]:
        """Return what the machine shows once a person has agreed."""
        command = opened.command
        if isinstance(command, StartCycle):
            found = self._tasks.find(f"{command.command_id}-confirm")
            answer = found.answer if found is not None else None
            if answer is None:
                return []
            if answer.refused:
                why = f"{answer.by}: {answer.refused}"
                return [CommandDeclined(0, answer.at_s, command.unit, command.command_id, why)]
            if command.command_id not in self._begun:
                self._machine.begin(opened, now_s)
                self._begun.add(command.command_id)
        return self._machine.progress(opened, now_s)

    def news(self, now_s: float) -> Iterable[AnyReport]:
        """Return the machine's news."""
        return self._machine.news(now_s)

    def image(self, name: str) -> bytes | None:
        """Return the machine's picture of this name."""
        return self._machine.image(name)

    def close(self) -> None:
        """Disconnect the machine."""
        self._machine.close()


class Attended(WithConsent):
    """``floor.Equipment`` in front of a machine that starts a program only while somebody is present."""

    def __init__(self, machine: ports.Equipment, tasks: TaskList, persons: Callable[[], int]) -> None:
        super().__init__(machine, tasks)
        self._persons = persons

    def refusal(self, command: AnyCommand) -> str:
        """Refuse a start while nobody is present."""
        if isinstance(command, StartCycle) and self._persons() < 1:
            return f"nobody is present, and {command.unit} is trusted only while somebody is"
        return self._machine.refusal(command)

    def begin(self, opened: ports.OpenCommand, now_s: float) -> None:
        """Hand the command over."""
        self._machine.begin(opened, now_s)

    def progress(self, opened: ports.OpenCommand, now_s: float) -> Sequence[AnyReport]:
        """Return what the machine shows."""
        return self._machine.progress(opened, now_s)
