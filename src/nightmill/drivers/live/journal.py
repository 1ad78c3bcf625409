"""The journal of a live run: accepted commands and numbered reports, in SQLite, durable before anybody hears of them.

A command is here before its equipment does, and a report is here before the controller reads it, so that after a crash of either side the
equipment is asked only about commands that are still open. Each kind of report about a command is taken once.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from nightmill.floor import equipment as ports
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import EnvironmentFailed, Finding
from nightmill.vocabulary.reports import AnyReport, CycleStarted, Delivered, Report, TreatmentStarted

_SCHEMA = """
CREATE TABLE IF NOT EXISTS commands (
    id TEXT PRIMARY KEY, body BLOB NOT NULL, since_s REAL NOT NULL, accepted INTEGER NOT NULL, reason TEXT NOT NULL,
    begun_s REAL, ended INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS open_commands ON commands (ended) WHERE ended = 0;
CREATE TABLE IF NOT EXISTS reports (seq INTEGER PRIMARY KEY, about TEXT UNIQUE, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value REAL NOT NULL);
"""
_COMMANDS = msgspec.msgpack.Decoder(AnyCommand)
_REPORTS = msgspec.msgpack.Decoder(AnyReport)
_ENCODER = msgspec.msgpack.Encoder()
BEGINNINGS = CycleStarted | TreatmentStarted
"""Reports after which a command is still open."""
AT_ONCE = 2000


class LiveJournal:
    """The open journal, with one writer: a second one is refused."""

    def __init__(self, path: Path) -> None:
        """Open or create it. Raises ``EnvironmentFailed`` if it can't be written or another run has it."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=2.0, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def answered(self, command_id: str) -> Acknowledgement | None:
        """Return the earlier answer to this command, marked as a duplicate."""
        row = self._row("SELECT accepted, reason FROM commands WHERE id = ?", command_id)
        return Acknowledgement(command_id, bool(row[0]), True, row[1]) if row else None

    def take(self, command: AnyCommand, now_s: float, reason: str) -> Acknowledgement:
        """Record a command and its answer: accepted if ``reason`` is empty."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO commands VALUES (?, ?, ?, ?, ?, NULL, ?)",
                (command.command_id, _ENCODER.encode(command), now_s, not reason, reason, bool(reason)),
            )
        return Acknowledgement(command.command_id, not reason, False, reason)

    def evidence(self, command_id: str) -> str:
        """``unknown``, ``running``, ``done`` or ``refused``."""
        row = self._row("SELECT accepted, ended FROM commands WHERE id = ?", command_id)
        if row is None:
            return "unknown"
        return "refused" if not row[0] else "done" if row[1] else "running"

    def open_commands(self) -> list[ports.OpenCommand]:
        """Return the accepted commands that haven't ended, in the order in which they were accepted."""
        rows = self._db.execute("SELECT body, since_s, begun_s FROM commands WHERE ended = 0 ORDER BY rowid")
        return [
            ports.OpenCommand(_COMMANDS.decode(body), since_s, begun_s) for body, since_s, begun_s in rows.fetchall()
        ]

    def command(self, command_id: str) -> AnyCommand | None:
        """Return an accepted or refused command by its id."""
        row = self._row("SELECT body FROM commands WHERE id = ?", command_id)
        return _COMMANDS.decode(row[0]) if row else None

    def add(self, reports: Iterable[AnyReport]) -> list[AnyReport]:
        """Number and record reports; return those that are new. A report about a command is taken once, and only while it is open."""
        taken: list[AnyReport] = []
        with self._transaction():
            for report in reports:
                command_id = str(getattr(report, "command_id", ""))
                if command_id and not self._concerns(report, command_id):
                    continue
                numbered = msgspec.structs.replace(report, seq=self.last_seq() + 1)
                about = f"{type(report).__name__} {_subject(report)}" if _subject(report) else None
                added = self._db.execute(
                    "INSERT OR IGNORE INTO reports VALUES (?, ?, ?)", (numbered.seq, about, _ENCODER.encode(numbered))
                )
                if added.rowcount:
                    taken.append(numbered)
        return taken

    def _concerns(self, report: Report, command_id: str) -> bool:
        """Return whether the report is the first of its kind about an open command, whose state it then changes."""
        row = self._row("SELECT begun_s, ended FROM commands WHERE id = ?", command_id)
        if row is None or row[1]:
            return False
        if not isinstance(report, BEGINNINGS):
            self._db.execute("UPDATE commands SET ended = 1 WHERE id = ?", (command_id,))
            return True
        if row[0] is None:
            self._db.execute("UPDATE commands SET begun_s = ? WHERE id = ?", (report.at_s, command_id))
        return row[0] is None

    def pending(self, acknowledged_seq: int) -> tuple[AnyReport, ...]:
        """Return reports after ``acknowledged_seq``, at most 2,000."""
        rows = self._db.execute(
            "SELECT body FROM reports WHERE seq > ? ORDER BY seq LIMIT ?", (acknowledged_seq, AT_ONCE)
        )
        return tuple(_REPORTS.decode(body) for (body,) in rows)

    def last_seq(self) -> int:
        """Return the number of the last report; 0 before the first."""
        return int(self._db.execute("SELECT coalesce(max(seq), 0) FROM reports").fetchone()[0])

    def mark(self, name: str) -> float | None:
        """Return a number kept under this name."""
        row = self._row("SELECT value FROM marks WHERE name = ?", name)
        return None if row is None else float(row[0])

    def keep_mark(self, name: str, value: float) -> None:
        """Keep a number under this name."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    def close(self) -> None:
        """Close the journal."""
        self._db.close()

    def _row(self, query: str, key: str) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._db.execute(query, (key,)).fetchone()
        return found

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            with self._db:  # commits, or rolls back after an error
                yield
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def _failed(self, error: sqlite3.Error) -> EnvironmentFailed:
        remedy = "Free some space, or end the other live run of this shop."
        return EnvironmentFailed(
            Finding(str(self._path), "journal", str(error), "a journal that can be written", remedy)
        )


def _subject(report: AnyReport) -> str:
    """Return what a report of its kind can be about only once: a command, or a delivered purchase order; empty if nothing."""
    return str(getattr(report, "command_id", "")) or (report.purchase_order if isinstance(report, Delivered) else "")
