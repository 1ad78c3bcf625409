"""What the shop's own ovens, washers and tumblers do to cut parts: planned, done on the floor, promised and paid."""

import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from desk_sample import append, write_shop
from test_plant_explain_late_history import log_of, made, promised, shop_of

from nightmill.floor import Wishes, apply, dispatch, empty_state, genealogy, presence_windows
from nightmill.plant.analysis.scheduling.explain_late_history import promising, since_published
from nightmill.plant.analysis.scheduling.promise import NewItem, promise_item
from nightmill.plant.deciders.part_cost import PartCostDecider, finishing_usd
from nightmill.plant.night.morning import morning_report
from nightmill.plant.proposals.proposal_service import Desk
from nightmill.plant.requests.effects import NotPossible, consequences
from nightmill.plant.requests.roles import Caller
from nightmill.plant.shop_schedule.batch_processes import seated, treatments_usd
from nightmill.plant.shop_schedule.problem import shop_problem
from nightmill.plant.shop_twin.belief import believed, completed_s, floor_model, foreseen_plan
from nightmill.scheduling import Explained, ahead, records, solve_shop, validate_shop
from nightmill.scheduling.diagnosis.counterfactuals import second_machine
from nightmill.simulation import Experiment, certain, look_ahead
from nightmill.simulation.scenarios.cell_change import AddMachine
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.shop import Finishing, OperationsRequest, Shop, WorkUnit
from nightmill.vocabulary.units import HOUR_S

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
from virtual_shops import DAY_S, lived, virtual_shop

replace = msgspec.structs.replace
OVEN = WorkUnit("oven", "process", "cell", places=3, rate_usd_h=6.0, power_kw_cutting=10.0)
TABLES = tuple(WorkUnit(f"table-{n}", "process", "cell") for n in (1, 2))
BAKE = Finishing("bake", machines=("oven",), hours=8.0, load_s=60.0)
DEBURR = Finishing("deburr", machines=("table-1", "table-2"), hours=0.5, load_s=30.0, attended=True)


def shop_with(*steps: Finishing) -> Shop:
    shop = shop_of()
    return replace(
        shop,
        work_units=(*shop.work_units, OVEN, *TABLES),
        parts=(replace(shop.parts[0], finishing=steps),),
        orders=(OperationsRequest("A", "plate", 3, DAY_S),),
    )


def problem_of(shop: Shop, *facts: tuple[float, e.AnyFact]) -> records.ShopProblem:
    state = empty_state(shop)
    for event in log_of([*((6 * HOUR_S, fact) for fact in promised(3)), *facts]):
        apply(state, event)
    return shop_problem(state, shop, 7 * DAY_S, presence_windows(shop, 0.0, 30 * DAY_S))


def cut(serial: str, at: float, number: int) -> list[tuple[float, e.AnyFact]]:
    """A part made, found good and put beside the mill."""
    *begun, (off, down) = made(serial, at, number)
    assert isinstance(down, e.Reported)
    word = e.PartDisposed(serial, "good", "all checks passed")
    return [*begun, (off, word), (off, e.Reported(replace(down.report, destination="wip")))]


def baking(at: float, *serials: str, done: bool = False) -> list[tuple[float, e.AnyFact]]:
    command = c.TreatParts("bake", "oven", serials, "bake", 60.0 * len(serials), 8 * HOUR_S)
    facts: list[tuple[float, e.AnyFact]] = [
        (at, e.CommandIssued(command)),
        (at + 180.0, e.Reported(r.TreatmentStarted(1, at + 180.0, "oven", "bake", serials, "bake"))),
    ]
    end = at + 180.0 + 8 * HOUR_S
    return [*facts, (end, e.Reported(r.PartsTreated(1, end, "oven", "bake", serials, "bake", 8 * HOUR_S)))][
        : 3 if done else 2
    ]


def test_the_schedule_has_it_after_the_cuts_together_and_in_hours_with_people() -> None:
    shop = shop_with(BAKE, DEBURR)
    problem = problem_of(shop)
    schedule = solve_shop(problem, iterations=100)
    assert validate_shop(problem, schedule) == ()
    bakes = [a for a in schedule.assignments if a.machine == "oven"]
    assert len(bakes) == 3
    assert len({a.start_s for a in bakes}) == 1
    assert all(6.0 <= a.start_s / HOUR_S % 24.0 <= 20.0 for a in bakes)
    at_tables = [a for a in schedule.assignments if a.machine.startswith("table")]
    assert all(a.done_s - a.mount_s >= 0.5 * HOUR_S for a in at_tables)
    assert {op.fixture for op in problem.operations if op.operation == "plate/deburr"} == {"at table-1, table-2"}
    assert {kind.id: kind.count for kind in problem.fixtures} == {"at table-1, table-2": 2}


def test_a_plan_made_anew_keeps_what_is_in_the_oven() -> None:
    shop = shop_with(BAKE)
    parts = [*cut("A.001", 6 * HOUR_S, 1), *cut("A.002", 7 * HOUR_S, 2)]
    loading = problem_of(shop, *parts, *baking(8 * HOUR_S, "A.001", "A.002")[:1])
    states = {op.id: (op.state, op.started_s) for op in loading.operations if op.operation == "plate/bake"}
    assert states["A.001|plate/bake"] == states["A.002|plate/bake"] == ("running", 8 * HOUR_S)
    running = problem_of(shop, *parts, *baking(8 * HOUR_S, "A.001", "A.002"))
    schedule = solve_shop(running, iterations=20)
    assert validate_shop(running, schedule) == ()
    ends = {a.serial: a.end_s for a in schedule.assignments if a.machine == "oven"}
    assert ends["A.001"] == ends["A.002"] == 16 * HOUR_S + 180.0
    assert ends["A.003"] > 16 * HOUR_S + 180.0, "one part more finds the oven taken"
    through = problem_of(shop, *parts, *baking(8 * HOUR_S, "A.001", "A.002", done=True))
    assert {op.serial: op.state for op in through.operations if op.machine == "oven"} == {
        "A.001": "cut",
        "A.002": "cut",
    }
    assert validate_shop(through, solve_shop(through, iterations=20)) == ()


def test_what_is_held_or_scrapped_is_not_planned() -> None:
    shop = shop_with(BAKE)
    parts = [*cut("A.001", 6 * HOUR_S, 1), *cut("A.002", 7 * HOUR_S, 2)]
    ends: list[tuple[float, e.AnyFact]] = [
        (8 * HOUR_S, e.HoldPlaced("hold", ("A.001",), "looks odd")),
        (8 * HOUR_S, e.PartDisposed("A.002", "scrap", "it fell")),
    ]
    left = Counter(op.serial for op in problem_of(shop, *parts, *ends).operations)
    assert left == {"A.003": 2}


def test_nothing_is_planned_for_an_oven_that_a_held_part_is_left_in_while_another_is_free() -> None:
    shop = shop_with(replace(BAKE, machines=("oven", "table-1")))
    facts = [*cut("A.001", 6 * HOUR_S, 1), *baking(8 * HOUR_S, "A.001", done=True)]
    held = (17 * HOUR_S, e.HoldPlaced("hold", ("A.001",), "looks odd"))
    found = {op.serial: op.alternatives for op in problem_of(shop, *facts, held).operations if "bake" in op.operation}
    assert {serial: [a.machine for a in those] for serial, those in found.items()} == {
        "A.002": ["table-1"],
        "A.003": ["table-1"],
    }
    only = problem_of(shop_with(BAKE), *facts, held)
    assert {a.machine for op in only.operations if "bake" in op.operation for a in op.alternatives} == {"oven"}


def test_a_plan_reckons_with_an_oven_that_a_held_part_is_left_in_after_a_day() -> None:
    facts = [*cut("A.001", 6 * HOUR_S, 1), *baking(8 * HOUR_S, "A.001", done=True)]
    held = (17 * HOUR_S, e.HoldPlaced("hold", ("A.001",), "looks odd"))
    problem = problem_of(shop_with(BAKE), *facts, held)
    schedule = solve_shop(problem, iterations=20)
    assert validate_shop(problem, schedule) == ()
    bakes = [a.start_s for a in schedule.assignments if a.machine == "oven"]
    assert len(bakes) == 2
    assert min(bakes) > problem.now_s + DAY_S
    free = problem_of(shop_with(BAKE), *facts)
    assert next(each for each in free.machines if each.id == "oven").free_from_s == 0.0
    further = problem_of(shop_with(BAKE, DEBURR), *facts, held)  # it goes on to a table, so people lay it beside
    assert next(each for each in further.machines if each.id == "oven").free_from_s == 0.0


def test_a_held_part_that_goes_on_elsewhere_is_taken_out_and_one_that_is_through_stays() -> None:
    taken = []
    for steps in ((BAKE, DEBURR), (BAKE,)):
        shop = shop_with(*steps)
        facts = [(6 * HOUR_S, fact) for fact in promised(1)] + cut("A.001", 6 * HOUR_S, 1)
        facts += [*baking(8 * HOUR_S, "A.001", done=True), (17 * HOUR_S, e.HoldPlaced("hold", ("A.001",), "looks odd"))]
        state = empty_state(shop)
        for event in log_of(facts):
            apply(state, event)
        wishes = Wishes(1, frozenset(), frozenset(), (), (), {}, {}, {})
        commands = dispatch(state, shop, wishes, lambda sha: "")
        taken.append([(each.serials, each.destination) for each in commands if isinstance(each, c.UnloadParts)])
    assert taken == [[(("A.001",), "wip")], []]


def test_a_part_treated_in_the_night_pays_the_nights_energy_when_it_is_out() -> None:
    shop, costs = shop_with(BAKE), list[tuple[float, float]]()
    state, room = empty_state(shop), PartCostDecider(shop)
    out = e.Reported(r.PartsUnloaded(1, 31 * HOUR_S, "oven", "u", ("A.001",), "finished"))
    facts = [(6 * HOUR_S, fact) for fact in promised(1)] + cut("A.001", 6 * HOUR_S, 1)
    for event in log_of([*facts, *baking(21 * HOUR_S - 180.0, "A.001", done=True), (31 * HOUR_S, out)]):
        apply(state, event)
        room.observe(event, state)
        for decision in room.decide(state):
            assert isinstance(decision.fact, e.PartCosted)
            costs.append((event.at_s, decision.fact.factors_usd["finishing"]))
            room.observe(e.Event(0, event.at_s, "software", decision.fact), state)
    assert len(costs) == 2
    (_, by_day), (at_s, real) = costs
    assert at_s == 31 * HOUR_S
    economy, kwh = shop.economy, 8.0 * 10.0 / 3  # from 21 to 5: an hour by day, seven in the night
    assert by_day - real == pytest.approx(kwh * 7 / 8 * (economy.energy_usd_kwh - economy.night_usd_kwh), abs=1e-4)
    assert "A.001" not in room.treated_at_night


def test_a_plan_shows_the_work_at_a_table_for_as_long_as_it_lasts() -> None:
    shop = shop_with(BAKE, DEBURR)
    assert shop.begins_s("plate/deburr", 5000.0, 5001.0) == 5001.0 - 0.5 * HOUR_S
    assert shop.begins_s("plate/bake", 5000.0, 5000.0 + 8 * HOUR_S) == 5000.0
    assert shop.begins_s("plate/1", 5000.0, 5100.0) == 5000.0


def test_two_parts_are_never_at_one_table() -> None:
    shop = msgspec.structs.replace(shop_with(DEBURR), orders=(OperationsRequest("A", "plate", 3, DAY_S),))
    problem = problem_of(shop)
    schedule = solve_shop(problem, iterations=50)
    one = msgspec.structs.replace(  # as the solver may say it: it counts tables, and doesn't tell them apart
        schedule,
        assignments=tuple(replace(a, machine="table-1") if a.machine == "table-2" else a for a in schedule.assignments),
    )
    spans = sorted((a.mount_s, a.done_s) for a in one.assignments if a.machine == "table-1")
    assert any(begin < end for (_, end), (begin, _) in pairwise(spans)), "no two at once"
    apart = seated(problem, one)
    assert validate_shop(problem, apart) == ()
    for table in ("table-1", "table-2"):
        spans = sorted((a.mount_s, a.done_s) for a in apart.assignments if a.machine == table)
        assert all(begin >= end for (_, end), (begin, _) in pairwise(spans)), table


def test_the_hours_of_a_week_count_a_table_for_as_long_as_somebody_works_at_it() -> None:
    found = ahead.rough_cut(problem_of(shop_with(DEBURR, BAKE)), weeks=1)
    loads = {row.resource: row.load_h for row in found.weeks}
    assert loads["table-1"] + loads["table-2"] == pytest.approx(3 * (0.5 + 2 * 30.0 / HOUR_S), abs=0.01)
    assert loads["oven"] == pytest.approx(3 * 8.0)


def test_a_table_more_is_one_more_to_work_at() -> None:
    problem = problem_of(shop_with(DEBURR))
    more = AddMachine("table-3", "table-1").apply(problem)
    assert {kind.count for kind in problem.fixtures} == {2}
    assert {kind.count for kind in more.fixtures} == {3}
    assert {kind.count for kind in AddMachine("mill-2", "mill").apply(problem).fixtures} == {2}
    assert {kind.count for kind in second_machine(problem, "table-1").fixtures} == {3}


def test_lateness_by_the_oven_is_explained() -> None:
    shop = shop_with(BAKE)
    facts = [(6 * HOUR_S, fact) for fact in promised(1)] + cut("A.001", 6 * HOUR_S, 1)
    facts += [*baking(15 * HOUR_S, "A.001")]
    log, state = log_of(facts), empty_state(shop)
    for event in log:
        apply(state, event)
    windows = presence_windows(shop, 0.0, 28 * DAY_S)
    problem = shop_problem(state, shop, DAY_S, windows)
    schedule = solve_shop(problem, iterations=0)
    number = promising(log)["A"]
    found = since_published(log, shop, {number}, (problem, schedule), windows)[number]
    told = Explained(problem, schedule, *found).of("A")
    assert told.late_by_s > 0.0
    assert sum(b.seconds for b in told.blame) == pytest.approx(told.late_by_s)


def test_it_costs_its_share_of_a_full_load_and_the_hands_with_overhead_on_both() -> None:
    shop = shop_with(BAKE, DEBURR, Finishing("anodize", price_usd=2.0))
    economy = shop.economy
    assert economy.overhead_share > 0.0
    tables_usd = 0.5 * next(unit.rate_usd_h for unit in shop.work_units if unit.id == "table-1")
    hands = (2 * (60.0 + 30.0) / HOUR_S + 0.5) * economy.wage_usd_h
    energy = (8.0 * 10.0 / 3 + 0.5 * 5.0) * economy.energy_usd_kwh
    expected = (8.0 * 6.0 / 3 + tables_usd + hands) * (1.0 + economy.overhead_share) + energy
    assert treatments_usd(shop, "plate") == pytest.approx(expected)
    assert finishing_usd(shop, "plate", 5) == pytest.approx(2.0 + expected)
    assert treatments_usd(shop, "other") == 0.0


def test_nothing_is_kept_of_a_part_that_has_been_taken_out_and_rests() -> None:
    shop, state = shop_with(BAKE), empty_state(shop_with(BAKE))
    room = PartCostDecider(shop)
    out = e.Reported(r.PartsUnloaded(1, 18 * HOUR_S, "oven", "u", ("A.001",), "finished"))
    facts = (
        [(6 * HOUR_S, fact) for fact in promised(1)]
        + cut("A.001", 6 * HOUR_S, 1)
        + baking(8 * HOUR_S, "A.001", done=True)
    )
    kept = []
    for event in log_of([*facts, (18 * HOUR_S, out)]):
        apply(state, event)
        room.observe(event, state)
        room.decide(state)
        kept.append("A.001" in room.handled_s)
    assert kept[-2:] == [True, False]


def test_a_promise_counts_it_and_so_do_its_chances(tmp_path: Path) -> None:
    plain = promise_item(
        write_shop(tmp_path / "plain"), NewItem("N-1", "bracket", 2, 20 * DAY_S), time_limit_s=0.1, chances=False
    )
    folder = write_shop(tmp_path / "shop")
    with (folder / "shop.toml").open("a") as file:
        file.write('\n[[machines]]\nid = "oven"\nkind = "process"\nplaces = 4\n')
    step = '[[finishing]]\nname = "harden"\nmachine = "oven"\nhours = 72\n'
    (folder / "parts" / "bracket.toml").write_text(step)
    found = promise_item(folder, NewItem("N-1", "bracket", 2, 20 * DAY_S), time_limit_s=0.1)
    assert found.promise_s >= plain.promise_s + 3 * DAY_S
    assert found.chances.why == ""
    (own,) = (each for each in found.chances.orders if each.order == "N-1")
    assert own.p50 is not None
    assert own.p50 >= plain.promise_s + 3 * DAY_S


def test_an_oven_is_taken_out_of_service_and_comes_back() -> None:
    shop = shop_with(BAKE)
    stop = a.StopUnit("oven", 30.0)
    state = empty_state(shop)
    (down,) = consequences(state, shop, stop, by="Ann", why="its door leaks")
    problem = problem_of(shop, (7 * HOUR_S, down.fact))
    assert next(machine for machine in problem.machines if machine.id == "oven").free_from_s == 30 * HOUR_S
    with pytest.raises(NotPossible, match="oven was not taken out of service"):
        consequences(state, shop, a.ReturnUnit("oven"), by="Ann", why="")
    with pytest.raises(NotPossible, match="bench is not a mill, lathe or process"):
        consequences(state, shop, a.StopUnit("bench", 1.0), by="Ann", why="")


def test_what_a_new_order_asks_of_the_oven_is_no_cutting_and_paid_by_the_share(tmp_path: Path) -> None:
    usd = {}
    for places in (1, 4):
        folder = write_shop(tmp_path / f"shop-{places}")
        with (folder / "shop.toml").open("a") as file:
            file.write(f'\n[[machines]]\nid = "oven"\nkind = "process"\nplaces = {places}\nrate_usd_h = 40\n')
        (folder / "parts" / "bracket.toml").write_text('[[finishing]]\nname = "bake"\nmachine = "oven"\nhours = 5\n')
        order = a.TakeOrder("N-1", "bracket", 2, 9 * DAY_S)
        diff = Desk(folder, loop_wait_s=0.0).propose(Caller("Ann", "admin"), "c-1", order, "because").diff
        assert diff.minutes == 90.0
        usd[places] = diff.money_usd
    assert usd[1] - usd[4] == pytest.approx(2 * 5 * 30.0 * (1.0 + shop_of().economy.overhead_share), abs=0.1)


def test_the_twin_foretells_the_loads_that_the_shop_has_and_those_to_come() -> None:
    shop = shop_with(BAKE, DEBURR)
    facts = [(6 * HOUR_S, fact) for fact in promised(3)]
    facts += [*cut("A.001", 6 * HOUR_S, 1), *cut("A.002", 7 * HOUR_S, 2), *baking(8 * HOUR_S, "A.001", "A.002")]
    log, state = log_of(facts), empty_state(shop)
    for event in log:
        apply(state, event)
    belief = believed(shop, state, log, 7.0)
    floor = msgspec.structs.replace(floor_model(shop, state.policy, belief), uncertainty=certain())
    answer = look_ahead(
        belief.problem,
        foreseen_plan(state, belief.problem),
        Experiment(days=7, replications=1, seed=0),
        floor,
    )
    (order,) = answer.completions
    assert order.p50 is not None
    # the third part is baked after the two that are in the oven until 16:03, and deburred the day after
    assert order.p50 > (16 + 8) * HOUR_S
    assert answer.throughput == pytest.approx(3 / 7)
    shares = {each.machine: each.share for each in answer.utilisation}
    now_s = state.now_s
    assert shares["oven"] == pytest.approx((16 * HOUR_S + 180.0 - now_s + 8 * HOUR_S) / (7 * DAY_S), rel=0.01)


def test_a_good_part_on_its_pallet_that_goes_into_the_oven_is_not_finished_yet() -> None:
    *begun, (off, _) = made("A.001", 6 * HOUR_S, 1)
    on_pallet = [
        *((6 * HOUR_S, fact) for fact in promised(1)),
        *begun,
        (off, e.PartDisposed("A.001", "good", "passed")),
    ]
    for steps, finished in (((BAKE,), 0), ((), 1)):
        shop, log = shop_with(*steps), log_of(on_pallet)
        state = empty_state(shop)
        for event in log:
            apply(state, event)
        habits = believed(shop, state, log, 7.0).habits
        assert (habits.to_take_off, habits.good_to_take_off) == (1, finished)


def test_an_order_is_complete_for_the_twin_when_its_last_part_is_out_of_the_oven() -> None:
    facts = [
        *((6 * HOUR_S, fact) for fact in promised(1)),
        *cut("A.001", 6 * HOUR_S, 1),
        *baking(8 * HOUR_S, "A.001", done=True),
    ]
    out = e.Reported(r.PartsUnloaded(1, 18 * HOUR_S, "oven", "u", ("A.001",), "finished"))
    log = log_of([*facts, (17 * HOUR_S, e.OrderCompleted("A", 1, on_time=True)), (18 * HOUR_S, out)])
    assert completed_s(log) == {"A": 18 * HOUR_S}


def test_the_morning_says_what_is_to_be_taken_out_and_what_is_to_be_decided(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    for n, (unit, serial) in enumerate((("oven", "A-1.001"), ("kiln", "A-1.002")), 2):  # the second is on hold
        began = e.Reported(r.TreatmentStarted(2 * n, 2 * HOUR_S, unit, "t", (serial,), "harden"))
        through = e.Reported(r.PartsTreated(2 * n + 1, 3 * HOUR_S, unit, "t", (serial,), "harden", HOUR_S))
        append(folder, (2 * HOUR_S, began), (3 * HOUR_S, through))
    waits = morning_report(folder)["waits"]
    assert "1 parts are in oven, harden done: unload them" in waits
    assert "A-1.002 on hold in kiln, which is blocked until somebody decides on it" in waits
    assert sum("unload them" in each for each in waits) == 1


def test_the_story_of_a_part_has_it() -> None:
    log = log_of(
        [
            *((6 * HOUR_S, fact) for fact in promised(1)),
            *cut("A.001", 6 * HOUR_S, 1),
            *baking(8 * HOUR_S, "A.001", done=True),
        ]
    )
    assert [step.what for step in genealogy(log, "A.001").steps][-2:] == ["put in", "treated"]


def test_a_virtual_shop_bakes_and_deburrs_what_it_cuts() -> None:
    virtual = virtual_shop(4, 2.0)
    steps = (replace(BAKE, hours=2.0), replace(DEBURR, hours=0.05))
    units = (*virtual.shop.work_units, replace(OVEN, places=6), *TABLES)
    parts = tuple(replace(part, finishing=steps) for part in virtual.shop.parts)
    orders = tuple(replace(order, release_s=0.0) for order in virtual.shop.orders)
    virtual = replace(virtual, shop=replace(virtual.shop, work_units=units, parts=parts, orders=orders))
    state = empty_state(virtual.shop)
    at_once: list[int] = []
    for event in lived(virtual, 0.5, "closed-loop"):
        apply(state, event)
        assert not isinstance(event.fact, e.CommandRefused | e.AlarmRaised), event.fact
        report = event.fact.report if isinstance(event.fact, e.Reported) else None
        if isinstance(report, r.TreatmentStarted) and report.unit == "oven":
            at_once.append(len(report.serials))
        if isinstance(report, r.PartsUnloaded) and report.destination == "finished":
            assert all(state.parts[serial].treated == 2 for serial in report.serials)
    assert at_once
    assert max(at_once) > 1
    finished = [part for part in state.parts.values() if part.place == "finished"]
    assert finished
    assert all(part.treated == 2 and part.disposition == "good" for part in finished)
