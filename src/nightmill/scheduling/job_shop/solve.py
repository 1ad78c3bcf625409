"""Solve a classic instance: by deduction if it is tightly packed, else by dispatching and then tabu search until
stopped.
"""

from collections.abc import Callable

import numpy as np

from nightmill.scheduling.job_shop.cp_sat import Prover
from nightmill.scheduling.job_shop.instance import Instance, InstanceOperation, InstanceSchedule
from nightmill.scheduling.job_shop.lower_bounds import instance_lower_bound, machine_prices
from nightmill.scheduling.job_shop.path_relinking import Effort, search
from nightmill.scheduling.job_shop.solution import Point, Problem
from nightmill.scheduling.job_shop.tight_instances import packed
from nightmill.vocabulary.executor import Executor


def _problem(instance: Instance, bound: int, prices: list[int]) -> Problem:
    """The instance as arrays, of 32 bits unless a path could be too long for them."""
    ops = [op for job in instance.jobs for op in job]
    counts = np.fromiter((len(op) for op in ops), np.int64, len(ops))
    choices = np.array([pair for op in ops for pair in op], dtype=np.int64).reshape(-1, 2)
    narrow = int(choices[:, 1].sum()) < 1 << 30 and choices.shape[0] < 1 << 30
    dtype = np.int32 if narrow else np.int64
    job_sizes = np.fromiter((len(job) for job in instance.jobs), np.int64, len(instance.jobs))
    return Problem(
        np.concatenate(([0], np.cumsum(counts))).astype(dtype),
        choices.astype(dtype),
        np.concatenate(([0], np.cumsum(job_sizes))).astype(dtype),
        instance.machines,
        bound,
        prices,
    )


def solve_instance(
    instance: Instance,
    *,
    stop: Callable[[], bool] | None = None,
    iterations: int = 20000,
    seed: int = 0,
    executor: Executor | None = None,
) -> InstanceSchedule:
    """Find the smallest makespan within ``iterations`` moves, or until ``stop()`` (polled every few milliseconds) returns true.

    Without ``stop`` the same instance, iterations and seed give the same result, whatever the ``executor`` and its number of
    threads. Ends early at the lower bound, which CP-SAT raises in parallel when a small instance is searched with ``stop``.
    """
    prices = machine_prices(instance)
    bound = instance_lower_bound(instance, prices)
    problem = _problem(instance, bound, prices)
    point, moves = packed(problem, stop), 0
    if point is None:
        point, moves = _searched(problem, iterations, stop, seed, executor)
    return _answer(instance, problem, point, problem.bound, moves)


def _searched(
    problem: Problem, iterations: int, stop: Callable[[], bool] | None, seed: int, executor: Executor | None
) -> tuple[Point, int]:
    """Return the best result of the search, or of the parallel proof, if the time limit ends both."""
    if stop is None:
        return search(problem, Effort(iterations, lambda: False), seed=seed, executor=executor)
    ended = stop
    with Prover(problem) as prover:
        effort = Effort(iterations, lambda: ended() or prover.settled())
        point, moves = search(problem, effort, seed=seed, executor=executor)
    if prover.offered is not None and prover.offered.makespan < point.makespan:
        return prover.offered, moves
    return point, moves


def _answer(instance: Instance, problem: Problem, point: Point, bound: int, moves: int) -> InstanceSchedule:
    size = problem.size
    machines = (point.graph.ops.machine[:size] + instance.first_machine).tolist()
    ends = point.graph.ops.end[:size].tolist()
    starts = (point.graph.ops.end[:size] - point.graph.ops.time[:size]).tolist()
    numbers = ((job, index) for job, ops in enumerate(instance.jobs) for index in range(len(ops)))
    operations = tuple(
        InstanceOperation(job, index, machine, start, end)
        for (job, index), machine, start, end in zip(numbers, machines, starts, ends, strict=True)
    )
    return InstanceSchedule(point.makespan, point.makespan, bound, operations, moves)
