"""The moves of the makespan search and their values, compiled; plain Python gives the same numbers.

Moves: an operation of a critical block goes after the last or before the first, or the first or last into the middle (Balas &
Vazacopoulos 1998; N7 of Zhang, Li, Guan & Rao 2007), and a critical operation goes to a place on another machine (Mastrolilli &
Gambardella 2000). A move's value is the longest path through the operations that change place; evaluation is abandoned as soon
as the path is longer than the best so far.
"""

from nightmill.scheduling.job_shop.disjunctive_graph import (
    AFTER,
    BEFORE,
    END,
    JOB_AFTER,
    JOB_BEFORE,
    MACHINE,
    REST,
    TIME,
    Ints,
)
from nightmill.vocabulary.compiled import compiled_inline, draw

HUGE = 1 << 60
LONG_BLOCK = 60
# columns of ``clock``
ITERATION, BEST, CURRENT, IMPROVED, LOGGED, SOURCE, LOW, HIGH = 0, 1, 2, 3, 4, 5, 6, 7
CLOCK = 8
# rows of ``room``
PATH, TIMES, READY, TAILS, HEADS, KEPT = 0, 1, 2, 3, 4, 5
ROOM = 6
# a candidate: value, kind (0 later, 1 earlier, 2 another machine), op, goal, alternative, number of equals
VALUE, KIND, OP, GOAL, CHOICE, EQUALS = 0, 1, 2, 3, 4, 5
CANDIDATE = 6


@compiled_inline
def slot(one: int, two: int, mask: int) -> int:
    """Index of a pair in the tabu table."""
    return (int(one) * 1000003 + int(two) * 7919) & mask


@compiled_inline
def later_value(graph: Ints, room: Ints, low: int, high: int, cut: int) -> int:
    """Longest path through ``path[low..high]`` once the first is moved after the last; any number above ``cut`` if it exceeds ``cut``."""
    times, ready, tails, heads = room[TIMES], room[READY], room[TAILS], room[HEADS]
    end = graph[graph[room[PATH, low], BEFORE], END]
    for index in range(low + 1, high + 1):
        heads[index] = max(end, ready[index])
        end = heads[index] + times[index]
    rest = max(graph[graph[room[PATH, high], AFTER], REST], tails[low]) + times[low]
    longest = max(end, ready[low]) + rest
    index = high
    while index > low and longest <= cut:
        rest = max(rest, tails[index]) + times[index]
        longest = max(longest, heads[index] + rest)
        index -= 1
    return longest


@compiled_inline
def later_least(graph: Ints, room: Ints, low: int, high: int) -> int:
    """A quick lower bound on ``later_value``: a critical block has no gaps, so its sums are differences of ends."""
    op, goal = room[PATH, low], room[PATH, high]
    before, beyond = graph[graph[op, BEFORE], END], graph[graph[goal, AFTER], REST]
    between, time = graph[goal, END] - graph[op, END], room[TIMES, low]
    led = max(before, room[READY, low + 1]) + between + time + beyond
    return max(led, max(before + between, room[READY, low]) + time + max(beyond, room[TAILS, low]))


@compiled_inline
def earlier_least(graph: Ints, room: Ints, low: int, high: int) -> int:
    """A quick lower bound on ``earlier_value``."""
    op, goal = room[PATH, high], room[PATH, low]
    start = max(graph[graph[goal, BEFORE], END], room[READY, high]) + room[TIMES, high]
    between = graph[room[PATH, high - 1], END] - graph[goal, END] + room[TIMES, low]
    beyond = max(graph[graph[op, AFTER], REST], room[TAILS, high - 1])
    return start + max(room[TAILS, high], between + beyond)


@compiled_inline
def earlier_value(graph: Ints, room: Ints, low: int, high: int, cut: int) -> int:
    """Longest path through ``path[low..high]`` once the last is moved before the first; any number above ``cut`` if it exceeds ``cut``."""
    times, ready, tails, heads = room[TIMES], room[READY], room[TAILS], room[HEADS]
    start = max(graph[graph[room[PATH, low], BEFORE], END], ready[high])
    end = start + times[high]
    for index in range(low, high):
        heads[index] = max(end, ready[index])
        end = heads[index] + times[index]
    rest = graph[graph[room[PATH, high], AFTER], REST]
    longest = 0
    index = high - 1
    while index >= low and longest <= cut:
        rest = max(rest, tails[index]) + times[index]
        longest = max(longest, heads[index] + rest)
        index -= 1
    return max(longest, start + max(rest, tails[high]) + times[high])


@compiled_inline
def consider(found: Ints, value: int, free: bool, state: Ints, kind: int, op: int, goal: int, choice: int) -> None:
    """Keep the best permitted move in ``found[0]``, and a random forbidden one in ``found[1]``."""
    row = 0 if free else 1
    if free:
        if value > found[0, VALUE]:
            return
        found[0, EQUALS] = found[0, EQUALS] + 1 if value == found[0, VALUE] else 1
    else:
        found[1, EQUALS] += 1
    if found[row, EQUALS] == 1 or draw(state, found[row, EQUALS]) == 0:
        found[row, VALUE], found[row, KIND], found[row, OP], found[row, GOAL] = value, kind, op, goal
        found[row, CHOICE] = choice


@compiled_inline
def try_move(
    graph: Ints, room: Ints, low: int, high: int, later: bool, tabu: Ints, clock: Ints, found: Ints, state: Ints
) -> None:
    """Evaluate moving ``path[low]`` after ``path[high]`` (or, if not ``later``, the reverse), if no cycle can arise."""
    one, two, cut = room[PATH, low], room[PATH, high], found[0, VALUE]
    if later:
        fits = graph[two, REST] >= room[TAILS, low] and graph[one, JOB_AFTER] != two
        fits = fits and later_least(graph, room, low, high) <= cut
        value = later_value(graph, room, low, high, cut) if fits else HUGE
    else:
        fits = graph[one, END] >= room[READY, high] and graph[two, JOB_BEFORE] != one
        fits = fits and earlier_least(graph, room, low, high) <= cut
        value = earlier_value(graph, room, low, high, cut) if fits else HUGE
    if not fits or value > cut:
        return
    free = True
    if value >= clock[BEST]:
        for index in range(low, high):
            passed = (
                slot(room[PATH, index + 1], one, tabu.size - 1)
                if later
                else slot(two, room[PATH, index], tabu.size - 1)
            )
            if tabu[passed] > clock[ITERATION]:
                free = False
                break
    consider(found, value, free, state, 0 if later else 1, one if later else two, two if later else one, -1)


@compiled_inline
def block_moves(
    graph: Ints,
    room: Ints,
    low: int,
    high: int,
    leads: bool,
    ends: bool,
    tabu: Ints,
    clock: Ints,
    found: Ints,
    state: Ints,
) -> None:
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
            try_move(graph, room, one, two, kind == 0 or kind == 3, tabu, clock, found, state)
        index += 1
        if skip > 0 and index + 1 < high:
            index = min(high - 1, index + draw(state, 2 * skip + 1))


@compiled_inline
def machine_moves(
    graph: Ints,
    first: Ints,
    place: Ints,
    fences: Ints,
    op: int,
    choice_first: Ints,
    choices: Ints,
    tabu: Ints,
    clock: Ints,
    found: Ints,
    state: Ints,
) -> None:
    """Evaluate the places on its other machines to which a critical operation can move without a cycle; the added cost of its
    time counts.
    """
    none = graph.shape[0] - 1
    before, after = graph[op, JOB_BEFORE], graph[op, JOB_AFTER]
    ready, tail = graph[before, END], graph[after, REST]
    begin = ready - graph[before, TIME]
    finish = graph[after, END]
    least = graph[graph[op, BEFORE], END] + graph[graph[op, AFTER], REST]
    cost = 0
    for index in range(choice_first[op], choice_first[op + 1]):
        if choices[index, 0] == graph[op, MACHINE]:
            cost = choices[index, 2]
    for index in range(choice_first[op], choice_first[op + 1]):
        machine, time = choices[index, 0], choices[index, 1]
        if machine == graph[op, MACHINE]:
            continue
        free = tabu[slot(op, none + machine, tabu.size - 1)] <= clock[ITERATION]
        one = fences[machine, 0]
        two, stop = graph[one, AFTER] if one != none else first[machine], fences[machine, 1]
        while one == fences[machine, 0] or (
            one != after and (after == none or graph[one, END] - graph[one, TIME] < finish)
        ):
            if two == none or (two != before and (before == none or graph[two, END] > begin)):
                value = max(least, max(ready, graph[one, END]) + time + max(tail, graph[two, REST]))
                consider(found, value + choices[index, 2] - cost, free, state, 2, op, one, index)
            if two == stop:
                break
            one, two = two, graph[two, AFTER]


@compiled_inline
def goes_on(graph: Ints, op: int, side: int, length: int) -> bool:
    """Return whether the block of a path's outermost operation is open on that side, so that no move there gains anything."""
    beyond = graph[op, length] - graph[op, TIME]
    return beyond == 0 or (graph[op, side] != graph.shape[0] - 1 and graph[graph[op, side], length] == beyond)


@compiled_inline
def find_moves(
    graph: Ints,
    first: Ints,
    place: Ints,
    fences: Ints,
    room: Ints,
    start: int,
    choice_first: Ints,
    choices: Ints,
    tabu: Ints,
    clock: Ints,
    found: Ints,
    state: Ints,
) -> None:
    """Evaluate all moves along the critical path that starts at ``start``."""
    size = graph.shape[0] - 1
    found[0, VALUE], found[0, KIND], found[0, EQUALS] = HUGE, -1, 0
    found[1, VALUE], found[1, KIND], found[1, EQUALS] = HUGE, -1, 0
    low = start
    for index in range(start, size):
        op = room[PATH, index]
        if choice_first[op + 1] - choice_first[op] > 1:
            machine_moves(graph, first, place, fences, op, choice_first, choices, tabu, clock, found, state)
        if index + 1 == size or graph[room[PATH, index + 1], BEFORE] != op:
            if index > low:
                leads = low == start and goes_on(graph, room[PATH, low], BEFORE, END)
                ends = index + 1 == size and goes_on(graph, op, AFTER, REST)
                block_moves(graph, room, low, index, leads, ends, tabu, clock, found, state)
            low = index + 1
