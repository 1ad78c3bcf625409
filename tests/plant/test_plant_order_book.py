"""Orders to come: in the twin's problem from their release on, in the shop's state not at all."""

import msgspec
import pytest
from test_plant_twin_record import DAY, HOUR, SHOP, written

from nightmill.floor import ShopState, apply, empty_state
from nightmill.plant.order_book import with_book
from nightmill.plant.twin_record import believed
from nightmill.vocabulary.shop import OperationsRequest, Shop

LOG = written(3)
NOW = 3 * DAY


@pytest.fixture
def shop() -> Shop:
    known = OperationsRequest("D0-0", "plate", 1, DAY)
    coming = OperationsRequest("NEXT", "plate", 3, 5 * DAY, release_s=NOW + 10 * HOUR)
    far = OperationsRequest("FAR", "plate", 1, 90 * DAY, release_s=80 * DAY)
    other = OperationsRequest("OTHER", "unknown", 1, 5 * DAY, release_s=NOW + HOUR)
    return msgspec.structs.replace(SHOP, orders=(known, coming, far, other))


@pytest.fixture
def state(shop: Shop) -> ShopState:
    found = empty_state(shop)
    for event in LOG:
        apply(found, event)
    found.now_s = NOW
    return found


def test_the_twin_sees_what_is_released_while_it_looks_ahead(shop: Shop, state: ShopState) -> None:
    problem = believed(shop, state, LOG, 2.0).problem
    assert {op.order for op in problem.operations} == {"NEXT"}
    assert len(problem.operations) == 3
    assert {op.release_s for op in problem.operations} == {NOW + 10 * HOUR}
    assert [order.due_s for order in problem.orders] == [5 * DAY]
    assert not believed(shop, state, LOG, 0.1).problem.operations


def test_the_state_of_the_shop_stays_as_it_is(shop: Shop, state: ShopState) -> None:
    before = msgspec.json.encode(state)
    ahead, releases = with_book(state, shop, NOW + 2 * DAY)
    assert releases == {"NEXT": NOW + 10 * HOUR}
    assert "NEXT" in ahead.orders
    assert "NEXT.001" in ahead.parts
    assert msgspec.json.encode(state) == before
