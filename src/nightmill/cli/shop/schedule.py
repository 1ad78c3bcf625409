"""The command that schedules a file or a shop."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from nightmill.cli.output import JSON, MOST_SEARCH_S, MOST_SEED, print_first, print_table, print_waiting, show

MOST_SHOWN = 200
"""Number of plan rows shown; --json and --out have all rows."""
IN_FULL = "see all with --json or --out plan.csv"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(schedule)


def schedule(
    file: Path = typer.Argument(..., help=".fjs, JSPLib text or JSON, CSV, a problem JSON, or a shop folder."),
    time_limit: float | None = typer.Option(
        None,
        "--time-limit",
        help="Search time in seconds; by default 10, or for a shop folder as long as its control loop would search.",
        min=0.0,
        max=MOST_SEARCH_S,
    ),
    seed: int = typer.Option(0, help="Random seed.", min=0, max=MOST_SEED),
    out: Path | None = typer.Option(
        None, help="Also write the plan to this file: .csv, .ics (calendar) or .svg (Gantt chart)."
    ),
    objective: str = typer.Option(
        "",
        help="For a shop: goals separated by commas, the most important first: tardiness, makespan, flow, unattended, energy; or weights, as tardiness=1,energy=50.",
    ),
    start: str = typer.Option(
        "",
        help="For the dates in --out: date and time of second 0 in the file, such as 2026-11-02T06:00+01:00 (without an offset: UTC).",
    ),
    as_json: bool = JSON,
) -> None:
    """Schedule a problem instance or a shop."""
    from nightmill.plant.analysis import schedule_file
    from nightmill.plant.interop import check_out, write_plan
    from nightmill.plant.workspace import whole_shop

    if start and out is None:
        raise typer.BadParameter("--start belongs to --out")
    if out is not None:
        check_out(out, start=start, dated=file.is_dir())
    answer = schedule_file(file, time_limit_s=time_limit, seed=seed, objective=objective)
    zone = whole_shop(file).time_zone if file.is_dir() else "UTC"
    if out is not None:
        write_plan(answer, out, start=start, zone=zone)

    def table() -> None:
        rows = [
            [o["job"], o["operation"], o["machine"], _minute(o["start"], zone), _minute(o["end"], zone)]
            for o in answer["operations"]
        ]
        if rows:
            title = f"{file}, times of {zone}" if file.is_dir() else str(file)
            print_first(title, ["job", "operation", "machine", "start", "end"], rows, MOST_SHOWN, IN_FULL)
            _print_promises(answer.get("orders", ()), zone)
            typer.echo(_outcome(answer, zone))
        elif "conflict" not in answer:
            typer.echo("no open work")
        for stop in answer.get("maintenance", ()):
            typer.echo(
                f"{stop['id']}: {stop['machine']} is stopped for maintenance from {stop['start_s']} to {stop['end_s']}"
            )
        print_waiting(answer.get("not_planned", ()))
        if answer.get("missed"):
            typer.echo(f"deadlines missed: {', '.join(answer['missed'])}")
        if "conflict" in answer:
            smallest = "the smallest set of" if answer["conflict"]["smallest"] else "a set of"
            demands = [[d["kind"], d["subject"], d["detail"]] for d in answer["conflict"]["demands"]]
            print_table(
                f"infeasible: {smallest} demands that no schedule can meet together", ["", "of", "demand"], demands
            )

    show(answer, as_json, table)
    raise typer.Exit(0 if answer.get("feasible", True) else 1)


def _outcome(answer: dict[str, Any], zone: str) -> str:
    """Return a one-line summary of a plan."""
    if "weighted_tardiness_s" not in answer:
        optimal = ": optimal" if answer["makespan"] == answer["lower_bound"] else ""
        return f"makespan {answer['makespan']:,}, lower bound {answer['lower_bound']:,}{optimal}"
    late, least, last = answer["weighted_tardiness_s"], answer["lower_bound"], answer["makespan"]
    ends = f"all done {_minute(last, zone)}" if isinstance(last, str) else f"all done at {last:,.0f} s"
    return f"{ends}; weighted tardiness {late:,.0f} s, lower bound {least:,.0f} s"


def _minute(moment: Any, zone: str) -> Any:
    """Return a shop's time to the minute, in the given time ``zone``; return a number from an instance unchanged."""
    return (
        f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
        if isinstance(moment, str)
        else moment
    )


def _done(moment: Any, zone: str) -> Any:
    """Return when an order will be finished: in the shop's local time, or in hours from second 0 of a file."""
    return _minute(moment, zone) if isinstance(moment, str) else f"{moment / 3600:.1f}"


def _print_promises(orders: Sequence[dict[str, Any]], zone: str) -> None:
    """Print when each order will be finished according to the plan, the most delayed first."""
    rows = [
        [each["order"], _done(each["promise"], zone), f"{each['late_by_s'] / 3600:.1f}" if each["late_by_s"] > 0 else "", each["reason"] if each["late_by_s"] > 0 else ""]
        for each in sorted(orders, key=lambda each: (-each["late_by_s"], each["promise"]))
    ]  # fmt: skip
    if rows:
        dated = isinstance(orders[0]["promise"], str)
        late = sum(1 for row in rows if row[2])
        print_first(
            f"{len(rows)} order{'' if len(rows) == 1 else 's'}, {late} late",
            ["order", f"done ({zone})" if dated else "done, h", "hours late", "reason"],
            rows,
            MOST_SHOWN,
            IN_FULL,
        )
