"""How long a route's operations take: as the machine that they are planned for runs its programs."""

from pathlib import Path

import msgspec
import pytest
from test_plant_explain_late_history import shop_of

from nightmill.drivers.virtual_shop.programs import read_nc
from nightmill.floor import apply, empty_state, presence_windows
from nightmill.plant.part_planning.plan_job import _shop_of, timed_on
from nightmill.plant.part_planning.routes import certified_fact, times_on
from nightmill.plant.plan_store.kept_plans import PartRoute
from nightmill.plant.plan_store.plan_artifacts import _operations
from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.plant.shop_schedule.problem import cycle_ratios, shop_problem
from nightmill.verification.certificate.job_files import IDENTITY
from nightmill.vocabulary import events as e
from nightmill.vocabulary.plan import PLAN_FORMAT, Body, Certificate, Plan, Setup
from nightmill.vocabulary.shop import LATHE_LIMITS, MachineLimits, Shop, WorkUnit

PROGRAM = """G21 G90 G94 G17
T1 M6
S12000 M3
G54 G0 X0 Y0 Z100
G0 Z5
G1 Z-1 F2000
G1 X200 F15000
G1 Y100
G0 Z100
G0 X-300 Y-200
T2 M6
S8000 M3
G0 X0 Y0
G1 Z-1 F500
G0 Z200
M30
"""
SLOW = MachineLimits((760.0, 500.0, 510.0), 8000.0, 7.5, 3000.0, 8000.0, 600.0, 14.0)


def plan(kind: str) -> Plan:
    setup = Setup("1", kind, "1.ngc", "G54", IDENTITY, ())  # type: ignore[arg-type]
    stock = Body("box", min=(0.0, 0.0, -20.0), max=(200.0, 100.0, 0.0))
    return Plan(PLAN_FORMAT, "plate", "mm", "0" * 64, stock, (), (setup,), (), 0.0)


def seconds(kind: str, limits: MachineLimits | None, lathe: MachineLimits | None = None) -> float:
    machine, _ = _shop_of(limits, (), lathe)
    (only,) = _operations(plan(kind), {"1.ngc": PROGRAM.encode()}, timed_on(machine, lathe))
    return only.cycle_s


@pytest.mark.parametrize("limits", [MachineLimits(), SLOW])
def test_an_operation_takes_what_the_control_of_the_shops_mill_makes_of_its_program(limits: MachineLimits) -> None:
    reading, problem = read_nc(PROGRAM, limits)
    assert reading is not None, problem
    assert seconds("mill", limits) == pytest.approx(reading.cycle_s, abs=0.01)


def test_slow_axes_slow_tool_changes_and_a_low_feed_all_count() -> None:
    usual, slow = seconds("mill", MachineLimits()), seconds("mill", SLOW)
    assert slow > usual + 2 * (SLOW.tool_change_s - 5.0) + 60.0 * 300.0 * (1 / 3000.0 - 1 / 10000.0)
    for name in ("rapid_mm_min", "accel_mm_s2", "feed_max_mm_min", "tool_change_s"):
        one = msgspec.structs.replace(MachineLimits(), **{name: getattr(SLOW, name)})
        assert usual < seconds("mill", one) < slow, name


def test_a_turned_setup_takes_what_the_lathe_needs() -> None:
    brisk = msgspec.structs.replace(LATHE_LIMITS, tool_change_s=0.5)
    assert seconds("turn", SLOW) - seconds("turn", SLOW, brisk) == pytest.approx(2 * (LATHE_LIMITS.tool_change_s - 0.5))
    assert seconds("turn", SLOW) == seconds("turn", MachineLimits()), "the mill has nothing to do with it"


def two_mills(*slower: str) -> tuple[Shop, PartRoute]:
    """A shop of three mills of which some are slow, and a route of one operation that is planned for the first."""
    shop = shop_of()
    mills = tuple(
        WorkUnit(name, "mill", "cell", SLOW if name in slower else MachineLimits()) for name in ("m1", "m2", "m3")
    )
    shop = msgspec.structs.replace(
        shop, work_units=(*mills, *(unit for unit in shop.work_units if unit.kind != "mill"))
    )
    (only,) = _operations(plan("mill"), {"1.ngc": PROGRAM.encode()}, {"mill": mills[0].limits or MachineLimits()})
    record = RouteRecord(
        "plate", "c" * 64, "Al 6061", True, Certificate(True, 0.0, 0.0, 1.0, (), 0, 0), (only,), (), (), 1.0, 1.0, 2700.0, 6, 1, 0.0, ()
    )  # fmt: skip
    return shop, PartRoute(record, plan("mill"), {only.program_sha256: PROGRAM}, Path())


def test_machines_that_are_slower_or_faster_than_the_planned_one_have_times_of_their_own() -> None:
    usual, slow = seconds("mill", MachineLimits()), seconds("mill", SLOW)
    assert times_on(*two_mills()) == {}
    assert times_on(*two_mills("m2")) == {"plate/1": {"m2": pytest.approx(slow, abs=0.01)}}
    assert times_on(*two_mills("m1")) == {
        "plate/1": {"m2": pytest.approx(usual, abs=0.01), "m3": pytest.approx(usual, abs=0.01)}
    }


def test_the_schedule_counts_what_each_mill_needs_and_learns_of_each_against_that() -> None:
    shop, route = two_mills("m2")
    usual, slow = seconds("mill", MachineLimits()), seconds("mill", SLOW)
    fact = certified_fact("plate", route.record, times_on(shop, route))
    assert certified_fact("plate", route.record).operations[0].seconds_on == {}
    state = empty_state(shop)
    facts: tuple[e.AnyFact, ...] = (fact, e.OrderReceived("A", "plate", 1, 86400.0, 1))
    for number, each in enumerate(facts, 1):
        apply(state, e.Event(number, 0.0, "software", each))
    problem = shop_problem(state, shop, 86400.0, presence_windows(shop, 0.0, 5 * 86400.0))
    (operation,) = problem.operations
    runs = {each.machine: each.run_s for each in operation.alternatives}
    assert runs == {"m1": pytest.approx(usual), "m2": pytest.approx(slow, abs=0.01), "m3": pytest.approx(usual)}
    bins = msgspec.structs.replace(
        shop, work_units=tuple(msgspec.structs.replace(u, chip_s=900.0) if u.id == "m2" else u for u in shop.work_units)
    )
    planned = shop_problem(state, bins, 86400.0, presence_windows(bins, 0.0, 5 * 86400.0))
    assert {m.id: m.chip_s for m in planned.machines if m.chip_s is not None} == {"m2": 900.0}
    key = f"plate/1|{fact.operations[0].program_sha256}"
    state.cut_s = {"m1": {key: (10, 10 * usual)}, "m2": {key: (10, 10 * slow)}}
    assert cycle_ratios(state) == {"m1": pytest.approx(1.0, abs=0.01), "m2": pytest.approx(1.0, abs=0.01)}
    fewer = msgspec.structs.replace(fact.operations[0], tool_minutes={"1": 1.0})
    state.routes["plate"].operations = [fewer]
    state.routes["plate"].revise(e.ParametersRevised("plate/1", 1, 1, 2.0, 1.0, "f" * 64, 1.0, 0.0))
    (revised,) = state.routes["plate"].operations
    assert revised.takes_s("m2") == pytest.approx(slow - 30.0, abs=0.01), "half of the minute that tool 1 cut"
    assert revised.takes_s("m1") == pytest.approx(usual - 30.0)
