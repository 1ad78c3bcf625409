"""Split-conformal prediction: quantiles of scores that are valid for one further score, and levels corrected by past quantiles.

Scores (errors, anomaly scores, deviations over their standard deviation) come from cases that the model hasn't learned from. If the next
case is exchangeable with them, each of the n + 1 possible ranks of its score is equally likely (Vovk, Gammerman & Shafer, Algorithmic
Learning in a Random World, 2nd ed., ch. 4).
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Level = TypeVar("Level", float, "Floats")


def conformal_rank(n: int, coverage: float) -> int:
    """Return the rank, from 1, among ``n`` scores of the score that a further one exceeds with probability 1 - ``coverage`` at most.

    It is ceil((n + 1) coverage), which is above ``n`` if there are too few scores to promise the coverage.
    """
    return math.ceil((n + 1) * coverage)


def conformal_quantile(scores: Sequence[float], coverage: float) -> float:
    """Return the score of ``conformal_rank``; the largest score if there are too few to promise ``coverage``."""
    return sorted(scores)[min(conformal_rank(len(scores), coverage), len(scores)) - 1]


def corrected_level(coverage: float, n: int) -> float:
    """Return the level at which the empirical quantile of ``n`` scores covers a further score: coverage (n + 1) / n, at most 1."""
    return min(1.0, coverage * (1 + 1 / n))


def weighted_quantiles(
    scores: "Floats", weights: "Floats", levels: Sequence[float], *, own_share: float = 0.0
) -> "Floats":
    """Return quantiles of weighted ``scores`` at ``levels``, linear between the scores.

    The level of a score is the fraction of the weight up to and including it, minus the fraction ``own_share`` of its own weight: 0.5
    places it in the middle of its weight (Hazen), 0 at the end.
    """
    import numpy as np

    order = np.argsort(scores)
    ordered = weights[order]
    at = (np.cumsum(ordered) - own_share * ordered) / weights.sum()
    return np.asarray(np.interp(levels, at, scores[order]), np.float64)


def trusted_level(moved: Level, level: Level, misses: Level, prior_misses: float) -> Level:
    """Return the level ``moved`` by past coverage, shrunk to ``level``: the fewer ``misses`` are expected, the more it is shrunk.

    ``prior_misses`` is the number of expected misses at which both have the same weight.
    """
    trust = misses / (misses + prior_misses)
    return trust * moved + (1 - trust) * level
