"""Commands on the log: report, audit, archive, restore."""

from pathlib import Path

import typer

from nightmill.cli.output import JSON, print_table, show


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(report)
    app.command()(audit)
    app.command()(archive)
    app.command()(restore)


def report(shop: Path = typer.Argument(..., help="Shop folder."), as_json: bool = JSON) -> None:
    """Write a self-contained HTML report on a shop's last run."""
    from nightmill.web import write_report

    page = write_report(shop)
    show({"report": str(page)}, as_json, lambda: typer.echo(f"report: {page}"))


def audit(
    shop: Path = typer.Argument(..., help="Shop folder."),
    run: int = typer.Option(0, help="Number of a run in the archive; 0: the latest run.", min=0, max=999_999),
    head: str = typer.Option(
        "", help="EVENTS:HASH from an earlier audit, kept elsewhere; the log must still contain it."
    ),
    sign: bool = typer.Option(
        False, "--sign", help="Sign a log that you know to be correct, if only its signature is missing or wrong."
    ),
    as_json: bool = JSON,
) -> None:
    """Prove that the shop's log is complete and unchanged, and that the stored state equals the state computed from its events."""
    from nightmill.plant.integrity import audit_shop, sign_shop

    answer = sign_shop(shop, run=run) if sign else audit_shop(shop, run=run, head=head)
    rows = [[problem.where, problem.what] for problem in answer.problems]

    def table() -> None:
        typer.echo(f"{answer.events} events: {'complete' if answer.ok else 'NOT complete'}")
        if rows:
            print_table("problems", ["where", "what"], rows)

    show(answer, as_json, table)
    raise typer.Exit(0 if answer.ok else 1)


def archive(
    shop: Path = typer.Argument(..., help="Shop folder; a run may be live."),
    out: Path = typer.Option(..., "--out", help="Archive file to write."),
    as_json: bool = JSON,
) -> None:
    """Copy a shop with its log, plans and earlier runs into one file, and prove that it is complete."""
    from nightmill.plant.integrity import archive_shop

    answer = archive_shop(shop, out)
    show(
        answer, as_json, lambda: typer.echo(f"{answer['archive']}: {answer['files']} files, {answer['events']} events")
    )


def restore(
    source: Path = typer.Argument(..., help="Archive file."),
    out: Path = typer.Option(..., "--out", help="Folder to create; it must not exist yet."),
    as_json: bool = JSON,
) -> None:
    """Restore a shop folder from an archive, after proving that the archive is unchanged."""
    from nightmill.plant.integrity import restore_shop

    answer = restore_shop(source, out)
    show(answer, as_json, lambda: typer.echo(f"{answer['shop']}: {answer['files']} files, {answer['events']} events"))
