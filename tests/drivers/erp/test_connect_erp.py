"""Both ERP systems give the same plant: one body of assertions over the contracts of each version, and what each refuses."""

import copy
import csv
import datetime as dt
import io
import json
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from erp_replay import CONTRACTS, SECRETS, Line, contract, served, system
from typer.testing import CliRunner

from nightmill.cli.app import app
from nightmill.drivers.erp import Purchase, ask_over_http, recorded
from nightmill.mrp import compute_plan, plan_answer, read_tables
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, NightmillError

MONDAY = dt.date(2026, 11, 2)
PULLS = sorted(path.name for path in (CONTRACTS / "pull").glob("*.jsonl"))
PUSHES = sorted(path.name for path in (CONTRACTS / "push").glob("*.jsonl"))
PLANTS = ["erpnext-15.jsonl", "odoo-17.jsonl", "odoo-19.jsonl"]
ONE = Purchase("NM-1", "ROTOR 1/2", "Acme, Sales", 4, dt.date(2026, 11, 16), 12.5)


def pulled(name: str, lines: list[Line], page: int) -> dict[str, str]:
    with served(lines) as server:
        texts = system(name, server.url, page).pull(MONDAY)
        assert not server.unexpected
        assert not server.left, "exchanges that were never asked for"
    return texts


def changed(name: str, find: str, field: str, value: Any) -> list[Line]:
    """The lines of a pull with one field of the first, innermost record that holds ``find`` set, or taken away where ``value`` is ``...``."""
    lines = copy.deepcopy(contract(f"pull/{name}")[1])

    def visit(node: Any) -> bool:
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
        if any(visit(child) for child in children):
            return True
        if not isinstance(node, dict) or field not in node or find not in json.dumps(node):
            return False
        if value is ...:
            del node[field]
        else:
            node[field] = value
        return True

    assert any(visit(line["answer"]["body"]) for line in lines), (find, field)
    return lines


@pytest.mark.parametrize("name", PULLS)
def test_every_contract_is_asked_to_the_letter_and_gives_tables(name: str) -> None:
    head, lines = contract(f"pull/{name}")
    assert read_tables(pulled(name, lines, head.get("page", 500))).items


@pytest.mark.parametrize("name", PLANTS)
def test_the_tables_of_a_plant_come_over_and_can_be_planned(name: str) -> None:
    tables = read_tables(pulled(name, contract(f"pull/{name}")[1], 2))
    items = {item.item: item for item in tables.items}
    assert {ident: (i.source, i.lot_rule, i.lot_size) for ident, i in items.items()} == {
        "BOLT": ("buy", "MIN", 120), "PUMP": ("make", "L4L", 1), "ROTOR 1/2": ("buy", "L4L", 1),
    }  # fmt: skip
    assert (items["BOLT"].lead_time_weeks, items["ROTOR 1/2"].lead_time_weeks) == (2, 2)  # eight days are not one week
    assert items["BOLT"].price_usd == 0.2
    assert {(line.parent, line.child): line.qty for line in tables.bom} == {("PUMP", "ROTOR 1/2"): 1, ("PUMP", "BOLT"): 4}  # fmt: skip
    assert {item: sum(row.on_hand for row in tables.stock if row.item == item) for item in items} == {
        "BOLT": 10, "PUMP": 0, "ROTOR 1/2": 0,
    }  # fmt: skip
    assert [(o.item, o.qty, o.due_week) for o in tables.orders] == [("PUMP", 6, 4)]  # half a dozen is delivered
    assert [(r.item, r.week, r.qty) for r in tables.receipts] == [("ROTOR 1/2", 1, 2)]
    plan = plan_answer(compute_plan(tables, 10), 0.0)
    assert {(o.item, o.quantity) for o in plan.planned_orders} >= {("PUMP", 6), ("ROTOR 1/2", 4), ("BOLT", 120)}
    if tables.suppliers:
        found = {(s.supplier, s.item, s.price_usd) for s in tables.suppliers}
        assert found == {("Acme, Sales", "BOLT", 0.2), ("Acme, Sales", "ROTOR 1/2", 12.0)}


@pytest.mark.parametrize("name", PLANTS)
def test_an_open_order_is_named_as_the_purchase_was_when_it_was_sent(name: str) -> None:
    rows = list(csv.DictReader(io.StringIO(pulled(name, contract(f"pull/{name}")[1], 2)["receipts.csv"])))
    assert [row["order"] for row in rows] == ["MAT-MR-2026-00003" if name.startswith("erpnext") else "P00009"]


@pytest.mark.parametrize("name", PUSHES)
def test_a_purchase_is_sent_once_however_often_it_is_sent(name: str) -> None:
    head, lines = contract(f"push/{name}")
    with served(lines) as server:
        erp = system(name, server.url, head["page"])
        assert erp.push([ONE]) == {"NM-1": head["gives"]}
        assert erp.push([ONE]) == {"NM-1": head["gives"]}
        assert not server.unexpected
        assert not server.left


@pytest.mark.parametrize("case", contract("refusals.jsonl")[1], ids=lambda case: f"{case['system']}-{case['status']}")
def test_what_a_system_refuses_is_said_in_its_own_words(case: Line) -> None:
    asks_version = [
        line for line in contract(f"pull/{case['system']}.jsonl")[1] if "version" in line["request"]["path"]
    ]
    with served(asks_version, always=case) as server, pytest.raises(NightmillError, match=case["says"]) as caught:
        system(case["system"], server.url).pull(MONDAY)
    assert caught.value.exit_code == case["exit"]
    assert SECRETS["<key>"] not in str(caught.value)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "find", "field", "value", "says"),
    [
        (
            "erpnext-15.jsonl",
            '"conversion_factor": 12.0',
            "stock_qty",
            None,
            "BOM-PUMP-001, BOLT: found stock_qty null",
        ),
        ("erpnext-15.jsonl", "BOLT", "actual_qty", ..., "Bin: found no actual_qty"),
        ("erpnext-15.jsonl", "BOLT", "actual_qty", 2.5, r"BOLT.*2\.5"),
        ("erpnext-15.jsonl", "Purchase Order Item", "schedule_date", "soon", "PUR-ORD-2026-00009.*'soon'"),
        ("odoo-17.jsonl", "BOLT", "qty_available", ..., "product.product: found no qty_available"),
        ("erpnext-15.jsonl", "BOLT", "lead_time_days", ..., "Item: found no lead_time_days"),
        ("odoo-17.jsonl", '"product_qty": 4.0', "product_qty", False, "product_qty false"),
        ("odoo-19.jsonl", '"qty_delivered": 0.5', "qty_delivered", 0.51, r"S00021, PUMP.*5\.88"),
        ("odoo-19.jsonl", '"product_id": [3, ', "product_id", [8, "Washer"], "Washer has no internal reference"),
        ("odoo-19.jsonl", "BOLT", "uom_id", [9, "Boxes"], "BOLT.*Boxes"),
        ("odoo-17.jsonl", "S00021", "expected_date", "2026-13-40", "S00021.*2026-13-40"),
    ],
)
def test_a_record_that_cannot_be_planned_is_named(name: str, find: str, field: str, value: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        pulled(name, changed(name, find, field, value), 2)


def test_a_bill_may_name_its_variant_and_an_order_may_lack_a_date() -> None:
    named = changed("odoo-19.jsonl", '"type": "normal"', "product_id", [2, "[PUMP] Pump"])
    assert len(read_tables(pulled("odoo-19", named, 2)).bom) == 2
    dateless = changed("odoo-17.jsonl", "S00021", "expected_date", False)
    assert [o.due_week for o in read_tables(pulled("odoo-17", dateless, 2)).orders] == [0]


def test_an_online_version_before_19_and_a_page_for_people_are_asked_the_old_way() -> None:
    for told in ({"status": 200, "body": {"version": "saas~18.2"}}, {"status": 200, "body": "<html>databases</html>"}):
        lines = copy.deepcopy(contract("pull/odoo-17.jsonl")[1])
        lines[0]["answer"] = told
        assert read_tables(pulled("odoo-17", lines, 2)).items


def test_a_name_that_is_there_twice_is_not_guessed() -> None:
    lines = copy.deepcopy(contract("push/odoo-19.jsonl")[1])
    product = next(line for line in lines if line["request"]["path"] == "/json/2/product.product/search_read")
    product["answer"]["body"] = [{"id": 3}]
    for line in lines:
        if line["request"]["path"] == "/json/2/res.partner/search_read":
            line["answer"]["body"] = []
    with served(lines) as server, pytest.raises(BadInput, match=r"res\.partner.*Acme"):
        system("odoo-19", server.url, 2).push([ONE])
    product["answer"]["body"] = [{"id": 3}, {"id": 8}]
    further = copy.deepcopy(product)
    further["request"]["body"]["offset"], further["answer"]["body"] = 2, []
    with served([*lines, further]) as server, pytest.raises(BadInput, match="2 with default_code 'ROTOR 1/2'"):
        system("odoo-19", server.url, 2).push([ONE])


def test_the_replay_is_strict() -> None:
    for name, field, value in (
        ("erpnext-15.jsonl", "headers", {"Accept": "application/json"}),
        ("erpnext-15.jsonl", "query", {"fields": ["name"]}),
        ("odoo-19.jsonl", "path", "/json/1"),
        ("odoo-17.jsonl", "method", "PUT"),
        ("odoo-17.jsonl", "body", {}),
    ):
        lines = copy.deepcopy(contract(f"pull/{name}")[1])
        lines[-1]["request"][field] = value
        with served(lines) as server:
            with pytest.raises(EnvironmentFailed, match="not in the contract"):
                system(name, server.url, 2).pull(MONDAY)
            assert len(server.unexpected) == 1


@pytest.mark.parametrize("name", PLANTS)
def test_what_is_recorded_can_be_replayed_and_holds_no_key(name: str, tmp_path: Path) -> None:
    file = tmp_path / "contract.jsonl"
    ask = recorded(ask_over_http, file, SECRETS)
    with served(contract(f"pull/{name}")[1]) as server:
        first = system(name, server.url, 2, ask).pull(MONDAY)
    text = file.read_text(encoding="utf-8")
    assert not any(secret in text for secret in SECRETS.values())
    assert "127.0.0.1" not in text
    assert pulled(name, [json.loads(line) for line in text.splitlines()], 2) == first
    with pytest.raises(BadInput, match="can be written"):
        recorded(ask_over_http, tmp_path / "none" / "contract.jsonl", SECRETS)


def test_the_command_records_what_it_asked_even_where_it_breaks_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTMILL_ERP_USER", SECRETS["<user>"])
    monkeypatch.setenv("NIGHTMILL_ERP_KEY", SECRETS["<key>"])
    file, refused = tmp_path / "contract.jsonl", {"status": 403, "body": {"exc_type": "PermissionError"}}
    items = copy.deepcopy(contract("pull/erpnext-15.jsonl")[1][0])
    items["request"]["query"]["limit_page_length"] = 500
    with served([items], always=refused) as server:
        words = ["import", "erp", "erpnext", "--url", server.url, "--out", str(tmp_path / "plant")]
        done = CliRunner().invoke(app, [*words, "--first-day", "2026-11-02", "--record", str(file)])
    assert isinstance(done.exception, BadInput)
    assert not (tmp_path / "plant").exists()
    first, second = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert first == items
    assert (second["request"]["path"], second["answer"]) == ("/api/resource/BOM", refused)


def test_a_redirect_is_named_and_the_key_does_not_follow_it() -> None:
    moved = {"status": 301, "body": "", "headers": {"Location": "https://elsewhere.example/api"}}
    with served([], always=moved) as server, pytest.raises(BadInput, match=r"elsewhere\.example.*--url"):
        system("erpnext", server.url).pull(MONDAY)


def test_a_server_that_gives_no_whole_answer_is_the_environment_s_failure() -> None:
    cut = {"status": 200, "body": {"data": []}, "missing": 10}
    with served([], always=cut) as server, pytest.raises(EnvironmentFailed):
        system("erpnext", server.url).pull(MONDAY)
    with pytest.raises(EnvironmentFailed):
        ask_over_http("GET", "http://127.0.0.1:9/api", {}, None)
    with pytest.raises(BadInput, match="https"):
        ask_over_http("GET", "file:///etc/hosts", {}, None)
    with pytest.raises(BadInput, match="address"):
        ask_over_http("GET", "http://erp.example/a b", {}, None)


def test_a_server_that_is_silent_is_left_in_time() -> None:
    class Silent(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(0.5)

    server = HTTPServer(("127.0.0.1", 0), Silent)
    Thread(target=server.handle_request, daemon=True).start()
    ask = partial(ask_over_http, timeout_s=0.05)
    with pytest.raises(EnvironmentFailed, match="timed out"):
        system("erpnext", f"http://127.0.0.1:{server.server_port}", 500, ask).pull(MONDAY)
    server.server_close()
