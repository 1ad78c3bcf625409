"""Outside strategies: facing, roughing in parallel passes, finishing along the contour, grooving, parting off."""

import itertools
import math
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cam.cutting_data.turning import blade_data, turning_data
from nightmill.cam.strategies.turning.lathe_tool_shapes import FLANK_FREE_DEG, Shape, forbidden, shape_of, swept
from nightmill.cam.strategies.turning.setup_state import CLEAR_MM, TurnWork
from nightmill.cam.strategies.turning.turning_paths import Window, clusters, contour, filled, limits, lowest, open_spans
from nightmill.vocabulary.plan import CuttingData, Tool

Floats = NDArray[np.float64]

ALLOWANCE_MM = 0.3
GROOVE_ALLOWANCE_MM = 0.1
FIT_MM = 0.002
"""How far a blade may cut into the walls of a groove that is exactly as wide as the blade."""
PULL_OFF_MM = 0.5
LEAST_BAND_MM2 = 0.02
LEAST_GAIN = 0.15
THICK_MM = 0.35
PLUNGE_STEP = 0.8


def face(work: TurnWork) -> None:
    """Face the right end down to z = 0 and through the axis, in passes of the roughing depth."""
    tool = _rougher(work)
    if work.right < 1e-6:
        return
    shape = shape_of(tool)
    before, line = work.leftover(), len(work.program.blocks)
    data = turning_data(tool, work.material, work.lathe, 2 * work.radius, rough=True)
    work.program.load(tool, data, "face")
    end = -(tool.nose_radius_mm or 0.0) - 0.1
    height = work.right
    rough = max(0, math.ceil((height - ALLOWANCE_MM) / min(data.ap_mm, 0.2 * tool.flute_length_mm)))
    heights = [ALLOWANCE_MM + (height - ALLOWANCE_MM) * (rough - 1 - i) / rough for i in range(rough)]
    safe = work.program.safe_z
    work.program.rapid((safe, work.above))
    for z in [*heights, 0.0]:
        path = np.array([[z, work.above], [z, end]])
        work.program.rapid((z, work.above))
        work.program.feed(path[1:])
        work.cut(path, shape.cuts)
        work.program.rapid((z + PULL_OFF_MM, end), (z + PULL_OFF_MM, work.above))
    work.program.rapid((safe, work.above))
    work.record("face", tool, data, line, before)


def _rougher(work: TurnWork) -> Tool:
    """Return the strongest turning tool: widest insert angle, largest nose."""
    return max(work.lathe_tools("turning"), key=lambda t: (t.insert_angle_deg or 0.0, t.nose_radius_mm or 0.0))


def outside(work: TurnWork) -> None:
    """Rough and finish everything that turning tools reach from outside, and groove the rest."""
    target = filled(work.kept)
    first = _rougher(work)
    rough(work, first, target)
    noses = [t for t in work.lathe_tools("turning") if (t.nose_radius_mm or 0.0) >= 0.2] or [first]
    slim = sorted(work.lathe_tools("turning"), key=lambda t: (-(t.nose_radius_mm or 0.0), -(t.insert_angle_deg or 0.0)))
    main = min(noses, key=lambda t: (round(_left_by(work, t, target), 3), -(t.insert_angle_deg or 0.0)))
    if main is not first:
        rough(work, main, target)
    finish(work, main, target)
    for tool in slim:
        if tool is not main and _outer_leftover(work).area > 0:
            rest(work, tool, target)
    for tool in sorted(work.lathe_tools("grooving"), key=lambda t: -(t.width_mm or t.diameter_mm)):
        if _outer_leftover(work).area > 0:
            groove(work, tool)


def _left_by(work: TurnWork, tool: Tool, target: BaseGeometry) -> float:
    shape = shape_of(tool)
    path = _finish_path(work, tool, limits(target, work.guard, shape_of(tool, FLANK_FREE_DEG), 0.0))
    left = _outer_leftover(work)
    if path is None:
        return float(left.area)
    sky = swept(path, np.vstack([shape.cuts, shape.cuts + np.array([0.0, 1000.0])]))
    return float(left.difference(sky).area)


def _outer_leftover(work: TurnWork) -> BaseGeometry:
    """Return the leftover on the outside of the part, not in its bores."""
    left = work.leftover().intersection(shapely.box(work.left, 0.0, work.right + 1.0, work.above))
    bores = filled(work.outline).difference(work.outline)
    return left if bores.is_empty else left.difference(bores.buffer(0.005))


def rough(work: TurnWork, tool: Tool, target: BaseGeometry) -> None:
    """Cut passes parallel to the axis from the stock's radius down to the allowance, followed by one pass along the contour."""
    shape = shape_of(tool)
    closed = limits(target, work.guard, shape_of(tool, FLANK_FREE_DEG), ALLOWANCE_MM)
    overhang = work.right - work.left
    data = turning_data(tool, work.material, work.lathe, 2 * work.radius, rough=True, overhang_mm=overhang)
    before, line, saved = work.leftover(), len(work.program.blocks), work.program.time_s
    top = work.radius
    count = math.ceil(top / data.ap_mm)
    done = False
    for number in range(1, count + 1):
        x = top - number * data.ap_mm
        for low, high in open_spans(closed, x, work.left, work.right + CLEAR_MM):
            band = shapely.box(low, x, high + 0.5, x + data.ap_mm).intersection(work.piece)
            if band.area < max(LEAST_BAND_MM2, 0.1 * data.ap_mm):
                continue
            if not done:
                work.program.load(tool, data, "rough outside")
                work.program.rapid((work.program.safe_z, work.above))
            done = True
            _pass(work, shape, x, low, min(high, float(band.bounds[2]) + 1.0), x + data.ap_mm)
    path = contour(closed, Window(work.left, work.right, 0.0, top + ALLOWANCE_MM))
    path = _shaved(work, shape, path, data.ap_mm) if done and path is not None else None
    if path is not None:
        _follow(work, shape, path)
    if done:
        work.record("rough", tool, data, line, before)
    else:
        work.program.time_s = saved
        del work.program.blocks[line:]


def _shaved(work: TurnWork, shape: Shape, path: Floats, deep_mm: float) -> Floats | None:
    """Return the stretch of a contour that removes the material left by the passes.

    It ends where the cut would be deeper than ``deep_mm``, for example where the insert would sink behind a flange with its
    whole trailing edge.
    """
    piece, kept = work.piece, 1
    for a, b in itertools.pairwise(path):
        taken = swept(np.array([a, b]), shape.cuts)
        if piece.intersection(taken).area > deep_mm * (float(np.linalg.norm(b - a)) + deep_mm):
            break
        piece, kept = piece.difference(taken), kept + 1
    return path[:kept] if kept > 1 else None


def _pass(work: TurnWork, shape: Shape, x: float, low: float, high: float, above: float) -> None:
    """Cut one pass from ``high`` to ``low`` at the level ``x``: feed down from the level above, pull off, and return over the pass."""
    inside = high < work.right
    start = max(above + 0.2, _clear_height(work, shape, high, x)) if inside else above
    if inside:
        work.program.rapid((high, work.above), (high, start))
    else:
        work.program.rapid((work.right + CLEAR_MM, work.above), (work.right + CLEAR_MM, x))
        high = work.right + CLEAR_MM
    path = np.array([[high, start if inside else x], [high, x], [low, x]])
    work.program.feed(path[1:])
    work.cut(path, shape.cuts)
    back = min(low + 0.4 * PULL_OFF_MM, high)
    work.program.rapid((back, x + PULL_OFF_MM), (back, work.above))


def _clear_height(work: TurnWork, shape: Shape, z: float, x: float) -> float:
    """Return how low the point may go in rapid at ``z`` towards ``x``: half a millimetre over the stock below the insert."""
    reach = float(shape.cuts[:, 0].max())
    under = work.piece.intersection(shapely.box(z - 0.1, x - 0.1, z + reach + 0.1, work.above))
    under = shapely.union_all([p for p in shapely.get_parts(under) if p.geom_type == "Polygon" and p.area > 0])
    if under.is_empty:
        return min(work.above, x + PULL_OFF_MM)
    return min(work.above, max(x, lowest(forbidden(under, shape.cuts), z, work.above)) + PULL_OFF_MM)


def _follow(work: TurnWork, shape: Shape, path: Floats) -> None:
    """Cut along a contour from right to left: enter from the right end or from above, and leave upwards."""
    z, x = float(path[0, 0]), float(path[0, 1])
    if z >= -0.5:
        lead = np.array([[work.program.safe_z, x], [z, x]])
        work.program.rapid((work.program.safe_z, work.above), (work.program.safe_z, x))
    else:
        height = _clear_height(work, shape, z, x)
        lead = np.array([[z, height], [z, x]])
        work.program.rapid((z, work.above), (z, height))
    end = np.array([[path[-1, 0] + 0.2, path[-1, 1] + PULL_OFF_MM]])
    work.program.feed(np.vstack([lead[1:], path[1:]]))
    work.cut(np.vstack([lead, path[1:]]), shape.cuts)
    work.program.rapid((float(end[0, 0]), float(end[0, 1])), (float(end[0, 0]), work.above))


def _finish_path(work: TurnWork, tool: Tool, closed: BaseGeometry) -> Floats | None:
    left = _outer_leftover(work)
    if left.is_empty:
        return None
    low = max(work.left, float(left.bounds[0]) - 2 * (tool.nose_radius_mm or 0.0) - 0.5)
    return contour(closed, Window(low, 0.0, -(tool.nose_radius_mm or 0.0), work.radius + 0.2))


def finish(work: TurnWork, tool: Tool, target: BaseGeometry) -> None:
    """Cut one finishing pass along the whole contour that is left."""
    shape = shape_of(tool)
    path = _finish_path(work, tool, limits(target, work.guard, shape_of(tool, FLANK_FREE_DEG), 0.0))
    if path is None:
        return
    data = turning_data(tool, work.material, work.lathe, 2 * work.radius, rough=False)
    before, line = work.leftover(), len(work.program.blocks)
    work.program.load(tool, data, "finish outside")
    _follow(work, shape, path)
    work.record("finish", tool, data, line, before)


def rest(work: TurnWork, tool: Tool, target: BaseGeometry) -> None:
    """Cut along the contour, but only where a slimmer insert or a smaller nose reaches more."""
    shape = shape_of(tool)
    closed = limits(target, work.guard, shape_of(tool, FLANK_FREE_DEG), 0.0)
    left = _outer_leftover(work)
    paths = []
    for low, _, high, top in clusters(left, 1.0):
        window = Window(max(work.left, low - 0.3), min(0.0, high + 0.4), -(tool.nose_radius_mm or 0.0), top + 0.5)
        path = contour(closed, window)
        if path is not None and _gains(left, swept(path, shape.cuts), (low, high)) > LEAST_GAIN:
            paths.append(path)
    if not paths:
        return
    if left.buffer(-THICK_MM).area > 0:
        rough(work, tool, target)
    data = turning_data(tool, work.material, work.lathe, 2 * work.radius, rough=False)
    before, line = work.leftover(), len(work.program.blocks)
    work.program.load(tool, data, "rest outside")
    work.program.rapid((work.program.safe_z, work.above))
    for path in paths:
        _follow(work, shape, path)
    work.record("rest", tool, data, line, before)


def _gains(left: BaseGeometry, gone: BaseGeometry, span: tuple[float, float]) -> float:
    """Return the fraction of the leftover between two z values that a sweep removes."""
    there = left.intersection(shapely.box(span[0] - 1e-6, -1.0, span[1] + 1e-6, 1e4))
    return float(there.intersection(gone).area / there.area) if there.area > 0 else 0.0


def groove(work: TurnWork, tool: Tool) -> None:
    """Plunge where there is material, and finish from both sides to the middle of the floor."""
    shape = shape_of(tool)
    width = tool.width_mm or tool.diameter_mm
    bar = work.kept.difference(shapely.box(float(work.outline.bounds[0]) - 40.0, 0.0, 1e4, 1e4))
    target = filled(shapely.union(work.outline, bar)).buffer(-FIT_MM, join_style="mitre")
    closed = limits(target, work.guard, shape, 0.0)
    left = _outer_leftover(work)
    gaps: list[_Gap] = []
    for low, floor, high, top in clusters(left, 0.5):
        window = Window(max(work.left, low - width - 0.3), min(0.0, high + 0.3), floor - 0.15, top + 0.3)
        path = contour(closed, window)
        if path is not None and _gains(left, swept(path, _tall(shape)), (low, high)) > LEAST_GAIN:
            gaps.append(_Gap(path, low, high))
    if not gaps:
        return
    data = blade_data(tool, work.material, work.lathe, 2 * work.radius)
    before, line = work.leftover(), len(work.program.blocks)
    work.program.load(tool, data, "groove")
    work.program.rapid((work.program.safe_z, work.above))
    for gap in gaps:
        path = gap.path
        _plunge(work, shape, closed, gap, width, data)
        middle = int(np.argmin(path[:, 1]))
        flat = np.flatnonzero(path[:, 1] < path[middle, 1] + 0.005)
        z = float((path[flat[0], 0] + path[flat[-1], 0]) / 2)
        split = next((i for i in flat if path[i, 0] <= z + 1e-9), middle)
        center = np.array([[z, path[middle, 1]]]) if flat[-1] > flat[0] else path[middle : middle + 1]
        for side in (np.vstack([path[:split], center]), np.vstack([path[split:][::-1], center])):
            _descend(work, shape, side)
    work.record("groove", tool, data, line, before)


def _tall(shape: Shape) -> Floats:
    return np.vstack([shape.cuts, shape.cuts + np.array([0.0, 500.0])])


class _Gap(NamedTuple):
    """A gap to groove: the contour (n, 2) of its walls and floor, and its span along the axis, mm."""

    path: Floats
    low: float
    high: float


def _plunge(work: TurnWork, shape: Shape, closed: BaseGeometry, gap: _Gap, width: float, data: CuttingData) -> None:
    """Plunge along a gap, no deeper than the contour and its allowance; a retract every three widths breaks the chips."""
    path = gap.path
    first, last = max(gap.high - width, float(path[:, 0].min())), max(gap.low, float(path[:, 0].min()))
    count = max(1, math.ceil((first - last) / (PLUNGE_STEP * width))) if first > last else 0
    for z in [first - (first - last) * i / max(1, count) for i in range(count + 1)]:
        bottom = max(lowest(closed, z, work.above), float(path[:, 1].min())) + GROOVE_ALLOWANCE_MM
        column = shapely.box(z, bottom, z + width, work.above).intersection(work.piece)
        if column.area < LEAST_BAND_MM2 or float(column.bounds[3]) - bottom < data.fz_mm:
            continue
        top = float(column.bounds[3]) + 0.5
        work.program.rapid((z, work.above), (z, top))
        line = np.array([[z, top], [z, bottom]])
        work.program.feed(line[1:])
        work.cut(line, shape.cuts)
        work.program.rapid((z, work.above))


def _descend(work: TurnWork, shape: Shape, path: Floats) -> None:
    if len(path) < 2:
        return
    z, x = float(path[0, 0]), float(path[0, 1])
    height = _clear_height(work, shape, z, x)
    work.program.rapid((z, work.above), (z, height))
    work.program.feed(path)
    work.cut(np.vstack([[[z, height]], path]), shape.cuts)
    end = path[-1]
    work.program.rapid((float(end[0]), work.above))


def parting_tool(work: TurnWork, depth: float) -> Tool | None:
    """Return the narrowest parting tool that reaches ``depth``."""
    deep = [t for t in work.lathe_tools("parting") if t.flute_length_mm >= depth]
    return min(deep, key=lambda t: t.width_mm or t.diameter_mm, default=None)


def part_off(work: TurnWork, tool: Tool, z: float) -> None:
    """Part the piece off down to the axis, or into its bore; the tool's right side ends at ``z``."""
    shape = shape_of(tool)
    width, nose = tool.width_mm or tool.diameter_mm, tool.nose_radius_mm or 0.0
    data = blade_data(tool, work.material, work.lathe, 2 * work.radius)
    before, line = work.leftover(), len(work.program.blocks)
    work.program.load(tool, data, "part off")
    inner = float(work.piece.intersection(shapely.box(z - width, 0.0, z, work.above)).bounds[1])
    path = np.array([[z - width, work.above], [z - width, inner - nose - 0.1]])
    work.program.rapid((work.program.safe_z, work.above), (z - width, work.above))
    work.program.feed(path[1:])
    work.cut(path, shape.cuts)
    work.program.rapid((z - width, work.above))
    work.part_off()
    work.record("part", tool, data, line, before)
