"""A value that changes with each commit to a SQLite file, read without opening it: two system calls instead of a connection.

In write-ahead mode each commit changes the header of the log's index, the file ``-shm``: its counter, its number of frames and
the checksum over all frames (SQLite, "WAL-mode File Format", section 2.1). While nobody has the file open, there is no
index, and the file's modification time is used.
"""

import os
import struct
import time
from pathlib import Path

SETTLED_NS = 100_000_000
"""A file written less than this time ago may be written again within the same tick of the file system's clock."""
_HEADERS = 96
_FRAMES = struct.Struct("=16xI")


def commit_mark(path: Path) -> tuple[int | bytes, ...] | None:
    """Return a value that differs after each commit; ``None`` if there is no such file or it was written too recently to tell."""
    try:
        found = path.stat()
    except OSError:
        return None
    header = _index_header(f"{path}-shm")
    frames = _FRAMES.unpack_from(header)[0] if len(header) == _HEADERS else 0
    if not frames and time.time_ns() - found.st_mtime_ns < SETTLED_NS:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size, header)


def _index_header(path: str) -> bytes:
    """Return both copies of the index's header; empty if there is no index."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.pread(file, _HEADERS, 0)
    except OSError:
        return b""
    finally:
        os.close(file)
