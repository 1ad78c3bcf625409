"""The friendly model amounts to the exact records, and says what is wrong with a name."""

from collections.abc import Callable

import pytest

from nightmill.scheduling import Model, records, validate_shop
from nightmill.vocabulary.errors import BadInput


def small() -> Model:
    shop = Model()
    shop.machine("M1", down_h=[(8.0, 10.0)])
    shop.machine("M2", free_from_h=7.0)
    shop.shift(6, 14, days=range(5), persons=2)
    shop.tool_budget("M1", 3, 2.0)
    order = shop.order("A", due_h=30.0, weight=2.0)
    for _ in range(3):
        part = shop.part(order)
        shop.operation(part, {"M1": 2.5, "M2": 3.0}, tools_h={3: 0.5})
        shop.operation(part, {"M2": 1.0}, released_h=9.0)
    shop.pallets = 2
    return shop


def test_it_amounts_to_the_records_and_is_solved() -> None:
    problem = small().problem
    first, second = problem.operations[:2]
    assert (first.id, first.serial, first.order) == ("A.1|op1", "A.1", "A")
    assert first.alternatives[0] == records.Alternative("M1", 9000.0, (records.ToolUse(3, 1800.0),))
    assert (second.operation, second.release_s, problem.pallets) == ("op2", 9 * 3600.0, 2)
    assert problem.machines[1].free_from_s == 7 * 3600.0
    plan = small().solve(iterations=30)
    assert not validate_shop(problem, plan)


def test_names_that_are_wrong_are_bad_input() -> None:
    shop = small()
    wrong: list[Callable[[], object]] = [
        lambda: shop.machine("M1"),
        lambda: shop.order("A", due_h=1.0),
        lambda: shop.part("B"),
        lambda: shop.operation("A.9", {"M1": 1.0}),
        lambda: shop.operation("A.1", {"M9": 1.0}),
    ]
    for each in wrong:
        with pytest.raises(BadInput):
            each()
