"""Forecast demand as a distribution: quantiles of each period and of their sum, for smooth and intermittent demand.

The moments of each item's demand (``gamma_poisson``) are turned into quantiles, with a half-life and a season learned from the history
itself (``model_selection``). Promotions, new parts and orders already booked are taken into account if given (``covariates``,
``advance_orders``). Other models are used for the items for which they do better.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.forecasting.advance_orders import beyond_booked
from nightmill.forecasting.backtest import Quantiles, Score, StockScore, score, serving
from nightmill.forecasting.covariates import Beside, Exposure, exposure_of, part_rows, read_beside
from nightmill.forecasting.gamma_poisson import between, moments, quantile
from nightmill.forecasting.model_selection import Model, at_levels, find_season, learn, nothing_beside
from nightmill.forecasting.scores import JUDGED, LEVELS, Floats, Spread
from nightmill.forecasting.statsforecast_models import smooth_quantiles
from nightmill.vocabulary.csv_text import read_records
from nightmill.vocabulary.errors import BadInput, Finding

MAX_PERIODS = 20_000
MAX_HORIZON = 1000
Rivals = Callable[
    [Floats, int, int, Callable[[int], Floats], Spread | None], tuple[npt.NDArray[np.int64], Floats, Floats]
]
"""Other models, used for the items for which they do better: see ``statsforecast_models.smooth_quantiles``."""


class HistoryRow(msgspec.Struct, frozen=True):
    """A row of the history: demand for an item in a period (a whole number, in any unit of time)."""

    item: Annotated[str, msgspec.Meta(min_length=1)]
    period: int
    qty: Annotated[float, msgspec.Meta(ge=0)]


class TotalQuantiles(msgspec.Struct, frozen=True):
    """Quantiles of the sum over the horizon."""

    q50: float
    q75: float
    q90: float
    q95: float
    q99: float


class PeriodQuantiles(msgspec.Struct, frozen=True):
    """Quantiles of one coming period."""

    period: int
    q50: float
    q75: float
    q90: float
    q95: float
    q99: float


class ItemForecast(msgspec.Struct, frozen=True, omit_defaults=True):
    """Forecast for one item: quantiles of the sum over the next H periods and of each period; on request, the demand to plan for.

    ``expected`` is the mean demand in each period beyond the booked quantity, in whole pieces that add up to the sum of the means.
    """

    item: str
    total: TotalQuantiles
    periods: tuple[PeriodQuantiles, ...]
    expected: tuple[int, ...] = ()
    order_up_to: int | None = None


class GroupForecast(msgspec.Struct, frozen=True):
    """Forecast for one group in parts.csv: quantiles of its items' total demand, learned from the sums of their histories."""

    group: str
    items: int
    total: TotalQuantiles
    periods: tuple[PeriodQuantiles, ...]


class Forecast(msgspec.Struct, frozen=True, omit_defaults=True):
    """The result of ``nightmill forecast``; ``groups`` if parts.csv has groups, ``score`` and ``served`` on request."""

    items: tuple[ItemForecast, ...]
    groups: tuple[GroupForecast, ...] = ()
    score: Score | None = None
    served: StockScore | None = None


def read_history(text: str, file: str = "history.csv") -> tuple[HistoryRow, ...]:
    """Read the rows of a history file. Raises ``BadInput`` with every finding; an empty history is a finding."""
    findings: list[Finding] = []
    rows = tuple(row for _, row in read_records(file, text, HistoryRow, findings))
    if not findings and not rows:
        findings.append(Finding(file, "", "no rows", "at least one row", "Add past demand."))
    if not findings:
        periods = [row.period for row in rows]
        if max(periods) - min(periods) >= MAX_PERIODS:
            findings.append(
                Finding(file, "period", f"{min(periods)} to {max(periods)}", f"less than {MAX_PERIODS} periods", "Use a longer period.")
            )  # fmt: skip
    if findings:
        raise BadInput(*findings)
    return rows


def forecast(
    history: tuple[HistoryRow, ...], horizon: int, spread: Spread | None = None, *, season: int = 0, beside: Mapping[str, str] | None = None,
    rivals: Rivals | Literal["statsforecast"] | None = None, scored: bool = False, expected: bool = False, serve: float = 0.0,
) -> Forecast:  # fmt: skip
    """Forecast quantiles for every item in ``history`` over the next ``horizon`` periods (>= 1); items are in the order of the file.

    ``spread`` is a map over workers that takes the items in blocks; the result is the same without it. ``season`` is the length of the
    season in periods: 1 for none, 0 to detect it. ``rivals`` are other models (``"statsforecast"``: those in ``statsforecast_models``),
    used for the items for which they would have reduced past losses, unless ``beside`` is given. ``beside`` holds the text of
    promotions.csv, booked.csv and parts.csv, if available (see ``covariates``). ``scored`` compares past forecasts with actual demand
    (see ``backtest``). ``expected`` returns each item's demand to plan for. ``serve``, a fraction of demand, returns the order-up-to
    stock of each item. Missing rows between the first and the last period of the history count as zeros. Raises ``BadInput``.
    """
    if not 1 <= horizon <= MAX_HORIZON:
        raise BadInput(Finding("--horizon", "", str(horizon), f"1 .. {MAX_HORIZON} periods", "Choose another horizon."))
    if not history:
        raise BadInput(Finding("history.csv", "", "no rows", "at least one row", "Add past demand."))
    names = tuple(dict.fromkeys(row.item for row in history))
    start = min(row.period for row in history)
    last = max(row.period for row in history)
    if season < 0 or season > max(1, (last - start + 1) // 2):
        found = f"{season} periods, with {last - start + 1} of history"
        raise BadInput(Finding("--season", "", found, "at most half of the history", "Choose another season."))
    known: Beside | None = None
    if beside:
        names, known = read_beside(beside, names, start, last - start + 1, horizon)
    place = {name: i for i, name in enumerate(names)}
    y = np.zeros((len(names), last - start + 1))
    for row in history:
        y[place[row.item], row.period - start] += row.qty
    chosen = find_season(y, nothing_beside(y, horizon) if known is None else known, horizon, season)
    total, single = _totals_and_periods(y, horizon, spread, chosen, known, _available_rivals(rivals))
    planned = _expected(y, horizon, chosen, known).tolist() if expected else [()] * len(names)
    items = tuple(
        ItemForecast(name, *_as_records(total, single, i, last, horizon), tuple(planned[i]))
        for i, name in enumerate(names)
    )
    parts = part_rows(beside or {})
    group_of = [parts[name].group if name in parts else "" for name in names]
    groups: tuple[GroupForecast, ...] = ()
    if known is not None and any(group_of):
        lift = _lifted(y, horizon, chosen, known)
        groups = _groups(_without_promotions(y, known), group_of, last, horizon, season, lift)
    if not (scored or serve):
        return Forecast(items, groups)
    listed = [parts[name].price_usd if name in parts else None for name in names]
    known_prices = [price for price in listed if price is not None]
    prices = np.array(known_prices) if len(known_prices) == len(names) else None
    past = cache(_known_then(y, horizon, season, known, _available_rivals(rivals)))
    sold = None if known is None else known.sold[:, : y.shape[1]]
    served = serving(y, horizon, past, total, prices, serve) if serve else None
    if served is not None:
        items = tuple(msgspec.structs.replace(i, order_up_to=int(n)) for i, n in zip(items, served[1], strict=True))
    return Forecast(items, groups, score(y, horizon, past, prices, sold) if scored else None, served and served[0])


def _as_records(
    total: Floats, single: list[Floats], i: int, last: int, horizon: int
) -> tuple[TotalQuantiles, tuple[PeriodQuantiles, ...]]:
    """Return the quantiles in row ``i`` as records."""
    each = (PeriodQuantiles(last + 1 + h, *map(float, single[min(h, len(single) - 1)][i])) for h in range(horizon))
    return TotalQuantiles(*map(float, total[i])), tuple(each)


def _expected(y: Floats, horizon: int, chosen: tuple[int, bool], known: Beside | None) -> npt.NDArray[np.int64]:
    """Return the mean demand [n, horizon] beyond the booked quantity, rounded so that running sums stay within half a piece."""
    beside = nothing_beside(y, horizon) if known is None else known
    means = np.maximum(0.0, _each_period(y, horizon, chosen, beside)[0] - beside.booked)
    whole = np.floor(np.cumsum(means, axis=1) + 0.5).astype(np.int64)
    whole[:, 1:] -= whole[:, :-1].copy()
    return whole


def _each_period(y: Floats, horizon: int, chosen: tuple[int, bool], beside: Beside) -> tuple[Floats, Floats]:
    """Return the mean and variance [n, horizon] of each coming period's demand, regardless of bookings."""
    half_life, exposure = learn(y, 1, None, (beside, *chosen)).half_life, exposure_of(y, beside, *chosen)
    each = [
        moments(y, 1, half_life, msgspec.structs.replace(exposure, ahead=exposure.ahead[:, h : h + 1]))
        for h in range(horizon)
    ]
    return np.stack([one[0] for one in each], axis=1), np.stack([one[1] for one in each], axis=1)


def _lifted(y: Floats, horizon: int, chosen: tuple[int, bool], known: Beside) -> tuple[Floats, Floats]:
    """Return how much more demand [n, horizon] is expected than an item's own past suggests: promotions, bookings, new parts.

    The second result holds standard deviations [n, horizon + 1], for each period and for their sum, of items without a past; they are 0
    for the other items.
    """
    new = np.logical_not(known.sold[:, : y.shape[1]]).all(axis=1)
    if not (known.promoted[:, y.shape[1] :].any() or known.booked.any() or np.any(new)):
        return np.zeros((len(y), horizon)), np.zeros((len(y), horizon + 1))
    mean, variance = _each_period(y, horizon, chosen, known)
    booked = np.ceil(known.booked)
    beyond = np.stack(
        [beyond_booked(mean[:, [h]], variance[:, [h]], variance[:, h], booked[:, [h]])[0] for h in range(horizon)],
        axis=1,
    )
    promoted = known.promoted.copy()
    promoted[:, y.shape[1] :] = False
    plain = msgspec.structs.replace(known, promoted=promoted)
    unseen = np.reshape(new, (-1, 1))
    _, together = moments(y, horizon, learn(y, 1, None, (known, *chosen)).half_life, exposure_of(y, known, *chosen))
    loose = np.sqrt(np.where(unseen, np.column_stack([variance, together]), 0.0))
    return booked + beyond - np.where(unseen, 0.0, _each_period(y, horizon, chosen, plain)[0]), loose


def _groups(
    y: Floats, group_of: list[str], last: int, horizon: int, season: int, lift: tuple[Floats, Floats]
) -> tuple[GroupForecast, ...]:
    """Forecast each named group's demand. Items in a group rise and fall together, so their sum needs its own spread.

    Covariates move the forecast by as much as they move the means of its items. Items without a past widen it by their own deviations,
    taken as independent of each other and of the rest. ``lift`` holds both, see ``_lifted``.
    """
    lifted, loose = lift
    names = [name for name in dict.fromkeys(group_of) if name]
    if not names:
        return ()
    rows = [[i for i, name in enumerate(group_of) if name == group] for group in names]
    sums = np.stack([y[members].sum(axis=0) for members in rows])
    chosen = find_season(sums, nothing_beside(sums, horizon), horizon, season)
    total, single = _totals_and_periods(sums, horizon, None, chosen, None, None)
    if lifted.any():
        more = np.stack([lifted[members].sum(axis=0) for members in rows])
        wider = np.stack([np.square(loose[members]).sum(axis=0) for members in rows])
        single = [_moved(single[min(h, len(single) - 1)], more[:, h], wider[:, h]) for h in range(horizon)]
        total = _moved(total, more.sum(axis=1), wider[:, horizon])
    return tuple(
        GroupForecast(name, len(rows[k]), *_as_records(total, single, k, last, horizon)) for k, name in enumerate(names)
    )


def _without_promotions(y: Floats, known: Beside) -> Floats:
    """Return histories with each item's usual demand in promotion periods, which would otherwise look like a season."""
    T = y.shape[1]
    ran, calm = known.promoted[:, :T] & known.sold[:, :T], known.sold[:, :T] & ~known.promoted[:, :T]
    usual = (y * calm).sum(axis=1) / np.maximum(calm.sum(axis=1), 1)
    return np.where(ran & (calm.sum(axis=1) > 0)[:, None], usual[:, None], y)


def _moved(quantiles: Floats, more: Floats, wider: Floats) -> Floats:
    """Return quantiles [k, 5] shifted by ``more`` [k] and widened by the variance ``wider`` [k], as for sums of normals."""
    from scipy.special import ndtri

    above = quantiles - quantiles[:, :1]
    above = np.sqrt(np.square(above) + np.square(ndtri(np.array(LEVELS))) * wider[:, None])
    return np.maximum(0.0, np.floor(quantiles[:, :1] + above + more[:, None] + 0.5))


def _known_then(y: Floats, horizon: int, season: int, known: Beside | None, rivals: Rivals | None) -> Quantiles:
    """Return a rule that forecasts the sum as at a past period; bookings known at that time aren't on record, so none are used."""
    beside = nothing_beside(y, horizon) if known is None else known

    def total(end: int) -> Floats:
        past = y[:, :end]
        if known is None:
            chosen = find_season(past, nothing_beside(past, horizon), horizon, season)
            return _totals_and_periods(past, horizon, None, chosen, None, rivals)[0]
        then = msgspec.structs.replace(beside.until(end, horizon), booked=np.zeros_like(beside.booked))
        chosen = find_season(past, then, horizon, season)
        return _forecast(past, horizon, None, exposure_of(past, then, *chosen), then, chosen)

    return total


def _available_rivals(rivals: Rivals | Literal["statsforecast"] | None) -> Rivals | None:
    return smooth_quantiles if rivals == "statsforecast" else rivals


def _totals_and_periods(
    y: Floats, horizon: int, spread: Spread | None, chosen: tuple[int, bool], known: Beside | None, rivals: Rivals | None
) -> tuple[Floats, list[Floats]]:  # fmt: skip
    """Return quantiles [n, 5] of the sum, and of each period: a single array if all periods are alike."""
    beside = nothing_beside(y, horizon) if known is None else known
    if rivals is not None and known is None:
        return _with_rivals(y, horizon, spread, beside, chosen, rivals)
    if chosen == (1, False) and known is None:
        total = forecast_sum(y, horizon, spread)
        return total, [total if horizon == 1 else forecast_sum(y, 1, spread)]
    return _seasonal(y, horizon, spread, beside, chosen)


def _with_rivals(
    y: Floats, horizon: int, spread: Spread | None, beside: Beside, chosen: tuple[int, bool], rivals: Rivals
) -> tuple[Floats, list[Floats]]:  # fmt: skip
    """Return the same as ``_seasonal``, except for the items for which a rival would have reduced past losses."""
    total, single = _seasonal(y, horizon, spread, beside, chosen)
    model = learn(y, horizon, spread, (beside, *chosen))
    judged = [LEVELS.index(level) for level in JUDGED]

    def ours(end: int) -> Floats:
        exposure = exposure_of(y[:, :end], beside.until(end, horizon), *chosen)
        return _model_quantiles(model, y[:, :end], horizon, spread, exposure, None)[:, judged]

    items, sums, each = rivals(y, horizon, chosen[0], ours, spread)
    total[items] = sums
    for h, one in enumerate(single):
        one[items] = each[:, h]
    return total, single


def _seasonal(
    y: Floats, horizon: int, spread: Spread | None, beside: Beside, chosen: tuple[int, bool]
) -> tuple[Floats, list[Floats]]:  # fmt: skip
    exposure = exposure_of(y, beside, *chosen)
    total = _forecast(y, horizon, spread, exposure, beside, chosen)
    model = learn(y, 1, spread, (beside, *chosen))
    single = []
    for h in range(horizon):
        one = msgspec.structs.replace(exposure, ahead=exposure.ahead[:, h : h + 1])
        single.append(_model_quantiles(model, y, 1, spread, one, beside.booked[:, h]))
    return total, single


def forecast_sum(y: Floats, horizon: int, spread: Spread | None = None) -> Floats:
    """Return quantiles [n, 5] of the sum over the next ``horizon`` periods of histories y [n, T], without a season."""
    return _model_quantiles(learn(y, horizon, spread), y, horizon, spread, None, None)


def _forecast(
    y: Floats, horizon: int, spread: Spread | None, exposure: Exposure, beside: Beside, chosen: tuple[int, bool]
) -> Floats:  # fmt: skip
    """Return quantiles [n, 5] of the sum of booked demand and the further demand in each period."""
    model = learn(y, horizon, spread, (beside, *chosen))
    if horizon == 1:
        return _model_quantiles(model, y, 1, spread, exposure, beside.booked[:, 0])
    q = _model_quantiles(model, y, horizon, spread, exposure, None)
    some = np.flatnonzero((beside.booked > 0).any(axis=1))
    if len(some):
        mean, variance = (each[some] for each in _each_period(y, horizon, chosen, beside))
        booked, together = np.ceil(beside.booked[some]), moments(y, horizon, model.half_life, exposure)[1][some]
        beyond = at_levels(model.levels, *beyond_booked(mean, variance, together, booked), spread)
        q[some] = np.maximum.accumulate(booked.sum(axis=1)[:, None] + beyond, axis=1)
    return q


def _model_quantiles(
    model: Model, y: Floats, horizon: int, spread: Spread | None, exposure: Exposure | None, booked: Floats | None
) -> Floats:  # fmt: skip
    """Return quantiles at the model's levels; if orders are ``booked``, given that demand is at least the booked quantity."""
    mean, variance = moments(y, horizon, model.half_life, exposure)
    q = at_levels(model.levels, mean, variance, spread)
    if booked is not None and (booked > 0).any():
        some = booked > 0
        below = _share_below(booked[some], mean[some], variance[some])
        q[some] = np.stack(
            [quantile(below + level * (1 - below), mean[some], variance[some]) for level in model.levels], axis=1
        )  # fmt: skip
        q[some] = np.maximum(q[some], booked[some][:, None])
    return np.maximum.accumulate(q, axis=1)


def _share_below(value: Floats, mean: Floats, variance: Floats) -> Floats:
    """Return the probability of demand below ``value``, limited to just below 1."""
    low, _ = between(value, mean, variance)
    return np.minimum(low, 0.9999)
