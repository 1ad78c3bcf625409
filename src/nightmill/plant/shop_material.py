"""A shop folder in the form that material planning reads: weeks for dates, a row for every part, blank and purchase.

What only planning knows (lot rules, yields, scrap, alternates, safety stock) stays as the folder's own files say it.
"""

import csv
import datetime as dt
import io
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from nightmill.files import read_shop, read_tables
from nightmill.vocabulary.shop import Shop

DAYS_A_WEEK = 7


def planning_texts(folder: Path) -> dict[str, str]:
    """The CSV texts of a shop folder by file name, as ``materials.read_tables`` takes them; week 0 begins on the shop's first day.

    Raises ``BadInput`` for whatever is wrong with the shop.
    """
    shop, texts = read_shop(folder), read_tables(folder)
    tables = {
        **texts,
        "items.csv": _items(shop, _rows(texts.get("items.csv", ""))),
        "bom.csv": _bom(shop, _rows(texts.get("bom.csv", ""))),
        "stock.csv": _table({"item": item.item, "on_hand": item.on_hand} for item in shop.items),
        "orders.csv": _table(
            {"order": order.id, "item": order.item, "qty": order.quantity, "due_week": week_of(shop, order.due_s)}
            for order in shop.orders
        ),
        "receipts.csv": _table(
            {"item": receipt.item, "qty": receipt.quantity, "week": week_of(shop, receipt.due_s)}
            for receipt in shop.receipts
        ),
        "suppliers.csv": _suppliers(_rows(texts.get("suppliers.csv", ""))),
    }
    return {name: text for name, text in tables.items() if text}


def week_of(shop: Shop, at_s: float) -> int:
    """The week from the shop's first day that holds a moment (shop time, s); what is past counts as week 0."""
    return max(0, ((shop.start + dt.timedelta(seconds=at_s)).date() - shop.start.date()).days // DAYS_A_WEEK)


def _items(shop: Shop, rows: list[dict[str, str]]) -> str:
    """Every item of the shop: lead time in whole weeks, bought by the lot where it has a size and no rule of its own."""
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
            "lead_time_weeks": listed.get(item.item, {}).get("lead_time_weeks") or _weeks(item.lead_time_days),
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


def _weeks(days: float) -> int:
    """Whole weeks that hold ``days``, so that nothing is planned to come sooner than it can."""
    return math.ceil(days / DAYS_A_WEEK)


def _rows(text: str) -> list[dict[str, str]]:
    """The rows of a CSV text that ``read_shop`` has checked; empty cells and a shop's other names of columns put right."""
    names = {"quantity": "qty", "part": "item"}
    rows = (
        {
            names.get(key.strip(), key.strip()): cell.strip()
            for key, cell in row.items()
            if key and cell and cell.strip()
        }
        for row in csv.DictReader(io.StringIO(text))
    )
    return [row for row in rows if row]


def _table(rows: Iterable[Mapping[str, object]]) -> str:
    """CSV of rows that may have different columns, a cell that isn't there left empty; no text for no rows."""
    known = list(rows)
    if not known:
        return ""
    columns = list(dict.fromkeys(column for row in known for column in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(known)
    return out.getvalue()
