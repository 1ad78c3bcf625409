"""Energy cost of a cut: power times the price per kWh over the hours in which it runs.

The price steps are ascending spans without overlap or gap; ``price`` holds the price per kWh in each.
"""

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.state import Floats, Ints, alt
from nightmill.scheduling.engine.timeline import first_after
from nightmill.vocabulary.compiled import compiled
from nightmill.vocabulary.units import HOUR_S


@compiled
def cheaper_from(f: Floats, n: Ints, at: float) -> float:
    """Return when the price first falls below its value at ``at``; ``at`` itself if it never does."""
    base, prices, step = n[s.TARIFF], n[s.PRICE], first_after(f, n[s.TARIFF], n[s.TARIFFS], at, 1)
    for later in range(step + 1, n[s.TARIFFS]):
        if f[prices + later] < f[prices + step]:
            return float(f[base + 2 * later])
    return at


@compiled
def energy_of(f: Floats, n: Ints, alternative: int, begin: float, end: float) -> float:
    """The energy cost of cutting from ``begin`` to ``end``, in money."""
    price_s, base, low = 0.0, n[s.TARIFF], first_after(f, n[s.TARIFF], n[s.TARIFFS], begin, 1)
    while low < n[s.TARIFFS] and f[base + 2 * low] < end:
        row = base + 2 * low
        price_s += f[n[s.PRICE] + low] * (min(end, f[row + 1]) - max(begin, f[row]))
        low += 1
    return float(f[n[s.POWER] + alt(n, alternative, s.MACHINE)] * price_s / HOUR_S)
