"""Validation of quantities, levels, dates and names, whatever their source: page, API, agents, command line or files.
Each function returns the value, or raises ``Wrong`` with the found and the expected value (range and unit). The code that reads the
value turns this into a finding with the file or the field. Names follow the ideas of Unicode UTS #39: no invisible
characters, no word that mixes scripts that look alike, and no new name that looks like an existing name.
"""

import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from nightmill.vocabulary.errors import Finding
from nightmill.vocabulary.shop import ORDER_NAME, ORDER_NAME_WORDS

MOST_NAME = 120
"""Maximum number of characters in the name of an item, part, machine, lot or person."""
MOST_MARKS = 4
"""Maximum number of combining marks in a row on one letter; Thai, Hebrew and Vietnamese need at most three."""
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2199, 12, 31)
LEVELS = {"coolant": (0.0, 100.0, "per cent of full"), "chips": (0.0, 100.0, "per cent of full"), "probe": (-10_000.0, 10_000.0, "µm")}  # fmt: skip
"""Lowest and highest level that a person or a sensor can find, with its unit, by resource."""
FORMULA = "=+-@"
"""First characters of a cell that spreadsheets take for a formula (OWASP, CSV injection), in addition to tab and line ends."""


class Wrong(ValueError):
    """An invalid value: ``found``, in words, and ``expected``, with range and unit."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"found {found}; expected {expected}")
        self.found, self.expected = found, expected

    def finding(self, file: str, place: str, remedy: str) -> Finding:
        """Return the finding for a value read at ``place`` in ``file``."""
        return Finding(file, place, self.found, self.expected, remedy)


def number(value: float | str, low: float, high: float, unit: str = "") -> float:
    """Return a finite number from ``low`` to ``high``; a text must be decimal, with a point, without thousands separators. -0 becomes 0."""
    words = f"a number from {low:g} to {high:g}{f' {unit}' if unit else ''}"
    if isinstance(value, str) and not _DIGITS.fullmatch(value.strip()):
        raise Wrong(shortened(value), words)
    try:
        found = float(value)
    except (ValueError, OverflowError):
        raise Wrong(shortened(str(value)), words) from None
    if not math.isfinite(found) or not low <= found <= high:
        raise Wrong(shortened(value if isinstance(value, str) else f"{found:g}"), words)
    return found + 0.0


_DIGITS = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


def level(resource: str, value: float) -> float:
    """Return a level found for ``resource`` (coolant, chips: percent of full; probe: deviation on the reference, µm)."""
    if resource not in LEVELS:
        raise Wrong(shortened(resource), " or ".join(LEVELS))
    low, high, unit = LEVELS[resource]
    return number(value, low, high, unit)


def day(text: str) -> date:
    """Return an ISO date from 1970 to 2199."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Wrong(shortened(text), "a date such as 2026-11-04") from None
    return _in_range(found, text)


def moment(text: str, zone: tzinfo, *, end_of_day: bool = False) -> datetime:
    """Return an ISO date or date-time from 1970 to 2199; a bare date means the start or end of that day; ``zone`` is the default offset."""
    text = text.strip()
    if len(text) <= len("2026-11-04"):
        found = datetime.combine(day(text) + timedelta(days=end_of_day), time.min)
    else:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise Wrong(shortened(text), "a date such as 2026-11-04 or 2026-11-04T15:00") from None
        _in_range(found.date(), text)
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)


def _in_range(found: date, text: str) -> date:
    if not FIRST_DAY <= found <= LAST_DAY:
        raise Wrong(shortened(text), f"a date from {FIRST_DAY.isoformat()} to {LAST_DAY.isoformat()}")
    return found


def order_name(text: str) -> str:
    """Return the name of a new order: the buyer's own name, but nothing that a spreadsheet would execute."""
    if not re.search(ORDER_NAME, text):
        raise Wrong(shortened(text), ORDER_NAME_WORDS)
    name(text, 80)
    if unicodedata.normalize("NFKC", text)[0] in FORMULA:
        raise Wrong(
            shortened(text),
            f"a name that doesn't begin with one of {' '.join(FORMULA)}, as formulas of spreadsheets do",
        )
    return text


def name(text: str, most: int = MOST_NAME) -> str:
    """Return a readable name: on one line, every character visible, no word that mixes look-alike scripts, digits of one script."""
    if not text or len(text) > most:
        raise Wrong(f"{len(text)} characters" if text else "an empty name", f"a name of 1 to {most} characters")
    if text.isascii():
        if not text.isprintable():
            raise Wrong(shortened(text), "a name on one line, without control characters")
        return text
    unseen = next((sign for sign in text if is_unseen(sign)), "")
    if unseen:
        raise Wrong(f"{_called(unseen)} in {shortened(text)}", "a name of visible characters only")
    plain = unicodedata.normalize("NFKC", text)
    marks = re.search(
        rf"^\W?M|M{{{MOST_MARKS + 1}}}",
        "".join("M" if _is_mark(sign) else "_" if sign.isalnum() else " " for sign in plain),
    )
    if marks:
        raise Wrong(shortened(text), f"a name that begins with a letter, and at most {MOST_MARKS} marks on one letter")
    if (
        len({ord(sign) - unicodedata.decimal(sign) for sign in plain if unicodedata.decimal(sign, None) is not None})
        > 1
    ):
        raise Wrong(f"digits of two scripts in {shortened(text)}", "digits of one script")
    for word in re.findall(r"[^\W\d_]+", plain):
        _check_word(word, text)
    return text


def _check_word(word: str, text: str) -> None:
    scripts = {script for sign in word if (script := _script(sign))}
    strange = sorted(scripts - _IN_USE)
    if strange:
        raise Wrong(
            f"{strange[0].lower()} letters in {shortened(text)}",
            "letters of a script in common use (Unicode UAX #31, table 5)",
        )
    mixed = sorted(scripts - _WRITTEN_TOGETHER)
    if len(mixed) > 1 or (mixed and mixed != ["LATIN"] and len(scripts) > 1):
        both = " and ".join(each.lower() for each in sorted(scripts))
        raise Wrong(
            f"{both} letters in one word, {shortened(text)}",
            "each word in a single script, because letters of different scripts can look alike",
        )


def free_text(text: str) -> str:
    """Return a reason or remark: any letters, but no control character that changes the text direction (Unicode UAX #9)."""
    turning = _TURNING.search(text)
    if turning:
        raise Wrong(f"{_called(turning[0])} in {shortened(text)}", "text without characters that change its direction")
    return text


_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def is_unseen(sign: str) -> bool:
    """Return whether a character is a control, sets the text direction, has no width, or has no meaning shared by all
    programs.
    """
    return unicodedata.category(sign) in _UNSEEN_KINDS or ord(sign) in _UNSEEN


_UNSEEN_KINDS = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_UNSEEN = frozenset(
    (
        0x34F,
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        0x2800,
        0x3164,
        0xFFA0,
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    )
)
"""Fillers, blanks and variation selectors with the Unicode categories of letters and marks."""


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign) in ("Mn", "Me")


def _called(sign: str) -> str:
    return f"U+{ord(sign):04X} {unicodedata.name(sign, 'without a name')}"


@lru_cache(4096)
def _script(sign: str) -> str:
    """Return the script of a letter, by its Unicode name; empty for characters common to all scripts and for Greek letters that look like
    no other letter (µ, Ω).
    """
    first = unicodedata.name(sign, "UNKNOWN").split()[0].split("-")[0]
    if first in ("MODIFIER", "MASCULINE", "FEMININE", "COMBINING") or (first == "GREEK" and sign not in _LOOKS_LIKE):
        return ""
    return _SCRIPT_NAMES.get(first, first)


_SCRIPT_NAMES = {"CJK": "HAN", "IDEOGRAPHIC": "HAN", "KANGXI": "HAN", "KELVIN": "LATIN", "ANGSTROM": "LATIN"}
_WRITTEN_TOGETHER = frozenset(("HAN", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"))
"""Scripts that may be mixed with each other and with Latin in one word."""
_IN_USE = _WRITTEN_TOGETHER | frozenset(
    (
        "ARABIC",
        "ARMENIAN",
        "BENGALI",
        "CYRILLIC",
        "DEVANAGARI",
        "ETHIOPIC",
        "GEORGIAN",
        "GREEK",
        "GUJARATI",
        "GURMUKHI",
        "HEBREW",
        "KANNADA",
        "KHMER",
        "LAO",
        "LATIN",
        "MALAYALAM",
        "MYANMAR",
        "ORIYA",
        "SINHALA",
        "TAMIL",
        "TELUGU",
        "THAANA",
        "THAI",
        "TIBETAN",
    )
)
"""Scripts in common use, as table 5 of Unicode UAX #31 recommends them for identifiers."""


def _pairs(strange: str, plain: str) -> dict[str, str]:
    return dict(zip(strange, plain, strict=True))


_LOOKS_LIKE = {
    **_pairs("АВЕЅІЈКМНОРСТУХҮԚԜӀЗ", "ABESIJKMHOPCTYXYQWI3"),
    **_pairs("аеорсухѕіјһԁԛԝѵӏ", "aeopcyxsijhdqwvl"),
    **_pairs("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϿ", "ABEZHIKMNOPTYXCC"),
    **_pairs("οιυνρχκϲϳ", "oiuvpxkcj"),
    **_pairs("օոսհցյՏՕԼ", "onuhgjSOL"),
    **_pairs("ɑɡǃ⁄∕։∶℮α", "ag!//::ea"),
    **_pairs("ᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdeghijklmnoprstuvwyz"),
    **_pairs("Ɩǀاו∣│", "llllll"),
    **dict.fromkeys("ꞌʹʼ‘’‛′ˈ", "'"),
}
"""Letters of other scripts, and symbols, that look like these in usual fonts: the entries of Unicode's confusables.txt that a person
can't tell apart."""
_DASHES = re.compile(r"[‐‑‒–—―−﹘﹣－ー⁃˗─一ㅡ⎯➖]")


@lru_cache(65536)
def skeleton(text: str) -> str:
    """Return the look of a name (UTS #39): two names with the same skeleton can't be told apart by eye. Case and O/0, l/1 stay distinct."""
    if text.isascii() and "  " not in text:
        return text
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not is_unseen(sign))
    plain = "".join(_LOOKS_LIKE.get(sign, sign) for sign in _DASHES.sub("-", plain))
    return " ".join(unicodedata.normalize("NFC", plain).split())


class Names:
    """The existing names, indexed by their look."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._by_look: dict[str, str] = {}
        for each in known:
            self.add(each)

    def add(self, known: str) -> None:
        """Add a name; if several look alike, the first is reported."""
        self._by_look.setdefault(skeleton(known), known)

    def resembled(self, new: str) -> str:
        """Return an existing name that ``new`` could be mistaken for; empty if there is none, or if ``new`` itself exists."""
        found = self._by_look.get(skeleton(new), "")
        return "" if found == new else found

    def check(self, new: str) -> str:
        """Return ``new`` if it can't be mistaken for another name. Raises ``Wrong``."""
        if other := self.resembled(new):
            raise resembling(new, other)
        return new


def resembled(new: str, known: Iterable[str]) -> str:
    """Return ``Names(known).resembled(new)`` for a single name, without an index: most names are ASCII and resemble only themselves."""
    look = skeleton(new)
    return next(
        (
            each
            for each in known
            if each != new and (each == look or not each.isascii() or "  " in each) and skeleton(each) == look
        ),
        "",
    )


def resembling(new: str, other: str) -> Wrong:
    """Return the error that ``new`` looks like the different name ``other``."""
    first = next((a for a, b in zip(new, other, strict=False) if a != b), "")
    where = f" ({_called(first)})" if first else ""
    return Wrong(
        f"{shortened(new)}{where}, which looks like {shortened(other)}", "a name that can't be mistaken for another"
    )


def shortened(text: str, most: int = 80) -> str:
    """Return a text for an error message: quoted, with invisible characters escaped, and shortened."""
    return ascii_unseen(text if len(text) <= most else f"{text[: most - 1]}…")


def ascii_unseen(text: str) -> str:
    """Return a text in quotes, with each invisible character escaped."""
    return "'" + "".join(_escape(sign) if is_unseen(sign) else sign for sign in text) + "'"


def _escape(sign: str) -> str:
    return sign.encode("unicode_escape", "surrogatepass").decode("ascii")
