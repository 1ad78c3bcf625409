"""What the benchmark beside FreeCAD asks for: the same floors, openings and limits that the plan itself has."""

import sys
from pathlib import Path

import pytest
import shapely

from nightmill.cad import read_part
from nightmill.cam import default_machine, default_tools, material_named
from nightmill.vocabulary.plan import Matrix4, Setup

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from freecad_request import Limits, Region, View, cleared, fitting, regions

PARTS = Path(__file__).resolve().parents[2] / "src/nightmill/plant/example/parts"
UPRIGHT: Matrix4 = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
FLIPPED: Matrix4 = ((1.0, 0.0, 0.0, 0.0), (0.0, -1.0, 0.0, 0.0), (0.0, 0.0, -1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def view_of(name: str, matrix: Matrix4 = UPRIGHT) -> View:
    return View(read_part(PARTS / f"{name}.step"), Setup("1", "mill", "1.ngc", "G54", matrix, ()))


def test_floors_of_a_bracket_are_cleared_over_their_holes() -> None:
    view = view_of("bracket")
    top, below = regions(view, {face.id for face in view.part.faces}, set())
    assert [region.z for region in top] == [pytest.approx(20.0)]
    floors = [region for region in below if region.bottom is None]
    assert sorted(round(region.z, 3) for region in floors) == [5.5, 11.0, 12.0]
    assert all(region.outline and not region.islands for region in floors)
    pocket = next(region for region in floors if region.z == pytest.approx(11.0))
    assert pocket.area.area == pytest.approx(36 * 30 - (4 - 3.14159) * 25, rel=1e-3)


def test_what_stands_on_a_floor_is_told_from_the_holes_in_it() -> None:
    _, below = regions(view_of("flange_plate"), {2}, set())
    assert [(region.outline, region.islands) for region in below] == [(True, (0,))]
    assert below[0].area.contains(shapely.Point(32.0, 0.0)), "a hole is walked around"
    assert not below[0].area.intersects(shapely.Point(0.0, 0.0)), "the hub is milled away"


def test_openings_are_asked_for_unless_a_drill_makes_them() -> None:
    view = view_of("motor_mount_plate")
    every = {face.id for face in view.part.faces}
    walls = {n for region in regions(view, every, set())[1] if region.bottom is not None for n in region.faces}
    assert {14, 15, 16, 17, 50} <= walls
    drilled = {47, 48, 49, 51}
    left = {n for region in regions(view, every, drilled)[1] if region.bottom is not None for n in region.faces}
    assert left == walls - drilled


def test_the_other_side_of_a_bracket_is_one_level_face() -> None:
    top, below = regions(view_of("bracket", FLIPPED), set(range(30)), set())
    assert [region.faces for region in top] == [(4,)]
    assert not [region for region in below if region.bottom is None]


def test_the_largest_mill_that_covers_and_reaches_is_taken_and_pocket_follows_adaptive() -> None:
    tools = {tool.number: tool for tool in default_tools()}
    mills = sorted((tools[n] for n in (123, 125, 128, 116)), key=lambda t: (-t.diameter_mm, t.stickout_mm))
    room = Region((7,), -5.0, shapely.box(0, 0, 60, 40).buffer(-8).buffer(8))
    assert fitting(room, mills, "adaptive", 0.0, set()) == ("adaptive", room, tools[123])
    assert fitting(room, mills, "adaptive", 0.0, {("adaptive", (7,), 123)}) == ("pocket", room, tools[123])
    slot = Region((8,), -15.0, shapely.box(0, 0, 30, 4).buffer(-1.6).buffer(1.6))
    assert fitting(slot, mills, "pocket", 0.0, set()) == ("pocket", slot, tools[116]), "3 x 11 doesn't reach"


def test_depths_start_where_earlier_operations_left_the_piece_and_feeds_keep_to_the_limits() -> None:
    limits = Limits(material_named("42CrMo4"), default_machine())
    tool = next(tool for tool in default_tools() if tool.number == 123)
    stands = [(shapely.box(-100, -100, 100, 100), 0.0)]
    first = cleared("face", Region((1,), -1.0, shapely.box(0, 0, 50, 50)), tool, stands, limits)
    second = cleared("pocket", Region((2,), -20.0, shapely.box(10, 10, 40, 40)), tool, stands, limits)
    assert (first["start_z"], second["start_z"]) == (0.0, -1.0)
    assert second["step_down_mm"] is not None
    assert second["step_down_mm"] < tool.diameter_mm, "a full slot one diameter deep is more than the spindle gives"
    wide = cleared("adaptive", Region((3,), -20.0, shapely.box(10, 10, 40, 40)), tool, stands[:1], limits)
    assert wide["feed_mm_min"] > second["feed_mm_min"], "thin chips allow more feed"
