"""Exact sections as a second method for walls: what they see alone, and that a broken first method doesn't pass by them."""

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCone, BRepPrimAPI_MakeCylinder
from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
from OCP.TopoDS import TopoDS_Shape
from test_verification_pipeline import BOTTOM, TOP, check, outline, part, swap

from nightmill.cad import load_solid
from nightmill.verification import interpret
from nightmill.verification.checks.section_heights import faces_along, section_heights
from nightmill.verification.checks.wall_sections import LevelFindings, LevelSetup, judge_levels
from nightmill.verification.removal.material_removal import Removal
from nightmill.verification.removal.planar_sweeps import PlanarSweeps
from nightmill.verification.target.bodies import load_body
from nightmill.verification.target.cross_sections import Sections, _places, enclosed
from nightmill.verification.target.surface_samples import Target, sample
from nightmill.vocabulary.plan import Body, Certificate, Tool

__all__ = ["part"]

MILL = Tool(1, "flat", 6, flute_length_mm=30, shank_diameter_mm=6, stickout_mm=50)
WIDE = Tool(2, "flat", 6.2, flute_length_mm=30, shank_diameter_mm=6, stickout_mm=50)
HEAD = "G21 G17 G90 G94 G40 G49 G80 G54\nT1 M6\nG43 H1\nS5000 M3\nF500\nG0 X-20 Y-20 Z30\nG0 Z-5\n"
AROUND = "G1 X-3 Y-3\nY63\nX83\nY-3\nX-3\n"


@pytest.fixture(scope="module")
def plate() -> tuple[TopoDS_Shape, Target]:
    """A plate 80 x 60 x 4, its top at Z0."""
    shape = BRepPrimAPI_MakeBox(gp_Pnt(0, 0, -4), gp_Pnt(80, 60, 0)).Shape()
    return shape, sample(shape, 2000)


def judged(
    plate: tuple[TopoDS_Shape, Target], text: str, tool: Tool = MILL, to_work: NDArray[np.float64] | None = None
) -> LevelFindings:
    motions = interpret(HEAD.replace("T1", f"T{tool.number}").replace("H1", f"H{tool.number}") + text + "M2\n")
    assert not motions.problems
    stock = load_body(Body(kind="box", min=(-2, -2, -4), max=(82, 62, 0)), Path(), "stock")
    setup = LevelSetup("1", np.eye(4) if to_work is None else to_work, PlanarSweeps(motions, (MILL, WIDE)))
    return judge_levels(plate[0], plate[1], stock, [setup])


def test_walls_cut_to_size_are_clear(plate: tuple[TopoDS_Shape, Target]) -> None:
    found = judged(plate, AROUND)
    assert found.gouge is None
    assert len(found.proud.face) == 0
    assert (found.missed, found.meshed, found.axes) == (0, 0, 1)
    assert found.outline_mm == pytest.approx(280 * found.levels, rel=0.01)
    assert found.share == pytest.approx(1.0)


def test_a_part_without_a_wall_has_none_judged() -> None:
    shape = BRepPrimAPI_MakeCone(40, 0.01, 4).Shape()
    found = judged((shape, sample(shape, 2000)), AROUND)
    assert (found.levels, found.outline_mm, found.gouge) == (0, 0.0, None)
    assert len(found.proud.face) == len(found.clear.face) == 0


def test_sections_that_cannot_be_made_are_counted(
    plate: tuple[TopoDS_Shape, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sections, "at", lambda _self, _height: None)
    found = judged(plate, AROUND)
    assert found.missed > 0
    assert (found.levels, found.outline_mm, found.share) == (0, 0.0, 0.0)


@pytest.mark.parametrize(("off", "proud"), [(0.045, False), (0.06, True), (0.1, True)])
def test_an_offset_wall_stands_proud(plate: tuple[TopoDS_Shape, Target], off: float, proud: bool) -> None:
    found = judged(plate, AROUND.replace("X83", f"X{83 + off}"))
    assert (len(found.proud.face) > 0) == proud
    assert found.gouge is None
    if proud:
        assert found.proud.points[:, 0] == pytest.approx(80.05, abs=0.01)
        assert found.proud.length_mm.sum() == pytest.approx(60 * found.levels, abs=0.2)


@pytest.mark.parametrize("depth", [0.03, 0.1, 0.5])
def test_a_narrow_dent_is_a_gouge_at_its_line(plate: tuple[TopoDS_Shape, Target], depth: float) -> None:
    found = judged(plate, f"G1 X-3 Y-3\nY30\nX{depth - 3}\nX-3\n" + AROUND)
    assert found.gouge is not None
    assert found.gouge.depth_mm == pytest.approx(depth, rel=0.5)
    assert found.gouge.at[:2] == pytest.approx((0.0, 30.0), abs=1.5)
    assert found.gouge.line in (10, 11)


def test_a_cut_of_0_015_is_none(plate: tuple[TopoDS_Shape, Target]) -> None:
    assert judged(plate, AROUND.replace("X83", "X82.985")).gouge is None


def test_a_wide_tool_and_a_wrong_offset_are_gouges(plate: tuple[TopoDS_Shape, Target]) -> None:
    wide = judged(plate, AROUND, WIDE)
    assert wide.gouge is not None
    assert wide.gouge.depth_mm == pytest.approx(0.1, rel=0.4)
    moved = np.eye(4)
    moved[0, 3] = 0.1
    shifted = judged(plate, AROUND, to_work=moved)
    assert shifted.gouge is not None
    assert len(shifted.proud.face) > 0


def test_a_dropped_side_stands_proud(plate: tuple[TopoDS_Shape, Target]) -> None:
    found = judged(plate, "G1 X-3 Y-3\nY63\nX83\nG0 Y80\nG0 X-20\n")
    assert set(np.round(found.proud.normals, 6)[:, 1].tolist()) == {-1.0, 0.0}


def test_a_cut_through_the_middle_is_seen(plate: tuple[TopoDS_Shape, Target]) -> None:
    """A plunge far from every outline, as an axis within the section tells."""
    found = judged(plate, AROUND + "G0 Z20\nG0 X40 Y30\nG1 Z-6\nG0 Z20\n")
    assert found.gouge is not None
    assert found.gouge.at[:2] == pytest.approx((40.0, 30.0))
    assert found.gouge.depth_mm > 1.0


def test_sections_are_exact_and_lean_is_told() -> None:
    shape = BRepPrimAPI_MakeBox(gp_Pnt(0, 0, 0), gp_Pnt(50, 40, 20)).Shape()
    for tool in (
        BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(15, 20, -1), gp_Dir(0, 0, 1)), 8.0, 30.0).Shape(),
        BRepPrimAPI_MakeCone(gp_Ax2(gp_Pnt(38, 20, 0), gp_Dir(0, 0, 1)), 4.0, 6.0, 20.0).Shape(),
    ):
        shape = BRepAlgoAPI_Cut(shape, tool).Shape()
    target = sample(shape, 2000)
    section = Sections(shape, target.triangles, target.triangle_face, np.eye(3), target.deflection_mm).at(10.0)
    assert section is not None
    assert section.exact
    assert section.area.area == pytest.approx(2000 - math.pi * (64 + 25), abs=0.2)
    middle = section.chords.mean(axis=1)
    bore = np.hypot(middle[:, 0] - 15, middle[:, 1] - 20)
    assert np.abs(bore[bore < 9] - 8).max() < 0.0021
    cone = np.hypot(middle[:, 0] - 38, middle[:, 1] - 20) < 5.5
    assert section.lean[cone] == pytest.approx(20 / math.hypot(20, 2), abs=1e-3)
    assert section.lean[~cone] == pytest.approx(1.0, abs=1e-6)
    way = section.chords[:, 1] - section.chords[:, 0]
    inside = middle + 0.01 * np.stack([-way[:, 1], way[:, 0]], axis=1) / np.linalg.norm(way, axis=1)[:, None]
    assert np.hypot(inside[bore < 9, 0] - 15, inside[bore < 9, 1] - 20).min() > 8.0


def test_heights_cross_every_wall_and_keep_off_floors() -> None:
    shape = BRepPrimAPI_MakeBox(gp_Pnt(0, 0, 0), gp_Pnt(50, 40, 20)).Shape()
    pocket = BRepPrimAPI_MakeBox(gp_Pnt(10, 10, 12), gp_Pnt(40, 30, 25)).Shape()
    target = sample(BRepAlgoAPI_Cut(shape, pocket).Shape(), 2000)
    heights = section_heights(faces_along(target.triangles, target.triangle_face), True, False)
    assert min(abs(height - edge) for height in heights for edge in (0, 12, 20)) > 0.1
    assert any(12 < height < 12.2 for height in heights)
    assert any(13 < height < 20 for height in heights)
    assert any(0 < height < 12 for height in heights)


def lie(monkeypatch: pytest.MonkeyPatch, target: Target) -> None:
    """A first method that is broken in the worst way: whatever the programs do, the part comes out as drawn."""
    monkeypatch.setattr(Removal, "removed", lambda _, points: ~target.rays.inside(points))


@pytest.mark.parametrize(("off", "word"), [(5.1, "disagree"), (4.9, "into a section of the part")])
def test_sections_catch_what_a_broken_first_method_lets_pass(
    off: float, word: str, part: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lie(monkeypatch, sample(load_solid(part)))
    top = TOP
    for level in (-6, -12.5):
        top = swap(top, outline(5, level), outline(off, level))
    result = check(part, tmp_path, top)
    assert not result.certified
    assert any(word in message for message in result.messages), result.messages


def test_sections_disagree_with_a_first_method_that_clears_nothing(
    part: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Removal, "removed", lambda _, points: np.zeros(len(points), dtype=np.bool_))
    result = check(part, tmp_path)
    assert not result.certified
    assert any(
        "clear according to its exact sections, proud according to its samples" in message
        for message in result.messages
    )


def test_a_good_plan_says_what_the_sections_judged(part: Path, tmp_path: Path) -> None:
    result: Certificate = check(part, tmp_path, TOP, BOTTOM)
    assert result.certified, result
    assert result.wall_sections is not None
    assert result.wall_sections >= 3
    assert result.wall_area_share == pytest.approx(1.0)
    assert result.wall_outline_mm is not None
    assert result.wall_outline_mm > 200 * result.wall_sections


@pytest.mark.parametrize(("gap_mm", "closed"), [(0.0, True), (0.006, True), (0.019, True), (0.05, False)])
def test_curves_that_meet_as_roughly_as_their_faces_enclose_their_area(gap_mm: float, closed: bool) -> None:
    """Of the outline of a filleted part's section, where neighbouring faces fit within the tolerance of the file."""
    square = [np.array([[0.0, 0.0], [10.0, 0.0]]), np.array([[10.0, 0.0], [10.0, 8.0], [5.0, 8.0]])]
    square.append(np.array([[5.0 - gap_mm, 8.0], [0.0, 8.0], [0.0, 0.0]]))
    hole = np.array([[3.0, 3.0], [4.0, 3.0], [4.0, 4.0], [3.0, 4.0], [3.0, 3.0]])
    area = enclosed([*square, hole])
    assert area.area == pytest.approx(79.0 if closed else 1.0, abs=1e-6)


def test_of_loose_ends_the_nearest_are_joined_once() -> None:
    ends = np.array([[0.0, 0.0], [0.015, 0.0], [0.022, 0.0], [5.0, 5.0], [5.0, 5.001], [9.0, 0.0]])
    places = _places(ends)
    assert places[1] == places[2] != places[0]
    assert places[3] == places[4]
    assert len(set(places.tolist())) == 4
