"""Remaining life from signals and failures: gradient boosting on causal features, with conformal intervals.

Labels are remaining cycles capped at the horizon. Five folds keep every unit whole; the mean of the five
models predicts, and each unit's residuals under the model that never saw it calibrate the interval: weighted
so that a unit counts once (its rows are not exchangeable), within bands of the prediction.
"""

from itertools import pairwise

import msgspec
import numpy as np

from nightmill.maintenance.history import Floats, Ints, MachineHistory
from nightmill.maintenance.regimes import Scaling, fit_scaling, scaled

FOLDS = 5
TREES = 400
BANDS = (0.0, 0.32, 0.72, 1.01)  # of the horizon
COVERAGE = 0.90


class LifeBand(msgspec.Struct, frozen=True):
    """For predictions from ``start`` on: residual quantiles to add for the ends of the interval."""

    start: float
    low: float
    high: float
    middle: float


class LifeModel(msgspec.Struct, frozen=True):
    """Everything the prediction needs; ``trees`` are LightGBM models as text."""

    horizon: int
    sensors: tuple[str, ...]
    settings: tuple[str, ...]
    scaling: Scaling
    trees: tuple[str, ...]
    bands: tuple[LifeBand, ...]
    rmse_out_of_fold: float
    coverage_out_of_fold: float


def feature_table(history: MachineHistory, scaling: Scaling, columns: list[int], settings: list[int]) -> Floats:
    """Causal features [n, 1 + 8 m] of the chosen sensors; the first column is the unit's age in cycles."""
    from nightmill.maintenance.features import PER_SENSOR, causal_features

    values = scaled(scaling, history.settings[:, settings], history.sensors[:, columns])
    out = np.full((len(values), 1 + PER_SENSOR * values.shape[1]), np.nan)
    age = history.cycle - np.repeat(history.cycle[history.first[:-1]], np.diff(history.first))
    out[:, 0] = age + 1
    block = np.empty((len(values), PER_SENSOR * values.shape[1]))
    causal_features(history.first, np.ascontiguousarray(values), block)
    out[:, 1:] = block
    return out


def life_labels(history: MachineHistory, horizon: int) -> Floats:
    """Remaining cycles capped at ``horizon``; NaN where a unit that still runs leaves it open."""
    unit = history.unit_of_row
    left = (history.cycle[history.first[1:] - 1][unit] - history.cycle).astype(float)
    known = history.failed[unit] | (left >= horizon)
    return np.where(known, np.minimum(left, horizon), np.nan)


def fit_life(history: MachineHistory, horizon: int, threads: int = 1, seed: int = 1) -> LifeModel:
    """Learns from the failures of ``history``; the same history and seed give the same model."""
    sensors = [j for j in range(len(history.sensor_names)) if np.nanstd(_known(history.sensors[:, j])) > 0]
    settings = list(range(len(history.setting_names)))
    scaling = fit_scaling(history.settings, history.sensors[:, sensors])
    X = feature_table(history, scaling, sensors, settings)
    y = life_labels(history, horizon)
    unit = history.unit_of_row
    rows = np.flatnonzero(~np.isnan(y))
    fold_of_unit = np.random.default_rng(seed).permutation(len(history.units)) % FOLDS
    out_of_fold = np.full(len(y), np.nan)
    trees = []
    for fold in range(FOLDS):
        train = rows[fold_of_unit[unit[rows]] != fold]
        test = rows[fold_of_unit[unit[rows]] == fold]
        if not len(train) or np.ptp(y[train]) == 0:
            continue
        text, predict = _boost(X[train], y[train], threads, seed)
        trees.append(text)
        if len(test):
            out_of_fold[test] = np.clip(predict(X[test]), 0, horizon)
    checked = rows[~np.isnan(out_of_fold[rows])]
    bands = _bands(out_of_fold[checked], y[checked], unit[checked], horizon)
    low, high = _interval(bands, out_of_fold[checked], horizon)
    inside = (y[checked] >= low - 1e-9) & (y[checked] <= high + 1e-9)
    return LifeModel(
        horizon, tuple(history.sensor_names[j] for j in sensors), history.setting_names, scaling, tuple(trees), bands,
        float(np.sqrt(np.mean(np.square(out_of_fold[checked] - y[checked])))), float(inside.mean()),
    )  # fmt: skip


def predict_life(model: LifeModel, history: MachineHistory) -> tuple[Floats, Floats, Floats]:
    """Remaining cycles after each unit's last row, with the ends of the 90 % interval; [units] each.

    The columns of the model must be in ``history`` (the door checks it).
    """
    import lightgbm

    sensors = [history.sensor_names.index(name) for name in model.sensors]
    settings = [history.setting_names.index(name) for name in model.settings]
    X = feature_table(history, model.scaling, sensors, settings)[history.first[1:] - 1]
    total = np.zeros(len(X))
    for text in model.trees:
        total += np.asarray(lightgbm.Booster(model_str=text).predict(X, num_threads=1), float)
    life = np.clip(total / max(1, len(model.trees)), 0, model.horizon)
    low, high = _interval(model.bands, life, model.horizon)
    return life, low, high


def _known(x: Floats) -> Floats:
    known = x[~np.isnan(x)]
    return known if known.size else np.zeros(1)


def _boost(X: Floats, y: Floats, threads: int, seed: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
    import lightgbm

    small = len(y) < 4000
    booster = lightgbm.train(
        {
            "objective": "regression", "learning_rate": 0.03, "num_leaves": 31, "feature_fraction": 0.3,
            "min_data_in_leaf": max(5, len(y) // 40) if small else 200, "bagging_fraction": 0.7, "bagging_freq": 1,
            "deterministic": True, "force_row_wise": True, "num_threads": threads, "seed": seed, "verbose": -1,
        },
        lightgbm.Dataset(X, y),
        num_boost_round=TREES,
    )  # fmt: skip
    return booster.model_to_string(), lambda rows: np.asarray(booster.predict(rows, num_threads=threads), float)


def _bands(prediction: Floats, actual: Floats, unit: Ints, horizon: int) -> tuple[LifeBand, ...]:
    """Residual quantiles by band of prediction, every unit weighing the same inside a band."""
    residual = actual - prediction
    bands = []
    for start, end in pairwise(BANDS):
        inside = (prediction >= start * horizon) & (prediction < end * horizon)
        if len(set(unit[inside].tolist())) < 5:
            inside = np.ones(len(prediction), bool)
        if not inside.any():
            bands.append(LifeBand(start * horizon, -float(horizon), float(horizon), 0.0))
            continue
        _, code, count = np.unique(unit[inside], return_inverse=True, return_counts=True)
        weight = 1.0 / count[code]
        units = len(count)
        # Finite-sample correction of split conformal prediction, counted in units.
        tail = max(0.0, (1 - COVERAGE) / 2 * (units + 1) / units - 1 / units)
        order = np.argsort(residual[inside])
        at = (np.cumsum(weight[order]) - 0.5 * weight[order]) / weight.sum()
        low, middle, high = np.interp([tail, 0.5, 1 - tail], at, residual[inside][order])
        bands.append(LifeBand(start * horizon, float(low), float(high), float(middle)))
    return tuple(bands)


def _interval(bands: tuple[LifeBand, ...], life: Floats, horizon: int) -> tuple[Floats, Floats]:
    """Ends of the interval; between the middles of two bands the offsets blend."""
    starts = np.array([band.start for band in bands])
    middle = np.array([*(0.5 * (starts[1:] + starts[:-1])), 0.5 * (starts[-1] + horizon)])
    low = np.interp(life, middle, [band.low for band in bands])
    high = np.interp(life, middle, [band.high for band in bands])
    return np.clip(life + np.minimum(low, 0), 0, horizon), np.clip(life + np.maximum(high, 0), 0, horizon)
