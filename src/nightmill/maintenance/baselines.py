"""Deviation of a signal from its level after service, independent of the machine's activity.

Load, vibration and temperature change with the operating state and the job far more than with wear. Each state has its own
baseline, each job adds its own offset to its state's baseline, and both are learned from the first readings after the service.
Deviations from them are averaged with weights inverse to their variance: a state with a noisy signal carries
little information, a quiet state carries much.
"""

import math

import msgspec

from nightmill.maintenance.sensor_faults import quantity
from nightmill.vocabulary.units import HOUR_S

BASELINE_READINGS = 12
"""Minimum number of readings in one state for a baseline, and maximum number of readings in one job for its offset."""
BASELINE_S = 24 * HOUR_S
"""A baseline also spans a day: shop floors and spindles are colder in the morning."""
JOB_READINGS = 4
"""Readings of a job in a state before the job is compared with the baseline: a first job may have another material or tool."""
LONG_READINGS = 200
"""Readings over which the spread is still learned: the first readings may all be from one hour of the day."""
FAST_S, SLOW_S = 2 * HOUR_S, 40 * HOUR_S
LEAST_NOISE = 0.01
"""Minimum standard deviation, as a fraction of the baseline."""
DEPENDENT = 2.0
"""Consecutive readings are correlated: the variance of a mean is this many times that of independent readings."""
# Deviations from the baseline that require a stop: 2.5 times the new-state vibration is the step between two zones
# of ISO 10816-3; load and temperature are shop limits.
LIMITS: dict[str, tuple[str, float]] = {
    "vibration_mm_s": ("ratio", 2.5),
    "spindle_load_pct": ("ratio", 1.5),
    "temperature_c": ("difference", 20.0),
}


class Level(msgspec.Struct, frozen=True):
    """The number of readings since ``since_s``, their mean and their variance around the expected value; ``known`` once learned."""

    since_s: float
    readings: int = 0
    mean: float = 0.0
    variance: float = 0.0
    known: bool = False

    def with_reading(self, value: float, at_s: float) -> "Level":
        """Return the level with one more reading in its mean and variance (Welford 1962)."""
        n, step = self.readings + 1, value - self.mean
        mean = self.mean + step / n
        known = n >= BASELINE_READINGS and at_s - self.since_s >= BASELINE_S
        return Level(self.since_s, n, mean, self.variance + (step * (value - mean) - self.variance) / n, known)

    def noise2(self) -> float:
        """Return the variance of one reading, never zero."""
        return max(self.variance, (LEAST_NOISE * self.mean) ** 2, 1e-12)


class SignalState(msgspec.Struct, frozen=True):
    """One signal since the service: its level in each state, the offset of each job, and two means of the deviation.

    ``fast`` and ``slow`` are in the signal's unit; the weights are sums of inverse variances that decay like the means.
    ``last`` is the latest reading, for display.
    """

    name: str
    at_s: float
    readings: int = 0
    last: float = 0.0
    fast: float = 0.0
    slow: float = 0.0
    fast_weight: float = 0.0
    slow_weight: float = 0.0
    levels: dict[str, Level] = {}
    jobs: dict[str, Level] = {}

    def baseline(self) -> float:
        """Return the highest of the states' levels after service, as the basis for ratios: the level at rest would be almost zero."""
        levels = [level for level in self.levels.values() if level.known]
        return max((level.mean for level in levels or self.levels.values()), key=abs, default=0.0)

    def noise(self) -> float:
        """Return the standard deviation of a reading in the quietest known state."""
        known = [level.noise2() for level in self.levels.values() if level.known]
        return math.sqrt(min(known, default=0.0))

    def way(self) -> float:
        """Return the distance from the baseline to the handbook's limit, in the signal's unit."""
        kind, size = LIMITS.get(quantity(self.name), ("spread", 12.0))
        noise = self.noise()
        way = abs(self.baseline()) * (size - 1) if kind == "ratio" else size if kind == "difference" else size * noise
        return max(way, 6 * noise, 1e-9)

    def error(self) -> float:
        """Return the standard error of the fast mean: from its own readings and from the baseline they are compared with."""
        if self.fast_weight <= 0:
            return math.inf
        return math.sqrt(DEPENDENT / self.fast_weight + DEPENDENT * self.noise() ** 2 / BASELINE_READINGS)

    def used_up(self, mean: float) -> float:
        """Return the fraction of the distance to the limit covered by ``mean`` (a deviation), 0 to about 1."""
        return max(0.0, mean) / self.way()

    def ready(self) -> bool:
        """Return whether any state's baseline is known and a reading was compared with it."""
        return self.fast_weight > 0


def folded(signal: SignalState, value: float, at_s: float, state: str, job: str) -> SignalState:
    """Return the signal with one more reading, from a machine in ``state`` doing ``job`` (empty: none)."""
    level, key = signal.levels.get(state, Level(at_s)), f"{state}, {job}"
    own = signal.jobs.get(key, Level(at_s))
    step = own.mean if own.readings >= JOB_READINGS else 0.0
    seen = msgspec.structs.replace(signal, readings=signal.readings + 1, last=value)
    if not level.known:
        return msgspec.structs.replace(seen, levels={**signal.levels, state: level.with_reading(value - step, at_s)})
    jobs = signal.jobs
    if job and own.readings < BASELINE_READINGS:
        jobs = {**jobs, key: own.with_reading(value - level.mean - max(signal.fast, 0.0), at_s)}
        if own.readings < JOB_READINGS:
            return msgspec.structs.replace(seen, jobs=jobs)
    departure = value - level.mean - step
    return _averaged(
        msgspec.structs.replace(seen, jobs=jobs, levels={**signal.levels, state: _widened(level, departure - signal.fast)}),
        departure, level.noise2(), at_s,
    )  # fmt: skip


def serviced_signal(signal: SignalState, at_s: float) -> SignalState:
    """Return the signal of an as-new machine: job offsets stay known, levels are learned again."""
    return SignalState(signal.name, at_s, jobs=signal.jobs)


def _widened(level: Level, surprise: float) -> Level:
    """Return the level's variance with one more surprise; a single surprise counts for at most three standard deviations."""
    n, least = min(level.readings + 1, LONG_READINGS), level.noise2()
    variance = level.variance + (min(surprise * surprise, 9 * least) - level.variance) / n
    return msgspec.structs.replace(level, readings=n, variance=variance)


def _averaged(signal: SignalState, departure: float, variance: float, at_s: float) -> SignalState:
    gap, weight = max(at_s - signal.at_s, 1.0), 1 / variance
    fast_weight = signal.fast_weight * math.exp(-gap / FAST_S) + weight
    slow_weight = signal.slow_weight * math.exp(-gap / SLOW_S) + weight
    fast = signal.fast + weight / fast_weight * (departure - signal.fast)
    slow = signal.slow + weight / slow_weight * (departure - signal.slow)
    return msgspec.structs.replace(
        signal, at_s=at_s, fast=fast, slow=slow, fast_weight=fast_weight, slow_weight=slow_weight
    )
