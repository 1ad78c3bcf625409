"""Wear that shows: a signal that grows with running hours until a machine fails says how many of them are left.

The level of the signal over its start, less 1, is taken to be a power of the share of its life that a machine has run
(Gebraeel et al., IIE Transactions 37/6, 2005, saw such growth in bearing tests). What nobody knows (the power, the length
of a life, how much of it had passed when the log began, where a machine's signal started) is weighed on a grid by how
well it fits all readings (Meeker & Escobar, Statistical Methods for Reliability Data, 1998, ch. 13): a signal that
doesn't grow yet says something too, namely that much is left. The power and the usual life are the shop's.
"""

import math
from typing import TYPE_CHECKING

import msgspec

from nightmill.twin.wear_readings import LIMIT, WearHistory, WearLife, growth

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

USUAL_H, SHAPE = 360.0, 1.5
"""The life of what wears, running hours, and its Weibull shape, as handbooks have them; worth one life seen."""

POWERS = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)

SPREAD, UNEVEN = 0.1, 0.03
"""Standard deviations of logarithms: where machines' signals start, and what the readings of some hours are off together."""

STRANGE = 0.15
"""Growth is never quite a power: by what share of it the law is off."""

TIMES_LIMIT, LIMIT_SD = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0), 0.4
"""Where the limit may lie, as multiples of that of the standard, and by how much (of the logarithm) failures lie about it."""

QUANTILES = 20
LEAST_LEVELS = 5
_LIVES, _AGES, _TURNS = 80, 16, 3
_BEYOND = (0.003, 30.0)
"""How much longer than it has lasted a life may become, as a share of that."""


class Worn(msgspec.Struct, frozen=True):
    """Of each machine, equally likely running hours until it is worn out, ascending; the mean of a whole life."""

    left_h: dict[str, tuple[float, ...]]
    life_h: float


def worn_out(history: WearHistory) -> Worn | None:
    """What the readings let expect of each machine; ``None`` where there are too few."""
    going = [life for life in history.lives if not (life.failed or life.ended)]
    if sum(len(life.levels) >= LEAST_LEVELS for life in history.lives) < len(going) or not going:
        return None
    seen = [growth(life.levels, history.start) for life in history.lives if life.failed]
    shown = max((growth(life.levels, history.start) for life in going), default=0.0)
    grids = [_Grid(history, LIMIT * times, power) for times in TIMES_LIMIT for power in POWERS]
    for grid in grids:
        grid.evidence -= 0.5 * sum((math.log(max(each, 0.1) / grid.limit) / LIMIT_SD) ** 2 for each in (*seen, LIMIT))
        grid.evidence -= 0.5 * (max(0.0, math.log(max(shown, 0.1) / grid.limit)) / LIMIT_SD) ** 2
    top = max(grid.evidence for grid in grids)
    shares = [math.exp(grid.evidence - top) for grid in grids]
    left_h = {
        life.machine: _quantiles([(*grid.left_h(life), share) for grid, share in zip(grids, shares, strict=True)])
        for life in going
    }
    scale_h = sum(grid.scale_h * share for grid, share in zip(grids, shares, strict=True)) / sum(shares)
    return Worn(left_h, scale_h * math.gamma(1.0 + 1.0 / SHAPE))


def _quantiles(found: list[tuple["Floats", "Floats", float]]) -> tuple[float, ...]:
    """Equally likely hours of all that are possible; each of ``found``: hours, their shares, and what all these are worth."""
    import numpy as np

    left = np.concatenate([hours for hours, _, _ in found])
    weights = np.concatenate([shares * worth for _, shares, worth in found])
    order = np.argsort(left)
    summed = np.cumsum(weights[order])
    at = np.searchsorted(summed, (np.arange(QUANTILES) + 0.5) / QUANTILES * summed[-1])
    return tuple(max(0.0, float(left[order[min(int(k), len(order) - 1)]])) for k in at)


class _Grid:
    """All lives under one power: lengths of life by shares of it that had passed before the log began."""

    def __init__(self, history: WearHistory, limit: float, power: float) -> None:
        import numpy as np

        self.lives, self.limit = list(history.lives), limit
        self.fits = [_fit(life, history, limit, power) for life in self.lives]
        usual = self.scale_h = USUAL_H / math.gamma(1.0 + 1.0 / SHAPE)
        self.evidence = 0.0
        for _ in range(_TURNS):  # expectation and maximisation over the usual life (Dempster, Laird & Rubin 1977)
            powers, self.evidence = usual**SHAPE, 0.0
            for length, fit in self.fits:
                weights, log_sum = self._weights(length, fit)
                powers += float(np.sum(weights * length**SHAPE))
                self.evidence += log_sum
            self.scale_h = (powers / (1 + len(self.fits))) ** (1.0 / SHAPE)

    def _weights(self, length: "Floats", fit: "Floats") -> tuple["Floats", float]:
        """Posterior of a life's cells, and the logarithm of their sum before it is made 1."""
        import numpy as np

        ratio = (length / self.scale_h) ** SHAPE
        logs = fit + np.log(ratio) - ratio  # the density of the length's logarithm, as the cells are spread
        top = float(np.max(logs))
        weights = np.exp(logs - top)
        total = float(np.sum(weights))
        return weights / total, top + math.log(total)

    def left_h(self, life: WearLife) -> tuple["Floats", "Floats"]:
        """Hours that may be left until the machine is worn out, and the share of each."""
        length, fit = self.fits[self.lives.index(life)]
        weights, _ = self._weights(length, fit)
        return (length * (1.0 - _passed(life)) - max(life.hours, LEAST_H)).ravel(), weights.ravel()


LEAST_H = 1.0
"""A machine that has hardly run since it was as new has run so long."""


def _passed(life: WearLife) -> "Floats":
    """Shares of a life that may have passed before its first reading."""
    import numpy as np

    return np.zeros((1, 1)) if life.began_new else (np.arange(_AGES)[None, :] + 0.5) / _AGES


def _fit(life: WearLife, history: WearHistory, limit: float, power: float) -> tuple["Floats", "Floats"]:
    """Lengths of a life, and the log likelihood of its readings under each and each share that had passed.

    A life that failed is as long as it was; one that goes on, or was ended before, is longer.
    """
    import numpy as np

    passed = _passed(life)
    least = max(life.hours, LEAST_H) / (1.0 - passed)
    if life.failed:
        length, likelihood = least, np.full(least.shape, -math.log(passed.size))
    else:
        beyond = np.geomspace(*_BEYOND, _LIVES)[:, None]
        length = least * (1.0 + beyond)
        step = math.log(_BEYOND[1] / _BEYOND[0]) / (_LIVES - 1) / passed.size
        likelihood = np.broadcast_to(np.log(step * beyond / (1.0 + beyond)), length.shape)
    if len(life.levels) < 2:
        return length, likelihood
    at = np.array([level.ran_h for level in life.levels])
    logs = np.array([level.log for level in life.levels]) - history.start
    number = np.array([level.readings for level in life.levels])
    grown = np.maximum(0.0, 1.0 - np.exp(-logs))
    weight = 1.0 / (UNEVEN**2 + history.scatter**2 / number + (STRANGE * grown) ** 2)
    share = np.minimum(passed[..., None] + at / length[..., None], 1.0)
    off = logs - np.log1p(limit * share**power)
    # The start of this machine's own signal is integrated out: a normal about the shop's.
    together = np.sum(weight * off, axis=-1) ** 2 / (1.0 / SPREAD**2 + np.sum(weight))
    return length, likelihood - 0.5 * (np.sum(weight * off * off, axis=-1) - together)
