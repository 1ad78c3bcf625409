"""Demand as a distribution: quantiles of each period and of their sum, for smooth and intermittent demand.

Each item's rate is an exponentially weighted mean, shrunk to the pool by an empirical-Bayes gamma prior
(Clayton & Kaldor 1987) whose strength follows from how much the items really differ; the sum over H
periods is negative binomial with a variance of noise plus rate uncertainty. What no formula knows, the
half-life of the mean and how much wider real demand is than the model, is learned on rolling origins
of the same history: the pinball loss chooses the half-life, and each quantile level is moved until
past quantiles held as often as promised (conformal calibration of levels).
"""

from collections.abc import Callable, Iterable
from typing import Annotated

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.materials.csvtext import read_records
from nightmill.vocabulary.errors import BadInput, Finding

LEVELS = (0.5, 0.75, 0.9, 0.95, 0.99)
HALF_LIVES = (4.0, 8.0, 16.0, 32.0, np.inf)
MOST_ORIGINS = 6
LEAST_PERIODS = 4
MAX_PERIODS = 20_000
MAX_HORIZON = 1000
BLOCK = 4000
"""Items that go to a worker together."""
Floats = npt.NDArray[np.float64]
Spread = Callable[[Callable[[int], Floats], Iterable[int]], list[Floats]]
"""A map over workers, in order."""


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


class ItemForecast(msgspec.Struct, frozen=True):
    """One item: quantiles of the next H periods' sum and of each period."""

    item: str
    total: TotalQuantiles
    periods: tuple[PeriodQuantiles, ...]


class Forecast(msgspec.Struct, frozen=True):
    """The answer of ``nightmill forecast``."""

    items: tuple[ItemForecast, ...]


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


def forecast(history: tuple[HistoryRow, ...], horizon: int, spread: Spread | None = None) -> Forecast:
    """Quantiles for every item of ``history`` over the next ``horizon`` periods (>= 1); items in order of the file.

    ``spread`` is a map over workers to which the items go in blocks, with the same result as without one.
    Missing rows between the first and the last period of the history are zeros. Raises ``BadInput``.
    """
    if not 1 <= horizon <= MAX_HORIZON:
        raise BadInput(Finding("--horizon", "", str(horizon), f"1 .. {MAX_HORIZON} periods", "Choose another horizon."))
    if not history:
        raise BadInput(Finding("history.csv", "", "no rows", "at least one row", "Add the demand of the past."))
    names = tuple(dict.fromkeys(row.item for row in history))
    start = min(row.period for row in history)
    last = max(row.period for row in history)
    place = {name: i for i, name in enumerate(names)}
    y = np.zeros((len(names), last - start + 1))
    for row in history:
        y[place[row.item], row.period - start] += row.qty
    total = forecast_sum(y, horizon, spread)
    single = total if horizon == 1 else forecast_sum(y, 1, spread)
    items = []
    for i, name in enumerate(names):
        each = tuple(PeriodQuantiles(last + 1 + h, *map(float, single[i])) for h in range(horizon))
        items.append(ItemForecast(name, TotalQuantiles(*map(float, total[i])), each))
    return Forecast(tuple(items))


def forecast_sum(y: Floats, horizon: int, spread: Spread | None = None) -> Floats:
    """[n, 5] quantiles of the sum over the next ``horizon`` periods of histories y [n, T]."""
    model = learn(y, horizon, spread)
    mean, variance = moments(y, horizon, model.half_life)
    return np.maximum.accumulate(_quantiles(model.levels, mean, variance, spread), axis=1)


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


def moments(y: Floats, horizon: int, half_life: float) -> tuple[Floats, Floats]:
    """Mean and variance [n] of the sum over ``horizon`` periods, from y [n, T]."""
    n, T = y.shape
    age = np.arange(T)[::-1]
    weight = np.ones(T) if np.isinf(half_life) else 0.5 ** (age / half_life)
    weight /= weight.sum()
    effective = 1.0 / np.sum(weight**2)
    own = y @ weight
    pool = float(own.mean())
    if pool <= 0:
        return np.zeros(n), np.zeros(n)
    # Dispersion (variance over mean) of each item, itself drawn to the pool's with the weight of ten periods.
    spread = np.square(y - own[:, None]) @ weight * (effective / max(effective - 1.0, 0.5))
    pooled_ratio = float(spread.sum() / own.sum())
    ratio = (effective * spread + 10.0 * pooled_ratio * pool) / (effective * own + 10.0 * pool)
    ratio = np.maximum(ratio, 1e-6)
    # Gamma prior of the rates by moments: between-item variance = variance of the means less their noise.
    between = (
        max(float(own.var()) - float(np.mean(ratio * own)) / effective, 1e-9 * pool**2) if n > 1 else 1e3 * pool**2
    )
    # A few fast movers must not make the prior flat for all the others.
    between = min(between, 4.0 * pool**2)
    rate_b = pool / between
    strength = effective / ratio
    mean_rate = (rate_b * pool + strength * own) / (rate_b + strength)
    uncertainty = mean_rate / (rate_b + strength)
    return horizon * mean_rate, horizon * ratio * mean_rate + horizon**2 * uncertainty


def quantile(level: float, mean: Floats, variance: Floats) -> Floats:
    """Quantile of the negative binomial (over-dispersed) or rounded normal (under-dispersed) with these moments."""
    from scipy.special import ndtri
    from scipy.stats import nbinom

    over = variance > mean * 1.000001
    out = np.zeros_like(mean)
    m, v = mean[over], variance[over]
    large = m > 1e6
    values = np.maximum(0.0, np.ceil(m + ndtri(level) * np.sqrt(v) - 0.5))
    small = ~large
    values[small] = nbinom.ppf(level, m[small] ** 2 / (v[small] - m[small]), m[small] / v[small])
    out[over] = values
    m, v = mean[~over], variance[~over]
    out[~over] = np.maximum(0.0, np.ceil(m + ndtri(level) * np.sqrt(v) - 0.5))
    return out


def learn(y: Floats, horizon: int, spread: Spread | None = None) -> Model:
    """Half-life and calibrated levels from rolling origins inside ``y``; defaults where history is too short."""
    T = y.shape[1]
    ends = [T - horizon * k for k in range(1, MOST_ORIGINS + 1) if T - horizon * k >= max(LEAST_PERIODS, horizon)]
    if not ends:
        return Model(16.0, LEVELS)
    scale = np.maximum(np.abs(np.diff(y, axis=1)).mean(axis=1), 1e-9 + 0.05 * y.mean())
    losses = []
    for half_life in HALF_LIVES:
        loss = 0.0
        for end in ends:
            mean, variance = moments(y[:, :end], horizon, half_life)
            actual = y[:, end : end + horizon].sum(axis=1)
            quantiles = _quantiles((0.75, 0.95), mean, variance, spread)
            for k, level in enumerate((0.75, 0.95)):
                loss += float(np.mean(pinball(actual, quantiles[:, k], level) / scale))
        losses.append(loss)
    half_life = HALF_LIVES[int(np.argmin(losses))]
    return Model(half_life, _calibrated(y, horizon, half_life, ends))


def _calibrated(y: Floats, horizon: int, half_life: float, ends: list[int]) -> tuple[float, ...]:
    """Levels moved so that past quantiles covered as often as promised, as far as the number of checks can tell.

    An actual x lies between F(x - 1) and F(x). The median is moved by randomised probability integral transforms, in
    expectation; the levels above it, which promise to cover, by how often the whole quantile covered: F(x - 1) < level.
    """
    from scipy.stats import nbinom, norm

    low, high = [], []
    for end in ends:
        mean, variance = moments(y[:, :end], horizon, half_life)
        actual = y[:, end : end + horizon].sum(axis=1)
        keep = mean > 0
        m, v, x = mean[keep], variance[keep], actual[keep]
        over = (v > m * 1.000001) & (m <= 1e6)
        m_over, v_over = m[over], v[over]
        shape, p = m_over**2 / (v_over - m_over), m_over / v_over
        sd = np.sqrt(v[~over])
        low += [nbinom.cdf(x[over] - 1, shape, p), norm.cdf((x[~over] - 0.5 - m[~over]) / sd)]
        high += [nbinom.cdf(x[over], shape, p), norm.cdf((x[~over] + 0.5 - m[~over]) / sd)]
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


def pinball(actual: Floats, quantile: Floats, level: float) -> Floats:
    """The quantile loss: level x shortfall + (1 - level) x excess (Koenker & Bassett 1978)."""
    gap = actual - quantile
    return np.maximum(level * gap, (level - 1) * gap)
