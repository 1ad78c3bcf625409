"""A shop folder with a log written by hand: two mills, one of them down, a hold, a late order, two plans."""

import shutil
from pathlib import Path

from nightmill.formats import copy_example
from nightmill.store import SqliteEventStore
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r

CYCLE_S = 600.0
LINES = (
    e.ScheduleLine("O-1.001", "bracket/1", "mill-1", 0.0, 400.0, 1000.0),
    e.ScheduleLine("O-1.002", "bracket/1", "mill-1", 300.0, 1000.0, 1600.0),
    e.ScheduleLine("O-1.001", "bracket/2", "mill-2", 1000.0, 1400.0, 1700.0),
)
LATER = (
    e.ScheduleLine("O-1.002", "bracket/1", "mill-1", 300.0, 1000.0, 1600.0),
    e.ScheduleLine("O-1.001", "bracket/2", "mill-1", 1000.0, 1600.0, 1900.0),
)


def facts() -> list[tuple[float, e.AnyFact]]:
    """The log's facts with their times."""
    operations = (
        e.RoutedOperation("bracket/1", "a" * 64, CYCLE_S, {"1": 5.0}),
        e.RoutedOperation("bracket/2", "b" * 64, 300.0, {}),
    )
    mount = c.MountPart("c1", "bench-1", "P01", "O-1.001", "bracket/1", "blank-bracket", 240.0)
    move = c.MovePallet("c2", "robot", "P01", "pool", "mill-1")
    cut = c.StartCycle("c3", "mill-1", "P01", "O-1.001", "bracket/1", "a" * 64)
    return [
        (0.0, e.RunStarted("sample", "closed-loop", 1, 1.0, "0" * 64)),
        (0.0, e.RouteCertified("bracket", 1, "c" * 64, "Al 6061", operations, True, 1.0)),
        (0.0, e.OrderReceived("O-1", "bracket", 2, 1500.0, 1)),
        (0.0, e.SchedulePublished("the start", LINES, 0.0, 0.0)),
        (0.0, e.OrderPromised("O-1", 1700.0, 200.0, "mill-1 is full")),
        (0.0, e.CommandIssued(mount)),
        (240.0, e.Reported(r.PartMounted(1, 240.0, "bench-1", "c1", "P01", "O-1.001", "bracket/1"))),
        (240.0, e.CommandIssued(move)),
        (300.0, e.Reported(r.PalletMoved(2, 300.0, "robot", "c2", "P01", "mill-1"))),
        (300.0, e.CommandIssued(cut)),
        (400.0, e.Reported(r.CycleStarted(3, 400.0, "mill-1", "c3", "O-1.001", "bracket/1", "a" * 64))),
        (500.0, e.Reported(r.MachineFailed(4, 500.0, "mill-2", "spindle bearing"))),
        (510.0, e.HoldPlaced("H-1", ("O-1.002",), "an edge broke")),
        (520.0, e.SchedulePublished("mill-2 failed", LATER, 300.0, 0.0)),
    ]  # fmt: skip


def finished() -> list[tuple[float, e.AnyFact]]:
    """What comes after: the cut ends and is judged."""
    done = r.CycleFinished(
        5, 1010.0, "mill-1", "c3", "O-1.001", "bracket/1", 610.0, 1.2, {"1": 5.0}, {"1": "first"}, {}, {}
    )
    return [(1010.0, e.Reported(done)), (1020.0, e.PartDisposed("O-1.001", "scrap", "dent"))]


def sample_shop(folder: Path) -> Path:
    """The example shop's files with this log."""
    copy_example(folder)
    shutil.rmtree(folder / "parts")  # nothing here plans
    (folder / "parts").mkdir()
    for name in ("bracket", "clamp_body", "flange_plate", "manifold_block", "motor_mount_plate", "sensor_housing"):
        (folder / "parts" / f"{name}.step").write_text("ISO-10303-21;")
    append(folder, facts())
    return folder


def append(folder: Path, told: list[tuple[float, e.AnyFact]]) -> None:
    """Write further facts."""
    store = SqliteEventStore(folder / ".nightmill" / "log.sqlite")
    store.append([e.Event(0, at, "software:plant", fact) for at, fact in told], expected_version=store.version())
    store.close()
