"""Sample the target's surface for verification: a separate mesh, and points on the exact faces with normals and areas."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from OCP.Bnd import Bnd_Box
from OCP.BRep import BRep_Tool
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.BRepBndLib import BRepBndLib
from OCP.BRepClass import BRepClass_FaceClassifier
from OCP.BRepGProp import BRepGProp
from OCP.BRepMesh import BRepMesh_IncrementalMesh
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.gp import gp_Pnt, gp_Pnt2d, gp_Vec
from OCP.GProp import GProp_GProps
from OCP.IMeshTools import IMeshTools_Parameters
from OCP.TopAbs import TopAbs_Orientation, TopAbs_ShapeEnum, TopAbs_State
from OCP.TopExp import TopExp_Explorer
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS, TopoDS_Face, TopoDS_Shape

from nightmill.verification.target.visibility import Rays

Floats = NDArray[np.float64]

# Finest deflection, and how it grows with a part's diagonal: large parts would need millions of triangles.
DEFLECTION_MM = 0.005
_DEFLECTION_SHARE = 2e-5
_PATCHES = 64
_COARSE_MM, _MANY = 0.01, 60_000
"""Winding faces are first meshed this coarsely. If that gives more triangles than this, the coarse mesh is kept: halving the chord error
on thread flanks takes the kernel four times as long. The deflection may be at most half of the depth that counts as a gouge."""
_GRID = 192
ANGLE_RAD = 0.25
SAMPLES = 40000
LEAST_PER_FACE = 32
EDGE_INSET_MM = 0.04
# Within the allowed excess of an inner edge, material above a face may be within the allowance of the adjacent face.
_WEIGHED_INSET_MM = 0.055
# Additive recurrence with the plastic number (M. Roberts, 2018): evenly spread in two dimensions, no seed.
_R2 = (0.7548776662466927, 0.5698402909980532)


# How far mesh and integral, and two integrals, may differ; by what fraction of that difference a finer mesh may come closer to the
# integral (half if the mesh is off because it is coarse); the fraction of area, and of volume, that a closed mesh may lack; the target
# accuracy of the refined integral.
_OFF, _STILL, _OPEN, _SURE = 0.01, 0.2, 1e-4, 1e-4
_LEAST_FACE_MM2 = 1e-3
"""A face smaller than this may have no mesh: a face of zero width has none."""


@dataclass(frozen=True)
class FaceMesh:
    """Triangles of one face: nodes (n, 3) and their surface parameters (n, 2), triangles (m, 3) outward."""

    nodes: Floats
    parameters: Floats
    triangles: NDArray[np.int64]


@dataclass(frozen=True)
class Target:
    """The part to compare with, model coordinates, mm.

    ``triangles`` (m, 3, 3) own mesh, outward, ``triangle_face`` (m,) their faces; ``points``, ``normals`` (n, 3) on the
    exact faces; ``weight_mm2`` (n,) the area that each point represents (0 for extra points beside edges); ``face`` (n,) ids;
    ``area_mm2``, ``volume_mm3`` exact, ``mesh_area_mm2``, ``mesh_volume_mm3`` from the mesh, whose chords stay within
    ``deflection_mm``; ``lost``: faces without a mesh, which have no points.
    """

    triangles: Floats
    points: Floats
    normals: Floats
    weight_mm2: Floats
    face: NDArray[np.int32]
    low: Floats
    high: Floats
    area_mm2: float
    volume_mm3: float
    mesh_area_mm2: float
    mesh_volume_mm3: float
    deflection_mm: float
    triangle_face: NDArray[np.int32]
    lost: tuple[int, ...] = ()

    @cached_property
    def rays(self) -> Rays:
        """Return rays to cast against the mesh."""
        return Rays(self.triangles)


def faces_of(shape: TopoDS_Shape) -> list[TopoDS_Face]:
    """Return faces in ``TopExp_Explorer`` order: the position in the list is the face id."""
    explorer = TopExp_Explorer(shape, TopAbs_ShapeEnum.TopAbs_FACE)
    faces = []
    while explorer.More():
        faces.append(TopoDS.Face(explorer.Current()))
        explorer.Next()
    return faces


def mesh_faces(faces: list[TopoDS_Face]) -> list[FaceMesh]:
    """Return triangles of faces that have been meshed; a face that the mesher left out gets a grid over its parameters."""
    meshes = []
    for face in faces:
        mesh = _face_mesh(face)
        meshes.append(mesh if len(mesh.triangles) else _parameter_grid(face))
    return meshes


def triangles_of(shape: TopoDS_Shape, deflection_mm: float = DEFLECTION_MM) -> Floats:
    """Return triangles (m, 3, 3) of a shape, outward, meshed here."""
    _mesh(shape, deflection_mm)
    return np.vstack([mesh.nodes[mesh.triangles] for mesh in mesh_faces(faces_of(shape))])


def _mesh(shape: TopoDS_Shape, deflection_mm: float) -> None:
    """Mesh a shape with the kernel, each face within ``deflection_mm`` regardless of the file's edge tolerance."""
    wanted = IMeshTools_Parameters()
    wanted.Deflection, wanted.Angle, wanted.ForceFaceDeflection = deflection_mm, ANGLE_RAD, True
    BRepMesh_IncrementalMesh(shape, wanted)


def _meshed(shape: TopoDS_Shape, faces: list[TopoDS_Face], deflection_mm: float) -> float:
    """Mesh a shape within ``deflection_mm``, or ``_COARSE_MM`` if a face winds (as a thread does) and the mesh gets
    very large; return which it was.
    """
    if deflection_mm < _COARSE_MM and any(winds(face) for face in faces):
        _mesh(shape, _COARSE_MM)
        found = (BRep_Tool.Triangulation_s(face, TopLoc_Location()) for face in faces)
        if sum(mesh.NbTriangles() for mesh in found if mesh is not None) > _MANY:
            return _COARSE_MM
    _mesh(shape, deflection_mm)
    return deflection_mm


def winds(face: TopoDS_Face) -> bool:
    """Return whether a face is a spline with more patches than ordinary faces have, such as a thread flank."""
    surface = BRepAdaptor_Surface(face)
    if surface.GetType() != GeomAbs_SurfaceType.GeomAbs_BSplineSurface:
        return False
    spline = surface.BSpline()
    return bool((spline.NbUKnots() - 1) * (spline.NbVKnots() - 1) > _PATCHES)


def _face_mesh(face: TopoDS_Face) -> FaceMesh:
    location = TopLoc_Location()
    mesh = BRep_Tool.Triangulation_s(face, location)
    if mesh is None or mesh.NbTriangles() == 0:
        return FaceMesh(np.zeros((0, 3)), np.zeros((0, 2)), np.zeros((0, 3), dtype=np.int64))
    place = location.Transformation()
    moved = not location.IsIdentity()
    nodes, parameters = [], []
    for index in range(1, mesh.NbNodes() + 1):
        point = mesh.Node(index)
        if moved:
            point = point.Transformed(place)
        nodes.append((point.X(), point.Y(), point.Z()))
        if mesh.HasUVNodes():
            uv = mesh.UVNode(index)
            parameters.append((uv.X(), uv.Y()))
        else:
            parameters.append((math.nan, math.nan))
    triangles = np.array([mesh.Triangle(index).Get() for index in range(1, mesh.NbTriangles() + 1)], dtype=np.int64) - 1
    if face.Orientation() == TopAbs_Orientation.TopAbs_REVERSED:
        triangles = triangles[:, ::-1]
    return FaceMesh(np.array(nodes), np.array(parameters), triangles)


def sample(shape: TopoDS_Shape, samples: int = SAMPLES) -> Target:
    """Mesh ``shape`` and spread about ``samples`` points over its exact faces, at least 32 on each, more beside edges."""
    box = Bnd_Box()
    BRepBndLib.Add_s(shape, box)
    diagonal = box.CornerMin().Distance(box.CornerMax())
    faces = faces_of(shape)
    deflection_mm = _meshed(shape, faces, max(DEFLECTION_MM, _DEFLECTION_SHARE * diagonal))
    meshes = mesh_faces(faces)
    areas, volume_mm3 = _measured(shape, faces, meshes, deflection_mm)
    spacing = math.sqrt(areas.sum() / samples)
    points, normals, weights, ids = [], [], [], []
    for identity, (face, mesh) in enumerate(zip(faces, meshes, strict=True)):
        if not len(mesh.triangles):
            continue
        count = max(LEAST_PER_FACE, math.ceil(areas[identity] / spacing**2))
        outline = _outline(mesh)
        triangle, weight = _spread(mesh, count)
        _draw_in(mesh, outline, triangle, weight, max(_WEIGHED_INSET_MM, 1.5 * deflection_mm))
        edge_triangle, edge_weight = _beside_edges(
            mesh, outline, max(spacing, 0.5), max(EDGE_INSET_MM, 3 * deflection_mm)
        )
        place, normal = _on_surface(
            face, mesh, np.concatenate([triangle, edge_triangle]), np.vstack([weight, edge_weight])
        )
        points.append(place)
        normals.append(normal)
        weights.append(np.concatenate([np.full(count, areas[identity] / count), np.zeros(len(edge_triangle))]))
        ids.append(np.full(len(place), identity, dtype=np.int32))
    soup = np.vstack([mesh.nodes[mesh.triangles] for mesh in meshes])
    corners = soup.reshape(-1, 3)
    cross = np.cross(soup[:, 1] - soup[:, 0], soup[:, 2] - soup[:, 0])
    return Target(
        triangles=np.ascontiguousarray(soup),
        points=np.vstack(points),
        normals=np.vstack(normals),
        weight_mm2=np.concatenate(weights),
        face=np.concatenate(ids),
        low=corners.min(axis=0),
        high=corners.max(axis=0),
        area_mm2=float(areas.sum()),
        volume_mm3=volume_mm3,
        mesh_area_mm2=float(np.linalg.norm(cross, axis=1).sum() / 2),
        mesh_volume_mm3=float(np.einsum("ij,ij->i", soup[:, 0], cross).sum() / 6),
        deflection_mm=deflection_mm,
        triangle_face=np.repeat(np.arange(len(meshes), dtype=np.int32), [len(mesh.triangles) for mesh in meshes]),
        lost=tuple(k for k, mesh in enumerate(meshes) if not len(mesh.triangles) and areas[k] > _LEAST_FACE_MM2),
    )


def _parameter_grid(face: TopoDS_Face) -> FaceMesh:
    """Return a grid over a face's parameters, limited to cells whose middles are on the face: exact along rings and rulings."""
    surface = BRepAdaptor_Surface(face)
    u = np.linspace(surface.FirstUParameter(), surface.LastUParameter(), _GRID + 1)
    v = np.linspace(surface.FirstVParameter(), surface.LastVParameter(), _GRID // 8 + 1)
    if not (np.isfinite(u).all() and np.isfinite(v).all()) or max(np.abs(u).max(), np.abs(v).max()) > 1e9:
        return FaceMesh(np.zeros((0, 3)), np.zeros((0, 2)), np.zeros((0, 3), dtype=np.int64))
    parameters = np.stack(np.meshgrid(u, v, indexing="ij"), axis=-1).reshape(-1, 2)
    nodes, normals = _general(surface, parameters)
    inside = BRepClass_FaceClassifier()
    triangles: list[tuple[int, int, int]] = []
    columns = len(v)
    for i in range(len(u) - 1):
        for j in range(len(v) - 1):
            inside.Perform(face, gp_Pnt2d((u[i] + u[i + 1]) / 2, (v[j] + v[j + 1]) / 2), 1e-7)
            if inside.State() == TopAbs_State.TopAbs_IN:
                a, b = i * columns + j, (i + 1) * columns + j
                triangles += [(a, b, b + 1), (a, b + 1, a + 1)]
    found = np.array(triangles, dtype=np.int64).reshape(-1, 3)
    corner = nodes[found]
    facet = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    agrees = float(np.einsum("nc,nc->", facet, normals[found[:, 0]])) > 0
    if agrees == (face.Orientation() == TopAbs_Orientation.TopAbs_REVERSED):
        found = found[:, ::-1]
    return FaceMesh(nodes, parameters, found)


def _area(face: TopoDS_Face) -> float:
    properties = GProp_GProps()
    BRepGProp.SurfaceProperties_s(face, properties)
    return abs(float(properties.Mass()))


def _measured(
    shape: TopoDS_Shape, faces: list[TopoDS_Face], meshes: list[FaceMesh], deflection_mm: float
) -> tuple[Floats, float]:
    """Return the exact areas of faces (f,) and the volume, mm.

    If faces wind so much that two integrals differ, a mesh of half the deflection is used instead, provided it is
    closed and encloses the same volume as ``meshes``.
    """
    areas, volume = np.array([_area(face) for face in faces]), _volume(shape)
    own_areas, own_volume, own_closed = _mesh_figures(meshes)
    if abs(own_volume - volume) <= _OFF * abs(volume) and abs(own_areas.sum() - areas.sum()) <= _OFF * areas.sum():
        return areas, volume
    if not own_closed or abs(_volume(shape, _SURE) - volume) <= _OFF * abs(volume):
        return areas, volume
    _mesh(shape, deflection_mm / 2)
    finer_areas, finer_volume, closed = _mesh_figures(mesh_faces(faces))
    still = abs(finer_volume - own_volume) <= _STILL * abs(volume - own_volume)
    if not still or not closed:
        return areas, volume
    off = np.abs(finer_areas - areas) > _OFF * finer_areas
    return np.where(off, finer_areas, areas), finer_volume


def _mesh_figures(meshes: list[FaceMesh]) -> tuple[Floats, float, bool]:
    """Return the areas of face meshes (f,) and their volume, mm, and whether they are closed.

    They are closed if no face lacks its mesh, all area vectors add up to zero, and their moments (3, 3) are the volume
    along each axis and zero across: if a round wall, or both its ends, were missing, only the moments would differ.
    """
    soups = [mesh.nodes[mesh.triangles] for mesh in meshes]
    crosses = [np.cross(soup[:, 1] - soup[:, 0], soup[:, 2] - soup[:, 0]) / 2 for soup in soups]
    areas = np.array([np.linalg.norm(cross, axis=1).sum() for cross in crosses])
    soup, cross = np.concatenate(soups), np.concatenate(crosses)
    middle = soup.mean(axis=1)
    moments = (middle - middle.mean(axis=0)).T @ cross
    volume = float(np.trace(moments)) / 3
    open_mm2, skew_mm3 = float(np.linalg.norm(cross.sum(axis=0))), float(np.abs(moments - volume * np.eye(3)).max())
    closed = open_mm2 <= _OPEN * areas.sum() and skew_mm3 <= _OPEN * abs(volume)
    return areas, volume, bool(closed and (areas > 0).all())


def _volume(shape: TopoDS_Shape, sure: float = 0.0) -> float:
    properties = GProp_GProps()
    if sure:
        BRepGProp.VolumeProperties_s(shape, properties, sure)
    else:
        BRepGProp.VolumeProperties_s(shape, properties)
    return float(properties.Mass())


def _spread(mesh: FaceMesh, count: int) -> tuple[NDArray[np.int64], Floats]:
    """Return ``count`` points on a face, evenly spread by area: triangle index (n,) and barycentric weights (n, 3)."""
    corner = mesh.nodes[mesh.triangles]
    area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1)
    total = np.cumsum(area)
    triangle = np.searchsorted(total, (np.arange(count) + 0.5) / count * total[-1]).clip(0, len(area) - 1)
    order = np.arange(1, count + 1)
    u, v = (order * _R2[0]) % 1.0, (order * _R2[1]) % 1.0
    root = np.sqrt(u)
    return triangle, np.stack([1 - root, root * (1 - v), root * v], axis=1)


def _outline(mesh: FaceMesh) -> NDArray[np.int64]:
    """Return sides of triangles on the face's outline (n, 2): triangle, and which of its sides (k: from corner k to k + 1)."""
    edges = np.concatenate([np.sort(mesh.triangles[:, [a, (a + 1) % 3]], axis=1) for a in range(3)])
    code = edges[:, 0] * np.int64(len(mesh.nodes)) + edges[:, 1]
    _, first, counts = np.unique(code, return_index=True, return_counts=True)
    at = first[counts == 1]
    count = len(mesh.triangles)
    return np.stack([at % count, at // count], axis=1)


def _draw_in(
    mesh: FaceMesh, outline: NDArray[np.int64], triangle: NDArray[np.int64], weight: Floats, inset: float
) -> None:
    """Move places at least ``inset`` mm away from outline sides, whose chords may be outside the exact face; changes ``weight``."""
    least = np.zeros((len(mesh.triangles), 3))
    corner = mesh.nodes[mesh.triangles[outline[:, 0]]]
    rows = np.arange(len(outline))
    a, b = corner[rows, outline[:, 1]], corner[rows, (outline[:, 1] + 1) % 3]
    area2 = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1)
    height = area2 / np.maximum(np.linalg.norm(b - a, axis=1), 1e-12)
    least[outline[:, 0], (outline[:, 1] + 2) % 3] = np.minimum(0.3, inset / np.maximum(height, 1e-12))
    floor = least[triangle]
    weight[:] = floor + weight * (1 - floor.sum(axis=1, keepdims=True))


def _beside_edges(
    mesh: FaceMesh, outline: NDArray[np.int64], spacing: float, inset_mm: float
) -> tuple[NDArray[np.int64], Floats]:
    """Return places ``inset_mm`` inside the face's outline, ``spacing`` mm apart along it."""
    side = outline[:, 1]
    a, b, c = (mesh.nodes[mesh.triangles[outline[:, 0], (side + turn) % 3]] for turn in range(3))
    length = np.linalg.norm(b - a, axis=1)
    height = np.linalg.norm(np.cross(b - a, c - a), axis=1) / np.maximum(length, 1e-9)
    upto = np.floor(np.cumsum(np.where(length < 1e-9, 0.0, length / spacing))).astype(np.int64)
    places = np.diff(upto, prepend=0)
    places[height < 1.5 * inset_mm] = 0
    at = np.repeat(np.arange(len(outline)), places)
    place = np.arange(len(at)) - np.repeat(np.cumsum(places) - places, places)
    inset = inset_mm / np.maximum(height[at], 1e-9)
    along = (place + 0.5) / places[at] * (1 - inset)
    weights = np.empty((len(at), 3))
    rows = np.arange(len(at))
    for turn, share in enumerate((1 - inset - along, along, inset)):
        weights[rows, (side[at] + turn) % 3] = share
    return outline[at, 0], weights


def _on_surface(
    face: TopoDS_Face, mesh: FaceMesh, triangle: NDArray[np.int64], weight: Floats
) -> tuple[Floats, Floats]:
    """Return exact points and outward normals for places on a face's mesh."""
    corner = mesh.nodes[mesh.triangles[triangle]]
    rough = np.einsum("nk,nkc->nc", weight, corner)
    facet = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    surface = BRepAdaptor_Surface(face)
    kind = surface.GetType()
    if kind == GeomAbs_SurfaceType.GeomAbs_Plane:
        axis = surface.Plane().Axis().Direction()
        point, normal = rough, np.tile([axis.X(), axis.Y(), axis.Z()], (len(rough), 1))
    elif kind == GeomAbs_SurfaceType.GeomAbs_Cylinder:
        cylinder = surface.Cylinder()
        foot, normal = _radial(rough, cylinder.Axis())
        point = foot + normal * cylinder.Radius()
    elif kind == GeomAbs_SurfaceType.GeomAbs_Sphere:
        sphere = surface.Sphere()
        center = _xyz(sphere.Location())
        normal = _unit(rough - center)
        point = center + normal * sphere.Radius()
    elif kind == GeomAbs_SurfaceType.GeomAbs_Torus:
        torus = surface.Torus()
        center = _xyz(torus.Location())
        foot, out = _radial(rough, torus.Axis())
        ring = center + out * torus.MajorRadius()
        normal = _unit(rough - ring)
        point = ring + normal * torus.MinorRadius()
    else:
        point, normal = _general(surface, np.einsum("nk,nkc->nc", weight, mesh.parameters[mesh.triangles[triangle]]))
        lost = ~np.isfinite(point).all(axis=1) | (np.linalg.norm(normal, axis=1) < 0.5)
        point[lost], normal[lost] = rough[lost], _unit(facet[lost])
    facing = np.einsum("nc,nc->n", normal, facet)
    return point, np.where(facing[:, None] < 0, -normal, normal)


def _general(surface: BRepAdaptor_Surface, parameters: Floats) -> tuple[Floats, Floats]:
    points, normals = np.empty((len(parameters), 3)), np.zeros((len(parameters), 3))
    place, du, dv = gp_Pnt(), gp_Vec(), gp_Vec()
    for index, (u, v) in enumerate(parameters.tolist()):
        if math.isnan(u):
            points[index] = math.nan
            continue
        surface.D1(u, v, place, du, dv)
        points[index] = place.X(), place.Y(), place.Z()
        cross = du.Crossed(dv)
        size = cross.Magnitude()
        if size > 1e-12:
            normals[index] = cross.X() / size, cross.Y() / size, cross.Z() / size
    return points, normals


def _radial(points: Floats, axis: "object") -> tuple[Floats, Floats]:
    """Return the feet of points on an axis and unit vectors from there outwards."""
    origin = _xyz(axis.Location())  # type: ignore[attr-defined]
    direction = axis.Direction()  # type: ignore[attr-defined]
    unit = np.array([direction.X(), direction.Y(), direction.Z()])
    foot = origin + np.outer((points - origin) @ unit, unit)
    return foot, _unit(points - foot)


def _xyz(point: gp_Pnt) -> Floats:
    return np.array([point.X(), point.Y(), point.Z()])


def _unit(vectors: Floats) -> Floats:
    size = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(size > 1e-15, size, 1.0))
