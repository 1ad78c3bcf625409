"""A shop's event log as OCEL 2.0 in JSON, for process mining.

OCEL (Object-Centric Event Log) 2.0 Specification, Berti et al. 2023, section 8. Its published JSON schema requires every
attribute's value as text; the types are declared separately, with the event's and the object's type.

Each fact becomes an event with the same name as in the log, in shop time; parts, orders, machines and so on that the
fact names become objects and relationships. Acknowledgements, which add nothing to the command, and telemetry samples are left out.
"""

import math
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

import msgspec

from nightmill.vocabulary import commands, events, reports
from nightmill.vocabulary.ids import order_of
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import utc_text

LEFT_OUT = (events.CommandAcknowledged, reports.SignalsSampled)
NOT_SAID = frozenset({"seq", "at_s", "text", "image"})
"""Fields that are recorded elsewhere (number, time), or are contents rather than facts (a program's text, an image's name)."""

TIMES = frozenset({"due_s", "needed_by_s", "promise_s", "promised_s", "start_s"})
"""Fields that are points in shop time; other fields in seconds are durations."""

LINKS = {
    "serial": ("part", "part"),
    "serials": ("part", "part"),
    "order": ("order", "order"),
    "remake_of": ("order", "remake of"),
    "item": ("item", "item"),
    "part": ("item", "item"),
    "blank_item": ("item", "blank"),
    "operation": ("operation", "operation"),
    "unit": ("machine", "machine"),
    "machine": ("machine", "machine"),
    "pallet": ("pallet", "pallet"),
    "edge": ("tool edge", "edge"),
    "tool_edges": ("tool edge", "edge"),
    "purchase_order": ("lot", "lot"),
}
"""For each field that names an object: the object's type, and the qualifier of the relationship."""

OBJECT_ATTRIBUTES = {
    "order": {"quantity": "integer", "due": "time", "priority": "integer", "customer": "string", "promise": "time"},
    "item": {"source": "string", "material": "string", "revision": "string", "cad_sha256": "string"},
    "part": {"disposition": "string"},
    "operation": {"cycle_s": "float", "program_sha256": "string"},
    "machine": {"kind": "string", "work_center": "string"},
    "tool edge": {"tool": "integer"},
    "pallet": {},
    "lot": {"quantity": "integer", "supplier": "string"},
}
"""The types of objects and their attributes. A lot is the delivery of one purchase order."""


def ocel_log(shop: Shop, log: Iterable[events.Event]) -> dict[str, Any]:
    """Return the document: ``eventTypes``, ``objectTypes``, ``events``, ``objects``, ready for a JSON writer."""
    writer = _Writer(shop)
    for event in log:
        writer.add(event)
    return writer.document()


class _Writer:
    def __init__(self, shop: Shop) -> None:
        self.start = shop.start.astimezone(UTC)
        self.events: list[dict[str, Any]] = []
        self.declared: dict[str, dict[str, str]] = {}
        self.objects: dict[str, dict[str, Any]] = {}
        for unit in shop.work_units:
            self._say("machine", unit.id, 0.0, kind=unit.kind, work_center=unit.work_center)
        for item in shop.items:
            self._say("item", item.item, 0.0, source=item.source)
        for part in shop.parts:
            self._say("item", part.name, 0.0, material=part.material, revision=part.revision)
        self.customers = {order.id: order.customer for order in shop.orders}

    def document(self) -> dict[str, Any]:
        """Return the document of all events added so far."""
        kinds = {name: dict(sorted(attributes.items())) for name, attributes in sorted(self.declared.items())}
        return {
            "objectTypes": [_type(name, attributes) for name, attributes in OBJECT_ATTRIBUTES.items()],
            "eventTypes": [_type(name, attributes) for name, attributes in kinds.items()],
            "objects": [self._written(each) for each in self.objects.values()],
            "events": self.events,
        }

    def add(self, event: events.Event) -> None:
        """Add one event of the log, with the objects that it names."""
        inner: msgspec.Struct = event.fact
        name, at_s = str(event.fact.__struct_config__.tag), event.at_s
        if isinstance(event.fact, events.Reported):
            inner, at_s = event.fact.report, event.fact.report.at_s
            name = str(inner.__struct_config__.tag)
        elif isinstance(event.fact, events.CommandIssued):
            inner = event.fact.command
            name = f"{inner.__struct_config__.tag} issued"
        if isinstance(inner, LEFT_OUT):
            return
        attributes: dict[str, tuple[str, str]] = {"actor": ("string", event.actor)}
        if event.why:
            attributes["why"] = ("string", event.why)
        links: dict[tuple[str, str], None] = {}
        for field, value in _fields(inner):
            if field in LINKS:
                links |= dict.fromkeys(self._named(field, value, at_s))
            elif isinstance(value, dict):
                attributes |= {f"{field}: {key}": found for key, each in value.items() if (found := _scalar(each))}
            elif field in TIMES:
                attributes[field.removesuffix("_s")] = ("time", utc_text(self.start, value))
            elif found := _scalar(value):
                attributes[field] = found
        links |= dict.fromkeys(self._nested(inner, at_s))
        self._learn(event.fact, inner, at_s)
        self.declared.setdefault(name, {}).update({key: kind for key, (kind, _) in attributes.items()})
        self.events.append(
            {
                "id": f"e{event.seq}",
                "type": name,
                "time": utc_text(self.start, at_s),
                "attributes": [{"name": key, "value": text} for key, (_, text) in attributes.items()],
                "relationships": [{"objectId": target, "qualifier": word} for target, word in links],
            }
        )

    def _named(self, field: str, value: Any, at_s: float) -> Iterator[tuple[str, str]]:
        """The objects that a field names, created if they are new."""
        kind, word = LINKS[field]
        if isinstance(value, dict):
            for tool, edge in value.items():
                self._say(kind, edge, at_s, tool=int(tool))
                yield _id(kind, edge), word
            return
        for name in (value,) if isinstance(value, str) else value:
            if name:
                self._say(kind, name, at_s)
                yield _id(kind, name), word

    def _nested(self, inner: msgspec.Struct, at_s: float) -> Iterator[tuple[str, str]]:
        """Objects named inside lists of records: a route's operations, a schedule's orders, the characteristics to measure."""
        match inner:
            case events.RouteCertified():
                for routed in inner.operations:
                    self._say(
                        "operation", routed.operation, at_s, cycle_s=routed.cycle_s,
                        program_sha256=routed.program_sha256,
                    )  # fmt: skip
                    self._relate("operation", routed.operation, "item", inner.part, "makes")
                    yield _id("operation", routed.operation), "operation"
            case events.SchedulePublished():
                for order in dict.fromkeys(order_of(line.serial) for line in inner.lines):
                    self._say("order", order, at_s)
                    yield _id("order", order), "planned"
            case commands.MeasurePart():
                yield from self._named("serials", (inner.serial,), at_s)
            case _:
                return

    def _learn(self, fact: events.Fact, inner: msgspec.Struct, at_s: float) -> None:
        """Record an object's attributes from the event, and the relationships between objects."""
        match inner:
            case events.OrderReceived():
                due, customer = utc_text(self.start, inner.due_s), self.customers.get(inner.order, "")
                said = {"quantity": inner.quantity, "due": due, "priority": inner.priority, "customer": customer}
                self._say("order", inner.order, at_s, **said)
                self._relate("order", inner.order, "item", inner.item, "asks for")
                if inner.remake_of:
                    self._relate("order", inner.order, "order", inner.remake_of, "remakes")
            case events.OrderPromised():
                self._say("order", inner.order, at_s, promise=utc_text(self.start, inner.promise_s))
            case events.RouteCertified():
                self._say("item", inner.part, at_s, material=inner.material, cad_sha256=inner.cad_sha256)
            case events.PartDisposed():
                self._say("part", inner.serial, at_s, disposition=inner.disposition)
            case events.ParametersRevised(on_trial=False) | events.ParametersJudged(released=True):
                self._say("operation", inner.operation, at_s, program_sha256=inner.program_sha256)
            case events.PurchaseDecided():
                self._say("lot", inner.purchase_order, at_s, quantity=inner.quantity, supplier=inner.supplier)
                self._relate("lot", inner.purchase_order, "item", inner.item, "of")
            case commands.MountPart() if inner.blank_item:
                self._relate("part", inner.serial, "item", inner.blank_item, "cut from")
            case reports.ToolReplaced():
                self._say("tool edge", inner.edge, at_s, tool=inner.tool)
            case _:
                pass
        serial = getattr(inner, "serial", "")
        if serial and not isinstance(fact, events.SchedulePublished):
            order = order_of(serial)
            self._say("order", order, at_s)
            self._relate("part", serial, "order", order, "made for")

    def _say(self, kind: str, name: str, at_s: float, /, **said: Any) -> None:
        """Record an object, and its new attribute values."""
        known = self.objects.setdefault(
            _id(kind, name), {"kind": kind, "id": _id(kind, name), "attributes": [], "last": {}, "relationships": {}}
        )
        for attribute, value in said.items():
            found = _scalar(value)
            if found and found[1] and known["last"].get(attribute) != found[1]:
                known["last"][attribute] = found[1]
                known["attributes"].append({"name": attribute, "value": found[1], "time": utc_text(self.start, at_s)})

    def _relate(self, kind: str, name: str, other_kind: str, other: str, word: str) -> None:
        self._say(other_kind, other, 0.0)
        self._say(kind, name, 0.0)
        self.objects[_id(kind, name)]["relationships"][_id(other_kind, other), word] = None

    def _written(self, known: dict[str, Any]) -> dict[str, Any]:
        relationships = [{"objectId": target, "qualifier": word} for target, word in known["relationships"]]
        return {
            "id": known["id"],
            "type": known["kind"],
            "attributes": known["attributes"],
            "relationships": relationships,
        }


def _id(kind: str, name: str) -> str:
    """Return the object's id, which includes its type: an order and an item may share a name, but ids in a log must be unique."""
    return f"{kind}:{name}"


def _type(name: str, attributes: dict[str, str]) -> dict[str, Any]:
    return {"name": name, "attributes": [{"name": key, "type": kind} for key, kind in attributes.items()]}


def _fields(inner: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    for field in msgspec.structs.fields(inner):
        if field.name not in NOT_SAID:
            value = getattr(inner, field.name)
            yield field.name, float(value) if field.type is float else value


def _scalar(value: Any) -> tuple[str, str] | None:
    """Type and text of a plain value; ``None`` for anything else and for numbers that aren't finite."""
    match value:
        case bool():
            return "boolean", "true" if value else "false"
        case int():
            return "integer", str(value)
        case float():
            return ("float", repr(value)) if math.isfinite(value) else None
        case str():
            return "string", value
        case _:
            return None
