"""How a shop floor works apart from its schedule: habits observed in its log, and its dispatching rules."""

import math
from collections.abc import Callable

import msgspec

from nightmill.scheduling import records as scheduling
from nightmill.vocabulary.dispatching import Evening
from nightmill.vocabulary.magazines import Magazines

GAUGE, CAMERA = 0, 1


class Visits(msgspec.Struct, frozen=True):
    """Visits after an operation: the fraction of parts that go to gauge and camera, and how long each stays there, s."""

    gauge_share: float = 0.0
    gauge_s: float = 0.0
    camera_share: float = 0.0
    camera_s: float = 0.0


class Down(msgspec.Struct, frozen=True):
    """A machine that is down until people have repaired it; ``worked_s``: attended work so far.

    ``left_s`` is the remaining work; ``None``: drawn from the distribution of its repairs, given the time so far. The schedule
    lets the work start at ``from_s``.
    """

    machine: str
    worked_s: float = 0.0
    left_s: float | None = None
    from_s: float = 0.0


class Returns(msgspec.Struct, frozen=True):
    """When half-finished parts are mounted again if up to ``waiting`` other parts are waiting as they come off their
    pallets.

    ``shares``: a sample, in ascending order, of the fraction of the waiting parts that are mounted first.
    """

    waiting: int
    shares: tuple[float, ...]


class Replanned(msgspec.Struct, frozen=True):
    """How far the actual order of work departs from a plan that will later be replaced by a new one.

    An operation's place in the queue is its planned place times a lognormal factor: ``orders`` is the standard
    deviation of the logarithm shared by all operations of an order, ``steps`` that of each individual operation. Places
    beyond ``queue``, the usual number of operations in a plan, are shifted by the same amount as place ``queue``, since
    later operations aren't in the plans yet.

    ``returns``: when later operations are due, in ascending order of the number of parts waiting. Empty: when planned.
    ``left``: the most half-made parts off pallets when people leave, by length of absence (s) in ascending order.
    """

    orders: float
    steps: float
    queue: float
    returns: tuple[Returns, ...] = ()
    left: tuple[tuple[float, float], ...] = ()

    def mounted_first(self, waiting: int, place: float) -> int:
        """Return how many of ``waiting`` parts are mounted before a half-finished part; ``place``: 0 the earliest
        observed, 1 the latest.

        More waiting parts than ever observed count as the largest number observed.
        """
        seen = next((each for each in self.returns if each.waiting >= waiting), self.returns[-1])
        share = seen.shares[min(int(len(seen.shares) * place), len(seen.shares) - 1)]
        return round(share * min(waiting, seen.waiting))

    def left_for(self, away_s: float) -> float:
        """Return how many half-finished parts people leave off pallets before an absence of this length, as observed
        for the absence nearest in length.
        """
        return min(self.left, key=lambda each: abs(each[0] - away_s))[1] if self.left else math.inf


Planner = Callable[[scheduling.ShopProblem, scheduling.ShopSchedule], scheduling.ShopSchedule]
"""The floor's planner: takes a problem and the plan in force; raises ``BadInput``."""


class Habits(msgspec.Struct, frozen=True):
    """Behaviour of the floor apart from the schedule; the defaults have no effect.

    ``visits`` by operation to the ``gauges`` and ``cameras`` available; an operation without visits takes its planned
    ``measure_s``, at no particular station. ``preparation_s``: a sample of the times from a part's arrival on a machine to its
    cut (program and offsets sent, a worn edge replaced), without those for which somebody had to bring an edge. ``load_pace``:
    actual over planned time of errands to the magazines; ``magazines``: the edges in them, ``None`` if tools never wear.
    ``care_s``: the work at a planned stop, 0 if none was observed; stops follow the machine's distribution. ``overrun``: manual
    work may end after the shift. ``replanned``: how plans change; ``None`` for a floor that keeps to the plan. ``downs``:
    machines that are down now. ``to_take_off``: pallets that now carry a part with its final verdict, ``good_to_take_off`` of
    them with a good part. ``evening``: how the floor prepares for a night. ``planner``: replan within the replications with the
    floor's own planner when an order arrives, a machine fails or is up again, a part is lost, or the plan is older than
    ``anew_s``; ``replanned`` is then ignored. ``received``: orders that are known at the start. Plans postpone a repair for
    ``repair_within_s`` at most. ``begun``: serials mounted before the start, whose full cycle time is therefore unknown here.
    """

    visits: dict[str, Visits] = {}
    gauges: int = 0
    cameras: int = 0
    preparation_s: tuple[float, ...] = ()
    load_pace: float = 1.0
    magazines: Magazines | None = None
    care_s: float = 0.0
    overrun: bool = False
    replanned: Replanned | None = None
    downs: tuple[Down, ...] = ()
    to_take_off: int = 0
    evening: Evening | None = None
    begun: frozenset[str] = frozenset()
    good_to_take_off: int = 0
    planner: Planner | None = None
    anew_s: float = 3600.0
    repair_within_s: float = 86400.0
    received: frozenset[str] = frozenset()
