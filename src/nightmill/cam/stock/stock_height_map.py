"""Keep the stock of one setup as heights over square pixels, to find the stock under a moving tool quickly."""

import math
from dataclasses import dataclass

import manifold3d as m3
import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_PIXEL_MM = 0.1
PIXELS = 1000
NOTHING = -1e9


@njit(cache=True)
def _raise_to(corners: Floats, grid: Floats, top: Floats) -> None:  # pragma: no cover - compiled
    """Raise heights to the triangles (m, 3, 3) at pixel centres."""
    nx, ny = top.shape
    for t in range(len(corners)):
        c = corners[t]
        det = (c[1, 0] - c[0, 0]) * (c[2, 1] - c[0, 1]) - (c[2, 0] - c[0, 0]) * (c[1, 1] - c[0, 1])
        if abs(det) < 1e-14:
            continue
        i0 = max(0, int((min(c[0, 0], c[1, 0], c[2, 0]) - grid[0]) / grid[2]))
        i1 = min(nx - 1, int((max(c[0, 0], c[1, 0], c[2, 0]) - grid[0]) / grid[2]))
        j0 = max(0, int((min(c[0, 1], c[1, 1], c[2, 1]) - grid[1]) / grid[2]))
        j1 = min(ny - 1, int((max(c[0, 1], c[1, 1], c[2, 1]) - grid[1]) / grid[2]))
        for i in range(i0, i1 + 1):
            px = grid[0] + (i + 0.5) * grid[2] - c[0, 0]
            for j in range(j0, j1 + 1):
                py = grid[1] + (j + 0.5) * grid[2] - c[0, 1]
                u = (px * (c[2, 1] - c[0, 1]) - (c[2, 0] - c[0, 0]) * py) / det
                v = ((c[1, 0] - c[0, 0]) * py - px * (c[1, 1] - c[0, 1])) / det
                if u >= -1e-9 and v >= -1e-9 and u + v <= 1 + 1e-9:
                    top[i, j] = max(top[i, j], c[0, 2] + u * (c[1, 2] - c[0, 2]) + v * (c[2, 2] - c[0, 2]))


@njit(cache=True)
def _sort(values: Floats, first: int, last: int) -> None:  # pragma: no cover - compiled
    """Sort the few values from ``first`` to before ``last`` by insertion; ``np.sort`` takes a second to compile."""
    for k in range(first + 1, last):
        value, at = values[k], k
        while at > first and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
        values[at] = value


@njit(cache=True)
def _lower(edges: Floats, grid: Floats, top: Floats, z: float) -> None:  # pragma: no cover - compiled
    """Lower pixels whose centres lie inside the rings of ``edges`` (n, 4) to ``z``: even-odd along each column."""
    nx, ny = top.shape
    counts = np.zeros(nx + 1, dtype=np.int64)
    for fill in range(2):
        if fill == 1:
            total = 0
            for i in range(nx + 1):
                total, counts[i] = total + counts[i], total
            crossings = np.zeros(total)
            at = counts.copy()
        for e in range(len(edges)):
            x0, y0, x1, y1 = edges[e]
            if x0 > x1:
                x0, y0, x1, y1 = x1, y1, x0, y0
            first = max(0, math.ceil((x0 - grid[0]) / grid[2] - 0.5))
            last = min(nx - 1, math.ceil((x1 - grid[0]) / grid[2] - 0.5) - 1)
            for i in range(first, last + 1):
                if fill == 0:
                    counts[i] += 1
                else:
                    x = grid[0] + (i + 0.5) * grid[2]
                    crossings[at[i]] = y0 + (x - x0) / (x1 - x0) * (y1 - y0)
                    at[i] += 1
    for i in range(nx):
        _sort(crossings, counts[i], counts[i + 1])
        for k in range(counts[i], counts[i + 1] - 1, 2):
            first = max(0, math.ceil((crossings[k] - grid[1]) / grid[2] - 0.5))
            last = min(ny - 1, math.ceil((crossings[k + 1] - grid[1]) / grid[2] - 0.5) - 1)
            for j in range(first, last + 1):
                if top[i, j] > z:
                    top[i, j] = z


@njit(cache=True)
def _window(  # pragma: no cover - compiled
    grid: Floats, nx: int, ny: int, x0: float, x1: float, y0: float, y1: float
) -> tuple[int, int, int, int]:
    """Return the first and last pixels of a rectangle in x, and in y."""
    first, last = max(0, int((x0 - grid[0]) / grid[2])), min(nx - 1, int((x1 - grid[0]) / grid[2]))
    return first, last, max(0, int((y0 - grid[1]) / grid[2])), min(ny - 1, int((y1 - grid[1]) / grid[2]))


@njit(cache=True)
def _highest(  # pragma: no cover - compiled
    grid: Floats, top: Floats, ax: float, ay: float, bx: float, by: float, radius: float
) -> float:
    """Return the highest pixel whose centre lies within ``radius`` of a line."""
    nx, ny = top.shape
    i0, i1, j0, j1 = _window(
        grid, nx, ny, min(ax, bx) - radius, max(ax, bx) + radius, min(ay, by) - radius, max(ay, by) + radius
    )
    dx, dy = bx - ax, by - ay
    l2 = dx * dx + dy * dy
    best = NOTHING
    for i in range(i0, i1 + 1):
        x = grid[0] + (i + 0.5) * grid[2] - ax
        for j in range(j0, j1 + 1):
            if top[i, j] <= best:
                continue
            y = grid[1] + (j + 0.5) * grid[2] - ay
            s = 0.0 if l2 < 1e-18 else min(1.0, max(0.0, (x * dx + y * dy) / l2))
            if (x - s * dx) ** 2 + (y - s * dy) ** 2 <= radius * radius:
                best = top[i, j]
    return float(best)


@njit(cache=True)
def _carve(  # pragma: no cover - compiled
    grid: Floats, top: Floats, line: Floats, radius: float, z: float
) -> None:
    """Lower pixels whose centres lie within ``radius`` of a polyline to ``z``."""
    nx, ny = top.shape
    for k in range(len(line) - 1):
        ax, ay, bx, by = line[k, 0], line[k, 1], line[k + 1, 0], line[k + 1, 1]
        i0, i1, j0, j1 = _window(
            grid, nx, ny, min(ax, bx) - radius, max(ax, bx) + radius, min(ay, by) - radius, max(ay, by) + radius
        )
        dx, dy = bx - ax, by - ay
        l2 = dx * dx + dy * dy
        for i in range(i0, i1 + 1):
            x = grid[0] + (i + 0.5) * grid[2] - ax
            for j in range(j0, j1 + 1):
                if top[i, j] <= z:
                    continue
                y = grid[1] + (j + 0.5) * grid[2] - ay
                s = 0.0 if l2 < 1e-18 else min(1.0, max(0.0, (x * dx + y * dy) / l2))
                if (x - s * dx) ** 2 + (y - s * dy) ** 2 <= radius * radius:
                    top[i, j] = z


@njit(cache=True)
def _carve_under(  # pragma: no cover - compiled
    grid: Floats, top: Floats, line: Floats, radius: float
) -> None:
    """Lower pixels near each segment of a polyline to the higher of its two ends."""
    for k in range(len(line) - 1):
        _carve(grid, top, line[k : k + 2, :2], radius, max(line[k, 2], line[k + 1, 2]))


@njit(cache=True)
def _highest_along(  # pragma: no cover - compiled
    grid: Floats, top: Floats, line: Floats, radius: float, most: float
) -> float:
    """Return the highest pixel along a polyline; the search stops early at ``most`` or more."""
    best = NOTHING
    for k in range(len(line) - 1):
        best = max(best, _highest(grid, top, line[k, 0], line[k, 1], line[k + 1, 0], line[k + 1, 1], radius))
        if best >= most:
            break
    return best


@njit(cache=True)
def _next_free(  # pragma: no cover - compiled
    grid: Floats, top: Floats, places: Floats, first: int, radius: float, most: float
) -> int:
    """Return the index of the first position (n, 2) from ``first`` on with nothing higher than ``most`` within ``radius``;
    n if there is none.
    """
    for k in range(first, len(places)):
        x, y = places[k, 0], places[k, 1]
        if _highest(grid, top, x, y, x, y, radius) <= most:
            return k
    return len(places)


@dataclass
class Field:
    """``top`` (nx, ny): height of the stock at each pixel centre, mm; ``grid``: x0, y0 and the pixel's side."""

    grid: Floats
    top: Floats

    @classmethod
    def of(cls, solid: m3.Manifold) -> "Field":
        """Return the heights of a closed solid in work coordinates."""
        x0, y0, _, x1, y1, _ = solid.bounding_box()
        pixel = max(LEAST_PIXEL_MM, max(x1 - x0, y1 - y0) / PIXELS)
        top = np.full((math.ceil((x1 - x0) / pixel) + 1, math.ceil((y1 - y0) / pixel) + 1), NOTHING)
        grid = np.array([x0, y0, pixel])
        mesh = solid.to_mesh64()
        points = np.asarray(mesh.vert_properties)[:, :3]
        _raise_to(np.ascontiguousarray(points[np.asarray(mesh.tri_verts, dtype=np.int64)]), grid, top)
        return cls(grid, top)

    def copy(self) -> "Field":
        """Return a copy of the heights, to be lowered separately."""
        return Field(self.grid, self.top.copy())

    @property
    def pixel(self) -> float:
        """Return the side of a pixel, mm."""
        return float(self.grid[2])

    @property
    def summit(self) -> float:
        """Return the height of the highest stock, mm."""
        return float(self.top.max())

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return the bounds: low x, low y, high x, high y, mm."""
        x0, y0, pixel = (float(v) for v in self.grid)
        return x0, y0, x0 + pixel * self.top.shape[0], y0 + pixel * self.top.shape[1]

    def lower(self, area: BaseGeometry, z: float) -> None:
        """Remove stock higher than ``z`` over an area."""
        edges = []
        for piece in shapely.get_parts(area):
            if piece.is_empty or piece.geom_type != "Polygon":
                continue
            for ring in (piece.exterior, *piece.interiors):
                points = shapely.get_coordinates(ring)
                edges.append(np.hstack([points[:-1], points[1:]]))
        if edges:
            _lower(np.ascontiguousarray(np.vstack(edges)), self.grid, self.top, z)

    def carve(self, line: Floats, radius: float, z: float) -> None:
        """Remove stock higher than ``z`` within ``radius`` of a polyline (n, 2), to the resolution of whole pixels."""
        _carve(self.grid, self.top, np.ascontiguousarray(line), radius - 0.71 * self.pixel, z)

    def carve_under(self, line: Floats, radius: float) -> None:
        """Remove stock within ``radius`` of a polyline (n, 3), along each segment down to its higher end."""
        _carve_under(self.grid, self.top, np.ascontiguousarray(line), radius - 0.71 * self.pixel)

    def highest_along(self, lines: list[Floats], radius: float, most: float) -> float:
        """Return the height of the highest stock within ``radius`` of polylines (n, 2); the search stops at ``most``."""
        reach, best = max(radius, 0.71 * self.pixel), NOTHING
        for line in lines:
            best = max(best, _highest_along(self.grid, self.top, np.ascontiguousarray(line), reach, most))
            if best >= most:
                break
        return best

    def highest_in(self, bounds: tuple[float, float, float, float], margin: float) -> float:
        """Return the height of the highest stock in a rectangle grown by a margin; -1e9 if there is none."""
        x0, y0, pixel = (float(v) for v in self.grid)
        i0, j0 = (max(0, math.floor((b - margin - o) / pixel)) for b, o in zip(bounds[:2], (x0, y0), strict=True))
        i1, j1 = (max(0, math.floor((b + margin - o) / pixel) + 1) for b, o in zip(bounds[2:], (x0, y0), strict=True))
        return float(self.top[i0:i1, j0:j1].max(initial=NOTHING))

    def next_free(self, places: Floats, first: int, radius: float, most: float) -> int:
        """Return the index of the first position (n, 2) from ``first`` on with no stock higher than ``most`` within ``radius``, else n."""
        return int(_next_free(self.grid, self.top, places, first, max(radius, 0.71 * self.pixel), most))

    def highest(self, start: tuple[float, float], end: tuple[float, float], radius: float) -> float:
        """Return the height of the highest stock within ``radius`` of a line; -1e9 if there is none."""
        return _highest(self.grid, self.top, start[0], start[1], end[0], end[1], max(radius, 0.71 * self.pixel))
