"""Find patterns: features with the same kind, size and direction in a row, in a grid, or on a circle.

Each member has ``pattern`` (the number of its pattern) and ``pattern_count``, and depending on the layout: an evenly spaced row has
``pattern_pitch_mm``; a grid ``pattern_rows``, ``pattern_columns``, ``pattern_pitch_mm`` and ``pattern_pitch_across_mm``; a circle of three
or more at equal angles has ``pattern_circle_mm`` (a diameter). Features of the same kind and level that fit no single layout are split,
the largest layout first; the remaining features are a pattern without a layout.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.cad.brep.records import Feature

_PLACES = ("x", "y", "z")
_EVEN = 1e-3  # mm
_ROUND = 3
_MOST = 500  # number of features of the same size beyond which only complete layouts are tried
_CIRCLES = (24, 20, 18, 16, 12, 10, 9, 8, 7, 6, 5, 4)
_NEAREST = 6
Points = NDArray[np.float64]


@dataclass(frozen=True)
class _Layout:
    """Indices of the members within their group, and the parameters that describe their arrangement."""

    members: tuple[int, ...]
    parameters: dict[str, float]


def with_patterns(features: Sequence[Feature]) -> tuple[Feature, ...]:
    """Return the same features in the same order, with members of a pattern marked. Only features with a position can be in a pattern."""
    groups: dict[object, list[int]] = {}
    for place, feature in enumerate(features):
        if feature.axis and all(name in feature.parameters for name in _PLACES):
            size = tuple(
                (name, round(value, _ROUND))
                for name, value in sorted(feature.parameters.items())
                if name not in _PLACES
            )
            way = tuple(round(part, _ROUND) + 0.0 for part in feature.axis)
            level = round(
                sum(feature.parameters[name] * part for name, part in zip(_PLACES, feature.axis, strict=True)), 2
            )
            groups.setdefault((feature.kind, size, way, level + 0.0), []).append(place)
    found, number = list(features), 0
    for members in groups.values():
        if len(members) < 2:
            continue
        points = np.array([[features[place].parameters[name] for name in _PLACES] for place in members])
        for layout in _layouts(_flat(points, np.array(features[members[0]].axis))):
            marks = {"pattern": float(number), "pattern_count": float(len(layout.members)), **layout.parameters}
            number += 1
            for place in (members[index] for index in layout.members):
                parameters = {**features[place].parameters, **marks}
                found[place] = msgspec.structs.replace(features[place], parameters=parameters)
    return tuple(found)


def _flat(points: Points, axis: Points) -> Points:
    """Return the points (n, 2) as seen along the axis, keeping the part's own directions if the axis is one of them."""
    y = np.eye(3)[(int(np.argmax(np.abs(axis))) + 2) % 3]
    x = np.cross(y, axis)
    x = x / np.linalg.norm(x)
    return np.column_stack([points @ x, points @ np.cross(axis, x)])


def _layouts(points: Points) -> list[_Layout]:
    left = list(range(len(points)))
    found: list[_Layout] = []
    while len(left) > 1:
        whole = _whole(points[left])
        best = _Layout(tuple(range(len(left))), whole or {})
        if whole is None and len(left) <= _MOST:
            best = max(_parts(points[left]), key=lambda part: len(part.members), default=best)
        found.append(_Layout(tuple(left[place] for place in best.members), best.parameters))
        left = [number for place, number in enumerate(left) if place not in set(best.members)]
    return found


def _whole(points: Points) -> dict[str, float] | None:
    """Return the layout of all points, or None if no single layout fits."""
    found = _row(points) or {}
    if not found:
        found = {**(_grid(points) or {}), **(_circle(points) or {})}
    return found or None


def _row(points: Points) -> dict[str, float] | None:
    away = points - points[int(np.argmin(points @ np.array([1.0, 1e-3])))]
    far = away[int(np.argmax(np.linalg.norm(away, axis=1)))]
    steps = np.diff(away[np.argsort(away @ far)], axis=0)
    even = bool(np.abs(steps - steps[0]).max() < _EVEN)
    return {"pattern_pitch_mm": float(np.linalg.norm(steps[0]))} if even else None


def _circle(points: Points) -> dict[str, float] | None:
    if len(points) < 3:
        return None
    spokes = points - points.mean(axis=0)
    radii = np.linalg.norm(spokes, axis=1)
    if np.ptp(radii) > _EVEN or radii.mean() < _EVEN:
        return None
    turn = np.sort(np.arctan2(spokes[:, 1], spokes[:, 0]))
    gaps = np.diff(np.append(turn, turn[0] + 2 * np.pi))
    even = float(np.abs(gaps - 2 * np.pi / len(points)).max() * radii.mean()) < 2 * _EVEN
    return {"pattern_circle_mm": 2 * float(radii.mean())} if even else None


def _grid(points: Points) -> dict[str, float] | None:
    """Return rows and columns at right angles, regardless of the grid's rotation."""
    if len(points) < 4:
        return None
    corner = int(np.argmin(points @ np.array([1.0, 1e-3])))
    for along, across in _steps(points, corner):
        members, shape = _filled(points, corner, along, across)
        if len(members) == len(points):
            return _grid_parameters(shape, along, across)
    return None


def _grid_parameters(shape: tuple[int, int], along: Points, across: Points) -> dict[str, float]:
    return {
        "pattern_columns": float(shape[0]),
        "pattern_rows": float(shape[1]),
        "pattern_pitch_mm": float(np.linalg.norm(along)),
        "pattern_pitch_across_mm": float(np.linalg.norm(across)),
    }


def _steps(points: Points, start: int) -> Iterator[tuple[Points, Points]]:
    """Return pairs of steps at right angles from one point to others near it, in the four possible orientations of each pair."""
    away = points - points[start]
    order = np.argsort(np.linalg.norm(away, axis=1), kind="stable")[1 : 4 * _NEAREST]
    for first in order[:_NEAREST]:
        square = [
            other for other in order if abs(float(away[first] @ away[other])) < _EVEN * np.linalg.norm(away[other])
        ]
        if square:
            yield away[first], away[square[0]]


def _filled(points: Points, start: int, along: Points, across: Points) -> tuple[tuple[int, ...], tuple[int, int]]:
    """Return the largest full grid that grows from a point by two steps: its members, and the number of columns and rows."""
    known = {_key(point): place for place, point in enumerate(points)}
    rows: list[list[int]] = []
    while True:
        row: list[int] = []
        while (place := known.get(_key(points[start] + len(row) * along + len(rows) * across))) is not None:
            row.append(place)
        if not row:
            break
        rows.append(row)
    shapes = [(min(len(row) for row in rows[: count + 1]), count + 1) for count in range(len(rows))]
    columns, count = max(shapes, key=lambda shape: shape[0] * shape[1])
    return tuple(place for row in rows[:count] for place in row[:columns]), (columns, count)


def _key(point: Points) -> tuple[int, int]:
    return round(float(point[0]) / (5 * _EVEN)), round(float(point[1]) / (5 * _EVEN))


def _parts(points: Points) -> Iterator[_Layout]:
    """Return layouts of some of the points: circles of four or more, grids of two by three or more, rows of three or more."""
    known = {_key(point): place for place, point in enumerate(points)}
    for first, second, count in _corners(points):
        chord = points[second] - points[first]
        members = _polygon(known, points[first], chord, count)
        if members and members[0] == min(members):
            yield _Layout(members, {"pattern_circle_mm": float(np.linalg.norm(chord)) / math.sin(math.pi / count)})
    for start in range(len(points)):
        for along, across in _steps(points, start):
            members, shape = _filled(points, start, along, across)
            if min(shape) > 1 and len(members) > 4:
                yield _Layout(members, _grid_parameters(shape, along, across))
            elif shape[0] > 2 and shape[1] == 1:
                yield _Layout(members, {"pattern_pitch_mm": float(np.linalg.norm(along))})


def _corners(points: Points) -> Iterator[tuple[int, int, int]]:
    """Return pairs of points, and counts, for which the third corner of the regular polygon is a point as well."""
    from scipy.spatial import cKDTree

    first, second = (index.reshape(-1) for index in np.indices((len(points), len(points))))
    first, second = first[first != second], second[first != second]
    chords = points[second] - points[first]
    tree = cKDTree(points)
    for count in _CIRCLES:
        turn = 2 * math.pi / count
        spin = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        gap, _ = tree.query(points[second] + chords @ spin.T, distance_upper_bound=5 * _EVEN)
        for place in np.flatnonzero(np.isfinite(gap)):
            yield int(first[place]), int(second[place]), count


def _polygon(known: dict[tuple[int, int], int], at: Points, chord: Points, count: int) -> tuple[int, ...]:
    """Return the corners of the regular polygon with this side if all of them are known points; else none."""
    turn = 2 * math.pi / count
    spin = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    members: list[int] = []
    for _ in range(count):
        place = known.get(_key(at))
        if place is None:
            return ()
        members.append(place)
        at, chord = at + chord, spin @ chord
    return tuple(members)
