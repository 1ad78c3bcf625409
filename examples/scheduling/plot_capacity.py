"""Required and available hours, and the cheapest way out of a shortage.

Thirty orders of seven hours on a mill that cuts day and night, and two on a lathe. Rough-cut capacity planning shows by
week how many hours are missing. The program then finds the cheapest purchase of another machine or overtime, and gives
the date of an order that isn't booked yet.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.scheduling import ahead, records
from nightmill.scheduling.model import Model

shop = Model()
shop.machine("mill")
shop.machine("lathe")
shop.shift(6, 14, days=range(5), persons=1)
for number in range(30):
    part = shop.part(shop.order(f"A-{number}", due_h=168))
    shop.operation(part, {"mill": 7.0})
    shop.operation(part, {"lathe": 2.0})
problem = shop.problem

for week in ahead.rough_cut(problem, weeks=2).weeks:
    print(f"week {week.week + 1} {week.resource:7} {week.load_h:6.1f} of {week.capacity_h:6.1f} h")
for_sale = (ahead.MachineForSale("mill", 2000.0), ahead.MachineForSale("lathe", 900.0), ahead.Overtime(40.0, 20.0))
purchase = ahead.buy_capacity(problem, for_sale, weeks=2)
print([(item.what, item.amount) for item in purchase.bought], f"for {purchase.cost:g}")

cut = (records.Alternative("mill", 3 * 3600.0),)
operation = records.ShopOperation("B|op1", "B.1", "B", "op1", cut, 240.0, 60.0)
found = ahead.promise_new_order(problem, shop.solve(iterations=200), records.ShopOrder("B", 24 * 3600.0), (operation,))
print(f"a new order: done after {found.promise_s / 3600:.1f} h; if first in line, after {found.first_in_line_s / 3600:.1f} h, "
      f"which delays {[d.order for d in found.delayed]}")  # fmt: skip

figure, axes = plt.subplots(figsize=(8, 3))
weeks = [week for week in ahead.rough_cut(problem, weeks=2).weeks if week.resource != "pallets"]
names = [f"week {week.week + 1}\n{week.resource}" for week in weeks]
axes.bar(names, [week.capacity_h for week in weeks], color="0.85", label="capacity")
axes.bar(names, [week.load_h for week in weeks], width=0.5, color="tab:blue", label="load")
axes.set_ylabel("hours")
axes.legend(frameon=False)

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_capacity.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
