"""Where is this part cheapest to make?

The cost of a part, from its minutes and kilograms, is compared for the sites in the example shop's book of dated,
sourced facts. The bars are the factors of the unit cost at each site, delivered in the United States; the black line is
the 10 to 90 % range that results from the spread of the facts. If a fact is missing or out of date, the decision is
unknown, and the answer names that fact.
"""

import os
import tempfile
from datetime import date
from importlib.resources import files
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.costing import SiteRequest, facts_from_toml, where_to_make

request = SiteRequest(
    part="bracket",
    quantity_year=6000,
    machine_min=7.5,
    attended_min=1.5,
    weight_kg=0.16,
    material_usd=9.5,
    tool_usd=0.5,
    energy_kwh=0.4,
    material="Al 6061",
)
book = facts_from_toml((Path(str(files("nightmill.plant"))) / "example" / "sites.toml").read_text())
answer = where_to_make(request, book, date(2026, 7, 21), draws=1000)

figure, axes = plt.subplots(figsize=(9, 4))
names = [factor.name for factor in answer.sites[0].factors]
for number, name in enumerate(names):
    factors = [next(each for each in site.factors if each.name == name) for site in answer.sites]
    values = [(each.low + each.high) / 2 if each.usd is None else each.usd for each in factors]
    below = [
        sum((f.low + f.high) / 2 if f.usd is None else f.usd for f in site.factors[:number]) for site in answer.sites
    ]
    axes.barh([site.name for site in answer.sites], values, left=below, label=name, color=plt.get_cmap("tab20")(number))
for site in answer.sites:
    if site.p10 is not None and site.p90 is not None:
        axes.plot((site.p10, site.p90), (site.name, site.name), color="black")
    cost = "unknown" if site.unit_cost_usd is None else f"{site.unit_cost_usd:6.2f} USD"
    print(f"{site.name:26} {cost}, from {site.low_usd:.2f} to {site.high_usd:.2f}")
axes.invert_yaxis()
axes.set_xlabel("USD per piece")
axes.legend(fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
print(f"decision: {answer.decision}; {answer.reason}")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_where_to_make.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
