"""Orders that can't be made because their part has no certified program; the rest of the shop goes on without them."""

from nightmill.floor import ShopState


def waits_for(state: ShopState, item: str) -> str:
    """Return why no order for ``item`` can be made, or an empty text."""
    reason = state.refusals.get(item)
    return "" if reason is None else f"no certified program for {item}: {reason}"


def not_planned(state: ShopState) -> list[dict[str, str]]:
    """Return the open orders that wait for a certified program: ``order``, ``item`` and ``reason`` of each."""
    return [
        {"order": order.id, "item": order.item, "reason": reason}
        for order in state.orders.values()
        if order.completed_s is None and order.cancelled_s is None and (reason := waits_for(state, order.item))
    ]
