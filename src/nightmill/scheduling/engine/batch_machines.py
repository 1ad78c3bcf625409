"""Batch machines: a machine with several places (an oven, a washer) takes parts of one family with equal cutting time.

A cut on such a machine belongs to all operations in the machine's sequence that start at the same time. The first operation
takes the machine and the robots' moves, others join while places are left, and removing the last one releases the machine and
the moves. Each part on a shared pallet takes one place.
"""

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.setup_times import place_in_line
from nightmill.scheduling.engine.state import Floats, Ints, alt, placed, run
from nightmill.vocabulary.compiled import compiled


@compiled
def share(n: Ints, alternative: int) -> float:
    """The fraction of a full load of the machine that the alternative's parts make up; 1 on a machine with one place."""
    most = n[n[s.PLACES] + alt(n, alternative, s.MACHINE)]
    return float(alt(n, alternative, s.PARTS) / most) if most > 1 else 1.0


@compiled
def mate(f: Floats, n: Ints, alternative: int, start: float) -> int:
    """An operation in the cut that starts at ``start`` on the alternative's batch machine; -1 if there is none."""
    machine = alt(n, alternative, s.MACHINE)
    if n[n[s.PLACES] + machine] < 2:
        return -1
    base, at = n[s.LINE] + n[n[s.LINE_FIRST] + machine], place_in_line(f, n, machine, start)
    if at < n[n[s.LINE_COUNT] + machine] and placed(f, n, n[base + at], s.START) == start:
        return int(n[base + at])
    return -1


@compiled
def room_from(f: Floats, n: Ints, alternative: int, at: float) -> float:
    """Earliest start, not before ``at``, of a cut of the same family with places left for the alternative's parts; ``FAR`` if none."""
    machine, most = (
        alt(n, alternative, s.MACHINE),
        n[n[s.PLACES] + alt(n, alternative, s.MACHINE)] - alt(n, alternative, s.PARTS),
    )
    if n[n[s.PLACES] + machine] < 2:
        return s.FAR
    base, count = n[s.LINE] + n[n[s.LINE_FIRST] + machine], n[n[s.LINE_COUNT] + machine]
    place = place_in_line(f, n, machine, at)
    while place < count:
        start, cuts, taken = placed(f, n, n[base + place], s.START), 0, 0
        while place + cuts < count and placed(f, n, n[base + place + cuts], s.START) == start:
            taken += alt(n, n[n[s.CHOSEN] + n[base + place + cuts]], s.PARTS)
            cuts += 1
        other = n[n[s.CHOSEN] + n[base + place]]
        alike = alt(n, other, s.FAMILY) == alt(n, alternative, s.FAMILY) and run(f, n, other) == run(f, n, alternative)
        if alike and taken <= most:
            return start
        place += cuts
    return s.FAR


@compiled
def ride_along(n: Ints, op: int, other: int) -> None:
    """Let ``op`` use the loading and unloading moves of ``other``, whose cut it shares."""
    n[n[s.CARRIER] + 2 * op], n[n[s.CARRIER] + 2 * op + 1] = (
        n[n[s.CARRIER] + 2 * other],
        n[n[s.CARRIER] + 2 * other + 1],
    )
