"""The live cell: what is accepted is done once, whatever is killed; people's answers are the evidence; the virtual shop follows."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from nightmill.drivers import live
from nightmill.floor import equipment as ports
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Fenced, NightmillError
from nightmill.vocabulary.person_tasks import TaskAnswer
from nightmill.vocabulary.shop import MachineLimits

MOUNT = c.MountPart("mount-1", "bench", "P01", "A.001", "plate/1", "blank-plate", 60.0)
CYCLE = c.StartCycle("cycle-2", "mill", "P01", "A.001", "plate/1", "ab" * 32)


OPENED: list[live.TaskList | live.LiveCell] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close what a test has opened."""
    yield
    while OPENED:
        OPENED.pop().close()


class Clock:
    """Shop time that tests set."""

    now_s = 1000.0

    def __call__(self) -> float:
        self.now_s += 0.5
        return self.now_s


class Machine:
    """A machine that remembers what it was told to begin, and can lose its line."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: set[str] = set()
        self.off = ""
        self.refuses = ""

    def capabilities(self, unit: str) -> frozenset[ports.Capability]:
        return frozenset(("watch", "start"))

    def refusal(self, command: c.AnyCommand) -> str:
        self._line()
        return self.refuses

    def begin(self, opened: ports.OpenCommand, now_s: float) -> None:
        self._line()
        self.begun.append(opened.command.command_id)

    def progress(self, opened: ports.OpenCommand, now_s: float) -> Sequence[r.AnyReport]:
        self._line()
        command = opened.command
        assert isinstance(command, c.StartCycle)
        head = (0, now_s, "mill", command.command_id, command.serial, command.operation)
        found: list[r.AnyReport] = [r.CycleStarted(*head, command.program_sha256, "mill", "mark")]
        if command.command_id in self.ended:
            found.append(r.CycleFinished(*head, 5.0, 0.1, {}, {}, {}, {}, "mill", "mark"))
        return found

    def news(self, now_s: float) -> Iterable[r.AnyReport]:
        self._line()
        return ()

    def image(self, name: str) -> bytes | None:
        return None

    def close(self) -> None:
        pass

    def _line(self) -> None:
        if self.off:
            raise ports.EquipmentUnreachable("mill", self.off)


def people(folder: Path) -> live.People:
    programs = {"mill": live.ProgramFolder(folder / "programs", MachineLimits())}
    limits = live.Limits({"d1": (9.9, 10.1)}, {"plate/1": 60.0}, {"blank-plate": 3.0})
    return live.People(live.TaskList(folder / "tasks.sqlite"), limits, programs)


def tasks_of(folder: Path) -> live.TaskList:
    OPENED.append(tasks := live.TaskList(folder / "tasks.sqlite"))
    return tasks


def cell_of(folder: Path, machine: ports.Equipment | None, clock: Clock, fence: int = 1) -> live.LiveCell:
    crew = people(folder)
    try:
        cell = live.LiveCell(folder, live.Crew(crew, {"mill": machine} if machine is not None else {}), clock, fence)
    except NightmillError:
        crew.close()
        raise
    OPENED.append(cell)
    return cell


def reported(cell: live.LiveCell, clock: Clock, after: int = 0) -> list[r.AnyReport]:
    return list(cell.advance(clock.now_s, after).reports)


def test_a_person_confirms_and_the_answer_is_reported_once(tmp_path: Path) -> None:
    clock = Clock()
    cell = cell_of(tmp_path, Machine(), clock)
    assert cell.submit(MOUNT).accepted
    assert cell.submit(MOUNT).duplicate
    assert reported(cell, clock) == []
    tasks = tasks_of(tmp_path)
    (task,) = tasks.open_tasks()
    assert (task.kind, task.part, task.details["pallet"]) == ("mount", "A.001", "P01")
    tasks.answer("mount-1", TaskAnswer("Ada", 1200.0))
    (mounted,) = reported(cell, clock)
    assert isinstance(mounted, r.PartMounted)
    assert (mounted.seq, mounted.at_s, mounted.serial) == (1, 1200.0, "A.001")
    assert reported(cell, clock, 1) == []
    assert cell.evidence("mount-1") == "done"
    with pytest.raises(BadInput, match="answered"):
        tasks.answer("mount-1", TaskAnswer("Ada", 1201.0))


def test_a_refused_task_declines_the_command(tmp_path: Path) -> None:
    clock = Clock()
    cell = cell_of(tmp_path, Machine(), clock)
    cell.submit(MOUNT)
    reported(cell, clock)
    tasks_of(tmp_path).answer("mount-1", TaskAnswer("Ada", 1200.0, "the blank is bent"))
    (declined,) = reported(cell, clock)
    assert isinstance(declined, r.CommandDeclined)
    assert declined.why == "Ada: the blank is bent"


def test_what_was_begun_is_taken_up_after_a_crash_and_reported_once(tmp_path: Path) -> None:
    clock, machine = Clock(), Machine()
    cell = cell_of(tmp_path, machine, clock)
    cell.submit(CYCLE)
    assert [type(each) for each in reported(cell, clock)] == [r.CycleStarted]
    cell.close()
    again = cell_of(tmp_path, machine, clock)
    assert again.evidence("cycle-2") == "running"
    machine.ended.add("cycle-2")
    assert [type(each) for each in reported(again, clock)] == [r.CycleStarted, r.CycleFinished]
    assert [type(each) for each in reported(again, clock, 1)] == [r.CycleFinished]
    # the machine is told again after a crash, and it is the machine's own memory that tells whether it has begun
    assert machine.begun == ["cycle-2", "cycle-2"]


def test_a_line_that_drops_stops_that_machine_only(tmp_path: Path) -> None:
    clock, machine = Clock(), Machine()
    cell = cell_of(tmp_path, machine, clock)
    cell.submit(CYCLE)
    reported(cell, clock)
    machine.off = "no route to host"
    (lost,) = reported(cell, clock, 1)
    assert isinstance(lost, r.ContactLost)
    assert lost.why == "no route to host"
    assert (
        "no route to host" in cell.submit(c.StartCycle("cycle-3", "mill", "P02", "A.002", "plate/1", "ab" * 32)).reason
    )
    assert cell.submit(MOUNT).accepted
    assert reported(cell, clock, 2) == []
    machine.off = ""
    machine.ended.add("cycle-2")
    assert [type(each) for each in reported(cell, clock, 2)] == [r.ContactRestored, r.CycleFinished]


def test_a_clock_that_is_behind_and_an_older_controller_are_refused(tmp_path: Path) -> None:
    clock = Clock()
    cell = cell_of(tmp_path, Machine(), clock, fence=4)
    clock.now_s = 9000.0
    cell.greet()
    with pytest.raises(EnvironmentFailed, match="another process"):
        cell_of(tmp_path, Machine(), clock, fence=5)
    cell.close()
    with pytest.raises(Fenced):
        cell_of(tmp_path, Machine(), clock, fence=3)
    clock.now_s = 5400.0
    with pytest.raises(EnvironmentFailed, match="behind"):
        cell_of(tmp_path, Machine(), clock, fence=5)


def test_consent_is_asked_before_each_start(tmp_path: Path) -> None:
    clock, machine = Clock(), Machine()
    tasks = tasks_of(tmp_path)
    cell = cell_of(tmp_path, live.WithConsent(machine, tasks), clock)
    cell.submit(CYCLE)
    assert reported(cell, clock) == []
    assert machine.begun == []
    tasks.answer("cycle-2-confirm", TaskAnswer("Ada", clock.now_s))
    assert [type(each) for each in reported(cell, clock)] == [r.CycleStarted]
    assert machine.begun == ["cycle-2"]


def test_an_attended_machine_starts_only_while_somebody_is_present(tmp_path: Path) -> None:
    clock, machine, present = Clock(), Machine(), [0]
    attended = live.Attended(machine, tasks_of(tmp_path), lambda: present[0])
    cell = cell_of(tmp_path, attended, clock)
    assert "nobody is present" in cell.submit(CYCLE).reason
    present[0] = 1
    assert cell.submit(c.StartCycle("cycle-9", "mill", "P01", "A.001", "plate/1", "ab" * 32)).accepted


def test_a_person_at_a_machine_starts_and_ends_a_cycle(tmp_path: Path) -> None:
    clock = Clock()
    cell = cell_of(tmp_path, None, clock)
    tasks = tasks_of(tmp_path)
    cell.submit(CYCLE)
    reported(cell, clock)
    tasks.answer("cycle-2", TaskAnswer("Ada", 1100.0))
    (begun,) = reported(cell, clock)
    assert isinstance(begun, r.CycleStarted)
    assert (begun.source, begun.evidence) == ("mill", "person")
    assert [task.kind for task in tasks.open_tasks()] == ["end_cycle"]
    tasks.answer("cycle-2-end", TaskAnswer("Ada", 1160.0, "the drill broke"))
    broken = reported(cell, clock, 1)[-1]
    assert isinstance(broken, r.CycleInterrupted)
    assert broken.alarm == "Ada: the drill broke"


def test_goods_are_booked_in_once(tmp_path: Path) -> None:
    clock = Clock()
    cell = cell_of(tmp_path, None, clock)
    tasks = tasks_of(tmp_path)
    cell.submit(c.PlacePurchaseOrder("purchase-1", "", "PO-1", "Steelco", "blank-plate", 5))
    reported(cell, clock)
    tasks.answer("purchase-1", TaskAnswer("Ada", 1100.0))
    (accepted,) = reported(cell, clock)
    assert isinstance(accepted, r.PurchaseAccepted)
    assert accepted.promised_s == 1100.0 + 3 * 86400.0
    tasks.answer("purchase-1-receive", TaskAnswer("Ada", 2000.0))
    assert [type(each) for each in reported(cell, clock, 1)] == [r.Delivered]
    assert reported(cell, clock, 2) == []


def test_values_are_asked_for_by_name(tmp_path: Path) -> None:
    clock = Clock()
    cell = cell_of(tmp_path, None, clock)
    tasks = tasks_of(tmp_path)
    cell.submit(c.MeasurePart("measure-1", "gauge", "P01", "A.001", (c.MeasureTask("d1", "plate/1", 1, 2.0, 10.0),)))
    reported(cell, clock)
    (task,) = tasks.open_tasks()
    assert [(each.name, each.low, each.high) for each in task.asks] == [("d1", 9.9, 10.1)]
    for wrong in ({}, {"d2": 10.0}, {"d1": float("nan")}):
        with pytest.raises(BadInput):
            tasks.answer("measure-1", TaskAnswer("Ada", 1100.0, "", wrong))
    tasks.answer("measure-1", TaskAnswer("Ada", 1100.0, "", {"d1": 10.02}))
    (measured,) = reported(cell, clock)
    assert isinstance(measured, r.PartMeasured)
    assert measured.readings == {"d1": 10.02}
