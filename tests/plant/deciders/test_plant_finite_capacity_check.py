"""Planned orders on the machines of a running shop: what is beyond the orders in hand, named in the shop's weeks."""

from pathlib import Path

import pytest
from test_plant_finite_capacity import route, shop_with

from nightmill.floor import ShopState, apply, empty_state
from nightmill.plant.deciders.finite_capacity_check import CALM_S, FiniteCapacityDecider
from nightmill.plant.shop_schedule.mrp_tables import planning_texts, running_texts
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.units import DAY_S, WEEK_S


class Running:
    """A shop with one order for two yokes, and its room; facts go to both."""

    def __init__(self, folder: Path, demand: str, cycle_s: float = 1800.0) -> None:
        shop_with(folder, "A-1,yoke,2,2026-11-06\n", pins=40)
        if demand:
            (folder / "demand.csv").write_text("item,week,qty\n" + demand)
        shop = whole_shop(folder)
        self.state: ShopState = empty_state(shop)
        self.room = FiniteCapacityDecider(shop, planning_texts(folder))
        self.take(route("yoke", cycle_s), route("pin", 900.0), e.OrderReceived("A-1", "yoke", 2, 4 * DAY_S, 1))

    def take(self, *facts: e.AnyFact, at_s: float = 0.0) -> None:
        for fact in facts:
            event = e.Event(self.state.version + 1, max(at_s, self.state.now_s), "software", fact)
            apply(self.state, event)
            self.room.observe(event, self.state)

    def said(self) -> list[e.AnyFact]:
        facts = [decision.fact for decision in self.room.decide(self.state)]
        self.take(*facts)
        return facts


def test_demand_beyond_the_orders_is_put_on_the_machines_beside_them(tmp_path: Path) -> None:
    shop = Running(tmp_path / "shop", "yoke,1,6\n")
    (fact,) = shop.said()
    assert isinstance(fact, e.CapacityChecked)
    # the two yokes of A-1 have an order and aren't planned again
    assert (fact.planned_orders, fact.pieces, fact.late) == (1, 6, 0)
    assert shop.state.capacity == fact
    assert "A-1" in shop.state.orders
    assert not [order for order in shop.state.orders if order != "A-1"], "the check leaves no trace in the shop"
    shop.state.now_s += DAY_S
    assert shop.said() == [], "nothing new is not told again"


def test_what_the_machines_cannot_do_in_time_is_late_and_a_new_order_makes_it_later(tmp_path: Path) -> None:
    shop = Running(tmp_path / "shop", "yoke,0,15\n", cycle_s=24 * 3600.0)
    (first,) = shop.said()
    assert isinstance(first, e.CapacityChecked)
    assert first.late == 1
    assert next(m.kind for m in first.messages if m.item == "yoke") == "late"
    shop.take(e.OrderReceived("B-1", "yoke", 3, 2 * DAY_S, 3), at_s=CALM_S)
    (second,) = shop.said()
    assert isinstance(second, e.CapacityChecked)
    assert second.pieces == 15
    assert second.messages != first.messages


def test_a_shop_that_plans_nothing_beyond_its_orders_is_left_alone(tmp_path: Path) -> None:
    shop = Running(tmp_path / "shop", "")
    (tmp_path / "shop" / "bom.csv").write_text("parent,child,qty\nyoke,blank-yoke,1\n")
    shop.room.tables = planning_texts(tmp_path / "shop")
    assert shop.said() == []


def test_in_a_later_week_the_plan_counts_from_there_and_orders_keep_their_names(tmp_path: Path) -> None:
    shop = Running(tmp_path / "shop", "yoke,0,1\nyoke,3,6\n")
    shop.take(e.Reported(r.MachineFailed(1, 2 * WEEK_S + DAY_S, "mill-2", "spindle")), at_s=2 * WEEK_S + DAY_S)
    texts = running_texts(shop.room.shop, shop.room.tables, shop.state)
    assert texts["demand.csv"] == "item,week,qty\nyoke,1,6\n"
    assert texts["orders.csv"] == "order,item,qty,due_week\nA-1,yoke,2,0\n"
    (fact,) = shop.said()
    assert isinstance(fact, e.CapacityChecked)
    assert fact.pieces == 6
    shop.take(route("yoke", 120 * 3600.0), e.OrderReceived("B-1", "yoke", 1, 9e6, 1), at_s=shop.state.now_s + CALM_S)
    (fact,) = shop.said()
    assert isinstance(fact, e.CapacityChecked)
    assert {m.text.partition(":")[0] for m in fact.messages if m.kind == "late"} == {"yoke@3"}
    assert all("for demand:3 are done" in m.text for m in fact.messages if m.kind == "late")


def test_a_wrong_table_is_told_once_and_the_shop_goes_on(tmp_path: Path) -> None:
    shop = Running(tmp_path / "shop", "yoke,0,-4\n")
    (alarm,) = shop.said()
    assert isinstance(alarm, e.AlarmRaised)
    assert "demand.csv" in alarm.text
    shop.state.now_s += DAY_S
    assert shop.said() == []


def test_after_an_alarm_the_first_answer_is_said_even_where_nothing_has_changed_and_a_new_fault_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Running(tmp_path / "shop", "yoke,0,20\n")
    (before,) = shop.said()
    fault = BadInput(Finding("demand.csv", "line 2", "-4", "a whole number", "Mend it."))

    def broken(*_: object) -> None:
        raise fault

    for _ in range(2):
        with monkeypatch.context() as patched:
            patched.setattr("nightmill.plant.deciders.finite_capacity_check.running_texts", broken)
            shop.state.now_s += DAY_S
            (alarm,) = shop.said()
            assert isinstance(alarm, e.AlarmRaised)
            shop.state.now_s += DAY_S
            assert shop.said() == []
        shop.state.now_s += 3600.0 * 12
        (again,) = shop.said()
        assert isinstance(again, e.CapacityChecked)
        shop.state.now_s += 3600.0 * 12
        assert not any(isinstance(fact, e.AlarmRaised) for fact in shop.said())
    assert isinstance(before, e.CapacityChecked)


@pytest.mark.parametrize("policy", ["conventional"])
def test_the_conventional_policy_has_no_such_check(tmp_path: Path, policy: str) -> None:
    shop = Running(tmp_path / "shop", "yoke,0,20\n")
    shop.state.policy = policy
    assert shop.said() == []
