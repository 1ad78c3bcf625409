"""The half-section that is turned holds all of the part, also what stands in a bore or out of the outside."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from nightmill.cad import read_part
from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route
from nightmill.cam.planning.turning_planner import plan_turned
from nightmill.cam.strategies.turning.turning_profile import Profile, turned_profile
from nightmill.cam.tooling.tool_library import lathe_of
from nightmill.vocabulary.plan import Thread
from nightmill.vocabulary.shop import MachineLimits


def _cylinder(radius: float, length: float, low: float) -> Any:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    return BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(0, 0, low), gp_Dir(0, 0, 1)), radius, length).Shape()


def _box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Any:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
    from OCP.gp import gp_Pnt

    return BRepPrimAPI_MakeBox(gp_Pnt(*low), gp_Pnt(*high)).Shape()


def _profile(body: Any, path: Path) -> tuple[Profile, Any]:
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    writer = STEPControl_Writer()
    writer.Transfer(body, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(path))
    part = read_part(path)
    profile = turned_profile(part)
    assert profile is not None
    away = part.mesh.vertices - profile.origin
    along = away @ profile.axis
    radius = np.linalg.norm(away - np.outer(along, profile.axis), axis=1)
    assert shapely.contains_xy(profile.section.buffer(0.02), along, radius).all()
    return profile, part


def test_a_bore_with_a_flat_stays_full_and_its_wall_is_left_to_the_mill(tmp_path: Path) -> None:
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut

    bore = BRepAlgoAPI_Cut(_cylinder(4.0, 14.0, -1.0), _box((-5.0, 3.0, -2.0), (5.0, 5.0, 15.0))).Shape()
    body = BRepAlgoAPI_Cut(_cylinder(15.0, 12.0, 0.0), bore).Shape()
    profile, part = _profile(body, tmp_path / "d-bore.step")
    assert profile.section.area == pytest.approx(15.0 * 12.0, rel=1e-3)
    hollow = {face.id for face in part.faces if face.surface == "cylinder" and face.hollow}
    assert hollow
    assert hollow <= set(profile.off_axis)


def test_a_round_bore_stays_open(tmp_path: Path) -> None:
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut

    profile, _ = _profile(
        BRepAlgoAPI_Cut(_cylinder(15.0, 12.0, 0.0), _cylinder(4.0, 14.0, -1.0)).Shape(), tmp_path / "bore.step"
    )
    assert profile.section.area == pytest.approx(11.0 * 12.0, rel=1e-6)
    assert not profile.off_axis


def test_a_lug_on_the_outside_is_kept_by_the_section(tmp_path: Path) -> None:
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Fuse

    body = BRepAlgoAPI_Fuse(_cylinder(15.0, 40.0, 0.0), _box((10.0, -2.0, 18.0), (16.0, 2.0, 21.0))).Shape()
    profile, _ = _profile(body, tmp_path / "lug.step")
    assert profile.section.bounds[3] == pytest.approx(np.hypot(16.0, 2.0), abs=0.02)


def test_a_piece_larger_than_the_shops_lathe_is_not_turned(tmp_path: Path) -> None:
    _, part = _profile(_cylinder(15.0, 12.0, 0.0), tmp_path / "disc.step")
    narrow = MachineLimits((15.0, 50.0, 500.0), 4000.0)
    short = MachineLimits((125.0, 50.0, 50.0), 4000.0)
    assert lathe_of(narrow).swing_mm == 30.0
    for limits in (narrow, short):
        found = plan_turned(
            PlanningTask(part, default_tools(), default_machine(), material_named("Al 6061"), lathe=limits)
        )
        assert found is None


def test_a_thread_without_a_tap_is_said_to_be_left_where_no_mill_is(tmp_path: Path) -> None:
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut

    body = BRepAlgoAPI_Cut(_cylinder(10.0, 15.0, 0.0), _cylinder(3.4, 20.0, -1.0)).Shape()
    _, part = _profile(body, tmp_path / "ring.step")
    bore = next(face.id for face in part.faces if face.surface == "cylinder" and face.hollow)
    found = plan_route(
        PlanningTask(
            part,
            tuple(tool for tool in default_tools() if tool.type != "tap"),
            default_machine(),
            material_named("Al 6061"),
            threads=(Thread(8.0, 1.25, (bore,)),),
            mills=False,
        )
    )
    assert [setup.kind for setup in found.plan.setups].count("turn") >= 1
    assert any(note.startswith(f"thread M8 x 1.25 on faces {bore} is not cut") for note in found.notes)
