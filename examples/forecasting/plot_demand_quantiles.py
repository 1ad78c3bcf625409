"""Demand as a range, not as a number.

The demand of the example shop is forecast twelve weeks ahead from its history. The line is the median, and the bands
reach from there to the quantiles at 75, 90 and 95 %: from these you can read the stock needed for the service level
that you want. Wide bands mean lumpy demand.
"""

import os
import tempfile
from importlib.resources import files
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.forecasting import forecast, read_history

HORIZON = 12
rows = read_history((Path(str(files("nightmill.plant"))) / "example" / "history.csv").read_text())
answer = forecast(rows, HORIZON)

figure, grid = plt.subplots(2, 3, figsize=(11, 5), sharex=True)
for axes, item in zip(grid.flat, answer.items, strict=False):
    past = [(row.period, row.qty) for row in rows if row.item == item.item]
    axes.step(*zip(*past, strict=True), where="mid", color="0.4", linewidth=0.8)
    weeks = [each.period for each in item.periods]
    for low, high, alpha in (("q50", "q75", 0.5), ("q75", "q90", 0.35), ("q90", "q95", 0.2)):
        bounds = ([getattr(each, name) for each in item.periods] for name in (low, high))
        axes.fill_between(weeks, *bounds, color="tab:blue", alpha=alpha, step="mid")
    axes.step(weeks, [each.q50 for each in item.periods], where="mid", color="tab:blue")
    axes.set_title(item.item, fontsize="small")
    print(f"{item.item:20} in {HORIZON} periods: median {item.total.q50:6.0f}, 95 % {item.total.q95:6.0f}")
figure.tight_layout()

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_demand_quantiles.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
