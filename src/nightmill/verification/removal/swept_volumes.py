"""Find which points in space a program removes: exact swept volumes of tools, looked up through an XY hash of moves.

A tool is a body of revolution above a convex underside f(d) (see ``tool_rows``). A point at distance d(s) from the axis
and height h(s) above the tip, for the tool at place s of its move, is removed where d(s) < R and f(d(s)) < h(s) <= flute
length for some s. Along a straight ramp d is convex in s and f convex and rising, so h - f is concave and has one largest value.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nightmill.verification.target.grid_hash import enter

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit(cache=True)
def underside(d: float, flat: float, corner: float, slope: float) -> float:
    """Return the height of the tool's underside above its tip at distance ``d`` (mm) from its axis."""
    if d <= flat:
        return 0.0
    if corner > 0.0:
        out = d - flat
        return corner - math.sqrt(max(0.0, corner * corner - out * out))
    return (d - flat) * slope


@njit(cache=True)
def arc_distance(g: Floats, x: float, y: float) -> float:
    """Return the distance in XY from a point to the arc of a move row."""
    dx, dy = x - g[7], y - g[8]
    turn = math.atan2(dy, dx) - g[10]
    if g[11] < 0.0:
        turn = -turn
    turn = turn % (2.0 * math.pi)
    if turn <= abs(g[11]):
        return abs(math.sqrt(dx * dx + dy * dy) - g[9])
    first = (x - g[1]) * (x - g[1]) + (y - g[2]) * (y - g[2])
    last = (x - g[4]) * (x - g[4]) + (y - g[5]) * (y - g[5])
    return math.sqrt(min(first, last))


@njit(cache=True)
def path_box(g: Floats) -> tuple[float, float, float, float]:
    """Return least and greatest x, least and greatest y of a move's path, mm."""
    low_x, high_x = min(g[1], g[4]), max(g[1], g[4])
    low_y, high_y = min(g[2], g[5]), max(g[2], g[5])
    if g[0] == 1.0:
        for k in range(6):  # both ends from angles and radius, and where the arc crosses its axes
            angle = k * 0.5 * math.pi
            if k >= 4:
                angle = g[10] + (k - 4) * g[11]
            else:
                turn = angle - g[10]
                if g[11] < 0.0:
                    turn = -turn
                if turn % (2.0 * math.pi) > abs(g[11]):
                    continue
            x, y = g[7] + g[9] * math.cos(angle), g[8] + g[9] * math.sin(angle)
            low_x, high_x = min(low_x, x), max(high_x, x)
            low_y, high_y = min(low_y, y), max(high_y, y)
    return low_x, high_x, low_y, high_y


@njit(cache=True)
def ramp_lowest(off2: float, u0: float, u1: float, rise: float, flat: float, corner: float, slope: float) -> float:
    """Return the least of ``rise`` u + f(d), d = sqrt(off2 + u²), for u in [u0, u1]: the height that a tool leaves over a point off a ramp.

    u is the distance in XY (mm) along the path past the point's foot on it, ``off2`` the square of the point's distance from the path,
    ``rise`` the ramp's height per mm of path. Lines, cones and balls in closed form; the corner of a bull-nosed tool by bisection on the
    sign of the derivative, which rises, as f is convex.
    """
    if rise > 0.0:
        u0, u1, rise = -u1, -u0, -rise
    low = u0
    if off2 < flat * flat:
        low = max(low, math.sqrt(flat * flat - off2))
    low = max(low, 0.0)
    u = u1
    if low < u1 and corner > 0.0:
        if flat <= 0.0:
            u = -rise * math.sqrt(max(0.0, corner * corner - off2) / (1.0 + rise * rise))
        else:
            first, last = low, u1
            for _ in range(20):
                u = (first + last) / 2.0
                d = math.sqrt(off2 + u * u)
                out = d - flat
                if out * u < -rise * d * math.sqrt(max(0.0, corner * corner - out * out)):
                    first = u
                else:
                    last = u
        u = min(u1, max(low, u))
    elif low < u1 and slope > -rise:
        u = min(u1, max(low, -rise * math.sqrt(off2 / (slope * slope - rise * rise))))
    return rise * u + underside(math.sqrt(off2 + u * u), flat, corner, slope)


@njit(cache=True)
def removes(g: Floats, tool: Floats, x: float, y: float, z: float) -> bool:
    """Return whether one move (row ``g``) with one tool (row ``tool``) removes the point."""
    radius, flat, corner, slope, flute = tool[0], tool[1], tool[2], tool[3], tool[4]
    az, bz = g[3], g[6]
    if z <= min(az, bz) or z > max(az, bz) + flute:
        return False
    if g[0] == 1.0:
        d = arc_distance(g, x, y)
        return d < radius and z - az > underside(d, flat, corner, slope)
    dx, dy, px, py = g[4] - g[1], g[5] - g[2], x - g[1], y - g[2]
    dz = bz - az
    l2 = dx * dx + dy * dy
    if l2 < 1e-18:
        d2 = px * px + py * py
        return d2 < radius * radius and z > min(az, bz) + underside(math.sqrt(d2), flat, corner, slope)
    foot = (px * dx + py * dy) / l2
    off2 = max(0.0, px * px + py * py - foot * foot * l2)
    if off2 >= radius * radius:
        return False
    if abs(dz) < 1e-12:
        past = foot - min(1.0, max(0.0, foot))
        d2 = off2 + past * past * l2
        return d2 < radius * radius and z - az > underside(math.sqrt(d2), flat, corner, slope)
    half = math.sqrt((radius * radius - off2) / l2)
    s0, s1 = max(0.0, foot - half), min(1.0, foot + half)
    limit = (z - az - flute) / dz
    if dz > 0.0:
        s0 = max(s0, limit)
    else:
        s1 = min(s1, limit)
    if s0 > s1:
        return False
    length = math.sqrt(l2)
    rise = dz / length
    over = ramp_lowest(off2, (s0 - foot) * length, (s1 - foot) * length, rise, flat, corner, slope)
    return z > az + foot * dz + over


@njit(cache=True)
def off_path(g: Floats, x: float, y: float) -> float:
    """Return the distance in XY from a point to a move's path, mm; for an arc the whole circle counts, so the distance is never too
    large.
    """
    if g[0] == 1.0:
        return abs(math.sqrt((x - g[7]) ** 2 + (y - g[8]) ** 2) - g[9])
    dx, dy = g[4] - g[1], g[5] - g[2]
    l2 = dx * dx + dy * dy
    s = 0.0
    if l2 > 0.0:
        s = min(1.0, max(0.0, ((x - g[1]) * dx + (y - g[2]) * dy) / l2))
    return math.sqrt((x - g[1] - s * dx) ** 2 + (y - g[2] - s * dy) ** 2)


@njit(cache=True, nogil=True)
def hash_moves(
    geometry: Floats,
    tool: NDArray[np.int32],
    rapid: NDArray[np.bool_],
    tools: Floats,
    order: Ints,
    grid: Floats,
    shape: Ints,
    starts: Ints,
    entries: NDArray[np.int32],
) -> int:
    """Enter each feed move, in ``order``, in the cells that it can touch. Called twice: with empty ``entries`` it only counts.

    ``grid``: x0, y0, cell size; ``shape``: columns, rows; ``starts`` (cells + 1,) counts first, then offsets.
    """
    nx, ny, cell = shape[0], shape[1], grid[2]
    total = 0
    for m in order:
        if rapid[m]:
            continue
        g = geometry[m]
        reach = tools[tool[m], 0]
        low_x, high_x, low_y, high_y = path_box(g)
        low_x, high_x, low_y, high_y = low_x - reach, high_x + reach, low_y - reach, high_y + reach
        i0, i1 = max(0, int((low_x - grid[0]) // cell)), min(nx - 1, int((high_x - grid[0]) // cell))
        j0, j1 = max(0, int((low_y - grid[1]) // cell)), min(ny - 1, int((high_y - grid[1]) // cell))
        near = reach + cell * 0.7072
        for j in range(j0, j1 + 1):
            for i in range(i0, i1 + 1):
                if off_path(g, grid[0] + (i + 0.5) * cell, grid[1] + (j + 0.5) * cell) <= near:
                    enter(m, j * nx + i, starts, entries)
                    total += 1
    return total


@njit(cache=True, nogil=True)
def longest_reach(
    geometry: Floats, tool: NDArray[np.int32], tools: Floats, starts: Ints, entries: NDArray[np.int32]
) -> Floats:
    """Return for each cell (cells,) the greatest height above its own lowest point that any of its moves cuts."""
    reach = np.zeros(len(starts) - 1)
    for cell in range(len(reach)):
        for k in range(starts[cell], starts[cell + 1]):
            m = entries[k]
            reach[cell] = max(reach[cell], abs(geometry[m, 6] - geometry[m, 3]) + tools[tool[m], 4] + 1e-6)
    return reach


@njit(cache=True, nogil=True)
def mark_removed(
    points: Floats,
    geometry: Floats,
    tool: NDArray[np.int32],
    tools: Floats,
    grid: Floats,
    shape: Ints,
    starts: Ints,
    entries: NDArray[np.int32],
    lows: Floats,
    reach: Floats,
    removed: NDArray[np.bool_],
) -> None:
    """Set ``removed`` (n,) for points (n, 3), work coordinates, that some feed move removes; true entries stay true.

    The entries of each cell are sorted by ``lows``, the lowest height of their moves; ``reach`` (cells,) is how far above that
    any of a cell's moves cuts. The moves next below a point are tested first, as they most likely removed it.
    """
    nx, ny = shape[0], shape[1]
    for p in range(len(points)):
        if removed[p]:
            continue
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        i, j = int((x - grid[0]) // grid[2]), int((y - grid[1]) // grid[2])
        if i < 0 or j < 0 or i >= nx or j >= ny:
            continue
        at = j * nx + i
        first, last = starts[at], starts[at + 1]
        while first < last:
            middle = (first + last) // 2
            if lows[middle] < z:
                first = middle + 1
            else:
                last = middle
        for k in range(first - 1, starts[at] - 1, -1):
            if lows[k] < z - reach[at]:
                break
            m = entries[k]
            if removes(geometry[m], tools[tool[m]], x, y, z):
                removed[p] = True
                break
