"""Patterns: features of one kind and size that look the same way, on a line, on a circle, or anywhere.

Each member carries ``pattern`` (the number of its pattern) and ``pattern_count``; ``pattern_pitch_mm`` where all stand
in one row at equal distances, ``pattern_circle_mm`` (a diameter) where three or more stand on one circle at equal angles.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.design.part import Feature

_PLACES = ("x", "y", "z")
_EVEN = 1e-3  # mm, and as a share of the angle between neighbours


def with_patterns(features: Sequence[Feature]) -> tuple[Feature, ...]:
    """The same features in the same order, members of a pattern marked as such. Only holes have a place, so only they do."""
    groups: dict[object, list[int]] = {}
    for place, feature in enumerate(features):
        if feature.axis and all(name in feature.parameters for name in _PLACES):
            size = tuple(
                (name, round(value, 3)) for name, value in sorted(feature.parameters.items()) if name not in _PLACES
            )
            way = tuple(round(part, 3) + 0.0 for part in feature.axis)
            groups.setdefault((feature.kind, size, way), []).append(place)
    found = list(features)
    for number, members in enumerate(group for group in groups.values() if len(group) > 1):
        points = np.array([[features[place].parameters[name] for name in _PLACES] for place in members])
        marks = {"pattern": float(number), "pattern_count": float(len(members)), **_layout(points)}
        for place in members:
            found[place] = msgspec.structs.replace(features[place], parameters={**features[place].parameters, **marks})
    return tuple(found)


def _layout(points: NDArray[np.float64]) -> dict[str, float]:
    along = points[np.argsort((points - points[0]) @ (points[-1] - points[0]))] if len(points) > 1 else points
    steps = np.diff(along, axis=0)
    if len(steps) and np.abs(steps - steps[0]).max() < _EVEN:
        return {"pattern_pitch_mm": float(np.linalg.norm(steps[0]))}
    if len(points) < 3:
        return {}
    middle = points.mean(axis=0)
    spokes = points - middle
    radii = np.linalg.norm(spokes, axis=1)
    if np.ptp(radii) > _EVEN or radii.mean() < _EVEN:
        return {}
    # equal angles: the chords between neighbours on the circle are equal
    _, _, frame = np.linalg.svd(spokes)
    turn = np.sort(np.arctan2(spokes @ frame[1], spokes @ frame[0]))
    gaps = np.diff(np.append(turn, turn[0] + 2 * np.pi))
    even = bool(np.abs(gaps - 2 * np.pi / len(points)).max() < _EVEN)
    flat = bool(np.abs(spokes @ frame[2]).max() < _EVEN)
    return {"pattern_circle_mm": 2 * float(radii.mean())} if even and flat else {}
