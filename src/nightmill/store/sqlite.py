"""The default event store: SQLite, write-ahead log, every commit synced to disk.

It has tables for events with a SHA-256 chain, for issued command ids and for an index of exceptions (projections kept in the
same transaction), for snapshots, and for the fencing token of the controller that may write. The head of the chain is
signed in the same transaction, and from time to time in a file next to the log, so that a truncated log and a recomputed
chain are detected.
"""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from nightmill.floor import equipment
from nightmill.store.during_sync import Meanwhile
from nightmill.store.encoding import GENESIS, Batch, decoded, linked, numbered
from nightmill.store.head import (
    NO_ENTRIES,
    Entry,
    Head,
    HeadFile,
    head_of_row,
    head_signature,
    index_digest,
    refuse_other_index,
)
from nightmill.store.lease import FileLease, LogBusy, read_lease
from nightmill.store.projections import projected
from nightmill.store.snapshots import StoredSnapshot, snapshot_signature, stored_snapshot
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding, NightmillError, fenced
from nightmill.vocabulary.events import Event, Snapshot

RESERVE_BYTES = 4 << 20
LAYOUT = 3
"""Layout version of tables and projections; the projections of a log with another layout are rebuilt when it is next written."""
ROOM_BYTES = 4 << 20
"""Size of the write-ahead log, allocated when a writer opens it. Frames are then written over existing blocks of the file,
so the sync of a commit doesn't wait for changes to the file system's metadata. SQLite restarts at the beginning of the file
after each checkpoint."""
PAGE_BYTES, CHECKPOINT_PAGES = 4096, 1000
"""Page size, and pages written before a checkpoint: SQLite's defaults."""
BUSY_MS = 5000
LOOK_EVERY_S = 0.01
RESTORE = "Restore the log from an archive."
NO_LOG = ("not a database", "no such table", "malformed")
"""SQLite's messages for a file that isn't a database or is broken; freeing disk space doesn't help in these cases."""
MOST_TOKEN = 2**62
SHOOT_AFTER_MS = 150
"""Seconds that a standby waits for a stopped leader to finish its transaction before it kills that process."""
_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS command (command_id TEXT PRIMARY KEY, seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS entry (name TEXT, key TEXT, seq INTEGER, PRIMARY KEY (name, key, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS snapshot (kind TEXT PRIMARY KEY, seq INTEGER, hash TEXT, mark TEXT, body BLOB, signature TEXT);
CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL, entries TEXT NOT NULL, signature TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lease (one INTEGER PRIMARY KEY CHECK (one = 1), token INTEGER NOT NULL);
INSERT OR IGNORE INTO lease VALUES (1, 0);
COMMIT;
"""
_APPEND = "INSERT INTO event SELECT ?, ?, ? FROM lease WHERE token = ?"
"""Inserts the event only if the writer's fencing token is the current one."""


class SqliteEventStore:
    """``floor.equipment.EventStore`` on one SQLite file; one writer at a time, held by a lock on ``PATH.lease``."""

    def __init__(self, path: Path, *, writer: bool = True, over: int | None = None, proven: bool = True) -> None:
        """Open the log at ``path``; a writer takes the lease and a new fencing token.

        ``proven``: refuse a log whose end isn't the one signed with its key; the audit opens any log.
        ``over``: take over from the stopped holder of this token instead; ``LogBusy`` if somebody else has just done so.
        Raises ``LogBusy`` if another controller leads, ``BadInput`` for a file that isn't a log or was truncated, ``EnvironmentFailed``
        if the disk fails.
        """
        self.path = path
        self.place = str(path)
        self.token = 0
        self._head_file = HeadFile(path)
        self._lease: FileLease | None = None
        self._proven, self._index = proven, ""
        self._meanwhile = Meanwhile()
        self._reserve = path.with_name(path.name + ".reserve")
        try:
            if writer and over is None:
                self._lease = FileLease.take(_lease_path(path))
            if writer:
                self._keep_reserve()
            known = (
                self._head_file.read()
            )  # before the log is read, since the controller being replaced may still append
            if writer and path.exists() and not path.stat().st_size:
                # opening the file would turn it into an empty log
                self._head_file.refuse_if_changed(known, None, (0, GENESIS), lambda seq: "", self.place)
            self._open(path)
            if writer:
                self._refuse_if_changed(known)
                self._begin_reign(over)
                self._make_room()
            else:
                self._await_tables()
                if proven:
                    self._refuse_if_unsigned(known)
            self._version, self._head = self._read_head()
            self._index = index_digest(NO_ENTRIES, self._all_entries()) if writer else ""
        except (sqlite3.Error, OSError) as error:
            self._abandon()
            raise self._failed(error) from error
        except NightmillError:
            self._abandon()
            raise

    def append(
        self, events: Sequence[Event], *, expected_version: int, meanwhile: Callable[[], None] | None = None
    ) -> int:
        """Append in one synced transaction; see ``floor.equipment.EventStore.append``."""
        if expected_version != self._version:
            raise equipment.WrongVersion(expected_version, self._version)
        batch = numbered(events, self._version, self._head)
        try:
            self._db.execute("BEGIN IMMEDIATE")
            index = self._insert(batch)
            if meanwhile is not None:
                self._meanwhile.begin(
                    meanwhile
                )  # not earlier, or each statement would have to wait for the other thread to release the interpreter
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise self._failed(error) from error
        self._version, self._head, self._index = batch.version, batch.head, index
        self._head_file.appended(self._version, self._head)
        if meanwhile is not None:
            self._meanwhile.end()
        return self._version

    def _insert(self, batch: Batch) -> str:
        """Write the rows; return the digest of the index that includes them."""
        rows = [(*row, self.token) for row in batch.rows]
        if self._db.executemany(_APPEND, rows).rowcount != len(rows):
            self._refuse_if_fenced()
        index = index_digest(self._index, batch.entries)
        self._sign_head(batch.version, batch.head, index)
        if batch.commands:
            self._db.executemany("INSERT INTO command VALUES (?, ?)", batch.commands)
        if batch.entries:
            self._db.executemany("INSERT INTO entry VALUES (?, ?, ?)", batch.entries)
        return index

    def read(self, after: int = 0) -> Iterator[Event]:
        """All events after number ``after`` in order. Raises ``BadInput`` if the file or the chain is broken."""
        yield from linked(self.rows(after), (after, self._hash_at(after)), self.place)

    def last(self) -> Event | None:
        """Return the newest event."""
        return self.event(self._read_head()[0])

    def rows(self, after: int = 0) -> Iterator[tuple[int, bytes, str]]:
        """Number, bytes and chain hash of each event after number ``after`` as stored; for audit and archive.

        Raises ``BadInput`` if the file is broken there, or holds a type that a log doesn't have.
        """
        for seq, body, stored in self._asked("SELECT seq, body, hash FROM event WHERE seq > ? ORDER BY seq", (after,)):
            if not isinstance(body, bytes) or not isinstance(stored, str):
                found = f"a row of {type(body).__name__} and {type(stored).__name__}"
                raise BadInput(
                    Finding(self.place, f"event {seq}", found, "a row of bytes and str, as the log has them", RESTORE)
                )
            yield seq, body, stored

    @contextmanager
    def moment(self) -> Iterator[None]:
        """A block within which all reads see the log as of one moment, however many events are appended; a nested block sees the same
        moment.
        """
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._roll_back()

    def issued(self) -> dict[str, int]:
        """Return the projection of command ids to the number of the event that issued each."""
        return dict(self._asked("SELECT command_id, seq FROM command"))

    def entries(self, name: str) -> list[tuple[str, int]]:
        """The projection ``name``: keys and event numbers, in order of events. Raises ``BadInput`` if it isn't the one that was signed."""
        with self.moment():
            entries, head = self._all_entries(), self.signed_head()
        if self._proven:
            refuse_other_index(head, entries, self.place)
        return [(key, seq) for each, key, seq in entries if each == name]

    def _all_entries(self) -> list[Entry]:
        return list(self._asked("SELECT name, key, seq FROM entry ORDER BY seq, name, key"))

    def identity(self) -> str:
        """Return the first event's hash, which identifies the run; empty before the first event."""
        row = next(self._asked("SELECT hash FROM event WHERE seq = 1"), None)
        return str(row[0]) if row else ""

    def event(self, seq: int) -> Event | None:
        """Return the event with this number."""
        found = next(self.read(seq - 1), None) if seq > 0 else None
        return found if found is not None and found.seq == seq else None

    def version(self) -> int:
        """Return how many events the log has."""
        return self._version if self._lease is not None else self._read_head()[0]

    def head(self) -> tuple[int, str]:
        """Number and chain hash of the newest event."""
        return self._read_head()

    def signed_head(self) -> Head | None:
        """Return the head that was signed with the last append, and whether its signature matches the log's key."""
        if not self._has("head"):
            return None
        row = next(self._asked("SELECT seq, hash, entries, signature FROM head"), None)
        return head_of_row(self._head_file.key, row)

    def sign(self) -> None:
        """Sign the log's current end, which the caller has checked."""
        self._head_file.key.make()
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._sign_head(*self._read_head(), index_digest(NO_ENTRIES, self._all_entries()))
            self._db.execute("DELETE FROM snapshot")  # older ones were signed with another key
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise self._failed(error) from error
        self._head_file.keep(*self._read_head())

    def strange(self) -> str:
        """Objects in the file that Nightmill didn't create, such as a trigger; empty if there are none."""
        query = "SELECT type, name, sql FROM sqlite_master WHERE NOT (type = 'index' AND sql IS NULL) ORDER BY name"
        made, present = _made_here(), self.indexed()
        found = [
            f"{kind} {name}"
            for kind, name, sql in self._asked(query)
            if kind != "table" or name not in made or (present and sql != made[name])
        ]
        return ", ".join(found)

    def indexed(self) -> bool:
        """Return whether the projections are those of this program version: an older log gets them when it is next written."""
        return bool(self._db.execute("PRAGMA user_version").fetchone()[0] == LAYOUT)

    def spoilt(self) -> str:
        """Damage in the file's structure, including indexes and unused pages; empty if it is intact."""
        if strange := self.strange():
            return f"it holds objects that Nightmill didn't create: {strange}"
        try:
            found = [str(row[0]) for row in self._asked("PRAGMA quick_check(1)")]
        except BadInput as error:
            return error.findings[0].found
        return "" if found == ["ok"] else "; ".join(" ".join(each.split()) for each in found)

    def adopt(self, rows: Iterable[tuple[int, bytes, str]]) -> None:
        """Copy the rows of another log unchanged into this empty one."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT INTO event VALUES (?, ?, ?)", rows)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise self._failed(error) from error
        except BadInput:
            self._roll_back()
            raise
        self.rebuild()
        self._version, self._head = self._read_head()
        self.sign()

    def keep_snapshot(self, kind: str, mark: str, body: bytes) -> None:
        """Store ``body`` as the state after the newest event; see ``floor.equipment.EventStore``."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._refuse_if_fenced()
            signature = snapshot_signature(self._head_file.key, kind, self._version, self._head, mark, body)
            row = (kind, self._version, self._head, mark, body, signature)
            self._db.execute("INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?, ?)", row)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise self._failed(error) from error

    def snapshot(self, kind: str, mark: str) -> Snapshot | None:
        """Return the newest snapshot with this mark, if the chain still has its event and its signature matches the log's key."""
        found = next((each for each in self.snapshots() if each.kind == kind and each.mark == mark), None)
        return found.snapshot if found is not None and not found.problem else None

    def snapshots(self) -> list[StoredSnapshot]:
        """Return all stored snapshots, each with its problem if it has one."""
        try:
            query = "SELECT s.kind, s.seq, s.hash, s.mark, s.body, s.signature, e.hash FROM snapshot s LEFT JOIN event e USING (seq)"
            rows = self._db.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []  # opened for reading, and written before snapshots were signed
        except sqlite3.DatabaseError as error:
            raise self._failed(error) from error
        return [stored_snapshot(self._head_file.key, row) for row in rows]

    def rebuild(self) -> None:
        """Rebuild the projections from the events, in one transaction."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("DELETE FROM command")
        self._db.execute("DELETE FROM entry")
        for seq, body, _ in self.rows():
            commands, entries = projected(decoded(body, self.place), seq)
            self._db.executemany("INSERT INTO command VALUES (?, ?)", commands)
            self._db.executemany("INSERT INTO entry VALUES (?, ?, ?)", entries)
        self._db.execute(f"PRAGMA user_version = {LAYOUT}")
        self._db.execute("COMMIT")

    def release_reserve(self) -> None:
        """Release the reserved disk space, so that a stop because of a full disk can still be logged."""
        self._reserve.unlink(missing_ok=True)

    def restore_reserve(self) -> None:
        """Reserve the disk space again. Raises ``EnvironmentFailed`` while there is none."""
        try:
            self._keep_reserve()
        except OSError as error:
            self._reserve.unlink(missing_ok=True)
            raise self._failed(error) from error

    def close(self) -> None:
        """Close the file and release the lease."""
        if self._lease is not None and not self._is_fenced():
            self._head_file.write(self._version, self._head)
        self._abandon()

    def _asked(self, query: str, values: tuple[int | str, ...] = ()) -> Iterator[Any]:
        """The rows of a query. Raises ``BadInput`` if a page of the file is broken."""
        try:
            for row in self._db.execute(query, values):  # noqa: UP028  # `yield from` would close the cursor of a closed log
                yield row
        except sqlite3.DatabaseError as error:
            raise self._failed(error) from error

    def _open(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA trusted_schema=OFF")

    def _has(self, table: str) -> bool:
        """Return whether the file has this table already."""
        return bool(self._db.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0])

    def _sign_head(self, version: int, head: str, index: str) -> None:
        signature = head_signature(self._head_file.key, version, head, index)
        self._db.execute("INSERT OR REPLACE INTO head VALUES (1, ?, ?, ?, ?)", (version, head, index, signature))

    def _refuse_if_changed(self, known: Head | None) -> None:
        """Raise ``BadInput`` if the log isn't what its key has signed, or the file holds foreign objects."""
        if strange := self.strange():
            raise BadInput(Finding(self.place, "file", strange, "only the tables of a log", RESTORE))
        self._refuse_if_unsigned(known)

    def _refuse_if_unsigned(self, known: Head | None) -> None:
        last, inside = (0, GENESIS), None
        if self._has("event"):
            with self.moment():
                last, inside = self._read_head(), self.signed_head()
        self._head_file.refuse_if_changed(known, inside, last, self._hash_at, self.place)

    def _hash_at(self, seq: int) -> str:
        if not seq:
            return GENESIS
        row = next(self._asked("SELECT hash FROM event WHERE seq = ?", (seq,)), None)
        return str(row[0]) if row else ""

    def _begin_reign(self, over: int | None) -> None:
        """Increment the fencing token; from now on every older writer is refused."""
        lease = _lease_path(self.path)
        if over is not None:
            self._wait_for_a_stopped_writer(read_lease(lease))
        if self._db.execute("PRAGMA user_version").fetchone()[0] != LAYOUT:
            self._db.execute("DROP TABLE IF EXISTS snapshot")  # a cache with an older layout
        self._db.executescript(_SCHEMA)
        if self._db.execute("PRAGMA user_version").fetchone()[0] != LAYOUT:
            self.rebuild()
        if not self._read_head()[0]:
            self._head_file.begin()
        self._db.execute("BEGIN IMMEDIATE")
        (known,) = self._db.execute("SELECT token FROM lease").fetchone() or (None,)
        if not isinstance(known, int) or not 0 <= known < MOST_TOKEN:
            self._db.execute("ROLLBACK")
            raise BadInput(Finding(self.place, "lease", f"the fencing token {str(known)[:40]!r}", "a number", RESTORE))
        if over is not None and known != over:
            self._db.execute("ROLLBACK")
            remedy = "Stand by for the new leader."
            raise LogBusy(Finding(self.place, "lease", f"token {known}", f"token {over}", remedy))
        self.token = 1 + max(known, read_lease(lease)[1])
        self._db.execute("UPDATE lease SET token = ?", (self.token,))
        self._db.execute("COMMIT")
        if self._lease is None:
            self._lease = FileLease.replace(lease)
        self._lease.show(self.token)

    def _await_tables(self) -> None:
        """Wait while the file is empty: its writer has just opened it, and creates all tables in one transaction."""
        deadline = time.monotonic() + BUSY_MS / 1000.0
        while not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_S)

    def _make_room(self) -> None:
        """Grow the write-ahead log to ``ROOM_BYTES`` by commits that rewrite the file's first page and are synced at the end."""
        there = self.path.with_name(self.path.name + "-wal").stat().st_size
        try:
            self._db.execute("PRAGMA synchronous=OFF")
            self._db.execute("PRAGMA wal_autocheckpoint=0")
            for number in range(1, 1 + (ROOM_BYTES - there) // PAGE_BYTES):
                self._db.execute(f"PRAGMA application_id={number}")
        except sqlite3.Error:
            # this only makes commits faster; on a full disk, release the space for real data
            self._roll_back()
            with suppress(sqlite3.Error):
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        with suppress(sqlite3.Error):
            self._db.execute("PRAGMA application_id=0")
            self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()  # doesn't wait for readers

    def _wait_for_a_stopped_writer(self, holder: tuple[int, int, int]) -> None:
        """Kill a holder that was stopped inside a transaction, since SQLite's own lock would remain."""
        self._db.execute(f"PRAGMA busy_timeout={SHOOT_AFTER_MS}")
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("ROLLBACK")
        except sqlite3.OperationalError:
            if read_lease(_lease_path(self.path)) == holder and holder[2] > 1:
                os.kill(holder[2], signal.SIGKILL)
        self._db.execute(f"PRAGMA busy_timeout={BUSY_MS}")

    def _refuse_if_fenced(self) -> None:
        (newest,) = self._db.execute("SELECT token FROM lease").fetchone()
        if newest != self.token:
            self._db.execute("ROLLBACK")
            raise fenced(self.place, self.token, newest)

    def _is_fenced(self) -> bool:
        return bool(self._db.execute("SELECT token FROM lease").fetchone()[0] != self.token)

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def _read_head(self) -> tuple[int, str]:
        row = self._db.execute("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1").fetchone()
        return (row[0], row[1]) if row else (0, GENESIS)

    def _keep_reserve(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self._reserve.is_file() or self._reserve.stat().st_size < RESERVE_BYTES:
            self._reserve.unlink(missing_ok=True)  # never write to another kind of file with this name
            self._reserve.write_bytes(bytes(RESERVE_BYTES))

    def _abandon(self) -> None:
        self._meanwhile.close()
        if hasattr(self, "_db"):
            self._db.close()
        if self._lease is not None:
            self._lease.release()
            self._lease = None

    def _failed(self, error: Exception) -> EnvironmentFailed | BadInput:
        text = str(error)
        if isinstance(error, sqlite3.IntegrityError):
            return BadInput(Finding(self.place, "append", text, "command ids that were never issued", "Use a new id."))
        if isinstance(error, sqlite3.DatabaseError) and any(word in text for word in NO_LOG):
            remedy = "Restore the log from an archive, or start a fresh run."
            return BadInput(Finding(self.place, "", text, "a Nightmill log", remedy))
        remedy = "Free disk space, then continue with --resume; nothing acknowledged is lost."
        return EnvironmentFailed(Finding(self.place, "append", text, "a writable log", remedy))


@cache
def _made_here() -> dict[str, str]:
    """Return the tables of a log, with their definitions as SQLite stores them."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(_SCHEMA)
        return dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())


def _lease_path(path: Path) -> Path:
    return path.with_name(path.name + ".lease")
