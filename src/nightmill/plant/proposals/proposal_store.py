"""Store of proposals and of the ids of the commands that made them, in ``.nightmill/desk/book.sqlite``.

It is one SQLite file, to which the server and the agents' server may write at the same time; each change is one synced transaction.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from nightmill.plant.requests.proposal import Proposal
from nightmill.plant.workspace.commit_position import commit_mark
from nightmill.plant.workspace.layout import state_folder
from nightmill.vocabulary.errors import EnvironmentFailed, Finding

_TABLES = """
CREATE TABLE IF NOT EXISTS proposals (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL,
    by_name TEXT NOT NULL, at_unix REAL NOT NULL, state TEXT NOT NULL, rule TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS commands (by_name TEXT NOT NULL, command_id TEXT NOT NULL, content TEXT NOT NULL,
    proposal TEXT NOT NULL, PRIMARY KEY (by_name, command_id));
"""
BUSY_S = 10.0


class Answered(msgspec.Struct, frozen=True):
    """A command given before: a digest of its content, and the proposal that it made or decided on."""

    content: str
    proposal: str


class DeskBook:
    """Proposals in the order they were made."""

    def __init__(self, folder: Path) -> None:
        self.path = state_folder(folder) / "desk" / "book.sqlite"

    def mark(self) -> tuple[object, ...] | None:
        """Return a value that changes with each change to the book; ``None`` if that can't be known."""
        return commit_mark(self.path)

    def answered(self, by: str, command_id: str) -> Answered | None:
        """Return the result of a command with this id, as first given by this name."""
        with self._open(write=False) as book:
            row = book.execute(
                "SELECT content, proposal FROM commands WHERE by_name = ? AND command_id = ?", (by, command_id)
            ).fetchone()
        return Answered(*row) if row else None

    def add(
        self, proposal: Proposal, at_unix: float, command_id: str, content: str, *, most_an_hour: int | None = None
    ) -> Literal["added", "known", "spent"]:
        """Write a new proposal. Returns ``known`` if the command was given before, ``spent`` if there are too many in an hour; in both
        cases nothing changes.
        """
        with self._open() as book:
            if most_an_hour is not None and _count(book, proposal.by, at_unix - 3600.0) >= most_an_hour:
                return "spent"
            if not _record_command(book, proposal.by, command_id, content, proposal.id):
                return "known"
            book.execute(
                "INSERT INTO proposals (id, by_name, at_unix, state, rule, body) VALUES (?, ?, ?, ?, ?, ?)",
                (proposal.id, proposal.by, at_unix, proposal.state, proposal.rule, msgspec.json.encode(proposal)),
            )
            return "added"

    def change(
        self,
        identity: str,
        change: Callable[[Proposal], Proposal],
        *,
        command: tuple[str, str, str] | None = None,
    ) -> Proposal:
        """Replace a proposal with the result of ``change``, in one transaction. ``command``: name, id and content of the command that
        asks for the change.

        Raises ``KeyError`` for an unknown proposal; an exception in ``change`` leaves everything as it was.
        """
        with self._open() as book:
            row = book.execute("SELECT body FROM proposals WHERE id = ?", (identity,)).fetchone()
            if row is None:
                raise KeyError(identity)
            found = msgspec.json.decode(row[0], type=Proposal)
            if command is not None and not _record_command(book, *command, identity):
                return found
            changed = change(found)
            book.execute(
                "UPDATE proposals SET state = ?, rule = ?, body = ? WHERE id = ?",
                (changed.state, changed.rule, msgspec.json.encode(changed), identity),
            )
            return changed

    def find(self, identity: str) -> Proposal | None:
        """Return the proposal with this id."""
        with self._open(write=False) as book:
            row = book.execute("SELECT body FROM proposals WHERE id = ?", (identity,)).fetchone()
        return msgspec.json.decode(row[0], type=Proposal) if row else None

    def page(self, after: int, limit: int, state: str) -> list[tuple[int, Proposal]]:
        """Return at most ``limit`` proposals after ``after``, with their numbers; ``state`` empty: any."""
        with self._open(write=False) as book:
            rows = book.execute(
                "SELECT seq, body FROM proposals WHERE seq > ? AND (? = '' OR state = ?) ORDER BY seq LIMIT ?",
                (after, state, state, limit),
            ).fetchall()
        return [(seq, msgspec.json.decode(body, type=Proposal)) for seq, body in rows]

    def count(self, by: str, since_unix: float, rule: str = "") -> int:
        """Return how many proposals this name has made since; with ``rule``, how many that rule has approved for anybody."""
        with self._open(write=False) as book:
            return _count(book, by, since_unix, rule)

    @contextmanager
    def _open(self, *, write: bool = True) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None)) as book:
                book.execute("PRAGMA journal_mode = WAL")
                book.execute("PRAGMA synchronous = FULL")
                if not book.execute("SELECT 1 FROM sqlite_master WHERE name = 'commands'").fetchone():
                    book.executescript(_TABLES)
                book.execute("BEGIN IMMEDIATE" if write else "BEGIN")
                yield book  # an exception here leaves the files as they were: closing rolls back
                book.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            remedy = "Free some space or correct the permissions, and try again; nothing was changed."
            raise EnvironmentFailed(
                Finding(str(self.path), "", str(error), "a database that can be written", remedy)
            ) from error


def _count(book: sqlite3.Connection, by: str, since_unix: float, rule: str = "") -> int:
    where = "rule = ?" if rule else "by_name = ?"
    found = book.execute(f"SELECT COUNT(*) FROM proposals WHERE at_unix >= ? AND {where}", (since_unix, rule or by))
    return int(found.fetchone()[0])


def _record_command(book: sqlite3.Connection, by: str, command_id: str, content: str, proposal: str) -> bool:
    """Record the command; return false if it is already known."""
    done = book.execute(
        "INSERT OR IGNORE INTO commands (by_name, command_id, content, proposal) VALUES (?, ?, ?, ?)",
        (by, command_id, content, proposal),
    )
    return done.rowcount == 1
