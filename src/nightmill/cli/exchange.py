"""Commands that write a shop in the formats of other programs, and read them: export, import."""

from pathlib import Path

import typer

from nightmill.cli.output import JSON, print_table, show


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    outwards = typer.Typer(help="Write a shop in a format of other programs.", no_args_is_help=True)
    outwards.command("aas")(export_aas)
    outwards.command("as9102")(export_as9102)
    outwards.command("b2mml")(export_b2mml)
    outwards.command("ocel")(export_ocel)
    outwards.command("qif")(export_qif)
    app.add_typer(outwards, name="export")
    inwards = typer.Typer(help="Take in what other programs have written.", no_args_is_help=True)
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
    """The event log as OCEL 2.0 (object-centric events), for process mining."""
    from nightmill.plant.interop import export_ocel as answer_of

    answer = answer_of(shop, out)
    rows = list(answer["objects"].items())
    show(answer, as_json, lambda: print_table(f"{answer['file']}: {answer['events']} events", ["object", ""], rows))


def export_aas(
    shop: Path = typer.Argument(..., help="Shop folder."),
    out: Path = typer.Option(Path("shop.aasx"), "--out", help="File to write: .aasx, or .json."),
    as_json: bool = JSON,
) -> None:
    """Asset Administration Shells of the machines, and a product passport of each good part."""
    from nightmill.plant.interop import export_aas as answer_of

    answer = answer_of(shop, out)
    said = f"{answer['file']}: {answer['shells']} shells, {answer['submodels']} submodels"
    show(answer, as_json, lambda: typer.echo(said))


def export_b2mml(
    shop: Path = typer.Argument(..., help="Shop folder; what it has made is told where it was run."),
    out: Path = typer.Option(Path("b2mml"), "--out", help="Folder to write the documents into."),
    as_json: bool = JSON,
) -> None:
    """B2MML (ISA-95) for an ERP or MES: equipment, materials, definitions, schedule and performance."""
    from nightmill.plant.interop import export_b2mml as answer_of

    answer = answer_of(shop, out)
    rows = list(answer["records"].items())
    show(answer, as_json, lambda: print_table(f"{answer['folder']}: {', '.join(answer['files'])}", ["", ""], rows))


def export_qif(
    shop: Path = typer.Argument(..., help="Shop folder that was run."),
    out: Path = typer.Option(Path("qif"), "--out", help="Folder to write PART.qif into."),
    as_json: bool = JSON,
) -> None:
    """What the latest run measured as QIF 3.0 results: plan, readings by serial, verdicts."""
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
    out: Path = typer.Option(
        Path("as9102"), "--out", help="Folder to write PART.as9102.xlsx, .pdf and PART.form3.csv into."
    ),
    as_json: bool = JSON,
) -> None:
    """AS9102 Forms 1 to 3 of each part, Form 3 with the results of its first good piece."""
    from nightmill.plant.interop import export_as9102 as answer_of

    answer = answer_of(shop, out)
    rows = [[one["part"], one["serial"] or "not measured", " ".join(one["files"])] for one in answer["parts"]]
    show(answer, as_json, lambda: print_table(answer["folder"], ["part", "first piece", "files"], rows))


def import_b2mml(
    files: list[Path] = typer.Argument(..., help="B2MML documents: equipment, definitions, materials, schedules."),
    out: Path = typer.Option(..., "--out", help="Shop folder to write; new or empty."),
    kind: list[str] = typer.Option([], "--kind", help="ID=KIND or CLASS=KIND where a class doesn't say it: Saw=bench."),
    start: str = typer.Option("", help="Where shop time begins, if no document says it."),
    time_zone: str = typer.Option("UTC", help="IANA time zone of the site."),
    material: str = typer.Option("", help="Material of parts that name none."),
    as_json: bool = JSON,
) -> None:
    """A shop folder from B2MML (ISA-95): machines, parts, bill of material, stock, orders."""
    from nightmill.plant.interop import import_b2mml as answer_of

    answer = answer_of(files, out, kinds=kind, start=start, time_zone=time_zone, material=material)

    def table() -> None:
        said = f"{answer['machines']} machines, {len(answer['parts'])} parts, {answer['orders']} orders"
        typer.echo(f"{answer['folder']}: {said}")
        for each in answer["missing"]:
            typer.echo(f"still missing: {each}")
        rows = list(answer["ignored"].items())
        if rows:
            print_table("said in the documents, without a place in a shop folder", ["what", "times"], rows)

    show(answer, as_json, table)


def import_erp(
    kind: str = typer.Argument(..., help="erpnext or odoo."),
    url: str = typer.Option(..., help="Address of the ERP system."),
    out: Path = typer.Option(..., "--out", help="Planning folder to write."),
    first_day: str = typer.Option(..., "--first-day", help="First day of week 0, YYYY-MM-DD."),
    database: str = typer.Option("", help="Odoo's database."),
    record: Path | None = typer.Option(
        None, "--record", help="Also write what was asked and answered, without keys, to this file."
    ),
    as_json: bool = JSON,
) -> None:
    """Items, bills of material, stock and open orders of an ERP system as a planning folder."""
    from nightmill.plant.interop import erp_system, pull_erp

    answer = pull_erp(erp_system(kind, url, database, record), out, first_day)
    rows = [[name, count] for name, count in answer.items() if name != "folder"]
    show(answer, as_json, lambda: print_table(answer["folder"], ["table", "rows"], rows))


def import_orders(
    table: Path = typer.Argument(..., help="Order book: .xlsx, .csv or other text, as it is."),
    shop: Path = typer.Argument(..., help="Shop folder, no run of which is unfinished."),
    dates: str = typer.Option("", "--dates", help="How 03/04/2026 is meant: day-first or month-first."),
    column: list[str] = typer.Option([], "--column", help="KIND=HEADING where it isn't found: due='Promised date'."),
    preview: bool = typer.Option(False, "--preview", help="Only say what would be written."),
    as_json: bool = JSON,
) -> None:
    """An order book as people keep it into the shop's orders.csv: columns found by their headings, parts by the shop's own."""
    from nightmill.plant.interop import import_orders as answer_of

    answer = answer_of(table, shop, dates=dates, columns=column, preview=preview)

    def show_table() -> None:
        for heading, kind in answer["columns"].items():
            typer.echo(f"{heading!r} is the {'due date' if kind == 'due' else kind}")
        for remark in answer["remarks"]:
            typer.echo(remark)
        rows = [[one[key] for key in ("order", "item", "quantity", "due", "state")] for one in answer["orders"]]
        said = f"{len(rows)} orders" + (", nothing is written" if preview else f" in {answer['file']}")
        print_table(said, ["order", "item", "quantity", "due", ""], rows)

    show(answer, as_json, show_table)


def import_tools(
    library: Path = typer.Argument(..., help="Tool library of Fusion: .json or .tools."),
    shop: Path = typer.Argument(..., help="Shop folder."),
    preview: bool = typer.Option(False, "--preview", help="Only say what would be written."),
    as_json: bool = JSON,
) -> None:
    """A CAM system's tool library into the tools of shop.toml; numbers that the shop has already stay."""
    from nightmill.plant.interop import import_tools as answer_of

    answer = answer_of(library, shop, preview=preview)

    def show_table() -> None:
        rows = [
            [one["number"], one["type"], one["diameter_mm"], one["stickout_mm"], one["name"], "; ".join(one["remarks"])]
            for one in answer["tools"]
        ]
        said = f"{len(rows)} tools" + (f" in {answer['file']}" if answer["written"] else ", nothing is written")
        print_table(said, ["T", "type", "mm", "below holder", "name", ""], rows)
        if answer["kept"]:
            typer.echo(f"numbers that the shop has, left as they are: {', '.join(map(str, answer['kept']))}")
        for one in answer["left_out"]:
            typer.echo(f"left out: {one['tool']}: {one['reason']}")

    show(answer, as_json, show_table)
