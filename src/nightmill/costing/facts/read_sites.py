"""Read the text of a ``sites.toml`` into a book of sites, facts and duty rules, with all findings at once."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import msgspec

from nightmill.costing.facts.fact_kinds import DUTY, DUTY_KIND, FX, INSTEAD, KINDS, is_money, kind_of
from nightmill.costing.facts.site_book import EVERYWHERE, Correlation, DutyRule, Fact, Site, SiteBook
from nightmill.vocabulary.errors import BadInput, Finding

T = TypeVar("T", bound=msgspec.Struct)


def facts_from_toml(text: str, file: str = "sites.toml") -> SiteBook:
    """Read the sites and facts of a ``sites.toml`` (docs/costing.md). Raises ``BadInput`` with every finding at once."""
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(Finding(file, "", str(error), "TOML text", "Correct the syntax at the given line.")) from error
    findings = [
        Finding(
            file, key, "an unknown key", "home, market, sites, facts, duties or correlations", "Remove or rename it."
        )
        for key in raw
        if key not in ("home", "market", "sites", "facts", "duties", "correlations")
    ]
    sites = tuple(_built(Site, raw.get("sites"), file, "sites", findings))
    facts = tuple(_built(Fact, raw.get("facts"), file, "facts", findings))
    duties = tuple(_built(DutyRule, raw["duties"], file, "duties", findings)) if "duties" in raw else ()
    together = raw.get("correlations")
    correlations = tuple(_built(Correlation, together, file, "correlations", findings)) if together is not None else ()
    ids = [site.id for site in sites]
    findings.extend(_wrong_sites(ids, raw, file))
    prices = {fact.name: fact.value for fact in facts if fact.name.startswith(FX)}
    findings.extend(finding for n, fact in enumerate(facts, 1) for finding in _wrong_fact(fact, ids, prices, file, n))
    findings.extend(_overlapping_facts(facts, file))
    findings.extend(_wrong_rules(duties, facts, file))
    findings.extend(_wrong_correlations(correlations, ids, file))
    if findings:
        raise BadInput(*findings)
    return SiteBook(raw["home"], raw["market"], sites, facts, duties, correlations)


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
        yield Finding(file, "sites", f"duplicate id {name}", "unique ids", "Rename one of them.")
    if raw.get("home") not in ids:
        yield Finding(
            file, "home", repr(raw.get("home")), "the id of one of the sites", "Give the id of your own site."
        )
    market = raw.get("market")
    if not (isinstance(market, str) and len(market) == 2 and market.isupper()):
        yield Finding(
            file, "market", repr(market), "a country such as US", "Give the country where the parts are needed."
        )


def _wrong_fact(fact: Fact, ids: list[str], prices: Mapping[str, float], file: str, n: int) -> Iterator[Finding]:
    place = f"facts[{n}]"
    kind = kind_of(fact.name)
    if fact.site not in ids and fact.site != EVERYWHERE:
        yield Finding(file, f"{place}.site", fact.site, "the id of a site, or *", "Correct the id.")
    if kind is None:
        known = ", ".join(KINDS) + f", {DUTY}NAME, {FX}CURRENCY"
        yield Finding(file, f"{place}.name", fact.name, f"one of {known}", "Correct the name.")
        return
    if fact.mode and fact.site == EVERYWHERE:
        yield Finding(file, f"{place}.mode", f"{fact.mode} for all sites", "a mode of one site", "Give the site.")
    money = FX + fact.currency if fact.currency else ""
    if fact.unit != kind.unit and money not in prices:
        expected = kind.unit + (", or another currency with its fact fx_CODE" if is_money(fact.name) else "")
        remedy = f"Give {fact.name} in {kind.unit}" + (f", or add {money}." if money else ".")
        yield Finding(file, f"{place}.unit", fact.unit, expected, remedy)
    low, high = fact.band()
    most = (4 * kind.high if kind.most is None else kind.most) / (prices.get(money) or 1.0)
    if not (kind.least <= fact.value <= most and kind.least <= low <= fact.value <= high):
        found = f"{fact.value:g} within {low:g} .. {high:g}"
        plausible = f"low <= value <= high, plausible {kind.low:g} .. {kind.high:g}"
        yield Finding(file, f"{place}.value", found, plausible, "Check unit and value.")
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
    """Return the findings on a file's rules."""
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


def _overlapping_facts(facts: tuple[Fact, ...], file: str) -> Iterator[Finding]:
    """Find facts that replace one another: a site may give only one of the two, and new facts need the first of their group."""
    said: dict[str, set[str]] = {}
    for fact in facts:
        said.setdefault(fact.site, set()).add(fact.name)
    anywhere = {fact.name for fact in facts}
    for name, others in INSTEAD.items():
        first, other = others[0], " and ".join(others)
        for site, names in said.items():
            if name in names and first in (anywhere if name == "risk_share" else names):
                yield Finding(file, f"{name} of {site}", f"beside {first}", f"{name}, or {other}", "Keep one of the two.")  # fmt: skip
        if first not in anywhere and anywhere.intersection(others):
            found = ", ".join(sorted(anywhere.intersection(others)))
            yield Finding(file, "facts", f"{found} without {first}", f"all of {other}", f"Add {first}.")


def _wrong_correlations(rows: tuple[Correlation, ...], ids: list[str], file: str) -> Iterator[Finding]:
    taken: set[tuple[str, str]] = set()
    for n, row in enumerate(rows, 1):
        place = f"correlations[{n}]"
        for name in row.facts:
            if kind_of(name) is None:
                yield Finding(file, f"{place}.facts", name, "names of facts", "Correct the name.")
        for site in row.sites:
            if site not in ids and site != EVERYWHERE:
                yield Finding(file, f"{place}.sites", site, "ids of sites, or *", "Correct the id.")
        if row.valid_to < row.as_of:
            yield Finding(file, f"{place}.valid_to", str(row.valid_to), f"a day from {row.as_of} on", "Correct the dates.")  # fmt: skip
        spoken = {(site, name) for site in (row.sites or (*ids, EVERYWHERE)) for name in row.facts}
        for site, name in sorted(spoken & taken):
            yield Finding(
                file,
                place,
                f"{name} of {site}, which is in another correlation already",
                "each fact in one correlation",
                "Remove it from one.",
            )
        taken |= spoken
