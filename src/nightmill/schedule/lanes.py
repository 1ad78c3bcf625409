"""Lanes: the sorted busy spans of one machine or person, in one stretch of two shared arrays.

A lane is the stretch ``[low, high)`` of ``starts`` and ``ends`` (s), its spans disjoint and rising; spans that touch are one.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FAR = 1e15


@njit(cache=True, nogil=True, error_model="numpy")
def gap_from(starts: Floats, ends: Floats, low: int, high: int, at: float, length: float) -> float:
    """Earliest time from ``at`` on at which the lane in ``[low, high)`` is free for ``length``."""
    left, right = low, high
    while left < right:
        middle = (left + right) // 2
        if ends[middle] > at:
            right = middle
        else:
            left = middle + 1
    while left < high:
        if at + length <= starts[left]:
            return at
        at = max(at, ends[left])
        left += 1
    return at


@njit(cache=True, nogil=True, error_model="numpy")
def gap_until(starts: Floats, ends: Floats, low: int, high: int, lower: float, upper: float, length: float) -> float:
    """Latest time not before ``lower`` from which the lane is free for ``length`` and done by ``upper``; -1 if none."""
    left, right = low, high
    while left < right:
        middle = (left + right) // 2
        if starts[middle] < upper:
            left = middle + 1
        else:
            right = middle
    index = left - 1
    while index >= low and upper - length >= lower:
        if ends[index] <= upper - length:
            break
        upper = min(upper, starts[index])
        index -= 1
    return upper - length if upper - length >= lower else -1.0


@njit(cache=True, nogil=True, error_model="numpy")
def occupy(starts: Floats, ends: Floats, first: int, count: int, start: float, end: float) -> int:
    """Insert a busy span, joining spans that touch; the new count."""
    left, right = first, first + count
    while left < right:
        middle = (left + right) // 2
        if starts[middle] < start:
            left = middle + 1
        else:
            right = middle
    joins_before = left > first and ends[left - 1] >= start
    joins_after = left < first + count and starts[left] <= end
    if joins_before and joins_after:
        ends[left - 1] = ends[left]
        for index in range(left, first + count - 1):
            starts[index] = starts[index + 1]
            ends[index] = ends[index + 1]
        return count - 1
    if joins_before:
        ends[left - 1] = max(end, ends[left - 1])
        return count
    if joins_after:
        starts[left] = start
        return count
    for index in range(first + count, left, -1):
        starts[index] = starts[index - 1]
        ends[index] = ends[index - 1]
    starts[left] = start
    ends[left] = end
    return count + 1


@njit(cache=True, nogil=True, error_model="numpy")
def vacate(starts: Floats, ends: Floats, first: int, count: int, start: float, end: float) -> int:
    """Free ``[start, end)``, which lies in one busy span; the new count."""
    index = first + span_at(starts[first : first + count], start)
    before, after = starts[index] < start, ends[index] > end
    if before and after:
        for later in range(first + count, index + 1, -1):
            starts[later] = starts[later - 1]
            ends[later] = ends[later - 1]
        starts[index + 1] = end
        ends[index + 1] = ends[index]
        ends[index] = start
        return count + 1
    if before:
        ends[index] = start
        return count
    if after:
        starts[index] = end
        return count
    for later in range(index, first + count - 1):
        starts[later] = starts[later + 1]
        ends[later] = ends[later + 1]
    return count - 1


@njit(cache=True, nogil=True, error_model="numpy")
def span_at(starts: Floats, at: float) -> int:
    """Index of the last span that begins at or before ``at``; -1 if none."""
    left, right = 0, starts.size
    while left < right:
        middle = (left + right) // 2
        if starts[middle] <= at:
            left = middle + 1
        else:
            right = middle
    return left - 1


@njit(cache=True, nogil=True, error_model="numpy")
def overlap(starts: Floats, ends: Floats, begin: float, finish: float) -> float:
    """Seconds of ``[begin, finish]`` inside the spans."""
    index = max(span_at(starts, begin), 0)
    total = 0.0
    while index < starts.size and starts[index] < finish:
        inside = min(ends[index], finish) - max(starts[index], begin)
        if inside > 0.0:
            total += inside
        index += 1
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def person_from(
    lanes: tuple[Floats, Floats, Ints], first: Ints, low: int, high: int, at: float, length: float
) -> tuple[float, int]:
    """Earliest time at which one of the persons (lanes ``low`` to ``high``) is free, and which."""
    starts, ends, counts = lanes
    best, lane = FAR, low
    for candidate in range(low, high):
        begin = first[candidate]
        time = gap_from(starts, ends, begin, begin + counts[candidate], at, length)
        if time < best:
            best, lane = time, candidate
            if time == at:
                break
    return best, lane


@njit(cache=True, nogil=True, error_model="numpy")
def person_until(
    lanes: tuple[Floats, Floats, Ints], first: Ints, low: int, high: int, lower: float, upper: float, length: float
) -> tuple[float, int]:
    """Latest time, done by ``upper``, at which one of the persons is free, and which; -1 if none."""
    starts, ends, counts = lanes
    best, lane = -1.0, low
    for candidate in range(low, high):
        begin = first[candidate]
        time = gap_until(starts, ends, begin, begin + counts[candidate], lower, upper, length)
        if time > best:
            best, lane = time, candidate
            if time == upper - length:
                break
    return best, lane
