"""Find the edges of a mesh that pictures draw as lines, with the triangles on either side and which of them are sharp."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SHARP_DEG = 20.0
"""Two triangles meet in a sharp edge if the angle between their normals is larger than this."""
SAME_DECIMALS = 4
"""Corners that agree to this many decimals of a millimetre count as the same corner."""
NOBODY = -1


@dataclass(frozen=True)
class Edges:
    """Edges of a mesh: ``ends`` [k, 2, 3]; ``first`` and ``second`` [k]: triangles on either side, ``second`` -1 where the mesh is
    open; ``sharp`` [k].

    ``normals`` [n, 3]: unit normals of the triangles; zero for a triangle with no area. An open edge is sharp.
    """

    ends: Floats
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    sharp: NDArray[np.bool_]
    normals: Floats


def edges_of(triangles: Floats) -> Edges:
    """Return the edges of ``triangles`` [n, 3, 3], mm. An edge shared by more than two triangles appears once for each
    neighbouring pair.
    """
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    corner = _same(triangles.reshape(-1, 3)).reshape(-1, 3)
    ends = np.stack([corner, np.roll(corner, -1, axis=1)], axis=2).reshape(-1, 2)
    points = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2).reshape(-1, 2, 3)
    owner = np.repeat(np.arange(len(triangles)), 3)
    low, high = ends.min(axis=1), ends.max(axis=1)
    some = low < high
    order = np.lexsort((high, low))
    order = order[some[order]]
    low, high, owner, points = low[order], high[order], owner[order], points[order]
    same = (low[:-1] == low[1:]) & (high[:-1] == high[1:])
    alone = ~np.append(same, False) & ~np.insert(same, 0, False) if len(low) else np.zeros(0, dtype=np.bool_)
    pair, single = np.flatnonzero(same), np.flatnonzero(alone)
    first = np.concatenate([owner[pair], owner[single]])
    second = np.concatenate([owner[pair + 1], np.full(len(single), NOBODY)])
    apart = np.einsum("ij,ij->i", normals[owner[pair]], normals[owner[pair + 1]]) < np.cos(np.radians(SHARP_DEG))
    sharp = np.concatenate([apart, np.ones(len(single), dtype=np.bool_)])
    return Edges(np.concatenate([points[pair], points[single]]), first, second, sharp, normals)


def _same(points: Floats) -> NDArray[np.int64]:
    """Return a number for each point [n, 3], the same for points that agree to ``SAME_DECIMALS``."""
    grid = np.round(points * 10**SAME_DECIMALS).astype(np.int64)
    order = np.lexsort(grid.T)
    fresh = np.concatenate([[True], (np.diff(grid[order], axis=0) != 0).any(axis=1)])[: len(points)]
    found = np.empty(len(points), dtype=np.int64)
    found[order] = np.cumsum(fresh) - 1
    return found
