"""Changeovers: the time that must pass between two cuts of different families on a machine.

Each machine's ``line`` holds its operations in order of start, so that a cut can be compared with its neighbours.
``changeover`` holds a family-by-family table for each machine that obeys the triangle inequality (no detour by a third family
is shorter), so a cut can always be removed.
"""

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.state import Floats, Ints, alt, general, placed
from nightmill.vocabulary.compiled import compiled


@compiled
def _between(f: Floats, n: Ints, machine: int, before: int, after: int) -> float:
    """Seconds from one family to another on a machine."""
    families = n[s.FAMILIES]
    return float(f[n[s.CHANGEOVER] + (machine * families + before) * families + after])


@compiled
def place_in_line(f: Floats, n: Ints, machine: int, start: float) -> int:
    """The position in the machine's sequence of a cut that starts at ``start``."""
    base = n[s.LINE] + n[n[s.LINE_FIRST] + machine]
    left, right = 0, n[n[s.LINE_COUNT] + machine]
    while left < right:
        middle = (left + right) // 2
        if placed(f, n, n[base + middle], s.START) >= start:
            right = middle
        else:
            left = middle + 1
    return left


@compiled
def line_up(f: Floats, n: Ints, op: int) -> None:
    """Insert a placed operation into its machine's sequence."""
    machine = alt(n, n[n[s.CHOSEN] + op], s.MACHINE)
    base, count = n[s.LINE] + n[n[s.LINE_FIRST] + machine], n[n[s.LINE_COUNT] + machine]
    at = place_in_line(f, n, machine, placed(f, n, op, s.START))
    for place in range(base + count, base + at, -1):
        n[place] = n[place - 1]
    n[base + at] = op
    n[n[s.LINE_COUNT] + machine] = count + 1


@compiled
def leave_line(f: Floats, n: Ints, op: int) -> None:
    """Remove a placed operation from its machine's sequence."""
    machine = alt(n, n[n[s.CHOSEN] + op], s.MACHINE)
    base, count = n[s.LINE] + n[n[s.LINE_FIRST] + machine], n[n[s.LINE_COUNT] + machine]
    at = place_in_line(f, n, machine, placed(f, n, op, s.START))
    while n[base + at] != op:
        at += 1
    for place in range(base + at, base + count - 1):
        n[place] = n[place + 1]
    n[n[s.LINE_COUNT] + machine] = count - 1


@compiled
def changed_over(f: Floats, n: Ints, alternative: int, start: float, left: float) -> float:
    """Return ``start`` if the machine can change over in time before the cut and again after its part has ``left``; else a
    later start to try.
    """
    machine, family, move = alt(n, alternative, s.MACHINE), alt(n, alternative, s.FAMILY), general(f, n, s.MOVE)
    base, count = n[s.LINE] + n[n[s.LINE_FIRST] + machine], n[n[s.LINE_COUNT] + machine]
    at = place_in_line(f, n, machine, start)
    if at > 0:
        before = n[base + at - 1]
        free = placed(f, n, before, s.LEFT) + move
        free += _between(f, n, machine, alt(n, n[n[s.CHOSEN] + before], s.FAMILY), family)
    else:
        free = f[n[s.UNLOADED] + machine] + _between(f, n, machine, n[n[s.SET_UP] + machine], family)
    if start - move < free:
        return float(free + move)
    if at < count:
        after = n[base + at]
        other = alt(n, n[n[s.CHOSEN] + after], s.FAMILY)
        end = left + move
        if end + _between(f, n, machine, family, other) > placed(f, n, after, s.START) - move:
            return float(placed(f, n, after, s.LEFT) + _between(f, n, machine, other, family) + 2.0 * move)
    return start
