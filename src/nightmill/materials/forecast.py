"""Demand as a distribution: quantiles of each period and of their sum, for smooth and intermittent demand.

Each item's rate is an exponentially weighted mean, shrunk to the pool by an empirical-Bayes gamma prior
(Clayton & Kaldor 1987) whose strength follows from how much the items really differ; the sum over H
periods is negative binomial with a variance of noise plus rate uncertainty. What no formula knows, the
half-life of the mean and how much wider real demand is than the model, is learned on rolling origins
of the same history: the pinball loss chooses the half-life, and each quantile level is moved until
past quantiles held as often as promised (conformal calibration of levels). A season, of the pool or of each item, is
used where it would have lessened the loss at those origins; promotions, new parts and orders booked already where they are told.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.materials.backtest import Quantiles, Score, StockScore, score, serving
from nightmill.materials.booked import beyond_booked
from nightmill.materials.csvtext import read_records
from nightmill.materials.exposure import SEASONS, Beside, Exposure, exposure_of, part_rows, read_beside
from nightmill.materials.judging import JUDGED, LEVELS, SURE, Floats, Spread, pinball
from nightmill.materials.smooth import smooth_quantiles
from nightmill.vocabulary.errors import BadInput, Finding

HALF_LIVES = (4.0, 8.0, 16.0, 32.0, np.inf)
MOST_ORIGINS = 6
LEAST_PERIODS = 4
MAX_PERIODS = 20_000
MAX_HORIZON = 1000
BLOCK = 4000
"""Items that go to a worker together."""
LEAST_GAIN = 0.01
"""Share of the loss that a season must take away."""
MOST_TRIED = 1000
TRIED_HALF_LIVES = (16.0, np.inf)
"""Items on which seasons are tried, and half-lives with each."""
POOLED_PERIODS = 3.0
"""Periods' demand that the pool's dispersion counts beside an item's own."""
PRIOR_SHARE = 0.7
"""What the gamma prior of the rates counts: rates of real parts have a heavier tail, and a plain prior draws the fast movers down too far."""
LIKE_SPREAD = 0.5
"""How far a part's rate may be from that of the part that it is like, as a share of it."""
Rivals = Callable[
    [Floats, int, int, Callable[[int], Floats], Spread | None], tuple[npt.NDArray[np.int64], Floats, Floats]
]
"""Other models, asked for the items where they do better: see ``smooth.smooth_quantiles``."""


class HistoryRow(msgspec.Struct, frozen=True):
    """A row of the history: demand of an item in a period (a whole number, any unit of time)."""

    item: Annotated[str, msgspec.Meta(min_length=1)]
    period: int
    qty: Annotated[float, msgspec.Meta(ge=0)]


class TotalQuantiles(msgspec.Struct, frozen=True):
    """Quantiles of the sum over the horizon."""

    q50: float
    q75: float
    q90: float
    q95: float
    q99: float


class PeriodQuantiles(msgspec.Struct, frozen=True):
    """Quantiles of one coming period."""

    period: int
    q50: float
    q75: float
    q90: float
    q95: float
    q99: float


class ItemForecast(msgspec.Struct, frozen=True, omit_defaults=True):
    """One item: quantiles of the next H periods' sum and of each period; where it was asked for, the demand to plan for in each.

    ``expected`` is the mean beyond what is booked, in whole pieces that keep to the sum of the means.
    """

    item: str
    total: TotalQuantiles
    periods: tuple[PeriodQuantiles, ...]
    expected: tuple[int, ...] = ()
    order_up_to: int | None = None


class GroupForecast(msgspec.Struct, frozen=True):
    """One group of parts.csv: quantiles of all its items' demand together, learned from the sums of their histories."""

    group: str
    items: int
    total: TotalQuantiles
    periods: tuple[PeriodQuantiles, ...]


class Forecast(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer of ``nightmill forecast``; ``groups`` where parts.csv tells them, ``score`` and ``served`` where they were asked for."""

    items: tuple[ItemForecast, ...]
    groups: tuple[GroupForecast, ...] = ()
    score: Score | None = None
    served: StockScore | None = None


class Model(msgspec.Struct, frozen=True):
    """What a history teaches beside the items' own moments: the half-life of the mean, and the levels at which to ask."""

    half_life: float
    levels: tuple[float, ...]


def read_history(text: str, file: str = "history.csv") -> tuple[HistoryRow, ...]:
    """The rows of a history file. Raises ``BadInput`` with every finding; an empty history is one."""
    findings: list[Finding] = []
    rows = tuple(row for _, row in read_records(file, text, HistoryRow, findings))
    if not findings and not rows:
        findings.append(Finding(file, "", "no rows", "at least one row", "Add the demand of the past."))
    if not findings:
        periods = [row.period for row in rows]
        if max(periods) - min(periods) >= MAX_PERIODS:
            findings.append(
                Finding(file, "period", f"{min(periods)} to {max(periods)}", f"less than {MAX_PERIODS} periods", "Use a longer period.")
            )  # fmt: skip
    if findings:
        raise BadInput(*findings)
    return rows


def forecast(
    history: tuple[HistoryRow, ...], horizon: int, spread: Spread | None = None, *, season: int = 0, beside: Mapping[str, str] | None = None,
    rivals: Rivals | Literal["statsforecast"] | None = None, scored: bool = False, expected: bool = False, serve: float = 0.0,
) -> Forecast:  # fmt: skip
    """Quantiles for every item of ``history`` over the next ``horizon`` periods (>= 1); items in order of the file.

    ``spread`` is a map over workers to which the items go in blocks, with the same result as without one. ``season`` is its length in
    periods, 1 for none, 0 to find out. ``rivals`` are other models (``"statsforecast"``: those of ``smooth``), which answer for the items where they would have lessened past
    losses, unless there is something ``beside``. ``beside`` holds the text of promotions.csv, booked.csv and parts.csv as far as there are any (see
    ``exposure``). ``scored`` holds past forecasts against what came (see ``backtest``); ``expected`` gives each item's demand to plan for; ``serve``, a share of demand, the stock to
    order each item up to. Missing rows between the first and the last period of
    the history are zeros. Raises ``BadInput``.
    """
    if not 1 <= horizon <= MAX_HORIZON:
        raise BadInput(Finding("--horizon", "", str(horizon), f"1 .. {MAX_HORIZON} periods", "Choose another horizon."))
    if not history:
        raise BadInput(Finding("history.csv", "", "no rows", "at least one row", "Add the demand of the past."))
    names = tuple(dict.fromkeys(row.item for row in history))
    start = min(row.period for row in history)
    last = max(row.period for row in history)
    if season < 0 or season > max(1, (last - start + 1) // 2):
        found = f"{season} periods, with {last - start + 1} of history"
        raise BadInput(Finding("--season", "", found, "at most half of the history", "Choose another season."))
    known: Beside | None = None
    if beside:
        names, known = read_beside(beside, names, start, last - start + 1, horizon)
    place = {name: i for i, name in enumerate(names)}
    y = np.zeros((len(names), last - start + 1))
    for row in history:
        y[place[row.item], row.period - start] += row.qty
    chosen = find_season(y, _nothing_beside(y, horizon) if known is None else known, horizon, season)
    total, single = _totals_and_periods(y, horizon, spread, chosen, known, _asked_rivals(rivals))
    planned = _expected(y, horizon, chosen, known).tolist() if expected else [()] * len(names)
    items = tuple(
        ItemForecast(name, *_told(total, single, i, last, horizon), tuple(planned[i])) for i, name in enumerate(names)
    )
    parts = part_rows(beside or {})
    group_of = [parts[name].group if name in parts else "" for name in names]
    groups: tuple[GroupForecast, ...] = ()
    if known is not None and any(group_of):
        lifted = _lifted(y, horizon, chosen, known)
        groups = _groups(_without_promotions(y, known), group_of, last, horizon, season, lifted)
    if not (scored or serve):
        return Forecast(items, groups)
    listed = [parts[name].price_usd if name in parts else None for name in names]
    known_prices = [price for price in listed if price is not None]
    prices = np.array(known_prices) if len(known_prices) == len(names) else None
    past = cache(_known_then(y, horizon, season, known, _asked_rivals(rivals)))
    served = serving(y, horizon, past, total, prices, serve) if serve else None
    if served is not None:
        items = tuple(msgspec.structs.replace(i, order_up_to=int(n)) for i, n in zip(items, served[1], strict=True))
    return Forecast(items, groups, score(y, horizon, past, prices) if scored else None, served and served[0])


def _told(
    total: Floats, single: list[Floats], i: int, last: int, horizon: int
) -> tuple[TotalQuantiles, tuple[PeriodQuantiles, ...]]:
    """The quantiles of row ``i``, as records."""
    each = (PeriodQuantiles(last + 1 + h, *map(float, single[min(h, len(single) - 1)][i])) for h in range(horizon))
    return TotalQuantiles(*map(float, total[i])), tuple(each)


def _expected(y: Floats, horizon: int, chosen: tuple[int, bool], known: Beside | None) -> npt.NDArray[np.int64]:
    """[n, horizon] mean demand beyond what is booked; each period's pieces are what its running sum has grown by."""
    beside = _nothing_beside(y, horizon) if known is None else known
    means = np.maximum(0.0, _each_period(y, horizon, chosen, beside)[0] - beside.booked)
    whole = np.floor(np.cumsum(means, axis=1) + 0.5).astype(np.int64)
    whole[:, 1:] -= whole[:, :-1].copy()
    return whole


def _each_period(y: Floats, horizon: int, chosen: tuple[int, bool], beside: Beside) -> tuple[Floats, Floats]:
    """Mean and variance [n, horizon] of each coming period's demand, whatever is booked."""
    half_life, exposure = learn(y, 1, None, (beside, *chosen)).half_life, exposure_of(y, beside, *chosen)
    each = [
        moments(y, 1, half_life, msgspec.structs.replace(exposure, ahead=exposure.ahead[:, h : h + 1]))
        for h in range(horizon)
    ]
    return np.stack([one[0] for one in each], axis=1), np.stack([one[1] for one in each], axis=1)


def _lifted(y: Floats, horizon: int, chosen: tuple[int, bool], known: Beside) -> Floats:
    """[n, horizon] how much more is expected than the items' own pasts say: promotions, bookings, parts that weren't sold yet."""
    new = np.logical_not(known.sold[:, : y.shape[1]]).all(axis=1)
    if not (known.promoted[:, y.shape[1] :].any() or known.booked.any() or np.any(new)):
        return np.zeros((len(y), horizon))
    mean, variance = _each_period(y, horizon, chosen, known)
    booked = np.ceil(known.booked)
    beyond = np.stack(
        [beyond_booked(mean[:, [h]], variance[:, [h]], variance[:, h], booked[:, [h]])[0] for h in range(horizon)],
        axis=1,
    )
    promoted = known.promoted.copy()
    promoted[:, y.shape[1] :] = False
    plain = msgspec.structs.replace(known, promoted=promoted)
    return booked + beyond - np.where(np.reshape(new, (-1, 1)), 0.0, _each_period(y, horizon, chosen, plain)[0])


def _groups(
    y: Floats, group_of: list[str], last: int, horizon: int, season: int, lifted: Floats
) -> tuple[GroupForecast, ...]:
    """Each named group's demand: items of a group rise and fall together, so their sum has a spread of its own.

    What is known beside its past moves it by as much as the means of its items, ``lifted`` [n, horizon].
    """
    names = [name for name in dict.fromkeys(group_of) if name]
    if not names:
        return ()
    rows = [[i for i, name in enumerate(group_of) if name == group] for group in names]
    sums = np.stack([y[members].sum(axis=0) for members in rows])
    chosen = find_season(sums, _nothing_beside(sums, horizon), horizon, season)
    total, single = _totals_and_periods(sums, horizon, None, chosen, None, None)
    if lifted.any():
        more = np.stack([lifted[members].sum(axis=0) for members in rows])
        single = [_moved(single[min(h, len(single) - 1)], more[:, h]) for h in range(horizon)]
        total = _moved(total, more.sum(axis=1))
    return tuple(
        GroupForecast(name, len(rows[k]), *_told(total, single, k, last, horizon)) for k, name in enumerate(names)
    )


def _without_promotions(y: Floats, known: Beside) -> Floats:
    """Histories with each item's usual demand where a promotion ran, which else would look like a season."""
    T = y.shape[1]
    ran, calm = known.promoted[:, :T] & known.sold[:, :T], known.sold[:, :T] & ~known.promoted[:, :T]
    usual = (y * calm).sum(axis=1) / np.maximum(calm.sum(axis=1), 1)
    return np.where(ran & (calm.sum(axis=1) > 0)[:, None], usual[:, None], y)


def _moved(quantiles: Floats, more: Floats) -> Floats:
    return np.maximum(0.0, np.floor(quantiles + more[:, None] + 0.5))


def _known_then(y: Floats, horizon: int, season: int, known: Beside | None, rivals: Rivals | None) -> Quantiles:
    """What would have been forecast for the sum at a past period; orders booked then aren't known any more."""
    beside = _nothing_beside(y, horizon) if known is None else known

    def total(end: int) -> Floats:
        past = y[:, :end]
        if known is None:
            chosen = find_season(past, _nothing_beside(past, horizon), horizon, season)
            return _totals_and_periods(past, horizon, None, chosen, None, rivals)[0]
        then = msgspec.structs.replace(beside.until(end, horizon), booked=np.zeros_like(beside.booked))
        chosen = find_season(past, then, horizon, season)
        return _forecast(past, horizon, None, exposure_of(past, then, *chosen), then, chosen)

    return total


def _asked_rivals(rivals: Rivals | Literal["statsforecast"] | None) -> Rivals | None:
    return smooth_quantiles if rivals == "statsforecast" else rivals


def _totals_and_periods(
    y: Floats, horizon: int, spread: Spread | None, chosen: tuple[int, bool], known: Beside | None, rivals: Rivals | None
) -> tuple[Floats, list[Floats]]:  # fmt: skip
    """[n, 5] quantiles of the sum, and of each period: one for all where all periods are alike."""
    beside = _nothing_beside(y, horizon) if known is None else known
    if rivals is not None and known is None:
        return _with_rivals(y, horizon, spread, beside, chosen, rivals)
    if chosen == (1, False) and known is None:
        total = forecast_sum(y, horizon, spread)
        return total, [total if horizon == 1 else forecast_sum(y, 1, spread)]
    return _seasonal(y, horizon, spread, beside, chosen)


def _with_rivals(
    y: Floats, horizon: int, spread: Spread | None, beside: Beside, chosen: tuple[int, bool], rivals: Rivals
) -> tuple[Floats, list[Floats]]:  # fmt: skip
    """As without them, but for the items where a rival would have lessened past losses."""
    total, single = _seasonal(y, horizon, spread, beside, chosen)
    model = learn(y, horizon, spread, (beside, *chosen))
    judged = [LEVELS.index(level) for level in JUDGED]

    def ours(end: int) -> Floats:
        exposure = exposure_of(y[:, :end], beside.until(end, horizon), *chosen)
        return _asked(model, y[:, :end], horizon, spread, exposure, None)[:, judged]

    items, sums, each = rivals(y, horizon, chosen[0], ours, spread)
    total[items] = sums
    for h, one in enumerate(single):
        one[items] = each[:, h]
    return total, single


def _seasonal(
    y: Floats, horizon: int, spread: Spread | None, beside: Beside, chosen: tuple[int, bool]
) -> tuple[Floats, list[Floats]]:  # fmt: skip
    exposure = exposure_of(y, beside, *chosen)
    total = _forecast(y, horizon, spread, exposure, beside, chosen)
    model = learn(y, 1, spread, (beside, *chosen))
    single = []
    for h in range(horizon):
        one = msgspec.structs.replace(exposure, ahead=exposure.ahead[:, h : h + 1])
        single.append(_asked(model, y, 1, spread, one, beside.booked[:, h]))
    return total, single


def _nothing_beside(y: Floats, horizon: int) -> Beside:
    n, T = y.shape
    shape = (n, T + horizon)
    nobody = np.zeros(n, np.int64)
    return Beside(np.ones(shape, bool), np.zeros(shape, bool), np.zeros((n, horizon)), nobody, nobody - 1)


def find_season(y: Floats, beside: Beside, horizon: int, season: int = 0) -> tuple[int, bool]:
    """The length of a season and whether items have their own: what would have lessened the loss at past origins, or none: (1, False)."""
    step = -(-len(y) // MOST_TRIED)
    y, beside = y[::step], beside.some(step)
    lengths = [season] if season else [m for m in SEASONS if y.shape[1] >= 2 * m + 3 * horizon]
    ends = _origins(y.shape[1], horizon, 2 * max(lengths, default=1))
    if not lengths or lengths == [1]:
        return 1, False
    if not ends:
        return (season, False) if season else (1, False)
    scale = np.maximum(np.abs(np.diff(y, axis=1)).mean(axis=1), 1e-9 + 0.05 * y.mean())
    tried = [(m, own) for m in lengths for own in (False, True)]
    if not season:
        tried.insert(0, (1, False))
    losses: dict[tuple[int, bool], Floats] = {}
    for one in tried:
        known = _known(y, ends, horizon, (beside, *one))
        each = [_loss(y, horizon, half_life, known, scale, None) for half_life in TRIED_HALF_LIVES]
        losses[one] = min(each, key=lambda loss: float(loss.mean()))
    best = min(tried, key=lambda one: float(losses[one].mean()))
    if (1, False) not in losses or best == (1, False):
        return best
    gain = losses[1, False] - losses[best]
    sure = SURE * float(gain.std()) / np.sqrt(len(gain))
    return best if gain.mean() > max(sure, LEAST_GAIN * float(losses[1, False].mean())) else (1, False)


def forecast_sum(y: Floats, horizon: int, spread: Spread | None = None) -> Floats:
    """[n, 5] quantiles of the sum over the next ``horizon`` periods of histories y [n, T], without a season."""
    return _asked(learn(y, horizon, spread), y, horizon, spread, None, None)


def _forecast(
    y: Floats, horizon: int, spread: Spread | None, exposure: Exposure, beside: Beside, chosen: tuple[int, bool]
) -> Floats:  # fmt: skip
    """[n, 5] quantiles of the sum: of what is booked, and of what comes beyond it in each period."""
    model = learn(y, horizon, spread, (beside, *chosen))
    if horizon == 1:
        return _asked(model, y, 1, spread, exposure, beside.booked[:, 0])
    q = _asked(model, y, horizon, spread, exposure, None)
    some = np.flatnonzero((beside.booked > 0).any(axis=1))
    if len(some):
        mean, variance = (each[some] for each in _each_period(y, horizon, chosen, beside))
        booked, together = np.ceil(beside.booked[some]), moments(y, horizon, model.half_life, exposure)[1][some]
        beyond = _quantiles(model.levels, *beyond_booked(mean, variance, together, booked), spread)
        q[some] = np.maximum.accumulate(booked.sum(axis=1)[:, None] + beyond, axis=1)
    return q


def _asked(
    model: "Model", y: Floats, horizon: int, spread: Spread | None, exposure: Exposure | None, booked: Floats | None
) -> Floats:  # fmt: skip
    """Quantiles at the model's levels; where orders are ``booked``, those of demand that is at least so much."""
    mean, variance = moments(y, horizon, model.half_life, exposure)
    q = _quantiles(model.levels, mean, variance, spread)
    if booked is not None and (booked > 0).any():
        some = booked > 0
        below = _share_below(booked[some], mean[some], variance[some])
        q[some] = np.stack(
            [quantile(below + level * (1 - below), mean[some], variance[some]) for level in model.levels], axis=1
        )  # fmt: skip
        q[some] = np.maximum(q[some], booked[some][:, None])
    return np.maximum.accumulate(q, axis=1)


def _share_below(value: Floats, mean: Floats, variance: Floats) -> Floats:
    """The probability of demand below ``value``, at most nearly 1."""
    low, _ = _between(value, mean, variance)
    return np.minimum(low, 0.9999)


class _Blocks:
    """Quantiles of blocks of items; it goes to workers whole."""

    def __init__(self, levels: tuple[float, ...], mean: Floats, variance: Floats) -> None:
        self.levels, self.mean, self.variance = levels, mean, variance

    def __call__(self, block: int) -> Floats:
        """[BLOCK, levels] of one block."""
        span = slice(block * BLOCK, (block + 1) * BLOCK)
        return np.stack([quantile(level, self.mean[span], self.variance[span]) for level in self.levels], axis=1)


def _quantiles(levels: tuple[float, ...], mean: Floats, variance: Floats, spread: Spread | None) -> Floats:
    """[n, levels]; each item's quantile depends on nothing but its own moments, so blocks may go anywhere."""
    work, blocks = _Blocks(levels, mean, variance), range(-(-len(mean) // BLOCK))
    return np.concatenate(spread(work, blocks) if spread is not None and len(blocks) > 1 else [work(k) for k in blocks])


def moments(y: Floats, horizon: int, half_life: float, exposure: Exposure | None = None) -> tuple[Floats, Floats]:
    """Mean and variance [n] of the sum over ``horizon`` periods, from y [n, T]; without an ``exposure`` all periods are alike."""
    n, T = y.shape
    age = np.arange(T)[::-1]
    weight = np.ones(T) if np.isinf(half_life) else 0.5 ** (age / half_life)
    weight /= weight.sum()
    if exposure is not None:
        return _exposed(y, weight, exposure)
    effective = 1.0 / np.sum(weight**2)
    own = y @ weight
    pool = float(own.mean())
    if pool <= 0:
        return np.zeros(n), np.zeros(n)
    # Dispersion (variance over mean) of each item, itself drawn to the pool's.
    spread = np.square(y - own[:, None]) @ weight * (effective / max(effective - 1.0, 0.5))
    pooled_ratio = float(spread.sum() / own.sum())
    ratio = (effective * spread + POOLED_PERIODS * pooled_ratio * pool) / (effective * own + POOLED_PERIODS * pool)
    ratio = np.maximum(ratio, 1e-6)
    # Gamma prior of the rates by moments: between-item variance = variance of the means less their noise.
    between = (
        max(float(own.var()) - float(np.mean(ratio * own)) / effective, 1e-9 * pool**2) if n > 1 else 1e3 * pool**2
    )
    # A few fast movers must not make the prior flat for all the others.
    between = min(between, 4.0 * pool**2)
    rate_b = PRIOR_SHARE * pool / between
    strength = effective / ratio
    mean_rate = (rate_b * pool + strength * own) / (rate_b + strength)
    uncertainty = mean_rate / (rate_b + strength)
    return horizon * mean_rate, horizon * ratio * mean_rate + horizon**2 * uncertainty


def _exposed(y: Floats, weight: Floats, exposure: Exposure) -> tuple[Floats, Floats]:
    """As ``moments``, with rates for an exposure of 1, and each item's drawn to its group's, or to that of the part that it is like."""
    factor, sold = exposure.past, exposure.past > 0
    there = sold @ weight
    effective = np.square(there) / np.maximum(sold @ np.square(weight), 1e-12)
    exposed = factor @ weight
    own = np.where(exposed > 0, (y * sold) @ weight / np.maximum(exposed, 1e-12), 0.0)
    seen = effective > 0
    pool = float((own * exposed).sum() / max(exposed.sum(), 1e-12))
    if pool <= 0:
        return np.zeros(len(y)), np.zeros(len(y))
    spread = (np.square(y - own[:, None] * factor) * sold) @ weight / np.maximum(there, 1e-12)
    spread *= effective / np.maximum(effective - 1.0, 0.5)
    demand = own * exposed / np.maximum(there, 1e-12)
    pooled_ratio = float(spread[seen].sum() / max(demand[seen].sum(), 1e-12))
    ratio = (effective * spread + 10.0 * pooled_ratio * pool) / (effective * demand + 10.0 * pool)
    ratio = np.maximum(ratio, 1e-6)
    strength = effective * exposed / np.maximum(there, 1e-12) / ratio
    # The mean of each group, drawn to the pool's with the weight of five items.
    members = np.bincount(exposure.group, seen)
    groups = (np.bincount(exposure.group, own * seen) + 5.0 * pool) / (members + 5.0)
    prior = groups[exposure.group]
    noise = float(np.mean((ratio * own / np.maximum(effective, 1e-12))[seen]))
    between = (
        max(float(np.mean(np.square(own - prior)[seen])) - noise, 1e-9 * pool**2) if seen.sum() > 1 else 1e3 * pool**2
    )
    between_of = np.minimum(between * np.square(prior / pool), 4.0 * prior**2)
    like = exposure.like >= 0
    for _ in range(2):  # the part that it is like may itself be like another
        rate_b = prior / between_of
        rate = (rate_b * prior + strength * own) / (rate_b + strength)
        prior = np.where(like, np.maximum(rate[exposure.like], 1e-3 * pool), prior)
        between_of = np.where(like, np.square(LIKE_SPREAD * prior), between_of)
    rate_b = prior / between_of
    rate = (rate_b * prior + strength * own) / (rate_b + strength)
    ahead = exposure.ahead.sum(axis=1)
    return ahead * rate, ahead * ratio * rate + np.square(ahead) * rate / (rate_b + strength)


def quantile(level: float | Floats, mean: Floats, variance: Floats) -> Floats:
    """Quantile of the negative binomial (over-dispersed) or rounded normal (under-dispersed) with these moments."""
    from scipy.special import ndtri
    from scipy.stats import nbinom

    levels = np.broadcast_to(np.asarray(level, float), mean.shape)
    out = np.maximum(0.0, np.ceil(mean + ndtri(levels) * np.sqrt(variance) - 0.5))
    small = (variance > mean * 1.000001) & (mean <= 1e6)
    m, v = mean[small], variance[small]
    out[small] = nbinom.ppf(levels[small], m**2 / (v - m), m / v)
    return np.asarray(out, np.float64)


Context = tuple[Beside, int, bool]
"""What is known beside the history, the season's length, and whether items have their own."""


def learn(y: Floats, horizon: int, spread: Spread | None = None, context: Context | None = None) -> Model:
    """Half-life and calibrated levels from rolling origins inside ``y``; defaults where history is too short."""
    ends = _origins(y.shape[1], horizon)
    if not ends:
        return Model(16.0, LEVELS)
    scale = np.maximum(np.abs(np.diff(y, axis=1)).mean(axis=1), 1e-9 + 0.05 * y.mean())
    known = _known(y, ends, horizon, context)
    losses = [_loss(y, horizon, half_life, known, scale, spread).mean() for half_life in HALF_LIVES]
    half_life = HALF_LIVES[int(np.argmin(losses))]
    return Model(half_life, _calibrated(y, horizon, half_life, known))


def _origins(T: int, horizon: int, least: int = LEAST_PERIODS) -> list[int]:
    """How much of the history is known at each origin."""
    return [
        T - horizon * k for k in range(1, MOST_ORIGINS + 1) if T - horizon * k >= max(least, LEAST_PERIODS, horizon)
    ]


def _loss(
    y: Floats, horizon: int, half_life: float, known: Mapping[int, Exposure | None], scale: Floats, spread: Spread | None
) -> Floats:  # fmt: skip
    """[n] the mean scaled pinball loss of the 75 and 95 % quantiles at past origins."""
    loss = np.zeros(len(y))
    for end, exposure in known.items():
        mean, variance = moments(y[:, :end], horizon, half_life, exposure)
        actual = y[:, end : end + horizon].sum(axis=1)
        quantiles = _quantiles(JUDGED, mean, variance, spread)
        for k, level in enumerate(JUDGED):
            loss += pinball(actual, quantiles[:, k], level) / scale
    return loss / max(1, len(known))


def _known(y: Floats, ends: list[int], horizon: int, context: Context | None) -> dict[int, Exposure | None]:
    """The exposure at each origin as it would have been learned from what was known then."""
    if context is None:
        return dict.fromkeys(ends)
    beside, season, own = context
    return {end: exposure_of(y[:, :end], beside.until(end, horizon), season, own) for end in ends}


def _calibrated(y: Floats, horizon: int, half_life: float, known: Mapping[int, Exposure | None]) -> tuple[float, ...]:
    """Levels moved so that past quantiles covered as often as promised, as far as the number of checks can tell.

    An actual x lies between F(x - 1) and F(x). The median is moved by randomised probability integral transforms, in
    expectation; the levels above it, which promise to cover, by how often the whole quantile covered: F(x - 1) < level.
    """
    low, high = [], []
    for end, exposure in known.items():
        mean, variance = moments(y[:, :end], horizon, half_life, exposure)
        actual = y[:, end : end + horizon].sum(axis=1)
        keep = mean > 0
        if exposure is not None:
            keep &= (exposure.ahead > 0).all(axis=1)
        below, up_to = _between(actual[keep], mean[keep], variance[keep])
        low.append(below)
        high.append(up_to)
    a, b = np.concatenate(low), np.concatenate(high)
    checks = len(a)
    if checks == 0:
        return LEVELS
    levels = []
    grid = np.concatenate([np.linspace(0.02, 0.98, 97), 1 - np.geomspace(0.0195, 0.0005, 40)])
    middle = np.array([np.mean(np.clip((g - a) / np.maximum(b - a, 1e-12), 0, 1)) for g in grid])
    covered = np.searchsorted(np.sort(a), grid) / checks
    for level in LEVELS:
        moved = float(np.interp(level, np.maximum.accumulate(middle if level <= 0.5 else covered), grid))
        # Trust the moved level by how many misses it rests on: 20 expected misses count as much as the model.
        trust = checks * (1 - level) / (checks * (1 - level) + 20.0)
        levels.append(min(max(trust * moved + (1 - trust) * level, 0.01), 0.9995))
    return tuple(np.maximum.accumulate(levels).tolist())


def _between(x: Floats, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """F(x - 1) and F(x)."""
    from scipy.stats import nbinom, norm

    sd = np.sqrt(np.maximum(variance, 1e-300))
    low, high = norm.cdf((x - 0.5 - mean) / sd), norm.cdf((x + 0.5 - mean) / sd)
    over = (variance > mean * 1.000001) & (mean <= 1e6)
    m, v = mean[over], variance[over]
    shape, p = m**2 / (v - m), m / v
    low[over], high[over] = nbinom.cdf(x[over] - 1, shape, p), nbinom.cdf(x[over], shape, p)
    return low, high
