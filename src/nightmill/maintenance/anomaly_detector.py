"""Alarms without labels: exponentially weighted signals compared with healthy history, with a budget of false alarms.

Each unit is compared with its own early rows, shrunk to the healthy population. Two scores are monitored: the
largest single deviation and Hotelling's T2 of all signals (Hotelling 1947; Lowry et al. 1992 for the weighted
form). The threshold is set so that healthy history, with each part scored by the model of the other parts, would raise as
many work orders per unit and month as the budget permits; beyond the largest healthy score the tail is assumed
exponential. Rows after an alarm can't change the alarm.
"""

from collections.abc import Mapping

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.maintenance.history import Floats, MachineHistory
from nightmill.maintenance.operating_regimes import Scaling, fit_scaling, scaled

RATE = 2.0 / 31.0
BASELINE_ROWS = 60
PERSIST = 3
BLOCK = 60
FOLDS = 5
WORSE, SETTLE = 1.5, 60
"""A unit with an open work order is reported again if it has become worse by this factor.

The reference is its score within this many rows after the order, while the weighted means settle.
"""


class DetectorModel(msgspec.Struct, frozen=True):
    """Healthy scale of each signal, whitening of all signals, thresholds for both scores, and the alarm budget."""

    sensors: tuple[str, ...]
    settings: tuple[str, ...]
    scaling: Scaling
    between: tuple[float, ...]
    within: tuple[float, ...]
    whiten: tuple[tuple[float, ...], ...]
    threshold_max: float
    threshold_t2: float
    hold_off: float
    alarms_per_unit_month: float
    healthy_alarms_per_unit_month: float


class SignalAlarm(msgspec.Struct, frozen=True):
    """One work order: the unit, the cycle at which it was raised, the signals that changed, and the reason as a sentence."""

    unit: str
    cycle: int
    signals: tuple[str, ...]
    reason: str


def _weighted(z: Floats, prior: Floats) -> Floats:
    """Return causal, exponentially weighted deviations [n, m] of one unit from its baseline; missing values change nothing.

    The baseline is the mean of the first rows, shrunk to the population by ``prior`` pseudo-rows per signal.
    """
    out = np.zeros_like(z)
    total, seen, state = np.zeros(z.shape[1]), np.zeros(z.shape[1]), np.zeros(z.shape[1])
    for k, row in enumerate(z):
        known = ~np.isnan(row)
        value = np.where(known, row, 0.0)
        departure = np.where(known, value - total / (seen + prior), 0.0)
        state = np.where(known, state + RATE * (np.clip(departure, -8, 8) - state), state)
        if k < BASELINE_ROWS:
            total += value
            seen += known
        out[k] = state
    return out


def _of(smooth: Floats, within: Floats, whiten: Floats) -> tuple[Floats, Floats]:
    """Return the largest deviation and root of T2 [n] of deviations [n, m]."""
    unit = smooth / within
    return np.abs(unit).max(axis=1, initial=0.0), np.sqrt(np.square(unit @ whiten).sum(axis=1))


def fit_detector(history: MachineHistory, alarms_per_unit_month: float, cycles_per_month: float) -> DetectorModel:
    """Learn the healthy state from ``history`` and set the thresholds by the budget."""
    moving = [
        j
        for j in range(len(history.sensor_names))
        if np.nanmax(history.sensors[:, j], initial=-np.inf) > np.nanmin(history.sensors[:, j], initial=np.inf)
    ]
    scaling = fit_scaling(history.settings, history.sensors[:, moving])
    z = scaled(scaling, history.settings, history.sensors[:, moving])
    spans = [z[a:b] for a, b in zip(history.first[:-1], history.first[1:], strict=True)]
    means = np.array(
        [np.where(np.isnan(s), 0, s).sum(axis=0) / np.maximum((~np.isnan(s)).sum(axis=0), 1) for s in spans]
    )
    between = np.maximum(means.var(axis=0), 0.02) if len(spans) > 1 else np.full(len(moving), 0.25)
    noise = np.maximum(1.0 - np.minimum(between, 0.95), 0.05)
    prior = np.maximum(noise / between, 0.5)
    pieces = [_weighted(s, prior) for s in spans]
    within, whiten = _whitening(np.concatenate(pieces))
    scored = _held_out(pieces)
    # Two scores share the budget, and the healthy sample is finite: aim at a third of the budget for each.
    target = min(0.9, alarms_per_unit_month / 3 * BLOCK / max(cycles_per_month, 1.0))
    model = DetectorModel(
        tuple(history.sensor_names[j] for j in moving), history.setting_names, scaling, tuple(between.tolist()),
        tuple(within.tolist()), tuple(map(tuple, whiten.tolist())),
        _threshold([s[0] for s in scored], target), _threshold([s[1] for s in scored], target),
        max(cycles_per_month, 1.0), alarms_per_unit_month, 0.0,
    )  # fmt: skip
    months = len(z) / max(cycles_per_month, 1.0)
    return msgspec.structs.replace(model, healthy_alarms_per_unit_month=len(detect(model, history)) / max(months, 1e-9))


def _threshold(scores: list[Floats], share: float) -> float:
    """Return the score that a block of healthy rows exceeds with probability ``share`` (exponential tail over the median)."""
    blocks = [float(s[k : k + BLOCK].max()) for s in scores for k in range(0, len(s), BLOCK)]
    peaks = np.sort(np.array(blocks))
    middle = float(np.median(peaks))
    excess = max(float(np.mean(peaks[peaks >= middle] - middle)), 0.05 * max(middle, 1.0))
    return middle + excess * max(float(np.log(0.5 / share)), 0.0)


def _whitening(smooth: Floats) -> tuple[Floats, Floats]:
    """Return the spread [m] of healthy deviations [n, m] and the whitening [m, m] of the standardised ones."""
    m = smooth.shape[1]
    if not m:
        return np.zeros(0), np.zeros((0, 0))
    within = np.maximum(smooth.std(axis=0), 1e-3)
    correlation = np.corrcoef((smooth / within).T) if m > 1 and len(smooth) > 1 else np.eye(m)
    values, vectors = np.linalg.eigh(np.nan_to_num(correlation) + 0.05 * np.eye(m))
    return within, vectors / np.sqrt(np.maximum(values, 0.05))


def _held_out(pieces: list[Floats]) -> list[tuple[Floats, Floats]]:
    """Return both scores of healthy rows, each part scored by the model of the other parts.

    A short history is too small to be judged by a model of itself.
    """
    parts = max(1, -(-FOLDS // len(pieces)))
    rows = [part for piece in pieces for part in np.array_split(piece, parts) if len(part)]
    fold = [k % FOLDS for k in range(len(rows))]
    known = {
        f: _whitening(np.concatenate([r for r, g in zip(rows, fold, strict=True) if g != f] or rows)) for f in set(fold)
    }
    return [_of(part, *known[f]) for part, f in zip(rows, fold, strict=True)]


def detect(
    model: DetectorModel, history: MachineHistory, wrong: Mapping[str, npt.NDArray[np.bool_]] | None = None
) -> tuple[SignalAlarm, ...]:
    """Return work orders for every unit in ``history``; after one, a unit is left alone for a month unless it gets much worse.

    ``wrong``, by sensor: readings [n] to ignore, since the sensor is faulty.
    """
    columns = [history.sensor_names.index(name) for name in model.sensors]
    settings = [history.setting_names.index(name) for name in model.settings]
    z = scaled(model.scaling, history.settings[:, settings], history.sensors[:, columns])
    silent = np.zeros(z.shape, bool)
    for name, rows in (wrong or {}).items():
        silent[:, model.sensors.index(name)] = rows
    z[silent] = np.nan
    between = np.array(model.between)
    prior = np.maximum(np.maximum(1.0 - np.minimum(between, 0.95), 0.05) / np.maximum(between, 1e-9), 0.5)
    whiten = np.array(model.whiten).reshape(len(columns), -1)
    alarms: list[SignalAlarm] = []
    for u, name in enumerate(history.units):
        a, b = int(history.first[u]), int(history.first[u + 1])
        smooth, within = np.where(silent[a:b], 0.0, _weighted(z[a:b], prior)), np.array(model.within)
        largest, t2 = _of(smooth, within, whiten)
        unit = smooth / within
        excess = np.maximum(largest / model.threshold_max, t2 / model.threshold_t2)
        run, quiet_until, known, settled = 0, -np.inf, 1.0, 0
        for k in range(b - a):
            cycle = int(history.cycle[a + k])
            known = max(known, float(excess[k])) if k < settled else known
            bar = max(1.0, WORSE * known) if cycle < quiet_until else 1.0
            run = run + 1 if excess[k] > bar else 0
            if run >= PERSIST:
                alarms.append(_alarm(model, name, cycle, unit[k], float(largest[k]), float(t2[k])))
                run, quiet_until, known, settled = 0, cycle + model.hold_off, float(excess[k]), k + SETTLE
    return tuple(alarms)


def _alarm(model: DetectorModel, unit: str, cycle: int, departure: Floats, largest: float, t2: float) -> SignalAlarm:
    order = np.argsort(-np.abs(departure))
    named = [int(j) for j in order[:5] if abs(departure[j]) > 0.5 * abs(departure[order[0]])]
    signals = tuple(model.sensors[j] for j in named)
    moved = ", ".join(
        f"{model.sensors[j]} {'up' if departure[j] > 0 else 'down'} {abs(departure[j]):.1f} sd" for j in named
    )
    which = (
        f"largest deviation {largest:.1f} over {model.threshold_max:.1f}"
        if largest > model.threshold_max
        else f"joint deviation (T2) {t2:.1f} over {model.threshold_t2:.1f}"
    )
    return SignalAlarm(unit, cycle, signals, f"{which} for {PERSIST} cycles: {moved}")
