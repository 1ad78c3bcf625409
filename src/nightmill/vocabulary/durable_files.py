"""Durable files: their bytes and their names are synced, so that a power cut neither truncates nor loses them."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def make_key(path: Path, key: bytes) -> None:
    """Store ``key`` at ``path``, readable by its owner only, unless there is already a key. Raises ``OSError`` if it cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".new", dir=path.parent)  # 0600
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        rename_once(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, replacing any existing file; it isn't synced. Raises ``OSError``."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(data)


def rename_once(file: Path, name: Path) -> None:
    """Rename a file; if a file of that name exists, keep it and delete ``file``. Raises ``OSError``."""
    try:
        with suppress(FileExistsError):
            os.link(file, name)
    except FileNotFoundError:
        raise
    except OSError:  # a disk without hard links: two writers at the same instant can't be told apart
        if not name.exists():
            file.replace(name)
    file.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make creations, renames and removals in ``folder`` durable. Raises ``OSError``."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
