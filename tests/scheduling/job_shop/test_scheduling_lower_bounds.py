"""Bounds never exceed the true optimum, found by trying everything, and meet it where loads decide."""

import itertools

import numpy as np
import pytest

from nightmill.scheduling import Instance, solve_instance
from nightmill.scheduling.job_shop import lower_bounds
from nightmill.scheduling.job_shop.lower_bounds import instance_lower_bound, machine_prices


def optimum(instance: Instance) -> int:
    """Least makespan over all orders and alternatives of a tiny instance."""
    ops = [(j, k) for j, job in enumerate(instance.jobs) for k in range(len(job))]
    best = 1 << 60
    for order in set(itertools.permutations([j for j, _ in ops])):
        for picks in itertools.product(*(instance.jobs[j][k] for j, k in ops)):
            chosen = dict(zip(ops, picks, strict=True))
            at, ready, free = [0] * len(instance.jobs), [0] * len(instance.jobs), [0] * instance.machines
            for j in order:
                machine, time = chosen[j, at[j]]
                ready[j] = free[machine] = max(ready[j], free[machine]) + time
                at[j] += 1
            best = min(best, max(ready))
    return best


def tiny(seed: int) -> Instance:
    lot = np.random.default_rng(seed)
    return Instance(
        "tiny",
        3,
        tuple(
            tuple(
                tuple((int(m), int(lot.integers(0, 12))) for m in lot.permutation(3)[: lot.integers(1, 3)])
                for _ in range(2)
            )
            for _ in range(3)
        ),
    )


@pytest.mark.parametrize("seed", range(12))
def test_no_bound_above_the_optimum_and_no_answer_below_it(seed: int) -> None:
    instance = tiny(seed)
    best = optimum(instance)
    assert instance_lower_bound(instance) <= best
    found = solve_instance(instance, iterations=3000, seed=seed)
    assert found.makespan == best
    assert found.lower_bound <= best


def test_shared_loads_bound_a_flexible_shop() -> None:
    op = ((0, 4), (1, 4))
    only = ((1, 10),)
    assert instance_lower_bound(Instance("shared", 2, ((op,), (op,), (op,), (only,)))) == 11
    assert instance_lower_bound(Instance("longest", 2, ((op, op, op, op),))) == 16


def test_time_is_dear_on_the_machine_that_all_need_and_free_where_there_is_plenty() -> None:
    either, only, spare = ((0, 4), (1, 8)), ((0, 10),), ((2, 1),)
    prices = machine_prices(Instance("priced", 3, ((either, either), (either,), (only,), (spare,))))
    assert prices[0] == pytest.approx(2 * prices[1], abs=2)
    assert prices[1] > 0 == prices[2]
    assert machine_prices(Instance("fixed", 3, ((only,), (spare,)))) == []


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_of_huge_instances_is_no_higher(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = tiny(seed)
    exact = instance_lower_bound(instance)
    single = Instance("single", 3, tuple(tuple(op[:1] for op in job) for job in instance.jobs))
    fixed = instance_lower_bound(single)
    monkeypatch.setattr(lower_bounds, "OPERATIONS_AT_MOST", 0)
    assert (
        max(sum(min(t for _, t in op) for op in job) for job in instance.jobs)
        <= instance_lower_bound(instance)
        <= exact
    )
    loads = [sum(op[0][1] for job in single.jobs for op in job if op[0][0] == machine) for machine in range(3)]
    assert max(loads) <= instance_lower_bound(single) <= fixed
