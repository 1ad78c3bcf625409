"""Back-test forecasts on past periods of the history against the textbook Normal rule, by quantiles and by stock.

Quantiles: at past periods (``ends``) the sum over the next ``horizon`` periods is forecast from the data known at that time and compared
with the actual sum. Scores are the pinball loss divided by the mean absolute change from period to period of the history until then, and
the fraction of sums at or below each quantile.

Stock: in each of the last periods both rules order up to a quantile of demand over the ``horizon`` periods until the order after the next
arrives (periodic review with backorders). The level of each rule, as a normal score, is adjusted until both serve the same fraction of
demand from stock, and their mean stock is compared. If prices are given, our rule balances the service levels of the items so that one
more piece costs the same per piece served for every item (the critical ratio of Arrow, Harris & Marschak 1951, with the same price for
any missing piece). So cheap pieces compensate for expensive ones. The Normal rule uses the mean and standard deviation of the last 12
periods (Silver, Pyke & Thomas 2017, chapter 6).
"""

from collections.abc import Callable, Sequence
from functools import cache

import msgspec
import numpy as np

from nightmill.forecasting.covariates import Flags
from nightmill.forecasting.scores import LEVELS, Floats, pinball

MOST_ENDS = 4
MOST_REVIEWS = 12
NORMAL_PERIODS = 12
LEAST_PAST = 4
"""Minimum number of periods of history before a forecast that is scored."""
FILLS = (0.90, 0.95, 0.98)
HALVINGS = 18
SCORES = (-4.0, 8.0)
"""Range of normal scores in which a rule's level is searched."""
LEAST_WORTH = 1e-3
"""Limit on the value of a piece relative to the median piece: lower ratios count as this, and higher ones as its inverse."""
Quantiles = Callable[[int], Floats]
"""A forecasting rule: return quantiles [n, levels] of the sum after a number of periods, from the data known at that time."""


class LevelScore(msgspec.Struct, frozen=True):
    """Score of one level: mean scaled pinball loss and coverage, ours and the Normal rule's."""

    level: float
    pinball: float
    covered: float
    normal_pinball: float
    normal_covered: float


class StockScore(msgspec.Struct, frozen=True):
    """Mean stock on hand with which each rule would have served ``fill`` of the demand, and the fraction saved by our rule (``saving``).

    ``unit`` is ``pieces``, or ``USD`` if every item has a price. Values are None if the rule can't reach that fill rate at any level.
    """

    fill: float
    stock: float | None
    normal_stock: float | None
    saving: float | None
    unit: str


class Score(msgspec.Struct, frozen=True):
    """Past forecasts compared with actual demand: the number of ``sums``, the mean over the levels, and the score of each level."""

    sums: int
    pinball: float
    normal_pinball: float
    levels: tuple[LevelScore, ...]
    stock: tuple[StockScore, ...]


def score(
    y: Floats, horizon: int, ours: Quantiles, prices: Floats | None = None, sold: Flags | None = None
) -> Score | None:
    """Score forecasts for histories ``y`` [n, T] on past periods; None if they are too short, or no item was sold long enough.

    ``prices`` [n] are in USD a piece. Losses are for sums over periods in which the item was ``sold`` [n, T] throughout, and are scaled
    by the item's changes in such periods.
    """
    ends = list(range(y.shape[1] - horizon, LEAST_PAST - 1, -horizon))[:MOST_ENDS]
    if not ends:
        return None
    there = np.ones(y.shape, bool) if sold is None else sold
    sums = sum(int(_whole(there, end, horizon).sum()) for end in ends)
    if not sums:
        return None
    ours = cache(ours)
    own = _judged(y, horizon, ends, ours, there)
    normal = _judged(y, horizon, ends, lambda end: _normal(y[:, :end], horizon), there)
    levels = tuple(
        LevelScore(level, float(own[0][k]), float(own[1][k]), float(normal[0][k]), float(normal[1][k]))
        for k, level in enumerate(LEVELS)
    )
    begin = max(y.shape[1] - MOST_REVIEWS, LEAST_PAST)
    stock = _stock_scores(y, horizon, begin, ours, prices)
    return Score(sums, float(own[0].mean()), float(normal[0].mean()), levels, stock)


def _normal(past: Floats, horizon: int) -> Floats:
    """Return quantiles [n, levels] by the Normal rule."""
    from scipy.special import ndtri

    last = past[:, -NORMAL_PERIODS:]
    mean, deviation = horizon * last.mean(axis=1), np.sqrt(horizon) * last.std(axis=1, ddof=1)
    return np.maximum(0.0, mean[:, None] + deviation[:, None] * ndtri(np.array(LEVELS)))


def _whole(sold: Flags, end: int, horizon: int) -> Flags:
    """Return which items [n] were sold throughout the ``horizon`` periods after ``end``."""
    return np.asarray(sold[:, end : end + horizon].all(axis=1))


def _judged(
    y: Floats, horizon: int, ends: Sequence[int], rule: Quantiles, sold: Flags
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return the mean scaled losses [levels] for items that had changed by then, and the coverage [levels] for all items sold."""
    losses, covered = [], []
    for end in ends:
        both = sold[:, 1:end] & sold[:, : end - 1]
        scale = (np.abs(np.diff(y[:, :end], axis=1)) * both).sum(axis=1) / np.maximum(both.sum(axis=1), 1)
        whole, actual, quantiles = _whole(sold, end, horizon), y[:, end : end + horizon].sum(axis=1), rule(end)
        some = (scale > 0) & whole
        loss = np.stack([pinball(actual, quantiles[:, k], level) for k, level in enumerate(LEVELS)], axis=1)
        losses.append(loss[some] / scale[some, None])
        covered.append((actual[:, None] <= quantiles)[whole])
    together, held = np.concatenate(losses), np.concatenate(covered)
    return together.mean(axis=0) if len(together) else np.zeros(len(LEVELS)), held.mean(axis=0)


def _stock_scores(
    y: Floats, horizon: int, begin: int, ours: Quantiles, prices: Floats | None
) -> tuple[StockScore, ...]:
    """Return the stock that both rules would have held in the periods from ``begin`` on."""
    if begin >= y.shape[1] or not y[:, begin:].any():
        return ()
    normal = [_normal(y[:, :end], horizon) for end in range(begin, y.shape[1])]
    found = []
    for fill in FILLS:
        own = served_stock(y, horizon, begin, ours, prices, fill)
        plain = _found_at(y[:, begin:], horizon, normal, _worth(y, prices), fill, _order_up_to)
        found.append(compared(fill, own, plain, prices))
    return tuple(found)


class Served(msgspec.Struct, frozen=True):
    """The normal score at which a rule reaches the required service, and the mean value of the stock held at that score."""

    score: float
    held: float


def compared(fill: float, own: Served | None, normal: Served | None, prices: Floats | None) -> StockScore:
    """Return the stock held by our rule compared with the Normal rule's."""
    saving = 1 - own.held / normal.held if own is not None and normal is not None and normal.held else None
    ours, theirs = (None if each is None else each.held for each in (own, normal))
    return StockScore(fill, ours, theirs, saving, "pieces" if prices is None else "USD")


def serving(
    y: Floats, horizon: int, ours: Quantiles, now: Floats, prices: Floats | None, fill: float
) -> tuple[StockScore, Floats] | None:
    """Return the order-up-to stock [n] from quantiles ``now``, at the score that would have served ``fill`` of past demand.

    None if the history is too short, or no score reaches that service.
    """
    begin, worth = max(y.shape[1] - MOST_REVIEWS, LEAST_PAST), _worth(y, prices)
    if begin >= y.shape[1] or not y[:, begin:].any():
        return None
    own = served_stock(y, horizon, begin, ours, prices, fill)
    if own is None:
        return None
    normal = [_normal(y[:, :end], horizon) for end in range(begin, y.shape[1])]
    plain = _found_at(y[:, begin:], horizon, normal, worth, fill, _order_up_to)
    return compared(fill, own, plain, prices), _order_by_worth(now, own.score, worth)


def served_stock(
    y: Floats, horizon: int, begin: int, ours: Quantiles, prices: Floats | None, fill: float
) -> Served | None:
    """Return the stock our rule would have held in the periods from ``begin`` on, serving ``fill`` of the demand."""
    quantiles = [ours(end) for end in range(begin, y.shape[1])]
    return _found_at(y[:, begin:], horizon, quantiles, _worth(y, prices), fill, _order_by_worth)


def _worth(y: Floats, prices: Floats | None) -> Floats:
    return np.ones(len(y)) if prices is None else prices


def _order_up_to(quantiles: Floats, z: float, worth: Floats) -> Floats:
    """Return whole pieces [n] at the normal score ``z`` for all items."""
    return _at_scores(quantiles, np.full(len(worth), z))


def _order_by_worth(quantiles: Floats, z: float, worth: Floats) -> Floats:
    """Return whole pieces [n] at score ``z`` for a piece of median value; dearer pieces get lower odds of having enough."""
    from scipy.special import log_ndtr, ndtri_exp

    middle = float(np.median(worth))
    relative = np.clip(worth / middle, LEAST_WORTH, 1 / LEAST_WORTH) if middle > 0 else np.ones(len(worth))
    odds = log_ndtr(z) - log_ndtr(-z) - np.log(relative)
    return _at_scores(quantiles, -ndtri_exp(-np.logaddexp(0.0, odds)))


def _at_scores(quantiles: Floats, z: Floats) -> Floats:
    """Return whole pieces [n] at normal scores [n], linear between the levels and extrapolated linearly beyond them."""
    from scipy.special import ndtri

    scores = ndtri(np.array(LEVELS))
    k = np.clip(np.searchsorted(scores, z), 1, len(scores) - 1)
    rows = np.arange(len(z))
    slope = (quantiles[rows, k] - quantiles[rows, k - 1]) / (scores[k] - scores[k - 1])
    return np.maximum(0.0, np.ceil(quantiles[rows, k - 1] + slope * (z - scores[k - 1]) - 1e-9))


Rule = Callable[[Floats, float, Floats], Floats]
"""A rule that returns the whole pieces [n] to order up to, from quantiles [n, levels], a normal score and piece values [n]."""


def _found_at(
    demand: Floats, horizon: int, quantiles: list[Floats], worth: Floats, fill: float, rule: Rule
) -> Served | None:
    """Return the score at which a rule serves ``fill`` of the demand, and the mean value of its stock; None if it can't."""

    def kept(z: float) -> tuple[float, float]:
        return _kept(demand, horizon, [rule(each, z, worth) for each in quantiles], worth)

    low, high = SCORES
    for _ in range(HALVINGS):
        z = (low + high) / 2
        low, high = (z, high) if kept(z)[0] < fill else (low, z)
    (under, held_under), (over, held_over) = kept(low), kept(high)
    if over < fill:
        return None
    held = float(np.interp(fill, [under, over], [held_under, held_over])) if over > under else held_over
    return Served(high, held)


def _kept(demand: Floats, horizon: int, levels: list[Floats], worth: Floats) -> tuple[float, float]:
    """Return the fraction of demand served from stock and the mean value on hand; an order arrives after ``horizon - 1`` periods."""
    on_hand, coming = levels[0].copy(), [np.zeros(len(demand)) for _ in range(horizon - 1)]
    served = held = 0.0
    for k, level in enumerate(levels):
        coming.append(np.maximum(0.0, level - on_hand - sum(coming)))
        on_hand = on_hand + coming.pop(0)
        served += float(np.minimum(demand[:, k], np.maximum(on_hand, 0.0)).sum())
        on_hand = on_hand - demand[:, k]
        held += float((worth * np.maximum(on_hand, 0.0)).sum())
    return served / float(demand.sum()), held / len(levels)
