"""What a list of tools can reach: corners, floors beside walls, depth under a holder; and a plan that says otherwise."""

import itertools
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder
from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
from test_verification_pipeline import TOOLS, TOP, check, part, plan_of, swap

from nightmill.verification import Recall
from nightmill.verification.checks import reachable_share, tool_reach
from nightmill.verification.checks.standard_tools import usual_tools
from nightmill.verification.checks.tool_reach import columns_of, reached_by
from nightmill.verification.checks.tool_reach_kernels import SLACK_MM, near_by, stands
from nightmill.verification.target.surface_samples import Target, sample
from nightmill.vocabulary.plan import Tool, Uncut
from nightmill.vocabulary.uncut_reasons import REASON_TEXTS, UncutReason

pytestmark = pytest.mark.slow  # multi-start searches for many points

__all__ = ["part"]
FLAT = Tool(
    1, "flat", 6, flute_length_mm=12, shank_diameter_mm=6, stickout_mm=20, holder_diameter_mm=30, holder_length_mm=40
)
BALL = msgspec.structs.replace(FLAT, number=2, type="ball")
THIN = msgspec.structs.replace(FLAT, number=3, diameter_mm=0.5, shank_diameter_mm=0.5)
LONG = msgspec.structs.replace(FLAT, number=4, flute_length_mm=32, stickout_mm=40)
SLIM = msgspec.structs.replace(FLAT, number=5, holder_diameter_mm=4.5)
BULL = msgspec.structs.replace(FLAT, number=6, type="bull", corner_radius_mm=1.0)
POINT = msgspec.structs.replace(FLAT, number=7, type="spot", tip_angle_deg=90)
DRILL = msgspec.structs.replace(FLAT, number=8, type="drill", tip_angle_deg=118)


@pytest.fixture(scope="module")
def recall() -> Recall:
    """What is known of the plate without its second hole: the same program is judged with several plans."""
    return Recall()


@pytest.fixture(scope="module")
def pocket() -> Target:
    """A block 60 x 40 x 40 with two square pockets in its top, 24 wide and 8 deep and 12 wide and 30 deep."""
    block = BRepPrimAPI_MakeBox(gp_Pnt(0, 0, 0), gp_Pnt(60, 40, 40)).Shape()
    for low, high in ((gp_Pnt(4, 8, 32), gp_Pnt(28, 32, 50)), (gp_Pnt(40, 14, 10), gp_Pnt(52, 26, 50))):
        block = BRepAlgoAPI_Cut(block, BRepPrimAPI_MakeBox(low, high).Shape()).Shape()
    return sample(block, 12000)


def where(target: Target, low: tuple[float, ...], high: tuple[float, ...], up: bool | None = None) -> NDArray[np.int64]:
    """Samples in a box, of those only the ones that look up, or sideways, where ``up`` says so."""
    inside = np.all((target.points > low) & (target.points < high), axis=1) & (target.weight_mm2 > 0)
    if up is not None:
        inside &= (target.normals[:, 2] > 0.5) == up
    found = np.flatnonzero(inside)
    assert len(found)
    return found


CORNER = ((3.9, 8.1, 33.0), (4.1, 9.2, 39.0), False)
WALL = ((3.9, 16.0, 35.1), (4.1, 24.0, 39.0), False)
HEM = ((3.9, 12.0, 32.1), (4.1, 28.0, 33.5), False)
FLOOR = ((12.0, 16.0, 31.9), (20.0, 24.0, 32.1), True)
FLOOR_EDGE = ((4.0, 12.0, 31.9), (4.4, 28.0, 32.1), True)
DEEP_WALL = ((39.9, 17.0, 12.0), (40.1, 23.0, 15.0), False)
DEEP_FLOOR = ((44.0, 18.0, 9.9), (48.0, 22.0, 10.1), True)
SIDE = ((-0.1, 5.0, 10.0), (0.1, 35.0, 35.0), False)


@pytest.mark.parametrize(
    ("place", "tools", "reached"),
    [
        (CORNER, (FLAT,), False), (CORNER, (FLAT, BALL, BULL, POINT, DRILL), False), (CORNER, (FLAT, THIN), True),
        (WALL, (FLAT,), True), (WALL, (BALL,), True), (HEM, (BALL,), False), (HEM, (FLAT,), True), (FLOOR, (FLAT,), True), (FLOOR, (BALL,), True),
        (FLOOR_EDGE, (FLAT,), True), (FLOOR_EDGE, (BALL,), False), (FLOOR_EDGE, (BULL,), False),
        (FLOOR_EDGE, (DRILL,), False), (FLOOR_EDGE, (BALL, FLAT), True), (FLOOR, (DRILL,), False), (CORNER, (DRILL,), False),
        (DEEP_WALL, (FLAT,), False), (DEEP_WALL, (LONG,), True), (DEEP_WALL, (SLIM,), True),
        (DEEP_FLOOR, (FLAT, BALL, THIN), False), (DEEP_FLOOR, (FLAT, LONG), True), (SIDE, (FLAT,), True), (SIDE, (BALL,), True),
        (SIDE, (), False),
    ],
)  # fmt: skip
def test_what_tools_reach_in_pockets(
    pocket: Target,
    place: tuple[tuple[float, ...], tuple[float, ...], bool],
    tools: tuple[Tool, ...],
    reached: bool,
) -> None:
    found = reached_by(pocket, where(pocket, *place), tools)
    assert found is not None
    assert ((found > 0) == reached).all(), found
    assert set(found.tolist()) <= {0, *(tool.number for tool in tools)}


def test_a_drill_reaches_its_own_hole_alone() -> None:
    """A bore of 6 mm, 60 deep: a drill of its width gets in, a thinner one makes another hole, a short mill is too short."""
    block = BRepPrimAPI_MakeBox(gp_Pnt(0, 0, 0), gp_Pnt(30, 30, 60)).Shape()
    bore = BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(15, 15, -1), gp_Dir(0, 0, 1)), 3.0, 70.0).Shape()
    target = sample(BRepAlgoAPI_Cut(block, bore).Shape(), 6000)
    wall = where(target, (11.9, 11.9, 28.0), (18.1, 18.1, 32.0))
    longer = msgspec.structs.replace(DRILL, flute_length_mm=40, stickout_mm=44)
    thinner = msgspec.structs.replace(longer, diameter_mm=4, shank_diameter_mm=4)
    assert reached_by(target, wall, (FLAT, thinner)) == pytest.approx(np.zeros(len(wall)))
    assert set(np.asarray(reached_by(target, wall, (FLAT, thinner, longer))).tolist()) == {longer.number}


@pytest.mark.parametrize(
    ("width", "diameter", "reached"),
    [(2.1, 2.0, True), (2.0, 2.0, True), (1.2, 2.0, False), (1.02, 1.0, True), (1.0, 1.0, False)],
)
def test_neither_a_point_nor_a_tiny_mill_of_its_width_goes_down_into_a_slot(
    width: float, diameter: float, reached: bool
) -> None:
    """A slot 4 mm deep: a mill of 1 mm needs room for its run-out, a point of 0.2 mm opens to 1.2 mm in half a millimetre."""
    block = BRepPrimAPI_MakeBox(gp_Pnt(0, 0, 0), gp_Pnt(30, 20, 10)).Shape()
    slot = BRepPrimAPI_MakeBox(gp_Pnt(5, 10, 6), gp_Pnt(25, 10 + width, 20)).Shape()
    target = sample(BRepAlgoAPI_Cut(block, slot).Shape(), 6000)
    mill = msgspec.structs.replace(FLAT, diameter_mm=diameter, shank_diameter_mm=diameter - 0.1)
    point = msgspec.structs.replace(POINT, type="chamfer", diameter_mm=10, tip_diameter_mm=0.2, flute_length_mm=5)
    wall = where(target, (12.0, 9.9, 6.5), (18.0, 10.1, 9.2), False)
    found = np.asarray(reached_by(target, wall, (mill, point)))
    assert ((found > 0) == reached).all(), found


def test_usual_tools_are_as_many_as_their_numbers() -> None:
    tools = usual_tools()
    assert len({tool.number for tool in tools}) == len(tools)
    assert all(tool.stickout_mm > tool.flute_length_mm > 0 for tool in tools)


@pytest.mark.parametrize("width", [1.0, 6.0])
def test_the_round_end_of_a_slot_is_no_drill_s_hole(width: float) -> None:
    """A slot between two bores of its width, cut through: the drill that fits the ends makes no slot."""
    half = width / 2
    shape = BRepPrimAPI_MakeBox(gp_Pnt(0, 0, 0), gp_Pnt(40, 30, 10)).Shape()
    for x in (14.0, 26.0):
        end = BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(x, 15, -1), gp_Dir(0, 0, 1)), half, 20.0).Shape()
        shape = BRepAlgoAPI_Cut(shape, end).Shape()
    shape = BRepAlgoAPI_Cut(
        shape, BRepPrimAPI_MakeBox(gp_Pnt(14, 15 - half, -1), gp_Pnt(26, 15 + half, 20)).Shape()
    ).Shape()
    target = sample(shape, 6000)
    end_wall = where(target, (13.9 - half, 15 - half, 3.0), (14 - 0.5 * half, 15 + half, 7.0))
    drill = msgspec.structs.replace(DRILL, diameter_mm=width, shank_diameter_mm=width)
    assert reached_by(target, end_wall, (drill,)) == pytest.approx(np.zeros(len(end_wall)))


@settings(deadline=None)
@given(st.integers(0, 10**6), st.floats(0.5, 4.0), st.floats(0.0, 0.9))
def test_no_place_is_good_where_standing_finds_none(seed: int, radius: float, let_go: float) -> None:
    """Against a grid of places over shadows of upright triangles, by shapely: what it finds, the search finds too."""
    rng = np.random.default_rng(seed)
    foot = rng.uniform(-6, 6, (6, 3, 2))
    triangles = np.concatenate([foot, np.full((6, 3, 1), 5.0)], axis=2)
    low, high = triangles.min(axis=1), triangles.max(axis=1)
    boxes = np.ascontiguousarray(np.column_stack([low[:, :2], high]))
    tool = np.array([radius, radius, 0, 0, 20.0, 0, 40.0, 0, 0, radius])
    columns = columns_of(tool)
    near, away = np.zeros(6, dtype=np.int64), np.zeros(6)
    point, place = np.zeros(3), np.zeros(2)
    count = near_by(point, 0.0, 2 * radius, boxes, near, away)
    order = np.argsort(away[:count])
    found = stands(
        point,
        tool,
        columns,
        True,
        np.full(6, let_go * radius),
        triangles,
        near[:count][order],
        away[:count][order],
        place,
    )
    solid = shapely.union_all(shapely.polygons(foot))
    x, y = (axis.ravel() for axis in np.meshgrid(*[np.linspace(-radius, radius, 61)] * 2))
    inside = np.hypot(x, y) <= radius
    room = shapely.distance(shapely.points(x[inside], y[inside]), solid)
    assert found or room.max() < (1 - let_go) * radius
    if found:
        assert np.hypot(*place) <= radius + 2 * SLACK_MM
        assert solid.distance(shapely.Point(place)) >= (1 - let_go) * radius - 2 * SLACK_MM


def test_a_certified_plan_reaches_all_that_can_be(part: Path, tmp_path: Path) -> None:
    found = check(part, tmp_path)
    assert found.certified
    assert found.reachable_area_share == pytest.approx(1.0)
    assert found.reachable_area_mm2
    assert found.messages == ()


def test_a_patch_called_unreachable_that_a_tool_could_reach_is_said(part: Path, tmp_path: Path, recall: Recall) -> None:
    """The second hole is left out; the plan calls its wall too deep, though its own drill makes the other one."""
    top = swap(TOP, "X10 Y30\nG80", "G80")
    bare = check(part, tmp_path, top, recall=recall)
    assert bare.reachable_area_share is not None
    assert bare.reachable_area_share < 0.98
    listed = tuple(Uncut(each.faces, each.area_mm2, "undercut: too deep for any tool") for each in bare.uncut)
    honest = tuple(Uncut(each.faces, each.area_mm2, "the hole is drilled elsewhere") for each in bare.uncut)
    said = check(part, tmp_path, top, recall=recall, plan=msgspec.structs.replace(plan_of(part), uncut=listed))
    assert any(f"tool {TOOLS[1].number} could reach" in message for message in said.messages), said.messages
    calm = check(part, tmp_path, top, recall=recall, plan=msgspec.structs.replace(plan_of(part), uncut=honest))
    assert not any("could reach" in message for message in calm.messages)
    assert all("could reach it" in each.reason for each in bare.uncut)


@pytest.mark.parametrize("code", [UncutReason.UNTRIED, UncutReason.HELD_BY_FIXTURE, UncutReason.UNASKED])
@pytest.mark.parametrize("coded", [True, False])
def test_what_a_plan_leaves_is_said_with_its_reason(
    part: Path, tmp_path: Path, recall: Recall, code: UncutReason, coded: bool
) -> None:
    """The second hole is left out: a tool could reach it, and the certificate says for which reason it stays, once.

    A plan file of an older version gives the reason by its text alone.
    """
    reason = REASON_TEXTS[code]
    top = swap(TOP, "X10 Y30\nG80", "G80")
    bare = check(part, tmp_path, top, recall=recall)
    own = code if coded else UncutReason.UNKNOWN
    given = tuple(Uncut(each.faces, each.area_mm2, reason, own) for each in bare.uncut)
    said = check(part, tmp_path, top, recall=recall, plan=msgspec.structs.replace(plan_of(part), uncut=given))
    again = check(part, tmp_path, top, recall=recall, plan=msgspec.structs.replace(plan_of(part), uncut=said.uncut))
    assert again.uncut == said.uncut
    assert all(f"could reach it; left by the plan: {reason}" in each.reason for each in said.uncut)
    assert {each.left_by_plan for each in said.uncut} == {(code,)}
    assert not any(reason in each.reason for each in bare.uncut)


def test_what_no_listed_tool_reaches_counts_for_nothing(
    part: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two holes are left out. Without a drill in the list nobody reaches them; with it they are missing.

    Even so the part lacks two holes that a shop could buy a drill for: of what such tools reach, no more than a twentieth
    may stay, whatever the list has. Where nobody sells one, the part is as good as it can be.
    """
    top = TOP[: TOP.index("T2 M6")] + TOP[TOP.index("T3 M6") :]
    plan = plan_of(part)
    short = msgspec.structs.replace(plan, tools=tuple(tool for tool in plan.tools if tool.number in (1, 3)))
    found = check(part, tmp_path, top, plan=short)
    assert found.reachable_area_share == pytest.approx(1.0, abs=5e-3)
    assert found.certified_area_share is not None
    assert 0.9 < found.certified_area_share < 0.95
    assert any(each.reason.startswith(("no listed tool", "inner corner")) for each in found.uncut)
    assert not found.certified
    assert any("whatever tools the plan lists" in message for message in found.messages), found.messages
    monkeypatch.setattr(reachable_share, "usual_tools", lambda: short.tools)
    said = check(part, tmp_path, top, plan=msgspec.structs.replace(short, uncut=found.uncut))
    assert said.certified, said.messages
    assert any("out of reach for usual tools, too" in message for message in said.messages), said.messages
    asked: list[str] = []

    def asked_for() -> tuple[Tool, ...]:
        asked.append("usual tools")
        return short.tools

    monkeypatch.setattr(reachable_share, "usual_tools", asked_for)
    drilled = check(part, tmp_path, top, plan=msgspec.structs.replace(plan, uncut=found.uncut))
    assert not asked  # it is refused for what listed tools reach: what others would isn't looked for
    assert not drilled.certified
    assert any("of the reachable area" in message for message in drilled.messages), drilled.messages


def test_the_next_proof_of_a_part_asks_only_for_points_that_are_new(
    pocket: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    ask = tool_reach._ask

    def counted(one: Target, points: NDArray[np.int64], *others: Any) -> NDArray[np.int32] | None:
        asked.append(len(points))
        return ask(one, points, *others)

    monkeypatch.setattr(tool_reach, "_ask", counted)
    known: dict[int, int] = {}
    proud = np.arange(0, len(pocket.points), 11)
    first = reached_by(pocket, proud, (FLAT, THIN), most=60, known=known)
    again = reached_by(pocket, proud[3:], (FLAT, THIN), most=60, known=known)
    alone = reached_by(pocket, proud[3:], (FLAT, THIN), most=60)
    assert first is not None
    assert again is not None
    assert alone is not None
    assert 20 < asked[0] <= 60
    assert asked[1] == 0, "what is left of the same points is known"
    assert np.array_equal(again, alone), "with the answers of before as without them"


def test_a_drill_is_asked_for_what_no_mill_reaches() -> None:
    """A drill stands beside every open wall, where it makes no hole: all its sizes would be tried first, for nothing."""
    tools = usual_tools()
    milling = [tool for tool in tools if tool.type in ("flat", "ball", "bull", "drill", "spot", "chamfer")]
    rows, numbers, family = tool_reach._families(milling)
    kinds = [next(tool.type for tool in milling if tool.number == number) for number in numbers]
    own = [kind in ("drill", "spot") for kind in kinds]
    assert own == sorted(own)
    assert sorted(numbers) == sorted(tool.number for tool in milling)
    for first, end in itertools.pairwise(family):
        assert len(set(own[first:end])) == 1
        assert list(rows[first:end, 0]) == sorted(rows[first:end, 0])
