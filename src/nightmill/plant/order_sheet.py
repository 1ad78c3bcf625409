"""Orders in a table that somebody sent: text or an Excel workbook, to commands and findings.

What a table may look like says ``intake.order_book``; a bare date is the end of that day in the shop's time zone. A workbook is
read in a child process with limits on memory and time, its formulas aren't run, and no cell is ever more than data.
"""

import csv
import io
import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from nightmill.files import read_tables
from nightmill.intake import BookLine, OrderBook, read_order_book
from nightmill.vocabulary import asks as a
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.shop import Shop
from nightmill.workers import Limits

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 1000
MOST_LINES = 10 * MOST_ROWS
"""With empty ones, of a workbook."""
MOST_COLUMNS = 64
SHEET_LIMITS = Limits(memory_mib=1024, cpu_s=20, wall_s=30.0)
_ZIP = b"PK\x03\x04"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_CODE_PAGES = ("cp1252", "cp1250", "gb18030")
"""Western and central Europe, China; where the headings don't tell them apart the first is taken."""
_SEPARATORS = (",", ";", "\t", "|")

Table = list[list[str]]


class SheetRow(msgspec.Struct, frozen=True):
    """A row that is an order: where it stands, and the command that it means."""

    line: int
    command: a.TakeOrder


class Sheet(msgspec.Struct, frozen=True):
    """All rows that are orders, what is wrong with the others, and how the table was understood."""

    rows: tuple[SheetRow, ...]
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...] = ()


def read_sheet(body: bytes, shop: Shop) -> Sheet:
    """The orders in a text or a workbook. What is wrong is a finding with its line; nothing is raised for it."""
    try:
        tables = tables_of(body, MOST_BYTES, MOST_LINES)
    except BadInput as error:
        return Sheet((), error.findings)
    book = read_order_book(tables, shop.start.date(), [part.name for part in shop.parts])
    return _commands(book, shop)


def tables_of(body: bytes, most_bytes: int, most_lines: int) -> list[Table]:
    """The cells of a text in any usual encoding, parted at each usual mark that it holds, or of a workbook's sheets.

    Raises ``BadInput``.
    """
    if len(body) > most_bytes:
        raise BadInput(_finding("", f"{len(body)} bytes", f"at most {most_bytes} bytes", "Split the table."))
    texts = _sheets(body) if body.startswith(_ZIP) else _decoded(body)
    return [_lines(text, mark, most_lines) for text in texts for mark in _marks(text, packed=body.startswith(_ZIP))]


def _sheets(body: bytes) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "orders.xlsx").write_bytes(body)
        try:
            return list(read_tables(Path(folder), limits=SHEET_LIMITS).values()) or [""]
        except BadInput as error:
            raise BadInput(*(msgspec.structs.replace(each, file="orders") for each in error.findings)) from error


def _decoded(body: bytes) -> list[str]:
    """UTF-8, UTF-16 where its mark says so, else in each Windows code page: Excel saves CSV in that of its country."""
    try:
        if body.startswith(_UTF_16):
            return [body.decode("utf-16")]
        return [body.decode("utf-8-sig")]
    except UnicodeDecodeError as error:
        if body.startswith(_UTF_16) or b"\0" in body:
            found = f"byte 0x{body[min(error.start, len(body) - 1)]:02x}"
            raise BadInput(_finding("", found, "text or an .xlsx file", "Save it as UTF-8.")) from error
        return [body.decode(page, "replace") for page in _CODE_PAGES]


def _marks(text: str, *, packed: bool) -> tuple[str, ...]:
    """The marks that may part the cells of a text."""
    return _SEPARATORS[:1] if packed else tuple(mark for mark in _SEPARATORS if mark in text) or _SEPARATORS[:1]


def _lines(text: str, mark: str, most_lines: int) -> Table:
    table: Table = []
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=mark), 1):
            if number <= most_lines:
                table.append(row[:MOST_COLUMNS])
            elif any(cell.strip() for cell in row):
                raise BadInput(_finding(f"line {number}", "more lines", f"at most {most_lines}", "Split the table."))
    except csv.Error as error:
        raise BadInput(_finding("", str(error), "cells of a table", "Check quotes and line ends.")) from error
    return table


def _commands(book: OrderBook, shop: Shop) -> Sheet:
    rows, findings = list[SheetRow](), list(book.findings)
    for line in book.lines:
        if len(rows) == MOST_ROWS:
            findings.append(_finding(f"line {line.line}", "more orders", f"at most {MOST_ROWS}", "Split the table."))
            break
        try:
            rows.append(SheetRow(line.line, _command(line, shop)))
        except (ValueError, OverflowError) as error:
            findings.append(_finding(f"line {line.line}", str(error)[:200], "an order", "Correct the row."))
    remarks = list(book.remarks)
    if any(line.release or line.customer for line in book.lines):
        remarks.append("release and customer aren't taken here: only nightmill import orders writes them")
    return Sheet(tuple(rows), tuple(findings), tuple(remarks))


def _command(line: BookLine, shop: Shop) -> a.TakeOrder:
    plain = {
        "kind": "order", "order": line.order, "part": line.part, "quantity": line.quantity,
        "due_s": _due_s(line.due, shop), "priority": line.priority,
    }  # fmt: skip
    return msgspec.convert(plain, a.TakeOrder)


def _due_s(text: str, shop: Shop) -> float:
    if len(text) <= 10:
        moment = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time.min)
    else:
        moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(shop.time_zone))
    return (moment.astimezone(UTC) - shop.start).total_seconds()


def _finding(place: str, found: str, expected: str, remedy: str) -> Finding:
    return Finding("orders", place, found, expected, remedy)
