"""The loop and a cell that refuses: commands keep ids of their own."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from nightmill.floor import Advance, Greeting, ShopState, Wishes
from nightmill.floor import records as on_floor
from nightmill.plant.run.controller import Controller, ControllerWiring, LoopSettings
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.shop_state.retrying_cell import PatientCell
from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e
from nightmill.vocabulary.commands import (
    Acknowledgement,
    AnyCommand,
    LoadTool,
    PlacePurchaseOrder,
    StartCycle,
    StoreProgram,
)
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.reports import AnyReport, PalletMoved, PartMounted, ToolLoaded
from nightmill.vocabulary.shop import Economy, Shift, Shop, ToolStock, WorkUnit

SHOP = Shop(
    name="refused",
    start=datetime(2026, 11, 2, tzinfo=UTC),
    time_zone="UTC",
    currency="USD",
    country="US",
    work_units=tuple(WorkUnit(name, "mill", "milling") for name in ("mill-1", "mill-2")),
    shifts=(Shift((0, 1, 2, 3, 4), 0.0, 24.0, 2),),
    tools=tuple(ToolStock(Tool(n, "flat", 10.0, life_min=60.0), magazine=1, crib=40) for n in (1, 2)),
    parts=(),
    orders=(),
    items=(),
    bom=(),
    receipts=(),
    economy=Economy(),
    pallets=2,
)


class _Wisher:
    """Two people fill the magazines to three edges of each tool."""

    def wishes(self, state: ShopState, persons: int) -> Wishes:
        return Wishes(
            persons, frozenset(), frozenset(), (), (), {"1": 60.0, "2": 60.0}, {}, {}, tool_par={"1": 3, "2": 3}
        )


class _Cell:
    """Refuses whatever is wanted of mill-1 in the first ten minutes; each load takes half a minute."""

    def __init__(self) -> None:
        self.now_s = self.closed_until_s = 0.0
        self.asked: list[AnyCommand] = []
        self.reports: list[AnyReport] = []
        self.under_way: list[LoadTool] = []

    def greet(self) -> Greeting:
        return Greeting(self.now_s, 0, "boot")

    def submit(self, command: AnyCommand) -> Acknowledgement:
        self.asked.append(command)
        refused = command.unit == "mill-1" and self.now_s < 600.0
        refused |= isinstance(command, PlacePurchaseOrder) and self.now_s < self.closed_until_s
        if isinstance(command, LoadTool) and not refused:
            self.under_way.append(command)
        return Acknowledgement(command.command_id, not refused, reason="busy" if refused else "")

    def evidence(self, command_id: str) -> str:
        return "unknown"

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        if self.under_way:
            self.now_s += 30.0
            load = self.under_way.pop(0)
            report = ToolLoaded(len(self.reports) + 1, self.now_s, load.unit, load.command_id, load.tool, 3, 30)
            self.reports.append(report)
        else:
            self.now_s = until_s
        return Advance(self.now_s, tuple(self.reports[acknowledged_seq:]))

    def image(self, name: str) -> bytes:
        return b""

    def close(self) -> None:
        pass


def _begun(store: SqliteEventStore, cell: _Cell) -> Controller:
    """A controller of a shop that wants one plate, with no spare edges in its magazines."""
    controller = Controller(SHOP, store, PatientCell(cell), ControllerWiring({}, (), _Wisher()), LoopSettings(0.02))
    operation = e.RoutedOperation("plate/1", "sha", 600.0, {"1": 10.0, "2": 10.0})
    controller.commit([Decision(e.RouteCertified("plate", 1, "cad", "Al 6061", (operation,), True, 1.0))])
    for machine in controller.state.machines.values():
        for tool in ("1", "2"):
            machine.edges[tool] = msgspec.structs.replace(machine.edges.get(tool, on_floor.EdgeState()), sisters=0)
    return controller


def test_a_command_that_waits_after_a_refusal_takes_no_id_from_those_that_go(tmp_path: Path) -> None:
    cell = _Cell()
    store = SqliteEventStore(tmp_path / "log.sqlite")
    _begun(store, cell).run()
    ids = [command.command_id for command in cell.asked]
    assert len(ids) == len(set(ids)) == len(store.issued())
    loaded = {(report.unit, report.tool) for report in cell.reports if isinstance(report, ToolLoaded)}
    assert loaded == {(mill, tool) for mill in ("mill-1", "mill-2") for tool in (1, 2)}, (
        "also what was refused at first"
    )
    store.close()


def test_a_log_whose_ids_run_ahead_of_its_count_goes_on_with_ids_of_its_own(tmp_path: Path) -> None:
    """Programs that numbered what they left out, too, ended at the first id that came again."""
    cell = _Cell()
    store = SqliteEventStore(tmp_path / "log.sqlite")
    ahead = LoadTool("load-3", "mill-2", 1, 1, 30.0)
    bought = PlacePurchaseOrder("purchase-PO-2026001", "", "PO-2026001", "steel", "bar", 1)
    facts = (e.CommandIssued(bought), e.CommandIssued(ahead), e.CommandRefused("load-3", "busy"))
    store.append([e.Event(0, 0.0, "software", fact) for fact in facts], expected_version=0)
    controller = _begun(store, cell)
    assert controller.state.issued == 3, "the number of a purchase isn't the floor's"
    controller.run()
    loads = [command.command_id for command in cell.asked if isinstance(command, LoadTool)]
    assert loads
    assert "load-3" not in loads
    store.close()


def test_a_purchase_that_is_refused_is_asked_for_again_later_by_another_id(tmp_path: Path) -> None:
    cell = _Cell()
    store = SqliteEventStore(tmp_path / "log.sqlite")
    controller = Controller(SHOP, store, PatientCell(cell), ControllerWiring({}, (), _Wisher()), LoopSettings(0.2))
    cell.closed_until_s = 7000.0
    controller.commit([Decision(e.PurchaseDecided("PO-1", "bar", "steel", 5, 9e5))])
    controller.run()
    ids = [command.command_id for command in cell.asked if isinstance(command, PlacePurchaseOrder)]
    assert ids[0] == "purchase-PO-1"
    assert ids[1:] == ["purchase-PO-1-again-1", "purchase-PO-1-again-2"], "an hour apart, not at every turn"
    assert ids[-1] in controller.state.open_commands, "the last is taken, the next promise is awaited"
    store.close()


def test_a_part_whose_program_nobody_has_any_more_is_held_and_the_run_goes_on(tmp_path: Path) -> None:
    """A part that was planned anew since its run began, as by another version, has other programs."""
    store = SqliteEventStore(tmp_path / "log.sqlite")
    cell = _Cell()
    controller = _begun(store, cell)
    order = e.OrderReceived("A-1", "plate", 1, 9e5, 1)
    mounted = e.Reported(PartMounted(1, 0.0, "bench", "mount-1", "P01", "A-1.001", "plate/1"))
    at_mill = e.Reported(PalletMoved(2, 0.0, "robot", "move-1", "P01", "mill-2"))
    controller.commit([Decision(fact) for fact in (order, mounted, at_mill)])
    controller.run()
    assert "is missing, for example, after a version change" in controller.state.refusals["plate"]
    refused = [event.fact for event in store.read() if isinstance(event.fact, e.RouteRefused)]
    assert [fact.code for fact in refused] == ["other_programs"]
    assert controller.state.held("A-1.001")
    assert not any(isinstance(each, StartCycle | StoreProgram) for each in cell.asked)
    store.close()
