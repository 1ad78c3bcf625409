"""Facts about places: a value with unit, source, date, grade and the day on which it stops being true."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from nightmill.vocabulary.errors import BadInput, Finding

Grade = Literal["A", "B", "C", "D"]
T = TypeVar("T", bound=msgspec.Struct)
EVERYWHERE = "*"
DUTY = "duty_"
# Half-width of an 80 % interval as a share of the value, where a fact brings none of its own; rules of thumb.
SPREAD: dict[str, float] = {"A": 0.03, "B": 0.10, "C": 0.25, "D": 0.50}


class Kind(msgspec.Struct, frozen=True):
    """What may be said about a site: its unit, what is plausible anywhere (``low``..``high``) and how far it drifts.

    A fact past its date may be off by the factor ``drift`` either way, within what is plausible.
    """

    unit: str
    low: float
    high: float
    drift: float
    about: str


# Plausible bounds and drifts are rules of thumb, wide on purpose; freight: Shanghai-Los Angeles moved eightfold 2019-2025.
KINDS: dict[str, Kind] = {
    "wage_usd_h": Kind("USD/h", 0.5, 90.0, 1.4, "full labour cost of an operator's hour"),
    "energy_usd_kwh": Kind("USD/kWh", 0.03, 0.45, 1.6, "industrial electricity"),
    "capital_rate": Kind("share/year", 0.03, 0.25, 1.5, "cost of capital"),
    "floor_usd_m2_year": Kind("USD/m2/year", 15.0, 400.0, 1.6, "industrial floor"),
    "overhead_share": Kind("share", 0.05, 0.60, 1.5, "overhead on machine, floor and labour"),
    "automation_share": Kind("share", 0.0, 0.95, 1.5, "share of machine time with nobody present"),
    "freight_usd_kg": Kind("USD/kg", 0.0, 20.0, 4.0, "freight from the site to the market, by weight and mode"),
    "insurance_share": Kind("share", 0.0005, 0.01, 2.0, "cargo insurance on value and freight"),
    "brokerage_usd": Kind("USD/shipment", 0.0, 600.0, 1.5, "customs brokerage and entry fees of a shipment"),
    "transit_days": Kind("days", 0.0, 150.0, 1.6, "door to door"),
    "transit_sd_days": Kind("days", 0.0, 60.0, 2.0, "standard deviation of the time door to door"),
    "carry_rate": Kind("share/year", 0.08, 0.45, 1.4, "cost of holding stock, a year"),
    "quality_share": Kind("share", 0.0, 0.12, 2.0, "rework, returns and travel, on landed value"),
    "risk_share": Kind(
        "share", 0.0, 0.15, 2.0, "expected loss by disruption: air freight, lost orders, on landed value"
    ),
}
DUTY_KIND = Kind("share", 0.0, 1.0, 2.0, "one duty programme, on the goods' value; programmes add up")


class Fact(msgspec.Struct, frozen=True):
    """``name`` of ``site`` (``*``: all) is ``value``; ``low``..``high`` holds it with 80 % probability.

    Valid from ``as_of`` to ``valid_to``, both included. Grades: A official or index, B trade source, C weak page,
    D from memory: never valid until verified. ``doubt`` says why it may not be used though it has a date: ``low``..``high`` then holds it.
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

    def band(self) -> tuple[float, float]:
        """Its own 80 % interval, or that of its grade."""
        spread = abs(self.value) * SPREAD[self.grade]
        low = self.value - spread if self.low is None else self.low
        return low, self.value + spread if self.high is None else self.high


class DutyRule(msgspec.Struct, frozen=True):
    """``program`` asks ``rate`` of the value of goods that enter from ``valid_from`` to ``valid_to``, both included.

    ``hts``: headings of the tariff schedule by their first digits, none for all goods; ``origin``: countries (ISO), none for all; of both,
    exceptions. ``after`` says what holds past ``valid_to``: nothing is known (``unknown``), or the programme ``ends``.
    Where it applies, the programmes that it ``replaces`` don't.
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
        """Its own 80 % interval, or the rate itself."""
        return (self.rate if self.low is None else self.low, self.rate if self.high is None else self.high)


class Site(msgspec.Struct, frozen=True):
    """A place where parts could be made; ``country`` is ISO 3166-1 alpha-2."""

    id: str
    name: str
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]


class SiteBook(msgspec.Struct, frozen=True):
    """Sites and what is known of them; ``home`` is a site's id, ``market`` the country where the parts are needed."""

    home: str
    market: str
    sites: tuple[Site, ...]
    facts: tuple[Fact, ...]
    duties: tuple[DutyRule, ...] = ()


class Known(msgspec.Struct, frozen=True):
    """What can be said of one figure on one day: a valid ``fact``, or only a range and the reason ``why``."""

    name: str
    fact: Fact | None
    low: float
    high: float
    why: str = ""

    @property
    def valid(self) -> bool:
        """Whether a valid fact stands behind it."""
        return not self.why


def kind_of(name: str) -> Kind | None:
    """The kind of a fact's name; every name that begins with ``duty_`` is a duty programme."""
    return DUTY_KIND if name.startswith(DUTY) and len(name) > len(DUTY) else KINDS.get(name)


def look_up(book: SiteBook, site: str, name: str, as_of: date) -> Known:
    """The newest fact valid on ``as_of`` (the site's own before one for all), or the range that is left without one."""
    kind = kind_of(name)
    if kind is None:
        raise ValueError(f"look_up: {name} is no kind of fact")
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
    low = 0.0 if name.startswith(DUTY) else max(kind.low, min(low, fact.value) / kind.drift)
    high = min(kind.high, max(high, fact.value) * kind.drift)
    why = f"valid until {fact.valid_to}" if fact.valid_to < as_of else "from memory, not verified"
    return Known(name, fact, min(low, high), high, why)


def facts_from_toml(text: str, file: str = "sites.toml") -> SiteBook:
    """The sites and facts of a ``sites.toml`` (docs/economics.md). Raises ``BadInput`` with every finding at once."""
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(Finding(file, "", str(error), "TOML text", "Mend the syntax at the named line.")) from error
    findings = [
        Finding(file, key, "an unknown key", "home, market, sites, facts or duties", "Remove or rename it.")
        for key in raw
        if key not in ("home", "market", "sites", "facts", "duties")
    ]
    sites = tuple(_built(Site, raw.get("sites"), file, "sites", findings))
    facts = tuple(_built(Fact, raw.get("facts"), file, "facts", findings))
    duties = tuple(_built(DutyRule, raw["duties"], file, "duties", findings)) if "duties" in raw else ()
    ids = [site.id for site in sites]
    findings.extend(_wrong_sites(ids, raw, file))
    findings.extend(finding for n, fact in enumerate(facts, 1) for finding in _wrong_fact(fact, ids, file, n))
    findings.extend(_wrong_rules(duties, facts, file))
    if findings:
        raise BadInput(*findings)
    return SiteBook(raw["home"], raw["market"], sites, facts, duties)


def _built(kind: type[T], raw: object, file: str, place: str, findings: list[Finding]) -> Iterator[T]:
    if not isinstance(raw, list) or not raw:
        findings.append(Finding(file, place, "nothing", f"[[{place}]] tables", f"Add [[{place}]]."))
        return
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for n, table in enumerate(raw, 1):
        before = len(findings)
        values: dict[str, Any] = {}
        if not isinstance(table, Mapping):
            findings.append(Finding(file, f"{place}[{n}]", repr(table)[:80], "a table", f"Write [[{place}]]."))
            continue
        findings.extend(
            Finding(file, f"{place}[{n}].{key}", "an unknown key", ", ".join(fields), "Remove or rename it.")
            for key in table
            if key not in fields
        )
        for name, field in fields.items():
            if name not in table and field.required:
                findings.append(Finding(file, f"{place}[{n}].{name}", "nothing", "a value", f"Add {name}."))
            elif name in table:
                try:
                    values[name] = msgspec.convert(table[name], field.type)
                except msgspec.ValidationError as error:
                    findings.append(
                        Finding(file, f"{place}[{n}].{name}", repr(table[name])[:80], str(error), "Correct the value.")
                    )
        if len(findings) == before:
            yield kind(**values)


def _wrong_sites(ids: list[str], raw: Mapping[str, Any], file: str) -> Iterator[Finding]:
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield Finding(file, "sites", f"id {name} twice", "unique ids", "Rename one of them.")
    if raw.get("home") not in ids:
        yield Finding(file, "home", repr(raw.get("home")), "the id of one of the sites", "Name the site you are at.")
    market = raw.get("market")
    if not (isinstance(market, str) and len(market) == 2 and market.isupper()):
        yield Finding(
            file, "market", repr(market), "a country such as US", "Name the country where the parts are needed."
        )


def _wrong_fact(fact: Fact, ids: list[str], file: str, n: int) -> Iterator[Finding]:
    place = f"facts[{n}]"
    kind = kind_of(fact.name)
    if fact.site not in ids and fact.site != EVERYWHERE:
        yield Finding(file, f"{place}.site", fact.site, "the id of a site, or *", "Correct the id.")
    if kind is None:
        known = ", ".join(KINDS) + f", {DUTY}NAME"
        yield Finding(file, f"{place}.name", fact.name, f"one of {known}", "Correct the name.")
        return
    if fact.unit != kind.unit:
        yield Finding(file, f"{place}.unit", fact.unit, kind.unit, f"Give {fact.name} in {kind.unit}.")
    low, high = fact.band()
    if not (0 <= fact.value <= 4 * kind.high and 0 <= low <= fact.value <= high):
        found = f"{fact.value:g} within {low:g} .. {high:g}"
        yield Finding(
            file,
            f"{place}.value",
            found,
            f"low <= value <= high, plausible {kind.low:g} .. {kind.high:g}",
            "Check unit and value.",
        )
    if fact.valid_to < fact.as_of:
        yield Finding(
            file, f"{place}.valid_to", str(fact.valid_to), f"a day from {fact.as_of} on", "Correct the dates."
        )
    elif fact.valid_to > fact.as_of + timedelta(days=3700):
        yield Finding(
            file,
            f"{place}.valid_to",
            str(fact.valid_to),
            "at most ten years after as_of",
            "No fact of this kind lasts longer.",
        )


def _wrong_rules(rules: tuple[DutyRule, ...], facts: tuple[Fact, ...], file: str) -> Iterator[Finding]:
    """What is wrong with the rules of a file."""
    typed = {fact.name for fact in facts}
    for n, rule in enumerate(rules, 1):
        place = f"duties[{n}]"
        low, high = rule.band()
        if not 0 <= low <= rule.rate <= high <= 4 * DUTY_KIND.high:
            found = f"{rule.rate:g} within {low:g} .. {high:g}"
            yield Finding(file, f"{place}.rate", found, "0 <= low <= rate <= high, 0.25 is 25 %", "Correct the rate.")
        if rule.valid_to < rule.valid_from:
            yield Finding(file, f"{place}.valid_to", str(rule.valid_to), f"a day from {rule.valid_from} on", "Correct the days.")  # fmt: skip
        for heading in (*rule.hts, *rule.except_hts):
            if not heading.replace(".", "").isdigit() or not 2 <= len(heading.replace(".", "")) <= 10:
                yield Finding(file, f"{place}.hts", repr(heading), "2 to 10 digits, such as 8466.93", "Correct it.")
        if DUTY + rule.program in typed:
            yield Finding(file, f"{place}.program", rule.program, f"not also a fact {DUTY}{rule.program}", "Keep one of the two.")  # fmt: skip
