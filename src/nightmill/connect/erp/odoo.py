"""Odoo, version 16 and later: over its JSON-2 interface (``/json/2``) from version 19 on, over JSON-RPC (``/jsonrpc``) before.

Read: product.product, product.supplierinfo, mrp.bom, mrp.bom.line, sale.order.line, purchase.order.line. Written: purchase.order as a
request for quotation whose source document (``origin``) is our id.
"""

import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from nightmill.connect.erp.port import PAGE, Ask, Purchase, answer_of, ask_over_http, pieces, table, week_of, weeks_of
from nightmill.vocabulary.errors import BadInput, Finding

Row = dict[str, Any]
FIRST_JSON2 = 19


class Odoo:
    """One database of Odoo; ``key`` is the API key of ``user``."""

    def __init__(self, url: str, database: str, user: str, key: str, ask: Ask = ask_over_http) -> None:
        self.url = url.rstrip("/")
        self._database, self._user, self._key, self._ask = database, user, key, ask
        self._uid = 0
        self._speaks_json2: bool | None = None

    def pull(self, first_day: dt.date) -> dict[str, str]:
        """The planning tables (see ``Erp``), products by their internal reference; a product without one is left out."""
        products = self._rows(
            "product.product",
            [["default_code", "!=", False], ["active", "=", True]],
            ["default_code", "product_tmpl_id", "standard_price", "qty_available", "name"],
        )
        names = {row["id"]: str(row["default_code"]) for row in products}
        of_template: dict[int, list[str]] = {}
        for row in products:
            of_template.setdefault(row["product_tmpl_id"][0], []).append(names[row["id"]])
        made, lines = self._bills(names, of_template)
        sellers = self._sellers(names, of_template)
        items, stock = [], []
        for row in products:
            name = names[row["id"]]
            first = sellers[name][0] if name in sellers else {}
            lot = pieces(first.get("min_qty"), name, self.url)
            items.append(
                {
                    "item": name, "source": made.get(name, "buy"), "lead_time_weeks": weeks_of(first.get("delay")),
                    "lot_rule": "MIN" if lot > 1 and name not in made else "L4L", "lot_size": max(1, lot),
                    "price_usd": float(row["standard_price"] or 0), "supplier": first.get("supplier", ""),
                }
            )  # fmt: skip
            stock.append({"item": name, "on_hand": max(0, pieces(row["qty_available"], name, self.url))})
        return {
            "items.csv": table(("item", "source", "lead_time_weeks", "lot_rule", "lot_size", "price_usd", "supplier"), items),
            "bom.csv": table(("parent", "child", "qty"), lines),
            "stock.csv": table(("item", "on_hand"), stock),
            "orders.csv": table(("order", "item", "qty", "due_week"), self._sales(names, first_day)),
            "receipts.csv": table(("item", "week", "qty"), self._receipts(names, first_day)),
            "suppliers.csv": table(
                ("supplier", "item", "priority", "lead_time_weeks", "price_usd"),
                [
                    {"supplier": s["supplier"], "item": name, "priority": n, "lead_time_weeks": weeks_of(s["delay"]), "price_usd": s["price"]}
                    for name, rows in sellers.items()
                    for n, s in enumerate(rows, 1)
                ],
            ),
        }  # fmt: skip

    def push(self, purchases: Iterable[Purchase]) -> dict[str, str]:
        """Requests for quotation (see ``Erp``). Raises ``BadInput`` for an item or a supplier that isn't there."""
        names = {}
        for purchase in purchases:
            there = self._rows("purchase.order", [["origin", "=", purchase.id], ["state", "!=", "cancel"]], ["name"])
            names[purchase.id] = str(there[0]["name"]) if there else self._quotation(purchase)
        return names

    def _quotation(self, purchase: Purchase) -> str:
        product = self._one("product.product", "default_code", purchase.item)
        partner = self._one("res.partner", "name", purchase.supplier)
        line = {
            "product_id": product, "product_qty": purchase.quantity, "name": purchase.item, "price_unit": purchase.price,
            "date_planned": f"{purchase.needed_by.isoformat()} 00:00:00",
        }  # fmt: skip
        order = {"partner_id": partner, "origin": purchase.id, "order_line": [[0, 0, line]]}
        made = self._call("purchase.order", "create", {"vals_list": [order]})
        return str(self._call("purchase.order", "read", {"fields": ["name"]}, ids=made)[0]["name"])

    def _one(self, model: str, field: str, value: str) -> int:
        found = self._rows(model, [[field, "=", value]], ["id"])
        if not found:
            raise BadInput(Finding(self.url, model, f"no {field} {value!r}", "a record of that name", "Add it there."))
        return int(found[0]["id"])

    def _bills(self, names: dict[int, str], of_template: dict[int, list[str]]) -> tuple[dict[str, str], list[Row]]:
        """How each product with a bill is got (``make`` or ``phantom``), and the lines of its first bill."""
        bills = self._rows("mrp.bom", [["active", "=", True]], ["product_id", "product_tmpl_id", "product_qty", "type", "sequence"], "sequence, id")  # fmt: skip
        lines = self._rows("mrp.bom.line", [["bom_id.active", "=", True]], ["bom_id", "product_id", "product_qty"])
        by_bill: dict[int, list[Row]] = {}
        for line in lines:
            by_bill.setdefault(line["bom_id"][0], []).append(line)
        made: dict[str, str] = {}
        rows: list[Row] = []
        for bill in bills:
            owners = [names.get(bill["product_id"][0], "")] if bill["product_id"] else of_template.get(bill["product_tmpl_id"][0], [])  # fmt: skip
            for owner in owners:
                if not owner or owner in made:
                    continue
                made[owner] = "phantom" if bill["type"] == "phantom" else "make"
                for line in by_bill.get(bill["id"], []):
                    child = names.get(line["product_id"][0])
                    if child is None:
                        finding = Finding(self.url, f"bill of {owner}", f"{line['product_id'][1]} has no internal reference", "one", "Give it a reference.")  # fmt: skip
                        raise BadInput(finding)
                    qty = pieces(float(line["product_qty"]) / float(bill["product_qty"] or 1), f"bill of {owner}, {child}", self.url)  # fmt: skip
                    rows.append({"parent": owner, "child": child, "qty": qty})
        return made, rows

    def _sellers(self, names: dict[int, str], of_template: dict[int, list[str]]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        fields = ["partner_id", "product_id", "product_tmpl_id", "delay", "price", "min_qty"]
        for row in self._rows("product.supplierinfo", [], fields, "sequence, id"):
            owners = [names.get(row["product_id"][0], "")] if row["product_id"] else of_template.get(row["product_tmpl_id"][0], [])  # fmt: skip
            for owner in filter(None, owners):
                found.setdefault(owner, []).append({**row, "supplier": row["partner_id"][1]})
        return found

    def _sales(self, names: dict[int, str], first_day: dt.date) -> list[Row]:
        fields = ["order_id", "product_id", "product_uom_qty", "qty_delivered"]
        orders = {row["id"]: row for row in self._rows("sale.order", [["state", "in", ["sale", "done"]]], ["name", "commitment_date", "expected_date"])}  # fmt: skip
        rows = []
        for line in self._rows("sale.order.line", [["state", "in", ["sale", "done"]]], fields):
            left = float(line["product_uom_qty"]) - float(line["qty_delivered"])
            order = orders.get(line["order_id"][0])
            if order is not None and line["product_id"] and line["product_id"][0] in names and left > 0:
                day = order["commitment_date"] or order["expected_date"]
                rows.append({"order": order["name"], "item": names[line["product_id"][0]], "qty": pieces(left, order["name"], self.url), "due_week": week_of(day, first_day)})  # fmt: skip
        return rows

    def _receipts(self, names: dict[int, str], first_day: dt.date) -> list[Row]:
        rows = []
        fields = ["product_id", "product_qty", "qty_received", "date_planned", "order_id"]
        for line in self._rows("purchase.order.line", [["state", "in", ["purchase", "done"]]], fields):
            left = float(line["product_qty"]) - float(line["qty_received"])
            if line["product_id"] and line["product_id"][0] in names and left > 0:
                item = names[line["product_id"][0]]
                rows.append({"item": item, "week": week_of(line["date_planned"], first_day), "qty": pieces(left, line["order_id"][1], self.url)})  # fmt: skip
        return rows

    def _rows(self, model: str, domain: Sequence[Any], fields: Sequence[str], order: str = "id") -> list[Row]:
        rows: list[Row] = []
        while True:
            asked = {"domain": list(domain), "fields": list(fields)}
            page = self._call(model, "search_read", asked, {"offset": len(rows), "limit": PAGE, "order": order})
            rows += page
            if len(page) < PAGE:
                return rows

    def _call(
        self, model: str, method: str, given: Row, options: Row | None = None, *, ids: Sequence[int] | None = None
    ) -> Any:  # fmt: skip
        """A method of a model on records ``ids``; what is ``given`` stands in the method's order, ``options`` by name."""
        options = options or {}
        if self._json2():
            address = f"{self.url}/json/2/{model}/{method}"
            headers = {"Content-Type": "application/json", "Authorization": f"bearer {self._key}", "X-Odoo-Database": self._database}  # fmt: skip
            body = {**({} if ids is None else {"ids": list(ids)}), **given, **options}
            return answer_of(self._ask("POST", address, headers, json.dumps(body).encode()), address)
        if not self._uid:
            uid = self._remote("common", "authenticate", [self._database, self._user, self._key, {}])
            if not uid:
                raise BadInput(
                    Finding(self.url, "log in", f"{self._user} is refused", "a user and its API key", "Check both.")
                )
            self._uid = int(uid)
        arguments = [*([] if ids is None else [list(ids)]), *given.values()]
        return self._remote("object", "execute_kw", [self._database, self._uid, self._key, model, method, arguments, options])  # fmt: skip

    def _json2(self) -> bool:
        """Whether the server has the interface of version 19; one that doesn't tell its version is older."""
        if self._speaks_json2 is None:
            address = f"{self.url}/web/version"
            try:
                told = answer_of(self._ask("GET", address, {"Accept": "application/json"}, None), address)
                number = re.search(r"\d+", str(told.get("version", ""))) if isinstance(told, dict) else None
                self._speaks_json2 = number is not None and int(number[0]) >= FIRST_JSON2
            except BadInput:
                self._speaks_json2 = False
        return self._speaks_json2

    def _remote(self, service: str, method: str, arguments: list[Any]) -> Any:
        call = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": {"service": service, "method": method, "args": arguments}}  # fmt: skip
        address = f"{self.url}/jsonrpc"
        body = self._ask("POST", address, {"Content-Type": "application/json"}, json.dumps(call).encode())
        answer = answer_of(body, address)
        if "error" in answer:
            said = answer["error"].get("data", {}).get("message") or answer["error"].get("message", "an error")
            raise BadInput(
                Finding(self.url, f"{service}.{method}", str(said)[:300], "an answer", "Check names and rights.")
            )
        return answer.get("result")
