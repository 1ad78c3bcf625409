"""What a learned labeller sees of each face: numbers of the face, of its neighbours, and of the depression it is in.

The answer of the rules is one column among them, so that a model learns where rules go wrong, not the trade anew. All
columns are free of scale, place and turn: shares, counts and angles.
"""

import math

import numpy as np
from numpy.typing import NDArray

from nightmill.design.class_rules import Depression, depression_of
from nightmill.design.depressions import Sorted, different, surface_key
from nightmill.design.graph import Graph, parallel, square
from nightmill.design.part import Edge, Face

_KINDS = ("plane", "cylinder", "cone", "sphere", "torus", "other")
_CONVEXITIES = ("convex", "concave", "smooth")
_NONE = -1.0
_EXACT = 1e-3
_ALIGNED = 1 - 1e-6
_CORNERS_DEG = (30.0, 45.0, 60.0, 90.0)

Columns = NDArray[np.float32]


def face_columns(graph: Graph, found: Sorted, names: list[str], classes: tuple[str, ...]) -> Columns:
    """Columns (n faces, m) for the faces of one part.

    ``found`` are the sorted faces, ``names`` the rules' class of each face, ``classes`` the words in their order.
    """
    codes = [classes.index(name) for name in names]
    owner = {number: place for place, group in enumerate(found.depressions) for number in group}
    grouped = [_group_columns(graph, group, found) for group in found.depressions]
    shared = _sharing(graph, found.depressions)
    rows: list[list[float]] = []
    for face in graph.faces:
        place = owner.get(face.id)
        group, part = grouped[place] if place is not None else ([_NONE] * _GROUP_WIDTH, None)
        rows.append(
            [
                float(codes[face.id]),
                float(place is None),
                *_own(graph, face),
                *group,
                *_within(face, part),
                float(shared.get(place, 0)) if place is not None else _NONE,
                *_around(graph, face, codes, owner, len(classes)),
            ]
        )
    return np.array(rows, dtype=np.float32)


def _own(graph: Graph, face: Face) -> list[float]:
    edges = [edge for edge in graph.around[face.id] if edge.faces[0] != edge.faces[1]]
    longest = max((edge.length_mm for edge in edges), default=0.0)
    row = [
        float(_KINDS.index(face.surface)),
        float(face.hollow),
        math.log10(max(face.area_mm2, 1e-9) / graph.size**2),
        face.sweep_deg if face.sweep_deg is not None else _NONE,
        (face.radius_mm or 0.0) / graph.size,
        float(graph.supports(face.id)),
        float(sum(abs(part) < 1e-6 for part in face.normal)),
        face.area_mm2 / longest**2 if longest else 0.0,
        float(len(edges)),
    ]
    for kind in _CONVEXITIES:
        angles = [edge.angle_deg for edge in edges if edge.convexity == kind]
        row += [float(len(angles)), min(angles, default=_NONE), max(angles, default=_NONE)]
        if kind != "smooth":
            row += [float(sum(abs(angle - corner) < 0.05 for angle in angles)) for corner in _CORNERS_DEG]
            row.append(_length_share(edges, kind))
    return row


def _length_share(edges: list[Edge], kind: str) -> float:
    total = sum(edge.length_mm for edge in edges)
    return sum(edge.length_mm for edge in edges if edge.convexity == kind) / total if total else 0.0


_GROUP_WIDTH = 22


def _group_columns(graph: Graph, group: tuple[int, ...], found: Sorted) -> tuple[list[float], Depression | None]:
    faces = [graph.faces[number] for number in group]
    surfaces = different(faces)
    planes = [face for face in surfaces if face.surface == "plane"]
    part = depression_of(graph, group, found.known, by_design=True)
    row = [
        float(len(faces)),
        float(len(surfaces)),
        float(len(planes)),
        float(sum(face.surface == "cylinder" and face.hollow for face in surfaces)),
        float(sum(face.surface == "cylinder" and not face.hollow for face in surfaces)),
        float(sum(max(abs(value) for value in face.normal) > _ALIGNED for face in planes)),
        math.log10(max(sum(face.area_mm2 for face in faces), 1e-9) / graph.size**2),
        float(len({round(float(np.dot(a.normal, b.normal)), 3) for a in planes for b in planes})),
        float(part is None),
    ]
    if part is None:
        return [*row, *[_NONE] * (_GROUP_WIDTH - len(row))], None
    normals = [np.array(wall.normal) for wall in part.walls]
    opens = [side.normal for side in part.opens]
    dots = [float(a @ b) for place, a in enumerate(normals) for b in normals[place + 1 :]]
    towards = [float(a @ b) for a in normals for b in opens]
    return [
        *row,
        float(part.blind),
        float(len(normals)),
        float(len(opens)),
        float(len(part.beside)),
        float(sum(dot < -1 + _EXACT for dot in dots)),
        float(sum(abs(dot) < _EXACT for dot in dots)),
        float(sum(abs(dot + 0.5) < _EXACT for dot in dots)),
        max(dots, default=_NONE),
        min(dots, default=_NONE),
        float(sum(dot > 1 - _EXACT for dot in towards)),
        float(sum(abs(dot) < _EXACT for dot in towards)),
        _widest_gap(normals, np.asarray(part.axis, dtype=float)),
        max((abs(float(a @ b)) for a in opens for b in opens if a is not b), default=_NONE),
    ], part


def _widest_gap(normals: list[NDArray[np.float64]], axis: NDArray[np.float64]) -> float:
    """The widest angle around the axis, in degrees, that no wall faces."""
    if not normals:
        return 360.0
    across = np.cross(axis, normals[0])
    turns = np.sort([math.degrees(math.atan2(float(n @ across), float(n @ normals[0]))) for n in normals])
    return float(np.diff(np.append(turns, turns[0] + 360)).max())


def _within(face: Face, part: Depression | None) -> list[float]:
    """The face among the other surfaces of its depression."""
    if part is None:
        return [_NONE] * 7
    normal = np.array(face.normal)
    opens = [float(normal @ side.normal) for side in part.opens]
    beside = [float(normal @ side.normal) for side in part.beside]
    walls = [float(normal @ np.array(wall.normal)) for wall in part.walls if wall.id != face.id]
    is_floor = part.floor is not None and surface_key(part.floor) == surface_key(face)
    return [
        float(is_floor),
        max(opens, default=_NONE),
        min(opens, default=_NONE),
        max(beside, default=_NONE),
        min(walls, default=_NONE),
        float(sum(abs(dot) < _EXACT for dot in opens)),
        float(parallel(face.normal, part.axis) if face.surface == "plane" else square(face.normal, part.axis)),
    ]


def _sharing(graph: Graph, groups: tuple[tuple[int, ...], ...]) -> dict[int, int]:
    """By place of a depression: how many others have a surface in common with it."""
    owners: dict[tuple[object, ...], set[int]] = {}
    for place, group in enumerate(groups):
        for number in group:
            owners.setdefault(surface_key(graph.faces[number]), set()).add(place)
    near: dict[int, set[int]] = {}
    for places in owners.values():
        for place in places:
            near.setdefault(place, set()).update(places - {place})
    return {place: len(others) for place, others in near.items()}


def _around(graph: Graph, face: Face, codes: list[int], owner: dict[int, int], classes: int) -> list[float]:
    """Neighbours by the rules' class over convex edges, and over the others; how many are of the same depression."""
    convex, other = [0.0] * classes, [0.0] * classes
    same = foreign = 0.0
    for edge in graph.around[face.id]:
        number = graph.other(edge, face.id)
        if number == face.id:
            continue
        (convex if edge.convexity == "convex" else other)[codes[number]] += 1
        if face.id in owner and owner.get(number) == owner[face.id]:
            same += 1
        elif number in owner:
            foreign += 1
    return [same, foreign, *convex, *other]
