"""Holes along axes that none of the six setups opens, and a groove as wide as its blade, from the file to the certificate."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightmill.plant.part_planning.plan_job import plan_job

Vector = tuple[float, float, float]


def _drill(radius: float, length: float, at: Vector, axis: Vector) -> Any:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    return BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(*at), gp_Dir(*axis)), radius, length).Shape()


def _written(path: Path, body: Any, *gone: Any) -> str:
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    for tool in gone:
        body = BRepAlgoAPI_Cut(body, tool).Shape()
    writer = STEPControl_Writer()
    writer.Transfer(body, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(path))
    return str(path)


def _axes(answer: dict[str, Any], out: Path) -> list[np.ndarray[Any, Any]]:
    """Of each milling setup the model's direction that points to the spindle, from the plan as it was written."""
    import json

    plan = json.loads((out / "plan.json").read_text())
    return [np.array(s["model_to_work"])[2, :3] for s in plan["setups"] if s["kind"] == "mill"]


@pytest.mark.slow
def test_a_hub_with_three_radial_holes_is_turned_and_each_hole_drilled_along_its_axis(tmp_path: Path) -> None:
    ways: list[Vector] = [(math.cos(a), math.sin(a), 0.0) for a in (0.0, 2 * math.pi / 3, 4 * math.pi / 3)]
    hub = _drill(20.0, 30.0, (0, 0, 0), (0, 0, 1))
    bore = _drill(8.0, 40.0, (0, 0, -5), (0, 0, 1))
    step = _written(tmp_path / "hub.step", hub, bore, *(_drill(2.5, 30.0, (0, 0, 10), way) for way in ways))
    answer = plan_job(step, str(tmp_path / "out"))
    assert answer["certificate"]["certified"], answer["certificate"]["messages"]
    axes = _axes(answer, tmp_path / "out")
    assert sorted(round(math.degrees(math.atan2(z[1], z[0])) % 360) for z in axes) == [0, 120, 240]
    assert not answer["certificate"]["uncut"]


@pytest.mark.slow
def test_a_stepped_hole_askew_in_a_block_takes_one_tilted_setup(tmp_path: Path) -> None:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox

    lean = math.radians(30)
    way = (math.sin(lean), 0.0, math.cos(lean))
    block = BRepPrimAPI_MakeBox(60.0, 40.0, 25.0).Shape()
    foot = (20.0, 20.0, -5.0)
    seat = (foot[0] + 25 * way[0], foot[1], foot[2] + 25 * way[2])
    step = _written(tmp_path / "block.step", block, _drill(3.0, 60.0, foot, way), _drill(6.0, 40.0, seat, way))
    answer = plan_job(step, str(tmp_path / "out"))
    assert answer["certificate"]["certified"], answer["certificate"]["messages"]
    assert answer["certificate"]["certified_area_share"] > 0.999
    axes = _axes(answer, tmp_path / "out")
    assert len(axes) == 3
    assert axes[-1] == pytest.approx(way, abs=1e-6)


def test_a_groove_just_as_wide_as_a_blade_is_plunged_in_one_turning(tmp_path: Path) -> None:
    ring = _drill(20.0, 0.5, (0, 0, 12), (0, 0, 1))
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut

    groove = BRepAlgoAPI_Cut(ring, _drill(7.4, 5.0, (0, 0, 10), (0, 0, 1))).Shape()
    step = _written(tmp_path / "pin.step", _drill(8.0, 30.0, (0, 0, 0), (0, 0, 1)), groove)
    answer = plan_job(step, str(tmp_path / "out"))
    assert answer["certificate"]["certified"], answer["certificate"]["messages"]
    steps = [step["strategy"] for setup in answer["setups"] for step in setup["steps"]]
    assert "groove" in steps
    assert len(_axes(answer, tmp_path / "out")) == 0


def test_a_tapered_hole_is_drilled_to_its_narrow_end_before_it_is_milled(tmp_path: Path) -> None:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCone
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    block = BRepPrimAPI_MakeBox(40.0, 30.0, 12.0).Shape()
    taper = BRepPrimAPI_MakeCone(gp_Ax2(gp_Pnt(20, 15, 0), gp_Dir(0, 0, 1)), 4.0, 4.5, 12.0).Shape()
    answer = plan_job(_written(tmp_path / "port.step", block, taper), str(tmp_path / "out"))
    assert answer["certificate"]["certified"], answer["certificate"]["messages"]
    assert answer["certificate"]["certified_area_share"] > 0.999
    strategies = [step["strategy"] for setup in answer["setups"] for step in setup["steps"]]
    assert strategies.index("drill") < strategies.index("surface")


def _leaning_slot(path: Path, degrees: float) -> str:
    """A block with a round-ended slot from its top, 8 wide, 26 long and about 10 deep, that leans over its long side."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Fuse
    from OCP.BRepBuilderAPI import BRepBuilderAPI_Transform
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
    from OCP.gp import gp_Ax1, gp_Dir, gp_Pnt, gp_Trsf
    from OCP.ShapeUpgrade import ShapeUpgrade_UnifySameDomain

    block = BRepPrimAPI_MakeBox(gp_Pnt(0, 0, 0), 50, 40, 25).Shape()
    slot = BRepPrimAPI_MakeBox(gp_Pnt(16, 16, 15), 18, 8, 30).Shape()
    for x in (16.0, 34.0):
        slot = BRepAlgoAPI_Fuse(slot, _drill(4.0, 30.0, (x, 20, 15), (0, 0, 1))).Shape()
    joined = ShapeUpgrade_UnifySameDomain(slot, True, True, False)
    joined.Build()
    lean = gp_Trsf()
    lean.SetRotation(gp_Ax1(gp_Pnt(25, 20, 15), gp_Dir(1, 0, 0)), math.radians(degrees))
    return _written(path, block, BRepBuilderAPI_Transform(joined.Shape(), lean, True).Shape())


def test_a_slot_that_leans_is_cut_along_its_walls(tmp_path: Path) -> None:
    answer = plan_job(_leaning_slot(tmp_path / "slot.step", 14.0), str(tmp_path / "out"))
    assert answer["certificate"]["certified"], answer["certificate"]["messages"]
    assert any(abs(float(z[2]) - math.cos(math.radians(14))) < 1e-4 for z in _axes(answer, tmp_path / "out"))
    assert sum(each["area_mm2"] for each in answer["certificate"]["uncut"]) < 1.0
