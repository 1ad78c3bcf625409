"""Draw the front page as boxed text from a table, without loading the command-line framework.

Importing the framework would take longer than the rest of ``nightmill --help``. The table, ``front.tsv``, is generated from the commands
by ``python -m nightmill.cli.command_reference``; a test checks that it is current.
"""

import os
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence

TABLE = os.path.join(os.path.dirname(__file__), "front.tsv")
Panels = Sequence[tuple[str, Sequence[tuple[str, str]]]]
"""Panel titles with their rows; a row is a name and its description."""
_WIDEST, _NARROWEST, _USUAL = 120, 40, 80
"""Line width in characters: maximum, minimum, and the default if the terminal's width is unknown."""
_FRONT: tuple[list[str], ...] = ([], ["--help"], ["-h"])


def told_at_once(words: list[str]) -> bool:
    """Print the front page if ``words`` request nothing else and its table exists; return whether it was printed. Raises OSError if output fails."""
    if words not in _FRONT or sys.stdout is None:  # None: standard output was closed before the start
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
    """Return the whole page of the program ``path``, with colour codes for terminals."""
    width = min(max(_columns(), _NARROWEST), _WIDEST)
    head = f"\n {path} [OPTIONS] COMMAND [ARGS]...\n\n"
    head += textwrap.fill(purpose, width, initial_indent=" ", subsequent_indent=" ") + "\n\n"
    longest = max(len(name) for _, rows in panels for name, _ in rows)
    boxes = ("\n".join(_boxed(title, rows, longest, width, _corners())) + "\n" for title, rows in panels)
    return head + "".join(boxes)


def plain(text: str) -> str:
    """Return the text of a ``page`` without its colour codes."""
    for code in (*_DIM, *_BOLD):
        text = text.replace(code, "")
    return text


def as_table(purpose: str, panels: Panels) -> str:
    """Return purpose and panels as the text that ``read_table`` reads."""
    rows = ("\t".join((title, name, told)) for title, rows in panels for name, told in rows)
    return "\n".join((purpose, *rows)) + "\n"


def read_table(lines: Iterable[str] | None = None) -> tuple[str, list[tuple[str, list[tuple[str, str]]]]]:
    """Return the program's purpose and the panels of its front page, read from ``lines`` or else from ``TABLE``."""
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
    """Return the terminal's width. ``shutil`` offers the same, but importing it takes as long as the page."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns if sys.__stdout__ is not None else _USUAL
    except (OSError, ValueError):
        return _USUAL


def _corners() -> tuple[str, ...]:
    """Return the box characters: four corners (upper left, upper right, lower left, lower right), horizontal, vertical; ASCII if the
    output has no line characters.
    """
    lines = tuple("╭╮╰╯─│")
    try:
        "".join(lines).encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return tuple("++++-|")
    return lines


def _boxed(
    title: str, rows: Sequence[tuple[str, str]], longest: int, width: int, drawn: tuple[str, ...]
) -> Iterator[str]:
    """Yield the lines of a panel: names on the left, ``longest`` characters wide, and their descriptions."""
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
