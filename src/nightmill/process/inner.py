"""Inner corners, slots and bores along the tool axis: how wide a mill they let in, and how deep it must get."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightmill.design import PartModel

ROUND_DEG, ROUND_ROOM_MM = 170.0, 0.1
"""From this sweep on a hollow is a slot's end or a bore: a mill of its own width does not go in, one thinner by this does."""


@dataclass(frozen=True)
class Inner:
    """An inner corner, slot or bore: the diameter that just fits, and how far below the top of the piece it goes, mm."""

    width_mm: float
    depth_mm: float


def inner_of(part: PartModel, matrix: NDArray[np.float64], faces: frozenset[int], top: float) -> tuple[Inner, ...]:
    """What the hollow cylinders along the work Z axis among ``faces`` ask for, below a piece that reaches up to ``top``."""
    found: dict[float, float] = {}
    for face in part.faces:
        if face.id not in faces or face.surface != "cylinder" or not face.hollow or not face.radius_mm:
            continue
        if face.axis is None or face.origin is None or face.span_mm is None:
            continue
        rise = float((matrix[:3, :3] @ np.array(face.axis))[2])
        if abs(rise) < 1 - 1e-7:
            continue
        base = float((matrix[:3, :3] @ np.array(face.origin) + matrix[:3, 3])[2])
        room = ROUND_ROOM_MM if (face.sweep_deg or 360.0) > ROUND_DEG else 0.0
        width = round(2 * face.radius_mm - room, 4)
        depth = top - min(base + rise * s for s in face.span_mm)
        found[width] = max(depth, found.get(width, 0.0))
    return tuple(Inner(width, depth) for width, depth in sorted(found.items(), reverse=True))
