"""Commands of a live run: tasks, done, connect."""

import getpass
from pathlib import Path

import typer

from nightmill.cli.output import JSON, print_table, show
from nightmill.vocabulary.errors import BadInput, Finding


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(tasks)
    app.command()(done)
    app.command()(connect)


def tasks(shop: Path = typer.Argument(..., help="Shop folder."), as_json: bool = JSON) -> None:
    """List what people are asked to do in a live run."""
    from nightmill.plant.run import open_tasks

    answer = open_tasks(shop)

    def table() -> None:
        rows = [[each["id"], each["machine"], each["text"], each["due"]] for each in answer["tasks"]]
        print_table(f"{len(rows)} open tasks", ["task", "machine", "what to do", "due"], rows)
        for each in answer["tasks"]:
            for value in each["asks"]:
                limits = f" ({value['low']:g} to {value['high']:g})" if value["low"] is not None else ""
                typer.echo(f"{each['id']}: --value '{value['name']}=...' in {value['unit']}{limits}")

    show(answer, as_json, table)


def done(
    shop: Path = typer.Argument(..., help="Shop folder."),
    task: str = typer.Argument(..., help="The task's id, as listed by nightmill tasks."),
    value: list[str] = typer.Option(
        [], "--value", help="NAME=NUMBER: a value that the task asks for; may be repeated."
    ),
    refuse: str = typer.Option("", "--refuse", help="Why it can't or won't be done."),
    by: str = typer.Option("", "--by", help="Your name; by default, the name of your account."),
    as_json: bool = JSON,
) -> None:
    """Tell a live run that a task is done, or refused."""
    from nightmill.plant.run import task_done

    answer = task_done(shop, task, by=by or getpass.getuser(), values=_values(value), refused=refuse)
    show(answer, as_json, lambda: typer.echo(f"{'refused' if refuse else 'done'}: {answer['text']}"))


def connect(shop: Path = typer.Argument(..., help="Shop folder."), as_json: bool = JSON) -> None:
    """Try the address of every machine, and say what it can do and what is missing. Changes nothing."""
    from nightmill.plant.run import connections

    answer = connections(shop)

    def table() -> None:
        rows = [
            [each["id"], each["protocol"], each["address"], each["state"], ", ".join(each["can"]), each["why"]]
            for each in answer["devices"]
        ]
        print_table(str(shop), ["machine", "protocol", "address", "state", "can", "why"], rows)
        for each in answer["devices"]:
            if each["remedy"]:
                typer.echo(f"{each['id']}: {each['remedy']}")

    show(answer, as_json, table)
    if any(each["state"] != "ready" for each in answer["devices"]):
        raise typer.Exit(1)


def _values(given: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for text in given:
        name, _, number = text.rpartition("=")
        try:
            found[name] = float(number)
        except ValueError:
            name = ""
        if not name:
            remedy = "Write it as NAME=NUMBER, with a point as decimal sign."
            raise BadInput(Finding("--value", "", repr(text), "NAME=NUMBER", remedy))
    return found
