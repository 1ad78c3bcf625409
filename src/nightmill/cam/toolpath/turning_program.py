"""Build the toolpath of a turning setup and keep track of its time.

Points are (z, x) with x the radius; feeds are per revolution. Chains of short chords that lie on one circle within
0.0008 mm become arcs.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nightmill.cam.tooling.tool_library import Lathe
from nightmill.cam.toolpath.motion_time import BLEND_MM
from nightmill.cam.toolpath.toolpath import (
    Arc,
    Begin,
    Block,
    Coolant,
    End,
    FeedRate,
    Line,
    Rapid,
    Remark,
    Retract,
    Spindle,
    SpindleOff,
    Synchronised,
    ToolChange,
    Toolpath,
)
from nightmill.vocabulary.plan import CuttingData, Tool

Floats = NDArray[np.float64]
Point = tuple[float, float]

ARC_MM = 0.0008
_MOST_RADIUS_MM = 1000.0
_LEAST_CHORDS = 4


class TurningProgram:
    """The blocks of one turning setup; tracks the tool's position and adds up the time."""

    def __init__(self, lathe: Lathe, title: Sequence[str], safe_z: float) -> None:
        self.lathe = lathe
        self.safe_z = safe_z
        self.blocks: list[Block] = [Remark(line) for line in title]
        self.blocks += [Begin("turn", BLEND_MM), Retract("X"), Retract("Z")]
        self.time_s = 0.0
        self.at: Point | None = None
        self._tool: int | None = None
        self._data: CuttingData | None = None
        self._constant = True

    def load(self, tool: Tool, data: CuttingData, title: str, *, constant_speed: bool = True) -> None:
        """Change the tool at the home position; set length offset, spindle (G96 with its limit, or G97) and coolant."""
        self.blocks.append(Remark(title))
        if self._tool != tool.number:
            self.home()
            self.blocks.append(ToolChange(tool.number, tool.name))
            self._tool = tool.number
            self.time_s += self.lathe.tool_change_s
        fastest = self.lathe.spindle_rpm_max
        self.blocks.append(Spindle(fastest, data.vc_m_min) if constant_speed else Spindle(data.spindle_rpm))
        self.blocks += [Coolant(True), FeedRate(data.fz_mm)]
        self._data, self._constant = data, constant_speed

    def home(self) -> None:
        """Turn the coolant off and retract: X first if the tool is above the piece, Z first if it is on the axis side."""
        if self.at is not None:
            self.blocks += [Coolant(False), Retract("X"), Retract("Z")]
            self.time_s += 2 * self._rapid_s(200.0)
        self.at = None

    def rapid(self, *points: Point) -> None:
        """Rapid through points; the first move after a tool change starts at the home position."""
        for z, x in points:
            over = x if self.at is None or abs(x - self.at[1]) > 5e-5 else None
            along = z if self.at is None or abs(z - self.at[0]) > 5e-5 else None
            if over is not None or along is not None:
                self.blocks.append(Rapid(over, z=along))
                self.time_s += self._rapid_s(200.0 if self.at is None else math.dist((z, x), self.at))
            self.at = (z, x)

    def feed(self, points: Sequence[Point] | Floats) -> None:
        """Cut through points (n, 2), with chains on a circle as arcs."""
        path = np.vstack([np.array([self._here()]), np.asarray(points, dtype=np.float64).reshape(-1, 2)])
        path = np.vstack([path[:1], path[1:][np.linalg.norm(np.diff(path, axis=0), axis=1) > 1e-5]])
        index = 0
        while index < len(path) - 1:
            index = self._next(path, index)
        if len(path) > 1:
            self.at = (float(path[-1, 0]), float(path[-1, 1]))

    def synchronised(self, z: float, pitch_mm: float) -> None:
        """Cut along Z to ``z``, one pitch per revolution of the spindle, which runs at constant speed (G97)."""
        self._turns(abs(z - self._here()[0]), pitch_mm)
        self.blocks.append(Synchronised(z, pitch_mm))
        self.at = (z, self._here()[1])

    def tap(self, z: float, pitch_mm: float) -> None:
        """Tap down to ``z`` and, with the spindle reversed, back to where the tap started."""
        self._turns(2 * abs(z - self._here()[0]), pitch_mm)
        self.blocks.append(Synchronised(z, pitch_mm, tap=True))

    def _here(self) -> Point:
        if self.at is None:
            raise ValueError("TurningProgram: a cut before the tool was brought to the piece")
        return self.at

    def _turns(self, length: float, pitch_mm: float) -> None:
        if self._data is None or self._constant:
            raise ValueError("TurningProgram: a thread needs a constant spindle speed, G97")
        self.time_s += length / (pitch_mm * self._data.spindle_rpm) * 60

    def _next(self, path: Floats, index: int) -> int:
        """Add the longest arc, or the longest straight line, that starts at ``index``; return where it ends."""
        end, center = _arc_from(path, index)
        target = path[end]
        start = path[index]
        z, x = float(target[0]), float(target[1])
        if center is None:
            self.blocks.append(Line(x, z=z))
            length = float(np.linalg.norm(target - start))
        else:
            a, b = start - center, path[index + 1] - center
            i, k = float(center[1] - start[1]), float(center[0] - start[0])
            self.blocks.append(Arc(bool(a[0] * b[1] - a[1] * b[0] > 0), x, i, z=z, k=k))
            length = float(np.linalg.norm(np.diff(path[index : end + 1], axis=0), axis=1).sum())
        self._spend(length, abs(float(start[1] + target[1])) / 2)
        return end

    def _spend(self, length: float, radius: float) -> None:
        assert self._data is not None
        rpm = self._data.spindle_rpm
        if self._constant:
            rpm = min(self.lathe.spindle_rpm_max, self._data.vc_m_min * 1000 / (2 * math.pi * max(radius, 0.01)))
        self.time_s += length / max(1.0, self._data.fz_mm * rpm) * 60

    def finish(self) -> Toolpath:
        """Add the closing blocks and return the whole."""
        self.home()
        self.blocks += [SpindleOff(), End()]
        return Toolpath(tuple(self.blocks))

    def _rapid_s(self, distance: float) -> float:
        v, a = self.lathe.rapid_mm_min / 60, self.lathe.accel_mm_s2
        return 2 * math.sqrt(distance / a) if distance < v * v / a else distance / v + v / a


def _arc_from(path: Floats, index: int) -> tuple[int, Floats | None]:
    """Return how far one straight line or arc from ``index`` follows the path, and the arc's centre."""
    line = index + 1
    while line + 1 < len(path) and _off_line(path[index : line + 2]) < ARC_MM / 4:
        line += 1
    best, center = line, None
    end = index + _LEAST_CHORDS
    while end < len(path):
        found = _circle(path[index : end + 1])
        if found is None:
            break
        best, center = end, found
        end += 1
    return (best, center) if center is not None and best > line else (line, None)


def _off_line(points: Floats) -> float:
    way = points[-1] - points[0]
    length = float(np.linalg.norm(way))
    if length < 1e-9:
        return math.inf
    away = points - points[0]
    if (np.diff(away @ way) < 0).any():
        return math.inf
    return float(np.abs(away[:, 0] * way[1] - away[:, 1] * way[0]).max()) / length


def _circle(points: Floats) -> Floats | None:
    """Return the centre of a circle within ``ARC_MM`` of all points and chords, with a sweep of less than half a turn; None
    if there is none.
    """
    a, b, c = points[0], points[len(points) // 2], points[-1]
    p, q = b - a, c - a
    cross = 2 * (p[0] * q[1] - p[1] * q[0])
    if abs(cross) < 1e-9:
        return None
    center = a + np.array([q[1] * (p @ p) - p[1] * (q @ q), p[0] * (q @ q) - q[0] * (p @ p)]) / cross
    radius = float(np.linalg.norm(a - center))
    if radius > _MOST_RADIUS_MM:
        return None
    spokes = points - center
    turn = spokes[:-1, 0] * spokes[1:, 1] - spokes[:-1, 1] * spokes[1:, 0]
    chord = np.linalg.norm(np.diff(points, axis=0), axis=1)
    sag = chord**2 / (8 * radius)
    off = np.abs(np.linalg.norm(spokes, axis=1) - radius).max() + sag.max()
    one_way = (turn > 0).all() or (turn < 0).all()
    sweep = float(np.arcsin(np.clip(np.abs(turn) / radius**2, 0, 1)).sum())
    return center if off < ARC_MM and one_way and sweep < 0.95 * math.pi else None
