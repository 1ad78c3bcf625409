"""Open a shop file, or a file named by a person: only an ordinary file (also through links), of bounded size, without blocking.

Anything else under that name is an error, never treated as an empty file: a broken or circular link, a folder, a pipe, a socket
or a device. Opening a pipe without a writer doesn't block.
"""

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_EXPECTED, _REMEDY = "an ordinary file", "Put the file itself there, or remove whatever has its name."


def is_there(path: Path) -> bool:
    """Return whether anything has this name, including broken links: if so, it must be read, and failing to read it is an
    error.
    """
    try:
        return os.path.lexists(path)
    except ValueError:  # a NUL in the name
        return False


def open_ordinary(path: Path, most_bytes: int, name: str = "") -> BufferedReader:
    """Open the file for reading. ``name``: its name in errors, by default its path.
    Raises ``BadInput`` if it is not an ordinary file, is missing or is larger than ``most_bytes``; ``EnvironmentFailed`` if the
    operating system refuses to read it.
    """
    called = name or str(path)
    try:
        _check(os.stat(path), most_bytes, called)  # checked before opening: opening a device may already have an effect
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            _check(os.fstat(handle), most_bytes, called)
            return os.fdopen(handle, "rb")
        except (BadInput, OSError):
            os.close(handle)
            raise
    except ValueError as error:
        raise BadInput(Finding(called, "", str(error), "the path of a file", "Correct the path.")) from error
    except OSError as error:
        raise _refused(path, called, error) from error


def read_ordinary(path: Path, most_bytes: int, name: str = "") -> bytes:
    """Return the bytes of the file, at most ``most_bytes``. Raises the errors of ``open_ordinary``."""
    called = name or str(path)
    try:
        with open_ordinary(path, most_bytes, name) as file:
            data = file.read(most_bytes + 1)
    except OSError as error:
        raise _refused(path, called, error) from error
    if len(data) > most_bytes:  # the file grew, or doesn't report its size
        raise _too_large(called, len(data), most_bytes)
    return data


def _check(found: os.stat_result, most_bytes: int, called: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        what = next((words for is_kind, words in _KINDS if is_kind(found.st_mode)), "not an ordinary file")
        raise BadInput(Finding(called, "", what, _EXPECTED, _REMEDY))
    if found.st_size > most_bytes:
        raise _too_large(called, found.st_size, most_bytes)


def _too_large(called: str, size: int, most_bytes: int) -> BadInput:
    return BadInput(
        Finding(called, "", f"{size} bytes", f"at most {most_bytes} bytes", "Split the file or drop old rows.")
    )


def _refused(path: Path, called: str, error: OSError) -> BadInput | EnvironmentFailed:
    if error.errno == errno.ENOENT:
        dangling = os.path.islink(path)
        found = f"a link to {os.readlink(path)}, which isn't there" if dangling else "no such file"
        return BadInput(Finding(called, "", found, _EXPECTED, _REMEDY if dangling else "Check the path."))
    if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ENXIO, errno.EISDIR):
        return BadInput(Finding(called, "", error.strerror or str(error), _EXPECTED, _REMEDY))
    expected, remedy = "a file that can be read", "Check the disk and its permissions."
    return EnvironmentFailed(Finding(called, "", error.strerror or str(error), expected, remedy))
