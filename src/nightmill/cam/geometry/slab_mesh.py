"""Build the solid over nested areas as one closed mesh: floors, walls and a lid.

Each area contains the one below it. The outlines of all areas divide the plane into cells; each cell is open from the
lowest area that contains it up to the top. A union of one prism for each area gives the same solid, but takes many times
the work if most walls run close to each other.
"""

from collections.abc import Sequence

import manifold3d as m3
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cam.geometry.solids import prism, united

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRID_MM = 1e-4
"""Grid to which corners are snapped."""
SAME_VOLUME = 1e-4
"""How far the volume of the mesh may differ from that of the areas, as a fraction."""
OVERLAP_MM = 0.001
"""How far a prism reaches into the one above it."""


def terraced(areas: Sequence[BaseGeometry], heights: Sequence[float], top: float) -> m3.Manifold:
    """Return the solid over ``areas``, each within the next: every area is raised from its height (rising) up to ``top``,
    above all heights.

    If outlines are too tangled for one mesh, the solid is the union of a prism over each area.
    """
    ends = [*heights[1:], top][: len(areas)]
    wanted = sum(area.area * (high - low) for area, low, high in zip(areas, heights, ends, strict=True))
    if wanted <= 0.0:
        return m3.Manifold()
    try:
        solid = _meshed(areas, np.append(np.asarray(heights, dtype=np.float64), top))
    except shapely.errors.GEOSException:
        solid = m3.Manifold()
    if solid.status() == m3.Error.NoError and abs(solid.volume() - wanted) <= SAME_VOLUME * wanted:
        return solid
    storeys = zip(areas, heights, ends, strict=True)
    return united([prism(area, low, high + OVERLAP_MM) for area, low, high in storeys])


def _meshed(areas: Sequence[BaseGeometry], heights: Floats) -> m3.Manifold:
    """Return the mesh over the cells of the plane; ``heights`` (n + 1,) end with the top."""
    segments, low = _segments(areas)
    noded = shapely.union_all(shapely.multilinestrings(shapely.linestrings(segments)), grid_size=1.0)
    cells = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    storey = _storeys(cells, areas, low)
    cells, storey = cells[storey < len(areas)], storey[storey < len(areas)]
    if not len(cells):
        return m3.Manifold()  # narrower than the grid
    corners, floors, of = _triangulated(cells)
    vertices, triangles = _closed(corners, floors, storey[of], len(heights))
    at = np.column_stack([(corners[vertices[:, 0]] + low) * GRID_MM, heights[vertices[:, 1]]])
    return m3.Manifold(m3.Mesh64(np.ascontiguousarray(at), np.ascontiguousarray(triangles.astype(np.uint64))))


def _segments(areas: Sequence[BaseGeometry]) -> tuple[Floats, Ints]:
    """Return the sides of all outlines, each once, in steps of the grid (n, 2, 2) from a corner (2,)."""
    rings = shapely.get_rings(shapely.get_parts(np.array(areas, dtype=object)))
    places, ring = shapely.get_coordinates(rings, return_index=True)
    steps = np.round(places / GRID_MM).astype(np.int64)
    low = steps.min(axis=0)
    width = int(np.ptp(steps[:, 1])) + 1
    key = (steps[:, 0] - low[0]) * width + steps[:, 1] - low[1]
    sides = np.sort(np.column_stack([key[:-1], key[1:]])[ring[:-1] == ring[1:]], axis=1)
    sides = np.unique(sides[sides[:, 0] != sides[:, 1]], axis=0)
    return np.stack(np.divmod(sides, width), axis=2).astype(np.float64), low


def _storeys(cells: NDArray[np.object_], areas: Sequence[BaseGeometry], low: Ints) -> Ints:
    """Return the index of the first area that contains each cell, found by bisection; the number of areas if none does."""
    places = (shapely.get_coordinates(shapely.point_on_surface(cells)) + low) * GRID_MM
    shapely.prepare(areas)
    first, last = np.zeros(len(cells), dtype=np.int64), np.full(len(cells), len(areas))
    while (first < last).any():
        middle = np.where(first < last, (first + last) // 2, -1)
        for k in np.unique(middle[middle >= 0]).tolist():
            rows = np.flatnonzero(middle == k)
            held = shapely.contains_xy(areas[k], *places[rows].T)
            last[rows[held]] = k
            first[rows[~held]] = k + 1
    return first


def _triangulated(cells: NDArray[np.object_]) -> tuple[Ints, Ints, Ints]:
    """Return corners (v, 2) in steps of the grid, triangles (m, 3) that wind to the left, and the cell of each (m,)."""
    pieces, of = shapely.get_parts(shapely.constrained_delaunay_triangles(cells), return_index=True)
    rings = np.round(shapely.get_coordinates(pieces).reshape(-1, 4, 2)[:, :3]).astype(np.int64)
    sides = rings[:, 1:] - rings[:, :1]
    turn = sides[:, 0, 0] * sides[:, 1, 1] - sides[:, 1, 0] * sides[:, 0, 1]
    rings[turn < 0] = rings[turn < 0][:, ::-1]
    width = int(rings[:, :, 1].max(initial=0)) + 1
    keys, rows = np.unique(rings[:, :, 0] * width + rings[:, :, 1], return_inverse=True)
    return np.column_stack(np.divmod(keys, width)), rows.reshape(-1, 3), np.asarray(of)


def _closed(corners: Ints, floors: Ints, storey: Ints, storeys: int) -> tuple[Ints, Ints]:
    """Return vertices (n, 2) as corner and storey, and triangles (m, 3) of the closed mesh, outward.

    Each of the ``floors`` (m, 3) lies on its ``storey`` (m,), the lid on the last of ``storeys``. Walls rise from a lower
    cell to its neighbour; walls that share an upright share all corners along it.
    """
    lid = storeys - 1
    sides = np.concatenate([floors[:, [0, 1]], floors[:, [1, 2]], floors[:, [2, 0]]])
    own = np.tile(storey, 3)
    there, back = sides[:, 0] * len(corners) + sides[:, 1], sides[:, 1] * len(corners) + sides[:, 0]
    order = np.argsort(there)
    found = order[np.minimum(np.searchsorted(there[order], back), len(there) - 1)]
    other = np.where(there[found] == back, own[found], lid)
    uprights: list[set[int]] = [set() for _ in range(len(corners))]
    for (start, end), low, high in zip(sides.tolist(), own.tolist(), other.tolist(), strict=True):
        uprights[start] |= {low, high}
        uprights[end] |= {low, high}
    rising = own < other
    walls: list[tuple[int, int, int]] = []
    for (start, end), low, high in zip(*(each[rising].tolist() for each in (sides, own, other)), strict=True):
        left = [start * storeys + k for k in sorted(uprights[start]) if low <= k <= high]
        right = [end * storeys + k for k in sorted(uprights[end]) if low <= k <= high]
        walls += _between(left, right, storeys)
    faces = [floors[:, ::-1] * storeys + storey[:, None], floors * storeys + lid]
    numbers, rows = np.unique(np.concatenate([*faces, np.array(walls, dtype=np.int64)]), return_inverse=True)
    return np.column_stack(np.divmod(numbers, storeys)), rows.reshape(-1, 3)


def _between(left: list[int], right: list[int], storeys: int) -> list[tuple[int, int, int]]:
    """Return triangles between the corners of two uprights that both rise from one storey to another."""
    found = []
    i = j = 0
    while i + 1 < len(left) or j + 1 < len(right):
        if j + 1 == len(right) or (i + 1 < len(left) and left[i + 1] % storeys <= right[j + 1] % storeys):
            found.append((left[i], right[j], left[i + 1]))
            i += 1
        else:
            found.append((left[i], right[j], right[j + 1]))
            j += 1
    return found
