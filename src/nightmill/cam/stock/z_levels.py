"""Find levels for acute feet of walls: if a floor rises away from a wall, each flat mill has a different lowest position
beside the wall.
"""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

UPRIGHT, LEAST_SLOPE = 1e-3, 0.02
"""Largest upward component of a wall's normal; least rise of the floor away from the wall, mm per mm."""
LEVEL_MM = 0.01
"""How much a foot may rise along its edge."""
LEAST_RISE_MM = 0.05
"""An excess below this is allowed to stay on a wall in any case."""
OVER_MM = 0.005
SPARE_MM = 0.006
"""Smallest excess of the gap over the mill's width at the foot: finishing paths keep 0.002 mm off the wall and off the floor."""
MOST_FEET, LEAST_LENGTH_MM = 8, 1.0
"""Largest number of heights and slopes of feet that are returned, the longest first, and the least length of a foot."""


def lowest_beside(
    corners: Floats, triangles: NDArray[np.integer], wanted: NDArray[np.bool_], diameters: Collection[float]
) -> list[float]:
    """Return the lowest heights at which flat mills of these ``diameters`` (mm) stand beside walls at whose feet the floor rises.

    A mill against a wall meets such a floor with its far edge: its tip stays above the foot by the floor's slope times the
    mill's diameter, and the wall below the tip stays uncut. ``corners`` (m, 3, 3) are the triangles of a closed mesh in
    work coordinates, ``triangles`` (m, 3) the numbers of their corners, ``wanted`` (m,) those that are to be cut.
    """
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(cross, axis=1)
    normals = cross / np.where(size > 1e-12, size, 1.0)[:, None]
    wall, floor, at = _meeting(triangles)
    upright = np.abs(normals[wall, 2]) <= UPRIGHT
    slanted = (normals[floor, 2] > LEAST_SLOPE) & (normals[floor, 2] < 1 - 1e-9)
    rows = np.flatnonzero(upright & slanted & wanted[wall])
    wall, floor, at = wall[rows], floor[rows], at[rows]
    ends = np.stack([corners[wall, at], corners[wall, (at + 1) % 3]], axis=1)
    slope = -np.einsum("nc,nc->n", normals[floor, :2], normals[wall, :2]) / normals[floor, 2]
    inward = np.einsum("nc,nc->n", corners[floor].mean(axis=1)[:, :2] - ends[:, 0, :2], normals[wall, :2]) > 0
    level = np.abs(ends[:, 1, 2] - ends[:, 0, 2]) <= LEVEL_MM
    rows = np.flatnonzero(inward & level & (slope > LEAST_SLOPE))
    if not len(rows):
        return []
    length = np.linalg.norm(ends[rows, 1] - ends[rows, 0], axis=1)
    feet = np.column_stack([ends[rows, :, 2].max(axis=1), slope[rows]])
    kinds, of = np.unique(np.round(feet, 2), axis=0, return_inverse=True)
    of = of.reshape(-1)
    highest = np.full(kinds.shape, -np.inf)  # for each kind: at a height rounded down no mill would fit
    np.maximum.at(highest, of, feet)
    total = np.bincount(of, length)
    longest = [k for k in np.argsort(-total, kind="stable")[:MOST_FEET] if total[k] >= LEAST_LENGTH_MM]
    return sorted(
        {
            round(float(foot + diameter * rise + max(OVER_MM, SPARE_MM * rise)), 5)
            for foot, rise in highest[longest]
            for diameter in diameters
            if diameter * rise > LEAST_RISE_MM
        }
    )


def _meeting(
    triangles: NDArray[np.integer],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of triangles with a common edge, each pair in both orders: first triangle, second triangle, and the
    number of the edge in the first.
    """
    starts, ends = triangles.astype(np.int64), np.roll(triangles, -1, axis=1).astype(np.int64)
    key = (np.minimum(starts, ends) * (int(triangles.max(initial=0)) + 1) + np.maximum(starts, ends)).reshape(-1)
    order = np.argsort(key, kind="stable")
    same = np.flatnonzero(key[order][1:] == key[order][:-1])
    one, other = order[same], order[same + 1]
    both = np.concatenate([one, other])
    return both // 3, np.concatenate([other, one]) // 3, both % 3
