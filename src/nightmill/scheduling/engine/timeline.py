"""Lanes: the busy spans of one machine, person, fixture or robot, as start and end pairs, disjoint and ascending.

``base`` is the position of the lane's first span in ``f``, ``count`` the number of spans; touching spans are merged.
"""

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.state import Floats, Ints
from nightmill.vocabulary.compiled import compiled


@compiled
def lane_base(n: Ints, lane: int) -> int:
    """The position where a lane starts."""
    return int(n[s.LANE] + 2 * n[n[s.LANE_FIRST] + lane])


@compiled
def lane_count(n: Ints, lane: int) -> int:
    """The number of spans in a lane."""
    return int(n[n[s.LANE_COUNT] + lane])


@compiled
def first_after(f: Floats, base: int, count: int, at: float, column: int) -> int:
    """Index of the first span whose start (``column`` 0) or end (1) is later than ``at``."""
    left, right = 0, count
    while left < right:
        middle = (left + right) // 2
        if f[base + 2 * middle + column] > at:
            right = middle
        else:
            left = middle + 1
    return left


@compiled
def gap_from(f: Floats, base: int, count: int, at: float, length: float) -> float:
    """Earliest time, not before ``at``, at which the lane is free for ``length``."""
    for index in range(first_after(f, base, count, at, 1), count):
        if at + length <= f[base + 2 * index]:
            return at
        at = max(at, f[base + 2 * index + 1])
    return at


@compiled
def gap_until(f: Floats, base: int, count: int, lower: float, upper: float, length: float) -> float:
    """Latest time, not before ``lower``, from which the lane is free for ``length`` and finished by ``upper``; -1 if none."""
    index = first_after(f, base, count, upper, 0) - 1
    while index >= 0 and upper - length >= lower:
        if f[base + 2 * index] < upper:
            if f[base + 2 * index + 1] <= upper - length:
                break
            upper = min(upper, f[base + 2 * index])
        index -= 1
    return upper - length if upper - length >= lower else -1.0


@compiled
def _open(f: Floats, at: int, end: int) -> None:
    """Shift the contents of ``[at, end)`` up by one span; indexing a view from 0 compiles to block moves."""
    row = f[at : end + 2]
    count = end - at
    for back in range(count):
        row[count + 1 - back] = row[count - 1 - back]


@compiled
def _close(f: Floats, at: int, end: int) -> None:
    """Shift everything after the span at ``at``, up to ``end``, down over it."""
    row = f[at:end]
    for place in range(end - at - 2):
        row[place] = row[place + 2]


@compiled
def take(f: Floats, n: Ints, lane: int, start: float, end: float) -> None:
    """Mark a free span of a lane busy, merging spans that touch."""
    if end <= start or start >= s.FAR:
        return
    base, count = lane_base(n, lane), lane_count(n, lane)
    left = first_after(f, base, count, start, 0)
    joins_before = left > 0 and f[base + 2 * left - 1] >= start
    joins_after = left < count and f[base + 2 * left] <= end
    if joins_before and joins_after:
        f[base + 2 * left - 1] = f[base + 2 * left + 1]
        _close(f, base + 2 * left, base + 2 * count)
        n[n[s.LANE_COUNT] + lane] = count - 1
    elif joins_before:
        f[base + 2 * left - 1] = max(end, f[base + 2 * left - 1])
    elif joins_after:
        f[base + 2 * left] = start
    else:
        _open(f, base + 2 * left, base + 2 * count)
        f[base + 2 * left], f[base + 2 * left + 1] = start, end
        n[n[s.LANE_COUNT] + lane] = count + 1


@compiled
def fill(f: Floats, n: Ints, lane: int, start: float, end: float) -> None:
    """Mark all free time between ``start`` and ``end`` busy."""
    while start < end:
        base, count = lane_base(n, lane), lane_count(n, lane)
        index = first_after(f, base, count, start, 1)
        begin = f[base + 2 * index] if index < count else end
        after = f[base + 2 * index + 1] if index < count else end
        take(f, n, lane, start, min(begin, end))
        start = max(start, after)


@compiled
def give(f: Floats, n: Ints, lane: int, start: float, end: float) -> None:
    """Free ``[start, end)``, which lies in one busy span of the lane."""
    if end <= start:
        return
    base, count = lane_base(n, lane), lane_count(n, lane)
    index = first_after(f, base, count, start, 0) - 1
    here = base + 2 * index
    before, after = f[here] < start, f[here + 1] > end
    if before and after:
        _open(f, here + 2, base + 2 * count)
        f[here + 2], f[here + 3] = end, f[here + 1]
        f[here + 1] = start
        n[n[s.LANE_COUNT] + lane] = count + 1
    elif before:
        f[here + 1] = start
    elif after:
        f[here] = end
    else:
        _close(f, here, base + 2 * count)
        n[n[s.LANE_COUNT] + lane] = count - 1


@compiled
def absence_at(f: Floats, n: Ints, at: float) -> int:
    """Index of the last absence that starts at or before ``at``; -1 if none."""
    return int(first_after(f, n[s.ABSENT], n[s.ABSENCES], at, 0) - 1)


@compiled
def absent_in(f: Floats, n: Ints, begin: float, finish: float) -> float:
    """Seconds of ``[begin, finish]`` with nobody present."""
    total, base = 0.0, n[s.ABSENT]
    for index in range(max(absence_at(f, n, begin), 0), n[s.ABSENCES]):
        start, end = f[base + 2 * index], f[base + 2 * index + 1]
        if start >= finish:
            break
        total += max(0.0, min(end, finish) - max(start, begin))
    return total


@compiled
def person_from(f: Floats, n: Ints, low: int, high: int, at: float, length: float) -> tuple[float, int]:
    """Earliest time from which one of the persons, fixtures or robots (lanes ``low`` to ``high``) is free, and its lane."""
    best, lane = s.FAR, low
    for candidate in range(low, high):
        time = gap_from(f, lane_base(n, candidate), lane_count(n, candidate), at, length)
        if time < best:
            best, lane = time, candidate
            if time == at:
                break
    return best, lane


@compiled
def person_until(
    f: Floats, n: Ints, low: int, high: int, lower: float, upper: float, length: float
) -> tuple[float, int]:
    """Latest time from which one of the persons is free and finished by ``upper``, and that person's lane; -1 if none."""
    best, lane = -1.0, low
    for candidate in range(low, high):
        time = gap_until(f, lane_base(n, candidate), lane_count(n, candidate), lower, upper, length)
        if time > best:
            best, lane = time, candidate
            if time == upper - length:
                break
    return best, lane
