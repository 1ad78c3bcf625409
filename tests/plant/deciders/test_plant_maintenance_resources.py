"""A planned stop has its spare parts and its technician, or waits for them: the rooms of the loop, turn by turn on a folded log."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from nightmill.floor import ShopState, apply, empty_state
from nightmill.formats import copy_example
from nightmill.plant.deciders.failure_modes import FailureMode
from nightmill.plant.deciders.maintenance import MaintenanceDecider
from nightmill.plant.deciders.maintenance_resources import missing, spares_for
from nightmill.plant.deciders.purchasing import PurchasingDecider
from nightmill.plant.night.morning import _waits
from nightmill.plant.workspace.shop import whole_shop
from nightmill.scheduling import records
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.shop import Economy, Item, PartFile, Shift, Shop, Technician, WorkUnit

HOUR, DAY = 3600.0, 86400.0
MODES = (
    FailureMode("bearing", signals=("vibration_mm_s", "temperature_c"), spare_parts={"bearing-set": 1}),
    FailureMode("cooling", signals=("temperature_c",), spare_parts={"pump": 1}),
    FailureMode("sensor", signals=("vibration_mm_s", "temperature_c", "spindle_load_pct"), sensor=True),
)
SHOP = Shop(
    name="test", start=datetime(2026, 11, 2, 7, 0, tzinfo=UTC), time_zone="UTC", currency="USD", country="US",
    work_units=(WorkUnit("mill-1", "mill", "milling"), WorkUnit("mill-2", "mill", "milling")),
    shifts=(Shift(tuple(range(7)), 7.0, 16.0, 4),), tools=(), parts=(), orders=(),
    items=(Item("bearing-set", on_hand=1, lead_time_days=2.0, supplier="Ames"), Item("pump", on_hand=5)),
    bom=(), receipts=(), economy=Economy(), pallets=2,
)  # fmt: skip


class Loop:
    """A log that the rooms fold, and their decisions put back into it."""

    def __init__(self, shop: Shop, spares: tuple[str, ...] = ("bearing-set", "pump")) -> None:
        self.state: ShopState = empty_state(shop)
        self.state.policy = "closed-loop"
        self.care, self.material = MaintenanceDecider(shop, modes=MODES), PurchasingDecider(shop, spares)
        self.n = self.reports = 0

    def add(self, at_s: float, fact: e.AnyFact) -> None:
        self.n += 1
        event = e.Event(self.n, at_s, "software", fact)
        apply(self.state, event)
        for room in (self.care, self.material):
            room.observe(event, self.state)

    def report(self, made: r.AnyReport) -> None:
        self.add(made.at_s, e.Reported(made))

    def wear(self, *units: str, days: float = 2.0) -> None:
        """Vibration that rises in the last third."""
        count = int(days * 48)
        for n in range(count):
            for unit in units:
                self.reports += 1
                level = 1.2 + 1.4 * max(0, n - count * 2 // 3) / (count / 3) + 0.01 * (n % 3)
                self.report(r.SignalsSampled(self.reports, n * HOUR / 2, unit, {"vibration_mm_s": level}))
                self.decide()

    def decide(self) -> list[e.AnyFact]:
        """One turn of both rooms."""
        made = [d.fact for room in (self.care, self.material) for d in room.decide(self.state)]
        for fact in made:
            self.add(self.state.now_s, fact)
        return made

    def stop(self, unit: str) -> e.MaintenancePlanned | None:
        order = self.state.work_on(unit)
        if order is None or order.planned_s is None:
            return None
        return e.MaintenancePlanned(unit, order.planned_s, 5400.0, 0.0, 0.0, "", order.technician, order.spares)


def test_the_spares_are_those_of_the_mode_that_shares_most_signals() -> None:
    assert spares_for(MODES, ("vibration_mm_s",)) == {"bearing-set": 1}
    assert spares_for(MODES, ("temperature_c",)) == {"bearing-set": 1}
    assert spares_for(MODES[1:], ("temperature_c", "vibration_mm_s")) == {"pump": 1}
    assert spares_for(MODES, ("roughness_um",)) == {}


def test_a_spare_is_kept_for_one_stop_and_the_other_waits_for_the_delivery() -> None:
    loop = Loop(SHOP)
    loop.wear("mill-1", "mill-2")
    stops = sorted((stop for stop in map(loop.stop, ("mill-1", "mill-2")) if stop), key=lambda stop: stop.start_s)
    first, second = stops
    assert first.spares == second.spares == {"bearing-set": 1}
    assert loop.state.free_stock("bearing-set") == -1, "one is there, two are spoken for"
    assert loop.care.waiting(loop.state, first.machine) == "", "who was first has it"
    loop.decide()
    (bought,) = [each for each in loop.state.purchases.values() if each.item == "bearing-set"]
    assert bought.quantity >= 1
    order = loop.state.work_on(second.machine)
    assert order is not None
    assert second.start_s >= order.raised_s + 2 * DAY - HOUR
    loop.report(
        r.PurchaseAccepted(900, loop.state.now_s + HOUR, "supplier", "buy-1", bought.id, second.start_s + 5 * DAY)
    )
    loop.report(r.SignalsSampled(901, second.start_s + 1.0, second.machine, {"vibration_mm_s": 2.6}))
    assert second.machine not in dict(loop.care.wishes(loop.state)), "the spare isn't there"
    assert loop.care.waiting(loop.state, second.machine) == "1 bearing-set to come"
    loop.decide()
    later = loop.stop(second.machine)
    assert later is not None
    assert later.start_s >= second.start_s + 5 * DAY
    loop.report(r.Delivered(902, second.start_s + 3 * DAY, "buy-1", bought.id, "bearing-set", bought.quantity))
    assert loop.care.waiting(loop.state, second.machine) == ""


def test_a_spare_that_is_promised_for_a_far_day_is_not_ordered_a_second_time() -> None:
    loop = Loop(SHOP)
    loop.wear("mill-1", "mill-2")
    loop.decide()
    (bought,) = [each for each in loop.state.purchases.values() if each.item == "bearing-set"]
    now_s = loop.state.now_s
    loop.report(r.PurchaseAccepted(900, now_s + HOUR, "supplier", "buy-1", bought.id, now_s + 40 * DAY))
    for day in range(1, 5):
        loop.report(r.SignalsSampled(900 + day, now_s + day * DAY, "mill-2", {"vibration_mm_s": 2.6}))
        loop.decide()
    orders = [each.id for each in loop.state.purchases.values() if each.item == "bearing-set"]
    assert orders == [bought.id]
    assert loop.state.free_stock("bearing-set") == -1, "one stop waits still"


def test_a_closed_or_overtaken_order_lets_its_spares_go() -> None:
    loop = Loop(SHOP)
    loop.wear("mill-1")
    order = loop.state.work_on("mill-1")
    assert order is not None
    assert loop.state.free_stock("bearing-set") == 0
    assert missing(loop.state, {"bearing-set": 1}, order.id) == {}
    loop.add(loop.state.now_s, e.WorkOrderClosed(order.id, "mill-1", "bearing", "confirmed", {"bearing-set": 1}, "Ann"))
    assert (loop.state.stock["bearing-set"], loop.state.free_stock("bearing-set")) == (0, 0)
    other = Loop(SHOP)
    other.wear("mill-1")
    other.report(r.MachineFailed(900, other.state.now_s, "mill-1", "spindle"))
    assert other.state.free_stock("bearing-set") == 1


@pytest.mark.parametrize("names", [("Harris",), ("Harris", "Lee")])
def test_one_technician_is_never_at_two_machines(names: tuple[str, ...]) -> None:
    people = tuple(Technician(name, Shift((0, 1, 2, 3, 4, 5, 6), 8.0, 15.0), 20.0) for name in names)
    shop = msgspec.structs.replace(
        SHOP, technicians=people, items=(msgspec.structs.replace(SHOP.items[0], on_hand=9), SHOP.items[1])
    )
    loop = Loop(shop)
    loop.wear("mill-1", "mill-2")
    one, two = (loop.stop(unit) for unit in ("mill-1", "mill-2"))
    assert one is not None
    assert two is not None
    for stop in (one, two):
        order = loop.state.work_on(stop.machine)
        assert order is not None
        assert stop.start_s >= order.raised_s + 20 * HOUR - 1
        assert (stop.start_s / HOUR + 7.0) % 24 >= 8.0
        assert (stop.start_s / HOUR + 7.0) % 24 + 1.5 <= 15.0
    overlap = abs(one.start_s - two.start_s) < 5400.0
    assert one.technician != two.technician or not overlap
    same = [records.PlacedMaintenance(f"stop-{s.machine}", s.machine, one.start_s + DAY, one.start_s + DAY + 5400.0, 0.0) for s in (one, two)]  # fmt: skip
    moved = [d.fact for d in loop.care.placed(loop.state, same)]
    assert len(moved) == len(names), "a second stop at the same time needs a second technician"
    assert len({fact.technician for fact in moved if isinstance(fact, e.MaintenancePlanned)}) == len(names)


def test_a_stop_waits_while_its_technician_is_elsewhere() -> None:
    shop = msgspec.structs.replace(
        SHOP, technicians=(Technician("Harris", Shift(tuple(range(7)), 0.0, 24.0)),),
        items=(msgspec.structs.replace(SHOP.items[0], on_hand=9), SHOP.items[1]),
    )  # fmt: skip
    loop = Loop(shop)
    loop.wear("mill-1", "mill-2")
    stops = sorted((stop for stop in map(loop.stop, ("mill-1", "mill-2")) if stop), key=lambda stop: stop.start_s)
    first, second = stops
    loop.add(second.start_s - 60.0, e.CommandIssued(c.MaintainMachine("m-1", first.machine, 5400.0)))
    loop.report(r.SignalsSampled(900, second.start_s + 1.0, second.machine, {"vibration_mm_s": 2.6}))
    assert loop.care.waiting(loop.state, second.machine) == f"Harris is at {first.machine}"
    loop.report(r.MachineMaintained(901, second.start_s + 100.0, first.machine, "m-1", "worn"))
    assert loop.care.waiting(loop.state, second.machine) == ""


def test_a_shop_without_technicians_and_spares_plans_as_ever() -> None:
    loop = Loop(SHOP, ())
    loop.care.modes = ()
    loop.wear("mill-1")
    stop = loop.stop("mill-1")
    assert stop is not None
    assert (stop.technician, stop.spares) == ("", {})
    assert not loop.state.purchases


def test_technicians_are_read_from_the_shop_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    folder = copy_example(tmp_path / "shop")
    text = (folder / "shop.toml").read_text()
    (folder / "shop.toml").write_text(text + '\n[[technicians]]\nname = "Harris"\ndays = ["Tue"]\nnotice_h = 24\n')
    (harris,) = whole_shop(folder).technicians
    assert (harris.name, harris.shift.days, harris.notice_h) == ("Harris", (1,), 24.0)
    (folder / "shop.toml").write_text(text + '\n[[technicians]]\nname = "Harris"\nbegins_h = 17\nends_h = 9\n')
    with pytest.raises(BadInput, match=r"technicians\[1\].ends_h"):
        whole_shop(folder)


def test_a_stop_that_waits_is_not_planned_anew_every_minute() -> None:
    shop = msgspec.structs.replace(
        SHOP, technicians=(Technician("Harris", Shift(tuple(range(7)), 0.0, 24.0)),),
        items=(msgspec.structs.replace(SHOP.items[0], on_hand=9), SHOP.items[1]),
    )  # fmt: skip
    loop = Loop(shop)
    loop.wear("mill-1", "mill-2")
    stops = sorted((stop for stop in map(loop.stop, ("mill-1", "mill-2")) if stop), key=lambda stop: stop.start_s)
    first, second = stops
    loop.add(second.start_s - 60.0, e.CommandIssued(c.MaintainMachine("m-1", first.machine, 5400.0)))
    made, moved = 0, []
    for minute in range(240):
        loop.report(r.SignalsSampled(900 + minute, second.start_s + 61.0 * minute, second.machine, {"vibration_mm_s": 2.6}))  # fmt: skip
        made += sum(isinstance(fact, e.MaintenancePlanned) for fact in loop.decide())
        stop = loop.stop(second.machine)
        assert stop is not None
        placed = [records.PlacedMaintenance("", s.machine, s.options[0].start_s, s.options[0].start_s + 5400.0, 0.0) for s in loop.care.choices(loop.state) if s.machine == second.machine]  # fmt: skip
        now = [d.fact for d in loop.care.placed(loop.state, placed)]
        for fact in now:
            loop.add(loop.state.now_s, fact)
        moved += now
    assert made + len(moved) <= 10, "four hours of waiting, two hours a window"
    assert loop.state.now_s > second.start_s + 3 * HOUR, "far beyond the time that the other stop was to take"


@pytest.mark.parametrize("late_h", [1.0, 100.0])
def test_a_stop_whose_spare_is_overdue_stays_due(late_h: float) -> None:
    around = msgspec.structs.replace(
        SHOP, shifts=(Shift(tuple(range(7)), 0.0, 24.0, 4),), items=(Item("bearing-set", lead_time_days=1.0, supplier="Ames"), SHOP.items[1])
    )  # fmt: skip
    loop = Loop(around)
    loop.wear("mill-1")
    stop = loop.stop("mill-1")
    (bought,) = loop.state.purchases.values()
    assert stop is not None
    loop.report(r.PurchaseAccepted(900, loop.state.now_s, "supplier", "buy-1", bought.id, stop.start_s))
    for minute in range(60):
        at_s = stop.start_s + late_h * HOUR + 61.0 * minute
        loop.report(r.SignalsSampled(901 + minute, at_s, "mill-1", {"vibration_mm_s": 2.6}))
        assert not [fact for fact in loop.decide() if isinstance(fact, e.MaintenancePlanned)]
    assert "mill-1" not in dict(loop.care.wishes(loop.state))
    loop.report(r.Delivered(990, loop.state.now_s, "buy-1", bought.id, "bearing-set", bought.quantity))
    assert "mill-1" in dict(loop.care.wishes(loop.state))


def test_a_blank_or_a_tool_may_be_a_spare() -> None:
    loop = Loop(SHOP, ("bearing-set", "tool:7"))
    loop.wear("mill-1")
    order = loop.state.work_on("mill-1")
    assert order is not None
    order.spares = {"tool:7": 2}
    assert missing(loop.state, order.spares, order.id) == {"tool:7": 2}
    loop.state.crib["7"] = 2
    assert missing(loop.state, order.spares, order.id) == {}
    part = PartFile("plate", "plate.step", "6061", blank_item="bearing-set")
    blanks = msgspec.structs.replace(SHOP, parts=(part,), items=(Item("bearing-set", supplier="Ames"),))
    other = Loop(blanks)
    other.wear("mill-1")
    assert [each.item for each in other.state.purchases.values()] == ["bearing-set"], "though nothing is made of it"


def test_a_planned_stop_is_not_put_off_however_often_the_shop_plans_anew() -> None:
    harris = Technician("Harris", Shift(tuple(range(7)), 0.0, 24.0), 20.0)
    around = msgspec.structs.replace(SHOP, shifts=(Shift(tuple(range(7)), 0.0, 24.0, 4),), technicians=(harris,))
    loop = Loop(around)
    loop.wear("mill-1")
    first = loop.stop("mill-1")
    assert first is not None
    for minute in range(100):
        loop.report(r.SignalsSampled(900 + minute, loop.state.now_s + 61.0, "mill-1", {"vibration_mm_s": 2.6}))
        (choice,) = loop.care.choices(loop.state)
        last = max(option.start_s for option in choice.options)
        placed = loop.care.placed(loop.state, [records.PlacedMaintenance("", "mill-1", last, last + 5400.0, 0.0)])
        for decision in placed:
            loop.add(loop.state.now_s, decision.fact)
    stop = loop.stop("mill-1")
    assert stop is not None
    assert stop.start_s <= first.start_s


def test_a_spare_that_does_not_come_raises_one_alarm() -> None:
    loop = Loop(
        msgspec.structs.replace(SHOP, items=(Item("bearing-set", lead_time_days=1.0, supplier="Ames"), SHOP.items[1]))
    )
    loop.wear("mill-1")
    stop = loop.stop("mill-1")
    (bought,) = loop.state.purchases.values()
    assert stop is not None
    promised_s = stop.start_s + 2 * DAY
    loop.report(r.PurchaseAccepted(900, loop.state.now_s, "supplier", "buy-1", bought.id, promised_s))
    told: list[tuple[float, e.AlarmRaised]] = []
    for hour in range(30 * 24):
        loop.report(r.SignalsSampled(901 + hour, stop.start_s + hour * HOUR, "mill-1", {"vibration_mm_s": 2.6}))
        told += [(loop.state.now_s, fact) for fact in loop.decide() if isinstance(fact, e.AlarmRaised)]
    ((at_s, alarm),) = told
    order = loop.state.work_on("mill-1")
    assert order is not None
    assert promised_s + DAY / 2 < at_s <= promised_s + DAY / 2 + HOUR
    assert (alarm.alarm, alarm.subject) == ("spare_late", f"{order.id} bearing-set")
    assert f"mill-1 waits with {order.id} for 1 bearing-set, 13 h late ({bought.id}" in alarm.text
    assert [text for text in _waits(loop.care.shop, loop.state) if "bearing-set" in text]
    loop.report(r.Delivered(9000, loop.state.now_s, "buy-1", bought.id, "bearing-set", bought.quantity))
    assert not [text for text in _waits(loop.care.shop, loop.state) if "bearing-set" in text]


def test_a_spare_that_nobody_sells_raises_its_alarm_too() -> None:
    loop = Loop(msgspec.structs.replace(SHOP, items=(SHOP.items[1],)))
    loop.wear("mill-1")
    assert not loop.state.purchases
    raised_s = loop.state.work_on("mill-1").raised_s  # type: ignore[union-attr]
    loop.report(r.SignalsSampled(900, raised_s + DAY / 2 + 60.0, "mill-1", {"vibration_mm_s": 2.6}))
    texts = [fact.text for fact in loop.decide() if isinstance(fact, e.AlarmRaised)]
    assert len(texts) == 1
    assert "(no purchase order)" in texts[0]
