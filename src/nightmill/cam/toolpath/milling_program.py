"""Build the toolpath of a milling setup and keep track of its time: one builder per setup."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nightmill.cam.geometry.arc_fitting import arc_length
from nightmill.cam.tooling.tool_library import Machine
from nightmill.cam.toolpath.motion_time import BLEND_MM, Move, Unit, rest_s, way_s
from nightmill.cam.toolpath.toolpath import (
    Arc,
    Begin,
    Block,
    Coolant,
    Cycle,
    CycleKind,
    End,
    Line,
    Rapid,
    Remark,
    Retract,
    Spindle,
    SpindleOff,
    ToolChange,
    Toolpath,
)
from nightmill.vocabulary.plan import CuttingData, Tool

APPROACH_FEED_MM_MIN = 3000.0
SAME_MM = 5e-5
"""Half of the last decimal place of a coordinate."""
HOME_MM = 500.0
"""How far above the piece the tool is changed, for the planner's own time estimate, as in ``verification``."""
PECK_RETRACT_MM = 0.254
"""How far LinuxCNC's peck cycles step back (interp_cycles.cc: 0.010 inch)."""


@dataclass(frozen=True)
class Peck:
    """A drill's pecks: the depth of each (0: all at once), and whether chips are broken or carried ``out`` after each."""

    step_mm: float = 0.0
    out: bool = False


@dataclass(frozen=True)
class Round:
    """The path of a thread mill's axis: radius and pitch, mm."""

    radius_mm: float
    pitch_mm: float


@dataclass(frozen=True)
class ToolWork:
    """Work of one tool in a program: its data, the faces it finished, first and last block (counted from 1), and seconds."""

    tool: Tool
    data: CuttingData
    faces: tuple[int, ...]
    block_from: int
    block_to: int
    time_s: float


def change_over_s(machine: Machine) -> float:
    """Return the seconds for a tool change, including the moves up and back down."""
    way = rest_s(HOME_MM, machine.rapid_mm_min / 60.0, machine.accel_mm_s2)
    return machine.tool_change_s + 2 * way


class Program:
    """The blocks of one setup; tracks the tool's position and adds up the time."""

    CHANGES: ClassVar[tuple[str, ...]] = ("blocks", "time_s", "at", "_tool", "_last")

    def __init__(self, machine: Machine, title: Sequence[str], safe_z: float) -> None:
        self.machine = machine
        self.safe_z = safe_z
        self.blocks: list[Block] = [Remark(line) for line in title]
        self.blocks += [Begin("mill", BLEND_MM), Retract("Z")]
        self.time_s = 0.0
        self.at: tuple[float, float, float] | None = None
        self._tool: int | None = None
        self._last: tuple[Move, float] | None = None

    def load(self, tool: Tool, data: CuttingData, remark: str) -> None:
        """Change the tool; set length offset, spindle and coolant; set only a new spindle speed if the tool is already loaded."""
        self.blocks.append(Remark(remark))
        if self._tool != tool.number:
            if self._tool is not None:
                self.blocks += [Coolant(False), Retract("Z")]
                self.time_s += self._rapid_s(HOME_MM)
            self.blocks.append(ToolChange(tool.number, tool.name))
            self.at = None
            self._tool = tool.number
            self.time_s += self.machine.tool_change_s
        self.blocks += [Spindle(data.spindle_rpm), Coolant(True)]

    def over(self, x: float, y: float, height: float = math.inf) -> None:
        """Rapid to a position over everything: first up, and then across.

        After a tool change the tool moves across at the machine's zero, since any obstacles at the tool-change position are
        unknown, and then down to the safe height. ``height``: a height at which the path across is known to be clear; the
        safe height if that is lower.
        """
        z = min(height, self.safe_z)
        if self.at is None:
            z = self.safe_z
            self.blocks += [Rapid(x, y), Rapid(z=z)]
            self.time_s += self._rapid_s(HOME_MM)
        else:
            z = max(z, self.at[2])
            if z > self.at[2] + SAME_MM:
                self.blocks.append(Rapid(z=z))
                self.time_s += self._rapid_s(z - self.at[2])
            self.blocks.append(Rapid(x, y))
            self.time_s += self._rapid_s(math.hypot(x - self.at[0], y - self.at[1]))
        self.at = (x, y, z)

    def down(self, z: float) -> None:
        """Rapid straight up or down; the caller knows that the path is clear."""
        x, y, top = self.place()
        if abs(top - z) <= SAME_MM:
            return
        self.blocks.append(Rapid(z=z))
        self.time_s += self._rapid_s(abs(top - z))
        self.at = (x, y, z)

    def across(self, x: float, y: float) -> None:
        """Rapid straight across at one height; the caller knows that the path is clear."""
        hx, hy, z = self.place()
        if math.hypot(x - hx, y - hy) > SAME_MM:
            self.blocks.append(Rapid(x, y))
            self.time_s += self._rapid_s(math.hypot(x - hx, y - hy))
            self.at = (x, y, z)

    def feed(self, points: NDArray[np.float64] | Sequence[Sequence[float]], rate: float) -> None:
        """Cut straight through points of shape (n, 3)."""
        x, y, z = self.place()
        moves: list[Move] = []
        rows = points.tolist() if isinstance(points, np.ndarray) else points
        for px, py, pz in rows:
            if self._straight((x, y, z), (px, py, pz), rate):
                moves.append(_line((x, y, z), (px, py, pz)))
                x, y, z = float(px), float(py), float(pz)
        self.time_s += self._way_s(moves, rate)
        self.at = (x, y, z)

    def trace(self, curve: NDArray[np.float64], z: float, rate: float) -> None:
        """Cut at one height along a curve from ``arc_fitting.fitted``: rows (m, 5), arcs as G2 and G3."""
        x, y, now = self.place()
        moves: list[Move] = []
        for ex, ey, turn, cx, cy in curve.tolist():
            if turn == 0.0:
                if self._straight((x, y, now), (ex, ey, z), rate):
                    moves.append(_line((x, y, now), (ex, ey, z)))
                    x, y, now = ex, ey, z
                continue
            self.blocks.append(Arc(turn > 0, ex, cx - x, ey, cy - y, feed=rate))
            length, radius = arc_length(x - cx, y - cy, ex - cx, ey - cy, turn), math.hypot(x - cx, y - cy)
            ends = _tangent(x - cx, y - cy, turn), _tangent(ex - cx, ey - cy, turn)
            moves.append(Move(length, *ends, math.sqrt(self.machine.accel_mm_s2 * radius)))
            x, y, now = ex, ey, z
        self.time_s += self._way_s(moves, rate)
        self.at = (x, y, z)

    def _straight(
        self, start: tuple[float, float, float], end: tuple[float, float, float] | Sequence[float], rate: float
    ) -> bool:
        """Add a straight cut with the coordinates that change; return False if none do."""
        x, y, z = (now if abs(now - before) > SAME_MM else None for before, now in zip(start, end, strict=True))
        if x is None and y is None and z is None:
            return False
        self.blocks.append(Line(x, y, z, rate))
        return True

    def drill(self, place: tuple[float, float], clear: float, tip: float, rate: float, peck: Peck) -> None:
        """Add a drilling cycle at a position; the path over or across to it at height ``clear`` must be free; the cycle
        ends at ``clear``.
        """
        x, y, z = self.place()
        if z < clear:
            self.down(clear)
        self.time_s += self._rapid_s(math.hypot(place[0] - x, place[1] - y)) + self._rapid_s(max(z - clear, 0.0))
        depth = clear - tip
        times = math.ceil(depth / peck.step_mm) - 1 if peck.step_mm > 0 else 0
        kind: CycleKind = ("peck" if peck.out else "break_chips") if times else "drill"
        self.blocks.append(Cycle(kind, *place, clear, tip, rate, peck.step_mm if times else 0.0))
        back = depth / 2 if peck.out else PECK_RETRACT_MM
        self.time_s += depth / rate * 60.0 + times * 2 * self._rapid_s(back) + self._rapid_s(depth)
        self.at = (*place, clear)

    def feed_cycle(
        self,
        kind: CycleKind,
        place: tuple[float, float],
        clear: float,
        tip: float,
        rate: float,
        height: float = math.inf,
    ) -> None:
        """Add a cycle that feeds in and back out, for a reamer or a tap; ends at ``clear``.

        ``height``: see ``over``; no less than ``clear``.
        """
        self.over(*place, height)
        self.down(clear)
        self.blocks.append(Cycle(kind, *place, clear, tip, rate, to_start=True))
        self.time_s += 2 * (clear - tip) / rate * 60.0
        self.at = (*place, clear)

    def thread(
        self, place: tuple[float, float], clear: float, tip: float, way: Round, rate: float, height: float = math.inf
    ) -> None:
        """Mill a right-hand thread from ``tip`` up: half a turn in from the middle, one full turn, half a turn out (climb milling).

        ``rate`` is the feed of the tool's axis; the middle of the hole, where the tool goes down, must be free. ``height``:
        see ``over``.
        """
        x, y = place
        self.over(x, y, height)
        self.down(clear)
        self.down(tip)
        half, z = way.radius_mm / 2, tip
        turns = ((way.radius_mm, half, 0.25), (way.radius_mm, -way.radius_mm, 1.0), (0.0, -half, 0.25))
        for end, centre, share in turns:
            z += share * way.pitch_mm
            self.blocks.append(Arc(True, x + end, centre, y, 0.0, z, feed=rate))
        length = 2 * math.pi * (way.radius_mm + half)
        self.time_s += length / rate * 60.0
        self.at = (x, y, z)
        self.down(clear)

    def place(self) -> tuple[float, float, float]:
        """Return where the tool is; it must already have been brought over the piece."""
        if self.at is None:
            raise ValueError("Program: the tool must be moved over the piece before any other move")
        return self.at

    def finish(self) -> Toolpath:
        """Add the closing blocks, including the move up, and return the whole."""
        self.time_s += self._rapid_s(HOME_MM)
        self.blocks += [Coolant(False), SpindleOff(), Retract("Z"), End()]
        return Toolpath(tuple(self.blocks))

    def _rapid_s(self, distance: float) -> float:
        self._last = None
        return rest_s(abs(distance), self.machine.rapid_mm_min / 60.0, self.machine.accel_mm_s2)

    def _way_s(self, moves: list[Move], rate: float) -> float:
        if not moves:
            return 0.0
        speed, going_on = min(rate, self.machine.feed_max_mm_min) / 60.0, self._last
        self._last = moves[-1], speed
        return way_s(moves, speed, self.machine.accel_mm_s2, going_on)


def _line(start: tuple[float, float, float], end: Sequence[float]) -> Move:
    """Return a straight move."""
    dx, dy, dz = end[0] - start[0], end[1] - start[1], end[2] - start[2]
    length = math.sqrt(dx * dx + dy * dy + dz * dz)
    along = (dx / length, dy / length, dz / length)
    return Move(length, along, along)


def _tangent(x: float, y: float, turn: float) -> Unit:
    """Return the direction of an arc at a point relative to its centre, to the left if ``turn`` is positive."""
    size = math.copysign(math.hypot(x, y), turn)
    return (-y / size, x / size, 0.0)
