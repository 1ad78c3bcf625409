"""What the twin would have said before, on a log made by hand: one mill, an order of one part every hour of the day."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from nightmill.floor import ShopState, apply, empty_state
from nightmill.plant.shop_schedule.plan_in_force import loop_plan
from nightmill.plant.shop_state.unreleased_orders import with_book
from nightmill.plant.shop_twin.belief import (
    EVERY_S,
    believed,
    completed_s,
    foreseen_plan,
    past_forecasts,
    with_programs_in_force,
)
from nightmill.simulation import judge
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.shop import Economy, OperationsRequest, PartFile, Shift, Shop, WorkUnit

DAY, HOUR, CYCLE = 86400.0, 3600.0, 1800.0
SHA = "a" * 64
SHOP = Shop(
    name="by hand",
    start=datetime(2026, 11, 2, tzinfo=UTC),
    time_zone="UTC",
    currency="USD",
    country="US",
    work_units=(
        WorkUnit("mill", "mill", "cell"),
        WorkUnit("robot", "robot", "cell"),
        WorkUnit("bench", "bench", "cell"),
    ),
    shifts=(Shift((0, 1, 2, 3, 4, 5, 6), 6.0, 20.0, 1),),
    tools=(),
    parts=(PartFile("plate", "parts/plate.step", "Al 6061", blank_item=""),),
    orders=(),
    items=(),
    bom=(),
    receipts=(),
    economy=Economy(),
    pallets=4,
)


def written(days: int) -> list[e.Event]:
    """Each day six orders come at 6 h; each part takes an hour, 30 min of it cut; all are good."""
    facts: list[tuple[float, e.AnyFact]] = [
        (0.0, e.RunStarted("by hand", "closed-loop", 1, float(days), "")),
        (0.0, e.RouteCertified("plate", 1, "", "Al 6061", (e.RoutedOperation("plate/1", SHA, CYCLE, {}),), True, 1.0)),
    ]
    for day in range(days):
        start = day * DAY + 6 * HOUR
        facts += [(start, e.OrderReceived(f"D{day}-{n}", "plate", 1, start + 12 * HOUR, 1)) for n in range(6)]
        for n in range(6):
            at, order = start + n * HOUR, f"D{day}-{n}"
            serial, pallet = f"{order}.001", "P01"
            end = at + 600.0 + CYCLE
            facts += [
                (at, e.CommandIssued(c.MountPart(f"m{order}", "bench", pallet, serial, "plate/1", "", 240.0))),
                (at + 240.0, e.Reported(r.PartMounted(1, at + 240.0, "bench", f"m{order}", pallet, serial, "plate/1"))),
                (at + 300.0, e.Reported(r.PalletMoved(1, at + 300.0, "robot", f"v{order}", pallet, "mill"))),
                (at + 600.0, e.CommandIssued(c.StartCycle(f"s{order}", "mill", pallet, serial, "plate/1", SHA))),
                (at + 600.0, e.Reported(r.CycleStarted(1, at + 600.0, "mill", f"s{order}", serial, "plate/1", SHA))),
                (end, e.Reported(r.CycleFinished(1, end, "mill", f"s{order}", serial, "plate/1", CYCLE, 0.1, {}, {}, {}, {}))),
                (end + 60.0, e.Reported(r.PalletMoved(1, end + 60.0, "robot", f"w{order}", pallet, "pool"))),
                (end + 100.0, e.PartDisposed(serial, "good", "")),
                (end + 400.0, e.Reported(r.PartDismounted(1, end + 400.0, "bench", f"d{order}", pallet, serial, "finished"))),
                (end + 400.0, e.OrderCompleted(order, 1, True)),
            ]  # fmt: skip
    facts.sort(key=lambda pair: pair[0])
    return [e.Event(n, at, "software", fact) for n, (at, fact) in enumerate(facts, 1)]


@pytest.fixture
def shop() -> Shop:
    orders = (OperationsRequest("D0-0", "plate", 1, DAY),)
    return msgspec.structs.replace(SHOP, orders=orders)


def test_a_moment_is_forecast_from_what_was_known_then(shop: Shop, tmp_path: Path) -> None:
    log = written(6)
    forecasts = past_forecasts(tmp_path / "a", shop, log, moments=12)
    made = {each.made_s for each in forecasts}
    assert made == {DAY * day + EVERY_S for day in (3, 4, 5)}  # at the other moments nothing is open
    moment = max(made)
    cut = [event for event in log if event.at_s <= moment]
    known = {event.fact.order for event in cut if isinstance(event.fact, e.OrderReceived)}
    again = past_forecasts(tmp_path / "b", shop, cut, moments=1)
    assert [each for each in forecasts if each.made_s == moment] == list(again)
    assert {each.order for each in again} <= known - completed_s(cut).keys()
    assert all(each.completions_s[0] > moment for each in again)
    assert all(len(each.naive_s) > 10 for each in again)


def test_a_moment_is_forecast_once(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = written(4)
    first = past_forecasts(tmp_path, shop, log, moments=6)
    kept = tmp_path / ".nightmill" / "models" / "twin-forecasts.json"
    monkeypatch.setattr("nightmill.plant.shop_twin.belief._forecasts", lambda *_: pytest.fail("made again"))
    assert past_forecasts(tmp_path, shop, log, moments=6) == first
    monkeypatch.undo()
    kept.write_text("{ not of this version")
    assert past_forecasts(tmp_path, shop, log, moments=6) == first


def test_forecasts_that_say_less_than_today_are_made_anew(shop: Shop, tmp_path: Path) -> None:
    log = written(2)
    first = past_forecasts(tmp_path, shop, log, moments=3)
    assert any(each.work_s > 0.0 for each in first)
    kept = tmp_path / ".nightmill" / "models" / "twin-forecasts.json"
    before = json.loads(kept.read_text().replace(" due_s work_s", ""))  # as it was kept before these two were known
    for each in before:
        for forecast in each["forecasts"]:
            del forecast["due_s"], forecast["work_s"]
    kept.write_text(json.dumps(before))
    assert past_forecasts(tmp_path, shop, log, moments=3) == first


def test_another_log_is_not_judged_by_this_one(shop: Shop, tmp_path: Path) -> None:
    first = past_forecasts(tmp_path, shop, written(4), moments=4)
    other = written(4)
    other[0] = msgspec.structs.replace(other[0], fact=e.RunStarted("by hand", "closed-loop", 2, 4.0, ""))
    state_of_other = past_forecasts(tmp_path, shop, other, moments=4)
    assert [each.made_s for each in state_of_other] == [each.made_s for each in first]
    assert [each.completions_s for each in state_of_other] != [each.completions_s for each in first]


def test_the_twin_is_judged_by_what_came(shop: Shop, tmp_path: Path) -> None:
    log = written(12)
    now_s = 12 * DAY
    record = judge(past_forecasts(tmp_path, shop, log, moments=48), completed_s(log), now_s)
    assert record.quality is not None
    assert record.quality.outcomes >= 40
    assert record.widening_90.outcomes == record.quality.outcomes
    assert record.quality.wrapped_90 > record.quality.coverage_90  # the shop by hand waits longer than the twin would
    assert record.quality.skill is not None


def test_an_order_is_done_when_its_last_part_is_off_its_pallet() -> None:
    facts: list[tuple[float, e.AnyFact]] = [
        (10.0, e.Reported(r.PartDismounted(1, 10.0, "bench", "d", "P", "A.001", "finished"))),
        (15.0, e.Reported(r.PartDismounted(1, 15.0, "bench", "d", "P", "A.002", "scrap"))),
        (20.0, e.OrderCompleted("A", 2, True)),
        (30.0, e.OrderCompleted("B", 1, True)),
        (99.0, e.Reported(r.PartDismounted(1, 99.0, "bench", "d", "P", "A.003", "finished"))),
    ]
    assert completed_s([e.Event(n, at, "software", fact) for n, (at, fact) in enumerate(facts, 1)]) == {"A": 99.0}


def test_routes_take_the_time_of_the_program_in_force(shop: Shop) -> None:
    state = empty_state(shop)
    for event in written(1)[:2]:
        apply(state, event)
    with_programs_in_force(state, {"plate/1": 900.0})
    assert state.routes["plate"].operations[0].cycle_s == 900.0
    assert state.routes["plate"].certified


LOG = written(3)
NOW = 3 * DAY


@pytest.fixture
def shop_with_book() -> Shop:
    known = OperationsRequest("D0-0", "plate", 1, DAY)
    coming = OperationsRequest("NEXT", "plate", 3, 5 * DAY, release_s=NOW + 10 * HOUR)
    far = OperationsRequest("FAR", "plate", 1, 90 * DAY, release_s=80 * DAY)
    other = OperationsRequest("OTHER", "unknown", 1, 5 * DAY, release_s=NOW + HOUR)
    return msgspec.structs.replace(SHOP, orders=(known, coming, far, other))


@pytest.fixture
def three_days(shop_with_book: Shop) -> ShopState:
    found = empty_state(shop_with_book)
    for event in LOG:
        apply(found, event)
    found.now_s = NOW
    return found


def test_the_twin_sees_what_is_released_while_it_looks_ahead(shop_with_book: Shop, three_days: ShopState) -> None:
    problem = believed(shop_with_book, three_days, LOG, 2.0).problem
    assert {op.order for op in problem.operations} == {"NEXT"}
    assert len(problem.operations) == 3
    assert {op.release_s for op in problem.operations} == {NOW + 10 * HOUR}
    assert [order.due_s for order in problem.orders] == [5 * DAY]
    assert not believed(shop_with_book, three_days, LOG, 0.1).problem.operations


def test_the_state_of_the_shop_stays_as_it_is(shop_with_book: Shop, three_days: ShopState) -> None:
    before = msgspec.json.encode(three_days)
    ahead, releases = with_book(three_days, shop_with_book, NOW + 2 * DAY)
    assert releases == {"NEXT": NOW + 10 * HOUR, "OTHER": NOW + HOUR}
    assert "OTHER" not in ahead.orders, "nobody can make it"
    assert "NEXT" in ahead.orders
    assert "NEXT.001" in ahead.parts
    assert msgspec.json.encode(three_days) == before


def test_a_finished_part_on_its_pallet_is_work_and_no_pallet_lost(shop_with_book: Shop, three_days: ShopState) -> None:
    three_days.parts["D2-5.001"].place = "pallet:P01"
    three_days.pallets["P01"].serial = "D2-5.001"
    belief = believed(shop_with_book, three_days, LOG, 2.0)
    assert (belief.problem.pallets_blocked, belief.habits.to_take_off, belief.habits.good_to_take_off) == (0, 1, 1)
    three_days.parts["D2-5.001"].disposition = "scrap"
    habits = believed(shop_with_book, three_days, LOG, 2.0).habits
    assert (habits.to_take_off, habits.good_to_take_off) == (1, 0)
    three_days.holds["hold"] = ["D2-5.001"]
    belief = believed(shop_with_book, three_days, LOG, 2.0)
    assert (belief.problem.pallets_blocked, belief.habits.to_take_off) == (1, 0)
    assert belief.habits.good_to_take_off == 0


def test_planned_stops_are_known_and_a_machine_at_a_stand_is_the_twins_to_draw(
    shop_with_book: Shop, three_days: ShopState
) -> None:
    three_days.maintenance["mill"] = NOW + 8 * HOUR
    stops = believed(shop_with_book, three_days, LOG, 2.0).problem.maintenance
    assert [(stop.machine, stop.options[0].start_s) for stop in stops] == [("mill", NOW + 8 * HOUR)]
    failed = e.Event(9999, NOW - HOUR, "machine", e.Reported(r.MachineFailed(1, NOW - HOUR, "mill", "E1")))
    apply(three_days, failed)
    belief = believed(shop_with_book, three_days, [*LOG, failed], 2.0)
    assert [machine.free_from_s for machine in belief.problem.machines] == [NOW]
    assert [(down.machine, down.worked_s) for down in belief.habits.downs] == [("mill", 0.0)]


def test_repairs_take_what_the_shop_says_until_they_are_seen(shop_with_book: Shop, three_days: ShopState) -> None:
    quick = msgspec.structs.replace(shop_with_book, repair_s=1.5 * HOUR)
    law = believed(quick, three_days, LOG, 2.0).uncertainty
    assert law.repair_h == law.law_of("mill").repair_h == pytest.approx(1.5)
    failed, ordered, repaired = 2 * DAY + 8 * HOUR, 2 * DAY + 9 * HOUR, 2 * DAY + 15 * HOUR
    seen = [
        e.Event(9001, failed, "machine", e.Reported(r.MachineFailed(1, failed, "mill", "E1"))),
        e.Event(9002, ordered, "software", e.CommandIssued(c.RepairMachine("fix", "mill"))),
        e.Event(9003, repaired, "machine", e.Reported(r.MachineRepaired(1, repaired, "mill", "fix", "worn"))),
    ]
    learned = believed(quick, three_days, [*LOG, *seen], 2.0).uncertainty
    assert learned.repair_h == pytest.approx((1.5**4 * 6.0) ** 0.2), "one repair of 6 h against the shop's word"
    assert learned.mtbf_h is not None
    hours = 18 * CYCLE / HOUR
    assert learned.mtbf_h == pytest.approx((300.0 + hours) / 2.0), "what is assumed of any shop is worth one failure"


def test_today_is_foreseen_as_planned_without_the_orders_to_come() -> None:
    to_come = OperationsRequest("N-1", "plate", 3, DAY * 2, 7 * HOUR)
    shop = msgspec.structs.replace(SHOP, orders=(to_come,))
    log = [event for event in written(1) if event.at_s <= 6 * HOUR]
    state = empty_state(shop)
    for event in log:
        apply(state, event)
    state.now_s = 6 * HOUR
    problem = believed(shop, state, log, 3.0).problem
    assert len({each.order for each in problem.operations}) == 7
    received = tuple(each for each in problem.operations if each.order != "N-1")
    orders = tuple(order for order in problem.orders if order.id != "N-1")
    alone = loop_plan(state, msgspec.structs.replace(problem, operations=received, orders=orders))
    whole = {each.operation: each for each in loop_plan(state, problem).assignments}
    plan = {each.operation: each for each in foreseen_plan(state, problem).assignments}
    assert {each.operation: each for each in alone.assignments}.items() <= plan.items(), "all of it is today's work"
    assert all(each == whole[name] for name, each in plan.items() if each.order == "N-1")
    state.policy = "conventional"
    assert foreseen_plan(state, problem) == loop_plan(state, problem)
