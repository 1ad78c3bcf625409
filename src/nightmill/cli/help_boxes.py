"""The front page as text in boxes, from a table of what stands on it: without the framework that reads the command line.

Importing that takes longer than all else of ``nightmill --help``. The table, ``front.tsv``, is made from the commands themselves
by ``python -m nightmill.cli.command_reference``; a test holds that it is current.
"""

import os
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence

TABLE = os.path.join(os.path.dirname(__file__), "front.tsv")
Panels = Sequence[tuple[str, Sequence[tuple[str, str]]]]
"""Titles with their rows: a name and what it is for."""
_WIDEST, _NARROWEST, _USUAL = 120, 40, 80
"""Letters of a line at most and at least, whatever the terminal says, and where it says nothing."""
_FRONT: tuple[list[str], ...] = ([], ["--help"], ["-h"])


def told_at_once(words: list[str]) -> bool:
    """Whether ``words`` ask for the front page alone and its table is there; it is then written to standard output. OSError as that has it."""
    if words not in _FRONT or sys.stdout is None:  # None: closed before we began
        return False
    try:
        purpose, panels = read_table()
    except FileNotFoundError:
        return False
    text = page("nightmill", purpose, panels)
    sys.stdout.write(text if sys.stdout.isatty() else plain(text))
    sys.stdout.flush()
    return True


def page(path: str, purpose: str, panels: Panels) -> str:
    """The whole page, for the program ``path``; colours are for terminals that take them."""
    width = min(max(_columns(), _NARROWEST), _WIDEST)
    head = f"\n {path} [OPTIONS] COMMAND [ARGS]...\n\n"
    head += textwrap.fill(purpose, width, initial_indent=" ", subsequent_indent=" ") + "\n\n"
    longest = max(len(name) for _, rows in panels for name, _ in rows)
    boxes = ("\n".join(_boxed(title, rows, longest, width, _corners())) + "\n" for title, rows in panels)
    return head + "".join(boxes)


def plain(text: str) -> str:
    """``page`` without its colours."""
    for code in (*_DIM, *_BOLD):
        text = text.replace(code, "")
    return text


def as_table(purpose: str, panels: Panels) -> str:
    """What ``read_table`` reads."""
    rows = ("\t".join((title, name, told)) for title, rows in panels for name, told in rows)
    return "\n".join((purpose, *rows)) + "\n"


def read_table(lines: Iterable[str] | None = None) -> tuple[str, list[tuple[str, list[tuple[str, str]]]]]:
    """The purpose of the program, and the panels of its front page; from ``TABLE`` where no ``lines`` are given."""
    if lines is None:
        with open(TABLE, encoding="utf-8") as file:
            lines = file.read().splitlines()
    purpose, *rows = lines
    panels: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        title, name, told = row.split("\t")
        panels.setdefault(title, []).append((name, told))
    return purpose, list(panels.items())


def _columns() -> int:
    """How wide the terminal is: ``shutil`` tells the same, but its import takes as long as the page."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said) > 0:
        return int(said)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns if sys.__stdout__ is not None else _USUAL
    except (OSError, ValueError):
        return _USUAL


def _corners() -> tuple[str, ...]:
    """What boxes are drawn with: upper left, upper right, lower left, lower right, level, upright; plain where output can't show lines."""
    lines = tuple("╭╮╰╯─│")
    try:
        "".join(lines).encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return tuple("++++-|")
    return lines


def _boxed(
    title: str, rows: Sequence[tuple[str, str]], longest: int, width: int, drawn: tuple[str, ...]
) -> Iterator[str]:
    """The lines of a panel: names to the left, ``longest`` letters wide, and what each is for."""
    inner = width - 4
    upper_left, upper_right, lower_left, lower_right, level, upright = drawn
    yield _styled(f"{upper_left}{level} {title} {level * max(0, width - len(title) - 5)}{upper_right}", _DIM)
    for name, told in rows:
        lines = textwrap.wrap(told, max(inner - longest - 2, _NARROWEST // 4)) or [""]
        for k, line in enumerate(lines):
            left = _styled((name if k == 0 else "").ljust(longest), _BOLD)
            yield f"{_styled(upright, _DIM)} {left}  {line.ljust(inner - longest - 2)} {_styled(upright, _DIM)}"
    yield _styled(f"{lower_left}{level * (width - 2)}{lower_right}", _DIM)


_DIM = ("\x1b[2m", "\x1b[0m")
_BOLD = ("\x1b[36m\x1b[1m", "\x1b[0m")
"""ECMA-48, SGR: faint; cyan and bold; reset."""


def _styled(text: str, style: tuple[str, str]) -> str:
    return text if os.environ.get("NO_COLOR") else f"{style[0]}{text}{style[1]}"
