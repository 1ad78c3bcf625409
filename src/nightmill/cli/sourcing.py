"""Commands for where parts should be made and who delivers: bring-home, buy, lots."""

from pathlib import Path
from typing import Any

import typer

from nightmill.cli import site_options
from nightmill.cli.output import JSON, Progress, print_table, show

MOST_DETAILED = 6
"""Number of parts, from the top of the ranking, whose unattended shares and splits are printed in full."""


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("bring-home")(bring_home)
    app.command()(buy)
    app.command()(lots)


def bring_home(
    folder: Path = typer.Argument(..., help="Folder with STEP files, or a shop folder."),
    quantity: int = typer.Option(
        1000, help="Pieces a year of parts that neither quantities.csv nor the orders name.", min=1, max=1_000_000_000
    ),
    sites: Path | None = typer.Option(None, help="sites.toml; by default the folder's, otherwise the example's."),
    made_at: str = typer.Option(
        "", help="Site where the parts are made today; by default the cheapest one away from home."
    ),
    as_of: str = typer.Option("", help="Date (YYYY-MM-DD) on which facts must be valid."),
    material: str = typer.Option("", help="Work material."),
    hts: str = typer.Option("", help="Heading in the tariff schedule, for parts for which quantities.csv has none."),
    draws: int = typer.Option(2000, help="Monte Carlo draws.", min=1, max=1_000_000),
    report: Path | None = typer.Option(None, help="Write a PDF report for the board to this file."),
    shop: Path | None = typer.Option(
        None, help="Shop folder of the home site, if FOLDER isn't one; it gives lead times and free machine hours."
    ),
    lots: float = site_options.LOTS,
    price_breaks: str = site_options.BREAKS,
    own: list[str] = site_options.OWN,
    split: bool = site_options.SPLIT,
    loss_limit: float = site_options.LOSS,
    keep: float = site_options.KEEP,
    as_json: bool = JSON,
) -> None:
    """Rank the parts of a folder by the yearly saving if they were made at home, with the risk."""
    from nightmill.plant.quoting import SiteFacts, YearlyDemand, write_board_report
    from nightmill.plant.quoting import bring_home as answer_of

    progress = Progress()
    answer = answer_of(
        folder,
        YearlyDemand(quantity, material, hts, lots, price_breaks),
        SiteFacts(sites, as_of, own=tuple(own), draws=draws),
        made_at=made_at,
        shop=shop,
        split=site_options.limits(split, loss_limit, keep),
        progress=progress,
    )
    if report is not None:
        write_board_report(answer, report)
    progress.done()
    show(answer, as_json, lambda: _tables(answer))


def _tables(answer: dict[str, Any]) -> None:
    ranked = list(enumerate(answer["ranked"], 1))
    rows = [[n, c["part"], c["made_at"], c["verdict"], *_saved(c), _percent(c["loses"])] for n, c in ranked]
    columns = ["", "part", "instead of", "verdict", "USD/year", "likely", "share that loses"]
    print_table(
        f"made at {answer['home']}, as of {answer['as_of']}: saving a year, and the share of draws in which it loses",
        columns,
        rows,
    )
    rows = [
        [c["part"], c["days_sooner"], c["duty_share"], c["cash_freed_usd"], c["carbon_kg_saved_year"]]
        for _, c in ranked
    ]
    print_table("what else is saved", ["part", "days of transit", "duty", "USD tied up", "kg CO2e a year"], rows)
    detailed = dict(list(answer["unattended"].items())[:MOST_DETAILED])
    for part, against in detailed.items():
        names = [a["scenario"] for a in against]
        rows = [
            ["" if n and names[n - 1] == names[n] else names[n], a["site"], *_needed(a["strict"]), *_needed(a["within_5_percent"])[:2]]
            for n, a in enumerate(against)
        ]  # fmt: skip
        columns = ["duty scenario", "against", "wins from", "likely", "in", "5 % from", "likely"]
        print_table(f"{part}: unattended share at home from which home wins", columns, rows)
    if len(detailed) < len(ranked):
        typer.echo(f"shares of the {len(ranked) - len(detailed)} other parts: --json or --report")
    today = answer["unattended_today"]
    rows = [[s["scenario"], s["site"], s["wins"], s["within_5_percent"], s["open"]] for s in answer["scenarios"]]
    print_table(
        f"of {len(ranked)} parts, at an unattended share of {'unknown' if today is None else _percent(today)}",
        ["duty scenario", "against", "home wins", "within 5 %", "open"], rows,
    )  # fmt: skip
    if answer["capacity"]:
        site_options.home_table(answer["capacity"])
    for part, split in answer.get("splits", {}).items():
        if part in detailed:
            site_options.split_table(part, split)
    for caveat in dict.fromkeys(c for against in answer["unattended"].values() for a in against for c in a["caveats"]):
        typer.echo(f"caveat: {caveat}")
    for left in answer["not_compared"]:
        typer.echo(f"not compared: {left['file']}: {left['why']}")


def _needed(share: dict[str, Any]) -> list[Any]:
    """Return the smallest share, its likely range, and in how many draws one exists; while facts are missing, its whole range."""
    if share["share"] is None and share["reached"] is None:
        return ["..".join(_part(share[end]) for end in ("at_best", "at_worst")), None, None]
    span = "..".join(_part(share[end]) for end in ("p10", "p90"))
    return [_part(share["share"]), span, _percent(share["reached"])]


def _part(share: float | None) -> str:
    return "never" if share is None else f"{share:.2f}"


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share:.0%}"


def _saved(case: dict[str, Any]) -> list[str]:
    """Return the yearly saving and its likely range; the whole range where facts are missing."""
    if case["saving_usd_year"] is None:
        return ["unknown", f"{case['low']:,.0f} .. {case['high']:,.0f}"]
    return [f"{case['saving_usd_year']:,.0f}", f"{case['p10']:,.0f} .. {case['p90']:,.0f}"]


def buy(
    folder: Path = typer.Argument(..., help="Folder as for mrp, with quotes.csv."),
    first_day: str = typer.Option(
        "", "--first-day", help="First day of week 0, YYYY-MM-DD; by default the shop's start date."
    ),
    within_weeks: int = typer.Option(
        1, "--within-weeks", help="Propose orders to be released within this many weeks.", min=1, max=1_040
    ),
    approve: list[str] = typer.Option([], "--approve", help="Id of a purchase that you approve."),
    done: list[str] = typer.Option([], "--done", help="Id of a purchase that has arrived or was cancelled."),
    by: str = typer.Option("", help="Who approves, or reports the arrival or cancellation."),
    policy: Path | None = typer.Option(
        None, help="TOML: order_usd, total_usd, suppliers; purchases within it are approved."
    ),
    erp: str = typer.Option("", help="Send approved purchases to this system: erpnext or odoo."),
    url: str = typer.Option("", help="Address of the ERP system."),
    database: str = typer.Option("", help="Odoo's database."),
    as_json: bool = JSON,
) -> None:
    """Propose purchases from the material plan, approve them, send each once."""
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


def lots(
    shop: Path = typer.Argument(..., help="Shop folder with a run."),
    recall: str = typer.Option("", help="A lot or a heat: list everything made from it, and where it is."),
    serial: str = typer.Option("", help="A part: list the lots it was made from."),
    receive: str = typer.Option("", help="Record a lot of this delivered purchase, or of `opening` stock."),
    lot: str = typer.Option("", help="Name of the lot."),
    item: str = typer.Option("", help="The item, with --receive opening."),
    quantity: int = typer.Option(
        0, help="Pieces in the lot; by default all pieces without a lot.", min=0, max=1_000_000_000
    ),
    heat: str = typer.Option("", help="Heat number of the mill."),
    certificate: Path | None = typer.Option(None, help="File of the certificate; its hash is recorded."),
    by: str = typer.Option("", help="Who records the lot."),
    as_json: bool = JSON,
) -> None:
    """List lots of bought material with heat and certificate; trace a part back to its lots, or a lot or heat forward to its parts."""
    from nightmill.plant.requests import ReceivedLot, lots_answer, name_lot

    if receive:
        if not by or not lot:
            raise typer.BadParameter("--receive needs --lot NAME and --by NAME")
        found = name_lot(shop, ReceivedLot(receive, lot, item, quantity, heat, certificate), by=by)
        show(
            found,
            as_json,
            lambda: typer.echo(f"requested: {found['ask']['quantity']} {found['ask']['item']} become lot {lot}"),
        )
        return
    answer = lots_answer(shop, recall=recall, serial=serial)

    def table() -> None:
        listed = answer.get("lots", answer.get("made_of", []))
        rows = [
            [x["lot"], x["item"], x["heat"], x["certificate"], x["quantity"], x["left"], len(x["serials"])]
            for x in listed
        ]
        print_table("lots", ["lot", "item", "heat", "certificate", "received", "left", "parts made"], rows)
        if recall:
            rows = [
                [x["serial"], x["order"], x["customer"], x["place"], x["disposition"], x["delivered"]]
                for x in answer["parts"]
            ]
            print_table(f"made from {recall}", ["part", "order", "customer", "place", "verdict", "delivered"], rows)
            typer.echo(f"{answer['in_stock']} pieces of it are still in stock")

    show(answer, as_json, table)
