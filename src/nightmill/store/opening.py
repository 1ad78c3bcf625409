"""Locate and open a log in either database, and let a standby wait for its leader to fail."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from nightmill.store.lease import STALL_S, LeaseWatch, LogBusy
from nightmill.store.postgres import NoTables, PostgresEventStore, PostgresWatch
from nightmill.store.sqlite import SqliteEventStore

LOOK_EVERY_S = 0.02
AnyStore = SqliteEventStore | PostgresEventStore


class LogPlace(msgspec.Struct, frozen=True):
    """A log: the SQLite file at ``path``, or, if there is a ``url``, ``name`` in that PostgreSQL database."""

    path: Path
    url: str = ""
    name: str = ""

    @property
    def beside(self) -> Path:
        """The path from which the key and head files take their names; they are in the shop's folder, even if a database holds the log."""
        return self.path.with_name("database") if self.url else self.path

    def exists(self) -> bool:
        """Return whether there is a log to read; in a database, whether it has events under that name."""
        if not self.url:
            return self.path.exists()
        try:
            store = PostgresEventStore(self.url, self.name, self.beside, writer=False)
        except NoTables:
            return False
        try:
            return store.begun()
        finally:
            store.close()


def open_store(place: LogPlace, *, writer: bool, over: int | None = None, proven: bool = True) -> AnyStore:
    """Open the log at ``place``; see the stores for ``over``, ``proven`` and the errors."""
    if place.url:
        return PostgresEventStore(place.url, place.name, place.beside, writer=writer, over=over, proven=proven)
    return SqliteEventStore(place.path, writer=writer, over=over, proven=proven)


def stand_by(place: LogPlace, follow: Callable[[AnyStore], None], *, stall_s: float = STALL_S) -> AnyStore:
    """Wait until the leader of the log ends, dies or stalls; then take over and return the store for writing.
    Meanwhile ``follow`` is called repeatedly with a store for reading, so that a state can be kept up to date.
    """
    reader = open_store(place, writer=False)
    try:
        watch = _watch(place, reader, stall_s)
        while True:
            try:
                if watch.died():
                    return open_store(place, writer=True)
            except LogBusy:
                pass
            if watch.stalled():
                try:
                    return open_store(place, writer=True, over=watch.token)
                except LogBusy:
                    watch = _watch(place, reader, stall_s)
            follow(reader)
            time.sleep(LOOK_EVERY_S)
    finally:
        reader.close()


def _watch(place: LogPlace, reader: AnyStore, stall_s: float) -> LeaseWatch | PostgresWatch:
    if isinstance(reader, PostgresEventStore):
        return PostgresWatch(reader, stall_s)
    return LeaseWatch(place.path.with_name(place.path.name + ".lease"), stall_s)
