"""An order book of other programs into orders.csv of a shop folder: what is new, what differs, what stays."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nightmill.formats import read_shop, write_atomic
from nightmill.intake import OrderBook
from nightmill.plant.workspace.guarded_reading import order_book_of, orders_asked
from nightmill.plant.workspace.layout import has_log, open_log
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ordinary_files import is_there, read_ordinary
from nightmill.vocabulary.spreadsheet_cells import plain_cell, safe_cell

MOST_BYTES = 64 * 1024 * 1024
MOST_LINES = 200_000
ORDERS = "orders.csv"
KINDS = ("order", "position", "part", "quantity", "made", "due", "release", "priority", "customer", "status", "unit")
DATES = {"": None, "day-first": True, "month-first": False}
_COLUMNS = ("order", "item", "quantity", "due", "release", "priority", "customer")
_ALWAYS = _COLUMNS[:4]
_ALIASES = {"qty": "quantity", "part": "item"}


def import_orders(
    table: Path, folder: Path, *, dates: str = "", columns: Sequence[str] = (), preview: bool = False
) -> dict[str, Any]:
    """Write the orders of a table into orders.csv; orders of the same name are replaced, all others of the file stay as they are.

    Raises ``BadInput`` with all that is wrong or in doubt, and then writes nothing; also while a run is unfinished, which takes
    orders by the page or the API.
    """
    if dates not in DATES:
        raise BadInput(Finding("--dates", "", repr(dates), "day-first or month-first", "Correct it."))
    shop = read_shop(folder, orders=False)
    body = read_ordinary(table, MOST_BYTES)
    header, rows = _present(folder / ORDERS)
    book = order_book_of(
        orders_asked(
            body,
            (MOST_BYTES, MOST_LINES),
            shop.start.date(),
            [part.name for part in shop.parts],
            [row["order"] for row in rows],
            day_first=DATES[dates],
            chosen=_chosen(columns),
        ),
        str(table),
        large=True,
    )
    findings = [Finding(str(table), f.place, f.found, f.expected, f.remedy) for f in book.findings]
    if findings:
        raise BadInput(*findings)
    orders = _merged(header, rows, book)
    if not preview:
        _check_at_rest(folder)
        write_atomic(folder / ORDERS, _text(header, rows))
    return {
        "file": str(folder / ORDERS),
        "written": not preview,
        "columns": book.columns,
        "remarks": list(book.remarks),
        "orders": orders,
        "kept": len(rows) - len(orders),
    }


def _chosen(columns: Sequence[str]) -> dict[str, str]:
    """``KIND=HEADING`` by kind."""
    chosen = {}
    for each in columns:
        kind, equals, heading = each.partition("=")
        if not equals or kind not in KINDS:
            raise BadInput(Finding("--column", "", repr(each), f"KIND=HEADING with {', '.join(KINDS)}", "Correct it."))
        chosen[kind] = heading.strip("'\" ")
    return chosen


def _check_at_rest(folder: Path) -> None:
    """A run goes on with the files with which it began."""
    if not has_log(folder):
        return
    store = open_log(folder, writer=False)
    try:
        last = store.last()
    finally:
        store.close()
    if last is not None and not isinstance(last.fact, e.RunEnded):
        remedy = "Let the table fall on the page of nightmill serve, or finish the run with nightmill run --resume."
        raise BadInput(Finding(str(folder), "", "an unfinished run", "a shop at rest", remedy))


def _present(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Columns and rows of the orders that the shop has, whatever else it says of them."""
    if not is_there(path):
        return list(_ALWAYS), []
    try:
        text = read_ordinary(path, MOST_BYTES).decode("utf-8-sig")
        table = [row for row in csv.reader(io.StringIO(text), strict=True) if any(cell.strip() for cell in row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(Finding(str(path), "", str(error)[:200], "a CSV file", "Mend it first.")) from error
    header = [_ALIASES.get(cell.strip(), cell.strip()) for cell in table[0]] if table else list(_ALWAYS)
    if table and ("order" not in header or any(len(row) != len(header) for row in table)):
        raise BadInput(
            Finding(
                str(path), "", "other columns", "order,item,quantity,due and as many cells a line", "Mend it first."
            )
        )
    return header, [dict(zip(header, (plain_cell(cell.strip()) for cell in row), strict=True)) for row in table[1:]]


def _merged(header: list[str], rows: list[dict[str, str]], book: OrderBook) -> list[dict[str, Any]]:
    """Bring a book's lines into ``header`` and ``rows``; each with what it is there: new, changed or the same.

    An empty cell empties the order's where the book has that column.
    """
    by_name = {row["order"]: row for row in rows}
    told = []
    replaced = {*_ALWAYS, *book.columns.values()}
    for line in book.lines:
        cells = {
            "order": line.order, "item": line.part, "quantity": str(line.quantity), "due": line.due,
            "release": line.release, "priority": str(line.priority) if line.priority != 1 else "",
            "customer": line.customer,
        }  # fmt: skip
        said = {name: cell for name, cell in cells.items() if cell or name in replaced}
        header.extend(name for name, cell in said.items() if cell and name not in header)
        present = by_name.get(line.order)
        if present is None:
            rows.append(said)
            by_name[line.order] = said
            state = "new"
        else:
            same = all(_plain(name, cell) == _plain(name, present.get(name, "")) for name, cell in said.items())
            state = "the same" if same else "changed"
            present.update(said)
            if "due_week" in present:
                present["due_week"] = ""
        told.append(cells | {"quantity": line.quantity, "state": state})
    return told


def _plain(name: str, cell: str) -> str:
    """A cell for comparison: an order without a priority has 1."""
    return "" if name == "priority" and cell == "1" else cell


def _text(header: list[str], rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([safe_cell(row.get(name, "")) for name in header] for row in rows)
    return out.getvalue().encode()
