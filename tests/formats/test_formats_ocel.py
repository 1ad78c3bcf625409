"""The log as OCEL 2.0: what the published JSON schema wants, written here by hand, and what the text of the standard wants."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from exchange_sample import sample_log, sample_shop

from nightmill.formats import ocel_log


def the_document() -> dict[str, Any]:
    return dict(json.loads(msgspec.json.encode(ocel_log(sample_shop(), sample_log()))))


def broken(document: dict[str, Any]) -> list[str]:
    """All that is wrong: form (ocel20-schema-json.json), then sense (specification, definition 2 and section 8)."""
    wrong: list[str] = []

    def texts(what: str, record: dict[str, Any], *names: str) -> None:
        wrong.extend(f"{what}: {name} is no text" for name in names if not isinstance(record.get(name), str))

    for kinds in ("eventTypes", "objectTypes"):
        for kind in document[kinds]:
            texts(kinds, kind, "name")
            for attribute in kind["attributes"]:
                texts(kind["name"], attribute, "name", "type")
                if attribute["type"] not in {"string", "time", "integer", "float", "boolean"}:
                    wrong.append(f"{kind['name']}: type {attribute['type']}")
        names = [kind["name"] for kind in document[kinds]]
        wrong += [f"{kinds}: {name} twice" for name in set(names) if names.count(name) > 1]
    ids = [record["id"] for record in (*document["events"], *document["objects"])]
    wrong += [f"id {name} twice" for name in {i for i in ids if ids.count(i) > 1}]
    objects = {each["id"] for each in document["objects"]}
    for records, kinds in (("events", "eventTypes"), ("objects", "objectTypes")):
        declared = {kind["name"]: {a["name"]: a["type"] for a in kind["attributes"]} for kind in document[kinds]}
        for record in document[records]:
            place = f"{records} {record['id']}"
            texts(place, record, "id", "type", *(["time"] if records == "events" else []))
            for attribute in record["attributes"]:
                texts(place, attribute, "name", "value", *(["time"] if records == "objects" else []))
                kind = declared.get(record["type"], {}).get(attribute["name"])
                if not _is(kind, attribute["value"]):
                    wrong.append(f"{place}: {attribute['name']} = {attribute['value']!r} is not of type {kind}")
            for relation in record["relationships"]:
                texts(place, relation, "objectId", "qualifier")
                if relation["objectId"] not in objects:
                    wrong.append(f"{place}: {relation['objectId']} is no object")
            times = [record["time"]] if records == "events" else [a["time"] for a in record["attributes"]]
            wrong += [f"{place}: time {text}" for text in times if not _is("time", text)]
    return wrong


def _is(kind: str | None, text: Any) -> bool:
    readers: dict[str | None, Any] = {"string": str, "integer": int, "float": float, "time": _moment}
    if kind == "boolean":
        return text in {"true", "false"}
    try:
        return isinstance(text, str) and readers[kind](text) is not None
    except (KeyError, ValueError):
        return False


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment


def test_the_log_holds_to_schema_and_standard() -> None:
    assert broken(the_document()) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("events", 0, "time"), "yesterday"),
        (("events", 2, "attributes", 1, "value"), 7),
        (("events", 2, "relationships", 0, "objectId"), "order:X"),
        (("events", 1, "id"), "e1"),
        (("objects", 0, "attributes", 0, "time"), "2026-11-02T07:00:00"),
        (("eventTypes", 0, "attributes", 0, "type"), "double"),
    ],
)
def test_the_checker_sees_faults(place: tuple[Any, ...], value: Any) -> None:
    document: Any = the_document()
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    assert broken(document)


def test_every_event_but_acknowledgements_and_samples_is_there_at_its_own_time() -> None:
    document = the_document()
    assert len(document["events"]) == len(sample_log()) - 2
    finished = next(each for each in document["events"] if each["type"] == "cycle_finished")
    start = sample_shop().start
    assert datetime.fromisoformat(finished["time"]) == start + timedelta(
        seconds=910
    )  # not 912, when it was written down
    assert {(r["objectId"], r["qualifier"]) for r in finished["relationships"]} == {
        ("machine:mill-1", "machine"),
        ("part:plate.1", "part"),
        ("operation:plate/1", "operation"),
        ("tool edge:mill-1/T7/1", "edge"),
    }
    said = {a["name"]: a["value"] for a in finished["attributes"]}
    assert float(said["duration_s"]) == 610.0
    assert float(said["signals: vibration_mm_s"]) == 1.5


def test_objects_know_what_they_are_and_where_they_belong() -> None:
    objects = {each["id"]: each for each in the_document()["objects"]}
    order, part = objects["order:plate"], objects["part:plate.2"]
    promises = [a["value"] for a in order["attributes"] if a["name"] == "promise"]
    assert [datetime.fromisoformat(p) for p in promises] == [
        datetime(2026, 11, 2, 7, tzinfo=UTC) + timedelta(seconds=s) for s in (4000, 5000)
    ]
    assert {"name": "customer", "value": "Müller & Co", "time": "2026-11-02T07:00:00.000Z"} in order["attributes"]
    assert order["relationships"] == [{"objectId": "item:plate", "qualifier": "asks for"}]
    assert [a["value"] for a in part["attributes"] if a["name"] == "disposition"] == ["scrap"]
    assert {r["objectId"]: r["qualifier"] for r in part["relationships"]} == {
        "item:blank-plate": "cut from",
        "order:plate": "made for",
    }
    assert objects["order:plate-R1"]["relationships"][-1] == {"objectId": "order:plate", "qualifier": "remakes"}
    assert objects["tool edge:mill-1/T7/1"]["attributes"][0]["value"] == "7"
    assert objects["lot:PO-1"]["relationships"] == [{"objectId": "item:blank-plate", "qualifier": "of"}]


def test_program_texts_stay_at_home() -> None:
    assert "M30" not in json.dumps(the_document())


@pytest.mark.filterwarnings("default")
def test_pm4py_reads_it_back(tmp_path: Path) -> None:
    pm4py = pytest.importorskip("pm4py", reason="pm4py (AGPL-3) is installed by hand for this check alone")
    document = the_document()
    path = tmp_path / "log.ocel.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    log = pm4py.read_ocel2_json(str(path))
    linked = [each for each in document["events"] if each["relationships"]]
    assert len(log.events) == len(linked)
    assert len(log.relations) == sum(len(each["relationships"]) for each in linked)
    assert len(log.o2o) == sum(len(each["relationships"]) for each in document["objects"])
    assert set(log.objects["ocel:type"]) <= {each["name"] for each in document["objectTypes"]}
