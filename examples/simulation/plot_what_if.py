"""One more machine, or a second shift?

The same future is simulated with each change and without it, with common random numbers, so that the difference comes
from the change and not from chance. The bars show the change in tardiness with its 90 % interval: if the interval
contains zero, there is no clear effect. The results are simulated.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.scheduling import Model
from nightmill.simulation import Experiment, FloorModel, Uncertainty, read_change, what_if

HOUR_S = 3600.0

shop = Model()
for name in ("M1", "M2"):
    shop.machine(name)
shop.shift(7, 15, days=range(5))
shop.pallets = 5
for number in range(14):
    order = shop.order(f"A-{number + 1}", due_h=20 + 5 * number)
    for _ in range(2):
        shop.operation(shop.part(order), {"M1": 2.5, "M2": 2.5})

changes = {
    "a third machine": '{"add_machine": "M3", "like": "M1"}',
    "a second shift": '{"second_shift": {"begins_h": 15, "ends_h": 23, "persons": 1}}',
    "four more pallets": '{"pallets": 9}',
    "cuts 10 % quicker": '{"cycle_factor": 0.9}',
}
figure, axes = plt.subplots(figsize=(8, 3))
for name, text in changes.items():
    answer = what_if(
        shop.problem,
        read_change(text),
        iterations=400,
        experiment=Experiment(days=10, replications=30, seed=1),
        floor=FloorModel(uncertainty=Uncertainty(mtbf_h=None)),
    )
    late = next(each for each in answer.differences if each.measure == "tardiness_s")
    low, high = (late.low or 0.0) / HOUR_S, (late.high or 0.0) / HOUR_S
    mean = late.mean / HOUR_S
    axes.barh(name, mean, xerr=[[mean - low], [high - mean]], color="tab:blue", alpha=0.7)
    print(f"{name:18} tardiness {mean:+6.2f} h per order ({low:+.2f} to {high:+.2f})")
axes.axvline(0, color="black", linewidth=0.8)
axes.set_xlabel("change in mean tardiness [h]")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_what_if.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
