"""A week in twenty lines: schedule it, then simulate it.

With `import nightmill as nm` a shop is built from names and hours, scheduled, and simulated a hundred times with
typical failures and variation. Top: the plan as a Gantt chart with the unattended hours; bottom: when each order will
be done. The results are simulated.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

import nightmill as nm

shop = nm.Model()
for name in ("M1", "M2"):
    shop.machine(name)
shop.shift(7, 15, days=range(5))
shop.pallets = 8
for number, hours in enumerate((1.0, 1.5, 2.0, 5.0, 6.0, 8.0), 1):
    order = shop.order(f"A-{number}", due_h=20 + 8 * number)
    for _ in range(2):
        shop.operation(shop.part(order), {"M1": hours, "M2": hours})

planned = nm.schedule(shop, iterations=800)
future = nm.simulate(planned, days=5, replications=100, seed=1)

figure, (above, below) = plt.subplots(2, 1, figsize=(9, 6))
planned.plot_gantt(above)
future.plot_completions(below)
figure.tight_layout()

print(f"{future.unattended_h:.1f} h are cut unattended, {future.throughput:.1f} good parts per day")
picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_week.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
