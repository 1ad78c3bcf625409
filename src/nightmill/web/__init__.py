"""Room ``web``: the page of a shop, as a self-contained file or live.

In: a shop's folder or a plan's (its view comes from ``plant``). Out: ``report.html``, ``plan.html``, or a server on the
loopback interface.
Never: makes a request to another host, changes the shop, or shows anything that the log does not contain.
"""

from pathlib import Path

__all__ = ["serve_shop", "write_plan_page", "write_report"]


def write_report(folder: Path) -> Path:
    """Write ``FOLDER/.nightmill/report.html`` from the shop's latest run and return its path.

    Raises ``BadInput`` if the shop was never run, or its files or its log are broken, ``EnvironmentFailed`` if the file can't be written.
    """
    from nightmill.web.report.report import write_report as write

    return write(folder)


def write_plan_page(folder: Path) -> Path:
    """Write ``FOLDER/plan.html`` for a plan written by ``plan --out FOLDER``, and return its path."""
    from nightmill.web.report.report import write_plan_page as write

    return write(folder)


def serve_shop(folder: Path, *, port: int = 8420, light: bool = False) -> None:
    """Serve the shop's page and API on 127.0.0.1 until interrupted; print ``endpoint web URL`` on stderr first.

    ``light``: no child process is kept ready with the geometry kernel, so the 3D view of a STEP file takes a second longer.

    Raises ``BadInput`` if the shop was never run, or its files or its log are broken, ``EnvironmentFailed`` if the port is in use.
    """
    from nightmill.web.control_room.serve import serve_shop as serve

    serve(folder, port=port, light=light)
