"""A shop's orders and production results as B2MML: ``OperationsSchedule`` and ``OperationsPerformance``.

The objects are those of ISA-95 part 2 (ANSI/ISA-95.00.02-2018): a request for each order, with a segment requirement for each of
its setups and treatments; and a response to it, with a segment response for each cut and each treatment of a serial part (a material
sublot). A request has the dates that the customer asked for; the dates of the current schedule are in segment parameters.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from nightmill.floor import ShopState, records
from nightmill.formats.b2mml import master_data as master
from nightmill.formats.b2mml.xml import document, duration, maybe, quantity, tag, value
from nightmill.vocabulary.events import Event, Reported
from nightmill.vocabulary.ids import operation_id
from nightmill.vocabulary.reports import PartsTreated, TreatmentStarted
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import utc_text

STATES = {"good": "Completed", "scrap": "Aborted", "quarantine": "Held"}
"""ISA-95 state of a part's last segment, by its disposition."""


class Treated(NamedTuple):
    """A treatment of parts in an oven, washer or tumbler; times in s of shop time, ``ended_s`` is ``None`` while it is running."""

    machine: str
    operation: str
    serials: tuple[str, ...]
    started_s: float
    ended_s: float | None


def _treated(log: Iterable[Event]) -> list[Treated]:
    """Return the treatments in the log, in order of start."""
    found: list[Treated] = []
    at: dict[str, int] = {}
    for event in log:
        report = event.fact.report if isinstance(event.fact, Reported) else None
        if isinstance(report, TreatmentStarted):
            at[report.unit] = len(found)
            found.append(Treated(report.unit, report.operation, report.serials, report.at_s, None))
        elif isinstance(report, PartsTreated) and report.unit in at:
            place = at.pop(report.unit)
            found[place] = found[place]._replace(ended_s=report.at_s)
    return found


def b2mml_documents(shop: Shop, state: ShopState, log: Iterable[Event] = ()) -> dict[str, bytes]:
    """Return the documents by file name. ``state``: the state of the latest run, or before the first event; ``log``: the run's events.

    Without an order there is no schedule document, and without a cut no performance document, since B2MML doesn't allow empty ones.
    """
    roots = {
        "equipment.xml": master.equipment(shop),
        "material.xml": master.materials(shop, state),
        "operations_definition.xml": master.definitions(shop, state),
    }
    orders = _orders(shop, state)
    if orders:
        roots["operations_schedule.xml"] = _schedule(shop, state, orders)
    responses = list(_responses(shop, state, _treated(log)))
    if responses:
        roots["operations_performance.xml"] = _performance(shop, state, responses)
    return {name: document(root) for name, root in roots.items()}


class Asked:
    """An order as requested: from the run's order book, or otherwise from the shop's files."""

    def __init__(self, name: str, item: str, quantity: int, due_s: float, release_s: float, priority: int) -> None:
        self.name, self.item, self.quantity = name, item, quantity
        self.due_s, self.release_s, self.priority = due_s, release_s, priority


def _orders(shop: Shop, state: ShopState) -> list[Asked]:
    filed = {order.id: order for order in shop.orders}
    asked = {
        name: Asked(name, o.item, o.quantity, o.due_s, o.release_s, o.priority) for name, o in filed.items()
    }  # fmt: skip
    for name, order in state.orders.items():
        release_s = filed[name].release_s if name in filed else order.received_s
        asked[name] = Asked(name, order.item, order.quantity, order.due_s, release_s, order.priority)
    return list(asked.values())


def _schedule(shop: Shop, state: ShopState, orders: list[Asked]) -> ET.Element:
    def at(seconds: float) -> str:
        return utc_text(shop.start, seconds)

    def begins(order: Asked) -> str:
        """Empty if the due date is before the release: such an interval would not be valid."""
        return at(order.release_s) if order.release_s <= order.due_s else ""

    requests = [
        tag(
            "OperationsRequest", tag("ID", order.name), maybe("StartTime", begins(order)),
            tag("EndTime", at(order.due_s)), tag("OperationsType", "Production"), tag("Priority", str(order.priority)),
            tag("RequestState", _request_state(state, order.name)), *_requirements(shop, state, order),
        )
        for order in orders
    ]  # fmt: skip
    return tag(
        "OperationsSchedule", tag("ID", _schedule_id(shop)), tag("PublishedDate", at(state.now_s)),
        tag("StartTime", at(0.0)), tag("OperationsType", "Production"), *requests,
    )  # fmt: skip


def _schedule_id(shop: Shop) -> str:
    return f"{shop.name} orders"


def _request_state(state: ShopState, name: str) -> str:
    order = state.orders.get(name)
    if name in state.cancelled or (order is not None and order.cancelled_s is not None):
        return "Cancelled"
    if order is None:
        return "Released"
    if order.completed_s is not None:
        return "Completed"
    return "Running" if any(state.parts[serial].cuts for serial in order.serials) else "Ready"


def _requirements(shop: Shop, state: ShopState, order: Asked) -> Iterator[ET.Element]:
    """A segment requirement for each setup (one if the part isn't planned yet) and each treatment."""
    book, steps = state.orders.get(order.name), master.segments(shop, state, order.item)
    serials = set(book.serials) if book else set()
    for place, step in enumerate(steps):
        operation = step.operation
        lines = [line for line in state.schedule if line.serial in serials and line.operation == operation]
        parameters = []
        if lines:
            begins_s = min(shop.begins_s(line.operation, line.start_s, line.end_s) for line in lines)
            parameters.append(_time("PlannedStartTime", utc_text(shop.start, begins_s)))
            parameters.append(_time("PlannedEndTime", utc_text(shop.start, max(line.end_s for line in lines))))
        last = place == len(steps) - 1
        if last and book is not None and book.promise_s is not None and book.completed_s is None:
            parameters.append(_time("PromisedEndTime", utc_text(shop.start, book.promise_s)))
        machines = [
            tag("EquipmentRequirement", tag("ID", machine), tag("EquipmentID", machine))
            for machine in dict.fromkeys(line.machine for line in lines)
        ]
        needed = master.consumed(shop, order.item, order.quantity, "MaterialRequirement") if place == 0 else []
        if last:
            needed.append(master.material("MaterialRequirement", order.item, "Produced", order.quantity))
        yield tag(
            "SegmentRequirement", tag("ID", f"{order.name} {operation}"), tag("ProcessSegmentID", step.process),
            tag("OperationsDefinitionID", order.item), tag("OperationsSegmentID", operation),
            *parameters, *machines, *needed,
        )  # fmt: skip


def _time(name: str, text: str) -> ET.Element:
    return tag("SegmentParameter", tag("ID", name), value(text, "dateTime"))


def _performance(shop: Shop, state: ShopState, responses: list[ET.Element]) -> ET.Element:
    # the schema spells this element with a small t
    return tag(
        "OperationsPerformance", tag("ID", f"{shop.name} performance"),
        tag("PublishedDate", utc_text(shop.start, state.now_s)), tag("StartTime", utc_text(shop.start, 0.0)),
        tag("Endtime", utc_text(shop.start, state.now_s)), tag("OperationsType", "Production"),
        tag("OperationsScheduleID", _schedule_id(shop)),
        tag("PerformanceState", "Completed" if state.ended else "Running"), *responses,
    )  # fmt: skip


def _responses(shop: Shop, state: ShopState, treated: Sequence[Treated]) -> Iterator[ET.Element]:
    """A response for each order with at least one cut."""
    of_part: dict[str, list[Treated]] = {}
    for load in treated:
        for serial in load.serials:
            of_part.setdefault(serial, []).append(load)
    for order in state.orders.values():
        parts = [part for serial in order.serials if (part := state.parts[serial]).cuts]
        if not parts:
            continue
        segments = [
            segment
            for part in parts
            for segment in (
                *_segments(shop, state, part),
                *(_treatment(shop, part, load) for load in of_part.get(part.serial, ())),
            )
        ]
        begun = min(cut.started_s for part in parts for cut in part.cuts)
        ended = order.completed_s
        word = "Completed" if ended is not None else "Aborted" if order.cancelled_s is not None else "Running"
        yield tag(
            "OperationsResponse", tag("ID", f"{order.id} response"), tag("StartTime", utc_text(shop.start, begun)),
            maybe("EndTime", "" if ended is None else utc_text(shop.start, ended)), tag("OperationsType", "Production"),
            tag("OperationsRequestID", order.id), tag("OperationsDefinitionID", order.item),
            tag("ResponseState", word), *segments,
        )  # fmt: skip


def _segments(shop: Shop, state: ShopState, part: records.PartState) -> Iterator[ET.Element]:
    """A segment response for each cut of a part; the last one has the part's disposition."""
    route = state.routes.get(part.item)
    process = {each.operation: master.PROCESSES[each.kind] for each in route.operations} if route else {}
    for place, cut in enumerate(part.cuts, 1):
        last = place == len(part.cuts)
        word = "Aborted" if cut.interrupted else "Running" if cut.finished_s is None else "Completed"
        data = [tag("SegmentData", tag("ID", "ProgramSHA256"), value(cut.program_sha256))]
        if cut.energy_kwh > 0.0:
            data.append(tag("SegmentData", tag("ID", "Energy"), value(f"{cut.energy_kwh:.4f}", "double", "kWh")))
        if cut.finished_s is not None:
            spent = duration(cut.finished_s - cut.started_s)
            data.append(tag("SegmentData", tag("ID", "CycleTime"), value(spent, "duration")))
        if last and part.disposition:
            word = STATES.get(part.disposition, word)
            data.append(tag("SegmentData", tag("ID", "Disposition"), value(part.disposition)))
        materials = master.consumed(shop, part.item, 1, "MaterialActual") if place == 1 else []
        if last and part.disposition == "good" and not shop.treatments_of(part.item):
            materials.append(_produced(part))
        yield tag(
            "SegmentResponse", tag("ID", f"{part.serial} {cut.operation}"),
            tag("ActualStartTime", utc_text(shop.start, cut.started_s)),
            maybe("ActualEndTime", "" if cut.finished_s is None else utc_text(shop.start, cut.finished_s)),
            tag("OperationsType", "Production"), tag("ProcessSegmentID", process.get(cut.operation, "milling")),
            tag("OperationsRequestID", part.order), tag("SegmentRequirementID", f"{part.order} {cut.operation}"),
            tag("OperationsDefinitionID", part.item), tag("OperationsSegmentID", cut.operation),
            tag("SegmentState", word), *data,
            tag("EquipmentActual", tag("ID", cut.machine), tag("EquipmentID", cut.machine)), *materials,
        )  # fmt: skip


def _treatment(shop: Shop, part: records.PartState, load: Treated) -> ET.Element:
    """Return a segment response for a treatment of a part in an oven, a washer or by hand; the last treatment produces the part."""
    operation = operation_id(part.item, load.operation)
    last = shop.treatments_left(part.item, 0)[-1:] == (operation,)
    data = [tag("SegmentData", tag("ID", "PartsTogether"), value(str(len(load.serials)), "integer"))]
    if load.ended_s is not None:
        data.append(
            tag("SegmentData", tag("ID", "CycleTime"), value(duration(load.ended_s - load.started_s), "duration"))
        )
    materials = [_produced(part)] if last and load.ended_s is not None and part.disposition == "good" else []
    return tag(
        "SegmentResponse", tag("ID", f"{part.serial} {operation}"),
        tag("ActualStartTime", utc_text(shop.start, load.started_s)),
        maybe("ActualEndTime", "" if load.ended_s is None else utc_text(shop.start, load.ended_s)),
        tag("OperationsType", "Production"), tag("ProcessSegmentID", master.TREATMENT),
        tag("OperationsRequestID", part.order), tag("SegmentRequirementID", f"{part.order} {operation}"),
        tag("OperationsDefinitionID", part.item), tag("OperationsSegmentID", operation),
        tag("SegmentState", "Running" if load.ended_s is None else "Completed"), *data,
        tag("EquipmentActual", tag("ID", load.machine), tag("EquipmentID", load.machine)), *materials,
    )  # fmt: skip


def _produced(part: records.PartState) -> ET.Element:
    return tag(
        "MaterialActual", tag("ID", f"Produced {part.serial}"), tag("MaterialDefinitionID", part.item),
        tag("MaterialSubLotID", part.serial), tag("MaterialUse", "Produced"), quantity(1),
    )  # fmt: skip
