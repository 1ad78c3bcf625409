import numpy as np
import pytest

from nightmill.stats.conformal import (
    conformal_quantile,
    conformal_rank,
    corrected_level,
    trusted_level,
    weighted_quantiles,
)


@pytest.mark.parametrize("n", [9, 19, 50, 99])
@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9])
def test_a_further_score_lies_below_as_often_as_promised(n: int, coverage: float) -> None:
    # A further score is as likely to be the first as any other of the n + 1, so coverage is rank / (n + 1).
    rank = conformal_rank(n, coverage)
    assert coverage <= rank / (n + 1) < coverage + 1 / (n + 1)
    scores = np.random.default_rng(n).permutation(n).astype(float).tolist()
    assert conformal_quantile(scores, coverage) == rank - 1


def test_too_few_scores_give_the_largest() -> None:
    assert conformal_rank(5, 0.9) > 5
    assert conformal_quantile([3.0, 1.0, 2.0], 0.99) == 3.0


def test_the_rank_is_the_same_counted_from_above() -> None:
    for asked in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1):
        for n in range(1, 1000):
            assert n + 1 - conformal_rank(n, 1 - asked) == int((n + 1) * asked), (asked, n)


def test_a_corrected_level_is_the_rank_over_n() -> None:
    assert corrected_level(0.9, 99) * 99 == pytest.approx(90)
    assert corrected_level(0.95, 9) == 1.0


def test_weights_place_scores() -> None:
    scores, weights = np.array([3.0, 1.0, 2.0]), np.array([2.0, 1.0, 1.0])
    assert weighted_quantiles(scores, weights, [0.25, 0.5, 1.0]).tolist() == [1.0, 2.0, 3.0]
    assert weighted_quantiles(scores, weights, [0.125, 0.375, 0.75], own_share=0.5).tolist() == [1.0, 2.0, 3.0]


def test_a_level_moves_with_the_misses_it_rests_on() -> None:
    assert trusted_level(0.98, 0.9, 0.0, 20.0) == 0.9
    assert trusted_level(0.98, 0.9, 20.0, 20.0) == pytest.approx(0.94)
    assert trusted_level(np.array([0.6]), np.array([0.5]), np.array([1e9]), 10.0) == pytest.approx(0.6)
