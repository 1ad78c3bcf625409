"""Find out whether a part is a body of revolution, and which half-section generates it.

The half-section is a polygon in (z, r): z along the axis from a point on it, r the distance from the axis. Arcs are split
into chords within 0.0005 mm. Features that aren't coaxial (cross holes, flats, slots) are listed, not drawn: the section is
that of the piece before they are cut.
"""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from nightmill.cad import Face, PartModel

Floats = NDArray[np.float64]

CHORD_MM = 0.0005
COAXIAL_MM = 0.002
PARALLEL = 1e-6
SNAP_MM = 0.01
LEAST_TURNED_AREA = 0.8
LEAST_TURNED_VOLUME = 0.85
_ANGLES = 8


@dataclass(frozen=True)
class Profile:
    """``section`` (z, r) of a part around ``origin`` + z ``axis`` (model coordinates); ``off_axis``: faces that turning
    can't make; ``curves``: the generator (n, 2) of each other face.
    """

    origin: Floats
    axis: Floats
    section: shapely.Polygon
    off_axis: tuple[int, ...]
    off_axis_mm2: float
    curves: dict[int, Floats]


def turned_profile(part: PartModel) -> Profile | None:
    """Return the half-section of a part that is mainly a body of revolution; None if the part is not, or if the section doesn't close."""
    found = _axis(part)
    if found is None:
        return None
    origin, axis = found
    cylindrical = _cylindrical(part, origin, axis)
    lines: dict[int, Floats] = {}
    off: list[Face] = []
    for face in part.faces:
        rows = np.flatnonzero(part.mesh.face_of == face.id)
        line = _generator(face, part, rows, origin, axis, cylindrical) if len(rows) else None
        if line is None:
            off.append(face)
        else:
            lines[face.id] = line
    off_area = sum(face.area_mm2 for face in off)
    if not lines or off_area > (1 - LEAST_TURNED_AREA) * part.area_mm2:
        return None
    section = _section(list(lines.values()), part, origin, axis)
    if section is not None:
        section = _filled(section, _standing_out(section, part, off, origin, axis))
    if section is None or part.volume_mm3 < LEAST_TURNED_VOLUME * revolved_mm3(section):
        return None
    buried = [face for face in part.faces if face.id in lines and _buried(lines[face.id], section)]
    off += buried
    off_area += sum(face.area_mm2 for face in buried)
    for face in buried:
        del lines[face.id]
    return Profile(origin, axis, section, tuple(face.id for face in off), off_area, lines)


def revolved_mm3(section: shapely.Polygon) -> float:
    """Return the volume of the body that the section sweeps around r = 0 (Pappus)."""
    return float(2 * math.pi * section.centroid.y * section.area)


def _standing_out(section: shapely.Polygon, part: PartModel, off: list[Face], origin: Floats, axis: Floats) -> Floats:
    """Return spans (n, 3) of z with the largest r: triangles outside the section on faces that turning can't make.

    There is material beside these triangles, such as a lug or a flat in a bore.
    """
    rows = np.isin(part.mesh.face_of, [face.id for face in off])
    corner = part.mesh.vertices[part.mesh.triangles[rows]]
    points = np.concatenate([corner, (corner + np.roll(corner, -1, axis=1)) / 2, corner.mean(axis=1, keepdims=True)], 1)
    away = points - origin
    along = away @ axis
    radius = np.linalg.norm(away - along[:, :, None] * axis, axis=2)
    inside = shapely.contains_xy(section.buffer(SNAP_MM), along.ravel(), radius.ravel()).reshape(along.shape)
    out = ~inside.all(axis=1)
    return np.stack([along[out].min(axis=1), along[out].max(axis=1), radius[out].max(axis=1)], axis=1)


def _filled(section: shapely.Polygon, spans: Floats) -> shapely.Polygon | None:
    """Return the section filled, from the axis out, along z where something stands out of it; None if it falls apart."""
    blocks: list[tuple[float, float, float]] = []
    for low, high, most in sorted(spans.tolist()):
        if blocks and low <= blocks[-1][1] + SNAP_MM:
            start, end, before = blocks.pop()
            low, high, most = start, max(end, high), max(before, most)
        blocks.append((low, high, most))
    whole = shapely.union_all([section, *(shapely.box(low, 0.0, high, most + SNAP_MM) for low, high, most in blocks)])
    return whole if isinstance(whole, shapely.Polygon) else None


def _buried(line: Floats, section: shapely.Polygon) -> bool:
    """Return whether the generator of a face lies within the section: the piece is turned without it."""
    middle = shapely.LineString(line).interpolate(0.5, normalized=True)
    return bool(section.boundary.distance(middle) > SNAP_MM)


def _axis(part: PartModel) -> tuple[Floats, Floats] | None:
    """Return the axis with the largest area of cylinders, cones and tori; the first non-zero entry of its direction is positive."""
    lines: list[tuple[Floats, Floats, float]] = []
    for face in part.faces:
        if face.origin is None or face.axis is None or face.surface not in ("cylinder", "cone", "torus"):
            continue
        axis = np.array(face.axis) / np.linalg.norm(face.axis)
        axis *= 1.0 if axis[int(np.argmax(np.abs(axis)))] > 0 else -1.0
        at = np.array(face.origin)
        for index, (other, direction, area) in enumerate(lines):
            away = at - other
            if (
                abs(axis @ direction) > 1 - PARALLEL
                and np.linalg.norm(away - away @ direction * direction) < COAXIAL_MM
            ):
                lines[index] = (other, direction, area + face.area_mm2)
                break
        else:
            lines.append((at, axis, face.area_mm2))
    if not lines:
        return None
    at, axis, _ = max(lines, key=lambda line: line[2])
    return at - (at @ axis) * axis, axis


def _cylindrical(part: PartModel, origin: Floats, axis: Floats) -> tuple[Floats, Floats]:
    away = part.mesh.vertices - origin
    along = away @ axis
    return along, np.asarray(np.linalg.norm(away - np.outer(along, axis), axis=1))


def _generator(
    face: Face,
    part: PartModel,
    rows: NDArray[np.int64],
    origin: Floats,
    axis: Floats,
    cylindrical: tuple[Floats, Floats],
) -> Floats | None:
    """Return the curve (n, 2) in (z, r) that generates a face; None for a face that is not coaxial.

    ``cylindrical``: the positions of the mesh's vertices along the axis, and their distances from it.
    """
    nodes = np.unique(part.mesh.triangles[rows])
    z, r = (of[nodes] for of in cylindrical)
    if face.surface == "plane":
        if abs(np.array(face.normal) @ axis) < 1 - PARALLEL:
            return None
        inner = 0.0 if _holds_axis(part, rows, origin, axis) else float(r.min())
        return np.array([[z.mean(), inner], [z.mean(), r.max()]])
    if not _coaxial(face, origin, axis):
        return None
    if face.surface == "cylinder" and face.radius_mm:
        return np.array([[z.min(), face.radius_mm], [z.max(), face.radius_mm]])
    if face.surface == "cone":
        low, high = int(np.argmin(z)), int(np.argmax(z))
        return np.array([[z[low], r[low]], [z[high], r[high]]])
    if face.surface in ("torus", "sphere") and face.radius_mm and face.origin is not None:
        middle = float((np.array(face.origin) - origin) @ axis)
        return _arc(middle, face.major_radius_mm or 0.0, face.radius_mm, z, r)
    return None


def _coaxial(face: Face, origin: Floats, axis: Floats) -> bool:
    if face.origin is None:
        return False
    away = np.array(face.origin) - origin
    near = bool(np.linalg.norm(away - away @ axis * axis) < COAXIAL_MM)
    if face.surface == "sphere":
        return near
    return near and face.axis is not None and bool(abs(np.array(face.axis) @ axis) > 1 - PARALLEL)


def _holds_axis(part: PartModel, rows: NDArray[np.int64], origin: Floats, axis: Floats) -> bool:
    """Return whether one of the triangles ``rows`` of a flat face lies over the axis."""
    u = np.cross(axis, [1.0, 0.0, 0.0] if abs(axis[0]) < 0.9 else [0.0, 1.0, 0.0])
    u /= np.linalg.norm(u)
    frame = np.stack([u, np.cross(axis, u)])
    corner = (part.mesh.vertices[part.mesh.triangles[rows]] - origin) @ frame.T
    turn = np.roll(corner, -1, axis=1)
    side = corner[:, :, 0] * turn[:, :, 1] - corner[:, :, 1] * turn[:, :, 0]
    return bool(((side >= -1e-9).all(axis=1) | (side <= 1e-9).all(axis=1)).any())


def _arc(z0: float, r0: float, radius: float, z: Floats, r: Floats) -> Floats:
    """Return the arc around (z0, r0) that contains all points, starting on the far side of their widest gap."""
    angle = np.sort(np.unique(np.round(np.arctan2(r - r0, z - z0), 9)))
    gaps = np.diff(np.append(angle, angle[0] + 2 * math.pi))
    widest = int(np.argmax(gaps))
    start = float(angle[(widest + 1) % len(angle)])
    sweep = 2 * math.pi - float(gaps[widest])
    count = max(2, math.ceil(sweep / (2 * math.acos(1 - min(0.5, CHORD_MM / radius)))))
    steps = start + sweep * np.arange(count + 1) / count
    return np.stack([z0 + radius * np.cos(steps), np.maximum(0.0, r0 + radius * np.sin(steps))], axis=1)


def _section(lines: list[Floats], part: PartModel, origin: Floats, axis: Floats) -> shapely.Polygon | None:
    """Return the closed half-section: ends are snapped together, gaps left by off-axis features are closed, and the axis is added."""
    ends = _snapped(lines)
    loose = [end for end, count in ends.items() if count % 2 and end[1] > 0]
    while len(loose) >= 2:
        end = loose.pop()
        other = min(loose, key=lambda o: math.dist(o, end))
        loose.remove(other)
        lines.append(np.array([end, other]))
    low = min(float(line[:, 0].min()) for line in lines)
    high = max(float(line[:, 0].max()) for line in lines)
    drawn = [shapely.LineString(line) for line in lines if math.dist(line[0], line[-1]) > 1e-9]
    net = shapely.unary_union([*drawn, shapely.LineString([(low, 0.0), (high, 0.0)])])
    cells = [cell for cell in shapely.get_parts(shapely.polygonize([net])) if _solid(cell, part, origin, axis)]
    whole = shapely.unary_union(cells) if cells else None
    return whole if isinstance(whole, shapely.Polygon) else None


def _snapped(lines: list[Floats]) -> dict[tuple[float, float], int]:
    """Move ends of ``lines`` that nearly meet onto each other (in place); return how many ends meet at each point."""
    places: list[tuple[float, float]] = []
    counts: dict[tuple[float, float], int] = {}
    for line in lines:
        for index in (0, -1):
            end = (float(line[index, 0]), 0.0 if line[index, 1] < SNAP_MM else float(line[index, 1]))
            place = next((p for p in places if math.dist(p, end) < SNAP_MM), None)
            if place is None:
                place = end
                places.append(place)
            line[index] = place
            counts[place] = counts.get(place, 0) + 1
    return counts


def _solid(cell: shapely.Polygon, part: PartModel, origin: Floats, axis: Floats) -> bool:
    """Return whether the part has material anywhere around the axis at the middle of the cell (winding number by solid angles)."""
    at = cell.representative_point()
    u = np.cross(axis, [1.0, 0.0, 0.0] if abs(axis[0]) < 0.9 else [0.0, 1.0, 0.0])
    u /= np.linalg.norm(u)
    v = np.cross(axis, u)
    corner = part.mesh.vertices[part.mesh.triangles]
    for step in range(_ANGLES):
        angle = 0.1 + 2 * math.pi * step / _ANGLES
        a, b, c = np.moveaxis(
            corner - (origin + at.x * axis + at.y * (math.cos(angle) * u + math.sin(angle) * v)), 1, 0
        )
        la, lb, lc = (np.linalg.norm(side, axis=1) for side in (a, b, c))
        above = np.einsum("nc,nc->n", a, np.cross(b, c))
        below = la * lb * lc + (a * b).sum(1) * lc + (b * c).sum(1) * la + (c * a).sum(1) * lb
        if np.arctan2(above, below).sum() / (2 * math.pi) > 0.5:
            return True
    return False
