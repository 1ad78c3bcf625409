"""Tabu search for the makespan of the (flexible) job shop, compiled; plain Python gives the same numbers.

The search works inside a window: the operations between two positions in the topological order. All other operations keep their
places, so the cost of a move depends on the window; the widest window is the whole order.
"""

from nightmill.scheduling.job_shop.disjunctive_graph import (
    Graph,
    Records,
    order_earlier,
    order_later,
    put_after,
    renew_ends,
    renew_rests,
    take_out,
)
from nightmill.scheduling.job_shop.neighbourhood import Search, find_moves, slot
from nightmill.vocabulary.compiled import compiled_inline, draw


@compiled_inline
def measure(graph: Graph, search: Search) -> None:
    """Length of the longest path through the window, and one of the operations where the path leaves it; ties are broken at random.

    A gate is the last operation of a job inside the window, with the rest of the job; a fence is the first operation of a
    machine after the window.
    """
    gates, fences, clock, state = search.gates, search.fences, search.clock, search.state
    none = graph.order.size
    longest, source, seen = -1, none, 0
    for index in range(gates.size):
        length = graph.ops[gates[index].op].end + gates[index].rest
        if length >= longest:
            seen = seen + 1 if length == longest else 1
            if length > longest or draw(state, seen) == 0:
                longest, source = length, gates[index].op
    for machine in range(fences.size):
        fence = fences[machine].after
        if fence != none:
            op = graph.ops[fence].before
            length = graph.ops[op].end + graph.ops[fence].rest
            if length >= longest:
                seen = seen + 1 if length == longest else 1
                if length > longest or draw(state, seen) == 0:
                    longest, source = length, op
    clock[0].current, clock[0].source = longest, source


@compiled_inline
def critical_path(graph: Graph, search: Search) -> int:
    """Find a critical path inside the window; ties are broken at random.

    The path is written to the end of ``memory.path`` with the data that its moves need. Returns its first index; the path ends
    with ``clock[0].source``.
    """
    path, clock, state = search.memory.path, search.clock, search.state
    none = graph.order.size
    at, low, chosen = none, clock[0].low, clock[0].source
    while chosen != none and graph.place[chosen] >= low:
        at -= 1
        one, two = graph.ops[chosen].before, graph.ops[chosen].job_before
        path.op[at], path.time[at] = chosen, graph.ops[chosen].time
        path.ready[at], path.tail[at] = graph.ops[two].end, graph.ops[graph.ops[chosen].job_after].rest
        start = graph.ops[chosen].end - graph.ops[chosen].time
        if (
            one != none
            and graph.ops[one].end == start
            and (two == none or graph.ops[two].end != start or draw(state, 2))
        ):
            chosen = one
        elif two != none and graph.ops[two].end == start:
            chosen = two
        else:
            chosen = none
    return at


@compiled_inline
def forbid(graph: Graph, search: Search, move: Records, expiry: int) -> None:
    """Forbid the reverse of a move until ``expiry``."""
    tabu = search.memory.tabu
    kind, op, goal = move.kind, move.op, move.goal
    if kind == 2:
        tabu[slot(op, graph.order.size + graph.ops[op].machine, tabu.size - 1)] = expiry
        return
    other = op
    while other != goal:
        if kind == 0:
            other = graph.ops[other].after
            tabu[slot(op, other, tabu.size - 1)] = expiry
        else:
            other = graph.ops[other].before
            tabu[slot(other, op, tabu.size - 1)] = expiry


@compiled_inline
def carry_out(graph: Graph, search: Search, op: int, before: int, machine: int, time: int) -> bool:
    """Move ``op`` after ``before`` on ``machine``; False, with nothing changed, if that would close a cycle."""
    place, scratch = graph.place, search.memory.scratch
    none = graph.order.size
    left, right, home = graph.ops[op].before, graph.ops[op].after, graph.ops[op].machine
    take_out(graph, op)
    put_after(graph, op, before, machine)
    after = graph.ops[op].after
    fits = True
    if before != none and place[before] > place[op]:
        fits = order_later(graph, scratch, op, before)
    elif after != none and place[after] < place[op]:
        fits = order_earlier(graph, scratch, op, after)
    if not fits:
        take_out(graph, op)
        put_after(graph, op, left, home)
        return False
    graph.ops[op].time = time
    low, high = search.clock[0].low, search.clock[0].high
    renew_ends(graph, max(low, min(place[op], place[right], place[after])), high)
    start = max(place[op], place[left] if left != none else low, place[before] if before != none else low)
    renew_rests(graph, low, min(high, start + 1))
    return True


@compiled_inline
def take_back(graph: Graph, search: Search) -> None:
    """Undo the moves made since the best schedule, in the links only."""
    clock = search.clock
    for index in range(clock[0].logged - 1, -1, -1):
        entry = search.memory.log[index]
        take_out(graph, entry.op)
        put_after(graph, entry.op, entry.before, entry.machine)
        graph.ops[entry.op].time = entry.time
    clock[0].logged = 0


@compiled_inline
def climb(graph: Graph, search: Search, steps: int, patience: int, bound: int, tenure: int) -> bool:
    """Make up to ``steps`` moves; return True once the bound is met or ``patience`` moves have brought no better makespan.

    The graph must be ranked; clock, tabu table and log persist from call to call, and ``take_back`` returns to the
    best. ``patience`` must fit into the log.
    """
    clock, found, tabu = search.clock, search.memory.found, search.memory.tabu
    none = graph.order.size
    for _ in range(steps):
        if clock[0].best <= bound or clock[0].iteration - clock[0].improved >= patience:
            return True
        clock[0].iteration += 1
        start = critical_path(graph, search)
        find_moves(graph, search, start)
        move = found[0] if found[0].kind >= 0 else found[1]
        if move.kind < 0:
            clock[0].improved -= 50
            measure(graph, search)
            continue
        op, goal = move.op, move.goal
        expiry = clock[0].iteration + tenure + draw(search.state, tenure // 2 + 2)
        if move.kind == 2:
            expiry += (none - start) // 2 + search.choice_first[op + 1] - search.choice_first[op]
        forbid(graph, search, move, expiry)
        machine, time, before = graph.ops[op].machine, graph.ops[op].time, goal
        entry = search.memory.log[clock[0].logged]
        entry.op, entry.before, entry.machine, entry.time = op, graph.ops[op].before, machine, time
        if move.kind == 1:
            before = graph.ops[goal].before
        elif move.kind == 2:
            machine, time = search.choices[move.choice, 0], search.choices[move.choice, 1]
        if carry_out(graph, search, op, before, machine, time):
            clock[0].logged += 1
            measure(graph, search)
            if clock[0].current < clock[0].best:
                clock[0].best, clock[0].improved, clock[0].logged = clock[0].current, clock[0].iteration, 0
        elif move.kind != 2:
            tabu[slot(goal, op, tabu.size - 1) if move.kind == 0 else slot(op, goal, tabu.size - 1)] = expiry
        else:
            tabu[slot(op, none + machine, tabu.size - 1)] = expiry
    return False
