"""Tab-separated tables from an AutoSched-style folder: rows with their file and line, units, dates and distributions."""

import difflib
import math
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from nightmill.simulation.factory import model as f
from nightmill.vocabulary.errors import BadInput, Finding

UNITS_S = {
    "s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "m": 60.0, "hr": 3600.0, "h": 3600.0,
    "hour": 3600.0, "day": 86400.0, "d": 86400.0, "week": 604800.0, "wk": 604800.0,
}  # fmt: skip
DATES = ("%m/%d/%y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%m/%d/%y %H:%M", "%m/%d/%Y %H:%M", "%m/%d/%y", "%m/%d/%Y",
         "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")  # fmt: skip
NEEDED = ("tool.txt.1l", "part.txt")
# Columns without which a table is useless; the entry "route" holds those of all route files.
COLUMNS: dict[str, tuple[str, ...]] = {
    "tool.txt.1l": ("STNFAM",),
    "part.txt": ("PART",),
    "route": ("STEP", "STNFAM", "PTIME"),
    "order.txt": ("PART",),
    "wip.txt": ("LOT", "PART"),
    "downcal.txt": ("DOWNCALNAME", "MTTF", "MTTR"),
    "pmcal.txt": ("PMCALNAME", "MTBPM", "MTTR"),
    "attach.txt": ("CALNAME", "RESNAME"),
    "setup.txt": ("NEWSETUP", "STIME"),
    "setupgrp.txt": ("SETUP", "MINRUN"),
    "fromto.txt": ("FROMLOC", "TOLOC", "DTIME"),
}
# Optional columns, in lower case; other columns are ignored, unless one looks like a misspelling of these.
OTHER_COLUMNS = frozenset(["batchcritf", "batchmn", "batchmx", "batchper", "batchintunits", "batchinterval", "caltype", "cqt", "cqtunits", "cursetup", "curstep", "ddist", "desc", "downcaltype", "dtime2", "due", "dunits", "foa", "foa2", "foadist", "foaunits", "forstep", "fwlrank", "hotlot", "ignore", "lot", "lotsperrpt", "ltime", "ltunits", "mtbpm2", "mtbpmdist", "mtbpmunits", "mttf2", "mttfdist", "mttfunits", "mttr2", "mttrdist", "mttrunits", "order", "partfam", "partgrp", "partinterval", "partintunits", "pdist", "pieces", "pmcaltype", "prerulerwl", "prior", "ptime2", "ptper", "ptunits", "rdist", "repeat", "repeat2", "restype", "rework", "route", "routefile", "rpt#", "rule", "runits", "rwkstep", "rwktype", "setup", "setupgrp", "start", "steppercent", "step_cqt", "stime", "stn", "stncap", "stnfamloc", "stnfamstep_actlist", "stngrp", "stnqty", "stunits", "svestn", "trace", "ultime", "ultunits", "wakeresrank", "when"])  # fmt: skip
FEW = 3
SLIP = 0.8
"""How similar a heading must be to a known heading to count as a misspelling (``difflib``'s ratio)."""


class Row:
    """A line of a table; a missing column reads as empty, headings are case-insensitive."""

    def __init__(self, file: str, line: int, cells: dict[str, str], findings: list[Finding]) -> None:
        self.file, self.line, self.cells, self.findings = file, line, cells, findings

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column.lower(), "")

    def wrong(self, column: str, expected: str) -> None:
        """Report a wrong cell."""
        found = f"{column} {self[column] or '(empty)'}"
        self.findings.append(Finding(self.file, f"line {self.line}", found, expected, "Correct the table."))

    def number(self, column: str, default: float) -> float:
        """Return a finite number of 0 or more."""
        if not self[column]:
            return default
        try:
            value = float(self[column])
        except ValueError:
            value = -1.0
        if not 0.0 <= value < math.inf:
            self.wrong(column, "a number of 0 or more")
            return default
        return value

    def whole(self, column: str, default: int) -> int:
        """Return a whole number, even if it is written as 2.0."""
        value = self.number(column, float(default))
        if value != int(value):
            self.wrong(column, "a whole number")
        return int(value)

    def share(self, column: str, default: float) -> float:
        """Return a percentage as a fraction."""
        value = self.number(column, default * 100.0)
        if value > 100.0:
            self.wrong(column, "per cent, at most 100")
        return min(value, 100.0) / 100.0

    def unit(self, column: str) -> float:
        """Return the number of seconds in the unit given in a cell; the unit is minutes if none is given."""
        word = self[column].lower().strip()
        if not word:
            return 60.0
        scale = UNITS_S.get(word) or UNITS_S.get(word.rstrip("s"))
        if scale is None:
            self.wrong(column, "sec, min, hr or day")
        return scale or 60.0

    def time(self, column: str, units: str) -> float:
        """Return a time in seconds; 0 if the cell is empty."""
        return self.number(column, 0.0) * self.unit(units) if self[column] else 0.0

    def law(self, kind: str, column: str, second: str, units: str) -> f.Law:
        """Return a distribution in seconds, or in plain numbers without ``units``."""
        name = self[kind].lower() or "constant"
        scale = (self.unit(units) if self[column] else 1.0) if units else 1.0
        a, b = self.number(column, 0.0) * scale, self.number(second, 0.0) * scale
        if name == "exponential":
            return f.exponential(a)
        if name == "uniform":
            return f.uniform(a, b)
        if name != "constant":
            self.wrong(kind, "constant, exponential or uniform")
        return f.constant(a)

    def date(self, column: str) -> float:
        """Return the seconds of a date on an arbitrary scale."""
        for form in DATES:
            try:
                return datetime.strptime(self[column], form).replace(tzinfo=UTC).timestamp()
            except ValueError:
                continue
        self.wrong(column, "a date such as 01/31/18 13:00:00")
        return 0.0


class Tables:
    """The tables in a folder; ``unread`` are files and columns that are ignored although they may be significant."""

    def __init__(self, rows: dict[str, list[Row]], findings: list[Finding], unread: list[str]) -> None:
        self._rows, self.findings, self.unread = rows, findings, unread

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a table; none if it is missing."""
        return self._rows.get(name.lower(), [])

    def route_rows(self) -> list[Row]:
        """The rows of all route files."""
        return [row for name in sorted(self._rows) if name.startswith("route") for row in self._rows[name]]

    def check(self) -> None:
        """Raise ``BadInput`` with all findings so far; if a table has many of one kind, only the first few and their number."""
        if self.findings:
            raise BadInput(*_few_of_each(self.findings))


def _few_of_each(findings: list[Finding]) -> list[Finding]:
    """Return the first few findings for each file, column and reason; the last one states how many more there are."""
    kinds: dict[tuple[str, str, str], list[Finding]] = {}
    for each in dict.fromkeys(findings):  # a cell may have been read more than once
        kinds.setdefault((each.file, each.found.split(" ")[0], each.expected), []).append(each)
    told: list[Finding] = []
    for alike in kinds.values():
        told += alike[:FEW]
        if len(alike) > FEW:
            found = f"{alike[FEW - 1].found}, and so on in {len(alike) - FEW} more lines"
            told[-1] = msgspec.structs.replace(alike[FEW - 1], found=found)
    return told


def read_tables(files: Mapping[str, str]) -> Tables:
    """Read all tables from the texts by file name. Raises ``BadInput`` if a required table is missing."""
    findings: list[Finding] = []
    unread: list[str] = []
    rows = {_table_name(name): _read(name, text, findings, unread) for name, text in files.items()}
    missing = [name for name in NEEDED if not rows.get(name)]
    findings += [Finding(name, "", "no such table, or no row", "a row", "Add the table.") for name in missing]
    if not any(name.startswith("route") and rows[name] for name in rows):
        findings.append(Finding("route_*.txt", "", "no route", "a route file", "Add the table."))
    if not rows.get("order.txt") and not rows.get("wip.txt"):
        findings.append(Finding("order.txt", "", "neither orders nor WIP.txt", "lots", "Add the table."))
    tables = Tables(rows, findings, unread)
    tables.check()
    for row in tables.route_rows():
        if not row["ROUTE"]:
            row.cells["route"] = row.file.rsplit(".", 1)[0]
    for row in tables.rows("part.txt"):
        if not row["ROUTE"] and row["ROUTEFILE"]:
            inside = tables.rows(row["ROUTEFILE"])
            row.cells["route"] = inside[0]["ROUTE"] if inside else ""
    return tables


def _table_name(name: str) -> str:
    """The table's name: ``tool.txt`` and ``tool.txt.1l`` are the same table; names are lower case."""
    lower = name.lower()
    return "tool.txt.1l" if lower in ("tool.txt", "tool.txt.1l") else lower


def _read(name: str, text: str, findings: list[Finding], unread: list[str]) -> list[Row]:
    lines = text.lstrip("\ufeff").splitlines()
    if not lines:
        return []
    header = [cell.strip().strip('"').lower() for cell in lines[0].split("\t")]
    table = _table_name(name)
    needed = COLUMNS.get("route" if table.startswith("route") else table)
    if needed is None:
        unread.append(f"{name}: not a table that is read")
    else:
        _look_at(name, header, needed, findings, unread)
    made: list[Row] = []
    for number, line in enumerate(lines[1:], start=2):
        if line.strip():
            cells = {key: cell.strip().strip('"') for key, cell in zip(header, line.split("\t"), strict=False)}
            made.append(Row(name, number, cells, findings))
    return made


def _look_at(name: str, header: list[str], needed: tuple[str, ...], findings: list[Finding], unread: list[str]) -> None:
    """Report missing columns, and columns that look like a misspelling of a missing column."""
    known = OTHER_COLUMNS | {column.lower() for columns in COLUMNS.values() for column in columns}
    strange = [heading for heading in header if heading and heading not in known]
    for column in needed:
        if column.lower() not in header:
            near = difflib.get_close_matches(column.lower(), strange, 1, SLIP)
            remedy = f"Did you mean {near[0].upper()}?" if near else "Add it; cells are separated by tabs."
            findings.append(Finding(name, "line 1", f"no column {column}", f"the column {column}", remedy))
    for heading in strange:
        near = difflib.get_close_matches(heading, sorted(known - set(header)), 1, SLIP)
        if near:
            unread.append(f"{name}: column {heading.upper()} (did you mean {near[0].upper()}?)")
