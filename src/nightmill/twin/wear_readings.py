"""What the log says of wear that shows: the signal of each machine, from when it was as new to when it was so again."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import msgspec

SIGNAL = "vibration_mm_s"
"""The signal that is followed: velocity at the spindle, by which ISO 20816-3 judges machines."""

LIMIT = 1.5
"""Growth over the start at which a machine fails, until failures have shown it: ISO 20816-3 has 2.5 times between two zones."""

WORN_SHARE = 0.5
"""A failure below this share of the limit was another's: nothing announced it."""

BIN_H = 4.0
"""Readings of so many running hours are taken together."""

ENOUGH_AT_REST = 20
"""Readings at rest are the better ones, as nothing that is cut shakes in them; so many a machine are enough."""

LEAST_SCATTER = 0.01


class Level(msgspec.Struct, frozen=True):
    """The mean logarithm of a signal's ``readings`` about ``ran_h``, running hours since its machine was last as new."""

    ran_h: float
    log: float
    readings: int


class WearLife(msgspec.Struct, frozen=True):
    """The readings of a machine from one renewal to the next, after ``hours`` of running.

    ``failed``: by wear; else it was renewed before (``ended``), or goes on. ``began_new``: no hours before the first.
    """

    machine: str
    levels: tuple[Level, ...]
    hours: float
    began_new: bool
    failed: bool = False
    ended: bool = False


class WearHistory(msgspec.Struct, frozen=True):
    """All lives of a shop's machines; ``scatter``: standard deviation of a reading's logarithm; ``start``: where signals start.

    ``worn``: which of the times at which each machine was repaired or maintained, in turn, were repairs of what was worn.
    """

    lives: tuple[WearLife, ...] = ()
    scatter: float = 0.0
    start: float = 0.0
    worn: dict[str, frozenset[int]] = {}


def growth(levels: Sequence[Level], start: float) -> float:
    """How far the signal is above its start at last: 1 for twice, 0 where nothing was read."""
    last = levels[-2:]
    return math.exp(sum(level.log for level in last) / len(last) - start) - 1.0 if last else 0.0


class _Reading(NamedTuple):
    """``after``: how many renewals had been; hours don't tell, as a machine that is repaired doesn't run."""

    ran_h: float
    job: str
    log: float
    after: int


class WearReader:
    """Takes the readings of a log and its renewals in turn."""

    def __init__(self) -> None:
        self.readings: dict[str, list[_Reading]] = {}
        self.renewals: dict[str, list[tuple[float, bool]]] = {}

    def read(self, machine: str, ran_h: float, signals: Mapping[str, float], job: str = "") -> None:
        """A reading after ``ran_h`` running hours in all; ``job``: the operation that is cut, empty at rest."""
        value = signals.get(SIGNAL, 0.0)
        if 0.0 < value < math.inf:
            after = len(self.renewals.get(machine, ()))
            self.readings.setdefault(machine, []).append(_Reading(ran_h, job, math.log(value), after))

    def renewed(self, machine: str, ran_h: float, *, failed: bool) -> None:
        """The machine was repaired (``failed``), or its planned stop ended."""
        self.renewals.setdefault(machine, []).append((ran_h, failed))

    def found(self, ran_h: Mapping[str, float]) -> WearHistory:
        """All lives; ``ran_h``: what each machine has run in all. A failure that the signal didn't announce ended none."""
        kept = _levelled({machine: _usable(readings) for machine, readings in self.readings.items()})
        steps = [abs(b.log - a.log) for readings in kept.values() for a, b in pairwise(readings)]
        # 1.4826 makes the median absolute deviation a standard deviation; a step has the scatter of two readings.
        scatter = max(median(steps) * 1.4826 / math.sqrt(2.0), LEAST_SCATTER) if steps else LEAST_SCATTER
        start = _start([_binned(readings, 0.0) for readings in kept.values() if readings])
        lives: list[WearLife] = []
        worn: dict[str, frozenset[int]] = {}
        for machine, readings in kept.items():
            worn[machine] = self._worn(machine, readings, start)
            lives += self._lives(machine, readings, ran_h.get(machine, 0.0), worn[machine])
        return WearHistory(tuple(lives), scatter, start, worn)

    def _worn(self, machine: str, readings: Sequence[_Reading], start: float) -> frozenset[int]:
        """The repairs before which the signal was far up, and after which it was down again."""
        found: set[int] = set()
        began = 0
        for number, (at_h, failed) in enumerate(self.renewals.get(machine, ())):
            before = growth(_binned(_of(readings, began, number), 0.0), start)
            after = growth(_binned(_of(readings, number + 1, number + 1), at_h)[:2], start)
            if failed and before >= WORN_SHARE * LIMIT and after < WORN_SHARE * before:
                found.add(number)
            if number in found or not failed:
                began = number + 1
        return frozenset(found)

    def _lives(
        self, machine: str, readings: Sequence[_Reading], ran_h: float, worn: frozenset[int]
    ) -> Iterator[WearLife]:
        began, since_h = 0, 0.0
        for number, (at_h, failed) in enumerate(self.renewals.get(machine, ())):
            if number in worn or not failed:
                levels = _binned(_of(readings, began, number), since_h)
                yield WearLife(machine, levels, at_h - since_h, began > 0, failed=failed, ended=not failed)
                began, since_h = number + 1, at_h
        levels = _binned([reading for reading in readings if reading.after >= began], since_h)
        yield WearLife(machine, levels, max(0.0, ran_h - since_h), began > 0)


def _of(readings: Sequence[_Reading], first: int, last: int) -> list[_Reading]:
    """Those from after renewal ``first`` - 1 to renewal ``last``."""
    return [reading for reading in readings if first <= reading.after <= last]


def _start(machines: Sequence[Sequence[Level]]) -> float:
    """Where signals start: of each machine's levels a quarter lie below it, of the machines half."""
    if not machines:
        return 0.0
    return median(sorted(level.log for level in levels)[len(levels) // 4] for levels in machines)


def _usable(readings: Sequence[_Reading]) -> list[_Reading]:
    resting = [reading for reading in readings if not reading.job]
    return resting if len(resting) >= ENOUGH_AT_REST else [reading for reading in readings if reading.job]


def _levelled(readings: Mapping[str, Sequence[_Reading]]) -> dict[str, list[_Reading]]:
    """The readings without what each operation adds to those at rest: a fifth of its readings lie below where it starts."""
    of_job: dict[str, list[float]] = {}
    for each in readings.values():
        for reading in each:
            of_job.setdefault(reading.job, []).append(reading.log)
    starts = {job: sorted(logs)[len(logs) // 5] for job, logs in of_job.items()}
    at_rest = starts.get("", 0.0)
    added = {job: start - at_rest for job, start in starts.items()}
    return {
        machine: [reading._replace(log=reading.log - added[reading.job]) for reading in each]
        for machine, each in readings.items()
    }


def _binned(readings: Iterable[_Reading], since_h: float) -> tuple[Level, ...]:
    """Means of each few running hours after ``since_h``; of a machine at rest for long only its hours count."""
    bins: dict[int, list[_Reading]] = {}
    for reading in readings:
        bins.setdefault(int((reading.ran_h - since_h) / BIN_H), []).append(reading)
    return tuple(
        Level(
            sum(reading.ran_h for reading in each) / len(each) - since_h,
            sum(reading.log for reading in each) / len(each),
            len(each),
        )
        for _, each in sorted(bins.items())
    )
