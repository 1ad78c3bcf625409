"""Ovens, washers and tumblers on the floor: what goes in together, when it is waited for, and where it goes afterwards."""

from msgspec.structs import replace
from test_floor_dispatch_rules import SHOP, Log

from nightmill.floor import Wishes, dispatch
from nightmill.floor.interlocks import gate
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.shop import Finishing, PartFile, Shop, WorkUnit
from nightmill.vocabulary.units import HOUR_S

WASH = Finishing("wash", machines=("washer",), hours=1.0, load_s=30.0)
BAKE = Finishing("bake", machines=("oven",), hours=8.0, load_s=30.0)
DEBURR = Finishing("deburr", machines=("table",), hours=2.0, load_s=30.0, attended=True)


def shop_with(*steps: Finishing, places: int = 2) -> Shop:
    units = tuple(WorkUnit(name, "process", "cell", places=places) for name in ("washer", "oven"))
    return replace(
        SHOP,
        work_units=(*SHOP.work_units, *units, WorkUnit("table", "process", "cell")),
        parts=(PartFile("plate", "parts/plate.step", "Al 6061", finishing=steps),),
    )


def good_parts(shop: Shop, count: int, *lines: e.ScheduleLine) -> Log:
    """So many good parts that are cut and off their pallets, and a schedule of what is done to them."""
    log = Log()
    log.add(e.RouteCertified("plate", 1, "cad", "Al 6061", (), True, 1.0))
    log.add(e.OrderReceived("A", "plate", count, 1e5, 1))
    for serial in log.state.orders["A"].serials:
        log.add(e.PartDisposed(serial, "good", "all checks passed"))
        log.state.parts[serial].place = "wip"
    log.add(e.SchedulePublished("test", lines, 0.0, 0.0))
    return log


def planned(serial: str, step: str, unit: str, start_s: float) -> e.ScheduleLine:
    return e.ScheduleLine(serial, f"plate/{step}", unit, start_s - 60.0, start_s, start_s + HOUR_S)


def step(log: Log, shop: Shop, persons: int = 2, leaves_s: float | None = None) -> list[c.AnyCommand]:
    wishes = Wishes(persons, frozenset(), frozenset(), (), (), {}, {}, {"plate": "blank"}, leaves_s=leaves_s)
    issued = dispatch(log.state, shop, wishes, lambda sha: "text")
    for command in issued:
        log.add(e.CommandIssued(command), log.state.now_s)
    return issued


def put_in(log: Log, shop: Shop) -> c.TreatParts:
    (command,) = step(log, shop)
    assert isinstance(command, c.TreatParts)
    log.report(r.TreatmentStarted, command.unit, command.command_id, command.serials, command.operation)
    return command


def test_parts_go_in_together_out_and_on() -> None:
    shop = shop_with(WASH, BAKE)
    log = good_parts(shop, 2, *(planned(f"A.00{n}", "wash", "washer", 0.0) for n in (1, 2)))
    command = put_in(log, shop)
    assert command == c.TreatParts(command.command_id, "washer", ("A.001", "A.002"), "wash", 60.0, HOUR_S)
    assert {part.place for part in log.state.parts.values()} == {"unit:washer"}
    assert step(log, shop) == []
    log.report(r.PartsTreated, "washer", command.command_id, command.serials, "wash", HOUR_S)
    (unload,) = step(log, shop)
    assert unload == c.UnloadParts(unload.command_id, "washer", ("A.001", "A.002"), "wip", 60.0)
    log.report(r.PartsUnloaded, "washer", unload.command_id, ("A.001", "A.002"), "wip")
    assert log.state.loads == {}
    assert [part.treated for part in log.state.parts.values()] == [1, 1]
    assert step(log, shop) == [], "the washing is done, and the baking isn't planned yet"


def test_the_last_treatment_finishes_them_and_scrap_goes_its_own_way() -> None:
    shop = shop_with(WASH)
    log = good_parts(shop, 2, *(planned(f"A.00{n}", "wash", "washer", 0.0) for n in (1, 2)))
    command = put_in(log, shop)
    log.report(r.PartsTreated, "washer", command.command_id, command.serials, "wash", HOUR_S)
    log.add(e.PartDisposed("A.002", "scrap", "it fell"))
    gone = {}
    for _ in range(2):
        (unload,) = step(log, shop)
        assert isinstance(unload, c.UnloadParts)
        gone[unload.serials] = unload.destination
        log.report(r.PartsUnloaded, "washer", unload.command_id, unload.serials, unload.destination)
    assert gone == {("A.001",): "finished", ("A.002",): "scrap"}


def test_a_part_with_a_treatment_before_it_is_not_finished_when_it_is_taken_off() -> None:
    shop = shop_with(WASH)
    log = good_parts(shop, 1)
    part, pallet = log.state.parts["A.001"], log.state.pallets["P01"]
    part.place, pallet.serial, pallet.operation = "pallet:P01", "A.001", "plate/1"
    log.report(r.CycleStarted, "mill-1", "cycle-1", "A.001", "plate/1", "sha")
    log.report(r.CycleFinished, "mill-1", "cycle-1", "A.001", "plate/1", 600.0, 1.0, {}, {}, {}, {})
    (command,) = step(log, shop)
    assert isinstance(command, c.DismountPart)
    assert command.destination == "wip"


def test_what_is_missing_is_waited_for_a_while_and_room_is_filled() -> None:
    shop = shop_with(BAKE, places=3)
    lines = [planned(f"A.00{n}", "bake", "oven", HOUR_S) for n in (1, 2)]
    log = good_parts(shop, 3, *lines, planned("A.003", "bake", "oven", 20 * HOUR_S))
    log.state.parts["A.002"].place = "none"
    log.state.now_s = 1.9 * HOUR_S
    assert step(log, shop) == [], "its fellow may still come"
    log.state.now_s = 2.1 * HOUR_S
    (command,) = step(log, shop)
    assert isinstance(command, c.TreatParts)
    assert command.serials == ("A.001", "A.003"), "what is planned later goes with it"


def test_before_people_leave_nothing_is_waited_for() -> None:
    shop = shop_with(BAKE)
    log = good_parts(shop, 2, *(planned(f"A.00{n}", "bake", "oven", HOUR_S) for n in (1, 2)))
    log.state.parts["A.002"].place, log.state.now_s = "none", 0.9 * HOUR_S
    assert step(log, shop, leaves_s=8 * HOUR_S) == []
    (command,) = step(log, shop, leaves_s=1.1 * HOUR_S)
    assert isinstance(command, c.TreatParts)
    assert command.serials == ("A.001",)


def test_a_later_load_goes_first_only_where_it_is_through_before_the_planned_one() -> None:
    for begins_s, goes in ((9 * HOUR_S, ("A.001",)), (7 * HOUR_S, None)):
        shop = shop_with(BAKE)
        first = [planned("A.002", "bake", "oven", begins_s), planned("A.003", "bake", "oven", begins_s)]
        log = good_parts(shop, 3, *first, planned("A.001", "bake", "oven", 30 * HOUR_S))
        log.state.parts["A.003"].place = "none"
        found = [command.serials for command in step(log, shop) if isinstance(command, c.TreatParts)]
        assert found == ([] if goes is None else [(*goes, "A.002")])


def test_somebody_stays_with_what_is_attended_and_begins_nothing_before_leaving() -> None:
    shop = shop_with(DEBURR)
    log = good_parts(shop, 2, *(planned(f"A.00{n}", "deburr", "table", n * HOUR_S) for n in (1, 2)))
    assert step(log, shop, leaves_s=1.5 * HOUR_S) == []
    command = put_in(log, shop)
    assert command.attended
    stock = {"blank": 9}
    log.state.stock |= stock
    operation = e.RoutedOperation("plate/1", "sha", 600.0, {})
    log.add(e.RouteCertified("plate", 1, "cad", "Al 6061", (operation,), True, 1.0))
    log.add(e.OrderReceived("B", "plate", 2, 1e5, 1))
    lines = tuple(e.ScheduleLine(f"B.00{n}", "plate/1", "mill-1", 0.0, 0.0, 600.0) for n in (1, 2))
    log.add(e.SchedulePublished("test", lines, 0.0, 0.0))
    assert len(step(log, shop, persons=2)) == 1, "the other is at the table"


def test_nothing_goes_in_twice_held_or_without_people() -> None:
    shop = shop_with(WASH)
    lines = [planned(f"A.00{n}", "wash", "washer", 0.0) for n in (1, 2)]
    log = good_parts(shop, 2, *lines)
    assert step(log, shop, persons=0) == []
    log.add(e.HoldPlaced("hold", ("A.002",), "looks odd"))
    (command,) = step(log, shop)
    assert isinstance(command, c.TreatParts)
    assert command.serials == ("A.001",)
    again = replace(command, command_id="again", unit="oven")
    assert gate(log.state, again, tool_life={}) == "A.001 is being loaded on another unit"
    assert "on hold" in str(gate(log.state, replace(again, serials=("A.002",)), tool_life={}))
    unload = c.UnloadParts("u", "washer", ("A.001",), "finished", 1.0)
    assert "still treating" in str(gate(log.state, unload, tool_life={}))


def test_a_held_part_stays_in_until_somebody_has_decided() -> None:
    shop = shop_with(WASH)
    log = good_parts(shop, 1, planned("A.001", "wash", "washer", 0.0))
    command = put_in(log, shop)
    log.report(r.PartsTreated, "washer", command.command_id, command.serials, "wash", HOUR_S)
    log.add(e.HoldPlaced("hold", ("A.001",), "looks odd"))
    assert step(log, shop) == []
    log.add(e.HoldReleased("hold", ("A.001",), "it is fine"))
    (unload,) = step(log, shop)
    assert isinstance(unload, c.UnloadParts)


def test_the_oven_is_kept_for_a_load_that_comes_in_time() -> None:
    shop = shop_with(BAKE)
    first, later = planned("A.001", "bake", "oven", 2 * HOUR_S), planned("A.002", "bake", "oven", 12 * HOUR_S)
    log = good_parts(shop, 2, first, later)
    log.state.parts["A.001"].place, log.state.now_s = "none", HOUR_S
    assert step(log, shop) == [], "eight hours of baking would keep the first one out"
    log.state.now_s = 3.1 * HOUR_S
    (command,) = step(log, shop)
    assert isinstance(command, c.TreatParts)
    assert command.serials == ("A.002",), "what doesn't come isn't waited for without end"


def test_what_is_being_put_in_elsewhere_is_not_waited_for() -> None:
    shop = shop_with(BAKE)
    shop = replace(shop, work_units=(*shop.work_units, WorkUnit("oven-2", "process", "cell", places=2)))
    both = replace(BAKE, machines=("oven", "oven-2"))
    shop = replace(shop, parts=(replace(shop.parts[0], finishing=(both,)),))
    lines = [planned("A.001", "bake", "oven", 0.0), planned("A.002", "bake", "oven-2", HOUR_S)]
    log = good_parts(shop, 3, *lines, planned("A.003", "bake", "oven-2", HOUR_S))
    found = [command.serials for command in step(log, shop, persons=1) if isinstance(command, c.TreatParts)]
    assert found == [("A.001", "A.002")]
    found = [command.serials for command in step(log, shop) if isinstance(command, c.TreatParts)]
    assert found == [("A.003",)]


def test_as_many_go_in_as_people_are_there_to_put_in() -> None:
    shop = shop_with(WASH, places=10)
    log = good_parts(shop, 10, *(planned(f"A.{n:03d}", "wash", "washer", 0.0) for n in range(1, 11)))
    (command,) = step(log, shop, leaves_s=log.state.now_s + 100.0)
    assert isinstance(command, c.TreatParts)
    assert command.serials == ("A.001", "A.002", "A.003")
    assert command.load_s == 90.0


def test_what_is_in_comes_out_where_the_shop_no_longer_asks_for_it() -> None:
    shop = shop_with(WASH)
    log = good_parts(shop, 1, planned("A.001", "wash", "washer", 0.0))
    command = put_in(log, shop)
    log.report(r.PartsTreated, "washer", command.command_id, command.serials, "wash", HOUR_S)
    (unload,) = step(log, shop_with())
    assert isinstance(unload, c.UnloadParts)
    assert unload.destination == "finished"
