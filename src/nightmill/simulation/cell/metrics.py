"""Bottleneck metrics: the use of each resource over a replication, and the number of parts that wait for it."""

from collections.abc import Sequence

import msgspec

from nightmill.simulation.results import ResourceUse
from nightmill.stats.averages import mean

RESOURCES = ("mills", "people", "robots", "gauges", "cameras", "pallets", "processes")


class Usage(msgspec.Struct, frozen=True):
    """Usage in one replication, in the order of ``RESOURCES``.

    Unit-seconds in use and available, seconds of full use and of any use, part-seconds of waiting.
    """

    used: tuple[float, ...]
    there: tuple[float, ...]
    full_s: tuple[float, ...]
    open_s: tuple[float, ...]
    waiting: tuple[float, ...]


class Meter:
    """Accumulates the state between two events."""

    def __init__(self) -> None:
        self.at_s = 0.0
        self._sums = [[0.0] * len(RESOURCES) for _ in range(5)]

    def count(self, until_s: float, used: Sequence[int], there: Sequence[int], waiting: Sequence[int]) -> None:
        """Count the time up to ``until_s`` with these numbers of units in use, units available and parts waiting."""
        passed = until_s - self.at_s
        self.at_s = until_s
        if passed <= 0.0:
            return
        in_use, available, full_s, open_s, queued = self._sums
        for k, (busy, all_there, queue) in enumerate(zip(used, there, waiting, strict=True)):
            if all_there:
                open_s[k] += passed
                available[k] += all_there * passed
                if busy:
                    in_use[k] += busy * passed
                if busy >= all_there:
                    full_s[k] += passed
            if queue:
                queued[k] += queue * passed

    def read(self) -> Usage:
        """Return the sums."""
        return Usage(*map(tuple, self._sums))


def resources(usages: Sequence[Usage], period_s: float) -> tuple[ResourceUse, ...]:
    """Means over the replications; the most fully used resource comes first, and resources that the shop doesn't have are left out."""
    found = []
    for k, name in enumerate(RESOURCES):
        seen = [usage for usage in usages if usage.there[k] > 0.0]
        if seen:
            used = mean([usage.used[k] / usage.there[k] for usage in seen])
            full = mean([usage.full_s[k] / usage.open_s[k] for usage in seen])
            found.append(ResourceUse(name, used, full, mean([usage.waiting[k] / period_s for usage in seen])))
    return tuple(sorted(found, key=lambda use: -use.used_share))
