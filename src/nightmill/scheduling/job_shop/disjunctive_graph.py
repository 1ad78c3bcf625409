"""The disjunctive graph of a schedule, compiled: sequences, a topological order, and longest paths that are kept up to date.

``Graph.ops`` holds one record per operation and a last record of zeros that means "none", so that no branch is needed. A move
touches a few links. The order is repaired only between the two positions (Pearce & Kelly 2006); ends are recomputed after them
and rests before them, straight along the order, since that costs less than finding out which values have changed. Run as plain
Python it gives the same numbers.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nightmill.vocabulary.compiled import compiled_inline

Ints = NDArray[Any]
Records = Any
"""A numpy record array; mypy doesn't know the fields of its records."""


class Graph(NamedTuple):
    """A schedule: the operations' records, the first operation on each machine, a topological order, and its inverse.

    The fields of a record in ``ops`` (operations + 1,): ``before`` and ``after`` on the machine, ``job_before``, ``job_after``,
    ``time``, ``end`` (longest path up to and including the operation), ``rest`` (longest path from its start on), ``machine``.
    """

    ops: Records
    first: Ints
    order: Ints
    place: Ints


class Scratch(NamedTuple):
    """Memory for the repair of an order: ``touched`` is one byte per place, all zero before and after.

    ``words`` is the same memory as ``touched``, eight bytes at a time; the contents of ``kept`` don't matter.
    """

    touched: Ints
    words: Ints
    kept: Ints


def records(count: int, dtype: Any, *fields: str) -> Records:
    """Return ``count`` records of zeros whose fields all have the same type."""
    return np.zeros(count, dtype=np.dtype([(field, dtype) for field in fields], align=True)).view(np.recarray)


def operations(count: int, dtype: Any) -> Records:
    """Return the records of ``count`` operations without links, and the record that means "none"."""
    ops = records(count + 1, dtype, "before", "after", "job_before", "job_after", "time", "end", "rest", "machine")
    for side in ("before", "after", "job_before", "job_after"):
        ops[side] = count
    return ops


def scratch(size: int, dtype: Any) -> Scratch:
    """Return scratch for the repair of an order of ``size`` operations."""
    touched = np.zeros(size // 8 * 8 + 16, dtype=np.uint8)
    return Scratch(touched, touched.view(np.int64), np.zeros(size + 1, dtype=dtype))


@compiled_inline
def take_out(graph: Graph, op: int) -> None:
    """Unlink an operation from its machine."""
    none = graph.order.size
    before, after = graph.ops[op].before, graph.ops[op].after
    if before != none:
        graph.ops[before].after = after
    else:
        graph.first[graph.ops[op].machine] = after
    if after != none:
        graph.ops[after].before = before


@compiled_inline
def put_after(graph: Graph, op: int, before: int, machine: int) -> None:
    """Link an operation into ``machine`` after ``before`` (none: first)."""
    none = graph.order.size
    after = graph.ops[before].after if before != none else graph.first[machine]
    graph.ops[op].before, graph.ops[op].after, graph.ops[op].machine = before, after, machine
    if before != none:
        graph.ops[before].after = op
    else:
        graph.first[machine] = op
    if after != none:
        graph.ops[after].before = op


@compiled_inline
def refresh(graph: Graph, low: int, high: int) -> None:
    """Recompute places, ends and rests along a topological order, from place ``low`` to before ``high``."""
    for index in range(low, high):
        op = graph.order[index]
        graph.place[op] = index
        graph.ops[op].end = (
            max(graph.ops[graph.ops[op].before].end, graph.ops[graph.ops[op].job_before].end) + graph.ops[op].time
        )
    for index in range(high - 1, low - 1, -1):
        op = graph.order[index]
        graph.ops[op].rest = (
            max(graph.ops[graph.ops[op].after].rest, graph.ops[graph.ops[op].job_after].rest) + graph.ops[op].time
        )


@compiled_inline
def rank(graph: Graph, count: Ints, kept: Ints, low: int, high: int) -> bool:
    """Reorder the operations from place ``low`` to before ``high``, with ends and rests; False if they form a cycle.

    The rest of the order must be valid. ``count`` and ``kept`` are scratch.
    """
    for index in range(low, high):
        kept[index - low] = graph.order[index]
    filled = low
    for index in range(high - low):
        op = kept[index]
        one, two = graph.place[graph.ops[op].before], graph.place[graph.ops[op].job_before]
        count[op] = (1 if low <= one < high else 0) + (1 if low <= two < high else 0)
        if count[op] == 0:
            graph.order[filled] = op
            filled += 1
    at = low
    while at < filled:
        op = graph.order[at]
        at += 1
        for other in (graph.ops[op].after, graph.ops[op].job_after):
            if low <= graph.place[other] < high:
                count[other] -= 1
                if count[other] == 0:
                    graph.order[filled] = other
                    filled += 1
    if filled < high:
        for index in range(low, high):
            graph.order[index] = kept[index - low]
        return False
    refresh(graph, low, high)
    return True


@compiled_inline
def order_later(graph: Graph, scratch: Scratch, op: int, goal: int) -> bool:
    """Repair the order once ``op`` must follow ``goal``; False, with nothing changed, if that closes a cycle.

    Successors of ``op`` between the two places move after ``goal``, in their old order.
    """
    start, stop = graph.place[op], graph.place[goal]
    scratch.kept[0] = op
    count = 1
    index = start
    other = op
    while True:
        for follower in (graph.ops[other].after, graph.ops[other].job_after):
            at = graph.place[follower]
            if at <= stop:
                scratch.touched[at] = 1
        index += 1
        while index < stop and scratch.touched[index] == 0:
            index += 1
            if index & 7 == 0:
                while index < stop and scratch.words[index >> 3] == 0:
                    index += 8
        if index >= stop:
            break
        scratch.touched[index] = 0
        other = graph.order[index]
        scratch.kept[count] = other
        count += 1
    if scratch.touched[stop] != 0:
        scratch.touched[stop] = 0
        return False
    for number in range(count):
        low = graph.place[scratch.kept[number]] + 1
        high = graph.place[scratch.kept[number + 1]] if number + 1 < count else stop + 1
        for index in range(low, high):
            other = graph.order[index]
            graph.order[index - number - 1] = other
            graph.place[other] = index - number - 1
    for number in range(count):
        graph.order[stop + 1 - count + number] = scratch.kept[number]
        graph.place[scratch.kept[number]] = stop + 1 - count + number
    return True


@compiled_inline
def order_earlier(graph: Graph, scratch: Scratch, op: int, goal: int) -> bool:
    """Repair the order once ``op`` must come before ``goal``: the mirror of ``order_later``."""
    none = graph.order.size
    start, stop = graph.place[op], graph.place[goal]
    scratch.kept[0] = op
    count = 1
    index = start
    other = op
    while True:
        for at in (graph.ops[other].before, graph.ops[other].job_before):
            if at != none and graph.place[at] >= stop:
                scratch.touched[graph.place[at]] = 1
        index -= 1
        while index > stop and scratch.touched[index] == 0:
            index -= 1
            if index & 7 == 7:
                while index > stop and scratch.words[index >> 3] == 0:
                    index -= 8
        if index <= stop:
            break
        scratch.touched[index] = 0
        other = graph.order[index]
        scratch.kept[count] = other
        count += 1
    if scratch.touched[stop] != 0:
        scratch.touched[stop] = 0
        return False
    for number in range(count):
        high = graph.place[scratch.kept[number]] - 1
        low = graph.place[scratch.kept[number + 1]] if number + 1 < count else stop - 1
        for index in range(high, low, -1):
            other = graph.order[index]
            graph.order[index + number + 1] = other
            graph.place[other] = index + number + 1
    for number in range(count):
        graph.order[stop - 1 + count - number] = scratch.kept[number]
        graph.place[scratch.kept[number]] = stop - 1 + count - number
    return True


@compiled_inline
def renew_ends(graph: Graph, low: int, high: int) -> None:
    """Recompute ends from place ``low`` to before ``high``."""
    for index in range(low, high):
        op = graph.order[index]
        graph.ops[op].end = (
            max(graph.ops[graph.ops[op].before].end, graph.ops[graph.ops[op].job_before].end) + graph.ops[op].time
        )


@compiled_inline
def renew_rests(graph: Graph, low: int, high: int) -> None:
    """Recompute rests in reverse order, from just before place ``high`` down to ``low``."""
    for index in range(high - 1, low - 1, -1):
        op = graph.order[index]
        graph.ops[op].rest = (
            max(graph.ops[graph.ops[op].after].rest, graph.ops[graph.ops[op].job_after].rest) + graph.ops[op].time
        )
