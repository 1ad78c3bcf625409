"""Machining features on a part.

The bracket of the example shop is read from its STEP file, and each face is coloured by the feature it belongs to:
holes, counterbores, pockets, the step and the outer planes. The features are found by rules on the graph of faces and
edges, not taken from the CAD system, so files from any CAD system will do.
"""

import os
import tempfile
from importlib.resources import files
from pathlib import Path

import matplotlib.pyplot as plt
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

from nightmill.cad import feature_of_face, read_part

part = read_part(Path(str(files("nightmill.plant"))) / "example" / "parts" / "bracket.step")
owner = feature_of_face(part.features)
kinds = {face: part.features[feature].kind for face, feature in owner.items()}
colours = {kind: plt.get_cmap("tab10")(number) for number, kind in enumerate(sorted(set(kinds.values())))}

figure = plt.figure(figsize=(8, 6))
axes = figure.add_subplot(projection="3d")
corners = part.mesh.vertices[part.mesh.triangles]
shade = [colours[kinds[face]] if face in kinds else (0.8, 0.8, 0.8) for face in part.mesh.face_of.tolist()]
axes.add_collection3d(Poly3DCollection(corners, facecolors=shade, shade=True))
axes.set(xlim=(part.low[0], part.high[0]), ylim=(part.low[1], part.high[1]), zlim=(part.low[2], part.high[2]))
axes.set_box_aspect([high - low for low, high in zip(part.low, part.high, strict=True)])
axes.view_init(elev=35, azim=-60)
axes.set_axis_off()
for kind, colour in colours.items():
    axes.plot([], [], "s", color=colour, label=kind.replace("_", " "))
axes.legend(loc="upper left", frameon=False)
axes.set_title(f"{part.name}: {len(part.faces)} faces, {len(part.features)} features")

for feature in part.features:
    sizes = ", ".join(f"{name} {value:g}" for name, value in feature.parameters.items())
    print(f"{feature.kind:20} faces {list(feature.faces)}  {sizes}")
picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_features.png"
figure.savefig(picture, dpi=110, bbox_inches="tight")
print(f"picture: {picture}")
