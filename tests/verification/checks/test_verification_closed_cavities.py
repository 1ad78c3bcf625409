"""What no axis sees counts in no share, so the certificate says in words that the programs don't make it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from test_verification_pipeline import check, part, plan_of

from nightmill.verification.checks.closed_cavities import closed_in
from nightmill.verification.target.surface_samples import sample
from nightmill.vocabulary.plan import Uncut
from nightmill.vocabulary.uncut_reasons import UncutReason

__all__ = ["part"]


def less(part: Path, tool: Any, to: Path) -> Path:
    """The part's STEP file less one more body."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.STEPControl import STEPControl_Reader, STEPControl_StepModelType, STEPControl_Writer

    reader, writer = STEPControl_Reader(), STEPControl_Writer()
    reader.ReadFile(str(part))
    reader.TransferRoots()
    writer.Transfer(BRepAlgoAPI_Cut(reader.OneShape(), tool).Shape(), STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(to))
    return to


def test_a_closed_cavity_is_named_in_the_certificate(part: Path, tmp_path: Path) -> None:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
    from OCP.gp import gp_Pnt

    hollow = less(part, BRepPrimAPI_MakeBox(gp_Pnt(25, 14, 2), gp_Pnt(45, 26, 5)).Shape(), tmp_path / "hollow.step")
    found = check(hollow, tmp_path, plan=msgspec.structs.replace(plan_of(hollow), uncut=()))
    assert {each.code for each in found.uncut} == {UncutReason.CLOSED}
    assert sum(each.area_mm2 for each in found.uncut) == pytest.approx(2 * (20 * 12 + 20 * 3 + 12 * 3), rel=0.02)
    (said,) = (message for message in found.messages if "closed cavity" in message)
    assert "6" in said.split("faces ")[1]
    assert found.certified, found.messages


def test_an_undercut_is_named_in_the_certificate_and_is_no_cavity(part: Path, tmp_path: Path) -> None:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    ring = BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(10, 10, 3), gp_Dir(0, 0, 1)), 5.0, 4.0).Shape()
    under = less(part, ring, tmp_path / "under.step")
    found = check(under, tmp_path, plan=msgspec.structs.replace(plan_of(under), uncut=(Uncut((0,), 0.0, "none"),)))
    assert {each.code for each in found.uncut} == {UncutReason.NOT_VISIBLE}
    (said,) = (message for message in found.messages if "none of the six axes" in message)
    assert "% of the surface" in said
    assert not any("closed cavity" in message for message in found.messages)


def box(x: float) -> Any:
    """A cube of 10 mm."""
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
    from OCP.gp import gp_Pnt

    return BRepPrimAPI_MakeBox(gp_Pnt(x, 0, 0), 10.0, 10.0, 10.0).Shape()


def test_a_face_that_meets_its_neighbours_only_roughly_is_no_cavity() -> None:
    target = sample(box(0.0), 4000)
    last = target.triangle_face.max()
    apart = target.triangles.copy()
    apart[target.triangle_face == last] += 0.001
    assert not len(closed_in(replace(target, triangles=apart), target.face == last))


def test_a_piece_apart_that_nobody_sees_is_no_cavity() -> None:
    from OCP.BRep import BRep_Builder
    from OCP.TopoDS import TopoDS_Compound

    both, builder = TopoDS_Compound(), BRep_Builder()
    builder.MakeCompound(both)
    for x in (0.0, 20.0):
        builder.Add(both, box(x))
    target = sample(both, 4000)
    assert not len(closed_in(target, target.points[:, 0] > 15.0))
