"""Paired differences between futures that share their random numbers."""

import math
from collections.abc import Sequence

from nightmill.simulation.results import Difference
from nightmill.stats.averages import mean


def difference(measure: str, values: Sequence[float]) -> Difference:
    """Mean and 95 % interval of paired differences, Student's t (Law, Simulation Modeling and Analysis, sec. 10.2.1)."""
    from scipy.special import stdtrit

    n, middle = len(values), mean(values)
    if n < 2:
        return Difference(measure, middle, None, None)
    spread = math.sqrt(math.fsum((value - middle) ** 2 for value in values) / (n - 1))
    half = float(stdtrit(n - 1, 0.975)) * spread / math.sqrt(n)
    return Difference(measure, middle, middle - half, middle + half)
