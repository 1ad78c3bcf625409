"""A hole at the bottom of a pocket is drilled from there, once the mills are through; one at the top comes before them."""

import dataclasses
import math

import manifold3d as m3
import msgspec
import numpy as np
import pytest
import shapely
from swept_moves import enters, part_of

from nightmill.cad.brep.records import Face, PartModel
from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route
from nightmill.cam.geometry.bores import Bore
from nightmill.cam.geometry.polygon_offsets import rounded
from nightmill.cam.stock.in_process_stock import Level, Stage
from nightmill.cam.strategies.holemaking.drill_sequence import buried, reserve, waiting
from nightmill.cam.strategies.holemaking.drilling import Drilled
from nightmill.cam.strategies.holemaking.hole_finishing import Follow
from nightmill.vocabulary.plan import Thread, Tool

PLACES = ((30.0, 22.0), (60.0, 22.0))
RADIUS = 1.5
TOP, FLOOR = 20.0, 6.0


def block(pockets: bool) -> tuple[PartModel, m3.Manifold]:
    """A block with two 3 mm holes through it, each in the middle of a pocket, or of a flat top as low as their floors."""
    high = TOP if pockets else FLOOR
    solid = m3.Manifold.cube([90.0, 44.0, high])
    for x, y in PLACES:
        solid -= m3.Manifold.cylinder(high + 2, RADIUS, RADIUS, 256).translate([x, y, -1])
        if pockets:
            solid -= m3.Manifold.cylinder(TOP, 4.0, 4.0, 96).translate([x, y, FLOOR])
    return faced(part_of(solid), 0.0), solid


def faced(part: PartModel, low: float) -> PartModel:
    """The part with the walls of its two holes, from ``low`` to the floors of the pockets, as cylinders."""
    corners = part.mesh.vertices[part.mesh.triangles]
    face_of = part.mesh.face_of + len(PLACES)
    faces = []
    for k, (x, y) in enumerate(PLACES):
        off = np.hypot(corners[..., 0] - x, corners[..., 1] - y)
        face_of = np.where((abs(off - RADIUS) < 0.01).all(axis=1), k, face_of).astype(np.int32)
        faces.append(
            Face(
                id=k, name="", surface="cylinder", area_mm2=50.0, centroid=(x, y, 3), normal=(1, 0, 0),
                low=(x - RADIUS, y - RADIUS, low), high=(x + RADIUS, y + RADIUS, FLOOR), origin=(x, y, 0), axis=(0, 0, 1),
                radius_mm=RADIUS, hollow=True, sweep_deg=360.0, span_mm=(low, FLOOR),
            )
        )  # fmt: skip
    return dataclasses.replace(part, faces=tuple(faces), mesh=dataclasses.replace(part.mesh, face_of=face_of))


@pytest.mark.parametrize("pockets", [True, False])
def test_holes_are_drilled_from_the_floor_of_a_pocket_and_nothing_stays_uncut(pockets: bool) -> None:
    part, solid = block(pockets)
    made = plan_route(PlanningTask(part, default_tools(), default_machine(), material_named("6061")))
    assert sum(patch.area_mm2 for patch in made.plan.uncut) < 1.0
    (setup,) = [s for s in made.plan.setups if any(step.strategy == "drill" for step in s.steps)]
    order = [step.strategy for step in setup.steps]
    assert order.count("drill") == 1, "its drill is changed in once"
    if pockets:
        assert not enters(solid, made)
        assert order.index("drill") > max(k for k, what in enumerate(order) if what in {"finish", "rest"})
        text = made.files[setup.program].decode()
        assert text.count("G81") == len(PLACES), "so short a way needs no steps"


@pytest.mark.slow
def test_a_thin_mill_goes_on_below_a_hole_that_ends_in_a_thinner_one() -> None:
    low, narrow = 4.0, 1.1
    cone = (RADIUS - narrow) / math.tan(math.radians(59))
    bottom = m3.Manifold.cube([90.0, 44.0, low])
    for x, y in PLACES:
        bottom -= m3.Manifold.cylinder(cone, narrow, RADIUS, 256).translate([x, y, low - cone])
        bottom -= m3.Manifold.cylinder(low, narrow, narrow, 256).translate([x, y, 1.5])
    _, solid = block(True)
    part = faced(part_of(solid.trim_by_plane([0, 0, 1], low) + bottom), low)
    made = plan_route(PlanningTask(part, default_tools(), default_machine(), material_named("6061")))
    below = 2 * (2 * math.pi * narrow * (low - cone - 1.5) + math.pi * narrow**2)
    assert sum(patch.area_mm2 for patch in made.plan.uncut) < 0.2 * below, "no more than the slender cones"


def drill(number: int) -> Tool:
    return Tool(number, "drill", 2 * RADIUS, flute_length_mm=60, stickout_mm=80, tip_angle_deg=118)


def plan_of(tool: Tool, bore: Bore, to_size: bool = True, tip: float = -2.0) -> Drilled:
    return Drilled(bore, tool, tip, tip + 1.0, to_size, bore.faces)


def stage() -> Stage:
    return Stage.of(
        m3.Manifold.cube([40.0, 40.0, 5.0]), m3.Manifold.cube([40.0, 40.0, 20.0]),
        [Level(12.0, False), Level(5.0, False), Level(-1.0, False)], [],
    )  # fmt: skip


def test_all_holes_of_a_drill_wait_or_none() -> None:
    deep, shallow = Bore(10, 10, RADIUS, 0.0, 5.0, (1,)), Bore(30, 10, RADIUS, 0.0, 20.0, (2,))
    aluminium, machine = material_named("6061"), default_machine()
    three, other = drill(9), drill(10)
    deeper = plan_of(three, Bore(20, 10, RADIUS, 0.0, 5.0, (3,)))
    plans = [plan_of(three, deep), deeper, plan_of(three, shallow), plan_of(other, shallow)]
    assert waiting(stage(), plans, aluminium, machine) == plans[:3]
    opening = [plan_of(three, deep), deeper, plan_of(three, shallow, to_size=False)]
    assert waiting(stage(), opening, aluminium, machine) == [], "a mill needs the way that it opens"
    floored = [deeper, plan_of(three, deep, tip=0.1)]
    assert waiting(stage(), floored, aluminium, machine) == [], "a mill finishes the floor after it"
    beside, below = np.array([[10.0, 12.0, -3.0], [10.0, 10.0, 4.0]]), np.array([[10.5, 10.0, -3.0]])
    assert waiting(stage(), plans, aluminium, machine, beside) == plans[:3]
    assert waiting(stage(), plans, aluminium, machine, below) == [], "a mill goes on below it"


def test_where_mills_ramp_slowly_holes_come_first() -> None:
    deep = [plan_of(drill(9), Bore(x, 10, RADIUS, 0.0, 5.0, (1,))) for x in (10, 20, 30)]
    assert waiting(stage(), deep, material_named("6061"), default_machine()) == deep
    assert waiting(stage(), deep, material_named("1.4301"), default_machine()) == []


def test_a_hole_waits_where_a_tap_would_run_through_what_stands_over_it() -> None:
    steel, machine = material_named("1.4301"), default_machine()
    tap = Follow(Tool(11, "tap", 4.0, flute_length_mm=30, stickout_mm=60, pitch_mm=0.7), -2.0, 4.0)
    deep = dataclasses.replace(plan_of(drill(9), Bore(10, 10, RADIUS, 0.0, 5.0, (1,))), follow=tap)
    assert waiting(stage(), [deep], steel, machine) == [deep]
    low = Stage.of(
        m3.Manifold.cube([40.0, 40.0, 5.0]), m3.Manifold.cube([40.0, 40.0, 6.5]), [Level(5.0, False)], []
    )  # fmt: skip
    assert waiting(low, [deep], steel, machine) == [], "an allowance may stand over it"


def test_a_hole_is_buried_where_shank_or_holder_would_run_into_what_stands_beside_it() -> None:
    at = stage()
    at.stock.lower(rounded(shapely.Point(10, 10), 3.0), 5.0)
    bored = plan_of(drill(9), Bore(10, 10, RADIUS, 0.0, 5.0, (1,)))
    free = Tool(
        11, "tap", 4.0, flute_length_mm=10, stickout_mm=30, shank_diameter_mm=4, holder_diameter_mm=20, pitch_mm=0.7
    )
    wide, short = msgspec.structs.replace(free, shank_diameter_mm=8), msgspec.structs.replace(free, stickout_mm=20)
    for tap, expected in ((free, False), (wide, True), (short, True)):
        assert buried(at, dataclasses.replace(bored, follow=Follow(tap, -2.0, 4.0))) == expected
    assert not buried(at, bored)


def test_a_tap_waits_for_the_mills_where_its_drill_cannot() -> None:
    """One hole of the drill is blind, and a mill finishes its floor after it."""
    high = TOP + 10
    solid = m3.Manifold.cube([90.0, 44.0, high])
    for (x, y), low in zip(PLACES, (-1.0, 2.0), strict=True):
        solid -= m3.Manifold.cylinder(high, RADIUS, RADIUS, 256).translate([x, y, low])
        solid -= m3.Manifold.cylinder(high, 4.0, 4.0, 96).translate([x, y, FLOOR])
    part = faced(part_of(solid), 0.0)
    blind = msgspec.structs.replace(part.faces[1], low=(*part.faces[1].low[:2], 2.0), span_mm=(2.0, FLOOR))
    part = dataclasses.replace(part, faces=(part.faces[0], blind))
    tap = Tool(
        900, "tap", 3.5, flute_length_mm=14, stickout_mm=60, shank_diameter_mm=4, holder_diameter_mm=20, pitch_mm=0.6,
        name="tap M3.5",
    )  # fmt: skip
    made = plan_route(
        PlanningTask(
            part, (*default_tools(), tap), default_machine(), material_named("6061"), threads=(Thread(3.5, 0.6, (0,)),)
        )
    )
    (setup,) = [s for s in made.plan.setups if any(step.strategy == "tap" for step in s.steps)]
    order = [step.strategy for step in setup.steps]
    last = max(k for k, what in enumerate(order) if what in {"finish", "rest"})
    assert order.index("drill") < last < order.index("tap")
    assert (order.count("drill"), order.count("tap")) == (1, 1)


def test_mills_leave_the_place_of_a_waiting_hole_below_its_mouth_alone() -> None:
    at = stage()
    whole = [at.target(i).area for i in range(3)]
    reserve(at, [plan_of(drill(9), Bore(10, 10, RADIUS, -1.0, 5.0, (1,)))])
    assert [at.target(i).area for i in range(2)] == pytest.approx(whole[:2])
    disc = rounded(shapely.Point(10, 10), RADIUS)
    assert at.target(2).intersection(disc).area == pytest.approx(0.0)


def test_a_hole_that_goes_on_above_one_that_crosses_it_is_drilled_at_once() -> None:
    block = m3.Manifold.cube([40.0, 40.0, 20.0])
    holes = [m3.Manifold.cylinder(22.0, RADIUS, RADIUS, 96).translate([x, 10, -1]) for x in (10, 30)]
    bored = block - holes[0] - holes[1]
    crossed = bored - m3.Manifold.cube([40.0, 8.0, 6.0]).translate([0, 6, 6])
    wide = [m3.Manifold.cylinder(22.0, 2.5, 2.5, 96).translate([x, 10, 6]) for x in (10, 30)]
    sunk = bored - wide[0] - wide[1]
    levels = [Level(z, False) for z in (20.0, 12.0, 6.0, -1.0)]
    below = [plan_of(drill(9), Bore(x, 10, RADIUS, 0.0, 6.0, (x,))) for x in (10, 30)]
    aluminium, machine = material_named("6061"), default_machine()
    high = m3.Manifold.cube([40.0, 40.0, 22.0])
    assert waiting(Stage.of(crossed, high, levels, []), below, aluminium, machine) == []
    assert waiting(Stage.of(sunk, high, levels, []), below, aluminium, machine) == below, "a mill opens a counterbore"


def test_a_floor_whose_level_is_rounded_down_is_milled_over_a_waiting_hole() -> None:
    at = stage()
    whole = at.target(1).area
    reserve(at, [plan_of(drill(9), Bore(10, 10, RADIUS, -1.0, 5.0 + 4e-6, (1,)))])
    assert at.target(1).area == pytest.approx(whole)
