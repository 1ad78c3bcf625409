"""The command that explains why orders are late: explain."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from nightmill.cli.output import JSON, print_table, print_waiting, show

if TYPE_CHECKING:
    from nightmill.scheduling import records


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(explain)


def explain(
    shop: Path = typer.Argument(..., help="Shop folder, or a problem JSON."),
    order: str | None = typer.Argument(None, help="Order; by default, every open order that is late."),
    plan: Path | None = typer.Option(None, help="For a problem: its plan, as written by schedule --json."),
    promised: Path | None = typer.Option(None, help="The problem at the time when the order was promised."),
    promised_plan: Path | None = typer.Option(None, "--promised-plan", help="The plan on which the promise was based."),
    as_json: bool = JSON,
) -> None:
    """Explain why an order is late, or all late orders, and what would change it."""
    from nightmill.plant.analysis import explain_late, explain_order

    files = {"plan": plan, "promised": promised, "promised_plan": promised_plan}
    _refuse_unread(shop, files)
    if order is None:
        found = explain_late(shop, **files)

        def all_late() -> None:
            _print_late(found["late"])
            print_waiting(found["not_planned"])

        show(found, as_json, all_late)
        return
    answer = explain_order(shop, order, **files)

    def table() -> None:
        if answer.waits_for:
            typer.echo(f"{order} waits: {answer.waits_for}")
        late = f"late by {answer.late_by_s / 3600:.1f} h" if answer.late_by_s > 0 else "not late"
        typer.echo(f"{order} is {late}")
        if answer.blame:
            print_table("why", ["cause", "hours"], [[b.cause, b.seconds / 3600] for b in answer.blame])
        rows = [
            [c.change, (answer.late_by_s - c.late_by_s) / 3600, c.late_by_s / 3600, c.verified]
            for c in answer.counterfactuals
        ]
        if rows:
            print_table("what would change it", ["change", "saves, h", "late by, h", "verified"], rows)

    show(answer, as_json, table)


def _refuse_unread(shop: Path, files: "dict[str, Path | None]") -> None:
    """Raise ``BadInput`` for options of ``explain`` that would be ignored."""
    from nightmill.vocabulary.errors import BadInput, Finding

    given = [f"--{name.replace('_', '-')}" for name, file in files.items() if file is not None]
    if given and shop.is_dir():
        remedy = "Leave it out: the log of a shop contains its plans and promises."
        raise BadInput(Finding(str(shop), given[0], "a shop folder", "a problem file", remedy))
    if files["promised"] is not None and files["promised_plan"] is None:
        remedy = "Also give the plan on which the promise was based."
        raise BadInput(Finding(str(files["promised"]), "--promised", "no --promised-plan", "both", remedy))


def _print_late(found: "Sequence[records.Explanation]") -> None:
    """Print one line per order: how late it is, its three main causes with hours, and the verified change that helps most."""
    rows = []
    for each in found:
        causes = (
            "; ".join(f"{b.cause} {b.seconds / 3600:.1f}" for b in each.blame[:3]) or each.waits_for or "not planned"
        )
        best = next((c for c in each.counterfactuals if c.verified), None)
        nothing = "nothing tried" if each.waits_for or not each.blame else "none of the changes tried"
        helps = f"{best.change}: late by {best.late_by_s / 3600:.1f}" if best else nothing
        rows.append([each.order, each.late_by_s / 3600, causes, helps])
    if rows:
        print_table("late orders", ["order", "late by, h", "why, h", "what would help most, h"], rows)
    else:
        typer.echo("no open order is late")
