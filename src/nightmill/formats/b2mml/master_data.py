"""Master data of a shop as B2MML: its equipment, its materials with their stock, and the operations of each part."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import NamedTuple

from nightmill.floor import ShopState
from nightmill.formats.b2mml.xml import duration, maybe, quantity, tag, value
from nightmill.vocabulary.ids import operation_id
from nightmill.vocabulary.shop import BLANK_PREFIX, Shop, WorkUnit

PROCESSES = {"mill": "milling", "lathe": "turning"}
TREATMENT = "treatment"
"""ISA-95 process segments of the shop's own work."""


def equipment(shop: Shop) -> ET.Element:
    """``EquipmentInformation``: the site, its work centres and work units, each mill with its limits."""
    centers: dict[str, list[WorkUnit]] = {}
    for unit in shop.work_units:
        centers.setdefault(unit.work_center, []).append(unit)
    below = [
        tag("EquipmentChild", tag("ID", name), tag("EquipmentLevel", "WorkCenter"), *map(_unit, units))
        for name, units in centers.items()
    ]
    site = tag("Equipment", tag("ID", shop.name), tag("EquipmentLevel", "Site"), *below)
    return tag("EquipmentInformation", tag("ID", shop.name), site)


def _unit(unit: WorkUnit) -> ET.Element:
    properties = [tag("EquipmentProperty", tag("ID", name), value(f"{amount:g}", "double", measure))
                  for name, amount, measure in _abilities(unit)]  # fmt: skip
    level = tag("EquipmentLevel", "WorkUnit")
    return tag("EquipmentChild", tag("ID", unit.id), level, *properties, tag("EquipmentClassID", unit.kind))


def _abilities(unit: WorkUnit) -> Iterator[tuple[str, float, str]]:
    """Name, amount and unit of the properties that ``import b2mml`` reads back into shop.toml."""
    limits = unit.limits
    if unit.cuts and limits is not None:
        yield from zip(("TravelX", "TravelY", "TravelZ"), limits.travel_mm, ("mm", "mm", "mm"), strict=True)
        yield "SpindleRpmMax", limits.spindle_rpm_max, "1/min"
        yield "SpindleKW", limits.spindle_kw, "kW"
        yield "FeedMaxMmMin", limits.feed_max_mm_min, "mm/min"
        yield "RapidMmMin", limits.rapid_mm_min, "mm/min"
        yield "AccelMmS2", limits.accel_mm_s2, "mm/s2"
        yield "ToolChangeS", limits.tool_change_s, "s"
    elif unit.kind == "robot":
        yield "MoveS", unit.move_s, "s"
    elif unit.kind in {"gauge", "vision"}:
        yield "MeasureS", unit.measure_s, "s"
    elif unit.kind == "process":
        yield "Places", unit.places, "parts"
    yield "PowerKwIdle", unit.power_kw_idle, "kW"
    yield "PowerKwCutting", unit.power_kw_cutting, "kW"


def materials(shop: Shop, state: ShopState) -> ET.Element:
    """``MaterialInformation``: parts with their material, all other items (purchased or made), and the stock."""
    parts = {part.name for part in shop.parts}
    definitions = [
        tag("MaterialDefinition", tag("ID", part.name), maybe("Version", part.revision),
            tag("MaterialDefinitionProperty", tag("ID", "Material"), value(part.material)) if part.material else None)
        for part in shop.parts
    ]  # fmt: skip
    names = dict.fromkeys((*(item.item for item in shop.items), *state.stock))
    definitions += [tag("MaterialDefinition", tag("ID", name)) for name in names if name not in parts]
    lots = [
        tag("MaterialLot", tag("ID", f"stock-{item}"), tag("MaterialDefinitionID", item), quantity(count))
        for item, count in state.stock.items()
    ]
    return tag("MaterialInformation", tag("ID", shop.name), *definitions, *lots)


def definitions(shop: Shop, state: ShopState) -> ET.Element:
    """``OperationsDefinitionInformation``: one definition for each part, one segment for each setup (``unplanned`` before planning) and treatment."""
    listed = [
        tag("OperationsDefinition", tag("ID", part.name), maybe("Version", part.revision),
            tag("OperationsType", "Production"), *_segments(shop, state, part.name))
        for part in shop.parts
    ]  # fmt: skip
    return tag("OperationsDefinitionInformation", tag("ID", shop.name), *listed)


def _segments(shop: Shop, state: ShopState, part: str) -> Iterator[ET.Element]:
    steps = segments(shop, state, part)
    for place, step in enumerate(steps):
        materials = consumed(shop, part, 1, "MaterialSpecification") if place == 0 else []
        if place == len(steps) - 1:
            materials.append(material("MaterialSpecification", part, "Produced", 1))
        time = tag("Duration", duration(step.seconds)) if step.seconds is not None else None
        machines = [
            tag("EquipmentSpecification", tag("ID", machine), tag("EquipmentID", machine)) for machine in step.machines
        ]
        yield tag(
            "OperationsSegment", tag("ID", step.operation), tag("OperationsType", "Production"), time,
            tag("ProcessSegmentID", step.process), *machines, *materials,
        )  # fmt: skip


class Segment(NamedTuple):
    """A setup, or a treatment in an oven, washer or tumbler; ``machines`` if only some can do it, ``seconds`` if known."""

    operation: str
    process: str
    seconds: float | None
    machines: tuple[str, ...] = ()


def segments(shop: Shop, state: ShopState, part: str) -> list[Segment]:
    """Return the segments of a part, in order: its setups (``unplanned`` before planning), then its in-house treatments."""
    route = state.routes.get(part)
    routed = [Segment(each.operation, PROCESSES[each.kind], each.cycle_s) for each in route.operations] if route else []
    treated = [
        Segment(operation_id(part, step.name), TREATMENT, 3600.0 * step.hours, step.machines)
        for step in shop.treatments_of(part)
    ]
    return [*(routed or [Segment("unplanned", PROCESSES["mill"], None)]), *treated]


def consumed(shop: Shop, part: str, pieces: int, name: str) -> list[ET.Element]:
    """Return the material for this many pieces of a part, blank first, as elements with this name."""
    blank = next((each.blank_item for each in shop.parts if each.name == part), "") or f"{BLANK_PREFIX}{part}"
    needs = {line.child: line.quantity for line in shop.bom if line.parent == part}
    needs = {blank: needs.pop(blank, 1), **needs}
    return [material(name, item, "Consumed", count * pieces) for item, count in needs.items()]


def material(name: str, item: str, use: str, pieces: int) -> ET.Element:
    """Return a material specification or requirement: a number of pieces of an item."""
    return tag(
        name, tag("ID", f"{use} {item}"), tag("MaterialDefinitionID", item), tag("MaterialUse", use), quantity(pieces)
    )
