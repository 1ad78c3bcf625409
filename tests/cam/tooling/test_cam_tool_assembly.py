"""What a tool's neck and holder keep clear of, and how deep each gets."""

import pytest

from nightmill.cam.geometry.solids import box
from nightmill.cam.stock.in_process_stock import Level, Stage
from nightmill.cam.tooling.tool_assembly import FIXTURE_CLEARANCE_MM, HOLDER_CLEARANCE_MM, ToolAssembly
from nightmill.vocabulary.plan import Tool

MILL = Tool(
    number=1, type="flat", diameter_mm=6.0, flute_length_mm=15.0, shank_diameter_mm=5.8, stickout_mm=30.0,
    holder_diameter_mm=26.0, holder_length_mm=60.0,
)  # fmt: skip


def test_a_holder_is_wider_than_it_is_by_its_clearance() -> None:
    assembly = ToolAssembly(MILL)
    assert assembly.holder == (13.0 + HOLDER_CLEARANCE_MM, 30.0 - HOLDER_CLEARANCE_MM)
    assert assembly.holder_is_wider
    assert assembly.reaches(assembly.reach_mm)
    assert not assembly.reaches(assembly.reach_mm + 0.01)


def test_a_tool_without_a_shank_diameter_has_its_own() -> None:
    (plain,) = (Tool(number=1, type="flat", diameter_mm=6.0, flute_length_mm=15.0, stickout_mm=30.0),)
    assert ToolAssembly(plain).neck() == (3.0, 15.0)
    assert not ToolAssembly(plain).necked
    assert ToolAssembly(MILL).neck(0.05).radius_mm == pytest.approx(2.95)


def test_only_a_thin_neck_follows_the_cutter_into_a_hole() -> None:
    assembly = ToolAssembly(MILL)
    assert assembly.milling_reach_mm == assembly.reach_mm
    stout = ToolAssembly(Tool(number=1, type="flat", diameter_mm=6.0, flute_length_mm=15.0, stickout_mm=30.0))
    assert stout.milling_reach_mm == stout.drilling_reach_mm == 15.0
    short = ToolAssembly(Tool(number=1, type="drill", diameter_mm=6.0, flute_length_mm=15.0, stickout_mm=15.0))
    assert short.drilling_reach_mm == 15.0 - HOLDER_CLEARANCE_MM


def test_the_stock_keeps_a_tool_off_by_the_same_clearances() -> None:
    """Beside a wall of the part that is higher than the mill is long, the holder decides how close it gets."""
    part = box((0.0, 0.0, -60.0), (100.0, 100.0, -40.0)) + box((0.0, 0.0, -60.0), (20.0, 100.0, 0.0))
    stage = Stage.of(part, part, [Level(-10.0, False), Level(-40.0, False)], [])
    assembly, bounds = ToolAssembly(MILL), (-50.0, 0.0, 150.0, 100.0)
    beside = [stage.blocked(index, MILL, 0.0, bounds).bounds[2] - 20.0 for index in (0, 1)]
    assert beside == pytest.approx([assembly.radius_mm, assembly.holder_radius_mm], rel=0.02)
    stage.fixtures = [(stage.must[0], -20.0)]
    assert stage.blocked(1, MILL, 0.0, bounds).bounds[2] - 20.0 == pytest.approx(assembly.holder_radius_mm, rel=0.02)
    stage = Stage.of(part, part, [Level(-10.0, False), Level(-20.0, False)], [(stage.must[0], -5.0)])
    off = stage.blocked(1, MILL, 0.0, bounds).bounds[2] - 20.0
    assert off == pytest.approx(assembly.radius_mm + FIXTURE_CLEARANCE_MM, rel=0.02)
