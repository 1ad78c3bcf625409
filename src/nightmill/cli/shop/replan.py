"""Commands that change a plan or predict the effect of a change: replan, what-if."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from nightmill.cli.output import JSON, MOST_SEARCH_S, MOST_SEED, SHOWN, print_table, show


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(replan)
    app.command("what-if")(what_if)


def _readable(change: str) -> str:
    """Return a change, or several simultaneous changes, as readable text; ``change`` is JSON."""
    found = json.loads(change)
    together = found if isinstance(found, list) else [found]
    return "; ".join(", ".join(_readable_field(name, value) for name, value in each.items()) for each in together)


def _readable_field(name: str, value: object) -> str:
    inner = " ".join(f"{key} {what}" for key, what in value.items()) if isinstance(value, dict) else str(value)
    return f"{name} {inner}".replace("_", " ")


def replan(
    file: Path = typer.Argument(..., help="Problem JSON, or a shop folder."),
    event: Path = typer.Argument(..., help='JSON file: {"at_s": S, "event": {"type": "breakdown", ...}}.'),
    plan: Path | None = typer.Option(None, help="The current plan, as written by schedule --json."),
    time_limit: float = typer.Option(2.0, "--time-limit", help="Search time in seconds.", min=0.0, max=MOST_SEARCH_S),
    seed: int = typer.Option(0, help="Random seed.", min=0, max=MOST_SEED),
    as_json: bool = JSON,
) -> None:
    """Repair a plan after an event, and show the changes."""
    from nightmill.plant.analysis import replan as answer_of
    from nightmill.plant.workspace import whole_shop

    answer = answer_of(file, event, plan=plan, time_limit_s=time_limit, seed=seed)
    final = answer["final"]

    def table() -> None:
        shop = whole_shop(file) if file.is_dir() else None

        def at(seconds: float | None) -> Any:
            if shop is None or seconds is None:
                return seconds
            return f"{(shop.start + timedelta(seconds=seconds)).astimezone(ZoneInfo(shop.time_zone)):%m-%d %H:%M}"

        rows = [
            [c["operation"], c["machine_before"], c["machine"], at(c["start_before_s"]), at(c["start_s"])]
            for c in final["changes"][:SHOWN]
        ]
        unit = f" ({shop.time_zone})" if shop else ", s"
        columns = ["operation", "machine before", "machine", f"start before{unit}", f"start{unit}"]
        print_table("changes", columns, rows)
        if len(final["changes"]) > SHOWN:
            typer.echo(f"and {len(final['changes']) - SHOWN} more; --json lists them")
        typer.echo(
            f"first valid plan found in {answer['first_s']:.3f} s; {final['machine_changes']} of {final['open']} open "
            f"operations change machine; weighted tardiness {final['weighted_tardiness_before_s']:,.0f} s before the event, "
            f"{answer['first']['weighted_tardiness_s']:,.0f} s at first, {final['weighted_tardiness_s']:,.0f} s now"
        )

    show(answer, as_json, table)


def what_if(
    file: Path = typer.Argument(..., help="Problem JSON, or a shop folder."),
    changes: Path | None = typer.Option(None, help="JSON list of changes; by default, the usual changes are tried."),
    most: int = typer.Option(1000, help="Maximum number of usual changes to try.", min=1, max=1_000_000),
    time_limit: float = typer.Option(
        5.0, "--time-limit", help="Seconds to search for the plan without changes.", min=0.0, max=MOST_SEARCH_S
    ),
    seed: int = typer.Option(0, help="Random seed.", min=0, max=MOST_SEED),
    ray: str = typer.Option("", help="Address of the Ray cluster to run on, or local."),
    as_json: bool = JSON,
) -> None:
    """Try many changes to a shop and rank them by their gain."""
    from nightmill.plant.analysis import what_ifs

    answer = what_ifs(file, changes=changes, seconds=time_limit, seed=seed, most=most, ray=ray)

    def table() -> None:
        late_s = answer["weighted_tardiness_s"]
        typer.echo(
            f"without changes: {late_s / 3600:,.1f} weighted hours late"
            if late_s > 0
            else "without changes, nothing is late"
        )
        notable = [s for s in answer["ranking"] if abs(s["gain_s"]) >= 1.0]
        rows = [
            [
                _readable(s["name"]),
                f"{s['gain_s'] / 3600:,.1f}",
                f"{s['weighted_tardiness_s'] / 3600:,.1f}",
                "searched" if s["searched"] else "estimated",
            ]
            for s in notable[:SHOWN]
        ]
        if rows:
            print_table("changes with the largest gain", ["change", "saves, h", "still late, h", ""], rows)
        if late_s > 0 and answer["ranking"] and not any(s["gain_s"] >= 1.0 for s in notable):
            searched = sum(s["searched"] for s in answer["ranking"])
            typer.echo(
                f"no change found that reduces lateness (searched for a short time: {searched}, estimated: "
                f"{len(answer['ranking']) - searched}); a longer search may find more"
            )
        typer.echo(f"{answer['what_ifs']} changes tried in {answer['seconds']:.1f} s; hours are weighted by order")

    show(answer, as_json, table)
