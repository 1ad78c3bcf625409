"""Bring a tool down to a level: straight down beside the stock and in from there, or along a ramp.

Beside the stock means that the height field shows nothing under the tool down to the level. From such a position the tool
goes in horizontally, at its feed. If there is no such position, it ramps along its own path.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cam.geometry.arc_fitting import fitted, meet, thinned_rows
from nightmill.cam.stock.in_process_stock import OVER_MM, Stage
from nightmill.cam.tooling.tool_assembly import ToolAssembly
from nightmill.cam.toolpath.milling_program import APPROACH_FEED_MM_MIN, Program
from nightmill.vocabulary.plan import CuttingData, Tool

LINK_FEED_MM_MIN = 8000.0
LEAST_RAMP_MM, TINY_MM, MOST_TURNS = 0.05, 0.6, 8
"""If a path is too short for a ramp (it would be a plunge or need too many turns), the tool plunges slowly."""
SKIM_SLOPE = math.tan(math.radians(20.0))
SKIM_FEED_SHARE = 0.6
FIT_MM = 0.002
DOOR_DIRECTIONS, DOOR_STARTS = 12, 8
DOOR_MM, DOOR_RADII = (0.0, 0.35, 0.8), (0.3, 0.7, 1.1)
"""Search radius for a free position beside the start of a path: roughly the allowances of walls, and fractions of the tool's diameter."""
DOOR_SLACK_MM = 0.05
"""Clearance to stock all round when the tool goes straight down."""
TOUCH_MM, SLOWED_MM = 0.002, 1.0
AIR_MM, RAW_AIR_MM = 0.05, 0.2
"""Height above the stock at which a descent becomes a ramp: above a surface cut before, and above the raw piece."""


@dataclass(frozen=True)
class Track:
    """A polyline (n, 2) to ramp along, and the same path as lines and arcs.

    ``way`` (m, 2) is the original path, ``rows`` (n,) the numbers of its points that the polyline keeps. If started
    elsewhere, a path is fitted again from all its points, as the remaining chords of an arc are too long to be recognised
    as an arc.
    """

    line: NDArray[np.float64]
    curve: NDArray[np.float64]
    way: NDArray[np.float64]
    rows: NDArray[np.int64]
    tolerance_mm: float

    @classmethod
    def of(cls, way: NDArray[np.float64], tolerance: float) -> "Track":
        """Return the track along a polyline, within ``tolerance``."""
        rows = thinned_rows(way, tolerance)
        return cls(way[rows], fitted(way, tolerance), way, rows, tolerance)

    @property
    def closed(self) -> bool:
        """Return whether the path ends where it starts."""
        return len(self.line) > 3 and meet(self.line[0], self.line[-1])

    @property
    def length(self) -> float:
        """Return the length along the polyline, mm."""
        return float(np.hypot(*np.diff(self.line, axis=0).T).sum())

    def begun_at(self, k: int) -> "Track":
        """Return the same closed path, started at another of its points."""
        if k == 0:
            return self
        row = int(self.rows[k])
        return Track.of(np.vstack([self.way[row:-1], self.way[: row + 1]]), self.tolerance_mm)

    def begun_after(self, way_mm: float) -> "Track":
        """Return the same closed path, started this far along it."""
        if way_mm <= 1e-6:
            return self
        begun = _cut_to(self.line, way_mm)
        before, after = self.rows[len(begun) - 2 : len(begun)].tolist()
        line = np.vstack([begun[-1:], self.way[after:], self.way[1 : before + 1], begun[-1:]])
        kept = np.append(True, np.hypot(*np.diff(line, axis=0).T) > TOUCH_MM)
        kept[-1] = True
        return Track.of(line[kept], self.tolerance_mm)


class Step(NamedTuple):
    """One step down of a path: heights of the tip and of the stock before the step, mm; ``again``: the same path was cut
    just before, one step higher.
    """

    tip: float
    stands: float
    again: bool = False


@dataclass(frozen=True)
class Machining:
    """A tool at work: the stage that it cuts and the program to which its moves are written."""

    stage: Stage
    tool: Tool
    program: Program


@dataclass(frozen=True)
class Descent:
    """How a tool enters a path: horizontally, at ``rate_mm_min``, from a free position beside it; else by a ramp.

    Slope and feed of the ramp, feed of the path that follows, and how much deeper each turn of the ramp may get.
    """

    rate_mm_min: float
    slope: float
    ramp_mm_min: float
    feed_mm_min: float
    most_mm: float = math.inf

    @classmethod
    def skimming(cls, rate: float) -> "Descent":
        """Return the descent along a contour that only removes an allowance, where the tip cuts hardly any material."""
        return cls(rate, SKIM_SLOPE, SKIM_FEED_SHARE * rate, rate)

    @classmethod
    def into(cls, slope: float, slot: CuttingData, rate: float) -> "Descent":
        """Return the descent into full material at the feed for slots, with no turn deeper than a slot may be.

        Source: Dormer Pramet, milling 2021-2022, p. 775: the feed recommended for slots applies to ramps.
        """
        return cls(rate, slope, slot.feed_mm_min, slot.feed_mm_min, slot.ap_mm)


def enter(
    at: Machining, track: Track, step: Step, free: BaseGeometry, descent: Descent, *, among: bool = False
) -> None:
    """Go down to the tip height of ``step`` and cut along a path. ``among``: see ``door``."""
    tool, program, tip, rate = at.tool, at.program, step.tip, descent.rate_mm_min
    found = door(at.stage, tool, track, tip, free, among=among)
    if found is None:
        x, y = float(track.line[0, 0]), float(track.line[0, 1])
        stands = step.stands if step.again else max(step.stands, at.stage.clear_above(x, y, tool.diameter_mm / 2))
        approach(at, (x, y), tip, stands)
        track = track.begun_after(ramp(track.line, tip, descent, program))
        cut(at, track, tip, descent.feed_mm_min)
        return
    (x, y), track = found
    if step.again and _beside(program, (x, y), free, 2 * tool.diameter_mm):
        program.feed([(x, y, program.place()[2])], rate)
        program.feed([(x, y, tip)], APPROACH_FEED_MM_MIN)
    else:
        approach(at, (x, y), tip, tip)
        program.feed([(x, y, tip)], rate)
    program.feed([(float(track.line[0, 0]), float(track.line[0, 1]), tip)], rate)
    cut(at, track, tip, rate)


def cut(at: Machining, track: Track, tip: float, rate: float) -> None:
    """Cut along a path from its start, where the tool is, and record the stock removed."""
    at.program.trace(track.curve, tip, rate)
    at.stage.stock.carve(track.line, at.tool.diameter_mm / 2, tip)


def _beside(program: Program, place: tuple[float, float], free: BaseGeometry, most: float) -> bool:
    """Return whether the straight path to a position is short and clear for the tool."""
    x, y, _ = program.place()
    length = math.hypot(place[0] - x, place[1] - y)
    if length <= TOUCH_MM:
        return True
    start = (x + TOUCH_MM / length * (place[0] - x), y + TOUCH_MM / length * (place[1] - y))
    return length <= most and bool(free.covers(shapely.LineString([start, place])))


def door(
    stage: Stage, tool: Tool, track: Track, tip: float, free: BaseGeometry, *, among: bool = False
) -> tuple[tuple[float, float], Track] | None:
    """Return a position beside a path where nothing stands down to ``tip``, and the path started at the point next to it.

    ``free``: where the tool's axis may be; the straight way in lies inside. An open path is entered at its first point.
    None if no such position is found. ``among``: between paths of the same area, some of which the tool has already cut:
    the tool may be where it just fits.
    """
    count = len(track.line) - 1
    starts = list(dict.fromkeys(k * count // DOOR_STARTS for k in range(DOOR_STARTS))) if track.closed else [0]
    radius = tool.diameter_mm / 2
    near_by = radius - 1.5 * stage.stock.pixel if among else radius + DOOR_SLACK_MM
    shapely.prepare(free)
    aways = np.array(sorted([*DOOR_MM, *(share * radius for share in DOOR_RADII)]))
    places, ring, of = _around(track.line[starts], aways)
    at = -1
    while (at := stage.next_clear(places, at + 1, near_by, tip)) < len(places):
        k, away = starts[int(of[at])], float(aways[int(ring[at])])
        x, y = float(track.line[k, 0]), float(track.line[k, 1])
        place = (float(places[at, 0]), float(places[at, 1]))
        short = TOUCH_MM / away if away else 0.0
        end = (x + short * (place[0] - x), y + short * (place[1] - y))
        if not away or free.covers(shapely.LineString([place, end])):
            return place, track.begun_at(k)
    return None


def _around(
    starts: NDArray[np.float64], aways: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return positions (n, 2) at ``starts`` (m, 2) and on rings at the distances ``aways`` (0 first) around them, nearest
    rings first; with each position, its ring and its start.
    """
    angles = 2 * math.pi * np.arange(DOOR_DIRECTIONS) / DOOR_DIRECTIONS
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    rings = starts[None, :, None] + aways[1:, None, None, None] * circle[None, None]
    count, turns = len(starts), len(circle)
    places = np.vstack([starts, rings.reshape(-1, 2)])
    ring = np.concatenate([np.zeros(count, dtype=np.int64), np.repeat(np.arange(1, len(aways)), count * turns)])
    of = np.concatenate([np.arange(count), np.tile(np.repeat(np.arange(count), turns), len(aways) - 1)])
    return np.ascontiguousarray(places), ring, of


def approach(at: Machining, place: tuple[float, float], tip: float, stands: float) -> None:
    """Move the tool over a position, low across cleared ground if that is free, and down to just above the stock that ``stands`` there."""
    stage, tool, program, (x, y) = at.stage, at.tool, at.program, place
    entry = min(stands + (RAW_AIR_MM if stands > stage.top - 1e-6 else AIR_MM), stage.top + OVER_MM)
    fast = min(program.machine.feed_max_mm_min, LINK_FEED_MM_MIN)
    if program.at is not None:
        hx, hy, hz = program.at
        if math.hypot(hx - x, hy - y) < 1e-6:
            if entry < hz - 1e-6:
                program.feed([(x, y, entry)], APPROACH_FEED_MM_MIN)
            return
        height = stage.link_height(tool, (hx, hy), (x, y), max(hz, tip))
        if height is not None:
            # a sliver too thin for the areas may be in the way: only the flutes may meet it, never the shank
            height = max(height, stage.top - ToolAssembly(tool).cutting_mm)
        if height is not None and height < stage.top:
            link(stage, tool, (x, y), height, fast, program)
            if entry < height:
                _lower(program, entry, fast)
            return
    hop(stage, tool, x, y, program)
    _lower(program, entry, fast)


def hop(stage: Stage, tool: Tool, x: float, y: float, program: Program) -> None:
    """Rapid over a position, as low above the piece as everything between allows, and down to a millimetre over it."""
    over = stage.top + OVER_MM
    program.over(x, y, math.inf if program.at is None else stage.hop_height(tool, program.at[:2], (x, y), over))
    if program.place()[2] > over:
        program.down(over)


def link(stage: Stage, tool: Tool, place: tuple[float, float], height: float, fast: float, program: Program) -> None:
    """Go straight up and across below the top of the piece: in rapid if nothing can be in the way, else at a fast feed."""
    x, y, z = program.place()
    if stage.rapid_clear(tool, (x, y), place, height):
        if height > z + 5e-5:
            program.down(height)
        program.across(*place)
    else:
        program.feed([(x, y, height), (*place, height)], fast)


def _lower(program: Program, entry: float, fast: float) -> None:
    """Go straight down through open space: fast, but slower over the last millimetre."""
    x, y, z = program.place()
    if z > entry + SLOWED_MM:
        program.feed([(x, y, entry + SLOWED_MM)], fast)
    program.feed([(x, y, entry)], APPROACH_FEED_MM_MIN)


def follow(line: NDArray[np.float64], tip: float, rate: float, program: Program) -> None:
    """Feed along a line (n, 2) at one height."""
    program.trace(fitted(line, FIT_MM), tip, rate)


def ramp(line: NDArray[np.float64], tip: float, descent: Descent, program: Program) -> float:
    """Go down along the line, round and round if it is closed, back and forth if it is short; plunge if it is tiny.

    If the descent is deeper than a turn may get, each turn goes along the whole line. Return how far along the line the ramp ends.
    """
    _, _, z = program.place()
    drop = z - tip
    if drop <= 1e-6:
        return 0.0
    rate = descent.ramp_mm_min
    total = float(np.hypot(*np.diff(line, axis=0).T).sum())
    need = drop / descent.slope
    if total < LEAST_RAMP_MM or (total < TINY_MM and need > MOST_TURNS * total):
        program.feed([(line[0][0], line[0][1], tip)], max(20.0, rate * 0.2))
        return 0.0
    into = drop - AIR_MM
    deep = into > descent.most_mm * 1.05
    if meet(line[0], line[-1]) and (deep or need > 0.7 * total):
        length = max(need, total * drop / descent.most_mm)
        turns, rest = divmod(length, total)
        last = [_cut_to(line, rest)[1:]] if rest > TOUCH_MM else []
        _descend(np.vstack([line[:1], *([line[1:]] * int(turns)), *last]), z, tip, rate, program)
        return rest if last else 0.0
    stretch = total if deep else min(total, max(need / 2, 0.05))
    turns = max(1, math.ceil(need / (2 * stretch)), math.ceil(into / descent.most_mm) if deep else 1)
    way = _cut_to(line, stretch)
    way = np.vstack([way, way[-2::-1]])
    _descend(np.vstack([way[:1], *([way[1:]] * turns)]), z, tip, rate, program)
    return 0.0


def _descend(way: NDArray[np.float64], z: float, tip: float, rate: float, program: Program) -> None:
    """Feed along a path (n, 2), evenly down from ``z`` to ``tip``."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))])
    program.feed(np.column_stack([way, z + (tip - z) * along / along[-1]])[1:], rate)


def _cut_to(line: NDArray[np.float64], length: float) -> NDArray[np.float64]:
    spans = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(spans)])
    if length >= along[-1] - 1e-9:
        return line
    last = int(np.searchsorted(along, length))
    share = (length - along[last - 1]) / (along[last] - along[last - 1])
    end = line[last - 1] + share * (line[last] - line[last - 1])
    return np.vstack([line[:last], end])
