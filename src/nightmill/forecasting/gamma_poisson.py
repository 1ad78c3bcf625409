"""The demand model of each item: mean and variance of the coming periods' sum, and the quantiles of that distribution.

Each item's rate is an exponentially weighted mean, shrunk to the pool by an empirical-Bayes gamma prior (Clayton & Kaldor 1987) whose
strength follows from the real differences between items. The sum over H periods is negative binomial, and its variance is that of the
noise plus that of the rate.
"""

import numpy as np

from nightmill.forecasting.covariates import Exposure
from nightmill.forecasting.scores import Floats

POOLED_PERIODS = 3.0
"""Weight of the pool's dispersion against an item's own, in periods of demand."""
PRIOR_SHARE = 0.7
"""Weight of the gamma prior of the rates. Real rates have a heavier tail, and the full prior would shrink fast movers too much."""
ONE_PERIOD = 1.0 + 1e-9
LIKE_SPREAD = 0.5
"""Deviation of a part's rate from that of the part it resembles, as a fraction of it."""


def moments(y: Floats, horizon: int, half_life: float, exposure: Exposure | None = None) -> tuple[Floats, Floats]:
    """Return the mean and variance [n] of the sum over ``horizon`` periods of y [n, T]; without ``exposure`` all periods are alike."""
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
    spread = np.square(y - own[:, None]) @ weight * (effective / max(effective - 1.0, 0.5))
    ratio = _dispersion(spread, own, effective, pool, float(spread.sum() / own.sum()))
    # Gamma prior of the rates by moments: between-item variance = variance of the means minus their noise.
    between = (
        max(float(own.var()) - float(np.mean(ratio * own)) / effective, 1e-9 * pool**2) if n > 1 else 1e3 * pool**2
    )
    # A few fast movers must not make the prior flat for all other items.
    between = min(between, 4.0 * pool**2)
    rate_b = PRIOR_SHARE * pool / between
    strength = effective / ratio
    mean_rate = (rate_b * pool + strength * own) / (rate_b + strength)
    uncertainty = mean_rate / (rate_b + strength)
    return horizon * mean_rate, horizon * ratio * mean_rate + horizon**2 * uncertainty


def _dispersion(spread: Floats, demand: Floats, effective: float | Floats, pool: float, pooled_ratio: float) -> Floats:
    """Return each item's variance over mean per period, shrunk to the pool's with a weight of ``POOLED_PERIODS`` of its demand.

    1 (Poisson distribution) if no item was sold in two periods, since nothing shows how demand scatters.
    """
    if np.max(effective) <= ONE_PERIOD:
        return np.ones_like(demand)
    own, others = effective * spread, POOLED_PERIODS * pooled_ratio * pool
    return np.maximum((own + others) / (effective * demand + POOLED_PERIODS * pool), 1e-6)


def _exposed(y: Floats, weight: Floats, exposure: Exposure) -> tuple[Floats, Floats]:
    """Like ``moments``, with rates per unit of exposure; each rate is shrunk to the group's, or to that of the part it resembles."""
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
    ratio = _dispersion(spread, demand, effective, pool, pooled_ratio)
    strength = effective * exposed / np.maximum(there, 1e-12) / ratio
    # The mean of each group, shrunk to the pool's mean, which has the weight of five items.
    members = np.bincount(exposure.group, seen)
    groups = (np.bincount(exposure.group, own * seen) + 5.0 * pool) / (members + 5.0)
    prior = groups[exposure.group]
    noise = float(np.mean((ratio * own / np.maximum(effective, 1e-12))[seen]))
    between = (
        max(float(np.mean(np.square(own - prior)[seen])) - noise, 1e-9 * pool**2) if seen.sum() > 1 else 1e3 * pool**2
    )
    between_of = np.minimum(between * np.square(prior / pool), 4.0 * prior**2)
    like = exposure.like >= 0
    for _ in range(2):  # the part that it resembles may in turn resemble another part
        rate_b = prior / between_of
        rate = (rate_b * prior + strength * own) / (rate_b + strength)
        prior = np.where(like, np.maximum(rate[exposure.like], 1e-3 * pool), prior)
        between_of = np.where(like, np.square(LIKE_SPREAD * prior), between_of)
    rate_b = prior / between_of
    rate = (rate_b * prior + strength * own) / (rate_b + strength)
    ahead = exposure.ahead.sum(axis=1)
    return ahead * rate, ahead * ratio * rate + np.square(ahead) * rate / (rate_b + strength)


def quantile(level: float | Floats, mean: Floats, variance: Floats) -> Floats:
    """Return a quantile of the negative binomial (over-dispersed) or rounded normal (under-dispersed) with these moments."""
    from scipy.special import ndtri
    from scipy.stats import nbinom

    levels = np.broadcast_to(np.asarray(level, float), mean.shape)
    out = np.maximum(0.0, np.ceil(mean + ndtri(levels) * np.sqrt(variance) - 0.5))
    small = (variance > mean * 1.000001) & (mean <= 1e6)
    m, v = mean[small], variance[small]
    out[small] = nbinom.ppf(levels[small], m**2 / (v - m), m / v)
    return np.asarray(out + 0.0, np.float64)  # turns -0 into 0


def between(x: Floats, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Return F(x - 1) and F(x)."""
    from scipy.stats import nbinom, norm

    sd = np.sqrt(np.maximum(variance, 1e-300))
    low, high = norm.cdf((x - 0.5 - mean) / sd), norm.cdf((x + 0.5 - mean) / sd)
    over = (variance > mean * 1.000001) & (mean <= 1e6)
    m, v = mean[over], variance[over]
    shape, p = m**2 / (v - m), m / v
    low[over], high[over] = nbinom.cdf(x[over] - 1, shape, p), nbinom.cdf(x[over], shape, p)
    return low, high
