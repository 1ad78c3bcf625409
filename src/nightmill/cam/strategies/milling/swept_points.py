"""Find which points near a surface a ball-nosed or flat cutter removes along its paths: tips are closely spaced and looked
up by XY cells.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STEP_MM, STEP_SHARE = 0.2, 0.2
"""Spacing of tips, and for small cutters the spacing as a fraction of the radius: a point missed between two tips is within
1 % of the radius of the sweep's side.
"""


@njit(cache=True)
def _taken(  # pragma: no cover - compiled
    points: Floats, tips: Floats, starts: Ints, grid: Floats, nx: int, ny: int, radius: float, ball: bool, flute: float
) -> NDArray[np.bool_]:
    """Find points (n, 3) inside the cutter with its tip at one of the ``tips`` (m, 3), which are sorted by cells as large as the radius."""
    found = np.zeros(len(points), dtype=np.bool_)
    for p in range(len(points)):
        x, y, z = points[p]
        i, j = math.floor((x - grid[0]) / grid[2]), math.floor((y - grid[1]) / grid[2])
        for a in range(max(0, i - 1), min(nx - 1, i + 1) + 1):
            if found[p] or j + 1 < 0 or j - 1 >= ny:
                break
            first, last = starts[a * ny + max(0, j - 1)], starts[a * ny + min(ny - 1, j + 1) + 1]
            for k in range(first, last):
                rise = z - tips[k, 2]
                if rise < 0.0 or rise > flute:
                    continue
                off = (x - tips[k, 0]) ** 2 + (y - tips[k, 1]) ** 2
                if off < radius * radius and (not ball or rise >= radius - math.sqrt(radius * radius - off)):
                    found[p] = True
                    break
    return found


@dataclass(frozen=True)
class Sweep:
    """The sweep of a cutter of ``radius`` along ``paths`` of its tip (n, 3), as high as its flutes, mm."""

    radius: float
    ball: bool
    flute_mm: float
    paths: list[Floats] = field(repr=False)

    def takes(self, points: Floats) -> NDArray[np.bool_]:
        """Return which points (n, 3) are inside the cutter somewhere along its path."""
        step = min(STEP_MM, STEP_SHARE * self.radius)
        some = [closer(path, step) for path in self.paths if len(path)]
        if not some or not len(points):
            return np.zeros(len(points), dtype=np.bool_)
        tips = np.vstack(some)
        low, high = points.min(axis=0) - self.radius, points.max(axis=0) + self.radius
        tips = tips[((tips[:, :2] >= low[:2]) & (tips[:, :2] <= high[:2])).all(axis=1)]
        if not len(tips):
            return np.zeros(len(points), dtype=np.bool_)
        corner = tips[:, :2].min(axis=0)
        cell = max(self.radius, float(np.ptp(tips[:, :2], axis=0).max()) / 2000)
        at = np.floor((tips[:, :2] - corner) / cell).astype(np.int64)
        nx, ny = (int(n) + 1 for n in at.max(axis=0))
        key = at[:, 0] * ny + at[:, 1]
        order = np.argsort(key, kind="stable")
        starts = np.searchsorted(key[order], np.arange(nx * ny + 1)).astype(np.int64)
        grid = np.array([*corner, cell])
        return np.asarray(
            _taken(
                np.ascontiguousarray(points), tips[order], starts, grid, nx, ny, self.radius, self.ball, self.flute_mm
            )
        )


def closer(path: Floats, step: float) -> Floats:
    """Return a polyline (n, 3) with points no farther apart than ``step``."""
    spans = np.linalg.norm(np.diff(path, axis=0), axis=1)
    counts = np.append(np.maximum(1, np.ceil(spans / step)), 1).astype(np.int64)
    at = np.repeat(np.arange(len(path)), counts)
    share = ((np.arange(len(at)) - (np.cumsum(counts) - counts)[at]) / counts[at])[:, None]
    return np.asarray(path[at] + share * (path[np.minimum(at + 1, len(path) - 1)] - path[at]))
