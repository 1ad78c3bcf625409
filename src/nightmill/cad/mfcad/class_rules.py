"""Classify a depression as one of the published machining features: by its floor, its walls and its open sides.

The definitions are those of MFCAD++ (Colligan et al., doi 10.17034/d1fec5a0-8c10-4630-b02e-b92dc81df823): each feature is a sketch on a
plane face, extruded straight into the part. So all its walls run along one direction, the sketch's corners are
the angles between walls, and a sketch on the rim of the face leaves the side towards that rim open.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightmill.cad.brep.adjacency_graph import Graph, parallel, square
from nightmill.cad.brep.records import Face
from nightmill.cad.mfcad.depressions import axis_of, different, floor_of, surface_key
from nightmill.cad.mfcad.rims import is_ceiling, rim_walls, without_rims

_EXACT = 1e-3
_PARALLEL = 1e-6  # 0.08 deg: a slanted wall may be nearly upright
_SMALLEST_ISLAND = 1 / 3  # fraction of an O-ring's radius
_TOWARDS = 0.3
_HALF_DEG = 175.0
_SHALLOWEST_TURN, _STEEPEST_TURN = float(np.cos(np.radians(98))), float(np.cos(np.radians(142)))
_POLYGONS = {3: "triangular", 4: "rectangular"}


@dataclass(frozen=True)
class Opening:
    """A side on which a depression is open: the outward normal of the plane there, and a point on it.

    ``square`` is false if the plane isn't parallel to the direction of the walls, or parts of the depression reach beyond it: such a
    plane belongs to another feature, which cut into this one.
    """

    normal: NDArray[np.float64]
    point: NDArray[np.float64]
    square: bool = True


@dataclass(frozen=True)
class Depression:
    """One depression: its distinct surfaces, its floor and direction, and its open sides."""

    walls: list[Face]
    arcs: list[Face]
    islands: list[Face]
    floor: Face | None
    axis: NDArray[np.float64]
    beside: list[Opening]
    faces: list[Face]

    @property
    def opens(self) -> list[Opening]:
        """Return the sides that end the whole depression squarely."""
        return [side for side in self.beside if side.square]

    @property
    def blind(self) -> bool:
        """Return True if it has a floor."""
        return self.floor is not None


def class_of(graph: Graph, group: tuple[int, ...], known: dict[int, str], *, by_design: bool = True) -> str:
    """Return the class name of one depression, as listed in ``labels.MFCADPP_CLASSES``.

    ``by_design`` is false if planes may coincide by chance, on parts drawn on a grid.
    """
    surfaces = different([graph.faces[number] for number in group])
    planes = [face for face in surfaces if face.surface == "plane"]
    if len(surfaces) == len(planes) == 2 and square(planes[0].normal, planes[1].normal):
        return _two_planes(graph, group, planes, known)
    depression = depression_of(graph, group, known, by_design=by_design)
    if depression is None:
        return _irregular(
            without_rims(graph, planes, [graph.faces[number] for number in group])
            if len(planes) > 2 and by_design
            else planes
        )
    if depression.arcs or depression.islands:
        return _round_sketch(graph, depression)
    return _straight_sketch(graph, depression)


def depression_of(graph: Graph, group: tuple[int, ...], known: dict[int, str], *, by_design: bool) -> Depression | None:
    """Return one depression as its sketch describes it: walls, arcs, floor, direction, openings; None if it has no direction."""
    faces = [graph.faces[number] for number in group]
    surfaces = different(faces)
    planes = [face for face in surfaces if face.surface == "plane"]
    floor, axis = floor_of(faces), axis_of(faces)
    if axis is not None:
        floor = None
    elif floor is not None:
        axis = np.array(floor.normal)
        if by_design and is_ceiling(graph, floor, faces):
            planes, surfaces = ([face for face in each if face is not floor] for each in (planes, surfaces))
            floor = None
    else:
        return None
    walls = [face for face in planes if face is not floor]
    rims = rim_walls(graph, walls, faces, axis) if by_design else []
    if floor is None and len(walls) - len(rims) < 2 and len(surfaces) == len(planes):
        rims = []  # a slot has at least two walls
    return Depression(
        walls=[face for face in walls if face not in rims],
        arcs=[face for face in surfaces if face.surface == "cylinder" and face.hollow],
        islands=[face for face in surfaces if face.surface == "cylinder" and not face.hollow],
        floor=floor,
        axis=axis,
        beside=[
            *_openings(graph, group, axis, known).values(),
            *(Opening(-np.array(face.normal), np.array(face.centroid)) for face in rims),
        ],
        faces=faces,
    )


def _openings(
    graph: Graph,
    group: tuple[int, ...],
    axis: NDArray[np.float64],
    known: dict[int, str],
    ending: Iterable[int] = (),
) -> dict[int, Opening]:
    """Return planes along the axis at which the depression, or its faces ``ending``, ends, without chamfers on the rim."""
    members, found = set(group), {}
    points = np.concatenate([_points(graph, graph.faces[number]) for number in group])
    for number in ending or group:
        rounded = [far for far in graph.neighbours(number, "smooth") if known.get(far) == "round"]
        for other in (*graph.neighbours(number, "convex"), *rounded):
            seen = [other]
            if known.get(other) in ("chamfer", "round"):
                seen = [far for far in graph.neighbours(other) if far not in members]
            for far in seen:
                face = graph.faces[far]
                if far in members or face.surface != "plane" or parallel(face.normal, axis):
                    continue
                clear = not len(points) or bool(((points - face.centroid) @ np.array(face.normal)).max() < 1e-3)
                squarely = clear and square(face.normal, axis)
                found[far] = Opening(np.array(face.normal), np.array(face.centroid), squarely)
    return found


def _points(graph: Graph, face: Face) -> NDArray[np.float64]:
    """Return vertices (n, 3) of the part's mesh that are in a face's box and, for a plane face, in its plane."""
    if graph.vertices is None:
        return np.zeros((0, 3))
    low, high = np.array(face.low) - 1e-5, np.array(face.high) + 1e-5
    inside = graph.vertices[((graph.vertices >= low) & (graph.vertices <= high)).all(axis=1)]
    if face.surface == "plane":
        inside = inside[np.abs((inside - face.centroid) @ np.array(face.normal)) < 1e-3]
    return inside


def _two_planes(graph: Graph, group: tuple[int, ...], planes: list[Face], known: dict[int, str]) -> str:
    """Classify a floor and one wall. The wall of a slanted or triangular step isn't square to any side of the part."""
    for floor, wall in (planes, planes[::-1]):
        normal = np.array(wall.normal)
        on_floor, on_wall = (
            _openings(graph, group, np.array(floor.normal), known, _on_surface(graph, group, face))
            for face in (floor, wall)
        )
        name = _one_wall(normal, [side for side in on_floor.values() if side.square])
        faced = [number for number, side in on_floor.items() if side.square and float(normal @ side.normal) > _EXACT]
        if name == "triangular_blind_step" and (
            sum(number in on_wall for number in faced) < 2 <= len(faced) or _spans(graph, normal, on_wall)
        ):
            return "slanted_through_step"
        if name != "rectangular_through_step":
            return name
    return "rectangular_through_step"


def _spans(graph: Graph, wall: NDArray[np.float64], ends: dict[int, Opening]) -> bool:
    """Return True if a slanted wall extends from one side of the stock to the opposite one."""
    sides = [
        side.normal
        for number, side in ends.items()
        if graph.supports(number) and abs(float(wall @ side.normal)) > _EXACT
    ]
    return any(float(a @ b) < -1 + _PARALLEL for a in sides for b in sides)


def _on_surface(graph: Graph, group: tuple[int, ...], face: Face) -> list[int]:
    return [number for number in group if surface_key(graph.faces[number]) == surface_key(face)]


def _one_wall(wall: NDArray[np.float64], opens: list[Opening]) -> str:
    """Classify a floor with one wall: square to an opening, slanted between opposite openings, or across a corner."""
    towards = [float(wall @ side.normal) for side in opens]
    if any(value > 1 - 1e-6 for value in towards) or not any(value > _EXACT for value in towards):
        return "rectangular_through_step"
    across = any(float(a.normal @ b.normal) < -1 + _PARALLEL for a in opens for b in opens)
    return "slanted_through_step" if across else "triangular_blind_step"


def _round_sketch(graph: Graph, part: Depression) -> str:
    if part.islands:
        return "O_ring"
    middles = [side for side in part.opens if any(_holds_axis(side, arc) for arc in part.arcs)]
    if len(part.arcs) > 1:
        return "horizontal_circular_end_blind_slot" if middles and len(part.walls) < 2 else "circular_end_pocket"
    arc = part.arcs[0]
    if len(part.walls) >= 2:
        ends = [side for side in part.opens if all(square(_vector(side), wall.normal) for wall in part.walls)]
        return "vertical_circular_end_blind_slot" if ends else "circular_end_pocket"
    if part.walls:
        return "horizontal_circular_end_blind_slot" if middles else "circular_end_pocket"
    turn = sum(face.sweep_deg or 0.0 for face in part.faces if face.hollow)
    if not part.blind:
        return "circular_through_slot" if middles else "through_hole"
    if middles and max(face.sweep_deg or 0.0 for face in part.faces if face.hollow) < 91:
        return "circular_blind_step"
    # a feature that removes the whole island of an O-ring removes half of the ring with it
    return "blind_hole" if turn > _HALF_DEG or _reach(graph, part, arc) < _SMALLEST_ISLAND else "O_ring"


def _vector(side: Opening) -> tuple[float, float, float]:
    return float(side.normal[0]), float(side.normal[1]), float(side.normal[2])


def _holds_axis(side: Opening, arc: Face) -> bool:
    away = np.array(arc.origin) - side.point
    return abs(float(away @ side.normal)) < 2e-3 * max(1.0, arc.radius_mm or 1.0)


def _reach(graph: Graph, part: Depression, arc: Face) -> float:
    """Return the floor's distance from the arc's axis as a fraction of the radius; 1 if unknown."""
    if part.floor is None or not arc.radius_mm:
        return 1.0
    near = 1.0
    for face in part.faces:
        if face.surface == "plane" and len(inside := _points(graph, face)):
            away = inside - np.array(arc.origin)
            away = away - np.outer(away @ np.array(arc.axis), np.array(arc.axis))
            near = min(near, float(np.linalg.norm(away, axis=1).min()) / arc.radius_mm)
    return near


def _straight_sketch(graph: Graph, part: Depression) -> str:
    count = len(part.walls)
    kind = "pocket" if part.blind else "passage"
    if _has_hexagon_corner(graph, part):
        return f"6sides_{kind}"
    if _closed(part.walls, part.axis):
        if count == 3 and not _is_triangle(part.walls):
            return _below_the_rim(part)
        return f"{_POLYGONS.get(count, '6sides')}_{kind}"
    if count == 1:
        return _one_wall(np.array(part.walls[0].normal), part.opens)
    return _open_blind(part) if part.blind else _open_through(part)


def _is_triangle(walls: list[Face]) -> bool:
    """Return True if the walls turn by 100 to 140 degrees at each corner, as in the triangles of the data sets."""
    turns = [float(np.dot(a.normal, b.normal)) for place, a in enumerate(walls) for b in walls[place + 1 :]]
    return all(_SHALLOWEST_TURN > turn > _STEEPEST_TURN for turn in turns)


def _below_the_rim(part: Depression) -> str:
    """Classify a depression closed only by a wall below its rim: a V, a tent, or a slanted step between its two sides."""
    if not part.blind:
        return "triangular_through_slot"
    facing = any(float(np.dot(a.normal, b.normal)) < -1 + _PARALLEL for a in part.walls for b in part.walls)
    return "slanted_through_step" if facing else "2sides_through_step"


def _has_hexagon_corner(graph: Graph, part: Depression) -> bool:
    """Return True if two walls meet at exactly 60 degrees: only the regular hexagon has such corners by design."""
    names = {face.id for face in part.faces}
    return any(
        edge.convexity == "concave"
        and abs(edge.angle_deg - 60) < 0.02
        and edge.faces[0] in names
        and edge.faces[1] in names
        for number in names
        for edge in graph.around[number]
    )


def _open_blind(part: Depression) -> str:
    normals = [np.array(wall.normal) for wall in part.walls]
    opens = [side.normal for side in part.opens]
    facing = any(float(a @ b) < -1 + _PARALLEL for a in normals for b in normals)
    upright = all(_upright(a, b) for a in normals for b in normals)
    if len(normals) == 2 and upright and not facing:
        both = all(any(float(normal @ side) > 1 - _PARALLEL for side in opens) for normal in normals)
        return "rectangular_blind_step" if both or len(opens) <= 1 else "rectangular_pocket"
    if upright and facing:
        ends = [normal for normal in normals if any(float(normal @ side) > 1 - _PARALLEL for side in opens)]
        return "rectangular_blind_slot" if ends or not opens else "rectangular_pocket"
    if len(normals) == 2 and _even(normals, opens):
        return "2sides_through_step"
    if any(any(abs(float(normal @ side)) < _EXACT for side in opens) for normal in normals) and len(normals) == 2:
        # a leg and the hypotenuse leave one side open, a slanted wall between two sides leaves two
        return "slanted_through_step" if _directions(opens) > 1 else "triangular_blind_step"
    return "2sides_through_step" if len(normals) == 2 and float(normals[0] @ normals[1]) > 0 else "triangular_pocket"


def _directions(opens: list[NDArray[np.float64]]) -> int:
    """Return the number of different directions among the open sides of a depression."""
    kept: list[NDArray[np.float64]] = []
    for side in opens:
        if all(float(side @ other) < 1 - _PARALLEL for other in kept):
            kept.append(side)
    return len(kept)


def _even(normals: list[NDArray[np.float64]], opens: list[NDArray[np.float64]]) -> bool:
    """Return True if both walls lean evenly to one opening, or each to one of two opposite openings: a tent or a V over a rim."""
    leans = [(float(normals[0] @ side), float(normals[1] @ side)) for side in opens]
    return any(a > _EXACT and abs(a - b) < _EXACT for a, b in leans) or any(
        a > _EXACT and abs(a + b) < _EXACT and any(c < -_EXACT and abs(c + a) < _EXACT for c, _ in leans)
        for a, b in leans
    )


def _open_through(part: Depression) -> str:
    normals = [np.array(wall.normal) for wall in part.walls]
    opens = [side.normal for side in part.opens]
    upright = all(_upright(a, b) for a in normals for b in normals)
    if upright and len(normals) == 2:
        facing = float(normals[0] @ normals[1]) < 0
        return "rectangular_passage" if facing else "rectangular_through_step"
    if upright:
        bottoms = [normal for normal in normals if not any(float(normal @ other) < -1 + _PARALLEL for other in normals)]
        ends = any(float(normal @ side.normal) > _TOWARDS for normal in bottoms for side in part.beside)
        return "rectangular_through_slot" if ends else "rectangular_passage"
    if len(normals) == 2 and _even(normals, opens):
        return "triangular_through_slot"
    return "triangular_passage" if len(normals) == 2 else "6sides_passage"


def _closed(walls: list[Face], axis: NDArray[np.float64]) -> bool:
    """Return True if the walls leave no side open: no gap of 180 degrees between their normals around the axis."""
    if len(walls) < 3:
        return False
    first = np.array(walls[0].normal)
    across = np.cross(axis, first)
    turns = [np.degrees(np.arctan2(np.dot(wall.normal, across), np.dot(wall.normal, first))) for wall in walls]
    angles = np.sort(turns)
    return bool(np.diff(np.append(angles, angles[0] + 360)).max() < 179.5)


def _irregular(planes: list[Face]) -> str:
    """Classify a depression without a single floor and direction: a corner of a box, or the remains of a feature that was cut away."""
    normals = [np.array(face.normal) for face in planes]
    upright = all(_upright(a, b) for place, a in enumerate(normals) for b in normals[place + 1 :])
    if len(planes) == 3:
        return "rectangular_blind_step" if upright else "2sides_through_step"
    if len(planes) == 4 and upright:
        return "rectangular_blind_slot"
    if len(planes) == 1:
        aligned = max(abs(part) for part in planes[0].normal) > 1 - 1e-6
        return "rectangular_through_step" if aligned else "chamfer"
    return {2: "rectangular_through_step", 4: "triangular_pocket", 5: "rectangular_pocket"}.get(
        len(planes), "6sides_pocket"
    )


def _upright(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    return abs(float(a @ b)) < _EXACT or abs(float(a @ b)) > 1 - _PARALLEL
