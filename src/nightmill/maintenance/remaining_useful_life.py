"""Remaining useful life from signals and failures: boosted trees and small networks on causal features, conformal intervals.

Labels are remaining cycles capped at the horizon. Five folds keep every unit whole. The mean of the folds' models
is the prediction. Each unit's residuals under the models that never saw it calibrate the interval, weighted so that a
unit counts once (its rows are not exchangeable), within bands of the prediction. The relative weight of trees and networks
follows from the same residuals.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
import numpy as np

from nightmill.maintenance.history import Floats, Ints, MachineHistory
from nightmill.maintenance.neural_network import Network, fit_network
from nightmill.maintenance.operating_regimes import Scaling, fit_scaling, scaled
from nightmill.stats.conformal import corrected_level, weighted_quantiles

FOLDS = 5
TREES = 240
NETS_A_FOLD = 2
SHARES = (0.0, 1 / 3, 1 / 2, 2 / 3, 1.0)
BANDS = (0.0, 0.1, 0.2, 0.35, 0.55, 0.8, 1.01)  # of the horizon
COVERAGE = 0.90
FAR = 1.2
FAR_WEIGHT = 0.3
YOUNG = 15
"""Rows with a remaining life of more than FAR horizons, or of the first YOUNG cycles, carry little information: they weigh less."""


class LifeBand(msgspec.Struct, frozen=True):
    """Residual quantiles to add for the ends of the interval, for predictions of ``start`` or more."""

    start: float
    low: float
    high: float
    middle: float


class LifeModel(msgspec.Struct, frozen=True):
    """Everything needed for prediction; ``trees`` are LightGBM models as text, ``share`` is the networks' weight."""

    horizon: int
    sensors: tuple[str, ...]
    settings: tuple[str, ...]
    scaling: Scaling
    trees: tuple[str, ...]
    networks: tuple[Network, ...]
    share: float
    bands: tuple[LifeBand, ...]
    rmse_out_of_fold: float
    coverage_out_of_fold: float


def feature_table(history: MachineHistory, scaling: Scaling, columns: list[int], settings: list[int]) -> Floats:
    """Return causal features [n, 1 + 6 m] of the chosen sensors; the first column is the unit's age in cycles."""
    from nightmill.maintenance.features import PER_SENSOR, causal_features

    values = scaled(scaling, history.settings[:, settings], history.sensors[:, columns])
    out = np.full((len(values), 1 + PER_SENSOR * values.shape[1]), np.nan)
    out[:, 0] = _age(history)
    block = np.empty((len(values), PER_SENSOR * values.shape[1]))
    causal_features(history.first, np.ascontiguousarray(values), block)
    out[:, 1:] = block
    return out


def _age(history: MachineHistory) -> Floats:
    """Return cycles since the unit's first row, from 1."""
    return history.cycle.astype(np.float64) - np.repeat(history.cycle[history.first[:-1]], np.diff(history.first)) + 1.0


def _left(history: MachineHistory) -> Floats:
    return (history.cycle[history.first[1:] - 1][history.unit_of_row] - history.cycle).astype(float)


def life_labels(history: MachineHistory, horizon: int) -> Floats:
    """Return remaining cycles capped at ``horizon``; NaN if unknown because the unit is still running."""
    left = _left(history)
    known = history.failed[history.unit_of_row] | (left >= horizon)
    return np.where(known, np.minimum(left, horizon), np.nan)


def fit_life(
    history: MachineHistory, horizon: int, threads: int = 1, seed: int = 1, tell: Callable[[float], None] | None = None
) -> LifeModel:
    """Learn from the failures of ``history``; the same history and seed give the same model, whatever ``threads`` is.

    ``tell`` receives the fraction done, in the calling thread.
    """
    sensors = [j for j in range(len(history.sensor_names)) if np.nanstd(_known(history.sensors[:, j])) > 0]
    settings = list(range(len(history.setting_names)))
    scaling = fit_scaling(history.settings, history.sensors[:, sensors])
    X = feature_table(history, scaling, sensors, settings)
    y = life_labels(history, horizon)
    weight = np.where(_left(history) > FAR * horizon, FAR_WEIGHT, 1.0) * np.where(
        _age(history) < YOUNG, FAR_WEIGHT, 1.0
    )
    unit = history.unit_of_row
    rows = np.flatnonzero(~np.isnan(y))
    fold = (np.random.default_rng(seed).permutation(len(history.units)) % FOLDS)[unit]
    train = {k: rows[fold[rows] != k] for k in range(FOLDS)}
    train = {k: each for k, each in train.items() if len(each) and np.ptp(y[each]) > 0}
    trees, networks = _learned(_Rows(X, y, weight, horizon), train, threads, seed, tell)
    by_trees, by_nets = np.full(len(y), np.nan), np.full(len(y), np.nan)
    for k in train:
        test = rows[fold[rows] == k]
        if len(test):
            by_trees[test] = np.clip(_by_trees([trees[k]], X[test]), 0, horizon)
            by_nets[test] = np.clip(_by_networks(networks[k], X[test]) * horizon, 0, horizon)
    checked = rows[~np.isnan(by_trees[rows])]
    actual, due = y[checked], _once(unit[checked], weight[checked])
    share = _share(by_trees[checked], by_nets[checked], actual, due)
    blend = (1 - share) * by_trees[checked] + share * by_nets[checked]
    bands = _bands(blend, actual, unit[checked], weight[checked], horizon)
    low, high = _interval(bands, blend, horizon)
    inside = (actual >= low - 1e-9) & (actual <= high + 1e-9)
    # Lives with a single row leave nothing to validate: only the horizon is known.
    rmse = float(np.sqrt(np.average(np.square(blend - actual), weights=due))) if len(checked) else float(horizon)
    coverage = float(np.average(inside, weights=due)) if len(checked) else COVERAGE
    return LifeModel(
        horizon, tuple(history.sensor_names[j] for j in sensors), history.setting_names, scaling, tuple(trees.values()),
        tuple(net for nets in networks.values() for net in nets), share, bands, rmse, coverage,
    )  # fmt: skip


class _Rows(NamedTuple):
    """Rows of history to learn from: features, cycles left up to the ``horizon``, and weights."""

    X: Floats
    y: Floats
    weight: Floats
    horizon: int


def _learned(
    given: _Rows,
    train: dict[int, Ints],
    threads: int,
    seed: int,
    tell: Callable[[float], None] | None,
) -> tuple[dict[int, str], dict[int, list[Network]]]:
    """Fit trees and networks for each fold of rows ``train``.

    Each is fitted on one thread, several in parallel: threads that share trees with few rows wait for one another at every
    node, and on a busy machine the waiting takes many times as long as the work.
    """
    X, y, weight = given.X, given.y, given.weight

    def net(rows: Ints, its: int) -> Network:
        return fit_network(X[rows], y[rows] / given.horizon, weight[rows], its)

    def boosted(rows: Ints) -> str:
        return _boost(X[rows], y[rows], weight[rows], seed)

    with ThreadPoolExecutor(max(1, threads)) as pool:
        nets = {
            k: [pool.submit(net, rows, FOLDS * seed + 100 * k + each) for each in range(NETS_A_FOLD)]
            for k, rows in train.items()
        }
        trees = {k: pool.submit(boosted, rows) for k, rows in train.items()}
        waiting: list[Future[Any]] = [*trees.values(), *(each for some in nets.values() for each in some)]
        for done, _ in enumerate(as_completed(waiting), 1):
            if tell is not None:
                tell(done / len(waiting))
    return {k: each.result() for k, each in trees.items()}, {k: [n.result() for n in some] for k, some in nets.items()}


def predict_life(model: LifeModel, history: MachineHistory) -> tuple[Floats, Floats, Floats]:
    """Return remaining cycles after each unit's last row, with the ends of the 90 % interval; [units] each.

    The columns of the model must be in ``history`` (the public functions check it).
    """
    return predict_rows(model, history, history.first[1:] - 1)


def predict_rows(model: LifeModel, history: MachineHistory, rows: Ints) -> tuple[Floats, Floats, Floats]:
    """Return remaining cycles after each of ``rows``, using only that row and earlier rows, with the 90 % interval."""
    sensors = [history.sensor_names.index(name) for name in model.sensors]
    settings = [history.setting_names.index(name) for name in model.settings]
    return predict_features(model, feature_table(history, model.scaling, sensors, settings)[rows])


def predict_features(model: LifeModel, X: Floats) -> tuple[Floats, Floats, Floats]:
    """Return remaining cycles [n] for rows of ``feature_table``, with the 90 % interval."""
    life = np.full(len(X), float(model.horizon))
    if model.trees:
        by_trees = np.clip(_by_trees(list(model.trees), X), 0, model.horizon)
        by_nets = np.clip(_by_networks(list(model.networks), X) * model.horizon, 0, model.horizon)
        life = (1 - model.share) * by_trees + model.share * by_nets
    low, high = _interval(model.bands, life, model.horizon)
    return life, low, high


def tried_out(model: LifeModel) -> str:
    """Return the faults in the trees, networks and scales of a model read from a file; empty if it can predict."""
    import lightgbm

    widths = {len(row) for row in (*model.scaling.mean, *model.scaling.sd)}
    if widths != {len(model.sensors)} or len(model.scaling.setting_mean) != len(model.settings):
        return f"scales of {sorted(widths)} sensors, not {len(model.sensors)}"
    if bool(model.trees) != bool(model.networks):
        return f"{len(model.trees)} trees and {len(model.networks)} networks"
    one = MachineHistory(
        ("",), np.array([0, 1], np.int64), np.ones(1, np.int64), model.settings, np.zeros((1, len(model.settings))),
        model.sensors, np.zeros((1, len(model.sensors))), np.zeros(1, bool), None,
    )  # fmt: skip
    try:
        predict_life(model, one)
    except (lightgbm.basic.LightGBMError, ValueError, IndexError) as error:
        return str(error).splitlines()[0]
    return ""


def _by_trees(trees: list[str], X: Floats) -> Floats:
    each = [np.asarray(_booster(text).predict(X, num_threads=1), float) for text in trees]
    return np.asarray(np.mean(each, axis=0), float)


@lru_cache(maxsize=4 * FOLDS)
def _booster(text: str) -> Any:
    """Parse trees from their text once: a running shop uses the same trees every hour."""
    import lightgbm

    return lightgbm.Booster(model_str=text)


def _by_networks(networks: list[Network], X: Floats) -> Floats:
    return np.asarray(np.mean([network.predict(X) for network in networks], axis=0), float)


def _once(unit: Ints, weight: Floats) -> Floats:
    """Return row weights that make every unit count the same."""
    total = np.bincount(unit, weights=weight)
    return np.asarray(weight / np.maximum(total[unit], 1e-12))


def _share(trees: Floats, nets: Floats, actual: Floats, weight: Floats) -> float:
    """Return the networks' share in the blend with the least squared out-of-fold residual; half if unknown."""
    if not len(actual):
        return 0.5
    errors = [float(np.average(np.square((1 - s) * trees + s * nets - actual), weights=weight)) for s in SHARES]
    return SHARES[int(np.argmin(errors))]


def _known(x: Floats) -> Floats:
    known = x[~np.isnan(x)]
    return known if known.size else np.zeros(1)


def _boost(X: Floats, y: Floats, weight: Floats, seed: int) -> str:
    import lightgbm

    small = len(y) < 4000
    booster = lightgbm.train(
        {
            "objective": "regression", "learning_rate": 0.05, "num_leaves": 31, "feature_fraction": 0.3, "max_bin": 127,
            "min_data_in_leaf": max(5, len(y) // 40) if small else 200, "bagging_fraction": 0.7, "bagging_freq": 1,
            "deterministic": True, "force_row_wise": True, "num_threads": 1, "seed": seed, "verbose": -1,
        },
        lightgbm.Dataset(X, y, weight=weight),
        num_boost_round=TREES,
    )  # fmt: skip
    return str(booster.model_to_string())


def _bands(prediction: Floats, actual: Floats, unit: Ints, row_weight: Floats, horizon: int) -> tuple[LifeBand, ...]:
    """Return residual quantiles by band of prediction, every unit with equal weight inside a band."""
    residual = actual - prediction
    bands = []
    for start, end in pairwise(BANDS):
        inside = (prediction >= start * horizon) & (prediction < end * horizon)
        if len(set(unit[inside].tolist())) < 5:
            inside = np.ones(len(prediction), bool)
        if not inside.any():
            bands.append(LifeBand(start * horizon, -float(horizon), float(horizon), 0.0))
            continue
        named, code = np.unique(unit[inside], return_inverse=True)
        weight = _once(code, row_weight[inside])
        upper = corrected_level((1 + COVERAGE) / 2, len(named))
        low, middle, high = weighted_quantiles(residual[inside], weight, [1 - upper, 0.5, upper], own_share=0.5)
        bands.append(LifeBand(start * horizon, float(low), float(high), float(middle)))
    return tuple(bands)


def _interval(bands: tuple[LifeBand, ...], life: Floats, horizon: int) -> tuple[Floats, Floats]:
    """Return the ends of the interval; between the middles of two bands the offsets are blended."""
    starts = np.array([band.start for band in bands])
    middle = np.array([*(0.5 * (starts[1:] + starts[:-1])), 0.5 * (starts[-1] + horizon)])
    low = np.interp(life, middle, [band.low for band in bands])
    high = np.interp(life, middle, [band.high for band in bands])
    return np.clip(life + np.minimum(low, 0), 0, horizon), np.clip(life + np.maximum(high, 0), 0, horizon)
