"""Compute area and volume from the mesh if the kernel's integrals over winding surfaces don't converge."""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.cad.brep.face_records import OrientedFace
from nightmill.cad.brep.records import Face, Mesh
from nightmill.cad.meshing.tessellation import mesh_volume, open_edges, tessellate
from nightmill.cad.step.kernel_import import volume_of

FINER = 0.5
"""Deflection and angle of the second mesh, as a fraction of those of the first."""
STILL = 0.2
"""Limit on how far the second mesh's volume may move from the first one's towards the integral, as a fraction of the
gap between first mesh and integral. If the first mesh is off only because it is coarse, the second one closes about
half of the gap.
"""
SURE = 1e-4
"""Relative accuracy requested from the refined integral."""
VOLUME_TOLERANCE = 0.01
"""Relative difference from which two integrals of one volume, or an integral and a mesh, count as contradictory."""
AREA_OFF = 0.01
"""Relative difference from which a face's area is taken from the mesh instead of the integral."""


def measured(
    solid: Any, faces: list[OrientedFace], records: tuple[Face, ...], mesh: Mesh, chords: tuple[float, float]
) -> tuple[tuple[Face, ...], float, str] | None:
    """Return the face records and the volume (mm3) from a mesh, and a note that says so; None if the mesh can't be trusted.

    ``mesh`` was made with ``chords``, its deflection (mm) and angle (degrees). The mesh is trusted if the integrals disagree with each
    other, it is closed, and a finer mesh encloses the same volume.
    """
    plain, exact = volume_of(solid), volume_of(solid, SURE)
    if open_edges(mesh) or not len(mesh.triangles) or abs(plain - exact) <= VOLUME_TOLERANCE * abs(exact):
        return None
    deflection_mm, angular_deg = (FINER * each for each in chords)
    finer = tessellate(solid, faces, deflection_mm=deflection_mm, angular_deg=angular_deg)
    volume, first = mesh_volume(finer), mesh_volume(mesh)
    if open_edges(finer) or volume <= 0 or abs(volume - first) > STILL * abs(exact - first):
        return None
    areas = _areas(finer, len(faces))
    off = [face.id for face in records if abs(face.area_mm2 - areas[face.id]) > AREA_OFF * areas[face.id]]
    found = tuple(
        msgspec.structs.replace(face, area_mm2=float(areas[face.id])) if face.id in off else face for face in records
    )
    where = f"faces {', '.join(map(str, off[:8]))}{', ...' if len(off) > 8 else ''} wind" if off else "its faces wind"
    return (
        found,
        volume,
        f"{where} too tightly for the area and volume integrals to converge: area and volume are those of a mesh",
    )


def _areas(mesh: Mesh, count: int) -> NDArray[np.float64]:
    """Return the area of each face's triangles (count,), mm2."""
    corners = mesh.vertices[mesh.triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return np.asarray(np.bincount(mesh.face_of, np.linalg.norm(cross, axis=1) / 2, count))
