"""Convex and concave edges.

Convex and concave edges distinguish a boss from a pocket. The picture shows the clamp body as a graph: a dot for each
face, at its centre, and a line for each edge between two faces, red where it is concave (a tool must fit into the
corner), grey where it is convex, blue where the two faces meet smoothly.
"""

import os
import tempfile
from importlib.resources import files
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.cad import read_part

COLOURS = {"convex": "0.7", "concave": "tab:red", "smooth": "tab:blue"}

part = read_part(Path(str(files("nightmill.plant"))) / "example" / "parts" / "clamp_body.step")
centres = {face.id: face.centroid for face in part.faces}

figure = plt.figure(figsize=(8, 6))
axes = figure.add_subplot(projection="3d")
for edge in part.edges:
    first, second = (centres[face] for face in edge.faces)
    points = list(zip(first, second, strict=True))
    axes.plot(*points, color=COLOURS[edge.convexity], linewidth=2 if edge.convexity == "concave" else 1)
axes.scatter(*zip(*centres.values(), strict=True), c="black", s=12)
for convexity, colour in COLOURS.items():
    count = sum(edge.convexity == convexity for edge in part.edges)
    axes.plot([], [], color=colour, label=f"{convexity}: {count} edges")
    print(f"{convexity:8} {count} edges")
axes.legend(loc="upper left", frameon=False)
axes.set_box_aspect([high - low for low, high in zip(part.low, part.high, strict=True)])
axes.set_title(f"{part.name}: faces and the edges between them")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_edges.png"
figure.savefig(picture, dpi=110, bbox_inches="tight")
print(f"picture: {picture}")
