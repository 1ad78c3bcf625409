"""Tabu search for makespan of the (flexible) job shop, compiled; the same numbers as plain Python.

Moves: an operation of a critical block behind its last or before its first (Balas & Vazacopoulos 1998, Zhang et al. 2007),
or a critical operation to a place on another machine (Mastrolilli & Gambardella 2000). Operations of a job stand
together; ``links`` columns are machine predecessor, machine successor, machine, time, job predecessor, job successor.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
BEFORE, AFTER, MACHINE, TIME, JOB_BEFORE, JOB_AFTER = 0, 1, 2, 3, 4, 5
HEAD, TAIL, DEGREE, ORDER = 0, 1, 2, 3
HUGE = 1 << 60


@njit(cache=True, error_model="numpy")
def evaluate(links: Ints, times: Ints) -> int:
    """Heads and tails along a topological order; the makespan, or -1 if the order has a cycle."""
    size = links.shape[0]
    filled = 0
    for op in range(size):
        times[op, DEGREE] = (1 if links[op, BEFORE] >= 0 else 0) + (1 if links[op, JOB_BEFORE] >= 0 else 0)
        if times[op, DEGREE] == 0:
            times[filled, ORDER] = op
            times[op, HEAD] = 0
            filled += 1
    at = 0
    makespan = 0
    while at < filled:
        op = times[at, ORDER]
        at += 1
        head = 0
        for column in (BEFORE, JOB_BEFORE):
            other = links[op, column]
            if other >= 0:
                head = max(head, times[other, HEAD] + links[other, TIME])
        times[op, HEAD] = head
        makespan = max(makespan, head + links[op, TIME])
        for column in (AFTER, JOB_AFTER):
            other = links[op, column]
            if other >= 0:
                times[other, DEGREE] -= 1
                if times[other, DEGREE] == 0:
                    times[filled, ORDER] = other
                    filled += 1
    if filled < size:
        return -1
    for index in range(size - 1, -1, -1):
        op = times[index, ORDER]
        tail = 0
        for column in (AFTER, JOB_AFTER):
            other = links[op, column]
            if other >= 0:
                tail = max(tail, times[other, TAIL] + links[other, TIME])
        times[op, TAIL] = tail
    return makespan


@njit(cache=True, error_model="numpy")
def take_out(links: Ints, first: Ints, op: int) -> None:
    """Unlink an operation from its machine."""
    before, after = links[op, BEFORE], links[op, AFTER]
    if before >= 0:
        links[before, AFTER] = after
    else:
        first[links[op, MACHINE]] = after
    if after >= 0:
        links[after, BEFORE] = before


@njit(cache=True, error_model="numpy")
def put_after(links: Ints, first: Ints, op: int, before: int, machine: int) -> None:
    """Link an operation into ``machine`` behind ``before`` (-1: first)."""
    after = links[before, AFTER] if before >= 0 else first[machine]
    links[op, BEFORE], links[op, AFTER], links[op, MACHINE] = before, after, machine
    if before >= 0:
        links[before, AFTER] = op
    else:
        first[machine] = op
    if after >= 0:
        links[after, BEFORE] = op


@njit(cache=True, error_model="numpy")
def end_of(links: Ints, times: Ints, op: int) -> int:
    """Head plus time; 0 for none."""
    return times[op, HEAD] + links[op, TIME] if op >= 0 else 0


@njit(cache=True, error_model="numpy")
def rest_of(links: Ints, times: Ints, op: int) -> int:
    """Time plus tail; 0 for none."""
    return times[op, TAIL] + links[op, TIME] if op >= 0 else 0


@njit(cache=True, error_model="numpy")
def estimate(links: Ints, times: Ints, moved: int, goal: int, forward: bool, span: Ints) -> int:
    """Longest path through the operations that change place when ``moved`` goes behind (or before) ``goal``."""
    count = 0
    step = AFTER if forward else BEFORE
    op = moved
    while op != goal:
        op = links[op, step]
        span[count] = op
        count += 1
    span[count] = moved
    count += 1
    if not forward:
        for index in range(count // 2):
            span[index], span[count - 1 - index] = span[count - 1 - index], span[index]
    outer_before = links[moved, BEFORE] if forward else links[goal, BEFORE]
    outer_after = links[goal, AFTER] if forward else links[moved, AFTER]
    last = end_of(links, times, outer_before)
    for index in range(count):
        op = span[index]
        head = max(last, end_of(links, times, links[op, JOB_BEFORE]))
        span[count + index] = head
        last = head + links[op, TIME]
    rest = rest_of(links, times, outer_after)
    longest = 0
    for index in range(count - 1, -1, -1):
        op = span[index]
        rest = max(rest, rest_of(links, times, links[op, JOB_AFTER])) + links[op, TIME]
        longest = max(longest, span[count + index] + rest)
    return longest


@njit(cache=True, error_model="numpy")
def draw(state: Ints, below: int) -> int:
    """Next number below ``below`` of the Lehmer generator (Park & Miller 1988, multiplier 48271)."""
    state[0] = state[0] * 48271 % 2147483647
    return state[0] % below


@njit(cache=True, error_model="numpy")
def critical_path(links: Ints, times: Ints, makespan: int, state: Ints, path: Ints) -> int:
    """A critical path, ties by lot; its length."""
    chosen, seen = -1, 0
    for op in range(links.shape[0]):
        if times[op, HEAD] == 0 and rest_of(links, times, op) == makespan:
            seen += 1
            if draw(state, seen) == 0:
                chosen = op
    count = 0
    while chosen >= 0:
        path[count] = chosen
        count += 1
        end = end_of(links, times, chosen)
        one, two = links[chosen, AFTER], links[chosen, JOB_AFTER]
        one_fits = one >= 0 and times[one, HEAD] == end and end + rest_of(links, times, one) == makespan
        two_fits = two >= 0 and times[two, HEAD] == end and end + rest_of(links, times, two) == makespan
        if one_fits and two_fits:
            chosen = one if draw(state, 2) == 0 else two
        elif one_fits:
            chosen = one
        else:
            chosen = two if two_fits else -1
    return count


@njit(cache=True, error_model="numpy")
def slot(one: int, two: int, size: int) -> int:
    """Place of a pair in the tabu table."""
    return (one * 1000003 + two * 7919) % size


@njit(cache=True, error_model="numpy")
def consider(best: Ints, value: int, allowed: bool, state: Ints, move: tuple[int, int, int, int]) -> None:
    """Keep the better move: value, kind (0 behind, 1 before, 2 to another machine), op, goal, alternative; ties by lot."""
    if not allowed or value > best[0]:
        return
    best[5] = best[5] + 1 if value == best[0] else 1
    if value < best[0] or draw(state, best[5]) == 0:
        best[0], best[1], best[2], best[3], best[4] = value, move[0], move[1], move[2], move[3]


@njit(cache=True, error_model="numpy")
def block_moves(
    links: Ints, times: Ints, block: Ints, tabu: Ints, clock: Ints, best: Ints, state: Ints, span: Ints
) -> None:
    """All moves of one critical block: each operation behind its last and before its first, where no cycle can arise."""
    iteration, target = clock[0], clock[1]
    first, last = block[0], block[block.size - 1]
    for op in block:
        if op != last and rest_of(links, times, last) >= rest_of(links, times, links[op, JOB_AFTER]):
            value = estimate(links, times, op, last, True, span)
            free = tabu[slot(last, op, tabu.size)] <= iteration or value < target
            consider(best, value, free, state, (0, op, last, 0))
        if op != first and end_of(links, times, first) >= end_of(links, times, links[op, JOB_BEFORE]):
            value = estimate(links, times, op, first, False, span)
            free = tabu[slot(op, first, tabu.size)] <= iteration or value < target
            consider(best, value, free, state, (1, op, first, 0))


@njit(cache=True, error_model="numpy")
def machine_moves(
    links: Ints,
    times: Ints,
    first: Ints,
    op: int,
    choices: tuple[Ints, Ints],
    tabu: Ints,
    clock: Ints,
    best: Ints,
    state: Ints,
) -> None:
    """Places of a critical operation on its other machines where no cycle can arise."""
    alternative_first, alternative = choices
    before, after = links[op, JOB_BEFORE], links[op, JOB_AFTER]
    ready, rest = end_of(links, times, before), rest_of(links, times, after)
    for index in range(alternative_first[op], alternative_first[op + 1]):
        machine = alternative[index, 0]
        if machine == links[op, MACHINE]:
            continue
        free = tabu[slot(op, links.shape[0] + machine, tabu.size)] <= clock[0]
        one, two = -1, first[machine]
        while True:
            early = two < 0 or (two != before and (before < 0 or end_of(links, times, two) > times[before, HEAD]))
            late = one >= 0 and (one == after or (after >= 0 and times[one, HEAD] >= end_of(links, times, after)))
            if late:
                break
            if early:
                value = (
                    max(ready, end_of(links, times, one))
                    + alternative[index, 1]
                    + max(rest, rest_of(links, times, two))
                )
                consider(best, value, free or value < clock[1], state, (2, op, one, index))
            if two < 0:
                break
            one, two = two, links[two, AFTER]


@njit(cache=True, error_model="numpy")
def carry_out(links: Ints, first: Ints, alternative: Ints, best: Ints, tabu: Ints, expiry: int) -> None:
    """Make the chosen move and forbid its way back until ``expiry``."""
    kind, op, goal = best[1], best[2], best[3]
    machine = links[op, MACHINE]
    if kind == 2:
        tabu[slot(op, links.shape[0] + machine, tabu.size)] = expiry
        take_out(links, first, op)
        put_after(links, first, op, goal, alternative[best[4], 0])
        links[op, TIME] = alternative[best[4], 1]
        return
    other = op
    while other != goal:
        other = links[other, AFTER if kind == 0 else BEFORE]
        if kind == 0:
            tabu[slot(op, other, tabu.size)] = expiry
        else:
            tabu[slot(other, op, tabu.size)] = expiry
    take_out(links, first, op)
    put_after(links, first, op, goal if kind == 0 else links[goal, BEFORE], machine)


@njit(cache=True, error_model="numpy")
def copy_state(target: Ints, source: Ints, target_first: Ints, source_first: Ints) -> None:
    """Copy links and the first operation of each machine."""
    for op in range(source.shape[0]):
        for column in range(source.shape[1]):
            target[op, column] = source[op, column]
    for machine in range(source_first.size):
        target_first[machine] = source_first[machine]


@njit(cache=True, error_model="numpy")
def best_move(
    links: Ints, times: Ints, first: Ints, choices: tuple[Ints, Ints], tabu: Ints, clock: Ints, state: Ints, room: Ints
) -> Ints:
    """The best move allowed on one critical path; kind -1 where there is none."""
    best = np.full(6, -1, dtype=np.int64)
    best[0] = HUGE
    path, span = room[0], room[1]
    length = critical_path(links, times, clock[2], state, path)
    start = 0
    for index in range(length):
        op = path[index]
        if choices[0][op + 1] - choices[0][op] > 1:
            machine_moves(links, times, first, op, choices, tabu, clock, best, state)
        if index + 1 == length or links[path[index + 1], BEFORE] != op:
            if index > start:
                block_moves(links, times, path[start : index + 1], tabu, clock, best, state, span)
            start = index + 1
    return best


@njit(cache=True, error_model="numpy")
def search(
    links: Ints,
    first: Ints,
    best_links: Ints,
    best_first: Ints,
    choices: tuple[Ints, Ints],
    tabu: Ints,
    clock: Ints,
    state: Ints,
    iterations: int,
    bound: int,
) -> int:
    """Run ``iterations`` moves; ``clock`` is iteration, best, current makespan, last improvement. The best makespan.

    From the best of all, after a while without a better one, a few moves by lot lead elsewhere.
    """
    size = links.shape[0]
    times = np.zeros((size, 4), dtype=np.int64)
    room = np.zeros((2, 2 * size + 2), dtype=np.int64)
    clock[2] = evaluate(links, times)
    patience = 2000 + 10 * size
    for _ in range(iterations):
        if clock[1] <= bound:
            break
        clock[0] += 1
        if clock[0] - clock[3] > patience:
            copy_state(links, best_links, first, best_first)
            clock[2] = evaluate(links, times)
            clock[3] = clock[0]
        shaken = clock[0] - clock[3] < 12 and clock[0] > patience
        best = best_move(links, times, first, choices, tabu, clock, state, room)
        if best[1] < 0 or shaken:
            for index in range(tabu.size if best[1] < 0 else 0):
                tabu[index] = 0
            length = critical_path(links, times, clock[2], state, room[0])
            op = room[0][draw(state, length)]
            after = links[op, AFTER]
            if after < 0 or links[op, JOB_AFTER] == after or times[after, HEAD] != end_of(links, times, op):
                if best[1] < 0:
                    continue
            else:
                best[1], best[2], best[3] = 0, op, after
        old_machine, old_before, old_time = links[best[2], MACHINE], links[best[2], BEFORE], links[best[2], TIME]
        tenure = 10 + draw(state, 8 + size // 60)
        carry_out(links, first, choices[1], best, tabu, clock[0] + tenure)
        value = evaluate(links, times)
        if value < 0:
            take_out(links, first, best[2])
            put_after(links, first, best[2], old_before, old_machine)
            links[best[2], TIME] = old_time
            value = evaluate(links, times)
        clock[2] = value
        if value < clock[1]:
            clock[1], clock[3] = value, clock[0]
            copy_state(best_links, links, best_first, first)
    return clock[1]


@njit(cache=True, error_model="numpy")
def dispatch(links: Ints, first: Ints, choices: tuple[Ints, Ints], job_first: Ints, state: Ints, rule: int) -> None:
    """Non-delay list schedule: the operation that can begin (rule 0) or end (rule 1) first, then most work left."""
    jobs = job_first.size - 1
    free, last = np.zeros(first.size, dtype=np.int64), np.full(first.size, -1, dtype=np.int64)
    ready, left = np.zeros(jobs, dtype=np.int64), np.zeros(jobs, dtype=np.int64)
    following = job_first[:-1].copy()
    for job in range(jobs):
        for op in range(job_first[job], job_first[job + 1]):
            left[job] += choices[1][choices[0][op], 1]
    for _ in range(links.shape[0]):
        chosen, index, least, most = -1, -1, HUGE, -1
        for job in range(jobs):
            op = following[job]
            if op == job_first[job + 1]:
                continue
            found, at = HUGE, -1
            for candidate in range(choices[0][op], choices[0][op + 1]):
                end = max(ready[job], free[choices[1][candidate, 0]]) + choices[1][candidate, 1]
                if end < found:
                    found, at = end, candidate
            key = found if rule == 1 else found - choices[1][at, 1]
            if key < least or (key == least and left[job] > most):
                chosen, index, least, most = job, at, key, left[job]
        op, machine = following[chosen], choices[1][index, 0]
        links[op, TIME] = choices[1][index, 1]
        put_after(links, first, op, last[machine], machine)
        last[machine] = op
        free[machine] = max(ready[chosen], free[machine]) + links[op, TIME]
        ready[chosen] = free[machine]
        left[chosen] -= choices[1][choices[0][op], 1]
        following[chosen] += 1
