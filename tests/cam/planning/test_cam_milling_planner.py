import re

import manifold3d as m3
import msgspec
import numpy as np
import pytest
from swept_moves import enters, moves, part_of

from nightmill.cam import (
    PlanningTask,
    default_machine,
    default_tools,
    material_named,
    materials,
    plan_route,
    retune,
    write_plan,
)
from nightmill.cam.fixturing.workholding import Holding, Standing
from nightmill.cam.geometry.setup_frames import as_rows
from nightmill.cam.geometry.solids import box, moved
from nightmill.cam.planning import plan_state
from nightmill.cam.planning.milling_planner import _prepare, _setup, _turn, slopes_share
from nightmill.cam.planning.plan_record import ProcessPlan
from nightmill.cam.planning.uncut_reasons import uncut_patches
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.plan import Setup
from nightmill.vocabulary.planner_params import SearchParams
from nightmill.vocabulary.uncut_reasons import UncutReason

SEARCH = SearchParams()


def plate() -> m3.Manifold:
    body = m3.Manifold.cube([50, 40, 10])
    pocket = m3.CrossSection.square([20, 14]).offset(4.0, m3.JoinType.Round, circular_segments=96).extrude(6)
    hole = m3.Manifold.cylinder(20, 4, 4, 96).translate([42, 8, -5])
    return body - pocket.translate([10, 12, 5]) - hole


def planned(solid: m3.Manifold) -> ProcessPlan:
    return plan_route(PlanningTask(part_of(solid), default_tools(), default_machine(), material_named("6061")))


Told = list[tuple[int, bool, set[str]]]


@pytest.fixture(scope="module")
def told() -> tuple[ProcessPlan, Told]:
    """The plan of the plate, and what was told on the way: how many setups, whether that is all, the names of files."""
    calls: Told = []
    found = plan_route(
        PlanningTask(part_of(plate()), default_tools(), default_machine(), material_named("6061")),
        made=lambda plan, files, whole: calls.append((len(plan.setups), whole, set(files))),
    )
    return found, calls


@pytest.fixture(scope="module")
def plan(told: tuple[ProcessPlan, Told]) -> ProcessPlan:
    return told[0]


def test_each_setup_is_told_with_its_program_and_the_last_as_such(told: tuple[ProcessPlan, Told]) -> None:
    found, calls = told
    assert [(setups, whole) for setups, whole, _ in calls] == [(1, False), (2, True), (2, True)]
    for setups, _, files in calls:
        assert {setup.program for setup in found.plan.setups[:setups]} <= files
        assert {setup.program for setup in found.plan.setups[setups:]}.isdisjoint(files)


def test_plate_takes_two_setups_and_leaves_nothing(plan: ProcessPlan) -> None:
    assert [s.direction for s in plan.plan.setups] == ["+Z", "-Z"]
    assert sum(u.area_mm2 for u in plan.plan.uncut) < 0.001 * plate().surface_area()
    assert b"nightmill-plan/1" in write_plan(plan.plan)


def test_no_move_enters_the_part_by_more_than_the_gouge_limit(plan: ProcessPlan) -> None:
    assert not enters(plate(), plan)


def test_rapids_across_stay_above_all_that_stands_between_their_ends(plan: ProcessPlan) -> None:
    radius = {tool.number: tool.diameter_mm / 2 for tool in plan.plan.tools}
    low = 0
    for setup in plan.plan.setups:
        solid = moved(plate(), np.array(setup.model_to_work))
        for tool, rapid, start, end in moves(plan.files[setup.program].decode()):
            if rapid and np.hypot(*(end - start)[:2]) > 1e-6 and min(start[2], end[2]) < 1.0:
                low += 1
                assert start[2] == end[2]
                corners = np.minimum(start, end)[:2] - radius[tool], np.maximum(start, end)[:2] + radius[tool]
                between = box((*corners[0], float(start[2]) - 0.1), (*corners[1], 9.0))
                assert (solid ^ between).volume() < 1e-6
    assert low > 0


def test_cutting_data_respect_the_machine(plan: ProcessPlan) -> None:
    machine = default_machine()
    for step in (s for setup in plan.plan.setups for s in setup.steps):
        assert step.cutting.spindle_rpm <= machine.spindle_rpm_max
        assert step.cutting.feed_mm_min <= machine.feed_max_mm_min
        assert step.cutting.power_kw <= machine.spindle_kw
        assert step.cutting.source
        assert step.line_from < step.line_to


def test_an_inner_cavity_is_reported() -> None:
    hollow = m3.Manifold.cube([20, 20, 20]) - m3.Manifold.cube([8, 8, 8]).translate([6, 6, 6])
    found = planned(hollow)
    assert any(u.code is UncutReason.CLOSED and u.area_mm2 == pytest.approx(6 * 64, rel=0.02) for u in found.plan.uncut)


def smallest_mm(found: ProcessPlan) -> float:
    used = {step.tool for setup in found.plan.setups for step in setup.steps}
    return min(tool.diameter_mm for tool in default_tools() if tool.number in used)


def test_a_corner_that_is_open_at_a_side_waits_for_a_setup_from_there() -> None:
    block = m3.Manifold.cube([30, 24, 16]) - m3.Manifold.cube([12, 10, 20]).translate([20, 16, 6])
    found = planned(block)
    assert sum(u.area_mm2 for u in found.plan.uncut) < 0.001 * block.surface_area()
    assert smallest_mm(found) >= 1.0


def test_the_corner_of_a_slope_is_still_there_for_the_setup_that_sees_it_from_the_side() -> None:
    wedge = m3.CrossSection([[(8.0, 18.5), (18.5, 2.0), (18.5, 18.5)]], m3.FillRule.NonZero).extrude(14)
    block = m3.Manifold.cube([26, 18, 15]) - wedge.rotate([90, 0, 90]).translate([13, 0, 0])
    found = planned(block)
    assert sum(u.area_mm2 for u in found.plan.uncut) < 0.001 * block.surface_area()
    last = found.plan.setups[-1]
    assert last.direction == "+X"
    assert any(step.strategy == "finish" for step in last.steps)


def test_corners_that_are_open_from_nowhere_else_are_cut_with_small_mills() -> None:
    block = m3.Manifold.cube([14, 14, 12]) - m3.Manifold.cube([6, 6, 10]).translate([4, 4, 5])
    found = planned(block)
    assert sum(u.area_mm2 for u in found.plan.uncut) < 0.005 * block.surface_area()
    assert smallest_mm(found) < 0.6


def test_a_chamfer_that_a_clamp_keeps_the_pointed_tool_from_is_finished_as_a_slope(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    top = m3.Manifold.hull_points(
        [[x, y, 9] for x in (0, 40) for y in (0, 30)] + [[x, y, 10] for x in (1, 39) for y in (1, 29)]
    )
    monkeypatch.setattr(plan_state, "cut_chamfers", lambda *_: [])
    found = planned(m3.Manifold.cube([40, 30, 9]) + top)
    slopes = {f for step in found.plan.setups[0].steps if step.strategy == "surface" for f in step.faces}
    assert len(slopes) >= 4
    assert sum(each.area_mm2 for each in found.plan.uncut) < 2.0  # of 193


@pytest.mark.slow
def test_what_stays_has_its_true_reason() -> None:
    block = m3.Manifold.cube([30, 30, 20])
    slit = m3.Manifold.cube([20, 0.15, 5]).translate([5, 8, 15.001])
    slanted = m3.Manifold.cylinder(40, 3, 3, 48).rotate([45, 0, 0]).translate([15, 45, -15])
    deep = slanted - m3.Manifold.cube([60, 60, 60]).translate([-15, -42, -30])
    found = {u.reason.split(":")[0].split(" of ")[0]: u.area_mm2 for u in planned(block - slit - deep).plan.uncut}
    assert found["inner corner or gap narrower than the smallest cutter in the tool list"] == pytest.approx(
        2 * 20 * 5 + 2 * 0.15 * 5, rel=0.1
    )
    assert found["accessible only along a tilted axis"] > 20.0


def test_retune_scales_words_and_keeps_coordinates(plan: ProcessPlan) -> None:
    text = plan.files["1.ngc"].decode()
    tool = plan.plan.setups[0].steps[0].tool
    changed = retune(text, {tool: (0.5, 2.0)})
    strip = re.compile(r"[SF][\d.]+")
    assert strip.sub("", changed) == strip.sub("", text)
    assert changed != text
    assert retune(text, {tool: (1.0, 1.0)}) == text
    with pytest.raises(BadInput):
        retune(text, {tool: (9.0, 1.0)})


def test_materials_by_alias_and_unknown() -> None:
    for alias in ("Al 6061", "6061", "S235", "1.4301", "42CrMo4"):
        assert material_named(alias) in materials()
    for alias, name in (("titanium", "Ti-6Al-4V"), ("2.4668", "Inconel 718"), ("MS58", "CuZn39Pb3")):
        assert material_named(alias).name == name
    with pytest.raises(BadInput, match="42CrMo4"):
        material_named("unobtainium")


def test_tools_are_changed_at_the_machine_s_zero(plan: ProcessPlan) -> None:
    for setup in plan.plan.setups:
        lines = plan.files[setup.program].decode().splitlines()
        changes = [k for k, line in enumerate(lines) if " M6" in line]
        assert changes
        for change in changes:
            before = [line for line in lines[:change] if not line.startswith("(")]
            assert before[-1] == "G53 G0 Z0"


def test_slopes_get_time_by_what_waits_for_other_setups() -> None:
    """A dome sees its finest tools stop early while a pocket below it still waits for its own setup."""
    dome = m3.Manifold.sphere(12.0, 96).translate([25.0, 20.0, 8.0])
    solid = (m3.Manifold.cube([50, 40, 10]) + dome) - m3.Manifold.cube([30, 20, 4]).translate([10, 10, -1])
    part = part_of(solid.trim_by_plane((0.0, 0.0, 1.0), 0.0))
    work = _prepare(PlanningTask(part, default_tools(), default_machine(), material_named("6061")))
    samples, above = work.samples, work.visible["+Z"]
    curved = above & (samples.points[:, 2] > 10.5)
    share = slopes_share(work, "+Z", curved)
    waiting = float(samples.area[~above].sum())
    assert share == pytest.approx(samples.area[curved].sum() / (samples.area[curved].sum() + waiting), rel=0.05)
    assert SEARCH.slopes_time_share < share < SEARCH.setup_time_share
    assert slopes_share(work, "+Z", np.zeros_like(above)) == SEARCH.slopes_time_share
    samples.uncut[~above] = False
    assert slopes_share(work, "+Z", curved) == SEARCH.setup_time_share


def test_a_turn_ends_after_its_share_of_what_is_left_and_is_remembered() -> None:
    now = [40.0]
    work = _prepare(PlanningTask(part_of(plate()), default_tools(), default_machine(), material_named("6061")))
    over = _turn(lambda: now[0], 100.0, 0.25, work)
    now[0] = 54.9
    assert not over()
    assert not work.cut_short
    now[0] = 55.1
    assert over()
    assert work.cut_short


def notched() -> m3.Manifold:
    """A block with a slot along X, seen from both ends, and a blind hole in its end at -X."""
    hole = m3.Manifold.cylinder(8, 2, 2, 64).rotate([0, 90, 0]).translate([0, 20, 8])
    return m3.Manifold.cube([60, 40, 30]) - m3.Manifold.cube([60, 8, 12]).translate([0, 16, 18]) - hole


class Asked(Exception):
    """Ends a setup where its holding is asked for."""


def asked_at(work: plan_state.Work, direction: str) -> float:
    """The height above the piece's foot of the lowest place that a setup is for."""
    found: list[float] = []

    def hold(at: Standing) -> tuple[Holding, float]:
        found.append(at.lowest - float(at.piece.bounding_box()[2]))
        raise Asked

    with pytest.raises(Asked):
        _setup(work, direction, (np.zeros(3), np.array([60.0, 40.0, 30.0])), hold)
    return found[0]


def test_what_is_forgone_does_not_say_how_a_later_setup_is_held() -> None:
    work = _prepare(PlanningTask(part_of(notched()), default_tools(), default_machine(), material_named("6061")))
    points, samples = work.samples.points, work.samples
    slot = (np.abs(points[:, 2] - 18.0) < 3.0) & (np.abs(points[:, 1] - 20.0) < 4.1)
    hole = (points[:, 0] < 8.1) & (np.hypot(points[:, 1] - 20.0, points[:, 2] - 8.0) < 2.05)
    samples.uncut[:] = slot | hole
    work.setups = [Setup(str(n), "mill", f"{n}.ngc", "G54", as_rows(np.eye(4)), ()) for n in (1, 2)]
    assert asked_at(work, "-X") < 1.0
    work.account.count(slot, 3600.0)
    assert asked_at(work, "-X") > 50.0
    samples.uncut[hole] = False
    assert asked_at(work, "-X") < 1.0, "nothing else is left"


def test_what_a_later_setup_does_not_get_at_either_still_counts_as_untried() -> None:
    """Else the account would be told that it has room for as much again."""
    chink = m3.Manifold.cube([40, 0.2, 12]).translate([10, 20, 18])
    work = _prepare(
        PlanningTask(
            part_of(m3.Manifold.cube([60, 40, 30]) - chink), default_tools(), default_machine(), material_named("6061")
        )
    )
    points = work.samples.points
    work.samples.uncut[:] = (np.abs(points[:, 1] - 20.1) < 0.2) & (points[:, 2] < 29.9) & (points[:, 2] > 18.1)
    work.untried = work.samples.uncut.copy()
    _setup(work, "+Z", (np.zeros(3), np.array([60.0, 40.0, 30.0])))
    assert work.samples.uncut.any()
    assert (work.untried == work.samples.uncut).all()


def test_tools_without_an_end_mill_are_told_in_a_sentence() -> None:
    tools = tuple(tool for tool in default_tools() if tool.type != "flat")
    with pytest.raises(BadInput, match="end mill"):
        plan_route(PlanningTask(part_of(plate()), tools, default_machine(), material_named("6061")))


def test_what_an_earlier_setup_did_not_try_a_later_one_does() -> None:
    """Else it would be said of it that no thinner mill was tried."""
    work = _prepare(PlanningTask(part_of(notched()), default_tools(), default_machine(), material_named("6061")))
    low, high = np.array([-1.0, -1.0, -12.0]), np.array([61.0, 41.0, 31.0])
    work.piece = box(low.tolist(), high.tolist())
    work.untried = work.visible["+Z"].copy()
    _setup(work, "+Z", (low, high))
    assert work.setups
    assert not work.untried.any()


def test_what_is_open_only_where_no_setup_cuts_is_told_from_what_a_setup_left(told: tuple[ProcessPlan, Told]) -> None:
    work = _prepare(PlanningTask(part_of(notched()), default_tools(), default_machine(), material_named("6061")))
    points, inside = work.samples.points, work.visible["-X"] & ~work.visible["+X"] & ~work.visible["+Z"]
    work.samples.uncut[:] = inside & (points[:, 0] > 7.9) & (np.hypot(points[:, 1] - 20, points[:, 2] - 8) < 1.2)
    made = told[0].plan.setups[0]
    for direction, reason in (("+Z", UncutReason.UNASKED), ("-X", UncutReason.HELD_BY_FIXTURE)):
        work.setups = [msgspec.structs.replace(made, direction=direction)]
        assert [each.code for each in uncut_patches(work)] == [reason]
