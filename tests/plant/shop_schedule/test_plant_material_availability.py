"""When blanks and edges are there: stock first, then what is on order, then what isn't ordered."""

from datetime import UTC, datetime

import pytest

from nightmill.floor import ShopState, apply, empty_state
from nightmill.floor.records import PurchaseState
from nightmill.plant.shop_schedule.material_availability import blank_dates, tool_dates
from nightmill.vocabulary import events as e
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.shop import Economy, Item, PartFile, Shop, ToolStock, WorkUnit
from nightmill.vocabulary.units import DAY_S

SHOP = Shop(
    name="test",
    start=datetime(2026, 11, 2, 12, 0, tzinfo=UTC),
    time_zone="America/New_York",
    currency="USD",
    country="US",
    work_units=(WorkUnit("mill-1", "mill", "milling"), WorkUnit("mill-2", "mill", "milling")),
    shifts=(),
    tools=(ToolStock(Tool(1, "flat", 10.0, life_min=60.0), magazine=1, crib=1, lead_time_days=2.0),),
    parts=(PartFile("plate", "plate.step", "Al 6061", blank_item="blank"),),
    orders=(),
    items=(Item("blank", lead_time_days=3.0),),
    bom=(),
    receipts=(),
    economy=Economy(),
    pallets=2,
)


def _state(minutes: float, *facts: e.AnyFact) -> ShopState:
    state = empty_state(SHOP)
    operation = e.RoutedOperation("plate/1", "sha", 3600.0, {"1": minutes})
    route = e.RouteCertified("plate", 1, "cad", "Al 6061", (operation,), True, 1.0)
    for number, fact in enumerate((route, *facts), 1):
        apply(state, e.Event(number, 0.0, "software", fact))
    return state


def _order(name: str, quantity: int, due_s: float) -> e.OrderReceived:
    return e.OrderReceived(name, "plate", quantity, due_s, 1)


def test_edges_go_to_the_orders_due_first() -> None:
    """Three edges, two in magazines and one in the crib, do one cycle each; the others wait for what isn't ordered."""
    state = _state(40.0, _order("B", 3, 2e5), _order("A", 2, 1e5))
    dates = tool_dates(state, SHOP)
    assert dates == {(f"B.00{n}", "plate/1"): pytest.approx(2.5 * DAY_S) for n in (2, 3)}


def test_edges_on_order_come_as_promised_and_begun_ones_are_used_up() -> None:
    state = _state(25.0, _order("A", 8, 1e5))
    state.machines["mill-1"].edges["1"].minutes = 30.0  # one cycle left of two
    for machine in state.machines.values():
        machine.edges["1"].sisters = 0
    state.purchases["PO"] = PurchaseState("PO", "tool:1", 1, 5e4)
    dates = tool_dates(state, SHOP)
    assert [dates.get((f"A.00{n}", "plate/1"), 0.0) for n in range(1, 9)] == pytest.approx(
        [0.0] * 5 + [5e4] * 2 + [2.5 * DAY_S]
    )


def test_plenty_of_edges_is_no_date() -> None:
    assert tool_dates(_state(20.0, _order("A", 3, 1e5)), SHOP) == {}


def test_blanks_in_stock_then_on_order_then_after_their_lead_time() -> None:
    state = _state(20.0, _order("A", 3, 1e5))
    state.stock["blank"] = 1
    state.purchases["PO"] = PurchaseState("PO", "blank", 1, 4e4)
    assert list(blank_dates(state, SHOP).values()) == pytest.approx([0.0, 4e4, 3.5 * DAY_S])
    state.now_s = 5e4
    assert blank_dates(state, SHOP)["A.002"] > state.now_s  # overdue: any hour now, but not there
