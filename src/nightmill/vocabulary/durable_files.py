"""Files that a power cut neither halves nor takes back: their bytes synced, and their names as well."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def make_key(path: Path, key: bytes) -> None:
    """Keep ``key`` at ``path``, readable by its owner alone, unless there is one by now. Raises ``OSError`` where the disk takes it not."""
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


def rename_once(file: Path, name: Path) -> None:
    """Give a file another name; where there is one of that name, that stays and the file goes. Raises ``OSError``."""
    try:
        with suppress(FileExistsError):
            os.link(file, name)
    except FileNotFoundError:
        raise
    except OSError:  # a disk without hard links: two at the same instant aren't told from each other
        if not name.exists():
            file.replace(name)
    file.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make what was made, renamed or removed in ``folder`` durable. Raises ``OSError``."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
