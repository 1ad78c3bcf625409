"""Mesh a part for its picture, in a reusable child process; imports nothing else, so that the picture comes quickly."""

from pathlib import Path

import msgspec
import numpy as np

from nightmill.cad import read_mesh, read_part
from nightmill.vocabulary.errors import BadInput

DEFLECTION_MM = 0.2
ANGLE_DEG = 20.0
"""A circle with a radius of 13 mm or less gets 18 sides, within ``DEFLECTION_MM`` of the circle; a larger circle gets more."""
EXAMPLE = Path(__file__).parents[1] / "example" / "parts" / "bracket.step"


class Wanted(msgspec.Struct, frozen=True):
    """A part file to mesh, and whether to allow the faster method, which crashes the process on a few sound parts."""

    step: str
    sweep: bool = False


def ready() -> None:
    """Load the geometry kernel and everything needed for the first part, by meshing an example."""
    mesh_job(msgspec.json.encode(Wanted(str(EXAMPLE), sweep=True)))


def mesh_job(asked: bytes) -> bytes:
    """Return ``{vertices, triangles, face_of}`` for a ``Wanted``, as JSON: rounded vertices in mm, corners of triangles, the face of each.

    Only the mesh is read; if a solid's coarse mesh doesn't close, the file is read in full, which repairs the solid or reports the fault.
    """
    wanted = msgspec.json.decode(asked, type=Wanted)
    path = Path(wanted.step)
    try:
        mesh = read_mesh(path, mesh_deflection_mm=DEFLECTION_MM, angular_deg=ANGLE_DEG, sweep=wanted.sweep)
    except BadInput:
        mesh = read_part(path, mesh_deflection_mm=DEFLECTION_MM, angular_deg=ANGLE_DEG).mesh
    vertices = np.round(np.asarray(mesh.vertices, dtype=float), 3).tolist()
    return msgspec.json.encode(
        {"vertices": vertices, "triangles": mesh.triangles.tolist(), "face_of": mesh.face_of.tolist()}
    )
