"""Home against the others: unattended shares by duty scenario, own facts, tornado, ranking."""

from datetime import date

import msgspec
import numpy as np
import pytest
from test_costing_sites import PART, SPRING, book, changed

from nightmill.costing import (
    OwnFact,
    SiteBook,
    SiteComparison,
    rank_home,
    tornado,
    unattended_shares,
    where_to_make,
    with_own_facts,
)
from nightmill.costing.facts.own_facts import DutyScenario
from nightmill.vocabulary.errors import BadInput

AUTOMATED = msgspec.structs.replace(PART, machine_min=40.0, attended_min=1.0)


def unit(made: SiteBook, site: str) -> float:
    found = next(one for one in where_to_make(AUTOMATED, made, SPRING, draws=2).sites if one.id == site)
    assert found.unit_cost_usd is not None
    return found.unit_cost_usd


def test_at_the_share_found_home_costs_what_the_other_site_costs() -> None:
    found = {(a.scenario, a.site): a for a in unattended_shares(AUTOMATED, book(), SPRING, draws=50)}
    checked = 0
    for (scenario, site), against in found.items():
        share = against.strict.share
        if scenario != "duties as in the facts" or share is None or share == 0:
            continue
        at = changed(book(), "ohio", "automation_share", value=share)
        assert unit(at, "ohio") == pytest.approx(unit(at, site), rel=1e-3)
        near = against.within_5_percent.share
        assert near is not None
        assert near < share
        checked += 1
    assert checked >= 1


def test_a_higher_duty_never_asks_for_a_higher_share_and_missing_facts_are_named() -> None:
    steps = [DutyScenario(f"{rate}", {"*": rate}) for rate in (0.0, 0.2, 0.4, 0.8)]
    found = unattended_shares(AUTOMATED, book(), SPRING, scenarios=steps, draws=50)
    for site in {a.site for a in found}:
        shares = [a.strict.at_worst for a in found if a.site == site]
        numbers = [2.0 if share is None else share for share in shares]
        assert numbers == sorted(numbers, reverse=True)
    late = unattended_shares(AUTOMATED, book(), date(2026, 11, 2), scenarios=(DutyScenario("as they are"),), draws=50)
    suzhou = next(a for a in late if a.site == "suzhou")
    assert suzhou.strict.share is None
    assert suzhou.strict.p10 is None
    assert suzhou.duty is None
    assert any("duty_s122" in caveat for caveat in suzhou.caveats)


def test_quantiles_of_the_share_hold_the_middle_and_say_how_often_home_wins() -> None:
    for against in unattended_shares(AUTOMATED, book(), SPRING, draws=400):
        share = against.strict
        if share.share is not None and share.reached == 1.0:
            assert share.p10 is not None
            assert share.p90 is not None
            assert share.p10 - 0.05 <= share.share <= share.p90 + 0.05


def test_own_facts_take_the_place_of_the_book_s() -> None:
    own = (OwnFact("*", "carry_rate", 0.10), OwnFact("suzhou", "duty_mfn", 0.5, 0.4, 0.6))
    made = with_own_facts(book(), own, SPRING)
    assert sum(f.name == "carry_rate" for f in made.facts) == 1
    assert unit(made, "ohio") < unit(book(), "ohio")
    assert unit(made, "suzhou") > unit(book(), "suzhou")
    with pytest.raises(BadInput) as caught:
        with_own_facts(book(), (OwnFact("mars", "wage_usd_h", 1), OwnFact("ohio", "luck", 1), OwnFact("ohio", "wage_usd_h", -1)), SPRING)  # fmt: skip
    assert len(caught.value.findings) == 3
    assert "ohio" in caught.value.findings[0].expected
    assert "wage_usd_h" in caught.value.findings[1].expected
    with pytest.raises(BadInput, match="Check unit and value"):  # cents for dollars
        with_own_facts(book(), (OwnFact("ohio", "wage_usd_h", 4100.0),), SPRING)


def test_an_own_fact_makes_a_stale_one_known_again() -> None:
    autumn = date(2026, 11, 2)
    late = SiteComparison(book(), autumn, draws=10).answer(PART)
    missing = [OwnFact(m.site, m.fact, (m.low + m.high) / 2) for m in late.missing]
    made = with_own_facts(book(), missing, autumn)
    found = SiteComparison(made, autumn, draws=10).answer(PART)
    assert not found.missing
    assert all(site.unit_cost_usd is not None for site in found.sites)


def test_the_tornado_moves_one_fact_at_a_time_through_its_band() -> None:
    comparison = SiteComparison(book(), SPRING, draws=10)
    found = tornado(comparison, AUTOMATED, "suzhou")
    assert found.gap_usd == pytest.approx(unit(book(), "ohio") - unit(book(), "suzhou"))
    widths = [abs(s.gap_at_high - s.gap_at_low) for s in found.swings]
    assert widths == sorted(widths, reverse=True)
    wage = next(s for s in found.swings if (s.site, s.fact) == ("ohio", "wage_usd_h"))
    high = changed(book(), "ohio", "wage_usd_h", value=wage.high_value)
    assert wage.gap_at_high == pytest.approx(unit(high, "ohio") - unit(high, "suzhou"))
    shared = next(s for s in found.swings if s.fact == "carry_rate")
    high = changed(book(), "*", "carry_rate", value=shared.high_value)
    assert shared.gap_at_high == pytest.approx(unit(high, "ohio") - unit(high, "suzhou"))


def test_ranking_puts_the_largest_saving_first_and_agrees_with_the_comparison() -> None:
    parts = [
        msgspec.structs.replace(AUTOMATED, part=f"p{n}", quantity_year=100.0 * n, shipments_year=1.0) for n in (1, 2, 3)
    ]
    dear = with_own_facts(book(), (OwnFact("suzhou", "duty_mfn", 1.0),), SPRING)
    comparison = SiteComparison(dear, SPRING, draws=500)
    ranked = rank_home(comparison, parts, "suzhou")
    savings = [case.saving_usd_year for case in ranked]
    assert savings == sorted((s for s in savings if s is not None), reverse=True)
    for case in ranked:
        answer = comparison.answer(next(p for p in parts if p.part == case.part))
        cost = {site.id: site.unit_cost_usd for site in answer.sites}
        assert case.saving_usd_year == pytest.approx((cost["suzhou"] - cost["ohio"]) * case.quantity_year)  # type: ignore[operator]
        assert case.verdict == "bring home"
        assert case.saving_usd_year is not None
        assert case.p10 is not None
        assert case.p90 is not None
        assert case.p10 < case.saving_usd_year < case.p90
        assert case.loses == pytest.approx(0.0, abs=0.2)
        assert all(fact.source for fact in case.rests_on)
    with pytest.raises(ValueError, match="no other site"):
        rank_home(comparison, parts, "ohio")


def test_a_part_that_is_preferred_at_home_stands_before_one_that_is_better_left_though_it_saves_more() -> None:
    comparison = SiteComparison(book(), SPRING, draws=50)
    near = [
        msgspec.structs.replace(AUTOMATED, part=f"near{n}", attended_min=float(n), quantity_year=50_000.0)
        for n in range(20, 41)
    ]
    left = msgspec.structs.replace(AUTOMATED, part="left", attended_min=40.0)
    ranked = rank_home(comparison, [left, *near], "suzhou")
    verdicts = [case.verdict for case in ranked]
    assert verdicts == sorted(verdicts, key=("bring home", "within 5 %", "leave", "unknown").index)
    worth = {case.part: case.saving_usd_year or 0.0 for case in ranked}
    preferred = [case.part for case in ranked if case.verdict == "within 5 %"]
    assert any(worth[part] < worth["left"] for part in preferred)


def test_a_comparison_of_many_parts_gives_what_one_part_alone_gives() -> None:
    comparison = SiteComparison(book(), SPRING, draws=300, seed=4)
    for request in (PART, AUTOMATED):
        alone = where_to_make(request, book(), SPRING, draws=300, seed=4)
        assert comparison.answer(request) == msgspec.structs.replace(alone, duties=(), duty_changes=())
    assert all(row is None or np.isfinite(row).all() for row in comparison.drawn(PART))
