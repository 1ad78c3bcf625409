"""Holes that a mill in hand takes sooner than their drill is changed in are left to the mill."""

from dataclasses import replace

import manifold3d as m3
import numpy as np
import pytest
from msgspec import structs
from swept_moves import enters, part_of

from nightmill.cad.brep.records import Face, PartModel
from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route
from nightmill.cam.geometry.bores import Bore
from nightmill.cam.planning.pass_search import Kept
from nightmill.cam.planning.tool_elimination import without_one
from nightmill.cam.planning.undo import Mark
from nightmill.cam.strategies.holemaking.drilling import Drilled
from nightmill.cam.strategies.holemaking.hole_finishing import Follow
from nightmill.cam.tooling.tool_selection import mills
from nightmill.vocabulary.plan import Tool

MACHINE, ALUMINIUM = default_machine(), material_named("6061")


def drill(diameter: float) -> Tool:
    return next(t for t in default_tools() if t.type == "drill" and t.diameter_mm == diameter)


def kept(diameter: float, reach: float, strategy: str = "rest") -> Kept:
    tool = next(t for t in mills(default_tools()) if (t.diameter_mm, t.stickout_mm) == (diameter, reach))
    return Kept(tool, strategy, 20.0, 100.0, Mark(()))


def holes(diameter: float, depth: float, count: int = 1) -> list[Drilled]:
    bores = [Bore(10.0 * k, 0.0, diameter / 2, -depth, 0.0, (k,)) for k in range(count)]
    return [Drilled(bore, drill(diameter), -depth - 3.0, -depth, True, bore.faces) for bore in bores]


@pytest.mark.parametrize(
    ("plans", "mill", "left_out"),
    [
        (holes(12.0, 10.0), kept(8.0, 26.0), True),
        (holes(12.0, 10.0), kept(8.0, 26.0, "finish"), False),
        (holes(8.0, 10.0), kept(8.0, 26.0), False),
        (holes(6.0, 19.0), kept(4.0, 24.0), False),
        (holes(12.0, 10.0, 12), kept(8.0, 26.0), False),
    ],
    ids=["a hole", "by no rest mill", "too narrow", "too deep", "many holes"],
)
def test_a_drill_is_left_out_where_a_mill_in_hand_is_likely_to_be_quicker(
    plans: list[Drilled], mill: Kept, left_out: bool
) -> None:
    others = holes(5.0, 10.0)
    found = without_one([*plans, *others], [mill], ALUMINIUM, MACHINE)
    assert (others in found) is left_out


def test_holes_to_be_reamed_or_tapped_or_opened_for_a_mill_keep_their_drill() -> None:
    mill = kept(8.0, 26.0)
    hole = holes(12.0, 10.0)[0]
    assert without_one([hole], [mill], ALUMINIUM, MACHINE) == [[]]
    assert not without_one([replace(hole, to_size=False)], [mill], ALUMINIUM, MACHINE)
    assert not without_one([replace(hole, follow=Follow(drill(12.0), -10.0))], [mill], ALUMINIUM, MACHINE)
    assert not without_one([replace(hole, faces=(0, 1))], [mill], ALUMINIUM, MACHINE), "the cone of its point"
    assert without_one([replace(hole, faces=())], [mill], ALUMINIUM, MACHINE) == [[]], "a flat floor is a mill's anyway"


def test_a_mill_with_a_thin_neck_gets_deeper_into_a_hole_than_its_flutes() -> None:
    """No deeper than its holder lets it, and with a neck as thick as its cutter no deeper than its flutes."""
    mill, deep, deeper = kept(8.0, 26.0), holes(10.0, 23.0), holes(10.0, 27.0)
    assert without_one(deep, [mill], ALUMINIUM, MACHINE) == [[]]
    assert not without_one(deeper, [mill], ALUMINIUM, MACHINE)
    thick = replace(mill, tool=structs.replace(mill.tool, shank_diameter_mm=8.0))
    assert not without_one(deep, [thick], ALUMINIUM, MACHINE)


@pytest.mark.parametrize(
    ("pocketed", "low", "drilled"),
    [(True, 0.0, False), (True, 4.0, False), (False, 0.0, True)],
    ids=["a through hole", "a flat floor", "no pocket"],
)
def test_a_plate_is_bored_by_the_mill_that_its_pocket_asks_for(pocketed: bool, low: float, drilled: bool) -> None:
    solid = m3.Manifold.cube((70.0, 40.0, 12.0))
    if pocketed:
        corner = m3.CrossSection.circle(3.2, 48)
        pocket = m3.CrossSection.batch_hull([corner.translate((x, y)) for x in (10, 25) for y in (10, 25)])
        solid -= pocket.extrude(10.0).translate((0, 0, 5.0))
    solid, part = bored(solid, (50.0, 20.0), 6.0, (low, 12.0))
    found = plan_route(PlanningTask(part, default_tools(), MACHINE, ALUMINIUM))
    steps = [step for setup in found.plan.setups for step in setup.steps]
    assert any(step.strategy == "rest" for step in steps) is pocketed
    assert any(step.strategy == "drill" for step in steps) is drilled
    assert not enters(solid, found)
    assert sum(patch.area_mm2 for patch in found.plan.uncut) < 1.0, "facets of the corners"


@pytest.mark.parametrize(("radius", "drilled"), [(8.0, False), (2.75, True)])
def test_no_drill_follows_a_mill_through_a_hole(radius: float, drilled: bool) -> None:
    """The first mill, 12 mm wide, clears the wider hole with all the rest."""
    solid, part = bored(m3.Manifold.cube((60.0, 40.0, 14.0)), (30.0, 20.0), radius, (0.0, 14.0))
    found = plan_route(PlanningTask(part, default_tools(), MACHINE, ALUMINIUM))
    steps = [step for setup in found.plan.setups for step in setup.steps]
    assert any(step.strategy == "drill" for step in steps) is drilled
    assert not enters(solid, found)
    assert not found.plan.uncut


def bored(
    solid: m3.Manifold, at: tuple[float, float], radius: float, span: tuple[float, float]
) -> tuple[m3.Manifold, PartModel]:
    """A solid with a hole that is open above, and as a part whose first face is the hole's wall."""
    (x, y), (low, high) = at, span
    below = 1.0 if low <= 0.0 else 0.0
    solid -= m3.Manifold.cylinder(high - low + 1.0 + below, radius, radius, 128).translate((x, y, low - below))
    part = part_of(solid)
    corners = part.mesh.vertices[part.mesh.triangles]
    wall = (np.hypot(corners[..., 0] - x, corners[..., 1] - y) < radius + 0.02).all(axis=1)
    wall &= np.ptp(corners[..., 2], axis=1) > 1.0
    hole = Face(
        id=0, name="", surface="cylinder", area_mm2=100.0, centroid=(x, y, high / 2), normal=(1, 0, 0),
        low=(x - radius, y - radius, low), high=(x + radius, y + radius, high), origin=(x, y, 0), axis=(0, 0, 1),
        radius_mm=radius, hollow=True, sweep_deg=360.0, span_mm=span,
    )  # fmt: skip
    face_of = np.where(wall, 0, part.mesh.face_of + 1).astype(np.int32)
    return solid, replace(part, faces=(hole,), mesh=replace(part.mesh, face_of=face_of))
