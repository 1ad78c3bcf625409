"""What a part's stock costs: its item's price, else its weight; never nothing in silence."""

from pathlib import Path

import msgspec
import pytest
from desk_sample import write_shop

from nightmill.floor import apply, empty_state
from nightmill.floor.records import OrderState, PartState
from nightmill.formats import read_shop
from nightmill.plant.deciders.part_cost import PartCostDecider
from nightmill.plant.part_planning.blank_price import blank_price
from nightmill.plant.plan_store.kept_plans import PartRoute
from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.vocabulary import events as e
from nightmill.vocabulary.ids import OrderId, PartId, SerialId
from nightmill.vocabulary.plan import Body, Certificate, Plan
from nightmill.vocabulary.shop import Item, Shop

PROOF = Certificate(True, 0.0, 0.0, 1.0, (), 0, 0)
RECORD = RouteRecord(
    "bracket", "0" * 64, "Al 6061", True, PROOF, (), (), (), part_volume_mm3=5e4, stock_volume_mm3=1e6, density_kg_m3=2700.0,
    faces=6, features=1, seconds=1.0, notes=(),
)  # fmt: skip
PLAN = Plan("nightmill-plan/1", "bracket", "mm", "0" * 64, Body("box", min=(0, 0, 0), max=(9, 9, 9)), (), (), (), 0.0)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return read_shop(write_shop(tmp_path / "shop"))


def with_price(shop: Shop, usd: float | None) -> Shop:
    return msgspec.structs.replace(shop, items=(Item("blank-bracket", price_usd=usd),))


@pytest.mark.parametrize("usd", [12.5, 0.0])
def test_the_items_price_comes_first_one_of_nothing_included(shop: Shop, usd: float) -> None:
    found = blank_price(with_price(shop, usd), "bracket", RECORD)
    assert found is not None
    assert (found.usd, found.basis) == (usd, f"blank-bracket at {usd:g}")


def test_without_one_the_weight_counts_and_an_assumption_is_said(shop: Shop) -> None:
    found = blank_price(with_price(shop, None), "bracket", RECORD)
    assert found is not None
    assert found.usd == pytest.approx(2.7 * 6.0)
    assert "2.7 kg of Al 6061 at 6 per kilogram, assumed" in found.basis
    known = msgspec.structs.replace(
        shop, economy=msgspec.structs.replace(shop.economy, material_usd_kg={"Al 6061": 7.0})
    )
    found = blank_price(with_price(known, None), "bracket", RECORD)
    assert found is not None
    assert found.usd == pytest.approx(2.7 * 7.0)
    assert found.basis == "2.7 kg of Al 6061 at 7 per kilogram"
    assert blank_price(with_price(shop, None), "bracket", None) is None


def test_a_made_part_is_costed_with_it(shop: Shop) -> None:
    room = PartCostDecider(with_price(shop, None), routes={"bracket": PartRoute(RECORD, PLAN, {}, Path())})
    state = empty_state(shop)
    state.orders["A-1"] = OrderState(OrderId("A-1"), PartId("bracket"), 3, 0.0, 1, 0.0)
    state.parts["A-1.001"] = PartState(SerialId("A-1.001"), OrderId("A-1"), PartId("bracket"))
    room.observe(e.Event(1, 0.0, "software", e.PartDisposed("A-1.001", "good", "")), state)
    (decision,) = room.decide(state)
    assert isinstance(decision.fact, e.PartCosted)
    assert decision.fact.factors_usd["material"] == pytest.approx(16.2)
    assert "assumed" in decision.why


def test_orders_that_were_cancelled_are_no_scrap(shop: Shop) -> None:
    room = PartCostDecider(with_price(shop, 10.0), routes={})
    state = empty_state(shop)
    facts: tuple[e.AnyFact, ...] = (
        e.OrderReceived("A-1", "bracket", 8, 0.0, 1),
        *(e.PartDisposed(f"A-1.00{n}", "good", "") for n in range(1, 6)),
        e.PartDisposed("A-1.006", "scrap", ""),
        e.OrderCancelled("A-1", ("A-1.007", "A-1.008")),
    )
    for number, fact in enumerate(facts, 1):
        apply(state, e.Event(number, 0.0, "software", fact))
    room.observe(e.Event(9, 0.0, "software", facts[1]), state)
    (decision,) = room.decide(state)
    assert isinstance(decision.fact, e.PartCosted)
    assert decision.fact.factors_usd["scrap"] == pytest.approx(10.0 / 5), "one of six"


def test_an_empty_cell_is_no_price_of_nothing(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    (folder / "items.csv").write_text("item,price_usd\nblank-bracket,\nscrew,0\n")
    prices = {item.item: item.price_usd for item in read_shop(folder).items}
    assert (prices["blank-bracket"], prices["screw"]) == (None, 0.0)
