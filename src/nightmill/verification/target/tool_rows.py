"""Encode tools and moves as the arrays that the kernels read; this is the only definition of the columns.

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

from nightmill.verification.nc.motions import RAPID, Arc, Motions, Primitive, arcs_points
from nightmill.vocabulary.plan import Tool

_TIP_ANGLE_DEG = {"drill": 118.0, "spot": 90.0, "chamfer": 90.0, "countersink": 90.0}
# ISO 68-1: the basic thread is 1.0825 pitch less in minor than in major diameter. The model shows the plain hole,
# so for a tap or thread mill only the part within the minor diameter can be checked against the model.
_THREAD_DEPTH = 1.0825 / 2
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
    """Return the kernel row of one milling or drilling tool."""
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
    """Return whether the tool rotates in a spindle instead of cutting on a lathe."""
    return tool.type not in _UNTURNED


def move_table(motions: Motions, tools: Sequence[Tool], chord_mm: float, helix_mm: float | None = None) -> MoveTable:
    """Return rows of every move made with a known tool; arcs that rise or spiral are split into chords within ``chord_mm``.

    ``helix_mm`` may be wider and applies to arcs around Z, whose chords are off only in X and Y: this is enough for a height map, whose
    resolution there is one node.
    """
    rows = {tool.number: index for index, tool in enumerate(tools)}
    first = np.flatnonzero(np.diff(motions.primitive, prepend=-1))
    straight = np.zeros((len(first), 12))
    straight[:, 1:4], straight[:, 4:7] = motions.start[first], motions.end[first]
    counts = np.ones(len(first), dtype=np.int64)
    curved = np.array([move.arc is not None for move in motions.primitives], dtype=np.bool_)
    arcs = [(move, move.arc) for move in motions.primitives if move.arc is not None]
    if arcs:
        curves, counts[curved] = _curves(arcs, chord_mm, helix_mm or chord_mm)
    geometry = np.repeat(straight, counts, axis=0)
    if arcs:
        geometry[np.repeat(curved, counts)] = curves
    numbers, inverse = np.unique(motions.tool[first], return_inverse=True)
    row = np.array([rows.get(number, -1) for number in numbers.tolist()], dtype=np.int32)[inverse]
    tool = np.repeat(row, counts)
    known = tool >= 0
    return MoveTable(
        np.ascontiguousarray(geometry[known]),
        tool[known],
        np.repeat(motions.kind[first] == RAPID, counts)[known],
        np.repeat(motions.line[first], counts)[known],
        np.array([tool_row(each) for each in tools], dtype=np.float64).reshape(-1, 10),
    )


def _curves(
    arcs: Sequence[tuple[Primitive, Arc]], chord_mm: float, around_z_mm: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the rows of arcs, arc after arc, and the number of each: one row for a level arc, else one per chord."""
    figures = np.array(
        [(*m.start, *m.end, *a.center, a.radius_start, a.angle, a.sweep, a.radius_end, a.axes[2]) for m, a in arcs]
    )
    around_z = figures[:, 12] == 2
    level = around_z & (figures[:, 2] == figures[:, 5]) & (np.abs(figures[:, 8] - figures[:, 11]) < chord_mm)
    counts = np.ones(len(arcs), dtype=np.int64)
    chord = np.where(around_z[~level], around_z_mm, chord_mm)
    points, number = arcs_points([move for (move, _), one in zip(arcs, level, strict=True) if not one], chord)
    counts[~level] = number
    rows, chords = np.zeros((int(counts.sum()), 12)), np.repeat(~level, counts)
    rows[~chords, 0] = 1.0
    rows[~chords, 1:] = figures[level, :11]
    before = np.roll(points, 1, axis=0)
    before[np.cumsum(number) - number] = figures[~level, :3]
    rows[chords, 1:4], rows[chords, 4:7] = before, points
    return rows, counts
