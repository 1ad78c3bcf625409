"""Read text files written by people: UTF-8 only, with a size limit; CSV rows keep their line number."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nightmill.formats.findings import Findings, did_you_mean
from nightmill.vocabulary import validation
from nightmill.vocabulary.csv_text import NotCsv, csv_rows, header_of
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.ordinary_files import is_there, read_ordinary

TEXT_LIMIT_BYTES = 256 * 1024 * 1024


def read_text(path: Path, findings: Findings, *, limit_bytes: int = TEXT_LIMIT_BYTES) -> str | None:
    """Return the text of an ordinary UTF-8 file (a byte order mark is dropped), or ``None`` with a finding.
    Raises ``EnvironmentFailed`` if the operating system refuses to read it.
    """
    try:
        data = read_ordinary(path, limit_bytes, path.name)
    except BadInput as error:
        findings.extend(error.findings)
        return None
    at = data.find(b"\0")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.start
    if at >= 0:
        line, found = data.count(b"\n", 0, at) + 1, f"byte 0x{data[at]:02x}"
        findings.add(path.name, f"line {line}", found, "UTF-8 text", "Save the file as UTF-8.")
        return None
    return text


@dataclass(frozen=True)
class Row:
    """One row of a CSV file: cells by column, stripped, and the line on which it ends (the header is line 1)."""

    file: str
    line: int
    cells: Mapping[str, str]
    findings: Findings

    def note(self, column: str, found: object, expected: str, remedy: str) -> None:
        """Add a finding at this row."""
        self.findings.add(self.file, f"line {self.line}, column {column}", found, expected, remedy)

    def text(self, column: str, default: str = "") -> str:
        """Return a cell as text; ``default`` if it is empty or its column is missing."""
        return self.cells.get(column) or default

    def name(self, column: str) -> str:
        """Return a cell that must be a name: not empty, and without invisible characters."""
        value = self.text(column)
        if not value:
            self.note(column, "an empty cell", "a name", f"Fill in {column}.")
            return value
        try:
            return validation.name(value)
        except validation.Wrong as wrong:
            self.note(column, wrong.found, wrong.expected, "Give it another name.")
            return value

    def whole(self, column: str, default: int | None = None, low: int = 0, high: int = 10**12) -> int:
        """Return a whole number within limits; an empty cell is ``default``, or a finding if there is no default."""
        value = self.number(column, None if default is None else float(default), low, high)
        if value != int(value):
            self.note(column, self.text(column), "a whole number", "Quantities are whole numbers.")
        return int(value)

    def number(self, column: str, default: float | None = None, low: float = 0.0, high: float = 1e12) -> float:
        """Return a number within limits, with a decimal point and no thousands separator; an invalid one becomes a finding and ``low``."""
        text = self.text(column)
        if not text:
            if default is None:
                self.note(column, "an empty cell", "a number", f"Fill in {column}.")
                return low
            return default
        try:
            return validation.number(text, low, high)
        except validation.Wrong as wrong:
            remedy = "Write digits with a decimal point, without unit or thousands separator."
            self.note(column, text, wrong.expected, remedy)
            return low


def read_rows(
    path: Path, required: tuple[str, ...], findings: Findings, aliases: Mapping[str, str] | None = None
) -> Iterator[Row]:
    """The rows of a CSV file: comma, header line, columns in any order, unknown columns ignored, empty lines skipped.

    ``aliases`` maps other accepted column names to the ones used here. A missing file has no rows; a broken link is a finding.
    """
    if not is_there(path):
        return
    text = read_text(path, findings)
    if text is None:
        return
    rows = csv_rows(text)
    try:
        if not text.strip():
            findings.add(path.name, "", "an empty file", f"a header line: {','.join(required)}", "Fill or remove it.")
            return
        header = [(aliases or {}).get(cell, cell) for cell in header_of(rows)]
        if not _header_holds(path.name, header, required, findings):
            return
        for line, cells in rows:
            if not any(cells):
                continue
            if len(cells) != len(header):
                findings.add(
                    path.name, f"line {line}", f"{len(cells)} cells", f"{len(header)} cells as in the header",
                    "Check commas; put text that holds a comma in double quotes.",
                )  # fmt: skip
                continue
            yield Row(path.name, line, dict(zip(header, cells, strict=True)), findings)
    except NotCsv as error:
        findings.extend([error.finding(path.name)])


def _header_holds(file: str, header: list[str], required: tuple[str, ...], findings: Findings) -> bool:
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    for name in doubled:
        findings.add(file, "line 1", f"column {name} twice", "each column once", "Remove or rename one of them.")
    missing = [name for name in required if name not in header]
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        findings.add(file, "line 1", header[0], "columns separated by commas", "Save the file with commas.")
        return False
    for name in missing:
        strange = [other for other in header if other not in required]
        findings.add(
            file, "line 1", "columns " + ", ".join(header), f"a column {name}",
            did_you_mean(name, strange, f"Add the column {name}."),
        )  # fmt: skip
    return not missing and not doubled
