"""The command that shows sampled machine signals as tables, as a chart or as JSON."""

from pathlib import Path
from typing import Any

import typer

from nightmill.cli.output import JSON, print_table, show

WIDTH = 64
BARS = "▁▂▃▄▅▆▇█"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(telemetry)


def telemetry(
    shop: Path = typer.Argument(..., help="Shop folder; a run may be live."),
    source: list[str] = typer.Option([], "--source", help="Machine; may be repeated."),
    signal: list[str] = typer.Option([], "--signal", help="Signal; may be repeated."),
    since: str = typer.Option("", help="Start of the period: 2026-11-02T06:00, or hours of shop time such as 12.5h."),
    until: str = typer.Option("", help="End of the period, in the same form."),
    every: str = typer.Option("", help="Show mean, minimum and maximum over intervals such as 10s, 10min, 1h or 1d."),
    chart: Path | None = typer.Option(None, "--chart", help="Also draw the signals in this SVG file."),
    as_json: bool = JSON,
) -> None:
    """Show the machines' signals over time; without --source and --signal, list the signals."""
    from nightmill.plant.analysis import draw_telemetry, telemetry_of

    answer = telemetry_of(shop, sources=source, signals=signal, since=since, until=until, every=every)
    if chart is not None:
        draw_telemetry(answer["points"], chart)

    def table() -> None:
        if not source and not signal:
            columns = ["source", "signal", "samples", "first", "last", "mean", "low", "high"]
            print_table("signals", columns, [[each[name] for name in columns] for each in answer["channels"]])
            return
        columns = ["at", "samples", "mean", "low", "high"]
        for (of, name), points in _by_channel(answer["points"]).items():
            print_table(f"{of} {name}", columns, [[point[column] for column in columns] for point in points])
            typer.echo(_sparks([point["mean"] for point in points]))
        if not answer["whole"]:
            typer.echo("not all samples are shown: choose a shorter period, or intervals with --every")

    show(answer, as_json, table)


def _by_channel(points: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for point in points:
        found.setdefault((point["source"], point["signal"]), []).append(point)
    return found


def _sparks(values: list[float]) -> str:
    """Return a signal as a one-line bar chart, scaled between the signal's minimum and maximum."""
    width = min(WIDTH, len(values))
    cells = [values[n * len(values) // width : (n + 1) * len(values) // width] for n in range(width)]
    means = [sum(cell) / len(cell) for cell in cells]
    low, high = min(means), max(means)
    steps = [round((mean - low) / (high - low) * (len(BARS) - 1)) if high > low else 0 for mean in means]
    return "".join(BARS[step] for step in steps)
