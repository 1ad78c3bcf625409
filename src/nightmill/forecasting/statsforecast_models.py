"""Forecast smooth demand with models from statsforecast (AutoETS, AutoTheta), for items for which they would have reduced past losses.

They model trends, which ``forecast`` doesn't, but not intermittent demand, so only items with demand in most periods are tried. At past
origins each model's pinball loss is compared with ours. An item's gain is shrunk to the mean gain of all items tried, so that no item is
switched by chance alone. The spread of errors is estimated at those origins over all items together.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from nightmill.forecasting.scores import JUDGED, LEVELS, SURE, Floats, Spread, pinball
from nightmill.vocabulary.errors import EnvironmentFailed, Finding

MODELS = ("AutoETS", "AutoTheta")
ORIGINS = 4
SOLD_SHARE, SOLD_PERIODS, LEAST_KNOWN = 0.8, 24, 16
"""An item is smooth if it sold in this fraction of so many recent periods; minimum number of periods known at an origin."""
DRAWN_TO_ALL = 8.0
"""Weight, in origins, of the mean gain over all items in one item's gain."""
LEAST_ITEMS = 8
"""Minimum number of smooth items; with fewer, chance can't be distinguished from gain."""
BLOCK = 50
ONE_SD = 68.27


Indices = npt.NDArray[np.int64]
OursAt = Callable[[int], Floats]


class _Fits:
    """Every model's forecast of each step for a block of items at every origin; sent to workers as one object."""

    def __init__(self, y: Floats, ends: list[int], horizon: int, season: int) -> None:
        self.y, self.ends, self.horizon, self.season = y, ends, horizon, season

    def __call__(self, block: int) -> Floats:
        """Return means and deviations [items, models, origins, horizon, 2]."""
        from statsforecast import models

        makers = [getattr(models, name)(season_length=self.season) for name in MODELS]
        rows = self.y[block * BLOCK : (block + 1) * BLOCK]
        said = np.zeros((len(rows), len(makers), len(self.ends), self.horizon, 2))
        for i, row in enumerate(rows):
            for m, model in enumerate(makers):
                for k, end in enumerate(self.ends):
                    found = model.forecast(y=row[:end], h=self.horizon, level=[ONE_SD])
                    said[i, m, k, :, 0] = found["mean"]
                    said[i, m, k, :, 1] = 0.5 * (found[f"hi-{ONE_SD}"] - found[f"lo-{ONE_SD}"])
        return np.nan_to_num(said)


def smooth_quantiles(
    y: Floats, horizon: int, season: int, ours: OursAt, spread: Spread | None = None
) -> tuple[Indices, Floats, Floats]:  # fmt: skip
    """Find the items in y [n, T] for which a statsforecast model does better, and their quantiles.

    Returns indices, quantiles [items, 5] of the sum, and quantiles [items, H, 5] of each period. ``ours(end)`` gives the quantiles
    ``JUDGED`` [n, 2] of the sum that our model would have given after ``end`` periods. Raises ``EnvironmentFailed`` without
    statsforecast.
    """
    try:
        import statsforecast  # noqa: F401
    except ImportError as error:
        raise EnvironmentFailed(
            Finding(
                "--statsforecast", "", str(error), "the extra statsforecast", "pip install 'nightmill[statsforecast]'."
            )
        ) from error
    ends = [end for end in (y.shape[1] - horizon * k for k in range(1, ORIGINS + 1)) if end >= LEAST_KNOWN]
    tried = np.flatnonzero((y[:, -SOLD_PERIODS:] > 0).mean(axis=1) >= SOLD_SHARE)
    if not ends or len(tried) < LEAST_ITEMS:
        return np.zeros(0, np.int64), np.zeros((0, len(LEVELS))), np.zeros((0, horizon, len(LEVELS)))
    own = np.stack([ours(end)[tried] for end in ends], axis=1)
    y = y[tried]
    work, blocks = _Fits(y, [y.shape[1], *ends], horizon, season), range(-(-len(y) // BLOCK))
    said = np.concatenate(spread(work, blocks) if spread is not None else [work(k) for k in blocks])
    actual = np.stack([y[:, end : end + horizon].sum(axis=1) for end in ends], axis=1)
    mean, deviation = said[..., 0].sum(axis=-1), np.sqrt(np.square(said[..., 1]).sum(axis=-1)) + 1e-9
    errors = (actual[:, None] - mean[:, :, 1:]) / deviation[:, :, 1:]
    wider = np.sqrt(np.square(errors).mean(axis=(0, 2)))
    scale = np.maximum(np.abs(np.diff(y, axis=1)).mean(axis=1), 1e-9)[:, None]
    gain = np.stack([
        _loss(actual, own, scale) - _loss(actual, _steps(mean[:, m, 1:], wider[m] * deviation[:, m, 1:], JUDGED), scale)
        for m in range(len(MODELS))
    ], axis=1)  # fmt: skip
    sure = gain.mean(axis=0) > SURE * gain.std(axis=0) / np.sqrt(len(gain))
    drawn = np.where(sure, (len(ends) * gain + DRAWN_TO_ALL * gain.mean(axis=0)) / (len(ends) + DRAWN_TO_ALL), -1.0)
    best = drawn.argmax(axis=1)
    won = np.flatnonzero(drawn.max(axis=1) > 0)
    chosen = best[won]
    total = _steps(mean[won, chosen, 0], wider[chosen] * deviation[won, chosen, 0], LEVELS)
    each = wider[chosen][:, None] * said[won, chosen, 0, :, 1]
    return tried[won], _whole(total), _whole(_steps(said[won, chosen, 0, :, 0], each, LEVELS))


def _loss(actual: Floats, quantiles: Floats, scale: Floats) -> Floats:
    """Return the mean scaled pinball loss [n] over origins, from actual demand [n, origins] and quantiles [n, origins, 2]."""
    losses = [pinball(actual, quantiles[..., k], level) / scale for k, level in enumerate(JUDGED)]
    return np.asarray(np.mean(losses, axis=(0, 2)))


def _steps(mean: Floats, deviation: Floats, levels: tuple[float, ...]) -> Floats:
    """Return the normal quantiles, with the levels as the last axis."""
    from scipy.special import ndtri

    return np.asarray(mean[..., None] + deviation[..., None] * ndtri(np.array(levels)))


def _whole(quantiles: Floats) -> Floats:
    """Round to whole pieces that are never negative."""
    return np.asarray(np.maximum(0.0, np.ceil(quantiles - 0.5)))
