"""Points just beside inner edges: where a cutter leaves material first, and samples by area are too sparse to tell."""

import numpy as np
from numpy.typing import NDArray

from nightmill.design import Mesh

Floats = NDArray[np.float64]

BESIDE_MM = 0.15
"""Distance of the points from their edge."""
APART_MM = 1.5
MOST_POINTS = 12000
LEAST_TURN = 0.26
"""Sine of the angle from which an inner edge counts."""


def beside_inner_edges(mesh: Mesh) -> tuple[Floats, Floats, NDArray[np.int32], Floats]:
    """Points (n, 3) and normals (n, 3) on the faces beside inner edges, their faces (n,) and mm2 each (n,)."""
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
    owner, side, away = owner[inner], side[inner], away[inner]
    start, along = corners[owner, side], corners[owner, (side + 1) % 3] - corners[owner, side]
    length = np.linalg.norm(along, axis=1)
    unit = along / length[:, None]
    inward = away - np.einsum("nc,nc->n", away, unit)[:, None] * unit
    depth = np.linalg.norm(inward, axis=1)
    sound = (length > 1e-6) & (depth > 2 * BESIDE_MM)
    apart = max(APART_MM, float(length[sound].sum()) / MOST_POINTS)
    counts = np.where(sound, np.maximum(1, np.round(length / apart)), 0).astype(np.int64)
    counts[sound & (length < 0.2 * apart)] = 0
    at = np.repeat(np.arange(len(owner)), counts)
    step = np.arange(len(at)) - np.repeat(np.cumsum(counts) - counts, counts)
    share = (step + 0.5) / counts[at]
    points = start[at] + share[:, None] * along[at] + BESIDE_MM * inward[at] / depth[at, None]
    area = length[at] / counts[at] * BESIDE_MM
    return points, normals[owner[at]], mesh.face_of[owner[at]], area


def _mates(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each side k of each triangle (k-major) the triangle beyond it, -1 where there is none."""
    count = int(rows.max()) + 1
    starts = np.concatenate([rows[:, k] for k in range(3)])
    ends = np.concatenate([rows[:, (k + 1) % 3] for k in range(3)])
    keys, back = starts * count + ends, ends * count + starts
    order = np.argsort(keys, kind="stable")
    at = np.minimum(np.searchsorted(keys[order], back), len(keys) - 1)
    return np.where(keys[order][at] == back, np.tile(np.arange(len(rows)), 3)[order][at], -1)
