"""Find tilted setup directions: along the axes of holes, normal to faces and into pockets that none of the six axes reach."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightmill.cad import Mesh, PartModel
from nightmill.cam.geometry.bores import Bore, bores
from nightmill.cam.geometry.setup_frames import ALONG, DIRECTIONS, direction_of, turned
from nightmill.cam.geometry.visible_surface import HeightMap, Samples, height_map, seen
from nightmill.vocabulary.plan import UNCUT_SHARE_LIMIT
from nightmill.vocabulary.planner_params import PlannerParams

Flags = NDArray[np.bool_]

SEEN_SHARE = 0.9
"""Fraction of a hole's wall that must be visible along its axis."""
CENTRED_MM = 0.01
HIDDEN_SHARE = 0.5
"""Hidden fraction of a plane face from which its normal becomes a candidate."""
SQUARE = 1e-4
"""Sine of the angle by which a pocket's wall may lean from the floor's normal."""


@dataclass(frozen=True)
class Tilted:
    """A direction off the six axes: its name, its height map and the samples (n,) that are cut along it."""

    direction: str
    heights: HeightMap
    opened: Flags


def tilted_directions(
    part: PartModel, samples: Samples, visible: dict[str, Flags], pixels: int, params: PlannerParams = PlannerParams()
) -> list[Tilted]:
    """Return the few directions that together open the oblique holes and planes, the most productive first.

    ``visible``: the samples that each of the six axes sees. Surface that a tilted direction opens is no longer cut along an
    axis, and the tilted direction opens nothing else, so no two setups share a face.
    """
    limit_mm2 = UNCUT_SHARE_LIMIT * float(samples.area.sum())
    asked = _candidates(part, samples, visible)
    found = {}
    of_face = np.bincount(samples.face, samples.area, len(part.faces))
    for direction, (walls, others) in asked.items():
        heights, flags = _sight(part.mesh, samples, direction, pixels)
        shown = np.bincount(samples.face[flags], samples.area[flags], len(part.faces))
        faces = [f for f in walls | others if f in others or shown[f] > SEEN_SHARE * of_face[f]]
        each = Tilted(direction, heights, flags & np.isin(samples.face, faces))
        if walls & set(faces) or float(samples.area[each.opened].sum()) > params.budget.tilted_share * limit_mm2:
            found[direction] = each
    chosen: list[Tilted] = []
    taken = np.zeros(len(samples.face), dtype=np.bool_)
    while found and len(chosen) < params.search.tilted_setups:
        gains = {d: float(samples.area[each.opened & ~taken].sum()) for d, each in found.items()}
        best = max(gains, key=lambda d: round(gains[d], 6))
        if gains[best] < params.budget.setup_share * limit_mm2:
            break
        each = found.pop(best)
        chosen.append(Tilted(best, each.heights, each.opened & ~taken))
        taken |= each.opened
    return chosen


def _sight(mesh: Mesh, samples: Samples, direction: str, pixels: int) -> tuple[HeightMap, Flags]:
    rotation = turned(direction)[:3, :3]
    heights = height_map(mesh.vertices @ rotation.T, mesh.triangles, pixels)
    return heights, seen(heights, samples.points @ rotation.T, samples.normals @ rotation.T)


def _candidates(part: PartModel, samples: Samples, visible: dict[str, Flags]) -> dict[str, tuple[set[int], set[int]]]:
    """Return candidate directions off the six axes with the faces that may be cut along them: walls of holes, and other faces.

    The other faces are the steps and countersinks of those holes, planes that no axis sees, and slanted pockets.
    """
    anywhere = np.zeros(len(samples.face), dtype=np.bool_)
    for flags in visible.values():
        anywhere |= flags
    hidden = np.bincount(samples.face[~anywhere], samples.area[~anywhere], len(part.faces))
    asked: dict[str, tuple[set[int], set[int]]] = {}
    for face in part.faces:
        ways = []
        if face.surface == "plane" and hidden[face.id] > HIDDEN_SHARE * face.area_mm2:
            ways = [np.array(face.normal)]
        elif face.surface == "cylinder" and face.hollow and face.axis is not None:
            ways = [np.array(face.axis), -np.array(face.axis)]
        for way in ways:
            if max(abs(float(way @ axis)) for axis in DIRECTIONS.values()) < 1 - ALONG:
                asked.setdefault(direction_of(way), (set(), set()))
                if face.surface == "plane":
                    asked[direction_of(way)][1].add(face.id)
    for floor, beside in _leaning(part, hidden):
        asked.setdefault(direction_of(np.array(part.faces[floor].normal)), (set(), set()))[1].update({floor, *beside})
    for direction, (walls, others) in asked.items():
        matrix = turned(direction)
        for bore in bores(part, matrix):
            walls.update(bore.faces)
            others.update(_steps(part, matrix[:3, :3], bore))
    return {direction: faces for direction, faces in asked.items() if faces[0] or faces[1]}


def _leaning(part: PartModel, hidden: NDArray[Any]) -> list[tuple[int, set[int]]]:
    """Return floors that are oblique to the six axes with the walls that rise square from them.

    At least one wall must be a plane that is mostly hidden from every axis: along the floor's normal the pocket is upright.
    """
    concave: dict[int, set[int]] = {}
    for edge in part.edges:
        if edge.convexity == "concave":
            for one, other in (edge.faces, edge.faces[::-1]):
                concave.setdefault(one, set()).add(other)
    found = []
    for face in part.faces:
        way = np.array(face.normal)
        if face.surface != "plane" or max(abs(float(way @ a)) for a in DIRECTIONS.values()) >= 1 - ALONG:
            continue
        walls = {each for each in concave.get(face.id, ()) if _upright(part, each, way)}
        planes = [part.faces[each] for each in walls if part.faces[each].surface == "plane"]
        if any(hidden[wall.id] > HIDDEN_SHARE * wall.area_mm2 for wall in planes):
            found.append((face.id, walls))
    return found


def _upright(part: PartModel, face: int, way: NDArray[np.float64]) -> bool:
    """Return whether a plane or a cylinder is parallel to a direction."""
    each = part.faces[face]
    if each.surface == "plane":
        return abs(float(np.array(each.normal) @ way)) < SQUARE
    return each.surface == "cylinder" and each.axis is not None and abs(float(np.array(each.axis) @ way)) > 1 - ALONG


def _steps(part: PartModel, rotation: NDArray[np.float64], bore: Bore) -> set[int]:
    """Return the level planes and cones around the axis of a hole, such as the steps of a counterbore or a countersink."""
    found = set()
    for face in part.faces:
        way = face.normal if face.surface == "plane" else face.axis if face.surface == "cone" else None
        if way is None or abs(float((rotation @ np.array(way))[2])) < 1 - ALONG:
            continue
        if np.hypot(*((rotation @ np.array(face.centroid))[:2] - (bore.x, bore.y))) < CENTRED_MM:
            found.add(face.id)
    return found
