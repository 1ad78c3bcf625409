"""Turned parts come out whole: mouths of long narrow bores are chamfered, and what no lathe can hold goes to the mill."""

import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import shapely

from nightmill.cad import PartModel, read_part
from nightmill.cam import (
    PlanningTask,
    ProcessPlan,
    Refused,
    default_machine,
    default_tools,
    material_named,
    plan_route,
    write_plan,
)
from nightmill.cam.geometry.setup_frames import as_rows
from nightmill.cam.planning import milling_planner
from nightmill.cam.planning.mill_turn import NO_TIME, milled_after, revolved
from nightmill.cam.planning.plan_record import Made
from nightmill.cam.planning.plan_state import Work
from nightmill.cam.planning.turning_planner import plan_turned
from nightmill.cam.strategies.turning.threading import runs_of
from nightmill.verification import certify
from nightmill.vocabulary.plan import TURNING_TOOLS, Plan, Thread
from nightmill.vocabulary.shop import Requirement
from nightmill.vocabulary.uncut_reasons import REASON_TEXTS, UncutReason


def _turned(ring: list[tuple[float, float]], path: Path, holes: tuple[float, float] | None = None) -> PartModel:
    """A closed half-section (r, z) turned about Z, with four ``holes``: how far off the axis, and their radius."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder, BRepPrimAPI_MakeRevol
    from OCP.gp import gp_Ax1, gp_Ax2, gp_Dir, gp_Pnt
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    polygon = BRepBuilderAPI_MakePolygon()
    for r, z in ring:
        polygon.Add(gp_Pnt(r, 0.0, z))
    polygon.Close()
    axis = gp_Ax1(gp_Pnt(0.0, 0.0, 0.0), gp_Dir(0.0, 0.0, 1.0))
    body = BRepPrimAPI_MakeRevol(BRepBuilderAPI_MakeFace(polygon.Wire()).Face(), axis).Shape()
    for x, y in ((1, 0), (0, 1), (-1, 0), (0, -1)) if holes else ():
        off, radius = holes or (0.0, 0.0)
        stands = gp_Ax2(gp_Pnt(off * x, off * y, -50.0), gp_Dir(0.0, 0.0, 1.0))
        body = BRepAlgoAPI_Cut(body, BRepPrimAPI_MakeCylinder(stands, radius, 100.0).Shape()).Shape()
    writer = STEPControl_Writer()
    writer.Transfer(body, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(path))
    return read_part(path)


def test_both_mouths_of_a_long_narrow_bore_get_their_chamfers(tmp_path: Path) -> None:
    sleeve = [(3.1, 0.3), (3.4, 0.0), (5.5, 0.0), (5.5, 30.0), (3.4, 30.0), (3.1, 29.7)]
    part = _turned(sleeve, tmp_path / "sleeve.step")
    planned = plan_turned(PlanningTask(part, default_tools(), default_machine(), material_named("6061")))
    assert planned is not None
    assert [setup.kind for setup in planned.plan.setups] == ["turn", "turn"]
    assert planned.plan.uncut == ()
    for setup in planned.plan.setups:
        assert any("boring bar" in step.name for step in setup.steps)


def test_a_longer_bar_goes_on_where_the_one_that_fits_the_drilled_hole_ends_above_the_floor(tmp_path: Path) -> None:
    """The hole takes a bar of 6 mm, which ends 0.4 mm above the counterbore's floor."""
    hub = [(4.75, 0.0), (19.0, 0.0), (19.0, 60.0), (12.8, 60.0), (12.8, 35.4), (12.0, 34.6), (4.75, 34.6)]
    part = _turned(hub, tmp_path / "hub.step")
    planned = plan_turned(PlanningTask(part, default_tools(), default_machine(), material_named("6061")))
    assert planned is not None
    assert planned.plan.uncut == ()
    bars = {step.tool for setup in planned.plan.setups for step in setup.steps if step.strategy == "bore"}
    assert len(bars) == 2


def test_small_holes_beside_the_axis_are_drilled_too(tmp_path: Path) -> None:
    """Four holes of 1.2 mm in a flange are less than 0.4 % of the surface, which is no reason to leave them out."""
    body = [(0.0, 0.0), (18.0, 0.0), (18.0, 2.0), (10.0, 2.0), (10.0, 100.0), (0.0, 100.0)]
    part = _turned(body, tmp_path / "flange.step", holes=(14.0, 0.6))
    planned = plan_turned(PlanningTask(part, default_tools(), default_machine(), material_named("6061")))
    assert planned is not None
    assert planned.plan.setups[-1].kind == "mill"
    assert planned.plan.uncut == ()


def test_small_holes_beside_the_axis_stay_where_no_end_mill_is_listed(tmp_path: Path) -> None:
    body = [(0.0, 0.0), (18.0, 0.0), (18.0, 2.0), (10.0, 2.0), (10.0, 100.0), (0.0, 100.0)]
    part = _turned(body, tmp_path / "flange.step", holes=(14.0, 0.6))
    tools = tuple(tool for tool in default_tools() if tool.type in {*TURNING_TOOLS, "drill"})
    planned = plan_turned(PlanningTask(part, tools, default_machine(), material_named("6061")))
    assert planned is not None
    assert {setup.kind for setup in planned.plan.setups} == {"turn"}
    assert planned.plan.uncut


_RIM = [(7.0, 0.0), (7.0, 0.9), (5.6, 2.3), (7.0, 3.7), (7.0, 4.6), (4.2, 4.6)]
WHEEL = [
    (2.0, 0.0),
    (2.6, 0.0),
    (2.6, 0.5),
    (4.2, 0.5),
    (4.2, 0.0),
    *_RIM,
    (4.2, 4.1),
    (2.6, 4.1),
    (2.6, 4.6),
    (2.0, 4.6),
]


@pytest.mark.slow
def test_the_mill_cuts_what_a_lathe_can_not_hold_a_thin_wheel_for(tmp_path: Path) -> None:
    part = _turned(WHEEL, tmp_path / "wheel.step")
    planned = plan_turned(PlanningTask(part, default_tools(), default_machine(), material_named("6061")))
    assert planned is not None
    kinds = [setup.kind for setup in planned.plan.setups]
    assert kinds[0] == "turn"
    assert set(kinds[1:]) == {"mill"}
    assert not any("held in the jaws" in note for note in planned.notes)
    alone = plan_turned(PlanningTask(part, default_tools(), default_machine(), material_named("6061"), mills=False))
    assert alone is not None
    assert {setup.kind for setup in alone.plan.setups} == {"turn"}
    assert any("held in the jaws" in note for note in alone.notes)
    left = sum(record.area_mm2 for record in planned.plan.uncut)
    assert left < 0.004 * part.area_mm2


@pytest.mark.slow
@pytest.mark.parametrize("mills", [False, True])
def test_who_cuts_what_does_not_depend_on_the_words_for_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mills: bool
) -> None:
    """A wheel that no lathe can hold by its other end is planned in the same way if each reason is a random word."""
    part = _turned(WHEEL, tmp_path / "wheel.step")
    task = PlanningTask(part, default_tools(), default_machine(), material_named("6061"), mills=mills)
    plain = plan_route(task)
    for reason in UncutReason:
        monkeypatch.setitem(REASON_TEXTS, reason, secrets.token_hex(4))
    other = plan_route(task)
    assert other.plan.setups == plain.plan.setups
    assert [each.without_text() for each in other.plan.uncut] == [each.without_text() for each in plain.plan.uncut]
    assert {name: body for name, body in other.files.items() if name.endswith(".ngc")} == {
        name: body for name, body in plain.files.items() if name.endswith(".ngc")
    }


def test_a_grooved_disc_with_holes_beside_its_axis_is_turned_before_it_is_drilled(tmp_path: Path) -> None:
    rim = [(20.0, 0.0), (20.0, 3.0), (16.0, 3.0), (16.0, 7.0), (20.0, 7.0), (20.0, 10.0)]
    part = _turned([(5.0, 0.0), *rim, (5.0, 10.0)], tmp_path / "pulley.step", holes=(10.0, 2.1))
    planned = plan_turned(PlanningTask(part, default_tools(), default_machine(), material_named("6061")))
    assert planned is not None
    assert planned.plan.setups[0].kind == "turn"
    assert "mill" in [setup.kind for setup in planned.plan.setups]
    assert sum(record.area_mm2 for record in planned.plan.uncut) < 0.004 * part.area_mm2
    plain = _turned([(5.0, 0.0), (20.0, 0.0), (20.0, 10.0), (5.0, 10.0)], tmp_path / "disc.step", holes=(10.0, 2.1))
    assert plan_turned(PlanningTask(plain, default_tools(), default_machine(), material_named("6061"))) is None


def test_a_turned_piece_in_two_parts_is_handed_to_the_mill_with_both() -> None:
    rings = shapely.union_all([shapely.box(0.0, 5.0, 4.0, 10.0), shapely.box(6.0, 5.0, 8.0, 10.0)])
    assert revolved(rings, as_rows(np.eye(4))).volume() == pytest.approx(6.0 * np.pi * 75.0, rel=1e-3)


DRUM = [(0.0, 0.0), (15.0, 0.0), (15.0, 24.0), (0.0, 24.0)]


def _drum(part: PartModel, made: Made | None = None, **asked: Any) -> ProcessPlan:
    task = PlanningTask(part, default_tools(), default_machine(), material_named("6061"), **asked)
    found = plan_turned(task, made=made)
    assert found is not None
    return found


def test_the_mill_after_a_lathe_does_without_what_the_proof_refused(tmp_path: Path) -> None:
    part = _turned(DRUM, tmp_path / "drum.step", holes=(9.0, 1.2))
    told: list[Plan] = []
    first = _drum(part, made=lambda plan, _files, _whole: told.append(plan))
    assert [setup.kind for setup in told[0].setups] == ["turn"] * len(told[0].setups), "the lathe's part is told ahead"
    milling = next(setup for setup in first.plan.setups if setup.kind == "mill")
    step = milling.steps[0]
    other = _drum(part, without=frozenset({Refused(milling.name, step.strategy, step.tool)}))
    steps = [(setup.name, each.strategy, each.tool) for setup in other.plan.setups for each in setup.steps]
    assert (milling.name, step.strategy, step.tool) not in steps


def test_a_lathe_does_without_a_turning_tool_that_the_proof_refused(tmp_path: Path) -> None:
    part = _turned(DRUM, tmp_path / "drum.step", holes=(9.0, 1.2))
    first = _drum(part)
    step = next(each for each in first.plan.setups[0].steps if each.strategy == "finish")
    other = _drum(part, without=frozenset({Refused("1", step.strategy, step.tool)}))
    assert step.tool not in {each.tool for setup in other.plan.setups for each in setup.steps}


def test_milling_after_a_lathe_ends_with_the_time_for_planning(tmp_path: Path) -> None:
    part = _turned(DRUM, tmp_path / "drum.step", holes=(9.0, 1.2))
    task = PlanningTask(part, default_tools(), default_machine(), material_named("6061"), mills=False)
    turned = plan_turned(task)
    assert turned is not None
    lathe = msgspec.structs.replace(turned.plan, setups=tuple(s for s in turned.plan.setups if s.kind == "turn"))
    answers = iter([False])
    piece = revolved(shapely.box(0.0, 0.0, 24.0, 15.0), lathe.setups[0].model_to_work)
    ended = milled_after(
        replace(turned, plan=lathe), task, tuple(face.id for face in part.faces), piece,
        late=lambda: next(answers, True), most=1.0,
    )  # fmt: skip
    assert ended is not None
    assert NO_TIME in ended.notes


def test_nothing_is_milled_after_a_lathe_where_too_much_lies_out_of_sight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = _turned(DRUM, tmp_path / "drum.step", holes=(9.0, 1.2))
    task = PlanningTask(part, default_tools(), default_machine(), material_named("6061"), mills=False)
    turned = plan_turned(task)
    assert turned is not None
    prepare = milling_planner._prepare

    def one_eyed(*given: Any) -> Work:
        work = prepare(*given)
        work.visible = {way: seen if way == "+Z" else np.zeros_like(seen) for way, seen in work.visible.items()}
        return work

    monkeypatch.setattr(milling_planner, "_prepare", one_eyed)
    monkeypatch.setattr(
        milling_planner, "_setup", lambda *_: pytest.fail("what no setup sees stays, however long others are cut")
    )
    piece = revolved(shapely.box(-26.0, 0.0, 26.0, 16.0), turned.plan.setups[0].model_to_work)
    faces = tuple(face.id for face in part.faces)
    assert milled_after(turned, task, faces, piece, late=lambda: False) is None


@pytest.mark.parametrize("asked", [False, True])
def test_what_the_mill_after_a_lathe_forgoes_is_noted_and_is_nothing_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: bool
) -> None:
    part = _turned(DRUM, tmp_path / "drum.step", holes=(9.0, 1.2))
    task = PlanningTask(part, default_tools(), default_machine(), material_named("6061"), mills=False)
    turned = plan_turned(task)
    assert turned is not None
    faces = tuple(face.id for face in part.faces)
    taken: list[bool] = []

    def all_but_a_spot(work: Work, *_: Any) -> None:
        spot = np.zeros_like(work.samples.uncut)
        spot[int(np.flatnonzero(work.samples.uncut)[0])] = True
        work.samples.uncut &= spot
        taken.append(work.forgoes(spot, 1e9))

    monkeypatch.setattr(milling_planner, "_setup", all_but_a_spot)
    wanted = Requirement(kind="flatness", nominal=0.0, lower=0.0, upper=0.02, faces=faces)
    piece = revolved(shapely.box(-26.0, 0.0, 26.0, 16.0), turned.plan.setups[0].model_to_work)
    task = replace(task, requirements=(wanted,) if asked else ())
    whole = milled_after(turned, task, faces, piece, late=lambda: False, most=1e-9)
    assert taken
    assert taken[0] is not asked
    assert (whole is None) is asked, "what is forgone doesn't count as what can't be cut"
    assert asked or (whole is not None and any("--all-corners" in note for note in whole.notes))


def test_what_a_lathe_was_tried_for_is_not_planned_for_longer_than_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = _turned(DRUM, tmp_path / "drum.step", holes=(9.0, 1.2))
    now, given = [100.0], []

    def tried(_task: PlanningTask, *, late: Callable[[], bool], **_asked: Any) -> None:
        assert not late()
        now[0] += 35.0
        assert late(), "half the time is left to mill the part whole"

    def milled(task: PlanningTask, *, budget_s: float, **_asked: Any) -> ProcessPlan:
        given.append(budget_s)
        return task.unplanned(UncutReason.NOT_PLANNED)

    monkeypatch.setattr("nightmill.cam.planning.turning_planner.plan_turned", tried)
    monkeypatch.setattr("nightmill.cam.planning.milling_planner.plan_route", milled)
    task = PlanningTask(part, default_tools(), default_machine(), material_named("6061"))
    plan_route(task, budget_s=60.0, clock=lambda: now[0])
    assert given == [pytest.approx(25.0)]


def _threaded(part: PartModel, diameter: float, pitch: float, radius: float) -> Thread:
    faces = tuple(f.id for f in part.faces if f.surface == "cylinder" and abs((f.radius_mm or 0.0) - radius) < 1e-6)
    return Thread(diameter, pitch, faces)


@pytest.mark.slow
def test_a_thread_asked_for_on_both_sides_of_a_neck_does_not_run_across_it(tmp_path: Path) -> None:
    stud = [
        (0, 0),
        (6, 0),
        (6, 18),
        (5.4, 18),
        (5.4, 24),
        (6, 24),
        (6, 42),
        (4.5, 42),
        (4.5, 45),
        (12, 45),
        (12, 55),
        (0, 55),
    ]
    part = _turned([(float(r), float(z)) for r, z in stud], tmp_path / "stud.step")
    thread = _threaded(part, 12.0, 1.75, 6.0)
    assert len(thread.faces) == 2
    found = _drum(part, threads=(thread, thread))
    cut = [each.faces for setup in found.plan.setups for each in setup.steps if each.strategy == "thread"]
    assert len(cut) == 1
    (face,) = cut[0]
    left = next(each for each in thread.faces if each != face)
    assert [note for note in found.notes if f"M12 x 1.75 on faces {left} is not cut" in note]


@pytest.mark.parametrize(
    ("neck", "depth", "runs"), [(4.0, 0.0, 1), (4.0, 10.0, 2), (4.0, 30.0, 1), (5.4, 0.0, 2), (7.0, 0.0, 2)]
)
def test_a_thread_goes_on_over_an_undercut_alone(neck: float, depth: float, runs: int) -> None:
    section = shapely.Polygon([(0, 0), (0, 6), (15, 6), (15, neck), (20, neck), (20, 6), (35, 6), (35, 0)])
    curves = {7: np.array([[20.0, 6.0], [35.0, 6.0]]), 3: np.array([[0.0, 6.0], [15.0, 6.0]])}
    found = runs_of(Thread(12.0, 1.75, (7, 3), depth), curves, section)
    assert [each.faces for each in found] == ([(3, 7)] if runs == 1 else [(3,), (7,)])
    assert all(each.depth_mm == depth for each in found)


def test_a_tapped_bush_is_held_on_its_outside_for_the_second_setup(tmp_path: Path) -> None:
    ring = [(3.4, 0.6), (4.0, 0.0), (9.0, 0.0), (10.0, 1.0), (10.0, 29.0), (9.0, 30.0), (4.0, 30.0), (3.4, 29.4)]
    part = _turned(ring, tmp_path / "bush.step")
    found = _drum(part, threads=(_threaded(part, 8.0, 1.25, 3.4),))
    assert [setup.kind for setup in found.plan.setups] == ["turn", "turn"]
    assert "tap" in {each.strategy for each in found.plan.setups[0].steps}


@pytest.mark.slow
def test_a_threading_insert_comes_in_above_a_flange_far_from_the_thread(tmp_path: Path) -> None:
    spool = [
        (0, 0),
        (20, 0),
        (20, 10),
        (4.5, 10),
        (4.5, 40),
        (6, 40),
        (6, 60),
        (4.5, 60),
        (4.5, 110),
        (20, 110),
        (20, 120),
        (0, 120),
    ]
    part = _turned([(float(r), float(z)) for r, z in spool], tmp_path / "spool.step")
    found = _drum(part, threads=(_threaded(part, 12.0, 1.75, 6.0),))
    texts = [found.files[setup.program].decode() for setup in found.plan.setups]
    text = next(each for each in texts if "(thread M12" in each)
    comes = re.search(r"G0 X([\d.]+) Z[\d.]+\n", text[text.index("(thread M12") :])
    assert comes is not None
    assert float(comes[1]) > 40.0


def test_inch_threads_are_cut_by_their_turns_an_inch(tmp_path: Path) -> None:
    """1/2-13 on the outside and 1/4-20 in the bore of one bush."""
    core, outer = 2.6, 6.35
    ring = [
        (core, 0.0),
        (outer, 0.0),
        (outer, 13.0),
        (4.9, 13.0),
        (4.9, 17.0),
        (11.0, 17.0),
        (11.0, 24.0),
        (core, 24.0),
    ]
    part = _turned(ring, tmp_path / "bush.step")
    threads = (_threaded(part, 12.7, 25.4 / 13, outer), _threaded(part, 6.35, 1.27, core))
    found = _drum(part, threads=threads)
    assert not [note for note in found.notes if "is not cut" in note]
    names = {step.name for setup in found.plan.setups for step in setup.steps if step.strategy in ("thread", "tap")}
    assert names == {"thread thread 16ER 13 UN", "tap tap 0.25-20 UN"}
    text = b"".join(found.files[setup.program] for setup in found.plan.setups).decode()
    assert {word[:7] for word in re.findall(r"G33(?:\.1)? Z\S+ (K\S+)", text)} == {"K1.9538", "K1.27"}
    odd = msgspec.structs.replace(threads[0], pitch_mm=25.4 / 15)
    assert any("no threading insert" in note and "0.5-15 UN" in note for note in _drum(part, threads=(odd,)).notes)


def test_shank_and_trailing_edge_stay_out_of_what_roughing_leaves_behind_a_flange(tmp_path: Path) -> None:
    neck, flange = [(0.0, 0.0), (8.8, 0.0), (9.8, 1.0), (9.8, 17.9)], [(20.8, 17.9), (20.8, 27.0), (19.8, 28.0)]
    pin = [*neck, *flange, (1.65, 28.0), (1.65, 19.8), (0.0, 18.8)]
    path = tmp_path / "pin.step"
    found = _drum(_turned(pin, path))
    (tmp_path / "plan.json").write_bytes(write_plan(found.plan))
    for name, data in found.files.items():
        (tmp_path / name).write_bytes(data)
    proof = certify(tmp_path, path)
    assert (proof.rapid_hits, proof.collisions) == (0, 0)
    assert proof.certified
