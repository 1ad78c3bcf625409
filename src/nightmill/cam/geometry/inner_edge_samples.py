"""Place points just beside inner edges: a cutter is most likely to leave material there, and samples by area are too sparse
to show it.

A point deeper in the corner than the neighbouring face's allowance proves nothing.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nightmill.cad import Mesh

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BESIDE_MM = 0.15
"""Distance of the points from their edge."""
APART_MM = 1.5
MOST_POINTS = 12000
CHORD_MM = 0.006
"""How far a mesh may deviate from its faces."""
LEAST_TURN = 0.26
"""Sine of the angle from which an inner edge counts."""


@dataclass(frozen=True)
class Edges:
    """Inner edges of a mesh's faces, listed once for the triangle on each side.

    Start points (n, 3), vectors along the edges (n, 3), vectors to the triangle's far corner (n, 3), unit normals (n, 3) of
    this triangle and of the triangle beyond, and the face (n,).
    """

    start: Floats
    along: Floats
    away: Floats
    normal: Floats
    beyond: Floats
    face: NDArray[np.int32]


def inner_edges(mesh: Mesh) -> Edges:
    """Return the inner edges between a mesh's faces."""
    rows = mesh.triangles.astype(np.int64)
    corners = mesh.vertices[rows]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(cross, axis=1)
    normals = cross / np.where(size > 1e-12, size, 1.0)[:, None]
    owner, side = np.tile(np.arange(len(rows)), 3), np.repeat(np.arange(3), len(rows))
    mate = _mates(rows)
    away = corners[owner, (side + 2) % 3] - corners[owner, side]
    turn = np.linalg.norm(np.cross(normals[owner], normals[mate]), axis=1)
    rises = np.einsum("nc,nc->n", normals[mate], away)
    inner = (mate >= 0) & (mesh.face_of[owner] != mesh.face_of[mate]) & (rises > 0) & (turn > LEAST_TURN)
    inner &= size[owner] > 1e-9
    owner, side, away, mate = owner[inner], side[inner], away[inner], mate[inner]
    start, along = corners[owner, side], corners[owner, (side + 1) % 3] - corners[owner, side]
    return Edges(start, along, away, normals[owner], normals[mate], mesh.face_of[owner])


def beside_inner_edges(edges: Edges) -> tuple[Floats, Floats, NDArray[np.int32], Floats]:
    """Return points (n, 3) and normals (n, 3) on the faces beside inner edges, their faces (n,) and the area of each in mm2 (n,)."""
    start, along, away = edges.start, edges.along, edges.away
    length = np.linalg.norm(along, axis=1)
    unit = along / np.where(length > 0, length, 1.0)[:, None]
    inward = away - np.einsum("nc,nc->n", away, unit)[:, None] * unit
    depth = np.linalg.norm(inward, axis=1)
    sound = (length > 1e-6) & (depth > 2 * BESIDE_MM)
    apart = max(APART_MM, float(length[sound].sum()) / MOST_POINTS)
    counts = np.where(sound, np.maximum(1, np.round(length / apart)), 0).astype(np.int64)
    counts[sound & (length < 0.2 * apart)] = 0
    at = np.repeat(np.arange(len(length)), counts)
    step = np.arange(len(at)) - np.repeat(np.cumsum(counts) - counts, counts)
    share = (step + 0.5) / counts[at]
    points = start[at] + share[:, None] * along[at] + BESIDE_MM * inward[at] / depth[at, None]
    area = length[at] / counts[at] * BESIDE_MM
    return points, edges.normal[at], edges.face[at], area


def in_corners(
    edges: Edges, points: Floats, normals: Floats, face: NDArray[np.int32], off_mm: float
) -> NDArray[np.bool_]:
    """Return which points (n, 3) on faces (n,) are too deep in an inner corner to judge their own face.

    Material ``off_mm`` above these points may belong to the allowance of the face beside them.
    """
    order = np.argsort(face, kind="stable").astype(np.int64)
    faces = np.arange(int(max(face.max(initial=0), edges.face.max(initial=0))) + 2)
    found = np.zeros(len(points), dtype=np.bool_)
    _mark_corners(
        points,
        points + off_mm * normals,
        order,
        np.searchsorted(face[order], faces),
        (edges.start, edges.along, edges.beyond),
        edges.face.astype(np.int64),
        off_mm - CHORD_MM,
        found,
    )
    return found


@njit(cache=True)
def _mark_corners(  # pragma: no cover - compiled
    points: Floats,
    probes: Floats,
    order: Ints,
    first: Ints,
    edges: tuple[Floats, Floats, Floats],
    face: Ints,
    near: float,
    found: NDArray[np.bool_],
) -> None:
    starts, alongs, beyonds = edges
    for e in range(len(face)):
        ax, ay, az = starts[e]
        ux, uy, uz = alongs[e]
        nx, ny, nz = beyonds[e]
        square = ux * ux + uy * uy + uz * uz
        for k in range(first[face[e]], first[face[e] + 1]):
            p = order[k]
            over = (probes[p, 0] - ax) * nx + (probes[p, 1] - ay) * ny + (probes[p, 2] - az) * nz
            if over >= near or over <= -near:
                continue
            t = (points[p, 0] - ax) * ux + (points[p, 1] - ay) * uy + (points[p, 2] - az) * uz
            if t < 0.0 or t > square:
                continue
            t /= square
            dx, dy, dz = points[p, 0] - ax - t * ux, points[p, 1] - ay - t * uy, points[p, 2] - az - t * uz
            if dx * dx + dy * dy + dz * dz < BESIDE_MM * BESIDE_MM:
                found[p] = True


def _mates(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each side k of each triangle (k-major) the triangle beyond it, -1 if there is none."""
    count = int(rows.max()) + 1
    starts = np.concatenate([rows[:, k] for k in range(3)])
    ends = np.concatenate([rows[:, (k + 1) % 3] for k in range(3)])
    keys, back = starts * count + ends, ends * count + starts
    order = np.argsort(keys, kind="stable")
    at = np.minimum(np.searchsorted(keys[order], back), len(keys) - 1)
    return np.where(keys[order][at] == back, np.tile(np.arange(len(rows)), 3)[order][at], -1)
