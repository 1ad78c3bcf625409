"""Commands around the unattended hours: before people leave, when they come back, and what they look at and release."""

from pathlib import Path

import typer

from nightmill.cli.output import JSON, print_table, show

WORD = {True: "yes", False: "NO", None: "not known"}


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (preflight, morning, check, release, triage):
        app.command()(command)


def preflight(shop: Path = typer.Argument(..., help="Shop folder."), as_json: bool = JSON) -> None:
    """Say whether all is there for the next unattended hours, and when somebody is needed next."""
    from nightmill.plant import preflight_shop

    answer = preflight_shop(shop)

    def table() -> None:
        rows = [[c["name"], c["subject"], WORD[c["ok"]], c["found"], c["remedy"]] for c in answer["checks"]]
        print_table("before people leave", ["check", "where", "good", "found", "what to do"], rows)
        hours = (answer["next_intervention_s"] - answer["leaves_s"]) / 3600
        typer.echo(f"{answer['jobs']} jobs, {answer['work_h']:.1f} h of cutting lie on pallets")
        typer.echo(f"somebody is needed {hours:.1f} h after people leave: {answer['cause']}")

    show(answer, as_json, table)
    raise typer.Exit(0 if answer["ok"] else 1)


def morning(shop: Path = typer.Argument(..., help="Shop folder."), as_json: bool = JSON) -> None:
    """Report the last night: what was made, each exception with its evidence, and what waits for a person."""
    from nightmill.plant import morning_report

    answer = morning_report(shop)

    def table() -> None:
        typer.echo(f"{answer['shop']}: {answer['began']} to {answer['until']}")
        typer.echo(f"{answer['cycles']} cycles, {answer['good']} good parts, {answer['not_good']} others")
        rows = [[each["at"], each["seq"], each["kind"], each["what"], each["why"]] for each in answer["exceptions"]]
        print_table("exceptions", ["when", "event", "kind", "what", "why"], rows)
        print_table("waits for a person", [""], [[each] for each in answer["waits"]])

    show(answer, as_json, table)


def check(
    shop: Path = typer.Argument(..., help="Shop folder."),
    unit: str = typer.Argument(..., help="Work unit."),
    resource: str = typer.Argument(..., help="coolant, chips or probe."),
    level: float = typer.Argument(..., help="Coolant and chips: per cent of full; probe: deviation, µm."),
    by: str = typer.Option(..., "--by", help="Who looked."),
    as_json: bool = JSON,
) -> None:
    """Write down what a person found at a machine; the run takes it into its log."""
    from nightmill.plant import check_resource

    answer = check_resource(shop, unit, resource, level, by=by)
    show(answer, as_json, lambda: typer.echo(f"noted: {resource} at {unit} {level:g}"))


def release(
    shop: Path = typer.Argument(..., help="Shop folder."),
    hold: str = typer.Argument(..., help="The safe hold or the hold of parts, as `morning` lists it."),
    by: str = typer.Option(..., "--by", help="Who releases."),
    why: str = typer.Option(..., "--why", help="Why it may go on."),
    as_json: bool = JSON,
) -> None:
    """End a hold that waits for a person; the run goes on at its next turn."""
    from nightmill.plant import release_hold

    answer = release_hold(shop, hold, by=by, why=why)
    show(answer, as_json, lambda: typer.echo(f"asked: {hold} is released by {by}"))


def triage(shop: Path = typer.Argument(..., help="Shop folder."), as_json: bool = JSON) -> None:
    """List the rules by which alarms are answered when nobody is there, in their order."""
    from nightmill.plant import policy_answer

    rules = policy_answer(shop)

    def table() -> None:
        columns = ["name", "source", "pattern", "action", "call", "at_most", "within_h", "then", "then_call"]
        print_table("the first that matches decides", columns, [[rule[name] for name in columns] for rule in rules])

    show({"rules": rules}, as_json, table)
