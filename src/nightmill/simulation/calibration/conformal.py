"""Prediction intervals that keep their coverage even if the model is wrong: conformal prediction on recent completions.

Conformalised quantile regression with separate sides (Romano, Patterson & Candès, NeurIPS 2019; Vovk, Gammerman & Shafer,
Algorithmic Learning in a Random World, 2nd ed., ch. 4): how far completions fell outside their intervals, measured in the
forecast's own width, determines how much to widen or narrow the next intervals. The only assumption is that the next completion
relates to its forecast as recent completions did to their forecasts.
"""

import math
from collections.abc import Mapping, Sequence

import msgspec

from nightmill.stats.averages import mean, predictive_quantile, quantile
from nightmill.stats.conformal import conformal_quantile

RECENT = 400
"""Number of latest completions that count; older completions belong to a different state of the shop."""

LEAST = 20
"""With fewer completions no correction is applied, since they can't determine the ends of a 90 % interval."""

FLOOR_SHARE = 0.02
"""A forecast's scale is at least this fraction of the time to its median, since even a model that is certain can be wrong."""


class Forecast(msgspec.Struct, frozen=True):
    """Completions of one order that the twin drew at ``made_s``; infinite if it isn't done within the days.

    ``naive_s`` are the draws of a simple forecast made at the same time, as a benchmark; empty if there was none.
    ``due_s`` and ``work_s`` (remaining cutting time that could start at that moment) belong to the order; a sequence of
    work other than the plan's can be inferred from them. An order without these values (all parts are cut, or it isn't
    released yet) keeps its position in every sequence.
    """

    order: str
    made_s: float
    completions_s: tuple[float, ...]
    naive_s: tuple[float, ...] = ()
    due_s: float = math.inf
    work_s: float = 0.0

    def end(self, share: float) -> float:
        """Return the completion time exceeded with a probability of 1 - ``share``."""
        return predictive_quantile(self.completions_s, share)

    def scale_s(self) -> float:
        """The unit of the forecast's errors: its central 90 %, or at least a fraction of the time to its median."""
        width = self.end(0.95) - self.end(0.05)
        return max(width, FLOOR_SHARE * (self.end(0.5) - self.made_s), 1.0)


class Outcome(msgspec.Struct, frozen=True):
    """A forecast and its outcome."""

    forecast: Forecast
    completed_s: float


class Interval(msgspec.Struct, frozen=True):
    """From ``low_s`` to ``high_s``, both in shop seconds; an end may be infinite."""

    low_s: float
    high_s: float


class Widening(msgspec.Struct, frozen=True):
    """How far to move the ends of ``level`` intervals, outwards if positive, in units of the forecasts' scales.

    A scale is the forecast's own, but at least the usual scale ``scale_s``, since errors in the twin's rules are no smaller
    when the twin is more certain. ``outcomes`` is the number of outcomes used; 0 if there is no correction.
    """

    level: float
    low: float = 0.0
    high: float = 0.0
    scale_s: float = 0.0
    outcomes: int = 0


def widening(outcomes: Sequence[Outcome], level: float) -> Widening:
    """Return the correction of central ``level`` intervals learned from the latest ``outcomes`` (in order of time)."""
    recent = [each for each in outcomes if math.isfinite(each.forecast.end(0.95))][-RECENT:]
    outside = (1.0 - level) / 2.0
    if len(recent) < LEAST:
        return Widening(level)
    own = [o.forecast.scale_s() for o in recent]
    usual = quantile(own, 0.5)
    scales = [max(scale, usual) for scale in own]
    below = [(o.forecast.end(outside) - o.completed_s) / scale for o, scale in zip(recent, scales, strict=True)]
    above = [(o.completed_s - o.forecast.end(1.0 - outside)) / scale for o, scale in zip(recent, scales, strict=True)]
    low, high = conformal_quantile(below, 1.0 - outside), conformal_quantile(above, 1.0 - outside)
    return Widening(level, low, high, usual, len(recent))


def wrapped(forecast: Forecast, by: Widening) -> Interval:
    """Return the forecast's corrected interval; it never lies before the time of the forecast and is never inverted."""
    outside = (1.0 - by.level) / 2.0
    low, high = forecast.end(outside), forecast.end(1.0 - outside)
    scale = max(forecast.scale_s(), by.scale_s) if math.isfinite(high) else 0.0
    low = max(forecast.made_s, low - by.low * scale)
    return Interval(low, max(high + by.high * scale, low))


def due_outcomes(forecasts: Sequence[Forecast], completed_s: Mapping[str, float], now_s: float) -> list[Outcome]:
    """Return the outcomes from which to learn at ``now_s``: those of all forecasts that should have come true by then,
    whether or not they have.

    They are selected by the forecast alone (its upper end is past), since selecting completed orders would favour early
    ones. An incomplete order is treated as if completed now, the earliest time still possible.
    """
    return [
        Outcome(each, min(completed_s.get(each.order, math.inf), now_s))
        for each in forecasts
        if each.end(0.95) <= now_s and each.made_s < now_s
    ]


def crps_s(completions_s: Sequence[float], completed_s: float) -> float:
    """Continuous ranked probability score of draws, s: mean distance to the outcome minus half the mean distance between draws.

    Fair for few draws (Ferro, Q. J. R. Meteorol. Soc. 140, 2014). For one draw it is the distance.
    """
    draws = sorted(completions_s)
    number = len(draws)
    distance = mean([abs(draw - completed_s) for draw in draws])
    if number < 2:
        return distance
    between = sum((2 * k - number + 1) * draw for k, draw in enumerate(draws))
    return distance - between / (number * (number - 1))


class Quality(msgspec.Struct, frozen=True):
    """Forecast quality over ``outcomes``: fractions of completions inside the central intervals, and times in s.

    ``ordered_crps_s`` and ``ordered_skill`` belong to the published forecasts, which use the order of work that the shop was
    known to keep at the time. ``raw`` is the twin's own 90 % interval, ``wrapped`` the corrected interval; ``width_ratio``, the
    ratio of their median widths, is near 1 for a twin that resembles its shop. ``skill`` is the fraction by which the CRPS lies
    below that of the simple forecasts, if there were any. ``pit``: number of completions in each tenth of their forecasts,
    uniform for a true model.
    """

    outcomes: int
    coverage_50: float
    coverage_80: float
    coverage_90: float
    wrapped_90: float
    crps_s: float
    skill: float | None
    ordered_crps_s: float
    ordered_skill: float | None
    width_s: float
    wrapped_width_s: float
    width_ratio: float
    pit: tuple[int, ...]


def quality(judged: Sequence[tuple[Outcome, Interval]], told: Sequence[Forecast] = ()) -> Quality | None:
    """The twin's quality over outcomes and the intervals given at the time; ``None`` without any.

    ``told``: the forecast that was published for each outcome, if it wasn't the twin's own. An outcome counts only if
    the order is completed within the simulated days in every draw of both its forecasts.
    """
    spoken = told or [outcome.forecast for outcome, _ in judged]
    known = [
        (o, i, f)
        for (o, i), f in zip(judged, spoken, strict=True)
        if all(map(math.isfinite, (*o.forecast.completions_s, *f.completions_s)))
    ]
    if not known:
        return None
    pairs = [(outcome, interval) for outcome, interval, _ in known]
    outcomes = [outcome for outcome, _ in pairs]
    ordered = [Outcome(forecast, outcome.completed_s) for outcome, _, forecast in known]

    def coverage(level: float) -> float:
        outside = (1.0 - level) / 2.0
        return mean([o.forecast.end(outside) <= o.completed_s <= o.forecast.end(1.0 - outside) for o in outcomes])

    widths = [o.forecast.end(0.95) - o.forecast.end(0.05) for o in outcomes]
    wide = [interval.high_s - interval.low_s for _, interval in pairs]
    pit = [0] * 10
    for o in outcomes:
        draws = o.forecast.completions_s
        below = sum(draw < o.completed_s for draw in draws) + 0.5 * sum(draw == o.completed_s for draw in draws)
        pit[min(9, int(10.0 * below / len(draws)))] += 1
    width, wrapped_width = quantile(widths, 0.5), quantile(wide, 0.5)
    return Quality(
        outcomes=len(outcomes),
        coverage_50=coverage(0.5),
        coverage_80=coverage(0.8),
        coverage_90=coverage(0.9),
        wrapped_90=mean([i.low_s <= o.completed_s <= i.high_s for o, i in pairs]),
        crps_s=mean([crps_s(o.forecast.completions_s, o.completed_s) for o in outcomes]),
        skill=_skill(outcomes),
        ordered_crps_s=mean([crps_s(o.forecast.completions_s, o.completed_s) for o in ordered]),
        ordered_skill=_skill(ordered),
        width_s=width,
        wrapped_width_s=wrapped_width,
        width_ratio=wrapped_width / width if width > 0.0 else math.inf,
        pit=tuple(pit),
    )


def _skill(outcomes: Sequence[Outcome]) -> float | None:
    both = [o for o in outcomes if o.forecast.naive_s]
    simple = mean([crps_s(o.forecast.naive_s, o.completed_s) for o in both])
    own = mean([crps_s(o.forecast.completions_s, o.completed_s) for o in both])
    return 1.0 - own / simple if simple > 0.0 else None
