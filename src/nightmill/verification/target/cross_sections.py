"""Cut the part with a plane: exact outlines from the B-rep, as chords, each with its face and lean."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from OCP.BRepAdaptor import BRepAdaptor_Curve
from OCP.BRepAlgoAPI import BRepAlgoAPI_Section
from OCP.GCPnts import GCPnts_QuasiUniformDeflection
from OCP.gp import gp_Dir, gp_Pln, gp_Pnt
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopExp import TopExp_Explorer
from OCP.TopoDS import TopoDS, TopoDS_Shape
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from nightmill.verification.target.surface_samples import faces_of, winds

Floats = NDArray[np.float64]

# How far chords of the outline may be off the exact curve.
CHORD_MM = 0.002
_JOIN_MM, _GAP_MM = 0.002, 0.02
"""Curve ends this close count as the same point. An end without a partner, as when faces meet only within the file's tolerance, is joined
to another end up to this far away.
"""
_LEAST_AREA_MM2 = 1e-3


@dataclass(frozen=True)
class Section:
    """A section, in a frame whose third axis is the plane's normal: ``area`` (shapely), and its outline as chords with the
    material on their left: ``chords`` (n, 2, 2), ``face`` (n,) ids, ``lean`` (n,) the fraction of the face's normal that is in the plane
    (1: a wall along the normal). ``exact`` is False if the mesh had to replace the B-rep.
    """

    area: BaseGeometry
    chords: Floats
    face: NDArray[np.int64]
    lean: Floats
    exact: bool


class Sections:
    """Sections of one part across one direction; ``frame`` (3, 3) turns model coordinates so that the direction is the third axis;
    ``triangles`` (m, 3, 3) are the mesh in that frame, ``face`` (m,) their faces.
    """

    def __init__(
        self, shape: TopoDS_Shape, triangles: Floats, face: NDArray[np.int32], frame: Floats, deflection_mm: float
    ) -> None:
        self._shape, self._frame, self._deflection_mm = shape, frame, deflection_mm
        self._face = face
        # the kernel takes minutes to cut a winding face such as a thread: the mesh is used instead
        self._winding = np.array([winds(each) for each in faces_of(shape)], dtype=np.bool_)
        self._mesh = triangles
        self._low, self._high = self._mesh[:, :, 2].min(axis=1), self._mesh[:, :, 2].max(axis=1)

    def at(self, height: float) -> Section | None:
        """Return the section at ``height`` along the direction; None if mesh and B-rep disagree and neither closes."""
        segments, face, lean = self._mesh_outline(height)
        if not len(segments):
            return None
        winds = bool(self._winding[face].any())
        for exact in (False,) if winds else (True, False):
            area = enclosed(self._exact_outline(height) if exact else list(segments))
            if self._agree(area, segments):
                chords = _chords(area)
                nearest = shapely.STRtree(shapely.linestrings(segments)).nearest(shapely.points(chords.mean(axis=1)))
                return Section(area, chords, face[nearest].astype(np.int64), lean[nearest], exact)
        return None

    def _agree(self, area: BaseGeometry, segments: Floats) -> bool:
        """Return whether an outline follows the mesh outline everywhere and encloses the same area, so that no curve is lost or
        reversed.
        """
        if area.is_empty:
            return False
        outline = area.boundary
        shapely.prepare(outline)
        near = shapely.dwithin(outline, shapely.points(segments.mean(axis=1)), 3 * self._deflection_mm + CHORD_MM)
        length = float(np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1).sum())
        off = abs(area.area - _area(segments))
        return bool(near.all()) and off <= 2 * length * self._deflection_mm + _LEAST_AREA_MM2

    def _exact_outline(self, height: float) -> list[Floats]:
        """Return curves of the B-rep's section as open or closed chains of points (k, 2)."""
        normal = self._frame[2]
        plane = gp_Pln(gp_Pnt(*(height * normal).tolist()), gp_Dir(*normal.tolist()))
        cut = BRepAlgoAPI_Section(self._shape, plane, False)
        cut.Approximation(False)
        cut.ComputePCurveOn1(False)
        cut.Build()
        chains = []
        explorer = TopExp_Explorer(cut.Shape(), TopAbs_ShapeEnum.TopAbs_EDGE)
        while explorer.More():
            points = GCPnts_QuasiUniformDeflection(BRepAdaptor_Curve(TopoDS.Edge(explorer.Current())), CHORD_MM)
            if points.IsDone():
                found = (points.Value(index) for index in range(1, points.NbPoints() + 1))
                chains.append(np.array([(point.X(), point.Y(), point.Z()) for point in found]) @ self._frame[:2].T)
            explorer.Next()
        return chains

    def _mesh_outline(self, height: float) -> tuple[Floats, NDArray[np.int32], Floats]:
        """Return where the plane cuts the triangles: segments (m, 2, 2), material on their left, face (m,) and lean (m,) of each."""
        at = np.flatnonzero((self._low <= height) & (self._high > height))
        corner = self._mesh[at]
        normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        size = np.maximum(np.linalg.norm(normal, axis=1), 1e-300)
        # The corner that is alone on its side of the plane comes first: its two sides are cut.
        above = corner[:, :, 2] > height
        alone = np.where(above.sum(axis=1) == 1, np.argmax(above, axis=1), np.argmin(above, axis=1))
        rows = np.arange(len(at))
        tip = corner[rows, alone]
        ends = []
        for step in (1, 2):
            other = corner[rows, (alone + step) % 3]
            share = (height - tip[:, 2]) / (other[:, 2] - tip[:, 2])
            ends.append(tip[:, :2] + share[:, None] * (other[:, :2] - tip[:, :2]))
        segments = np.stack(ends, axis=1)
        way = segments[:, 1] - segments[:, 0]
        turned = way[:, 0] * -normal[:, 1] + way[:, 1] * normal[:, 0] < 0
        segments[turned] = segments[turned][:, ::-1]
        return segments, self._face[at], np.linalg.norm(normal[:, :2], axis=1) / size


def _area(segments: Floats) -> float:
    """Return the area to the left of closed chains of segments (m, 2, 2), by their moments."""
    a, b = segments[:, 0] - segments[0, 0], segments[:, 1] - segments[0, 0]
    return float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / 2)


def enclosed(chains: list[Floats]) -> BaseGeometry:
    """Return the area between chains of points whose ends meet within a small distance, by the even-odd rule."""
    chains = [chain for chain in chains if len(chain) > 1]
    if not chains:
        return shapely.Polygon()
    ends = np.array([end for chain in chains for end in (chain[0], chain[-1])])
    group = _places(ends)
    middle = np.stack([np.bincount(group, ends[:, axis]) for axis in (0, 1)], axis=1) / np.bincount(group)[:, None]
    lines = []
    for index, chain in enumerate(chains):
        joined = chain.copy()
        joined[0], joined[-1] = middle[group[2 * index]], middle[group[2 * index + 1]]
        if len(joined) > 2 or not np.array_equal(joined[0], joined[-1]):
            lines.append(shapely.LineString(joined))
    return shapely.make_valid(shapely.build_area(shapely.GeometryCollection(lines)))


def _places(ends: Floats) -> NDArray[np.int64]:
    """Return which curve ends (n, 2) are the same point (n,): ends that nearly meet; ends without a partner are paired, nearest first."""
    pairs = cKDTree(ends).query_pairs(_JOIN_MM, output_type="ndarray")
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(ends), len(ends)))
    _, group = connected_components(graph, directed=False)
    loose = np.flatnonzero((np.bincount(group) % 2 == 1)[group])
    near = (
        cKDTree(ends[loose]).query_pairs(_GAP_MM, output_type="ndarray") if len(loose) else np.zeros((0, 2), dtype=int)
    )
    near = loose[near]
    met: set[int] = set()
    for a, b in near[np.argsort(np.linalg.norm(ends[near[:, 0]] - ends[near[:, 1]], axis=1))]:
        one, other = int(group[a]), int(group[b])
        if one != other and not met & {one, other}:
            met |= {one, other}
            group[group == other] = one
    return np.asarray(np.unique(group, return_inverse=True)[1].reshape(-1), dtype=np.int64)


def _chords(area: BaseGeometry) -> Floats:
    """Return the outline (n, 2, 2) of an area, material on the left of each chord."""
    rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(area, exterior_cw=False)))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    chords = np.stack([points[:-1][same], points[1:][same]], axis=1)
    return np.asarray(chords[np.linalg.norm(chords[:, 1] - chords[:, 0], axis=1) > 1e-7])
