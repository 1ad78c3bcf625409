"""The command that forecasts the shop's probable future with the twin: twin."""

from pathlib import Path
from typing import Any

import typer

from nightmill.cli.output import JSON, MOST_SEED, Progress, print_table, print_waiting, show

_FEW_OUTCOMES = 20


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(twin)


def twin(
    shop: Path | None = typer.Argument(None, help="Shop folder."),
    days: float = typer.Option(3.0, help="Days to look ahead.", min=0.0001, max=36600),
    replications: int = typer.Option(100, help="Number of simulated futures.", min=1, max=1_000_000),
    seed: int = typer.Option(1, help="Random seed.", min=0, max=MOST_SEED),
    what_if: Path | None = typer.Option(None, help='JSON file with a change, for example {"add_machine": "mill-6"}.'),
    moments: int = typer.Option(
        16, help="Number of past moments for which the twin's forecasts are checked; 0: none.", min=0, max=10_000
    ),
    anew: bool = typer.Option(
        False, "--anew", help="Replan within each future, as the shop will; slower, but more accurate over weeks."
    ),
    autosched: Path | None = typer.Option(None, help="Instead of a shop: a folder of AutoSched-style tables."),
    factory: Path | None = typer.Option(None, help="Instead of a shop: a factory of any kind, as JSON."),
    ray: str | None = typer.Option(
        None, help="With --autosched or --factory: address of the Ray cluster to run on, or local."
    ),
    as_json: bool = JSON,
) -> None:
    """Forecast what the shop will probably do, by simulating it from its live state."""
    if sum(each is not None for each in (shop, autosched, factory)) != 1:
        raise typer.BadParameter("give a shop folder, --autosched or --factory")
    if anew and shop is None:
        raise typer.BadParameter("--anew needs a shop folder")
    model = autosched or factory
    if shop is None and model is not None:
        _right_kind(model, folder=autosched is not None)
        asked = {"days": days, "replications": replications, "seed": seed, "what_if": what_if, "ray": ray}
        _twin_of_model(model, asked, as_json)
        return
    assert shop is not None
    if ray is not None:
        raise typer.BadParameter("--ray needs --autosched or --factory")
    from nightmill.plant.analysis import twin_answer
    from nightmill.simulation import Experiment

    progress = Progress()
    answer = twin_answer(
        shop,
        Experiment(days, replications, seed),
        what_if=what_if,
        moments=moments,
        anew=anew,
        progress=progress,
    )
    progress.done()

    def table() -> None:
        if what_if is None and not answer["completions"] and not answer["throughput"]:
            typer.echo("no open work")
            _print_quality(answer)
        elif what_if is not None:
            rows = [[d["measure"], d["mean"], d["low"], d["high"]] for d in answer["differences"]]
            print_table(
                f"{answer['change']}: difference (changed minus unchanged)", ["", "mean", "95 % low", "high"], rows
            )
        else:
            _print_outlook(answer)
        print_waiting(answer["not_planned"])

    show(answer, as_json, table)


def _right_kind(model: Path, *, folder: bool) -> None:
    """Check that --autosched names a folder and --factory a file; raise ``BadInput`` otherwise."""
    from nightmill.vocabulary.errors import BadInput, Finding

    if model.is_dir() if folder else model.is_file():
        return
    found = "a folder" if model.is_dir() else "a file" if model.exists() else "nothing there"
    expected = "a folder of tables" if folder else "a file with a factory as JSON"
    raise BadInput(Finding(str(model), "", found, expected, "Name another."))


def _print_outlook(answer: dict[str, Any]) -> None:
    """Print when orders will be finished, what limits the shop, and how good the twin's forecasts were."""
    shown = ("p10", "p50", "p80", "p90", "low", "high")
    rows = [
        [c["order"], *(None if c[q] is None else c[q] / 3600 for q in shown), c["late_share"], c["late_by_s"] / 3600]
        for c in answer["completions"]
    ]
    title = "completion, hours from the shop's start; low to high is the 90 % interval"
    print_table(title, ["order", *shown, "risk of being late", "late by, h"], rows)
    uses = [[use["resource"], use["used_share"], use["full_share"], use["waiting"]] for use in answer["resources"]]
    print_table("what limits the shop, fullest first", ["", "in use", "all in use", "parts waiting"], uses)
    _print_quality(answer)


def _print_quality(answer: dict[str, Any]) -> None:
    """Print how good the twin's earlier forecasts were, and which times have drifted."""
    found = answer.get("quality")
    if found:
        names = [name for name in found if name != "pit"]
        rows = [[name.replace("_", " "), found[name]] for name in names]
        print_table("quality of the twin's earlier forecasts", ["", ""], rows)
        if found["outcomes"] < _FEW_OUTCOMES:
            typer.echo(f"too few outcomes for reliable statistics: {found['outcomes']}; {_FEW_OUTCOMES} are needed")
    for drift in answer.get("drifts", ()):
        typer.echo(f"{drift['operation']} on {drift['machine']} takes {drift['ratio']:.3f} times as long as before")


def _twin_of_model(folder: Path, asked: dict[str, Any], as_json: bool) -> None:
    """Print the answer for a folder of AutoSched-style tables or a JSON file that describes a factory."""
    from nightmill.plant.analysis import autosched_answer

    answer = autosched_answer(folder, **asked)
    if asked["what_if"] is not None:
        rows = [[d.measure, d.mean, d.low, d.high] for d in answer.differences]
        columns = ["changed minus unchanged", "mean", "95 % low", "high"]
        show(answer, as_json, lambda: print_table(answer.change, columns, rows))
        return

    def table() -> None:
        rows = [[p.name, p.throughput, p.cycle_time_days, p.on_time_share] for p in answer.products]
        print_table("products", ["product", "lots finished", "cycle time, days", "on time"], rows)
        for p in answer.products:
            counts = {"scrapped": p.scrapped, "lost for lack of space": p.lost, "steps started too late": p.late_steps}
            for what, number in counts.items():
                if number:
                    typer.echo(f"{p.name}: {number:g} {what}")
        stations = sorted(zip(answer.utilisation, answer.queues, strict=True), key=lambda each: -each[0].share)
        rows = [[use.machine, use.share, queue.blocked_share, queue.waiting] for use, queue in stations]
        print_table("what limits the factory, fullest first", ["station", "in use", "blocked", "lots waiting"], rows)
        if answer.people:
            print_table("people", ["person", "at work"], [[each.person, each.share] for each in answer.people])
        if answer.completions:
            lots = [[c.order, c.p10, c.p50, c.p90] for c in answer.completions]
            print_table("lots in process, days from the start", ["lot", "p10", "p50", "p90"], lots)
        for ignored in answer.ignored:
            typer.echo(f"unknown and ignored: {ignored}")

    show(answer, as_json, table)
