"""Posts: the operations of a LinuxCNC program written for a Fanuc or a Haas control.

In: the text of a program as ``Program`` writes it. Out: text in the other dialect, the same motions in the same order.
Whatever has no equal there raises ``PostError``; nothing is dropped. Sources: Fanuc Series 30i/31i/32i operator's manual
(B-63944EN): G28, G43, G73/G81-G89, G05.1; Haas mill operator's manual (96-8210): G53, G187, settings 22 and 52.
The peck cycles' retract is a parameter of those controls; the head of each program says what it must be.
"""

import re
from typing import Literal

Dialect = Literal["fanuc", "haas"]
DIALECTS: tuple[Dialect, ...] = ("fanuc", "haas")
# LinuxCNC's peck cycles stop 0.010 inch above the depth reached before.
PECK_CLEARANCE_MM = 0.254
_TOKEN = re.compile(r"([A-Z])([-+]?(?:\d+\.?\d*|\.\d+))")
_COORDINATES = "XYZIJKRQ"
_CYCLES = {"73", "81", "82", "83", "84", "85", "86", "89"}
_PLAIN = {"0", "1", "2", "3", "17", "18", "19", "20", "21", "40", "49", "54", "55", "56", "57", "58", "59", "80", "90", "91",
          "94", "98", "99"}  # fmt: skip


class PostError(ValueError):
    """A block that the dialect can't say; the text names line and word."""


def post_program(text: str, dialect: Dialect, number: int) -> str:
    """The program ``text`` (LinuxCNC) in ``dialect``, with O-number ``number`` (1 to 9999). Raises ``PostError``."""
    if not 1 <= number <= 9999:
        raise PostError(f"program number {number}: 1 to 9999")
    parameter = "PARAMETERS 5114 AND 5115" if dialect == "fanuc" else "SETTINGS 22 AND 52"
    lines = ["%", f"O{number:04d}" if dialect == "fanuc" else f"O{number:05d}"]
    lines.append(f"(PECK RETRACT {PECK_CLEARANCE_MM} MM, {parameter})")
    state = _Post(dialect)
    for at, raw in enumerate(text.splitlines(), start=1):
        try:
            lines += state.block(raw)
        except ValueError as error:
            raise PostError(f"line {at}: {error}") from error
    return "\n".join([*lines, "%"]) + "\n"


class _Post:
    """The little that a post must remember: the length offset in force, whether it waits for a Z move, and open cycles."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.in_force = ""
        self.length = ""
        self.cycle = False

    def block(self, raw: str) -> list[str]:
        """One block of LinuxCNC as blocks of the dialect."""
        code, comments = _split(raw)
        words = _TOKEN.findall(code.replace(" ", "").upper())
        if "".join(letter + value for letter, value in words) != code.replace(" ", "").upper():
            raise ValueError(f"{raw.strip()!r} is not made of plain words")
        said = [f"({comment})" for comment in comments]
        if not words:
            return said
        codes = [_code(value) for letter, value in words if letter == "G"]
        if "53" in codes:
            return [*said, *self._retract(words)]
        if "49" in codes or any(letter == "M" and _code(value) == "6" for letter, value in words):
            self.length = self.in_force = ""
        return [*said, *self._plain(words, codes)]

    def _retract(self, words: list[tuple[str, str]]) -> list[str]:
        axes = [(letter, float(value)) for letter, value in words if letter in "XYZ"]
        if not axes or any(value != 0 for _, value in axes):
            raise ValueError("G53 to a place other than the machine's zero")
        named = " ".join(f"{letter}0." for letter, _ in axes)
        self.length = self.in_force  # a return to the reference point may have cancelled it
        return [f"G53 G0 {named}"] if self.dialect == "haas" else [f"G91 G28 {named}", "G90"]

    def _plain(self, words: list[tuple[str, str]], codes: list[str]) -> list[str]:
        before: list[str] = []
        out: list[str] = []
        if any(code in _CYCLES for code in codes):
            self.cycle = True
        elif any(code in {"0", "1", "2", "3", "80"} for code in codes):
            self.cycle = False
        dwell = "4" in codes
        for letter, value in words:
            if letter == "G":
                out += self._g(_code(value), words)
            elif letter == "M":
                out.append(self._m(_code(value)))
            elif letter in _COORDINATES:
                out.append(letter + _decimal(value))
            elif letter == "F":
                out.append("F" + _decimal(value))
            elif letter == "P" and "64" in codes:
                continue
            elif letter == "P" and (dwell or self.cycle):
                out.append(f"P{round(float(value) * 1000)}")
            elif letter in "STN":
                out.append(letter + str(_whole(letter, value)))
            elif letter == "H" and "43" in codes:
                self.length = self.in_force = f"G43 H{_whole(letter, value)}"
            else:
                raise ValueError(f"{letter}{value} has no equal")
        if self.length and any(letter == "Z" for letter, _ in words) and not self.cycle:
            out.append(self.length)
            self.length = ""
        elif self.length and any(letter in "XY" for letter, _ in words) and self.cycle:
            before, self.length = [self.length], ""
        return [*before, *([" ".join(out)] if out else [])]

    def _g(self, code: str, words: list[tuple[str, str]]) -> list[str]:
        if code == "43":
            if not any(letter == "H" for letter, _ in words):
                raise ValueError("G43 without H")
            return []
        if code == "64":
            blend = next((value for letter, value in words if letter == "P"), None)
            if self.dialect == "haas":
                return ["G187 P2" if blend is None else f"G187 E{_decimal(blend)}"]
            return ["G64"]
        if code == "61":
            return ["G61"] if self.dialect == "fanuc" else ["G187 P3"]
        if code == "4" or code in _PLAIN or code in _CYCLES:
            return [f"G{code}"]
        raise ValueError(f"G{code} has no equal")

    def _m(self, code: str) -> str:
        if code in {"2", "30"}:
            return "M30"
        if code in {"0", "1", "3", "4", "5", "6", "7", "8", "9"}:
            return f"M{code}"
        raise ValueError(f"M{code} has no equal")


def _split(raw: str) -> tuple[str, list[str]]:
    """The code of a block, and its comments in capital letters that a Fanuc accepts, never nested."""
    comments = re.findall(r"\(([^()]*)\)", raw)
    code, _, tail = re.sub(r"\([^()]*\)", "", raw).partition(";")
    comments += [tail] if tail.strip() else []
    if "(" in code or ")" in code:
        raise ValueError("a comment that is not closed")
    clean = [re.sub(r"[^A-Z0-9 .,+/*=#:-]", " ", comment.upper()).strip() for comment in comments]
    return code.strip().removeprefix("%"), [comment for comment in clean if comment]


def _code(value: str) -> str:
    number = float(value)
    return str(int(number)) if number == int(number) else f"{number:g}"


def _whole(letter: str, value: str) -> int:
    number = float(value)
    if number != int(number):
        raise ValueError(f"{letter}{value} is no whole number")
    return int(number)


def _decimal(value: str) -> str:
    """A number with its decimal point: without one, these controls count in thousandths."""
    text = f"{float(value):.4f}".rstrip("0")
    return "0." if text in {"-0.", "0."} else text
