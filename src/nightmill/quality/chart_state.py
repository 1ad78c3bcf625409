"""A control chart that lives: one small record a characteristic, one update a reading, the same signals as ``spc``."""

import itertools
import math

import msgspec

from nightmill.quality.range_constants import D2_PAIR

_MEMORY = 14


class ChartState(msgspec.Struct, frozen=True):
    """EWMA and individuals with Nelson's rules, kept between readings; JSON of a few hundred bytes.

    Start with a known in-control state (``ChartState(center=.., sigma=..)``) or with none: then the first ``learn``
    readings give it (mean, and mean moving range / 1.128379) and cause no signal. ``seen``, ``total``, ``moving`` and
    ``pairs`` belong to learning, the rest to the charts; ``recent`` are the last deviations in sigma, oldest first.
    """

    center: float | None = None
    sigma: float | None = None
    ewma_lambda: float = 0.2
    ewma_width: float = 3.0
    learn: int = 20
    seen: int = 0
    total: float = 0.0
    moving: float = 0.0
    pairs: int = 0
    last: float | None = None
    ewma: float = 0.0
    remaining: float = 1.0
    recent: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.sigma is not None and not self.sigma > 0:
            raise ValueError(f"ChartState: sigma {self.sigma} must be > 0")
        if not 0 < self.ewma_lambda <= 1 or self.learn < 2:
            raise ValueError(f"ChartState: ewma_lambda {self.ewma_lambda} within 0..1, learn {self.learn} >= 2")

    def update(self, value: float, *, tool_change: bool = False) -> tuple["ChartState", tuple[str, ...]]:
        """The state after ``value`` and its signals, each ``chart:rule`` (``ewma:beyond_limits``, ``individuals:nelson_2``).

        ``tool_change`` says that the tool was changed before this reading: memory starts afresh, limits stay. Raises
        ``ValueError`` for a value that is no finite number: the caller judges the reading, not the chart.
        """
        if not math.isfinite(value):
            raise ValueError(f"ChartState: value {value} must be a finite number")
        state = msgspec.structs.replace(self, ewma=0.0, remaining=1.0, recent=(), last=None) if tool_change else self
        if state.center is None or state.sigma is None:
            return state._learned(value), ()
        return state._charted(value, state.center, state.sigma)

    def _learned(self, value: float) -> "ChartState":
        moving, pairs = self.moving, self.pairs
        if self.last is not None:
            moving, pairs = moving + abs(value - self.last), pairs + 1
        seen, total = self.seen + 1, self.total + value
        center, sigma = self.center, self.sigma
        if seen >= self.learn and pairs and (moving > 0 or sigma is not None):
            center = total / seen if center is None else center
            sigma = moving / pairs / D2_PAIR if sigma is None else sigma
        return msgspec.structs.replace(
            self, center=center, sigma=sigma, seen=seen, total=total, moving=moving, pairs=pairs, last=value
        )

    def _charted(self, value: float, center: float, sigma: float) -> tuple["ChartState", tuple[str, ...]]:
        z = (value - center) / sigma
        weight = self.ewma_lambda
        ewma = self.ewma + weight * (z - self.ewma)
        remaining = self.remaining * (1 - weight) ** 2
        signals = [f"individuals:{rule}" for rule in _patterns((*self.recent, z))]
        if abs(ewma) > self.ewma_width * math.sqrt(weight / (2 - weight) * (1 - remaining)):
            signals.append("ewma:beyond_limits")
            ewma, remaining = 0.0, 1.0
        recent = (*self.recent, z)[-_MEMORY:]
        state = msgspec.structs.replace(
            self, seen=self.seen + 1, last=value, ewma=ewma, remaining=remaining, recent=recent
        )
        return state, tuple(signals)


def _patterns(z: tuple[float, ...]) -> list[str]:
    """Nelson's rules that hold at the last of at most fifteen deviations in sigma."""
    last = z[-1]
    up = 1.0 if last > 0 else -1.0
    found = []
    if abs(last) > 3:
        found.append("beyond_limits")
    if len(z) >= 9 and all(value * up > 0 for value in z[-9:]):
        found.append("nelson_2")
    steps = [b - a for a, b in itertools.pairwise(z)]
    if len(z) >= 6 and (all(step > 0 for step in steps[-5:]) or all(step < 0 for step in steps[-5:])):
        found.append("nelson_3")
    if len(z) >= 14 and all(a * b < 0 for a, b in zip(steps[-13:], steps[-12:], strict=False)):
        found.append("nelson_4")
    if last * up > 2 and sum(value * up > 2 for value in z[-3:]) >= 2:
        found.append("nelson_5")
    if last * up > 1 and sum(value * up > 1 for value in z[-5:]) >= 4:
        found.append("nelson_6")
    if len(z) >= 15 and all(abs(value) < 1 for value in z[-15:]):
        found.append("nelson_7")
    eight = z[-8:]
    if len(eight) == 8 and all(abs(value) > 1 for value in eight) and min(eight) < 0 < max(eight):
        found.append("nelson_8")
    return found
