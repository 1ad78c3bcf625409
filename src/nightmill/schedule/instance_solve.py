"""Solve a classic instance: dispatching, then tabu search until told to stop."""

import itertools
from collections.abc import Callable

import numpy as np

from nightmill.schedule.instance import Instance, InstanceOperation, InstanceSchedule, instance_lower_bound
from nightmill.schedule.tabu import HEAD, JOB_AFTER, JOB_BEFORE, MACHINE, TIME, Ints, dispatch, evaluate, search


def _choices(instance: Instance) -> tuple[Ints, Ints, Ints]:
    """CSR of alternatives ``(machine, time)`` and the first operation of each job."""
    ops = [op for job in instance.jobs for op in job]
    first = np.concatenate(([0], np.cumsum([len(op) for op in ops]))).astype(np.int64)
    flat = np.array([pair for op in ops for pair in op], dtype=np.int64).reshape(-1, 2)
    jobs = np.concatenate(([0], np.cumsum([len(job) for job in instance.jobs]))).astype(np.int64)
    return first, flat, jobs


def _links(jobs: Ints) -> Ints:
    links = np.full((int(jobs[-1]), 6), -1, dtype=np.int64)
    for begin, end in itertools.pairwise(jobs):
        links[begin + 1 : end, JOB_BEFORE] = np.arange(begin, end - 1)
        links[begin : end - 1, JOB_AFTER] = np.arange(begin + 1, end)
    return links


def solve_instance(
    instance: Instance, *, stop: Callable[[], bool] | None = None, iterations: int = 20000, seed: int = 0
) -> InstanceSchedule:
    """Least makespan found in ``iterations`` moves, or until ``stop()`` (asked every few milliseconds of search).

    Without ``stop`` the same instance, iterations and seed give the same answer. Ends early at the lower bound.
    """
    first_choice, flat, jobs = _choices(instance)
    choices = (first_choice, flat)
    state = np.full(1, seed % 2147483646 + 1, dtype=np.int64)
    size = int(jobs[-1])
    times = np.zeros((size, 4), dtype=np.int64)
    starts: list[tuple[int, Ints, Ints]] = []
    for rule in (0, 1):
        links, first = _links(jobs), np.full(instance.machines, -1, dtype=np.int64)
        dispatch(links, first, choices, jobs, state, rule)
        starts.append((int(evaluate(links, times)), links, first))
    makespan, links, first = min(starts, key=lambda start: start[0])
    best_links, best_first = links.copy(), first.copy()
    bound = instance_lower_bound(instance)
    clock = np.array([0, makespan, makespan, 0], dtype=np.int64)
    tabu = np.zeros(1 << 18, dtype=np.int64)
    chunk = max(20, 200000 // max(1, size))
    while clock[0] < iterations and clock[1] > bound and not (stop is not None and stop()):
        step = min(chunk, iterations - int(clock[0]))
        search(links, first, best_links, best_first, choices, tabu, clock, state, step, bound)
    return _answer(instance, jobs, best_links, bound, int(clock[0]))


def _answer(instance: Instance, jobs: Ints, links: Ints, bound: int, iterations: int) -> InstanceSchedule:
    times = np.zeros((links.shape[0], 4), dtype=np.int64)
    makespan = int(evaluate(links, times))
    operations = tuple(
        InstanceOperation(
            job,
            op - int(jobs[job]),
            int(links[op, MACHINE]) + instance.first_machine,
            int(times[op, HEAD]),
            int(times[op, HEAD] + links[op, TIME]),
        )
        for job in range(jobs.size - 1)
        for op in range(int(jobs[job]), int(jobs[job + 1]))
    )
    return InstanceSchedule(makespan, makespan, bound, operations, iterations)
