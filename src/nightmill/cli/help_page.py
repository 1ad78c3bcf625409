"""The front page, ``nightmill --help``: the commands in panels. ``help_boxes`` draws the page and can show it without loading the
commands.
"""

from typing import Any

from typer.core import TyperGroup

from nightmill.cli.help_boxes import page

PANELS = {
    # first the commands for newcomers, then the others by subject
    "Start here": "demo plan run serve",
    "Parts and programs": "features verify planner read site bring-home",
    "The shop, now and last night": "schedule promise explain replan what-if capacity twin preflight morning measures report check release dispose triage",
    "Real equipment": "connect tasks done",
    "Quality, machines, parameters": "inspect spc trace lots maintenance health telemetry tune",
    "Material": "mrp hand-over forecast buffers risk drill buy",
    "People, agents, other programs": "user token mcp certificates import export audit archive restore bench",
}
"""The panels and the commands in each, in the order of the page."""


class FrontPage(TyperGroup):
    """The root command; its help is the front page in boxes."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write usage, purpose, options and every panel of commands."""
        formatter.write(page(ctx.command_path, self.help or "", panels_of(self, ctx)))


def panels_of(root: TyperGroup, ctx: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the rows of the front page: the options, then the commands of each panel in order."""
    options = [
        (", ".join(sorted(each.opts, key=len)), getattr(each, "help", None) or "") for each in root.get_params(ctx)
    ]
    panels: dict[str, list[tuple[str, str]]] = {"Options": options, **{panel: [] for panel in PANELS}}
    for name in root.list_commands(ctx):
        command = root.get_command(ctx, name)
        if command is not None and not command.hidden:
            panel = getattr(command, "rich_help_panel", None) or "Commands"
            panels.setdefault(panel, []).append((name, _first_paragraph(command.short_help or command.help or "")))
    for title, rows in panels.items():
        order = PANELS.get(title, "").split()
        rows.sort(key=lambda row: order.index(row[0]) if row[0] in order else len(order))
    return list(panels.items())


def _first_paragraph(text: str) -> str:
    return " ".join(text.strip().split("\n\n")[0].split())
