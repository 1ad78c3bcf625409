"""What a thin mill leaves to the other side: the plug below a drilled hole that ends in the open."""

import msgspec
import numpy as np
import pytest
import shapely
from toolpath_text import lines_of

from nightmill.cam import default_machine, default_tools
from nightmill.cam.geometry.solids import box
from nightmill.cam.stock.in_process_stock import OVER_MM, Level, Stage
from nightmill.cam.toolpath.lead_in import hop
from nightmill.cam.toolpath.milling_program import Program


@pytest.fixture
def drilled() -> Stage:
    levels = [Level(z, False) for z in (9.0, 6.0, 3.0, 0.0)]
    stage = Stage.of(box((0, 0, 0), (40, 30, 10)), box((-1, -1, 0), (41, 31, 11)), levels, [])
    stage.bored(shapely.Point(20, 15), 2.0, 2.0, 6.0)
    return stage


def test_a_plug_below_a_hole_is_left_where_it_hides_nothing(drilled: Stage) -> None:
    whole = shapely.box(0, 0, 40, 30)
    beside = np.array([[2.0, 2.0, 1.0], [20.0, 15.0, 8.0]])
    found = drilled.without_plugs([whole] * 4, beside)
    assert [area.area == whole.area for area in found] == [True, True, False, False]
    assert not found[2].intersects(shapely.Point(20, 15).buffer(1.9))
    assert found[2] is found[3]


def test_a_plug_over_open_surface_is_cut(drilled: Stage) -> None:
    whole = shapely.box(0, 0, 40, 30)
    below = np.array([[20.5, 15.0, 1.0]])
    assert all(area is whole for area in drilled.without_plugs([whole] * 4, below))


def test_a_drill_comes_down_in_rapid_only_where_no_stock_ends_beside_it() -> None:
    """A step of stock begins just inside a disc, the centre of its pixel just outside."""
    step = box((0, 0, 0), (40, 30, 5)) + box((21.04, 0, 0), (40, 30, 10))
    stage = Stage.of(box((0, 0, 0), (40, 30, 5)), step, [Level(5.0, False)], [])
    assert stage.clear_above(20.0, 15.0, 1.05) == 5.0
    assert stage.surely_clear_above(20.0, 15.0, 1.05) == 10.0
    assert stage.surely_clear_above(20.0, 15.0, 0.9) == 5.0


def test_a_tool_goes_across_as_low_as_what_stands_between_lets_its_tip_shank_and_holder() -> None:
    tool = next(t for t in default_tools() if t.type == "flat" and (t.diameter_mm, t.stickout_mm) == (3.0, 11.0))
    tool = msgspec.structs.replace(tool, shank_diameter_mm=6.0)
    piece = box((0, 0, 0), (60, 60, 10))

    def height(clamp: tuple[float, float, float, float], top: float) -> float:
        stage = Stage.of(piece, piece, [Level(5.0, False)], [(shapely.box(*clamp), top)])
        return stage.hop_height(tool, (10.0, 10.0), (50.0, 12.0), 10.0 + OVER_MM)

    low = 10.0 + OVER_MM
    assert height((20, 40, 30, 50), 30.0) == low, "far off"
    assert height((20, 11, 30, 50), 30.0) == pytest.approx(30.2), "under the tip"
    assert height((20, 14.5, 30, 50), 30.0) == pytest.approx(30.0 - tool.flute_length_mm), "beside the shank"
    holder = tool.holder_diameter_mm / 2
    assert height((20, 12 + holder, 30, 50), 30.0) == pytest.approx(30.0 - 11.0 + 0.5), "under the holder's rim"
    assert height((20, 13 + holder, 30, 50), 30.0) == low
    # each axis runs at its own speed: the way isn't straight
    assert height((45, 5.0, 49.0, 9.6), 30.0) == pytest.approx(30.2)


def test_between_cuts_no_tool_climbs_to_the_clamps_that_it_does_not_pass() -> None:
    tool = next(t for t in default_tools() if t.type == "flat" and (t.diameter_mm, t.stickout_mm) == (6.0, 30.0))
    piece = box((0, 0, 0), (60, 60, 10))
    stage = Stage.of(piece, piece, [Level(5.0, False)], [(shapely.box(-40, -40, -20, 100), 35.0)])
    program = Program(default_machine(), [], 38.0)
    hop(stage, tool, 10.0, 10.0, program)
    program.feed([(10.0, 10.0, 9.0)], 500.0)
    hop(stage, tool, 50.0, 50.0, program)
    moves = [line for line in lines_of(program) if line.startswith("G0 ")]
    assert moves == ["G0 X10 Y10", "G0 Z38", "G0 Z11", "G0 Z11", "G0 X50 Y50"]
    program.feed([(50.0, 50.0, 9.0)], 500.0)
    hop(stage, tool, -30.0, 50.0, program)
    assert lines_of(program)[-3:] == ["G0 Z35.2", "G0 X-30 Y50", "G0 Z11"]


def test_a_wall_whose_pixel_was_cut_to_its_middle_is_met_all_the_same() -> None:
    piece = box((0, 0, 0), (1000, 100, 10))
    stage = Stage.of(piece, piece, [Level(5.0, False)], [])
    stage.remove(0, shapely.box(0, 0, 500.6, 100))
    tool = next(t for t in default_tools() if t.type == "flat" and (t.diameter_mm, t.stickout_mm) == (6.0, 30.0))
    assert stage.rapid_clear(tool, (400.0, 20.0), (495.0, 80.0), 5.5)
    assert not stage.rapid_clear(tool, (400.0, 20.0), (497.8, 80.0), 5.5), "the wall stands from 500.6 on"


def test_between_holes_no_shank_wider_than_its_tool_runs_against_the_wall_of_a_pocket() -> None:
    piece = box((0, 0, 0), (60, 60, 30))
    stage = Stage.of(piece, piece, [Level(5.0, False)], [])
    stage.remove(0, shapely.box(0, 0, 60, 30))
    tool = next(t for t in default_tools() if t.type == "flat" and (t.diameter_mm, t.stickout_mm) == (3.0, 11.0))
    tool = msgspec.structs.replace(tool, shank_diameter_mm=6.0, stickout_mm=40.0)
    assert stage.rapid_height(tool, (10.0, 26.0), (50.0, 26.0), 6.0) == 6.0
    height = stage.rapid_height(tool, (10.0, 28.0), (50.0, 28.0), 6.0)
    assert height == pytest.approx(30.0 - tool.flute_length_mm)
