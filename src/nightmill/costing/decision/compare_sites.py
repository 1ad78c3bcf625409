"""Make or buy, and where: landed cost at every site with its facts, spread, the 5 % rule and the break-evens."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec
import numpy as np

from nightmill.costing.decision.break_even import break_even
from nightmill.costing.decision.fact_sampling import SiteFigures
from nightmill.costing.decision.results import CarbonPart, CitedFact, MissingFact, SiteAnswer, SiteFactor, SiteResult
from nightmill.costing.decision.transport_modes import for_part
from nightmill.costing.factors.carbon import carbon_kg
from nightmill.costing.factors.customs_duties import DutyChange, change_days, duty_lines
from nightmill.costing.factors.landed_cost import cash_tied_up, total, unit_cost
from nightmill.costing.facts.site_book import EVERYWHERE, Fact, SiteBook
from nightmill.costing.part_spec import Array, SiteRequest

WITHIN = 0.05
UNKNOWN = "unknown"
KEPT = 16
"""Number of comparisons, by heading, material and transport mode, that are cached for the next part."""


class SiteComparison:
    """The sites in a book on a given day, ready to compare many parts: known values and draws are computed once.

    ``hts`` is the heading of the parts (a part may have a different heading: see ``of``); ``entry`` is the day on which they cross
    the border, by default ``as_of``.
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
        self._by_part: dict[tuple[str, tuple[Fact, ...]], SiteComparison] = {}
        self._last: tuple[SiteRequest, SiteComparison] | None = None
        self._narrow = any(fact.material or fact.mode for fact in book.facts)
        self.figures = [SiteFigures(book, site, as_of, hts, entry) for site in book.sites]
        self.home = next(n for n, site in enumerate(book.sites) if site.id == book.home)
        self._rows = [one.draws(draws, seed) if one.sure else None for one in self.figures]
        self._corners = [one.corners() for one in self.figures]
        if not self._narrow:
            self._by_part[(hts, ())] = self

    def of(self, request: SiteRequest) -> "SiteComparison":
        """Return the same comparison with the facts for one part: duties for its heading, its material and its transport mode."""
        narrow = self._narrow or bool(request.own)
        if not self.book.duties and not narrow:
            return self
        if self._last is None or self._last[0] != request:
            draws, seed, entry = self._asked
            book = for_part(self.book, request, self.as_of, entry) if narrow else self.book
            key = (request.hts if book.duties else "", book.facts if narrow else ())
            if key not in self._by_part:
                while len(self._by_part) >= KEPT:
                    del self._by_part[next(iter(self._by_part))]
                made = SiteComparison(book, self.as_of, draws=draws, seed=seed, hts=request.hts, entry=entry)
                made._by_part = self._by_part
                self._by_part[key] = made
            self._last = (request, self._by_part[key])
        return self._last[1]

    def drawn(self, request: SiteRequest) -> list[Array | None]:
        """Return unit costs [draws] for each site, with facts shared by sites drawn once for all; ``None`` if a fact is missing."""
        return [None if rows is None else total(unit_cost(request, rows)) for rows in self._rows]

    def draws_of(self, site: str) -> dict[str, Array]:
        """Return draws of all values for a site, in USD. Raises ``ValueError`` if one of its facts is missing."""
        rows = next((row for one, row in zip(self.figures, self._rows, strict=True) if one.site.id == site), None)
        if rows is None:
            raise ValueError(f"draws_of: facts for {site} are missing")
        return rows

    def corners(self, request: SiteRequest) -> list[dict[str, Array]]:
        """Return the factors for each site at the corners of the unknown values."""
        return [unit_cost(request, rows) for rows in self._corners]

    def answer(self, request: SiteRequest) -> SiteAnswer:
        """Decide where to make one part (see ``where_to_make``)."""
        fitting = self.of(request)
        if fitting is not self:
            return fitting.answer(request)
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
            _result(request, one, self.as_of, at, rows, row, won)
            for one, at, rows, row, won in zip(figures, self._corners, corners, drawn, wins, strict=True)
        )
        decision, reason = _decide(results, book.market)
        return SiteAnswer(
            part=request.part,
            as_of=self.as_of.isoformat(),
            quantity_year=request.quantity_year,
            sites=results,
            decision=decision,
            reason=reason,
            break_even=break_even(request, figures, self.home, ranges),
            missing=tuple(_missing(figures, book, self.as_of)),
            given=tuple(CitedFact(*row, self.as_of.isoformat(), "C") for row in request.given()),
        )


def where_to_make(
    request: SiteRequest, book: SiteBook, as_of: date, *, draws: int = 10000, seed: int = 0, entry: date | None = None
) -> SiteAnswer:
    """Compare the book's sites for one part on a given day; the part crosses borders on ``entry``, the same day by default.

    A factor without a valid fact is ``None`` with a range. Rule: the cheapest landed cost wins, but a site in the market's country
    within 5 % of it is preferred. The decision is given only if it is the same over the whole range; otherwise it is ``unknown``.
    The same inputs and ``seed`` give the same answer.
    """
    if draws < 1:
        raise ValueError(f"where_to_make: draws {draws} must be >= 1")
    crossing = as_of if entry is None else entry
    answer = SiteComparison(book, as_of, draws=draws, seed=seed, hts=request.hts, entry=crossing).answer(request)
    changes = tuple(_duty_changes(request, book, as_of, crossing))
    return msgspec.structs.replace(answer, duties=duty_lines(book, request.hts, crossing), duty_changes=changes)


def _duty_changes(request: SiteRequest, book: SiteBook, as_of: date, entry: date) -> Iterator[DutyChange]:
    """Return, for each future day on which rules change, the sites whose duty changes."""
    before: dict[str, tuple[float, float, bool]] = {}
    book = for_part(book, request, as_of, entry)
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


def _missing(figures: Sequence[SiteFigures], book: SiteBook, as_of: date) -> Iterator[MissingFact]:
    for one in figures:
        for known in one.known.values():
            if not known.valid:
                yield MissingFact(one.site.id, known.name, known.why, known.low, known.high)
    for row in book.correlations:
        if row.why_not(as_of):
            yield MissingFact(EVERYWHERE, f"correlation {row.name}", row.why_not(as_of), 0.0, row.rho)


def _result(
    request: SiteRequest,
    one: SiteFigures,
    as_of: date,
    figures: Mapping[str, Array],
    rows: Mapping[str, Array],
    drawn: Array | None,
    wins: float | None,
) -> SiteResult:
    factors = tuple(_factor(request, one, as_of, name, values) for name, values in rows.items())
    sure = all(factor.usd is not None for factor in factors)
    sums = total(rows)
    low, high = (None, None) if drawn is None else np.quantile(drawn, (0.1, 0.9))
    carbon = tuple(_carbon(one, name, kg) for name, kg in carbon_kg(request, figures).items())
    kilograms = [part.kg for part in carbon if part.kg is not None]
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
        mode=one.mode,
        cash_usd=float(cash_tied_up(request, figures)[0]) if sure else None,
        carbon_kg=sum(kilograms) if carbon and len(kilograms) == len(carbon) else None,
        carbon=carbon,
    )


def _factor(request: SiteRequest, one: SiteFigures, as_of: date, name: str, values: Array) -> SiteFactor:
    sure, facts = one.behind(name)
    if name in ("tools", "material"):
        value = request.tool_usd if name == "tools" else request.material_usd
        facts = (CitedFact(f"{name}_usd", value, "USD/piece", request.source, as_of.isoformat(), "C"), *facts)
    if name == "material" and request.price_breaks:
        share = float(request.price_share(request.quantity_year))
        facts = (
            *facts,
            CitedFact("price_break", share, "share", f"price breaks given for {request.part}", as_of.isoformat(), "C"),
        )
    return SiteFactor(name, float(values[0]) if sure else None, float(values.min()), float(values.max()), facts)


def _carbon(one: SiteFigures, name: str, kg: Array) -> CarbonPart:
    sure, facts = one.carbon_behind(name)
    return CarbonPart(name, float(kg[0]) if sure else None, float(kg.min()), float(kg.max()), facts)


def _decide(results: Sequence[SiteResult], market: str) -> tuple[str, str]:
    """Apply the 5 % rule over ranges: a site is chosen only if it wins for all costs within the ranges."""
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
