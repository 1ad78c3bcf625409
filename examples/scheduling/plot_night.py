"""Long cuts go into the night.

The shop has two mills and one shift on weekdays. People mount pallets during the shift (grey); the mills continue
cutting after they have left. Short operations are cut by day, long ones at night: a lights-out shop earns its money in
the unattended hours.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.scheduling import Model, validate_shop

shop = Model()
for name in ("M1", "M2"):
    shop.machine(name)
shop.shift(7, 15, days=range(5))
shop.pallets = 6
for number, hours in enumerate((1, 1.5, 2, 6, 7, 9), 1):
    order = shop.order(f"A-{number}", due_h=48)
    for _ in range(2):
        shop.operation(shop.part(order), {"M1": hours, "M2": hours})

plan = shop.solve(iterations=500)
print(f"breaks no rule: {not validate_shop(shop.problem, plan)}")
print(f"{plan.unattended_s / 3600:.1f} h cut unattended; {plan.weighted_tardiness_s / 3600:.1f} weighted h late")
for a in plan.assignments:
    print(
        f"{a.serial:7} {a.machine}  mounted at {a.mount_s / 3600:5.1f} h, cut {a.start_s / 3600:5.1f} to {a.end_s / 3600:5.1f} h"
    )

figure, axes = plt.subplots(figsize=(9, 2.5))
for a in plan.assignments:
    bar = axes.barh(a.machine, (a.end_s - a.start_s) / 3600, left=a.start_s / 3600, edgecolor="white", color="tab:blue")
    axes.bar_label(bar, [a.serial], label_type="center", fontsize=6, color="white", clip_on=True)
for window in shop.problem.presence:
    if window.start_s < max(a.end_s for a in plan.assignments):
        axes.axvspan(window.start_s / 3600, window.end_s / 3600, color="0.9", zorder=0)
axes.set(xlabel="hours", xlim=(0, max(a.end_s for a in plan.assignments) / 3600), title="grey: people present")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_night.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
