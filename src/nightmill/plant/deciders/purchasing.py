"""Purchasing in the loop: material consumption, future needs, purchase decisions, and demand forecasts."""

from collections.abc import Collection, Iterable
from typing import Literal

import msgspec

from nightmill.floor import ShopState
from nightmill.floor import records as on_floor
from nightmill.forecasting import forecast, read_history
from nightmill.inventory import KnownNeed, StockPosition, reorder
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.shop_state.decider_memory import Remembering
from nightmill.vocabulary import events as e
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S

REVIEW_S = DAY_S / 2
FORECAST_PERIODS = 1


class MaterialMemory(msgspec.Struct, frozen=True):
    """When stock was last reviewed, whether another review is due, the number of purchases, and the forecasts."""

    _reviewed_s: float
    _asked: bool
    _count: int
    _forecast_done: bool
    _expected: dict[str, float]


class PurchasingDecider(Remembering[MaterialMemory]):
    """Review stock twice a day (and when an order or a remake arrives) and decide on purchases."""

    Memory = MaterialMemory

    def __init__(self, shop: Shop, spares: Collection[str] = ()) -> None:
        self.shop, self.spares = shop, spares
        self._reviewed_s = float("-inf")
        self._asked = False
        self._count = 0
        self._forecast_done = False
        self._expected: dict[str, float] = {}

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Count purchases, and note events that require a review."""
        fact = event.fact
        if isinstance(fact, e.PurchaseDecided):
            self._count += 1
            self._reviewed_s, self._asked = event.at_s, False
        elif isinstance(fact, e.OrderReceived) or (isinstance(fact, e.MaintenancePlanned) and fact.spares):
            self._asked = True
        elif isinstance(fact, e.ForecastMade):
            self._forecast_done = True
            self._expected[fact.item] = fact.q50

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """Return forecasts once, then purchases whenever a review is due."""
        decisions = list(self._forecasts(state))
        if not self._asked and state.now_s - self._reviewed_s < REVIEW_S:
            return decisions
        self._reviewed_s, self._asked = state.now_s, False
        positions = [*self._pieces(state), *self._tools(state)]
        policy: Literal["closed-loop", "conventional"] = (
            "conventional" if state.policy == "conventional" else "closed-loop"
        )
        proposals = reorder(positions, state.now_s, review_s=REVIEW_S, policy=policy)
        for number, proposal in enumerate(proposals, self._count + 1):
            fact = e.PurchaseDecided(
                f"PO-{number:04d}", proposal.item, proposal.supplier, proposal.quantity, proposal.needed_by_s
            )
            decisions.append(Decision(fact, proposal.reason))
        return decisions

    def _forecasts(self, state: ShopState) -> Iterable[Decision]:
        if self._forecast_done or not self.shop.history or state.policy == "conventional":
            return
        rows = "".join(f"{item},{period},{quantity}\n" for item, period, quantity in self.shop.history)
        for item in forecast(read_history("item,period,qty\n" + rows), FORECAST_PERIODS).items:
            fact = e.ForecastMade(item.item, state.now_s + 7 * DAY_S, item.total.q50, item.total.q95)
            yield Decision(fact, "quantiles of the next period, learned from the history")

    def _pieces(self, state: ShopState) -> list[StockPosition]:
        """Return the stock positions of blanks and spare parts of machines.

        Nothing is purchased for a part without a certified program; spares reserved for planned stops are needed at once,
        since the stops wait for them.
        """
        certified = {item for item, route in state.routes.items() if route.certified}
        blanks = {part.name: part.blank_item for part in self.shop.parts if part.blank_item and part.name in certified}
        needs = {item: [KnownNeed(state.now_s, count)] for item, count in _reserved(state).items()}
        for part in state.in_play():
            item = blanks.get(part.item)
            if item and part.place == "none" and not part.disposition:
                order = state.orders[part.order]
                needs.setdefault(item, []).append(KnownNeed(max(state.now_s, order.due_s - DAY_S), 1))
        daily = dict.fromkeys(self.spares, 0.0)
        for name, item in blanks.items():
            daily[item] = daily.get(item, 0.0) + self._expected.get(name, 0.0) / 7.0
        return [
            self._position(state, each.item, state.stock.get(each.item, 0), needs.get(each.item, []), daily[each.item])
            for each in self.shop.items
            if each.item in daily
        ]

    def _position(
        self, state: ShopState, item: str, on_hand: int, needs: list[KnownNeed], daily: float
    ) -> StockPosition:
        known = next(each for each in self.shop.items if each.item == item)
        lead = known.lead_time_days * DAY_S
        coming = tuple(
            KnownNeed(order.promised_s if order.promised_s is not None else state.now_s + lead, order.quantity)
            for order in state.purchases.values()
            if order.item == item
        )
        if not daily and item in self.spares:
            # Spares aren't consumed day by day: even if a spare is promised late, a second one would only be left over.
            coming = tuple(KnownNeed(min(order.at_s, state.now_s + lead), order.quantity) for order in coming)
        return StockPosition(
            item=item,
            supplier=known.supplier,
            on_hand=max(0, on_hand),
            lead_time_s=lead,
            lead_time_sd_s=0.2 * lead,
            open_orders=coming,
            needs=tuple(needs),
            daily_demand=daily,
            daily_sd=daily**0.5,
            lot=max(1, known.lot_size),
            reorder_point=known.reorder_point,
            reorder_lot=max(1, known.lot_size),
        )

    def _tools(self, state: ShopState) -> list[StockPosition]:
        """Compare the edges in the crib and the magazines with the number that all remaining work will use up."""
        life = {str(kind.tool.number): kind.tool.life_min for kind in self.shop.tools}
        edges_needed = {
            item.removeprefix("tool:"): float(count)
            for item, count in _reserved(state).items()
            if item.startswith("tool:")
        }
        for part in state.in_play():
            route = state.routes.get(part.item)
            if route is None or part.disposition or part.place in {"finished", "scrap", "quarantine"}:
                continue
            for operation in route.operations:
                if not part.done(operation.operation):
                    for tool, used in operation.tool_minutes.items():
                        share = on_floor.edge_share(used, life.get(tool, 60.0))
                        edges_needed[tool] = edges_needed.get(tool, 0.0) + share
        positions = []
        for kind in self.shop.tools:
            number = str(kind.tool.number)
            if number not in edges_needed:
                continue
            edges = state.crib.get(number, 0) + sum(
                m.edges[number].sisters for m in state.machines.values() if number in m.edges
            )
            lead = kind.lead_time_days * DAY_S
            coming = tuple(
                KnownNeed(order.promised_s or state.now_s + lead, order.quantity)
                for order in state.purchases.values()
                if order.item == f"tool:{number}"
            )
            positions.append(
                StockPosition(
                    item=f"tool:{number}",
                    supplier=kind.supplier,
                    on_hand=edges,
                    lead_time_s=lead,
                    lead_time_sd_s=0.2 * lead,
                    open_orders=coming,
                    needs=(KnownNeed(state.now_s + DAY_S, edges_needed[number]),),
                    reorder_point=max(2, kind.crib // 2),
                    reorder_lot=max(4, kind.crib // 2),
                )
            )
        return positions


def _reserved(state: ShopState) -> dict[str, int]:
    """Return how many of each item are reserved for planned stops that aren't finished yet."""
    kept: dict[str, int] = {}
    for order in state.work_orders.values():
        if order.closed_s is None and not order.overtaken_by:
            for item, count in order.spares.items():
                kept[item] = kept.get(item, 0) + count
    return kept
