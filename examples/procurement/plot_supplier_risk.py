"""What depends on one supplier.

The chart covers all items of a small factory. For each supplier it shows how many items only that supplier delivers,
how many weeks the stock lasts if deliveries stop, and how many weeks the supplier would need to recover. If a bar ends
before its cross, end items would run out.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.mrp import read_tables
from nightmill.procurement import supplier_risk

TABLES = {
    "items.csv": "item,source,lead_time_weeks\npump,make,1\nvalve,make,1\ncasting,buy,3\nshaft,buy,2\nseal,buy,2\nscrew,buy,1\n",
    "bom.csv": "parent,child,qty\npump,casting,1\npump,shaft,1\npump,screw,8\nvalve,seal,2\nvalve,screw,4\n",
    "stock.csv": "item,on_hand\npump,5\nvalve,30\ncasting,40\nshaft,25\nseal,160\nscrew,900\n",
    "demand.csv": "item,week,qty\n" + "".join(f"pump,{week},8\nvalve,{week},10\n" for week in range(20)),
    "suppliers.csv": "supplier,item,priority,lead_time_weeks,price_usd,recover_weeks\nFoundry,casting,1,3,18,10\nShaftworks,shaft,1,2,9,4\n"
    "Other Shafts,shaft,2,3,10,4\nSealings,seal,1,2,1,6\nBolts and Co,screw,1,1,0.1,1\n",
}
report = supplier_risk(read_tables(TABLES), 20)

figure, axes = plt.subplots(figsize=(8, 3))
for each in report.suppliers:
    lasts = 20 if each.survive_weeks is None else each.survive_weeks
    axes.barh(each.supplier, lasts, color="tab:red" if lasts < each.recover_weeks else "tab:blue", alpha=0.7)
    axes.plot(each.recover_weeks, each.supplier, "kx")
    alone = ", ".join(each.single_source_items) or "nothing"
    print(
        f"{each.supplier:14} is the only supplier of {alone} items; stock lasts {lasts} weeks, recovery takes "
        f"{each.recover_weeks:g}"
    )
axes.set_xlabel("weeks; bar: until stock runs out, x: until the supplier recovers")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_supplier_risk.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
