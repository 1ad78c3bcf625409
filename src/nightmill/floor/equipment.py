"""The ports of the floor: the interfaces that it needs from machines and from the event store, whatever the implementation."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, Protocol

import msgspec

from nightmill.vocabulary import commands as c
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import Finding, NightmillError
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


Capability = Literal[
    "watch", "load", "start", "stop", "offsets", "tools", "probe", "measure", "image", "move", "handle", "buy"
]
"""What a unit can do by itself or by its driver: report its state, store programs, run and stop them, write offsets and the tool table,
measure in the machine, gauge or photograph a part, move pallets; ``handle``: everything that people do by hand; ``buy``: purchases.
"""

COMMANDS_OF: dict[Capability, tuple[type[AnyCommand], ...]] = {
    "load": (c.StoreProgram,),
    "start": (c.StartCycle,),
    "offsets": (c.WriteOffset,),
    "tools": (c.ReplaceTool,),
    "measure": (c.MeasurePart,),
    "image": (c.TakeImage,),
    "move": (c.MovePallet,),
    "handle": (
        c.MountPart,
        c.DismountPart,
        c.LoadTool,
        c.MaintainMachine,
        c.RepairMachine,
        c.TreatParts,
        c.UnloadParts,
    ),
    "buy": (c.PlacePurchaseOrder, c.CallPeople),
}
"""The commands behind each capability. What a unit can't do by itself is done by people."""


class OpenCommand(msgspec.Struct, frozen=True):
    """A command that has been accepted and hasn't ended: when it was accepted (shop time), and whether its start has been reported."""

    command: AnyCommand
    since_s: float
    begun_s: float | None = None


class EquipmentUnreachable(Exception):
    """A unit doesn't answer, and ``why``. What it was doing goes on without supervision until it answers again."""

    def __init__(self, unit: str, why: str) -> None:
        super().__init__(f"{unit} doesn't answer: {why}")
        self.unit, self.why = unit, why


class Equipment(Protocol):
    """One kind of equipment: a control, a robot, a gauge, a camera, or a person; for one unit or for several.

    All methods but ``refusal`` may raise ``EquipmentUnreachable``. Reports have ``seq`` 0; the cell numbers them.
    """

    def capabilities(self, unit: str) -> frozenset[Capability]:
        """Return what this driver does for the unit."""

    def refusal(self, command: AnyCommand) -> str:
        """Return why the command can't be accepted now; empty if it can. Changes nothing at the equipment."""

    def begin(self, opened: OpenCommand, now_s: float) -> None:
        """Start an accepted command. It is called again after a crash: what the equipment has begun or done is not started twice."""

    def progress(self, opened: OpenCommand, now_s: float) -> Sequence[AnyReport]:
        """Return what the equipment shows about a command by now: all its reports from its start. Each is taken only once."""

    def news(self, now_s: float) -> Iterable[AnyReport]:
        """Return what has happened since the last call without a command, such as a delivery or a failure."""

    def image(self, name: str) -> bytes | None:
        """Return the PNG of an ``ImageTaken`` report of this equipment; ``None`` if it is not from here."""

    def close(self) -> None:
        """Disconnect; the equipment keeps running."""


class WrongVersion(NightmillError):
    """The decision was based on an older version of the log; decide again."""

    def __init__(self, expected: int, found: int) -> None:
        remedy = "Read the newer events and decide again."
        super().__init__(Finding("log", "append", f"version {found}", f"version {expected}", remedy))


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
        Raises ``WrongVersion`` if the log has grown since, ``vocabulary.errors.Fenced`` if another controller has taken
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
