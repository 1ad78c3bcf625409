"""The signed head of the chain: in the log itself, written with the events, and in a separate file.
The head in the log proves that the last event was written last; a recomputed chain has another hash. The file
lags behind by a few events; it reveals whether a log was truncated or replaced by an older copy.
"""

import hashlib
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from nightmill.store.encoding import GENESIS
from nightmill.store.log_key import MOST_BYTES, LogKey
from nightmill.vocabulary.durable_files import sync_folder
from nightmill.vocabulary.errors import BadInput, Finding, NightmillError
from nightmill.vocabulary.ordinary_files import is_there, read_ordinary

HEAD_EVERY = 256
"""Appends between two writes of the file; it is also written before the first append and when the log is closed."""
UNREADABLE = -1
NO_ENTRIES = hashlib.sha256(b"nightmill index 1").hexdigest()
_INSIDE, _APART = "head in the log", "head apart from the log"
"""Labels that distinguish the two signatures, since the file's head is older and must not be accepted as the end of the log."""
Entry = tuple[str, str, int]


class Head(msgspec.Struct, frozen=True):
    """Number and hash of an event, and whether their signature matches the log's key. ``events`` is -1 if the head can't be read.

    ``index``: for the head in the log, the digest of all index entries up to that event.
    """

    events: int
    digest: str
    signed: bool
    index: str = ""

    def stands_at(self, events: int, digest: str) -> bool:
        """Return whether this is the signed head of a log with this end."""
        return self.signed and (self.events, self.digest) == (events, digest)


def head_signature(key: LogKey, events: int, digest: str, index: str) -> str:
    """Return the signature stored with the head in the log."""
    return key.sign(_INSIDE, events, digest, index)


def head_of_row(key: LogKey, row: tuple[object, object, object, object] | None) -> Head | None:
    """The head stored in the log itself, from its fields (number, hash, digest of the index, signature); ``None`` if there is none."""
    if row is None:
        return None
    events, digest, index, signature = row
    if not isinstance(events, int) or not isinstance(digest, str) or not isinstance(index, str):
        return Head(UNREADABLE, "", signed=False)
    return Head(events, digest, key.bears_out(signature, _INSIDE, events, digest, index), index)


def index_digest(before: str, entries: Iterable[Entry]) -> str:
    """Return the digest of an index extended by entries (name, key, number), in order of their events."""
    for name, key, seq in sorted(entries, key=lambda entry: (entry[2], entry[0], entry[1])):
        before = hashlib.sha256(msgspec.json.encode((before, name, key, seq))).hexdigest()
    return before


def refuse_other_index(head: Head | None, entries: Iterable[Entry], place: str) -> None:
    """Raise ``BadInput`` if the index isn't the one that was signed with the log's end."""
    if head is not None and head.signed and index_digest(NO_ENTRIES, entries) != head.index:
        remedy = "Check the log with `nightmill audit SHOP`, and restore the log from an archive."
        raise BadInput(
            Finding(
                place,
                "index",
                "index entries that differ from the signed ones",
                "the index signed with the log",
                remedy,
            )
        )


class HeadFile:
    """``PATH.head``: number, hash and signature of an event that the log must have."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.path = log.with_name(log.name + ".head")
        self.key = LogKey(log)
        self._appends = 0

    def begin(self) -> None:
        """Create key and head of a log without events, unless they exist. Raises ``EnvironmentFailed`` or ``OSError``."""
        self.key.make()
        found = self.read()
        if found is None or not found.stands_at(0, GENESIS):
            self.keep(0, GENESIS)

    def appended(self, version: int, head: str) -> None:
        """Count one more append; write the file at regular intervals."""
        self._appends += 1
        if self._appends >= HEAD_EVERY:
            self.write(version, head)

    def write(self, version: int, head: str) -> None:
        """Write the file if there was an append since the last write."""
        if not self._appends:
            return
        # appended events are durable without it; on a full disk an older head remains, which is valid too
        with suppress(OSError):
            self.keep(version, head)
            self._appends = 0

    def keep(self, version: int, head: str) -> None:
        """Write the file in any case. Raises ``OSError`` if it can't be written."""
        fresh = self.path.with_name(self.path.name + ".new")
        line = f"{version} {head} {self.key.sign(_APART, version, head)}\n"
        with open(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        sync_folder(self.path.parent)

    def read(self) -> Head | None:
        """Return the head in the file; ``None`` if there is none."""
        if not is_there(self.path):
            return None
        try:
            words = read_ordinary(self.path, MOST_BYTES).decode("ascii", "replace").split()
        except NightmillError:
            return Head(UNREADABLE, "", signed=False)
        if len(words) not in (2, 3) or not (words[0].isascii() and words[0].isdigit() and len(words[0]) < 19):
            return Head(UNREADABLE, "", signed=False)
        events, digest, signature = int(words[0]), words[1], words[2] if len(words) == 3 else ""
        return Head(events, digest, self.key.bears_out(signature, _APART, events, digest))

    def refuse_if_changed(
        self, known: Head | None, inside: Head | None, last: tuple[int, str], hash_at: Callable[[int], str], place: str
    ) -> None:
        """Raise ``BadInput`` if the log isn't the one signed with its key; nothing may be appended to such a log.
        ``known``: the head in the file before the log was read; ``inside``: the head in the log; ``last``: number and hash of
        its last event; ``hash_at``: the chain hash at a given event.
        """
        count, digest = last
        restore = "Restore the log from an archive or the database's backup, or move log and head aside and start a fresh run."
        if known is not None and count < known.events:
            found, expected = f"{count} events", f"at least {known.events}, as recorded in {self.path.name}"
            raise BadInput(Finding(place, "end", found, expected, restore))
        if known is not None and known.events > 0 and hash_at(known.events) != known.digest:
            expected = f"the one recorded in {self.path.name}"
            raise BadInput(Finding(place, f"event {known.events}", "another event", expected, restore))
        if count == 0 and (inside is None or inside.stands_at(0, GENESIS)):
            return
        if known is None or not known.signed:
            found = "none" if known is None else "one whose signature doesn't match the log's key"
            raise BadInput(Finding(str(self.path), "", found, "the signed head of the log", SIGN_IT))
        if inside is None or not inside.stands_at(count, digest):
            found = "none" if inside is None else "one that differs from the signed one"
            raise BadInput(Finding(place, "end", found, "the last signed event", SIGN_IT))


SIGN_IT = "Check the log with `nightmill audit SHOP`; if you know that it is correct, sign it with `nightmill audit SHOP --sign`."
