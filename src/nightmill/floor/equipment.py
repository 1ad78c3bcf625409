"""The ports of the floor: the interfaces that it needs from machines and from the event store, whatever the implementation."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.events import Event, Snapshot
from nightmill.vocabulary.reports import AnyReport


class Greeting(msgspec.Struct, frozen=True):
    """A cell's greeting: shop time, last report number, and a boot id that changes with each start."""

    now_s: float
    last_seq: int
    boot_id: str


class Advance(msgspec.Struct, frozen=True):
    """Reports in order of ``seq``, and the shop time reached."""

    now_s: float
    reports: tuple[AnyReport, ...]


class Cell(Protocol):
    """A shop's machines, robots, gauges, cameras and suppliers behind one port."""

    def greet(self) -> Greeting:
        """Return the cell's greeting: its identity, shop time and last report."""

    def submit(self, command: AnyCommand) -> Acknowledgement:
        """Hand over a command. When this returns, the receiver has stored it durably; a repeated id gets the same answer and has no
        further effect.
        """

    def evidence(self, command_id: str) -> str:
        """The command's status, read back from the receiver itself: ``unknown``, ``accepted``, ``running``, ``done`` or ``refused``."""

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        """Wait (or, in virtual time, advance) until something is reported or ``until_s`` is reached.

        ``acknowledged_seq``: all reports up to this number are durable at the controller, with its decisions on them.
        Reports after it are repeated until acknowledged.
        """

    def image(self, name: str) -> bytes:
        """Return the PNG of an ``ImageTaken`` report."""

    def close(self) -> None:
        """Disconnect; the cell keeps running."""


class EventStore(Protocol):
    """The append-only event log. Every state is a fold of it."""

    token: int
    """The writer's fencing token, which is greater than that of every earlier writer; 0 for a reader."""

    def append(
        self, events: Sequence[Event], *, expected_version: int, meanwhile: Callable[[], None] | None = None
    ) -> int:
        """Append in one durable transaction with all projections; returns the new version (number of events).

        ``meanwhile`` runs in another thread while the disk syncs, and has finished when this returns; it prepares work for
        the time when the events are durable. It must be harmless to run it twice, or for events that never become durable.
        Raises ``floor.WrongVersion`` if the log has grown since, ``vocabulary.errors.Fenced`` if another controller has taken
        over; refuses a command id that was issued before.
        """

    def read(self, after: int = 0) -> Iterator[Event]:
        """All events with ``seq`` > ``after`` in order, each checked against the chain and converted to the current schema."""

    def event(self, seq: int) -> Event | None:
        """Return the event with this number."""

    def last(self) -> Event | None:
        """Return the newest event."""

    def rows(self, after: int = 0) -> Iterator[tuple[int, bytes, str]]:
        """Number, bytes and chain hash of each event after number ``after``, as stored; for audit and archive."""

    def issued(self) -> dict[str, int]:
        """Return the projection of command ids to the number of the event that issued each."""

    def entries(self, name: str) -> list[tuple[str, int]]:
        """Return the projection ``name``: keys and event numbers, in order of events."""

    def version(self) -> int:
        """Return how many events the log has."""

    def keep_snapshot(self, kind: str, mark: str, body: bytes) -> None:
        """Store ``body`` as the state after the newest event, in place of the last snapshot of this kind.
        ``mark`` identifies the program and the shop that made the state: a snapshot with another mark is never returned.
        """

    def snapshot(self, kind: str, mark: str) -> Snapshot | None:
        """Return the newest snapshot with this mark, if the chain still contains its event and its signature matches the log's key."""

    def release_reserve(self) -> None:
        """Release the reserved disk space, so that a stop because of a full disk can still be logged."""

    def restore_reserve(self) -> None:
        """Reserve the disk space again. Raises ``EnvironmentFailed`` while there is none."""

    def close(self) -> None:
        """Release the writer's lease."""
