"""Meshes keep to their surfaces: no side across a torus, no leaning facet on an upright wall."""

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from design_solids import cut, cylinder, write
from numpy.typing import NDArray

from nightmill.cad import PartModel, read_part
from nightmill.cad.brep.face_records import OrientedFace
from nightmill.cad.brep.spline_recognition import distance
from nightmill.cad.meshing import tessellation
from nightmill.cad.meshing.edge_flips import closer
from nightmill.cad.meshing.tessellation import mesh_volume, open_edges

DEFLECTION_MM = 0.004


def _disc(path: Path) -> Path:
    """A wide disc with a small fillet around its top."""
    from OCP.BRepFilletAPI import BRepFilletAPI_MakeFillet
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp_Explorer
    from OCP.TopoDS import TopoDS

    body = cylinder(55, 12, (0, 0, 0))
    edges = TopExp_Explorer(body, TopAbs_ShapeEnum.TopAbs_EDGE)
    rounded = BRepFilletAPI_MakeFillet(body)
    rounded.Add(0.825, TopoDS.Edge(edges.Current()))
    return write(rounded.Shape(), path)


def _wavy(path: Path, hole: bool = False) -> Path:
    """A plate 10 mm thick, one of whose walls runs along a Bezier curve."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeEdge, BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakeWire
    from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
    from OCP.collections import Array1_gp_Pnt
    from OCP.Geom import Geom_BezierCurve
    from OCP.gp import gp_Pnt, gp_Vec

    places = [(60.0, 40.0), (45.0, 10.0), (30.0, 60.0), (15.0, 0.0), (0.0, 40.0)]
    poles = Array1_gp_Pnt(1, len(places))
    for number, (x, y) in enumerate(places, 1):
        poles.SetValue(number, gp_Pnt(x, y, 0.0))
    corners = [gp_Pnt(0.0, 40.0, 0.0), gp_Pnt(0.0, 0.0, 0.0), gp_Pnt(60.0, 0.0, 0.0), gp_Pnt(60.0, 40.0, 0.0)]
    wire = BRepBuilderAPI_MakeWire()
    for a, b in pairwise(corners):
        wire.Add(BRepBuilderAPI_MakeEdge(a, b).Edge())
    wire.Add(BRepBuilderAPI_MakeEdge(Geom_BezierCurve(poles)).Edge())
    body: Any = BRepPrimAPI_MakePrism(BRepBuilderAPI_MakeFace(wire.Wire()).Face(), gp_Vec(0, 0, 10)).Shape()
    if hole:
        body = cut(body, cylinder(3, 80, (30, -1, 5), (0, 1, 0)))
    return write(body, path)


def _torus_off(part: PartModel) -> float:
    """How far the middles of sides on the part's torus lie off it, mm."""
    face = next(face for face in part.faces if face.surface == "torus")
    corners = part.mesh.vertices[part.mesh.triangles[part.mesh.face_of == face.id]]
    middles = (corners + np.roll(corners, -1, axis=1)).reshape(-1, 3) / 2
    off = np.hypot(np.hypot(middles[:, 0], middles[:, 1]) - (face.major_radius_mm or 0), middles[:, 2] - 11.175)
    return float(np.abs(off - (face.radius_mm or 0)).max())


def _leaning(part: PartModel) -> float:
    """The greatest rise of a facet of the wavy wall."""
    wall = next(face for face in part.faces if face.surface == "other")
    corners = part.mesh.vertices[part.mesh.triangles[part.mesh.face_of == wall.id]]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.abs(cross[:, 2] / np.linalg.norm(cross, axis=1)).max())


def test_a_fillet_around_a_disc_keeps_its_chords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _disc(tmp_path / "disc.step")
    part = read_part(path)
    assert not open_edges(part.mesh)
    assert _torus_off(part) <= DEFLECTION_MM
    monkeypatch.setattr(tessellation, "closer", lambda _points, triangles, _off, _within: triangles)
    assert _torus_off(read_part(path)) > 2 * DEFLECTION_MM, "the kernel alone does not keep to it"


def test_a_wall_along_a_curve_stands_upright(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _wavy(tmp_path / "wavy.step")
    part = read_part(path)
    assert not open_edges(part.mesh)
    assert _leaning(part) < 1e-9
    assert mesh_volume(part.mesh) == pytest.approx(part.volume_mm3, rel=1e-4)
    monkeypatch.setattr(tessellation, "straight_along", lambda _face: None)
    kernel = read_part(path)
    assert _leaning(kernel) > 1e-3, "as the kernel meshes it, it leans"
    assert len(kernel.mesh.triangles) > len(part.mesh.triangles)


def test_a_wall_with_a_hole_keeps_the_mesh_of_the_kernel(tmp_path: Path) -> None:
    part = read_part(_wavy(tmp_path / "pierced.step", hole=True))
    assert not open_edges(part.mesh)
    assert mesh_volume(part.mesh) == pytest.approx(part.volume_mm3, rel=1e-3)


def test_sides_are_turned_where_that_brings_them_to_the_surface_and_the_rim_stays() -> None:
    angles = np.radians([0.0, 30.0])
    ring = np.column_stack([np.cos(angles), np.sin(angles)])
    points = np.array([[*ring[0], 0.0], [*ring[1], 0.0], [*ring[1], 0.1], [*ring[0], 0.1], [1.02, 0.3, 0.05]])

    def off(places: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.hypot(places[:, 0], places[:, 1]) - 1.0)

    roof = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]], dtype=np.int32)
    assert closer(points, roof, off, 1.0) is not None
    assert np.array_equal(closer(points, roof, off, 1.0), roof), "good enough as it is"
    low = np.column_stack([np.cos(np.radians([0.0, 10.0, 20.0, 30.0])), np.sin(np.radians([0.0, 10.0, 20.0, 30.0]))])
    strip = np.array([[x, y, z] for z in (0.0, 0.02) for x, y in low])
    bad = np.array([[0, 1, 4], [1, 7, 4], [4, 7, 6], [4, 6, 5], [1, 2, 7], [2, 3, 7]], dtype=np.int32)
    good = closer(strip, bad, off, 0.001)
    spans = [abs(int(a) % 4 - int(b) % 4) for row in good for a, b in zip(row, np.roll(row, -1), strict=True)]
    assert max(spans) < 3
    assert len(good) == len(bad)
    assert _rim(good) == _rim(bad)


def _rim(triangles: NDArray[np.int32]) -> set[tuple[int, int]]:
    sides = {(int(a), int(b)) for row in triangles for a, b in zip(row, np.roll(row, -1), strict=True)}
    return {(a, b) for a, b in sides if (b, a) not in sides}


@pytest.mark.parametrize("half_angle", [20.0, -20.0])
def test_a_cone_of_the_kernel_is_the_same_as_a_fit(half_angle: float) -> None:
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace
    from OCP.gp import gp_Ax3, gp_Cone, gp_Dir, gp_Pnt

    placed = gp_Cone(gp_Ax3(gp_Pnt(1, 2, 3), gp_Dir(0, 0.6, 0.8)), math.radians(half_angle), 9.0)
    face = OrientedFace(BRepBuilderAPI_MakeFace(placed, 0.0, 6.0, 0.0, 4.0).Face())
    fit = face.elementary
    assert fit is not None
    points = np.array([face.at(u, v)[0] for u in (0.1, 2.0, 5.0) for v in (0.0, 3.0)])
    assert np.abs(distance(fit, points)).max() < 1e-9
