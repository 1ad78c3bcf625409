"""What to measure, and with what.

The inspection plan of a part comes from its model: PMI if there is any, otherwise the features' sizes with the general
tolerance ISO 2768-m. The bars count the measurements made with each gauge; the table with the limits is printed.
"""

import os
import tempfile
from collections import Counter
from importlib.resources import files
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.cad import read_part
from nightmill.quality import inspection_plan

part = read_part(
    Path(str(files("nightmill.plant"))) / "example" / "parts" / "motor_mount_plate.step", mesh_deflection_mm=0.02
)
plan = inspection_plan(part)
counts = Counter((each.gauge, each.origin) for each in plan)

figure, axes = plt.subplots(figsize=(8, 3))
for (gauge, origin), count in sorted(counts.items()):
    axes.barh(gauge, count, label=origin, color="tab:blue", alpha=0.7)
axes.set_xlabel("characteristics")
axes.set_title(f"{part.name}: {len(plan)} characteristics")
for each in plan[:10]:
    limits = "" if each.lower is None or each.upper is None else f"{each.lower:g} to {each.upper:g} {each.unit}"
    print(f"{each.balloon:3} {each.kind:18} {limits:24} {each.gauge:20} {each.origin}")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_inspection_plan.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
