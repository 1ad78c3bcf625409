"""A device as an MTConnect ``Devices`` document describes it: its data items, by id and by SHDR key."""

import re
from collections.abc import Iterator
from typing import Literal
from xml.etree.ElementTree import Element

import msgspec

from nightmill.drivers.limited_xml import local_name, parse_xml
from nightmill.drivers.mtconnect.shdr import KeyKind
from nightmill.vocabulary.errors import BadInput, Finding

Category = Literal["SAMPLE", "EVENT", "CONDITION"]
CATEGORIES: dict[str, Category] = {"SAMPLE": "SAMPLE", "EVENT": "EVENT", "CONDITION": "CONDITION"}
SUFFIX = {"TIME_SERIES": "TimeSeries", "DATA_SET": "DataSet", "TABLE": "Table", "DISCRETE": "Discrete"}
WHOLE_WORDS = {"PH": "PH", "AC": "AC", "DC": "DC", "MTCONNECT": "MTConnect", "URI": "URI", "IP": "IP"}
"""Words that keep their capitals in element names (MTConnect Standard part 2.0, naming conventions)."""


class DataItem(msgspec.Struct, frozen=True):
    """A data item of a device; ``component`` and ``component_id`` say where it is observed, ``device`` is the device's uuid."""

    id: str
    category: Category
    type: str
    device: str
    component: str
    component_id: str
    component_name: str = ""
    name: str = ""
    sub_type: str = ""
    representation: str = "VALUE"
    discrete: bool = False
    source: str = ""
    composition_id: str = ""
    constant: str | None = None

    @property
    def element(self) -> str:
        """The name of its observations: ``PathFeedrate``, ``VariableDataSet``."""
        kind = self.type.rpartition(":")[2]
        words = (WHOLE_WORDS.get(word, word.capitalize()) for word in kind.split("_"))
        return "".join(words) + SUFFIX.get(self.representation, "")

    @property
    def kind(self) -> KeyKind:
        """Number of fields of its value in SHDR."""
        if self.category == "CONDITION":
            return "condition"
        if self.type == "MESSAGE":
            return "message"
        kinds: dict[str, KeyKind] = {"TIME_SERIES": "time_series", "DATA_SET": "data_set", "TABLE": "table"}
        return kinds.get(self.representation, "value")


class Device(msgspec.Struct, frozen=True):
    """A device: its element of the model and its data items."""

    uuid: str
    name: str
    element: Element
    items: tuple[DataItem, ...]


class DeviceModel:
    """All devices of a document, with lookups for their items. Raises ``BadInput`` if the document isn't a Devices document."""

    def __init__(self, document: bytes | str, source: str = "Devices.xml") -> None:
        root = parse_xml(document, source)
        if local_name(root.tag) != "MTConnectDevices":
            raise _wrong(source, local_name(root.tag), "MTConnectDevices")
        self.devices = tuple(_device(element, source) for element in root.iter() if local_name(element.tag) == "Device")
        if not self.devices:
            raise _wrong(source, "no Device", "at least one")
        self.items = {item.id: item for device in self.devices for item in device.items}
        if len(self.items) != sum(len(device.items) for device in self.devices):
            raise _wrong(source, "one id twice", "a unique id for each DataItem")
        self.by_key = dict(_keys(self.devices))
        self.kinds: dict[str, KeyKind] = {key: item.kind for key, item in self.by_key.items()}

    def device(self, name: str) -> Device | None:
        """Return the device of this name or uuid."""
        return next((device for device in self.devices if name in (device.name, device.uuid)), None)


def _keys(devices: tuple[Device, ...]) -> Iterator[tuple[str, DataItem]]:
    """All SHDR keys: always ``device:key``, and the key alone for the first device that has it."""
    seen: set[str] = set()
    for device in devices:
        for item in device.items:
            for key in {item.source, item.name, item.id} - {""}:
                yield f"{device.name}:{key}", item
                if key not in seen:
                    seen.add(key)
                    yield key, item


def _device(element: Element, source: str) -> Device:
    uuid, name = element.get("uuid", ""), element.get("name", "")
    if not uuid or not name:
        raise _wrong(source, f"Device {name or uuid or '?'}", "a name and a uuid")
    return Device(uuid, name, element, tuple(_items(element, uuid, source)))


def _items(component: Element, device: str, source: str) -> Iterator[DataItem]:
    for child in component:
        tag = local_name(child.tag)
        if tag == "DataItems":
            for item in child:
                if local_name(item.tag) == "DataItem":
                    yield _item(item, component, device, source)
        elif tag == "Components":
            for each in child:
                if isinstance(each.tag, str):
                    yield from _items(each, device, source)


def _item(element: Element, component: Element, device: str, source: str) -> DataItem:
    get = element.get
    kind, identity = get("type", ""), get("id", "")
    category = CATEGORIES.get(get("category", ""))
    if category is None or not re.fullmatch(r"[\w:]+", kind) or not identity:
        raise _wrong(source, f"DataItem {identity or '?'}: {get('category')} {kind}", "an id, a category and a type")
    inside = {local_name(child.tag): child for child in element if isinstance(child.tag, str)}
    return DataItem(
        identity,
        category,
        kind,
        device,
        local_name(component.tag),
        component.get("id", ""),
        component.get("name", ""),
        get("name", ""),
        get("subType", ""),
        get("representation", "VALUE"),
        get("discrete") == "true" or get("representation") == "DISCRETE",
        (inside["Source"].text or "").strip() if "Source" in inside else "",
        get("compositionId", ""),
        _constant(inside.get("Constraints")),
    )


def _constant(constraints: Element | None) -> str | None:
    """Return the only allowed value, if there is just one."""
    inside = () if constraints is None else tuple(constraints)
    values = [child.text or "" for child in inside if local_name(child.tag) == "Value"]
    return values[0] if len(values) == 1 else None


def _wrong(source: str, found: str, expected: str) -> BadInput:
    return BadInput(Finding(source, "device model", found, expected, "Use an MTConnect Devices document."))
