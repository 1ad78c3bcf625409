"""A turned part of which no second setup can hold the other end: parting finishes that end, and nothing is left on it."""

from pathlib import Path
from typing import Any

from nightmill.plant.part_planning.plan_job import plan_job


def test_a_spool_with_a_flange_at_both_ends_is_finished_from_one(tmp_path: Path) -> None:
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut, BRepAlgoAPI_Fuse
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCone, BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    def at(z: float) -> Any:
        return gp_Ax2(gp_Pnt(0, 0, z), gp_Dir(0, 0, 1))

    spool = BRepPrimAPI_MakeCylinder(at(0), 4.0, 18.0).Shape()
    for z in (0.0, 17.0):
        spool = BRepAlgoAPI_Fuse(spool, BRepPrimAPI_MakeCylinder(at(z), 6.0, 1.0).Shape()).Shape()
    spool = BRepAlgoAPI_Cut(spool, BRepPrimAPI_MakeCylinder(at(0), 3.0, 18.0).Shape()).Shape()
    for z, low, high in ((0.0, 3.1, 3.0), (17.9, 3.0, 3.1)):
        spool = BRepAlgoAPI_Cut(spool, BRepPrimAPI_MakeCone(at(z), low, high, 0.1).Shape()).Shape()
    writer = STEPControl_Writer()
    writer.Transfer(spool, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(tmp_path / "spool.step"))
    answer = plan_job(str(tmp_path / "spool.step"), str(tmp_path / "out"))
    assert answer["certificate"]["certified"], answer["certificate"]["messages"]
    assert [setup["kind"] for setup in answer["setups"]] == ["turn"]
    left = [record for record in answer["certificate"]["uncut"] if record["area_mm2"] > 0.0]
    assert sum(record["area_mm2"] for record in left) < 2.0, "no more than the far mouth's chamfer of 0.1 mm"
