"""Commands on suppliers: risk, drill, buy."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from nightmill.cli.output import JSON, SHOWN, print_first, print_table, show


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(risk)
    app.command()(drill)
    app.command()(buy)


def risk(
    folder: Path = typer.Argument(..., help="Folder as for mrp, plus suppliers.csv."), as_json: bool = JSON
) -> None:
    """Assess suppliers: single sources, time to survive, time to recover."""
    from nightmill.plant.analysis import risk_folder

    answer = risk_folder(folder)
    show(answer, as_json, lambda: _print_risk(folder, answer))


def _print_risk(folder: Path, answer: Any) -> None:
    """Print the suppliers, starting with those whose outage would outlast the stock, then the open deliveries."""

    def gap(one: Any) -> float:
        return 0.0 if one.survive_weeks is None else one.recover_weeks - one.survive_weeks

    ranked = sorted(answer.suppliers, key=lambda s: (-gap(s), s.supplier))
    rows = [
        [s.supplier, _some(s.single_source_items), _some(s.exposed_end_items), s.survive_weeks, s.recover_weeks,
         f"{gap(s):g} weeks" if gap(s) > 0 else None]
        for s in ranked
    ]  # fmt: skip
    columns = ["supplier", "single source of", "exposed end items", "stock lasts, weeks", "recovers in", "gap"]
    print_first(f"suppliers of {folder.resolve().name}, the most critical first", columns, rows)
    if answer.open_deliveries:
        rows = [[d.line, d.q50, d.q80, d.q90, d.q95] for d in answer.open_deliveries]
        print_first("days from order to delivery", ["open line", "q50", "q80", "q90", "q95"], rows)


def _some(names: Sequence[str], most: int = 3) -> str | None:
    """Return how many names there are, and the first ``most`` of them."""
    if not names:
        return None
    return f"{len(names)}: {', '.join(names[:most])}" + (" .." if len(names) > most else "")


def drill(
    folder: Path = typer.Argument(..., help="Folder as for risk."),
    supplier: str = typer.Option(..., help="The supplier that fails."),
    weeks_out: int = typer.Option(8, "--weeks-out", help="Weeks without deliveries.", min=1, max=1_040),
    weeks: int = typer.Option(52, help="Horizon in weeks.", min=1, max=1_040),
    repeat: int = typer.Option(
        1, help="For timing: repeat the drill this many times, and answer once.", min=1, max=1_000_000
    ),
    as_json: bool = JSON,
) -> None:
    """Simulate a supplier outage: show the demand that depends on this supplier, and the changed plan."""
    from nightmill.plant.analysis import drill_folder

    answer = drill_folder(folder, supplier=supplier, weeks_out=weeks_out, weeks=weeks, repeat=repeat)

    def table() -> None:
        rows = [[a["week"], a["item"], a["demand"], a["quantity"]] for a in answer["affected"][:SHOWN]]
        print_table(
            f"{supplier} out for {weeks_out} weeks: demand that depends on it",
            ["week", "item", "demand", "pieces"],
            rows,
        )
        if len(answer["affected"]) > SHOWN:
            typer.echo(f"and {len(answer['affected']) - SHOWN} more; --json lists them")
        typer.echo(
            f"first supplier of {answer['items']} items, only supplier of {answer['single_source']}; "
            f"{len(answer['short_items'])} of them run short, {len(answer['affected_end_items'])} items with demand are affected; "
            f"planned orders: {answer['orders_added']} added, {answer['orders_dropped']} dropped, {answer['past_due']} past due"
        )

    show(answer, as_json, table)


def buy(
    folder: Path = typer.Argument(..., help="Folder as for mrp, plus quotes.csv."),
    first_day: str = typer.Option(
        "", "--first-day", help="First day of week 0, YYYY-MM-DD; by default the shop's start date."
    ),
    within_weeks: int = typer.Option(
        1, "--within-weeks", help="Propose orders to be released within this many weeks.", min=1, max=1_040
    ),
    approve: list[str] = typer.Option([], "--approve", help="Id of a purchase to approve."),
    done: list[str] = typer.Option([], "--done", help="Id of a purchase that has arrived or has been cancelled."),
    by: str = typer.Option("", help="Who approves the purchase, or reports its arrival or cancellation."),
    policy: Path | None = typer.Option(
        None, help="TOML file with order_usd, total_usd and suppliers; purchases within these limits are approved."
    ),
    erp: str = typer.Option("", help="Send approved purchases to this system: erpnext or odoo."),
    url: str = typer.Option("", help="Address of the ERP system."),
    database: str = typer.Option("", help="Odoo database."),
    as_json: bool = JSON,
) -> None:
    """Propose purchases from the material plan, approve them, and send each one once."""
    from nightmill.plant.interop import PurchaseDecisions, buy_folder, erp_system

    system = erp_system(erp, url, database) if erp else None
    answer = buy_folder(
        folder,
        PurchaseDecisions(tuple(approve), tuple(done), by),
        first_day=first_day,
        within_weeks=within_weeks,
        policy=policy,
        erp=system,
    )
    keys = ("id", "supplier", "quantity", "needed_by", "total_usd", "state", "by", "erp_name")
    rows = [[purchase[key] for key in keys] for purchase in answer["purchases"]]

    def table() -> None:
        print_table(f"purchases, week 0 from {answer['first_day']}", [key.replace("_", " ") for key in keys], rows)
        for purchase in answer["purchases"]:
            if purchase["state"] == "proposed":
                typer.echo(
                    f"{purchase['id']}: {purchase['reason']}" + (f" ({purchase['why']})" if purchase["why"] else "")
                )
        for missing in answer["without_quote"]:
            typer.echo(
                f"not proposed: {missing['quantity']} of {missing['item']}, needed by {missing['needed_by']}: {missing['why']}"
            )
        for ident in answer["overdue"]:
            typer.echo(
                f"{ident} is overdue; the plan assumes it arrives now. If it has arrived or won't come, use --done {ident}"
            )

    show(answer, as_json, table)
