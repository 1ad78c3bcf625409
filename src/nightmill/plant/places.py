"""Where a shop keeps what: the layout of ``.nightmill`` (DESIGN, a shop on disk)."""

from pathlib import Path

from nightmill.store import SqliteEventStore


def state_folder(folder: Path) -> Path:
    """The folder of everything that Nightmill writes in a shop."""
    return folder / ".nightmill"


def log_path(folder: Path) -> Path:
    """The event log of the latest run."""
    return state_folder(folder) / "log.sqlite"


def open_log(folder: Path, *, writer: bool) -> SqliteEventStore:
    """The event log of the latest run."""
    return SqliteEventStore(log_path(folder), writer=writer)
