"""Archive of ended runs: a run moves into ``.nightmill/archive/N`` when the next starts; an interrupted move is finished first."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nightmill.drivers import end_world
from nightmill.plant.workspace.layout import log_place, state_folder
from nightmill.store import LogPlace, PostgresEventStore, export_log, open_store
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

LEASE = "archive.lease"
"""Lock file of the process that moves a run."""
NOT_OF_A_RUN = frozenset(
    {
        "archive",
        "plans",
        "models",
        "pki",
        "log.sqlite.lease",
        LEASE,
        "comparison.json",
        "sites.json",
        "next",
        "desk",
        "access",
        "first-part",
    }
)
BESIDE = "beside-"
"""Prefix of the folders for runs made in parallel; none of them belongs to the shop's own run."""
BEFORE = "before-log.sqlite"
"""Name of a run's log in an archive from before the shop's log moved into a database."""
_MOVING, _COMING = ".moving", ".coming"


def put_aside(folder: Path, token: int) -> None:
    """Move everything that belongs to the last run into ``archive/N``; plans and models stay for the next run.

    If the process dies at any moment, ``finish_moving`` completes the move: the folder gets its number only at the end.
    """
    end_world(folder, token)
    place = log_place(folder)
    if place.url:
        _fetch_log(place)
    with _exclusive(folder):
        moving = _begun(folder, _MOVING)
        if place.url:
            _delete_from_database(place, place.path)
        _moved(folder, moving)


def finish_moving(folder: Path) -> None:
    """Finish an interrupted move into the archive, if there is one; call it before anything of the next run exists.

    If a run from another shop (``keep_run``) is only partly there, it can't be completed: its remains are deleted.
    """
    archive = state_folder(folder) / "archive"
    if not any(path for ending in (_MOVING, _COMING) for path in archive.glob("*" + ending)):
        return
    with _exclusive(folder):
        for coming in archive.glob("*" + _COMING):
            shutil.rmtree(coming)
        for moving in archive.glob("*" + _MOVING):
            place = log_place(folder)
            if place.url:
                _delete_from_database(place, place.path if place.path.exists() else moving / place.path.name)
            _moved(folder, moving)


def keep_run(folder: Path, home: Path) -> Path:
    """Move an ended run of the shop in ``folder`` into the archive of another shop in ``home``; return its new path."""
    with _exclusive(home):
        return _moved(folder, _begun(home, _COMING))


def _fetch_log(place: LogPlace) -> None:
    """Copy a finished run's log, complete and verified, from the database into a file of the shop."""
    before = place.path.with_name(BEFORE)
    if place.path.exists() and not before.exists() and _identity(LogPlace(place.path)) not in ("", _identity(place)):
        for ending in (".key", ".head", ""):  # the log last, so that its key and head are there before it
            beside = place.path.with_name(place.path.name + ending)
            if beside.exists():
                beside.replace(before.with_name(before.name + ending))
    place.path.unlink(missing_ok=True)
    answer = export_log(place, place.path)
    if not answer.ok:
        raise BadInput(
            *(Finding(str(place.path), p.where, p.what, "a complete log", "Audit it.") for p in answer.problems)
        )


def _identity(place: LogPlace) -> str:
    """Return the id of the run that the log belongs to, empty before its first event; an unreadable file doesn't belong to any run."""
    try:
        store = open_store(place, writer=False)
    except (BadInput, EnvironmentFailed):
        if place.url:
            raise
        return "unreadable"
    try:
        return store.identity()
    finally:
        store.close()


def _delete_from_database(place: LogPlace, copy: Path) -> None:
    """Delete the log from the database, if it is the log that was copied."""
    identity = _identity(LogPlace(copy))
    store = PostgresEventStore(place.url, place.name, place.beside)
    try:
        if store.identity() == identity:
            store.clear()
    finally:
        store.close()


def _begun(home: Path, ending: str) -> Path:
    archive = state_folder(home) / "archive"
    numbers = (path.name.partition(".")[0] for path in archive.iterdir())
    moving = archive / f"{1 + max((int(number) for number in numbers if number.isdigit()), default=0)}{ending}"
    moving.mkdir()
    return moving


def _moved(folder: Path, moving: Path) -> Path:
    for path in list(state_folder(folder).iterdir()):
        if path.name not in NOT_OF_A_RUN and not path.name.startswith(BESIDE):
            shutil.move(str(path), moving / path.name)
    return moving.rename(moving.with_suffix(""))


@contextmanager
def _exclusive(home: Path) -> Iterator[None]:
    """Let one process at a time move runs; others wait."""
    (state_folder(home) / "archive").mkdir(parents=True, exist_ok=True)
    with (state_folder(home) / LEASE).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
