"""Turn reached contact points into tool paths: stretches that are checked between their points, with short links over the surface."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

from nightmill.cam.geometry.arc_fitting import fitted
from nightmill.cam.geometry.polygon_offsets import near
from nightmill.cam.stock.in_process_stock import HALF_DIAGONAL, OVER_MM, Stage
from nightmill.cam.stock.stock_height_map import Field
from nightmill.cam.strategies.milling.cutter_contact import (
    BELOW_MM,
    CHORD_MM,
    REACHED_MM,
    Cutter,
    Look,
    Slopes,
    clear_of_all,
    runs,
)
from nightmill.cam.tooling.tool_assembly import ToolAssembly
from nightmill.cam.toolpath.lead_in import LINK_FEED_MM_MIN, hop, link
from nightmill.cam.toolpath.milling_program import APPROACH_FEED_MM_MIN, SAME_MM, Program
from nightmill.vocabulary.plan import CuttingData, Tool

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SIMPLE_MM = 0.002
STOCK_DEPTH_SHARE = 0.6
LINK_MM = 3.0
SAFE_ROUNDS = 6
PROBED = (0.5, 0.25, 0.75)
STEEP_LINK_MM = 0.05
TOUCH_MM = 0.004
CLIMB_MM = 0.5
NECK_SHARE, NECK_OFF_MM = 0.8, 0.02
"""Thickest neck that needs no check, as a fraction of the cutter's radius; and how far stock may stand above the
flutes, as verification allows.
"""


@dataclass(frozen=True)
class Way:
    """One stretch of a path on a face: tip positions (n, 3), free of the part and with the holder clear."""

    face: int
    tips: Floats


def ways_of(look: Look, slopes: Slopes) -> list[Way]:
    """Return the reached stretches, each extended to where the cutter stops touching its face."""
    cutter, tips, heights, reached, face, breaks = (
        look.cutter, look.tips, look.heights, look.reached, look.face, look.breaks
    )  # fmt: skip
    found, ends = [], []
    for a, b in itertools.pairwise(breaks.tolist()):
        for start, end in runs(reached[a:b]):
            rows = np.column_stack([tips[a + start : a + end, :2], heights[a + start : a + end]])
            lead = tips[a + start - 1] if start > 0 else None
            tail = tips[a + end] if a + end < b else None
            found.append((int(face[a]), rows, tips[a + start], tips[a + end - 1]))
            ends.append((lead, tail))
    exact = slopes.is_exact(np.array([owner for owner, _, _, _ in found], dtype=np.int64))
    inner, outer, where = [], [], []
    for k, (lead, tail) in enumerate(ends):
        if lead is not None:
            inner.append(found[k][2]), outer.append(lead), where.append((k, 0))  # type: ignore[func-returns-value]
        if tail is not None:
            inner.append(found[k][3]), outer.append(tail), where.append((k, 1))  # type: ignore[func-returns-value]
    limits = np.zeros((0, 3))
    if inner:
        limits = _limits(np.array(inner), np.array(outer), slopes, cutter, exact[[k for k, _ in where]])
    fronts: dict[tuple[int, int], Floats] = dict(zip(where, limits, strict=True))
    drawn = []
    for k, (_, rows, _, _) in enumerate(found):
        pieces = [fronts[k, 0][None]] if (k, 0) in fronts else []
        pieces.append(rows)
        if (k, 1) in fronts:
            pieces.append(fronts[k, 1][None])
        drawn.append(np.vstack(pieces))
    if not drawn:
        return []
    ways = []
    for (owner, _, _, _), safe in zip(found, _safe(drawn, slopes, cutter, exact), strict=True):
        ways += [Way(owner, piece) for piece in safe]
    return ways


def _safe(paths: list[Floats], slopes: Slopes, cutter: Cutter, exact: Flags) -> list[list[Floats]]:
    """Return each path with more points where the straight line between two points would touch the part, split where the
    tip would climb.

    ``exact`` (paths,): which paths are on an exact surface.
    """
    tips = np.vstack(paths)
    owner = np.repeat(np.arange(len(paths)), [len(path) for path in paths])
    asked = np.append(owner[1:] == owner[:-1], False)
    parted = np.zeros(len(tips), dtype=np.bool_)
    spans = np.linalg.norm(np.diff(tips[:, :2], axis=0), axis=1)[asked[:-1]]
    shares = PROBED[:1] if spans.max(initial=0.0) ** 2 <= 32 * cutter.radius * TOUCH_MM / 2 else PROBED
    for turn in range(SAFE_ROUNDS + 1):
        rows = np.flatnonzero(asked)
        if not len(rows):
            break
        probe = np.concatenate([tips[rows] + share * (tips[rows + 1] - tips[rows]) for share in shares])
        over = cutter.drop_over(slopes, probe, np.tile(exact[owner[rows]], len(shares))) - probe[:, 2]
        worst = over.reshape(len(shares), -1).argmax(axis=0)
        at = worst * len(rows) + np.arange(len(rows))
        touches = over[at] > (TOUCH_MM if turn < SAFE_ROUNDS else 2 * TOUCH_MM)
        stuck = touches & ((over[at] >= CLIMB_MM) | (turn == SAFE_ROUNDS))
        parted[rows[stuck]] = True
        asked[:] = False
        split = touches & ~stuck
        more = probe[at[split]] + np.column_stack([np.zeros((int(split.sum()), 2)), over[at[split]]])
        here = rows[split]
        asked[here] = True
        tips = np.insert(tips, here + 1, more, axis=0)
        owner = np.insert(owner, here + 1, owner[here])
        parted = np.insert(parted, here + 1, False)
        asked = np.insert(asked, here + 1, True)
    ends = np.flatnonzero(parted | np.append(owner[1:] != owner[:-1], True)) + 1
    safe: list[list[Floats]] = [[] for _ in paths]
    for start, end in itertools.pairwise([0, *ends.tolist()]):
        safe[int(owner[start])].append(tips[start:end])
    return safe


def _limits(inner: Floats, outer: Floats, slopes: Slopes, cutter: Cutter, exact: Flags) -> Floats:
    """Return the last position (n, 3) between a reached and an unreached tip, on an exact surface or not, at which the
    cutter still touches.
    """
    low, high = inner.copy(), outer.copy()
    for _ in range(6):
        middle = (low + high) / 2
        drop = cutter.drop_over(slopes, middle, exact, REACHED_MM)
        good = (drop <= middle[:, 2] + REACHED_MM) & clear_of_all(slopes, cutter, middle, middle[:, 2])
        low = np.where(good[:, None], middle, low)
        high = np.where(good[:, None], high, middle)
    drop = cutter.drop_over(slopes, low, exact)
    low[:, 2] = np.where(drop > low[:, 2] - BELOW_MM, drop, low[:, 2])
    return low


def cleared(stage: Stage, cutter: Cutter, way: Way) -> bool:
    """Return whether there is no deep stock over a path: a finishing cutter must not enter where roughing could not."""
    line = shapely.LineString(way.tips[:, :2]) if len(way.tips) > 1 else shapely.Point(way.tips[0, :2])
    low = float(way.tips[:, 2].min())
    depth = max(1.2, STOCK_DEPTH_SHARE * cutter.tool.diameter_mm)
    index = stage.index_above(low + depth)
    if index >= 0 and near(stage.left[index], line, 0.6 * cutter.radius):
        return False
    holder, reach = ToolAssembly(cutter.tool).holder
    if low + reach < stage.top:
        above = stage.index_at(low + reach)
        if near(stage.left[above], line, holder):
            return False
    return True


def with_free_necks(stage: Stage, cutter: Cutter, ways: list[Way]) -> list[Way]:
    """Return the paths on which the neck meets no stock above the flutes, assuming that they are run in order."""
    neck = Neck.of(stage, cutter, ways)
    if neck is None:
        return ways
    queues: dict[int, list[Way]] = {}
    for way in ways:
        queues.setdefault(way.face, []).append(way)
    free = set()
    for way in _in_order(queues):
        if neck.meets(way.tips):
            continue
        neck.take(way.tips)
        free.add(id(way))
    return [way for way in ways if id(way) in free]


@dataclass(frozen=True)
class Neck:
    """The stock around a cutter that the tool's neck may meet, to the resolution of the height field; updated as the cutter advances."""

    stock: Field
    tool: Tool

    @classmethod
    def of(cls, stage: Stage, cutter: Cutter, ways: list[Way], least: float = math.inf) -> "Neck | None":
        """Return the neck check; None if the neck can't meet anything because it is thin, or because nothing stands
        above the flutes at the lowest tip or at ``least`` (Z).
        """
        low = min([least, *(float(way.tips[:, 2].min()) for way in ways)])
        wide, flute = ToolAssembly(cutter.tool).neck()
        if wide <= NECK_SHARE * cutter.radius or stage.stock.summit <= low + flute + NECK_OFF_MM:
            return None
        return cls(stage.stock.copy(), cutter.tool)

    def meets(self, tips: Floats) -> bool:
        """Return whether something that stands above the flutes is in the neck's way."""
        wide, flute = ToolAssembly(self.tool).neck()
        low, high = tips.min(axis=0), tips.max(axis=0)
        around = float(low[0]), float(low[1]), float(high[0]), float(high[1])
        if self.stock.highest_in(around, wide) <= float(low[2]) + flute + NECK_OFF_MM:
            return False
        for a, b in itertools.pairwise(tips) if len(tips) > 1 else [(tips[0], tips[0])]:
            here, there = (float(a[0]), float(a[1])), (float(b[0]), float(b[1]))
            if self.stock.highest(here, there, wide) > float(min(a[2], b[2])) + flute + NECK_OFF_MM:
                return True
        return False

    def take(self, tips: Floats) -> None:
        """Lower the stock along the path of the cutter."""
        wide = self.tool.diameter_mm / 2 + HALF_DIAGONAL * self.stock.pixel
        self.stock.carve_under(tips, wide)


def emit(stage: Stage, slopes: Slopes, cutter: Cutter, ways: list[Way], data: CuttingData, program: Program) -> None:
    """Write all paths, top down within each face, continuing at the nearest path; short gaps are crossed on the surface."""
    queues: dict[int, list[Way]] = {}
    for way in ways:
        queues.setdefault(way.face, []).append(way)
    neck = Neck.of(stage, cutter, ways, program.at[2] if program.at else math.inf)
    for way in _in_order(queues):
        tips = way.tips
        if program.at is not None:
            here = np.array(program.at)
            if np.linalg.norm(tips[-1] - here) < np.linalg.norm(tips[0] - here) - 1e-9:
                tips = tips[::-1]
            link = _crossing_over(slopes, cutter, here, tips[0])
            if link is not None and not (neck and neck.meets(np.vstack([here, link]))):
                program.feed(link, data.feed_mm_min)
                run(tips, data.feed_mm_min, program)
                if neck:
                    neck.take(np.vstack([here, link, tips]))
                continue
        _approach(stage, cutter, tips[0], program, data)
        run(tips, data.feed_mm_min, program)
        if neck:
            neck.take(tips)


def run(tips: Floats, rate: float, program: Program) -> None:
    """Cut along tips (n, 3) from the first, where the cutter is: level stretches as lines and arcs, other stretches as straight lines."""
    level = np.abs(np.diff(tips[:, 2])) <= SAME_MM
    turns = np.flatnonzero(level[1:] != level[:-1]) + 1
    for start, end in itertools.pairwise([0, *turns.tolist(), len(level)]):
        rows = np.ascontiguousarray(tips[start : end + 1])
        if level[start : start + 1].any():
            program.trace(fitted(rows[:, :2], CHORD_MM), float(rows[0, 2]), rate)
        else:
            program.feed(_simple(rows, SIMPLE_MM)[1:], rate)


def _in_order(queues: dict[int, list[Way]]) -> list[Way]:
    """Return the paths in order: within a face from the top down; from face to face by the nearest end of the next path there."""
    ordered: list[Way] = []
    here: Floats | None = None
    waiting = [list(ways) for ways in queues.values()]
    ends = np.array([_ends(ways[0]) for ways in waiting])
    while waiting:
        if here is None:
            at = max(range(len(waiting)), key=lambda k: float(ends[k, 0, 2]))
        else:
            at = int(np.argmin(np.linalg.norm(ends - here, axis=2).min(axis=1)))
        way = waiting[at].pop(0)
        if waiting[at]:
            ends[at] = _ends(waiting[at][0])
        else:
            del waiting[at]
            ends = np.delete(ends, at, axis=0)
        if here is not None and np.linalg.norm(way.tips[-1] - here) < np.linalg.norm(way.tips[0] - here):
            here = way.tips[0]
        else:
            here = way.tips[-1]
        ordered.append(way)
    return ordered


def _ends(way: Way) -> tuple[Floats, Floats]:
    """Return the first and the last tip of a path."""
    return way.tips[0], way.tips[-1]


def _crossing_over(slopes: Slopes, cutter: Cutter, here: Floats, there: Floats) -> Floats | None:
    """Return a short path over the surface from one tip to the next; None if it is long, climbs or isn't clear."""
    distance = float(np.linalg.norm(there[:2] - here[:2]))
    if distance > LINK_MM + cutter.radius or abs(there[2] - here[2]) > LINK_MM:
        return None
    count = max(2, math.ceil(distance / cutter.step_mm) + 1)
    way = np.linspace(here, there, count)
    drop = cutter.drop(slopes.part, way)
    way[:, 2] = np.maximum(way[:, 2], drop)
    way[0], way[-1] = here, there
    if drop[-1] > there[2] + 0.01 or float(way[:, 2].max()) > max(here[2], there[2]) + 1.0:
        return None
    safe = _safe([_squared(way)], slopes, cutter, np.array([False]))[0]
    if len(safe) > 1 or not clear_of_all(slopes, cutter, safe[0], safe[0][:, 2]).all():
        return None
    return np.asarray(safe[0][1:])


def _squared(way: Floats) -> Floats:
    """Return the path with climbs straight up before the move across, and descents straight down after it."""
    points = [way[0]]
    for here, there in itertools.pairwise(way):
        if abs(there[2] - here[2]) > STEEP_LINK_MM:
            across = here if there[2] > here[2] else there
            points.append(np.array([across[0], across[1], max(here[2], there[2])]))
        points.append(there)
    return np.array(points)


def _approach(stage: Stage, cutter: Cutter, start: Floats, program: Program, data: CuttingData) -> None:
    """Move the cutter over the start of a path and feed it down."""
    x, y, z = (float(v) for v in start)
    above = z + max(1.5, STOCK_DEPTH_SHARE * cutter.tool.diameter_mm)
    if program.at is not None:
        hx, hy, hz = program.at
        height = stage.link_height(cutter.tool, (hx, hy), (x, y), max(hz, z) + 0.5)
        if height is not None:
            height = max(height, stage.top - ToolAssembly(cutter.tool).cutting_mm)
        if height is not None and height < stage.top:
            link(stage, cutter.tool, (x, y), height, min(program.machine.feed_max_mm_min, LINK_FEED_MM_MIN), program)
            if above < height:
                program.feed([(x, y, above)], APPROACH_FEED_MM_MIN)
            program.feed([(x, y, z)], data.feed_mm_min * 0.5)
            return
    hop(stage, cutter.tool, x, y, program)
    program.feed([(x, y, min(above, stage.top + OVER_MM))], APPROACH_FEED_MM_MIN)
    program.feed([(x, y, z)], data.feed_mm_min * 0.5)


@njit(cache=True)
def _simple(points: Floats, tolerance: float) -> Floats:  # pragma: no cover - compiled
    """Return a polyline with fewer points: no dropped point is further than ``tolerance`` from it."""
    kept = np.zeros(len(points), dtype=np.bool_)
    kept[0] = True
    kept[-1] = True
    start = 0
    while start < len(points) - 1:
        end = min(start + 2, len(points) - 1)
        best = start + 1
        while end < len(points) and end - start <= 200:
            fits = True
            dx, dy, dz = (
                (points[end] - points[start])[0],
                (points[end] - points[start])[1],
                (points[end] - points[start])[2],
            )
            l2 = dx * dx + dy * dy + dz * dz
            for k in range(start + 1, end):
                px, py, pz = (
                    points[k, 0] - points[start, 0],
                    points[k, 1] - points[start, 1],
                    points[k, 2] - points[start, 2],
                )
                s = 0.0 if l2 < 1e-18 else min(1.0, max(0.0, (px * dx + py * dy + pz * dz) / l2))
                qx, qy, qz = px - s * dx, py - s * dy, pz - s * dz
                if qx * qx + qy * qy + qz * qz > tolerance * tolerance:
                    fits = False
                    break
            if not fits:
                break
            best = end
            end += 1
        kept[best] = True
        start = best
    return points[kept]
