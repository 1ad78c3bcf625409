"""Room ``web``: the page of a shop, as a file that needs nothing else, or live.

In: a shop's folder or a plan's (its view comes from ``plant``). Out: ``report.html``, ``plan.html``, or a server on the
loopback interface.
Never: asks anything of another host, changes the shop, or says more than the log does.
"""

from pathlib import Path

__all__ = ["serve_shop", "write_plan_page", "write_report"]


def write_report(folder: Path) -> Path:
    """Write ``FOLDER/.nightmill/report.html`` from the shop's latest run and return its path.

    Raises ``BadInput`` where the shop was never run, or its files or its log are broken, ``EnvironmentFailed`` where the file can't be written.
    """
    from nightmill.web.report.report import write_report as write

    return write(folder)


def write_plan_page(folder: Path) -> Path:
    """Write ``FOLDER/plan.html`` for a plan that ``plan --out FOLDER`` wrote, and return its path."""
    from nightmill.web.report.report import write_plan_page as write

    return write(folder)


def serve_shop(folder: Path, *, port: int = 8420, light: bool = False) -> None:
    """Serve the shop's page and API on 127.0.0.1 until interrupted; announces ``endpoint web URL`` on stderr first.

    ``light``: no child process stands ready with the geometry kernel, so that the picture of a STEP file takes a second longer.

    Raises ``BadInput`` where the shop was never run, or its files or its log are broken, ``EnvironmentFailed`` where the port is in use.
    """
    from nightmill.web.control_room.serve import serve_shop as serve

    serve(folder, port=port, light=light)
