"""Split Fanuc and Haas programs into lines and words, for both the mill and the lathe reader."""

import re
from collections.abc import Iterator, Mapping, Set
from typing import Literal

from nightmill.verification.nc.reader import DialectError

__all__ = [
    "COUNTER_CLOCKWISE",
    "SETTINGS",
    "Dialect",
    "DialectError",
    "body_of",
    "check_offset",
    "check_settings",
    "dwell_of",
    "words_of",
]

Dialect = Literal["fanuc", "haas"]
COUNTER_CLOCKWISE = "M4 turns the spindle counter-clockwise, but the tools cut clockwise"
SETTINGS = {21: "millimetres", 40: "no radius compensation", 80: "no canned cycle", 54: "the setup's work offset"}
"""What a program must set before it moves, so that it relies on no earlier program."""
_WORD = re.compile(r"([A-Z])([-+]?(?:\d+\.?\d*|\.\d+))")
_COMMENT = re.compile(r"\(([^()]*)\)")


def body_of(text: str, dialect: Dialect) -> Iterator[tuple[int, str]]:
    """Return the blocks between the O-number and the last %, each with its line number. Raises ``DialectError``."""
    lines = [line.strip() for line in text.splitlines()]
    if len(lines) < 3 or lines[0] != "%" or lines[-1] != "%":
        raise DialectError("a program must begin and end with %")
    digits = 4 if dialect == "fanuc" else 5
    if not re.fullmatch(rf"O\d{{{digits}}}( \([^()]*\))?", lines[1]):
        raise DialectError(f"line 2: {lines[1]!r} where O and {digits} digits are expected")
    yield from enumerate(lines[2:-1], start=3)


def words_of(line: str) -> list[tuple[str, str]]:
    """Return the words of a block. Raises ``ValueError`` if the block doesn't consist of words, or if the control would
    count a number in thousandths.
    """
    code = _COMMENT.sub("", line)
    if "(" in code or ")" in code:
        raise ValueError("nested or open comment")
    words = _WORD.findall(code.replace(" ", ""))
    if "".join(letter + value for letter, value in words) != code.replace(" ", ""):
        raise ValueError(f"{line!r} doesn't consist of words")
    for letter, value in words:
        if letter in "XYZUWIJKRQFE" and "." not in value:
            raise ValueError(f"{letter}{value} without a decimal point")
        if letter in "GMTHSNP" and "." in value:
            raise ValueError(f"{letter}{value} with a decimal point")
    return words


def dwell_of(args: Mapping[str, float]) -> float:
    """Return the dwell of a G4 block in s. Raises ``ValueError`` if P, in ms, is missing or below 0."""
    if args.get("P", -1.0) < 0:
        raise ValueError("G4 needs P in ms, not below 0")
    return args["P"] / 1000


def check_settings(said: Set[int]) -> None:
    """Raise ``ValueError`` if ``said``, the G codes so far, lack one of ``SETTINGS``."""
    missing = [f"G{code} ({what})" for code, what in SETTINGS.items() if code not in said]
    if missing:
        raise ValueError(f"a move before {', '.join(missing)} is set")


def check_offset(code: int) -> None:
    """Raise ``ValueError`` for a work offset, G54 to G59, that isn't the setup's."""
    if 55 <= code <= 59:
        raise ValueError(f"G{code}: the setup's work offset is G54")
