"""Cutting data by material and tool.

The chart shows, for each material in the library, the cutting speed of coated carbide on the left, and the specific
cutting force at a chip thickness of 0.1 mm (Kienzle: kc = kc1.1 * h^-mc) on the right. Alloy steel needs four times the
force of aluminium at a third of the speed, which is why the same pocket takes so much longer.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.cam import materials

CHIP_MM = 0.1

known = sorted(materials(), key=lambda material: material.vc_coated_m_min)
names = [material.name for material in known]
force = [material.kc11_n_mm2 * CHIP_MM**-material.mc for material in known]

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 0.24 * len(known) + 1.5), sharey=True)
left.barh(names, [material.vc_coated_m_min for material in known], color="tab:blue")
left.set_xlabel("cutting speed, coated carbide [m/min]")
right.barh(names, force, color="tab:red")
right.set_xlabel(f"specific cutting force at a {CHIP_MM} mm chip [N/mm2]")
left.tick_params(axis="y", labelsize="small")

for material, each in zip(known, force, strict=True):
    print(f"{material.name:18} {material.group:12} vc {material.vc_coated_m_min:5.0f} m/min  kc {each:6.0f} N/mm2")
picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_cutting_data.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
