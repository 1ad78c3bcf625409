"""Streaming control chart: one small record per characteristic, one update per reading, the same signals as ``spc``.

Readings that arrive in batches (from a coordinate measuring machine or a gauge's buffer) are charted in one call by ``update_many``.
"""

import itertools
import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.quality.spc.nelson_rules import nelson
from nightmill.quality.spc.range_constants import D2_PAIR
from nightmill.vocabulary.ids import ChartRule

_MEMORY = 14
_ORDER = {"individuals": 0, "ewma": 1, "cusum": 2}


class ChartState(msgspec.Struct, frozen=True):
    """State of EWMA, CUSUM and individuals with Nelson's rules between readings; a few hundred bytes of JSON.

    Start with a known in-control state (``ChartState(center=.., sigma=..)``) or without one; the first ``learn``
    readings then give an estimate (mean, and mean moving range / 1.128379) and cause no signal. ``seen``, ``total``, ``moving``
    and ``pairs`` are used for learning, the rest for the charts; ``recent`` are the last deviations in sigma, oldest first.
    ``cusum_h`` 0 means no CUSUM; ``high`` and ``low`` are its two sums in sigma.
    """

    center: float | None = None
    sigma: float | None = None
    ewma_lambda: float = 0.2
    ewma_width: float = 3.0
    cusum_k: float = 0.5
    cusum_h: float = 0.0
    learn: int = 20
    seen: int = 0
    total: float = 0.0
    moving: float = 0.0
    pairs: int = 0
    last: float | None = None
    ewma: float = 0.0
    remaining: float = 1.0
    high: float = 0.0
    low: float = 0.0
    recent: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.sigma is not None and not self.sigma > 0:
            raise ValueError(f"ChartState: sigma {self.sigma} must be > 0")
        if not 0 < self.ewma_lambda <= 1 or self.learn < 2:
            raise ValueError(f"ChartState: ewma_lambda {self.ewma_lambda} within 0..1, learn {self.learn} >= 2")

    def update(self, value: float, *, tool_change: bool = False) -> tuple["ChartState", tuple[ChartRule, ...]]:
        """Return the state after ``value`` and its signals, such as ``("ewma", "beyond_limits")`` or ``("individuals", "nelson_2")``.

        ``tool_change``: the tool was changed before this reading, so the memory restarts but the limits stay. Raises
        ``ValueError`` for a value that isn't a finite number: the caller must check the reading.
        """
        if not math.isfinite(value):
            raise ValueError(f"ChartState: value {value} must be a finite number")
        state = self._restarted() if tool_change else self
        if state.center is None or state.sigma is None:
            return state._learned(value), ()
        return state._charted(value, state.center, state.sigma)

    def update_many(
        self, values: Sequence[float], tool_change: Sequence[bool] | None = None
    ) -> tuple["ChartState", tuple[tuple[int, ChartRule], ...]]:
        """Call ``update`` with each of ``values`` in turn; return the last state, and (index, signal) by index.

        ``tool_change`` gives for each reading whether the tool was changed before it. Raises the ``ValueError`` of ``update``
        before anything is charted, and also for lengths that differ.
        """
        numbers = np.asarray(values, dtype=np.float64)
        fresh = np.zeros(len(numbers), dtype=bool) if tool_change is None else np.asarray(tool_change, dtype=bool)
        if len(fresh) != len(numbers):
            raise ValueError(f"ChartState: {len(numbers)} values but {len(fresh)} entries of tool_change")
        if not np.all(np.isfinite(numbers)):
            raise ValueError("ChartState: every value must be a finite number")
        state, learning = self, 0
        while learning < len(numbers) and (state.center is None or state.sigma is None):
            state, _ = state.update(float(numbers[learning]), tool_change=bool(fresh[learning]))
            learning += 1
        if learning == len(numbers) or state.center is None or state.sigma is None:
            return state, ()
        z = (numbers[learning:] - state.center) / state.sigma
        state, found = state._charted_many(z, fresh[learning:])
        state = msgspec.structs.replace(state, last=float(numbers[-1]))
        return state, tuple((index + learning, signal) for index, signal in found)

    def _restarted(self) -> "ChartState":
        return msgspec.structs.replace(self, ewma=0.0, remaining=1.0, high=0.0, low=0.0, recent=(), last=None)

    def _charted_many(
        self, z: NDArray[np.float64], fresh: NDArray[np.bool_]
    ) -> tuple["ChartState", list[tuple[int, ChartRule]]]:
        before = len(self.recent)
        row = np.concatenate((self.recent, z))
        restart = np.concatenate((np.zeros(before, dtype=bool), fresh))
        found = [(i - before, ChartRule("individuals", rule)) for i, rule in nelson(row, 1.0, restart) if i >= before]
        numbers, starts = z.tolist(), fresh.tolist()
        ewma, remaining, beyond = self._ewma_many(numbers, starts)
        found += [(index, ChartRule("ewma", "beyond_limits")) for index in beyond]
        high, low, beyond = self._cusum_many(numbers, starts)
        found += [(index, ChartRule("cusum", "beyond_limits")) for index in beyond]
        last_start = int(np.flatnonzero(restart)[-1]) if restart.any() else 0
        recent = tuple(row[max(last_start, len(row) - _MEMORY) :].tolist())
        state = msgspec.structs.replace(
            self, seen=self.seen + len(z), ewma=ewma, remaining=remaining, high=high, low=low, recent=recent
        )
        return state, sorted(found, key=lambda signal: (signal[0], _ORDER[signal[1].chart]))

    def _ewma_many(self, z: list[float], fresh: list[bool]) -> tuple[float, float, list[int]]:
        weight, ewma, remaining = self.ewma_lambda, self.ewma, self.remaining
        beyond: list[int] = []
        decay, half = (1 - weight) ** 2, self.ewma_width * math.sqrt(weight / (2 - weight))
        for index, value in enumerate(z):
            if fresh[index]:
                ewma, remaining = 0.0, 1.0
            ewma += weight * (value - ewma)
            remaining *= decay
            if abs(ewma) > half * math.sqrt(1 - remaining):
                beyond.append(index)
                ewma, remaining = 0.0, 1.0
        return ewma, remaining, beyond

    def _cusum_many(self, z: list[float], fresh: list[bool]) -> tuple[float, float, list[int]]:
        high, low, slack, limit = self.high, self.low, self.cusum_k, self.cusum_h
        beyond: list[int] = []
        if not limit:
            return high, low, beyond
        for index, value in enumerate(z):
            if fresh[index]:
                high = low = 0.0
            high = max(0.0, high + value - slack)
            low = max(0.0, low - value - slack)
            if high > limit or low > limit:
                beyond.append(index)
                high = low = 0.0
        return high, low, beyond

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

    def _charted(self, value: float, center: float, sigma: float) -> tuple["ChartState", tuple[ChartRule, ...]]:
        z = (value - center) / sigma
        signals = [ChartRule("individuals", rule) for rule in _patterns((*self.recent, z))]
        ewma, remaining, beyond = self._ewma_many([z], [False])
        if beyond:
            signals.append(ChartRule("ewma", "beyond_limits"))
        high, low, beyond = self._cusum_many([z], [False])
        if beyond:
            signals.append(ChartRule("cusum", "beyond_limits"))
        recent = (*self.recent, z)[-_MEMORY:]
        state = msgspec.structs.replace(
            self, seen=self.seen + 1, last=value, ewma=ewma, remaining=remaining, high=high, low=low, recent=recent
        )
        return state, tuple(signals)


def _patterns(z: tuple[float, ...]) -> list[str]:
    """Return Nelson's rules that signal at the last of at most fifteen deviations in sigma."""
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
