"""Find the faces that a shape aspect refers to: through items, groups, derived elements, datum targets and dimensions.

The links are those of the CAx-IF "Recommended practices for the representation and presentation of PMI (AP242)", v4.0,
and the older ones of AP203 edition 2 and AP214.
"""

from collections.abc import Mapping

from nightmill.cad.step.part21 import Part21, Record, Ref

SIZES = ("DIMENSIONAL_SIZE", "DIMENSIONAL_SIZE_WITH_DATUM_FEATURE", "DIMENSIONAL_SIZE_WITH_PATH", "ANGULAR_SIZE")
LOCATIONS = (
    "DIMENSIONAL_LOCATION", "DIRECTED_DIMENSIONAL_LOCATION", "DIMENSIONAL_LOCATION_WITH_PATH",
    "DIMENSIONAL_LOCATION_WITH_DATUM_FEATURE", "ANGULAR_LOCATION",
)  # fmt: skip
_LINKS = ("GEOMETRIC_ITEM_SPECIFIC_USAGE", "ITEM_IDENTIFIED_REPRESENTATION_USAGE")
_TARGETS = "FEATURE_FOR_DATUM_TARGET_RELATIONSHIP"
_RELATIONS = (
    "SHAPE_ASPECT_RELATIONSHIP", "SHAPE_ASPECT_DERIVING_RELATIONSHIP", "SHAPE_ASPECT_ASSOCIATIVITY",
    _TARGETS,
)  # fmt: skip
# parts of a face: an aspect that refers to an edge, a corner or a surface applies to the faces that use it
_PARTS_OF_FACES = {
    "VERTEX_POINT", "EDGE_CURVE", "ORIENTED_EDGE", "EDGE_LOOP", "VERTEX_LOOP", "FACE_BOUND", "FACE_OUTER_BOUND", "PLANE",
    "CYLINDRICAL_SURFACE", "CONICAL_SURFACE", "SPHERICAL_SURFACE", "TOROIDAL_SURFACE", "SURFACE_OF_REVOLUTION",
    "SURFACE_OF_LINEAR_EXTRUSION", "B_SPLINE_SURFACE_WITH_KNOTS", "B_SPLINE_CURVE_WITH_KNOTS", "LINE", "CIRCLE", "ELLIPSE",
    "SURFACE_CURVE", "SEAM_CURVE", "TRIMMED_CURVE",
}  # fmt: skip
# items that list faces; a tessellated face refers to the exact face that it represents
_SETS_OF_FACES = {
    "CLOSED_SHELL", "OPEN_SHELL", "ORIENTED_CLOSED_SHELL", "ORIENTED_OPEN_SHELL", "GEOMETRIC_SET", "GEOMETRIC_CURVE_SET",
    "CONNECTED_FACE_SET", "MANIFOLD_SOLID_BREP", "BREP_WITH_VOIDS", "SHELL_BASED_SURFACE_MODEL", "COMPOUND_REPRESENTATION_ITEM",
    "ADVANCED_BREP_SHAPE_REPRESENTATION", "SHAPE_REPRESENTATION", "TESSELLATED_SOLID", "TESSELLATED_SHELL",
    "TESSELLATED_FACE", "TRIANGULATED_FACE", "COMPLEX_TRIANGULATED_FACE", "CUBIC_BEZIER_TRIANGULATED_FACE",
}  # fmt: skip
_WHOLE_PART = ("PRODUCT_DEFINITION_SHAPE", "ALL_OVER_SHAPE_ASPECT")
_MAX_DEPTH = 8  # aspects of aspects: real files have three levels at most


class Aspects:
    """The aspects in one file. ``face_of_entity`` maps the id of an ``ADVANCED_FACE`` to the face id of the part."""

    def __init__(self, text: Part21, face_of_entity: Mapping[int, int]) -> None:
        self.text = text
        self.face_of_entity = face_of_entity
        self.items: dict[int, list[int]] = {}
        self.members: dict[int, list[int]] = {}
        self.wholes: dict[int, list[int]] = {}
        for number in text.of(*_LINKS):
            record = text.record(number)
            if record and (aspect := record.ref(2)) is not None:
                self.items.setdefault(aspect, []).extend(refs(record.at(4)))
        self._add_represented()
        for number in text.of(*_RELATIONS):
            self._add_relation(number)

    def _add_relation(self, number: int) -> None:
        record = self.text.record(number, "SHAPE_ASPECT_RELATIONSHIP") or self.text.record(number)
        if record is None or (whole := record.ref(2)) is None or (part := record.ref(3)) is None:
            return
        if self.text.record(number, _TARGETS):
            whole, part = part, whole  # the feature comes first, the target on it second
        self.members.setdefault(whole, []).append(part)
        self.wholes.setdefault(part, []).append(whole)
        if self.text.record(part, "DATUM"):
            self.members.setdefault(part, []).append(whole)

    def _add_represented(self) -> None:
        """Find the faces of aspects by the older scheme: a property of the aspect, represented by a list of faces."""
        for number in self.text.of("SHAPE_DEFINITION_REPRESENTATION", "PROPERTY_DEFINITION_REPRESENTATION"):
            link = self.text.record(number)
            owner = self.text.record(link.ref(0)) if link else None
            shape = self.text.record(link.ref(1)) if link else None
            aspect = owner.ref(2) if owner else None
            if aspect is not None and shape and any("SHAPE_ASPECT" in r.keyword for r in self.text.records(aspect)):
                self.items.setdefault(aspect, []).extend(refs(shape.at(1)))

    def faces(self, *aspects: int | None) -> tuple[int, ...]:
        """Return the faces that the aspects refer to. If a writer reversed the relations, they are followed backwards."""
        start = [aspect for aspect in aspects if aspect is not None]
        if any(self._is_whole_part(aspect) for aspect in start):
            return tuple(sorted(set(self.face_of_entity.values())))
        return self._gathered(start, backwards=False) or self._gathered(start, backwards=True)

    def _gathered(self, start: list[int], *, backwards: bool) -> tuple[int, ...]:
        found: dict[int, None] = {}
        seen: set[int] = set()
        level = start
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
                if backwards and not direct:
                    following += self.wholes.get(aspect, [])
            level = following
        return tuple(sorted(found))

    def _is_whole_part(self, aspect: int) -> bool:
        record = self.text.record(aspect)
        return record is not None and record.keyword in _WHOLE_PART

    def _flat(self, item: int) -> list[int]:
        """Return the faces of an item: the item itself, the faces it lists, or the faces it is part of."""
        return self._walk([item], downwards=True) or self._walk([item], downwards=False)

    def _walk(self, level: list[int], *, downwards: bool) -> list[int]:
        found: list[int] = []
        seen = set(level)
        for _ in range(_MAX_DEPTH):
            following: list[int] = []
            for number in level:
                record = self.text.record(number)
                if number in self.face_of_entity:
                    found.append(number)
                elif record and downwards and record.keyword in _SETS_OF_FACES:
                    following += refs(list(record.parameters))
                elif record and not downwards and self._is_part_of_face(record, number):
                    following += self.text.users(number)
            level = [number for number in following if number not in seen]
            seen.update(level)
        return found

    def _is_part_of_face(self, record: Record, number: int) -> bool:
        return record.keyword in _PARTS_OF_FACES or len(self.text.records(number)) > 1

    def _applies_to(self, number: int) -> list[int]:
        """Return the aspects of a dimension that a tolerance refers to instead of an aspect."""
        found: list[int] = []
        for record in self.text.records(number):
            if record.keyword in SIZES:
                found += [value.id for value in record.parameters if isinstance(value, Ref)]
            elif record.keyword in LOCATIONS or record.keyword == "SHAPE_ASPECT_RELATIONSHIP":
                found += [value.id for value in record.parameters[2:4] if isinstance(value, Ref)]
        return found


def refs(value: object) -> list[int]:
    """Return the ids in a parameter: one reference, or all references in a list or typed value, at any depth."""
    if isinstance(value, Ref):
        return [value.id]
    if isinstance(value, list):
        return [item for inner in value for item in refs(inner)]
    if isinstance(value, Record):
        return [item for inner in value.parameters for item in refs(inner)]
    return []
