"""Hotelling's T² for several characteristics at once: it detects broken relations that no single chart shows.

Sources: phase I of single rows, T² (m / (m - 1)²) is beta with p/2 and (m - p - 1)/2, and phase II by F: Tracy, Young &
Mason, J. Quality Technology 24 (1992) 88; subgroups: Alt, Multivariate Quality Control, Encyclopedia of Statistical
Sciences 6 (1985) 110 (Montgomery, Introduction to Statistical Quality Control, 11.3.1); the column at fault: Runger,
Alt & Montgomery, Communications in Statistics: Theory & Methods 25 (1996) 2203.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.vocabulary.errors import BadInput, Finding

Floats = NDArray[np.float64]
T2 = "t2"
# the fraction of points beyond +-3 sigma of a normal value
THREE_SIGMA = 0.0026997960632601866


class JointChart(msgspec.Struct, frozen=True):
    """The chart's limits for rows in one phase: phase 1 rows gave mean and covariance, phase 2 rows are judged by them.

    ``center`` is the median of T² if the process is in control; ``alpha`` is the fraction beyond ``ucl`` in that case.
    """

    kind: str
    phase: int
    center: float
    lcl: float
    ucl: float
    alpha: float


class JointSignal(msgspec.Struct, frozen=True):
    """A signal; ``index`` counts rows (subgroups) from 0; ``columns`` are ordered by their contribution, the largest first.

    A column's ``share`` is the drop in T² if it is left out: small shares for all columns mean that only their
    relation is broken.
    """

    index: int
    chart: str
    rule: str
    t2: float
    columns: tuple[tuple[str, float], ...]


class JointAnswer(msgspec.Struct, frozen=True):
    """``n`` rows, or subgroups of ``size`` rows; ``reference`` of them gave ``mean`` and ``covariance``."""

    n: int
    size: int
    reference: int
    columns: tuple[str, ...]
    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    t2: tuple[float, ...]
    charts: tuple[JointChart, ...]
    signals: tuple[JointSignal, ...]


def hotelling(
    values: Floats,
    columns: Sequence[str],
    subgroup: Sequence[str] | None = None,
    reference: int | None = None,
    alpha: float = THREE_SIGMA,
) -> JointAnswer:
    """Return T² for ``values`` (n, p), one column per characteristic, in production order.

    Equal ``subgroup`` labels form a subgroup; all must have the same size. The first ``reference`` rows (subgroups) are
    the in-control state and judged by the phase I limits, the others by the phase II limits; without ``reference``, all rows
    are phase I. Raises ``BadInput`` for lengths that don't fit, too few rows, and columns that determine each other.
    """
    data = np.asarray(values, dtype=np.float64)
    groups = _grouped(data, columns, subgroup)
    m, n, p = groups.shape
    first = m if reference is None else reference
    _check(first, m, n, p, alpha)
    points = groups.mean(axis=1)
    mean = points[:first].mean(axis=0)
    covariance = _covariance(groups[:first])
    _check_rank(covariance, columns)
    t2 = n * distances(points - mean, covariance)
    charts = [JointChart(T2, 1, *limits(1, first, n, p, alpha), alpha)]
    if first < m:
        charts.append(JointChart(T2, 2, *limits(2, first, n, p, alpha), alpha))
    limit = np.where(np.arange(m) < first, charts[0].ucl, charts[-1].ucl)
    signals = [
        JointSignal(index, T2, "beyond_limits", float(t2[index]), blame(points[index] - mean, covariance, n, columns))
        for index in np.flatnonzero(t2 > limit).tolist()
    ]
    return JointAnswer(
        m, n, first, tuple(columns), tuple(mean.tolist()), tuple(tuple(row) for row in covariance.tolist()),
        tuple(t2.tolist()), tuple(charts), tuple(signals),
    )  # fmt: skip


def _grouped(data: Floats, columns: Sequence[str], subgroup: Sequence[str] | None) -> Floats:
    """Return the values as (subgroups, rows of a subgroup, columns)."""
    if data.ndim != 2 or data.shape[1] != len(columns) or len(columns) < 2:
        found = f"values of shape {data.shape} and {len(columns)} names"
        raise BadInput(Finding("values", "columns", found, "at least 2 columns, each named", "Name more columns."))
    rows = np.flatnonzero(~np.isfinite(data).all(axis=1))
    if len(rows):
        raise BadInput(
            *(
                Finding("values", f"row {row}", "not a finite number", "a number", "Leave the row out.")
                for row in rows[:20]
            )
        )
    if subgroup is None:
        return data[:, None, :]
    places: dict[str, list[int]] = {}
    for row, label in enumerate(subgroup):
        places.setdefault(label, []).append(row)
    sizes = {label: len(rows) for label, rows in places.items()}
    if len(set(sizes.values())) > 1:
        small, large = min(sizes, key=lambda s: sizes[s]), max(sizes, key=lambda s: sizes[s])
        found = f"{sizes[small]} rows in {small!r}, {sizes[large]} in {large!r}"
        raise BadInput(Finding("values", "column subgroup", found, "subgroups of one size", "Complete or drop it."))
    grouped: Floats = data[np.array(list(places.values()), dtype=np.int64)]
    return grouped


def _check(first: int, m: int, n: int, p: int, alpha: float) -> None:
    findings = []
    needed = p + 2 if n == 1 else max(2, -(-(p + 1) // (n - 1)))
    unit = "rows" if n == 1 else f"subgroups of {n}"
    if not needed <= first <= m:
        expected = f"{needed} to {max(m, needed)} {unit} for {p} columns"
        findings.append(Finding("values", "reference", f"{first} {unit}", expected, "Give more rows."))
    if not 0 < alpha < 0.5:
        findings.append(Finding("values", "alpha", f"{alpha}", "within 0..0.5", "0.0027 is that of 3 sigma."))
    if findings:
        raise BadInput(*findings)


def _covariance(groups: Floats) -> Floats:
    """Return the covariance: for single rows, about their mean; for subgroups, the mean of their covariances."""
    if groups.shape[1] == 1:
        return np.atleast_2d(np.cov(groups[:, 0, :], rowvar=False))
    inside = groups - groups.mean(axis=1, keepdims=True)
    return np.einsum("mnp,mnq->pq", inside, inside) / (groups.shape[0] * (groups.shape[1] - 1))


def _check_rank(covariance: Floats, columns: Sequence[str]) -> None:
    if flaw := rank_flaw(covariance, columns):
        found, expected = flaw
        raise BadInput(Finding("values", "columns", found, expected, "Leave it out."))


def rank_flaw(covariance: Floats, columns: Sequence[str]) -> tuple[str, str] | None:
    """Return (found, expected) for a covariance (p, p) that can't be inverted; None if it can be inverted."""
    sigma = np.sqrt(np.diag(covariance))
    still = [name for name, one in zip(columns, sigma, strict=True) if not one > 0]
    if still:
        return f"{', '.join(still)} without any spread", "columns that vary"
    if float(np.linalg.eigvalsh(covariance / np.outer(sigma, sigma))[0]) < 1e-10:
        return "a column that follows from the others", "columns that are independent"
    return None


def distances(deviation: Floats, covariance: Floats) -> Floats:
    """Return (n,) squared Mahalanobis distances of ``deviation`` (n, p)."""
    return np.einsum("ip,pi->i", deviation, np.linalg.solve(covariance, deviation.T))


def limits(phase: int, m: int, n: int, p: int, alpha: float) -> tuple[float, float, float]:
    """Return (median, 0, upper limit) of T² for ``m`` subgroups of ``n`` rows (n = 1: single rows) and ``p`` columns."""
    from scipy.special import betaincinv, fdtri

    shares = (0.5, 1 - alpha)
    if n == 1 and phase == 1:
        median, upper = ((m - 1) ** 2 / m * float(betaincinv(p / 2, (m - p - 1) / 2, share)) for share in shares)
        return median, 0.0, upper
    if n == 1:
        factor, freedom = p * (m + 1) * (m - 1) / (m * (m - p)), m - p
    else:
        freedom = m * n - m - p + 1
        factor = p * (m - 1 if phase == 1 else m + 1) * (n - 1) / freedom
    median, upper = (factor * float(fdtri(p, freedom, share)) for share in shares)
    return median, 0.0, upper


def blame(deviation: Floats, covariance: Floats, n: int, columns: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Return each column with the drop in T² if it is left out: its squared deviation given all others, over its variance."""
    precision = np.linalg.inv(covariance)
    shares = n * (precision @ deviation) ** 2 / np.diag(precision)
    order = np.argsort(-shares, kind="stable")
    return tuple((columns[place], float(shares[place])) for place in order)
