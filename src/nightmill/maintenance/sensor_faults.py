"""Sensor faults, distinguished from machine faults: stuck, out of range, dropped out, drifting from a sister.

There is one state per signal, updated reading by reading. Readings from a faulty sensor never affect a machine's health, so a dead
sensor neither raises an alarm for the machine nor hides behind a good sensor. Sisters are sensors for one quantity on one
machine: ``temperature_c``, ``temperature_c_2``, ... A machine fault moves them together and isn't drift.
"""

import math
from collections.abc import Mapping
from statistics import median

import msgspec

PHYSICAL: dict[str, tuple[float, float]] = {
    "vibration_mm_s": (0.0, 200.0),
    "spindle_load_pct": (-300.0, 300.0),
    "temperature_c": (-40.0, 200.0),
    "roughness_um": (0.0, 200.0),
}
"""The possible range of a working sensor; far beyond every limit of a machine. Shop values, not from a standard."""
CHANCE = 1e-6
"""The improbability of repeats or gaps, judged by the sensor's own past, at which it counts as stuck or dropped out."""
LEAST_REPEATS, LEAST_GAPS, OUTSIDE = 8, 4, 3
PARITY_READINGS, PARITY_WEIGHT, PARITY_LIMIT = 48, 0.1, 2.5
"""Number of readings for learning the difference to the sisters, weight of the newest reading in its mean, and its limit.

The limit is in standard deviations: the mean of a good sensor has a standard deviation of 0.23, and its centre is known to 0.14.
"""


class SensorFault(msgspec.Struct, frozen=True):
    """A sensor that gives wrong values. ``kind``: stuck, out_of_range, dropout, drift."""

    signal: str
    kind: str
    text: str


class SensorState(msgspec.Struct, frozen=True):
    """The state of one sensor since the machine's last service.

    ``repeats`` of ``steps`` kept the value before the current ``run`` of equal readings; ``moved`` counts readings in that
    run at which another signal of the machine changed. ``came`` of ``messages`` had a value before the current gap of
    ``missing``. ``apart``, ``apart_m2``: mean and sum of squares of the difference to this many ``sisters``; ``shift``: its weighted
    mean.
    """

    name: str
    value: float
    steps: int = 0
    repeats: int = 0
    run: int = 0
    moved: int = 0
    messages: int = 1
    came: int = 1
    missing: int = 0
    outside: int = 0
    sisters: int = 0
    pairs: int = 0
    apart: float = 0.0
    apart_m2: float = 0.0
    shift: float = 0.0


def quantity(signal: str) -> str:
    """Return the signal's name without the number of the sensor: ``temperature_c_2`` measures ``temperature_c``."""
    head, _, tail = signal.rpartition("_")
    return head if head and tail.isdecimal() else signal


def plausible(signal: str, value: float) -> bool:
    """Return whether a working sensor could read this value."""
    low, high = PHYSICAL.get(quantity(signal), (-math.inf, math.inf))
    return math.isfinite(value) and low <= value <= high


def watched(sensors: tuple[SensorState, ...], signals: Mapping[str, float]) -> tuple[SensorState, ...]:
    """Return the sensor states after one message from the machine. A message without a finite number changes nothing."""
    read = {name: value for name, value in signals.items() if math.isfinite(value)}
    if not read:
        return sensors
    known = {each.name: each for each in sensors}
    changed = {name for name, value in read.items() if name in known and value != known[name].value}
    after = {}
    for name in [*known, *(name for name in read if name not in known)]:
        old = known.get(name)
        if name not in read:
            assert old is not None
            after[name] = msgspec.structs.replace(old, missing=old.missing + 1)
        elif old is None:
            after[name] = SensorState(name, read[name], outside=int(not plausible(name, read[name])))
        else:
            after[name] = _read(old, read[name], bool(changed - {name}))
    good = {name: value for name, value in read.items() if plausible(name, value)}
    return tuple(_paired(each, good) if each.name in good else each for each in after.values())


def faults(sensors: tuple[SensorState, ...]) -> tuple[SensorFault, ...]:
    """Return the sensors that give wrong values now, each with its most serious reason."""
    shifted = [each for each in sensors if _drifts(each)]
    found = []
    for each in sensors:
        if each.outside >= OUTSIDE:
            low, high = PHYSICAL[quantity(each.name)]
            found.append(
                SensorFault(each.name, "out_of_range", f"reads {each.value:g}; {low:g} to {high:g} is possible")
            )
        elif _gone(each):
            found.append(SensorFault(each.name, "dropout", f"{each.missing} messages without it"))
        elif _stuck(each):
            found.append(
                SensorFault(each.name, "stuck", f"{each.run + 1} readings of {each.value:g} while others change")
            )
        elif each in shifted and _alone(each, sensors, shifted):
            deviations = each.shift
            found.append(SensorFault(each.name, "drift", f"{deviations:+.1f} standard deviations from its sisters"))
    return tuple(found)


def trusted(signal: str, wrong: tuple[SensorFault, ...], sensors: tuple[SensorState, ...]) -> bool:
    """Return whether the signal may be used for machine health. If two sisters disagree, nobody knows which is right,
    so both may be used.
    """
    kinds = {each.kind for each in wrong if each.signal == signal}
    return not kinds or (kinds == {"drift"} and _sisters(signal, sensors) < 3)


def _read(old: SensorState, value: float, others_changed: bool) -> SensorState:
    outside = 0 if plausible(old.name, value) else old.outside + 1
    messages, came = old.messages + old.missing + 1, old.came + 1
    if value == old.value:
        run, moved = old.run + 1, old.moved + others_changed
        steps, repeats = old.steps, old.repeats
    else:
        run, moved = 0, 0
        steps, repeats = old.steps + old.run + 1, old.repeats + old.run
    if _gone(old):
        messages, came = (
            old.messages + 1,
            old.came + 1,
        )  # a past outage says nothing about the sensor's usual gaps
    if run == 0 and (_stuck(old) or old.value == 0.0):
        steps, repeats = old.steps + 1, old.repeats  # and a fault or rest says nothing about its usual repeats
    return msgspec.structs.replace(
        old, value=value, steps=steps, repeats=repeats, run=run, moved=moved, messages=messages, came=came, missing=0,
        outside=outside,
    )  # fmt: skip


def _paired(sensor: SensorState, good: Mapping[str, float]) -> SensorState:
    """Fold the difference to the median of the sisters."""
    sisters = [v for name, v in good.items() if name != sensor.name and quantity(name) == quantity(sensor.name)]
    if not sisters or (sensor.pairs and len(sisters) != sensor.sisters):
        return sensor  # without one of the sisters the median is different
    apart, n = good[sensor.name] - median(sisters), sensor.pairs + 1
    if n <= PARITY_READINGS:
        step = apart - sensor.apart
        mean = sensor.apart + step / n
        return msgspec.structs.replace(
            sensor, sisters=len(sisters), pairs=n, apart=mean, apart_m2=sensor.apart_m2 + step * (apart - mean)
        )
    deviation = math.sqrt(sensor.apart_m2 / (PARITY_READINGS - 1))
    z = (apart - sensor.apart) / max(deviation, 1e-6 * max(abs(sensor.apart), 1.0))
    return msgspec.structs.replace(sensor, pairs=n, shift=sensor.shift + PARITY_WEIGHT * (z - sensor.shift))


def _stuck(sensor: SensorState) -> bool:
    """Return whether the sensor is stuck. Exact zeros don't count: a signal may stay at zero while the machine rests."""
    usual = (sensor.repeats + 1) / (sensor.steps + 2)
    needed = max(LEAST_REPEATS, math.ceil(math.log(CHANCE) / math.log(usual)))
    return sensor.value != 0.0 and min(sensor.run, sensor.moved) >= needed


def _gone(sensor: SensorState) -> bool:
    usual = (sensor.messages - sensor.came + 1) / (sensor.messages + 2)
    return sensor.missing >= max(LEAST_GAPS, math.ceil(math.log(CHANCE) / math.log(usual)))


def _drifts(sensor: SensorState) -> bool:
    return sensor.pairs > PARITY_READINGS and abs(sensor.shift) > PARITY_LIMIT


def _sisters(signal: str, sensors: tuple[SensorState, ...]) -> int:
    return sum(quantity(each.name) == quantity(signal) for each in sensors)


def _alone(sensor: SensorState, sensors: tuple[SensorState, ...], shifted: list[SensorState]) -> bool:
    """Return whether this sensor drifts alone: among three or more sisters, the one farthest from the others' median; of two, either."""
    if _sisters(sensor.name, sensors) < 3:
        return True
    same = [each for each in shifted if quantity(each.name) == quantity(sensor.name)]
    return abs(sensor.shift) >= max(abs(each.shift) for each in same)
