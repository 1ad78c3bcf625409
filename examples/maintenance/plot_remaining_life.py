"""How long will it last?

Thirty machines with three sensors, one of which carries no information, have run to failure. The model learns from them
and predicts the remaining life of ten others in the middle of their lives. The bars are 90 % intervals, the crosses the
actual lives. The data are simulated.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from nightmill.maintenance import fit_health, predict_health, read_history

generator = np.random.default_rng(6)


def history(units: int, name: str, cut: bool) -> tuple[str, dict[str, int]]:
    """Return the cycles of several machines as CSV text, and the remaining life of each at its last row."""
    lines, left = ["unit,cycle,setting_load,sensor_heat,sensor_vibration,sensor_idle,failed"], {}
    for unit in range(units):
        life = int(generator.normal(180, 30))
        stop = int(life * generator.uniform(0.5, 0.9)) if cut else life
        for cycle in range(1, stop + 1):
            used = (cycle / life) ** 3
            heat, shake = 60 + 15 * used + generator.normal(0, 1), 1 + 2 * used + generator.normal(0, 0.1)
            failed = int(not cut and cycle == stop)
            lines.append(
                f"{name}{unit},{cycle},{generator.uniform(0.5, 1):.2f},{heat:.2f},{shake:.3f},{generator.normal():.2f},{failed}"
            )
        left[f"{name}{unit}"] = life - stop
    return "\n".join(lines) + "\n", left


past, _ = history(30, "A", cut=False)
now, truth = history(10, "B", cut=True)
model = fit_health(read_history({"past.csv": past}))
answer = predict_health(model, read_history({"now.csv": now}))

figure, axes = plt.subplots(figsize=(8, 3.5))
hit = 0
for unit in answer.units:
    axes.barh(unit.id, unit.high - unit.low, left=unit.low, color="tab:blue", alpha=0.5)
    axes.plot(unit.rul, unit.id, "|", color="black")
    axes.plot(truth[unit.id], unit.id, "kx")
    hit += unit.low <= truth[unit.id] <= unit.high
print(f"learned from {model.failures} failures ({model.rung}); {hit} of {len(answer.units)} within their interval")
axes.set_xlabel("cycles left")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_remaining_life.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
