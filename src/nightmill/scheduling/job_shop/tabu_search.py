"""Tabu search for the makespan of the (flexible) job shop, compiled; plain Python gives the same numbers.

The search works inside a window: the operations between two positions in the topological order. All other operations keep their
places, so the cost of a move depends on the window; the widest window is the whole order.
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
    order_earlier,
    order_later,
    put_after,
    renew_ends,
    renew_rests,
    take_out,
)
from nightmill.scheduling.job_shop.neighbourhood import (
    BEST,
    CHOICE,
    CURRENT,
    GOAL,
    HIGH,
    IMPROVED,
    ITERATION,
    KEPT,
    KIND,
    LOGGED,
    LOW,
    OP,
    PATH,
    READY,
    SOURCE,
    TAILS,
    TIMES,
    find_moves,
    slot,
)
from nightmill.vocabulary.compiled import compiled_inline, draw


@compiled_inline
def measure(graph: Ints, gates: Ints, fences: Ints, clock: Ints, state: Ints) -> None:
    """Length of the longest path through the window, and one of the operations where the path leaves it; ties are broken at random.

    A gate is the last operation of a job inside the window, with the rest of the job; a fence is the first operation of a
    machine after the window.
    """
    none = graph.shape[0] - 1
    longest, source, seen = -1, none, 0
    for index in range(gates.shape[0]):
        length = graph[gates[index, 0], END] + gates[index, 1]
        if length >= longest:
            seen = seen + 1 if length == longest else 1
            if length > longest or draw(state, seen) == 0:
                longest, source = length, gates[index, 0]
    for machine in range(fences.shape[0]):
        fence = fences[machine, 1]
        if fence != none:
            op = graph[fence, BEFORE]
            length = graph[op, END] + graph[fence, REST]
            if length >= longest:
                seen = seen + 1 if length == longest else 1
                if length > longest or draw(state, seen) == 0:
                    longest, source = length, op
    clock[CURRENT], clock[SOURCE] = longest, source


@compiled_inline
def critical_path(graph: Ints, place: Ints, clock: Ints, state: Ints, room: Ints) -> int:
    """Find a critical path inside the window; ties are broken at random.

    The path is written to the end of ``room[PATH]`` with the data that its moves need. Returns its first index; the path ends
    with ``clock[SOURCE]``.
    """
    none = graph.shape[0] - 1
    at, low, chosen = none, clock[LOW], clock[SOURCE]
    while chosen != none and place[chosen] >= low:
        at -= 1
        one, two = graph[chosen, BEFORE], graph[chosen, JOB_BEFORE]
        room[PATH, at], room[TIMES, at] = chosen, graph[chosen, TIME]
        room[READY, at], room[TAILS, at] = graph[two, END], graph[graph[chosen, JOB_AFTER], REST]
        start = graph[chosen, END] - graph[chosen, TIME]
        if one != none and graph[one, END] == start and (two == none or graph[two, END] != start or draw(state, 2)):
            chosen = one
        elif two != none and graph[two, END] == start:
            chosen = two
        else:
            chosen = none
    return at


@compiled_inline
def forbid(graph: Ints, move: Ints, tabu: Ints, expiry: int) -> None:
    """Forbid the reverse of a move until ``expiry``."""
    kind, op, goal = move[KIND], move[OP], move[GOAL]
    if kind == 2:
        tabu[slot(op, graph.shape[0] - 1 + graph[op, MACHINE], tabu.size - 1)] = expiry
        return
    other = op
    while other != goal:
        if kind == 0:
            other = graph[other, AFTER]
            tabu[slot(op, other, tabu.size - 1)] = expiry
        else:
            other = graph[other, BEFORE]
            tabu[slot(other, op, tabu.size - 1)] = expiry


@compiled_inline
def carry_out(
    graph: Ints,
    first: Ints,
    order: Ints,
    place: Ints,
    op: int,
    before: int,
    machine: int,
    time: int,
    kept: Ints,
    touched: Ints,
    words: Ints,
    clock: Ints,
) -> bool:
    """Move ``op`` after ``before`` on ``machine``; False, with nothing changed, if that would close a cycle."""
    none = graph.shape[0] - 1
    left, right, home = graph[op, BEFORE], graph[op, AFTER], graph[op, MACHINE]
    take_out(graph, first, op)
    put_after(graph, first, op, before, machine)
    after = graph[op, AFTER]
    fits = True
    if before != none and place[before] > place[op]:
        fits = order_later(graph, order, place, touched, words, op, before, kept)
    elif after != none and place[after] < place[op]:
        fits = order_earlier(graph, order, place, touched, words, op, after, kept)
    if not fits:
        take_out(graph, first, op)
        put_after(graph, first, op, left, home)
        return False
    graph[op, TIME] = time
    low, high = clock[LOW], clock[HIGH]
    renew_ends(graph, order, max(low, min(place[op], place[right], place[after])), high)
    start = max(place[op], place[left] if left != none else low, place[before] if before != none else low)
    renew_rests(graph, order, low, min(high, start + 1))
    return True


@compiled_inline
def take_back(graph: Ints, first: Ints, log: Ints, clock: Ints) -> None:
    """Undo the moves made since the best schedule, in the links only."""
    for index in range(clock[LOGGED] - 1, -1, -1):
        op = log[index, 0]
        take_out(graph, first, op)
        put_after(graph, first, op, log[index, 1], log[index, 2])
        graph[op, TIME] = log[index, 3]
    clock[LOGGED] = 0


@compiled_inline
def climb(
    graph: Ints,
    first: Ints,
    order: Ints,
    place: Ints,
    gates: Ints,
    fences: Ints,
    choice_first: Ints,
    choices: Ints,
    touched: Ints,
    words: Ints,
    tabu: Ints,
    log: Ints,
    room: Ints,
    found: Ints,
    clock: Ints,
    state: Ints,
    steps: int,
    patience: int,
    bound: int,
    tenure: int,
) -> bool:
    """Make up to ``steps`` moves; return True once the bound is met or ``patience`` moves have brought no better makespan.

    The graph must be ranked; ``clock``, ``tabu`` and ``log`` persist from call to call, and ``take_back`` returns to the
    best. ``patience`` must fit into ``log``.
    """
    none = graph.shape[0] - 1
    for _ in range(steps):
        if clock[BEST] <= bound or clock[ITERATION] - clock[IMPROVED] >= patience:
            return True
        clock[ITERATION] += 1
        start = critical_path(graph, place, clock, state, room)
        find_moves(graph, first, place, fences, room, start, choice_first, choices, tabu, clock, found, state)
        move = found[0] if found[0, KIND] >= 0 else found[1]
        if move[KIND] < 0:
            clock[IMPROVED] -= 50
            measure(graph, gates, fences, clock, state)
            continue
        op, goal = move[OP], move[GOAL]
        expiry = clock[ITERATION] + tenure + draw(state, tenure // 2 + 2)
        if move[KIND] == 2:
            expiry += (none - start) // 2 + choice_first[op + 1] - choice_first[op]
        forbid(graph, move, tabu, expiry)
        machine, time, before = graph[op, MACHINE], graph[op, TIME], goal
        entry = log[clock[LOGGED]]
        entry[0], entry[1], entry[2], entry[3] = op, graph[op, BEFORE], machine, time
        if move[KIND] == 1:
            before = graph[goal, BEFORE]
        elif move[KIND] == 2:
            machine, time = choices[move[CHOICE], 0], choices[move[CHOICE], 1]
        if carry_out(graph, first, order, place, op, before, machine, time, room[KEPT], touched, words, clock):
            clock[LOGGED] += 1
            measure(graph, gates, fences, clock, state)
            if clock[CURRENT] < clock[BEST]:
                clock[BEST], clock[IMPROVED], clock[LOGGED] = clock[CURRENT], clock[ITERATION], 0
        elif move[KIND] != 2:
            tabu[slot(goal, op, tabu.size - 1) if move[KIND] == 0 else slot(op, goal, tabu.size - 1)] = expiry
        else:
            tabu[slot(op, none + machine, tabu.size - 1)] = expiry
    return False
