"""Turned parts as STEP files, each from its half-section: corners (r, z), with ("arc", (r, z) middle, (r, z) end) between."""

import math
from pathlib import Path
from typing import Any

Corner = tuple[float, float]
Step = Corner | tuple[str, Corner, Corner]


def rounded(center: Corner, radius: float, first_deg: float, last_deg: float) -> Step:
    """An arc around ``center`` from one angle to another, 0 degrees along r; the corner before must be its start."""

    def at(angle: float) -> Corner:
        return center[0] + radius * math.cos(math.radians(angle)), center[1] + radius * math.sin(math.radians(angle))

    return "arc", at((first_deg + last_deg) / 2), at(last_deg)


SECTIONS: dict[str, list[Step]] = {
    # shoulders, two grooves, chamfers on both ends
    "shaft": [(0, 0), (9, 0), (10, 1), (10, 20), (8.5, 20), (8.5, 22.2), (10, 22.2), (10, 25), (15, 25), (15, 40), (12, 40),
              (12, 60), (10.5, 60), (10.5, 63), (12, 63), (12, 79), (11, 80), (0, 80)],
    # a long taper that falls steeply behind
    "taper": [(0, 0), (8, 0), (8, 10), (12, 40), (12, 45), (6, 45), (6, 59.5), (5.5, 60), (0, 60)],
    # a through bore, a counterbore, chamfers inside and outside
    "bushing": [(6, 0.5), (6.5, 0), (14.5, 0), (15, 0.5), (15, 29.5), (14.5, 30), (11, 30), (10, 29), (10, 20), (6, 20)],
    # hollow and full roundings
    "fillets": [(0, 0), (18, 0), rounded((18, 2), 2, -90, 0), (20, 8), rounded((18, 8), 2, 0, 90), (13, 10),
                rounded((13, 13), 3, -90, -180), (10, 38), rounded((8, 38), 2, 0, 90), (0, 40)],
    # a sphere's end on a neck
    "ball": [(0, 0), (6, 0), (7, 1), (7, 15), (4, 18), (4, 30 - math.sqrt(48)),
             ("arc", (8, 30), (0, 38))],
    # blind bores from both ends, one with a flat floor, and a flange
    "socket": [(0, 22), (5, 22), (5, 6), (9, 6), (9, 0), (22, 0), (23, 1), (23, 7), (22, 8), (16, 8), (16, 34), (15, 35),
               (8, 35), (8, 28), (0, 28)],
    # a bore with a groove for a circlip and one with leaning walls
    "circlip": [(12, 0), (21, 0), (21, 34), (13, 34), (13, 26), (14.2, 26), (14.2, 24.7), (13, 24.7), (13, 18), (15, 16.5), (15, 14),
                (13, 12.5), (13, 9), (12, 9)],
}  # fmt: skip


def turned(corners: list[Step], axis: tuple[float, float, float] = (0.0, 0.0, 1.0)) -> Any:
    """The solid that a closed half-section makes around Z, then laid along ``axis``."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeEdge, BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakeWire
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeRevol
    from OCP.GC import GC_MakeArcOfCircle
    from OCP.gp import gp_Ax1, gp_Dir, gp_Pnt

    at: Any = corners[0]
    wire = BRepBuilderAPI_MakeWire()
    each: list[Any] = [*corners[1:], corners[0]]
    for corner in each:
        if corner[0] == "arc":
            middle, end = corner[1], corner[2]
            curve = GC_MakeArcOfCircle(_point(at), _point(middle), _point(end)).Value()
            wire.Add(BRepBuilderAPI_MakeEdge(curve).Edge())
        else:
            end = corner
            if math.dist(at, end) > 1e-9:
                wire.Add(BRepBuilderAPI_MakeEdge(_point(at), _point(end)).Edge())
        at = end
    face = BRepBuilderAPI_MakeFace(wire.Wire()).Face()
    solid = BRepPrimAPI_MakeRevol(face, gp_Ax1(gp_Pnt(0, 0, 0), gp_Dir(0, 0, 1))).Shape()
    return _laid(solid, axis)


def _point(corner: Any) -> Any:
    from OCP.gp import gp_Pnt

    return gp_Pnt(float(corner[0]), 0.0, float(corner[1]))


def _laid(solid: Any, axis: tuple[float, float, float]) -> Any:
    from OCP.BRepBuilderAPI import BRepBuilderAPI_Transform
    from OCP.gp import gp_Ax3, gp_Dir, gp_Pnt, gp_Trsf

    move = gp_Trsf()
    move.SetTransformation(gp_Ax3(gp_Pnt(3, 4, 5), gp_Dir(*axis)), gp_Ax3(gp_Pnt(0, 0, 0), gp_Dir(0, 0, 1)))
    return BRepBuilderAPI_Transform(solid, move.Inverted(), True).Shape()


def drilled_across(solid: Any, at: tuple[float, float, float], along: tuple[float, float, float], radius: float) -> Any:
    """The solid with a hole of ``radius`` all the way through."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    start = gp_Pnt(*(a - 100 * d for a, d in zip(at, along, strict=True)))
    hole = BRepPrimAPI_MakeCylinder(gp_Ax2(start, gp_Dir(*along)), radius, 200.0).Shape()
    return BRepAlgoAPI_Cut(solid, hole).Shape()


def write(solid: Any, path: Path) -> Path:
    """Write a STEP file."""
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    writer = STEPControl_Writer()
    writer.Transfer(solid, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(path))
    return path
