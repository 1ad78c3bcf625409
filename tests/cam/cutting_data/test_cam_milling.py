import math
from dataclasses import replace

import manifold3d as m3
import msgspec
import numpy as np
import pytest
from drilled_block import drilled_part
from numpy.typing import NDArray
from shapely import LineString, box
from toolpath_text import lines_of

from nightmill.cad.brep.records import PartModel
from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, materials, plan_route
from nightmill.cam.cutting_data.clamping_limit import vise_holds_n
from nightmill.cam.cutting_data.milling import (
    EFFICIENCY,
    FINISH_DEFLECTION_MM,
    FINISHING,
    ROUGH_DEFLECTION_MM,
    ROUGHING,
    Cut,
    deflection_mm,
    milling,
    quickest_milling,
    steps_down,
)
from nightmill.cam.cutting_data.tool_deflection import slender_note
from nightmill.cam.fixturing.workholding import Holding
from nightmill.cam.geometry.bores import Bore, bores
from nightmill.cam.geometry.solids import EMPTY
from nightmill.cam.planning.plan_record import ProcessPlan
from nightmill.cam.post.linuxcnc import LinuxcncPost
from nightmill.cam.stock.in_process_stock import Level, Stage
from nightmill.cam.stock.remaining_areas import Remains
from nightmill.cam.stock.stock_height_map import Field
from nightmill.cam.strategies.holemaking.drilling import Drilled, HoleSetup, drill_stage, drilled_bores, pecks
from nightmill.cam.strategies.milling.chamfering import Chamfer, chamfers, cut_chamfers
from nightmill.cam.toolpath.milling_program import Program
from nightmill.vocabulary.plan import Body, Plan, Setup, Step


def planned(part: PartModel, ticks: list[float] | None = None) -> ProcessPlan:
    clock = (lambda: ticks.pop(0) if len(ticks) > 1 else ticks[0]) if ticks else None
    return plan_route(
        PlanningTask(part, default_tools(), default_machine(), material_named("6061")), budget_s=5, clock=clock
    )


def test_chip_load_stays_near_the_rule_and_deflection_within_its_limit() -> None:
    machine = default_machine()
    for material in materials():
        for tool in (t for t in default_tools() if t.type == "flat"):
            rule = min(material.fz_cap_mm, material.fz_share * tool.diameter_mm)
            for rough, ae in ((True, 0.45 * tool.diameter_mm), (False, 0.1)):
                data = milling(tool, material, machine, tool.diameter_mm, ae, ROUGHING if rough else FINISHING)
                assert 0.44 * rule - 5e-5 <= data.fz_mm <= 1.61 * rule + 5e-5  # as printed
                limit = ROUGH_DEFLECTION_MM if rough else FINISH_DEFLECTION_MM
                if data.fz_mm > 0.56 * rule:
                    assert deflection_mm(tool, data.force_n) <= 1.02 * limit
                assert data.power_kw <= machine.spindle_kw
                least = data.ap_mm <= 0.1 * tool.diameter_mm + 1e-3
                assert data.force_n <= vise_holds_n(material) + 1e-3 or least, "a vise must hold it"
                assert material.source_coated in data.source


def test_a_new_tool_comes_over_the_piece_from_the_machine_s_zero_with_the_coolant_off() -> None:
    machine, tools = default_machine(), [tool for tool in default_tools() if tool.type == "flat"][:2]
    program = Program(machine, ["part"], 25.0)
    for tool in tools:
        program.load(tool, milling(tool, material_named("6061"), machine, 1.0, 1.0), "rough")
        program.over(10.0, 20.0)
        program.over(30.0, 20.0)
    lines = list(LinuxcncPost.write(program.finish()).lines)
    changes = [at for at, line in enumerate(lines) if " M6" in line]
    for at in changes:
        moves = [line for line in lines[at:] if line.startswith("G0 ")][:2]
        assert moves == ["G0 X10 Y20", "G0 Z25"], "nobody knows what stands below where the tool was changed"
    assert lines[changes[1] - 3 : changes[1] - 1] == ["(rough)", "M9"]
    assert lines[changes[1] - 1] == "G53 G0 Z0"


@pytest.mark.parametrize("kilowatts", [0.4, 1.1, 2.2])
def test_a_weak_spindle_is_never_asked_for_more_than_it_has(kilowatts: float) -> None:
    machine = msgspec.structs.replace(default_machine(), spindle_kw=kilowatts)
    for material in materials():
        for tool in (t for t in default_tools() if t.type in ("face", "flat", "bull", "ball")):
            for share in (0.1, 0.5, 1.0):
                data = milling(tool, material, machine, tool.diameter_mm, share * tool.diameter_mm)
                assert data.power_kw <= kilowatts * EFFICIENCY + 1e-3, (material.name, tool.name, data)
                assert data.ap_mm >= 0.02
                if data.spindle_rpm < 0.99 * min(
                    machine.spindle_rpm_max, 1000 * material.vc_coated_m_min / math.pi / tool.diameter_mm
                ):
                    assert "weak spindle" in data.source


def test_a_mill_that_bends_too_much_all_the_same_is_told() -> None:
    tool = next(t for t in default_tools() if t.type == "flat" and (t.diameter_mm, t.stickout_mm) == (2.0, 40.0))
    data = milling(tool, material_named("1.2379"), default_machine(), 2.0, 2.0)
    assert deflection_mm(tool, data.force_n) > ROUGH_DEFLECTION_MM
    assert "even then the tool deflects" in data.source
    step = Step("rest end mill 2 x 40", "rest", tool.number, (), (), data, 1.0, 1, 2)
    stout = next(t for t in default_tools() if t.type == "flat" and (t.diameter_mm, t.stickout_mm) == (16.0, 42.0))
    well = milling(stout, material_named("Al 6061"), default_machine(), 8.0, 4.0)
    plan = Plan("nightmill-plan/1", "x", "mm", "0", Body("box", (0, 0, 0), (1, 1, 1)), (tool, stout), (), (), 0.0)

    def setup(*steps: Step) -> Setup:
        return Setup(
            "1", "mill", "1.ngc", "G54", ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)), (), steps=steps
        )

    good = Step("rough", "rough", stout.number, (), (), well, 1.0, 1, 2)
    assert slender_note(msgspec.structs.replace(plan, setups=(setup(good),))) == ""
    told = slender_note(msgspec.structs.replace(plan, setups=(setup(good, step),)))
    assert "setup 1, rest end mill 2 x 40" in told
    assert "rough:" not in told


@pytest.mark.parametrize("rough", [True, False])
def test_a_little_less_feed_spares_a_whole_step_within_the_same_limits(rough: bool) -> None:
    machine, material = default_machine(), material_named("6061")
    tool = next(t for t in default_tools() if t.type == "flat" and (t.diameter_mm, t.stickout_mm) == (16.0, 42.0))
    limit = ROUGH_DEFLECTION_MM if rough else FINISH_DEFLECTION_MM
    spared = 0
    for height in np.linspace(1.0, 60.0, 60):
        plain = milling(tool, material, machine, min(height, 30.0), 5.0, ROUGHING if rough else FINISHING)
        found = quickest_milling(tool, material, machine, Cut(float(height), 30.0, 5.0, rough))
        assert deflection_mm(tool, found.force_n) <= 1.02 * limit
        assert found.power_kw <= machine.spindle_kw
        steps = steps_down(height, found.ap_mm), steps_down(height, plain.ap_mm)
        assert steps[0] / found.feed_mm_min <= steps[1] / plain.feed_mm_min
        spared += steps[0] < steps[1]
    assert spared >= 5


@pytest.mark.parametrize(("diameters", "cycle"), [(2.9, "G81"), (3.1, "G73"), (7.9, "G73"), (8.1, "G83")])
def test_the_deeper_a_hole_the_more_a_drill_does_about_its_chips(diameters: float, cycle: str) -> None:
    tool = next(t for t in default_tools() if t.type == "drill" and t.diameter_mm == 6.0)
    program = Program(default_machine(), [], 3.0)
    program.over(0.0, 0.0)
    program.drill((0.0, 0.0), 1.0, 1.0 - 6.0 * diameters, 500.0, pecks(tool, 6.0 * diameters))
    assert cycle in lines_of(program)[-2]
    assert ("Q" in lines_of(program)[-2]) is (cycle != "G81")


def test_a_drill_stays_low_between_holes_unless_something_stands_between() -> None:
    tool = next(t for t in default_tools() if t.type == "drill" and t.diameter_mm == 6.0)
    levels = [Level(-1.0, False), Level(-20.0, False)]
    for wall in (False, True):
        top = np.full((60, 60), -10.0)
        top[30:32, :] = 0.0 if wall else -10.0
        field = Field(np.array([0.0, 0.0, 1.0]), top)
        stage = Stage(levels, [EMPTY, EMPTY], Remains([EMPTY, EMPTY], [EMPTY, EMPTY]), [], 0.0, field)
        program = Program(default_machine(), [], 3.0)
        holes = [Bore(x, 30.0, 3.0, -18.0, -10.0, (0,)) for x in (15.0, 45.0)]
        plans = [Drilled(hole, tool, -18.0, -16.0, True, (0,)) for hole in holes]
        drill_stage(stage, plans, material_named("6061"), default_machine(), program)
        assert [line for line in lines_of(program) if line.startswith("G0 Z")] == ["G0 Z3", "G0 Z1"][: 2 if wall else 1]
        assert program.place() == (45.0, 30.0, -9.0)


def test_a_through_hole_is_drilled_and_its_wall_belongs_to_the_drill() -> None:
    plan = planned(drilled_part(None)[0])
    steps = [step for setup in plan.plan.setups for step in setup.steps]
    drill = [step for step in steps if step.strategy == "drill"]
    assert len(drill) == 1
    assert 0 in drill[0].faces
    assert all(0 not in step.faces for step in steps if step is not drill[0])
    assert b"G99 G8" in plan.files["1.ngc"]


FREE = Holding((), {}, [], "", 0.0)


@pytest.mark.parametrize(("depth", "beyond"), [(None, True), (8.0, False)])
def test_a_drill_goes_beyond_a_through_hole_and_stops_above_a_flat_floor(depth: float | None, beyond: bool) -> None:
    part, solid = drilled_part(depth)
    found = bores(part, np.eye(4))
    (plan,) = drilled_bores(found, HoleSetup(part, np.eye(4), solid, solid, FREE), default_tools())
    assert plan.tool.diameter_mm == 8.0
    assert (plan.full < 0.0) is beyond
    if not beyond:
        assert plan.tip >= 4.0


def test_no_drill_where_a_fixture_lies_below() -> None:
    part, solid = drilled_part(None)
    held = Holding((), {}, [(box(10, 10, 30, 20), -0.5)], "", 0.0)
    assert drilled_bores(bores(part, np.eye(4)), HoleSetup(part, np.eye(4), solid, solid, held), default_tools()) == []


def only_drill(bore: Bore, solid: m3.Manifold) -> Drilled:
    """What drills one bore in a solid."""
    part, _ = drilled_part(None)
    (plan,) = drilled_bores([bore], HoleSetup(part, np.eye(4), solid, solid, FREE), default_tools())
    return plan


@pytest.mark.parametrize(("half_angle_deg", "high", "to_size"), [(59.0, 30.0, True), (59.55, 19.0, False)])
def test_the_tip_of_a_drill_stays_out_of_a_small_flat_at_the_bottom_of_a_cone(
    half_angle_deg: float, high: float, to_size: bool
) -> None:
    """The flat is 0.1 mm wide: a drill to size stays a little higher, one that only opens the hole doesn't go through."""
    flat = 18.0 - 2.75 / np.tan(np.radians(half_angle_deg))
    hole = m3.Manifold.cylinder(15.0, 2.8, 2.8, 96).translate([20, 15, 18])
    cone = m3.Manifold.cylinder(18.0 - flat, 0.05, 2.8, 96).translate([20, 15, flat])
    wide = m3.Manifold.cylinder(30.0, 3.0, 3.0, 96).translate([20, 15, high])
    solid = m3.Manifold.cube([40, 30, 30]) - hole - cone - wide
    plan = only_drill(Bore(20.0, 15.0, 2.8, 18.0, high, (0,)), solid)
    assert plan.to_size is to_size
    assert plan.tip > flat - 0.0101
    assert not to_size or plan.tip < flat + 0.01


def test_a_drill_that_only_opens_a_hole_does_not_graze_a_wall_above_it() -> None:
    """The wall stands 0.737 mm from the hole's axis: a drill of 1.5 mm would go down along it in rapid."""
    wall = m3.Manifold.cube([20, 30, 20]).translate([20.737, 0, 6.3])
    hole = m3.Manifold.cylinder(20, 1.15, 1.15, 96).translate([20, 15, -10])
    solid = (m3.Manifold.cube([40, 30, 6.3]) - hole) + wall
    plan = only_drill(Bore(20.0, 15.0, 1.15, 0.0, 6.3, (0,)), solid)
    assert plan.tool.diameter_mm / 2 < 0.737 - 0.02


def chamfered_block() -> tuple[m3.Manifold, NDArray[np.float64], Chamfer]:
    """A block 40 x 30 x 10 with a chamfered rim, the corners of its triangles, and the pass that cuts it."""
    top = [[x, y, 9] for x in (0, 40) for y in (0, 30)] + [[x, y, 10] for x in (1, 39) for y in (1, 29)]
    solid = m3.Manifold.cube([40, 30, 9]) + m3.Manifold.hull_points(top)
    mesh = solid.to_mesh64()
    corners = np.asarray(mesh.vert_properties)[:, :3][np.asarray(mesh.tri_verts)]
    face_of = np.arange(len(corners), dtype=np.int32)
    (found,) = chamfers(corners, face_of, np.ones(len(corners), dtype=np.bool_), solid, default_tools())
    return solid, corners, found


def test_a_chamfer_is_one_pass_whose_cone_lies_on_the_face() -> None:
    _, _, found = chamfered_block()
    assert len(found.faces) == 8
    assert len(found.ways) == 1
    rim = LineString([(0, 0), (40, 0), (40, 30), (0, 30), (0, 0)])
    away = max(rim.distance(LineString(w)) for w in found.ways)
    flat = (found.tool.tip_diameter_mm or 0.0) / 2
    assert away == pytest.approx(flat + (9.0 - found.tip), abs=0.02)


def test_a_way_that_a_clamp_keeps_from_leaves_the_other_chamfers_to_their_pass() -> None:
    """Chamfers of one height are one pass: of the rims of two bosses the clamp stands over one."""
    solid = m3.Manifold.cube([70, 20, 5])
    for x in (5.0, 45.0):
        top = [[x + dx, y, 9] for dx in (0, 20) for y in (2, 18)]
        top += [[x + dx, y, 10] for dx in (1, 19) for y in (3, 17)]
        solid += m3.Manifold.cube([20, 16, 4.5]).translate([x, 2, 4.5]) + m3.Manifold.hull_points(top)
    mesh = solid.to_mesh64()
    corners = np.asarray(mesh.vert_properties)[:, :3][np.asarray(mesh.tri_verts)]
    face_of = np.arange(len(corners), dtype=np.int32)
    (found,) = chamfers(corners, face_of, np.ones(len(corners), dtype=np.bool_), solid, default_tools())
    assert len(found.ways) == 2
    program = Program(default_machine(), [], 30.0)
    for clamps, bosses in (([], (0, 40)), ([(box(44, 0, 67, 20), 25.0)], (0,)), ([(box(0, 0, 70, 20), 25.0)], ())):
        stage = Stage.of(solid, solid, [Level(z, False) for z in (12.0, 9.0, 5.0)], clamps)
        done = cut_chamfers(stage, [found], material_named("6061"), default_machine(), program)
        cut = {40 * int(corners[face, :, 0].mean() > 35) for did, *_ in done for face in did.faces}
        assert cut == set(bosses)
        assert sum(len(did.ways) for did, *_ in done) == len(bosses)


def test_a_shank_much_wider_than_its_cone_keeps_off_standing_stock() -> None:
    solid, _, found = chamfered_block()
    thick = replace(found, tool=msgspec.structs.replace(found.tool, diameter_mm=4.0, shank_diameter_mm=16.0))
    tower = m3.Manifold.cube([20, 6, 40]).translate([47, 12, 0])
    stage = Stage.of(solid, solid + tower, [Level(z, False) for z in (40.0, 30.0, 20.0, 12.0, 9.0)], [])
    program = Program(default_machine(), [], 30.0)
    ((did, *_),) = cut_chamfers(stage, [thick], material_named("6061"), default_machine(), program)
    assert min(LineString(way).distance(box(47, 12, 67, 18)) for way in did.ways) > 7.9
    coords = np.array([float(point[0]) for way in did.ways for point in way])
    assert coords.max() > 40.0, "the rest of that side is cut"


def test_a_closed_rim_is_cut_but_for_the_side_on_which_a_clamp_stands() -> None:
    solid, corners, found = chamfered_block()
    clamp = box(30, 12, 60, 18)
    stage = Stage.of(solid, solid, [Level(z, False) for z in (12.0, 9.0)], [(clamp, 25.0)])
    program = Program(default_machine(), [], 30.0)
    ((did, *_),) = cut_chamfers(stage, [found], material_named("6061"), default_machine(), program)
    cut = {round(float(corners[face, :, 0].mean()), 1) for face in did.faces}
    assert len(did.faces) == 6
    assert max(cut) < 38.0
    kept = found.tool.diameter_mm / 2 + 0.5
    assert min(LineString(way).distance(clamp) for way in did.ways) > kept
    assert not all(np.allclose(way[0], way[-1]) for way in did.ways)


def test_links_stay_low_over_cleared_ground_and_rise_over_the_part() -> None:
    wall = box(10, -20, 11, 20)
    levels = [Level(-1.0, False), Level(-5.0, False)]
    bare = Field(np.array([-20.0, -30.0, 1.0]), np.full((60, 60), -10.0))
    stage = Stage(levels, [EMPTY, wall], Remains([EMPTY, EMPTY], [EMPTY, EMPTY]), [], 0.0, bare)
    tool = next(t for t in default_tools() if t.type == "flat" and math.isclose(t.diameter_mm, 6.0))
    assert stage.link_height(tool, (0, 0), (5, 0), -5.0) == pytest.approx(-5.0)
    over = stage.link_height(tool, (0, 0), (20, 0), -5.0)
    assert over is not None
    assert -1.0 <= over < 0.0
    stage.must[0] = wall
    assert stage.link_height(tool, (0, 0), (20, 0), -5.0) is None


def test_the_budget_ends_planning_and_says_so() -> None:
    plan = planned(drilled_part(None)[0], [0.0, 0.5, 1.0, 99.0])
    assert any("budget" in note for note in plan.notes)
    assert plan.plan.uncut
