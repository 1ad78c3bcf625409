"""The floor: gates hold, work moves, and a replay gives the same state."""

from datetime import UTC, datetime

import msgspec
import pytest

from nightmill.floor import ShopState, Wishes, apply, dispatch, empty_state, persons_at, presence_windows
from nightmill.floor.interlocks import gate
from nightmill.floor.records import EdgeState
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.shop import (
    Economy,
    Finishing,
    FixtureStock,
    OperationsRequest,
    PartFile,
    Shift,
    Shop,
    ToolStock,
    WorkUnit,
)

SHOP = Shop(
    name="test",
    start=datetime(2026, 11, 2, 12, 0, tzinfo=UTC),
    time_zone="America/New_York",
    currency="USD",
    country="US",
    work_units=(
        WorkUnit("mill-1", "mill", "milling"),
        WorkUnit("robot", "robot", "handling"),
        WorkUnit("gauge", "gauge", "inspection"),
        WorkUnit("camera", "vision", "inspection"),
        WorkUnit("bench", "bench", "handling"),
    ),
    shifts=(Shift((0, 1, 2, 3, 4), 8.0, 16.0, 2),),
    tools=(ToolStock(Tool(1, "flat", 10.0, life_min=60.0), magazine=2, crib=4),),
    parts=(),
    orders=(),
    items=(),
    bom=(),
    receipts=(),
    economy=Economy(),
    pallets=2,
)


class Log:
    """A log in memory with the state folded beside it."""

    def __init__(self) -> None:
        self.state = empty_state(SHOP)
        self.events: list[e.Event] = []
        self.reports = 0

    def add(self, fact: e.AnyFact, at_s: float = 0.0) -> None:
        event = e.Event(len(self.events) + 1, at_s, "software", fact)
        self.events.append(event)
        apply(self.state, event)

    def report(self, kind: type[r.Report], *fields: object, at_s: float = 0.0) -> None:
        self.reports += 1
        self.add(e.Reported(kind(self.reports, at_s, *fields)), at_s)  # type: ignore[arg-type]

    def step(self, wishes: Wishes | None = None) -> list[c.AnyCommand]:
        issued = dispatch(self.state, SHOP, wishes or _wishes(), lambda sha: "text")
        for command in issued:
            self.add(e.CommandIssued(command))
        return issued


def _wishes(
    persons: int = 2, measure: frozenset[str] = frozenset(), photograph: frozenset[str] = frozenset()
) -> Wishes:
    return Wishes(persons, measure, photograph, (), (), {"1": 60.0}, {"plate/1": ()}, {"plate": "blank"})


@pytest.fixture
def log() -> Log:
    log = Log()
    log.state.stock["blank"] = 5
    operation = e.RoutedOperation("plate/1", "sha", 600.0, {"1": 10.0})
    log.add(e.RouteCertified("plate", 1, "cad", "Al 6061", (operation,), True, 1.0))
    log.add(e.OrderReceived("A", "plate", 2, 1e5, 1))
    lines = tuple(e.ScheduleLine(f"A.00{n}", "plate/1", "mill-1", 0.0, 0.0, 600.0) for n in (1, 2))
    log.add(e.SchedulePublished("test", lines, 0.0, 0.0))
    return log


def _to_machine(log: Log) -> None:
    first = log.step()
    assert [type(command) for command in first] == [c.MountPart, c.MountPart]
    log.report(r.PartMounted, "bench", first[0].command_id, "P01", "A.001", "plate/1")
    (move,) = log.step()
    assert isinstance(move, c.MovePallet)
    assert move.destination == "mill-1"
    log.report(r.PalletMoved, "robot", move.command_id, "P01", "mill-1")
    (store,) = log.step()
    assert isinstance(store, c.StoreProgram)
    log.report(r.ProgramStored, "mill-1", store.command_id, "plate/1", "sha", 600.0)


def _cut(log: Log) -> None:
    _to_machine(log)
    (cycle,) = log.step()
    assert isinstance(cycle, c.StartCycle)
    log.report(r.CycleStarted, "mill-1", cycle.command_id, "A.001", "plate/1", "sha")
    assert log.step() == []
    log.report(
        r.CycleFinished, "mill-1", cycle.command_id, "A.001", "plate/1", 600.0, 1.0, {"1": 10.0}, {"1": "e"}, {}, {}
    )


def test_a_part_goes_from_blank_to_machine_to_pool(log: Log) -> None:
    _cut(log)
    (move,) = log.step()
    assert isinstance(move, c.MovePallet)
    assert move.destination == "pool"
    assert log.state.stock["blank"] == 4


def test_a_part_that_is_to_be_measured_goes_to_the_gauge(log: Log) -> None:
    _cut(log)
    (move,) = log.step(_wishes(measure=frozenset({"A.001"})))
    assert isinstance(move, c.MovePallet)
    assert move.destination == "gauge"


def test_nobody_mounts_when_nobody_is_there(log: Log) -> None:
    assert log.step(_wishes(persons=0)) == []


@pytest.mark.parametrize(("worn_min", "sisters", "crib", "mounted"), [
    (60.0, 0, 0, 0),
    (float("inf"), 0, 0, 0),  # broken
    (45.0, 0, 0, 1),  # 15 of its 60 minutes left: one cycle of ten
    (60.0, 1, 0, 2),
    (60.0, 0, 1, 2),
])  # fmt: skip
def test_no_pallet_is_loaded_for_a_tool_that_is_used_up(
    log: Log, worn_min: float, sisters: int, crib: int, mounted: int
) -> None:
    edge = log.state.machines["mill-1"].edges["1"]
    edge.minutes, edge.sisters = worn_min, sisters
    log.state.crib["1"] = crib
    assert len([command for command in log.step() if isinstance(command, c.MountPart)]) == mounted


def test_an_operation_is_never_cut_twice(log: Log) -> None:
    _cut(log)
    again = c.StartCycle("cycle-x", "mill-1", "P01", "A.001", "plate/1", "sha")
    assert gate(log.state, again, tool_life={"1": 60.0}) == "this operation has already been cut on this part"


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (e.HoldPlaced("h", ("A.001",), "test"), "on hold"),
        (e.PartDisposed("A.001", "scrap", "test"), "disposed"),
        (
            e.RouteCertified("plate", 2, "cad", "Al", (e.RoutedOperation("plate/1", "sha", 1.0, {}),), False, 0.5),
            "no certified",
        ),
        (
            e.RouteCertified("plate", 2, "cad", "Al", (e.RoutedOperation("plate/1", "new", 1.0, {}),), True, 1.0),
            "isn't the certified one",
        ),
    ],
)
def test_a_closed_gate_stops_the_cycle(log: Log, fact: e.AnyFact, reason: str) -> None:
    _to_machine(log)
    log.add(fact)
    cycle = c.StartCycle("cycle-x", "mill-1", "P01", "A.001", "plate/1", "sha")
    assert reason in (gate(log.state, cycle, tool_life={"1": 60.0}) or "")
    assert not [command for command in log.step() if isinstance(command, c.StartCycle)]


def test_a_worn_tool_is_replaced_before_the_cycle_and_loaded_when_no_sister_is_left(log: Log) -> None:
    _to_machine(log)
    log.state.machines["mill-1"].edges["1"].minutes = 55.0
    (command,) = log.step()
    assert isinstance(command, c.ReplaceTool)
    log.report(r.ToolReplaced, "mill-1", command.command_id, 1, "e2", 0.0, 0)
    log.state.machines["mill-1"].edges["1"].minutes = 55.0
    (command,) = log.step()
    assert isinstance(command, c.LoadTool)


def test_a_part_in_doubt_ends_in_quarantine(log: Log) -> None:
    _to_machine(log)
    (cycle,) = log.step()
    log.report(r.CycleStarted, "mill-1", cycle.command_id, "A.001", "plate/1", "sha")
    log.report(r.CycleInterrupted, "mill-1", cycle.command_id, "A.001", "plate/1", "spindle", {"1": 3.0})
    log.report(r.MachineFailed, "mill-1", "spindle")
    log.report(r.PartMounted, "bench", "mount-2", "P02", "A.002", "plate/1")
    kinds = [type(command) for command in log.step()]
    assert c.RepairMachine in kinds
    assert c.StartCycle not in kinds
    log.report(r.PalletMoved, "robot", "move-x", "P01", "pool")
    taken = [command for command in log.step() if isinstance(command, c.DismountPart)]
    assert [command.destination for command in taken] == ["quarantine"]


def test_at_night_a_part_without_an_edge_leaves_the_mill_and_stays_away(log: Log) -> None:
    _to_machine(log)
    edge = log.state.machines["mill-1"].edges["1"]
    edge.minutes, edge.sisters = 55.0, 0
    (move,) = log.step(_wishes(persons=0))
    assert isinstance(move, c.MovePallet)
    assert move.destination == "pool"
    log.report(r.PalletMoved, "robot", move.command_id, "P01", "pool")
    assert log.step(_wishes(persons=0)) == []
    edge.sisters = 1
    (back,) = log.step(_wishes(persons=0))
    assert isinstance(back, c.MovePallet)
    assert back.destination == "mill-1"


def _two_mills(work_units: tuple[WorkUnit, ...] = ()) -> tuple[Shop, ShopState]:
    """Two mills, all planned on the first, which is cutting; A.002 lies in the pool."""
    shop = msgspec.structs.replace(
        SHOP, work_units=(*SHOP.work_units, *(work_units or (WorkUnit("mill-2", "mill", "milling"),)))
    )
    log = Log()
    log.state = empty_state(shop)
    operation = e.RoutedOperation("plate/1", "sha", 3600.0, {"1": 10.0})
    log.add(e.RouteCertified("plate", 1, "cad", "Al 6061", (operation,), True, 1.0))
    log.add(e.OrderReceived("A", "plate", 2, 1e5, 1))
    lines = tuple(e.ScheduleLine(f"A.00{n}", "plate/1", "mill-1", 0.0, 0.0, 600.0) for n in (1, 2))
    log.add(e.SchedulePublished("test", lines, 0.0, 0.0))
    for n in (1, 2):
        log.report(r.PartMounted, "bench", f"m{n}", f"P0{n}", f"A.00{n}", "plate/1")
    log.report(r.PalletMoved, "robot", "x", "P01", "mill-1")
    log.report(r.CycleStarted, "mill-1", "y", "A.001", "plate/1", "sha")
    return shop, log.state


def test_a_mill_with_nothing_to_do_takes_what_waits_for_another() -> None:
    shop, state = _two_mills()
    (move,) = dispatch(state, shop, _wishes(persons=0), lambda sha: "text")
    assert isinstance(move, c.MovePallet)
    assert (move.pallet, move.destination) == ("P02", "mill-2")


def test_it_takes_nothing_of_a_material_that_it_may_not_cut() -> None:
    shop, state = _two_mills((WorkUnit("mill-2", "mill", "milling", materials=("S235",)),))
    assert dispatch(state, shop, _wishes(persons=0), lambda sha: "text") == []


@pytest.mark.parametrize(
    ("night_ends_s", "due_s", "first"),
    [(None, 5e5, "S.001"), (6e4, 5e5, "L.001"), (6e4, 6.1e4, "S.001")],
)
def test_before_a_night_long_cycles_are_mounted_first_unless_an_order_is_due(
    night_ends_s: float | None, due_s: float, first: str
) -> None:
    log = Log()
    for name, cycle_s in (("S", 60.0), ("L", 3600.0)):
        operation = e.RoutedOperation(f"{name}/1", "sha", cycle_s, {"1": 10.0})
        log.add(e.RouteCertified(name, 1, "cad", "Al 6061", (operation,), True, 1.0))
        log.add(e.OrderReceived(name, name, 1, due_s, 1))
    lines = tuple(
        e.ScheduleLine(f"{name}.001", f"{name}/1", "mill-1", at, at, at + 60.0) for at, name in ((0.0, "S"), (1.0, "L"))
    )
    log.add(e.SchedulePublished("test", lines, 0.0, 0.0))
    wishes = msgspec.structs.replace(_wishes(persons=1), night_ends_s=night_ends_s)
    (mount,) = log.step(wishes)
    assert isinstance(mount, c.MountPart)
    assert mount.serial == first


def test_magazines_hold_whole_cycles_for_the_work_ahead_or_a_fixed_number(log: Log) -> None:
    operation = e.RoutedOperation("plate/1", "sha", 2400.0, {"1": 37.0})
    log.add(e.RouteCertified("plate", 1, "cad", "Al 6061", (operation,), True, 1.0))
    log.state.stock["blank"] = 0
    log.state.machines["mill-1"].edges["1"].sisters = 0
    (ahead,) = log.step(msgspec.structs.replace(_wishes(), tool_ahead_s=3600.0))
    assert isinstance(ahead, c.LoadTool)
    assert ahead.count == 1, "two cycles of 37 minutes need two edges of 60, and one is there"
    log.report(r.ToolLoaded, "mill-1", ahead.command_id, 1, 1, 3)
    (par,) = log.step(msgspec.structs.replace(_wishes(), tool_par={"1": 4}))
    assert isinstance(par, c.LoadTool)
    assert par.count == 2


def test_a_picture_in_doubt_is_taken_again(log: Log) -> None:
    _cut(log)
    seen = _wishes(photograph=frozenset({"A.001"}))
    log.report(r.PalletMoved, "robot", log.step(seen)[0].command_id, "P01", "camera")
    (take,) = [each for each in log.step(seen) if isinstance(each, c.TakeImage)]
    log.report(r.ImageTaken, "camera", take.command_id, "A.001", "A.001-1.png")
    assert not [each for each in dispatch(log.state, SHOP, seen, str) if isinstance(each, c.TakeImage)]
    log.add(e.VerdictGiven("A.001", "plate/1", "vision", "again", {"score": 1.01}))
    assert [each for each in log.step(seen) if isinstance(each, c.TakeImage)]


def test_a_replay_gives_the_same_state_byte_for_byte(log: Log) -> None:
    _cut(log)
    replayed = empty_state(SHOP)
    replayed.stock["blank"] = 5
    for event in log.events:
        apply(replayed, event)
    assert msgspec.json.encode(replayed, order="sorted") == msgspec.json.encode(log.state, order="sorted")


def test_presence_follows_the_sites_clock_through_the_end_of_summer_time() -> None:
    autumn = msgspec.structs.replace(SHOP, start=datetime(2026, 10, 30, 4, 0, tzinfo=UTC))
    windows = presence_windows(autumn, 0.0, 5 * 86400.0)
    assert [round(window.begins_s / 3600, 3) for window in windows] == [8.0, 81.0, 105.0]
    assert persons_at(windows, 9 * 3600.0) == 2
    assert persons_at(windows, 20 * 3600.0) == 0


def test_people_who_were_called_in_are_there_besides_and_a_later_word_counts() -> None:
    usual = presence_windows(SHOP, 0.0, 86400.0)
    evening = usual[0].ends_s
    called = presence_windows(SHOP, 0.0, 86400.0, [(evening - 3600.0, evening + 7200.0, 1, True)])
    assert persons_at(called, evening - 1.0) == persons_at(usual, evening - 1.0), "at least so many, not one more"
    assert persons_at(called, evening + 7199.0) == 1
    assert persons_at(called, evening + 7200.0) == 0
    both = [(evening, evening + 7200.0, 2, True), (evening + 3600.0, evening + 7200.0, 0, False)]
    assert persons_at(presence_windows(SHOP, 0.0, 86400.0, both), evening + 1.0) == 2
    assert persons_at(presence_windows(SHOP, 0.0, 86400.0, both), evening + 3601.0) == 0


def test_state_survives_json() -> None:
    state = empty_state(SHOP)
    assert msgspec.json.decode(msgspec.json.encode(state), type=ShopState) == state


def _in_the_pool(log: Log, cycles: dict[str, float]) -> None:
    """A part of each name uncut in the pool, planned in this order, with a cycle of its own."""
    for n, (name, cycle_s) in enumerate(cycles.items(), 1):
        operation = e.RoutedOperation(f"{name}/1", name, cycle_s, {"1": 10.0})
        log.add(e.RouteCertified(name, 1, "cad", "Al 6061", (operation,), True, 1.0))
        log.add(e.OrderReceived(name, name, 1, 1e6, 1))
        log.report(r.PartMounted, "bench", f"m{name}", f"P{n:02d}", f"{name}.001", f"{name}/1")
    lines = tuple(e.ScheduleLine(f"{name}.001", f"{name}/1", "mill-1", 0.0, 0.0, 1.0) for name in cycles)
    log.add(e.SchedulePublished("test", lines, 0.0, 0.0))


@pytest.mark.parametrize(("back_s", "first"), [(None, "long"), (9000.0, "long"), (5000.0, "short"), (500.0, "long")])
def test_in_the_night_what_ends_before_people_are_back_goes_first(back_s: float | None, first: str) -> None:
    log = Log()
    _in_the_pool(log, {"long": 8000.0, "short": 1000.0})
    (move,) = log.step(msgspec.structs.replace(_wishes(persons=0), back_s=back_s))
    assert isinstance(move, c.MovePallet)
    assert log.state.pallets[move.pallet].serial == f"{first}.001"


def test_how_long_a_cut_runs_on_the_machine_it_is_planned_on_decides_whether_it_ends_before_people_are_back() -> None:
    log = Log()
    _in_the_pool(log, {"long": 1000.0, "short": 1000.0})
    route = log.state.routes["long"]
    route.operations = [msgspec.structs.replace(each, seconds_on={"mill-1": 8000.0}) for each in route.operations]
    (move,) = log.step(msgspec.structs.replace(_wishes(persons=0), back_s=5000.0))
    assert isinstance(move, c.MovePallet)
    assert log.state.pallets[move.pallet].serial == "short.001"


@pytest.mark.parametrize(("night_ends_s", "loaded"), [(None, 1), (5e4, 2)])
def test_a_cutting_mill_gets_edges_for_what_it_cuts_and_for_what_follows(
    log: Log, night_ends_s: float | None, loaded: int
) -> None:
    """Six cycles an edge; the active one is done for, one sister: the running cut and the next fit, with none to spare."""
    _to_machine(log)
    (cycle,) = log.step()
    log.report(r.CycleStarted, "mill-1", cycle.command_id, "A.001", "plate/1", "sha")
    edge = log.state.machines["mill-1"].edges["1"]
    edge.minutes, edge.sisters, log.state.crib["1"] = 55.0, 0, 9
    wishes = msgspec.structs.replace(_wishes(), tool_ahead_s=1e5, night_ends_s=night_ends_s)
    (load,) = [command for command in log.step(wishes) if isinstance(command, c.LoadTool)]
    assert load.count == loaded
    assert not [command for command in log.step(wishes) if isinstance(command, c.LoadTool)], "one errand at a time"
    log.report(
        r.CycleFinished, "mill-1", cycle.command_id, "A.001", "plate/1", 600.0, 1.0, {"1": 10.0}, {"1": "e"}, {}, {}
    )
    assert any(isinstance(command, c.MovePallet) for command in log.step(wishes)), "the mill isn't kept from its work"


@pytest.mark.parametrize(("leaves_s", "stopped"), [(None, True), (9000.0, True), (6000.0, False)])
def test_a_planned_stop_is_not_begun_when_it_would_rest_over_the_night(
    log: Log, leaves_s: float | None, stopped: bool
) -> None:
    wishes = msgspec.structs.replace(_wishes(), maintain=(("mill-1", 0.0),), leaves_s=leaves_s)
    assert SHOP.maintenance_s == 5400.0
    commands = log.step(wishes)
    assert any(isinstance(command, c.MaintainMachine) for command in commands) == stopped
    mount = next(command for command in commands if isinstance(command, c.MountPart))
    log.report(r.PartMounted, "bench", mount.command_id, mount.pallet, mount.serial, "plate/1")
    fed = any(isinstance(command, c.MovePallet) for command in log.step(wishes))
    assert fed != stopped, "a mill that doesn't stop goes on cutting"


def test_a_part_stays_at_its_mill_while_the_last_edges_of_the_crib_are_brought(log: Log) -> None:
    _to_machine(log)
    edge = log.state.machines["mill-1"].edges["1"]
    edge.minutes, edge.sisters, log.state.crib["1"] = 55.0, 0, 1
    (load,) = [command for command in log.step() if not isinstance(command, c.MountPart)]
    assert isinstance(load, c.LoadTool)
    assert log.step() == []
    log.report(r.ToolLoaded, "mill-1", load.command_id, 1, 1, 0)
    assert any(isinstance(command, c.ReplaceTool) for command in log.step())


def test_a_mill_whose_stop_is_due_goes_on_cutting_while_nobody_is_there() -> None:
    log = Log()
    _in_the_pool(log, {"night": 8000.0})
    wishes = msgspec.structs.replace(_wishes(persons=0), maintain=(("mill-1", 0.0),), back_s=9000.0)
    assert [type(command) for command in log.step(wishes)] == [c.MovePallet]
    there = msgspec.structs.replace(wishes, persons=1, back_s=None)
    assert c.MovePallet not in [type(command) for command in log.step(there)]


def test_a_repair_waits_until_the_schedule_lets_it_begin(log: Log) -> None:
    log.report(r.MachineFailed, "mill-1", "spindle")
    log.add(e.SchedulePublished("mill-1 failed", (), 0.0, 0.0, (e.PlannedRepair("mill-1", 3600.0),)))
    assert [each for each in log.step() if isinstance(each, c.RepairMachine)] == []
    log.state.now_s = 3600.0
    assert [each.unit for each in log.step() if isinstance(each, c.RepairMachine)] == ["mill-1"]


def test_a_part_is_mounted_only_while_a_fixture_of_its_kind_is_free(log: Log) -> None:
    part = PartFile("plate", "parts/plate.step", "Al 6061", fixture="vise")
    for count, mounted in ((1, ["A.001"]), (2, ["A.001", "A.002"])):
        shop = msgspec.structs.replace(SHOP, parts=(part,), fixtures=(FixtureStock("vise", count),))
        issued = dispatch(log.state, shop, _wishes(), lambda sha: "text")
        assert [command.serial for command in issued if isinstance(command, c.MountPart)] == mounted
    (first, *_) = log.step()
    log.report(r.PartMounted, "bench", first.command_id, "P01", "A.001", "plate/1")
    shop = msgspec.structs.replace(SHOP, parts=(part,), fixtures=(FixtureStock("vise", 1),))
    assert not any(isinstance(each, c.MountPart) for each in dispatch(log.state, shop, _wishes(), lambda sha: "text"))


def test_no_part_of_the_lathe_is_mounted_for_edges_that_only_the_mill_has(log: Log) -> None:
    shop = msgspec.structs.replace(SHOP, work_units=(*SHOP.work_units, WorkUnit("lathe", "lathe", "turning")))
    log.state.machines["lathe"] = empty_state(shop).machines["lathe"]
    log.state.machines["lathe"].edges["1"] = EdgeState(minutes=55.0, sisters=0)
    log.state.crib["1"] = 0
    operation = e.RoutedOperation("plate/1", "sha", 600.0, {"1": 10.0}, "lathe")
    log.add(e.RouteCertified("plate", 2, "cad", "Al 6061", (operation,), True, 1.0))
    for sisters, mounted in ((0, []), (1, ["A.001", "A.002"])):
        log.state.machines["lathe"].edges["1"].sisters = sisters
        issued = dispatch(log.state, shop, _wishes(), lambda sha: "text")
        assert [command.serial for command in issued if isinstance(command, c.MountPart)] == mounted


def _cut_one_after_the_other(log: Log) -> None:
    """Both parts are cut: A.001 on P01 lies in the pool, A.002 on P02 still in the mill."""
    for serial, pallet, n in (("A.001", "P01", 1), ("A.002", "P02", 2)):
        log.report(r.PartMounted, "bench", f"m{n}", pallet, serial, "plate/1")
        log.report(r.PalletMoved, "robot", f"l{n}", pallet, "mill-1")
        log.report(r.CycleStarted, "mill-1", f"c{n}", serial, "plate/1", "sha")
        log.report(r.CycleFinished, "mill-1", f"c{n}", serial, "plate/1", 600.0, 1.0, {}, {}, {}, {})
        if n == 1:
            log.report(r.PalletMoved, "robot", "u1", pallet, "pool")


def test_a_cut_part_stays_in_its_mill_while_no_room_is_behind_it_and_nobody_there(log: Log) -> None:
    _cut_one_after_the_other(log)

    def issued(room: int | None, persons: int) -> list[c.AnyCommand]:
        mill = msgspec.structs.replace(SHOP.work_units[0], buffer=room)
        shop = msgspec.structs.replace(SHOP, work_units=(mill, *SHOP.work_units[1:]))
        return dispatch(log.state, shop, _wishes(persons), lambda sha: "text")

    def leaves(room: int | None, persons: int) -> bool:
        return any(isinstance(each, c.MovePallet) and each.pallet == "P02" for each in issued(room, persons))

    assert leaves(None, 0)
    assert leaves(2, 0)
    assert not leaves(1, 0)
    assert leaves(1, 1), "somebody takes it off at once"
    soon = msgspec.structs.replace(_wishes(1), leaves_s=30.0)
    shop = msgspec.structs.replace(
        SHOP, work_units=(msgspec.structs.replace(SHOP.work_units[0], buffer=1), *SHOP.work_units[1:])
    )
    late = dispatch(log.state, shop, soon, lambda sha: "text")
    assert not any(isinstance(each, c.MovePallet) for each in late), "they will have left when it comes"
    assert not leaves(0, 1), "one is on its way to them already"
    log.add(e.PartDisposed("A.001", "good", ""))
    (first, *_) = [each for each in issued(1, 1) if isinstance(each, c.MountPart | c.DismountPart)]
    assert isinstance(first, c.DismountPart), "what fills the room comes off before anything is mounted"
    log.add(e.CommandIssued(first))
    assert leaves(1, 0), "being taken off, it leaves its place"


def test_a_part_on_hold_takes_room_at_night_and_none_while_people_are_there(log: Log) -> None:
    _cut_one_after_the_other(log)
    log.add(e.HoldPlaced("H1", ("A.001",), "test"))
    mill = msgspec.structs.replace(SHOP.work_units[0], buffer=0)
    shop = msgspec.structs.replace(SHOP, work_units=(mill, *SHOP.work_units[1:]))
    moved = [dispatch(log.state, shop, _wishes(persons), lambda sha: "text") for persons in (0, 1)]
    assert [sum(isinstance(each, c.MovePallet) for each in commands) for commands in moved] == [0, 1]
    assert [pallet.serial for pallet in log.state.behind("mill-1")] == ["A.001"]
    part = log.state.parts["A.001"]
    log.add(e.PartReviewed("A.001", "rework", "ann", "a burr"))
    assert log.state.behind("mill-1") == [], "it has come back from quarantine"
    part.cuts.append(msgspec.structs.replace(part.cuts[0], command_id="again"))
    assert [pallet.serial for pallet in log.state.behind("mill-1")] == ["A.001"], "cut since it was decided on"


def test_parts_wait_for_the_orders_that_are_assembled_into_them(log: Log) -> None:
    orders = (OperationsRequest("A", "plate", 2, 1e5, after=("B",)), OperationsRequest("B", "plate", 1, 1e5))
    shop = msgspec.structs.replace(SHOP, orders=orders)

    def mounted() -> list[str]:
        issued = dispatch(log.state, shop, _wishes(), lambda sha: "text")
        return [command.serial for command in issued if isinstance(command, c.MountPart)]

    assert mounted() == []
    log.add(e.OrderReceived("B", "plate", 1, 1e5, 1))
    assert mounted() == []
    log.add(e.OrderCompleted("B", 1, False))
    assert mounted() == ["A.001", "A.002"]
    coated = (PartFile("plate", "plate.step", "Al 6061", finishing=(Finishing("anodize", days=5.0),)),)
    shop = msgspec.structs.replace(shop, parts=coated)
    assert mounted() == [], "they are with the firm that anodizes them"
    log.state.now_s += 5 * 86400.0
    assert mounted() == ["A.001", "A.002"]


def test_while_nobody_is_there_a_mill_is_not_fed_beyond_its_chip_bin(log: Log) -> None:
    _cut(log)
    log.state.parts["A.001"].cuts[0].finished_s = 600.0
    (away,) = log.step(_wishes(persons=0))
    assert isinstance(away, c.MovePallet)
    assert away.destination == "pool"
    log.report(r.PalletMoved, "robot", away.command_id, "P01", "pool", at_s=600.0)
    second = next(each for each in log.state.open_commands.values() if isinstance(each, c.MountPart))
    log.report(r.PartMounted, "bench", second.command_id, second.pallet, "A.002", "plate/1", at_s=600.0)
    replace = msgspec.structs.replace

    def fed(chip_s: float | None, left_s: float | None) -> bool:
        shop = replace(SHOP, work_units=(replace(SHOP.work_units[0], chip_s=chip_s), *SHOP.work_units[1:]))
        wishes = replace(_wishes(persons=0 if left_s is not None else 1), left_s=left_s)
        issued = dispatch(log.state, shop, wishes, lambda sha: "text")
        return any(isinstance(each, c.MovePallet) and each.destination == "mill-1" for each in issued)

    assert fed(None, 0.0)
    assert fed(1200.0, 0.0), "room for two"
    assert not fed(1199.0, 0.0)
    assert fed(1199.0, 300.0), "the first was begun while somebody was there"
    assert fed(1199.0, None), "somebody empties it"
    assert not fed(599.0, 300.0)
