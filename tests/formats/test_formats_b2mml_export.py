"""A shop as B2MML: valid by the structure of MESA's XSDs of V0701 (written down here), and the same shop when it is read back."""

import xml.etree.ElementTree as ET
from datetime import datetime

import msgspec
import pytest
from exchange_sample import sample_shop

from nightmill.floor import ShopState, empty_state, records
from nightmill.formats import b2mml_documents
from nightmill.formats.b2mml.read import read_b2mml
from nightmill.formats.b2mml.xml import tag
from nightmill.vocabulary.events import Event, Reported, RoutedOperation, ScheduleLine
from nightmill.vocabulary.ids import OrderId, PartId, SerialId
from nightmill.vocabulary.reports import PartsTreated, Report, TreatmentStarted
from nightmill.vocabulary.shop import Finishing, Shop, WorkUnit

OPERATION = "MaterialDefinitionID* MaterialLotID* MaterialSubLotID* Description* MaterialUse? Quantity*"
ORDER = {
    "EquipmentInformation": "ID Description* HierarchyScope? PublishedDate? Equipment*",
    "Equipment": "ID Version? Description* HierarchyScope? EquipmentLevel? EquipmentProperty* EquipmentChild* EquipmentClassID*",
    "EquipmentProperty": "ID Description* Value*",
    "MaterialInformation": "ID? Description* MaterialClass* MaterialDefinition* MaterialLot* MaterialSubLot*",
    "MaterialDefinition": "ID Version? Description* MaterialDefinitionProperty* MaterialClassID*",
    "MaterialDefinitionProperty": "ID Description* Value*",
    "MaterialLot": "ID Version? Description* MaterialDefinitionID? Status? StorageLocation? Quantity*",
    "OperationsDefinitionInformation": "ID Description* PublishedDate? OperationsDefinition* OperationsSegment*",
    "OperationsDefinition": "ID Description* Version? PublishedDate? OperationsType? OperationsSegment*",
    "OperationsSegment": "ID Description* OperationsType? Duration? ProcessSegmentID* EquipmentSpecification* MaterialSpecification*",
    "EquipmentSpecification": "ID EquipmentClassID* EquipmentID*",
    "MaterialSpecification": "ID " + OPERATION,
    "OperationsSchedule": "ID Description* Version? PublishedDate? StartTime? EndTime? OperationsType? ScheduleState? OperationsRequest+",
    "OperationsRequest": "ID Description* Version? StartTime? EndTime? OperationsType? Priority? RequestState? OperationsDefinitionID? SegmentRequirement+",
    "SegmentRequirement": "ID Description* EarliestStartTime? LatestEndTime? OperationsType? ProcessSegmentID Duration? OperationsDefinitionID OperationsSegmentID SegmentState? SegmentParameter* EquipmentRequirement* MaterialRequirement*",
    "SegmentParameter": "ID Value*",
    "EquipmentRequirement": "ID EquipmentClassID* EquipmentID*",
    "MaterialRequirement": "ID " + OPERATION,
    "OperationsPerformance": "ID Description* PublishedDate? StartTime? Endtime? OperationsType? OperationsScheduleID? PerformanceState? OperationsResponse+",
    "OperationsResponse": "ID Description* StartTime? EndTime? OperationsType? OperationsRequestID* SegmentRequirementID* OperationsDefinitionID* OperationsSegmentID* ResponseState? SegmentResponse+",
    "SegmentResponse": "ID Description* ActualStartTime? ActualEndTime? OperationsType? ProcessSegmentID* OperationsRequestID* SegmentRequirementID* OperationsDefinitionID* OperationsSegmentID* SegmentState? SegmentData* EquipmentActual* MaterialActual*",
    "SegmentData": "ID Description* Value*",
    "EquipmentActual": "ID EquipmentClassID* EquipmentID*",
    "MaterialActual": "ID " + OPERATION,
    "Quantity": "QuantityString DataType? UnitOfMeasure?",
    "Value": "ValueString DataType? UnitOfMeasure?",
}  # fmt: skip
"""The children of each type in the schema's order, with how many there may be; those that nobody writes are left out."""
WORDS = {
    "RequestState": {"Released", "Cancelled", "Ready", "Running", "Completed"},
    "ResponseState": {"Running", "Completed", "Aborted"},
    "SegmentState": {"Running", "Completed", "Aborted", "Held"},
    "PerformanceState": {"Running", "Completed"},
    "EquipmentLevel": {"Site", "WorkCenter", "WorkUnit"},
    "MaterialUse": {"Consumed", "Produced"},
    "DataType": {"string", "integer", "double", "dateTime", "duration"},
    "OperationsType": {"Production"},
}
"""Values that the schema's enumerations have."""


def broken(record: ET.Element) -> list[str]:
    """All that the structure doesn't allow in an element and below."""
    name = str(record.tag).rsplit("}", 1)[1].replace("EquipmentChild", "Equipment")
    if str(record.tag) != f"{{http://www.mesa.org/xml/B2MML}}{name}" and not str(record.tag).endswith("EquipmentChild"):
        return [f"{record.tag}: namespace"]
    children = [str(child.tag).rsplit("}", 1)[1] for child in record]
    wrong = [problem for child in record for problem in broken(child)]
    if name not in ORDER:
        text = (record.text or "").strip()
        if name in WORDS and text not in WORDS[name]:
            wrong.append(f"{name}: {text}")
        if "Time" in name or name.endswith(("time", "Date")):
            datetime.fromisoformat(text)
        return wrong + [f"{name}: {each}" for each in children]
    left = list(children)
    for word in ORDER[name].split():
        child, many = word.rstrip("?*+"), word[-1] if word[-1] in "?*+" else "1"
        count = 0
        while left and left[0] == child:
            left.pop(0)
            count += 1
        if (count == 0 and many in "1+") or (count > 1 and many in "1?"):
            wrong.append(f"{name}: {count} of {child}")
    return wrong + [f"{name}: {each} out of place" for each in left]


def run_of_it() -> ShopState:
    """The sample's order with one part good, one scrapped after an interruption, one being cut."""
    state = empty_state(sample_shop())
    routed = [RoutedOperation("plate/1", "d" * 64, 600.0, {}), RoutedOperation("plate/2", "e" * 64, 300.0, {})]
    state.routes["plate"] = records.RouteState(PartId("plate"), True, routed)
    names = [f"plate.{n}" for n in (1, 2, 3)]
    order = records.OrderState(OrderId("plate"), PartId("plate"), 2, 86400.0, 3, 0.0, names, promise_s=4000.0)
    state.orders["plate"] = order
    state.now_s = 5000.0
    cuts = [
        records.Cut("plate/1", "mill-1", "c1", "d" * 64, 300.0, 910.0, energy_kwh=0.75),
        records.Cut("plate/2", "mill-2", "c2", "e" * 64, 1000.0, 1300.0),
    ]
    state.parts[names[0]] = records.PartState(
        SerialId(names[0]), OrderId("plate"), PartId("plate"), "finished", cuts, disposition="good"
    )
    stopped = records.Cut("plate/1", "mill-2", "c3", "d" * 64, 2000.0, interrupted="tool T7 broke")
    state.parts[names[1]] = records.PartState(
        SerialId(names[1]), OrderId("plate"), PartId("plate"), "scrap", [stopped], disposition="scrap"
    )
    begun = records.Cut("plate/1", "mill-1", "c4", "d" * 64, 4900.0)
    state.parts[names[2]] = records.PartState(SerialId(names[2]), OrderId("plate"), PartId("plate"), "wip", [begun])
    state.schedule = [ScheduleLine(names[2], "plate/2", "mill-2", 5600.0, 6000.0, 6300.0)]
    return state


def found(root: ET.Element, path: str) -> list[str]:
    """The texts at a path of local names."""
    return [each.text or "" for each in root.iterfind("/".join(f"{{*}}{name}" for name in path.split("/")))]


def test_every_document_has_the_structure_of_the_schema() -> None:
    written = b2mml_documents(sample_shop(), run_of_it())
    assert len(written) == 5
    for name, text in written.items():
        assert broken(ET.fromstring(text)) == [], name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<OperationsSegmentID>plate/1</OperationsSegmentID>", b""),
        (b"<RequestState>Running", b"<RequestState>Busy"),
        (b"SegmentRequirement>", b"SegmentDemand>"),
        (b"xml/B2MML", b"xml/B2MM"),
    ],
)
def test_the_structure_is_told_when_it_is_broken(old: bytes, new: bytes) -> None:
    text = b2mml_documents(sample_shop(), run_of_it())["operations_schedule.xml"]
    assert old in text
    assert broken(ET.fromstring(text.replace(old, new)))


def test_the_same_shop_is_read_back() -> None:
    shop, state = sample_shop(), run_of_it()
    state.stock["blank-plate"] = 7
    back = read_b2mml(b2mml_documents(shop, state))
    assert back.ignored["OperationsResponse"] == 1, "what was made is no part of a shop that is to be set up"
    assert back.site == shop.name
    assert [(m.id, m.kind, m.work_center) for m in back.machines] == [
        (unit.id, unit.kind, unit.work_center) for unit in shop.work_units
    ]
    assert back.machines[0].values["spindle_rpm_max"] == 15000.0
    assert back.machines[0].values["travel_mm"] == (760.0, 500.0, 510.0)
    assert [(p.name, p.material, p.blank) for p in back.parts] == [("plate", "Al 6061", "blank-plate")]
    assert back.stock == {"blank-plate": 7}
    (order,) = back.orders
    assert (order.id, order.item, order.quantity, order.priority) == ("plate", "plate", 2, 3)
    assert order.due == "2026-11-03T07:00:00.000Z"


def test_an_order_whose_date_is_over_before_its_release_has_an_end_alone() -> None:
    shop = sample_shop()
    due_s = shop.orders[0].release_s - 5 * 86400.0
    shop = msgspec.structs.replace(shop, orders=(msgspec.structs.replace(shop.orders[0], due_s=due_s),))
    written = b2mml_documents(shop, empty_state(shop))["operations_schedule.xml"]
    assert not broken(ET.fromstring(written))
    assert found(ET.fromstring(written), "OperationsRequest/StartTime") == []
    (order,) = read_b2mml({"it.xml": written}).orders
    assert (order.release, order.due) == ("", "2026-10-28T07:00:00.000Z")


def test_performance_tells_what_was_cut_and_what_it_came_to() -> None:
    root = ET.fromstring(b2mml_documents(sample_shop(), run_of_it())["operations_performance.xml"])
    assert found(root, "OperationsResponse/ResponseState") == ["Running"]
    segments = "OperationsResponse/SegmentResponse"
    assert found(root, f"{segments}/SegmentState") == ["Completed", "Completed", "Aborted", "Running"]
    assert found(root, f"{segments}/EquipmentActual/EquipmentID") == ["mill-1", "mill-2", "mill-2", "mill-1"]
    assert found(root, f"{segments}/MaterialActual/MaterialSubLotID") == ["plate.1"]
    assert found(root, f"{segments}/ActualStartTime")[0] == "2026-11-02T07:05:00.000Z"
    assert "good" in found(root, f"{segments}/SegmentData/Value/ValueString")


def test_the_plan_stands_beside_what_was_asked() -> None:
    root = ET.fromstring(b2mml_documents(sample_shop(), run_of_it())["operations_schedule.xml"])
    requirement = "OperationsRequest/SegmentRequirement"
    assert found(root, "OperationsRequest/EndTime") == ["2026-11-03T07:00:00.000Z"]
    assert found(root, f"{requirement}/SegmentParameter/ID") == [
        "PlannedStartTime",
        "PlannedEndTime",
        "PromisedEndTime",
    ]
    assert found(root, f"{requirement}/EquipmentRequirement/EquipmentID") == ["mill-2"]


def treated() -> tuple[Shop, ShopState, tuple[Event, ...]]:
    """The sample's part is turned first, then hardened in one of two ovens and deburred at a table; the log has a load of it."""
    shop, state = sample_shop(), run_of_it()
    replace = msgspec.structs.replace
    steps = (
        Finishing("harden", machines=("kiln-1", "kiln-2"), hours=8.0),
        Finishing("deburr", machines=("table",), hours=0.5, attended=True),
    )
    ovens = tuple(WorkUnit(name, "process", "heat") for name in ("kiln-1", "kiln-2", "table"))
    shop = replace(shop, parts=(replace(shop.parts[0], finishing=steps),), work_units=(*shop.work_units, *ovens))
    first, second = state.routes["plate"].operations
    state.routes["plate"].operations = [replace(first, kind="lathe"), second]
    # the table's line: all the work counts as putting in
    state.schedule.append(ScheduleLine("plate.3", "plate/deburr", "table", 40000.0, 41830.0, 41831.0))
    reports: tuple[Report, ...] = (
        TreatmentStarted(1, 2000.0, "kiln-1", "t1", ("plate.1", "plate.3"), "harden"),
        PartsTreated(2, 30800.0, "kiln-1", "t1", ("plate.1", "plate.3"), "harden", 28800.0),
        TreatmentStarted(3, 31000.0, "table", "t2", ("plate.1",), "deburr"),
    )
    return shop, state, tuple(Event(n, each.at_s, "machine", Reported(each)) for n, each in enumerate(reports, 1))  # type: ignore[arg-type]


def test_treatments_are_segments_of_their_own() -> None:
    shop, state, log = treated()
    written = b2mml_documents(shop, state, log)
    for name, text in written.items():
        assert broken(ET.fromstring(text)) == [], name
    root = ET.fromstring(written["operations_definition.xml"])
    segment = "OperationsDefinition/OperationsSegment"
    assert found(root, f"{segment}/ID") == ["plate/1", "plate/2", "plate/harden", "plate/deburr"]
    assert found(root, f"{segment}/ProcessSegmentID") == ["turning", "milling", "treatment", "treatment"]
    assert found(root, f"{segment}/Duration")[2:] == ["PT28800.000S", "PT1800.000S"]
    assert found(root, f"{segment}/EquipmentSpecification/EquipmentID") == ["kiln-1", "kiln-2", "table"]
    assert found(root, f"{segment}/MaterialSpecification/MaterialUse") == ["Consumed", "Produced"]
    root = ET.fromstring(written["operations_schedule.xml"])
    requirements = list(root.iterfind("{*}OperationsRequest/{*}SegmentRequirement"))
    assert [found(each, "OperationsSegmentID") for each in requirements] == [
        ["plate/1"], ["plate/2"], ["plate/harden"], ["plate/deburr"],
    ]  # fmt: skip
    assert found(requirements[3], "SegmentParameter/Value/ValueString")[0] == "2026-11-02T18:07:11.000Z"
    assert found(requirements[3], "SegmentParameter/ID")[-1] == "PromisedEndTime"
    root = ET.fromstring(written["operations_performance.xml"])
    segments = {found(each, "ID")[0]: each for each in root.iterfind("{*}OperationsResponse/{*}SegmentResponse")}
    hardened = segments["plate.1 plate/harden"]
    assert found(hardened, "SegmentState") == ["Completed"]
    assert found(hardened, "EquipmentActual/EquipmentID") == ["kiln-1"]
    assert found(hardened, "SegmentData/Value/ValueString") == ["2", "PT28800.000S"]
    assert found(segments["plate.1 plate/deburr"], "SegmentState") == ["Running"]
    assert found(root, "OperationsResponse/SegmentResponse/MaterialActual/MaterialSubLotID") == [], "it isn't made yet"
    end = Event(
        4, 33000.0, "machine", Reported(PartsTreated(4, 33000.0, "table", "t2", ("plate.1",), "deburr", 1800.0))
    )
    root = ET.fromstring(b2mml_documents(shop, state, (*log, end))["operations_performance.xml"])
    assert found(root, "OperationsResponse/SegmentResponse/MaterialActual/MaterialSubLotID") == ["plate.1"]
    assert [(p.name, p.blank) for p in read_b2mml(written).parts] == [("plate", "blank-plate")]


def test_names_keep_the_spaces_and_joiners_of_their_script() -> None:
    assert tag("ID", "夜工\u3000一\u00a0م\u200cn").text == "夜工\u3000一\u00a0م\u200cn"
    assert tag("ID", "a\x01\x85\ud800\uffffb\n").text == "ab"


def test_a_shop_that_was_never_run_has_orders_and_no_performance() -> None:
    shop = sample_shop()
    written = b2mml_documents(shop, empty_state(shop))
    assert "operations_performance.xml" not in written
    root = ET.fromstring(written["operations_schedule.xml"])
    assert found(root, "OperationsRequest/RequestState") == ["Released"]
    assert found(root, "OperationsRequest/SegmentRequirement/OperationsSegmentID") == ["unplanned"]


def test_an_oven_comes_back_with_its_places() -> None:
    shop = sample_shop()
    shop = msgspec.structs.replace(shop, work_units=(*shop.work_units, WorkUnit("kiln-1", "process", "heat", places=8)))
    found = read_b2mml(b2mml_documents(shop, empty_state(shop)))
    kiln = next(machine for machine in found.machines if machine.id == "kiln-1")
    assert (kiln.kind, repr(kiln.values["places"])) == ("process", "8")
