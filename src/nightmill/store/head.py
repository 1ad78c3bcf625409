"""The head of the chain in a file apart from the log, so that a log that was cut off at its end is found out."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from nightmill.vocabulary.errors import BadInput, Finding

HEAD_EVERY = 64
"""Appends between two writes of the file; it is also written at the first and when the log is closed."""


class HeadFile:
    """``PATH.head``: number and hash of an event that the log must have."""

    def __init__(self, log: Path) -> None:
        self.log = log
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
        # what was appended is durable without it; on a disk without room an older head stands, which is true as well
        with suppress(OSError):
            self.keep(version, head)
            self._appends = 0

    def keep(self, version: int, head: str) -> None:
        """Write the file, whatever was appended. Raises ``OSError`` where the disk takes it not."""
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.write_text(f"{version} {head}\n", encoding="ascii")
        fresh.replace(self.path)
        self._kept = True

    def read(self) -> tuple[int, str] | None:
        """Number and hash; ``None`` where there is no file, number -1 where it can't be read."""
        if not self.path.exists():
            return None
        number, _, digest = self.path.read_text(encoding="ascii", errors="replace").strip().partition(" ")
        return (int(number), digest) if number.isdigit() else (-1, digest)

    def refuse_if_cut_off(
        self, known: tuple[int, str] | None, count: int, hash_at: Callable[[int], str], place: str
    ) -> None:
        """Nothing is written behind a log that lacks events which it has had (``known``), or has others in their place.

        ``count``: its events; ``hash_at``: the chain hash at one of them. Raises ``BadInput``.
        """
        if known is None or known[0] < 1:
            return
        remedy = (
            "Restore the log from an archive or the database's backup, or put log and head aside and begin a fresh run."
        )
        if count < known[0]:
            found, expected = f"{count} events", f"at least {known[0]}, which {self.path.name} knows of"
            raise BadInput(Finding(place, "end", found, expected, remedy))
        if hash_at(known[0]) != known[1]:
            expected = f"that which {self.path.name} knows of"
            raise BadInput(Finding(place, f"event {known[0]}", "another event", expected, remedy))
