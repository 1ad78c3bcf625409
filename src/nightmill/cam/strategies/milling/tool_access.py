"""Find whether a flat mill could finish any uncut surface: positions beside samples, checked against part and fixtures.

The answer errs on the side of yes: the mill is assumed to be a little thinner than it is, and remaining stock is
ignored.
"""

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cam.geometry.drop_cutter import Terrain
from nightmill.cam.geometry.visible_surface import OFF_SURFACE_MM
from nightmill.cam.tooling.tool_assembly import FIXTURE_CLEARANCE_MM, ToolAssembly
from nightmill.vocabulary.plan import Tool

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ALONG = (0.0, -1.0, -0.5, 0.5, 1.0)
"""Positions along a wall, as fractions of the length along which the mill still meets a probe beside the wall."""
AROUND, RINGS = 16, (0.35, 0.65, 0.95)
"""Positions around a probe that isn't beside a wall: directions, and fractions of the mill's radius."""
LEVEL = 0.3
"""Horizontal component of a normal from which there is a direction away from a wall."""
THINNER_SHARE, THINNER_MM = 0.25, 0.02
"""Half of the distance between two positions, over the radius, and the amount added beside walls."""
AT_ONCE = 200
CLOSE_MM = 0.02


def may_finish(
    tool: Tool,
    terrain: Terrain,
    fixtures: Sequence[tuple[BaseGeometry, float]],
    levels: Floats,
    points: Floats,
    normals: Floats,
) -> bool:
    """Return whether there is a position from which a mill cuts one of the samples ``points`` with ``normals`` (n, 3).

    ``levels`` (k,) are the falling heights at which its tip may be; ``terrain``: the part, in work coordinates too.
    """
    probe = points + OFF_SURFACE_MM * normals
    below = np.searchsorted(-levels, -(probe[:, 2] + 1e-9))
    rows = np.flatnonzero(below < len(levels))
    rows = rows[np.argsort(-points[rows, 2])]
    tips = levels[np.minimum(below, len(levels) - 1)]
    for some in np.array_split(rows, math.ceil(len(rows) / AT_ONCE)) if len(rows) else ():
        if _any_place(tool, terrain, fixtures, probe[some], normals[some], tips[some]):
            return True
    return False


def _any_place(
    tool: Tool,
    terrain: Terrain,
    fixtures: Sequence[tuple[BaseGeometry, float]],
    probe: Floats,
    normals: Floats,
    tips: Floats,
) -> bool:
    radius = tool.diameter_mm / 2
    level = np.hypot(normals[:, 0], normals[:, 1])
    walls, others = np.flatnonzero(level > LEVEL), np.flatnonzero(level <= 1 - 1e-6)
    slide = math.sqrt(2 * radius * OFF_SURFACE_MM)
    return _any_clear(
        tool, min(THINNER_SHARE * radius, slide / 4 + THINNER_MM), terrain, fixtures,
        _beside(radius, slide, probe[walls], normals[walls, :2] / level[walls, None]), np.tile(tips[walls], len(ALONG)),
    ) or _any_clear(
        tool, THINNER_SHARE * radius, terrain, fixtures,
        _around(radius, probe[others]), np.tile(tips[others], 1 + AROUND * len(RINGS)),
    )  # fmt: skip


def _beside(radius: float, slide: float, probe: Floats, away: Floats) -> Floats:
    """Return axes (m, 2) from which a mill meets probes (n, 3) beside walls: straight away (n, 2) from the walls, and along them."""
    along = np.column_stack([-away[:, 1], away[:, 0]])
    straight = probe[:, :2] + (radius - OFF_SURFACE_MM) * away
    return np.vstack([straight + share * slide * along for share in ALONG])


def _around(radius: float, probe: Floats) -> Floats:
    """Return axes (m, 2) all over the disc from which a mill meets probes (n, 3)."""
    turn = 2 * math.pi * np.arange(AROUND) / AROUND
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    return np.vstack(
        [probe[:, :2] + step for step in ((0.0, 0.0), *(ring * radius * way for ring in RINGS for way in circle))]
    )


def _any_clear(
    tool: Tool,
    thinner: float,
    terrain: Terrain,
    fixtures: Sequence[tuple[BaseGeometry, float]],
    places: Floats,
    tips: Floats,
) -> bool:
    """Return whether the mill, with a slightly reduced radius, is clear at one of the positions (m, 2) with its tip at ``tips``."""
    assembly = ToolAssembly(tool)
    cutter, (wide, sunk) = assembly.radius_mm - thinner, assembly.holder
    holder = wide - thinner
    for radius, lift in ((cutter, 0.0), assembly.neck(-thinner), (holder, sunk)):
        if radius > 0 and len(places):
            over = tips + lift
            clear = terrain.drop(places, radius, False, over, over + CLOSE_MM) <= over + CLOSE_MM
            places, tips = places[clear], tips[clear]
    for area, top in fixtures:
        for radius, lift in ((cutter + FIXTURE_CLEARANCE_MM, -0.2), (holder, sunk)):
            low = np.flatnonzero(top > tips + lift)
            if len(low):
                shapely.prepare(area)
                kept = np.ones(len(places), dtype=np.bool_)
                kept[low] = ~shapely.dwithin(area, shapely.points(places[low]), max(radius, 0.0))
                places, tips = places[kept], tips[kept]
    return len(places) > 0
