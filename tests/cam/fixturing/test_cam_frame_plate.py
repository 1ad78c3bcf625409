import math

import manifold3d as m3
import msgspec
import numpy as np
import pytest
import shapely
from swept_moves import enters, moves, part_of

from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route
from nightmill.cam.fixturing.clamping_forces import clamp_n, overhang_bend_mm, rim_bend_mm, upright_bend_mm
from nightmill.cam.fixturing.frame_plate import (
    STRAP_ROOM_MM,
    Frame,
    Screw,
    below_tabs,
    cut_free,
    frame_for,
    outline_of,
    parted,
    screws_hold,
    screws_in,
    slot_mill,
    strap_room_mm,
    strapped,
    tab_places,
    tab_width_mm,
)
from nightmill.cam.fixturing.workholding import Standing, soft_jaws, vise
from nightmill.cam.geometry.bores import Bore
from nightmill.cam.geometry.solids import box, moved
from nightmill.cam.planning.milling_planner import _prepare, first_direction, framed_plate
from nightmill.cam.planning.plan_record import ProcessPlan
from nightmill.cam.planning.workholding_choice import Flat, held_flat, web_height

AL, STEEL = material_named("Al 6061"), material_named("S235")
CORNERS = [(12.0, 12.0), (68.0, 12.0), (68.0, 38.0), (12.0, 38.0)]


def sheet(thick: float = 2.0) -> m3.Manifold:
    outline = m3.CrossSection([[(0, 0), (80, 0), (80, 50), (30, 50), (0, 32)]])
    return outline.extrude(thick)


def drilled(thick: float = 2.0, radius: float = 2.75) -> m3.Manifold:
    solid = box((0, 0, 0), (80, 50, thick))
    for x, y in CORNERS:
        solid -= m3.Manifold.cylinder(thick + 2, radius, radius, 64).translate((x, y, -1))
    return solid


def held(solid: m3.Manifold) -> tuple[str, Flat | None]:
    part = part_of(solid)
    work = _prepare(PlanningTask(part, default_tools(), default_machine(), AL))
    size = np.array(part.high) - np.array(part.low)
    return first_direction(work, size), held_flat(work, first_direction(work, size), size)


@pytest.fixture(scope="module")
def plan() -> ProcessPlan:
    return plan_route(PlanningTask(part_of(sheet()), default_tools(), default_machine(), AL))


def test_bending_follows_the_formulas() -> None:
    # a square plate of 100 mm on its rim, 200 N: D = 70000 * 27 / 10.92
    assert rim_bend_mm(3.0, 100.0, 200.0, AL) == pytest.approx(0.0116 * 200 * 1e4 / (70_000 * 27 / 10.92), rel=1e-6)
    # F h^3 / 3 E I, I = b t^3 / 12
    assert upright_bend_mm(3.0, 60.0, 40.0, 100.0, AL) == pytest.approx(100 * 40**3 / (3 * 70_000 * 60 * 27 / 12))
    assert rim_bend_mm(3.0, 100.0, 200.0, STEEL) == pytest.approx(rim_bend_mm(3.0, 100.0, 200.0, AL) / 3)
    assert clamp_n(500.0, STEEL, 2) == pytest.approx(2 * 500 / (0.1 * 2))


def test_a_flange_bends_by_its_overhang_and_a_thin_floor_within_walls_does_not() -> None:
    thick = np.full((60, 60), 2.0)
    thick[25:35, 25:35] = 20.0
    flange = overhang_bend_mm(thick, 1.0, 50.0, AL)
    pocket = np.full((60, 60), 20.0)
    pocket[28:32, 28:32] = 2.0
    assert flange > 0.02 > overhang_bend_mm(pocket, 1.0, 50.0, AL)


def test_a_thin_plate_lies_flat_in_a_frame_and_a_block_stays_in_the_vise() -> None:
    first, flat = held(sheet())
    assert first[1] != "Z", "by what it sees alone the plate would stand on its edge"
    assert flat is not None
    assert flat.first[1] == "Z"
    assert flat.frame is not None
    assert held(m3.Manifold.cube([50, 40, 10]))[1] is None


def test_the_web_meets_a_flange_where_it_is() -> None:
    hub = box((30, 20, 0), (60, 50, 20))
    for low in (0.0, 9.0, 18.0):
        flat = held(hub + box((0, 0, low), (90, 70, low + 2.0)))[1]
        assert flat is not None
        assert flat.frame is not None
        foot = low if flat.first == "+Z" else 18.0 - low
        assert flat.frame.foot_mm == pytest.approx(foot, abs=1e-3)
    leaning = m3.Manifold.cube([90, 60, 2]).rotate([0, 8, 0])
    flat = held(leaning)[1]
    assert flat is None or flat.frame is None, "no edge of one height runs along its outline"


def test_what_only_bends_on_its_edge_lies_flat_in_the_vise() -> None:
    first, flat = held(m3.Manifold.cube([80, 60, 5]))
    assert first[1] != "Z"
    assert flat is not None
    assert flat.first[1] == "Z"
    assert flat.frame is None


def test_a_strip_too_thin_for_jaws_lies_in_a_frame_although_it_is_stiff_on_its_edge() -> None:
    ends = [m3.CrossSection.circle(5.5, 64).translate((x, 0)) for x in (-15.0, 15.0)]
    first, flat = held(m3.CrossSection.batch_hull(ends).extrude(2.0))
    assert first[1] != "Z"
    assert flat is not None
    assert flat.first[1] == "Z"
    assert flat.frame is not None
    assert flat.frame.slot_mm < 6.0


def test_the_plan_of_a_plate_without_holes_leaves_only_its_tabs(plan: ProcessPlan) -> None:
    first, over, out = plan.plan.setups
    assert first.direction != over.direction == out.direction
    assert not first.tabs
    assert not over.tabs
    assert len(out.tabs) >= 3
    assert [u.reason[:3] for u in plan.plan.uncut] == ["tab"]
    assert plan.plan.uncut[0].area_mm2 < 0.005 * sheet().surface_area()
    assert not enters(sheet(), plan)
    assert "## Tabs" in plan.files[f"setup-{out.name}.md"].decode()


def test_a_web_stands_clear_of_a_floor_that_runs_out_to_the_outline() -> None:
    # along both long sides the lower edge is chamfered, so that the outline has no web at the bottom
    edge = m3.CrossSection([[(2, 0), (58, 0), (60, 2), (60, 6), (0, 6), (0, 2)]])
    plate = edge.extrude(90).rotate([90, 0, 90]) - box((20, 20, -1), (70, 50, 2.4))
    assert web_height(plate, 0.8) == pytest.approx(2.4)
    shelf = box((-1, -1, 3.0), (91, 10, 7))
    assert web_height(plate - shelf, 0.8) == pytest.approx(2.2)


@pytest.mark.slow
def test_a_part_is_out_of_its_frame_before_it_is_cut_from_the_side() -> None:
    solid = drilled(2.5) - box((38, 20, 0.8), (42, 51, 1.7))
    plan = plan_route(PlanningTask(part_of(solid), default_tools(), default_machine(), AL)).plan
    assert [setup.direction[1] for setup in plan.setups[:3]] == ["Z", "Z", "Z"]
    assert plan.setups[0].parted is None
    assert plan.setups[2].parted is not None
    after = plan.setups[3]
    assert after.direction[1] != "Z"
    jaws = next(body for body in after.fixtures if body.name == "vise bed")
    assert jaws.min is not None
    assert jaws.max is not None
    # jaws for the part alone: its length and two walls of 12 mm, where the frame stood 13.5 mm beyond on each side
    assert max(high - low for low, high in zip(jaws.min, jaws.max, strict=True)) < 80 + 2 * 12 + 3


def test_a_web_below_a_drafted_wall_is_cut_through_too() -> None:
    taper = 1 - 4 * math.tan(math.radians(1.0)) / 50
    outline = m3.CrossSection([[(-40, -25), (40, -25), (40, 25), (-40, 25)]])
    solid = outline.extrude(2.0, scale_top=(taper, taper))
    plan = plan_route(PlanningTask(part_of(solid), default_tools(), default_machine(), AL)).plan
    assert len(plan.setups) == 3
    assert plan.setups[2].workholding.startswith("Leave the piece where it is")


def test_what_is_joined_is_not_apart_until_it_is_sawn() -> None:
    part = box((0, 0, 0), (40, 30, 2))
    frame = box((-20, -20, 0), (60, 50, 3)) - box((-6, -6, -1), (46, 36, 4))
    tab = box((-7, 10, 0), (1, 15, 1))
    nothing = shapely.Polygon()
    around = parted(part, part + frame, nothing)
    assert around is not None
    assert around.bounding_box()[:2] == pytest.approx((-3.0, -3.0), abs=0.05)
    assert parted(part, part + frame + tab, nothing) is None
    sawn = parted(part, part + frame + tab, shapely.box(-5, 9, -1, 16))
    assert sawn is not None
    assert sawn.bounding_box()[0] == pytest.approx(-3.0, abs=0.05)


def test_tabs_stand_and_the_rest_of_the_outline_is_cut_through(plan: ProcessPlan) -> None:
    setup = plan.plan.setups[-1]
    radius = {tool.number: tool.diameter_mm / 2 for tool in plan.plan.tools}
    part = moved(sheet(), np.array(setup.model_to_work))
    foot = setup.tabs[0].at[2]
    deep = [
        (radius[tool], end)
        for tool, rapid, _, end in moves(plan.files[setup.program].decode())
        if not rapid and end[2] < foot
    ]
    swept = shapely.union_all([shapely.Point(end[:2]).buffer(size) for size, end in deep])
    for tab in setup.tabs:
        out = np.array([tab.along[1], -tab.along[0]])
        assert not swept.intersects(shapely.Point(np.array(tab.at[:2]) + 4.0 * out))
    ring = outline_of(part).boundary
    places = np.array([ring.interpolate(s).coords[0] for s in np.arange(0, ring.length, 1.0)])
    points = np.column_stack([places, np.full(len(places), foot + 0.1)])
    bare = ~below_tabs(points, setup.tabs)
    assert 0.5 < bare.mean() < 0.95


def test_screws_take_the_holes_that_hold_them() -> None:
    part = drilled()
    frame = frame_for(2.0, 12.0)
    piece = box((-30, -30, -1), (110, 80, 2)) - m3.Manifold()
    piece -= box((-14, -14, 2), (94, 64, 9))
    for x, y in CORNERS:
        piece -= m3.Manifold.cylinder(9, 2.75, 2.75, 64).translate((x, y, -4))
    bores = [Bore(x, y, 2.75, 0.0, 2.0, (k,)) for k, (x, y) in enumerate(CORNERS)]
    screws = screws_in(part, piece, outline_of(part), bores)
    assert {(s.x, s.y) for s in screws} == set(CORNERS)
    assert {s.thread.name for s in screws} == {"M5"}
    assert {s.seat for s in screws} == {2.0}
    holding = cut_free(Standing(3, part, piece, 0.0, bores), frame, AL, 100.0, 300.0)
    assert not holding.tabs
    assert sum("screw head" in (b.name or "") for b in holding.bodies) == 4
    for body in holding.bodies:
        if body.kind == "cylinder" and body.base and body.radius and body.height:
            solid = m3.Manifold.cylinder(body.height, body.radius, body.radius, 48).translate(body.base)
            assert (solid ^ part).volume() < 1e-3
    near_rim = [Bore(3.0, 25.0, 2.75, 0.0, 2.0, (9,))]
    assert not screws_in(part, piece, outline_of(part), near_rim)
    assert cut_free(Standing(3, part, piece, 0.0, bores[:1]), frame, AL, 100.0, 300.0).tabs


def test_screws_that_lie_together_do_not_hold_against_turning() -> None:
    outline = shapely.box(0, 0, 200, 150)
    size = screws_in(drilled(), drilled(), outline_of(drilled()), [Bore(*CORNERS[0], 2.75, 0.0, 2.0, (0,))])[0].thread
    apart = [Screw(x, y, 2.0, size) for x, y in ((20, 20), (180, 130))]
    together = [Screw(x, y, 2.0, size) for x, y in ((95, 75), (105, 75))]
    assert screws_hold(apart, outline, 130.0, AL)
    assert not screws_hold(together, outline, 130.0, AL)
    assert not screws_hold(apart, outline, 1300.0, AL)


def test_tabs_grow_with_the_cut_and_keep_off_corners() -> None:
    frame = frame_for(3.0, 12.0)
    assert tab_width_mm(300.0, frame, 400.0, AL) > tab_width_mm(300.0, frame, 100.0, AL) >= 2.0
    assert tab_width_mm(300.0, frame, 100.0, STEEL) < tab_width_mm(300.0, frame, 100.0, AL)
    corners = shapely.MultiPoint([(0, 0), (120, 0), (120, 40), (0, 40)])
    for place, along in tab_places(shapely.box(0, 0, 120, 40), 6, 16.0):
        assert corners.distance(shapely.Point(place)) >= 8.0
        assert min(abs(along[0]), abs(along[1])) < 1e-6
    ring = shapely.Point(0, 0).buffer(40, quad_segs=64)
    angles = sorted(math.atan2(place[1], place[0]) for place, _ in tab_places(ring, 4, 16.0))
    assert max(np.diff([*angles, angles[0] + 2 * math.pi])) < 2.0


def test_the_plate_carries_frame_and_part_and_nothing_below_holes() -> None:
    part = drilled()
    piece = box((-30, -30, -1), (110, 80, 3))
    at = Standing(1, part, piece, 0.0, [])
    holding = strapped(at, frame_for(2.0, 12.0), AL, 300.0, above=False)
    over_hole = [top for area, top in holding.areas if area.contains(shapely.Point(*CORNERS[0]))]
    under_part = [top for area, top in holding.areas if area.contains(shapely.Point(40, 25))]
    assert max(over_hole) < -10.0 < max(under_part) == -1.0
    assert sum((b.name or "").startswith("strap nut") for b in holding.bodies) >= 4
    more = strapped(at, frame_for(2.0, 12.0), AL, 1500.0, above=False)
    assert len(more.bodies) > len(holding.bodies)
    assert more.friction_n > holding.friction_n


def test_what_is_wider_than_a_vise_opens_lies_between_rails_on_a_plate() -> None:
    wide, narrow = box((0, 0, 0), (300, 222, 19)), box((0, 0, 0), (300, 122, 19))
    rails, jaws = vise(wide, 5.0, 1.0), vise(narrow, 5.0, 1.0)
    assert {b.name for b in jaws.bodies} == {"fixed jaw", "movable jaw", "vise bed"}
    assert sum("edge clamp" in (b.name or "") for b in rails.bodies) == 3
    assert all(b.max is not None and b.max[2] <= 5.0 for b in rails.bodies)
    nest, soft = soft_jaws(wide, 5.0, "2"), soft_jaws(narrow, 5.0, "2")
    assert "fixture plate" in {b.name for b in nest.bodies}
    assert "vise bed" in {b.name for b in soft.bodies}


def test_soft_jaws_put_no_post_into_a_hole_of_the_piece() -> None:
    holding = soft_jaws(drilled(12.0), 5.0, "2")
    nest, top = holding.areas[0]
    assert top == 5.0
    assert all(nest.distance(shapely.Point(corner)) > 10.0 for corner in CORNERS)


@pytest.mark.parametrize(
    ("size", "area_mm2", "diameter"),
    [((40.0, 10.0), 4200.0, 6.0), ((40.0, 10.0), 800.0, 3.0), ((200.0, 4.0), 9e4, 12.0), ((170.0, 2.3), 3200.0, 5.0)],
)
def test_the_slot_is_as_wide_as_is_quick_to_cut_and_leaves_tabs_that_are_little_of_the_part(
    size: tuple[float, float], area_mm2: float, diameter: float
) -> None:
    mill = slot_mill(default_tools(), *size, area_mm2, AL, default_machine())
    assert mill.diameter_mm == diameter
    assert mill.stickout_mm > size[1]


@pytest.mark.parametrize(("slot_mm", "wide"), [(4.5, True), (7.5, False)])
def test_a_short_holder_gets_room_beside_the_straps_where_that_is_much_quicker(slot_mm: float, wide: bool) -> None:
    """A mill of 4 mm that clears the straps is 24 mm long; one of 6 mm clears them as it is."""
    room = strap_room_mm(default_tools(), 25.0, 5.0, slot_mm, AL, default_machine())
    if wide:
        short = next(t for t in default_tools() if t.type == "flat" and (t.diameter_mm, t.stickout_mm) == (4, 14))
        assert room + short.diameter_mm / 2 > short.holder_diameter_mm / 2 + 0.5
    else:
        assert room == STRAP_ROOM_MM


def test_a_part_that_leaves_little_room_on_the_machine_gets_the_narrow_plate() -> None:
    low, high, frame = np.zeros(3), np.array([25.0, 25.0, 5.0]), Frame(4.5, 0.6, room_mm=12.0)
    for travel, room in ((500.0, 12.0), (70.0, STRAP_ROOM_MM)):
        machine = msgspec.structs.replace(default_machine(), travel_mm=(travel, travel, travel))
        framed = framed_plate(machine, "+Z", frame, low, high, 1.0)
        assert framed is not None
        kept, raw = framed
        assert kept.room_mm == room
        assert raw[1][0] - raw[0][0] == pytest.approx(25 + 2 * (4.5 + 10 + room))
    machine = msgspec.structs.replace(default_machine(), travel_mm=(50.0, 50.0, 50.0))
    assert framed_plate(machine, "+Z", frame, low, high, 1.0) is None
