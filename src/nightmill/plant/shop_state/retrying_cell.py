"""Handle a cell that can't be reached for a while: wait, report the failure once, retry, and continue from the same point."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar, runtime_checkable

from nightmill.floor import Cell
from nightmill.vocabulary.commands import AnyCommand
from nightmill.vocabulary.errors import EnvironmentFailed, Fenced, Finding

AGAIN_S = 0.2
LOG, CELL = "log", "cell"
"""Subjects that a run can lose contact with: the disk or database that holds its log, and the machines."""
_T = TypeVar("_T")


@runtime_checkable
class Preparing(Protocol):
    """A cell that can do preparatory work for a command before the command is durable."""

    def prepare(self, commands: Sequence[AnyCommand]) -> None:
        """Prepare to submit these commands; nothing is sent yet. Called from another thread, while no request is pending."""


class PatientCell:
    """The ``floor.Cell`` of a run: repeats a failing request until ``patience_s`` real seconds have passed.

    Every request is idempotent, so nothing is done twice. ``lost`` is called at the first failure
    and ``back`` at the first answer after it. A standby has no cell until it leads.
    """

    def __init__(self, cell: Cell | None, patience_s: float = 0.0) -> None:
        self._cell, self._patience_s = cell, patience_s
        self.lost: Callable[[str, str], None] = lambda subject, why: None
        self.back: Callable[[str], None] = lambda subject: None

    def reach(self, cell: Cell) -> None:
        """Set the cell to use from now on."""
        self._cell = cell

    def preparing(self, commands: Sequence[AnyCommand]) -> Callable[[], None] | None:
        """Return work to do while these commands become durable; ``None`` if the cell has none."""
        cell = self._cell
        return partial(cell.prepare, commands) if commands and isinstance(cell, Preparing) else None

    def ask(self, question: Callable[[Cell], _T]) -> _T:
        """Return the cell's answer to an idempotent request. Raises ``EnvironmentFailed`` before there is a cell."""
        cell = self._cell
        if cell is None:
            remedy = "Wait until this controller leads."
            raise EnvironmentFailed(Finding("cell", "", "a standby", "the leader", remedy))
        return self.patiently(lambda: question(cell))

    def patiently(self, question: Callable[[], _T], subject: str = CELL) -> _T:
        """Return the answer to an idempotent request to the cell, or to another ``subject`` that the run depends on; retry while the
        request fails.
        """
        try:
            return question()
        except Fenced:
            raise
        except EnvironmentFailed as error:
            if self._patience_s <= 0:
                raise
            self.lost(subject, error.findings[0].found if error.findings else str(error))
            answer = self._until_answered(question)
            self.back(subject)
            return answer

    def _until_answered(self, question: Callable[[], _T]) -> _T:
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                return question()
            except Fenced:
                raise
            except EnvironmentFailed:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(AGAIN_S)
