"""The ``nightmill`` command: its words, its exit codes, and one place where errors become sentences."""

import sys

import typer

from nightmill import __version__
from nightmill.cli import learning, numbers, parts, shops
from nightmill.cli.output import fail
from nightmill.vocabulary.errors import NightmillError

app = typer.Typer(
    help="From a CAD file to finished, inspected, costed parts in a shop with the lights out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
shops.register(app)
parts.register(app)
numbers.register(app)
learning.register(app)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Say the version and end.")) -> None:
    if version:
        typer.echo(f"nightmill {__version__}")
        raise typer.Exit


def run() -> None:
    """Run the command line; exit 0 done, 1 negative answer, 2 bad input, 3 environment failed."""
    as_json = "--json" in sys.argv
    try:
        app()
    except NightmillError as error:
        sys.exit(fail(error, as_json=as_json))
    except BrokenPipeError:
        sys.exit(3)
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
        sys.exit(130)
