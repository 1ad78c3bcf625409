"""Capability of a characteristic: Cp, Cpk, Pp, Ppk, each with its 95 % interval.

Sources: Cp and Pp by chi-square (ISO 22514-2; Kotz & Johnson, Process Capability Indices, 2.3): nu s^2 / sigma^2 is
chi-square with nu degrees of freedom. Cpk: Bissell, Applied Statistics 39 (1990) 331, with the degrees of freedom of
the sigma actually used. Ppk: 3 sqrt(n) Ppk is noncentral t with n - 1 degrees of freedom and noncentrality
3 sqrt(n) times the true Ppk. This is exact for one limit. With two limits the lower end is conservative (the nearer limit's index is
at least the smaller of the two), and the upper end is exact far from the middle.
"""

import math

import msgspec

_Z95 = 1.959963984540054
_TAIL = 0.025


class Limits(msgspec.Struct, frozen=True):
    """Specification limits in the unit of the values; None for a missing limit."""

    lower: float | None = None
    upper: float | None = None


class Spread(msgspec.Struct, frozen=True):
    """A standard deviation and its degrees of freedom (infinite if the standard deviation is known)."""

    sigma: float
    dof: float


class Percentiles(msgspec.Struct, frozen=True):
    """Capability by the quantiles of a fitted distribution (ISO 22514-2): see ``percentile_capability``.

    ``low``, ``median``, ``high`` are the quantiles at 0.135, 50 and 99.865 %; ``parameters`` are those of the named
    distribution; ``p_value`` is the probability that values from it fit as badly, and ``fits`` tells whether that is at least 5 %.
    ``pp_low``..``ppk_high`` are 95 % intervals by parametric bootstrap, or None if the limit is missing.
    """

    distribution: str
    parameters: dict[str, float]
    anderson_darling: float
    p_value: float
    fits: bool
    low: float
    median: float
    high: float
    pp: float | None
    ppk: float | None
    pp_low: float | None
    pp_high: float | None
    ppk_low: float | None
    ppk_high: float | None


class Capability(msgspec.Struct, frozen=True):
    """Capability indices; None if a limit or a spread is missing. Each ``_low``..``_high`` is a 95 % interval for the index before it."""

    cp: float | None
    cpk: float | None
    pp: float | None
    ppk: float | None
    cpk_low: float | None
    cpk_high: float | None
    cp_low: float | None = None
    cp_high: float | None = None
    pp_low: float | None = None
    pp_high: float | None = None
    ppk_low: float | None = None
    ppk_high: float | None = None
    percentiles: Percentiles | None = None


def capability(mean: float, sd: float, n: int, within: Spread, limits: Limits) -> Capability:
    """Return Cp and Cpk by the charts' sigma ``within``, Pp and Ppk by the overall ``sd`` of ``n`` values, and their intervals."""
    cp, cpk = indices(mean - 3 * within.sigma, mean, mean + 3 * within.sigma, limits)
    pp, ppk = indices(mean - 3 * sd, mean, mean + 3 * sd, limits)
    cpk_low = cpk_high = None
    if cpk is not None:
        spread = 0.0 if math.isinf(within.dof) else cpk * cpk / (2 * within.dof)
        half = _Z95 * math.sqrt(1 / (9 * n) + spread)
        cpk_low, cpk_high = cpk - half, cpk + half
    cp_low, cp_high = _chi_square(cp, within.dof)
    pp_low, pp_high = _chi_square(pp, n - 1)
    ppk_low, ppk_high = _noncentral_t(ppk, n)
    return Capability(
        cp, cpk, pp, ppk, cpk_low, cpk_high, cp_low, cp_high, pp_low, pp_high, ppk_low, ppk_high
    )  # fmt: skip


def indices(low: float, middle: float, high: float, limits: Limits) -> tuple[float | None, float | None]:
    """Return (Cp, Cpk) for a spread from ``low`` through ``middle`` to ``high``: quantiles at 0.135, 50 and 99.865 %."""
    lower, upper = limits.lower, limits.upper
    if not low < middle < high:
        return None, None
    both = None if lower is None or upper is None else (upper - lower) / (high - low)
    sides = [] if upper is None else [(upper - middle) / (high - middle)]
    if lower is not None:
        sides.append((middle - lower) / (middle - low))
    return both, min(sides) if sides else None


def _chi_square(index: float | None, dof: float) -> tuple[float | None, float | None]:
    from scipy.special import chdtri

    if index is None or math.isinf(dof):
        return index, index
    return (
        index * math.sqrt(float(chdtri(dof, 1 - _TAIL)) / dof),
        index * math.sqrt(float(chdtri(dof, _TAIL)) / dof),
    )


def _noncentral_t(index: float | None, n: int) -> tuple[float | None, float | None]:
    from scipy.special import nctdtrinc

    if index is None:
        return None, None
    scale = 3 * math.sqrt(n)
    low, high = (float(nctdtrinc(n - 1, p, index * scale)) / scale for p in (1 - _TAIL, _TAIL))
    return low, high
