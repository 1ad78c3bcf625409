"""Sort the faces of a part that was cut from a box into stock, transitions (chamfers, rounds) and depressions.

Where two depressions overlap, their walls meet convexly: the material is the part that neither removes. So concave and smooth edges hold
one depression together (Joshi and Chang 1988), and pieces that another feature has cut apart are still on common surfaces. Chamfers and
rounds on concave edges are bridges, those on convex edges are rims.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nightmill.cad.brep.adjacency_graph import Graph, parallel, square
from nightmill.cad.brep.records import Edge, Face

_SAME_ANGLE = 1e-3
_WIDEST_CORNER_DEG = 72.0  # limit on convex edges, and if the two faces are walls of a triangle
_WIDEST_BEVEL_DEG = 52.0  # limit on concave edges: half the angle between the two faces that a chamfer joins; a hexagon's walls are at 60


@dataclass(frozen=True)
class Sorted:
    """The class of each face that can be determined directly, and the depressions formed by the other faces."""

    known: dict[int, str]
    depressions: tuple[tuple[int, ...], ...]


def sort_faces(graph: Graph, *, dressed: bool = True) -> Sorted:
    """Return stock, chamfers and rounds by face id, and the depressions, with the pieces of each depression combined.

    ``dressed`` parts have chamfers and rounds on any edge, and dimensions that agree only by design. Other parts have chamfers only on the
    edges of the box, and dimensions on a grid, where two features may share a plane by chance.
    """
    known: dict[int, str] = {}
    bridges: set[int] = set()
    for face in graph.faces:
        if graph.supports(face.id):
            known[face.id] = "stock" if _aligned(face) else "chamfer"
        elif dressed and (name := _transition(graph, face)):
            known[face.id] = name
            if face.hollow or any(edge.convexity == "concave" for edge in _sides(graph, face)[:2]):
                bridges.add(face.id)
    rest = {face.id for face in graph.faces if face.id not in known}

    def joins(edge: Edge) -> bool:
        if edge.convexity == "concave":
            return not (set(edge.faces) & bridges) or _is_side(graph, edge, bridges)
        return edge.convexity == "smooth" and any(graph.faces[number].surface != "plane" for number in edge.faces)

    groups = [[number for number in group if number in rest] for group in graph.components(rest | bridges, joins)]
    return Sorted(
        known, tuple(tuple(group) for group in _reunited([group for group in groups if group], graph, dressed))
    )


def _aligned(face: Face) -> bool:
    return max(abs(part) for part in face.normal) > 1 - 1e-6


def _sides(graph: Graph, face: Face) -> list[Edge]:
    return sorted(
        (edge for edge in graph.around[face.id] if edge.faces[0] != edge.faces[1]), key=lambda edge: -edge.length_mm
    )


def _is_side(graph: Graph, edge: Edge, bridges: set[int]) -> bool:
    """Return True if this edge connects a bridge to one of the two faces that the bridge joins."""
    return all(edge in _sides(graph, graph.faces[number])[:2] for number in edge.faces if number in bridges)


def _transition(graph: Graph, face: Face) -> str:
    """Return ``round`` or ``chamfer`` if the face breaks or fills an edge between two others, else an empty string."""
    if face.surface == "plane":
        return "chamfer" if _bevels(graph, face) else ""
    if face.surface == "cone":
        return "chamfer"
    smooth = {other for other in graph.neighbours(face.id, "smooth") if not _one_cylinder(face, graph.faces[other])}
    if face.surface in ("torus", "sphere"):
        return "round"
    if face.surface == "cylinder":
        turn = face.sweep_deg or 360.0
        return "round" if len(smooth) >= 2 and turn < 179 else ""
    return "round" if smooth else "chamfer"


def _one_cylinder(a: Face, b: Face) -> bool:
    return a.surface == b.surface == "cylinder" and surface_key(a) == surface_key(b)


def _bevels(graph: Graph, face: Face) -> bool:
    """Return True for a plane at the same angle to two faces that it joins by edges of one kind, all rims or all roots."""
    normal = np.array(face.normal)
    sides = [
        edge for edge in _sides(graph, face) if edge.convexity != "smooth" and 5 < edge.angle_deg < _WIDEST_CORNER_DEG
    ]
    for place, first in enumerate(sides):
        for second in sides[place + 1 :]:
            a, b = (graph.faces[graph.other(edge, face.id)] for edge in (first, second))
            if first.convexity != second.convexity or a.id == b.id or not a.surface == b.surface == "plane":
                continue
            if (
                first.angle_deg > _WIDEST_BEVEL_DEG
                and first.convexity == "concave"
                and not _meet_again(graph, a, b, face)
            ):
                continue
            middle = np.add(a.normal, b.normal)
            size = float(np.linalg.norm(middle))
            if (
                abs(first.angle_deg - second.angle_deg) < 0.05
                and size > 0.1
                and float(normal @ middle) / size > 1 - 1e-5
            ):
                return True
    return False


def _meet_again(graph: Graph, a: Face, b: Face, bevel: Face) -> bool:
    """Return True if two walls have a third wall between them on the far side: without the bevel they are a triangle."""
    along = np.cross(a.normal, b.normal)
    along = along / max(float(np.linalg.norm(along)), 1e-9)
    shared = set(graph.neighbours(a.id, "concave")) & set(graph.neighbours(b.id, "concave")) - {bevel.id}
    return any(
        graph.faces[far].surface == "plane"
        and square(graph.faces[far].normal, along)
        and surface_key(graph.faces[far]) != surface_key(bevel)
        for far in shared
    )


@lru_cache(maxsize=8192)
def surface_key(face: Face) -> tuple[object, ...]:
    """Return a key that is the same for all faces on one plane (seen from one side) or one cylinder."""
    if face.surface == "plane":
        level = float(np.dot(face.normal, face.centroid))
        return ("plane", *(round(part, 3) + 0.0 for part in face.normal), round(level, 2) + 0.0)
    if face.surface == "cylinder" and face.axis and face.origin:
        axis = np.array(face.axis)
        if axis[int(np.argmax(np.abs(axis)))] < 0:
            axis = -axis
        foot = np.array(face.origin) - axis * float(np.dot(axis, face.origin))
        values = [*axis, *foot, face.radius_mm or 0.0]
        return ("cylinder", face.hollow, *(round(float(value), 2) + 0.0 for value in values))
    return (face.surface, face.id)


def _reunited(groups: list[list[int]], graph: Graph, by_design: bool) -> list[list[int]]:
    """Combine groups that are on common surfaces and run along one direction."""
    left = dict(enumerate(groups))
    keys = {place: {surface_key(graph.faces[number]) for number in group} for place, group in left.items()}
    owners: dict[tuple[object, ...], set[int]] = {}
    for place, own in keys.items():
        for key in own:
            owners.setdefault(key, set()).add(place)
    open_ends = sorted(left)
    while open_ends:
        first = open_ends.pop(0)
        if first not in left:
            continue
        for second in sorted({other for key in keys[first] for other in owners[key]} - {first}):
            if _one_depression(graph, left[first], left[second], keys[first], keys[second], by_design):
                left[first] = sorted(left[first] + left.pop(second))
                keys[first] |= keys[second]
                for key in keys.pop(second):
                    owners[key].discard(second)
                    owners[key].add(first)
                open_ends.insert(0, first)
                break
    return list(left.values())


def _one_depression(
    graph: Graph,
    a: list[int],
    b: list[int],
    keys_a: set[tuple[object, ...]],
    keys_b: set[tuple[object, ...]],
    by_design: bool,
) -> bool:
    if not keys_a & keys_b or keys_a <= keys_b or keys_b <= keys_a or not by_design:
        return bool(keys_a & keys_b) and (keys_a <= keys_b or keys_b <= keys_a)
    both = [graph.faces[number] for number in (*a, *b)]
    turned = [key for key in keys_a & keys_b if key[0] == "cylinder"]
    return bool(turned) or (floor_of(both) is not None) or axis_of(both) is not None


def different(faces: list[Face]) -> list[Face]:
    """Return the largest face on each surface: another feature may have cut a face in two."""
    kept: dict[tuple[object, ...], Face] = {}
    for face in sorted(faces, key=lambda face: -face.area_mm2):
        kept.setdefault(surface_key(face), face)
    return sorted(kept.values(), key=lambda face: face.id)


def floor_of(faces: list[Face]) -> Face | None:
    """Return the plane that all other surfaces stand on at right angles; None if there is none or several could be it."""
    found = floors_of(faces)
    return found[0] if len(found) == 1 else None


def floors_of(faces: list[Face]) -> list[Face]:
    """Return all planes that all other surfaces stand on at right angles."""
    surfaces = different(faces)
    return [
        face
        for face in surfaces
        if face.surface == "plane" and len(surfaces) > 1
        and all(_stands_on(other, face) for other in surfaces if other is not face)
    ]  # fmt: skip


def _stands_on(wall: Face, floor: Face) -> bool:
    if wall.surface == "plane":
        return square(wall.normal, floor.normal)
    return wall.axis is not None and parallel(wall.axis, floor.normal)


def axis_of(faces: list[Face]) -> NDArray[np.float64] | None:
    """Return the direction along which all surfaces run, or None."""
    surfaces = different(faces)
    turned = [face for face in surfaces if face.surface == "cylinder" and face.axis]
    planes = [face for face in surfaces if face.surface == "plane"]
    if turned:
        axis = np.array(turned[0].axis)
    else:
        crosses = [np.cross(planes[0].normal, face.normal) for face in planes[1:]]
        if not crosses:
            return None
        longest = max(crosses, key=lambda cross: float(np.linalg.norm(cross)))
        if float(np.linalg.norm(longest)) < _SAME_ANGLE:
            return None
        axis = longest / float(np.linalg.norm(longest))
    upright = all(square(face.normal, axis) for face in planes)
    return axis if upright and all(parallel(face.axis or (0, 0, 0), axis) for face in turned) else None
