"""Maintain the stock as a height map over the XY grid of one setup: top surface, material removed by each move, and collisions.

Node (j, i) is at x = x0 + (i + 0.5) h, y = y0 + (j + 0.5) h. Heights are exact at nodes for the programmed tools;
XY is accurate to one node. Blocks of 16 x 16 nodes keep an upper bound of their heights, so that moves above the stock
cost nothing.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nightmill.verification.removal.swept_volumes import arc_distance, off_path, path_box, ramp_lowest, underside

Floats = NDArray[np.float64]
NOTHING = -1e9
BLOCK = 16


@njit(cache=True, nogil=True)
def rasterise(triangles: Floats, x0: float, y0: float, h: float, top: Floats) -> None:
    """Raise ``top`` (rows, columns) to the highest triangle (m, 3, 3) over each node; vertical triangles are ignored."""
    ny, nx = top.shape
    for t in range(len(triangles)):
        ax, ay, az = triangles[t, 0, 0], triangles[t, 0, 1], triangles[t, 0, 2]
        bx, by, bz = triangles[t, 1, 0], triangles[t, 1, 1], triangles[t, 1, 2]
        cx, cy, cz = triangles[t, 2, 0], triangles[t, 2, 1], triangles[t, 2, 2]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-12:
            continue
        i0 = max(0, math.ceil((min(ax, bx, cx) - x0) / h - 0.5))
        i1 = min(nx - 1, math.floor((max(ax, bx, cx) - x0) / h - 0.5))
        j0 = max(0, math.ceil((min(ay, by, cy) - y0) / h - 0.5))
        j1 = min(ny - 1, math.floor((max(ay, by, cy) - y0) / h - 0.5))
        for j in range(j0, j1 + 1):
            y = y0 + (j + 0.5) * h
            for i in range(i0, i1 + 1):
                x = x0 + (i + 0.5) * h
                u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                w = 1.0 - u - v
                if u >= -1e-9 and v >= -1e-9 and w >= -1e-9:
                    z = u * az + v * bz + w * cz
                    top[j, i] = max(top[j, i], z)


@njit(cache=True)
def lowest(
    g: Floats, x: float, y: float, below: float, radius: float, flat: float, corner: float, slope: float
) -> float:
    """Return the lowest height over (x, y) that the underside reaches during a move; 1e9 if it doesn't go below ``below``."""
    if g[0] == 1.0:
        d = arc_distance(g, x, y)
        return g[3] + underside(d, flat, corner, slope) if d < radius else 1e9
    dx, dy, px, py = g[4] - g[1], g[5] - g[2], x - g[1], y - g[2]
    az, dz = g[3], g[6] - g[3]
    l2 = dx * dx + dy * dy
    if l2 < 1e-18:
        d2 = px * px + py * py
        if d2 >= radius * radius:
            return 1e9
        return min(az, g[6]) + underside(math.sqrt(d2), flat, corner, slope)
    foot = (px * dx + py * dy) / l2
    off2 = max(0.0, px * px + py * py - foot * foot * l2)
    if off2 >= radius * radius:
        return 1e9
    past = foot - min(1.0, max(0.0, foot))
    d2 = off2 + past * past * l2
    if abs(dz) < 1e-12:
        return az + underside(math.sqrt(d2), flat, corner, slope) if d2 < radius * radius else 1e9
    if d2 >= radius * radius or min(az, g[6]) + underside(math.sqrt(d2), flat, corner, slope) >= below:
        return 1e9
    half = math.sqrt((radius * radius - off2) / l2)
    s0, s1 = max(0.0, foot - half), min(1.0, foot + half)
    length = math.sqrt(l2)
    over = ramp_lowest(off2, (s0 - foot) * length, (s1 - foot) * length, dz / length, flat, corner, slope)
    return az + foot * dz + over


@njit(cache=True)
def _span(g: Floats, radius: float, grid: Floats, ny: int, nx: int) -> tuple[int, int, int, int]:
    """Return first and last column, first and last row of the nodes that a move's box can touch."""
    x0, y0, h = grid[0], grid[1], grid[2]
    low_x, high_x, low_y, high_y = path_box(g)
    low_x, high_x, low_y, high_y = low_x - radius, high_x + radius, low_y - radius, high_y + radius
    i0, i1 = max(0, math.ceil((low_x - x0) / h - 0.5)), min(nx - 1, math.floor((high_x - x0) / h - 0.5))
    j0, j1 = max(0, math.ceil((low_y - y0) / h - 0.5)), min(ny - 1, math.floor((high_y - y0) / h - 0.5))
    return i0, i1, j0, j1


@njit(cache=True)
def pass_over(
    g: Floats, part: Floats, lift: float, clearance: float, grid: Floats, heights: Floats, bound: Floats
) -> bool:
    """Return whether one part of a tool, moving over a height map, meets material.

    ``part``: radius, flat, corner, slope; ``lift`` its height above the tip; material within ``clearance`` mm of the
    underside doesn't count; ``bound`` holds upper bounds of the blocks.
    """
    radius, flat, corner, slope = part[0], part[1], part[2], part[3]
    x0, y0, h = grid[0], grid[1], grid[2]
    ny, nx = heights.shape
    floor = min(g[3], g[6]) + lift + clearance
    i0, i1, j0, j1 = _span(g, radius, grid, ny, nx)
    half = BLOCK * h * 0.7072
    reach = radius + half
    for bj in range(j0 // BLOCK, j1 // BLOCK + 1):
        for bi in range(i0 // BLOCK, i1 // BLOCK + 1):
            if bound[bj, bi] <= floor:
                continue
            off = off_path(g, x0 + (bi + 0.5) * BLOCK * h, y0 + (bj + 0.5) * BLOCK * h)
            if off > reach or bound[bj, bi] <= floor + underside(max(0.0, off - half), flat, corner, slope):
                continue
            for j in range(max(j0, bj * BLOCK), min(j1 + 1, (bj + 1) * BLOCK)):
                y = y0 + (j + 0.5) * h
                for i in range(max(i0, bi * BLOCK), min(i1 + 1, (bi + 1) * BLOCK)):
                    z = heights[j, i]
                    if z > floor:
                        under = lift + lowest(
                            g, x0 + (i + 0.5) * h, y, z - lift - clearance, radius, flat, corner, slope
                        )
                        if z > under + clearance:
                            return True
    return False


@njit(cache=True)
def _highest(heights: Floats, bj: int, bi: int) -> float:
    """Return the highest node of a block."""
    highest = NOTHING
    for j in range(bj * BLOCK, min(heights.shape[0], (bj + 1) * BLOCK)):
        for i in range(bi * BLOCK, min(heights.shape[1], (bi + 1) * BLOCK)):
            highest = max(highest, heights[j, i])
    return highest


@njit(cache=True)
def take(
    g: Floats,
    part: Floats,
    grid: Floats,
    heights: Floats,
    bound: Floats,
    floor: Floats,
    floor_bound: Floats,
    touched: NDArray[np.uint8],
) -> None:
    """Remove material that the cutter sweeps, from the stock ``heights`` and from ``floor``, which is never below the stock.

    Blocks in which material is removed are marked in ``touched``.
    """
    radius, flat, corner, slope = part[0], part[1], part[2], part[3]
    x0, y0, h = grid[0], grid[1], grid[2]
    ny, nx = heights.shape
    least = min(g[3], g[6])
    i0, i1, j0, j1 = _span(g, radius, grid, ny, nx)
    half = BLOCK * h * 0.7072
    reach = radius + half
    for bj in range(j0 // BLOCK, j1 // BLOCK + 1):
        for bi in range(i0 // BLOCK, i1 // BLOCK + 1):
            if floor_bound[bj, bi] <= least:
                continue
            off = off_path(g, x0 + (bi + 0.5) * BLOCK * h, y0 + (bj + 0.5) * BLOCK * h)
            if off > reach or floor_bound[bj, bi] <= least + underside(max(0.0, off - half), flat, corner, slope):
                continue
            taken = False
            for j in range(max(j0, bj * BLOCK), min(j1 + 1, (bj + 1) * BLOCK)):
                y = y0 + (j + 0.5) * h
                for i in range(max(i0, bi * BLOCK), min(i1 + 1, (bi + 1) * BLOCK)):
                    z = floor[j, i]
                    if z > least:
                        under = lowest(g, x0 + (i + 0.5) * h, y, z, radius, flat, corner, slope)
                        if under < z:
                            floor[j, i] = under
                            heights[j, i] = min(heights[j, i], under)
                            taken = True
            if taken:
                touched[bj, bi] = 1
                bound[bj, bi] = _highest(heights, bj, bi)
                floor_bound[bj, bi] = _highest(floor, bj, bi)


@njit(cache=True, nogil=True)
def run_moves(
    geometry: Floats,
    tool: NDArray[np.int32],
    rapid: NDArray[np.bool_],
    tools: Floats,
    grid: Floats,
    heights: Floats,
    bound: Floats,
    floor: Floats,
    floor_bound: Floats,
    touched: NDArray[np.uint8],
    obstacle_grid: Floats,
    obstacles: Floats,
    obstacle_bound: Floats,
    found: NDArray[np.uint8],
) -> None:
    """Run all moves in order over the stock.

    ``found`` (n,) gets bits: 1 rapid into stock, 2 shank or holder into stock, 4 cutter, shank or holder into the obstacles'
    height map. ``grid``: x0, y0, h, XY tolerance of the stock. ``floor`` becomes the surface that these moves alone leave on a piece that
    no other setup touched. ``touched``: as in ``take``.
    """
    part = np.zeros(4)
    for m in range(len(geometry)):
        g = geometry[m]
        t = tools[tool[m]]
        radial = grid[3]
        if rapid[m]:
            part[0], part[1] = t[0] - radial, min(t[1], t[0] - radial)
            part[2], part[3] = t[2], t[3]
            if part[0] > 0.0 and pass_over(g, part, 0.0, 0.02, grid, heights, bound):
                found[m] |= 1
        part[2], part[3] = 0.0, 0.0
        radial = max(0.05, grid[3])
        if t[5] > radial:
            part[0] = part[1] = t[5] - radial
            if pass_over(g, part, t[4], 0.02, grid, heights, bound):
                found[m] |= 2
        if t[7] > radial:
            part[0] = part[1] = t[7] - radial
            if pass_over(g, part, t[6], 0.02, grid, heights, bound):
                found[m] |= 2
        if obstacles.shape[0] > 1:
            radial = 0.05
            for which in range(3):
                size = t[0] if which == 0 else (t[5] if which == 1 else t[7])
                lift = 0.0 if which == 0 else (t[4] if which == 1 else t[6])
                if size > radial:
                    part[0] = part[1] = size - radial
                    if which == 0:
                        part[1], part[2], part[3] = min(t[1], size - radial), t[2], t[3]
                    else:
                        part[2], part[3] = 0.0, 0.0
                    if pass_over(g, part, lift, 0.02, obstacle_grid, obstacles, obstacle_bound):
                        found[m] |= 4
        part[0], part[1], part[2], part[3] = t[9], min(t[1], t[9]), t[2], t[3]
        take(g, part, grid, heights, bound, floor, floor_bound, touched)


@njit(cache=True, nogil=True)
def dig(
    heights: Floats,
    touched: NDArray[np.uint8],
    lowered: NDArray[np.uint8],
    grid: Floats,
    bottom: float,
    bound: Floats,
    to_other: Floats,
    other_grid: Floats,
    other: Floats,
    step: float,
) -> None:
    """Lower ``heights`` through material that another setup removed: walk each column down while the point is above ``other``.

    Only the blocks marked in ``touched`` are walked; those in which a column was lowered are marked in ``lowered``, and their ``bound`` is
    reduced.
    ``to_other`` (4, 4) converts this setup's coordinates to the other's; ``other`` is ``lowest_around`` of its map.
    """
    ny, nx = heights.shape
    ony, onx = other.shape
    size = other_grid[2]
    down_x, down_y, down_z = to_other[0, 2] * step, to_other[1, 2] * step, to_other[2, 2] * step
    # This keeps each column within one column of the other map.
    level = abs(to_other[0, 2]) < 1e-12 and abs(to_other[1, 2]) < 1e-12
    for bj in range(touched.shape[0]):
        for bi in range(touched.shape[1]):
            if touched[bj, bi] == 0:
                continue
            for j in range(bj * BLOCK, min(ny, (bj + 1) * BLOCK)):
                y = grid[1] + (j + 0.5) * grid[2]
                for i in range(bi * BLOCK, min(nx, (bi + 1) * BLOCK)):
                    x = grid[0] + (i + 0.5) * grid[2]
                    z = heights[j, i]
                    zt = z - 1e-6
                    ox = to_other[0, 0] * x + to_other[0, 1] * y + to_other[0, 2] * zt + to_other[0, 3]
                    oy = to_other[1, 0] * x + to_other[1, 1] * y + to_other[1, 2] * zt + to_other[1, 3]
                    oz = to_other[2, 0] * x + to_other[2, 1] * y + to_other[2, 2] * zt + to_other[2, 3]
                    if level:
                        a = math.floor((ox - other_grid[0]) / size + 0.5)
                        b = math.floor((oy - other_grid[1]) / size + 0.5)
                        if a >= 0 and b >= 0 and a < onx and b < ony and oz > other[b, a] + 1e-6:
                            z = z - (oz - other[b, a]) / to_other[2, 2] if down_z > 0.0 else bottom
                    while z > bottom and not level:
                        a = math.floor((ox - other_grid[0]) / size + 0.5)
                        b = math.floor((oy - other_grid[1]) / size + 0.5)
                        if a < 0 or b < 0 or a >= onx or b >= ony or oz <= other[b, a] + 1e-6:
                            break
                        z -= step
                        ox -= down_x
                        oy -= down_y
                        oz -= down_z
                    if z <= bottom:
                        z = NOTHING
                    if z < heights[j, i]:
                        heights[j, i] = z
                        lowered[bj, bi] = 1
            if lowered[bj, bi]:
                bound[bj, bi] = _highest(heights, bj, bi)


def lowest_around(heights: Floats) -> Floats:
    """Return the lowest of the up to four nodes around each corner (rows + 1, columns + 1) between nodes.

    This keeps walls between nodes from looking like needles from another side.
    """
    wide = np.pad(heights, 1, constant_values=1e9)
    pairs = np.minimum(wide[:-1], wide[1:])
    return np.ascontiguousarray(np.minimum(pairs[:, :-1], pairs[:, 1:]))
