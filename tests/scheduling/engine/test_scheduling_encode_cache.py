"""What is read of a shop once serves for shops much like it, to the last number; and only for those."""

import msgspec
import numpy as np
import pytest
from schedule_shops import random_shop

from nightmill.scheduling.diagnosis.counterfactuals import second_machine
from nightmill.scheduling.engine.encode import build_memory, known_of
from nightmill.scheduling.problem.records import Alternative, ObjectiveWeights, ShopMachine, ShopProblem
from nightmill.vocabulary.units import DAY_S

replace = msgspec.structs.replace


def material_there(problem: ShopProblem) -> ShopProblem:
    """One order's material comes at another time; the other operations are the very same objects."""
    ops = tuple(replace(op, release_s=DAY_S) if op.order == problem.orders[1].id else op for op in problem.operations)
    return replace(problem, operations=ops)


def machine_fixed(problem: ShopProblem) -> ShopProblem:
    """Every third operation has its last machine alone, and takes another kind of cut there."""
    ops = tuple(
        replace(
            op, machine=op.alternatives[-1].machine, alternatives=(*op.alternatives[:-1], longer(op.alternatives[-1]))
        )
        if place % 3 == 0
        else op
        for place, op in enumerate(problem.operations)
    )
    return replace(problem, operations=ops)


def longer(alternative: Alternative) -> Alternative:
    """The same alternative, which uses no tool and cuts a minute longer."""
    return replace(alternative, run_s=alternative.run_s + 60.0, tools=())


def chips(problem: ShopProblem) -> ShopProblem:
    """Chip bins that fill, so that every cut uses of them, and no tool budgets."""
    return replace(problem, machines=tuple(replace(m, chip_s=9000.0) for m in problem.machines), tool_budgets=())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "change", [material_there, machine_fixed, chips, lambda problem: second_machine(problem, problem.machines[0].id)]
)
def test_a_changed_shop_read_like_another_is_what_it_is_by_itself(seed: int, change: object) -> None:
    problem = random_shop(seed, orders=6)
    assert callable(change)
    altered = change(problem)
    plain, layout = build_memory(altered, ObjectiveWeights(), None)
    like, like_layout = build_memory(altered, ObjectiveWeights(), None, known_of(altered, known_of(problem)))
    assert like_layout == layout
    assert np.array_equal(like.f, plain.f)
    assert np.array_equal(like.n, plain.n)
    assert not np.array_equal(plain.f, build_memory(problem, ObjectiveWeights(), None)[0].f)


def test_a_shop_whose_machines_have_other_numbers_is_read_anew() -> None:
    problem = random_shop(1)
    altered = replace(problem, machines=(ShopMachine("new"), *problem.machines))
    plain, _ = build_memory(altered, ObjectiveWeights(), None)
    like, _ = build_memory(altered, ObjectiveWeights(), None, known_of(altered, known_of(problem)))
    assert np.array_equal(like.n, plain.n)
