"""Demand already booked for coming periods: the distribution of further demand, by period and in total.

A period's demand is at least the booked quantity. Given that, the excess has the moments of the negative binomial truncated from below;
its factorial moments follow from negative binomials with one and two more successes. If a booking is so large that the model gives it
practically no probability, the excess has a geometric tail.
"""

import numpy as np

from nightmill.forecasting.scores import Floats

LEAST_CHANCE = 1e-200


def beyond_booked(mean: Floats, variance: Floats, together: Floats, booked: Floats) -> tuple[Floats, Floats]:
    """Return the mean and variance [n] of the sum of demand beyond ``booked`` [n, H], whole pieces, in each period.

    ``mean`` and ``variance`` [n, H] are those of each period's demand, and ``together`` [n] is the variance of their sum. The correlation
    between periods is assumed to be the same as without bookings.
    """
    beyond, spread = _above(mean, variance, booked)
    alone, all_one = variance.sum(axis=1), np.square(np.sqrt(variance).sum(axis=1))
    linked = np.clip((together - alone) / np.maximum(all_one - alone, 1e-12), 0.0, 1.0)
    cut_alone, cut_all_one = spread.sum(axis=1), np.square(np.sqrt(spread).sum(axis=1))
    return beyond.sum(axis=1), cut_alone + linked * (cut_all_one - cut_alone)


def _above(mean: Floats, variance: Floats, booked: Floats) -> tuple[Floats, Floats]:
    """Return the mean and variance of D - b given D >= b, element by element."""
    from scipy.stats import nbinom

    m = np.maximum(mean, 1e-9)  # 0: not sold yet, but already booked
    v = np.maximum(variance, m * 1.0001)
    shape, p = np.square(m) / (v - m), m / v
    chance = nbinom.sf(booked - 1, shape, p)
    sure = np.maximum(chance, LEAST_CHANCE)
    first = m * nbinom.sf(booked - 2, shape + 1, p) / sure
    second = np.square(m) * (1 + 1 / shape) * nbinom.sf(booked - 3, shape + 2, p) / sure
    tail = chance < LEAST_CHANCE
    beyond = np.where(tail, (1 - p) / p, first - booked)
    spread = np.where(tail, (1 - p) / np.square(p), second + first - np.square(first))
    none = booked <= 0
    return np.where(none, mean, np.maximum(beyond, 0.0)), np.where(none, variance, np.maximum(spread, 0.0))
