"""A running operation tunes its own speed.

One operation is cut again and again. After each cut the wear of the edge is read, and the next cut gets new factors for
speed and feed; the cost of machine time and edges falls until another trial isn't worthwhile. The mill is simulated;
wear follows Taylor's law, with an edge that lasts longer than the handbook says.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.tuning import CuttingObservation, CuttingTask, next_factors, wear_rate

task = CuttingTask("pocket", minutes=4.0, wear_share=0.10, minute_usd=1.2, tool_usd=38.0)
seen: list[CuttingObservation] = []
costs: list[float] = []
settings: list[tuple[float, float]] = []
for cut in range(12):
    advice = next_factors(task, seen)
    minutes = task.minutes / (advice.speed_factor * advice.feed_factor)
    wear = 0.6 * task.wear_share * wear_rate(advice.speed_factor, advice.feed_factor) * minutes / task.minutes
    seen.append(CuttingObservation(advice.speed_factor, advice.feed_factor, wear, minutes))
    settings.append((advice.speed_factor, advice.feed_factor))
    costs.append(minutes * task.minute_usd + wear * task.tool_usd)
    if advice.settled:
        print(f"settled before cut {cut + 1}: {advice.reason}")
        break

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5))
left.plot(range(1, len(costs) + 1), costs, "o-")
left.set(xlabel="cut", ylabel="machine time and edges [USD]", ylim=(0, None))
right.plot(*zip(*settings, strict=True), "o-")
right.set(xlabel="speed factor", ylabel="feed factor")
print(f"cost of the first cut {costs[0]:.2f} USD, of the last {costs[-1]:.2f}")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_cutting_factors.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
