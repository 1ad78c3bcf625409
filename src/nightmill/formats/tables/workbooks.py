"""Read tables in Excel workbooks and Parquet files as CSV text, so that one reader checks them all; and write such files.
A workbook with one sheet is one table with the file's name; with several, each sheet is a table with its own name. Cells
are taken as stored: whole numbers without a decimal point, dates as ISO dates, formulas with their last value. Both formats are compressed:
a small file may unpack to an enormous one, so they are read in a child process with limits on memory and time.
"""

import csv
import datetime as dt
import io
import itertools
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nightmill.formats.atomic_write import write_atomic
from nightmill.vocabulary.csv_text import csv_text
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.workers import ChildFailed, Limits, run_guarded

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
SHEETS, PARQUET = ".xlsx", ".parquet"
LIMITS = Limits(memory_mib=4096, cpu_s=180, wall_s=180.0)
MOST_UNPACKED = 512 << 20
MOST_FOLD, SMALL = 100, 10 << 20
"""Maximum unpacked size of a file, in bytes; and for workbooks larger than ``SMALL`` the maximum ratio of unpacked to packed size (real
tables: 10 to 20)."""
MOST_ROWS = 1_048_576
"""Maximum number of rows in a sheet that Excel opens, including the header."""
_CALL = "nightmill.formats.tables.workbooks:unpack_tables"


def tables_of_file(path: Path, *, limits: Limits = LIMITS) -> dict[str, str]:
    """Return the tables of a workbook or Parquet file as CSV text by file name (``items.csv``). Raises ``BadInput``."""
    with tempfile.TemporaryDirectory() as folder:
        asked = {"path": str(path), "folder": folder}
        try:
            names = run_guarded(_CALL, asked, limits=limits, subject=str(path))
        except ChildFailed as error:
            raise BadInput(*error.findings) from error
        return {name: (Path(folder) / str(k)).read_text() for k, name in enumerate(names)}


def unpack_tables(path: str, folder: str) -> list[str]:
    """Write each table as CSV text into ``folder``, in files named 0, 1, ..; return the tables' names. Runs in the child. Raises ``BadInput``."""
    file = Path(path)
    if file.suffix.lower() == PARQUET:
        _unpack_parquet(file, Path(folder) / "0")
        return [f"{file.stem}.csv"]
    return _unpack_workbook(file, Path(folder))


def _unpack_workbook(path: Path, folder: Path) -> list[str]:
    from zipfile import BadZipFile, ZipFile

    from openpyxl import load_workbook

    try:
        with ZipFile(path) as packed:
            unpacked = sum(each.file_size for each in packed.infolist())
        most = min(MOST_UNPACKED, max(SMALL, MOST_FOLD * path.stat().st_size))
        if unpacked > most:
            raise _too_large(path, unpacked, most)
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        names, written = [], 0
        for k, sheet in enumerate(book.worksheets):
            with (folder / str(k)).open("w", newline="") as out:
                writer = csv.writer(out, lineterminator="\n")
                wide = sheet.max_column or 0
                sheet.reset_dimensions()  # some programs write wrong dimensions, and openpyxl would drop the rows beyond them
                for row in sheet.iter_rows(values_only=True):
                    cells = [_cell(value) for value in row]
                    # an empty row is not padded to the width of the others: stray formatting may leave a million of them
                    cells = cells + [""] * (wide - len(cells)) if any(cells) else []
                    wide = max(wide, len(cells))
                    # every cell may use the same shared string
                    written += sum(map(len, cells)) + len(cells) + 1
                    if written > most:
                        raise _too_large(path, written, most)
                    writer.writerow(cells)
            names.append(f"{sheet.title}.csv")
        book.close()
    except (BadZipFile, OSError, KeyError, IndexError, ValueError, TypeError, AttributeError, SyntaxError) as error:
        # openpyxl raises many errors for a file that is not a workbook; an XML parser's error is a SyntaxError
        raise _unreadable(path, "an Excel workbook (.xlsx)", error) from error
    return [f"{path.stem}.csv"] if len(names) == 1 else names


def _unpack_parquet(path: Path, target: Path) -> None:
    import pyarrow
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
        if table.nbytes > MOST_UNPACKED:
            raise _too_large(path, table.nbytes, MOST_UNPACKED)
        plain = {name: _plain(table.column(name)) for name in table.column_names}
        written = arrow_csv.WriteOptions(quoting_style="needed")
        arrow_csv.write_csv(pyarrow.table(plain), target, written)
    except (pyarrow.ArrowException, OSError) as error:
        raise _unreadable(path, "a Parquet file", error) from error


def _plain(column: Any) -> Any:
    """Return a Parquet column as a person would type it."""
    import pyarrow
    from pyarrow import compute

    kind = column.type
    if pyarrow.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pyarrow.types.is_decimal(kind):
        try:
            return column.cast(pyarrow.decimal256(76, 0))
        except pyarrow.ArrowInvalid:
            return column
    if pyarrow.types.is_floating(kind):
        column = column.cast(pyarrow.float64())
        # many programs write NaN for a missing value
        column = compute.if_else(compute.is_nan(column), None, column)
        whole = compute.all(compute.equal(compute.floor(column), column)).as_py()
        top = compute.max(compute.abs(column)).as_py()
        return column.cast(pyarrow.int64()) if whole and top is not None and top < 2**53 else column
    if pyarrow.types.is_nested(kind) or pyarrow.types.is_binary(kind) or "view" in str(kind):
        return _as_text(column)
    if pyarrow.types.is_timestamp(kind) and kind.tz:
        return compute.strftime(column.cast(pyarrow.timestamp("s", kind.tz), safe=False), "%Y-%m-%dT%H:%M:%S%z")
    if pyarrow.types.is_timestamp(kind):
        days = column.cast(pyarrow.date32(), safe=False)
        midnight = compute.all(
            compute.equal(days.cast(pyarrow.timestamp("us")), column.cast(pyarrow.timestamp("us"), safe=False))
        )
        return (
            days
            if midnight.as_py()
            else compute.strftime(column.cast(pyarrow.timestamp("s"), safe=False), "%Y-%m-%dT%H:%M:%S")
        )
    return column


def _as_text(column: Any) -> Any:
    """Values that CSV can't hold, such as lists and bytes, as text: harmless in an unused column; in a used one the reader reports their line."""
    import pyarrow

    said = (
        None if v is None else v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v)
        for v in column.to_pylist()
    )
    return pyarrow.array(said, pyarrow.large_string())


def _csv_text(rows: list[list[Any]]) -> str:
    return csv_text(map(_cell, row) for row in rows)


def _too_large(path: Path, unpacked: int, most: int) -> BadInput:
    found, expected = f"{unpacked >> 20} MiB when unpacked", f"at most {most >> 20} MiB"
    return BadInput(Finding(str(path), "", found, expected, "Save fewer rows, or as CSV."))


def _unreadable(path: Path, kind: str, error: Exception) -> BadInput:
    return BadInput(Finding(str(path), "", str(error)[:200], kind, "Save it again from its program."))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(timespec="seconds")
    return str(value)


def write_tables(path: Path, tables: Mapping[str, Table]) -> tuple[Path, ...]:
    """Write tables (columns, rows) by name and return the paths written, each whole or not at all.
    A ``.xlsx`` file gets one sheet for each table; ``.parquet`` and ``.csv`` get one file for each table, with the table's name added
    to the stem if there are several. Raises ``BadInput`` for another extension.
    """
    ending = path.suffix.lower()
    if ending == SHEETS:
        write_atomic(path, _workbook_bytes(path, tables))
        return (path,)
    if ending not in (PARQUET, ".csv"):
        raise BadInput(Finding(str(path), "", repr(ending), ".xlsx, .parquet or .csv", "Choose one of them."))
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


def _workbook_bytes(path: Path, tables: Mapping[str, Table]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    checked = {name: (columns, _sheet_rows(path, name, rows)) for name, (columns, rows) in tables.items()}
    book = Workbook(write_only=True)
    for name, (columns, rows) in checked.items():
        sheet = book.create_sheet(name)
        sheet.append(list(columns))
        for row in rows:
            cells = list(row)
            for k, value in enumerate(cells):
                if isinstance(value, str) and value.startswith("="):
                    cells[k] = WriteOnlyCell(sheet, value)
                    cells[k].data_type = "s"  # text, never a formula
            sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet_rows(path: Path, name: str, rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
    """Return the rows. Raises ``BadInput`` if a sheet can't hold them."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    listed = list(itertools.islice(rows, MOST_ROWS))
    if len(listed) == MOST_ROWS:
        found, most = f"{MOST_ROWS:,} rows or more", f"at most {MOST_ROWS - 1:,} rows in a sheet"
        raise BadInput(Finding(str(path), f"sheet {name}", found, most, "Write .parquet or .csv."))
    for count, row in enumerate(listed, 2):
        wrong = [value for value in row if isinstance(value, str) and ILLEGAL_CHARACTERS_RE.search(value)]
        if wrong:
            place, expected = f"sheet {name}, row {count}", "text without control characters"
            raise BadInput(Finding(str(path), place, repr(wrong[0])[:200], expected, "Write .parquet or .csv."))
    return listed


def _parquet_bytes(columns: Sequence[str], rows: list[list[Any]]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table({name: [row[place] for row in rows] for place, name in enumerate(columns)})
    out = io.BytesIO()
    parquet.write_table(table, out)
    return out.getvalue()
