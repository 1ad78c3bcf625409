"""Find how far a triangle extends along the strips of a grid over XY: a long, slanted triangle touches few of the cells in
its bounding box.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

HAIR = 1e-6
"""Fraction of a cell by which the reach is widened."""


@njit(cache=True)
def reach_within(  # pragma: no cover - compiled
    corners: NDArray[np.float64], left: float, right: float
) -> tuple[float, float]:
    """Return lowest and highest y of a triangle (3, 2 or 3) within a strip of x; if the triangle misses the strip, the
    first value is the higher.
    """
    low, high = np.inf, -np.inf
    for c in range(3):
        ax, ay = corners[c, 0], corners[c, 1]
        bx, by = corners[(c + 1) % 3, 0], corners[(c + 1) % 3, 1]
        if ax > bx:
            ax, ay, bx, by = bx, by, ax, ay
        if bx < left or ax > right:
            continue
        first = ay if ax >= left else ay + (left - ax) / (bx - ax) * (by - ay)
        last = by if bx <= right else ay + (right - ax) / (bx - ax) * (by - ay)
        low, high = min(low, first, last), max(high, first, last)
    return low, high
