"""The hockey stick: how waiting grows with load.

Parts are released at a steady rate to two mills that break down now and then. Near full load each part waits longer,
and the wait grows faster than the load: the curve in every queueing textbook, here computed with the twin. The results
are simulated.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import msgspec

from nightmill.scheduling import Model, dispatch_shop
from nightmill.simulation import Experiment, FloorModel, Uncertainty, look_ahead

HOUR_S, CUT_H, PARTS = 3600.0, 2.0, 60

loads, hours = [], []
for every_h in (2.2, 1.7, 1.4, 1.25, 1.15, 1.08):
    shop = Model()
    for name in ("M1", "M2"):
        shop.machine(name)
    shop.pallets = 40
    for number in range(PARTS):
        order = shop.order(f"A-{number}", due_h=every_h * number + 10)
        shop.operation(shop.part(order), {"M1": CUT_H, "M2": CUT_H})
    released = tuple(
        msgspec.structs.replace(operation, release_s=every_h * HOUR_S * number)
        for number, operation in enumerate(shop.problem.operations)
    )
    problem = msgspec.structs.replace(shop.problem, operations=released)
    future = look_ahead(
        problem,
        dispatch_shop(problem),
        experiment=Experiment(days=14, replications=12, seed=2),
        floor=FloorModel(uncertainty=Uncertainty(mtbf_h=40.0, repair_h=2.0)),
    )
    waits = [(each.p50 or 0.0) / HOUR_S - every_h * int(each.order.removeprefix("A-")) for each in future.completions]
    loads.append(CUT_H / (2 * every_h))
    hours.append(sum(waits) / len(waits))
    print(f"load {loads[-1]:4.0%}: {hours[-1]:5.2f} h from release to completion")

figure, axes = plt.subplots(figsize=(7, 4))
axes.plot([100 * load for load in loads], hours, "o-")
axes.axhline(CUT_H, color="0.6", linestyle=":", label="cutting time alone")
axes.set(xlabel="load of the mills [%]", ylabel="release to completion [h]", ylim=(0, None))
axes.legend(frameon=False)
picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_load_and_cycle_time.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
