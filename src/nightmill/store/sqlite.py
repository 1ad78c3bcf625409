"""The default event store: SQLite, write-ahead log, every commit synced to disk.

EnvironmentFailed
└── LogBusy   another controller writes this log

One table of events with a SHA-256 chain, one of issued command ids (a projection kept in the same
transaction). The head of the chain is also kept in a file beside the log, so that a cut-off end is seen.
"""

import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from nightmill.floor import WrongVersion
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.events import CommandIssued, Event

GENESIS = hashlib.sha256(b"nightmill log 1").hexdigest()
RESERVE_BYTES = 4 << 20
HEAD_EVERY = 64
"""Appends between two writes of the separately kept head; it is also written when the log is closed."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS command (command_id TEXT PRIMARY KEY, seq INTEGER NOT NULL);
"""
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Event)


class LogBusy(EnvironmentFailed):
    """Another process holds the writer's lease of this log."""


class SqliteEventStore:
    """``floor.ports.EventStore`` on one SQLite file; one writer at a time, held by a lock on ``PATH.lease``."""

    def __init__(self, path: Path, *, writer: bool = True) -> None:
        self.path = path
        self._since_head = 0
        self._lease: int | None = self._take_lease() if writer else None
        self._reserve = path.with_name(path.name + ".reserve")
        try:
            if writer:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._keep_reserve()
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA busy_timeout=5000")
            if writer:
                self._db.executescript(_SCHEMA)
            self._version, self._head = self._read_head()
        except sqlite3.Error as error:
            if hasattr(self, "_db"):
                self._db.close()
            self._release()
            raise self._failed(error) from error
        except OSError as error:
            self._release()
            raise self._failed(error) from error

    def append(self, events: Sequence[Event], *, expected_version: int) -> int:
        """Append in one synced transaction; see ``floor.ports.EventStore.append``."""
        if expected_version != self._version:
            raise WrongVersion(expected_version, self._version)
        seq, head = self._version, self._head
        rows: list[tuple[int, bytes, str]] = []
        commands: list[tuple[str, int]] = []
        for event in events:
            seq += 1
            numbered = msgspec.structs.replace(event, seq=seq)
            body = _encoder.encode(numbered)
            head = chained(head, body)
            rows.append((seq, body, head))
            if isinstance(numbered.fact, CommandIssued):
                commands.append((numbered.fact.command.command_id, seq))
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT INTO event VALUES (?, ?, ?)", rows)
            self._db.executemany("INSERT INTO command VALUES (?, ?)", commands)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise self._failed(error) from error
        self._version, self._head = seq, head
        self._since_head += 1
        if self._since_head >= HEAD_EVERY:
            self._write_head()
        return seq

    def read(self, after: int = 0) -> Iterator[Event]:
        """All events after number ``after`` in order."""
        for (body,) in self._db.execute("SELECT body FROM event WHERE seq > ? ORDER BY seq", (after,)):
            yield _decoder.decode(body)

    def rows(self) -> Iterator[tuple[int, bytes, str]]:
        """Number, bytes and chain hash of each event as stored; for the audit."""
        for seq, body, stored in self._db.execute("SELECT seq, body, hash FROM event ORDER BY seq"):
            yield seq, body if isinstance(body, bytes) else str(body).encode(), stored

    def issued(self) -> dict[str, int]:
        """The projection of command ids to the number of the event that issued each; for the audit."""
        return dict(self._db.execute("SELECT command_id, seq FROM command"))

    def version(self) -> int:
        """How many events the log has."""
        return self._version if self._lease is not None else self._read_head()[0]

    def release_reserve(self) -> None:
        """Give the reserved disk space back, so that a stop for a full disk can still be logged."""
        self._reserve.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file and release the lease."""
        if self._lease is not None and self._since_head:
            self._write_head()
        self._db.close()
        self._release()

    def _read_head(self) -> tuple[int, str]:
        row = self._db.execute("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1").fetchone()
        return (row[0], row[1]) if row else (0, GENESIS)

    def _write_head(self) -> None:
        fresh = self.path.with_name(self.path.name + ".head.new")
        try:
            fresh.write_text(f"{self._version} {self._head}\n", encoding="ascii")
            fresh.replace(self.path.with_name(self.path.name + ".head"))
            self._since_head = 0
        except OSError as error:
            raise self._failed(error) from error

    def _keep_reserve(self) -> None:
        if not self._reserve.exists() or self._reserve.stat().st_size < RESERVE_BYTES:
            self._reserve.write_bytes(bytes(RESERVE_BYTES))

    def _take_lease(self) -> int:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lease = os.open(self.path.with_name(self.path.name + ".lease"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lease)
            remedy = "Wait for the other run to end, or stop it; two controllers never share one shop."
            raise LogBusy(Finding(str(self.path), "lease", "a live run", "no other run of this shop", remedy)) from None
        return lease

    def _release(self) -> None:
        if self._lease is not None:
            os.close(self._lease)
            self._lease = None

    def _failed(self, error: Exception) -> EnvironmentFailed | BadInput:
        text = str(error)
        if isinstance(error, sqlite3.IntegrityError):
            return BadInput(
                Finding(str(self.path), "append", text, "command ids that were never issued", "Use a new id.")
            )
        if isinstance(error, sqlite3.DatabaseError) and ("not a database" in text or "no such table" in text):
            return BadInput(
                Finding(str(self.path), "", text, "a Nightmill log", "Restore the log or begin a fresh run.")
            )
        remedy = "Free disk space, then continue with --resume; nothing acknowledged is lost."
        return EnvironmentFailed(Finding(str(self.path), "append", text, "a writable log", remedy))


def chained(previous: str, body: bytes) -> str:
    """The chain hash of an event: SHA-256 over the hash before it and its bytes."""
    return hashlib.sha256(previous.encode() + body).hexdigest()
