"""What-ifs in bulk: the figures are those of a dispatched schedule, the ranking is by gain, threads change nothing."""

import pickle
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from schedule_shops import DAY, random_shop

from nightmill.schedule import dispatch_shop, records
from nightmill.schedule.ahead import compare_scenarios
from nightmill.schedule.scenarios import Scenario
from nightmill.schedule.solve import RULES
from nightmill.vocabulary.errors import BadInput


def changes(problem: records.ShopProblem) -> list[tuple[str, records.ShopProblem]]:
    replace = msgspec.structs.replace
    crowd = tuple(replace(window, persons=window.persons + 1) for window in problem.presence)
    return [
        ("nothing", problem),
        ("two persons", replace(problem, presence=crowd)),
        ("one pallet", replace(problem, pallets=1)),
        ("always present", replace(problem, presence=(records.Window(0.0, 90 * DAY, 2),))),
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
