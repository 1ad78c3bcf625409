"""A control chart in one call.

Fifty diameters, the last ten of them from a worn edge. One call charts them with limits, runs rules and capability, and
the result has its own plot. The data are simulated.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import nightmill as nm

generator = np.random.default_rng(3)
diameters = 12.0 + 0.003 * generator.standard_normal(50)
diameters[40:] += 0.008

chart = nm.control_chart(diameters.tolist(), lsl=11.97, usl=12.03)
figure, axes = plt.subplots(figsize=(8, 4))
chart.plot(axes)

print(f"Cpk {chart.cpk:.2f}; signals at parts {sorted({signal.index for signal in chart.signals})}")
picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_chart.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
