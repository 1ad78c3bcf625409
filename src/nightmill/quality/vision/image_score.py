"""From maps of how unlike good each place is to one figure a picture, with what good parts usually show taken off.

Maps of good images, each made by a model that has not seen it, give the usual heat of every place (neighbours share
theirs) and how the worst places of a good picture usually read: a hole heats one place, a wrong finish a sixth of
them, so the mean of the worst places is read at several shares, each in its own spread over good parts, and the most
telling counts most (a soft maximum, as in scan statistics: Glaz, Naus & Wallenstein, Scan Statistics, 2001). Where good
pictures are warmer or cooler as a whole, their figures go together, and a fault shows in how they don't: then their
Mahalanobis distance counts too, the more, the closer they go together.
"""

import numpy as np
from numpy.typing import NDArray

from nightmill.quality.vision.filter_bank import Floats

Levels = NDArray[np.float64]

# shares of the places, the first a single one of a thousand
_SHARES = (0.0005, 0.003, 0.01, 0.05, 0.15)
# correlation of a single place with the widest share from which on the distance counts, and how much beyond: parts whose
# surface differs reach 0.9, others and plain surfaces 0.5 to 0.75
_TOGETHER, _DISTANCE = 0.75, 8.0
# of the spread of good pictures: single ones beyond say nothing of how figures go together
_ODD = 4.0
# of the mean variance, added to each
_RIDGE = 0.02
# in places of the grid
_REACH = 1.5
# standard deviations from the median to the lowest decile of a normal distribution
_DECILE_SD = 1.2816
# in such deviations above the median; a share of good images lies so far as well
_FAR, _SUSPECT = 2.5, 2.3
_USUAL_FAR = 0.045
# of good surfaces one in fifty lies so far above; what those show is learned from nowhere else
_DOUBTED = 3.3
# in such deviations: images beyond are left out of what is usual, and those farther out of the limit too, where they are a
# larger share than ever reaches so far of good images; and how often that is looked at anew
_BEYOND, _CLEARLY, _ROUNDS = 3.0, 5.0, 3
# a share of all and, for the chance of few images, some more
_CLEARLY_FAR, _SOME_MORE = 0.07, 3
# images from which on the spread of the lower half is known well enough
_ENOUGH = 30


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
    """(2 + figures, figures) of (n, figures) of good images: median, ninth decile less median, and below the matrix whose
    product with what a picture lies off, in ninth deciles, is as long as its weighted Mahalanobis distance.
    """
    middle, spread = _spread(worst)
    off = _off(worst, middle, spread)
    return np.vstack([middle, spread, _distance(off, _weight(off))])


def figure(worst: Levels, levels: Levels) -> float:
    """One positive figure of a picture's ``worst_places``; about 1 for the median good one, higher is worse.

    ``levels`` are those of ``usual_levels``; the two first rows alone, as in models of before, read no distance.
    """
    away = (worst - levels[0]) / levels[1]
    # a picture calmer than good ones is no worse for it
    warm = 1 / (1 + np.exp(-2 * np.clip(away.mean(), -50, 50)))
    return float(np.logaddexp.reduce(np.append(away, 0.0)) + warm * np.linalg.norm(levels[2:] @ away))


def held_out_levels(maps: Floats, *, distance: bool = True) -> tuple[NDArray[np.float64], Levels]:
    """Figures (n,) of (n, readings, grid, grid) maps of good images, n at least 3, and the levels they were read by.

    Of each image its own map is left out of what is usual, and of how figures go together. A new image's is as well, so
    that the levels hold for it too: levels of maps less what they are part of themselves would be too low.
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
    """How much the distance counts: mean over readings of how a single place goes with the widest share."""
    shares = len(_SHARES)
    firsts, lasts = off[:, ::shares], off[:, shares - 1 :: shares]
    spreads = firsts.std(axis=0) * lasts.std(axis=0)
    both = ((firsts - firsts.mean(axis=0)) * (lasts - lasts.mean(axis=0))).mean(axis=0)
    together = float(np.mean(both / np.maximum(spreads, 1e-9)))
    return _DISTANCE * max(0.0, together - _TOGETHER)


def _distance(off: Levels, weight: float) -> Levels:
    """(figures, figures): ``weight`` times the inverse root of the figures' covariance over (n, figures)."""
    count = off.shape[1]
    covariance = np.cov(off, rowvar=False).reshape(count, count)
    covariance += (_RIDGE * np.trace(covariance) / count + 1e-9) * np.eye(count)
    root: Levels = weight * np.linalg.inv(np.linalg.cholesky(covariance))
    return root


def trusted(maps: Floats) -> Floats | None:
    """(n,), 0 to 1: how much each of the images that pass for good should count; None where all do.

    ``maps`` are (n, readings, grid, grid), each by a model that hasn't seen the image. Some bad images among good ones
    show as more than a few whose figure lies far above the others', by the spread of the lower half, which they don't
    reach. Then those that lie the farthest count little. The others count in full, in their hot places too: good parts
    of a rare kind are among them, and of new ones like these a model that hardly learned them would refuse many.
    """
    above = _suspicious(maps)
    if above is None:
        return None
    trust: Floats = (np.minimum(1.0, _DOUBTED / np.maximum(above, 1e-6)) ** 4).astype(np.float32)
    return trust


def suspects(maps: Floats) -> NDArray[np.bool_]:
    """(n,): which images stand out where bad ones show among the good; none where they don't."""
    above = _suspicious(maps)
    return np.zeros(len(maps), dtype=bool) if above is None else above > _SUSPECT


def without_bad(maps: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(n,) each: which images tell what is usual, and which are clearly bad, where ``trusted`` doubts some.

    ``maps`` (n, readings, grid, grid) are by a model with that trust. What is usual is read of the former alone, in a few
    rounds: bad images among them would widen it, and with it what passes for good. Clearly bad are only so many as good
    ones of one kind hardly ever are: the limit must hold for all good parts. A rare kind among them may be taken for bad.
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
    """How far each image lies ``_above`` the others, where more lie far than a few; else None."""
    if len(maps) < _ENOUGH:
        return None
    own = held_out_levels(maps, distance=False)[0]
    above = _above(own, own)
    return above if np.sum(above > _FAR) > 1 + _USUAL_FAR * len(maps) else None


def _above(figures: NDArray[np.float64], among: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far the logs of ``figures`` lie above the median of those of ``among``, by the spread of their lower half."""
    logs = np.log(among)
    middle = np.median(logs)
    away: NDArray[np.float64] = (np.log(figures) - middle) / max(1e-9, (middle - np.quantile(logs, 0.1)) / _DECILE_SD)
    return away
