"""Commands about who may do what: tokens and users."""

import getpass
import sys
from pathlib import Path

import typer

from nightmill.cli.output import JSON, print_table, show
from nightmill.vocabulary.errors import BadInput, Finding


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (token, user, mcp):
        app.command()(command)


def token(
    shop: Path = typer.Argument(..., help="Shop folder."),
    role: str = typer.Option("", "--role", help="viewer, operator, engineer, admin or agent."),
    name: str = typer.Option("", "--name", help="Whose token; by default who is signed in at this machine."),
    hours: float = typer.Option(12.0, "--hours", help="How long it counts.", min=0.01, max=8784),
    revoke: str = typer.Option("", "--revoke", help="Instead: end the token of this id, or all tokens of this name."),
    as_json: bool = JSON,
) -> None:
    """Make a token for the API, list the tokens (without --role), or end them (--revoke)."""
    from nightmill.plant.requests import Access

    access = Access(_shop(shop))
    if revoke:
        ended = access.revoke(revoke)
        show({"revoked": ended}, as_json, lambda: typer.echo(f"{ended} tokens ended"))
    elif role:
        issued = access.issue(name or _own_name(), role, hours=hours)
        document = {
            "token": issued.token,
            "id": issued.id,
            "name": issued.name,
            "role": issued.role,
            "ends": issued.ends,
        }
        show(document, as_json, lambda: typer.echo(issued.token))
    else:
        found = access.tokens()
        rows = [[each["id"], each["name"], each["role"], each["state"]] for each in found]
        show({"tokens": found}, as_json, lambda: print_table("tokens", ["id", "name", "role", ""], rows))


def user(
    shop: Path = typer.Argument(..., help="Shop folder."),
    name: str = typer.Argument("", help="User; left out: list all."),
    role: str = typer.Option("", "--role", help="viewer, operator, engineer, admin or agent."),
    password_file: Path | None = typer.Option(
        None, "--password-file", help="File with the password; - is standard input. Left out: it is asked for."
    ),
    remove: bool = typer.Option(False, "--remove", help="Take the user away and end all tokens of that name."),
    as_json: bool = JSON,
) -> None:
    """Make a user with role and password, give one another, take one away, or list them."""
    from nightmill.plant.requests import Access

    access = Access(_shop(shop))
    if not name:
        found = access.users()
        rows = [[each["name"], each["role"]] for each in found]
        show({"users": found}, as_json, lambda: print_table("users", ["name", "role"], rows))
    elif remove:
        gone = access.drop_user(name)
        show({"removed": gone}, as_json, lambda: typer.echo(f"{name} is removed" if gone else f"no user {name}"))
        raise typer.Exit(0 if gone else 1)
    else:
        access.put_user(name, role, _password(password_file))
        show({"name": name, "role": role}, as_json, lambda: typer.echo(f"{name} may sign in as {role}"))


def mcp(
    shop: Path = typer.Argument(..., help="Shop folder."),
    http: bool = typer.Option(False, "--http", help="By streamable HTTP on the loopback interface, with tokens."),
    port: int = typer.Option(8421, help="With --http: the port.", min=0, max=65535),
    name: str = typer.Option("agent", "--name", help="Without --http: the agent's name in proposals and log."),
) -> None:
    """Let an agent look after the shop over MCP: reading is free, every write is a proposal that a person approves."""
    from nightmill.api import AgentServer, run_http, run_stdio
    from nightmill.plant.requests import Access, Caller

    folder = _shop(shop)
    if not http:
        run_stdio(AgentServer(folder, local=Caller(name, "agent")))
        return
    run_http(AgentServer(folder), Access(folder), port)


def _password(file: Path | None) -> str:
    """From a file, standard input or the keyboard: never from the command line, which others can see."""
    if file is None:
        if not sys.stdin.isatty():
            remedy = "Give it with --password-file FILE, or - for standard input."
            raise BadInput(Finding("user", "password", "no terminal to ask at", "a password", remedy))
        first, again = getpass.getpass("password: "), getpass.getpass("again: ")
        if first != again:
            raise BadInput(Finding("user", "password", "two different ones", "the same twice", "Try again."))
        return first
    from nightmill.formats import read_document

    text = sys.stdin.read() if str(file) == "-" else read_document(file)
    return text.rstrip("\r\n")


def _shop(folder: Path) -> Path:
    """The folder of a shop whose shop.toml is sound: tables that are wrong keep nobody from ending a token."""
    from nightmill.plant.workspace import check_shop

    check_shop(folder)
    return folder


def _own_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "local"
