"""A coil spring goes through planning as what it is: told at once, with its picture and its reason."""

import json
import math
from pathlib import Path

import pytest

from nightmill.cad import read_part
from nightmill.plant.part_planning import plan_job as planning
from nightmill.plant.part_planning.plan_job import plan_job
from nightmill.vocabulary.errors import BadInput


def spring(path: Path) -> Path:
    """A wire of 0.4 mm, 4 turns of 6 mm across."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeEdge, BRepBuilderAPI_MakeWire
    from OCP.BRepLib import BRepLib
    from OCP.BRepOffsetAPI import BRepOffsetAPI_MakePipeShell
    from OCP.Geom import Geom_CylindricalSurface
    from OCP.Geom2d import Geom2d_Line
    from OCP.gp import gp_Ax2, gp_Ax3, gp_Circ, gp_Dir, gp_Dir2d, gp_Pnt, gp_Pnt2d
    from OCP.Message import Message
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    tube = Geom_CylindricalSurface(gp_Ax3(gp_Pnt(0, 0, 0), gp_Dir(0, 0, 1)), 3.0)
    line = Geom2d_Line(gp_Pnt2d(0, 0), gp_Dir2d(2 * math.pi, 1.0))
    edge = BRepBuilderAPI_MakeEdge(line, tube, 0.0, 4 * math.hypot(2 * math.pi, 1.0)).Edge()
    BRepLib.BuildCurves3d_s(edge)
    ring = gp_Circ(gp_Ax2(gp_Pnt(3, 0, 0), gp_Dir(0, 6 * math.pi, 1)), 0.2)
    shell = BRepOffsetAPI_MakePipeShell(BRepBuilderAPI_MakeWire(edge).Wire())
    shell.SetMode(True)
    shell.Add(BRepBuilderAPI_MakeWire(BRepBuilderAPI_MakeEdge(ring).Edge()).Wire())
    shell.Build()
    shell.MakeSolid()
    Message.DefaultMessenger_s().ChangePrinters().Clear()
    writer = STEPControl_Writer()
    writer.Transfer(shell.Shape(), STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(path))
    return path


@pytest.mark.slow
def test_a_part_whose_coarse_mesh_does_not_close_keeps_its_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closely = read_part

    def read(step: Path, body: str = "", **asked: float) -> object:
        if asked:
            raise BadInput()
        return closely(step)

    monkeypatch.setattr(planning, "read_part", read)
    answer = plan_job(str(spring(tmp_path / "spring.step")), str(tmp_path / "out"))
    assert not answer["certificate"]["certified"]
    assert "it is wound" in answer["notes"][0]
    assert answer["certificate"]["gouge_mm"] is None
    assert json.loads((tmp_path / "out" / "preview.json").read_bytes())["triangles"]
