"""Tools and moves as the arrays that the kernels read; the one table of their columns.

Tool row (float64): 0 radius R, 1 radius of the flat underside, 2 corner radius, 3 slope of the underside outside the
flat (cone), 4 flute length, 5 shank radius, 6 stick-out, 7 holder radius, 8 holder length, 9 radius that opens a
column from above (the neck of a T-slot cutter, else R). Underside height above the tip at distance d from the axis:
0 up to column 1, then the corner's arc or the cone.

Move row (float64): 0 kind of curve (0 straight, 1 arc in a horizontal plane), 1-3 start, 4-6 end, 7-8 centre, 9 radius,
10 start angle, 11 signed sweep (rad).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.path import Motions, Primitive, arc_points
from nightmill.vocabulary.plan import Tool

_TIP_ANGLE_DEG = {"drill": 118.0, "spot": 90.0, "chamfer": 90.0, "countersink": 90.0}
# ISO 68-1: the basic thread is 1.0825 pitch less in minor than in major diameter. The model shows the bare hole,
# so of a tap or thread mill only what lies within the minor diameter can be held against it.
_THREAD_DEPTH = 1.0825 / 2
_NO_ARC = (0.0, 0.0, 0.0, 0.0, 0.0)
_UNTURNED = {"turning", "boring", "grooving", "parting"}


@dataclass(frozen=True)
class MoveTable:
    """All moves of one setup: ``geometry`` (n, 12), ``tool`` (n,) row of ``tools`` (k, 10), ``rapid`` (n,), ``line`` (n,)."""

    geometry: NDArray[np.float64]
    tool: NDArray[np.int32]
    rapid: NDArray[np.bool_]
    line: NDArray[np.int32]
    tools: NDArray[np.float64]


def tool_row(tool: Tool) -> list[float]:
    """The kernel row of one milling or drilling tool."""
    radius = tool.diameter_mm / 2
    corner = tool.corner_radius_mm
    if tool.type in ("tap", "thread_mill") and tool.pitch_mm:
        radius = max(radius - _THREAD_DEPTH * tool.pitch_mm, radius * 0.5)
    if tool.type == "ball":
        corner = radius
    flat, slope = radius - corner, 0.0
    if tool.type in _TIP_ANGLE_DEG:
        angle = tool.tip_angle_deg or _TIP_ANGLE_DEG[tool.type]
        corner = 0.0
        flat = min((tool.tip_diameter_mm or 0.0) / 2, radius)
        slope = 1 / math.tan(math.radians(angle) / 2)
    flute = tool.flute_length_mm or tool.stickout_mm or 1e6
    shank = tool.shank_diameter_mm / 2
    column = min(shank or radius, radius) if tool.type in ("tslot", "thread_mill") else radius
    stickout = tool.stickout_mm or 1e6
    return [
        radius, flat, corner, slope, flute, shank, stickout, tool.holder_diameter_mm / 2, tool.holder_length_mm, column
    ]  # fmt: skip


def is_rotating(tool: Tool) -> bool:
    """Whether the tool cuts in a spindle, not on a lathe."""
    return tool.type not in _UNTURNED


def move_table(motions: Motions, tools: Sequence[Tool], chord_mm: float, helix_mm: float | None = None) -> MoveTable:
    """Rows of every move made with a known tool; arcs that rise or spiral are split into chords within ``chord_mm``.

    ``helix_mm`` may be wider and holds for arcs around Z, whose chords are off in X and Y alone: enough for a height map,
    which knows no more than one node there.
    """
    rows = {tool.number: index for index, tool in enumerate(tools)}
    around_z = helix_mm or chord_mm
    geometry: list[tuple[float, ...]] = []
    tool: list[int] = []
    rapid: list[bool] = []
    line: list[int] = []
    for move in motions.primitives:
        row = rows.get(move.tool, -1)
        curves = _curves(move, chord_mm, around_z)
        for curve in curves:
            geometry.append(curve)
            tool.append(row)
            rapid.append(move.kind == 0)
            line.append(move.line)
    known = np.array(tool, dtype=np.int32) >= 0
    return MoveTable(
        np.array(geometry, dtype=np.float64).reshape(-1, 12)[known],
        np.array(tool, dtype=np.int32)[known],
        np.array(rapid, dtype=np.bool_)[known],
        np.array(line, dtype=np.int32)[known],
        np.array([tool_row(each) for each in tools], dtype=np.float64).reshape(-1, 10),
    )


def _curves(move: Primitive, chord_mm: float, around_z_mm: float) -> list[tuple[float, ...]]:
    arc = move.arc
    if arc is None:
        return [(0.0, *move.start, *move.end, *_NO_ARC)]
    level = move.start[2] == move.end[2] and arc.axes == (0, 1, 2)
    if level and abs(arc.radius_start - arc.radius_end) < chord_mm:
        return [(1.0, *move.start, *move.end, *arc.center, arc.radius_start, arc.angle, arc.sweep)]
    points = arc_points(move, around_z_mm if arc.axes == (0, 1, 2) else chord_mm)
    starts = np.vstack([np.array([move.start]), points[:-1]])
    return [(0.0, *begin, *finish, *_NO_ARC) for begin, finish in zip(starts.tolist(), points.tolist(), strict=True)]
