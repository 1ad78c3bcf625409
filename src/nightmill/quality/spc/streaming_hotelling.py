"""Streaming Hotelling's T²: one small record for several characteristics of a part, one update per part.

It gives the same signals as ``hotelling`` with single rows and the same number of reference rows.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from nightmill.quality.spc.hotelling import T2, THREE_SIGMA, Floats, JointSignal, blame, distances, limits, rank_flaw


class JointState(msgspec.Struct, frozen=True):
    """State of the T² chart for ``columns`` between parts; its JSON is all that a restart needs.

    The first ``learn`` rows give mean and covariance and cause no signal (more rows are used if the covariance
    lacks full rank). ``alpha`` is the false-alarm rate. ``seen`` counts all rows, ``learned`` counts the reference
    rows, and ``scatter`` is the sum of products of their deviations from ``mean``.
    """

    columns: tuple[str, ...]
    learn: int = 50
    alpha: float = THREE_SIGMA
    seen: int = 0
    learned: int = 0
    mean: tuple[float, ...] = ()
    scatter: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        p = len(self.columns)
        if p < 2 or self.learn < p + 2:
            raise ValueError(
                f"JointState: learn {self.learn} must be at least {p + 2} rows for {p} columns (at least 2)"
            )
        if not 0 < self.alpha < 0.5:
            raise ValueError(f"JointState: alpha {self.alpha} must be within 0..0.5")

    def update(self, values: Sequence[float]) -> tuple["JointState", JointSignal | None]:
        """Return the state after a part's ``values``, in the order of ``columns``, and a signal if T² is beyond the limit.

        Raises ``ValueError`` for a wrong number of values or one that isn't finite: the caller must check the reading.
        """
        row = np.asarray(values, dtype=np.float64)
        if row.shape != (len(self.columns),) or not np.isfinite(row).all():
            raise ValueError(f"JointState: {tuple(values)} must be {len(self.columns)} finite numbers")
        state = msgspec.structs.replace(self, seen=self.seen + 1)
        if self.learned < self.learn:
            return state._with(row), None
        covariance = np.array(self.scatter) / (self.learned - 1)
        if rank_flaw(covariance, self.columns):
            return state._with(row), None
        away = row - np.array(self.mean)
        t2 = float(distances(away[None], covariance)[0])
        if t2 <= limits(2, self.learned, 1, len(row), self.alpha)[2]:
            return state, None
        return state, JointSignal(self.seen, T2, "beyond_limits", t2, blame(away, covariance, 1, self.columns))

    def _with(self, row: Floats) -> "JointState":
        """Add a row to the reference (Welford, Technometrics 4 (1962) 419)."""
        n = self.learned + 1
        mean = np.array(self.mean) if self.mean else np.zeros_like(row)
        scatter = np.array(self.scatter) if self.scatter else np.zeros((len(row), len(row)))
        away = row - mean
        mean = mean + away / n
        scatter = scatter + np.outer(away, row - mean)
        rows = tuple(tuple(line) for line in ((scatter + scatter.T) / 2).tolist())
        return msgspec.structs.replace(self, learned=n, mean=tuple(mean.tolist()), scatter=rows)
