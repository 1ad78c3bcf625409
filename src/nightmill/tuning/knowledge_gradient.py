"""Knowledge gradient on the limits: one-step look-ahead for a tuner that would otherwise repeat itself.

A good setting beyond the permitted risk stays excluded until a trial closer to it is made, and expected improvement within the risk
doesn't reward such a trial. Here the value of a trial is what its outcome is expected to unlock: the expected drop in the best goal
attainable within the risk (a knowledge gradient, Frazier et al. 2009, applied to the limits alone).
"""

import numpy as np

from nightmill.stats.gaussian_process import Floats
from nightmill.tuning.output_model import Belief

TARGETS = 300
"""Maximum number of settings considered that are better than the best attainable one; the best come first."""
OUTCOMES = ((-1.22, 0.3), (0.0, 0.4), (1.22, 0.3))
"""Standard outcomes of a trial and their weights: three nodes that preserve the mean and variance of a normal distribution."""


def lessons(limited: tuple[Belief, ...], tries: Floats, targets: Floats, goal: Floats, risk: float) -> Floats:
    """Return the expected drop [n] in the best ``goal`` [m] (to be minimised) attainable within ``risk`` at ``targets`` [m, d].

    ``tries`` [n, d] are the settings that may be tried next, and ``limited`` the outputs with limits. All drops are 0 if no setting is
    attainable yet, or if the best setting is already attainable.
    """
    least = np.log1p(-risk)
    kept = np.zeros(len(targets))
    for belief in limited:
        mean, sd = belief.predict(targets)
        kept += np.log(np.maximum(1 - belief.beyond(mean, sd, belief.noise_at(mean)), 1e-300))
    if not len(tries) or not (kept >= least).any():
        return np.zeros(len(tries))
    now = float(goal[kept >= least].min())
    order = np.argsort(goal)
    order = order[goal[order] < now][:TARGETS]
    if not len(order):
        return np.zeros(len(tries))
    targets, goal = targets[order], goal[order]
    learned = [_learned(belief, tries, targets) for belief in limited]
    gain = np.zeros(len(tries))
    for z, weight in OUTCOMES:
        chance = np.zeros((len(tries), len(targets)))
        for belief, (mean, shift, sd, noise) in zip(limited, learned, strict=True):
            # good news is a value away from the limit; it is assumed for all outputs at once
            limit = belief.output.limit
            good = -z if limit is not None and limit.max is None else z
            chance += np.log(np.maximum(1 - belief.beyond(mean + good * shift, sd, noise), 1e-300))
        gain += weight * np.maximum(now - np.where(chance >= least, goal, np.inf).min(axis=1), 0.0)
    return gain


def _learned(belief: Belief, tries: Floats, targets: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return mean [m], shift [n, m], remaining deviation [n, m] and noise [m] for one output at targets [m].

    The shift is the change in the mean if a trial's outcome is one standard deviation higher.
    """
    mean, sd = belief.predict(targets)
    at, at_sd = belief.predict(tries)
    shift = belief.covariance(tries, targets) / np.hypot(at_sd, belief.noise_at(at))[:, None]
    return mean, shift, np.sqrt(np.maximum(sd**2 - shift**2, 1e-10)), belief.noise_at(mean)
