"""Commands that tune process parameters: tune suggest, tell, session, picture."""

from pathlib import Path

import typer

from nightmill.cli.output import JSON, print_table, show


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    tune = typer.Typer(help="Tune process parameters in a handful of trials.")
    tune.command("suggest")(tune_suggest)
    tune.command("tell")(tune_tell)
    tune.command("session")(tune_session)
    tune.command("picture")(tune_picture)
    app.add_typer(tune, name="tune")


def tune_suggest(
    study: Path = typer.Argument(..., help="Study file."),
    batch: int = typer.Option(1, help="Number of trials to suggest at once.", min=1, max=10_000),
    as_json: bool = JSON,
) -> None:
    """Suggest the next trial in a study."""
    from nightmill.plant.analysis import suggest_trial

    answer = suggest_trial(study, batch)
    show(
        answer,
        as_json,
        lambda: print_table("next trial", ["", ""], [[name, str(value)] for name, value in answer.items()]),
    )


def tune_tell(
    study: Path = typer.Argument(..., help="Study file."),
    result: str = typer.Argument(..., help="JSON file with the result, or - for standard input."),
    as_json: bool = JSON,
) -> None:
    """Record the result of a trial in the study."""
    from nightmill.plant.analysis import tell_trial

    answer = tell_trial(study, result)
    show(
        answer, as_json, lambda: print_table("study", ["", ""], [[name, str(value)] for name, value in answer.items()])
    )


def tune_session(study: Path = typer.Argument(..., help="Study file.")) -> None:
    """Suggest trials and read results, one JSON line each, until the input ends."""
    from nightmill.plant.analysis import tune_lines

    tune_lines(study)


def tune_picture(
    study: Path = typer.Argument(..., help="Study file."),
    out: Path = typer.Option(..., help="SVG file to write."),
    as_json: bool = JSON,
) -> None:
    """Draw a study: the best result so far, the model's surface, the Pareto front."""
    from nightmill.plant.analysis import draw_trials

    answer = draw_trials(study, out)
    show(answer, as_json, lambda: print_table("picture", ["", ""], [[n, str(value)] for n, value in answer.items()]))
