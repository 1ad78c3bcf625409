"""Why a machine is slower than its programmed feed.

One program of short moves is timed for machines with different acceleration. By path length divided by feed, all would
be equally fast. With look-ahead and limited acceleration and jerk, a sluggish machine never reaches the programmed feed
in the corners; the grey line is path length divided by feed.
"""

import math
import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.verification import read_program
from nightmill.vocabulary.shop import MachineLimits

FEED_MM_MIN = 6000.0
points = [(40 * math.cos(k / 3) * (1 + k % 2 / 4), 40 * math.sin(k / 3) * (1 + k % 2 / 4)) for k in range(120)]
program = "\n".join(
    (
        "G21 G17 G90 G94 G40 G49 G80 G54\nT1 M6\nG43 H1\nS12000 M3\nG0 X50 Y0\nG0 Z5",
        f"G1 Z-1 F{FEED_MM_MIN:.0f}",
        *(f"G1 X{x:.3f} Y{y:.3f}" for x, y in points),
        "G0 Z20\nM30",
    )
)

accelerations = (250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)
timed = [read_program(program, MachineLimits(accel_mm_s2=each)) for each in accelerations]
paper_s = timed[0].cutting_mm / FEED_MM_MIN * 60

figure, axes = plt.subplots(figsize=(7, 4))
axes.semilogx(accelerations, [each.cutting_s for each in timed], "o-", label="with limited acceleration")
axes.axhline(paper_s, color="0.6", label="path length / feed")
axes.set(xlabel="acceleration of the axes [mm/s2]", ylabel="cutting time [s]", ylim=(0, None))
axes.legend(frameon=False)

for acceleration, each in zip(accelerations, timed, strict=True):
    print(
        f"{acceleration:6.0f} mm/s2: {each.cutting_s:6.1f} s, {each.cutting_s / paper_s:.2f} times path length / feed"
    )
picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_cycle_time.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
