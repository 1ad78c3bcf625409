"""Turning kernels: test points against swept outlines, and update a raster of the half-plane (z, r) that moves sweep.

A convex outline K that runs along a line from S to E covers the point p exactly where some t in [0, 1] keeps
n . (p - S - t (E - S)) <= b for every side (n, b) of K: each side narrows t to an interval.
A raster row is filled between the outermost crossings of the swept hull, whose border is part of the outline at S, the
outline at E and the lines between their corners. Both sides of the axis turn: radius r is hit at x = r and at x = -r.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@njit(cache=True)
def covers(z: float, x: float, move: Floats, sides: Floats, first: int, last: int) -> bool:
    """Return whether an outline with the ``sides`` first..last (rows nz, nx, b) covers (z, x) on its way along ``move``."""
    low, high = 0.0, 1.0
    dz, dx = move[2] - move[0], move[3] - move[1]
    for k in range(first, last):
        room = sides[k, 2] - sides[k, 0] * (z - move[0]) - sides[k, 1] * (x - move[1])
        drift = sides[k, 0] * dz + sides[k, 1] * dx
        if abs(drift) < 1e-15:
            if room < 0:
                return False
        elif drift > 0:
            low = max(low, -room / drift)
        else:
            high = min(high, -room / drift)
        if low > high:
            return False
    return True


@njit(cache=True)
def mark_turned(
    points: Floats, moves: Floats, tool: NDArray[np.int32], boxes: Floats, sides: Floats, starts: NDArray[np.int64], done: Flags
) -> None:  # fmt: skip
    """Mark points (n, 2) in (z, r) that one of the moves (m, 4) covers; ``boxes`` (m, 4) bound each sweep."""
    for index in range(len(points)):
        if done[index]:
            continue
        z, r = points[index, 0], points[index, 1]
        for m in range(len(moves)):
            if z < boxes[m, 0] or z > boxes[m, 2]:
                continue
            first, last = starts[tool[m]], starts[tool[m] + 1]
            if boxes[m, 1] <= r <= boxes[m, 3] and covers(z, r, moves[m], sides, first, last):
                done[index] = True
                break
            if boxes[m, 1] <= -r <= boxes[m, 3] and covers(z, -r, moves[m], sides, first, last):
                done[index] = True
                break


@njit(cache=True)
def _across(z0: float, x0: float, z1: float, x1: float, x: float, span: Floats) -> None:
    """Widen ``span`` to include the point where the line from (z0, x0) to (z1, x1) crosses the level ``x``."""
    if (x0 - x) * (x1 - x) > 0:
        return
    if x0 == x1:
        span[0], span[1] = min(span[0], z0, z1), max(span[1], z0, z1)
        return
    z = z0 + (z1 - z0) * (x - x0) / (x1 - x0)
    span[0], span[1] = min(span[0], z), max(span[1], z)


@njit(cache=True)
def sweep_rows(raster: Flags, grid: Floats, move: Floats, corners: Floats, take: bool) -> bool:
    """Return whether the sweep of an outline (k, 2) along ``move`` meets a set cell of the ``raster``; ``take`` clears those cells.

    ``grid`` is z0, r0, h; cell (j, i) has its middle at z0 + (i + 0.5) h, r0 + (j + 0.5) h.
    """
    rows, columns = raster.shape
    z0, r0, h = grid[0], grid[1], grid[2]
    count = len(corners)
    met = False
    span = np.empty(2)
    low = min(move[1], move[3]) + corners[:, 1].min()
    high = max(move[1], move[3]) + corners[:, 1].max()
    for side in (1.0, -1.0):
        top, bottom = (high, low) if side > 0 else (-low, -high)
        for j in range(max(0, math.ceil((bottom - r0) / h - 0.5)), min(rows - 1, math.floor((top - r0) / h - 0.5)) + 1):
            x = side * (r0 + (j + 0.5) * h)
            span[0], span[1] = 1e300, -1e300
            for k in range(count):
                n = k + 1 if k + 1 < count else 0
                az, ax = corners[k, 0], corners[k, 1]
                bz, bx = corners[n, 0], corners[n, 1]
                _across(az + move[0], ax + move[1], bz + move[0], bx + move[1], x, span)
                _across(az + move[2], ax + move[3], bz + move[2], bx + move[3], x, span)
                _across(az + move[0], ax + move[1], az + move[2], ax + move[3], x, span)
            if span[0] > span[1]:
                continue
            first = max(0, math.ceil((span[0] - z0) / h - 0.5))
            last = min(columns - 1, math.floor((span[1] - z0) / h - 0.5))
            for i in range(first, last + 1):
                if raster[j, i]:
                    met = True
                    if not take:
                        return True
                    raster[j, i] = False
    return met


@njit(cache=True)
def stamp(triangles: Floats, h: float, grid: Floats, raster: Flags) -> None:
    """Set the cells of ``raster`` that triangles (m, 3, 3), turned around Z, pass through; sampled at half a cell."""
    rows, columns = raster.shape
    for t in range(len(triangles)):
        sides = np.empty(3)
        for k in range(3):
            sides[k] = np.sqrt(((triangles[t, (k + 1) % 3] - triangles[t, (k + 2) % 3]) ** 2).sum())
        apex = int(np.argmin(sides))
        a, b, c = triangles[t, apex], triangles[t, (apex + 1) % 3], triangles[t, (apex + 2) % 3]
        along = max(1, math.ceil(2 * max(sides) / h))
        for i in range(along + 1):
            u = i / along
            across = max(1, math.ceil(2 * u * sides[apex] / h))
            for j in range(across + 1):
                v = j / across
                x = a[0] + u * (b[0] - a[0] + v * (c[0] - b[0]))
                y = a[1] + u * (b[1] - a[1] + v * (c[1] - b[1]))
                z = a[2] + u * (b[2] - a[2] + v * (c[2] - b[2]))
                row = math.floor((math.sqrt(x * x + y * y) - grid[1]) / grid[2])
                column = math.floor((z - grid[0]) / grid[2])
                if 0 <= row < rows and 0 <= column < columns:
                    raster[row, column] = True
