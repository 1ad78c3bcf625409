"""Mesh a part for its picture, in a reusable child process; imports nothing else, so that the picture comes quickly."""

from pathlib import Path

import msgspec
import numpy as np

from nightmill.cad import read_mesh, read_part
from nightmill.vocabulary.errors import BadInput

DEFLECTION_MM = 0.2
ANGLE_DEG = 20.0
"""A circle of radius 13 mm or less has 18 sides, within ``DEFLECTION_MM`` of it; a larger one has more."""
EXAMPLE = Path(__file__).parents[1] / "example" / "parts" / "bracket.step"


class Wanted(msgspec.Struct, frozen=True):
    """A part file to mesh, and whether the faster method may be used, which crashes the process on a few sound parts."""

    step: str
    sweep: bool = False


def ready() -> None:
    """Load the geometry kernel and all that a first part needs, by meshing an example."""
    mesh_job(msgspec.json.encode(Wanted(str(EXAMPLE), sweep=True)))


def mesh_job(asked: bytes) -> bytes:
    """Return ``{vertices, triangles, face_of}`` of a ``Wanted``, as JSON: rounded vertices in mm, corners of triangles, the face of each.

    Only the mesh is read; a solid whose coarse mesh doesn't close is read in full, which repairs it or reports what is wrong.
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
