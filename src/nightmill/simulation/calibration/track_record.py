"""Track record of the twin's forecasts, and the order of work and calibrated intervals learned from it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import msgspec

from nightmill.simulation.calibration.conformal import (
    Forecast,
    Outcome,
    Quality,
    Widening,
    due_outcomes,
    quality,
    widening,
    wrapped,
)
from nightmill.simulation.calibration.dispatch_order import Moment, Order, kept_order


class TwinRecord(msgspec.Struct, frozen=True):
    """The track record of the twin's forecasts.

    It holds their ``quality``, the ``order`` of work that the shop is observed to keep, and the correction from now on for 90 %
    intervals of forecasts that use this order.
    """

    quality: Quality | None
    widening_90: Widening
    order: Order = "plan"


class Past:
    """Forecast moments in order of time, with their known outcomes."""

    def __init__(self) -> None:
        self._moments: list[tuple[Moment, Sequence[Outcome]]] = []
        self._scores: list[Mapping[Order, Sequence[float]]] = []
        self._published: dict[Order, list[Outcome]] = {}

    def add(self, moment: Moment, outcomes: Sequence[Outcome]) -> None:
        """Add one moment and the ``outcomes`` of some of its forecasts."""
        self._moments.append((moment, outcomes))
        self._scores.append(moment.scores(outcomes))
        for order, found in self._published.items():
            found += _published(moment, outcomes, order)

    def teaches(self) -> tuple[Order, Widening]:
        """The order of work that the shop keeps, and the correction for 90 % intervals of forecasts that use it."""
        order = kept_order(self._scores)
        if order not in self._published:
            self._published[order] = [each for moment in self._moments for each in _published(*moment, order)]
        return order, widening(self._published[order], 0.9)


def judge(forecasts: Sequence[Forecast], completed_s: Mapping[str, float], now_s: float) -> TwinRecord:
    """Compare forecasts with the log up to ``now_s``.

    Each forecast is judged with the order of work and the interval that could have been given when the forecast was made, with
    corrections known at that time.
    """
    moments = [Moment(list(group)) for _, group in groupby(sorted(forecasts, key=_made_at), key=_made_at)]
    judged, told = [], list[Forecast]()
    for moment in moments:
        order, by = _past(moments, completed_s, moment.forecasts[0].made_s).teaches()
        for outcome in due_outcomes(moment.forecasts, completed_s, now_s):
            forecast = moment.told(order)[outcome.forecast.order]
            judged.append((outcome, wrapped(forecast, by)))
            told.append(forecast)
    order, by = _past(moments, completed_s, now_s).teaches()
    return TwinRecord(quality(judged, told), by, order)


def _past(moments: Sequence[Moment], completed_s: Mapping[str, float], now_s: float) -> Past:
    """Return the outcomes of the moments known at ``now_s``."""
    past = Past()
    for moment in moments:
        if outcomes := due_outcomes(moment.forecasts, completed_s, now_s):
            past.add(moment, outcomes)
    return past


def _published(moment: Moment, outcomes: Sequence[Outcome], order: Order) -> Iterator[Outcome]:
    spoken = moment.told(order)
    return (msgspec.structs.replace(each, forecast=spoken[each.forecast.order]) for each in outcomes)


def _made_at(forecast: Forecast) -> float:
    return forecast.made_s
