"""The unattended share above which the home site beats each other site, by duty scenario."""

from collections.abc import Sequence
from datetime import date

import msgspec
import numpy as np

from nightmill.costing.decision.fact_sampling import SiteFigures
from nightmill.costing.decision.transport_modes import for_part
from nightmill.costing.factors.landed_cost import total, unit_cost
from nightmill.costing.facts.own_facts import SCENARIOS, DutyScenario, under
from nightmill.costing.facts.site_book import SiteBook
from nightmill.costing.part_spec import Array, SiteRequest

WITHIN = 0.05
GRID = np.linspace(0.0, 1.0, 101)


class ShareNeeded(msgspec.Struct, frozen=True):
    """The smallest unattended fraction of home's machine time at which home wins; ``None`` if it never wins.

    ``p10``, ``p90`` are quantiles over the draws (``None`` beyond 1) and ``reached`` is the fraction of draws in which home
    wins at all. If facts are missing, ``share`` is ``None`` and the true value is within ``at_best`` .. ``at_worst``.
    """

    share: float | None
    p10: float | None
    p90: float | None
    reached: float | None
    at_best: float | None
    at_worst: float | None


class HomeAgainst(msgspec.Struct, frozen=True):
    """Home against one other site under one duty scenario; ``caveats`` lists the open points."""

    site: str
    scenario: str
    duty: float | None
    strict: ShareNeeded
    within_5_percent: ShareNeeded
    caveats: tuple[str, ...]


def unattended_shares(
    request: SiteRequest,
    book: SiteBook,
    as_of: date,
    *,
    scenarios: Sequence[DutyScenario] = SCENARIOS,
    draws: int = 400,
    seed: int = 0,
) -> tuple[HomeAgainst, ...]:
    """Return, for each scenario and other site, the unattended share above which home costs no more (or at most 5 % more).

    The other sites keep the unattended share that the book gives them, since they automate too. Draws are shared between
    home and the other site, so that common factors cancel out.
    """
    answers = []
    for scenario in scenarios:
        changed = for_part(under(book, scenario, as_of), request, as_of)
        figures = [SiteFigures(changed, site, as_of, request.hts) for site in changed.sites]
        home = next(one for one in figures if one.site.id == book.home)
        curves = _Curves(request, home, draws, seed)
        answers += [_against(request, curves, one, scenario, draws, seed) for one in figures if one is not home]
    return tuple(answers)


class _Curves:
    """Home's unit cost as a function of the unattended share: at the facts' values, at the corners of missing facts, and for the draws."""

    def __init__(self, request: SiteRequest, home: SiteFigures, draws: int, seed: int) -> None:
        self.missing = [
            home.known[name] for name in sorted(home.costed - {"automation_share"}) if not home.known[name].valid
        ]
        self.corners = _along(request, home.corners())
        rows = {name: row for name, row in home.draws(draws, seed).items() if name != "automation_share"}
        self.drawn = None if self.missing else _along(request, rows | {"automation_share": np.zeros(draws)})
        self.name = home.site.name


def _along(request: SiteRequest, rows: dict[str, Array]) -> Array:
    """Return unit cost [rows, GRID] at the grid points of the unattended share."""
    spread = {name: np.repeat(values[:, None], len(GRID), axis=1) for name, values in rows.items()}
    spread["automation_share"] = np.repeat(GRID[None, :], len(rows["automation_share"]), axis=0)
    return total(unit_cost(request, spread))


def _against(
    request: SiteRequest, home: _Curves, other: SiteFigures, scenario: DutyScenario, draws: int, seed: int
) -> HomeAgainst:
    rows = total(unit_cost(request, other.corners()))
    drawn = total(unit_cost(request, other.draws(draws, seed))) if other.sure else None
    answers = []
    for factor in (1.0, 1.0 + WITHIN):
        best = _first_share(home.corners.min(axis=0), factor * float(rows.max()))
        worst = _first_share(home.corners.max(axis=0), factor * float(rows.min()))
        if drawn is None or home.drawn is None:
            answers.append(ShareNeeded(None, None, None, None, best, worst))
            continue
        shares = np.array([_or_none(_first_share(c, factor * r)) for c, r in zip(home.drawn, drawn, strict=True)])
        p10, p90 = (_within(float(q)) for q in np.quantile(shares, (0.1, 0.9), method="inverted_cdf"))
        answers.append(ShareNeeded(best, p10, p90, float(np.mean(shares <= 1.0)), best, worst))
    known = [other.known[name] for name in other.duties]
    duty = sum(k.fact.value for k in known if k.fact is not None) if all(k.valid for k in known) else None
    missing = [k for name, k in other.known.items() if name in other.costed and not k.valid]
    caveats = [f"{k.name} of {home.name}: {k.why}" for k in home.missing]
    caveats += [f"{k.name} of {other.site.name}: {k.why}" for k in missing]
    facts = {name: k.fact for name, k in other.known.items() if name in other.costed and k.valid and k.fact is not None}
    weak = sorted(name for name, fact in facts.items() if fact.grade == "C")
    if weak:
        caveats.append(f"weak or own sources for {other.site.name}: {', '.join(weak)}")
    return HomeAgainst(other.site.id, scenario.name, duty, answers[0], answers[1], tuple(caveats))


def _first_share(cost: Array, rival: float) -> float | None:
    """Return the smallest share at which home's cost is at most the rival's, interpolated linearly between grid points."""
    won = np.flatnonzero(cost <= rival)
    if not len(won):
        return None
    n = int(won[0])
    if n == 0:
        return 0.0
    step = cost[n - 1] - cost[n]
    return float(GRID[n] - (rival - cost[n]) / step * (GRID[n] - GRID[n - 1]))


def _or_none(share: float | None) -> float:
    return np.inf if share is None else share


def _within(share: float) -> float | None:
    return share if share <= 1.0 else None
