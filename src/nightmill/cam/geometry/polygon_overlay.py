"""Set operations on areas that succeed where the geometry library fails on outlines that touch.

Overlay in floating point occasionally fails on nearly coincident edges. In that case both operands are made valid and the
operation runs on a grid of a millionth of a millimetre.
"""

from collections.abc import Iterable

import shapely
from shapely.geometry.base import BaseGeometry

GRID_MM = 1e-6


def minus(area: BaseGeometry, other: BaseGeometry) -> BaseGeometry:
    """Return one area minus another."""
    try:
        return shapely.difference(area, other)
    except shapely.errors.GEOSException:
        return shapely.difference(_plain(area), _plain(other), grid_size=GRID_MM)


def common(area: BaseGeometry, other: BaseGeometry) -> BaseGeometry:
    """Return the intersection of two areas, or of a line and an area."""
    try:
        return shapely.intersection(area, other)
    except shapely.errors.GEOSException:
        return shapely.intersection(_plain(area), _plain(other), grid_size=GRID_MM)


def joined(areas: Iterable[BaseGeometry]) -> BaseGeometry:
    """Return the union of all areas."""
    some = list(areas)
    if len(some) == 1:
        return some[0]
    try:
        return shapely.union_all(some)
    except shapely.errors.GEOSException:
        return shapely.union_all([_plain(a) for a in some], grid_size=GRID_MM)


def _plain(area: BaseGeometry) -> BaseGeometry:
    """Return a valid geometry of one dimension; from a mixed geometry, keep the highest."""
    valid = shapely.make_valid(area)
    if valid.geom_type != "GeometryCollection":
        return valid
    pieces = shapely.get_parts(valid)
    highest = shapely.get_dimensions(pieces)
    return shapely.union_all(pieces[highest == highest.max(initial=-1)])
