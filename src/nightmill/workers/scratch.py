"""A temporary folder of a child process that outlives neither of the two: who is killed leaves it to the next that begins."""

import fcntl
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

PREFIX = "nightmill-child-"
_OWNER = ".owner"
"""A file in the folder that its owner holds locked (``flock(2)``): the lock ends with the owner, however that ends."""


class Scratch:
    """A new folder at ``path``, until ``remove``; or until another process begins one after this process died."""

    def __init__(self) -> None:
        place = Path(tempfile.gettempdir())
        _swept_once(place)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        draft = self.path / f"{_OWNER}.new"
        self._lock = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        draft.rename(self.path / _OWNER)  # nobody finds it before it is locked

    def remove(self) -> None:
        """Remove the folder and all that was laid down in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def sweep(place: Path) -> None:
    """Remove the folders in ``place`` whose owners are no more."""
    for left in place.glob(f"{PREFIX}*"):
        try:
            lock = os.open(left / _OWNER, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue  # being made, already removed, or somebody else's
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        except BlockingIOError:
            continue  # its owner lives
        finally:
            os.close(lock)


@cache
def _swept_once(place: Path) -> None:
    sweep(place)
