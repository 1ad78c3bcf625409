"""Compute how wide a tool cuts at a height above its tip: the radius r(h), directly from the tool's own dimensions.

The level sections use this profile. It is the inverse of the underside f(d) in ``tool_rows`` and ``swept_volumes``, but shares no code
with them.
"""

import math

import numpy as np
from numpy.typing import NDArray

from nightmill.vocabulary.plan import Tool

Floats = NDArray[np.float64]

# How far the chords of a rounded corner may be inside the corner.
PROFILE_CHORD_MM = 0.0005
_POINTED_DEG = {"drill": 118.0, "spot": 90.0, "chamfer": 90.0, "countersink": 90.0}
_ENDLESS_MM = 1e6
# ISO 68-1: a basic thread is 5/8 H = 0.5413 pitch deep; the model shows the plain hole, so only the minor diameter counts.
_THREAD_DEPTH = 5 * math.sqrt(3) / 16


def profile(tool: Tool) -> Floats:
    """Return knots (k, 2) from the tip to the end of the flutes: height above the tip and radius there, mm, both non-decreasing.

    Between knots the radius is linear; the chords of a corner are up to ``PROFILE_CHORD_MM`` inside it. Above the last
    height nothing cuts.
    """
    radius = tool.diameter_mm / 2
    if tool.type in ("tap", "thread_mill") and tool.pitch_mm:
        radius = max(radius / 2, radius - _THREAD_DEPTH * tool.pitch_mm)
    corner = radius if tool.type == "ball" else min(tool.corner_radius_mm, radius)
    if tool.type in _POINTED_DEG:
        half = math.radians(tool.tip_angle_deg or _POINTED_DEG[tool.type]) / 2
        flat = min(radius, (tool.tip_diameter_mm or 0.0) / 2)
        knots = np.array([(0.0, flat), ((radius - flat) / math.tan(half), radius)])
    elif corner > 0:
        pieces = math.ceil(math.pi / 4 / math.acos(max(0.0, 1 - PROFILE_CHORD_MM / corner)))
        angle = np.linspace(0.0, math.pi / 2, pieces + 1)
        knots = np.stack([corner * (1 - np.cos(angle)), radius - corner + corner * np.sin(angle)], axis=1)
    else:
        knots = np.array([(0.0, radius)])
    top = tool.flute_length_mm or tool.stickout_mm or _ENDLESS_MM
    end = float(np.interp(top, knots[:, 0], knots[:, 1]))
    return np.vstack([knots[knots[:, 0] < top], [(top, end)]])


def radius_at(knots: Floats, heights: Floats) -> Floats:
    """Return the radius (n,) of a profile at ``heights`` (n,) above the tip; 0 below it and above the flutes."""
    radius = np.interp(heights, knots[:, 0], knots[:, 1])
    return np.where((heights >= 0) & (heights <= knots[-1, 0]), radius, 0.0)
