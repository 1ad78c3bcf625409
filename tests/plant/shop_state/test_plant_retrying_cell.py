"""A cell that fails for a while: told once, asked again, and given up when patience runs out."""

import pytest

from nightmill.floor import Advance, Cell, Greeting
from nightmill.plant.shop_state import retrying_cell
from nightmill.plant.shop_state.retrying_cell import PatientCell
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand, RepairMachine
from nightmill.vocabulary.errors import EnvironmentFailed, Fenced, Finding, fenced


def repaired(cell: Cell) -> Acknowledgement:
    return cell.submit(RepairMachine("r", "mill-1"))


class _Cell:
    """Fails so many times, then answers."""

    def __init__(self, failures: int, error: EnvironmentFailed | None = None) -> None:
        self.left, self.asked = failures, 0
        self.error = error or EnvironmentFailed(Finding("cell", "", "no answer", "one", "Wait."))

    def submit(self, command: AnyCommand) -> Acknowledgement:
        self.asked += 1
        self.left -= 1
        if self.left >= 0:
            raise self.error
        return Acknowledgement(command.command_id, True)

    def greet(self) -> Greeting:
        raise NotImplementedError

    def evidence(self, command_id: str) -> str:
        raise NotImplementedError

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        raise NotImplementedError

    def image(self, name: str) -> bytes:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing."""


def _watched(cell: _Cell, patience_s: float) -> tuple[PatientCell, list[str]]:
    told: list[str] = []
    patient = PatientCell(cell, patience_s)
    patient.lost = lambda subject, why: told.append(f"lost {subject}: {why}")
    patient.back = lambda subject: told.append(f"back {subject}")
    return patient, told


def test_what_fails_is_told_once_and_asked_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying_cell, "AGAIN_S", 0.0)
    patient, told = _watched(_Cell(3), 60.0)
    assert patient.ask(repaired).accepted
    assert told == ["lost cell: no answer", "back cell"]


def test_without_patience_and_after_it_the_failure_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying_cell, "AGAIN_S", 0.0)
    for patience_s, told_of in ((0.0, []), (0.01, ["lost cell: no answer"])):
        patient, told = _watched(_Cell(1 << 60), patience_s)
        with pytest.raises(EnvironmentFailed):
            patient.ask(repaired)
        assert told == told_of


def test_a_controller_that_was_taken_over_never_asks_again() -> None:
    cell = _Cell(5, fenced("world", 1, 2))
    patient, told = _watched(cell, 60.0)
    with pytest.raises(Fenced):
        patient.ask(repaired)
    assert (cell.asked, told) == (1, [])


def test_a_standby_has_no_cell_until_it_leads() -> None:
    patient = PatientCell(None)
    with pytest.raises(EnvironmentFailed):
        patient.ask(repaired)
    patient.reach(_Cell(0))
    assert patient.ask(repaired).accepted
