"""Tilted setup directions: along the axes of holes, and out of faces, that none of the six axes opens."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightmill.design import Mesh, PartModel
from nightmill.process.frames import ALONG, DIRECTIONS, direction_of, turned
from nightmill.process.holes import Bore, bores
from nightmill.process.visibility import HeightMap, Samples, height_map, seen

Flags = NDArray[np.bool_]

MOST_TILTED = 4
LEAST_SHARE, LEAST_PLANES_SHARE = 0.0005, 0.002
"""Of the surface: what a tilted setup has to open, and where it opens no hole."""
SEEN_SHARE = 0.9
"""Of a hole's wall: so much must be seen along its axis."""
CENTRED_MM = 0.01
HIDDEN_SHARE = 0.5
"""Of a plane face: from so much that no axis sees its normal is asked."""


@dataclass(frozen=True)
class Tilted:
    """A direction off the six axes: its name, its height map and the samples (n,) that are cut along it."""

    direction: str
    heights: HeightMap
    opened: Flags


def tilted_directions(part: PartModel, samples: Samples, visible: dict[str, Flags], pixels: int) -> list[Tilted]:
    """Few directions that between them open the holes and planes that stand askew, the one that opens most first.

    ``visible``: what each of the six axes sees. What a tilted direction opens is no longer to be cut along an axis, and
    a direction opens nothing else, so that no two setups share a face.
    """
    total = float(samples.area.sum())
    asked = _asked(part, samples, visible)
    found = {}
    of_face = np.bincount(samples.face, samples.area, len(part.faces))
    for direction, (walls, others) in asked.items():
        heights, flags = _sight(part.mesh, samples, direction, pixels)
        shown = np.bincount(samples.face[flags], samples.area[flags], len(part.faces))
        faces = [f for f in walls | others if f in others or shown[f] > SEEN_SHARE * of_face[f]]
        each = Tilted(direction, heights, flags & np.isin(samples.face, faces))
        if walls & set(faces) or float(samples.area[each.opened].sum()) > LEAST_PLANES_SHARE * total:
            found[direction] = each
    chosen: list[Tilted] = []
    taken = np.zeros(len(samples.face), dtype=np.bool_)
    while found and len(chosen) < MOST_TILTED:
        gains = {d: float(samples.area[each.opened & ~taken].sum()) for d, each in found.items()}
        best = max(gains, key=lambda d: round(gains[d], 6))
        if gains[best] < LEAST_SHARE * total:
            break
        each = found.pop(best)
        chosen.append(Tilted(best, each.heights, each.opened & ~taken))
        taken |= each.opened
    return chosen


def _sight(mesh: Mesh, samples: Samples, direction: str, pixels: int) -> tuple[HeightMap, Flags]:
    rotation = turned(direction)[:3, :3]
    heights = height_map(mesh.vertices @ rotation.T, mesh.triangles, pixels)
    return heights, seen(heights, samples.points @ rotation.T, samples.normals @ rotation.T)


def _asked(part: PartModel, samples: Samples, visible: dict[str, Flags]) -> dict[str, tuple[set[int], set[int]]]:
    """Directions off the six axes with the faces that may be cut along them: walls of holes, and others.

    The others are the steps and countersinks of those holes, and planes that no axis sees.
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
    for direction, (walls, others) in asked.items():
        matrix = turned(direction)
        for bore in bores(part, matrix):
            walls.update(bore.faces)
            others.update(_steps(part, matrix[:3, :3], bore))
    return {direction: faces for direction, faces in asked.items() if faces[0] or faces[1]}


def _steps(part: PartModel, rotation: NDArray[np.float64], bore: Bore) -> set[int]:
    """Level planes and cones around the axis of a hole, as the steps of its counterbore or its countersink."""
    found = set()
    for face in part.faces:
        way = face.normal if face.surface == "plane" else face.axis if face.surface == "cone" else None
        if way is None or abs(float((rotation @ np.array(way))[2])) < 1 - ALONG:
            continue
        if np.hypot(*((rotation @ np.array(face.centroid))[:2] - (bore.x, bore.y))) < CENTRED_MM:
            found.add(face.id)
    return found
