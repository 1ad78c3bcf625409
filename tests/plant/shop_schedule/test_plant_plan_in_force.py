"""What can be planned is planned, however much more there is to do."""

from pathlib import Path

import pytest
from desk_sample import append, write_shop

from nightmill.plant.analysis.scheduling.shop_schedule import schedule_shop
from nightmill.plant.deciders.maintenance import MaintenanceDecider
from nightmill.plant.deciders.scheduling import SchedulingDecider
from nightmill.plant.proposals.proposal_service import Desk
from nightmill.plant.requests import Caller
from nightmill.plant.shop_schedule.plan_in_force import loop_plan, reached
from nightmill.plant.shop_schedule.whole_plan import problem_at
from nightmill.plant.shop_state.live import live_shop
from nightmill.scheduling import records
from nightmill.vocabulary import events as e
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.units import DAY_S, HOUR_S


def _received(order: str, quantity: int, due_s: float) -> tuple[float, e.AnyFact]:
    return HOUR_S, e.OrderReceived(order, "bracket", quantity, due_s, 1)


@pytest.mark.parametrize("quantity", [600, 10_000])
def test_an_order_larger_than_the_days_known_leaves_the_others_their_plan(tmp_path: Path, quantity: int) -> None:
    folder = write_shop(tmp_path / "shop")
    append(
        folder, _received("huge", quantity, 9 * DAY_S), _received("A-2", 2, 3 * DAY_S), _received("A-3", 2, 20 * DAY_S)
    )
    shop, state = live_shop(folder)
    state.safe_holds.clear()
    room = SchedulingDecider(shop, 3 * DAY_S, MaintenanceDecider(shop, 31 * DAY_S))
    room.observe(e.Event(1, HOUR_S, "person", e.OrderReceived("huge", "bracket", quantity, 9 * DAY_S, 1)), state)
    decisions = list(room.decide(state))
    published = decisions[0].fact
    assert isinstance(published, e.SchedulePublished)
    planned = {line.serial.split(".")[0] for line in published.lines}
    assert planned == {"A-1", "A-2", "huge"}, "what is due later than the order that fills all days is later still"
    promised = {each.fact.order for each in decisions if isinstance(each.fact, e.OrderPromised)}
    assert promised == {"A-1", "A-2"}
    assert "huge" in decisions[0].why
    assert "A-3" in decisions[0].why


def test_a_shop_that_can_do_all_is_planned_whole(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    append(folder, _received("A-2", 40, 3 * DAY_S))
    shop, state = live_shop(folder)
    problem = problem_at(shop, state)
    asked: list[records.ShopProblem] = []

    def planner(part: records.ShopProblem) -> records.ShopSchedule:
        asked.append(part)
        return loop_plan(state, part)

    found = reached(problem, planner)
    assert asked == [problem]
    assert not found.beyond
    assert {each.order for each in found.plan.promises} == {"A-1", "A-2"}


def test_what_is_wrong_for_another_reason_is_told(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    append(folder, _received("A-2", 40, 3 * DAY_S))
    problem = problem_at(*live_shop(folder))
    asked: list[records.ShopProblem] = []

    def planner(part: records.ShopProblem) -> records.ShopSchedule:
        asked.append(part)
        raise BadInput(Finding("shop problem", "operation A-1.001", "wrong", "right", "Mend it."))

    with pytest.raises(BadInput, match="wrong"):
        reached(problem, planner)
    assert 1 < len(asked) <= 6


def test_the_desk_says_that_a_huge_order_comes_later(tmp_path: Path) -> None:
    desk = Desk(write_shop(tmp_path / "shop"), loop_wait_s=0.0)
    huge = desk.propose(Caller("Ann", "operator"), "c-1", a.TakeOrder("huge", "bracket", 10_000, 9 * DAY_S))
    assert huge.state == "proposed"
    assert huge.diff.foreseen
    assert "parts of huge" in huge.diff.note
    assert huge.diff.parts == 10_000


SELDOM = '\n[[shifts]]\ndays = ["Mon"]\nbegins_h = 8\nends_h = 10\npersons = 1\n'


def test_a_schedule_has_dates_for_orders_that_take_longer_than_four_weeks(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    append(folder, _received("long", 60, 9 * DAY_S))
    with (folder / "shop.toml").open("a") as file:
        file.write(SELDOM)
    answer = schedule_shop(folder, seed=1)
    assert len({row["job"] for row in answer["operations"] if row["job"].startswith("long")}) == 60
    promised = {each["order"]: each["promise"] for each in answer["orders"]}
    assert promised["long"] > "2026-11-30", "beyond the four weeks that the loop looks ahead"


@pytest.mark.slow
@pytest.mark.parametrize(("booked", "asked"), [(60, 2), (40, 2), (1, 60)])
def test_a_new_order_is_promised_where_it_and_what_stands_before_it_take_more_than_four_weeks(
    tmp_path: Path, booked: int, asked: int
) -> None:
    folder = write_shop(tmp_path / "shop")
    append(folder, _received("long", booked, 9 * DAY_S))
    with (folder / "shop.toml").open("a") as file:
        file.write(SELDOM)
    found = Desk(folder).promise("bracket", asked, 40 * DAY_S, chances=False)
    assert found["promise_s"] > 28 * DAY_S


def test_work_for_years_is_refused_with_what_a_shop_can_do_about_it(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    append(folder, _received("endless", 2000, 9 * DAY_S))
    with (folder / "shop.toml").open("a") as file:
        file.write(SELDOM)
    with pytest.raises(BadInput, match=r"shop\.toml.*nightmill capacity"):
        schedule_shop(folder, seed=1)
