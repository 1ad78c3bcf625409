"""How areas are cleared: ways that sweep all and keep out of the part, entries, steps and their order."""

import itertools
import math
from dataclasses import replace

import manifold3d as m3
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, box
from swept_moves import enters, moves, part_of
from toolpath_text import lines_of

from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route
from nightmill.cam.cutting_data.milling import milling
from nightmill.cam.geometry.polygon_offsets import meaningful, rounded
from nightmill.cam.geometry.polygon_overlay import joined, minus
from nightmill.cam.geometry.solids import EMPTY, polygonal
from nightmill.cam.planning.plan_record import ProcessPlan
from nightmill.cam.planning.tool_sequence import job_of, ladder, quickest
from nightmill.cam.stock.in_process_stock import Level, Stage
from nightmill.cam.stock.remaining_areas import Remains
from nightmill.cam.stock.stock_height_map import Field
from nightmill.cam.strategies.milling.inner_radii import Inner
from nightmill.cam.strategies.milling.level_clearing import _bands, apart, emit, paths_for, run_pass
from nightmill.cam.strategies.milling.pass_parameters import Paths
from nightmill.cam.tooling.tool_selection import mills
from nightmill.cam.toolpath.lead_in import AIR_MM, RAW_AIR_MM, Descent, Machining, Step, Track, door, enter, ramp
from nightmill.cam.toolpath.milling_program import Program
from nightmill.cam.toolpath.offset_paths import ROW_SHARE, lanes, rows, sweeps
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.planner_params import StockParams

MACHINE = default_machine()
ALUMINIUM = material_named("6061")
ROUGH_MM = StockParams().rough_allowance_mm


def mill(diameter: float, reach: float) -> Tool:
    return next(t for t in mills(default_tools()) if (t.diameter_mm, t.stickout_mm) == (diameter, reach))


def stage_over(low: tuple[float, float], high: tuple[float, float], floor: float) -> Stage:
    """Stock between z -10 and 0 over a rectangle inside 100 x 100 mm, one level at ``floor``, no part."""
    top = np.full((200, 200), -1e9)
    x, y = np.meshgrid(np.arange(200) * 0.5 + 0.25, np.arange(200) * 0.5 + 0.25, indexing="ij")
    top[(x > low[0]) & (x < high[0]) & (y > low[1]) & (y < high[1])] = 0.0
    stock = Field(np.array([0.0, 0.0, 0.5]), top)
    return Stage([Level(floor, False)], [EMPTY], Remains([EMPTY], [EMPTY]), [], 0.0, stock)


def program_at(x: float, y: float, z: float) -> Program:
    program = Program(MACHINE, [], 3.0)
    program.over(x, y)
    program.down(z)
    return program


def planned(solid: m3.Manifold) -> ProcessPlan:
    return plan_route(PlanningTask(part_of(solid), default_tools(), MACHINE, ALUMINIUM))


@pytest.mark.parametrize("seed", range(24))
def test_lanes_sweep_all_within_reach_and_keep_out_of_what_stays(seed: int) -> None:
    random = np.random.default_rng(seed)
    radius = float(random.uniform(2, 6))
    posts = [Point(*random.uniform(0, 60, 2)).buffer(random.uniform(1, 9)) for _ in range(random.integers(1, 6))]
    walls = [box(-20, -20, 80, 0)] if seed % 2 else [box(-20, -20, 80, 80).difference(box(0, 0, 60, 60))]
    stays = joined([*posts, *walls])
    blocked = rounded(stays, radius + 0.01)
    free = polygonal(minus(box(-20, -20, 80, 80), blocked))
    target = polygonal(minus(box(0, 0, 60, 60), stays).intersection(rounded(free, radius)))
    ways = lanes(blocked, target, radius, 0.9 * radius)
    assert not meaningful(minus(target, sweeps(ways, radius)))
    assert min(LineString(way).distance(stays) for way in ways) > radius


def test_from_an_open_side_no_lane_is_wider_than_a_step() -> None:
    radius, step = 5.0, 4.5
    blocked = rounded(box(-50, -50, 150, 0), radius)
    for depth in np.linspace(11, 30, 20):
        ways = lanes(blocked, box(0, 0, 100, float(depth)), radius, step)
        heights = [float(way[:, 1].mean()) for way in ways]
        edge = float(depth)
        for height in heights:
            assert edge - (height - radius) <= step + 0.1
            edge = height - radius
        assert edge < 0.05


def test_rows_take_equal_widths_and_give_way_to_what_stands_near() -> None:
    area, radius = box(0, 0, 70, 40), 8.0
    ways = rows(area, box(-50, -50, 150, 150), radius)
    heights = sorted(float(way[0, 1]) for way in ways)
    assert np.ptp(np.diff(heights)) < 1e-9
    assert heights[0] + radius <= 2 * ROW_SHARE * radius + 1e-9
    assert not meaningful(minus(area, sweeps(ways, radius)))
    assert rows(area, minus(box(-50, -50, 150, 150), Point(35, 20).buffer(3)), radius) == []


def test_a_way_beside_open_stock_is_entered_from_outside() -> None:
    stage, tool = stage_over((30, 0), (100, 100), -5.0), mill(10.0, 45.0)
    track = Track.of(np.array([[27.0, 20.0], [27.0, 80.0]]), 0.01)
    found = door(stage, tool, track, -5.0, box(0, 0, 100, 100))
    assert found is not None
    (x, _), _ = found
    assert x + 5.0 <= 30.0
    program = program_at(10.0, 10.0, 1.0)
    descent = Descent.skimming(1000.0)
    enter(Machining(stage, tool, program), track, Step(-5.0, 0.0), box(0, 0, 100, 100), descent)
    text = "\n".join(lines_of(program))
    steep = [(a, b) for _, rapid, a, b in moves("T1\n" + text) if not rapid and b[2] < a[2] - 1e-6]
    assert steep
    assert all(np.hypot(*(b - a)[:2]) < 1e-6 for a, b in steep)


def test_in_a_closed_pocket_there_is_no_door() -> None:
    stage, tool = stage_over((0, 0), (100, 100), -5.0), mill(10.0, 45.0)
    ring = np.asarray(Point(50, 50).buffer(8).exterior.coords)
    assert door(stage, tool, Track.of(ring, 0.01), -5.0, Point(50, 50).buffer(20)) is None


def test_no_turn_of_a_ramp_gets_deeper_than_a_slot_may_be() -> None:
    slot = milling(mill(20.0, 48.0), ALUMINIUM, MACHINE, 20.0, 20.0)
    assert slot.ap_mm < 7
    ring = np.asarray(Point(50, 50).buffer(30).exterior.coords)
    program = program_at(float(ring[0, 0]), float(ring[0, 1]), 0.05)
    ramp(ring, -14.0, Descent.into(math.tan(math.radians(6.0)), slot, 1000.0), program)
    heights = [b[2] for _, rapid, _, b in moves("T1\n" + "\n".join(lines_of(program))) if not rapid]
    turns = len(heights) / (len(ring) - 1)
    assert 14.0 / turns <= slot.ap_mm + 0.05
    assert heights[-1] == pytest.approx(-14.0)


def test_a_ramp_is_no_longer_than_its_slope_asks_and_the_ring_is_closed_where_it_ends() -> None:
    stage, tool = stage_over((0, 0), (100, 100), -5.0), mill(6.0, 20.0)
    ring = np.asarray(Point(50, 50).buffer(4).exterior.coords)
    descent = Descent.into(0.12, milling(tool, ALUMINIUM, MACHINE, 6.0, 6.0), 1000.0)
    assert 0.12 * 8 * math.pi < descent.most_mm, "the slope is what limits a turn"
    program = program_at(54.0, 50.0, 1.0)
    at = Machining(stage, tool, program)
    enter(at, Track.of(ring, 0.002), Step(-5.0, 0.0), Point(50, 50).buffer(20), descent)
    fed = [(a, b) for _, rapid, a, b in moves("T1\n" + "\n".join(lines_of(program))) if not rapid and b[2] < 0.2]
    down = sum(float(np.hypot(*(b - a)[:2])) for a, b in fed if b[2] < a[2] - 1e-6)
    assert down == pytest.approx((5.0 + RAW_AIR_MM) / 0.12, rel=0.02)
    level = [(a, b) for a, b in fed if abs(b[2] + 5.0) < 1e-6 and abs(a[2] + 5.0) < 1e-6]
    assert np.hypot(*(level[0][0] - level[-1][1])[:2]) < 0.01
    swept = LineString([level[0][0][:2], *(b[:2] for _, b in level)])
    assert max(swept.distance(Point(*place)) for place in ring) < 0.02


def test_a_ring_begun_elsewhere_is_still_told_as_arcs() -> None:
    circle = np.asarray(Point(50, 50).buffer(10, quad_segs=33).exterior.coords)
    track = Track.of(circle, 0.003)
    assert len(track.curve) <= 4
    for begun, start in ((track.begun_at(len(track.line) // 3), None), (track.begun_after(20.0), 2.0)):
        assert begun.closed
        assert len(begun.curve) <= 6
        assert begun.length == pytest.approx(track.length, rel=1e-3)
        assert np.abs(np.hypot(*(begun.way - 50).T) - 10.0).max() < 0.0035
        if start is not None:
            turn = math.atan2(*(begun.line[0] - 50)[::-1])
            assert abs(turn) == pytest.approx(start, abs=0.01)


def test_a_repeated_step_begins_where_the_one_before_ended() -> None:
    stage, tool = stage_over((0, 0), (100, 100), -6.0), mill(10.0, 45.0)
    ring = Track.of(np.asarray(Point(50, 50).buffer(8).exterior.coords), 0.01)
    slot = milling(tool, ALUMINIUM, MACHINE, 10.0, 10.0)
    program = program_at(58.0, 50.0, -3.0)
    first = len(lines_of(program))
    at, descent = Machining(stage, tool, program), Descent.into(0.1, slot, 1000.0)
    enter(at, ring, Step(-6.0, -3.0, again=True), Point(50, 50).buffer(20), descent)
    heights = [float(line.split("Z")[1].split()[0]) for line in lines_of(program)[first:] if "Z" in line]
    assert max(heights) <= -3.0 + 1e-9


def test_of_the_mills_that_fit_the_quickest_is_a_step_of_the_ladder() -> None:
    tools = default_tools()
    inner = Inner(width_mm=10.0, depth_mm=20.0)
    assert quickest(tools, inner, ALUMINIUM, MACHINE) == 8.0
    assert quickest(tools, Inner(10.0, 60.0), ALUMINIUM, MACHINE) == 10.0
    assert quickest(tools, Inner(0.1, 1.0), ALUMINIUM, MACHINE) == 0.0
    start = mill(16.0, 42.0)
    plain = [t.diameter_mm for t in ladder(tools, start)]
    fitted = [t.diameter_mm for t in ladder(tools, start, {6.0})]
    assert 6.0 not in plain
    assert 6.0 in fitted
    assert sorted(plain, reverse=True) == plain
    assert sorted(fitted, reverse=True) == fitted


def test_no_skin_stays_where_a_sweep_ends_just_at_the_side_of_the_piece() -> None:
    stock = m3.Manifold.cube((30, 20, 10))
    stage = Stage.of(m3.Manifold.cube((30, 20, 4)), stock, [Level(4, False)], [])
    stage.cut.append((box(-1, -1, 31, 20 - 1e-9), 4.0))
    piece = stock - stage.removed()
    assert piece.bounding_box()[5] == pytest.approx(4.0)
    assert len(piece.decompose()) == 1


def terraces() -> m3.Manifold:
    """Three steps of 4 mm on a plate of 60 x 40 mm."""
    steps = [m3.Manifold.cube([60 - 12 * k, 40, 4]).translate([12.0 * k, 0, 4.0 * k]) for k in range(3)]
    return steps[0] + steps[1] + steps[2]


def test_what_is_deep_is_cut_first_and_once() -> None:
    solid = terraces()
    stock = m3.Manifold.cube([62, 42, 13]).translate([-1, -1, 0])
    levels = [Level(z, False) for z in (12.0, 8.0, 4.0, 0.0)]
    stage = Stage.of(solid, stock, levels, [])
    tool = mill(16.0, 42.0)
    program = Program(MACHINE, [], 20.0)
    rings = 0.0
    for rough in (True, False):
        begun, job = len(stage.cut), job_of(tool, ALUMINIUM, MACHINE, rough_mm=ROUGH_MM if rough else None)
        program.load(tool, job.data, "rough" if rough else "finish")
        run_pass(stage, job, program)
        heights = [z for _, z in stage.cut[begun:]]
        assert heights == sorted(heights)
        rings += sum(area.area > 2 * (60 + 40) for area, z in stage.cut[begun:] if z == 0.0)
    assert rings == 1, "the allowance of the raw piece is thin enough to be cut once"
    for index in range(len(levels)):
        assert not meaningful(stage.left[index])


@pytest.mark.parametrize(("depth", "roughed"), [(1.5, False), (25.0, True)])
def test_a_shallow_pocket_is_cut_to_size_at_once_and_a_deep_one_is_roughed(depth: float, roughed: bool) -> None:
    posts = [m3.Manifold.cylinder(40, 10, 10, 64).translate([x, y, 30 - depth]) for x in (25, 65) for y in (20, 40)]
    stock = m3.Manifold.cube([90, 60, 30])
    stage = Stage.of(stock - m3.Manifold.batch_hull(posts), stock, [Level(30 - depth, False)], [])
    program = Program(MACHINE, [], 40.0)
    for rough in (True, False):
        begun = len(stage.cut)
        job = replace(
            job_of(mill(16.0, 65.0), ALUMINIUM, MACHINE, rough_mm=ROUGH_MM if rough else None), tight=not rough
        )
        program.load(job.tool, job.data, "")
        run_pass(stage, job, program)
        area = joined([area for area, _ in stage.cut[begun:]]).area
        assert area == 0.0 if rough and not roughed else area > 500.0
    assert not meaningful(stage.left[0])


def test_rapids_below_the_top_keep_to_rectangles_where_nothing_stands() -> None:
    stage, tool = stage_over((40, 40), (60, 60), -5.0), mill(10.0, 45.0)
    assert stage.rapid_clear(tool, (10, 10), (90, 30), -5.0)
    assert not stage.rapid_clear(tool, (10, 10), (90, 36), -5.0), "beside the block"
    straight = LineString([(20, 48), (48, 20)])
    assert straight.distance(box(40, 40, 60, 60)) > tool.diameter_mm / 2 + 1
    assert not stage.rapid_clear(tool, (20, 48), (48, 20), -5.0), "each axis may run at its own speed"
    assert stage.rapid_clear(tool, (10, 10), (90, 90), 0.5)


def test_slots_that_lie_apart_are_finished_one_after_the_other() -> None:
    solid = m3.Manifold.cube([120, 40, 14])
    for x in (10, 50, 90):
        solid -= m3.Manifold.batch_hull(
            [m3.Manifold.cylinder(20, 3.5, 3.5, 48).translate([x + d, 20, 3]) for d in (0, 12)]
        )
    tools = tuple(t for t in default_tools() if t.type == "flat")
    plan = plan_route(PlanningTask(part_of(solid), tools, MACHINE, ALUMINIUM))
    setup = next(s for s in plan.plan.setups if any(step.strategy == "rest" for step in s.steps))
    step = next(step for step in setup.steps if step.strategy == "rest")
    text = "\n".join(plan.files[setup.program].decode().splitlines()[: step.line_to])
    low = [float(end[0]) for tool, _, _, end in moves(text) if tool == step.tool and end[2] < -3.0]
    slots = [int(x // 40) for x in low]
    assert len({*slots}) == 3
    assert sum(a != b for a, b in itertools.pairwise(slots)) == 2


def overhung() -> m3.Manifold:
    """A ring-shaped groove around a post with a head: below the head the groove is wider than what is open above it."""
    block = m3.Manifold.cube([70, 70, 30])
    groove = m3.Manifold.cylinder(21, 28, 28, 96).translate([35, 35, 10])
    stem = m3.Manifold.cylinder(20, 6, 6, 96).translate([35, 35, 10])
    head = m3.Manifold.cylinder(5, 13, 13, 96).translate([35, 35, 22])
    ledge = m3.Manifold.cube([20, 20, 14]).translate([48, 25, 5])
    return block - groove + (stem + head + ledge) ^ m3.Manifold.cube([70, 70, 30])


def test_pockets_near_each_other_are_cut_each_to_its_full_depth_before_the_next() -> None:
    solid = m3.Manifold.cube([70.0, 40.0, 30.0])
    for x in (25.0, 45.0):
        solid -= m3.Manifold.cylinder(30.0, 3.6, 3.6, 96).translate([x, 20.0, 12.0])
    made = planned(solid)
    assert not enters(solid, made)
    (setup,) = [s for s in made.plan.setups if any(step.strategy == "rest" for step in s.steps)]
    inside = [
        end[0] > 35.0
        for _, rapid, _, end in moves(made.files[setup.program].decode())
        if not rapid and end[2] < -2.0 and 21.0 < end[0] < 49.0 and 16.0 < end[1] < 24.0
    ]
    assert sum(a != b for a, b in itertools.pairwise(inside)) < 4, "two bands as high as the flutes, four steps"


def test_ways_are_told_apart_by_the_areas_in_which_they_run() -> None:
    left, right = box(0, 0, 4, 4), box(10, 0, 14, 4)
    ways = [np.array([[x, 1.0], [x + 2, 1.0]]) for x in (1.0, 11.0, 0.0)]
    assert [len(group) for group in apart(ways, joined([left, right]))] == [2, 1]
    assert apart(ways, left) == [ways]


@pytest.mark.slow
def test_an_area_that_is_open_below_and_covered_above_is_left_alone() -> None:
    solid = overhung()
    plan = planned(solid)
    assert not enters(solid, plan)
    head = Point(35, 35).buffer(13 - 0.02)
    setup = plan.plan.setups[0]
    tools = {t.number: t for t in plan.plan.tools}
    matrix = np.array(setup.model_to_work)
    for tool, _, start, end in moves(plan.files[setup.program].decode()):
        low = min(start[2], end[2]) - matrix[2, 3]
        if setup.direction == "+Z" and low < 27.0 - 0.02:
            way = shapely.affinity.translate(LineString([start[:2], end[:2]]), -matrix[0, 3], -matrix[1, 3])
            assert way.distance(head) >= tools[tool].diameter_mm / 2 - 0.03


def test_programs_bound_how_far_corners_are_rounded() -> None:
    plan = planned(terraces())
    assert all(b"G64 P0.01\n" in plan.files[setup.program] for setup in plan.plan.setups)


@pytest.mark.parametrize("around", [0.08, 3.0])
def test_no_mill_winds_or_plunges_deeper_than_a_step_or_its_flutes(around: float) -> None:
    stage, tool = stage_over((0, 0), (100, 100), -3.6), mill(1.0, 20.0)
    job = job_of(tool, ALUMINIUM, MACHINE)
    disc = Point(50, 50).buffer(around)
    ring = np.asarray(disc.exterior.coords)
    found = Paths([ring], disc, disc.buffer(0.5), False, 0.003, disc, job.data.ae_mm)
    tips = [(-0.1 * (k + 1), -0.1 * k) for k in range(36)]
    program = program_at(50.0, 50.0, 1.0)
    program.load(tool, job.data, "rest")
    emit(stage, job, tips, found, job.data, program)
    full = 0.0
    for _, rapid, start, end in moves("\n".join(lines_of(program))):
        flat = np.hypot(*(end - start)[:2]) > 1e-6
        if not rapid and not flat and end[2] < min(start[2], 0.0):
            assert full - end[2] <= 0.1 + AIR_MM + 1e-6
        if not rapid and flat and end[2] < 0.0:
            assert full - end[2] <= tool.flute_length_mm
            full = min(full, float(end[2])) if abs(end[2] - start[2]) < 1e-6 else full
    assert full == pytest.approx(-3.6)


def test_a_sliver_beside_another_area_is_left_as_it_is_by_itself() -> None:
    tool = mill(10.0, 45.0)
    stage, job = stage_over((10, 10), (90, 90), -5.0), job_of(tool, ALUMINIUM, MACHINE)
    area, sliver = box(20, 20, 60, 60), box(20, 70, 60, 70.02)
    bounds = (0.0, 0.0, 100.0, 100.0)
    alone = paths_for(stage, job, 0, area, bounds, False)
    beside = paths_for(stage, job, 0, MultiPolygon([area, sliver]), bounds, False)
    assert not paths_for(stage, job, 0, sliver, bounds, False)
    assert [(found.thin, len(found.lines)) for found in beside] == [(found.thin, len(found.lines)) for found in alone]


def test_bands_begin_where_stock_still_stands() -> None:
    stage = stage_over((10, 10), (90, 90), -5.0)
    stage.levels = [Level(-5.0, False), Level(-20.0, False)]
    job = job_of(mill(8.0, 38.0), ALUMINIUM, MACHINE)
    assert _bands(stage, job) == [[0], [1]]
    stage.stock.lower(box(0, 0, 100, 100), -2.0)
    assert _bands(stage, job) == [[0, 1]]
