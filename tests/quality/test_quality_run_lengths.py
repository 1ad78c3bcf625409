"""Exact run lengths against published tables, and the charts' own against the exact ones."""

import math
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from run_lengths import CHARTS, cusum, ewma, ewma_standing, measured, shewhart

SHIFTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)


@pytest.mark.parametrize(
    ("h", "published"),
    # Montgomery, Introduction to Statistical Quality Control, table 9.3, k = 0.5
    [
        (4.0, (168, 74.2, 26.6, 13.3, 8.38, 4.75, 3.34, 2.62, 2.19, 1.71)),
        (5.0, (465, 139, 38.0, 17.0, 10.4, 5.75, 4.01, 3.11, 2.57, 2.01)),
    ],
)
def test_cusum_of_the_published_table(h: float, published: tuple[float, ...]) -> None:
    assert [cusum(shift, 0.5, h) for shift in SHIFTS] == pytest.approx(published, rel=6e-3)


@pytest.mark.parametrize(
    ("weight", "width", "published"),
    # Lucas & Saccucci, Technometrics 32 (1990) 1, table 3 (Montgomery, table 9.11)
    [
        (0.40, 3.054, (500, 224, 71.2, 28.4, 14.3, 5.9, 3.5, 2.5, 2.0, 1.4)),
        (0.20, 2.962, (500, 150, 41.8, 18.2, 10.5, 5.5, 3.7, 2.9, 2.4, 1.9)),
        (0.10, 2.814, (500, 106, 31.3, 15.9, 10.3, 6.1, 4.4, 3.4, 2.9, 2.2)),
    ],
)
def test_ewma_of_the_published_table(weight: float, width: float, published: tuple[float, ...]) -> None:
    found = [ewma_standing(shift, weight, width) for shift in SHIFTS]
    assert found[:4] == pytest.approx(published[:4], rel=6e-3)
    assert found[4:] == pytest.approx(published[4:], abs=0.06)


def test_shewhart_of_the_published_table() -> None:
    published = (370.4, 281.1, 155.2, 81.2, 43.9, 15.0, 6.3, 3.24, 2.0, 1.19)
    assert [shewhart(shift) for shift in SHIFTS] == pytest.approx(published, rel=6e-3)


def test_limits_that_widen_from_the_start_signal_sooner_and_with_all_weight_on_the_last_value_as_shewhart() -> None:
    assert ewma(1.0) < ewma_standing(1.0)
    assert ewma(0.5, 0.999999) == pytest.approx(shewhart(0.5), rel=1e-4)


def test_the_charts_run_as_long_as_they_must() -> None:
    for shift in (0.5, 1.0, 2.0):
        found = measured(shift, 100, 1, row=15_000)
        for chart, exact in CHARTS.items():
            length, signals = found[chart]
            assert length == pytest.approx(exact(shift), rel=4 / math.sqrt(signals)), (chart, shift)
