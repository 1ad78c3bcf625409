"""A part that is placed askew in its STEP file, from the file to the certificate."""

import math
from pathlib import Path

import msgspec
import pytest

from nightmill.plant.part_planning.plan_job import plan_job
from nightmill.plant.plan_store.route_record import RouteRecord


def askew_block(path: Path) -> Path:
    """A 40 x 30 x 15 block with a step along one side and an 8 mm hole, turned by 0.6 rad around (1, 0.3, 0.2)."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepBuilderAPI import BRepBuilderAPI_Transform
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax1, gp_Ax2, gp_Dir, gp_Pnt, gp_Trsf
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    block = BRepPrimAPI_MakeBox(40.0, 30.0, 15.0).Shape()
    step = BRepPrimAPI_MakeBox(gp_Pnt(-1.0, 20.0, 9.0), 50.0, 20.0, 20.0).Shape()
    hole = BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(20.0, 10.0, -1.0), gp_Dir(0.0, 0.0, 1.0)), 4.0, 30.0).Shape()
    shape = BRepAlgoAPI_Cut(BRepAlgoAPI_Cut(block, step).Shape(), hole).Shape()
    turn = gp_Trsf()
    turn.SetRotation(gp_Ax1(gp_Pnt(0.0, 0.0, 0.0), gp_Dir(1.0, 0.3, 0.2)), 0.6)
    writer = STEPControl_Writer()
    writer.Transfer(BRepBuilderAPI_Transform(shape, turn, True).Shape(), STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(path))
    return path


def test_an_askew_part_is_certified_in_two_setups(tmp_path: Path) -> None:
    answer = plan_job(str(askew_block(tmp_path / "askew.step")), str(tmp_path / "out"))
    assert answer["certificate"]["certified"], answer["certificate"]["messages"]
    assert len(answer["setups"]) == 2
    record = msgspec.json.decode((tmp_path / "out" / "route.json").read_bytes(), type=RouteRecord)
    assert record.part_volume_mm3 == pytest.approx(40 * 30 * 15 - 40 * 10 * 6 - math.pi * 16 * 15, rel=1e-6)
    assert record.stock_volume_mm3 == pytest.approx(42 * 32 * (15 + 1 + 6), rel=1e-3)
