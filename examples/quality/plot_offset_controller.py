"""Tool offsets that follow the wear.

The same simulated plants, with the same wear and noise, are run with three controllers of the tool offset and without
any: Nightmill's Kalman filter, which requests a measurement when it is uncertain, and two EWMA rules as used in shops.
All controllers measure the same fraction of the parts; the shorter the bar, the closer the parts are to their nominal
size. The results are simulated.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.quality import run_own_plants

results = run_own_plants(1, parts=800)
controllers = sorted({each.controller for each in results})
plants = list(dict.fromkeys(each.name for each in results))

figure, axes = plt.subplots(figsize=(8, 4))
for number, controller in enumerate(controllers):
    own = {each.name: each for each in results if each.controller == controller}
    places = [row + 0.2 * (number - 1.5) for row in range(len(plants))]
    axes.barh(places, [own[name].rms_um for name in plants], height=0.18, label=controller)
    bad = sum(own[name].out_of_tolerance_share for name in plants) / len(plants)
    print(
        f"{controller:14} {bad:6.2%} out of tolerance on average, {sum(own[name].measured_share for name in plants) / len(plants):.0%} measured"
    )
axes.set_yticks(range(len(plants)), plants)
axes.invert_yaxis()
axes.set(xscale="log", xlabel="root mean square of the deviation [um]")
axes.legend(frameon=False)

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_offset_controller.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
