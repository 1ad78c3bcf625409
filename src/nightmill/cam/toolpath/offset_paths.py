"""Paths that clear an area: lanes along material that must stay, from far to near; rows if nothing is close by.

A lane is a whole number of steps away from where the tool's axis may not be. Lanes are at most 0.9 of the tool's radius
apart, so that each point within reach is within one step of a lane towards the material that must stay, and everything is
swept. If the stock is open at a side, each lane starts and ends beside it, and the first lane is so far out that no lane
cuts wider than a step; only in closed pockets is the first lane a slot.
"""

import math

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cam.geometry.arc_fitting import meet
from nightmill.cam.geometry.polygon_offsets import grown, meaningful, rounded
from nightmill.cam.geometry.polygon_overlay import common, joined, minus
from nightmill.cam.geometry.solids import parts, polygonal

Line = NDArray[np.float64]

STEP_SHARE, CORE_SHARE = 0.9, 0.97
NEAR_SHARE = 0.95
"""How close a lane must come to an area, over the tool's radius, to be run there; the lane along material that stays only
has to touch the area.
"""
TOUCH_MM = 0.02
FAR_TOLERANCE_MM, ARC_SEGMENTS = 0.02, 16
SHORTEST_MM = 1e-3
MOST_LANES = 200
SMALL_RADII = 4.0
"""A ring shorter than this many radii is left out if the ring around it sweeps everything."""
ROW_SHARE, LANE_SHARE, BROAD_SHARE = 0.85, 0.45, 0.7
"""Widths over the tool's diameter: for rows with nothing close by, for lanes, and for lanes if shallow cuts are quicker."""


def lanes(blocked: BaseGeometry, target: BaseGeometry, radius: float, step: float) -> list[Line]:
    """Return polylines (n, 2) that sweep ``target`` with the axis never in ``blocked``, grouped by region.

    ``blocked``: where the axis may not be; every point of ``target`` is within ``radius`` of where it may be; ``step``
    between lanes: up to 0.9 radii everything is swept, with wider steps sharp corners may stay.
    """
    near = target.buffer(NEAR_SHARE * radius, quad_segs=8)
    touching = target.buffer(radius + TOUCH_MM, quad_segs=16)
    regions = parts(polygonal(minus(near, blocked)))
    if not regions:
        return []
    tree = shapely.STRtree(regions)
    found: list[list[list[Line]]] = [[] for _ in regions]
    first = max(0, math.floor(float(shapely.distance(blocked, near)) / step))
    for k in range(first, first + MOST_LANES):
        away = k * step
        rim = blocked.boundary if k == 0 else grown(blocked, away, ARC_SEGMENTS).simplify(FAR_TOLERANCE_MM).boundary
        layer: list[list[Line]] = [[] for _ in regions]
        for line in _merged(common(rim, near if k else touching)):
            owner = int(tree.nearest(line.interpolate(0.5, normalized=True)))
            layer[owner].append(np.asarray(line.coords))
        covered = k > first and not _deeper(target, blocked, away - step + CORE_SHARE * radius)
        for some, mine in zip(found, layer, strict=True):
            kept = [way for way in mine if not (covered and _closed(way) and _length(way) < SMALL_RADII * radius)]
            if kept:
                some.append(kept)
        if not any(layer) or not _deeper(target, blocked, away - radius + step):
            break
    ordered: list[Line] = []
    for some in found:
        for ways in reversed(some):
            ordered += nearest_order(ways, ordered[-1][-1] if ordered else None)
    return ordered


def _deeper(target: BaseGeometry, blocked: BaseGeometry, depth: float) -> bool:
    """Return whether an area extends more than ``depth`` away from the blocked area."""
    return meaningful(minus(target, blocked.buffer(max(depth, 0.0), quad_segs=ARC_SEGMENTS)))


def _length(way: Line) -> float:
    return float(np.hypot(*np.diff(way, axis=0).T).sum())


def rows(target: BaseGeometry, free: BaseGeometry, radius: float) -> list[Line]:
    """Return straight parallel paths over ``target``, each cutting an equal width; empty if a path would leave ``free``."""
    shapely.prepare(free)
    found: list[Line] = []
    for piece in parts(target):
        along = _direction(piece)
        turn = np.array([[along[0], along[1]], [-along[1], along[0]]])
        flat = shapely.transform(piece, lambda p, t=turn: p @ t.T)
        _, low, _, high = flat.bounds
        count = max(1, math.ceil((high - low) / (2 * ROW_SHARE * radius)))
        width = (high - low) / count
        for i in range(count):
            y = low + (i + 1) * width - radius if count > 1 else (low + high) / 2
            strip = common(flat, shapely.box(-1e6, y - radius, 1e6, y + radius))
            if strip.is_empty:
                continue
            x0, _, x1, _ = strip.bounds
            ends = np.array([[x0, y], [x1, y]])[:: 1 if i % 2 == 0 else -1] @ turn
            if not free.covers(shapely.LineString(ends)):
                return []
            found.append(ends)
    return found


def _direction(piece: BaseGeometry) -> Line:
    """Return the direction of the longer side of the smallest box around a region, as a unit vector."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(piece))
    sides = np.diff(corners[:3], axis=0)
    longest = sides[int(np.argmax(np.hypot(*sides.T)))]
    return np.asarray(longest / np.hypot(*longest))


def sweeps(lines: list[Line], radius: float) -> BaseGeometry:
    """Return the area that a disc sweeps along polylines."""
    return polygonal(joined([rounded(shapely.LineString(line), radius) for line in lines]))


def _merged(rim: BaseGeometry) -> list[shapely.LineString]:
    lines = [g for g in parts(rim) if g.geom_type in {"LineString", "LinearRing"} and g.length > SHORTEST_MM]
    return parts(shapely.line_merge(shapely.MultiLineString(lines))) if lines else []


def nearest_order(ways: list[Line], start: Line | None) -> list[Line]:
    """Return the paths in order, each started at its nearest end or, if closed, at its nearest point."""
    ordered: list[Line] = []
    rest = list(ways)
    here = start if start is not None else (ways[0][0] if ways else None)
    while rest and here is not None:
        gaps = [float(np.min(np.sum((_doors(way) - here) ** 2, axis=1))) for way in rest]
        way = rest.pop(int(np.argmin(gaps)))
        if _closed(way):
            first = int(np.argmin(np.sum((way[:-1] - here) ** 2, axis=1)))
            way = np.vstack([way[first:-1], way[: first + 1]])
        elif np.sum((way[-1] - here) ** 2) < np.sum((way[0] - here) ** 2):
            way = way[::-1]
        ordered.append(way)
        here = way[-1]
    return ordered


def _closed(way: Line) -> bool:
    return len(way) > 2 and meet(way[0], way[-1])


def _doors(way: Line) -> Line:
    """Return the points at which a path may start."""
    return way if _closed(way) else way[[0, -1]]
