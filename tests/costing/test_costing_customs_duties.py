"""Duties by heading, origin and day of entry."""

from datetime import date
from pathlib import Path

import pytest

from nightmill.costing import SiteBook, SiteRequest, facts_from_toml, where_to_make
from nightmill.costing.factors.customs_duties import duty_lines
from nightmill.vocabulary.errors import BadInput

EXAMPLE = (Path(__file__).parents[2] / "src" / "nightmill" / "plant" / "example" / "sites.toml").read_text()
SPRING = date(2026, 6, 25)
PART = SiteRequest("vise", 1000, 20, 5, 1, 5, 1, 2, hts="8466.93.98")


def with_rules(*rules: str) -> SiteBook:
    kept = EXAMPLE[: EXAMPLE.index("[[duties]]")]
    common = 'source = "an official notice"\nas_of = 2026-01-01\ngrade = "A"\n'
    return facts_from_toml(kept + "".join(f"[[duties]]\n{rule}\n{common}\n" for rule in rules))


def rule(program: str, rate: float, more: str = "", since: str = "2026-01-01", until: str = "2027-12-31") -> str:
    return f'program = "{program}"\nrate = {rate}\nvalid_from = {since}\nvalid_to = {until}\n{more}'


def asked(book: SiteBook, site: str, hts: str, entry: date) -> dict[str, float | None]:
    return {line.program: line.rate for line in duty_lines(book, hts, entry) if line.site == site}


def test_the_longest_heading_and_the_named_origin_go_first() -> None:
    book = with_rules(
        rule("mfn", 0.05), rule("mfn", 0.024, 'hts = ["8466"]'), rule("mfn", 0.0, 'hts = ["8466.93"]'),
        rule("mfn", 0.01, 'hts = ["8466.93"]\norigin = ["DE"]'), rule("s301", 0.25, 'origin = ["CN"]\nexcept_hts = ["8466.10"]'),
    )  # fmt: skip
    assert asked(book, "suzhou", "8466.93.98", SPRING) == {"mfn": 0.0, "s301": 0.25}
    assert asked(book, "suzhou", "8466.10", SPRING) == {"mfn": 0.024}
    assert asked(book, "pune", "7326.90", SPRING) == {"mfn": 0.05}
    assert asked(book, "stuttgart", "84669398", SPRING) == {"mfn": 0.01}
    assert asked(book, "ohio", "8466.93", SPRING) == {}


def test_a_rate_is_that_of_the_day_of_entry_and_a_dated_change_is_told() -> None:
    book = with_rules(
        rule("mfn", 0.02), rule("s301", 0.25, 'origin = ["CN"]', until="2026-08-31"),
        rule("s301", 0.5, 'origin = ["CN"]', since="2026-09-01"), rule("s122", 0.1, 'after = "ends"', until="2026-07-24"),
    )  # fmt: skip
    assert asked(book, "suzhou", "8466.93", date(2026, 8, 31)) == {"mfn": 0.02, "s301": 0.25}
    assert asked(book, "suzhou", "8466.93", date(2026, 9, 1)) == {"mfn": 0.02, "s301": 0.5}
    now = where_to_make(PART, book, SPRING, draws=50)
    told = {(change.entry, change.site): change for change in now.duty_changes}
    assert told["2026-07-25", "pune"].duty == pytest.approx(0.02)
    assert told["2026-09-01", "suzhou"].duty == pytest.approx(0.52)
    assert ("2026-09-01", "pune") not in told
    later = where_to_make(PART, book, SPRING, draws=50, entry=date(2026, 9, 1))
    site = next(one for one in later.sites if one.id == "suzhou")
    assert site.unit_cost_usd == pytest.approx(told["2026-09-01", "suzhou"].unit_cost_usd)
    before = next(one for one in now.sites if one.id == "suzhou")
    names = [factor.name for factor in site.factors]
    works = [sum(f.usd or 0 for f in one.factors[: names.index("freight")]) for one in (before, site)]
    duty = [next(f for f in one.factors if f.name == "duty") for one in (before, site)]
    assert duty[0].usd == pytest.approx(works[0] * 0.37)
    assert duty[1].usd == pytest.approx(works[1] * 0.52)
    assert {fact.source for fact in duty[1].facts if fact.name.startswith("duty_")} == {"an official notice"}


def test_a_rate_that_ran_out_or_is_disputed_or_asks_for_the_heading_is_a_range() -> None:
    book = with_rules(
        rule("mfn", 0.02), rule("s232", 0.5, 'hts = ["7308"]'), rule("s122", 0.15, until="2026-07-24"),
        rule("s122", 0.1, until="2026-07-24"),
    )  # fmt: skip
    lines = {line.program: line for line in duty_lines(book, "", SPRING) if line.site == "pune"}
    assert (lines["mfn"].rate, lines["s232"].rate) == (0.02, None)
    assert (lines["s232"].low, lines["s232"].high) == (0.0, 0.5)
    assert "heading" in lines["s232"].why
    assert (lines["s122"].rate, lines["s122"].low, lines["s122"].high) == (None, 0.1, 0.15)
    assert "disagree" in lines["s122"].why
    gone = {line.program: line for line in duty_lines(book, "7326", date(2026, 8, 1)) if line.site == "pune"}
    assert set(gone) == {"mfn", "s122"}
    assert gone["s122"].why == "valid until 2026-07-24"
    answer = where_to_make(PART, book, SPRING, draws=50)
    assert {missing.fact for missing in answer.missing if missing.site == "pune"} == {"duty_s122"}
    pune = next(one for one in answer.sites if one.id == "pune")
    assert pune.unit_cost_usd is None
    assert pune.low_usd < pune.high_usd


def test_a_programme_that_replaces_another_takes_its_place() -> None:
    book = with_rules(
        rule("mfn", 0.02), rule("s122", 0.1), rule("usmca", 0, 'origin = ["MX"]\nreplaces = ["mfn", "s122"]')
    )
    assert asked(book, "saltillo", "8466", SPRING) == {"usmca": 0}
    assert asked(book, "pune", "8466", SPRING) == {"mfn": 0.02, "s122": 0.1}


def test_wrong_rules_are_refused_together() -> None:
    with pytest.raises(BadInput) as caught:
        with_rules(
            rule("mfn", 25), rule("s301", 0.25, since="2027-01-01", until="2026-01-01"), rule("s122", 0.1, 'hts = ["84x"]'),
            rule("s232", 0.5, 'origin = ["China"]'),
        )  # fmt: skip
    assert {finding.place for finding in caught.value.findings} == {
        "duties[1].rate",
        "duties[2].valid_to",
        "duties[3].hts",
        "duties[4].origin",
    }
