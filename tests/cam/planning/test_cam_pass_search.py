"""One mill is spared where the next one alone does its work in less time, and only there."""

import dataclasses
import itertools
import re
from types import SimpleNamespace
from unittest.mock import Mock

import manifold3d as m3
import numpy as np
import pytest
from swept_moves import enters, part_of

from nightmill.cad.brep.records import Face, PartModel
from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route
from nightmill.cam.planning import tool_sequence
from nightmill.cam.planning.pass_search import Kept
from nightmill.cam.planning.tool_sequence import fewer
from nightmill.cam.planning.undo import Mark
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.planner_params import PlannerParams


def pocketed(
    length: float, width: float, depth: float, corner: float, size: tuple[float, float] = (90.0, 44.0)
) -> m3.Manifold:
    """A block 14 mm high with a pocket in its middle."""
    posts = [
        m3.Manifold.cylinder(depth + 1, corner, corner, 64).translate(
            [size[0] / 2 + i * (length / 2 - corner), size[1] / 2 + j * (width / 2 - corner), 14 - depth]
        )
        for i, j in itertools.product((-1, 1), (-1, 1))
    ]
    block: m3.Manifold = m3.Manifold.cube([*size, 14]) - m3.Manifold.batch_hull(posts)
    return block


@pytest.mark.parametrize(
    ("length", "width", "depth", "narrower"), [(60.0, 30.0, 3.0, {4.0}), (80.0, 11.0, 12.0, {8.0, 4.0})]
)
def test_a_mill_that_only_goes_before_a_smaller_one_is_spared(
    length: float, width: float, depth: float, narrower: set[float]
) -> None:
    solid = pocketed(length, width, depth, 2.1)
    plan = plan_route(PlanningTask(part_of(solid), default_tools(), default_machine(), material_named("6061")))
    assert not enters(solid, plan)
    assert sum(patch.area_mm2 for patch in plan.plan.uncut) < 10.0, "facets of the corners"
    tools = {tool.number: tool for tool in plan.plan.tools}
    (opened,) = [setup for setup in plan.plan.setups if any(step.strategy == "rest" for step in setup.steps)]
    assert {tools[step.tool].diameter_mm for step in opened.steps if step.strategy == "rest"} == narrower
    lines = [(step.line_from, step.line_to) for step in opened.steps]
    assert all(before[1] < after[0] for before, after in itertools.pairwise(lines))


@pytest.mark.slow
def test_a_mill_is_spared_for_a_thinner_one_that_works_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the thinner one is tried on is looked at anew: with the wider one before it, only its own pocket was open."""
    monkeypatch.setattr(tool_sequence, "fewer", lambda *_: [])
    solid = pocketed(30.0, 20.0, 2.0, 6.3, (140.0, 64.0))
    posts = [m3.Manifold.cylinder(3, 3.2, 3.2, 64).translate([x, y, 12.0]) for x in (15, 30) for y in (15, 25)]
    solid -= m3.Manifold.batch_hull(posts)
    plan = plan_route(PlanningTask(part_of(solid), default_tools(), default_machine(), material_named("6061")))
    assert not enters(solid, plan)
    assert sum(patch.area_mm2 for patch in plan.plan.uncut) < 10.0, "facets of the corners"
    tools = {tool.number: tool for tool in plan.plan.tools}
    rests = [step for setup in plan.plan.setups for step in setup.steps if step.strategy == "rest"]
    assert {tools[step.tool].diameter_mm for step in rests} == {6.0}


def test_a_round_cornered_plate_is_cut_to_size_in_one_go() -> None:
    """The raw piece's allowance is much wider about the corners, and one cut is still quicker than two."""
    corner = m3.CrossSection.circle(9.0, 64)
    outline = m3.CrossSection.batch_hull([corner.translate((x, y)) for x in (9, 93) for y in (9, 73)])
    solid = outline.extrude(12.0)
    plan = plan_route(PlanningTask(part_of(solid), default_tools(), default_machine(), material_named("6061")))
    assert not enters(solid, plan)
    assert not plan.plan.uncut
    first = plan.plan.setups[0]
    lines = plan.files[first.program].decode().splitlines()
    low = {step.strategy: lowest(lines[step.line_from - 1 : step.line_to]) for step in first.steps}
    assert [strategy for strategy, z in low.items() if z < -3.0] == ["finish"]


def test_a_first_mill_does_without_roughing_where_that_is_quicker() -> None:
    """Two bands high, so that no area by itself is left to the finishing pass."""
    solid = m3.Manifold.cylinder(44.0, 41.0, 41.0, 128).translate([41, 41, 0])
    plan = plan_route(PlanningTask(part_of(solid), default_tools(), default_machine(), material_named("6061")))
    assert not enters(solid, plan)
    assert [step.strategy for step in plan.plan.setups[0].steps] == ["finish"]


def lowest(lines: list[str]) -> float:
    """The least height that blocks name."""
    return min(float(z) for line in lines for z in re.findall(r"Z(-?[0-9.]+)", line))


def with_corner(part: PartModel, x: float, y: float, radius: float, low: float) -> PartModel:
    """The part with one inner corner, at the end of a pocket, known as a cylinder."""
    corners = part.mesh.vertices[part.mesh.triangles]
    round_ = (abs(np.hypot(corners[..., 0] - x, corners[..., 1] - y) - radius) < 0.02).all(axis=1)
    face_of = np.where(round_, 0, part.mesh.face_of + 1).astype(np.int32)
    corner = Face(
        id=0, name="", surface="cylinder", area_mm2=100.0, centroid=(x, y, low), normal=(1, 0, 0), low=(x, y, low),
        high=(x + radius, y + radius, 14), origin=(x, y, low), axis=(0, 0, 1), radius_mm=radius, hollow=True,
        sweep_deg=90.0, span_mm=(0.0, 14 - low),
    )  # fmt: skip
    return dataclasses.replace(part, faces=(corner,), mesh=dataclasses.replace(part.mesh, face_of=face_of))


def test_a_first_mill_gives_way_to_a_hardly_smaller_one_that_needs_no_other() -> None:
    solid = pocketed(60.0, 30.0, 8.0, 8.2, (120.0, 64.0))
    part = with_corner(part_of(solid), 60 + 30 - 8.2, 32 + 15 - 8.2, 8.2, 6.0)
    plan = plan_route(PlanningTask(part, default_tools(), default_machine(), material_named("6061")))
    assert not enters(solid, plan)
    tools = {tool.number: tool for tool in plan.plan.tools}
    used = [{tools[step.tool].diameter_mm for step in setup.steps} for setup in plan.plan.setups]
    assert {16.0} in used
    assert {20.0} in used, "the other side, which has no corners, keeps the first mill"


def with_hole(part: PartModel, x: float, y: float, radius: float, high: float) -> PartModel:
    """The part with one through hole known as a cylinder, beside the one face that it knows."""
    corners = part.mesh.vertices[part.mesh.triangles]
    wall = (np.hypot(corners[..., 0] - x, corners[..., 1] - y) < radius + 0.02).all(axis=1)
    wall &= np.ptp(corners[..., 2], axis=1) > 1.0
    face_of = np.where(wall, 1, np.where(part.mesh.face_of > 0, part.mesh.face_of + 1, 0)).astype(np.int32)
    hole = Face(
        id=1, name="", surface="cylinder", area_mm2=100.0, centroid=(x, y, high / 2), normal=(1, 0, 0),
        low=(x - radius, y - radius, 0), high=(x + radius, y + radius, high), origin=(x, y, 0), axis=(0, 0, 1),
        radius_mm=radius, hollow=True, sweep_deg=360.0, span_mm=(0.0, high),
    )  # fmt: skip
    return dataclasses.replace(part, faces=(*part.faces, hole), mesh=dataclasses.replace(part.mesh, face_of=face_of))


def test_a_first_mill_gives_way_where_holes_are_drilled_too() -> None:
    hole = m3.Manifold.cylinder(20, 2.5, 2.5, 64).translate((12, 32, -1))
    solid = pocketed(60.0, 30.0, 8.0, 8.2, (120.0, 64.0)) - hole
    part = with_corner(part_of(solid), 60 + 30 - 8.2, 32 + 15 - 8.2, 8.2, 6.0)
    part = with_hole(part, 12.0, 32.0, 2.5, 14.0)
    plan = plan_route(PlanningTask(part, default_tools(), default_machine(), material_named("6061")))
    assert not enters(solid, plan)
    tools = {tool.number: tool for tool in plan.plan.tools}
    (drilled,) = [setup for setup in plan.plan.setups if any(step.strategy == "drill" for step in setup.steps)]
    assert {tools[step.tool].diameter_mm for step in drilled.steps if step.strategy != "drill"} == {16.0}


def passed(diameter: float, reach: float, seconds: float, gain_mm3: float) -> Kept:
    tool = next(t for t in default_tools() if t.type == "flat" and (t.diameter_mm, t.stickout_mm) == (diameter, reach))
    return Kept(tool, "rest", seconds, gain_mm3, Mark(()))


def rate(tool: Tool) -> float:
    return 60.0 * tool.diameter_mm**3


def test_mills_that_cut_little_in_much_time_are_left_out_together() -> None:
    kept = [passed(20, 48, 60, 1e5), passed(12, 34, 40, 500), passed(8, 26, 40, 400), passed(4, 14, 40, 300)]
    numbers = [each.tool.number for each in kept]
    best, *_ = fewer(kept, rate)
    assert best == {numbers[1], numbers[2]}
    assert all(numbers[3] not in dropped for dropped in fewer(kept, rate)), "nobody follows the last one"
    assert all(numbers[0] not in dropped for dropped in fewer(kept, rate)), "the next one would take far longer"


def test_a_long_mill_is_not_left_to_short_ones() -> None:
    short, long, thin = passed(4, 14, 20, 100), passed(4, 24, 60, 100), passed(3, 11, 20, 50)
    assert all(long.tool.number not in dropped for dropped in fewer([short, long, thin], rate))
    assert {long.tool.number} in fewer([short, long, passed(3, 30, 20, 50)], rate)
    assert {short.tool.number} in fewer([short, long, thin], rate)


def test_what_comes_after_mills_are_left_out_knows_where_the_setup_now_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    tool = next(t for t in default_tools() if t.type == "flat")
    program, stage, other = SimpleNamespace(blocks=[]), SimpleNamespace(late=lambda: False), Mock()
    kept = [SimpleNamespace(tool=tool, strategy="finish", before=Mark(()), blocks_before=0)]
    passes = Mock(kept=kept, program=program, stage=stage, try_again=lambda *_, last: True, params=PlannerParams())
    sets = [[frozenset({tool.number})], []]
    monkeypatch.setattr(tool_sequence, "fewer", lambda *_: sets.pop(0))
    assert tool_sequence._spare(passes, Mock(again=lambda *_: other)) is other
