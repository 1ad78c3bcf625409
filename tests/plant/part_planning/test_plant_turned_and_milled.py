"""A part that is turned and then milled is judged by what its mills reach, and whole where a lathe may turn it."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from nightmill.plant.part_planning.plan_job import plan_job
from nightmill.verification import certify
from nightmill.verification.checks.excess_and_gouge import Judgement
from nightmill.verification.checks.reachable_share import clear_share
from nightmill.verification.target.visibility import on_turned
from nightmill.vocabulary.plan import Certificate


@pytest.mark.slow
def test_sharp_corners_of_a_pocket_beside_the_axis_are_out_of_reach(tmp_path: Path) -> None:
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    drum = BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(0, 0, 0), gp_Dir(0, 0, 1)), 14.0, 24.0).Shape()
    for x in (4.0, -10.0):
        drum = BRepAlgoAPI_Cut(drum, BRepPrimAPI_MakeBox(gp_Pnt(x, -3, 14), gp_Pnt(x + 6, 3, 30)).Shape()).Shape()
    step = tmp_path / "drum.step"
    writer = STEPControl_Writer()
    writer.Transfer(drum, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(step))
    answer = plan_job(str(step), str(tmp_path / "out"))
    assert {setup["kind"] for setup in answer["setups"]} == {"turn", "mill"}
    found = msgspec.convert(answer["certificate"], Certificate)
    assert found.certified, found.messages
    assert found.reachable_area_share is not None
    assert found.certified_area_share is not None
    assert found.reachable_area_share > found.certified_area_share
    assert certify(tmp_path / "out", step).reachable_area_share == pytest.approx(found.reachable_area_share)


def test_a_turned_surface_is_asked_for_whatever_a_mill_reaches() -> None:
    angle = np.linspace(0.0, 6.0, 50)
    points = np.column_stack([10 * np.cos(angle), 10 * np.sin(angle), np.linspace(0.0, 9.0, 50)])
    outwards = points * [0.1, 0.1, 0.0]
    assert on_turned(points, outwards, np.eye(4)).all()
    assert on_turned(points, np.tile([0.0, 0.0, 1.0], (50, 1)), np.eye(4)).all()
    aside = np.column_stack([-outwards[:, 1], outwards[:, 0], np.zeros(50)])
    assert not on_turned(points, aside, np.eye(4)).any()


@pytest.mark.parametrize(("turned", "share"), [(False, 1.0), (True, 0.5)])
def test_what_stands_on_a_turned_surface_counts_though_no_mill_reaches_it(turned: bool, share: float) -> None:
    class Part:
        points = np.zeros((2, 3))
        weight_mm2 = np.ones(2)

    seen, clear = np.ones(2, dtype=np.bool_), np.array([True, False])
    judged = Judgement(seen, clear, np.array([0.0, 1.0]), np.full(2, turned), 0.0, None, None, 0)
    assert clear_share(Part(), judged, np.zeros(2, dtype=np.int32)) == share  # type: ignore[arg-type]
