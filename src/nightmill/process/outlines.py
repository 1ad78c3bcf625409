"""Areas of a level: offsets, slivers, windows and groups."""

import math

import shapely
from shapely.geometry.base import BaseGeometry

from nightmill.process.solids import EMPTY, parts, polygonal

SAGITTA_MM = 0.003
SLIVER_MM = 0.012


def rounded(area: BaseGeometry, distance: float) -> BaseGeometry:
    """Offset with round joins whose chords stay within ``SAGITTA_MM`` of the true arc."""
    radius = max(abs(distance), 0.01)
    segments = max(4, math.ceil(math.pi / 4 / math.acos(max(0.0, 1 - SAGITTA_MM / radius))))
    return area.buffer(distance, quad_segs=segments)


def opened(area: BaseGeometry, half_width: float = SLIVER_MM) -> BaseGeometry:
    """The area without slivers narrower than twice ``half_width``; corners stay sharp."""
    if area.is_empty:
        return EMPTY
    core = polygonal(area).buffer(-half_width, join_style="mitre")
    return core.buffer(half_width, join_style="mitre") if not core.is_empty else EMPTY


def meaningful(area: BaseGeometry, half_width: float = SLIVER_MM) -> bool:
    """Whether anything wider than a sliver is in the area."""
    if area.is_empty:
        return False
    return not area.buffer(-half_width, quad_segs=2).is_empty


def near(area: BaseGeometry, line: shapely.LineString, distance: float) -> bool:
    """Whether a line comes nearer to the area than ``distance``."""
    if area.is_empty:
        return False
    shapely.prepare(area)
    return bool(shapely.dwithin(area, line, distance))


def clipped(area: BaseGeometry, bounds: tuple[float, float, float, float], margin: float) -> BaseGeometry:
    """What of an area lies within bounds that are grown by a margin."""
    if area.is_empty:
        return EMPTY
    x0, y0, x1, y1 = bounds
    a0, b0, a1, b1 = area.bounds
    x0, y0, x1, y1 = x0 - margin, y0 - margin, x1 + margin, y1 + margin
    if a0 >= x0 and b0 >= y0 and a1 <= x1 and b1 <= y1:
        return area
    if a0 > x1 or a1 < x0 or b0 > y1 or b1 < y0:
        return EMPTY
    return polygonal(shapely.intersection(area, shapely.box(x0, y0, x1, y1)))


def clusters(area: BaseGeometry, margin: float) -> list[tuple[BaseGeometry, tuple[float, float, float, float]]]:
    """Groups of the area's pieces whose margins touch, each with the bounds that its paths may use."""
    pieces = parts(area)
    boxes = shapely.union_all([shapely.box(*p.bounds).buffer(margin, join_style="mitre") for p in pieces])
    groups = parts(boxes)
    if len(groups) == 1:
        return [(area, tuple(groups[0].bounds))]
    found = []
    for group in groups:
        inside = [p for p in pieces if group.intersects(shapely.Point(p.exterior.coords[0]))]
        found.append((shapely.union_all(inside), tuple(group.bounds)))
    return found
