"""Compare average run lengths of the charts with exact values, computed independently.

Usage: python benchmarks/run_lengths.py [--signals 10000] [--seed 1]

Exact: Shewhart by the normal tail; CUSUM by Page's integral equation, both sides joined (Page, Biometrika 41 (1954)
100; Kemp, J. R. Statist. Soc. B 23 (1961) 149); EWMA by the integral equation of Crowder (Technometrics 29 (1987) 401)
for constant limits, and for the charts' own limits, which widen at the start, by propagating the density from point to
point until the limits are constant. Integrals by Gauss-Legendre quadrature. Measured: the number of observations
divided by the number of signals of ``spc`` on one long series of normal values with known centre and sigma; charts
restart after each signal, so the intervals between signals are run lengths.
"""

import argparse
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nightmill.quality import SpcOptions
from nightmill.quality.spc.control_charts import spc

Floats = NDArray[np.float64]
SHIFTS = (0.0, 0.5, 1.0, 2.0, 3.0)
_NODES = 80
_ROW = 250_000


def _normal(x: Floats) -> Floats:
    return np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _below(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def _nodes(low: float, high: float) -> tuple[Floats, Floats]:
    places, weights = np.polynomial.legendre.leggauss(_NODES)
    return low + (places + 1) * (high - low) / 2, weights * (high - low) / 2


def shewhart(shift: float, width: float = 3.0) -> float:
    """Return the run length of single values beyond ``width`` sigma."""
    return 1 / (_below(shift - width) + _below(-shift - width))


def cusum(shift: float, k: float = 0.5, h: float = 5.0) -> float:
    """Return the run length of the two-sided chart from 0."""
    upper, lower = _one_sided(shift, k, h), _one_sided(-shift, k, h)
    return 1 / (1 / upper + 1 / lower)


def _one_sided(shift: float, k: float, h: float) -> float:
    """L(z) = 1 + L(0) P(x <= k - z) + integral of L(y) phi(y - z + k - shift) over 0..h; unknowns L(0) and L at the nodes."""
    y, weight = _nodes(0.0, h)
    starts = np.concatenate(([0.0], y))
    kernel = np.empty((_NODES + 1, _NODES + 1))
    kernel[:, 0] = [_below(k - z - shift) for z in starts]
    kernel[:, 1:] = weight * _normal(y[None, :] - starts[:, None] + k - shift)
    return float(np.linalg.solve(np.eye(_NODES + 1) - kernel, np.ones(_NODES + 1))[0])


def ewma_standing(shift: float, weight: float = 0.2, width: float = 3.0) -> float:
    """Return the run length with the long-run limits from the first point on."""
    return float(_standing(shift, weight, width, np.zeros(1))[0])


def _half(weight: float, width: float) -> float:
    return width * math.sqrt(weight / (2 - weight))


def _step(y: Floats, start: Floats, shift: float, weight: float) -> Floats:
    """Return the density at ``y`` of the statistic after one value, from each of ``start``."""
    return _normal((y[None, :] - (1 - weight) * start[:, None]) / weight - shift) / weight


def _standing(shift: float, weight: float, width: float, start: Floats) -> Floats:
    half = _half(weight, width)
    y, share = _nodes(-half, half)
    lengths = np.linalg.solve(np.eye(_NODES) - share * _step(y, y, shift, weight), np.ones(_NODES))
    run: Floats = 1 + (share * _step(y, start, shift, weight)) @ lengths
    return run


def ewma(shift: float, weight: float = 0.2, width: float = 3.0) -> float:
    """Return the run length with the charts' limits, width * sigma * sqrt(weight / (2 - weight) (1 - (1 - weight)^2t))
    at point t.
    """
    half, start, alive, length = _half(weight, width), np.zeros(1), np.ones(1), 0.0
    remaining = 1.0
    while remaining > 1e-12:
        remaining *= (1 - weight) ** 2
        limit = half * math.sqrt(1 - remaining)
        y, share = _nodes(-limit, limit)
        length += float(alive.sum())
        alive = share * (alive @ _step(y, start, shift, weight))
        start = y
    return length + float(alive @ _standing(shift, weight, width, start))


CHARTS: dict[str, Callable[[float], float]] = {"individuals": shewhart, "ewma": ewma, "cusum": cusum}


def measured(shift: float, signals: int, seed: int, row: int = _ROW) -> dict[str, tuple[float, int]]:
    """Return (run length, number of signals) for each chart of ``spc``, from series of values until each chart has given ``signals``."""
    rng = np.random.default_rng(seed)
    counts = dict.fromkeys(CHARTS, 0)
    total = 0
    while min(counts.values()) < signals:
        values = rng.normal(shift, 1.0, row).tolist()
        total += row
        for signal in spc(values, options=SpcOptions(center=0.0, sigma=1.0)).signals:
            if signal.rule == "beyond_limits" and signal.chart in counts:
                counts[signal.chart] += 1
    return {chart: (total / count, count) for chart, count in counts.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--signals", type=int, default=10_000, help="minimum number of signals of each chart at each shift"
    )
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(f"{'chart':12} {'shift':>5} {'exact':>9} {'measured':>9} {'off':>7} {'std. error':>10}")
    for shift in SHIFTS:
        found = measured(shift, asked.signals, asked.seed)
        for chart, exact in CHARTS.items():
            length, signals = found[chart]
            true = exact(shift)
            error = 1 / math.sqrt(signals)
            print(f"{chart:12} {shift:5.1f} {true:9.3f} {length:9.3f} {length / true - 1:+7.2%} {error:10.2%}")


if __name__ == "__main__":
    main()
