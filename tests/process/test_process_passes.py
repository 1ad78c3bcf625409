"""One mill is spared where the next one alone does its work in less time, and only there."""

import itertools

import manifold3d as m3
import pytest
from swept_moves import enters, part_of

from nightmill.process import default_machine, default_tools, material_named, plan_route


def pocketed(length: float, width: float, depth: float, corner: float) -> m3.Manifold:
    """A block of 90 x 44 x 14 mm with a pocket in its middle."""
    posts = [
        m3.Manifold.cylinder(depth + 1, corner, corner, 64).translate(
            [45 + i * (length / 2 - corner), 22 + j * (width / 2 - corner), 14 - depth]
        )
        for i, j in itertools.product((-1, 1), (-1, 1))
    ]
    block: m3.Manifold = m3.Manifold.cube([90, 44, 14]) - m3.Manifold.batch_hull(posts)
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
