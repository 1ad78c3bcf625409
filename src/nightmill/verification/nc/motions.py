"""A program's motions, block by block: primitives (lines and arcs) and the linear segments they are split into."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

RAPID = 0
FEED = 1

Point = tuple[float, float, float]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Problem(msgspec.Struct, frozen=True):
    """A problem in a program, or a remark, at a line counted from 1. Reading stops after a ``fatal`` problem."""

    line: int
    text: str
    fatal: bool = False

    def sentence(self) -> str:
        """Return the problem as one line of text."""
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
    """One commanded move in work coordinates (mm): a straight line, or an arc if ``arc`` is set; ``coolant``: flood coolant is on.

    ``synchronised``: the move follows the spindle at a fixed feed per revolution, as in threading and tapping.
    """

    kind: int
    start: Point
    end: Point
    feed_mm_min: float
    tool: int
    line: int
    rpm: float
    arc: Arc | None = None
    exact_stop: bool = False
    synchronised: bool = False
    coolant: bool = False

    def length(self) -> float:
        """Path length in mm; for a helix or spiral, the length along the curve (mean radius)."""
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
    notes: tuple[Problem, ...]

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def fatal(self) -> bool:
        """Return whether the program could not be read to the end."""
        return any(problem.fatal for problem in self.problems)


def arc_points(move: Primitive, chord_mm: float) -> Floats:
    """Return points after the start (k, 3) of an arc; see ``arcs_points``."""
    return arcs_points([move], chord_mm)[0]


def arcs_points(moves: Sequence[Primitive], chord_mm: float | Floats) -> tuple[Floats, Ints]:
    """Return points after the start of each of n arcs (m, 3), arc after arc, and the number of each (n,).

    The chords stay within ``chord_mm`` (one value, or n) of the arc: step = 2 acos(1 - chord/r).
    """
    arcs = [move.arc for move in moves if move.arc is not None]
    assert len(arcs) == len(moves)
    if not arcs:
        return np.zeros((0, 3)), np.zeros(0, dtype=np.int64)
    figures = np.array([(*arc.center, arc.radius_start, arc.radius_end, arc.angle, arc.sweep) for arc in arcs])
    x, y, first, last, angle, sweep = figures.T
    radius, chord = np.maximum(first, last), np.broadcast_to(np.asarray(chord_mm, dtype=np.float64), first.shape)
    step, wide = np.full(len(arcs), math.pi / 2), radius > chord
    step[wide] = 2 * np.arccos(1 - chord[wide] / radius[wide])
    counts = np.maximum(2, np.ceil(np.abs(sweep) / step)).astype(np.int64)
    of = np.repeat(np.arange(len(arcs)), counts)
    ends = np.cumsum(counts)
    part = (np.arange(len(of)) - (ends - counts)[of] + 1) / counts[of]
    turned, radii = angle[of] + sweep[of] * part, first[of] + (last - first)[of] * part
    axes = np.array([arc.axes for arc in arcs])
    begin, end = np.array([move.start for move in moves]), np.array([move.end for move in moves])
    normal = axes[:, 2]
    low, high = begin[np.arange(len(arcs)), normal], end[np.arange(len(arcs)), normal]
    points, rows = np.empty((len(of), 3)), np.arange(len(of))
    points[rows, axes[of, 0]] = x[of] + radii * np.cos(turned)
    points[rows, axes[of, 1]] = y[of] + radii * np.sin(turned)
    points[rows, normal[of]] = low[of] + (high - low)[of] * part
    points[ends - 1] = end
    return points, counts


@dataclass(frozen=True)
class Segments:
    """Linear pieces of primitives: ``start``/``end`` (n, 3) and the ``primitive`` (n,) each belongs to."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    primitive: NDArray[np.int32]


def split(primitives: tuple[Primitive, ...], chord_mm: float) -> Segments:
    """Split arcs into chords no further than ``chord_mm`` from the arc; straight moves stay whole, and the order is kept."""
    if not primitives:
        return Segments(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0, dtype=np.int32))
    curved = np.array([move.arc is not None for move in primitives], dtype=np.bool_)
    counts = np.ones(len(primitives), dtype=np.int64)
    points, counts[curved] = arcs_points([move for move in primitives if move.arc is not None], chord_mm)
    of = np.repeat(np.arange(len(primitives), dtype=np.int32), counts)
    start = np.array([move.start for move in primitives], dtype=np.float64)[of]
    end = np.array([move.end for move in primitives], dtype=np.float64)[of]
    end[curved[of]] = points
    goes_on = np.flatnonzero(of[1:] == of[:-1]) + 1
    start[goes_on] = end[goes_on - 1]
    return Segments(start, end, of)
