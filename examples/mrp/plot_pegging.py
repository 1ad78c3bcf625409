"""Whose order is it?

Every planned order is pegged to the demand behind it. For each purchase of raw castings, the bars show how many pieces
are used for the pumps of which week: when a delivery is late, the chart shows which customers to call.
"""

import os
import tempfile
from collections import defaultdict
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.mrp import compute_plan, plan_answer, read_tables

TABLES = {
    "items.csv": "item,source,lead_time_weeks,lot_rule,lot_size\npump,make,1,L4L,1\nraw casting,buy,3,MULT,40\n",
    "bom.csv": "parent,child,qty\npump,raw casting,2\n",
    "stock.csv": "item,on_hand\nraw casting,70\n",
    "demand.csv": "item,week,qty\n" + "".join(f"pump,{week},{8 + week % 3}\n" for week in range(1, 11)),
}
plan = plan_answer(compute_plan(read_tables(TABLES), 12), 0.0)
shares: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
for peg in plan.pegging:
    if peg.item == "raw casting":
        shares[peg.supply][peg.demand] += peg.quantity

figure, axes = plt.subplots(figsize=(9, 3))
for supply, demands in shares.items():
    left = 0
    for demand, quantity in demands.items():
        bar = axes.barh(supply, quantity, left=left, edgecolor="white", color="tab:blue")
        axes.bar_label(bar, [demand.removeprefix("pump@")], label_type="center", fontsize=7, color="white")
        left += quantity
    print(f"{supply:16} serves {', '.join(demands)}")
axes.set_xlabel("pieces; the number in a bar is the week of the pumps they are used for")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_pegging.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
