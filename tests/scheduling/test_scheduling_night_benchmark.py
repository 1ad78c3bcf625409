"""The night shop's benchmark: its dispatching keeps the shop's rules, and a shop without chance lives as it was planned."""

import sys
from pathlib import Path

import pytest

from nightmill.scheduling import records, solve_shop, validate_shop
from nightmill.simulation import certain

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import night_execution
from night_dispatch import Rule, dispatch
from night_foresight import foreseen
from night_shop import SHAPES, night_shop


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("rule", ["EDD", "ATC"])
def test_dispatching_keeps_the_rules(shape: str, rule: Rule) -> None:
    problem = night_shop(4, machines=9, operations=150, load=0.8, shape=SHAPES[shape])
    plan = dispatch(problem, rule)
    assert validate_shop(problem, plan) == ()
    assert plan.weighted_tardiness_s > 0.0


def test_a_shop_without_chance_lives_as_it_was_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night_execution, "LAWS", certain())
    problem = night_shop(1, machines=3, operations=100, load=0.9, shape=SHAPES["one-shift"])
    first = dispatch(problem, "EDD")
    outcome = night_execution.live(problem, lambda shop, _: dispatch(shop, "EDD"), 0)
    assert first.weighted_tardiness_s > 0.0
    assert outcome.weighted_tardiness_h == pytest.approx(first.weighted_tardiness_s / 3600.0, rel=0.05)
    assert outcome.failures == 0


def test_what_a_planner_is_shown_can_be_planned_and_holds_what_has_begun() -> None:
    problem = night_shop(2, machines=3, operations=90, load=0.7, shape=SHAPES["one-shift"])
    states: set[str] = set()
    times: list[float] = []

    def planner(shop: records.ShopProblem, previous: records.ShopSchedule | None) -> records.ShopSchedule:
        states.update(op.state for op in shop.operations)
        times.append(shop.now_s)
        for plan in (dispatch(shop, "ATC"), solve_shop(shop, iterations=50, previous=previous)):
            assert validate_shop(shop, plan) == ()
        return plan

    outcome = night_execution.live(problem, planner, 3)
    assert states >= {"waiting", "mounted", "running"}
    assert outcome.plans == len(times) > 5
    assert times == sorted(times)


def test_every_planner_meets_the_same_cutting_times_and_breakdowns() -> None:
    problem = night_shop(2, machines=3, operations=60, load=0.7, shape=SHAPES["one-shift"])
    one = night_execution.live(problem, lambda shop, _: dispatch(shop, "EDD"), 5)
    again = night_execution.live(problem, lambda shop, _: dispatch(shop, "EDD"), 5)
    other = night_execution.live(problem, lambda shop, _: dispatch(shop, "EDD"), 6)
    assert one == again
    assert one != other


def test_who_knows_the_future_is_told_of_its_breakdowns_and_lost_parts_and_of_nothing_else() -> None:
    problem = night_shop(2, machines=3, operations=90, load=0.7, shape=SHAPES["one-shift"])
    outcome = night_execution.live(problem, lambda shop, _: dispatch(shop, "ATC"), 3)
    known = foreseen(problem, lambda shop, _: dispatch(shop, "ATC"), 3)
    downs = [window for machine in known.machines for window in machine.down]
    again = known.operations[len(problem.operations) :]
    assert len(downs) == outcome.failures > 0
    assert again
    assert {op.order for op in again} <= {order.id for order in problem.orders}
    hours = [sum(w.persons * (w.end_s - w.start_s) for w in shop.presence) for shop in (problem, known)]
    assert 0.0 < hours[0] - hours[1] <= sum(w.end_s - w.start_s for w in downs) + 1.0
    assert known.operations[: len(problem.operations)] == problem.operations
    assert validate_shop(known, solve_shop(known, iterations=200)) == ()


def test_a_planner_knows_of_a_lost_part_at_the_alarm_or_the_gauge_and_plans_it_anew() -> None:
    problem = night_shop(2, machines=3, operations=90, load=0.7, shape=SHAPES["one-shift"])
    routes: dict[str, list[str]] = {}
    for op in problem.operations:
        routes.setdefault(op.serial, []).append(op.id)
    absent_at: list[float] = []
    lost: set[str] = set()

    def planner(shop: records.ShopProblem, previous: records.ShopSchedule | None) -> records.ShopSchedule:
        for op in shop.operations:
            if op.id.endswith(" lost"):
                rest = [each.id for each in shop.operations if each.serial == op.serial and each.id != op.id]
                assert op.state == "cut"
                assert rest == routes[op.serial]
                if op.serial not in lost and not any(w.start_s <= shop.now_s < w.end_s for w in shop.presence):
                    absent_at.append(shop.now_s)
                lost.add(op.serial)
        plan = dispatch(shop, "ATC")
        assert validate_shop(shop, plan) == ()
        assert validate_shop(shop, solve_shop(shop, iterations=20, previous=previous)) == ()
        return plan

    run = night_execution.Lived(problem, planner, 3)
    run.run()
    assert run.scrapped == sum(part.attempt for part in run.parts) > 0
    assert len(lost) == sum(part.attempt > 0 for part in run.parts)
    assert absent_at
