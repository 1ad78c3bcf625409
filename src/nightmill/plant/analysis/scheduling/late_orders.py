"""Explain why orders in a shop folder are late, using one plan of the remaining work for all orders."""

from collections.abc import Collection, Sequence
from pathlib import Path
from threading import Lock

from nightmill.floor import ShopState, presence_windows
from nightmill.plant.analysis.scheduling.explain_late_history import promising, since_published
from nightmill.plant.shop_schedule.whole_plan import AHEAD_DAYS, planned_whole
from nightmill.plant.shop_state.live import live_shop
from nightmill.plant.shop_state.waiting import waits_for
from nightmill.plant.views.live_view import Following
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.layout import has_log
from nightmill.scheduling import Explained, records
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.units import DAY_S

NEVER = 0
"""Schedule number for an order that was never promised by a schedule."""


class LateOrders:
    """Explanations for the shop's orders as of construction. The shop is planned once, and each promise's history is read once."""

    def __init__(self, folder: Path) -> None:
        """Plan the remaining work. Raises ``BadInput`` like ``schedule_shop``."""
        self.folder = folder
        self.shop, self.state = live_shop(folder)
        self.problem, self.schedule = planned_whole(self.shop, self.state, self.state.seed)
        self.log: Collection[e.Event] = read_events(folder) if has_log(folder) else ()
        self.promised = promising(self.log)
        self._open = {order.id for order in self.problem.orders}
        self._explained: dict[int, Explained] = {NEVER: Explained(self.problem, self.schedule)}

    def late(self) -> tuple[str, ...]:
        """Return the open orders that will be late according to the plan, or are due and can't be planned, the latest first, without
        cancelled orders.
        """
        late_s = {promise.order: promise.late_by_s for promise in self.schedule.promises}
        late_s |= {order: self._overdue_s(order, self.state.now_s) for order in self.state.orders if self._waits(order)}
        wanted = (order for order in late_s if late_s[order] > 0 and self.state.orders[order].cancelled_s is None)
        return tuple(sorted(wanted, key=lambda order: -late_s[order]))

    def all(self) -> tuple[records.Explanation, ...]:
        """Return why each of the ``late`` orders is late, in the same order."""
        late = self.late()
        self._read_promises(late)
        return tuple(self.of(order) for order in late)

    def of(self, order: str, now_s: float | None = None) -> records.Explanation:
        """Return why one order is late, with blame that adds up and verified counterfactuals. Raises ``BadInput`` for an unknown order.

        ``now_s``: the time at which an order without a possible plan counts as overdue; by default the time of construction.
        """
        if order not in self.state.orders:
            known = ", ".join(sorted(self.state.orders)[:12])
            place, remedy = str(self.folder), "Give the id of an order in this shop."
            raise BadInput(Finding(place, "order", repr(order), f"one of {known}", remedy))
        known_s = self.state.orders[order].completed_s
        if self._waits(order):
            waits = waits_for(self.state, self.state.orders[order].item)
            at_s = self.state.now_s if now_s is None else now_s
            return records.Explanation(order, self._overdue_s(order, at_s), (), (), waits)
        number = self.promised.get(order, NEVER)
        if known_s is not None and number == NEVER:
            return records.Explanation(order, max(0.0, known_s - self.state.orders[order].due_s), (), ())
        self._read_promises((order,))
        return self._explained[number].of(order)

    def _waits(self, order: str) -> bool:
        """Return whether the order is open and can't be planned."""
        known = self.state.orders[order]
        return known.completed_s is None and (order not in self._open or waits_for(self.state, known.item) != "")

    def _overdue_s(self, order: str, now_s: float) -> float:
        """Return how late an incomplete order is at a time; 0 for a cancelled one."""
        known = self.state.orders[order]
        return max(0.0, now_s - known.due_s) if known.cancelled_s is None else 0.0

    def _read_promises(self, orders: Sequence[str]) -> None:
        """Read the history of these orders' promises in one pass over the log, except for histories already read."""
        numbers = {self.promised.get(order, NEVER) for order in orders} - self._explained.keys()
        if numbers:
            presence = presence_windows(self.shop, 0.0, self.state.now_s + AHEAD_DAYS * DAY_S, self.state.attendance)
            now = self.problem, self.schedule
            for number, past in since_published(self.log, self.shop, numbers, now, presence).items():
                self._explained[number] = Explained(*now, *past)


class LateDesk:
    """``LateOrders`` for a running shop, reused until the plan in force changes; thread-safe."""

    def __init__(self, folder: Path, following: Following) -> None:
        self.folder, self.following = folder, following
        self._lock = Lock()
        self._key: tuple[object, ...] | None = None
        self._kept: LateOrders | None = None

    def of(self, order: str) -> records.Explanation:
        """Return ``LateOrders.of`` for the current plan."""
        with self._lock:
            in_force, now_s = self.following.read(lambda _, state: (_in_force(state), state.now_s))
            key = None if in_force is None else (self.following.mark, *in_force)
            if self._kept is None or key is None or key != self._key:
                self._kept, self._key = LateOrders(self.folder), key
            return self._kept.of(order, now_s)


InForce = tuple[list[e.ScheduleLine], dict[str, float], dict[str, tuple[object, ...]], dict[str, str]]


def _in_force(state: ShopState) -> InForce | None:
    """Return the key that explanations depend on: the plan, the orders in the book and the orders that can't be made. None before any
    plan is published.
    """
    if not state.schedule:
        return None
    book: dict[str, tuple[object, ...]] = {
        order.id: (order.due_s, order.priority, order.completed_s, order.cancelled_s) for order in state.orders.values()
    }
    return list(state.schedule), dict(state.repairs), book, dict(state.refusals)
