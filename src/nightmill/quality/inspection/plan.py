"""The inspection plan: requirements of the model and the drawing, and general tolerances for everything else."""

from collections.abc import Iterable, Sequence

import msgspec

from nightmill.cad import Face, Feature, PartModel, PmiItem
from nightmill.quality.inspection.characteristic import ANGULAR_KINDS, GEOMETRIC_KINDS, Characteristic, Sense
from nightmill.quality.inspection.gauge_choice import gauge_for, sampling_for
from nightmill.quality.inspection.iso2768 import angle_tolerance, linear_tolerance, radius_tolerance
from nightmill.vocabulary.shop import Requirement

GENERAL = "ISO 2768-m"
_INCH = 25.4
_ROUND = 4
_LENGTH_KINDS = {
    "diameter", "radius", "spherical_diameter", "spherical_radius", "length", "width", "height", "depth", "thickness",
    "distance_between", "distance_from", "curve_length", "linear_coordinate", "square",
}  # fmt: skip
_ALIASES = {
    "angular": "angle_between",
    "angular_location": "angle_between",
    "angular_size": "angle",
    "circularrunout": "circular_runout",
    "coaxiality_concentricity": "concentricity",
    "curved_distance": "curve_length",
    "linear_distance": "distance_between",
    "linear": "distance_between",
    "dimension": "distance_between",
    "dimensional_location": "distance_between",
    "dimensional_size": "length",
    "distance": "distance_between",
    "location": "distance_between",
    "profile_of_line": "line_profile",
    "profile_of_surface": "surface_profile",
    "roundness": "circularity",
    "runout": "circular_runout",
    "size": "length",
    "slot_width": "width",
    "surface_roughness": "surface_texture",
    "roughness": "surface_texture",
    "wall_thickness": "thickness",
}


class _Draft(msgspec.Struct, frozen=True):
    """A characteristic before its balloon number and gauge are assigned."""

    kind: str
    nominal: float | None
    lower: float | None
    upper: float | None
    tolerance: float | None
    faces: tuple[int, ...]
    origin: str
    sense: Sense
    datums: tuple[str, ...] = ()
    material_condition: str = ""
    pmi: str = ""


def inspection_plan(part: PartModel, requirements: Sequence[Requirement] = ()) -> tuple[Characteristic, ...]:
    """Return all characteristics of ``part``, with balloons from 1: the model's PMI, the drawing's requirements, then the rest.

    A dimension without limits, and every size of a feature covered by neither PMI nor ``requirements``, gets the
    general tolerance ISO 2768-m, recorded in ``origin``. Features of the same kind and size share one entry with all
    their faces. Sizes under 0.5 mm get no tolerance, since the standard gives none.
    """
    faces = {face.id: face for face in part.faces}
    drafts = [draft for item in part.pmi if (draft := _from_pmi(item, faces)) is not None]
    drafts += [_from_requirement(requirement, faces) for requirement in requirements]
    covered = {(draft.kind, face) for draft in drafts if draft.kind not in GEOMETRIC_KINDS for face in draft.faces}
    drafts += _merged(draft for draft in _from_features(part.features, faces) if not _is_covered(draft, covered))
    drafts += _overall(part, drafts)
    return tuple(_numbered(balloon, draft) for balloon, draft in enumerate(drafts, start=1))


def qif_kind(kind: str) -> str:
    """Return the QIF 3.0 name, in snake case, of a PMI kind as written by STEP, XCAF or a person; unknown kinds are returned unchanged."""
    name = kind.strip().replace("-", "_").replace(" ", "_")
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
    while "__" in name:
        name = name.replace("__", "_")
    for prefix in ("geom_tolerance_type_", "size_", "location_"):
        if name.startswith(prefix) and len(name) > len(prefix):
            name = name[len(prefix) :]
    name = name.removesuffix("_tolerance").removesuffix("_dimension")
    for ending in ("_from_inner_to_inner", "_from_outer_to_outer", "_from_inner_to_outer", "_from_outer_to_inner"):
        name = name.removesuffix(ending)
    for ending in ("_inner_inner", "_outer_outer", "_inner_outer", "_outer_inner"):
        name = name.removesuffix(ending)
    return _ALIASES.get(name, name)


def _from_pmi(item: PmiItem, faces: dict[int, Face]) -> _Draft | None:
    if item.group == "datum":
        return None
    kind = qif_kind(item.kind)
    factor = _factor(item.unit)
    nominal, lower, upper, zone = (
        None if value is None else round(value * factor, 6)
        for value in (item.nominal, item.lower, item.upper, item.zone)
    )
    sense = _sense(kind, item.faces, faces)
    origin = "pmi"
    if item.group == "dimension" and lower is None and upper is None:
        if nominal is None:
            return _Draft(
                kind, None, None, None, None, item.faces, origin, sense, item.datums, item.material_condition, item.id
            )
        # basic and reference sizes have no limits, by definition; the limits of a fit are not the general tolerance
        if not item.fit and not {"basic", "reference"} & set(item.modifiers):
            lower, upper = _general_limits(kind, nominal)
            origin = GENERAL
    tolerance = zone if item.group == "tolerance" else None
    return _Draft(
        kind, nominal, lower, upper, tolerance, item.faces, origin, sense, item.datums, item.material_condition, item.id
    )


def _factor(unit: str) -> float:
    return {"inch": _INCH, "in": _INCH, "m": 1000.0, "cm": 10.0, "rad": 57.29577951308232}.get(unit.lower(), 1.0)


def _from_requirement(requirement: Requirement, faces: dict[int, Face]) -> _Draft:
    kind = qif_kind(requirement.kind)
    sense = _sense(kind, requirement.faces, faces)
    if kind in GEOMETRIC_KINDS:
        return _Draft(kind, None, None, None, requirement.upper, requirement.faces, "requirement", sense)
    lower, upper = requirement.lower, requirement.upper
    return _Draft(kind, requirement.nominal, lower, upper, None, requirement.faces, "requirement", sense)


def _sense(kind: str, ids: Iterable[int], faces: dict[int, Face]) -> Sense:
    if kind in GEOMETRIC_KINDS or kind in ANGULAR_KINDS:
        return "none"
    if kind == "depth":
        return "depth"
    curved = [faces[i] for i in ids if i in faces and faces[i].surface != "plane"]
    if curved:
        return "inner" if any(face.hollow for face in curved) else "outer"
    flat = [faces[i] for i in ids if i in faces]
    if len(flat) == 2 and _opposed(flat[0], flat[1]):
        gap = sum((b - a) * n for a, b, n in zip(flat[0].centroid, flat[1].centroid, flat[0].normal, strict=True))
        return "inner" if gap > 0 else "outer"
    return "none"


def _opposed(first: Face, second: Face) -> bool:
    return sum(a * b for a, b in zip(first.normal, second.normal, strict=True)) < -0.999


def _general_limits(kind: str, nominal: float) -> tuple[float | None, float | None]:
    if kind in ANGULAR_KINDS:
        # the shorter side is unknown here, so the widest row is used, which applies to legs of up to 10 mm
        margin: float | None = angle_tolerance(10.0)
    elif kind == "radius":
        margin = radius_tolerance(nominal)
    else:
        margin = linear_tolerance(nominal)
    if margin is None:
        return None, None
    return round(nominal - margin, 6), round(nominal + margin, 6)


def _from_features(features: Iterable[Feature], faces: dict[int, Face]) -> list[_Draft]:
    drafts: list[_Draft] = []
    for feature in features:
        for name, value in feature.parameters.items():
            draft = _from_parameter(feature, name, value, faces)
            if draft is not None:
                drafts.append(draft)
    return drafts


_PARAMETERS: dict[str, tuple[str, Sense]] = {
    "diameter": ("diameter", "inner"),
    "bore_diameter": ("diameter", "inner"),
    "counterbore_diameter": ("diameter", "inner"),
    "countersink_diameter": ("diameter", "inner"),
    "counterbore_depth": ("depth", "depth"),
    "depth": ("depth", "depth"),
    "width": ("width", "inner"),
    "length": ("length", "inner"),
    "height": ("height", "outer"),
    "radius": ("radius", "none"),
    "corner_radius": ("radius", "none"),
    "angle": ("angle", "none"),
    "tip_angle": ("angle", "none"),
    "countersink_angle": ("angle", "none"),
}
_OUTER_FEATURES = ("step", "boss", "shaft", "cylinder_outer", "journal", "profile", "outer")
# a plane has no dimension; a through hole's depth is the part's thickness, which has its own characteristic
_WITHOUT_DEPTH = ("through_hole", "through_slot", "through_pocket", "passage")


def _from_parameter(feature: Feature, name: str, value: float, faces: dict[int, Face]) -> _Draft | None:
    plain = name.removesuffix("_mm").removesuffix("_deg")
    if plain not in _PARAMETERS or not value > 0:
        return None
    kind, sense = _PARAMETERS[plain]
    if feature.kind in ("plane", "planar_face", "face") or (plain == "depth" and feature.kind in _WITHOUT_DEPTH):
        return None
    if plain in ("tip_angle", "countersink_angle") or (plain == "angle" and "hole" in feature.kind):
        return None
    if sense == "inner" and any(feature.kind.startswith(word) for word in _OUTER_FEATURES):
        sense = "outer"
    if feature.kind == "groove" and kind == "diameter" and "inner_diameter_mm" not in feature.parameters:
        sense = "outer"  # a groove around a shaft, not in a face
    lower, upper = _general_limits(kind, value)
    if lower is None:
        return None
    own = tuple(i for i in feature.faces if i in faces) or feature.faces
    if kind == "diameter":
        radius = value / 2
        own = tuple(i for i in own if i in faces and abs((faces[i].radius_mm or -1.0) - radius) < 1e-3) or own
    return _Draft(kind, round(value, _ROUND), lower, upper, None, own, GENERAL, sense)


def _merged(drafts: Iterable[_Draft]) -> list[_Draft]:
    groups: dict[tuple[str, float | None, Sense], _Draft] = {}
    for draft in drafts:
        key = (draft.kind, draft.nominal, draft.sense)
        seen = groups.get(key)
        faces = draft.faces if seen is None else seen.faces + tuple(i for i in draft.faces if i not in seen.faces)
        groups[key] = msgspec.structs.replace(draft, faces=faces)
    return list(groups.values())


def _is_covered(draft: _Draft, covered: set[tuple[str, int]]) -> bool:
    # a round wall is often split into two faces, but the model's dimension refers to only one of them
    said = any if draft.kind == "diameter" else all
    return bool(draft.faces) and said((draft.kind, face) in covered for face in draft.faces)


def _overall(part: PartModel, drafts: Iterable[_Draft]) -> list[_Draft]:
    """Return the three overall sizes, unless a dimension already covers them."""
    asked = {(round(draft.nominal, 3)) for draft in drafts if draft.kind in _LENGTH_KINDS and draft.nominal is not None}
    sizes: list[_Draft] = []
    for axis, kind in enumerate(("length", "width", "height")):
        low, high = part.low[axis], part.high[axis]
        nominal = round(high - low, _ROUND)
        lower, upper = _general_limits(kind, nominal)
        if lower is None or round(nominal, 3) in asked:
            continue
        ends = tuple(
            face.id
            for face in part.faces
            if face.surface == "plane" and abs(face.normal[axis]) > 0.999 and _at_end(face, axis, low, high)
        )
        sizes.append(_Draft(kind, nominal, lower, upper, None, ends, GENERAL, "outer"))
    return sizes


def _at_end(face: Face, axis: int, low: float, high: float) -> bool:
    return min(abs(face.centroid[axis] - low), abs(face.centroid[axis] - high)) < 1e-3


def _numbered(balloon: int, draft: _Draft) -> Characteristic:
    width = draft.tolerance
    if width is None and draft.lower is not None and draft.upper is not None:
        width = draft.upper - draft.lower
    gauge, method = gauge_for(draft.kind, width, draft.sense)
    return Characteristic(
        balloon=balloon,
        kind=draft.kind,
        nominal=draft.nominal,
        lower=draft.lower,
        upper=draft.upper,
        tolerance=draft.tolerance,
        unit="deg" if draft.kind in ANGULAR_KINDS else "mm",
        datums=draft.datums,
        material_condition=draft.material_condition,
        faces=draft.faces,
        method=method,
        gauge=gauge,
        sampling=sampling_for(draft.kind, width, draft.origin),
        origin=draft.origin,
        sense=draft.sense,
        pmi=draft.pmi,
    )
