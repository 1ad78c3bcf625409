"""The command that forecasts demand."""

from pathlib import Path
from typing import Any

import typer

from nightmill.cli.output import JSON, print_table, show


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(forecast)


def forecast(
    history: Path = typer.Argument(..., help="CSV: item, period, qty."),
    horizon: int = typer.Option(..., help="Number of periods to forecast.", min=1, max=10_000),
    season: int = typer.Option(
        0, help="Length of the season in periods; 1: none; 0: chosen to reduce past errors.", min=0, max=10_000
    ),
    promotions: Path | None = typer.Option(None, help="CSV of past and future promotions: item, period."),
    booked: Path | None = typer.Option(
        None, help="CSV of quantities already ordered for future periods: item, period, qty."
    ),
    parts: Path | None = typer.Option(
        None, help="CSV of new parts and groups: item, since (period), group, like (an item)."
    ),
    statsforecast: bool = typer.Option(
        False,
        help="Use statsforecast's AutoETS and AutoTheta (trends) for smooth items that they forecast better.",
    ),
    score: bool = typer.Option(
        False, help="Compare past forecasts with actual demand and with the Normal rule: losses, coverage, stock held."
    ),
    serve: float = typer.Option(
        0.0,
        help="Fraction of demand to serve from stock: find the order-up-to level of each item at the least stock value (price_usd in --parts).",
        min=0.0,
        max=0.999,
    ),
    demand: Path | None = typer.Option(
        None,
        help="Write the mean demand beyond the booked orders to this file, as a demand.csv for mrp that starts at week 0.",
    ),
    ray: str = typer.Option("", help="Address of the Ray cluster to run on, or local."),
    as_json: bool = JSON,
) -> None:
    """Forecast demand as quantiles."""
    from nightmill.plant.analysis import ForecastOptions, forecast_file

    beside = {"promotions.csv": promotions, "booked.csv": booked, "parts.csv": parts}
    options = ForecastOptions(season, beside, statsforecast, score, serve)
    answer = forecast_file(history, horizon, options, demand=demand, ray=ray)

    def table() -> None:
        named = [(i.item, i.total) for i in answer.items] + [(f"all of {g.group}", g.total) for g in answer.groups]
        rows = [[name, t.q50, t.q75, t.q90, t.q95, t.q99] for name, t in named]
        print_table(f"sum of the next {horizon} periods", ["item", "q50", "q75", "q90", "q95", "q99"], rows)
        if score:
            _print_score(answer.score)
        if serve:
            _print_served(answer)

    show(answer, as_json, table)


def _print_served(answer: Any) -> None:
    """Print the order-up-to level of each item, and the stock that it would have held in the past."""
    if answer.served is None:
        typer.echo("The history is too short, or no stock level would have served that fraction of it.")
        return
    x = answer.served
    print_table(f"to serve {x.fill:.1%}", ["item", "order up to"], [[i.item, i.order_up_to] for i in answer.items])
    less = "" if x.saving is None else f", {x.saving:.1%} less than the Normal rule"
    typer.echo(f"in the past this would have held {x.stock:,.0f} {x.unit} on average{less}")


def _print_score(score: Any) -> None:
    """Print past forecasts next to the Normal rule: losses and coverage by quantile, and stock at equal service."""
    if score is None:
        typer.echo("The history is too short to compare past forecasts with actual demand.")
        return
    columns = ["quantile", "loss", "covered", "Normal: loss", "covered"]
    rows: list[list[Any]] = [
        [f"q{100 * x.level:.0f}", f"{x.pinball:.3f}", f"{x.covered:.1%}", f"{x.normal_pinball:.3f}", f"{x.normal_covered:.1%}"]
        for x in score.levels
    ]  # fmt: skip
    print_table(f"{score.sums} past sums compared with actual demand", columns, rows)
    rows = [
        [f"{x.fill:.0%}", *("-" if v is None else f"{v:,.0f} {x.unit}" for v in (x.stock, x.normal_stock)), "-" if x.saving is None else f"{x.saving:.1%}"]
        for x in score.stock
    ]  # fmt: skip
    if rows:
        print_table("stock on hand at equal service", ["from stock", "ours", "Normal rule", "less"], rows)
