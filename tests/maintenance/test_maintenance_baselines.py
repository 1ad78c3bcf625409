"""Signals that change with the job and the state of operation, and machines that wear out amid it."""

import numpy as np
import pytest

from nightmill.maintenance.baselines import BASELINE_READINGS, SignalState, folded
from nightmill.maintenance.health_monitor import Assessment, HealthMonitor, serviced, update
from nightmill.vocabulary.units import HOUR_S

LOAD = {"": 5.0, "roughing": 55.0, "finishing": 20.0}
RATTLE = {"": 1.2, "roughing": 1.8, "finishing": 1.3}


def days(seed: int, count: int, wear: float = 0.0, told: bool = True) -> list[Assessment]:
    """Half-hourly readings of a mill that rests at night, finishes for a week and roughs from the eighth day on."""
    rng, state, seen = np.random.default_rng(seed), HealthMonitor("m", 0.0), []
    for n in range(48 * count):
        busy = 12 <= n % 48 < 40
        job = ("roughing" if n >= 8 * 48 else "finishing") if busy else ""
        damage = wear * (n / (48 * count)) ** 6
        read = {
            "vibration_mm_s": (RATTLE[job] + 1.2 * 3.5 * damage) * rng.lognormal(0, 0.05),
            "spindle_load_pct": (LOAD[job] + 18 * damage) * rng.lognormal(0, 0.05),
            "temperature_c": 24.0 + 10 * (15 <= n % 48 < 43) + rng.normal(0, 1),
        }
        doing = ("cutting" if busy else "rest", job) if told else ("", "")
        state, assessment = update(state, read, n * HOUR_S / 2, *doing)
        seen.append(assessment)
    return seen


@pytest.mark.parametrize("seed", range(3))
def test_another_job_is_no_wear_where_the_job_is_known(seed: int) -> None:
    assert min(each.health for each in days(seed, 14)) > 0.75
    assert not any(each.signals for each in days(seed, 14)[8 * 48 + 28 :])


@pytest.mark.parametrize("seed", range(3))
def test_wear_shows_whatever_the_machine_does(seed: int) -> None:
    seen = days(seed, 14, wear=0.9)
    first = next(n for n, each in enumerate(seen) if each.health < 0.6)
    assert 0.75 < first / len(seen) < 0.95
    assert "vibration_mm_s" in seen[-1].signals


def test_a_quiet_state_says_more_than_one_that_jumps_about() -> None:
    rng, signal = np.random.default_rng(0), SignalState("spindle_load_pct", 0.0)
    for n in range(200):
        cutting = n % 2 == 0
        value = 40 + rng.normal(0, 8) if cutting else 5 + rng.normal(0, 0.1)
        signal = folded(
            signal, value + (3.0 if n >= 120 else 0.0), n * HOUR_S / 2, "cutting" if cutting else "rest", ""
        )
    assert signal.fast == pytest.approx(3.0, abs=0.3)
    assert signal.error() < 0.2


def test_a_baseline_takes_a_day_and_enough_readings() -> None:
    signal = SignalState("temperature_c", 0.0)
    for n in range(2 * BASELINE_READINGS):
        signal = folded(signal, 20.0 + n % 2, n * HOUR_S / 2, "rest", "")
        assert not signal.ready()
    for n in range(2 * BASELINE_READINGS, 3 * 24):
        signal = folded(signal, 20.0 + n % 2, n * HOUR_S / 2, "rest", "")
    assert signal.ready()
    assert signal.levels["rest"].mean == pytest.approx(20.5, abs=0.1)


def test_after_a_sudden_failure_the_machine_is_as_old_as_before() -> None:
    state = HealthMonitor("m", 0.0)
    for n in range(200):
        state, _ = update(state, {"vibration_mm_s": 1.2 + 0.003 * max(0, n - 100)}, n * HOUR_S / 2)
    assert serviced(state, 101 * HOUR_S, failed=True) == state
    assert serviced(state, 101 * HOUR_S).since_s == 101 * HOUR_S
