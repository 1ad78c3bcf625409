"""Read a shop's log while another process may write it or start a new one."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from nightmill.plant import workspace
from nightmill.store import AnyStore, open_store
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.events import Event

SCANNED = 20_000
"""Events scanned for one page of a filtered log."""


class NoLog(BadInput):
    """The shop has no log: it was never run, or a new run is just starting."""


class LogReader:
    """The latest log of one shop folder.

    The file is reopened each time, because a new run moves the finished log away and starts another under the same name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = workspace.log_place(folder)
        self.path = self.place.path

    def mark(self) -> object:
        """Return a mark that changes with each commit; ``None`` if that can't be known without reading the log."""
        return None if self.place.url else workspace.commit_mark(self.path)

    def required(self) -> None:
        """Raise ``NoLog`` if there is no log."""
        if not self.place.exists():
            remedy = f"Run it first: nightmill run {self.folder}"
            raise NoLog(Finding(str(self.path), "", "no log", "a run of this shop", remedy))

    def version(self) -> int:
        """Return the number of events in the log. Raises ``NoLog`` if there is no log."""
        with self._open() as store:
            return store.version()

    def identity(self) -> str:
        """Return a mark that changes when a new run starts another log; empty if there is no log."""
        if self.place.url:
            return self._first_hash()
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return ""
        return f"{status.st_dev}-{status.st_ino}"

    def after(self, seq: int, limit: int) -> tuple[Event, ...]:
        """Return at most ``limit`` events with numbers above ``seq``, in order. Raises ``NoLog`` if there is no log."""
        with self._open() as store:
            return tuple(islice(store.read(seq), limit))

    def of_kind(self, seq: int, kind: str, limit: int) -> tuple[tuple[Event, ...], int, bool]:
        """Return events of one kind above ``seq``: at most ``limit`` of them among the next ``SCANNED``, the number of the last event
        read, and whether the log has more. Raises ``NoLog`` if there is no log.
        """
        found: list[Event] = []
        last = seq
        with self._open() as store:
            for number, event in enumerate(store.read(seq)):
                if number >= SCANNED or len(found) >= limit:
                    return tuple(found), last, True
                last = event.seq
                if type(event.fact).__struct_config__.tag == kind:
                    found.append(event)
        return tuple(found), last, False

    def _first_hash(self) -> str:
        """Return the hash of the first event, which identifies a run in a database."""
        try:
            with self._open() as store:
                return store.identity()
        except NoLog:
            return ""

    @contextmanager
    def _open(self) -> Iterator[AnyStore]:
        self.required()
        store = open_store(self.place, writer=False)
        try:
            yield store
        finally:
            store.close()
