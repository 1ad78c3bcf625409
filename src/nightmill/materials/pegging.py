"""Supplies and demands of each item in order of time, and the plan's arrays turned into records.

Since the plan keeps every item at or above its safety stock, matching first in, first out serves each
demand in full from a supply that is there in time; the safety stock itself is pegged to what is left.
"""

from collections.abc import Iterator

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.materials.plan import (
    Ints,
    ItemTotal,
    MrpPlan,
    MrpSummary,
    Peg,
    PlanArrays,
    PlanException,
    PlannedOrder,
)
from nightmill.materials.tables import MaterialTables


class Supplies(msgspec.Struct, frozen=True):
    """Supplies sorted by item and time; ``first`` [n + 1] bounds each item's; kind 0 stock, 1 receipt, 2 planned."""

    first: Ints
    item: Ints
    week: Ints
    kind: Ints
    quantity: Ints


class Demands(msgspec.Struct, frozen=True):
    """Demands; ``ref_item``, ``ref_week`` name the parent's order (kind 2) or the customer order (kind 1)."""

    owner: Ints
    week: Ints
    kind: Ints
    ref_item: Ints
    ref_week: Ints
    quantity: Ints


class SortedDemands(msgspec.Struct, frozen=True):
    """Demands sorted by item and week; ``first`` [n + 1] bounds each item's."""

    first: Ints
    owner: Ints
    week: Ints
    kind: Ints
    ref_item: Ints
    ref_week: Ints
    quantity: Ints


def sorted_supplies(on_hand: Ints, receipts: Ints, good: Ints) -> Supplies:
    """All supplies of all items: stock, then week by week the receipt before the planned order."""
    n, W = receipts.shape
    table = np.zeros((n, 2 * W + 1), good.dtype)
    table[:, 0] = on_hand
    table[:, 1::2] = receipts
    table[:, 2::2] = good
    item, place = np.nonzero(table)
    return Supplies(
        first=np.searchsorted(item, np.arange(n + 1)).astype(np.int64),
        item=item,
        week=(place - 1) // 2,
        kind=np.where(place == 0, 0, 1 + (place + 1) % 2),
        quantity=table[item, place],
    )


def independent_demands(
    tables: MaterialTables, index: dict[str, int], weeks: int, independent: Ints, safety: Ints
) -> tuple[Demands, tuple[str, ...]]:
    """Forecast demand by week, customer orders one by one, and each item's safety stock; and the orders' names."""
    left = independent.copy()
    rows: list[tuple[int, int, int, int, int, int]] = []
    names: list[str] = []
    for order in tables.orders:
        if order.qty and order.due_week is not None and order.due_week < weeks:
            i = index[order.item]
            left[i, order.due_week] -= order.qty
            rows.append((i, order.due_week, 1, len(names), 0, order.qty))
            names.append(order.order)
    rows += [(int(i), int(t), 0, 0, int(t), left[i, t]) for i, t in zip(*np.nonzero(left), strict=True)]
    rows += [(int(i), weeks, 3, 0, 0, safety[i]) for i in np.flatnonzero(safety)]
    columns = list(zip(*rows, strict=True)) or [()] * 6
    arrays = [np.array(column, np.int64) for column in columns[:5]]
    owner, week, kind, ref_item, ref_week = arrays
    return Demands(owner, week, kind, ref_item, ref_week, np.array(columns[5], independent.dtype)), tuple(names)


def sorted_demands(n: int, weeks: int, own: Demands, drawn: Demands) -> SortedDemands:
    """Merges demand from outside with what planned orders draw; in one week outside demand is served first."""
    cell = np.concatenate([own.owner * (weeks + 1) + own.week, drawn.owner * (weeks + 1) + drawn.week])
    order = np.argsort(cell, kind="stable")

    def merged(one: Ints, other: Ints) -> Ints:
        return np.concatenate([one, other])[order]

    owner = merged(own.owner, drawn.owner)
    return SortedDemands(
        first=np.searchsorted(owner, np.arange(n + 1)).astype(np.int64),
        owner=owner,
        week=merged(own.week, drawn.week),
        kind=merged(own.kind, drawn.kind),
        ref_item=merged(own.ref_item, drawn.ref_item),
        ref_week=merged(own.ref_week, drawn.ref_week),
        quantity=merged(own.quantity, drawn.quantity),
    )


def order_id(item: str, due_week: int) -> str:
    """The id of the planned order of ``item`` due in ``due_week``: there is at most one."""
    return f"{item}@{due_week}"


def plan_answer(plan: PlanArrays, plan_seconds: float) -> MrpPlan:
    """The plan with every order and peg as a record."""
    return MrpPlan(plan.weeks, plan_seconds, tuple(_orders(plan)), tuple(_pegs(plan)), plan_exceptions(plan))


def plan_summary(plan: PlanArrays, plan_seconds: float) -> MrpSummary:
    """The plan as one line for each item that has planned orders."""
    totals = tuple(
        ItemTotal(plan.names[i], int(plan.good[i].sum()), int(np.count_nonzero(plan.good[i])))
        for i in np.flatnonzero((plan.good != 0).any(axis=1))
    )
    return MrpSummary(plan.weeks, plan_seconds, totals, plan_exceptions(plan))


def _orders(plan: PlanArrays) -> Iterator[PlannedOrder]:
    for i, t in zip(*(axis.tolist() for axis in np.nonzero(plan.good)), strict=True):
        lead = int(plan.lead[i])
        yield PlannedOrder(
            order_id(plan.names[i], t), plan.names[i], int(plan.good[i, t]), int(plan.start[i, t]),
            max(0, t - lead), t, max(0, lead - t), bool(plan.phantom[i]),
        )  # fmt: skip


def _pegs(plan: PlanArrays) -> Iterator[Peg]:
    names = plan.names
    supply_item, supply_week = plan.supply_item.tolist(), plan.supply_week.tolist()
    supply_kind = plan.supply_kind.tolist()
    kinds, items, weeks = plan.demand_kind.tolist(), plan.demand_item.tolist(), plan.demand_week.tolist()
    for s, d, quantity in zip(
        plan.peg_supply.tolist(), plan.peg_demand.tolist(), plan.peg_quantity.tolist(), strict=True
    ):
        item = names[supply_item[s]]
        kind = supply_kind[s]
        supply = "stock" if kind == 0 else f"receipt:{supply_week[s]}" if kind == 1 else order_id(item, supply_week[s])
        match kinds[d]:
            case 0:
                demand = f"demand:{weeks[d]}"
            case 1:
                demand = f"order:{plan.order_names[items[d]]}"
            case 2:
                demand = order_id(names[items[d]], weeks[d])
            case _:
                demand = "safety"
        yield Peg(item, quantity, supply, demand)


def plan_exceptions(plan: PlanArrays) -> tuple[PlanException, ...]:
    """What a planner must act on: late releases, receipts at the wrong time, orders without a component."""
    return (*_past_due(plan), *_receipt_messages(plan), *_no_component(plan))


def _past_due(plan: PlanArrays) -> Iterator[PlanException]:
    late = np.arange(plan.weeks)[None, :] < plan.lead[:, None]
    for i, t in zip(*np.nonzero((plan.good != 0) & late & ~plan.phantom[:, None]), strict=True):
        name, weeks = plan.names[i], int(plan.lead[i] - t)
        yield PlanException(
            "past_due", name, int(t), int(plan.good[i, t]),
            f"{order_id(name, int(t))} should have been released {weeks} week(s) ago: expect it in week {int(plan.lead[i])}",
        )  # fmt: skip


def _receipt_messages(plan: PlanArrays) -> Iterator[PlanException]:
    """Firm receipts against the plan: expedite if an order is planned before it comes, defer if nothing needs it yet."""
    receipts = plan.supply_kind == 1
    if not receipts.any():
        return
    outside = plan.demand_kind[plan.peg_demand] != 3
    earliest = np.full(len(plan.supply_kind), plan.weeks, np.int64)
    np.minimum.at(earliest, plan.peg_supply[outside], plan.demand_due[plan.peg_demand[outside]])
    pegged = np.zeros(len(plan.supply_kind), bool)
    pegged[plan.peg_supply] = True
    planned: npt.NDArray[np.bool_] = plan.good != 0
    for s in np.flatnonzero(receipts):
        i, week = int(plan.supply_item[s]), int(plan.supply_week[s])
        name, quantity = plan.names[i], int(plan.receipts[i, week])
        before = np.flatnonzero(planned[i, :week])
        if before.size and plan.lead[i] > before[0]:
            kind, to = "expedite", f"it is needed in week {int(before[0])}, sooner than a new order can come"
        elif not pegged[s]:
            kind, to = "cancel", "nothing in the horizon uses it"
        elif week < earliest[s] < plan.weeks:
            kind, to = "defer", f"nothing draws on it before week {int(earliest[s])}"
        else:
            continue
        yield PlanException(kind, name, week, quantity, f"receipt of {quantity} in week {week}: {to}")


def _no_component(plan: PlanArrays) -> Iterator[PlanException]:
    for i, t in plan.no_component:
        name, quantity = plan.names[i], int(plan.good[i, t])
        yield PlanException(
            "no_component",
            name,
            t,
            quantity,
            f"{order_id(name, t)}: a component has no usable BOM line in its release week",
        )
