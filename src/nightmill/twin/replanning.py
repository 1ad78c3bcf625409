"""How far the order of work departs from a plan that will be made anew, from the log."""

import math

from nightmill.vocabulary import events, reports

APART_S = 4 * 3600.0
"""Plans are looked at so far apart: neighbours say the same."""
LEAST_ORDERS = 5
ASSUMED, ASSUMED_WEIGHT = 0.3, 1.0
"""What is assumed of a floor that plans anew, and how many plans that is worth."""


class PlanReader:
    """Fed with every event in turn."""

    def __init__(self) -> None:
        self._plans: list[tuple[events.ScheduleLine, ...]] = []
        self._looked_s = -math.inf
        self._starts: dict[str, int] = {}
        """The place of each operation's cut among all."""

    def read(self, event: events.Event) -> None:
        """Take one event into account."""
        fact = event.fact
        if isinstance(fact, events.SchedulePublished) and event.at_s - self._looked_s >= APART_S:
            self._looked_s = event.at_s
            self._plans.append(fact.lines)
        elif isinstance(fact, events.Reported) and isinstance(fact.report, reports.CycleStarted):
            self._starts.setdefault(f"{fact.report.serial}|{fact.report.operation}", len(self._starts))

    def found(self) -> float:
        """The standard deviation of the logarithm of real over planned place of an order in the queue; 0 without plans.

        Of each plan's orders, robustly: 1.4826 times the median distance from the median (Rousseeuw & Croux, JASA
        88, 1993), averaged over the plans as variances.
        """
        spreads = [spread for lines in self._plans if (spread := self._spread(lines)) is not None]
        total = ASSUMED_WEIGHT * ASSUMED**2 + sum(spread * spread for spread in spreads)
        return math.sqrt(total / (ASSUMED_WEIGHT + len(spreads))) if self._plans else 0.0

    def _spread(self, lines: tuple[events.ScheduleLine, ...]) -> float | None:
        """Of the orders of the first so many lines as have been begun; a line not begun comes after all that have."""
        planned = [f"{line.serial}|{line.operation}" for line in sorted(lines, key=lambda line: line.start_s)]
        begun = sorted((name for name in planned if name in self._starts), key=self._starts.__getitem__)
        first = planned[: len(begun)]
        place = {name: k for k, name in enumerate([*begun, *(name for name in first if name not in self._starts)], 1)}
        moved: dict[str, list[tuple[int, int]]] = {}
        for k, name in enumerate(first, 1):
            moved.setdefault(name.rsplit(".", 1)[0], []).append((k, place[name]))
        if len(moved) < LEAST_ORDERS:
            return None
        logs = sorted(
            math.log(sum(real for _, real in pairs) / sum(plan for plan, _ in pairs)) for pairs in moved.values()
        )
        middle = logs[len(logs) // 2]
        return 1.4826 * sorted(abs(log - middle) for log in logs)[len(logs) // 2]
