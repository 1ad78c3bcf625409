"""Search for schedules in which no machine ever waits, compiled. It is for job shops whose machines all have work for the whole bound.

In these shops a free machine must start a job at once, and only jobs that have arrived can be started. Going forward in
time there is hardly ever a choice. After a wrong choice some machine soon has nothing to do, and the last choice is undone
(depth-first search). Plain Python gives the same numbers.
"""

import numpy as np

from nightmill.scheduling.job_shop.disjunctive_graph import Ints
from nightmill.vocabulary.compiled import compiled_inline, compiled_with_arrays

LATEST, EARLIEST = -1, 1
"""Rules for which of the jobs that have arrived at a machine is tried first."""
FAR = 1 << 60


@compiled_inline
def set_free(tree: Ints, machine: int, at: int) -> None:
    """Record when a machine is free, in a tournament tree (each node is the smaller of its two children, the leaves are machines)."""
    node = tree.size // 2 + machine
    tree[node] = at
    node //= 2
    while node > 0:
        tree[node] = min(tree[2 * node], tree[2 * node + 1])
        node //= 2


@compiled_inline
def first_free(tree: Ints) -> int:
    """The machine that becomes free first."""
    node = 1
    while 2 * node < tree.size:
        node = 2 * node if tree[2 * node] <= tree[2 * node + 1] else 2 * node + 1
    return node - tree.size // 2


@compiled_inline
def leave(coming: Ints, beside: Ints, machine: int, job: int) -> None:
    """Remove a job from the list of those whose next operation is on ``machine``; ``beside`` holds the next and the previous job."""
    behind, before = beside[job, 0], beside[job, 1]
    if before >= 0:
        beside[before, 0] = behind
    else:
        coming[machine] = behind
    if behind >= 0:
        beside[behind, 1] = before


@compiled_inline
def join(coming: Ints, beside: Ints, machine: int, job: int) -> None:
    """Add a job to the list of those whose next operation is on ``machine``."""
    behind = coming[machine]
    beside[job, 0], beside[job, 1], coming[machine] = behind, -1, job
    if behind >= 0:
        beside[behind, 1] = job


@compiled_inline
def choose(
    coming: int, beside: Ints, ready: Ints, following: Ints, rests: Ints, at: int, bound: int, way: int, tried: int
) -> int:
    """Return the job to start at ``at``: the next one to try after ``tried`` (-1: none tried yet); -1 if there is none.

    The result is also -1 if one of the waiting jobs could no longer end by the bound.
    """
    chosen, job = -1, coming
    while job >= 0:
        if ready[job] <= at:
            if at + rests[following[job]] > bound:
                return -1
            key = way * ready[job]
            is_left = tried < 0 or key > way * ready[tried] or (key == way * ready[tried] and job > tried)
            if is_left and (chosen < 0 or key < way * ready[chosen] or (key == way * ready[chosen] and job < chosen)):
                chosen = job
        job = beside[job, 0]
    return chosen


@compiled_with_arrays
def without_gaps(
    machine_of: Ints,
    times: Ints,
    rests: Ints,
    job_first: Ints,
    machines: int,
    bound: int,
    way: int,
    most: int,
    told: Ints,
) -> Ints:
    """Starts (operations,) of a schedule that ends at ``bound`` and in which no machine waits before its last operation.

    ``rests``: time from the start of each operation to the end of its job if nothing is in the way (operations,); ``times`` > 0.
    Empty if there is none, if ``most`` choices have been taken back, or if another thread has set ``told`` (1,) to stop it.
    """
    size, jobs = machine_of.size, job_first.size - 1
    leaves = 1
    while leaves < machines:
        leaves *= 2
    tree, left = np.full(2 * leaves, FAR, dtype=np.int64), np.zeros(machines, dtype=np.int64)
    coming, beside = np.full(machines, -1, dtype=np.int64), np.full((jobs, 2), -1, dtype=np.int64)
    ready, following = np.zeros(jobs, dtype=np.int64), job_first[:-1].astype(np.int64)
    steps, starts = np.zeros((size, 4), dtype=np.int64), np.zeros(size, dtype=np.int64)
    for op in range(size):
        left[machine_of[op]] += 1
    for machine in range(machines):
        if left[machine] > 0:
            set_free(tree, machine, 0)
    for job in range(jobs):
        if following[job] < job_first[job + 1]:
            join(coming, beside, machine_of[following[job]], job)
    depth, back, tried = 0, 0, -1
    while depth < size:
        if told[0] != 0:
            return np.zeros(0, dtype=np.int64)
        machine = first_free(tree)
        at = tree[leaves + machine]
        job = choose(coming[machine], beside, ready, following, rests, at, bound, way, tried)
        if job < 0:
            back += 1
            if depth == 0 or back > most:
                return np.zeros(0, dtype=np.int64)
            depth -= 1
            machine, tried, at = steps[depth, 0], steps[depth, 1], steps[depth, 2]
            if following[tried] < job_first[tried + 1]:
                leave(coming, beside, machine_of[following[tried]], tried)
            following[tried] -= 1
            ready[tried] = steps[depth, 3]
            join(coming, beside, machine, tried)
            left[machine] += 1
            set_free(tree, machine, at)
            continue
        op, tried = following[job], -1
        steps[depth, 0], steps[depth, 1], steps[depth, 2], steps[depth, 3] = machine, job, at, ready[job]
        starts[op] = at
        leave(coming, beside, machine, job)
        ready[job] = at + times[op]
        following[job] += 1
        left[machine] -= 1
        if following[job] < job_first[job + 1]:
            join(coming, beside, machine_of[following[job]], job)
        set_free(tree, machine, ready[job] if left[machine] > 0 else FAR)
        depth += 1
    return starts
