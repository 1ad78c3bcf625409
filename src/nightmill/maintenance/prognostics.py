"""Fit and predict: the kind of model depends on the columns (failures, measured wear, or neither)."""

import math
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
import numpy as np

from nightmill.maintenance.anomaly_detector import DetectorModel, SignalAlarm, detect, fit_detector
from nightmill.maintenance.degradation import NORMAL_95, WearModel, fit_wear, predict_wear
from nightmill.maintenance.health_monitor import DEFAULT_LAW, HANDBOOK_WEIGHT, renewal_rate, stop_cost
from nightmill.maintenance.history import Floats, MachineHistory
from nightmill.maintenance.online_life import UNLIKE_ROOM, UNLIKE_SHARE, LearnedLife, Rows, life_left, silent_because
from nightmill.maintenance.remaining_useful_life import LifeModel, fit_life, predict_life, tried_out
from nightmill.maintenance.sensor_fault_history import SensorFaultSpan, sensor_faults
from nightmill.stats.survival import Weibull, weibayes, weibull_fit, weibull_remaining
from nightmill.vocabulary.errors import UNREADABLE, BadInput, Finding

FORMAT = "nightmill-health/1"
LEAST_FAILURES = (
    8  # below this, effects of signals and units can't be separated: only the lifetime distribution is used
)
DEFAULT_CYCLES_PER_MONTH = 720.0  # one cycle per hour
SELDOM = 0.01
"""A sensor that seems faulty in more of the fit's rows than this is not monitored.

Such a sensor is built that way (few steps, or none).
"""


class HealthModel(msgspec.Struct, frozen=True):
    """A fitted model, entirely in JSON. ``rung``: failures, lifetimes, wear, or unlabelled.

    ``ranges``: the range of each column in the fit; ``watched``: sensors that seemed faulty in almost none of its rows;
    ``cycle_s``: the length of a cycle, if the data had times.
    """

    format: str
    rung: Literal["failures", "lifetimes", "wear", "unlabelled"]
    units: int
    failures: int
    horizon: int
    life: LifeModel | None = None
    lifetimes: Weibull | None = None
    wear: WearModel | None = None
    detector: DetectorModel | None = None
    ranges: dict[str, tuple[float, float]] = {}
    watched: tuple[str, ...] = ()
    cycle_s: float | None = None

    def law(self) -> Weibull | None:
        """Return the fleet's lifetime distribution in seconds, if cycles have a length; the handbook's counts as two more failures."""
        if self.cycle_s is None:
            return None
        if self.lifetimes is None or not self.failures:
            return DEFAULT_LAW
        own = self.failures / (self.failures + HANDBOOK_WEIGHT)
        shape = self.lifetimes.shape**own * DEFAULT_LAW.shape ** (1 - own)
        return Weibull(shape, (self.lifetimes.scale * self.cycle_s) ** own * DEFAULT_LAW.scale ** (1 - own))

    def left(self, rows: Rows, at_s: float) -> LearnedLife | None:
        """Return the remaining life after ``rows``, if the model learned remaining lives and cycles have a length."""
        if self.life is None or self.cycle_s is None:
            return None
        return life_left(self.life, self.ranges, self.failures, rows, at_s, self.cycle_s)

    def silent_because(self, rows: Rows) -> str:
        """Return why ``left`` gives no prediction for a life; empty if it does."""
        if self.life is None:
            return f"{self.failures} failures, remaining life needs {LEAST_FAILURES}"
        return silent_because(self.life, self.ranges, rows)


class UnitLife(msgspec.Struct, frozen=True):
    """Remaining cycles after a unit's last row, with a 90 % interval."""

    id: str
    rul: float
    low: float
    high: float


class WearPoint(msgspec.Struct, frozen=True):
    """Wear in um at a cycle without a measurement, with a 90 % interval."""

    unit: str
    cycle: int
    value: float
    low: float
    high: float


class LifeWindow(msgspec.Struct, frozen=True):
    """A stop of a unit ``after`` this many cycles: expected cost, probability of an earlier failure, and whether it is the cheapest."""

    unit: str
    after: float
    cost: float
    failure_before: float
    cheapest: bool


class Unlike(msgspec.Struct, frozen=True):
    """A unit's column with a fraction ``share`` of its rows outside the range in the fit (``low`` .. ``high``)."""

    unit: str
    column: str
    share: float
    low: float
    high: float


class HealthReport(msgspec.Struct, frozen=True):
    """The result of ``nightmill health predict``; lists that the model can't fill are empty.

    ``unlike``: columns whose data has drifted from the fit's data, so that predictions are extrapolations.
    """

    units: tuple[UnitLife, ...] = ()
    alarms: tuple[SignalAlarm, ...] = ()
    wear: tuple[WearPoint, ...] = ()
    sensor_faults: tuple[SensorFaultSpan, ...] = ()
    unlike: tuple[Unlike, ...] = ()


def fit_health(
    history: MachineHistory,
    horizon: int = 125,
    alarms_per_unit_month: float = 1.0,
    cycles_per_month: float | None = None,
    threads: int = 1,
    cycle_s: float | None = None,
    tell: Callable[[float], None] | None = None,
) -> HealthModel:
    """Fit the model that ``history`` permits; ``cycle_s``: seconds per cycle, if it is a time; ``tell`` receives the fraction done.

    Deterministic, whatever ``threads`` is. Raises ``BadInput`` for settings out of range or nothing to learn.
    """
    month = DEFAULT_CYCLES_PER_MONTH if cycles_per_month is None else cycles_per_month
    if horizon < 1 or not alarms_per_unit_month > 0 or not month > 0:
        raise BadInput(
            Finding("settings", "", f"horizon {horizon}, alarms {alarms_per_unit_month}, cycles {month}", "all above 0", "Correct them.")
        )  # fmt: skip
    failures = int(history.failed.sum())
    worn = history.wear_um is not None and bool((~np.isnan(history.wear_um)).any())
    if not (history.sensor_names or history.failures_told or failures or worn):
        named = (
            "Name signal columns sensor_NAME and operating conditions setting_NAME, or add failed (0 or 1) or wear_um."
        )
        raise BadInput(Finding("history", "", "no column sensor_*, failed or wear_um", "one of them", named))
    life = lifetimes = wear = detector = None
    rung: Literal["failures", "lifetimes", "wear", "unlabelled"] = "unlabelled"
    changing = any(np.ptp(x[~np.isnan(x)]) > 0 for x in history.sensors.T if not np.isnan(x).all())
    if worn:
        rung, wear = "wear", fit_wear(history)
    if failures:
        rung, lifetimes = "lifetimes", weibull_fit(_spans(history), history.failed)
        if failures >= LEAST_FAILURES and history.sensor_names:
            rung, life = "failures", fit_life(history, horizon, threads, tell=tell)
    elif history.failures_told and not changing and not worn:
        # No signals and no failures: the running times of the units show how rare failures are.
        rung, lifetimes = "lifetimes", weibayes(_spans(history), DEFAULT_LAW.shape)
    if rung == "unlabelled" and not changing:
        still = "no signal that changes, failure or measured wear"
        raise BadInput(
            Finding(
                "history",
                "sensor_*",
                still,
                "at least one signal that changes",
                "Record signals for longer, or record others.",
            )
        )
    if rung == "unlabelled":
        detector = fit_detector(history, alarms_per_unit_month, month)
        if history.failures_told:
            lifetimes = weibayes(_spans(history), DEFAULT_LAW.shape)
    elif rung == "lifetimes" and changing:
        detector = fit_detector(_healthy(history), alarms_per_unit_month, month)
    units = len(set(history.units))
    ranges = _ranges(history, life or detector, with_sensors=life is not None)
    watched = _watched(history, life or detector)
    return HealthModel(
        FORMAT, rung, units, failures, horizon, life, lifetimes, wear, detector, ranges, watched, cycle_s
    )


def _watched(history: MachineHistory, part: LifeModel | DetectorModel | None) -> tuple[str, ...]:
    if part is None:
        return ()
    at_fault = sensor_faults(history, part.sensors)[1].mean(axis=0)
    return tuple(name for name, share in zip(part.sensors, at_fault, strict=True) if share < SELDOM)


def _healthy(history: MachineHistory) -> MachineHistory:
    """Return the first half of each life that ended with a failure, and all other lives in full: the data for a detector."""
    lengths = np.diff(history.first)
    kept = np.where(history.failed, -(-lengths // 2), lengths)
    rows = np.concatenate([np.arange(a, a + n) for a, n in zip(history.first[:-1], kept, strict=True)])
    return msgspec.structs.replace(
        history, first=np.append(0, np.cumsum(kept)).astype(np.int64), cycle=history.cycle[rows], settings=history.settings[rows],
        sensors=history.sensors[rows], wear_um=None if history.wear_um is None else history.wear_um[rows],
    )  # fmt: skip


def _ranges(
    history: MachineHistory, part: LifeModel | DetectorModel | None, *, with_sensors: bool
) -> dict[str, tuple[float, float]]:
    """Return the range of each column. A detector's sensors are left out, since the detector itself looks for values outside it."""
    if part is None:
        return {}
    names = (*part.settings, *(part.sensors if with_sensors else ()))
    columns = {name: _column(history, name) for name in names}
    known = {name: x[~np.isnan(x)] for name, x in columns.items()}
    return {name: (float(x.min()), float(x.max())) for name, x in known.items() if len(x)}


def _column(history: MachineHistory, name: str) -> Floats:
    if name in history.setting_names:
        return history.settings[:, history.setting_names.index(name)]
    return history.sensors[:, history.sensor_names.index(name)]


def predict_health(model: HealthModel, history: MachineHistory, file: str = "history") -> HealthReport:
    """Remaining life, alarms or wear of every unit of ``history``, as far as ``model`` permits; also faulty sensors, and data
    that differs from the fit's.

    Raises ``BadInput`` naming the columns that the model needs and ``history``, read from ``file``, lacks.
    """
    needed: set[str] = set()
    part = model.life or model.detector
    there = {*history.sensor_names, *history.setting_names}
    columns = {*part.sensors, *part.settings} if part else set()
    if model.rung == "lifetimes" and not columns <= there:
        part, columns = None, set()  # the lifetime distribution needs none of them
    needed |= columns
    if model.wear:
        needed |= set(model.wear.settings)
    lacking = sorted(needed - there)
    if lacking:
        raise BadInput(
            *(
                Finding(file, "line 1", "no such column", f"a column {name!r} as in the fit", "Add it.")
                for name in lacking
            )
        )
    spans, wrong = sensor_faults(history, model.watched) if part else ((), np.zeros((len(history.cycle), 0), bool))
    alarms = (
        detect(model.detector, history, dict(zip(model.watched, wrong.T, strict=True)))
        if model.detector and part
        else ()
    )
    unlike = _unlike(model, history) if part else ()
    return HealthReport(_lives(model, history), alarms, _wear(model, history), spans, unlike)


def _unlike(model: HealthModel, history: MachineHistory) -> tuple[Unlike, ...]:
    found = []
    names = list(dict.fromkeys(history.units))
    numbers = {name: k for k, name in enumerate(names)}
    unit = np.array([numbers[name] for name in history.units], np.int64)[history.unit_of_row]
    for name, (low, high) in model.ranges.items():
        column, room = _column(history, name), UNLIKE_ROOM * (high - low) or 1e-9 * max(abs(low), 1.0)
        outside, known = (column < low - room) | (column > high + room), ~np.isnan(column)
        rows, beyond = (np.bincount(unit[where], minlength=len(names)) for where in (known, outside))
        share = beyond / np.maximum(rows, 1)
        found += [Unlike(names[k], name, float(share[k]), low, high) for k in np.flatnonzero(share > UNLIKE_SHARE)]
    return tuple(found)


def _lives(model: HealthModel, history: MachineHistory) -> tuple[UnitLife, ...]:
    """Return the current life of each unit."""
    return tuple({each.id: each for each in _each_life(model, history)}.values())


def _each_life(model: HealthModel, history: MachineHistory) -> tuple[UnitLife, ...]:
    if model.life:
        columns = zip(history.units, *(x.tolist() for x in predict_life(model.life, history)), strict=True)
        return tuple(UnitLife(*row) for row in columns)
    if model.lifetimes is None:
        return ()
    return tuple(
        UnitLife(unit, *weibull_remaining(model.lifetimes, float(age)))
        for unit, age in zip(history.units, _spans(history), strict=True)
    )


def _spans(history: MachineHistory) -> Floats:
    """Return the cycles of each life from its first row to its last.

    If no life has more than one row, each row gives only the length of its life: the cycle is the age.
    """
    last = history.first[1:] - 1
    if bool((np.diff(history.first) == 1).all()):
        return np.maximum(history.age[last], 1).astype(np.float64)
    return np.asarray(history.cycle[last] - history.cycle[history.first[:-1]] + 1.0, np.float64)


def _wear(model: HealthModel, history: MachineHistory) -> tuple[WearPoint, ...]:
    if model.wear is None or history.wear_um is None:
        return ()
    points: list[WearPoint] = []
    for u, unit in enumerate(history.units):
        rows, *columns = predict_wear(model.wear, history, u)
        cycles = history.cycle[rows].tolist()
        points += [WearPoint(unit, *row) for row in zip(cycles, *(c.tolist() for c in columns), strict=True)]
    return tuple(points)


def life_windows(
    model: HealthModel,
    lives: Sequence[UnitLife],
    after: Sequence[float],
    failure_cost: float,
    planned_cost: float,
    file: str = "model",
) -> tuple[LifeWindow, ...]:
    """Return the cost curve of each unit over windows ``after`` given cycles from its last row, like ``window_costs`` for the running shop.

    The remaining life is split-normal around its prediction, with the given 90 % interval; the cost rate of the time gained is
    that of the best age replacement under the fleet's lifetime distribution. Raises ``BadInput`` if the model, read from ``file``, contains
    no failures.
    """
    if model.lifetimes is None:
        missing = Finding(
            file,
            "rung",
            model.rung,
            "a model that learned from failures",
            "Fit a model from a history with a column failed.",
        )
        raise BadInput(missing)
    if not (failure_cost > planned_cost > 0 and len(after) and min(after) >= 0):
        asked = (
            f"failure {failure_cost}, planned {planned_cost}, windows {', '.join(f'{a:g}' for a in after) or 'none'}"
        )
        raise BadInput(
            Finding("windows", "", asked, "a failure cost above that of a planned stop, windows >= 0", "Correct them.")
        )
    rate = renewal_rate(model.lifetimes, failure_cost, planned_cost)
    curve: list[LifeWindow] = []
    for life in lives:
        chances = [_failed_within(life, each) for each in after]
        costs = [stop_cost(each, p, rate, failure_cost, planned_cost) for each, p in zip(after, chances, strict=True)]
        best = costs.index(min(costs))
        curve += [
            LifeWindow(life.id, a, c, p, k == best)
            for k, (a, c, p) in enumerate(zip(after, costs, chances, strict=True))
        ]
    return tuple(curve)


def _failed_within(life: UnitLife, span: float) -> float:
    """Return the probability that the unit fails within ``span``: a split-normal distribution."""
    side = life.high - life.rul if span > life.rul else life.rul - life.low
    return 0.5 * math.erfc(-(span - life.rul) / (max(side, 0.5) / NORMAL_95) / math.sqrt(2))


def save_model(model: HealthModel) -> bytes:
    """Return the model as JSON."""
    return msgspec.json.encode(model)


def load_model(data: bytes, file: str = "model") -> HealthModel:
    """Read the model from JSON. Raises ``BadInput`` if it isn't in this format."""
    try:
        model = msgspec.json.decode(data, type=HealthModel)
    except UNREADABLE as error:
        raise BadInput(Finding(file, "", str(error), f"a {FORMAT} model", "Fit it again.")) from error
    if model.format != FORMAT:
        raise BadInput(Finding(file, "format", repr(model.format), FORMAT, "Fit it again."))
    wrong = tried_out(model.life) if model.life else ""
    if wrong:
        raise BadInput(Finding(file, "life", wrong, "a model written by health fit", "Fit it again."))
    return model
