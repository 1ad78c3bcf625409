"""Starting points of the search, compiled: dispatching by rule, and a schedule built along any linear order."""

from typing import NamedTuple

import numpy as np

from nightmill.scheduling.job_shop.disjunctive_graph import Graph, Ints
from nightmill.vocabulary.compiled import compiled_inline, compiled_with_arrays, draw

MOST_WORK, SHORTEST, LOT, GIVEN = 0, 1, 2, 3
"""Rules of ``dispatch``; ``GIVEN`` uses given ranks."""


class Jobs(NamedTuple):
    """First operation of each job, first alternative of each operation (both with one more entry), and the alternatives."""

    first: Ints
    choice_first: Ints
    choices: Ints


class Ranking(NamedTuple):
    """How operations that can start at the same time are ranked: a rule that ``noise`` (per cent) perturbs at random, or ``ranks``.

    ``scale`` is the number of ranks distinguished; multiplied by the longest start it must fit into 62 bits. ``ranks``
    (operations, 0 to ``scale`` - 1, lowest first) are used if the rule is ``GIVEN``.
    """

    rule: int
    noise: int
    scale: int
    ranks: Ints
    state: Ints


@compiled_inline
def sift_down(keys: Ints, jobs: Ints, count: int) -> None:
    """Restore the heap of ``keys`` (and their jobs) after its top has changed."""
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


@compiled_inline
def push(keys: Ints, jobs: Ints, count: int, key: int, job: int) -> None:
    """Add an entry to the heap of ``count``."""
    at = count
    while at > 0 and keys[(at - 1) // 2] > key:
        keys[at], jobs[at] = keys[(at - 1) // 2], jobs[(at - 1) // 2]
        at = (at - 1) // 2
    keys[at], jobs[at] = key, job


@compiled_inline
def pop(keys: Ints, jobs: Ints, count: int) -> None:
    """Take the top off the heap of ``count``."""
    keys[0], jobs[0] = keys[count - 1], jobs[count - 1]
    sift_down(keys, jobs, count - 1)


@compiled_inline
def meld(weight: Ints, left: Ints, right: Ints, one: int, two: int) -> int:
    """Join two skew heaps (Sleator & Tarjan 1986), passed and returned as their tops; -1 is empty."""
    top, last = -1, -1
    while one >= 0 and two >= 0:
        if weight[two] < weight[one]:
            one, two = two, one
        if last < 0:
            top = one
        else:
            left[last] = one
        last = one
        one, right[last] = right[last], left[last]
    rest = one if one >= 0 else two
    if last < 0:
        return rest
    left[last] = rest
    return top


@compiled_inline
def clear(graph: Graph, last: Ints) -> None:
    """Empty all machines."""
    none = graph.order.size
    for machine in range(graph.first.size):
        graph.first[machine], last[machine] = none, none


@compiled_inline
def append(graph: Graph, op: int, choice: Ints, last: Ints) -> None:
    """Append ``op`` on the machine of ``choice``."""
    none = graph.order.size
    machine = choice[0]
    before = last[machine]
    graph.ops[op].before, graph.ops[op].after, graph.ops[op].machine, graph.ops[op].time = (
        before,
        none,
        machine,
        choice[1],
    )
    if before != none:
        graph.ops[before].after = op
    else:
        graph.first[machine] = op
    last[machine] = op


@compiled_inline
def quickest(choice_first: Ints, choices: Ints, op: int, ready: int, free: Ints) -> int:
    """Return the alternative that ends first."""
    least, at = 1 << 60, 0
    for index in range(choice_first[op], choice_first[op + 1]):
        end = max(ready, free[choices[index, 0]]) + choices[index, 1]
        if end < least:
            least, at = end, index
    return at


@compiled_inline
def weigh(ranking: Ranking, most: int, left: int, time: int) -> int:
    """Rank of an operation among those that can start at the same time, lowest first: 0 to ``scale`` - 1."""
    state, rule, noise = ranking.state, ranking.rule, ranking.noise
    urgency = left if rule == MOST_WORK else max(0, most - time)
    if rule == LOT:
        urgency = draw(state, most + 1)
    elif noise > 0:
        urgency = urgency * (100 + draw(state, noise)) // (100 + noise)
    return int((most - urgency) / (most + 1) * (ranking.scale - 1))


@compiled_with_arrays
def dispatch(graph: Graph, shop: Jobs, ranking: Ranking) -> None:
    """Non-delay list schedule: earliest possible start first, then by rank.

    A heap orders the jobs by the earliest start of their next operation. If the start at the top proves too early, it is
    corrected there; if the operation has no other machine, the job queues for its machine, and only the first job in a queue is
    in the heap.
    """
    job_first, choice_first, choices = shop.first, shop.choice_first, shop.choices
    scale = ranking.scale
    jobs, machines = job_first.size - 1, graph.first.size
    free, last = np.zeros(machines, dtype=np.int64), np.zeros(machines, dtype=np.int64)
    clear(graph, last)
    ready, left = np.zeros(jobs, dtype=np.int64), np.zeros(jobs, dtype=np.int64)
    following, weight = np.zeros(jobs, dtype=np.int64), np.full(jobs, -1, dtype=np.int64)
    keys, heap = np.zeros(jobs, dtype=np.int64), np.zeros(jobs, dtype=np.int64)
    queue, shown = np.full(machines, -1, dtype=np.int64), np.zeros(machines, dtype=np.int64)
    bar, leads = np.zeros(machines, dtype=np.int64), np.zeros(jobs, dtype=np.int64)
    smaller, larger = np.full(jobs, -1, dtype=np.int64), np.full(jobs, -1, dtype=np.int64)
    most, count = 1, jobs
    for job in range(jobs):
        following[job], heap[job] = job_first[job], job
        for op in range(job_first[job], job_first[job + 1]):
            left[job] += choices[choice_first[op], 1]
        most = max(most, left[job])
    while count > 0:
        job = heap[0]
        op = following[job]
        if op == job_first[job + 1]:
            pop(keys, heap, count)
            count -= 1
            continue
        at = quickest(choice_first, choices, op, ready[job], free)
        machine, time = choices[at, 0], choices[at, 1]
        begin = max(ready[job], free[machine])
        if weight[job] < 0:
            if ranking.rule == GIVEN:
                weight[job] = ranking.ranks[op]
            else:
                weight[job] = weigh(ranking, most, left[job], time)
        late = begin * scale + weight[job] > keys[0]
        keys[0] = begin * scale + weight[job]
        shown[machine] -= leads[job]
        leads[job] = 0
        if not late:
            append(graph, op, choices[at], last)
            ready[job] = free[machine] = begin + time
            left[job] -= choices[choice_first[op], 1]
            following[job] += 1
            weight[job], keys[0] = -1, ready[job] * scale
        if late and choice_first[op + 1] - choice_first[op] == 1 and begin > ready[job]:
            pop(keys, heap, count)
            count -= 1
            smaller[job], larger[job] = -1, -1
            queue[machine] = meld(weight, smaller, larger, queue[machine], job)
        else:
            sift_down(keys, heap, count)
        leader = queue[machine]
        if leader >= 0 and (shown[machine] == 0 or weight[leader] < bar[machine]):
            queue[machine] = meld(weight, smaller, larger, smaller[leader], larger[leader])
            push(keys, heap, count, free[machine] * scale + weight[leader], leader)
            count += 1
            leads[leader], bar[machine] = 1, weight[leader]
            shown[machine] += 1


@compiled_with_arrays
def sequence(graph: Graph, along: Ints, picked: Ints, choices: Ints) -> None:
    """Build the links for the schedule that takes operations in the order ``along``, each with its ``picked`` alternative."""
    last = np.zeros(graph.first.size, dtype=np.int64)
    clear(graph, last)
    for index in range(graph.order.size):
        op = along[index]
        append(graph, op, choices[picked[op]], last)
