"""What a shop is to make and has made, as B2MML: ``OperationsSchedule`` and ``OperationsPerformance``.

ISA-95 part 2 (ANSI/ISA-95.00.02-2018) has the objects: a request for an order, a segment requirement for each of its
set-ups; a response to it, a segment response for each cut of a serial part (a material sublot). A request's dates are what was asked; what the schedule in force makes of them stands in segment parameters.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from nightmill.files import b2mml_master as master
from nightmill.files.b2mml_xml import document, duration, maybe, moment, quantity, tag, value
from nightmill.floor import ShopState, records
from nightmill.vocabulary.shop import Shop

STATES = {"good": "Completed", "scrap": "Aborted", "quarantine": "Held"}
"""ISA-95's state of a part's last segment by its disposition."""


def b2mml_documents(shop: Shop, state: ShopState) -> dict[str, bytes]:
    """The documents by file name; ``state``: of the latest run, or that before the first event.

    Without an order there is no schedule, without a cut no performance: B2MML knows no empty ones.
    """
    roots = {
        "equipment.xml": master.equipment(shop),
        "material.xml": master.materials(shop, state),
        "operations_definition.xml": master.definitions(shop, state),
    }
    orders = _orders(shop, state)
    if orders:
        roots["operations_schedule.xml"] = _schedule(shop, state, orders)
    responses = list(_responses(shop, state))
    if responses:
        roots["operations_performance.xml"] = _performance(shop, state, responses)
    return {name: document(root) for name, root in roots.items()}


class Asked:
    """An order as it was asked for: by the book of the run, else by the shop's own files."""

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
        return moment(shop.start, seconds)

    def begins(order: Asked) -> str:
        """Empty where the shop's date is over before the release: an interval that ends before it begins is none."""
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
    """A segment requirement for each set-up; the whole order in one where the part isn't planned yet."""
    route, book = state.routes.get(order.item), state.orders.get(order.name)
    names = [each.operation for each in route.operations] if route else ["unplanned"]
    serials = set(book.serials) if book else set()
    for place, operation in enumerate(names):
        lines = [line for line in state.schedule if line.serial in serials and line.operation == operation]
        parameters = []
        if lines:
            parameters.append(_time("PlannedStartTime", moment(shop.start, min(line.start_s for line in lines))))
            parameters.append(_time("PlannedEndTime", moment(shop.start, max(line.end_s for line in lines))))
        last = place == len(names) - 1
        if last and book is not None and book.promise_s is not None and book.completed_s is None:
            parameters.append(_time("PromisedEndTime", moment(shop.start, book.promise_s)))
        machines = [
            tag("EquipmentRequirement", tag("ID", machine), tag("EquipmentID", machine))
            for machine in dict.fromkeys(line.machine for line in lines)
        ]
        needed = master.consumed(shop, order.item, order.quantity, "MaterialRequirement") if place == 0 else []
        if last:
            needed.append(master.material("MaterialRequirement", order.item, "Produced", order.quantity))
        yield tag(
            "SegmentRequirement", tag("ID", f"{order.name} {operation}"), tag("ProcessSegmentID", "milling"),
            tag("OperationsDefinitionID", order.item), tag("OperationsSegmentID", operation),
            *parameters, *machines, *needed,
        )  # fmt: skip


def _time(name: str, text: str) -> ET.Element:
    return tag("SegmentParameter", tag("ID", name), value(text, "dateTime"))


def _performance(shop: Shop, state: ShopState, responses: list[ET.Element]) -> ET.Element:
    # the schema spells the end of a performance with a small t
    return tag(
        "OperationsPerformance", tag("ID", f"{shop.name} performance"),
        tag("PublishedDate", moment(shop.start, state.now_s)), tag("StartTime", moment(shop.start, 0.0)),
        tag("Endtime", moment(shop.start, state.now_s)), tag("OperationsType", "Production"),
        tag("OperationsScheduleID", _schedule_id(shop)),
        tag("PerformanceState", "Completed" if state.ended else "Running"), *responses,
    )  # fmt: skip


def _responses(shop: Shop, state: ShopState) -> Iterator[ET.Element]:
    """A response to each order of which something was cut."""
    for order in state.orders.values():
        parts = [part for serial in order.serials if (part := state.parts[serial]).cuts]
        if not parts:
            continue
        segments = [segment for part in parts for segment in _segments(shop, part)]
        begun = min(cut.started_s for part in parts for cut in part.cuts)
        ended = order.completed_s
        word = "Completed" if ended is not None else "Aborted" if order.cancelled_s is not None else "Running"
        yield tag(
            "OperationsResponse", tag("ID", f"{order.id} response"), tag("StartTime", moment(shop.start, begun)),
            maybe("EndTime", "" if ended is None else moment(shop.start, ended)), tag("OperationsType", "Production"),
            tag("OperationsRequestID", order.id), tag("OperationsDefinitionID", order.item),
            tag("ResponseState", word), *segments,
        )  # fmt: skip


def _segments(shop: Shop, part: records.PartState) -> Iterator[ET.Element]:
    """A segment response for each cut of a part; the last tells what the part came to."""
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
        if last and part.disposition == "good":
            materials.append(
                tag("MaterialActual", tag("ID", f"Produced {part.serial}"), tag("MaterialDefinitionID", part.item),
                    tag("MaterialSubLotID", part.serial), tag("MaterialUse", "Produced"), quantity(1))
            )  # fmt: skip
        yield tag(
            "SegmentResponse", tag("ID", f"{part.serial} {cut.operation}"),
            tag("ActualStartTime", moment(shop.start, cut.started_s)),
            maybe("ActualEndTime", "" if cut.finished_s is None else moment(shop.start, cut.finished_s)),
            tag("OperationsType", "Production"), tag("ProcessSegmentID", "milling"),
            tag("OperationsRequestID", part.order), tag("SegmentRequirementID", f"{part.order} {cut.operation}"),
            tag("OperationsDefinitionID", part.item), tag("OperationsSegmentID", cut.operation),
            tag("SegmentState", word), *data,
            tag("EquipmentActual", tag("ID", cut.machine), tag("EquipmentID", cut.machine)), *materials,
        )  # fmt: skip
