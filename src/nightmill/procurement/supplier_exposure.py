"""Exposure to each supplier, and forecasts of open deliveries.

Exposure and time-to-survive follow Simchi-Levi, Schmidt & Wei (HBR 2014): remove a supplier, find the items that only this supplier
delivers and the end items affected, and compute how long stock and firm receipts last under the plan. Forecasts of open deliveries come
from ``forecasting.lead_times``.
"""

import msgspec
import numpy as np

from nightmill.forecasting import OpenDelivery, open_delivery_quantiles
from nightmill.mrp import MaterialTables, PlanArrays, compute_plan


class SupplierExposure(msgspec.Struct, frozen=True):
    """The effect if one supplier stops; weeks are counted from now, ``None`` if the supplier isn't the single source of any item."""

    supplier: str
    single_source_items: tuple[str, ...]
    exposed_end_items: tuple[str, ...]
    survive_weeks: int | None
    recover_weeks: float


class RiskReport(msgspec.Struct, frozen=True):
    """The result of ``nightmill risk``, with the suppliers in order of their time to survive, shortest first."""

    suppliers: tuple[SupplierExposure, ...]
    open_deliveries: tuple[OpenDelivery, ...]


def supplier_risk(tables: MaterialTables, weeks: int = 52) -> RiskReport:
    """Return the exposure to every supplier in suppliers.csv under the regular plan, and quantiles for open deliveries."""
    plan = compute_plan(tables, weeks)
    return RiskReport(_exposures(tables, plan), open_delivery_quantiles(tables.deliveries))


def _exposures(tables: MaterialTables, plan: PlanArrays) -> tuple[SupplierExposure, ...]:
    index = {name: i for i, name in enumerate(plan.inputs.names)}
    bought = {item.item for item in tables.items if item.source == "buy"}
    sources: dict[str, set[str]] = {}
    recover: dict[str, float] = {}
    for row in tables.suppliers:
        sources.setdefault(row.item, set()).add(row.supplier)
        recover[row.supplier] = max(recover.get(row.supplier, 0.0), row.recover_weeks)
    alone: dict[str, list[str]] = {name: [] for name in recover}
    for item, givers in sources.items():
        if len(givers) == 1 and item in bought:
            alone[next(iter(givers))].append(item)
    inputs = plan.inputs
    balance = inputs.on_hand[:, None] + np.cumsum(inputs.receipts - plan.gross, axis=1)
    short = (balance < 0).astype(bool)
    first = np.where(short.any(axis=1), short.argmax(axis=1), inputs.weeks)
    ends = _end_items_reached(tables)
    names = sorted(_items_with_demand(tables))
    exposures = []
    for supplier, items in alone.items():
        reached = 0
        for item in items:
            reached |= ends[item]
        survive = min((int(first[index[item]]) for item in items), default=None)
        exposed = tuple(name for k, name in enumerate(names) if reached >> k & 1)
        exposures.append(SupplierExposure(supplier, tuple(items), exposed, survive, recover[supplier]))
    far = plan.inputs.weeks + 1
    exposures.sort(key=lambda e: (far if e.survive_weeks is None else e.survive_weeks, e.supplier))
    return tuple(exposures)


def _items_with_demand(tables: MaterialTables) -> set[str]:
    return {row.item for row in tables.demand if row.qty} | {order.item for order in tables.orders if order.qty}


def _end_items_reached(tables: MaterialTables) -> dict[str, int]:
    """Return, for each item, the set of items with independent demand that contain it, as bits of one integer."""
    parents: dict[str, list[str]] = {item.item: [] for item in tables.items}
    waiting = dict.fromkeys(parents, 0)
    children: dict[str, list[str]] = {item: [] for item in parents}
    for line in tables.bom:
        parents[line.child].append(line.parent)
        children[line.parent].append(line.child)
        waiting[line.child] += 1
    bit = {name: 1 << k for k, name in enumerate(sorted(_items_with_demand(tables)))}
    reached = {item: bit.get(item, 0) for item in parents}
    ready = [item for item, count in waiting.items() if not count]
    while ready:
        parent = ready.pop()
        for child in children[parent]:
            reached[child] |= reached[parent]
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    return reached
