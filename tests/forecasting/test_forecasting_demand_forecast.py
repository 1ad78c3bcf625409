import csv
import os
import pickle
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightmill.forecasting.demand_forecast import HistoryRow, forecast, forecast_sum, read_history
from nightmill.forecasting.scores import LEVELS, pinball
from nightmill.vocabulary.errors import BadInput

DATA = Path(os.environ.get("NIGHTMILL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


def rows_of(y: np.ndarray) -> tuple[HistoryRow, ...]:
    return tuple(
        HistoryRow(f"i{i}", t, float(q))
        for i, series in enumerate(y)
        for t, q in enumerate(series)
        if q or t in (0, len(series) - 1)
    )


def totals(y: np.ndarray, horizon: int) -> np.ndarray:
    return np.array([msgspec.structs.astuple(item.total) for item in forecast(rows_of(y), horizon).items])


def test_keys_are_those_of_the_format_and_periods_follow_the_last_one() -> None:
    answer = msgspec.to_builtins(forecast(read_history("item,period,qty\na,10,3\na,12,1\nb,11,2\n"), 2))
    assert [item["item"] for item in answer["items"]] == ["a", "b"]
    assert set(answer["items"][0]["total"]) == {"q50", "q75", "q90", "q95", "q99"}
    assert [p["period"] for p in answer["items"][0]["periods"]] == [13, 14]


def test_quantiles_cover_what_an_overdispersed_process_really_does() -> None:
    rng = np.random.default_rng(3)
    rate = rng.gamma(1.0, 2.0, 400)
    y = rng.negative_binomial(0.8, 0.8 / (0.8 + np.repeat(rate[:, None], 43, axis=1))).astype(float)
    y[:, 0] = np.maximum(y[:, 0], 0)
    q = totals(y[:, :40], 3)
    actual = y[:, 40:].sum(axis=1)
    coverage = (actual[:, None] <= q).mean(axis=0)
    assert 0.92 <= coverage[3] <= 0.985
    assert coverage[4] >= 0.97
    assert abs(coverage[1] - 0.75) < 0.1


def test_a_steady_series_gets_a_narrow_band_around_its_level() -> None:
    rng = np.random.default_rng(1)
    q = totals(np.round(rng.normal(1000, 10, (30, 40))), 4)
    assert np.all(np.abs(q[:, 0] - 4000) < 60)
    assert np.all(q[:, 4] < 4250)


@settings(max_examples=20, deadline=None)
@given(
    st.integers(1, 14).flatmap(
        lambda T: st.lists(st.lists(st.integers(0, 50), min_size=T, max_size=T), min_size=1, max_size=6)
    ),
    st.integers(1, 5),
)
def test_any_history_is_answered_with_ordered_quantiles(series: list[list[int]], horizon: int) -> None:
    q = totals(np.array(series, float), horizon)
    assert np.all(np.isfinite(q))
    assert np.all(q >= 0)
    assert np.all(np.diff(q, axis=1) >= 0)


def test_blocks_that_go_to_workers_and_back_give_the_same_quantiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["nightmill.forecasting.model_selection"], "BLOCK", 7)
    y = np.random.default_rng(3).poisson(0.7, (40, 30)).astype(float)

    def workers(work: Callable[[int], np.ndarray], numbers: Iterable[int]) -> list[np.ndarray]:
        there = pickle.dumps(work)
        return [pickle.loads(pickle.dumps(pickle.loads(there)(number))) for number in numbers]

    np.testing.assert_array_equal(forecast_sum(y, 3, workers), forecast_sum(y, 3))


def test_nothing_sold_gives_zero() -> None:
    assert not totals(np.zeros((3, 12)), 3).any()


def test_mistakes_are_all_named() -> None:
    with pytest.raises(BadInput) as caught:
        read_history("item,period,qty\na,x,1\nb,2,-1\n")
    assert [f.place for f in caught.value.findings] == ["line 2, period", "line 3, qty"]
    with pytest.raises(BadInput, match="horizon"):
        forecast((HistoryRow("a", 0, 1.0),), 0)
    with pytest.raises(BadInput, match="less than"):
        read_history("item,period,qty\na,1,1\na,99999999,1\n")


def test_car_parts_beat_the_textbook_normal_and_are_nearly_calibrated() -> None:
    path = DATA / "materials" / "carparts.csv"
    if not path.exists():
        pytest.skip("the car-parts series are not here: set NIGHTMILL_DATA")
    with path.open() as file:
        table = [row[1:] for row in csv.reader(file)][1:]
    y = np.array([[float(cell) for cell in row] for row in table if all(row)])
    train, actual = y[:, :48], y[:, 48:].sum(axis=1)
    scale = np.abs(np.diff(train, axis=1)).mean(axis=1)
    some = scale > 0
    q = totals(train, 3)
    mean, sd = 3 * train[:, -12:].mean(axis=1), np.sqrt(3) * train[:, -12:].std(axis=1, ddof=1)
    from scipy.special import ndtri

    normal = np.maximum(0, mean[:, None] + sd[:, None] * ndtri(np.array(LEVELS)))

    def loss(q: np.ndarray) -> float:
        return float(np.mean([np.mean(pinball(actual, q[:, k], p)[some] / scale[some]) for k, p in enumerate(LEVELS)]))

    assert loss(q) < 0.88 * loss(normal)
    assert 0.93 <= np.mean(actual <= q[:, 3]) <= 0.98
    assert np.mean(actual <= q[:, 4]) >= 0.98
