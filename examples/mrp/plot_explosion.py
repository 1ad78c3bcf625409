"""From demand to planned orders.

A pump consists of two castings, each with four screws, and a shaft; demand is given by week. Netting against stock, lot
sizing and lead times turn it into orders to release: a big bubble is a big order. Orders that should have been released
before today are past due, and the exceptions list them.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.mrp import compute_plan, plan_answer, read_tables

TABLES = {
    "items.csv": "item,source,lead_time_weeks,lot_rule,lot_size,safety_stock\npump,make,1,L4L,1,0\ncasting,make,2,MULT,20,0\n"
    "shaft,make,1,L4L,1,5\nscrew,buy,1,MULT,500,0\nraw casting,buy,5,MULT,50,0\n",
    "bom.csv": "parent,child,qty\npump,casting,2\npump,shaft,1\ncasting,raw casting,1\ncasting,screw,4\n",
    "stock.csv": "item,on_hand\npump,4\ncasting,30\nshaft,10\nraw casting,10\nscrew,700\n",
    "demand.csv": "item,week,qty\n"
    + "".join(
        f"pump,{week},{quantity}\n"
        for week, quantity in zip(range(2, 16), (8, 10, 7, 12, 9, 14, 8, 6, 11, 13, 9, 10, 12, 8), strict=True)
    ),
}
plan = plan_answer(compute_plan(read_tables(TABLES), 16), 0.0)

figure, axes = plt.subplots(figsize=(9, 3.5))
for order in plan.planned_orders:
    colour = "tab:red" if order.past_due_weeks else "tab:blue"
    axes.scatter(order.release_week, order.item, s=4 * order.quantity**0.75, color=colour, alpha=0.6)
axes.set_xlabel("release week; red: should have been released earlier")
print(f"{len(plan.planned_orders)} planned orders, {len(plan.pegging)} pegs")
for exception in plan.exceptions[:6]:
    print(f"{exception.kind:10} {exception.message}")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_explosion.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
