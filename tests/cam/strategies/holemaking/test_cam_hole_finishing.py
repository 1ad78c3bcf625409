"""Reamers and taps: where they follow a drill, how deep they go, and what is said where they can't."""

import re
from dataclasses import replace

import manifold3d as m3
import msgspec
import numpy as np
import pytest
from drilled_block import drilled_part

from nightmill.cad.brep.records import ModelledThread, PartModel
from nightmill.cam import PlanningTask, Refused, default_machine, default_tools, material_named, plan_route
from nightmill.cam.fixturing.workholding import Holding
from nightmill.cam.geometry.bores import bores
from nightmill.cam.planning.plan_record import ProcessPlan
from nightmill.cam.strategies.holemaking.drilling import Drilled, HoleSetup, drilled_bores
from nightmill.cam.strategies.holemaking.hole_finishing import (
    NOTHING_ASKED,
    HoleAsks,
    asked_of,
    core_mm,
    grade_mm,
    tap_tip,
    thread_mill_tip,
    thread_mills_for,
)
from nightmill.vocabulary.plan import Step, Thread, Tool
from nightmill.vocabulary.shop import Requirement

M9 = Thread(9.0, 0.92, (0,))
"""A thread whose core is the block's 8 mm hole; the default crib has neither tap nor mill for it."""
FINE = Requirement("diameter", 8.0, 8.0, 8.015, (0,))
LOOSE = Requirement("diameter", 8.0, 7.9, 8.1, (0,))


def drilled(part: PartModel, solid: m3.Manifold, asks: HoleAsks) -> Drilled:
    free = Holding((), {}, [], "", 0.0)
    (found,) = drilled_bores(
        bores(part, np.eye(4)), HoleSetup(part, np.eye(4), solid, solid, free), default_tools(), asks
    )
    return found


def planned(
    part: PartModel,
    *,
    threads: tuple[Thread, ...] = (),
    asked: tuple[Requirement, ...] = (),
    without: frozenset[Refused] = frozenset(),
) -> ProcessPlan:
    machine, material = default_machine(), material_named("6061")
    return plan_route(
        PlanningTask(part, default_tools(), machine, material, requirements=asked, threads=threads, without=without)
    )


def steps_of(plan: ProcessPlan) -> list[Step]:
    return [step for setup in plan.plan.setups for step in setup.steps]


def test_grades_are_those_of_iso_286() -> None:
    # ISO 286-1, table 1: sizes 6 to 10 mm IT7 15 um and IT9 36 um (i at the geometric mean of the range)
    assert grade_mm((6 * 10) ** 0.5, 16) == pytest.approx(0.015, abs=0.0008)
    assert grade_mm((6 * 10) ** 0.5, 40) == pytest.approx(0.036, abs=0.0006)


def test_a_close_diameter_is_drilled_under_size_and_reamed_beyond() -> None:
    part, solid = drilled_part(None)
    plan = drilled(part, solid, asked_of(part, (), (FINE,)))
    assert 0.1 - 1e-9 <= 8.0 - plan.tool.diameter_mm <= 0.35
    assert plan.follow is not None
    assert plan.follow.tool.type == "reamer"
    assert plan.full < plan.follow.tip < 0.0


def test_a_loose_diameter_and_a_blind_hole_are_only_drilled() -> None:
    part, solid = drilled_part(None)
    assert drilled(part, solid, asked_of(part, (), (LOOSE,))).follow is None
    blind, solid = drilled_part(8.0)
    assert drilled(blind, solid, asked_of(blind, (), (FINE,))).follow is None


def test_the_reamed_wall_belongs_to_the_reamer() -> None:
    plan = planned(drilled_part(None)[0], asked=(FINE,))
    owners = [step.strategy for step in steps_of(plan) if 0 in step.faces]
    assert owners == ["ream"]
    assert any(b"G98 G85" in text for text in plan.files.values())


def tapped_part() -> PartModel:
    """The block with its hole scaled to the core of M6: 5 mm."""
    hole = m3.Manifold.cylinder(20.0, 2.5, 2.5, 128).translate([20, 15, -1])
    solid = m3.Manifold.cube([40, 30, 12]) - hole
    part, _ = drilled_part(None)
    mesh = solid.to_mesh64()
    vertices = np.asarray(mesh.vert_properties)[:, :3].astype(np.float64)
    triangles = np.asarray(mesh.tri_verts).astype(np.int32)
    middle = vertices[triangles].mean(axis=1)
    wall = (np.hypot(middle[:, 0] - 20, middle[:, 1] - 15) < 2.5) & (np.ptp(vertices[triangles][:, :, 2], axis=1) > 1)
    face_of = np.where(wall, 0, 1 + np.arange(len(triangles))).astype(np.int32)
    cylinder = msgspec.structs.replace(part.faces[0], radius_mm=2.5)
    return PartModel(
        name="block", sha256="0" * 64, faces=(cylinder,), edges=(), mesh=type(part.mesh)(vertices, triangles, face_of),
        features=(), pmi=(), low=part.low, high=part.high, volume_mm3=solid.volume(), area_mm2=solid.surface_area(),
        file_unit="mm", notes=(),
    )  # fmt: skip


def test_a_thread_is_tapped_at_one_pitch_a_turn_after_the_drill() -> None:
    plan = planned(tapped_part(), threads=(Thread(6.0, 1.0, (0,)),))
    names = [step.strategy for step in steps_of(plan)]
    assert names.index("tap") == names.index("drill") + 1
    (tap,) = (step for step in steps_of(plan) if step.strategy == "tap")
    assert tap.cutting.feed_mm_min == pytest.approx(tap.cutting.spindle_rpm * 1.0)
    assert any(b"G98 G84" in text for text in plan.files.values())
    assert not any("thread" in note for note in plan.notes)


def test_a_thread_whose_tap_the_proof_refused_is_milled() -> None:
    asked = (Thread(6.0, 1.0, (0,), depth_mm=8.0),)
    plan = planned(tapped_part(), threads=asked)
    (setup, tap) = next((s, each) for s in plan.plan.setups for each in s.steps if each.strategy == "tap")
    other = planned(tapped_part(), threads=asked, without=frozenset({Refused(setup.name, "tap", tap.tool)}))
    assert [step.strategy for step in steps_of(other) if step.strategy in ("tap", "thread")] == ["thread"]


@pytest.mark.parametrize(
    ("thread", "said"),
    [
        (M9, "no tap or thread mill"),
        (Thread(8.0, 1.25, (0,)), "must have the thread's minor diameter, 6.65 to 6.96 mm"),
    ],
)
def test_a_thread_that_is_not_cut_is_said_with_its_reason(thread: Thread, said: str) -> None:
    plan = planned(drilled_part(None)[0], threads=(thread,))
    assert not any(step.strategy == "tap" for step in steps_of(plan))
    assert any(said in note for note in plan.notes)


def test_a_tap_leads_out_of_a_through_hole_and_stops_above_a_floor() -> None:
    thread = Thread(6.0, 1.0, (0,))
    assert tap_tip(thread, 12.0, 0.0, through=True) == -3.0
    assert tap_tip(thread, 12.0, 0.0, through=False) == 0.0
    deep = Thread(6.0, 1.0, (0,), depth_mm=5.0)
    assert tap_tip(deep, 12.0, 0.0, through=False) == 12.0 - 5.0 - 3.0
    assert core_mm(thread)[0] == pytest.approx(4.917, abs=1e-3)


def test_a_thread_with_no_tap_of_its_pitch_is_milled_upwards_in_one_turn() -> None:
    plan = planned(tapped_part(), threads=(Thread(5.5, 0.5, (0,), depth_mm=6.0),))
    names = [step.strategy for step in steps_of(plan)]
    assert names.index("thread") == names.index("drill") + 1
    (step,) = (step for step in steps_of(plan) if step.strategy == "thread")
    mill = next(tool for tool in default_tools() if tool.number == step.tool)
    assert (mill.type, mill.pitch_mm) == ("thread_mill", 0.5)
    text = next(text for name, text in plan.files.items() if name.endswith(".ngc") and b"thread mill" in text).decode()
    arcs = [line for line in text[text.index("(thread mill") :].splitlines() if line.startswith("G3")]
    heights = [float(re.search(r"Z(-?[\d.]+)", line)[1]) for line in arcs]  # type: ignore[index]
    assert len(arcs) == 3
    assert heights[1] - heights[0] == pytest.approx(0.5)
    assert f"I-{(5.5 - mill.diameter_mm) / 2:g} J0" in arcs[1]
    assert heights[0] - 0.125 == pytest.approx(-6.5, abs=1.0)
    assert not any("thread" in note for note in plan.notes)


def test_neither_tap_nor_thread_mill_goes_down_beside_a_wall_that_only_the_drill_clears() -> None:
    part, asks = tapped_part(), HoleAsks({}, {0: Thread(6.0, 1.0, (0,))})
    solid = m3.Manifold.cube([40, 30, 12]) - m3.Manifold.cylinder(20.0, 2.5, 2.5, 128).translate([20, 15, -1])
    wall = m3.Manifold.cube([10, 30, 4])
    assert drilled(part, solid + wall.translate([24, 0, 12]), asks).follow is not None
    assert drilled(part, solid + wall.translate([22.7, 0, 12]), asks).follow is None


@pytest.mark.parametrize(
    ("wide", "deep", "reached"),
    [(9.8, 20.0, True), (9.4, 20.0, False), (9.8, 45.0, False), (30.0, 45.0, False), (40.0, 45.0, True)],
)
def test_a_tap_goes_down_into_a_pocket_with_its_shank_and_in_a_wide_one_with_its_holder(
    wide: float, deep: float, reached: bool
) -> None:
    """Flutes of 15 mm would not reach from the top of the piece; stick-out 40 mm, shank 9 mm, holder 32 mm."""
    part, solid = drilled_part(None)
    walls = m3.Manifold.cube([100, 90, deep]) - m3.Manifold.cube([wide, wide, 200]).translate(
        [50 - wide / 2, 45 - wide / 2, -1]
    )
    whole = solid + walls.translate([-30, -30, 12])
    tap = Tool(
        900, "tap", 9.0, flute_length_mm=15, stickout_mm=40, shank_diameter_mm=9, holder_diameter_mm=32, pitch_mm=0.92
    )
    long = Tool(901, "drill", 8.0, flute_length_mm=90, stickout_mm=100, tip_angle_deg=118)
    asks, free = asked_of(part, (M9,), ()), Holding((), {}, [], "", 0.0)
    (found,) = drilled_bores(bores(part, np.eye(4)), HoleSetup(part, np.eye(4), whole, whole, free), (long, tap), asks)
    assert (found.follow is not None) == reached


def test_a_blind_hole_with_no_room_for_the_lead_is_milled_where_the_asked_depth_needs_it() -> None:
    thread = Thread(6.0, 1.0, (0,), depth_mm=8.0)
    assert thread_mill_tip(thread, 12.0, 3.0, through=False) == pytest.approx(3.1)
    assert thread_mill_tip(thread, 12.0, 0.0, through=True) == pytest.approx(3.0)
    assert [mill.diameter_mm for mill in thread_mills_for(thread, default_tools())] == [4.0]
    assert thread_mills_for(M9, default_tools()) == []


def test_a_thread_with_an_impossible_pitch_is_refused() -> None:
    with pytest.raises(ValueError, match="pitch_mm"):
        Thread(6.0, 4.0, (0,))


def test_a_modelled_thread_has_its_core_drilled_though_its_flanks_leave_little_of_the_wall() -> None:
    whole, solid = drilled_part(None)
    crest = msgspec.structs.replace(whole.faces[0], sweep_deg=200.0, span_mm=(0.5, 11.5))
    bare = replace(whole, faces=(crest,))
    shown = ModelledThread((0,), (0,), inner=True, pitch_mm=1.25, least_diameter_mm=8.0, most_diameter_mm=9.0, length_mm=12.0, walls_mm=11.0)  # fmt: skip
    assert not bores(bare, np.eye(4))
    assert not bores(replace(bare, threads=(msgspec.structs.replace(shown, inner=False),)), np.eye(4))
    threaded = replace(bare, threads=(shown,))
    (core,) = bores(threaded, np.eye(4))
    assert (core.low, core.high) == pytest.approx((0.0, 12.0))
    assert (core.radius, core.faces) == (4.0, (0,))
    plan = drilled(threaded, solid, NOTHING_ASKED)
    assert (plan.tool.diameter_mm, plan.to_size) == (8.0, True)
