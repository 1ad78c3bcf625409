"""What the floor does beside its schedule, each habit on a shop where it can be reckoned by hand."""

import math
from typing import Any

import msgspec
import pytest
from twin_shops import ALWAYS, SHIFTS, in_file_order, one_machine

from nightmill.scheduling.problem.records import ShopMachine, ShopProblem, Window
from nightmill.simulation import Experiment, FloorModel, Habits, certain, look_ahead
from nightmill.simulation.cell.engine import Simulation
from nightmill.simulation.cell.floor_behaviour import Down, Replanned, Returns, Visits
from nightmill.simulation.cell.model import Model
from nightmill.simulation.cell.random_streams import replication_key
from nightmill.simulation.cell.uncertainty import Uncertainty
from nightmill.simulation.outlook.replications import future
from nightmill.vocabulary.dispatching import Evening
from nightmill.vocabulary.magazines import Edge, Magazines, Tooling
from nightmill.vocabulary.units import DAY_S, HOUR_S


def run(problem: ShopProblem, habits: Habits, laws: Uncertainty | None = None, days: float = 20.0) -> Simulation:
    found = Simulation(
        Model(problem, in_file_order(problem), days, 1, habits=habits), laws or certain(), replication_key(1, 0)
    )
    found.run()
    return found


def test_a_part_goes_over_gauge_and_camera_before_it_is_taken_off() -> None:
    habits = Habits(visits={"op": Visits(1.0, 100.0, 1.0, 30.0)}, gauges=1, cameras=1)
    done = run(one_machine([1000.0]), habits).parts[0].done_s
    assert (
        done == 240 + 60 + 1000 + 60 + 100 + 60 + 30 + 60 + 60
    )  # on, mill, cut, gauge, there, camera, there, pool, off


def test_a_part_whose_station_is_taken_waits_in_the_pool_and_the_machine_goes_on() -> None:
    habits = Habits(visits={"op": Visits(1.0, 5000.0)}, gauges=1)
    found = run(one_machine([300.0] * 3), habits)
    assert found.mills[0].cut_s == 900.0
    ends = sorted(part.done_s for part in found.parts)
    assert ends[1] - ends[0] == pytest.approx(5000.0 + 120.0, abs=60.0)  # the gauge works without a rest
    alone = run(one_machine([300.0] * 3), msgspec.structs.replace(habits, gauges=3))
    assert max(part.done_s for part in alone.parts) < ends[1]


def test_preparation_holds_the_machine_and_is_no_cutting() -> None:
    found = run(one_machine([1000.0, 1000.0]), Habits(preparation_s=(50.0,)))
    assert found.parts[0].done_s == 240 + 60 + 50 + 1000 + 60 + 60
    assert found.mills[0].cut_s == 2000.0


def magazine(used_s: float, sisters: int, uses_s: float = 900.0, **changes: Any) -> Habits:
    """Tool 1 of machine A, whose edges last 1000 s; ``op`` cuts so long with it."""
    return Habits(magazines=Magazines({1: 1000.0}, {"op": {1: uses_s}}, (Edge("A", 1, used_s, sisters),), **changes))


NONE_AHEAD = Tooling(ahead_s=0.0, spare=0)


def test_a_worn_edge_gives_way_to_its_sister_and_a_mill_without_one_waits_for_a_person() -> None:
    with_sister = run(one_machine([1000.0]), magazine(500.0, 1, tooling=NONE_AHEAD))
    assert with_sister.parts[0].done_s == 240 + 60 + 1000 + 60 + 60
    assert with_sister.mills[0].edges == {1: (900.0, 0)}
    without = run(one_machine([1000.0]), magazine(500.0, 0, tooling=NONE_AHEAD, pace=2.0))
    assert without.parts[0].done_s == 240 + 60 + 2.0 * 3 * 120.0 + 1000 + 60 + 60
    assert without.mills[0].edges == {1: (900.0, 1)}, "two were brought"


def test_edges_for_the_work_ahead_are_brought_while_the_mill_cuts() -> None:
    found = run(one_machine([1000.0] * 4), magazine(0.0, 0))
    plain = run(one_machine([1000.0] * 4), Habits())
    assert [part.done_s for part in found.parts] == [part.done_s for part in plain.parts], "the mill never waited"
    assert found.mills[0].edges == {1: (900.0, 0)}, "as many as the work asked for"
    par = run(one_machine([1000.0] * 4), magazine(0.0, 0, tooling=NONE_AHEAD, par={1: 3}))
    assert par.mills[0].edges[1][1] in {1, 2}


def test_while_nobody_is_there_a_mill_without_an_edge_takes_nothing_that_needs_it() -> None:
    shift = (Window(0.0, HOUR_S), Window(DAY_S, 2 * DAY_S))
    problem = one_machine([3000.0] * 4, shift)
    ends = sorted(part.done_s for part in run(problem, magazine(0.0, 1, tooling=NONE_AHEAD)).parts)
    at_night = run(problem, magazine(0.0, 1, tooling=NONE_AHEAD), days=1.0)
    assert at_night.mills[0].cut_s == 6000.0, "two edges, a cut each"
    assert ends[2] > DAY_S + 3 * 120.0 + 3000.0, "the third waits for somebody in the morning"
    assert run(problem, magazine(0.0, 1), days=1.0).mills[0].cut_s == 12000.0, "filled while people were there"


def test_a_part_that_waits_for_an_edge_when_people_leave_goes_back_to_the_pool() -> None:
    problem = one_machine([3000.0] * 2, (Window(0.0, 400.0), Window(DAY_S, 2 * DAY_S)))
    found = run(problem, magazine(500.0, 0, tooling=Tooling(ahead_s=0.0, edge_s=500.0)), days=0.9)
    assert found.mills[0].cut_s == 0.0
    assert len(found.mills[0].pool) + (found.mills[0].part >= 0) >= 1


def test_in_the_night_what_ends_before_people_are_back_is_cut_first() -> None:
    shift = (Window(0.0, 1000.0), Window(5 * HOUR_S, DAY_S))
    problem = one_machine([2 * HOUR_S, 4 * HOUR_S, 1.5 * HOUR_S], shift, due_s=9 * DAY_S)
    first = run(problem, Habits(evening=Evening(ahead_s=0.0)))
    assert sorted(range(3), key=lambda k: first.parts[k].done_s) == [0, 2, 1]
    plain = run(problem, Habits())
    assert sorted(range(3), key=lambda k: plain.parts[k].done_s) == [0, 1, 2]


def test_a_planned_stop_that_would_rest_over_the_night_is_not_begun() -> None:
    laws = msgspec.structs.replace(certain(), care_h=1.0, care_regular=True)
    problem = one_machine([2 * HOUR_S] * 3, (Window(0.0, 3 * HOUR_S), Window(DAY_S, 2 * DAY_S)))
    kept = run(problem, Habits(care_s=HOUR_S, evening=Evening()), laws, days=0.9)
    assert kept.mills[0].cares == 0
    assert kept.mills[0].cut_s == 6 * HOUR_S, "the mill goes on cutting in the night"
    stopped = run(problem, Habits(care_s=HOUR_S), laws, days=0.9)
    assert stopped.mills[0].cut_s == 2 * HOUR_S


def test_handwork_begun_before_the_end_of_a_shift_is_finished_after_it() -> None:
    problem = one_machine([1000.0], (Window(0.0, 100.0), Window(DAY_S, DAY_S + 8 * HOUR_S)))
    assert run(problem, Habits()).parts[0].begun_s == DAY_S
    assert run(problem, Habits(overrun=True)).parts[0].begun_s == 0.0


def test_planned_stops_come_by_running_hours_and_rest_at_night() -> None:
    laws = msgspec.structs.replace(certain(), care_h=3.0, care_regular=True)
    found = run(one_machine([4 * HOUR_S] * 4, ALWAYS), Habits(care_s=1800.0), laws)
    assert found.mills[0].cares == 3  # the last one would come after the last part is off
    at_night = one_machine([4 * HOUR_S], (Window(0.0, 5 * HOUR_S), Window(DAY_S, DAY_S + 9 * HOUR_S)))
    model = Model(at_night, in_file_order(at_night), 5.0, 1)
    assert model.worked_by_s(4.5 * HOUR_S, HOUR_S) == DAY_S + 0.5 * HOUR_S
    assert model.worked_by_s(HOUR_S, HOUR_S) == 2 * HOUR_S


def test_before_a_night_long_cycles_are_mounted_first_and_short_ones_cut_first() -> None:
    shift = (Window(0.0, 2000.0), Window(DAY_S, DAY_S + HOUR_S), Window(2 * DAY_S, 2 * DAY_S + HOUR_S))
    problem = one_machine([200.0] * 6 + [4 * HOUR_S] * 6, shift, pallets=7, due_s=9 * DAY_S)
    plain = run(problem, Habits(), days=0.5).unattended_s
    prepared = run(problem, Habits(evening=Evening()), days=0.5).unattended_s
    assert prepared > plain + HOUR_S
    due = msgspec.structs.replace(
        problem, orders=tuple(msgspec.structs.replace(order, due_s=DAY_S) for order in problem.orders)
    )
    assert run(due, Habits(evening=Evening()), days=0.5).unattended_s == plain, "what is due by the morning can't wait"


def test_a_machine_that_stands_still_takes_a_person_until_it_runs() -> None:
    problem = one_machine([1000.0] * 2)
    down = run(problem, Habits(downs=(Down("A", 0.0, 5000.0),)))
    assert down.parts[0].done_s >= 5000.0 + 60 + 1000 + 60 + 60
    laws = msgspec.structs.replace(certain(), repair_h=2.0, repair_sd=0.0)
    drawn = run(problem, Habits(downs=(Down("A", 3600.0),)), laws)
    assert drawn.mills[0].repair_left_s == 0.0
    assert drawn.parts[0].done_s >= 3600.0


def test_finished_parts_are_taken_off_and_their_pallets_used_again() -> None:
    problem = one_machine([1000.0] * 3, (Window(0.0, 10 * HOUR_S),), pallets=2)
    found = run(problem, Habits(to_take_off=2))
    assert found.open_parts == 0
    assert len(found.free_pallets) == 2
    assert found.parts[0].begun_s == 60.0, "nothing is mounted before the first pallet is free"


@pytest.mark.parametrize(("good", "finished"), [(0, 3), (1, 4), (2, 5)])
def test_a_good_part_that_is_taken_off_counts_as_made(good: int, finished: int) -> None:
    problem = one_machine([1000.0] * 3, (Window(0.0, 10 * HOUR_S),), pallets=2)
    model = Model(problem, in_file_order(problem), 2.0, 1, habits=Habits(to_take_off=2, good_to_take_off=good))
    assert future(model, certain(), replication_key(1, 0)).finished == finished


def test_plans_made_anew_spread_the_completions_and_leave_the_work() -> None:
    problem = one_machine([1000.0] * 12)
    ends = [
        sorted(p.done_s for p in run(problem, Habits(replanned=Replanned(spread, spread, 20.0))).parts)
        for spread in (0.0, 0.5)
    ]
    assert ends[0] == pytest.approx(ends[1])
    firm, loose = (
        look_ahead(problem, in_file_order(problem), experiment=Experiment(days=5, replications=40, seed=1), floor=FloorModel(uncertainty=certain(), habits=Habits(replanned=Replanned(spread, spread, 20.0))))
        .completions[6]
        for spread in (0.0, 0.5)
    )  # fmt: skip
    assert firm.p10 == firm.p90
    assert loose.p10 is not None
    assert loose.p90 is not None
    assert loose.p90 - loose.p10 > 2 * 1120.0


@pytest.mark.parametrize(("share", "waiting", "place"), [(0.0, 7, 0), (0.4, 7, 3), (0.4, 14, 6), (2.0, 7, 7)])
def test_a_later_operation_waits_until_its_share_of_the_queue_is_mounted(
    share: float, waiting: int, place: int
) -> None:
    """One pallet, so that one part is mounted after the other; the plan has the later operation behind all."""
    singles = one_machine([1000.0] * (waiting + 1), pallets=1)
    first = singles.operations[0]
    later = msgspec.structs.replace(first, id="S0/op2", operation="op2")
    problem = msgspec.structs.replace(singles, operations=(*singles.operations, later))
    parts = run(problem, Habits(replanned=Replanned(0.0, 0.0, 20.0, (Returns(20, (share,)),)))).parts
    ended = sorted(part.done_s for part in parts)
    assert ended.index(parts[0].done_s) == place


@pytest.mark.parametrize(
    ("waiting", "place", "first"), [(2, 0.0, 0), (2, 1.0, 2), (10, 0.5, 5), (30, 0.0, 6), (99, 1.0, 18)]
)
def test_how_many_are_mounted_first_is_as_where_so_many_waited(waiting: int, place: float, first: int) -> None:
    returns = (Returns(5, (0.0, 1.0)), Returns(10, (0.5,)), Returns(20, (0.3, 0.9)))
    assert Replanned(0.0, 0.0, 20.0, returns).mounted_first(waiting, place) == first


@pytest.mark.parametrize(("left", "place"), [(0.0, 0), (1.0, 7)])
def test_before_people_leave_more_half_made_parts_than_they_leave_behind_go_first(left: float, place: int) -> None:
    """One pallet, in the evening; the part's later operation isn't due before all others."""
    singles = one_machine([1000.0] * 8, (Window(0.0, 4 * HOUR_S), Window(10 * HOUR_S, 30 * HOUR_S)), pallets=1)
    later = msgspec.structs.replace(singles.operations[0], id="S0/op2", operation="op2")
    problem = msgspec.structs.replace(singles, operations=(*singles.operations, later))
    replanned = Replanned(0.0, 0.0, 20.0, (Returns(20, (3.0,)),), ((6 * HOUR_S, left),))
    habits = Habits(replanned=replanned, evening=Evening(ahead_s=4 * HOUR_S, least_cycle_s=math.inf))
    parts = run(problem, habits).parts
    assert sorted(part.done_s for part in parts).index(parts[0].done_s) == place


@pytest.mark.parametrize(("least_s", "order"), [(2 * HOUR_S, [0, 1, 2]), (4 * HOUR_S, [1, 2, 0])])
def test_a_half_made_part_is_looked_at_in_the_evening_by_the_machine_that_it_goes_to(
    least_s: float, order: list[int]
) -> None:
    """Its first operation was cut on another, which can't cut this one."""
    singles = one_machine(
        [1000.0] * 3, (Window(0.0, 4 * HOUR_S), Window(DAY_S, DAY_S + HOUR_S)), pallets=1, due_s=9 * DAY_S
    )
    other = msgspec.structs.replace(singles.operations[0].alternatives[0], machine="B", run_s=3 * HOUR_S)
    later = msgspec.structs.replace(singles.operations[0], id="S0/op2", operation="op2", alternatives=(other,))
    problem = msgspec.structs.replace(
        singles, machines=(*singles.machines, ShopMachine("B")), operations=(*singles.operations, later)
    )
    habits = Habits(evening=Evening(ahead_s=4 * HOUR_S, least_cycle_s=least_s))
    parts = run(problem, habits).parts
    assert sorted(range(3), key=lambda index: parts[index].done_s) == order, "what fills the night goes first"


def test_the_fullest_resource_comes_first() -> None:
    answer = look_ahead(one_machine([4 * HOUR_S] * 30, SHIFTS, 3), in_file_order(one_machine([4 * HOUR_S] * 30, SHIFTS, 3)), experiment=Experiment(days=3, replications=3, seed=1), floor=FloorModel(uncertainty=certain()))  # fmt: skip
    uses = {use.resource: use for use in answer.resources}
    assert set(uses) == {"mills", "people", "robots", "pallets"}, "what the shop hasn't got isn't named"
    assert answer.resources[0].resource in {"pallets", "mills"}
    assert 0.0 < uses["people"].used_share < 0.2
    assert uses["pallets"].waiting > 10.0
    more = one_machine([600.0] * 60, ALWAYS)
    more = msgspec.structs.replace(more, machines=(*more.machines, ShopMachine("B")), pallets=8)
    spare = look_ahead(
        more,
        in_file_order(more),
        experiment=Experiment(days=0.2, replications=1, seed=1),
        floor=FloorModel(uncertainty=certain()),
    )
    assert all(0.0 <= use.used_share <= 1.0 and use.full_share <= 1.0 for use in spare.resources)
    assert not any(math.isnan(use.waiting) for use in spare.resources)


def test_risk_is_the_share_of_late_futures() -> None:
    problem = one_machine([1000.0] * 4, due_s=3000.0)
    answer = look_ahead(
        problem,
        in_file_order(problem),
        experiment=Experiment(days=1, replications=5, seed=1),
        floor=FloorModel(uncertainty=certain()),
    )
    assert [c.late_share for c in answer.completions] == [0.0, 0.0, 1.0, 1.0]
    third = answer.completions[2]
    assert third.p80 is not None
    assert third.late_by_s == pytest.approx(third.p80 - 3000.0)


def test_what_is_open_when_the_days_end_and_due_later_is_not_said_to_be_late() -> None:
    problem = one_machine([1000.0] * 4, due_s=2 * DAY_S)
    answer = look_ahead(
        problem,
        in_file_order(problem),
        experiment=Experiment(days=0.03, replications=5, seed=1),
        floor=FloorModel(uncertainty=certain()),
    )
    assert [c.late_share for c in answer.completions] == [0.0, 0.0, None, None]
    assert all(c.late_by_s == 0.0 for c in answer.completions)


def test_parts_mounted_before_the_start_tell_no_cycle_time() -> None:
    problem = one_machine([1000.0] * 3)
    found = look_ahead(problem, in_file_order(problem), experiment=Experiment(days=1, replications=1, seed=1), floor=FloorModel(uncertainty=certain(), habits=Habits(begun=frozenset({"S0", "S1"}))))  # fmt: skip
    alone = run(problem, Habits()).parts[2]
    assert found.cycle_time.mean == found.cycle_time.p90 == alone.done_s - alone.begun_s
