"""One body of a file with several, from the file to the certificate and to a proof that reads the plan alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from nightmill.plant.part_planning.child_jobs import features_job, verify_job
from nightmill.plant.part_planning.plan_job import plan_job
from nightmill.vocabulary.errors import BadInput


def _silent(_phase: str, _share: float) -> None: ...


@pytest.fixture
def two_blocks(tmp_path: Path) -> str:
    from OCP.BRep import BRep_Builder
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
    from OCP.gp import gp_Pnt
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer
    from OCP.TopoDS import TopoDS_Compound

    builder, both = BRep_Builder(), TopoDS_Compound()
    builder.MakeCompound(both)
    builder.Add(both, BRepPrimAPI_MakeBox(gp_Pnt(0, 0, 0), 50, 30, 20).Shape())
    builder.Add(both, BRepPrimAPI_MakeBox(gp_Pnt(80, 0, 0), 40, 25, 18).Shape())
    writer = STEPControl_Writer()
    writer.Transfer(both, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(tmp_path / "two.step"))
    return str(tmp_path / "two.step")


def test_a_body_is_planned_and_its_plan_says_for_which_it_is(two_blocks: str, tmp_path: Path) -> None:
    answer = plan_job(two_blocks, str(tmp_path / "out"), body="2")
    assert answer["certificate"]["certified"], answer["certificate"]["messages"]
    assert answer["part"] == "two-2"
    written: dict[str, Any] = json.loads((tmp_path / "out" / "plan.json").read_text())
    assert written["body"] == "2"
    low = written["stock"]["min"]
    assert 70 < low[0] < 80  # the second block stands there
    again = verify_job(str(tmp_path / "out" / "plan.json"), two_blocks, None, None, _silent)
    assert again["certified"], again["messages"]
    written["body"] = "1"
    (tmp_path / "out" / "plan.json").write_text(json.dumps(written))
    other = verify_job(str(tmp_path / "out" / "plan.json"), two_blocks, None, None, _silent)
    assert not other["certified"]


def test_features_of_a_body(two_blocks: str) -> None:
    assert len(features_job(two_blocks, "nightmill", _silent, body="1")["faces"]) == 6
    with pytest.raises(BadInput, match="2 solids"):
        features_job(two_blocks, "nightmill", _silent)
