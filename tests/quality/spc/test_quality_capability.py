"""Intervals against the textbook and against the share they promise; quantiles of a fitted distribution in place of 6 sigma."""

import math

import numpy as np
import pytest
from scipy import stats

from nightmill.quality import SpcOptions
from nightmill.quality.spc.capability import Limits, Spread, capability
from nightmill.quality.spc.control_charts import spc
from nightmill.quality.spc.distributions import LAWS, choose_distribution, percentile_capability
from nightmill.vocabulary.errors import BadInput


def test_the_interval_of_cp_of_the_textbook() -> None:
    # Montgomery, Introduction to Statistical Quality Control, example 8.4: 38..62, n = 20, s = 1.75: 1.57 <= Cp <= 3.01
    found = capability(50.0, 1.75, 20, Spread(1.75, 19), Limits(38.0, 62.0))
    assert found.pp == pytest.approx(2.29, abs=0.005)
    assert found.pp_low == pytest.approx(1.57, abs=0.006)
    assert found.pp_high == pytest.approx(3.01, abs=0.006)
    assert (found.cp_low, found.cp_high) == (found.pp_low, found.pp_high)


def test_a_known_sigma_leaves_cp_without_doubt() -> None:
    found = spc([1.0, 2.0, 3.0], options=SpcOptions(lsl=0.0, usl=12.0, sigma=1.0)).capability
    assert (found.cp, found.cp_low, found.cp_high) == (2.0, 2.0, 2.0)


def test_the_interval_of_ppk_covers_the_truth_even_with_eight_values() -> None:
    rng = np.random.default_rng(11)
    runs, truth = 3000, 4.0 / 3
    below = above = 0
    for values in rng.normal(size=(runs, 8)):
        found = capability(float(values.mean()), float(values.std(ddof=1)), 8, Spread(1.0, math.inf), Limits(None, 4.0))
        assert found.ppk_low is not None
        assert found.ppk_high is not None
        below += found.ppk_high < truth
        above += found.ppk_low > truth
    # 2.5 % on each side; three standard errors are 0.9 %
    assert below / runs == pytest.approx(0.025, abs=0.009)
    assert above / runs == pytest.approx(0.025, abs=0.009)


def test_with_two_limits_the_lower_end_of_ppk_is_safe() -> None:
    rng = np.random.default_rng(12)
    too_high = 0
    for values in rng.normal(size=(2000, 10)):
        limits = Limits(-4.0, 4.0)
        low = capability(float(values.mean()), float(values.std(ddof=1)), 10, Spread(1.0, math.inf), limits).ppk_low
        assert low is not None
        too_high += low > 4.0 / 3
    assert too_high / 2000 <= 0.025


def test_without_limits_there_is_no_index() -> None:
    found = spc([1.0, 2.0, 4.0]).capability
    assert {getattr(found, name) for name in found.__struct_fields__} == {None}


TRUE = {
    "normal": stats.norm(10.0, 0.5),
    "logistic": stats.logistic(3.0, 0.2),
    "gumbel_max": stats.gumbel_r(5.0, 1.0),
    "gumbel_min": stats.gumbel_l(5.0, 1.0),
    "lognormal": stats.lognorm(0.6, scale=2.0),
    "gamma": stats.gamma(2.0, scale=3.0),
    "weibull": stats.weibull_min(1.3, scale=0.02),
    "rayleigh": stats.rayleigh(scale=0.01),
    "folded_normal": stats.foldnorm(0.5, scale=0.1),
}


@pytest.mark.parametrize("name", sorted(LAWS))
def test_each_distribution_is_found_again_by_its_own_values(name: str) -> None:
    # the quantiles of the law itself, at the places of 400 values: what is fitted must have its quantiles
    values = TRUE[name].ppf((np.arange(400) + 0.5) / 400)
    chosen = choose_distribution(values)
    assert chosen == name or {chosen, name} <= {"gamma", "weibull"}
    found = percentile_capability(values, Limits(None, 1e3), name, draws=60)
    exact = TRUE[name].ppf([0.00135, 0.5, 0.99865])
    assert found.fits
    assert [found.median, found.high] == pytest.approx(exact[1:], rel=0.02)
    assert found.low == pytest.approx(exact[0], abs=0.02 * (exact[2] - exact[1]))


def test_roundness_looks_capable_by_sigma_and_isn_t_by_its_quantiles() -> None:
    values = stats.rayleigh(scale=1.0).rvs(300, random_state=13)
    options = SpcOptions(lsl=None, usl=3.4, distribution="auto")
    found = spc(values.tolist(), options=options).capability
    exact = (3.4 - 1.17741) / (math.sqrt(-2 * math.log(0.00135)) - 1.17741)
    assert found.percentiles is not None
    assert found.percentiles.distribution in ("rayleigh", "weibull", "folded_normal")
    assert found.percentiles.ppk == pytest.approx(exact, rel=0.06)
    assert found.percentiles.ppk_low is not None
    assert found.percentiles.ppk_high is not None
    assert found.percentiles.ppk_low < exact < found.percentiles.ppk_high
    assert found.ppk is not None
    assert found.ppk > 1.05 * exact


def test_by_the_normal_distribution_both_ways_agree() -> None:
    values = np.random.default_rng(14).normal(10.0, 0.1, 80)
    found = spc(values.tolist(), options=SpcOptions(lsl=9.5, usl=10.4, distribution="normal")).capability
    assert found.percentiles is not None
    # 0.135 % is that of 3 sigma to five places
    assert found.percentiles.pp == pytest.approx(found.pp, rel=1e-5)
    assert found.percentiles.ppk == pytest.approx(found.ppk, rel=1e-5)
    assert found.percentiles.ppk_low == pytest.approx(found.ppk_low, rel=0.1)


def test_values_of_two_tools_fit_nothing_and_it_is_said() -> None:
    rng = np.random.default_rng(15)
    values = np.concatenate([rng.normal(1.0, 0.02, 60), rng.normal(2.0, 0.02, 60)])
    found = percentile_capability(values, Limits(0.0, 3.0))
    assert not found.fits
    assert found.p_value < 0.02


def test_what_cannot_be_fitted_is_said() -> None:
    with pytest.raises(BadInput, match="at least 10"):
        spc([1.0, 2.0], options=SpcOptions(distribution="auto"))
    with pytest.raises(BadInput, match="'cauchy'"):
        spc([1.0] * 5 + [2.0] * 5, options=SpcOptions(distribution="cauchy"))
    with pytest.raises(BadInput, match="above 0 for weibull"):
        percentile_capability(np.arange(12.0), Limits(None, 20.0), "weibull")
