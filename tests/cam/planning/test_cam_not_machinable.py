import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nightmill.cad import PartModel, read_part
from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route
from nightmill.cam.planning import not_machinable
from nightmill.cam.planning.not_machinable import formed_words


def part_of(shape: Any, folder: Path, fine_mm: float = 0.004) -> PartModel:
    from OCP.Message import Message
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    Message.DefaultMessenger_s().ChangePrinters().Clear()
    writer = STEPControl_Writer()
    writer.Transfer(shape, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(folder / "part.step"))
    return read_part(folder / "part.step", mesh_deflection_mm=fine_mm)


def channel(thick: float, wide: float, high: float, inner: float, outer: float) -> Any:
    """A channel of one thickness: its corners round inside and outside, or sharp where a radius is 0."""
    from OCP.BRep import BRep_Tool
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepFilletAPI import BRepFilletAPI_MakeFillet
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
    from OCP.collections import IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher
    from OCP.gp import gp_Pnt
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp
    from OCP.TopoDS import TopoDS

    def rounded(low: tuple[float, float, float], size: tuple[float, float, float], radius: float) -> Any:
        body = BRepPrimAPI_MakeBox(gp_Pnt(*low), *size).Shape()
        if not radius:
            return body
        fillet = BRepFilletAPI_MakeFillet(body)
        edges = IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher()
        TopExp.MapShapes_s(body, TopAbs_ShapeEnum.TopAbs_EDGE, edges)
        for number in range(1, edges.Extent() + 1):
            edge = TopoDS.Edge(edges.FindKey(number))
            ends = [BRep_Tool.Pnt_s(vertex(edge)) for vertex in (TopExp.FirstVertex_s, TopExp.LastVertex_s)]
            if abs(ends[0].Y() - ends[1].Y()) > 1.0 and max(end.Z() for end in ends) < low[2] + 1e-3:
                fillet.Add(radius, edge)
        return fillet.Shape()

    outside = rounded((0, 0, 0), (wide, 80.0, high), outer)
    inside = rounded((thick, -1.0, thick), (wide - 2 * thick, 82.0, high), inner)
    return BRepAlgoAPI_Cut(outside, inside).Shape()


def spring(wire: float, around: float, pitch: float, turns: int) -> Any:
    """A round wire swept along a helix."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeEdge, BRepBuilderAPI_MakeWire
    from OCP.BRepLib import BRepLib
    from OCP.BRepOffsetAPI import BRepOffsetAPI_MakePipeShell
    from OCP.Geom import Geom_CylindricalSurface
    from OCP.Geom2d import Geom2d_Line
    from OCP.gp import gp_Ax2, gp_Ax3, gp_Circ, gp_Dir, gp_Dir2d, gp_Pnt, gp_Pnt2d

    tube = Geom_CylindricalSurface(gp_Ax3(gp_Pnt(0, 0, 0), gp_Dir(0, 0, 1)), around)
    line = Geom2d_Line(gp_Pnt2d(0, 0), gp_Dir2d(2 * math.pi, pitch))
    edge = BRepBuilderAPI_MakeEdge(line, tube, 0.0, turns * math.hypot(2 * math.pi, pitch)).Edge()
    BRepLib.BuildCurves3d_s(edge)
    path = BRepBuilderAPI_MakeWire(edge).Wire()
    ring = gp_Circ(gp_Ax2(gp_Pnt(around, 0, 0), gp_Dir(0, 2 * math.pi * around, pitch)), wire / 2)
    section = BRepBuilderAPI_MakeWire(BRepBuilderAPI_MakeEdge(ring).Edge()).Wire()
    shell = BRepOffsetAPI_MakePipeShell(path)
    shell.SetMode(True)
    shell.Add(section)
    shell.Build()
    shell.MakeSolid()
    return shell.Shape()


@pytest.mark.slow
def test_wound_wire_is_no_part_to_cut(tmp_path: Path) -> None:
    words = formed_words(part_of(spring(0.8, 4.0, 2.0, 5), tmp_path))
    assert "wire 0.8 mm thick" in words
    assert "it is wound" in words


def test_a_straight_rod_is(tmp_path: Path) -> None:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder

    assert not formed_words(part_of(BRepPrimAPI_MakeCylinder(0.4, 200.0).Shape(), tmp_path))


def test_bent_sheet_is_refused_before_anything_is_planned(tmp_path: Path) -> None:
    part = part_of(channel(1.0, 60.0, 40.0, 2.0, 3.0), tmp_path)
    plan = plan_route(PlanningTask(part, default_tools(), default_machine(), material_named("6061")))
    assert plan.plan.setups == ()
    assert plan.plan.uncut[0].faces == tuple(range(len(part.faces)))
    assert "sheet 1 mm thick" in plan.notes[0]
    assert "2 bends" in plan.notes[0]


@pytest.mark.parametrize(
    ("thick", "inner", "outer"),
    [(1.0, 0.0, 0.0), (1.0, 2.0, 0.0), (6.0, 2.0, 8.0)],
    ids=["sharp corners", "round inside only", "stout"],
)
def test_a_channel_that_was_not_bent_is_a_part_to_cut(thick: float, inner: float, outer: float, tmp_path: Path) -> None:
    assert not formed_words(part_of(channel(thick, 60.0, 40.0, inner, outer), tmp_path))


@pytest.mark.parametrize(("thick", "drawn"), [(1.0, True), (3.0, False)], ids=["pressed", "turned"])
def test_a_stout_round_dish_is_turned_and_a_thin_one_drawn(thick: float, drawn: bool, tmp_path: Path) -> None:
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeSphere

    dome, hollow = (BRepPrimAPI_MakeSphere(radius, 0.0, math.pi / 2).Shape() for radius in (60.0, 60.0 - thick))
    part = part_of(BRepAlgoAPI_Cut(dome, hollow).Shape(), tmp_path, fine_mm=0.02)
    assert ("it is drawn" in formed_words(part)) is drawn


def half_ring(inner: float, outer: float, low: float, high: float, begin_deg: float) -> Any:
    """Half a turn of a ring about Z: its round faces end at half a turn, as some CAD systems write whole ones."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeRevol
    from OCP.gp import gp_Ax1, gp_Dir, gp_Pnt

    c, s = math.cos(math.radians(begin_deg)), math.sin(math.radians(begin_deg))
    polygon = BRepBuilderAPI_MakePolygon()
    for radius, z in ((inner, low), (outer, low), (outer, high), (inner, high)):
        polygon.Add(gp_Pnt(radius * c, radius * s, z))
    polygon.Close()
    face = BRepBuilderAPI_MakeFace(polygon.Wire()).Face()
    return BRepPrimAPI_MakeRevol(face, gp_Ax1(gp_Pnt(0, 0, 0), gp_Dir(0, 0, 1)), math.pi).Shape()


def test_a_tube_written_as_two_halves_is_no_bent_sheet(tmp_path: Path) -> None:
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Fuse

    tube = BRepAlgoAPI_Fuse(half_ring(3, 4, 0, 50, 0), half_ring(3, 4, 0, 50, 180)).Shape()
    part = part_of(tube, tmp_path)
    assert [face.surface for face in part.faces].count("cylinder") == 4
    assert formed_words(part) == ""


def test_of_many_holes_each_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0

    def counted(inner: Any, outer: Any, thick: float) -> bool:
        nonlocal looked
        looked += 1
        return around(inner, outer, thick)

    around = not_machinable._around
    monkeypatch.setattr(not_machinable, "_around", counted)
    holes = [
        SimpleNamespace(surface="cylinder", sweep_deg=180.0, hollow=True, axis=(0.0, 0.0, 1.0), origin=(5.0 * n, 0.0, 0.0), radius_mm=2.0)
        for n in range(100)
        for _half in range(2)
    ]  # fmt: skip
    bend = SimpleNamespace(surface="cylinder", sweep_deg=90.0, hollow=True, axis=(1.0, 0.0, 0.0), origin=(0.0, 9.0, 9.0), radius_mm=2.0)  # fmt: skip
    back = SimpleNamespace(**{**vars(bend), "hollow": False, "radius_mm": 3.0})
    sheet: Any = SimpleNamespace(faces=[*holes, bend, back])
    assert not_machinable._bends(sheet, 1.0) == 1
    assert looked <= 3 * len(sheet.faces)
