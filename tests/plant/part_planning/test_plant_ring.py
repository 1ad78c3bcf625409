"""A ring too thin for a lathe to hold by its other end goes from the lathe to the mill."""

from pathlib import Path
from typing import Any

import pytest

from nightmill.plant.part_planning.plan_job import plan_job


def _cylinder(radius: float, height: float, z: float) -> Any:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    return BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(0, 0, z), gp_Dir(0, 0, 1)), radius, height).Shape()


@pytest.mark.slow
def test_a_thin_ring_with_a_groove_in_both_ends_is_milled_where_the_lathe_cannot_hold_it(tmp_path: Path) -> None:
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    ring = BRepAlgoAPI_Cut(_cylinder(20, 3, 0), _cylinder(9, 3, 0)).Shape()
    for z in (-0.01, 2.3):
        groove = BRepAlgoAPI_Cut(_cylinder(18, 0.71, z), _cylinder(12, 0.71, z)).Shape()
        ring = BRepAlgoAPI_Cut(ring, groove).Shape()
    writer = STEPControl_Writer()
    writer.Transfer(ring, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(tmp_path / "ring.step"))
    answer = plan_job(str(tmp_path / "ring.step"), str(tmp_path / "out"))
    assert answer["certificate"]["certified"], answer["certificate"]["messages"]
    kinds = [setup["kind"] for setup in answer["setups"]]
    assert kinds[0] == "turn"
    assert set(kinds[1:]) == {"mill"}
    assert not answer["certificate"]["uncut"]
