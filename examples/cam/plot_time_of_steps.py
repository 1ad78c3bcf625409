"""Where the cycle time goes.

A plate is planned, and the time of each step is drawn in the order of the program, setup by setup. Roughing and
drilling are usually most of it; a long tail of small finishing steps shows that a larger inner radius would save time.
"""

import os
import tempfile
from importlib.resources import files
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.cad import read_part
from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route

part = read_part(Path(str(files("nightmill.plant"))) / "example" / "parts" / "flange_plate.step")
made = plan_route(PlanningTask(part, default_tools(), default_machine(), material_named("42CrMo4")))
strategies = sorted({step.strategy for setup in made.plan.setups for step in setup.steps})
colours = {strategy: plt.get_cmap("tab20")(number) for number, strategy in enumerate(strategies)}

figure, axes = plt.subplots(figsize=(9, 1.2 + 0.6 * len(made.plan.setups)))
for setup in made.plan.setups:
    begin = 0.0
    for step in setup.steps:
        axes.barh(
            f"setup {setup.name}", step.time_s / 60, left=begin / 60, color=colours[step.strategy], edgecolor="white"
        )
        begin += step.time_s
    print(f"setup {setup.name}: {len(setup.steps)} steps, {begin / 60:.1f} min of cutting, {setup.workholding}")
for strategy, colour in colours.items():
    axes.barh([f"setup {made.plan.setups[0].name}"], [0], color=colour, label=strategy)
axes.set_xlabel("minutes")
axes.legend(ncols=2, fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
axes.set_title(f"{part.name} of {made.plan.material}")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_time_of_steps.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
