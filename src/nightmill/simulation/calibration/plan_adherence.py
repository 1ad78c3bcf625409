"""Estimate from the log how far the actual order of work departs from a plan that will later be replaced by a new one."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from nightmill.simulation.cell.floor_behaviour import Replanned, Returns
from nightmill.stats.averages import mean
from nightmill.vocabulary import events, reports
from nightmill.vocabulary.ids import OperationId, SerialId, SerialOperation, order_of

APART_S = 4 * 3600.0
"""Minimum interval between the plans that are examined, since successive plans are similar."""
LEAST_ORDERS = 5
LEAST_WAITING = 5
"""If fewer parts are waiting, their number and not the plan decides when a half-finished part is mounted again."""
GROUPS = 4
"""Number of equal-sized groups into which remounted parts are divided by the number of other parts waiting."""
LARGEST_SAMPLE = 100
"""A larger sample of queue positions is thinned to this size, evenly by rank."""
NIGHT_S = 86400.0
"""Before an absence longer than this, plans finish parts that they would leave half-finished over a normal night."""
ASSUMED, ASSUMED_WEIGHT = 0.3, 1.0
"""Assumed spreads of a floor that replans, and the number of plans that this assumption is worth."""


class PlanReader:
    """Receives every event in turn."""

    def __init__(self) -> None:
        self._plans: list[tuple[events.ScheduleLine, ...]] = []
        self._looked_s = -math.inf
        self._starts: dict[SerialOperation, int] = {}
        """The position of each operation's cut among all cuts."""
        self._mounts = 0
        self._fresh: dict[str, int] = {}
        """Parts of each order that have never been mounted."""
        self._begun: set[str] = set()
        self._off: dict[str, tuple[int, int]] = {}
        """Half-finished parts off their pallets: for each, how many parts had been mounted and how many were waiting when it came off."""
        self._lying: list[tuple[float, int]] = []
        """The number of half-finished parts off pallets, with the time from which the number applies."""
        self._returns: list[tuple[int, float]] = []
        """For each remounted part: how many other parts were waiting when it came off, and what fraction of them was mounted before it."""

    def read(self, event: events.Event) -> None:
        """Process one event."""
        fact = event.fact
        if isinstance(fact, events.SchedulePublished) and event.at_s - self._looked_s >= APART_S:
            self._looked_s = event.at_s
            self._plans.append(fact.lines)
        elif isinstance(fact, events.OrderReceived):
            self._fresh[fact.order] = self._fresh.get(fact.order, 0) + fact.quantity
        elif isinstance(fact, events.OrderCancelled):
            self._fresh.pop(fact.order, None)
        elif isinstance(fact, events.Reported) and isinstance(fact.report, reports.CycleStarted):
            self._starts.setdefault(_cut(fact.report), len(self._starts))
        elif isinstance(fact, events.Reported) and isinstance(fact.report, reports.PartMounted):
            self._mount(fact.report)
        elif isinstance(fact, events.Reported) and isinstance(fact.report, reports.PartDismounted):
            self._take_off(fact.report)
        elif isinstance(fact, events.PartDisposed) and self._off.pop(fact.serial, None) is not None:
            self._lying.append((event.at_s, len(self._off)))  # lost while off its pallet: it is never mounted again

    def found(self, presence: Sequence[tuple[float, float]] = (), now_s: float = math.inf) -> Replanned | None:
        """Return the spreads of the plans, averaged as variances; ``None`` without a plan. ``presence``: attended time.

        Each plan is evaluated robustly, by 1.4826 times the median distance from the median (Rousseeuw & Croux, JASA 88, 1993),
        for its orders and for its operations relative to their orders.
        """
        if not self._plans:
            return None
        seen = [spreads for lines in self._plans if (spreads := self._spreads(lines)) is not None]
        orders, steps = (
            math.sqrt((ASSUMED_WEIGHT * ASSUMED**2 + sum(s * s for s in each)) / (ASSUMED_WEIGHT + len(seen)))
            for each in ([s[0] for s in seen], [s[1] for s in seen])
        )
        queue = mean([float(len(lines)) for lines in self._plans])
        return Replanned(orders, steps, queue, _grouped(self._returns), self._left(presence, now_s))

    def _mount(self, report: reports.PartMounted) -> None:
        came_off = self._off.pop(report.serial, None)
        if came_off is not None:
            before, waited = came_off
            if waited >= LEAST_WAITING:
                self._returns.append((waited, (self._mounts - before) / waited))
            self._lying.append((report.at_s, len(self._off)))
        self._mounts += 1
        if report.serial not in self._begun:
            self._begun.add(report.serial)
            order = order_of(report.serial)
            if self._fresh.get(order, 0) > 0:
                self._fresh[order] -= 1

    def _take_off(self, report: reports.PartDismounted) -> None:
        if report.destination == "wip":
            self._off[report.serial] = self._mounts, sum(self._fresh.values()) + len(self._off)
            self._lying.append((report.at_s, len(self._off)))

    def _left(self, presence: Sequence[tuple[float, float]], now_s: float) -> tuple[tuple[float, float], ...]:
        """Return how many half-finished parts were off pallets when people left, by length of absence: the maximum for
        nights, else the mean.

        The number on a given night depends on how many parts are waiting, so only the maximum is kept.
        """
        found: dict[float, list[float]] = {}
        for (_, leave_s), (back_s, _) in pairwise(sorted(presence)):
            number = bisect_right(self._lying, leave_s, key=lambda each: each[0])
            if number > 0 and back_s <= now_s and back_s > leave_s:
                found.setdefault(back_s - leave_s, []).append(float(self._lying[number - 1][1]))
        return tuple((away_s, (max if away_s < NIGHT_S else mean)(counts)) for away_s, counts in sorted(found.items()))

    def _spreads(self, lines: tuple[events.ScheduleLine, ...]) -> tuple[float, float] | None:
        """Return the spreads over the plan's first lines, as many as have started; a line that hasn't started ranks after all that have."""
        planned = [_cut(line) for line in sorted(lines, key=lambda line: line.start_s)]
        begun = sorted((cut for cut in planned if cut in self._starts), key=self._starts.__getitem__)
        first = planned[: len(begun)]
        place = {cut: k for k, cut in enumerate([*begun, *(cut for cut in first if cut not in self._starts)], 1)}
        moved: dict[str, list[float]] = {}
        for k, cut in enumerate(first, 1):
            moved.setdefault(order_of(cut.serial), []).append(math.log(place[cut] / k))
        if len(moved) < LEAST_ORDERS:
            return None
        of_orders = {order: mean(logs) for order, logs in moved.items()}
        return _spread(list(of_orders.values())), _spread(
            [log - of_orders[o] for o, logs in moved.items() for log in logs]
        )


def _cut(at: events.ScheduleLine | reports.CycleStarted) -> SerialOperation:
    return SerialOperation(SerialId(at.serial), OperationId(at.operation))


def _grouped(seen: list[tuple[int, float]]) -> tuple[Returns, ...]:
    """Return the parts grouped by how many others waited, in at most ``GROUPS`` groups."""
    ordered, number = sorted(seen), min(GROUPS, len(seen))
    groups = [ordered[k * len(seen) // number : (k + 1) * len(seen) // number] for k in range(number)]
    return tuple(Returns(group[-1][0], thinned([share for _, share in group])) for group in groups)


def thinned(values: list[float]) -> tuple[float, ...]:
    """Return the values in order of size, at most ``LARGEST_SAMPLE`` of them."""
    number, ordered = min(len(values), LARGEST_SAMPLE), sorted(values)
    return tuple(ordered[(2 * k + 1) * len(values) // (2 * number)] for k in range(number))


def _spread(values: list[float]) -> float:
    middle = sorted(values)[len(values) // 2]
    return 1.4826 * sorted(abs(value - middle) for value in values)[len(values) // 2]
