"""Times to an event, some of which are only known to have lasted longer (right-censored).

The Kaplan-Meier estimate, shifted lognormal times, and the Weibull distribution of lifetimes.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

import msgspec

from nightmill.vocabulary.errors import BadInput, Finding

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]


STANDARD = NormalDist()
_SHARES = (0.25, 0.5, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995, 1.0)
_FAR = 6.0
_ENOUGH = 10

_WORTH = 2.0
"""Minimum gain in log likelihood for a shift: half the 5 % point of a chi-square distribution with one degree of freedom."""

MOST_LOG_HAZARD = 600.0
SHAPE_OFF = 0.3  # standard deviation (log scale) of a handbook's shape for another machine


def kaplan_meier(time: "Floats", ended: "Flags", weight: "Floats") -> "Floats":
    """Return the weighted Kaplan-Meier estimate (1958): the fraction that exceeds each time, in increasing order of time.

    Among equal times, times that ``ended`` come before the censored ones.
    """
    import numpy as np

    order = np.lexsort((~ended, time))
    return kaplan_meier_ordered(ended[order], weight[order])


def kaplan_meier_ordered(ended: "Flags", weight: "Floats") -> "Floats":
    """Return the estimate of ``kaplan_meier`` for times that are already in its order."""
    import numpy as np

    left = np.cumsum(weight[::-1])[::-1]
    return np.asarray(np.cumprod(1.0 - ended * weight / np.maximum(left, 1e-300)), np.float64)


class Fit(msgspec.Struct, frozen=True):
    """The distribution ``shift`` + exp(normal with ``mean`` and ``sd``), with the ``log_likelihood`` of the times it was fitted to."""

    shift: float
    mean: float
    sd: float
    log_likelihood: float


def fit_shifted(
    complete: Sequence[float], censored: Sequence[float] = (), *, may_shift: bool = True, least_sd: float = 1e-4
) -> Fit:
    """Return the most likely distribution of the times; ``censored`` times are lower bounds.

    The shift is searched between 0 and the shortest time, minus a fraction of the spread (the likelihood is unbounded at the shortest
    time itself; Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions 1, sec. 14.4). It is 0 unless the gain is significant
    and ``may_shift`` is true. At least one complete time above 0 is needed.
    """
    shortest, middle = min(complete), sorted(complete)[len(complete) // 2]
    best = _at_shift(0.0, complete, censored, least_sd)
    if not may_shift or len(complete) < _ENOUGH or middle - shortest < least_sd * shortest:
        return best
    room = max(0.0, shortest - (middle - shortest) / len(complete))
    shifted = [_at_shift(share * room, complete, censored, least_sd) for share in _SHARES]
    top = max(shifted, key=lambda fit: fit.log_likelihood)
    return top if top.log_likelihood > best.log_likelihood + _WORTH and top.sd > least_sd else best


def completed(mean: float, sd: float, censored: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the expected logarithms of censored times and their remaining variances (E step of Dempster, Laird & Rubin 1977)."""
    expected, left = [], []
    for time in censored:
        z = (math.log(time) - mean) / sd
        hazard = STANDARD.pdf(z) / (1.0 - STANDARD.cdf(z)) if z < _FAR else z + 1.0 / z - 2.0 / z**3
        expected.append(mean + sd * hazard)
        left.append(sd * sd * max(0.0, 1.0 + z * hazard - hazard * hazard))
    return expected, left


def _at_shift(shift: float, complete: Sequence[float], censored: Sequence[float], least_sd: float) -> Fit:
    logs = [math.log(time - shift) for time in complete]
    beyond = [time - shift for time in censored if time > shift]
    mean = sum(logs) / len(logs)
    sd = max(math.sqrt(sum((log - mean) ** 2 for log in logs) / len(logs)), least_sd)
    for _ in range(200 if beyond else 0):
        expected, left = completed(mean, sd, beyond)
        number = len(logs) + len(beyond)
        before, mean = mean, (sum(logs) + sum(expected)) / number
        spread = sum((log - mean) ** 2 for log in (*logs, *expected)) + sum(left)
        sd = max(math.sqrt(spread / number), least_sd)
        if abs(mean - before) < 1e-9:
            break
    likelihood = sum(-log - math.log(sd) - 0.5 * ((log - mean) / sd) ** 2 for log in logs)
    likelihood += sum(_log_tail((math.log(time) - mean) / sd) for time in beyond)
    return Fit(shift, mean, sd, likelihood - 0.5 * len(logs) * math.log(2.0 * math.pi))


def _log_tail(z: float) -> float:
    """Return the logarithm of the normal probability above ``z`` (Mills' ratio far from the mean)."""
    if z < _FAR:
        return math.log(1.0 - STANDARD.cdf(z))
    return -0.5 * z * z - math.log(z * math.sqrt(2.0 * math.pi)) + math.log1p(-1.0 / (z * z))


class Weibull(msgspec.Struct, frozen=True):
    """Lifetime distribution S(t) = exp(-(t / scale)^shape), with the covariance of the fitted (log shape, log scale)."""

    shape: float
    scale: float
    log_covariance: tuple[tuple[float, float], tuple[float, float]] = ((0.0, 0.0), (0.0, 0.0))

    def hazard(self, age: float) -> float:
        """Return the cumulative hazard up to ``age``; it is bounded, since a steep distribution soon overflows."""
        return math.exp(min(self.shape * math.log(age / self.scale), MOST_LOG_HAZARD)) if age > 0 else 0.0

    def survival(self, age: float) -> float:
        """Return the probability that a unit survives to ``age``."""
        return math.exp(-self.hazard(age))

    def failure_within(self, age: float, span: float) -> float:
        """Return the probability that a unit alive at ``age`` fails within ``span``."""
        before = self.hazard(age)
        if before >= math.exp(MOST_LOG_HAZARD):
            return 1.0 if span > 0 else 0.0
        return -math.expm1(before - self.hazard(max(age, 0.0) + span))

    def remaining(self, age: float, quantile: float) -> float:
        """Return the quantile of the remaining life of a unit alive at ``age``."""
        hazard = self.hazard(age) - math.log1p(-quantile)
        return max(float(self.scale * hazard ** (1 / self.shape) - max(age, 0.0)), 0.0)


def weibull_fit(
    durations: "npt.ArrayLike", failed: "npt.ArrayLike", prior: Weibull | None = None, prior_failures: float = 1.0
) -> Weibull:
    """Fit a distribution by maximum likelihood with right censoring; ``prior`` adds a penalty worth ``prior_failures`` failures.

    ``durations`` > 0; ``failed`` is true if the duration ended with a failure. Without any failure a prior is needed. The likelihood is
    that in Meeker & Escobar, Statistical Methods for Reliability Data (1998), ch. 8.
    """
    import numpy as np
    from scipy.optimize import minimize

    t, d = np.asarray(durations, float), np.asarray(failed, float)
    if t.size == 0 or not np.all(t > 0):
        raise BadInput(
            Finding("durations", "", f"{t.size} values, minimum {t.min(initial=0)}", "lifetimes > 0", "Correct them.")
        )
    if d.sum() == 0 and prior is None:
        raise BadInput(
            Finding("failures", "", "no failure", "at least one, or a prior", "Give a prior for the component.")
        )
    unit = float(t.mean())
    x = np.log(t / unit)
    centre = np.log([prior.shape, prior.scale / unit]) if prior else np.array([math.log(1.5), 0.0])
    # Without a given prior, a weak prior on the shape keeps the fit finite if all failures coincide.
    weight = prior_failures if prior else 0.05

    def cost(p: "Floats") -> float:
        k = math.exp(min(p[0], 6.0))
        u = np.minimum(k * (x - p[1]), 600.0)
        likelihood = float(d @ (p[0] + u - x) - np.exp(u).sum())
        return -likelihood + weight * (
            2.0 * (p[0] - centre[0]) ** 2 + (2.0 * (p[1] - centre[1]) ** 2 if prior else 0.0)
        )

    found = minimize(
        cost,
        np.array([centre[0], float(x.max())]),
        method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-9, "maxiter": 4000},
    )
    p = np.asarray(found.x, float)
    step = 1e-3
    hessian = np.zeros((2, 2))
    for i in range(2):
        for j in range(2):
            e, f = np.eye(2)[i] * step, np.eye(2)[j] * step
            hessian[i, j] = (cost(p + e + f) - cost(p + e - f) - cost(p - e + f) + cost(p - e - f)) / (4 * step**2)
    covariance = np.linalg.pinv(hessian + 1e-9 * np.eye(2))
    c = ((float(covariance[0, 0]), float(covariance[0, 1])), (float(covariance[1, 0]), float(covariance[1, 1])))
    return Weibull(math.exp(p[0]), unit * math.exp(p[1]), c)


def weibayes(durations: "npt.ArrayLike", shape: float) -> Weibull:
    """Return the distribution if nothing has failed yet, given a known shape and assuming that the first failure is imminent.

    ``durations`` > 0 are the running times so far; scale = (sum t^shape)^(1 / shape), after Abernethy, The New Weibull Handbook (2006),
    ch. 6. The posterior of the hazard is exponential, and its logarithm has variance pi^2 / 6; the shape is as uncertain as handbook
    values are. Raises ``BadInput`` for durations that aren't above 0.
    """
    import numpy as np

    t = np.asarray(durations, float)
    if t.size == 0 or not np.all(t > 0):
        raise BadInput(
            Finding("durations", "", f"{t.size} values, minimum {t.min(initial=0)}", "lifetimes > 0", "Correct them.")
        )
    longest = float(t.max())
    scale = longest * float(np.sum((t / longest) ** shape)) ** (1 / shape)
    return Weibull(shape, scale, ((SHAPE_OFF**2, 0.0), (0.0, math.pi**2 / 6 / shape**2)))


def weibull_remaining(law: Weibull, age: float, coverage: float = 0.9, seed: int = 0) -> tuple[float, float, float]:
    """Return the median and interval of the remaining life at ``age``, including the distribution's own uncertainty."""
    import numpy as np

    rng = np.random.default_rng(seed)
    covariance = np.array(law.log_covariance)
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    root = vectors * np.sqrt(np.clip(values, 0.0, 1.0))
    draws = rng.standard_normal((400, 2)) @ root.T
    shape, scale = law.shape * np.exp(draws[:, 0]), law.scale * np.exp(draws[:, 1])
    lived = np.exp(np.minimum(shape * np.log(max(age, 1e-300) / scale), MOST_LOG_HAZARD))
    hazard = lived - np.log(rng.uniform(1e-12, 1, 400))
    life = np.maximum(scale * hazard ** (1 / shape) - age, 0.0)
    low, middle, high = np.quantile(life, [(1 - coverage) / 2, 0.5, (1 + coverage) / 2])
    return float(middle), float(low), float(high)
