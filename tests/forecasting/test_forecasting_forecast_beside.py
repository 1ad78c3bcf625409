"""Forecasts of demand that has a season, promotions, new parts, and orders that are booked already."""

import numpy as np
import pytest

from nightmill.forecasting.advance_orders import beyond_booked
from nightmill.forecasting.demand_forecast import Forecast, HistoryRow, forecast
from nightmill.forecasting.scores import LEVELS, pinball
from nightmill.vocabulary.errors import BadInput


def rows_of(y: np.ndarray) -> tuple[HistoryRow, ...]:
    return tuple(HistoryRow(f"i{i}", t, float(q)) for i, row in enumerate(y) for t, q in enumerate(row))


def quantiles(found: Forecast) -> np.ndarray:
    return np.array([[i.total.q50, i.total.q75, i.total.q90, i.total.q95, i.total.q99] for i in found.items])


def seasonal(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Demand of 72 months and its mean; half of the items peak in summer, half in winter."""
    rng = np.random.default_rng(seed)
    turn = np.where(np.arange(n) % 2, 0.0, np.pi)[:, None]
    mean = rng.gamma(3, 2, n)[:, None] * (1 + 0.8 * np.sin(2 * np.pi * np.arange(72) / 12 + turn))
    return rng.poisson(mean).astype(float), mean


def test_items_with_seasons_of_their_own_are_forecast_by_them() -> None:
    y, mean = seasonal(80, 1)
    past, actual = y[:, :66], y[:, 66:69].sum(axis=1)
    found, plain = (quantiles(forecast(rows_of(past), 3, season=season)) for season in (0, 1))

    def loss(q: np.ndarray) -> float:
        return float(np.mean([pinball(actual, q[:, k], level) for k, level in enumerate(LEVELS)]))

    assert loss(found) < 0.75 * loss(plain)
    assert np.abs(found[:, 0] / mean[:, 66:69].sum(axis=1) - 1).mean() < 0.2
    assert 0.90 < (actual <= found[:, 3]).mean() <= 0.99
    months = np.array([[p.q50 for p in item.periods] for item in forecast(rows_of(past), 6, season=12).items])
    assert np.corrcoef(months.ravel(), mean[:, 66:72].ravel())[0, 1] > 0.9


def test_without_a_season_nothing_changes() -> None:
    rng = np.random.default_rng(2)
    history = rows_of(rng.poisson(rng.gamma(0.5, 2, 80)[:, None], (80, 40)).astype(float))
    assert forecast(history, 3) == forecast(history, 3, season=1)
    assert len({period.q90 for period in forecast(history, 3).items[0].periods}) == 1


def test_a_promotion_lifts_the_periods_in_which_it_runs() -> None:
    rng = np.random.default_rng(3)
    mean = np.full((40, 48), 6.0)
    runs = [(i, t) for i in range(40) for t in range(48) if (t + i) % 9 == 0]
    for i, t in runs:
        mean[i, t] *= 4
    text = "item,period\n" + "".join(f"i{i},{t}\n" for i, t in runs) + "i0,49\n"
    found = forecast(rows_of(rng.poisson(mean).astype(float)), 3, beside={"promotions.csv": text}).items[0]
    middle = [period.q50 for period in found.periods]
    assert middle[1] == pytest.approx(24, abs=6)
    assert middle[0] == pytest.approx(6, abs=2)
    assert middle[2] == pytest.approx(6, abs=2)
    assert found.total.q50 == pytest.approx(36, abs=8)


def test_new_parts_follow_their_group_or_the_part_that_they_are_like() -> None:
    rng = np.random.default_rng(4)
    rate = np.concatenate([np.full(30, 0.5), np.full(30, 12.0)])
    y = rng.poisson(rate[:, None], (60, 36)).astype(float)
    y[0, :34] = 0.0
    y[0, 34:] = (13, 11)
    groups = "".join(f"i{i},,{'slow' if i < 30 else 'fast'},\n" for i in range(1, 60))
    parts = "item,since,group,like\ni0,34,fast,\n" + groups + "new,36,fast,\nnext,36,,i45\n"
    found = {item.item: item.total for item in forecast(rows_of(y), 2, beside={"parts.csv": parts}).items}
    assert found["i0"].q50 == pytest.approx(24, abs=6)
    assert found["new"].q50 == pytest.approx(24, abs=8)
    assert found["next"].q50 == pytest.approx(24, abs=6)
    assert found["i5"].q50 <= 3
    untold = {item.item: item.total for item in forecast(rows_of(y), 2).items}
    assert untold["i0"].q50 < 12


def test_a_part_that_the_history_does_not_have_is_new_and_one_is_not_sold_before_its_first_period() -> None:
    y = np.random.default_rng(8).poisson(12.0, (40, 36)).astype(float)
    parts = "item,since,like\nnew,,i4\nsoon,37,i4\nlater,99,i4\nunsold,0,\n"
    found = {item.item: item for item in forecast(rows_of(y), 2, beside={"parts.csv": parts}).items}
    assert found["new"].total.q50 == pytest.approx(24, abs=6)
    assert found["soon"].periods[0].q99 == 0
    assert found["soon"].periods[1].q50 == pytest.approx(12, abs=4)
    assert found["soon"].total.q50 == pytest.approx(12, abs=4)
    assert found["later"].total.q99 == 0
    assert found["unsold"].total.q50 <= 2  # offered for 36 periods, and nobody wanted it


def test_a_part_that_is_new_is_judged_by_the_periods_in_which_it_was_sold() -> None:
    y = np.random.default_rng(9).poisson(12.0, (40, 36)).astype(float)
    plain = forecast(rows_of(y), 3, scored=True).score
    y[0, :32] = 0.0
    y[0, 32:] = (0, 1, 0, 1)
    told = forecast(rows_of(y), 3, beside={"parts.csv": "item,since\ni0,32\nnew,\n"}, scored=True).score
    assert plain is not None
    assert told is not None
    assert told.pinball < 1.3 * plain.pinball
    assert told.sums == plain.sums - 3  # of the four past sums of i0 three begin before it was sold, and new has none


def test_nothing_is_told_of_forecasts_of_items_that_no_past_sum_was_of() -> None:
    history = rows_of(np.random.default_rng(8).poisson(9.0, (6, 40)).astype(float))
    parts = "item,since\n" + "".join(f"i{i},38\n" for i in range(6))
    assert forecast(history, 4, beside={"parts.csv": parts}, scored=True).score is None


def test_a_single_period_of_history_promises_no_certainty() -> None:
    y = np.random.default_rng(10).poisson(9.0, (6, 40)).astype(float)
    once = forecast(rows_of(y[:, :1]), 4)
    parts = "item,since\n" + "".join(f"i{i},39\n" for i in range(6))
    for found in (once, forecast(rows_of(y), 4, beside={"parts.csv": parts})):
        assert all(item.total.q50 + 4 < item.total.q90 < item.total.q99 < 120 for item in found.items)


def test_a_group_of_new_parts_spreads_as_they_do() -> None:
    history = rows_of(np.random.default_rng(11).poisson(9.0, (12, 40)).astype(float))
    old = "".join(f"i{i},old\n" for i in range(12))
    found = forecast(history, 4, beside={"parts.csv": "item,group\n" + old + "n1,new\nn2,new\nn3,new\nn4,new\n"})
    one, new = found.items[-1].total, found.groups[-1].total
    assert new.q50 == pytest.approx(4 * one.q50, rel=0.1)
    assert 2 * (one.q95 - one.q50) - 4 < new.q95 - new.q50 < 4 * (one.q95 - one.q50)
    assert new.q99 > new.q95 > new.q90 > new.q75


def test_an_order_booked_before_the_part_is_sold_comes_alone() -> None:
    history = rows_of(np.random.default_rng(9).poisson(9.0, (6, 40)).astype(float))
    texts = {
        "parts.csv": "item,since,group\nnew,41,g\nlater,99,g\n",
        "booked.csv": "item,period,qty\nnew,40,5\nlater,40,3\n",
    }
    found = forecast(history, 2, beside=texts)
    new, later = found.items[-2:]
    assert [period.q99 for period in (*new.periods[:1], *later.periods)] == [5.0, 3.0, 0.0]
    assert (later.total.q50, later.total.q99) == (3.0, 3.0)
    assert 5.0 < new.total.q50 < new.total.q99
    assert found.groups[0].total.q50 >= 8.0


def test_demand_is_at_least_what_is_booked() -> None:
    rng = np.random.default_rng(5)
    history = rows_of(rng.poisson(4.0, (30, 40)).astype(float))
    plain = forecast(history, 3).items
    told = forecast(history, 3, beside={"booked.csv": "item,period,qty\ni0,40,20\ni1,40,1\n"}).items
    assert told[0].total.q50 >= 20 > plain[0].total.q50
    assert told[0].total.q99 >= told[0].total.q50
    assert told[0].periods[0].q50 >= 20
    assert told[0].periods[1].q50 == pytest.approx(plain[0].periods[1].q50, abs=1)
    assert told[1].total.q50 == pytest.approx(plain[1].total.q50, abs=1)


def test_what_is_booked_for_one_period_leaves_the_demand_of_the_others() -> None:
    history = rows_of(np.random.default_rng(6).poisson(4.0, (30, 40)).astype(float))
    told = forecast(history, 3, beside={"booked.csv": "item,period,qty\ni0,41,30\ni1,40,25\ni1,42,25\n"}).items
    assert told[0].total.q50 == pytest.approx(30 + 2 * 4, abs=3)
    assert told[0].total.q99 > told[0].total.q50 + 4
    assert told[1].total.q50 == pytest.approx(50 + 4, abs=3)


def test_the_demand_beyond_a_booking_has_the_moments_of_a_simulation() -> None:
    rng = np.random.default_rng(7)
    rate, booked = rng.gamma(4.0, 1.5, 400_000), np.array([3.0, 0.0, 9.0])
    drawn = rng.poisson(rate[:, None], (len(rate), 3)).astype(float)
    one = np.full(3, drawn.mean()), np.full(3, drawn.var())
    mean, variance = beyond_booked(one[0][None], one[1][None], np.array([drawn.sum(axis=1).var()]), booked[None])
    each = [(drawn[:, h] - b)[drawn[:, h] >= b] for h, b in enumerate(booked)]
    assert mean[0] == pytest.approx(sum(x.mean() for x in each), rel=0.01)
    alone = sum(x.var() for x in each)
    assert alone < variance[0] < sum(x.std() for x in each) ** 2, "periods rise and fall together in part"
    none = beyond_booked(one[0][None], one[1][None], np.array([99.0]), np.zeros((1, 3)))
    assert (none[0][0], none[1][0]) == pytest.approx((3 * drawn.mean(), 99.0))
    far = beyond_booked(one[0][None], one[1][None], np.array([99.0]), np.full((1, 3), 1e6))
    assert 0.0 < far[0][0] < 10.0, "a booking that the model gives no chance"


def test_what_names_no_item_is_refused_together() -> None:
    history = rows_of(np.ones((2, 12)))
    with pytest.raises(BadInput) as caught:
        forecast(history, 2, beside={
            "promotions.csv": "item,period\ngold,3\n", "booked.csv": "item,period,qty\ni0,12,-1\n", "parts.csv": "item,like\ni0,gold\n",
        })  # fmt: skip
    assert {finding.place.split(",")[0] for finding in caught.value.findings} == {"line 2"}
    assert len(caught.value.findings) == 3
    with pytest.raises(BadInput, match="half of the history"):
        forecast(history, 2, season=12)
