"""Read semantic PMI (AP242 and AP203e2 dimensions, tolerances, datums) from the Part-21 text.

Entities and their links follow the CAx-IF "Recommended practices for the representation and presentation of PMI
(AP242)", v4.0. Every entity in the file is returned once, with all that is known about it: the kernel's own reader silently drops some.
``shape_aspects`` finds the faces, ``measures`` the values.
"""

from collections.abc import Mapping

from nightmill.cad.brep.records import PmiItem
from nightmill.cad.pmi.measures import Measures, Size, enums
from nightmill.cad.pmi.shape_aspects import LOCATIONS, SIZES, Aspects, refs
from nightmill.cad.step.part21 import Part21, Record
from nightmill.vocabulary.fits import deviations

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
_CONDITIONS = {"MAXIMUM_MATERIAL_REQUIREMENT": "M", "LEAST_MATERIAL_REQUIREMENT": "L", "MAXIMUM_MATERIAL_CONDITION": "M",
               "LEAST_MATERIAL_CONDITION": "L"}  # fmt: skip
_PLAIN_CONDITIONS = ("REGARDLESS_OF_FEATURE_SIZE",)
# further values of a tolerance, by the part of the complex entity that holds them
_VALUES = {
    "UNEQUALLY_DISPOSED_GEOMETRIC_TOLERANCE": "unequal",
    "GEOMETRIC_TOLERANCE_WITH_MAXIMUM_TOLERANCE": "at most",
    "GEOMETRIC_TOLERANCE_WITH_DEFINED_UNIT": "per",
}
_GROUPS_OF_DATUMS = ("DATUM_SYSTEM", "DATUM_REFERENCE_COMPARTMENT", "DATUM_REFERENCE_ELEMENT", "DATUM_REFERENCE")
_MAX_DEPTH = 6


def read_pmi(text: Part21, face_of_entity: Mapping[int, int]) -> tuple[PmiItem, ...]:
    """Return all dimensions, tolerances and datums in the file in order of their ids.

    ``face_of_entity`` maps the id of an ``ADVANCED_FACE`` to the face id of the part. Values are in mm and degrees.
    """
    reader = _Reader(text, face_of_entity)
    dimensions = [reader.dimension(number) for number in text.of(*SIZES, *LOCATIONS)]
    tolerances = [
        reader.tolerance(number)
        for number in text.of(*_TOLERANCE_FORMS, *(f"{kind}_TOLERANCE" for kind in _TOLERANCES))
    ]
    datums = [reader.datum(number) for number in text.of("DATUM", "COMMON_DATUM")]
    return (*dimensions, *tolerances, *datums)


class _Reader:
    def __init__(self, text: Part21, face_of_entity: Mapping[int, int]) -> None:
        self.text = text
        self.aspects = Aspects(text, face_of_entity)
        self.measures = Measures(text)
        self.plus_minus: dict[int, list[int]] = {}
        for number in text.of("PLUS_MINUS_TOLERANCE"):
            record = text.record(number)
            if record and (dimension := record.ref(1)) is not None and (limits := record.ref(0)) is not None:
                self.plus_minus.setdefault(dimension, []).append(limits)
        self.zones: dict[int, list[int]] = {}
        for number in text.of("TOLERANCE_ZONE", "TOLERANCE_ZONE_WITH_DATUM"):
            zone = next((r for r in text.records(number) if r.keyword.startswith("TOLERANCE_ZONE")), None)
            for tolerance in refs(zone.at(4 if len(zone.parameters) > 4 else 0)) if zone else ():
                self.zones.setdefault(tolerance, []).append(number)

    def dimension(self, number: int) -> PmiItem:
        """Return one dimension with nominal value and limits."""
        size, fit = self.measures.size(number), ""
        for limits in self.plus_minus.get(number, ()):
            low, high, code = self.measures.deviations(limits)
            fit = code or fit
            if code and size.nominal is not None and size.unit == "mm":
                low, high = deviations(code.replace(" ", ""), size.nominal) or (None, None)
            _widen(size, low, high, symmetric=not code)
        return PmiItem(
            id=f"#{number}", kind=self._dimension_kind(number), group="dimension", nominal=size.nominal, lower=size.lower,
            upper=size.upper, zone=None, datums=(), faces=self.aspects.faces(number), unit=size.unit, fit=fit,
            modifiers=tuple(size.words),
        )  # fmt: skip

    def _dimension_kind(self, number: int) -> str:
        records = self.text.records(number)
        keywords = {record.keyword for record in records}
        if keywords & {"ANGULAR_SIZE", "ANGULAR_LOCATION"}:
            return "angle"
        if keywords & set(SIZES):
            # in a complex entity the name of the size is next to the names of the other parts
            own = [record for record in records if record.keyword in SIZES and record.parameters] or list(records)
            names = [value for record in own for value in record.parameters if isinstance(value, str) and value.strip()]
            return names[-1].strip().replace(" ", "_") if names else "size"
        names = [record.text(0).strip() for record in records if record.text(0).strip()]
        return names[0].replace(" ", "_") if names and names[0].isascii() else "distance"

    def tolerance(self, number: int) -> PmiItem:
        """Return one geometric tolerance with its zone and datums."""
        records = self.text.records(number)
        keywords = [record.keyword.removesuffix("_TOLERANCE") for record in records]
        kind = next((keyword.lower() for keyword in keywords if keyword in _TOLERANCES), "geometric")
        main = next((record for record in records if len(record.parameters) >= 4), None)
        measured = self.measures.measure(main.ref(2)) if main else None
        references: list[int] = list(refs(main.at(4))) if main else []
        for record in records:
            if record.keyword == "GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE" and record is not main:
                references += refs(record.at(0))
        letters = [letter for reference in references for letter in self._letters(reference)]
        condition, words = self._modifiers(records, references)
        form, zone_words = self._zone(number)
        return PmiItem(
            id=f"#{number}", kind=kind, group="tolerance", nominal=None, lower=None, upper=None,
            zone=measured[0] if measured else None, datums=tuple(dict.fromkeys(letters)),
            faces=self.aspects.faces(main.ref(3)) if main else (), unit=measured[1] if measured else "mm",
            material_condition=condition, modifiers=(*words, *zone_words), zone_form=form,
        )  # fmt: skip

    def _modifiers(self, records: tuple[Record, ...], references: list[int]) -> tuple[str, list[str]]:
        """Return the material condition of a tolerance, and its other modifiers, including those on its datums."""
        condition, words = "", []
        for record in records:
            for name in enums(list(record.parameters)):
                if name in _CONDITIONS:
                    condition = _CONDITIONS[name]
                elif name not in _PLAIN_CONDITIONS and len(name) > 1:
                    words.append(name.lower())
            if record.keyword in _VALUES:
                value = next((record.ref(place) for place in (0, 4) if record.ref(place) is not None), None)
                measured = self.measures.measure(value)
                if measured:
                    words.append(f"{_VALUES[record.keyword]} {measured[0]:.6g} {measured[1]}")
        for compartment in (inner for reference in references for inner in self._compartments(reference)):
            letters = "-".join(self._letters(compartment))
            names = enums(list(_datum_modifiers(self.text.record(compartment))))
            words += [f"{letters} {_CONDITIONS.get(name, name.lower())}" for name in names]
        return condition, list(dict.fromkeys(words))

    def _compartments(self, reference: int) -> list[int]:
        record = self.text.record(reference, "DATUM_SYSTEM")
        if record:
            return [number for value in record.parameters[4:] for number in refs(value)]
        return [reference]

    def _zone(self, number: int) -> tuple[str, list[str]]:
        """Return the form of a tolerance zone in words (``cylindrical or circular``), and how far the zone is projected."""
        form, words = "", []
        for zone in self.zones.get(number, ()):
            for user in (zone, *self.text.users(zone)):
                for record in self.text.records(user):
                    if record.keyword.startswith("TOLERANCE_ZONE") and user == zone:
                        for item in refs(list(record.parameters)):
                            shape = self.text.record(item, "TOLERANCE_ZONE_FORM")
                            form = shape.text(0).strip().lower() if shape else form
                    if record.keyword == "PROJECTED_ZONE_DEFINITION":
                        measured = self.measures.measure(record.ref(3))
                        words += [f"projected {measured[0]:.6g} {measured[1]}"] if measured else []
        return form, words

    def _letters(self, number: int, depth: int = 0) -> list[str]:
        """Return the datum letters of a datum system, compartment, reference or common datum, in order."""
        if depth > _MAX_DEPTH:
            return []
        for record in self.text.records(number):
            if record.keyword == "DATUM":
                return [record.text(4) or record.text(0)]
            if record.keyword == "COMMON_DATUM":
                letters = [
                    letter
                    for value in record.parameters[4:]
                    for item in refs(value)
                    for letter in self._letters(item, depth + 1)
                ]
                return ["-".join(letters)] if letters else [record.text(4)]
            if record.keyword in _GROUPS_OF_DATUMS:
                return self._letters_of(record, depth)
        return []

    def _letters_of(self, record: Record, depth: int) -> list[str]:
        found: list[str] = []
        for place, value in enumerate(record.parameters):
            if place == 2:  # the product definition shape is parameter 2 of an aspect, never a datum
                continue
            letters = [letter for item in refs(value) for letter in self._letters(item, depth + 1)]
            listed = isinstance(value, Record) or (isinstance(value, list) and record.keyword != "DATUM_SYSTEM")
            found += ["-".join(letters)] if listed and len(letters) > 1 else letters
        return found

    def datum(self, number: int) -> PmiItem:
        """Return one datum with the faces of its feature or of its targets."""
        record = self.text.record(number, "DATUM") or self.text.record(number, "COMMON_DATUM")
        letter = (record.text(4) or record.text(0)) if record else ""
        return PmiItem(
            id=f"#{number}", kind="datum", group="datum", nominal=None, lower=None, upper=None, zone=None,
            datums=(letter,), faces=self.aspects.faces(number),
        )  # fmt: skip


def _datum_modifiers(record: Record | None) -> tuple[object, ...]:
    """Return the modifiers of a datum reference, which follow the datum."""
    if record is None or not record.keyword.startswith("DATUM_REFERENCE") or len(record.parameters) < 6:
        return ()
    return record.parameters[5:]


def _widen(size: Size, low: float | None, high: float | None, *, symmetric: bool) -> None:
    """Set the limits of ``size`` from deviations; ``symmetric`` ones may be written with one sign."""
    if low is None or high is None or size.nominal is None:
        return
    if symmetric and low == high:
        low = -abs(high)
    size.lower, size.upper = size.nominal + min(low, high), size.nominal + max(low, high)
