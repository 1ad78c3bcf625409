"""Choose where a touch probe meets the incoming piece of a setup, so that the zero point need not be set by hand."""

from collections.abc import Sequence

import manifold3d as m3
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from nightmill.cam.geometry.solids import area_of, shadow
from nightmill.cam.probing.probe_cycles import BODY_RADIUS_MM, RADIUS_MM, ROUGH_MM, STANDOFF_MM, STYLUS_MM
from nightmill.vocabulary.plan import Probing, Touch

BESIDE_MM = 1.5
"""Clearance kept on both sides of the ball and below it."""
DEPTHS_MM = (RADIUS_MM + BESIDE_MM, 7.0, 10.0, 15.0, 22.0, 30.0)
"""Depths below the top of the piece at which the sides may be touched; the first that works is used."""
FLAT_MM = 2.0
UPRIGHT_MM = 0.5
SKIN_MM = 0.05
CLEAR_MM = ROUGH_MM + 5.0
"""Clearance above everything on the table as long as the offset has only been set by hand."""
_SIDES = (("X", 1), ("X", -1), ("Y", 1), ("Y", -1))

Fixtures = Sequence[tuple[BaseGeometry, float]]


def probing_of(piece: m3.Manifold, fixtures: Fixtures, setup: str) -> Probing | None:
    """Return where to touch the incoming ``piece`` (work coordinates) from above, in X and in Y to find a setup's zero point.

    ``fixtures``: (area, top) of the fixtures that hold the piece. An axis without a free side is left out; None if no axis is free.
    """
    touches = _touches(piece, fixtures)
    if not touches:
        return None
    highest = max([float(piece.bounding_box()[5]), *(height for _, height in fixtures)])
    return Probing(f"probe-{setup}.ngc", round(highest + CLEAR_MM, 3), touches)


def _touches(piece: m3.Manifold, fixtures: Fixtures) -> tuple[Touch, ...]:
    top = float(piece.bounding_box()[5])
    found: dict[str, Touch] = {}
    above = _from_above(piece, fixtures, top)
    if above is not None:
        found["Z"] = above
    for depth in DEPTHS_MM:
        z = top - depth
        if z - RADIUS_MM < piece.bounding_box()[2] or {"X", "Y"} <= found.keys():
            break
        section = area_of(piece.slice(z))
        if section.is_empty:
            continue
        blocked = _in_the_way(piece, fixtures, z)
        for axis, toward in _SIDES:
            if axis not in found:
                touch = _from_the_side(section, blocked, z, axis, toward)
                if touch is not None and _upright(piece, touch):
                    found[axis] = touch
    return tuple(found[axis] for axis in "ZXY" if axis in found)


def _from_above(piece: m3.Manifold, fixtures: Fixtures, top: float) -> Touch | None:
    """Return the middle of the widest flat spot on top of the piece, clear of anything as high.

    None if the spot is so narrow that the probe could miss it and mistake a lower surface for the top, since the offset
    has only been set by hand.
    """
    area = whole = area_of(piece.slice(top - SKIN_MM))
    for base, height in fixtures:
        if height > top - BESIDE_MM:
            reach = BODY_RADIUS_MM if height > top + STYLUS_MM - BESIDE_MM else RADIUS_MM + BESIDE_MM
            area = area.difference(base.buffer(reach))
    best, where = 0.0, None
    for polygon in shapely.get_parts(area):
        if polygon.geom_type == "Polygon" and polygon.area > best:
            best, where = polygon.area, polygon
    if where is None:
        return None
    circle = shapely.maximum_inscribed_circle(where, tolerance=0.1)
    if shapely.length(circle) < FLAT_MM / 2:
        return None
    x, y = shapely.get_coordinates(circle)[0]
    low = top - 2 * ROUGH_MM
    beside = [
        shadow(piece, low).difference(whole.buffer(SKIN_MM)),
        *(base for base, height in fixtures if height > low),
    ]
    if shapely.length(circle) < ROUGH_MM and any(
        shapely.dwithin(each, shapely.Point(x, y), ROUGH_MM) for each in beside
    ):
        return None
    return Touch("Z", -1, (round(float(x), 3), round(float(y), 3), round(top, 4)))


def _in_the_way(piece: m3.Manifold, fixtures: Fixtures, z: float) -> BaseGeometry:
    """Return the area, seen from above, that the probe must not enter on its way down to ball height ``z`` and while moving
    at that height.
    """
    low = z - RADIUS_MM - BESIDE_MM
    areas = [shadow(piece, low)]
    for base, height in fixtures:
        if height > z + STYLUS_MM - BESIDE_MM:
            areas.append(base.buffer(BODY_RADIUS_MM))
        elif height > low:
            areas.append(base)
    return shapely.union_all(areas)


def _from_the_side(section: BaseGeometry, blocked: BaseGeometry, z: float, axis: str, toward: int) -> Touch | None:
    """Return the middle of the longest flat stretch of the outermost side that can be approached freely; for a round side,
    its outermost point.
    """
    along = 0 if axis == "X" else 1
    rings = [shapely.get_coordinates(part.exterior) for part in shapely.get_parts(section)]
    points = np.concatenate(rings)
    outermost = float(points[:, along].min() if toward > 0 else points[:, along].max())
    stretches = [
        (float(a), float(b))
        for ring in rings
        for (a, b), here in zip(
            np.stack((ring[:-1, 1 - along], ring[1:, 1 - along]), axis=1),
            np.stack((ring[:-1, along], ring[1:, along]), axis=1),
            strict=True,
        )
        if (abs(here - outermost) < SKIN_MM / 10).all() and abs(a - b) > FLAT_MM
    ]
    tip = float(points[np.argmin(abs(points[:, along] - outermost)), 1 - along])
    for a, b in sorted(stretches, key=lambda ends: -abs(ends[0] - ends[1])) or [(tip, tip)]:
        for share in (0.5, 0.25, 0.75):
            beside = a + share * (b - a)
            at = (outermost, beside) if axis == "X" else (beside, outermost)
            if not _way(at, along, toward).intersects(blocked):
                return Touch(axis, toward, (round(at[0], 4), round(at[1], 4), round(z, 4)))  # type: ignore[arg-type]
    return None


def _upright(piece: m3.Manifold, touch: Touch) -> bool:
    """Return whether the side is vertical at the touch point, so that the ball touches it with its equator."""
    along = 0 if touch.axis == "X" else 1
    x, y, z = touch.at
    strip = shapely.box(x - STANDOFF_MM, y - FLAT_MM, x + STANDOFF_MM, y + FLAT_MM)
    if along == 1:
        strip = shapely.box(x - FLAT_MM, y - STANDOFF_MM, x + FLAT_MM, y + STANDOFF_MM)
    for height in (z - UPRIGHT_MM, z + UPRIGHT_MM):
        section = area_of(piece.slice(height)).intersection(strip)
        if section.is_empty:
            return False
        low, high = section.bounds[along], section.bounds[along + 2]
        if abs((low if touch.toward > 0 else high) - touch.at[along]) > SKIN_MM / 2:
            return False
    return True


def _way(at: tuple[float, float], along: int, toward: int) -> BaseGeometry:
    """Return the strip beside the piece that the ball sweeps on its way to ``at``, up to just before contact."""
    wide = RADIUS_MM + BESIDE_MM
    near, far = at[along] - toward * SKIN_MM, at[along] - toward * (STANDOFF_MM + 2 * RADIUS_MM + BESIDE_MM)
    low, high = sorted((near, far))
    beside = at[1 - along]
    if along == 0:
        return shapely.box(low, beside - wide, high, beside + wide)
    return shapely.box(beside - wide, low, beside + wide, high)
