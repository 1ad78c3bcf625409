"""What decides the comparison.

Home is compared with one other site: each fact is varied over its own range while the others stay fixed. The widest
bars are the facts that are worth a phone call; a red bar means that the fact could change the decision.
"""

import os
import tempfile
from datetime import date
from importlib.resources import files
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.costing import SiteComparison, SiteRequest, facts_from_toml, tornado

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
found = tornado(SiteComparison(book, date(2026, 7, 21), draws=500), request, "suzhou")
swings = found.swings[:12]

figure, axes = plt.subplots(figsize=(8, 4))
for swing in swings:
    low, high = sorted((swing.gap_at_low, swing.gap_at_high))
    axes.barh(f"{swing.fact} ({swing.site})", high - low, left=low, color="tab:red" if swing.flips else "tab:blue")
    print(f"{swing.site:10} {swing.fact:24} {swing.gap_at_low:+6.2f} to {swing.gap_at_high:+6.2f} USD per piece")
axes.axvline(0.0, color="black", linewidth=0.8)
axes.invert_yaxis()
axes.set_xlabel("home minus the other site [USD per piece]")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_what_decides.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
