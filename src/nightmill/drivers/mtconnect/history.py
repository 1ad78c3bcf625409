"""Read recorded MTConnect documents as histories of each device's signals.

An agent reports a value when it changes, so each value holds until the data item's next value, or until ``UNAVAILABLE``.
"""

from collections.abc import Mapping
from xml.etree.ElementTree import Element

import msgspec

from nightmill.drivers.limited_xml import local_name, parse_xml, refused
from nightmill.drivers.telemetry import utc_us_of_text

MODE, EXECUTION, MAINTENANCE, ACTIVE = "FunctionalMode", "Execution", "MAINTENANCE", "ACTIVE"
UNAVAILABLE = "UNAVAILABLE"


class Observed(msgspec.Struct, frozen=True, order=True):
    """The change of a device's signal to a value at a UTC time (µs since 1970); ``None``: the value is unknown from then on.

    ``setting_active`` is 1 while the controller executes a program; ``serviced`` is 1 when maintenance ends.
    """

    device: str
    signal: str
    at_us: int
    sequence: int
    value: float | None


def mtconnect_history(documents: Mapping[str, str | bytes]) -> list[Observed]:
    """Return the changes in the Streams documents (by file name), in order of device, signal and time; duplicates count once.

    Numbers of the category SAMPLE become ``sensor_NAME`` (the data item's name; its id if it has none or shares it with another
    item). Among the events, only ``Execution`` and the end of ``FunctionalMode`` MAINTENANCE are used. Raises ``BadInput`` for other
    documents.
    """
    rows: dict[tuple[str, str, int, int], tuple[str, Element]] = {}
    for file, document in documents.items():
        root = parse_xml(document, file)
        if local_name(root.tag) != "MTConnectStreams":
            raise refused(file, local_name(root.tag), "MTConnectStreams")
        for stream in (each for each in root.iter() if local_name(each.tag) == "DeviceStream"):
            device = stream.get("name") or stream.get("uuid") or "device"
            for group in stream.iter():
                if local_name(group.tag) in ("Samples", "Events"):
                    for seen in group:
                        at_us, sequence = _when(file, seen)
                        key = (device, seen.get("dataItemId", ""), at_us, sequence)
                        rows[key] = (local_name(group.tag), seen)
    names = _names({(device, item, seen.get("name", "")) for (device, item, _, _), (_, seen) in rows.items()})
    found: list[Observed] = []
    modes: dict[str, str] = {}
    for (device, item, at_us, sequence), (category, seen) in sorted(rows.items(), key=lambda row: row[0][2:]):
        text, kind = (seen.text or "").strip(), local_name(seen.tag)
        if category == "Samples":
            found.append(Observed(device, f"sensor_{names[device, item]}", at_us, sequence, _number(text)))
        elif kind == EXECUTION:
            active = None if text == UNAVAILABLE else float(text == ACTIVE)
            found.append(Observed(device, "setting_active", at_us, sequence, active))
        elif kind == MODE:
            if modes.get(device) == MAINTENANCE and text not in (MAINTENANCE, UNAVAILABLE):
                found.append(Observed(device, "serviced", at_us, sequence, 1.0))
            modes[device] = modes.get(device, "") if text == UNAVAILABLE else text
    return sorted(found, key=lambda each: (each.device, each.signal, each.at_us, each.sequence))


def _when(file: str, seen: Element) -> tuple[int, int]:
    at_us, sequence = utc_us_of_text(seen.get("timestamp", "")), seen.get("sequence", "")
    if at_us is None or not sequence.isdecimal():
        place = f"{seen.get('dataItemId', '')}: timestamp {seen.get('timestamp', '')!r}, sequence {sequence!r}"
        raise refused(file, place, "an ISO 8601 time and a whole number")
    return at_us, int(sequence)


def _names(items: set[tuple[str, str, str]]) -> dict[tuple[str, str], str]:
    """Return the name of each data item of each device: its own, or its id if it has none or shares it with another item of the device."""
    owners: dict[tuple[str, str], set[str]] = {}
    for device, item, name in items:
        owners.setdefault((device, name), set()).add(item)
    return {
        (device, item): name if name and len(owners[device, name]) == 1 else item
        for device, item, name in sorted(items)
    }


def _number(text: str) -> float | None:
    """Return the value of a sample; ``None`` for vectors and series."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e300 else None
