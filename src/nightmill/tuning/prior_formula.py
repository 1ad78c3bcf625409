"""A handbook formula with uncertain numbers: its form is fixed, and its constants and exponents are learned from the study's trials.

Every number in the formula has a lognormal prior around its written value. The numbers that fit the trials best are found by Gauss-Newton
steps, with the part that the formula cannot explain as correlated error. Around them the formula is linear in the logarithms of its
numbers, so it becomes a mean and a few features of a Gaussian process (Laplace's approximation; Kennedy & O'Hagan 2001 for calibration
with a discrepancy).
"""

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.stats.gaussian_process import Floats
from nightmill.tuning.formula import Node, constants, evaluate

CONSTANT_OFF, EXPONENT_OFF = 0.4, 0.15
"""Standard deviation (log scale) of a handbook's constants and exponents for another material or machine."""
LEVEL_OFF = 1.6  # maximum assumed error of a handbook over the whole range, however steep its formula
LEVEL_SPAN = 1.5  # maximum ratio of that error to the formula's own variation over the range
MOST = 24  # maximum number of learned numbers; a formula with more consists mostly of unit conversions
DIFFERENCE = 1e-4
ROUNDS = 12
FARTHEST = 3.0  # maximum distance of a number from its written value, log scale


class Formula(msgspec.Struct, frozen=True):
    """A formula in model units (log or plain); ``shift`` [K] is the change in the logarithms of its learned numbers ``places``.

    ``centre`` [K] is the mean of each feature over the whole range; it is removed, since the offset models a shift of all settings alike.
    The number at index ``telling`` may shift them by more than the offset does, so only a part of its mean is removed: the offset and the
    number together shift as far as the number alone. ``elsewhere`` is the value where the formula has none (the root of a negative
    number).
    """

    node: Node
    logarithmic: bool
    places: tuple[int, ...]
    off: Floats
    home: Floats
    shift: Floats
    centre: Floats
    telling: int | None = None
    offset: float = np.inf
    level_off: float = LEVEL_OFF
    elsewhere: float = 0.0

    def curve(self, columns: dict[str, Floats], count: int) -> tuple[Floats, Floats]:
        """Return the value [m] at the shifted numbers and its derivatives [m, K] by their logarithms, at parameter columns [m]."""
        rows = self._rows(columns, count)
        value = np.clip(np.where(np.isfinite(rows[0]), rows[0], self.elsewhere), -1e12, 1e12)
        apart = np.where(np.isfinite(rows[1:]), np.clip(rows[1:], -1e12, 1e12) - value, 0.0)
        apart[:, ~np.isfinite(rows[0])] = 0.0
        return value, (apart / DIFFERENCE).T

    def lasting(self, columns: dict[str, Floats], count: int) -> npt.NDArray[np.bool_]:
        """Return which numbers [K] may differ slightly from their written values: not the 2 in a square of a value that may be negative."""
        rows = self._rows(columns, count)
        return ~(np.isfinite(rows[0]) & ~np.isfinite(rows[1:])).any(axis=1)

    def _rows(self, columns: dict[str, Floats], count: int) -> Floats:
        """Return the values [1 + K, m] of the formula as it is, and with each of its numbers slightly increased."""
        own = constants(self.node)
        varied = len(self.places)
        numbers = [np.full((varied + 1, 1), value) for value, _ in own]
        for k, place in enumerate(self.places):
            numbers[place] = numbers[place] * np.exp(self.shift[k])
            numbers[place][k + 1] *= np.exp(DIFFERENCE)
        rows = np.broadcast_to(
            evaluate(self.node, {name: x[None, :] for name, x in columns.items()}, numbers), (varied + 1, count)
        ).copy()
        if self.logarithmic:
            with np.errstate(all="ignore"):
                rows = np.log(rows)
        return np.asarray(rows, np.float64)

    def mean_and_features(self, columns: dict[str, Floats], count: int) -> tuple[Floats, Floats]:
        """Return the prior mean [m] and the features [m, K] of the linear model; a feature is the effect of one deviation of a number."""
        value, by_number = self.curve(columns, count)
        return value + by_number @ (self.home - self.shift), (by_number - self.centre) * self.off

    def centred(self, by_number: Floats) -> "Formula":
        """Return the formula with the means of its features, from ``by_number`` [m, K] over the whole range."""
        centre = by_number.mean(axis=0)
        if self.telling is not None:
            shift = max(abs(centre[self.telling]) * self.off[self.telling], 1e-12)
            centre[self.telling] *= 1 - np.sqrt(max(0.0, min(shift, self.level_off) ** 2 - self.offset**2)) / shift
        return msgspec.structs.replace(self, centre=centre)


def formula_of(node: Node, logarithmic: bool, probe: dict[str, Floats], count: int, offset: float = np.inf) -> Formula:
    """Return the formula as written; its learned numbers are those that change its shape over ``probe`` [count].

    The number that shifts the level most is also learned, if it shifts it by more than ``offset``: a tool life by Taylor's equation is as
    uncertain as its constant to the power of 1 / n.
    """
    own = constants(node)
    some = tuple(k for k, (value, _) in enumerate(own) if value)
    none = np.zeros(len(some))
    rough = Formula(node, logarithmic, some, none, none, none, none)
    lasting = rough.lasting(probe, count)
    written = rough._rows(probe, count)[0]
    elsewhere = float(np.median(written[np.isfinite(written)])) if np.isfinite(written).any() else 0.0
    some = tuple(k for k, kept in zip(some, lasting, strict=True) if kept)
    off = np.array([EXPONENT_OFF if own[k][1] else CONSTANT_OFF for k in some])
    zero = np.zeros(len(some))
    whole = Formula(node, logarithmic, some, off, zero, zero, zero, elsewhere=elsewhere)
    value, by_number = whole.curve(probe, count)
    spread = float(np.std(value))
    size = np.std(by_number, axis=0) * off
    order = np.argsort(-size, kind="stable")[:MOST]
    keep = order[size[order] > 1e-3 * max(spread, 1e-9)]
    shifts = np.abs(by_number.mean(axis=0)) * off
    most = int(np.argmax(shifts)) if len(some) else 0
    telling = len(some) > 0 and shifts[most] > offset
    keep = np.union1d(keep, [most] if telling else []).astype(int)
    return msgspec.structs.replace(
        whole, places=tuple(some[k] for k in keep), off=off[keep], home=zero[keep], shift=zero[keep],
        telling=int(np.searchsorted(keep, most)) if telling else None, offset=offset,
        level_off=min(LEVEL_OFF, max(LEVEL_SPAN * spread, offset)),
    ).centred(by_number[:, keep])  # fmt: skip


def calibrated(
    formula: Formula, columns: dict[str, Floats], y: Floats, error: Floats, probe: dict[str, Floats], count: int
) -> Formula:
    """Return the formula with its most probable numbers for y [n]; ``error`` [n, n] is the covariance of all other effects."""
    if not len(y) or not formula.places:
        return formula
    whiten = np.linalg.inv(np.linalg.cholesky(error))

    def loss(f: Formula) -> float:
        left = whiten @ (y - f.curve(columns, len(y))[0])
        return float(left @ left + np.square((f.shift - f.home) / f.off).sum())

    now = loss(formula)
    for _ in range(ROUNDS):
        value, by_number = formula.curve(columns, len(y))
        rows = np.concatenate([whiten @ by_number, np.diag(1 / formula.off)])
        target = np.concatenate([whiten @ (y - value), (formula.home - formula.shift) / formula.off])
        step = np.linalg.lstsq(rows, target, rcond=None)[0]
        for share in (1.0, 0.5, 0.25, 0.1):
            shift = np.clip(formula.shift + share * step, formula.home - FARTHEST, formula.home + FARTHEST)
            tried = msgspec.structs.replace(formula, shift=shift)
            then = loss(tried)
            if then < now:
                break
        else:
            break
        formula, gained, now = tried, now - then, then
        if gained < 1e-3:
            break
    return formula.centred(formula.curve(probe, count)[1])
