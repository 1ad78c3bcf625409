"""An assembly, one vise, changeovers, and energy that is expensive by day.

A valve block is assembled from two parts. The schedule must make body and cover before the valve, use a single large
vise, allow 45 minutes to change between steel and aluminium, and take the tariff into account. Goals are given in order
of importance: first on-time delivery, then either the shortest schedule or the lowest energy cost. With energy as the
second goal, cuts move into the cheap hours (green).
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.scheduling import Model, validate_shop
from nightmill.scheduling.problem.records import Goal

shop = Model(move_min=1.0, mount_min=10.0, dismount_min=5.0)
shop.machine("mill 1", power_kw=12.0, set_up_for="steel")
shop.machine("mill 2", power_kw=12.0, set_up_for="aluminium")
shop.shift(6.0, 22.0, days=range(5))
shop.fixtures("large vise", 1)
shop.changeover("steel", "aluminium", 45.0)
shop.changeover("aluminium", "steel", 45.0)
shop.tariff(6.0, 22.0, 0.22)
shop.tariff(0.0, 6.0, 0.11)
shop.tariff(22.0, 24.0, 0.11)
shop.robots = 1

shop.order("valve", due_h=60.0, weight=3.0)
shop.order("brackets", due_h=100.0)
body, cover, valve = (shop.part("valve") for _ in range(3))
shop.operation(body, {"mill 1": 5.0, "mill 2": 5.5}, fixture="large vise", family="steel")
shop.operation(cover, {"mill 1": 2.0, "mill 2": 2.0}, family="aluminium")
shop.operation(valve, {"mill 1": 1.0}, fixture="large vise", family="steel", after=[body, cover])
for _ in range(4):
    shop.operation(shop.part("brackets"), {"mill 1": 3.0, "mill 2": 3.0}, family="aluminium")

figure, panels = plt.subplots(2, 1, figsize=(9, 4.5), sharex=True)
choices: tuple[tuple[Goal, ...], ...] = (("tardiness", "makespan"), ("tardiness", "energy"))
for axes, goals in zip(panels, choices, strict=True):
    plan = shop.solve(iterations=4000, goals=goals)
    assert not validate_shop(shop.problem, plan)
    axes.set_title(f"{' before '.join(goals)}: energy {plan.energy_cost:.2f}", fontsize="medium")
    print(f"{' before '.join(goals)}: {plan.makespan_s / 3600:.1f} h in all, energy {plan.energy_cost:.2f}")
    for row in plan.assignments:
        bar = axes.barh(row.machine, (row.end_s - row.start_s) / 3600, left=row.start_s / 3600, edgecolor="white")
        axes.bar_label(bar, [row.serial], label_type="center", fontsize=7, color="white")
        print(f"  {row.serial:12} {row.machine}  {row.start_s / 3600:6.2f} to {row.end_s / 3600:6.2f} h")

for axes in panels:
    axes.set(xlim=(0, 60), xlabel="hours")
    for day in range(3):
        axes.axvspan(24 * day, 24 * day + 6, color="tab:green", alpha=0.15, zorder=0)
        axes.axvspan(24 * day + 22, 24 * day + 24, color="tab:green", alpha=0.15, zorder=0)
figure.tight_layout()

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_assembly.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
