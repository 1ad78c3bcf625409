"""Handle mirrored placements: the kernel turns a left-handed placement into a right-handed one, which makes the wrong part.

STEP places a shape by a ``MAPPED_ITEM`` with a ``CARTESIAN_TRANSFORMATION_OPERATOR_3D`` (ISO 10303-42), whose three axes
may be left-handed. The kernel keeps the first and the third axis and uses their product as the second.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightmill.cad.step.part21 import Part21, Record, Ref

_OPERATOR = "CARTESIAN_TRANSFORMATION_OPERATOR_3D"


@dataclass(frozen=True)
class Mirror:
    """A mirror plane: a point in the file's length unit, and the unit normal."""

    point: NDArray[np.float64]
    normal: NDArray[np.float64]


def mirrors(text: Part21) -> tuple[Mirror, ...]:
    """Return, for each left-handed placement in the file, the plane at which to mirror the kernel's result."""
    found = []
    for item in text.of("MAPPED_ITEM"):
        record = text.record(item, "MAPPED_ITEM")
        operator = text.record(record.ref(2), _OPERATOR) if record else None
        mirror = _mirror(text, operator) if operator else None
        if mirror:
            found.append(mirror)
    return tuple(found)


def _mirror(text: Part21, operator: Record) -> Mirror | None:
    # name, (description, in newer schemas), axis1, axis2, local origin, scale, axis3: the scale is second to last
    places = [place for place, value in enumerate(operator.parameters) if isinstance(value, Ref)]
    if len(places) < 4:
        return None
    first, second, origin, third = (operator.ref(place) for place in (*places[:3], places[-1]))
    x, y, z = (_vector(text, number, "DIRECTION") for number in (first, second, third))
    point = _vector(text, origin, "CARTESIAN_POINT")
    if x is None or y is None or z is None or point is None or float(np.cross(x, y) @ z) >= 0:
        return None
    normal = np.cross(z, x)
    return Mirror(point, normal / np.linalg.norm(normal))


def _vector(text: Part21, number: int | None, keyword: str) -> NDArray[np.float64] | None:
    record = text.record(number, keyword)
    values = record.at(1) if record else None
    if not isinstance(values, list) or len(values) != 3 or not all(isinstance(value, float) for value in values):
        return None
    return np.array(values, dtype=float)
