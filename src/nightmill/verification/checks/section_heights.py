"""Choose the heights of level sections through a part: first across every steep face, then just beside floors, and finally in between."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# A face counts as a wall if this much of its normal is in the plane of the section (0.8: 37 degrees off upright).
STEEP = 0.8
# No section is closer than this to a level face or to the end of a face, where the outline jumps.
CLEARANCE_MM = 0.107
# An interval is cut a little off its middle, as seams, axes and tool passes tend to be at round numbers.
_MIDDLE = 0.473
_SAME_MM = 0.01
_WALLS, _FLOORS, _LEVELS = 8, 4, 8
_TALL_MM = 4.0


@dataclass(frozen=True)
class Faces:
    """Faces of a part seen along a direction: ``low``, ``high`` (f,) where each starts and ends along it, ``steep_mm2`` the
    area of its walls, ``up_mm2`` and ``down_mm2`` that of its floors.
    """

    low: Floats
    high: Floats
    steep_mm2: Floats
    up_mm2: Floats
    down_mm2: Floats


def faces_along(triangles: Floats, face: NDArray[np.int32]) -> Faces:
    """Measure faces by their triangles (m, 3, 3), turned so that the direction is the third axis; ``face`` (m,) ids."""
    cross = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    area = np.linalg.norm(cross, axis=1) / 2
    along = cross[:, 2] / np.maximum(2 * area, 1e-300)
    count = int(face.max()) + 1
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, face, triangles[:, :, 2].min(axis=1))
    np.maximum.at(high, face, triangles[:, :, 2].max(axis=1))
    steep, up, down = 1 - along * along >= STEEP * STEEP, along > 1 - 1e-6, along < 1e-6 - 1
    sums = [np.bincount(face, area * kind, count).astype(np.float64) for kind in (steep, up, down)]
    return Faces(low, high, *sums)


def section_heights(faces: Faces, from_above: bool, from_below: bool) -> Floats:
    """Return heights (k,), rising: first the fewest that cross all walls, largest first; next those ``CLEARANCE_MM`` beside floors that a
    tool from above or below sees, largest first; finally the middles of tall intervals.
    """
    there = np.isfinite(faces.low)
    edges = np.unique(np.concatenate([faces.low[there], faces.high[there]]))
    edges = edges[np.insert(np.diff(edges) > _SAME_MM, 0, True)]
    room = np.diff(edges) > 2 * CLEARANCE_MM + _SAME_MM
    middles = (edges[:-1] + _MIDDLE * np.diff(edges))[room]
    chosen: list[float] = []
    crosses = (faces.low[:, None] < middles) & (faces.high[:, None] > middles)
    left = np.where(there, faces.steep_mm2, 0.0)
    while len(middles) and len(chosen) < _WALLS:
        gain = left @ crosses
        best = int(np.argmax(gain))
        if gain[best] <= 0:
            break
        chosen.append(float(middles[best]))
        left[crosses[:, best]] = 0.0
    chosen += _beside_floors(faces, edges[:-1][room], edges[1:][room], from_above, from_below)
    while len(chosen) < _LEVELS and len(middles):
        stops = np.sort([edges[0], *chosen, edges[-1]])
        free = (stops[:-1] < middles[:, None] - CLEARANCE_MM) & (stops[1:] > middles[:, None] + CLEARANCE_MM)
        tall = np.where(free.any(axis=1), (np.diff(stops) * free).max(axis=1), 0.0)
        if tall.max() < _TALL_MM:
            break
        chosen.append(float(middles[np.argmax(tall)]))
    return np.unique(chosen)


def _beside_floors(faces: Faces, lower: Floats, upper: Floats, from_above: bool, from_below: bool) -> list[float]:
    """Return heights just above floors and just below ceilings, where an interval between ``lower`` and ``upper`` starts or ends."""
    found: list[tuple[float, float]] = []
    for wanted, area, start, sign in (
        (from_above, faces.up_mm2, lower, 1.0),
        (from_below, faces.down_mm2, upper, -1.0),
    ):
        for edge in start if wanted else ():
            size = float(area[np.abs(faces.low - edge) <= _SAME_MM].sum())
            if size > 0:
                found.append((size, float(edge) + sign * CLEARANCE_MM))
    found.sort(key=lambda each: -each[0])
    return [height for _, height in found[:_FLOORS]]
