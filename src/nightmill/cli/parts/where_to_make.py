"""Commands that compare where a part could be made: site, bring-home."""

from pathlib import Path
from typing import Any

import typer

from nightmill.cli.output import JSON, Progress, print_table, show
from nightmill.cli.parts import site_options


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(site)
    app.command("bring-home")(bring_home)


def site(
    part: Path | None = typer.Argument(None, help="STEP file."),
    quantity: int = typer.Option(100, help="Pieces per year.", min=1, max=1_000_000_000),
    sites: Path | None = typer.Option(None, help="sites.toml; by default the example's sites."),
    draws: int = typer.Option(2000, help="Monte Carlo draws.", min=1, max=1_000_000),
    as_of: str = typer.Option("", help="Date (YYYY-MM-DD) on which facts must be valid."),
    material: str = typer.Option("", help="Work material."),
    hts: str = typer.Option("", help="Tariff heading of the part, such as 8466.93."),
    entry: str = typer.Option("", help="Date on which goods cross the border; by default the date of --as-of."),
    shop: Path | None = typer.Option(
        None, help="Shop folder of the home site, which gives the lead time and the free machine hours."
    ),
    lots: float = site_options.LOTS,
    price_breaks: str = site_options.BREAKS,
    own: list[str] = site_options.OWN,
    split: bool = site_options.SPLIT,
    loss_limit: float = site_options.LOSS,
    keep: float = site_options.KEEP,
    case: Path | None = typer.Option(None, help="Instead: compute the worked example in this CASE.json."),
    as_json: bool = JSON,
) -> None:
    """Compare the sites where a part could be made: full cost by site, with the underlying facts."""
    from nightmill.plant.quoting import SiteFacts, YearlyDemand, site_answer, site_case

    if case is not None:
        answer = site_case(case)
        show(answer, as_json, lambda: print_table("case", ["name", "value"], list(answer["out"].items())))
        return
    if part is None:
        raise typer.BadParameter("name a STEP file, or --case CASE.json")
    progress = Progress()
    found = site_answer(
        part,
        YearlyDemand(quantity, material, hts, lots, price_breaks),
        SiteFacts(sites, as_of, entry, tuple(own), draws),
        shop=shop,
        split=site_options.limits(split, loss_limit, keep),
        progress=lambda phase, share: progress(part.name, phase, share),
    )
    progress.done()
    show(found, as_json, lambda: site_options.site_tables(f"{part.name}, {quantity} a year", found))


MOST_DETAILED = 6
"""Number of parts at the top of the ranking for which the unattended fractions and splits are printed in full."""


def bring_home(
    folder: Path = typer.Argument(..., help="Folder with STEP files, or a shop folder."),
    quantity: int = typer.Option(
        1000,
        help="Pieces per year for parts that are in neither quantities.csv nor the orders.",
        min=1,
        max=1_000_000_000,
    ),
    sites: Path | None = typer.Option(
        None, help="sites.toml; by default the folder's or, if it has none, the example's."
    ),
    made_at: str = typer.Option(
        "", help="Site where the parts are made today; by default the cheapest site other than home."
    ),
    as_of: str = typer.Option("", help="Date (YYYY-MM-DD) on which facts must be valid."),
    material: str = typer.Option("", help="Work material."),
    hts: str = typer.Option("", help="Tariff heading of parts for which quantities.csv has none."),
    draws: int = typer.Option(2000, help="Monte Carlo draws.", min=1, max=1_000_000),
    report: Path | None = typer.Option(None, help="Write a PDF report for the board to this file."),
    shop: Path | None = typer.Option(
        None, help="Shop folder of the home site, if FOLDER isn't a shop; it gives lead times and free machine hours."
    ),
    lots: float = site_options.LOTS,
    price_breaks: str = site_options.BREAKS,
    own: list[str] = site_options.OWN,
    split: bool = site_options.SPLIT,
    loss_limit: float = site_options.LOSS,
    keep: float = site_options.KEEP,
    as_json: bool = JSON,
) -> None:
    """Rank the parts in a folder by the yearly saving from making them at the home site, with the risk."""
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
    columns = ["", "part", "instead of", "verdict", "USD/year", "likely", "with a loss"]
    print_table(
        f"made at {answer['home']}, as of {answer['as_of']}: saving per year, and the fraction of draws with a loss",
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
        print_table(f"{part}: smallest unattended fraction at which the home site wins", columns, rows)
    if len(detailed) < len(ranked):
        typer.echo(f"for the {len(ranked) - len(detailed)} other parts, see --json or --report")
    today = answer["unattended_today"]
    rows = [[s["scenario"], s["site"], s["wins"], s["within_5_percent"], s["open"]] for s in answer["scenarios"]]
    print_table(
        f"{len(ranked)} parts, at an unattended fraction of {'unknown' if today is None else _percent(today)}",
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
    """Return the smallest unattended fraction, its likely range and the percentage of draws in which it exists; if facts are missing, only
    its whole range.
    """
    if share["share"] is None and share["reached"] is None:
        return ["..".join(_part(share[end]) for end in ("at_best", "at_worst")), None, None]
    span = "..".join(_part(share[end]) for end in ("p10", "p90"))
    return [_part(share["share"]), span, _percent(share["reached"])]


def _part(share: float | None) -> str:
    return "never" if share is None else f"{share:.2f}"


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share:.0%}"


def _saved(case: dict[str, Any]) -> list[str]:
    """Return the yearly saving and its likely range; the whole range if facts are missing."""
    if case["saving_usd_year"] is None:
        return ["unknown", f"{case['low']:,.0f} .. {case['high']:,.0f}"]
    return [f"{case['saving_usd_year']:,.0f}", f"{case['p10']:,.0f} .. {case['p90']:,.0f}"]
