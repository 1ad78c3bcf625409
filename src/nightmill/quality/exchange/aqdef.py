"""Read and write AQDEF (ISO/TR 11462-5, the Q-DAS ASCII transfer format): K-fields for the part and its characteristics, then values.

A line is ``Knnnn/i text``: K1 fields describe the part, K2 fields describe characteristic ``i`` (0 means all; no number means the
first), K0001 is a value, and K0002 to K0014 describe the preceding value. A line without a field is a set of values, one for each
characteristic, separated by SI (0x0F). Each value has these parts, separated by DC4 (0x14): value, attribute (K0002), time (K0004),
event, batch, nest, operator (K0008), machine, process parameter, gauge. Attributes 255 and 256 mark a value that must not be counted.
"""

import math
import re
from collections.abc import Sequence
from datetime import datetime

from nightmill.quality.exchange.reading import Document, Reading, finite
from nightmill.quality.inspection.characteristic import Characteristic
from nightmill.vocabulary.errors import BadInput, Finding

BETWEEN_CHARACTERISTICS, BETWEEN_DATA = "\x0f", "\x14"
NOT_COUNTED = 256
_MOST_CHARACTERISTICS = 100_000
_FIELD = re.compile(r"K(\d{4})(?:/(\d{1,6}))?(?:\s+(.*))?\Z")
# sample size and number of defects; if they come without a value, they describe an attribute characteristic
_COUNTED = ("K0020", "K0021")
_PLACES = ("K0001", "K0002", "K0004", "K0005", "K0006", "K0007", "K0008", "K0010", "K0011", "K0012")
_TIMES = ("%d.%m.%Y/%H:%M:%S", "%d.%m.%y/%H:%M:%S", "%Y-%m-%d/%H:%M:%S", "%m/%d/%Y/%H:%M:%S", "%m/%d/%y/%H:%M:%S")
_TO_MM = {"mm": 1.0, "": 1.0, "µm": 1e-3, "um": 1e-3, "m": 1e3, "cm": 10.0, "in": 25.4, "inch": 25.4, '"': 25.4}
_TO_DEG = {"°": 1.0, "deg": 1.0, "grad": 1.0, "rad": 180 / math.pi}
_ONE_VALUE = "Each characteristic needs one variable value: export attribute characteristics separately."


def read_aqdef(text: str, file: str) -> Document:
    """Return the readings from a DFQ file for one part; lengths in mm, angles in degrees.

    Raises ``BadInput`` naming the line for fields that don't parse, values for characteristics the file doesn't declare,
    attribute (counted) characteristics, unknown units, and files with several parts or without values.
    """
    return _Reader(file).read(text)


class _Value:
    """A value while its further data are still being read."""

    def __init__(self, line: int, data: dict[str, str]) -> None:
        self.line, self.data = line, data


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.declared: dict[int, dict[str, str]] = {}
        self.of_all: dict[str, str] = {}
        self.part: dict[str, str] = {}
        self.series: dict[int, list[_Value]] = {}
        self.set_before: list[int] = []
        self.count: int | None = None

    def read(self, text: str) -> Document:
        for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
            if not line.strip(" \t"):
                continue
            if line.startswith("K"):
                self._field(number, line)
            else:
                self._set(number, line)
        if self.count is None and not self.findings:
            self._note("", "no K0100", "an AQDEF file, which starts with K0100 and the number of characteristics",
                       "Name a .dfq file, or .qif or .csv for the other formats.")  # fmt: skip
        left_out = 0
        readings: list[Reading] = []
        for index in sorted(self.series):
            for value in self.series[index]:
                reading = self._reading(index, value)
                if reading is None:
                    left_out += 1
                elif not self.findings:
                    readings.append(reading)
        if not self.series and not self.findings:
            self._note("", "no values", "values after the K-fields", "Export the values too (DFQ, not DFD alone).")
        if self.findings:
            raise BadInput(*self.findings)
        return Document(tuple(readings), left_out, self.part.get("K1001", ""))

    def _note(self, place: str, found: str, expected: str, remedy: str) -> None:
        self.findings.append(Finding(self.file, place, found, expected, remedy))

    def _field(self, number: int, line: str) -> None:
        match = _FIELD.match(line.rstrip(" \t"))
        if match is None:
            found = line[:40].rstrip()
            self._note(f"line {number}", found, "Knnnn/i and a text", "Correct the line or export the file again.")
            return
        key, content = f"K{match[1]}", (match[3] or "").strip()
        index = int(match[2]) if match[2] else 1
        if index > _MOST_CHARACTERISTICS:
            self._note(f"line {number}, {key}", f"index {index}", f"at most {_MOST_CHARACTERISTICS}", "Split the file.")
        elif key == "K0100":
            self.count = int(content) if content.isdecimal() and len(content) < 7 else -1
            if not 0 <= self.count <= _MOST_CHARACTERISTICS:
                self._note(f"line {number}, K0100", content, "the number of characteristics", "Export the file again.")
        elif key.startswith("K1"):
            self._of_part(number, key, index, content)
        elif key.startswith("K2") and content:
            of = self.of_all if index == 0 else self.declared.setdefault(index, {})
            of[key] = content
        elif key.startswith("K0") and not key.startswith("K01"):  # K0101: number of characteristics of part i
            self._of_value(number, key, index, content)

    def _of_part(self, number: int, key: str, index: int, content: str) -> None:
        if index > 1:
            self._note(
                f"line {number}, {key}", f"part {index}", "one part per file", "Export each part to its own file."
            )
        elif content:
            self.part[key] = content

    def _of_value(self, number: int, key: str, index: int, content: str) -> None:
        if key == "K0001":
            if self._known(number, key, index):
                self.series.setdefault(index, []).append(_Value(number, {key: content}))
                # a second value for a characteristic in the set starts the next set
                self.set_before = [index] if index in self.set_before else [*self.set_before, index]
        elif index == 0:
            for each in self.set_before:
                self.series[each][-1].data.setdefault(key, content)
        elif self._known(number, key, index):
            if index in self.series:
                self.series[index][-1].data[key] = content
            elif key in _COUNTED:
                self._note(f"line {number}, {key}", "a counted characteristic", "values (K0001)", _ONE_VALUE)
            else:
                self._note(
                    f"line {number}, {key}", "no value before it", f"K0001/{index} first", "Export the file again."
                )

    def _known(self, number: int, key: str, index: int) -> bool:
        if index in self.declared:
            return True
        expected = "a characteristic that K2 fields declare"
        self._note(
            f"line {number}, {key}", f"characteristic {index}", expected, "Export the file again, DFD and DFX in one."
        )
        return False

    def _set(self, number: int, line: str) -> None:
        self.set_before = []
        for index, portion in enumerate(line.split(BETWEEN_CHARACTERISTICS), 1):
            if not portion.strip(" \t"):
                continue
            cells = [cell.strip() for cell in portion.split(BETWEEN_DATA)]
            if not self._known(number, f"value {index}", index):
                return
            if len(cells) > len(_PLACES):
                self._note(f"line {number}, value {index}", f"{len(cells)} data", f"at most {len(_PLACES)}", _ONE_VALUE)
                return
            data = {key: cell for key, cell in zip(_PLACES, cells, strict=False) if cell}
            self.series.setdefault(index, []).append(_Value(number, data))
            self.set_before.append(index)

    def _reading(self, index: int, value: _Value) -> Reading | None:
        """Return the reading; None for a value marked as not counted and for a value that is refused with a finding."""
        declared = {**self.of_all, **self.declared[index]}
        data, place = value.data, f"line {value.line}, characteristic {index}"
        attribute = data.get("K0002", "0")
        if not attribute.isdecimal():
            self._note(place, f"K0002 {attribute}", "a number", "Export the file again.")
            return None
        if int(attribute) in (255, NOT_COUNTED):
            return None
        if declared.get("K2004", "0") not in ("0", "2"):
            self._note(place, f"K2004 {declared['K2004']}", "a variable characteristic (0)", _ONE_VALUE)
            return None
        figure = finite(data.get("K0001", ""), comma=True)
        nominal = finite(declared["K2101"], comma=True) if "K2101" in declared else None
        unit = declared.get("K2142", "").strip().lower()
        factor = _TO_MM.get(unit, _TO_DEG.get(unit))
        if figure is None or ("K2101" in declared and nominal is None):
            found = f"K0001 {data.get('K0001', '')!r}" if figure is None else f"K2101 {declared['K2101']!r}"
            self._note(place, found, "a number", "Correct the value or mark it with attribute 255.")
        if factor is None:
            self._note(
                place, f"unit {unit}", "mm, µm, m, in, deg or rad", "Export lengths and angles only, in these units."
            )
        if figure is None or factor is None:
            return None
        return Reading(
            characteristic=declared.get("K2001", str(index)),
            value=figure * factor,
            place=place,
            serial=data.get("K0014", ""),
            time=self._time(place, data.get("K0004", "")),
            appraiser=data.get("K0008", ""),
            unit="" if not unit else "deg" if unit in _TO_DEG else "mm",
            nominal=None if nominal is None else nominal * factor,
        )

    def _time(self, place: str, text: str) -> str:
        if not text:
            return ""
        for form in _TIMES:
            try:
                return datetime.strptime(text, form).isoformat()  # noqa: DTZ007 - AQDEF has no time zones
            except ValueError:
                continue
        self._note(place, f"K0004 {text}", "a time like 25.11.2026/13:45:00", "Export times as day.month.year/h:m:s.")
        return ""


def write_aqdef(plan: Sequence[Characteristic], part: str, readings: Sequence[Reading] = ()) -> str:
    """Return the plan as a DFQ document with a set of values for each serial; without readings, the contents of a DFD file.

    A reading's ``characteristic`` is a balloon of the plan; several values for one characteristic on one serial give
    the same number of sets, and a missing value is written as not counted. Lines end with CR LF. The lower limit of a tolerance
    zone is its natural limit.
    """
    lines = [f"K0100 {len(plan)}", f"K1001 {_plain(part) or 'part'}"]
    for index, item in enumerate(plan, 1):
        lines += [f"{key}/{index} {content}" for key, content in _declaration(item)]
    place = {str(item.balloon): index for index, item in enumerate(plan)}
    sets: dict[tuple[str, int], list[Reading | None]] = {}
    for reading in readings:
        column, turn = place[reading.characteristic], 0
        while (cells := sets.setdefault((reading.serial, turn), [None] * len(plan)))[column] is not None:
            turn += 1
        cells[column] = reading
    for (serial, _), cells in sets.items():
        lines.append(BETWEEN_CHARACTERISTICS.join(_cell(cell) for cell in cells))
        if serial:
            lines.append(f"K0014/0 {_plain(serial)}")
    return "\r\n".join([*lines, ""])


def _declaration(item: Characteristic) -> list[tuple[str, str]]:
    lower, upper = item.limits
    fields = [
        ("K2001", str(item.balloon)),
        ("K2002", _plain(item.kind)),
        ("K2004", "0"),
        ("K2101", "0" if item.tolerance is not None else "" if item.nominal is None else _figure(item.nominal)),
        ("K2110", "0" if item.tolerance is not None else "" if lower is None else _figure(lower)),
        ("K2111", "" if upper is None else _figure(upper)),
        ("K2120", "2" if item.tolerance is not None else ""),
        ("K2142", item.unit),
        ("K2402", _plain(item.gauge)),
    ]
    return [(key, content) for key, content in fields if content]


def _cell(reading: Reading | None) -> str:
    if reading is None:
        return f"0{BETWEEN_DATA}{NOT_COUNTED}"
    cells = [_figure(reading.value), "0"]
    if reading.time:
        cells.append(datetime.fromisoformat(reading.time).strftime(_TIMES[0]))
    return BETWEEN_DATA.join(cells)


def _figure(value: float) -> str:
    return f"{value:.12g}"


def _plain(text: str) -> str:
    """Return the text on one line, without separators."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
