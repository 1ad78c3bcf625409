"""In which order a shop really completes its work, seen from what became of forecasts.

A twin that believes in another rule than the floor's knows well how much work will be done by when, and not whose. So the
draws of one moment are dealt out anew: in each future an order is done when as much work is done as comes before it, and its own, in the
order that is kept. Which order that is is found by the score that past forecasts would have had with it.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from nightmill.simulation.calibration.conformal import RECENT, Forecast, Outcome, crps_s
from nightmill.stats.averages import mean

Order = Literal["plan", "due", "shortest", "received"]
"""By what orders go: the plan's own order, their due date, the work left of them, or as they stand in the book."""

MARGIN = 0.3
"""Another order than the plan's must have done better by this share. Where the floor keeps another one it does far better; the
outcomes of one shop and few days hang together, and make one look better by chance."""

ENOUGH = 80
"""Outcomes that must be known before another order than the plan's is told."""

GRAIN_S = 1e-6
"""Sums of the same work in two orders are the same within this much."""

RANKS: Mapping[Order, Callable[[int, Forecast], float]] = {
    "due": lambda _, forecast: forecast.due_s,
    "shortest": lambda _, forecast: forecast.work_s,
    "received": lambda place, _: float(place),
}


def dealt(forecasts: Sequence[Forecast], order: Order) -> tuple[Forecast, ...]:
    """The forecasts of one moment with their draws dealt out by ``order``; as they are for ``plan``, and of what has no work to deal.

    The n-th draws of all orders (each sorted) count as one future.
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
    """What the twin forecast at one moment; remembers how its draws are dealt out and what that scored."""

    def __init__(self, forecasts: Sequence[Forecast]) -> None:
        self.forecasts = forecasts
        self._told: dict[Order, dict[str, Forecast]] = {}
        self._scores: dict[tuple[Order, str, float], float] = {}

    def told(self, order: Order) -> dict[str, Forecast]:
        """The forecasts dealt out by ``order``, by the name of the order that each is of."""
        if order not in self._told:
            self._told[order] = {each.order: each for each in dealt(self.forecasts, order)}
        return self._told[order]

    def scores(self, outcomes: Sequence[Outcome]) -> dict[Order, list[float]]:
        """What each order of work would have scored (CRPS, s) on the ``outcomes`` of some of the forecasts."""
        return {order: [self._score(order, each) for each in outcomes] for order in ("plan", *RANKS)}

    def _score(self, order: Order, outcome: Outcome) -> float:
        key = order, outcome.forecast.order, outcome.completed_s
        if key not in self._scores:
            self._scores[key] = crps_s(self.told(order)[outcome.forecast.order].completions_s, outcome.completed_s)
        return self._scores[key]


def kept_order(moments: Sequence[Mapping[Order, Sequence[float]]]) -> Order:
    """The order that past moments' scores (in order of time) speak for; the plan's where they don't for another."""
    recent = {order: [s for one in moments for s in one[order]][-RECENT:] for order in ("plan", *RANKS)}
    known: dict[Order, float] = {order: mean(s) for order, s in recent.items() if all(map(math.isfinite, s))}
    if len(recent["plan"]) < ENOUGH or "plan" not in known:
        return "plan"
    best = min(known, key=lambda order: known[order])
    return best if known[best] < (1.0 - MARGIN) * known["plan"] else "plan"


def _when(work_s: float, done_s: Sequence[float], times_s: Sequence[float]) -> float:
    """When so much work is done, between the moments at which it is known how much is."""
    k = min(max(bisect_left(done_s, work_s - GRAIN_S), 1), len(done_s) - 1)
    step_s = done_s[k] - done_s[k - 1]
    if math.isinf(times_s[k]) or step_s <= 0.0:
        return times_s[k]
    return times_s[k - 1] + (times_s[k] - times_s[k - 1]) * min(1.0, (work_s - done_s[k - 1]) / step_s)
