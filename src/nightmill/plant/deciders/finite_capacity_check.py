"""Finite capacity in the loop: planned make orders for demand beyond the open orders, scheduled together with the open orders.

Material is re-planned from current stock and open purchases at each change of orders or deliveries and twice a day. Orders that
must be released soon go to the scheduler with all open work (``finite_capacity``); the result is logged if it differs from the last result.
Nothing is done for a shop that plans nothing beyond its orders (no demand.csv, no sub-parts, no safety stock of made parts).
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from nightmill.floor import ShopState
from nightmill.plant.shop_schedule.finite_capacity import KnownRoutes, PlannedMaterial, dated, in_hand
from nightmill.plant.shop_schedule.mrp_tables import running_texts
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.shop_state.decider_memory import Remembering
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.ids import PegEnd, planned_order_id
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S, WEEK_S

REVIEW_S = DAY_S / 2
CALM_S = 3600.0
WEEKS = 26
WITHIN_WEEKS = 4
NO_CAPACITY_CHECK = "no_capacity_check"
_CHANGES = (e.OrderReceived, e.OrderChanged, e.OrderCancelled)


class HandOverMemory(msgspec.Struct, frozen=True):
    """When planned orders were last checked, the result, and whether another check is due."""

    _checked_s: float
    _asked: bool
    _last: e.CapacityChecked | None
    _said: str
    _sound: bool


class FiniteCapacityDecider(Remembering[HandOverMemory]):
    """Hand planned orders to the scheduler, and log the result. ``tables``: the folder's planning texts by file name."""

    Memory = HandOverMemory

    def __init__(self, shop: Shop, tables: Mapping[str, str]) -> None:
        self.shop, self.tables = shop, tables
        self._checked_s = float("-inf")
        self._asked = False
        self._last: e.CapacityChecked | None = None
        self._said = ""
        self._sound = False

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Note events that require another check, and the result of the last check."""
        fact = event.fact
        if isinstance(fact, e.CapacityChecked):
            self._last, self._said = fact, ""
        elif isinstance(fact, e.AlarmRaised) and fact.alarm == NO_CAPACITY_CHECK:
            self._said = fact.text
        elif isinstance(fact, _CHANGES) or (isinstance(fact, e.Reported) and isinstance(fact.report, r.Delivered)):
            self._asked = True

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """Return the schedule's result for the planned orders, if a check is due and its result is new."""
        since_s = state.now_s - self._checked_s
        if state.policy == "conventional" or since_s < (CALM_S if self._asked else REVIEW_S):
            return []
        self._checked_s, self._asked = state.now_s, False
        try:
            found = self._found(state)
        except BadInput as error:
            text = error.findings[0].sentence()
            alarm = e.AlarmRaised(NO_CAPACITY_CHECK, "planning", text)
            return [] if text == self._said else [Decision(alarm, "material planned beyond the open orders")]
        if found == (self._last or e.CapacityChecked(0, 0, 0, ())) and not self._said:
            return []  # after an alarm, the next result is logged even if it is unchanged, to show that the check works again
        return [Decision(found, "material planned again from stock, purchases and orders")]

    def _found(self, state: ShopState) -> e.CapacityChecked:
        from nightmill.mrp import compute_plan, plan_answer, plan_inputs, read_tables

        if not self._sound:
            read_tables(self.tables)  # errors are reported with their places in the files
            self._sound = True
        tables = read_tables(running_texts(self.shop, self.tables, state))
        made = {item.item for item in tables.items if item.source == "make"}
        keeps = any(item.item in made and (item.safety_stock or item.lot_size > 1) for item in tables.items)
        if not (keeps or tables.demand or any(line.child in made for line in tables.bom)):
            return e.CapacityChecked(0, 0, 0, ())
        plan = plan_answer(compute_plan(plan_inputs(tables, WEEKS)), 0.0)
        shop_plan = _in_shop_weeks(plan, int(state.now_s // WEEK_S))
        answer = dated(
            self.shop,
            PlannedMaterial.of(shop_plan, tables),
            KnownRoutes(refused=state.refusals),
            within_weeks=WITHIN_WEEKS,
            seed=state.seed,
            state=state,
        )
        own = [
            (order["planned_order"], job)
            for order in answer["orders"]
            for job in order["jobs"]
            if not in_hand(job["demand"], order["item"], state)
        ]
        if not own:
            return e.CapacityChecked(0, 0, 0, ())
        messages = [e.PlanningMessage(row["kind"], row["item"], row["message"]) for row in answer["messages"]]
        messages += [e.PlanningMessage(x.kind, x.item, x.message) for x in shop_plan.exceptions if x.kind == "expedite"]
        return e.CapacityChecked(
            len({order for order, _ in own}), sum(job["pieces"] for _, job in own),
            sum(job["late_by_s"] > 0 for _, job in own), tuple(messages),
        )  # fmt: skip


def _in_shop_weeks(plan: Any, week: int) -> Any:
    """Rename the plan's orders, counting weeks from the shop's first day, so that an order keeps its name from week to week."""
    if not week:
        return plan
    names = {}
    for order in plan.planned_orders:
        need = PegEnd.read(order.id)
        names[order.id] = planned_order_id(need.name, need.week + week)
    replace = msgspec.structs.replace
    return replace(
        plan,
        planned_orders=tuple(replace(order, id=names[order.id]) for order in plan.planned_orders),
        pegging=tuple(
            replace(peg, supply=names.get(peg.supply, peg.supply), demand=names.get(peg.demand, peg.demand))
            for peg in plan.pegging
        ),
    )
