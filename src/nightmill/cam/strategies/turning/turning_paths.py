"""Compute where a lathe tool may run: forbidden areas around the piece and the jaws, and passes and contours between them."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cam.strategies.turning.lathe_tool_shapes import Shape, forbidden

Floats = NDArray[np.float64]

BODY_CLEAR_MM, BODY_OVER_MM = 0.3, 0.1
"""Clearance of shank and holder from the finished piece, and from material left on it for another pass."""
GUARD_CLEAR_MM = 1.0
_FAR_MM = 2000.0


def filled(area: BaseGeometry) -> BaseGeometry:
    """Return the area with everything between it and the axis, as a tool sees it from outside."""
    hulls = []
    for piece in shapely.get_parts(area):
        ring = np.asarray(piece.exterior.coords)
        down = ring * np.array([1.0, 0.0])
        both = np.stack([ring[:-1], ring[1:], down[:-1], down[1:]], axis=1)
        hulls += [shapely.convex_hull(shapely.MultiPoint(points)) for points in both]
    return shapely.union_all([area, *(hull for hull in hulls if hull.area > 0)])


def limits(area: BaseGeometry, guard: BaseGeometry, shape: Shape, allowance: float) -> BaseGeometry:
    """Return the area that a tool's point must not enter, to keep the edge out of ``area`` and the allowance, and the whole
    tool out of ``guard``.
    """
    kept = area.buffer(allowance) if allowance > 0 else area
    wide = area.buffer(max(BODY_CLEAR_MM, allowance + BODY_OVER_MM)).simplify(0.02)
    apart = [forbidden(kept, shape.cuts), *(forbidden(wide, body) for body in shape.bodies)]
    if not guard.is_empty:
        near = guard.buffer(GUARD_CLEAR_MM, join_style="mitre")
        apart += [forbidden(near, each) for each in (shape.cuts, *shape.bodies)]
    return shapely.union_all(apart)


@dataclass(frozen=True)
class Window:
    """A rectangle in (z, x) within which a contour is followed."""

    low_z: float
    high_z: float
    low_x: float
    high_x: float = _FAR_MM

    def box(self) -> BaseGeometry:
        """Return the window as a polygon."""
        return shapely.box(self.low_z, self.low_x, self.high_z, self.high_x)


def contour(closed: BaseGeometry, window: Window) -> Floats | None:
    """Return the boundary of the forbidden areas inside a window, from right to left; None if there is none."""
    part = closed.boundary.intersection(window.box())
    lines = [each for each in shapely.get_parts(shapely.line_merge(part)) if each.geom_type == "LineString"]
    if not lines:
        return None
    line = np.asarray(max(lines, key=lambda each: each.length).coords)
    if line[0, 0] < line[-1, 0]:
        line = line[::-1]
    right = np.flatnonzero(line[:, 0] >= window.high_z - 1e-4)
    first = int(right[-1]) if len(right) and window.high_z >= -1e-9 else 0
    line = line[first:]
    return line if len(line) > 1 else None


def open_spans(closed: BaseGeometry, x: float, low_z: float, high_z: float) -> list[tuple[float, float]]:
    """Return the stretches of the level ``x`` where the point may be, from right to left."""
    free = shapely.LineString([(low_z, x), (high_z, x)]).difference(closed)
    spans = [(float(s.bounds[0]), float(s.bounds[2])) for s in shapely.get_parts(free) if s.length > 0.02]
    return sorted(spans, reverse=True)


def lowest(closed: BaseGeometry, z: float, high_x: float) -> float:
    """Return the height down to which the point may come at ``z``: the top of the forbidden areas below ``high_x``."""
    column = shapely.LineString([(z, -_FAR_MM), (z, high_x)]).intersection(closed)
    return float(column.bounds[3]) if not column.is_empty else -_FAR_MM


def clusters(leftover: BaseGeometry, apart: float) -> list[tuple[float, float, float, float]]:
    """Return the bounds (z, x low; z, x high) of patches of leftover material that are more than ``apart`` from each other."""
    joined = shapely.union_all([each.buffer(apart / 2) for each in shapely.get_parts(leftover)])
    grown = [each.bounds for each in shapely.get_parts(joined)]
    half = apart / 2
    return [(b[0] + half, b[1] + half, b[2] - half, b[3] - half) for b in sorted(grown, key=lambda b: -b[2])]
