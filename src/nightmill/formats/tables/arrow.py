"""Read folders of CSV files, workbooks and Parquet files as text, for planners that take text rather than paths."""

from collections.abc import Collection
from pathlib import Path

from nightmill.formats.findings import Findings
from nightmill.formats.tables.csv import TEXT_LIMIT_BYTES, read_text
from nightmill.formats.tables.workbooks import LIMITS, PARQUET, SHEETS, tables_of_file
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ordinary_files import is_there, open_ordinary
from nightmill.workers import Limits

OTHER_TABLES = (SHEETS, PARQUET)


def read_tables(
    folder: Path,
    *,
    required: Collection[str] = (),
    suffixes: Collection[str] = (".csv",),
    any_case: bool = False,
    limits: Limits = LIMITS,
    text_only: Collection[str] = (),
    only: Collection[str] = (),
) -> dict[str, str]:
    """The text of every CSV file of a folder by file name, plus the tables of ``.xlsx`` and ``.parquet`` files, unpacked within ``limits``, as CSV text.

    If ``only`` names tables, other files are not read, even if they are duplicates or not tables at all.
    Tables in ``text_only`` are not read from workbooks, which may hold something else under that name, such as a person's order book.
    With ``any_case`` names are converted to lower case: Demand.csv, or a sheet Demand, is read as demand.csv.
    Raises ``BadInput`` for a missing folder, each missing ``required`` table, a duplicate table, and each file that
    can't be read.
    """
    if not folder.is_dir():
        raise BadInput(Finding(str(folder), "", "no such folder", "a folder of CSV files", "Check the path."))
    findings = Findings()
    tables: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in suffixes and not path.name.startswith("."):
            name = path.name.lower() if any_case else path.name
            if only and name not in only:
                continue
            if name in tables:
                findings.add(path.name, "", f"{name} a second time", "each table once", f"Remove one {name}.")
            text = read_text(path, findings)
            if text is not None:
                tables[name] = text
        elif path.suffix.lower() in OTHER_TABLES and not path.name.startswith((".", "~")):
            alone = f"{path.stem.lower() if any_case else path.stem}.csv"
            if only and path.suffix.lower() == PARQUET and alone not in only:
                continue
            for title, text in tables_of_file(path, limits=limits).items():
                name = title.lower() if any_case else title
                if name in text_only or (only and name not in only):
                    continue
                if name in tables or is_there(folder / name):
                    findings.add(path.name, "", f"{name} a second time", "each table once", f"Remove one {name}.")
                tables[name] = text
    for name in required:
        if name not in tables and not is_there(folder / name):
            findings.add(name, "", "no such file", f"{name} in {folder.name}", f"Add {name}.")
    findings.raise_any()
    return tables


def read_document(path: Path, limits: Limits = LIMITS) -> str:
    """The text of one file that a person named; of a workbook or Parquet file the first table as CSV text, unpacked within ``limits``.
    Raises ``BadInput`` if it is missing or can't be read.
    """
    open_ordinary(path, TEXT_LIMIT_BYTES).close()
    if path.suffix.lower() in OTHER_TABLES:
        return next(iter(tables_of_file(path, limits=limits).values()), "")
    findings = Findings()
    text = read_text(path, findings)
    findings.raise_any()
    return text or ""
