"""Commands that run a shop: demo, run, serve."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import typer

from nightmill.cli.output import JSON, MOST_SEED, MOST_WAIT_S, Progress, print_table, print_waiting, show
from nightmill.cli.shop.first_part import print_first_part

if TYPE_CHECKING:
    from nightmill.plant.demo import FirstPart

_IN_WORDS = {"refused", "waiting", "notes"}


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(demo)
    app.command()(run)
    app.command()(serve)


def demo(
    days: float = typer.Option(3.0, help="Days of shop time.", min=0.1, max=366),
    seed: int = typer.Option(1, help="Seed of the virtual shop.", min=0, max=MOST_SEED),
    as_json: bool = JSON,
) -> None:
    """Run the example shop in ./nightmill-demo: plan, certify, make, inspect and cost its parts under both policies."""
    from nightmill.plant.demo import run_demo
    from nightmill.web import write_report

    progress, made = Progress(), dict[str, Any]()

    def first(part: "FirstPart") -> None:
        page = write_report(Path(part.folder))
        made["first_part"] = {**msgspec.to_builtins(part), "page": str(page)}
        progress.done()
        if not as_json:
            print_first_part(part, page)

    answer = run_demo(Path("nightmill-demo"), days=days, seed=seed, progress=progress, first=first)
    progress("", "writing the report", 0.99)
    page = write_report(Path("nightmill-demo"))
    progress.done()
    document = {**answer, **made, "report": str(page)}

    def table() -> None:
        _print_outcomes(answer)
        typer.echo(f"report: {page}")
        typer.echo("watch it live: nightmill serve nightmill-demo")

    show(document, as_json, table)


def _print_outcomes(answer: dict[str, Any]) -> None:
    names = [name for name in answer["closed-loop"] if name not in {*_IN_WORDS, "log"}]
    rows = [[name.replace("_", " "), answer["closed-loop"][name], answer["conventional"][name]] for name in names]
    print_table("the same virtual shop, the same seed (simulated)", ["", "closed loop", "conventional"], rows)
    for line in answer["remarks"]:
        typer.echo(line)


def run(
    shop: Path = typer.Argument(..., help="Shop folder."),
    days: float = typer.Option(3.0, help="Days of shop time.", min=0.01, max=366),
    seed: int = typer.Option(1, help="Seed of the virtual shop.", min=0, max=MOST_SEED),
    policy: str = typer.Option("closed-loop", help="closed-loop or conventional."),
    resume: bool = typer.Option(
        False, "--resume", help="Continue an unfinished run with its own days, seed and policy."
    ),
    fresh: bool = typer.Option(False, "--fresh", help="Set an unfinished run aside and start a new one."),
    replan: list[str] = typer.Option(
        [],
        "--replan",
        help="Discard the plan of this part, for example because it is damaged, and make a new one; may be repeated.",
    ),
    pace: float = typer.Option(
        0.0, help="Shop seconds per second; 0 = as fast as possible, 1 = real time.", min=0.0, max=1e9
    ),
    connect: str = typer.Option("direct", help="Machine protocol: direct, mqtt, mtconnect or opcua."),
    broker: str = typer.Option(
        "", help="HOST:PORT of a running MQTT broker, or mqtts://HOST:PORT for TLS; by default, a broker is started."
    ),
    port: int = typer.Option(
        0, help="Server port for the protocol; 0 = the standard port, or a free one.", min=0, max=65535
    ),
    linger: float = typer.Option(
        0.0, help="Seconds for which servers stay up after the last event.", min=0.0, max=MOST_WAIT_S
    ),
    standby: bool = typer.Option(
        False, "--standby", help="Follow the live run of this shop, and take over if its controller fails."
    ),
    stall: float = typer.Option(
        0.5, help="With --standby: seconds without a sign of life before the standby takes over.", min=0.2, max=3600
    ),
    patience: float = typer.Option(
        0.0,
        help="Seconds to hold and wait if the log or the cell doesn't respond; 0 = exit at once.",
        min=0.0,
        max=MOST_WAIT_S,
    ),
    live: bool = typer.Option(
        False,
        "--live",
        help="Run the shop's own equipment in real time; people's work becomes tasks (nightmill tasks).",
    ),
    allow_virtual: bool = typer.Option(
        False, "--allow-virtual", help="With --live: let the virtual shop stand in for units with protocol virtual."
    ),
    as_json: bool = JSON,
) -> None:
    """Run a shop: plan and certify its parts, then make its orders."""
    from nightmill.drivers import Connection
    from nightmill.plant.run import RunRequest, run_shop, stand_by_shop

    progress = Progress()
    if standby:
        answer = stand_by_shop(shop, stall_s=stall, patience_s=patience, progress=progress)
    else:
        request = RunRequest(
            days, seed, policy, resume, fresh, pace, Connection(connect, port, broker), linger, patience, tuple(replan),
            live, allow_virtual,
        )  # fmt: skip
        answer = run_shop(shop, request, announce=_announce, progress=progress)
    progress.done()
    rows = [[name.replace("_", " "), value] for name, value in answer.items() if name not in _IN_WORDS]

    def table() -> None:
        print_table(str(shop) if live else f"{shop} (simulated)", ["", ""], rows)
        for part, notes in answer["notes"].items():
            typer.echo(f"note on {part}: {'; '.join(notes)}")
        print_waiting(answer["waiting"])

    show(answer, as_json, table)


def _announce(protocol: str, url: str) -> None:
    """Print one line for each server as soon as it is open and before it is used."""
    typer.echo(f"endpoint {protocol} {url}", err=True)


def serve(
    shop: Path = typer.Argument(..., help="Shop folder."),
    port: int = typer.Option(8420, help="Port on the loopback interface; 0 = a free port.", min=0, max=65535),
    light: bool = typer.Option(
        False,
        "--light",
        help="Don't keep a process ready for STEP files: this saves 0.3 GB of memory, but previews take a second longer.",
    ),
) -> None:
    """Show a shop live in the browser."""
    from nightmill.web import serve_shop

    serve_shop(shop, port=port, light=light)
