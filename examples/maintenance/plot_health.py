"""A machine's health from its vibration.

Spindle vibration is sampled every hour; from day 20 on, a bearing wears. The monitor learns the normal level, and the
machine's health falls as soon as the trend is beyond doubt, days before the limit is reached. No threshold has to be
given. The readings are simulated.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from nightmill.maintenance import HealthMonitor, update

HOUR_S, DAYS = 3600.0, 32
generator = np.random.default_rng(2)
monitor = HealthMonitor("M1", 0.0)
readings, health = [], []
for hour in range(24 * DAYS):
    worn = max(0.0, hour / 24 - 20) / 12
    reading = 1.2 * (1 + 1.6 * worn**2) * (1 + 0.04 * generator.standard_normal())
    monitor, seen = update(monitor, {"vibration_mm_s": reading}, hour * HOUR_S, "cutting")
    readings.append(reading)
    health.append(seen.health)
    if hour % 96 == 0:
        print(f"day {hour / 24:4.0f}: health {seen.health:.2f}  {seen.reason}")

days = np.arange(len(readings)) / 24
figure, (above, below) = plt.subplots(2, 1, figsize=(9, 4.5), sharex=True)
above.plot(days, readings, linewidth=0.7)
above.set_ylabel("vibration [mm/s]")
below.plot(days, health, color="tab:red")
below.set(xlabel="day", ylabel="health", ylim=(0, 1.05))

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_health.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
