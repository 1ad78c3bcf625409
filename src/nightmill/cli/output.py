"""Print answers as one JSON document or as tables on stdout, and progress and errors on stderr."""

import errno
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
import typer

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding, NightmillError

JSON = typer.Option(False, "--json", help="Print one JSON document.")
MOST_SEED = 2**31 - 1
"""The largest seed; seeds of random streams are whole numbers from 0."""
MOST_SEARCH_S = 604_800.0
"""The longest search time: one week."""
MOST_WAIT_S = 31_622_400.0
"""The longest waiting time: one year."""


def show(answer: Any, as_json: bool, table: Callable[[], None]) -> None:
    """Print ``answer`` as JSON, or call ``table`` to print it for people."""
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.flush()
    else:
        table()


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table on stdout with numbers right-aligned. Numbers and ranges are never wrapped, except on a terminal that is too narrow."""
    from rich.console import Console
    from rich.table import Table

    grid = Table(header_style="bold", box=None, pad_edge=False, show_header=any(columns))
    listed = [[_text(cell) for cell in row] for row in rows]
    console = Console(markup=False, highlight=False)  # brackets in names and reasons are text
    least = [_least(column, [row[place] for row in listed]) for place, column in enumerate(columns)]
    needed = sum(max(width, SHORTEST) for width in least) + 2 * len(columns)
    if needed > console.width and not console.is_terminal:
        console.width = needed
    for place, column in enumerate(columns):
        numeric = bool(listed) and all(_is_number(row[place]) for row in listed)
        fits = needed <= console.width and least[place]
        grid.add_column(
            column, justify="right" if numeric else "left", overflow="fold", min_width=least[place] if fits else None
        )
    for row in listed:
        grid.add_row(*row)
    console.print(title, style="italic", soft_wrap=True)
    console.print(grid)


SHORTEST = 10
"""Minimum width of a text column, in characters."""


def _least(column: str, cells: Sequence[str]) -> int:
    """Return the width at which every number or range in a column stays on one line; 0 for a text column."""
    if not cells or not all(_is_number(part) for cell in cells for part in cell.split(" .. ")):
        return 0
    return max(*(len(cell) for cell in cells), *(len(word) for word in column.split()), 1)


def print_waiting(waiting: Iterable[dict[str, str]]) -> None:
    """Print the orders that can't be made, and why."""
    rows = [[each["order"], each["reason"]] for each in waiting]
    if rows:
        print_table("orders that wait for a person; all other orders continue", ["order", "reason"], rows)


def _text(cell: Any) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.3g}" if abs(cell) < 1 else f"{cell:.2f}"
    return str(cell)


def _is_number(text: str) -> bool:
    return (
        text.replace(",", "").replace(".", "").replace("-", "").replace("–", "").replace("e", "").isdigit()
        or text == "–"
    )


class Progress:
    """Progress on stderr: one line that is updated on a terminal, otherwise one line per phase."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._last: dict[str, str] = {}
        self._live = sys.stderr.isatty()

    def __call__(self, subject: str, phase: str, share: float) -> None:
        """Show that ``subject`` is in ``phase``; ``share`` (0 to 1) of the whole is done."""
        if self._quiet:
            return
        line = f"{subject}: {phase}" if subject else phase
        if self._live:
            sys.stderr.write(f"\r\033[K{line} {share:4.0%}")
            if share >= 1:
                sys.stderr.write("\n")
        elif self._last.get(subject) != phase:
            sys.stderr.write(line + "\n")
        self._last[subject] = phase
        sys.stderr.flush()

    def done(self) -> None:
        """End a live line."""
        if self._live and self._last:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def misused(error: typer.TyperException) -> BadInput:
    """Convert the error from a command line that can't be parsed into one with a finding."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "nightmill"
    remedy = f"See {command} --help."
    return BadInput(
        Finding(command, "", error.format_message().rstrip("."), "arguments and options as listed by --help", remedy)
    )


def surroundings(error: OSError) -> NightmillError:
    """Convert an error from the operating system (disk full, no permission) into one with a finding.

    An impossible path (too long, through a file, or a folder in place of a file) is bad input; everything else is ``EnvironmentFailed``.
    """
    what = error.strerror or str(error)
    if error.errno in {errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EISDIR}:
        return BadInput(Finding(str(error.filename or "path"), "", what, "the path of a file", "Correct the path."))
    remedy = "Free disk space or correct the permissions, then try again; continue an unfinished run with --resume."
    return EnvironmentFailed(
        Finding(str(error.filename or "files"), "", what, "files that can be read and written", remedy)
    )


def fail(error: NightmillError, *, as_json: bool) -> int:
    """Print an error on stderr and, with ``--json``, as a document on stdout; return the exit code."""
    for finding in error.findings:
        sys.stderr.write(f"error: {finding.sentence()}\n")
    if as_json:
        document = {"error": {"findings": error.findings}}
        sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")
        sys.stdout.flush()
    return error.exit_code


SHOWN = 20
"""Number of table rows shown; --json has all rows."""


def print_first(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    most: int = SHOWN,
    rest: str = "--json lists them",
) -> None:
    """Print the first rows of a table, and where to find the ``rest``."""
    print_table(title, columns, rows[:most])
    if len(rows) > most:
        typer.echo(f"and {len(rows) - most:,} more; {rest}")
