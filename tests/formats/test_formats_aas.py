"""Shells: by the test engines of IDTA, by the published templates (idta_templates.json), and by what shop and log say."""

import io
import json
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from exchange_sample import CAD, PROGRAM, sample_log, sample_shop

from nightmill.formats.aas import package, shells
from nightmill.vocabulary import events, reports
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.shop import Finishing, MachineLimits, MadeBy, Shop, Site, WorkUnit

TEMPLATES = json.loads((Path(__file__).parent / "idta_templates.json").read_text(encoding="utf-8"))["templates"]
FREE = ("https://admin-shell.io/SMT/General/Arbitrary", "https://admin-shell.io/idta/CapabilityProperty")
"""Elements of the user's own, with a type of their own."""

ALTERNATIVES = {
    "https://admin-shell.io/idta/TimeSeries/UtcTime/1/1": "https://admin-shell.io/idta/TimeSeries/RelativePointInTime/1/1"
}
"""IDTA 02008-1-1, section 2.6: a record's time may be of any of its time formats; the template shows one."""

DROPPED_IN = "https://admin-shell.io/zvei/nameplate/1/0/ContactInformations/AddressInformation"


def environment(shop: Shop | None = None) -> dict[str, Any]:
    return dict(json.loads(msgspec.json.encode(shells(shop or sample_shop(), sample_log()))))


def told_shop() -> Shop:
    """The sample, with plates and an address written down."""
    shop = sample_shop()
    first = msgspec.structs.replace(shop.work_units[0], made_by=MadeBy("Example Works", "VM-500", "4711", 2021))
    site = Site("https://example.com/hollow-creek/", "12 Mill Road", "04101", "Hollow Creek")
    return msgspec.structs.replace(shop, work_units=(first, *shop.work_units[1:]), site=site)


def meaning(record: dict[str, Any]) -> str:
    return str(record["semanticId"]["keys"][0]["value"]) if "semanticId" in record else ""


def model_of(document: dict[str, Any], shell: str, name: str) -> dict[str, Any]:
    """A submodel by the displayed name of its shell and its own idShort."""
    found = next(s for s in document["assetAdministrationShells"] if s["displayName"][0]["text"] == shell)
    ids = [each["keys"][0]["value"] for each in found["submodels"]]
    return next(m for m in document["submodels"] if m["id"] in ids and m["idShort"] == name)


def elements(record: dict[str, Any]) -> list[dict[str, Any]]:
    inner = record.get("submodelElements", record.get("statements", record.get("value", [])))
    return [each for each in inner if isinstance(each, dict) and "modelType" in each] if isinstance(inner, list) else []


def walk(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for each in elements(record):
        yield each
        yield from walk(each)


def value(record: dict[str, Any], *names: str) -> Any:
    for name in names:
        record = next(each for each in elements(record) if each.get("idShort") == name)
    return record.get("value")


def english(record: dict[str, Any], *names: str) -> str | None:
    texts = value(record, *names)
    return texts[0]["text"] if texts else None


def off_template(found: list[dict[str, Any]], template: list[list[Any]], place: str) -> list[str]:
    """What differs from the published template: unknown meanings, kinds, types of value, names, how often."""
    wrong: list[str] = []
    counts = [0] * len(template)
    for each in found:
        name, said = f"{place}/{each.get('idShort', '')}", meaning(each)
        if not said and place.endswith("Record") and each["valueType"] == "xs:double":
            continue  # a variable of a time series
        said = ALTERNATIVES.get(said, said)
        rows = [n for n, row in enumerate(template) if row[2] == said and row[1] == each["modelType"]]
        if not rows:
            wrong.append(f"{name}: no {each['modelType']} of meaning {said!r}")
            continue
        same = [n for n in rows if template[n][0] == each.get("idShort")]
        row = template[(same or rows)[0]]
        counts[(same or rows)[0]] += 1
        free = said.startswith(FREE) or meaning(each) in ALTERNATIVES
        if row[4] and row[4] != each.get("valueType") and not free:
            wrong.append(f"{name}: {each.get('valueType')}, not {row[4]}")
        if row[3] in {"One", "ZeroToOne"} and row[0] and row[0] != each.get("idShort") and not _may_be_named(row):
            wrong.append(f"{name}: not named {row[0]}")
        if said != DROPPED_IN:
            wrong += off_template(elements(each), row[5], name)
    for row, count in zip(template, counts, strict=True):
        low, high = {"One": (1, 1), "OneToMany": (1, 999), "ZeroToOne": (0, 1)}.get(row[3], (0, 999))
        if not low <= count <= high:
            wrong.append(f"{place}: {count} times {row[0]}, not {row[3]}")
    return wrong


def _may_be_named(row: list[Any]) -> bool:
    """Names that the templates leave to the user: of nodes, of capabilities, of axes (numbered or named)."""
    return row[1] in {"Entity", "Capability"} or row[0].endswith("__00__") or row[0] == "EntryNode"


def wrong_of(document: dict[str, Any]) -> list[str]:
    known = {each["semanticId"]: each["elements"] for each in TEMPLATES.values()}
    wrong = []
    for model in document["submodels"]:
        if meaning(model) not in known:
            wrong.append(f"{model['idShort']}: no template {meaning(model)}")
        else:
            wrong += off_template(model["submodelElements"], known[meaning(model)], model["idShort"])
    return wrong


@pytest.mark.parametrize("shop", [sample_shop(), told_shop()], ids=["bare", "told"])
def test_submodels_hold_to_the_published_templates(shop: Shop) -> None:
    document = environment(shop)
    assert {m["idShort"] for m in document["submodels"]} == {each["idShort"] for each in TEMPLATES.values()}
    assert wrong_of(document) == []


@pytest.mark.parametrize("fault", ["meaning", "kind", "type", "missing", "twice"])
def test_the_template_checker_sees_faults(fault: str) -> None:
    document = environment()
    plate = next(m for m in document["submodels"] if m["idShort"] == "Nameplate")["submodelElements"]
    if fault == "meaning":
        plate[1]["semanticId"]["keys"][0]["value"] = "0173-1#02-AAO677#002"
    elif fault == "kind":
        plate[1]["modelType"] = "Property"
    elif fault == "type":
        plate[0]["valueType"] = "xs:string"
    elif fault == "missing":
        del plate[4]
    else:
        plate.append(plate[0])
    assert wrong_of(document)


@pytest.mark.parametrize("shop", [sample_shop(), told_shop()], ids=["bare", "told"])
def test_the_test_engines_find_no_error(shop: Shop) -> None:
    engines = pytest.importorskip("aas_test_engines.file", reason="aas-test-engines is not installed (./setup dev)")
    document = environment(shop)
    checked = engines.check_json_data(document)
    assert checked.ok(), "\n".join(checked.to_lines())
    with zipfile.ZipFile(io.BytesIO(package(document))) as archive:
        checked = engines.check_aasx_data(archive)
    assert checked.ok(), "\n".join(checked.to_lines())
    document["submodels"][0]["submodelElements"][0]["idShort"] = "no idShort"
    assert not engines.check_json_data(document).ok()


def test_what_nobody_has_said_has_no_value() -> None:
    bare, told = environment(), environment(told_shop())
    plate = model_of(bare, "mill-1", "Nameplate")
    assert english(plate, "ManufacturerName") is None
    assert value(plate, "OrderCodeOfManufacturer") is None
    assert not any(each.get("idShort") == "YearOfConstruction" for each in elements(plate))
    plate = model_of(told, "mill-1", "Nameplate")
    assert english(plate, "ManufacturerName") == "Example Works"
    assert value(plate, "SerialNumber") == "4711"
    assert value(plate, "YearOfConstruction") == "2021"
    assert value(plate, "URIOfTheProduct") == "https://example.com/hollow-creek/machines/mill-1"
    assert english(model_of(told, "mill-2", "Nameplate"), "ManufacturerName") is None
    address = [
        english(model_of(told, "plate.1", "Nameplate"), "AddressInformation", each) for each in ("Street", "CityTown")
    ]
    assert address == ["12 Mill Road", "Hollow Creek"]


def test_a_mill_says_what_the_shop_file_says() -> None:
    document = environment()
    area = elements(model_of(document, "mill-1", "TechnicalData"))[1]["value"][0]
    assert float(value(area, "Machine", "spindle_rpm_max")) == 15000.0
    assert float(value(area, "Tool7", "diameter_mm")) == 10.0
    control = model_of(document, "mill-2", "ControlConfig__00__")
    assert value(control, "CommunicationConfig__00__", "CommunicationAdress") == "opc.tcp://mill-2:4840"
    assert value(control, "Axes__01__", "Axis__00__", "VelocityLimit") == "30000"
    assert value(control, "Axes__01__", "Axis__00__", "AxisName") == "Y"
    assert value(control, "ControllerType") is None
    capability = next(
        each
        for each in walk(model_of(document, "mill-1", "CapabilityDescription"))
        if each.get("idShort") == "travel_Y_mm"
    )
    assert (float(capability["min"]), float(capability["max"])) == (0.0, 500.0)
    assert not [m for m in document["submodels"] if m["idShort"].startswith("Control")][2:], "only mills have a control"


def test_a_lathe_turns_and_holds_turning_tools_alone() -> None:
    shop = sample_shop()
    lathe = WorkUnit("lathe", "lathe", "turning", MachineLimits())
    insert = msgspec.structs.replace(shop.tools[0], tool=Tool(500, "turning", 12.7))
    document = environment(
        msgspec.structs.replace(shop, work_units=(*shop.work_units, lathe), tools=(*shop.tools, insert))
    )
    for name, tools, axes, deed in (("lathe", 2, "XZ", "Turning"), ("mill-1", 1, "XYZ", "Milling")):
        control = list(walk(model_of(document, name, "ControlConfig__00__")))
        assert sum(each.get("idShort", "").startswith("Tool__") for each in control) == tools
        assert "".join(each["value"] for each in control if each.get("idShort") == "AxisName") == axes
        said = [each.get("idShort") for each in walk(model_of(document, name, "CapabilityDescription"))]
        assert deed in said
        assert ("travel_Y_mm" in said) == ("Y" in axes)


def test_every_reference_inside_leads_somewhere() -> None:
    document = environment()
    models = {model["id"]: model for model in document["submodels"]}
    ids = [each["id"] for key in ("assetAdministrationShells", "submodels") for each in document[key]]
    assert len(ids) == len(set(ids))
    asked = [each["keys"] for shell in document["assetAdministrationShells"] for each in shell["submodels"]]
    for each in (found for model in models.values() for found in walk(model)):
        asked += [each[key]["keys"] for key in ("first", "second") if key in each]
        if each["modelType"] == "ReferenceElement":
            asked.append(each["value"]["keys"])
    assert len(asked) > 20
    for keys in asked:
        at = models[keys[0]["value"]]
        for key in keys[1:]:
            inside = elements(at)
            at = (
                inside[int(key["value"])]
                if key["value"].isdigit()
                else next(x for x in inside if x["idShort"] == key["value"])
            )
            assert at["modelType"] == key["type"]


def test_signals_are_those_of_the_log() -> None:
    series = model_of(environment(), "mill-1", "TimeSeries")
    rows = b64decode(value(series, "Segments", "samples", "Blob")).decode().splitlines()
    assert rows == ["Time,temperature_c,vibration_mm_s", "2026-11-02T07:05:10.000Z,30.5,1.25"]
    means = b64decode(value(series, "Segments", "cycle_means", "Blob")).decode().splitlines()
    assert means[1:] == ["2026-11-02T07:15:10.000Z,31.0,1.5"]
    assert value(series, "Segments", "samples", "RecordCount") == "1"


def test_a_good_part_has_a_passport_and_a_scrapped_one_has_none() -> None:
    document = environment()
    names = [shell["displayName"][0]["text"] for shell in document["assetAdministrationShells"]]
    assert names == ["mill-1", "mill-2", "gauge", "plate.1"]
    passport = model_of(document, "plate.1", "DppMetadata")
    assert value(passport, "granularity") == "Item"
    assert value(passport, "economicOperatorId") is None
    assert value(passport, "lastUpdate") == "2026-11-02T07:18:20.000Z"
    area = elements(model_of(document, "plate.1", "TechnicalData"))[1]["value"][0]
    assert value(area, "Model", "cad_sha256") == CAD
    assert value(area, "Operation1", "program_sha256") == PROGRAM
    assert value(area, "Operation1", "end") == "2026-11-02T07:15:10.000Z"
    assert value(area, "Operation1", "edges") == "mill-1/T7/1"
    assert float(value(area, "Readings_mm", "plate_1")) == 12.003
    assert value(area, "Result", "verdicts") == "gauge: good"
    plate = model_of(document, "plate.1", "Nameplate")
    assert value(plate, "SerialNumber") == "plate.1"
    assert value(plate, "DateOfManufacture") == "2026-11-02"
    assert english(plate, "ManufacturerName") == "Hollow Creek & Sons"


def test_a_part_that_is_hardened_here_has_its_passport_when_that_is_done() -> None:
    shop = sample_shop()
    step = Finishing("harden", machines=("kiln",), hours=2.0)
    shop = msgspec.structs.replace(
        shop,
        parts=(msgspec.structs.replace(shop.parts[0], finishing=(step,)),),
        work_units=(*shop.work_units, WorkUnit("kiln", "process", "heat", places=4)),
    )
    log = list(sample_log())
    began = reports.TreatmentStarted(90, 2000.0, "kiln", "t", ("plate.1", "plate.9"), "harden")
    through = reports.PartsTreated(91, 9200.0, "kiln", "t", ("plate.1", "plate.9"), "harden", 7200.0)

    def with_passport() -> list[str]:
        found: dict[str, Any] = dict(json.loads(msgspec.json.encode(shells(shop, log))))
        assert wrong_of(found) == []
        if "plate.1" in str(found):
            area = elements(model_of(found, "plate.1", "TechnicalData"))[1]["value"][0]
            assert value(area, "Treatment1", "machine") == "kiln"
            assert value(area, "Treatment1", "end") == "2026-11-02T09:33:20.000Z"
            assert value(area, "Treatment1", "parts_together") == "2"
        names = [shell["displayName"][0]["text"] for shell in found["assetAdministrationShells"]]
        return [name for name in names if name.startswith("plate")]

    assert with_passport() == []
    log.append(events.Event(900, 2000.0, "machine", events.Reported(began)))
    assert with_passport() == []
    log.append(events.Event(901, 9200.0, "machine", events.Reported(through)))
    assert with_passport() == ["plate.1"]


def test_costs_stay_at_home() -> None:
    assert "factors_usd" not in json.dumps(environment())
    assert "cost" not in json.dumps(environment())


def test_a_shop_that_never_ran_has_its_machines() -> None:
    document = shells(sample_shop(), ())
    assert len(document["assetAdministrationShells"]) == 3
    assert not [m for m in document["submodels"] if m["idShort"] == "TimeSeries"]


def test_the_same_shop_makes_the_same_package() -> None:
    assert package(environment()) == package(environment())
