"""Commands for dates and load: promise, capacity."""

from pathlib import Path
from typing import Any

import typer

from nightmill.cli.output import JSON, MOST_SEARCH_S, MOST_SEED, SHOWN, Progress, print_table, show

FULL = 0.8


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(promise)
    app.command()(capacity)


def capacity(
    file: Path = typer.Argument(..., help="Problem JSON, or a shop folder."),
    weeks: int = typer.Option(8, help="Weeks to look ahead.", min=1, max=1_040),
    for_sale: Path | None = typer.Option(
        None, "--for-sale", help="JSON list of machines, pallets and overtime that can be purchased, with their costs."
    ),
    as_json: bool = JSON,
) -> None:
    """Show the load from open work week by week, and the cheapest additional capacity to buy."""
    from nightmill.plant.analysis import capacity_answer

    answer = capacity_answer(file, weeks=weeks, for_sale=for_sale)

    def table() -> None:
        rows = [
            [
                w["week"] + 1,
                w["resource"],
                w["load_h"],
                w["capacity_h"],
                f"{w['load_h'] / max(w['capacity_h'], 1e-9):.0%}",
            ]
            for w in answer["weeks"]
            if w["load_h"] > FULL * w["capacity_h"] and w["load_h"] > 0
        ]
        title, columns = f"more than {FULL:.0%} full", ["week", "resource", "load, h", "capacity, h", "full"]
        if rows:
            print_table(title, columns, rows)
        else:
            fullest = max(answer["weeks"], key=lambda w: w["load_h"] / max(w["capacity_h"], 1e-9), default=None)
            most = fullest and (
                f"; the highest load: {fullest['resource']} in week {fullest['week'] + 1}, "
                f"{fullest['load_h']:,.1f} of {fullest['capacity_h']:,.1f} h"
            )
            typer.echo(f"nothing is {title}{most or ''}")
        late = sum(answer["late_h"].values())
        typer.echo(f"{late:,.1f} h of work are late by a week or more" if late else "nothing is late by a week or more")
        if "purchase" in answer:
            rows = [
                [b["what"] + ("" if b["week"] is None else f" in week {b['week'] + 1}"), b["amount"], b["cost"]]
                for b in answer["purchase"]["bought"]
            ]
            if rows:
                print_table("buy", ["what", "amount", "cost"], rows)
            else:
                typer.echo("nothing for sale would reduce lateness of a week or more: buy nothing")
            typer.echo(
                f"total cost {answer['purchase']['cost']:,.0f}; weighted tardiness {answer['weighted_tardiness_before_s']:,.0f} s "
                f"without the purchase, {answer['weighted_tardiness_s']:,.0f} s with it"
            )

    show(answer, as_json, table)


def promise(
    file: Path = typer.Argument(..., help="Problem JSON, or a shop folder."),
    order: Path = typer.Argument(..., help="JSON file with the new order."),
    plan: Path | None = typer.Option(None, help="The current plan, as written by schedule --json."),
    time_limit: float = typer.Option(
        5.0, "--time-limit", help="Seconds to search for a plan, if --plan isn't given.", min=0.0, max=MOST_SEARCH_S
    ),
    seed: int = typer.Option(0, help="Random seed.", min=0, max=MOST_SEED),
    plan_only: bool = typer.Option(
        False, "--plan-only", help="Show only the dates from the plan, at once, without the twin's simulated futures."
    ),
    as_json: bool = JSON,
) -> None:
    """Show when a new order could be finished, and which orders it would delay if it came first; for a shop, also how likely the dates are."""
    from nightmill.plant.analysis import promise_answer

    progress = Progress()
    answer = promise_answer(
        file, order, plan=plan, time_limit_s=time_limit, seed=seed, chances=not plan_only,
        progress=lambda phase, share: progress("", phase, share),
    )  # fmt: skip
    progress.done()

    def table() -> None:
        late = f", late by {answer.late_by_s / 3600:.1f} h" if answer.late_by_s > 0 else ", on time"
        typer.echo(
            f"{answer.order}: after {answer.promise_s / 3600:.1f} h of shop time, with all other orders as planned{late}"
        )
        typer.echo(f"if first in line: after {answer.first_in_line_s / 3600:.1f} h")
        if file.is_dir() and answer.material_s is not None:
            typer.echo(
                f"its blanks and tool edges are available after {answer.material_s / 3600:.1f} h; until then, booked orders need the stock"
            )
        if file.is_dir() and answer.finishing_days:
            typer.echo(f"including {answer.finishing_days:g} days for finishing outside the shop")
        rows = [[d.order, d.later_by_s / 3600, d.late_by_s / 3600] for d in answer.delayed[:SHOWN]]
        if rows:
            print_table("orders that this would make late", ["order", "later by, h", "late by, h"], rows)
        if file.is_dir() and answer.chances is not None:
            _show_chances(answer.chances, answer.material_s)

    show(answer, as_json, table)


def _show_chances(chances: Any, material_s: float | None) -> None:
    """Print the dates that will be kept with a given probability, and the orders at risk."""
    if chances.why:
        typer.echo(f"the twin gives no probabilities: {chances.why}")
        return

    def hours(at_s: float | None) -> str:
        return f"beyond {chances.days:g} days" if at_s is None else f"{at_s / 3600:.1f}"

    rows = [
        [
            each.order,
            hours(each.p50),
            hours(each.p80),
            hours(each.p90),
            _share(each.late_share_before),
            _share(each.late_share),
        ]
        for each in chances.orders[:SHOWN]
    ]
    title = f"completion in {chances.replications} simulated futures with the new order booked"
    print_table(title, ["order", "50 %, h", "80 %, h", "90 %, h", "late without it", "late with it"], rows)
    if material_s is not None:
        typer.echo(
            "in the simulation, the order that is due first gets blanks and tool edges first, so dates may be earlier than planned"
        )


def _share(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"
