"""Find modelled threads: helical faces around an axis of the part, recognised by their points, regardless of the file's surface type."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightmill.cad.brep.face_records import OrientedFace
from nightmill.cad.brep.records import Face, ModelledThread

_POINTS = 25
_OFF_MM = 0.02
_LEAST_TURN = np.pi / 3  # minimum turn of one face: CAD systems split threads into half and quarter turns
_TURNS = 2.0  # minimum total turn of all faces of a thread: one turn of two flanks
_LEADS_MM = (0.15, 12.0)
_SAME = 0.02  # maximum difference between leads of one thread, as a fraction
_AXIS_MM = 0.01
_CREST_MM = 0.05
_AROUND_MM = 0.3


@dataclass(frozen=True)
class _Helix:
    face: int
    line: int
    lead_mm: float
    turn: float
    least_mm: float
    most_mm: float
    span_mm: tuple[float, float]


def modelled_threads(records: tuple[Face, ...], faces: list[OrientedFace]) -> tuple[ModelledThread, ...]:
    """Return the threads among faces that are neither plane nor round, searched around the axes of the part's cylinders and cones."""
    lines = _lines(records)
    found: list[_Helix] = []
    for record, face in zip(records, faces, strict=True):
        if record.surface == "other" and (helix := _helix(record, face, lines)) is not None:
            found.append(helix)
    threads = []
    while found:
        first = found[0]
        own = [
            h for h in found if h.line == first.line and abs(h.lead_mm - first.lead_mm) <= _SAME * abs(first.lead_mm)
        ]
        found = [h for h in found if h not in own]
        if sum(h.turn for h in own) < _TURNS * 2 * np.pi:
            continue
        origin, axis = lines[first.line]
        least, most = min(h.least_mm for h in own), max(h.most_mm for h in own)
        around = _around(records, origin, axis, least, most)
        walls = [face for face in around if abs((face.radius_mm or 0.0) - least) <= _CREST_MM]
        threads.append(
            ModelledThread(
                faces=tuple(h.face for h in own),
                walls=tuple(face.id for face in walls),
                inner=2 * sum(face.area_mm2 for face in around if face.hollow) > sum(face.area_mm2 for face in around),
                pitch_mm=round(abs(float(np.mean([h.lead_mm for h in own]))), 4),
                least_diameter_mm=2 * least,
                most_diameter_mm=2 * most,
                length_mm=float(np.ptp([h.span_mm for h in own])),
                walls_mm=float(np.ptp([_span(face, origin, axis) for face in walls])) if walls else 0.0,
                left_hand=first.lead_mm < 0,
            )
        )
    return tuple(threads)


def _lines(records: tuple[Face, ...]) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return the axes of round faces, each once: the point on the axis nearest to the model's origin, and the direction."""
    lines: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for record in records:
        if record.surface not in ("cylinder", "cone") or record.origin is None or record.axis is None:
            continue
        axis = np.array(record.axis)
        origin = np.array(record.origin) - axis * float(np.array(record.origin) @ axis)
        if not any(abs(axis @ b) > 1 - 1e-6 and np.linalg.norm(origin - a) < _AXIS_MM for a, b in lines):
            lines.append((origin, axis))
    return lines


def _helix(
    record: Face, face: OrientedFace, lines: list[tuple[NDArray[np.float64], NDArray[np.float64]]]
) -> _Helix | None:
    low_u, high_u, low_v, high_v = face.bounds()
    u, v = np.linspace(low_u, high_u, _POINTS), np.linspace(low_v, high_v, _POINTS)
    middles = [
        np.array([face.at(a, v[_POINTS // 2])[0] for a in u]),
        np.array([face.at(u[_POINTS // 2], b)[0] for b in v]),
    ]
    for number, (origin, axis) in enumerate(lines):
        for curve in middles:
            lead, turn = _wound(curve, origin, axis)
            if lead and turn >= _LEAST_TURN:
                grid = np.array([[face.at(a, b)[0] for b in v] for a in u])
                away = grid.reshape(-1, 3) - origin
                along = away @ axis
                radius = np.linalg.norm(away - np.outer(along, axis), axis=1)
                span = float(along.min()), float(along.max())
                return _Helix(record.id, number, lead, turn, float(radius.min()), float(radius.max()), span)
    return None


def _wound(points: NDArray[np.float64], origin: NDArray[np.float64], axis: NDArray[np.float64]) -> tuple[float, float]:
    """Return the lead in mm, negative for left-hand, and the turn in radians of points (n, 3) along a helix around a line.

    Returns zeros if the points aren't on a helix.
    """
    away = points - origin
    along = away @ axis
    flat = away - np.outer(along, axis)
    radius = np.linalg.norm(flat, axis=1)
    if float(np.ptp(radius)) > 2 * _OFF_MM or float(radius.min()) < _OFF_MM:
        return 0.0, 0.0
    across = flat[0] / radius[0]
    angle = np.unwrap(np.arctan2(flat @ np.cross(axis, across), flat @ across))
    turn = float(np.ptp(angle))
    if turn < 1e-3:
        return 0.0, 0.0
    rise, start = np.polyfit(angle, along, 1)
    lead = float(rise) * 2 * np.pi
    straight = float(np.abs(along - rise * angle - start).max()) <= _OFF_MM
    return (lead, turn) if straight and _LEADS_MM[0] <= abs(lead) <= _LEADS_MM[1] else (0.0, 0.0)


def _around(
    records: tuple[Face, ...], origin: NDArray[np.float64], axis: NDArray[np.float64], least: float, most: float
) -> list[Face]:
    """Return the cylinders around a line with a radius of about ``least`` to ``most`` mm: crests and roots of a thread."""
    found = []
    for record in records:
        if record.surface != "cylinder" or record.origin is None or record.axis is None or record.radius_mm is None:
            continue
        off = np.array(record.origin) - origin
        off -= axis * float(off @ axis)
        alike = abs(float(np.array(record.axis) @ axis)) > 1 - 1e-6 and float(np.linalg.norm(off)) < _AXIS_MM
        if alike and least - _AROUND_MM <= record.radius_mm <= most + _AROUND_MM:
            found.append(record)
    return found


def _span(face: Face, origin: NDArray[np.float64], axis: NDArray[np.float64]) -> tuple[float, float]:
    """Return where a cylinder around a line starts and ends along the line, mm."""
    low, high = face.span_mm or (0.0, 0.0)
    foot = float((np.array(face.origin) - origin) @ axis)
    turn = 1.0 if float(np.array(face.axis) @ axis) > 0 else -1.0
    return foot + turn * low, foot + turn * high
