"""Commands for the unattended hours: preflight, the morning report, people's checks, releases and dispositions, and the triage rules."""

from pathlib import Path

import typer

from nightmill.cli.output import JSON, print_table, show
from nightmill.vocabulary import validation
from nightmill.vocabulary.errors import BadInput, Finding

WORD = {True: "yes", False: "NO", None: "not known"}


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(preflight)
    app.command()(morning)
    app.command()(check)
    app.command()(release)
    app.command()(dispose)
    app.command()(triage)


def preflight(shop: Path = typer.Argument(..., help="Shop folder."), as_json: bool = JSON) -> None:
    """Check whether the shop is ready for the next unattended hours, and when somebody will next be needed."""
    from nightmill.plant.night import preflight_shop

    answer = preflight_shop(shop)

    def table() -> None:
        rows = [[c["name"], c["subject"], WORD[c["ok"]], c["found"], c["remedy"]] for c in answer["checks"]]
        print_table("before people leave", ["check", "where", "ready", "found", "what to do"], rows)
        hours = (answer["next_intervention_s"] - answer["leaves_s"]) / 3600
        typer.echo(f"{answer['jobs']} jobs, {answer['work_h']:.1f} h of cutting, are on pallets")
        typer.echo(f"somebody will be needed {hours:.1f} h after people leave: {answer['cause']}")

    show(answer, as_json, table)
    raise typer.Exit(0 if answer["ok"] else 1)


def morning(shop: Path = typer.Argument(..., help="Shop folder."), as_json: bool = JSON) -> None:
    """Report the last night: the parts made, each exception with its evidence, and everything that waits for a person."""
    from nightmill.plant.night import morning_report

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
    level: float = typer.Argument(..., help="Coolant and chips: percentage of full; probe: deviation in µm."),
    by: str = typer.Option(..., "--by", help="Who did the check."),
    as_json: bool = JSON,
) -> None:
    """Record a level that a person has checked at a machine; the run writes it to its log."""
    from nightmill.plant.requests import check_resource

    if resource in validation.LEVELS:
        try:
            validation.level(resource, level)
        except validation.Wrong as wrong:
            raise BadInput(wrong.finding("check", "LEVEL", "Correct the level.")) from wrong
    answer = check_resource(shop, unit, resource, level, by=by)
    show(answer, as_json, lambda: typer.echo(f"recorded: {resource} at {unit} {level:g}"))


def release(
    shop: Path = typer.Argument(..., help="Shop folder."),
    hold: str = typer.Argument(..., help="Id of the safe hold, or of the hold on parts, as listed by `morning`."),
    by: str = typer.Option(..., "--by", help="Who releases the hold."),
    why: str = typer.Option(..., "--why", help="Why the run may continue."),
    as_json: bool = JSON,
) -> None:
    """Release a hold that waits for a person; the run continues at its next turn."""
    from nightmill.plant.requests import release_hold

    answer = release_hold(shop, hold, by=by, why=why)
    show(answer, as_json, lambda: typer.echo(f"requested: release of {hold} by {by}"))


def dispose(
    shop: Path = typer.Argument(..., help="Shop folder."),
    serial: str = typer.Argument(
        "", help="Serial number of the part; without it, the parts that wait for a decision are listed."
    ),
    decision: str = typer.Option("", "--as", help="use-as-is, rework, scrap or return (to the supplier of the blank)."),
    minutes: float = typer.Option(15.0, "--minutes", help="For rework: minutes of manual work."),
    by: str = typer.Option("", "--by", help="Who decides."),
    why: str = typer.Option("", "--why", help="Reason for the decision; it is recorded in the log."),
    as_json: bool = JSON,
) -> None:
    """Decide what happens to a part that is held, in doubt or in quarantine; the run carries out the decision and replans."""
    from nightmill.plant.requests import dispose_part, review_answer
    from nightmill.vocabulary.errors import BadInput

    if not serial:
        waiting = review_answer(shop)

        def table() -> None:
            columns = ["serial", "part", "order", "place", "disposition", "holds", "reason"]
            print_table("waits for a decision", columns, [[row[name] for name in columns] for row in waiting["parts"]])

        show(waiting, as_json, table)
        return
    missing = [name for name, value in (("--as", decision), ("--by", by), ("--why", why)) if not value.strip()]
    if missing:
        words = "a decision with --as, --by and --why"
        raise BadInput(*(Finding("dispose", name, "nothing", words, "Add it.") for name in missing))
    answer = dispose_part(shop, serial, decision.replace("-", "_"), by=by, why=why, minutes=minutes)
    show(answer, as_json, lambda: typer.echo(f"requested: {serial} {decision}, by {by}"))


def triage(shop: Path = typer.Argument(..., help="Shop folder."), as_json: bool = JSON) -> None:
    """List, in order, the rules for handling alarms when nobody is there."""
    from nightmill.plant.deciders import policy_answer

    rules = policy_answer(shop)

    def table() -> None:
        columns = ["name", "source", "pattern", "action", "call", "at_most", "within_h", "then", "then_call"]
        print_table("the first matching rule decides", columns, [[rule[name] for name in columns] for rule in rules])

    show({"rules": rules}, as_json, table)
