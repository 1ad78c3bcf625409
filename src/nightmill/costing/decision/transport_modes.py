"""Narrow a book to one part: facts for its material, and for each site the cheapest transport mode to the market."""

from datetime import date

import msgspec

from nightmill.costing.decision.fact_sampling import SiteFigures
from nightmill.costing.factors.landed_cost import total, unit_cost
from nightmill.costing.facts.own_facts import with_own_facts
from nightmill.costing.facts.site_book import SiteBook
from nightmill.costing.part_spec import SiteRequest


def for_part(book: SiteBook, request: SiteRequest, as_of: date, entry: date | None = None) -> SiteBook:
    """Return the book with only the facts that concern the part, including the part's own facts.

    A fact for a material is kept if its ``material`` is a prefix of the part's (the longest if there are several); such facts
    take precedence over facts for any material. For transport modes, only the facts of the mode with the lowest landed cost are kept
    (by the middle of its range while facts are missing).
    """
    if request.own:
        book = with_own_facts(book, request.own, as_of)
    if any(fact.material for fact in book.facts):
        book = _of_material(book, request.material)
    if any(fact.mode for fact in book.facts):
        for site in book.sites:
            modes = sorted({fact.mode for fact in book.facts if fact.site == site.id and fact.mode})
            ways = [_by(book, site.id, mode) for mode in modes]
            if len(ways) > 1:
                costs = [total(unit_cost(request, SiteFigures(way, site, as_of, request.hts, entry).corners())) for way in ways]  # fmt: skip
                book = min(zip(costs, ways, strict=True), key=lambda pair: float(pair[0].min() + pair[0].max()))[1]
    return book


def _by(book: SiteBook, site: str, mode: str) -> SiteBook:
    facts = tuple(fact for fact in book.facts if fact.site != site or fact.mode in ("", mode))
    return msgspec.structs.replace(book, facts=facts)


def _of_material(book: SiteBook, material: str) -> SiteBook:
    fitting = [fact for fact in book.facts if material.casefold().startswith(fact.material.casefold())]
    longest: dict[tuple[str, str], int] = {}
    for fact in fitting:
        key = (fact.site, fact.name)
        longest[key] = max(longest.get(key, 0), len(fact.material))
    facts = tuple(fact for fact in fitting if len(fact.material) == longest[(fact.site, fact.name)])
    return msgspec.structs.replace(book, facts=facts)
