"""Charts against published constants, exact run lengths and hand-made patterns."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightmill.quality import ChartState, SpcOptions
from nightmill.quality.spc.control_charts import spc
from nightmill.quality.spc.range_constants import d2, d3
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.ids import ChartRule

KNOWN = SpcOptions(center=0.0, sigma=1.0)


def _rules(values: list[float], chart: str, options: SpcOptions = KNOWN) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for signal in spc(values, options=options).signals:
        if signal.chart == chart:
            found.setdefault(signal.rule, []).append(signal.index)
    return found


@pytest.mark.parametrize(
    ("n", "mean", "deviation"),
    # ASTM STP 15D / Montgomery, appendix VI
    [
        (2, 1.128, 0.853),
        (3, 1.693, 0.888),
        (4, 2.059, 0.880),
        (5, 2.326, 0.864),
        (10, 3.078, 0.797),
        (25, 3.931, 0.708),
    ],
)
def test_range_constants_of_the_published_table(n: int, mean: float, deviation: float) -> None:
    assert d2(n) == pytest.approx(mean, abs=6e-4)
    assert d3(n) == pytest.approx(deviation, abs=6e-4)


def test_range_constants_to_more_places() -> None:
    assert d2(5) == pytest.approx(2.325929, abs=1e-6)
    assert d2(3) == pytest.approx(3 / math.sqrt(math.pi), abs=1e-8)


def test_individuals_by_hand() -> None:
    # moving ranges 2, 1, 3: mean 2
    answer = spc([9.0, 11.0, 10.0, 13.0], options=SpcOptions(lsl=5.0, usl=15.0))
    assert answer.mean == 10.75
    assert answer.sd == pytest.approx(1.707825127659933)
    individuals = answer.charts[0]
    assert individuals.sigma == pytest.approx(2.0 / 1.1283791670955126)
    assert individuals.ucl == pytest.approx(10.75 + 3 * individuals.sigma)
    moving = answer.charts[1]
    assert (moving.kind, moving.lcl) == ("moving_range", 0.0)
    assert moving.ucl == pytest.approx(3.2665 * 2.0, rel=1e-4)
    assert answer.capability.cpk == pytest.approx((15 - 10.75) / (3 * individuals.sigma))
    assert answer.capability.pp == pytest.approx(10 / (6 * answer.sd))


def test_subgroups_by_hand() -> None:
    values = [1.0, 3.0, 2.0, 2.0, 5.0, 6.0]
    answer = spc(values, subgroup=["a", "a", "a", "b", "b", "b"], options=SpcOptions(usl=9.0))
    kinds = [chart.kind for chart in answer.charts]
    assert kinds == ["xbar", "range", "ewma", "cusum"]
    sigma = 3.0 / d2(3)
    assert answer.charts[0].sigma == pytest.approx(sigma)
    assert answer.charts[0].ucl == pytest.approx(np.mean(values) + 3 * sigma / math.sqrt(3))
    assert answer.charts[1].ucl == pytest.approx((d2(3) + 3 * d3(3)) * sigma)
    assert answer.capability.cp is None
    assert answer.capability.cpk == pytest.approx((9 - np.mean(values)) / 3 / sigma)


@pytest.mark.parametrize(
    ("values", "rule", "places"),
    [
        ([0.1] * 8 + [0.2, 0.3], "nelson_2", [8, 9]),
        ([-0.5, -0.3, 0.0, 0.2, 0.4, 0.6, 0.8], "nelson_3", [5, 6]),
        ([0.3, -0.3] * 7 + [0.3], "nelson_4", [13, 14]),
        ([2.1, 0.0, 2.1, 0.0], "nelson_5", [2]),
        ([1.1, 1.2, 0.0, 1.1, 1.3], "nelson_6", [4]),
        ([0.5, -0.5, 0.2] * 5, "nelson_7", [14]),
        ([1.5, -1.5, 1.6, 1.4, -1.2, 1.1, -1.8, 1.5], "nelson_8", [7]),
        ([0.0, 3.1, 0.0], "beyond_limits", [1]),
    ],
)
def test_nelson_patterns(values: list[float], rule: str, places: list[int]) -> None:
    assert _rules(values, "individuals")[rule] == places


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ([0.1] * 8, "nelson_2"),
        ([0.1] * 4 + [0.0] + [0.1] * 5, "nelson_2"),
        ([0.1, 0.2, 0.3, 0.4, 0.5], "nelson_3"),
        ([0.1, 0.2, 0.3, 0.3, 0.5, 0.6], "nelson_3"),
        ([0.3, -0.3] * 6 + [0.3], "nelson_4"),
        ([2.1, 0.0, -2.1], "nelson_5"),
        ([2.1, 2.2, 0.0], "beyond_limits"),
        ([1.5] * 8, "nelson_8"),
    ],
)
def test_patterns_that_are_not_complete(values: list[float], rule: str) -> None:
    assert rule not in _rules(values, "individuals")


def test_a_tool_change_restarts_the_memory() -> None:
    values = [0.1] * 8 + [0.2] * 4
    event = [""] * 8 + ["tool_change", "", "", ""]
    answer = spc(values, event=event, options=KNOWN)
    assert not [signal for signal in answer.signals if signal.rule == "nelson_2"]
    jump = spc([0.0, 0.1, 0.0, 9.0, 9.1, 9.0], event=["", "", "", "tool_change", "", ""])
    assert not [signal for signal in jump.signals if signal.chart == "moving_range"]
    assert jump.charts[0].sigma == pytest.approx(0.1 / 1.1283791670955126)


def test_ewma_uses_exact_limits_and_starts_afresh() -> None:
    # first point: limit is width * lambda = 0.6, so a value beyond 3 sigma is needed
    assert _rules([3.01, 0.0], "ewma") == {"beyond_limits": [0]}
    assert _rules([2.99, 0.0], "ewma") == {}
    half = 3 * math.sqrt(0.2 / 1.8)
    chart = next(chart for chart in spc([0.0, 1.0], options=KNOWN).charts if chart.kind == "ewma")
    assert chart.ucl == pytest.approx(half)


def test_cusum_of_montgomery() -> None:
    # Montgomery, table 9.1/9.2: mean 10, sigma 1, the last ten shifted by one sigma; C+ first exceeds 5 at observation 29
    values = [
        9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08, 9.37, 10.62,
        10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52,
    ]  # fmt: skip
    places = _rules(values, "cusum", SpcOptions(center=10.0, sigma=1.0))
    assert places == {"beyond_limits": [28]}


def _arl_ewma(weight: float, width: float, shift: float, states: int = 101) -> float:
    """Average run length by the Markov chain of Lucas & Saccucci (1990) with asymptotic limits."""
    half = width * math.sqrt(weight / (2 - weight))
    step = 2 * half / states
    mid = -half + step * (np.arange(states) + 0.5)
    phi = np.vectorize(lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2))))
    upper = (mid[None, :] + step / 2 - (1 - weight) * mid[:, None]) / weight - shift
    lower = (mid[None, :] - step / 2 - (1 - weight) * mid[:, None]) / weight - shift
    q = phi(upper) - phi(lower)
    return float(np.linalg.solve(np.eye(states) - q, np.ones(states))[states // 2])


def test_run_length_of_the_streaming_ewma() -> None:
    exact = _arl_ewma(0.2, 3.0, 1.0)
    rng = np.random.default_rng(5)
    lengths = []
    for _ in range(500):
        state = ChartState(center=0.0, sigma=1.0)
        for count in range(1, 2000):
            state, signals = state.update(float(rng.normal(1.0)))
            if ("ewma", "beyond_limits") in signals:
                lengths.append(count)
                break
    # exact time-dependent limits are a little quicker than the asymptotic ones of the chain
    assert exact * 0.82 < np.mean(lengths) < exact * 1.06


def test_run_length_of_individuals_without_a_shift() -> None:
    values = np.random.default_rng(7).normal(size=200_000)
    answer = spc(values.tolist(), options=KNOWN)
    hits = sum(signal.chart == "individuals" and signal.rule == "beyond_limits" for signal in answer.signals)
    assert 200_000 / hits == pytest.approx(370.4, rel=0.12)


def test_cpk_interval_covers_the_truth() -> None:
    rng = np.random.default_rng(8)
    options = SpcOptions(lsl=-4.0, usl=4.0)
    inside = 0
    for _ in range(400):
        capability = spc(rng.normal(0.5, 1.0, 60).tolist(), options=options).capability
        assert capability.cpk_low is not None
        assert capability.cpk_high is not None
        inside += capability.cpk_low <= 3.5 / 3 <= capability.cpk_high
    assert 0.92 <= inside / 400 <= 0.98


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(-4, 4).map(lambda x: round(x, 2)), min_size=2, max_size=60),
    st.sets(st.integers(1, 59), max_size=3),
)
def test_streaming_agrees_with_the_batch(values: list[float], changes: set[int]) -> None:
    event = ["tool_change" if index in changes else "" for index in range(len(values))]
    batch = {
        (signal.index, ChartRule(signal.chart, signal.rule))
        for signal in spc(values, event=event, options=KNOWN).signals
        if signal.chart in ("individuals", "ewma")
    }
    state = ChartState(center=0.0, sigma=1.0)
    streamed = set()
    for index, value in enumerate(values):
        state, signals = state.update(value, tool_change=index in changes)
        streamed |= {(index, signal) for signal in signals}
        state = msgspec.json.decode(msgspec.json.encode(state), type=ChartState)
    assert streamed == batch


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(-4, 4).map(lambda x: round(x, 2)), min_size=1, max_size=80),
    st.sets(st.integers(0, 79), max_size=3),
    st.integers(0, 80),
    st.booleans(),
)
def test_readings_in_heaps_are_charted_as_one_by_one(
    values: list[float], changes: set[int], cut: int, known: bool
) -> None:
    start = ChartState(center=0.0, sigma=1.0, cusum_h=4.0) if known else ChartState(learn=15, cusum_h=4.0)
    one, expected = start, []
    for index, value in enumerate(values):
        one, signals = one.update(value, tool_change=index in changes)
        expected += [(index, signal) for signal in signals]
    flags = [index in changes for index in range(len(values))]
    many, first = start.update_many(values[:cut], flags[:cut])
    many = msgspec.json.decode(msgspec.json.encode(many), type=ChartState)
    many, second = many.update_many(values[cut:], flags[cut:])
    assert [*first, *((index + min(cut, len(values)), signal) for index, signal in second)] == expected
    assert many == one


def test_the_streaming_cusum_agrees_with_the_file() -> None:
    values = np.random.default_rng(3).normal(0.4, 1.0, 400).tolist()
    options = SpcOptions(center=0.0, sigma=1.0, cusum_k=0.25, cusum_h=4.0)
    _, found = ChartState(center=0.0, sigma=1.0, cusum_k=0.25, cusum_h=4.0).update_many(values)
    streamed = [index for index, signal in found if signal == ("cusum", "beyond_limits")]
    assert streamed == _rules(values, "cusum", options)["beyond_limits"]
    assert streamed


def test_heaps_that_cannot_be_charted_are_refused_whole() -> None:
    state = ChartState(center=0.0, sigma=1.0)
    with pytest.raises(ValueError, match="finite"):
        state.update_many([0.0, math.inf])
    with pytest.raises(ValueError, match="tool_change"):
        state.update_many([0.0, 1.0], [True])


def test_learning_gives_the_estimates_of_the_file() -> None:
    values = np.random.default_rng(9).normal(50.0, 2.0, 20).tolist()
    state = ChartState(learn=20)
    for value in values:
        state, signals = state.update(value)
        assert signals == ()
    chart = spc(values).charts[0]
    assert state.center == pytest.approx(chart.center)
    assert state.sigma == pytest.approx(chart.sigma)
    assert ("individuals", "beyond_limits") in state.update(80.0)[1]


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        spc([1.0, float("nan")], subgroup=["a"], options=SpcOptions(lsl=2.0, usl=1.0, sigma=0.0, ewma_lambda=2.0))
    assert len(caught.value.findings) == 5


def test_constant_values_have_no_capability_and_no_signal() -> None:
    answer = spc([5.0] * 30, options=SpcOptions(lsl=4.0, usl=6.0))
    assert answer.capability.cp is None
    assert {signal.rule for signal in answer.signals} <= set()
