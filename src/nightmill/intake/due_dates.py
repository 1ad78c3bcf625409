"""Due dates as people write them in English and German, relative ones counted from the day of the mail."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from nightmill.intake import words
from nightmill.intake.draft import Extracted

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january januar jänner janvier gennaio", "feb february februar feber février fevrier febbraio", "mar march mär märz maerz mars marzo",
         "apr april avril aprile", "may mai maggio", "jun june juni juin giugno", "jul july juli juillet luglio", "aug august août aout agosto",
         "sep sept september septembre settembre", "oct october okt oktober octobre ottobre", "nov november novembre",
         "dec december dez dezember décembre decembre dicembre"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("monday montag", "tuesday dienstag", "wednesday mittwoch", "thursday donnerstag", "friday freitag",
         "saturday samstag", "sunday sonntag")
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_NUMBERS = {"a": 1, "one": 1, "einer": 1, "einem": 1, "two": 2, "zwei": 2, "three": 3, "drei": 3, "four": 4, "vier": 4,
            "five": 5, "fünf": 5, "six": 6, "sechs": 6, "eight": 8, "acht": 8, "ten": 10, "zehn": 10}  # fmt: skip
_CUE = re.compile(
    r"(due|deliver|needed|need|required|by|until|before|no later|latest|ship|lead|bis|spätestens|liefer|termin|benötig|within|innerhalb|need date|anlieferung|livr|délai|avant le|pour le|au plus tard|on dock|ready|consegna|交货|交期|前交|到货)",
    re.IGNORECASE,
)
_DELIVERY = re.compile(
    r"(deliver|liefer|ship|termin|arriv|on (?:your |our |the )?dock|ready|need|benötig|livr|délai|consegna|due date|交货|交期|到货)",
    re.I,
)
_OFFER = re.compile(
    r"(\bquot(?:e|ation)s?\b|\boffer\b|angebot|\bdevis\b|\boffre\b|repl(?:y|ies)|respon[sd]|feedback|rückmeld|antwort|réponse|répondre|\bback\b|tender|bid\b|preventivo|报价|回复|答复)",
    re.I,
)
"""Words of the day by which the offer is wanted, which isn't the day that the parts are due."""
_FRENCH_CUE = re.compile(r"livr|délai|expédi|\bavant\b|\bpour la?\b|au plus tard|\ben\s*$", re.I)
_PIECES = re.compile(rf"\d\s?{words.UNIT}\b|[件个套只]", re.I)
_FORMS = (
    ("iso", re.compile(r"\b(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b")),
    ("german", re.compile(r"\b(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>(?:20)?\d\d)?(?!\d)")),
    ("iso", re.compile(r"(?P<year>20\d\d)\s?年\s?(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?[日号]")),
    ("slash", re.compile(r"\b(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>(?:20)?\d\d)\b")),
    ("month_first", re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year>20\d\d))?\b", re.I)),
    ("day_first", re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?{_MONTH}(?:,?\s+(?P<year>20\d\d))?(?!\w)", re.I)),
    ("day_first", re.compile(rf"\b(?P<day>\d{{1,2}})-{_MONTH}-(?P<year>(?:20)?\d\d)\b", re.I)),
    ("iso", re.compile(r"(?<![\d年])(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?[日号]")),
    ("week", re.compile(r"\b(?:KW|CW|WK|week|calendar week|Kalenderwoche|semaine|settimana)\s*(?P<week>\d{1,2})(?!\d)(?:\s*(?:/|of)?\s*(?P<year>20\d\d))?", re.I)),
    ("french_week", re.compile(r"\bS\s?(?P<week>\d{1,2})(?![\w-])(?:\s*/?\s*(?P<year>20\d\d))?")),
    ("month_part", re.compile(rf"(?:\b(?:(?P<end>end(?: of)?|late|ende|fin|fine)|(?P<middle>mid(?:dle of)?|mitte|mi|metà)|(?P<begin>early|beginning of|start of|anfang|début|inizio))[- ]+){_MONTH}(?:,?\s+(?P<year>20\d\d))?(?!\w)", re.I)),
    ("in", re.compile(r"\b(?:in|within|innerhalb(?: von)?|binnen)\s+(?P<count>\d{1,3}|" + "|".join(_NUMBERS) + r")\s+(?P<unit>business days|working days|werktagen?|arbeitstagen?|days?|tagen?|weeks?|wochen?|months?|monaten?)\b", re.I)),
    ("weekday", re.compile(r"\b(?:(?P<next>next|nächste[nr]?|kommende[nr]?)\s+)?(?P<weekday>" + "|".join(_WEEKDAYS) + r")\b", re.I)),
    ("month_end", re.compile(r"\b(?:end of (?:the )?month|Monatsende|Ende des Monats)\b", re.I)),
    ("tomorrow", re.compile(r"\b(?:tomorrow|morgen)\b(?!\s*,)", re.I)),
)  # fmt: skip


class DueDate(msgspec.Struct, frozen=True):
    """A date that was found; ``alternatives`` are other readings of the same words (03/04 may be two days)."""

    found: Extracted
    alternatives: tuple[str, ...] = ()


def due_dates(text: str, today: date) -> tuple[DueDate, ...]:
    """Every date that may be a due date, likeliest first; values are ISO dates. Impossible dates are left out."""
    dates = []
    for match, form, day, others in _dates(text, today):
        before = text[max(0, match.start() - 45) : match.start()]
        sentence = re.split(r"[\n;!?]", before)[-1]
        sentence = re.split(r"[.。]\s", sentence)[-1]
        if form == "french_week" and not _FRENCH_CUE.search(sentence):
            continue  # a part, a screw or a thread may be called so
        after = re.split(r"[.;!?。\n]", text[match.end() : match.end() + 25])[0]
        offered = [each.end() for each in _OFFER.finditer(sentence)]
        parts_due = offered and (_DELIVERY.search(sentence, offered[-1]) or _PIECES.search(sentence, offered[-1]))
        if (offered and not parts_due) or re.match(r"\s?(?:之?前)?(?:回复|报价|答复)", after):
            continue
        cued = (
            bool(_CUE.search(sentence)) or form == "in" or re.match(r"\s?之?前?(?:交货|到货|交付)", after) is not None
        )
        confidence = 0.95 if cued else (0.3 if form in ("weekday", "tomorrow", "in") else 0.5)
        confidence = min(confidence, 0.5) if others else confidence
        found = Extracted(day.isoformat(), match.group(), match.start(), match.end(), confidence)
        dates.append(DueDate(found, tuple(other.isoformat() for other in others)))
    dates.sort(key=lambda entry: (-entry.found.confidence, entry.found.start))
    return tuple(dates)


def _dates(text: str, today: date) -> Iterator[tuple[re.Match[str], str, date, tuple[date, ...]]]:
    taken: list[tuple[int, int]] = []
    for form, pattern in _FORMS:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            readings = _readings(form, match, today)
            if readings:
                taken.append(match.span())
                yield match, form, readings[0], tuple(readings[1:])


def _readings(form: str, match: re.Match[str], today: date) -> list[date]:
    part = match.groupdict()
    if form == "iso":
        return _dated(part.get("year"), int(part["month"]), int(part["day"]), today)
    if form == "month_part":
        return _part_of_month(part, today)
    if form == "german":
        return _dated(part["year"], int(part["month"]), int(part["day"]), today)
    if form == "slash":
        first, second = int(part["first"]), int(part["second"])
        readings = _dated(part["year"], first, second, today) + _dated(part["year"], second, first, today)
        return list(dict.fromkeys(readings))
    if form in ("month_first", "day_first"):
        return _dated(part["year"], _MONTHS[part["month"].lower()], int(part["day"]), today)
    if form in ("week", "french_week"):
        return _week(part["year"], int(part["week"]), today)
    if form == "in":
        return _later(part["count"].lower(), part["unit"].lower(), today)
    if form == "weekday":
        ahead = (_WEEKDAYS[part["weekday"].lower()] - today.weekday() - 1) % 7 + 1
        near = today + timedelta(days=ahead)
        # "next Friday" is this week's to some and the week after's to others
        return [near, near + timedelta(days=7)] if part["next"] else [near]
    if form == "month_end":
        following = date(today.year + today.month // 12, today.month % 12 + 1, 1)
        return [following - timedelta(days=1)]
    return [today + timedelta(days=1)]


def _valid(year: int, month: int, day: int) -> list[date]:
    try:
        return [date(year, month, day)]
    except ValueError:
        return []


def _dated(year: str | None, month: int, day: int, today: date) -> list[date]:
    if year:
        return _valid(int(year) % 100 + 2000, month, day)
    here = _valid(today.year, month, day)
    return here if here and here[0] >= today else _valid(today.year + 1, month, day)


def _part_of_month(part: dict[str, str | None], today: date) -> list[date]:
    """The end of a month is its last day; its beginning and middle are a span, of which the first and last day are readings."""
    month = _MONTHS[str(part["month"]).lower()]
    # the month that it is goes on to its last day
    year = part["year"] or (str(today.year) if month == today.month else None)
    first = _dated(year, month, 28, today)
    if not first:
        return []
    begins = first[0].replace(day=1)
    if part["end"]:
        return [date(begins.year + begins.month // 12, begins.month % 12 + 1, 1) - timedelta(days=1)]
    return [begins.replace(day=15)] if part["middle"] else [begins.replace(day=10), begins]


def _week(year: str | None, week: int, today: date) -> list[date]:
    try:
        day = date.fromisocalendar(int(year) if year else today.year, week, 5)
        return [day] if year or day >= today else [date.fromisocalendar(today.year + 1, week, 5)]
    except ValueError:
        return []


def _later(count: str, unit: str, today: date) -> list[date]:
    number = int(count) if count.isdigit() else _NUMBERS[count]
    if unit.startswith(("business", "working", "werktag", "arbeitstag")):
        day = today
        while number:
            day += timedelta(days=1)
            number -= day.weekday() < 5
        return [day]
    if unit.startswith(("week", "woche")):
        number *= 7
    elif unit.startswith("mon"):
        number *= 30
    return [today + timedelta(days=number)]
