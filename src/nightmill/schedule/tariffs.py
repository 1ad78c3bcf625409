"""What the energy of a cut costs: power times the price of a kWh over the hours in which it runs."""

from nightmill.schedule.memory import MACHINE, POWER, TARIFF, TARIFFS, Floats, Ints, alt, compiled

HOUR_S = 3600.0


@compiled
def _step_at(f: Floats, n: Ints, at: float) -> int:
    """The first step of the price that ends after ``at``; the steps follow each other without overlap or gap."""
    base, low, high = n[TARIFF], 0, n[TARIFFS]
    while low < high:
        middle = (low + high) // 2
        if f[base + 3 * middle + 1] > at:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def cheaper_from(f: Floats, n: Ints, at: float) -> float:
    """When the price first falls below what it is at ``at``; ``at`` itself where it never does."""
    base, step = n[TARIFF], _step_at(f, n, at)
    for later in range(step + 1, n[TARIFFS]):
        if f[base + 3 * later + 2] < f[base + 3 * step + 2]:
            return float(f[base + 3 * later])
    return at


@compiled
def energy_of(f: Floats, n: Ints, alternative: int, begin: float, end: float) -> float:
    """Money that cutting from ``begin`` to ``end`` takes."""
    price_s, base, low = 0.0, n[TARIFF], _step_at(f, n, begin)
    while low < n[TARIFFS] and f[base + 3 * low] < end:
        row = base + 3 * low
        price_s += f[row + 2] * (min(end, f[row + 1]) - max(begin, f[row]))
        low += 1
    return float(f[n[POWER] + alt(n, alternative, MACHINE)] * price_s / HOUR_S)
