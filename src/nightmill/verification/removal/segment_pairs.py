"""Find which lines and paths in the plane are within reach of each other: a coarse filter before the closed forms."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CELLS = 256
_LEAST_CELL_MM = 1.0
_GROUP_MM, _MOST = 6.0, 64


class Neighbours:
    """Paths as segments (m, 4: x0, y0, x1, y1), indexed by the grid cells that they pass through."""

    def __init__(self, paths: Floats) -> None:
        self._paths = np.ascontiguousarray(paths)
        ends = paths.reshape(-1, 2)
        low = ends.min(axis=0) if len(ends) else np.zeros(2)
        size = float((ends.max(axis=0) - low).max()) if len(ends) else 0.0
        cell = max(_LEAST_CELL_MM, size / _CELLS)
        self._grid = np.array([*low, cell])
        # A path is entered at points no more than a cell apart; half a cell is added to its reach to make up for that.
        count = np.ceil(np.hypot(paths[:, 2] - paths[:, 0], paths[:, 3] - paths[:, 1]) / cell).astype(np.int64) + 1
        path = np.repeat(np.arange(len(paths)), count)
        place = np.arange(len(path)) - np.repeat(np.cumsum(count) - count, count)
        share = (place / np.maximum(count[path] - 1, 1))[:, None]
        column, row = (
            np.floor((paths[path, :2] + share * (paths[path, 2:] - paths[path, :2]) - low) / cell).astype(np.int64).T
        )
        self._shape = np.array([int(size / cell) + 1, int(size / cell) + 1], dtype=np.int64)
        at = row * self._shape[0] + column
        order = np.argsort(at, kind="stable")
        self._entries = path[order]
        self._starts = np.searchsorted(at[order], np.arange(int(self._shape.prod()) + 1)).astype(np.int64)

    def pairs(self, lines: Floats, heights: Floats, low: Floats, high: Floats, reach: Floats) -> tuple[Ints, Ints]:
        """Return all pairs, each once, of a line (n, 4) and a path that are less than the path's ``reach`` (m,) apart, if the line's
        height (n,) is above the path's ``low`` and no higher than its ``high`` (m,).
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
    """Return the square of the distance from a point to a segment."""
    dx, dy = x1 - x0, y1 - y0
    l2 = dx * dx + dy * dy
    s = 0.0
    if l2 > 0.0:
        s = min(1.0, max(0.0, ((x - x0) * dx + (y - y0) * dy) / l2))
    ex, ey = x - x0 - s * dx, y - y0 - s * dy
    return ex * ex + ey * ey


@njit(cache=True)
def _apart(a0: float, a1: float, a2: float, a3: float, b0: float, b1: float, b2: float, b3: float) -> float:
    """Return the square of the distance between two segments, each x0, y0, x1, y1."""
    side_a = (b2 - b0) * (a1 - b1) - (b3 - b1) * (a0 - b0)
    side_b = (b2 - b0) * (a3 - b1) - (b3 - b1) * (a2 - b0)
    side_c = (a2 - a0) * (b1 - a1) - (a3 - a1) * (b0 - a0)
    side_d = (a2 - a0) * (b3 - a1) - (a3 - a1) * (b2 - a0)
    if side_a * side_b < 0.0 and side_c * side_d < 0.0:
        return 0.0
    near = min(_from_segment(a0, a1, b0, b1, b2, b3), _from_segment(a2, a3, b0, b1, b2, b3))
    far = min(_from_segment(b0, b1, a0, a1, a2, a3), _from_segment(b2, b3, a0, a1, a2, a3))
    return min(near, far)


@njit(cache=True)
def _group(lines: Floats, heights: Floats, first: int) -> tuple[int, float, float, float]:
    """Return the end of the run of close lines at one height that starts at ``first``, and a circle around the run: x, y, radius."""
    low_x = low_y = np.inf
    high_x = high_y = -np.inf
    last = first
    while last < len(lines) and last - first < _MOST:
        a, b, c, d = lines[last, 0], lines[last, 1], lines[last, 2], lines[last, 3]
        left, right = min(low_x, a, c), max(high_x, a, c)
        down, up = min(low_y, b, d), max(high_y, b, d)
        if last > first and (max(right - left, up - down) > _GROUP_MM or abs(heights[last] - heights[first]) > 1e-9):
            break
        low_x, high_x, low_y, high_y = left, right, down, up
        last += 1
    around = np.sqrt((high_x - low_x) ** 2 + (high_y - low_y) ** 2) / 2.0
    return last, (low_x + high_x) / 2.0, (low_y + high_y) / 2.0, around


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
    """Enter pairs in ``found`` (k, 2) and count them, including those that no longer fit; ``stamp`` (m,) is -1 at the start.

    Paths are collected for a run of close lines first, and each line is tested only against those.
    """
    x0, y0, cell = grid[0], grid[1], grid[2]
    widest = 0.0
    for m in range(len(reach)):
        widest = max(widest, reach[m])
    near = np.zeros(len(paths), dtype=np.int64)
    count = first = 0
    while first < len(lines):
        last, x, y, around = _group(lines, heights, first)
        z = heights[first]
        span = widest + around + cell / 2.0
        i0, i1 = max(0, int(np.floor((x - span - x0) / cell))), min(shape[0] - 1, int(np.floor((x + span - x0) / cell)))
        j0, j1 = max(0, int(np.floor((y - span - y0) / cell))), min(shape[1] - 1, int(np.floor((y + span - y0) / cell)))
        kept = 0
        for j in range(j0, j1 + 1 if i1 >= i0 else 0):
            for k in range(starts[j * shape[0] + i0], starts[j * shape[0] + i1 + 1]):
                m = entries[k]
                if stamp[m] == first or z <= low[m] or z > high[m]:
                    continue
                stamp[m] = first
                limit = reach[m] + around
                if _from_segment(x, y, paths[m, 0], paths[m, 1], paths[m, 2], paths[m, 3]) < limit * limit:
                    near[kept] = m
                    kept += 1
        for n in range(first, last):
            a0, a1, a2, a3 = lines[n, 0], lines[n, 1], lines[n, 2], lines[n, 3]
            x, y, half = (a0 + a2) / 2.0, (a1 + a3) / 2.0, np.sqrt((a2 - a0) ** 2 + (a3 - a1) ** 2) / 2.0
            for k in range(kept):
                m = near[k]
                b0, b1, b2, b3, limit = paths[m, 0], paths[m, 1], paths[m, 2], paths[m, 3], reach[m]
                if _from_segment(x, y, b0, b1, b2, b3) >= (limit + half) * (limit + half):
                    continue
                if _apart(a0, a1, a2, a3, b0, b1, b2, b3) < limit * limit:
                    if count < len(found):
                        found[count, 0] = n
                        found[count, 1] = m
                    count += 1
        first = last
    return count
