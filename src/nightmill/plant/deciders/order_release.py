"""Order release in the loop: each order enters the book at its release date."""

from collections.abc import Iterable

import msgspec

from nightmill.floor import ShopState
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.shop_state.decider_memory import Remembering
from nightmill.vocabulary import events as e
from nightmill.vocabulary.shop import Shop


class OrdersWaiting(msgspec.Struct, frozen=True):
    """The ids of the orders that aren't in the book yet."""

    waiting: list[str]


class OrderReleaseDecider(Remembering[OrdersWaiting]):
    """Book the shop's orders at their release dates, and report the orders that wait for a route."""

    Memory = OrdersWaiting

    def __init__(self, shop: Shop) -> None:
        self.waiting = sorted(shop.orders, key=lambda order: (order.release_s, order.id))

    def memory(self) -> OrdersWaiting:
        """Return the waiting orders' ids; the orders themselves are in the shop's files."""
        return OrdersWaiting([order.id for order in self.waiting])

    def restore(self, memory: OrdersWaiting, state: ShopState) -> None:
        """Wait for exactly the orders in ``memory``, with their data from the shop's files."""
        waiting = frozenset(memory.waiting)
        self.waiting = [order for order in self.waiting if order.id in waiting]

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Remove orders that are already booked."""
        if isinstance(event.fact, e.OrderCancelled) or (
            isinstance(event.fact, e.OrderReceived) and not event.fact.remake_of
        ):
            self.waiting = [order for order in self.waiting if order.id != event.fact.order]

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """Return the orders whose release date has come."""
        decisions = []
        for order in self.waiting:
            if order.release_s > state.now_s:
                break
            fact = e.OrderReceived(order.id, order.item, order.quantity, order.due_s, order.priority)
            decisions.append(Decision(fact, "released", order.customer or "person"))
            route = state.routes.get(order.item)
            if route is None or not route.certified:
                text = f"{order.item} has no certified program; {order.id} waits for a person"
                decisions.append(Decision(e.AlarmRaised("no_route", order.id, text)))
        return decisions
