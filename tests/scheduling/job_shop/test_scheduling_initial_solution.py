"""Dispatching against the plainest way to do it: look at all jobs, take the first to begin, the one with most work left."""

import numpy as np
import pytest

from nightmill.scheduling.job_shop.solution import Problem, dispatched


def many_jobs_on_few_machines(seed: int) -> Problem:
    lot = np.random.default_rng(seed)
    sizes = lot.integers(1, 6, 60)
    count = int(sizes.sum())
    choices = np.stack([lot.integers(0, 4, count), lot.integers(1, 100_000, count)], axis=1)
    first, jobs = np.arange(count + 1), np.concatenate(([0], np.cumsum(sizes)))
    return Problem(first.astype(np.int32), choices.astype(np.int32), jobs.astype(np.int32), 4, 0)


@pytest.mark.parametrize("seed", range(3))
def test_dispatching_takes_what_begins_first_and_then_most_work(seed: int) -> None:
    problem = many_jobs_on_few_machines(seed)
    machines, times = problem.choices[:, 0].tolist(), problem.choices[:, 1].tolist()
    following, last = problem.job_first[:-1].tolist(), problem.job_first[1:].tolist()
    ready, free, before = [0] * problem.jobs, [0] * 4, [problem.size] * 4
    expected = np.zeros(problem.size, dtype=np.int64)
    for _ in range(problem.size):
        job = min(
            (j for j in range(problem.jobs) if following[j] < last[j]),
            key=lambda j: (max(ready[j], free[machines[following[j]]]), -sum(times[following[j] : last[j]])),
        )
        op = following[job]
        machine = machines[op]
        expected[op], before[machine] = before[machine], op
        ready[job] = free[machine] = max(ready[job], free[machine]) + times[op]
        following[job] += 1
    point = dispatched(problem, 0, 0, seed)
    assert (point.graph.ops.before[: problem.size] == expected).all()
    assert point.makespan == max(free) == point.graph.ops.end[: problem.size].max()
