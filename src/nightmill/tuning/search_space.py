"""Map settings to points of a unit cube and back: scales, steps, whole numbers, choices."""

from collections.abc import Sequence

import numpy as np

from nightmill.stats.gaussian_process import Floats
from nightmill.tuning.study import MACHINE, Parameter, Study, Value

ALIKE = 0.3
"""Distance between two machines relative to that between two other choices: machines differ less than materials."""


def width(study: Study) -> int:
    """Return the number of coordinates: one for each number, and one for each value of a choice."""
    return sum(len(p.values) if p.kind == "choice" else 1 for p in study.parameters)


def encode(study: Study, settings: Sequence[dict[str, Value]]) -> Floats:
    """Return settings as points [n, width]; numbers outside their range are outside 0..1."""
    out = np.zeros((len(settings), width(study)))
    k = 0
    for p in study.parameters:
        if p.kind == "choice":
            apart = ALIKE if study.machines and p.name == MACHINE else 1.0
            for row, setting in enumerate(settings):
                if setting.get(p.name) in p.values:
                    out[row, k + p.values.index(setting[p.name])] = apart
            k += len(p.values)
            continue
        column = np.array([float(setting[p.name]) for setting in settings])
        low, high = _ends(p)
        if p.scale == "log":
            column = np.log(np.maximum(column, 1e-3 * p.low))
        out[:, k] = (column - low) / (high - low)
        k += 1
    return out


def decode(study: Study, points: Floats) -> list[dict[str, Value]]:
    """Return the nearest permitted setting for each point."""
    settings: list[dict[str, Value]] = []
    for point in points:
        setting: dict[str, Value] = {}
        k = 0
        for p in study.parameters:
            if p.kind == "choice":
                setting[p.name] = p.values[int(np.argmax(point[k : k + len(p.values)]))]
                k += len(p.values)
                continue
            low, high = _ends(p)
            value = low + min(max(float(point[k]), 0.0), 1.0) * (high - low)
            setting[p.name] = _allowed(p, float(np.exp(value)) if p.scale == "log" else value)
            k += 1
        settings.append(setting)
    return settings


def level_gaps(study: Study) -> Floats:
    """Return the largest gap between neighbouring levels of each number, as a fraction of its range; 0 without levels."""
    gaps = []
    for p in study.parameters:
        if p.kind != "choice":
            step = p.step if p.step is not None else 1.0 if p.kind == "integer" else 0.0
            low, high = _ends(p)
            second = float(np.log(p.low + step)) if p.scale == "log" else p.low + step
            gaps.append((second - low) / (high - low))
    return np.array(gaps)


def _ends(p: Parameter) -> tuple[float, float]:
    return (float(np.log(p.low)), float(np.log(p.high))) if p.scale == "log" else (p.low, p.high)


def _allowed(p: Parameter, value: float) -> Value:
    if p.step is not None:
        steps = np.floor((p.high - p.low) / p.step + 1e-9)
        value = p.low + p.step * float(np.clip(np.round((value - p.low) / p.step), 0, steps))
    value = min(max(value, p.low), p.high)
    if p.kind == "integer":
        return int(min(max(round(value), np.ceil(p.low)), np.floor(p.high)))
    return value
