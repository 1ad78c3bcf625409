"""Causal features of a signal history: one pass, constant state per signal, the same on line and off line.

Per sensor: value, exponentially weighted means and deviations of spans 10 and 30, fast minus slow, expanding
mean, fast mean minus expanding mean. A missing value leaves the state as it is.
"""

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
PER_SENSOR = 8
FAST, SLOW = 10.0, 30.0


@numba.njit(cache=True)
def causal_features(first: Ints, values: Floats, out: Floats) -> None:
    """Fills out [n, 8 m] from values [n, m]; rows of one unit, bounded by ``first``, are in order of time."""
    m = values.shape[1]
    fast_rate = 2.0 / (FAST + 1.0)
    slow_rate = 2.0 / (SLOW + 1.0)
    for u in range(first.shape[0] - 1):
        for j in range(m):
            fast = np.nan
            slow = np.nan
            fast_var = 0.0
            slow_var = 0.0
            total = 0.0
            seen = 0
            for k in range(first[u], first[u + 1]):
                x = values[k, j]
                if not np.isnan(x):
                    seen += 1
                    total += x
                    if seen == 1:
                        fast = x
                        slow = x
                    else:
                        # The warm-up weight 1/seen makes the young mean an ordinary mean.
                        a = max(fast_rate, 1.0 / seen)
                        b = max(slow_rate, 1.0 / seen)
                        d = x - fast
                        fast += a * d
                        fast_var = (1.0 - a) * (fast_var + a * d * d)
                        d = x - slow
                        slow += b * d
                        slow_var = (1.0 - b) * (slow_var + b * d * d)
                mean = total / seen if seen else np.nan
                c = PER_SENSOR * j
                out[k, c] = x
                out[k, c + 1] = fast
                out[k, c + 2] = slow
                out[k, c + 3] = np.sqrt(fast_var)
                out[k, c + 4] = np.sqrt(slow_var)
                out[k, c + 5] = fast - slow
                out[k, c + 6] = mean
                out[k, c + 7] = fast - mean
