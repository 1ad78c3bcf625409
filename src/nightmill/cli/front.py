"""The front page, ``nightmill --help``: the commands in panels, drawn without the library that draws those of single commands.

Importing that one takes longer than all else of the answer.
"""

import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import typer
from typer.core import TyperGroup

_WIDEST, _NARROWEST = 120, 40
"""Letters of a line at most and at least, whatever the terminal says."""
PANELS = {
    # what a newcomer needs first, then by what it is about
    "Begin here": "demo plan run serve",
    "Parts and programs": "features verify read site bring-home",
    "The shop, now and last night": "schedule promise explain replan what-if capacity twin preflight morning measures report check release dispose triage",
    "Quality, machines, parameters": "inspect spc trace lots maintenance health telemetry tune",
    "Material": "mrp hand-over forecast buffers risk drill buy",
    "People, agents, other programs": "user token mcp certificates import export audit archive restore bench",
}
"""Which commands stand in which panel, in this order."""


class FrontPage(TyperGroup):
    """The root command, whose help is text in boxes; colours are for terminals that take them."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write usage, purpose, options and every panel of commands."""
        width = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
        formatter.write(f"\n {ctx.command_path} [OPTIONS] COMMAND [ARGS]...\n\n")
        formatter.write(textwrap.fill(self.help or "", width, initial_indent=" ", subsequent_indent=" ") + "\n\n")
        options = [(", ".join(each.opts), getattr(each, "help", None) or "") for each in self.get_params(ctx)]
        panels: dict[str, list[tuple[str, str]]] = {"Options": options, **{panel: [] for panel in PANELS}}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                panel = getattr(command, "rich_help_panel", None) or "Commands"
                panels.setdefault(panel, []).append((name, _first_paragraph(command.short_help or command.help or "")))
        longest = max(len(name) for rows in panels.values() for name, _ in rows)
        for title, rows in panels.items():
            order = PANELS.get(title, "").split()
            rows.sort(key=lambda row: order.index(row[0]) if row[0] in order else len(order))
            formatter.write("\n".join(_boxed(title, rows, longest, width, _corners())) + "\n")


def _first_paragraph(text: str) -> str:
    return " ".join(text.strip().split("\n\n")[0].split())


def _corners() -> tuple[str, ...]:
    """What boxes are drawn with: upper left, upper right, lower left, lower right, level, upright; plain where output can't show lines."""
    lines = tuple("╭╮╰╯─│")
    try:
        "".join(lines).encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return tuple("++++-|")
    return lines


def _boxed(
    title: str, rows: Sequence[tuple[str, str]], longest: int, width: int, drawn: tuple[str, ...]
) -> Iterator[str]:
    """The lines of a panel: names to the left, ``longest`` letters wide, and what each is for."""
    inner = width - 4
    upper_left, upper_right, lower_left, lower_right, level, upright = drawn
    yield _dim(f"{upper_left}{level} {title} {level * max(0, width - len(title) - 5)}{upper_right}")
    for name, told in rows:
        lines = textwrap.wrap(told, max(inner - longest - 2, _NARROWEST // 4)) or [""]
        for k, line in enumerate(lines):
            left = _bold((name if k == 0 else "").ljust(longest))
            yield f"{_dim(upright)} {left}  {line.ljust(inner - longest - 2)} {_dim(upright)}"
    yield _dim(f"{lower_left}{level * (width - 2)}{lower_right}")


def _bold(text: str) -> str:
    return text if os.environ.get("NO_COLOR") else typer.style(text, fg="cyan", bold=True)


def _dim(text: str) -> str:
    return text if os.environ.get("NO_COLOR") else typer.style(text, dim=True)
