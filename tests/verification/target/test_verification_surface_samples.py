"""The exact figures of a part that the proof holds its own mesh against."""

from math import cos, pi, sin

import pytest
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeEdge, BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakeWire
from OCP.BRepGProp import BRepGProp
from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder, BRepPrimAPI_MakePrism
from OCP.collections import Array2_gp_Pnt, HArray1_gp_Pnt
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.GeomAPI import GeomAPI_Interpolate, GeomAPI_PointsToBSplineSurface
from OCP.gp import gp_Pnt, gp_Vec
from OCP.GProp import GProp_GProps
from OCP.TopoDS import TopoDS_Face, TopoDS_Shape

from nightmill.verification.target import surface_samples
from nightmill.verification.target.surface_samples import DEFLECTION_MM, faces_of, sample

WAVES, COUNT = 12, 96


def _wavy() -> TopoDS_Shape:
    """A disc whose rim has so many waves that both integrals of the kernel are far off."""
    points = HArray1_gp_Pnt(1, COUNT)
    for k in range(COUNT):
        turn = 2 * pi * k / COUNT
        away = 4.0 + 0.8 * sin(WAVES * turn)
        points.SetValue(k + 1, gp_Pnt(away * cos(turn), away * sin(turn), 0.0))
    through = GeomAPI_Interpolate(points, True, 1e-7)
    through.Perform()
    rim = BRepBuilderAPI_MakeWire(BRepBuilderAPI_MakeEdge(through.Curve()).Edge()).Wire()
    return BRepPrimAPI_MakePrism(BRepBuilderAPI_MakeFace(rim).Face(), gp_Vec(0.0, 0.0, 0.3)).Shape()


def test_a_rim_with_waves_has_the_volume_that_its_mesh_comes_to() -> None:
    solid = _wavy()
    true = 0.3 * pi * (4.0**2 + 0.8**2 / 2)
    plain = GProp_GProps()
    BRepGProp.VolumeProperties_s(solid, plain)
    assert plain.Mass() != pytest.approx(true, rel=0.05)
    found = sample(solid, 2000)
    assert found.volume_mm3 == pytest.approx(true, rel=2e-3)
    assert found.area_mm2 == pytest.approx(found.mesh_area_mm2, rel=5e-3)
    assert found.weight_mm2.sum() == pytest.approx(found.area_mm2, rel=1e-6)


@pytest.mark.parametrize("lost", [[], [GeomAbs_SurfaceType.GeomAbs_Cylinder]])
def test_a_mesh_without_the_wall_of_a_hole_does_not_stand_in(
    monkeypatch: pytest.MonkeyPatch, lost: list[GeomAbs_SurfaceType]
) -> None:
    """Without a round wall all area vectors still add up to nothing, as those of a closed mesh do."""
    meshed = surface_samples.mesh_faces

    def without(faces: list[TopoDS_Face]) -> list[surface_samples.FaceMesh]:
        return [
            surface_samples.FaceMesh(mesh.nodes, mesh.parameters, mesh.triangles[:0])
            if BRepAdaptor_Surface(face).GetType() in lost
            else mesh
            for face, mesh in zip(faces, meshed(faces), strict=True)
        ]

    monkeypatch.setattr(surface_samples, "mesh_faces", without)
    found = sample(BRepAlgoAPI_Cut(_wavy(), BRepPrimAPI_MakeCylinder(2.0, 1.0).Shape()).Shape(), 2000)
    stands_in = found.area_mm2 == pytest.approx(found.mesh_area_mm2, rel=5e-3)
    assert stands_in is not bool(lost)
    assert bool(found.lost) is bool(lost)


def _flank(turns: int) -> TopoDS_Face:
    """A thread's flank of 1.25 mm pitch, M8, as one spline."""
    count = 48 * turns
    points = Array2_gp_Pnt(1, count, 1, 4)
    for i in range(count):
        turn = 2 * pi * turns * i / (count - 1)
        for j in range(4):
            away = 3.35 + 0.65 * j / 3
            points.SetValue(
                i + 1, j + 1, gp_Pnt(away * cos(turn), away * sin(turn), 1.25 * turn / (2 * pi) + 0.4 * j / 3)
            )
    return BRepBuilderAPI_MakeFace(GeomAPI_PointsToBSplineSurface(points).Surface(), 1e-6).Face()


@pytest.mark.slow
def test_a_thread_whose_mesh_gets_very_large_is_meshed_half_as_finely(monkeypatch: pytest.MonkeyPatch) -> None:
    """And told so, as what is held against the mesh counts its chords in."""
    long, short = _flank(24), _flank(3)
    monkeypatch.setattr(surface_samples, "_MANY", 3000)
    assert surface_samples._meshed(long, faces_of(long), DEFLECTION_MM) == 2 * DEFLECTION_MM
    assert len(surface_samples.mesh_faces(faces_of(long))[0].triangles) > surface_samples._MANY
    assert surface_samples._meshed(short, faces_of(short), DEFLECTION_MM) == DEFLECTION_MM
    large_mm = 1.5 * surface_samples._COARSE_MM
    assert surface_samples._meshed(long, faces_of(long), large_mm) == large_mm
    assert sample(_wavy(), 2000).deflection_mm == DEFLECTION_MM
