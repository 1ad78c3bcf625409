"""How a floor works apart from its schedule: habits observed in its log, and its dispatching rules."""

import math
from collections.abc import Callable

import msgspec

from nightmill.scheduling import records as scheduling
from nightmill.vocabulary.dispatching import Evening
from nightmill.vocabulary.magazines import Magazines

GAUGE, CAMERA = 0, 1


class Visits(msgspec.Struct, frozen=True):
    """After an operation: the share of parts that visit gauge and camera, and how long each stays there, s."""

    gauge_share: float = 0.0
    gauge_s: float = 0.0
    camera_share: float = 0.0
    camera_s: float = 0.0


class Down(msgspec.Struct, frozen=True):
    """A machine that is down until people have worked on it: ``worked_s`` so far (of their presence).

    ``left_s`` is the remaining work; ``None``: drawn from the law of its repairs, given the time so far. The schedule lets the
    work start at ``from_s``.
    """

    machine: str
    worked_s: float = 0.0
    left_s: float | None = None
    from_s: float = 0.0


class Returns(msgspec.Struct, frozen=True):
    """When half-made parts are mounted again: up to ``waiting`` others wait as they come off their pallets.

    ``shares``, rising: a sample of how many of those are mounted before them, as a share.
    """

    waiting: int
    shares: tuple[float, ...]


class Replanned(msgspec.Struct, frozen=True):
    """How far the order of work departs from a plan that is going to be replaced.

    An operation's place in the queue is its planned one times a lognormal factor: ``orders`` is the standard deviation
    of the logarithm that all operations of an order share, ``steps`` that of each individual one. Nothing moves further than
    from ``queue``, the usual number of operations in a plan: later operations aren't in the plans yet.

    ``returns``, by how many parts wait, rising: when later operations are due. Empty: where the plan has them. ``left``: at most
    how many half-made parts lie off pallets when people leave, by how long they stay away, s; rising.
    """

    orders: float
    steps: float
    queue: float
    returns: tuple[Returns, ...] = ()
    left: tuple[tuple[float, float], ...] = ()

    def mounted_first(self, waiting: int, place: float) -> int:
        """Return how many of ``waiting`` parts are mounted before a half-made one; ``place``: 0 the earliest observed,
        1 the latest.

        More waiting parts than ever observed count as the largest number observed.
        """
        seen = next((each for each in self.returns if each.waiting >= waiting), self.returns[-1])
        share = seen.shares[min(int(len(seen.shares) * place), len(seen.shares) - 1)]
        return round(share * min(waiting, seen.waiting))

    def left_for(self, away_s: float) -> float:
        """Return how many half-made parts people leave behind for so long: as for the nearest observed absence."""
        return min(self.left, key=lambda each: abs(each[0] - away_s))[1] if self.left else math.inf


Planner = Callable[[scheduling.ShopProblem, scheduling.ShopSchedule], scheduling.ShopSchedule]
"""The floor's planner: takes a problem and the plan in force; raises ``BadInput``."""


class Habits(msgspec.Struct, frozen=True):
    """What the floor does apart from the schedule; the defaults have no effect.

    ``visits`` by operation to the ``gauges`` and ``cameras`` available; an operation without takes its planned
    ``measure_s``, at no particular station. ``preparation_s``: a sample of the times from a part's arrival on a machine to its
    cut (program and offsets sent, a worn edge replaced), without those for which somebody had to bring an edge. ``load_pace``:
    actual over planned time of errands to the magazines; ``magazines``: the edges in them, ``None`` if tools never wear.
    ``care_s``: the work of a planned stop, 0 if none was observed; stops come by the machine's law. ``overrun``: handwork may end
    after the shift. ``replanned``: how plans change; ``None`` for a floor that keeps to the plan. ``downs``: machines that are
    down now. ``to_take_off``: pallets that now carry a part with its final verdict, ``good_to_take_off`` of them a good one.
    ``evening``: how the floor prepares a night.
    ``planner``: replan within the replications with the floor's own planner, when an order comes, a machine fails or
    is up again, a part is lost, or the plan is older than ``anew_s``; ``replanned`` is then ignored. ``received``: orders
    that are known at the start. Plans postpone a repair for ``repair_within_s`` at most.
    ``begun``: serials mounted before the start, whose full cycle time is therefore unknown here.
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
