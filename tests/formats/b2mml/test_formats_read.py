"""B2MML into a shop folder. The documents in ``b2mml`` are valid by MESA's XSDs of V0701."""

import re
from pathlib import Path

import msgspec
import pytest

from nightmill.formats import read_shop, shop_from_b2mml
from nightmill.formats.b2mml.read import B2mml, read_b2mml
from nightmill.vocabulary.errors import BadInput

DOCUMENTS = {path.name: path.read_bytes() for path in sorted((Path(__file__).parents[1] / "b2mml").glob("*.xml"))}
STEP = "ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n"


def read(*names: str) -> B2mml:
    return read_b2mml({name: DOCUMENTS[name] for name in names})


def wrong(text: str, kinds: dict[str, str] | None = None) -> str:
    with pytest.raises(BadInput) as caught:
        read_b2mml({"it.xml": text.encode()}, kinds)
    return "\n".join(finding.sentence() for finding in caught.value.findings)


def request(quantity: str = "4", end: str = "2026-11-05T12:00:00Z", ident: str = "A-1", more: str = "") -> str:
    return f"""<OperationsSchedule xmlns="http://www.mesa.org/xml/B2MML"><ID>S</ID><OperationsRequest><ID>{ident}</ID>
      <StartTime>2026-11-02T07:00:00Z</StartTime><EndTime>{end}</EndTime>{more}<SegmentRequirement><ID>1</ID>
      <MaterialRequirement><MaterialDefinitionID>plate</MaterialDefinitionID><MaterialUse>Produced</MaterialUse>
      <Quantity><QuantityString>{quantity}</QuantityString></Quantity></MaterialRequirement></SegmentRequirement>
      </OperationsRequest></OperationsSchedule>"""


def equipment(inside: str, level: str = "WorkUnit") -> str:
    return f"<EquipmentInformation><ID>E</ID><Equipment><ID>M</ID><EquipmentLevel>{level}</EquipmentLevel>{inside}</Equipment></EquipmentInformation>"


def test_equipment_becomes_machines() -> None:
    found = read("equipment.xml")
    assert found.site == "Hollow Creek"
    first, second, gauge = found.machines
    assert (first.id, first.kind, first.work_center) == ("VMC_1", "mill", "milling")
    assert first.values == {"travel_mm": (800.0, 500.0, 510.0), "spindle_rpm_max": 15000.0}
    assert (second.id, second.values) == ("VMC2", {})
    assert (gauge.id, gauge.kind, gauge.work_center) == ("CMM", "gauge", "cell")
    assert found.renamed["VMC 1"] == "VMC_1"
    assert found.ignored == {"EquipmentProperty": 1}


def test_definitions_and_recipes_become_parts_and_what_goes_into_them() -> None:
    found = read("operations_definition.xml", "master_recipe.xml", "material.xml")
    assert [(p.name, p.material, p.blank) for p in found.parts] == [
        ("bracket", "Al 6061", "BAR-40x60"),
        ("flange", "", "DISC-80"),
    ]
    assert found.bom == (("bracket", "BAR-40x60", 1), ("bracket", "bushing", 2), ("flange", "DISC-80", 1))
    assert found.stock == {"BAR-40x60": 35}
    assert found.ignored["Duration"] == 2


def test_requests_and_job_orders_become_orders_whatever_the_order_of_the_files() -> None:
    found = read("job_list.xml", "operations_schedule.xml", "operations_definition.xml", "master_recipe.xml")
    orders = {order.id: order for order in found.orders}
    assert (orders["SO-1"].item, orders["SO-1"].quantity, orders["SO-1"].priority) == ("bracket", 12, 5)
    assert (orders["JO-1"].item, orders["JO-1"].quantity) == ("flange", 4)
    assert (orders["JO-1"].release, orders["JO-1"].due) == ("2026-11-02T08:00:00+01:00", "2026-11-05T12:00:00+01:00")
    assert found.start in {"2026-11-02T07:00:00Z", "2026-11-02T08:00:00+01:00"}  # the same moment


def test_the_folder_is_a_shop_once_the_step_files_are_there(tmp_path: Path) -> None:
    found = shop_from_b2mml(DOCUMENTS, name="x", kinds={}, start="", time_zone="UTC", material="S235")
    for name, text in found.texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    for part in found.parts:
        (tmp_path / "parts" / f"{part}.step").write_text(STEP)
    shop = read_shop(tmp_path)
    assert shop.name == "Hollow Creek"
    assert [unit.id for unit in shop.units("mill")] == ["VMC_1", "VMC2"]
    limits = shop.units("mill")[0].limits
    assert limits is not None
    assert limits.travel_mm == (800.0, 500.0, 510.0)
    assert {part.name: part.material for part in shop.parts} == {"bracket": "Al 6061", "flange": "S235"}
    assert {order.id: order.quantity for order in shop.orders} == {"SO-1": 12, "JO-1": 4}
    assert next(item for item in shop.items if item.item == "BAR-40x60").on_hand == 35
    assert ("bracket", "bushing", 2) in {(line.parent, line.child, line.quantity) for line in shop.bom}


def test_a_class_that_turns_is_a_lathe_and_needs_no_travel_of_y() -> None:
    text = DOCUMENTS["equipment.xml"].decode()
    text = re.sub(r"<EquipmentProperty>\s*<ID>Travel ?Y.*?</EquipmentProperty>", "", text, flags=re.DOTALL)
    found = read_b2mml({"equipment.xml": text.replace("CNC milling machine", "CNC lathe").encode()}, {})
    lathe = next(machine for machine in found.machines if machine.id == "VMC_1")
    assert lathe.kind == "lathe"
    assert lathe.values["travel_mm"] == (800.0, 50.0, 510.0)


def test_a_name_never_leads_out_of_the_folder() -> None:
    text = request().replace("plate", "../../etc/passwd").encode()
    found = shop_from_b2mml({"it.xml": text}, name="x", kinds={}, start="", time_zone="UTC", material="")
    assert found.parts == ("x._.._etc_passwd",)
    assert found.renamed == {"../../etc/passwd": "x._.._etc_passwd"}
    assert "/" not in "".join(path.removeprefix("parts/") for path in found.texts)
    assert "parts/x._.._etc_passwd.toml: material" in found.missing


def test_a_person_may_say_what_an_unknown_class_is() -> None:
    text = equipment("<EquipmentClassID>Saw</EquipmentClassID>")
    assert "--kind 'Saw=mill'" in wrong(text)
    assert read_b2mml({"it.xml": text.encode()}, {"Saw": "bench"}).machines[0].kind == "bench"
    assert "found saw" in wrong(text, {"Saw": "saw"})


ENTITIES = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "xxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENTITIES, "a document type"),
        ("<a>" * 5000 + "</a>" * 5000, "deep"),
        ("<Equipment><ID>M</Equipment>", "mismatched tag"),
        ("", "no element found"),
        ("<html><body/></html>", "<html>"),
        (request(quantity="1.5"), "1.5"),
        (request(quantity="many"), "many"),
        (request(quantity="0"), "whole number from 1"),
        (request(quantity="1e999"), "1e999"),
        (request(end="soon"), "soon"),
        (request(end=""), "no EndTime"),
        (request(more="<Priority>high</Priority>"), "high"),
        (request().replace("Produced", "Consumed").replace("plate", ""), "0 products"),
        (f"<All>{request()}{request()}</All>", "A-1 twice"),
        (equipment(""), "no class"),
        (equipment("<EquipmentProperty><ID>TravelX</ID><Value><ValueString>5</ValueString></Value></EquipmentProperty>"), "X, Y and Z"),
        (equipment("<EquipmentProperty><ID>SpindleKW</ID><Value><ValueString>5</ValueString><UnitOfMeasure>hp</UnitOfMeasure></Value></EquipmentProperty>"), "5 hp"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    assert said in wrong(text)


def test_all_findings_come_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        read_b2mml({"a.xml": b"<html/>", "b.xml": request(quantity="x").encode(), "c.xml": equipment("").encode()})
    assert {finding.file for finding in caught.value.findings} == {"a.xml", "b.xml", "c.xml"}


def test_the_answer_passes_through_json() -> None:
    found = read(*DOCUMENTS)
    assert msgspec.json.decode(msgspec.json.encode(found), type=B2mml) == found
