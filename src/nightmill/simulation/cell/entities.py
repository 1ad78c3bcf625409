"""Entities of a replication: parts, mills, stations."""

import math
from typing import NamedTuple

from nightmill.scheduling import records as scheduling
from nightmill.simulation.cell.model import PlannedLoad, Serial, Step

SLACK_S = 1e-6
NOBODY, EMPTY, STOPPED = -1, -1, -2
NOTHING = -1
"""The number that means "no tool"."""
POOL = -1
FINISHED = -1
"""The number for a part that was finished before the start and is still on its pallet."""


class Errand(NamedTuple):
    """Edges of a tool to bring to a mill; ``wanted`` is the number that the mill's work will use up."""

    wanted: float
    mill: int
    tool: int
    edges: int


class Part:
    """A serial part in production; ``visits`` are the stations that it still has to visit, ``station`` is the current one.

    ``pallet`` is the number of its pallet; ``rank`` and ``mount_rank`` are the places of its step in the queues, in this
    replication. A step with ``returns_at`` is due at the mount with that overall number instead of at its place. ``stage``: state
    of its step in the scheduler's terms, running since ``cut_began_s``. ``came_s``: when it started to wait for an oven or similar machine.
    """

    __slots__ = (
        "attempt",
        "begun_s",
        "came_s",
        "cut_began_s",
        "done_s",
        "left_s",
        "machine",
        "mount_rank",
        "pallet",
        "position",
        "rank",
        "remake",
        "returns_at",
        "serial",
        "spoilt",
        "stage",
        "station",
        "steps",
        "visits",
    )

    def __init__(self, serial: Serial) -> None:
        self.serial, self.steps, self.remake = serial, serial.steps, serial.remake
        self.stage: scheduling.OperationState = serial.state
        self.cut_began_s = serial.started_s
        self.position = self.attempt = 0
        self.machine = serial.steps[0].machine
        self.begun_s = -math.inf if serial.begun else math.inf
        self.done_s = math.inf
        self.left_s = 0.0
        self.spoilt = False
        self.station, self.pallet = POOL, NOBODY
        self.rank = self.mount_rank = 0.0
        self.returns_at = NOTHING
        self.came_s = -math.inf
        self.visits: list[tuple[int, float]] = []

    def step(self) -> Step:
        """Return the next or current step."""
        return self.steps[self.position]

    def run_s(self) -> float:
        """Return the planned time of the step on its machine."""
        return self.step().runs[self.machine]


class Mill:
    """A machine: the part that holds it, whether it is down, its next failure and maintenance, its stops, its magazine.

    It has been down since ``failed_s``, and its repair doesn't start before ``repair_from_s``; hours to the next failure and
    the next maintenance. ``family`` is its last setup, ``unloaded_s`` when the last part was removed. ``edges`` by tool:
    seconds that the active edge has cut, and number of sisters; ``loading`` is the tool that somebody is bringing, ``coming``
    the number of edges, ``awaits`` the tool that the part in the mill waits for; ``errands`` lists the tools that the magazine
    lacked at ``looked_s``, ``line_at`` is the position in the mill's sequence from which work is still to be cut.
    """

    __slots__ = (
        "awaits",
        "care_due",
        "cares",
        "coming",
        "cut_s",
        "cutting_since",
        "down",
        "edges",
        "errands",
        "failed_s",
        "failures",
        "family",
        "index",
        "line_at",
        "loading",
        "looked_s",
        "next_stop",
        "part",
        "pool",
        "repair_begun",
        "repair_from_s",
        "repair_left_s",
        "stop_due",
        "to_care_s",
        "to_failure_s",
        "unloaded_s",
    )

    def __init__(
        self, index: int, to_failure_s: float, to_care_s: float, set_up: tuple[str, float] = ("", -math.inf)
    ) -> None:
        self.index, self.part, self.down = index, EMPTY, False
        self.stop_due = self.care_due = False
        self.pool: list[tuple[float, int]] = []
        self.failures = self.next_stop = self.cares = 0
        self.to_failure_s, self.to_care_s = to_failure_s, to_care_s
        self.family, self.unloaded_s = set_up
        self.repair_left_s = self.cut_s = 0.0
        self.failed_s = self.repair_from_s = -math.inf
        self.repair_begun = False
        self.cutting_since = math.inf
        self.edges: dict[int, tuple[float, int]] = {}
        self.errands: list[Errand] = []
        self.loading = self.awaits = NOTHING
        self.coming = self.line_at = 0
        self.looked_s = -math.inf


class Oven:
    """A machine loaded by hand (oven, washer, table): the ``parts`` in it, whether they are ``done``, and its mill record.

    ``busy``: somebody is loading or unloading it, or it is running. ``loads`` are the planned loads that aren't complete,
    ``look_s`` is when the wait for one of them ends.
    """

    __slots__ = ("busy", "done", "loads", "look_s", "mill", "parts")

    def __init__(self, mill: Mill, loads: list[PlannedLoad]) -> None:
        self.mill, self.loads = mill, loads
        self.parts: list[int] = []
        self.busy = self.done = False
        self.look_s = -math.inf
