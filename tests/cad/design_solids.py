"""Small solids made with the kernel's own primitives, and STEP files of them: tests need no data."""

from pathlib import Path
from typing import Any


def box(dx: float, dy: float, dz: float, at: tuple[float, float, float] = (0, 0, 0)) -> Any:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
    from OCP.gp import gp_Pnt

    return BRepPrimAPI_MakeBox(gp_Pnt(*at), dx, dy, dz).Shape()


def cylinder(
    radius: float, height: float, at: tuple[float, float, float], axis: tuple[float, float, float] = (0, 0, 1)
) -> Any:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    return BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(*at), gp_Dir(*axis)), radius, height).Shape()


def cone(low: float, high: float, height: float, at: tuple[float, float, float]) -> Any:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCone
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    return BRepPrimAPI_MakeCone(gp_Ax2(gp_Pnt(*at), gp_Dir(0, 0, 1)), low, high, height).Shape()


def cut(body: Any, *tools: Any) -> Any:
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut

    for tool in tools:
        body = BRepAlgoAPI_Cut(body, tool).Shape()
    return body


def join(body: Any, *others: Any) -> Any:
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Fuse
    from OCP.ShapeUpgrade import ShapeUpgrade_UnifySameDomain

    for other in others:
        body = BRepAlgoAPI_Fuse(body, other).Shape()
    united = ShapeUpgrade_UnifySameDomain(body)
    united.Build()
    return united.Shape()


def mirrored(body: Any) -> Any:
    from OCP.BRepBuilderAPI import BRepBuilderAPI_Transform
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt, gp_Trsf

    move = gp_Trsf()
    move.SetMirror(gp_Ax2(gp_Pnt(0, 0, 0), gp_Dir(1, 0, 0)))
    return BRepBuilderAPI_Transform(body, move, True).Shape()


def compound(*shapes: Any) -> Any:
    from OCP.BRep import BRep_Builder
    from OCP.TopoDS import TopoDS_Compound

    builder, whole = BRep_Builder(), TopoDS_Compound()
    builder.MakeCompound(whole)
    for shape in shapes:
        builder.Add(whole, shape)
    return whole


def write(shape: Any, path: Path, unit: str = "MM") -> Path:
    from OCP.IFSelect import IFSelect_ReturnStatus
    from OCP.Interface import Interface_Static
    from OCP.Message import Message
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    Message.DefaultMessenger_s().ChangePrinters().Clear()
    writer = STEPControl_Writer()
    Interface_Static.SetCVal_s("write.step.unit", unit)
    writer.Transfer(shape, STEPControl_StepModelType.STEPControl_AsIs)
    status = writer.Write(str(path))
    Interface_Static.SetCVal_s("write.step.unit", "MM")
    assert status == IFSelect_ReturnStatus.IFSelect_RetDone
    return path


def plate_with_holes() -> Any:
    """60 x 40 x 20 plate: through, blind with tip, counterbored and countersunk hole."""
    body = box(60, 40, 20)
    tip = 2.5 / 1.6642794823505174  # tan 59 degrees
    return cut(
        body,
        cylinder(3, 20, (10, 10, 0)),
        join(cylinder(2.5, 12, (10, 30, 8)), cone(0, 2.5, tip, (10, 30, 8 - tip))),
        join(cylinder(3.3, 20, (30, 20, 0)), cylinder(5.5, 6, (30, 20, 14))),
        join(cylinder(2.75, 20, (50, 20, 0)), cone(2.75, 5.5, 2.75, (50, 20, 17.25))),
    )


def waved(waves: int = 12, rise: float = 0.8, radius: float = 4.0, height: float = 0.3) -> Any:
    """A disc whose rim is one spline with waves, r = radius + rise sin(waves t), extruded along Z."""
    from math import cos, pi, sin

    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeEdge, BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakeWire
    from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
    from OCP.collections import HArray1_gp_Pnt
    from OCP.GeomAPI import GeomAPI_Interpolate
    from OCP.gp import gp_Pnt, gp_Vec

    count = 8 * waves
    points = HArray1_gp_Pnt(1, count)
    for k in range(count):
        turn = 2 * pi * k / count
        away = radius + rise * sin(waves * turn)
        points.SetValue(k + 1, gp_Pnt(away * cos(turn), away * sin(turn), 0.0))
    through = GeomAPI_Interpolate(points, True, 1e-7)
    through.Perform()
    rim = BRepBuilderAPI_MakeWire(BRepBuilderAPI_MakeEdge(through.Curve()).Edge()).Wire()
    return BRepPrimAPI_MakePrism(BRepBuilderAPI_MakeFace(rim).Face(), gp_Vec(0.0, 0.0, height)).Shape()
