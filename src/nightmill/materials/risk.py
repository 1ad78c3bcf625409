"""What hangs on each supplier, and when open deliveries will come.

Exposure and time-to-survive follow Simchi-Levi, Schmidt & Wei (HBR 2014): remove a supplier, ask what it
alone delivers, which end items that reaches, and how long stock and firm receipts last against the plan.
Delivery times: additive effects of group, mode, country and supplier on log days, each drawn to zero by how
little it has been seen and to the recent past by a half-life (drift); quantiles from the pooled residuals.
"""

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.materials.mrp import compute_plan
from nightmill.materials.plan import PlanArrays
from nightmill.materials.tables import Delivery, MaterialTables

PRIOR_SIGHTINGS = 8.0
HALF_LIFE_DAYS = 540.0
PASSES = 8
QUANTILES = (0.5, 0.8, 0.9, 0.95)
Floats = npt.NDArray[np.float64]


class SupplierExposure(msgspec.Struct, frozen=True):
    """What stops when one supplier stops; weeks counted from now, ``None`` where it is single source of nothing."""

    supplier: str
    single_source_items: tuple[str, ...]
    exposed_end_items: tuple[str, ...]
    survive_weeks: int | None
    recover_weeks: float


class OpenDelivery(msgspec.Struct, frozen=True):
    """Quantiles of the days from ordered to delivered of a line that is still open."""

    line: str
    q50: float
    q80: float
    q90: float
    q95: float


class RiskReport(msgspec.Struct, frozen=True):
    """The answer of ``nightmill risk``; suppliers with the shortest time to survive first."""

    suppliers: tuple[SupplierExposure, ...]
    open_deliveries: tuple[OpenDelivery, ...]


def supplier_risk(tables: MaterialTables, weeks: int = 52) -> RiskReport:
    """Exposure of every supplier of suppliers.csv under the regular plan, and quantiles for open deliveries."""
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
    """For each item the set of items with independent demand that it goes into, as bits of one integer."""
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


def open_delivery_quantiles(deliveries: tuple[Delivery, ...]) -> tuple[OpenDelivery, ...]:
    """Quantiles for each open line, learned from the closed ones; none can be given where none is closed."""
    closed = [d for d in deliveries if d.delivered is not None]
    still = [d for d in deliveries if d.delivered is None]
    if not closed or not still:
        return ()
    days = np.array([(d.delivered - d.ordered).days for d in closed if d.delivered is not None], float)
    log_days = np.log1p(days)
    done = np.array([d.delivered.toordinal() for d in closed if d.delivered is not None], float)
    weight = 0.5 ** ((done.max() - done) / HALF_LIFE_DAYS)
    keys, open_keys = [_keys(d) for d in closed], [_keys(d) for d in still]
    center = float(np.average(log_days, weights=weight))
    effects: list[dict[str, float]] = [{} for _ in keys[0]]
    fitted = np.full(len(closed), center)
    spread = float(np.average(np.square(log_days - center), weights=weight)) + 1e-12
    for _ in range(PASSES):
        for level, table in enumerate(effects):
            names, inverse = np.unique([key[level] for key in keys], return_inverse=True)
            old = np.array([table.get(name, 0.0) for name in names])
            residual = log_days - fitted + old[inverse]
            mass = np.bincount(inverse, weight)
            fresh = np.bincount(inverse, weight * residual) / (mass + PRIOR_SIGHTINGS)
            fitted += fresh[inverse] - old[inverse]
            table.update(zip(names.tolist(), fresh.tolist(), strict=True))
    residual = log_days - fitted
    trust = max(0.0, 1.0 - float(np.average(np.square(residual), weights=weight)) / spread)
    # In-sample residuals of thin groups are too small: widen by the share of each effect that they took out themselves.
    residual *= np.sqrt(1.0 + min(1.0, sum(len(table) for table in effects) / max(1.0, float(weight.sum()))))
    order = np.argsort(residual)
    cumulative = np.cumsum(weight[order]) - 0.5 * weight[order]
    at = np.interp(np.array(QUANTILES) * weight.sum(), cumulative, residual[order])
    # Where the effects explain little, the plain quantiles take over (quantile averaging, Lichtendahl et al. 2013).
    plain = np.quantile(days, QUANTILES)
    unseen = np.sqrt(spread) * 0.1
    answers = []
    for delivery, key in zip(still, open_keys, strict=True):
        middle = center + sum(table.get(name, 0.0) for table, name in zip(effects, key, strict=True))
        new = sum(name not in table for table, name in zip(effects, key, strict=True))
        own = np.expm1(middle + at + unseen * new * np.array([0.0, 0.84, 1.28, 1.64]))
        q = np.maximum.accumulate(np.maximum(trust * own + (1 - trust) * plain, 0.0))
        answers.append(OpenDelivery(delivery.line, *q.tolist()))
    return tuple(answers)


def _keys(delivery: Delivery) -> tuple[str, ...]:
    """Coarse to fine, so that the finer effect only takes what the coarser leaves."""
    return (
        delivery.mode,
        delivery.group,
        delivery.country,
        f"{delivery.supplier}|{delivery.mode}",
        f"{delivery.supplier}|{delivery.country}|{delivery.mode}",
    )
