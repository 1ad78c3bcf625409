"""Learn the half-life, the season and calibrated quantile levels from a history.

They are learned on rolling origins in the same history. The half-life is the one with the lowest pinball loss. A season, of the pool or
of each item, is used if it would have reduced the loss. Each quantile level is moved until past quantiles held as often as promised
(conformal calibration of levels).
"""

from collections.abc import Mapping

import msgspec
import numpy as np

from nightmill.forecasting.covariates import SEASONS, Beside, Exposure, exposure_of
from nightmill.forecasting.gamma_poisson import between, moments, quantile
from nightmill.forecasting.scores import JUDGED, LEVELS, SURE, Floats, Spread, pinball
from nightmill.stats.conformal import trusted_level

HALF_LIVES = (4.0, 8.0, 16.0, 32.0, np.inf)
MOST_ORIGINS = 6
LEAST_PERIODS = 4
BLOCK = 4000
"""Number of items per block sent to a worker."""
LEAST_GAIN = 0.01
"""Fraction by which a season must reduce the loss."""
MOST_TRIED = 1000
TRIED_HALF_LIVES = (16.0, np.inf)
"""Number of items on which seasons are tried, and half-lives tried with each."""
PRIOR_MISSES = 20.0
"""Number of expected misses at which a calibrated level has the same weight as the model's."""
Context = tuple[Beside, int, bool]
"""The covariates, the season's length, and whether items have their own season."""


class Model(msgspec.Struct, frozen=True):
    """Results learned from a history: the half-life of the mean, and the calibrated levels."""

    half_life: float
    levels: tuple[float, ...]


def learn(y: Floats, horizon: int, spread: Spread | None = None, context: Context | None = None) -> Model:
    """Return the half-life and calibrated levels from rolling origins inside ``y``; defaults if the history is too short."""
    ends = _origins(y.shape[1], horizon)
    if not ends:
        return Model(16.0, LEVELS)
    scale = np.maximum(np.abs(np.diff(y, axis=1)).mean(axis=1), 1e-9 + 0.05 * y.mean())
    known = _known(y, ends, horizon, context)
    losses = [_loss(y, horizon, half_life, known, scale, spread).mean() for half_life in HALF_LIVES]
    half_life = HALF_LIVES[int(np.argmin(losses))]
    return Model(half_life, _calibrated(y, horizon, half_life, known))


def nothing_beside(y: Floats, horizon: int) -> Beside:
    """Return the default covariates for y [n, T]: every item on sale all along, no promotions, no bookings, no groups."""
    n, T = y.shape
    shape = (n, T + horizon)
    nobody = np.zeros(n, np.int64)
    return Beside(np.ones(shape, bool), np.zeros(shape, bool), np.zeros((n, horizon)), nobody, nobody - 1)


def find_season(y: Floats, beside: Beside, horizon: int, season: int = 0) -> tuple[int, bool]:
    """Return the season length and whether items have their own season: the choice that would have reduced the loss at past origins.

    (1, False), which is no season, if no season would have reduced it.
    """
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


def _origins(T: int, horizon: int, least: int = LEAST_PERIODS) -> list[int]:
    """Return the length of known history at each origin."""
    return [
        T - horizon * k for k in range(1, MOST_ORIGINS + 1) if T - horizon * k >= max(least, LEAST_PERIODS, horizon)
    ]


def _loss(
    y: Floats, horizon: int, half_life: float, known: Mapping[int, Exposure | None], scale: Floats, spread: Spread | None
) -> Floats:  # fmt: skip
    """Return the mean scaled pinball loss [n] of the 75 and 95 % quantiles at past origins."""
    loss = np.zeros(len(y))
    for end, exposure in known.items():
        mean, variance = moments(y[:, :end], horizon, half_life, exposure)
        actual = y[:, end : end + horizon].sum(axis=1)
        quantiles = at_levels(JUDGED, mean, variance, spread)
        for k, level in enumerate(JUDGED):
            loss += pinball(actual, quantiles[:, k], level) / scale
    return loss / max(1, len(known))


def _known(y: Floats, ends: list[int], horizon: int, context: Context | None) -> dict[int, Exposure | None]:
    """Return the exposure at each origin as it would have been learned from the data known then."""
    if context is None:
        return dict.fromkeys(ends)
    beside, season, own = context
    return {end: exposure_of(y[:, :end], beside.until(end, horizon), season, own) for end in ends}


def _calibrated(y: Floats, horizon: int, half_life: float, known: Mapping[int, Exposure | None]) -> tuple[float, ...]:
    """Return levels moved so that past quantiles covered as often as promised, as far as the number of checks allows.

    An actual x lies between F(x - 1) and F(x). The median is moved by randomised probability integral transforms, in expectation. The
    levels above it, which promise coverage, are moved by how often the whole quantile covered: F(x - 1) < level.
    """
    low, high = [], []
    for end, exposure in known.items():
        mean, variance = moments(y[:, :end], horizon, half_life, exposure)
        actual = y[:, end : end + horizon].sum(axis=1)
        keep = mean > 0
        if exposure is not None:
            keep &= (exposure.ahead > 0).all(axis=1)
        below, up_to = between(actual[keep], mean[keep], variance[keep])
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
        trusted = trusted_level(moved, level, checks * (1 - level), PRIOR_MISSES)
        levels.append(min(max(trusted, 0.01), 0.9995))
    return tuple(np.maximum.accumulate(levels).tolist())


class _Blocks:
    """Quantiles for blocks of items; sent to workers as one object."""

    def __init__(self, levels: tuple[float, ...], mean: Floats, variance: Floats) -> None:
        self.levels, self.mean, self.variance = levels, mean, variance

    def __call__(self, block: int) -> Floats:
        """Return the quantiles [BLOCK, levels] for one block."""
        span = slice(block * BLOCK, (block + 1) * BLOCK)
        return np.stack([quantile(level, self.mean[span], self.variance[span]) for level in self.levels], axis=1)


def at_levels(levels: tuple[float, ...], mean: Floats, variance: Floats, spread: Spread | None) -> Floats:
    """Return quantiles [n, levels]; each item's quantile depends only on its own moments, so blocks can be computed anywhere."""
    work, blocks = _Blocks(levels, mean, variance), range(-(-len(mean) // BLOCK))
    return np.concatenate(spread(work, blocks) if spread is not None and len(blocks) > 1 else [work(k) for k in blocks])
