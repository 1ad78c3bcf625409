"""The command that serves agents over MCP: mcp."""

from pathlib import Path

import typer

from nightmill.cli.interop.users import shop_folder


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(mcp)


def mcp(
    shop: Path = typer.Argument(..., help="Shop folder."),
    http: bool = typer.Option(False, "--http", help="Serve streamable HTTP on the loopback interface, with tokens."),
    port: int = typer.Option(8421, help="With --http: the port.", min=0, max=65535),
    name: str = typer.Option("agent", "--name", help="Without --http: the agent's name in proposals and the log."),
) -> None:
    """Let an agent work with the shop over MCP: it may read everything, and each write is a proposal that a person approves."""
    from nightmill.api import AgentServer, run_http, run_stdio
    from nightmill.plant.requests import Access, Caller

    folder = shop_folder(shop)
    if not http:
        run_stdio(AgentServer(folder, local=Caller(name, "agent")))
        return
    run_http(AgentServer(folder), Access(folder), port)
