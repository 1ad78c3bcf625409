"""Sensitivity of a comparison: each fact is moved through its own band, with the others fixed."""

import msgspec
import numpy as np

from nightmill.costing.decision.compare_sites import SiteComparison
from nightmill.costing.factors.landed_cost import total, unit_cost
from nightmill.costing.facts.fact_kinds import kind_of
from nightmill.costing.part_spec import Array, SiteRequest


class Swing(msgspec.Struct, frozen=True):
    """Home's cost minus the other site's with one fact at the low and high ends of its band (USD per part).

    ``flips``: the sign changes. ``about`` describes the fact; ``unit`` is its unit.
    """

    site: str
    fact: str
    low_value: float
    high_value: float
    gap_at_low: float
    gap_at_high: float
    flips: bool
    about: str = ""
    unit: str = ""


class Tornado(msgspec.Struct, frozen=True):
    """Home against ``other``: the gap at all values (``None`` while facts are missing), and the swings, widest first."""

    other: str
    gap_usd: float | None
    swings: tuple[Swing, ...]


def tornado(comparison: SiteComparison, request: SiteRequest, other_id: str) -> Tornado:
    """Return the swings of the gap between home and another site. Raises ``ValueError`` for a site that isn't in the book."""
    comparison = comparison.of(request)
    home = comparison.figures[comparison.home]
    other = next((one for one in comparison.figures if one.site.id == other_id), None)
    if other is None:
        raise ValueError(f"tornado: no site {other_id}")
    # One row for each end of each fact's band, the first row at the values; a missing fact is at the middle of its range.
    ends: list[tuple[str, str, float]] = []
    for one in (home, other):
        for name, known in one.known.items():
            site = "*" if known.fact is not None and known.fact.site == "*" else one.site.id
            low, high = (known.low, known.high) if not known.valid or known.fact is None else known.fact.band()
            if high > low and (site, name) not in {(s, n) for s, n, _ in ends}:
                ends += [(site, name, low), (site, name, high)]
    costs = []
    for one in (home, other):
        rows: dict[str, Array] = {}
        for name, known in one.known.items():
            value = known.fact.value if known.valid and known.fact is not None else (known.low + known.high) / 2
            rows[name] = np.full(len(ends) + 1, value)
            for k, (site, moved, end) in enumerate(ends, 1):
                shared = site == "*" and known.fact is not None and known.fact.site == "*"
                if moved == name and (site == one.site.id or shared):
                    rows[name][k] = end
        costs.append(total(unit_cost(request, one.in_usd(rows))))
    gap = costs[0] - costs[1]
    swings = [
        Swing(*ends[k][:2], ends[k][2], ends[k + 1][2], float(gap[k + 1]), float(gap[k + 2]), bool(gap[k + 1] * gap[k + 2] < 0), *_fact_and_unit(ends[k][1]))
        for k in range(0, len(ends), 2)
    ]  # fmt: skip
    swings.sort(key=lambda swing: -abs(swing.gap_at_high - swing.gap_at_low))
    sure = home.sure and other.sure
    return Tornado(other_id, float(gap[0]) if sure else None, tuple(swings))


def _fact_and_unit(fact: str) -> tuple[str, str]:
    kind = kind_of(fact)
    return ("", "") if kind is None else (kind.about, kind.unit)
