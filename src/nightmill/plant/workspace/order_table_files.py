"""Split a table's bytes into cells: text in any usual encoding and delimiter, or the sheets of a workbook."""

import tempfile
from pathlib import Path

import msgspec

from nightmill.formats import read_tables
from nightmill.vocabulary.csv_text import NotCsv, csv_rows
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.workers import Limits

MOST_COLUMNS = 64
SHEET_LIMITS = Limits(memory_mib=1024, cpu_s=20, wall_s=30.0)
_ZIP = b"PK\x03\x04"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_CODE_PAGES = ("cp1252", "cp1250", "gb18030")
"""Code pages of Western and Central Europe, and China; if the headings don't tell them apart, the first is used."""
_SEPARATORS = (",", ";", "\t", "|")

Table = list[list[str]]


def tables_of(body: bytes, most_bytes: int, most_lines: int) -> list[Table]:
    """Return the cells of a text in any usual encoding, split at each usual delimiter that it contains, or of a workbook's sheets.

    Raises ``BadInput``.
    """
    check_size(body, most_bytes)
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
    """Decode as UTF-8, as UTF-16 with a byte-order mark, or else as each Windows code page: Excel saves CSV in the local code page."""
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
    """Return the possible delimiters of a text."""
    return _SEPARATORS[:1] if packed else tuple(mark for mark in _SEPARATORS if mark in text) or _SEPARATORS[:1]


def _lines(text: str, mark: str, most_lines: int) -> Table:
    table: Table = []
    try:
        for number, (_, row) in enumerate(csv_rows(text, mark=mark, strict=False, stripped=False), 1):
            if number <= most_lines:
                table.append(row[:MOST_COLUMNS])
            elif any(cell.strip() for cell in row):
                raise BadInput(_finding(f"line {number}", "more lines", f"at most {most_lines}", "Split the table."))
    except NotCsv as error:
        raise BadInput(_finding("", str(error), "cells of a table", "Check quotes and line ends.")) from error
    return table


def check_size(body: bytes, most_bytes: int) -> None:
    """Raise ``BadInput`` for a table that is too large."""
    if len(body) > most_bytes:
        raise BadInput(_finding("", f"{len(body)} bytes", f"at most {most_bytes} bytes", "Split the table."))


def _finding(place: str, found: str, expected: str, remedy: str) -> Finding:
    return Finding("orders", place, found, expected, remedy)
