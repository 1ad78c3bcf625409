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
# standard deviations from the median to the lowest decile of a normal distribution
_DECILE_SD = 1.2816
# in such deviations above the median; a share of good images lies so far as well
_FAR, _SUSPECT, _STANDS_OUT = 2.5, 2.3, 1.2
_USUAL_FAR = 0.045
# images from which on the spread of the lower half is known well enough
_ENOUGH = 30
# times the median heat of its place
_HOT = 1.3


def usual_heat(maps: Floats) -> Floats:
    """(readings, grid, grid) mean of (n, readings, grid, grid) maps of good images."""
    from scipy.ndimage import gaussian_filter

    smooth: Floats = gaussian_filter(maps.mean(axis=0), (0.0, _REACH, _REACH), mode="nearest", truncate=3.0)
    return smooth


def worst_places(heat: Floats) -> Levels:
    """Means of the worst places at each of the shares, of each reading of one map (readings, grid, grid)."""
    falling = np.sort(heat.reshape(len(heat), -1), axis=1)[:, ::-1].astype(np.float64)
    counts = [max(1, round(falling.shape[1] * share)) for share in _SHARES]
    means: Levels = np.cumsum(falling[:, : counts[-1]], axis=1)[:, np.array(counts) - 1] / counts
    return means.ravel()


def usual_levels(worst: Levels) -> Levels:
    """(2, figures): median, and ninth decile less median, of (n, figures) of good images."""
    middle, high = np.quantile(worst, (0.5, 0.9), axis=0)
    return np.stack([middle, np.maximum(high - middle, 1e-6)])


def figure(worst: Levels, levels: Levels) -> float:
    """One positive figure of a picture's ``worst_places``; about 1 for the median good one, higher is worse."""
    away = (worst - levels[0]) / levels[1]
    return float(np.logaddexp.reduce(np.append(away, 0.0)))


def held_out_levels(maps: Floats) -> tuple[NDArray[np.float64], Levels]:
    """Figures (n,) of (n, readings, grid, grid) maps of good images, n at least 2, and the levels they were read by.

    Of each image its own map is left out of what is usual. A new image's is as well, so that the levels hold for it too:
    levels of maps less what they are part of themselves would be too low.
    """
    n, total = len(maps), usual_heat(maps)
    away = np.stack([own - (total * n - usual_heat(own[None])) / (n - 1) for own in maps])
    worst = np.stack([worst_places(heat) for heat in away])
    levels = usual_levels(worst)
    return np.array([figure(each, levels) for each in worst]), levels


def trusted(maps: Floats) -> Floats | None:
    """(n, grid, grid), 0 to 1: how much each place of images that pass for good should count; None where all do.

    ``maps`` are (n, readings, grid, grid), each by a model that hasn't seen the image. Some bad images among good ones
    show as more than a few whose figure lies far above the others', by the spread of the lower half, which they don't
    reach. Then these count little, and in those that stand out at all the places that are hot for their place.
    """
    from scipy.ndimage import gaussian_filter

    if len(maps) < _ENOUGH:
        return None
    own = np.log(held_out_levels(maps)[0])
    middle = np.median(own)
    above = (own - middle) / max(1e-9, (middle - np.quantile(own, 0.1)) / _DECILE_SD)
    if np.sum(above > _FAR) <= 1 + _USUAL_FAR * len(maps):
        return None
    heat = maps[:, 0]
    warmer = heat / np.maximum(gaussian_filter(np.median(heat, axis=0), 1.0), 1e-6)
    warmer = gaussian_filter(warmer, (0.0, 1.0, 1.0))
    places = np.minimum(1.0, _HOT / np.maximum(warmer, 1e-6)) ** 4
    places[above < _STANDS_OUT] = 1.0
    images = np.minimum(1.0, _SUSPECT / np.maximum(above, 1e-6)) ** 4
    trust: Floats = (places * images[:, None, None]).astype(np.float32)
    return trust
