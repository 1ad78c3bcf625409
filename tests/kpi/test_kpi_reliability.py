"""MTBF and MTTR: worked by hand, against published factors, and against what the intervals promise."""

from datetime import UTC, datetime

import numpy as np
import pytest

from nightmill.kpi import reliability
from nightmill.kpi.reliability import ALL, mtbf_interval, mttr_interval
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.shop import Economy, Shop, WorkUnit
from nightmill.vocabulary.units import HOUR_S


def log(*reports: r.AnyReport) -> list[e.Event]:
    return [e.Event(n, each.at_s, "machine", e.Reported(each)) for n, each in enumerate(reports, 1)]


def cut(begin_h: float, end_h: float, unit: str = "A") -> tuple[r.AnyReport, r.AnyReport]:
    begin, end = begin_h * HOUR_S, end_h * HOUR_S
    return (
        r.CycleStarted(1, begin, unit, "c", "s", "o", ""),
        r.CycleFinished(2, end, unit, "c", "s", "o", end - begin, 0.0, {}, {}, {}, {}),
    )


def test_times_between_failures_and_to_repair_by_hand(two_mills: Shop) -> None:
    found = log(
        *cut(0, 6),
        r.MachineFailed(3, 6 * HOUR_S, "A", "x"),
        r.MachineFailed(4, 7 * HOUR_S, "A", "the same failure"),
        r.MachineRepaired(5, 8 * HOUR_S, "A", "k", "bearing"),
        *cut(8, 12),
        r.MachineFailed(8, 12 * HOUR_S, "A", "x"),
        r.MachineRepaired(9, 16 * HOUR_S, "A", "k", "bearing"),
        *cut(16, 18),
        *cut(0, 9, "B"),
        r.MachineFailed(12, 19 * HOUR_S, "B", "x"),
    )
    a, b, both = reliability(found, two_mills, 20 * HOUR_S)
    assert (a.operating_h, a.failures, a.mtbf_h, a.censored_h) == pytest.approx((12.0, 2, 6.0, 2.0))
    assert (a.repairs, a.repairs_open, a.mttr_h) == (2, 0, 3.0)
    assert (b.failures, b.repairs_open, b.mttr_h, b.mttr_low_h) == (1, 1, None, None)
    assert both.machine == ALL
    assert (both.operating_h, both.failures, both.mtbf_h) == pytest.approx((21.0, 3, 7.0))
    assert both.repairs_open == 1


def test_without_a_failure_the_log_sets_a_lower_bound_only(two_mills: Shop) -> None:
    row = reliability(log(*cut(0, 10)), two_mills, 10 * HOUR_S)[0]
    assert (row.mtbf_h, row.mtbf_high_h, row.censored_h) == (None, None, 10.0)
    assert row.mtbf_low_h == pytest.approx(10.0 / 2.9957, rel=1e-4)  # -ln 0.05
    assert reliability([], two_mills, 10 * HOUR_S)[0].mtbf_low_h is None


def test_the_interval_of_the_mtbf_is_the_published_one() -> None:
    # chi-square tables: 0.95 of 2 * 5 + 2 = 12 degrees of freedom is 21.026, 0.05 of 10 is 3.940
    assert mtbf_interval(1000.0, 5) == pytest.approx((2000 / 21.026, 2000 / 3.940), rel=1e-3)


def test_the_intervals_hold_what_they_promise() -> None:
    rng = np.random.default_rng(3)
    held = [
        low <= 50.0 <= (high or np.inf)
        for n in rng.poisson(4.0, 2000)
        for low, high in [mtbf_interval(200.0, int(n))]
        if low
    ]
    assert 0.9 <= np.mean(held) <= 0.98  # exact for a discrete count: never below
    mean = float(np.exp(1.0 + 0.5**2 / 2))
    draws = [mttr_interval(rng.lognormal(1.0, 0.5, 6).tolist()) for _ in range(200)]
    assert 0.84 <= np.mean([low <= mean <= (high or np.inf) for low, high in draws if low is not None]) <= 0.96


@pytest.fixture
def two_mills() -> Shop:
    return Shop(
        name="x", start=datetime(2026, 11, 2, 6, 0, tzinfo=UTC), time_zone="UTC", currency="EUR", country="DE",
        work_units=(WorkUnit("A", "mill", "c"), WorkUnit("B", "mill", "c")), shifts=(), tools=(), parts=(), orders=(),
        items=(), bom=(), receipts=(), economy=Economy(),
    )  # fmt: skip
