"""The mesh of a part for its picture, in a guarded child; imports nothing else, so that the picture comes soon."""

from pathlib import Path
from typing import Any

from nightmill.design import read_part

DEFLECTION_MM = 0.2
ANGLE_DEG = 15.0


def mesh_job(step: str) -> dict[str, Any]:
    """``{vertices, triangles, face_of}``: rounded vertices in mm, corners of triangles, the face of each."""
    mesh = read_part(Path(step), mesh_deflection_mm=DEFLECTION_MM, angular_deg=ANGLE_DEG).mesh
    vertices = [[round(float(x), 3) for x in vertex] for vertex in mesh.vertices]
    return {"vertices": vertices, "triangles": mesh.triangles.tolist(), "face_of": mesh.face_of.tolist()}
