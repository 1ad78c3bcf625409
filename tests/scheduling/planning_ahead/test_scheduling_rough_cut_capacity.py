"""Rough-cut capacity: loads that add up to the work, lateness where a week is too small, and the least money that helps."""

import msgspec
import pytest
from schedule_shops import random_shop

from nightmill.scheduling import ahead
from nightmill.scheduling.planning_ahead import MachineForSale, Overtime, PalletForSale
from nightmill.scheduling.problem.records import Alternative, ShopMachine, ShopOperation, ShopOrder, ShopProblem, Window
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import DAY_S

replace = msgspec.structs.replace
HOUR, WEEK = 3600.0, 7 * DAY_S


def shop(parts: int = 20, *, run_h: float = 10.0, due_s: float = WEEK, persons: int = 4) -> ShopProblem:
    """Parts of one cut on A or B, half an hour of handling each; people are there all week."""
    ops = tuple(
        ShopOperation(
            f"o{k}", f"s{k}", "O", "op", (Alternative("A", run_h * HOUR), Alternative("B", run_h * HOUR)), 1200.0, 600.0
        )
        for k in range(parts)
    )
    machines = (ShopMachine("A"), ShopMachine("B"))
    presence = (Window(0.0, 10 * WEEK, persons),)
    return ShopProblem(0.0, WEEK, machines, ops, (ShopOrder("O", due_s),), presence, 50, move_s=0.0)


def test_loads_add_up_to_the_work_and_stay_within_what_there_is() -> None:
    problem = random_shop(3, orders=8)
    found = ahead.rough_cut(problem, weeks=3)
    assert all(w.load_h <= w.capacity_h + 1e-6 for w in found.weeks)
    hands = sum(op.mount_s + op.dismount_s for op in problem.operations) / HOUR
    assert sum(w.load_h for w in found.weeks if w.resource == "people") == pytest.approx(hands)
    least = sum(min(a.run_s for a in op.alternatives) + 2 * problem.move_s for op in problem.operations) / HOUR
    assert sum(w.load_h for w in found.weeks if w.resource in "ABC") >= least - 1e-6
    assert not found.late_h


def test_what_does_not_fit_into_its_week_is_late_by_the_difference() -> None:
    found = ahead.rough_cut(shop(40, due_s=WEEK + HOUR), weeks=4)
    assert found.late_h == {}
    found = ahead.rough_cut(shop(80, due_s=20 * HOUR), weeks=4)
    assert sum(found.late_h.values()) == pytest.approx(80 * 10.0 - 2 * 168.0)
    first = {w.resource: w for w in found.weeks if w.week == 0}
    assert first["A"].load_h == pytest.approx(168.0)
    assert first["A"].worth > 0
    assert first["people"].worth == pytest.approx(0.0, abs=1e-6)


def test_a_shop_without_work_has_all_its_hours() -> None:
    idle = ahead.rough_cut(shop(0), weeks=2).weeks
    asked = ahead.rough_cut(shop(4), weeks=2).weeks
    assert [(w.week, w.resource, w.capacity_h) for w in idle] == [(w.week, w.resource, w.capacity_h) for w in asked]
    assert all(w.load_h == 0 for w in idle)
    assert idle[0].capacity_h == pytest.approx(168.0)


def test_the_cheapest_way_out_is_bought() -> None:
    problem = shop(50, due_s=20 * HOUR)
    dear, cheap = MachineForSale("A", 9000.0, 2), MachineForSale("B", 4000.0, 2)
    bought = ahead.buy_capacity(problem, (dear, cheap, PalletForSale(10.0, 9), Overtime(30.0, 20.0)), weeks=3)
    assert [(b.what, b.amount, b.cost) for b in bought.bought] == [("machine like B", 1.0, 4000.0)]
    assert bought.late_cost_before > 0
    assert bought.late_cost == pytest.approx(0.0, abs=1e-5)
    assert len(ahead.with_purchase(problem, bought).machines) == 3


def test_hands_that_are_short_are_bought_by_the_hour() -> None:
    shifts = tuple(Window(day * DAY_S, day * DAY_S + HOUR) for day in range(70))
    problem = replace(shop(20, run_h=1.0, due_s=20 * HOUR), presence=shifts)
    bought = ahead.buy_capacity(problem, (MachineForSale("A", 1.0), Overtime(30.0, 20.0)), weeks=2)
    assert [(b.what, b.week) for b in bought.bought] == [("overtime", 0)]
    assert bought.bought[0].amount == pytest.approx(10.0 - 7.0, abs=1e-3)
    longer = ahead.with_purchase(problem, bought)
    added = sum(w.end_s - w.start_s for w in longer.presence) - sum(w.end_s - w.start_s for w in shifts)
    assert added == pytest.approx(3 * HOUR, abs=5.0)


def test_nothing_is_bought_where_nothing_is_late() -> None:
    assert ahead.buy_capacity(shop(), (MachineForSale("A", 1.0),), weeks=2).bought == ()


def test_an_unknown_machine_is_bad_input() -> None:
    with pytest.raises(BadInput, match="Z"):
        ahead.buy_capacity(shop(), (MachineForSale("Z", 1.0),))
    with pytest.raises(BadInput, match="weeks"):
        ahead.rough_cut(shop(), weeks=0)
