"""Commands on machine health: health fit, health predict."""

from pathlib import Path
from typing import Any

import typer

from nightmill.cli.output import JSON, Progress, print_table, show

HISTORY = "CSV, Parquet or MTConnect (.xml) file, a folder of them, or a shop folder with a run."

EVERY = typer.Option("", "--every", help="Length of a cycle, if the data has times: 10s, 10min, 1h; 1h by default.")

HEALTH_TABLES = (
    ("units", "remaining cycles", ("id", "rul", "low", "high")),
    ("windows", "expected cost of a stop by window", ("unit", "after", "cost", "failure_before", "cheapest")),
    ("alarms", "work orders", ("unit", "cycle", "signals", "reason")),
    ("wear", "wear, um", ("unit", "cycle", "value", "low", "high")),
    ("sensor_faults", "faulty sensors", ("unit", "sensor", "kind", "since", "until", "text")),
    ("unlike", "columns outside the learned range", ("unit", "column", "share", "low", "high")),
)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    health = typer.Typer(help="Learn and predict the health of machines from their histories.")
    health.command("fit")(health_fit)
    health.command("predict")(health_predict)
    app.add_typer(health, name="health")


def health_fit(
    data: Path = typer.Argument(..., help=HISTORY),
    out: Path = typer.Option(..., help="Model file to write."),
    horizon: float = typer.Option(
        125.0, help="Remaining lives longer than this many cycles are treated as equal.", min=1, max=1_000_000
    ),
    alarms_per_unit_month: float = typer.Option(
        1.0, help="Allowed number of false work orders per unit and month.", min=1e-6, max=1e6
    ),
    cycles_per_month: float | None = typer.Option(None, help="Cycles per month.", min=1e-6, max=1e9),
    every: str = EVERY,
    as_json: bool = JSON,
) -> None:
    """Learn a health model from machine histories: remaining life, alarms or wear, depending on the data."""
    from nightmill.plant.analysis import fit_health

    progress = Progress()
    answer = fit_health(
        data, out, horizon=horizon, alarms_per_unit_month=alarms_per_unit_month, cycles_per_month=cycles_per_month,
        every=every, progress=progress,
    )  # fmt: skip
    progress.done()

    def table() -> None:
        print_table("model", ["", ""], [[name, str(value)] for name, value in answer.items() if name != "left_out"])
        if answer.get("left_out"):
            typer.echo(
                f"not read: {', '.join(answer['left_out'])}; columns of signals must be called sensor_NAME, conditions setting_NAME"
            )

    show(answer, as_json, table)


def health_predict(
    model: Path = typer.Argument(..., help="Model file."),
    data: Path = typer.Argument(..., help=HISTORY),
    every: str = typer.Option(
        "", "--every", help="Length of a cycle, if the data has times; by default as in the model."
    ),
    windows: str = typer.Option(
        "", "--windows", help="Cycles from now at which units could be stopped, for example 10,20,40."
    ),
    failure_cost: float = typer.Option(10.0, "--failure-cost", help="For --windows: cost of a failure."),
    planned_cost: float = typer.Option(1.0, "--planned-cost", help="For --windows: cost of a planned stop."),
    as_json: bool = JSON,
) -> None:
    """Predict remaining life, alarms or wear for the units in DATA; report faulty sensors and data outside the learned range."""
    from nightmill.plant.analysis import predict_health

    answer = predict_health(
        model, data, every=every, windows=windows, failure_cost=failure_cost, planned_cost=planned_cost
    )

    def tables() -> None:
        for name, title, columns in HEALTH_TABLES:
            rows = [[_cell(each[column]) for column in columns] for each in answer.get(name, [])]
            if rows:
                print_table(f"{data}: {title}", list(columns), rows)
        if answer.get("note"):
            typer.echo(answer["note"])
        if not any(answer.values()):
            typer.echo("nothing to report: no alarm, no faulty sensor")

    show(answer, as_json, tables)


def _cell(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list | tuple) else value
