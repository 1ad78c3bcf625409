"""Reorder in time.

Random daily demand is taken from the stock of one item, which is checked each morning. An order is placed when stock
and open orders no longer cover the demand over the lead time plus the safety stock; the steps upwards are deliveries.
The dashed line is the level of a simple reorder-point rule. Everything here is simulated.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from nightmill.inventory import KnownNeed, StockPosition, reorder

DAY_S, LEAD_DAYS, DAYS = 86400.0, 5, 120
generator = np.random.default_rng(3)
on_hand = 60
coming: list[tuple[int, int]] = []
drawn: list[int] = []
level: list[int] = []
ordered: list[int] = []
for day in range(DAYS):
    on_hand += sum(quantity for arrives, quantity in coming if arrives == day)
    coming = [(arrives, quantity) for arrives, quantity in coming if arrives > day]
    position = StockPosition(
        "bar 40 mm",
        "Stark Steel",
        on_hand,
        LEAD_DAYS * DAY_S,
        open_orders=tuple(KnownNeed(arrives * DAY_S, quantity) for arrives, quantity in coming),
        daily_history=tuple(map(float, drawn)) or (6.0, 6.0),
        lot=10,
    )
    for proposal in reorder([position], day * DAY_S, service=0.98):
        coming.append((day + LEAD_DAYS, proposal.quantity))
        ordered.append(day)
        if len(ordered) == 1:
            print(proposal.reason)
    use = min(on_hand, int(generator.poisson(6)))
    drawn.append(use)
    on_hand -= use
    level.append(on_hand)

figure, axes = plt.subplots(figsize=(9, 3))
axes.step(range(DAYS), level, where="post")
axes.plot(ordered, [level[day] for day in ordered], "v", color="tab:red", label="ordered")
axes.axhline(6 * LEAD_DAYS, linestyle="--", color="0.5", label="mean demand over the lead time")
axes.set(xlabel="day", ylabel="on hand", ylim=(0, None))
axes.legend(frameon=False)
print(f"{len(ordered)} orders in {DAYS} days, stock never below {min(level)}")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_reorder.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
