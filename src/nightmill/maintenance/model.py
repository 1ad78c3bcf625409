"""Fit and predict: what can be learned follows from the columns (failures, measured wear, or neither)."""

from typing import Literal

import msgspec
import numpy as np

from nightmill.maintenance.detector import DetectorModel, SignalAlarm, detect, fit_detector
from nightmill.maintenance.history import MachineHistory
from nightmill.maintenance.reliability import Weibull, weibull_fit, weibull_remaining
from nightmill.maintenance.remaining_life import LifeModel, fit_life, predict_life
from nightmill.maintenance.wear import WearModel, fit_wear, predict_wear
from nightmill.vocabulary.errors import UNREADABLE, BadInput, Finding

FORMAT = "nightmill-health/1"
LEAST_FAILURES = 8  # below, signals can't be told from units: the lifetime law alone answers
DEFAULT_CYCLES_PER_MONTH = 720.0  # one cycle an hour


class HealthModel(msgspec.Struct, frozen=True):
    """A fitted model, JSON through and through. ``rung``: failures, lifetimes, wear, or unlabelled."""

    format: str
    rung: Literal["failures", "lifetimes", "wear", "unlabelled"]
    units: int
    failures: int
    horizon: int
    life: LifeModel | None = None
    lifetimes: Weibull | None = None
    wear: WearModel | None = None
    detector: DetectorModel | None = None


class UnitLife(msgspec.Struct, frozen=True):
    """Remaining cycles after a unit's last row, with a 90 % interval."""

    id: str
    rul: float
    low: float
    high: float


class WearPoint(msgspec.Struct, frozen=True):
    """Wear in um at a cycle where none was measured, with a 90 % interval."""

    unit: str
    cycle: int
    value: float
    low: float
    high: float


class HealthReport(msgspec.Struct, frozen=True):
    """The answer of ``nightmill health predict``; lists that the model can't answer are empty."""

    units: tuple[UnitLife, ...] = ()
    alarms: tuple[SignalAlarm, ...] = ()
    wear: tuple[WearPoint, ...] = ()


def fit_health(
    history: MachineHistory,
    horizon: int = 125,
    alarms_per_unit_month: float = 1.0,
    cycles_per_month: float | None = None,
    threads: int = 1,
) -> HealthModel:
    """Learns what ``history`` allows. Deterministic. Raises ``BadInput`` for settings out of range or nothing to learn."""
    month = DEFAULT_CYCLES_PER_MONTH if cycles_per_month is None else cycles_per_month
    if horizon < 1 or not alarms_per_unit_month > 0 or not month > 0:
        raise BadInput(
            Finding("settings", "", f"horizon {horizon}, alarms {alarms_per_unit_month}, cycles {month}", "all above 0", "Correct them.")
        )  # fmt: skip
    failures = int(history.failed.sum())
    worn = history.wear_um is not None and bool((~np.isnan(history.wear_um)).any())
    if not history.sensor_names and not failures and not worn:
        raise BadInput(
            Finding("history", "", "no sensor_*, failed or wear_um values", "one of them", "Add what was measured.")
        )
    life = lifetimes = wear = detector = None
    rung: Literal["failures", "lifetimes", "wear", "unlabelled"] = "unlabelled"
    if worn:
        rung, wear = "wear", fit_wear(history)
    if failures:
        spans = history.cycle[history.first[1:] - 1] - history.cycle[history.first[:-1]] + 1.0
        rung, lifetimes = "lifetimes", weibull_fit(spans, history.failed)
        if failures >= LEAST_FAILURES and history.sensor_names:
            rung, life = "failures", fit_life(history, horizon, threads)
    if rung == "unlabelled":
        detector = fit_detector(history, alarms_per_unit_month, month)
    return HealthModel(FORMAT, rung, len(history.units), failures, horizon, life, lifetimes, wear, detector)


def predict_health(model: HealthModel, history: MachineHistory) -> HealthReport:
    """Remaining life, alarms or wear of every unit of ``history``, as ``model`` allows.

    Raises ``BadInput`` naming the columns that the model needs and ``history`` lacks.
    """
    needed: set[str] = set()
    for part in (model.life, model.detector):
        needed |= {*part.sensors, *part.settings} if part else set()
    if model.wear:
        needed |= set(model.wear.settings)
    lacking = sorted(needed - {*history.sensor_names, *history.setting_names})
    if lacking:
        raise BadInput(
            *(
                Finding("history", "line 1", "no such column", f"a column {name!r} as in the fit", "Add it.")
                for name in lacking
            )
        )
    return HealthReport(
        _lives(model, history), detect(model.detector, history) if model.detector else (), _wear(model, history)
    )


def _lives(model: HealthModel, history: MachineHistory) -> tuple[UnitLife, ...]:
    if model.life:
        columns = zip(history.units, *(x.tolist() for x in predict_life(model.life, history)), strict=True)
        return tuple(UnitLife(*row) for row in columns)
    if model.lifetimes is None:
        return ()
    ages = history.cycle[history.first[1:] - 1] - history.cycle[history.first[:-1]] + 1.0
    return tuple(
        UnitLife(unit, *weibull_remaining(model.lifetimes, float(age)))
        for unit, age in zip(history.units, ages, strict=True)
    )


def _wear(model: HealthModel, history: MachineHistory) -> tuple[WearPoint, ...]:
    if model.wear is None or history.wear_um is None:
        return ()
    points: list[WearPoint] = []
    for u, unit in enumerate(history.units):
        rows, *columns = predict_wear(model.wear, history, u)
        cycles = history.cycle[rows].tolist()
        points += [WearPoint(unit, *row) for row in zip(cycles, *(c.tolist() for c in columns), strict=True)]
    return tuple(points)


def save_model(model: HealthModel) -> bytes:
    """The model as JSON."""
    return msgspec.json.encode(model)


def load_model(data: bytes, file: str = "model") -> HealthModel:
    """The model from JSON. Raises ``BadInput`` when it isn't one of this format."""
    try:
        model = msgspec.json.decode(data, type=HealthModel)
    except UNREADABLE as error:
        raise BadInput(Finding(file, "", str(error), f"a {FORMAT} model", "Fit it again.")) from error
    if model.format != FORMAT:
        raise BadInput(Finding(file, "format", repr(model.format), FORMAT, "Fit it again."))
    return model
