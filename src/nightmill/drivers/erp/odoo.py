"""Odoo, version 16 and later: over its JSON-2 interface (``/json/2``) from version 19 on, over JSON-RPC (``/jsonrpc``) for older versions.

It reads uom.uom, product.product, product.supplierinfo, mrp.bom, mrp.bom.line, sale.order, sale.order.line and
purchase.order.line. It writes purchase.order, as requests for quotation whose source document (``origin``) is our id. Odoo
returns an empty field of any type as ``false``.
"""

import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

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
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

Row = dict[str, Any]
FIRST_JSON2 = 19
NOT_PIECES = ["service", "combo"]
"""Types of products that are neither made nor stocked, and for which no order waits."""


class Odoo:
    """One database of Odoo; ``key`` is the API key of ``user``."""

    def __init__(
        self, url: str, database: str, user: str, key: str, ask: Ask = ask_over_http, page: int = PAGE
    ) -> None:
        self.url = url.rstrip("/")
        self._database, self._user, self._key, self._ask, self._page = database, user, key, ask, page
        self._uid = 0
        self._speaks_json2: bool | None = None

    def pull(self, first_day: dt.date) -> dict[str, str]:
        """Return the planning tables (see ``Erp``), with products by their internal reference; a product without one is left out.

        Quantities are in the product's unit, whatever unit a line was written in.
        """
        products = self._rows(
            "product.product",
            [["default_code", "!=", False], ["active", "=", True], ["type", "not in", NOT_PIECES]],
            ["default_code", "product_tmpl_id", "standard_price", "qty_available", "name", "uom_id"],
        )
        plant = _Plant(self.url, products, self._unit_sizes())
        made, lines = self._bills(plant)
        sellers = self._sellers(plant, first_day)
        items, stock = [], []
        for row in products:
            name = plant.names[row["id"]]
            first = sellers[name][0] if name in sellers else {}
            lot = pieces(first.get("min_qty"), name, self.url)
            items.append(
                {
                    "item": name, "source": made.get(name, "buy"), "lead_time_weeks": weeks_of(first.get("delay")),
                    "lot_rule": "MIN" if lot > 1 and name not in made else "L4L", "lot_size": max(1, lot),
                    "price_usd": float(row["standard_price"] or 0), "supplier": first.get("supplier", ""),
                }
            )  # fmt: skip
            there = pieces(amount(row, "qty_available", name, self.url), name, self.url)
            stock.append({"item": name, "on_hand": max(0, there)})
        return {
            "items.csv": table(("item", "source", "lead_time_weeks", "lot_rule", "lot_size", "price_usd", "supplier"), items),
            "bom.csv": table(("parent", "child", "qty"), lines),
            "stock.csv": table(("item", "on_hand"), stock),
            "orders.csv": table(("order", "item", "qty", "due_week"), self._sales(plant, first_day)),
            "receipts.csv": table(("item", "week", "qty", "order"), self._receipts(plant, first_day)),
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
        """Send purchases as requests for quotation (see ``Erp``). Raises ``BadInput`` for an unknown or ambiguous item or supplier."""
        names = {}
        for purchase in purchases:
            there = self._rows("purchase.order", [["origin", "=", purchase.id], ["state", "!=", "cancel"]], ["name"])
            names[purchase.id] = str(there[0]["name"]) if there else self._quotation(purchase)
        return names

    def _quotation(self, purchase: Purchase) -> str:
        product = self._one("product.product", ["default_code"], purchase.item)
        partner = self._one("res.partner", ["name", "display_name"], purchase.supplier)
        line = {
            "product_id": product, "product_qty": purchase.quantity, "name": purchase.item, "price_unit": purchase.price,
            "date_planned": f"{purchase.needed_by.isoformat()} 00:00:00",
        }  # fmt: skip
        order = {"partner_id": partner, "origin": purchase.id, "order_line": [[0, 0, line]]}
        made = self._call("purchase.order", "create", {"vals_list": [order]})
        return str(self._call("purchase.order", "read", {"fields": ["name"]}, ids=made)[0]["name"])

    def _one(self, model: str, fields: Sequence[str], value: str) -> int:
        """Return the only record with this value, in the first of the fields in which any record has it; the display name of a contact
        includes its company's name.
        """
        for field in fields:
            found = self._rows(model, [[field, "=", value]], ["id"])
            if len(found) > 1:
                raise BadInput(
                    Finding(self.url, model, f"{len(found)} with {field} {value!r}", "one", "Make it unique there.")
                )
            if found:
                return int(found[0]["id"])
        raise BadInput(Finding(self.url, model, f"no {fields[0]} {value!r}", "a record of that name", "Add it there."))

    def _unit_sizes(self) -> dict[int, float]:
        """Return how many reference units each unit equals: ``factor`` from version 19 on, its inverse before."""
        direct = bool(self._known("uom.uom", ["relative_factor"]))
        sizes = {}
        for row in self._rows("uom.uom", [["active", "in", [True, False]]], ["name", "factor"]):
            factor = amount(row, "factor", f"unit {row['name']}", self.url)
            sizes[row["id"]] = factor if direct else 1 / factor
        return sizes

    def _known(self, model: str, fields: Sequence[str]) -> list[str]:
        """Return the given fields that the model has; version 19 renamed the units of lines."""
        told = self._call(model, "fields_get", {"allfields": list(fields), "attributes": ["type"]})
        return [field for field in fields if field in told]

    def _lines(self, model: str, domain: Sequence[Any], fields: Sequence[str], order: str = "id") -> list[Row]:
        """Records with their unit as ``unit``; a record without one is in the product's unit."""
        unit = self._known(model, ["product_uom_id", "product_uom"])[:1]
        rows = self._rows(model, domain, [*fields, *unit], order)
        return [{**row, "unit": row[unit[0]] if unit else False} for row in rows]

    def _bills(self, plant: "_Plant") -> tuple[dict[str, str], list[Row]]:
        """Return how each product with a bill of material is supplied (``make`` or ``phantom``), and the lines of its first bill."""
        bills = self._lines("mrp.bom", [["active", "=", True]], ["product_id", "product_tmpl_id", "product_qty", "type", "sequence"], "sequence, id")  # fmt: skip
        by_bill: dict[int, list[Row]] = {}
        for line in self._lines("mrp.bom.line", [["bom_id.active", "=", True]], ["bom_id", "product_id", "product_qty"]):  # fmt: skip
            by_bill.setdefault(line["bom_id"][0], []).append(line)
        made: dict[str, str] = {}
        rows: list[Row] = []
        for bill in bills:
            for owner in plant.owners(bill):
                if owner in made:
                    continue
                made[owner] = "phantom" if bill["type"] == "phantom" else "make"
                batch = plant.in_own_unit(bill, "product_qty", f"bill of {owner}", owner) or 1.0
                for line in by_bill.get(bill["id"], []):
                    child = plant.names.get(line["product_id"][0])
                    if child is None:
                        finding = Finding(self.url, f"bill of {owner}", f"{line['product_id'][1]} has no internal reference", "one", "Give it a reference.")  # fmt: skip
                        raise BadInput(finding)
                    what = f"bill of {owner}, {child}"
                    qty = pieces(plant.in_own_unit(line, "product_qty", what, child) / batch, what, self.url)
                    rows.append({"parent": owner, "child": child, "qty": qty})
        return made, rows

    def _sellers(self, plant: "_Plant", first_day: dt.date) -> dict[str, list[Row]]:
        """The vendors of each product in order of preference, each once, with their first price that hasn't expired, per unit of the product."""
        found: dict[str, list[Row]] = {}
        fields = ["partner_id", "product_id", "product_tmpl_id", "delay", "price", "min_qty", "date_end"]
        for row in self._lines("product.supplierinfo", [], fields, "sequence, min_qty, id"):
            if row["date_end"] and str(row["date_end"]) < first_day.isoformat():
                continue
            supplier = row["partner_id"][1]
            for owner in plant.owners(row):
                sellers = found.setdefault(owner, [])
                if all(each["supplier"] != supplier for each in sellers):
                    size = plant.size(row, owner)
                    least, price = float(row["min_qty"] or 0) * size, round(float(row["price"] or 0) / size, 6)
                    sellers.append({**row, "supplier": supplier, "min_qty": least, "price": price})
        return found

    def _sales(self, plant: "_Plant", first_day: dt.date) -> list[Row]:
        confirmed = [["state", "in", ["sale", "done"]]]
        fields = ["name", "commitment_date", "expected_date"]
        orders = {row["id"]: row for row in self._rows("sale.order", confirmed, fields)}
        rows = []
        for line in self._lines("sale.order.line", confirmed, ["order_id", "product_id", "product_uom_qty", "qty_delivered"]):  # fmt: skip
            order, item = orders.get(line["order_id"][0]), plant.item(line)
            if order is None or not item:
                continue
            left = plant.left(line, "product_uom_qty", "qty_delivered", order["name"], item)
            if left > 0:
                week = week_of(order["commitment_date"] or order["expected_date"], first_day, order["name"], self.url)
                rows.append({"order": order["name"], "item": item, "qty": left, "due_week": week})
        return rows

    def _receipts(self, plant: "_Plant", first_day: dt.date) -> list[Row]:
        rows = []
        fields = ["product_id", "product_qty", "qty_received", "date_planned", "order_id"]
        for line in self._lines("purchase.order.line", [["state", "in", ["purchase", "done"]]], fields):
            item, order = plant.item(line), line["order_id"][1]
            left = plant.left(line, "product_qty", "qty_received", order, item) if item else 0
            if left > 0:
                week = week_of(line["date_planned"], first_day, order, self.url)
                # the display name of an order ends with the vendor's reference in brackets
                rows.append({"item": item, "week": week, "qty": left, "order": order.split(" (")[0]})
        return rows

    def _rows(self, model: str, domain: Sequence[Any], fields: Sequence[str], order: str = "id") -> list[Row]:
        rows: list[Row] = []
        while True:
            asked = {"domain": list(domain), "fields": list(fields)}
            told = self._call(model, "search_read", asked, {"offset": len(rows), "limit": self._page, "order": order})
            page = records(told, fields, model, self.url)
            rows += page
            if len(page) < self._page:
                return rows

    def _call(
        self, model: str, method: str, given: Row, options: Row | None = None, *, ids: Sequence[int] | None = None
    ) -> Any:  # fmt: skip
        """Call a method of a model on the records ``ids``; ``given`` holds its positional arguments in order, ``options`` those by name."""
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
        """Return whether the server has the interface of version 19; a server that doesn't report its version is older."""
        if self._speaks_json2 is None:
            address = f"{self.url}/web/version"
            answer = self._ask("GET", address, {"Accept": "application/json"}, None)
            try:
                told = json.loads(answer.body) if answer.status == 200 else None
            except ValueError:
                told = None  # a web page for people, such as the list of databases
            number = re.search(r"\d+", str(told.get("version", ""))) if isinstance(told, dict) else None
            self._speaks_json2 = number is not None and int(number[0]) >= FIRST_JSON2
        return self._speaks_json2

    def _remote(self, service: str, method: str, arguments: list[Any]) -> Any:
        call = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": {"service": service, "method": method, "args": arguments}}  # fmt: skip
        address = f"{self.url}/jsonrpc"
        body = json.dumps(call).encode()
        answer = answer_of(self._ask("POST", address, {"Content-Type": "application/json"}, body), address)
        if not isinstance(answer, dict) or not {"error", "result"} & answer.keys():
            raise EnvironmentFailed(
                Finding(address, "the answer", str(answer)[:80], "a result", "Check that this is Odoo's address.")
            )
        if "error" in answer:
            said = answer["error"].get("data", {}).get("message") or answer["error"].get("message", "an error")
            raise BadInput(
                Finding(
                    self.url,
                    f"{service}.{method}",
                    str(said)[:300],
                    "an answer",
                    "Check the names and the access rights.",
                )
            )
        return answer["result"]


class _Plant:
    """The planned products, by id and by template, and the units of measure."""

    def __init__(self, url: str, products: Sequence[Row], sizes: dict[int, float]) -> None:
        self.url, self.names = url, {row["id"]: str(row["default_code"]) for row in products}
        self._sizes, self._unit = sizes, {self.names[row["id"]]: row["uom_id"] for row in products}
        self._of_template: dict[int, list[str]] = {}
        for row in products:
            self._of_template.setdefault(row["product_tmpl_id"][0], []).append(self.names[row["id"]])

    def item(self, row: Row) -> str:
        """Return the product of a line; empty for a note, a section or a product that isn't planned."""
        return self.names.get(row["product_id"][0], "") if row["product_id"] else ""

    def owners(self, row: Row) -> list[str]:
        """Return the products that a bill or a price applies to: one, or every variant of its template."""
        if row["product_id"]:
            return [name for name in [self.item(row)] if name]
        return self._of_template.get(row["product_tmpl_id"][0], []) if row["product_tmpl_id"] else []

    def size(self, row: Row, item: str) -> float:
        """Return how many of the item's units the unit of a line equals. Raises ``BadInput`` for an unknown unit."""
        own, given = self._unit[item], row["unit"]
        if not own or not given or own[0] == given[0]:
            return 1.0
        for unit in (own, given):
            if unit[0] not in self._sizes:
                raise BadInput(
                    Finding(
                        self.url,
                        item,
                        f"the unit {unit[1]}",
                        "a unit that can be read",
                        "Check the access rights to units of measure.",
                    )
                )
        return self._sizes[given[0]] / self._sizes[own[0]]

    def in_own_unit(self, row: Row, field: str, what: str, item: str) -> float:
        """Return the quantity of a line in the item's unit."""
        return amount(row, field, what, self.url) * self.size(row, item)

    def left(self, row: Row, ordered: str, done: str, order: str, item: str) -> int:
        """Return the open quantity of an order line, in pieces."""
        what = f"{order}, {item}"
        open_there = amount(row, ordered, what, self.url) - float(row[done] or 0)
        return pieces(open_there * self.size(row, item), what, self.url)
