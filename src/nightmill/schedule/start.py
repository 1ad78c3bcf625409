"""Starting points of the search, compiled: dispatching by rule, and a schedule built along any linear order."""

import numpy as np

from nightmill.schedule.graph import AFTER, BEFORE, MACHINE, TIME, Ints, kernel, maker
from nightmill.schedule.moves import draw

MOST_WORK, SHORTEST, LOT = 0, 1, 2


@kernel
def sift_down(keys: Ints, jobs: Ints, count: int) -> None:
    """Restore the heap of ``keys`` (and the jobs they stand for) after its top has changed."""
    at = 0
    while True:
        child = 2 * at + 1
        if child >= count:
            return
        if child + 1 < count and keys[child + 1] < keys[child]:
            child += 1
        if keys[at] <= keys[child]:
            return
        keys[at], keys[child] = keys[child], keys[at]
        jobs[at], jobs[child] = jobs[child], jobs[at]
        at = child


@kernel
def clear(first: Ints, last: Ints, none: int) -> None:
    """Machines without operations."""
    for machine in range(first.size):
        first[machine], last[machine] = none, none


@kernel
def append(graph: Ints, first: Ints, op: int, choice: Ints, last: Ints) -> None:
    """Put ``op`` last on the machine of ``choice``."""
    none = graph.shape[0] - 1
    machine = choice[0]
    before = last[machine]
    graph[op, BEFORE], graph[op, AFTER], graph[op, MACHINE], graph[op, TIME] = before, none, machine, choice[1]
    if before != none:
        graph[before, AFTER] = op
    else:
        first[machine] = op
    last[machine] = op


@maker
def dispatch(
    graph: Ints,
    first: Ints,
    choice_first: Ints,
    choices: Ints,
    job_first: Ints,
    state: Ints,
    rule: int,
    noise: int,
    scale: int,
) -> None:
    """Non-delay list schedule: what can begin first, then by rule; ``noise`` (per cent) blurs the rule by lot.

    A heap of jobs by the earliest begin of their next operation; a begin found too early on top is corrected there.
    ``scale``, times the longest begin, must fit into 62 bits: so many ranks are told apart among equal begins.
    """
    none, jobs = graph.shape[0] - 1, job_first.size - 1
    free, last = np.zeros(first.size, dtype=np.int64), np.zeros(first.size, dtype=np.int64)
    clear(first, last, none)
    ready, left = np.zeros(jobs, dtype=np.int64), np.zeros(jobs, dtype=np.int64)
    following, weight = np.zeros(jobs, dtype=np.int64), np.zeros(jobs, dtype=np.int64)
    keys, heap = np.zeros(jobs, dtype=np.int64), np.zeros(jobs, dtype=np.int64)
    most = 1
    for job in range(jobs):
        following[job], heap[job] = job_first[job], job
        for op in range(job_first[job], job_first[job + 1]):
            left[job] += choices[choice_first[op], 1]
        most = max(most, left[job])
        weight[job] = -1
    count = jobs
    while count > 0:
        job = heap[0]
        op = following[job]
        if op == job_first[job + 1]:
            count -= 1
            keys[0], heap[0] = keys[count], heap[count]
            sift_down(keys, heap, count)
            continue
        least, at = 1 << 60, 0
        for index in range(choice_first[op], choice_first[op + 1]):
            end = max(ready[job], free[choices[index, 0]]) + choices[index, 1]
            if end < least:
                least, at = end, index
        if weight[job] < 0:
            urgency = left[job] if rule == 0 else max(0, most - choices[at, 1])
            if rule == 2:
                urgency = draw(state, most + 1)
            elif noise > 0:
                urgency = urgency * (100 + draw(state, noise)) // (100 + noise)
            weight[job] = int((most - urgency) / (most + 1) * (scale - 1))
        key = (least - choices[at, 1]) * scale + weight[job]
        if key > keys[0]:
            keys[0] = key
            sift_down(keys, heap, count)
            continue
        append(graph, first, op, choices[at], last)
        ready[job] = least
        free[choices[at, 0]] = least
        left[job] -= choices[choice_first[op], 1]
        following[job] += 1
        weight[job] = -1
        keys[0] = ready[job] * scale
        sift_down(keys, heap, count)


@maker
def sequence(graph: Ints, first: Ints, along: Ints, picked: Ints, choices: Ints) -> None:
    """Links of the schedule that takes operations in the order ``along``, each with its ``picked`` alternative."""
    none = graph.shape[0] - 1
    last = np.zeros(first.size, dtype=np.int64)
    clear(first, last, none)
    for index in range(none):
        op = along[index]
        append(graph, first, op, choices[picked[op]], last)
