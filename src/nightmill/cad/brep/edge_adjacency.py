"""Build the attributed adjacency graph: which faces meet at which edges, and whether the material is convex there.

Joshi and Chang, "Graph-based heuristics for recognition of machined features", CAD 20(2), 1988: a concave edge joins two faces of one
feature, and a convex edge is the end of a feature.
"""

import math
from typing import Any

import numpy as np

from nightmill.cad.brep.adjacency_graph import cross
from nightmill.cad.brep.face_records import OrientedFace
from nightmill.cad.brep.records import Convexity, Edge

SMOOTH_DEG = 1.0
"""Faces whose normals differ by less than this count as one smooth surface; exact tangency is within 0.01 deg in CAD files."""
_CUSP_DEG = 175.0
_BESIDE_MM = 0.2


def edges_of(faces: list[OrientedFace]) -> tuple[Edge, ...]:
    """Return all edges between faces, in the order in which the kernel visits them, except degenerate ones (poles, tips).

    An edge with only one face (in an open or broken shell) is listed with that face twice and convexity ``smooth``.
    """
    from OCP.collections import IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher
    from OCP.TopAbs import TopAbs_Orientation, TopAbs_ShapeEnum
    from OCP.TopExp import TopExp_Explorer

    index = IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher()
    sides: list[list[tuple[int, Any]]] = []
    for number, face in enumerate(faces):
        explorer = TopExp_Explorer(face.shape, TopAbs_ShapeEnum.TopAbs_EDGE)
        while explorer.More():
            edge = explorer.Current()
            if edge.Orientation() in (TopAbs_Orientation.TopAbs_FORWARD, TopAbs_Orientation.TopAbs_REVERSED):
                place = index.Add(edge)
                if place > len(sides):
                    sides.append([])
                sides[place - 1].append((number, edge))
            explorer.Next()
    inside: dict[int, list[int]] = {}
    for number, face in enumerate(faces):
        for edge in _hole_edges(face):
            inside.setdefault(index.FindIndex(edge) - 1, []).append(number)
    found: list[Edge] = []
    for place, pair in enumerate(sides):
        edge_record = _edge(len(found), pair, faces, tuple(inside.get(place, ())))
        if edge_record is not None:
            found.append(edge_record)
    return tuple(found)


def _hole_edges(face: OrientedFace) -> list[Any]:
    """Return the edges of all wires of a face except the outer one."""
    from OCP.BRepTools import BRepTools
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp_Explorer

    wires = _all(TopExp_Explorer(face.shape, TopAbs_ShapeEnum.TopAbs_WIRE))
    if len(wires) < 2:
        return []
    outer = BRepTools.OuterWire_s(face.shape)
    return [
        edge
        for wire in wires
        if not wire.IsSame(outer)
        for edge in _all(TopExp_Explorer(wire, TopAbs_ShapeEnum.TopAbs_EDGE))
    ]


def _all(explorer: Any) -> list[Any]:
    found = []
    while explorer.More():
        found.append(explorer.Current())
        explorer.Next()
    return found


def _edge(number: int, sides: list[tuple[int, Any]], faces: list[OrientedFace], inside: tuple[int, ...]) -> Edge | None:
    from OCP.BRep import BRep_Tool
    from OCP.BRepAdaptor import BRepAdaptor_Curve
    from OCP.GCPnts import GCPnts_AbscissaPoint
    from OCP.TopoDS import TopoDS

    first, edge = sides[0]
    edge = TopoDS.Edge(edge)
    if BRep_Tool.Degenerated_s(edge):
        return None
    second, other = sides[1] if len(sides) > 1 else sides[0]
    curve = BRepAdaptor_Curve(edge)
    length = float(GCPnts_AbscissaPoint.Length_s(curve))
    if first == second:
        return Edge(id=number, faces=(first, second), convexity="smooth", angle_deg=0.0, length_mm=length)
    convexity, angle = _dihedral(edge, curve, faces[first], TopoDS.Edge(other), faces[second])
    return Edge(id=number, faces=(first, second), convexity=convexity, angle_deg=angle, length_mm=length, inside=inside)


def _dihedral(
    edge: Any, curve: Any, face: OrientedFace, other_edge: Any, other: OrientedFace
) -> tuple[Convexity, float]:
    """Return convexity and angle between outward normals, at the middle of the edge (beside the middle if a normal vanishes there)."""
    from OCP.gp import gp_Pnt, gp_Vec
    from OCP.TopAbs import TopAbs_Orientation

    start, end = curve.FirstParameter(), curve.LastParameter()
    for share in (0.5, 0.37, 0.71):
        parameter = start + share * (end - start)
        point, tangent = gp_Pnt(), gp_Vec()
        curve.D1(parameter, point, tangent)
        along = np.array([tangent.X(), tangent.Y(), tangent.Z()])
        n1 = _normal_on(edge, face, parameter)
        n2 = _normal_on(other_edge, other, parameter)
        if n1 is None or n2 is None or not along.any() or not n1.any() or not n2.any():
            continue
        if edge.Orientation() == TopAbs_Orientation.TopAbs_REVERSED:
            along = -along
        angle = math.degrees(math.atan2(math.hypot(*cross(n1, n2)), float(n1 @ n2)))
        if angle < SMOOTH_DEG:
            return "smooth", angle
        # seen from outside, the face is to the left of its boundary: this points from the edge into the first face
        inward = np.array(cross(n1, along))
        if angle > _CUSP_DEG:
            return _cusp(face, other, (point.X(), point.Y(), point.Z()), inward, n1), angle
        return ("convex" if float(inward @ n2) <= 0 else "concave"), angle
    return "smooth", 0.0


def _cusp(
    face: OrientedFace, other: OrientedFace, point: tuple[float, float, float], inward: Any, normal: Any
) -> Convexity:
    """Return the convexity where two faces touch back to back or front to front, judged by the gap or material between them just off the edge."""
    from OCP.BRep import BRep_Tool
    from OCP.GeomAPI import GeomAPI_ProjectPointOnSurf
    from OCP.gp import gp_Pnt

    size = float(np.linalg.norm(inward))
    beside = np.array(point) + inward / size * _BESIDE_MM if size else np.array(point)
    feet = []
    for one in (face, other):
        projected = GeomAPI_ProjectPointOnSurf(gp_Pnt(*map(float, beside)), BRep_Tool.Surface_s(one.shape))
        if not projected.NbPoints():
            return "convex"
        foot = projected.NearestPoint()
        feet.append(np.array([foot.X(), foot.Y(), foot.Z()]))
    # the other face is on the outer side of the first: between them is a crack that narrows to zero width
    return "concave" if float((feet[1] - feet[0]) @ normal) > 0 else "convex"


def _normal_on(edge: Any, face: OrientedFace, parameter: float) -> Any:
    from OCP.BRep import BRep_Tool

    curve = BRep_Tool.CurveOnSurface_s(edge, face.shape, 0.0, 0.0)
    if curve is None:
        return None
    place = curve.Value(parameter)
    return face.at(place.X(), place.Y())[1]
