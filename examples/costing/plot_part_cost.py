"""What a part really cost, and what the night changes.

The same part is made by day, with a person beside the mill, and at night, with nobody there: machine time is the same,
but attended minutes and the price of energy differ. The factors add up to the cost; scrap is the share of spoilt parts
that each good part pays.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.costing import PartCostInputs, part_cost


def inputs(attended_min: float, *, at_night: bool) -> PartCostInputs:
    """Return the inputs for one part at example rates."""
    return PartCostInputs(
        machine_min={"mill": 14.0},
        rate_usd_h={"mill": 42.0},
        attended_min=attended_min,
        wage_usd_h=34.0,
        energy_kwh_day=0.0 if at_night else 1.2,
        energy_kwh_night=1.2 if at_night else 0.0,
        energy_usd_kwh=0.19,
        night_usd_kwh=0.11,
        edge_shares={"10": 0.12, "11": 0.05},
        edge_usd={"10": 38.0, "11": 22.0},
        material_usd=9.5,
        overhead_share=0.15,
        scrap_share=0.02,
    )


costs = {
    "attended, by day": part_cost(inputs(16.0, at_night=False)),
    "one person, four mills": part_cost(inputs(6.0, at_night=False)),
    "lights out": part_cost(inputs(2.5, at_night=True)),
}
figure, axes = plt.subplots(figsize=(8, 3))
left = dict.fromkeys(costs, 0.0)
for factor in costs["lights out"]:
    values = [cost[factor] for cost in costs.values()]
    axes.barh(list(costs), values, left=list(left.values()), label=factor)
    left = {name: left[name] + value for name, value in zip(costs, values, strict=True)}
axes.set_xlabel("USD per part")
axes.legend(fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
for name, cost in costs.items():
    print(f"{name:24} {sum(cost.values()):6.2f} USD")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_part_cost.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
