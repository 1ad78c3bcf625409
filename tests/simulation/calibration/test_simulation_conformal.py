import math
import random

import pytest

from nightmill.simulation.calibration.conformal import (
    LEAST,
    Forecast,
    Interval,
    Outcome,
    Widening,
    crps_s,
    due_outcomes,
    quality,
    widening,
    wrapped,
)
from nightmill.simulation.calibration.track_record import judge

DRAWS = 100


def forecast(rng: random.Random, mean: float = 50000.0, sd: float = 4000.0, made_s: float = 0.0) -> Forecast:
    return Forecast("O", made_s, tuple(made_s + rng.gauss(mean, sd) for _ in range(DRAWS)))


def history(rng: random.Random, bias: float, true_sd: float, number: int) -> list[Outcome]:
    """Forecasts of sd 4000 about 50000; the truth is ``bias`` times as long and scatters with ``true_sd``."""
    return [Outcome(forecast(rng), rng.gauss(50000.0 * bias, true_sd)) for _ in range(number)]


@pytest.mark.parametrize(
    ("bias", "true_sd", "raw"),
    [(1.0, 4000.0, (0.87, 0.93)), (1.15, 4000.0, (0.2, 0.6)), (1.0, 12000.0, (0.3, 0.55)), (0.8, 1000.0, (0.0, 0.05))],
    ids=["true", "late", "too sure", "early and exact"],
)
def test_wrapped_intervals_hold_what_they_promise(bias: float, true_sd: float, raw: tuple[float, float]) -> None:
    rng = random.Random(4)
    by = widening(history(rng, bias, true_sd, 400), 0.9)
    tests = history(rng, bias, true_sd, 4000)
    found = quality([(each, wrapped(each.forecast, by)) for each in tests])
    assert found is not None
    assert raw[0] <= found.coverage_90 <= raw[1]
    assert 0.86 <= found.wrapped_90 <= 0.94  # 400 outcomes leave about 1.5 points, one sigma


def test_a_true_model_needs_no_correction_and_a_too_wide_one_is_narrowed() -> None:
    rng = random.Random(5)
    true = widening(history(rng, 1.0, 4000.0, 400), 0.9)
    assert abs(true.low) < 0.12
    assert abs(true.high) < 0.12
    timid = widening(history(rng, 1.0, 1000.0, 400), 0.9)
    assert timid.low < -0.2
    assert timid.high < -0.2


def test_with_few_completions_nothing_is_corrected() -> None:
    rng = random.Random(6)
    assert widening(history(rng, 2.0, 10.0, LEAST - 1), 0.9) == Widening(0.9)
    assert widening(history(rng, 2.0, 10.0, LEAST), 0.9).high > 1.0


def test_only_recent_completions_count() -> None:
    rng = random.Random(7)
    old, new = history(rng, 2.0, 100.0, 500), history(rng, 1.0, 4000.0, 400)
    assert widening(old + new, 0.9) == widening(new, 0.9)


def test_an_interval_never_ends_before_it_begins_or_begins_before_it_was_made() -> None:
    one = Forecast("O", 1000.0, tuple(2000.0 + k for k in range(DRAWS)))
    assert wrapped(one, Widening(0.9, 100.0, 0.0, 0.0, 50)).low_s == 1000.0
    narrow = wrapped(one, Widening(0.9, -10.0, -10.0, 0.0, 50))
    assert narrow.high_s == narrow.low_s
    beyond = Forecast("O", 0.0, (*range(90), *[math.inf] * 10))
    assert wrapped(beyond, Widening(0.9, 1.0, 1.0, 0.0, 50)).high_s == math.inf


def test_errors_that_do_not_grow_with_the_forecast_are_not_multiplied() -> None:
    """Half of the forecasts are sure to seconds, half to hours; all are wrong by up to ten hours."""
    rng = random.Random(11)
    made = [forecast(rng, 40000.0, sd) for _ in range(400) for sd in (5.0, 4000.0)]
    outcomes = [Outcome(each, 40000.0 + rng.uniform(-36000.0, 36000.0)) for each in made]
    by = widening(outcomes[:400], 0.9)
    found = quality([(each, wrapped(each.forecast, by)) for each in outcomes[400:]])
    assert found is not None
    assert 0.85 <= found.wrapped_90 <= 0.95
    assert found.wrapped_width_s < 100000.0


def test_outcomes_are_chosen_by_the_forecast_alone() -> None:
    early = Forecast("A", 0.0, tuple(float(k) for k in range(100)))
    late = Forecast("B", 0.0, tuple(1000.0 + k for k in range(100)))
    overdue = Forecast("C", 0.0, tuple(float(k) for k in range(100)))
    beyond = Forecast("D", 0.0, (math.inf,) * 100)
    found = due_outcomes([early, late, overdue, beyond], {"A": 50.0, "B": 5.0}, 500.0)
    assert [(each.forecast.order, each.completed_s) for each in found] == [("A", 50.0), ("C", 500.0)]


def test_crps_is_that_of_the_normal_law_and_of_a_point() -> None:
    rng = random.Random(8)
    draws = [rng.gauss(0.0, 1.0) for _ in range(40000)]
    for y in (0.0, 1.0, -2.5):
        cdf, pdf = 0.5 * (1 + math.erf(y / math.sqrt(2))), math.exp(-y * y / 2) / math.sqrt(2 * math.pi)
        exact = y * (2 * cdf - 1) + 2 * pdf - 1 / math.sqrt(math.pi)  # Gneiting & Raftery 2007, eq. 21
        assert crps_s(draws, y) == pytest.approx(exact, abs=0.02)
    assert crps_s([3.0], 5.0) == 2.0
    pairs = [1.0, 4.0, 6.0]
    slow = sum(abs(a - 3.0) for a in pairs) / 3 - sum(abs(a - b) for a in pairs for b in pairs) / 2 / 6
    assert crps_s(pairs, 3.0) == pytest.approx(slow)


def test_quality_says_how_a_twin_did() -> None:
    rng = random.Random(9)
    wide = tuple(rng.uniform(0.0, 100000.0) for _ in range(50))
    outcomes = [
        Outcome(Forecast("O", 0.0, o.forecast.completions_s, wide), o.completed_s)
        for o in history(rng, 1.0, 4000.0, 3000)
    ]
    found = quality([(each, Interval(0.0, 1e9)) for each in outcomes])
    assert found is not None
    assert found.outcomes == 3000
    assert found.coverage_50 == pytest.approx(0.5, abs=0.03)
    assert found.coverage_80 == pytest.approx(0.8, abs=0.03)
    assert found.wrapped_90 == 1.0
    assert found.width_s == pytest.approx(2 * 1.645 * 4000.0, rel=0.05)
    assert found.skill is not None
    naive = sum(crps_s(wide, o.completed_s) for o in outcomes) / 3000
    assert found.skill == pytest.approx(1.0 - found.crps_s / naive)
    assert found.skill > 0.6
    assert max(found.pit) < 1.5 * min(found.pit)
    assert quality([]) is None


def test_a_forecast_is_judged_by_what_was_known_when_it_was_made() -> None:
    """Every hour one forecast, each order an hour late: from the twentieth that is due on, intervals are right."""
    forecasts = [
        Forecast(f"O{k}", 3600.0 * k, tuple(3600.0 * k + 1800.0 + 3.0 * n for n in range(100))) for k in range(100)
    ]
    done = {f"O{k}": 3600.0 * k + 1800.0 + 150.0 + 3600.0 for k in range(100)}
    record = judge(forecasts, done, 3600.0 * 200)
    assert record.quality is not None
    assert record.quality.outcomes == 100
    assert record.quality.coverage_90 == 0.0
    assert record.widening_90.outcomes == 100
    assert record.widening_90.high > 0.0
    early = judge(forecasts, done, 3600.0 * 15)
    assert early.quality is not None
    assert early.quality.outcomes == 15
    assert early.quality.wrapped_90 == 0.0
    assert 0.7 <= record.quality.wrapped_90 <= 0.82  # all but those before twenty were due and done


def test_nothing_is_judged_before_it_is_due() -> None:
    record = judge([Forecast("A", 0.0, tuple(float(k) for k in range(100)))], {"A": 1.0}, 50.0)
    assert record.quality is None
    assert record.widening_90 == Widening(0.9)
