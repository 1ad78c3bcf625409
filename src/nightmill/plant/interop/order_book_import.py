"""Import an order book from another program into orders.csv of a shop folder; report each order as new, changed or the same."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nightmill.formats import read_shop, write_atomic
from nightmill.intake import OrderBook
from nightmill.plant.workspace.guarded_reading import order_book_of, orders_asked
from nightmill.plant.workspace.layout import has_log, open_log
from nightmill.vocabulary import events as e
from nightmill.vocabulary.csv_text import NotCsv, csv_rows, csv_text
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ordinary_files import is_there, read_ordinary

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
    """Write the orders of a table into orders.csv: orders with the same id are replaced, all others stay as they are.

    Raises ``BadInput`` with every error and ambiguity found, and writes nothing in that case; also raised while a run is unfinished,
    because such a run accepts new orders only through the page or the API.
    """
    if dates not in DATES:
        raise BadInput(Finding("--dates", "", repr(dates), "day-first or month-first", "Correct the option."))
    shop = read_shop(folder, orders=False)
    body = read_ordinary(table, MOST_BYTES)
    header, rows = _existing_orders(folder / ORDERS)
    book = order_book_of(
        orders_asked(
            body,
            (MOST_BYTES, MOST_LINES),
            shop.start.date(),
            [part.name for part in shop.parts],
            [row["order"] for row in rows],
            day_first=DATES[dates],
            chosen=_headings_by_kind(columns),
        ),
        str(table),
        large=True,
    )
    findings = [Finding(str(table), f.place, f.found, f.expected, f.remedy) for f in book.findings]
    if findings:
        raise BadInput(*findings)
    orders = _merged(header, rows, book)
    if not preview:
        _check_no_open_run(folder)
        write_atomic(folder / ORDERS, _text(header, rows))
    return {
        "file": str(folder / ORDERS),
        "written": not preview,
        "columns": book.columns,
        "remarks": list(book.remarks),
        "orders": orders,
        "kept": len(rows) - len(orders),
    }


def _headings_by_kind(columns: Sequence[str]) -> dict[str, str]:
    """Map each kind to its heading from ``KIND=HEADING`` options."""
    chosen = {}
    for each in columns:
        kind, equals, heading = each.partition("=")
        if not equals or kind not in KINDS:
            raise BadInput(
                Finding("--column", "", repr(each), f"KIND=HEADING with {', '.join(KINDS)}", "Correct the option.")
            )
        chosen[kind] = heading.strip("'\" ")
    return chosen


def _check_no_open_run(folder: Path) -> None:
    """Refuse while a run is unfinished: a run keeps using the files it started with."""
    if not has_log(folder):
        return
    store = open_log(folder, writer=False)
    try:
        last = store.last()
    finally:
        store.close()
    if last is not None and not isinstance(last.fact, e.RunEnded):
        remedy = "Drop the table on the page of nightmill serve, or finish the run with nightmill run --resume."
        raise BadInput(Finding(str(folder), "", "an unfinished run", "a shop without an unfinished run", remedy))


def _existing_orders(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Return the header and rows of the shop's orders.csv with all columns."""
    if not is_there(path):
        return list(_ALWAYS), []
    try:
        text = read_ordinary(path, MOST_BYTES).decode("utf-8-sig")
        table = [row for _, row in csv_rows(text) if any(row)]
    except (UnicodeDecodeError, NotCsv) as error:
        raise BadInput(Finding(str(path), "", str(error)[:200], "a CSV file", "Correct the file first.")) from error
    header = [_ALIASES.get(cell, cell) for cell in table[0]] if table else list(_ALWAYS)
    if table and ("order" not in header or any(len(row) != len(header) for row in table)):
        raise BadInput(
            Finding(
                str(path),
                "",
                "other columns",
                "order,item,quantity,due and as many cells in each line",
                "Correct the file first.",
            )
        )
    return header, [dict(zip(header, row, strict=True)) for row in table[1:]]


def _merged(header: list[str], rows: list[dict[str, str]], book: OrderBook) -> list[dict[str, Any]]:
    """Merge a book's lines into ``header`` and ``rows``; return each line with its state: new, changed or the same.

    If the book has a column, an empty cell in it clears the order's value.
    """
    by_name = {row["order"]: row for row in rows}
    lines = []
    replaced = {*_ALWAYS, *book.columns.values()}
    for line in book.lines:
        cells = {
            "order": line.order, "item": line.part, "quantity": str(line.quantity), "due": line.due,
            "release": line.release, "priority": str(line.priority) if line.priority != 1 else "",
            "customer": line.customer,
        }  # fmt: skip
        given = {name: cell for name, cell in cells.items() if cell or name in replaced}
        header.extend(name for name, cell in given.items() if cell and name not in header)
        present = by_name.get(line.order)
        if present is None:
            rows.append(given)
            by_name[line.order] = given
            state = "new"
        else:
            same = all(_plain(name, cell) == _plain(name, present.get(name, "")) for name, cell in given.items())
            state = "the same" if same else "changed"
            present.update(given)
            if "due_week" in present:
                present["due_week"] = ""
        lines.append(cells | {"quantity": line.quantity, "state": state})
    return lines


def _plain(name: str, cell: str) -> str:
    """Normalise a cell for comparison: an order without a priority has priority 1."""
    return "" if name == "priority" and cell == "1" else cell


def _text(header: list[str], rows: list[dict[str, str]]) -> bytes:
    return csv_text([header, *([row.get(name, "") for name in header] for row in rows)]).encode()
