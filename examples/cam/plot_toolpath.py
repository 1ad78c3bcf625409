"""The path of every tool in one setup.

A plate is planned from its STEP file, and the program of its first setup is read back as a control would read it.
Each tool has a colour; dashed lines are rapids. The picture shows the planner's sequence: the large mill
clears, thinner ones follow into the corners, then the holes are drilled.
"""

import os
import tempfile
from importlib.resources import files
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from nightmill.cad import read_part
from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route
from nightmill.verification import FEED, interpret

part = read_part(Path(str(files("nightmill.plant"))) / "example" / "parts" / "flange_plate.step")
made = plan_route(PlanningTask(part, default_tools(), default_machine(), material_named("Al 6061")))
setup = made.plan.setups[0]
moves = interpret(made.files[setup.program].decode())

figure = plt.figure(figsize=(8, 6))
axes = figure.add_subplot(projection="3d")
names = {tool.number: tool.name for tool in made.plan.tools}
for number, tool in enumerate(moves.tools):
    colour = plt.get_cmap("tab10")(number)
    own = moves.tool == tool
    for kind, style in ((FEED, "-"), (1 - FEED, ":")):
        rows = own & (moves.kind == kind)
        gaps = np.full((int(rows.sum()), 1, 3), np.nan)
        lines = np.concatenate([moves.start[rows][:, None], moves.end[rows][:, None], gaps], axis=1).reshape(-1, 3)
        label = f"T{tool} {names.get(tool, '')}" if kind == FEED else None
        axes.plot(*lines.T, style, color=colour, linewidth=0.8 if kind == FEED else 0.4, label=label)
axes.set_zlim(moves.end[moves.kind == FEED][:, 2].min(), 25)
axes.legend(loc="upper left", fontsize="small", frameon=False)
axes.set_title(f"{part.name}, {setup.name}: {len(moves)} moves")

for step in setup.steps:
    print(f"{step.name:36} T{step.tool:<4} {step.cutting.vc_m_min:6.0f} m/min  {step.cutting.feed_mm_min:6.0f} mm/min")
picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_toolpath.png"
figure.savefig(picture, dpi=110, bbox_inches="tight")
print(f"picture: {picture}")
