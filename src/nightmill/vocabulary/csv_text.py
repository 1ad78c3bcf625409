"""Read and write CSV text: the project's only reader and writer.

Every row comes with the number of its last line, for findings. Cells are read back as they were before ``spreadsheet_cells.safe_cell``
made them safe for spreadsheets.
"""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.spreadsheet_cells import plain_cell, safe_cell

Record = TypeVar("Record", bound=msgspec.Struct)


class NotCsv(ValueError):
    """The text is not valid CSV after ``line``, for example because a quote is never closed."""

    def __init__(self, line: int, found: str) -> None:
        super().__init__(found)
        self.line, self.found = line, found

    def finding(self, file: str) -> Finding:
        """Return the finding in ``file``."""
        return Finding(file, f"line {self.line}", self.found, "CSV text", "Check quotes and line ends.")


def csv_rows(
    text: str, *, mark: str = ",", strict: bool = True, stripped: bool = True
) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the cells of each row, including the header and empty rows; a byte order mark is dropped.

    ``mark`` is the delimiter; ``stripped`` removes spaces around cells. Raises ``NotCsv`` for unclosed quotes and cells that are far
    too long; with ``strict`` also for text after a closing quote.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=mark, strict=strict)
    try:
        for cells in reader:
            bare = map(str.strip, cells) if stripped else cells
            yield reader.line_num, [plain_cell(cell) if cell.startswith("'") else cell for cell in bare]
    except csv.Error as error:
        raise NotCsv(max(reader.line_num, 1), str(error)) from error


def header_of(rows: Iterator[tuple[int, list[str]]]) -> list[str]:
    """Take the first row of ``csv_rows`` and return its cells; none if the text is empty."""
    return next((cells for _, cells in rows), [])


def mark_of(text: str) -> str:
    """Return the delimiter: comma, semicolon or tab (spreadsheets in many countries write the latter two), whichever is most frequent
    in the header outside quotes.
    """
    header = re.sub('"[^"]*"', "", text.removeprefix("\ufeff").lstrip("\r\n").partition("\n")[0])
    return max(",;\t", key=header.count)


def csv_lines(text: str, file: str) -> list[tuple[int, dict[str, str]]]:
    """Return line number and cells by column, split at the text's own delimiter; missing cells are empty, surplus cells are left out.

    Rows without any text are left out. Raises ``BadInput`` if the text is not CSV.
    """
    rows = csv_rows(text, mark=mark_of(text), stripped=False)
    try:
        header = [cell.strip() for cell in header_of(rows)]
        return [
            (line, dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=False)))
            for line, cells in rows
            if any(cell.strip() for cell in cells)
        ]
    except NotCsv as error:
        raise BadInput(error.finding(file)) from error


def csv_text(rows: Iterable[Iterable[Any]], end: str = "\n") -> str:
    """Return ``rows``, including a header, as CSV with cells that no spreadsheet runs as formulas; each line ends with ``end``."""
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows(map(safe_cell, row) for row in rows)
    return out.getvalue()


def read_records(file: str, text: str, kind: type[Record], findings: list[Finding]) -> list[tuple[int, Record]]:
    """Return the rows of ``text`` as ``kind``, each with its line number (the header is line 1).

    Columns may be in any order, unknown columns are ignored, and an empty cell means the field's default.
    A row with a mistake is left out, and each of its wrong cells is added to ``findings``; the same applies to a row with more cells
    than the header.
    """
    rows = csv_rows(text)
    try:
        header = header_of(rows)
        fields = msgspec.structs.fields(kind)
        wrong = _header_findings(file, header, [field.encode_name for field in fields if field.required])
        known = {field.encode_name for field in fields}
        twice = sorted(name for name in known if header.count(name) > 1)
        wrong += [
            Finding(file, "line 1", f"{name!r} twice", "each column once", f"Remove one {name}.") for name in twice
        ]
        if wrong:
            findings.extend(wrong)
            return []
        places = [(index, name) for index, name in enumerate(header) if name in known]
        return list(_records(file, rows, len(header), places, kind, findings))
    except NotCsv as error:
        findings.append(error.finding(file))
        return []


def column_of(text: str, name: str) -> set[str] | None:
    """The values in the column ``name``, rows with mistakes included; None if the header has no such column or the text is not CSV."""
    rows = csv_rows(text, strict=False)
    try:
        header = header_of(rows)
        if name not in header:
            return None
        place = header.index(name)
        return {cells[place] for _, cells in rows if place < len(cells)}
    except NotCsv:
        return None


def _header_findings(file: str, header: list[str], required: list[str]) -> list[Finding]:
    """Return the reasons why a header lacks ``required`` columns: another separator, capital letters, or missing columns."""
    missing = [name for name in required if name not in header]
    if missing and len(header) == 1:
        for separator, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if separator in header[0]:
                return [Finding(file, "line 1", f"{word} between the columns", "commas", "Save the table with commas.")]
    near = {name.lower(): name for name in header}
    found = f"columns {', '.join(header) or 'none'}"
    return [
        Finding(file, "line 1", found, f"a column {name!r}", f"Write {near[name]!r} as {name!r}." if name in near else "Add the column.")
        for name in missing
    ]  # fmt: skip


def _records(
    file: str,
    rows: Iterator[tuple[int, list[str]]],
    columns: int,
    places: list[tuple[int, str]],
    kind: type[Record],
    findings: list[Finding],
) -> Iterator[tuple[int, Record]]:
    numbers = [field.encode_name for field in msgspec.structs.fields(kind) if "float" in str(field.type)]
    for line_of, cells in rows:
        width = len(cells)
        if any(cells[columns:]):
            # Usually a decimal comma: the digits after it would be read as the next column.
            expected = f"{columns} as in the header"
            findings.append(Finding(file, f"line {line_of}", f"{width} cells", expected, "Write 1.5 for 1,5; put text with a comma in quotes."))  # fmt: skip
            continue
        row = {name: cell for index, name in places if index < width and (cell := cells[index])}
        if not row:
            continue
        try:
            record = msgspec.convert(row, kind, strict=False)
        except msgspec.ValidationError:
            findings.extend(_cell_findings(file, line_of, row, kind))
            continue
        infinite = [name for name in numbers if not math.isfinite(getattr(record, name) or 0.0)]
        if infinite:
            findings.extend(
                Finding(file, f"line {line_of}, {name}", repr(row[name]), "a finite number", "Correct the cell.")
                for name in infinite
            )
            continue
        yield line_of, record


def _cell_findings(file: str, line: int, row: dict[str, str], kind: type[Record]) -> Iterator[Finding]:
    for field in msgspec.structs.fields(kind):
        name = field.encode_name
        if name not in row:
            if field.required:
                yield Finding(file, f"line {line}, {name}", "an empty cell", f"a value for {name}", "Fill in the cell.")
            continue
        try:
            msgspec.convert(row[name], field.type, strict=False)
        except msgspec.ValidationError as error:
            yield Finding(file, f"line {line}, {name}", repr(row[name]), _expectation(str(error)), "Correct the cell.")


def _expectation(message: str) -> str:
    """Turn a validation message into a plain expectation: "Expected `int` >= 0" → "a whole number >= 0"."""
    message = message.split(" - at ")[0].split(", got ")[0].removeprefix("Expected ").strip()
    return message.replace("`int`", "a whole number").replace("`float`", "a number").replace("`str`", "text")
