"""Semantic PMI (AP242 and AP203e2 dimensions, tolerances, datums) from the Part-21 text.

Entities and their links follow the CAx-IF "Recommended practices for the representation and presentation of PMI
(AP242)", v4.0: a characteristic applies to a shape aspect, a ``GEOMETRIC_ITEM_SPECIFIC_USAGE`` binds the aspect to
faces, ``SHAPE_ASPECT_RELATIONSHIP`` binds a group to its members. Every entity of the file comes out, with what is
known of it: the kernel's own reader drops some without a word.
"""

import math
from collections.abc import Mapping

from nightmill.design.part import PmiItem
from nightmill.design.part21 import Enum, Part21, Record, Ref
from nightmill.design.units import unit_of

_SIZES = ("DIMENSIONAL_SIZE", "DIMENSIONAL_SIZE_WITH_DATUM_FEATURE", "DIMENSIONAL_SIZE_WITH_PATH", "ANGULAR_SIZE")
_LOCATIONS = (
    "DIMENSIONAL_LOCATION", "DIRECTED_DIMENSIONAL_LOCATION", "DIMENSIONAL_LOCATION_WITH_PATH",
    "DIMENSIONAL_LOCATION_WITH_DATUM_FEATURE", "ANGULAR_LOCATION",
)  # fmt: skip
_TOLERANCES = (
    "ANGULARITY", "CIRCULAR_RUNOUT", "COAXIALITY", "CONCENTRICITY", "CYLINDRICITY", "FLATNESS", "LINE_PROFILE",
    "PARALLELISM", "PERPENDICULARITY", "POSITION", "ROUNDNESS", "STRAIGHTNESS", "SURFACE_PROFILE", "SYMMETRY",
    "TOTAL_RUNOUT",
)  # fmt: skip
_TOLERANCE_FORMS = (
    "GEOMETRIC_TOLERANCE", "MODIFIED_GEOMETRIC_TOLERANCE", "UNEQUALLY_DISPOSED_GEOMETRIC_TOLERANCE",
    "GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE", "GEOMETRIC_TOLERANCE_WITH_MODIFIERS", "GEOMETRIC_TOLERANCE_WITH_DEFINED_UNIT",
    "GEOMETRIC_TOLERANCE_WITH_DEFINED_AREA_UNIT", "GEOMETRIC_TOLERANCE_WITH_MAXIMUM_TOLERANCE",
)  # fmt: skip
_LINKS = ("GEOMETRIC_ITEM_SPECIFIC_USAGE", "ITEM_IDENTIFIED_REPRESENTATION_USAGE")
_RELATIONS = (
    "SHAPE_ASPECT_RELATIONSHIP", "SHAPE_ASPECT_DERIVING_RELATIONSHIP", "SHAPE_ASPECT_ASSOCIATIVITY",
    "FEATURE_FOR_DATUM_TARGET_RELATIONSHIP",
)  # fmt: skip
# what a face is made of: an aspect that names an edge, a corner or a surface stands for the faces that use it
_PARTS_OF_FACES = {
    "VERTEX_POINT", "EDGE_CURVE", "ORIENTED_EDGE", "EDGE_LOOP", "VERTEX_LOOP", "FACE_BOUND", "FACE_OUTER_BOUND", "PLANE",
    "CYLINDRICAL_SURFACE", "CONICAL_SURFACE", "SPHERICAL_SURFACE", "TOROIDAL_SURFACE", "SURFACE_OF_REVOLUTION",
    "SURFACE_OF_LINEAR_EXTRUSION", "B_SPLINE_SURFACE_WITH_KNOTS", "LINE", "CIRCLE", "ELLIPSE",
}  # fmt: skip
_SETS_OF_FACES = (
    "CLOSED_SHELL",
    "OPEN_SHELL",
    "GEOMETRIC_SET",
    "CONNECTED_FACE_SET",
    "MANIFOLD_SOLID_BREP",
    "SHELL_BASED_SURFACE_MODEL",
)
_WHOLE_PART = ("PRODUCT_DEFINITION_SHAPE", "ALL_OVER_SHAPE_ASPECT")
_CONDITIONS = {"MAXIMUM_MATERIAL_REQUIREMENT": "M", "LEAST_MATERIAL_REQUIREMENT": "L", "MAXIMUM_MATERIAL_CONDITION": "M",
               "LEAST_MATERIAL_CONDITION": "L"}  # fmt: skip
_MAX_DEPTH = 6  # aspects of aspects: real files have three levels at most


def read_pmi(text: Part21, face_of_entity: Mapping[int, int]) -> tuple[PmiItem, ...]:
    """All dimensions, tolerances and datums of the file in the order of their ids.

    ``face_of_entity`` maps the id of an ``ADVANCED_FACE`` to the face id of the part. Values in mm and degrees.
    """
    reader = _Reader(text, face_of_entity)
    dimensions = [reader.dimension(number) for number in text.of(*_SIZES, *_LOCATIONS)]
    tolerances = [
        reader.tolerance(number)
        for number in text.of(*_TOLERANCE_FORMS, *(f"{kind}_TOLERANCE" for kind in _TOLERANCES))
    ]
    datums = [reader.datum(number) for number in text.of("DATUM")]
    return (*dimensions, *tolerances, *datums)


class _Reader:
    def __init__(self, text: Part21, face_of_entity: Mapping[int, int]) -> None:
        self.text = text
        self.face_of_entity = face_of_entity
        self.items: dict[int, list[int]] = {}
        self.members: dict[int, list[int]] = {}
        for number in text.of(*_LINKS):
            record = text.record(number)
            if record and (aspect := record.ref(2)) is not None:
                self.items.setdefault(aspect, []).extend(_refs(record.at(4)))
        self._add_represented()
        for number in text.of(*_RELATIONS):
            record = text.record(number, "SHAPE_ASPECT_RELATIONSHIP") or text.record(number)
            if record and (whole := record.ref(2)) is not None and (part := record.ref(3)) is not None:
                self.members.setdefault(whole, []).append(part)
                if self._is_datum(part):
                    self.members.setdefault(part, []).append(whole)
        self.values: dict[int, list[int]] = {}
        for number in text.of("DIMENSIONAL_CHARACTERISTIC_REPRESENTATION"):
            record = text.record(number)
            if record and (dimension := record.ref(0)) is not None:
                self.values.setdefault(dimension, []).extend(_refs(record.at(1)))
        self.plus_minus: dict[int, int] = {}
        for number in text.of("PLUS_MINUS_TOLERANCE"):
            record = text.record(number)
            if record and (dimension := record.ref(1)) is not None and (limits := record.ref(0)) is not None:
                self.plus_minus[dimension] = limits

    def _add_represented(self) -> None:
        """Faces of aspects by the older way: a property of the aspect, represented by a list of faces."""
        for number in self.text.of("SHAPE_DEFINITION_REPRESENTATION", "PROPERTY_DEFINITION_REPRESENTATION"):
            link = self.text.record(number)
            owner = self.text.record(link.ref(0)) if link else None
            shape = self.text.record(link.ref(1)) if link else None
            aspect = owner.ref(2) if owner else None
            if aspect is not None and shape and any("SHAPE_ASPECT" in r.keyword for r in self.text.records(aspect)):
                self.items.setdefault(aspect, []).extend(_refs(shape.at(1)))

    def _is_datum(self, number: int) -> bool:
        return self.text.record(number, "DATUM") is not None

    def faces(self, *aspects: int | None) -> tuple[int, ...]:
        """Faces that the aspects stand for, through groups, dimensions and locations."""
        found: dict[int, None] = {}
        seen: set[int] = set()
        level = [aspect for aspect in aspects if aspect is not None]
        for _ in range(_MAX_DEPTH):
            following: list[int] = []
            for aspect in level:
                if aspect in seen:
                    continue
                seen.add(aspect)
                direct = [face for item in self.items.get(aspect, ()) for face in self._flat(item)]
                found.update(dict.fromkeys(self.face_of_entity[face] for face in direct))
                following += self.members.get(aspect, [])
                following += self._applies_to(aspect)
            level = following
        return tuple(sorted(found))

    def _flat(self, item: int) -> list[int]:
        """The faces behind an item: itself, those that it lists, or those that it is a part of."""
        level, found, seen = [item], [], {item}
        for _ in range(_MAX_DEPTH):
            following: list[int] = []
            for number in level:
                record = self.text.record(number)
                if number in self.face_of_entity:
                    found.append(number)
                elif record and record.keyword in _SETS_OF_FACES:
                    following += _refs(list(record.parameters))
                elif record and (record.keyword in _PARTS_OF_FACES or len(self.text.records(number)) > 1):
                    following += self.text.users(number)
            level = [number for number in following if number not in seen]
            seen.update(level)
        return found

    def _applies_to(self, number: int) -> list[int]:
        """The aspects of a dimension that a tolerance names in place of an aspect."""
        found: list[int] = []
        for record in self.text.records(number):
            if record.keyword in _SIZES:
                found += [value.id for value in record.parameters if isinstance(value, Ref)]
            elif record.keyword in _LOCATIONS or record.keyword == "SHAPE_ASPECT_RELATIONSHIP":
                found += [value.id for value in record.parameters[2:4] if isinstance(value, Ref)]
        return found

    def dimension(self, number: int) -> PmiItem:
        """One dimension with nominal and limits."""
        nominal, lower, upper, unit = self._size(number)
        limits = self.plus_minus.get(number)
        fit = ""
        if limits is not None:
            low, high, fit = self._deviations(limits)
            if low is not None and high is not None and nominal is not None:
                if low == high:
                    low = -abs(high)  # some systems write a symmetric tolerance with one sign
                lower, upper = nominal + min(low, high), nominal + max(low, high)
        return PmiItem(
            id=f"#{number}", kind=self._dimension_kind(number), group="dimension", nominal=nominal, lower=lower, upper=upper,
            zone=None, datums=(), faces=self.faces(number), unit=unit, fit=fit,
        )  # fmt: skip

    def _dimension_kind(self, number: int) -> str:
        records = self.text.records(number)
        keywords = {record.keyword for record in records}
        if keywords & {"ANGULAR_SIZE", "ANGULAR_LOCATION"}:
            return "angle"
        if keywords & set(_SIZES):
            # in a complex entity the name of the size stands beside those of its other parts
            own = [record for record in records if record.keyword in _SIZES and record.parameters] or list(records)
            names = [value for record in own for value in record.parameters if isinstance(value, str) and value.strip()]
            return names[-1].strip().replace(" ", "_") if names else "size"
        names = [record.text(0).strip() for record in records if record.text(0).strip()]
        return names[0].replace(" ", "_") if names and names[0].isascii() else "distance"

    def _size(self, number: int) -> tuple[float | None, float | None, float | None, str]:
        """Nominal, lower and upper value and the unit, from the representations of a dimension."""
        named: dict[str, float] = {}
        unit = "mm"
        for representation in self.values.get(number, ()):
            record = self.text.record(representation)
            for item in _refs(record.at(1)) if record else ():
                measured = self._measure(item)
                if measured is None:
                    continue
                value, unit, name = measured
                place = "lower" if "lower" in name else "upper" if "upper" in name else "nominal"
                named.setdefault(place, value)
                if place == "nominal" and (bound := self._bound(item)):
                    named.setdefault(bound, value)
        return named.get("nominal"), named.get("lower"), named.get("upper"), unit

    def _bound(self, number: int) -> str:
        """``upper`` for a size marked MAX, ``lower`` for one marked MIN, else empty."""
        qualified = self.text.record(number, "QUALIFIED_REPRESENTATION_ITEM")
        for qualifier in _refs(list(qualified.parameters)) if qualified else ():
            record = self.text.record(qualifier, "TYPE_QUALIFIER")
            if record and record.text(0).strip().lower() in ("maximum", "minimum"):
                return "upper" if record.text(0).strip().lower() == "maximum" else "lower"
        return ""

    def _measure(self, number: int | None) -> tuple[float, str, str] | None:
        """Value in mm or degrees, unit and name of a measure, simple or complex."""
        value: float | None = None
        unit: int | None = None
        name = ""
        for record in self.text.records(number):
            if record.keyword == "REPRESENTATION_ITEM":
                name = record.text(0).lower()
            if record.keyword.endswith("MEASURE_REPRESENTATION_ITEM") and record.parameters:
                name = record.text(0).lower()
            if "MEASURE" not in record.keyword:
                continue
            for parameter in record.parameters:
                if isinstance(parameter, Record) and isinstance(parameter.at(0), float):
                    value = float(str(parameter.at(0)))
                elif isinstance(parameter, Ref):
                    unit = parameter.id
        if value is None or not math.isfinite(value):
            return None
        unit_name, factor = unit_of(self.text, unit)
        return value * factor, "deg" if unit_name == "deg" else "mm", name

    def _deviations(self, number: int) -> tuple[float | None, float | None, str]:
        record = self.text.record(number)
        if record and record.keyword == "TOLERANCE_VALUE":
            low, high = self._measure(record.ref(0)), self._measure(record.ref(1))
            return (low[0] if low else None), (high[0] if high else None), ""
        if record and record.keyword == "LIMITS_AND_FITS":
            return None, None, f"{record.text(0)}{record.text(2)}".strip()
        return None, None, ""

    def tolerance(self, number: int) -> PmiItem:
        """One geometric tolerance with its zone and datums."""
        records = self.text.records(number)
        keywords = [record.keyword.removesuffix("_TOLERANCE") for record in records]
        kind = next((keyword.lower() for keyword in keywords if keyword in _TOLERANCES), "geometric")
        main = next((record for record in records if len(record.parameters) >= 4), None)
        measured = self._measure(main.ref(2)) if main else None
        references: list[int] = list(_refs(main.at(4))) if main else []
        condition = ""
        for record in records:
            if record.keyword == "GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE":
                references += _refs(record.at(0))
            flat = [item for value in record.parameters for item in (value if isinstance(value, list) else [value])]
            condition = next(
                (_CONDITIONS[item.name] for item in flat if isinstance(item, Enum) and item.name in _CONDITIONS),
                condition,
            )
        letters = [letter for reference in references for letter in self._letters(reference)]
        return PmiItem(
            id=f"#{number}", kind=kind, group="tolerance", nominal=None, lower=None, upper=None,
            zone=measured[0] if measured else None, datums=tuple(dict.fromkeys(letters)),
            faces=self._toleranced(main.ref(3)) if main else (), unit=measured[1] if measured else "mm", material_condition=condition,
        )  # fmt: skip

    def _toleranced(self, number: int | None) -> tuple[int, ...]:
        """Faces of a toleranced aspect; all of them where the tolerance holds for the part as a whole."""
        record = self.text.record(number)
        if record and record.keyword in _WHOLE_PART:
            return tuple(sorted(self.face_of_entity.values()))
        return self.faces(number)

    def _letters(self, number: int, depth: int = 0) -> list[str]:
        """Datum letters behind a datum system, compartment, reference or common datum, in their order."""
        if depth > _MAX_DEPTH:
            return []
        for record in self.text.records(number):
            if record.keyword == "DATUM":
                return [record.text(4)]
            if record.keyword == "COMMON_DATUM":
                letters = [
                    letter
                    for value in record.parameters[4:]
                    for item in _refs(value)
                    for letter in self._letters(item, depth + 1)
                ]
                return ["-".join(letters)] if letters else [record.text(4)]
            if record.keyword in (
                "DATUM_SYSTEM",
                "DATUM_REFERENCE_COMPARTMENT",
                "DATUM_REFERENCE_ELEMENT",
                "DATUM_REFERENCE",
            ):
                # the product definition shape is parameter 2 of an aspect, never a datum
                inner = [item for place, value in enumerate(record.parameters) if place != 2 for item in _refs(value)]
                return [letter for item in inner for letter in self._letters(item, depth + 1)]
        return []

    def datum(self, number: int) -> PmiItem:
        """One datum with the faces of its feature."""
        record = self.text.record(number, "DATUM")
        letter = record.text(4) if record else ""
        if record and not letter:
            letter = record.text(0)
        return PmiItem(
            id=f"#{number}", kind="datum", group="datum", nominal=None, lower=None, upper=None, zone=None,
            datums=(letter,), faces=self.faces(number),
        )  # fmt: skip


def _refs(value: object) -> list[int]:
    """Ids in a parameter: one reference, or all of a list, of any depth."""
    if isinstance(value, Ref):
        return [value.id]
    if isinstance(value, list):
        return [item for inner in value for item in _refs(inner)]
    if isinstance(value, Record):
        return [item for inner in value.parameters for item in _refs(inner)]
    return []
