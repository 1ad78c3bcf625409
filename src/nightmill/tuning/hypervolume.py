"""Several goals at once: the gain in hypervolume that is expected from a setting.

For a random direction in the space of goals, take the length along it that the best trial reaches. The mean over directions of that
length to the power of the number of goals is the hypervolume under the front (Zhang & Golovin 2020). So the expected improvement of these
lengths is that of the hypervolume, with each goal predicted by its own model and formula.
"""

import msgspec
import numpy as np

from nightmill.stats.gaussian_process import Floats
from nightmill.tuning.output_model import Belief

SAMPLES = 96
AUGMENTED = 0.05
BEYOND = 0.1  # how far beyond the worst of the front a value still counts, as a fraction of its range


class Front(msgspec.Struct, frozen=True):
    """The values reached so far and random directions, all in model units to be minimised.

    ``ideal`` and ``worst`` [m] bound the front, and ``reached`` [S] is the length that a trial has reached along each of the
    ``directions`` [S, m]; ``draws`` [S, m] are standard normal.
    """

    goals: tuple[Belief, ...]
    signs: Floats
    ideal: Floats
    worst: Floats
    directions: Floats
    draws: Floats
    reached: Floats

    def gains(self, points: Floats) -> tuple[Floats, Floats]:
        """Return the expected gains [n] at points: in hypervolume, as a fraction of all, and in length, as a fraction of a goal's range."""
        mean, sd = believed(self.goals, self.signs, points)
        values = mean[:, None, :] + sd[:, None, :] * self.draws
        length, power = self._lengths(values), len(self.goals)
        longer = np.maximum(length - self.reached, 0.0).mean(axis=1)
        return np.maximum(length**power - self.reached**power, 0.0).mean(axis=1), longer

    def _lengths(self, values: Floats) -> Floats:
        """Return the lengths [n, S] that values [n, S or 1, m] reach along each direction: 1 at the ideal, 0 beyond the worst of a goal."""
        scale = 1.0 / ((self.worst - self.ideal) * self.directions)
        length = (self.worst[0] - values[:, :, 0]) * scale[:, 0]
        for k in range(1, len(self.goals)):
            length = np.minimum(length, (self.worst[k] - values[:, :, k]) * scale[:, k])
        return np.maximum(length, 0.0)


def believed(goals: tuple[Belief, ...], signs: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Return the predicted mean and deviation [n, m] of the goals at points, in model units to be minimised."""
    both = [goal.predict(points) for goal in goals]
    return np.stack([mean for mean, _ in both], axis=1) * signs, np.stack([sd for _, sd in both], axis=1)


def front_of(goals: tuple[Belief, ...], points: Floats, kept: Floats, rng: np.random.Generator) -> Front:
    """Return the front of trials at ``kept`` [k, d], within the values attainable at ``points`` [n, d], n > 0.

    Its ends are the points at which each goal is best, with the others counting a little (payoff table; Miettinen 1999, sections 2.4,
    3.4). The front is extended to include the best trial for each goal: if the goals agree, the ends are a single point and would exclude
    what has been reached.
    """
    signs = np.array([1.0 if goal.output.goal == "minimise" else -1.0 for goal in goals])
    everywhere = np.concatenate([points, kept])
    mean, _ = believed(goals, signs, everywhere)
    share = (mean - mean.min(axis=0)) / np.maximum(np.ptp(mean, axis=0), 1e-12)
    table = mean[(share + AUGMENTED * share.sum(axis=1, keepdims=True)).argmin(axis=0)]
    ideal, span = table.min(axis=0), np.maximum(np.ptp(table, axis=0), 1e-9)
    if len(kept):
        span = np.maximum(span, mean[len(points) :].min(axis=0) - ideal)
    directions = np.abs(rng.standard_normal((SAMPLES, len(goals)))) + 1e-6
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    front = Front(
        goals, signs, ideal, ideal + (1 + BEYOND) * span, directions, rng.standard_normal(directions.shape), np.zeros(SAMPLES)
    )  # fmt: skip
    if not len(kept):
        return front
    reached = front._lengths(mean[len(points) :, None, :]).max(axis=0)
    return msgspec.structs.replace(front, reached=reached)
