"""Detect when a machine's cutting times changed.

A two-sided self-starting CUSUM of logarithms (Hawkins, The Statistician 36, 1987; Hawkins & Olwell, Cumulative Sum Charts,
1998, ch. 7): each time is compared with all earlier times, so that no level has to be known. With slack 0.5 and limit 8 there
is a false signal about once in ten thousand cuts, and a shift of one standard deviation is found after about 17 cuts (Siegmund,
Sequential Analysis, 1985, eq. 2.57).
"""

import math
from collections.abc import Sequence
from statistics import median

import msgspec

from nightmill.simulation.cell.uncertainty import Cycle, MachineHistory

SLACK, LIMIT = 0.5, 8.0
LEARN = 10
"""Number of cuts of an operation before testing starts."""

LEAST_SD = 0.005
"""A scatter of the logarithms below this (0.5 % of the time) is treated as no scatter."""


class Drift(msgspec.Struct, frozen=True):
    """Since about ``since_s``, an operation has taken ``ratio`` times as long on this machine as before."""

    machine: str
    operation: str
    since_s: float
    ratio: float


def drifts(history: Sequence[MachineHistory]) -> tuple[Drift, ...]:
    """Return the last change of each operation on each machine whose times have changed."""
    found = []
    for machine in history:
        for name in dict.fromkeys(cycle.operation for cycle in machine.cycles):
            cycles = sorted((c for c in machine.cycles if c.operation == name and c.complete), key=lambda c: c.at_s)
            changed = _last_change(cycles)
            if changed is not None:
                before, after = changed
                found.append(Drift(machine.machine, name, after[0].at_s, _level(after) / _level(before)))
    return tuple(found)


def since_drift(history: Sequence[MachineHistory]) -> tuple[MachineHistory, ...]:
    """Return the history without the cutting times from before their last change."""
    begins = {(drift.machine, drift.operation): drift.since_s for drift in drifts(history)}
    return tuple(
        msgspec.structs.replace(
            machine,
            cycles=tuple(c for c in machine.cycles if c.at_s >= begins.get((machine.machine, c.operation), -math.inf)),
        )
        for machine in history
    )


def _last_change(cycles: Sequence[Cycle]) -> tuple[Sequence[Cycle], Sequence[Cycle]] | None:
    """Return the cuts between the last two changes, and those after the last change."""
    begin, last = 0, None
    while True:
        change = _change(cycles[begin:])
        if change is None:
            return last
        last = (cycles[begin : begin + change], cycles[begin + change :])
        begin += change


def _change(cycles: Sequence[Cycle]) -> int | None:
    """Return the index of the first cut after a change, once the CUSUM has signalled; ``None`` otherwise."""
    up = down = mean = squares = 0.0
    rose = fell = 0
    for place, cycle in enumerate(cycles):
        log = math.log(cycle.actual_s / cycle.planned_s)
        if place >= LEARN:
            z = _standardised(log, mean, squares, place)
            up, down = max(0.0, up + z - SLACK), max(0.0, down - z - SLACK)
            if up > LIMIT or down > LIMIT:
                return rose if up > LIMIT else fell
        rose = rose if up > 0.0 else place + 1
        fell = fell if down > 0.0 else place + 1
        step = log - mean
        mean += step / (place + 1)
        squares += step * (log - mean)
    return None


def _standardised(log: float, mean: float, squares: float, number: int) -> float:
    """Return the standard normal deviate of a time, given the ``number`` of earlier times (Wallace's root of Student's t, 1959)."""
    free = number - 1
    sd = max(math.sqrt(squares / free), LEAST_SD)
    t = (log - mean) / (sd * math.sqrt(1.0 + 1.0 / number))
    return math.copysign(math.sqrt(free * math.log1p(t * t / free)) * (8 * free + 1) / (8 * free + 3), t)


def _level(cycles: Sequence[Cycle]) -> float:
    return median(c.actual_s / c.planned_s for c in cycles)
