"""Cut grooves in bores: a blade at the end of a bar plunges outwards from the open bore and cuts both walls and the floor."""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cam.cutting_data.turning import blade_data
from nightmill.cam.strategies.turning.lathe_tool_shapes import Shape, both_sides, shape_of, swept
from nightmill.cam.strategies.turning.outside_turning import (
    FIT_MM,
    GROOVE_ALLOWANCE_MM,
    LEAST_BAND_MM2,
    LEAST_GAIN,
    PLUNGE_STEP,
)
from nightmill.cam.strategies.turning.setup_state import TurnWork
from nightmill.cam.strategies.turning.turning_paths import Window, clusters, contour, limits
from nightmill.vocabulary.plan import Tool

Floats = NDArray[np.float64]

FREE_MM = 0.3
"""Clearance of the blade from the bore's wall on the way in and out."""
_STEP_MM = 0.02
_FAR_MM = 500.0
_MIRROR = np.array([1.0, -1.0])


@dataclass(frozen=True)
class _Groove:
    """A path along one groove, from right to left, and the extent of the leftover in the groove (z low and high)."""

    path: Floats
    low: float
    high: float


def inner_leftover(work: TurnWork, bore: BaseGeometry) -> BaseGeometry:
    """Return the material that stands proud in a bore, without tiny specks."""
    left = work.leftover().intersection(bore.buffer(0.005))
    return shapely.union_all([p for p in shapely.get_parts(left) if p.geom_type == "Polygon" and p.area > 1e-4])


def entry_of(bore: BaseGeometry) -> Floats:
    """Return rows (z, r) from the mouth inwards: the widest radius that gets in that far along the axis."""
    low, high = float(bore.bounds[0]), float(bore.bounds[2])
    rows, least = [], math.inf
    for z in np.arange(high - 1e-3, low, -max(_STEP_MM, (high - low) / 2000)):
        column = shapely.LineString([(z, 0.0), (z, 1e4)]).intersection(bore)
        spans = [part for part in shapely.get_parts(column) if part.bounds[1] < 1e-3]
        least = min(least, float(spans[0].bounds[3]) if spans else 0.0)
        rows.append((float(z), least))
    return np.array(rows)


def grooves_inside(work: TurnWork, bore: BaseGeometry, entry: Floats) -> None:
    """Groove the material left in ``bore`` with each bar that fits and gains something; ``entry``: rows from ``entry_of``."""
    for bar in work.grooving_bars():
        left = inner_leftover(work, bore)
        if left.is_empty:
            return
        _groove(work, bar, bore, entry, left)


def _groove(work: TurnWork, tool: Tool, bore: BaseGeometry, entry: Floats, left: BaseGeometry) -> None:
    shape, width = shape_of(tool), tool.width_mm or 0.0
    target = both_sides(work.outline.buffer(-FIT_MM, join_style="mitre"))
    closed = limits(target, work.guard, shape, 0.0)
    found = []
    for low, near, high, top in clusters(left, 0.5):
        if -low > tool.stickout_mm - 1.0:
            continue
        free = float(entry[int(np.argmin(np.abs(entry[:, 0] - low))), 1]) - FREE_MM
        if tool.diameter_mm > 2 * free:
            continue
        window = Window(low - width - 0.3, min(0.0, high + 0.3), -top - 0.15, -min(near, free) + 0.3)
        path = contour(shapely.transform(closed, lambda points: points * _MIRROR), window)
        if path is None:
            continue
        path = _off_the_wall(path * _MIRROR)
        gone = swept(path, np.vstack([shape.cuts, shape.cuts - np.array([0.0, top])]))
        zone = shapely.box(low - 1e-6, 0.0, high + 1e-6, _FAR_MM).intersection(left)
        if zone.intersection(gone).area > LEAST_GAIN * zone.area and not _meets(work, shape, path, free):
            found.append((_Groove(path, low, high), free))
    if not found:
        return
    data = blade_data(tool, work.material, work.lathe, 2 * float(bore.bounds[3]))
    before, line = work.leftover(), len(work.program.blocks)
    work.program.load(tool, data, "groove inside")
    safe = work.program.safe_z
    for groove, free in found:
        work.program.rapid((safe, free))
        _plunge(work, shape, closed, groove, width, free)
        for side in _halves(groove.path):
            start = (float(side[0, 0]), free)
            work.program.rapid(start)
            work.program.feed(side)
            work.cut(np.vstack([[start], side]), shape.cuts)
            work.program.rapid((float(side[-1, 0]), free))
        work.program.rapid((safe, free))
    work.record("groove", tool, data, line, before)


def _meets(work: TurnWork, shape: Shape, path: Floats, free: float) -> bool:
    """Return whether the bar or holder would touch the piece as it is now, on the way in or along the path."""
    lead = np.array([[work.program.safe_z, free], [float(path[:, 0].min()), free]])
    stays = both_sides(work.piece.buffer(-0.02))
    ways = [swept(way, body) for way in (lead, path) for body in shape.bodies]
    ways.append(swept(lead, shape.cuts))
    return any(bool(stays.intersection(way).area > LEAST_BAND_MM2) for way in ways)


def _plunge(work: TurnWork, shape: Shape, closed: BaseGeometry, groove: _Groove, width: float, free: float) -> None:
    """Plunge along a groove, no deeper than the contour less its allowance."""
    least = float(groove.path[:, 0].min())
    first, last = max(groove.high - width, least), max(groove.low, least)
    count = max(1, math.ceil((first - last) / (PLUNGE_STEP * width))) if first > last else 0
    for z in [first - (first - last) * i / max(1, count) for i in range(count + 1)]:
        wall = shapely.LineString([(z, free), (z, _FAR_MM)]).intersection(closed)
        floor = min(float(wall.bounds[1]) if not wall.is_empty else _FAR_MM, float(groove.path[:, 1].max()))
        bottom = floor - GROOVE_ALLOWANCE_MM
        column = (
            shapely.box(z, free, z + width, bottom).intersection(work.piece) if bottom > free else shapely.Polygon()
        )
        if column.area < LEAST_BAND_MM2:
            continue
        line = np.array([[z, free], [z, bottom]])
        work.program.rapid((z, free))
        work.program.feed(line[1:])
        work.cut(line, shape.cuts)
        work.program.rapid((z, free))


def _off_the_wall(path: Floats) -> Floats:
    """Return a contour without its stretches along the bore beside the groove, which the bar has finished."""
    within = np.flatnonzero(path[:, 1] > path[:, 1].min() + 2 * FIT_MM)
    return path[max(0, int(within[0]) - 1) : int(within[-1]) + 2] if len(within) else path


def _halves(path: Floats) -> tuple[Floats, Floats]:
    """Return the paths to the middle of the floor: from the right wall and from the left wall."""
    deepest = int(np.argmax(path[:, 1]))
    flat = np.flatnonzero(path[:, 1] > path[deepest, 1] - 0.005)
    z = float((path[flat[0], 0] + path[flat[-1], 0]) / 2)
    split = next((int(i) for i in flat if path[i, 0] <= z + 1e-9), deepest)
    center = np.array([[z, path[deepest, 1]]]) if flat[-1] > flat[0] else path[deepest : deepest + 1]
    return np.vstack([path[:split], center]), np.vstack([path[split:][::-1], center])
