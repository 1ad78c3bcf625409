"""Commands that exchange shop data with other programs: export and import."""

from pathlib import Path

import typer

from nightmill.cli.output import JSON, print_table, show


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    outwards = typer.Typer(help="Export a shop in the format of another program.", no_args_is_help=True)
    outwards.command("aas")(export_aas)
    outwards.command("as9102")(export_as9102)
    outwards.command("b2mml")(export_b2mml)
    outwards.command("ocel")(export_ocel)
    outwards.command("qif")(export_qif)
    app.add_typer(outwards, name="export")
    inwards = typer.Typer(help="Import files and data from other programs.", no_args_is_help=True)
    inwards.command("b2mml")(import_b2mml)
    inwards.command("erp")(import_erp)
    inwards.command("orders")(import_orders)
    inwards.command("tools")(import_tools)
    app.add_typer(inwards, name="import")


def export_ocel(
    shop: Path = typer.Argument(..., help="Shop folder that was run."),
    out: Path = typer.Option(Path("log.ocel.json"), "--out", help="File to write."),
    as_json: bool = JSON,
) -> None:
    """Export the event log as OCEL 2.0 (object-centric event log) for process mining."""
    from nightmill.plant.interop import export_ocel as answer_of

    answer = answer_of(shop, out)
    rows = list(answer["objects"].items())
    show(answer, as_json, lambda: print_table(f"{answer['file']}: {answer['events']} events", ["object", ""], rows))


def export_aas(
    shop: Path = typer.Argument(..., help="Shop folder."),
    out: Path = typer.Option(Path("shop.aasx"), "--out", help="File to write: .aasx or .json."),
    as_json: bool = JSON,
) -> None:
    """Export Asset Administration Shells of the machines and a product passport of each good part."""
    from nightmill.plant.interop import export_aas as answer_of

    answer = answer_of(shop, out)
    summary = f"{answer['file']}: {answer['shells']} shells, {answer['submodels']} submodels"
    show(answer, as_json, lambda: typer.echo(summary))


def export_b2mml(
    shop: Path = typer.Argument(..., help="Shop folder; if it has a run, the performance is exported too."),
    out: Path = typer.Option(Path("b2mml"), "--out", help="Folder for the documents."),
    as_json: bool = JSON,
) -> None:
    """Export B2MML (ISA-95) for an ERP or MES: equipment, materials, definitions, schedule and performance."""
    from nightmill.plant.interop import export_b2mml as answer_of

    answer = answer_of(shop, out)
    rows = list(answer["records"].items())
    show(answer, as_json, lambda: print_table(f"{answer['folder']}: {', '.join(answer['files'])}", ["", ""], rows))


def export_qif(
    shop: Path = typer.Argument(..., help="Shop folder that was run."),
    out: Path = typer.Option(Path("qif"), "--out", help="Folder for PART.qif."),
    as_json: bool = JSON,
) -> None:
    """Export the measurements of the latest run as QIF 3.0 results: plan, readings by serial, verdicts."""
    from nightmill.plant.interop import export_qif as answer_of

    answer = answer_of(shop, out)

    def table() -> None:
        rows = [[one["part"], one["serials"], one["readings"], " ".join(one["files"])] for one in answer["parts"]]
        print_table(answer["folder"], ["part", "serials", "readings", "file"], rows)
        if answer["not_measured"]:
            typer.echo(f"not measured: {', '.join(answer['not_measured'])}")

    show(answer, as_json, table)


def export_as9102(
    shop: Path = typer.Argument(..., help="Shop folder that was run."),
    out: Path = typer.Option(Path("as9102"), "--out", help="Folder for PART.as9102.xlsx, .pdf and PART.form3.csv."),
    as_json: bool = JSON,
) -> None:
    """Export AS9102 Forms 1 to 3 for each part; Form 3 has the results of the first good piece."""
    from nightmill.plant.interop import export_as9102 as answer_of

    answer = answer_of(shop, out)
    rows = [[one["part"], one["serial"] or "not measured", " ".join(one["files"])] for one in answer["parts"]]
    show(answer, as_json, lambda: print_table(answer["folder"], ["part", "first piece", "files"], rows))


def import_b2mml(
    files: list[Path] = typer.Argument(..., help="B2MML documents: equipment, definitions, materials, schedules."),
    out: Path = typer.Option(..., "--out", help="Shop folder to write; new or empty."),
    kind: list[str] = typer.Option(
        [],
        "--kind",
        help="Machine kind that the documents don't give, as ID=KIND or CLASS=KIND, for example Saw=bench.",
    ),
    start: str = typer.Option("", help="Start of shop time, if no document states it."),
    time_zone: str = typer.Option("UTC", help="IANA time zone of the site."),
    material: str = typer.Option("", help="Material of parts for which the documents give none."),
    as_json: bool = JSON,
) -> None:
    """Create a shop folder from B2MML (ISA-95): machines, parts, bill of material, stock, orders."""
    from nightmill.plant.interop import import_b2mml as answer_of

    answer = answer_of(files, out, kinds=kind, start=start, time_zone=time_zone, material=material)

    def table() -> None:
        summary = f"{answer['machines']} machines, {len(answer['parts'])} parts, {answer['orders']} orders"
        typer.echo(f"{answer['folder']}: {summary}")
        for each in answer["missing"]:
            typer.echo(f"still missing: {each}")
        rows = list(answer["ignored"].items())
        if rows:
            print_table("in the documents, but without a counterpart in a shop folder", ["element", "times"], rows)

    show(answer, as_json, table)


def import_erp(
    kind: str = typer.Argument(..., help="erpnext or odoo."),
    url: str = typer.Option(..., help="Address of the ERP system."),
    out: Path = typer.Option(..., "--out", help="Planning folder to write."),
    first_day: str = typer.Option(..., "--first-day", help="First day of week 0, YYYY-MM-DD."),
    database: str = typer.Option("", help="Odoo database."),
    record: Path | None = typer.Option(
        None, "--record", help="Also write the requests and responses, without keys, to this file."
    ),
    as_json: bool = JSON,
) -> None:
    """Import items, bills of material, stock and open orders from an ERP system into a planning folder."""
    from nightmill.plant.interop import erp_system, pull_erp

    answer = pull_erp(erp_system(kind, url, database, record), out, first_day)
    rows = [[name, count] for name, count in answer.items() if name != "folder"]
    show(answer, as_json, lambda: print_table(answer["folder"], ["table", "rows"], rows))


def import_orders(
    table: Path = typer.Argument(..., help="Order book as it is: .xlsx, .csv or other text."),
    shop: Path = typer.Argument(..., help="Shop folder without an unfinished run."),
    dates: str = typer.Option("", "--dates", help="How to read 03/04/2026: day-first or month-first."),
    column: list[str] = typer.Option(
        [], "--column", help="Column that wasn't recognised, as KIND=HEADING, for example due='Promised date'."
    ),
    preview: bool = typer.Option(False, "--preview", help="Only show what would be written."),
    as_json: bool = JSON,
) -> None:
    """Import an order book into the shop's orders.csv: columns are recognised by their headings, parts by the shop's names."""
    from nightmill.plant.interop import import_orders as answer_of

    answer = answer_of(table, shop, dates=dates, columns=column, preview=preview)

    def show_table() -> None:
        for heading, kind in answer["columns"].items():
            typer.echo(f"{heading!r} is the {'due date' if kind == 'due' else kind}")
        for remark in answer["remarks"]:
            typer.echo(remark)
        rows = [[one[key] for key in ("order", "item", "quantity", "due", "state")] for one in answer["orders"]]
        title = f"{len(rows)} orders" + (", nothing written" if preview else f" in {answer['file']}")
        print_table(title, ["order", "item", "quantity", "due", ""], rows)

    show(answer, as_json, show_table)


def import_tools(
    library: Path = typer.Argument(..., help="Fusion tool library: .json or .tools."),
    shop: Path = typer.Argument(..., help="Shop folder."),
    preview: bool = typer.Option(False, "--preview", help="Only show what would be written."),
    as_json: bool = JSON,
) -> None:
    """Import a CAM system's tool library into shop.toml; tool numbers that the shop already has stay as they are."""
    from nightmill.plant.interop import import_tools as answer_of

    answer = answer_of(library, shop, preview=preview)

    def show_table() -> None:
        rows = [
            [one["number"], one["type"], one["diameter_mm"], one["stickout_mm"], one["name"], "; ".join(one["remarks"])]
            for one in answer["tools"]
        ]
        title = f"{len(rows)} tools" + (f" in {answer['file']}" if answer["written"] else ", nothing written")
        print_table(title, ["T", "type", "mm", "below holder", "name", ""], rows)
        if answer["kept"]:
            typer.echo(f"tool numbers that the shop already has, left unchanged: {', '.join(map(str, answer['kept']))}")
        for one in answer["left_out"]:
            typer.echo(f"left out: {one['tool']}: {one['reason']}")

    show(answer, as_json, show_table)
