"""Find which points of a part are visible along the six axes, and how often rays cross a mesh."""

import math

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.target.grid_hash import fill_cells
from nightmill.verification.target.ray_casting import bin_triangles, cast

Floats = NDArray[np.float64]

# Rays start this far off the surface, so that walls along the ray, and the mesh's chords in hollow faces, don't block it.
LIFT_MM = 0.02
_CELLS = 200
_MERIDIAN = 0.01
"""Sine of the angle by which a turned surface's normal may be off the plane through the axis."""
_RADIAL_STEP_MM = 0.25
_AXIS_PLACES = 400


class Rays:
    """Rays along the axes against one mesh (m, 3, 3): its triangles are sorted into cells once for each axis."""

    def __init__(self, triangles: Floats) -> None:
        self._triangles = triangles
        self.corners = triangles.reshape(-1, 3)
        self._cells: dict[int, tuple[Floats, Floats, NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]] = {}

    def crossings(self, points: Floats, axis: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the number of triangles crossed by the ray from each point (n, 3) up, and down, along ``axis`` (0, 1, 2)."""
        if axis not in self._cells:
            self._cells[axis] = _cells(self._triangles, axis)
        turned, grid, shape, starts, entries = self._cells[axis]
        above = np.zeros(len(points), dtype=np.int32)
        below = np.zeros(len(points), dtype=np.int32)
        order = [(axis + 1) % 3, (axis + 2) % 3, axis]
        cast(np.ascontiguousarray(points[:, order]), turned, grid, shape, starts, entries, above, below)
        return above, below

    def inside(self, points: Floats) -> NDArray[np.bool_]:
        """Return whether each point (n, 3) is inside the mesh, if the mesh is closed: rays along two of the three axes must agree."""
        votes = np.zeros(len(points), dtype=np.int64)
        for axis in range(3):
            above, _ = self.crossings(points, axis)
            votes += above % 2
        return np.asarray(votes >= 2)

    def outside(self, points: Floats) -> NDArray[np.bool_]:
        """Return whether each point (n, 3) is certainly outside the mesh: all six rays from it cross an even number of triangles."""
        even = np.ones(len(points), dtype=np.bool_)
        for axis in range(3):
            above, below = self.crossings(points, axis)
            even &= (above % 2 == 0) & (below % 2 == 0)
        return even


def _cells(
    triangles: Floats, axis: int
) -> tuple[Floats, Floats, NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Return triangles with ``axis`` last, the grid of cells across it, and the triangles of each cell."""
    turned = np.ascontiguousarray(triangles[:, :, [(axis + 1) % 3, (axis + 2) % 3, axis]])
    low = turned.reshape(-1, 3)[:, :2].min(axis=0) - 1e-6
    high = turned.reshape(-1, 3)[:, :2].max(axis=0) + 1e-6
    cell = float((high - low).max()) / _CELLS
    grid = np.array([low[0], low[1], cell])
    shape = np.array([int((high[0] - low[0]) / cell) + 1, int((high[1] - low[1]) / cell) + 1], dtype=np.int64)
    starts, entries = fill_cells(
        int(shape[0] * shape[1]),
        lambda starts, entries: bin_triangles(turned, grid, shape, starts, entries),
    )
    return turned, grid, shape, starts, entries


def on_turned(points: Floats, normals: Floats, to_work: Floats) -> NDArray[np.bool_]:
    """Return which points (n, 3, model) may belong to a surface turned around the Z of ``to_work``: their normal (n, 3) is in the plane
    through that axis.
    """
    work = points @ to_work[:3, :3].T + to_work[:3, 3]
    turned = normals @ to_work[:3, :3].T
    radius = np.hypot(work[:, 0], work[:, 1])
    off = np.abs(work[:, 0] * turned[:, 1] - work[:, 1] * turned[:, 0])
    return np.asarray(off <= _MERIDIAN * np.maximum(radius, 1e-9))


def seen_turning(
    points: Floats, normals: Floats, to_work: Floats, rays: Rays, lift_mm: float = LIFT_MM
) -> NDArray[np.bool_]:
    """Return whether a bar on a lathe's axis sees each point (n, 3, model) of a turned surface.

    A point is seen radially from the axis, if the axis is free from there to one of its ends. ``to_work`` makes Z the axis. Points
    whose normal is off the plane through the axis belong to no turned surface.
    """
    work = points @ to_work[:3, :3].T + to_work[:3, 3]
    turned = normals @ to_work[:3, :3].T
    radius = np.hypot(work[:, 0], work[:, 1])
    seen = np.zeros(len(points), dtype=np.bool_)
    at = np.flatnonzero(on_turned(points, normals, to_work) & (radius > lift_mm))
    if not len(at):
        return seen
    back = np.asarray(np.linalg.inv(to_work), dtype=np.float64)
    start = work[at] + lift_mm * turned[at]
    free = _axis_free(start[:, 2], back, rays)
    steps = max(2, math.ceil(float(radius[at].max()) / _RADIAL_STEP_MM))
    for share in np.arange(steps) / steps:
        left = np.flatnonzero(free)
        if not len(left):
            break
        inward = start[left] * np.array([1.0 - share, 1.0 - share, 1.0])
        free[left] = ~rays.inside(inward @ back[:3, :3].T + back[:3, 3])
    seen[at] = free
    return seen


def _axis_free(heights: Floats, back: Floats, rays: Rays) -> NDArray[np.bool_]:
    """Return whether the axis is free of the part from each height (n,) to one of its ends."""
    corners = rays.corners @ np.linalg.inv(back)[:3, :3].T + np.linalg.inv(back)[:3, 3]
    z = np.linspace(float(corners[:, 2].min()) - 1.0, float(corners[:, 2].max()) + 1.0, _AXIS_PLACES)
    on_axis = np.stack([np.full(len(z), 1e-3), np.full(len(z), 1e-3), z], axis=1)
    solid = rays.inside(on_axis @ back[:3, :3].T + back[:3, 3])
    if not solid.any():
        return np.ones(len(heights), dtype=np.bool_)
    last, first = float(z[solid].max()), float(z[solid].min())
    return np.asarray((heights > last) | (heights < first))


def visible(points: Floats, normals: Floats, rays: Rays, lift_mm: float = LIFT_MM) -> NDArray[np.bool_]:
    """Return whether +X, -X, +Y, -Y, +Z or -Z sees each surface point (n, 3) with its outward normal; tool radius ignored."""
    lifted = points + lift_mm * normals
    seen = np.zeros(len(points), dtype=np.bool_)
    for axis in (2, 0, 1):
        left = np.flatnonzero(~seen)
        if len(left):
            above, below = rays.crossings(lifted[left], axis)
            seen[left] = (above == 0) | (below == 0)
    return seen
