"""Split one line of RS-274/NGC into words: comments, block delete, parameters and expressions (LinuxCNC dialect).

Grammar and precedence follow the LinuxCNC 2.9 manual, "G-code overview": ``**`` has the highest precedence, then ``* / MOD``, ``+ -``,
comparisons, and ``AND OR XOR``; arguments of trigonometric functions are in degrees.
"""

import math
import re
from collections.abc import Callable

Word = tuple[str, float]

_PLAIN = re.compile(r"([A-Z])([-+]?(?:\d+\.?\d*|\.\d+))")
LARGEST = 1e12
# LinuxCNC rejects longer lines (LINELEN), and no real program nests brackets deeper than this
_LONGEST, _DEEPEST = 255, 40
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")
_NAME = re.compile(r"<([^>]*)>")
_COMMENT = re.compile(r"\([^()]*\)")

_BINARY: tuple[tuple[str, int], ...] = (
    ("**", 5), ("*", 4), ("/", 4), ("MOD", 4), ("+", 3), ("-", 3), ("EQ", 2), ("NE", 2),
    ("GT", 2), ("GE", 2), ("LT", 2), ("LE", 2), ("AND", 1), ("OR", 1), ("XOR", 1),
)  # fmt: skip


def _degrees(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: function(math.radians(value))


_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "ACOS": lambda value: math.degrees(math.acos(value)),
    "ASIN": lambda value: math.degrees(math.asin(value)),
    "COS": _degrees(math.cos),
    "EXP": math.exp,
    "FIX": lambda value: float(math.floor(value)),
    "FUP": lambda value: float(math.ceil(value)),
    "ROUND": lambda value: math.floor(value + 0.5) if value >= 0 else math.ceil(value - 0.5),
    "LN": math.log,
    "SIN": _degrees(math.sin),
    "SQRT": math.sqrt,
    "TAN": _degrees(math.tan),
}


class WordError(Exception):
    """A line that is not RS-274/NGC; the text says what was found."""


def strip_comments(line: str) -> str:
    """Drop comments and white space, and convert to upper case; an unmatched parenthesis raises ``WordError``."""
    if "(" in line:
        line = _COMMENT.sub("", line)
    if ";" in line:
        line = line.partition(";")[0]
    if "(" in line or ")" in line:
        raise WordError("comment without its closing parenthesis")
    return "".join(line.split()).upper()


def _checked(words: list[Word]) -> list[Word]:
    for letter, value in words:
        if not abs(value) <= LARGEST:
            raise WordError(f"{letter}{value:g} is beyond {LARGEST:g}")
    return words


def split_words(line: str, parameters: dict[str, float]) -> tuple[list[Word], dict[str, float]]:
    """Split a stripped line into (letter, value) words and the parameters it sets.

    Settings take effect after the whole line has been read, so they are returned, not applied.
    Raises ``WordError``.
    """
    if "#" not in line and "[" not in line:
        found = _PLAIN.findall(line)
        if sum(len(digits) for _, digits in found) + len(found) == len(line):
            return _checked([(letter, float(digits)) for letter, digits in found]), {}
    if len(line) > _LONGEST or line.count("[") > _DEEPEST or line.count("#") > _DEEPEST:
        raise WordError(f"a line of more than {_LONGEST} characters or {_DEEPEST} brackets or parameters")
    reader = _Reader(line, parameters)
    return reader.block()


class _Reader:
    """Recursive descent over one stripped line."""

    def __init__(self, text: str, parameters: dict[str, float]) -> None:
        self.text = text
        self.at = 0
        self.parameters = parameters

    def block(self) -> tuple[list[Word], dict[str, float]]:
        words: list[Word] = []
        settings: dict[str, float] = {}
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter == "#":
                self.at += 1
                name = self.parameter_name()
                self.expect("=")
                settings[name] = self.value()
            elif "A" <= letter <= "Z":
                self.at += 1
                words.append((letter, self.value()))
            else:
                raise WordError(f"{self.text[self.at :]!r} where a word was expected")
        return _checked(words), settings

    def expect(self, token: str) -> None:
        if not self.text.startswith(token, self.at):
            raise WordError(f"{self.text[self.at :]!r} where {token!r} was expected")
        self.at += len(token)

    def parameter_name(self) -> str:
        named = _NAME.match(self.text, self.at)
        if named:
            self.at = named.end()
            return named.group(1)
        number = self.value()
        if number != int(number) or number < 1:
            raise WordError(f"parameter number {number} is not a whole number above 0")
        return str(int(number))

    def value(self) -> float:
        number = _NUMBER.match(self.text, self.at)
        if number:
            self.at = number.end()
            if not abs(value := float(number.group())) <= LARGEST:
                raise WordError(f"a number beyond {LARGEST:g}")
            return value
        if self.text.startswith("[", self.at):
            return self.bracket()
        if self.text.startswith("#", self.at):
            self.at += 1
            name = self.parameter_name()
            if name not in self.parameters:
                raise WordError(f"parameter #{name} is read before the program sets it")
            return self.parameters[name]
        for sign in "+-":
            if self.text.startswith(sign, self.at):
                self.at += 1
                return -self.value() if sign == "-" else self.value()
        return self.function()

    def function(self) -> float:
        if self.text.startswith("ATAN[", self.at):
            self.at += 4
            rise = self.bracket()
            self.expect("/")
            return math.degrees(math.atan2(rise, self.bracket()))
        for name, compute in _FUNCTIONS.items():
            if self.text.startswith(name + "[", self.at):
                self.at += len(name)
                argument = self.bracket()
                try:
                    return float(compute(argument))
                except (ValueError, OverflowError) as error:
                    raise WordError(f"{name}[{argument}] has no value") from error
        raise WordError(f"{self.text[self.at :]!r} where a number was expected")

    def bracket(self) -> float:
        self.expect("[")
        result = self.binary(1)
        self.expect("]")
        return result

    def binary(self, least: int) -> float:
        left = self.value()
        while True:
            operator, rank = next(
                ((name, rank) for name, rank in _BINARY if self.text.startswith(name, self.at)), ("", 0)
            )
            if rank < least or not operator:
                return left
            self.at += len(operator)
            left = _apply(operator, left, self.binary(rank + 1))


def _apply(operator: str, a: float, b: float) -> float:
    try:
        result = _OPERATIONS[operator](a, b)
    except (ZeroDivisionError, OverflowError) as error:
        raise WordError(f"[{a} {operator} {b}] has no value") from error
    if isinstance(result, complex):
        raise WordError(f"[{a} {operator} {b}] has no real value")
    return float(result)


_OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "**": lambda a, b: a**b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "MOD": lambda a, b: a % b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "EQ": lambda a, b: abs(a - b) < 1e-6,
    "NE": lambda a, b: abs(a - b) >= 1e-6,
    "GT": lambda a, b: a > b,
    "GE": lambda a, b: a >= b,
    "LT": lambda a, b: a < b,
    "LE": lambda a, b: a <= b,
    "AND": lambda a, b: bool(a) and bool(b),
    "OR": lambda a, b: bool(a) or bool(b),
    "XOR": lambda a, b: bool(a) != bool(b),
}
