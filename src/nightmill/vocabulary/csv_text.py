"""Read CSV text into typed records; collect every mistake of every line instead of stopping at the first."""

import csv
import io
import math
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from nightmill.vocabulary.errors import Finding
from nightmill.vocabulary.spreadsheet_cells import plain_cell

Record = TypeVar("Record", bound=msgspec.Struct)


def read_records(file: str, text: str, kind: type[Record], findings: list[Finding]) -> list[tuple[int, Record]]:
    """The rows of ``text`` as ``kind``, each with its line number (the header is line 1).

    Columns may come in any order, unknown ones are ignored, and an empty cell means the field's default.
    A row with a mistake is left out, and each of its wrong cells is added to ``findings``; the same goes for a row with more cells than the header.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        header = [name.strip() for name in next(reader, [])]
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
        return list(_rows(file, reader, len(header), places, kind, findings))
    except csv.Error as error:
        findings.append(Finding(file, f"line {reader.line_num}", str(error), "CSV text", "Correct the quoting."))
        return []


def column_of(text: str, name: str) -> set[str] | None:
    """The values in the column ``name``, rows with mistakes included; None if the header has no such column or the text is not CSV."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if name not in header:
            return None
        place = header.index(name)
        return {plain_cell(cells[place].strip()) for cells in reader if place < len(cells)}
    except csv.Error:
        return None


def _header_findings(file: str, header: list[str], required: list[str]) -> list[Finding]:
    """Reasons why a header lacks ``required`` columns: another separator, capital letters, or missing columns."""
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


def _rows(
    file: str,
    reader: Iterator[list[str]],
    columns: int,
    places: list[tuple[int, str]],
    kind: type[Record],
    findings: list[Finding],
) -> Iterator[tuple[int, Record]]:
    line_of = getattr(reader, "line_num", 0)
    numbers = [field.encode_name for field in msgspec.structs.fields(kind) if "float" in str(field.type)]
    for cells in reader:
        line_of = getattr(reader, "line_num", line_of + 1)
        width = len(cells)
        if any(cell.strip() for cell in cells[columns:]):
            # Usually a decimal comma: the digits after it would be read as the next column.
            expected = f"{columns} as in the header"
            findings.append(Finding(file, f"line {line_of}", f"{width} cells", expected, "Write 1.5 for 1,5; put text with a comma in quotes."))  # fmt: skip
            continue
        row = {name: cell for index, name in places if index < width and (cell := plain_cell(cells[index].strip()))}
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
