"""Reshoring: which parts to bring home first, with yearly savings, their spread, and the risks."""

from collections.abc import Iterable

import msgspec
import numpy as np

from nightmill.costing.decision.compare_sites import WITHIN, SiteComparison
from nightmill.costing.decision.fact_sampling import SiteFigures
from nightmill.costing.decision.results import CitedFact, cited_with_site
from nightmill.costing.factors.carbon import carbon_kg
from nightmill.costing.factors.landed_cost import cash_tied_up, total
from nightmill.costing.part_spec import Array, SiteRequest

VERDICTS = ("bring home", "within 5 %", "leave", "unknown")
"""In the order in which parts are ranked."""


class HomeCase(msgspec.Struct, frozen=True):
    """One part made at home instead of at ``made_at``: ``verdict`` is ``bring home``, ``within 5 %``, ``leave`` or ``unknown``.

    ``saving_usd_year`` has ``p10`` .. ``p90`` over the draws, or is within ``low`` .. ``high`` while facts are missing;
    ``loses`` is the fraction of draws in which home costs more; ``home_unit_usd`` and ``away_unit_usd`` are per part.
    ``days_sooner`` is the transit time saved, ``duty_share`` is the duty paid today, and ``rests_on`` lists all facts behind the case.
    ``mode`` is the transport mode used today, ``cash_freed_usd`` is the money no longer tied up in parts in transit and in stock, and
    ``carbon_kg_saved_year`` is the CO2e saved (negative if home emits more).
    """

    part: str
    made_at: str
    quantity_year: float
    verdict: str
    saving_usd_year: float | None
    p10: float | None
    p90: float | None
    low: float
    high: float
    loses: float | None
    home_unit_usd: float | None
    away_unit_usd: float | None
    days_sooner: float | None
    duty_share: float | None
    missing: tuple[str, ...]
    rests_on: tuple[CitedFact, ...]
    mode: str = ""
    cash_freed_usd: float | None = None
    carbon_kg_saved_year: float | None = None


def rank_home(comparison: SiteComparison, requests: Iterable[SiteRequest], made_at: str = "") -> tuple[HomeCase, ...]:
    """Rank parts by verdict, and within each verdict by the yearly saving from bringing them home.

    Parts to bring home are first, then parts for which home is preferred; unknown parts are last, by the middle of their range.
    ``made_at`` is the site where the parts are made today; without one, the cheapest other site for each part.
    Raises ``ValueError`` for a site that isn't in the book, or that is the home site.
    """
    others = [n for n in range(len(comparison.figures)) if n != comparison.home]
    if made_at:
        others = [n for n in others if comparison.figures[n].site.id == made_at]
    if not others:
        raise ValueError(f"rank_home: no other site {made_at}".rstrip())
    cases = [_case(comparison.of(request), request, others) for request in requests]
    return tuple(sorted(cases, key=lambda case: (VERDICTS.index(case.verdict), -_worth(case))))


def _worth(case: HomeCase) -> float:
    return case.saving_usd_year if case.saving_usd_year is not None else (case.low + case.high) / 2


def _case(comparison: SiteComparison, request: SiteRequest, others: list[int]) -> HomeCase:
    sums = [total(rows) for rows in comparison.corners(request)]
    home = comparison.home
    away = min(others, key=lambda n: float(sums[n].min() + sums[n].max()))
    figures = comparison.figures[home], comparison.figures[away]
    year = request.quantity_year
    low, high = (float(sums[away].min() - sums[home].max()), float(sums[away].max() - sums[home].min()))
    drawn = comparison.drawn(request)
    ours, theirs = drawn[home], drawn[away]
    saving = p10 = p90 = loses = None
    if ours is not None and theirs is not None:
        saving = low * year
        p10, p90 = (float(q) * year for q in np.quantile(theirs - ours, (0.1, 0.9)))
        loses = float(np.mean(ours > theirs))
    near = (float(sums[home].max()) <= (1 + WITHIN) * float(sums[away].min()), float(sums[home].min()) > (1 + WITHIN) * float(sums[away].max()))  # fmt: skip
    verdict = "bring home" if low >= 0 else "within 5 %" if near[0] else "leave" if near[1] else "unknown"
    transit = figures[1].known["transit_days"], figures[0].known["transit_days"]
    sooner = [k.fact.value if k.valid and k.fact is not None else None for k in transit]
    duties = [figures[1].known[name] for name in figures[1].duties]
    duty = sum(k.fact.value for k in duties if k.fact is not None) if all(k.valid for k in duties) else None
    rows = [{name: row[:1] for name, row in one.corners().items()} for one in figures]
    cash = [float(cash_tied_up(request, v)[0]) if one.sure else None for one, v in zip(figures, rows, strict=True)]
    carbon = [_carbon(request, one, v) for one, v in zip(figures, rows, strict=True)]
    missing = tuple(f"{k.name} of {one.site.id}: {k.why}" for one in figures for k in one.known.values() if not k.valid)
    return HomeCase(
        part=request.part, made_at=figures[1].site.id, quantity_year=year, verdict=verdict, saving_usd_year=saving,
        p10=p10, p90=p90, low=low * year, high=high * year, loses=loses,
        home_unit_usd=float(sums[home][0]) if figures[0].sure else None,
        away_unit_usd=float(sums[away][0]) if figures[1].sure else None,
        days_sooner=None if sooner[0] is None or sooner[1] is None else sooner[0] - sooner[1],
        duty_share=duty, missing=missing, rests_on=tuple(cited_with_site(k) for one in figures for k in one.known.values() if k.fact is not None),
        mode=figures[1].mode, cash_freed_usd=_less(cash[1], cash[0], 1.0), carbon_kg_saved_year=_less(carbon[1], carbon[0], year),
    )  # fmt: skip


def _less(away: float | None, home: float | None, times: float) -> float | None:
    return None if away is None or home is None else (away - home) * times


def _carbon(request: SiteRequest, one: SiteFigures, v: dict[str, Array]) -> float | None:
    """Return kg CO2e per part, ``None`` if it isn't requested or one of its facts is missing."""
    kilograms = carbon_kg(request, v)
    return float(total(kilograms)[0]) if kilograms and all(one.carbon_behind(name)[0] for name in kilograms) else None
