"""The features of a family of parts.

All six parts of the example shop are read. The bars count their features by kind: this is where a planner starts who
looks for parts that suit one fixture and one set of tools. Volume and the fraction of the bounding box that is cut away
are printed.
"""

import os
import tempfile
from collections import Counter
from importlib.resources import files
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.cad import read_part

folder = Path(str(files("nightmill.plant"))) / "example" / "parts"
parts = [read_part(path, mesh_deflection_mm=0.02) for path in sorted(folder.glob("*.step"))]
counts = {part.name: Counter(feature.kind for feature in part.features) for part in parts}
kinds = sorted({kind for count in counts.values() for kind in count})

figure, axes = plt.subplots(figsize=(9, 5))
left = dict.fromkeys(counts, 0)
for kind in kinds:
    widths = [count[kind] for count in counts.values()]
    axes.barh(list(counts), widths, left=list(left.values()), label=kind.replace("_", " "))
    left = {name: left[name] + width for name, width in zip(counts, widths, strict=True)}
axes.set_xlabel("features")
axes.legend(ncols=2, fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)

for part in parts:
    box = 1.0
    for low, high in zip(part.low, part.high, strict=True):
        box *= high - low
    print(f"{part.name:18} {part.volume_mm3 / 1000:7.1f} cm3, {1 - part.volume_mm3 / box:4.0%} of its box is cut away")
picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_part_family.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
