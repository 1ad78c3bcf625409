"""Entities of a replication: parts, mills, stations."""

import math
from typing import NamedTuple

from nightmill.scheduling import records as scheduling
from nightmill.simulation.cell.model import PlannedLoad, Serial, Step

SLACK_S = 1e-6
NOBODY, EMPTY, STOPPED = -1, -1, -2
NOTHING = -1
"""Stands for "no tool"."""
POOL = -1
FINISHED = -1
"""Stands for a part that was finished before the start and is still on its pallet."""


class Errand(NamedTuple):
    """Edges of a tool to bring to a mill; ``wanted`` is how many its work will use up."""

    wanted: float
    mill: int
    tool: int
    edges: int


class Part:
    """A serial part in production; ``visits`` are the stations it still has to go to, ``station`` its current one.

    ``pallet`` is the number of its pallet; ``rank`` and ``mount_rank`` are the places of its step in the queues, in this
    replication. A step with ``returns_at`` is due at the mount of that overall number instead of at its place. ``stage``: state
    of its step in the scheduler's terms, running since ``cut_began_s``. ``came_s``: since when it waits for an oven or the like.
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
        """The next or current step."""
        return self.steps[self.position]

    def run_s(self) -> float:
        """The planned time of the step on its machine."""
        return self.step().runs[self.machine]


class Mill:
    """A machine: who holds it, whether it is down, its next failure and maintenance, its stops, its magazine.

    Down since ``failed_s``, its repair not before ``repair_from_s``; hours to its next failure and its next maintenance.
    ``family`` is its last setup, ``unloaded_s`` when the last part was removed.
    ``edges`` by tool: seconds that the active one has cut, and its sisters; ``loading`` is the tool that somebody brings,
    ``coming`` how many edges, ``awaits`` the tool that the part in the mill waits for; ``errands`` is what the magazine
    lacked at ``looked_s``, ``line_at`` the position in the mill's line after which something is still to be cut.
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
    """A machine loaded by hand (oven, washer, table): the ``parts`` in it, whether it is ``done`` with them, and its mill.

    ``busy``: somebody loads or unloads it, or it is running. ``loads`` are those of the plan that aren't all done,
    ``look_s`` when one of them will not be waited for any longer.
    """

    __slots__ = ("busy", "done", "loads", "look_s", "mill", "parts")

    def __init__(self, mill: Mill, loads: list[PlannedLoad]) -> None:
        self.mill, self.loads = mill, loads
        self.parts: list[int] = []
        self.busy = self.done = False
        self.look_s = -math.inf
