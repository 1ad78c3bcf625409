"""Compute contact contours: lines of equal height over one face's triangles, close enough for a given cutter."""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nightmill.cam.geometry.analytic_surfaces import Elementary

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

END_MM = 0.004
"""Distance kept from the lowest and the highest point of a face, where a contour would have no length."""
LEAST_RISE = 0.02
"""Sine of the smallest slope: flatter facets count as having this slope."""


@dataclass(frozen=True)
class Contour:
    """A line on a face at height ``z``: ``points`` and unit ``normals`` (n, 3)."""

    face: int
    z: float
    points: Floats
    normals: Floats


@dataclass(frozen=True)
class Lines:
    """Contours end to end: ``points`` and unit ``normals`` (n, 3), ``face`` (n,), the start of each in ``breaks`` (lines + 1)."""

    points: Floats
    normals: Floats
    face: Ints
    breaks: Ints

    @classmethod
    def of(cls, contours: list[Contour]) -> "Lines":
        """Join contours."""
        sizes = [len(c.points) for c in contours]
        if not sizes:
            return cls(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64))
        face = np.repeat(np.array([c.face for c in contours]), sizes)
        breaks = np.concatenate([[0], np.cumsum(sizes)])
        return cls(np.vstack([c.points for c in contours]), np.vstack([c.normals for c in contours]), face, breaks)

    @property
    def first(self) -> NDArray[np.bool_]:
        """Return which points start a contour (n,)."""
        flags = np.zeros(len(self.points), dtype=np.bool_)
        flags[self.breaks[:-1]] = True
        return flags

    @property
    def last(self) -> NDArray[np.bool_]:
        """Return which points end a contour (n,)."""
        flags = np.zeros(len(self.points), dtype=np.bool_)
        flags[self.breaks[1:] - 1] = True
        return flags

    def spans(self) -> Floats:
        """Return the length of line that each point represents (n,): half of the distances to the previous and next points, mm."""
        ways = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        ways[self.last[:-1]] = 0.0
        return np.asarray((np.append(ways, 0.0) + np.append(0.0, ways)) / 2)

    def denser(self, counts: Ints) -> "Lines":
        """Return the lines with the stretch after each point split into ``counts`` (n,) equal segments, 1 for the last
        point of each contour.
        """
        begins = np.cumsum(counts) - counts
        at = np.repeat(np.arange(len(counts)), counts)
        share = ((np.arange(len(at)) - begins[at]) / counts[at])[:, None]
        rows = np.column_stack([self.points, self.normals])
        dense = rows[at] + share * (rows[np.minimum(at + 1, len(rows) - 1)] - rows[at])
        size = np.linalg.norm(dense[:, 3:], axis=1, keepdims=True)
        normals = dense[:, 3:] / np.where(size > 1e-9, size, 1.0)
        breaks = np.append(begins, len(at))[self.breaks].astype(np.int64)
        return Lines(np.ascontiguousarray(dense[:, :3]), normals, self.face[at], breaks)


@dataclass(frozen=True)
class Patch:
    """The triangles of one face.

    ``corners`` (n, 3), ``normals`` (n, 3) at them, ``triangles`` (m, 3), ``beside`` (m, 3) the neighbour over the side from
    corner k, -1 at the rim, ``facing`` (m,) the upward part of each facet's normal, ``bulge`` (m,) its greatest convex
    curvature, 1/mm; ``exact`` the surface that the mesh represents, if elementary.
    """

    face: int
    corners: Floats
    normals: Floats
    triangles: Ints
    beside: Ints
    facing: Floats
    bulge: Floats
    exact: Elementary | None = None

    @classmethod
    def of(cls, face: int, vertices: Floats, triangles: Ints, exact: Elementary | None = None) -> "Patch":
        """Make a patch from the face's rows in a mesh, and the surface that the face should lie on, in work coordinates.

        Without a surface the normal at a corner is the mean of the facet normals, weighted by the sine of the facet's angle
        there over its two sides: exact on any sphere, however slender the facets (Max, Weights for computing vertex
        normals, 1999).
        """
        used, local = np.unique(triangles, return_inverse=True)
        corners, rows = np.ascontiguousarray(vertices[used]), local.reshape(-1, 3).astype(np.int64)
        cross = np.cross(
            corners[rows[:, 1]] - corners[rows[:, 0]],
            corners[rows[:, 2]] - corners[rows[:, 0]],
        )
        normals = np.zeros_like(corners)
        sides = corners[np.roll(rows, -1, axis=1)] - corners[rows]
        square = np.maximum(np.einsum("mkc,mkc->mk", sides, sides), 1e-12)
        for k in range(3):
            np.add.at(normals, rows[:, k], cross / (square[:, k] * square[:, k - 1])[:, None])
        size = np.linalg.norm(normals, axis=1, keepdims=True)
        own = np.linalg.norm(cross, axis=1)
        facing = cross[:, 2] / np.where(own > 1e-15, own, 1.0)
        normals /= np.where(size > 1e-15, size, 1.0)
        if exact is not None and not exact.is_of(corners, normals):
            exact = None
        if exact is not None:
            normals = exact.beside(corners)[1]
        return cls(face, corners, normals, rows, _beside(rows), facing, _bulge(corners, normals, rows), exact)


def _beside(rows: Ints) -> Ints:
    count = int(rows.max()) + 1
    starts = np.concatenate([rows[:, k] for k in range(3)])
    ends = np.concatenate([rows[:, (k + 1) % 3] for k in range(3)])
    owner = np.tile(np.arange(len(rows)), 3)
    keys, back = starts * count + ends, ends * count + starts
    order = np.argsort(keys, kind="stable")
    at = np.minimum(np.searchsorted(keys[order], back, side="right") - 1, len(keys) - 1)
    found = np.where(keys[order][at] == back, owner[order][at], -1)
    return np.ascontiguousarray(found.reshape(3, -1).T)


def _bulge(corners: Floats, normals: Floats, rows: Ints) -> Floats:
    """Return how quickly the normal turns outward along the sides of each triangle."""
    most = np.zeros(len(rows))
    for k in range(3):
        a, b = rows[:, k], rows[:, (k + 1) % 3]
        along = corners[b] - corners[a]
        length2 = np.maximum(np.einsum("nc,nc->n", along, along), 1e-6)
        most = np.maximum(most, np.einsum("nc,nc->n", normals[b] - normals[a], along) / length2)
    return np.asarray(most)


def gaps(patch: Patch, radius: float, ridge_mm: float) -> Floats:
    """Return the distance between passes of a ball over each triangle that leaves ridges of ``ridge_mm``: g^2 = 8 h / (1/R + 1/rho)."""
    return np.asarray(np.sqrt(8 * ridge_mm / (1.0 / radius + patch.bulge)))


def heights(patch: Patch, radius: float, ridge_mm: float, ball: bool) -> list[float]:
    """Return falling heights of contours between which a ball leaves ridges, or a flat cutter stairs, of ``ridge_mm``."""
    z = patch.corners[patch.triangles][:, :, 2]
    low, high = z.min(axis=1), z.max(axis=1)
    bottom, top = float(low.min()) + END_MM, float(high.max()) - END_MM
    if top <= bottom:
        return [(float(low.min()) + float(high.max())) / 2]
    if ball:
        step = gaps(patch, radius, ridge_mm) * np.maximum(np.sqrt(np.clip(1.0 - patch.facing**2, 0.0, 1.0)), LEAST_RISE)
    else:
        step = ridge_mm / np.maximum(np.abs(patch.facing), LEAST_RISE)
    cell = max((top - bottom) / 4000.0, 1e-4)
    count = int((top - bottom) / cell) + 1
    rate = np.zeros(count)
    first = np.clip(((low - bottom) / cell).astype(int), 0, count - 1)
    last = np.clip(((high - bottom) / cell).astype(int), 0, count - 1)
    bins = np.round(np.log(step) * 20).astype(int)
    for value in np.unique(bins):
        rows = bins == value
        change = np.zeros(count + 1)
        np.add.at(change, first[rows], 1)
        np.add.at(change, last[rows] + 1, -1)
        rate = np.where(np.cumsum(change)[:count] > 0, np.maximum(rate, 1.0 / step[rows].min()), rate)
    grown = np.cumsum(rate) * cell
    lines = max(1, math.ceil(float(grown[-1])))
    marks = np.arange(1, lines) * float(grown[-1]) / lines
    inner = bottom + np.searchsorted(grown, marks) * cell
    return [top, *sorted(inner.tolist(), reverse=True), bottom]


@njit(cache=True)
def _crossing(row: Ints, corners: Floats, z: float, side: int) -> bool:  # pragma: no cover - compiled
    a, b = corners[row[side], 2] > z, corners[row[(side + 1) % 3], 2] > z
    return bool(a != b)


@njit(cache=True)
def _other(row: Ints, corners: Floats, z: float, side: int) -> int:  # pragma: no cover - compiled
    for k in range(3):
        if k != side and _crossing(row, corners, z, k):
            return k
    return -1


@njit(cache=True)
def _entry(triangles: Ints, here: int, side: int, there: int) -> int:  # pragma: no cover - compiled
    """Return the side of ``there`` that is shared with ``side`` of ``here``."""
    end = triangles[here, (side + 1) % 3]
    for k in range(3):
        if triangles[there, k] == end and triangles[there, (k + 1) % 3] == triangles[here, side]:
            return k
    return -1


@njit(cache=True)
def _slice(  # pragma: no cover - compiled
    triangles: Ints, beside: Ints, corners: Floats, normals: Floats, z: float, out: Floats, starts: Ints
) -> int:
    """Write chains of crossings at height ``z``: rows of point and normal into ``out``, their starts into ``starts``."""
    count, lines = 0, 0
    done = np.zeros(len(triangles), dtype=np.bool_)
    for seed in range(len(triangles)):
        if done[seed]:
            continue
        first = _other(triangles[seed], corners, z, -1)
        if first < 0:
            done[seed] = True
            continue
        here, side = seed, first
        while beside[here, side] >= 0:
            there = beside[here, side]
            into = _entry(triangles, here, side, there)
            if into < 0 or there == seed:
                break
            back = _other(triangles[there], corners, z, into)
            if back < 0:
                break
            here, side = there, back
        starts[lines] = count
        lines += 1
        while True:
            done[here] = True
            leave = _other(triangles[here], corners, z, side)
            for s in (side, leave):
                a, b = triangles[here, s], triangles[here, (s + 1) % 3]
                share = (z - corners[a, 2]) / (corners[b, 2] - corners[a, 2])
                if s == side and count > starts[lines - 1]:
                    continue
                for c in range(3):
                    out[count, c] = corners[a, c] + share * (corners[b, c] - corners[a, c])
                    out[count, 3 + c] = normals[a, c] + share * (normals[b, c] - normals[a, c])
                count += 1
            there = beside[here, leave]
            if there < 0 or done[there]:
                break
            side = _entry(triangles, here, leave, there)
            if side < 0:
                break
            here = there
    starts[lines] = count
    return lines


def contours(
    patch: Patch, radius: float, ridge_mm: float, ball: bool, between: tuple[float, float] = (-np.inf, np.inf)
) -> list[Contour]:
    """Return the contact contours of a face for one cutter, from the top down; only contours at heights ``between``."""
    found = []
    out = np.zeros((2 * len(patch.triangles) + 2, 6))
    starts = np.zeros(len(patch.triangles) + 2, dtype=np.int64)
    for z in heights(patch, radius, ridge_mm, ball):
        if not between[0] <= z <= between[1]:
            continue
        lines = _slice(patch.triangles, patch.beside, patch.corners, patch.normals, z, out, starts)
        for k in range(lines):
            rows = out[starts[k] : starts[k + 1]].copy()
            size = np.linalg.norm(rows[:, 3:], axis=1, keepdims=True)
            normals = rows[:, 3:] / np.where(size > 1e-12, size, 1.0)
            found.append(Contour(patch.face, z, rows[:, :3], normals))
    return found
