"""Read values of semantic PMI: measures in mm or degrees, sizes with their limits, deviations, and modifiers."""

import math
from dataclasses import dataclass, field

from nightmill.cad.pmi.shape_aspects import refs
from nightmill.cad.step.part21 import Enum, Part21, Record, Ref
from nightmill.cad.step.units import length_unit, unit_of

_BOUNDS = {"maximum": "upper", "minimum": "lower"}
_NOTES = {"theoretical": "basic", "basic": "basic", "auxiliary": "reference", "reference": "reference"}


@dataclass
class Size:
    """Content of a dimension: ``nominal``, ``lower`` and ``upper`` in ``unit``, and the words next to the value."""

    nominal: float | None = None
    lower: float | None = None
    upper: float | None = None
    unit: str = "mm"
    words: list[str] = field(default_factory=list)


class Measures:
    """The measures in one file."""

    def __init__(self, text: Part21) -> None:
        self.text = text
        self._default = length_unit(text)[1]
        self._of_dimension: dict[int, list[int]] = {}
        for number in text.of("DIMENSIONAL_CHARACTERISTIC_REPRESENTATION"):
            record = text.record(number)
            if record and (dimension := record.ref(0)) is not None:
                self._of_dimension.setdefault(dimension, []).extend(refs(record.at(1)))

    def size(self, dimension: int) -> Size:
        """Return the nominal value and limits of a dimension from its representations."""
        size = Size()
        for representation in self._of_dimension.get(dimension, ()):
            record = self.text.record(representation)
            for item in self._items(refs(record.at(1)) if record else []):
                self._add(size, item)
        size.words = list(dict.fromkeys(size.words))
        return size

    def _items(self, numbers: list[int]) -> list[int]:
        """Return the items of a representation, including those of compound items."""
        found: list[int] = []
        for number in numbers:
            compound = self.text.record(number, "COMPOUND_REPRESENTATION_ITEM")
            found += refs(compound.at(1) or compound.at(0)) if compound else [number]
        return found

    def _add(self, size: Size, item: int) -> None:
        described = self.text.record(item, "DESCRIPTIVE_REPRESENTATION_ITEM")
        if described:
            word = described.text(1).strip().lower()
            size.words.append(_NOTES.get(word, word))
            return
        measured = self.measure(item)
        if measured is None:
            return
        value, unit, name = measured
        place = "lower" if "lower" in name else "upper" if "upper" in name else "nominal"
        if getattr(size, place) is None:
            setattr(size, place, value)
            size.unit = unit
        if place == "nominal":
            bound = self._bound(item)
            if bound and getattr(size, bound) is None:
                setattr(size, bound, value)

    def _bound(self, number: int) -> str:
        """Return ``upper`` for a size marked MAX, ``lower`` for one marked MIN, else an empty string."""
        qualified = self.text.record(number, "QUALIFIED_REPRESENTATION_ITEM")
        for qualifier in refs(list(qualified.parameters)) if qualified else ():
            record = self.text.record(qualifier, "TYPE_QUALIFIER")
            if record and (bound := _BOUNDS.get(record.text(0).strip().lower())):
                return bound
        return ""

    def measure(self, number: int | None) -> tuple[float, str, str] | None:
        """Return value in mm or degrees, unit and name of a measure, simple or complex; None if there is no number."""
        value: float | None = None
        unit: int | None = None
        name = kind = ""
        for record in self.text.records(number):
            if record.keyword == "REPRESENTATION_ITEM":
                name = record.text(0).lower()
            if record.keyword.endswith("MEASURE_REPRESENTATION_ITEM") and record.parameters:
                name = record.text(0).lower() or name
            if "MEASURE" not in record.keyword:
                continue
            for parameter in record.parameters:
                if isinstance(parameter, Record) and isinstance(parameter.at(0), float):
                    value, kind = float(str(parameter.at(0))), parameter.keyword
                elif isinstance(parameter, Ref):
                    unit = parameter.id
        if value is None or not math.isfinite(value):
            return None
        if unit is None:
            return (value, "deg", name) if "ANGLE" in kind else (value * self._default, "mm", name)
        unit_name, factor = unit_of(self.text, unit)
        return value * factor, "deg" if unit_name == "deg" else "mm", name

    def deviations(self, number: int) -> tuple[float | None, float | None, str]:
        """Return lower and upper deviation of a plus-minus tolerance, and the code of a fit such as ``H7``."""
        record = self.text.record(number)
        if record and record.keyword == "TOLERANCE_VALUE":
            low, high = self.measure(record.ref(0)), self.measure(record.ref(1))
            return (low[0] if low else None), (high[0] if high else None), ""
        if record and record.keyword == "LIMITS_AND_FITS":
            return None, None, f"{record.text(0)}{record.text(2)}".strip()
        return None, None, ""


def enums(value: object) -> list[str]:
    """Return the names of all enumeration values in a parameter, including typed and nested ones, in order."""
    if isinstance(value, Enum):
        return [value.name]
    if isinstance(value, Record):
        return [name for inner in value.parameters for name in enums(inner)]
    if isinstance(value, list):
        return [name for inner in value for name in enums(inner)]
    return []
