"""Facts about places: a value with unit, source, date, grade and expiry day."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from nightmill.costing.facts.fact_kinds import DUTY, FX, currency_of, kind_of

Grade = Literal["A", "B", "C", "D"]
Mode = Literal["", "road", "rail", "sea", "air"]
EVERYWHERE = "*"
# Half-width of an 80 % interval as a fraction of the value, if a fact has no interval of its own; rules of thumb.
SPREAD: dict[str, float] = {"A": 0.03, "B": 0.10, "C": 0.25, "D": 0.50}


class Fact(msgspec.Struct, frozen=True):
    """``name`` of ``site`` (``*``: all) is ``value``; ``low``..``high`` contains it with 80 % probability.

    Valid from ``as_of`` to ``valid_to``, both included. Grades: A official or index, B trade source, C weak page, D
    from memory, never valid until verified. ``doubt`` says why the fact may not be used although it has a date: its value is then
    somewhere in ``low``..``high``. ``unit`` may use a currency other than USD (``EUR/h``): a fact ``fx_EUR`` then gives the
    exchange rate. ``mode``: only if the part travels by this mode; ``material``: only for parts whose material name starts with it.
    """

    site: str
    name: str
    value: float
    unit: str
    source: Annotated[str, Meta(min_length=3)]
    as_of: date
    valid_to: date
    grade: Grade
    low: float | None = None
    high: float | None = None
    note: str = ""
    doubt: str = ""
    mode: Mode = ""
    material: str = ""

    @property
    def currency(self) -> str:
        """Return the currency in which the fact is given; empty for USD or if the fact is not money."""
        return currency_of(self.name, self.unit)

    def band(self) -> tuple[float, float]:
        """Return the fact's own 80 % interval, or that of its grade."""
        spread = abs(self.value) * SPREAD[self.grade]
        low = self.value - spread if self.low is None else self.low
        return low, self.value + spread if self.high is None else self.high


class DutyRule(msgspec.Struct, frozen=True):
    """``program`` charges ``rate`` on the value of goods that enter from ``valid_from`` to ``valid_to``, both included.

    ``hts``: headings of the tariff schedule by their first digits, empty for all goods; ``origin``: countries (ISO), empty for all;
    both allow exceptions. ``after`` tells the state after ``valid_to``: the rate is ``unknown``, or the programme ``ends``.
    If the rule applies, the programmes that it ``replaces`` don't.
    """

    program: Annotated[str, Meta(pattern="^[a-z0-9_]{1,32}$")]
    rate: float
    valid_from: date
    valid_to: date
    source: Annotated[str, Meta(min_length=3)]
    as_of: date
    grade: Grade
    hts: tuple[str, ...] = ()
    except_hts: tuple[str, ...] = ()
    origin: tuple[Annotated[str, Meta(pattern="^[A-Z]{2}$")], ...] = ()
    except_origin: tuple[Annotated[str, Meta(pattern="^[A-Z]{2}$")], ...] = ()
    replaces: tuple[str, ...] = ()
    after: Literal["unknown", "ends"] = "unknown"
    low: float | None = None
    high: float | None = None
    note: str = ""

    def band(self) -> tuple[float, float]:
        """Return the rule's own 80 % interval, or the rate itself."""
        return (self.rate if self.low is None else self.low, self.rate if self.high is None else self.high)


class Correlation(msgspec.Struct, frozen=True):
    """Correlated facts: any two of ``facts`` (by name) at ``sites`` (empty: all, with facts for all) are drawn with correlation ``rho``."""

    name: Annotated[str, Meta(min_length=1)]
    facts: Annotated[tuple[str, ...], Meta(min_length=1)]
    rho: Annotated[float, Meta(ge=0.0, le=1.0)]
    source: Annotated[str, Meta(min_length=3)]
    as_of: date
    valid_to: date
    grade: Grade
    sites: tuple[str, ...] = ()
    note: str = ""

    def why_not(self, as_of: date) -> str:
        """Return why the fact may not be used on a day; empty if it may."""
        if self.grade == "D":
            return "from memory, not verified"
        return "" if self.as_of <= as_of <= self.valid_to else f"valid from {self.as_of} until {self.valid_to}"

    def holds(self, fact: Fact) -> bool:
        """Return whether the correlation applies to a fact."""
        return fact.name in self.facts and (not self.sites or fact.site in self.sites)


class Site(msgspec.Struct, frozen=True):
    """A place where parts could be made; ``country`` is ISO 3166-1 alpha-2."""

    id: str
    name: str
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]


class SiteBook(msgspec.Struct, frozen=True):
    """Sites and their facts; ``home`` is a site's id, ``market`` the country where the parts are needed."""

    home: str
    market: str
    sites: tuple[Site, ...]
    facts: tuple[Fact, ...]
    duties: tuple[DutyRule, ...] = ()
    correlations: tuple[Correlation, ...] = ()


class Known(msgspec.Struct, frozen=True):
    """The state of knowledge about one value on one day: a valid ``fact``, or only a range and the reason ``why``."""

    name: str
    fact: Fact | None
    low: float
    high: float
    why: str = ""

    @property
    def valid(self) -> bool:
        """Return whether a valid fact supports the value."""
        return not self.why


def look_up(book: SiteBook, site: str, name: str, as_of: date) -> Known:
    """Return the newest fact valid on ``as_of`` (the site's own takes precedence), or the range that remains without a fact."""
    kind = kind_of(name)
    if kind is None:
        raise ValueError(f"look_up: unknown kind of fact {name}")
    named = [fact for fact in book.facts if fact.name == name and fact.site in (site, EVERYWHERE)]
    named.sort(key=lambda fact: (fact.site != EVERYWHERE, fact.as_of), reverse=True)
    for fact in named:
        if fact.doubt and fact.as_of <= as_of <= fact.valid_to:
            return Known(name, fact, *fact.band(), fact.doubt)
        if fact.grade != "D" and fact.as_of <= as_of <= fact.valid_to:
            return Known(name, fact, *fact.band())
    past = [fact for fact in named if fact.as_of <= as_of]
    if not past:
        return Known(name, None, kind.low, kind.high, "no fact")
    fact = past[0]
    low, high = fact.band()
    least, most = (0.0, float("inf")) if fact.currency or name.startswith(FX) else (kind.low, kind.high)
    ends = [
        end * factor
        for end in (min(low, fact.value), max(high, fact.value))
        for factor in (kind.drift, 1.0 / kind.drift)
    ]
    low = 0.0 if name.startswith(DUTY) else max(least, min(ends))
    high = min(most, max(ends))
    why = f"valid until {fact.valid_to}" if fact.valid_to < as_of else "from memory, not verified"
    return Known(name, fact, min(low, high), high, why)
