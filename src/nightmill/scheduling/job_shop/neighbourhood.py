"""The moves of the makespan search and their values, compiled; plain Python gives the same numbers.

Moves: an operation of a critical block goes after the last or before the first, or the first or last into the middle (Balas &
Vazacopoulos 1998; N7 of Zhang, Li, Guan & Rao 2007), and a critical operation goes to a place on another machine (Mastrolilli &
Gambardella 2000). A move's value is the longest path through the operations that change place; evaluation is abandoned as soon
as the path is longer than the best so far.
"""

from typing import Any, NamedTuple

import numpy as np

from nightmill.scheduling.job_shop.disjunctive_graph import Graph, Ints, Records, Scratch, records, scratch
from nightmill.vocabulary.compiled import compiled_inline, draw

HUGE = 1 << 60
LONG_BLOCK = 60
TABU_SLOTS = 1 << 14


class Path(NamedTuple):
    """A critical path, at the end of each array: operations, times, ends of the jobs' predecessors, rests of their successors.

    ``head`` is scratch for the starts after a move.
    """

    op: Ints
    time: Ints
    ready: Ints
    tail: Ints
    head: Ints


class Memory(NamedTuple):
    """What a climb keeps from move to move; its contents before the climb don't matter.

    ``found``: the best permitted candidate and a random forbidden one, with ``value``, ``kind`` (0 later, 1 earlier, 2 another
    machine), ``op``, ``goal``, ``choice`` (alternative) and ``equals`` (number of candidates as good). ``log``: the moves made
    since the best schedule, with the place from which each was made.
    """

    path: Path
    found: Records
    tabu: Ints
    log: Records
    scratch: Scratch


class Search(NamedTuple):
    """One climb in a window: alternatives, gates (``op``, ``rest``), fences (``before``, ``after``), clock, random state, memory.

    ``clock`` is one record: ``iteration``, ``best`` and ``current`` makespan, iteration of the best (``improved``), moves
    ``logged`` since, operation where the path leaves the window (``source``), and the window's places ``low`` to before ``high``.
    """

    choice_first: Ints
    choices: Ints
    gates: Records
    fences: Records
    clock: Records
    state: Ints
    memory: Memory


def new_clock(low: int, high: int) -> Records:
    """Return the clock of a climb that begins, for a window of places."""
    clock = records(1, np.int64, "iteration", "best", "current", "improved", "logged", "source", "low", "high")
    clock[0].low, clock[0].high = low, high
    return clock


def new_memory(size: int, dtype: Any, patience: int) -> Memory:
    """Return memory for climbs over ``size`` operations that end after ``patience`` moves without a better makespan."""
    return Memory(
        Path(*np.zeros((len(Path._fields), size + 1), dtype=dtype)),
        records(2, np.int64, "value", "kind", "op", "goal", "choice", "equals"),
        np.zeros(TABU_SLOTS, dtype=np.int64),
        records(patience + 2, dtype, "op", "before", "machine", "time"),
        scratch(size, dtype),
    )


@compiled_inline
def slot(one: int, two: int, mask: int) -> int:
    """Index of a pair in the tabu table."""
    return (int(one) * 1000003 + int(two) * 7919) & mask


@compiled_inline
def later_value(graph: Graph, path: Path, low: int, high: int, cut: int) -> int:
    """Longest path through ``path[low..high]`` once the first is moved after the last; any number above ``cut`` if it exceeds ``cut``."""
    times, ready, tails, heads = path.time, path.ready, path.tail, path.head
    end = graph.ops[graph.ops[path.op[low]].before].end
    for index in range(low + 1, high + 1):
        heads[index] = max(end, ready[index])
        end = heads[index] + times[index]
    rest = max(graph.ops[graph.ops[path.op[high]].after].rest, tails[low]) + times[low]
    longest = max(end, ready[low]) + rest
    index = high
    while index > low and longest <= cut:
        rest = max(rest, tails[index]) + times[index]
        longest = max(longest, heads[index] + rest)
        index -= 1
    return longest


@compiled_inline
def later_least(graph: Graph, path: Path, low: int, high: int) -> int:
    """A quick lower bound on ``later_value``: a critical block has no gaps, so its sums are differences of ends."""
    op, goal = path.op[low], path.op[high]
    before, beyond = graph.ops[graph.ops[op].before].end, graph.ops[graph.ops[goal].after].rest
    between, time = graph.ops[goal].end - graph.ops[op].end, path.time[low]
    led = max(before, path.ready[low + 1]) + between + time + beyond
    return max(led, max(before + between, path.ready[low]) + time + max(beyond, path.tail[low]))


@compiled_inline
def earlier_least(graph: Graph, path: Path, low: int, high: int) -> int:
    """A quick lower bound on ``earlier_value``."""
    op, goal = path.op[high], path.op[low]
    start = max(graph.ops[graph.ops[goal].before].end, path.ready[high]) + path.time[high]
    between = graph.ops[path.op[high - 1]].end - graph.ops[goal].end + path.time[low]
    beyond = max(graph.ops[graph.ops[op].after].rest, path.tail[high - 1])
    return start + max(path.tail[high], between + beyond)


@compiled_inline
def earlier_value(graph: Graph, path: Path, low: int, high: int, cut: int) -> int:
    """Longest path through ``path[low..high]`` once the last is moved before the first; any number above ``cut`` if it exceeds ``cut``."""
    times, ready, tails, heads = path.time, path.ready, path.tail, path.head
    start = max(graph.ops[graph.ops[path.op[low]].before].end, ready[high])
    end = start + times[high]
    for index in range(low, high):
        heads[index] = max(end, ready[index])
        end = heads[index] + times[index]
    rest = graph.ops[graph.ops[path.op[high]].after].rest
    longest = 0
    index = high - 1
    while index >= low and longest <= cut:
        rest = max(rest, tails[index]) + times[index]
        longest = max(longest, heads[index] + rest)
        index -= 1
    return max(longest, start + max(rest, tails[high]) + times[high])


@compiled_inline
def consider(search: Search, value: int, free: bool, kind: int, op: int, goal: int, choice: int) -> None:
    """Keep the best permitted move in ``found[0]``, and a random forbidden one in ``found[1]``."""
    found = search.memory.found
    row = 0 if free else 1
    if free:
        if value > found[0].value:
            return
        found[0].equals = found[0].equals + 1 if value == found[0].value else 1
    else:
        found[1].equals += 1
    if found[row].equals == 1 or draw(search.state, found[row].equals) == 0:
        found[row].value, found[row].kind, found[row].op, found[row].goal = value, kind, op, goal
        found[row].choice = choice


@compiled_inline
def try_move(graph: Graph, search: Search, low: int, high: int, later: bool) -> None:
    """Evaluate moving ``path[low]`` after ``path[high]`` (or, if not ``later``, the reverse), if no cycle can arise."""
    path, tabu = search.memory.path, search.memory.tabu
    one, two, cut = path.op[low], path.op[high], search.memory.found[0].value
    if later:
        fits = graph.ops[two].rest >= path.tail[low] and graph.ops[one].job_after != two
        fits = fits and later_least(graph, path, low, high) <= cut
        value = later_value(graph, path, low, high, cut) if fits else HUGE
    else:
        fits = graph.ops[one].end >= path.ready[high] and graph.ops[two].job_before != one
        fits = fits and earlier_least(graph, path, low, high) <= cut
        value = earlier_value(graph, path, low, high, cut) if fits else HUGE
    if not fits or value > cut:
        return
    free = True
    if value >= search.clock[0].best:
        for index in range(low, high):
            passed = slot(path.op[index + 1], one, tabu.size - 1) if later else slot(two, path.op[index], tabu.size - 1)
            if tabu[passed] > search.clock[0].iteration:
                free = False
                break
    consider(search, value, free, 0 if later else 1, one if later else two, two if later else one, -1)


@compiled_inline
def block_moves(graph: Graph, search: Search, low: int, high: int, leads: bool, ends: bool) -> None:
    """Evaluate the N7 moves of one critical block; moves before the very first or after the very last operation gain nothing.

    Any operation goes after the last, or the last before it; any goes before the first, or the first after it. In a long block
    only a random selection from the middle is tried.
    """
    skip = (high - low) // LONG_BLOCK
    index = low
    while index < high:
        turned = high - (index - low)
        for kind in range(4):
            behind = kind < 2
            if (ends and behind) or (leads and not behind):
                continue
            if (kind == 1 and index == low) or (kind == 2 and turned == low + 1 and not ends):
                continue
            if kind == 3 and turned == high:
                continue
            one, two = (index, high) if behind else (low, turned)
            try_move(graph, search, one, two, kind == 0 or kind == 3)
        index += 1
        if skip > 0 and index + 1 < high:
            index = min(high - 1, index + draw(search.state, 2 * skip + 1))


@compiled_inline
def machine_moves(graph: Graph, search: Search, op: int) -> None:
    """Evaluate the places on its other machines to which a critical operation can move without a cycle; the added cost of its
    time counts.
    """
    choice_first, choices, fences, tabu = search.choice_first, search.choices, search.fences, search.memory.tabu
    none = graph.order.size
    before, after = graph.ops[op].job_before, graph.ops[op].job_after
    ready, tail = graph.ops[before].end, graph.ops[after].rest
    begin = ready - graph.ops[before].time
    finish = graph.ops[after].end
    least = graph.ops[graph.ops[op].before].end + graph.ops[graph.ops[op].after].rest
    cost = 0
    for index in range(choice_first[op], choice_first[op + 1]):
        if choices[index, 0] == graph.ops[op].machine:
            cost = choices[index, 2]
    for index in range(choice_first[op], choice_first[op + 1]):
        machine, time = choices[index, 0], choices[index, 1]
        if machine == graph.ops[op].machine:
            continue
        free = tabu[slot(op, none + machine, tabu.size - 1)] <= search.clock[0].iteration
        one = fences[machine].before
        two, stop = graph.ops[one].after if one != none else graph.first[machine], fences[machine].after
        while one == fences[machine].before or (
            one != after and (after == none or graph.ops[one].end - graph.ops[one].time < finish)
        ):
            if two == none or (two != before and (before == none or graph.ops[two].end > begin)):
                value = max(least, max(ready, graph.ops[one].end) + time + max(tail, graph.ops[two].rest))
                consider(search, value + choices[index, 2] - cost, free, 2, op, one, index)
            if two == stop:
                break
            one, two = two, graph.ops[two].after


@compiled_inline
def goes_on_before(graph: Graph, op: int) -> bool:
    """Return whether the block of a path's first operation is open towards the start, so that no move there gains anything."""
    beyond, before = graph.ops[op].end - graph.ops[op].time, graph.ops[op].before
    return beyond == 0 or (before != graph.order.size and graph.ops[before].end == beyond)


@compiled_inline
def goes_on_after(graph: Graph, op: int) -> bool:
    """Return whether the block of a path's last operation is open towards the end, so that no move there gains anything."""
    beyond, after = graph.ops[op].rest - graph.ops[op].time, graph.ops[op].after
    return beyond == 0 or (after != graph.order.size and graph.ops[after].rest == beyond)


@compiled_inline
def find_moves(graph: Graph, search: Search, start: int) -> None:
    """Evaluate all moves along the critical path that starts at ``start``."""
    path, found, choice_first = search.memory.path, search.memory.found, search.choice_first
    size = graph.order.size
    found[0].value, found[0].kind, found[0].equals = HUGE, -1, 0
    found[1].value, found[1].kind, found[1].equals = HUGE, -1, 0
    low = start
    for index in range(start, size):
        op = path.op[index]
        if choice_first[op + 1] - choice_first[op] > 1:
            machine_moves(graph, search, op)
        if index + 1 == size or graph.ops[path.op[index + 1]].before != op:
            if index > low:
                leads = low == start and goes_on_before(graph, path.op[low])
                ends = index + 1 == size and goes_on_after(graph, op)
                block_moves(graph, search, low, index, leads, ends)
            low = index + 1
