"""How long a route's operations take: as the machine that they are planned for runs its programs."""

import msgspec
import pytest

from nightmill.connect.virtual.programs import read_nc
from nightmill.plant.part_papers import _operations
from nightmill.plant.planning import _shop_of, _timed_on
from nightmill.verification.folder import IDENTITY
from nightmill.vocabulary.plan import PLAN_FORMAT, Body, Plan, Setup
from nightmill.vocabulary.shop import LATHE_LIMITS, MachineLimits

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
    asked = msgspec.to_builtins(limits) if limits else None
    machine, _ = _shop_of(asked, None, msgspec.to_builtins(lathe) if lathe else None)
    (only,) = _operations(plan(kind), {"1.ngc": PROGRAM.encode()}, _timed_on(machine, lathe))
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
