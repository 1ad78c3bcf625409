"""Sample the part's surface to find how much of it is visible along a direction, and how much has been cut.

Samples are drawn by area from the mesh with a fixed low-discrepancy sequence, so that the same part gives the
same plan. A sample is visible where the part's height map, read just off the surface, is not above it.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cad import Mesh
from nightmill.cam.geometry.inner_edge_samples import beside_inner_edges, in_corners, inner_edges

OFF_SURFACE_MM = 0.05
"""A sample counts as cut if no material stands higher than this above it: the excess that a certificate allows."""
OWN_MM2, MOST_OWN, OWN_SAMPLES = 1.0, 150, 40000
"""A small face gets one sample per this many mm2, up to this number, or its proportion of this total over all faces."""


@dataclass
class Samples:
    """Points on the surface: ``points``/``normals`` (n, 3), ``face`` (n,), ``area`` mm2 each, ``uncut`` flags."""

    CHANGES: ClassVar[tuple[str, ...]] = ("uncut",)

    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    face: NDArray[np.int32]
    area: NDArray[np.float64]
    uncut: NDArray[np.bool_]


def sampled(mesh: Mesh, count: int) -> Samples:
    """Return about ``count`` samples by area, at least four on each face, and more beside inner edges."""
    corners = mesh.vertices[mesh.triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    double = np.linalg.norm(cross, axis=1)
    good = double > 1e-12
    corners, cross, double, owner = corners[good], cross[good], double[good], mesh.face_of[good]
    area = double / 2
    faces = int(mesh.face_of.max()) + 1
    of_face = np.bincount(owner, weights=area, minlength=faces)
    own = np.minimum(of_face / OWN_MM2, min(MOST_OWN, OWN_SAMPLES / faces))
    wanted = np.maximum(np.maximum(4, own), np.round(count * of_face / of_face.sum())).astype(int)
    order = np.argsort(owner, kind="stable")
    chosen, weight = [], []
    start = 0
    for face in range(faces):
        size = int((owner == face).sum())
        if size == 0:
            continue
        rows = order[start : start + size]
        start += size
        edges = np.cumsum(area[rows])
        n = int(wanted[face])
        spots = (np.arange(n) + 0.5) / n * edges[-1]
        chosen.append(rows[np.minimum(np.searchsorted(edges, spots), size - 1)])
        weight.append(np.full(n, edges[-1] / n))
    rows = np.concatenate(chosen)
    k = np.arange(len(rows))
    u, v = (0.5 + k * 0.7548776662466927) % 1.0, (0.5 + k * 0.5698402909980532) % 1.0
    flip = u + v > 1
    u, v = np.where(flip, 1 - u, u), np.where(flip, 1 - v, v)
    a, b, c = corners[rows, 0], corners[rows, 1], corners[rows, 2]
    points = a + u[:, None] * (b - a) + v[:, None] * (c - a)
    normals = cross[rows] / double[rows, None]
    inner = inner_edges(mesh)
    more, facing, of, each = beside_inner_edges(inner)
    points, normals = np.vstack([points, more]), np.vstack([normals, facing])
    whose, each_mm2 = np.concatenate([owner[rows], of]), np.concatenate([*weight, each])
    whole = np.bincount(whose, weights=each_mm2, minlength=faces)
    each_mm2 *= (of_face / np.where(whole > 0, whole, 1.0))[whose]
    uncut = ~in_corners(inner, points, normals, whose, OFF_SURFACE_MM)
    return Samples(points, normals, whose, each_mm2, uncut)


@njit(cache=True)
def _fill(  # pragma: no cover - compiled
    corners: NDArray[np.float64], x0: float, y0: float, pixel: float, top: NDArray[np.float64]
) -> None:
    nx, ny = top.shape
    for t in range(corners.shape[0]):
        ax, ay, az = corners[t, 0, 0], corners[t, 0, 1], corners[t, 0, 2]
        bx, by, bz = corners[t, 1, 0], corners[t, 1, 1], corners[t, 1, 2]
        cx, cy, cz = corners[t, 2, 0], corners[t, 2, 1], corners[t, 2, 2]
        det = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if abs(det) < 1e-14:
            continue
        i0 = max(0, int((min(ax, bx, cx) - x0) / pixel))
        i1 = min(nx - 1, int((max(ax, bx, cx) - x0) / pixel) + 1)
        j0 = max(0, int((min(ay, by, cy) - y0) / pixel))
        j1 = min(ny - 1, int((max(ay, by, cy) - y0) / pixel) + 1)
        for i in range(i0, i1 + 1):
            px = x0 + (i + 0.5) * pixel
            for j in range(j0, j1 + 1):
                py = y0 + (j + 0.5) * pixel
                u = ((px - ax) * (cy - ay) - (cx - ax) * (py - ay)) / det
                v = ((bx - ax) * (py - ay) - (px - ax) * (by - ay)) / det
                if u >= -1e-9 and v >= -1e-9 and u + v <= 1 + 1e-9:
                    z = az + u * (bz - az) + v * (cz - az)
                    if z > top[i, j]:
                        top[i, j] = z


@dataclass(frozen=True)
class HeightMap:
    """Top heights of a mesh on square pixels, -inf where there is nothing; ``x0``, ``y0`` the corner, mm."""

    x0: float
    y0: float
    pixel: float
    top: NDArray[np.float64]

    def at(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return heights at the pixels under points of shape (n, 2 or 3); -inf outside."""
        i = np.floor((points[:, 0] - self.x0) / self.pixel).astype(int)
        j = np.floor((points[:, 1] - self.y0) / self.pixel).astype(int)
        nx, ny = self.top.shape
        inside = (i >= 0) & (i < nx) & (j >= 0) & (j < ny)
        found = np.full(len(points), -np.inf)
        found[inside] = self.top[i[inside], j[inside]]
        return found


def height_map(points: NDArray[np.float64], triangles: NDArray[np.int32], pixels: int) -> HeightMap:
    """Return the height map of a mesh in work coordinates with at most ``pixels`` along its longer side."""
    low, high = points.min(axis=0), points.max(axis=0)
    pixel = float(max(high[0] - low[0], high[1] - low[1])) / pixels
    nx = max(1, int(np.ceil((high[0] - low[0]) / pixel)))
    ny = max(1, int(np.ceil((high[1] - low[1]) / pixel)))
    top = np.full((nx, ny), -np.inf)
    _fill(np.ascontiguousarray(points[triangles]), float(low[0]), float(low[1]), pixel, top)
    return HeightMap(float(low[0]), float(low[1]), pixel, top)


def seen(heights: HeightMap, points: NDArray[np.float64], normals: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points in work coordinates are open from above: they don't face down, and nothing lies over them just
    off the surface.
    """
    flat = normals[:, :2]
    level = np.linalg.norm(flat, axis=1, keepdims=True)
    outward = flat / np.where(level > 1e-9, level, 1.0)
    slant = np.clip(level, 0.0, 1.0)
    off = points[:, :2] + outward * slant * 1.5 * heights.pixel
    over = heights.at(off)
    slack = 0.02 + 1.5 * heights.pixel * np.where(slant[:, 0] > 0.02, 1.0, 0.0) * np.where(
        normals[:, 2] > 0.02, slant[:, 0] / np.maximum(normals[:, 2], 0.02), 0.0
    )
    return (normals[:, 2] > -1e-3) & (over <= points[:, 2] + np.minimum(slack, 2.0))


def mark_cut(
    samples: Samples,
    points: NDArray[np.float64],
    normals: NDArray[np.float64],
    visible: NDArray[np.bool_],
    swept: list[tuple[BaseGeometry, float]],
) -> None:
    """Clear the ``uncut`` flag of visible samples that are freed of stock by sweeping an area at a height.

    ``points`` and ``normals`` are the samples in work coordinates.
    """
    probe = points + OFF_SURFACE_MM * normals
    open_ = np.flatnonzero(samples.uncut & visible)
    for area, z in sorted(swept, key=lambda pair: pair[1]):
        rows = open_[(probe[open_, 2] >= z - 1e-9) & samples.uncut[open_]]
        if len(rows) == 0:
            continue
        x0, y0, x1, y1 = area.bounds
        rows = rows[(probe[rows, 0] >= x0) & (probe[rows, 0] <= x1) & (probe[rows, 1] >= y0) & (probe[rows, 1] <= y1)]
        if len(rows) == 0:
            continue
        shapely.prepare(area)
        inside = shapely.contains_xy(area, probe[rows, 0], probe[rows, 1])
        samples.uncut[rows[inside]] = False
