"""Other models beside ours: asked for the items where they do better, and for no others."""

import numpy as np
import pytest

from nightmill.forecasting.demand_forecast import HistoryRow, forecast
from nightmill.forecasting.scores import LEVELS, Floats, pinball
from nightmill.forecasting.statsforecast_models import smooth_quantiles
from nightmill.vocabulary.errors import EnvironmentFailed

PERIODS, AHEAD = 60, 4


def demand(seed: int, items: int = 24, trending: int = 0) -> Floats:
    """[items, PERIODS + AHEAD] smooth demand; the first ``trending`` items grow by 1.5 % of their start a period."""
    rng = np.random.default_rng(seed)
    growth = np.where(np.arange(items) < trending, 0.015, 0.0)[:, None] * np.arange(PERIODS + AHEAD)
    rate = rng.gamma(4, 20, items)[:, None] * (1 + growth)
    return rng.poisson(rng.gamma(100, rate / 100)).astype(float)


def rows_of(y: Floats) -> tuple[HistoryRow, ...]:
    return tuple(HistoryRow(f"i{i}", t, float(y[i, t])) for i in range(len(y)) for t in range(PERIODS))


def test_a_rival_answers_for_its_items_and_no_others() -> None:
    rows = rows_of(demand(1, 6))
    seen: list[Floats] = []

    def rival(y: Floats, horizon: int, season: int, ours: object, spread: object) -> tuple[np.ndarray, Floats, Floats]:
        assert callable(ours)
        seen.append(ours(PERIODS - AHEAD))
        return np.array([2]), np.full((1, 5), 7.0), np.full((1, horizon, 5), 3.0)

    with_it, without = forecast(rows, AHEAD, rivals=rival), forecast(rows, AHEAD, season=1)
    assert seen[0].shape == (6, 2)
    assert with_it.items[2].total.q95 == 7.0
    assert [each.q50 for each in with_it.items[2].periods] == [3.0] * AHEAD
    for mine, theirs in zip(with_it.items, without.items, strict=True):
        if mine.item != "i2":
            assert mine.total.q95 == pytest.approx(theirs.total.q95, rel=0.05)


def test_trends_are_followed_where_they_are_plain_and_nothing_is_lost_elsewhere() -> None:
    pytest.importorskip("statsforecast", reason="the extra statsforecast is not installed")

    def loss(y: Floats, rivals: object) -> float:
        said = forecast(rows_of(y), AHEAD, rivals=rivals).items  # type: ignore[arg-type]
        actual = y[:, PERIODS:].sum(axis=1)
        scale = np.abs(np.diff(y, axis=1)).mean(axis=1)
        q = np.array([[getattr(one.total, f"q{100 * level:.0f}") for level in LEVELS] for one in said])
        return float(np.mean([pinball(actual, q[:, k], level) / scale for k, level in enumerate(LEVELS)]))

    growing, flat = demand(3, trending=12), demand(4)
    assert loss(growing, smooth_quantiles) < 0.95 * loss(growing, None)
    assert loss(flat, smooth_quantiles) <= 1.01 * loss(flat, None)


def test_without_the_extra_one_is_told_what_to_install() -> None:
    try:
        import statsforecast  # type: ignore[import-not-found, unused-ignore]  # noqa: F401
    except ImportError:
        with pytest.raises(EnvironmentFailed, match=r"nightmill\[statsforecast\]"):
            forecast(rows_of(demand(5, 9)), AHEAD, rivals=smooth_quantiles)
    else:
        pytest.skip("the extra statsforecast is installed")
