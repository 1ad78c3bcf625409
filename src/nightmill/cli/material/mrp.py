"""Commands that plan material: mrp, hand-over, buffers."""

from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from nightmill.cli.output import JSON, MOST_SEED, print_first, print_table, show


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(mrp)
    app.command("hand-over")(hand_over)
    app.command()(buffers)


def mrp(
    folder: Path = typer.Argument(..., help="Folder with items.csv, bom.csv, ..."),
    weeks: int = typer.Option(52, help="Horizon in weeks.", min=1, max=1_040),
    summary: bool = typer.Option(False, help="Print totals instead of orders and pegging."),
    repeat: int = typer.Option(
        1, help="For timing: repeat the planning this many times, and answer once.", min=1, max=1_000_000
    ),
    out: Path | None = typer.Option(None, help="Also write the tables to this file: .xlsx, .parquet or .csv."),
    first_day: datetime | None = typer.Option(
        None, "--first-day", formats=["%Y-%m-%d"], help="First day of week 0, if orders.csv has due dates."
    ),
    as_json: bool = JSON,
) -> None:
    """Plan material: list planned orders with pegging."""
    from nightmill.plant.analysis import mrp_folder, write_orders

    day = None if first_day is None else first_day.date()
    answer = mrp_folder(folder, weeks=weeks, summary=summary, repeat=repeat, first_day=day)
    if out is not None:
        write_orders(answer, out)
    show(answer, as_json, lambda: _print_plan(answer))


def _print_plan(answer: Any) -> None:
    """Print the orders to release in week 0 and the messages, as many as fit a screen; with --summary, the totals."""
    if hasattr(answer, "totals"):
        rows = [[t.item, t.quantity, t.orders] for t in answer.totals]
        print_first("planned orders of each item", ["item", "pieces", "orders"], rows)
    else:
        orders = [o for o in answer.planned_orders if not o.phantom]
        now = sorted((o for o in orders if o.release_week == 0), key=lambda o: (-o.past_due_weeks, o.due_week, o.item))
        rows = [[o.item, o.start_quantity, o.due_week, o.past_due_weeks or None] for o in now]
        print_first("to be released in week 0", ["item", "pieces to start", "due week", "weeks late"], rows)
        messages = [[e.kind.replace("_", " "), e.item, e.message] for e in answer.exceptions if e.kind != "past_due"]
        if messages:
            print_first("open orders and bills of material to check", ["", "item", "message"], messages)
        late = sum(o.past_due_weeks > 0 for o in orders)
        typer.echo(
            f"{len(orders):,} planned orders, of which {len(now):,} are to be released now and {late:,} are late"
        )
    typer.echo(f"{answer.weeks} weeks planned in {answer.plan_seconds:.3f} s; --json lists orders and pegging")


def hand_over(
    shop: Path = typer.Argument(..., help="Shop folder."),
    weeks: int = typer.Option(52, help="Horizon of the material plan in weeks.", min=1, max=1_040),
    within_weeks: int = typer.Option(4, help="Hand over orders to be released within this many weeks.", min=1, max=26),
    seed: int = typer.Option(0, help="Seed of the search.", min=0, max=MOST_SEED),
    as_json: bool = JSON,
) -> None:
    """Plan material, schedule the make orders on the shop's machines and people, and show the resulting dates."""
    from nightmill.plant.analysis import hand_over as answer_of

    answer = answer_of(shop, weeks=weeks, within_weeks=within_weeks, seed=seed)

    def table() -> None:
        rows = [
            [o["planned_order"], o["quantity"], o["due_week"], o["done_week"], o["late_by_s"] / 86400]
            for o in answer["orders"]
        ]
        print_table(
            "planned orders, scheduled with finite capacity",
            ["order", "pieces", "due week", "done week", "days late"],
            rows,
        )
        for message in answer["messages"]:
            typer.echo(f"{message['kind'].replace('_', ' ')}: {message['message']}")

    show(answer, as_json, table)


def buffers(chain: Path = typer.Argument(..., help="Supply chain, CHAIN.json."), as_json: bool = JSON) -> None:
    """Place safety stock in a supply chain (guaranteed-service model), with a proven optimality gap."""
    from nightmill.plant.analysis import buffers_file

    answer = buffers_file(chain)
    rows = [[s.name, s.inbound_time, s.service_time, s.safety_stock, s.base_stock] for s in answer.stages]

    def table() -> None:
        print_table(str(chain), ["stage", "inbound", "service", "safety stock", "base stock"], rows)
        typer.echo(f"cost {answer.cost:.2f}, lower bound {answer.lower_bound:.2f}, gap {answer.gap:.2%}")

    show(answer, as_json, table)
