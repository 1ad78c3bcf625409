"""A small shop and the log of two parts in it, one good and one scrapped, written by hand."""

from datetime import UTC, datetime

from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.shop import (
    Economy,
    Item,
    MachineLimits,
    OperationsRequest,
    PartFile,
    Shift,
    Shop,
    ToolStock,
    WorkUnit,
)

CAD, PROGRAM = "c" * 64, "d" * 64


def sample_shop() -> Shop:
    """Two mills (one that says who made it), a gauge, one part, one order whose name is also the part's."""
    tool = Tool(
        number=7, type="flat", diameter_mm=10.0, stickout_mm=40.0, flute_length_mm=25.0, name="end mill 10",
        shank_diameter_mm=10.0,
    )  # fmt: skip
    return Shop(
        name="Hollow Creek & Sons",
        start=datetime(2026, 11, 2, 7, 0, tzinfo=UTC),
        time_zone="UTC",
        currency="USD",
        country="US",
        work_units=(
            WorkUnit("mill-1", "mill", "milling", MachineLimits(spindle_rpm_max=15000.0), materials=("Al 6061",)),
            WorkUnit("mill-2", "mill", "milling", MachineLimits(), protocol="opcua", address="opc.tcp://mill-2:4840"),
            WorkUnit("gauge", "gauge", "cell"),
        ),
        shifts=(Shift((0, 1, 2, 3, 4), 8.0, 17.0, 2),),
        tools=(ToolStock(tool),),
        parts=(PartFile("plate", "parts/plate.step", "Al 6061", revision="B", blank_item="blank-plate"),),
        orders=(OperationsRequest("plate", "plate", 2, 86400.0, priority=3, customer="Müller & Co"),),
        items=(Item("blank-plate", supplier="Ridge"),),
        bom=(),
        receipts=(),
        economy=Economy(),
    )


def sample_log() -> tuple[e.Event, ...]:
    """Part ``plate.1`` is cut on mill-1, measured and good; ``plate.2`` is interrupted on mill-2 and scrapped."""
    routed = e.RoutedOperation("plate/1", PROGRAM, 600.0, {"7": 8.0})
    lines = (e.ScheduleLine("plate.1", "plate/1", "mill-1", 0.0, 300.0, 900.0),)
    facts: list[tuple[float, e.AnyFact]] = [
        (0.0, e.RunStarted("Hollow Creek & Sons", "closed-loop", 1, 3.0, "a" * 64)),
        (0.0, e.RouteCertified("plate", 1, CAD, "Al 6061", (routed,), True, 0.999)),
        (0.0, e.OrderReceived("plate", "plate", 2, 86400.0, 3)),
        (0.0, e.PurchaseDecided("PO-1", "blank-plate", "Ridge", 10, 7200.0)),
        (1.0, e.SchedulePublished("start", lines, 0.0, 0.0)),
        (1.0, e.OrderPromised("plate", 4000.0, 0.0, "")),
        (2.0, e.CommandIssued(c.MountPart("C1", "bench", "P1", "plate.1", "plate/1", "blank-plate", 240.0))),
        (2.0, e.CommandAcknowledged("C1")),
        (242.0, e.Reported(r.PartMounted(1, 242.0, "bench", "C1", "P1", "plate.1", "plate/1"))),
        (250.0, e.CommandIssued(c.StoreProgram("C2", "mill-1", "plate/1", PROGRAM, "G0 X0\nM30\n", "Al 6061"))),
        (300.0, e.Reported(r.CycleStarted(2, 300.0, "mill-1", "C3", "plate.1", "plate/1", PROGRAM))),
        (310.0, e.Reported(r.SignalsSampled(3, 310.0, "mill-1", {"temperature_c": 30.5, "vibration_mm_s": 1.25}))),
        (
            912.0,
            e.Reported(
                r.CycleFinished(
                    4,
                    910.0,
                    "mill-1",
                    "C3",
                    "plate.1",
                    "plate/1",
                    610.0,
                    0.75,
                    {"7": 8.25},
                    {"7": "mill-1/T7/1"},
                    {"7": 0.001},
                    {"temperature_c": 31.0, "vibration_mm_s": 1.5},
                )
            ),
        ),
        (1000.0, e.Reported(r.PartMeasured(5, 1000.0, "gauge", "C4", "plate.1", {"plate#1": 12.003}))),
        (1000.0, e.VerdictGiven("plate.1", "plate/1", "gauge", "good", {"plate#1": 3.0})),
        (1100.0, e.PartDisposed("plate.1", "good", "")),
        (1100.0, e.PartCosted("plate.1", {"machine": 4.0, "material": 2.5})),
        (1200.0, e.OrderPromised("plate", 5000.0, 0.0, "")),
        (1300.0, e.CommandIssued(c.MountPart("C5", "bench", "P2", "plate.2", "plate/1", "blank-plate", 240.0))),
        (1600.0, e.Reported(r.CycleStarted(6, 1600.0, "mill-2", "C6", "plate.2", "plate/1", PROGRAM))),
        (1700.0, e.Reported(r.CycleInterrupted(7, 1700.0, "mill-2", "C6", "plate.2", "plate/1", "E12", {"7": 1.0}))),
        (1700.0, e.Reported(r.MachineFailed(8, 1700.0, "mill-2", "E12"))),
        (5300.0, e.Reported(r.MachineRepaired(9, 5300.0, "mill-2", "C7", "spindle"))),
        (5400.0, e.PartDisposed("plate.2", "scrap", "interrupted")),
        (5400.0, e.OrderReceived("plate-R1", "plate", 1, 86400.0, 3, "plate")),
        (7200.0, e.Reported(r.Delivered(10, 7200.0, "supplier", "PO-1", "blank-plate", 10))),
        (8000.0, e.RunEnded({"work_in_progress": 0.0})),
    ]
    return tuple(
        e.Event(n, at, "software", fact, why="due first" if n == 5 else "") for n, (at, fact) in enumerate(facts, 1)
    )
