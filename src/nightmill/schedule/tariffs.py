"""What the energy of a cut costs: power times the price of a kWh over the hours in which it runs."""

from nightmill.schedule.memory import MACHINE, POWER, TARIFF, TARIFFS, Floats, Ints, alt, compiled

HOUR_S = 3600.0


@compiled
def energy_of(f: Floats, n: Ints, alternative: int, begin: float, end: float) -> float:
    """Money that cutting from ``begin`` to ``end`` takes. The tariffs follow each other without overlap."""
    price_s, base = 0.0, n[TARIFF]
    low, high = 0, n[TARIFFS]
    while low < high:
        middle = (low + high) // 2
        if f[base + 3 * middle + 1] > begin:
            high = middle
        else:
            low = middle + 1
    while low < n[TARIFFS] and f[base + 3 * low] < end:
        row = base + 3 * low
        price_s += f[row + 2] * (min(end, f[row + 1]) - max(begin, f[row]))
        low += 1
    return float(f[n[POWER] + alt(n, alternative, MACHINE)] * price_s / HOUR_S)
