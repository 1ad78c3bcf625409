"""Tables in Excel workbooks and Parquet files: read as CSV text, so that one reader checks them all; and written.

A workbook with one sheet is the table of the file's name; with several, each sheet is the table of its own name. Cells
are taken as they are stored: whole numbers without a point, dates as ISO dates, formulas by their last value.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nightmill.files.atomic import write_atomic
from nightmill.vocabulary.errors import BadInput, Finding

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
SHEETS, PARQUET = ".xlsx", ".parquet"


def tables_of_file(path: Path) -> dict[str, str]:
    """The tables of a workbook or Parquet file as CSV text by file name (``items.csv``). Raises ``BadInput``."""
    reader = _workbook if path.suffix.lower() == SHEETS else _parquet
    try:
        return {f"{name}.csv": _csv_text(rows) for name, rows in reader(path).items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        kind = "an Excel workbook (.xlsx)" if path.suffix.lower() == SHEETS else "a Parquet file"
        raise BadInput(Finding(str(path), "", str(error)[:200], kind, "Save it again from its program.")) from error


def _workbook(path: Path) -> dict[str, list[list[Any]]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except BadZipFile as error:
        raise ValueError("not a workbook") from error
    sheets = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}
    book.close()
    return {path.stem: next(iter(sheets.values()))} if len(sheets) == 1 else sheets


def _parquet(path: Path) -> dict[str, list[list[Any]]]:
    from pyarrow import parquet

    table = parquet.read_table(path)
    columns = [column.to_pylist() for column in table.columns]
    return {path.stem: [list(table.column_names), *(list(row) for row in zip(*columns, strict=True))]}


def _csv_text(rows: list[list[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    return str(value)


def write_tables(path: Path, tables: Mapping[str, Table]) -> tuple[Path, ...]:
    """Writes tables (columns, rows) by name; the paths written, each whole or not at all.

    To a ``.xlsx`` file as sheets of one workbook; to a ``.parquet`` or ``.csv`` file, one file a table: the name is added
    to the stem where there are several. Raises ``BadInput`` for another ending.
    """
    ending = path.suffix.lower()
    if ending == SHEETS:
        write_atomic(path, _workbook_bytes(tables))
        return (path,)
    if ending not in (PARQUET, ".csv"):
        raise BadInput(Finding(str(path), "--out", repr(ending), ".xlsx, .parquet or .csv", "Choose one of them."))
    written = []
    for name, (columns, rows) in tables.items():
        place = path if len(tables) == 1 else path.with_name(f"{path.stem}-{name}{ending}")
        listed = [list(row) for row in rows]
        if ending == ".csv":
            write_atomic(place, _csv_text([list(columns), *listed]).encode())
        else:
            write_atomic(place, _parquet_bytes(columns, listed))
        written.append(place)
    return tuple(written)


def _workbook_bytes(tables: Mapping[str, Table]) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for name, (columns, rows) in tables.items():
        sheet = book.create_sheet(name)
        sheet.append(list(columns))
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _parquet_bytes(columns: Sequence[str], rows: list[list[Any]]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table({name: [row[place] for row in rows] for place, name in enumerate(columns)})
    out = io.BytesIO()
    parquet.write_table(table, out)
    return out.getvalue()
