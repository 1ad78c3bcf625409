"""The shop's current state from its log, or its initial state if it has never run."""

from collections.abc import Collection
from pathlib import Path

from nightmill.floor import ShopState, apply, empty_state
from nightmill.plant.part_planning.routes import certified_fact, certified_routes, times_on
from nightmill.plant.shop_state.snapshot import state_of_log
from nightmill.plant.workspace.layout import has_log, open_log
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary.shop import Shop


def live_shop(folder: Path, *, planning: bool = True, items: Collection[str] = ()) -> tuple[Shop, ShopState]:
    """Return the shop's current state from its log; a shop that has never run is taken at its start with all orders in the book.

    In that case the ordered parts, and those of ``items``, are planned unless they have plans already; without ``planning`` their orders
    have no route (``uncounted``).
    """
    shop = whole_shop(folder)
    if has_log(folder):
        store = open_log(folder, writer=False)
        try:
            state = state_of_log(folder, shop, store)
        finally:
            store.close()
        if state.orders:
            return shop, state
    else:
        state = empty_state(shop)
    asked = {order.item for order in shop.orders} | set(items)
    routes, refusals = certified_routes(shop, folder, only=asked, planning=planning)
    facts: list[e.AnyFact] = [
        certified_fact(item, route.record, times_on(shop, route)) for item, route in routes.items()
    ]
    facts += [refusal.fact() for refusal in refusals]
    facts += [e.OrderReceived(o.id, o.item, o.quantity, o.due_s, o.priority) for o in shop.orders]
    for number, fact in enumerate(facts, 1):
        apply(state, e.Event(number, 0.0, "software", fact))
    return shop, state


def uncounted(state: ShopState) -> tuple[str, ...]:
    """Return parts with open orders that haven't been planned yet, so that no schedule for this state includes them."""
    waiting = {order.item for order in state.orders.values() if order.completed_s is None and order.cancelled_s is None}
    return tuple(sorted(waiting - state.routes.keys() - state.refusals.keys()))
