"""A drift that no single part shows.

Sixty bores, of which the last twenty drift by a seventh of a sigma per part while the edge wears. No part is out of
tolerance, and no single value looks unusual; EWMA, CUSUM and the runs rules of the individuals chart detect the drift.
Circles mark their signals.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from nightmill.quality import SpcOptions, spc_table
from nightmill.quality.spc.control_charts import SpcAnswer

generator = np.random.default_rng(15)
values = 20.0 + 0.004 * generator.standard_normal(60)
values[40:] += 0.0006 * np.arange(20)
rows = [{"value": f"{value:.5f}"} for value in values]
answer = spc_table(rows, "bores.csv", SpcOptions(lsl=19.97, usl=20.03, center=20.0, sigma=0.004))

assert isinstance(answer, SpcAnswer)

figure, axes = plt.subplots(figsize=(9, 4))
axes.plot(values, "o-", markersize=3, color="0.4")
chart = next(each for each in answer.charts if each.kind == "individuals")
for level, style in ((chart.center, "-"), (chart.lcl, "--"), (chart.ucl, "--")):
    axes.axhline(level, color="tab:blue", linestyle=style)
for number, kind in enumerate(sorted({signal.chart for signal in answer.signals})):
    places = [signal.index for signal in answer.signals if signal.chart == kind]
    axes.plot(places, values[places], "o", markersize=9, markerfacecolor="none", color=f"C{number + 1}", label=kind)
    print(f"{kind:12} first signal at part {min(places)}")
axes.axvline(39.5, color="0.8")
axes.legend(frameon=False)
axes.set(xlabel="part", ylabel="diameter [mm]")
print(
    f"Cpk {answer.capability.cpk:.2f}, between {answer.capability.cpk_low:.2f} and {answer.capability.cpk_high:.2f} with 95 %"
)

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_control_chart.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
