"""What a trial would teach: how much better the next one could be for having seen it.

A one-step knowledge gradient (Frazier et al. 2009) under limits: of each candidate's possible readings some are
played through; after each the goal that may be had within the risk is looked up again, with all that the reading tells
of other settings. A reading hard by the last one tells little; one that shows where a limit runs tells much.
"""

import numpy as np

from nightmill.tuning.beliefs import Belief
from nightmill.tuning.gp import Floats

READINGS = 12
"""Readings of each candidate that are played through."""


def worth_of_seeing(
    goal: Belief, sign: float, limited: list[Belief], candidates: Floats, others: Floats, log_risk: float
) -> Floats:
    """Expected gain [c] in the best goal to be had (model units, to be minimised with ``sign``) by a trial at candidates [c, d].

    ``others`` [t, d] are settings that could come next; one is to be had where the log probability that it keeps the limits of
    ``limited`` is at least ``log_risk``. Gains may be a little below 0 where a reading would rather bar what is open now.
    """
    from scipy.special import log_ndtr

    points = np.concatenate([candidates, others])
    c = len(candidates)
    draws = np.random.default_rng(0).standard_normal((READINGS // 2, 1 + len(limited)))
    draws = np.concatenate([draws, -draws])
    now_kept, then_kept = np.zeros(len(points)), np.zeros((c, READINGS, len(points)))
    for k, belief in enumerate(limited):
        mean, moved, left, sd = _after(belief, points, c)
        then = mean + moved[:, None, :] * draws[None, :, k + 1, None]
        limit = belief.output.limit
        assert limit is not None
        for bound, side in ((limit.max, 1.0), (limit.min, -1.0)):
            if bound is not None:
                room = belief.to_model(bound)
                now_kept += log_ndtr(side * (room - mean) / sd)
                then_kept += log_ndtr(side * (room - then) / left[:, None, :])
    mean, moved, _, _ = _after(goal, points, c)
    then = sign * (mean + moved[:, None, :] * draws[None, :, 0, None])
    worst = float((sign * mean).max())
    best = float(np.where(now_kept >= log_risk, sign * mean, worst).min())
    after = np.where(then_kept >= log_risk, then, worst).min(axis=2).mean(axis=1)
    return np.asarray(best - after)


def _after(belief: Belief, points: Floats, c: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean [m], by how much one deviation of a reading at each of the first c points moves it [c, m], deviations after and before."""
    mean, covariance = belief.jointly(points)
    variance = np.maximum(covariance.diagonal(), 1e-12)
    reading = np.sqrt(variance[:c] + np.square(belief.noise_at(mean[:c])))
    moved = covariance[:c] / reading[:, None]
    left = np.sqrt(np.maximum(variance - np.square(moved), 1e-12))
    return mean, moved, left, np.sqrt(variance)
