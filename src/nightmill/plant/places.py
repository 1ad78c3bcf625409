"""Where a shop keeps what: the layout of ``.nightmill`` (DESIGN, a shop on disk)."""

from pathlib import Path

from nightmill.store import SqliteEventStore
from nightmill.vocabulary.errors import BadInput, Finding


def state_folder(folder: Path) -> Path:
    """The folder of everything that Nightmill writes in a shop."""
    return folder / ".nightmill"


def log_path(folder: Path) -> Path:
    """The event log of the latest run."""
    return state_folder(folder) / "log.sqlite"


def check_log(folder: Path) -> None:
    """Raise ``BadInput`` where there is no such folder, or the shop in it was never run."""
    if not folder.is_dir():
        raise BadInput(
            Finding(str(folder), "", "no such folder", "a shop folder", "Give the folder that holds shop.toml.")
        )
    path = log_path(folder)
    if not path.exists():
        raise BadInput(Finding(str(path), "", "no log", "a run of this shop", f"Run it first: nightmill run {folder}"))


def open_log(folder: Path, *, writer: bool) -> SqliteEventStore:
    """The event log of the latest run; a reader's log must exist (``check_log``)."""
    if not writer:
        check_log(folder)
    return SqliteEventStore(log_path(folder), writer=writer)
