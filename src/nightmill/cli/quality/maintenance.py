"""The command for maintenance: maintenance."""

from pathlib import Path
from typing import Any

import typer

from nightmill.cli.output import JSON, print_table, show
from nightmill.vocabulary.errors import BadInput, Finding


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(maintenance)


def maintenance(
    shop: Path = typer.Argument(..., help="Shop folder."),
    close: str = typer.Option("", "--close", help="Close this work order."),
    cause: str = typer.Option("", help="Cause that was found: a failure mode, or none."),
    by: str = typer.Option("", "--by", help="Who found the cause."),
    part: list[str] = typer.Option([], "--part", help="Spare part that was used, as ITEM=N; may be repeated."),
    why: str = typer.Option("", help="Remark to keep with the work order."),
    chart: Path | None = typer.Option(
        None, "--chart", help="Also draw machine health and the cost of each window in this SVG file."
    ),
    as_json: bool = JSON,
) -> None:
    """Show work orders, failure modes, MTBF, MTTR and how often alarms were right, or close a work order with its cause."""
    from nightmill.plant.analysis import close_work, draw_maintenance, maintenance_answer

    if close:
        if not cause or not by:
            missing = "--cause" if not cause else "--by"
            raise BadInput(
                Finding("nightmill maintenance", missing, "nothing", "--close with --cause and --by", "Add it.")
            )
        asked = close_work(shop, close, cause, _parts(part), by=by, why=why)
        show(asked, as_json, lambda: typer.echo(f"requested: {close} closed by {by}, cause {cause}"))
        return
    if cause or by or part or why:
        found = "--cause, --by, --part or --why"
        raise BadInput(
            Finding("nightmill maintenance", "--close", found, "a work order to close", "Name it: --close WO-N.")
        )
    answer = maintenance_answer(shop)
    if chart is not None:
        draw_maintenance(answer, chart)
    show(answer, as_json, lambda: _print(answer))


def _parts(words: list[str]) -> dict[str, int]:
    parts: dict[str, int] = {}
    for word in words:
        item, _, count = word.rpartition("=")
        if not item or not count.isdecimal() or int(count) < 1:
            remedy = "Write it as in bearing-set=1."
            raise BadInput(Finding("nightmill maintenance", "--part", repr(word), "ITEM=N with N from 1", remedy))
        parts[item] = parts.get(item, 0) + int(count)
    return parts


def _print_health(health: list[dict[str, Any]]) -> None:
    rows = [
        [each["machine"], each["health"], each["failure_within_a_day"], each["time_to_limit_h"], each["reason"]]
        for each in health
    ]
    print_table("health of the mills", ["machine", "health", "fails within a day", "h to limit", "reason"], rows)
    curve = [
        [
            each["machine"],
            _short(window["start"]),
            window["cost_usd"],
            window["failure_before"],
            "lowest" * window["cheapest"],
        ]
        for each in health
        if each["due"]
        for window in each["windows"]
    ]
    if curve:
        title = "expected cost of a planned stop by window, minus the value of the time gained"
        print_table(title, ["machine", "window", "USD", "fails before", ""], curve)


def _print(answer: dict[str, Any]) -> None:
    _print_health(answer["health"])
    rows = [
        [
            each["order"], each["machine"], each["kind"], each["stage"], _short(each["raised"]), _short(each["begun"]),
            _short(each["ended"]), each["cause"] or each["found"], _counted(each["parts"]), each["verdict"],
        ]
        for each in answer["orders"]
    ]  # fmt: skip
    columns = [
        "order",
        "machine",
        "kind",
        "stage",
        "raised",
        "started",
        "ended",
        "found",
        "parts",
        "alarm",
    ]
    print_table(f"{answer['shop']}: work orders", columns, rows)
    why = [[each["order"], ", ".join(each["signals"]), each["reason"]] for each in answer["orders"]]
    print_table("why they were raised", ["order", "signals", "reason"], why)
    needs = [
        [each["order"], each["technician"], _counted(each["spares"]), each["waits_for"]]
        for each in answer["orders"]
        if each["technician"] or each["spares"]
    ]
    if needs:
        print_table("resources for planned stops", ["order", "technician", "spares reserved", "waits for"], needs)
    share = f"{answer['coverage']:.0%}"
    print_table(
        f"hours between failures and to repair, with {share} intervals; the time since the last failure is censored",
        ["machine", "run", "failed", "censored", "MTBF", "between", "repaired", "MTTR", "between"],
        [
            [
                each["machine"], each["operating_h"], each["failures"], each["censored_h"], each["mtbf_h"],
                _between(each["mtbf_low_h"], each["mtbf_high_h"]), each["repairs"], each["mttr_h"],
                _between(each["mttr_low_h"], each["mttr_high_h"]),
            ]
            for each in answer["machines"]
        ],
    )  # fmt: skip
    print_table(
        "failure modes",
        ["mode", "what", "signals", "remedy", "spare parts", "found"],
        [
            [
                each["name"], each["title"] if each["registered"] else "not in failure_modes.toml", ", ".join(each["signals"]),
                each["remedy"], _counted(each["spare_parts"]), each["found"],
            ]
            for each in answer["failure_modes"]
        ],
    )  # fmt: skip
    alarms, learned = answer["alarms"], answer["learned"]
    names = (
        "raised",
        "confirmed",
        "false",
        "undecided",
        "overtaken",
        "breakdowns",
        "missed",
        "gradual",
        "caught_ahead",
        "false_per_machine_month",
    )
    print_table("alarms", [name.replace("_", " ") for name in names], [[alarms[name] for name in names]])
    print_table(
        "alarm limits learned from failures and verdicts, as fractions of the handbook's limits",
        ["signal", "limit", "failures", "verdicts"],
        [[each["signal"], each["limit_share"], each["failures"], each["votes"]] for each in learned["limits"]],
    )
    if answer["sensor_faults"]:
        rows = [[_short(each["at"]), each["sensor"], each["fault"]] for each in answer["sensor_faults"]]
        print_table("sensors that gave wrong values", ["since", "sensor", "fault"], rows)


def _short(moment: str) -> str:
    """Return the month, day and time from an ISO time, for a narrow column."""
    return moment[5:16].replace("T", " ")


def _counted(parts: dict[str, int]) -> str:
    return ", ".join(f"{n} {item}" for item, n in parts.items())


def _between(low: float | None, high: float | None) -> str | None:
    if low is None:
        return None
    return f"{low:.1f} and {high:.1f}" if high is not None else f"{low:.1f} and more"
