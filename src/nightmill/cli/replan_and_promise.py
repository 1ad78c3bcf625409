"""Commands that change a plan or ask what a change would do: replan, what-if, capacity, promise."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from nightmill.cli.output import JSON, MOST_SEARCH_S, MOST_SEED, Progress, print_table, show

SHOWN = 20
FULL = 0.8


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(replan)
    app.command("what-if")(what_if)
    app.command()(capacity)
    app.command()(promise)


def _readable(change: str) -> str:
    """Return a change, or several made together, as readable text; ``change`` is its JSON."""
    found = json.loads(change)
    together = found if isinstance(found, list) else [found]
    return "; ".join(", ".join(_readable_field(name, value) for name, value in each.items()) for each in together)


def _readable_field(name: str, value: object) -> str:
    inner = " ".join(f"{key} {what}" for key, what in value.items()) if isinstance(value, dict) else str(value)
    return f"{name} {inner}".replace("_", " ")


def replan(
    file: Path = typer.Argument(..., help="Problem JSON, or a shop folder."),
    event: Path = typer.Argument(..., help='JSON: {"at_s": S, "event": {"type": "breakdown", ...}}.'),
    plan: Path | None = typer.Option(None, help="The plan in force, as schedule --json wrote it."),
    time_limit: float = typer.Option(2.0, "--time-limit", help="Seconds of search.", min=0.0, max=MOST_SEARCH_S),
    seed: int = typer.Option(0, help="Seed.", min=0, max=MOST_SEED),
    as_json: bool = JSON,
) -> None:
    """Repair a plan after an event and show what changes."""
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
        print_table("what changes", columns, rows)
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
    changes: Path | None = typer.Option(None, help="JSON list of changes; by default the usual ones."),
    most: int = typer.Option(1000, help="Usual changes to try.", min=1, max=1_000_000),
    time_limit: float = typer.Option(
        5.0, "--time-limit", help="Seconds of search for the plan without changes.", min=0.0, max=MOST_SEARCH_S
    ),
    seed: int = typer.Option(0, help="Seed.", min=0, max=MOST_SEED),
    ray: str = typer.Option("", help="Run on the Ray cluster at this address, or local."),
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
            print_table("changes with the largest gain", ["change", "saves, h", "then late, h", ""], rows)
        if late_s > 0 and answer["ranking"] and not any(s["gain_s"] >= 1.0 for s in notable):
            searched = sum(s["searched"] for s in answer["ranking"])
            typer.echo(
                f"no change found that reduces lateness (searched for a short time: {searched}, estimated: "
                f"{len(answer['ranking']) - searched}); a longer search may find more"
            )
        typer.echo(f"{answer['what_ifs']} changes tried in {answer['seconds']:.1f} s; hours are weighted by the orders")

    show(answer, as_json, table)


def capacity(
    file: Path = typer.Argument(..., help="Problem JSON, or a shop folder."),
    weeks: int = typer.Option(8, help="Weeks to look ahead.", min=1, max=1_040),
    for_sale: Path | None = typer.Option(
        None, "--for-sale", help="JSON list of machines, pallets and overtime that can be bought, with costs."
    ),
    as_json: bool = JSON,
) -> None:
    """Show the load of the open work week by week, and the cheapest additional capacity to buy."""
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
                typer.echo("nothing for sale removes lateness of a week or more: buy nothing")
            typer.echo(
                f"total cost {answer['purchase']['cost']:,.0f}; weighted tardiness {answer['weighted_tardiness_before_s']:,.0f} s "
                f"without, {answer['weighted_tardiness_s']:,.0f} s with it"
            )

    show(answer, as_json, table)


def promise(
    file: Path = typer.Argument(..., help="Problem JSON, or a shop folder."),
    order: Path = typer.Argument(..., help="JSON of the new order."),
    plan: Path | None = typer.Option(None, help="The plan in force, as schedule --json wrote it."),
    time_limit: float = typer.Option(
        5.0, "--time-limit", help="Seconds of search for the plan, if none is given.", min=0.0, max=MOST_SEARCH_S
    ),
    seed: int = typer.Option(0, help="Seed.", min=0, max=MOST_SEED),
    plan_only: bool = typer.Option(
        False, "--plan-only", help="Only the plan's dates, at once, without the twin's simulated futures."
    ),
    as_json: bool = JSON,
) -> None:
    """Show when a new order could be done and which orders it would delay if it came first; for a shop folder, also how likely the dates are."""
    from nightmill.plant.analysis import promise_answer

    progress = Progress()
    answer = promise_answer(
        file, order, plan=plan, time_limit_s=time_limit, seed=seed, chances=not plan_only,
        progress=lambda phase, share: progress("", phase, share),
    )  # fmt: skip
    progress.done()

    def table() -> None:
        late = f", late by {answer.late_by_s / 3600:.1f} h" if answer.late_by_s > 0 else ", in time"
        typer.echo(
            f"{answer.order}: after {answer.promise_s / 3600:.1f} h of shop time, with all other orders as planned{late}"
        )
        typer.echo(f"if first in line: after {answer.first_in_line_s / 3600:.1f} h")
        if file.is_dir() and answer.material_s is not None:
            typer.echo(
                f"its blanks and tool edges are available after {answer.material_s / 3600:.1f} h; until then booked orders use the stock"
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
    """Print the dates that hold with a given probability, and the orders at risk."""
    if chances.why:
        typer.echo(f"no chances from the twin: {chances.why}")
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
            "in the simulation the order due first takes blanks and tool edges first, so dates may be earlier than planned"
        )


def _share(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"
