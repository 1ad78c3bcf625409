"""Split Klartext programs of a Heidenhain control into blocks, and path blocks into words.

Sources: TNC 640 User's Manual Conversational Programming (34059x), "Fundamentals of NC programming", "Entering comments" and "Q parameters";
"Technical information", table "Input formats and units of functions" (coordinates 5.4, feeds and speeds 5.3 places). In the file a block
begins with its number; the control renumbers blocks when it reads the file. ``;`` begins a comment, ``*`` a heading; ``~`` at the end of
a line continues its block on the next. Positive values need no sign, and words no blanks between them. Everything else is refused.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nightmill.verification.nc.reader import DialectError

VALUE = r"[+-]?(?>\d+\.?\d*|\.\d+|Q\d+)"
"""A value; its digits are never tried twice, so that a text of many digits is read in linear time."""
_NUMBER = re.compile(r"\d+(?:\s+|$)")
_WORD = re.compile(
    r"F\s*MAX\b|DR\s*[+-](?![\d.])|R0(?![\d.])|R[LR]\b|"
    rf"(?P<name>IPA|IPR|PA|PR|I?[XYZ]|DL|DR2|DR|M(?=\d)|[FSR])\s*(?P<value>{VALUE})(?![\d.])"
)
_COORDINATE = frozenset({"X", "Y", "Z", "IX", "IY", "IZ", "PR", "IPR", "PA", "IPA", "R", "DL", "DR", "DR2"})
MOST = 99_999.9999
"""Largest coordinate, feed or angle that a control accepts ("Input formats and units of functions")."""


@dataclass(frozen=True)
class Block:
    """A block without its number and comments, in capitals, and the line where it begins, counted from 1."""

    line: int
    text: str


@dataclass(frozen=True)
class Words:
    """The words of a path block: values by name, and words without a value.

    ``rapid``: FMAX. ``compensation``: R0, RL or RR. ``left``: whether DR is counter-clockwise. ``m``: the M functions
    in order.
    """

    values: Mapping[str, float]
    rapid: bool = False
    compensation: str = ""
    left: bool | None = None
    m: tuple[int, ...] = ()

    @property
    def only_m(self) -> bool:
        """Return whether there is nothing but M functions."""
        return not self.values and not self.rapid and not self.compensation and self.left is None


def blocks_of(text: str) -> Iterator[Block]:
    """Return the blocks of a program that aren't only comments. Raises ``DialectError`` if the last one is unfinished."""
    first, parts = 0, list[str]()
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        goes_on = line.endswith("~")
        code = (line[:-1] if goes_on else line).partition(";")[0].strip()
        if not parts:
            first = number
            if numbered := _NUMBER.match(code):
                code = code[numbered.end() :]
        parts.append(code)
        if goes_on:
            continue
        block = " ".join(" ".join(parts).split()).upper()
        parts = []
        if not block.isascii() or not block.isprintable():
            raise DialectError(f"line {first}: characters outside comments that the control doesn't accept")
        if block and not block.startswith("*"):
            yield Block(first, block)
    if parts:
        raise DialectError(f"line {first}: the block is continued (~), but the program ends")


def words_of(text: str, parameters: Mapping[int, float]) -> Words:
    """Return the words that follow the function of a path block. Raises ``ValueError`` for anything else, and for a repeated word."""
    values: dict[str, float] = {}
    marks: dict[str, str] = {}
    m: list[int] = []
    at = 0
    while (at := _skip(text, at)) < len(text):
        found = _WORD.match(text, at)
        if found is None:
            raise ValueError(f"{text[at : at + 40]!r} is not supported")
        at = found.end()
        name = found["name"]
        if name is None:
            plain = found[0].replace(" ", "")
            name = {"F": "F", "D": "DR"}.get(plain[0], "R0")
            if name in marks or name in values:
                raise ValueError(f"two {name} words")
            marks[name] = plain
        elif name == "M":
            m.append(_whole(found["value"]))
        else:
            if name in values or name in marks:
                raise ValueError(f"two {name} words")
            values[name] = value_of(found["value"], parameters, 4 if name in _COORDINATE else 3)
    return Words(values, "F" in marks, marks.get("R0", ""), marks["DR"] == "DR+" if "DR" in marks else None, tuple(m))


def value_of(text: str, parameters: Mapping[int, float], decimals: int = 4) -> float:
    """Return a value, which may be a Q parameter. Raises ``ValueError`` if the control doesn't accept it, or the parameter isn't set."""
    sign, plain = (-1.0, text[1:]) if text.startswith("-") else (1.0, text.removeprefix("+"))
    if plain.startswith("Q"):
        number = int(plain[1:]) if len(plain) < 8 else -1
        if number not in parameters:
            raise ValueError(f"{plain} is used before the program sets it")
        value = sign * parameters[number]
    else:
        if len(plain.partition(".")[2]) > decimals:
            raise ValueError(f"{text}: the control accepts at most {decimals} decimals here")
        value = sign * float(plain)
    if not abs(value) <= MOST:
        raise ValueError(f"{text[:20]} exceeds the control's limit of {MOST:g}")
    return value


def _skip(text: str, at: int) -> int:
    """Return the position of the next character that isn't blank; a block has single blanks."""
    return at + 1 if text.startswith(" ", at) else at


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 4:
        raise ValueError(f"M{text[:20]} is not an M function")
    return int(text)
