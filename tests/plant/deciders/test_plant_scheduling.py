"""The loop's schedule says when a broken machine is repaired, until somebody has begun; it can't then be put off."""

import msgspec
import pytest
from test_plant_explain_late_history import promised, shop_of

from nightmill.floor import ShopState, apply, empty_state, presence_windows
from nightmill.plant.deciders.maintenance import MaintenanceDecider
from nightmill.plant.deciders.scheduling import SchedulingDecider
from nightmill.plant.shop_schedule.problem import shop_problem
from nightmill.scheduling import records
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r

HOUR, DAY = 3600.0, 86400.0
ROUTE = e.RoutedOperation("plate/1", "a" * 64, 1800.0, {})
BROKEN: tuple[e.AnyFact, ...] = (
    e.RouteCertified("plate", 1, "a" * 64, "Al 6061", (ROUTE,), True, 1.0),
    *promised(),
    e.Reported(r.MachineFailed(1, 7 * HOUR, "mill", "spindle")),
)


def state_after(*facts: e.AnyFact) -> ShopState:
    state = empty_state(shop_of())
    for number, fact in enumerate(facts):
        apply(state, e.Event(number + 1, 7 * HOUR, "software", fact))
    return state


def problem_of(state: ShopState, repairs: bool = True) -> records.ShopProblem:
    windows = presence_windows(shop_of(), 0.0, 30 * DAY)
    return shop_problem(state, shop_of(), 7 * DAY, windows, repairs=repairs)


def test_a_repair_that_nobody_has_begun_is_left_to_the_schedule() -> None:
    problem = problem_of(state_after(*BROKEN))
    assert [(each.machine, each.usual_s) for each in problem.repairs] == [("mill", 4 * HOUR)]
    assert problem.machines[0].free_from_s <= problem.now_s


def test_a_repair_under_way_or_of_a_shop_that_plans_none_takes_the_machine_and_a_person() -> None:
    begun = problem_of(state_after(*BROKEN, e.CommandIssued(c.RepairMachine("repair-1", "mill"))))
    for problem in (begun, problem_of(state_after(*BROKEN), repairs=False)):
        assert problem.repairs == ()
        assert problem.machines[0].free_from_s == 11 * HOUR
        assert [w.persons for w in problem.presence if w.start_s == 7 * HOUR] == [0]


def test_a_repair_that_has_waited_for_a_day_is_put_off_no_longer() -> None:
    state = state_after(*BROKEN)
    state.now_s = max(state.machines["mill"].failures) + DAY - 1.0
    assert problem_of(state).repairs
    state.now_s += 1.0
    problem = problem_of(state)
    assert problem.repairs == ()
    (mill,) = problem.machines
    assert mill.free_from_s > state.now_s


@pytest.mark.parametrize(("policy", "repairs"), [("closed-loop", (("mill", 7 * HOUR),)), ("conventional", ())])
def test_the_published_schedule_says_when_the_repair_begins(
    policy: str, repairs: tuple[tuple[str, float], ...]
) -> None:
    state, shop = state_after(*BROKEN), shop_of()
    state.policy = policy
    room = SchedulingDecider(shop, 7 * DAY, MaintenanceDecider(shop, 7 * DAY))
    room.observe(e.Event(9, 7 * HOUR, "machine", BROKEN[-1]), state)
    published = [d.fact for d in room.decide(state) if isinstance(d.fact, e.SchedulePublished)]
    assert [tuple(msgspec.structs.astuple(each) for each in fact.repairs) for fact in published] == [repairs]
