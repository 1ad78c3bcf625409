"""Model lathe tools, and drills and mills on a lathe's axis, as convex outlines in (z, x) around the programmed point.

x is the radius, z points away from the chuck. The programmed point of turning tools is the imaginary tip, where the
tangents to the nose along X and Z meet (outside: lowest x and z; boring bars: highest x, lowest z); for grooving and parting tools, and
grooving bars (``boring`` with a width), it is the corner on the chuck's side; for tools on the axis, the tip. The entering angle of the
main edge is 90 degrees minus ``lead_angle_deg`` (ISO 3002-1), and the trailing edge follows at ``insert_angle_deg``.

The model shows a threaded shaft as a plain cylinder, so for an insert that cuts threads (``turning`` with a pitch) only the part outside
the crests can be checked against the model: the flanks meet 0.7578 pitch below them (ISO 68-1: 3/8 H down to the pitch
diameter and H / 2 from there, H = 0.8660 pitch).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from nightmill.verification.target.tool_rows import is_rotating, tool_row
from nightmill.vocabulary.plan import Tool

Floats = NDArray[np.float64]

_CIRCLE = 720
_BEHIND_MM = 0.2  # how far a shank is set back from its insert's foremost point
_SHANK_FROM = 0.7  # fraction of the edge above which the shank starts
_BAR_FROM = 0.5  # fraction of the edge behind which the bar starts
_TRIANGLE = math.sqrt(3) / 2  # height of the sharp triangle over the pitch, ISO 68-1
_BAR_UNDER_MM = 0.25  # fraction of its smallest bore that a bar keeps free on the far side


@dataclass(frozen=True)
class Outline:
    """``cuts`` (n, 2): the cutting part, counter-clockwise; ``bodies``: shank and holder, also counter-clockwise."""

    cuts: Floats
    bodies: tuple[Floats, ...]


def outline_of(tool: Tool) -> Outline:
    """Return the outline of one tool as mounted on the lathe."""
    if is_rotating(tool):
        return _on_axis(tool)
    if tool.type in ("grooving", "parting"):
        return _blade(tool)
    if tool.type == "boring":
        return _bar(tool, _insert(tool) if tool.width_mm is None else _blade(tool).cuts)
    if tool.pitch_mm:
        whole = _turning(tool)
        return Outline(
            _beyond(whole.cuts, (3 / 8 + 1 / 2) * _TRIANGLE * tool.pitch_mm - (tool.nose_radius_mm or 0.0)),
            whole.bodies,
        )
    return _turning(tool)


def _beyond(corners: Floats, low: float) -> Floats:
    """Return the part of a convex outline at ``low`` or more along X; the whole outline if that part is empty."""
    if corners[:, 1].max() <= low:
        return corners
    kept = [corners[corners[:, 1] >= low]]
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if (a[1] < low) != (b[1] < low):
            kept.append((a + (b - a) * (low - a[1]) / (b[1] - a[1]))[None])
    return _hull(np.vstack(kept))


def _hull(points: Floats) -> Floats:
    return np.ascontiguousarray(points[ConvexHull(points).vertices])


def _circle(center: Floats, radius: float) -> Floats:
    angle = np.arange(_CIRCLE) * (2 * math.pi / _CIRCLE)
    return np.asarray(center + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1))


def _box(low_z: float, low_x: float, high_z: float, high_x: float) -> Floats:
    return np.array([[low_z, low_x], [high_z, low_x], [high_z, high_x], [low_z, high_x]])


def _edges(tool: Tool) -> tuple[Floats, Floats, Floats]:
    """Return the sharp corner of the insert, and the directions of its main and its trailing edge."""
    entering = math.radians(90.0 - (tool.lead_angle_deg or 0.0))
    corner_angle = math.radians(tool.insert_angle_deg or 80.0)
    main = np.array([-math.cos(entering), math.sin(entering)])
    c, s = math.cos(corner_angle), math.sin(corner_angle)
    trailing = np.array([c * main[0] + s * main[1], -s * main[0] + c * main[1]])
    nose = tool.nose_radius_mm or 0.0
    outward = (np.array([-main[1], main[0]]), np.array([trailing[1], -trailing[0]]))
    center = np.array([nose, nose])
    corner = np.linalg.solve(np.stack(outward), np.array([out @ center + nose for out in outward]))
    return corner, main, trailing


def _insert(tool: Tool) -> Floats:
    corner, main, trailing = _edges(tool)
    nose, edge = tool.nose_radius_mm or 0.0, tool.flute_length_mm
    far = [corner + edge * main, corner + edge * trailing, corner + edge * (main + trailing)]
    near = _circle(np.array([nose, nose]), nose) if nose > 0 else corner[None]
    return _hull(np.vstack([near, *far]))


def _turning(tool: Tool) -> Outline:
    corner, main, trailing = _edges(tool)
    edge, width, end = tool.flute_length_mm, tool.shank_diameter_mm, tool.stickout_mm
    left = max(float((corner + edge * main)[0]), 0.0) + _BEHIND_MM
    low = _SHANK_FROM * edge
    rise = max(0.0, float(trailing[1] / trailing[0])) if trailing[0] > 1e-9 else 1e3
    shank = np.array(
        [[left, low], [left + width, min(low + width * rise, end - 1.0)], [left + width, end], [left, end]]
    )
    return Outline(_insert(tool), (_hull(shank), _block(tool, left + width / 2)))


def _block(tool: Tool, middle: float) -> Floats:
    half = tool.holder_diameter_mm / 2
    return _box(middle - half, tool.stickout_mm, middle + half, tool.stickout_mm + max(tool.holder_length_mm, 1.0))


def _bar(tool: Tool, upright: Floats) -> Outline:
    """Return a bar along Z with its insert turned upside down; a blade is at the very end of the bar."""
    cuts = _hull(upright * np.array([1.0, -1.0]))
    start = _BAR_FROM * tool.flute_length_mm if tool.width_mm is None else 0.0
    half = tool.shank_diameter_mm / 2
    middle = half + _BAR_UNDER_MM - tool.diameter_mm
    end, wide = tool.stickout_mm, tool.holder_diameter_mm / 2
    bar = _box(start, middle - half, end, middle + half)
    return Outline(cuts, (bar, _box(end, middle - wide, end + max(tool.holder_length_mm, 1.0), middle + wide)))


def _blade(tool: Tool) -> Outline:
    nose, width, depth = tool.nose_radius_mm or 0.0, tool.width_mm or tool.diameter_mm, tool.flute_length_mm
    top = np.array([[0.0, depth], [width, depth]])
    if nose > 0:
        corners = [_circle(np.array([z, nose]), nose) for z in (nose, width - nose)]
        cuts = _hull(np.vstack([*corners, top]))
    else:
        cuts = _hull(np.vstack([[[0.0, 0.0], [width, 0.0]], top]))
    shank = _box(-1.0, depth, tool.shank_diameter_mm - 1.0, max(tool.stickout_mm, depth + 1.0))
    return Outline(cuts, (shank, _block(tool, tool.shank_diameter_mm / 2 - 1.0)))


def _on_axis(tool: Tool) -> Outline:
    """Return the silhouette of a drill or mill, point down the axis; ``z`` is the distance from its tip."""
    radius, flat, corner, slope, flute, shank, stickout, holder, length, _ = tool_row(tool)
    side = [[0.0, flat], [flute, radius]]
    if corner > 0:
        angle = np.linspace(0.0, math.pi / 2, 181)
        side += np.stack([corner * (1 - np.cos(angle)), flat + corner * np.sin(angle)], axis=1).tolist()
    else:
        side.append([slope * (radius - flat), radius])
    half = np.array(side)
    cuts = _hull(np.vstack([half, half * np.array([1.0, -1.0])]))
    bodies = [
        _box(low, -wide, high, wide)
        for wide, low, high in ((shank, flute, stickout), (holder, stickout, stickout + length))
        if wide > 0 and high > low
    ]
    return Outline(cuts, tuple(bodies))
