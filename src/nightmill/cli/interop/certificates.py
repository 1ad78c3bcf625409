"""The command that issues the certificates with which machines and the shop's server authenticate each other."""

from pathlib import Path

import typer

from nightmill.cli.output import JSON, print_table, show


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(certificates)


def certificates(
    shop: Path = typer.Argument(..., help="Shop folder."),
    renew: bool = typer.Option(False, "--renew", help="Create new certificates, keys and password."),
    mqtt: bool = typer.Option(False, "--mqtt", help="For MQTT: settings for mosquitto, and a client for each machine."),
    host: list[str] = typer.Option(
        [],
        "--host",
        help="With --mqtt: a name or address by which clients reach the broker, which will listen on all interfaces.",
    ),
    as_json: bool = JSON,
) -> None:
    """Create the certificates and the user with which OPC UA (or MQTT) clients and the shop's server authenticate each other."""
    from nightmill.plant.run import make_certificates, make_mqtt_certificates

    if host and not mqtt:
        raise typer.BadParameter("--host belongs to --mqtt")
    answer = make_mqtt_certificates(shop, hosts=host, renew=renew) if mqtt else make_certificates(shop, renew=renew)
    show(answer, as_json, lambda: print_table("identities", ["", ""], [[key, value] for key, value in answer.items()]))
