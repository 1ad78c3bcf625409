"""Lower bounds on the makespan of a classic instance."""

import heapq
from typing import Any

import numpy as np

from nightmill.scheduling.job_shop.disjunctive_graph import Ints
from nightmill.scheduling.job_shop.instance import Instance

OPERATIONS_AT_MOST = 200_000
"""Number of operations up to which each machine is scheduled separately; in larger instances all of its work lies between its
least head and tail.
"""
ALTERNATIVES_AT_MOST = 60_000
"""Number of alternatives up to which the loads are balanced by a linear programme."""


def instance_lower_bound(instance: Instance, prices: list[int] | None = None) -> int:
    """Makespan that no schedule beats: the longest job; fixed loads with heads and tails; work spread over machines.

    The one-machine bound is Jackson's preemptive schedule (Carlier 1982). ``prices``: ``machine_prices``, if known.
    """
    if sum(len(job) for job in instance.jobs) > OPERATIONS_AT_MOST:
        return _loads_between_ends(instance)
    best, total = 0, 0
    fixed: list[list[tuple[int, int, int]]] = [[] for _ in range(instance.machines)]
    for job in instance.jobs:
        least = [min(time for _, time in op) for op in job]
        total += sum(least)
        best = max(best, sum(least))
        head = 0
        for op, time in zip(job, least, strict=True):
            used = {machine for machine, _ in op}
            if len(used) == 1:
                fixed[used.pop()].append((head, time, sum(least) - head - time))
            head += time
    for load in fixed:
        if load:
            best = max(best, _one_machine(load))
    prices = machine_prices(instance) if prices is None else prices
    return max(best, -(-total // instance.machines), _weighted_load(instance, prices))


def _loads_between_ends(instance: Instance) -> int:
    """Bound from the longest job, the work over machines, and each machine's least head, work and least tail."""
    ops = [op for job in instance.jobs for op in job]
    times = np.fromiter((min(time for _, time in op) for op in ops), np.int64, len(ops))
    machines = np.fromiter((op[0][0] if len(op) == 1 else -1 for op in ops), np.int64, len(ops))
    counts = np.fromiter((len(job) for job in instance.jobs), np.int64, len(instance.jobs))
    owner = np.repeat(np.arange(counts.size), counts)
    whole = np.bincount(owner, times, counts.size).astype(np.int64)
    heads = np.cumsum(times) - times
    heads -= np.repeat(np.concatenate(([0], np.cumsum(whole)[:-1])), counts)
    tails = whole[owner] - heads - times
    best = max(int(whole.max(initial=0)), -(-int(times.sum()) // instance.machines))
    fixed = machines >= 0
    least_head, least_tail = np.full((2, instance.machines), np.iinfo(np.int64).max)
    np.minimum.at(least_head, machines[fixed], heads[fixed])
    np.minimum.at(least_tail, machines[fixed], tails[fixed])
    load = np.zeros(instance.machines, dtype=np.int64)
    np.add.at(load, machines[fixed], times[fixed])
    used = np.unique(machines[fixed])
    return max(best, int((least_head[used] + load[used] + least_tail[used]).max(initial=0)))


def _one_machine(load: list[tuple[int, int, int]]) -> int:
    """Jackson's preemptive schedule of heads, times and tails: longest tail first."""
    waiting: list[list[int]] = []
    at, bound, index = 0, 0, 0
    ordered = sorted(load)
    while index < len(ordered) or waiting:
        if not waiting:
            at = max(at, ordered[index][0])
        while index < len(ordered) and ordered[index][0] <= at:
            heapq.heappush(waiting, [-ordered[index][2], ordered[index][1]])
            index += 1
        until = ordered[index][0] if index < len(ordered) else at + waiting[0][1]
        worked = min(waiting[0][1], until - at)
        at += worked
        waiting[0][1] -= worked
        if waiting[0][1] == 0:
            bound = max(bound, at - heapq.heappop(waiting)[0])
    return bound


def machine_prices(instance: Instance) -> list[int]:
    """The value of a machine's time when loads are balanced.

    Duals of the linear programme that divides operations among their machines so that the highest load is as small as possible. Empty if
    there is nothing to choose, or the programme is too large.
    """
    owner, machine, time = _alternatives(instance)
    operations = int(owner[-1]) + 1 if owner.size else 0
    if operations == owner.size or owner.size > ALTERNATIVES_AT_MOST:
        return []
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    columns = np.arange(owner.size)
    level = (-np.ones(instance.machines), (np.arange(instance.machines), np.full(instance.machines, owner.size)))
    shape = (instance.machines, owner.size + 1)
    loads: Any = csr_array((time.astype(float), (machine, columns)), shape=shape) + csr_array(level, shape=shape)
    once: Any = csr_array((np.ones(owner.size), (owner, columns)), shape=(operations, owner.size + 1))
    cost = np.zeros(owner.size + 1)
    cost[-1] = 1.0
    found = linprog(cost, loads, np.zeros(instance.machines), once, np.ones(operations), method="highs-ds")
    if found.status != 0:
        return []
    return np.rint(np.maximum(0.0, -found.ineqlin.marginals) * 1e6).astype(np.int64).tolist()


def _weighted_load(instance: Instance, prices: list[int]) -> int:
    """The smallest possible load of the fullest machine if every operation may be divided among its machines.

    The linear programme only proposes weights of machines; the bound is then summed exactly. For any weights, the weighted load
    with each operation on the machine where it weighs least is at most the makespan times the sum of the weights.
    """
    if not sum(prices):
        return 0
    least = sum(min(time * prices[machine] for machine, time in op) for job in instance.jobs for op in job)
    return -(-least // sum(prices))


def _alternatives(instance: Instance) -> tuple[Ints, Ints, Ints]:
    """Operation, machine and time of each alternative."""
    rows = [
        (number, machine, time)
        for number, op in enumerate(op for job in instance.jobs for op in job)
        for machine, time in op
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]
