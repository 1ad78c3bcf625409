"""Build G2 and G3 arcs in centre and radius format, with LinuxCNC's rules and tolerances."""

import math
from collections.abc import Sequence

from nightmill.verification.nc.motions import Arc

# interp_arc.cc and interp_internal.hh of LinuxCNC 2.9: twice 0.00005 inch, and a fraction of the radius.
_ABSOLUTE_MM = 0.00254
_RELATIVE = 0.001


def _sweep(begin: float, end: float, clockwise: bool, turns: int) -> float:
    """Return the signed angle from ``begin`` to ``end``; coincident ends are a full turn."""
    turn = (begin - end if clockwise else end - begin) % (2 * math.pi)
    if turn < 1e-9 or turn > 2 * math.pi - 1e-9:
        turn = 2 * math.pi
    turn += 2 * math.pi * (turns - 1)
    return -turn if clockwise else turn


def center_arc(
    start: Sequence[float],
    end: Sequence[float],
    plane: tuple[int, int, int],
    center: tuple[float, float],
    clockwise: bool,
    turns: int,
) -> Arc:
    """Return an arc around ``center`` (mm, in the plane's two axes); ValueError if the two radii differ too much."""
    a, b, _ = plane
    radius_start = math.hypot(start[a] - center[0], start[b] - center[1])
    radius_end = math.hypot(end[a] - center[0], end[b] - center[1])
    if radius_start < 1e-9 or radius_end < 1e-9:
        raise ValueError("an arc of zero radius")
    difference = abs(radius_start - radius_end)
    relative = difference / max(radius_start, radius_end)
    if difference > 100 * _ABSOLUTE_MM or (relative > _RELATIVE and difference > _ABSOLUTE_MM):
        raise ValueError(f"the radius to the arc's end differs from that to its start by {difference:.4f} mm")
    begin = math.atan2(start[b] - center[1], start[a] - center[0])
    finish = math.atan2(end[b] - center[1], end[a] - center[0])
    return Arc(plane, center, radius_start, radius_end, begin, _sweep(begin, finish, clockwise, turns))


def radius_arc(
    start: Sequence[float],
    end: Sequence[float],
    plane: tuple[int, int, int],
    radius: float,
    clockwise: bool,
    turns: int,
) -> Arc:
    """Return an arc of ``radius`` mm, the longer one if negative; ValueError if no such arc joins the ends."""
    a, b, _ = plane
    half = math.hypot(end[a] - start[a], end[b] - start[b]) / 2
    if half < 1e-9:
        raise ValueError("an arc in radius format whose end is its start")
    size = abs(radius)
    if half - size > _ABSOLUTE_MM:
        raise ValueError(f"radius {size:.4f} mm is too small to reach the arc's end")
    offset = math.sqrt(max(0.0, size * size - half * half))
    direction = math.atan2(end[b] - start[b], end[a] - start[a])
    side = direction + (-math.pi / 2 if clockwise == (radius > 0) else math.pi / 2)
    center = (
        (start[a] + end[a]) / 2 + offset * math.cos(side),
        (start[b] + end[b]) / 2 + offset * math.sin(side),
    )
    return center_arc(start, end, plane, center, clockwise, turns)
