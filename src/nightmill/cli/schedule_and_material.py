"""Planning commands: schedule, forecast, mrp, hand-over, buffers, risk, drill."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from nightmill.cli.output import JSON, MOST_SEARCH_S, MOST_SEED, print_table, print_waiting, show

SHOWN = 20
"""Rows shown of a table; --json has all."""
MOST_SHOWN = 200
"""Rows shown of a plan; --json and --out have all."""
IN_FULL = "see all with --json or --out plan.csv"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (schedule, forecast, mrp, hand_over, buffers, risk, drill):
        app.command()(command)


def schedule(
    file: Path = typer.Argument(..., help=".fjs, JSPLib text or JSON, CSV, a problem JSON, or a shop folder."),
    time_limit: float | None = typer.Option(
        None,
        "--time-limit",
        help="Seconds of search; by default 10, and for a shop folder as long as its control loop would search.",
        min=0.0,
        max=MOST_SEARCH_S,
    ),
    seed: int = typer.Option(0, help="Seed.", min=0, max=MOST_SEED),
    out: Path | None = typer.Option(
        None, help="Also write the plan to this file: .csv, .ics (calendar) or .svg (Gantt chart)."
    ),
    objective: str = typer.Option(
        "",
        help="Goals of a shop, separated by commas, the most important first: tardiness, makespan, flow, unattended, energy. Or weights: tardiness=1,energy=50.",
    ),
    start: str = typer.Option(
        "",
        help="Date and time of second 0 of the file, as 2026-11-02T06:00+01:00 (UTC without an offset); for dates in --out.",
    ),
    as_json: bool = JSON,
) -> None:
    """Schedule an instance or a shop."""
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
            _print_first(title, ["job", "operation", "machine", "start", "end"], rows, MOST_SHOWN, IN_FULL)
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
                f"infeasible: {smallest} demands that no schedule meets together", ["", "of", "demand"], demands
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
    """Return a shop's time to the minute, in its time ``zone``; a number of an instance unchanged."""
    return (
        f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
        if isinstance(moment, str)
        else moment
    )


def _done(moment: Any, zone: str) -> Any:
    """Return when an order is done: in the shop's local time, or in hours from second 0 of a file."""
    return _minute(moment, zone) if isinstance(moment, str) else f"{moment / 3600:.1f}"


def _print_promises(orders: Sequence[dict[str, Any]], zone: str) -> None:
    """Print when each order is done by a shop's plan, the latest ones first."""
    rows = [
        [each["order"], _done(each["promise"], zone), f"{each['late_by_s'] / 3600:.1f}" if each["late_by_s"] > 0 else "", each["reason"] if each["late_by_s"] > 0 else ""]
        for each in sorted(orders, key=lambda each: (-each["late_by_s"], each["promise"]))
    ]  # fmt: skip
    if rows:
        dated = isinstance(orders[0]["promise"], str)
        late = sum(1 for row in rows if row[2])
        _print_first(
            f"{len(rows)} order{'' if len(rows) == 1 else 's'}, {late} late",
            ["order", f"done ({zone})" if dated else "done, h", "hours late", "reason"],
            rows,
            MOST_SHOWN,
            IN_FULL,
        )


def _print_first(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    most: int = SHOWN,
    rest: str = "--json lists them",
) -> None:
    """Print the first rows of a table, and where the ``rest`` can be found."""
    print_table(title, columns, rows[:most])
    if len(rows) > most:
        typer.echo(f"and {len(rows) - most:,} more; {rest}")


def forecast(
    history: Path = typer.Argument(..., help="CSV: item, period, qty."),
    horizon: int = typer.Option(..., help="Periods ahead.", min=1, max=10_000),
    season: int = typer.Option(
        0, help="Length of the season in periods; 1: none; 0: chosen to reduce past errors.", min=0, max=10_000
    ),
    promotions: Path | None = typer.Option(None, help="CSV: item, period of past and future promotions."),
    booked: Path | None = typer.Option(None, help="CSV: item, period, qty already ordered for future periods."),
    parts: Path | None = typer.Option(
        None, help="CSV: item, since (period), group, like (an item): new parts and groups."
    ),
    statsforecast: bool = typer.Option(
        False,
        help="Use statsforecast's AutoETS and AutoTheta (trends) for smooth items where they do better.",
    ),
    score: bool = typer.Option(
        False, help="Compare past forecasts with actual demand, and with the Normal rule: losses, coverage, stock held."
    ),
    serve: float = typer.Option(
        0.0,
        help="Share of demand to serve from stock; gives the order-up-to level of each item with the least stock value (price_usd in --parts).",
        min=0.0,
        max=0.999,
    ),
    demand: Path | None = typer.Option(
        None, help="Write the mean demand beyond what is booked to this file, as a demand.csv for mrp, from week 0 on."
    ),
    ray: str = typer.Option("", help="Run on the Ray cluster at this address, or local."),
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
        typer.echo("The history is too short, or no stock level would have served that share of it.")
        return
    x = answer.served
    print_table(f"to serve {x.fill:.1%}", ["item", "order up to"], [[i.item, i.order_up_to] for i in answer.items])
    less = "" if x.saving is None else f", {x.saving:.1%} less than the Normal rule"
    typer.echo(f"in the past this would have held {x.stock:,.0f} {x.unit} on average{less}")


def _print_score(score: Any) -> None:
    """Print past forecasts beside the Normal rule: losses and coverage by quantile, and stock at equal service."""
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


def mrp(
    folder: Path = typer.Argument(..., help="Folder with items.csv, bom.csv, ..."),
    weeks: int = typer.Option(52, help="Horizon in weeks.", min=1, max=1_040),
    summary: bool = typer.Option(False, help="Print totals instead of orders and pegging."),
    repeat: int = typer.Option(
        1, help="Repeat the planning this many times and answer once (for timing).", min=1, max=1_000_000
    ),
    out: Path | None = typer.Option(None, help="Also write the tables to this file: .xlsx, .parquet or .csv."),
    first_day: datetime | None = typer.Option(
        None, "--first-day", formats=["%Y-%m-%d"], help="First day of week 0, if orders.csv has dates (due)."
    ),
    as_json: bool = JSON,
) -> None:
    """Plan material: planned orders with pegging."""
    from nightmill.plant.analysis import mrp_folder, write_orders

    day = None if first_day is None else first_day.date()
    answer = mrp_folder(folder, weeks=weeks, summary=summary, repeat=repeat, first_day=day)
    if out is not None:
        write_orders(answer, out)
    show(answer, as_json, lambda: _print_plan(answer))


def _print_plan(answer: Any) -> None:
    """Print the orders to release in week 0 and the messages, as many as fit a screen; with --summary the totals."""
    if hasattr(answer, "totals"):
        rows = [[t.item, t.quantity, t.orders] for t in answer.totals]
        _print_first("planned orders of each item", ["item", "pieces", "orders"], rows)
    else:
        orders = [o for o in answer.planned_orders if not o.phantom]
        now = sorted((o for o in orders if o.release_week == 0), key=lambda o: (-o.past_due_weeks, o.due_week, o.item))
        rows = [[o.item, o.start_quantity, o.due_week, o.past_due_weeks or None] for o in now]
        _print_first("to be released in week 0", ["item", "pieces to start", "due week", "weeks late"], rows)
        messages = [[e.kind.replace("_", " "), e.item, e.message] for e in answer.exceptions if e.kind != "past_due"]
        if messages:
            _print_first("open orders and bills of material to check", ["", "item", "message"], messages)
        late = sum(o.past_due_weeks > 0 for o in orders)
        typer.echo(f"{len(orders):,} planned orders, {len(now):,} to be released now, {late:,} of all late")
    typer.echo(f"{answer.weeks} weeks planned in {answer.plan_seconds:.3f} s; --json lists orders and pegging")


def hand_over(
    shop: Path = typer.Argument(..., help="Shop folder."),
    weeks: int = typer.Option(52, help="Horizon of the material plan in weeks.", min=1, max=1_040),
    within_weeks: int = typer.Option(4, help="Hand over orders to be released within this many weeks.", min=1, max=26),
    seed: int = typer.Option(0, help="Seed of the search.", min=0, max=MOST_SEED),
    as_json: bool = JSON,
) -> None:
    """Plan material, schedule its make orders on the shop's machines and people, and show the dates that result."""
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


def buffers(chain: Path = typer.Argument(..., help="The supply chain, CHAIN.json."), as_json: bool = JSON) -> None:
    """Place safety stock in a supply chain (guaranteed-service model), with a proven optimality gap."""
    from nightmill.plant.analysis import buffers_file

    answer = buffers_file(chain)
    rows = [[s.name, s.inbound_time, s.service_time, s.safety_stock, s.base_stock] for s in answer.stages]

    def table() -> None:
        print_table(str(chain), ["stage", "inbound", "service", "safety stock", "base stock"], rows)
        typer.echo(f"cost {answer.cost:.2f}, lower bound {answer.lower_bound:.2f}, gap {answer.gap:.2%}")

    show(answer, as_json, table)


def risk(
    folder: Path = typer.Argument(..., help="Folder as for mrp, with suppliers.csv."), as_json: bool = JSON
) -> None:
    """Assess suppliers: single sources, time to survive, time to recover."""
    from nightmill.plant.analysis import risk_folder

    answer = risk_folder(folder)
    show(answer, as_json, lambda: _print_risk(folder, answer))


def _print_risk(folder: Path, answer: Any) -> None:
    """Print the suppliers, those whose outage outlasts the stock first; then the open deliveries."""

    def gap(one: Any) -> float:
        return 0.0 if one.survive_weeks is None else one.recover_weeks - one.survive_weeks

    ranked = sorted(answer.suppliers, key=lambda s: (-gap(s), s.supplier))
    rows = [
        [s.supplier, _some(s.single_source_items), _some(s.exposed_end_items), s.survive_weeks, s.recover_weeks,
         f"{gap(s):g} weeks" if gap(s) > 0 else None]
        for s in ranked
    ]  # fmt: skip
    columns = ["supplier", "single source of", "exposed end items", "stock lasts, weeks", "recovers in", "gap"]
    _print_first(f"suppliers of {folder.resolve().name}, the most critical first", columns, rows)
    if answer.open_deliveries:
        rows = [[d.line, d.q50, d.q80, d.q90, d.q95] for d in answer.open_deliveries]
        _print_first("days from order to delivery", ["open line", "q50", "q80", "q90", "q95"], rows)


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
        1, help="Repeat the drill this many times and answer once (for timing).", min=1, max=1_000_000
    ),
    as_json: bool = JSON,
) -> None:
    """Simulate a supplier's outage: the demand that depends on it, and the plan after it."""
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
            f"it is the first supplier of {answer['items']} items and the only one of {answer['single_source']}; "
            f"{len(answer['short_items'])} of them run short, {len(answer['affected_end_items'])} items with demand are affected; "
            f"planned orders: {answer['orders_added']} added, {answer['orders_dropped']} dropped, {answer['past_due']} past due"
        )

    show(answer, as_json, table)
