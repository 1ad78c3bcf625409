"""Parts that share a cut: a tombstone, then an oven.

Up to four brackets fit on a tombstone, and the plan decides which brackets share one. There is little buffer space
after the mill, so a finished part waits in the mill (hatched) until somebody removes the part before it. All brackets
and covers then go through an oven that takes six parts of one family at a time. A wide bar represents all parts of one
cut.
"""

import os
import tempfile
from itertools import groupby
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.scheduling import Model, validate_shop

shop = Model(mount_min=6.0, dismount_min=3.0)
shop.machine("mill", buffer=1)
shop.machine("oven", places=6)
shop.shift(6.0, 18.0, days=range(5))
shop.changeover("190 C", "160 C", 90.0, machine="oven")
shop.changeover("160 C", "190 C", 40.0, machine="oven")
shop.pallets = 12

shop.order("brackets", due_h=36.0, weight=2.0)
shop.order("covers", due_h=48.0)
brackets = [shop.part("brackets") for _ in range(6)]
covers = [shop.part("covers") for _ in range(4)]
for bracket in brackets:
    shop.operation(bracket, {"mill": 1.1}, per_pallet=4, more_h=0.9)
for cover in covers:
    shop.operation(cover, {"mill": 1.5})
for part in brackets:
    shop.operation(part, {"oven": 8.0}, family="190 C")
for part in covers:
    shop.operation(part, {"oven": 5.0}, family="160 C")

plan = shop.solve(iterations=2000)
assert not validate_shop(shop.problem, plan)
for machine in ("mill", "oven"):
    print(machine)
    rows = sorted((a for a in plan.assignments if a.machine == machine), key=lambda a: (a.start_s, a.serial))
    for (start, end), cut in groupby(rows, key=lambda a: (a.start_s, a.end_s)):
        parts = list(cut)
        held = max((a.left_s or a.end_s) - a.end_s for a in parts) / 3600.0
        print(
            f"  {start / 3600:6.2f} to {end / 3600:6.2f} h  {', '.join(part for a in parts for part in (a.serial, *a.together))}"
            + (f", then {held:.2f} h in the machine until buffer space was free" if held else "")
        )
print(f"{plan.weighted_tardiness_s / 3600:.1f} weighted h late, {plan.unattended_s / 3600:.1f} h cut unattended")

figure, axes = plt.subplots(figsize=(9, 2.5))
for a in plan.assignments:
    colour = "tab:orange" if a.order == "brackets" else "tab:blue"
    axes.barh(a.machine, (a.end_s - a.start_s) / 3600, left=a.start_s / 3600, edgecolor="white", color=colour)
    if a.left_s and a.left_s > a.end_s:
        axes.barh(
            a.machine, (a.left_s - a.end_s) / 3600, left=a.end_s / 3600, color="white", edgecolor=colour, hatch="///"
        )
axes.set(xlabel="hours", title="orange: brackets, blue: covers, hatched: waiting for buffer space")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_oven.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
