"""Purchase proposals for the running shop, from stock, open orders, known needs and a demand distribution.

The closed loop orders if the stock position cannot cover the chosen quantile of demand until an order placed at the next review would
arrive. It orders as late as this permits, and as much as the cover period needs. The conventional policy is a fixed reorder point with a
fixed lot. Both policies use the same positions.
"""

import math
from collections.abc import Iterable
from statistics import NormalDist
from typing import Literal

import msgspec
import numpy as np

from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.units import DAY_S


class KnownNeed(msgspec.Struct, frozen=True):
    """A ``quantity`` that released work will draw at ``at_s``."""

    at_s: float
    quantity: float


class StockPosition(msgspec.Struct, frozen=True):
    """The stock position of an item; times are in seconds on the shop's clock.

    ``open_orders`` are purchases in transit by expected arrival. ``needs`` are draws by known orders; ``daily_demand`` and ``daily_sd``
    describe the remaining demand, and are learned from ``daily_history`` (whole days, oldest first) if it is given. ``reorder_point`` and
    ``reorder_lot`` are for the conventional policy.
    """

    item: str
    supplier: str
    on_hand: float
    lead_time_s: float
    lead_time_sd_s: float = 0.0
    open_orders: tuple[KnownNeed, ...] = ()
    needs: tuple[KnownNeed, ...] = ()
    daily_demand: float = 0.0
    daily_sd: float = 0.0
    daily_history: tuple[float, ...] = ()
    lot: int = 1
    reorder_point: float = 0.0
    reorder_lot: int = 1

    def __post_init__(self) -> None:
        for name in ("on_hand", "lead_time_s", "lead_time_sd_s", "daily_demand", "daily_sd", "reorder_point"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise BadInput(Finding(f"item {self.item}", name, str(value), "a finite number >= 0", "Correct it."))
        if self.lot < 1 or self.reorder_lot < 1:
            raise BadInput(
                Finding(f"item {self.item}", "lot", f"{self.lot}, {self.reorder_lot}", "lots >= 1", "Correct it.")
            )


class PurchaseProposal(msgspec.Struct, frozen=True):
    """An order to place now that should arrive by ``needed_by_s``; ``reason`` is a sentence for people."""

    item: str
    supplier: str
    quantity: int
    needed_by_s: float
    reason: str


def reorder(
    positions: Iterable[StockPosition],
    now_s: float,
    service: float = 0.95,
    review_s: float = DAY_S,
    cover_s: float = 2 * DAY_S,
    policy: Literal["closed-loop", "conventional"] = "closed-loop",
) -> tuple[PurchaseProposal, ...]:
    """Return the purchases that can't wait for the next review at ``now_s + review_s`` without a risk above 1 - ``service``.

    A proposal covers lead time + review + ``cover_s`` and is rounded up to the item's lot. The safety stock for variation in demand and
    lead time is z sqrt(L sd^2 + d^2 sd_L^2) (Silver, Pyke & Thomas 2017, eq. 6.18). The policy ``conventional`` uses only reorder points
    and lots. Raises ``BadInput`` for a service level outside 0.5 .. 1.
    """
    if policy == "conventional":
        return _fixed_points(positions, now_s)
    if not 0.5 <= service < 1:
        raise BadInput(
            Finding("service", "", str(service), "a fraction from 0.5 to below 1", "Choose another service level.")
        )
    proposals = []
    for position in positions:
        if position.daily_history:
            mean, sd = demand_rate(position.daily_history)
            position = msgspec.structs.replace(position, daily_demand=mean, daily_sd=sd)
        arrival = now_s + position.lead_time_s
        until = arrival + review_s + cover_s
        safety = _safety(position, position.lead_time_s + review_s, service)
        # Only shortages that a new order can still prevent count, so balances start at its earliest arrival.
        course = [(at, left - safety) for at, left in _balances(position, now_s, until)]
        short_at = next((at for at, left in course if left < -1e-9), None)
        if short_at is None or short_at > arrival + review_s + position.lead_time_sd_s:
            continue
        lacking = -min(left for _, left in course)
        quantity = math.ceil(lacking / position.lot - 1e-9) * position.lot
        coming = sum(order.quantity for order in position.open_orders if order.at_s <= until)
        reason = (
            f"{position.on_hand:g} on hand and {coming:g} on order fall {lacking:.3g} short of need and "
            f"a safety stock of {safety:.3g} by day {until / DAY_S:.1f}; delivery takes {position.lead_time_s / DAY_S:.1f} days"
        )
        if short_at <= arrival and position.lead_time_s > 0:
            reason += "; already short when it can arrive: expedite"
        proposals.append(PurchaseProposal(position.item, position.supplier, quantity, short_at, reason))
    return tuple(proposals)


def _fixed_points(positions: Iterable[StockPosition], now_s: float) -> tuple[PurchaseProposal, ...]:
    """Return proposals by the fixed reorder point: if on hand + on order is at or below it, order lots until it is exceeded."""
    proposals = []
    for position in positions:
        level = position.on_hand + sum(order.quantity for order in position.open_orders)
        if level > position.reorder_point:
            continue
        lots = math.floor((position.reorder_point - level) / position.reorder_lot) + 1
        reason = f"stock position {level:g} is at or below the reorder point {position.reorder_point:g}"
        proposals.append(
            PurchaseProposal(
                position.item, position.supplier, lots * position.reorder_lot, now_s + position.lead_time_s, reason
            )
        )
    return tuple(proposals)


def _safety(position: StockPosition, span_s: float, service: float) -> float:
    days, lead_sd = span_s / DAY_S, position.lead_time_sd_s / DAY_S
    return NormalDist().inv_cdf(service) * math.sqrt(
        days * position.daily_sd**2 + (position.daily_demand * lead_sd) ** 2
    )


def _balances(position: StockPosition, now_s: float, until_s: float) -> list[tuple[float, float]]:
    """Return the expected stock (time, pieces) from the earliest arrival of a new order to ``until_s``, including its lowest point.

    If arrivals and draws are at the same time, arrivals come first. The balance is listed before and after each change.
    """
    steps = [(max(order.at_s, now_s), 0, order.quantity) for order in position.open_orders]
    steps += [(max(need.at_s, now_s), 1, -need.quantity) for need in position.needs]
    steps += [(now_s + position.lead_time_s, 2, 0.0), (until_s, 2, 0.0)]
    rate = position.daily_demand / DAY_S
    left, clock = position.on_hand, now_s
    course: list[tuple[float, float]] = []
    arrival = now_s + position.lead_time_s
    for at, kind, change in sorted(step for step in steps if step[0] <= until_s):
        left -= rate * (at - clock)
        clock = at
        if at > arrival:
            course.append((at, left))
        left += change
        if at > arrival or kind == 2:
            course.append((at, left))
    return course


def demand_rate(daily_history: Iterable[float]) -> tuple[float, float]:
    """Return the mean and standard deviation of daily demand from past days (oldest first), with more weight on recent days.

    The half-life is 14 days; one quiet pseudo-day keeps the spread of a short history above zero.
    """
    days = np.array([*daily_history], float)
    if not days.size:
        return 0.0, 0.0
    weight = 0.5 ** (np.arange(days.size)[::-1] / 14.0)
    mean = float(np.average(days, weights=weight))
    variance = float(np.average(np.square(days - mean), weights=weight)) * (1 + 1 / weight.sum())
    return mean, math.sqrt(max(variance, mean / max(1.0, float(weight.sum()))))
