import math
import random

import pytest

from nightmill.simulation.calibration.change_point import LEARN, drifts, since_drift
from nightmill.simulation.cell.uncertainty import Cycle, MachineHistory


def machine(levels: list[tuple[int, float]], sd: float, seed: int, name: str = "A") -> MachineHistory:
    """So many cuts of 100 s at each level in turn, one a minute."""
    rng = random.Random(seed)
    ratios = [level * math.exp(rng.gauss(0.0, sd)) for number, level in levels for _ in range(number)]
    return MachineHistory(name, tuple(Cycle(100.0, 100.0 * r, "op", True, 60.0 * k) for k, r in enumerate(ratios)))


def test_false_alarms_are_rare() -> None:
    """One in about ten thousand cuts: 6 of 200 runs of 300."""
    alarms = sum(bool(drifts([machine([(300, 1.1)], 0.03, seed)])) for seed in range(200))
    assert alarms <= 14


@pytest.mark.parametrize(("size", "within"), [(1.06, 40), (0.94, 40), (1.2, 6), (0.8, 6)])
def test_a_change_is_found_about_where_it_was(size: float, within: int) -> None:
    found = 0
    for seed in range(40):
        seen = drifts([machine([(80, 1.0), (80, size)], 0.03, seed)])
        if seen and abs(seen[0].since_s / 60.0 - 80) <= within:
            assert seen[0].ratio == pytest.approx(size, rel=0.05)
            found += 1
    assert found >= 36


def test_the_last_of_two_changes_counts() -> None:
    seen = drifts([machine([(60, 1.0), (60, 1.2), (60, 1.5)], 0.02, 1)])
    assert seen[0].since_s == pytest.approx(60.0 * 120, abs=60.0 * 3)
    assert seen[0].ratio == pytest.approx(1.25, rel=0.02)


def test_exact_times_drift_only_when_they_change() -> None:
    assert drifts([machine([(200, 1.03)], 0.0, 0)]) == ()
    assert drifts([machine([(100, 1.0), (50, 1.02)], 0.0, 0)])[0].ratio == pytest.approx(1.02)


def test_what_was_before_is_forgotten_for_that_machine_alone() -> None:
    changed, steady = machine([(80, 1.0), (80, 1.3)], 0.02, 2), machine([(160, 1.0)], 0.02, 3, "B")
    left = since_drift([changed, steady])
    assert 75 <= len(left[0].cycles) <= 85
    assert min(c.actual_s for c in left[0].cycles) > 115.0
    assert left[1] == steady


def test_too_few_cuts_say_nothing() -> None:
    assert drifts([machine([(LEARN // 2, 1.0), (LEARN // 2, 3.0)], 0.01, 4)]) == ()
