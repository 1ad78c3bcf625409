"""Which machine, which edge, which hour?

The input is two hundred deviations with the data of each part: machine, edge, hour, coolant level. One edge cuts 6 um
too large. The ranking finds it among all the other factors that changed at the same time; only causes that chance can't
explain are called significant.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from nightmill.quality import rank_causes

generator = np.random.default_rng(7)
factors: list[dict[str, str | float]] = []
values: list[float] = []
for number in range(200):
    machine, edge, hour = f"M{number % 3 + 1}", f"T4#{number // 25 % 4}", float(number % 24)
    factors.append({"machine": machine, "edge": edge, "hour": hour, "coolant": float(generator.uniform(20, 100))})
    values.append(3 * generator.standard_normal() + (6.0 if edge == "T4#2" else 0.0))

figure, axes = plt.subplots(figsize=(7, 2.5))
for cause in rank_causes(values, factors):
    colour = "tab:red" if cause.significant else "0.7"
    axes.barh(f"{cause.factor} {cause.side} {cause.level}", -cause.log10_p, color=colour)
    print(
        f"{cause.factor:8} {cause.side} {cause.level:6} {cause.inside:+6.2f} against {cause.outside:+6.2f} um, significant: {cause.significant}"
    )
axes.invert_yaxis()
axes.set_xlabel("-log10 p; red: significant")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_causes.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
