"""Monitor the health of each machine while the shop runs, and find the window in which a stop costs least.

Signals change with a machine's activity far more than with its wear. A monitor therefore keeps a baseline per operating
state (at rest, during a cut, mean of a cycle; each cold and warm), the offset of each operation, and the spread
around both. Deviations from them are pooled by their precision into two exponentially weighted means: a state with
a noisy signal carries little information, a quiet state carries much. A monitor is a value, updated event by event. Health falls
as the confirmed part of the fast mean approaches the signal's limit; its growth gives the time left. Wear visible
in a signal accelerates, so growth is modelled as a power of the time since the service. Handbook limits
are conservative: the levels that signals reached at real failures adjust them. A lifetime distribution (the component's prior)
covers failures that no signal shows.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import median

import msgspec

from nightmill.maintenance.baselines import FAST_S, SLOW_S, SignalState, folded, serviced_signal
from nightmill.maintenance.online_life import LearnedLife
from nightmill.maintenance.sensor_faults import SensorFault, SensorState, faults, plausible, trusted, watched
from nightmill.stats.survival import Weibull
from nightmill.vocabulary.units import HOUR_S

HANDBOOK_WEIGHT = 2
"""Weight of a handbook limit, expressed as a number of observed failures."""
LEAST_AT_FAILURE = 0.5
"""Signals below this fraction of their limit did not announce a failure."""
NAMED_SHARE = 0.25
"""Signals beyond this fraction of their limit are given as the reason for an alarm."""
SURE = 2.0
"""Standard errors that a deviation must exceed before it counts."""
TREND_SHARE = 0.15
"""Fraction of the limit above which growth is tracked."""
STEEPEST = 12.0
TREND_SPREAD, LIMIT_SPREAD, LEAST_LIMIT_SPREAD = 0.3, 0.1, 0.02
"""Coefficients of variation of a trend's time left, and of the level at which machines fail, as a fraction of the life.

The latter is the minimum if failures have been observed.
"""
DEFAULT_LAW = Weibull(shape=1.5, scale=400 * HOUR_S)


class HealthMonitor(msgspec.Struct, frozen=True):
    """State of one machine since its last service; ``law`` counts seconds since then.

    ``failed_at`` contains, per signal, the fractions of its limit reached at the failures it announced; ``judged`` contains
    the limits, as such fractions, that follow from people's verdicts on its alarms.
    """

    machine: str
    since_s: float
    law: Weibull = DEFAULT_LAW
    signals: tuple[SignalState, ...] = ()
    failed_at: dict[str, tuple[float, ...]] = {}
    judged: dict[str, tuple[float, ...]] = {}
    sensors: tuple[SensorState, ...] = ()

    def limit_share(self, signal: str) -> float:
        """Return the learned limit of this signal as a fraction of the handbook's: the median, with the handbook's 1 included.

        The median is used since a sudden failure may occur while a signal happens to be halfway up.
        """
        return median([1.0] * HANDBOOK_WEIGHT + [*self.failed_at.get(signal, ()), *self.judged.get(signal, ())])

    def limit_spread(self, signal: str) -> float:
        """Return the uncertainty of the failure level as a fraction of a life: the default if few failures were observed."""
        seen = self.failed_at.get(signal, ())
        if len(seen) <= HANDBOOK_WEIGHT:
            return LIMIT_SPREAD
        middle = median(seen)
        # 1.4826 makes the median absolute deviation a standard deviation; wear is about the third power of the age.
        scatter = 1.4826 * median([abs(each / middle - 1) for each in seen]) / 3
        return min(max(scatter, LEAST_LIMIT_SPREAD), LIMIT_SPREAD)


class Assessment(msgspec.Struct, frozen=True):
    """Health 0..1 (1 = as after service), the reason, and the probability of failure over time.

    ``time_to_limit_s`` is the expected time until the worst signal reaches its limit, None without a trend.
    """

    machine: str
    at_s: float
    health: float
    time_to_limit_s: float | None
    age_s: float
    law: Weibull
    signals: tuple[str, ...]
    reason: str
    limit_spread: float = LIMIT_SPREAD
    sensor_faults: tuple[SensorFault, ...] = ()
    learned: LearnedLife | None = None

    def failure_within(self, span_s: float) -> float:
        """Return the probability of a failure within ``span_s`` from ``at_s``: lifetime distribution and signal trend are competing causes.

        A prediction learned from this shop's failures replaces the trend, since it includes the levels at which machines fail here.
        """
        sudden = self.law.failure_within(self.age_s, span_s)
        if self.learned is not None:
            return max(sudden, self.learned.failure_within(self.at_s, span_s))
        if self.time_to_limit_s is None:
            return sudden
        # The crossing time is lognormal: trends are never steady, and the failure level varies between lives.
        left = max(self.time_to_limit_s, 60.0)
        z = math.log(max(span_s, 1.0) / left) / math.hypot(TREND_SPREAD, self.limit_spread * (self.age_s + left) / left)
        worn = 0.5 * math.erfc(-z / math.sqrt(2))
        return 1 - (1 - sudden) * (1 - worn)

    def informed(self, learned: LearnedLife | None) -> "Assessment":
        """Return the assessment with the prediction of a fitted model; its signals and remaining life are added to the reason."""
        if learned is None:
            return self
        signals = tuple(dict.fromkeys((*self.signals, *learned.signals)))
        return msgspec.structs.replace(
            self, learned=learned, signals=signals, reason=f"{self.reason}; {learned.text()}"
        )


def update(
    state: HealthMonitor, signals: Mapping[str, float], at_s: float, doing: str = "", job: str = ""
) -> tuple[HealthMonitor, Assessment]:
    """Fold in one reading of the machine's signals; unknown signals are kept but judged by spread alone.

    ``doing`` is the operating state during the reading, ``job`` is the job being cut: readings are compared with those
    in the same state and job. Readings from a faulty sensor, and impossible readings, are ignored.
    """
    known = {signal.name: signal for signal in state.signals}
    sensors = watched(state.sensors, signals)
    wrong = faults(sensors)
    for name, value in signals.items():
        if plausible(name, value) and trusted(name, wrong, sensors):
            known[name] = folded(known.get(name) or SignalState(name, at_s), value, at_s, doing, job)
    new = msgspec.structs.replace(state, signals=tuple(known.values()), sensors=sensors)
    return new, assess(new, at_s)


def serviced(state: HealthMonitor, at_s: float, failed: bool = False, renewed: bool | None = None) -> HealthMonitor:
    """Return the monitor after maintenance at ``at_s``: age zero, baselines to be learned again.

    ``failed``: the machine broke down before the maintenance, and the levels reached by its signals are remembered. A failure that no
    signal announced was sudden: the repaired component isn't the one that wears, so baselines and age stay. If the cause was found,
    ``renewed`` tells whether it is a wearing component: a baseline may have been learned from worn parts, which announces nothing;
    with another cause the signal levels are meaningless too, and aren't remembered.
    """
    learned = _broke_down(state) if failed else state
    if renewed is None:
        renewed = not failed or learned is not state or not any(signal.ready() for signal in state.signals)
    if not renewed:
        return state
    fresh = tuple(serviced_signal(signal, at_s) for signal in state.signals)
    return HealthMonitor(state.machine, at_s, state.law, fresh, learned.failed_at, learned.judged)


def judged(state: HealthMonitor, stopped: HealthMonitor, alarm_share: float, confirmed: bool) -> HealthMonitor:
    """Return the monitor after a person's verdict on an alarm; ``stopped`` is the machine's state when work on it ended.

    Each signal behind the alarm gets one vote on its limit: if wear was found, for the limit in force; if nothing
    was found, for the lowest limit at which this level would have raised no alarm (``alarm_share`` of a limit raises an alarm). Votes
    count like failures, so that no single verdict moves a limit.
    """
    votes = dict(state.judged)
    for signal in stopped.signals:
        reached, limit = signal.used_up(signal.fast), state.limit_share(signal.name)
        if reached > NAMED_SHARE * limit:
            vote = limit if confirmed else max(limit, reached / alarm_share)
            votes[signal.name] = (*votes.get(signal.name, ()), vote)
    return msgspec.structs.replace(state, judged=votes)


def _broke_down(state: HealthMonitor) -> HealthMonitor:
    """Return the monitor after a failure: the levels of signals that announced it are remembered for learning limits."""
    seen = dict(state.failed_at)
    for signal in state.signals:
        reached = signal.used_up(signal.fast)
        if reached >= LEAST_AT_FAILURE:
            seen[signal.name] = (*seen.get(signal.name, ()), reached)
    return msgspec.structs.replace(state, failed_at=seen) if seen != state.failed_at else state


def assess(state: HealthMonitor, at_s: float) -> Assessment:
    """Assess the machine's health at ``at_s`` from its monitor alone."""
    age = max(0.0, at_s - state.since_s)
    wrong = faults(state.sensors)
    ready = [s for s in state.signals if s.ready() and trusted(s.name, wrong, state.sensors)]
    limits = {s.name: state.limit_share(s.name) for s in ready}
    shares = sorted(
        ((s.used_up(s.fast - SURE * s.error()) / limits[s.name], s) for s in ready), key=lambda pair: -pair[0]
    )
    left: float | None = None
    for sure, signal in shares:
        share, earlier = (signal.used_up(mean) / limits[signal.name] for mean in (signal.fast, signal.slow))
        if sure >= 1:
            left = 0.0
        elif sure > TREND_SHARE and signal.fast - signal.slow > SURE * signal.error():
            time = _time_left(age, share, earlier)
            left = time if left is None else min(left, time)
    worst = shares[0][0] if shares else 0.0
    named = tuple(s.name for share, s in shares if share > NAMED_SHARE)
    told = ", ".join(f"{s.name} {s.fast:+.2f} on {s.baseline():.2f}" for _, s in shares[:2]) or "no signal yet"
    reason = f"{told}; {age / HOUR_S:.0f} h since service"
    if left is not None:
        reason += f"; limit in about {left / HOUR_S:.1f} h"
    spread = state.limit_spread(shares[0][1].name) if shares else LIMIT_SPREAD
    return Assessment(state.machine, at_s, max(0.0, 1 - worst), left, age, state.law, named, reason, spread, wrong)


def _time_left(age_s: float, share: float, earlier: float) -> float:
    """Return seconds until a fraction growing as a power of the age reaches 1; a mean lags by its span, an early mean by half its age."""
    now, then = age_s - min(FAST_S, age_s / 2), age_s - min(SLOW_S, age_s / 2)
    if now <= then * (1 + 1e-9):
        return max(1 - share, 0.0) * age_s
    power = math.log(share / max(earlier, 1e-3 * share)) / math.log(now / max(then, 1.0))
    power = min(max(power, 1.0), STEEPEST)
    return max(float(now * share ** (-1 / power)) - age_s, 0.0)


class Window(msgspec.Struct, frozen=True):
    """A time at which the schedule could stop the machine, with the cost of stopping at that time and of an earlier failure."""

    start_s: float
    lost_production_usd: float = 0.0
    lateness_after_failure_usd: float = 0.0


class WindowCost(msgspec.Struct, frozen=True):
    """Expected cost of planning the stop for ``window``, and the probability that the machine fails earlier."""

    window: Window
    cost_usd: float
    failure_before: float


def window_costs(
    assessment: Assessment, windows: Sequence[Window], failure_cost_usd: float, planned_cost_usd: float
) -> tuple[WindowCost, ...]:
    """Return E[cost(w)] = P(fail before w) (Cf + lateness) + P(survive) (Cp + lost production) - g * time gained.

    ``g`` is the cost rate of the best age replacement under the machine's lifetime distribution (renewal reward, Barlow &
    Proschan 1965): postponing a stop is worth g for each second run.
    """
    rate = renewal_rate(assessment.law, failure_cost_usd, planned_cost_usd)
    costs = []
    for window in windows:
        span = max(0.0, window.start_s - assessment.at_s)
        p = assessment.failure_within(span)
        failed = failure_cost_usd + window.lateness_after_failure_usd
        planned = planned_cost_usd + window.lost_production_usd
        costs.append(WindowCost(window, stop_cost(span, p, rate, failed, planned), p))
    return tuple(costs)


def stop_cost(span: float, failure_before: float, rate: float, failed: float, planned: float) -> float:
    """Return the expected cost of a stop after ``span``, minus the value of time gained at ``rate``; failures occur halfway on average."""
    gained = span * (1 - failure_before / 2)
    return failure_before * failed + (1 - failure_before) * planned - rate * gained


def choose_window(costs: Sequence[WindowCost]) -> WindowCost | None:
    """Return the window with the lowest expected cost, the earliest if several are equal; None if there is none."""
    return min(costs, key=lambda c: (c.cost_usd, c.window.start_s), default=None)


def renewal_rate(law: Weibull, failure_cost_usd: float, planned_cost_usd: float) -> float:
    """Return the least long-run cost per second over all replacement ages: (Cf F(a) + Cp S(a)) / integral of S up to a."""
    # Never replacing preventively is one of the options.
    best = failure_cost_usd / (law.scale * math.gamma(1 + 1 / law.shape))
    lived, survive = 0.0, 1.0
    steps = 400
    step = 3 * law.scale / steps
    for k in range(1, steps + 1):
        after = law.survival(k * step)
        lived += step * (survive + after) / 2
        survive = after
        best = min(best, (failure_cost_usd * (1 - survive) + planned_cost_usd * survive) / lived)
    return best
