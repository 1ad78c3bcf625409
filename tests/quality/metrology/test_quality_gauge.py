"""Gauge studies against the manual's worked example; uncertainty by hand; intervals by what they must cover."""

import math

import numpy as np
import pytest

from nightmill.quality.exchange.results_reader import Readings
from nightmill.quality.inspection.characteristic import Characteristic
from nightmill.quality.metrology.gauge_rr import GaugeReading, by_anova, by_ranges, crossed
from nightmill.quality.metrology.uncertainty import GaugeFacts, uncertainty_of
from nightmill.vocabulary.errors import BadInput

# AIAG, Measurement Systems Analysis, 4th ed., ch. III section B: 10 parts, appraisers A, B, C, three trials each
EXAMPLE = {
    "A": (
        (0.29, -0.56, 1.34, 0.47, -0.80, 0.02, 0.59, -0.31, 2.26, -1.36),
        (0.41, -0.68, 1.17, 0.50, -0.92, -0.11, 0.75, -0.20, 1.99, -1.25),
        (0.64, -0.58, 1.27, 0.64, -0.84, -0.21, 0.66, -0.17, 2.01, -1.31),
    ),
    "B": (
        (0.08, -0.47, 1.19, 0.01, -0.56, -0.20, 0.47, -0.63, 1.80, -1.68),
        (0.25, -1.22, 0.94, 1.03, -1.20, 0.22, 0.55, 0.08, 2.12, -1.62),
        (0.07, -0.68, 1.34, 0.20, -1.28, 0.06, 0.83, -0.34, 2.19, -1.50),
    ),
    "C": (
        (0.04, -1.38, 0.88, 0.14, -1.46, -0.29, 0.02, -0.46, 1.77, -1.49),
        (-0.11, -1.13, 1.09, 0.20, -1.07, -0.67, 0.01, -0.56, 1.45, -1.77),
        (-0.15, -0.96, 0.67, 0.11, -1.45, -0.49, 0.21, -0.49, 1.87, -2.16),
    ),
}


def _example() -> list[GaugeReading]:
    return [
        GaugeReading(str(part), appraiser, value)
        for appraiser, trials in EXAMPLE.items()
        for trial in trials
        for part, value in enumerate(trial, 1)
    ]


def test_ranges_give_the_figures_of_the_manual() -> None:
    study = by_ranges(_example())
    published = {
        "repeatability": 0.20188,
        "reproducibility": 0.22963,
        "gauge": 0.30575,
        "parts": 1.10456,
        "total": 1.14610,
    }
    assert {share.source: share.sd for share in study.shares} == pytest.approx(published, rel=3e-4), (
        "the manual rounds K1 to K3"
    )
    percent = {share.source: share.study_percent for share in study.shares}
    assert percent["gauge"] == pytest.approx(26.68, abs=0.01)
    assert percent["parts"] == pytest.approx(96.38, abs=0.01)
    assert (study.ndc, study.verdict) == (5, "marginal")


def test_anova_gives_the_figures_of_the_manual() -> None:
    study = by_anova(_example())
    table = {line.source: line for line in study.table}
    assert [table[name].df for name in ("appraisers", "parts", "interaction", "equipment", "total")] == [
        2,
        9,
        18,
        60,
        89,
    ]
    squares = {name: line.sum_of_squares for name, line in table.items()}
    published = {"appraisers": 3.1673, "parts": 88.3619, "interaction": 0.3590, "equipment": 2.7589, "total": 94.6471}
    assert squares == pytest.approx(published, abs=6e-5)
    assert table["interaction"].f == pytest.approx(0.434, abs=5e-4)
    assert study.pooled
    found = {str(share.source): share.sd for share in study.shares}
    manual = {"repeatability": 0.199933, "reproducibility": 0.226838, "gauge": 0.302373, "parts": 1.042327}
    assert {name: found[name] for name in manual} == pytest.approx(manual, abs=2e-6)
    assert [round(share.study_percent, 1) for share in study.shares] == [18.4, 20.9, 27.9, 96.0, 100.0]
    assert [round(share.contribution_percent, 1) for share in study.shares] == [3.4, 4.4, 7.8, 92.2, 100.0]


def test_a_real_interaction_is_kept_apart_and_counts_as_gauge() -> None:
    rng = np.random.default_rng(3)
    part, cell = rng.normal(0, 1, 10), rng.normal(0, 0.7, (10, 3))
    study = by_anova(
        [
            GaugeReading(str(p), str(a), part[p] + cell[p, a] + rng.normal(0, 0.1))
            for p in range(10)
            for a in range(3)
            for _ in range(3)
        ]
    )
    assert not study.pooled
    assert study.sd("interaction") == pytest.approx(0.7, rel=0.4)
    parts = study.sd("repeatability") ** 2 + study.sd("reproducibility") ** 2 + study.sd("interaction") ** 2
    assert study.sd("gauge") == pytest.approx(math.sqrt(parts))
    assert study.verdict == "unacceptable"


def test_tolerance_decides_where_it_is_given() -> None:
    share = {each.source: each for each in by_anova(_example(), tolerance=30.0).shares}["gauge"]
    assert share.tolerance_percent == pytest.approx(100 * 6 * share.sd / 30.0)
    assert by_anova(_example(), tolerance=30.0).verdict == "marginal", "4 distinct categories are too few"
    assert by_anova(_example(), tolerance=3.0).verdict == "unacceptable"


def test_intervals_hold_what_they_promise() -> None:
    """Of 120 studies with known sources about 90 % of the intervals hold the truth; too narrow ones would fail."""
    rng, truth = np.random.default_rng(11), {"repeatability": 0.2, "gauge": math.hypot(0.2, 0.3), "parts": 1.0}
    held = dict.fromkeys(truth, 0)
    runs = 120
    for _ in range(runs):
        part, appraiser = rng.normal(0, 1, 8), rng.normal(0, 0.3, 4)
        noise = rng.normal(0, 0.2, (8, 4, 2))
        readings = [
            GaugeReading(str(p), str(a), part[p] + appraiser[a] + noise[p, a, t])
            for p in range(8)
            for a in range(4)
            for t in range(2)
        ]
        for share in by_anova(readings, confidence=0.9).shares:
            if share.source in truth:
                assert share.sd_low is not None
                assert share.sd_high is not None
                held[share.source] += share.sd_low <= truth[share.source] <= share.sd_high
    for source, number in held.items():
        assert 0.83 <= number / runs <= 0.97, (source, number)


def test_a_study_with_holes_is_refused_by_cell() -> None:
    with pytest.raises(BadInput, match="part 10, appraiser C: found 2 readings; expected 3 readings"):
        crossed(_example()[:-1])
    with pytest.raises(BadInput, match="1 appraisers"):
        crossed([each for each in _example() if each.appraiser == "A"])
    with pytest.raises(BadInput, match="readings all alike"):
        by_anova([GaugeReading(p, a, 1.0) for p in "12" for a in "AB" for _ in range(2)])
    with pytest.raises(BadInput, match="finite"):
        by_anova([GaugeReading("1", "A", float("nan")), *_example()])


def test_the_budget_combines_as_the_standard_does() -> None:
    facts = GaugeFacts(resolution=0.001, calibration=0.002, bias=0.0006, reference_sd=0.0005)
    found = uncertainty_of(facts, lower=19.98, upper=20.02)
    # by hand: u_cal 0.001, u_bias 0.0006 / sqrt 3, and of resolution (0.000289) and repeatability (0.0005) the larger
    by_hand = math.sqrt(0.001**2 + 0.0006**2 / 3 + 0.0005**2)
    assert found.system == found.process == pytest.approx(2 * by_hand)
    assert found.q_system == pytest.approx(100 * 4 * by_hand / 0.04)
    assert [line.source for line in found.budget if line.counts] == ["calibration", "reference repeatability", "bias"]
    assert (found.resolution_fine, found.capable) == (True, True)
    assert found.smallest_tolerance == pytest.approx(4 * by_hand / 0.3)


def test_the_acceptance_zone_is_where_a_verdict_is_good() -> None:
    found = uncertainty_of(GaugeFacts(calibration=0.004), lower=19.98, upper=20.02)
    item = Characteristic(1, "diameter", 20.0, 19.98, 20.02, None, "mm", (), "", (), "", "", "", "pmi")
    assert found.accept_low is not None
    assert found.accept_high is not None
    assert item.judge(found.accept_low, found.process) == item.judge(found.accept_high, found.process) == "good"
    assert item.judge(found.accept_high + 1e-6, found.process) == "doubt"


def test_a_study_adds_what_appraisers_and_parts_do() -> None:
    study = by_anova(_example())
    found = uncertainty_of(GaugeFacts(calibration=0.02, reference_sd=0.1), study, tolerance=3.0)
    u = math.sqrt(0.01**2 + study.sd("repeatability") ** 2 + study.sd("reproducibility") ** 2)
    assert found.process == pytest.approx(2 * u)
    assert found.system == pytest.approx(2 * math.hypot(0.01, 0.1))
    assert found.capable is False
    with pytest.raises(BadInput, match="lower 2, upper 1"):
        uncertainty_of(GaugeFacts(), lower=2, upper=1)
    with pytest.raises(BadInput, match="resolution"):
        uncertainty_of(GaugeFacts(resolution=-1))


def test_a_study_comes_as_csv_and_reports_all_at_once() -> None:
    rows = ["part;operator;measured", *(f"{e.part};{e.appraiser};{str(e.value).replace('.', ',')}" for e in _example())]
    report = Readings.of_study("\n".join(rows), "study.csv").gauge_report({"resolution": 0.01}, tolerance=6.0)
    assert report.anova == by_anova(_example(), tolerance=6.0)
    assert report.ranges.sd("gauge") == pytest.approx(0.30575, rel=3e-4)
    assert report.uncertainty.process == pytest.approx(2 * report.anova.sd("gauge"))
    with pytest.raises(BadInput, match=r"study.csv: line 1: .* a column appraiser"):
        Readings.of_study("part,value\n1,2\n", "study.csv")
