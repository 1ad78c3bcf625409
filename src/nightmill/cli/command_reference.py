"""The reference page of the command line, in Markdown, generated from the commands.

``python -m nightmill.cli.command_reference docs/commands.md`` writes it and the table of the front page; tests check that both are current.
"""

import sys
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from nightmill.cli.app import app
from nightmill.cli.help_boxes import TABLE, as_table
from nightmill.cli.help_page import panels_of

HEAD = """# Every command and option

Generated from the code by `python -m nightmill.cli.command_reference docs/commands.md`. [The command line](cli.md) explains the answers.
"""


def command_reference() -> str:
    """Return every command with its arguments and options as Markdown, in the order of ``nightmill --help``."""
    root: Any = typer.main.get_command(app)
    return "\n".join([HEAD, *_sections(root, "nightmill")])


def front_table() -> str:
    """Return the table of ``nightmill --help``, in the form that ``help_boxes`` reads."""
    root: Any = typer.main.get_command(app)
    return as_table(root.help or "", panels_of(root, root.make_context("nightmill", [], resilient_parsing=True)))


def _sections(command: Any, path: str) -> list[str]:
    if isinstance(command, TyperGroup):
        return [line for name, child in command.commands.items() for line in _sections(child, f"{path} {name}")]
    assert isinstance(command, TyperCommand)
    arguments = [one for one in command.params if isinstance(one, TyperArgument)]
    options = [one for one in command.params if isinstance(one, TyperOption)]
    words = " ".join([path, *(_spelled(one) for one in arguments)])
    lines = [f"## `{words}`", "", (command.help or "").strip(), ""]
    rows = [*(_row(_spelled(one), one) for one in arguments), *(_row(", ".join(one.opts), one) for one in options)]
    if rows:
        lines += ["| argument or option | meaning | default |", "| --- | --- | --- |", *rows, ""]
    return lines


def _spelled(one: TyperArgument) -> str:
    name = (one.name or "").upper()
    name = f"{name}..." if one.nargs != 1 else name
    return name if one.required else f"[{name}]"


def _default(one: TyperArgument | TyperOption) -> str:
    if one.required:
        return "required"
    if one.default is None or callable(one.default) or one.default in ((), [], ""):
        return ""
    return {"False": "no", "True": "yes"}.get(str(one.default), f"`{one.default}`")


def _row(word: str, one: TyperArgument | TyperOption) -> str:
    cells = (f"`{word}`", (one.help or "").replace("\n", " "), _default(one))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(command_reference(), encoding="utf-8")
    Path(TABLE).write_text(front_table(), encoding="utf-8")
