"""Recognise pockets, passages, slots and steps: faces connected by concave or smooth edges, described from their floor.

A depression's boundary is convex, its inside is concave (Joshi and Chang 1988). The walls around its floor determine its kind: walls all
round make a pocket, two facing walls a slot, and fewer a step; facing walls all round without a floor make a passage.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightmill.cad.brep.adjacency_graph import Graph, parallel, square
from nightmill.cad.brep.records import Edge, Face, Feature, Vector

_STEEPEST_FLOOR_DEG, _LEAST_DRAFT_DEG = 45.0, 0.05
"""Angle above which a slanted plane is not a wall, and angle below which a wall is upright."""
_LEANS = 0.05
"""Sine of the angle from which a wall counts as overhanging a floor."""


@dataclass(frozen=True)
class Cavity:
    """One depression: its faces, its floor (None in a passage) and the direction in which it is open."""

    faces: tuple[int, ...]
    floor: int | None
    axis: Vector | None
    kind: str
    open_share: float


def find_cavities(graph: Graph, free: set[int], main: Vector) -> list[Cavity]:
    """Return all depressions among the faces ``free``; hull planes never belong to a depression. ``main`` decides between equal floors."""
    inside = {number for number in free if not graph.supports(number)}

    def joins(edge: Edge) -> bool:
        if edge.convexity == "concave":
            return True
        ends = [graph.faces[number] for number in edge.faces]
        # smooth: only a concave rounding continues the depression; a convex rounding ends it
        return edge.convexity == "smooth" and (
            any(face.hollow for face in ends) or _same_plane_kind(ends[0].surface, ends[1].surface)
        )

    found = []
    for group in graph.components(inside, joins):
        cavity = _cavity(graph, group, main)
        if cavity is not None:
            found.append(cavity)
    return found


def _same_plane_kind(a: str, b: str) -> bool:
    return a == b == "plane"


def _cavity(graph: Graph, group: list[int], main: Vector) -> Cavity | None:
    members = set(group)
    joined = [
        edge
        for edge in graph.edges
        if edge.faces[0] in members
        and edge.faces[1] in members
        and edge.faces[0] != edge.faces[1]
        and edge.convexity != "convex"
    ]
    if not joined:
        return None
    floor = _floor(graph, members, main)
    if floor is None:
        floor = _overhung_floor(graph, members)
    if floor is None:
        return _passage(graph, group)
    necks = _necks(graph, floor, members)
    if necks:
        group, members = sorted(members | necks), members | necks
    fenced, open_length = _fence(graph, floor, members)
    total = fenced + open_length
    share = open_length / total if total else 0.0
    normal = graph.faces[floor].normal
    if share < 1e-6:
        return Cavity(tuple(group), floor, normal, "slot" if _obround(graph, members - {floor}) else "pocket", 0.0)
    facing = _facing_walls(graph, floor, members)
    if facing:
        ends = _open_ends(graph, floor, members)
        kind = "through_slot" if ends >= 2 else "blind_slot"
        return Cavity(tuple(group), floor, normal, kind, share)
    return Cavity(tuple(group), floor, normal, "step", share)


def _floor(graph: Graph, members: set[int], main: Vector) -> int | None:
    """Return the plane on which most walls stand; in a tie, first the one square to the main axis, next the one with
    more walls, finally the larger one.
    """
    best: tuple[int, bool, float, float, int] | None = None
    for number in sorted(members):
        face = graph.faces[number]
        if face.surface != "plane":
            continue
        fenced, open_length = _fence(graph, number, members)
        if not fenced or not _stands_on(graph, number, members):
            continue
        walls = len(_walls(graph, number, members))
        share = round(fenced / (fenced + open_length), 3)
        rank = (walls, parallel(face.normal, main), share, face.area_mm2, number)
        if best is None or rank > best:
            best = rank
    return best[4] if best else None


def _overhung_floor(graph: Graph, members: set[int]) -> int | None:
    """Return the floor of a dovetail: the one plane over which two others, facing each other, lean from both sides; else None."""
    if _is_ring(graph, members):
        return None
    found = []
    for number in sorted(members):
        face = graph.faces[number]
        walls = [graph.faces[wall] for wall in _walls(graph, number, members)] if face.surface == "plane" else []
        over = [wall for wall in walls if wall.surface == "plane" and float(np.dot(wall.normal, face.normal)) < -_LEANS]
        if len(walls) >= 2 and len(over) == len(walls) and _facing_walls(graph, number, members):
            found.append(number)
    return found[0] if len(found) == 1 else None


def _necks(graph: Graph, floor: int, members: set[int]) -> set[int]:
    """Return upright walls above the ceilings of an undercut cavity, such as those in the neck of a T-slot."""
    normal = graph.faces[floor].normal
    ceilings = [n for n in members if graph.faces[n].surface == "plane" and _opposed(graph.faces[n].normal, normal)]
    return {
        other
        for ceiling in ceilings
        for other in graph.neighbours(ceiling, "convex")
        if other not in members and not graph.supports(other)
        and graph.faces[other].surface == "plane" and square(graph.faces[other].normal, normal)
        and float(np.subtract(graph.faces[other].centroid, graph.faces[ceiling].centroid) @ np.array(normal)) > 0
    }  # fmt: skip


def _floor_faces(graph: Graph, floor: int, members: set[int]) -> set[int]:
    """Return the floor and its continuations in the same plane, since the floor of two slots that cross at the same
    depth is split into pieces.
    """
    plane = graph.faces[floor]

    def goes_on(number: int) -> bool:
        face = graph.faces[number]
        level = float(np.subtract(face.centroid, plane.centroid) @ np.array(plane.normal))
        return face.surface == "plane" and _same_way(face.normal, plane.normal) and abs(level) < graph.tolerance * 10

    flat = {number for number in members if goes_on(number)}
    return set(next(part for part in graph.components(flat | {floor}, _is_smooth) if floor in part))


def _is_smooth(edge: Edge) -> bool:
    return edge.convexity == "smooth"


def _boundary(graph: Graph, floor: set[int]) -> list[tuple[Edge, int, int]]:
    """Return the edges around a floor, each with its floor face and the face beyond."""
    found = []
    for number in sorted(floor):
        for edge in graph.around[number]:
            other = graph.other(edge, number)
            if other not in floor:
                found.append((edge, number, other))
    return found


def _is_open(graph: Graph, edge: Edge, number: int, other: int, members: set[int]) -> bool:
    """Return True if a floor ends at this edge without a wall. The rim of a deeper feature in the floor doesn't count."""
    if edge.convexity != "convex" or number in edge.inside:
        return False
    return not (graph.faces[other].hollow and other not in members)


def _fence(graph: Graph, floor: int, members: set[int]) -> tuple[float, float]:
    """Return the lengths of a floor's boundary with and without a wall. Rims of holes are left out of both."""
    fenced = open_length = 0.0
    for edge, number, other in _boundary(graph, _floor_faces(graph, floor, members)):
        if edge.convexity == "convex":
            open_length += edge.length_mm * _is_open(graph, edge, number, other, members)
        elif other in members:
            fenced += edge.length_mm
    return fenced, open_length


def _walls(graph: Graph, floor: int, members: set[int]) -> list[int]:
    """Return members that rise from the floor, directly or through a rounding at the foot."""
    walls: list[int] = []
    whole = _floor_faces(graph, floor, members)
    for edge, _, other in _boundary(graph, whole):
        if edge.convexity == "convex" or other not in members:
            continue
        face = graph.faces[other]
        at_foot = face.surface in ("torus", "cylinder", "sphere", "other") and edge.convexity == "smooth"
        walls += (
            [far for far in graph.neighbours(other, "smooth") if far not in whole and far in members]
            if at_foot
            else [other]
        )
    return list(dict.fromkeys(walls))


def _stands_on(graph: Graph, floor: int, members: set[int]) -> bool:
    """Return True if no wall leans over the floor so far that the wall could be the floor itself: all rise along its normal."""
    normal = np.array(graph.faces[floor].normal)
    planes = [graph.faces[number] for number in _walls(graph, floor, members) if graph.faces[number].surface == "plane"]
    # in a closed ring of walls (a passage) each face stands on its two neighbours: none of them is a floor
    if _is_ring(graph, members) and _common_axis(graph, sorted(members)) is not None:
        return False
    return all(float(np.dot(face.normal, normal)) > -1e-3 for face in planes)


def _same_way(a: Vector, b: Vector) -> bool:
    return parallel(a, b) and float(np.dot(a, b)) > 0


def _opposed(a: Vector, b: Vector) -> bool:
    return parallel(a, b) and float(np.dot(a, b)) < 0


def _is_ring(graph: Graph, members: set[int]) -> bool:
    """Return True if every member has exactly two joints to other members: walls in a closed chain."""
    return (
        all(
            len({other for other in graph.neighbours(number, "concave", "smooth") if other in members}) == 2
            for number in members
        )
        and len(members) > 2
    )


def _facing_walls(graph: Graph, floor: int, members: set[int]) -> bool:
    walls = [graph.faces[number] for number in _walls(graph, floor, members)]
    planes = [face for face in walls if face.surface == "plane"]
    for i, first in enumerate(planes):
        for second in planes[i + 1 :]:
            toward = np.subtract(second.centroid, first.centroid)
            if float(np.dot(first.normal, second.normal)) < -0.5 and float(toward @ np.array(first.normal)) > 0:
                return True
    return any(face.surface == "cylinder" and face.hollow and (face.sweep_deg or 0) > 170 for face in walls)


def _open_ends(graph: Graph, floor: int, members: set[int]) -> int:
    """Return the number of faces at which a floor's boundary is open."""
    ends = _boundary(graph, _floor_faces(graph, floor, members))
    return len({other for edge, number, other in ends if _is_open(graph, edge, number, other, members)})


def _islands(graph: Graph, floor: int, members: set[int]) -> int:
    """Return the number of separate pieces of material that rise from within a floor."""
    ends = _boundary(graph, _floor_faces(graph, floor, members))
    rising = {other for edge, number, other in ends if edge.convexity != "convex" and number in edge.inside}
    return len(graph.components(rising, lambda edge: True))


def _passage(graph: Graph, group: list[int]) -> Cavity | None:
    """Classify walls around an axis with no floor: a passage if the ring closes, else a groove without a floor."""
    members = set(group)
    axis = _common_axis(graph, group)
    if axis is None:
        return None
    if _is_ring(graph, members) or _two_halves(graph, group):
        return Cavity(tuple(group), None, axis, "slot" if _obround(graph, members) else "through_pocket", 0.0)
    return Cavity(tuple(group), None, axis, "through_slot" if len(group) > 1 else "step", 1.0)


def _obround(graph: Graph, walls: set[int]) -> bool:
    """Return True for two facing planes between two half cylinders: the shape that one cutter leaves along a line."""
    faces = [graph.faces[number] for number in walls]
    planes = [face for face in faces if face.surface == "plane"]
    ends = [face for face in faces if face.surface == "cylinder" and abs((face.sweep_deg or 0.0) - 180.0) < 1.0]
    return len(faces) == 4 and len(planes) == len(ends) == 2 and _opposed(planes[0].normal, planes[1].normal)


def _two_halves(graph: Graph, group: list[int]) -> bool:
    return len(group) == 2 and sum(graph.faces[number].sweep_deg or 0.0 for number in group) > 350


def _common_axis(graph: Graph, group: list[int]) -> Vector | None:
    """Return the direction that all walls run along, or None."""
    axes = [graph.faces[number].axis for number in group if graph.faces[number].surface in ("cylinder", "cone")]
    if axes and axes[0] is not None:
        axis = np.array(axes[0])
    else:
        normals = [np.array(graph.faces[number].normal) for number in group if graph.faces[number].surface == "plane"]
        crosses = [np.cross(normals[0], normal) for normal in normals[1:]] if normals else []
        crosses = [cross for cross in crosses if float(np.linalg.norm(cross)) > 1e-3]
        if not crosses:
            return None
        axis = crosses[0] / np.linalg.norm(crosses[0])
    for number in group:
        face = graph.faces[number]
        upright = (
            square(face.normal, axis)
            if face.surface == "plane"
            else face.axis is not None and parallel(face.axis, axis)
        )
        if not upright:
            return None
    if axis[int(np.argmax(np.abs(axis)))] < 0:
        axis = -axis
    return float(axis[0]), float(axis[1]), float(axis[2])


def _mouth(graph: Graph, floor: Face, faces: list[Face]) -> dict[str, float]:
    """Return the width of an undercut slot's mouth, measured between the highest points of the overhanging walls or of the slot's neck."""
    over = [face for face in faces if face.surface == "plane" and float(np.dot(face.normal, floor.normal)) < -_LEANS]
    if not over:
        return {}
    up = np.array(floor.normal)
    ceilings = [face.id for face in over if _opposed(face.normal, floor.normal)]
    necks = [
        f
        for f in faces
        if f.surface == "plane" and square(f.normal, up) and set(graph.neighbours(f.id, "convex")) & {*ceilings}
    ]
    for first in necks or over:
        across = np.array(first.normal) - up * float(np.dot(first.normal, up))
        across = across / float(np.linalg.norm(across)) if float(np.linalg.norm(across)) > _LEANS else across
        if not _along_an_axis(across):
            continue  # the bounding boxes of slanted faces are larger than the faces
        for second in necks or over:
            if float(np.dot(second.normal, across)) < -_LEANS:
                reach = [
                    max(float(np.dot(corner, way)) for corner in _corners(each))
                    for each, way in ((first, across), (second, -across))
                ]
                return {"mouth_width_mm": abs(sum(reach))}
    return {}


def _along_an_axis(way: NDArray[np.float64]) -> bool:
    return bool(np.max(np.abs(way)) > 1 - 1e-9)


def _corners(face: Face) -> list[NDArray[np.float64]]:
    """Return the eight corners of a face's box."""
    return [
        np.array([x, y, z])
        for x in (face.low[0], face.high[0])
        for y in (face.low[1], face.high[1])
        for z in (face.low[2], face.high[2])
    ]


def _draft(faces: list[Face], direction: NDArray[np.float64]) -> dict[str, float]:
    """Return the draft angle of plane walls if all of them lean back by the same angle."""
    lean = [
        math.degrees(math.asin(min(1.0, max(-1.0, float(np.dot(face.normal, direction))))))
        for face in faces
        if face.surface == "plane"
    ]
    walls = [angle for angle in lean if angle < _STEEPEST_FLOOR_DEG]
    if not walls or min(walls) < _LEAST_DRAFT_DEG or max(walls) - min(walls) > _LEAST_DRAFT_DEG:
        return {}
    return {"draft_deg": sum(walls) / len(walls)}


def cavity_feature(graph: Graph, cavity: Cavity, number: int) -> Feature:
    """Return the cavity as a feature: depth along its axis, the middle of its mouth, smallest corner and floor radius, size across."""
    faces = [graph.faces[face] for face in cavity.faces]
    low = np.min([face.low for face in faces], axis=0)
    high = np.max([face.high for face in faces], axis=0)
    parameters: dict[str, float] = {}
    if cavity.axis is not None:
        direction = np.array(cavity.axis)
        reach = np.abs(high - low) @ np.abs(direction)
        parameters["depth_mm"] = float(reach)
        parameters["through"] = float(cavity.floor is None)
        if cavity.floor is not None:
            parameters["open_sides"] = float(_open_ends(graph, cavity.floor, set(cavity.faces)))
            parameters["islands"] = float(_islands(graph, cavity.floor, set(cavity.faces)))
        entry = np.where(direction > 0, high, low)
        place = (low + high) / 2 + direction * float((entry - (low + high) / 2) @ direction)
        parameters |= {name: float(value) for name, value in zip("xyz", place, strict=True)}
        across = sorted(float(size) for size, part in zip(high - low, direction, strict=True) if abs(part) < 0.5)
        if len(across) == 2:
            parameters |= {"width_mm": across[0], "length_mm": across[1]}
        corners = [
            face.radius_mm for face in faces
            if face.surface == "cylinder" and face.hollow and face.radius_mm and face.axis is not None and parallel(face.axis, direction)
        ]  # fmt: skip
        feet = [
            face.radius_mm for face in faces
            if face.radius_mm and face.hollow and face.surface in ("torus", "cylinder") and face.axis is not None
            and (face.surface == "torus" or not parallel(face.axis, direction))
        ]  # fmt: skip
        leaning = [
            min(face.end_radii_mm) for face in faces
            if face.surface == "cone" and face.hollow and face.end_radii_mm and face.axis is not None and parallel(face.axis, direction)
        ]  # fmt: skip
        corners += [radius for radius in leaning if radius > 0]
        if corners:
            parameters["corner_radius_mm"] = min(corners)
        parameters |= _draft(faces, direction)
        if cavity.floor is not None:
            parameters |= _mouth(graph, graph.faces[cavity.floor], faces)
        if feet:
            parameters["floor_radius_mm"] = min(feet)
    return Feature(id=number, kind=cavity.kind, faces=cavity.faces, parameters=parameters, axis=cavity.axis)
