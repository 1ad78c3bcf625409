"""Which promises will hold.

A week's plan is simulated sixty times, with breakdowns, scrap and scattered cutting times. Each bar runs from the date
that an order meets with a probability of 10 % to the date that it meets with 90 %; the cross is its due date. Orders
whose bar extends beyond the cross are the ones to discuss today. The results are simulated.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.scheduling import Model
from nightmill.simulation import Experiment, FloorModel, Uncertainty, look_ahead

DAY_S, HOUR_S = 86400.0, 3600.0

shop = Model()
for name in ("M1", "M2"):
    shop.machine(name)
shop.shift(7, 17, days=range(5), persons=1)
shop.pallets = 6
for number in range(12):
    order = shop.order(f"A-{number + 1}", due_h=18 + 6 * number)
    for _ in range(3):
        shop.operation(shop.part(order), {"M1": 2.4, "M2": 2.4})
plan = shop.solve(iterations=800)
due = {order.id: order.due_s for order in shop.problem.orders}

future = look_ahead(
    shop.problem,
    plan,
    experiment=Experiment(days=7, replications=60, seed=1),
    floor=FloorModel(uncertainty=Uncertainty()),
)
figure, axes = plt.subplots(figsize=(8, 4.5))
for told in future.completions:
    if told.p10 is None or told.p90 is None or told.p50 is None:
        continue
    colour = "tab:red" if (told.late_share or 0.0) > 0.2 else "tab:blue"
    axes.barh(told.order, (told.p90 - told.p10) / HOUR_S, left=told.p10 / HOUR_S, color=colour, alpha=0.5)
    axes.plot(told.p50 / HOUR_S, told.order, "|", color="black")
    axes.plot(due[told.order] / HOUR_S, told.order, "kx")
    print(f"{told.order:5} due {due[told.order] / HOUR_S:5.1f} h, late in {told.late_share or 0.0:4.0%} of the futures")
axes.invert_yaxis()
axes.set(xlabel="hours from now", title="10 % to 90 %, median |, due x, red: late in more than a fifth of the futures")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_promise_risk.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
