"""Orders of a part without a certified program: they are named, nothing is bought for them, the rest goes on."""

from pathlib import Path

import pytest

from nightmill.floor import ShopState, apply, empty_state
from nightmill.formats import copy_example
from nightmill.plant.deciders.purchasing import PurchasingDecider
from nightmill.plant.part_planning.planning_child import in_shop
from nightmill.plant.shop_state.waiting import not_planned, waits_for
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary.shop import Shop


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example shop."""
    return copy_example(tmp_path / "shop")


def _state(shop: Shop, *facts: e.AnyFact) -> ShopState:
    state = empty_state(shop)
    for number, fact in enumerate(facts, 1):
        apply(state, e.Event(number, 0.0, "software", fact))
    return state


def test_open_orders_of_a_refused_part_are_named_with_the_reason(folder: Path) -> None:
    shop = whole_shop(folder)
    orders = [e.OrderReceived(o.id, o.item, o.quantity, o.due_s, o.priority) for o in shop.orders]
    state = _state(shop, e.RouteRefused("bracket", "91.0% of its visible area certified"), *orders)
    assert waits_for(state, "bracket").endswith("bracket: 91.0% of its visible area certified")
    assert not waits_for(state, "flange_plate")
    assert {each["order"] for each in not_planned(state)} == {o.id for o in shop.orders if o.item == "bracket"}


def test_no_blank_is_bought_for_a_part_without_a_certified_program(folder: Path) -> None:
    shop = whole_shop(folder)
    route = e.RouteCertified("flange_plate", 1, "0" * 64, "1.4301", (), True, 1.0)
    refused = e.RouteCertified("bracket", 1, "0" * 64, "Al 6061", (), False, 0.9)
    orders = [e.OrderReceived(o.id, o.item, 500, o.due_s, o.priority) for o in shop.orders]
    room = PurchasingDecider(shop)
    state = _state(shop, route, refused, *orders)
    bought = {each.fact.item for each in room.decide(state) if isinstance(each.fact, e.PurchaseDecided)}
    assert {item for item in bought if item.startswith("blank-")} == {"blank-flange_plate"}


def test_a_part_of_the_shop_is_planned_as_the_shop_describes_it(folder: Path, tmp_path: Path) -> None:
    shop = whole_shop(folder)
    step = folder / "parts" / "motor_mount_plate.step"
    assert in_shop(step, "", shop, folder).material == "42CrMo4"
    assert in_shop(step, "304", shop, folder).material == "304"
    assert not in_shop(tmp_path / "else.step", "", shop, folder).material
