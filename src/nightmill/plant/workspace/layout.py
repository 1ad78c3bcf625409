"""File locations inside a shop: the layout of ``.nightmill`` (DESIGN, a shop on disk)."""

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
"""File beside shop.toml: the model that ``nightmill health fit`` has learnt from the shop's failures."""

MOST_NAME_BYTES = 200
"""Maximum length in bytes of a file name we write; file systems accept 255."""


def state_folder(folder: Path) -> Path:
    """Return the folder for everything that Nightmill writes in a shop."""
    return folder / ".nightmill"


def close_to_others(state: Path) -> None:
    """Make a state folder and everything below it accessible only to its owner. Another user's folder is left unchanged.

    The command line creates all its files private from the start (umask 077); permissions left by an older version, a copy or
    another program are corrected here.
    """
    with suppress(OSError):
        found = state.stat()
        if found.st_uid != os.geteuid() or not found.st_mode & 0o077:
            return
        state.chmod(0o700)  # first: from here on, nobody else can reach the contents
        for place, _, files in os.walk(state):
            Path(place).chmod(0o700)
            for path in (Path(place) / name for name in files):
                if not path.is_symlink():
                    path.chmod(0o600)


def picture_path(folder: Path, image: str, *, heat: bool = False) -> Path:
    """Return where the shop keeps a picture, or its heat map, under the name given by its station.

    Whatever a station or an order is called, the file is directly in that folder: path separators, and characters that file
    systems don't accept, are written as ``%`` and their code; a name that is too long for a file, or is that of a folder, is replaced by
    its SHA-256.
    """
    name = re.sub(r'[\x00-\x1f\x7f%/\\:*?"<>|]|^\.', lambda found: f"%{ord(found[0]):02X}", image)
    if name in ("", "heat") or len(name.encode("utf-8", "replace")) > MOST_NAME_BYTES:
        name = f"{hashlib.sha256(image.encode('utf-8', 'replace')).hexdigest()}.png"
    images = state_folder(folder) / "images"
    return (images / "heat" if heat else images) / name


def log_path(folder: Path) -> Path:
    """Return the path of the latest run's event log."""
    return state_folder(folder) / "log.sqlite"


def log_place(folder: Path) -> LogPlace:
    """Return where the shop's log is kept, according to ``[log]`` in its shop.toml; ``.nightmill/log.sqlite`` by default."""
    try:
        with open_ordinary(folder / "shop.toml", 1 << 21) as file:
            table = tomllib.load(file).get("log", {})
    except (NightmillError, OSError, ValueError, RecursionError):
        table = {}  # the full shop reader reports what is wrong
    url = table.get("url", "") if isinstance(table, dict) else ""
    name = str(table.get("name", "")) if isinstance(table, dict) else ""
    return LogPlace(log_path(folder), str(url), (name or folder.resolve().name) if url else "")


def adoption_requests(folder: Path) -> Path:
    """Return the folder of requests to add a part to the shop, one file each."""
    return state_folder(folder) / "adopt"


def pending(folder: Path) -> frozenset[str]:
    """Return parts whose addition was requested and whose request hasn't been cleared yet."""
    return frozenset(path.stem for path in adoption_requests(folder).glob("*.json"))


def check_shop(folder: Path) -> None:
    """Raise ``BadInput`` if there is no shop in the folder or its shop.toml is wrong; nothing else is checked."""
    read_shop(folder, book=False)


def check_log(folder: Path) -> None:
    """Raise ``BadInput`` if there is no such folder or the shop in it was never run."""
    if not folder.is_dir():
        raise BadInput(
            Finding(str(folder), "", "no such folder", "a shop folder", "Give the folder that holds shop.toml.")
        )
    if not log_place(folder).exists():
        path = log_path(folder)
        raise BadInput(Finding(str(path), "", "no log", "a run of this shop", f"Run it first: nightmill run {folder}"))


def has_log(folder: Path) -> bool:
    """Return whether the shop was ever run."""
    return log_place(folder).exists()


def check_log_read(folder: Path) -> None:
    """Raise ``BadInput`` if the shop was never run or its log can't be read."""
    store = open_log(folder, writer=False)
    try:
        store.last()
    finally:
        store.close()


def open_log(folder: Path, *, writer: bool) -> AnyStore:
    """Open the event log of the latest run; for reading, the log must exist (``check_log``)."""
    if writer:
        state_folder(folder).mkdir(parents=True, exist_ok=True)
    close_to_others(state_folder(folder))
    if not writer:
        check_log(folder)
    return open_store(log_place(folder), writer=writer)


def telemetry_folder(folder: Path) -> Path:
    """Return the telemetry folder of the latest run."""
    return state_folder(folder) / "telemetry"
