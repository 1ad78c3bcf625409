"""Offset and simplify areas of a level: offsets, slivers, windows and groups."""

import math

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from nightmill.cam.geometry.polygon_overlay import common
from nightmill.cam.geometry.solids import EMPTY, polygonal

SAGITTA_MM = 0.003
SLIVER_MM = 0.012
CRUMB_MM2, CRUMB_NEAR_MM = 0.05, 0.01
"""The library's offset occasionally leaves holes up to this size that are closer to the area than allowed by this much."""


def rounded(area: BaseGeometry, distance: float) -> BaseGeometry:
    """Return an offset with round joins whose chords stay within ``SAGITTA_MM`` of the true arc."""
    radius = max(abs(distance), 0.01)
    segments = max(4, math.ceil(math.pi / 4 / math.acos(max(0.0, 1 - SAGITTA_MM / radius))))
    return grown(area, distance, segments)


def grown(area: BaseGeometry, distance: float, segments: int) -> BaseGeometry:
    """Return an offset with round joins; small holes nearer to the area than ``distance`` are artefacts and are filled."""
    wide = area.buffer(distance, quad_segs=segments)
    if distance <= 0.0 or wide.is_empty:
        return wide
    pieces = shapely.get_parts(wide)
    if not shapely.get_num_interior_rings(pieces).any():
        return wide
    kept = [_without_crumbs(piece, area, distance) for piece in pieces]
    return kept[0] if len(kept) == 1 else shapely.multipolygons(kept)


def _without_crumbs(piece: shapely.Polygon, area: BaseGeometry, distance: float) -> shapely.Polygon:
    holes = [shapely.Polygon(ring) for ring in piece.interiors]
    crumbs = [
        hole.area < CRUMB_MM2 and area.distance(hole.representative_point()) < distance - CRUMB_NEAR_MM
        for hole in holes
    ]
    if not any(crumbs):
        return piece
    return shapely.Polygon(piece.exterior, [h.exterior for h, crumb in zip(holes, crumbs, strict=True) if not crumb])


def opened(area: BaseGeometry, half_width: float = SLIVER_MM) -> BaseGeometry:
    """Return the area without slivers narrower than twice ``half_width``; corners stay sharp."""
    if area.is_empty:
        return EMPTY
    core = polygonal(area).buffer(-half_width, join_style="mitre")
    return core.buffer(half_width, join_style="mitre") if not core.is_empty else EMPTY


def drawn_in(area: BaseGeometry, distance: float) -> BaseGeometry:
    """Return an area offset inwards. If nothing is left, the library's offset may leave an artefact far outside, which is dropped."""
    inner = area.buffer(-distance, quad_segs=8)
    if inner.is_empty:
        return EMPTY
    shapely.prepare(area)
    pieces = shapely.get_parts(inner)
    inside = shapely.covers(area, pieces)
    return inner if inside.all() else shapely.multipolygons(pieces[inside])


def meaningful(area: BaseGeometry, half_width: float = SLIVER_MM) -> bool:
    """Return whether the area contains anything wider than a sliver."""
    return wider(area, half_width, 2)


def wider(area: BaseGeometry, half_width: float, segments: int) -> bool:
    """Return whether a disc of the half width fits somewhere in the area; False at once if the area's size rules it out: A <= r P."""
    if area.is_empty:
        return False
    if area.area > half_width * area.length:
        return True
    return not area.buffer(-half_width, quad_segs=segments).is_empty


def near(area: BaseGeometry, line: shapely.LineString, distance: float) -> bool:
    """Return whether a line comes closer to the area than ``distance``."""
    if area.is_empty:
        return False
    shapely.prepare(area)
    return bool(shapely.dwithin(area, line, distance))


def clipped(area: BaseGeometry, bounds: tuple[float, float, float, float], margin: float) -> BaseGeometry:
    """Return the part of an area within bounds that are grown by a margin."""
    if area.is_empty:
        return EMPTY
    x0, y0, x1, y1 = bounds
    a0, b0, a1, b1 = area.bounds
    x0, y0, x1, y1 = x0 - margin, y0 - margin, x1 + margin, y1 + margin
    if a0 >= x0 and b0 >= y0 and a1 <= x1 and b1 <= y1:
        return area
    if a0 > x1 or a1 < x0 or b0 > y1 or b1 < y0:
        return EMPTY
    return polygonal(common(area, shapely.box(x0, y0, x1, y1)))


def clusters(area: BaseGeometry, margin: float) -> list[tuple[BaseGeometry, tuple[float, float, float, float]]]:
    """Return groups of the area's pieces whose margins touch, each with the bounds that its paths may use."""
    pieces = shapely.get_parts(area)
    boxes = shapely.bounds(pieces) + np.array([-margin, -margin, margin, margin])
    first, second = shapely.STRtree(shapely.box(*boxes.T)).query(shapely.box(*boxes.T))
    links = coo_array((np.ones(len(first)), (first, second)), shape=(len(pieces), len(pieces)))
    count, group = connected_components(links, directed=False)
    if count == 1:
        return [(area, _around(boxes))]
    order = np.argsort(group, kind="stable")
    found = []
    for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        some = pieces[rows[0]] if len(rows) == 1 else shapely.multipolygons(pieces[rows])
        found.append((some, _around(boxes[rows])))
    return found


def _around(boxes: NDArray[np.float64]) -> tuple[float, float, float, float]:
    x0, y0 = boxes[:, :2].min(axis=0).tolist()
    x1, y1 = boxes[:, 2:].max(axis=0).tolist()
    return x0, y0, x1, y1
