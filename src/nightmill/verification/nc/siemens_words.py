"""Split blocks of a Sinumerik program into words, with expressions and R parameters.

Sources: SINUMERIK 840D sl Fundamentals (6FC5398-1BP40), "Block rules", "Value assignments", "Absolute dimension" (AC),
"Incremental dimension" (IC); Job planning (6FC5398-2BP40), "Arithmetic operations". Letters may be in either case,
blanks and tabs between words may be omitted, ``;`` starts a comment, ``N10`` or ``:10`` is a block number, a value
follows its address directly or after ``=``, and 1EX-3 is 0.001. Angles are in degrees. Everything else is refused.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Value = float | str | None

_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:EX[-+]?\d+)?")
_DIRECT = re.compile(r"([A-Z])([-+]?(?:\d+\.?\d*|\.\d+)(?:EX[-+]?\d+)?)(?![\d.]|\s*=)")
_ASSIGNED = re.compile(r"([A-Z_][A-Z_]*)(\d*)\s*(?:\[\s*(\d+)\s*\])?\s*=")
_CALL = re.compile(r"([A-Z_][A-Z0-9_]*)\s*\(")
_NAME = re.compile(r"[A-Z_][A-Z_]*(?:\d+(?![\d.]))?")
_DIMENSION = re.compile(r"(AC|IC)\s*\(")
_NUMBERED = re.compile(r"(?:N|:)\d+(?=$|[\sA-Z;])")
_STRING = re.compile(r'"([^"]*)"')
_BLANK = re.compile(r"[ \t]*")
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "SIN": lambda v: math.sin(math.radians(v)),
    "COS": lambda v: math.cos(math.radians(v)),
    "TAN": lambda v: math.tan(math.radians(v)),
    "ASIN": lambda v: math.degrees(math.asin(v)),
    "ACOS": lambda v: math.degrees(math.acos(v)),
    "ATAN2": lambda a, b: math.degrees(math.atan2(a, b)),
    "SQRT": math.sqrt,
    "ABS": abs,
    "POT": lambda v: v * v,
    "TRUNC": math.trunc,
    "ROUND": lambda v: math.floor(v + 0.5),
}
LONGEST = 512
"""Maximum length of a block ("Block rules")."""
DEEPEST = 50
"""Maximum nesting of brackets; deeper nesting must be a typing error."""


@dataclass(frozen=True)
class Word:
    """A word: an address or name with a value, a call with arguments, or a bare name.

    ``number`` is that of an extended address: 1 in ``S1=500``. ``dimension`` is AC or IC if a coordinate has its own
    dimension.
    """

    kind: Literal["value", "call", "name"]
    name: str
    value: Value = None
    number: int | None = None
    dimension: Literal["", "AC", "IC"] = ""
    arguments: tuple[Value, ...] = ()


class Scanner:
    """Reads one block from left to right. ``parameters`` are the R parameters, which the block may set."""

    def __init__(self, text: str, parameters: dict[int, float]) -> None:
        self.text = text.upper()
        self.at = 0
        self.parameters = parameters
        self.depth = 0

    def words(self) -> list[Word]:
        """Return the words of the block. Raises ``ValueError`` for anything that isn't a word."""
        found: list[Word] = []
        self._skip()
        if number := _NUMBERED.match(self.text, self.at):
            self.at = number.end()
        self._skip()
        if self.text.startswith("/", self.at):
            raise ValueError("a block that the operator may skip (/)")
        while self.at < len(self.text) and self.text[self.at] != ";":
            word = self._word()
            if word is not None:
                found.append(word)
            self._skip()
        return found

    def _word(self) -> Word | None:
        """Return the next word; None for an R parameter that was set."""
        if direct := self._match(_DIRECT):
            return Word("value", direct[1], _plain(direct[2]))
        if assigned := self._match(_ASSIGNED):
            return self._assigned(assigned[1], assigned[2] or assigned[3])
        if call := self._match(_CALL):
            return Word("call", call[1], arguments=self._arguments())
        if name := self._match(_NAME):
            return Word("name", name[0])
        raise ValueError(f"{self.text[self.at :].strip()!r} is not a word")

    def _assigned(self, name: str, index: str | None) -> Word | None:
        self._skip()
        if name == "R" and index:
            self.parameters[int(index)] = self._sum()
            return None
        number = int(index) if index else None
        if text := self._match(_STRING):
            return Word("value", name, text[1], number)
        if dimension := self._match(_DIMENSION):
            value = self._sum()
            self._expect(")")
            return Word("value", name, value, number, "AC" if dimension[1] == "AC" else "IC")
        return Word("value", name, self._sum(), number)

    def _arguments(self) -> tuple[Value, ...]:
        """Return the arguments up to the closing bracket; None for an omitted argument."""
        found: list[Value] = []
        while True:
            self._skip()
            if text := self._match(_STRING):
                found.append(text[1])
            elif self.text[self.at : self.at + 1] in {",", ")"}:
                found.append(None)
            else:
                found.append(self._sum())
            self._skip()
            if self._match(re.compile(r"\)")):
                return tuple(found)
            self._expect(",")

    def _sum(self) -> float:
        value = self._product()
        while sign := self._match(re.compile(r"[-+]")):
            other = self._product()
            value = value + other if sign[0] == "+" else value - other
        if not math.isfinite(value):
            raise ValueError("an infinite value")
        return value

    def _product(self) -> float:
        value = self._factor()
        while sign := self._match(re.compile(r"[*/]|DIV\b|MOD\b")):
            other = self._factor()
            if sign[0] != "*" and other == 0:
                raise ValueError("a division by zero")
            if sign[0] == "*":
                value *= other
            elif sign[0] == "/":
                value /= other
            else:
                value = math.trunc(value / other) if sign[0] == "DIV" else math.fmod(value, other)
        return value

    def _factor(self) -> float:
        if sign := self._match(re.compile(r"[-+]")):
            return -self._factor() if sign[0] == "-" else self._factor()
        if number := self._match(_NUMBER):
            return _plain(number[0])
        if parameter := self._match(re.compile(r"R(?:(\d+)|\[\s*(\d+)\s*\])")):
            index = int(parameter[1] or parameter[2])
            if index not in self.parameters:
                raise ValueError(f"R{index} is used before the program assigns it")
            return self.parameters[index]
        function = self._match(re.compile(r"([A-Z]+[0-9]?)\s*(?=\()"))
        if function and function[1] not in _FUNCTIONS:
            raise ValueError(f"{function[1]} is not a supported function")
        self.depth += 1
        if self.depth > DEEPEST:
            raise ValueError(f"more than {DEEPEST} nested brackets")
        self._expect("(")
        values = [self._sum()]
        while self._match(re.compile(r",")):
            values.append(self._sum())
        self._expect(")")
        self.depth -= 1
        if function:
            try:
                return float(_FUNCTIONS[function[1]](*values))
            except TypeError as error:
                raise ValueError(f"{function[1]} with {len(values)} values") from error
        if len(values) > 1:
            raise ValueError("a list where a value is expected")
        return values[0]

    def _skip(self) -> None:
        blank = _BLANK.match(self.text, self.at)
        self.at = blank.end() if blank else self.at

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        self._skip()
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def _expect(self, mark: str) -> None:
        self._skip()
        if not self.text.startswith(mark, self.at):
            found = self.text[self.at : self.at + 10].strip()
            raise ValueError(f"{mark!r} is expected before {found!r}" if found else f"{mark!r} is missing")
        self.at += len(mark)


def _plain(text: str) -> float:
    """Return the value of a number in this language. Raises ``ValueError`` if it is too large."""
    value = float(text.replace("EX", "E"))
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large")
    return value


def words_of(line: str, parameters: dict[int, float]) -> list[Word]:
    """Return the words of a block, and assign its R parameters. Raises ``ValueError`` for anything that isn't a word."""
    code = line.partition(";")[0]
    if not code.isascii():
        raise ValueError("characters that the control doesn't accept")
    if len(code) > LONGEST:
        raise ValueError(f"a block of more than {LONGEST} characters")
    try:
        return Scanner(line, parameters).words()
    except OverflowError as error:
        raise ValueError("an infinite value") from error
