"""Strategies on the axis and inside: drilling, boring in passes and along the contour, flat bottoms with an end mill."""

import math

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cam.cutting_data.turning import axial_data, turning_data
from nightmill.cam.strategies.turning.grooving import entry_of, grooves_inside, inner_leftover
from nightmill.cam.strategies.turning.lathe_tool_shapes import FLANK_FREE_DEG, Shape, both_sides, shape_of, swept
from nightmill.cam.strategies.turning.outside_turning import ALLOWANCE_MM, LEAST_BAND_MM2, LEAST_GAIN
from nightmill.cam.strategies.turning.setup_state import TurnWork
from nightmill.cam.strategies.turning.turning_paths import Window, contour, filled, limits, open_spans
from nightmill.vocabulary.plan import Tool

Floats = NDArray[np.float64]

OVERSIZE_MM, UNDERSIZE_MM = 0.004, 0.042
BORING_ALLOWANCE_MM = 0.15
THROUGH_MM = 0.2
PECK_SHARE = 1.0
BACK_MM = 0.3
LEAST_DRILLED_MM = 0.3
FLOOR_SLACK_MM = 0.05
"""Height above the material left on a floor at which the hollow is measured: a nose leaves its fillet there."""
_DRILLS = 3
_FAR_MM = 500.0
_STEP_MM = 0.02


def bore_of(outline: BaseGeometry) -> BaseGeometry:
    """Return the hollow around the axis that opens at the right end, as a polygon in (z, r); empty if there is none."""
    right = float(outline.bounds[2])
    holes = [
        hole
        for hole in shapely.get_parts(filled(outline).difference(outline))
        if hole.geom_type == "Polygon" and hole.area > 1e-3 and hole.bounds[1] < 1e-6 and hole.bounds[2] > right - 1e-6
    ]
    return max(holes, key=lambda hole: hole.area) if holes else shapely.Polygon()


def inside(work: TurnWork, through: float) -> None:
    """Drill, bore and groove the hollow that opens at the right; ``through``: how far the drill goes in a through hole (z)."""
    bore = bore_of(work.outline)
    if bore.is_empty or inner_leftover(work, bore).is_empty:
        return
    _open(work, bore, through)
    grooves_inside(work, bore, entry_of(bore))


def _open(work: TurnWork, bore: BaseGeometry, through: float) -> None:
    """Drill and bore the area that a tool reaches straight from the mouth."""
    deepest = float(bore.bounds[0])
    if deepest <= float(work.outline.bounds[0]) + 1e-6:
        deepest = through
    entry = entry_of(bore)
    bore = bore.intersection(_straight_in(entry))
    if inner_leftover(work, bore).is_empty:
        return
    free = _free_radius(work, bore)
    for _ in range(_DRILLS):
        if free < LEAST_DRILLED_MM or not _bore_all(work, bore, free):
            found = _best_drill(work, bore, entry, deepest, pilot=free < LEAST_DRILLED_MM)
            if found is None:
                break
            _drill(work, *found)
            _flat_bottom(work, bore, entry)
            free = max(free, found[0].diameter_mm / 2)
    if not _bore_all(work, bore, free):
        _flat_bottom(work, bore, entry)


def _straight_in(entry: Floats) -> BaseGeometry:
    """Return the area that a tool reaches from the mouth without going round a corner, with a safety margin of one step of the entry."""
    z, r = entry[:, 0], np.append(entry[:1, 1], entry[:-1, 1])
    ring = np.vstack([[[1.0, 0.0], [1.0, r[0]]], np.stack([z, r], axis=1), [[z[-1] - 1.0, r[-1]], [z[-1] - 1.0, 0.0]]])
    return shapely.Polygon(ring).buffer(0)


def _free_radius(work: TurnWork, bore: BaseGeometry) -> float:
    """Return the radius that is open along all the material left inside."""
    low = float(inner_leftover(work, bore).bounds[0])
    core = work.piece.intersection(shapely.box(low, 0.0, work.right + 1.0, float(bore.bounds[3]) + 1.0))
    return float(core.bounds[1]) if not core.is_empty else 0.0


def _bore_all(work: TurnWork, bore: BaseGeometry, free: float) -> bool:
    """Bore with each bar that fits an open radius and gains something; return whether nothing is left afterwards.

    Wider bars are longer: if the first bars end above the floor, bars that fit the opened radius continue.
    """
    bars = sorted(work.lathe_tools("boring"), key=lambda t: (-t.shank_diameter_mm, t.nose_radius_mm or 0.0))
    first = [bar for bar in bars if bar.diameter_mm + BACK_MM <= 2 * free]
    for bar in first:
        if inner_leftover(work, bore).is_empty:
            return True
        _bore(work, bar, bore, free)
    for bar in bars:
        left = inner_leftover(work, bore)
        if left.is_empty or not first:
            break
        opened = _opened_radius(work, left)
        if bar not in first and bar.diameter_mm + BACK_MM <= 2 * opened:
            _bore(work, bar, bore, opened)
    return bool(inner_leftover(work, bore).is_empty)


def _opened_radius(work: TurnWork, left: BaseGeometry) -> float:
    """Return the radius that is open from the mouth down to the deepest material ``left`` inside."""
    deepest = min(shapely.get_parts(left), key=lambda part: float(part.bounds[0]))
    above = shapely.box(float(deepest.bounds[2]) + FLOOR_SLACK_MM, 0.0, work.right + 1.0, _FAR_MM)
    core = work.piece.intersection(above)
    return float(core.bounds[1]) if not core.is_empty else 0.0


def _best_drill(
    work: TurnWork, bore: BaseGeometry, entry: Floats, deepest: float, *, pilot: bool
) -> tuple[Tool, float] | None:
    """Return a drill and how deep its tip goes: as a pilot, the widest of the deepest-reaching drills; later, the drill
    that removes most of the rest.
    """
    ring = np.asarray(shapely.segmentize(bore.exterior, _STEP_MM * 2).coords)
    through = deepest < float(work.outline.bounds[0])
    ends = float(bore.bounds[0]) + 1e-6 if through else -math.inf
    wall = ring[(ring[:, 0] < -1e-6) & (ring[:, 1] > 1e-6) & (ring[:, 0] > ends)]
    found: list[tuple[float, float, Tool, float]] = []
    left = inner_leftover(work, bore)
    for tool in work.lathe_tools("drill"):
        radius = tool.diameter_mm / 2
        length = radius / math.tan(math.radians((tool.tip_angle_deg or 118.0) / 2))
        inner = wall[wall[:, 1] < radius - OVERSIZE_MM]
        tip = float((inner[:, 0] - inner[:, 1] / radius * length).max()) + 0.005 if len(inner) else -math.inf
        tip = max(tip, deepest - length - THROUGH_MM) if through else max(tip, float(bore.bounds[0]))
        tip = max(tip, 2.0 - tool.flute_length_mm)
        corner = tip + length
        if corner > -LEAST_DRILLED_MM:
            continue
        # material left on the wall is measured above the cone that the corner may touch
        above = max(corner + min(0.5 * abs(corner), radius), float(entry[-1, 0]))
        here = float(entry[int(np.argmin(np.abs(entry[:, 0] - above))), 1])
        bored = any(bar.diameter_mm + BACK_MM <= 2 * radius for bar in work.lathe_tools("boring"))
        if radius > here + OVERSIZE_MM or (bored and here - BORING_ALLOWANCE_MM < radius < here - UNDERSIZE_MM):
            continue
        found.append((round(tip, 1), -radius, tool, tip))
    if pilot:
        best = min(found, key=lambda each: each[:2], default=None)
        return best and (best[2], best[3])
    gains = [(_drilled_gain(left, tool, tip), tool, tip) for _, _, tool, tip in found]
    most = max(gains, key=lambda each: (each[0], each[1].diameter_mm), default=None)
    return most[1:] if most is not None and most[0] > LEAST_GAIN else None


def _drilled_gain(left: BaseGeometry, tool: Tool, tip: float) -> float:
    return _inside_gain(left, swept(np.array([[1.0, 0.0], [tip, 0.0]]), shape_of(tool).cuts))


def _drill(work: TurnWork, tool: Tool, tip: float) -> None:
    """Drill on the axis to ``tip``, with pecks of one diameter from a depth of three diameters on."""
    data = axial_data(tool, work.material, work.lathe)
    shape = shape_of(tool)
    before, line = work.leftover(), len(work.program.blocks)
    work.program.load(tool, data, "drill", constant_speed=False)
    safe, depth = work.program.safe_z, -tip
    peck = tool.diameter_mm * PECK_SHARE if depth > 3 * tool.diameter_mm else depth
    start = work.right + 1.0
    work.program.rapid((safe, 0.0), (start, 0.0))
    at = 0.0
    while at < depth - 1e-9:
        at = min(depth, at + peck)
        work.program.feed([(-at, 0.0)])
        work.program.rapid((safe, 0.0))
        if at < depth - 1e-9:
            work.program.rapid((-at + BACK_MM + 0.2, 0.0))
    work.cut(np.array([[start, 0.0], [tip, 0.0]]), shape.cuts)
    work.record("drill", tool, data, line, before)


def _bore(work: TurnWork, tool: Tool, bore: BaseGeometry, radius: float) -> None:
    """Bore with one bar: passes from the drilled ``radius`` outwards, followed by one along the contour; retract along the drilled hole."""
    shape, wide = shape_of(tool), shape_of(tool, FLANK_FREE_DEG)
    closed_off = bore_of(work.outline).difference(bore.buffer(1e-4)).buffer(-1e-3).buffer(1e-3)
    whole = both_sides(shapely.union(work.outline, closed_off))
    left = inner_leftover(work, bore)
    closed = limits(whole, shapely.Polygon(), wide, 0.0)
    top = float(bore.bounds[3])
    found = _bored_path(work, tool, left, closed, top, radius)
    if found is None:
        return
    low, path = found
    data = turning_data(tool, work.material, work.lathe, 2 * radius, rough=True)
    before, line = work.leftover(), len(work.program.blocks)
    work.program.load(tool, data, "bore")
    safe = work.program.safe_z
    work.program.rapid((safe, radius - BACK_MM / 2))
    rough = limits(whole, shapely.Polygon(), wide, ALLOWANCE_MM / 2)
    for number in range(1, math.ceil(max(0.0, top - radius) / data.ap_mm) + 1):
        x = radius + number * data.ap_mm
        for left_z, right_z in open_spans(rough, x, low, work.right + 1.0)[:1]:
            if right_z < -1e-6:
                continue
            band = shapely.box(left_z, x - data.ap_mm, 0.0, x).intersection(work.piece)
            if band.area < LEAST_BAND_MM2:
                continue
            line_ = np.array([[safe, x], [left_z, x]])
            work.program.rapid((safe, x))
            work.program.feed(line_[1:])
            work.cut(line_, shape.cuts)
            work.program.rapid((left_z + 0.05, x - BACK_MM), (safe, x - BACK_MM))
    finishing = turning_data(tool, work.material, work.lathe, 2 * radius, rough=False)
    work.record("bore", tool, data, line, before)
    before, line = work.leftover(), len(work.program.blocks)
    work.program.load(tool, finishing, "finish inside")
    lead = np.array([[safe, path[0, 1]]])
    work.program.rapid((safe, float(path[0, 1])))
    work.program.feed(path)
    work.cut(np.vstack([lead, path]), shape.cuts)
    end, back = float(path[-1, 0]) + 0.05, min(float(path[-1, 1]), radius - BACK_MM / 2)
    work.program.rapid((end, back), (safe, back))
    work.record("finish", tool, finishing, line, before)


def _bored_path(
    work: TurnWork, tool: Tool, left: BaseGeometry, closed: BaseGeometry, top: float, radius: float
) -> tuple[float, Floats] | None:
    """Return how far in a bar goes (z) and its contour: as deep as it removes some of the material ``left`` without
    touching the piece.

    The chamfer at the far mouth of a long bore waits for the setup that sees it; the near chamfer is cut in any case.
    """
    shape = shape_of(tool)
    ends = sorted({float(part.bounds[0]) - 0.05 for part in shapely.get_parts(left)})
    for low in (max(end, -(tool.stickout_mm - 1.0)) for end in ends):
        path = contour(closed, Window(low, 0.0, 0.0, top + 0.3))
        if path is None or _inside_gain(left, swept(path, _deep(shape, top))) < LEAST_GAIN:
            continue
        if not _bar_meets(work, tool, path, radius):
            return low, path
    return None


def _bar_meets(work: TurnWork, tool: Tool, path: Floats, radius: float) -> bool:
    """Return whether the bar itself would run into material below the open ``radius``, such as the cone that a drill leaves."""
    core = work.piece.intersection(shapely.box(float(path[:, 0].min()) - 1.0, 0.0, work.right + 1.0, radius - 0.05))
    core = core.difference(swept(path, shape_of(tool).cuts))
    bar = swept(path, shape_of(tool).bodies[0])
    return bool(both_sides(core).intersection(bar).area > LEAST_BAND_MM2)


def _deep(shape: Shape, top: float) -> Floats:
    return np.vstack([shape.cuts, shape.cuts - np.array([0.0, top])])


def _inside_gain(left: BaseGeometry, gone: BaseGeometry) -> float:
    return float(left.intersection(gone).area / left.area) if left.area > 0 else 0.0


def _flat_bottom(work: TurnWork, bore: BaseGeometry, entry: Floats) -> None:
    """Cut a flat floor or a counterbore that no bar reaches with a non-rotating end mill, its side along the wall."""
    left = inner_leftover(work, bore)
    if left.is_empty:
        return
    floor = float(bore.bounds[0])
    if floor <= float(work.outline.bounds[0]) + 1e-6:
        floor = float(left.bounds[0])
    radius = float(entry[int(np.argmin(np.abs(entry[:, 0] - (floor + 0.05)))), 1])
    fits = [
        tool
        for tool in work.lathe_tools("flat")
        if radius / 2 + 0.01 <= tool.diameter_mm / 2 <= radius - 1e-6 and tool.stickout_mm > -floor + 1.0
    ]
    if not fits:
        return
    tool = max(fits, key=lambda t: (t.diameter_mm, -t.stickout_mm))
    shape = shape_of(tool)
    off = radius - tool.diameter_mm / 2
    data = axial_data(tool, work.material, work.lathe)
    before, line = work.leftover(), len(work.program.blocks)
    path = np.array([[work.right + 1.0, off], [floor, off]])
    gone = swept(path, shape.cuts)
    if _inside_gain(left, gone) < LEAST_GAIN or gone.intersects(work.outline.buffer(-0.005)):
        return
    work.program.load(tool, data, "flat bottom", constant_speed=False)
    work.program.rapid((work.program.safe_z, off), (work.right + 1.0, off))
    work.program.feed(path[1:])
    work.cut(path, shape.cuts)
    work.program.rapid((work.program.safe_z, off))
    work.record("floor", tool, data, line, before)
