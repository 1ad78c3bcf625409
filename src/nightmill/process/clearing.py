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

from nightmill.process.entry import FLUTE_SHARE, SKIM_SLOPE, Track, enter
from nightmill.process.outlines import clusters, meaningful, rounded, wider
from nightmill.process.overlay import common, joined, minus
from nightmill.process.program import Program
from nightmill.process.solids import EMPTY, parts, polygonal
from nightmill.process.stage import WALL_ALLOWANCE_MM, Level, Stage
from nightmill.vocabulary.plan import CuttingData, Tool

STEP_SHARE, CORE_SHARE = 0.9, 0.97
THIN_SHARE = 0.12
SLOW_S = 20.0
LEAST_MM2_S = 1.0
HOPELESS_MM2_S = 0.04


@dataclass(frozen=True)
class Pass:
    """One tool's way through a stage: allowance kept on walls, whether slopes are cut too, and two sets of cutting
    data with their depths: ``data`` for areas, ``thin`` for contours along walls; ``ramp_slope`` is the descent over the way
    into full material.
    """

    tool: Tool
    data: CuttingData
    thin: CuttingData
    allowance_mm: float
    fine: bool
    ramp_slope: float
    below: float = math.inf

    def concerns(self, level: Level) -> bool:
        """Whether this tool may gain something at a level."""
        return level.z < self.below - 1e-9


@dataclass(frozen=True)
class Paths:
    """Tool-centre polylines of one level and cluster, the area they sweep, whether they only skim, and where
    the tool's axis may be.
    """

    lines: list[NDArray[np.float64]]
    centres: BaseGeometry
    swept: BaseGeometry
    thin: bool
    tolerance_mm: float
    free: BaseGeometry


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
    ramps = height / (SKIM_SLOPE if found.thin else job.ramp_slope) * len(found.lines)
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
            return Paths([np.asarray(g.coords) for g in parts(rim)], rim, swept, True, tolerance, free)
    centres = polygonal(common(free, target.buffer(0.4 * radius, quad_segs=8)))
    missed = minus(target, rounded(centres, radius))
    if meaningful(missed):
        more = polygonal(common(free, polygonal(missed).buffer(radius * 1.001, quad_segs=8)))
        centres = joined([centres, more])
    centres = polygonal(centres)
    if centres.is_empty:
        return None
    return Paths(loops(centres, radius), centres, rounded(centres, radius), False, tolerance, free)


def _rim(blocked: BaseGeometry, target: BaseGeometry, window: BaseGeometry, radius: float) -> BaseGeometry:
    """The part of the blocked area's outline from which the tool touches the target."""
    near = target.buffer(radius + 0.02, quad_segs=16)
    inner = window.buffer(-0.01, join_style="mitre")
    rim = common(common(blocked.boundary, inner), near)
    lines = [g for g in parts(rim) if g.geom_type == "LineString" and g.length > 1e-4]
    return shapely.line_merge(shapely.MultiLineString(lines)) if lines else EMPTY


def loops(centres: BaseGeometry, radius: float) -> list[NDArray[np.float64]]:
    """Closed loops that fill the centre area, innermost first within each piece; none where the one around it sweeps all."""
    step = STEP_SHARE * radius
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
            if piece.buffer(-depth - CORE_SHARE * radius, quad_segs=8).is_empty:
                break
            depth += step
            area = piece.buffer(-depth, quad_segs=8)
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
    lines = _nearest_order(found.lines, _here(program)) if found.thin else found.lines
    tips = _tips(stage, job, index, above, found, lines[0][0])
    shapely.prepare(found.centres)
    if not found.thin:
        tracks = [Track.of(line, found.tolerance_mm) for line in lines]
        for tip, high in tips:
            _areas(tracks, tip, high, stage, job, found, program)
        return
    for line in lines:
        track = Track.of(line, found.tolerance_mm)
        for k, (tip, high) in enumerate(tips):
            enter(stage, job.tool, track, (tip, high), found.free, job.thin.feed_mm_min, SKIM_SLOPE, program)
            if k + 1 < len(tips) and not track.closed:
                track = Track.of(line[::-1] if k % 2 == 0 else line, found.tolerance_mm)


def _tips(
    stage: Stage, job: Pass, index: int, above: float, found: Paths, start: NDArray[np.float64]
) -> list[tuple[float, float]]:
    """The falling tip heights of a cluster's steps, each with the height of what stands before it."""
    z = stage.levels[index].z
    depth = job.thin.ap_mm if found.thin else job.data.ap_mm
    known = stage.clear_above(float(start[0]), float(start[1]), job.tool.diameter_mm / 2)
    begin = max(above, z) if known <= above + 1e-9 else known
    drilled = stage.drilled_to(found.swept)
    if drilled is not None:
        begin = min(begin, drilled)
    begin = max(begin, z)
    steps = max(1, math.ceil((begin - z - 0.05 * depth) / depth))
    return [(z + (begin - z) * (1 - k / steps), z + (begin - z) * (1 - (k - 1) / steps)) for k in range(1, steps + 1)]


def _here(program: Program) -> NDArray[np.float64] | None:
    return np.array(program.at[:2]) if program.at is not None else None


def _areas(
    tracks: list[Track], tip: float, high: float, stage: Stage, job: Pass, found: Paths, program: Program
) -> None:
    """One step over an area: the first way is entered, the next ones reached at its feed where that is short and free."""
    rate = job.data.feed_mm_min
    down = False
    for track in tracks:
        x, y = float(track.line[0, 0]), float(track.line[0, 1])
        if down:
            hx, hy, _ = program.place()
            link = shapely.LineString([(hx, hy), (x, y)])
            if link.length < 1e-6 or (link.length < 6 * job.tool.diameter_mm and found.centres.covers(link)):
                program.feed([(x, y, tip)], rate)
                program.trace(track.curve, tip, rate)
                continue
        enter(stage, job.tool, track, (tip, tip if down else high), found.free, rate, job.ramp_slope, program)
        down = True


ALLOWANCE = WALL_ALLOWANCE_MM
