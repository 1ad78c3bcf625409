"""Orders in a table that somebody sent: CSV or an Excel workbook's first sheet, to commands and findings.

Columns in any order: ``order``, ``part`` (or ``item``), ``quantity`` (or ``qty``), ``due`` (an ISO date or date and time in the
shop's time zone; a bare date is the end of that day), ``priority`` (optional). A workbook is read in a child process with limits
on memory and time, its formulas aren't run, and no cell is ever more than data.
"""

import csv
import io
import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from nightmill.files import read_document
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
_ALIASES = {"qty": "quantity", "item": "part", "part number": "part", "order number": "order"}
_NEEDED = ("order", "part", "quantity", "due")
_ZIP = b"PK\x03\x04"


class SheetRow(msgspec.Struct, frozen=True):
    """A row that is an order: where it stands, and the command that it means."""

    line: int
    command: a.TakeOrder


class Sheet(msgspec.Struct, frozen=True):
    """All rows that are orders, and what is wrong with the others."""

    rows: tuple[SheetRow, ...]
    findings: tuple[Finding, ...]


def read_sheet(body: bytes, shop: Shop) -> Sheet:
    """The orders in a CSV text or a workbook. What is wrong is a finding with its line; nothing is raised for it."""
    if len(body) > MOST_BYTES:
        remedy = "Split the table."
        return Sheet((), (_finding("", f"{len(body)} bytes", f"at most {MOST_BYTES} bytes", remedy),))
    table, findings = _table(body)
    if findings:
        return Sheet((), tuple(findings))
    return _orders(table, shop)


def _table(body: bytes) -> tuple[list[list[str]], list[Finding]]:
    if body.startswith(_ZIP):
        with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
            file.write(body)
            file.flush()
            try:
                text = read_document(Path(file.name), SHEET_LIMITS)
            except BadInput as error:
                return [], [msgspec.structs.replace(each, file="orders") for each in error.findings]
            return _lines(text)
    try:
        text = body.decode("utf-8-sig")
        first = text.split("\n", 1)[0]
        separator = (
            ";" if first.count(";") > first.count(",") else "\t" if first.count("\t") > first.count(",") else ","
        )
        return [row[:MOST_COLUMNS] for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)], []
    except UnicodeDecodeError as error:
        return [], [_finding("", f"byte 0x{body[error.start]:02x}", "UTF-8 text or an .xlsx file", "Save it as UTF-8.")]
    except csv.Error as error:
        return [], [_finding("", str(error), "CSV text", "Check quotes and line ends.")]


def _lines(text: str) -> tuple[list[list[str]], list[Finding]]:
    table: list[list[str]] = []
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline="")), 1):
            if number <= MOST_LINES:
                table.append(row[:MOST_COLUMNS])
            elif any(cell.strip() for cell in row):
                return [], [_finding(f"line {number}", "more lines", f"at most {MOST_LINES}", "Split the table.")]
    except csv.Error as error:
        return [], [_finding("", str(error), "cells of a table", "Shorten the text.")]
    return table, []


def _orders(table: list[list[str]], shop: Shop) -> Sheet:
    if not table:
        return Sheet((), (_finding("line 1", "nothing", f"a header line: {','.join(_NEEDED)}", "Add one."),))
    header = [_ALIASES.get(name := cell.strip().lower(), name) for cell in table[0]]
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        found = ", ".join(table[0])[:120] or "nothing"
        return Sheet((), (_finding("line 1", found, f"columns {', '.join(_NEEDED)}", f"Add {', '.join(missing)}."),))
    rows, findings, seen = list[SheetRow](), list[Finding](), set[str]()
    for line, cells in enumerate(table[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) + len(findings) >= MOST_ROWS:
            findings.append(_finding(f"line {line}", "more rows", f"at most {MOST_ROWS} rows", "Split the table."))
            break
        row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        order = _order(row, line, shop)
        if isinstance(order, Finding):
            findings.append(order)
        elif order.order in seen:
            findings.append(_finding(f"line {line}, order", order.order, "each order once", "Give it another name."))
        else:
            seen.add(order.order)
            rows.append(SheetRow(line, order))
    return Sheet(tuple(rows), tuple(findings))


def _order(row: dict[str, str], line: int, shop: Shop) -> a.TakeOrder | Finding:
    try:
        due_s = _due_s(row.get("due", ""), shop)
    except (ValueError, OverflowError):
        expected = "a date such as 2026-11-30 or 2026-11-30T14:00"
        return _finding(f"line {line}, due", row.get("due", "")[:80] or "nothing", expected, "Correct the date.")
    try:
        quantity, priority = float(row.get("quantity", "")), float(row.get("priority") or 1)
        if quantity != int(quantity) or priority != int(priority):
            raise ValueError("quantity and priority are whole numbers")
        plain = {
            "kind": "order", "order": row.get("order", ""), "part": row.get("part", ""), "quantity": int(quantity),
            "due_s": due_s, "priority": int(priority),
        }  # fmt: skip
        return msgspec.convert(plain, a.TakeOrder)
    except (ValueError, OverflowError) as error:
        return _finding(f"line {line}", str(error)[:200], "an order", "Correct the row.")


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
