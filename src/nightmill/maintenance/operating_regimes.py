"""Operating regimes: load, speed or program change the meaning of a signal, so signals are scaled within each regime."""

import warnings

import msgspec
import numpy as np

from nightmill.maintenance.history import Floats, Ints

MOST_REGIMES = 12
CLEAR = (
    1e-4  # clusters that leave no more than this fraction of the settings' variance are the machine's actual set points
)
TIGHT = 0.02  # otherwise the best clusters must explain all but this fraction, or there is one regime
STARTS = 4
LEAST_ROWS = 20


class Scaling(msgspec.Struct, frozen=True):
    """Regime centres [r, k] in scaled settings, and mean and deviation [r, m] of each sensor in each regime."""

    setting_mean: tuple[float, ...]
    setting_sd: tuple[float, ...]
    centres: tuple[tuple[float, ...], ...]
    mean: tuple[tuple[float, ...], ...]
    sd: tuple[tuple[float, ...], ...]


def fit_scaling(settings: Floats, sensors: Floats) -> Scaling:
    """Fit regimes by k-means if the settings really cluster, and the sensors' scale within each regime."""
    mean, sd = _moments(settings)
    z = np.nan_to_num((settings - mean) / sd)
    centres = _centres(z)
    nearest = _nearest(z, centres)
    overall = _moments(sensors)
    means, sds = [], []
    for r in range(len(centres)):
        inside_rows = sensors[nearest == r]
        m, s = _moments(inside_rows) if len(inside_rows) >= LEAST_ROWS else overall
        means.append(tuple(m.tolist()))
        sds.append(tuple(s.tolist()))
    return Scaling(
        tuple(mean.tolist()), tuple(sd.tolist()), tuple(tuple(c) for c in centres.tolist()), tuple(means), tuple(sds)
    )


def _centres(z: Floats) -> Floats:
    """Return centres [r, k]: as few as leave almost nothing unexplained; otherwise as few as explain most; otherwise one, the mean.

    Two regimes close to each other are kept separate: a signal may differ greatly between them.
    """
    from scipy.cluster.vq import kmeans2

    one = np.zeros((1, z.shape[1]))
    sample = z[:: max(1, len(z) // 5000)]
    total = float(np.square(sample).sum())
    distinct = len(np.unique(sample.round(6), axis=0)) if total > 0 else 1
    best: Floats | None = None
    for r in range(2, min(MOST_REGIMES, distinct) + 1):
        inside, found, code = np.inf, one, np.zeros(len(sample), np.int64)
        for start in range(STARTS):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an empty cluster only makes this a poor starting point
                tried, codes = kmeans2(sample, r, minit="++", rng=np.random.default_rng([r, start]))
            left = float(np.square(sample - tried[codes]).sum())
            if left < inside:
                inside, found, code = left, tried, np.asarray(codes, np.int64)
        if np.bincount(code, minlength=r).min() < LEAST_ROWS:
            continue
        if inside <= CLEAR * total:
            return np.asarray(found, float)
        if best is None and inside <= TIGHT * total:
            best = np.asarray(found, float)
    return one if best is None else best


def scaled(scaling: Scaling, settings: Floats, sensors: Floats) -> Floats:
    """Return sensors [n, m] in deviations from the mean of their regime; NaN stays NaN."""
    code = regime_of(scaling, settings)
    return (sensors - np.array(scaling.mean)[code]) / np.array(scaling.sd)[code]


def regime_of(scaling: Scaling, settings: Floats) -> Ints:
    """Return the regime of each row."""
    z = np.nan_to_num((settings - np.array(scaling.setting_mean)) / np.array(scaling.setting_sd))
    return _nearest(z, np.array(scaling.centres).reshape(len(scaling.centres), -1))


def _nearest(z: Floats, centres: Floats) -> Ints:
    distance = np.stack([np.square(z - centre).sum(axis=1) for centre in centres], axis=1)
    return distance.argmin(axis=1)


def _moments(x: Floats) -> tuple[Floats, Floats]:
    known = ~np.isnan(x)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, x, 0.0).sum(axis=0) / count
    sd = np.sqrt(np.square(np.where(known, x - mean, 0.0)).sum(axis=0) / count)
    # A constant signal carries no information: scale 1 keeps it at zero, and rounding noise is not amplified.
    return mean, np.where(sd > 1e-9 * np.maximum(np.abs(mean), 1e-9), sd, 1.0)
