"""The disjunctive graph of a schedule, compiled: sequences, a topological order, and longest paths that are kept up to date.

``graph`` holds one row per operation and a last row of zeros that means "none", so that no branch is needed: machine
predecessor, machine successor, job predecessor, job successor, time, ``END`` (longest path up to and including the operation),
``REST`` (longest path from its start on), machine. A move touches a few links. The order is repaired only between the two
positions (Pearce & Kelly 2006); ends are recomputed after them and rests before them, straight along the order, since that
costs less than finding out which values have changed. Run as plain Python it gives the same numbers.
"""

from typing import Any

from numpy.typing import NDArray

from nightmill.vocabulary.compiled import compiled_inline

Ints = NDArray[Any]
BEFORE, AFTER, JOB_BEFORE, JOB_AFTER, TIME, END, REST, MACHINE = 0, 1, 2, 3, 4, 5, 6, 7
COLUMNS = 8


@compiled_inline
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


@compiled_inline
def put_after(graph: Ints, first: Ints, op: int, before: int, machine: int) -> None:
    """Link an operation into ``machine`` after ``before`` (none: first)."""
    none = graph.shape[0] - 1
    after = graph[before, AFTER] if before != none else first[machine]
    graph[op, BEFORE], graph[op, AFTER], graph[op, MACHINE] = before, after, machine
    if before != none:
        graph[before, AFTER] = op
    else:
        first[machine] = op
    if after != none:
        graph[after, BEFORE] = op


@compiled_inline
def refresh(graph: Ints, order: Ints, place: Ints, low: int, high: int) -> None:
    """Recompute places, ends and rests along a topological order, from place ``low`` to before ``high``."""
    for index in range(low, high):
        op = order[index]
        place[op] = index
        graph[op, END] = max(graph[graph[op, BEFORE], END], graph[graph[op, JOB_BEFORE], END]) + graph[op, TIME]
    for index in range(high - 1, low - 1, -1):
        op = order[index]
        graph[op, REST] = max(graph[graph[op, AFTER], REST], graph[graph[op, JOB_AFTER], REST]) + graph[op, TIME]


@compiled_inline
def rank(graph: Ints, order: Ints, place: Ints, count: Ints, kept: Ints, low: int, high: int) -> bool:
    """Reorder the operations from place ``low`` to before ``high``, with ends and rests; False if they form a cycle.

    The rest of the order must be valid. ``count`` and ``kept`` are scratch.
    """
    for index in range(low, high):
        kept[index - low] = order[index]
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
        for index in range(low, high):
            order[index] = kept[index - low]
        return False
    refresh(graph, order, place, low, high)
    return True


@compiled_inline
def order_later(
    graph: Ints, order: Ints, place: Ints, touched: Ints, words: Ints, op: int, goal: int, kept: Ints
) -> bool:
    """Repair the order once ``op`` must follow ``goal``; False, with nothing changed, if that closes a cycle.

    Successors of ``op`` between the two places move after ``goal``, in their old order. ``touched`` is one byte per place,
    all zero before and after, and ``words`` is the same memory eight bytes at a time.
    """
    start, stop = place[op], place[goal]
    kept[0] = op
    count = 1
    index = start
    other = op
    while True:
        for column in (AFTER, JOB_AFTER):
            at = place[graph[other, column]]
            if at <= stop:
                touched[at] = 1
        index += 1
        while index < stop and touched[index] == 0:
            index += 1
            if index & 7 == 0:
                while index < stop and words[index >> 3] == 0:
                    index += 8
        if index >= stop:
            break
        touched[index] = 0
        other = order[index]
        kept[count] = other
        count += 1
    if touched[stop] != 0:
        touched[stop] = 0
        return False
    for number in range(count):
        low = place[kept[number]] + 1
        high = place[kept[number + 1]] if number + 1 < count else stop + 1
        for index in range(low, high):
            other = order[index]
            order[index - number - 1] = other
            place[other] = index - number - 1
    for number in range(count):
        order[stop + 1 - count + number] = kept[number]
        place[kept[number]] = stop + 1 - count + number
    return True


@compiled_inline
def order_earlier(
    graph: Ints, order: Ints, place: Ints, touched: Ints, words: Ints, op: int, goal: int, kept: Ints
) -> bool:
    """Repair the order once ``op`` must come before ``goal``: the mirror of ``order_later``."""
    none = graph.shape[0] - 1
    start, stop = place[op], place[goal]
    kept[0] = op
    count = 1
    index = start
    other = op
    while True:
        for column in (BEFORE, JOB_BEFORE):
            at = graph[other, column]
            if at != none and place[at] >= stop:
                touched[place[at]] = 1
        index -= 1
        while index > stop and touched[index] == 0:
            index -= 1
            if index & 7 == 7:
                while index > stop and words[index >> 3] == 0:
                    index -= 8
        if index <= stop:
            break
        touched[index] = 0
        other = order[index]
        kept[count] = other
        count += 1
    if touched[stop] != 0:
        touched[stop] = 0
        return False
    for number in range(count):
        high = place[kept[number]] - 1
        low = place[kept[number + 1]] if number + 1 < count else stop - 1
        for index in range(high, low, -1):
            other = order[index]
            order[index + number + 1] = other
            place[other] = index + number + 1
    for number in range(count):
        order[stop - 1 + count - number] = kept[number]
        place[kept[number]] = stop - 1 + count - number
    return True


@compiled_inline
def renew_ends(graph: Ints, order: Ints, low: int, high: int) -> None:
    """Recompute ends from place ``low`` to before ``high``."""
    for index in range(low, high):
        op = order[index]
        graph[op, END] = max(graph[graph[op, BEFORE], END], graph[graph[op, JOB_BEFORE], END]) + graph[op, TIME]


@compiled_inline
def renew_rests(graph: Ints, order: Ints, low: int, high: int) -> None:
    """Recompute rests in reverse order, from just before place ``high`` down to ``low``."""
    for index in range(high - 1, low - 1, -1):
        op = order[index]
        graph[op, REST] = max(graph[graph[op, AFTER], REST], graph[graph[op, JOB_AFTER], REST]) + graph[op, TIME]
