"""Read QIF 3.0 (ISO 23952) results: the measured characteristics in a document, by the balloon of the measured item."""

import math
import re
from xml.etree.ElementTree import Element, ParseError

from nightmill.quality.exchange.reading import Document, Reading, finite
from nightmill.vocabulary.errors import BadInput, Finding

_SUFFIX = "CharacteristicMeasurement"
_WORD = re.compile(r"(?<!^)(?=[A-Z])")
_ANGULAR = {"Angle", "AngleBetween", "AngleFrom", "UserDefinedAngle"}


def read_qif_results(text: str | bytes, file: str) -> Document:
    """Return the readings from a QIF results document; lengths in mm, angles in degrees, whatever units the document uses.

    ``characteristic`` is the item's designator (or its name), ``serial`` is that of the measured component, and
    ``uncertainty`` is twice the value's combined standard uncertainty. Measurements without a value (only pass or fail) are left
    out and counted. Raises ``BadInput`` for a document that isn't QIF, declares a DTD, has no results, or has invalid values,
    units or references.
    """
    return _Reader(file, _root(text, file)).read()


def _root(text: str | bytes, file: str) -> Element:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        found = str(error) or type(error).__name__
        raise BadInput(Finding(file, "XML", found, "a well-formed document without DTD", "Export it again.")) from error
    if _name(root) != "QIFDocument":
        raise BadInput(Finding(file, "", f"a {_name(root)}", "a QIFDocument", "Export the results as QIF 3.0."))
    return root


class _Reader:
    def __init__(self, file: str, root: Element) -> None:
        self.file, self.root = file, root
        self.findings: list[Finding] = []
        self.linear, self.angular = 1000.0, 180 / math.pi  # without units QIF means metres and radians
        self.other: dict[str, float] = {}

    def read(self) -> Document:
        self._units()
        items = {each.get("id", ""): each for each in _inside(self.root, "CharacteristicItems")}
        serials = {
            each.get("id", ""): _text(each, "SerialNumber")
            for each in self.root.iter()
            if _name(each) == "ActualComponent"
        }
        results = [each for each in self.root.iter() if _name(each) == "MeasurementResults"]
        if not results:
            remedy = "Give a results document, not a plan."
            raise BadInput(Finding(self.file, "", "no MeasurementResults", "results", remedy))
        readings: list[Reading] = []
        left_out = 0
        for result in results:
            of_result = [serials.get((each.text or "").strip(), "") for each in _inside(result, "ActualComponentIds")]
            for measured in _inside(result, "CharacteristicMeasurements"):
                value = _child(measured, "Value")
                if value is None or not (value.text or "").strip():
                    left_out += 1
                    continue
                own = _text(measured, "ActualComponentId")
                serial = serials.get(own, "") if own else next(iter(of_result), "")
                reading = self._reading(measured, value, items, serial)
                if reading is not None:
                    readings.append(reading)
        if not readings and not self.findings:
            self._note(
                "MeasurementResults", "no measured values", "characteristic measurements with a Value", "Export values."
            )
        if self.findings:
            raise BadInput(*self.findings)
        part = next((_text(each, "ModelNumber") or _text(each, "Name") for each in _inside(self.root, "PartSet")), "")
        return Document(tuple(readings), left_out, part)

    def _reading(self, measured: Element, value: Element, items: dict[str, Element], serial: str) -> Reading | None:
        place = f"{_name(measured)} id {measured.get('id', '?')}"
        item = items.get(_text(measured, "CharacteristicItemId"))
        if item is None:
            found = f"CharacteristicItemId {_text(measured, 'CharacteristicItemId')!r}"
            self._note(place, found, "an item of the document", "Export definitions and results in one document.")
            return None
        designator = _child(item, "CharacteristicDesignator")
        label = (_text(designator, "Designator") if designator is not None else "") or _text(item, "Name")
        bare = _name(measured).removesuffix(_SUFFIX)
        figure = finite(value.text or "")
        error = value.get("combinedUncertainty")
        uncertainty = None if error is None else finite(error)
        factor = self._factor(value, bare, place)
        if figure is None or (error is not None and uncertainty is None):
            self._note(place, f"Value {value.text!r}", "a finite number", "Export the results again.")
        if figure is None or factor is None:
            return None
        return Reading(
            characteristic=label,
            value=figure * factor,
            place=place,
            serial=serial,
            time=_text(measured, "TimeStamp"),
            unit="deg" if bare in _ANGULAR else "mm",
            kind=_WORD.sub("_", bare).lower(),
            uncertainty=None if uncertainty is None else 2 * uncertainty * factor,
        )

    def _factor(self, value: Element, bare: str, place: str) -> float | None:
        name = value.get("angularUnit" if bare in _ANGULAR else "linearUnit")
        if name is None:
            return self.angular if bare in _ANGULAR else self.linear
        if name not in self.other:
            self._note(
                place, f"unit {name}", "a unit that FileUnits declares", "Declare it, or export in primary units."
            )
        return self.other.get(name)

    def _units(self) -> None:
        for kind, to_ours in (("LinearUnit", 1000.0), ("AngularUnit", 180 / math.pi)):
            for group in ("PrimaryUnits", "OtherUnits"):
                for units in (each for each in self.root.iter() if _name(each) == group):
                    for unit in (each for each in units.iter() if _name(each) == kind):
                        self._unit(unit, to_ours, primary=group == "PrimaryUnits")

    def _unit(self, unit: Element, to_ours: float, *, primary: bool) -> None:
        conversion = _child(unit, "UnitConversion")
        factor, offset = 1.0, 0.0
        if conversion is not None:
            factor = finite(_text(conversion, "Factor") or "1") or 0.0
            offset = finite(_text(conversion, "Offset") or "0") or 0.0
        if factor <= 0 or offset != 0:
            self._note(
                f"unit {_text(unit, 'UnitName')}", f"factor {factor}", "a factor > 0 without offset", "Correct it."
            )
        self.other[_text(unit, "UnitName")] = factor * to_ours
        if primary and _name(unit) == "LinearUnit":
            self.linear = factor * to_ours
        elif primary:
            self.angular = factor * to_ours

    def _note(self, place: str, found: str, expected: str, remedy: str) -> None:
        self.findings.append(Finding(self.file, place, found, expected, remedy))


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _inside(root: Element, group: str) -> list[Element]:
    """Yield the children of every element called ``group`` below ``root``."""
    return [each for found in root.iter() if _name(found) == group for each in found]


def _child(element: Element, name: str) -> Element | None:
    return next((each for each in element if _name(each) == name), None)


def _text(element: Element, name: str) -> str:
    found = _child(element, name)
    return "" if found is None else (found.text or "").strip()
