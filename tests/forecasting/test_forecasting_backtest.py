"""Past forecasts held against what came, and the demand of groups."""

import numpy as np
import pytest

from nightmill.forecasting.backtest import Score, score
from nightmill.forecasting.demand_forecast import HistoryRow, forecast
from nightmill.forecasting.scores import LEVELS, Floats


def rows_of(y: Floats) -> tuple[HistoryRow, ...]:
    return tuple(HistoryRow(f"i{i}", t, float(q)) for i, row in enumerate(y) for t, q in enumerate(row))


def spares(n: int, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    return rng.poisson(rng.gamma(0.6, 1.5, n)[:, None], (n, 40)).astype(float)


def judged(y: Floats, horizon: int, factor: float) -> Score:
    """True quantiles of Poisson demand with mean 2 a period, wrong by ``factor``."""
    true = np.quantile(np.random.default_rng(9).poisson(2.0 * horizon, 100_000), LEVELS)
    found = score(y, horizon, lambda end: np.tile(factor * true, (len(y), 1)))
    assert found is not None
    return found


def test_true_quantiles_are_told_from_wrong_ones() -> None:
    y = np.random.default_rng(1).poisson(2.0, (400, 30)).astype(float)
    right, high, low = (judged(y, 3, factor) for factor in (1.0, 1.5, 0.7))
    assert right.pinball < high.pinball
    assert right.pinball < low.pinball
    for level in right.levels:
        assert level.level - 0.02 <= level.covered <= level.level + 0.15  # whole pieces cover more than was asked
    assert low.levels[3].covered < 0.85
    assert right.pinball < right.normal_pinball


def test_a_loss_is_what_the_format_says() -> None:
    y = np.array([[0.0, 2, 0, 2, 0, 2, 1, 4]])
    found = score(y, 2, lambda end: np.full((1, 5), 3.0))
    assert found is not None
    assert found.sums == 2
    first, second = (0 + 2) - 3, (1 + 4) - 3
    scales = (2.0, np.abs(np.diff(y[0, :6])).mean())
    for level in found.levels:
        losses = [max(level.level * gap, (level.level - 1) * gap) for gap in (first, second)]
        assert level.pinball == pytest.approx(
            np.mean([loss / scale for loss, scale in zip(losses, scales, strict=True)])
        )
        assert level.covered == 0.5


def test_stock_at_equal_service_follows_a_walk_period_by_period() -> None:
    """A rule that orders up to the same level always: what it holds is counted by hand."""
    y = np.random.default_rng(3).poisson(3.0, (1, 24)).astype(float)
    found = score(y, 1, lambda end: np.linspace(4.0, 12.0, 5)[None, :])
    assert found is not None
    demand = y[0, 12:]
    held: dict[float, float] = {}
    for level in range(20):
        served = float(np.minimum(demand, level).sum() / demand.sum())
        held.setdefault(served, float(np.maximum(level - demand, 0).mean()))
    shares = sorted(held)
    for each in found.stock:
        expected = np.interp(each.fill, shares, [held[share] for share in shares])
        assert each.stock == pytest.approx(expected, abs=0.6)
    assert [each.fill for each in found.stock] == [0.9, 0.95, 0.98]


def test_a_short_history_has_no_score() -> None:
    assert forecast(rows_of(np.ones((3, 5))), 3, scored=True).score is None


def test_forecasts_beat_the_normal_rule_on_rare_demand_and_prices_count() -> None:
    y = spares(300, 4)
    plain = forecast(rows_of(y), 3, scored=True)
    assert plain.score is not None
    assert plain.score.pinball < plain.score.normal_pinball
    assert {each.unit for each in plain.score.stock} == {"pieces"}
    parts = "item,price_usd\n" + "".join(f"i{i},10\n" for i in range(300))
    priced = forecast(rows_of(y), 3, beside={"parts.csv": parts}, scored=True).score
    assert priced is not None
    assert {each.unit for each in priced.stock} == {"USD"}
    assert priced.stock[1].stock is not None
    assert plain.score.stock[1].stock is not None
    assert priced.stock[1].stock == pytest.approx(10 * plain.score.stock[1].stock, rel=0.05)
    some = forecast(rows_of(y), 3, beside={"parts.csv": "item,price_usd\ni0,10\n"}, scored=True).score
    assert some is not None
    assert some.stock[0].unit == "pieces"


def test_a_group_is_forecast_with_the_spread_of_its_sum() -> None:
    """Items that rise and fall together make a sum that spreads much wider than items that don't."""
    rng = np.random.default_rng(5)
    shared = rng.gamma(2.0, 0.5, 60)
    together = rng.poisson(5.0 * shared, (20, 60)).astype(float)
    apart = rng.poisson(5.0, (20, 60)).astype(float)
    y = np.concatenate([together, apart])
    parts = "item,group\n" + "".join(f"i{i},{'together' if i < 20 else 'apart'}\n" for i in range(40))
    found = forecast(rows_of(y), 1, beside={"parts.csv": parts})
    wide, narrow = found.groups
    assert (wide.group, wide.items, narrow.group) == ("together", 20, "apart")
    assert wide.total.q95 - wide.total.q50 > 2 * (narrow.total.q95 - narrow.total.q50)
    assert narrow.total.q50 == pytest.approx(100, rel=0.15)
    assert forecast(rows_of(y), 1).groups == ()


def test_a_group_follows_what_is_known_of_its_items() -> None:
    """A promotion, a booking and a new part move the sum by what they move the items; a group without them stays."""
    y = np.random.default_rng(8).poisson(5.0, (40, 40)).astype(float)
    y[:20, [5, 17, 29]] *= 3
    parts = "item,since,group,like\n" + "".join(f"i{i},,{'first' if i < 20 else 'other'},\n" for i in range(40))
    promotions = "item,period\n" + "".join(f"i{i},{t}\n" for i in range(20) for t in (5, 17, 29))

    def groups(new: str = "", run: str = "", booked: str = "") -> list[float]:
        beside = {"parts.csv": parts + new, "promotions.csv": promotions + run}
        beside |= {"booked.csv": "item,period,qty\n" + booked} if booked else {}
        return [group.total.q50 for group in forecast(rows_of(y), 2, beside=beside).groups]

    plain = groups()
    assert plain == pytest.approx([200, 200], rel=0.15)
    moved = groups("new,40,first,i3\n", "i0,41\ni1,41\n", "i2,40,65\n")
    # the new part 10, two promotions 10 each, the booking 60 more than a period's demand
    assert moved[0] - plain[0] == pytest.approx(10 + 20 + 60, abs=12)
    assert moved[1] == pytest.approx(plain[1], abs=2)


def test_the_demand_to_plan_for_keeps_to_the_mean_and_leaves_out_what_is_booked() -> None:
    y = np.random.default_rng(6).poisson(0.4, (50, 60)).astype(float)
    found = forecast(rows_of(y), 10, expected=True)
    planned = np.array([item.expected for item in found.items])
    assert planned.min() >= 0
    assert planned.sum() == pytest.approx(50 * 10 * 0.4, rel=0.1)
    assert (np.abs(planned.sum(axis=1) - 4) <= 2).all()
    booked = "item,period,qty\ni0,60,1\ni0,61,0.4\n"
    beside = forecast(rows_of(y), 10, expected=True, beside={"booked.csv": booked})
    assert sum(beside.items[0].expected) < sum(found.items[0].expected)
    assert beside.items[1].expected == found.items[1].expected
    assert forecast(rows_of(y), 10).items[0].expected == ()


def beside_of(prices: Floats) -> dict[str, str]:
    lines = "".join(f"i{i},{price:.2f}\n" for i, price in enumerate(prices))
    return {"parts.csv": "item,price_usd\n" + lines}


def test_stock_to_serve_a_share_costs_less_where_dear_pieces_are_fewer() -> None:
    y = spares(150, 6)
    prices = np.random.default_rng(2).lognormal(3.0, 1.0, len(y))
    plain = forecast(rows_of(y), 3, serve=0.9)
    priced = forecast(rows_of(y), 3, serve=0.9, beside=beside_of(prices))
    levels = [np.array([i.order_up_to for i in answer.items], float) for answer in (plain, priced)]
    assert levels[1] @ prices < 0.9 * (levels[0] @ prices)
    cheap = prices < np.quantile(prices, 0.3)
    assert levels[1][cheap].sum() > levels[0][cheap].sum()  # cheap pieces stand in for dear ones
    assert priced.served is not None
    assert priced.served.unit == "USD"
    assert priced.served.saving is not None
    assert priced.served.saving > 0.15


def test_equal_prices_are_as_none() -> None:
    y = spares(40, 7)
    levels = [
        [i.order_up_to for i in forecast(rows_of(y), 2, serve=0.95, beside=beside_of(np.full(40, price))).items]
        for price in (0.5, 20.0)
    ]
    assert levels[0] == levels[1]


def test_what_no_history_can_serve_is_not_told() -> None:
    answer = forecast(rows_of(np.ones((3, 4))), 3, serve=0.9)
    assert (answer.served, answer.items[0].order_up_to) == (None, None)
