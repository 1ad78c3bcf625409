"""Both ERP systems give the same plant: one body of assertions over both recorded contracts."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from erp_recorded import Recorded

from nightmill.connect.erp import Erp, ErpNext, Odoo, Purchase, ask_over_http
from nightmill.connect.erp import erpnext as erpnext_module
from nightmill.connect.erp import odoo as odoo_module
from nightmill.materials import compute_plan, plan_answer, read_tables
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

MONDAY = dt.date(2026, 11, 2)
ERPNEXT: dict[str, Any] = {
    "GET /api/resource/Item": [
        {"name": "BOLT", "lead_time_days": 8, "safety_stock": 5.0, "valuation_rate": 0.2, "min_order_qty": 100.0},
        {"name": "PUMP", "lead_time_days": 7, "safety_stock": 0.0, "valuation_rate": 80.0, "min_order_qty": 0.0},
        {"name": "ROTOR", "lead_time_days": 14, "safety_stock": 0.0, "valuation_rate": 12.0, "min_order_qty": 0.0},
    ],
    "GET /api/resource/BOM": [{"name": "BOM-PUMP-001", "item": "PUMP", "quantity": 2.0}],
    "GET /api/resource/BOM/BOM-PUMP-001": {
        "items": [{"item_code": "ROTOR", "stock_qty": 2.0}, {"item_code": "BOLT", "stock_qty": 8.0}]
    },
    "GET /api/resource/Bin": [
        {"item_code": "BOLT", "actual_qty": 6.0},
        {"item_code": "BOLT", "actual_qty": 4.0},
        {"item_code": "GONE", "actual_qty": 9.0},
    ],
    "GET /api/resource/Sales Order": [{"name": "SO-1"}],
    "GET /api/resource/Sales Order/SO-1": {
        "items": [
            {"item_code": "PUMP", "stock_qty": 7.0, "delivered_qty": 1.0, "conversion_factor": 1.0, "delivery_date": "2026-12-01"},
            {"item_code": "PUMP", "stock_qty": 3.0, "delivered_qty": 3.0, "conversion_factor": 1.0, "delivery_date": "2026-11-20"},
        ]
    },
    "GET /api/resource/Purchase Order": [{"name": "PO-9"}],
    "GET /api/resource/Purchase Order/PO-9": {
        "items": [{"item_code": "ROTOR", "stock_qty": 4.0, "received_qty": 2.0, "conversion_factor": 1.0, "schedule_date": "2026-11-10"}]
    },
    "GET /api/resource/Material Request": [],
    "POST /api/resource/Material Request": {"name": "MAT-REQ-0001"},
}  # fmt: skip


def no_such_page(_: Any) -> Any:
    raise BadInput(
        Finding("https://erp.example/web/version", "HTTP 404", "not found", "an answer", "Check the address.")
    )


ODOO: dict[str, Any] = {
    "GET /web/version": no_such_page,
    "common.authenticate": 7,
    "product.product.search_read": [
        {"id": 1, "default_code": "BOLT", "product_tmpl_id": [11, "Bolt"], "standard_price": 0.2, "qty_available": 10.0, "name": "Bolt"},
        {"id": 2, "default_code": "PUMP", "product_tmpl_id": [12, "Pump"], "standard_price": 80.0, "qty_available": 0.0, "name": "Pump"},
        {"id": 3, "default_code": "ROTOR", "product_tmpl_id": [13, "Rotor"], "standard_price": 12.0, "qty_available": 0.0, "name": "Rotor"},
    ],
    "mrp.bom.search_read": [{"id": 5, "product_id": False, "product_tmpl_id": [12, "Pump"], "product_qty": 2.0, "type": "normal", "sequence": 1}],
    "mrp.bom.line.search_read": [
        {"id": 1, "bom_id": [5, "Pump"], "product_id": [3, "Rotor"], "product_qty": 2.0},
        {"id": 2, "bom_id": [5, "Pump"], "product_id": [1, "Bolt"], "product_qty": 8.0},
    ],
    "product.supplierinfo.search_read": [
        {"id": 1, "partner_id": [4, "Acme"], "product_id": False, "product_tmpl_id": [11, "Bolt"], "delay": 8, "price": 0.2, "min_qty": 100.0},
        {"id": 2, "partner_id": [4, "Acme"], "product_id": [3, "Rotor"], "product_tmpl_id": [13, "Rotor"], "delay": 14, "price": 12.0, "min_qty": 0.0},
    ],
    "sale.order.search_read": [{"id": 21, "name": "SO-1", "commitment_date": "2026-12-01 00:00:00", "expected_date": False}],
    "sale.order.line.search_read": [
        {"id": 1, "order_id": [21, "SO-1"], "product_id": [2, "Pump"], "product_uom_qty": 7.0, "qty_delivered": 1.0},
        {"id": 2, "order_id": [21, "SO-1"], "product_id": [2, "Pump"], "product_uom_qty": 3.0, "qty_delivered": 3.0},
    ],
    "purchase.order.line.search_read": [
        {"id": 1, "product_id": [3, "Rotor"], "product_qty": 4.0, "qty_received": 2.0, "date_planned": "2026-11-10 08:00:00", "order_id": [9, "PO-9"]}
    ],
    "purchase.order.search_read": [],
    "res.partner.search_read": [{"id": 4}],
    "purchase.order.create": [33],
    "purchase.order.read": [{"id": 33, "name": "P00033"}],
}  # fmt: skip

ODOO_19 = {**ODOO, "GET /web/version": {"version": "19.0", "version_info": [19, 0, 0, "final", 0, ""]}}
del ODOO_19["common.authenticate"]  # a bearer key in every request stands for it

Made = tuple[Callable[[dict[str, Any]], tuple[Erp, Recorded]], dict[str, Any], str, str]


def erpnext(answers: dict[str, Any]) -> tuple[Erp, Recorded]:
    ask = Recorded(answers)
    return ErpNext("https://erp.example/", "key", "secret", ask), ask


def odoo(answers: dict[str, Any]) -> tuple[Erp, Recorded]:
    ask = Recorded(answers)
    return Odoo("https://erp.example", "plant", "planner", "key", ask), ask


SYSTEMS = [
    pytest.param((erpnext, ERPNEXT, "GET /api/resource/Material Request", "MAT-REQ-0001"), id="erpnext"),
    pytest.param((odoo, ODOO, "purchase.order.search_read", "P00033"), id="odoo"),
    pytest.param((odoo, ODOO_19, "purchase.order.search_read", "P00033"), id="odoo-19"),
]


@pytest.mark.parametrize("made", SYSTEMS)
def test_the_tables_of_a_plant_come_over_and_can_be_planned(made: Made) -> None:
    system, answers, _, _ = made
    tables = read_tables(system(answers)[0].pull(MONDAY))
    items = {item.item: item for item in tables.items}
    assert {name: (i.source, i.lot_rule, i.lot_size) for name, i in items.items()} == {
        "BOLT": ("buy", "MIN", 100), "PUMP": ("make", "L4L", 1), "ROTOR": ("buy", "L4L", 1),
    }  # fmt: skip
    assert (items["BOLT"].lead_time_weeks, items["ROTOR"].lead_time_weeks) == (2, 2)  # eight days are not one week
    assert {(line.parent, line.child): line.qty for line in tables.bom} == {("PUMP", "ROTOR"): 1, ("PUMP", "BOLT"): 4}
    assert sum(row.on_hand for row in tables.stock if row.item == "BOLT") == 10
    assert [(o.order, o.item, o.qty, o.due_week) for o in tables.orders] == [("SO-1", "PUMP", 6, 4)]
    assert [(r.item, r.week, r.qty) for r in tables.receipts] == [("ROTOR", 1, 2)]
    plan = plan_answer(compute_plan(tables, 10), 0.0)
    assert {(o.item, o.quantity) for o in plan.planned_orders} >= {("PUMP", 6), ("ROTOR", 4), ("BOLT", 100)}


@pytest.mark.parametrize("made", SYSTEMS)
def test_a_purchase_is_sent_once_however_often_it_is_sent(made: Made) -> None:
    system, answers, there, name = made
    erp, ask = system(answers)
    purchase = Purchase("NM-1", "ROTOR", "Acme", 4, dt.date(2026, 11, 16), 12.5)
    assert erp.push([purchase]) == {"NM-1": name}
    sent = [
        said for key, _, said in ask.asked if key.startswith("POST /api/resource/Material") or key.endswith(".create")
    ]
    assert len(sent) == 1
    assert "NM-1" in str(sent)
    assert "2026-11-16" in str(sent)
    again, asked = system({**answers, there: [{"name": name}]})
    assert again.push([purchase]) == {"NM-1": name}
    assert not [
        key for key, _, _ in asked.asked if key.startswith("POST /api/resource/Material") or key.endswith(".create")
    ]


@pytest.mark.parametrize("made", SYSTEMS)
def test_long_lists_come_page_by_page(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    system, answers, _, _ = made
    for module in (erpnext_module, odoo_module):
        monkeypatch.setattr(module, "PAGE", 2)
    erp, ask = system(answers)
    ask.page = 2
    assert len(read_tables(erp.pull(MONDAY)).items) == 3


def test_keys_go_in_the_header_and_never_into_an_address() -> None:
    erp, ask = erpnext(ERPNEXT)
    erp.pull(MONDAY)
    assert all(headers["Authorization"] == "token key:secret" for _, headers, _ in ask.asked)
    assert "secret" not in str([said for _, _, said in ask.asked])


def test_from_version_19_on_arguments_go_by_name_and_the_key_in_the_header() -> None:
    erp, ask = odoo(ODOO_19)
    erp.pull(MONDAY)
    erp.push([Purchase("NM-1", "ROTOR", "Acme", 4, MONDAY)])
    said = {key: body for key, _, body in ask.asked}
    assert set(said["product.product.search_read"]) == {"domain", "fields", "offset", "limit", "order"}
    assert said["purchase.order.create"]["vals_list"][0]["origin"] == "NM-1"
    assert said["purchase.order.read"] == {"ids": [33], "fields": ["name"]}
    assert "jsonrpc" not in str(said)
    online = odoo({**ODOO_19, "GET /web/version": {"version": "saas~18.2"}, "common.authenticate": 7})[1]
    Odoo("https://erp.example", "plant", "planner", "key", online).pull(MONDAY)
    assert "common.authenticate" in {key for key, _, _ in online.asked}


def test_fractions_of_a_piece_are_refused_with_the_place() -> None:
    broken = {**ERPNEXT, "GET /api/resource/Bin": [{"item_code": "BOLT", "actual_qty": 2.5}]}
    with pytest.raises(BadInput, match=r"BOLT.*2\.5"):
        erpnext(broken)[0].pull(MONDAY)


def test_a_refused_user_and_an_error_of_the_server_are_named() -> None:
    with pytest.raises(BadInput, match="planner is refused"):
        odoo({**ODOO, "common.authenticate": False})[0].pull(MONDAY)
    error = {"error": {"message": "Odoo Server Error", "data": {"message": "no access to mrp.bom"}}}
    with pytest.raises(BadInput, match=r"no access to mrp\.bom"):
        odoo({**ODOO, "mrp.bom.search_read": error})[0].pull(MONDAY)
    with pytest.raises(BadInput, match="Acme"):
        odoo({**ODOO, "res.partner.search_read": []})[0].push([Purchase("NM-1", "ROTOR", "Acme", 4, MONDAY)])


def test_a_server_that_does_not_answer_is_the_environment_s_failure() -> None:
    with pytest.raises(EnvironmentFailed):
        ask_over_http("GET", "http://127.0.0.1:9/api", {}, None)
    with pytest.raises(BadInput, match="https"):
        ask_over_http("GET", "file:///etc/hosts", {}, None)
