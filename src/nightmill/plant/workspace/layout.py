"""Where a shop keeps what: the layout of ``.nightmill`` (DESIGN, a shop on disk)."""

import hashlib
import os
import re
import tomllib
from contextlib import suppress
from pathlib import Path

from nightmill.formats import read_shop
from nightmill.store import AnyStore, LogPlace, open_store
from nightmill.vocabulary.errors import BadInput, Finding, NightmillError
from nightmill.vocabulary.ordinary_files import open_ordinary

HEALTH_MODEL = "health_model.json"
"""Beside shop.toml: what ``nightmill health fit`` has learned from the shop's failures."""

MOST_NAME_BYTES = 200
"""Of a file's name; file systems take 255."""


def state_folder(folder: Path) -> Path:
    """The folder of everything that Nightmill writes in a shop."""
    return folder / ".nightmill"


def close_to_others(state: Path) -> None:
    """Make a state folder its owner's alone, and all below it where it wasn't. Of somebody else's folder nothing is changed.

    The command line makes whatever it writes private from the start (umask 077); what an older version, a copy or another program has left
    is mended here.
    """
    with suppress(OSError):
        found = state.stat()
        if found.st_uid != os.geteuid() or not found.st_mode & 0o077:
            return
        state.chmod(0o700)  # first: from here on nobody else comes to what lies below
        for place, _, files in os.walk(state):
            Path(place).chmod(0o700)
            for path in (Path(place) / name for name in files):
                if not path.is_symlink():
                    path.chmod(0o600)


def picture_path(folder: Path, image: str, *, heat: bool = False) -> Path:
    """Where the shop keeps a picture, or its heat map, by the name that its station gave it.

    Whatever a station or an order is called, the file lies in that folder and nowhere else: what parts folders, and what file
    systems don't take, is written as ``%`` and its number; a name too long for a file, or that is a folder's, is known by its SHA-256.
    """
    name = re.sub(r'[\x00-\x1f\x7f%/\\:*?"<>|]|^\.', lambda found: f"%{ord(found[0]):02X}", image)
    if name in ("", "heat") or len(name.encode("utf-8", "replace")) > MOST_NAME_BYTES:
        name = f"{hashlib.sha256(image.encode('utf-8', 'replace')).hexdigest()}.png"
    images = state_folder(folder) / "images"
    return (images / "heat" if heat else images) / name


def log_path(folder: Path) -> Path:
    """The event log of the latest run."""
    return state_folder(folder) / "log.sqlite"


def log_place(folder: Path) -> LogPlace:
    """Where the shop's log is kept, by ``[log]`` of its shop.toml; in ``.nightmill/log.sqlite`` where that says nothing."""
    try:
        with open_ordinary(folder / "shop.toml", 1 << 21) as file:
            table = tomllib.load(file).get("log", {})
    except (NightmillError, OSError, ValueError, RecursionError):
        table = {}  # whoever runs the shop reads the file with care and says what is wrong
    url = table.get("url", "") if isinstance(table, dict) else ""
    name = str(table.get("name", "")) if isinstance(table, dict) else ""
    return LogPlace(log_path(folder), str(url), (name or folder.resolve().name) if url else "")


def adoption_requests(folder: Path) -> Path:
    """Where it is asked that a part becomes one of the shop's own, a file each."""
    return state_folder(folder) / "adopt"


def pending(folder: Path) -> frozenset[str]:
    """Parts whose adoption was asked for and isn't cleared away."""
    return frozenset(path.stem for path in adoption_requests(folder).glob("*.json"))


def check_shop(folder: Path) -> None:
    """Raise ``BadInput`` where there is no shop in the folder, or its shop.toml is wrong; what else lies there isn't looked at."""
    read_shop(folder, book=False)


def check_log(folder: Path) -> None:
    """Raise ``BadInput`` where there is no such folder, or the shop in it was never run."""
    if not folder.is_dir():
        raise BadInput(
            Finding(str(folder), "", "no such folder", "a shop folder", "Give the folder that holds shop.toml.")
        )
    if not log_place(folder).exists():
        path = log_path(folder)
        raise BadInput(Finding(str(path), "", "no log", "a run of this shop", f"Run it first: nightmill run {folder}"))


def has_log(folder: Path) -> bool:
    """Whether the shop was ever run."""
    return log_place(folder).exists()


def check_log_read(folder: Path) -> None:
    """Raise ``BadInput`` where the shop was never run, or what lies there is no log that can be read."""
    store = open_log(folder, writer=False)
    try:
        store.last()
    finally:
        store.close()


def open_log(folder: Path, *, writer: bool) -> AnyStore:
    """The event log of the latest run; a reader's log must exist (``check_log``)."""
    if writer:
        state_folder(folder).mkdir(parents=True, exist_ok=True)
    close_to_others(state_folder(folder))
    if not writer:
        check_log(folder)
    return open_store(log_place(folder), writer=writer)


def telemetry_folder(folder: Path) -> Path:
    """Where the telemetry of the latest run lies."""
    return state_folder(folder) / "telemetry"
