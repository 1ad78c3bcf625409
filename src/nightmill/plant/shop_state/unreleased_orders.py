"""Orders in the book that aren't released yet: the twin looks ahead to them; the floor doesn't see them until they are released."""

from copy import copy

import msgspec

from nightmill.floor import ShopState, apply
from nightmill.scheduling import records
from nightmill.vocabulary import events as e
from nightmill.vocabulary.shop import Shop


def with_own_book(state: ShopState) -> ShopState:
    """Return a state that can receive new orders without changing ``state``, with which it shares everything else."""
    own = copy(state)
    own.orders, own.parts = dict(state.orders), state.parts.copy()
    return own


def with_book(state: ShopState, shop: Shop, until_s: float) -> tuple[ShopState, dict[str, float]]:
    """Return a state in which the orders released by ``until_s`` are received, and the release times (s) of later orders, by order.

    ``state`` is not changed. Orders whose part has no certified route are left out: they wait for a person.
    """
    ahead = with_own_book(state)
    releases = {order.id: order.release_s for order in shop.orders if state.now_s < order.release_s <= until_s}
    for order in shop.orders:
        route = state.routes.get(order.item)
        if (
            order.id in state.orders
            or order.id in state.cancelled
            or order.release_s > until_s
            or route is None
            or not route.certified
        ):
            continue
        fact = e.OrderReceived(order.id, order.item, order.quantity, order.due_s, order.priority)
        apply(ahead, e.Event(state.version, state.now_s, "software", fact))
    return ahead, releases


def released_later(problem: records.ShopProblem, releases: dict[str, float]) -> records.ShopProblem:
    """Return the problem in which no operation starts before its order's release."""
    if not releases:
        return problem
    operations = tuple(
        msgspec.structs.replace(each, release_s=max(each.release_s, releases.get(each.order, 0.0)))
        for each in problem.operations
    )
    return msgspec.structs.replace(problem, operations=operations)
