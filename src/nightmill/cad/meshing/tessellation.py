"""Make a closed triangle mesh of a solid: the kernel meshes face by face, and shared edges are welded by topology."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightmill.cad.brep.face_records import OrientedFace
from nightmill.cad.brep.records import Mesh
from nightmill.cad.brep.spline_recognition import distance
from nightmill.cad.meshing.edge_flips import closer
from nightmill.cad.meshing.fallback_faces import band, thin
from nightmill.cad.meshing.ruled_faces import from_edge_to_edge, straight_along

_SLIVER_POINTS = 200


def tessellate(
    solid: Any, faces: list[OrientedFace], *, deflection_mm: float, angular_deg: float, sweep: bool = False
) -> Mesh:
    """Mesh ``solid``; ``faces`` are its faces in order.

    ``sweep`` uses the kernel's sweep-hull triangulation (Delabella) instead of its older incremental one (Watson). It
    takes a half to a third of the time and meets the same limits, but crashes the process on a few sound parts.

    Chords stay within ``deflection_mm`` of the surface and turn by ``angular_deg`` at most between
    neighbours. Nodes on a shared edge become one vertex, because the kernel discretises each edge once.
    """
    from OCP.BRepMesh import BRepMesh_IncrementalMesh
    from OCP.BRepTools import BRepTools
    from OCP.IMeshTools import IMeshTools_MeshAlgoType, IMeshTools_Parameters

    wanted = IMeshTools_Parameters()
    wanted.Deflection, wanted.Angle = deflection_mm, float(np.radians(angular_deg))
    # Otherwise a face is meshed as coarsely as the edge tolerance stated in the file.
    wanted.ForceFaceDeflection = True
    kinds = IMeshTools_MeshAlgoType
    wanted.MeshAlgo = kinds.IMeshTools_MeshAlgoType_Delabella if sweep else kinds.IMeshTools_MeshAlgoType_Watson
    BRepTools.Clean_s(solid)
    BRepMesh_IncrementalMesh(solid, wanted)
    points: list[NDArray[np.float64]] = []
    triangles: list[NDArray[np.int32]] = []
    owners: list[NDArray[np.int32]] = []
    bonds = _Bonds()
    start = 0
    missing: list[int] = []
    for number, face in enumerate(faces):
        piece = _piece(face.shape)
        if piece is None:
            missing.append(number)
            continue
        nodes, corners, triangulation, location = piece
        shape = face.elementary
        if shape is not None and shape.kind not in ("plane", "cylinder"):
            corners = closer(nodes, corners, partial(distance, shape), deflection_mm)
        along = straight_along(face)
        if along is not None:
            corners = from_edge_to_edge(triangulation, corners, along)
        bonds.add(face.shape, triangulation, location, start)
        points.append(nodes)
        triangles.append(corners + start)
        owners.append(np.full(len(corners), number, dtype=np.int32))
        start += len(nodes)
    if not points:
        return Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32), np.zeros(0, dtype=np.int32))
    for number in missing:  # all edges first: two such faces may share an edge
        added = bonds.complete(faces[number].shape, start, deflection_mm, angular_deg)
        points.append(added)
        start += len(added)
    for number in missing:
        stood_in = _left_out(faces[number], bonds, np.concatenate(points), deflection_mm)
        triangles.append(stood_in)
        owners.append(np.full(len(stood_in), number, dtype=np.int32))
    return _weld(np.concatenate(points), np.concatenate(triangles), np.concatenate(owners), bonds.pairs())


def _piece(face: Any) -> tuple[NDArray[np.float64], NDArray[np.int32], Any, Any] | None:
    from OCP.BRep import BRep_Tool
    from OCP.TopAbs import TopAbs_Orientation
    from OCP.TopLoc import TopLoc_Location

    location = TopLoc_Location()
    triangulation = BRep_Tool.Triangulation_s(face, location)
    if triangulation is None or triangulation.NbTriangles() == 0:
        return None
    node, triangle = triangulation.Node, triangulation.Triangle
    places = range(1, triangulation.NbNodes() + 1)
    if location.IsIdentity():
        points = np.array([node(i).Coord() for i in places])
    else:
        move = location.Transformation()
        points = np.array([node(i).Transformed(move).Coord() for i in places])
    corners = np.array([triangle(i).Get() for i in range(1, triangulation.NbTriangles() + 1)], dtype=np.int32)
    corners = corners[:, -3:] - 1
    if face.Orientation() == TopAbs_Orientation.TopAbs_REVERSED:
        corners = corners[:, ::-1]
    return points, corners, triangulation, location


def _left_out(
    face: OrientedFace, bonds: "_Bonds", points: NDArray[np.float64], deflection_mm: float
) -> NDArray[np.int32]:
    """Return triangles of a face that the kernel left without a mesh: a ring or a tip of a cylinder or cone, or a sliver.

    None for other faces.
    """
    loops, tip = bonds.loops(face.shape)
    if len(loops) == 1 and tip is None:
        outline = points[loops[0]]
        perimeter = float(np.linalg.norm(outline - np.roll(outline, 1, axis=0), axis=1).sum())
        if _area(face.shape) > deflection_mm * perimeter or len(outline) > _SLIVER_POINTS:
            return np.zeros((0, 3), dtype=np.int32)
        return loops[0].astype(np.int32)[thin(outline)]
    loops += [tip] if tip is not None else []
    if face.kind not in ("cylinder", "cone") or len(loops) != 2:
        return np.zeros((0, 3), dtype=np.int32)
    placed = face.placed.Cylinder() if face.kind == "cylinder" else face.placed.Cone()
    at, along = placed.Axis().Location(), placed.Axis().Direction()
    origin, axis = np.array([at.X(), at.Y(), at.Z()]), np.array([along.X(), along.Y(), along.Z()])
    first, second = (points[loop] for loop in loops)
    _, normal = face.at(face.parameter_near(first[0]), face.middle()[1])
    nodes = np.concatenate(loops).astype(np.int32)
    return nodes[band(first, second, origin, axis, normal)]


def _edges_of(face: Any) -> list[Any]:
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp_Explorer
    from OCP.TopoDS import TopoDS

    explorer = TopExp_Explorer(face, TopAbs_ShapeEnum.TopAbs_EDGE)
    edges = []
    while explorer.More():
        edges.append(TopoDS.Edge(explorer.Current()))
        explorer.Next()
    return edges


def _chained(ways: list[tuple[int, int, NDArray[np.int64]]]) -> list[NDArray[np.int64]]:
    """Return closed loops of paths, each given as its first corner, its last corner and its nodes except the last; open loops are
    dropped.
    """
    loops, left = [], list(ways)
    while left:
        start, at, nodes = left.pop(0)
        chain = [nodes]
        while at != start:
            follows = next((number for number, way in enumerate(left) if way[0] == at), None)
            if follows is None:
                break
            _, at, nodes = left.pop(follows)
            chain.append(nodes)
        if at == start:
            loops.append(np.concatenate(chain))
    return loops


def _area(face: Any) -> float:
    from OCP.BRepGProp import BRepGProp
    from OCP.GProp import GProp_GProps

    properties = GProp_GProps()
    BRepGProp.SurfaceProperties_s(face, properties)
    return abs(float(properties.Mass()))


class _Bonds:
    """Nodes of different faces that are the same point: those at the same position along an edge, and those at the same corner."""

    def __init__(self) -> None:
        from OCP.collections import IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher

        self._edges = IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher()
        self._corners = IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher()
        self._first: dict[int, NDArray[np.int64]] = {}
        self._corner: dict[int, int] = {}
        self._left: list[NDArray[np.int64]] = []
        self._right: list[NDArray[np.int64]] = []

    def add(self, face: Any, triangulation: Any, location: Any, start: int) -> None:
        """Record the edge nodes of one face, whose nodes count from ``start``."""
        from OCP.BRep import BRep_Tool
        from OCP.TopExp import TopExp

        for edge in _edges_of(face):
            polygon = BRep_Tool.PolygonOnTriangulation_s(edge, triangulation, location)
            if polygon is None:
                continue
            count = polygon.NbNodes()
            nodes = np.array([polygon.Node(i) for i in range(1, count + 1)], dtype=np.int64) - 1 + start
            if BRep_Tool.Degenerated_s(edge):
                self._join(nodes[:-1], nodes[1:])
            else:
                place = self._edges.Add(edge)
                known = self._first.setdefault(place, nodes)
                if known is not nodes and len(known) == len(nodes):
                    self._join(known, nodes)
            # an edge's polygon runs along its curve, from the corner with forward orientation
            self._at(TopExp.FirstVertex_s(edge), int(nodes[0]))
            self._at(TopExp.LastVertex_s(edge), int(nodes[-1]))

    def _at(self, vertex: Any, node: int) -> None:
        known = self._corner.setdefault(self._corners.Add(vertex), node)
        if known != node:
            self._join(np.array([known]), np.array([node]))

    def _join(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> None:
        self._left.append(left)
        self._right.append(right)

    def complete(self, face: Any, start: int, deflection_mm: float, angular_deg: float) -> NDArray[np.float64]:
        """Return new points (n, 3), counted from ``start``, for edges of ``face`` on which no mesh has nodes, and for the face's tips."""
        from OCP.BRep import BRep_Tool
        from OCP.BRepAdaptor import BRepAdaptor_Curve
        from OCP.GCPnts import GCPnts_TangentialDeflection
        from OCP.TopExp import TopExp

        added: list[tuple[float, float, float]] = []
        for edge in _edges_of(face):
            place = self._edges.Add(edge)
            if place in self._first or (not BRep_Tool.Degenerated_s(edge) and BRep_Tool.IsClosed_s(edge, face)):
                continue
            if BRep_Tool.Degenerated_s(edge):
                found = [BRep_Tool.Pnt_s(TopExp.FirstVertex_s(edge))]
            else:
                sampled = GCPnts_TangentialDeflection(
                    BRepAdaptor_Curve(edge), float(np.radians(angular_deg)), deflection_mm
                )
                found = [sampled.Value(i) for i in range(1, sampled.NbPoints() + 1)]
            nodes = np.arange(len(found), dtype=np.int64) + start + len(added)
            added += [(point.X(), point.Y(), point.Z()) for point in found]
            self._first[place] = nodes
            self._at(TopExp.FirstVertex_s(edge), int(nodes[0]))
            self._at(TopExp.LastVertex_s(edge), int(nodes[-1]))
        return np.array(added).reshape(-1, 3)

    def loops(self, face: Any) -> tuple[list[NDArray[np.int64]], NDArray[np.int64] | None]:
        """Return loops of nodes around ``face``, counter-clockwise as seen from outside, without doubled ends; and the face's tip, if it
        has one.
        """
        from OCP.BRep import BRep_Tool
        from OCP.TopAbs import TopAbs_Orientation
        from OCP.TopExp import TopExp

        tip = None
        ways: list[tuple[int, int, NDArray[np.int64]]] = []
        for edge in _edges_of(face):
            nodes = self._first.get(self._edges.FindIndex(edge))
            if nodes is None or BRep_Tool.IsClosed_s(edge, face):
                continue
            if BRep_Tool.Degenerated_s(edge):
                tip = nodes[:1]
                continue
            ends = [self._corners.Add(each) for each in (TopExp.FirstVertex_s(edge), TopExp.LastVertex_s(edge))]
            if edge.Orientation() == TopAbs_Orientation.TopAbs_REVERSED:
                ends, nodes = ends[::-1], nodes[::-1]
            ways.append((ends[0], ends[1], nodes[:-1]))
        return _chained(ways), tip

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return pairs of nodes that are the same point."""
        if not self._left:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        return np.concatenate(self._left), np.concatenate(self._right)


def _weld(
    points: NDArray[np.float64],
    triangles: NDArray[np.int32],
    owners: NDArray[np.int32],
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> Mesh:
    first, group = np.unique(joined(len(points), *pairs), return_inverse=True)
    welded = group[triangles].astype(np.int32)
    kept = (welded[:, 0] != welded[:, 1]) & (welded[:, 1] != welded[:, 2]) & (welded[:, 2] != welded[:, 0])
    return Mesh(
        vertices=np.ascontiguousarray(points[first]), triangles=np.ascontiguousarray(welded[kept]), face_of=owners[kept]
    )


def joined(count: int, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each of ``count`` nodes the lowest node connected with it through pairs of ``left`` and ``right``; its own number if
    there is none.

    Labels are lowered along the pairs; scipy's ``connected_components`` does the same, but takes longer to import than a part takes to
    mesh.
    """
    lowest = np.arange(count)
    while True:
        sunk = lowest.copy()
        ends = lowest[left], lowest[right]
        low = np.minimum(*ends)
        for end in ends:
            np.minimum.at(sunk, end, low)
        while not np.array_equal(jumped := sunk[sunk], sunk):
            sunk = jumped
        if np.array_equal(sunk, lowest):
            return lowest
        lowest = sunk


def open_edges(mesh: Mesh) -> int:
    """Return the number of triangle sides without exactly one partner that runs the other way; 0 for a closed, oriented mesh."""
    count = len(mesh.vertices)
    sides = np.concatenate([mesh.triangles[:, [0, 1]], mesh.triangles[:, [1, 2]], mesh.triangles[:, [2, 0]]]).astype(
        np.int64
    )
    forward, there = np.unique(sides[:, 0] * count + sides[:, 1], return_counts=True)
    backward, back = np.unique(sides[:, 1] * count + sides[:, 0], return_counts=True)
    same = np.intersect1d(forward, backward, assume_unique=True, return_indices=True)
    balanced = there[same[1]] == back[same[2]]
    return int(there.sum() - there[same[1]][balanced].sum())


def mesh_volume(mesh: Mesh) -> float:
    """Return the signed volume in mm3 by the divergence theorem; positive if the triangles face outward."""
    if not len(mesh.triangles):
        return 0.0
    corners = mesh.vertices[mesh.triangles] - mesh.vertices.mean(axis=0)
    return float(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6)
