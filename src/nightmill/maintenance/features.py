"""Causal features of a signal history: one pass, constant state per signal, the same online and offline.

Per sensor: exponentially weighted means of three spans, and the slopes of exponentially weighted straight lines of
three longer spans (times the span, so that they are in the signal's unit). Levels show how far a unit has degraded
and slopes show how fast, whatever level the unit started from. No feature stays constant over a unit's life, since that
would let a model memorise units. A missing value leaves the means unchanged and ages the lines.
"""

import numpy as np
import numpy.typing as npt

from nightmill.vocabulary.compiled import compiled, compiled_with_arrays

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MEANS = (5.0, 15.0, 40.0)
LINES = (10.0, 25.0, 50.0)
PER_SENSOR = len(MEANS) + len(LINES)
LEAST_FOR_A_LINE = 5
STATE = 1 + len(MEANS) + 5 * len(LINES)
"""Numbers kept per sensor: count of readings, the means, and S0, S1, S2, Y0, Y1 of each line."""


@compiled
def advance(state: Floats, x: Floats, out: Floats) -> None:
    """Fold one row x [m] into state [m, STATE] and write the features at that time to out [6 m]."""
    for j in range(x.shape[0]):
        value = x[j]
        known = not np.isnan(value)
        if known:
            state[j, 0] += 1.0
        seen = state[j, 0]
        for i in range(len(MEANS)):
            if known:
                # The warm-up weight 1/seen makes the early mean an ordinary mean.
                rate = max(2.0 / (MEANS[i] + 1.0), 1.0 / seen)
                state[j, 1 + i] += rate * (value - state[j, 1 + i])
            out[PER_SENSOR * j + i] = state[j, 1 + i] if seen else np.nan
        for i in range(len(LINES)):
            k = 1 + len(MEANS) + 5 * i
            keep = np.exp(-1.0 / LINES[i])
            # Time counts back from now: with each row, every older row moves one step further back.
            s0, s1, s2, y0, y1 = state[j, k], state[j, k + 1], state[j, k + 2], state[j, k + 3], state[j, k + 4]
            s2 = keep * (s2 - 2.0 * s1 + s0)
            s1 = keep * (s1 - s0)
            y1 = keep * (y1 - y0)
            s0 *= keep
            y0 *= keep
            if known:
                s0 += 1.0
                y0 += value
            state[j, k], state[j, k + 1], state[j, k + 2], state[j, k + 3], state[j, k + 4] = s0, s1, s2, y0, y1
            determinant = s0 * s2 - s1 * s1
            slope = 0.0
            if seen >= LEAST_FOR_A_LINE and determinant > 1e-9:
                slope = (s0 * y1 - s1 * y0) / determinant
            out[PER_SENSOR * j + len(MEANS) + i] = slope * LINES[i]


@compiled_with_arrays
def causal_features(first: Ints, values: Floats, out: Floats) -> None:
    """Fill out [n, 6 m] from values [n, m]; rows of one unit, bounded by ``first``, are in order of time."""
    for u in range(first.shape[0] - 1):
        state = np.zeros((values.shape[1], STATE))
        for k in range(first[u], first[u + 1]):
            advance(state, values[k], out[k])
