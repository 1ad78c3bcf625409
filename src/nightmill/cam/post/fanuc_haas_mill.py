"""Mill post: rewrite a LinuxCNC program for a Fanuc or a Haas control.

In: the text of a program as ``Program`` writes it. Out: text in the other dialect, with the same motions in the same order.
Anything without an equivalent raises ``PostError``; nothing is dropped. Sources: Fanuc Series 30i/31i/32i operator's manual
(B-63944EN): G28, G43, G73/G81-G89, G05.1; Haas mill operator's manual (96-8210): G53, G187, settings 22 and 52. On a Fanuc
M29 makes a tapping cycle rigid (operator's manual, "Rigid tapping"); a Haas always taps rigidly.
The retract of the peck cycles is a parameter of those controls; the head of each program states the required value.
"""

from collections.abc import Iterable, Mapping

from nightmill.cam.post.fanuc_haas_lathe import lathe_program
from nightmill.cam.post.words import (
    Dialect,
    PostError,
    code_of,
    dealt_out,
    decimal,
    pocket_of,
    program_head,
    whole,
    words_of,
)

__all__ = ["DIALECTS", "Dialect", "PostError", "pockets_of", "post_program"]

DIALECTS: tuple[Dialect, ...] = ("fanuc", "haas")
# LinuxCNC's peck cycles stop 0.010 inch above the depth of the previous peck.
PECK_CLEARANCE_MM = 0.254
_COORDINATES = "XYZIJKRQ"
_CYCLES = {"73", "81", "82", "83", "84", "85", "86", "89"}
_PLAIN = {"0", "1", "2", "3", "17", "18", "19", "20", "21", "40", "49", "54", "55", "56", "57", "58", "59", "80", "90", "91",
          "94", "98", "99"}  # fmt: skip
LAST_POCKET = 99
"""Highest pocket number that is common for magazines and turrets on these controls; a lathe's T word has two digits for the station."""


def pockets_of(tools: Iterable[int]) -> dict[int, int]:
    """Return pocket or station by tool number: the tool numbers themselves if all are 1 to 99, else 1, 2, ... in the order given."""
    order = list(dict.fromkeys(tools))
    if all(1 <= number <= LAST_POCKET for number in order):
        return {number: number for number in order}
    if len(order) > LAST_POCKET:
        raise PostError(f"{len(order)} tools: at most {LAST_POCKET}")
    return {number: pocket for pocket, number in enumerate(order, start=1)}


def post_program(
    text: str, dialect: Dialect, number: int, pockets: Mapping[int, int] | None = None, *, turning: bool = False
) -> str:
    """Return the program ``text`` (LinuxCNC) in ``dialect``, with O-number ``number`` (1 to 9999). Raises ``PostError``.

    ``pockets``: the pocket of each tool number of ``text``, as ``pockets_of`` assigns them; without ``pockets``, numbers
    stay the same. A ``turning`` program becomes one for the lathe control of that make (``fanuc_haas_lathe``).
    """
    dealt = dict(pockets or {})
    lines = program_head(dialect, number)
    if turning:
        return "\n".join([*lines, *lathe_program(text, dialect, dealt), "%"]) + "\n"
    parameter = "PARAMETERS 5114 AND 5115" if dialect == "fanuc" else "SETTINGS 22 AND 52"
    lines.append(f"(PECK RETRACT {PECK_CLEARANCE_MM} MM, {parameter})")
    lines += dealt_out(text, dealt)
    state = _Post(dialect, dealt)
    for at, raw in enumerate(text.splitlines(), start=1):
        try:
            lines += state.block(raw)
        except ValueError as error:
            raise PostError(f"line {at}: {error}") from error
    return "\n".join([*lines, "%"]) + "\n"


class _Post:
    """State that the post carries from block to block: the active length offset, whether it waits for a Z move, and
    open cycles.
    """

    def __init__(self, dialect: Dialect, pockets: Mapping[int, int]) -> None:
        self.dialect = dialect
        self.pockets = pockets
        self.speed = 0
        self.in_force = ""
        self.length = ""
        self.cycle = False

    def block(self, raw: str) -> list[str]:
        """Return the blocks of the dialect for one LinuxCNC block."""
        words, comments = words_of(raw)
        if not words:
            return comments
        codes = [code_of(value) for letter, value in words if letter == "G"]
        if "53" in codes:
            return [*comments, *self._retract(words)]
        if "49" in codes or any(letter == "M" and code_of(value) == "6" for letter, value in words):
            self.length = self.in_force = ""
        return [*comments, *self._plain(words, codes)]

    def _retract(self, words: list[tuple[str, str]]) -> list[str]:
        axes = [(letter, float(value)) for letter, value in words if letter in "XYZ"]
        if not axes or any(value != 0 for _, value in axes):
            raise ValueError("G53 to a position other than machine zero")
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
        for letter, value in words:
            out += self._word(letter, value, words, codes)
        if self.length and any(letter == "Z" for letter, _ in words) and not self.cycle:
            out.append(self.length)
            self.length = ""
        elif self.length and any(letter in "XY" for letter, _ in words) and self.cycle:
            before, self.length = [self.length], ""
        if "84" in codes and self.dialect == "fanuc":
            before.append(f"M29 S{self.speed}")
        return [*before, *([" ".join(out)] if out else [])]

    def _word(self, letter: str, value: str, words: list[tuple[str, str]], codes: list[str]) -> list[str]:
        """Return one word in the dialect; an empty list if another block already carries it."""
        if letter == "G":
            return self._g(code_of(value), words)
        if letter == "M":
            return [self._m(code_of(value))]
        if letter in _COORDINATES or letter == "F":
            return [letter + decimal(value)]
        if letter == "P" and "64" in codes:
            return []
        if letter == "P" and ("4" in codes or self.cycle):
            return [f"P{round(float(value) * 1000)}"]
        if letter == "T":
            return [f"T{self._pocket(letter, value)}"]
        if letter == "H" and "43" in codes:
            self.length = self.in_force = f"G43 H{self._pocket(letter, value)}"
            return []
        if letter == "S":
            self.speed = whole(letter, value)
        if letter in "SN":
            return [f"{letter}{whole(letter, value)}"]
        raise ValueError(f"{letter}{value} has no equivalent")

    def _pocket(self, letter: str, value: str) -> int:
        return pocket_of(whole(letter, value), self.pockets)

    def _g(self, code: str, words: list[tuple[str, str]]) -> list[str]:
        if code == "43":
            if not any(letter == "H" for letter, _ in words):
                raise ValueError("G43 without H")
            return []
        if code == "64":
            blend = next((value for letter, value in words if letter == "P"), None)
            if self.dialect == "haas":
                return ["G187 P2" if blend is None else f"G187 E{decimal(blend)}"]
            return ["G64"]
        if code == "61":
            return ["G61"] if self.dialect == "fanuc" else ["G187 P3"]
        if code == "4" or code in _PLAIN or code in _CYCLES:
            return [f"G{code}"]
        raise ValueError(f"G{code} has no equivalent")

    def _m(self, code: str) -> str:
        if code in {"2", "30"}:
            return "M30"
        if code in {"0", "1", "3", "4", "5", "6", "7", "8", "9"}:
            return f"M{code}"
        raise ValueError(f"M{code} has no equivalent")
