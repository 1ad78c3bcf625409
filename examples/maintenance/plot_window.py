"""When to stop for maintenance.

Three machines, 3, 8 and 15 days since their last service. Stopping later gains running time, and a stop at a weekend
(the dips) costs less production, but the risk of a failure before the stop grows with age. The curves are the expected
cost of each window; the cheapest one is marked: the weekend for the younger machines, today for the oldest. The prices
are examples.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.maintenance import HealthMonitor, Window, choose_window, update, window_costs

DAY_S = 86400.0

figure, axes = plt.subplots(figsize=(8, 4))
for age in (3, 8, 15):
    monitor = HealthMonitor("M1", 0.0)
    for hour in range(24 * age):
        monitor, seen = update(monitor, {"vibration_mm_s": 1.2}, hour * 3600.0, "cutting")
    windows = [Window(seen.at_s + day * DAY_S, lost_production_usd=260.0 if day % 7 < 5 else 60.0) for day in range(21)]
    costs = window_costs(seen, windows, failure_cost_usd=9000.0, planned_cost_usd=1500.0)
    days = [(each.window.start_s - seen.at_s) / DAY_S for each in costs]
    (line,) = axes.plot(days, [each.cost_usd for each in costs], "o-", markersize=3, label=f"{age} days since service")
    best = choose_window(costs)
    if best is not None:
        day = (best.window.start_s - seen.at_s) / DAY_S
        axes.plot(day, best.cost_usd, "o", markersize=12, markerfacecolor="none", color=line.get_color())
        print(
            f"{age:2} days since service: stop in {day:.0f} days, {best.cost_usd:.0f} USD, probability of an earlier "
            f"failure {abs(best.failure_before):.0%}"
        )
axes.set(xlabel="days from now", ylabel="expected cost [USD]")
axes.legend(frameon=False)

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_window.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
