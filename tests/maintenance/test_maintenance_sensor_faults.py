"""Sensor faults seeded into machines that are well, wearing out or at rest: named in time, and nothing else is."""

from collections.abc import Callable

import numpy as np
import pytest

from nightmill.maintenance.health_monitor import Assessment, HealthMonitor, serviced, update
from nightmill.maintenance.sensor_faults import quantity
from nightmill.vocabulary.units import HOUR_S

Message = dict[str, float]
Seeded = Callable[[int, Message], Message]
START = 300
"""Message at which a fault is seeded, one each half hour."""
NAMES = ("vibration_mm_s", "spindle_load_pct", "temperature_c", "temperature_c_2", "temperature_c_3")


def life(seed: int, messages: int, seeded: Seeded | None = None, wear: float = 0.0) -> list[Assessment]:
    """A machine that cuts by day, with three temperature sensors; ``wear`` is the damage reached at the end."""
    rng, state, seen = np.random.default_rng(seed), HealthMonitor("m", 0.0), []
    offsets = rng.normal(0, 1, 3)
    for n in range(messages):
        cutting = rng.random() < (0.9 if (n // 24) % 2 == 0 else 0.3)
        damage = wear * (n / messages) ** 6
        warm = 22 + 5 * np.sin(2 * np.pi * n / 48) + 6 * cutting + 10 * damage
        message = {
            "vibration_mm_s": round(1.2 * (1 + 3.5 * damage) * rng.lognormal(0, 0.05), 4),
            "spindle_load_pct": round((40 if cutting else 5) * rng.lognormal(0, 0.05) + 18 * damage, 3),
        }
        for k, offset in enumerate(offsets):
            name = "temperature_c" if k == 0 else f"temperature_c_{k + 1}"
            # the third shows whole degrees, as cheap sensors do
            message[name] = round(warm + offset + rng.normal(0, 0.3), 0 if k == 2 else 3)
        state, assessment = update(state, seeded(n, message) if seeded else message, n * HOUR_S / 2)
        seen.append(assessment)
    return seen


def stuck(n: int, message: Message) -> Message:
    return {**message, "vibration_mm_s": 1.31} if n >= START else message


def coarse_stuck(n: int, message: Message) -> Message:
    return {**message, "temperature_c_3": 27.0} if n >= START else message


def impossible(n: int, message: Message) -> Message:
    return {**message, "temperature_c": 850.0} if n >= START else message


def silent(n: int, message: Message) -> Message:
    return {name: value for name, value in message.items() if n < START or name != "spindle_load_pct"}


def lost(n: int, message: Message) -> Message:
    return {**message, "spindle_load_pct": float("nan")} if n >= START else message


def drifting(n: int, message: Message) -> Message:
    return {**message, "temperature_c_2": message["temperature_c_2"] + 0.05 * max(0, n - START)}


@pytest.mark.parametrize(
    ("seeded", "signal", "kind", "within"),
    [
        (stuck, "vibration_mm_s", "stuck", 10),
        (coarse_stuck, "temperature_c_3", "stuck", 30),
        (impossible, "temperature_c", "out_of_range", 3),
        (silent, "spindle_load_pct", "dropout", 5),
        (lost, "spindle_load_pct", "dropout", 5),
        (drifting, "temperature_c_2", "drift", 60),
    ],
)
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_each_seeded_fault_is_named_in_time_and_no_other(
    seeded: Seeded, signal: str, kind: str, within: int, seed: int
) -> None:
    seen = life(seed, START + 80, seeded)
    assert not any(each.sensor_faults for each in seen[:START])
    assert {fault.signal for each in seen for fault in each.sensor_faults} == {signal}, "and no sister instead"
    # a stuck sensor parts from its sisters before it has been still for long enough
    assert {fault.kind for each in seen for fault in each.sensor_faults} <= {kind, "drift"}
    assert [fault.kind for fault in seen[-1].sensor_faults] == [kind]
    first = next(n for n, each in enumerate(seen) if each.sensor_faults)
    assert first - START <= within
    assert seen[-1].health > 0.6, "a machine that is well isn't stopped for its sensor"


def test_machines_that_are_well_or_wear_out_have_no_sensor_faults() -> None:
    for seed in range(8):
        assert not any(each.sensor_faults for each in life(seed, 1000))
    for seed in range(4):
        seen = life(seed, 700, wear=1.0)
        assert not any(each.sensor_faults for each in seen)
        assert seen[-1].health < 0.6, "the machine's own fault is still seen"


def test_a_stuck_sensor_does_not_hide_a_machine_that_wears_out() -> None:
    seen = life(1, 700, lambda n, message: {**message, "vibration_mm_s": 1.2} if n > 100 else message, wear=1.0)
    assert {fault.kind for fault in seen[-1].sensor_faults} == {"stuck"}
    assert "vibration_mm_s" not in seen[-1].signals
    assert seen[-1].health < life(1, 700)[-1].health


def test_a_machine_at_rest_and_a_sensor_mended_are_no_faults() -> None:
    state = HealthMonitor("m", 0.0)
    for n in range(200):
        resting = {"vibration_mm_s": 0.0, "spindle_load_pct": 0.0, "temperature_c": 20 + 0.01 * n}
        state, seen = update(state, resting, n * HOUR_S)
    assert seen.sensor_faults == ()
    for n in range(40):
        state, seen = update(state, {"vibration_mm_s": 1.0, "temperature_c": 30 + 0.1 * n}, (200 + n) * HOUR_S)
    assert {fault.signal for fault in seen.sensor_faults} == {"vibration_mm_s", "spindle_load_pct"}
    back = {"vibration_mm_s": 1.1, "spindle_load_pct": 3.0, "temperature_c": 31.0}
    assert update(state, back, 241 * HOUR_S)[1].sensor_faults == ()
    assert serviced(state, 241 * HOUR_S).sensors == ()


def test_of_two_sisters_that_part_both_are_named_and_both_still_speak() -> None:
    def two(n: int, message: Message) -> Message:
        message.pop("temperature_c_3")
        return drifting(n, message)

    last = life(2, START + 80, two)[-1]
    assert {fault.signal for fault in last.sensor_faults} == {"temperature_c", "temperature_c_2"}


def test_sisters_share_their_quantity() -> None:
    assert [quantity(name) for name in NAMES] == ["vibration_mm_s", "spindle_load_pct"] + ["temperature_c"] * 3
