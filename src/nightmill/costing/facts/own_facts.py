"""Override facts in a book with your own, and apply duty scenarios: the same comparison with other values."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from nightmill.costing.facts.fact_kinds import DUTY, INSTEAD, kind_of
from nightmill.costing.facts.site_book import EVERYWHERE, Fact, Grade, SiteBook
from nightmill.vocabulary.errors import BadInput, Finding


class OwnFact(msgspec.Struct, frozen=True):
    """A value entered by a person to replace the book's, for one site or (``*``) for all."""

    site: str
    name: str
    value: float
    low: float | None = None
    high: float | None = None
    source: Annotated[str, Meta(min_length=3)] = "own value, entered for this comparison"
    grade: Grade = "A"


class DutyScenario(msgspec.Struct, frozen=True):
    """A total duty by the country of origin (ISO code, ``*`` for all others) instead of the book's programmes; ``None``:
    as in the book.
    """

    name: str
    duty: Mapping[str, float] | None = None


SCENARIOS = (
    DutyScenario("duties as in the facts"),
    DutyScenario("no duty", {EVERYWHERE: 0.0}),
    DutyScenario("10 % on everything", {EVERYWHERE: 0.10}),
    DutyScenario("25 % on everything", {EVERYWHERE: 0.25}),
)


def with_own_facts(book: SiteBook, own: Iterable[OwnFact], as_of: date) -> SiteBook:
    """Return the book with own facts, valid on ``as_of`` alone, in place of all others of the same site and name.

    A fact that replaces another fact takes its place. Raises ``BadInput`` with every unknown site or name and every implausible value.
    """
    findings, facts = [], list(book.facts)
    known = {site.id for site in book.sites} | {EVERYWHERE}
    for one in own:
        place = f"{one.name} of {one.site}"
        kind = kind_of(one.name)
        if one.site not in known or kind is None:
            lost, names = ("site", known) if one.site not in known else ("fact", {fact.name for fact in facts})
            findings.append(Finding("own facts", place, f"no such {lost}", f"one of {', '.join(sorted(names))}", "Correct it."))  # fmt: skip
            continue
        most = 4 * kind.high if kind.most is None else kind.most
        values = [each for each in (one.value, one.low, one.high) if each is not None]
        if not all(kind.least <= value <= most for value in values):
            expected = f"a number within {kind.least:g} .. {most:g} {kind.unit}"
            findings.append(Finding("own facts", place, str(one.value), expected, "Check unit and value."))
            continue
        if one.name == "risk_share" and any(fact.name == INSTEAD["risk_share"][0] for fact in facts):
            other = " and ".join(INSTEAD["risk_share"])
            findings.append(
                Finding(
                    "own facts",
                    place,
                    "not used, since stops are given separately",
                    other,
                    "Change the facts on stops instead.",
                )
            )
            continue
        gone = {
            one.name,
            *INSTEAD.get(one.name, ())[:1],
            *(lump for lump, new in INSTEAD.items() if new[0] == one.name),
        }
        facts = [f for f in facts if f.name not in gone or (f.site != one.site and one.site != EVERYWHERE)]
        low = one.value if one.low is None else one.low
        high = one.value if one.high is None else one.high
        facts.append(Fact(one.site, one.name, one.value, kind.unit, one.source, as_of, as_of, one.grade, low, high))
    if findings:
        raise BadInput(*findings)
    return msgspec.structs.replace(book, facts=tuple(facts))


def under(book: SiteBook, scenario: DutyScenario, as_of: date) -> SiteBook:
    """Return the book under a duty scenario: each import's programmes are replaced by one total duty."""
    if scenario.duty is None:
        return book
    facts = [fact for fact in book.facts if not fact.name.startswith(DUTY)]
    source = f"scenario: {scenario.name}"
    for site in book.sites:
        rate = scenario.duty.get(site.country, scenario.duty.get(EVERYWHERE, 0.0))
        if site.country != book.market:
            facts.append(Fact(site.id, DUTY + "scenario", rate, "share", source, as_of, as_of, "A", rate, rate))
    return msgspec.structs.replace(book, facts=tuple(facts), duties=())
