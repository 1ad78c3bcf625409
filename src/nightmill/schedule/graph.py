"""The disjunctive graph of a schedule, compiled: sequences, a topological order, longest paths kept up to date.

``graph`` holds one row an operation and a last row of zeros that stands for "none", so that no branch is needed:
machine predecessor, machine successor, job predecessor, job successor, time, ``END`` (longest path up to and with the
operation), ``REST`` (longest path from its start on), machine. A move touches a few links; the order is repaired only
between the two places (Pearce & Kelly 2006), and ends and rests are recomputed only where a neighbour's has changed.
The same numbers come out as plain Python.
"""

from typing import Any

from numba import njit
from numpy.typing import NDArray

Ints = NDArray[Any]
BEFORE, AFTER, JOB_BEFORE, JOB_AFTER, TIME, END, REST, MACHINE = 0, 1, 2, 3, 4, 5, 6, 7
COLUMNS = 8
kernel = njit(cache=True, nogil=True, error_model="numpy")


@kernel
def take_out(graph: Ints, first: Ints, op: int) -> None:
    """Unlink an operation from its machine."""
    none = graph.shape[0] - 1
    before, after = graph[op, BEFORE], graph[op, AFTER]
    if before != none:
        graph[before, AFTER] = after
    else:
        first[graph[op, MACHINE]] = after
    if after != none:
        graph[after, BEFORE] = before


@kernel
def put_after(graph: Ints, first: Ints, op: int, before: int, machine: int) -> None:
    """Link an operation into ``machine`` behind ``before`` (none: first)."""
    none = graph.shape[0] - 1
    after = graph[before, AFTER] if before != none else first[machine]
    graph[op, BEFORE], graph[op, AFTER], graph[op, MACHINE] = before, after, machine
    if before != none:
        graph[before, AFTER] = op
    else:
        first[machine] = op
    if after != none:
        graph[after, BEFORE] = op


@kernel
def refresh(graph: Ints, order: Ints, place: Ints, low: int, high: int) -> None:
    """Places, ends and rests along a topological order, from place ``low`` to before ``high``."""
    for index in range(low, high):
        op = order[index]
        place[op] = index
        graph[op, END] = max(graph[graph[op, BEFORE], END], graph[graph[op, JOB_BEFORE], END]) + graph[op, TIME]
    for index in range(high - 1, low - 1, -1):
        op = order[index]
        graph[op, REST] = max(graph[graph[op, AFTER], REST], graph[graph[op, JOB_AFTER], REST]) + graph[op, TIME]


@kernel
def rank(graph: Ints, order: Ints, place: Ints, count: Ints, kept: Ints, low: int, high: int) -> bool:
    """Order what stands from place ``low`` to before ``high`` anew, with ends and rests; False if it forms a cycle.

    The rest of the order must hold. ``count`` and ``kept`` are scratch.
    """
    kept[: high - low] = order[low:high]
    filled = low
    for index in range(high - low):
        op = kept[index]
        one, two = place[graph[op, BEFORE]], place[graph[op, JOB_BEFORE]]
        count[op] = (1 if low <= one < high else 0) + (1 if low <= two < high else 0)
        if count[op] == 0:
            order[filled] = op
            filled += 1
    at = low
    while at < filled:
        op = order[at]
        at += 1
        for column in (AFTER, JOB_AFTER):
            other = graph[op, column]
            if low <= place[other] < high:
                count[other] -= 1
                if count[other] == 0:
                    order[filled] = other
                    filled += 1
    if filled < high:
        order[low:high] = kept[: high - low]
        return False
    refresh(graph, order, place, low, high)
    return True


@kernel
def order_later(graph: Ints, order: Ints, place: Ints, op: int, goal: int, kept: Ints) -> bool:
    """Repair the order once ``op`` must follow ``goal``; False, and nothing changed, if that closes a cycle.

    What follows from ``op`` between the two places goes behind ``goal``, in its old order.
    """
    start, stop = place[op], place[goal]
    kept[0] = op
    count = 1
    place[op] = -1
    closed = False
    for index in range(start + 1, stop + 1):
        other = order[index]
        if place[graph[other, BEFORE]] < 0 or place[graph[other, JOB_BEFORE]] < 0:
            if other == goal:
                closed = True
                break
            place[other] = -1
            kept[count] = other
            count += 1
    if closed:
        for index in range(start, stop):
            place[order[index]] = index
        return False
    filled = start
    for index in range(start, stop + 1):
        other = order[index]
        if place[other] >= 0:
            order[filled] = other
            place[other] = filled
            filled += 1
    for index in range(count):
        order[filled] = kept[index]
        place[kept[index]] = filled
        filled += 1
    return True


@kernel
def order_earlier(graph: Ints, order: Ints, place: Ints, op: int, goal: int, kept: Ints) -> bool:
    """Repair the order once ``op`` must come before ``goal``: the mirror of ``order_later``."""
    start, stop = place[op], place[goal]
    kept[0] = op
    count = 1
    place[op] = -1
    closed = False
    for index in range(start - 1, stop - 1, -1):
        other = order[index]
        if place[graph[other, AFTER]] < 0 or place[graph[other, JOB_AFTER]] < 0:
            if other == goal:
                closed = True
                break
            place[other] = -1
            kept[count] = other
            count += 1
    if closed:
        for index in range(stop + 1, start + 1):
            place[order[index]] = index
        return False
    filled = start
    for index in range(start, stop - 1, -1):
        other = order[index]
        if place[other] >= 0:
            order[filled] = other
            place[other] = filled
            filled -= 1
    for index in range(count):
        order[filled] = kept[index]
        place[kept[index]] = filled
        filled -= 1
    return True


@kernel
def spread_ends(
    graph: Ints, order: Ints, place: Ints, touched: Ints, words: Ints, low: int, limit: int, pending: int
) -> None:
    """Recompute ends from place ``low`` to before ``limit``, where ``touched`` (a byte a place; ``words``: eight)."""
    none = graph.shape[0] - 1
    index = low
    while pending > 0:
        if touched[index] == 0:
            index += 1
            if index & 7 == 0:
                while words[index >> 3] == 0:
                    index += 8
            continue
        touched[index] = 0
        pending -= 1
        op = order[index]
        end = max(graph[graph[op, BEFORE], END], graph[graph[op, JOB_BEFORE], END]) + graph[op, TIME]
        if end != graph[op, END]:
            graph[op, END] = end
            for column in (AFTER, JOB_AFTER):
                other = graph[op, column]
                if other != none and touched[place[other]] == 0 and place[other] < limit:
                    touched[place[other]] = 1
                    pending += 1
        index += 1


@kernel
def spread_rests(
    graph: Ints, order: Ints, place: Ints, touched: Ints, words: Ints, high: int, limit: int, pending: int
) -> None:
    """Recompute rests against the order from place ``high`` down to ``limit``: the mirror of ``spread_ends``."""
    none = graph.shape[0] - 1
    index = high
    while pending > 0:
        if touched[index] == 0:
            index -= 1
            if index & 7 == 7:
                while words[index >> 3] == 0:
                    index -= 8
            continue
        touched[index] = 0
        pending -= 1
        op = order[index]
        rest = max(graph[graph[op, AFTER], REST], graph[graph[op, JOB_AFTER], REST]) + graph[op, TIME]
        if rest != graph[op, REST]:
            graph[op, REST] = rest
            for column in (BEFORE, JOB_BEFORE):
                other = graph[op, column]
                if other != none and touched[place[other]] == 0 and place[other] >= limit:
                    touched[place[other]] = 1
                    pending += 1
        index -= 1
