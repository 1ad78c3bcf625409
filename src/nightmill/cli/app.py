"""The ``nightmill`` command: its subcommands, its exit codes, and the only place where errors are turned into sentences."""

import os
import sys

import typer

from nightmill import __version__
from nightmill.cli import bench
from nightmill.cli.help_page import PANELS, FrontPage
from nightmill.cli.interop import certificates, import_export, mcp, users
from nightmill.cli.material import forecast, mrp, suppliers
from nightmill.cli.number_check import finite_only
from nightmill.cli.output import fail, misused, surroundings
from nightmill.cli.parts import part, read, where_to_make
from nightmill.cli.quality import health, inspection, maintenance, spc, telemetry, trace, tuning
from nightmill.cli.shop import explain, live, log, measures, night, promise, replan, schedule, twin
from nightmill.cli.shop import run as run_commands
from nightmill.vocabulary.errors import BadInput, Finding, NightmillError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as Typer returns it and shells expect it."""

app = typer.Typer(
    cls=FrontPage,
    help="From a CAD file to finished, inspected, costed parts in a shop with the lights out.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _group in (
    run_commands,
    live,
    schedule,
    promise,
    replan,
    explain,
    twin,
    night,
    measures,
    log,
    part,
    read,
    where_to_make,
    inspection,
    spc,
    trace,
    health,
    tuning,
    maintenance,
    telemetry,
    forecast,
    mrp,
    suppliers,
    users,
    mcp,
    certificates,
    import_export,
    bench,
):
    _group.register(app)
finite_only(app)


def _to_panels() -> None:
    """Assign each command to its panel of ``nightmill --help``."""
    panel_of = {name: panel for panel, names in PANELS.items() for name in names.split()}
    for command in app.registered_commands:
        name = command.name or getattr(command.callback, "__name__", "").replace("_", "-")
        command.rich_help_panel = panel_of.get(name, "More")
    for group in app.registered_groups:
        group.rich_help_panel = panel_of.get(group.name or "", "More")


_to_panels()


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context, version: bool = typer.Option(False, "--version", help="Show the version and exit.")
) -> None:
    if version:
        typer.echo(f"nightmill {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def run() -> None:
    """Run the command line; exit with 0 (done), 1 (negative answer), 2 (bad input) or 3 (the environment failed)."""
    as_json = "--json" in sys.argv
    os.umask(0o077)  # state files, also those that child processes write, are readable by their owner only
    try:
        code = app(prog_name="nightmill", standalone_mode=False)
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        sys.exit(code)
    except NightmillError as error:
        sys.exit(fail(error, as_json=as_json))
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("stopped", err=True)
        sys.exit(INTERRUPTED)
    except typer.TyperException as error:
        sys.exit(fail(misused(error), as_json=as_json))
    except UnicodeError as error:
        found = Finding("standard input", "", str(error), "UTF-8 text", "Save it as UTF-8.")
        sys.exit(fail(BadInput(found), as_json=as_json))
    except BrokenPipeError:
        sys.exit(3)
    except OSError as error:
        sys.exit(fail(surroundings(error), as_json=as_json))
