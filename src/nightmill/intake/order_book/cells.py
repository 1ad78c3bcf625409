"""Read cells of an order book: dates and quantities as formatted by spreadsheets and ERP systems, column by column.

A column has one format: if a cell is ambiguous (03/04 may be two days, ``10,000`` ten or ten thousand), other cells in the same column
often decide.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from nightmill.intake.lexicon import patterns
from nightmill.intake.rules.dates import dates_of

_TIME = re.compile(r"^(?P<day>.+?)[T ]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::\d\d(?:\.\d+)?)?(?: ?(?P<half>[ap])\.?m\.?| ?Uhr| ?h)?$", re.I)  # fmt: skip
_PARTED = re.compile(r"^(?P<first>\d{1,2})(?P<mark>[./-]) ?(?P<second>\d{1,2})(?P=mark) ?(?P<year>20\d\d|\d\d)$")
_YEAR_FIRST = re.compile(r"^(?P<year>20\d\d)[./-](?P<month>\d{1,2})[./-](?P<day>\d{1,2})$|^(?P<all>20\d{6})$")
_WEEK_WORD = r"(?:calendar week|kalenderwoche|kw|cw|wk|week|woche|w|sem(?:aine)?|settimana|semana|vecka|uge|uke|v|t[ýy]den|tydzie[nń]|viikko|vk|h[ée]t|s)"
_WEEKS = (
    re.compile(r"^(?P<year>20\d\d)[ /-]?W(?P<week>\d{1,2})(?:-?(?P<day>[1-7]))?$", re.I),
    re.compile(rf"^{_WEEK_WORD}\.? ?(?P<week>\d{{1,2}})(?:[ ./-]+(?P<year>20\d\d|\d\d))?$", re.I),
    re.compile(rf"^(?P<week>\d{{1,2}})\.? ?{_WEEK_WORD}\.?(?:[ ./-]*(?P<year>20\d\d|\d\d))?$", re.I),
    re.compile(rf"^(?P<year>20\d\d)[ ./-]+{_WEEK_WORD}\.? ?(?P<week>\d{{1,2}})$", re.I),
)
_DAY_MONTH = re.compile(r"^(\d{1,2})-?([^\W\d_]{3,}\.?)$")
_SPAN = re.compile(r"day|week|month|tag|woche|monat|jour|semaine|mois|giorn|settiman|\bARO\b", re.I)
_WEEKDAY = re.compile(r"^(?!\S+ \d{1,2}(?:st|nd|rd|th)?(?:,? +20\d\d)?(?:$| \d))(?:mo|di|mi|do|fr|sa|so|mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim)[a-zäöüé]*[.,]* ", re.I)  # fmt: skip
_JUST_GONE = timedelta(weeks=12)
_FRIDAY = 5
_NOON, _MONTHS = 12, 12
_AMOUNT = re.compile(r"^(?P<number>\d[\d.,' \u00a0\u2009\u202f]*?)\s*(?P<unit>[^\W\d_][\w./]*)?$")
PIECES = re.compile(rf"(?:{patterns.UNIT}|pce|pc|stck|unid\w*|[件个只套台支片])\.?", re.I)
"""Words for pieces in a column of units or after a number."""
_BY_SPACE = re.compile(r"^\d{1,3}(?:[' \u00a0\u2009\u202f]\d{3})+(?=$|[.,])|^\d+(?=$|[.,])")
_THREE = 3


def read_dates(cells: Sequence[str], today: date, day_first: bool | None) -> tuple[list[str | None], bool]:
    """Return each cell as ISO date, or date and time (``None`` if it is neither), and whether day and month are ambiguous.

    A week stands for its Friday. Without a year it is the past week of that number if that was less than twelve weeks ago, otherwise the next.
    """
    bare = [_timeless(cell) for cell in cells]
    parted = [match for day, _ in bare if (match := _PARTED.match(day)) and match["mark"] != "."]
    order = _day_first(parted) if day_first is None else day_first
    found: list[str | None] = []
    unsure = False
    for (day, at), cell in zip(bare, cells, strict=True):
        match = _PARTED.match(day)
        if match and match["mark"] != "." and order is None:
            unsure |= match["first"] != match["second"]
        read = _zoned(cell) or _date(day, today, True if order is None else order)
        found.append(read if not isinstance(read, date) else _with_time(read, at))
    return found, unsure


def _timeless(cell: str) -> tuple[str, time | None]:
    """Return a cell without its weekday and time of day."""
    cell = _WEEKDAY.sub("", cell.strip())
    match = _TIME.match(cell)
    if not match:
        return cell, None
    hour = int(match["hour"]) % (_NOON if match["half"] else 24) + _NOON * ((match["half"] or "").lower() == "p")
    try:
        return match["day"].strip(" ,"), time(hour, int(match["minute"]))
    except ValueError:
        return cell, None


def _with_time(day: date, at: time | None) -> str:
    return day.isoformat() if at is None or at == time() else datetime.combine(day, at).isoformat(timespec="minutes")


def _day_first(parted: Sequence[re.Match[str]]) -> bool | None:
    """Return whether a column's dates start with the day, judged by the dates that can be read in only one way."""
    days = any(int(match["first"]) > _MONTHS for match in parted)
    months = any(int(match["second"]) > _MONTHS for match in parted)
    return None if days == months else days


def _zoned(cell: str) -> str | None:
    try:
        moment = datetime.fromisoformat(cell.strip())
    except ValueError:
        return None
    return moment.isoformat(timespec="minutes") if moment.tzinfo else None


def _date(cell: str, today: date, day_first: bool) -> date | None:
    if match := _YEAR_FIRST.match(cell):
        whole = match["all"]
        year, month, day = (
            (whole[:4], whole[4:6], whole[6:]) if whole else (match["year"], match["month"], match["day"])
        )
        return _day(int(year), int(month), int(day))
    if match := _PARTED.match(cell):
        first, second = int(match["first"]), int(match["second"])
        if not day_first and match["mark"] != ".":
            first, second = second, first
        day_found = _day(_year(match["year"]), second, first)
        return None if day_found and _year_may_lead(match, day_found, today) else day_found
    for form in _WEEKS:
        if match := form.match(cell):
            return _friday(match["year"], int(match["week"]), int(match.groupdict().get("day") or _FRIDAY), today)
    if _SPAN.search(cell):
        return None
    cell = _DAY_MONTH.sub(r"\1 \2", cell)
    said = dates_of(cell, today)
    if len(said) != 1 or said[0].alternatives or not re.search(r"\d", cell):
        return None
    return date.fromisoformat(str(said[0].found.value))


def _year_may_lead(match: re.Match[str], read: date, today: date) -> bool:
    """Return whether 26/11/30 more likely means the year 26 than a day years away."""
    if len(match["year"]) > 2 or match["mark"] == ".":
        return False
    return abs(read.year - today.year) > 1 >= abs(_year(match["first"]) - today.year)


def _year(text: str) -> int:
    return int(text) if len(text) > 2 else 2000 + int(text)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _friday(year: str | None, week: int, day: int, today: date) -> date | None:
    try:
        if year:
            return date.fromisocalendar(_year(year), week, day)
        here = date.fromisocalendar(today.isocalendar().year, week, day)
        return here if here >= today - _JUST_GONE else date.fromisocalendar(today.isocalendar().year + 1, week, day)
    except ValueError:
        return None


def read_quantities(cells: Sequence[str]) -> tuple[list[float | None], bool]:
    """Return each cell as a quantity (``None`` if it isn't one), and whether ``10,000`` may be ten or ten thousand.

    Some ERP systems print three decimals, and do so in all cells. A cell that can't be such a number decides for thousands; a cell with
    thousands and decimals, or ``0,000``, for decimals.
    """
    split = [_AMOUNT.match(cell.strip()) for cell in cells]
    numbers = ["" if match is None or not _pieces(match["unit"]) else match["number"].strip() for match in split]
    marks = [_mark(number) for number in numbers]
    decimals = {
        mark
        for number, mark in zip(numbers, marks, strict=True)
        if mark and (_both(number) or (_three(number, mark) and number.startswith("0")))
    }
    three = [number for number, mark in zip(numbers, marks, strict=True) if _three(number, mark)]
    thousands = any(not number.endswith("000") for number in three) or any(
        number and not _three(number, mark) and not _both(number) for number, mark in zip(numbers, marks, strict=True)
    )
    read = [_number(number, mark, decimals) for number, mark in zip(numbers, marks, strict=True)]
    return read, bool(three) and not decimals and not thousands


def _pieces(unit: str | None) -> bool:
    return not unit or PIECES.fullmatch(unit) is not None


def _mark(number: str) -> str:
    """Return the last separator in a number, which may precede decimals."""
    return next((sign for sign in reversed(number) if sign in ".,"), "")


def _both(number: str) -> bool:
    return ("." in number and "," in number) or bool(re.search(r"[' \u00a0\u2009\u202f]\d{3}[.,]", number))


def _three(number: str, mark: str) -> bool:
    """Return whether three digits follow the only separator."""
    return bool(mark) and number.count(mark) == 1 and not _both(number) and len(number.split(mark)[1]) == _THREE


def _number(number: str, mark: str, decimals: set[str]) -> float | None:
    """Return a number whose last separator precedes decimals, or thousands if three digits follow and nothing indicates otherwise."""
    if not number or not _BY_SPACE.match(number):
        return None
    whole, decimal = number, ""
    if mark and (_both(number) or mark in decimals or not (_three(number, mark) or number.count(mark) > 1)):
        whole, decimal = number.rsplit(mark, 1)
    parts = re.split(r"[.,' \u00a0\u2009\u202f]", whole)
    if len(parts) > 1 and any(len(part) != _THREE for part in parts[1:]):
        return None
    return float("".join(parts) + (f".{decimal}" if decimal else ""))
