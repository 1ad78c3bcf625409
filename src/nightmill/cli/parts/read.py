"""The command that reads drawings and emails."""

from pathlib import Path
from typing import Any

import typer

from nightmill.cli.output import JSON, Progress, print_table, show


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(read)


def read(
    file: Path = typer.Argument(..., help="Drawing (PDF, PNG, JPEG, TIFF, DXF) or email (.eml, .txt)."),
    part: Path | None = typer.Option(
        None, help="STEP file of the part; each dimension in the drawing is compared with it."
    ),
    out: Path | None = typer.Option(
        None,
        help="File for the requirements that are certain and found in the part, in the form of parts/NAME.toml.",
    ),
    as_json: bool = JSON,
) -> None:
    """Read the requirements in a drawing or the request in an email, and ask a question about anything uncertain."""
    from nightmill.plant.drawings import read_file

    progress = Progress()
    answer = read_file(file, part=part, out=out, progress=lambda phase, share: progress(file.name, phase, share))
    progress.done()
    show(answer, as_json, lambda: _print_drawing(answer) if answer["kind"] == "drawing" else _print_draft(answer))


def _print_drawing(answer: dict[str, Any]) -> None:
    drawing = answer["drawing"]
    rows = [
        [
            each["id"], each["kind"], each["words"], each["nominal"], each["lower"], each["upper"], each["count"],
            each["check"].replace("_", " "), f"{each['confidence']:.2f}",
        ]
        for each in drawing["requirements"]
    ]  # fmt: skip
    columns = ["id", "kind", "text", "nominal", "lower", "upper", "places", "model", "confidence"]
    print_table(f"{answer['file']}: {len(rows)} requirements", columns, rows)
    print_table(
        "title block and notes", ["field", "value"], [[each["name"], each["value"]] for each in drawing["fields"]]
    )
    _print_questions(drawing)
    if "written" in answer:
        typer.echo(f"written to {answer['written']}")


def _print_draft(answer: dict[str, Any]) -> None:
    draft = answer["draft"]
    rows = [
        [
            line["part"]["value"] if line["part"] else None,
            ", ".join(str(each["value"]) for each in line["quantities"]),
            line["material"]["value"] if line["material"] else None,
        ]
        for line in draft["lines"]
    ]
    print_table(f"{answer['file']}: {draft['kind']}", ["part", "pieces", "material"], rows)
    for name in ("due_date", "price", "incoterm", "delivery_place"):
        if draft[name]:
            typer.echo(f"{name.replace('_', ' ')}: {draft[name]['value']}")
    _print_questions(draft)


def _print_questions(found: dict[str, Any]) -> None:
    for question in found["questions"]:
        typer.echo(f"question: {question['text']}")
    for warning in found["warnings"]:
        typer.echo(f"warning: {warning}")
