"""Cast rays along an axis against a triangle mesh, and measure distances to it: to find which points are visible or inside, and how
deep.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nightmill.verification.target.grid_hash import enter

Floats = NDArray[np.float64]


@njit(cache=True, nogil=True)
def bin_triangles(
    triangles: Floats, grid: Floats, shape: NDArray[np.int64], starts: NDArray[np.int64], entries: NDArray[np.int32]
) -> int:
    """Enter triangles (m, 3, 3), seen along their third coordinate, in the cells of their XY boxes; while ``entries`` is empty, only count
    them.
    """
    nx, ny = shape[0], shape[1]
    total = 0
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])) < 1e-9:
            continue
        i0 = max(0, int((min(a[0], b[0], c[0]) - grid[0]) // grid[2]))
        i1 = min(nx - 1, int((max(a[0], b[0], c[0]) - grid[0]) // grid[2]))
        j0 = max(0, int((min(a[1], b[1], c[1]) - grid[1]) // grid[2]))
        j1 = min(ny - 1, int((max(a[1], b[1], c[1]) - grid[1]) // grid[2]))
        for j in range(j0, j1 + 1):
            for i in range(i0, i1 + 1):
                enter(t, j * nx + i, starts, entries)
                total += 1
    return total


@njit(cache=True, nogil=True)
def cast(
    points: Floats,
    triangles: Floats,
    grid: Floats,
    shape: NDArray[np.int64],
    starts: NDArray[np.int64],
    entries: NDArray[np.int32],
    above: NDArray[np.int32],
    below: NDArray[np.int32],
) -> None:
    """Count the triangles above and below each point (n, 3) along the third coordinate; edges count with both sides."""
    nx, ny = shape[0], shape[1]
    for p in range(len(points)):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        i, j = int((x - grid[0]) // grid[2]), int((y - grid[1]) // grid[2])
        if i < 0 or j < 0 or i >= nx or j >= ny:
            continue
        at = j * nx + i
        for k in range(starts[at], starts[at + 1]):
            t = triangles[entries[k]]
            area = (t[1, 0] - t[0, 0]) * (t[2, 1] - t[0, 1]) - (t[1, 1] - t[0, 1]) * (t[2, 0] - t[0, 0])
            u = ((t[1, 0] - x) * (t[2, 1] - y) - (t[1, 1] - y) * (t[2, 0] - x)) / area
            v = ((t[2, 0] - x) * (t[0, 1] - y) - (t[2, 1] - y) * (t[0, 0] - x)) / area
            w = 1.0 - u - v
            if u >= 0.0 and v >= 0.0 and w >= 0.0:
                if u * t[0, 2] + v * t[1, 2] + w * t[2, 2] > z:
                    above[p] += 1
                else:
                    below[p] += 1


@njit(cache=True, nogil=True)
def distance_to_mesh(points: Floats, triangles: Floats, limit: Floats, out: Floats) -> None:
    """Compute the distance (n,) from each point to the nearest triangle, but no more than its ``limit`` (n,)."""
    for p in range(len(points)):
        best = limit[p]
        x = points[p]
        for t in range(len(triangles)):
            tri = triangles[t]
            near = True
            for axis in range(3):
                if (
                    min(tri[0, axis], tri[1, axis], tri[2, axis]) - best > x[axis]
                    or max(tri[0, axis], tri[1, axis], tri[2, axis]) + best < x[axis]
                ):
                    near = False
                    break
            if near:
                best = min(best, _triangle_distance(x, tri))
        out[p] = best


@njit(cache=True)
def _triangle_distance(p: Floats, t: Floats) -> float:
    """Return the distance from a point to a triangle: to its plane if the point is over the triangle, else to the nearest edge."""
    ux, uy, uz = t[1, 0] - t[0, 0], t[1, 1] - t[0, 1], t[1, 2] - t[0, 2]
    vx, vy, vz = t[2, 0] - t[0, 0], t[2, 1] - t[0, 1], t[2, 2] - t[0, 2]
    wx, wy, wz = p[0] - t[0, 0], p[1] - t[0, 1], p[2] - t[0, 2]
    uu, uv, vv = ux * ux + uy * uy + uz * uz, ux * vx + uy * vy + uz * vz, vx * vx + vy * vy + vz * vz
    wu, wv = wx * ux + wy * uy + wz * uz, wx * vx + wy * vy + wz * vz
    ww = wx * wx + wy * wy + wz * wz
    det = uu * vv - uv * uv
    if det > 1e-18:
        a, b = (vv * wu - uv * wv) / det, (uu * wv - uv * wu) / det
        if a >= 0.0 and b >= 0.0 and a + b <= 1.0:
            return math.sqrt(max(0.0, ww - a * wu - b * wv))
    best = 1e18
    for k in range(3):
        i, j = k, (k + 1) % 3
        ex, ey, ez = t[j, 0] - t[i, 0], t[j, 1] - t[i, 1], t[j, 2] - t[i, 2]
        qx, qy, qz = p[0] - t[i, 0], p[1] - t[i, 1], p[2] - t[i, 2]
        l2 = ex * ex + ey * ey + ez * ez
        s = min(1.0, max(0.0, (qx * ex + qy * ey + qz * ez) / l2)) if l2 > 0.0 else 0.0
        best = min(best, (qx - s * ex) ** 2 + (qy - s * ey) ** 2 + (qz - s * ez) ** 2)
    return math.sqrt(best)
