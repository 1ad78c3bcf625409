"""Readings as plain CSV: one line per value, with the column names used by gauges and CMM programs."""

import math
from collections.abc import Sequence

from nightmill.quality.exchange.reading import Document, Reading, finite
from nightmill.vocabulary.csv_text import NotCsv, csv_rows, csv_text, header_of, mark_of
from nightmill.vocabulary.errors import BadInput, Finding

HEADER = ("characteristic", "serial", "value", "unit", "time", "appraiser")
_NAMES = {
    "characteristic": ("characteristic", "balloon", "char no", "char no.", "char_no", "id", "label", "feature"),
    "value": ("value", "actual", "measured", "result", "act", "meas"),
    "serial": ("serial", "part", "serial number", "serial_number", "part id", "part_id", "sn"),
    "time": ("time", "timestamp", "date"),
    "appraiser": ("appraiser", "operator", "inspector"),
    "unit": ("unit", "units"),
    "nominal": ("nominal", "nom"),
    "deviation": ("deviation", "dev"),
    "uncertainty": ("uncertainty", "u"),
}
_ROUNDING = 0.0015
_FACTORS = {
    "": (1.0, ""), "mm": (1.0, "mm"), "um": (1e-3, "mm"), "µm": (1e-3, "mm"), "m": (1e3, "mm"), "in": (25.4, "mm"),
    "inch": (25.4, "mm"), "deg": (1.0, "deg"), "°": (1.0, "deg"), "rad": (180 / math.pi, "deg"),
}  # fmt: skip


def read_csv(text: str, file: str, needed: Sequence[str] = ("characteristic", "value")) -> Document:
    """Return the readings from a CSV text with a header, separated by comma, semicolon (decimal comma allowed) or tab.

    ``nominal`` and ``deviation``, if present, must agree with the value. Only one column of each meaning (``value``, ``actual``
    and ``measured`` mean the same) is allowed. Raises ``BadInput`` naming line and column for a missing column, an empty cell in a
    ``needed`` column, and an invalid number or unit.
    """
    mark = mark_of(text)
    rows = csv_rows(text, mark=mark)
    findings: list[Finding] = []
    readings: list[Reading] = []
    try:
        columns = _columns(header_of(rows), file, needed)
        for line, cells in rows:
            if not any(cells):
                continue
            told = {name: cells[at] if at < len(cells) else "" for name, at in columns.items()}
            reading = _reading(told, f"line {line}", file, needed, findings, mark != ",")
            if reading is not None:
                readings.append(reading)
    except NotCsv as error:
        findings.append(error.finding(file))
    if not readings and not findings:
        findings.append(
            Finding(file, "", "no readings", "one line per value below the header", "Export the values too.")
        )
    if findings:
        raise BadInput(*findings)
    return Document(tuple(readings))


def write_csv(readings: Sequence[Reading]) -> str:
    """Return the readings as CSV with ``HEADER``; ``read_csv`` reads them back unchanged."""
    rows = (
        (each.characteristic, each.serial, f"{each.value:.12g}", each.unit, each.time, each.appraiser)
        for each in readings
    )
    return csv_text([HEADER, *rows], "\r\n")


def _columns(header: Sequence[str], file: str, needed: Sequence[str]) -> dict[str, int]:
    names = [cell.lower() for cell in header]
    found: dict[str, int] = {}
    findings = []
    for name, words in _NAMES.items():
        places = [place for place, word in enumerate(names) if word in words]
        if len(places) > 1:
            both = " and ".join(names[place] for place in places)
            findings.append(
                Finding(file, "line 1", f"columns {both}", f"one column of {name}", "Remove or rename one.")
            )
        elif places:
            found[name] = places[0]
        elif name in needed:
            told = ", ".join(names) or "no columns"
            findings.append(Finding(file, "line 1", told, f"a column {name}", f"Name it {' or '.join(words[:3])}."))
    if findings:
        raise BadInput(*findings)
    return found


def _reading(
    told: dict[str, str], place: str, file: str, needed: Sequence[str], findings: list[Finding], comma: bool
) -> Reading | None:
    before = len(findings)
    findings += [
        Finding(file, f"{place}, column {name}", "an empty cell", f"a {name}", "Fill it in.")
        for name in needed
        if not told.get(name)
    ]
    figures = {}
    for name in ("value", "nominal", "deviation", "uncertainty"):
        cell = told.get(name, "")
        if cell:
            figures[name] = finite(cell, comma=comma)
            if figures[name] is None:
                remedy = "Write digits with a decimal point, without unit."
                findings.append(Finding(file, f"{place}, column {name}", repr(cell), "a finite number", remedy))
    unit = told.get("unit", "").lower()
    if unit not in _FACTORS:
        findings.append(Finding(file, f"{place}, column unit", unit, "mm, um, m, in, deg or rad", "Convert the value."))
    if len(findings) == before and (wrong := _other_deviation(figures)):
        remedy = "Check whether two columns are swapped."
        findings.append(Finding(file, f"{place}, column deviation", *wrong, remedy))
    if len(findings) > before:
        return None
    factor, name = _FACTORS[unit]
    nominal, uncertainty = figures.get("nominal"), figures.get("uncertainty")
    return Reading(
        characteristic=told.get("characteristic", ""),
        value=(figures["value"] or 0.0) * factor,
        place=place,
        serial=told.get("serial", ""),
        time=told.get("time", ""),
        appraiser=told.get("appraiser", ""),
        unit=name,
        nominal=None if nominal is None else nominal * factor,
        uncertainty=None if uncertainty is None else uncertainty * factor,
    )


def _other_deviation(figures: dict[str, float | None]) -> tuple[str, str] | None:
    """Return the found and expected texts if value, nominal and deviation disagree by more than rounding; otherwise None."""
    value, nominal, deviation = (figures.get(name) for name in ("value", "nominal", "deviation"))
    if value is None or nominal is None or deviation is None or abs(value - nominal - deviation) <= _ROUNDING:
        return None
    return f"{deviation:g}", f"{round(value - nominal, 9):g}, value minus nominal"
