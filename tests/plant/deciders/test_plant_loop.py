"""Decisions of the rooms in the loop, each on a state made by hand."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from nightmill.floor import ShopState, empty_state
from nightmill.floor import records as on_floor
from nightmill.formats import copy_example
from nightmill.plant.deciders.inspection import InspectionDecider
from nightmill.plant.deciders.maintenance import MaintenanceDecider
from nightmill.plant.deciders.purchasing import PurchasingDecider
from nightmill.plant.deciders.scheduling import SchedulingDecider
from nightmill.plant.deciders.tool_offsets import ToolOffsetDecider
from nightmill.plant.run.shop_run import _Wishes
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ids import OrderId, PalletId, PartId, SerialId
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.shop import Economy, Shift, Shop, ToolStock, WorkUnit
from nightmill.vocabulary.units import DAY_S, HOUR_S

SHOP = Shop(
    name="test",
    start=datetime(2026, 11, 2, 7, 0, tzinfo=UTC),
    time_zone="UTC",
    currency="USD",
    country="US",
    work_units=(WorkUnit("mill-1", "mill", "milling"), WorkUnit("camera", "vision", "inspection")),
    shifts=(Shift((0, 1, 2, 3, 4), 7.0, 16.0, 2),),
    tools=(ToolStock(Tool(1, "flat", 10.0, life_min=60.0), magazine=1, crib=0),),
    parts=(),
    orders=(),
    items=(),
    bom=(),
    receipts=(),
    economy=Economy(),
    pallets=2,
)


@pytest.fixture
def state() -> ShopState:
    """One part, cut and on its pallet."""
    state = empty_state(SHOP)
    state.policy = "closed-loop"
    operation = e.RoutedOperation("plate/1", "sha", 2400.0, {"1": 37.0})
    state.routes["plate"] = on_floor.RouteState(PartId("plate"), True, [operation])
    state.orders["A"] = on_floor.OrderState(OrderId("A"), PartId("plate"), 1, 1e5, 1, 0.0, serials=["A.001"])
    state.parts["A.001"] = on_floor.PartState(SerialId("A.001"), OrderId("A"), PartId("plate"))
    return state


def test_an_edge_is_bought_for_each_cycle_that_needs_a_whole_one(state: ShopState) -> None:
    for n in (2, 3, 4):
        state.parts[f"A.00{n}"] = on_floor.PartState(SerialId(f"A.00{n}"), OrderId("A"), PartId("plate"))
    (position,) = PurchasingDecider(SHOP)._tools(state)
    assert position.item == "tool:1"
    assert sum(need.quantity for need in position.needs) == 4, (
        "37 minutes go once into 60, so four parts wear four edges"
    )


def test_the_crib_of_the_shop_file_counts(tmp_path: Path) -> None:
    copy_example(tmp_path / "shop")
    text = (tmp_path / "shop" / "shop.toml").read_text()
    before = {(stock.magazine, stock.crib) for stock in whole_shop(tmp_path / "shop").tools}
    assert len(before) == 1
    (tmp_path / "shop" / "shop.toml").write_text(text.replace("magazine = 4", "magazine = 7"))
    assert {stock.magazine for stock in whole_shop(tmp_path / "shop").tools} == {7}


@pytest.mark.parametrize(("hour", "ends_h"), [(1.0, None), (7.0, 24.0), (12.0, None), (31.0, 48.0)])
def test_the_evening_begins_three_hours_before_people_leave(
    state: ShopState, hour: float, ends_h: float | None
) -> None:
    wisher = _Wishes(SHOP, None, None, None)  # type: ignore[arg-type]
    found = wisher._night_ends_s(hour * HOUR_S)
    assert found == (None if ends_h is None else ends_h * HOUR_S)


@pytest.mark.parametrize(("hour", "left_h"), [(1.0, None), (11.0, 10.0), (20.0, 10.0), (24.0, None), (23.9, 10.0)])
def test_since_when_nobody_is_there(hour: float, left_h: float | None) -> None:
    shop = msgspec.structs.replace(SHOP, shifts=(Shift((0, 1, 2, 3, 4, 5, 6), 7.0, 17.0, 1),))
    found = _Wishes(shop, None, None, None)._left_s(hour * HOUR_S)  # type: ignore[arg-type]
    assert found == (None if left_h is None else left_h * HOUR_S)


def _verdicts(room: InspectionDecider, state: ShopState, image: str) -> list[str]:
    event = e.Event(1, 0.0, "machine", e.Reported(r.ImageTaken(1, 0.0, "camera", "c", "A.001", image)))
    room.observe(event, state)
    decisions: list[Decision] = list(room.decide(state))
    for decision in decisions:
        if isinstance(decision.fact, e.VerdictGiven):
            fact = decision.fact
            state.parts["A.001"].verdicts[f"{fact.operation}:{fact.by}"] = fact.verdict
            room.observe(e.Event(2, 0.0, "software", fact), state)
    words = [d.fact.verdict for d in decisions if isinstance(d.fact, e.VerdictGiven)]
    return words + [d.fact.disposition for d in decisions if isinstance(d.fact, e.PartDisposed)]


@pytest.mark.parametrize(
    ("looks", "words"),
    [
        (("doubt", "good"), [["again"], ["good", "good"]]),
        (("doubt", "doubt"), [["again"], ["doubt", "quarantine"]]),
        (("doubt", "reject"), [["again"], ["bad", "scrap"]]),
        (("reject",), [["bad", "scrap"]]),
    ],
)
def test_one_doubtful_picture_asks_for_another_and_two_end_in_quarantine(
    state: ShopState, looks: tuple[str, ...], words: list[list[str]]
) -> None:
    cut = on_floor.Cut("plate/1", "mill-1", "c", "sha", 0.0, finished_s=600.0)
    state.parts["A.001"].cuts.append(cut)
    state.parts["A.001"].place = "pallet:P01"
    pallet = state.pallets["P01"]
    pallet.serial, pallet.operation = "A.001", "plate/1"
    seen = iter(looks)
    room = InspectionDecider(SHOP, {}, ToolOffsetDecider(SHOP, {}), lambda image, unit: (next(seen), 1.0, "test"))
    assert [_verdicts(room, state, f"{n}.png") for n in range(len(looks))] == words


def test_a_planned_stop_may_come_earlier_but_is_never_put_off(state: ShopState) -> None:
    room = MaintenanceDecider(SHOP)
    sample = r.SignalsSampled(1, 0.0, "mill-1", {"vibration_mm_s": 1.2})
    for n in range(4):
        room.observe(
            e.Event(n + 1, n * 1800.0, "machine", e.Reported(msgspec.structs.replace(sample, seq=n + 1))), state
        )
    state.maintenance["mill-1"] = 5 * HOUR_S
    (choice,) = room.choices(state)
    starts = [option.start_s for option in choice.options]
    assert starts
    assert max(starts) <= 5 * HOUR_S + 60.0
    assert len(starts) < len(room._starts(state, "mill-1")), "later windows exist and are left out"


def test_no_plan_is_made_while_every_pallet_carries_a_held_part(state: ShopState) -> None:
    shop = msgspec.structs.replace(
        SHOP, work_units=(*SHOP.work_units, WorkUnit("bench", "bench", "handling")), pallets=1
    )
    room = SchedulingDecider(shop, DAY_S, MaintenanceDecider(shop))
    state.pallets = {"P01": on_floor.PalletState(PalletId("P01"), serial="A.001", operation="plate/1")}
    state.parts["A.001"].place = "pallet:P01"
    state.holds["hold"] = ["A.001"]
    state.parts["A.002"] = on_floor.PartState(SerialId("A.002"), OrderId("A"), PartId("plate"))
    room.observe(e.Event(1, 0.0, "software", e.OrderReceived("A", "plate", 1, 1e5, 1)), state)
    assert list(room.decide(state)) == []
    # what has its last word comes off its pallet as soon as somebody is there
    state.holds.clear()
    state.parts["A.001"].disposition = "scrap"
    assert any(isinstance(decision.fact, e.SchedulePublished) for decision in room.decide(state))


def test_work_that_nobody_can_plan_raises_an_alarm_once_and_the_shop_goes_on(
    state: ShopState, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = SchedulingDecider(SHOP, DAY_S, MaintenanceDecider(SHOP))
    state.parts["A.002"] = on_floor.PartState(SerialId("A.002"), OrderId("A"), PartId("plate"))
    room.observe(e.Event(1, 0.0, "software", e.OrderReceived("A", "plate", 1, 1e5, 1)), state)

    def refuse(*_: object, **__: object) -> None:
        raise BadInput(Finding("shop problem", "", "no room", "some", "Wait."))

    monkeypatch.setattr("nightmill.scheduling.search.solve.solve_shop", refuse)
    (decision,) = room.decide(state)
    assert isinstance(decision.fact, e.AlarmRaised)
    room.observe(e.Event(2, 0.0, "software", decision.fact), state)
    assert list(room.decide(state)) == []
