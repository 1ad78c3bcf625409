"""Commands that trace parts and lots through the log: trace, lots."""

from pathlib import Path

import typer

from nightmill.cli.output import JSON, print_table, show


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(trace)
    app.command()(lots)


def lots(
    shop: Path = typer.Argument(..., help="Shop folder with a run."),
    recall: str = typer.Option("", help="Lot or heat: list the parts made from it, and where they are."),
    serial: str = typer.Option("", help="Part: list the lots that it was made from."),
    receive: str = typer.Option("", help="Record a lot from this delivered purchase, or from `opening` stock."),
    lot: str = typer.Option("", help="Name of the lot."),
    item: str = typer.Option("", help="With --receive opening: the item."),
    quantity: int = typer.Option(
        0, help="Pieces in the lot; by default all pieces without a lot.", min=0, max=1_000_000_000
    ),
    heat: str = typer.Option("", help="Heat number from the mill."),
    certificate: Path | None = typer.Option(None, help="Certificate file; its hash is recorded."),
    by: str = typer.Option("", help="Who records the lot."),
    as_json: bool = JSON,
) -> None:
    """List lots of purchased material with heat and certificate; trace a part back to its lots, or a lot or heat forward to its parts."""
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


def trace(
    shop: Path = typer.Argument(..., help="Shop folder."),
    serial: str = typer.Argument("", help="Serial number of a part: show its whole history."),
    edge: str = typer.Option("", "--edge", help="Instead: list the parts that this tool edge cut."),
    machine: str = typer.Option("", "--machine", help="Instead: list the parts that this machine cut."),
    program: str = typer.Option(
        "", "--program", help="Instead: list the parts cut by this program (SHA-256, or its first digits)."
    ),
    as_json: bool = JSON,
) -> None:
    """Trace a part by its serial number back to its origin, or a tool edge, machine or program forward to its parts."""
    from nightmill.plant.analysis import trace_back, trace_forward

    if serial:
        story = trace_back(shop, serial)

        def history() -> None:
            words = f"{story['part']}, order {story['order']}, {story['disposition'] or 'in work'}, {story['place']}"
            rows = [[s["at_s"] / 3600, s["what"], s["where"], _detail(s["detail"])] for s in story["steps"]]
            print_table(f"{serial}: {words}", ["hour", "what", "where", "detail"], rows)

        show(story, as_json, history)
        return
    found = trace_forward(shop, edge=edge, machine=machine, program=program)

    def listed() -> None:
        columns = ["serial", "part", "order", "operation", "place", "disposition", "held"]
        print_table(
            "parts cut by it, oldest first", columns, [[row[name] for name in columns] for row in found["parts"]]
        )

    show(found, as_json, listed)


def _detail(detail: dict[str, str]) -> str:
    return ", ".join(f"{name} {value[:60]}" for name, value in detail.items() if value)
