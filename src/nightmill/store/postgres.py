"""The event store on PostgreSQL: the same port, for a standby on another machine and for readers on any machine.

Many logs share one database, each under its own name. The writer holds a session lock, which the server releases when the
writer dies and its connection ends, and increments a pulse; every append checks the fencing token in its own transaction. The
server ends an idle transaction of a stopped writer after ``IDLE_MS``.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

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
from nightmill.store.idle_connections import IdleConnections
from nightmill.store.lease import PULSE_S, SLOW, STALL_S, LogBusy, Stillness, place_of, runs_there
from nightmill.store.projections import projected
from nightmill.store.snapshots import StoredSnapshot, snapshot_signature, stored_snapshot
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding, fenced
from nightmill.vocabulary.events import Event, Snapshot

if TYPE_CHECKING:
    import psycopg

IDLE_MS = 500
LEAVES_S = 0.5
"""Maximum time, s, that the server may take to end the session of a writer that has closed its connection, and so to release the lock."""
CONNECT_S = 5
_CALLED = "nightmill"
_PAGE = 5000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS nightmill_event (log text, seq bigint, body bytea NOT NULL, hash text NOT NULL, PRIMARY KEY (log, seq));
CREATE TABLE IF NOT EXISTS nightmill_command (log text, command_id text, seq bigint NOT NULL, PRIMARY KEY (log, command_id));
CREATE TABLE IF NOT EXISTS nightmill_entry (log text, name text, key text, seq bigint, PRIMARY KEY (log, name, key, seq));
CREATE TABLE IF NOT EXISTS nightmill_snapshot (log text, kind text, seq bigint, hash text, mark text, body bytea, PRIMARY KEY (log, kind));
ALTER TABLE nightmill_snapshot ADD COLUMN IF NOT EXISTS signature text;
CREATE TABLE IF NOT EXISTS nightmill_head (log text PRIMARY KEY, seq bigint NOT NULL, hash text NOT NULL, entries text NOT NULL, signature text NOT NULL);
CREATE TABLE IF NOT EXISTS nightmill_lease (log text PRIMARY KEY, token bigint NOT NULL);
CREATE TABLE IF NOT EXISTS nightmill_pulse (log text PRIMARY KEY, pulse bigint NOT NULL);
"""
_HOLDERS = """FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 7 AND objsubid = 2
  AND classid::bigint = (hashtext(%s)::bigint & 4294967295)"""
_idle = IdleConnections()
_TABLES = ("nightmill_event", "nightmill_command", "nightmill_entry", "nightmill_snapshot", "nightmill_head")


class NoTables(BadInput):
    """The database has never held a log."""


class PostgresEventStore:
    """``floor.equipment.EventStore`` under ``name`` in the database at ``url``; one writer at a time."""

    def __init__(
        self, url: str, name: str, beside: Path, *, writer: bool = True, over: int | None = None, proven: bool = True
    ) -> None:
        """Connect; a writer takes the lease and a new fencing token. The log's key and head are in files named after ``beside``.
        ``proven``: refuse a log whose end isn't the one signed with its key; the audit opens any log.
        ``over``: take over from the stopped holder of this token instead; ``LogBusy`` if somebody else has just done so.
        Raises ``LogBusy`` if another controller leads, ``EnvironmentFailed`` if there is no such database, and for a
        reader ``NoTables`` if the database has never held a log.
        """
        self._psycopg = _driver()
        self.url, self.name = url, name
        self.place = f"{name} at {_shown(url)}"
        self.token = 0
        self._writes, self._closed = writer, False
        self._heart: _Pulse | None = None
        self._proven, self._index = proven, ""
        self._meanwhile = Meanwhile()
        self._head_file = HeadFile(beside)
        self._db = (None if writer else _idle.take(url)) or self._connected()
        try:
            known = self._head_file.read()  # before the log is read: the controller being replaced may still append
            if writer:
                self._make_tables()
                self._refuse_if_changed(known, writer=True)
                self._begin_reign(over)
            elif proven and self._head_file.key.exists():
                self._refuse_if_changed(known)
            self._version, self._head = self._read_head()
            self._index = index_digest(NO_ENTRIES, self._all_entries()) if writer else ""
        except self._psycopg.Error as error:
            self._abandon()
            raise self._failed(error) from error
        except (LogBusy, BadInput):
            self._abandon()
            raise

    def append(
        self, events: Sequence[Event], *, expected_version: int, meanwhile: Callable[[], None] | None = None
    ) -> int:
        """Append in one durable transaction; see ``floor.equipment.EventStore.append``."""
        if expected_version != self._version:
            raise equipment.WrongVersion(expected_version, self._version)
        batch = numbered(events, self._version, self._head)
        try:
            self._heal()
            if meanwhile is not None:
                self._meanwhile.begin(meanwhile)
            try:
                self._insert(batch)
            except self._psycopg.OperationalError:
                # the connection broke: check whether the append was committed and only the reply was lost
                if not self._heal():
                    raise
                if self._read_head() != (batch.version, batch.head):
                    self._insert(batch)
        except self._psycopg.Error as error:
            raise self._failed(error) from error
        self._version, self._head = batch.version, batch.head
        self._index = index_digest(self._index, batch.entries)
        self._head_file.appended(self._version, self._head)
        if meanwhile is not None:
            self._meanwhile.end()
        return self._version

    def _insert(self, batch: Batch) -> None:
        with self._db.transaction(), self._db.cursor() as cursor:
            self._refuse_if_fenced(cursor)
            values = [(self.name, *row) for row in batch.rows]
            cursor.executemany("INSERT INTO nightmill_event VALUES (%s, %s, %s, %s)", values)
            self._sign_head(cursor, batch.version, batch.head, index_digest(self._index, batch.entries))
            self._project(cursor, batch.commands, batch.entries)

    def read(self, after: int = 0) -> Iterator[Event]:
        """All events after number ``after`` in order. Raises ``BadInput`` if the chain is broken."""
        yield from linked(self.rows(after), (after, self._hash_at(after)), self.place)

    def rows(self, after: int = 0) -> Iterator[tuple[int, bytes, str]]:
        """Number, bytes and chain hash of each event after number ``after`` as stored; for audit and archive."""
        return self._rows(after, _PAGE)

    def identity(self) -> str:
        """Return the first event's hash, which identifies the run; empty before the first event."""
        row = self._first("SELECT hash FROM nightmill_event WHERE log = %s AND seq = 1", self.name)
        return str(row[0]) if row else ""

    def event(self, seq: int) -> Event | None:
        """Return the event with this number."""
        rows = self._rows(seq - 1, 1) if seq > 0 else iter(())
        found = next(linked(rows, (seq - 1, self._hash_at(seq - 1)), self.place), None)
        return found if found is not None and found.seq == seq else None

    def last(self) -> Event | None:
        """Return the newest event."""
        return self.event(self._read_head()[0])

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Return a block within which all reads see the log at one moment, however many events are appended meanwhile.
        The block may last as long as the reader needs, since it doesn't block writing. A nested block sees the same moment.
        """
        if self._db.info.transaction_status == self._psycopg.pq.TransactionStatus.INTRANS:
            yield
            return
        with self._db.transaction():
            self._db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._db.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield

    def issued(self) -> dict[str, int]:
        """Return the projection of command ids to the number of the event that issued each."""
        return dict(self._all("SELECT command_id, seq FROM nightmill_command WHERE log = %s", self.name))

    def entries(self, name: str) -> list[tuple[str, int]]:
        """The projection ``name``: keys and event numbers, in order of events. Raises ``BadInput`` if it isn't the one that was signed."""
        with self.moment():
            entries, head = self._all_entries(), self.signed_head()
        if self._proven:
            refuse_other_index(head, entries, self.place)
        return [(key, seq) for each, key, seq in entries if each == name]

    def _all_entries(self) -> list[Entry]:
        query = "SELECT name, key, seq FROM nightmill_entry WHERE log = %s ORDER BY seq, name, key"
        return list(self._all(query, self.name))

    def spoilt(self) -> str:
        """Always empty: checking the database's files is its administrator's task."""
        return ""

    def begun(self) -> bool:
        """Return whether the database has events of this log."""
        return self.version() > 0

    def version(self) -> int:
        """Return how many events the log has."""
        return self._version if self.token else self._read_head()[0]

    def head(self) -> tuple[int, str]:
        """Number and chain hash of the newest event."""
        return self._read_head()

    def indexed(self) -> bool:
        """Return whether the projections are those of this program version."""
        return True

    def keep_snapshot(self, kind: str, mark: str, body: bytes) -> None:
        """Store ``body`` as the state after the newest event; see ``floor.equipment.EventStore``."""
        query = (
            "INSERT INTO nightmill_snapshot VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (log, kind) DO UPDATE SET"
            " seq = excluded.seq, hash = excluded.hash, mark = excluded.mark, body = excluded.body,"
            " signature = excluded.signature"
        )
        try:
            with self._db.transaction(), self._db.cursor() as cursor:
                self._refuse_if_fenced(cursor)
                signature = snapshot_signature(self._head_file.key, kind, self._version, self._head, mark, body)
                cursor.execute(query, (self.name, kind, self._version, self._head, mark, body, signature))
        except self._psycopg.Error as error:
            raise self._failed(error) from error

    def snapshot(self, kind: str, mark: str) -> Snapshot | None:
        """Return the newest snapshot with this mark, if the chain still has its event and its signature matches the log's key."""
        found = next((each for each in self.snapshots() if each.kind == kind and each.mark == mark), None)
        return found.snapshot if found is not None and not found.problem else None

    def snapshots(self) -> list[StoredSnapshot]:
        """Return all stored snapshots, each with its problem if it has one."""
        query = (
            "SELECT s.kind, s.seq, s.hash, s.mark, s.body, s.signature, e.hash FROM nightmill_snapshot s"
            " LEFT JOIN nightmill_event e ON e.log = s.log AND e.seq = s.seq WHERE s.log = %s"
        )
        return [stored_snapshot(self._head_file.key, row) for row in self._all(query, self.name)]

    def signed_head(self) -> Head | None:
        """Return the head that was signed with the last append, and whether its signature matches the log's key."""
        query = "SELECT seq, hash, entries, signature FROM nightmill_head WHERE log = %s"
        return head_of_row(self._head_file.key, self._first(query, self.name))

    def sign(self) -> None:
        """Sign the log's current end, which the caller has checked."""
        self._head_file.key.make()
        with self._db.transaction(), self._db.cursor() as cursor:
            self._sign_head(cursor, *self._read_head(), index_digest(NO_ENTRIES, self._all_entries()))
            cursor.execute("DELETE FROM nightmill_snapshot WHERE log = %s", (self.name,))
        self._head_file.keep(*self._read_head())

    def release_reserve(self) -> None:
        """Do nothing: the server manages its own disk."""

    def restore_reserve(self) -> None:
        """Do nothing if the server answers. Raises ``EnvironmentFailed`` while it doesn't."""
        try:
            self._heal()
            self._one("SELECT 1")
        except self._psycopg.Error as error:
            raise self._failed(error) from error

    def clear(self) -> None:
        """Delete the log from the database, once it is in an archive; its fencing token stays."""
        with self._db.transaction(), self._db.cursor() as cursor:
            self._refuse_if_fenced(cursor)
            for table in _TABLES:
                cursor.execute(f"DELETE FROM {table} WHERE log = %s", (self.name,))
        self._version, self._head = self._read_head()

    def close(self) -> None:
        """Close the connection; the lease ends with it."""
        if self.token:
            self._head_file.write(self._version, self._head)
        self._abandon()

    def _connected(self) -> "psycopg.Connection[Any]":
        try:
            return cast(
                "psycopg.Connection[Any]",
                self._psycopg.connect(
                    self.url,
                    autocommit=True,
                    connect_timeout=CONNECT_S,
                    options=f"-c idle_in_transaction_session_timeout={IDLE_MS} -c synchronous_commit=on",
                    application_name=f"{_CALLED} {place_of(os.getpid())}",
                ),
            )
        except self._psycopg.Error as error:
            raise self._failed(error) from error

    def _make_tables(self) -> None:
        with self._db.transaction(), self._db.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('nightmill schema'))")
            cursor.execute(_SCHEMA)
            cursor.execute("INSERT INTO nightmill_lease VALUES (%s, 0) ON CONFLICT DO NOTHING", (self.name,))
            cursor.execute("INSERT INTO nightmill_pulse VALUES (%s, 0) ON CONFLICT DO NOTHING", (self.name,))

    def _sign_head(self, cursor: Any, version: int, head: str, index: str) -> None:
        query = (
            "INSERT INTO nightmill_head VALUES (%s, %s, %s, %s, %s) ON CONFLICT (log) DO UPDATE SET"
            " seq = excluded.seq, hash = excluded.hash, entries = excluded.entries, signature = excluded.signature"
        )
        cursor.execute(
            query, (self.name, version, head, index, head_signature(self._head_file.key, version, head, index))
        )

    def _refuse_if_changed(self, known: Head | None, *, writer: bool = False) -> None:
        """Check the log as a SQLite log is checked; a reader on another machine has no key, and relies on the database's access rights."""
        with self.moment():
            last, inside = self._read_head(), self.signed_head()
        self._head_file.refuse_if_changed(known, inside, last, self._hash_at, self.place)
        if writer and not last[0]:
            self._head_file.begin()

    def _hash_at(self, seq: int) -> str:
        if not seq:
            return GENESIS
        row = self._first("SELECT hash FROM nightmill_event WHERE log = %s AND seq = %s", self.name, seq)
        return str(row[0]) if row else ""

    def _begin_reign(self, over: int | None) -> None:
        """Take the session lock and raise the fencing token: from now on every older writer is refused."""
        if over is None and not self._lock_within(LEAVES_S):
            remedy = "Wait for the other run to end, or stop it; two controllers never lead one shop."
            raise LogBusy(Finding(self.place, "lease", "a live run", "no other run of this shop", remedy))
        query = "UPDATE nightmill_lease SET token = token + 1 WHERE log = %s AND token = coalesce(%s, token) RETURNING token"
        row = self._one(query, self.name, over)
        if row is None:
            remedy = "Stand by for the new leader."
            raise LogBusy(Finding(self.place, "lease", "another leader", f"token {over}", remedy))
        self.token = row[0]
        if over is not None:
            self._end_sessions_of_the_stopped()
        self._heart = _Pulse(self)

    def _lock(self) -> bool:
        row = self._one("SELECT pg_try_advisory_lock(hashtext(%s), 7)", self.name)
        return bool(row and row[0])

    def _lock_within(self, seconds: float) -> bool:
        """Try for this many seconds to get the lock; return whether that succeeded."""
        deadline = time.monotonic() + seconds
        while not self._lock():
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.01)
        return True

    def _end_sessions_of_the_stopped(self) -> None:
        """End the sessions of a stopped writer, and so release its lock, so that the next writer's death is noticed at once."""
        query = f"SELECT pg_terminate_backend(pid) {_HOLDERS} AND pid <> pg_backend_pid()"
        self._one(query, self.name)
        self._lock_within(2.0)

    def _heal(self) -> bool:
        """Reconnect if the connection broke, and continue to lead only if nobody has taken over; return whether it had broken."""
        if not (self._db.closed or self._db.broken):
            return False
        self._db = self._connected()
        while self.token and not self._lock():
            newest = self._one("SELECT token FROM nightmill_lease WHERE log = %s", self.name)[0]
            if newest != self.token:
                raise fenced(self.place, self.token, newest)
            time.sleep(0.01)  # the server will soon release the lock of the broken connection
        return True

    def _refuse_if_fenced(self, cursor: Any) -> None:
        cursor.execute("SELECT token FROM nightmill_lease WHERE log = %s FOR SHARE", (self.name,))
        newest = cursor.fetchone()[0]
        if newest != self.token:
            raise fenced(self.place, self.token, newest)

    def _project(self, cursor: Any, commands: Sequence[Any], entries: Sequence[Any]) -> None:
        if commands:
            values = [(self.name, *row) for row in commands]
            cursor.executemany("INSERT INTO nightmill_command VALUES (%s, %s, %s)", values)
        if entries:
            values = [(self.name, *row) for row in entries]
            cursor.executemany("INSERT INTO nightmill_entry VALUES (%s, %s, %s, %s)", values)

    def rebuild(self) -> None:
        """Rebuild the projections from the events, in one transaction."""
        rows = list(self.rows())
        with self._db.transaction(), self._db.cursor() as cursor:
            for table in ("nightmill_command", "nightmill_entry"):
                cursor.execute(f"DELETE FROM {table} WHERE log = %s", (self.name,))
            for seq, body, _ in rows:
                self._project(cursor, *projected(decoded(body, self.place), seq))

    def _rows(self, after: int, limit: int) -> Iterator[tuple[int, bytes, str]]:
        query = "SELECT seq, body, hash FROM nightmill_event WHERE log = %s AND seq > %s ORDER BY seq LIMIT %s"
        while page := self._all(query, self.name, after, limit):
            for seq, body, stored in page:
                yield seq, bytes(body), stored
            after = page[-1][0]

    def _read_head(self) -> tuple[int, str]:
        query = "SELECT seq, hash FROM nightmill_event WHERE log = %s ORDER BY seq DESC LIMIT 1"
        row = self._first(query, self.name)
        return (row[0], row[1]) if row else (0, GENESIS)

    def _one(self, query: str, *values: Any) -> Any:
        return self._db.execute(query, values).fetchone()

    def _all(self, query: str, *values: Any) -> Any:
        """Return the rows of a query that is safe to repeat; it is run again if the connection broke."""
        try:
            try:
                return self._db.execute(query, values).fetchall()
            except self._psycopg.OperationalError:
                if not self._heal():
                    raise
                return self._db.execute(query, values).fetchall()
        except self._psycopg.Error as error:
            raise self._failed(error) from error

    def _first(self, query: str, *values: Any) -> Any:
        return next(iter(self._all(query, *values)), None)

    def _abandon(self) -> None:
        self._meanwhile.close()
        if self._heart is not None:
            self._heart.stop()
            self._heart = None
        if self._writes:  # its session may hold the lock
            self._db.close()
        elif not self._closed:
            _idle.give_back(self.url, self._db)
        self._closed = True

    def _failed(self, error: Exception) -> EnvironmentFailed | BadInput:
        text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        if isinstance(error, self._psycopg.errors.UniqueViolation) and "command" in text:
            return BadInput(Finding(self.place, "append", text, "command ids that were never issued", "Use a new id."))
        if isinstance(error, self._psycopg.errors.UndefinedTable):
            remedy = "Run the shop once, or correct [log] in shop.toml."
            return NoTables(Finding(self.place, "", text, "a Nightmill log", remedy))
        remedy = "Check that the database is running, then continue with --resume; nothing acknowledged is lost."
        return EnvironmentFailed(Finding(self.place, "append", text, "a database that answers", remedy))


class _Pulse:
    """Increments the writer's pulse on a separate connection until stopped; pauses while the server doesn't answer."""

    def __init__(self, store: PostgresEventStore) -> None:
        self._store, self._over = store, threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        store, db = self._store, None
        query = "UPDATE nightmill_pulse SET pulse = pulse + 1 WHERE log = %s"
        while not self._over.wait(PULSE_S):
            try:
                db = db if db is not None and not db.closed else store._connected()
                db.execute(query, (store.name,))
            except (store._psycopg.Error, EnvironmentFailed):
                if db is not None:
                    db.close()
                db = None
        if db is not None:
            db.close()


class PostgresWatch:
    """Watches the lease on a log that another process writes; see ``lease.LeaseWatch``."""

    def __init__(self, store: PostgresEventStore, stall_s: float = STALL_S) -> None:
        self.store, self.stall_s = store, stall_s
        self._still = Stillness(self._look(), stall_s)

    def died(self) -> bool:
        """Return whether nobody holds the writer's lock."""
        return self.store._first(f"SELECT count(*) {_HOLDERS}", self.store.name)[0] == 0

    def stalled(self) -> bool:
        """Return whether the pulse has stopped for longer than ``stall_s``; see ``lease.LeaseWatch``.

        A leader that is running on this machine gets ``SLOW`` times as long; for a leader on another machine this is unknown.
        """
        seconds = self._still.seconds(self._look())
        return seconds > self.stall_s * SLOW or (seconds > self.stall_s and not self._runs())

    def _runs(self) -> bool:
        """Return whether the process that holds the writer's lock is on this machine and running, according to the name of its session."""
        query = f"SELECT application_name FROM pg_stat_activity WHERE pid IN (SELECT pid {_HOLDERS})"
        return any(
            runs_there(name.removeprefix(_CALLED).strip()) for (name,) in self.store._all(query, self.store.name)
        )

    @property
    def token(self) -> int:
        """The leader's last known fencing token."""
        return self._still.seen[0]

    def _look(self) -> tuple[int, int]:
        row = self.store._first(
            "SELECT token, pulse FROM nightmill_lease JOIN nightmill_pulse USING (log) WHERE log = %s", self.store.name
        )
        return (row[0], row[1]) if row else (0, 0)


def _driver() -> ModuleType:
    try:
        import psycopg
    except ImportError as error:
        remedy = "Install it: uv pip install 'nightmill[postgres]'."
        raise EnvironmentFailed(Finding("psycopg", "", str(error), "the extra `postgres`", remedy)) from error
    return psycopg


def _shown(url: str) -> str:
    """Host and database of the URL; nothing else is shown, since it may contain a password in several places."""
    try:
        parts = urlsplit(url)
        return (
            f"{parts.hostname or 'a host'}{f':{parts.port}' if parts.port else ''}/{parts.path.strip('/')}"
            if parts.scheme
            else "a database"
        )
    except ValueError:
        return "a database"
