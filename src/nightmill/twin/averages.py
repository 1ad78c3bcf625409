"""Means and quantiles of what replications gave."""

import math
from collections.abc import Sequence


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean; 0 of nothing."""
    return math.fsum(values) / len(values) if values else 0.0


def quantile(values: Sequence[float], share: float) -> float:
    """Linear between order statistics (Hyndman & Fan 1996, type 7); infinite where it touches an infinite value."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    weight = place - low
    if weight == 0.0:
        return ordered[low]
    return ordered[low] * (1.0 - weight) + ordered[high] * weight
