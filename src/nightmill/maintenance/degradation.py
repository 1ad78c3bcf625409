"""Tool wear from a few measurements of the same tool: a two-level Gaussian process over cycles.

Wear = a population curve (shared by all units) + the unit's own deviation from it. Each level has a start, a
slope that may depend on the settings, and a smooth bend (integrated Wiener process) over a power of the cycle,
since wear slows after break-in. The model is fitted for its purpose: it maximises the likelihood of the
rest of each unit, given its first measurements and all other units. Several powers, for wear and for its logarithm,
are averaged by their errors on left-out units, since a few tools can't show which is right. Wear can't decrease, so the
answer is made monotone and kept between the unit's own measurements. The spread is scaled by the errors on left-out units
(conformal; each unit counts once).
"""

import math
from collections.abc import Iterator

import msgspec
import numpy as np

from nightmill.maintenance.history import Floats, Ints, MachineHistory
from nightmill.stats.conformal import corrected_level, weighted_quantiles
from nightmill.stats.gaussian_process import conditioned, left_out_block

MOST_ROWS = 180
MOST_ROWS_A_UNIT = 40
FEW = 4
SPARSE = 12
POWERS = (1.0, 0.7, 0.5)
SHARPNESS = 4.0
COVERAGE, NORMAL_95 = 0.9, 1.6448536
START_LOGS = (0.0, 0.0, -1.0, -1.0, -0.5, -1.0, -2.0, -3.0)


class WearCurve(msgspec.Struct, frozen=True):
    """One form of the curve: over (cycle / span) ** ``power``, for the wear or its logarithm, in units of ``size``.

    ``weight`` is the curve's weight in the average, ``stretch`` the factor on its deviation, and ``error_um`` the mean error on
    left-out units, if any.
    """

    power: float
    logarithmic: bool
    mean: float
    size: float
    logs: tuple[float, ...] = START_LOGS
    weight: float = 1.0
    stretch: float = 2.0
    error_um: float | None = None


class WearModel(msgspec.Struct, frozen=True):
    """The population's training rows in cycles and um, the scale of the settings, and the fitted curves."""

    span: float
    settings: tuple[str, ...]
    setting_mean: tuple[float, ...]
    setting_sd: tuple[float, ...]
    time: tuple[float, ...]
    z: tuple[tuple[float, ...], ...]
    unit: tuple[int, ...]
    wear: tuple[float, ...]
    curves: tuple[WearCurve, ...] = ()


class _LeftOut(msgspec.Struct, frozen=True):
    """One unit's later rows, predicted from its first rows and the other units, in model units."""

    mean: Floats
    sd: Floats
    actual: Floats
    seen: Floats


def _bend(a: Floats, b: Floats) -> Floats:
    """Return the covariance of the integrated Wiener process: m^2 (3 M - m) / 6, m = min, M = max."""
    least, most = np.minimum(a[:, None], b[None, :]), np.maximum(a[:, None], b[None, :])
    return np.asarray(least**2 * (3 * most - least) / 6)


def _kernel(logs: Floats, a: tuple[Floats, Floats, Ints], b: tuple[Floats, Floats, Ints]) -> Floats:
    p = np.exp(np.clip(logs, -8, 5))
    (t, z, u), (s, w, v) = a, b
    slope = t[:, None] * s[None, :]
    bend = _bend(t, s)
    near = z @ w.T / max(1, z.shape[1])
    shared = p[0] + p[1] * slope + p[2] * near * slope + p[3] * bend
    own = p[4] + p[5] * slope + p[6] * bend
    return np.asarray(shared + np.where(u[:, None] == v[None, :], own, 0.0))


def fit_wear(history: MachineHistory) -> WearModel:
    """Learn the population curve from every row with measured wear; ``history.wear_um`` must be present."""
    assert history.wear_um is not None
    rows = _chosen_rows(history)
    wear = history.wear_um[rows]
    time = np.maximum(history.age[rows].astype(float), 0.0)
    settings = np.nan_to_num(history.settings[rows])
    mean = settings.mean(axis=0) if rows.size else np.zeros(settings.shape[1])
    sd = settings.std(axis=0) if rows.size else np.ones(settings.shape[1])
    sd = np.where(sd > 1e-12, sd, 1.0)
    model = WearModel(
        _span(time, history.unit_of_row[rows]), history.setting_names, tuple(mean.tolist()), tuple(sd.tolist()),
        tuple(time.tolist()), tuple(map(tuple, ((settings - mean) / sd).tolist())),
        tuple(history.unit_of_row[rows].tolist()), tuple(wear.tolist()),
    )  # fmt: skip
    splits = list(_splits(np.array(model.unit, np.int64), np.arange(len(wear))))
    if len(set(model.unit)) < 2 or not splits:
        return msgspec.structs.replace(model, curves=(_curve(model, 1.0, False),))
    may_log = float(wear.min()) > 0.1 * float(np.median(wear))
    forms = [(power, form) for power in POWERS for form in ((False, True) if may_log else (False,))]
    curves = [_fitted(model, _curve(model, *form), splits) for form in forms]
    worth = np.array([max(curve.error_um or 0.0, 1e-6) ** -SHARPNESS for curve in curves])
    kept = [(curve, share) for curve, share in zip(curves, worth / worth.sum(), strict=True) if share > 0.02]
    total = sum(share for _, share in kept)
    weighed = (msgspec.structs.replace(curve, weight=float(share / total)) for curve, share in kept)
    return msgspec.structs.replace(model, curves=tuple(weighed))


def _chosen_rows(history: MachineHistory) -> Ints:
    """Return measured rows, thinned evenly if a unit, or all units together, have more than are needed."""
    assert history.wear_um is not None
    measured = np.flatnonzero(~np.isnan(history.wear_um))
    unit = history.unit_of_row[measured]
    most = max(6, min(MOST_ROWS_A_UNIT, MOST_ROWS // max(1, len(np.unique(unit)))))
    kept = [_thinned(measured[unit == u], most) for u in np.unique(unit)]
    return np.concatenate(kept)[: 2 * MOST_ROWS] if kept else measured


def _span(time: Floats, unit: Ints) -> float:
    """Return the typical time of a unit's last measurement, so that no long-lived unit determines the scale of all."""
    ends = [float(time[unit == u].max()) for u in np.unique(unit)]
    return max(float(np.median(ends)), 1.0) if ends else 1.0


def _thinned(rows: Ints, most: int) -> Ints:
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int))]


def _splits(unit: Ints, rows: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Return, for each unit with enough rows, (seen, hidden) row numbers, as measured and as if measured rarely."""
    for u in np.unique(unit):
        mine = rows[unit == u]
        if len(mine) > FEW:
            yield mine[:FEW], mine[FEW:]
        if len(mine) > SPARSE:
            seldom = _thinned(mine, SPARSE)
            yield seldom[:FEW], seldom[FEW:]


def _curve(model: WearModel, power: float, logarithmic: bool) -> WearCurve:
    y = _to_model(WearCurve(power, logarithmic, 0.0, 1.0), np.array(model.wear))
    return WearCurve(
        power, logarithmic, float(y.mean()) if y.size else 0.0, max(float(y.std()) if y.size else 1.0, 1e-9)
    )


def _to_model(curve: WearCurve, wear: Floats) -> Floats:
    plain = np.log(np.maximum(wear, 1e-6)) if curve.logarithmic else wear
    return np.asarray((plain - curve.mean) / curve.size)


def _to_um(curve: WearCurve, value: Floats) -> Floats:
    plain = curve.mean + curve.size * value
    return np.asarray(np.exp(np.minimum(plain, 50.0)) if curve.logarithmic else plain)


def _inputs(model: WearModel, curve: WearCurve) -> tuple[Floats, Floats, Ints]:
    time = (np.array(model.time) / model.span) ** curve.power
    return time, np.array(model.z).reshape(len(time), -1), np.array(model.unit, np.int64)


def _left_out(model: WearModel, curve: WearCurve, logs: Floats, splits: list[tuple[Ints, Ints]]) -> list[_LeftOut]:
    """Predict each split without the rest of its unit, from one inverse of the whole covariance."""
    x = _inputs(model, curve)
    y = _to_model(curve, np.array(model.wear))
    noise = math.exp(float(np.clip(logs[7], -14, 3))) + 1e-6
    inverse = np.asarray(np.linalg.inv(_kernel(logs, x, x) + noise * np.eye(len(y))), np.float64)
    weights = inverse @ y
    out = []
    blocks: dict[int, tuple[Ints, Floats, Floats]] = {}
    for seen, hidden in splits:
        u = int(x[2][seen[0]])
        if u not in blocks:
            mine = np.flatnonzero(x[2] == u)
            blocks[u] = mine, *left_out_block(inverse, weights, y, mine)
        mine, mean, spread = blocks[u]
        s, h = np.searchsorted(mine, seen), np.searchsorted(mine, hidden)
        # not by ``conditioned``: the last bits of its sum differ, and the optimiser would end elsewhere
        gain = np.linalg.solve(spread[np.ix_(s, s)], spread[np.ix_(s, h)]).T
        variance = np.diag(spread)[h] - np.einsum("ij,ij->i", gain, spread[np.ix_(h, s)])
        sd = np.sqrt(np.maximum(variance, 1e-9))
        out.append(_LeftOut(mean[h] + gain @ (y[seen] - mean[s]), sd, y[hidden], y[seen]))
    return out


def _fitted(model: WearModel, curve: WearCurve, splits: list[tuple[Ints, Ints]]) -> WearCurve:
    """Fit hyperparameters by the likelihood of the left-out rows, with equal weight for every split."""
    from scipy.optimize import minimize

    def cost(logs: Floats) -> float:
        total = 0.02 * float(np.square(logs - np.array(START_LOGS)).sum())
        try:
            each = _left_out(model, curve, logs, splits)
        except np.linalg.LinAlgError:
            return 1e9
        for one in each:
            total += float(np.mean(np.log(one.sd) + 0.5 * np.square((one.actual - one.mean) / one.sd)))
        return total

    bounds = [(-8, 5)] * 7 + [(-14, 2)]
    found = minimize(cost, np.array(START_LOGS), method="L-BFGS-B", bounds=bounds, options={"maxiter": 25})
    logs = np.asarray(found.x, float)
    each = _left_out(model, curve, logs, splits)
    errors = [np.abs(_risen(curve, one) - _to_um(curve, one.actual)).mean() for one in each]
    return msgspec.structs.replace(
        curve,
        logs=tuple(logs.tolist()),
        error_um=float(np.mean(errors)),
        stretch=_stretch(each, len(set(model.unit))),
    )


def _risen(curve: WearCurve, one: _LeftOut) -> Floats:
    """Return the predicted wear in um, made non-decreasing."""
    return np.maximum.accumulate(np.maximum(_to_um(curve, one.mean), _to_um(curve, one.seen).max()))


def _stretch(each: list[_LeftOut], units: int) -> float:
    """Return the factor on the deviation that makes 90 % intervals hold for left-out units."""
    score = np.concatenate([np.abs(one.actual - one.mean) / one.sd for one in each])
    weight = np.concatenate([np.full(len(one.sd), 1 / len(one.sd)) for one in each])
    needed = float(weighted_quantiles(score, weight, [corrected_level(COVERAGE, units)])[0])
    # With few units the estimate is imprecise, and so are the hyperparameters: err on the wide side.
    return max(0.5, needed / NORMAL_95) * (1 + 1 / units)


def _posterior(
    model: WearModel, curve: WearCurve, own: tuple[Floats, Floats, Floats], at: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return the mean and deviation in units of the curve at cycles ``at`` of one new unit, given its (cycle, z, wear)."""
    new = -1
    time, z, unit = _inputs(model, curve)

    def over(cycle: Floats) -> Floats:
        return np.asarray((np.maximum(cycle, 0.0) / model.span) ** curve.power)

    x = (
        np.concatenate([time, over(own[0])]),
        np.concatenate([z, own[1]]),
        np.concatenate([unit, np.full(len(own[0]), new)]),
    )
    q = (over(at[0]), at[1], np.full(len(at[0]), new))
    y = _to_model(curve, np.concatenate([np.array(model.wear), own[2]]))
    logs = np.array(curve.logs)
    noise = math.exp(float(np.clip(logs[7], -14, 3)))
    K = _kernel(logs, x, x) + (noise + 1e-6) * np.eye(len(y))
    mean, variance = conditioned(K, _kernel(logs, x, q), np.diag(_kernel(logs, q, q)), y)
    return mean, np.sqrt(np.maximum(variance + noise, 1e-12))


def _averaged(
    model: WearModel, own: tuple[Floats, Floats, Floats], at: tuple[Floats, Floats]
) -> tuple[Floats, Floats, Floats]:
    """Return the wear in um and the ends of its 90 % interval, over all curves."""
    value, low, high = (np.zeros(len(at[0])) for _ in range(3))
    for curve in model.curves:
        mean, sd = _posterior(model, curve, own, at)
        half = NORMAL_95 * curve.stretch * sd
        value += curve.weight * _to_um(curve, mean)
        low += curve.weight * _to_um(curve, mean - half)
        high += curve.weight * _to_um(curve, mean + half)
    return value, low, high


def predict_wear(model: WearModel, history: MachineHistory, u: int) -> tuple[Ints, Floats, Floats, Floats]:
    """Return rows of unit ``u`` without measured wear: row numbers, wear in um, and the ends of the 90 % interval."""
    rows = np.arange(history.first[u], history.first[u + 1])
    wear = history.wear_um[rows] if history.wear_um is not None else np.full(len(rows), np.nan)
    columns = [history.setting_names.index(name) for name in model.settings]
    z = (np.nan_to_num(history.settings[rows][:, columns]) - np.array(model.setting_mean)) / np.array(model.setting_sd)
    cycle = history.age[rows].astype(float)
    measured = np.flatnonzero(~np.isnan(wear))
    known = _thinned(measured, 120) if measured.size else measured
    asked = np.flatnonzero(np.isnan(wear))
    if not asked.size:
        return rows[asked], np.zeros(0), np.zeros(0), np.zeros(0)
    value, low, high = _averaged(model, (cycle[known], z[known], wear[known]), (cycle[asked], z[asked]))
    floor = np.array([wear[measured[measured < k]].max(initial=0.0) for k in asked])
    roof = np.array([wear[measured[measured > k]].min(initial=np.inf) for k in asked])
    roof = np.maximum(roof, floor)
    value = np.clip(np.maximum.accumulate(value), floor, roof)
    low = np.clip(np.minimum(low, value), floor, roof)
    high = np.clip(np.maximum(high, value), floor, roof)
    return rows[asked], value, np.maximum.accumulate(low), np.maximum.accumulate(high)
