"""Read machine histories: convert CSV text into one checked table of numbers; all findings are reported at once."""

import re
from collections.abc import Mapping

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.vocabulary.csv_text import NotCsv, csv_rows, header_of
from nightmill.vocabulary.errors import BadInput, Finding

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")  # a decimal comma, or a thousands separator
MARKS = ",;\t"


class MachineHistory(msgspec.Struct, frozen=True):
    """Rows of n cycles, grouped by unit and in order of time.

    ``first`` [units + 1] bounds the rows of each unit; ``settings`` [n, k] and ``sensors`` [n, m] contain NaN for an
    empty cell; ``failed`` [units]: whether the unit failed at its last row; ``wear_um`` [n] is None
    if no file has the column. A service, re-tooling or repair starts a new life under the same name: ``units`` contains
    lives, with the lives of one unit in sequence; ``since`` [units] is the cycle before such a new life, otherwise 0.
    ``failures_told``: a file has the column ``failed``, so lives without a failure are known to have continued;
    ``left_out``: columns with names unknown to the format, which are ignored.
    """

    units: tuple[str, ...]
    first: Ints
    cycle: Ints
    setting_names: tuple[str, ...]
    settings: Floats
    sensor_names: tuple[str, ...]
    sensors: Floats
    failed: npt.NDArray[np.bool_]
    wear_um: Floats | None
    since: tuple[int, ...] = ()
    failures_told: bool = False
    left_out: tuple[str, ...] = ()

    @property
    def age(self) -> Ints:
        """Cycles [n] since the service at the start of each row's life; in a unit's first life, the cycle itself."""
        since = np.array(self.since or (0,) * len(self.units), np.int64)
        return np.asarray(self.cycle - np.repeat(since, np.diff(self.first)))

    @property
    def unit_of_row(self) -> Ints:
        """The index of the unit of each row."""
        return np.repeat(np.arange(len(self.units)), np.diff(self.first))


class _Rows(msgspec.Struct):
    units: list[str]
    cycles: list[int]
    places: list[tuple[str, int]]
    failed: list[bool]
    serviced: list[bool]
    numbers: dict[str, dict[int, float]]
    failures_told: bool = False
    left_out: tuple[str, ...] = ()


def read_history(texts: Mapping[str, str]) -> MachineHistory:
    """Read one table from the text of one or several files; the columns are those of the machine history format.

    Columns are separated by commas, or by semicolons or tabs, in which case numbers may have a decimal comma.
    Raises ``BadInput`` for missing columns, text instead of numbers, decimal points together with commas that may separate thousands,
    cycles that don't rise within a unit, and a ``failed`` that is neither in a unit's last row nor in the last before it was
    ``serviced``.
    """
    findings: list[Finding] = []
    rows = _Rows([], [], [], [], [], {})
    for file, text in texts.items():
        _read_file(file, text, rows, findings)
    if not rows.units and not findings:
        findings.append(Finding(", ".join(texts) or "no file", "", "no rows", "at least one row", "Give a history."))
    table = None if findings else _table(rows, findings)
    if findings or table is None:
        raise BadInput(*findings)
    return table


def _read_file(file: str, text: str, rows: _Rows, findings: list[Finding]) -> None:
    mark = _mark(text.removeprefix("\ufeff").split("\n", 1)[0])
    lines = csv_rows(text, mark=mark)
    try:
        header = header_of(lines)
        missing = [name for name in ("unit", "cycle") if name not in header]
        findings.extend(
            Finding(file, "line 1", f"columns {', '.join(header) or 'none'}", f"a column {name!r}", "Add the column.")
            for name in missing
        )
        if missing:
            return
        unit, cycle = header.index("unit"), header.index("cycle")
        failed, serviced = (header.index(name) if name in header else -1 for name in ("failed", "serviced"))
        numbers = [
            (k, name) for k, name in enumerate(header) if name.startswith(("setting_", "sensor_")) or name == "wear_um"
        ]
        rows.failures_told |= failed >= 0
        known = {"unit", "cycle", "failed", "serviced", "", *(name for _, name in numbers)}
        rows.left_out = tuple(dict.fromkeys((*rows.left_out, *(name for name in header if name not in known))))
        for _, name in numbers:
            rows.numbers.setdefault(name, {})
        figures = {cycle, failed, serviced, *(k for k, _ in numbers)} - {-1}
        ways: dict[str, tuple[str, int]] = {}
        for line, cells in lines:
            if mark != ",":
                _write_points(cells, figures, line, ways)
            if any(cells):
                cells += [""] * (len(header) - len(cells))
                _read_row((file, line), cells, (unit, cycle, failed, serviced), numbers, rows, findings)
        if len(ways) > 1:
            (comma, first), (point, other) = ways["comma"], ways["point"]
            found = f"{comma!r} here and {point!r} in line {other}: thousands separator or decimal comma"
            remedy = "Leave out commas between thousands."
            findings.append(Finding(file, f"line {first}", found, "either decimal commas or decimal points", remedy))
    except NotCsv as error:
        findings.append(error.finding(file))


def _mark(line: str) -> str:
    """Return the column separator of a header: the one after unit and cycle, otherwise the most frequent."""

    def parted(mark: str) -> tuple[int, int]:
        names = [name.strip().strip('"') for name in line.split(mark)]
        return len({"unit", "cycle"} & set(names)), len(names)

    return max(MARKS, key=parted)


def _write_points(cells: list[str], columns: set[int], line: int, ways: dict[str, tuple[str, int]]) -> None:
    """Replace decimal commas in ``columns`` by points; ``ways``: the place where each number style was first seen."""
    for k in columns:
        cell = cells[k].strip() if k < len(cells) else ""
        if "." in cell:
            ways.setdefault("point", (cell, line))
        elif DECIMAL_COMMA.fullmatch(cell):
            cells[k] = cell.replace(",", ".")
            if GROUPED.fullmatch(cell):
                ways.setdefault("comma", (cell, line))


def _read_row(
    place: tuple[str, int],
    cells: list[str],
    keys: tuple[int, int, int, int],
    numbers: list[tuple[int, str]],
    rows: _Rows,
    findings: list[Finding],
) -> None:
    unit, cycle = keys[:2]

    def wrong(column: str, found: str, expected: str) -> None:
        findings.append(Finding(place[0], f"line {place[1]}, {column}", repr(found), expected, "Correct the cell."))

    if not cells[unit].strip():
        wrong("unit", cells[unit], "the name of a unit")
    whole = _number(cells[cycle].strip())
    if whole is None or whole != int(whole):
        wrong("cycle", cells[cycle], "a whole number")
        whole = 0.0
    end, new = (cells[key].strip() if key >= 0 else "" for key in keys[2:])
    for name, flag in (("failed", end), ("serviced", new)):
        if flag not in ("", "0", "1", "0.0", "1.0"):
            wrong(name, flag, "0 or 1")
    row = len(rows.units)
    for k, name in numbers:
        cell = cells[k].strip()
        if not cell:
            continue
        value = _number(cell)
        if value is None:
            wrong(name, cell, "a finite number or an empty cell")
        elif name == "wear_um" and value < 0:
            wrong(name, cell, "a wear >= 0")
        else:
            rows.numbers[name][row] = value
    rows.units.append(cells[unit].strip())
    rows.cycles.append(int(whole))
    rows.places.append(place)
    rows.failed.append(end.startswith("1"))
    rows.serviced.append(new.startswith("1"))


def _number(cell: str) -> float | None:
    value = float(cell) if NUMBER.fullmatch(cell) else None
    return value if value is not None and abs(value) < 1e300 else None


def _table(rows: _Rows, findings: list[Finding]) -> MachineHistory:
    names = tuple(dict.fromkeys(rows.units))
    index = {name: i for i, name in enumerate(names)}
    code = np.array([index[name] for name in rows.units], np.int64)
    order = np.argsort(code, kind="stable")
    cycle, code = np.array(rows.cycles, np.int64)[order], code[order]
    failed, serviced = np.array(rows.failed)[order], np.array(rows.serviced)[order]
    begins = np.concatenate([[True], code[1:] != code[:-1]])
    anew = serviced & ~begins
    first = np.append(np.flatnonzero(begins | anew), len(code)).astype(np.int64)
    last = np.zeros(len(code), bool)
    last[first[1:] - 1] = True
    for k in np.flatnonzero(~begins[1:] & (cycle[1:] <= cycle[:-1])) + 1:
        file, line = rows.places[order[k]]
        findings.append(
            Finding(file, f"line {line}, cycle", str(cycle[k]), f"more than {cycle[k - 1]}, as cycles rise in a unit", "Sort the rows.")
        )  # fmt: skip
    for k in np.flatnonzero(failed & ~last):
        file, line = rows.places[order[k]]
        findings.append(
            Finding(
                file,
                f"line {line}, failed",
                "1",
                "1 only in a unit's last row or before it was serviced",
                "Correct it.",
            )
        )

    def matrix(prefix: str) -> tuple[tuple[str, ...], Floats]:
        columns = sorted((name for name in rows.numbers if name.startswith(prefix)), key=_natural)
        out = np.full((len(code), len(columns)), np.nan)
        for k, name in enumerate(columns):
            cells = rows.numbers[name]
            column = np.full(len(code), np.nan)
            column[list(cells)] = list(cells.values())
            out[:, k] = column[order]
        return tuple(columns), out

    settings, sensors, wear = matrix("setting_"), matrix("sensor_"), matrix("wear_um")
    lives, since = tuple(names[code[k]] for k in first[:-1]), np.where(anew, np.roll(cycle, 1), 0)[first[:-1]]
    return MachineHistory(
        lives, first, cycle, settings[0], settings[1], sensors[0], sensors[1], failed[first[1:] - 1],
        wear[1][:, 0] if wear[0] else None, tuple(since.tolist()), rows.failures_told, rows.left_out,
    )  # fmt: skip


def _natural(name: str) -> tuple[str, int, str]:
    head, _, tail = name.partition("_")
    return (head, int(tail), "") if tail.isdigit() else (head, 10**9, tail)
