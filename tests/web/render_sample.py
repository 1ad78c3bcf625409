"""Write the sample page, with the meshes of the example's parts: ``python tests/web/render_sample.py OUT.html``."""

import sys
from pathlib import Path
from typing import Any

import msgspec
from web_sample import NAMES, comparison, sample_view  # type: ignore[import-not-found]

from nightmill.cad import read_part
from nightmill.web.report.page import render_page

PARTS = Path(__file__).parents[2] / "src" / "nightmill" / "plant" / "example" / "parts"


def mesh_of(name: str) -> dict[str, Any]:
    """A preview as ``plant`` writes it."""
    mesh = read_part(PARTS / f"{name}.step", mesh_deflection_mm=0.2, angular_deg=15.0).mesh
    vertices = [[round(float(x), 3) for x in vertex] for vertex in mesh.vertices]
    return {"vertices": vertices, "triangles": mesh.triangles.tolist(), "face_of": mesh.face_of.tolist()}


if __name__ == "__main__":
    view = sample_view()
    parts = tuple(msgspec.structs.replace(part, preview=mesh_of(NAMES[k])) for k, part in enumerate(view.parts))
    page = render_page(msgspec.structs.replace(view, parts=parts), comparison=comparison())
    Path(sys.argv[1]).write_text(page, encoding="utf-8")
