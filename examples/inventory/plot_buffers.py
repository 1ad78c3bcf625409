"""Where safety stock belongs in a supply chain.

Bodies are turned from bar stock, assembled with purchased seals, and shipped. Each stage may promise the next one a
delivery time; a stage that promises immediate delivery must hold stock. The cheapest placement is proven: no placement
can cost less than the bound in the title (guaranteed-service model, Graves and Willems 2000). Stock is held before the
stage that adds most of the value.
"""

import json
import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.inventory import place_buffers, read_chain

chain = {
    "stages": [
        {"name": "bar stock", "cost": 12, "time": 20},
        {"name": "seals", "cost": 3, "time": 30},
        {"name": "bodies", "cost": 60, "time": 6},
        {"name": "assembly", "cost": 90, "time": 2},
        {"name": "shipping", "cost": 95, "time": 3, "mu": 40, "sd": 15, "max_service": 0, "sl": 0.95},
    ],
    "arcs": [["bar stock", "bodies"], ["bodies", "assembly"], ["seals", "assembly"], ["assembly", "shipping"]],
}
plan = place_buffers(read_chain(json.dumps(chain)))

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), sharey=True)
names = [stage.name for stage in plan.stages]
left.barh(names, [stage.safety_stock for stage in plan.stages], color="tab:blue")
left.set_xlabel("safety stock [pieces]")
right.barh(names, [stage.service_time for stage in plan.stages], color="tab:orange")
right.set_xlabel("promised time [days]")
left.invert_yaxis()
figure.suptitle(f"cost {plan.cost:.0f} per year, lower bound {plan.lower_bound:.0f}")
for stage in plan.stages:
    print(
        f"{stage.name:10} waits {stage.inbound_time:3} days, promises {stage.service_time:3}, stock {stage.safety_stock:6.1f}"
    )

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_buffers.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
