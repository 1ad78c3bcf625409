"""Kalman filter for the offset controller: it estimates the contributions of each edge, the machine and each family to the size.

The size of a part is deviation = edge level + machine + family shift + gain * offset + noise, in µm. An edge's level
moves by its wear rate per part; the machine's contribution wanders with its temperature; a family's shift is constant. Readings
arrive late, so each is applied to the state with the age of its part: level - rate * age. It is also unknown whether the offset
register works as it should: a bank of gains shares one covariance and keeps one mean and one likelihood for each gain
(multiple-model estimation: Bar-Shalom, Li & Kirubarajan, Estimation with Applications to Tracking and Navigation, 11.6).
"""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# possible effects of one µm of offset on the size: the full µm, somewhat less or more, none, or in the wrong direction
GAINS = (1.0, 0.75, 1.25, 0.5, 1.5, 0.0, -0.5, -1.0, -1.5)
_PRIOR = (0.88, 0.03, 0.03, 0.02, 0.01, 0.01, 0.005, 0.01, 0.005)
MACHINE = "machine"
_EDGES_KEPT = 4
_FLOOR = 1e-9


class Walks(msgspec.Struct, frozen=True):
    """Standard deviations in µm: per part (``*_walk``), at the start of an edge or family (``*_prior``), after a pause."""

    level_walk: float = 0.22
    rate_walk: float = 0.012
    machine_walk: float = 0.22
    level_prior: float = 9.0
    rate_prior: float = 0.2
    family_prior: float = 8.0
    pause: float = 4.0


class DriftFilter(msgspec.Struct, frozen=True):
    """State of the filter. ``names`` label the components; ``means`` has one row per gain; ``weights`` sum to 1."""

    names: tuple[str, ...]
    means: tuple[tuple[float, ...], ...]
    covariance: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...]
    walks: Walks

    @classmethod
    def fresh(cls, walks: Walks) -> "DriftFilter":
        """Return a filter without information: it has only the machine, at 0."""
        return cls((MACHINE,), tuple((0.0,) for _ in GAINS), ((4.0,),), _PRIOR, walks)

    def with_family(self, family: str) -> "DriftFilter":
        """Return the filter with a component for ``family``; the first family is the reference, without a shift."""
        name = f"family:{family}"
        if name in self.names:
            return self
        first = not any(known.startswith("family:") for known in self.names)
        return self._added((name,), (0.0,), (0.0 if first else self.walks.family_prior,))

    def with_edge(self, edge: str, level: float, level_sd: float, rate: float, rate_sd: float) -> "DriftFilter":
        """Return the filter with components for a new edge; if an edge of that name is already known, it is forgotten."""
        base = self._without(edge)
        edges = [name for name in base.names if name.startswith("level:")]
        if len(edges) >= _EDGES_KEPT:
            base = base._without(edges[0].removeprefix("level:"))
        return base._added((f"level:{edge}", f"rate:{edge}"), (level, rate), (level_sd, rate_sd))

    def knows(self, edge: str) -> bool:
        """Return whether the edge is still in the state."""
        return f"level:{edge}" in self.names

    def advanced(self, edge: str, extra: float) -> "DriftFilter":
        """Return the filter one part later: the level moves by its rate; ``extra`` is additional level noise (sd, µm) from break-in."""
        mean, cov = self._arrays()
        level, rate = self.names.index(f"level:{edge}"), self.names.index(f"rate:{edge}")
        mean[:, level] += mean[:, rate]
        step = np.eye(len(self.names))
        step[level, rate] = 1.0
        cov = step @ cov @ step.T
        walks = self.walks
        cov[level, level] += walks.level_walk**2 + extra**2
        cov[rate, rate] += walks.rate_walk**2
        cov[self.names.index(MACHINE), self.names.index(MACHINE)] += walks.machine_walk**2
        return self._with(mean, cov)

    def shaken(self, name: str, sd: float) -> "DriftFilter":
        """Return the filter with ``sd`` µm more uncertainty in the component ``name`` (after a pause, or after a jump
        seen in the readings).
        """
        mean, cov = self._arrays()
        place = self.names.index(name)
        cov[place, place] += sd * sd
        return self._with(mean, cov)

    def predicted(self, edge: str, family: str, age: int = 0) -> tuple[tuple[float, ...], float]:
        """Return (size without offset for each gain, variance) for a part cut ``age`` parts ago by ``edge``."""
        mean, cov = self._arrays()
        h = self._row(edge, family, age)
        return tuple((mean @ h).tolist()), float(h @ cov @ h)

    def without_edge(self, gain: int, family: str) -> float:
        """Return the size in µm that machine and family give to a part cut by an edge seated at 0, for the gain with index ``gain``."""
        mean = self.means[gain]
        return mean[self.names.index(MACHINE)] + mean[self.names.index(f"family:{family}")]

    def innovation(self, edge: str, family: str, age: int, offset: float, deviation: float) -> tuple[Floats, float]:
        """Return (surprise for each gain, predicted variance without the reading's noise)."""
        expected, variance = self.predicted(edge, family, age)
        return deviation - (np.array(expected) + np.array(GAINS) * offset), variance

    def updated(self, edge: str, family: str, age: int, offset: float, deviation: float, noise: float) -> "DriftFilter":
        """Return the filter after a reading of a part cut ``age`` parts ago with ``offset`` in force; ``noise`` is its variance."""
        surprise, variance = self.innovation(edge, family, age, offset, deviation)
        mean, cov = self._arrays()
        h = self._row(edge, family, age)
        total = variance + noise
        gain = cov @ h / total
        mean = mean + surprise[:, None] * gain[None, :]
        cov = cov - np.outer(gain, h @ cov)
        # heavier tails than a normal distribution, so that one outlier doesn't decide the gain
        likelihood = (1 + surprise * surprise / (5 * total)) ** -3
        weights = np.array(self.weights) * likelihood
        weights = np.maximum(weights / weights.sum(), _FLOOR)
        return self._with(mean, (cov + cov.T) / 2, weights / weights.sum())

    def with_prior_gains(self) -> "DriftFilter":
        """Forget what was learned about the offset register, because a person has checked it."""
        best = int(np.argmax(self.weights))
        return msgspec.structs.replace(self, weights=_PRIOR, means=tuple(self.means[best] for _ in GAINS))

    def belief(self, *, above: float = -math.inf, below: float = math.inf) -> float:
        """Return the probability that the gain is between ``above`` and ``below`` (exclusive)."""
        return sum(weight for gain, weight in zip(GAINS, self.weights, strict=True) if above < gain < below)

    def best_gain(self) -> int:
        """Return the index in ``GAINS`` of the most likely gain."""
        return int(np.argmax(self.weights))

    def _row(self, edge: str, family: str, age: int) -> Floats:
        h = np.zeros(len(self.names))
        h[self.names.index(MACHINE)] = 1.0
        h[self.names.index(f"level:{edge}")] = 1.0
        h[self.names.index(f"rate:{edge}")] = -float(age)
        h[self.names.index(f"family:{family}")] = 1.0
        return h

    def _arrays(self) -> tuple[Floats, Floats]:
        return np.array(self.means, dtype=np.float64), np.array(self.covariance, dtype=np.float64)

    def _with(self, mean: Floats, cov: Floats, weights: Floats | None = None) -> "DriftFilter":
        return DriftFilter(
            self.names,
            tuple(tuple(row) for row in mean.tolist()),
            tuple(tuple(row) for row in cov.tolist()),
            self.weights if weights is None else tuple(weights.tolist()),
            self.walks,
        )

    def _added(self, names: tuple[str, ...], means: tuple[float, ...], sds: tuple[float, ...]) -> "DriftFilter":
        old, new = len(self.names), len(names)
        _, cov = self._arrays()
        grown = np.zeros((old + new, old + new))
        grown[:old, :old] = cov
        grown[np.arange(old, old + new), np.arange(old, old + new)] = np.array(sds) ** 2
        return DriftFilter(
            self.names + names,
            tuple(row + means for row in self.means),
            tuple(tuple(row) for row in grown.tolist()),
            self.weights,
            self.walks,
        )

    def _without(self, edge: str) -> "DriftFilter":
        keep = [i for i, name in enumerate(self.names) if name not in (f"level:{edge}", f"rate:{edge}")]
        if len(keep) == len(self.names):
            return self
        mean, cov = self._arrays()
        kept = DriftFilter(tuple(self.names[i] for i in keep), (), (), self.weights, self.walks)
        return kept._with(mean[:, keep], cov[np.ix_(keep, keep)])


def combined_sd(process_sd: float, gauge_sd: float) -> float:
    """Return the standard deviation in µm of a reading about the drift: process and gauge combined."""
    return math.hypot(process_sd, gauge_sd)
