"""Infer from past forecasts in which order a shop really completes its work.

If the twin's sequencing rule differs from that of the floor, it predicts well how much work will be done by a given
time, but not for which orders. Therefore the draws for one moment are reassigned: in each future an order is done when
its work and all work before it are done, in the inferred sequence. The inferred sequence is the one with which past
forecasts would have scored best.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from nightmill.simulation.calibration.conformal import RECENT, Forecast, Outcome, crps_s
from nightmill.stats.averages import mean

Order = Literal["plan", "due", "shortest", "received"]
"""Sequencing rules: the plan's own order, due date, work left, or position in the order book."""

MARGIN = 0.3
"""Fraction by which another sequence must have scored better than the plan's to be used.

If the floor really follows another sequence, that sequence scores far better. The outcomes of one shop in a few days
are correlated, so a sequence can look better by chance.
"""

ENOUGH = 80
"""Number of outcomes that must be known before any sequence other than the plan's is used."""

GRAIN_S = 1e-6
"""Tolerance within which sums of the same work in two different sequences are equal."""

RANKS: Mapping[Order, Callable[[int, Forecast], float]] = {
    "due": lambda _, forecast: forecast.due_s,
    "shortest": lambda _, forecast: forecast.work_s,
    "received": lambda place, _: float(place),
}


def dealt(forecasts: Sequence[Forecast], order: Order) -> tuple[Forecast, ...]:
    """Return the forecasts of one moment with their draws reassigned by ``order``.

    Unchanged for ``plan``, and for orders without work to assign. The n-th draws of all orders (each sorted) count as one future.
    """
    open_ = [place for place, each in enumerate(forecasts) if each.work_s > 0.0]
    if order == "plan" or not open_:
        return tuple(forecasts)
    rank = RANKS[order]
    sequence = sorted(open_, key=lambda place: (rank(place, forecasts[place]), place))
    draws = {place: sorted(forecasts[place].completions_s) for place in open_}
    found: dict[int, list[float]] = {place: [] for place in open_}
    for number in range(min(map(len, draws.values()))):
        ends = sorted((one[number], place) for place, one in draws.items())
        done_s, times_s = [0.0], [forecasts[0].made_s]
        for end_s, place in ends:
            done_s.append(done_s[-1] + forecasts[place].work_s)
            times_s.append(end_s)
        before_s = 0.0
        for place in sequence:
            before_s += forecasts[place].work_s
            found[place].append(_when(before_s, done_s, times_s))
    return tuple(
        msgspec.structs.replace(each, completions_s=tuple(sorted(found[place]))) if place in found else each
        for place, each in enumerate(forecasts)
    )


class Moment:
    """The twin's forecasts at one moment; caches the reassigned draws and their scores."""

    def __init__(self, forecasts: Sequence[Forecast]) -> None:
        self.forecasts = forecasts
        self._told: dict[Order, dict[str, Forecast]] = {}
        self._scores: dict[tuple[Order, str, float], float] = {}

    def told(self, order: Order) -> dict[str, Forecast]:
        """The forecasts reassigned by ``order``, by the id of their order."""
        if order not in self._told:
            self._told[order] = {each.order: each for each in dealt(self.forecasts, order)}
        return self._told[order]

    def scores(self, outcomes: Sequence[Outcome]) -> dict[Order, list[float]]:
        """Return the score of each order of work (CRPS, s) on the ``outcomes`` of some of the forecasts."""
        return {order: [self._score(order, each) for each in outcomes] for order in ("plan", *RANKS)}

    def _score(self, order: Order, outcome: Outcome) -> float:
        key = order, outcome.forecast.order, outcome.completed_s
        if key not in self._scores:
            self._scores[key] = crps_s(self.told(order)[outcome.forecast.order].completions_s, outcome.completed_s)
        return self._scores[key]


def kept_order(moments: Sequence[Mapping[Order, Sequence[float]]]) -> Order:
    """Return the order of work that the scores of past moments (in order of time) support; the plan's order unless they
    clearly support another.
    """
    recent = {order: [s for one in moments for s in one[order]][-RECENT:] for order in ("plan", *RANKS)}
    known: dict[Order, float] = {order: mean(s) for order, s in recent.items() if all(map(math.isfinite, s))}
    if len(recent["plan"]) < ENOUGH or "plan" not in known:
        return "plan"
    best = min(known, key=lambda order: known[order])
    return best if known[best] < (1.0 - MARGIN) * known["plan"] else "plan"


def _when(work_s: float, done_s: Sequence[float], times_s: Sequence[float]) -> float:
    """Return when this much work is done, by interpolation between the known moments."""
    k = min(max(bisect_left(done_s, work_s - GRAIN_S), 1), len(done_s) - 1)
    step_s = done_s[k] - done_s[k - 1]
    if math.isinf(times_s[k]) or step_s <= 0.0:
        return times_s[k]
    return times_s[k - 1] + (times_s[k] - times_s[k - 1]) * min(1.0, (work_s - done_s[k - 1]) / step_s)
