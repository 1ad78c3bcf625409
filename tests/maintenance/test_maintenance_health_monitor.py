from itertools import pairwise

import numpy as np
import pytest

from nightmill.maintenance.health_monitor import (
    Assessment,
    HealthMonitor,
    Window,
    assess,
    choose_window,
    renewal_rate,
    serviced,
    update,
    window_costs,
)
from nightmill.stats.survival import Weibull
from nightmill.vocabulary.units import HOUR_S


def run(hours: int, growth: float, seed: int = 0) -> tuple[HealthMonitor, Assessment]:
    rng = np.random.default_rng(seed)
    state = HealthMonitor("mill-1", 0.0)
    for k in range(hours * 4):
        t = k / 4
        state, seen = update(
            state,
            {
                "vibration_mm_s": 1.2 * (1 + growth * max(0, t - 30)) + rng.normal(0, 0.03),
                "spindle_load_pct": 40 + rng.normal(0, 1),
                "temperature_c": 35 + rng.normal(0, 0.5),
            },
            t * HOUR_S,
        )
    return state, seen


def test_a_steady_machine_is_healthy_and_a_drifting_one_is_not() -> None:
    _, steady = run(60, 0.0)
    state, drifting = run(60, 0.03)
    assert steady.health > 0.85
    assert drifting.health < 0.6
    assert drifting.signals == ("vibration_mm_s",)
    assert drifting.failure_within(24 * HOUR_S) > 3 * steady.failure_within(24 * HOUR_S)
    assert "vibration" in drifting.reason
    fresh, seen = update(serviced(state, 60 * HOUR_S), {"vibration_mm_s": 1.2}, 60.1 * HOUR_S)
    assert (seen.health, fresh.since_s) == (1.0, 60 * HOUR_S)


def test_missing_and_broken_readings_change_nothing() -> None:
    state, _ = run(10, 0.0)
    same, _ = update(state, {"vibration_mm_s": float("nan")}, 11 * HOUR_S)
    assert same == state


def test_failure_becomes_likelier_with_the_span() -> None:
    _, seen = run(60, 0.03)
    spans = [seen.failure_within(h * HOUR_S) for h in range(0, 200, 5)]
    assert all(0 <= a <= b <= 1 for a, b in pairwise(spans))


def test_a_drifting_machine_is_stopped_early_and_a_steady_one_late() -> None:
    windows = [Window(h * HOUR_S, lost_production_usd=50.0) for h in (62, 80, 110)]
    chosen = []
    for growth in (0.04, 0.0):
        best = choose_window(window_costs(run(60, growth)[1], windows, 5000.0, 300.0))
        assert best is not None
        chosen.append(best.window.start_s / HOUR_S)
    assert chosen[0] == 62
    assert chosen[1] > chosen[0]
    assert choose_window(()) is None


def test_the_renewal_rate_of_a_memoryless_machine_is_that_of_running_to_failure() -> None:
    law = Weibull(1.0, 100.0)
    assert renewal_rate(law, 10.0, 9.99) == pytest.approx(10.0 / 100.0)


def to_failure(state: HealthMonitor, life_h: int, fails_at: float, seed: int) -> HealthMonitor:
    rng = np.random.default_rng(seed)
    for hour in range(1, life_h):
        level = 1.2 * (1 + (fails_at - 1) * (hour / life_h) ** 4)
        state, _ = update(state, {"vibration_mm_s": level + rng.normal(0, 0.02)}, hour * HOUR_S)
    return state


def test_failures_teach_where_the_limit_lies_and_sudden_ones_do_not() -> None:
    state = HealthMonitor("m", 0.0)
    handbook = to_failure(state, 300, 4.0, 0)
    assert assess(handbook, 299 * HOUR_S).time_to_limit_s == 0
    for seed in range(6):
        state = serviced(to_failure(state, 300, 4.0, seed), 0.0, failed=True)
    assert 1.7 < state.limit_share("vibration_mm_s") < 2.1
    assert state.limit_spread("vibration_mm_s") < handbook.limit_spread("vibration_mm_s")
    early = update(HealthMonitor("m", 0.0), {"vibration_mm_s": 1.2}, 0.0)[0]
    assert serviced(early, HOUR_S, failed=True).failed_at == {}
    worn = to_failure(HealthMonitor("m", 0.0), 300, 4.0, 7)
    assert serviced(worn, HOUR_S, failed=True, renewed=True).failed_at
    assert serviced(worn, HOUR_S, failed=True, renewed=False) == worn, (
        "a cause that no signal tells of teaches no limit"
    )


def test_the_time_left_of_growing_wear_is_foreseen() -> None:
    state = HealthMonitor("m", 0.0, failed_at={"vibration_mm_s": (2.0,) * 8})
    rng = np.random.default_rng(3)
    for hour in range(1, 351):
        level = 1.2 * (1 + 3.0 * (hour / 400) ** 4) + rng.normal(0, 0.02)
        state, seen = update(state, {"vibration_mm_s": level}, hour * HOUR_S)
    assert seen.time_to_limit_s is not None
    assert 25 < seen.time_to_limit_s / HOUR_S < 75
