"""Read threads as people write them: ``M6``, ``M6x0.75``, ``1/4-20``, ``#10-32 UNF``; coarse pitches by ISO 261."""

import re

from nightmill.vocabulary.plan import Thread

COARSE_MM = {
    1.6: 0.35, 2.0: 0.4, 2.5: 0.45, 3.0: 0.5, 4.0: 0.7, 5.0: 0.8, 6.0: 1.0, 8.0: 1.25, 10.0: 1.5, 12.0: 1.75, 14.0: 2.0,
    16.0: 2.0, 18.0: 2.5, 20.0: 2.5, 22.0: 2.5, 24.0: 3.0, 30.0: 3.5, 36.0: 4.0,
}  # fmt: skip
"""Pitch of the ISO coarse thread by its diameter, mm (ISO 261)."""
_SIZE = re.compile(r"[Mm]\s*(\d+(?:\.\d+)?)(?:\s*[x×*]\s*(\d+(?:\.\d+)?))?")

_INCH = re.compile(
    r"(?:(?P<sign>#)?(?P<number>\d{1,2})|(?:(?P<whole>\d)[ -])?(?P<top>\d{1,2})/(?P<below>\d{1,2})|(?P<inches>\d?\.\d+))"
    r"\s*-\s*(?P<turns>\d{1,2}(?:\.5)?)\s*(?:UN[CFS]?|UNEF)?(?:\s*-\s*[123][AB])?",
    re.IGNORECASE,
)
_MM = 25.4
_NUMBER_INCH, _A_NUMBER_INCH, _NUMBERS = 0.060, 0.013, range(13)
_WHOLE, _FINE = ("1", "2", "3", "4"), 40
"""Smallest number of threads per inch for the numbered sizes up to 4; it is more than whole-inch sizes have. So ``1-8`` is one inch and
``4-40`` is number 4; ``#4-36`` can only be a number."""


def _inch(size: str) -> tuple[float, float] | None:
    """Diameter and pitch in mm of a unified thread, by its size and threads per inch (ASME B1.1: number n is 0.060 + 0.013 n
    inches); ``None`` if the text isn't a unified thread.
    """
    match = _INCH.fullmatch(size)
    if match is None:
        return None
    turns = float(match["turns"])
    pitch = _MM / turns if turns else 0.0
    whole = match["number"] in _WHOLE and not match["sign"] and turns < _FINE
    inches = match["inches"] or (match["number"] if whole else "")
    if not inches and match["number"]:
        number = int(match["number"])
        return ((_NUMBER_INCH + _A_NUMBER_INCH * number) * _MM, pitch) if number in _NUMBERS else None
    if match["below"]:
        below = int(match["below"])
        return (_MM * (int(match["whole"] or 0) + int(match["top"]) / below), pitch) if below else None
    return _MM * float(inches), pitch


def thread_named(size: str, faces: tuple[int, ...], depth_mm: float = 0.0) -> Thread:
    """Return the thread of this size in the hole with these faces; raises ``ValueError`` with a message if the size is invalid."""
    inch = _inch(size.strip())
    if inch is not None:
        return Thread(*inch, faces, depth_mm)
    match = _SIZE.fullmatch(size.strip())
    if match is None:
        raise ValueError(f"{size!r} is not a thread such as M6, M6x0.75, 1/4-20 or #10-32")
    diameter = float(match[1])
    if match[2] is None and diameter not in COARSE_MM:
        raise ValueError(f"{size!r} has no coarse pitch in ISO 261; write it as M{match[1]}xPITCH")
    return Thread(diameter, float(match[2]) if match[2] else COARSE_MM[diameter], faces, depth_mm)


def thread_asked(text: str) -> Thread:
    """Return the thread given as ``M6:12,13`` or ``M6x0.75:12@10`` (face ids, depth in mm); raises ``ValueError``."""
    size, _, rest = text.partition(":")
    faces, _, depth = rest.partition("@")
    try:
        numbers = tuple(int(word) for word in faces.split(","))
        deep = float(depth) if depth else 0.0
    except ValueError:
        raise ValueError(f"{text!r} is not like M6:12,13 or M6x0.75:12@10 (faces, depth in mm)") from None
    return thread_named(size, numbers, deep)
