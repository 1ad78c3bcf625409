"""Words of a block: how the posts split and write them."""

import re
from collections.abc import Mapping
from typing import Literal

Dialect = Literal["fanuc", "haas"]
TOKEN = re.compile(r"([A-Z])([-+]?(?:\d+\.?\d*|\.\d+))")


class PostError(ValueError):
    """A block that the dialect cannot express; the message names the line and the word."""


def program_head(dialect: Dialect, number: int) -> list[str]:
    """Return the first lines of a program with an O-number. Raises ``PostError`` unless the number is 1 to 9999."""
    if not 1 <= number <= 9999:
        raise PostError(f"program number {number}: it must be from 1 to 9999")
    return ["%", f"O{number:04d}" if dialect == "fanuc" else f"O{number:05d}"]


def words_of(raw: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the words of a block as letter and number, and the comments as lines. Raises ValueError if the block has
    anything but plain words.
    """
    code, comments = _split(raw)
    plain = code.replace(" ", "").upper()
    words = TOKEN.findall(plain)
    if "".join(letter + value for letter, value in words) != plain:
        raise ValueError(f"{raw.strip()!r} is not made up of plain words")
    return words, [f"({comment})" for comment in comments]


def _split(raw: str) -> tuple[str, list[str]]:
    """Return the code of a block, and its comments in the characters that a Fanuc accepts, never nested."""
    comments = re.findall(r"\(([^()]*)\)", raw)
    code, _, tail = re.sub(r"\([^()]*\)", "", raw).partition(";")
    comments += [tail] if tail.strip() else []
    if "(" in code or ")" in code:
        raise ValueError("a comment that is not closed")
    clean = [re.sub(r"[^A-Z0-9 .,+/*=#:-]", " ", comment.upper()).strip() for comment in comments]
    return code.strip().removeprefix("%"), [comment for comment in clean if comment]


def code_of(value: str) -> str:
    """Return the number of a G or M code as these controls write it."""
    number = float(value)
    return str(int(number)) if number == int(number) else f"{number:g}"


def whole(letter: str, value: str) -> int:
    """Return a whole number as text; raises ValueError if the value isn't whole."""
    number = float(value)
    if number != int(number):
        raise ValueError(f"{letter}{value} is not a whole number")
    return int(number)


def decimal(value: str) -> str:
    """Return a number with a decimal point: without it, these controls count in thousandths."""
    text = f"{float(value):.4f}".rstrip("0")
    return "0." if text in {"-0.", "0."} else text


def pocket_of(number: int, pockets: Mapping[int, int]) -> int:
    """Return a tool's pocket; raises ValueError for a tool without a pocket whose number is another tool's pocket."""
    if number not in pockets and number in pockets.values():
        raise ValueError(f"T{number} is used in no step of the plan, and its pocket has another tool")
    return pockets.get(number, number)


def dealt_out(text: str, pockets: Mapping[int, int]) -> list[str]:
    """Return comments that name the plan's tool in each pocket, for those tools of a program whose pocket and tool numbers differ."""
    used = dict.fromkeys(int(number) for number in re.findall(r"^\s*T(\d+) *M0?6", text, re.MULTILINE))
    return [
        f"(T{pockets[number]} IS TOOL {number} OF THE PLAN)" for number in used if pockets.get(number, number) != number
    ]
