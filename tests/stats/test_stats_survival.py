import numpy as np
import pytest

from nightmill.stats.survival import Weibull, fit_shifted, kaplan_meier, kaplan_meier_ordered, weibull_fit
from nightmill.vocabulary.errors import BadInput


def test_kaplan_meier_of_the_remission_times() -> None:
    # 6-MP arm of Freireich et al. 1963, as in Klein & Moeschberger, Survival Analysis, 2nd ed., table 4.1A.
    time = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    ended = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    shuffle = np.random.default_rng(1).permutation(21)
    alive = kaplan_meier(np.array(time, float)[shuffle], np.array(ended, bool)[shuffle], np.ones(21))
    at = dict(zip(time, alive.tolist(), strict=True))
    table = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448, 35: 0.448}
    assert {t: round(at[t], 3) for t in table} == pytest.approx(table, abs=6e-4)


def test_a_weight_of_two_counts_as_two() -> None:
    twice = kaplan_meier(np.array([1.0, 2.0, 2.0, 3.0]), np.array([True, True, True, False]), np.ones(4))
    once = kaplan_meier_ordered(np.array([True, True, False]), np.array([1.0, 2.0, 1.0]))
    assert twice[[0, 2, 3]] == pytest.approx(once)


def test_a_shift_is_found_where_there_is_one() -> None:
    times = (100.0 + np.random.default_rng(2).lognormal(1.0, 0.8, 200)).tolist()
    fit = fit_shifted(times)
    assert fit.shift == pytest.approx(100.0, rel=0.01)
    assert fit_shifted(times, may_shift=False).shift == 0.0


def test_weibull_finds_the_law_behind_censored_lives() -> None:
    rng = np.random.default_rng(4)
    life = 100 * rng.weibull(2.5, 4000)
    stop = rng.uniform(20, 160, 4000)
    law = weibull_fit(np.minimum(life, stop), life <= stop)
    assert law.shape == pytest.approx(2.5, rel=0.06)
    assert law.scale == pytest.approx(100, rel=0.03)
    assert law.remaining(50, law.failure_within(50, 30)) == pytest.approx(30, rel=1e-6)
    with pytest.raises(BadInput, match="no failure"):
        weibull_fit(np.ones(3), np.zeros(3))
    held = weibull_fit(np.array([10.0]), np.array([0.0]), prior=Weibull(2, 50), prior_failures=5)
    assert held.scale > 40
