"""Lifetimes without signals: the Weibull distribution fitted to failures and units still running."""

import math

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.maintenance.history import Floats
from nightmill.vocabulary.errors import BadInput, Finding

MOST_LOG_HAZARD = 600.0
SHAPE_OFF = 0.3  # one deviation (log scale) of a handbook's shape for another machine


class Weibull(msgspec.Struct, frozen=True):
    """Lifetime law S(t) = exp(-(t / scale)^shape), with the covariance of its fitted (log shape, log scale)."""

    shape: float
    scale: float
    log_covariance: tuple[tuple[float, float], tuple[float, float]] = ((0.0, 0.0), (0.0, 0.0))

    def hazard(self, age: float) -> float:
        """Cumulative hazard up to ``age``; bounded, since a steep law soon overflows."""
        return math.exp(min(self.shape * math.log(age / self.scale), MOST_LOG_HAZARD)) if age > 0 else 0.0

    def survival(self, age: float) -> float:
        """Probability that a unit survives to ``age``."""
        return math.exp(-self.hazard(age))

    def failure_within(self, age: float, span: float) -> float:
        """Probability that a unit alive at ``age`` fails within ``span``."""
        before = self.hazard(age)
        if before >= math.exp(MOST_LOG_HAZARD):
            return 1.0 if span > 0 else 0.0
        return -math.expm1(before - self.hazard(max(age, 0.0) + span))

    def remaining(self, age: float, quantile: float) -> float:
        """The quantile of the remaining life of a unit alive at ``age``."""
        hazard = self.hazard(age) - math.log1p(-quantile)
        return max(float(self.scale * hazard ** (1 / self.shape) - max(age, 0.0)), 0.0)


def weibull_fit(
    durations: npt.ArrayLike, failed: npt.ArrayLike, prior: Weibull | None = None, prior_failures: float = 1.0
) -> Weibull:
    """Maximum likelihood with right censoring; with ``prior`` a penalty worth ``prior_failures`` failures.

    ``durations`` > 0, ``failed`` true if the end was a failure. Without any failure a prior is needed.
    The likelihood: Meeker & Escobar, Statistical Methods for Reliability Data (1998), ch. 8.
    """
    from scipy.optimize import minimize

    t, d = np.asarray(durations, float), np.asarray(failed, float)
    if t.size == 0 or not np.all(t > 0):
        raise BadInput(
            Finding("durations", "", f"{t.size} values, least {t.min(initial=0)}", "lifetimes > 0", "Correct them.")
        )
    if d.sum() == 0 and prior is None:
        raise BadInput(
            Finding("failures", "", "no failure", "at least one, or a prior", "Give a prior for the component.")
        )
    unit = float(t.mean())
    x = np.log(t / unit)
    centre = np.log([prior.shape, prior.scale / unit]) if prior else np.array([math.log(1.5), 0.0])
    # Without a given prior a weak one on the shape keeps the fit finite when all failures coincide.
    weight = prior_failures if prior else 0.05

    def cost(p: Floats) -> float:
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


def weibayes(durations: npt.ArrayLike, shape: float) -> Weibull:
    """The law before the first failure: with a shape known from elsewhere, and the first failure assumed to be imminent.

    ``durations`` > 0 that units have run so far; scale = (sum t^shape)^(1 / shape), after Abernethy, The New Weibull Handbook
    (2006), ch. 6. The hazard's posterior is then exponential, whose logarithm has variance pi^2 / 6; the shape is as uncertain
    as handbook values are. Raises ``BadInput`` for durations that aren't above 0.
    """
    t = np.asarray(durations, float)
    if t.size == 0 or not np.all(t > 0):
        raise BadInput(
            Finding("durations", "", f"{t.size} values, least {t.min(initial=0)}", "lifetimes > 0", "Correct them.")
        )
    longest = float(t.max())
    scale = longest * float(np.sum((t / longest) ** shape)) ** (1 / shape)
    return Weibull(shape, scale, ((SHAPE_OFF**2, 0.0), (0.0, math.pi**2 / 6 / shape**2)))


def weibull_remaining(law: Weibull, age: float, coverage: float = 0.9, seed: int = 0) -> tuple[float, float, float]:
    """Median and interval of the remaining life at ``age``, including the uncertainty of the law itself."""
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
