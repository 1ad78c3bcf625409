"""Apply a fitted model to a running machine: the remaining life, its uncertainty, and the signals behind it."""

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from nightmill.maintenance.degradation import NORMAL_95
from nightmill.maintenance.history import Floats, MachineHistory
from nightmill.maintenance.remaining_useful_life import YOUNG, LifeModel, feature_table, predict_features

UNLIKE_ROOM, UNLIKE_SHARE = 0.1, 0.2
"""A reading further outside the fit's range than this fraction of the range is out of range.

If more rows of a life than the second fraction are out of range, no prediction is made.
"""
SHORT, LITTLE = 0.8, 0.02
"""Fractions of the horizon: a life below the first is short; signals that shorten it by less than the second are ignored."""
BEHIND = 0.25
"""Signals with at least this fraction of the total shortening are listed."""
CUT_OFF, LEAST_SIDE = 0.99, 0.004
"""Fractions of the horizon: the value above which a life or interval end counts as beyond it; the minimum half width of an interval."""
Rows = Sequence[tuple[int, Mapping[str, float]]]
"""Cycle and columns (``sensor_*``, ``setting_*``) of each row of a machine's current life, in order of time."""


class LearnedLife(msgspec.Struct, frozen=True):
    """Seconds left after ``at_s``, with a 90 % interval; beyond ``horizon_s`` lives can't be distinguished.

    ``signals``: the signals that shorten the life most, compared with their average in the fit; empty unless the life is short.
    """

    at_s: float
    life_s: float
    low_s: float
    high_s: float
    horizon_s: float
    failures: int
    signals: tuple[str, ...]

    def failure_within(self, at_s: float, span_s: float) -> float:
        """Return the probability of a failure within ``span_s`` after ``at_s``, given no failure since the prediction."""
        since = max(at_s - self.at_s, 0.0)
        survived = 1 - self._failed_by(since)
        return 1.0 if survived < 1e-6 else 1 - (1 - self._failed_by(since + max(span_s, 0.0))) / survived

    def _failed_by(self, span_s: float) -> float:
        # If the horizon cuts the interval off, its far side is assumed to be as long as the near one.
        cut_off = self.high_s >= CUT_OFF * self.horizon_s
        side = self.life_s - self.low_s if cut_off or span_s <= self.life_s else self.high_s - self.life_s
        deviation = max(side, LEAST_SIDE * self.horizon_s) / NORMAL_95
        return 0.5 * math.erfc((self.life_s - span_s) / deviation / math.sqrt(2))

    def text(self) -> str:
        """Return the text for an alarm's reason."""
        hours, low, high = (each / 3600 for each in (self.life_s, self.low_s, self.high_s))
        most = "at least " if self.life_s >= CUT_OFF * self.horizon_s else ""
        behind = f", by {', '.join(self.signals)}" if self.signals else ""
        return f"learned from {self.failures} failures: {most}{hours:.0f} h left ({low:.0f} to {high:.0f}){behind}"


def life_left(
    model: LifeModel,
    ranges: Mapping[str, tuple[float, float]],
    failures: int,
    rows: Rows,
    at_s: float,
    cycle_s: float,
) -> LearnedLife | None:
    """Return the remaining life after the last of ``rows``, which ended at ``at_s``; None if there are too few rows, or they lack
    a signal or differ from the fit.
    """
    if silent_because(model, ranges, rows):
        return None
    history = _history(model, rows)
    sensors = list(range(len(model.sensors)))
    last = feature_table(history, model.scaling, sensors, list(range(len(model.settings))))[-1]
    # The life as it is, without each signal (set to its average in the fit), and without any signals.
    table = np.tile(last, (len(sensors) + 2, 1))
    each = (table.shape[1] - 1) // max(len(sensors), 1)
    for j in sensors:
        columns = slice(1 + each * j, 1 + each * (j + 1))
        table[1 + j, columns] = table[-1, columns] = 0.0
    life, low, high = predict_features(model, table)
    taken = life[1:-1] - life[0]
    whole = max(float(life[-1] - life[0]), float(taken.max(initial=0.0)))
    short = life[0] < SHORT * model.horizon and whole > LITTLE * model.horizon
    named = [j for j in np.argsort(-taken, kind="stable").tolist() if short and taken[j] >= BEHIND * whole]
    if short and not named and taken.max(initial=0.0) > 0:
        named = [int(np.argmax(taken))]
    left_s, low_s, high_s = (float(x[0]) * cycle_s for x in (life, low, high))
    signals = tuple(model.sensors[j].removeprefix("sensor_") for j in named)
    return LearnedLife(at_s, left_s, low_s, high_s, model.horizon * cycle_s, failures, signals)


def _history(model: LifeModel, rows: Rows) -> MachineHistory:
    def matrix(names: tuple[str, ...]) -> Floats:
        return np.array([[row.get(name, np.nan) for name in names] for _, row in rows], float).reshape(len(rows), -1)

    return MachineHistory(
        ("",), np.array([0, len(rows)], np.int64), np.array([cycle for cycle, _ in rows], np.int64), model.settings,
        matrix(model.settings), model.sensors, matrix(model.sensors), np.zeros(1, bool), None,
    )  # fmt: skip


def silent_because(model: LifeModel, ranges: Mapping[str, tuple[float, float]], rows: Rows) -> str:
    """Return why no prediction is possible from these rows; empty if it is possible."""
    if len(rows) < YOUNG:
        return f"{len(rows)} whole rows since its service, {YOUNG} are needed"
    history = _history(model, rows)
    untold = [name for name, column in zip(model.sensors, history.sensors.T, strict=True) if np.isnan(column).all()]
    if untold:
        return f"no readings of {', '.join(untold)}"
    columns = dict(zip((*model.sensors, *model.settings), (*history.sensors.T, *history.settings.T), strict=True))
    unlike = [name for name, ends in ranges.items() if name in columns and _unlike(columns[name], *ends)]
    return f"beyond what was learned from: {', '.join(unlike)}" if unlike else ""


def _unlike(column: Floats, low: float, high: float) -> bool:
    known = column[~np.isnan(column)]
    room = UNLIKE_ROOM * (high - low) or 1e-9 * max(abs(low), 1.0)
    return len(known) > 0 and float(np.mean((known < low - room) | (known > high + room))) > UNLIKE_SHARE
