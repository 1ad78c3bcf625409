"""Thread designations: ISO metric (ISO 261, 965), unified (ASME B1.1), taper pipe (ASME B1.20.1), pipe (ISO 228, ISO 7), Tr.

Sizes and pitches are checked against the tables in the standards: a thread that isn't listed is read but flagged.
"""

import re
from fractions import Fraction

import msgspec

# ISO 261: coarse pitch first, then the fine ones
METRIC_PITCHES: dict[float, tuple[float, ...]] = {
    1: (0.25, 0.2), 1.2: (0.25, 0.2), 1.4: (0.3, 0.2), 1.6: (0.35, 0.2), 1.8: (0.35, 0.2), 2: (0.4, 0.25), 2.5: (0.45, 0.35),
    3: (0.5, 0.35), 3.5: (0.6, 0.35), 4: (0.7, 0.5), 5: (0.8, 0.5), 6: (1, 0.75), 7: (1, 0.75), 8: (1.25, 1, 0.75),
    10: (1.5, 1.25, 1, 0.75), 12: (1.75, 1.5, 1.25, 1), 14: (2, 1.5, 1.25, 1), 16: (2, 1.5, 1), 18: (2.5, 2, 1.5, 1),
    20: (2.5, 2, 1.5, 1), 22: (2.5, 2, 1.5, 1), 24: (3, 2, 1.5, 1), 27: (3, 2, 1.5, 1), 30: (3.5, 3, 2, 1.5, 1),
    33: (3.5, 3, 2, 1.5), 36: (4, 3, 2, 1.5), 39: (4, 3, 2, 1.5), 42: (4.5, 4, 3, 2, 1.5), 45: (4.5, 4, 3, 2, 1.5),
    48: (5, 4, 3, 2, 1.5), 52: (5, 4, 3, 2, 1.5), 56: (5.5, 4, 3, 2, 1.5), 60: (5.5, 4, 3, 2, 1.5), 64: (6, 4, 3, 2, 1.5),
}  # fmt: skip
_MORE_FINE = {25: (2, 1.5, 1), 26: (1.5,), 28: (2, 1.5, 1), 32: (2, 1.5), 35: (1.5,), 38: (1.5,), 40: (3, 2, 1.5), 50: (3, 2, 1.5), 55: (4, 3, 2, 1.5), 58: (4, 3, 2, 1.5), 62: (4, 3, 2, 1.5), 65: (4, 3, 2, 1.5), 70: (6, 4, 3, 2, 1.5), 72: (6, 4, 3, 2, 1.5), 75: (4, 3, 2, 1.5), 76: (6, 4, 3, 2, 1.5), 80: (6, 4, 3, 2, 1.5), 90: (6, 4, 3, 2), 100: (6, 4, 3, 2), 9: (1.25, 1, 0.75), 11: (1.5, 1, 0.75), 15: (1.5, 1), 17: (1.5, 1)}  # fmt: skip
_UNIFIED = {
    "#0": (80,), "#1": (64, 72), "#2": (56, 64), "#3": (48, 56), "#4": (40, 48), "#5": (40, 44), "#6": (32, 40),
    "#8": (32, 36), "#10": (24, 32), "#12": (24, 28, 32), "1/4": (20, 28, 32), "5/16": (18, 24, 32), "3/8": (16, 24, 32),
    "7/16": (14, 20, 28), "1/2": (13, 20, 28), "9/16": (12, 18, 24), "5/8": (11, 18, 24), "3/4": (10, 16, 20),
    "7/8": (9, 14, 20), "1": (8, 12, 14, 20), "1 1/8": (7, 12, 18), "1 1/4": (7, 12, 18), "1 3/8": (6, 12, 18),
    "1 1/2": (6, 12, 18), "1 3/4": (5,), "2": (4.5,),
}  # fmt: skip
_PIPE = {"1/16", "1/8", "1/4", "3/8", "1/2", "5/8", "3/4", "7/8", "1", "1 1/4", "1 1/2", "2", "2 1/2", "3", "4"}
_INCH = r"(?:\d{1,2}[ -]\d{1,2}/\d{1,2}|\d{1,2}/\d{1,2}|\d{1,2})"
_N = r"(?:\d+(?:[.,]\d+)?|[.,]\d+)"
_LH = r"(?P<lh>\s*[-–]?\s*(?:LH|LEFT\s+HAND|LINKS)\b)?"
METRIC = re.compile(
    rf"M(?P<d>{_N})(?:\s*[×xX*]\s*(?P<p>{_N})(?!\s*°))?(?:\s*[-–/ ]\s*(?P<cls>(?:[3-9][eGgHh])(?:\s*/?\s*[3-9][eGgHh])?)(?![\w°]))?{_LH}"
)
UNIFIED = re.compile(
    rf"(?P<d>#\s?\d{{1,2}}|{_INCH}|\d{{0,2}}\.\d{{3,4}}|(?:NO\.?|Nr\.?)\s?\d{{1,2}})\"?\s*[-–]\s*(?P<tpi>\d{{1,2}}(?:\.5|[ -]1/2)?)\s*-?\s*"
    rf"(?P<series>UNC|UNF|UNEF|UNJC|UNJF|UNJ|UNS|UNR|UN)(?:\s*-?\s*(?P<cls>[123][AB]))?{_LH}"
)
NPT = re.compile(
    rf"(?P<d>{_INCH})\"?(?:\s*-\s*(?P<tpi>\d{{1,2}}(?:\.5|[ -]1/2)?))?\s*-?\s*(?P<series>NPTF|NPT|NPSM|NPS)\b"
)
PIPE = re.compile(
    rf"(?P<series>G|Rc|Rp|R(?=\s?\d{{1,2}}/\d)|BSPP?|BSPT)\s*(?P<d>{_INCH})\"?(?![.,\d])\s*(?P<cls>[AB]\b)?{_LH}"
)
TRAPEZOIDAL = re.compile(rf"Tr\s?(?P<d>{_N})\s*[×xX]\s*(?P<p>{_N})(?:\s*-\s*(?P<cls>\d[eHc]))?{_LH}")


class ThreadRead(msgspec.Struct, frozen=True):
    """A thread: its normalised designation, nominal diameter and pitch in mm, and flags for anything unusual."""

    designation: str
    nominal: float
    pitch: float | None
    thread_class: str
    left_hand: bool
    length: float | None = None
    flags: tuple[str, ...] = ()


def number(text: str) -> float:
    """Return a number from ``12,5`` or ``.5``."""
    return float(text.replace(",", "."))


def short(value: float) -> str:
    """Return a number without trailing zeros."""
    return f"{value:g}"


def read_thread(text: str, start: int) -> tuple[ThreadRead, int] | None:
    """Return the thread that starts at ``start`` and its end; None if there is none."""
    for pattern, made in (
        (TRAPEZOIDAL, _trapezoidal),
        (METRIC, _metric),
        (UNIFIED, _unified),
        (NPT, _npt),
        (PIPE, _pipe),
    ):
        match = pattern.match(text, start)
        if match:
            return made(match), match.end()
    return None


def _metric(match: re.Match[str]) -> ThreadRead:
    size = number(match["d"])
    pitches = METRIC_PITCHES.get(size, ()) + tuple(_MORE_FINE.get(int(size), ()) if size == int(size) else ())
    flags: tuple[str, ...] = ()
    length = None
    pitch: float | None = METRIC_PITCHES[size][0] if size in METRIC_PITCHES else None
    name = f"M{short(size)}"
    if match["p"]:
        given = number(match["p"])
        if given in pitches:
            pitch, name = given, f"M{short(size)}x{short(given)}"
        elif pitches and given > max(pitches) and given >= size * 0.5:
            length = given  # in M8 × 20 the 20 is a length, as no such pitch exists
        else:
            pitch, name = given, f"M{short(size)}x{short(given)}"
            flags = (f"ISO 261 has no pitch {short(given)} for M{short(size)}",)
    if not pitches:
        flags = (f"ISO 261 has no M{short(size)}",)
    return ThreadRead(name, size, pitch, re.sub(r"[\s/]", "", match["cls"] or ""), bool(match["lh"]), length, flags)


def _inches(text: str) -> tuple[str, float]:
    text = re.sub(r"^(?:NO\.?|Nr\.?|#)\s?", "#", text.strip(), flags=re.I)
    if text.startswith("#"):
        return text, 0.060 + 0.013 * int(text[1:])  # ASME B1.1: numbered sizes
    if "." in text:
        return text, float(text)
    text = re.sub(r"[ -]+", " ", text)
    return text, float(sum((Fraction(part) for part in text.split(" ")), Fraction(0)))


def _tpi(text: str) -> float:
    return float(re.sub(r"[ -]1/2", ".5", text))


def _unified(match: re.Match[str]) -> ThreadRead:
    size, inches = _inches(match["d"])
    tpi = _tpi(match["tpi"])
    pitches = _UNIFIED.get(size, ())
    known = tpi in pitches or "." in size or match["series"] in ("UN", "UNS", "UNR")
    # the coarse series is the first of its size, the fine one the second
    if known and len(pitches) > 1 and match["series"] in ("UNC", "UNF"):
        known = tpi == (pitches[0] if match["series"] == "UNC" else pitches[1])
    flags = () if known else (f"ASME B1.1 has no {size}-{short(tpi)} {match['series']}",)
    name = f"{size}-{short(tpi)} {match['series']}"
    return ThreadRead(name, inches * 25.4, 25.4 / tpi, match["cls"] or "", bool(match["lh"]), None, flags)


def _npt(match: re.Match[str]) -> ThreadRead:
    size, inches = _inches(match["d"])
    tpi = _tpi(match["tpi"]) if match["tpi"] else None
    flags = () if size in _PIPE else (f"no {match['series']} thread has the size {size}",)
    return ThreadRead(f"{size} {match['series']}", inches * 25.4, 25.4 / tpi if tpi else None, "", False, None, flags)


def _pipe(match: re.Match[str]) -> ThreadRead:
    size, inches = _inches(match["d"])
    series = {"BSP": "G", "BSPP": "G", "BSPT": "R"}.get(match["series"], match["series"])
    flags = () if size in _PIPE else (f"no {series} thread has the size {size}",)
    return ThreadRead(f"{series}{size}", inches * 25.4, None, match["cls"] or "", bool(match["lh"]), None, flags)


def _trapezoidal(match: re.Match[str]) -> ThreadRead:
    size, pitch = number(match["d"]), number(match["p"])
    return ThreadRead(f"Tr{short(size)}x{short(pitch)}", size, pitch, match["cls"] or "", bool(match["lh"]))
