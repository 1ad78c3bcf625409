"""What the inspection room remembers of cuts: a gauge's verdict stands at each of the part's cuts, and nowhere else."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from nightmill.floor import ShopState
from nightmill.floor.records import Cut, PartState
from nightmill.plant.deciders.inspection import InspectionDecider
from nightmill.quality import containment
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.ids import (
    CharacteristicId,
    ChartFamily,
    MachineId,
    MountedTool,
    OrderId,
    PartId,
    SerialId,
    SerialOperation,
)


@dataclass
class _Known:
    tool: int
    id: str = ""
    nominal: float = 20.0


@dataclass
class _Part:
    review: str = ""
    cuts: tuple[Cut, ...] = ()
    item: str = "p"


@dataclass
class _State:
    policy: str = "closed-loop"
    parts: dict[str, _Part] = field(default_factory=dict)
    routes: dict[str, object] = field(default_factory=dict)

    def next_operation(self, part: _Part) -> None:
        """Every cut is the last here."""


class _Offsets:
    """``expected`` in sd by serial: what a controller would say of a reading; without it nothing is steered."""

    def __init__(self, expected: dict[str, float | None] | None = None) -> None:
        self.expected = expected

    def asks_for(self, cut: SerialOperation) -> bool:
        return False

    def steers(self, known: object) -> bool:
        return self.expected is not None

    def innovation(self, serial: str, machine: str, known: object, deviation_mm: float) -> float | None:
        return (self.expected or {})[serial]


class _Shop:
    def units(self, kind: str) -> tuple[()]:
        return ()


def _cut(serial: str, unit: str, operation: str) -> r.CycleFinished:
    edges = {"1": f"{unit}/T1/1", "2": f"{unit}/T2/1"}
    return r.CycleFinished(1, 0.0, unit, "cycle", serial, operation, 60.0, 0.1, {}, edges, {}, {})


def test_a_verdict_of_the_gauge_stands_at_every_cut_of_its_part() -> None:
    room = InspectionDecider(_Shop(), {}, _Offsets(), lambda image, unit: ("good", 0.0, ""))  # type: ignore[arg-type]
    room.of_operation = {"p/1": (_Known(1), _Known(2)), "p/2": (_Known(1),)}  # type: ignore[dict-item]
    state = _State(parts={"A": _Part(), "B": _Part()})
    shop_state: ShopState = state  # type: ignore[assignment]
    for number, report in enumerate(
        [_cut("A", "mill-1", "p/1"), _cut("B", "mill-1", "p/1"), _cut("A", "mill-2", "p/2")]
    ):
        room.observe(e.Event(number, 0.0, "machine", e.Reported(report)), shop_state)
    room.observe(e.Event(9, 0.0, "software", e.VerdictGiven("A", "p/2", "gauge", "bad", {}, "")), shop_state)
    room.observe(e.Event(9, 0.0, "software", e.VerdictGiven("B", "p/1", "vision", "bad", {}, "")), shop_state)
    told = {tuple(tool): [(line.serial, str(line.verdict)) for line in lines] for tool, lines in room.history.items()}
    assert told == {
        ("mill-1", 1): [("A", "bad"), ("B", "")],
        ("mill-1", 2): [("A", "bad"), ("B", "")],
        ("mill-2", 1): [("A", "bad")],
    }
    state.parts["A"].review = "rework"
    room.observe(e.Event(9, 0.0, "software", e.VerdictGiven("A", "p/2", "gauge", "good", {}, "")), shop_state)
    assert room.history[MountedTool(MachineId("mill-2"), 1)][0].verdict == "bad", (
        "after handwork a reading says nothing of the edge that cut"
    )


def _charted(offsets: _Offsets, policy: str = "closed-loop") -> list[float | None]:
    """What the chart was last told after each of two readings, 5 and 6 µm above nominal."""
    room = InspectionDecider(_Shop(), {}, offsets, lambda image, unit: ("good", 0.0, ""))  # type: ignore[arg-type]
    room.known = {"bore": _Known(1, "bore")}  # type: ignore[dict-item]
    cut = Cut("p/1", "mill-1", "c", "", 0.0, 60.0)
    state: ShopState = _State(policy, {"A": _Part(cuts=(cut,)), "B": _Part(cuts=(cut,))})  # type: ignore[assignment]
    told: list[float | None] = []
    for number, (serial, value) in enumerate((("A", 20.005), ("B", 20.006))):
        report = r.PartMeasured(number, 0.0, "gauge", f"c{number}", serial, {"bore": value})
        room.observe(e.Event(number, 0.0, "machine", e.Reported(report)), state)
        chart = room.charts.get(ChartFamily(MachineId("mill-1"), 1, CharacteristicId("bore")))
        told.append(None if chart is None or chart.last is None else round(chart.last, 6))
    return told


def test_a_chart_is_told_what_the_controller_did_not_expect_not_what_it_corrected() -> None:
    assert _charted(_Offsets()) == [5.0, 6.0], "nothing corrects this one: the deviation in µm"
    assert _charted(_Offsets({"A": 0.4, "B": -1.2})) == [0.4, -1.2]
    assert _charted(_Offsets({"A": None, "B": 0.7})) == [None, 0.7], "a cut that it doesn't know tells nothing"
    assert _charted(_Offsets({"A": 0.4, "B": -1.2}), "conventional") == [5.0, 6.0], "nobody writes offsets there"


def test_cuts_of_parts_that_rest_are_dropped_and_findings_hold_the_same_parts() -> None:
    held: list[tuple[str, ...]] = []
    for resting in (False, True):
        room = InspectionDecider(_Shop(), {}, _Offsets(), lambda image, unit: ("good", 0.0, ""))  # type: ignore[arg-type]
        room.of_operation = {"p/1": (_Known(1),)}  # type: ignore[dict-item]
        parts = {name: PartState(SerialId(name), OrderId("o"), PartId("p")) for name in "ABCDE"}
        state: Any = SimpleNamespace(policy="closed-loop", parts=parts, routes={}, next_operation=lambda part: None)
        for name in parts:
            room.observe(e.Event(1, 0.0, "machine", e.Reported(_cut(name, "mill-1", "p/1"))), state)
        room.observe(e.Event(2, 0.0, "software", e.VerdictGiven("B", "p/1", "gauge", "good", {}, "")), state)
        for name in "CAB" if resting else "":
            parts[name].place, parts[name].disposition = "finished", "good"
            dismounted = r.PartDismounted(3, 0.0, "bench", "c", "P01", name, "finished")
            room.observe(e.Event(3, 0.0, "machine", e.Reported(dismounted)), state)
        room.observe(e.Event(4, 0.0, "software", e.VerdictGiven("E", "p/1", "gauge", "bad", {}, "")), state)
        lines = room.history[MountedTool(MachineId("mill-1"), 1)]
        assert [(line.serial, line.verdict) for line in lines if line.verdict == "bad"] == [("E", "bad")]
        assert [line.serial for line in lines] == list("DE" if resting else "ABCDE")
        held.append(
            tuple(each for each in containment(lines, serial="E") if not parts[each].disposition or not resting)
        )
    assert held == [("C", "D", "E"), ("D", "E")], "C has its last word, and is held by nobody"
