"""Clear the levels of a stage with one flat tool: rows and lanes for areas, contours for thin rings, else loops.

Loops are used if neither rows nor lanes sweep everything. They are at most 0.9 of the tool's radius apart, so that each
point of the centre area is within one step of a loop towards the boundary and the swept area has no gaps.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cam.cutting_data.milling import steps_down
from nightmill.cam.geometry.polygon_offsets import clusters, drawn_in, meaningful, rounded, wider
from nightmill.cam.geometry.polygon_overlay import common, joined, minus
from nightmill.cam.geometry.solids import EMPTY, parts, polygonal
from nightmill.cam.stock.in_process_stock import WALL_SLACK_MM, Stage
from nightmill.cam.strategies.milling.pass_parameters import THIN_SHARE, Pass, Paths
from nightmill.cam.tooling.tool_assembly import ToolAssembly
from nightmill.cam.toolpath.lead_in import SKIM_SLOPE, Descent, Machining, Step, Track, cut, door, enter
from nightmill.cam.toolpath.milling_program import Program
from nightmill.cam.toolpath.offset_paths import (
    BROAD_SHARE,
    CORE_SHARE,
    LANE_SHARE,
    NEAR_SHARE,
    ROW_SHARE,
    STEP_SHARE,
    TOUCH_MM,
    lanes,
    nearest_order,
    rows,
    sweeps,
)
from nightmill.vocabulary.plan import CuttingData, Tool

REGION_MM = 0.05
EVERYWHERE = shapely.box(-1e6, -1e6, 1e6, 1e6)
OVERLAP_MM = 0.03
"""How far rows extend beyond the area to be cut, if the tool may go there."""
FINER, WIDTHS = 1.15, 24
"""Thin targets are classified by this many widths in a geometric series."""
FINE_PIXEL_MM = 0.15
"""Largest pixel size at which an allowance of 0.25 mm shows in the height field."""
SLOW_S = 1.0
LEAST_MM2_S = 1.5
ENDLESS_MM2_S = 0.0004
"""Cuts that take less than the first value, or gain at least the second per second, are always worth their time; cuts
that gain less than the last never are.
"""
WINDING_MM = 1.2
UNSEEN_MM = 1e-6
SMALL_RADIUS_MM = 0.5
"""For mills of a smaller radius, the whole sweep is checked in the height field: stock in a corner is narrower than the margin."""
LINK_DIAMETERS = 1.2
"""The tool lifts for links between an area's paths that are longer than this: stock between them may not be cut yet."""


def run_pass(stage: Stage, job: Pass, program: Program) -> float:
    """Clear the areas that the tool can reach; return a measure of the volume removed.

    Levels are cleared in bands as high as the flutes: first the lowest level of each band with all the stock above it,
    followed by the remains at the next higher level. Where the tool may be at a level, it may be at all levels above, since
    shadows only grow downwards. Separate regions are cleared one after the other.
    """
    gain = 0.0
    bands = _bands(stage, job)
    job = replace(job, alone=len(bands) == 1 and not _holder_sinks(stage, job, bands[0]))
    for region in _regions(stage, job, program):
        top = stage.top
        for band in bands:
            for index in reversed(band):
                gain += _level(stage, job, index, top, region, program)
            top = stage.levels[band[-1]].z
    return gain


def _holder_sinks(stage: Stage, job: Pass, indices: list[int]) -> bool:
    """Return whether the holder may get below the top of the piece, where stock elsewhere is in its way."""
    deepest = min((stage.levels[i].z for i in indices), default=stage.top)
    return ToolAssembly(job.tool).reach_mm < stage.stock.summit - deepest


def _regions(stage: Stage, job: Pass, program: Program) -> Iterator[BaseGeometry]:
    """Return areas that together contain all there is to cut, far enough apart for the tool to clear each separately,
    ordered by nearest next.

    Return only one area if the holder may get below the top of the piece, where stock elsewhere is in its way.
    """
    concerned = [i for i, z in enumerate(stage.levels) if job.concerns(z) and (job.fine or not z.fine)]
    areas = list({id(area): area for area in map(stage.target, concerned) if not area.is_empty}.values())
    if not areas or _holder_sinks(stage, job, concerned):
        yield EVERYWHERE
        return
    whole = polygonal(joined([area.simplify(REGION_MM) for area in areas]).buffer(2 * REGION_MM, quad_segs=2))
    rest = [area for area, _ in clusters(whole, job.tool.diameter_mm + 1.0)]
    while rest:
        here = shapely.Point(program.at[:2]) if program.at is not None else shapely.Point(stage.stock.bounds[:2])
        region = rest.pop(min(range(len(rest)), key=lambda k: float(rest[k].distance(here))))
        shapely.prepare(region)
        yield region


def _bands(stage: Stage, job: Pass) -> list[list[int]]:
    """Return the levels of a pass, falling, in groups no higher than the flutes; the first group starts where there is still stock."""
    found: list[list[int]] = []
    top = min(stage.top, stage.stock.summit)
    for index, level in enumerate(stage.levels):
        if level.fine and not job.fine:
            continue
        if not found or top - level.z > ToolAssembly(job.tool).cutting_mm:
            top = stage.levels[found[-1][-1]].z if found else top
            found.append([])
        found[-1].append(index)
    return found


def _level(stage: Stage, job: Pass, index: int, above: float, region: BaseGeometry, program: Program) -> float:
    """Clear a region at one level, below stock that reaches up to ``above``."""
    if not job.concerns(stage.levels[index]) or stage.late():
        return 0.0
    left = stage.target(index)
    pieces = shapely.get_parts(left)
    mine = shapely.intersects(region, pieces)
    if not mine.any():
        return 0.0
    left = left if mine.all() else shapely.multipolygons(pieces[mine])
    radius = job.tool.diameter_mm / 2
    gain = 0.0
    swept: list[BaseGeometry] = []
    for target, bounds in clusters(left, 2 * radius + 1.0):
        if stage.late():
            break
        for found in _known_paths(stage, job, index, target, bounds, above - stage.levels[index].z):
            mine = common(target, found.swept)
            begin = _begin(stage, job, index, above, found, mine)
            height = begin - stage.levels[index].z
            if job.leaves(found, height, _wall_mm(found, mine, radius)):
                continue
            data = job.data_for(found, height)
            tips = _tips(stage.levels[index].z, begin, data.ap_mm)
            if job.fine and not _worthwhile(stage, job, index, mine, found, height):
                continue
            gain += mine.area * max(height, 0.01)
            emit(stage, job, tips, found, data, program)
            job.used.append(data)
            swept.append(found.swept)
    if swept:
        stage.remove(index, polygonal(joined(swept)))
    return gain


def _wall_mm(found: Paths, target: BaseGeometry, radius: float) -> float:
    """Return the length along the walls beside a target."""
    if found.thin:
        return found.length
    return float(common(found.free.boundary, target.buffer(radius + TOUCH_MM, quad_segs=8)).length)


def _worthwhile(stage: Stage, job: Pass, index: int, target: BaseGeometry, found: Paths, height: float) -> bool:
    """Return whether a slow cluster gains enough surface for its time; a cluster that is skipped is closed to all thinner tools, too."""
    data = job.data_for(found, height)
    steps = max(1, math.ceil(height / data.ap_mm))
    ramps = height / (SKIM_SLOPE if found.thin else job.ramp_slope) * len(found.lines)
    seconds = (steps * found.length + ramps / 0.6) / data.feed_mm_min * 60.0
    value = target.area + 0.5 * target.length * height
    if seconds < SLOW_S or value > LEAST_MM2_S * seconds:
        return True
    z = stage.levels[index].z
    if stage.forgoes_over(target, (z, z + height), steps * data.ap_mm, seconds):
        stage.keep(index, target)
        return False
    return value > ENDLESS_MM2_S * seconds


def _is_thin(target: BaseGeometry, tool: Tool) -> bool:
    return not wider(target, THIN_SHARE * tool.diameter_mm, 4)


def _known_paths(
    stage: Stage,
    job: Pass,
    index: int,
    target: BaseGeometry,
    bounds: tuple[float, float, float, float],
    height: float,
) -> list[Paths]:
    """Return ``paths_for``, cached for levels that look the same, as in a deep pocket."""
    broad = job.broad_for(height)
    key = (*stage.place_key(index, job.tool, job.allowance_mm), bounds, target, broad)
    if key not in stage.known:
        stage.known[key] = paths_for(stage, job, index, target, bounds, broad)
    found = stage.known[key]
    return found if isinstance(found, list) else []


def paths_for(
    stage: Stage,
    job: Pass,
    index: int,
    target: BaseGeometry,
    bounds: tuple[float, float, float, float],
    broad: bool,
) -> list[Paths]:
    """Return paths that clear ``target`` at one level, separately for thin rings and wider areas; none if the tool reaches
    none of it.

    ``broad``: the lanes over areas may be as far apart as rows.
    """
    radius = job.tool.diameter_mm / 2
    if stage.holds_off(index, job.tool, bounds):
        return []
    blocked = stage.blocked(index, job.tool, job.allowance_mm, bounds)
    window = shapely.box(*bounds)
    free = polygonal(minus(window, blocked))
    if free.is_empty:
        return []
    target = polygonal(common(target, rounded(free, radius)))
    if not meaningful(target):
        return []
    tolerance = 0.003 if job.allowance_mm < 0.05 else 0.02
    thin: list[BaseGeometry] = []
    wide: list[BaseGeometry] = []
    for piece in parts(target):
        if meaningful(piece):  # a sliver beside other areas is skipped, just as it would be on its own
            (thin if _is_thin(piece, job.tool) else wide).append(piece)
    found = []
    if thin:
        ring = shapely.multipolygons(thin)
        rim = _rim(blocked, ring, window, radius)
        swept = rounded(rim, radius)
        if rim.is_empty or meaningful(minus(ring, swept)):
            wide += thin
        else:
            lines = [np.asarray(g.coords) for g in parts(rim)]
            found.append(Paths(lines, rim, swept, True, tolerance, free, _width(ring, job.tool)))
    if wide:
        found += _area_paths(shapely.multipolygons(wide), blocked, free, job, tolerance, broad)
    return found


def _area_paths(
    target: BaseGeometry, blocked: BaseGeometry, free: BaseGeometry, job: Pass, tolerance: float, broad: bool
) -> list[Paths]:
    """Return rows if nothing is close by, else lanes along the material that stays, else loops."""
    radius = job.tool.diameter_mm / 2
    near = target.buffer(NEAR_SHARE * radius, quad_segs=8)
    # rows that end exactly where other rows end leave a thin wall between them, through which no rapid may go
    wanted = polygonal(common(target.buffer(OVERLAP_MM, quad_segs=2), rounded(free, radius)))
    shapely.prepare(free)
    lane, wide, row = (2 * share * radius for share in (LANE_SHARE, BROAD_SHARE, ROW_SHARE))
    ways: list[tuple[float, Callable[[], list[NDArray[np.float64]]]]] = [
        (row, lambda: rows(wanted, free, radius) or rows(target, free, radius)),
        (lane, lambda: lanes(blocked, target, radius, STEP_SHARE * radius)),
    ]
    if broad:
        ways.insert(1, (wide, lambda: lanes(blocked, target, radius, wide)))
    for width, way in ways:
        lines = way()
        if lines:
            swept = sweeps(lines, radius)
            if not meaningful(minus(target, swept)):
                return [Paths(lines, polygonal(common(free, near)), swept, False, tolerance, free, width)]
    centres = polygonal(common(free, target.buffer(0.4 * radius, quad_segs=8)))
    missed = minus(target, rounded(centres, radius))
    if meaningful(missed):
        more = polygonal(common(free, polygonal(missed).buffer(radius * 1.001, quad_segs=8)))
        centres = joined([centres, more])
    centres = polygonal(centres)
    if centres.is_empty:
        return []
    return [Paths(loops(centres, radius), centres, rounded(centres, radius), False, tolerance, free, lane)]


def _width(target: BaseGeometry, tool: Tool) -> float:
    """Return the smallest width in a geometric series that a thin target doesn't exceed."""
    most = 2 * THIN_SHARE * tool.diameter_mm
    low, high = 0, WIDTHS
    while low < high:
        middle = (low + high + 1) // 2
        if wider(target, most / FINER**middle / 2, 4):
            high = middle - 1
        else:
            low = middle
    return float(most / FINER**low)


def _rim(blocked: BaseGeometry, target: BaseGeometry, window: BaseGeometry, radius: float) -> BaseGeometry:
    """Return the part of the blocked area's outline from which the tool touches the target."""
    near = target.buffer(radius + 0.02, quad_segs=16)
    inner = window.buffer(-0.01, join_style="mitre")
    rim = common(common(blocked.boundary, inner), near)
    lines = [g for g in parts(rim) if g.geom_type == "LineString" and g.length > 1e-4]
    return shapely.line_merge(shapely.MultiLineString(lines)) if lines else EMPTY


def loops(centres: BaseGeometry, radius: float) -> list[NDArray[np.float64]]:
    """Return closed loops that fill the centre area, innermost first within each region; a loop is left out if the one
    around it sweeps everything.
    """
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
            area = drawn_in(piece, depth)
        for rings in reversed(layers):
            found.extend(nearest_order(rings, found[-1][-1] if found else None))
    return found


def emit(
    stage: Stage, job: Pass, tips: list[tuple[float, float]], found: Paths, data: CuttingData, program: Program
) -> None:
    """Write the paths of a cluster: an area step by step, and each area and each contour along a wall to full depth before the next."""
    at = Machining(stage, job.tool, program)
    if not found.thin:
        into = Descent.into(job.ramp_slope, job.slot, data.feed_mm_min)
        shapely.prepare(found.centres)
        for lines in apart(found.lines, found.centres):
            tracks = [Track.of(line, found.tolerance_mm) for line in lines]
            winds = len(tracks) == 1 and _winds(stage, job, tracks[0], tips, found)
            for k, heights in enumerate([(tips[-1][0], tips[0][1])] if winds else tips):
                _areas(at, tracks, Step(*heights, again=k > 0), found, into)
        return
    descent = Descent.skimming(data.feed_mm_min)
    for line in nearest_order(found.lines, _here(program)):
        track = Track.of(line, found.tolerance_mm)
        for k, heights in enumerate(tips):
            enter(at, track, Step(*heights, again=k > 0), found.free, descent)
            if k + 1 < len(tips) and not track.closed:
                track = Track.of(line[::-1] if k % 2 == 0 else line, found.tolerance_mm)


def apart(lines: list[NDArray[np.float64]], centres: BaseGeometry) -> list[list[NDArray[np.float64]]]:
    """Return the paths grouped by the region in which the tool's axis runs, in the order in which the regions first appear."""
    pieces = [g for g in parts(centres) if g.geom_type == "Polygon"]
    if len(pieces) < 2 or len(lines) < 2:
        return [lines]
    nearest = shapely.STRtree(pieces).nearest(shapely.points([line[0] for line in lines])).tolist()
    groups: dict[int, list[NDArray[np.float64]]] = {}
    for piece, line in zip(nearest, lines, strict=True):
        groups.setdefault(piece, []).append(line)
    return list(groups.values())


def _winds(stage: Stage, job: Pass, track: Track, tips: list[tuple[float, float]], found: Paths) -> bool:
    """Return whether a ring may be cut as one ramp, turn by turn: it is long enough to ramp along, no higher than the
    flutes, and has no door.
    """
    high, low = tips[0][1], tips[-1][0]
    if not track.closed or track.length < WINDING_MM or high - low > ToolAssembly(job.tool).cutting_mm:
        return False
    return door(stage, job.tool, track, low, found.free) is None


def _tips(z: float, begin: float, depth: float) -> list[tuple[float, float]]:
    """Return the tip heights of a cluster's steps from the top down to ``z``, each with the stock height before that step."""
    steps = steps_down(begin - z, depth)
    return [(z + (begin - z) * (1 - k / steps), z + (begin - z) * (1 - (k - 1) / steps)) for k in range(1, steps + 1)]


def _begin(stage: Stage, job: Pass, index: int, above: float, found: Paths, mine: BaseGeometry) -> float:
    """Return the highest stock on the paths of a cluster, to the resolution of the height field."""
    z = stage.levels[index].z
    radius = job.tool.diameter_mm / 2
    begin = max(above, z)
    if not found.thin or stage.stock.pixel <= FINE_PIXEL_MM:
        all_round = found.thin or radius < SMALL_RADIUS_MM
        near_by = radius - WALL_SLACK_MM if all_round else radius - max(0.1, 0.1 * radius)
        begin = max(stage.stock.highest_along(found.lines, near_by, stage.top), z)
        if begin <= z + UNSEEN_MM:
            begin = stage.stands_up_to(index, mine)  # stock in a corner may be narrower than a pixel
        elif radius < SMALL_RADIUS_MM:
            begin = max(min(begin, stage.stands_up_to(index, mine)), z)
    drilled = stage.drilled_to(found.swept)
    if drilled is not None:
        begin = max(min(begin, drilled), z)
    return begin


def _here(program: Program) -> NDArray[np.float64] | None:
    return np.array(program.at[:2]) if program.at is not None else None


def _areas(at: Machining, tracks: list[Track], step: Step, found: Paths, descent: Descent) -> None:
    """Cut one step over an area: enter the first path, and reach the next paths at the same feed if the link is short and clear."""
    program, rate, down = at.program, descent.rate_mm_min, False
    for track in tracks:
        x, y = float(track.line[0, 0]), float(track.line[0, 1])
        if down:
            hx, hy, _ = program.place()
            link = shapely.LineString([(hx, hy), (x, y)])
            if link.length < 1e-6 or (
                link.length < LINK_DIAMETERS * at.tool.diameter_mm and found.centres.covers(link)
            ):
                program.feed([(x, y, step.tip)], rate)
                cut(at, track, step.tip, rate)
                continue
        enter(at, track, step, found.free, descent, among=down)
        down = True
