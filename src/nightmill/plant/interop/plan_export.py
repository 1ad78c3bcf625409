"""Export a plan for other programs: CSV tables, iCalendar (RFC 5545) calendars, and a Gantt chart as SVG."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import msgspec

from nightmill.formats import write_atomic
from nightmill.vocabulary.csv_text import csv_text
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.units import DAY_S

HUES = 12
ROW, LABEL, WIDTH, HEAD = 22.0, 110.0, 1400.0, 26.0
"""Chart sizes in pixels: row height of a machine, minimum width of the name column, total width, height of the time scale."""
LETTER = 6.2
TICKS = 10
"""Approximate maximum number of tick marks on the time scale."""
OF_A_DAY_S = tuple(60.0 * minutes for minutes in (1, 5, 15, 30, 60, 120, 180, 360, 720, 1440))
_FOLD = 75
"""Maximum octets per line of an iCalendar file (RFC 5545, 3.1)."""


class Bar(msgspec.Struct, frozen=True):
    """One operation of a plan; times in seconds from the plan's origin."""

    job: str
    operation: str
    machine: str
    start_s: float
    end_s: float


def write_plan(answer: Mapping[str, Any], out: Path, *, start: str = "", zone: str = "UTC") -> None:
    """Write the operations of a ``schedule`` answer to ``out``; the suffix selects the format: ``.csv``, ``.ics`` or ``.svg``.

    ``start`` (ISO 8601) is the date and time of second 0 for a plan without dates, and is required for a calendar. If the
    plan has dates, tables and charts show them in the time zone ``zone``. Raises ``BadInput``.
    """
    writer = _writer(out)
    bars, origin = _bars(answer["operations"], _moment(start), ZoneInfo(zone))
    if writer is _calendar and origin is None:
        raise _undated(out)
    write_atomic(out, writer(bars, origin).encode())


def check_out(out: Path, *, start: str = "", dated: bool) -> None:
    """Check ``out`` before a plan is searched for, raising the same ``BadInput`` as ``write_plan``; ``dated``: the plan will have dates."""
    writer = _writer(out)
    if _moment(start) is None and writer is _calendar and not dated:
        raise _undated(out)
    if not out.parent.is_dir():
        raise BadInput(Finding(str(out), "--out", "no such folder", "an existing folder", "Create it first."))


def _writer(out: Path) -> "Callable[[Sequence[Bar], datetime | None], str]":
    writers: dict[str, Callable[[Sequence[Bar], datetime | None], str]] = {
        ".csv": _csv,
        ".ics": _calendar,
        ".svg": _gantt,
    }
    writer = writers.get(out.suffix.lower())
    if writer is None:
        expected = "a file that ends in .csv, .ics or .svg"
        raise BadInput(Finding(str(out), "--out", out.suffix or "no suffix", expected, "Use one of these suffixes."))
    return writer


def _undated(out: Path) -> BadInput:
    return BadInput(
        Finding(str(out), "--start", "none", "the date and time of second 0, like 2026-11-02T06:00", "Give --start.")
    )


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(
            Finding("--start", "", text, "a date and time like 2026-11-02T06:00", "Correct the option.")
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _bars(
    rows: Sequence[Mapping[str, Any]], start: datetime | None, zone: ZoneInfo
) -> tuple[list[Bar], datetime | None]:
    """Return the operations in seconds, and the date and time of second 0, if known."""
    if rows and isinstance(rows[0]["start"], str):
        moments = [(datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"])) for row in rows]
        start = min(begin for begin, _ in moments).astimezone(zone)
        spans = [((begin - start).total_seconds(), (end - start).total_seconds()) for begin, end in moments]
    else:
        spans = [(float(row["start"]), float(row["end"])) for row in rows]
    bars = [
        Bar(str(row["job"]), str(row["operation"]), str(row["machine"]), *span)
        for row, span in zip(rows, spans, strict=True)
    ]
    return bars, start


def _csv(bars: Sequence[Bar], start: datetime | None) -> str:
    """Return one CSV line per operation, sorted by start time, with dates if known."""
    rows = [["job", "operation", "machine", "start_s", "end_s", *(["start", "end"] if start else [])]]
    for bar in sorted(bars, key=lambda bar: (bar.start_s, bar.machine)):
        dates = [_iso(start, bar.start_s), _iso(start, bar.end_s)] if start else []
        rows.append([bar.job, bar.operation, bar.machine, _seconds(bar.start_s), _seconds(bar.end_s), *dates])
    return csv_text(rows)


def _seconds(at_s: float) -> str:
    """Format seconds with milliseconds; with six significant digits, times in the second week would be rounded to ten seconds."""
    return f"{at_s:.3f}".rstrip("0").rstrip(".")


def _iso(start: datetime, seconds: float) -> str:
    return _at(start, seconds).isoformat(timespec="seconds")


def _at(start: datetime, seconds: float) -> datetime:
    """Return the local time in ``start``'s zone, daylight-saving changes included."""
    return (start.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(start.tzinfo)


def _calendar(bars: Sequence[Bar], start: datetime | None) -> str:
    """Return an iCalendar text with one event per operation; the machine is the location."""
    origin = (start or datetime.fromtimestamp(0, UTC)).astimezone(UTC)

    def at(seconds: float) -> str:
        return (origin + timedelta(seconds=seconds)).strftime("%Y%m%dT%H%M%SZ")

    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Nightmill//schedule//EN"]
    for bar in bars:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_escaped(bar.job)}/{_escaped(bar.operation)}@nightmill",
            f"DTSTAMP:{at(0.0)}",
            f"DTSTART:{at(bar.start_s)}",
            f"DTEND:{at(bar.end_s)}",
            f"SUMMARY:{_escaped(f'{bar.job} {bar.operation}')}",
            f"LOCATION:{_escaped(bar.machine)}",
            "END:VEVENT",
        ]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _escaped(text: str) -> str:
    """Escape text as RFC 5545, 3.3.11 requires."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Fold a line into pieces of at most 75 octets, each continuation after a space; no character is split."""
    pieces, size = [""], 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > _FOLD:
            pieces.append(" ")
            size = 1
        pieces[-1] += sign
        size += octets
    return "\r\n".join(pieces)


def _gantt(bars: Sequence[Bar], start: datetime | None) -> str:
    """Draw one row per machine, with time to the right; each job has its own colour and each bar a tooltip."""
    machines = sorted({bar.machine for bar in bars}, key=_by_number)
    jobs = {job: index for index, job in enumerate(dict.fromkeys(bar.job for bar in bars))}
    first, last = min((b.start_s for b in bars), default=0.0), max((b.end_s for b in bars), default=1.0)
    label = max(LABEL, LETTER * max(map(len, machines), default=0) + 8.0)
    scale = (WIDTH - LABEL) / max(last - first, 1e-9)
    width, height = label + WIDTH - LABEL, HEAD + ROW * len(machines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{width:g}" height="{height:g}" fill="white"/>',
    ]

    def said(seconds: float) -> str:
        return _iso(start, seconds)[5:16].replace("T", " ") if start else f"{seconds:,.0f} s"

    for seconds in _ticks(first, last, start):
        x = label + (seconds - first) * scale
        anchor = "end" if x > width - LABEL else "start"
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{HEAD - 6:g}" y2="{height:g}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="12" text-anchor="{anchor}" fill="#555">{escape(said(seconds))}</text>')
    for row, machine in enumerate(machines):
        parts.append(f'<text x="4" y="{HEAD + ROW * row + 15:g}">{escape(machine)}</text>')
    rows = {machine: row for row, machine in enumerate(machines)}
    for bar in bars:
        x, y = label + (bar.start_s - first) * scale, HEAD + ROW * rows[bar.machine] + 2.0
        hue = 360 * (jobs[bar.job] % HUES) // HUES
        tooltip = escape(f"{bar.job} {bar.operation}: {said(bar.start_s)} to {said(bar.end_s)}")
        parts.append(
            f'<rect x="{x:.2f}" y="{y:g}" width="{max(0.5, (bar.end_s - bar.start_s) * scale):.2f}" '
            f'height="{ROW - 4:g}" fill="hsl({hue} 55% 62%)"><title>{tooltip}</title></rect>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _by_number(name: str) -> list[tuple[int, str]]:
    """Return a sort key that puts mill-2 before mill-10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _ticks(first: float, last: float, start: datetime | None) -> list[float]:
    """Return round tick positions within a span of seconds: clock times if there are dates (daylight saving included), otherwise round
    numbers.
    """
    least = (last - first) / TICKS
    if start is None:
        ten = 10.0 ** math.floor(math.log10(max(least, 1.0)))
        step = next(ten * by for by in (1.0, 2.0, 5.0, 10.0) if ten * by >= least)
        return [step * k for k in range(math.ceil(first / step - 1e-9), math.floor(last / step + 1e-9) + 1)]
    step = next((each for each in OF_A_DAY_S if each >= least), DAY_S * math.ceil(least / DAY_S))
    midnight = _at(start, first).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    count = math.ceil((last - first + 2 * DAY_S) / step)
    moments = (midnight + timedelta(seconds=step * k) for k in range(count + 1))
    found = {(moment.astimezone(UTC) - start.astimezone(UTC)).total_seconds() for moment in moments}
    return sorted(seconds for seconds in found if first <= seconds <= last)
