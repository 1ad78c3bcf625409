"""A shop folder as tables for material planning: weeks instead of dates, a row for every part, blank and purchase.

Planning-only data (lot rules, yields, scrap, alternates, safety stock) is taken from the folder's own files.
"""

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from nightmill.floor import ShopState
from nightmill.formats import read_shop, read_tables
from nightmill.vocabulary.csv_text import csv_rows, csv_text, header_of
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S, WEEK_S

DAYS_A_WEEK = 7


PLANNING_TABLES = frozenset(
    f"{name}.csv"
    for name in (
        "items",
        "bom",
        "stock",
        "demand",
        "orders",
        "receipts",
        "suppliers",
        "deliveries",
        "calendar",
        "quotes",
    )
)
"""The tables that material planning reads; other files in the folder, including plans written there, are left alone."""


def planning_texts(folder: Path) -> dict[str, str]:
    """Return the CSV texts of a shop folder by file name, as ``mrp.read_tables`` takes them; week 0 starts on the shop's first day.

    Raises ``BadInput`` for any error in the shop.
    """
    shop, texts = read_shop(folder), read_tables(folder, text_only=("orders.csv",), only=PLANNING_TABLES)
    tables = {
        **texts,
        "items.csv": _items(shop, _rows(texts.get("items.csv", ""))),
        "bom.csv": _bom(shop, _rows(texts.get("bom.csv", ""))),
        "stock.csv": _table({"item": item.item, "on_hand": item.on_hand} for item in shop.items),
        "orders.csv": _table(
            {
                "order": order.id,
                "item": order.item,
                "qty": order.quantity,
                "due_week": week_of(shop, _customers_s(shop, order.item, order.due_s)),
            }
            for order in shop.orders
        ),
        "receipts.csv": _table(
            {"item": receipt.item, "qty": receipt.quantity, "week": week_of(shop, receipt.due_s)}
            for receipt in shop.receipts
        ),
        "suppliers.csv": _suppliers(_rows(texts.get("suppliers.csv", ""))),
    }
    return {name: text for name, text in tables.items() if text}


def running_texts(shop: Shop, texts: Mapping[str, str], state: ShopState) -> dict[str, str]:
    """Return planning texts of the running ``shop``: week 0 is the current week, stock and purchases are current, orders count only
    pieces not yet started.

    For parts that the floor keeps no stock of, the stock is that in stock.csv. Overdue items count as due, or arriving, this week; demand
    of past weeks is dropped.
    """
    week = int(state.now_s // WEEK_S)
    items = {row["item"] for row in _rows(texts["items.csv"])}
    left = Counter(part.order for part in state.in_play() if part.place == "none" and not part.disposition)

    def weeks_on(at_s: float | None) -> int:
        return max(0, int((state.now_s if at_s is None else at_s) // WEEK_S) - week)

    def later(name: str) -> str:
        return _table(_later(_rows(texts.get(name, "")), week))

    known = [order for order in state.orders.values() if order.item in items and left[order.id]]
    coming = [order for order in state.purchases.values() if order.item in items]
    tables = {
        **texts,
        "stock.csv": _table({**row, "on_hand": max(0, state.stock.get(row["item"], int(row["on_hand"])))} for row in _rows(texts["stock.csv"])),
        **{name: later(name) for name in ("demand.csv", "calendar.csv", "bom.csv")},
        "orders.csv": _table({"order": o.id, "item": o.item, "qty": left[o.id], "due_week": weeks_on(_customers_s(shop, o.item, o.due_s))} for o in known),
        "receipts.csv": _table({"item": o.item, "qty": o.quantity, "week": weeks_on(o.promised_s)} for o in coming),
    }  # fmt: skip
    return {name: text for name, text in tables.items() if text}


def _customers_s(shop: Shop, item: str, due_s: float) -> float:
    """Return the customer's date (shop time, s) of an order: the shop's own, plus the days of outside finishing."""
    return due_s + DAY_S * shop.finishing_days(item)


def _later(rows: list[dict[str, str]], week: int) -> Iterable[dict[str, str]]:
    """Return the rows that aren't over when ``week`` starts, with their weeks counted from ``week``."""
    for row in rows:
        shifted = {name: int(row[name]) - week for name in ("week", "to_week") if row.get(name)}
        if row.get("from_week"):
            shifted["from_week"] = max(0, int(row["from_week"]) - week)
        if min(shifted.values(), default=0) >= 0:
            yield {**row, **{name: str(number) for name, number in shifted.items()}}


def week_of(shop: Shop, at_s: float) -> int:
    """Return the week from the shop's first day that contains a moment (shop time, s); the past counts as week 0."""
    return max(0, ((shop.start + dt.timedelta(seconds=at_s)).date() - shop.start.date()).days // DAYS_A_WEEK)


def _items(shop: Shop, rows: list[dict[str, str]]) -> str:
    """List every item of the shop: lead time in whole weeks, outside finishing included; purchased by the lot if it has a lot size and no
    rule.
    """
    listed = {row["item"]: row for row in rows}
    return _table(
        {
            "source": item.source,
            "supplier": item.supplier,
            "price_usd": item.price_usd,
            "lot_size": item.lot_size,
            "lot_rule": "MULT" if item.lot_size > 1 else "L4L",
            **listed.get(item.item, {}),
            "item": item.item,
            "lead_time_weeks": _lead_weeks(
                listed.get(item.item, {}).get("lead_time_weeks"), item.lead_time_days, shop.finishing_days(item.item)
            ),
        }
        for item in shop.items
    )


def _bom(shop: Shop, rows: list[dict[str, str]]) -> str:
    listed = {(row["parent"], row["child"]) for row in rows}
    unsaid = (line for line in shop.bom if (line.parent, line.child) not in listed)
    return _table(
        [*rows, *({"parent": line.parent, "child": line.child, "qty": str(line.quantity)} for line in unsaid)]
    )


def _suppliers(rows: list[dict[str, str]]) -> str:
    return _table(
        {**row, "lead_time_weeks": row.get("lead_time_weeks") or _weeks(float(row.get("lead_time_days") or 0))}
        for row in rows
    )


def _lead_weeks(given: str | None, days: float, elsewhere_days: float) -> str | int:
    """Return the weeks until an item can be used: its lead time in weeks or days as given, plus its outside finishing."""
    if given is None:
        return _weeks(days + elsewhere_days)
    return int(given) + _weeks(elsewhere_days) if elsewhere_days and given.isdigit() else given


def _weeks(days: float) -> int:
    """Round ``days`` up to whole weeks, so that nothing is planned to arrive sooner than it can."""
    return math.ceil(days / DAYS_A_WEEK)


def _rows(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV text that ``read_shop`` has checked; with empty cells and column aliases normalised."""
    names = {"quantity": "qty", "part": "item"}
    rows = csv_rows(text, strict=False)
    header = [names.get(name, name) for name in header_of(rows)]
    found = ({key: cell for key, cell in zip(header, cells, strict=False) if key and cell} for _, cells in rows)
    return [row for row in found if row]


def _table(rows: Iterable[Mapping[str, object]]) -> str:
    """Return as CSV rows that may have different columns, with missing cells left empty; empty text for no rows."""
    known = list(rows)
    if not known:
        return ""
    columns = list(dict.fromkeys(column for row in known for column in row))
    return csv_text([columns, *([row.get(column, "") for column in columns] for row in known)])
