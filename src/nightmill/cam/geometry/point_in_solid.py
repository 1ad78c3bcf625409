"""Find points outside a solid, to see how much of the part's surface the cuts of all setups so far have exposed."""

import manifold3d as m3
import numpy as np
from numba import njit
from numpy.typing import NDArray

from nightmill.cam.geometry.grid_raster import HAIR, reach_within

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ASIDE_MM = (1.3e-5, 0.7e-5)
"""Rays are offset this far from the points, so that no ray meets an edge exactly over a point."""
POINTS_A_CELL = 4.0


@njit(cache=True)
def _turns(  # pragma: no cover - compiled
    corners: Floats, points: Floats, starts: Ints, entries: Ints, grid: Floats, nx: int, ny: int
) -> Ints:
    """For each point (n, 3), count the triangles (m, 3, 3) straight above that face up, minus those that face down."""
    turns = np.zeros(len(points), dtype=np.int64)
    for t in range(len(corners)):
        ax, ay, az = corners[t, 0, 0], corners[t, 0, 1], corners[t, 0, 2]
        bx, by, bz = corners[t, 1, 0], corners[t, 1, 1], corners[t, 1, 2]
        cx, cy, cz = corners[t, 2, 0], corners[t, 2, 1], corners[t, 2, 2]
        det = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if det == 0.0:
            continue
        top = max(az, bz, cz)
        i0 = max(0, int((min(ax, bx, cx) - grid[0]) / grid[2]))
        i1 = min(nx - 1, int((max(ax, bx, cx) - grid[0]) / grid[2]))
        for i in range(i0, i1 + 1):
            left = grid[0] + i * grid[2]
            low, high = reach_within(corners[t], left - HAIR * grid[2], left + (1 + HAIR) * grid[2])
            if low > high:
                continue
            j0 = max(0, int((low - grid[1]) / grid[2] - HAIR))
            j1 = min(ny - 1, int((high - grid[1]) / grid[2] + HAIR))
            if j1 < j0:
                continue
            for k in range(starts[i * ny + j0], starts[i * ny + j1 + 1]):
                p = entries[k]
                px, py, pz = points[p]
                if pz >= top:
                    continue
                u = ((px - ax) * (cy - ay) - (cx - ax) * (py - ay)) / det
                v = ((bx - ax) * (py - ay) - (px - ax) * (by - ay)) / det
                if u >= 0.0 and v >= 0.0 and u + v <= 1.0 and az + u * (bz - az) + v * (cz - az) > pz:
                    turns[p] += 1 if det > 0.0 else -1
    return turns


def outside(solid: m3.Manifold, points: Floats) -> NDArray[np.bool_]:
    """Return which points (n, 3) lie outside a closed solid: as many facets above such a point face up as face down."""
    if not len(points) or solid.is_empty():
        return np.ones(len(points), dtype=np.bool_)
    mesh = solid.to_mesh64()
    corners = np.asarray(mesh.vert_properties)[:, :3][np.asarray(mesh.tri_verts, dtype=np.int64)]
    rays = points + np.array([*ASIDE_MM, 0.0])
    low, size = rays[:, :2].min(axis=0), np.ptp(rays[:, :2], axis=0)
    cell = max(float(np.sqrt(size.prod() * POINTS_A_CELL / len(rays))), float(size.max()) / 1000, 1e-3)
    nx, ny = (int(n) + 1 for n in size / cell)
    at = np.floor((rays[:, :2] - low) / cell).astype(np.int64)
    key = at[:, 0] * ny + at[:, 1]
    order = np.argsort(key, kind="stable")
    starts = np.searchsorted(key[order], np.arange(nx * ny + 1)).astype(np.int64)
    grid = np.array([low[0], low[1], cell])
    return np.asarray(_turns(np.ascontiguousarray(corners), rays, starts, order, grid, nx, ny) == 0)
