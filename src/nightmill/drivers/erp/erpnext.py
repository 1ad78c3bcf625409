"""ERPNext over Frappe's REST interface (``/api/resource``), version 14 and later.

It reads Item, BOM (submitted, active, default), Bin, Sales Order and Purchase Order. It writes Material Requests of the
type Purchase, as drafts whose title is our id.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from nightmill.drivers.erp.port import (
    PAGE,
    Ask,
    Purchase,
    amount,
    answer_of,
    ask_over_http,
    pieces,
    records,
    table,
    week_of,
    weeks_of,
)
from nightmill.vocabulary.errors import EnvironmentFailed, Finding

Row = dict[str, Any]
OPEN_SALES = ["not in", ["Completed", "Closed", "Cancelled", "Draft"]]
OPEN_PURCHASES = ["not in", ["Completed", "Closed", "Cancelled", "Draft", "Delivered"]]
"""``Delivered``: the supplier shipped directly to the customer, so nothing arrives at the shop."""


class ErpNext:
    """One site of ERPNext; ``key`` and ``secret`` are those of an API user that may read these documents."""

    def __init__(self, url: str, key: str, secret: str, ask: Ask = ask_over_http, page: int = PAGE) -> None:
        self.url = url.rstrip("/")
        self._headers = {"Authorization": f"token {key}:{secret}", "Accept": "application/json"}
        self._ask, self._page = ask, page

    def pull(self, first_day: dt.date) -> dict[str, str]:
        """Return the planning tables (see ``Erp``). Open quantities are those not yet delivered or received."""
        fields = ["name", "lead_time_days", "safety_stock", "valuation_rate", "last_purchase_rate", "min_order_qty"]  # fmt: skip
        items = self._list("Item", fields, [["disabled", "=", 0], ["is_stock_item", "=", 1]])
        boms = self._list("BOM", ["name", "item", "quantity"], [["docstatus", "=", 1], ["is_active", "=", 1], ["is_default", "=", 1]])  # fmt: skip
        known = {row["name"] for row in items}
        lines = [line for bom in boms if bom["item"] in known for line in self._bom_lines(bom, known)]
        made = {line["parent"] for line in lines}
        bins = self._list("Bin", ["item_code", "actual_qty"], [["actual_qty", ">", 0]])
        return {
            "items.csv": table(
                ("item", "source", "lead_time_weeks", "lot_rule", "lot_size", "safety_stock", "price_usd"),
                [self._item(row, made) for row in items],
            ),
            "bom.csv": table(("parent", "child", "qty"), lines),
            "stock.csv": table(
                ("item", "on_hand"),
                [
                    {
                        "item": row["item_code"],
                        "on_hand": pieces(
                            amount(row, "actual_qty", row["item_code"], self.url), row["item_code"], self.url
                        ),
                    }
                    for row in bins
                    if row["item_code"] in known
                ],
            ),
            "orders.csv": table(("order", "item", "qty", "due_week"), self._sales(known, first_day)),
            "receipts.csv": table(("item", "week", "qty", "order"), self._purchases(known, first_day)),
        }

    def push(self, purchases: Iterable[Purchase]) -> dict[str, str]:
        """Send purchases as Material Requests (see ``Erp``)."""
        names = {}
        for purchase in purchases:
            there = self._list("Material Request", ["name"], [["title", "=", purchase.id], ["docstatus", "<", 2]])
            names[purchase.id] = there[0]["name"] if there else self._request(purchase)
        return names

    def _request(self, purchase: Purchase) -> str:
        day = purchase.needed_by.isoformat()
        document = {
            "title": purchase.id,
            "material_request_type": "Purchase",
            "schedule_date": day,
            "items": [{"item_code": purchase.item, "qty": purchase.quantity, "schedule_date": day}],
        }
        address = f"{self.url}/api/resource/{quote('Material Request')}"
        headers = {**self._headers, "Content-Type": "application/json"}
        return str(self._data("POST", address, headers, json.dumps(document).encode())["name"])

    def _item(self, row: Row, made: set[str]) -> Row:
        lot = pieces(row.get("min_order_qty"), row["name"], self.url)
        return {
            "item": row["name"],
            "source": "make" if row["name"] in made else "buy",
            "lead_time_weeks": weeks_of(row.get("lead_time_days")),
            "lot_rule": "MIN" if lot > 1 else "L4L",
            "lot_size": max(1, lot),
            "safety_stock": pieces(row.get("safety_stock"), row["name"], self.url),
            "price_usd": float(row.get("valuation_rate") or row.get("last_purchase_rate") or 0),
        }

    def _bom_lines(self, bom: Row, known: set[str]) -> list[Row]:
        """Return the stock items on a bill of material; services and other non-stock items have no quantity to plan."""
        made = amount(bom, "quantity", bom["name"], self.url) or 1.0
        rows = []
        for line in self._lines("BOM", bom["name"])[1]:
            child, what = line["item_code"], f"{bom['name']}, {line['item_code']}"
            if child in known or line.get("is_stock_item", 1):
                qty = pieces(amount(line, "stock_qty", what, self.url) / made, what, self.url)
                rows.append({"parent": bom["item"], "child": child, "qty": qty})
        return rows

    def _sales(self, known: set[str], first_day: dt.date) -> list[Row]:
        rows = []
        for order in self._list("Sales Order", ["name"], [["docstatus", "=", 1], ["status", *OPEN_SALES]]):
            whole, lines = self._lines("Sales Order", order["name"])
            for line in lines:
                if line.get("item_code") not in known or line.get("delivered_by_supplier"):
                    continue
                what = f"{order['name']}, {line['item_code']}"
                left = self._left(line, "delivered_qty", what)
                if left > 0:
                    day = line.get("delivery_date") or whole.get("delivery_date")
                    week = week_of(day, first_day, what, self.url)
                    rows.append({"order": order["name"], "item": line["item_code"], "qty": pieces(left, what, self.url), "due_week": week})  # fmt: skip
        return rows

    def _purchases(self, known: set[str], first_day: dt.date) -> list[Row]:
        rows = []
        for order in self._list("Purchase Order", ["name"], [["docstatus", "=", 1], ["status", *OPEN_PURCHASES]]):
            whole, lines = self._lines("Purchase Order", order["name"])
            for line in lines:
                if line.get("item_code") not in known or line.get("delivered_by_supplier"):
                    continue
                what = f"{order['name']}, {line['item_code']}"
                left = self._left(line, "received_qty", what)
                if left > 0:
                    day = line.get("schedule_date") or whole.get("schedule_date")
                    week = week_of(day, first_day, what, self.url)
                    # a purchase of ours is recognised by the material request that it was ordered for
                    asked = line.get("material_request") or order["name"]
                    rows.append(
                        {"item": line["item_code"], "week": week, "qty": pieces(left, what, self.url), "order": asked}
                    )
        return rows

    def _left(self, line: Row, done: str, what: str) -> float:
        """Return the open quantity of a line, in stock units; ``done`` is in the line's unit, ``stock_qty`` in stock units."""
        moved = float(line.get(done) or 0) * float(line.get("conversion_factor") or 1)
        return amount(line, "stock_qty", what, self.url) - moved

    def _list(self, kind: str, fields: Sequence[str], filters: Sequence[Sequence[Any]]) -> list[Row]:
        rows: list[Row] = []
        while True:
            asked = {
                "fields": json.dumps(list(fields)),
                "filters": json.dumps(list(filters)),
                "order_by": "name asc",
                "limit_start": len(rows),
                "limit_page_length": self._page,
            }
            address = f"{self.url}/api/resource/{quote(kind)}?{urlencode(asked)}"
            page = records(self._data("GET", address, self._headers, None), fields, kind, self.url)
            rows += page
            if len(page) < self._page:
                return rows

    def _lines(self, kind: str, name: str) -> tuple[Row, list[Row]]:
        """Return a document and the rows of its table of items."""
        address = f"{self.url}/api/resource/{quote(kind)}/{quote(name, safe='')}"
        whole: Row = self._data("GET", address, self._headers, None)
        return whole, whole.get("items") or []

    def _data(self, method: str, address: str, headers: dict[str, str], body: bytes | None) -> Any:
        told = answer_of(self._ask(method, address, headers, body), address)
        if not isinstance(told, dict) or "data" not in told:
            place = address.partition("?")[0]
            raise EnvironmentFailed(
                Finding(place, "the answer", str(told)[:80], "data", "Check that this is ERPNext's address.")
            )
        return told["data"]
