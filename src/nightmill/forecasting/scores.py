"""How forecasts are asked for and judged: levels, the loss of a quantile, and when a gain is no chance."""

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

LEVELS = (0.5, 0.75, 0.9, 0.95, 0.99)
JUDGED = (0.75, 0.95)
"""Levels at whose loss ways to forecast are held against each other."""
SURE = 3.0
"""Standard errors of the gain over items that it must be above, or it is taken for chance."""
Floats = npt.NDArray[np.float64]
Spread = Callable[[Callable[[int], Floats], Iterable[int]], list[Floats]]
"""A map over workers, in order."""


def pinball(actual: Floats, quantile: Floats, level: float | Floats) -> Floats:
    """The quantile loss: level x shortfall + (1 - level) x excess (Koenker & Bassett 1978)."""
    gap = actual - quantile
    return np.maximum(level * gap, (level - 1) * gap)
