"""A machine breaks down: a valid plan at once, a better one a moment later.

Eight hours into the plan, mill M2 breaks down until hour 20. The first answer is available at once and keeps as much of
the plan as possible; a short search then recovers half of the loss. Top: the plan before the breakdown; bottom: the
repaired plan; red: the time when M2 is down.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.scheduling import LivePlan, Model
from nightmill.scheduling.rescheduling.disruptions import Breakdown
from nightmill.scheduling.rescheduling.live_schedule import steps

shop = Model()
for name in ("M1", "M2", "M3"):
    shop.machine(name)
shop.shift(6, 22, persons=2)
for number in range(12):
    order = shop.order(f"A-{number}", due_h=20 + 2 * number, weight=1 + number % 3)
    for _ in range(2):
        part = shop.part(order)
        shop.operation(part, {"M1": 1.5, "M2": 1.5})
        shop.operation(part, {"M2": 1.0, "M3": 1.2})

before = shop.solve(iterations=500)
live = LivePlan(shop.problem, before)
first = live.disrupt(Breakdown("M2", until_s=20 * 3600.0), at_s=8 * 3600.0)
print(f"at once: {len(first.changes)} operations move, {first.machine_changes} to another machine")
live.improve(steps(2000))
print(f"weighted lateness {first.weighted_tardiness_before_s / 3600:.1f} h before, {first.weighted_tardiness_s / 3600:.1f} h at once, "
      f"{live.weighted_tardiness_s / 3600:.1f} h after a search")  # fmt: skip

figure, panels = plt.subplots(2, 1, figsize=(9, 4), sharex=True)
for axes, schedule in zip(panels, (before, live.schedule()), strict=True):
    for a in schedule.assignments:
        axes.barh(a.machine, (a.end_s - a.start_s) / 3600, left=a.start_s / 3600, edgecolor="white", color="tab:blue")
panels[1].barh("M2", 12, left=8, color="tab:red", alpha=0.4)
panels[0].set_title("as planned")
panels[1].set(title="mended", xlabel="hours")
figure.tight_layout()

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_breakdown.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
