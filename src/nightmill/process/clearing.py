"""Clearing the levels of a stage with one flat tool: loops for areas, contours for thin rings, ramps to enter.

Loops lie at most 0.9 of the tool's radius apart: each point of the centre area then lies within one step of a
loop on its way to the boundary, so the swept area is the centre area grown by the radius, without gaps.
"""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.process.curves import fitted, thinned
from nightmill.process.outlines import clusters, drawn_in, meaningful, rounded, wider
from nightmill.process.overlay import common, joined, minus
from nightmill.process.program import APPROACH_FEED_MM_MIN, Program
from nightmill.process.solids import EMPTY, parts, polygonal
from nightmill.process.stage import WALL_ALLOWANCE_MM, Level, Stage
from nightmill.vocabulary.plan import CuttingData, Tool

RAMP_SLOPE = math.tan(math.radians(3.0))
SKIM_SLOPE = math.tan(math.radians(20.0))
"""Entry along a contour that takes only an allowance off: the tip meets next to nothing."""
LEAST_RAMP_MM, TINY_MM, MOST_TURNS = 0.05, 0.6, 8
"""A way so short that a ramp along it would be a plunge, or would turn so often, is plunged into slowly."""
LINK_FEED_MM_MIN = 8000.0
STEP_SHARE = 0.9
FIT_MM = 0.002
THIN_SHARE = 0.12
FLUTE_SHARE = 0.95
SLOW_S = 20.0
LEAST_MM2_S = 1.0
HOPELESS_MM2_S = 0.04


@dataclass(frozen=True)
class Pass:
    """One tool's way through a stage: allowance kept on walls, whether slopes are cut too, and two sets of cutting
    data with their depths: ``data`` for areas, ``thin`` for contours along walls.
    """

    tool: Tool
    data: CuttingData
    thin: CuttingData
    allowance_mm: float
    fine: bool
    below: float = math.inf

    def concerns(self, level: Level) -> bool:
        """Whether this tool may gain something at a level."""
        return level.z < self.below - 1e-9


@dataclass(frozen=True)
class Paths:
    """Tool-centre polylines of one level and cluster, the area they sweep and whether they only skim."""

    lines: list[NDArray[np.float64]]
    centres: BaseGeometry
    swept: BaseGeometry
    thin: bool
    tolerance_mm: float


@dataclass(frozen=True)
class Track:
    """A polyline (n, 2) to ramp along, and the same way as lines and arcs."""

    line: NDArray[np.float64]
    curve: NDArray[np.float64]


def run_pass(stage: Stage, job: Pass, program: Program) -> float:
    """Clear what the tool can reach; returns the volume measure removed.

    Walls that only carry an allowance are cut first, from as deep as the flutes reach; then all the rest top down,
    the slopes of each slab bottom up.
    """
    gain = _walls(stage, job, program) if job.fine else 0.0
    above = stage.top
    slab_start = 0
    for index, level in enumerate(stage.levels):
        if level.fine:
            continue
        gain += _level(stage, job, index, above, program)
        if job.fine:
            for fine in range(index - 1, slab_start - 1, -1):
                gain += _level(stage, job, fine, above, program)
        above = level.z
        slab_start = index + 1
    return gain


def _walls(stage: Stage, job: Pass, program: Program) -> float:
    """Contours of thin allowances, one a band of flute length instead of one a level."""
    coarse = [i for i, level in enumerate(stage.levels) if not level.fine]
    gain, top, at = 0.0, stage.top, 0
    while at < len(coarse):
        last = at
        while (
            last + 1 < len(coarse) and top - stage.levels[coarse[last + 1]].z <= FLUTE_SHARE * job.tool.flute_length_mm
        ):
            last += 1
        for k in range(last, at, -1):
            gain += _level(stage, job, coarse[k], top, program, band=coarse[at:k])
        top = stage.levels[coarse[last]].z
        at = last + 1
    return gain


def _level(stage: Stage, job: Pass, index: int, above: float, program: Program, band: list[int] | None = None) -> float:
    """Clear one level; with ``band`` only thin targets over which nothing thick stands at those levels."""
    if not job.concerns(stage.levels[index]) or stage.late():
        return 0.0
    left = stage.target(index)
    if left.is_empty:
        return 0.0
    radius = job.tool.diameter_mm / 2
    gain = 0.0
    swept: list[BaseGeometry] = []
    for target, bounds in clusters(left, 2 * radius + 1.0):
        if band is not None and not _is_thin(target, job.tool):
            continue
        if stage.late():
            break
        found = _known_paths(stage, job, index, target, bounds)
        if found is None or (band is not None and not (found.thin and _skims(stage, band, found.swept, job.tool))):
            continue
        height = max(above - stage.levels[index].z, 0.01)
        if job.fine and not _worthwhile(stage, job, target, found, height):
            continue
        gain += common(target, found.swept).area * height
        _emit(stage, job, index, above, found, program)
        swept.append(found.swept)
    if swept:
        stage.remove(index, polygonal(joined(swept)))
    return gain


def _worthwhile(stage: Stage, job: Pass, target: BaseGeometry, found: Paths, height: float) -> bool:
    """Whether a slow cluster gains enough surface for its time; what is forgone comes off the stage's spare area."""
    data = job.thin if found.thin else job.data
    steps = max(1, math.ceil(height / data.ap_mm))
    length = sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in found.lines)
    ramps = height / (SKIM_SLOPE if found.thin else RAMP_SLOPE) * len(found.lines)
    seconds = (steps * length + ramps / 0.6) / data.feed_mm_min * 60.0
    value = target.area + 0.5 * target.length * height
    if seconds < SLOW_S or value > LEAST_MM2_S * seconds:
        return True
    if value > stage.spare_mm2:
        return value > HOPELESS_MM2_S * seconds
    stage.spare_mm2 -= value
    return False


def _is_thin(target: BaseGeometry, tool: Tool) -> bool:
    return not wider(target, THIN_SHARE * tool.diameter_mm, 4)


def _skims(stage: Stage, band: list[int], swept: BaseGeometry, tool: Tool) -> bool:
    """Whether only thin remains stand over the swept area at all levels of the band."""
    return all(_is_thin(common(stage.left[i], swept), tool) for i in band)


def _known_paths(
    stage: Stage, job: Pass, index: int, target: BaseGeometry, bounds: tuple[float, float, float, float]
) -> Paths | None:
    """``paths_for``, kept for levels that look the same: those of one deep pocket."""
    key = (*stage.place_key(index, job.tool, job.allowance_mm), bounds, target)
    if key not in stage.known:
        stage.known[key] = paths_for(stage, job, index, target, bounds)
    found = stage.known[key]
    return found if isinstance(found, Paths) else None


def paths_for(
    stage: Stage, job: Pass, index: int, target: BaseGeometry, bounds: tuple[float, float, float, float]
) -> Paths | None:
    """Paths that clear ``target`` at one level, or None where the tool reaches nothing of it."""
    radius = job.tool.diameter_mm / 2
    blocked = stage.blocked(index, job.tool, job.allowance_mm, bounds)
    window = shapely.box(*bounds)
    free = polygonal(minus(window, blocked))
    if free.is_empty:
        return None
    target = polygonal(common(target, rounded(free, radius)))
    if not meaningful(target):
        return None
    tolerance = 0.003 if job.allowance_mm < 0.05 else 0.02
    if _is_thin(target, job.tool):
        rim = _rim(blocked, target, window, radius)
        swept = rounded(rim, radius)
        if not rim.is_empty and not meaningful(minus(target, swept)):
            return Paths([np.asarray(g.coords) for g in parts(rim)], rim, swept, True, tolerance)
    centres = polygonal(common(free, target.buffer(0.4 * radius, quad_segs=8)))
    missed = minus(target, rounded(centres, radius))
    if meaningful(missed):
        more = polygonal(common(free, polygonal(missed).buffer(radius * 1.001, quad_segs=8)))
        centres = joined([centres, more])
    centres = polygonal(centres)
    if centres.is_empty:
        return None
    return Paths(loops(centres, STEP_SHARE * radius), centres, rounded(centres, radius), False, tolerance)


def _rim(blocked: BaseGeometry, target: BaseGeometry, window: BaseGeometry, radius: float) -> BaseGeometry:
    """The part of the blocked area's outline from which the tool touches the target."""
    near = target.buffer(radius + 0.02, quad_segs=16)
    inner = window.buffer(-0.01, join_style="mitre")
    rim = common(common(blocked.boundary, inner), near)
    lines = [g for g in parts(rim) if g.geom_type == "LineString" and g.length > 1e-4]
    return shapely.line_merge(shapely.MultiLineString(lines)) if lines else EMPTY


def loops(centres: BaseGeometry, step: float) -> list[NDArray[np.float64]]:
    """Closed loops that fill the centre area, innermost first within each piece."""
    found: list[NDArray[np.float64]] = []
    for piece in parts(centres):
        layers: list[list[NDArray[np.float64]]] = []
        depth = 0.0
        area: BaseGeometry = piece
        while not area.is_empty:
            rings: list[NDArray[np.float64]] = []
            for polygon in parts(area):
                if polygon.geom_type != "Polygon":
                    continue
                rings.append(np.asarray(polygon.exterior.coords))
                rings.extend(np.asarray(ring.coords) for ring in polygon.interiors)
            layers.append(rings)
            depth += step
            area = drawn_in(piece, depth)
        for rings in reversed(layers):
            found.extend(_nearest_order(rings, found[-1][-1] if found else None))
    return found


def _nearest_order(rings: list[NDArray[np.float64]], start: NDArray[np.float64] | None) -> list[NDArray[np.float64]]:
    ordered: list[NDArray[np.float64]] = []
    rest = list(rings)
    here = start if start is not None else (rings[0][0] if rings else None)
    while rest and here is not None:
        gaps = [float(np.min(np.sum((ring - here) ** 2, axis=1))) for ring in rest]
        ring = rest.pop(int(np.argmin(gaps)))
        if np.allclose(ring[0], ring[-1]) and len(ring) > 2:
            first = int(np.argmin(np.sum((ring[:-1] - here) ** 2, axis=1)))
            ring = np.vstack([ring[first:-1], ring[: first + 1]])
        elif np.sum((ring[-1] - here) ** 2) < np.sum((ring[0] - here) ** 2):
            ring = ring[::-1]
        ordered.append(ring)
        here = ring[-1]
    return ordered


def _emit(stage: Stage, job: Pass, index: int, above: float, found: Paths, program: Program) -> None:
    z = stage.levels[index].z
    radius = job.tool.diameter_mm / 2
    depth = job.thin.ap_mm if found.thin else job.data.ap_mm
    lines = _nearest_order(found.lines, _here(program)) if found.thin else found.lines
    start = lines[0][0]
    known = stage.clear_above(float(start[0]), float(start[1]), radius)
    begin = max(above, z) if known <= above + 1e-9 else known
    drilled = stage.drilled_to(found.swept)
    if drilled is not None:
        begin = min(begin, drilled)
    begin = max(begin, z)
    steps = max(1, math.ceil((begin - z - 0.05 * depth) / depth))
    shapely.prepare(found.centres)
    tracks = [Track(thinned(line, found.tolerance_mm), fitted(line, found.tolerance_mm)) for line in lines]
    for k in range(1, steps + 1):
        tip = z + (begin - z) * (1 - k / steps)
        high = z + (begin - z) * (1 - (k - 1) / steps)
        _level_moves(tracks, tip, high, stage, index, job, found, program)


def _here(program: Program) -> NDArray[np.float64] | None:
    return np.array(program.at[:2]) if program.at is not None else None


def _level_moves(
    tracks: list[Track],
    tip: float,
    high: float,
    stage: Stage,
    index: int,
    job: Pass,
    found: Paths,
    program: Program,
) -> None:
    rate = (job.thin if found.thin else job.data).feed_mm_min
    slope = SKIM_SLOPE if found.thin else RAMP_SLOPE
    down = False
    for track in tracks:
        x, y = float(track.line[0, 0]), float(track.line[0, 1])
        if down and not found.thin:
            hx, hy, _ = program.place()
            link = shapely.LineString([(hx, hy), (x, y)])
            if link.length < 1e-6 or (link.length < 6 * job.tool.diameter_mm and found.centres.covers(link)):
                program.feed([(x, y, tip)], rate)
                program.trace(track.curve, tip, rate)
                continue
        _approach(stage, job.tool, x, y, tip, high if not down else tip, program)
        ramp(track.line, tip, rate * 0.6, program, slope)
        program.trace(track.curve, tip, rate)
        down = True


def _approach(stage: Stage, tool: Tool, x: float, y: float, tip: float, high: float, program: Program) -> None:
    """Bring the tool over (x, y), low across cleared ground where that is free, and down to just above the stock."""
    entry = max(high, stage.clear_above(x, y, tool.diameter_mm / 2))
    entry = min(entry + 0.2, stage.top + 1.0)
    fast = min(program.machine.feed_max_mm_min, LINK_FEED_MM_MIN)
    if program.at is not None:
        hx, hy, hz = program.at
        if math.hypot(hx - x, hy - y) < 1e-6:
            if entry < hz - 1e-6:
                program.feed([(x, y, entry)], APPROACH_FEED_MM_MIN)
            return
        height = stage.link_height(tool, (hx, hy), (x, y), max(hz, tip))
        if height is not None:
            # A sliver too thin for the areas may stand in the way: only flutes may meet it, never the shank.
            height = max(height, stage.top - FLUTE_SHARE * tool.flute_length_mm)
        if height is not None and height < stage.top:
            program.feed([(hx, hy, height), (x, y, height)], fast)
            if entry < height:
                program.feed([(x, y, entry)], APPROACH_FEED_MM_MIN)
            return
    program.over(x, y)
    program.down(min(program.safe_z, stage.top + 1.0))
    program.feed([(x, y, entry)], APPROACH_FEED_MM_MIN)


def follow(line: NDArray[np.float64], tip: float, rate: float, program: Program) -> None:
    """Feed along a line (n, 2) at one height."""
    program.trace(fitted(line, FIT_MM), tip, rate)


def ramp(line: NDArray[np.float64], tip: float, rate: float, program: Program, slope: float = RAMP_SLOPE) -> None:
    """Go down along the line at ``slope``, back and forth where it is short, ending at its start; plunge where it is tiny."""
    _, _, z = program.place()
    drop = z - tip
    if drop <= 1e-6:
        return
    spans = np.hypot(*np.diff(line, axis=0).T)
    total = float(spans.sum())
    need = drop / slope
    if total < LEAST_RAMP_MM or (total < TINY_MM and need > MOST_TURNS * total):
        program.feed([(line[0][0], line[0][1], tip)], max(20.0, rate * 0.2))
        return
    closed = bool(np.allclose(line[0], line[-1]))
    stretch = total if closed and need > 0.7 * total else min(total, max(need / 2, 0.05))
    closed = closed and stretch == total
    turns = max(1, math.ceil(need / (stretch if closed else 2 * stretch)))
    way = _cut_to(line, stretch)
    if not closed:
        way = np.vstack([way, way[-2::-1]])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))])
    length = float(along[-1])
    for turn in range(turns):
        heights = z - drop * (turn + along / length) / turns
        program.feed(np.column_stack([way, heights])[1:], rate)


def _cut_to(line: NDArray[np.float64], length: float) -> NDArray[np.float64]:
    spans = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(spans)])
    if length >= along[-1] - 1e-9:
        return line
    last = int(np.searchsorted(along, length))
    share = (length - along[last - 1]) / (along[last] - along[last - 1])
    end = line[last - 1] + share * (line[last] - line[last - 1])
    return np.vstack([line[:last], end])


ALLOWANCE = WALL_ALLOWANCE_MM
