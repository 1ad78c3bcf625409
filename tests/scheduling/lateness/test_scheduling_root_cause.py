"""Delay since a promise goes to where it came from, also through the queue and the nights that follow."""

import msgspec
import pytest
from schedule_shops import random_shop

from nightmill.scheduling import Explained, LivePlan, records, solve_shop
from nightmill.scheduling.lateness.occupancy import View
from nightmill.scheduling.lateness.root_cause import delays_since
from nightmill.scheduling.problem.records import ShopProblem, ShopSchedule, Window
from nightmill.vocabulary.units import DAY_S

replace = msgspec.structs.replace


def promised(seed: int) -> tuple[ShopProblem, ShopSchedule]:
    """A shop in which every order is due a little after its plan completes it."""
    problem = replace(random_shop(seed, orders=8, pallets=12), maintenance=())
    schedule = solve_shop(problem, iterations=50)
    done = {p.order: p.promise_s for p in schedule.promises}
    return replace(problem, orders=tuple(replace(o, due_s=done[o.id] + 1800.0) for o in problem.orders)), schedule


@pytest.mark.parametrize("seed", range(6))
def test_all_machines_down_is_the_root_of_all_delay(seed: int) -> None:
    before, plan = promised(seed)
    down = Window(8 * 3600.0, 3 * DAY_S)
    problem = replace(before, machines=tuple(replace(m, down=(down,)) for m in before.machines))
    schedule = LivePlan(problem, plan).schedule()
    late = [p for p in schedule.promises if p.late_by_s > 0]
    assert late
    for promise in late:
        told = Explained(problem, schedule, (before, plan)).of(promise.order)
        assert told.blame[0].cause == "machine down"
        assert sum(b.seconds for b in told.blame) == pytest.approx(promise.late_by_s)
        assert all(c.verified and c.late_by_s < promise.late_by_s for c in told.counterfactuals)


@pytest.mark.parametrize("seed", range(4))
def test_delays_are_shared_out_whole_and_nothing_without_a_change(seed: int) -> None:
    before, plan = promised(seed)
    assert delays_since(View(before, plan), View(before, plan)) == {}
    problem = replace(before, presence=tuple(w for w in before.presence if not DAY_S <= w.start_s < 3 * DAY_S))
    schedule = LivePlan(problem, plan).schedule()
    was = {a.operation: a for a in plan.assignments}
    for name, delay in delays_since(View(problem, schedule), View(before, plan)).items():
        later = next(a for a in schedule.assignments if a.operation == name).done_s - was[name].done_s
        assert sum(delay.values()) == pytest.approx(later)
        assert all(seconds >= 0.0 for seconds in delay.values())


def test_what_was_not_promised_is_left_out() -> None:
    before, plan = promised(1)
    route = [op for op in before.operations if op.serial == before.operations[0].serial]
    added = tuple(replace(op, id=f"new {op.id}", serial="new", order="new") for op in route)
    problem = replace(
        before, operations=(*added, *before.operations), orders=(*before.orders, records.ShopOrder("new", 0.0, 100.0))
    )
    schedule = solve_shop(problem, iterations=50)
    found = delays_since(View(problem, schedule), View(before, plan))
    assert not {op.id for op in added} & found.keys()
