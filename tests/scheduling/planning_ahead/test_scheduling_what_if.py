"""What-ifs in bulk: the figures are those of a dispatched schedule, the ranking is by gain, threads change nothing."""

import pickle
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from schedule_shops import random_shop

from nightmill.scheduling import dispatch_shop, records, solve_shop
from nightmill.scheduling.diagnosis.counterfactuals import second_machine
from nightmill.scheduling.planning_ahead import compare_scenarios, search_leaders
from nightmill.scheduling.planning_ahead.what_if import Scenario
from nightmill.scheduling.problem.records import FREE
from nightmill.scheduling.rescheduling.live_schedule import LivePlan
from nightmill.scheduling.search.solve import RULES
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import DAY_S


def changes(problem: records.ShopProblem) -> list[tuple[str, records.ShopProblem]]:
    replace = msgspec.structs.replace
    crowd = tuple(replace(window, persons=window.persons + 1) for window in problem.presence)
    return [
        ("nothing", problem),
        ("two persons", replace(problem, presence=crowd)),
        ("one pallet", replace(problem, pallets=1)),
        ("always present", replace(problem, presence=(records.Window(0.0, 90 * DAY_S, 2),))),
        ("a second machine", second_machine(problem, problem.machines[0].id)),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_figures_are_those_of_the_dispatched_schedule(seed: int) -> None:
    problem = random_shop(seed, orders=6)
    found = {scenario.name: scenario for scenario in compare_scenarios(problem, changes(problem))}
    base = min(dispatch_shop(problem, rule).weighted_tardiness_s for rule in RULES)
    rule = next(rule for rule in RULES if dispatch_shop(problem, rule).weighted_tardiness_s == base)
    for name, changed in changes(problem):
        schedule = dispatch_shop(changed, rule)
        assert found[name].weighted_tardiness_s == pytest.approx(schedule.weighted_tardiness_s)
        assert found[name].unattended_s == pytest.approx(schedule.unattended_s)
        assert found[name].gain_s == pytest.approx(base - schedule.weighted_tardiness_s)
    assert found["nothing"].gain_s == 0.0


def test_ranked_by_gain_on_any_number_of_threads() -> None:
    problem = random_shop(3, orders=8)
    many = [(f"{name} {k}", changed) for k in range(5) for name, changed in changes(problem)]
    found = compare_scenarios(problem, many)
    assert [scenario.gain_s for scenario in found] == sorted((s.gain_s for s in found), reverse=True)
    with ThreadPoolExecutor(3) as threads:
        assert compare_scenarios(problem, many, executor=threads) == found


def test_taken_to_other_machines_they_are_ranked_alike() -> None:
    problem = random_shop(3, orders=8)
    schedule = dispatch_shop(problem, "edd")
    added = msgspec.structs.replace(problem, operations=problem.operations[:-1])
    many = [*changes(problem), ("one operation less", added)]

    def elsewhere(work: Callable[[int], Any], numbers: Iterable[int]) -> list[Any]:
        there = pickle.loads(pickle.dumps(work))
        return [there(number) for number in numbers]

    found = compare_scenarios(problem, many, schedule=schedule, spread=elsewhere)
    assert found == compare_scenarios(problem, many, schedule=schedule)
    assert len({scenario.weighted_tardiness_s for scenario in found}) > 2


def test_a_shop_without_people_is_refused_by_name() -> None:
    problem = random_shop(1)
    nobody = msgspec.structs.replace(problem, presence=problem.presence[:1])
    with pytest.raises(BadInput, match="nobody"):
        compare_scenarios(problem, [("nobody", nobody)])


def test_nothing_to_do_gains_nothing() -> None:
    empty = records.ShopProblem(0.0, 1.0, (records.ShopMachine("m"),), (), (), (records.Window(0.0, 1.0),), 1)
    assert compare_scenarios(empty, [("same", empty)]) == (Scenario("same", 0.0, 0.0, 0.0),)


@pytest.mark.parametrize("seed", range(3))
def test_leaders_are_told_against_the_plan_in_force_and_not_against_that_plan_decoded_again(seed: int) -> None:
    problem = random_shop(seed, orders=8)
    plan = solve_shop(problem, iterations=1500, seed=seed, weights=FREE)
    shops = dict(changes(problem))
    found = compare_scenarios(problem, shops.items(), schedule=plan)
    late_s, ranking = search_leaders(problem, shops, found, plan, seed=seed)
    told = {scenario.name: scenario for scenario in ranking}
    assert late_s <= plan.weighted_tardiness_s + 1e-6
    assert told["nothing"].gain_s == 0.0
    assert told["one pallet"].gain_s < 0.0
    for scenario in ranking:
        assert scenario.searched
        assert scenario.gain_s + scenario.weighted_tardiness_s == pytest.approx(late_s)


def test_what_stands_behind_the_leaders_is_told_in_shares_of_the_same_lateness() -> None:
    problem = random_shop(3, orders=8)
    plan = solve_shop(problem, iterations=1500, weights=FREE)
    shops = {f"{name} {k}": changed for k in range(15) for name, changed in changes(problem)}
    found = compare_scenarios(problem, shops.items(), schedule=plan)
    late_s, ranking = search_leaders(problem, shops, found, plan)
    with ThreadPoolExecutor(2) as threads:
        assert search_leaders(problem, shops, found, plan, executor=threads) == (late_s, ranking)
    assert 20 <= sum(scenario.searched for scenario in ranking) < len(ranking)
    assert all(scenario.gain_s <= late_s for scenario in ranking)


@pytest.mark.parametrize("seed", range(3))
def test_a_leader_is_no_later_than_its_decoded_plan_or_the_plan_in_force_taken_over(seed: int) -> None:
    """The few steps don't get round to all that a change makes room for in a shop of many parts; decoding does."""
    problem = random_shop(seed, orders=60)
    plan = solve_shop(problem, iterations=300, weights=FREE, seed=seed)
    shops = dict(changes(problem))
    found = compare_scenarios(problem, shops.items(), schedule=plan)
    decoded = {scenario.name: scenario.weighted_tardiness_s for scenario in found}
    _, ranking = search_leaders(problem, shops, found, plan, seed=seed)
    for scenario in ranking:
        taken = LivePlan(shops[scenario.name], plan, weights=FREE).weighted_tardiness_s
        assert scenario.weighted_tardiness_s <= 1.001 * min(decoded[scenario.name], taken)


def test_a_search_of_leaders_saves_no_lateness_by_breaking_a_deadline() -> None:
    """B must be done by 2 h though A, which comes first without that, then is late."""
    one = records.ShopOperation
    ops = tuple(
        one(f"{n}|1", n, n, "1", (records.Alternative("m", 3600.0),), mount_s=60.0, dismount_s=60.0) for n in "AB"
    )
    orders = (records.ShopOrder("A", 0.0, 10.0), records.ShopOrder("B", DAY_S, 1.0, deadline_s=5400.0))
    presence = (records.Window(0.0, 10 * DAY_S, 2),)
    problem = records.ShopProblem(0.0, 10 * DAY_S, (records.ShopMachine("m"),), ops, orders, presence, 4)
    plan = solve_shop(records.urged(problem), iterations=50, weights=FREE)
    second = second_machine(problem, "m")
    found = compare_scenarios(problem, [("second", second)], schedule=plan)
    late_s, (scenario,) = search_leaders(problem, {"second": second}, found, plan)
    in_time = min(a.start_s for a in plan.assignments if a.order == "A")
    assert in_time >= 3600.0
    assert late_s > 10 * 7200.0
    assert scenario.gain_s == pytest.approx(late_s / 2, rel=0.1)
