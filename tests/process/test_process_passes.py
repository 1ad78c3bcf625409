"""One mill is spared where the next one alone does its work in less time, and only there."""

import dataclasses
import itertools

import manifold3d as m3
import numpy as np
import pytest
from swept_moves import enters, part_of

from nightmill.design.part import Face, PartModel
from nightmill.process import default_machine, default_tools, material_named, plan_route


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
    plan = plan_route(part_of(solid), tools=default_tools(), machine=default_machine(), material=material_named("6061"))
    assert not enters(solid, plan)
    assert sum(patch.area_mm2 for patch in plan.plan.uncut) < 10.0, "facets of the corners"
    tools = {tool.number: tool for tool in plan.plan.tools}
    (opened,) = [setup for setup in plan.plan.setups if any(step.strategy == "rest" for step in setup.steps)]
    assert {tools[step.tool].diameter_mm for step in opened.steps if step.strategy == "rest"} == narrower
    lines = [(step.line_from, step.line_to) for step in opened.steps]
    assert all(before[1] < after[0] for before, after in itertools.pairwise(lines))


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
    plan = plan_route(part, tools=default_tools(), machine=default_machine(), material=material_named("6061"))
    assert not enters(solid, plan)
    tools = {tool.number: tool for tool in plan.plan.tools}
    used = [{tools[step.tool].diameter_mm for step in setup.steps} for setup in plan.plan.setups]
    assert {16.0} in used
    assert {20.0} in used, "the other side, which has no corners, keeps the first mill"
