"""Commands that write a shop in the formats of other programs, and read them: export, import."""

from pathlib import Path

import typer

from nightmill.cli.output import JSON, print_table, show


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    outwards = typer.Typer(help="Write a shop in a format of other programs.", no_args_is_help=True)
    outwards.command("aas")(export_aas)
    outwards.command("ocel")(export_ocel)
    app.add_typer(outwards, name="export")


def export_ocel(
    shop: Path = typer.Argument(..., help="Shop folder that was run."),
    out: Path = typer.Option(Path("log.ocel.json"), "--out", help="File to write."),
    as_json: bool = JSON,
) -> None:
    """The event log as OCEL 2.0 (object-centric events), for process mining."""
    from nightmill.plant import export_ocel as answer_of

    answer = answer_of(shop, out)
    rows = list(answer["objects"].items())
    show(answer, as_json, lambda: print_table(f"{answer['file']}: {answer['events']} events", ["object", ""], rows))


def export_aas(
    shop: Path = typer.Argument(..., help="Shop folder."),
    out: Path = typer.Option(Path("shop.aasx"), "--out", help="File to write: .aasx, or .json."),
    as_json: bool = JSON,
) -> None:
    """Asset Administration Shells of the machines, and a product passport of each good part."""
    from nightmill.plant import export_aas as answer_of

    answer = answer_of(shop, out)
    said = f"{answer['file']}: {answer['shells']} shells, {answer['submodels']} submodels"
    show(answer, as_json, lambda: typer.echo(said))
