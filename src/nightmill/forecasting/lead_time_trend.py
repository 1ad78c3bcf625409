"""Trend of lead times by day of order: a smooth curve of the log days that nothing else explains.

In months of order days the level is a random walk or has a random-walk slope (the local linear trend of Harvey 1989, smoothed
as by Whittaker 1923 and Hodrick & Prescott 1997): beyond the last month it stays constant, or continues with a damped slope
(Gardner & McKenzie 1985).
"""

from functools import cache

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MONTH = 30.0
"""Days of order that share one level."""
YEAR = 365.25
DAMPED = 0.95
"""Share of a slope that is kept from one month to the next."""
FLAT = 1e-6
"""Weight by which the curve is shrunk to zero, so that it is unique."""
MOST_MONTHS = 240


class Wander(msgspec.Struct, frozen=True):
    """How a level may move, as standard deviations in log days: of its monthly step, its slope's monthly step, and its yearly swing.

    If all are 0 it doesn't move.
    """

    step: float = 0.0
    bend: float = 0.0
    swing: float = 0.0


STILL = Wander()


class Drift(msgspec.Struct, frozen=True):
    """A level by month of order: ``level[k]`` applies at the middle of the month ``first + k`` after day ``today``; it ends flat."""

    today: int
    first: int
    level: tuple[float, ...]

    def at(self, ordered: Floats) -> Floats:
        """[n] level of lines ordered on these days (ordinals), linear between the months' middles."""
        middle = (self.first + np.arange(len(self.level)) + 0.5) * MONTH
        return np.interp(ordered - self.today, middle, np.array(self.level))


def drift_of(ordered: Floats, residual: Floats, weight: Floats, today: int, ahead: int, wander: Wander) -> Drift:
    """Return the curve through ``residual`` [n] log days of lines ordered on these days, extrapolated ``ahead`` days from ``today`` on."""
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
    """[months + 2, months + 2] prior precision of the levels and the year's sine and cosine."""
    held = FLAT * np.eye(months + 2)
    change = np.diff(np.eye(months), axis=0)
    for moved, deviation in ((change, wander.step), (change[1:] - DAMPED * change[:-1], wander.bend)):
        if deviation:
            held[:months, :months] += moved.T @ moved / deviation**2
    held[months:, months:] += np.eye(2) / max(wander.swing, 1e-6) ** 2
    return held
