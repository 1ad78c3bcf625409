"""A part split over sites: limits kept, nothing cheaper left out, losses by stops as a simulation of years has them."""

from math import exp

import msgspec
import numpy as np
import pytest
from test_costing_factors import DAY, PART, book, fact

from nightmill.costing import SiteBook, SiteComparison, SiteRequest, split_volume
from nightmill.costing.decision.allocation import Split, SplitAnswer
from nightmill.costing.facts.site_book import Site

STEADY = msgspec.structs.replace(PART, demand_cv_week=0.0)
STOPS = {"disruption_year": 0.2, "recover_days": 73.0, "shortage_share": 2.0}


def answer(made: SiteBook, loss_limit: float, keep_share: float = 0.0, part: SiteRequest = STEADY) -> SplitAnswer:
    return split_volume(SiteComparison(made, DAY, draws=50), part, loss_limit=loss_limit, keep_share=keep_share)


def three() -> SiteBook:
    """Home dear and steady, one abroad cheap and shaky, one between; each can help the others out a little."""
    made = book(STOPS | {"launch_usd": 500.0, "capital_rate": 0.1}, {"disruption_year": 0.05, "recover_days": 30.0, "shortage_share": 2.0, "launch_usd": 500.0, "capital_rate": 0.1, "wage_usd_h": 20.0})  # fmt: skip
    third = [msgspec.structs.replace(f, site="mid") for f in made.facts if f.site == "far"]
    third = [
        msgspec.structs.replace(f, value=14.0, low=14.0, high=14.0) if f.name == "wage_usd_h" else f for f in third
    ]
    help_out = [fact(site, "surge_share", 0.25) for site in ("home", "far", "mid")]
    sites = (*made.sites, Site("mid", "Mid", "MX"))
    return msgspec.structs.replace(made, sites=sites, facts=(*made.facts, *third, *help_out))


def test_two_equal_sites_by_hand() -> None:
    found = answer(book(STOPS), loss_limit=1.0, keep_share=0.5)
    assert found.best is not None
    assert found.single is None
    assert found.value_usd_year is None
    assert found.best.kept_share == pytest.approx(0.5)
    stops = 1 - exp(-0.2)
    days = 73 * 0.2 / stops
    value = 2 * 11.1
    half = 1200 / 365 * days / 2 * value
    # the worst 5 % of years: both stand in stops^2 of them, in the rest one
    both = stops**2
    assert found.best.stops_usd_year == pytest.approx(2 * both * half + 2 * stops * (1 - stops) * half)
    assert found.best.tail_usd_year == pytest.approx((both * 2 * half + (0.05 - both) * half) / 0.05)
    alone = answer(book(STOPS), loss_limit=1.0)
    assert alone.best is not None
    assert alone.best.stops_usd_year == pytest.approx(0.2 * 73 / 365 * 1200 * value)
    assert alone.best.cost_usd_year == pytest.approx(1200 * 11.1 + alone.best.stops_usd_year)


def test_limits_are_kept_and_tighter_ones_never_cost_less() -> None:
    made, before = three(), 0.0
    for limit in (1.0, 0.3, 0.2, 0.15, 0.1):
        found = answer(made, limit)
        if found.best is None:
            assert limit < 0.2
            continue
        assert found.cheapest is not None
        assert found.best.tail_usd_year <= found.loss_limit_usd_year * (1 + 1e-9)
        assert found.best.cost_usd_year >= before
        before = found.best.cost_usd_year
        assert found.premium_usd_year == pytest.approx(found.best.cost_usd_year - found.cheapest.cost_usd_year)
        if found.single is not None and found.value_usd_year is not None:
            assert found.value_usd_year >= -1e-9
        assert sum(share.share for share in found.best.shares) == pytest.approx(1)
        assert found.p10 is not None
    loose, kept = answer(made, 1.0), answer(made, 1.0, keep_share=0.6)
    assert loose.best is not None
    assert loose.best == loose.cheapest
    assert kept.best is not None
    assert kept.best.kept_share >= 0.6
    assert len(kept.best.shares) > 1
    front = loose.frontier
    assert [s.cost_usd_year for s in front] == sorted(s.cost_usd_year for s in front)
    assert [s.tail_usd_year for s in front] == sorted((s.tail_usd_year for s in front), reverse=True)


def _simulated(made: SiteBook, split: Split, years: int = 400_000) -> tuple[float, float]:
    """Mean loss by stops of all years and of the worst 5 %, each year drawn: which sites stand, and for how long."""
    told = {(f.site, f.name): f.value for f in made.facts}
    rng = np.random.default_rng(3)
    share = {one.site: one.share for one in split.shares}
    unit = {one.site: one.unit_cost_usd for one in split.shares}
    stands, days = {}, {}
    for site in share:
        rate = told[site, "disruption_year"]
        chance = 1 - exp(-rate)
        stands[site] = rng.random(years) < chance
        days[site] = told[site, "recover_days"] * rate / chance
    lost = {site: stands[site] * days[site] * share[site] for site in share}
    longest = np.max([stands[site] * days[site] for site in share], axis=0)
    helped = sum(~stands[site] * share[site] * told[site, "surge_share"] for site in share) * longest
    whole = sum(lost.values())
    left = np.maximum(whole - helped, 0) / np.maximum(whole, 1e-12)
    loss = left * sum(lost[site] * told[site, "shortage_share"] * unit[site] for site in share) * 1200 / 365
    worst = np.sort(loss)[-years // 20 :]
    return float(loss.mean()), float(worst.mean())


def test_losses_are_those_of_simulated_years() -> None:
    made = three()
    found = answer(made, 1.0, keep_share=0.6)
    for split in (found.best, found.cheapest, *found.frontier[1:3]):
        assert split is not None
        mean, tail = _simulated(made, split)
        assert split.stops_usd_year == pytest.approx(mean, rel=0.02)
        assert split.tail_usd_year == pytest.approx(tail, rel=0.02)


def test_a_site_with_missing_facts_is_left_out_and_named() -> None:
    made = three()
    gone = tuple(f for f in made.facts if (f.site, f.name) != ("mid", "wage_usd_h"))
    found = answer(msgspec.structs.replace(made, facts=gone), 1.0)
    assert "wage_usd_h" in found.left_out["mid"]
    assert all(share.site != "mid" for split in found.frontier for share in split.shares)
    lump = answer(book({}), 1.0)
    assert lump.best is None
    assert "disruption_year" in lump.left_out["home"]
    for wrong in (-0.1, 1.1):
        with pytest.raises(ValueError, match="loss_limit"):
            answer(made, wrong)


def test_small_shares_bear_their_own_launch() -> None:
    made = three()
    by_share = {
        share.share: share.unit_cost_usd for split in answer(made, 1.0).frontier for share in split.shares if share.site == "home"
    }  # fmt: skip
    costs = [by_share[share] for share in sorted(by_share)]
    assert costs == sorted(costs, reverse=True)
    assert len(costs) > 1
