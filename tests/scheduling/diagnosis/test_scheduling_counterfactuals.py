"""Blame adds up and names the cause that was put there; counterfactuals are verified."""

from typing import Any

import msgspec
import pytest
from schedule_shops import random_shop
from test_scheduling_solve import one_part

from nightmill.scheduling import Explained, solve_shop
from nightmill.scheduling.diagnosis import counterfactuals
from nightmill.scheduling.problem.records import ShopMachine, Window
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import DAY_S

replace = msgspec.structs.replace


@pytest.mark.parametrize("seed", range(8))
def test_blame_adds_up_to_the_lateness(seed: int) -> None:
    problem = random_shop(seed, orders=6, pallets=3)
    problem = replace(problem, orders=tuple(replace(o, due_s=o.due_s / 4) for o in problem.orders))
    schedule = solve_shop(problem, iterations=20, seed=seed)
    late = [p for p in schedule.promises if p.late_by_s > 0]
    assert late
    for promise in late[:2]:
        told = Explained(problem, schedule).of(promise.order)
        assert sum(b.seconds for b in told.blame) == pytest.approx(promise.late_by_s)
        assert promise.reason
        assert told.counterfactuals
        assert all(c.verified for c in told.counterfactuals)


def test_late_material_is_blamed_and_its_absence_helps() -> None:
    problem = one_part(run_s=1800.0, due_s=DAY_S / 2)
    late = replace(problem, operations=(replace(problem.operations[0], release_s=2 * DAY_S),))
    told = Explained(late, solve_shop(late, iterations=5)).of("o")
    assert told.blame[0].cause == "material or tools not available"
    best = told.counterfactuals[0]
    assert (best.change, best.late_by_s, best.verified) == ("material available now", 0.0, True)


def test_a_machine_blocked_by_what_finds_no_room_behind_it_is_named_and_more_room_helps() -> None:
    problem = one_part(run_s=3600.0, due_s=DAY_S / 2)
    (op,) = problem.operations
    ops = tuple(replace(op, id=f"{k}|op", serial=f"{k}") for k in range(4))
    narrow = replace(
        problem,
        operations=ops,
        machines=tuple(replace(m, buffer=0) for m in problem.machines),
        presence=(Window(0.0, 2000.0), Window(DAY_S, 20 * DAY_S)),
        pallets=9,
    )
    told = Explained(narrow, solve_shop(narrow, iterations=20)).of("o")
    assert sum(b.seconds for b in told.blame) == pytest.approx(told.late_by_s)
    blame = {b.cause: b.seconds for b in told.blame}
    assert blame["no buffer place free after the machine"] > DAY_S / 4
    wider = next(c for c in told.counterfactuals if c.change == "two more buffer places after M")
    assert wider.verified
    assert wider.late_by_s < told.late_by_s


def test_machine_down_and_empty_shop_are_told_apart() -> None:
    problem = replace(one_part(due_s=DAY_S / 2), presence=(Window(0.0, 20 * DAY_S),))
    down = replace(problem, machines=(ShopMachine("M", down=(Window(0.0, 3 * DAY_S),)),))
    assert solve_shop(down, iterations=5).promises[0].reason == "machine down"
    alone = replace(problem, presence=(Window(2 * DAY_S, 9 * DAY_S),))
    assert solve_shop(alone, iterations=5).promises[0].reason == "nobody present"


def test_a_route_that_is_too_long_is_told() -> None:
    problem = replace(one_part(run_s=5000.0, due_s=3000.0), presence=(Window(0.0, 20 * DAY_S),))
    assert solve_shop(problem, iterations=5).promises[0].reason == "the route itself takes longer"


def test_unknown_order_is_bad_input() -> None:
    problem = one_part()
    with pytest.raises(BadInput, match="unknown order"):
        Explained(problem, solve_shop(problem, iterations=1)).of("nope")


def test_a_shop_with_nothing_to_do_is_bad_input() -> None:
    problem = one_part(run_s=5000.0, due_s=3000.0)
    schedule = solve_shop(problem, iterations=1)
    with pytest.raises(BadInput, match="operations: found none"):
        Explained(replace(problem, operations=()), schedule).of("o")


@pytest.mark.parametrize("seed", range(3))
def test_several_orders_are_told_what_each_is_told_alone(seed: int) -> None:
    problem = random_shop(seed, orders=6, pallets=3)
    problem = replace(problem, orders=tuple(replace(o, due_s=o.due_s / 4) for o in problem.orders))
    schedule = solve_shop(problem, iterations=20, seed=seed)
    explained = Explained(problem, schedule)
    told = [explained.of(p.order) for p in schedule.promises]
    assert sum(bool(each.counterfactuals) for each in told) > 1
    assert told == [Explained(problem, schedule).of(p.order) for p in schedule.promises]


def test_what_orders_share_is_read_once_and_only_where_one_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = random_shop(1, orders=6, pallets=3)
    due = {o.id: o.due_s / 4 for o in problem.orders} | {problem.orders[0].id: 1e9}
    problem = replace(problem, orders=tuple(replace(o, due_s=due[o.id]) for o in problem.orders))
    schedule = solve_shop(problem, iterations=20)
    read: list[str] = []

    class Counted(counterfactuals.Ground):
        def __init__(self, *given: Any) -> None:
            read.append("once")
            super().__init__(*given)

    monkeypatch.setattr(counterfactuals, "Ground", Counted)
    explained = Explained(problem, schedule)
    assert explained.of(problem.orders[0].id).late_by_s == 0
    assert read == []
    told = [explained.of(order).late_by_s for order in explained.late()]
    assert len(told) > 1
    assert told == sorted(told, reverse=True)
    assert min(told) > 0
    assert read == ["once"]
