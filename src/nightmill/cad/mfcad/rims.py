"""Find walls below a rim: where a sketch on a plane face extends beyond the edge of the face and cuts deeper than the surface there.

Such a wall is not a side of the sketch but an opening.
"""

import numpy as np
from numpy.typing import NDArray

from nightmill.cad.brep.adjacency_graph import Graph, parallel, square
from nightmill.cad.brep.records import Face
from nightmill.cad.mfcad.depressions import floors_of, surface_key

_SHARP_DEG = 90.5
_KNIFE_DEG = 175.0
_ON_RIM_MM = 0.01
_CORNER, _RING = 3, 4
_Meets = dict[tuple[object, ...], Face]


def without_rims(graph: Graph, planes: list[Face], faces: list[Face]) -> list[Face]:
    """Return the planes except those that are walls below a rim, seen from any of the planes that could be the floor."""
    rims: set[int] = set()
    for floor in floors_of(faces):
        walls = [face for face in planes if face is not floor]
        if len(planes) > _CORNER:
            rims |= {wall.id for wall in rim_walls(graph, walls, faces, np.array(floor.normal), by_floor=True)}
        else:
            # in a corner of three planes only a face that leans outward is evidence: others share a plane by chance
            rims |= _below_leaning(graph, *_rim(graph, walls, faces, np.array(floor.normal))[:2])
    rims |= _below_arcs(graph, planes)
    # a wall that another feature has cut in two counts as one
    return [face for face in planes if face.id not in rims or _pieces(graph, face, faces) > 1]


def _pieces(graph: Graph, wall: Face, faces: list[Face]) -> int:
    same = {face.id for face in faces if surface_key(face) == surface_key(wall)}
    return len(graph.components(same, lambda edge: edge.convexity == "smooth"))


def _below_arcs(graph: Graph, walls: list[Face]) -> set[int]:
    """Return walls that touch a hollow arc back to back: they go down from the start of another step's arc."""
    return {
        wall.id
        for wall in walls
        for edge in graph.around[wall.id]
        if edge.convexity == "convex"
        and edge.angle_deg > _KNIFE_DEG
        and graph.faces[graph.other(edge, wall.id)].surface == "cylinder"
    }


def rim_walls(
    graph: Graph, walls: list[Face], faces: list[Face], axis: NDArray[np.float64], *, by_floor: bool = False
) -> list[Face]:
    """Return the walls of one depression that are below a rim of the sketched face, to which ``axis`` is normal.

    Such a wall either continues in the plane of the face beyond the rim, where that face ends, or leaves a sliver with a sharp edge
    where that face leans outward from the rim, while all other walls meet the sketched face at right angles.
    ``by_floor``: also use the faces beside the floor, which are weaker evidence.
    """
    tops, leaning, beside = _rim(graph, walls, faces, axis)
    if by_floor:
        members = {face.id for face in faces}
        beside += [(face.id, other) for face in faces if face.id not in tops for other in _ends(graph, face, members)]
    rims = {
        wall.id for wall in walls if any(number != wall.id and _back_to_back(wall, other) for number, other in beside)
    }
    rims |= _below_leaning(graph, tops, leaning) | _below_arcs(graph, walls)
    return [wall for wall in walls if wall.id in rims]


def is_ceiling(graph: Graph, floor: Face, faces: list[Face]) -> bool:
    """Return True if an apparent floor continues in the plane of the sketched face: the sketch extended below a wall."""
    members = {face.id for face in faces}
    walls = [face for face in faces if face.id != floor.id]
    met = {number for number in graph.neighbours(floor.id, "concave") if number in members}
    if len(walls) < _RING or 2 * len(met) > len(walls):
        return False
    beyond = [other for face in walls for other in _ends(graph, face, members)]
    return any(_back_to_back(floor, other) for other in beyond)


def _rim(
    graph: Graph, walls: list[Face], faces: list[Face], axis: NDArray[np.float64]
) -> tuple[dict[int, _Meets], dict[int, list[Face]], list[tuple[int, Face]]]:
    """Return the faces beyond the convex edges of each wall: planes square to the axis, planes that lean, and all planes."""
    members = {face.id for face in faces}
    tops: dict[int, _Meets] = {}
    leaning: dict[int, list[Face]] = {}
    beside: list[tuple[int, Face]] = []
    for wall in (*walls, *(face for face in faces if face.surface == "cylinder")):
        meets = tops.setdefault(wall.id, {})
        leaning.setdefault(wall.id, [])
        for number in (face.id for face in faces if surface_key(face) == surface_key(wall)):
            for edge in graph.around[number]:
                other = graph.faces[graph.other(edge, number)]
                if edge.convexity != "convex" or other.surface != "plane" or other.id in members:
                    continue
                beside.append((wall.id, other))
                if parallel(other.normal, axis):
                    meets[surface_key(other)] = other
                elif edge.angle_deg > _SHARP_DEG and not square(other.normal, axis):
                    leaning[wall.id].append(other)
    return tops, leaning, beside


def _below_leaning(graph: Graph, tops: dict[int, _Meets], leaning: dict[int, list[Face]]) -> set[int]:
    """Return walls that go down to a leaning face from the rim of a sketched face which they don't reach but all other walls do."""
    rims: set[int] = set()
    sketched = {key: top for meets in tops.values() for key, top in meets.items()}
    for key in sorted(sketched, key=repr):
        missing = {number for number, meets in tops.items() if key not in meets}
        if len(missing) < len(tops) and all(
            any(_from_rim(graph.faces[number], far, sketched[key]) for far in leaning[number]) for number in missing
        ):
            rims |= missing
    return rims


def _ends(graph: Graph, face: Face, members: set[int]) -> list[Face]:
    """Return the planes beyond the outline of a face, over convex edges."""
    near = [
        graph.faces[graph.other(edge, face.id)]
        for edge in graph.around[face.id]
        if edge.convexity == "convex" and face.id not in edge.inside
    ]
    return [other for other in near if other.surface == "plane" and other.id not in members]


def _from_rim(wall: Face, leaning: Face, top: Face) -> bool:
    """Return True if the wall goes straight down from the rim between the sketched face and the outward-leaning face."""
    along = np.cross(top.normal, leaning.normal)
    if wall.surface != "plane" or float(np.linalg.norm(along)) < 1e-6:
        return False
    planes = np.array([top.normal, leaning.normal, along])
    levels = [float(np.dot(face.normal, face.centroid)) for face in (top, leaning)]
    on_rim = np.linalg.solve(planes, [*levels, 0.0])
    return abs(float(np.dot(wall.normal, on_rim - np.array(wall.centroid)))) < _ON_RIM_MM


def _back_to_back(a: Face, b: Face) -> bool:
    apart = abs(float(np.subtract(a.centroid, b.centroid) @ np.array(a.normal)))
    return float(np.dot(a.normal, b.normal)) < -1 + 1e-6 and apart < 1e-3
