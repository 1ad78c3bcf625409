"""Options and tables shared by `site` and `bring-home`: lots, price breaks, the home shop, splitting over sites."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from nightmill.cli.output import print_table

if TYPE_CHECKING:
    from nightmill.plant.quoting import SplitLimits

LOTS: float = typer.Option(
    12.0, "--lots", help="Lots per year; each lot needs one set-up and one shipment.", min=0.1, max=1e6
)
BREAKS: str = typer.Option(
    "",
    "--price-breaks",
    help="Stock price by kilograms per year, as KG:SHARE,KG:SHARE, for example 1000:0.93,10000:0.85.",
)
OWN: list[str] = typer.Option(
    [], "--own", help="Your own value instead of the file's, as SITE.FACT=VALUE; * means all sites."
)
SPLIT: bool = typer.Option(
    False, "--split", help="Also split the volume over several sites, within the limits --loss-limit and --keep."
)
LOSS: float = typer.Option(
    0.05,
    "--loss-limit",
    help="Mean loss from site outages in the worst 5 % of years, as a fraction of the cost.",
    min=0.0,
    max=1.0,
)
KEEP: float = typer.Option(
    0.0, "--keep", help="Fraction of demand that must still be met while any one site is down.", min=0.0, max=1.0
)


SHARES = ("unattended_share", "tariff")


def limits(split: bool, loss_limit: float, keep: float) -> "SplitLimits | None":
    """Return the limits for a split, or ``None`` if no split was requested."""
    from nightmill.plant.quoting import SplitLimits

    return SplitLimits(loss_limit, keep) if split else None


def site_tables(title: str, found: dict[str, Any]) -> None:
    """Print costs by site, the decision and its cost factors, missing facts, duties, break-evens, the home shop and the split."""
    columns = ["site", "USD per piece", "p10", "p90", "at least", "at most"]
    rows = [[s["name"], *(s[key] for key in ("unit_cost_usd", "p10", "p90", "low_usd", "high_usd"))] for s in found["sites"]]  # fmt: skip
    print_table(title, columns, rows)
    typer.echo(f"decision: {found['decision']}. {found['reason']}")
    _factors(found)
    for fact in found["missing"]:
        typer.echo(f"missing: {fact['fact']} for {fact['site']}: {fact['why']}")
    for line in (*_duties(found), *_break_even(found["break_even"])):
        typer.echo(line)
    if found.get("home"):
        home_table(found["home"])
    if found.get("split"):
        split_table(found["part"], found["split"])


def _factors(found: dict[str, Any]) -> None:
    """Print the cost factors by site, then the mode of transport, the cash tied up and the carbon per piece."""
    sites = found["sites"]
    longest = sorted(sites, key=lambda site: -len(site["factors"]))
    names = dict.fromkeys(factor["name"] for site in longest for factor in site["factors"])
    by_site = [{factor["name"]: factor for factor in site["factors"]} for site in sites]
    rows: list[list[Any]] = [[name, *(_figure(one.get(name)) for one in by_site)] for name in names]
    if any(site["mode"] for site in sites):
        rows.append(["transport", *(site["mode"] or None for site in sites)])
    rows.append(["cash tied up", *(site["cash_usd"] for site in sites)])
    if any(site["carbon"] for site in sites):
        rows.append(["kg CO2e per piece", *(_carbon(site) for site in sites)])
    print_table("cost factors, USD per piece", ["", *(site["id"] for site in sites)], rows)


def _figure(factor: dict[str, Any] | None) -> Any:
    if factor is None:
        return None
    if factor["usd"] is not None:
        return f"{factor['usd']:,.2f}"
    return f"{factor['low']:.2f} .. {factor['high']:.2f}"


def _carbon(site: dict[str, Any]) -> Any:
    if not site["carbon"] or site["carbon_kg"] is not None:
        return site["carbon_kg"]
    return f"{sum(part['low'] for part in site['carbon']):.2f} .. {sum(part['high'] for part in site['carbon']):.2f}"


def _duties(found: dict[str, Any]) -> Iterator[str]:
    for duty in found["duties"]:
        rate = f"{duty['low']:.1%} .. {duty['high']:.1%}" if duty["rate"] is None else f"{duty['rate']:.1%}"
        why = f" ({duty['why']})" if duty["why"] else ""
        yield f"duty {duty['program']} for {duty['site']}, {duty['heading']}, until {duty['valid_to']}: {rate}{why}"
    for change in found["duty_changes"]:
        cost = f"{change['low_usd']:.2f} .. {change['high_usd']:.2f}" if change["unit_cost_usd"] is None else f"{change['unit_cost_usd']:.2f}"  # fmt: skip
        yield f"from {change['entry']} on, a piece from {change['site']} costs {cost} USD: the duty changes"


def _break_even(found: dict[str, Any]) -> Iterator[str]:
    units = {"wage": " USD/h", "freight": " USD/kg", "volume": " pieces per year"}
    for name, value in found.items():
        if name == "ranges":
            continue
        figure = "none" if value is None else f"{value:.1%}" if name in SHARES else f"{value:,.2f}{units[name]}"
        yield f"break-even {name.replace('_', ' ')}: {figure}"


def home_table(home: dict[str, Any]) -> None:
    """Print the load of the home shop's machines and the lead times its schedule promises."""
    rows = [
        [p["part"], p["needed_h_year"], p["promise_days"], p["first_in_line_days"], "yes" if p["fits"] else "no"]
        for p in home["parts"]
    ]
    title = f"{home['shop']}: mills have {home['machine_h_year']:,.0f} h a year, of which {home['busy_h_year']:,.0f} h are booked"
    print_table(title, ["part", "hours a year", "lead time of a lot, days", "if first in line, days", "fits"], rows)
    if home["not_counted"]:
        parts = ", ".join(home["not_counted"])
        typer.echo(
            f"not counted: open orders of {parts}, which are not planned yet (`nightmill schedule SHOP` plans them)"
        )


def split_table(part: str, found: dict[str, Any]) -> None:
    """Print the split that stays within the limits, and the cost of smaller losses in bad years."""
    rows = [_split(name, found[name]) for name in ("best", "single", "cheapest") if found[name] is not None]
    rows += [_split("", each) for each in found["frontier"]]
    columns = ["", "made at", "USD a year", "lost to outages", "in bad years", "met during an outage"]
    print_table(
        f"{part}: split over sites, at most {found['loss_limit_usd_year']:,.0f} USD lost in bad years", columns, rows
    )
    typer.echo(found["reason"])
    for site, why in found["left_out"].items():
        typer.echo(f"left out: {site}: {why}")


def _split(name: str, split: dict[str, Any]) -> list[Any]:
    shares = ", ".join(f"{share['share']:.0%} {share['site']}" for share in split["shares"])
    money = (f"{split[key]:,.0f}" for key in ("cost_usd_year", "stops_usd_year", "tail_usd_year"))
    return [name, shares, *money, f"{split['kept_share']:.0%}"]
