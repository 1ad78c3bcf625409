"""The four documents of an MTConnect agent: Devices, Streams, Assets and Error, by version 2.5 of the standard."""

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, tostring
from xml.sax.saxutils import escape, quoteattr

import msgspec

from nightmill.drivers.limited_xml import local_name, parse_xml
from nightmill.drivers.mtconnect.buffer import Asset, Observation
from nightmill.drivers.mtconnect.model import DeviceModel
from nightmill.drivers.mtconnect.shdr import Entries

VERSION = "2.5"
LIFE_CYCLE = [
    "CutterStatus",
    "ReconditionCount",
    "ToolLife",
    "ProgramToolGroup",
    "ProgramToolNumber",
    "Location",
    "ProcessSpindleSpeed",
    "ProcessFeedRate",
    "ConnectionCodeMachineSide",
    "Measurements",
    "CuttingItems",
]
"""The order that the schema requires within ``CuttingToolLifeCycle``; adapters may send any order."""
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_CONDITIONS = {"NORMAL": "Normal", "WARNING": "Warning", "FAULT": "Fault", "UNAVAILABLE": "Unavailable"}


class Header(msgspec.Struct, frozen=True):
    """The header of every document, which describes its agent; times as text in UTC."""

    created: str
    model_changed: str
    instance_id: int
    sender: str
    buffer_size: int
    asset_size: int
    asset_count: int
    first_sequence: int
    last_sequence: int
    next_sequence: int


def devices_document(header: Header, model: DeviceModel, only: str | None = None) -> str:
    """Return the answer to ``probe``."""
    attributes = {
        "bufferSize": header.buffer_size,
        "assetBufferSize": header.asset_size,
        "assetCount": header.asset_count,
    }
    chosen = [device for device in model.devices if only is None or device.uuid == only]
    body = "".join(_renamed(device.element) for device in chosen)
    return _document("MTConnectDevices", header, attributes, f"<Devices>{body}</Devices>")


def streams_document(
    header: Header,
    observations: Iterable[Observation],
    model: DeviceModel,
    *,
    following: int,
    devices: Iterable[str] | None = None,
) -> str:
    """Return the answer to ``current`` and ``sample``; ``following`` is the next sequence number to request."""
    grouped: dict[str, dict[str, list[Observation]]] = {
        device.uuid: {} for device in model.devices if devices is None or device.uuid in devices
    }
    for seen in observations:
        if seen.item.device in grouped:
            grouped[seen.item.device].setdefault(seen.item.component_id, []).append(seen)
    names = {device.uuid: device.name for device in model.devices}
    streams = "".join(
        f"<DeviceStream name={quoteattr(names[uuid])} uuid={quoteattr(uuid)}>"
        f"{''.join(_component(each) for each in parts.values())}</DeviceStream>"
        for uuid, parts in grouped.items()
    )
    attributes = {
        "bufferSize": header.buffer_size,
        "nextSequence": following,
        "firstSequence": header.first_sequence,
        "lastSequence": header.last_sequence,
    }
    return _document("MTConnectStreams", header, attributes, f"<Streams>{streams}</Streams>")


def assets_document(header: Header, assets: Iterable[Asset]) -> str:
    """Return the answer to ``assets``."""
    attributes = {"assetBufferSize": header.asset_size, "assetCount": header.asset_count}
    body = "".join(_asset(asset) for asset in assets)
    return _document("MTConnectAssets", header, attributes, f"<Assets>{body}</Assets>")


def error_document(header: Header, code: str, text: str) -> str:
    """Return an error answer; ``code`` is one of the standard's error codes."""
    body = f"<Errors><Error errorCode={quoteattr(code)}>{escape(text)}</Error></Errors>"
    return _document("MTConnectError", header, {"bufferSize": header.buffer_size}, body)


def _document(kind: str, header: Header, attributes: Mapping[str, int], body: str) -> str:
    said: dict[str, str | int] = {
        "creationTime": header.created,
        "sender": header.sender,
        "instanceId": header.instance_id,
        "version": VERSION,
        **({} if kind == "MTConnectError" else {"deviceModelChangeTime": header.model_changed}),
        **attributes,
    }
    text = " ".join(f"{key}={quoteattr(str(value))}" for key, value in said.items())
    return f'{_DECLARATION}<{kind} xmlns="urn:mtconnect.org:{kind}:{VERSION}"><Header {text}/>{body}</{kind}>'


def _component(observations: list[Observation]) -> str:
    item = observations[0].item
    by_category: dict[str, list[str]] = {}
    for seen in observations:
        by_category.setdefault(seen.item.category, []).append(_observation(seen))
    parts = [
        f"<{tag}>{''.join(by_category[category])}</{tag}>"
        for category, tag in (("SAMPLE", "Samples"), ("EVENT", "Events"), ("CONDITION", "Condition"))
        if category in by_category
    ]
    name = f" name={quoteattr(item.component_name)}" if item.component_name else ""
    identity = quoteattr(item.component_id)
    return (
        f'<ComponentStream component="{item.component}"{name} componentId={identity}>{"".join(parts)}</ComponentStream>'
    )


def _observation(seen: Observation) -> str:
    item = seen.item
    attributes: dict[str, str] = {
        "dataItemId": item.id,
        "timestamp": seen.time,
        "sequence": str(seen.sequence),
        "name": item.name,
        "subType": item.sub_type,
        "compositionId": item.composition_id,
        "resetTriggered": seen.reset,
        "duration": seen.duration,
    }
    tag, body = item.element, seen.fields[0] if seen.fields else ""
    if item.category == "CONDITION":
        level, code, severity, qualifier, text = (*seen.fields, "", "", "", "", "")[:5]
        tag, body = _CONDITIONS[level], text
        attributes["conditionId"] = seen.condition_id
        attributes |= {"type": item.type, "nativeCode": code, "nativeSeverity": severity, "qualifier": qualifier}
    elif item.type == "MESSAGE" and len(seen.fields) > 1:
        # the schema has no attribute for a message's native code
        body = ": ".join(part for part in seen.fields[:2] if part)
    elif item.type in ("ASSET_CHANGED", "ASSET_REMOVED"):
        attributes["assetType"] = seen.fields[1] if len(seen.fields) > 1 else "UNAVAILABLE"
    elif item.representation == "TIME_SERIES":
        unknown = seen.fields[0] == "UNAVAILABLE"
        attributes["sampleCount"], body = ("0", "") if unknown else (seen.fields[0], seen.fields[2])
        attributes["sampleRate"] = "" if unknown else seen.fields[1]
    text = " ".join(f"{key}={quoteattr(value)}" for key, value in attributes.items() if value)
    if item.representation in ("DATA_SET", "TABLE"):
        entries = seen.entries or {}
        inside = "UNAVAILABLE" if seen.entries is None else "".join(_entries(entries))
        return f'<{tag} {text} count="{len(entries)}">{inside}</{tag}>'
    return f"<{tag} {text}>{escape(body)}</{tag}>"


def _entries(entries: Entries) -> Iterable[str]:
    for key, value in entries.items():
        if value is None:
            yield f'<Entry key={quoteattr(key)} removed="true"/>'
        elif isinstance(value, dict):
            cells = "".join(f"<Cell key={quoteattr(name)}>{escape(cell)}</Cell>" for name, cell in value.items())
            yield f"<Entry key={quoteattr(key)}>{cells}</Entry>"
        else:
            yield f"<Entry key={quoteattr(key)}>{escape(value)}</Entry>"


def _asset(asset: Asset) -> str:
    root = parse_xml(asset.body, f"asset {asset.id}")
    root.set("assetId", asset.id)
    root.set("timestamp", asset.time)
    root.set("deviceUuid", asset.device)
    if asset.removed:
        root.set("removed", "true")
    for element in root.iter():
        if local_name(element.tag) == "CuttingToolLifeCycle":
            element[:] = sorted(element, key=_life_cycle_order)
    return _renamed(root)


def _life_cycle_order(element: Element) -> int:
    name = local_name(element.tag)
    return LIFE_CYCLE.index(name) if name in LIFE_CYCLE else len(LIFE_CYCLE)


def _renamed(element: Element) -> str:
    """Return the element as text in the namespace of the surrounding document; a foreign namespace is kept."""
    return tostring(_bare(element), encoding="unicode")


def _bare(element: Element) -> Element:
    foreign = element.tag.startswith("{") and not element.tag.startswith("{urn:mtconnect.org:MTConnect")
    made = Element(element.tag if foreign else local_name(element.tag), dict(element.attrib))
    made.text, made.tail = element.text, element.tail
    made.extend(_bare(child) for child in element if isinstance(child.tag, str))
    return made
