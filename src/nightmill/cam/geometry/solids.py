"""Solids in work coordinates: the part and the piece as closed meshes, their shadows as polygons.

A *shadow* above ``z`` is the projection along the tool axis of everything above that height.
A tool whose tip is at ``z`` can't be within it, whatever the tool's length. Shadows grow as ``z`` falls.
"""

import itertools
from collections.abc import Iterable, Sequence

import manifold3d as m3
import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cad import Mesh
from nightmill.cam.geometry.polygon_overlay import joined, minus
from nightmill.vocabulary.errors import BadInput, Finding

EMPTY = shapely.Polygon()
OUTLINE_TOLERANCE_MM = 0.001
UNION_TOLERANCE_MM = 0.0002
"""Simplification tolerance: removes the corners that a union adds, but keeps those that show that a path is an arc."""
MESH_TOLERANCE_MM = 0.0015
OFF_SURFACE_MM = 0.02
LEAST_UNDER_MM2 = 1e-9
SAME_MM = 0.0003
"""Outlines that differ by less than this count as equal."""


def solid_of(mesh: Mesh, matrix: NDArray[np.float64]) -> m3.Manifold:
    """Return the closed mesh moved by a rigid 4x4 ``matrix``; raises BadInput if the mesh does not enclose a volume."""
    points = mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3]
    solid = m3.Manifold(m3.Mesh64(np.ascontiguousarray(points), np.ascontiguousarray(mesh.triangles.astype(np.uint64))))
    if solid.status() != m3.Error.NoError or solid.volume() <= 0:
        raise BadInput(
            Finding(
                file="part",
                place="mesh",
                found=f"a surface that does not enclose a volume ({solid.status()})",
                expected="a closed, outward oriented mesh",
                remedy="Heal the solid in the CAD system and export it again.",
            )
        )
    return solid.simplify(MESH_TOLERANCE_MM)


def moved(solid: m3.Manifold, matrix: NDArray[np.float64]) -> m3.Manifold:
    """Return the solid moved by a rigid 4x4 matrix."""
    return solid.transform(np.ascontiguousarray(matrix[:3, :4]))


def area_of(section: m3.CrossSection) -> BaseGeometry:
    """Return a manifold cross-section as a valid shapely (multi)polygon."""
    rings = [np.asarray(r) for r in section.to_polygons() if len(r) >= 3]
    if not rings:
        return EMPTY
    outer: list[shapely.Polygon] = []
    inner: list[shapely.Polygon] = []
    for ring in rings:
        x, y = ring[:, 0], ring[:, 1]
        signed = float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
        (outer if signed > 0 else inner).append(shapely.Polygon(ring))
    if not inner:
        return joined([clean(p) for p in outer])
    islands = nested(outer, inner)
    return islands if islands is not None else by_size(outer, inner)


def by_size(outer: Sequence[shapely.Polygon], inner: Sequence[shapely.Polygon]) -> BaseGeometry:
    """Join outer rings and subtract inner rings, large before small: a ring inside another ring is always the smaller."""
    area: BaseGeometry = EMPTY
    ordered = sorted([*((p, True) for p in outer), *((p, False) for p in inner)], key=lambda pair: -pair[0].area)
    for fills, group in itertools.groupby(ordered, key=lambda pair: pair[1]):
        some = joined([clean(p) for p, _ in group])
        area = joined([area, some]) if fills else minus(area, some)
    return area


def nested(outer: Sequence[shapely.Polygon], inner: Sequence[shapely.Polygon]) -> BaseGeometry | None:
    """Return each outer ring minus the holes that lie in it, so that an island inside a hole survives."""
    tree = shapely.STRtree(outer)
    holes: dict[int, list[shapely.Polygon]] = {}
    for ring in inner:
        owners: list[int] = []
        for corner in shapely.points(shapely.get_coordinates(ring.exterior)[:-1]):
            owners = tree.query(corner, predicate="intersects").tolist()
            if owners:
                break  # a corner at which the hole touches its outline may lie slightly outside
        if not owners:
            return None
        holes.setdefault(min(owners, key=lambda i: outer[i].area), []).append(ring)
    return joined(
        [clean(shapely.Polygon(p.exterior, [h.exterior for h in holes.get(i, [])])) for i, p in enumerate(outer)]
    )


def clean(area: BaseGeometry) -> BaseGeometry:
    """Return a valid polygonal geometry of the same area."""
    if area.is_valid:
        return area
    return polygonal(shapely.make_valid(area))


def polygonal(area: BaseGeometry) -> BaseGeometry:
    """Return only the polygons of a geometry: lines and points that set operations leave behind are dropped."""
    if area.geom_type in {"Polygon", "MultiPolygon"}:
        return area
    return joined([p for p in parts(area) if p.geom_type == "Polygon"])


def parts(area: BaseGeometry) -> list[BaseGeometry]:
    """Return the single geometries of a possible collection, without empty geometries."""
    return [g for g in shapely.get_parts(area) if not g.is_empty]


def shadow(solid: m3.Manifold, above: float, below: float | None = None) -> BaseGeometry:
    """Return the projection of the solid between two heights (or all above ``above``)."""
    piece = solid.trim_by_plane((0.0, 0.0, 1.0), above)
    if below is not None:
        piece = piece.trim_by_plane((0.0, 0.0, -1.0), -below)
    if piece.is_empty() or piece.num_tri() == 0:
        return EMPTY
    return area_of(piece.project())


def layers(solid: m3.Manifold, heights: Sequence[float]) -> list[BaseGeometry]:
    """Return the projection of each layer of the solid: between one of the falling ``heights`` and the one before it.

    A layer's projection is its section at the lower height plus the undersides beside it that end within the layer.
    """
    if solid.is_empty() or not heights:
        return [EMPTY for _ in heights]
    mesh = solid.to_mesh64()
    vertices = np.asarray(mesh.tri_verts, dtype=np.int64)
    corners = np.asarray(mesh.vert_properties)[:, :3][vertices]
    under = np.cross(corners[:, 1, :2] - corners[:, 0, :2], corners[:, 2, :2] - corners[:, 0, :2])
    vertices, corners = vertices[under < -LEAST_UNDER_MM2], corners[under < -LEAST_UNDER_MM2]
    low, high = corners[:, :, 2].min(axis=1), corners[:, :, 2].max(axis=1)
    found = []
    for z, above in zip(heights, [np.inf, *heights], strict=False):
        section = area_of(solid.slice(z)).simplify(OUTLINE_TOLERANCE_MM)
        rows = (high > z) & (low < above)
        some = vertices[rows], corners[rows]
        found.append(_with_undersides(section, *some, z, float(above)) if rows.any() else section)
    return found


def _with_undersides(
    section: BaseGeometry, vertices: NDArray[np.int64], corners: NDArray[np.float64], low: float, high: float
) -> BaseGeometry:
    """Return a section extended by the downward triangles between two heights that the section does not cover.

    ``vertices`` (m, 3) are the numbers of the triangles' corners, ``corners`` (m, 3, 3) the positions.
    """
    grown = section.buffer(OUTLINE_TOLERANCE_MM, quad_segs=1) if not section.is_empty else section
    shapely.prepare(grown)
    beside = ~shapely.covers(grown, shapely.polygons(corners[:, ::-1, :2]))
    vertices, corners = vertices[beside], corners[beside]
    whole = (corners[:, :, 2].min(axis=1) >= low) & (corners[:, :, 2].max(axis=1) <= high)
    rings = _rims(vertices[whole], corners[whole]) + _cut_out(grown, corners[~whole], low, high)
    if not rings:
        return section
    added = area_of(m3.CrossSection(rings, m3.FillRule.NonZero)).simplify(OUTLINE_TOLERANCE_MM)
    return joined([section, added]).simplify(OUTLINE_TOLERANCE_MM)


def _rims(vertices: NDArray[np.int64], corners: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return closed rings (k, 2) around downward triangles of one mesh, turned to face up.

    Sides shared by two triangles cancel, so that the rings wind around each point as many times as triangles lie over it.
    """
    numbers, first_at, rows = np.unique(vertices, return_index=True, return_inverse=True)
    places = corners.reshape(-1, 3)[first_at, :2]
    rows = rows.reshape(-1, 3)
    starts, ends = rows[:, ::-1].ravel(), rows[:, [1, 0, 2]].ravel()
    key, at_key = np.unique(np.minimum(starts, ends) * len(numbers) + np.maximum(starts, ends), return_inverse=True)
    net = np.bincount(at_key, np.where(starts < ends, 1.0, -1.0)).astype(np.int64)
    leaving: dict[int, list[int]] = {}
    for side in np.repeat(np.flatnonzero(net), np.abs(net[net != 0])).tolist():
        low, high = divmod(int(key[side]), len(numbers))
        start, end = (low, high) if net[side] > 0 else (high, low)
        leaving.setdefault(start, []).append(end)
    rings = []
    while leaving:
        first = at = next(iter(leaving))
        ring: list[int] = []
        while not ring or at != first:
            ring.append(at)
            after = leaving[at].pop()
            if not leaving[at]:
                del leaving[at]
            at = after
        rings.append(places[ring])
    return rings


def _cut_out(covered: BaseGeometry, corners: NDArray[np.float64], low: float, high: float) -> list[NDArray[np.float64]]:
    """Return the outline (k, 2) of each downward triangle between two heights, where an area does not cover it."""
    outlines, sizes = np.zeros((len(corners), 5, 2)), np.zeros(len(corners), dtype=np.int64)
    _between(np.ascontiguousarray(corners), low, high, outlines, sizes)
    rings: list[NDArray[np.float64]] = []
    for size in (3, 4, 5):
        some = outlines[sizes == size, :size]
        if len(some):
            rings += list(some[~shapely.covers(covered, shapely.polygons(some))])
    return rings


@njit(cache=True)
def _between(  # pragma: no cover - compiled
    corners: NDArray[np.float64], low: float, high: float, rings: NDArray[np.float64], sizes: NDArray[np.int64]
) -> None:
    """Write for each downward triangle (m, 3, 3) the outline between two heights, turned to face up: (m, 5, 2) and corners (m,)."""
    ring, other = np.zeros((5, 3)), np.zeros((5, 3))
    for t in range(len(corners)):
        count = 3
        for k in range(3):
            for c in range(3):
                ring[k, c] = corners[t, 2 - k, c]
        for side in range(2):
            sign, limit = (1.0, low) if side == 0 else (-1.0, -high)
            kept = 0
            for k in range(count):
                before = k - 1 if k else count - 1
                a, b = sign * ring[before, 2] - limit, sign * ring[k, 2] - limit
                if (a < 0.0) != (b < 0.0):
                    share = a / (a - b)
                    for c in range(3):
                        other[kept, c] = ring[before, c] + share * (ring[k, c] - ring[before, c])
                    kept += 1
                if b >= 0.0:
                    for c in range(3):  # a slice assignment would compile the error messages too
                        other[kept, c] = ring[k, c]
                    kept += 1
            ring, other, count = other, ring, kept
        sizes[t] = count
        for k in range(count):
            for c in range(2):
                rings[t, k, c] = ring[k, c]


def stacked(found: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Return the shadow above each height from the layers: each shadow contains the previous ones, within the tolerance of
    unions, and is the same object if nothing is added.

    Layer outlines that run along each other leave up to ten corners in their union where one would do.
    """
    total: BaseGeometry = EMPTY
    grown: BaseGeometry = EMPTY
    plain: BaseGeometry = EMPTY
    sums = []
    for layer in found:
        if not layer.is_empty and not (not grown.is_empty and grown.covers(layer)):
            around = layer.buffer(SAME_MM, quad_segs=2)
            total = layer if total.is_empty or around.covers(total) else joined([total, layer])
            grown = around if total is layer else total.buffer(SAME_MM, quad_segs=2)
            plain = total if total is layer else polygonal(total).simplify(UNION_TOLERANCE_MM)
            shapely.prepare(grown)
        sums.append(plain)
    return sums


def shadows(solid: m3.Manifold, heights: Sequence[float]) -> list[BaseGeometry]:
    """Return the shadow above each of the falling ``heights``."""
    return stacked(layers(solid, heights))


def prism(area: BaseGeometry, low: float, high: float) -> m3.Manifold:
    """Return the solid over a polygonal area between two heights."""
    rings: list[NDArray[np.float64]] = []
    for piece in parts(polygonal(area)):
        oriented = shapely.geometry.polygon.orient(piece, 1.0)
        rings.append(np.asarray(oriented.exterior.coords)[:-1])
        rings.extend(np.asarray(ring.coords)[:-1] for ring in oriented.interiors)
    if not rings or high <= low:
        return m3.Manifold()
    return m3.CrossSection(rings, m3.FillRule.Positive).extrude(high - low).translate((0.0, 0.0, low))


def columns(corners: NDArray[np.float64], triangles: NDArray[np.int64], top: float) -> m3.Manifold:
    """Return the space straight above upward triangles (m, 3) of a surface, from just off it up to ``top``; empty if they overlap."""
    if not len(triangles):
        return m3.Manifold()
    count = len(corners)
    floor = corners + np.array([0.0, 0.0, OFF_SURFACE_MM])
    lid = np.column_stack([corners[:, :2], np.full(count, top)])
    sides = {(int(t[k]), int(t[(k + 1) % 3])) for t in triangles for k in range(3)}
    rim = [(a, b) for a, b in sides if (b, a) not in sides]
    walls = [face for a, b in rim for face in ((a, b, b + count), (a, b + count, a + count))]
    faces = np.vstack([triangles[:, ::-1], triangles + count, np.array(walls, dtype=np.int64).reshape(-1, 3)])
    solid = m3.Manifold(m3.Mesh64(np.vstack([floor, lid]), faces.astype(np.uint64)))
    return solid if solid.status() == m3.Error.NoError and solid.volume() > 0 else m3.Manifold()


def united(solids: Iterable[m3.Manifold]) -> m3.Manifold:
    """Return the union of solids."""
    some = [s for s in solids if not s.is_empty()]
    return m3.Manifold.batch_boolean(some, m3.OpType.Add) if some else m3.Manifold()


def box(low: Sequence[float], high: Sequence[float]) -> m3.Manifold:
    """Return an axis-parallel box."""
    size = [h - w for w, h in zip(low, high, strict=True)]
    return m3.Manifold.cube(size).translate(list(low))


STL_HEADER = 80
STL_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
"""A facet of a binary STL file."""


def triangles_of_stl(content: bytes) -> NDArray[np.float64]:
    """Return triangles [n, 3, 3] of a binary STL file written by ``stl_of``."""
    return np.frombuffer(content, STL_RECORD, offset=STL_HEADER + 4)["corners"].astype(np.float64)


def stl_of(solid: m3.Manifold) -> bytes:
    """Return the binary STL of a closed solid (float32, as the format requires)."""
    mesh = solid.to_mesh64()
    points = np.asarray(mesh.vert_properties)[:, :3]
    triangles = points[np.asarray(mesh.tri_verts)]
    record = np.zeros(len(triangles), STL_RECORD)
    record["corners"] = triangles
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    record["normal"] = normals / np.where(lengths > 0, lengths, 1.0)
    header = b"nightmill fixture".ljust(STL_HEADER, b" ")
    return header + np.uint32(len(triangles)).tobytes() + record.tobytes()
