"""Compute the material that a lathe tool removes, for ``second_opinion``: the hull of its outline at both ends of a
straight move.

Outlines come from the plan's tool list alone, as (z, x) around the programmed point: for turning tools, the point where
the tangents to the nose along both axes meet; for blades, the corner on the chuck's side; for tools on the axis, the
tip.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from nightmill.vocabulary.plan import Tool

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_AROUND = 240
_POINTS_DEG = {"drill": 118.0, "spot": 90.0, "chamfer": 90.0, "countersink": 90.0}


@lru_cache(maxsize=256)
def outline(tool: Tool) -> Floats:
    """Return the corners (n, 2) of the cutting outline; its nose has a corner every one and a half degrees."""
    if tool.type in ("grooving", "parting"):
        return _blade(tool)
    if tool.type == "boring" and tool.width_mm:  # a bar with a blade
        return np.asarray(_blade(tool) * np.array([1.0, -1.0]))
    if tool.type in ("turning", "boring"):
        return np.asarray(_insert(tool) * np.array([1.0, -1.0 if tool.type == "boring" else 1.0]))
    radius, length = tool.diameter_mm / 2, tool.flute_length_mm
    r = np.linspace(0.0, radius, 60)
    if tool.type in _POINTS_DEG:
        flat = (tool.tip_diameter_mm or 0.0) / 2
        rise = np.maximum(0.0, r - flat) / math.tan(math.radians((tool.tip_angle_deg or _POINTS_DEG[tool.type]) / 2))
    else:
        corner = radius if tool.type == "ball" else tool.corner_radius_mm
        out = np.clip(r - (radius - corner), 0.0, corner)
        rise = corner - np.sqrt(corner**2 - out**2)
    half = np.vstack([np.stack([rise, r], axis=1), [[length, radius]]])
    return np.vstack([half, half * np.array([1.0, -1.0])])


def _ring(z: float, x: float, radius: float) -> Floats:
    angle = np.arange(_AROUND) * 2 * math.pi / _AROUND
    return np.stack([z + radius * np.cos(angle), x + radius * np.sin(angle)], axis=1)


def _blade(tool: Tool) -> Floats:
    width, nose = tool.width_mm or tool.diameter_mm, tool.nose_radius_mm or 0.0
    top = np.array([[0.0, tool.flute_length_mm], [width, tool.flute_length_mm]])
    return np.vstack([_ring(nose, nose, nose), _ring(width - nose, nose, nose), top])


def _insert(tool: Tool) -> Floats:
    """Return the ring of the nose and both edges along their length; the main edge is inclined by the lead angle."""
    nose, edge = tool.nose_radius_mm or 0.0, tool.flute_length_mm
    lean = math.radians(tool.lead_angle_deg or 0.0)
    main = np.array([-math.sin(lean), math.cos(lean)])
    turn = math.radians(tool.insert_angle_deg or 80.0)
    trailing = np.array(
        [math.cos(turn) * main[0] + math.sin(turn) * main[1], math.cos(turn) * main[1] - math.sin(turn) * main[0]]
    )
    # the corner at which both edges would meet is on the bisector, nose / sin(half the angle) from the ring's middle
    bisector = (main + trailing) / np.linalg.norm(main + trailing)
    corner = np.array([nose, nose]) - bisector * nose / math.sin(turn / 2)
    ends = [corner + edge * main, corner + edge * trailing, corner + edge * (main + trailing)]
    return np.vstack([_ring(nose, nose, nose), *ends])


def swept(tool: Tool, start: Floats, end: Floats, plane: Floats) -> Flags:
    """Return whether a straight move between two places (x, y, z) removes points (z, r) of the half-plane, on either
    side.
    """
    shape = outline(tool)
    moved = np.vstack([shape + start[[2, 0]], shape + end[[2, 0]]])
    sides = ConvexHull(moved).equations
    taken = (plane @ sides[:, :2].T + sides[:, 2] < 0).all(axis=1)
    other = plane * np.array([1.0, -1.0])
    return np.asarray(taken | (other @ sides[:, :2].T + sides[:, 2] < 0).all(axis=1))


def box(tool: Tool, starts: Floats, ends: Floats) -> tuple[Floats, Floats]:
    """Return the least and greatest (z, x) that a tool removes in its moves, on both sides of the axis: x from 0."""
    shape = outline(tool)
    places = np.vstack([starts, ends])[:, [2, 0]]
    low, high = places.min(axis=0) + shape.min(axis=0), places.max(axis=0) + shape.max(axis=0)
    crosses = low[1] < 0 < high[1]
    reach = sorted((abs(low[1]), abs(high[1])))
    return np.array([low[0], 0.0 if crosses else reach[0]]), np.array([high[0], reach[1]])
