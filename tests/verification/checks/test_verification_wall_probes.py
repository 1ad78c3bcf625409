"""A dent in a wall, narrower than the samples' spacing and shallower than a node of the height map; and none where there is none."""

import numpy as np
import pytest
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder, BRepPrimAPI_MakeTorus
from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
from OCP.ShapeFix import ShapeFix_ShapeTolerance

from nightmill.verification import interpret
from nightmill.verification.checks.wall_probes import wall_gouge
from nightmill.verification.removal.material_removal import Cuts, Removal
from nightmill.verification.target.surface_samples import DEFLECTION_MM, Target, sample, triangles_of
from nightmill.verification.target.tool_rows import move_table
from nightmill.vocabulary.plan import Tool

MILL = Tool(1, "flat", 6, flute_length_mm=30, shank_diameter_mm=6, stickout_mm=50)
HEAD = "G21 G17 G90 G94 G40 G49 G80 G54\nT1 M6\nG43 H1\nS5000 M3\nF500\nG0 X-20 Y-20 Z30\nG0 Z-5\n"
UP = np.array([[0.0, 0.0, 1.0]])


@pytest.fixture(scope="module")
def plate() -> Target:
    """A plate 400 x 300 x 4, its top at Z0, with few samples."""
    return sample(BRepPrimAPI_MakeBox(gp_Pnt(0, 0, -4), gp_Pnt(400, 300, 0)).Shape(), 8000)


def cut(target: Target, text: str) -> Removal:
    motions = interpret(HEAD + text + "M2\n", chord_mm=float("inf"))
    assert not motions.problems
    removal = Removal()
    removal.add(Cuts.of(np.eye(4), move_table(motions, (MILL,), 0.001), target.low - 6, target.high + 6))
    return removal


def outline(dent: str = "") -> str:
    return f"G1 X-3 Y-3\n{dent}Y303\nX403\nY-3\nX-3\n"


def test_a_wall_cut_to_size_has_no_gouge(plate: Target) -> None:
    assert wall_gouge(plate, cut(plate, outline()), UP) == (0.0, None)
    near = outline("Y150\nX-2.985\nX-3\n")
    assert wall_gouge(plate, cut(plate, near), UP) == (0.0, None)


@pytest.mark.parametrize("depth", [0.06, 0.1, 0.15])
def test_a_narrow_dent_in_a_wall_is_found(plate: Target, depth: float) -> None:
    found, place = wall_gouge(plate, cut(plate, outline(f"Y151.3\nX{depth - 3}\nX-3\n")), UP)
    assert found == pytest.approx(depth, rel=0.5)
    assert place is not None
    assert place[0] == pytest.approx(0.0, abs=1e-6)
    assert place[1] == pytest.approx(151.3, abs=1.5)


def test_floors_are_left_to_the_height_map(plate: Target) -> None:
    pocket = "G0 Z30\nG0 X100 Y100\nG1 Z-1\nX120\n"
    assert wall_gouge(plate, cut(plate, pocket), UP) == (0.0, None)
    assert wall_gouge(plate, cut(plate, pocket), np.zeros((0, 3)))[0] >= 0.5


def test_the_mesh_keeps_to_the_faces_however_roughly_their_edges_fit() -> None:
    groove = BRepPrimAPI_MakeTorus(gp_Ax2(gp_Pnt(0, 0, 12), gp_Dir(0, 0, 1)), 10.0, 4.0).Shape()
    body = BRepAlgoAPI_Cut(BRepPrimAPI_MakeCylinder(10.0, 12.0).Shape(), groove).Shape()
    ShapeFix_ShapeTolerance().SetTolerance(body, 0.2)
    middle = triangles_of(body).mean(axis=1)
    along = np.hypot(middle[:, 0], middle[:, 1])
    off = np.abs(np.hypot(along - 10.0, middle[:, 2] - 12.0) - 4.0)
    others = np.minimum(np.abs(along - 10.0), np.minimum(np.abs(middle[:, 2]), np.abs(middle[:, 2] - 12.0)))
    assert np.minimum(off, others).max() <= DEFLECTION_MM
