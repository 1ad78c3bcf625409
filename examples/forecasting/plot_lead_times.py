"""When will the open deliveries arrive?

Past deliveries by two suppliers, and by their whole group, show how long a delivery takes. There are three open lines:
each bar runs from the number of days within which half of such lines arrive to the number within which 95 % arrive; the
black mark shows how long the line has been open. The data are simulated.
"""

import datetime as dt
import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from nightmill.forecasting import open_delivery_quantiles
from nightmill.mrp import Delivery

generator = np.random.default_rng(5)
today = dt.date(2026, 6, 1)
deliveries = []
for number in range(80):
    supplier, usual = (("Millbrook Metals", 9.0), ("Stark Steel", 16.0))[number % 2]
    ordered = today - dt.timedelta(days=int(generator.integers(40, 400)))
    took = int(usual * generator.lognormal(0.0, 0.35)) + 1
    deliveries.append(Delivery(f"L{number}", ordered, supplier, delivered=ordered + dt.timedelta(days=took)))
waiting = (("open 1", "Millbrook Metals", 3), ("open 2", "Millbrook Metals", 12), ("open 3", "Stark Steel", 12))
for name, supplier, days in waiting:
    deliveries.append(Delivery(name, today - dt.timedelta(days=days), supplier))

answer = open_delivery_quantiles(tuple(deliveries))
figure, axes = plt.subplots(figsize=(8, 2.5))
for line in answer:
    print(f"{line.line}: {line.q50:.1f} days with 50 %, {line.q95:.1f} with 95 %")
    axes.barh(line.line, line.q95 - line.q50, left=line.q50, color="tab:blue", alpha=0.6)
for name, _, days in waiting:
    axes.plot(days, name, "k|", markersize=16)
axes.set_xlabel("days since the order")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_lead_times.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
