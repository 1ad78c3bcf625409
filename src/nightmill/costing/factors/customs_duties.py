"""Duty rules by heading, origin and day of entry: the rate that applies to a part from a site, and the effect of dated changes.

A rule belongs to a programme (MFN, Section 301 ..); programmes add up. Among a programme's rules that apply to the heading,
origin and day, the rule with the longest heading counts; if headings are equal, a rule that names the origin. If two such rules
give different rates, or the last known rule has expired, or the part's heading isn't known and a rule needs it, the duty is not
known and only a range is given.
"""

from datetime import date, timedelta

import msgspec

from nightmill.costing.facts.fact_kinds import DUTY, DUTY_KIND
from nightmill.costing.facts.site_book import EVERYWHERE, DutyRule, Fact, Grade, Site, SiteBook

MOST_CHANGES = 8


class DutyLine(msgspec.Struct, frozen=True):
    """The charge by one programme on goods of a heading from a site on a day.

    ``rate`` is ``None`` if unknown; it is then within ``low`` .. ``high``.
    """

    site: str
    program: str
    heading: str
    rate: float | None
    low: float
    high: float
    valid_from: str
    valid_to: str
    source: str
    as_of: str
    grade: Grade
    why: str = ""


class DutyChange(msgspec.Struct, frozen=True):
    """A day from which a site's duty or unit cost changes, with all other facts unchanged.

    Total duty and landed cost are ``None`` if not known.
    """

    entry: str
    site: str
    duty: float | None
    duty_low: float
    duty_high: float
    unit_cost_usd: float | None
    low_usd: float
    high_usd: float


class _Found(msgspec.Struct, frozen=True):
    """The rule that counts for a programme, and why its rate isn't known (empty if it is known)."""

    rule: DutyRule
    low: float
    high: float
    why: str = ""


def digits_of(heading: str) -> str:
    """Return the digits of a heading, ``8466.93.98`` or ``84669398``."""
    return heading.replace(".", "").strip()


def rules_that_apply(book: SiteBook, site: Site, hts: str, entry: date) -> tuple[_Found, ...]:
    """Return each programme's applicable rule for goods of ``hts`` from ``site`` on the day of entry."""
    if site.country == book.market:
        return ()
    found = {}
    for program in dict.fromkeys(rule.program for rule in book.duties):
        one = _of_program(
            [rule for rule in book.duties if rule.program == program], site.country, digits_of(hts), entry
        )
        if one is not None:
            found[program] = one
    spared = {name for one in found.values() if not one.why for name in one.rule.replaces}
    return tuple(one for program, one in found.items() if program not in spared)


def _of_program(rules: list[DutyRule], origin: str, hts: str, entry: date) -> _Found | None:
    reach = [(rule, _reach(rule, origin, hts)) for rule in rules]
    sure = [(rule, length) for rule, length in reach if length > 0 and rule.valid_from <= entry]
    valid = [(rule, length) for rule, length in sure if entry <= rule.valid_to]
    # rules for which a longer heading would be needed
    open_rules = [rule for rule, length in reach if length < 0 and rule.valid_from <= entry <= rule.valid_to]
    if not valid:
        past = max(sure, key=lambda one: (one[0].valid_to, one[1]), default=None)
        if past is not None and past[0].after == "unknown":
            rule = past[0]
            high = min(DUTY_KIND.high, max(rule.band()[1], rule.rate) * DUTY_KIND.drift)
            return _Found(rule, 0.0, high, f"valid until {rule.valid_to}")
        if not open_rules:
            return None
        top = [open_rules[0]]
        low = high = 0.0
    else:
        most = max(length for _, length in valid)
        top = [rule for rule, length in valid if length == most]
        low, high = min(rule.band()[0] for rule in top), max(rule.band()[1] for rule in top)
    if len({rule.rate for rule in top}) > 1:
        said = ", ".join(f"{rule.rate:.1%} ({rule.source})" for rule in top)
        return _Found(
            top[0], min(low, *(r.rate for r in top)), max(high, *(r.rate for r in top)), f"sources disagree: {said}"
        )
    if open_rules and any(rule.rate != top[0].rate or not valid for rule in open_rules):
        rates = [rule.rate for rule in open_rules]
        asked = ", ".join(sorted({heading for rule in open_rules for heading in rule.hts})[:6])
        return _Found(top[0], min(low, *rates), max(high, *rates), f"depends on the part's heading ({asked} ..)")
    return _Found(top[0], low, high, "from memory, not verified" if top[0].grade == "D" else "")


def _reach(rule: DutyRule, origin: str, hts: str) -> float:
    """Return how specifically a rule matches: 0 not at all, larger with the length of its heading.

    -1 if the part's heading is too short to decide.
    """
    if (rule.origin and origin not in rule.origin) or origin in rule.except_origin:
        return 0.0
    if any(hts.startswith(digits_of(heading)) for heading in rule.except_hts if hts):
        return 0.0
    named = 0.5 if rule.origin else 0.0
    if not rule.hts:
        return 1.0 + named
    headings = [digits_of(heading) for heading in rule.hts]
    fitting = [heading for heading in headings if hts.startswith(heading)]
    if fitting:
        return 1.0 + max(map(len, fitting)) + named
    return -1.0 if any(heading.startswith(hts) for heading in headings) else 0.0


def with_duties(book: SiteBook, site: Site, hts: str, entry: date, as_of: date) -> SiteBook:
    """Return the book with its rules turned into the site's duty facts, for the day of entry and as known on ``as_of``.

    A fact in the book for the same programme takes precedence over the rules.
    """
    said = {fact.name for fact in book.facts if fact.site in (site.id, EVERYWHERE)}
    facts = []
    for one in rules_that_apply(book, site, hts, entry):
        rule, name = one.rule, DUTY + one.rule.program
        if name in said:
            continue
        since = min(as_of, rule.as_of if rule.as_of <= as_of else rule.valid_from)
        low, high = min(one.low, rule.rate), max(one.high, rule.rate)
        facts.append(
            Fact(
                site.id, name, rule.rate, DUTY_KIND.unit, rule.source, since, max(as_of, rule.valid_to), rule.grade,
                low, high, rule.note, one.why,
            )
        )  # fmt: skip
    return msgspec.structs.replace(book, facts=(*book.facts, *facts)) if facts else book


def duty_lines(book: SiteBook, hts: str, entry: date) -> tuple[DutyLine, ...]:
    """Return the rule in each programme that applies at each site on a day, for citing in an answer."""
    return tuple(
        DutyLine(
            site.id, one.rule.program, ", ".join(one.rule.hts) or "all goods", None if one.why else one.rule.rate,
            one.low, one.high, one.rule.valid_from.isoformat(), one.rule.valid_to.isoformat(), one.rule.source,
            one.rule.as_of.isoformat(), one.rule.grade, one.why,
        )
        for site in book.sites
        for one in rules_that_apply(book, site, hts, entry)
    )  # fmt: skip


def change_days(book: SiteBook, entry: date) -> tuple[date, ...]:
    """Return the next days after ``entry`` on which a rule starts to apply or is no longer known to apply."""
    days = {rule.valid_from for rule in book.duties} | {rule.valid_to + timedelta(days=1) for rule in book.duties}
    return tuple(sorted(day for day in days if day > entry)[:MOST_CHANGES])
