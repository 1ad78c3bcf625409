"""A temporary folder that is removed when its process ends. If the process is killed, the next process that makes such a folder
removes it.
"""

import contextlib
import fcntl
import os
import platform
import shutil
import tempfile
from functools import cache
from pathlib import Path
from types import TracebackType

PREFIX = "nightmill-child-"
_OWNER = ".owner"
"""A file in the folder that the owner keeps locked (``flock(2)``); the lock ends with its owner, for whatever reason.
The file names the system on which the owner runs, since another system that shares the disk may not see the lock.
"""
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class Scratch:
    """A new folder at ``path``. ``remove`` or the end of its block removes it; if this process dies, the next process that makes such a
    folder removes it.
    """

    def __init__(self) -> None:
        place = Path(tempfile.gettempdir())
        _swept_once(place)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        draft = self.path / f"{_OWNER}.new"
        self._lock = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with contextlib.suppress(
            OSError
        ):  # a file system without locks: an owner can't be recognised, and nothing is swept
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            os.write(self._lock, _system())
            draft.rename(self.path / _OWNER)  # the folder must not be visible under its final name before it is locked

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the folder and its contents."""
        _removed(self.path)
        os.close(self._lock)


def sweep(place: Path) -> None:
    """Remove the folders in ``place`` whose owners have ended."""
    for left in place.glob(f"{PREFIX}*"):
        try:
            lock = os.open(left / _OWNER, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue  # still being made, already removed, or owned by another user
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.read(lock, 1000) == _system():
                _removed(left)
        except OSError:
            continue  # its owner is running, or may be
        finally:
            os.close(lock)


def _removed(folder: Path) -> None:
    """Remove a folder, its owner's file last; if this fails or is interrupted, the next process completes the removal."""
    with contextlib.suppress(OSError):
        inside = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            for name in sorted(os.listdir(inside), key=lambda name: name == _OWNER):
                try:
                    if name != _OWNER or os.listdir(inside) == [_OWNER]:
                        os.unlink(name, dir_fd=inside)
                except OSError:  # a folder
                    shutil.rmtree(name, ignore_errors=True, dir_fd=inside)
        finally:
            os.close(inside)
        folder.rmdir()


@cache
def _system() -> bytes:
    """Return an id of this boot of this system: all processes that see each other's locks share it."""
    try:
        return _BOOT.read_bytes().strip()
    except OSError:
        return platform.node().encode()


@cache
def _swept_once(place: Path) -> None:
    sweep(place)
