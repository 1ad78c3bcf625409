"""The mesh of a part for its picture, in a guarded child; imports nothing else, so that the picture comes soon."""

from pathlib import Path
from typing import Any

import numpy as np

from nightmill.design import read_mesh, read_part
from nightmill.vocabulary.errors import BadInput

DEFLECTION_MM = 0.2
ANGLE_DEG = 15.0


def mesh_job(step: str) -> dict[str, Any]:
    """``{vertices, triangles, face_of}``: rounded vertices in mm, corners of triangles, the face of each.

    Nothing but the mesh is read; a solid whose coarse mesh doesn't close is read whole, which mends it or says what is wrong.
    """
    try:
        mesh = read_mesh(Path(step), mesh_deflection_mm=DEFLECTION_MM, angular_deg=ANGLE_DEG)
    except BadInput:
        mesh = read_part(Path(step), mesh_deflection_mm=DEFLECTION_MM, angular_deg=ANGLE_DEG).mesh
    vertices = np.round(np.asarray(mesh.vertices, dtype=float), 3).tolist()
    return {"vertices": vertices, "triangles": mesh.triangles.tolist(), "face_of": mesh.face_of.tolist()}
