"""Find the move of a program that cuts where it must not, and end the step before that move."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.cam.post.linuxcnc import LinuxcncPost
from nightmill.cam.toolpath.toolpath import (
    Arc,
    Block,
    Cycle,
    Line,
    Rapid,
    Retract,
    Synchronised,
    ToolChange,
    Toolpath,
)
from nightmill.vocabulary.plan import Step, Tool

PROBE_MM = 0.05
HAIR_MM = 0.012
"""Smaller than the depth of a gouge, and larger than the distance of a finished wall from its face."""

Floats = NDArray[np.float64]


def ended_before(
    toolpath: Toolpath, steps: Sequence[Step], line: int, whole: frozenset[str]
) -> tuple[Toolpath, tuple[Step, ...]]:
    """Return toolpath and steps with the step that contains ``line`` of the LinuxCNC program cut short just before that
    line.

    The tool then retracts and the next step follows. A step that hasn't cut anything by then, or whose strategy is one
    of ``whole``, is removed completely, except for its tool change if the next step uses the same tool. The returned
    steps refer to block numbers, as ``planned_program`` expects. If no step contains the line, no steps are returned
    and the toolpath is unchanged.
    """
    first = LinuxcncPost.write(toolpath).first
    numbered = [
        msgspec.structs.replace(
            each, line_from=bisect_right(first, each.line_from), line_to=bisect_right(first, each.line_to)
        )
        for each in steps
    ]
    at = bisect_right(first, line)
    step = next((each for each in numbered if each.line_from <= at <= each.line_to), None)
    if step is None:
        return toolpath, ()
    blocks = toolpath.blocks
    cuts = any(isinstance(each, Line | Arc | Cycle | Synchronised) for each in blocks[step.line_from - 1 : at - 1])
    keeps = cuts and step.strategy not in whole
    begin = at if keeps else step.line_from
    after = next((each for each in numbered if each.line_from > step.line_to), None)
    shares = not keeps and after is not None and not _changes(blocks, after)
    change = _changes(blocks, step) if shares else []
    kept = (*blocks[: begin - 1], Retract("Z"), *change, *blocks[step.line_to :])
    shift = len(blocks) - len(kept)
    left = []
    for each in numbered:
        if each.line_from > step.line_to:
            left.append(msgspec.structs.replace(each, line_from=each.line_from - shift, line_to=each.line_to - shift))
        elif each is not step:
            left.append(each)
        elif keeps:
            share = (begin - step.line_from) / max(1, step.line_to - step.line_from + 1)
            left.append(msgspec.structs.replace(step, line_to=begin, time_s=round(step.time_s * share, 1)))
    return Toolpath(kept), tuple(left)


def _changes(blocks: Sequence[Block], step: Step) -> list[Block]:
    return [each for each in blocks[step.line_from - 1 : step.line_to] if isinstance(each, ToolChange)]


def first_line_through(toolpath: Toolpath, tools: Iterable[Tool], point: Floats) -> int | None:
    """Return the first line of the LinuxCNC program that cuts away ``point`` (3,), with the point clearly inside the cutter."""
    known = {tool.number: tool for tool in tools}
    tool: Tool | None = None
    at = [math.nan] * 3
    for number, block in enumerate(toolpath.blocks):
        if isinstance(block, ToolChange | Retract):
            tool = known.get(block.tool) if isinstance(block, ToolChange) else tool
            at = [math.nan] * 3
        elif isinstance(block, Cycle):
            at = [block.x, block.y, block.clear]
            if tool is not None and _through(tool, _straight(at, [block.x, block.y, block.bottom]), point):
                return LinuxcncPost.write(toolpath).first[number]
        elif isinstance(block, Rapid | Line | Arc):
            there = [was if now is None else now for was, now in zip(at, (block.x, block.y, block.z), strict=True)]
            if tool is not None and not isinstance(block, Rapid) and not any(map(math.isnan, [*at, *there])):
                way = _curve(at, there, block) if isinstance(block, Arc) else _straight(at, there)
                if _through(tool, way, point):
                    return LinuxcncPost.write(toolpath).first[number]
            at = there
    return None


def _through(tool: Tool, way: Floats, point: Floats) -> bool:
    """Return whether a tool whose tip follows ``way`` (n, 3) cuts away a point."""
    off = np.hypot(way[:, 0] - point[0], way[:, 1] - point[1]) + HAIR_MM
    return bool(((off < tool.diameter_mm / 2) & (way[:, 2] + _underside(tool, off) < point[2] - HAIR_MM)).any())


def _straight(start: list[float], end: list[float]) -> Floats:
    """Return points (n, 3) along a straight move."""
    return np.linspace(start, end, max(2, math.ceil(math.dist(start, end) / PROBE_MM)))


def _curve(start: list[float], end: list[float], arc: Arc) -> Floats:
    """Return points (n, 3) along an arc around Z."""
    middle = np.array([start[0] + arc.i, start[1] + (arc.j or 0.0)])
    radius = float(np.hypot(*(np.array(start[:2]) - middle)))
    first, last = (math.atan2(place[1] - middle[1], place[0] - middle[0]) for place in (start, end))
    turn = (last - first if arc.left else first - last) % (2 * math.pi) or 2 * math.pi
    share = np.linspace(0.0, 1.0, max(2, math.ceil(turn * radius / PROBE_MM)))
    angle = first + (turn if arc.left else -turn) * share
    around = middle + radius * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.column_stack([around, start[2] + (end[2] - start[2]) * share])


def _underside(tool: Tool, off: Floats) -> Floats:
    """Return the height of the cutter's surface above its tip at a distance from its axis."""
    if tool.tip_angle_deg:
        flat = (tool.tip_diameter_mm or 0.0) / 2
        return np.asarray(np.maximum(0.0, off - flat) / math.tan(math.radians(tool.tip_angle_deg / 2)))
    corner = tool.corner_radius_mm
    out = np.clip(off - (tool.diameter_mm / 2 - corner), 0.0, corner)
    return np.asarray(corner - np.sqrt(np.maximum(0.0, corner**2 - out**2)))
