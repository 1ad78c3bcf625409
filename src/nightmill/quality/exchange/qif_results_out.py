"""Write QIF 3.0 (ISO 23952) results: the plan's characteristics, the readings of each part, and the verdicts."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from datetime import datetime

from nightmill.quality.exchange.qif import PlanDocument, element_name
from nightmill.quality.exchange.reading import JudgedReading
from nightmill.quality.inspection.characteristic import Characteristic

_OF_CHARACTERISTIC = {"good": "PASS", "bad": "FAIL", "doubt": "INDETERMINATE", "no limits": "NOT_ANALYZED"}


def results_qif(
    plan: Sequence[Characteristic], part: str, judged: Sequence[JudgedReading], *, created: datetime
) -> bytes:
    """Return the readings as a QIF 3.0 results document (UTF-8), one set of results per serial, without features.

    A part fails if one reading is ``bad`` and passes if all readings with limits are ``good``. Each value has its standard
    uncertainty. The document's id is derived from part, serials and time, so equal input gives equal bytes.
    """
    serials = list(dict.fromkeys(each.serial for each in judged))
    document = PlanDocument(plan, part, created, "|".join([part, *serials]))
    root = document.root()
    results = ET.SubElement(root, "Results")
    sets = ET.SubElement(results, "MeasurementResultsSet", n=str(len(serials)))
    components: list[tuple[str, str, str]] = []
    for serial in serials:
        own = [each for each in judged if each.serial == serial]
        result = ET.SubElement(sets, "MeasurementResults", id=document.next_id())
        measured = ET.SubElement(
            ET.SubElement(result, "MeasuredCharacteristics"), "CharacteristicMeasurements", n=str(len(own))
        )
        for each in own:
            _measurement(measured, each, document.next_id(), document.item_of_balloon)
        status = _status(own)
        _text(ET.SubElement(result, "InspectionStatus"), "InspectionStatusEnum", status)
        components.append((document.next_id(), serial, status))
        _text(ET.SubElement(result, "ActualComponentIds", n="1"), "Id", components[-1][0])
    actual = ET.SubElement(
        ET.SubElement(results, "ActualComponentSets", n="1"), "ActualComponentSet", n=str(len(serials))
    )
    for number, serial, status in components:
        component = ET.SubElement(actual, "ActualComponent", id=number)
        if serial:
            _text(component, "SerialNumber", serial)
        _text(ET.SubElement(component, "Status"), "InspectionStatusEnum", status)
    return document.written(root)


def _measurement(parent: ET.Element, reading: JudgedReading, number: str, items: Mapping[int, str]) -> None:
    element = ET.SubElement(parent, f"{element_name(reading.kind)}CharacteristicMeasurement", id=number)
    status = _OF_CHARACTERISTIC[reading.verdict]
    _text(ET.SubElement(element, "Status"), "CharacteristicStatusEnum", status)
    _text(element, "CharacteristicItemId", items[reading.balloon])
    if reading.time:
        _text(element, "TimeStamp", reading.time)
    value = ET.SubElement(element, "Value", combinedUncertainty=f"{reading.uncertainty / 2:.9f}", meanError="0")
    value.text = f"{reading.value:.9f}"


def _status(readings: Sequence[JudgedReading]) -> str:
    verdicts = {each.verdict for each in readings} - {"no limits"}
    if "bad" in verdicts:
        return "FAIL"
    return "PASS" if verdicts == {"good"} else "UNKNOWN"


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
