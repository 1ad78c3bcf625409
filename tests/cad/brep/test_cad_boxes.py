"""Boxes of torus and sphere faces in closed form, against the kernel's own search."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from OCP.BRep import BRep_Tool
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepBuilderAPI import BRepBuilderAPI_Transform
from OCP.BRepMesh import BRepMesh_IncrementalMesh
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeSphere, BRepPrimAPI_MakeTorus
from OCP.gp import gp_Ax1, gp_Ax2, gp_Dir, gp_Pnt, gp_Trsf
from OCP.TopLoc import TopLoc_Location

from nightmill.cad.brep.face_boxes import kernel_box
from nightmill.cad.brep.face_records import OrientedFace, face_record
from nightmill.cad.step.kernel_import import explore

FINE_MM = 0.01


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
        low, high = kernel_box(face.shape)
        assert np.allclose(record.low, low, atol=1e-5)
        assert np.allclose(record.high, high, atol=1e-5)


def test_a_patch_that_is_cut_away_in_part_keeps_its_own_box() -> None:
    ball = BRepPrimAPI_MakeSphere(gp_Pnt(0, 0, 0), 5.0).Shape()
    cut = BRepAlgoAPI_Cut(ball, BRepPrimAPI_MakeBox(gp_Pnt(1, -9, -9), gp_Pnt(9, 9, 9)).Shape()).Shape()
    face = next(one for one in (OrientedFace(each) for each in explore(cut, "FACE")) if one.kind == "sphere")
    assert face_record(0, "", face).high[0] == pytest.approx(1.0, abs=1e-3)


def mesh_nodes(face: OrientedFace) -> NDArray[np.float64]:
    """The nodes (n, 3) of a face that has been meshed."""
    mesh = BRep_Tool.Triangulation_s(face.shape, TopLoc_Location())
    nodes = [mesh.Node(k) for k in range(1, mesh.NbNodes() + 1)]
    return np.array([(node.X(), node.Y(), node.Z()) for node in nodes])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["torus", "sphere"])
def test_the_box_of_a_trimmed_patch_is_that_of_its_mesh(kind: str, seed: int) -> None:
    draw = np.random.default_rng(seed)
    place = gp_Ax2(gp_Pnt(3, -2, 5), gp_Dir(*draw.normal(size=3)))
    round_one = BRepPrimAPI_MakeTorus(place, 9.0, 2.5) if kind == "torus" else BRepPrimAPI_MakeSphere(place, 6.0)
    tilted = gp_Trsf()
    tilted.SetRotation(gp_Ax1(gp_Pnt(3, -2, 5), gp_Dir(*draw.normal(size=3))), float(draw.uniform(0, 3)))
    x, y, z = draw.uniform(-4.0, 4.0, 3)
    block = BRepPrimAPI_MakeBox(gp_Pnt(3 + x, -2 + y, 5 + z), gp_Pnt(33, 28, 35)).Shape()
    cut = BRepAlgoAPI_Cut(round_one.Shape(), BRepBuilderAPI_Transform(block, tilted).Shape()).Shape()
    faces = [face for face in (OrientedFace(each) for each in explore(cut, "FACE")) if face.kind == kind]
    assert faces
    BRepMesh_IncrementalMesh(cut, FINE_MM, False, 0.2, False)
    for face in faces:
        record, nodes = face_record(0, "", face), mesh_nodes(face)
        assert np.allclose(record.low, nodes.min(axis=0), atol=FINE_MM)
        assert np.allclose(record.high, nodes.max(axis=0), atol=FINE_MM)
