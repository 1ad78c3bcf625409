"""What a program does, block by block.

The interpreter reads RS-274 as a LinuxCNC control would: arcs, a helix, a drilling cycle, repeated blocks. The
picture shows each move: rapids dotted, cuts in the colour of their tool. Nothing else in Nightmill
parses NC text, so the picture shows exactly what is verified.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.verification import FEED, interpret

PROGRAM = """G21 G17 G90 G94 G40 G49 G80 G54
T1 M6
G43 H1
S6000 M3
G0 X0 Y-20
G0 Z5
G1 Z0 F300
G2 X0 Y-20 Z-6 I0 J20 P3 F800
G2 X0 Y-20 I0 J20
G0 Z20
T2 M6
G43 H2
S3000 M3
G99 G83 X30 Y30 Z-15 R2 Q4 F200
X-30
Y-30
X30
G80
G0 Z30
M30
"""

moves = interpret(PROGRAM)
figure = plt.figure(figsize=(7, 6))
axes = figure.add_subplot(projection="3d")
for begin, end, kind, tool in zip(moves.start, moves.end, moves.kind, moves.tool, strict=True):
    style = {"color": f"C{tool - 1}", "linewidth": 1.5} if kind == FEED else {"color": "0.6", "linestyle": ":"}
    axes.plot(*zip(begin, end, strict=True), **style)
axes.set(zlim=(-16, 30), xlabel="X", ylabel="Y", zlabel="Z")
axes.set_title(f"{moves.lines} lines, {len(moves.primitives)} moves, {moves.tool_changes} tool changes")

for use in (1, 2):
    own = [move for move in moves.primitives if move.tool == use and move.kind == FEED]
    print(f"tool {use}: {len(own)} cuts, {sum(move.length() for move in own):.1f} mm")
print("problems:", [problem.sentence() for problem in moves.problems])
picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_program.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
