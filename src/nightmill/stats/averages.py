"""Means and quantiles of replication results."""

import math
from collections.abc import Sequence


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean; 0 if there are no values."""
    return math.fsum(values) / len(values) if values else 0.0


def quantile(values: Sequence[float], share: float) -> float:
    """Return the quantile, linear between order statistics (Hyndman & Fan 1996, type 7); infinite if it involves an infinite value."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    weight = place - low
    if weight == 0.0:
        return ordered[low]
    return ordered[low] * (1.0 - weight) + ordered[high] * weight


def predictive_quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which a further value of the same kind falls with probability ``share`` (Hyndman & Fan 1996, type 6).

    A further value is between the k-th and the next of n values with probability 1 / (n + 1), so intervals from few replications aren't
    too narrow; the result is limited to the smallest and largest values.
    """
    ordered = sorted(values)
    place = min(max(share * (len(ordered) + 1) - 1.0, 0.0), len(ordered) - 1.0)
    low = math.floor(place)
    weight = place - low
    if weight == 0.0:
        return ordered[low]
    return ordered[low] * (1.0 - weight) + ordered[low + 1] * weight
