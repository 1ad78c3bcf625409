"""Programmable frames of a Sinumerik: TRANS, ATRANS, ROT and AROT.

Source: SINUMERIK 840D sl Fundamentals (6FC5398-1BP40), "Coordinate transformations (frames)". TRANS and ROT replace the
whole programmable frame, or clear it if no value is given; ATRANS and AROT add to it. ``RPL`` rotates in the plane; ROT
X Y Z rotates about Z, then about the new Y, then about the new X (RPY, the default of MD10600).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FRAMES = frozenset({"TRANS", "ATRANS", "ROT", "AROT"})
SAME = 1e-12


@dataclass(frozen=True)
class Frame:
    """Position of program coordinates in work coordinates: rotation ``turn`` (3, 3), then ``shift`` (3,) in mm."""

    turn: Floats
    shift: Floats

    def work(self, point: list[float]) -> list[float]:
        """Convert a point from program to work coordinates."""
        if self.plain:
            return list(point)
        return [float(value) for value in self.turn @ np.asarray(point) + self.shift]

    def program(self, point: list[float]) -> list[float]:
        """Convert a point from work to program coordinates."""
        if self.plain:
            return list(point)
        return [float(value) for value in self.turn.T @ (np.asarray(point) - self.shift)]

    @property
    def plain(self) -> bool:
        """Return whether program and work coordinates are the same."""
        return not self.shift.any() and bool((self.turn == np.eye(3)).all())

    def keeps(self, axis: int) -> bool:
        """Return whether an axis has the same direction in both coordinate systems, so that an arc around it remains such an arc."""
        return abs(float(self.turn[axis, axis]) - 1.0) < SAME


NO_FRAME = Frame(np.eye(3), np.zeros(3))


def framed(frame: Frame, name: str, values: Mapping[str, float], normal: int) -> Frame:
    """Return the frame after TRANS, ATRANS, ROT or AROT with ``values`` by axis letter or RPL; ``normal``: the axis across the plane.

    Raises ``ValueError`` for a value that the instruction doesn't accept.
    """
    allowed = {"X", "Y", "Z"} | ({"RPL"} if name.endswith("ROT") else set())
    if not set(values) <= allowed or ("RPL" in values and len(values) > 1):
        raise ValueError(f"{name} with {' '.join(sorted(values))}")
    if name.endswith("TRANS"):
        step = Frame(np.eye(3), np.array([values.get(axis, 0.0) for axis in "XYZ"]))
    elif "RPL" in values:
        step = Frame(_about(normal, values["RPL"]), np.zeros(3))
    else:
        turn = _about(2, values.get("Z", 0.0)) @ _about(1, values.get("Y", 0.0)) @ _about(0, values.get("X", 0.0))
        step = Frame(turn, np.zeros(3))
    if not name.startswith("A"):
        return step
    return Frame(frame.turn @ step.turn, frame.turn @ step.shift + frame.shift)


def _about(axis: int, angle_deg: float) -> Floats:
    """Return the rotation matrix (3, 3) about an axis; quarter turns are exact."""
    quarters = angle_deg / 90.0
    if quarters == round(quarters):
        c, s = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[round(quarters) % 4]
    else:
        c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    turn = np.eye(3)
    a, b = (axis + 1) % 3, (axis + 2) % 3
    turn[a, a] = turn[b, b] = c
    turn[a, b], turn[b, a] = -s, s
    return turn
