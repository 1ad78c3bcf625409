"""Boxes of torus and sphere faces in closed form, against the kernel's own search."""

import math

import numpy as np
import pytest
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepBuilderAPI import BRepBuilderAPI_Transform
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeSphere, BRepPrimAPI_MakeTorus
from OCP.gp import gp_Ax1, gp_Ax2, gp_Dir, gp_Pnt, gp_Trsf

from nightmill.design.solid import explore
from nightmill.design.surfaces import OrientedFace, _box, face_record


@pytest.mark.parametrize(("first", "last", "turn"), [(0.0, 2 * math.pi, 0.0), (0.3, 1.7, 1.1), (-1.2, 0.4, 2.9)])
@pytest.mark.parametrize("kind", ["torus", "sphere"])
def test_the_box_of_a_whole_patch_is_the_kernels(kind: str, first: float, last: float, turn: float) -> None:
    place = gp_Ax2(gp_Pnt(3, -2, 5), gp_Dir(0.3, -0.5, 0.8), gp_Dir(0.8, 0.5, 0.0))
    if kind == "torus":
        shape = BRepPrimAPI_MakeTorus(place, 9.0, 2.5, first, last, 1.5).Shape()
    else:
        shape = BRepPrimAPI_MakeSphere(place, 4.0, max(first, -1.5), min(last, 1.5), 1.5).Shape()
    move = gp_Trsf()
    move.SetRotation(gp_Ax1(gp_Pnt(0, 0, 0), gp_Dir(0.2, 1.0, 0.4)), turn)
    shape = BRepBuilderAPI_Transform(shape, move).Shape()
    faces = [OrientedFace(face) for face in explore(shape, "FACE")]
    round_ones = [face for face in faces if face.kind == kind]
    assert round_ones
    for face in round_ones:
        record = face_record(0, "", face)
        low, high = _box(face.shape)
        assert np.allclose(record.low, low, atol=1e-5)
        assert np.allclose(record.high, high, atol=1e-5)


def test_a_patch_that_is_cut_away_in_part_keeps_its_own_box() -> None:
    ball = BRepPrimAPI_MakeSphere(gp_Pnt(0, 0, 0), 5.0).Shape()
    cut = BRepAlgoAPI_Cut(ball, BRepPrimAPI_MakeBox(gp_Pnt(1, -9, -9), gp_Pnt(9, 9, 9)).Shape()).Shape()
    face = next(one for one in (OrientedFace(each) for each in explore(cut, "FACE")) if one.kind == "sphere")
    assert face_record(0, "", face).high[0] == pytest.approx(1.0, abs=1e-3)
