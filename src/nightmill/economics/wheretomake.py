"""Where to make a part: landed cost of every site with its facts, spread, the 5 % rule and the break-evens."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec
import numpy as np

from nightmill.economics.duties import DutyChange, DutyLine, change_days, duty_lines
from nightmill.economics.facts import Known, SiteBook, kind_of
from nightmill.economics.figures import SiteFigures
from nightmill.economics.sitecost import FACTORS, Array, SiteRequest, rests_on, total, unit_cost

WITHIN = 0.05
UNKNOWN = "unknown"


class CitedFact(msgspec.Struct, frozen=True):
    """A fact as an answer cites it; ``value`` is ``None`` where none is valid, ``why`` then says so."""

    name: str
    value: float | None
    unit: str
    source: str
    as_of: str
    grade: str
    why: str = ""


class SiteFactor(msgspec.Struct, frozen=True):
    """One part of a site's unit cost; ``usd`` is ``None`` where a fact behind it isn't valid: it then lies within ``low``..``high``."""

    name: str
    usd: float | None
    low: float
    high: float
    facts: tuple[CitedFact, ...]


class SiteResult(msgspec.Struct, frozen=True):
    """One site: its factors add up to ``unit_cost_usd``; ``p10``/``p90`` from the facts' own spread.

    ``wins`` is the share of draws in which it is the cheapest (``None`` unless all sites are known).
    """

    name: str
    id: str
    country: str
    unit_cost_usd: float | None
    low_usd: float
    high_usd: float
    p10: float | None
    p90: float | None
    wins: float | None
    factors: tuple[SiteFactor, ...]


class BreakEven(msgspec.Struct, frozen=True):
    """Where home and the cheapest other site cost the same, all else as it is; ``None``: no crossing, or unknown.

    ``unattended_share`` of home's machine time; ``tariff`` total duty (share of the goods' value) at which no import is cheaper than
    home; ``wage`` at home, USD/h. ``ranges`` holds low and high of each while facts are missing.
    """

    unattended_share: float | None
    tariff: float | None
    wage: float | None
    ranges: dict[str, tuple[float | None, float | None]]


class MissingFact(msgspec.Struct, frozen=True):
    """A fact that would have to be entered or renewed, and the range that is assumed without it."""

    site: str
    fact: str
    why: str
    low: float
    high: float


class SiteAnswer(msgspec.Struct, frozen=True):
    """Where to make it: ``decision`` is a site's id or ``unknown``; ``reason`` in a sentence; ``missing`` what is not known.

    ``duties``: the rule of each programme that applies to the part's heading at each site; ``duty_changes``: what dated changes make of it.
    """

    part: str
    as_of: str
    quantity_year: float
    sites: tuple[SiteResult, ...]
    decision: str
    reason: str
    break_even: BreakEven
    missing: tuple[MissingFact, ...]
    duties: tuple[DutyLine, ...] = ()
    duty_changes: tuple[DutyChange, ...] = ()


class SiteComparison:
    """The sites of a book as of a day, ready to compare many parts: what is known and drawn of them is worked out once.

    ``hts`` is the heading of the parts (a part may have another: ``of``), ``entry`` the day on which they cross the border, ``as_of`` by
    default.
    """

    def __init__(
        self,
        book: SiteBook,
        as_of: date,
        *,
        draws: int = 10000,
        seed: int = 0,
        hts: str = "",
        entry: date | None = None,
    ) -> None:
        if draws < 1:
            raise ValueError(f"SiteComparison: draws {draws} must be >= 1")
        self.book, self.as_of = book, as_of
        self._asked = (draws, seed, as_of if entry is None else entry)
        self._by_heading = {hts: self}
        self.figures = [SiteFigures(book, site, as_of, hts, entry) for site in book.sites]
        self.home = next(n for n, site in enumerate(book.sites) if site.id == book.home)
        self._rows = [one.draws(draws, seed) if one.sure else None for one in self.figures]
        self._corners = [one.corners() for one in self.figures]

    def of(self, request: SiteRequest) -> "SiteComparison":
        """The same comparison under the duties of the part's own heading."""
        if not self.book.duties:
            return self
        if request.hts not in self._by_heading:
            draws, seed, entry = self._asked
            made = SiteComparison(self.book, self.as_of, draws=draws, seed=seed, hts=request.hts, entry=entry)
            self._by_heading[request.hts] = made
        return self._by_heading[request.hts]

    def drawn(self, request: SiteRequest) -> list[Array | None]:
        """Unit costs [draws] of each site, the facts that sites share drawn once for all; ``None`` where a fact is missing."""
        return [None if rows is None else total(unit_cost(request, rows)) for rows in self._rows]

    def corners(self, request: SiteRequest) -> list[dict[str, Array]]:
        """Factors of each site at the corners of what is not known."""
        return [unit_cost(request, rows) for rows in self._corners]

    def answer(self, request: SiteRequest) -> SiteAnswer:
        """Where to make one part (see ``where_to_make``)."""
        if self.of(request) is not self:
            return self.of(request).answer(request)
        figures, book = self.figures, self.book
        corners = self.corners(request)
        ranges = [(float(total(rows).min()), float(total(rows).max())) for rows in corners]
        drawn = self.drawn(request)
        known = [row for row in drawn if row is not None]
        wins: list[float | None] = [None] * len(figures)
        if len(known) == len(figures):
            first = np.argmin(np.stack(known), axis=0)
            wins = [float(np.mean(first == n)) for n in range(len(figures))]
        results = tuple(
            _result(request, one, rows, row, won)
            for one, rows, row, won in zip(figures, corners, drawn, wins, strict=True)
        )
        decision, reason = _decide(results, book.market)
        return SiteAnswer(
            part=request.part,
            as_of=self.as_of.isoformat(),
            quantity_year=request.quantity_year,
            sites=results,
            decision=decision,
            reason=reason,
            break_even=_break_even(request, figures, book.home, ranges),
            missing=tuple(_missing(figures)),
        )


def where_to_make(
    request: SiteRequest, book: SiteBook, as_of: date, *, draws: int = 10000, seed: int = 0, entry: date | None = None
) -> SiteAnswer:
    """Compare the sites of the book for one part as of a day; it crosses borders on ``entry``, the same day by default.

    A factor without a valid fact is ``None`` with a range. Rule: the cheapest landed cost wins, but a site in the market's country
    within 5 % of it is preferred. The decision stands only if it is the same over the whole range, else it is ``unknown``.
    Same inputs and ``seed``, same answer.
    """
    if draws < 1:
        raise ValueError(f"where_to_make: draws {draws} must be >= 1")
    crossing = as_of if entry is None else entry
    answer = SiteComparison(book, as_of, draws=draws, seed=seed, hts=request.hts, entry=crossing).answer(request)
    changes = tuple(_duty_changes(request, book, as_of, crossing))
    return msgspec.structs.replace(answer, duties=duty_lines(book, request.hts, crossing), duty_changes=changes)


def _duty_changes(request: SiteRequest, book: SiteBook, as_of: date, entry: date) -> Iterator[DutyChange]:
    """For each coming day on which rules change, the sites whose duty then is another than before."""
    before: dict[str, tuple[float, float, bool]] = {}
    for day in (entry, *change_days(book, entry)):
        for site in book.sites:
            if site.country == book.market:
                continue
            one = SiteFigures(book, site, as_of, request.hts, day)
            known = [one.known[name] for name in one.duties]
            sure = all(each.valid for each in known)
            low, high = sum(each.low for each in known), sum(each.high for each in known)
            sums = total(unit_cost(request, one.corners()))
            if before.get(site.id, (low, high, sure)) != (low, high, sure):
                duty = sum(each.fact.value for each in known if each.fact is not None) if sure else None
                yield DutyChange(
                    day.isoformat(), site.id, duty, low, high, float(sums[0]) if one.sure else None, float(sums.min()),
                    float(sums.max()),
                )  # fmt: skip
            before[site.id] = (low, high, sure)


def _missing(figures: Sequence[SiteFigures]) -> Iterator[MissingFact]:
    for one in figures:
        for known in one.known.values():
            if not known.valid:
                yield MissingFact(one.site.id, known.name, known.why, known.low, known.high)


def _result(
    request: SiteRequest, one: SiteFigures, rows: Mapping[str, Array], drawn: Array | None, wins: float | None
) -> SiteResult:
    factors = tuple(
        _factor(request, one, name, rows[name]) for name in FACTORS if one.imported or name not in ("duty", "brokerage")
    )
    sure = all(factor.usd is not None for factor in factors)
    sums = total(rows)
    low, high = (None, None) if drawn is None else np.quantile(drawn, (0.1, 0.9))
    return SiteResult(
        name=one.site.name,
        id=one.site.id,
        country=one.site.country,
        unit_cost_usd=sum(factor.usd or 0.0 for factor in factors) if sure else None,
        low_usd=float(sums.min()),
        high_usd=float(sums.max()),
        p10=None if low is None else float(low),
        p90=None if high is None else float(high),
        wins=wins,
        factors=factors,
    )


def _factor(request: SiteRequest, one: SiteFigures, name: str, values: Array) -> SiteFactor:
    behind = [one.known[fact] for fact in rests_on(name, one.duties, imported=one.imported)]
    sure = all(known.valid for known in behind)
    cited = tuple(_cited(known) for known in behind)
    if not cited:
        value = {"tools": request.tool_usd, "material": request.material_usd}.get(name, 0.0)
        cited = (CitedFact(f"{name}_usd", value, "USD/piece", request.source, "", "C"),)
    low, high = float(values.min()), float(values.max())
    return SiteFactor(name, float(values[0]) if sure else None, low, high, cited)


def _cited(known: Known) -> CitedFact:
    kind = kind_of(known.name)
    unit = kind.unit if kind is not None else ""
    if known.fact is None:
        return CitedFact(known.name, None, unit, "", "", "", known.why)
    value = known.fact.value if known.valid else None
    return CitedFact(
        known.name, value, unit, known.fact.source, known.fact.as_of.isoformat(), known.fact.grade, known.why
    )


def _decide(results: Sequence[SiteResult], market: str) -> tuple[str, str]:
    """The 5 % rule over ranges: a site is chosen only if it wins wherever within their ranges the costs lie."""
    near = [site for site in results if site.country == market]
    far = [site for site in results if site.country != market]
    if near:
        best = min(near, key=lambda site: (site.high_usd, site.low_usd))
        rivals = all(best.high_usd <= site.low_usd for site in near if site is not best)
        if rivals and all(best.high_usd <= (1.0 + WITHIN) * site.low_usd for site in far):
            cheapest = min(results, key=lambda site: site.low_usd)
            why = "is the cheapest" if cheapest is best else f"is within {WITHIN:.0%} of {cheapest.name}"
            return best.id, f"{best.name} {why}."
    if far:
        best = min(far, key=lambda site: (site.high_usd, site.low_usd))
        rivals = all(best.high_usd <= site.low_usd for site in far if site is not best)
        if rivals and all((1.0 + WITHIN) * best.high_usd < site.low_usd for site in near):
            return best.id, f"{best.name} is cheaper than every site in {market} by more than {WITHIN:.0%}."
    return UNKNOWN, "The decision would change within the range that the missing facts leave open."


def _break_even(
    request: SiteRequest, figures: Sequence[SiteFigures], home_id: str, ranges: Sequence[tuple[float, float]]
) -> BreakEven:
    home = next(n for n, one in enumerate(figures) if one.site.id == home_id)
    others = [n for n in range(len(figures)) if n != home]
    foreign = [n for n in others if figures[n].imported]
    found: dict[str, tuple[float | None, float | None]] = {}
    for name, fact, grid in (
        ("unattended_share", "automation_share", np.linspace(0.0, 1.0, 1001)),
        ("wage", "wage_usd_h", np.linspace(0.0, 400.0, 2001)),
    ):
        curves = _curves(request, figures[home], {fact: grid})
        rivals = [min((ranges[n][side] for n in others), default=float("nan")) for side in (0, 1)]
        found[name] = (_crossing(grid, curves[1] - rivals[0]), _crossing(grid, curves[0] - rivals[1]))
    grid = np.linspace(0.0, 4.0, 2001)
    tariffs: list[tuple[float | None, float | None]] = []
    for n in foreign:
        duties = {name: grid if k == 0 else np.zeros_like(grid) for k, name in enumerate(figures[n].duties)}
        low, high = _curves(request, figures[n], duties)
        tariffs.append((_needed_tariff(grid, high - ranges[home][0]), _needed_tariff(grid, low - ranges[home][1])))
    found["tariff"] = (_largest(tariffs, 0), _largest(tariffs, 1))
    points = {name: _agreed(pair) for name, pair in found.items()}
    return BreakEven(points["unattended_share"], points["tariff"], points["wage"], found)


def _curves(request: SiteRequest, one: SiteFigures, grids: Mapping[str, Array]) -> tuple[Array, Array]:
    """Lowest and highest unit cost along a grid of some figures, the unknown others anywhere in their range."""
    rows = one.corners()
    size, width = len(next(iter(rows.values()))), len(next(iter(grids.values())))
    spread = {name: np.repeat(values[:, None], width, axis=1) for name, values in rows.items()}
    spread |= {name: np.repeat(grid[None, :], size, axis=0) for name, grid in grids.items()}
    costs = total(unit_cost(request, spread))
    return costs.min(axis=0), costs.max(axis=0)


def _crossing(grid: Array, difference: Array) -> float | None:
    """The first place where a difference changes its sign, by linear interpolation."""
    if not np.all(np.isfinite(difference)):
        return None
    change = np.flatnonzero(np.sign(difference[:-1]) * np.sign(difference[1:]) <= 0)
    if not len(change):
        return None
    n = int(change[0])
    step = difference[n + 1] - difference[n]
    return float(grid[n] if step == 0 else grid[n] - difference[n] / step * (grid[n + 1] - grid[n]))


def _needed_tariff(grid: Array, difference: Array) -> float | None:
    """The duty at which an import reaches home's cost: 0 where it costs more without any, ``None`` beyond the grid."""
    return 0.0 if difference[0] >= 0 else _crossing(grid, difference)


def _largest(pairs: Sequence[tuple[float | None, float | None]], side: int) -> float | None:
    values = [pair[side] for pair in pairs]
    if not values or any(value is None for value in values):
        return None
    return max(value for value in values if value is not None)


def _agreed(pair: tuple[float | None, float | None]) -> float | None:
    low, high = pair
    return low if low is not None and high is not None and abs(low - high) < 1e-9 else None
