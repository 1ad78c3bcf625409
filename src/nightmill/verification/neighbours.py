"""Which lines and which paths in the plane come within reach of each other: a coarse sieve before the closed forms."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CELLS = 256
_LEAST_CELL_MM = 1.0


class Neighbours:
    """Paths as segments (m, 4: x0, y0, x1, y1), kept by the cells of a grid that they pass."""

    def __init__(self, paths: Floats) -> None:
        self._paths = np.ascontiguousarray(paths)
        ends = paths.reshape(-1, 2)
        low = ends.min(axis=0) if len(ends) else np.zeros(2)
        size = float((ends.max(axis=0) - low).max()) if len(ends) else 0.0
        cell = max(_LEAST_CELL_MM, size / _CELLS)
        self._grid = np.array([*low, cell])
        # A path is entered at points no more than a cell apart; half a cell is added to its reach for that.
        count = np.ceil(np.hypot(paths[:, 2] - paths[:, 0], paths[:, 3] - paths[:, 1]) / cell).astype(np.int64) + 1
        path = np.repeat(np.arange(len(paths)), count)
        place = np.arange(len(path)) - np.repeat(np.cumsum(count) - count, count)
        share = (place / np.maximum(count[path] - 1, 1))[:, None]
        column, row = np.floor((paths[path, :2] + share * (paths[path, 2:] - paths[path, :2]) - low) / cell).astype(np.int64).T
        self._shape = np.array([int(size / cell) + 1, int(size / cell) + 1], dtype=np.int64)
        at = row * self._shape[0] + column
        order = np.argsort(at, kind="stable")
        self._entries = path[order]
        self._starts = np.searchsorted(at[order], np.arange(int(self._shape.prod()) + 1)).astype(np.int64)

    def pairs(self, lines: Floats, heights: Floats, low: Floats, high: Floats, reach: Floats) -> tuple[Ints, Ints]:
        """Pairs of a line (n, 4) and a path that lie less than the path's ``reach`` (m,) apart, where the line's height
        (n,) lies above the path's ``low`` and no higher than its ``high`` (m,); each pair once, none left out.
        """
        found = np.zeros((4 * len(lines) + 1024, 2), dtype=np.int64)
        while True:
            stamp = np.full(len(self._paths), -1, dtype=np.int64)
            count = near_pairs(
                np.ascontiguousarray(lines), heights, self._paths, low, high, reach, self._grid, self._shape,
                self._starts, self._entries, stamp, found,
            )  # fmt: skip
            if count <= len(found):
                return found[:count, 0], found[:count, 1]
            found = np.zeros((count, 2), dtype=np.int64)


@njit(cache=True)
def _from_segment(x: float, y: float, x0: float, y0: float, x1: float, y1: float) -> float:
    """Square of the distance from a point to a segment."""
    dx, dy = x1 - x0, y1 - y0
    l2 = dx * dx + dy * dy
    s = 0.0
    if l2 > 0.0:
        s = min(1.0, max(0.0, ((x - x0) * dx + (y - y0) * dy) / l2))
    ex, ey = x - x0 - s * dx, y - y0 - s * dy
    return ex * ex + ey * ey


@njit(cache=True)
def _apart(a: Floats, b: Floats) -> float:
    """Square of the distance between two segments (rows of x0, y0, x1, y1)."""
    d1 = (b[2] - b[0]) * (a[1] - b[1]) - (b[3] - b[1]) * (a[0] - b[0])
    d2 = (b[2] - b[0]) * (a[3] - b[1]) - (b[3] - b[1]) * (a[2] - b[0])
    d3 = (a[2] - a[0]) * (b[1] - a[1]) - (a[3] - a[1]) * (b[0] - a[0])
    d4 = (a[2] - a[0]) * (b[3] - a[1]) - (a[3] - a[1]) * (b[2] - a[0])
    if d1 * d2 < 0.0 and d3 * d4 < 0.0:
        return 0.0
    near = min(
        _from_segment(a[0], a[1], b[0], b[1], b[2], b[3]), _from_segment(a[2], a[3], b[0], b[1], b[2], b[3])
    )
    far = min(_from_segment(b[0], b[1], a[0], a[1], a[2], a[3]), _from_segment(b[2], b[3], a[0], a[1], a[2], a[3]))
    return min(near, far)


@njit(cache=True, nogil=True)
def near_pairs(
    lines: Floats,
    heights: Floats,
    paths: Floats,
    low: Floats,
    high: Floats,
    reach: Floats,
    grid: Floats,
    shape: Ints,
    starts: Ints,
    entries: Ints,
    stamp: Ints,
    found: Ints,
) -> int:
    """Enter pairs in ``found`` (k, 2) and count them, also those that it has no room for; ``stamp`` (m,) begins as -1."""
    x0, y0, cell = grid[0], grid[1], grid[2]
    widest = 0.0
    for m in range(len(reach)):
        widest = max(widest, reach[m])
    count = 0
    for n in range(len(lines)):
        line, z = lines[n], heights[n]
        x, y = (line[0] + line[2]) / 2.0, (line[1] + line[3]) / 2.0
        half = np.sqrt((line[2] - line[0]) ** 2 + (line[3] - line[1]) ** 2) / 2.0
        span = widest + half + cell / 2.0
        i0, i1 = max(0, int(np.floor((x - span - x0) / cell))), min(shape[0] - 1, int(np.floor((x + span - x0) / cell)))
        j0, j1 = max(0, int(np.floor((y - span - y0) / cell))), min(shape[1] - 1, int(np.floor((y + span - y0) / cell)))
        for j in range(j0, j1 + 1):
            for k in range(starts[j * shape[0] + i0], starts[j * shape[0] + i1 + 1] if i1 >= i0 else 0):
                m = entries[k]
                if stamp[m] == n:
                    continue
                stamp[m] = n
                if z <= low[m] or z > high[m]:
                    continue
                path = paths[m]
                limit = reach[m] + half
                if _from_segment(x, y, path[0], path[1], path[2], path[3]) >= limit * limit:
                    continue
                if half > 0.0 and _apart(line, path) >= reach[m] * reach[m]:
                    continue
                if count < len(found):
                    found[count, 0] = n
                    found[count, 1] = m
                count += 1
    return count
