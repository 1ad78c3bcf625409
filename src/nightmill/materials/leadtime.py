"""When open deliveries will come, learned from the closed ones: quantiles of the days from ordered to delivered.

The mean of two ways. Additive effects of mode, group, country and supplier on log days, each drawn to zero by how little
it has been seen and to the recent past by a half-life (drift), with quantiles from the pooled residuals; and the quantiles of
closed lines that are alike and recent, given how long the open line has waited (quantile averaging, Lichtendahl et al. 2013).
"""

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.materials.tables import Delivery

PRIOR_SIGHTINGS = 8.0
HALF_LIFE_DAYS = 540.0
PASSES = 8
QUANTILES = (0.5, 0.8, 0.9, 0.95)
UNLIKE = {"mode": 0.2, "group": 0.5, "country": 0.2, "supplier": 0.4}
"""What a closed line still counts where it differs from the open one; rules of thumb."""
LEAST_LEFT = 0.02
Floats = npt.NDArray[np.float64]


class OpenDelivery(msgspec.Struct, frozen=True):
    """Quantiles of the days from ordered to delivered of a line that is still open."""

    line: str
    q50: float
    q80: float
    q90: float
    q95: float


def open_delivery_quantiles(deliveries: tuple[Delivery, ...]) -> tuple[OpenDelivery, ...]:
    """Quantiles for each open line, learned from the closed ones; none can be given where none is closed."""
    closed = [d for d in deliveries if d.delivered is not None]
    still = [d for d in deliveries if d.delivered is None]
    if not closed or not still:
        return ()
    days = np.array([(d.delivered - d.ordered).days for d in closed if d.delivered is not None], float)
    effects = _by_effects(closed, still, days)
    alike = _by_likeness(closed, still, days)
    q = np.maximum.accumulate((effects + alike) / 2, axis=1)
    return tuple(OpenDelivery(delivery.line, *row) for delivery, row in zip(still, q.tolist(), strict=True))


def _recency(closed: list[Delivery]) -> tuple[Floats, float]:
    """The weight of each closed line by its age, and the last day on which one was delivered."""
    done = np.array([d.delivered.toordinal() for d in closed if d.delivered is not None], float)
    today = float(done.max())
    return 0.5 ** ((today - done) / HALF_LIFE_DAYS), today


def _by_likeness(closed: list[Delivery], still: list[Delivery], days: Floats) -> Floats:
    """[open, 4] quantiles of the closed lines, weighed by what they share with the open one and by their age.

    A line that was ordered some time before the last delivery and is still open takes longer than that time, so that quicker
    lines no longer count, unless hardly any is left then.
    """
    recent, today = _recency(closed)
    kinds = [np.array([getattr(d, name) for d in closed]) for name in UNLIKE]
    order = np.argsort(days)
    known: dict[tuple[str | int, ...], Floats] = {}
    rows = []
    for delivery in still:
        waited = max(-1, int(today) - delivery.ordered.toordinal())
        key = (*(getattr(delivery, name) for name in UNLIKE), waited)
        if key not in known:
            weight = recent.copy()
            for kind, own, (_, unlike) in zip(kinds, key, UNLIKE.items(), strict=False):
                weight *= np.where(kind == own, 1.0, unlike)
            left = weight * (days > waited)
            weight = left if left.sum() > LEAST_LEFT * weight.sum() else weight
            cumulative = np.cumsum(weight[order]) - 0.5 * weight[order]
            known[key] = np.interp(np.array(QUANTILES) * weight.sum(), cumulative, days[order])
        rows.append(known[key])
    return np.array(rows)


def _by_effects(closed: list[Delivery], still: list[Delivery], days: Floats) -> Floats:
    """[open, 4] quantiles by additive effects on log days, drawn to the plain ones by how little the effects explain."""
    log_days = np.log1p(days)
    weight, _ = _recency(closed)
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
    for key in open_keys:
        middle = center + sum(table.get(name, 0.0) for table, name in zip(effects, key, strict=True))
        new = sum(name not in table for table, name in zip(effects, key, strict=True))
        own = np.expm1(middle + at + unseen * new * np.array([0.0, 0.84, 1.28, 1.64]))
        answers.append(np.maximum(trust * own + (1 - trust) * plain, 0.0))
    return np.array(answers)


def _keys(delivery: Delivery) -> tuple[str, ...]:
    """Coarse to fine, so that the finer effect only takes what the coarser leaves."""
    return (
        delivery.mode,
        delivery.group,
        delivery.country,
        f"{delivery.supplier}|{delivery.mode}",
        f"{delivery.supplier}|{delivery.country}|{delivery.mode}",
    )
