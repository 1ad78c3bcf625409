"""Marks that a program leaves on the control: lines of a file, one when it begins and one when it has ended.

A program is run under a token that belongs to one command. Before its first motion it checks a numbered parameter that the last program
has left: under the same token a second time it ends at once and cuts nothing. (LinuxCNC 2.9 manual: "G-code overview", Logging; "Remap
and parameters", numbered parameters 31 to 5000 are kept.)
"""

import re
import zlib
from pathlib import Path

from nightmill.floor import equipment as ports

FILE = "marks.txt"
PARAMETER = 4999
LONGEST_LINE = 255
"""LINELEN of LinuxCNC's interpreter (interp_internal.hh)."""
_COMMENT = re.compile(r"\([^)]*\)|;.*")
_TOOL = re.compile(r"(?i)(?<![a-z<])T\s*(\d+)")
_END = re.compile(r"(?i)^\s*(N\d+\s*)?M0?(2|30)\s*$")
BEGUN, ENDED = "begun", "ended"


class Marks:
    """The marks in the folder of a control."""

    def __init__(self, unit: str, folder: Path) -> None:
        self._unit, self.path = unit, folder / FILE

    def read(self, token: str) -> frozenset[str]:
        """Return what the program of a token has left: ``BEGUN``, ``ENDED``, both or nothing. Raises ``EquipmentUnreachable`` if the
        file can't be read.
        """
        try:
            text = self.path.read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            return frozenset()
        except OSError as error:
            raise ports.EquipmentUnreachable(self._unit, f"{self.path}: {error.strerror}") from error
        words = (line.split() for line in text.splitlines())
        return frozenset(pair[0] for pair in words if len(pair) == 2 and pair[1] == token)


def marked(text: str, token: str, marks: Path) -> str:
    """Return a program with marks under ``token``, whose added lines change no motion.

    Raises ``ValueError`` if the program has no end, or the marks' path is too long or can't be written in a comment.
    """
    if len(f"(LOGAPPEND,{marks})") > LONGEST_LINE or set("()") & set(str(marks)) or not str(marks).isascii():
        raise ValueError(f"the path {marks} is too long for the control, or has brackets or letters that it can't read")
    lines = text.splitlines()
    last = max((number for number, line in enumerate(lines) if _END.match(_COMMENT.sub("", line))), default=None)
    if last is None:
        raise ValueError("the program has no M2 or M30 on a line by itself")
    first = 1 if lines and lines[0].strip() == "%" else 0
    number = zlib.crc32(token.encode())
    guard = [
        f"o<nightmill> if [#{PARAMETER} EQ {number}]",
        "M2 (nightmill: this command has been run)",
        "o<nightmill> endif",
    ]
    known = [f"T{tool} (nightmill: is it in the tool table)" for tool in _tools(lines)]
    begin = [f"#{PARAMETER} = {number} (nightmill)", *_log(marks, f"{BEGUN} {token}")]
    # M66 waits until the machine has come to rest: the interpreter reads ahead
    end = ["M66 P0 L0 (nightmill)", *_log(marks, f"{ENDED} {token}")]
    done = [*lines[:first], *guard, *known, *begin, *lines[first:last], *end, *lines[last:]]
    return "\n".join(done) + "\n"


def _log(marks: Path, text: str) -> list[str]:
    return [f"(LOGAPPEND,{marks})", f"(LOG,{text})", "(LOGCLOSE)"]


def _tools(lines: list[str]) -> list[int]:
    found = (int(number) for line in lines for number in _TOOL.findall(_COMMENT.sub("", line)))
    return list(dict.fromkeys(number for number in found if number))
