"""How good forecasts would have been on the history's own past, beside the textbook Normal rule: by quantiles and by stock.

Quantiles: at past periods (``ends``) the next ``horizon`` periods' sum is forecast from what had been known, and held against what came:
pinball loss over the mean absolute change from period to period of the history until then, and the share of sums at or below each quantile.
Stock: in each of the last periods both rules order up to a quantile of the ``horizon`` periods until the next order but one is there (periodic
review, what isn't in stock waits); the level of each rule, as a normal score, is moved until both serve the same share of demand from
stock, and what they then hold on average is compared. The Normal rule: mean and standard deviation of the last 12 periods (Silver, Pyke &
Thomas 2017, chapter 6).
"""

from collections.abc import Callable, Sequence
from functools import cache

import msgspec
import numpy as np

from nightmill.materials.judging import LEVELS, Floats, pinball

MOST_ENDS = 4
MOST_REVIEWS = 12
NORMAL_PERIODS = 12
LEAST_PAST = 4
"""Periods of history before the first forecast that is judged."""
FILLS = (0.90, 0.95, 0.98)
HALVINGS = 18
SCORES = (-4.0, 8.0)
"""Normal scores between which a rule's level is looked for."""
Quantiles = Callable[[int], Floats]
"""[n, levels] of the sum after so many periods of history, from what was known then."""


class LevelScore(msgspec.Struct, frozen=True):
    """Of one level: mean scaled pinball loss and share covered, ours and the Normal rule's."""

    level: float
    pinball: float
    covered: float
    normal_pinball: float
    normal_covered: float


class StockScore(msgspec.Struct, frozen=True):
    """Mean stock on hand with which each rule would have served ``fill`` of the demand; ``saving`` is one's share that ours does without.

    ``unit`` is ``pieces``, or ``USD`` where every item has a price. None: the rule can't serve so much at any level.
    """

    fill: float
    stock: float | None
    normal_stock: float | None
    saving: float | None
    unit: str


class Score(msgspec.Struct, frozen=True):
    """Past forecasts held against what came: ``sums`` of them, the mean over the levels, and each."""

    sums: int
    pinball: float
    normal_pinball: float
    levels: tuple[LevelScore, ...]
    stock: tuple[StockScore, ...]


def score(y: Floats, horizon: int, ours: Quantiles, prices: Floats | None = None) -> Score | None:
    """Histories ``y`` [n, T] judged at their own past; None where they are too short. ``prices`` [n] in USD a piece."""
    ends = list(range(y.shape[1] - horizon, LEAST_PAST - 1, -horizon))[:MOST_ENDS]
    if not ends:
        return None
    ours = cache(ours)
    own, normal = _judged(y, horizon, ends, ours), _judged(y, horizon, ends, lambda end: _normal(y[:, :end], horizon))
    levels = tuple(
        LevelScore(level, float(own[0][k]), float(own[1][k]), float(normal[0][k]), float(normal[1][k]))
        for k, level in enumerate(LEVELS)
    )
    begin = max(y.shape[1] - MOST_REVIEWS, LEAST_PAST)
    stock = _stock_scores(y, horizon, begin, ours, prices)
    return Score(len(y) * len(ends), float(own[0].mean()), float(normal[0].mean()), levels, stock)


def _normal(past: Floats, horizon: int) -> Floats:
    """[n, levels] of the Normal rule."""
    from scipy.special import ndtri

    last = past[:, -NORMAL_PERIODS:]
    mean, deviation = horizon * last.mean(axis=1), np.sqrt(horizon) * last.std(axis=1, ddof=1)
    return np.maximum(0.0, mean[:, None] + deviation[:, None] * ndtri(np.array(LEVELS)))


def _judged(y: Floats, horizon: int, ends: Sequence[int], rule: Quantiles) -> tuple[Floats, Floats]:
    """[levels] mean scaled losses, of items that had changed by then, and shares covered, of all."""
    losses, covered = [], []
    for end in ends:
        scale = np.abs(np.diff(y[:, :end], axis=1)).mean(axis=1)
        some, actual, quantiles = scale > 0, y[:, end : end + horizon].sum(axis=1), rule(end)
        loss = np.stack([pinball(actual, quantiles[:, k], level) for k, level in enumerate(LEVELS)], axis=1)
        losses.append(loss[some] / scale[some, None])
        covered.append(actual[:, None] <= quantiles)
    together = np.concatenate(losses)
    mean = together.mean(axis=0) if len(together) else np.zeros(len(LEVELS))
    return mean, np.concatenate(covered).mean(axis=0)


def _stock_scores(
    y: Floats, horizon: int, begin: int, ours: Quantiles, prices: Floats | None
) -> tuple[StockScore, ...]:
    """The stock that both rules would have held in the periods from ``begin`` on."""
    if begin >= y.shape[1] or not y[:, begin:].any():
        return ()
    worth = np.ones(len(y)) if prices is None else prices
    past = range(begin, y.shape[1])
    rules = [[ours(end) for end in past], [_normal(y[:, :end], horizon) for end in past]]
    found = []
    for fill in FILLS:
        held = [_stock_at(y[:, begin:], horizon, quantiles, worth, fill) for quantiles in rules]
        own, normal = held
        saving = 1 - own / normal if own is not None and normal else None
        found.append(StockScore(fill, own, normal, saving, "pieces" if prices is None else "USD"))
    return tuple(found)


def _order_up_to(quantiles: Floats, z: float) -> Floats:
    """[n] whole pieces at the normal score ``z``: between the levels along straight lines, beyond them along the outermost."""
    from scipy.special import ndtri

    scores = ndtri(np.array(LEVELS))
    k = int(np.clip(np.searchsorted(scores, z), 1, len(scores) - 1))
    slope = (quantiles[:, k] - quantiles[:, k - 1]) / (scores[k] - scores[k - 1])
    return np.maximum(0.0, np.ceil(quantiles[:, k - 1] + slope * (z - scores[k - 1]) - 1e-9))


def _stock_at(demand: Floats, horizon: int, quantiles: list[Floats], worth: Floats, fill: float) -> float | None:
    """Mean worth of the stock of a rule whose level is set so that it serves ``fill`` of the demand; None if it can't."""
    low, high = SCORES
    for _ in range(HALVINGS):
        z = (low + high) / 2
        served, _ = _kept(demand, horizon, [_order_up_to(each, z) for each in quantiles], worth)
        low, high = (z, high) if served < fill else (low, z)
    (under, held_under), (over, held_over) = (
        _kept(demand, horizon, [_order_up_to(each, z) for each in quantiles], worth) for z in (low, high)
    )
    if over < fill:
        return None
    return float(np.interp(fill, [under, over], [held_under, held_over])) if over > under else held_over


def _kept(demand: Floats, horizon: int, levels: list[Floats], worth: Floats) -> tuple[float, float]:
    """Share of the demand served from stock and mean worth on hand; an order is there after ``horizon - 1`` periods."""
    on_hand, coming = levels[0].copy(), [np.zeros(len(demand)) for _ in range(horizon - 1)]
    served = held = 0.0
    for k, level in enumerate(levels):
        coming.append(np.maximum(0.0, level - on_hand - sum(coming)))
        on_hand = on_hand + coming.pop(0)
        served += float(np.minimum(demand[:, k], np.maximum(on_hand, 0.0)).sum())
        on_hand = on_hand - demand[:, k]
        held += float((worth * np.maximum(on_hand, 0.0)).sum())
    return served / float(demand.sum()), held / len(levels)
