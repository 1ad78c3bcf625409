"""Capability for non-normal values: a distribution chosen by its fit, and its quantiles instead of 6 sigma.

Sources: ISO 22514-2 (percentile method: the quantiles at 0.135, 50 and 99.865 % replace mean -+ 3 sigma; Rayleigh,
folded normal, lognormal and Weibull for geometric tolerances); choice by Akaike's criterion, normal unless another is
better by more than 2 (Burnham & Anderson, Model Selection, 2.6); goodness by Anderson & Darling, J. Amer. Stat. Assoc.
49 (1954) 765, with its level and the intervals by parametric bootstrap (Davison & Hinkley, Bootstrap Methods
and their Application, 5.2: basic intervals on the scale of the logarithm).
"""

import math
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.quality.spc.capability import Limits, Percentiles, indices
from nightmill.vocabulary.errors import BadInput, Finding

Floats = NDArray[np.float64]
AUTO = "auto"
_NORMAL = "normal"
_LOW, _HIGH = 0.00135, 0.99865
_BETTER_BY = 2.0
_LEVEL = 0.05
_TAIL = 0.025


class _Law(msgspec.Struct, frozen=True):
    """A distribution family: its name in ``scipy.stats``, its parameter names, and its fit (arguments for the scipy family)."""

    scipy: str
    parameters: tuple[str, ...]
    fit: Callable[[Floats], tuple[float, ...]]
    from_zero: bool = False


def _by_scipy(name: str, *, from_zero: bool = False) -> Callable[[Floats], tuple[float, ...]]:
    def fit(x: Floats) -> tuple[float, ...]:
        from scipy import stats

        fixed = {"floc": 0.0} if from_zero else {}
        return tuple(float(p) for p in getattr(stats, name).fit(x, **fixed))

    return fit


def _fit_normal(x: Floats) -> tuple[float, ...]:
    """Return mean and sd (n - 1), so that Pp is the ordinary one."""
    return float(np.mean(x)), float(np.std(x, ddof=1))


def _fit_folded_normal(x: Floats) -> tuple[float, ...]:
    """Fit mean and sigma of a normal whose sign is lost, by expectation-maximisation; returns (mean/sigma, 0, sigma)."""
    square = float(np.mean(x * x))
    mean = float(np.mean(x))
    for _ in range(500):
        sigma2 = max(square - mean * mean, 1e-12 * square)
        new = float(np.mean(x * np.tanh(mean * x / sigma2)))
        settled = abs(new - mean) <= 1e-9 * math.sqrt(square)
        mean = new
        if settled:
            break
    sigma = math.sqrt(max(square - mean * mean, 1e-12 * square))
    return mean / sigma, 0.0, sigma


def _fit_weibull(x: Floats) -> tuple[float, ...]:
    """Fit shape and scale by maximum likelihood, with Newton's method on the shape's profile likelihood; returns (shape, 0, scale)."""
    top = float(np.max(x))
    logs = np.log(x / top)
    mean = float(np.mean(logs))
    shape = math.pi / math.sqrt(6) / max(float(np.std(logs)), 1e-9)
    for _ in range(100):
        powers = np.exp(shape * logs)
        total = float(np.sum(powers))
        first = float(np.sum(powers * logs)) / total
        second = float(np.sum(powers * logs * logs)) / total
        slope = second - first * first + 1 / shape**2
        step = (first - 1 / shape - mean) / slope
        shape = max(shape - step, shape / 4)
        if abs(step) <= 1e-10 * shape:
            break
    return shape, 0.0, top * float(np.mean(np.exp(shape * logs))) ** (1 / shape)


LAWS: dict[str, _Law] = {
    _NORMAL: _Law("norm", ("mean", "sigma"), _fit_normal),
    "logistic": _Law("logistic", ("mean", "scale"), _by_scipy("logistic")),
    "gumbel_max": _Law("gumbel_r", ("mode", "scale"), _by_scipy("gumbel_r")),
    "gumbel_min": _Law("gumbel_l", ("mode", "scale"), _by_scipy("gumbel_l")),
    "lognormal": _Law("lognorm", ("shape", "start", "scale"), _by_scipy("lognorm", from_zero=True), from_zero=True),
    "gamma": _Law("gamma", ("shape", "start", "scale"), _by_scipy("gamma", from_zero=True), from_zero=True),
    "weibull": _Law("weibull_min", ("shape", "start", "scale"), _fit_weibull, from_zero=True),
    "rayleigh": _Law("rayleigh", ("start", "scale"), _by_scipy("rayleigh", from_zero=True), from_zero=True),
    "folded_normal": _Law("foldnorm", ("mean_over_sigma", "start", "sigma"), _fit_folded_normal, from_zero=True),
}


def check_distribution(name: str | None) -> list[Finding]:
    """Check the name of a distribution; return an empty list or one finding."""
    if name is None or name == AUTO or name in LAWS:
        return []
    known = ", ".join([AUTO, *LAWS])
    return [Finding("values", "distribution", repr(name), known, "auto chooses by the fit.")]


def percentile_capability(
    values: Floats, limits: Limits, name: str = AUTO, seed: int = 0, draws: int | None = None
) -> Percentiles:
    """Return Pp and Ppk of ``values`` (n,) by the distribution ``name``, or by the best-fitting distribution.

    The same values, seed and number of bootstrap ``draws`` (400, fewer beyond 10 000 values, at least 100) give the same
    answer. Raises ``BadInput`` for fewer than 10 values, for equal values, for an
    unknown name, and for a distribution on positive values if a value is zero or below.
    """
    _check(values, name)
    chosen = name if name != AUTO else choose_distribution(values)
    law = LAWS[chosen]
    fitted = law.fit(values)
    distance = _anderson_darling(values, law, fitted)
    low, median, high = _quantiles(law, fitted)
    pp, ppk = indices(low, median, high, limits)
    distances, drawn_pp, drawn_ppk = _bootstrap(
        law,
        fitted,
        len(values),
        limits,
        np.random.default_rng(seed),
        draws or max(100, min(400, 4_000_000 // len(values))),
    )
    p_value = (1 + int(np.sum(distances >= distance))) / (1 + len(distances))
    parameters = dict(zip(law.parameters, fitted, strict=True))
    return Percentiles(
        chosen, parameters, distance, p_value, p_value >= _LEVEL, low, median, high, pp, ppk,
        *_interval(pp, drawn_pp), *_interval(ppk, drawn_ppk),
    )  # fmt: skip


def choose_distribution(values: Floats) -> str:
    """Return the name of the best-fitting distribution for ``values`` (n,); distributions on positive values need all values above 0."""
    positive = bool(np.all(values > 0))
    criterion = {name: _akaike(law, values) for name, law in LAWS.items() if positive or not law.from_zero}
    best = min(criterion, key=lambda name: criterion[name])
    return _NORMAL if criterion[_NORMAL] <= criterion[best] + _BETTER_BY else best


def _check(values: Floats, name: str) -> None:
    findings = check_distribution(name)
    if len(values) < 10:
        found = f"{len(values)} values"
        findings.append(Finding("values", "column value", found, "at least 10 to fit", "Give more measurements."))
    elif not float(np.ptp(values)) > 0:
        findings.append(Finding("values", "column value", "equal values", "a spread", "Use a finer gauge."))
    if name in LAWS and LAWS[name].from_zero and not np.all(values > 0):
        row = int(np.flatnonzero(values <= 0)[0])
        remedy = "Use another distribution, or auto."
        findings.append(Finding("values", f"row {row}", f"{values[row]}", f"above 0 for {name}", remedy))
    if findings:
        raise BadInput(*findings)


def _frozen(law: _Law, fitted: tuple[float, ...]) -> Any:
    from scipy import stats

    return getattr(stats, law.scipy)(*fitted)


def _akaike(law: _Law, values: Floats) -> float:
    fitted = law.fit(values)
    free = len(law.parameters) - law.from_zero
    likelihood = float(np.sum(_frozen(law, fitted).logpdf(values)))
    return 2 * free - 2 * likelihood if math.isfinite(likelihood) else math.inf


def _quantiles(law: _Law, fitted: tuple[float, ...]) -> tuple[float, float, float]:
    low, median, high = _frozen(law, fitted).ppf([_LOW, 0.5, _HIGH]).tolist()
    return float(low), float(median), float(high)


def _anderson_darling(values: Floats, law: _Law, fitted: tuple[float, ...]) -> float:
    x = np.sort(values)
    weights = 2 * np.arange(1, len(x) + 1) - 1
    below, above = _log_tails(x, law, fitted)
    return float(-len(x) - np.mean(weights * np.maximum(below + above[::-1], -1e6)))


def _log_tails(x: Floats, law: _Law, fitted: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Return logarithms of the fractions below and above each value in ``x``."""
    from scipy.special import ndtr

    if law.scipy != "foldnorm":
        frozen = _frozen(law, fitted)
        return frozen.logcdf(x), frozen.logsf(x)
    # scipy uses the noncentral chi-square distribution, which is a thousand times slower than two normal distributions
    shift, _, sigma = fitted
    z = x / sigma
    with np.errstate(divide="ignore"):
        return np.log(ndtr(z - shift) - ndtr(-z - shift)), np.log(ndtr(shift - z) + ndtr(-shift - z))


def _bootstrap(
    law: _Law, fitted: tuple[float, ...], n: int, limits: Limits, rng: np.random.Generator, draws: int
) -> tuple[Floats, list[float | None], list[float | None]]:
    """Return distances and indices for samples of the same size drawn from the fitted distribution, with each draw fitted again."""
    original = _frozen(law, fitted)
    distances, both, nearer = [], [], []
    for _ in range(draws):
        drawn = original.rvs(n, random_state=rng)
        again = law.fit(drawn)
        distances.append(_anderson_darling(drawn, law, again))
        pp, ppk = indices(*_quantiles(law, again), limits)
        both.append(pp)
        nearer.append(ppk)
    return np.array(distances), both, nearer


def _interval(estimate: float | None, drawn: list[float | None]) -> tuple[float | None, float | None]:
    """Return the basic bootstrap interval: by the ratio of draws to the estimate if all are above 0, otherwise by their difference.

    For the normal distribution the ratio has the same distribution for any sigma, so the Pp interval is exact except for
    sampling error.
    """
    figures = np.array([figure for figure in drawn if figure is not None])
    if estimate is None or not len(figures):
        return None, None
    low, high = (float(figure) for figure in np.quantile(figures, [_TAIL, 1 - _TAIL]))
    if estimate > 0 and low > 0:
        return estimate * estimate / high, estimate * estimate / low
    return 2 * estimate - high, 2 * estimate - low
