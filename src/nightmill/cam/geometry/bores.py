"""Find bores and tapers of a part, seen along the axis of a setup."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nightmill.cad import Face, PartModel

SAME_CONE_MM = 0.001
"""Faces whose axes, ends and radii differ by less than this belong to one cone."""


@dataclass(frozen=True)
class Bore:
    """A full hollow cylinder along the work Z axis: position, radius, span (mm) and the ids of its faces.

    ``tapered``: the bore is a slender cone with ``radius`` at its narrow end; a drill only opens it.
    """

    x: float
    y: float
    radius: float
    low: float
    high: float
    faces: tuple[int, ...]
    tapered: bool = False


def bores(part: PartModel, matrix: NDArray[np.float64]) -> list[Bore]:
    """Return the holes along the work Z axis, with the faces of each wall joined; ``matrix`` (4, 4) maps model to work coordinates.

    The minor diameter of a modelled thread counts as a hole as long as the thread: its wall is what the flanks leave of the
    cylinder.
    """
    threads = [thread for thread in part.threads if thread.inner]
    groups: dict[tuple[int, int, int], list[tuple[Face, float, float]]] = {}
    for face in part.faces:
        if face.surface != "cylinder" or not face.hollow or None in (face.axis, face.origin, face.span_mm):
            continue
        axis = matrix[:3, :3] @ np.array(face.axis)
        if abs(axis[2]) < 1 - 1e-7 or not face.radius_mm:
            continue
        origin = matrix[:3, :3] @ np.array(face.origin) + matrix[:3, 3]
        ends = sorted(float(origin[2] + axis[2] * s) for s in face.span_mm or ())
        key = (round(origin[0] * 500), round(origin[1] * 500), round(face.radius_mm * 500))
        groups.setdefault(key, []).append((face, ends[0], ends[1]))
    found = []
    for (x, y, radius), rows in groups.items():
        for chain in _chains(rows):
            faces = tuple(f.id for f, _, _ in chain)
            low, high = min(a for _, a, _ in chain), max(b for _, _, b in chain)
            flanks = [face for thread in threads if set(faces) & set(thread.walls) for face in thread.faces]
            if flanks:
                heights = _heights(part, flanks, matrix)
                low, high = min(low, float(heights.min())), max(high, float(heights.max()))
            elif sum((f.sweep_deg or 0.0) * (b - a) for f, a, b in chain) < 359.0 * (high - low):
                continue
            found.append(Bore(x / 500, y / 500, radius / 500, low, high, faces))
    return sorted(found, key=lambda b: (b.radius, b.x, b.y))


def _heights(part: PartModel, faces: list[int], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the work Z (n,) of the mesh's corners on some faces."""
    mesh = part.mesh
    corners = mesh.vertices[mesh.triangles[np.isin(mesh.face_of, faces)]]
    return np.asarray(corners.reshape(-1, 3) @ matrix[2, :3] + matrix[2, 3])


def tapers(part: PartModel, matrix: NDArray[np.float64]) -> list[Bore]:
    """Return the slender conical holes along the work Z axis, such as holes for pipe threads and in drafted parts.

    A cone may be one face or several side by side; ``matrix``: as for ``bores``.
    """
    pieces: list[tuple[Bore, float]] = []
    for face in part.faces:
        if face.surface != "cone" or not face.hollow:
            continue
        if face.axis is None or face.origin is None or face.span_mm is None or face.end_radii_mm is None:
            continue
        axis = matrix[:3, :3] @ np.array(face.axis)
        if abs(axis[2]) < 1 - 1e-7 or not 0.0 < (face.semi_angle_deg or 0.0) <= TAPER_DEG:
            continue
        apex = matrix[:3, :3] @ np.array(face.origin) + matrix[:3, 3]
        low, high = sorted(float(apex[2] + axis[2] * s) for s in face.span_mm)
        own = Bore(float(apex[0]), float(apex[1]), min(face.end_radii_mm), low, high, (face.id,), True)
        pieces.append((own, face.sweep_deg or 0.0))
    sizes = np.array([(own.x, own.y, own.radius, own.low, own.high) for own, _ in pieces]).reshape(-1, 5)
    left, found = np.full(len(pieces), True), []
    for (own, _), size in zip(pieces, sizes, strict=True):
        side_by_side = np.flatnonzero(left & (np.abs(sizes - size) < SAME_CONE_MM).all(axis=1))
        left[side_by_side] = False
        if sum(pieces[k][1] for k in side_by_side) >= 359.0:
            found.append(replace(own, faces=tuple(pieces[k][0].faces[0] for k in side_by_side)))
    return found


def _chains(rows: list[tuple[Face, float, float]]) -> list[list[tuple[Face, float, float]]]:
    """Return groups of faces with the same axis and radius, split at gaps along the axis."""
    chains: list[list[tuple[Face, float, float]]] = []
    reach = -math.inf
    for row in sorted(rows, key=lambda r: r[1]):
        if not chains or row[1] > reach + 0.01:
            chains.append([])
        chains[-1].append(row)
        reach = max(reach, row[2])
    return chains


TAPER_DEG, TAPER_LEFT_MM = 8.0, 0.1
"""Largest half angle of a conical hole that is drilled before it is milled, and how much the drill leaves at the narrow end."""
