"""Turn a table of orders that somebody sent (text or an Excel workbook) into commands and findings.

``intake.order_book.reader`` defines the accepted tables; a date without a time means the end of that day in the shop's time zone. Texts and
workbooks are read in a child process with limits on memory and time; formulas aren't evaluated, and cells are only ever data.
"""

from collections.abc import Collection
from datetime import UTC
from zoneinfo import ZoneInfo

import msgspec

from nightmill.intake import BookLine, OrderBook
from nightmill.plant.workspace.guarded_reading import order_book_of, orders_asked
from nightmill.vocabulary import requests as a
from nightmill.vocabulary import validation
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.shop import Shop

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 1000
MOST_LINES = 10 * MOST_ROWS
"""Maximum number of rows in a workbook, including empty rows."""


class SheetRow(msgspec.Struct, frozen=True):
    """A row that is an order: its place in the table, and the command for it."""

    line: int
    command: a.TakeOrder


class Sheet(msgspec.Struct, frozen=True):
    """All rows that are orders, the errors in the other rows, and how the table was interpreted."""

    rows: tuple[SheetRow, ...]
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...] = ()


def read_sheet(body: bytes, shop: Shop, orders: Collection[str] = ()) -> Sheet:
    """Return the orders in a text or a workbook. Errors become findings with their line number; nothing is raised for them.

    ``orders``: existing names outside the shop's book, which new orders may not use.
    """
    known = {*orders, *(order.id for order in shop.orders)}
    try:
        parts = [part.name for part in shop.parts]
        book = order_book_of(orders_asked(body, (MOST_BYTES, MOST_LINES), shop.start.date(), parts, known))
    except BadInput as error:
        return Sheet((), error.findings)
    return _commands(book, shop)


def _commands(book: OrderBook, shop: Shop) -> Sheet:
    rows, findings = list[SheetRow](), list(book.findings)
    for line in book.lines:
        if len(rows) == MOST_ROWS:
            findings.append(_finding(f"line {line.line}", "more orders", f"at most {MOST_ROWS}", "Split the table."))
            break
        try:
            rows.append(SheetRow(line.line, _command(line, shop)))
        except ValueError as error:
            findings.append(_finding(f"line {line.line}", str(error)[:200], "an order", "Correct the row."))
    remarks = list(book.remarks)
    if any(line.release or line.customer for line in book.lines):
        remarks.append("release and customer are ignored here: only nightmill import orders writes them")
    return Sheet(tuple(rows), tuple(findings), tuple(remarks))


def _command(line: BookLine, shop: Shop) -> a.TakeOrder:
    plain = {
        "kind": "order", "order": line.order, "part": line.part, "quantity": line.quantity,
        "due_s": _due_s(line.due, shop), "priority": line.priority,
    }  # fmt: skip
    return msgspec.convert(plain, a.TakeOrder)


def _due_s(text: str, shop: Shop) -> float:
    moment = validation.moment(text, ZoneInfo(shop.time_zone), end_of_day=True)
    return (moment.astimezone(UTC) - shop.start).total_seconds()


def _finding(place: str, found: str, expected: str, remedy: str) -> Finding:
    return Finding("orders", place, found, expected, remedy)
