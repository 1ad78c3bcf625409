"""What a program does, block by block: primitives (lines and arcs) and the linear segments they are split into."""

import math
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

RAPID = 0
FEED = 1

Point = tuple[float, float, float]


class Problem(msgspec.Struct, frozen=True):
    """Something wrong in a program, at a line counted from 1. After a ``fatal`` one the program was read no further."""

    line: int
    text: str
    fatal: bool = False

    def sentence(self) -> str:
        """The problem as one line of text."""
        return f"line {self.line}: {self.text}"


class Arc(msgspec.Struct, frozen=True, gc=False):
    """A circular or helical move: ``axes`` are the plane's two axes and its normal, angles in radians, signed sweep."""

    axes: tuple[int, int, int]
    center: tuple[float, float]
    radius_start: float
    radius_end: float
    angle: float
    sweep: float


class Primitive(msgspec.Struct, frozen=True, gc=False):
    """One move as commanded, in work coordinates (mm): a straight line, or an arc where ``arc`` is set."""

    kind: int
    start: Point
    end: Point
    feed_mm_min: float
    tool: int
    line: int
    rpm: float
    arc: Arc | None = None
    exact_stop: bool = False

    def length(self) -> float:
        """Path length in mm; a helix or spiral counts along its curve (mean radius)."""
        if self.arc is None:
            return math.dist(self.start, self.end)
        rise = self.end[self.arc.axes[2]] - self.start[self.arc.axes[2]]
        return math.hypot(abs(self.arc.sweep) * (self.arc.radius_start + self.arc.radius_end) / 2, rise)


@dataclass(frozen=True)
class Motions:
    """A program as n linear segments in order, work coordinates, mm.

    ``start``, ``end`` (n, 3) float64; ``kind`` (n,) uint8, 0 rapid or 1 feed; ``feed_mm_min``, ``rpm`` (n,) float64;
    ``tool``, ``line`` (n,) int32, lines counted from 1; ``primitive`` (n,) int32 the commanded move of each segment.
    ``offsets`` are the work offsets in use, ``tools`` the tools in order of first use, ``dwell_s`` all G4 and cycle dwells.
    """

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    kind: NDArray[np.uint8]
    feed_mm_min: NDArray[np.float64]
    rpm: NDArray[np.float64]
    tool: NDArray[np.int32]
    line: NDArray[np.int32]
    primitive: NDArray[np.int32]
    primitives: tuple[Primitive, ...]
    offsets: tuple[str, ...]
    tools: tuple[int, ...]
    tool_changes: int
    dwell_s: float
    blend_mm: float | None
    lines: int
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def fatal(self) -> bool:
        """Whether the program could not be read to its end."""
        return any(problem.fatal for problem in self.problems)


def arc_points(move: Primitive, chord_mm: float) -> NDArray[np.float64]:
    """Points after the start (k, 3) whose chords stay within ``chord_mm`` of the arc: step = 2 acos(1 - chord/r)."""
    arc = move.arc
    assert arc is not None
    radius = max(arc.radius_start, arc.radius_end)
    step = 2 * math.acos(1 - chord_mm / radius) if radius > chord_mm else math.pi / 2
    count = max(2, math.ceil(abs(arc.sweep) / step))
    part = np.arange(1, count + 1) / count
    angle = arc.angle + arc.sweep * part
    radii = arc.radius_start + (arc.radius_end - arc.radius_start) * part
    a, b, c = arc.axes
    points = np.empty((count, 3))
    points[:, a] = arc.center[0] + radii * np.cos(angle)
    points[:, b] = arc.center[1] + radii * np.sin(angle)
    points[:, c] = move.start[c] + (move.end[c] - move.start[c]) * part
    points[-1] = move.end
    return points


@dataclass(frozen=True)
class Segments:
    """Linear pieces of primitives: ``start``/``end`` (n, 3) and the ``primitive`` (n,) each belongs to."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    primitive: NDArray[np.int32]


def split(primitives: tuple[Primitive, ...], chord_mm: float) -> Segments:
    """Split arcs into chords no further than ``chord_mm`` from the arc; straight moves stay whole, order is kept."""
    starts: list[NDArray[np.float64]] = []
    ends: list[NDArray[np.float64]] = []
    counts = np.ones(len(primitives), dtype=np.int64)
    straight_start: list[Point] = []
    straight_end: list[Point] = []

    def flush() -> None:
        if straight_start:
            starts.append(np.array(straight_start, dtype=np.float64))
            ends.append(np.array(straight_end, dtype=np.float64))
            straight_start.clear()
            straight_end.clear()

    for index, move in enumerate(primitives):
        if move.arc is None:
            straight_start.append(move.start)
            straight_end.append(move.end)
            continue
        flush()
        points = arc_points(move, chord_mm)
        counts[index] = len(points)
        starts.append(np.vstack([np.array([move.start]), points[:-1]]))
        ends.append(points)
    flush()
    empty = np.zeros((0, 3))
    return Segments(
        np.vstack(starts) if starts else empty,
        np.vstack(ends) if ends else empty,
        np.repeat(np.arange(len(primitives), dtype=np.int32), counts),
    )
