"""Operating regimes: load, speed or programme change what a signal means, so signals are scaled within each."""

import msgspec
import numpy as np

from nightmill.maintenance.history import Floats, Ints

MOST_REGIMES = 8
TIGHT = 0.02  # clusters explain all but this share of the settings' variance, or there is one regime
LEAST_ROWS = 20


class Scaling(msgspec.Struct, frozen=True):
    """Regime centres [r, k] in scaled settings, and mean and deviation [r, m] of each sensor in each regime."""

    setting_mean: tuple[float, ...]
    setting_sd: tuple[float, ...]
    centres: tuple[tuple[float, ...], ...]
    mean: tuple[tuple[float, ...], ...]
    sd: tuple[tuple[float, ...], ...]


def fit_scaling(settings: Floats, sensors: Floats) -> Scaling:
    """Regimes by k-means where the settings really cluster, and the sensors' scale within each regime."""
    from scipy.cluster.vq import kmeans2

    mean, sd = _moments(settings)
    z = np.nan_to_num((settings - mean) / sd)
    centres = np.zeros((1, settings.shape[1]))
    total = float(np.square(z).sum())
    if total > 0:
        sample = z[:: max(1, len(z) // 5000)]
        distinct = len(np.unique(sample.round(6), axis=0))
        for r in range(2, min(MOST_REGIMES, distinct) + 1):
            found, code = kmeans2(sample, r, minit="++", rng=np.random.default_rng(r))
            inside = float(np.square(sample - found[code]).sum())
            if inside <= TIGHT * float(np.square(sample).sum()) and np.bincount(code, minlength=r).min() >= LEAST_ROWS:
                centres = found
                break
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


def scaled(scaling: Scaling, settings: Floats, sensors: Floats) -> Floats:
    """Sensors [n, m] in deviations from the mean of their regime; NaN stays NaN."""
    code = regime_of(scaling, settings)
    return (sensors - np.array(scaling.mean)[code]) / np.array(scaling.sd)[code]


def regime_of(scaling: Scaling, settings: Floats) -> Ints:
    """The regime of each row."""
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
    # A constant signal says nothing: scale 1 keeps it at zero, and rounding noise is not blown up.
    return mean, np.where(sd > 1e-9 * np.maximum(np.abs(mean), 1e-9), sd, 1.0)
