"""T² against published charts, its false alarms against the rate asked for, and blame against a recomputation."""

import msgspec
import numpy as np
import pytest

from nightmill.quality.spc.hotelling import hotelling
from nightmill.quality.spc.streaming_hotelling import JointState
from nightmill.vocabulary.errors import BadInput

# Tracy, Young & Mason, J. Quality Technology 24 (1992) 88, table 1: impurities, temperature, concentration
CHEMICAL = np.array(
    [
        [14.92, 85.77, 42.26], [16.90, 83.77, 43.44], [17.38, 84.46, 42.74], [16.90, 86.27, 43.60], [16.92, 85.23, 43.18],
        [16.71, 83.81, 43.72], [17.07, 86.08, 43.33], [16.93, 85.85, 43.41], [16.71, 85.73, 43.28], [16.88, 86.27, 42.59],
        [16.73, 83.46, 44.00], [17.07, 85.81, 42.78], [17.60, 85.92, 43.11], [16.90, 84.23, 43.48],
    ]
)  # fmt: skip
NAMES = ("impurities", "temperature", "concentration")


def test_the_chemical_process_of_tracy_young_and_mason() -> None:
    answer = hotelling(CHEMICAL, NAMES)
    published = [10.93, 2.04, 5.58, 3.86, 0.04, 2.25, 1.44, 1.21, 0.68, 2.17, 4.17, 1.40, 2.33, 0.90]
    assert answer.mean == pytest.approx([16.83, 85.19, 43.21], abs=0.005)
    assert answer.t2 == pytest.approx(published, abs=0.01)


def test_the_limit_of_the_textbook_for_subgroups() -> None:
    # Montgomery, Introduction to Statistical Quality Control, example 11.1: p = 2, 20 subgroups of 10, alpha 0.001
    rows = np.random.default_rng(1).normal(size=(200, 2))
    chart = hotelling(rows, ("x", "y"), [str(row // 10) for row in range(200)], alpha=0.001).charts[0]
    assert chart.phase == 1
    assert chart.ucl == pytest.approx(13.72, abs=0.005)


@pytest.mark.parametrize("size", [1, 4])
def test_false_alarms_come_at_the_rate_asked_for_in_both_phases(size: int) -> None:
    rng = np.random.default_rng(2)
    groups, first, alpha, runs = 24, 14, 0.05, 400
    labels = [str(row // size) for row in range(groups * size)]
    mixed = np.array([[1.0, 0.8, 0.0], [0.0, 0.6, 0.3], [0.0, 0.0, 2.0]])
    alarms = np.zeros(2)
    for _ in range(runs):
        rows = rng.normal(size=(groups * size, 3)) @ mixed + 5.0
        answer = hotelling(rows, ("a", "b", "c"), labels if size > 1 else None, first, alpha)
        for signal in answer.signals:
            alarms[int(signal.index >= first)] += 1
    # points of one run share mean and covariance, so the rates scatter more than a binomial's
    assert alarms[0] / (runs * first) == pytest.approx(alpha, abs=0.008)
    assert alarms[1] / (runs * (groups - first)) == pytest.approx(alpha, abs=0.012)


def test_t2_does_not_depend_on_the_units() -> None:
    inches = CHEMICAL / 25.4 + np.array([1.0, -2.0, 100.0])
    assert hotelling(inches, NAMES).t2 == pytest.approx(hotelling(CHEMICAL, NAMES).t2, rel=1e-8)


def test_a_broken_relation_is_seen_that_no_single_chart_sees_and_the_column_is_named() -> None:
    rng = np.random.default_rng(3)
    common = rng.normal(size=60)
    rows = np.column_stack([common, common + 0.1 * rng.normal(size=60), rng.normal(size=60)])
    rows[50] = [1.0, -1.0, 0.0]
    answer = hotelling(rows, ("left", "right", "length"), reference=40)
    signal = next(signal for signal in answer.signals if signal.index == 50)
    assert [chart.phase for chart in answer.charts] == [1, 2]
    assert {name for name, _ in signal.columns[:2]} == {"left", "right"}
    without = hotelling(np.delete(rows, 2, axis=1), ("left", "right"), reference=40).t2[50]
    assert dict(signal.columns)["length"] == pytest.approx(signal.t2 - without, rel=1e-9)


@pytest.mark.parametrize(
    ("rows", "reference", "word"),
    [
        (CHEMICAL[:4], None, "4 rows"),
        (CHEMICAL, 4, "4 rows"),
        (CHEMICAL * [1, 0, 1], None, "temperature without any spread"),
        (CHEMICAL @ np.array([[1, 0, 1], [0, 1, 1], [0, 0, 0]]), None, "follows from the others"),
        (np.where(CHEMICAL > 86.2, np.nan, CHEMICAL), None, "row 3"),
    ],
)
def test_what_cannot_be_charted_is_said(rows: np.ndarray, reference: int | None, word: str) -> None:
    with pytest.raises(BadInput, match=word):
        hotelling(rows, NAMES, reference=reference)


def test_subgroups_of_two_sizes_are_refused() -> None:
    with pytest.raises(BadInput, match="2 rows in 'b', 3 in 'a'"):
        hotelling(CHEMICAL[:5], NAMES, ["a", "a", "a", "b", "b"])


def test_a_stream_kept_as_json_signals_what_the_whole_series_does() -> None:
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(400, 3)) @ np.array([[1.0, 0.9, 0.0], [0.0, 0.4, 0.0], [0.0, 0.0, 2.0]])
    rows[300:, 1] -= 1.2
    batch = hotelling(rows, NAMES, reference=60)
    state, signals = JointState(NAMES, learn=60), []
    for row in rows:
        state, signal = state.update(row.tolist())
        state = msgspec.json.decode(msgspec.json.encode(state), type=JointState)
        signals += [signal] if signal else []
    expected = [signal for signal in batch.signals if signal.index >= 60]
    assert len(expected) > 10
    assert [signal.index for signal in signals] == [signal.index for signal in expected]
    assert [signal.t2 for signal in signals] == pytest.approx([signal.t2 for signal in expected], rel=1e-9)
    assert [signal.columns[0][0] for signal in signals] == [signal.columns[0][0] for signal in expected]
    assert len(msgspec.json.encode(state)) < 600


def test_a_stream_learns_on_until_its_columns_say_something_each() -> None:
    state = JointState(("a", "b"), learn=4)
    for value in range(10):
        state, signal = state.update((float(value), 2.0 * value))
        assert signal is None
    assert state.learned == 10, "b follows from a: nothing can be judged yet"
    state, _ = state.update((3.0, 7.0))
    assert state.update((3.0, 40.0))[1] is not None
    for bad in ((1.0,), (1.0, float("nan"))):
        with pytest.raises(ValueError, match="2 finite numbers"):
            state.update(bad)
    with pytest.raises(ValueError, match="at least 4 rows"):
        JointState(("a", "b"), learn=3)
