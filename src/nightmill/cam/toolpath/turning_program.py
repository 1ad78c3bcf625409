"""Build the toolpath of a turning setup and keep track of its time.

Points are (z, x) with x the radius; feeds are per revolution. Chains of short chords that lie on one circle within
0.0008 mm become arcs.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nightmill.cam.geometry.arc_fitting import STRAIGHT, arc_length, fitted
from nightmill.cam.tooling.tool_library import Lathe
from nightmill.cam.toolpath.motion_time import BLEND_MM, rest_s
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
"""How far lines and arcs may be from the path."""


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
        z, x = self._here()
        for end_z, end_x, turn, centre_z, centre_x in fitted(path, ARC_MM).tolist():
            if turn == STRAIGHT:
                self.blocks.append(Line(end_x, z=end_z))
                length = math.hypot(end_z - z, end_x - x)
            else:
                self.blocks.append(Arc(turn > 0, end_x, centre_x - x, z=end_z, k=centre_z - z))
                length = arc_length(z - centre_z, x - centre_x, end_z - centre_z, end_x - centre_x, turn)
            self._spend(length, abs(x + end_x) / 2)
            z, x = end_z, end_x
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
            raise ValueError("TurningProgram: the tool must be moved to the piece before any cut")
        return self.at

    def _turns(self, length: float, pitch_mm: float) -> None:
        if self._data is None or self._constant:
            raise ValueError("TurningProgram: a thread needs a constant spindle speed, G97")
        self.time_s += length / (pitch_mm * self._data.spindle_rpm) * 60

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
        return rest_s(distance, self.lathe.rapid_mm_min / 60, self.lathe.accel_mm_s2)
