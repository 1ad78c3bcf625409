"""Measure inner corners, slots and bores along the tool axis: how wide a mill fits, and how deep it must reach."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightmill.cad import Face, PartModel

ROUND_DEG, ROUND_ROOM_MM = 170.0, 0.1
"""From this sweep on, a hollow is a slot's end or a bore: a mill of the exact width doesn't go in, but a mill thinner by
this amount does.
"""

SAME_MM = 0.002


@dataclass(frozen=True)
class Inner:
    """An inner corner, slot or bore: the diameter that just fits, and the depth below the top of the piece, mm."""

    width_mm: float
    depth_mm: float


def inner_of(part: PartModel, matrix: NDArray[np.float64], faces: frozenset[int], top: float) -> tuple[Inner, ...]:
    """Return the requirements of the hollow cylinders along the work Z axis among ``faces``, for a piece that reaches up to ``top``."""
    found: dict[float, float] = {}
    rounds = [each for face in part.faces if face.id in faces and (each := _round_of(face, matrix)) is not None]
    for own in rounds:
        around = sum(each.sweep_deg for each in rounds if own.shares_wall(each))
        room = ROUND_ROOM_MM if around > ROUND_DEG else 0.0
        width = round(2 * own.radius - room, 4)
        found[width] = max(top - own.low, found.get(width, 0.0))
    return tuple(Inner(width, depth) for width, depth in sorted(found.items(), reverse=True))


@dataclass(frozen=True)
class _Round:
    """A hollow cylinder along the work Z axis: position of its axis, radius, span (mm) and sweep."""

    x: float
    y: float
    radius: float
    low: float
    high: float
    sweep_deg: float

    def shares_wall(self, other: "_Round") -> bool:
        """Return whether two faces are on one cylinder with a height in common: the end of a slot is often two quarter cylinders."""
        apart = max(abs(self.x - other.x), abs(self.y - other.y), abs(self.radius - other.radius))
        return apart < SAME_MM and min(self.high, other.high) - max(self.low, other.low) > SAME_MM


def _round_of(face: Face, matrix: NDArray[np.float64]) -> _Round | None:
    if face.surface != "cylinder" or not face.hollow or not face.radius_mm:
        return None
    if face.axis is None or face.origin is None or face.span_mm is None:
        return None
    rise = float((matrix[:3, :3] @ np.array(face.axis))[2])
    if abs(rise) < 1 - 1e-7:
        return None
    x, y, base = (float(v) for v in matrix[:3, :3] @ np.array(face.origin) + matrix[:3, 3])
    low, high = sorted(base + rise * s for s in face.span_mm)
    return _Round(x, y, face.radius_mm, low, high, face.sweep_deg or 360.0)
