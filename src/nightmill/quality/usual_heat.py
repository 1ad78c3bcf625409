"""From maps of how unlike good each place is to one figure a picture, with what good parts usually show taken off.

Maps of good images, each made by a model that has not seen it, give the usual heat of every place (neighbours share
theirs) and how the worst places of a good picture usually read: a hole heats one place, a wrong finish a sixth of
them, so the mean of the worst places is read at several shares, each in its own spread over good parts, and the most
telling counts most (a soft maximum, as in scan statistics: Glaz, Naus & Wallenstein, Scan Statistics, 2001).
"""

import numpy as np
from numpy.typing import NDArray

from nightmill.quality.image_features import Floats

Levels = NDArray[np.float64]

# shares of the places, the first a single one of a thousand
_SHARES = (0.0005, 0.003, 0.01, 0.05, 0.15)
# in places of the grid
_REACH = 1.5


def usual_heat(maps: Floats) -> Floats:
    """(grid, grid) mean of (n, grid, grid) maps of good images."""
    from scipy.ndimage import gaussian_filter

    smooth: Floats = gaussian_filter(maps.mean(axis=0), _REACH, mode="nearest", truncate=3.0)
    return smooth


def worst_places(heat: Floats) -> Levels:
    """Means of the worst places at each of the shares, of one map."""
    falling = np.sort(heat, axis=None)[::-1].astype(np.float64)
    counts = [max(1, round(len(falling) * share)) for share in _SHARES]
    means: Levels = np.cumsum(falling[: counts[-1]])[np.array(counts) - 1] / counts
    return means


def usual_levels(worst: Levels) -> Levels:
    """(2, shares): median, and ninth decile less median, of (n, shares) figures of good images."""
    middle, high = np.quantile(worst, (0.5, 0.9), axis=0)
    return np.stack([middle, np.maximum(high - middle, 1e-6)])


def figure(worst: Levels, levels: Levels) -> float:
    """One positive figure of a picture's ``worst_places``; about 1 for the median good one, higher is worse."""
    away = (worst - levels[0]) / levels[1]
    return float(np.logaddexp.reduce(np.append(away, 0.0)))


def held_out_figures(maps: Floats) -> NDArray[np.float64]:
    """The figure of each of (n, grid, grid) maps of good images, n at least 2, its own map left out of what is usual."""
    n, total = len(maps), usual_heat(maps)
    away = np.stack([own - (total * n - usual_heat(own[None])) / (n - 1) for own in maps])
    worst = np.stack([worst_places(heat) for heat in away])
    levels = usual_levels(worst)
    return np.array([figure(each, levels) for each in worst])
