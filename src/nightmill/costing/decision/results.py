"""Results of a site comparison: sites with their factors, facts and spread, the decision, and the break-evens."""

import msgspec

from nightmill.costing.factors.customs_duties import DutyChange, DutyLine
from nightmill.costing.facts.fact_kinds import kind_of
from nightmill.costing.facts.site_book import Known


class CitedFact(msgspec.Struct, frozen=True):
    """A fact as cited in an answer; ``value`` is ``None`` if no fact is valid, and ``why`` then gives the reason.

    ``about`` describes the fact in words.
    """

    name: str
    value: float | None
    unit: str
    source: str
    as_of: str
    grade: str
    why: str = ""
    about: str = ""


def cited(known: Known) -> CitedFact:
    """Return the known state of a value, as cited in an answer."""
    kind, fact = kind_of(known.name), known.fact
    about = "" if kind is None else kind.about
    if fact is None:
        return CitedFact(known.name, None, kind.unit if kind is not None else "", "", "", "", known.why, about)
    value = fact.value if known.valid else None
    return CitedFact(known.name, value, fact.unit, fact.source, fact.as_of.isoformat(), fact.grade, known.why, about)


def cited_with_site(known: Known) -> CitedFact:
    """Return the same, with the fact's site (``*`` for all) in its name."""
    site = "" if known.fact is None else f" of {known.fact.site}"
    return msgspec.structs.replace(cited(known), name=f"{known.name}{site}")


class SiteFactor(msgspec.Struct, frozen=True):
    """One factor of a site's unit cost; ``usd`` is ``None`` if a fact behind it isn't valid: the cost is then within ``low``..``high``."""

    name: str
    usd: float | None
    low: float
    high: float
    facts: tuple[CitedFact, ...]


class CarbonPart(msgspec.Struct, frozen=True):
    """kg CO2e per good part by ``energy``, ``material`` or ``freight``; ``kg`` is ``None`` if a fact behind it isn't valid."""

    name: str
    kg: float | None
    low: float
    high: float
    facts: tuple[CitedFact, ...]


class SiteResult(msgspec.Struct, frozen=True):
    """One site: its factors add up to ``unit_cost_usd``; ``p10``/``p90`` are from the facts' own spread.

    ``wins`` is the fraction of draws in which the site is cheapest (``None`` unless all sites are known). ``mode`` is the transport mode
    to the market if the facts offer several. ``cash_usd`` is the average amount tied up in parts that have left the port. The parts of
    ``carbon`` add up to ``carbon_kg``.
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
    mode: str = ""
    cash_usd: float | None = None
    carbon_kg: float | None = None
    carbon: tuple[CarbonPart, ...] = ()


class BreakEven(msgspec.Struct, frozen=True):
    """Break-evens between home and the cheapest other site, with all else unchanged; ``None`` if there is no crossing or it is unknown.

    ``unattended_share`` is of home's machine time; ``tariff`` is the total duty (fraction of the goods' value) and ``freight`` the rate
    (USD/kg) at which no import is cheaper than home; ``wage`` is at home, USD/h with social cost; ``volume`` is parts a
    year. ``ranges`` contains low and high for each while facts are missing.
    """

    unattended_share: float | None
    tariff: float | None
    wage: float | None
    freight: float | None
    volume: float | None
    ranges: dict[str, tuple[float | None, float | None]]


class MissingFact(msgspec.Struct, frozen=True):
    """A fact that needs to be entered or renewed, and the range assumed without it."""

    site: str
    fact: str
    why: str
    low: float
    high: float


class SiteAnswer(msgspec.Struct, frozen=True):
    """Where to make a part: ``decision`` is a site's id or ``unknown``; ``reason`` is a sentence; ``missing`` lists the unknown facts.

    ``given``: the part's values from its plan, the request, and the assumptions about machines and demand, the same at every
    site. ``duties``: the rule in each programme that applies to the part's heading at each site; ``duty_changes``: the effect of
    dated changes.
    """

    part: str
    as_of: str
    quantity_year: float
    sites: tuple[SiteResult, ...]
    decision: str
    reason: str
    break_even: BreakEven
    missing: tuple[MissingFact, ...]
    given: tuple[CitedFact, ...] = ()
    duties: tuple[DutyLine, ...] = ()
    duty_changes: tuple[DutyChange, ...] = ()
