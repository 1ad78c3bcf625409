"""The head of the chain in a file apart from the log, so that a log that was cut off at its end is found out."""

from contextlib import suppress
from pathlib import Path

HEAD_EVERY = 64
"""Appends between two writes of the file; it is also written at the first and when the log is closed."""


class HeadFile:
    """``PATH.head``: number and hash of an event that the log must have."""

    def __init__(self, log: Path) -> None:
        self.path = log.with_name(log.name + ".head")
        self._appends = 0
        self._kept = self.path.exists()

    def appended(self, version: int, head: str) -> None:
        """One more append; writes the file now and then."""
        self._appends += 1
        if self._appends >= HEAD_EVERY or not self._kept:
            self.write(version, head)

    def write(self, version: int, head: str) -> None:
        """Write the file, if there was an append since."""
        if not self._appends:
            return
        fresh = self.path.with_name(self.path.name + ".new")
        # what was appended is durable without it; on a disk without room an older head stands, which is true as well
        with suppress(OSError):
            fresh.write_text(f"{version} {head}\n", encoding="ascii")
            fresh.replace(self.path)
            self._appends = 0
            self._kept = True

    def read(self) -> tuple[int, str] | None:
        """Number and hash; ``None`` where there is no file, number -1 where it can't be read."""
        if not self.path.exists():
            return None
        number, _, digest = self.path.read_text(encoding="ascii", errors="replace").strip().partition(" ")
        return (int(number), digest) if number.isdigit() else (-1, digest)
