"""Compute how low a flat or ball-nosed cutter may stand over a mesh: the drop-cutter, exact for every triangle, edge and corner.

Contact of a sphere or a disc with a triangle's face, edges and corners in closed form (as OpenCAMLib and others do);
triangles are hashed over XY and sorted from the highest down in each cell, so that a search ends early.
"""

import copy
import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from nightmill.cam.geometry.grid_raster import HAIR, reach_within

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

LEAST_RISE = 0.05
FLAT_SINE = 0.0005
"""A convex edge below this counts as flat: a 20 mm flat cutter would rest only 0.003 mm higher on the edge."""
MANY_POINTS = 2000
"""Number of points from which the work is divided among threads."""
ROOF_CELLS = 8
"""Cells in a tool's radius for the first, coarse look from above."""
_HANDS = min(4, os.cpu_count() or 1)
NOTHING = -1e9
"""The height that means no contact at all."""
TOP, LEFT, RIGHT, FRONT, BACK, SLOPE_X, SLOPE_Y, LEVEL, RISE, STEEPNESS, CORNER, NORMAL, COLUMNS = (*range(11), 19, 22)
"""Columns of a triangle's row, ordered so that the values that rule a triangle out are next to each other: its highest
corner and its box; its plane z = LEVEL - SLOPE_X x - SLOPE_Y y, the rise per mm and the slope length over its level length
(0 if too steep to be tested); three corners; the normal.
"""


@njit(cache=True)
def _corner(  # pragma: no cover - compiled
    cx: float, cy: float, cz: float, x: float, y: float, radius: float, ball: bool
) -> float:
    d2 = (cx - x) ** 2 + (cy - y) ** 2
    if d2 > radius * radius:
        return NOTHING
    if ball:
        return float(cz + math.sqrt(radius * radius - d2) - radius)
    return float(cz)


@njit(cache=True)
def _edge(  # pragma: no cover - compiled
    ax: float, ay: float, az: float, bx: float, by: float, bz: float, x: float, y: float, radius: float, ball: bool
) -> float:
    ex, ey, ez = bx - ax, by - ay, bz - az
    l2 = ex * ex + ey * ey
    if l2 < 1e-18 or ((x - ax) * ey - (y - ay) * ex) ** 2 >= radius * radius * l2:
        return NOTHING
    length = math.sqrt(l2)
    ux, uy = ex / length, ey / length
    along = (x - ax) * ux + (y - ay) * uy
    off = (x - ax) * uy - (y - ay) * ux
    rho = math.sqrt(max(0.0, radius * radius - off * off))
    slope = ez / length
    if ball:
        steep = math.sqrt(1.0 + slope * slope)
        contact = along + rho * slope / steep
        if contact < 0.0 or contact > length:
            return NOTHING
        return float(az + slope * along + rho * steep - radius)
    first, last = max(0.0, along - rho), min(length, along + rho)
    if first > last:
        return NOTHING
    return float(az + max(slope * first, slope * last))


@njit(cache=True)
def _facet(rows: Floats, t: int, x: float, y: float, radius: float, ball: bool) -> float:  # pragma: no cover - compiled
    n0, n1, n2 = rows[t, NORMAL], rows[t, NORMAL + 1], rows[t, NORMAL + 2]
    if n2 < 1e-9:
        return NOTHING
    flat = math.sqrt(n0 * n0 + n1 * n1)
    if ball:
        px, py = x - radius * n0, y - radius * n1
    elif flat < 1e-12:
        px, py = x, y
    else:
        px, py = x - radius * n0 / flat, y - radius * n1 / flat
    px, py = px - rows[t, CORNER], py - rows[t, CORNER + 1]
    bx, by = rows[t, CORNER + 3] - rows[t, CORNER], rows[t, CORNER + 4] - rows[t, CORNER + 1]
    cx, cy = rows[t, CORNER + 6] - rows[t, CORNER], rows[t, CORNER + 7] - rows[t, CORNER + 1]
    det = bx * cy - cx * by
    if abs(det) < 1e-14:
        return NOTHING
    u = (px * cy - cx * py) / det
    v = (bx * py - px * by) / det
    if u < -1e-9 or v < -1e-9 or u + v > 1.0 + 1e-9:
        return NOTHING
    z0 = rows[t, CORNER + 2]
    z = z0 + u * (rows[t, CORNER + 5] - z0) + v * (rows[t, CORNER + 8] - z0)
    return float(z + radius * n2 - radius) if ball else float(z)


@njit(cache=True)
def _sink(  # pragma: no cover - compiled
    x0: float, y0: float, wide: float, deep: float, x: float, y: float, radius: float, ball: bool
) -> float:
    """Return the least height of a contact point within an XY box above the tip: 0 for a flat cutter."""
    dx = max(0.0, x0 - x, x - x0 - wide)
    dy = max(0.0, y0 - y, y - y0 - deep)
    d2 = dx * dx + dy * dy
    if d2 > radius * radius:
        return -NOTHING
    return radius - math.sqrt(radius * radius - d2) if ball else 0.0


@njit(cache=True)
def _lower(  # pragma: no cover - compiled
    rows: Floats, t: int, x: float, y: float, radius: float, ball: bool, best: float
) -> bool:
    """Return whether a triangle's box or plane proves that it holds the tip no higher than ``best``.

    A ball touches no point of a plane higher than its contact point on it, and a disc touches no point higher than its own contact.
    """
    dx = max(0.0, rows[t, LEFT] - x, x - rows[t, RIGHT])
    dy = max(0.0, rows[t, FRONT] - y, y - rows[t, BACK])
    room = radius * radius - dx * dx - dy * dy
    if room < 0.0:
        return True
    if ball:
        over = best - rows[t, TOP] + radius
        if over >= 0.0 and room <= over * over:
            return True
    if rows[t, STEEPNESS] == 0.0:
        return False
    plane = rows[t, LEVEL] - rows[t, SLOPE_X] * x - rows[t, SLOPE_Y] * y
    lean = rows[t, STEEPNESS] - 1.0 if ball else rows[t, RISE]
    return bool(plane + lean * radius <= best)


@njit(cache=True)
def _drop(  # pragma: no cover - compiled
    rows: Floats,
    sharp: NDArray[np.uint8],
    grid: Floats,
    shape: Ints,
    starts: Ints,
    entries: NDArray[np.int32],
    x: float,
    y: float,
    radius: float,
    ball: bool,
    floor: float,
    enough: float,
) -> float:
    best = floor
    nx, ny, cell = shape[0], shape[1], grid[2]
    i0, i1 = max(0, int((x - radius - grid[0]) / cell)), min(nx - 1, int((x + radius - grid[0]) / cell))
    j0, j1 = max(0, int((y - radius - grid[1]) / cell)), min(ny - 1, int((y + radius - grid[1]) / cell))
    for i in range(i0, i1 + 1):
        for j in range(j0, j1 + 1):
            low = i * ny + j
            sink = _sink(grid[0] + i * cell, grid[1] + j * cell, cell, cell, x, y, radius, ball)
            for k in range(starts[low], starts[low + 1]):
                t = entries[k]
                if rows[t, TOP] - sink <= best:
                    break
                if _lower(rows, t, x, y, radius, ball, best):
                    continue
                best = max(best, _facet(rows, t, x, y, radius, ball))
                if sharp[t]:
                    for c in range(3):
                        a, b = CORNER + 3 * c, CORNER + 3 * ((c + 1) % 3)
                        ax, ay, az = rows[t, a], rows[t, a + 1], rows[t, a + 2]
                        if sharp[t] >> c & 1:
                            bx, by, bz = rows[t, b], rows[t, b + 1], rows[t, b + 2]
                            best = max(best, _edge(ax, ay, az, bx, by, bz, x, y, radius, ball))
                        if sharp[t] >> (c + 3) & 1:
                            best = max(best, _corner(ax, ay, az, x, y, radius, ball))
                if best > enough:
                    return best
    return best


@njit(cache=True, nogil=True)
def _drops(  # pragma: no cover - compiled
    rows: Floats,
    sharp: NDArray[np.uint8],
    grid: Floats,
    shape: Ints,
    starts: Ints,
    entries: NDArray[np.int32],
    points: Floats,
    radius: float,
    ball: bool,
    enough: Floats,
    out: Floats,
) -> None:
    for p in range(len(points)):
        x, y = points[p, 0], points[p, 1]
        out[p] = _drop(rows, sharp, grid, shape, starts, entries, x, y, radius, ball, out[p], enough[p])


@njit(cache=True)
def _enter(  # pragma: no cover - compiled
    triangles: Floats, order: Ints, grid: Floats, shape: Ints, starts: Ints, entries: NDArray[np.int32]
) -> int:
    """Enter triangles in falling order into the cells that they touch; only count them if ``entries`` is empty."""
    nx, ny, cell = shape[0], shape[1], grid[2]
    fill = len(entries) > 0
    total = 0
    for t in order:
        tri = triangles[t]
        x0, x1 = min(tri[0, 0], tri[1, 0], tri[2, 0]), max(tri[0, 0], tri[1, 0], tri[2, 0])
        for i in range(max(0, int((x0 - grid[0]) / cell)), min(nx - 1, int((x1 - grid[0]) / cell)) + 1):
            y0, y1 = reach_within(tri, grid[0] + (i - HAIR) * cell, grid[0] + (i + 1 + HAIR) * cell)
            if y0 > y1:
                continue
            first, last = int((y0 - grid[1]) / cell - HAIR), int((y1 - grid[1]) / cell + HAIR)
            for j in range(max(0, first), min(ny - 1, last) + 1):
                at = i * ny + j
                if fill:
                    entries[starts[at]] = t
                starts[at] += 1
                total += 1
    return total


@njit(cache=True)
def _raise_roof(triangles: Floats, tops: Floats, grid: Floats, roof: Floats) -> None:  # pragma: no cover - compiled
    """Raise the cells of each triangle's box to its highest corner."""
    for t in range(len(triangles)):
        tri = triangles[t]
        x0, x1 = min(tri[0, 0], tri[1, 0], tri[2, 0]), max(tri[0, 0], tri[1, 0], tri[2, 0])
        y0, y1 = min(tri[0, 1], tri[1, 1], tri[2, 1]), max(tri[0, 1], tri[1, 1], tri[2, 1])
        for i in range(int((x0 - grid[0]) / grid[2]), int((x1 - grid[0]) / grid[2]) + 1):
            for j in range(int((y0 - grid[1]) / grid[2]), int((y1 - grid[1]) / grid[2]) + 1):
                roof[i, j] = max(roof[i, j], tops[t])


@dataclass(frozen=True)
class _Hash:
    """Triangles entered in the cells of a grid over XY."""

    grid: Floats
    shape: Ints
    starts: Ints
    entries: NDArray[np.int32]

    @classmethod
    def of(cls, corners: Floats, order: Ints, low: Floats, high: Floats, cell: float) -> "_Hash":
        """Enter ``corners`` (m, 3, 3) in the ``order`` (m,) of falling tops; ``low`` and ``high`` (2,) bound them."""
        cell = max(cell, float((high - low).max()) / 1000.0)
        shape = np.array([int((high[0] - low[0]) / cell) + 1, int((high[1] - low[1]) / cell) + 1])
        grid = np.array([low[0], low[1], cell])
        counts = np.zeros(shape[0] * shape[1] + 1, dtype=np.int64)
        total = _enter(corners, order, grid, shape, counts, np.zeros(0, dtype=np.int32))
        starts = np.concatenate([[0], np.cumsum(counts[:-1])])
        entries = np.zeros(max(total, 1), dtype=np.int32)
        _enter(corners, order, grid, shape, starts[:-1].copy(), entries)
        return cls(grid, shape, starts, entries)


def _sharp(rows: Ints, corners: Floats, normals: Floats) -> NDArray[np.uint8]:
    """Return for each triangle the edges (bits 0 to 2, from corner k) and corners (bits 3 to 5) that a cutter can touch first.

    A cutter touches the facets beside a flat or hollow edge before the edge itself. Of two triangles that share a convex
    edge, only one carries the edge, and only one carries each corner at which such an edge ends.
    """
    count = int(rows.max()) + 1
    starts = np.concatenate([rows[:, k] for k in range(3)])
    ends = np.concatenate([rows[:, (k + 1) % 3] for k in range(3)])
    owner = np.tile(np.arange(len(rows)), 3)
    keys, back = starts * count + ends, ends * count + starts
    order = np.argsort(keys, kind="stable")
    at = np.minimum(np.searchsorted(keys[order], back), len(keys) - 1)
    mate = np.where(keys[order][at] == back, owner[order][at], -1)
    along = corners[owner, np.repeat([2, 0, 1], len(rows))] - corners[owner, np.repeat([0, 1, 2], len(rows))]
    apex = np.where(mate >= 0, np.einsum("nc,nc->n", normals[mate], along), 1.0)
    turn = np.linalg.norm(np.cross(normals[owner], normals[mate]), axis=1)
    stands_out = (mate < 0) | ((apex < 0) & (turn > FLAT_SINE))
    needed = np.zeros(count, dtype=np.bool_)
    needed[starts[stands_out]] = True
    needed[ends[stands_out]] = True
    stands_out &= (mate < 0) | (owner < mate)
    bits = np.zeros(len(rows), dtype=np.uint8)
    for k in range(3):
        bits |= stands_out[k * len(rows) : (k + 1) * len(rows)].astype(np.uint8) << np.uint8(k)
    first = np.full(count, 3 * len(rows), dtype=np.int64)
    np.minimum.at(first, rows.ravel(), np.arange(3 * len(rows)))
    kept = first[needed]
    np.bitwise_or.at(bits, kept // 3, (np.uint8(8) << (kept % 3).astype(np.uint8)).astype(np.uint8))
    return bits


def _rows(triangles: Floats, normals: Floats, tops: Floats) -> Floats:
    """Return the data of triangles (m, 3, 3) that the drop-cutter needs, see ``COLUMNS``: (m, 22)."""
    rows = np.zeros((len(triangles), COLUMNS))
    first, second, third = (triangles[:, k, :2] for k in range(3))
    rows[:, TOP] = tops
    rows[:, [LEFT, FRONT]] = np.minimum(np.minimum(first, second), third)
    rows[:, [RIGHT, BACK]] = np.maximum(np.maximum(first, second), third)
    asked = normals[:, 2] > LEAST_RISE
    up = np.where(asked, normals[:, 2], 1.0)
    slope = normals[:, :2] / up[:, None]
    rows[:, [SLOPE_X, SLOPE_Y]] = slope
    rows[:, LEVEL] = triangles[:, 0, 2] + np.einsum("nc,nc->n", slope, first)
    rows[:, RISE] = np.hypot(slope[:, 0], slope[:, 1])
    rows[:, STEEPNESS] = np.where(asked, 1.0 / up, 0.0)
    rows[:, CORNER:NORMAL] = triangles.reshape(-1, 9)
    rows[:, NORMAL:] = normals
    return rows


class Terrain:
    """Triangles (m, 3, 3) seen from above, outward, in work coordinates, mm; those that face down are left out.

    ``rows`` (m, 3) says which corners are one vertex; without it every edge and corner is taken as convex.
    """

    def __init__(self, corners: Floats, rows: Ints | None = None) -> None:
        cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        size = np.linalg.norm(cross, axis=1)
        normals = cross / np.where(size > 1e-15, size, 1.0)[:, None]
        kept = (normals[:, 2] > -1e-6) & (size > 1e-12)
        self.triangles, self.normals = np.ascontiguousarray(corners[kept]), np.ascontiguousarray(normals[kept])
        self.tops = self.triangles[:, :, 2].max(axis=1)
        self._rows = _rows(self.triangles, self.normals, self.tops)
        self._low = self._rows[:, [LEFT, FRONT]].min(axis=0, initial=np.inf)
        self._high = self._rows[:, [RIGHT, BACK]].max(axis=0, initial=-np.inf)
        self._order = np.argsort(-self.tops, kind="stable")
        self.sharp = np.full(len(self.triangles), 63, dtype=np.uint8)
        if rows is not None and len(self.triangles):
            self.sharp = _sharp(rows[kept].astype(np.int64), self.triangles, self.normals)
        self._hashes: dict[int, _Hash] = {}
        self._roofs: dict[float, tuple[Floats, Floats]] = {}
        self._by = np.zeros(3)

    @property
    def summit(self) -> float:
        """Return the highest point of the mesh, mm; -inf if it has no triangle that faces up."""
        return float(self.tops.max(initial=-np.inf) + self._by[2])

    def moved(self, by: Floats) -> "Terrain":
        """Return the same mesh shifted by a vector (3,); results computed for either mesh serve both."""
        twin = copy.copy(self)
        twin._by = self._by + by
        return twin

    def drop(self, points: Floats, radius: float, ball: bool, floors: Floats, enough: Floats | None = None) -> Floats:
        """Return lowest tip heights (n,), not below ``floors`` (n,), of a ball or flat cutter of ``radius`` over ``points`` (n, 2 or more).

        At these heights the cutter is clear of the mesh. If a height is more than ``enough`` (n,), any height above
        ``enough`` may be returned.
        """
        out = np.array(floors, dtype=float)
        if not len(self.triangles):
            return out
        out -= self._by[2]
        size = max(-2, math.floor(math.log2(max(radius, 1e-3))))
        if size not in self._hashes:
            self._hashes[size] = _Hash.of(self.triangles, self._order, self._low, self._high, 2.0**size)
        at = self._hashes[size]
        flat = np.ascontiguousarray(points[:, :2] - self._by[:2])
        limit = np.full(len(out), np.inf) if enough is None else enough - self._by[2]

        def run(rows: slice) -> None:
            _drops(
                self._rows, self.sharp, at.grid, at.shape, at.starts, at.entries,
                flat[rows], radius, ball, limit[rows], out[rows],
            )  # fmt: skip

        if len(out) < MANY_POINTS:
            run(slice(None))
        else:
            share = math.ceil(len(out) / (4 * _HANDS))
            with ThreadPoolExecutor(_HANDS) as hands:
                list(hands.map(run, [slice(first, first + share) for first in range(0, len(out), share)]))
        return np.asarray(out + self._by[2])

    def above(self, points: Floats, radius: float, heights: Floats) -> Flags:
        """Return whether the mesh stands higher than ``heights`` (n,) somewhere within ``radius`` of ``points``."""
        found = np.zeros(len(points), dtype=np.bool_)
        if len(self.triangles):
            rows = np.flatnonzero(self._summits(points, radius) > heights)
            found[rows] = self.drop(points[rows], radius, False, heights[rows], heights[rows]) > heights[rows]
        return found

    def _summits(self, points: Floats, radius: float) -> Floats:
        """Return a height (n,) that the mesh doesn't exceed within ``radius`` of points, at the resolution of coarse cells."""
        at = self._roofs.get(radius)
        if at is None:
            low, high = self._low, self._high
            cell = max(radius / ROOF_CELLS, float((high - low).max()) / 1000.0, 1e-3)
            margin = math.ceil(radius / cell) + 1
            shape = ((high - low) / cell).astype(int) + 1 + 2 * margin
            roof = np.full((int(shape[0]), int(shape[1])), NOTHING)
            grid = np.array([low[0] - margin * cell, low[1] - margin * cell, cell])
            _raise_roof(self.triangles, self.tops, grid, roof)
            at = self._roofs[radius] = (grid, maximum_filter(roof, size=2 * margin + 1, mode="constant", cval=NOTHING))
        grid, roof = at
        cells = np.floor((points[:, :2] - self._by[:2] - grid[:2]) / grid[2]).astype(np.int64)
        inside = ((cells >= 0) & (cells < roof.shape)).all(axis=1)
        found = np.full(len(points), NOTHING)
        found[inside] = roof[cells[inside, 0], cells[inside, 1]] + self._by[2]
        return found
