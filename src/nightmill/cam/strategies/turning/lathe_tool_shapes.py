"""Model lathe tools as plane shapes, with the areas that a shape sweeps or must stay clear of: all in (z, x), x the radius.

A shape is convex, with corners (n, 2) relative to the programmed point: the imaginary tip of turning tools (where the
tangents to the nose along X and Z meet), the corner on the chuck's side of grooving and parting tools and of grooving bars
(``boring`` with a width), the tip on the axis of drills and mills. ``lead_angle_deg`` is 90 degrees less the entering angle
of ISO 3002.
"""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.vocabulary.plan import Tool

Floats = NDArray[np.float64]

FLANK_FREE_DEG = 3.0
_NOSE_STEP_RAD = 0.05
_DRILL_DEG = 118.0


@dataclass(frozen=True)
class Shape:
    """``cuts``: the insert or the flutes; ``bodies``: shank and holder, which must touch nothing."""

    cuts: Floats
    bodies: tuple[Floats, ...]


def shape_of(tool: Tool, flank_free_deg: float = 0.0) -> Shape:
    """Return the plane shape of a tool; ``flank_free_deg`` widens an insert so that its trailing edge stays off the piece."""
    if tool.type == "boring" and tool.width_mm is not None:
        return _bar(tool, _edge(tool), 0.0)
    if tool.type in ("turning", "boring"):
        return _insert(tool, flank_free_deg)
    if tool.type in ("grooving", "parting"):
        return _blade(tool)
    return _pointed(tool)


def _insert(tool: Tool, free_deg: float) -> Shape:
    """Return a rhombic insert with its nose at the lower left and the shank above it; a boring bar is the same upside down."""
    nose, edge = tool.nose_radius_mm or 0.0, tool.flute_length_mm
    first = math.radians(90.0 + (tool.lead_angle_deg or 0.0))
    second = first - math.radians(min(88.0, (tool.insert_angle_deg or 80.0) + free_deg))
    e1, e2 = (np.array([math.cos(a), math.sin(a)]) for a in (first, second))
    center = np.array([nose, nose])
    corner = center - nose / math.sin((first - second) / 2) * (e1 + e2) / float(np.linalg.norm(e1 + e2))
    angles = np.arange(first + math.pi / 2, second + 3 * math.pi / 2 + _NOSE_STEP_RAD, _NOSE_STEP_RAD)
    angles = np.minimum(angles, second + 3 * math.pi / 2)
    arc = center + nose * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    cuts = np.vstack([arc, corner + edge * e2, corner + edge * (e1 + e2), corner + edge * e1])
    if tool.type == "boring":
        return _bar(tool, cuts, 0.5 * edge)
    left = max(float((corner + edge * e1)[0]), float(arc[:, 0].min())) + 0.2
    width, low = tool.shank_diameter_mm, 0.7 * edge
    right = min(low + width * math.tan(max(0.0, second)), tool.stickout_mm - 1.0)
    shank = np.array([[left, low], [left + width, right], [left + width, tool.stickout_mm], [left, tool.stickout_mm]])
    return Shape(cuts, (shank, _block(tool, left + width / 2)))


def _bar(tool: Tool, cuts: Floats, start: float) -> Shape:
    """Turn an insert or a blade upside down and put it at the end of a bar along Z that starts at ``start``."""
    cuts = cuts * np.array([1.0, -1.0])
    half, depth = tool.shank_diameter_mm / 2, tool.diameter_mm
    middle = -(depth - 0.25 - half)
    low, high = middle - half, middle + half
    end = tool.stickout_mm
    bar = np.array([[start, low], [end, low], [end, high], [start, high]])
    wide = tool.holder_diameter_mm / 2
    far = end + tool.holder_length_mm
    holder = np.array([[end, middle - wide], [far, middle - wide], [far, middle + wide], [end, middle + wide]])
    return Shape(cuts, (bar, holder))


def _edge(tool: Tool) -> Floats:
    """Return the blade of a grooving or parting tool, with the corner on the chuck's side at the origin."""
    nose, width, depth = tool.nose_radius_mm or 0.0, tool.width_mm or tool.diameter_mm, tool.flute_length_mm
    steps = np.linspace(0.0, math.pi / 2, 32)
    left = np.array([nose, nose]) - nose * np.stack([np.cos(steps), np.sin(steps)], axis=1)
    right = left[::-1] * np.array([-1.0, 1.0]) + np.array([width, 0.0])
    return np.vstack([left, right, [[width, depth], [0.0, depth]]])


def _blade(tool: Tool) -> Shape:
    cuts, depth = _edge(tool), tool.flute_length_mm
    first, last = -1.0, tool.shank_diameter_mm - 1.0
    shank = np.array([[first, depth], [last, depth], [last, tool.stickout_mm], [first, tool.stickout_mm]])
    return Shape(cuts, (shank, _block(tool, (first + last) / 2)))


def _block(tool: Tool, middle: float) -> Floats:
    half, low = tool.holder_diameter_mm / 2, tool.stickout_mm
    high = low + tool.holder_length_mm
    return np.array([[middle - half, low], [middle + half, low], [middle + half, high], [middle - half, high]])


def _pointed(tool: Tool) -> Shape:
    radius, flute = tool.diameter_mm / 2, tool.flute_length_mm
    flat, tip = radius, 0.0
    if tool.type == "drill":
        flat, tip = 0.0, radius / math.tan(math.radians((tool.tip_angle_deg or _DRILL_DEG) / 2))
    cuts = np.array([[0.0, -flat], [0.0, flat], [tip, radius], [flute, radius], [flute, -radius], [tip, -radius]])
    bodies = []
    for half, low, high in (
        (tool.shank_diameter_mm / 2, flute, tool.stickout_mm),
        (tool.holder_diameter_mm / 2, tool.stickout_mm, tool.stickout_mm + tool.holder_length_mm),
    ):
        if half > 0 and high > low:
            bodies.append(np.array([[low, -half], [high, -half], [high, half], [low, half]]))
    return Shape(cuts, tuple(bodies))


def forbidden(area: BaseGeometry, shape: Floats) -> BaseGeometry:
    """Return where the programmed point can't be without the shape overlapping ``area`` (Minkowski sum with the reversed shape)."""
    rings = [np.asarray(ring.coords) for piece in _polygons(area) for ring in (piece.exterior, *piece.interiors)]
    middle = shapely.transform(area, lambda points: points - shape[0])
    return shapely.union_all(np.concatenate([*(_hulls(ring, -shape) for ring in rings), [middle]]))


def swept(path: Floats, shape: Floats) -> BaseGeometry:
    """Return the area that a shape covers as its programmed point runs along the path (n, 2)."""
    return shapely.union_all(_hulls(path, shape))


def _hulls(path: Floats, shape: Floats) -> NDArray[np.object_]:
    """Return the area that the shape covers on each part of the path."""
    both = np.concatenate([path[:-1, None] + shape[None], path[1:, None] + shape[None]], axis=1)
    hulls: NDArray[np.object_] = shapely.convex_hull(shapely.linestrings(both))
    return hulls


def _polygons(area: BaseGeometry) -> list[shapely.Polygon]:
    return [piece for piece in shapely.get_parts(area) if isinstance(piece, shapely.Polygon)]


def both_sides(area: BaseGeometry) -> BaseGeometry:
    """Return a half-section with its mirror image below the axis."""
    return shapely.union(area, shapely.transform(area, lambda points: points * np.array([1.0, -1.0])))
