"""Common definitions for forecasts and their scores: levels, quantile loss, and when a gain is significant."""

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

LEVELS = (0.5, 0.75, 0.9, 0.95, 0.99)
JUDGED = (0.75, 0.95)
"""Levels at which the losses of forecasting methods are compared."""
SURE = 3.0
"""Number of standard errors that the mean gain over items must exceed to count as significant."""
Floats = npt.NDArray[np.float64]
Spread = Callable[[Callable[[int], Floats], Iterable[int]], list[Floats]]
"""A map over workers that keeps the order."""


def pinball(actual: Floats, quantile: Floats, level: float | Floats) -> Floats:
    """Return the quantile loss: level x shortfall + (1 - level) x excess (Koenker & Bassett 1978)."""
    gap = actual - quantile
    return np.maximum(level * gap, (level - 1) * gap)
