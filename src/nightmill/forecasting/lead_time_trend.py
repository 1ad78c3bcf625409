"""Trend of lead times by order date: a smooth curve through the log days that other effects don't explain.

By month of order, the level is a random walk or has a random-walk slope (the local linear trend of Harvey 1989, smoothed as by Whittaker
1923 and Hodrick & Prescott 1997). Beyond the last month it stays constant, or continues with a damped slope (Gardner & McKenzie 1985).
"""

from functools import cache

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MONTH = 30.0
"""Number of days whose orders share one level."""
YEAR = 365.25
DAMPED = 0.95
"""Fraction of the slope that remains from one month to the next."""
FLAT = 1e-6
"""Weight by which the curve is shrunk to zero to make it unique."""
MOST_MONTHS = 240


class Wander(msgspec.Struct, frozen=True):
    """Standard deviations of a level's monthly step, its slope's monthly step, and its yearly swing, in log days.

    If all are 0, the level is constant.
    """

    step: float = 0.0
    bend: float = 0.0
    swing: float = 0.0


STILL = Wander()


class Drift(msgspec.Struct, frozen=True):
    """The level by month of order: ``level[k]`` applies at the middle of month ``first + k`` after day ``today``; the ends are flat."""

    today: int
    first: int
    level: tuple[float, ...]

    def at(self, ordered: Floats) -> Floats:
        """Return the level [n] for lines ordered on these days (ordinals), linear between the middles of the months."""
        middle = (self.first + np.arange(len(self.level)) + 0.5) * MONTH
        return np.interp(ordered - self.today, middle, np.array(self.level))


def drift_of(ordered: Floats, residual: Floats, weight: Floats, today: int, ahead: int, wander: Wander) -> Drift:
    """Return the curve through ``residual`` [n] (log days) of lines by order day, extrapolated ``ahead`` days beyond ``today``."""
    month = np.maximum(np.floor((ordered - today) / MONTH).astype(np.int64), -MOST_MONTHS)
    first = int(month.min())
    months = -first + int(np.ceil(ahead / MONTH))
    mass = np.bincount(month - first, weight, months)
    pull = np.bincount(month - first, weight * residual, months)
    variance = float(np.average(np.square(residual), weights=weight)) + 1e-9
    angle = 2.0 * np.pi * (today + (first + np.arange(months) + 0.5) * MONTH) / YEAR
    year = np.column_stack([np.sin(angle), np.cos(angle)])
    told = mass / variance
    system = _stiffness(months, wander).copy()
    system[np.arange(months), np.arange(months)] += told
    system[:months, months:] += year * told[:, None]
    system[months:, :months] += (year * told[:, None]).T
    system[months:, months:] += year.T @ (year * told[:, None])
    found = np.linalg.solve(system, np.concatenate([pull, year.T @ pull]) / variance)
    return Drift(today, first, tuple((found[:months] + year @ found[months:]).tolist()))


@cache
def _stiffness(months: int, wander: Wander) -> Floats:
    """Return the prior precision [months + 2, months + 2] of the levels and of the year's sine and cosine."""
    held = FLAT * np.eye(months + 2)
    change = np.diff(np.eye(months), axis=0)
    for moved, deviation in ((change, wander.step), (change[1:] - DAMPED * change[:-1], wander.bend)):
        if deviation:
            held[:months, :months] += moved.T @ moved / deviation**2
    held[months:, months:] += np.eye(2) / max(wander.swing, 1e-6) ** 2
    return held
