"""Compare a drawing with the model of its part: every size must match a feature of the model, and every hole a callout.

Requirements that can't be seen in a model (roughness, geometric tolerances, datums) remain ``unchecked``.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import combinations

import msgspec

from nightmill.cad import Face, PartModel
from nightmill.intake import Asked, Drawing, Question

NEAR_MM, NEAR_DEG = 0.006, 0.02
PARALLEL = 1e-4
CHECKED_SURE, DOUBTED_SURE = 0.99, 0.3
WHOLE_TURN_DEG = 340.0
_SIZES = {"diameter", "counterbore", "thread", "radius", "length", "square", "angle", "chamfer", "countersink"}


class Round(msgspec.Struct, frozen=True):
    """The cylindrical faces with one radius around one axis."""

    diameter_mm: float
    hollow: bool
    sweep_deg: float
    length_mm: float
    faces: tuple[int, ...]


def held_against(drawing: Drawing, part: PartModel) -> Drawing:
    """Return ``drawing`` with each size looked up in ``part``: matched sizes get their faces, unmatched sizes a flag and a question."""
    rounds = rounds_of(part.faces)
    spans = _Spans(part)
    checked: list[Asked] = []
    asked_more: list[Question] = []
    for asked in drawing.requirements:
        result = _checked(asked, rounds, spans, part) if asked.kind in _SIZES else asked
        checked.append(result)
        new = result.flags[len(asked.flags) :]
        asked_more += [Question(f"requirement {asked.id}", f"{asked.words!r}: {why}.", "implausible") for why in new]
    asked_more += _gaps(checked, rounds)
    return msgspec.structs.replace(drawing, requirements=tuple(checked), questions=(*drawing.questions, *asked_more))


def rounds_of(faces: Iterable[Face]) -> list[Round]:
    """Group cylindrical faces that share a radius and an axis."""
    groups: list[list[Face]] = []
    for face in faces:
        if face.surface != "cylinder" or face.radius_mm is None or face.axis is None or face.origin is None:
            continue
        mine = next((group for group in groups if _coaxial(group[0], face)), None)
        if mine is None:
            groups.append([face])
        else:
            mine.append(face)
    made = []
    for group in groups:
        spans = [face.span_mm for face in group if face.span_mm]
        length = max((abs(b - a) for a, b in spans), default=0.0)
        sweep = sum(face.sweep_deg or 0.0 for face in group)
        made.append(Round(2 * (group[0].radius_mm or 0.0), group[0].hollow, sweep, length, tuple(f.id for f in group)))
    return made


def _coaxial(a: Face, b: Face) -> bool:
    if a.hollow != b.hollow or abs((a.radius_mm or 0) - (b.radius_mm or 0)) > NEAR_MM:
        return False
    axis, other = a.axis or (0, 0, 1), b.axis or (0, 0, 1)
    if 1 - abs(_dot(axis, other)) > PARALLEL:
        return False
    between = tuple(q - p for p, q in zip(a.origin or (0, 0, 0), b.origin or (0, 0, 0), strict=True))
    along = _dot(between, axis)
    return math.sqrt(max(0.0, _dot(between, between) - along * along)) < NEAR_MM


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(p * q for p, q in zip(a, b, strict=True))


def _fits(asked: Asked, size: float, near: float = NEAR_MM) -> bool:
    """Return whether a model's ``size`` equals the nominal size or is within the limits."""
    if asked.nominal is not None and abs(size - asked.nominal) <= near:
        return True
    low, high = asked.lower, asked.upper
    return low is not None and high is not None and low - near <= size <= high + near


def _checked(asked: Asked, rounds: list[Round], spans: "_Spans", part: PartModel) -> Asked:
    if asked.kind in ("diameter", "counterbore", "thread", "radius"):
        return _round_checked(asked, rounds, part)
    if asked.kind == "angle":
        faces = spans.angle(asked)
    elif asked.kind == "chamfer":
        faces = _chamfers(asked, part)
    elif asked.kind == "countersink":
        faces = _sinks(asked, part)
    else:
        faces = spans.length(asked)
        if faces is None and asked.kind == "length":
            faces = next((each.faces for each in rounds if _fits(asked, each.diameter_mm)), None)
    return _with_faces(asked, faces)


def _with_faces(asked: Asked, faces: tuple[int, ...] | None) -> Asked:
    if faces is None:
        flag = f"the model has no such {asked.kind}"
        sure = min(asked.confidence, DOUBTED_SURE)
        return msgspec.structs.replace(asked, check="not_found", flags=(*asked.flags, flag), confidence=sure)
    sure = asked.confidence if asked.flags else max(asked.confidence, CHECKED_SURE)
    return msgspec.structs.replace(asked, check="found", faces=faces, confidence=sure)


def _round_checked(asked: Asked, rounds: list[Round], part: PartModel) -> Asked:
    found = [each for each in rounds if _is_asked(asked, each)]
    if asked.kind == "radius":
        faces = tuple(face for each in found for face in each.faces)
        others = [
            face.id for face in part.faces if face.surface in ("torus", "sphere") and _fits(asked, face.radius_mm or -1)
        ]
        return _with_faces(asked, (*faces, *others) or None)
    if not found:
        return _with_faces(asked, _pitch_circle(asked, part))
    asked = _with_faces(asked, tuple(face for each in found for face in each.faces))
    flags: list[str] = []
    if asked.count > 1 and len(found) != asked.count:
        flags.append(f"the drawing requires {asked.count}, the model has {len(found)}")
    deep = asked.depth is not None and asked.kind == "diameter" and not asked.through
    if deep and not any(abs(each.length_mm - (asked.depth or 0)) < 0.05 for each in found):
        lengths = ", ".join(sorted({f"{each.length_mm:g}" for each in found}))
        flags.append(f"the drawing requires a depth of {asked.depth:g}, the model has {lengths}")
    if flags:
        asked = msgspec.structs.replace(asked, flags=(*asked.flags, *flags), confidence=min(asked.confidence, 0.5))
    return asked


def _is_asked(asked: Asked, each: Round) -> bool:
    if asked.kind == "radius":
        half = msgspec.structs.replace(each, diameter_mm=each.diameter_mm / 2)
        return _fits(asked, half.diameter_mm)
    if asked.kind == "thread":
        nominal, pitch = asked.nominal or 0.0, asked.pitch or 0.0
        if abs(each.diameter_mm - nominal) < 0.02 + 0.1 * pitch:
            return True
        # ISO 724 and DIN 336: minor diameters are between d - 1.3 P and d - 0.8 P; pipe threads are named after the bore of a pipe, not
        # after their own size
        core = nominal - 1.35 * pitch <= each.diameter_mm <= nominal - 0.75 * pitch
        return each.hollow and (core if pitch else nominal <= each.diameter_mm <= 1.9 * nominal + 4)
    return _fits(asked, each.diameter_mm)


def _pitch_circle(asked: Asked, part: PartModel) -> tuple[int, ...] | None:
    """Return the faces of equal holes whose axes lie on one circle."""
    if asked.kind != "diameter" or asked.nominal is None:
        return None
    holes = [face for face in part.faces if face.surface == "cylinder" and face.hollow and face.origin and face.axis]
    for first, second in combinations(holes, 2):
        if 1 - abs(_dot(first.axis or (), second.axis or ())) > PARALLEL or first.radius_mm != second.radius_mm:
            continue
        if abs(_distance(first, second) - asked.nominal) < NEAR_MM:
            return first.id, second.id
    return None


def _distance(a: Face, b: Face) -> float:
    between = tuple(q - p for p, q in zip(a.origin or (0, 0, 0), b.origin or (0, 0, 0), strict=True))
    along = _dot(between, a.axis or (0, 0, 1))
    return math.sqrt(max(0.0, _dot(between, between) - along * along))


def _chamfers(asked: Asked, part: PartModel) -> tuple[int, ...] | None:
    leg = asked.nominal or 0.0
    found = []
    for face in part.faces:
        if face.surface == "cone" and face.span_mm and face.end_radii_mm:
            high, wide = abs(face.span_mm[1] - face.span_mm[0]), abs(face.end_radii_mm[1] - face.end_radii_mm[0])
            if min(abs(high - leg), abs(wide - leg)) < NEAR_MM:
                found.append(face.id)
        elif face.surface == "plane":
            slanted = sum(abs(component) > 0.01 for component in face.normal) > 1
            legs = [high - low for low, high in zip(face.low, face.high, strict=True)]
            if slanted and any(abs(each - leg) < NEAR_MM for each in legs):
                found.append(face.id)
    return tuple(found) or None


def _sinks(asked: Asked, part: PartModel) -> tuple[int, ...] | None:
    found = [
        face.id
        for face in part.faces
        if face.surface == "cone"
        and any(_fits(asked, 2 * radius) for radius in face.end_radii_mm or ())
        and (asked.angle is None or abs(2 * (face.semi_angle_deg or 0.0) - asked.angle) < 0.1)
    ]
    return tuple(found) or None


class _Spans:
    """Distances and angles between the planes and axes of a part."""

    def __init__(self, part: PartModel) -> None:
        self.planes = [face for face in part.faces if face.surface == "plane"]
        self.axes = [face for face in part.faces if face.surface == "cylinder" and face.axis and face.origin]
        self.extent = tuple(high - low for low, high in zip(part.low, part.high, strict=True))
        self.cones = [face for face in part.faces if face.surface == "cone" and face.semi_angle_deg]

    def length(self, asked: Asked) -> tuple[int, ...] | None:
        """Return faces whose distance is that of ``asked``; an empty tuple if that is the part's overall size."""
        for first, second in combinations(self.planes, 2):
            if 1 - abs(_dot(first.normal, second.normal)) < PARALLEL:
                apart = abs(_dot([q - p for p, q in zip(first.centroid, second.centroid, strict=True)], first.normal))
                if _fits(asked, apart):
                    return first.id, second.id
        for plane in self.planes:
            for face in self.axes:
                if abs(_dot(plane.normal, face.axis or ())) < PARALLEL:
                    between = [q - p for p, q in zip(plane.centroid, face.origin or (), strict=True)]
                    if _fits(asked, abs(_dot(between, plane.normal))):
                        return plane.id, face.id
        for first, second in combinations(self.axes, 2):
            if 1 - abs(_dot(first.axis or (), second.axis or ())) > PARALLEL:
                continue
            between = [q - p for p, q in zip(first.origin or (), second.origin or (), strict=True)]
            along = _dot(between, first.axis or ())
            flat = [b - along * a for b, a in zip(between, first.axis or (), strict=True)]
            if any(_fits(asked, abs(value)) for value in (*flat, math.sqrt(_dot(flat, flat)))):
                return first.id, second.id
        lengths = (abs(f.span_mm[1] - f.span_mm[0]) for f in self.axes if f.span_mm)
        return () if any(_fits(asked, size) for size in (*self.extent, *lengths)) else None

    def angle(self, asked: Asked) -> tuple[int, ...] | None:
        """Return planes or a cone with the angle asked for, or its supplement."""
        for cone in self.cones:
            if any(
                _fits(asked, value, NEAR_DEG) for value in (cone.semi_angle_deg or 0, 2 * (cone.semi_angle_deg or 0))
            ):
                return (cone.id,)
        for first, second in combinations(self.planes, 2):
            value = math.degrees(math.acos(max(-1.0, min(1.0, _dot(first.normal, second.normal)))))
            if any(_fits(asked, each, NEAR_DEG) for each in (value, 180 - value)):
                return first.id, second.id
        return None


def _gaps(asked: Sequence[Asked], rounds: list[Round]) -> list[Question]:
    """Ask about full holes whose size isn't in any callout."""
    named = {face for each in asked for face in each.faces}
    sizes: dict[float, int] = {}
    for each in rounds:
        if each.hollow and each.sweep_deg >= WHOLE_TURN_DEG and not named & set(each.faces):
            size = round(each.diameter_mm, 3)
            sizes[size] = sizes.get(size, 0) + 1
    return [
        Question(
            "requirement", f"The model has {count} hole(s) of {size:g} mm that the drawing doesn't call out.", "missing"
        )
        for size, count in sorted(sizes.items())
    ]
