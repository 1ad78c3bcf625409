from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightmill.costing import SiteBook, SiteRequest, facts_from_toml, where_to_make
from nightmill.costing.decision.results import SiteAnswer
from nightmill.costing.facts.site_book import Fact
from nightmill.vocabulary.errors import BadInput

EXAMPLE = Path(__file__).parents[2] / "src" / "nightmill" / "plant" / "example" / "sites.toml"
SPRING, AUTUMN = date(2026, 6, 25), date(2026, 11, 2)
PART = SiteRequest(
    "bracket",
    quantity_year=2000,
    machine_min=12,
    attended_min=5,
    weight_kg=0.4,
    material_usd=9.5,
    tool_usd=1.1,
    energy_kwh=1.6,
)


def book() -> SiteBook:
    return facts_from_toml(EXAMPLE.read_text())


def changed(made: SiteBook, site: str, name: str, **values: object) -> SiteBook:
    facts = tuple(
        msgspec.structs.replace(fact, low=None, high=None, **values) if (fact.site, fact.name) == (site, name) else fact
        for fact in made.facts
    )
    if name.startswith("duty_"):
        facts = (*facts, Fact(site, name, values["value"], "share", "changed for a test", SPRING, AUTUMN, "A"))  # type: ignore[arg-type]
    assert facts != made.facts
    return msgspec.structs.replace(made, facts=facts)


def answer(made: SiteBook, as_of: date = SPRING, part: SiteRequest = PART) -> SiteAnswer:
    return where_to_make(part, made, as_of, draws=500)


def cost(made: SiteBook, site: str, part: SiteRequest = PART) -> float:
    found = next(one for one in answer(made, part=part).sites if one.id == site)
    assert found.unit_cost_usd is not None
    return found.unit_cost_usd


def test_example_has_its_countries_and_every_fact_a_source() -> None:
    made = book()
    assert {site.country for site in made.sites} == {"US", "MX", "DE", "CN", "VN", "IN"}
    assert all(fact.source and fact.grade in "ABC" for fact in made.facts)
    for site in answer(made).sites:
        for factor in site.factors:
            assert factor.facts
            assert all(fact.why or (fact.value is not None and fact.source and fact.as_of) for fact in factor.facts)
    given = {fact.name: fact for fact in answer(made).given}
    assert given["machine_min"].value == PART.machine_min
    assert given["machine_min"].source == PART.source
    assert "assumption" in given["machine_usd"].source
    assert all(fact.source and fact.as_of for fact in given.values())


@settings(max_examples=25, deadline=None)
@given(
    st.floats(1, 1e6),
    st.floats(0, 300),
    st.floats(0, 60),
    st.floats(0.01, 40),
    st.floats(0, 0.5),
    st.sampled_from([SPRING, AUTUMN]),
)
def test_factors_add_up_and_lie_in_their_ranges(
    quantity: float, minutes: float, attended: float, weight: float, scrap: float, day: date
) -> None:
    part = msgspec.structs.replace(
        PART, quantity_year=quantity, machine_min=minutes, attended_min=attended, weight_kg=weight, scrap_share=scrap
    )
    for site in answer(book(), day, part).sites:
        known = [factor.usd for factor in site.factors if factor.usd is not None]
        if site.unit_cost_usd is None:
            assert site.p10 is None
            assert len(known) < len(site.factors)
        else:
            assert sum(known) == pytest.approx(site.unit_cost_usd)
            assert site.low_usd == pytest.approx(site.unit_cost_usd)
            assert site.p10 is not None
            assert site.p90 is not None
            assert 0 < site.p10 < site.p90
        for factor in site.factors:
            assert 0 <= factor.low <= factor.high
            if factor.usd is not None:
                assert factor.low - 1e-9 <= factor.usd <= factor.high + 1e-9


@pytest.mark.parametrize(
    ("site", "name", "more"),
    [
        ("suzhou", "wage_usd_h", 12.0), ("suzhou", "duty_s301", 0.35), ("suzhou", "duty_mfn", 0.05), ("suzhou", "freight_usd_kg", 2.0),
        ("suzhou", "transit_days", 60.0), ("suzhou", "transit_sd_days", 20.0), ("suzhou", "capital_rate", 0.15),
        ("suzhou", "energy_usd_kwh", 0.2), ("suzhou", "quality_share", 0.05), ("ohio", "overhead_share", 0.3),
    ],
)  # fmt: skip
def test_more_of_anything_costs_more_there_and_nothing_elsewhere(site: str, name: str, more: float) -> None:
    dearer = changed(book(), site, name, value=more)
    assert cost(dearer, site) > cost(book(), site)
    assert cost(dearer, "saltillo") == cost(book(), "saltillo")


def test_hand_worked_site() -> None:
    zero = ("energy_usd_kwh", "floor_usd_m2_year", "overhead_share", "automation_share", "insurance_share", "transit_days",
            "transit_sd_days", "carry_rate", "quality_share", "risk_share")  # fmt: skip
    values = dict.fromkeys(zero, 0.0) | {
        "wage_usd_h": 6.0,
        "capital_rate": 0.0,
        "freight_usd_kg": 2.0,
        "brokerage_usd": 100.0,
    }
    values |= {"duty_a": 0.1, "duty_b": 0.25}
    facts = tuple(
        Fact("far", name, value, "-", "by hand", SPRING, AUTUMN, "A", value, value) for name, value in values.items()
    )
    home = tuple(msgspec.structs.replace(fact, site="home") for fact in facts)
    made = msgspec.structs.replace(book(), home="home", facts=facts + home)
    sites = (msgspec.structs.replace(book().sites[0], id="home"), msgspec.structs.replace(book().sites[1], id="far"))
    made = msgspec.structs.replace(made, sites=sites)
    part = SiteRequest("x", 1200, 30, 10, 2, 5, 1, 1, setup_min=100, scrap_share=0, machine_usd=200000, life_years=10)
    found = {factor.name: factor.usd for factor in answer(made, part=part).sites[1].factors}
    assert found["machine"] == pytest.approx(200000 / 10 / 4000 * 0.5)  # 2.50
    assert found["labour"] == pytest.approx((10 + 100 / 100 + 30 / 2) / 60 * 6)  # 2.60
    assert found["freight"] == pytest.approx(2 * 2 * 1.15)
    assert found["duty"] == pytest.approx((2.5 + 2.6 + 5 + 1) * 0.35)
    assert found["brokerage"] == pytest.approx(100 / 100)
    assert found["risk"] == found["pipeline"] == found["scrap"] == 0


def test_a_stale_fact_is_null_with_a_range_and_names_what_is_missing() -> None:
    made = answer(book(), AUTUMN)
    by_id = {site.id: site for site in made.sites}
    duty = next(factor for factor in by_id["suzhou"].factors if factor.name == "duty")
    assert by_id["suzhou"].unit_cost_usd is None
    assert duty.usd is None
    assert duty.low < duty.high
    assert {("suzhou", "duty_s122"), ("stuttgart", "wage_usd_h")} <= {(one.site, one.fact) for one in made.missing}
    assert by_id["suzhou"].wins is None
    spring = next(site for site in answer(book()).sites if site.id == "suzhou")
    assert spring.unit_cost_usd is not None
    assert by_id["suzhou"].low_usd < spring.unit_cost_usd < by_id["suzhou"].high_usd


def test_facts_from_memory_or_the_future_do_not_count() -> None:
    for values in ({"grade": "D"}, {"as_of": date(2026, 7, 1)}):
        made = answer(changed(book(), "saltillo", "wage_usd_h", **values))
        assert ("saltillo", "wage_usd_h") in {(one.site, one.fact) for one in made.missing}


def test_the_decision_is_unknown_unless_the_whole_range_agrees() -> None:
    made = book()
    dear = msgspec.structs.replace(PART, material_usd=30.0)
    # home's wage unknown: whether it is within 5 % depends on it
    memory = changed(made, "ohio", "wage_usd_h", grade="D")
    middle = answer(memory, part=dear)
    assert middle.decision == "unknown"
    assert answer(changed(memory, "ohio", "wage_usd_h", grade="B"), part=dear).decision != "unknown"
    # so heavy that every other country is out of the question, whatever its duty may be
    heavy = msgspec.structs.replace(PART, weight_kg=80.0)
    assert answer(made, AUTUMN, heavy).decision == "ohio"


def test_within_five_percent_home_is_preferred() -> None:
    wage = answer(book()).break_even.wage
    assert wage is not None
    equal = changed(book(), "ohio", "wage_usd_h", value=wage)
    assert cost(equal, "ohio") == pytest.approx(
        min(site.unit_cost_usd or 1e9 for site in answer(equal).sites if site.id != "ohio")
    )
    above = changed(book(), "ohio", "wage_usd_h", value=wage * 1.1)
    assert cost(above, "ohio") > cost(above, "saltillo")
    assert answer(above).decision == "ohio"
    assert answer(changed(book(), "ohio", "wage_usd_h", value=wage * 3)).decision not in ("ohio", "unknown")


def test_tariff_break_even_makes_imports_as_dear_as_home() -> None:
    tariff = answer(book()).break_even.tariff
    assert tariff is not None
    made = changed(book(), "saltillo", "duty_usmca", value=tariff)
    foreign = {}
    for site in ("saltillo", "pune", "haiphong", "suzhou"):
        even = book()
        facts = tuple(fact for fact in even.facts if not (fact.site == site and fact.name.startswith("duty_")))
        duty = Fact(site, "duty_all", tariff, "share", "test", date(2026, 1, 1), date(2027, 1, 1), "A")
        foreign[site] = cost(msgspec.structs.replace(even, facts=(*facts, duty), duties=()), site)
    assert min(foreign.values()) == pytest.approx(cost(made, "ohio"), abs=1e-6)


def test_same_seed_same_answer_and_the_spread_follows_the_facts() -> None:
    assert where_to_make(PART, book(), SPRING, draws=300, seed=4) == where_to_make(
        PART, book(), SPRING, draws=300, seed=4
    )
    wide = changed(book(), "suzhou", "wage_usd_h", grade="C", value=8.0)
    facts = tuple(
        msgspec.structs.replace(fact, low=fact.value, high=fact.value) if fact.site in ("saltillo", "*") else fact
        for fact in wide.facts
    )
    still = next(site for site in answer(msgspec.structs.replace(wide, facts=facts)).sites if site.id == "saltillo")
    assert still.p10 == pytest.approx(still.unit_cost_usd)
    assert still.p90 == pytest.approx(still.unit_cost_usd)


def test_unattended_break_even_is_where_costs_meet() -> None:
    share = answer(book()).break_even.unattended_share
    if share is None:
        pytest.fail("home has a break-even share in the example's spring")
    at = changed(book(), "ohio", "automation_share", value=share)
    others = [site.unit_cost_usd for site in answer(at).sites if site.id != "ohio" and site.unit_cost_usd is not None]
    assert cost(at, "ohio") == pytest.approx(float(np.min(others)), rel=1e-4)


BROKEN = """
home = "nowhere"
market = "usa"
colour = 1
[[sites]]
id = "a"
name = "A"
country = "US"
[[sites]]
id = "a"
name = "A"
country = "usa"
[[facts]]
site = "b"
name = "wage_usd_h"
value = 700
unit = "EUR/h"
source = "x y z"
as_of = 2026-01-01
valid_to = 2025-01-01
grade = "A"
[[facts]]
site = "a"
name = "wages"
value = "much"
unit = "USD/h"
as_of = 2026-01-01
valid_to = 2045-01-01
grade = "E"
"""


def test_every_finding_of_a_broken_book() -> None:
    with pytest.raises(BadInput) as caught:
        facts_from_toml(BROKEN)
    places = {one.place for one in caught.value.findings}
    assert {"home", "market", "colour", "sites[2].country", "facts[1].site", "facts[1].value", "facts[1].unit", "facts[1].valid_to",
            "facts[2].value", "facts[2].source", "facts[2].grade"} <= places  # fmt: skip
    with pytest.raises(BadInput):
        facts_from_toml("home = ")
