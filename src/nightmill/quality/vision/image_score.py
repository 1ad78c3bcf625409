"""Reduce an image's heat maps to one score, after subtracting the heat that good parts usually show.

The maps of good images, each made by a model that hasn't seen that image, give the usual heat of every place (smoothed
with its neighbours) and the usual values of the worst places. A hole heats one place; a wrong finish heats a sixth of them.
So the mean of the worst places is taken at several fractions, each in units of its own spread over good parts, and the
most significant mean dominates (a soft maximum, as in scan statistics: Glaz, Naus & Wallenstein, Scan Statistics, 2001).
If good images are warmer or cooler as a whole, their values rise and fall together, and a defect breaks that pattern.
The Mahalanobis distance then counts as well, with a weight that grows with the correlation.
"""

import numpy as np
from numpy.typing import NDArray

from nightmill.quality.vision.filter_bank import Floats

Levels = NDArray[np.float64]

# fractions of the places; the first is a single place in a thousand
_SHARES = (0.0005, 0.003, 0.01, 0.05, 0.15)
# the correlation of a single place with the widest fraction above which the distance counts, and the range over which its
# weight grows: parts with a varying surface reach 0.9, other parts and plain surfaces 0.5 to 0.75
_TOGETHER, _DISTANCE = 0.75, 8.0
# in spreads of the good images: values farther out don't enter the correlation
_ODD = 4.0
# fraction of the mean variance that is added to each variance
_RIDGE = 0.02
# in places of the grid
_REACH = 1.5
# standard deviations from the median to the lowest decile of a normal distribution
_DECILE_SD = 1.2816
# in such deviations above the median: a small fraction of good images is this far out as well
_FAR, _SUSPECT = 2.5, 2.3
_USUAL_FAR = 0.045
# one in fifty good surfaces is this far above the median; the way they look can only be learned from them
_DOUBTED = 3.3
# in such deviations: images beyond the first limit are left out of the usual heat. Images beyond the second are also
# left out of the limit if there are more of them than good images ever produce. The third value is the number of
# rounds.
_BEYOND, _CLEARLY, _ROUNDS = 3.0, 5.0, 3
# a fraction of all images, plus a few more to allow for chance if there are few images
_CLEARLY_FAR, _SOME_MORE = 0.07, 3
# with at least this many images, the spread of the lower half is known well enough
_ENOUGH = 30


def usual_heat(maps: Floats) -> Floats:
    """Return the mean (readings, grid, grid) of maps (n, readings, grid, grid) of good images."""
    from scipy.ndimage import gaussian_filter

    smooth: Floats = gaussian_filter(maps.mean(axis=0), (0.0, _REACH, _REACH), mode="nearest", truncate=3.0)
    return smooth


def worst_places(heat: Floats) -> Levels:
    """Return the means of the worst places at each of the fractions, for each reading of one map (readings, grid, grid)."""
    falling = np.sort(heat.reshape(len(heat), -1), axis=1)[:, ::-1].astype(np.float64)
    counts = [max(1, round(falling.shape[1] * share)) for share in _SHARES]
    means: Levels = np.cumsum(falling[:, : counts[-1]], axis=1)[:, np.array(counts) - 1] / counts
    return means.ravel()


def usual_levels(worst: Levels) -> Levels:
    """Return levels (2 + figures, figures) for the values (n, figures) of good images.

    The rows are the median, the ninth decile minus the median, and a matrix. The matrix times an image's distances from
    the median, in ninth deciles, has the length of its weighted Mahalanobis distance.
    """
    middle, spread = _spread(worst)
    off = _off(worst, middle, spread)
    return np.vstack([middle, spread, _distance(off, _weight(off))])


def figure(worst: Levels, levels: Levels) -> float:
    """Return one positive score of an image's ``worst_places``: about 1 for the median good image, higher is worse.

    ``levels`` come from ``usual_levels``; older models have only the first two rows and use no distance.
    """
    away = (worst - levels[0]) / levels[1]
    # an image that is calmer than good images isn't worse for that
    warm = 1 / (1 + np.exp(-2 * np.clip(away.mean(), -50, 50)))
    return float(np.logaddexp.reduce(np.append(away, 0.0)) + warm * np.linalg.norm(levels[2:] @ away))


def held_out_levels(maps: Floats, *, distance: bool = True) -> tuple[NDArray[np.float64], Levels]:
    """Return scores (n,) of maps (n, readings, grid, grid) of good images, n at least 3, and the levels they are based on.

    Each image's own map is left out of the usual heat and of the correlation. A new image isn't part of either, so the
    levels are valid for it too; levels computed from maps that include themselves would be too low.
    """
    n, total = len(maps), usual_heat(maps)
    away = np.stack([own - (total * n - usual_heat(own[None])) / (n - 1) for own in maps])
    worst = np.stack([worst_places(heat) for heat in away])
    levels = usual_levels(worst)
    off = _off(worst, levels[0], levels[1])
    weight = _weight(off)
    if not weight or not distance:
        return np.array([figure(each, levels[:2]) for each in worst]), levels[:2]
    figures = []
    for own in range(n):
        others = np.vstack([levels[:2], _distance(np.delete(off, own, axis=0), weight)])
        figures.append(figure(worst[own], others))
    return np.array(figures), levels


def _spread(worst: Levels) -> tuple[Levels, Levels]:
    middle, high = np.quantile(worst, (0.5, 0.9), axis=0)
    return middle, np.maximum(high - middle, 1e-6)


def _off(worst: Levels, middle: Levels, spread: Levels) -> Levels:
    return np.asarray(np.clip((worst - middle) / spread, -_ODD, _ODD))


def _weight(off: Levels) -> float:
    """Return the weight of the distance: the mean correlation, over readings, of a single place with the widest fraction."""
    shares = len(_SHARES)
    firsts, lasts = off[:, ::shares], off[:, shares - 1 :: shares]
    spreads = firsts.std(axis=0) * lasts.std(axis=0)
    both = ((firsts - firsts.mean(axis=0)) * (lasts - lasts.mean(axis=0))).mean(axis=0)
    together = float(np.mean(both / np.maximum(spreads, 1e-9)))
    return _DISTANCE * max(0.0, together - _TOGETHER)


def _distance(off: Levels, weight: float) -> Levels:
    """Return (figures, figures): ``weight`` times the inverse root of the covariance of the values (n, figures)."""
    count = off.shape[1]
    covariance = np.cov(off, rowvar=False).reshape(count, count)
    covariance += (_RIDGE * np.trace(covariance) / count + 1e-9) * np.eye(count)
    root: Levels = weight * np.linalg.inv(np.linalg.cholesky(covariance))
    return root


def trusted(maps: Floats) -> Floats | None:
    """Return weights (n,), 0 to 1, of the images given as good; None if all count in full.

    ``maps`` are (n, readings, grid, grid), each by a model that hasn't seen the image. Bad images among the good ones
    are suspected if more than a few scores are far above the rest, measured in the spread of the lower half, which bad
    images don't affect. In that case the images farthest out count little. All others count in full, even their hot
    places: they include rare kinds of good parts, and a model that hardly learned these kinds would reject many new parts.
    """
    above = _suspicious(maps)
    if above is None:
        return None
    trust: Floats = (np.minimum(1.0, _DOUBTED / np.maximum(above, 1e-6)) ** 4).astype(np.float32)
    return trust


def suspects(maps: Floats) -> NDArray[np.bool_]:
    """Return (n,): the images that stand out if the good set contains bad images; none if it doesn't."""
    above = _suspicious(maps)
    return np.zeros(len(maps), dtype=bool) if above is None else above > _SUSPECT


def without_bad(maps: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return two masks (n,): images that define the usual heat, and images that are clearly bad, if ``trusted`` doubts
    some.

    ``maps`` (n, readings, grid, grid) come from a model with that trust. Only the first kind defines the usual heat,
    over a few rounds: bad images would widen it, and more bad parts would pass. An image is clearly bad only if so many
    good images of one kind would hardly ever be so far out, since the limit must hold for all good parts. A rare kind
    may still be mistaken for bad.
    """
    figures = held_out_levels(maps, distance=False)[0]
    above = _above(figures, figures)
    for _ in range(_ROUNDS - 1):
        kept = above <= _BEYOND
        usual = usual_heat(maps[kept])
        worst = np.stack([worst_places(heat - usual) for heat in maps])
        levels = usual_levels(worst[kept])[:2]
        figures = np.array([figure(each, levels) for each in worst])
        above = _above(figures, figures[kept])
    bad = above > _CLEARLY
    return above <= _BEYOND, bad & (bad.sum() > _SOME_MORE + _CLEARLY_FAR * len(maps))


def _suspicious(maps: Floats) -> NDArray[np.float64] | None:
    """Return how far each image is above the others (``_above``) if more than a few are far out; otherwise None."""
    if len(maps) < _ENOUGH:
        return None
    own = held_out_levels(maps, distance=False)[0]
    above = _above(own, own)
    return above if np.sum(above > _FAR) > 1 + _USUAL_FAR * len(maps) else None


def _above(figures: NDArray[np.float64], among: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the logs of ``figures`` are above the median log of ``among``, in spreads of its lower half."""
    logs = np.log(among)
    middle = np.median(logs)
    away: NDArray[np.float64] = (np.log(figures) - middle) / max(1e-9, (middle - np.quantile(logs, 0.1)) / _DECILE_SD)
    return away
