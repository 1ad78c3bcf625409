"""Commands for users and their tokens: user, token."""

import getpass
import sys
from pathlib import Path

import typer

from nightmill.cli.output import JSON, print_table, show
from nightmill.vocabulary.errors import BadInput, Finding


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(user)
    app.command()(token)


def token(
    shop: Path = typer.Argument(..., help="Shop folder."),
    role: str = typer.Option("", "--role", help="viewer, operator, engineer, admin or agent."),
    name: str = typer.Option("", "--name", help="Owner of the token; by default the user of this computer."),
    hours: float = typer.Option(12.0, "--hours", help="Hours for which the token is valid.", min=0.01, max=8784),
    revoke: str = typer.Option(
        "", "--revoke", help="Instead: revoke the token with this id, or all tokens with this name."
    ),
    as_json: bool = JSON,
) -> None:
    """Create a token for the API (--role), revoke tokens (--revoke), or list all tokens."""
    from nightmill.plant.requests import Access

    access = Access(shop_folder(shop))
    if revoke:
        ended = access.revoke(revoke)
        show({"revoked": ended}, as_json, lambda: typer.echo(f"{ended} {'token' if ended == 1 else 'tokens'} revoked"))
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
    name: str = typer.Argument("", help="User name; without it, all users are listed."),
    role: str = typer.Option("", "--role", help="viewer, operator, engineer, admin or agent."),
    password_file: Path | None = typer.Option(
        None, "--password-file", help="File with the password, or - for standard input; by default you are prompted."
    ),
    remove: bool = typer.Option(False, "--remove", help="Remove the user and revoke all tokens with that name."),
    as_json: bool = JSON,
) -> None:
    """Create a user with a role and a password, change either of them, remove a user, or list all users."""
    from nightmill.plant.requests import Access

    access = Access(shop_folder(shop))
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


def _password(file: Path | None) -> str:
    """Return the password from a file, standard input or the keyboard; never from the command line, which other users can see."""
    if file is None:
        if not sys.stdin.isatty():
            remedy = "Give it with --password-file FILE, or - for standard input."
            raise BadInput(Finding("user", "password", "no terminal to prompt at", "a password", remedy))
        first, again = getpass.getpass("password: "), getpass.getpass("again: ")
        if first != again:
            raise BadInput(
                Finding("user", "password", "two different entries", "the same password twice", "Try again.")
            )
        return first
    from nightmill.formats import read_document

    text = sys.stdin.read() if str(file) == "-" else read_document(file)
    return text.rstrip("\r\n")


def shop_folder(folder: Path) -> Path:
    """Return the folder if its shop.toml is valid; errors in other tables must not prevent revoking a token."""
    from nightmill.plant.workspace import check_shop

    check_shop(folder)
    return folder


def _own_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "local"
