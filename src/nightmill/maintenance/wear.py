"""Wear of a tool from a few measurements of that same tool: a two-level Gaussian process over cycles.

Wear = a population curve (shared by all units) + the unit's own departure from it. Each level has a start, a
slope that may depend on the settings, and a smooth bend (integrated Wiener process); hyperparameters by marginal
likelihood. Wear can't fall, so the answer is made monotone and held between the unit's own measurements. The
spread is scaled by what leave-one-unit-out errors show (conformal, a unit counting once).
"""

import math

import msgspec
import numpy as np

from nightmill.maintenance.history import Floats, Ints, MachineHistory

MOST_ROWS = 240
START_LOGS = (0.0, 0.0, -1.0, -1.0, -0.5, -1.0, -2.0, -3.0)


class WearModel(msgspec.Struct, frozen=True):
    """Training rows of the population and the hyperparameters; wear in ``unit_um``, time in ``span`` cycles."""

    span: float
    unit_um: float
    mean_um: float
    settings: tuple[str, ...]
    setting_mean: tuple[float, ...]
    setting_sd: tuple[float, ...]
    logs: tuple[float, ...]
    stretch: float
    time: tuple[float, ...]
    z: tuple[tuple[float, ...], ...]
    unit: tuple[int, ...]
    wear: tuple[float, ...]


def _bend(a: Floats, b: Floats) -> Floats:
    """Covariance of the integrated Wiener process: m^2 (3 M - m) / 6, m = min, M = max."""
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
    """Learns the population curve from every row with a measured wear; ``history.wear_um`` must be there."""
    from scipy.optimize import minimize

    assert history.wear_um is not None
    rows = np.flatnonzero(~np.isnan(history.wear_um))
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(MOST_ROWS, len(rows))).astype(int))]
    unit = history.unit_of_row[rows]
    time = history.cycle[rows].astype(float)
    wear = history.wear_um[rows]
    span = max(float(np.ptp(time)) if time.size else 1.0, 1.0)
    scale = max(float(wear.std()) if wear.size else 1.0, 1e-9)
    settings = np.nan_to_num(history.settings[rows])
    mean = settings.mean(axis=0) if rows.size else np.zeros(settings.shape[1])
    sd = settings.std(axis=0) if rows.size else np.ones(settings.shape[1])
    sd = np.where(sd > 1e-12, sd, 1.0)
    model = WearModel(
        span, scale, float(wear.mean()) if wear.size else 0.0, history.setting_names, tuple(mean.tolist()), tuple(sd.tolist()),
        START_LOGS, 1.0, tuple((time / span).tolist()), tuple(map(tuple, ((settings - mean) / sd).tolist())),
        tuple(unit.tolist()), tuple(wear.tolist()),
    )  # fmt: skip
    if len(rows) < 4:
        return msgspec.structs.replace(model, stretch=2.0)
    few = slice(None, None, max(1, len(rows) // 120))
    x = (time[few] / span, (settings[few] - mean) / sd, unit[few])
    y = (wear[few] - model.mean_um) / scale

    def cost(logs: Floats) -> float:
        K = _kernel(logs, x, x) + (np.exp(np.clip(logs[7], -14, 3)) + 1e-8) * np.eye(len(y))
        L = np.linalg.cholesky(K + 1e-8 * np.eye(len(y)))
        a = np.linalg.solve(L, y)
        prior = 0.05 * float(np.square(logs - np.array(START_LOGS)).sum())
        return 0.5 * float(a @ a) + float(np.log(np.diag(L)).sum()) + prior

    found = minimize(
        cost, np.array(START_LOGS), method="L-BFGS-B", bounds=[(-8, 4)] * 7 + [(-14, 2)], options={"maxiter": 40}
    )
    model = msgspec.structs.replace(model, logs=tuple(np.asarray(found.x, float).tolist()))
    return msgspec.structs.replace(model, stretch=_stretch(model))


def _posterior(
    model: WearModel, keep: Floats, own: tuple[Floats, Floats, Floats], at: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Mean and deviation in um at times ``at`` of one new unit, given its measurements ``own`` (time, z, wear)."""
    new = -1
    t = np.concatenate([np.array(model.time)[keep], own[0]])
    z = np.concatenate([np.array(model.z).reshape(len(model.time), -1)[keep], own[1]])
    u = np.concatenate([np.array(model.unit, np.int64)[keep], np.full(len(own[0]), new)])
    y = (np.concatenate([np.array(model.wear)[keep], own[2]]) - model.mean_um) / model.unit_um
    logs = np.array(model.logs)
    noise = math.exp(float(np.clip(logs[7], -14, 3)))
    x, q = (t, z, u), (at[0], at[1], np.full(len(at[0]), new))
    K = _kernel(logs, x, x) + (noise + 1e-7) * np.eye(len(t))
    across = _kernel(logs, x, q)
    weights = np.linalg.solve(K, across)
    variance = np.diag(_kernel(logs, q, q)) - np.einsum("ij,ij->j", across, weights) + noise
    return model.mean_um + model.unit_um * (weights.T @ y), model.unit_um * np.sqrt(np.maximum(variance, 1e-12))


def _stretch(model: WearModel) -> float:
    """The factor on the deviation that makes 90 % intervals hold for units left out, seen at four of their rows."""
    unit, time, wear = np.array(model.unit), np.array(model.time), np.array(model.wear)
    z = np.array(model.z).reshape(len(time), -1)
    scores: list[Floats] = []
    for u in np.unique(unit)[:24]:
        mine = np.flatnonzero(unit == u)
        if len(mine) < 6 or len(np.unique(unit)) < 2:
            continue
        for seen in (mine[:4], mine[np.linspace(0, len(mine) - 1, 4).astype(int)]):
            rest = np.setdiff1d(mine, seen)
            mean, sd = _posterior(model, unit != u, (time[seen], z[seen], wear[seen]), (time[rest], z[rest]))
            scores.append(np.abs(wear[rest] - mean) / sd)
    if not scores:
        return 1.3
    weight = np.concatenate([np.full(len(s), 1 / len(s)) for s in scores])
    score = np.concatenate(scores)
    order = np.argsort(score)
    at = np.cumsum(weight[order]) / weight.sum()
    # With few units the estimate itself is loose: lean to the wide side.
    level = min(1.0, 0.9 * (1 + 1 / len(scores)))
    return max(0.5, float(np.interp(level, at, score[order])) / 1.6448536)


def predict_wear(model: WearModel, history: MachineHistory, u: int) -> tuple[Ints, Floats, Floats, Floats]:
    """Rows of unit ``u`` without a measured wear: row numbers, wear in um, and the ends of the 90 % interval."""
    rows = np.arange(history.first[u], history.first[u + 1])
    wear = history.wear_um[rows] if history.wear_um is not None else np.full(len(rows), np.nan)
    columns = [history.setting_names.index(name) for name in model.settings]
    z = (np.nan_to_num(history.settings[rows][:, columns]) - np.array(model.setting_mean)) / np.array(model.setting_sd)
    time = history.cycle[rows] / model.span
    known = np.flatnonzero(~np.isnan(wear))
    known = known[np.unique(np.linspace(0, len(known) - 1, min(120, len(known))).astype(int))] if known.size else known
    asked = np.flatnonzero(np.isnan(wear))
    if not asked.size:
        return rows[asked], np.zeros(0), np.zeros(0), np.zeros(0)
    keep = np.ones(len(model.time), bool)
    mean, sd = _posterior(model, keep, (time[known], z[known], wear[known]), (time[asked], z[asked]))
    half = 1.6448536 * model.stretch * sd
    floor = np.array([wear[known[known < k]].max(initial=0.0) for k in asked])
    roof = np.array([wear[known[known > k]].min(initial=np.inf) for k in asked])
    roof = np.maximum(roof, floor)
    value = np.clip(np.maximum.accumulate(mean), floor, roof)
    low = np.clip(np.minimum(mean - half, value), floor, roof)
    high = np.clip(np.maximum(mean + half, value), floor, roof)
    return rows[asked], value, np.maximum.accumulate(low), np.maximum.accumulate(high)
