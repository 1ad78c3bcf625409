"""The shell of one serial part: its digital product passport, made from the log.

IDTA templates: Digital Product Passport part 1 (02099-1), Hierarchical Structures 1.1.1 (02011), and those in
``idta_templates``. No costs are included: a passport goes to the customer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from nightmill.formats.aas.elements import Element, element, listing, own, points_to, prop, shell, submodel
from nightmill.formats.aas.idta_templates import (
    NAMEPLATE,
    TECHNICAL_DATA,
    Plate,
    identity,
    nameplate,
    section,
    technical_data,
)
from nightmill.vocabulary import commands, events, reports
from nightmill.vocabulary.ids import order_of
from nightmill.vocabulary.shop import Shop

_BOM = "https://admin-shell.io/idta/HierarchicalStructures"
_PASSPORT = "https://admin-shell.io/idta/cds"


@dataclass
class Cut:
    """One finished operation: its machine, program, edges, time and duration."""

    operation: str
    machine: str
    program_sha256: str
    start_s: float
    end_s: float | None = None
    energy_kwh: float | None = None
    edges: tuple[str, ...] = ()


@dataclass
class Treatment:
    """A treatment of a part in an oven, in a washer or by hand, with the number of parts treated together."""

    name: str
    machine: str
    start_s: float
    together: int
    end_s: float | None = None


@dataclass
class Story:
    """The history of one part in the log."""

    serial: str
    order: str
    blank: str = ""
    cuts: list[Cut] = field(default_factory=list)
    treatments: list[Treatment] = field(default_factory=list)
    readings: dict[str, float] = field(default_factory=dict)
    verdicts: list[str] = field(default_factory=list)
    disposition: str = ""
    disposed_s: float = 0.0


@dataclass
class Stories:
    """Histories of all parts by serial, with the items of the orders and the certified routes."""

    parts: dict[str, Story] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)
    routes: dict[str, events.RouteCertified] = field(default_factory=dict)

    def part(self, serial: str) -> Story:
        """Return the part's history, created on first use."""
        return self.parts.setdefault(serial, Story(serial, order_of(serial)))


def stories(log: Iterable[events.Event]) -> Stories:
    """Collect the histories in one pass over the log."""
    found = Stories()
    for event in log:
        match event.fact:
            case events.RouteCertified() as fact:
                found.routes[fact.part] = fact
            case events.OrderReceived() as fact:
                found.items[fact.order] = fact.item
            case events.CommandIssued(commands.MountPart() as command) if command.blank_item:
                found.part(command.serial).blank = command.blank_item
            case events.VerdictGiven() as fact:
                found.part(fact.serial).verdicts.append(f"{fact.by}: {fact.verdict}")
            case events.PartDisposed() as fact:
                story = found.part(fact.serial)
                story.disposition, story.disposed_s = fact.disposition, event.at_s
            case events.Reported(report):
                _report(found, report)
            case _:
                pass
    return found


def _report(found: Stories, report: reports.AnyReport) -> None:
    match report:
        case reports.CycleStarted():
            cut = Cut(report.operation, report.unit, report.program_sha256, report.at_s)
            found.part(report.serial).cuts.append(cut)
        case reports.CycleFinished():
            cuts = [cut for cut in found.part(report.serial).cuts if cut.operation == report.operation]
            if cuts:
                cuts[-1].end_s, cuts[-1].energy_kwh = report.at_s, report.energy_kwh
                cuts[-1].edges = tuple(edge for _, edge in sorted(report.tool_edges.items()))
        case reports.TreatmentStarted():
            for serial in report.serials:
                begun = Treatment(report.operation, report.unit, report.at_s, len(report.serials))
                found.part(serial).treatments.append(begun)
        case reports.PartsTreated():
            for serial in report.serials:
                for treatment in found.part(serial).treatments[-1:]:
                    treatment.end_s = report.at_s
        case reports.PartMeasured():
            found.part(report.serial).readings |= report.readings
        case _:
            pass


def is_made(shop: Shop, story: Story, found: Stories) -> bool:
    """Return whether the part is good and all its in-house steps are done."""
    through = sum(each.end_s is not None for each in story.treatments)
    item = found.items.get(story.order, "")
    return story.disposition == "good" and not shop.treatments_left(item, through)


def part_shell(shop: Shop, story: Story, found: Stories) -> tuple[Element, list[Element]]:
    """Return the shell of a finished part, and its submodels."""
    item = found.items.get(story.order, "")
    asset = identity(shop, "parts", story.serial)
    disposed = shop.start.astimezone(UTC) + timedelta(seconds=story.disposed_s)
    known = next((part for part in shop.parts if part.name == item), None)
    revision = known.revision if known else ""
    plate = Plate(
        shop.name, item, item, story.serial, made=disposed.date(), revision=revision, of_shop=shop
    )  # fmt: skip

    def name(model: str) -> str:
        return identity(shop, "parts", story.serial, "submodels", model)

    models = [
        nameplate(name("Nameplate"), asset, plate),
        technical_data(name("TechnicalData"), plate, _sections(shop, story, found.routes.get(item), revision)),
    ]
    meanings = [NAMEPLATE, TECHNICAL_DATA]
    if story.blank:
        models.append(_structure(name("HierarchicalStructures"), asset, shop, story.blank))
        meanings.append(f"{_BOM}/1/1/Submodel")
    models.append(_passport(name("DppMetadata"), asset, disposed, shop, meanings))
    ids = {"serialNumber": story.serial, "order": story.order, "item": item}
    return shell(identity(shop, "parts", story.serial, "aas"), story.serial, asset, item, ids, models), models


def _sections(shop: Shop, story: Story, route: events.RouteCertified | None, revision: str) -> list[Element]:
    """Material and model, the operations done, the readings."""

    def utc(at_s: float | None) -> datetime | None:
        return None if at_s is None else shop.start.astimezone(UTC) + timedelta(seconds=at_s)

    model: dict[str, Any] = {"revision": revision, "blank": story.blank}
    if route is not None:
        model |= {"material": route.material, "cad_sha256": route.cad_sha256, "route_certified": route.certified}
    found = [section("Model", own(model))]
    for number, cut in enumerate(story.cuts, 1):
        done = {
            "operation": cut.operation,
            "machine": cut.machine,
            "program_sha256": cut.program_sha256,
            "start": utc(cut.start_s),
            "end": utc(cut.end_s),
            "energy_kwh": cut.energy_kwh,
            "edges": ", ".join(cut.edges),
        }
        found.append(section(f"Operation{number}", own(done)))
    for number, treatment in enumerate(story.treatments, 1):
        treated = {
            "treatment": treatment.name,
            "machine": treatment.machine,
            "start": utc(treatment.start_s),
            "end": utc(treatment.end_s),
            "parts_together": treatment.together,
        }
        found.append(section(f"Treatment{number}", own(treated)))
    spent = [cut.energy_kwh for cut in story.cuts if cut.energy_kwh is not None]
    verdict = {"verdicts": "; ".join(story.verdicts), "disposition": story.disposition}
    if spent:
        verdict["machining_energy_kwh"] = repr(sum(spent))
    return [*found, section("Result", own(verdict)), section("Readings_mm", own(story.readings))]


def _structure(ident: str, asset: str, shop: Shop, blank: str) -> Element:
    """Return the submodel Hierarchical Structures: the part is made from its blank (one step down)."""
    node = element("Entity", f"blank_{blank}", f"{_BOM}/Node/1/0", entityType="CoManagedEntity")
    node["statements"] = [prop("BulkCount", f"{_BOM}/BulkCount/1/0", 1, "xs:unsignedLong")]
    entry = element("Entity", "EntryNode", f"{_BOM}/EntryNode/1/0", entityType="SelfManagedEntity", globalAssetId=asset)
    to_entry = (("Submodel", ident), ("Entity", "EntryNode"))
    relation = element(
        "RelationshipElement", "HasPart", f"{_BOM}/HasPart/1/0",
        first=points_to(*to_entry), second=points_to(*to_entry, ("Entity", node["idShort"])),
    )  # fmt: skip
    entry["statements"] = [node, relation]
    elements = [entry, prop("ArcheType", f"{_BOM}/ArcheType/1/0", "OneDown")]
    return submodel(ident, "HierarchicalStructures", f"{_BOM}/1/1/Submodel", elements, revision="1")


def _passport(ident: str, asset: str, at: datetime, shop: Shop, meanings: list[str]) -> Element:
    """Return the passport's metadata. The shop's files don't name the legally responsible party, so that element has no value."""
    contents = [prop("", f"{_PASSPORT}/contentSpecificationId/1", each) for each in meanings]
    elements = [
        prop("digitalProductPassportId", f"{_PASSPORT}/digitalProductPassportId/1", ident),
        prop("uniqueProductIdentifier", f"{_PASSPORT}/uniqueProductIdentifier/1", asset),
        prop("granularity", f"{_PASSPORT}/granularity/1", "Item"),
        prop("dppSchemaVersion", f"{_PASSPORT}/dppSchemaVersion/1"),
        prop("dppStatus", f"{_PASSPORT}/dppStatus/1"),
        prop("lastUpdate", f"{_PASSPORT}/lastUpdate/1", at),
        prop("economicOperatorId", f"{_PASSPORT}/economicOperatorId/1"),
        listing("contentSpecificationIds", f"{_PASSPORT}/contentSpecificationIds/1", contents, of="Property"),
    ]
    return submodel(ident, "DppMetadata", f"{_PASSPORT}/dppMetadata/1", elements)
