"""Choose the tip heights of a setup: exact at floors, close together on slopes, a depth of cut apart elsewhere."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from nightmill.cam.stock.in_process_stock import Level
from nightmill.cam.tooling.tool_assembly import ToolAssembly
from nightmill.vocabulary.plan import Tool

SLOPE_EXCESS_MM = 0.034
"""Height, normal to the surface, of the stairs that a flat tool may leave on a steep slope as the final surface: dz * nz."""
SLOPE_STOCK_MM = 0.8
"""The same limit on slopes that a later finishing pass will cut."""
APART_MM = 0.05
"""A level at the end of a mill's reach is useless if it is this close above another level that the mill can reach."""
SAME_MM = 0.008
"""Fine levels closer than this are merged."""
BELOW_MM = 0.001
"""Distance above its lowest position at which a small mill still counts as fitting (``OVER_MM`` in ``z_levels`` is more)."""
ROOM_MM = 1.5
STEEP = 0.02
"""Upward component of the normal up to which a slope counts as steep: flat tools finish such a slope in few stairs."""


class Slabs(NamedTuple):
    """The slabs that a setup is cut in: from ``top`` down to ``floor``, none higher than ``depth``, mm."""

    top: float
    floor: float
    depth: float


def planned_levels(
    corners: NDArray[np.float64],
    wanted: NDArray[np.bool_],
    face_of: NDArray[np.int32],
    slabs: Slabs,
    reaches: tuple[float, ...] = (),
    beside: Sequence[float] = (),
) -> list[Level]:
    """Return falling tip heights from below the top of the ``slabs`` down to their floor.

    ``corners`` (m, 3, 3) are triangles in work coordinates, ``wanted`` (m,) those that this setup should cut, ``face_of``
    (m,) their faces, ``reaches`` the depths that mills reach below the part's top, ``beside`` more heights for small mills
    (``lowest_beside``).
    """
    top, floor, depth = slabs
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(normals, axis=1)
    nz = np.where(size > 1e-12, normals[:, 2] / np.where(size > 0, size, 1.0), -1.0)
    low, high = corners[:, :, 2].min(axis=1), corners[:, :, 2].max(axis=1)
    flat = wanted & (nz > 1 - 1e-9) & (high - low < 1e-6)
    flats = np.unique(np.round(high[flat], 5))
    others: list[float] = []
    rest = wanted & ~flat & (nz > -1e-6)
    if rest.any():
        lowest = np.full(int(face_of.max()) + 1, np.inf)
        np.minimum.at(lowest, face_of[rest], low[rest])
        others = [float(z) for z in lowest[np.isfinite(lowest)]]
    heights = sorted({float(z) for z in flats} | {round(z, 5) for z in others} | {floor}, reverse=True)
    heights = [z for z in heights if floor - 1e-9 <= z < top - 1e-4]
    heights = _spread(heights, {float(z) for z in flats}, top, depth)
    slopes = rest & (nz > 1e-3) & (nz <= 1 - 1e-9) & (high > floor)
    fine = _fine(low[slopes], high[slopes], nz[slopes], heights) if slopes.any() else []
    summit = float(high.max())
    fine += [
        z
        for z in (summit - reach for reach in reaches)
        if floor < z < top and not any(-1e-6 <= other - z <= APART_MM for other in [*heights, *fine])
    ]
    for z in sorted(beside, reverse=True):  # a level just below is useless: the mill doesn't fit there either
        if floor < z < top and not any(-BELOW_MM <= other - z <= SAME_MM for other in [*heights, *fine]):
            fine.append(z)
    levels = [Level(z, False) for z in heights] + [Level(z, True) for z in fine]
    return sorted(levels, key=lambda level: -level.z)


def room_mm(mill: Tool) -> float:
    """Return the distance around uncut surface within which stock obstructs a mill that must get down beside the
    surface with its holder.
    """
    assembly = ToolAssembly(mill)
    return assembly.radius_mm + assembly.holder_radius_mm + ROOM_MM


def near_open(
    points: NDArray[np.float64], levels: list[Level], top: float, radius: float
) -> list[shapely.geometry.base.BaseGeometry]:
    """Return at each level the area within about ``radius`` of the uncut ``points`` (n, 3) that lie below the slab's top.

    Only the stock in this area is in the way of a cutter that must reach the points.
    """
    side = radius / 2
    cells, owner = np.unique(np.floor(points[:, :2] / side).astype(np.int64), axis=0, return_inverse=True)
    lowest = np.full(len(cells), np.inf)
    np.minimum.at(lowest, owner.reshape(-1), points[:, 2])
    order = np.argsort(lowest)
    low, high, heights = cells[order] * side, (cells[order] + 1) * side, lowest[order]
    found: list[shapely.geometry.base.BaseGeometry] = []
    area, known = shapely.Polygon(), 0
    above = top
    for level in levels:
        count = int(np.searchsorted(heights, above + side))
        above = above if level.fine else level.z
        if count != known:  # the area is made of whole cells: the other contents of a cell change nothing
            # neighbouring cells have bit-identical corners, so no edges need to be searched, which takes a tenth of the time
            some = shapely.box(low[:count, 0], low[:count, 1], high[:count, 0], high[:count, 1])
            area, known = shapely.coverage_union_all(some).buffer(radius, quad_segs=4), count
        found.append(area)
    return found


def _spread(heights: list[float], exact: set[float], top: float, depth: float) -> list[float]:
    """Drop inexact heights that nearly coincide with another height, and add heights so that no slab exceeds ``depth``."""
    kept: list[float] = []
    for z in heights:
        if kept and kept[-1] - z < 0.01 and z not in exact and z != heights[-1]:
            continue
        kept.append(z)
    filled: list[float] = []
    above = top
    for z in kept:
        count = max(1, math.ceil((above - z) / depth - 1e-9))
        filled += [above - (above - z) * k / count for k in range(1, count)]
        filled.append(z)
        above = z
    return filled


def _fine(
    low: NDArray[np.float64], high: NDArray[np.float64], nz: NDArray[np.float64], heights: list[float]
) -> list[float]:
    """Return heights whose spacing dz keeps dz * nz below the limit for the flattest slope present at each height."""
    bottom, upper = float(low.min()), float(high.max())
    cell = max(0.01, (upper - bottom) / 40000)
    count = int((upper - bottom) / cell) + 2
    rate = np.zeros(count)
    bins = np.ceil(nz * 40).astype(int)
    steep = math.ceil(STEEP * 40)
    for value in np.unique(bins):
        rows = bins == value
        change = np.zeros(count + 1)
        np.add.at(change, np.maximum(0, ((low[rows] - bottom) / cell).astype(int)), 1)
        np.add.at(change, np.minimum(count, ((high[rows] - bottom) / cell).astype(int) + 1), -1)
        present = np.cumsum(change)[:count] > 0
        rate[present] = np.maximum(
            rate[present], nz[rows].max() / (SLOPE_EXCESS_MM if value <= steep else SLOPE_STOCK_MM)
        )
    grown = np.cumsum(rate) * cell
    marks = np.arange(1, math.floor(grown[-1]) + 1)
    found = bottom + (np.searchsorted(grown, marks) + 0.5) * cell
    taken = np.array(heights)
    return [float(z) for z in found if np.min(np.abs(taken - z)) > SAME_MM and z < heights[0] + 1e3]
