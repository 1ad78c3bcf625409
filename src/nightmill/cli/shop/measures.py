"""The command that shows the key figures of a run."""

from pathlib import Path
from typing import Any

import typer

from nightmill.cli.output import JSON, print_table, show


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(measures)


def measures(
    shop: Path = typer.Argument(..., help="Shop folder."),
    at_h: float | None = typer.Option(
        None, "--at-h", help="Evaluate only this many hours from the shop's start; by default, the whole run.", min=0.0
    ),
    as_json: bool = JSON,
) -> None:
    """Show the key figures of the latest run, each with its formula; --json also lists the log events behind each figure."""
    from nightmill.plant.analysis import measures_answer

    answer = measures_answer(shop, None if at_h is None else at_h * 3600.0)
    show(answer, as_json, lambda: _print(answer))


def _print(answer: dict[str, Any]) -> None:
    """Print one line per figure, then the components of the index, then the figures of each mill."""
    by_name = {each["figure"]: each["value"] for each in answer["figures"]}
    plain = [each for each in answer["figures"] if not isinstance(each["value"], dict | list | tuple)]
    rows = [[each["figure"], each["value"], each["formula"]] for each in plain]
    print_table(f"{answer['shop']}, {answer['until_s'] / 3600.0:.1f} h", ["figure", "value", "formula"], rows)
    typer.echo("--json lists the log events from which each figure is computed.")
    parts = [
        ["oee / 0.85, at most 1" if name == "oee" else name, value]
        for name, value in by_name["index_components"].items()
    ]
    print_table("index: geometric mean of", ["", ""], parts)
    shown = ("unit", "utilisation", "availability", "effectiveness", "quality_ratio", "oee", "mtbf_h", "mttr_h")
    print_table("mills", list(shown), [[mill[name] for name in shown] for mill in by_name["machines"]])
